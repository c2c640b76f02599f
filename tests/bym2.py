"""A spatial rival of relative risk: BYM2 by nested Laplace approximations, for benchmarks.

y ~ Poisson(E exp(a + s (sqrt(1 - r) theta + sqrt(r) phi))) with phi scaled to variance 1 (geometric
mean) in each connected component and N(0, 1) for a single island (Riebler et al. 2016, Statistical
Methods in Medical Research 25, 1145-1165; priors of Morris et al. 2019: a, s ~ N(0, 1), s > 0,
r ~ Beta(0.5, 0.5)). The latent field is Gaussian at its mode given s and r, which are summed over a
grid; good enough to compare power with.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import norm

SPREADS = np.array([0.1, 0.25, 0.5, 0.75, 1.0, 1.4, 2.0])
SHARES = np.array([0.02, 0.15, 0.5, 0.85, 0.98])


def scaled_field(adjacent: np.ndarray) -> np.ndarray:
    """Return the covariance of phi: scaled in each component, 1 for a single unit."""
    near = (adjacent + adjacent.T > 0).astype(float)
    _, part = connected_components(csr_array(near))
    out = np.zeros_like(near)
    for one in np.unique(part):
        at = np.flatnonzero(part == one)
        if len(at) == 1:
            out[at, at] = 1.0
            continue
        inner = near[np.ix_(at, at)]
        found = np.linalg.pinv(np.diag(inner.sum(axis=1)) - inner)
        out[np.ix_(at, at)] = found / np.exp(np.log(np.diag(found)).mean())
    return out


class Bym2:
    """The model for one set of neighbours; ``fit`` for one set of counts."""

    def __init__(self, adjacent: np.ndarray) -> None:
        n = len(adjacent)
        field, own = scaled_field(adjacent), np.eye(n)
        self.models = []
        for spread in SPREADS:
            for share in SHARES:
                # The common level a ~ N(0, 1) is part of the latent field.
                cov = 1.0 + spread**2 * ((1 - share) * own + share * field)
                prior = np.exp(-0.5 * spread**2) * np.gradient(SPREADS)[spread == SPREADS][0]
                weight = prior * _beta_mass(share)
                self.models.append((np.linalg.inv(cov), np.linalg.slogdet(cov)[1], weight))

    def above(self, counts: np.ndarray, expected: np.ndarray, risk: float) -> np.ndarray:
        """Return the probability of a larger risk than ``risk`` per unit."""
        logs, tails = [], []
        for precision, log_det, weight in self.models:
            mode = np.zeros(len(counts))
            for _ in range(30):
                mean = expected * np.exp(mode)
                hessian = precision + np.diag(mean)
                step = np.linalg.solve(hessian, counts - mean - precision @ mode)
                mode = mode + np.clip(step, -2, 2)
                if np.abs(step).max() < 1e-6:
                    break
            mean = expected * np.exp(mode)
            hessian = precision + np.diag(mean)
            fit = counts @ mode - mean.sum() - 0.5 * mode @ precision @ mode
            logs.append(np.log(weight) + fit - 0.5 * (log_det + np.linalg.slogdet(hessian)[1]))
            deviation = np.sqrt(np.diag(np.linalg.inv(hessian)))
            tails.append(norm.sf(np.log(risk), mode, deviation))
        weights = np.exp(np.array(logs) - max(logs))
        return np.asarray(weights @ np.array(tails) / weights.sum())


def _beta_mass(share: float) -> float:
    """Return the mass of Beta(0.5, 0.5) in the cell of a share."""
    from scipy.stats import beta

    edges = np.r_[0, (SHARES[1:] + SHARES[:-1]) / 2, 1]
    at = int(np.flatnonzero(share == SHARES)[0])
    return float(np.diff(beta.cdf(edges, 0.5, 0.5))[at])
