"""Put roads, piers, warehouses and offices together into one network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo.boundaries.coast import Land
from geo.network.fit import RoadFit, RoadGraph
from geo.network.graph import BOAT, EDGE_COLUMNS, NODE_COLUMNS, ONE_WAY, ROAD, WALK, Network
from geo.network.joining import AccessParams, Roads
from geo.network.points import to_degrees, to_metres
from geo.network.proxy import ProxyRoads
from geo.network.spread import COUNTRY, TOWN, TRACK, DaySpread

PROXY, ACCESS = "proxy", "access"
"""Why an edge on land is an assumption: the road itself is one, or the way up to it."""


CLASS_SPEED = "kelas"
"""Basis of the speed of an imported edge that is that of its class, not the file's own."""
_TOWN_CLASSES = frozenset(["residential", "living_street"])
_TRACK_CLASSES = frozenset(["unclassified", "track", "service", "road"])
"""Classes that are no road between places; which spread is theirs is an assumption."""


def timed(proxy: ProxyRoads, fit: RoadFit) -> Roads:
    """Return the proxy with lengths and times of its fit."""
    edges = proxy.edges
    weight = np.where(edges["is_town"], fit.town_factor, 1.0)
    return Roads(
        proxy.vertices,
        edges[["start", "end"]].assign(
            length_km=edges["straight_km"] * fit.detour,
            usual_min=60 * weight * edges["straight_km"] / fit.speed_kmh,
            kind=np.where(edges["is_town"], TOWN, COUNTRY),
            source_id=pd.Series(pd.NA, index=edges.index, dtype="str"),
            assumption=True,
            one_way=False,
            by_class=False,
        ),
    )


def given(edges: pd.DataFrame, land: Land, proxy: Roads | None = None) -> Roads:
    """Return the roads of a file, and the proxy on islands of which the file has no road.

    Parameters
    ----------
    edges
        ``start`` and ``end`` (numbers of junctions), their ``start_lon``, ``start_lat``,
        ``end_lon``, ``end_lat``, ``length_km``, ``usual_min``, ``road_class``, ``speed_basis``,
        ``one_way``, ``import_id``.
    land
        The land, to find the island of each junction.
    proxy
        The proxy with times; None: the file alone.
    """
    columns = [f"{end}{part}" for end in ("start", "end") for part in ("", "_lon", "_lat")]
    ends = edges[columns].to_numpy(dtype=np.float64).reshape(-1, 3)
    _, first, inverse = np.unique(ends[:, 0], return_index=True, return_inverse=True)
    xy = to_metres(ends[first, 1], ends[first, 2], land.crs)
    number = inverse.reshape(-1, 2)
    own = pd.DataFrame({"x_m": xy[:, 0], "y_m": xy[:, 1], "island": land.island_of(xy)})
    kinds = [edges["road_class"].isin(classes) for classes in (_TOWN_CLASSES, _TRACK_CLASSES)]
    own_edges = pd.DataFrame(
        {
            "start": number[:, 0],
            "end": number[:, 1],
            "length_km": edges["length_km"].to_numpy(),
            "usual_min": edges["usual_min"].to_numpy(dtype=np.float64),
            "kind": np.select(kinds, [TOWN, TRACK], COUNTRY),
            "source_id": edges["import_id"].to_numpy(),
            "assumption": False,
            "one_way": edges["one_way"].to_numpy(dtype=bool),
            "by_class": edges["speed_basis"].eq(CLASS_SPEED).to_numpy(),
        }
    )
    if proxy is None:
        return Roads(own, own_edges)
    other = ~proxy.vertices["island"].isin(set(own["island"]))
    renumbered = pd.Series(np.cumsum(other) - 1 + len(own), index=proxy.vertices.index)
    kept = proxy.edges[proxy.edges["start"].map(other) & proxy.edges["end"].map(other)]
    rest = kept.assign(start=kept["start"].map(renumbered), end=kept["end"].map(renumbered))
    return Roads(
        pd.concat([own, proxy.vertices[other]], ignore_index=True),
        pd.concat([own_edges, rest], ignore_index=True),
    )


