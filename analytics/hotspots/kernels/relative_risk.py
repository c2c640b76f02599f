"""The posterior of relative risks on a grid: gamma given spreads, group and zone, summed over them.

A unit's risk is ``group * zone * own``: a factor that all units of a group (a kabupaten) share, one
that a unit and its neighbours share where there is a zone of raised risk, and its own. The first
two live on one lattice of powers, so that their product does too; given them and the spreads, a
count is negative binomial and the unit's own factor a gamma (conjugate). Nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from analytics.hotspots.weights import Floats, Ints

STEP = 2.0**0.25
"""Ratio of neighbouring points of the lattice."""
REACH = 16
"""Points of the lattice on each side of 1 for groups: 1/16 to 16."""
ZONE = (2, 14)
"""First and last point of the lattice for zones: 1.4 to 11.3 times the risk outside."""
LEVEL = 4
"""Points on each side of 1 for the level of all units: 0.5 to 2."""
OWN_SPREADS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.4)
GROUP_SPREADS = (0.1, 0.3, 0.6, 1.0)
"""Coefficients of variation that are summed over. None is 0: no two places are alike."""
_TINY = 1e-300
_DROPPED = 1e-4
"""Of each unit's posterior, in the parts that matter least: it makes room for speed."""


@dataclass(frozen=True)
class Prior:
    """What is held likely before any count; see `analytics.hotspots.relative_risk`.

    Attributes
    ----------
    own, group
        Scales of the half-normal priors on the coefficients of variation.
    level
        Standard deviation of the log of the level of all units.
    zone
        Probability that there is a zone, 0 to 1.
    """

    own: float
    group: float
    level: float
    zone: float

    @cached_property
    def own_spreads(self) -> tuple[Floats, Floats]:
        """Coefficients of variation of units, shape (T,), and their probabilities."""
        return _half_normal(OWN_SPREADS, self.own)

    @cached_property
    def groups(self) -> tuple[Floats, Floats]:
        """Masses of the factor of a group on the lattice, shape (H, V), and those of the H rows.

        A row is a pair of spread and level.
        """
        from scipy.special import gammainc  # scipy.stats takes a third of a second to import

        spread, mass = _half_normal(GROUP_SPREADS, self.group)
        level = STEP ** np.arange(-LEVEL, LEVEL + 1)
        of_level = np.exp(-0.5 * (np.log(level) / self.level) ** 2)
        edges = STEP ** (np.arange(-REACH, REACH + 2) - 0.5)
        edges[0], edges[-1] = 0.0, np.inf
        shape = (spread**-2)[:, None, None]
        below = gammainc(shape, edges * shape / level[:, None])
        rows = np.diff(below, axis=-1).reshape(len(spread) * len(level), -1)
        return rows, (mass[:, None] * of_level / of_level.sum()).ravel()

    @cached_property
    def zones(self) -> Ints:
        """Points of the lattice above 1 that the factor of a zone may take, each as likely."""
        return np.arange(ZONE[0], ZONE[1] + 1)

    @cached_property
    def lattice(self) -> Floats:
        """The factors that group and zone make together, shape (S,)."""
        return np.asarray(STEP ** np.arange(-REACH, REACH + ZONE[1] + 1), dtype=np.float64)


def _half_normal(points: tuple[float, ...], scale: float) -> tuple[Floats, Floats]:
    at = np.array(points)
    mass = np.exp(-0.5 * (at / scale) ** 2) * np.gradient(at)
    return at, mass / mass.sum()


