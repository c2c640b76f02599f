"""Emerging hot spots: what a unit's series of Gi* says, in the 17 classes of the ArcGIS definition.

Definition: "How Emerging Hot Spot Analysis works", documentation of ArcGIS Pro. Where a series fits
two definitions, or none is given, the order of `CLASSES` decides; see `classify`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import ParameterError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PATTERNS = (
    "new",
    "consecutive",
    "intensifying",
    "persistent",
    "diminishing",
    "sporadic",
    "oscillating",
    "historical",
)
NO_PATTERN = "no_pattern"
CLASSES = (*(f"{p}_hot" for p in PATTERNS), *(f"{p}_cold" for p in PATTERNS), NO_PATTERN)
"""The 17 classes: eight hot, the same eight cold, and none."""

COLUMNS = ["class", "trend_z", "trend_p", "hot_share", "cold_share", "state", "run_periods"]


@dataclass(frozen=True)
class EmergingParams:
    """Thresholds of the classes.

    Attributes
    ----------
    most
        Above 0.5, at most 1: share of the periods from which a unit counts as hot (or cold) for
        most of the time. 0.9 in the ArcGIS definition.
    trend_alpha
        0.001 to 0.2: level of the two-sided Mann-Kendall test.
    min_periods
        4 to 120: shortest series that is classified. 10 in ArcGIS.
    """

    most: float = 0.9
    trend_alpha: float = 0.05
    min_periods: int = 10

    def __post_init__(self) -> None:
        if not 0.5 < self.most <= 1:
            raise ParameterError("most", self.most, "above 0.5, at most 1")
        if not 0.001 <= self.trend_alpha <= 0.2:
            raise ParameterError("trend_alpha", self.trend_alpha, "0.001 to 0.2")
        if not 4 <= self.min_periods <= 120:
            raise ParameterError("min_periods", self.min_periods, "4 to 120")


class MannKendall(NamedTuple):
    """Result of `mann_kendall`, one value per row."""

    score: Ints
    variance: Floats
    z: Floats
    p: Floats


def mann_kendall(series: Floats) -> MannKendall:
    """Test each row for a monotonic trend.

    Parameters
    ----------
    series
        Shape (n, T), T at least 2, no missing values.

    Returns
    -------
    MannKendall
        Score S, its variance with the correction for ties, z with the correction for continuity,
        and the two-sided p by the normal approximation (Gilbert 1987, "Statistical Methods for
        Environmental Pollution Monitoring", section 16.4). A constant row has z 0 and p 1. The
        values are taken as independent: neighbours in time that overlap, as those of
        `space_time_gi_star` do, make the p somewhat too small.

    Raises
    ------
    ParameterError
        For fewer than 2 values a row, or a missing one.
    """
    values = _whole_table("series", series)
    n, n_periods = values.shape
    if n_periods < 2:
        raise ParameterError("series", n_periods, "at least 2 periods")
    score = np.zeros(n, dtype=np.int64)
    for lag in range(1, n_periods):
        score += np.sign(values[:, lag:] - values[:, :-lag]).sum(axis=1).astype(np.int64)
    variance = (_ties_term(np.full(n, n_periods)) - _tied(values)) / 18
    above = np.sign(score) * np.maximum(np.abs(score) - 1, 0)
    z = above / np.sqrt(np.where(variance > 0, variance, 1.0))
    p = np.array([math.erfc(abs(one) / math.sqrt(2)) for one in z], dtype=np.float64)
    return MannKendall(score, variance, z, p)


def _ties_term(size: Ints) -> Ints:
    return size * (size - 1) * (2 * size + 5)


def _tied(values: Floats) -> Ints:
    """Return the correction for ties per row: the sum of ``t (t - 1)(2t + 5)`` over its groups."""
    ordered = np.sort(values, axis=1)
    breaks = np.ones((len(values), values.shape[1] + 1), dtype=np.bool_)
    breaks[:, 1:-1] = ordered[:, 1:] != ordered[:, :-1]
    row, at = np.nonzero(breaks)
    size = np.diff(at)
    same = row[1:] == row[:-1]
    terms = np.bincount(row[:-1][same], weights=_ties_term(size[same]), minlength=len(values))
    return terms.astype(np.int64)


def space_time_gi_star(counts: Floats, weights: csr_array, time_lag: int = 1) -> Floats:
    """Return Gi* of every unit and period over neighbours in space and in the time before.

    The bin of unit i in period t has as neighbours the unit itself and its neighbours, in t and in
    the ``time_lag`` periods before (fewer at the beginning), each with weight 1. Mean and standard
    deviation are those of all bins: ``(sum x - k mean) / (s sqrt((N k - k^2) / (N - 1)))`` for k
    neighbours of N bins (Ord and Getis 1995, Geographical Analysis 27, 286-306, equation 14).

    Parameters
    ----------
    counts
        Shape (n, T): counts or rates without missing values.
    weights
        Shape (n, n), binary; the diagonal is taken as 1 whatever it holds.
    time_lag
        0 to T - 1; with 0 a bin has no neighbour in time.

    Returns
    -------
    ndarray
        Shape (n, T). 0 everywhere when all counts are equal, and where every bin is a neighbour:
        nothing departs from the mean there.

    Raises
    ------
    ParameterError
        For a missing count, weights that are not binary or of another size, a lag out of range.
    """
    values = _whole_table("counts", counts)
    n, n_periods = values.shape
    if weights.shape != (n, n):
        raise ParameterError("weights", weights.shape, f"shape ({n}, {n})")
    if not np.isin(weights.data, (0, 1)).all():
        raise ParameterError("weights", float(np.max(weights.data)), "0 or 1")
    if not 0 <= time_lag < n_periods:
        raise ParameterError("time_lag", time_lag, f"0 to {n_periods - 1}")
    own = 1.0 - weights.diagonal()
    around = np.asarray(weights @ values) + own[:, None] * values
    size = np.asarray(weights.sum(axis=1)).ravel() + own
    total = np.cumsum(np.pad(around, ((0, 0), (1, 0))), axis=1)
    at = np.arange(n_periods)
    first = np.maximum(at - time_lag, 0)
    inside = total[:, at + 1] - total[:, first]
    k = size[:, None] * (at + 1 - first)
    bins = n * n_periods
    spread = values.std() * np.sqrt(np.maximum(bins * k - k * k, 0) / max(bins - 1, 1))
    if values.max() == values.min():
        return np.zeros_like(values)
    return np.where(spread > 0, inside - k * values.mean(), 0.0) / np.where(spread > 0, spread, 1.0)


def classify(
    z: pd.DataFrame, flags: pd.DataFrame, params: EmergingParams | None = None
) -> pd.DataFrame:
    """Put each unit into one of the 17 classes.

    Parameters
    ----------
    z
        Gi* of each unit (index) and period (columns, in order of time), no missing values.
    flags
        As ``z``: 1 for a significant hot spot, -1 for a significant cold one, else 0.
    params
        None for the defaults.

    Returns
    -------
    DataFrame
        Same index: ``class`` (one of `CLASSES`), ``trend_z`` and ``trend_p`` (Mann-Kendall on z:
        above 0 is hotter with time), ``hot_share`` and ``cold_share`` of the periods, ``state`` of
        the last period (1, 0, -1) and ``run_periods``: for how many periods up to the last it has
        been in that state.

        With "hot" and "cold" exchanged the classes mean the same, a trend towards cold being the
        growing one. Hot in the last period: never hot before is **new**; hot in the whole of a
        final run of two or more, never before it and in less than ``most`` of all periods,
        **consecutive**; hot in at least ``most``, by its trend **intensifying**, **diminishing**
        or else **persistent**; the others were hot on and off and are **oscillating** when ever
        cold, else **sporadic**. Not hot in the last period but in at least ``most``:
        **historical**. A unit that was hot for most of the time and turned cold in the last
        period is classed by what it is now.

    Raises
    ------
    ParameterError
        For fewer than ``min_periods`` periods, other labels, a missing z, a flag that is not -1, 0
        or 1, or one whose sign is not that of its z.
    """
    params = params or EmergingParams()
    values, states = _checked(z, flags, params)
    trend = mann_kendall(values)
    hot = _patterns(states == 1, states == -1, trend.z, trend.p, params)
    cold = _patterns(states == -1, states == 1, -trend.z, trend.p, params)
    final = states[:, -1]
    cold_first = (final == -1) | (hot == "")
    found = np.where(cold_first, cold, hot)
    side = np.where(cold_first, "_cold", "_hot")
    names = [f"{p}{s}" if p else NO_PATTERN for p, s in zip(found, side, strict=True)]
    changed = states[:, ::-1] != final[:, None]
    run = np.where(changed.any(axis=1), changed.argmax(axis=1), states.shape[1])
    return pd.DataFrame(
        {
            "class": pd.array(names, dtype="str"),
            "trend_z": trend.z,
            "trend_p": trend.p,
            "hot_share": (states == 1).mean(axis=1),
            "cold_share": (states == -1).mean(axis=1),
            "state": final,
            "run_periods": run,
        },
        index=z.index,
    )[COLUMNS]


def _whole_table(name: str, values: Floats) -> Floats:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or not table.size:
        raise ParameterError(name, table.shape, "units x periods, at least one of each")
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise ParameterError(name, (int(row), int(column)), "no missing or infinite value")
    return table


def _checked(z: pd.DataFrame, flags: pd.DataFrame, params: EmergingParams) -> tuple[Floats, Ints]:
    """Return z and flags as arrays, or raise."""
    if not (z.index.equals(flags.index) and z.columns.equals(flags.columns)):
        raise ParameterError("flags", flags.shape, "the units and periods of z")
    if z.shape[1] < params.min_periods:
        raise ParameterError("periods", z.shape[1], f"at least {params.min_periods}")
    values = _whole_table("z", z.to_numpy(dtype="float64", na_value=np.nan))
    states = flags.to_numpy(dtype="float64", na_value=np.nan)
    wrong = np.argwhere(~np.isin(states, (-1, 0, 1)) | ((states != 0) & (states * values <= 0)))
    if len(wrong):
        i, j = wrong[0]
        where = (str(z.index[i]), str(z.columns[j]), float(states[i, j]), float(values[i, j]))
        raise ParameterError("flags", where, "-1, 0 or 1, and the sign of z")
    return values, states.astype(np.int64)


def _patterns(
    on: Bools, off: Bools, trend_z: Floats, trend_p: Floats, params: EmergingParams
) -> npt.NDArray[np.str_]:
    """Return the pattern of one side per unit, empty where there is none.

    ``on`` are the periods of the side, ``off`` those of the other, and the trend is above 0 where
    the side grows.
    """
    n_periods = on.shape[1]
    now = on[:, -1]
    count = on.sum(axis=1)
    most = count >= params.most * n_periods - 1e-9
    gaps = ~on[:, ::-1]
    run = np.where(gaps.any(axis=1), gaps.argmax(axis=1), n_periods)
    only_run = now & (count == run)
    trended = trend_p <= params.trend_alpha
    conditions = [
        only_run & (run == 1),
        only_run & ~most,
        now & most & trended & (trend_z > 0),
        now & most & trended & (trend_z < 0),
        now & most,
        now & off.any(axis=1),
        now,
        most,
    ]
    names = [
        "new",
        "consecutive",
        "intensifying",
        "diminishing",
        "persistent",
        "oscillating",
        "sporadic",
        "historical",
    ]
    return np.asarray(np.select(conditions, names, default=""), dtype=np.str_)
