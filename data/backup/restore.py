"""A backup becomes a store again, in a place where there is none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy import URL, Connection, MetaData, Table, delete, func, inspect, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import StatementError

from data.backup.archive import Archive
from data.backup.rows import insert_lines, lines_of
from data.backup.staged import stage, unstage
from data.backup.write import Progress
from data.errors import BackupError, StoreError
from data.paths import var_dir
from data.plan.moves import is_noted, note_path
from data.store import migrate
from data.store.connect import WRITES, file_engine, make_engine, read_url, shown_url
from data.store.engine import Store, offer_postgis_view
from data.store.file import StoreFile
from geo.errors import SiagaError


def require_fitting(archive: Archive, province: str, url: str, folders: Mapping[str, str]) -> None:
    """Hold that a backup is of this product and province, and that nothing stands where it goes.

    Parameters
    ----------
    archive
        The backup.
    province
        Name of the province's folder.
    url
        Address of the store to be.
    folders
        See `data.backup.archive.open_archive`.

    Raises
    ------
    BackupError
        Of the kind ``newer``, ``province`` or ``occupied``.
    """
    manifest = archive.manifest
    if manifest.revision not in migrate.revisions():
        known = f"{manifest.version}, {manifest.revision}; {migrate.revisions()[-1]}"
        raise BackupError(archive.path, "newer", known)
    if manifest.province != province:
        raise BackupError(archive.path, "province", manifest.province)
    left = [p for at, end in folders.items() for p in sorted((var_dir() / at).glob(f"*{end}"))]
    # A note of what another store moves would be taken for one of the store to be.
    for path in (*left, *([note_path()] if is_noted() else [])):
        raise BackupError(archive.path, "occupied", str(path))
    parsed = read_url(url)
    if parsed.get_backend_name() == "sqlite":
        place = Path(str(parsed.database)).absolute()
        for end in ("", "-wal", "-journal"):
            if (found := place.with_name(f"{place.name}{end}")).exists():
                raise BackupError(archive.path, "occupied", str(found))


def restore_archive(archive: Archive, url: str, progress: Progress) -> None:
    """Make a store of a backup: all of it, with the files beside it, or nothing.

    What stands in the store is read again and held against the backup before it is committed; a
    backup of an earlier revision is brought up to date after that, in the same transaction.

    Parameters
    ----------
    archive
        A backup that `require_fitting` let through.
    url
        Address of the store to be.
    progress
        Called after each table.

    Raises
    ------
    StoreError
        When the database cannot be reached or written.
    BackupError
        When there is a store by now, or rows do not fit the database.
    """
    parsed = read_url(url)
    names = archive.manifest.files
    try:
        stage({name: archive.content(name) for name in names}, shown_url(parsed))
        _fill_place(archive, parsed, progress)
    except BaseException as err:
        if _is_absent(url):
            unstage()
        if isinstance(err, OSError):
            raise BackupError(archive.path, "unwritable", str(err)) from err
        raise
    Store.open(url, change=False).close()  # puts the files in their places


def _is_absent(url: str) -> bool:
    """Return whether there is surely no store: an answer that was lost may have been a yes."""
    try:
        Store.open(url, change=False).close()
    except StoreError as error:
        return error.kind in {"absent", "vanished"}
    return False


def _fill_place(archive: Archive, url: URL, progress: Progress) -> None:
    if url.get_backend_name() == "sqlite":
        file = StoreFile(Path(str(url.database)), shown_url(url))

        def fill(path: Path) -> None:
            _in_transaction(file_engine(path), lambda c: _fill(archive, c, progress))

        if not file.make(fill):
            raise BackupError(archive.path, "occupied", str(file.path))
        return

    def fill_empty(connection: Connection) -> None:
        if migrate.revision_of(connection) is not None:
            raise BackupError(archive.path, "occupied", shown_url(url))
        _fill(archive, connection, progress)
        offer_postgis_view(connection)

    _in_transaction(make_engine(url), fill_empty)


def _in_transaction(engine: Engine, work: Callable[[Connection], None]) -> None:
    """Do something in one transaction that writes, on a database that no store was opened on.

    What a store notes of its own writes comes with the backup, and is not noted again.
    """
    try:
        writer = engine.connect().execution_options(**{WRITES: True})
        with writer as connection, connection.begin():
            work(connection)
    finally:
        engine.dispose()


def _fill(archive: Archive, connection: Connection, progress: Progress) -> None:
    manifest, last = archive.manifest, migrate.revisions()[-1]
    before = set(inspect(connection).get_table_names())
    migrate.upgrade(connection, "base", to=manifest.revision)
    made = MetaData()
    made.reflect(connection, only=lambda name, _: name not in {*before, "alembic_version"})
    if other := sorted(set(made.tables) ^ set(manifest.tables)):
        raise BackupError(archive.path, "incomplete", ", ".join(other))
    for done, (name, table) in enumerate(sorted(made.tables.items()), 1):
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            connection.execute(delete(table))  # what a step put there; the backup has it too
        try:
            insert_lines(connection, table, archive.lines(name))
        except (ValueError, StatementError) as err:
            if isinstance(err, SiagaError):
                raise
            cause = err.orig if isinstance(err, StatementError) else err
            reason = f"{name}: {str(cause).strip()}"
            raise BackupError(archive.path, "unfit", reason) from err
        _hold_equal(archive, connection, table)
        progress(done, len(made.tables))
    if manifest.revision != last:
        migrate.upgrade(connection, manifest.revision)


def _hold_equal(archive: Archive, connection: Connection, table: Table) -> None:
    """Hold that a table stands in the store as the backup has it, byte for byte."""
    digest = hashlib.sha256()
    for line in lines_of(connection, table):
        digest.update(line)
    if digest.hexdigest() != archive.manifest.tables[table.name].sha256:
        raise BackupError(archive.path, "differs", table.name)
