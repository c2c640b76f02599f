"""What is asked of the statistics of the Hotspot page, and answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from analytics.hotspots.density import DensityParams, kernel_density
from analytics.hotspots.inference import GateParams, gate
from analytics.hotspots.lattice import LatticeParams, hotspots_lattice
from analytics.hotspots.permutations import PermutationParams
from analytics.hotspots.rate_test import RateTestParams, hotspots_by_voters
from analytics.hotspots.weights import Weights
from analytics.reports.counted import UNITS, counted_as
from analytics.reports.periods import first_reports
from analytics.reports.places import place_codes
from analytics.reports.selection import Selection, in_window, select
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
    watched_from,
    watched_until,
    weighted_values,
)
from services.hotspots.scan import SCANS, scan
from services.memo import memo
from services.network.build import minutes_between
from services.texts import FAMILIES

METHODS = (*SCANS, "gistar", "moran", "density")
TESTED = ("rates", "counts")
CIRCLES = ("km", "minutes")
_GATED = ("gistar", "moran")


@dataclass(frozen=True)
class AnalysisQuery:
    """What the reader asks of the statistics.

    Attributes
    ----------
    selection
        Which reports; exactly one family and one kind, since families are never added up and what
        may happen is not what happened.
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
        Whether an affair weighs by the confidence of its reports (density, and Gi* and Moran of
        counts; the others need whole affairs).
    tested
        Of Gi* and Moran: ``rates`` (against voters) or ``counts``, which also find where voters
        live.
    counted
        ``affair``, or ``source_day``: what one page tells of one day and kind counts once.
    election
        Election whose voters are exposed.
    gate
        How much Gi* and Moran need before anything is inferred.
    """

    selection: Selection
    method: str = "scan"
    level: str = "kecamatan"
    resolution: int = 6
    weights: str = "contiguity"
    circles: str = "km"
    period: str = "month"
    seed: int = 1
    replicates: int = 999
    bandwidth_km: float = 15.0
    by_confidence: bool = False
    tested: str = "rates"
    counted: str = "affair"
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
            "tested": TESTED,
            "counted": UNITS,
        }
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ParameterError(
                    name, getattr(self, name), "one of " + ", ".join(map(str, values))
                )
        by_time = self.weights == "travel_time" or self.circles == "minutes"
        if self.level == HEXAGON and by_time:
            raise ParameterError("level", self.level, "kabupaten, kecamatan or desa")
        if self.family not in FAMILIES:
            raise ParameterError("family", self.family, "one of " + ", ".join(FAMILIES))
        if self.by_confidence and self.method in _GATED and self.tested == "rates":
            raise ParameterError("by_confidence", True, "tested by counts")

    @property
    def family(self) -> str:
        """The one family."""
        return self.selection.one_series()[0]

    @property
    def kind(self) -> str:
        """The one kind."""
        return self.selection.one_series()[1]


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
        First and last day looked at, while the whole area was watched: see `watched_from` and
        `watched_until`.
    unwatched
        Reports before or after the whole area was watched, which are left out.
    watched_from
        First day on which it was; None without a record.
    n_affairs, n_units
        Affairs (or what else is counted) that could be placed, and areas that have one.
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
    facts
        Name and value of everything that is needed to repeat the figure.
    reports
        The reports behind the figure, with ``unit`` and ``area``; ``perkara_id`` is what is counted
        as one, ``perkara`` the affair of the table.
    """

    query: AnalysisQuery
    reason: str
    start: pd.Timestamp
    end: pd.Timestamp
    unwatched: int
    watched_from: pd.Timestamp | None
    n_affairs: int
    n_units: int
    placed: int
    areas: Areas = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    clusters: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    cells: gpd.GeoDataFrame | None = field(default=None, repr=False)

    def members(self, code: str) -> list[str]:
        """Return the areas of the cluster an area is in; the area alone where it is in none."""
        if "cluster" in self.units.columns and self.units["cluster"][code] > 0:
            return list(self.clusters["members"][self.units["cluster"][code]])
        return [code]


