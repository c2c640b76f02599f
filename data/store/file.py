"""The file of a SQLite store: made once, known again, copied before it is changed.

SQLite makes an empty file of whatever is missing. A store that was there and is gone, or was
emptied or damaged, must not be taken for a first start: see docs/decisions/0009.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from data.clock import utc_now
from data.errors import StoreError, StoreFault
from data.paths import whole_file
from data.private import FILE_MODE, FOLDER_MODE

_MARK = "A store was made here; where its file is gone, no other one is made over it.\n"


class StoreFile:
    """One SQLite file.

    Parameters
    ----------
    path
        Where it is, or will be.
    address
        Address of the store, for errors.
    """

    def __init__(self, path: Path, address: str) -> None:
        self.path = path.absolute()
        self._address = address
        self._identity: tuple[int, int] | None = None

    @property
    def parts(self) -> list[Path]:
        """The file and what SQLite keeps beside it, as far as they are there."""
        names = (self.path.name + ending for ending in ("", "-wal", "-shm", ".made"))
        return [path for name in names if (path := self.path.with_name(name)).exists()]

    @property
    def marker(self) -> Path:
        """A note beside the file that outlives it: here was a store."""
        return self.path.with_name(f"{self.path.name}.made")

    def exists(self) -> bool:
        """Return whether there is a file; False on a first start only.

        Raises
        ------
        StoreError
            When there was a store and it is gone.
        """
        if self.path.exists():
            return True
        wal = self.path.with_name(f"{self.path.name}-wal")
        for trace in (self.marker, wal):
            if trace.exists():
                raise self._error("vanished", str(trace))
        return False

    def require_sound(self) -> None:
        """Hold that the file is the one that was opened first, and begins as a SQLite file does.

        Connections that are open would go on with a file that was deleted, and answer from their
        cache for one that was overwritten. SQLite itself reads the first page: opening the file
        by other means would drop the locks of this process when it is closed.

        Raises
        ------
        StoreError
            When it vanished, is empty, was replaced or is no SQLite file.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise self._error("vanished", str(self.marker)) from None
        except OSError as err:
            raise self._error("unusable", str(err)) from None
        if found.st_size == 0:
            raise self._error("emptied", "0 bytes")
        identity = (found.st_dev, found.st_ino)
        if self._identity not in {None, identity}:
            raise self._error("replaced", "")
        self._identity = identity
        try:
            with closing(self._connect("mode=ro&immutable=1")) as first_page:
                # While a checkpoint lengthens the file, the page says more pages than there are:
                # whoever reads by way of the WAL knows better, and is the one to find them missing.
                first_page.execute("PRAGMA writable_schema=ON")
                first_page.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError as err:
            raise self._error("damaged", str(err)) from None

    def connect(self) -> sqlite3.Connection:
        """Open a connection; never makes a file."""
        self.require_sound()
        return self._connect("mode=rw")

    def make(self, fill: Callable[[Path], None]) -> bool:
        """Make the file; it appears whole, and never in place of another process's.

        Parameters
        ----------
        fill
            Makes the store at the path it is given, and closes it.

        Returns
        -------
        bool
            Whether it is this one that appeared, and no other process was sooner.
        """
        try:
            self.path.parent.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".part-") as folder:
                partial = Path(folder) / self.path.name
                partial.touch(FILE_MODE)  # what SQLite puts beside it takes this mode over
                fill(partial)
                return _put_new(partial, self.path)
        except OSError as err:
            raise self._error("unusable", str(err)) from None

    def settle(self) -> None:
        """Let readers not wait for a writer, and leave the note that there is a store.

        Both are so already but for a new store or one that was put here; a folder that is
        read-only goes without, and so does a store that is being written to right now.
        """
        with suppress(sqlite3.OperationalError), closing(self._connect("mode=rw")) as connection:
            connection.execute("PRAGMA busy_timeout=0")
            connection.execute("PRAGMA journal_mode=WAL")
        if not self.marker.exists() and os.access(self.path.parent, os.W_OK):
            self.marker.touch(FILE_MODE)
            self.marker.write_text(_MARK, encoding="utf-8")

    def back_up(self, revision: str) -> Path:
        """Copy the store, as it stands committed, to a file beside it and return its path."""
        stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
        name = f"{self.path.stem}-backup-{revision}-{stamp}{self.path.suffix}"
        target = self.path.with_name(name)
        with whole_file(target) as partial:
            partial.touch(FILE_MODE)
            with (
                closing(self._connect("mode=ro")) as source,
                closing(sqlite3.connect(partial)) as copy,
            ):
                source.backup(copy)
        return target

    def _connect(self, how: str) -> sqlite3.Connection:
        address = f"{self.path.as_uri()}?{how}"
        return sqlite3.connect(address, uri=True, timeout=30, check_same_thread=False)

    def _error(self, kind: StoreFault, reason: str) -> StoreError:
        return StoreError(self._address, reason, kind)


def _put_new(partial: Path, path: Path) -> bool:
    """Give a file its name unless the name is taken; return whether it has it now."""
    try:
        os.link(partial, path)
    except FileExistsError:
        return False
    except OSError:  # a disk without links, such as a memory stick
        if path.exists():
            return False
        os.rename(partial, path)
    return True
