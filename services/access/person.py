"""Who somebody is who has signed in: an account of the table, or what the provider says."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict

from data.store.ledger.acts import BY_PAGE, LOCAL, ROLES, Actor
from data.store.rule import names_a_person
from services.access.settings import AccessSettings
from services.texts import DEFAULT_LANGUAGE, text

HERE = replace(LOCAL, via=BY_PAGE)
"""Whoever sits at the computer where nobody signs in."""
_SEPARATORS = re.compile(r"[|,;\s]+")
_CLOCK_S = 300
"""By how much the clock of the provider may be ahead."""


class User(TypedDict):
    """An account as the table keeps it; ``areas`` are codes of kabupaten."""

    account: str
    office: str
    role: str
    areas: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class Refusal:
    """Why somebody who has signed in may not see the product.

    Attributes
    ----------
    reason
        Key of the catalogue's section ``access``.
    who
        What the provider calls them, or the account; it is shown to them and kept nowhere.
    detail
        The value that is wrong.
    contact
        Whom to ask; empty: an admin.
    again
        Whether signing in once more helps.
    """

    reason: str
    who: str = ""
    detail: str = ""
    contact: str = ""
    again: bool = False

    def words(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """Return it in words: which account, what is wrong with it, and whom to ask."""
        ask = self.contact or text("access.admin", lang)
        return text(f"access.{self.reason}", lang, who=self.who, detail=self.detail, ask=ask)


def identity_of(claims: Mapping[str, Any], settings: AccessSettings) -> str:
    """Return what tells this person apart at the provider; empty where the claim is missing."""
    found = claims.get(settings.identity_claim)
    return plain_identity(found) if isinstance(found, str) else ""


def plain_identity(identity: str) -> str:
    """Return an identity as it is compared: one form of each letter, lower case, no blanks."""
    return unicodedata.normalize("NFKC", identity).strip().casefold()


def person_hash(identity: str, key: bytes) -> str:
    """Return the keyed hash (HMAC-SHA-256, hexadecimal) under which a person is kept."""
    return hmac.new(key, plain_identity(identity).encode(), hashlib.sha256).hexdigest()


def person_of(
    claims: Mapping[str, Any],
    users: Mapping[str, User],
    settings: AccessSettings,
    *,
    key: bytes,
    kabupaten: Collection[str],
) -> Actor | Refusal:
    """Return who somebody is, or why they may not see the product.

    Parameters
    ----------
    claims
        What the provider says of whoever signed in.
    users
        Accounts by the hash of whoever they belong to; they come before the claims.
    settings
        Which claims say what.
    key
        Key of the hashes.
    kabupaten
        Codes of all kabupaten.
    """
    who = identity_of(claims, settings)
    refused = Refusal("unknown", who, contact=settings.contact)
    if not who:
        return replace(refused, reason="nameless", detail=settings.identity_claim)
    if settings.identity_claim == "email" and claims.get("email_verified") is False:
        return replace(refused, reason="unverified")
    hashed = person_hash(who, key)
    user = users.get(hashed)
    if user is not None:
        if not user["active"]:
            return replace(refused, reason="inactive", detail=user["account"])
        return Actor(user["account"], user["office"], user["role"], user["areas"])
    if not settings.role_claim:
        return refused
    return _by_claims(claims, settings, refused, hashed, kabupaten)


def _by_claims(
    claims: Mapping[str, Any],
    settings: AccessSettings,
    refused: Refusal,
    hashed: str,
    kabupaten: Collection[str],
) -> Actor | Refusal:
    """Return who the provider says somebody is; what is not known to us is refused."""
    said = _listed(claims.get(settings.role_claim))
    roles = [word for word in said if word in ROLES]
    if not said:
        return refused
    if len(roles) != 1:
        return replace(refused, reason="role_unknown", detail=", ".join(said))
    office = claims.get(settings.office_claim)
    if not isinstance(office, str) or not office.strip() or names_a_person(office):
        return replace(refused, reason="office_missing", detail=settings.office_claim)
    areas = _listed(claims.get(settings.areas_claim)) if settings.areas_claim else []
    if unknown := [code for code in areas if code not in kabupaten]:
        return replace(refused, reason="area_unknown", detail=", ".join(unknown))
    words = re.sub(r"[^a-z0-9]+", ".", office.casefold()).strip(".")
    account = f"{words or 'kantor'}.{hashed[:8]}"
    return Actor(account, office.strip(), roles[0], tuple(sorted(set(areas))))


def areas_words(areas: Sequence[str], names: Mapping[str, str], lang: str) -> str:
    """Return the areas of an account by their names; ``names`` of kabupaten by code."""
    if not areas:
        return text("access.everywhere", lang)
    return ", ".join(names.get(code, code) for code in areas)


def _listed(value: object) -> list[str]:
    """Return the words of a claim, which may be a text with separators or a list."""
    parts: Sequence[object] = _SEPARATORS.split(value) if isinstance(value, str) else ()
    parts = value if isinstance(value, list | tuple) else parts
    return [word for part in parts if (word := str(part).strip())]


def expired(claims: Mapping[str, Any], settings: AccessSettings, now: datetime) -> Refusal | None:
    """Return why a sign-in no longer holds; None while it does.

    The cookie of a sign-in would hold for thirty days; the time at which the provider issued the
    identity stands in it.
    """
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float):
        return Refusal("undated", identity_of(claims, settings), again=True)
    age_s = now.timestamp() - issued
    if -_CLOCK_S <= age_s < settings.hours * 3600:
        return None
    return Refusal("expired", identity_of(claims, settings), str(settings.hours), again=True)
