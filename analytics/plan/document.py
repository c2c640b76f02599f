"""A finished plan as frames, and as the JSON document of docs/plan-schema.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.inputs import COLUMNS, PlanInputs, PlanRules, plan_inputs, records
from analytics.plan.solver.loads import Unserved, World
from analytics.plan.solver.timing import Trip, TripTimes, backward, in_order
from analytics.reports.dates import in_one_zone

FRAME_COLUMNS: dict[str, tuple[str, ...]] = {
    "trips": (
        "trip_id",
        "vehicle_id",
        "mode",
        "origin",
        "vessel_class",
        "capacity_boxes",
        "escort_seats",
        "load_start",
        "depart",
        "back",
        "latest_depart",
        "cost",
    ),
    "visits": (
        "trip_id",
        "seq",
        "place_code",
        "arrive",
        "done",
        "depart",
        "load_boxes",
        "unload_boxes",
    ),
    "cargo": ("trip_id", "tps_id", "load_seq", "unload_seq", "boxes"),
    "deliveries": (
        "place_code",
        "tps_count",
        "boxes",
        "trips",
        "delivered",
        "deadline",
        "slack_min",
        "latest_depart",
    ),
    "unserved": ("place_code", "tps_ids", "tps_count", "reason", "found"),
}


TIMES = ("load_start", "depart", "back", "latest_depart", "arrive", "done", "delivered", "deadline")


@dataclass(frozen=True, eq=False)
class Plan:
    """A plan; all times in the zone of its inputs.

    Attributes
    ----------
    trips
        One row per round of a vehicle. ``latest_depart``: how late it may leave with usual times
        so that everything it touches is still in time (NaT: already too late). ``cost``: in the
        unit of the fleet's ``cost_per_hour``, from loading to being back.
    visits
        ``seq`` 0 is the loading at the origin, the last is being back there. ``done``: loading or
        unloading is over; a vehicle may wait from then to ``depart``.
    cargo
        Which TPS are loaded and unloaded at which visit of a trip.
    deliveries
        Per stop: when its last TPS is unloaded, and the slack before the deadline in minutes.
    unserved
        What is in no trip, and why (`analytics.plan.remedies.REASONS`).
    figures
        ``slack_min`` (tightest delivery), ``cost``, ``late``, ``seed``, ``seconds`` it took,
        ``effort_s`` that was searched.
    """

    trips: pd.DataFrame
    visits: pd.DataFrame
    cargo: pd.DataFrame
    deliveries: pd.DataFrame
    unserved: pd.DataFrame
    figures: dict[str, Any]


def frame_of(name: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as one of the frames of a plan, with its columns and times in one zone."""
    out = pd.DataFrame(list(rows), columns=list(FRAME_COLUMNS[name]))
    for column in out.columns.intersection(list(TIMES)):
        out[column] = in_one_zone(out[column].tolist()).dt.as_unit("us").set_axis(out.index)
    return out


def assemble(
    world: World,
    made: Sequence[Trip],
    times: Mapping[str, TripTimes],
    unserved: Sequence[Unserved],
    figures: Mapping[str, Any],
) -> Plan:
    """Return timed trips as a plan."""
    trips = sorted(made, key=lambda t: (float(times[t.trip_id].load_start[0]), t.trip_id))
    latest = backward(in_order(trips), world.legs, world.calendar, last_unloadings(world, trips))
    trip_rows, visit_rows, cargo_rows = [], [], []
    for trip in trips:
        own = times[trip.trip_id]
        trip_rows.append(_trip_row(world, trip, own, latest.load_start[trip.trip_id]))
        visit_rows += _visit_rows(world, trip, own)
        cargo_rows += [
            {
                "trip_id": trip.trip_id,
                "tps_id": tps,
                "load_seq": 0,
                "unload_seq": n + 1,
                "boxes": world.boxes[tps],
            }
            for n, stop in enumerate(trip.stops)
            for tps in stop.tps
        ]
    frames = {
        "trips": frame_of("trips", trip_rows),
        "visits": frame_of("visits", visit_rows),
        "cargo": frame_of("cargo", cargo_rows),
        "unserved": frame_of("unserved", [_unserved_row(u) for u in unserved]),
    }
    deliveries = frame_of("deliveries", _delivery_rows(world, trips, times, latest.load_start))
    slack = deliveries["slack_min"].min() if len(deliveries) else None
    found = {
        "slack_min": None if slack is None else float(slack),
        "late": int((deliveries["slack_min"] < 0).sum()),
        "cost": float(frames["trips"]["cost"].sum()),
        "trips": len(trips),
        "unserved_tps": int(frames["unserved"]["tps_count"].sum()),
    }
    return Plan(**frames, deliveries=deliveries, figures=found | dict(figures))


