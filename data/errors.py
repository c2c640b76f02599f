"""Errors of the data layer. Each has a builtin parent and carries the offending value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from geo.errors import SiagaError

if TYPE_CHECKING:
    from data.store.ledger.conflict import Theirs

StoreFault = Literal[
    "address", "unsupported", "unusable", "busy", "absent", "older", "newer", "structure",
    "vanished", "emptied", "replaced", "damaged", "half_restored",
]  # fmt: skip
"""What can be wrong with a store."""
BackupFault = Literal[
    "unknown", "unreadable", "damaged", "incomplete", "foreign", "oversized", "newer", "province",
    "occupied", "taken", "unwritable", "unfit", "differs",
]  # fmt: skip
"""What can be wrong with a backup, or with the place that it is to go to."""


@dataclass(eq=False)
class FileUnreadableError(SiagaError, ValueError):
    """A file that cannot be used at all; nothing of it was stored.

    Attributes
    ----------
    reason
        Machine key of what is wrong, such as ``empty``, ``no_date_column``, ``unknown_format``.
    expected
        What was expected, as text.
    """

    key = "file_unreadable"
    form = "{path}: {reason}; expected {expected}"
    path: Path | str
    reason: str
    expected: str


@dataclass(eq=False)
class SchemaError(SiagaError, ValueError):
    """A frame that does not fit its table; all faults at once, with row, column and value."""

    key = "schema"
    form = "{table}: {faults}"
    table: str
    faults: Sequence[str]


@dataclass(eq=False)
class StoreError(SiagaError, RuntimeError):
    """The store cannot be opened, read or written.

    Attributes
    ----------
    url
        The address of the store without its password.
    reason
        What the database said, or what is at fault.
    kind
        Machine key of what is wrong; the catalogue has words for each under ``[store]``.
    """

    key = "store"
    form = "{url}: {kind}: {reason}"
    url: str
    reason: str
    kind: StoreFault = "unusable"


@dataclass(eq=False)
class BackupError(SiagaError, ValueError):
    """A backup that cannot be made or restored; nothing was written, or nothing of it is left.

    Attributes
    ----------
    kind
        Machine key of what is wrong; the catalogue has words for each under ``[backup_fault]``.
    detail
        The part of it, or the place, that is at fault.
    """

    key = "backup"
    form = "{path}: {kind}: {detail}"
    path: Path | str
    kind: BackupFault
    detail: str


@dataclass(eq=False)
class SourceMissingError(SiagaError, FileNotFoundError):
    """A file that the product ships or was asked to read is not there."""

    key = "source_missing"
    form = "{path}: not found"
    path: Path | str


@dataclass(eq=False)
class ImportUnknownError(SiagaError, LookupError):
    """An import that the store knows nothing of."""

    key = "import_unknown"
    form = "no import {import_id!r}"
    import_id: str


@dataclass(eq=False)
class OutlookLateError(SiagaError, ValueError):
    """An outlook whose window is open already, so that it would be no forecast any more.

    Attributes
    ----------
    start
        First day of the window.
    today
        The day of lodging.
    """

    key = "outlook_late"
    form = "window opened on {start}, lodged on {today}"
    start: date
    today: date


@dataclass(eq=False)
class OutlookLodgedError(SiagaError, ValueError):
    """An outlook of the same day and horizon is lodged already; nothing is lodged twice."""

    key = "outlook_lodged"
    form = "{outlook_id} is lodged already"
    outlook_id: str


@dataclass(eq=False)
class OutlookEmptyError(SiagaError, LookupError):
    """Nothing can be forecast on a day: no stage lies ahead, or too little was watched."""

    key = "outlook_empty"
    form = "nothing to forecast on {day} for {horizon}"
    day: date
    horizon: str


@dataclass(eq=False)
class ImportReplacedError(SiagaError, ValueError):
    """An import that cannot be undone, because a later one put others in place of its rows."""

    key = "import_replaced"
    form = "{import_id}: replaced by {later}"
    import_id: str
    later: str


@dataclass(eq=False)
class SparseRoadsError(SiagaError, ValueError):
    """Roads that cover a small part of the province, so that they should not replace the others.

    Attributes
    ----------
    file_name
        The file.
    lines
        Roads in it.
    far, desa
        Desa farther than ``far_km`` from all of them, of how many.
    far_km
        Kilometres.
    """

    key = "sparse_roads"
    form = "{file_name}: {far} of {desa} desa farther than {far_km:g} km from its {lines} roads"
    file_name: str
    lines: int
    far: int
    desa: int
    far_km: float


@dataclass(eq=False)
class SavedMeanwhileError(SiagaError, ValueError):
    """Somebody else saved the same meeting since it was opened; nothing was written.

    Attributes
    ----------
    office
        Which saved it.
    saved_at
        When, with its zone.
    """

    key = "saved_meanwhile"
    form = "saved by {office} at {saved_at}"
    office: str
    saved_at: datetime


@dataclass(eq=False)
class TemplateEmptyError(SiagaError, ValueError):
    """A template that a rakor cannot be made from.

    Attributes
    ----------
    missing
        Parts that are missing or blank.
    """

    key = "template_empty"
    form = "{path}: {missing} is empty"
    path: Path | str
    missing: Sequence[str]


@dataclass(eq=False)
class SnapshotUnknownError(SiagaError, LookupError):
    """No snapshot of an id."""

    key = "snapshot_unknown"
    form = "no snapshot {snapshot_id}"
    snapshot_id: str


@dataclass(eq=False)
class BeforeDataError(SiagaError, ValueError):
    """A day before anything is known."""

    key = "before_data"
    form = "nothing is known on {day}; the first day is {first}"
    day: date
    first: date


@dataclass(eq=False)
class WarningUnknownError(SiagaError, LookupError):
    """A warning that is neither kept nor raised on the day."""

    key = "warning_unknown"
    form = "no warning {warning_id!r}"
    warning_id: str


@dataclass(eq=False)
class WarningStateError(SiagaError, ValueError):
    """A warning that is closed already, or one that is not closed.

    Attributes
    ----------
    state
        ``terbuka`` or ``ditutup``: what it is.
    """

    key = "warning_state"
    form = "{warning_id!r} is {state}"
    warning_id: str
    state: str


@dataclass(eq=False)
class WarningOrderError(SiagaError, ValueError):
    """Something to be noted of a warning that lies before what was noted last.

    Attributes
    ----------
    last
        When that was, in UTC.
    """

    key = "warning_order"
    form = "{warning_id!r}: {at} lies before {last}"
    warning_id: str
    at: datetime
    last: datetime


@dataclass(eq=False)
class ActionUnknownError(SiagaError, LookupError):
    """An action that the register does not hold."""

    key = "action_unknown"
    form = "no action {action_id!r}"
    action_id: str


@dataclass(eq=False)
class ActionChangedError(SiagaError, ValueError):
    """An action that was changed since whoever saves it looked at it; nothing was written.

    Attributes
    ----------
    changed
        Columns that were changed since.
    office
        Which office changed it last.
    """

    key = "action_changed"
    form = "{action_id}: {changed} changed by {office}"
    action_id: str
    changed: Sequence[str]
    office: str


@dataclass(eq=False)
class RightError(SiagaError, PermissionError):
    """Something that an account may not do.

    Attributes
    ----------
    account, role
        Who wanted to.
    action
        What; a key of `data.store.ledger.rights.RIGHTS`.
    reason
        ``role``, ``table``, ``area``, ``agency`` or ``own``: what is in the way.
    value
        The place, agency or table that is not its own.
    """

    key = "right"
    form = "{account} ({role}) may not {action}: {reason} {value}"
    account: str
    role: str
    action: str
    reason: str
    value: str


@dataclass(eq=False)
class UndeclaredWriteError(SiagaError, RuntimeError):
    """A transaction that writes past `data.store.engine.Store.begin`; nothing of it is kept."""

    key = "undeclared_write"
    form = "{tables} written by no act"
    tables: Sequence[str]


@dataclass(eq=False)
class ChangeUnknownError(SiagaError, LookupError):
    """A change that the ledger knows nothing of."""

    key = "change_unknown"
    form = "no change {change_id!r}"
    change_id: str


@dataclass(eq=False)
class ActUnknownError(SiagaError, LookupError):
    """An act that the log does not have, or of which nothing can be put back."""

    key = "act_unknown"
    form = "no act {seq} that can be undone"
    seq: int


@dataclass(eq=False)
class RecordChangedError(SiagaError, ValueError):
    """A record that others changed since, in the very columns that are to be written.

    Attributes
    ----------
    table
        Its table.
    record
        Its key as a JSON list.
    changed
        The columns.
    theirs, others
        What stands there now beside what was to be written, and what else was changed
        (`data.store.ledger.conflict.Theirs`); none where the record is gone, or an act is undone.
    """

    key = "record_changed"
    form = "{table} {record}: changed since in {changed}"
    table: str
    record: str
    changed: Sequence[str]
    theirs: Sequence[Theirs] = ()
    others: Sequence[Theirs] = ()


@dataclass(eq=False)
class ClusterError(SiagaError, ConnectionError):
    """No scheduler answers at an address; ``reason`` in the words of the library."""

    key = "cluster"
    form = "{address}: {reason}"
    address: str
    reason: str