@memo(32)
def analyse(data: Dataset, query: AnalysisQuery) -> AnalysisView:
    """Answer a statistical question of the Hotspot page.

    Gi* and Moran have a gate (30 affairs, 10 units that are not zero); below it the view holds
    counts and the reason. Scans need two affairs.

    Raises
    ------
    ParameterError
        When no report is left in the window, or the window is reversed.
    """
    chosen = query.selection
    reports = data.countable[select(data.countable, chosen)]
    reports = reports.assign(
        unit=place_codes(reports, chosen.place),
        perkara=reports["perkara_id"],
        perkara_id=counted_as(reports, query.counted),
    )
    found = areas(data, query.level, query.resolution)
    asked = min(chosen.date_to or chosen.as_of, chosen.as_of)
    end = watched_until(data, asked, found.points.index)
    begin = watched_from(data, asked, found.points.index)
    seen = in_window(reports, begin, end)
    reports, unwatched = reports[seen], int((~seen).sum())
    if reports.empty:
        raise ParameterError("reports", 0, "at least one report in the window")
    start = pd.Timestamp(chosen.date_from or reports["date_event"].min())
    start = start if begin is None else max(start, begin)
    window = pd.DataFrame({"period": ["semua"], "start": [start], "end": [end]})
    counts = area_counts(data, reports, found, query.family, window, query.resolution)["semua"]
    area = area_of(data, reports, found, query.resolution)
    placeable = area.notna()
    affairs = int(reports.loc[placeable, "perkara_id"].nunique())
    view = AnalysisView(
        query=query,
        reason="",
        start=start,
        end=end,
        unwatched=unwatched,
        watched_from=begin,
        n_affairs=affairs,
        n_units=int((counts > 0).sum()),
        placed=int(placeable.sum()),
        areas=found,
        units=_described(reports, area, counts, found),
        reports=reports.assign(area=area),
        facts={},
    )
    if query.method in _GATED:
        enough = gate(counts.to_frame("semua"), query.gate, pd.Series({"semua": affairs}))
        view = replace(view, reason=str(enough["reason"].iloc[0]))
    elif query.method in SCANS and not counts.any():
        view = replace(view, reason="no_affairs")
    return view if view.reason else _WORK[query.method](data, view)


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


def _weights(data: Dataset, view: AnalysisView, codes: pd.Index | None = None) -> Weights:
    by_time = view.query.weights == "travel_time"
    found = view.areas if codes is None else view.areas.only(codes)
    return area_weights(found, view.query.weights, minutes_between(data) if by_time else None)


def _voters(data: Dataset, query: AnalysisQuery) -> pd.Series:
    return area_voters(data, query.level, query.election, query.resolution)


def _lattice(data: Dataset, view: AnalysisView) -> AnalysisView:
    query = view.query
    table, facts = (_by_rates if query.tested == "rates" else _by_counts)(data, view)
    units = view.units.drop(columns="class").join(table)
    units["flagged"] = units["flagged"].astype("boolean").fillna(False).astype("bool")
    confidence = units["confidence"].fillna(0).astype("int64")
    named = units["hotspot_class"].astype("str")
    if query.method == "gistar":
        units["class"] = (named + "_" + confidence.astype("str")).where(confidence > 0, "")
    else:
        # The quadrants do not distinguish levels, so only what is flagged has one.
        units["class"] = named.where(units["flagged"], "")
    facts |= {
        "tested": query.tested,
        "weights": query.weights,
        "neighbours_mean": float(units["neighbours"].mean()),
        "tests": int(units["m"].max()),
        "permutations": int(units["draws"].max()),
        "seed": query.seed,
    }
    return replace(view, units=units, facts=facts)


def _by_rates(data: Dataset, view: AnalysisView) -> tuple[pd.DataFrame, dict[str, object]]:
    """Test rates; areas without voters are left out, and lend nothing to their neighbours."""
    query = view.query
    voters = _voters(data, query)
    window = pd.DataFrame({"period": ["semua"], "start": [view.start], "end": [view.end]})
    first = first_reports(view.reports[view.reports["area"].notna()], window)
    cases = area_counts(data, first, view.areas, query.family, window, query.resolution)["semua"]
    weights = _weights(data, view, voters.index)
    params = RateTestParams(seed=query.seed, gate=query.gate)
    table = hotspots_by_voters(cases.reindex(voters.index), voters, weights, query.method, params)
    return table, {"inference": "voters", "voters": query.election}


def _by_counts(data: Dataset, view: AnalysisView) -> tuple[pd.DataFrame, dict[str, object]]:
    query = view.query
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
        _weights(data, view),
        query.method,
        params,
        affairs=view.units["affairs"].rename(str(values.name)),
        n_affairs=pd.Series({"value": view.n_affairs}),
    )
    return table, {"inference": inference}


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
    return replace(view, cells=result.cells, facts=facts)


_WORK = {"gistar": _lattice, "moran": _lattice, "density": _density, **dict.fromkeys(SCANS, scan)}
