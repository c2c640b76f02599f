"""The two indices as the columns of a table: contributions, range, tier and its probability.

Three TPS worked by hand (``tests/test_risk_index.py`` holds the figures). Weights of security:
indicators 0.25, conflict 0.5, potential 0.125, baseline 0.125; half-lives 30 days and 30 minutes,
half load 0.25; tiers from 0.25 and 0.5; at least half of the weights and of the indicators known.
One conflict of severity 5 and high confidence, fully relevant, 30 days ago in desa A, weighs
0.5 there. Desa B is 30 minutes off: 0.25 is left. No way leads to desa C. All was watched.

* t1 in A: 2 of 4 indicators yes, 2 no; conflict 1 - 2^(-0.5 / 0.25) = 0.75; no potential, known;
  score of the kabupaten 50. Contributions 0.25 x 0.5 = 0.125, 0.5 x 0.75 = 0.375, 0,
  0.125 x 0.5 = 0.0625: index 0.5625, all known, so low and high are the same. Tier tinggi.
* t2 in B: 1 yes, 1 no, 2 unknown, so bad 0.25 and known 0.5; conflict 1 - 2^(-1) = 0.5; the same
  score. Sum of bad 0.0625 + 0.25 + 0 + 0.0625 = 0.375, known 0.125 + 0.5 + 0.125 + 0.125 = 0.875:
  index 0.375 / 0.875 = 3/7, low 0.375, high 0.375 + 0.125 = 0.5. Tier sedang.
* t3 in C: indicators unknown, conflict and potential known to be none, no score. Index 0, low 0,
  high 0.25 + 0.125 = 0.375. No indicator known: belum_cukup.

Difficulty, weights 0.5 remoteness (of 480 min), 0.25 modes (of 4 changes, of 240 min at sea),
0.125 delivery, 0.0625 and 0.0625: t1 120 min, received: (0.125 + 0 + 0) / 0.875 = 1/7; t2 240
min, 2 changes, 60 min at sea, nothing told: (0.25 + 0.25 x 0.375) / 0.75 = 11/24; t3 without a
way, on its way (0.5): 0.0625 / 0.125 = 0.5, an eighth known: belum_cukup.
"""

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