_QUANTILE_TOLERANCE = 1e-6
"""Of the logarithm of a risk: a millionth of it."""
_LEAST_LOG, _MOST_LOG = -30.0, 12.0
"""Logarithms of risks between which quantiles are looked for."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """The posterior of each unit's risk: gammas with weights, shape (units, parts).

    Attributes
    ----------
    weight
        Sums to 1 per unit.
    shape, rate
        Of the gammas.
    zone
        Probability, after the counts, that there is a zone.
    """

    weight: Floats = field(repr=False)
    shape: Floats = field(repr=False)
    rate: Floats = field(repr=False)
    zone: float

    def below(self, risk: float) -> Floats:
        """Return the probability of a smaller risk than ``risk`` (above 0) per unit: shape (n,)."""
        from scipy.special import gammainc

        return np.asarray((self.weight * gammainc(self.shape, self.rate * risk)).sum(axis=1))

    def quantiles(self, shares: tuple[float, ...]) -> Floats:
        """Return the values below which shares (above 0, below 1) of the posterior lie.

        Shape (shares, units), in the units of the risk.
        """
        from scipy.special import gammainc, gammaln

        # Newton's steps in the logarithm of the risk, halving where one leads out of what is known.
        # Importing scipy.optimize, whose find_root takes as long, would cost a tenth of a second.
        n = len(self.weight)
        unit, share = np.tile(np.arange(n), len(shares)), np.repeat(np.array(shares), n)
        low, high = np.full(len(unit), _LEAST_LOG), np.full(len(unit), _MOST_LOG)
        found = np.log((self.weight * self.shape / self.rate).sum(axis=1))[unit]
        scale = gammaln(self.shape)
        left = np.arange(len(unit))
        while len(left):
            at, here = unit[left], found[left]
            weight, shape = self.weight[at], self.shape[at]
            value = self.rate[at] * np.exp(here)[:, None]
            off = (weight * gammainc(shape, value)).sum(axis=1) - share[left]
            slope = (weight * np.exp(shape * np.log(value) - value - scale[at])).sum(axis=1)
            low[left] = np.where(off < 0, here, low[left])
            high[left] = np.where(off < 0, high[left], here)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                step = here - off / slope
            inside = (step > low[left]) & (step < high[left])
            found[left] = np.where(inside, step, (low[left] + high[left]) / 2)
            left = left[np.abs(found[left] - here) > _QUANTILE_TOLERANCE]
        return np.asarray(np.exp(found), dtype=np.float64).reshape(len(shares), n)


@dataclass(frozen=True, eq=False)
class _Group:
    """What the counts of one group say, by spread of units (T) and factor of the group (V).

    Attributes
    ----------
    members, touching
        Positions of its units, and of the zones that hold one of them.
    inside
        Shape (touching, members): 1 where the unit is in the zone.
    alone, zoned
        Log likelihoods without a zone (T, V), and with one (T, touching, R, V).
    """

    members: Ints
    touching: Ints
    inside: Floats
    alone: Floats
    zoned: Floats


def posterior(
    counts: Floats, expected: Floats, group: Ints, zones: Any | None, prior: Prior
) -> Mixture:
    """Return the posterior of the risk of each unit.

    Parameters
    ----------
    counts, expected
        Shape (n,), 0 or more.
    group
        Shape (n,): the group of each unit, 0 to the number of groups less one.
    zones
        Sparse array (zones, n): 1 where a unit is in a zone; None for no zone at all.
    prior
        See `Prior`.
    """
    likely = _likelihoods(counts, expected, prior)
    inside = None if zones is None else np.asarray(zones.todense(), dtype=np.float64)
    groups = [
        _group(likely, np.flatnonzero(group == one), inside, prior)
        for one in range(int(group.max(initial=-1)) + 1)
    ]
    without, within = _models(groups, 0 if inside is None else len(inside), prior)
    weight = np.zeros_like(likely)
    for one in groups:
        _share_out(weight, one, without, within, prior)
    return _mixture(weight, counts, expected, prior, float(within.sum()))


def _likelihoods(counts: Floats, expected: Floats, prior: Prior) -> Floats:
    """Return log likelihoods of the counts, shape (T, S, n), each unit's own factor summed out."""
    from scipy.special import gammaln, xlogy

    shape = (prior.own_spreads[0] ** -2)[:, None, None]
    mean = expected * prior.lattice[:, None]
    out = gammaln(counts + shape) - gammaln(shape)
    out = out + xlogy(shape, shape / (shape + mean)) + xlogy(counts, mean / (shape + mean))
    return np.asarray(out, dtype=np.float64)


