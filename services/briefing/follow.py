"""What the meeting before left behind: warnings and actions that ask for their outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from services.actions.register import actions_on
from services.briefing.facts.plain import Facts
from services.briefing.meetings import Meeting
from services.briefing.snapshot import Progress, last_snapshot, take_snapshot
from services.dataset import Dataset
from services.memo import memo
from services.warning.register import closed_on, keep_warnings


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
    last = last_snapshot(data, meeting.meeting_id)
    register: Facts = last.content["register"] if last else {"warnings": [], "actions": []}
    rows = actions_on(data, as_of)
    shown = {row["action_id"] for row in register["actions"]}
    ours = rows["meeting_id"].eq(meeting.meeting_id) | rows["action_id"].isin(shown)
    told = [row for row in register["warnings"] if row["state"] != "ditutup"]
    closed = closed_on(data, as_of)
    still = tuple(row for row in told if closed.get(row["warning_id"]) is False)
    ended = sum(bool(closed.get(row["warning_id"])) for row in told)
    return Left(rows[ours], still, ended)
