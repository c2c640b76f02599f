"""Errors of the data layer. Each has a builtin parent and carries the offending value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

StoreFault = Literal[
    "address", "unsupported", "unusable", "busy", "absent", "older", "newer", "structure",
    "vanished", "emptied", "replaced", "damaged",
]  # fmt: skip
"""What can be wrong with a store."""


class FileUnreadableError(ValueError):
    """A file that cannot be used at all; nothing of it was stored.

    Attributes
    ----------
    path
        The file.
    reason
        Machine key of what is wrong, such as ``empty``, ``no_date_column``, ``unknown_format``.
    expected
        What was expected, as text.
    """

    def __init__(self, path: Path | str, reason: str, expected: str) -> None:
        super().__init__(f"{path}: {reason}; expected {expected}")
        self.path = Path(path)
        self.reason = reason
        self.expected = expected


class SchemaError(ValueError):
    """A frame that does not fit its table; all faults are reported at once.

    Attributes
    ----------
    table
        Name of the table.
    faults
        One sentence per fault, with row, column, value and what was expected.
    """

    def __init__(self, table: str, faults: Sequence[str]) -> None:
        super().__init__(f"{table}: " + "; ".join(faults))
        self.table = table
        self.faults = tuple(faults)


class StoreError(RuntimeError):
    """The store cannot be opened, read or written.

    Attributes
    ----------
    url
        The address of the store without its password.
    reason
        What the database said, or what is at fault.
    kind
        Machine key of what is wrong; `services.explain` has words for each.
    """

    def __init__(self, url: str, reason: str, kind: StoreFault = "unusable") -> None:
        super().__init__(f"{url}: {kind}: {reason}")
        self.url = url
        self.reason = reason
        self.kind = kind


class SourceMissingError(FileNotFoundError):
    """A file that the product ships or was told to read is not there.

    Attributes
    ----------
    path
        The missing file.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path}: not found")
        self.path = Path(path)