def _group(likely: Floats, members: Ints, inside: Floats | None, prior: Prior) -> _Group:
    width = 2 * REACH + 1
    own = likely[:, :, members]
    alone = own[:, :width].sum(axis=2)
    part = np.zeros((0, len(members))) if inside is None else inside[:, members]
    touching = np.flatnonzero(part.any(axis=1))
    gain = np.stack([(own[:, r : r + width] - own[:, :width]) @ part[touching].T
                     for r in prior.zones])  # fmt: skip
    zoned = alone[:, None, None, :] + gain.transpose(1, 3, 0, 2)
    return _Group(members, touching, part[touching], alone, zoned)


def _evidence(likely: Floats, rows: Floats) -> Floats:
    """Sum the factor of a group out of log likelihoods (…, V) by prior rows (H, V): (…, H)."""
    top = likely.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(likely - top) @ rows.T + _TINY) + top)


def _models(groups: list[_Group], n_zones: int, prior: Prior) -> tuple[Floats, Floats]:
    """Return the posterior of spreads without a zone (T, H), and with each (T, zones, R, H)."""
    from scipy.special import logsumexp

    rows, of_row = prior.groups
    base = [_evidence(one.alone, rows) for one in groups]
    alone = np.log(prior.own_spreads[1])[:, None] + np.log(of_row + _TINY) + np.sum(base, axis=0)
    n_factors = len(prior.zones)
    zoned = np.repeat(np.repeat(alone[:, None, None], n_zones, 1), n_factors, 2)
    for one, before in zip(groups, base, strict=True):
        zoned[:, one.touching] += _evidence(one.zoned, rows) - before[:, None, None]
    share = prior.zone if n_zones else 0.0
    alone = alone + np.log1p(-share)
    if n_zones:
        zoned += np.log(max(share, _TINY) / (n_zones * n_factors))
    total = logsumexp(np.concatenate([alone.ravel(), zoned.ravel()]))
    return np.exp(alone - total), np.exp(zoned - total)


def _factors(likely: Floats, mass: Floats, rows: Floats) -> Floats:
    """Return the posterior of the factor of a group (…, V), of models of some mass (…, H)."""
    lik = np.exp(likely - likely.max(axis=-1, keepdims=True))
    return np.asarray(lik * ((mass / (lik @ rows.T + _TINY)) @ rows))


def _share_out(weight: Floats, one: _Group, without: Floats, within: Floats, prior: Prior) -> None:
    """Add to ``weight`` (T, S, n) what is held of the factors of a group's units."""
    rows = prior.groups[0]
    width = 2 * REACH + 1
    far = np.ones(within.shape[1], dtype=bool)
    far[one.touching] = False
    weight[:, :width, one.members] += _factors(
        one.alone, without + within[:, far].sum(axis=(1, 2)), rows
    )[:, :, None]
    held = _factors(one.zoned, within[:, one.touching], rows)
    weight[:, :width, one.members] += np.tensordot(held.sum(axis=2), 1.0 - one.inside, (1, 0))
    raised = np.tensordot(held, one.inside, (1, 0))
    for at, r in enumerate(prior.zones):
        weight[:, r : r + width, one.members] += raised[:, at]


def _mixture(
    weight: Floats, counts: Floats, expected: Floats, prior: Prior, zone: float
) -> Mixture:
    """Return the gammas that matter, as many per unit as the unit with the most needs."""
    n = len(counts)
    flat = weight.reshape(-1, n).T
    flat = flat / flat.sum(axis=1, keepdims=True)
    spread = prior.own_spreads[0] ** -2
    shape = np.repeat(spread, len(prior.lattice))
    rate = (spread[:, None] / prior.lattice).ravel()
    order = np.argsort(-flat, axis=1)
    kept = np.take_along_axis(flat, order, axis=1)
    most = int((kept.cumsum(axis=1) < 1 - _DROPPED).sum(axis=1).max(initial=0)) + 1
    order, kept = order[:, :most], kept[:, :most]
    return Mixture(
        weight=kept / kept.sum(axis=1, keepdims=True),
        shape=shape[order] + counts[:, None],
        rate=rate[order] + expected[:, None],
        zone=zone,
    )
