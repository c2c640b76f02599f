"""Files get their names when the store says so, and what a kill left half-way is ended.

A row and a file cannot change at one moment. What is to be moved is noted first, then the act is
committed, and that decides: where the act stands in the log, whoever comes next moves what is not
yet moved; where it does not, nothing was to be moved.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from data.errors import FileUnreadableError
from data.export import write_file
from data.ingest.words import expected
from data.paths import sync, var_dir
from data.plan.shelves import PLANS, changing_files


@dataclass(frozen=True)
class Moves:
    """What an act moves once it is committed.

    Attributes
    ----------
    after_seq, after_digest
        Last act of the log before it, by which the store is known under whatever address.
    action, subject
        Of the act.
    paths
        From where to where, below ``var/``, in this order.
    """

    after_seq: int
    after_digest: str
    action: str
    subject: str
    paths: tuple[tuple[str, str], ...]


Decided = Callable[[Moves], bool | None]
"""Tells whether the act of some moves was committed; None where another store knows."""


def staged_path(name: str) -> Path:
    """Return where a file waits for its act, in a folder that nobody reads."""
    return _waiting() / name


def note_path() -> Path:
    """Return the file that says what is to be moved."""
    return PLANS.folder / ".moving"


def below_var(path: Path) -> str:
    """Return a path as `Moves` have it."""
    return path.relative_to(var_dir()).as_posix()


def note_moves(moves: Moves) -> None:
    """Note what the act that is about to be committed moves.

    Raises
    ------
    FileUnreadableError
        When the disk refuses.
    """
    write_file(note_path(), json.dumps(asdict(moves)).encode())


def require_movable(paths: Iterable[tuple[str, str]]) -> None:
    """Hold that files can be moved, before it is committed that they are.

    Raises
    ------
    FileUnreadableError
        With the first folder on another disk, or that nobody may write to.
    """
    for pair in paths:
        device = _waiting().parent.stat().st_dev
        for folder in ((var_dir() / path).parent for path in pair):
            if folder.stat().st_dev != device or not os.access(folder, os.W_OK | os.X_OK):
                raise FileUnreadableError(folder, "unwritable", expected("unwritable"))


def settle_noted(is_committed: Decided) -> None:
    """End what was noted; for whoever holds `changing_files`.

    ``is_committed`` is asked only where something was noted.

    Raises
    ------
    FileUnreadableError
        When the note is none, or of another store; it is left for whoever can tell what it said.
    """
    if is_noted():
        moves = _noted()
        committed = is_committed(moves)
        if committed is None:
            raise _refused()
        paths = [(var_dir() / source, var_dir() / target) for source, target in moves.paths]
        for source, target in paths if committed else ():
            if source.exists():  # else whoever was killed had come past it
                os.replace(source, target)
                sync(target.parent)  # before the note goes, which tells of it
        note_path().unlink()
    for left in (_waiting(), *PLANS.folder.glob(".part-*")):  # the latter of a note half written
        shutil.rmtree(left, ignore_errors=True)


def settle_moves(is_committed: Decided) -> None:
    """End what a process that was killed had noted; nothing where there is nothing noted.

    Raises
    ------
    FileUnreadableError
        When the disk refuses, or the note is none.
    """
    if is_noted():
        with changing_files():
            settle_noted(is_committed)


def is_noted() -> bool:
    """Tell whether something is to be moved; false too where nobody may look."""
    return os.path.exists(note_path())


def _noted() -> Moves:
    try:
        said = json.loads(note_path().read_bytes())
        paths = tuple(
            (_held_below(source), _held_below(target)) for source, target in said["paths"]
        )
        return Moves(
            int(said["after_seq"]),
            str(said["after_digest"]),
            str(said["action"]),
            str(said["subject"]),
            paths,
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as err:
        raise _refused() from err


def _held_below(path: str) -> str:
    """Return a path of a note, which somebody may have written that is none of ours."""
    if Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path:
        raise ValueError(path)
    return path


def _refused() -> FileUnreadableError:
    return FileUnreadableError(note_path(), "plan_note", expected("plan_note"))


def _waiting() -> Path:
    return PLANS.folder / ".waiting"