def graph_of_file(roads: Roads, joined: pd.DataFrame, proxy: RoadFit) -> RoadGraph:
    """Return the roads of a file as `geo.network.fit.fit_file` takes them.

    Parameters
    ----------
    roads
        As `given` returns them.
    joined
        Junction of each desa, as `geo.network.joining.join_places` returns it.
    proxy
        Whose detour and speed hold for the ways up to the roads.
    """
    n = len(roads.vertices)
    edges, by_class = roads.edges, roads.edges["by_class"].to_numpy(dtype=bool)
    minutes = edges["usual_min"].to_numpy()
    along = pd.DataFrame(
        {
            "start": edges["start"],
            "end": edges["end"],
            "km": edges["length_km"],
            "hours": np.where(by_class, minutes / 60, 0.0),
            "fixed_min": np.where(by_class, 0.0, minutes),
            "one_way": edges["one_way"],
            "is_own": ~edges["assumption"].astype(bool),
        }
    )
    own = joined[joined["junction"].notna()]
    number = np.arange(n, n + len(own))
    access = pd.DataFrame(
        {
            "start": number,
            "end": own["junction"].to_numpy(dtype=np.int64),
            "km": own["snap_km"].to_numpy() * proxy.detour,
            "hours": 0.0,
            "fixed_min": 60 * own["snap_km"].to_numpy() / proxy.speed_kmh,
            "one_way": False,
            "is_own": False,
        }
    )
    every = pd.concat([along, access], ignore_index=True).assign(is_town=False)
    return RoadGraph(n + len(own), every, pd.Series(number, index=own.index, name="vertex"))


def at_pace(roads: Roads, fit: RoadFit) -> Roads:
    """Return the roads with the times of classes at the fitted pace."""
    pace = np.where(roads.edges["by_class"].astype(bool), fit.pace, 1.0)
    return Roads(roads.vertices, roads.edges.assign(usual_min=roads.edges["usual_min"] / pace))


def build_network(
    places: pd.DataFrame,
    joined: pd.DataFrame,
    roads: Roads,
    legs: pd.DataFrame,
    limits: pd.DataFrame,
    crs: str,
    fit: RoadFit,
    params: AccessParams | None = None,
) -> Network:
    """Return the network: places and the junctions of the roads (``J0`` …).

    Parameters
    ----------
    places
        Offices, piers, landings, warehouses and TPS sites: `geo.network.graph.NODE_COLUMNS` with
        ``x_m`` and ``y_m`` in metres; ``at`` names a place that stands on the same ground as
        another (a TPS site and its landing) and is joined to it on foot instead, or is missing.
    joined
        Their junctions, as `geo.network.joining.join_places` returns them.
    roads
        Roads with times.
    legs
        Boat legs, as `geo.network.sea_legs.leg_times` returns them.
    limits
        ``vessel_class``, ``wave_limit_m``, ``wind_limit_kn``.
    crs
        The metric projection of the points.
    fit
        Detour, speed, minutes per trip and spread for the roads and the ways up to them.
    params
        How places are joined.

    Notes
    -----
    Where an island has a junction but no road (one desa alone), the way is walked when it is short
    enough.
    """
    chosen = params or AccessParams()
    lonlat = to_degrees(roads.vertices[["x_m", "y_m"]].to_numpy(), crs)
    junctions = pd.DataFrame(
        {
            "node_id": [f"J{i}" for i in roads.vertices.index],
            "kind": "junction",
            "unit_code": None,
            "name": "",
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "approximate": True,
        }
    )
    used = set(roads.edges["start"]) | set(roads.edges["end"])
    used |= set(joined["junction"].dropna().astype(int))
    junctions = junctions[[i in used for i in roads.vertices.index]]
    nodes = pd.concat([places[list(NODE_COLUMNS)], junctions], ignore_index=True)
    nodes = nodes.assign(unit_code=nodes["unit_code"].astype("str"))
    edges = pd.concat(
        [
            _road_edges(roads, fit.spread),
            _access_edges(joined, roads, fit, chosen),
            _boat_edges(legs, limits),
            _shared_ground(places, fit, chosen),
        ],
        ignore_index=True,
    )
    return Network(nodes, _typed(edges))


