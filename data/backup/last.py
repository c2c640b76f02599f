"""A note beside the store: when the last backup was made, and where it went.

The store itself is not written to, so that one that is read-only can be backed up too.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.paths import var_dir, whole_file


class LastBackup(BaseModel):
    """The last backup of an installation.

    Attributes
    ----------
    path
        Where it was written to.
    made_at
        Moment that it holds, in UTC.
    bytes
        Its size.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    made_at: datetime
    bytes: int


def note_last(last: LastBackup) -> None:
    """Write the note; a folder that takes none goes without."""
    with suppress(OSError), whole_file(_note()) as partial:
        partial.write_text(last.model_dump_json(), encoding="utf-8")


def read_last() -> LastBackup | None:
    """Return the note, None where there is none that can be read."""
    try:
        return LastBackup.model_validate_json(_note().read_bytes())
    except (OSError, ValidationError):
        return None


def _note() -> Path:
    return var_dir() / "last-backup.json"
