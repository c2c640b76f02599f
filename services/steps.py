"""The steps of time that a statistic works on, and how many affairs lie in them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics.dates import days_of, span_days
from analytics.periods import months, rakor_periods, weeks
from services.texts import day

PERIODS = ("month", "week", "rakor")
_MAKE = {"month": months, "week": weeks, "rakor": rakor_periods}


def cut_steps(period: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the steps of a window, the first and the last cut to it.

    For methods that reckon with the days of each step.
    """
    steps = _MAKE[period](start, end)
    return steps.assign(start=steps["start"].clip(lower=start), end=steps["end"].clip(upper=end))


def whole_steps(
    period: str, start: pd.Timestamp, end: pd.Timestamp, asked: date | None
) -> pd.DataFrame:
    """Return the steps that lie wholly in a window.

    A trend takes every step for as long as the others: a part of one would look like a fall.

    Parameters
    ----------
    period
        One of `PERIODS`.
    start, end
        First and last day with data.
    asked
        First day of the window; None for everything known. The step of the first report is whole
        then, since nothing before it is left out.
    """
    steps = _MAKE[period](start, end)
    first = steps["start"].min() if asked is None else pd.Timestamp(asked)
    inside = steps["start"].ge(first) & steps["end"].le(end)
    return steps[inside].reset_index(drop=True)


def step_name(step: str, period: str, lang: str) -> str:
    """Return the name of a step as readers write it: a month in words, others by their key."""
    return day(pd.Timestamp(step), lang, "month_short") if period == "month" else step


def step_facts(reports: pd.DataFrame, steps: pd.DataFrame) -> dict[str, object]:
    """Return number, first and last day of the steps, and how many affairs lie in one of them.

    Parameters
    ----------
    reports
        The reports that can be placed.
    steps
        ``start`` and ``end``, one after the other without overlap; at least one.
    """
    first, last = span_days(reports)
    start, end = days_of(steps["start"]), days_of(steps["end"])
    at = np.searchsorted(start, first, side="right") - 1
    counted = (at >= 0) & (last <= end[np.maximum(at, 0)])
    return {
        "steps": len(steps),
        "steps_start": steps["start"].iloc[0].date(),
        "steps_end": steps["end"].iloc[-1].date(),
        "in_steps": int(reports.loc[counted, "perkara_id"].nunique()),
    }
