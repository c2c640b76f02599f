"""The two folders of what planners keep: a file each, and a trash from where each comes back."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.clock import utc_now
from data.errors import FileUnreadableError, SourceMissingError
from data.export import refused_by_disk
from data.ingest.words import expected
from data.paths import var_dir
from data.vocabulary import KEPT_KINDS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
_KABUPATEN = re.compile(r"[0-9]{2}\.[0-9]{2}")
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True)
class Shelf:
    """A folder of files that are kept by name.

    Attributes
    ----------
    kind
        What is kept, as ``kept_files`` says it.
    below
        Name of the folder below ``var/``.
    suffix
        How the files end.
    """

    kind: str
    below: str
    suffix: str

    @property
    def folder(self) -> Path:
        """Where they are."""
        return var_dir() / self.below

    @property
    def trash(self) -> Path:
        """Where those are that were deleted or replaced."""
        return self.folder / "trash"

    def path(self, name: str) -> Path:
        """Return the file of a name, which need not be there.

        Raises
        ------
        FileUnreadableError
            When it is no name for a file.
        """
        check_name(name)
        return self.folder / f"{name}{self.suffix}"

    def kept(self, name: str) -> Path:
        """Return the file of a name.

        Raises
        ------
        SourceMissingError, FileUnreadableError
            When it is not there, or it is no name for a file.
        """
        path = self.path(name)
        if not path.exists():
            raise SourceMissingError(path)
        return path

    def thrown_path(self, name: str) -> Path:
        """Return a free place in the trash for a file of a name."""
        at = utc_now()
        while (found := self.trash / f"{name}~{at.strftime(_STAMP)}{self.suffix}").exists():
            at += dt.timedelta(microseconds=1)  # the clock may stand still
        return found

    def thrown(self) -> list[Thrown]:
        """Return what is in the trash, the last thrown away first."""
        found = []
        for path in self.trash.glob(f"*~*{self.suffix}"):
            name, _, stamp = path.stem.rpartition("~")
            with suppress(ValueError):  # else it is none that we threw away
                at = dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC)
                found.append(Thrown(path.stem, name, at))
        return sorted(found, key=lambda thrown: thrown.at, reverse=True)

    def files(self) -> list[Path]:
        """Return all files, those in the trash last."""
        here, thrown = (sorted(at.glob(f"*{self.suffix}")) for at in (self.folder, self.trash))
        return [*here, *thrown]


PLANS = Shelf(KEPT_KINDS[0], "plans", ".json")
SCENARIOS = Shelf(KEPT_KINDS[1], "scenarios", ".toml")
SHELVES = (PLANS, SCENARIOS)


@dataclass(frozen=True)
class Thrown:
    """A file in the trash: what brings it back, its name, and when it was thrown away (UTC)."""

    token: str
    name: str
    at: dt.datetime


def check_name(name: str) -> None:
    """Refuse a name that cannot be that of a file.

    Raises
    ------
    FileUnreadableError
        When it holds more than letters, digits, blanks, dots and hyphens, or over 80 of them.
    """
    if not is_name(name):
        raise FileUnreadableError(name, "plan_name", expected("plan_name"))


def is_name(name: str) -> bool:
    """Tell whether a name can be that of a kept file; see `check_name`."""
    return bool(_NAME.fullmatch(name)) and name == name.strip()


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def kabupaten_of(shelf: Shelf, content: bytes) -> str | None:
    """Return which kabupaten a kept file is about; None where it does not say so."""
    try:
        found = _read(shelf, content)
    except (ValueError, RecursionError):
        return None
    about = found.get("about") if shelf is PLANS else found
    code = about.get("kabupaten") if isinstance(about, dict) else None
    return code if isinstance(code, str) and _KABUPATEN.fullmatch(code) else None


def _read(shelf: Shelf, content: bytes) -> dict[str, Any]:
    words = content.decode()
    found = json.loads(words) if shelf is PLANS else tomllib.loads(words)
    return found if isinstance(found, dict) else {}


@contextmanager
def changing_files() -> Iterator[None]:
    """Let one process at a time change what is kept, so that each that is replaced is thrown.

    Raises
    ------
    FileUnreadableError
        When the disk refuses.
    """
    with refused_by_disk(PLANS.folder):
        for shelf in SHELVES:
            shelf.trash.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(_lock_path(), os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def nobody_changing() -> Iterator[None]:
    """Let no process change what is kept meanwhile, so that each is read once.

    Where there is no folder, or one that nobody can write to, there is nothing to wait for.
    """
    try:
        lock = os.fdopen(os.open(_lock_path(), os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def _lock_path() -> Path:
    return var_dir() / ".kept-files.lock"  # there before the first file is kept
