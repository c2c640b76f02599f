"""The disk on which an installation keeps what it writes, and what was last done to it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select

from data.paths import var_dir
from data.store import tables as schema
from data.store.engine import Store


def disk_free_bytes() -> int | None:
    """Return what is free where the product writes; None where there is no such place yet."""
    with suppress(OSError):
        return shutil.disk_usage(var_dir()).free
    return None


def store_bytes(store: Store) -> int | None:
    """Return the size of a store of SQLite with what is not folded into it yet."""
    if store.file is None:
        return None
    path, size = store.file.path, 0
    for part in (path, path.with_name(f"{path.name}-wal")):
        with suppress(OSError):
            size += part.stat().st_size
    return size


def is_writable(store: Store) -> bool | None:
    """Return whether a store of SQLite may be written to; None for PostgreSQL, which knows."""
    if store.file is None:
        return None
    path = store.file.path
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def last_import_at(store: Store) -> datetime | None:
    """Return when a file was last imported, in UTC; None if never."""
    with store.snapshot() as connection:
        found = connection.execute(select(func.max(schema.imports.c.at))).scalar_one()
    return found if isinstance(found, datetime) or found is None else None
