"""The network of the province from what ships and what was imported, ready for pages and plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analytics.network.remoteness import travel_time_matrix
from data.boundaries.shapes import read_shapes
from data.network.tables import load_network_tables, read_moves, read_sea_legs, with_made
from data.province import default_election
from geo.boundaries.coast import Land
from geo.boundaries.grid import dissolve_to_parents
from geo.network.fit import RoadFit, RoadGraph, fit_file, fit_roads
from geo.network.graph import Network
from geo.network.joining import join_places
from geo.network.multimodal import at_pace, build_network, given, graph_of_file, timed
from geo.network.points import place_depots, place_piers, seats, to_metres
from geo.network.proxy import ProxyRoads, proxy_roads
from geo.network.sea_legs import ClassPace, leg_times
from geo.places.tps import count_tps
from services.dataset import Dataset
from services.memo import memo

if TYPE_CHECKING:
    import geopandas as gpd

    from data.store.engine import Reader

SITE = "S-"
"""Before the id of a node: TPS on an islet, whose landing has the same id behind ``L-``."""

_LEVELS = ("desa", "kecamatan", "kabupaten")


@dataclass(frozen=True, eq=False)
class NetworkSet:
    """The network and everything that says how good it is.

    Attributes
    ----------
    network
        Node ids: code of a desa (its office, PPS) or kecamatan (PPK), id of a pier, landing or
        warehouse, ``S-…`` for TPS on an islet of a mainland desa, ``J…`` for road junctions.
    fit
        Fit and error of the roads in use, published with every time that rests on them.
    proxy_fit
        That of the proxy; the same where no roads were imported, or too few facts lie on them.
    piers, depots
        With a point each, and whether it is approximate.
    legs
        Boat legs with their distribution and number of facts.
    paces
        What the legs with facts say of each vessel class.
    vessels
        Published vessels and the lines they sail, as the table of that name.
    snapped
        How each place is joined to the roads, by node (`geo.network.joining.join_places`).
    has_own_roads
        Whether roads were imported; else the proxy is in use.
    seat_of
        Desa code that stands for each unit.
    """

    network: Network
    fit: RoadFit
    proxy_fit: RoadFit = field(repr=False)
    piers: pd.DataFrame = field(repr=False)
    depots: pd.DataFrame = field(repr=False)
    legs: pd.DataFrame = field(repr=False)
    paces: dict[str, ClassPace | None] = field(repr=False)
    vessels: pd.DataFrame = field(repr=False)
    snapped: pd.DataFrame = field(repr=False)
    has_own_roads: bool
    seat_of: pd.Series = field(repr=False)

    @property
    def default_depots(self) -> dict[str, str]:
        """Warehouse by kabupaten code."""
        chosen = self.depots[self.depots["is_default"].astype(bool)]
        return dict(zip(chosen["kabupaten_code"], chosen["depot_id"], strict=True))

    def depot_for(self, kabupaten: str, election: str) -> str:
        """Return the warehouse of a kabupaten in an election: one that a fact names for it.

        Of several the default one, else the first; without a fact that of `default_depots`, in
        whose row another election stands. `KeyError` where the kabupaten has none at all.
        """
        default = self.default_depots[kabupaten]
        rows = self.depots
        own = rows[rows["kabupaten_code"].eq(kabupaten) & rows["election"].eq(election)]
        own = own[own["basis"].eq("fakta") | own["depot_id"].eq(default)]
        names = sorted(own["depot_id"])
        return default if default in names or not names else names[0]


def load_network(tables: Reader) -> NetworkSet:
    """Build the network of a store: shipped facts, imported roads and legs, moved piers.

    Raises
    ------
    SourceMissingError, SchemaError
        When a shipped table is missing or wrong.
    GeometryError
        When a pier without a point lies in a unit that an imported coverage leaves without coast.
    """
    return _load(tables, load_network_tables(tables.read("units")))


def _load(tables: Reader, shipped: Mapping[str, pd.DataFrame]) -> NetworkSet:
    facts = {**shipped, **read_sea_legs(tables, shipped["piers"], shipped["sea_legs"])}
    desa = read_shapes(tables, "desa")
    roads = tables.read("road_edges")
    own = None if roads.empty else roads
    return assemble(_counted(tables), desa, facts, own, read_moves(tables))


def _counted(tables: Reader) -> pd.DataFrame:
    units = tables.read("units")
    counts = count_tps(tables.read("tps"), default_election(), units["code"])
    return units.assign(tps_count=counts["tps_count"].to_numpy())


def straight_km(tables: Reader, legs: pd.DataFrame) -> pd.Series:
    """Return how far apart the ends of boat legs are in a straight line, in kilometres.

    Of ``legs``, on any index, ``from_pier`` and ``to_pier`` are read: shipped piers, or
    `data.network.tables.DESA_PIER` and the code of a desa with a coast.
    """
    ground = _Ground.of(_counted(tables), read_shapes(tables, "desa"))
    piers = with_made(load_network_tables(ground.placed)["piers"], legs)
    return _apart(legs, ground.piers(piers, read_moves(tables)))


@memo(1)
def network_tables(data: Dataset) -> dict[str, pd.DataFrame]:
    """Return what ships of ways and waters; see `data.network.tables.load_network_tables`."""
    return load_network_tables(data.units)


@memo(1)
def network_of(data: Dataset) -> NetworkSet:
    """Return the roads, sea legs and piers of a data set; built on first use."""
    return _load(data, network_tables(data))


@memo(1)
def minutes_between(data: Dataset) -> pd.DataFrame:
    """Return usual minutes between the seats of units, index and columns ``code``, no province."""
    found = network_of(data)
    between = travel_time_matrix(found.network)
    codes = [code for code in data.units["code"] if code in found.seat_of.index]
    seats = found.seat_of[codes]
    return between.loc[seats, seats].set_axis(codes, axis=0).set_axis(codes, axis=1)


def assemble(
    units: pd.DataFrame,
    desa: gpd.GeoDataFrame,
    tables: Mapping[str, pd.DataFrame],
    own_roads: pd.DataFrame | None = None,
    moves: Mapping[str, tuple[float, float]] | None = None,
) -> NetworkSet:
    """Build the network from frames.

    Parameters
    ----------
    units
        The registry, with points of desa and ``tps_count``.
    desa
        Coverage of desa in EPSG:4326.
    tables
        As `data.network.tables.load_network_tables` returns them.
    own_roads
        Imported edges, as the table ``road_edges``; None: the proxy.
    moves
        Longitude and latitude of piers and warehouses that the planner moved.
    """
    ground = _Ground.of(units, desa)
    land, placed, seat_of, seat_xy = ground.land, ground.placed, ground.seat_of, ground.seat_xy
    proxy = _proxy(placed, land)
    estimate = fit_roads(RoadGraph.of_proxy(proxy), tables["road_facts"], seat_of)
    roads = timed(proxy, estimate)
    piers = ground.piers(tables["piers"], moves)
    depots = place_depots(tables["depots"], seat_xy, land.crs, moves)
    places = _places(placed, seat_xy, piers, depots, tables["island_tps"])
    if own_roads is not None:
        roads = given(own_roads, land, roads)
    joined = join_places(places, roads, land)
    fit = estimate
    if own_roads is not None:
        graph = graph_of_file(roads, joined.loc[seat_of.unique()], estimate)
        fit = fit_file(graph, tables["road_facts"], seat_of, estimate)
        roads = at_pace(roads, fit)
    legs, paces = leg_times(tables["sea_legs"], _leg_lengths(tables["sea_legs"], piers))
    network = build_network(places, joined, roads, legs, tables["vessel_limits"], land.crs, fit)
    return NetworkSet(
        network,
        fit,
        estimate,
        piers,
        depots,
        legs,
        paces,
        tables["vessels"],
        joined,
        own_roads is not None,
        seat_of,
    )


@dataclass(frozen=True)
class _Ground:
    """The land, the units with a point in its metres, and where the seat of each stands."""

    land: Land
    desa: gpd.GeoDataFrame
    placed: pd.DataFrame
    seat_of: pd.Series
    seat_xy: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, units: pd.DataFrame, desa: gpd.GeoDataFrame) -> _Ground:
        land = Land.of(desa)
        xy = to_metres(units["lon"], units["lat"], land.crs)
        placed = units.assign(x_m=xy[:, 0], y_m=xy[:, 1])
        seat_of = seats(placed)
        points = placed.set_index("code").loc[seat_of, ["x_m", "y_m"]].to_numpy(dtype=np.float64)
        seat_xy = {
            str(code): (x, y) for code, (x, y) in zip(seat_of.index, points.tolist(), strict=True)
        }
        return cls(land, desa, placed, seat_of, seat_xy)

    def piers(
        self, rows: pd.DataFrame, moves: Mapping[str, tuple[float, float]] | None
    ) -> pd.DataFrame:
        """Return rows of the table of piers with a point each."""
        return place_piers(
            rows, _outlines(self.desa, self.land.crs), self.seat_xy, self.land, moves
        )


def _proxy(placed: pd.DataFrame, land: Land) -> ProxyRoads:
    desa = placed[placed["level"].eq("desa")]
    return proxy_roads(list(desa["code"]), desa[["x_m", "y_m"]].to_numpy(), land)


def _outlines(desa: gpd.GeoDataFrame, crs: str) -> dict[str, Any]:
    """Return the outline of every unit in metres, dissolved from the coverage of desa.

    The land is made of the same coverage; imported boundaries of a higher level may have another
    coast, on which no point of this land lies.
    """
    outlines: dict[str, Any] = {}
    coverage = desa[["code", "geometry"]]
    for _ in _LEVELS:
        metric = coverage.geometry.to_crs(crs)
        outlines |= dict(zip(coverage["code"], metric, strict=True))
        coverage = dissolve_to_parents(coverage)
    return outlines


def _leg_lengths(legs: pd.DataFrame, piers: pd.DataFrame) -> pd.Series:
    """Return the straight length of each leg with both piers, or the published one."""
    known = legs[legs["from_pier"].notna() & legs["to_pier"].notna()]
    known = known.set_index("leg_id")
    return known["distance_km"].where(known["distance_km"].notna(), _apart(known, piers))


def _apart(legs: pd.DataFrame, piers: pd.DataFrame) -> pd.Series:
    xy = piers.set_index("pier_id")[["x_m", "y_m"]]
    apart = xy.loc[legs["from_pier"]].to_numpy() - xy.loc[legs["to_pier"]].to_numpy()
    return pd.Series(np.hypot(apart[:, 0], apart[:, 1]) / 1000, index=legs.index)


def _places(
    placed: pd.DataFrame,
    seat_xy: Mapping[str, tuple[float, float]],
    piers: pd.DataFrame,
    depots: pd.DataFrame,
    island_tps: pd.DataFrame,
) -> pd.DataFrame:
    """Return every place that is joined to the roads for `geo.network.multimodal.build_network`."""
    columns = ["node_id", "unit_code", "name", "lon", "lat", "x_m", "y_m", "kind", "approximate"]
    desa = placed[placed["level"].eq("desa")].rename(columns={"code": "unit_code"})
    offices = desa.assign(node_id=desa["unit_code"], kind="pps", approximate=True)
    kecamatan = placed[placed["level"].eq("kecamatan")].rename(columns={"code": "unit_code"})
    seat = np.array([seat_xy[code] for code in kecamatan["unit_code"]]).reshape(-1, 2)
    lonlat = placed.set_index(["x_m", "y_m"])[["lon", "lat"]]
    at_seat = lonlat[~lonlat.index.duplicated()].loc[[tuple(p) for p in seat]].to_numpy()
    heads = kecamatan.assign(
        node_id=kecamatan["unit_code"],
        kind="ppk",
        approximate=True,
        x_m=seat[:, 0],
        y_m=seat[:, 1],
        lon=at_seat[:, 0],
        lat=at_seat[:, 1],
    )
    landings = piers.assign(
        node_id=piers["pier_id"], kind=np.where(piers["kind"].eq("pendaratan"), "landing", "pier")
    )
    stores = depots.assign(node_id=depots["depot_id"], kind="depot", unit_code=depots["place_code"])
    frame = pd.concat([p[columns] for p in (offices, heads, landings, stores)], ignore_index=True)
    at = pd.Series(None, index=frame.index, dtype="str")
    point = ["lon", "lat", "x_m", "y_m"]
    for _, pier in piers[piers["seat_of"].notna()].iterrows():
        office = frame["node_id"].eq(pier["seat_of"])
        at = at.mask(office, pier["pier_id"])
        frame.loc[office, point] = pier[point].tolist()
    sites = _sites(piers, island_tps)[[*columns, "at"]]
    return pd.concat([frame.assign(at=at), sites], ignore_index=True)


def _sites(piers: pd.DataFrame, island_tps: pd.DataFrame) -> pd.DataFrame:
    """Return a TPS site for each landing that the published counts name instead of a desa.

    It has the name of its islet in the counts, without what they add in brackets.
    """
    named = set(island_tps["nodes"].dropna().str.split("|").explode())
    found = piers[piers["pier_id"].isin(named)]
    alone = island_tps.drop_duplicates("nodes").set_index("nodes")["place_text"]
    islets = found["pier_id"].map(alone.str.partition(" (")[0])
    return found.assign(
        node_id=SITE + found["pier_id"].str.split("-", n=1).str[1],
        kind="tps_site",
        name=islets.fillna(found["name"]),
        at=found["pier_id"],
        approximate=True,
    )
