"""Made-up worlds of affairs, written apart from the methods that they try."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.hotspots.weights import Weights


@dataclass(frozen=True, eq=False)
class PlantedWorlds:
    """Affairs that fall on units by their voters, with a raised risk round one unit or without."""

    voters: pd.Series
    neighbours: Weights

    def zone(self, centre: int) -> np.ndarray:
        """Return the positions of a unit and its neighbours."""
        row = self.neighbours.matrix[[centre]].toarray()[0]
        return np.union1d(np.flatnonzero(row), [centre])

    def without(self, rng: np.random.Generator, affairs: int) -> pd.Series:
        share = self.voters / self.voters.sum()
        return pd.Series(rng.multinomial(affairs, share), self.voters.index)

    def with_one(
        self, rng: np.random.Generator, affairs: int, risk: float
    ) -> tuple[pd.Series, pd.Index]:
        """Return affairs and the codes of the units whose risk was raised."""
        zone = self.zone(int(rng.integers(len(self.voters))))
        weight = self.voters.to_numpy("float64").copy()
        weight[zone] *= risk
        counts = rng.multinomial(affairs, weight / weight.sum())
        return pd.Series(counts, self.voters.index), self.voters.index[zone]
