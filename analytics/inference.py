"""Whether there is enough to infer anything: the gate before every test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import ParameterError

REASONS = ("no_affairs", "all_equal", "few_affairs", "few_units")
"""Why nothing is inferred, in the order in which they are looked at."""

DEGENERATE = ("no_affairs", "all_equal")
"""Reasons for which z = 0 and p = 1 are true, and not merely unknown."""


@dataclass(frozen=True)
class GateParams:
    """How much is needed before anything is inferred.

    Attributes
    ----------
    min_affairs
        At least 2: affairs in the period.
    min_units
        At least 2: units that are not zero.
    """

    min_affairs: int = 30
    min_units: int = 10

    def __post_init__(self) -> None:
        for name in ("min_affairs", "min_units"):
            if getattr(self, name) < 2:
                raise ParameterError(name, getattr(self, name), "at least 2")


def gate(
    counts: pd.DataFrame, params: GateParams, n_affairs: pd.Series | None = None
) -> pd.DataFrame:
    """Say for each period whether anything may be inferred from it.

    Parameters
    ----------
    counts
        Affairs by unit (rows) and period (columns), 0 or more.
    params
        How much is needed.
    n_affairs
        Affairs of each period, on the columns of ``counts``. An affair counts in each unit it has
        a report in, so the sum over units, which stands in when this is missing, may exceed it.

    Returns
    -------
    DataFrame
        One row per period, index the columns of ``counts``: ``n_affairs``, ``n_units`` (that are
        not zero) and ``reason``, one of `REASONS`, empty where inference may go ahead.
    """
    table = counts.to_numpy("float64")
    if not np.isfinite(table).all() or (table < 0).any():
        row = int(np.argwhere(~np.isfinite(table) | (table < 0))[0, 0])
        raise ParameterError("counts", str(counts.index[row]), "0 or more in every unit")
    affairs = table.sum(axis=0)
    if n_affairs is not None:
        affairs = n_affairs.reindex(counts.columns).to_numpy("float64")
        if not np.isfinite(affairs).all():
            raise ParameterError("n_affairs", list(n_affairs.index), "a number for every period")
    units = (table > 0).sum(axis=0)
    flat = table.max(axis=0, initial=0) == table.min(axis=0, initial=np.inf)
    tests = [units == 0, flat, affairs < params.min_affairs, units < params.min_units]
    reason = np.select(tests, REASONS, default="")
    found = {"n_affairs": affairs.round().astype(np.int64), "n_units": units, "reason": reason}
    return pd.DataFrame(found, index=counts.columns).astype({"reason": "str"})
