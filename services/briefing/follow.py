"""What the meeting before left behind: warnings and actions that ask for their outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.warning.register import seen_events, states
from data.clock import start_of
from services.actions.register import actions_on
from services.briefing.facts.plain import Facts
from services.briefing.meetings import Meeting
from services.briefing.snapshot import Progress, open_snapshot, snapshots_of, take_snapshot
from services.dataset import Dataset
from services.memo import memo
from services.warning.register import keep_warnings


@dataclass(frozen=True, eq=False)
class Left:
    """What a meeting left behind, as it stands on a later day.

    Attributes
    ----------
    actions
        That it decided, or that were going on when its last snapshot was taken; columns of
        `services.actions.register.actions_on`.
    warnings
        Those of its last snapshot that are kept and still open; see
        `services.briefing.facts.register`.
    closed
        How many of its warnings were closed since.
    """

    actions: pd.DataFrame = field(repr=False)
    warnings: tuple[Facts, ...] = field(repr=False)
    closed: int


def freeze(
    data: Dataset, meeting_id: str, as_of: date, office: str, progress: Progress | None = None
) -> str:
    """Take the snapshot of a meeting and return its id; its warnings are kept in the register.

    So each of them has to be closed with what came of it, and the next meeting asks.

    Raises
    ------
    BeforeDataError, ParameterError, SchemaError
        As `services.briefing.snapshot.take_snapshot` and
        `services.warning.register.keep_warnings`.
    """
    keep_warnings(data, as_of, office)
    return take_snapshot(data.fresh(), meeting_id, as_of, office, progress)


@memo(8)
def left_by(data: Dataset, meeting: Meeting, as_of: date) -> Left:
    """Return what a meeting left behind, as it stands on a day."""
    register: Facts = {"warnings": [], "actions": []}
    kept = snapshots_of(data, meeting.meeting_id)
    if len(kept):
        register = open_snapshot(data, str(kept["snapshot_id"].iloc[-1])).content["register"]
    rows = actions_on(data, as_of)
    shown = {row["action_id"] for row in register["actions"]}
    ours = rows["meeting_id"].eq(meeting.meeting_id) | rows["action_id"].isin(shown)
    told = [row for row in register["warnings"] if row["state"] != "ditutup"]
    closed = _closed(data, as_of)
    still = tuple(row for row in told if closed.get(row["warning_id"]) is False)
    ended = sum(bool(closed.get(row["warning_id"])) for row in told)
    return Left(rows[ours], still, ended)


def _closed(data: Dataset, as_of: date) -> dict[str, bool]:
    """Return of each warning that is kept whether it is closed at the end of a day."""
    end = start_of(as_of) + pd.Timedelta(days=1, microseconds=-1)
    events = seen_events(data.read("warnings"), data.read("warning_events"), end)
    found = states(events, pd.DataFrame({"warning_id": [], "at": []}))["closed"]
    return {str(key): bool(value) for key, value in found.items()}
