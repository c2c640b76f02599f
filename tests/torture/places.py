"""Places that hold an installation: made once, copied for every kill, and summed up as a state."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from data.errors import StoreError
from data.store.engine import Store

_WAIT_S = 60


@dataclass(frozen=True)
class Place:
    """An installation: its folder, and the database in PostgreSQL where it has one.

    Attributes
    ----------
    folder
        Its ``var/``.
    server
        Address of the server without a database; None for SQLite.
    database
        Name of the database.
    """

    folder: Path
    server: str | None = None
    database: str = ""

    @property
    def url(self) -> str:
        """Address of the store."""
        if self.server is None:
            return f"sqlite:///{self.folder / 'siaga.db'}"
        return f"{self.server}/{self.database}"

    @property
    def kind(self) -> str:
        """Which database it is."""
        return "PostgreSQL" if self.server else "SQLite"

    def enter(self) -> None:
        """Make it the installation of this process."""
        os.environ["SIAGA_VAR"] = str(self.folder)
        os.environ["DATABASE_URL"] = self.url

    def copy(self, folder: Path, database: str) -> Place:
        """Return a fresh copy in place of what was there; nothing may be connected to this one."""
        shutil.rmtree(folder, ignore_errors=True)
        if self.folder.exists():
            shutil.copytree(self.folder, folder)
        if self.server:
            with self._admin() as admin:
                admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
                admin.execute(f'CREATE DATABASE "{database}" TEMPLATE "{self.database}"')
        return Place(folder, self.server, database)

    def wait(self) -> None:
        """Wait until the server has done with whoever was killed, and answers again."""
        if not self.server:
            return
        end = time.monotonic() + _WAIT_S
        busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        while True:
            try:
                with self._admin() as admin:
                    (left,) = admin.execute(busy, [self.database]).fetchone() or (1,)
            except psycopg.OperationalError:
                left = -1  # recovering
            if left == 0:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{self.database}: {left} are connected still")
            time.sleep(0.01)

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection]:
        address = str(self.server).replace("+psycopg", "") + "/template1"
        with closing(psycopg.connect(address, autocommit=True)) as admin:
            yield admin

    def state(self) -> str:
        """Return a checksum of every table, and of every saved plan and scenario.

        Raises
        ------
        AssertionError
            When the file of the store is not sound.
        """
        digest = hashlib.sha256()
        for name, rows in self._tables():
            digest.update(f"{name} {len(rows)}\n".encode())
            for row in rows:
                digest.update(row)
        kept = [*self.folder.glob("plans/*.json"), *self.folder.glob("scenarios/*.toml")]
        for path in sorted(kept):
            digest.update(f"{path.name}\n".encode() + path.read_bytes())
        return digest.hexdigest()[:16]

    def _tables(self) -> Iterator[tuple[str, list[bytes]]]:
        if self.server:
            address = self.url.replace("+psycopg", "")
            names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            with closing(psycopg.connect(address)) as reader, reader.cursor() as cursor:
                for name in sorted(str(row[0]) for row in cursor.execute(names).fetchall()):
                    with cursor.copy(f'COPY "{name}" TO STDOUT') as copy:
                        yield name, sorted(b"".join(map(bytes, copy)).splitlines(keepends=True))
            return
        path = self.folder / "siaga.db"
        if not path.exists():
            return
        with closing(sqlite3.connect(path)) as reader:
            assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
            for name in sorted(str(row[0]) for row in reader.execute(names)):
                rows = reader.execute(f'SELECT * FROM "{name}"').fetchall()
                yield name, sorted(repr(row).encode() for row in rows)

    def thrown(self) -> set[bytes]:
        """Return every plan that is kept or in the trash: none of these may ever be gone."""
        return {path.read_bytes() for path in self.folder.glob("plans/**/*.json")}

    def opens(self) -> str:
        """Return how the store opens: ``sound``, ``absent`` or ``older``; all else is an error."""
        try:
            Store.open(self.url, change=False).close()
        except StoreError as error:
            if error.kind in {"absent", "older"}:
                return error.kind
            raise
        return "sound"
