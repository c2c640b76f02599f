"""The warnings of a day, as known on it, and those of many past days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

import pandas as pd

from analytics.reports.silence import coverage_intervals
from analytics.warning.ahead import assembly_signals, ruling_signals
from analytics.warning.clusters import cluster_signals
from analytics.warning.known import believed_on, weighing
from analytics.warning.logistics import days_to_vote, logistics_signals
from analytics.warning.places import place_signals
from analytics.warning.potensi import potensi_signals
from analytics.warning.rules import Rule, warning_rules
from analytics.warning.signals import COLUMNS, Signal, frame_of, joined
from analytics.warning.silence import silence_signals
from data.warning.rules import read_warning_rules
from services.dataset import Dataset
from services.memo import memo
from services.reports.watch import weights
from services.warning.logistics import lacking_on
from services.warning.scans import clusters_on, last_month_end

__all__ = ["COLUMNS", "first_day", "rules", "warnings_on", "warnings_through"]


@cache
def rules() -> dict[str, Rule]:
    """Return the rules of early warning by name, in the order of their file."""
    return warning_rules(read_warning_rules())


def first_day(data: Dataset) -> date | None:
    """Return the first day of which anything is known or watched; None without any."""
    begun = coverage_intervals(data.coverage_periods)["first"].min()
    days = pd.Series([data.reports["date_event"].min(), begun]).dropna()
    return None if days.empty else pd.Timestamp(days.min()).date()


@memo(256)
def warnings_on(data: Dataset, as_of: date) -> pd.DataFrame:
    """Return the warnings of a day from what was known on it, the gravest first.

    Parameters
    ----------
    as_of
        The day of knowledge.

    Returns
    -------
    DataFrame
        As `analytics.warning.signals.frame_of` says. Scans are those of the last month end. How
        probable each is says `services.warning.record.with_probability`.
    """
    return frame_of(joined(_signals(data, as_of)), as_of)


def warnings_through(data: Dataset, days: Sequence[date]) -> pd.DataFrame:
    """Return the warnings of many days, each as known on it: for a back-test.

    Parameters
    ----------
    days
        In any order.

    Returns
    -------
    DataFrame
        Columns of `warnings_on` and ``day``, a row per day and warning, in the order of the days.
        All rules are applied as on a day by itself, the scans too: they are of month ends, so a
        month of days shares two of them.
    """
    parts = [warnings_on(data, one).assign(day=pd.Timestamp(one)) for one in days]
    if not parts:
        return frame_of([], date.min).assign(day=pd.Series(dtype="datetime64[s]"))
    return pd.concat(parts, ignore_index=True).astype({"day": "datetime64[s]"})


def _signals(data: Dataset, as_of: date) -> list[Signal]:
    """Return what every rule that is on found on a day, in the order of the rules."""
    book = rules()
    rows = believed_on(data.countable, as_of, book["potensi"].days("became_days"))
    grave = weighing(rows)
    found: list[Signal] = []
    for name, rule in book.items():
        if not rule.on:
            continue
        if name == "putusan":
            found += ruling_signals(rows, data.agenda, data.read("disputes"), as_of, rule)
        elif name == "logistik":
            found += _logistics(data, rows, as_of, rule)
        elif name == "aksi":
            found += assembly_signals(rows, data.agenda, as_of, rule)
        elif name == "potensi":
            found += potensi_signals(grave, as_of, rule)
        elif name == "klaster":
            found += _clusters(data, as_of, rule)
        elif name == "tempat":
            found += place_signals(grave, data.agenda, as_of, weights(), rule)
        else:
            coverage = data.coverage_periods
            found += silence_signals(rows, coverage, data.units, as_of, rule)
    return found


def _clusters(data: Dataset, as_of: date, rule: Rule) -> list[Signal]:
    replicates, watched = rule.days("replicates"), rule.days("watched_days")
    return cluster_signals(
        clusters_on(data, last_month_end(as_of), replicates, watched), as_of, rule
    )


def _logistics(data: Dataset, rows: pd.DataFrame, as_of: date, rule: Rule) -> list[Signal]:
    found: list[Signal] = []
    for election in data.elections["election"]:
        left = days_to_vote(data.voting_day(election), as_of, rule)
        if left is not None:
            lacking = lacking_on(data, election, as_of, rule)
            found += logistics_signals(rows, lacking, election, left, as_of, rule)
    return found
