"""Relative risk per unit with a credible interval: affairs against what voters would lead to.

Notes
-----
Counts ``y`` are Poisson around ``expected * risk``. The risk of a unit is the product of

* the factor of its parent, gamma distributed around a common level (units in kabupaten in
  province; Clayton and Kaldor 1987, "Empirical Bayes estimates of age-standardized relative risks",
  Biometrics 43, 671-681, with one more floor and with spreads integrated, not plugged in),
* its own factor, gamma distributed with mean 1,
* where neighbours are given: with probability `RelativeRiskParams.zone_probability` there is
  one zone, a unit with its neighbours, whose units share a factor of 1.4 to 11.3 (Neill, Moore and
  Cooper 2006, "A Bayesian spatial scan statistic", with heterogeneity inside and outside).

Spreads, level, factor of the parent and zone are summed over a grid, each model weighed by how well
it foretells the counts; the unit's own factor is conjugate. So the posterior is a mixture of
gammas, exact on the grid, the same on every run, and valid for any number of affairs: with none it
is the prior. Why these priors: docs/decisions/0014-relative-risk.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.hotspots.kernels.relative_risk import Mixture, Prior, posterior
from analytics.hotspots.weights import Floats, Weights
from geo.errors import ParameterError

WORDS = ("lebih_tinggi", "belum_dapat_dibedakan", "lebih_rendah")
DECIDED = {"kabupaten": 0.70, "kecamatan": 0.80, "desa": 0.80}
"""Probability from which a word is given: in steps of 0.05 the smallest that keeps at least 95 of
100 worlds without any difference free of ``lebih_tinggi``. Few units err less often."""
MANY_UNITS = 40
"""More units than the kabupaten of any one province: they err as often as kecamatan do."""


@dataclass(frozen=True)
class RelativeRiskParams:
    """When a risk is called higher or lower, and what is held likely before any affair.

    Attributes
    ----------
    threshold
        1 to 10: the risk that must be passed to be called higher; its inverse for lower.
    interval
        0.5 to 0.99: share of the posterior inside the interval, as much left out on either side.
    decided
        0.5 to 0.999: probability from which a risk is called higher or lower. The default keeps
        at least 95 of 100 worlds without any difference free of the word ``lebih_tinggi`` with
        some dozens of units; measured by tests/benchmarks/test_false_alarms.py.
    own_spread, parent_spread
        0.05 to 2: scales of half-normal priors on the coefficient of variation of the risks of
        units in a parent, and of parents.
    level_spread
        0.05 to 2: standard deviation of the log of the common level.
    zone_probability
        0 to 0.95: held likely before any affair that there is a zone; read only with neighbours.
    """

    threshold: float = 1.25
    interval: float = 0.90
    decided: float = 0.80
    own_spread: float = 0.5
    parent_spread: float = 0.5
    level_spread: float = 0.3
    zone_probability: float = 0.5

    def __post_init__(self) -> None:
        ranges = {
            "threshold": (1, 10),
            "interval": (0.5, 0.99),
            "decided": (0.5, 0.999),
            "own_spread": (0.05, 2),
            "parent_spread": (0.05, 2),
            "level_spread": (0.05, 2),
            "zone_probability": (0, 0.95),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")

    @property
    def prior(self) -> Prior:
        """The priors as the kernel takes them."""
        return Prior(self.own_spread, self.parent_spread, self.level_spread, self.zone_probability)


def decided_for(level: str, units: int) -> float:
    """Return the probability from which a word is given at a level, of so many units.

    `DECIDED` of the level; but of more than `MANY_UNITS` kabupaten, as of a whole nation, that of
    kecamatan, of which there are as many.
    """
    few = DECIDED[level]
    return few if units <= MANY_UNITS else max(few, DECIDED["kecamatan"])


def expected_affairs(total: float, exposure: pd.Series) -> pd.Series:
    """Share ``total`` affairs out by ``exposure``, in any unit; on its index, with the same sum.

    Raises
    ------
    ParameterError
        For an exposure that is not above 0.
    """
    if len(exposure) and not exposure.gt(0).all():
        raise ParameterError("exposure", float(exposure.min()), "above 0 everywhere")
    return (exposure / exposure.sum() * total).rename("expected")


def relative_risk(
    counts: pd.Series,
    expected: pd.Series,
    parents: pd.Series,
    params: RelativeRiskParams | None = None,
    neighbours: Weights | None = None,
) -> pd.DataFrame:
    """Return the relative risk of each unit with interval, probability and word.

    Parameters
    ----------
    counts
        Affairs by unit code, whole numbers of 0 or more.
    expected
        Affairs that the exposure of the unit would lead one to expect, above 0 unless there is no
        affair at all; see `expected_affairs`. At least the units of ``counts``.
    parents
        The unit above each; at least the units of ``counts``.
    params
        See `RelativeRiskParams`.
    neighbours
        Of exactly the units of ``counts``; without them no zone is looked for.

    Returns
    -------
    DataFrame
        On the index of ``counts``: ``affairs``, ``expected``, ``median``, ``low``, ``high`` (above
        0; 1 is what exposure leads one to expect), ``p_above`` (probability of a risk above the
        threshold, 0 to 1), ``p_below`` (below its inverse) and ``word`` (one of `WORDS`).
        ``attrs["zone"]`` is the probability of a zone.

    Raises
    ------
    ParameterError
        For a count that is negative, missing or not whole, an affair where none is expected, a
        unit without a parent.
    CodeError
        When the neighbours are of other units.
    """
    params = params or RelativeRiskParams()
    table = pd.DataFrame(
        {
            "affairs": counts,
            "expected": expected.reindex(counts.index),
            "parent": parents.reindex(counts.index),
        }
    )
    _check(table)
    found = _posterior(table, params, neighbours)
    tail = (1 - params.interval) / 2
    low, median, high = found.quantiles((tail, 0.5, 1 - tail))
    above, below = 1 - found.below(params.threshold), found.below(1 / params.threshold)
    frame = pd.DataFrame(
        {
            "affairs": counts.astype("int64"),
            "expected": table["expected"].astype("float64"),
            "median": median,
            "low": low,
            "high": high,
            "p_above": above,
            "p_below": below,
            "word": _words(above, below, params),
        },
        index=counts.index,
    )
    frame.attrs["zone"] = found.zone
    return frame


def _posterior(
    table: pd.DataFrame, params: RelativeRiskParams, neighbours: Weights | None
) -> Mixture:
    zones = None
    if neighbours is not None and params.zone_probability > 0:
        zones = neighbours.reordered([str(code) for code in table.index]).star()
    group, _ = pd.factorize(table["parent"], sort=True)
    counts, expected = (table[name].to_numpy("float64") for name in ("affairs", "expected"))
    return posterior(counts, expected, group, zones, params.prior)


def _words(above: Floats, below: Floats, params: RelativeRiskParams) -> Floats:
    return np.select([above >= params.decided, below >= params.decided], [WORDS[0], WORDS[2]],
                     default=WORDS[1])  # fmt: skip


def _check(table: pd.DataFrame) -> None:
    counts, expected = (table[name].astype("float64") for name in ("affairs", "expected"))
    bad = counts[~(counts.ge(0) & counts.eq(counts.round()))]
    if len(bad):
        raise ParameterError("counts", bad.iloc[0], "whole numbers, 0 or more")
    bad = expected[~(expected.gt(0) | (expected.eq(0) & counts.eq(0))) | np.isinf(expected)]
    if len(bad):
        raise ParameterError("expected", bad.iloc[0], "finite, above 0 where there is an affair")
    if table["parent"].isna().any():
        bare = table.index[table["parent"].isna()][0]
        raise ParameterError("parents", bare, "a parent for every unit")
