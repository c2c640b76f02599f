"""Indices of every TPS over many dates at once: matrices over desa, spread to TPS at the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analytics.risk.components import Field, load_part
from analytics.risk.index import Part, rounded, score

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Steps:
    """Something that changes on few of many dates.

    Attributes
    ----------
    step
        Which of ``parts`` holds on each date.
    parts
        Components by name, arrays of TPS, one mapping per step.
    """

    step: Ints = field(repr=False)
    parts: Sequence[Mapping[str, Part]] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Panel:
    """The two indices, arrays of dates x TPS.

    Attributes
    ----------
    security, security_low, security_high
        Index of security and its range; NaN where nothing is known at all.
    coverage
        Known share of its weights.
    logistics
        Index of logistic difficulty.
    """

    security: Floats = field(repr=False)
    security_low: Floats = field(repr=False)
    security_high: Floats = field(repr=False)
    coverage: Floats = field(repr=False)
    logistics: Floats = field(repr=False)


def risk_panel(
    desa: Field,
    dates: Sequence[dt.date],
    at: Ints,
    indicators: Steps,
    baseline: Part,
    logistics: Steps,
) -> Panel:
    """Return the indices of all TPS on all dates, as `analytics.risk.index.score` of each gives.

    Parameters
    ----------
    desa
        Reports over desa.
    dates
        Days, in any order.
    at
        Position of the desa of each TPS in ``desa.codes``.
    indicators
        Component ``indikator`` by date.
    baseline
        Of each TPS.
    logistics
        All components of the logistic index by date.
    """
    params = desa.params
    weights = dict(zip(params.security.components, params.security.weights, strict=True))
    loads = {
        "konflik": load_part(desa, desa.conflict, dates),
        "potensi": load_part(desa, desa.potential, dates),
    }

    def total(what: str) -> Floats:
        """Sum in the order of the components, the two that lie over desa gathered as one."""
        over_desa: Floats = sum(weights[name] * getattr(part, what) for name, part in loads.items())
        own = np.stack(
            [weights["indikator"] * getattr(step["indikator"], what) for step in indicators.parts]
        )
        own += weights["baseline"] * getattr(baseline, what)
        out: Floats = np.take(over_desa, at, axis=1)
        out += own[0] if len(own) == 1 else own[indicators.step]
        return out

    known = total("known")
    np.minimum(known, 1.0, out=known)
    known[np.abs(known - 1.0) < 1e-12] = 1.0
    nothing = known <= 0
    index = rounded(np.minimum(total("bad"), 1.0))
    if nothing.any():
        index[nothing] = np.nan
    low = np.fmin(rounded(np.minimum(total("low"), 1.0)), index)
    high = np.fmax(rounded(np.minimum(total("high"), 1.0)), index)
    hard = np.stack([score(parts, params.logistics).index for parts in logistics.parts])
    difficulty = np.broadcast_to(hard[0], index.shape) if len(hard) == 1 else hard[logistics.step]
    return Panel(index, low, high, known, difficulty)


def by_group(values: Floats, group: Ints, n_groups: int, statistic: str) -> Floats:
    """Return a statistic of the TPS of each group on each date.

    Parameters
    ----------
    values
        Dates x TPS; NaN is left out.
    group
        Group of each TPS, 0 to ``n_groups`` - 1.
    n_groups
        Number of groups.
    statistic
        ``mean`` or ``max`` over the TPS, each counted once.

    Returns
    -------
    array
        Dates x groups; NaN where a group has no value.
    """
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(n_groups))
    filled = np.flatnonzero(np.bincount(group, minlength=n_groups))
    ordered = values[:, order]
    out = np.full((len(values), n_groups), np.nan)
    given = np.add.reduceat((~np.isnan(ordered)).astype(np.float64), starts[filled], axis=1)
    if statistic == "max":
        low = np.where(np.isnan(ordered), -np.inf, ordered)
        found = np.maximum.reduceat(low, starts[filled], axis=1)
    else:
        found = np.add.reduceat(np.nan_to_num(ordered), starts[filled], axis=1)
        found = found / np.where(given > 0, given, 1.0)
    out[:, filled] = np.where(given > 0, found, np.nan)
    return out
