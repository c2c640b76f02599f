"""Scan statistic: where, and since when, there are more affairs than chance would put there.

Kulldorff's method (Kulldorff 1997, Communications in Statistics: Theory and Methods 26, 1481-1496;
for space and time Kulldorff et al. 1998, American Journal of Public Health 88, 1377-1380). What
chance would do is said by a model (`analytics.hotspots.scan_models`); the default for space and
time keeps both margins, so an election day is no cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.hotspots.scan_kernel import (
    Progress,
    log_likelihood_ratio,
    replicate_maxima,
    zone_maxima,
)
from analytics.hotspots.scan_models import (
    MODELS,
    Model,
    draw_of,
    margins_of,
    risk_by_margins,
    risk_by_voters,
)
from analytics.hotspots.scan_windows import (
    Floats,
    Ints,
    Limits,
    Separation,
    Windows,
    make_windows,
    period_days,
    whole_exposure,
)
from geo.errors import ParameterError

FEWEST_AFFAIRS = 2
"""A scan has a valid p from here on; a lone affair is no cluster."""
ALIVE_DAYS = 92
"""Longest window of what is alive now: three months."""
COLUMNS = [
    "centre",
    "radius",
    "radius_unit",
    "n_units",
    "period_start",
    "period_end",
    "observed",
    "expected",
    "relative_risk",
    "rr_low",
    "rr_high",
    "llr",
    "p",
    "members",
]


@dataclass(frozen=True)
class ScanParams:
    """How to scan.

    Attributes
    ----------
    model
        What chance is in a scan of space and time: one of `scan_models.MODELS`.
    alive
        Prospective: only windows that end with the last period, that is, what is alive then.
    max_days
        1 to 3,660: longest interval in days; None for ``max_time_share`` alone.
    max_population_share, max_time_share
        Above 0, at most 0.5: largest part of the voters, and of the days, inside a window.
    replicates
        9 to 99,999: Monte Carlo replicates. The smallest p is ``1 / (replicates + 1)``.
    seed
        0 or above.
    min_cases
        1 to 1,000: a window with fewer affairs is no cluster. With 1, a lone affair in a small
        village can be one.
    max_clusters
        1 to 1,000: clusters listed at most.
    """

    model: Model = "permutation"
    alive: bool = False
    max_days: int | None = None
    max_population_share: float = 0.5
    max_time_share: float = 0.5
    replicates: int = 999
    seed: int = 1
    min_cases: int = 2
    max_clusters: int = 10

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ParameterError("model", self.model, "one of " + ", ".join(MODELS))
        if self.max_days is not None and not 1 <= self.max_days <= 3660:
            raise ParameterError("max_days", self.max_days, "1 to 3660")
        for name in ("max_population_share", "max_time_share"):
            if not 0 < getattr(self, name) <= 0.5:
                raise ParameterError(name, getattr(self, name), "above 0, at most 0.5")
        limits = {"replicates": (9, 99_999), "min_cases": (1, 1000), "max_clusters": (1, 1000)}
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")
        if self.seed < 0:
            raise ParameterError("seed", self.seed, "0 or above")


@dataclass(frozen=True, eq=False)
class ScanResult:
    """Clusters of one scan and all that is needed to repeat it.

    Attributes
    ----------
    clusters
        Index ``cluster`` from 1, the most likely first; no unit is in two of them. ``centre``
        (code), ``radius`` in ``radius_unit`` (km or menit), ``n_units``, ``period_start`` and
        ``period_end`` (of the whole study for a purely spatial scan), ``observed``, ``expected``,
        ``relative_risk`` with the exact 95 % interval ``rr_low`` to ``rr_high`` (of the model
        ``permutation``: `scan_models.risk_by_margins`, else inside against outside,
        `scan_models.risk_by_voters`; may be infinite; no interval knows that the window was picked
        from many), ``llr``, ``p`` (rank among the maxima of the replicates; for all but the first
        it is conservative), ``members`` (tuple of codes, nearest first). Empty when no window has
        more affairs than expected and at least ``min_cases``.
    maxima
        Shape (replicates,): largest log likelihood ratio of each replicate.
    method
        ``ruang``, ``ruang_waktu`` or, of windows alive at the end, ``prospektif``.
    n_units, n_windows
        Units, and windows looked at.
    params
        The parameters.
    """

    clusters: pd.DataFrame
    maxima: Floats = field(repr=False)
    method: Literal["ruang", "ruang_waktu", "prospektif"]
    n_units: int
    n_windows: int
    params: ScanParams


def scan_space(
    cases: pd.Series,
    voters: pd.Series,
    separation: Separation,
    start: pd.Timestamp,
    end: pd.Timestamp,
    params: ScanParams | None = None,
    on_done: Progress | None = None,
) -> ScanResult:
    """Scan space over the whole study period.

    Parameters
    ----------
    cases
        Affairs by unit code: whole numbers. Every unit counts, those without affairs too.
    voters
        Exposure by unit code, above 0 for every unit of ``cases``; see
        `analytics.hotspots.rates.exposure`.
    separation
        Distance or travel time between the units; may hold more units.
    start, end
        First and last day of the study: shown with the clusters.
    params
        None for the defaults; what concerns time plays no part: affairs fall on units in
        proportion to their voters. The p is valid from two affairs on.
    on_done
        Called now and then with how many replicates are done, and of how many.

    Raises
    ------
    ParameterError
        No affairs, a unit without voters or separation, one unit, dates reversed.
    """
    periods = pd.DataFrame({"start": [start], "end": [end]})
    frame = cases.to_frame().set_axis(periods.index, axis=1)
    space = replace(params or ScanParams(), model="uniform", alive=False, max_days=None)
    return _scan(frame, voters, separation, periods, space, on_done)


def scan_space_time(
    cases: pd.DataFrame,
    voters: pd.Series,
    separation: Separation,
    periods: pd.DataFrame,
    params: ScanParams | None = None,
    on_done: Progress | None = None,
) -> ScanResult:
    """Scan cylinders: circles over units times intervals of periods.

    Parameters
    ----------
    cases
        Affairs: whole numbers, index unit code, one column per row of ``periods``.
    voters, separation, params, on_done
        As for `scan_space`.
    periods
        Index the columns of ``cases``; ``start`` and ``end`` (inclusive), in order of time.

    Raises
    ------
    ParameterError
        As `scan_space`; also periods out of order, or no period of half the days or less.
    """
    if len(periods) < 2:
        raise ParameterError("periods", len(periods), "at least 2 for a scan in time")
    return _scan(cases, voters, separation, periods, params or ScanParams(), on_done)


def _scan(
    cases: pd.DataFrame,
    voters: pd.Series,
    separation: Separation,
    periods: pd.DataFrame,
    params: ScanParams,
    on_done: Progress | None,
) -> ScanResult:
    days = period_days(periods)
    cases = cases.sort_index()  # the order of the rows must not decide between equals
    counts = _counts(cases, periods)
    near = _separation_of(cases.index, separation)
    exposure = whole_exposure(voters.reindex(cases.index).to_numpy(dtype="float64"), cases.index)
    in_time = len(periods) > 1
    limits = Limits(
        params.max_population_share,
        params.max_time_share if in_time else 1.0,
        params.max_days,
        params.alive,
    )
    margins = margins_of(params.model, counts, exposure, days)
    windows = make_windows(near, exposure, days, limits, margins)
    maxima = replicate_maxima(
        windows,
        int(counts.sum()),
        params.replicates,
        params.seed,
        params.min_cases,
        draw=draw_of(params.model, counts, exposure),
        on_done=on_done,
    )
    return ScanResult(
        clusters=_clusters(counts, windows, near, periods, maxima, params),
        maxima=maxima,
        method=("prospektif" if params.alive else "ruang_waktu") if in_time else "ruang",
        n_units=len(exposure),
        n_windows=windows.count,
        params=params,
    )


def _counts(cases: pd.DataFrame, periods: pd.DataFrame) -> Ints:
    """Return the cases as whole numbers, checked."""
    if len(cases) < 2:
        raise ParameterError("units", len(cases), "at least 2")
    if not cases.index.is_unique:
        twice = cases.index[cases.index.duplicated()][0]
        raise ParameterError("cases", twice, "each unit once")
    if not cases.columns.equals(periods.index):
        raise ParameterError("cases", list(cases.columns), "one column per period, in order")
    values = cases.to_numpy(dtype="float64", na_value=np.nan)
    wrong = np.argwhere(~(np.isfinite(values) & (values >= 0) & (values == np.round(values))))
    if len(wrong):
        i, j = wrong[0]
        where = (str(cases.index[i]), float(values[i, j]))
        raise ParameterError("cases", where, "whole numbers from 0")
    if not values.any():
        raise ParameterError("cases", 0, "at least 1 affair")
    return values.astype(np.int64)


def _separation_of(codes: pd.Index, separation: Separation) -> Separation:
    at = separation.codes.get_indexer(codes)
    if (at < 0).any():
        raise ParameterError("separation", str(codes[at < 0][0]), "every unit of the cases")
    return Separation(codes, separation.away[np.ix_(at, at)], separation.unit)


def _clusters(
    counts: Ints,
    windows: Windows,
    separation: Separation,
    periods: pd.DataFrame,
    maxima: Floats,
    params: ScanParams,
) -> pd.DataFrame:
    """Return the most likely cluster, then each next that shares no unit with those before it."""
    best, first, last = zone_maxima(counts, windows, params.min_cases)
    centre = np.repeat(np.arange(len(counts)), np.diff(windows.starts))
    # Of equal likelihood the smaller circle is named, then the first centre.
    order = np.lexsort((centre, windows.radius, -best))
    taken = np.zeros(len(counts), dtype=np.bool_)
    rows = []
    for entry in order[: int((best > 0).sum())]:
        members = windows.members[windows.starts[centre[entry]] : entry + 1]
        if taken[members].any():
            continue
        taken[members] = True
        span = slice(first[entry], last[entry] + 1)
        rows.append(
            {
                "centre": str(separation.codes[centre[entry]]),
                "radius": float(windows.radius[entry]),
                "radius_unit": separation.unit,
                "n_units": len(members),
                "period_start": pd.Timestamp(periods["start"].iloc[span.start]),
                "period_end": pd.Timestamp(periods["end"].iloc[span.stop - 1]),
                **_figures(counts, members, span, windows, entry, params.model),
                "llr": float(best[entry]),
                "p": (1 + int((maxima >= best[entry]).sum())) / (len(maxima) + 1),
                "members": tuple(str(code) for code in separation.codes[members]),
            }
        )
        if len(rows) == params.max_clusters:
            break
    index = pd.RangeIndex(1, len(rows) + 1, name="cluster")
    return pd.DataFrame(rows, columns=COLUMNS, index=index)


def _figures(
    counts: Ints,
    members: npt.NDArray[np.int32],
    span: slice,
    windows: Windows,
    entry: int,
    model: Model,
) -> dict[str, float]:
    """Return observed, expected and relative risk with its interval of a window."""
    observed, total = int(counts[members, span].sum()), int(counts.sum())
    weight = int(windows.edges[span.stop] - windows.edges[span.start])
    expected = total * (int(windows.measure[entry]) * weight / windows.total)
    if model == "permutation":
        place, time = int(counts[members].sum()), int(counts[:, span].sum())
        risk, low, high = risk_by_margins(observed, place, time, total)
    else:
        risk, low, high = risk_by_voters(observed, expected, total)
    return {
        "observed": observed,
        "expected": expected,
        "relative_risk": risk,
        "rr_low": low,
        "rr_high": high,
    }


def known_answers_scan() -> pd.DataFrame:
    """Return known answers, recomputed.

    Returns
    -------
    DataFrame
        Index ``name``; ``expected``, ``computed``, ``error`` (absolute difference). The published
        example has 85 cases where 49.71 were expected, of 552. By hand: three villages of 100
        voters with 6, 0 and 0 affairs, where half the voters allow one village and its ratio is
        ``6 ln 3``; the relative risk of 2 affairs of 6 among a quarter of the voters, which is
        2 / 1.5 against 4 / 4.5; and Fisher's lady tasting tea, whose conditional odds ratio and
        lower end of the one-sided 95 % interval R's ``fisher.test`` prints, found to about 1e-5.
    """
    line = pd.Index(["A", "B", "C"])
    away = Separation(line, np.abs(np.subtract.outer(np.arange(3.0), np.arange(3.0))), "km")
    day = pd.Timestamp(2024, 1, 1)
    result = scan_space(
        pd.Series([6, 0, 0], index=line),
        pd.Series(100, index=line),
        away,
        day,
        day,
        ScanParams(replicates=9),
    )
    rows = {
        "LLR 85 / 49,71 / 552": (11.577, float(log_likelihood_ratio(85, 49.71, 552))),
        "LLR 6 / 2 / 6": (6 * float(np.log(3)), float(result.clusters["llr"].iloc[0])),
        "RR 2 / 1,5 / 6": (1.5, risk_by_voters(2, 1.5, 6)[0]),
        "OR 3 1 / 1 3": (6.408309, risk_by_margins(3, 4, 4, 8)[0]),
        "OR 3 1 / 1 3, 5 %": (0.3135693, risk_by_margins(3, 4, 4, 8, 0.9)[1]),
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=["expected", "computed"])
    frame["error"] = (frame["computed"] - frame["expected"]).abs()
    return frame.rename_axis("name")