def _road_edges(roads: Roads, spread: DaySpread) -> pd.DataFrame:
    edges, factors = roads.edges, spread.of(roads.edges["kind"])
    return edges[["length_km", "usual_min", "source_id", "one_way"]].assign(
        low_min=edges["usual_min"] * factors["low"],
        high_min=edges["usual_min"] * factors["high"],
        from_node="J" + edges["start"].astype("str"),
        to_node="J" + edges["end"].astype("str"),
        mode=ROAD,
        assumption=edges["assumption"],
        why=np.where(edges["assumption"], PROXY, ""),
    )


def _access_edges(
    places: pd.DataFrame, roads: Roads, fit: RoadFit, params: AccessParams
) -> pd.DataFrame:
    joined = places[places["junction"].notna()]
    length = joined["snap_km"] * fit.detour
    junction = joined["junction"].astype(int)
    has_road = junction.isin(set(roads.edges["start"]) | set(roads.edges["end"]))
    # One way of getting about per island: a long way from its landing means wheels for all.
    farthest = joined.groupby("junction")["snap_km"].transform("max")
    walked = ~has_road & farthest.le(params.walk_km)
    usual = fit.trip_min / 2 + np.where(
        walked, 60 * length / params.walk_kmh, 60 * joined["snap_km"] / fit.speed_kmh
    )
    low, high = fit.spread.factors[TRACK]
    return pd.DataFrame(
        {
            "from_node": joined.index.to_numpy(),
            "to_node": ("J" + junction.astype("str")).to_numpy(),
            "mode": np.where(walked, WALK, ROAD),
            "length_km": length.to_numpy(),
            "low_min": usual * low,
            "usual_min": usual,
            "high_min": usual * high,
            "assumption": True,
            "why": ACCESS,
        }
    )


def _shared_ground(places: pd.DataFrame, fit: RoadFit, params: AccessParams) -> pd.DataFrame:
    """Join each place that stands where another does, on foot."""
    xy = places.set_index("node_id")[["x_m", "y_m"]]
    rows = places[places["at"].notna()]
    apart = xy.loc[rows["node_id"]].to_numpy() - xy.loc[rows["at"]].to_numpy()
    length = np.hypot(apart[:, 0], apart[:, 1]) / 1000 * fit.detour
    usual = fit.trip_min / 2 + 60 * length / params.walk_kmh
    low, high = fit.spread.factors[TRACK]
    return pd.DataFrame(
        {
            "from_node": rows["at"].to_numpy(),
            "to_node": rows["node_id"].to_numpy(),
            "mode": WALK,
            "length_km": length,
            "low_min": usual * low,
            "usual_min": usual,
            "high_min": usual * high,
            "assumption": True,
            "why": ACCESS,
        }
    )


def _boat_edges(legs: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    if legs.empty:
        return pd.DataFrame(columns=list(EDGE_COLUMNS))
    rows = legs.merge(
        limits[["vessel_class", "wave_limit_m", "wind_limit_kn"]],
        on="vessel_class",
        how="left",
        suffixes=("_own", ""),
    )
    for name in ("wave_limit_m", "wind_limit_kn"):
        if f"{name}_own" in rows:
            rows[name] = rows[f"{name}_own"].fillna(rows[name])
    return rows.rename(columns={"from_pier": "from_node", "to_pier": "to_node"}).assign(mode=BOAT)


def _typed(edges: pd.DataFrame) -> pd.DataFrame:
    out: Mapping[str, Any] = {
        name: edges[name] if name in edges else pd.Series(pd.NA, index=edges.index)
        for name in EDGE_COLUMNS
    }
    texts = ("from_node", "to_node", "mode", "vessel_class", "source_id", "why")
    kinds = {name: "str" if name in texts else "float64" for name in EDGE_COLUMNS}
    one_way = edges[ONE_WAY].eq(True).to_numpy(dtype=bool)
    return pd.DataFrame(out).astype(kinds | {"assumption": "bool"}).assign(**{ONE_WAY: one_way})
