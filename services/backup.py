"""Backups of an installation: made while it runs, restored where there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data.backup.archive import open_archive
from data.backup.last import LastBackup, note_last
from data.backup.manifest import Manifest
from data.backup.restore import require_fitting, restore_archive
from data.backup.write import Progress, write_backup
from data.clock import utc_now
from data.paths import shipped_dir, var_dir
from data.plan.keeping import files_at_rest
from data.plan.shelves import SHELVES
from data.store import migrate
from data.store.engine import Store, default_url
from services.check import Finding, check_store


@dataclass(frozen=True)
class Made:
    """A backup that was made.

    Attributes
    ----------
    path
        Its file.
    manifest
        What is in it.
    size_bytes, seconds
        Size of the file, and how long it took.
    """

    path: Path
    manifest: Manifest
    size_bytes: int
    seconds: float


@dataclass(frozen=True)
class Restored:
    """A store that was made of a backup.

    Attributes
    ----------
    address
        Of the store, without its password.
    manifest
        What the backup holds.
    revision
        That the store holds now; later than that of the backup where it was brought up to date.
    findings
        What `services.check.check_store` says of it.
    seconds
        How long it took.
    """

    address: str
    manifest: Manifest
    revision: str
    findings: list[Finding]
    seconds: float


def back_up(output: Path, progress: Progress) -> Made:
    """Write a backup of this installation while it runs, and note where.

    Parameters
    ----------
    output
        A file that is not there yet, or a folder: then the name tells province and moment.
    progress
        Told how many tables are done, of how many.

    Raises
    ------
    StoreError, BackupError
        As `data.backup.write.write_backup`.
    """
    started = time.monotonic()
    province = shipped_dir().name
    if output.is_dir():
        output = output / f"siaga-{province}-{utc_now():%Y%m%dT%H%M%SZ}.zip"
    store = Store.open(change=False)
    try:
        manifest, size = write_backup(
            store, output, province, partial(_kept_files, store), _folders(), progress
        )
    finally:
        store.close()
    note_last(LastBackup(path=str(output.absolute()), made_at=manifest.made_at, bytes=size))
    return Made(output, manifest, size, time.monotonic() - started)


def restore(path: Path, progress: Progress) -> Restored:
    """Make the store of this installation of a backup, and look at what it holds.

    Parameters
    ----------
    path
        A backup.
    progress
        Told how many tables are done, of how many.

    Raises
    ------
    SourceMissingError, BackupError, StoreError
        When there is no such file, it is not whole or not of this province, something stands in
        its place, or the database cannot be used; nothing of it is left then.
    """
    started, url = time.monotonic(), default_url()
    with open_archive(path, _folders()) as archive:
        require_fitting(archive, shipped_dir().name, url, _folders())
        restore_archive(archive, url, progress)
    store = Store.open(url, change=False)
    try:
        found = check_store(store)
    finally:
        store.close()
    seconds = time.monotonic() - started
    return Restored(store.address, archive.manifest, migrate.revisions()[-1], found, seconds)


def _folders() -> dict[str, str]:
    """Return the folders below ``var/`` that hold what is no table, and how names in them end."""
    ends = [(at, one.suffix) for one in SHELVES for at in (one.folder, one.trash)]
    return {folder.relative_to(var_dir()).as_posix(): end for folder, end in ends}


@contextmanager
def _kept_files(store: Store) -> Iterator[list[Path]]:
    """Hold plans and the planner's own scenarios, those in the trash too, while they are read."""
    with files_at_rest(store):
        yield [path for shelf in SHELVES for path in shelf.files()]
