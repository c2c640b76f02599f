"""What a reader asks of the statistics of the Hotspot page, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from analytics.inference import GateParams
from analytics.selection import Selection
from geo.errors import ParameterError
from services.areas import AREAS, HEXAGON, RESOLUTIONS, WEIGHTS, Areas
from services.steps import PERIODS
from services.vocabulary import FAMILIES

METHODS = ("gistar", "moran", "eb", "scan", "scan_space", "emerging", "density")
CIRCLES = ("km", "minutes")


@dataclass(frozen=True)
class AnalysisQuery:
    """What the reader asks of the statistics.

    Attributes
    ----------
    selection
        Which reports; exactly one family, since families are never added up.
    method
        One of `METHODS`.
    level
        kabupaten, kecamatan, desa or hexagon.
    resolution
        Of hexagons: 5, 6 or 7.
    weights
        ``contiguity`` (shared edges, and over water for islands), ``knn`` (six nearest) or
        ``travel_time`` (six nearest by minutes on the network; not for hexagons).
    circles
        ``km`` or ``minutes``: over what the circles of a scan grow; hexagons know km only.
    period
        ``month``, ``week`` or ``rakor``: the steps of time where the method has time.
    seed
        0 or above; the same seed gives the same result.
    replicates
        99 to 99,999: Monte Carlo replicates of the scan.
    bandwidth_km
        0.1 to 200: of the kernel density.
    by_confidence
        Whether an affair weighs by the confidence of its reports (Gi*, Moran and density; a scan
        needs whole affairs).
    election
        Election whose voters are exposed.
    gate
        How much is needed before anything is inferred.
    """

    selection: Selection
    method: str = "gistar"
    level: str = "kecamatan"
    resolution: int = 6
    weights: str = "contiguity"
    circles: str = "km"
    period: str = "month"
    seed: int = 1
    replicates: int = 999
    bandwidth_km: float = 15.0
    by_confidence: bool = False
    election: str = "pemilu2024"
    gate: GateParams = field(default_factory=GateParams)

    def __post_init__(self) -> None:
        allowed: dict[str, tuple[object, ...]] = {
            "method": METHODS,
            "level": AREAS,
            "resolution": RESOLUTIONS,
            "weights": WEIGHTS,
            "circles": CIRCLES,
            "period": PERIODS,
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ParameterError(
                    name, getattr(self, name), "one of " + ", ".join(map(str, values))
                )
        by_time = self.weights == "travel_time" or self.circles == "minutes"
        if self.level == HEXAGON and by_time:
            raise ParameterError("level", self.level, "kabupaten, kecamatan or desa")
        if len(self.selection.families or ()) != 1:
            raise ParameterError("families", self.selection.families, "exactly one family")
        if self.family not in FAMILIES:
            raise ParameterError("family", self.family, "one of " + ", ".join(FAMILIES))

    @property
    def family(self) -> str:
        """The one family."""
        return (self.selection.families or ("",))[0]


@dataclass(frozen=True, eq=False)
class AnalysisView:
    """What the page draws.

    Attributes
    ----------
    query
        What was asked.
    reason
        Why nothing is inferred (a key of the catalogue), empty where inference went ahead.
    start, end
        First and last day looked at.
    n_affairs, n_units
        Affairs that could be placed, and areas that have one.
    placed
        How many of the reports could be placed.
    areas
        The areas worked on.
    units
        Index code: ``affairs``, ``class`` (empty: nothing stands out) and the columns of the
        method.
    clusters
        Clusters of a scan; see `analytics.scan.ScanResult`.
    cells
        Cells of a density, EPSG:4326; None for other methods.
    through
        Class per unit (index) and period (columns) of emerging hot spots.
    facts
        Name and value of everything that is needed to repeat the figure.
    reports
        The reports behind the figure, with ``unit``.
    """

    query: AnalysisQuery
    reason: str
    start: pd.Timestamp
    end: pd.Timestamp
    n_affairs: int
    n_units: int
    placed: int
    areas: Areas = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    facts: dict[str, object] = field(repr=False)
    clusters: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    cells: gpd.GeoDataFrame | None = field(default=None, repr=False)
    through: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    def members(self, code: str) -> list[str]:
        """Return the areas of the cluster an area is in; the area alone where it is in none."""
        if "cluster" in self.units.columns and self.units.loc[code, "cluster"] > 0:
            return list(self.clusters.loc[self.units.loc[code, "cluster"], "members"])
        return [code]
