"""The register of actions as it stood on a day, and what became of it, from its changes alone."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import pandas as pd

TEXTS = (
    "meeting_id", "warning_id", "place_code", "stage", "risk", "decision", "reason", "owner",
    "status", "result",
)  # fmt: skip
DAYS = ("opened_on", "due", "closed_on")
COUNTS = ("n", "done", "in_time", "late", "cancelled", "going", "overdue", "without_result")


def replay(changes: pd.DataFrame, until: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return the register that changes lead to.

    Parameters
    ----------
    changes
        ``change_id`` (sorts in the order of writing), ``action_id``, ``at`` (UTC, since when it
        holds), ``office``, ``before`` and ``after``: JSON objects of what changed, the first empty
        for a new action, the second for one that was taken out.
    until
        Changes that hold later are left out; None takes all.

    Returns
    -------
    DataFrame
        One row per action, ordered by ``action_id``: `TEXTS` (``str``), `DAYS`
        (``datetime64[us]``), ``change_id`` of its newest change, ``changed_at`` and ``changed_by``.
        A change of an action that is not there yet is left out.
    """
    known = changes if until is None else changes[changes["at"].le(until)]
    names = ("change_id", "action_id", "at", "office", "before", "after")
    rows: dict[str, dict[str, Any]] = {}
    order = known.sort_values("change_id")
    for change, key, at, office, before, after in zip(*(order[n] for n in names), strict=True):
        if pd.isna(after):
            rows.pop(key, None)
            continue
        if pd.isna(before):
            rows[key] = {}
        if key in rows:
            said = {"change_id": change, "changed_at": at, "changed_by": office}
            rows[key] |= json.loads(after) | said
    return _typed([{"action_id": key, **row} for key, row in sorted(rows.items())])


def _typed(records: list[dict[str, Any]]) -> pd.DataFrame:
    texts = ("action_id", *TEXTS)
    tail = ("change_id", "changed_by")
    frame = pd.DataFrame(records, columns=[*texts, *DAYS, *tail, "changed_at"], dtype="object")
    out: dict[str, pd.Series] = {
        name: frame[name].where(frame[name].notna(), None).astype("str") for name in (*texts, *tail)
    }
    out |= {name: pd.to_datetime(frame[name]).astype("datetime64[us]") for name in DAYS}
    out["changed_at"] = pd.to_datetime(frame["changed_at"], utc=True)
    return pd.DataFrame(out)


def with_due(rows: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return actions with how they stand on a day, overdue first, then by their due day.

    Parameters
    ----------
    rows
        ``action_id``, ``due`` and ``closed_on`` (days; empty: none is set; it goes on).
    day
        The day.

    Returns
    -------
    DataFrame
        The rows with ``going`` (it has not ended), ``overdue`` (going, and due before the day) and
        ``days_left`` (days from the day to ``due``, negative where it is past; missing once it has
        ended or where none is set). Those that ended come last, the newest first.
    """
    going = rows["closed_on"].isna()
    left = (rows["due"] - day).dt.days.where(going).astype("Int64")
    out = rows.assign(going=going, overdue=left.lt(0).fillna(False).astype(bool), days_left=left)
    age = (day - out["closed_on"]).dt.days.fillna(-1)
    order = out.assign(_age=age, _due=out["due"].where(going))
    order = order.sort_values(["_age", "_due", "action_id"], na_position="last", kind="stable")
    return out.loc[order.index].reset_index(drop=True)


def paid_off(rows: pd.DataFrame, by: str, done: str, cancelled: Collection[str]) -> pd.DataFrame:
    """Return what became of actions, by one of their columns.

    Parameters
    ----------
    rows
        As `with_due` returns them, with ``status`` and ``result``.
    by
        The column; rows where it is empty are left out.
    done
        The status of an action that was carried out.
    cancelled
        Those of one that was given up.

    Returns
    -------
    DataFrame
        Index: values of the column, those with most actions first. `COUNTS`: all; carried out; of
        these by its due day, and after it (one without a due day is in neither); given up; still
        going; of these overdue; ended without a word on what came of it.
    """
    carried = rows["status"].eq(done)
    timed = carried & rows["due"].notna()
    parts = {
        "n": rows[by].notna(),
        "done": carried,
        "in_time": timed & rows["closed_on"].le(rows["due"]),
        "late": timed & rows["closed_on"].gt(rows["due"]),
        "cancelled": rows["status"].isin(list(cancelled)),
        "going": rows["going"],
        "overdue": rows["overdue"],
        "without_result": ~rows["going"] & rows["result"].isna(),
    }
    counts = pd.DataFrame(parts).astype("int64").groupby(rows[by]).sum()
    return counts.sort_values("n", ascending=False, kind="stable")
