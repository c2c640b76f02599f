"""Gi* and local Moran of rates, against affairs that fall on places by their voters alone.

Rates of small places swing more than those of large ones, so they cannot be exchanged for one
another as a permutation would: with 40 affairs on 393 desa, permuted standardised rates flag
something in four of five worlds without any pattern. Here chance is drawn as it is said: every
affair falls on a voter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.hotspots.inference import DEGENERATE, GateParams, benjamini_hochberg, gate
from analytics.hotspots.lattice import CONFIDENCE, METHODS
from analytics.hotspots.local_stats import QUADRANTS, Local, getis_ord, local_moran
from analytics.hotspots.rates import eb_standardised
from analytics.hotspots.weights import Floats, Ints, Weights
from geo.errors import ParameterError

_CELLS = 500_000
"""Values worked on at once: bounds the memory."""
_TIE = 1e-9
"""Statistics that differ by less are the same: the order of a sum must not decide."""


@dataclass(frozen=True)
class RateTestParams:
    """How rates are tested.

    Attributes
    ----------
    draws
        99 to 999,999: worlds drawn. None: as many as one unit alone needs to pass at 95 percent,
        which is `enough_draws`.
    seed
        0 or above.
    confidence
        90, 95 or 99: from which level on a unit is flagged.
    gate
        What is needed before anything is inferred.
    """

    draws: int | None = None
    seed: int = 1
    confidence: Literal[90, 95, 99] = 95
    gate: GateParams = field(default_factory=GateParams)

    def __post_init__(self) -> None:
        if self.draws is not None and not 99 <= self.draws <= 999_999:
            raise ParameterError("draws", self.draws, "99 to 999999")
        if self.seed < 0:
            raise ParameterError("seed", self.seed, "0 or above")
        if self.confidence not in dict(CONFIDENCE):
            raise ParameterError("confidence", self.confidence, "90, 95 or 99")


def enough_draws(n_units: int) -> int:
    """Return draws with which one of so many units can pass at 95 percent after adjusting."""
    return int(np.ceil(2 * n_units / 0.05 / 10_000)) * 10_000 - 1


def hotspots_by_voters(
    cases: pd.Series,
    voters: pd.Series,
    weights: Weights,
    method: str = "gistar",
    params: RateTestParams | None = None,
) -> pd.DataFrame:
    """Return for each unit whether it is a hot or cold spot of the rate.

    Parameters
    ----------
    cases
        Affairs by unit code: whole numbers, each affair in one unit.
    voters
        Voters by unit code, above 0 for every unit of ``cases``.
    weights
        Neighbours of exactly these units, in any order.
    method
        ``gistar`` or ``moran``.
    params
        Draws, seed and thresholds.

    Returns
    -------
    DataFrame
        Index that of ``cases``; columns as of `lattice.hotspots_lattice`, ``draws`` being the
        worlds drawn. Statistic and z are those of the rates standardised by empirical Bayes
        (`rates.eb_standardised`); p is twice the smaller rank of z (Gi*) or of the statistic
        (Moran) among the worlds, each with the same number of affairs, adjusted by
        Benjamini-Hochberg.

    Raises
    ------
    ParameterError
        For an unknown method, cases that are no whole numbers, or a unit without voters.
    CodeError
        When the weights are of other units.
    """
    params = params or RateTestParams()
    if method not in METHODS:
        raise ParameterError("method", method, "one of " + ", ".join(METHODS))
    counts, people = _checked(cases, voters)
    near = weights.reordered([str(code) for code in cases.index])
    reason = str(gate(cases.to_frame("all"), params.gate)["reason"].iloc[0])
    measure = getis_ord if method == "gistar" else local_moran
    local = measure(eb_standardised(counts[:, None].astype(np.float64), people), near)
    n = len(counts)
    p, side, draws = np.full(n, np.nan), np.zeros(n), 0
    if not reason:
        draws = params.draws or enough_draws(n)
        p, side = _ranked(counts, people, near, method, params.seed, draws)
    adjusted = benjamini_hochberg(p)
    named = _named(local, method, side)
    confidence = np.zeros(n, dtype=np.int64)
    for percent, alpha in CONFIDENCE:
        confidence[adjusted.rejected(alpha) & (named != "")] = percent
    flat = reason in DEGENERATE
    z = np.zeros(n) if flat else np.where(reason == "", local.z[:, 0], np.nan)
    return pd.DataFrame(
        {
            "statistic": local.statistic[:, 0],
            "z": z,
            "p": 1.0 if flat else p,
            "p_adjusted": 1.0 if flat else adjusted.p,
            "m": adjusted.m,
            "confidence": confidence,
            "hotspot_class": pd.array(np.where(confidence > 0, named, ""), dtype="str"),
            "flagged": confidence >= params.confidence,
            "neighbours": near.cardinality,
            "draws": draws,
            "reason": pd.array([reason] * n, dtype="str"),
        },
        index=cases.index,
    )


def _checked(cases: pd.Series, voters: pd.Series) -> tuple[Ints, Floats]:
    counts = cases.to_numpy("float64")
    if not (np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all()):
        raise ParameterError("cases", cases.name, "whole numbers from 0")
    people = voters.reindex(cases.index).to_numpy("float64")
    bad = ~(np.isfinite(people) & (people > 0))
    if bad.any():
        raise ParameterError("voters", str(cases.index[bad][0]), "voters in every unit")
    return counts.astype(np.int64), people


def _named(local: Local, method: str, side: Floats) -> npt.NDArray[np.object_]:
    """Return the class of each unit if significant; empty where the signs disagree."""
    if method == "gistar":
        agree = (np.sign(local.z[:, 0]) == side) & (side != 0)
        return np.where(agree, np.where(side > 0, "panas", "dingin"), "").astype(object)
    quadrant = np.array(QUADRANTS, dtype=object)[local.quadrant[:, 0]]
    alike = np.select([np.isin(quadrant, ("HH", "LL")), quadrant != ""], [1.0, -1.0], 0.0)
    return np.where((alike == side) & (side != 0), quadrant, "").astype(object)


def _ranked(
    counts: Ints, people: Floats, near: Weights, method: str, seed: int, draws: int
) -> tuple[Floats, Floats]:
    """Return the two-sided p of each unit, and to which side it departs."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _CELLS // len(people))
    share, total = people / people.sum(), int(counts.sum())
    above, below = np.ones(len(people)), np.ones(len(people))
    own = _compared(eb_standardised(counts[:, None].astype(np.float64), people), near, method)
    for begin in range(0, draws, at_once):
        worlds = rng.multinomial(total, share, min(at_once, draws - begin)).T
        drawn = _compared(eb_standardised(worlds.astype(np.float64), people), near, method)
        above += (drawn >= own - _TIE).sum(axis=1)
        below += (drawn <= own + _TIE).sum(axis=1)
    p = np.minimum(2 * np.minimum(above, below) / (draws + 1), 1.0)
    return p, np.sign(below - above)


def _compared(rates: Floats, near: Weights, method: str) -> Floats:
    """Return what ranks as z (Gi*) or as the statistic (Moran) do, without a unit's constants."""
    centred = rates - rates.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    variance = np.where(variance > _TIE, variance, np.inf)
    if method == "gistar":
        return np.asarray(near.star() @ centred / np.sqrt(variance))
    return np.asarray(centred * (near.matrix @ centred) / variance)