def last_unloadings(world: World, trips: Sequence[Trip]) -> dict[tuple[str, int], float]:
    """Return the deadline of each unloading with which kits reach their place."""
    return {
        (trip.trip_id, n): world.stops[stop.place].deadline
        for trip in trips
        for n, stop in enumerate(trip.stops)
        if _final(world, trip, stop.place)
    }


def _final(world: World, trip: Trip, place: str) -> bool:
    """Return whether unloading here by this mode is the end of the way."""
    stop = world.stops.get(place)
    if stop is None:
        return False
    if stop.landing is None:
        return trip.mode == "truck"
    return trip.mode == ("boat" if stop.landing == place else "local")


def _trip_row(world: World, trip: Trip, own: TripTimes, latest: float) -> dict[str, Any]:
    vehicle = next(v for v in world.vehicles[trip.mode] if v.vehicle_id == trip.vehicle_id)
    start, back = float(own.load_start[0]), float(own.back[0])
    units = vehicle.escort_units
    return {
        "trip_id": trip.trip_id,
        "vehicle_id": trip.vehicle_id,
        "mode": trip.mode,
        "origin": trip.origin,
        "vessel_class": trip.vessel_class,
        "capacity_boxes": vehicle.boxes,
        "escort_seats": None if units is None else units // world.escort_unit,
        "load_start": world.calendar.time(start),
        "depart": world.calendar.time(float(own.depart[0][0])),
        "back": world.calendar.time(back),
        "latest_depart": None if latest == -inf else _latest_depart(world, trip, latest),
        "cost": vehicle.cost_per_min * (back - start),
    }


def _latest_depart(world: World, trip: Trip, latest: float) -> pd.Timestamp | None:
    minute = latest + trip.load_min
    return world.calendar.time(minute) if np.isfinite(minute) else None


def _visit_rows(world: World, trip: Trip, own: TripTimes) -> list[dict[str, Any]]:
    at = world.calendar.time
    rows = []
    route = trip.route()
    for seq, place in enumerate(route):
        last = seq == len(route) - 1
        stop = trip.stops[seq - 1] if 0 < seq <= len(trip.stops) else None
        arrive = own.load_start if seq == 0 else own.arrive[seq - 1]
        depart = own.arrive[-1] if last else own.depart[seq]
        done = own.done[seq - 1] if stop else arrive if last else own.load_start + trip.load_min
        rows.append(
            {
                "trip_id": trip.trip_id,
                "seq": seq,
                "place_code": place,
                "arrive": at(float(arrive[0])),
                "done": at(float(done[0])),
                "depart": at(float(depart[0])),
                "load_boxes": sum(s.boxes for s in trip.stops) if seq == 0 else 0,
                "unload_boxes": stop.boxes if stop else 0,
            }
        )
    return rows


