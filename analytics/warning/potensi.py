"""Warnings of potensi: open and grave, growing, violent before, or forgotten."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics.reports.dates import day
from analytics.reports.overview import last_renewed
from analytics.reports.places import unit_at
from analytics.warning.known import in_a_kabupaten, open_ones, turned_violent
from analytics.warning.rules import Rule
from analytics.warning.signals import (
    Signal,
    common_place,
    confidence_of,
    of_reports,
    oldest,
    stage_of,
)


def potensi_signals(rows: pd.DataFrame, as_of: dt.date, rule: Rule) -> list[Signal]:
    """Return a signal for each affair with an open potensi, in each kabupaten of its own.

    Parameters
    ----------
    rows
        What the day believed, without lawful assemblies (`analytics.warning.known.weighing`).
    as_of
        The day of knowledge.
    rule
        The rule ``potensi``. Strength: the gravest severity, one more where the affair was
        reported ``rising_reports`` times in ``rising_days``, one more where it was not peaceful
        in ``violent_days``; one not spoken of for ``stale_days`` has that of its first level, and
        one not spoken of for ``until_days`` none.

    Returns
    -------
    list
        Signals, also those that are below every level. Facts: ``report_id`` (the gravest, newest),
        ``severity``, ``unrenewed_days``, ``stale``, ``n_recent``, ``n_violent``, ``n_open``.
    """
    feared = open_ones(rows)
    feared = feared[in_a_kabupaten(feared["place"])]
    if feared.empty:
        return []
    said = last_renewed(rows, as_of)
    violent = turned_violent(rows, as_of, rule.days("violent_days"))
    recent = rows[(day(as_of) - rows["known"]).dt.days.lt(rule.days("rising_days"))]
    recent = recent[recent["kind"].ne("nihil")]
    keys = [feared["perkara_id"], unit_at(feared["place"], "kabupaten")]
    found = []
    for (affair, _), own in feared.groupby(keys):
        n_recent = int(recent["perkara_id"].eq(affair).sum())
        past = violent[violent["perkara_id"].eq(affair)]
        unrenewed = int((day(as_of) - said[affair]).days)
        found.append(_signal(str(affair), own, past, (unrenewed, n_recent), as_of, rule))
    return found


def _signal(
    affair: str,
    own: pd.DataFrame,
    past: pd.DataFrame,
    told: tuple[int, int],
    as_of: dt.date,
    rule: Rule,
) -> Signal:
    """Return the signal of an affair; ``told`` is days without a word, and reports of late."""
    unrenewed, n_recent = told
    severity = own["severity"].astype("Float64").fillna(rule.limit("severity_unknown"))
    stale = unrenewed > rule.days("stale_days")
    strength = float(severity.max())
    strength += n_recent >= rule.limit("rising_reports")
    strength += len(past) > 0
    if stale:
        fresh_enough = unrenewed <= rule.days("until_days")
        strength = float(rule.levels[0] or 0.0) if fresh_enough else 0.0
    gravest = own.assign(_severity=severity).sort_values(
        ["_severity", "date_event", "report_id"], ascending=[False, False, True]
    )
    whole = pd.concat([own, past])
    return Signal(
        rule=rule,
        subject=affair,
        place_code=common_place(own["place"]),
        strength=strength,
        since=oldest(whole, as_of),
        confidence=confidence_of(own),
        evidence=of_reports(whole),
        facts={
            "report_id": str(gravest["report_id"].iloc[0]),
            "category": str(gravest["category"].iloc[0]),
            "severity": int(severity.max()),
            "unrenewed_days": unrenewed,
            "stale": stale,
            "n_recent": n_recent,
            "n_violent": int(past["report_id"].nunique()),
            "n_open": len(own),
        },
        stage=stage_of(own),
    )
