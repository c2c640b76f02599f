"""Files of a backup that wait beside the place they belong to until the store is there.

A store and files cannot appear at one moment. The files are put down whole in a folder that nobody
reads; then the store is committed, and that decides: where it is there, whoever opens it first puts
the files in their places, and where it is not, nothing was restored.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from data.paths import var_dir

_ADDRESS = "address"


def staged_dir() -> Path:
    """Return the folder of the files that wait."""
    return var_dir() / ".restoring"


def stage(files: Mapping[str, bytes], address: str) -> None:
    """Put files down whole for a store that is about to be there.

    Parameters
    ----------
    files
        Content by path below ``var/``.
    address
        Of the store, without its password.
    """
    var_dir().mkdir(parents=True, exist_ok=True)
    unstage()
    with tempfile.TemporaryDirectory(dir=var_dir(), prefix=".part-") as folder:
        made = Path(folder) / "staged"
        made.mkdir()
        (made / _ADDRESS).write_text(address, encoding="utf-8")
        for name, content in files.items():
            path = made / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(content)
                os.fsync(file.fileno())
        os.replace(made, staged_dir())


def unstage() -> None:
    """Take away what waits: nothing was restored, or all of it is in its place."""
    if staged_dir().exists():
        # First out of the name that says that it is whole: to take it away takes a while.
        with (
            tempfile.TemporaryDirectory(dir=var_dir(), prefix=".part-") as folder,
            suppress(FileNotFoundError),
        ):
            os.replace(staged_dir(), Path(folder) / "staged")


def is_staged(address: str) -> bool:
    """Return whether files wait for the store of an address."""
    note = staged_dir() / _ADDRESS
    return note.exists() and note.read_text(encoding="utf-8") == address


def settle_staged(address: str) -> None:
    """Put the files that wait for a store, which is there, in their places."""
    if not is_staged(address):
        return
    waiting = staged_dir() / "files"
    for path in sorted(p for p in waiting.rglob("*") if p.is_file()):
        target = var_dir() / path.relative_to(waiting)
        target.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process that opens the store did it
            os.replace(path, target)
    unstage()
