"""What is asked of the statistics of the Hotspot page and answered: chance, onset and growth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.hotspots.density import DensityParams, kernel_density
from analytics.hotspots.emerging import EmergingParams, classify, space_time_gi_star
from analytics.hotspots.inference import GateParams, benjamini_hochberg, gate
from analytics.hotspots.lattice import LatticeParams, hotspots_lattice
from analytics.hotspots.permutations import PermutationParams
from analytics.hotspots.scan import ScanParams, ScanResult, scan_space, scan_space_time
from analytics.hotspots.scan_windows import separation_km, separation_minutes
from analytics.hotspots.weights import Weights
from analytics.reports.places import place_codes
from analytics.reports.selection import Selection, select
from data.province import default_election
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.areas import (
    AREAS,
    CONFIDENCE_WEIGHT,
    HEXAGON,
    PERIODS,
    RESOLUTIONS,
    WEIGHTS,
    Areas,
    area_counts,
    area_of,
    area_voters,
    area_weights,
    areas,
    cut_steps,
    step_facts,
    weighted_values,
    whole_steps,
)
from services.memo import memo
from services.network.build import minutes_between
from services.texts import FAMILIES

METHODS = ("gistar", "moran", "scan", "scan_space", "emerging", "density")
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
    election: str = field(default_factory=default_election)
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
        Clusters of a scan; see `analytics.hotspots.scan.ScanResult`.
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
    facts: Mapping[str, Any] = field(repr=False)
    clusters: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    cells: gpd.GeoDataFrame | None = field(default=None, repr=False)
    through: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    def members(self, code: str) -> list[str]:
        """Return the areas of the cluster an area is in; the area alone where it is in none."""
        if "cluster" in self.units.columns and self.units["cluster"][code] > 0:
            return list(self.clusters["members"][self.units["cluster"][code]])
        return [code]


_FLAG_ALPHA = 0.05
_SHOWN_STEPS = 36
"""Periods that the slider of emerging hot spots reaches back."""


@memo(32)
def analyse(data: Dataset, query: AnalysisQuery) -> AnalysisView:
    """Answer a statistical question of the Hotspot page.

    Below the gate (30 affairs, 10 units that are not zero) the view holds counts and the reason.

    Raises
    ------
    ParameterError
        When no report is left in the window, or the window is reversed.
    """
    chosen = query.selection
    reports = data.countable[select(data.countable, chosen)]
    reports = reports.assign(unit=place_codes(reports, chosen.place))
    if reports.empty:
        raise ParameterError("reports", 0, "at least one report in the window")
    start = pd.Timestamp(chosen.date_from or reports["date_event"].min())
    end = pd.Timestamp(chosen.date_to or chosen.as_of)
    found = areas(data, query.level, query.resolution)
    window = pd.DataFrame({"period": ["semua"], "start": [start], "end": [end]})
    counts = area_counts(data, reports, found, query.family, window, query.resolution)["semua"]
    area = area_of(data, reports, found, query.resolution)
    placeable = area.notna()
    affairs = int(reports.loc[placeable, "perkara_id"].nunique())
    n_affairs = pd.Series({"semua": affairs})
    enough = gate(counts.to_frame("semua"), query.gate, n_affairs)
    view = AnalysisView(
        query=query,
        reason=str(enough["reason"].iloc[0]),
        start=start,
        end=end,
        n_affairs=affairs,
        n_units=int((counts > 0).sum()),
        placed=int(placeable.sum()),
        areas=found,
        units=_described(reports, area, counts, found),
        reports=reports.assign(area=area),
        facts={},
    )
    if view.reason and query.method != "density":
        return view
    return _WORK[query.method](data, view)


def _described(
    reports: pd.DataFrame, area: pd.Series, counts: pd.Series, found: Areas
) -> pd.DataFrame:
    """Return affairs per area, and how many reports and sources they rest on."""
    grouped = reports.groupby(area)
    return pd.DataFrame(
        {
            "name": found.points["name"],
            "affairs": counts,
            "reports": grouped.size().reindex(counts.index, fill_value=0),
            "sources": grouped["source_id"].nunique().reindex(counts.index, fill_value=0),
            "class": "",
        }
    )


def _weights(data: Dataset, view: AnalysisView) -> Weights:
    by_time = view.query.weights == "travel_time"
    return area_weights(view.areas, view.query.weights, minutes_between(data) if by_time else None)


def _voters(data: Dataset, query: AnalysisQuery) -> pd.Series:
    return area_voters(data, query.level, query.election, query.resolution)


def _lattice(data: Dataset, view: AnalysisView) -> AnalysisView:
    query = view.query
    weights = _weights(data, view)
    # Whole counts can be counted out exactly; weighed ones are permuted.
    inference = "permutation" if query.by_confidence else "exact"
    params = LatticeParams(
        inference, gate=query.gate, permutations=PermutationParams(seed=query.seed)
    )
    values = view.units["affairs"]
    if query.by_confidence:
        values = weighted_values(view.reports, view.reports["area"], values.index)
    table = hotspots_lattice(
        values,
        weights,
        query.method,
        params,
        affairs=view.units["affairs"].rename(str(values.name)),
        n_affairs=pd.Series({"value": view.n_affairs}),
    )
    units = view.units.drop(columns="class").join(table)
    level = units["confidence"].astype("int64").astype("str")
    named = units["hotspot_class"].astype("str")
    if query.method == "gistar":
        units["class"] = (named + "_" + level).where(units["confidence"] > 0, "")
    else:
        # The quadrants do not distinguish levels, so only what is flagged has one.
        units["class"] = named.where(units["flagged"], "")
    facts = {
        "weights": query.weights,
        "inference": inference,
        "neighbours_mean": float(units["neighbours"].mean()),
        "tests": int(units["m"].max()),
        "permutations": int(units["draws"].max()),
        "seed": query.seed,
    }
    return replace(view, units=units, facts=facts)


def _scan(data: Dataset, view: AnalysisView) -> AnalysisView:
    query = view.query
    voters = _voters(data, query)
    if query.circles == "minutes":
        apart = separation_minutes(minutes_between(data).loc[voters.index, voters.index])
    else:
        apart = separation_km(view.areas.geoseries[voters.index])
    params = ScanParams(replicates=query.replicates, seed=query.seed)
    in_time: dict[str, object] = {}
    if query.method == "scan_space":
        cases = view.units["affairs"].reindex(voters.index)
        result = scan_space(cases, voters, apart, view.start, view.end, params)
    else:
        periods = cut_steps(query.period, view.start, view.end)
        _need_steps(periods, 2)
        counts = _series(data, view, periods).reindex(voters.index)
        result = scan_space_time(counts, voters, apart, periods.set_index("period"), params)
        in_time = step_facts(_placed(view), periods)
    return replace(
        view,
        units=_in_clusters(view.units, result),
        clusters=result.clusters,
        facts=_scan_facts(result, query) | in_time,
    )


def _in_clusters(units: pd.DataFrame, result: ScanResult) -> pd.DataFrame:
    cluster = pd.Series(0, index=units.index, dtype="int64")
    p = pd.Series(np.nan, index=units.index)
    found = result.clusters
    for number, members, value in zip(found.index, found["members"], found["p"], strict=True):
        cluster[list(members)], p[list(members)] = int(number), float(value)
    marked = np.select([p.le(0.05), p.le(0.2)], ["klaster", "lemah"], default="")
    return units.assign(cluster=cluster, p=p, **{"class": marked})


def _scan_facts(result: ScanResult, query: AnalysisQuery) -> dict[str, object]:
    return {
        "windows": result.n_windows,
        "replicates": result.params.replicates,
        "population_share": result.params.max_population_share,
        "time_share": result.params.max_time_share,
        "circles": query.circles,
        "voters": query.election,
        "seed": query.seed,
    }


def _need_steps(periods: pd.DataFrame, fewest: int) -> None:
    if len(periods) < fewest:
        raise ParameterError("steps", len(periods), f"at least {fewest} in the window")


def _placed(view: AnalysisView) -> pd.DataFrame:
    return view.reports[view.reports["area"].notna()]


def _series(data: Dataset, view: AnalysisView, periods: pd.DataFrame) -> pd.DataFrame:
    query = view.query
    return area_counts(data, view.reports, view.areas, query.family, periods, query.resolution)


def _emerging(data: Dataset, view: AnalysisView) -> AnalysisView:
    query = view.query
    periods = whole_steps(query.period, view.start, view.end, query.selection.date_from)
    shortest = EmergingParams().min_periods
    _need_steps(periods, shortest)
    counts = _series(data, view, periods)
    weights = _weights(data, view)
    counts = counts.loc[list(weights.codes)]
    # Each class is worked out from the data up to its period, so that none knows the future.
    lengths = range(max(shortest, counts.shape[1] - _SHOWN_STEPS + 1), counts.shape[1] + 1)
    through = pd.DataFrame(
        {counts.columns[n - 1]: _classes_of(counts.iloc[:, :n], weights) for n in lengths}
    )
    units = view.units.assign(**{"class": through.iloc[:, -1].reindex(view.units.index)})
    facts = {
        "weights": query.weights,
        **step_facts(_placed(view), periods),
        "tests": int(counts.size),
        "alpha": _FLAG_ALPHA,
    }
    return replace(view, units=units, through=through, facts=facts)


def _classes_of(counts: pd.DataFrame, weights: Weights) -> pd.Series:
    """Return the class of each area at the end of a series of counts."""
    from scipy.stats import norm

    z = space_time_gi_star(counts.to_numpy("float64"), weights.matrix)
    flags = np.sign(z) * benjamini_hochberg(2 * norm.sf(np.abs(z)), "all").rejected(_FLAG_ALPHA)
    labels = (counts.index, counts.columns)
    found = classify(pd.DataFrame(z, *labels), pd.DataFrame(flags.astype(int), *labels))
    classes: pd.Series = found["class"]
    return classes


def _density(data: Dataset, view: AnalysisView) -> AnalysisView:
    units = data.units.set_index("code")
    fine = view.reports[view.reports["unit"].str.count(r"\.") == 3]
    one = fine.drop_duplicates(["perkara_id", "unit"])
    lon = one["lon"].where(one["lon"].notna(), one["unit"].map(units["lon"]))
    lat = one["lat"].where(one["lat"].notna(), one["unit"].map(units["lat"]))
    events = gpd.GeoDataFrame(
        one[["location_precision"]].assign(location_precision="desa"),
        geometry=gpd.points_from_xy(lon, lat),
        crs=STORAGE_CRS,
    )
    weight = None
    if view.query.by_confidence:
        weight = one["confidence"].map(CONFIDENCE_WEIGHT).fillna(CONFIDENCE_WEIGHT["rendah"])
    params = DensityParams(bandwidth_km=view.query.bandwidth_km)
    result = kernel_density(events, data.shapes["kabupaten"].geometry, params, weight)
    facts = {
        "bandwidth_km": result.bandwidth_km,
        "bandwidth_rule": result.rule,
        "kernel": result.params.kernel,
        "cell_m": result.params.cell_m,
        "events": result.used,
    }
    return replace(view, reason="", cells=result.cells, facts=facts)


_WORK = {
    "gistar": _lattice,
    "moran": _lattice,
    "scan": _scan,
    "scan_space": _scan,
    "emerging": _emerging,
    "density": _density,
}
