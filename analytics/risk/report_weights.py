"""Weights of reports over time and travel time: how much conflict lies near a desa on a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.dates import Days, day64, days_of, spans
from analytics.reports.places import PRECISION_DEPTH, code_depth, place_codes
from analytics.reports.review.replay import counted_by_day, ever_open, open_by_day
from analytics.reports.selection import is_calm, known_since
from analytics.reports.silence import coverage_intervals, nihil_intervals
from analytics.reports.stages import bounds
from analytics.risk.params import NO_STAGE, OTHER_CATEGORY, LoadParams, Relevance, RiskParams

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
KINDS = {"konflik": "kejadian", "potensi": "potensi"}
"""Kind of report by component."""
DESA, KECAMATAN = 3, 2
SEVERITY_MAX = 5.0


@dataclass(frozen=True, eq=False)
class Placed:
    """How much of a report reaches each place: three arrays of reports x places, 0 to 1.

    Attributes
    ----------
    low
        What is certain: reports known to their desa.
    point
        And those known to their kecamatan, at the mean over its desa.
    high
        As if every report known to a kecamatan or kabupaten lay where it weighs most here.
    """

    low: Floats = field(repr=False)
    point: Floats = field(repr=False)
    high: Floats = field(repr=False)


def weighing_reports(reports: pd.DataFrame, params: RiskParams) -> pd.DataFrame:
    """Return the reports that may weigh on a TPS, with what they weigh before any decay.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    params
        Families, severity, confidence, lag and place.

    Returns
    -------
    DataFrame
        The columns of the table and ``component`` (``konflik``: happened; ``potensi``: open on
        some day),
        ``unit_code``, ``known_since``, ``last`` (last day the event may mean), ``lag_assumed``
        and ``base`` = severity / 5 x confidence, 0 to 1. A peaceful assembly, and an assembly not
        said to be otherwise, weighs nothing and is not among them.
    """
    chosen = params.reports
    mask = reports["family"].isin(chosen.families) & ~is_calm(reports)
    happened = reports["kind"].eq("kejadian")
    rows = reports[mask & (happened | ever_open(reports))]
    severity = rows["severity"].astype("Float64").fillna(chosen.severity_unknown).astype("float64")
    high, medium, low, unknown = chosen.confidence
    words = {"tinggi": high, "sedang": medium, "rendah": low}
    confidence = rows["confidence"].map(words).astype("float64").fillna(unknown)
    return rows.assign(
        component=np.where(rows["kind"].eq("potensi"), "potensi", "konflik"),
        unit_code=place_codes(rows, chosen.place),
        known_since=known_since(rows, chosen.lag_days),
        lag_assumed=rows["date_reported"].isna(),
        last=spans(rows)["last"],
        base=severity / SEVERITY_MAX * confidence,
    )


def stage_relevance(stages: pd.DataFrame, dates: Sequence[dt.date], params: Relevance) -> Floats:
    """Return the relevance of each category on each date.

    Parameters
    ----------
    stages
        Rows of ``stages`` of one election.
    params
        The matrix.

    Returns
    -------
    array
        Dates x categories, 0 to 1: the largest over the stages in force on the date
        (`analytics.reports.stages.bounds`; a stage without dates is never in force by date);
        without one, the column ``sosial_non_pemilu``.
    """
    matrix = np.array(params.values, dtype=np.float64)
    column = {stage: at for at, stage in enumerate(params.stages)}
    rows = bounds(stages)
    first, last = days_of(rows["first"]), days_of(rows["last"])
    out = np.zeros((len(dates), len(matrix)))
    days = np.array([day64(date) for date in dates], dtype="datetime64[D]")
    running = np.zeros(len(days), dtype=bool)
    for n, stage in enumerate(stages["stage"]):
        here = (first[n] <= days) & (days <= last[n])  # never true where a day is not known
        if stage in column and here.any():
            running |= here
            out[here] = np.maximum(out[here], matrix[:, column[stage]])
    out[~running] = matrix[:, column[NO_STAGE]]
    return out


def strengths(
    rows: pd.DataFrame,
    relevance: Floats,
    dates: Sequence[dt.date],
    load: LoadParams,
    matrix: Relevance,
) -> Floats:
    """Return what each report weighs on each date at its own place.

    Parameters
    ----------
    rows
        As `weighing_reports` returns them, of one component.
    relevance
        As `stage_relevance` returns it.
    load
        Half-life and how far to look back.
    matrix
        Names the rows of the relevance.

    Returns
    -------
    array
        Dates x reports, 0 to 1: base x relevance x 2^(-age in days / half-life); 0 before the
        report was known, on days on which it did not count or its potensi was not open, and beyond
        ``lookback_days``. The age counts from the last day the event may mean.
    """
    days = np.array([day64(date) for date in dates], dtype="datetime64[D]")
    age = (days[:, None] - days_of(rows["last"])[None]).astype(np.float64).clip(min=0.0)
    known = days_of(rows["known_since"])[None] <= days[:, None]
    other = matrix.categories.index(OTHER_CATEGORY)
    row_of = {category: at for at, category in enumerate(matrix.categories)}
    category = np.array([row_of.get(c, other) for c in rows["category"]], dtype=np.int64)
    decayed = np.exp2(-age / load.half_life_days) * rows["base"].to_numpy(dtype=np.float64)
    stands = rows["kind"].ne("potensi").to_numpy(dtype=bool) | open_by_day(rows, days)
    usable = known & counted_by_day(rows, days) & stands & (age <= load.lookback_days)
    return np.where(usable, decayed * relevance[:, category], 0.0)


def _travel_decay(minutes: Floats, half_life_min: float, reach_min: float) -> Floats:
    """Return 2^(-minutes / half-life), 0 beyond the reach or where there is no way."""
    near = minutes <= reach_min
    return np.where(near, np.exp2(-np.where(near, minutes, 0.0) / half_life_min), 0.0)


def report_depth(rows: pd.DataFrame) -> Ints:
    """Return how finely each report is placed: 0 provinsi to 3 desa, never finer than its code.

    ``rows`` are those of `weighing_reports`.
    """
    codes = rows["unit_code"]
    own = np.array([code_depth(str(code)) for code in codes], dtype=np.int64)
    stated = rows["location_precision"].map(PRECISION_DEPTH).fillna(0).to_numpy(dtype=np.int64)
    about_other = codes.ne(rows["unit_kejadian"]).to_numpy(dtype=bool)
    return np.where(about_other, own, np.minimum(own, stated))


def place_reports(rows: pd.DataFrame, minutes: pd.DataFrame, params: RiskParams) -> Placed:
    """Return how much of each report reaches each desa asked for.

    Parameters
    ----------
    rows
        As `weighing_reports` returns them.
    minutes
        Usual minutes from desa (index: all that reports may lie in) to desa (columns: those asked
        for, all or some).
    params
        Half-life and reach in minutes.

    Notes
    -----
    A report known to its desa decays with the travel time from there. One known to its kecamatan
    lies in one of its desa, nobody knows which: the point takes the mean over them, the low end
    leaves it out, the high end takes the greatest. One known only to its kabupaten counts at the
    level of the kabupaten (`analytics.risk.components`) and here widens the high end only; it is
    never spread. One known only to the province counts nowhere below it.
    """
    decay = _travel_decay(
        minutes.to_numpy(dtype=np.float64), params.reports.half_life_min, params.reports.reach_min
    )
    at = {code: n for n, code in enumerate(minutes.index)}
    shape = (len(rows), len(minutes.columns))
    low, point, high = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    depth = report_depth(rows)
    members: dict[str, Ints] = {}
    for n, (code, fine) in enumerate(zip(rows["unit_code"].astype(str), depth, strict=True)):
        if fine >= DESA and code in at:
            low[n] = point[n] = high[n] = decay[at[code]]
            continue
        if code not in members:
            inside = [m for desa, m in at.items() if desa.startswith(f"{code}.")]
            members[code] = np.array(inside, dtype=np.int64)
        inside_rows = members[code]
        if not len(inside_rows) or fine < 1:
            continue
        high[n] = decay[inside_rows].max(axis=0)
        if fine == KECAMATAN:
            point[n] = decay[inside_rows].mean(axis=0)
    return Placed(low, point, high)


def affair_loads(strength: Floats, place: Floats, affairs: pd.Series) -> Floats:
    """Return the load of each place on each date: the heaviest report of every affair, summed.

    Parameters
    ----------
    strength
        Dates x reports.
    place
        Reports x places.
    affairs
        ``perkara_id`` of each report.

    Returns
    -------
    array
        Dates x places. Affairs of one report are one product of matrices.
    """
    code, _ = pd.factorize(affairs)
    size = np.bincount(code, minlength=code.max(initial=-1) + 1)
    single = size[code] == 1 if len(code) else np.zeros(0, dtype=bool)
    total: Floats = strength[:, single] @ place[single]
    for affair in np.flatnonzero(size > 1):
        heaviest = np.zeros_like(total)
        for n in np.flatnonzero(code == affair):
            np.maximum(heaviest, strength[:, n, None] * place[n][None], out=heaviest)
        total += heaviest
    return total


def saturated(load: Floats, half_load: float) -> Floats:
    """Return 1 - 2^(-load / half_load): 0 without a load, one half at ``half_load``, below 1.

    ``load`` has any shape; ``half_load``, above 0, is in its unit.
    """
    return np.asarray(1.0 - np.exp2(-load / half_load), dtype=np.float64)


def watched_share(
    codes: Sequence[str],
    coverage: pd.DataFrame,
    nihil: pd.DataFrame,
    dates: Sequence[dt.date],
    load: LoadParams,
) -> Floats:
    """Return how much of the time that counts was watched by somebody.

    Parameters
    ----------
    codes
        Units; a report on a unit holds for its parts.
    coverage
        Who watched which unit when (rows of ``coverage_periods``).
    nihil
        Zero reports with ``known`` and ``gone``: a zero report speaks for its period once it is
        known, until it is taken out.
    load
        Half-life and how far to look back: a day counts as a report of that day would.

    Returns
    -------
    array
        Dates x units, 0 to 1. Where nobody monitored, no report is not zero.
    """
    watched = coverage_intervals(coverage)
    never = pd.Series(pd.NaT, index=watched.index, dtype="datetime64[s]")
    rows = [watched.assign(known=watched["first"], gone=never)]
    if len(nihil):
        rows.append(nihil_intervals(nihil).join(nihil[["known", "gone"]]))
    intervals = pd.concat(rows)
    days = np.array([day64(date) for date in dates], dtype="datetime64[D]")
    groups: dict[tuple[str, ...], list[int]] = {}
    reported = set(intervals["unit_code"])
    for n, code in enumerate(codes):
        parts = code.split(".")
        above = (".".join(parts[:k]) for k in range(1, len(parts) + 1))
        groups.setdefault(tuple(u for u in above if u in reported), []).append(n)
    out = np.zeros((len(days), len(codes)))
    for units, members in groups.items():
        if units:
            mine = intervals[intervals["unit_code"].isin(units)]
            out[:, members] = _watched(mine, days, load)[:, None]
    return out


def _watched(intervals: pd.DataFrame, days: Days, load: LoadParams) -> Floats:
    """Return the watched share of the decayed time before each day, for one unit."""
    first, last = days_of(intervals["first"]), days_of(intervals["last"])
    known, gone = days_of(intervals["known"]), days_of(intervals["gone"])
    whole = 1.0 - np.exp2(-(load.lookback_days + 1) / load.half_life_days)
    out = np.zeros(len(days))
    for n, today in enumerate(days):
        usable = (known <= today) & (first <= today) & ~(gone <= today)
        # Ages in days, 0 today: an interval covers from the age of its last day to that of its
        # first, both included.
        young = (today - np.minimum(last[usable], today)).astype(np.int64)
        old = (today - first[usable]).astype(np.int64) + 1
        old = np.minimum(old, load.lookback_days + 1)
        mass = 0.0
        reached = 0
        for start, end in sorted(zip(young.tolist(), old.tolist(), strict=True)):
            begin = max(start, reached)
            if end > begin:
                mass += 2.0 ** (-begin / load.half_life_days) - 2.0 ** (-end / load.half_life_days)
                reached = end
        out[n] = min(mass / whole, 1.0)
    return out
