"""A backup is made: every table as of one moment, and the files beside the store."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from data.backup.archive import Writer, open_archive, seal
from data.backup.manifest import FORMAT, Manifest, content_digest, product_version
from data.backup.rows import lines_of
from data.clock import utc_now
from data.errors import BackupError, StoreError
from data.paths import var_dir, whole_file
from data.store import migrate
from data.store import tables as schema
from data.store.engine import Store

Progress = Callable[[int, int], None]
"""Told how many tables are done, of how many."""
FilesAtRest = Callable[[], AbstractContextManager[Sequence[Path]]]
"""Gives paths below ``var/``, which nobody changes before it is left."""


def write_backup(
    store: Store,
    path: Path,
    province: str,
    files: FilesAtRest,
    folders: Mapping[str, str],
    progress: Progress,
) -> tuple[Manifest, int]:
    """Write a backup, whole or not at all, while others read and write; then read it through.

    Parameters
    ----------
    store
        What is backed up. Nothing is written to it.
    path
        The file, which must not be there yet. Only its owner may read it.
    province
        Name of the province's folder.
    files
        Holds the files beside the store that go along; asked before the tables are read, so that
        each file is what its row says.
    folders
        See `data.backup.archive.open_archive`.
    progress
        Called after each table.

    Returns
    -------
    tuple
        What the backup says of itself, and its size in bytes.

    Raises
    ------
    StoreError
        When the store cannot be read.
    BackupError
        When the file is there already, or cannot be written.
    """
    if path.exists():
        raise BackupError(path, "taken", str(path))
    try:
        with whole_file(path) as partial:
            manifest = _write(store, partial, province, files, progress)
            with open_archive(partial, folders) as written:
                if written.manifest != manifest:
                    raise BackupError(path, "differs", "manifest.json")
            size = partial.stat().st_size
            if path.exists():  # somebody else's, made meanwhile
                raise BackupError(path, "taken", str(path))
        _keep_name(path.parent)
    except OSError as err:
        raise BackupError(path, "unwritable", str(err)) from err
    return manifest, size


def _write(
    store: Store, path: Path, province: str, files: FilesAtRest, progress: Progress
) -> Manifest:
    tables = sorted(schema.metadata.tables.items())
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "w+b") as file, Writer(file) as writer:
        with files() as paths:
            with store.snapshot() as connection:
                made_at = utc_now()
                revision = migrate.revision_of(connection) or ""
                for done, (name, table) in enumerate(tables, 1):
                    try:
                        writer.add_table(name, lines_of(connection, table))
                    except (ValueError, TypeError) as err:  # a date that is none
                        raise StoreError(store.address, f"{name}: {err}", "damaged") from err
                    progress(done, len(tables))
            for kept in sorted(paths):
                writer.add_file(kept.relative_to(var_dir()).as_posix(), kept.read_bytes())
        manifest = Manifest(
            format=FORMAT,
            version=product_version(),
            province=province,
            made_at=made_at,
            revision=revision,
            tables=writer.tables,
            files=writer.files,
            content=content_digest(revision, writer.tables, writer.files),
        )
        writer.close(manifest)
    seal(path)
    return manifest


def _keep_name(folder: Path) -> None:
    """Have the name of a new file outlive a loss of power too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