def _delivery_rows(
    world: World, trips: Sequence[Trip], times: Mapping[str, TripTimes], latest: Mapping[str, float]
) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    chains = _chains(trips)
    for trip in trips:
        for n, stop in enumerate(trip.stops):
            if not _final(world, trip, stop.place):
                continue
            row = found.setdefault(
                stop.place, {"tps": 0, "boxes": 0, "trips": set(), "done": -inf, "latest": inf}
            )
            row["tps"] += len(stop.tps)
            row["boxes"] += stop.boxes
            row["trips"].add(trip.trip_id)
            row["done"] = max(row["done"], float(times[trip.trip_id].done[n][0]))
            heads = chains[trip.trip_id]
            row["latest"] = min([row["latest"], *(latest[t.trip_id] + t.load_min for t in heads)])
    return [
        {
            "place_code": place,
            "tps_count": row["tps"],
            "boxes": row["boxes"],
            "trips": len(row["trips"]),
            "delivered": world.calendar.time(row["done"]),
            "deadline": world.calendar.time(world.stops[place].deadline),
            "slack_min": world.stops[place].deadline - row["done"],
            "latest_depart": world.calendar.time(row["latest"]) if row["latest"] > -inf else None,
        }
        for place, row in sorted(found.items())
    ]


def _chains(trips: Sequence[Trip]) -> dict[str, list[Trip]]:
    """Return for each trip the first trips of the chains that feed it (itself if none do)."""
    by_id = {trip.trip_id: trip for trip in trips}
    heads: dict[str, list[Trip]] = {}
    for trip in in_order(trips):
        feeding = {t.trip_id: t for name, _ in trip.needs for t in heads[name]}
        heads[trip.trip_id] = list(feeding.values()) or [by_id[trip.trip_id]]
    return heads


def _unserved_row(item: Unserved) -> dict[str, Any]:
    return {
        "place_code": item.place,
        "tps_ids": list(item.tps),
        "tps_count": len(item.tps),
        "reason": item.reason,
        "found": item.found,
    }


SCHEMA = "siaga-babel/plan/1"
Document = dict[str, Any]


