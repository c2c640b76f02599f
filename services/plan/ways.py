"""How each place of a plan is reached: by road, by boat, or by a truck that boards a ferry.

A boat goes over water alone and takes the times of its own vessel class: where no source has a leg
of that class, the time follows from distance and the pace of the class, and is marked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.inputs import records
from data.plan.settings import PlanSettings
from geo.errors import ParameterError
from geo.network.graph import BOAT, Network
from geo.network.sea_legs import TIME, ClassPace
from services.network.build import NetworkSet

SMALL_BOAT = "perahu"
"""Stands for the class of a fleet without boats, so that what is missing is the vehicle."""


def roads(network: Network) -> Network:
    """Return the network without its boat legs."""
    return network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))


def afloat(network: Network, vessel_class: str, pace: ClassPace | None = None) -> Network:
    """Return the boat legs that a vessel class takes, and nothing on land.

    Parameters
    ----------
    network
        Roads and boat legs.
    vessel_class
        Its own legs keep their times.
    pace
        Legs that only other classes have are taken at this pace over their straight length; None:
        they are left out.
    """
    boats = network.edges[network.edges["mode"].eq(BOAT)]
    own = boats["vessel_class"].eq(vessel_class)
    parts = [boats[own]]
    if pace is not None:
        pairs = pd.Series([frozenset(ends) for ends in _ends(boats)], index=boats.index)
        other = boats[~own & ~pairs.isin(set(pairs[own])) & ~pairs[~own].duplicated()]
        times = {
            f"{name}_min": 60 * other["length_km"] / kmh
            for name, kmh in (
                ("low", pace.greatest_kmh),
                ("usual", pace.usual_kmh),
                ("high", pace.least_kmh),
            )
        }
        timed = other.assign(**times)
        parts.append(timed.assign(vessel_class=vessel_class, assumption=True, why=TIME))
    return Network(network.nodes, pd.concat(parts, ignore_index=True))


def _ends(edges: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(edges["from_node"], edges["to_node"], strict=True)


@dataclass(frozen=True, eq=False)
class Reach:
    """What the vehicles of a plan go on.

    Attributes
    ----------
    land
        The roads.
    boats
        By vessel class of the fleet: its own boat legs, and those with what it takes at its pace.
    ferry
        The roads and the ferry lines that trucks may board, waiting and boarding in their times.
    lines
        Rows of ``vessels`` for these lines, with ``crossing_min`` and ``assumed``.
    """

    land: Network
    boats: Mapping[str, tuple[Network, Network]]
    ferry: Network
    lines: tuple[dict[str, Any], ...]

    def sea(self, vessel_class: str, pier: str, landings: Sequence[str]) -> Network:
        """Return the boat legs that a class takes from a pier: its own if no others reach more."""
        own, more = self.boats[vessel_class]
        ends = list(landings)
        reached = [np.isfinite(net.minutes_from([pier])[ends].to_numpy()) for net in (own, more)]
        return own if (reached[0] == reached[1]).all() else more


def reach(network: Network, found: NetworkSet, settings: PlanSettings, first: dt.date) -> Reach:
    """Return what vehicles may use of a network on the days of a plan.

    Parameters
    ----------
    network
        That of ``found``, without what is shut.
    found
        For the paces of the vessel classes and the published ferries.
    settings
        For the classes of the fleet and the choice of ferries.
    first
        First day of the plan.

    Raises
    ------
    ParameterError
        For a ferry line that is none, or carries no vehicles.
    """
    land = roads(network)
    classes = {row.vessel_class for row in settings.fleet if row.mode == "boat"} or {SMALL_BOAT}
    boats = by_class(network, found, classes)
    rows = [] if not settings.ferries.use else _lines(found.vessels, settings, first)
    edges = network.edges[network.edges["mode"].eq(BOAT)]
    wait, parts, lines = settings.ferries.wait_min, [land.edges], []
    for row in rows:
        ends = frozenset((row["from_pier"], row["to_pier"]))
        same = np.array([frozenset(pair) == ends for pair in _ends(edges)], dtype=bool)
        own = edges[same & edges["vessel_class"].eq(row["vessel_class"]).to_numpy()]
        if own.empty:
            continue  # one of its ends is shut
        crossing, assumed = float(own["usual_min"].iloc[0]), bool(own["assumption"].iloc[0])
        lines.append({**row, "crossing_min": round(crossing, 1), "assumed": assumed})
        waited = {name: own[name] + wait for name in ("low_min", "usual_min", "high_min")}
        parts.append(own.assign(**waited))
    ferry = Network(network.nodes, pd.concat(parts, ignore_index=True)) if lines else land
    return Reach(land, boats, ferry, tuple(lines))


def by_class(
    network: Network, found: NetworkSet, classes: Iterable[str]
) -> dict[str, tuple[Network, Network]]:
    """Return the boat legs of vessel classes as `Reach` has them."""
    return {
        cls: (afloat(network, cls), afloat(network, cls, found.paces.get(cls, found.paces[""])))
        for cls in sorted(classes)
    }


def _lines(vessels: pd.DataFrame, settings: PlanSettings, first: dt.date) -> list[dict[str, Any]]:
    """Return the ferries that are asked for, or that a dated fact has sailing every day by then."""
    able = vessels[vessels["carries_vehicles"].astype(bool) & vessels["to_pier"].notna()]
    asked = settings.ferries.lines
    if unknown := sorted(set(asked) - set(able["vessel_id"])):
        raise ParameterError("ferries lines", unknown[0], ", ".join(able["vessel_id"]))
    dated = pd.to_datetime(able["in_service"]).le(pd.Timestamp(first)) & able["days"].isna()
    chosen = able[able["vessel_id"].isin(asked) if asked else dated]
    chosen = chosen.drop_duplicates(["from_pier", "to_pier", "vessel_class"])
    names = ["vessel_id", "from_pier", "to_pier", "vessel_class", "note", "source_url"]
    days = [None if day == "NaT" else day for day in chosen["in_service"].astype("str")]
    return records(chosen[names].assign(in_service=pd.Series(days, chosen.index, dtype="object")))


def find_ways(
    open_ways: Reach,
    every_way: Reach,
    depot: str,
    places: Sequence[str],
    boxes: pd.Series,
    settings: PlanSettings,
) -> pd.DataFrame:
    """Return for each place where its way goes on board and ashore, empty for ways of trucks.

    A place that the open ways do not reach keeps its way over all, of which the legs are then
    missing: it stays in the plan as what cannot be brought. So does a place that nothing reaches,
    as one on land.

    Parameters
    ----------
    open_ways, every_way
        What may be used, and what could be if nothing were shut.
    depot
        The warehouse.
    places
        Node ids of what it serves.
    boxes
        Boxes by place.
    settings
        For capacities, handling times and the choice of ferries.

    Returns
    -------
    DataFrame
        ``place_code``, ``warehouse``, ``pier``, ``landing``, ``is_cut_off``, ``by_ferry``, and for
        a place that a ferry reaches ``ferry_min`` and ``boat_min`` (infinite: no way): minutes
        until all its boxes are there, if one vehicle of each kind served this place alone.
    """
    on_land = open_ways.land.minutes_from([depot]).iloc[0]
    far = [code for code in places if not isfinite(on_land[code])]
    boats = crossings(open_ways, on_land, far)
    lost = [code for code in far if code not in boats]
    by_ferry = open_ways.ferry.minutes_from([depot]).iloc[0] if open_ways.lines else on_land
    cut = [code for code in lost if not isfinite(by_ferry[code])]
    boats |= crossings(every_way, every_way.land.minutes_from([depot]).iloc[0], cut)
    rows = []
    for code in places:
        one = boats.get(code)
        row: dict[str, Any] = {"place_code": code, "warehouse": depot, "is_cut_off": code in cut}
        row |= {"pier": "", "landing": "", "by_ferry": False, "ferry_min": inf, "boat_min": inf}
        if code in far:
            row["ferry_min"] = settings.service.truck_load_min + float(by_ferry[code])
            if one is not None:
                row["boat_min"] = _boat_minutes(one, int(boxes[code]), settings)
            row["by_ferry"] = _by_ferry(code, row, settings)
            if not row["by_ferry"] and one is not None:
                row |= {"pier": one.pier, "landing": one.landing}
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Crossing:
    """The best way to a place by boat: minutes by road, over the sea, and on from the landing."""

    pier: str
    landing: str
    road_min: float
    sea_min: float
    ashore_min: float

    @property
    def minutes(self) -> float:
        """Usual minutes under way, without loading and waiting."""
        return self.road_min + self.sea_min + self.ashore_min


def crossings(ways: Reach, on_land: pd.Series, places: Sequence[str]) -> dict[str, Crossing]:
    """Return the way of least usual time by boat to each place, those without any left out.

    ``on_land`` are minutes by road from where the way begins, by node, infinite where there is no
    road.
    """
    found: dict[str, Crossing] = {}
    for assumed in (False, True):  # at the pace of the class only what no leg of it reaches
        left = [code for code in places if code not in found]
        for own in ways.boats.values():
            for code, one in _over(own[assumed], ways.land, on_land, left).items():
                if code not in found or one.minutes < found[code].minutes:
                    found[code] = one
    return found


def _over(
    sea: Network, land: Network, on_land: pd.Series, places: Sequence[str]
) -> dict[str, Crossing]:
    ends = sorted({*sea.edges["from_node"], *sea.edges["to_node"]})
    piers = [end for end in ends if isfinite(on_land[end])]
    landings = [end for end in ends if not isfinite(on_land[end])]
    if not (piers and landings and places):
        return {}
    road = on_land[piers].to_numpy(dtype=np.float64)
    over = sea.minutes_from(piers)[landings].to_numpy(dtype=np.float64)
    ashore = land.minutes_from(landings)[list(places)].to_numpy(dtype=np.float64)
    at = (road[:, None] + over).argmin(axis=0)
    there = (road[:, None] + over).min(axis=0)
    total = there[:, None] + ashore
    found = {}
    for n, code in enumerate(places):
        landing = int(total[:, n].argmin())
        if isfinite(total[landing, n]):
            pier = int(at[landing])
            parts = (float(road[pier]), float(over[pier, landing]), float(ashore[landing, n]))
            found[code] = Crossing(piers[pier], landings[landing], *parts)
    return found


def _boat_minutes(one: Crossing, boxes: int, settings: PlanSettings) -> float:
    """Return the minutes until one boat has brought all boxes of a place, unloading left out.

    Infinite where the fleet has no boat.
    """
    rooms = [row.capacity_boxes for row in settings.fleet if row.mode == "boat" and row.count]
    if not rooms:
        return inf
    room = max(rooms)
    service, voyages = settings.service, max(1, ceil(boxes / max(room, 1)))
    out = voyages * (service.boat_load_min + one.sea_min) + (voyages - 1) * one.sea_min
    carried = service.local_load_min + one.ashore_min
    return service.truck_load_min + one.road_min + out + carried


def _by_ferry(code: str, row: Mapping[str, Any], settings: PlanSettings) -> bool:
    choice = settings.ferries.desa.get(code, settings.ferries.choice)
    if choice == "boat" or not isfinite(row["ferry_min"]):
        return False
    return choice == "ferry" or bool(row["ferry_min"] < row["boat_min"])


def way_legs(ways: Reach, rows: pd.DataFrame, depot: str) -> pd.DataFrame:
    """Return the legs by truck, boat and local carrier of one warehouse, with their spread.

    Parameters
    ----------
    ways
        What may be used.
    rows
        As `find_ways` returns them, of this warehouse.
    depot
        The warehouse.

    Returns
    -------
    DataFrame
        ``from_code``, ``to_code``, ``mode``, ``usual_min``, ``low_min``, ``high_min``,
        ``vessel_class`` (of boats) and ``sea_pier`` (of a truck on a ferry: where it lands).
    """
    island = rows[rows["pier"].ne("")]
    trucks = rows.loc[rows["pier"].eq(""), ["place_code", "by_ferry"]]
    mainland = trucks.loc[~trucks["by_ferry"], "place_code"].tolist()
    over = trucks.loc[trucks["by_ferry"], "place_code"].tolist()
    piers = island["pier"].unique().tolist()
    parts = [leg_minutes(ways.land, [depot, *mainland, *piers, *over], "truck")]
    if over:
        parts.append(_ferry_legs(ways, depot, mainland, over))
    for pier in piers:
        own = island.loc[island["pier"].eq(pier), "landing"].unique().tolist()
        for cls in ways.boats:
            made = leg_minutes(ways.sea(cls, pier, own), [pier, *own], "boat")
            parts.append(made.assign(vessel_class=cls))
    for landing in island["landing"].unique():
        codes = island.loc[island["landing"].eq(landing), "place_code"].tolist()
        parts.append(leg_minutes(ways.land, [landing, *codes], "local"))
    columns = {name: pd.Series(dtype="object") for name in ("vessel_class", "sea_pier")}
    return pd.concat([pd.DataFrame(columns), *parts], ignore_index=True)


def _ferry_legs(
    ways: Reach, depot: str, mainland: Sequence[str], over: Sequence[str]
) -> pd.DataFrame:
    """Return the truck legs that cross: road, waiting, ferry and road as one leg."""
    made = leg_minutes(ways.ferry, [depot, *mainland, *over], "truck")
    joined = ways.land.minutes_from([depot, *over])
    ashore: dict[str, str] = {}
    for code in over:
        edges = ways.ferry.way(depot, code).edges
        ashore[code] = str(edges.loc[edges["mode"].eq(BOAT), "to_node"].iloc[-1])
    ends = list(zip(made["from_code"], made["to_code"], strict=True))
    far = [a if a in ashore else b for a, b in ends]
    near = [b if a in ashore else a for a, b in ends]
    over_sea = [
        a in ashore and not isfinite(joined.loc[a, b]) for a, b in zip(far, near, strict=True)
    ]
    landed = pd.Series([ashore.get(code) for code in far], index=made.index, dtype="object")
    return made.assign(sea_pier=landed)[over_sea]


def leg_minutes(network: Network, nodes: Iterable[str], mode: str) -> pd.DataFrame:
    """Return minutes between all nodes, as `PlanInputs` has legs.

    They spread as the edges of the usual way do from day to day.
    """
    places = list(dict.fromkeys(map(str, nodes)))
    found = network.spread_from(places, places)
    columns = {name: table.to_numpy().ravel() for name, table in found.items()}
    ends = {"from_code": np.repeat(places, len(places)), "to_code": np.tile(places, len(places))}
    table: pd.DataFrame = pd.DataFrame({**ends, **columns})
    table = table.loc[table["from_code"].ne(table["to_code"]) & np.isfinite(table["usual_min"])]
    usual = table["usual_min"].clip(lower=1.0)
    return table.assign(
        mode=mode,
        usual_min=usual,
        low_min=np.minimum(table["low_min"], usual),
        high_min=np.maximum(table["high_min"], usual),
    )


def with_area(legs: pd.DataFrame, areas: Mapping[str, str]) -> pd.DataFrame:
    """Give each leg over the sea the area of its far end, as seen from the mainland pier.

    Parameters
    ----------
    legs
        As `way_legs` returns them: ``mode``, ``from_code``, ``to_code`` and ``sea_pier`` are read.
    areas
        Sea area by pier.

    Returns
    -------
    DataFrame
        The legs with ``area`` (None on land) in place of ``sea_pier``.
    """
    named = [
        areas.get(pier)
        if isinstance(pier, str)
        else (areas.get(b) if b.startswith("L-") else areas.get(a)) or areas.get(a) or areas.get(b)
        if mode == "boat"
        else None
        for mode, a, b, pier in zip(
            legs["mode"], legs["from_code"], legs["to_code"], legs["sea_pier"], strict=True
        )
    ]
    made = legs.assign(area=pd.Series(named, index=legs.index, dtype="object"))
    return made.drop(columns="sea_pier")


def ferry_notes(ways: Reach, rows: pd.DataFrame, settings: PlanSettings) -> dict[str, Any]:
    """Return what a plan says of its ferries, JSON-ready.

    Parameters
    ----------
    ways
        What may be used.
    rows
        As `find_ways` returns them.
    settings
        For the waiting.

    Returns
    -------
    dict
        ``lines`` that reach a place of the plan, ``wait_min`` and ``places`` that they reach:
        ``place_code``, ``by_ferry``, ``ferry_min``, ``boat_min`` (None where there is no way).
    """
    near = rows[np.isfinite(rows["ferry_min"].to_numpy())] if ways.lines else rows.iloc[:0]
    chosen = [
        {
            "place_code": row["place_code"],
            "by_ferry": bool(row["by_ferry"]),
            "ferry_min": round(row["ferry_min"], 1),
            "boat_min": round(row["boat_min"], 1) if isfinite(row["boat_min"]) else None,
        }
        for row in near.to_dict("records")
    ]
    lines = list(ways.lines) if chosen else []
    return {"lines": lines, "wait_min": settings.ferries.wait_min, "places": chosen}
