"""Hot and cold units on a map of counts or rates: Gi* and local Moran, with what may be believed.

Every figure says how many tests its family held, how many permutations it took, and why nothing
was inferred where nothing was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analytics.hotspots.inference import (
    DEGENERATE,
    FAMILIES,
    Bools,
    Family,
    GateParams,
    benjamini_hochberg,
    gate,
)
from analytics.hotspots.local_stats import QUADRANTS, Local, getis_ord, local_moran, others_flat
from analytics.hotspots.permutations import (
    PermutationParams,
    exact_tails,
    permutation_tails,
    tail_limits,
    two_sided,
)
from analytics.hotspots.rates import stacked_index
from analytics.hotspots.weights import Floats, Ints, Weights
from geo.errors import ParameterError

Method = Literal["gistar", "moran"]
METHODS: tuple[Method, ...] = ("gistar", "moran")
INFERENCES = ("exact", "permutation", "analytic")
CONFIDENCE = ((90, 0.10), (95, 0.05), (99, 0.01))
"""Percent shown on the map, and the false discovery rate behind it."""


@dataclass(frozen=True)
class LatticeParams:
    """How hot and cold units are distinguished from chance.

    Attributes
    ----------
    inference
        ``permutation``: for counts and rates. ``exact``: what permutations approach, counted out;
        whole numbers only, no seed. ``analytic``: normal approximation; with few incidents it
        flags too much, so it is for comparison.
    confidence
        90, 95 or 99: from which level on a unit is flagged.
    family
        Which tests count together; see `multiple_testing.Adjusted`.
    gate
        What is needed before anything is inferred.
    permutations
        Number and seed.
    """

    inference: str = "permutation"
    confidence: int = 95
    family: Family = "period"
    gate: GateParams = field(default_factory=GateParams)
    permutations: PermutationParams = field(default_factory=PermutationParams)

    def __post_init__(self) -> None:
        if self.inference not in INFERENCES:
            raise ParameterError("inference", self.inference, "one of " + ", ".join(INFERENCES))
        if self.confidence not in dict(CONFIDENCE):
            raise ParameterError("confidence", self.confidence, "90, 95 or 99")
        if self.family not in FAMILIES:
            raise ParameterError("family", self.family, "one of " + ", ".join(FAMILIES))


@dataclass(frozen=True, eq=False)
class _Tested:
    """Two-sided p, the side (1 more than expected among the neighbours, -1 less), draws made."""

    p: Floats
    side: Floats
    draws: Ints


def hotspots_lattice(
    values: pd.Series | pd.DataFrame,
    weights: Weights,
    method: str = "gistar",
    params: LatticeParams | None = None,
    affairs: pd.Series | pd.DataFrame | None = None,
    n_affairs: pd.Series | None = None,
) -> pd.DataFrame:
    """Return for each unit, in each period, whether it is a hot or cold spot.

    Parameters
    ----------
    values
        Counts or rates by unit code, or by unit code and period (columns). A unit without a rate
        must be left out, and the weights built without it.
    weights
        Neighbours of exactly these units, in any order.
    method
        ``gistar`` or ``moran``.
    params
        Inference and its thresholds.
    affairs
        Counts behind ``values``, same index and columns, for the gate; by default the values.
    n_affairs
        Affairs per period for the gate (`inference.gate`).

    Returns
    -------
    DataFrame
        Index that of ``values``, or code and period as in ``values.stack()``.

        - ``statistic``, ``z`` (`local_stats`); ``p`` two-sided, twice the smaller tail, at most 1;
          ``p_adjusted`` after Benjamini-Hochberg over the ``m`` tests of the family.
        - ``confidence``: 99, 95, 90 or 0. ``hotspot_class``: ``panas`` or ``dingin``; for Moran
          HH, LL, LH, HL (own value, neighbours); empty at confidence 0. ``flagged``: class at the
          confidence asked for. A unit whose z and whose smaller tail point to different sides has
          no class, however small its p.
        - ``neighbours`` (the unit not counted); ``draws``: permutations made, 0 if none were.
        - ``reason``: why nothing was inferred in the period (`inference.REASONS`), else empty.
          Then ``m`` is 0 and z, p and p_adjusted are NaN, or 0, 1 and 1 where nothing varies.

    Raises
    ------
    ParameterError
        For an unknown method, a missing value, counts that do not fit ``values``, and those of
        the inference.
    CodeError
        When the weights are of other units.

    Notes
    -----
    Units are worked on in the order of their codes, so the order of rows changes nothing. A
    permuted unit keeps its value, so a unit alone among quiet ones is not hot by Gi*.
    """
    params = params or LatticeParams()
    if method not in METHODS:
        raise ParameterError("method", method, "one of " + ", ".join(METHODS))
    table = _frame(values)
    counted = table if affairs is None else _frame(affairs)
    if not (counted.index.equals(table.index) and counted.columns.equals(table.columns)):
        raise ParameterError("affairs", counted.shape, f"the units and periods of {table.shape}")
    y = table.to_numpy("float64")
    if not np.isfinite(y).all():
        unit = str(table.index[int(np.argwhere(~np.isfinite(y))[0, 0])])
        raise ParameterError("values", unit, "a value in every unit")
    order = np.argsort(table.index.to_numpy(dtype=object), kind="stable")
    near = weights.reordered([str(code) for code in table.index[order]])
    reasons = gate(counted, params.gate, n_affairs)["reason"].to_numpy(dtype=object)
    found = _infer(y[order], near, method, params, reasons)
    back = np.argsort(order, kind="stable")
    columns = {name: column[back].ravel() for name, column in found.items()}
    return pd.DataFrame(columns, index=stacked_index(values)).astype(
        {"hotspot_class": "str", "reason": "str"}
    )


def _frame(values: pd.Series | pd.DataFrame) -> pd.DataFrame:
    return values.rename("value").to_frame() if isinstance(values, pd.Series) else values


def _infer(
    y: Floats, weights: Weights, method: str, params: LatticeParams, reasons: np.ndarray
) -> dict[str, np.ndarray]:
    measure: Callable[[Floats, Weights], Local] = getis_ord if method == "gistar" else local_moran
    local = measure(y, weights)
    open_gate = np.broadcast_to(reasons == "", y.shape)
    degenerate = np.broadcast_to(np.isin(reasons, DEGENERATE), y.shape)
    tested = _test(y, weights, method, params, open_gate, local.z)
    adjusted = benjamini_hochberg(tested.p, params.family)
    z = np.where(degenerate, 0.0, np.where(open_gate, local.z, np.nan))
    named = _classes(method, local, tested.side)
    confidence = np.zeros(y.shape, dtype=np.int64)
    for percent, alpha in CONFIDENCE:
        confidence[adjusted.rejected(alpha) & (named != "")] = percent
    return {
        "statistic": local.statistic,
        "z": z,
        "p": np.where(degenerate, 1.0, tested.p),
        "p_adjusted": np.where(degenerate, 1.0, adjusted.p),
        "m": adjusted.m,
        "confidence": confidence,
        "hotspot_class": np.where(confidence > 0, named, ""),
        "flagged": confidence >= params.confidence,
        "neighbours": np.broadcast_to(weights.cardinality[:, None], y.shape),
        "draws": tested.draws,
        "reason": np.broadcast_to(reasons, y.shape),
    }


def _classes(method: str, local: Local, side: Floats) -> np.ndarray:
    """Return the class each unit would have if significant; empty where the signs disagree."""
    if method == "gistar":
        agree = (np.sign(local.z) == side) & (side != 0)
        return np.where(agree, np.where(side > 0, "panas", "dingin"), "").astype(object)
    named = np.array(QUADRANTS, dtype=object)[local.quadrant]
    beside = np.array([name[1:] for name in QUADRANTS])[local.quadrant]
    beside = np.select([beside == "H", beside == "L"], [1, -1])
    return np.where((beside == side) & (side != 0), named, "").astype(object)


def _test(
    y: Floats, weights: Weights, method: str, params: LatticeParams, testable: Bools, z: Floats
) -> _Tested:
    """Test the sum over the neighbours given the unit's own value, or take z as normal."""
    none = np.zeros(y.shape, dtype=np.int64)
    centred = y - y.mean(axis=0)
    if params.inference == "analytic":
        from scipy.special import erfc

        p = np.where(testable, erfc(np.abs(z) / 2**0.5), np.nan)
        return _Tested(p, np.sign(z) * (1 if method == "gistar" else np.sign(centred)), none)
    observed = weights.matrix @ y
    fixed = others_flat(y) | (weights.cardinality == weights.n - 1)[:, None]
    if method == "moran":
        fixed = fixed | (centred == 0)
    if params.inference == "exact":
        upper, lower = np.full(y.shape, np.nan), np.full(y.shape, np.nan)
        periods = testable.any(axis=0)
        tails = exact_tails(y[:, periods], weights.cardinality, observed[:, periods])
        upper[:, periods], lower[:, periods] = tails
        upper[fixed & testable], lower[fixed & testable] = 1.0, 1.0
        return _Tested(two_sided(upper, lower), np.sign(lower - upper), none)
    limits = tail_limits(y, weights.cardinality, observed, fixed)
    alphas = tuple(alpha for _, alpha in CONFIDENCE)
    drawn = permutation_tails(
        y, weights.cardinality, limits, testable, params.permutations, alphas, params.family
    )
    upper, lower = drawn.p()
    return _Tested(two_sided(upper, lower), np.sign(lower - upper), drawn.draws)
