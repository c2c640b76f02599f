"""Accounts of offices: added, changed, listed and removed by whoever runs the server."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.access.key import key_file, key_is_open, people_key
from data.access.secrets import read_secrets, secret_files, with_environment
from data.access.users import change_users, read_users
from data.clock import utc_now
from data.store import tables as schema
from data.store.access.rules import ACCOUNT
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.ledger.acts import ROLES
from data.store.rule import names_a_person
from geo.errors import ParameterError
from services.access.errors import (
    AccountTakenError,
    AccountUnknownError,
    LastAdminError,
    PersonKnownError,
)
from services.access.person import User, person_hash, plain_identity
from services.access.settings import AccessSettings, Fault, read_settings

BY_COMMAND = "perintah"
"""Who adds an account from the command line."""


@dataclass(frozen=True)
class Changes:
    """What of an account is to be another; None: as it is.

    Attributes
    ----------
    identity
        What the provider calls whoever it belongs to; an e-mail address unless set otherwise.
    areas
        Codes of kabupaten; empty: the whole province.
    """

    identity: str | None = None
    office: str | None = None
    role: str | None = None
    areas: Sequence[str] | None = None
    active: bool | None = None


def settings_here() -> AccessSettings:
    """Return what is set about sign-in on this machine."""
    return read_settings(with_environment(read_secrets(secret_files())))


def kabupaten_of(store: Store) -> dict[str, str]:
    """Return the names of all kabupaten by code."""
    units = store.units()
    units = units[units["level"].eq("kabupaten")]
    return dict(zip(units["code"], units["name"], strict=True))


def users_by_hash(users: pd.DataFrame) -> dict[str, User]:
    """Return the accounts of the table ``users`` by the hash of whoever they belong to."""
    return {row["person_hash"]: _user_of(row) for row in users.to_dict("records")}


def _user_of(row: Mapping[Hashable, Any]) -> User:
    return User(
        account=row["account"],
        office=row["office"],
        role=row["role"],
        areas=tuple(row["areas"].split("|")) if isinstance(row["areas"], str) else (),
        active=bool(row["active"]),
    )


def add_user(store: Store, account: str, given: Changes, by: str = BY_COMMAND) -> None:
    """Add an account.

    Raises
    ------
    ParameterError
        For a name, identity, office, role or area that cannot be one.
    AccountTakenError, PersonKnownError
        When the account is there, or the person has another.
    """
    if not re.fullmatch(ACCOUNT[0], account):
        raise ParameterError("account", account, ACCOUNT[1])
    values = _checked(given, kabupaten_of(store))
    row = {"account": account, "active": True, "added_at": utc_now(), "added_by": by, **values}

    def add(users: pd.DataFrame) -> pd.DataFrame:
        if account in set(users["account"]):
            raise AccountTakenError(account)
        return _put(users, row)

    change_users(store, add)


def change_user(store: Store, account: str, given: Changes) -> None:
    """Change an account; one that is not active is refused at its next step.

    Raises
    ------
    ParameterError
        For an identity, office, role or area that cannot be one.
    AccountUnknownError, PersonKnownError, LastAdminError
        When there is no such account, the person has another, or no admin would be left.
    """
    values = _checked(given, kabupaten_of(store), needed=False)

    def change(users: pd.DataFrame) -> pd.DataFrame:
        return _put(users, _row_of(users, account) | values)

    change_users(store, change)


def remove_user(store: Store, account: str) -> None:
    """Remove an account; what it did stays under its name, which may be given anew.

    Raises
    ------
    AccountUnknownError, LastAdminError
        When there is no such account, or no admin would be left.
    """

    def remove(users: pd.DataFrame) -> pd.DataFrame:
        _row_of(users, account)
        return _with_an_admin(users, users[users["account"].ne(account)], account)

    change_users(store, remove)


def sign_in_faults(store: Store, lang: str) -> list[str]:
    """Return what keeps people from signing in, or lets others find out who they are."""
    settings = settings_here()
    faults = list(settings.faults)
    if key_is_open():
        faults.append(Fault("key_open", "people_key", str(key_file())))
    if settings.sign_in and not settings.role_claim and not _admins(read_users(store)):
        faults.append(Fault("nobody", "users"))
    return [fault.words(lang) for fault in faults]


def list_users(store: Store) -> list[dict[str, Any]]:
    """Return the accounts in order, without the hashes of those they belong to."""
    return [
        {**_user_of(row), "added_at": row["added_at"], "added_by": row["added_by"]}
        for row in read_users(store).to_dict("records")
    ]


def _checked(given: Changes, kabupaten: Collection[str], needed: bool = True) -> dict[str, Any]:
    """Return the columns that are given, once they are right; all of them where ``needed``."""
    values: dict[str, Any] = {}
    if given.identity is not None or needed:
        identity = plain_identity(given.identity or "")
        if not identity or re.search(r"\s", identity):
            raise ParameterError("identity", given.identity or "", "such as nama@instansi.go.id")
        values["person_hash"] = person_hash(identity, people_key(settings_here().people_key))
    if given.office is not None or needed:
        office = " ".join((given.office or "").split())
        if not office or names_a_person(office):
            raise ParameterError("office", given.office or "", "an office, never a person")
        values["office"] = office
    if given.role is not None or needed:
        if given.role not in ROLES:
            raise ParameterError("role", given.role or "", ", ".join(ROLES))
        values["role"] = given.role
    if given.areas is not None or needed:
        areas = sorted(set(given.areas or ()))
        if unknown := [code for code in areas if code not in kabupaten]:
            raise ParameterError("area", ", ".join(unknown), ", ".join(sorted(kabupaten)))
        values["areas"] = "|".join(areas) or None
    if given.active is not None:
        values["active"] = given.active
    return values


def _row_of(users: pd.DataFrame, account: str) -> dict[str, Any]:
    found = users[users["account"].eq(account)].to_dict("records")
    if not found:
        raise AccountUnknownError(account)
    return {str(name): None if pd.isna(value) else value for name, value in found[0].items()}


def _put(users: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    """Return the table with a row in place of the one of its account, if there was one."""
    others = users[users["account"].ne(row["account"])]
    same = others[others["person_hash"].eq(row["person_hash"])]
    if not same.empty:
        raise PersonKnownError(str(same["account"].iloc[0]))
    new = rows_of(schema.access.users, [row])
    after = pd.concat([others, new]).sort_values("account", ignore_index=True)
    return _with_an_admin(users, after, str(row["account"]))


def _with_an_admin(before: pd.DataFrame, after: pd.DataFrame, account: str) -> pd.DataFrame:
    """Return the accounts as they are to be, unless the last admin would be lost."""
    if _admins(before) and not _admins(after):
        raise LastAdminError(account)
    return after


def _admins(users: pd.DataFrame) -> int:
    return int((users["role"].eq("admin") & users["active"].astype(bool)).sum())