def to_document(
    plan: Plan,
    inputs: PlanInputs,
    verdict: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> Document:
    """Return a plan with the inputs it can be audited by.

    Parameters
    ----------
    verdict
        ``{"passed": bool, "faults": [...]}`` of `analytics.plan.audit.Audit.verdict`; without it
        the document says null, which is "not audited".
    about
        What else the reader needs (election, kabupaten, name of the scenario), as JSON values.
    whole
        Write all legs down, not only those the plan uses, so that it can be planned again.

    Returns
    -------
    dict
        JSON values only: numbers, texts, lists, null. Times are ISO 8601 in +07:00.
    """
    last = inputs.stops["deadline"].max()
    legs = inputs.legs if whole else _used_legs(plan, inputs.legs)
    return {
        "schema": SCHEMA,
        "deadline": None if pd.isna(last) else last.isoformat(),
        "verdict": None if verdict is None else dict(verdict),
        "about": dict(about or {}),
        "figures": {key: plain(value) for key, value in plan.figures.items()},
        "trips": _trips(plan),
        "deliveries": rows(plan.deliveries),
        "unserved": rows(plan.unserved),
        "inputs": {
            "rules": asdict(inputs.rules),
            "stops": rows(inputs.stops[list(COLUMNS["stops"])]),
            "tps": rows(inputs.tps[list(COLUMNS["tps"])]),
            "whole": whole,
            "legs": rows(legs[list(COLUMNS["legs"])]),
            "fleet": rows(inputs.fleet[list(COLUMNS["fleet"])]),
            "windows": rows(inputs.windows[list(COLUMNS["windows"])]),
        },
    }


def inputs_of(document: Mapping[str, Any]) -> PlanInputs:
    """Return the inputs in a document, checked.

    Unless the document says ``whole``, they hold the legs the plan uses and no others: enough to
    audit and to simulate, not to plan again.

    Raises
    ------
    PlanInputError
        When a table of the inputs is broken.
    ValueError
        When the document is no plan of a known schema.
    """
    if document.get("schema") != SCHEMA:
        raise ValueError(f"schema {document.get('schema')!r}, expected {SCHEMA!r}")
    given = document["inputs"]
    frames = {name: pd.DataFrame(given[name], columns=list(COLUMNS[name])) for name in COLUMNS}
    stops, tps, legs, fleet, windows = (frames[name] for name in COLUMNS)
    return plan_inputs(stops, tps, legs, fleet, windows, PlanRules(**given["rules"]))


_TRIP_KEYS = (
    "trip_id",
    "vehicle_id",
    "mode",
    "vessel_class",
    "capacity_boxes",
    "escort_seats",
    "latest_depart",
    "cost",
)


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document, the reverse of `to_document`."""
    trips, visits, cargo = [], [], []
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    for trip in document["trips"]:
        name, stops = trip["trip_id"], trip["stops"]
        trips.append(
            {key: trip.get(key) for key in _TRIP_KEYS}
            | {
                "origin": stops[0]["place_code"],
                "load_start": stops[0]["arrive"],
                "depart": stops[0]["depart"],
                "back": stops[-1]["arrive"],
            }
        )
        loaded: dict[str, int] = {}
        for seq, stop in enumerate(stops):
            keys = ("place_code", "arrive", "done", "depart", "load_boxes", "unload_boxes")
            visits.append({"trip_id": name, "seq": seq} | {key: stop[key] for key in keys})
            for tps in stop["tps"]:
                cargo.append(
                    {
                        "trip_id": name,
                        "tps_id": tps,
                        "load_seq": loaded.get(tps, 0),
                        "unload_seq": seq,
                        "boxes": boxes.get(tps),
                    }
                )
            loaded |= dict.fromkeys(stop["tps_loaded"], seq)
    return Plan(
        trips=frame_of("trips", trips),
        visits=frame_of("visits", visits),
        cargo=frame_of("cargo", cargo),
        deliveries=frame_of("deliveries", document["deliveries"]),
        unserved=frame_of("unserved", document["unserved"]),
        figures=dict(document["figures"]),
    )


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return ``frame``, any columns, as JSON rows."""
    return [{key: plain(value) for key, value in row.items()} for row in records(frame)]


def plain(value: Any) -> Any:
    """Return a value as JSON has it: times as ISO 8601 text, what is missing as null."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or pd.isna(value):
        return None
    if hasattr(value, "item"):
        return value.item()
    return value


def _trips(plan: Plan) -> list[Document]:
    visits = {str(k): records(v) for k, v in plan.visits.groupby("trip_id", sort=False)}
    unloaded = _tps_by(plan.cargo, "unload_seq")
    loaded = _tps_by(plan.cargo, "load_seq")
    out = []
    for trip in records(plan.trips):
        name = trip["trip_id"]
        row = {key: plain(trip[key]) for key in _TRIP_KEYS}
        row["stops"] = [
            {
                "place_code": visit["place_code"],
                "arrive": visit["arrive"].isoformat(),
                "done": visit["done"].isoformat(),
                "depart": visit["depart"].isoformat(),
                "load_boxes": int(visit["load_boxes"]),
                "unload_boxes": int(visit["unload_boxes"]),
                "tps": unloaded.get((name, visit["seq"]), []),
                "tps_loaded": loaded.get((name, visit["seq"]), []),
            }
            for visit in visits[name]
        ]
        out.append(row)
    return out


def _tps_by(cargo: pd.DataFrame, seq: str) -> dict[tuple[str, int], list[str]]:
    out: dict[tuple[str, int], list[str]] = {}
    for row in records(cargo):
        out.setdefault((row["trip_id"], int(row[seq])), []).append(row["tps_id"])
    return out


def _used_legs(plan: Plan, legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs of the plan: those between two places in a row, in either direction."""
    pairs: set[tuple[str, str]] = set()
    for _, own in plan.visits.groupby("trip_id", sort=False):
        codes: Sequence[str] = own["place_code"].tolist()
        pairs |= set(pairwise(codes))
    pairs |= {(b, a) for a, b in pairs}
    used = [pair in pairs for pair in zip(legs["from_code"], legs["to_code"], strict=True)]
    return legs.loc[used, list(COLUMNS["legs"])]
