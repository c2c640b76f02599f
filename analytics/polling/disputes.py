"""Re-votes, recounts and disputes: what was known of each on a day, and what is overdue."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analytics.reports.dates import day

STATES = ("lewat_tenggat", "menunggu", "direkomendasikan", "terlaksana", "selesai", "tanpa_tanggal")
"""Overdue; decided and not held; only recommended; held; decided with a result; nothing dated."""
STEPS = ("recommended_date", "decided_date", "held_date")


def as_known(disputes: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """Return the disputes as known on a day, the overdue ones first.

    Parameters
    ----------
    disputes
        The table ``disputes``.
    as_of
        The day; steps after it are not known yet, and neither is a result before the last of the
        dated steps. A row whose every step lies after the day is left out. A row without any dated
        step is kept.

    Returns
    -------
    DataFrame
        The columns of the table and ``state`` of `STATES`, ``days_left`` to the legal deadline
        (negative: past; missing where there is none, or the vote was held) and ``held_late``
        (whether it was held after the deadline).

    Notes
    -----
    By hand: decided 24 February, to be held within 30 days, thus by 26 March; held 22 March. On
    1 March it waits with 25 days left. On 22 March it is held, and not late. Had it not been held,
    it would be overdue by one day on 27 March.
    """
    today = day(as_of)
    steps = disputes[list(STEPS)]
    known = steps.where(steps.apply(lambda column: column.le(today)))
    kept = known.notna().any(axis=1) | steps.isna().all(axis=1)
    rows = disputes.assign(**{name: known[name] for name in STEPS})[kept]
    last_step = steps.max(axis=1)[kept]
    reached = last_step.isna() | last_step.le(today)
    rows["result"] = rows["result"].where(reached)
    # A deadline is known from the decision that sets it.
    reported = rows["decided_date"].notna() | rows["recommended_date"].notna()
    rows["legal_deadline"] = rows["legal_deadline"].where(reported | rows["held_date"].notna())
    rows["state"] = _states(rows, today)
    left = (rows["legal_deadline"] - today).dt.days
    waiting = rows["state"].isin(["lewat_tenggat", "menunggu", "direkomendasikan"])
    rows["days_left"] = left.where(waiting).astype("Int64")
    rows["held_late"] = rows["held_date"].gt(rows["legal_deadline"])
    order = rows["state"].map({state: n for n, state in enumerate(STATES)})
    rows = rows.assign(order=order, left=rows["days_left"].astype("Float64"))
    rows = rows.sort_values(["order", "left", "dispute_id"], kind="stable", na_position="last")
    return rows.drop(columns=["order", "left"]).reset_index(drop=True)


def _states(rows: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    held, decided = rows["held_date"].notna(), rows["decided_date"].notna()
    conditions = [
        held,
        rows["result"].notna(),
        rows["legal_deadline"].lt(today),
        decided,
        rows["recommended_date"].notna(),
    ]
    names = ["terlaksana", "selesai", "lewat_tenggat", "menunggu", "direkomendasikan"]
    found = np.select([c.to_numpy(dtype=bool) for c in conditions], names, "tanpa_tanggal")
    return pd.Series(found, index=rows.index, dtype="str")
