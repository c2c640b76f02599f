"""Windows of the scan statistic: circles around each unit, times intervals of periods.

What a model expects of a unit and of a period are whole numbers (thousandths of a voter, days, or
cases), so that the expected cases of a window do not depend on the order of a summation and equal
windows tie exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.crs import metric_crs_of
from geo.errors import CrsError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

VOTER_PARTS = 1000
"""Exposure is rounded to this part of a voter."""


SEPARATION_DECIMALS = 6
"""Millimetres of a kilometre: units on one circle must tie whatever the last bit says."""

LARGEST = 2**62


@dataclass(frozen=True, eq=False)
class Separation:
    """How far every unit lies from the centre of every window.

    Attributes
    ----------
    codes
        Unit codes, unique; row and column ``i`` of ``away`` belong to ``codes[i]``.
    away
        Shape (n, n): row is the centre, column the unit; at least 0, 0 on the diagonal, infinity
        where a unit cannot be reached. It need not be symmetric.
    unit
        ``km`` or ``menit``.
    """

    codes: pd.Index
    away: Floats = field(repr=False)
    unit: Literal["km", "menit"]

    def __post_init__(self) -> None:
        n = len(self.codes)
        if self.away.shape != (n, n):
            raise ParameterError("separation", self.away.shape, f"shape ({n}, {n})")
        if not self.codes.is_unique:
            twice = self.codes[self.codes.duplicated()][0]
            raise ParameterError("separation", twice, "each unit once")
        wrong = np.argwhere(~(self.away >= 0))
        if len(wrong):
            i, j = wrong[0]
            pair = (str(self.codes[i]), str(self.codes[j]), float(self.away[i, j]))
            raise ParameterError("separation", pair, "at least 0 and not missing")
        own = np.flatnonzero(np.diagonal(self.away) != 0)
        if len(own):
            raise ParameterError("separation", str(self.codes[own[0]]), "0 from a unit to itself")


def separation_km(points: gpd.GeoSeries) -> Separation:
    """Return straight distances between points.

    Parameters
    ----------
    points
        One point per unit, index unit code, any CRS; measured in the metric projection around them,
        so exact to about a thousandth within the province.

    Raises
    ------
    CrsError
        When the points carry no CRS.
    ParameterError
        When a point is missing or empty.
    """
    if points.crs is None:
        raise CrsError(None, "a CRS")
    bad = points.isna() | points.is_empty
    if bad.any():
        raise ParameterError("points", str(points.index[bad][0]), "a point for each unit")
    metric = points.to_crs(metric_crs_of(points))
    x, y = metric.x.to_numpy(dtype="float64"), metric.y.to_numpy(dtype="float64")
    values = np.hypot(x[:, None] - x, y[:, None] - y) / 1000
    return Separation(pd.Index(points.index), np.round(values, SEPARATION_DECIMALS), "km")


def separation_minutes(minutes: pd.DataFrame) -> Separation:
    """Return travel times as separation.

    Parameters
    ----------
    minutes
        Index (from) and columns (to) are the same unit codes in the same order; infinity where
        there is no way.

    Raises
    ------
    ParameterError
        When index and columns differ, or a value is negative or missing.
    """
    if not minutes.index.equals(minutes.columns):
        raise ParameterError("minutes", minutes.shape, "the same units as rows and columns")
    values = minutes.to_numpy(dtype="float64")
    return Separation(pd.Index(minutes.index), np.round(values, SEPARATION_DECIMALS), "menit")


@dataclass(frozen=True, eq=False)
class Margins:
    """What a model expects of each unit and of each period, up to a common factor.

    Attributes
    ----------
    units
        Shape (n): whole numbers, at least 0.
    periods
        Shape (T): whole numbers, at least 0.
    """

    units: Ints
    periods: Ints


@dataclass(frozen=True)
class Limits:
    """How large a window may be.

    Attributes
    ----------
    population_share, time_share
        Above 0, at most 1: largest part of the voters and of the days inside a window.
    max_days
        Longest interval in days; None for no other limit than ``time_share``.
    alive
        Only intervals that end with the last period.
    """

    population_share: float
    time_share: float
    max_days: int | None = None
    alive: bool = False


@dataclass(frozen=True, eq=False)
class Windows:
    """All windows of one scan, as the kernels walk them.

    Attributes
    ----------
    starts
        Shape (n + 1): centre ``i`` owns the entries ``starts[i]:starts[i + 1]``.
    members
        Unit positions, for each centre from near to far, up to the largest circle allowed.
    radius, measure
        On the entries: separation from the centre, and weight of the circle up to the entry.
    closes
        On the entries: True where the next unit is farther away. Only there a circle ends, so
        that units at one distance enter together.
    exposure
        Shape (n): weight of each unit, see `Margins`.
    edges
        Shape (T + 1): weight of the time before each period.
    earliest, last
        Shape (T): first and last period with which an interval that begins with each may end
        (none where the last lies before the first).
    """

    starts: Ints
    members: npt.NDArray[np.int32]
    radius: Floats
    measure: Ints
    closes: npt.NDArray[np.bool_]
    exposure: Ints
    edges: Ints
    earliest: Ints
    last: Ints

    @property
    def total(self) -> int:
        """Return the weight of all units times that of all time."""
        return int(self.exposure.sum()) * int(self.edges[-1])

    @property
    def count(self) -> int:
        """Return the number of windows (a set of units counts once per centre it grows from)."""
        lengths = np.maximum(self.last - self.earliest + 1, 0)
        return int(self.closes.sum()) * int(lengths.sum())


def whole_exposure(voters: Floats, codes: pd.Index) -> Ints:
    """Return ``voters``, (n,) on ``codes``, in whole thousandths of a voter.

    Raises
    ------
    ParameterError
        For units without voters, which it names, or too many voters.
    """
    bad = ~(np.isfinite(voters) & (voters * VOTER_PARTS >= 1))
    if bad.any():
        some = [str(code) for code in codes[bad][:5]]
        raise ParameterError("voters", some, f"voters in every unit ({int(bad.sum())} have none)")
    if voters.sum() * VOTER_PARTS >= LARGEST:
        raise ParameterError("voters", float(voters.sum()), "a smaller total")
    return np.round(voters * VOTER_PARTS).astype(np.int64)


def period_days(periods: pd.DataFrame) -> Ints:
    """Return the days of each period.

    Parameters
    ----------
    periods
        ``start`` and ``end`` (inclusive), in order of time, not overlapping; gaps are allowed and
        count as no time.

    Raises
    ------
    ParameterError
        When a date is missing, an end lies before its start, or two periods overlap.
    """
    start = pd.to_datetime(periods["start"]).to_numpy(dtype="datetime64[D]")
    end = pd.to_datetime(periods["end"]).to_numpy(dtype="datetime64[D]")
    missing = np.isnat(start) | np.isnat(end)
    if missing.any():
        raise ParameterError("periods", int(missing.argmax()), "a start and an end")
    for i in np.flatnonzero(end < start)[:1]:
        pair = (str(start[i]), str(end[i]))
        raise ParameterError("periods", pair, "an end on or after its start")
    for i in np.flatnonzero(start[1:] <= end[:-1])[:1]:
        pair = (str(end[i]), str(start[i + 1]))
        raise ParameterError("periods", pair, "each period to start after the one before has ended")
    return np.asarray((end - start).astype(np.int64) + 1, dtype=np.int64)


def _circles(separation: Floats, exposure: Ints, limit: float) -> tuple[Ints, Floats]:
    """Return the units of the largest circle around one centre, and their distance."""
    order = np.argsort(separation, kind="stable")
    away = separation[order]
    fits = np.isfinite(away) & (np.cumsum(exposure[order]) <= limit)
    size = len(fits) if fits.all() else int(fits.argmin())
    # A circle that cannot hold all units of its rim ends before that rim.
    while 0 < size < len(away) and away[size] == away[size - 1]:
        size -= 1
    return order[:size], away[:size]


def _intervals(days: Ints, limits: Limits) -> tuple[Ints, Ints]:
    """Return the first and last end of the intervals that begin with each period."""
    n_periods = len(days)
    before = np.concatenate([[0], np.cumsum(days)])
    longest = before[-1] * limits.time_share
    if limits.max_days is not None:
        longest = min(longest, limits.max_days)
    last = np.searchsorted(before, before[:-1] + longest, side="right") - 2
    first = np.full(n_periods, n_periods - 1) if limits.alive else np.arange(n_periods)
    if (last < first).all():
        expected = f"a period with at most {limits.time_share:.0%} of the days"
        if limits.max_days is not None:
            expected += f" and {limits.max_days} days"
        raise ParameterError("periods", n_periods, expected)
    return first.astype(np.int64), last.astype(np.int64)


def make_windows(
    separation: Separation,
    exposure: Ints,
    days: Ints,
    limits: Limits,
    margins: Margins | None = None,
) -> Windows:
    """Return all circles times intervals within the limits.

    Parameters
    ----------
    separation
        Of the n units.
    exposure, days
        Whole numbers above 0, per unit and per period: what the limits are shares of.
    limits
        How large a window may be.
    margins
        What the expected cases are in proportion to; None for ``exposure`` and ``days``.

    Raises
    ------
    ParameterError
        When no window is that small: one unit, or one period in a space-time scan.
    """
    weigh = margins or Margins(exposure, days)
    if max(int(exposure.sum()), int(weigh.units.sum())) * int(days.sum()) >= LARGEST:
        raise ParameterError("voters", int(exposure.sum()) // VOTER_PARTS, "a smaller total")
    limit = float(exposure.sum()) * limits.population_share
    found = [_circles(row, exposure, limit) for row in separation.away]
    sizes = np.array([len(members) for members, _ in found], dtype=np.int64)
    if not sizes.any():
        expected = f"a unit with at most {limits.population_share:.0%} of the voters"
        raise ParameterError("units", len(exposure), expected)
    earliest, last = _intervals(days, limits)
    members, radius = (np.concatenate(part) for part in zip(*found, strict=True))
    measure = np.concatenate([np.cumsum(weigh.units[inside]) for inside, _ in found])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    closes = np.ones(len(radius), dtype=np.bool_)
    closes[:-1] = radius[1:] != radius[:-1]
    closes[starts[1:][sizes > 0] - 1] = True
    return Windows(
        starts=starts,
        members=members.astype(np.int32),
        radius=radius,
        measure=measure,
        closes=closes,
        exposure=weigh.units,
        edges=np.concatenate([[0], np.cumsum(weigh.periods)]),
        earliest=earliest,
        last=last,
    )
