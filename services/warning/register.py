"""The register of warnings: what fires, what is kept, who owns it, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from analytics.warning import register as reading
from analytics.warning.register import HORIZON, OLDEST, STATES
from data.clock import end_of, noted_on, start_of, today
from data.province import zone
from data.store.meeting.rules import WARNING_OUTCOMES
from data.warning.register import add_events, keep
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.warning.record import with_probability
from services.warning.today import warnings_on

__all__ = [
    "STATES",
    "WARNING_OUTCOMES",
    "close",
    "closed_on",
    "delays",
    "history_of",
    "keep_warnings",
    "register_on",
    "reopen",
    "rules_paid_off",
    "take",
]


def keep_warnings(data: Dataset, as_of: date, office: str) -> list[str]:
    """Keep the warnings of a day: new ones are added, a level that changed is noted.

    Parameters
    ----------
    as_of
        The day of knowledge, today or before. What is kept for a past day is noted at its start.
    office
        Which keeps them; never a person.

    Returns
    -------
    list of str
        The ids that are new. Doing it again adds nothing. Readers take ``data.fresh()`` afterwards.

    Raises
    ------
    ParameterError
        For a day to come.
    SchemaError
        For an office that is none; nothing is stored then.
    """
    if as_of > today():
        raise ParameterError("as_of", as_of, f"at most {today()}")
    records = [_record(row, as_of) for _, row in _computed(data, as_of).iterrows()]
    return keep(data.store, records, office, noted_on(as_of))


def take(
    data: Dataset, warning_id: str, owner: str, at: datetime, office: str | None = None
) -> None:
    """Name the owner of an open warning; one that was only computed is kept with that.

    Parameters
    ----------
    owner
        The office that will see to it; never a person.
    at
        With zone, not to come. One that is not kept must fire on that day.
    office
        Which says so; None: the owner.

    Raises
    ------
    WarningUnknownError, WarningStateError, WarningOrderError, SchemaError
        As `data.warning.register.add_events`; nothing is stored then.
    """
    known = data.read("warnings")["warning_id"]
    record = None if known.eq(warning_id).any() else _fired(data, warning_id, at)
    add_events(
        data.store, warning_id, [{"kind": "pemilik", "value": owner.strip() or None}],
        office or owner, at, closed=False, record=record,
    )  # fmt: skip


def close(
    data: Dataset, warning_id: str, office: str, reason: str, outcome: str, at: datetime
) -> None:
    """Close an open warning, with a reason and its outcome.

    Parameters
    ----------
    reason
        Why; an empty one is refused, so that nothing is withdrawn in silence.
    outcome
        One of `WARNING_OUTCOMES`.

    Raises
    ------
    WarningUnknownError, WarningStateError, WarningOrderError, SchemaError
        As `data.warning.register.add_events`; nothing is stored then.
    """
    events: list[Mapping[str, Any]] = [
        {"kind": "hasil", "value": outcome},
        {"kind": "ditutup", "value": outcome, "note": _said(reason)},
    ]
    add_events(data.store, warning_id, events, office, at, closed=False)


def reopen(data: Dataset, warning_id: str, office: str, reason: str, at: datetime) -> None:
    """Open a closed warning again, with a reason.

    Raises
    ------
    WarningUnknownError, WarningStateError, WarningOrderError, SchemaError
        As `data.warning.register.add_events`; nothing is stored then.
    """
    events = [{"kind": "dibuka_lagi", "note": _said(reason)}]
    add_events(data.store, warning_id, events, office, at, closed=True)


@memo(16)
def register_on(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the register as known on a day; see `analytics.warning.register.register`."""
    kept = _states(data, as_of)
    return reading.register(_computed(data, as_of), data.read("warnings"), kept, start_of(as_of))


@memo(16)
def history_of(data: Dataset, warning_id: str, as_of: date | None = None) -> pd.DataFrame:
    """Return what was noted of a warning, oldest first; up to a day where one is given.

    Returns
    -------
    DataFrame
        The columns of ``warning_events``; no row for one that is not kept.
    """
    until = pd.Timestamp.max.tz_localize("UTC") if as_of is None else end_of(as_of)
    rows = reading.seen_events(data.read("warnings"), data.read("warning_events"), until)
    return rows[rows["warning_id"].eq(warning_id)].reset_index(drop=True)


@memo(8)
def delays(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the hours from warning to owner, first action and outcome, as known on a day.

    As `analytics.warning.register.delays` says.
    """
    return reading.delays(data.read("warnings"), _states(data, as_of))


@memo(8)
def closed_on(data: Dataset, as_of: date) -> dict[str, bool]:
    """Return of each warning that is kept on a day, by id, whether it is closed."""
    return {str(key): bool(value) for key, value in _states(data, as_of)["closed"].items()}


def rules_paid_off(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return which rules paid off, as the offices told it up to a day.

    As `analytics.warning.register.outcomes_by_rule` says.
    """
    return reading.outcomes_by_rule(data.read("warnings"), _states(data, as_of), WARNING_OUTCOMES)


@memo(8)
def _states(data: Dataset, as_of: date) -> pd.DataFrame:
    until = end_of(as_of)
    events = reading.seen_events(data.read("warnings"), data.read("warning_events"), until)
    changes, actions = data.read("action_changes"), data.read("actions")
    first = changes[changes["at"].le(until)].groupby("action_id", as_index=False)["at"].min()
    acted = actions[["action_id", "warning_id"]].merge(first, on="action_id")
    return reading.states(events, acted[acted["warning_id"].isin(events["warning_id"])])


def _computed(data: Dataset, as_of: date) -> pd.DataFrame:
    return with_probability(warnings_on(data, as_of), as_of)


def _fired(data: Dataset, warning_id: str, at: datetime) -> Mapping[str, Any] | None:
    """Return a warning of the day of a moment as a record; None where it does not fire then."""
    day = at.astimezone(zone()).date()
    rows = _computed(data, day)
    rows = rows[rows["warning_id"].eq(warning_id)]
    return None if rows.empty else _record(rows.iloc[0], day)


def _record(row: pd.Series, as_of: date) -> Mapping[str, Any]:
    """Return a warning as the register keeps it."""
    own = ("warning_id", "rule", "subject", "place_code", "stage", "level", "probability")
    return {
        **{
            name: None if pd.isna(row[name]) else row[name]
            for name in (*own, "confidence", "owner")
        },
        "raised_on": as_of,
        "evidence": [list(pair) for pair in row["evidence"]],
        "facts": {
            **row["facts"],
            HORIZON: int(row["horizon_days"]),
            OLDEST: f"{row['since']:%Y-%m-%d}",
        },
    }


def _said(words: str | None) -> str | None:
    return " ".join((words or "").split()) or None
