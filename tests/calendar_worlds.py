"""Made-up worlds that keep the calendar: real dates, places by voters, with a risk or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.hotspots.rate_test import RateTestParams, hotspots_by_voters
from analytics.hotspots.scan import ScanParams, scan_space_time
from analytics.hotspots.scan_windows import Separation, separation_km
from analytics.hotspots.weights import Weights
from data.province import default_election
from services.dataset import Dataset
from services.hotspots.areas import area_voters, area_weights, areas, cut_steps


def real_days(data: Dataset) -> np.ndarray:
    """Return the first day of every affair that happened and is known to the day."""
    rows = data.reports[data.reports["kind"].eq("kejadian")]
    rows = rows[rows["date_precision"].eq("day")].sort_values(["date_event", "report_id"])
    return rows.drop_duplicates("perkara_id")["date_event"].sort_values().to_numpy()


@dataclass(frozen=True, eq=False)
class CalendarWorlds:
    """Affairs on days of the record; each falls on a unit by its voters."""

    voters: pd.Series
    neighbours: Weights
    apart: Separation
    steps: pd.DataFrame
    step_of: np.ndarray

    @property
    def share(self) -> np.ndarray:
        return self.voters.to_numpy() / self.voters.sum()

    def dates(self, rng: np.random.Generator, affairs: int) -> np.ndarray:
        """Return steps of so many affairs of the record, drawn without or with repetition."""
        return rng.choice(self.step_of, affairs, replace=affairs > len(self.step_of))

    def zone(self, rng: np.random.Generator) -> np.ndarray:
        """Return which units are one of them, drawn at random, or its neighbours."""
        near = self.neighbours.star()[[int(rng.integers(len(self.voters)))]].toarray()[0]
        return near > 0

    def places(
        self, rng: np.random.Generator, n: int, zone: np.ndarray | None = None, risk: float = 1.0
    ) -> np.ndarray:
        weight = self.share if zone is None else self.share * np.where(zone, risk, 1.0)
        return rng.choice(len(weight), n, p=weight / weight.sum())

    def without(self, rng: np.random.Generator, affairs: int) -> pd.DataFrame:
        dates = self.dates(rng, affairs)
        return self.table(self.places(rng, affairs), dates)

    def with_risk(
        self, rng: np.random.Generator, affairs: int, risk: float, part: float, last: bool
    ) -> tuple[pd.DataFrame, set[str]]:
        """Raise the risk in a zone for a part of the affairs that follow one another in time."""
        dates, zone = np.sort(self.dates(rng, affairs)), self.zone(rng)
        n = round(part * affairs)
        begin = affairs - n if last else int(rng.integers(affairs - n + 1))
        places = self.places(rng, affairs)
        places[begin : begin + n] = self.places(rng, n, zone, risk)
        return self.table(places, dates), set(self.voters.index[zone])

    def table(self, places: np.ndarray, dates: np.ndarray) -> pd.DataFrame:
        n, width = len(self.voters), len(self.steps)
        flat = np.bincount(places * width + dates, minlength=n * width)
        return pd.DataFrame(flat.reshape(n, width), self.voters.index, self.steps.index)

    def scanned(self, cases: pd.DataFrame, params: ScanParams) -> pd.DataFrame:
        """Return the clusters of a world."""
        return scan_space_time(cases, self.voters, self.apart, self.steps, params).clusters

    def hot(self, cases: pd.DataFrame, method: str, params: RateTestParams) -> set[str]:
        """Return the units that Gi* or Moran flags, whatever the class."""
        counts = cases.sum(axis=1)
        found = hotspots_by_voters(counts, self.voters, self.neighbours, method, params)
        return set(found.index[found["flagged"]])


def calendar_worlds(data: Dataset, level: str = "kecamatan") -> CalendarWorlds:
    """Return worlds on the months that the record of affairs spans."""
    days = real_days(data)
    steps = cut_steps("month", pd.Timestamp(days[0]), pd.Timestamp(days[-1]))
    voters = area_voters(data, level, default_election())
    found = areas(data, level)
    start = steps["start"].to_numpy(dtype="datetime64[D]")
    at = np.searchsorted(start, days.astype("datetime64[D]"), side="right") - 1
    weights = area_weights(found, "contiguity")
    apart = separation_km(found.geoseries[voters.index])
    return CalendarWorlds(voters, weights.reordered(list(voters.index)), apart, steps, at)
