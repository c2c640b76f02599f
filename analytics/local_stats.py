"""Getis-Ord Gi and Gi*, local and global Moran, for many periods at once.

All take binary weights. ``y`` has shape (n,) or (n, periods) and results have the same shape.
What does not vary gets z = 0, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.weights import Floats, Weights
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
    z_rand, p_rand
        Standardised by ``var_rand``, and its two-sided p.
    """

    i: float
    expected: float
    var_norm: float
    var_rand: float
    z_rand: float
    p_rand: float


def checked(y: Floats, n: int) -> Floats:
    """Return y as float of shape (n, periods), or raise `ParameterError`."""
    values = np.asarray(y, dtype=np.float64)
    if values.ndim not in {1, 2} or values.shape[0] != n:
        raise ParameterError("y", values.shape, f"one row for each of {n} units")
    if not np.isfinite(values).all():
        unit = int(np.argwhere(~np.isfinite(values))[0, 0])
        raise ParameterError("y", f"not finite in row {unit}", "finite values")
    return values.reshape(n, -1)


def others_flat(y: Floats) -> npt.NDArray[np.bool_]:
    """Return where all other units have one and the same value; y has shape (n, periods)."""
    ordered = np.sort(y, axis=0)
    highest = np.where(y == ordered[-1], ordered[-2], ordered[-1])
    lowest = np.where(y == ordered[0], ordered[1], ordered[0])
    flat: npt.NDArray[np.bool_] = highest == lowest
    return flat


def all_flat(y: Floats) -> npt.NDArray[np.bool_]:
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
        usable = np.broadcast_to(~all_flat(y), y.shape)
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
    flat = all_flat(values)
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
    weights
        Binary weights.
    row_standardised
        Divide each row by its number of neighbours, so that every unit weighs the same.

    Notes
    -----
    Cliff and Ord (1981), Spatial Processes, sections 1.4 and 2.3.
    """
    from scipy.special import erfc

    n = weights.n
    if n < 4:
        raise ParameterError("y", n, "at least 4 units")
    values = checked(y, n)
    if values.shape[1] != 1:
        raise ParameterError("y", np.shape(y), "one period")
    if all_flat(values)[0]:
        return GlobalMoran(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
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
    z_rand = (i - expected) / var_rand**0.5 if var_rand > 0 else 0.0
    return GlobalMoran(i, expected, var_norm, var_rand, z_rand, float(erfc(abs(z_rand) / 2**0.5)))
