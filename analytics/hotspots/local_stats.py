"""Getis-Ord Gi and Gi*, local and global Moran for many periods at once; known answers recomputed.

All take binary weights. ``y`` has shape (n,) or (n, periods) and results have the same shape.
What does not vary gets z = 0, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.hotspots.inference import benjamini_hochberg
from analytics.hotspots.weights import Floats, Weights, distance_band_weights, from_pairs
from geo.errors import ParameterError

QUADRANTS = ("", "HH", "LH", "LL", "HL")
"""Own value, then neighbours: H above the mean, L below it; empty where either is on it."""


@dataclass(frozen=True, eq=False)
class Local:
    """A local statistic.

    Attributes
    ----------
    statistic
        Its value, in its own scale.
    z
        Standardised by the analytic mean and variance; 0 where these do not exist.
    quadrant
        Position in `QUADRANTS`; of local Moran only, else zeros.
    """

    statistic: Floats
    z: Floats
    quadrant: npt.NDArray[np.int8]


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I with its analytic moments.

    Attributes
    ----------
    i, expected
        The statistic and its mean, -1 / (n - 1). Both 0 when y does not vary.
    var_norm, var_rand
        Variance when y is normal, and when the values are placed at random.
    """

    i: float
    expected: float
    var_norm: float
    var_rand: float


def checked(y: Floats, n: int) -> Floats:
    """Return ``y``, (n,) or (n, periods), as (n, periods) of floats, or raise.

    Raises
    ------
    ParameterError
        For another number of rows, or a value that is not finite.
    """
    values = np.asarray(y, dtype=np.float64)
    if values.ndim not in {1, 2} or values.shape[0] != n:
        raise ParameterError("y", values.shape, f"one row for each of {n} units")
    if not np.isfinite(values).all():
        unit = int(np.argwhere(~np.isfinite(values))[0, 0])
        raise ParameterError("y", f"not finite in row {unit}", "finite values")
    return values.reshape(n, -1)


def others_flat(y: Floats) -> npt.NDArray[np.bool_]:
    """Return where all other units have one and the same value; ``y`` has shape (n, periods)."""
    ordered = np.sort(y, axis=0)
    highest = np.where(y == ordered[-1], ordered[-2], ordered[-1])
    lowest = np.where(y == ordered[0], ordered[1], ordered[0])
    flat: npt.NDArray[np.bool_] = highest == lowest
    return flat


def _all_flat(y: Floats) -> npt.NDArray[np.bool_]:
    """Return which periods have one value in all units; y has shape (n, periods)."""
    flat: npt.NDArray[np.bool_] = y.max(axis=0) == y.min(axis=0)
    return flat


def _ratio(top: Floats, bottom: Floats, usable: npt.NDArray[np.bool_]) -> Floats:
    usable = usable & (bottom > 0)
    return np.divide(top, bottom, out=np.zeros_like(top), where=usable)


def _standardised(y: Floats, weights: Weights, star: bool) -> Floats:
    """Return the sum over neighbours, less its mean, over its standard deviation."""
    n, k = weights.n, weights.cardinality[:, None].astype(np.float64)
    centred = y - y.mean(axis=0)
    squares = (centred**2).sum(axis=0)
    if star:
        total = weights.star() @ centred
        variance = squares / n * (k + 1) * (n - k - 1) / (n - 1)
        usable = np.broadcast_to(~_all_flat(y), y.shape)
        return _ratio(total, np.sqrt(variance), usable)
    mean = -centred / (n - 1)
    spread = np.maximum((squares - centred**2) / (n - 1) - mean**2, 0.0)
    variance = spread * k * (n - 1 - k) / max(n - 2, 1)
    return _ratio(weights.matrix @ centred - k * mean, np.sqrt(variance), ~others_flat(y))


def getis_ord(y: Floats, weights: Weights, star: bool = True) -> Local:
    """Return Gi* (the unit counts among its neighbours) or Gi (it does not).

    Parameters
    ----------
    y
        Counts or rates, finite, shape (n,) or (n, periods).
    weights
        Binary weights; the unit itself is added for Gi*.
    star
        Gi* or Gi.

    Returns
    -------
    Local
        ``statistic``: the share of the total of y among the neighbours (0 where the total is 0).
        ``z``: above 0 where the neighbourhood has more than its share. 0 where the units compared
        do not vary, or where the neighbourhood is everyone.

    Notes
    -----
    Ord and Getis (1995), "Local spatial autocorrelation statistics: distributional issues and an
    application", Geographical Analysis 27(4), 286-306, equations 6 and 7 of the standardised Gi*
    and Gi; the z of Gi* is that of ArcGIS Hot Spot Analysis with binary weights.
    """
    values = checked(y, weights.n)
    matrix = weights.star() if star else weights.matrix
    total = values.sum(axis=0) - (0.0 if star else values)
    total = np.broadcast_to(total, values.shape)
    share = np.divide(matrix @ values, total, out=np.zeros_like(values), where=total != 0)
    z = _standardised(values, weights, star)
    shape = np.shape(y)
    return Local(share.reshape(shape), z.reshape(shape), np.zeros(shape, dtype=np.int8))


