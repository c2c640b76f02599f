"""Whether a server can do its work now, and what whoever runs it looks at."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime

from data import installation
from data.backup.last import read_last
from data.errors import StoreError
from data.store.engine import Store
from geo.errors import ParameterError

_MIB = 2**20
_LEAST_FREE_MIB = 200


@dataclass(frozen=True)
class State:
    """What was found of an installation; it tells nothing of what the store holds.

    Attributes
    ----------
    fault
        Kind of the `StoreError` that keeps the store from being opened; empty: it opens.
    writes
        Committed transactions that wrote a table, by its name.
    writable
        Whether the store can be written to; None: the database itself knows.
    store_bytes, disk_free_bytes
        Size of the store's file, and what is free beside it; None: not a file, not known.
    last_import_at, last_backup_at
        Moments in UTC; None: never.
    least_free_bytes
        With less than this free the server is not ready.
    """

    fault: str = ""
    writes: dict[str, int] = field(default_factory=dict)
    writable: bool | None = None
    store_bytes: int | None = None
    disk_free_bytes: int | None = None
    last_import_at: datetime | None = None
    last_backup_at: datetime | None = None
    least_free_bytes: int = _LEAST_FREE_MIB * _MIB

    @property
    def disk_full(self) -> bool:
        """Whether less is free than should be."""
        return self.disk_free_bytes is not None and self.disk_free_bytes < self.least_free_bytes

    @property
    def ready(self) -> bool:
        """Whether readers may be sent here; a store that is only read still serves them."""
        return not self.fault and not self.disk_full


def least_free_bytes() -> int:
    """Return what should be free on the disk: ``SIAGA_LEAST_FREE_MB``, 200 unless set.

    Raises
    ------
    ParameterError
        When it is no whole number from 0.
    """
    given = os.environ.get("SIAGA_LEAST_FREE_MB") or str(_LEAST_FREE_MIB)
    if not given.isascii() or not given.isdigit():
        raise ParameterError("SIAGA_LEAST_FREE_MB", given, "0 …")
    return int(given) * _MIB


def state_now(url: str | None = None) -> State:
    """Open the store as a reader would, change nothing, and return what was found.

    ``url`` is its address, that of this installation unless given.
    """
    free, least = installation.disk_free_bytes(), least_free_bytes()
    noted = read_last()
    backup = noted.made_at if noted else None
    try:
        store = Store.open(url, change=False)
        try:
            return State(
                writes=store.revisions(),
                writable=installation.is_writable(store),
                store_bytes=installation.store_bytes(store),
                disk_free_bytes=free,
                last_import_at=installation.last_import_at(store),
                last_backup_at=backup,
                least_free_bytes=least,
            )
        finally:
            store.close()
    except StoreError as error:
        return State(
            error.kind, disk_free_bytes=free, last_backup_at=backup, least_free_bytes=least
        )
