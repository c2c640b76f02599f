"""Who may come in as the table of accounts stands at this moment, worked out once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from data.access.key import people_key
from data.access.users import read_users
from data.clock import utc_now
from data.store.engine import Store
from data.store.ledger.acts import Actor
from services.access.accounts import kabupaten_of, users_by_hash
from services.access.person import Refusal, User, expired, identity_of, person_of
from services.access.settings import AccessSettings

_MOST_KEPT = 1000
_NOT_CLAIMS = {"is_logged_in", "origin", "tokens", "provider"}
"""What the server adds to what the provider says."""


class People:
    """Tells who somebody is, by what the provider says of them and the table of accounts.

    Parameters
    ----------
    store
        Returns the store; asked each time, since one that fails is opened anew.
    settings
        How people sign in.
    """

    def __init__(self, store: Callable[[], Store], settings: AccessSettings) -> None:
        self._store = store
        self._settings = settings
        self._lock = Lock()
        self._as_of: object = None
        self._users: Mapping[str, User] = {}
        self._kabupaten: Mapping[str, str] = {}
        self._known: dict[str, Actor | Refusal] = {}
        self._ended: dict[str, float] = {}

    def of(self, claims: Mapping[str, Any]) -> Actor | Refusal:
        """Return who somebody is, or why they may not see the product.

        Raises
        ------
        StoreError
            When the table of accounts cannot be read.
        """
        sign_in = _name_of(claims)
        if sign_in in self._ended:
            return Refusal("ended", identity_of(claims, self._settings), again=True)
        if (late := expired(claims, self._settings, utc_now())) is not None:
            return late
        store = self._store()
        revisions = store.revisions()
        as_of = (id(store), revisions["users"], revisions["units"])
        with self._lock:
            if as_of != self._as_of:
                self._users = users_by_hash(read_users(store))
                self._kabupaten = kabupaten_of(store)
                self._known, self._as_of = {}, as_of
            if (found := self._known.get(sign_in)) is None:
                key = people_key(self._settings.people_key)
                found = person_of(
                    claims, self._users, self._settings, key=key, kabupaten=self._kabupaten
                )
                if len(self._known) >= _MOST_KEPT:
                    self._known.clear()
                self._known[sign_in] = found
            return found

    @property
    def names(self) -> Mapping[str, str]:
        """The names of kabupaten by code, as they were when somebody was last looked up."""
        return self._kabupaten

    def end(self, claims: Mapping[str, Any]) -> None:
        """Let a sign-in hold no longer, in no window and for no copy of its cookie."""
        now = utc_now().timestamp()
        oldest = now - self._settings.hours * 3600
        with self._lock:
            self._ended = {name: at for name, at in self._ended.items() if at > oldest}
            self._ended[_name_of(claims)] = now


def _name_of(claims: Mapping[str, Any]) -> str:
    """Return what names one sign-in: the hash of all that the provider said at it."""
    said = {key: value for key, value in claims.items() if key not in _NOT_CLAIMS}
    packed = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(packed.encode()).hexdigest()
