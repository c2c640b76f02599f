"""Two pictures of the same things: what is new, gone or different, and what became of an outlook.

What was not watched, or cannot be set side by side, stays unknown: it is never a change of zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.errors import ParameterError

NEW, GONE, STAYED = "baru", "hilang", "tetap"
CAME, CAME_NOT, RUNNING, UNWATCHED = "terjadi", "tidak_terjadi", "berjalan", "tidak_terpantau"
BETTER, WORSE, EVEN = "lebih_baik", "lebih_buruk", "sama"
DECIMALS = 6


def turnover(before: pd.Index, after: pd.Index) -> pd.Series:
    """Return what became of each key: `NEW`, `GONE` or `STAYED`.

    Parameters
    ----------
    before, after
        Keys without repetition.

    Returns
    -------
    Series
        Index: the keys of ``after`` in their order, then those that are gone in theirs.
    """
    keys = after.append(before.difference(after, sort=False))
    there, was = keys.isin(after), keys.isin(before)
    words = np.where(there & was, STAYED, np.where(there, NEW, GONE))
    return pd.Series(words, index=keys, name="state", dtype="str")


def changes(
    before: pd.Series, after: pd.Series, unlike: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return how numbers changed.

    Parameters
    ----------
    before, after
        Numbers by unit; NaN where they are not known.
    unlike
        Why a unit cannot be set side by side, by unit.

    Returns
    -------
    DataFrame
        Index: every unit of either, sorted. ``before``, ``after``, ``change`` (NaN where either is
        not known or the unit is not the same) and ``reason``: of ``unlike``, or
        ``tidak_ada_dulu``, ``tidak_ada_kini`` (no such unit), ``tidak_terpantau_dulu``,
        ``tidak_terpantau_kini``; empty where there is a change.
    """
    units = before.index.union(after.index)
    old, new = before.reindex(units).astype("float64"), after.reindex(units).astype("float64")
    words = np.select(
        [~units.isin(before.index), ~units.isin(after.index), old.isna(), new.isna()],
        ["tidak_ada_dulu", "tidak_ada_kini", "tidak_terpantau_dulu", "tidak_terpantau_kini"],
        default="",
    )
    reason = pd.Series(words, index=units, dtype="str")
    told = pd.Series(dict(unlike or {}), dtype="str").reindex(units)
    reason = told.where(told.notna(), reason)
    change = (new - old).where(reason.eq(""))
    return pd.DataFrame({"before": old, "after": new, "change": change, "reason": reason})


def outlook_results(
    said: pd.DataFrame,
    seen: pd.DataFrame,
    watched: pd.DataFrame,
    window: tuple[dt.date, dt.date],
    known_on: dt.date,
) -> pd.DataFrame:
    """Return what became of an outlook in its window, as far as is known on a day.

    Parameters
    ----------
    said
        ``code``, ``family``, ``probability`` of at least one new affair (0 to 1), and ``own``: the
        same by the own last 12 months, NaN where there is none.
    seen
        One row per affair, as it was first seen: ``code``, ``family``, ``first``, ``last``, the
        days that it may mean.
    watched
        ``code``, ``first``, ``last`` of each unbroken time in which an area was watched.
    window
        First and last day.
    known_on
        The day of knowledge.

    Returns
    -------
    DataFrame
        The rows of ``said`` with ``n`` (affairs in the window), ``state`` and, for an area that
        was watched all through a window that is over, ``brier`` and ``brier_own``: the squared
        distance of what was said to what came (Brier 1950), 0 is best. An affair that was seen
        `CAME`, even where the area was not watched all through; that none was seen says
        `CAME_NOT` only where it was, else `UNWATCHED`, and nothing while the window goes on
        (`RUNNING`).

    Raises
    ------
    ParameterError
        For a window that ends before it starts.
    """
    start, end = (pd.Timestamp(day) for day in window)
    if end < start:
        raise ParameterError("window", window, "a last day that is not before the first")
    inside = seen[seen["first"].ge(start) & seen["last"].le(end)]
    counts = inside.groupby(["code", "family"]).size()
    keys = pd.MultiIndex.from_frame(said[["code", "family"]])
    n = pd.Series(counts.reindex(keys, fill_value=0).to_numpy(), index=said.index, dtype="int64")
    until = min(end, pd.Timestamp(known_on))
    whole = watched["first"].le(start) & watched["last"].ge(until)
    through = said["code"].isin(watched.loc[whole, "code"]) & (until >= start)
    over = end <= pd.Timestamp(known_on)
    none = np.where(through, CAME_NOT, UNWATCHED) if over else np.full(len(said), RUNNING)
    state = pd.Series(none, index=said.index, dtype="str").mask(n.gt(0), CAME)
    scored = through & over
    errors = {
        name: ((said[column].astype("float64") - n.gt(0)) ** 2).round(DECIMALS).where(scored)
        for name, column in (("brier", "probability"), ("brier_own", "own"))
    }
    return said.assign(n=n, state=state, **errors)


def outlook_scores(results: pd.DataFrame) -> pd.DataFrame:
    """Return how an outlook did, by family; families are never put together.

    Parameters
    ----------
    results
        As `outlook_results` returns them.

    Returns
    -------
    DataFrame
        Index ``family``, in the order of the rows. ``areas`` that something was said of, ``came``
        (areas with an affair), ``scored``, and where the own last 12 months are known of all that
        are scored: ``brier`` and ``brier_own``, the means, and ``verdict``: `BETTER`, `WORSE` or
        `EVEN` than these, by the figures alone; missing where nothing is scored.
    """
    groups = results.groupby("family", sort=False)
    frame = pd.DataFrame(
        {
            "areas": groups.size(),
            "came": groups["n"].agg(lambda n: int(n.gt(0).sum())),
            "scored": groups["brier"].count(),
            "brier": groups["brier"].mean().round(DECIMALS),
            "brier_own": groups["brier_own"].mean().round(DECIMALS),
        }
    )
    unequal = groups["brier_own"].count().ne(frame["scored"])
    frame["brier_own"] = frame["brier_own"].mask(unequal)
    difference = frame["brier"] - frame["brier_own"]
    verdict = np.select([difference.lt(0), difference.gt(0)], [BETTER, WORSE], EVEN)
    return frame.assign(verdict=pd.Series(verdict, index=frame.index).where(difference.notna()))
