"""The register of actions: written by one way, read as it was known on a day, and what paid off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.actions.replay import paid_off as count_paid_off
from analytics.actions.replay import replay, with_due
from data.actions.register import edit_action as _edit_action
from data.actions.register import take_back, write_action
from data.clock import end_of
from data.store.ledger.conflict import Theirs
from data.store.meeting.rules import ACTION_STATES, ENDED
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo

__all__ = [
    "ACTION_STATES",
    "ENDED",
    "PaidOff",
    "actions_on",
    "close_action",
    "edit_action",
    "history_of",
    "paid_off",
    "reopen_action",
    "save_action",
    "undo_action",
]

_DONE, _GOING = "selesai", "berjalan"


def save_action(
    data: Dataset,
    values: Mapping[str, Any],
    office: str,
    via: str,
    on: date | None = None,
    note: str | None = None,
) -> str:
    """Add an action, or change one, and return its key; see `data.actions.register.write_action`.

    Readers take ``data.fresh()`` afterwards.
    """
    return write_action(data.store, values, office, via, on=on, note=note)


def edit_action(
    data: Dataset,
    action_id: str,
    values: Mapping[str, Any],
    seen: Mapping[str, Any],
    office: str,
    via: str,
    on: date | None = None,
) -> tuple[Theirs, ...]:
    """Change an action as far as the writer has seen it; see `data.actions.register.edit_action`.

    Readers take ``data.fresh()`` afterwards.
    """
    return _edit_action(data.store, action_id, values, seen, office, via, on=on)


def row_of(data: Dataset, action_id: str) -> dict[str, Any]:
    """Return what the columns of an action say in a data set; None for what is empty."""
    rows = data.read("actions")
    row = rows[rows["action_id"].eq(action_id)].astype("object").iloc[0]
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def close_action(
    data: Dataset,
    action_id: str,
    office: str,
    status: str,
    result: str | None,
    on: date,
    via: str,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """End an action: carried out (``selesai``) or given up (``batal``), with what came of it.

    Parameters
    ----------
    result
        What came of it; None leaves it open, which `paid_off` counts.
    on
        The day it ended, not after today.
    seen
        What its columns said when the writer read them; None to write over whatever they say.

    Raises
    ------
    ParameterError
        When the status is none that ends an action.
    SchemaError, ActionUnknownError, RecordChangedError
        As `save_action` and `edit_action`.
    """
    if status not in ENDED:
        raise ParameterError("status", status, ", ".join(ENDED))
    values = {"status": status, "result": result, "closed_on": on}
    if seen is None:
        save_action(data, {"action_id": action_id, **values}, office, via, on)
    else:
        edit_action(data, action_id, values, seen, office, via, on)


def reopen_action(
    data: Dataset, action_id: str, office: str, reason: str, via: str, on: date | None = None
) -> None:
    """Let an action that has ended go on; what came of it so far stays. See `save_action`.

    ``reason`` is kept with the change.
    """
    values = {"action_id": action_id, "status": _GOING}
    save_action(data, values, office, via, on, reason)


def undo_action(
    data: Dataset, action_id: str, office: str, via: str, expected: str | None = None
) -> None:
    """Take the newest change back, as one more change; see `data.actions.register.take_back`."""
    take_back(data.store, action_id, office, via, expected=expected)


@memo(8)
def actions_on(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the register as known on a day.

    Returns
    -------
    DataFrame
        See `analytics.actions.replay.with_due`: overdue first, with ``place`` (full name of the
        place, missing where none is named) and ``rule`` (of the warning it answers; missing where
        there is none). A change that is dated on an earlier day than it was written counts from
        the day it is dated on. A row without a change, such as one of an older store, is as the
        table has it from ``opened_on`` on.
    """
    changes, table = data.read("action_changes"), data.read("actions")
    rows = replay(changes, end_of(as_of))
    bare = ~table["action_id"].isin(changes["action_id"]) & table["opened_on"].le(
        pd.Timestamp(as_of)
    )
    if bare.any():
        rows = pd.concat([rows, table[bare].drop(columns="import_id")], ignore_index=True)
    names = data.place_names
    rules = data.read("warnings").set_index("warning_id")["rule"]
    rows = with_due(rows, pd.Timestamp(as_of))
    return rows.assign(
        place=rows["place_code"].map(names).astype("str"),
        rule=rows["warning_id"].map(rules).astype("str"),
    )


def history_of(data: Dataset, action_id: str) -> pd.DataFrame:
    """Return the changes of an action, newest first.

    Returns
    -------
    DataFrame
        The columns of ``action_changes``, with ``recorded_at`` (UTC): when it was written, which
        may be later than ``at``, since when it holds.
    """
    changes = data.read("action_changes")
    return with_recorded(changes[changes["action_id"].eq(action_id)])


def with_recorded(changes: pd.DataFrame) -> pd.DataFrame:
    """Return ``changes``, rows of `action_changes`, newest first, with `recorded_at` (UTC)."""
    stamp = changes["change_id"].str.split("-").str[0]
    written = pd.to_datetime(stamp, format="%Y%m%dT%H%M%S%f", utc=True)
    rows = changes.assign(recorded_at=written)
    return rows.sort_values("change_id", ascending=False, ignore_index=True)


@dataclass(frozen=True, eq=False)
class PaidOff:
    """What became of the actions known on a day; see `analytics.actions.replay.paid_off`.

    Attributes
    ----------
    by_owner
        Index: the office that does it.
    by_rule
        Index: the rule of the warning that the action answers.
    """

    by_owner: pd.DataFrame = field(repr=False)
    by_rule: pd.DataFrame = field(repr=False)


def paid_off(data: Dataset, as_of: date) -> PaidOff:
    """Return what became of the actions known on a day, by owner and by rule."""
    rows = actions_on(data, as_of)
    others = [state for state in ENDED if state != _DONE]
    return PaidOff(*(count_paid_off(rows, by, _DONE, others) for by in ("owner", "rule")))
