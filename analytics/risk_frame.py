"""The two indices as the columns of a table: contributions, range, tier and its probability."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.risk_index import Part, has_enough, score, tier_of, tier_probabilities
from analytics.risk_params import TIERS, DrawParams, IndexParams

Floats = npt.NDArray[np.float64]


def index_columns(
    parts: Mapping[str, Part],
    params: IndexParams,
    indicators: Floats,
    draws: DrawParams,
    rows: pd.Index,
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

    Returns
    -------
    DataFrame
        ``<name>_<component>`` (contribution; missing where nothing of it is known),
        ``indeks_<name>`` (their sum, exactly; missing where nothing is known at all),
        ``<name>_low``, ``<name>_high``, ``cakupan_<name>``, ``tier_<name>``,
        ``p_<name>_<tier>`` (missing where there is no tier), ``stabil_<name>`` (False where the
        likeliest tier is less probable than the bar, or there is none).
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
    tier = tier_of(found.index, found.coverage, indicators, params)
    columns[f"tier_{name}"] = pd.Series(tier, index=rows, dtype="str")
    enough = has_enough(found.index, found.coverage, indicators, params)
    chance = np.full((len(rows), len(TIERS)), np.nan)
    if enough.any():
        at = np.flatnonzero(enough)
        chosen = [parts[component].at(at) for component in params.components]
        chance[at] = tier_probabilities(chosen, params, draws)
    for n, word in enumerate(TIERS):
        columns[f"p_{name}_{word}"] = chance[:, n]
    columns[f"stabil_{name}"] = np.where(enough, np.max(chance, axis=1) >= draws.stable, False)
    return pd.DataFrame(columns, index=rows).astype({f"stabil_{name}": "bool"})
