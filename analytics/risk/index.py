"""From components to an index: contributions that sum exactly, a range, a tier, its probability.

A component is known in part. Of its weight a share ``bad`` is known to be so; what is unknown may
add to it. Of the weights w:

* index = sum of w x bad: what is known to speak for a risk, and nothing else. What is learnt to be
  absent adds nothing and takes nothing away, so it never lowers an index; what speaks for a risk
  is never diluted by what does not.
* low = sum of w x low, without what is placed too coarsely; high with all that is unknown at 1;
* coverage = sum of w x known.

A rule may set a floor: a place that meets it is never in the lowest tier, whatever its index.

Contributions are whole multiples of `QUANTUM`, a power of two: floating-point addition of them is
exact in any order, so that they sum to the index without a tolerance.

Three TPS worked by hand (``tests/risk/test_index.py`` holds the figures). Weights of security:
indicators 0.25, conflict 0.5, potential 0.125, baseline 0.125; half-lives 30 days and 30 minutes,
half load 0.25; tiers from 0.25 and 0.5; at least half of the weights and of the indicators known.
The four indicators weigh a quarter each. One conflict of severity 5 and high confidence, fully
relevant, 30 days ago in desa A, weighs 0.5 there. Desa B is 30 minutes off: 0.25 is left. No way
leads to desa C. All was watched.

* t1 in A: 2 of 4 indicators yes, 2 no; conflict 1 - 2^(-0.5 / 0.25) = 0.75; no potential, known;
  score of the kabupaten 50. Contributions 0.25 x 0.5 = 0.125, 0.5 x 0.75 = 0.375, 0,
  0.125 x 0.5 = 0.0625: index 0.5625, all known, so low and high are the same. Tier tinggi.
* t2 in B: 1 yes, 1 no, 2 unknown, so bad 0.25 and half of it known; conflict 1 - 2^(-1) = 0.5; the
  same score. Index 0.0625 + 0.25 + 0 + 0.0625 = 0.375, which is also its low; high 0.375 + 0.125 =
  0.5; known 0.125 + 0.5 + 0.125 + 0.125 = 0.875. Tier sedang.
* t3 in C: indicators unknown, conflict and potential known to be none, no score. Index 0, low 0,
  high 0.25 + 0.125 = 0.375. No indicator known: belum_cukup.

Difficulty, weights 0.5 remoteness (of 480 min), 0.25 modes (of 4 changes, of 240 min at sea),
0.125 delivery, 0.0625 and 0.0625: t1 120 min, received: 0.125 + 0 + 0 = 1/8; t2 240 min, 2
changes, 60 min at sea, nothing reported: 0.25 + 0.25 x 0.375 = 11/32; t3 without a way, on its way
(0.5): 0.0625, an eighth known: belum_cukup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.risk.params import NOT_ENOUGH, TIERS, DrawParams, IndexParams

Floats = npt.NDArray[np.float64]
QUANTUM = 2.0**-24
"""About 6e-8: the step of contributions and indices."""
_BLOCK = 16
"""Places per product of matrices: it stays in the cache of one core, and the library does not
split it over threads, which would wait for each other on a busy machine.
"""


@dataclass(frozen=True, eq=False)
class Part:
    """One component of one index at some places (arrays of one shape).

    Attributes
    ----------
    bad
        0 to 1: share of the component that is known and speaks for a risk.
    known
        ``bad`` to 1: share that is known at all.
    low, high
        Ends of ``bad``: with all that is unknown at 0 and at 1. ``low <= bad <= high``.
    """

    bad: Floats = field(repr=False)
    known: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)

    @classmethod
    def of(cls, bad: Floats, known: Floats) -> Part:
        """Return a component whose unknown share may be anything.

        ``bad`` and ``known`` have one shape.
        """
        return cls(bad, known, bad, bad + (1.0 - known))

    @classmethod
    def unknown(cls, shape: int | tuple[int, ...]) -> Part:
        """Return a component of which nothing is known."""
        nothing = np.zeros(shape)
        return cls(nothing, nothing, nothing, np.ones(shape))

    def at(self, rows: npt.NDArray[np.int64]) -> Part:
        """Return the part at ``rows``, (M,) positions on the last axis."""
        return Part(
            *(np.take(a, rows, axis=-1) for a in (self.bad, self.known, self.low, self.high))
        )


@dataclass(frozen=True, eq=False)
class Scored:
    """An index at some places.

    Attributes
    ----------
    contributions
        One array per component, in the order of `IndexParams.components`; NaN where nothing of
        the component is known. The others sum to ``index`` exactly.
    index, low, high
        0 to 1; the index is NaN where nothing is known at all.
    coverage
        0 to 1.
    """

    contributions: tuple[Floats, ...] = field(repr=False)
    index: Floats = field(repr=False)
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    coverage: Floats = field(repr=False)


def rounded(values: Floats) -> Floats:
    """Return ``values``, any shape, as whole multiples of `QUANTUM`."""
    return np.asarray(np.rint(values / QUANTUM) * QUANTUM, dtype=np.float64)


def score(parts: Mapping[str, Part], params: IndexParams) -> Scored:
    """Return the index of the components.

    Parameters
    ----------
    parts
        One per component of the index, all of one shape.

    Notes
    -----
    A contribution is the step of the rounded running sum, which keeps each within one `QUANTUM`
    of w x bad, and their sum the rounded index. Raising ``bad`` never lowers the index, and
    ``known`` plays no part in it.
    """
    ordered = [parts[name] for name in params.components]
    pairs = list(zip(params.weights, ordered, strict=True))
    coverage = _sum(w * p.known for w, p in pairs)
    coverage = np.where(np.abs(coverage - 1.0) < 1e-12, 1.0, np.minimum(coverage, 1.0))
    nothing = coverage <= 0
    running = np.zeros(coverage.shape)
    before = np.zeros(coverage.shape)
    contributions = []
    for weight, part in pairs:
        running = running + weight * part.bad
        now = rounded(np.minimum(running, 1.0))
        contributions.append(np.where(part.known > 0, now - before, np.nan))
        before = np.where(part.known > 0, now, before)
    index = np.where(nothing, np.nan, before)
    low = rounded(np.minimum(_sum(w * p.low for w, p in pairs), 1.0))
    high = rounded(np.minimum(_sum(w * p.high for w, p in pairs), 1.0))
    return Scored(tuple(contributions), index, np.fmin(low, index), np.fmax(high, index), coverage)


def _sum(arrays: Iterable[Floats]) -> Floats:
    return np.asarray(sum(arrays), dtype=np.float64)


def tier_of(
    index: Floats,
    coverage: Floats,
    indicators: Floats,
    params: IndexParams,
    floor: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.object_]:
    """Return the tier of each place: `TIERS`, or `NOT_ENOUGH` below the stated coverage.

    Parameters
    ----------
    index, coverage
        As `score` returns them.
    indicators
        Known share of the version's indicators, 0 to 1, by place.
    params
        Borders; a place on a border is in the upper tier.
    floor
        (places,): whether a place is never in the lowest tier; None: none is.
    """
    enough = _has_enough(index, coverage, indicators, params)
    level = (index >= params.sedang).astype(np.int64) + (index >= params.tinggi)
    if floor is not None:
        level = np.maximum(level, floor.astype(np.int64))
    words = np.array([*TIERS, NOT_ENOUGH], dtype=object)
    found: npt.NDArray[np.object_] = words[np.where(enough, level, len(TIERS))]
    return found


def _has_enough(
    index: Floats, coverage: Floats, indicators: Floats, params: IndexParams
) -> npt.NDArray[np.bool_]:
    """Return where enough is known for a tier."""
    enough = (coverage >= params.min_coverage - 1e-12) & ~np.isnan(index)
    return np.asarray(enough & (indicators >= params.min_indicators - 1e-12), dtype=np.bool_)


def draw_weights(params: IndexParams, draws: DrawParams, seed: int | None = None) -> Floats:
    """Return weights drawn from the Dirichlet around the stated ones (draws x components).

    A weight of 0 stays 0. The seed is that of the parameters unless another is given.
    """
    rng = np.random.default_rng(draws.seed if seed is None else seed)
    weights = np.array(params.weights)
    drawn = np.zeros((draws.draws, len(weights)))
    drawn[:, weights > 0] = rng.dirichlet(
        draws.concentration * weights[weights > 0], size=draws.draws
    )
    return drawn


def tier_probabilities(
    parts: Sequence[Part], params: IndexParams, draws: DrawParams, seed: int | None = None
) -> Floats:
    """Return how often each place is in each tier when the weights are drawn.

    Parameters
    ----------
    parts
        Components in the order of the weights, each an array of places.
    params, draws
        Borders; number of draws and how close they lie to the weights.
    seed
        In place of that of the parameters.

    Returns
    -------
    array
        Places x 3 (`TIERS`), rows sum to 1; NaN where nothing is known. What is unknown is left
        out of each draw as it is left out of the index, so this is the doubt about the weights
        and nothing else.

    Notes
    -----
    Both borders are read off one product of matrices.
    """
    weights = draw_weights(params, draws, seed)
    both = np.column_stack([p.bad for p in parts] + [p.known for p in parts])
    # TPS of one desa mostly know the same: each kind is counted once.
    kinds, kind = np.unique(both, axis=0, return_inverse=True)
    bad, known = np.hsplit(kinds, 2)
    out = np.empty((len(bad), 2))
    for start in range(0, len(bad), _BLOCK):
        block = bad[start : start + _BLOCK] @ weights.T
        for column, border in enumerate((params.sedang, params.tinggi)):
            out[start : start + _BLOCK, column] = np.count_nonzero(block >= border, axis=1)
    above = out / len(weights)
    found = np.column_stack([1.0 - above[:, 0], above[:, 0] - above[:, 1], above[:, 1]])
    found[known.sum(axis=1) <= 0] = np.nan
    return found[kind.ravel()]


def ranks_within(index: pd.Series, group: pd.Series, ranked: pd.Series) -> pd.DataFrame:
    """Return the rank of each place in its group, 1 the highest.

    Parameters
    ----------
    index
        Value by place, indexed by place, as the two others.
    group
        Code of the group of each place.
    ranked
        Whether a place is ranked at all, indexed by place.

    Returns
    -------
    DataFrame
        Index as given: ``first`` and ``last`` (of equal ones all ranks that they share) and
        ``of`` (how many of the group are ranked); missing where a place is not ranked.
    """
    mine = index.where(ranked.astype(bool))
    grouped = mine.groupby(group)
    found = {
        "first": grouped.rank(method="min", ascending=False),
        "last": grouped.rank(method="max", ascending=False),
        "of": grouped.transform("count").where(mine.notna()),
    }
    return pd.DataFrame(found).astype("Int64")


def index_columns(
    parts: Mapping[str, Part],
    params: IndexParams,
    indicators: Floats,
    draws: DrawParams,
    rows: pd.Index,
    floor: npt.NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Return one index as columns.

    Parameters
    ----------
    parts
        One per component, arrays of places.
    params
        Weights and borders; its name goes into the names of the columns.
    indicators
        Known share of the listed indicators by place.
    draws
        How the weights are drawn.
    rows
        Index of the result.
    floor
        (places,): whether a place is never in the lowest tier; None: none is.

    Returns
    -------
    DataFrame
        ``<name>_<component>`` (contribution; missing where nothing of it is known),
        ``indeks_<name>`` (their sum, exactly; missing where nothing is known at all),
        ``<name>_low``, ``<name>_high``, ``cakupan_<name>``, ``tier_<name>``,
        ``p_<name>_<tier>`` (missing where there is no tier), ``stabil_<name>`` (False where the
        likeliest tier is less probable than the bar, or there is none), ``lantai_<name>`` (whether
        the floor holds).
    """
    name = params.name
    found = score(parts, params)
    columns: dict[str, object] = {
        f"{name}_{component}": contribution
        for component, contribution in zip(params.components, found.contributions, strict=True)
    }
    columns[f"indeks_{name}"] = found.index
    columns[f"{name}_low"], columns[f"{name}_high"] = found.low, found.high
    columns[f"cakupan_{name}"] = found.coverage
    never_low = np.zeros(len(rows), dtype=np.bool_) if floor is None else floor
    tier = tier_of(found.index, found.coverage, indicators, params, never_low)
    columns[f"tier_{name}"] = pd.Series(tier, index=rows, dtype="str")
    enough = _has_enough(found.index, found.coverage, indicators, params)
    chance = np.full((len(rows), len(TIERS)), np.nan)
    if enough.any():
        at = np.flatnonzero(enough)
        chosen = [parts[component].at(at) for component in params.components]
        chance[at] = tier_probabilities(chosen, params, draws)
        chance[never_low, 1] += chance[never_low, 0]
        chance[never_low, 0] *= 0.0
    for n, word in enumerate(TIERS):
        columns[f"p_{name}_{word}"] = chance[:, n]
    columns[f"stabil_{name}"] = np.where(enough, np.max(chance, axis=1) >= draws.stable, False)
    columns[f"lantai_{name}"] = never_low
    return pd.DataFrame(columns, index=rows).astype({f"stabil_{name}": "bool"})
