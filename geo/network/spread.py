"""How much the time on one road differs from day to day, by class of road.

That is another thing than how far an estimated time is from the truth (`geo.network.fit`): one
source that says "two to three hours" speaks of days, two that contradict each other do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

from geo.errors import ParameterError

COUNTRY, TOWN, TRACK = "country", "town", "track"
KINDS = (COUNTRY, TOWN, TRACK)
"""Kinds of road: between places, in a town, and unpaved or the way up to a place."""
CITED, ASSUMED = "fakta", "anggapan"
Factors = tuple[float, float]


@dataclass(frozen=True)
class SpreadParams:
    """Least and greatest time over the usual one where no source gives a range: assumptions.

    Attributes
    ----------
    country, town, track
        Low above 0, at most 1; high at least 1. In a town markets and processions, on a track
        the wet season hold up more than a road between towns does. ``country`` counts only where
        no fact gives a range.
    """

    country: Factors = (0.8, 1.2)
    town: Factors = (0.8, 1.5)
    track: Factors = (0.8, 1.5)

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = getattr(self, field.name)
            if not 0 < low <= 1 <= high:
                raise ParameterError(field.name, (low, high), "low of 0 to 1, high of 1 or more")


@dataclass(frozen=True)
class DaySpread:
    """Least and greatest time over the usual one, by kind of road.

    Attributes
    ----------
    factors
        Low and high by `KINDS`.
    basis
        `CITED` or `ASSUMED` by kind.
    n_ranges
        Ranges that the cited factors rest on.
    """

    factors: Mapping[str, Factors]
    basis: Mapping[str, str]
    n_ranges: int

    def of(self, kinds: pd.Series) -> pd.DataFrame:
        """Return ``low`` and ``high`` of each of ``kinds`` (N,), values of `KINDS`, by index."""
        low, high = ({kind: pair[n] for kind, pair in self.factors.items()} for n in (0, 1))
        return pd.DataFrame({"low": kinds.map(low), "high": kinds.map(high)}, dtype="float64")


def day_spread(facts: pd.DataFrame, params: SpreadParams | None = None) -> DaySpread:
    """Return the spread from day to day.

    Parameters
    ----------
    facts
        ``low_min`` and ``high_min``: minutes that one source gives for one road. Rows where both
        are equal or missing say nothing of days.
    params
        What is assumed.

    Returns
    -------
    DaySpread
        Of roads between places: the widest of the ranges about their middles, since few sources
        give one. Nothing is published of towns and tracks.
    """
    chosen = params or SpreadParams()
    apart = facts[facts["low_min"].lt(facts["high_min"])]
    factors = {COUNTRY: chosen.country, TOWN: chosen.town, TRACK: chosen.track}
    basis = dict.fromkeys(KINDS, ASSUMED)
    if len(apart):
        middle = apart[["low_min", "high_min"]].mean(axis=1)
        low, high = apart["low_min"] / middle, apart["high_min"] / middle
        factors[COUNTRY] = (float(low.min()), float(high.max()))
        basis[COUNTRY] = CITED
    return DaySpread(factors, basis, len(apart))
