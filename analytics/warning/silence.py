"""Warnings of silences: an area or an agency that reported regularly and stopped.

Each is measured against its own rhythm. A newspaper that writes nothing has not stopped reporting,
so only reports that name an agency have a rhythm; an area is silent when its record of watching
ended.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from analytics.reports.dates import day, days_of
from analytics.reports.places import ancestor
from analytics.reports.silence import (
    coverage_intervals,
    nihil_intervals,
    watched_until,
    window_share,
)
from analytics.warning.rules import Rule
from analytics.warning.signals import Signal, common_place

AREA, AGENCY = "pemantauan", "instansi"


def silence_signals(
    rows: pd.DataFrame, coverage: pd.DataFrame, units: pd.DataFrame, as_of: dt.date, rule: Rule
) -> list[Signal]:
    """Return a signal for each kabupaten and each agency that fell silent.

    Parameters
    ----------
    rows
        What the day believed (`analytics.warning.known.believed_on`); zero reports are words too.
    coverage
        The table ``coverage_periods``; days after ``as_of`` are not known yet.
    units
        The registry: ``code``, ``level``, ``parent_code``.
    as_of
        The day of knowledge.
    rule
        The rule ``hening``. Strength of an area: days since somebody watched over ``grace_days``;
        of an agency: days since its last report over its longest silence in ``rhythm_days`` (at
        least ``shortest_days``, of at least ``fewest_gaps`` silences). By chance alone the next of
        n silences is the longest once in n + 1.

    Returns
    -------
    list
        Signals. When more than half of the kabupaten are watched no more they are one, of the
        province; when an agency is silent everywhere it is one, too. Facts: ``what`` (`AREA` or
        `AGENCY`), ``agency``, ``last`` (day), ``silent_days``, ``usual_days`` (grace, or longest
        silence before), ``n_gaps`` (0 for an area), ``n_places``.
    """
    return [*_areas(rows, coverage, units, as_of, rule), *_agencies(rows, as_of, rule)]


def _areas(
    rows: pd.DataFrame, coverage: pd.DataFrame, units: pd.DataFrame, as_of: dt.date, rule: Rule
) -> list[Signal]:
    today = day(as_of)
    begun = coverage[pd.to_datetime(coverage["date_start"]).le(today)]
    if begun.empty:
        return []
    end = pd.to_datetime(begun["date_end"])
    begun = begun.assign(date_end=end.mask(end.gt(today), today))
    until = watched_until(begun, units, "kabupaten").dropna()
    gap = (today - until).dt.days
    late = gap[gap.ge(rule.days("grace_days")) & gap.le(rule.days("until_days"))]
    both = pd.concat([coverage_intervals(begun), nihil_intervals(rows)])
    span = pd.Timedelta(days=rule.days("watched_days") - 1)
    silent = [
        code
        for code in late.index
        if window_share(both, units, "kabupaten", until[code] - span, until[code])[code] >= 1.0
    ]
    if not silent:
        return []
    unwatched = gap.index[gap.ge(rule.days("grace_days"))]
    if 2 * len(unwatched) > int(units["level"].eq("kabupaten").sum()):
        codes = list(unwatched)
        return [_area(codes, common_place(codes), until, begun, as_of, rule)]
    return [_area([code], code, until, begun, as_of, rule) for code in silent]


def _area(
    codes: list[str],
    place: str,
    until: pd.Series,
    coverage: pd.DataFrame,
    as_of: dt.date,
    rule: Rule,
) -> Signal:
    last = until[codes].max().date()
    silent = (as_of - last).days
    ended = coverage[coverage["date_end"].eq(pd.Timestamp(last))]
    return Signal(
        rule=rule,
        subject=AREA,
        place_code=place,
        strength=silent / rule.limit("grace_days"),
        since=until[codes].min().date(),
        confidence="sedang",
        evidence=tuple(("coverage", f"{code}/{until[code].date()}") for code in codes),
        facts={
            "what": AREA,
            "agency": str(ended["agency"].iloc[0]) if len(ended) else "",
            "last": last.isoformat(),
            "silent_days": silent,
            "usual_days": rule.days("grace_days"),
            "n_gaps": 0,
            "n_places": len(codes),
        },
    )


def _agencies(rows: pd.DataFrame, as_of: dt.date, rule: Rule) -> list[Signal]:
    told = rows[rows["agency"].notna()]
    if told.empty:
        return []
    home = told["place"].map(lambda code: ancestor(code, 1) or code)
    found = []
    for agency, own in told.groupby("agency"):
        whole = _agency(str(agency), own, home, as_of, rule)
        if whole is not None and whole.level is not None:
            found.append(whole)
            continue
        parts = [_agency(str(agency), part, home, as_of, rule) for _, part in own.groupby(home)]
        found += [one for one in parts if one is not None]
    return found


def _agency(
    agency: str, own: pd.DataFrame, home: pd.Series, as_of: dt.date, rule: Rule
) -> Signal | None:
    """Return the silence of an agency in some places; None without a rhythm to hold it against."""
    days = np.unique(days_of(own["known"]))
    gaps = np.diff(days).astype(np.int64)
    gaps = gaps[days[1:] > days[-1] - np.timedelta64(rule.days("rhythm_days"), "D")]
    silent = (as_of - pd.Timestamp(days[-1]).date()).days
    if len(gaps) < rule.limit("fewest_gaps") or silent > rule.days("until_days"):
        return None
    usual = max(int(gaps.max()), rule.days("shortest_days"))
    last = own.sort_values(["known", "report_id"]).iloc[-1]
    return Signal(
        rule=rule,
        subject=f"{AGENCY}/{agency}",
        place_code=common_place(home[own.index]),
        # As long as the longest before is its rhythm; only what is longer is a silence.
        strength=silent / (usual + 1),
        since=last["known"].date(),
        confidence="sedang",
        evidence=(("agency", agency), ("report", str(last["report_id"]))),
        facts={
            "what": AGENCY,
            "agency": agency,
            "last": last["known"].date().isoformat(),
            "silent_days": silent,
            "usual_days": usual,
            "n_gaps": len(gaps),
            "n_places": int(home[own.index].nunique()),
        },
    )
