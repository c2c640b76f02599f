"""Warnings of potensi: open and grave, growing, violent before, or forgotten."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

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
        Signals with a level. Facts: ``report_id`` (the gravest, newest),
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
        about = _about(str(affair), own, recent, violent)
        told = int((day(as_of) - said[str(affair)]).days)
        strength = _strength(about, told, rule)
        if rule.level(strength) is not None:
            found.append(_signal(about, told, strength, as_of, rule))
    return found


class _Affair(NamedTuple):
    """An affair in one kabupaten: its open potensi, what was not peaceful, and reports of late."""

    key: str
    own: pd.DataFrame
    past: pd.DataFrame
    n_recent: int


def _about(key: str, own: pd.DataFrame, recent: pd.DataFrame, violent: pd.DataFrame) -> _Affair:
    past = violent[violent["perkara_id"].eq(key)]
    return _Affair(key, own, past, int(recent["perkara_id"].eq(key).sum()))


def _severity(own: pd.DataFrame, rule: Rule) -> pd.Series:
    return own["severity"].astype("Float64").fillna(rule.limit("severity_unknown"))


def _strength(about: _Affair, unrenewed: int, rule: Rule) -> float:
    if unrenewed > rule.days("until_days"):
        return 0.0
    if unrenewed > rule.days("stale_days"):
        return float(rule.levels[0] or 0.0)
    growing = about.n_recent >= rule.limit("rising_reports")
    return float(_severity(about.own, rule).max()) + growing + (len(about.past) > 0)


def _signal(about: _Affair, unrenewed: int, strength: float, as_of: dt.date, rule: Rule) -> Signal:
    own, past = about.own, about.past
    severity = _severity(own, rule)
    gravest = own.assign(_severity=severity).sort_values(
        ["_severity", "date_event", "report_id"], ascending=[False, False, True]
    )
    whole = pd.concat([own, past])
    return Signal(
        rule=rule,
        subject=about.key,
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
            "stale": unrenewed > rule.days("stale_days"),
            "n_recent": about.n_recent,
            "n_violent": len(past),
            "n_open": len(own),
        },
        stage=stage_of(own),
    )
