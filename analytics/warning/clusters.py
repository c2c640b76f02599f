"""Warnings of clusters that are alive: of a scan a month, by how rare chance makes them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.places import ancestor
from analytics.warning.rules import Rule
from analytics.warning.signals import Signal, common_place


def cluster_signals(clusters: pd.DataFrame, as_of: dt.date, rule: Rule) -> list[Signal]:
    """Return a signal for each cluster of the scans of the last month end.

    Parameters
    ----------
    clusters
        ``scan`` (which one), ``family``, ``level``, ``centre`` (code), ``places`` (tuple of codes
        of the units inside that hold affairs), ``affairs`` (tuple of ids), ``window_start``,
        ``window_end``, ``observed``, ``expected``, ``p`` and ``recurrence_months``.
    as_of
        The day of knowledge.
    rule
        The rule ``klaster``. Strength: months until chance alone shows such a cluster once.

    Returns
    -------
    list
        Signals, also those that are below every level. Place: the smallest unit that holds the
        affairs, at most the kabupaten of the centre. Facts: ``family``, ``units`` (level of the
        units), ``observed``, ``expected``, ``recurrence_months``, ``window_start``,
        ``window_end``, ``scanned_on``.
    """
    return [_signal(row, as_of, rule) for _, row in clusters.iterrows()]


def _signal(row: pd.Series, as_of: dt.date, rule: Rule) -> Signal:
    shared = common_place(row["places"])
    start, end = pd.Timestamp(row["window_start"]), pd.Timestamp(row["window_end"])
    months = float(row["recurrence_months"])
    scanned = row["scan"].partition("/")[0]
    return Signal(
        rule=rule,
        subject=f"{row['family']}/{row['level']}",
        place_code=shared if "." in shared else str(ancestor(row["centre"], 1)),
        strength=months,
        since=min(start.date(), as_of),
        confidence="sedang" if rule.level(months) in {"siaga", "awas"} else "rendah",
        evidence=(("scan", row["scan"]), *(("affair", one) for one in row["affairs"])),
        facts={
            "family": row["family"],
            "units": row["level"],
            "observed": int(row["observed"]),
            "expected": round(float(row["expected"]), 2),
            "recurrence_months": round(months, 1),
            "window_start": start.date().isoformat(),
            "window_end": end.date().isoformat(),
            "scanned_on": scanned,
        },
    )