def local_moran(y: Floats, weights: Weights) -> Local:
    """Return local Moran with its quadrant.

    Parameters
    ----------
    y
        Counts, rates or standardised rates, finite, shape (n,) or (n, periods).
    weights
        Binary weights; each row is divided by its number of neighbours.

    Returns
    -------
    Local
        ``statistic``: own deviation times the mean deviation of the neighbours, over the variance
        with n - 1 in the denominator. ``z``: given the unit's own value, against the others placed
        at random; its sign is that of ``statistic`` less its mean.

    Notes
    -----
    Anselin (1995), "Local indicators of spatial association: LISA", Geographical Analysis 27(2),
    93-115; conditional moments as in Sokal, Oden and Thomson (1998), Geographical Analysis 30(4).
    """
    values = checked(y, weights.n)
    centred = values - values.mean(axis=0)
    flat = _all_flat(values)
    lag = (weights.matrix @ centred) / weights.cardinality[:, None]
    squares = np.broadcast_to((centred**2).sum(axis=0), values.shape)
    statistic = _ratio((weights.n - 1) * centred * lag, squares, np.broadcast_to(~flat, lag.shape))
    z = np.sign(centred) * _standardised(values, weights, star=False)
    high, beside = centred > 0, lag > 0
    named = np.where(high, np.where(beside, 1, 4), np.where(beside, 2, 3))
    quadrant = np.where((centred == 0) | (lag == 0) | flat, 0, named).astype(np.int8)
    shape = np.shape(y)
    return Local(statistic.reshape(shape), (z * ~flat).reshape(shape), quadrant.reshape(shape))


def global_moran(y: Floats, weights: Weights, row_standardised: bool = True) -> GlobalMoran:
    """Return Moran's I of one period.

    Parameters
    ----------
    y
        Finite values, shape (n,), n at least 4.
    row_standardised
        Divide each row by its number of neighbours, so that every unit weighs the same.

    Raises
    ------
    ParameterError
        For fewer than 4 units, more than one period, or a value that is not finite.

    Notes
    -----
    Cliff and Ord (1981), Spatial Processes, sections 1.4 and 2.3.
    """
    n = weights.n
    if n < 4:
        raise ParameterError("y", n, "at least 4 units")
    values = checked(y, n)
    if values.shape[1] != 1:
        raise ParameterError("y", np.shape(y), "one period")
    if _all_flat(values)[0]:
        return GlobalMoran(0.0, 0.0, 0.0, 0.0)
    z = values[:, 0] - values[:, 0].mean()
    scale = 1.0 / weights.cardinality if row_standardised else np.ones(n)
    matrix = weights.matrix.multiply(scale[:, None]).tocsr()
    s0 = float(matrix.sum())
    s1 = float(((matrix + matrix.T) ** 2).sum()) / 2
    s2 = float(((matrix.sum(axis=0) + matrix.sum(axis=1)) ** 2).sum())
    squares = float((z**2).sum())
    i = n / s0 * float(z @ (matrix @ z)) / squares
    expected = -1.0 / (n - 1)
    var_norm = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1)) - expected**2
    kurtosis = n * float((z**4).sum()) / squares**2
    top = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
    top -= kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
    var_rand = top / ((n - 1) * (n - 2) * (n - 3) * s0**2) - expected**2
    return GlobalMoran(i, expected, var_norm, var_rand)


GI_STAR_Z = (-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331)
GI_Z = (-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941)
VAR_NORM, VAR_RAND = 0.053125, 0.0596875


def six_points() -> tuple[Floats, Weights]:
    """Return values, (6,), and weights of the six-point example in the documentation of esda."""
    xy = np.array([[10, 10], [20, 10], [40, 10], [15, 20], [30, 20], [30, 30]], dtype=np.float64)
    return np.array([2, 3, 3.2, 5, 8, 7]), distance_band_weights(tuple("abcdef"), xy, 15.0)


def lattice_weights(rows: int, columns: int) -> Weights:
    """Return rook weights of a lattice whose cells are named by row and column."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    right = np.column_stack([cells[:, :-1].ravel(), cells[:, 1:].ravel()])
    down = np.column_stack([cells[:-1].ravel(), cells[1:].ravel()])
    one_way = np.concatenate([right, down]).astype(np.int64)
    width = len(str(max(rows, columns)))
    codes = [f"{r:0{width}d}.{c:0{width}d}" for r in range(rows) for c in range(columns)]
    return from_pairs(codes, np.concatenate([one_way, one_way[:, ::-1]]), "contiguity")


def known_answers() -> pd.DataFrame:
    """Compute known answers now and lay them beside the published ones.

    Returns
    -------
    DataFrame
        ``name``, ``expected``, ``computed`` and ``error`` (absolute difference). The six-point
        results are printed to 8 decimals, so their error may reach 5e-9.
    """
    y, near = six_points()
    rows = [
        (f"{name} z, point {i + 1}", expected, computed)
        for name, published, star in (("Gi*", GI_STAR_Z, True), ("Gi", GI_Z, False))
        for i, (expected, computed) in enumerate(
            zip(published, getis_ord(y, near, star).z, strict=True)
        )
    ]
    moran = global_moran(np.arange(1.0, 10.0), lattice_weights(3, 3), row_standardised=False)
    rows.append(("Moran VI_norm, 3 x 3", VAR_NORM, moran.var_norm))
    rows.append(("Moran VI_rand, 3 x 3", VAR_RAND, moran.var_rand))
    adjusted = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005])).p
    rows += [
        (f"Benjamini-Hochberg, p {i + 1}", expected, computed)
        for i, (expected, computed) in enumerate(
            zip((0.02, 0.04, 0.04, 0.02), adjusted, strict=True)
        )
    ]
    table = pd.DataFrame(rows, columns=["name", "expected", "computed"])
    return table.assign(error=(table["expected"] - table["computed"]).abs())
