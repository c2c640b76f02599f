"""Which units of a whole can be told apart: risks as published, with ranks and bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analytics.nation.ranking import rank_units
from data.nation.views import figures_of
from geo.codes import Level

if TYPE_CHECKING:
    from data.nation.connection import Reading

RANKED_LEVELS: tuple[Level, ...] = ("kabupaten", "kecamatan")
"""Levels that a batch works risks out for."""


def ranked_figures(
    connection: Reading, level: Level, scope: str, family: str
) -> pd.DataFrame | None:
    """Return risks and ranks of the units that those of a scope are held against.

    Parameters
    ----------
    level
        Of the units.
    scope
        Code of the unit that is open, "" for the nation. Kabupaten of the nation are held against
        all of them, anything else against its province; kecamatan of several provinces have no
        common order and no ranks.
    family
        Of the affairs.

    Returns
    -------
    DataFrame or None
        Index code: `data.nation.views.FIGURES` and `analytics.nation.ranking.COLUMNS`; None where
        nothing is published for the level.
    """
    if level not in RANKED_LEVELS or (not scope and level != "kabupaten"):
        return None
    found = figures_of(connection, level, scope[:2], family)
    return None if found.empty else found.join(rank_units(found))
