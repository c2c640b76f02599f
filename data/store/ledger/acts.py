"""Who writes, by which way and what for: without that no transaction that writes is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

ROLES = ("pembaca", "operator", "verifikator", "perencana", "admin")
"""What a person may be: reads; brings in; checks; plans; runs the server."""
OPERATOR = ROLES[1]
ITSELF = "sistem"
"""Role and way of what the product does by itself."""
BY_PAGE, BY_COMMAND = "halaman", "perintah"
WAYS = (BY_PAGE, BY_COMMAND, ITSELF)


@dataclass(frozen=True)
class Actor:
    """An account that acts. Accounts are handles of offices, never names of persons.

    Attributes
    ----------
    account
        The handle, such as ``kesbangpol.2``.
    office
        The agency it belongs to.
    role
        One of `ROLES`, or `ITSELF`.
    areas
        Codes of the kabupaten it may write about; none: the whole province.
    via
        One of `WAYS`.
    """

    account: str
    office: str
    role: str
    areas: tuple[str, ...] = ()
    via: str = BY_PAGE


SYSTEM = Actor(ITSELF, "Siaga", ITSELF, via=ITSELF)
"""The product itself: it makes the store, brings it up to date, keeps scans and outlooks."""
LOCAL = Actor("setempat", "-", "admin", via=BY_COMMAND)
"""Whoever sits at the machine that holds the store; nobody else can, without sign-in."""


def signs_in(actor: Actor) -> bool:
    """Tell whether somebody signed in to act.

    Without sign-in there is one account, and the product cannot tell who sits there.
    """
    return actor.account != LOCAL.account


@dataclass(frozen=True)
class Act:
    """One transaction that writes.

    Attributes
    ----------
    action
        What is done; a key of `data.store.ledger.rights.RIGHTS`.
    actor
        Who does it.
    subject
        Id of what it is about.
    reason
        Why, in the words of whoever does it; kept beside the changes, never in the chain.
    """

    action: str
    actor: Actor
    subject: str | None = None
    reason: str | None = None


_ACTING: ContextVar[Actor | None] = ContextVar("_ACTING", default=None)
_asked: list[Callable[[], Actor | None]] = []


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Let everything written inside be written by an account."""
    token = _ACTING.set(actor)
    try:
        yield
    finally:
        _ACTING.reset(token)


def ask_who(ask: Callable[[], Actor | None]) -> Callable[[], None]:
    """Have whoever answers requests say who acts, for what no `acting` surrounds.

    ``ask`` returns None outside a request. The one asked last replaces the one before; what is
    returned puts that one back.
    """
    before, _asked[:] = list(_asked), [ask]
    return lambda: _asked.__setitem__(slice(None), before)


def actor_now() -> Actor:
    """Return who acts: who `acting` says, else who asks for the page, else who sits here."""
    found = _ACTING.get()
    for ask in _asked if found is None else ():
        found = ask()
    return found or LOCAL
