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
    return [_signal(row, as_of, rule) for row in clusters.to_dict("records")]


def _signal(row: dict[str, object], as_of: dt.date, rule: Rule) -> Signal:
    places = row["places"] if isinstance(row["places"], tuple) else ()
    affairs = row["affairs"] if isinstance(row["affairs"], tuple) else ()
    shared = common_place(places) if places else ""
    kabupaten = str(ancestor(str(row["centre"]), 1))
    start, end = pd.Timestamp(str(row["window_start"])), pd.Timestamp(str(row["window_end"]))
    months = float(str(row["recurrence_months"]))
    return Signal(
        rule=rule,
        subject=f"{row['family']}/{row['level']}",
        place_code=shared if "." in shared else kabupaten,
        strength=months,
        since=min(start.date(), as_of),
        confidence="sedang" if rule.level(months) in {"siaga", "awas"} else "rendah",
        evidence=(("scan", str(row["scan"])), *(("affair", str(one)) for one in affairs)),
        facts={
            "family": str(row["family"]),
            "units": str(row["level"]),
            "observed": int(str(row["observed"])),
            "expected": round(float(str(row["expected"])), 2),
            "recurrence_months": round(months, 1),
            "window_start": start.date().isoformat(),
            "window_end": end.date().isoformat(),
            "scanned_on": str(row["scan"]).partition("/")[0],
        },
    )
