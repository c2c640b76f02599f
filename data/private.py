"""What an installation keeps is for its own user alone, whatever the umask it was started with."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from data.logs import tell

FOLDER_MODE, FILE_MODE = 0o700, 0o600
_OTHERS = 0o077


def close_to_others(folder: Path, *files: Path) -> int:
    """Take from group and others what they may do with a folder, all in it, and some files more.

    Links are left alone, and so is what belongs to somebody else or lies on a disk that knows no
    such modes: that is told in the log, with how many there are.

    Returns
    -------
    int
        How many were open and are not any more.
    """
    mended = left = 0
    for path in _within(folder, *files):
        with suppress(FileNotFoundError):  # it went meanwhile
            if not _is_open(path):
                continue
            with suppress(OSError):
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)
            if _is_open(path):
                left += 1
            else:
                mended += 1
    if mended or left:
        tell("permissions", logging.WARNING, closed=mended, still_open=left)
    return mended


def _within(folder: Path, *files: Path) -> Iterator[Path]:
    if os.name != "posix":
        return
    yield from files
    if not folder.is_dir():
        return
    yield folder
    for at, folders, names in os.walk(folder):
        yield from (Path(at) / name for name in (*folders, *names))


def _is_open(path: Path) -> bool:
    mode = path.lstat().st_mode
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)
