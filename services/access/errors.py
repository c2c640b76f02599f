"""What is refused about accounts; each error carries the account."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import SiagaError


@dataclass(eq=False)
class AccountTakenError(SiagaError, ValueError):
    """An account of that name is there already."""

    key = "account_taken"
    form = "account {account!r} is there already"
    account: str


@dataclass(eq=False)
class PersonKnownError(SiagaError, ValueError):
    """Whoever an account is meant for has another one."""

    key = "person_known"
    form = "the same person has the account {account!r}"
    account: str


@dataclass(eq=False)
class AccountUnknownError(SiagaError, LookupError):
    """No account of that name."""

    key = "account_unknown"
    form = "no account {account!r}"
    account: str


@dataclass(eq=False)
class LastAdminError(SiagaError, ValueError):
    """The only admin who can sign in; without one nobody could let others in."""

    key = "last_admin"
    form = "{account!r} is the last active admin"
    account: str


@dataclass(eq=False)
class NotAdmittedError(SiagaError, PermissionError):
    """Somebody who may not, or no longer, see the product.

    Attributes
    ----------
    reason
        Key of the catalogue's section ``access``.
    who
        What the provider calls them.
    """

    key = "not_admitted"
    form = "{who!r} is not admitted: {reason}"
    who: str
    reason: str
