"""What an act changes while its transaction is open, noted statement by statement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import Connection, Table

from data.store.ledger.acts import Act
from data.store.ledger.rights import AREA_COLUMNS, OFFICE_COLUMN, require_scope

MOST_ROWS = 2000
"""New rows of a table in one act that are noted one by one; of more, their import says what came.

Rows that go are kept in one piece beyond that.
"""
_OPEN = "siaga_act"
_OF_TABLES = ("setup.make", "setup.migrate")
BY_TABLE_ALONE = frozenset(
    {
        "history", "quarantine", "imports", "meta", "audit_log", "record_changes",  # of writing
        "units", "unit_shapes", "tps", "road_edges", "road_lines",  # the ground, from files
        "outlooks", "scan_runs", "snapshots", "action_changes", "warning_events",  # only added to
        "import_profiles", "simulated_values",
    }
)  # fmt: skip
"""Tables whose rows are not records that people correct: that they were written is noted."""


@dataclass
class Step:
    """Rows of one table that a statement added, or took away or is about to change.

    Attributes
    ----------
    table
        The table.
    gone
        Whether ``rows`` are as they were before the statement; if not, they are new.
    rows
        The rows; of new ones at least the key.
    """

    table: Table
    gone: bool
    rows: pd.DataFrame = field(repr=False)


@dataclass
class Changes:
    """An act and what it did so far."""

    act: Act
    steps: list[Step] = field(default_factory=list)
    new: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)


def begin_act(connection: Connection, act: Act) -> None:
    """Note what is written from here on as done by an act."""
    connection.info[_OPEN] = Changes(act)


def is_watched(connection: Connection) -> bool:
    """Tell whether rows are noted: not while the tables themselves are made or changed."""
    changes = changes_of(connection)
    return changes is not None and changes.act.action not in _OF_TABLES


def changes_of(connection: Connection) -> Changes | None:
    """Return what the open act did so far; None where none is open."""
    found: Changes | None = connection.info.get(_OPEN)
    return found


def end_act(connection: Connection) -> None:
    """Forget the open act."""
    if not connection.invalidated:  # else the server is gone, and what it was told with it
        connection.info.pop(_OPEN, None)


def note_added(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Note rows that are added to a table.

    ``rows`` are typed and have at least the key of the table.

    Raises
    ------
    RightError
        When they lie where whoever acts may not write.
    """
    changes = changes_of(connection)
    if changes is None or rows.empty or not is_watched(connection):
        return
    require_scope(changes.act, rows)
    changes.new[table.name] += len(rows)
    if table.name in BY_TABLE_ALONE or changes.new[table.name] > MOST_ROWS:
        return
    keys = [column.name for column in table.primary_key.columns]
    changes.steps.append(Step(table, False, rows[keys].copy()))


def note_gone(connection: Connection, table: Table, rows: pd.DataFrame) -> None:
    """Note rows of a table as they are before they go, or change.

    ``rows`` are typed and have all columns of the table.

    Raises
    ------
    RightError
        As `note_added`.
    """
    changes = changes_of(connection)
    if changes is None or rows.empty:
        return
    require_scope(changes.act, rows)
    changes.gone[table.name] += len(rows)
    if table.name not in BY_TABLE_ALONE:
        changes.steps.append(Step(table, True, rows))


def wants_rows(table: Table) -> bool:
    """Tell whether rows must be read before they go: to keep them, or to know whose they are."""
    names = set(table.columns.keys())
    return table.name not in BY_TABLE_ALONE or bool(names & {*AREA_COLUMNS, OFFICE_COLUMN})
