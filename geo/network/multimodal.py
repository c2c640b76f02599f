"""Put roads, piers, warehouses and offices together into one network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from geo.boundaries.coast import AT_SEA, Land
from geo.errors import ParameterError
from geo.network.graph import BOAT, EDGE_COLUMNS, NODE_COLUMNS, ROAD, WALK, Network
from geo.network.points import to_degrees, to_metres
from geo.network.proxy import ProxyRoads, RoadFit

PROXY, ACCESS = "proxy", "access"
"""Why an edge on land is an assumption: the road itself is one, or the way up to it."""


@dataclass(frozen=True)
class AccessParams:
    """How offices, piers and warehouses are joined to the roads.

    Attributes
    ----------
    walk_km
        Where an island has no road, its ways are walked if none is longer, at least 0.
    walk_kmh
        Walking with a box, above 0; an assumption.
    reach_km
        A place farther than this from every road of its island is not joined, above 0.
    """

    walk_km: float = 1.0
    walk_kmh: float = 4.0
    reach_km: float = 15.0

    def __post_init__(self) -> None:
        if not self.walk_km >= 0:
            raise ParameterError("walk_km", self.walk_km, "at least 0")
        for name in ("walk_kmh", "reach_km"):
            if not getattr(self, name) > 0:
                raise ParameterError(name, getattr(self, name), "above 0")


@dataclass(frozen=True, eq=False)
class Roads:
    """Roads with times, from the proxy or from a file.

    Attributes
    ----------
    vertices
        Indexed from 0: ``x_m``, ``y_m``, ``island``.
    edges
        ``start``, ``end``, ``length_km``, ``low_min``, ``usual_min``, ``high_min``, ``source_id``
        and ``assumption``.
    """

    vertices: pd.DataFrame = field(repr=False)
    edges: pd.DataFrame = field(repr=False)


def timed(proxy: ProxyRoads, fit: RoadFit) -> Roads:
    """Return the proxy with lengths and times of its fit."""
    edges = proxy.edges
    weight = np.where(edges["is_town"], fit.town_factor, 1.0)
    usual = 60 * weight * edges["straight_km"] / fit.speed_kmh
    return Roads(
        proxy.vertices,
        edges[["start", "end"]].assign(
            length_km=edges["straight_km"] * fit.detour,
            low_min=usual * fit.low_factor,
            usual_min=usual,
            high_min=usual * fit.high_factor,
            source_id=pd.Series(pd.NA, index=edges.index, dtype="str"),
            assumption=True,
        ),
    )


def given(edges: pd.DataFrame, land: Land, fit: RoadFit, proxy: Roads) -> Roads:
    """Return the roads of a file, and the proxy on islands of which the file has no road.

    Parameters
    ----------
    edges
        ``start`` and ``end`` (numbers of junctions), their ``start_lon``, ``start_lat``,
        ``end_lon``, ``end_lat``, ``length_km``, ``usual_min``, ``import_id``.
    land
        The land, to find the island of each junction.
    fit
        Whose spread is taken for the file's times too: a file has none.
    proxy
        The proxy with times.
    """
    columns = [f"{end}{part}" for end in ("start", "end") for part in ("", "_lon", "_lat")]
    ends = edges[columns].to_numpy(dtype=np.float64).reshape(-1, 3)
    _, first, inverse = np.unique(ends[:, 0], return_index=True, return_inverse=True)
    xy = to_metres(ends[first, 1], ends[first, 2], land.crs)
    number = inverse.reshape(-1, 2)
    usual = edges["usual_min"].to_numpy(dtype=np.float64)
    own = pd.DataFrame({"x_m": xy[:, 0], "y_m": xy[:, 1], "island": land.island_of(xy)})
    own_edges = pd.DataFrame(
        {
            "start": number[:, 0],
            "end": number[:, 1],
            "length_km": edges["length_km"].to_numpy(),
            "low_min": usual * fit.low_factor,
            "usual_min": usual,
            "high_min": usual * fit.high_factor,
            "source_id": edges["import_id"].to_numpy(),
            "assumption": False,
        }
    )
    other = ~proxy.vertices["island"].isin(set(own["island"]))
    renumbered = pd.Series(np.cumsum(other) - 1 + len(own), index=proxy.vertices.index)
    kept = proxy.edges[proxy.edges["start"].map(other) & proxy.edges["end"].map(other)]
    rest = kept.assign(start=kept["start"].map(renumbered), end=kept["end"].map(renumbered))
    return Roads(
        pd.concat([own, proxy.vertices[other]], ignore_index=True),
        pd.concat([own_edges, rest], ignore_index=True),
    )


def build_network(
    places: pd.DataFrame,
    roads: Roads,
    legs: pd.DataFrame,
    limits: pd.DataFrame,
    land: Land,
    fit: RoadFit,
    params: AccessParams | None = None,
) -> tuple[Network, pd.DataFrame]:
    """Return the network and how its places were joined to the roads.

    Parameters
    ----------
    places
        Offices, piers, landings, warehouses and TPS sites: `geo.network.graph.NODE_COLUMNS` with
        ``x_m`` and ``y_m`` in metres; ``at`` names a place that stands on the same ground as
        another (a TPS site and its landing) and is joined to it on foot instead, or is missing.
    roads
        Roads with times.
    legs
        Boat legs, as `geo.network.sea_legs.leg_times` returns them.
    limits
        ``vessel_class``, ``wave_limit_m``, ``wind_limit_kn``.
    land
        The land.
    fit
        Detour, speed, minutes per trip and spread for the ways up to the roads.
    params
        How places are joined.

    Returns
    -------
    Network
        Places and the junctions of the roads (``J0`` …).
    DataFrame
        By ``node_id``: ``snap_km`` (straight, to the junction; missing when not joined),
        ``junction``, ``island``.

    Notes
    -----
    A place is joined to the nearest junction of its own island, never over water. Where that island
    has a junction but no road (one desa alone), the way is walked when it is short enough.
    """
    chosen = params or AccessParams()
    snapped = _snap(places, roads, land, chosen)
    lonlat = to_degrees(roads.vertices[["x_m", "y_m"]].to_numpy(), land.crs)
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
    used |= set(snapped["junction"].dropna().astype(int))
    junctions = junctions[[i in used for i in roads.vertices.index]]
    nodes = pd.concat([places[list(NODE_COLUMNS)], junctions], ignore_index=True)
    nodes = nodes.assign(unit_code=nodes["unit_code"].astype("str"))
    edges = pd.concat(
        [
            _road_edges(roads),
            _access_edges(snapped, roads, fit, chosen),
            _boat_edges(legs, limits),
            _shared_ground(places, fit, chosen),
        ],
        ignore_index=True,
    )
    return Network(nodes, _typed(edges)), snapped


def _snap(places: pd.DataFrame, roads: Roads, land: Land, params: AccessParams) -> pd.DataFrame:
    xy = places[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    island = land.island_of(xy)
    junction = np.full(len(places), np.nan)
    far = np.full(len(places), np.nan)
    by_island = roads.vertices.groupby("island").groups
    own = places["at"].isna().to_numpy()
    for number, rows in by_island.items():
        here = np.flatnonzero((island == number) & own & (number != AT_SEA))
        if not len(here):
            continue
        tree = KDTree(roads.vertices.loc[rows, ["x_m", "y_m"]].to_numpy())
        distance, nearest = tree.query(xy[here])
        near = distance <= params.reach_km * 1000
        junction[here[near]] = np.asarray(rows)[nearest[near]]
        far[here[near]] = distance[near] / 1000
    return pd.DataFrame(
        {"snap_km": far, "junction": junction, "island": island},
        index=pd.Index(places["node_id"], name="node_id"),
    )


def _road_edges(roads: Roads) -> pd.DataFrame:
    edges = roads.edges
    return edges[["length_km", "low_min", "usual_min", "high_min", "source_id"]].assign(
        from_node="J" + edges["start"].astype("str"),
        to_node="J" + edges["end"].astype("str"),
        mode=ROAD,
        assumption=edges["assumption"],
        why=np.where(edges["assumption"], PROXY, ""),
    )


def _access_edges(
    snapped: pd.DataFrame, roads: Roads, fit: RoadFit, params: AccessParams
) -> pd.DataFrame:
    joined = snapped[snapped["junction"].notna()]
    length = joined["snap_km"] * fit.detour
    junction = joined["junction"].astype(int)
    has_road = junction.isin(set(roads.edges["start"]) | set(roads.edges["end"]))
    # One way of getting about per island: a long way from its landing means wheels for all.
    farthest = joined.groupby("junction")["snap_km"].transform("max")
    walked = ~has_road & farthest.le(params.walk_km)
    usual = fit.trip_min / 2 + np.where(
        walked, 60 * length / params.walk_kmh, 60 * joined["snap_km"] / fit.speed_kmh
    )
    return pd.DataFrame(
        {
            "from_node": joined.index.to_numpy(),
            "to_node": ("J" + junction.astype("str")).to_numpy(),
            "mode": np.where(walked, WALK, ROAD),
            "length_km": length.to_numpy(),
            "low_min": usual * fit.low_factor,
            "usual_min": usual,
            "high_min": usual * fit.high_factor,
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
    return pd.DataFrame(
        {
            "from_node": rows["at"].to_numpy(),
            "to_node": rows["node_id"].to_numpy(),
            "mode": WALK,
            "length_km": length,
            "low_min": usual * fit.low_factor,
            "usual_min": usual,
            "high_min": usual * fit.high_factor,
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
    return pd.DataFrame(out).astype(kinds | {"assumption": "bool"})
