"""The ends of a plan: from desa office to each TPS, and counted boxes back to the kabupaten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.document import Plan, from_document, inputs_of, rows, to_document
from analytics.plan.ends import (
    HANDOVER_COLUMNS,
    LastMileParams,
    ReturnTimes,
    first_mile_back,
    handovers,
    last_mile,
    mirrored_inputs,
    solve_return,
    turned_back,
)
from analytics.plan.inputs import PlanInputs, PlanRules, plan_inputs
from data.clock import start_of
from data.province import zone
from data.vocabulary import VESSEL_CLASSES
from geo.errors import ParameterError
from services.dataset import Dataset
from services.network.build import SITE, NetworkSet, network_of
from services.network.piers import restrictions
from services.network.restricted import without_roads
from services.plan.islets import kecamatan_of, places_of
from services.plan.ways import SMALL_BOAT, Reach, by_class, crossings, leg_minutes, roads

_BOAT_BOXES, _TRUCK_BOXES = 20, 100
_HOURS = {"truck": ("05:00", "19:00"), "boat": ("06:00", "17:30"), "local": ("05:00", "19:00")}
"""What stands in where the plan has no vehicle or hours of a mode: assumptions."""


@dataclass(frozen=True)
class Hubs:
    """What is collected where.

    Attributes
    ----------
    hub_of
        Hub by member (desa office or PPK).
    member_of
        Member by stop of the plan: where the boxes of its TPS stand.
    boxes_per_truck
        One truck at a hub for so many boxes; None: the trucks of the plan.
    boxes_per_boat
        One boat at a pier for so many boxes, and at least one for each islet.
    """

    hub_of: Mapping[str, str]
    member_of: Mapping[str, str]
    boxes_per_truck: int | None
    boxes_per_boat: int


def collection(
    data: Dataset, document: Mapping[str, Any], hubs: Hubs, times: ReturnTimes
) -> PlanInputs:
    """Return the inputs of one stage of the way back, in real time.

    Raises
    ------
    ParameterError
        When a hub or member is no place of the network.
    NoRouteError
        When a member is cut off by roads that are closed on these days.
    """
    shut = restrictions(data, (times.ready.date(), times.due.date())).roads
    found = network_of(data)
    found = replace(found, network=without_roads(found.network, shut))
    groups: dict[str, list[str]] = {}
    for member, hub in sorted(hubs.hub_of.items()):
        groups.setdefault(hub, []).append(member)
    known = set(found.network.nodes["node_id"])
    for place in (*groups, *hubs.hub_of):
        if place not in known:
            raise ParameterError("place_code", place, "a place of the network")
    given = document["inputs"]
    by_boat = _by_boat(found, given["fleet"])
    ways = pd.concat([_ways(by_boat, hub, some) for hub, some in groups.items()])
    legs = [_legs(by_boat, part) for _, part in ways.groupby("warehouse", sort=True)]
    tps = pd.DataFrame(given["tps"])[["tps_id", "place_code", "boxes"]]
    tps = tps.assign(place_code=tps["place_code"].map(hubs.member_of))
    ways = ways.assign(boxes=ways["place_code"].map(tps.groupby("place_code")["boxes"].sum()))
    stops = ways.assign(
        kabupaten=document["about"]["kabupaten"], release=times.ready, deadline=times.due
    )
    every = pd.concat(legs, ignore_index=True).drop_duplicates(["from_code", "to_code", "mode"])
    return plan_inputs(
        stops,
        tps,
        every,
        _fleet(given["fleet"], ways, hubs),
        _windows(given["windows"], times),
        PlanRules(**given["rules"]),
    )


def _by_boat(found: NetworkSet, fleet: Sequence[Mapping[str, Any]]) -> Reach:
    """Return roads and boat legs of the way back, which has boats of one class and no ferry.

    It is that of the plan's boats, small ones where there are several.
    """
    classes = {str(row["vessel_class"]).split()[0] for row in fleet if row["vessel_class"]}
    own = classes.intersection(VESSEL_CLASSES) or {SMALL_BOAT}
    one = SMALL_BOAT if SMALL_BOAT in own else min(own)
    land = roads(found.network)
    return Reach(land, by_class(found.network, found, [one]), land, ())


def _ways(by_boat: Reach, hub: str, members: Sequence[str]) -> pd.DataFrame:
    """Return for each member where its way from the hub goes on board and ashore, if it does."""
    on_land = by_boat.land.minutes_from([hub]).iloc[0]
    far = [member for member in members if not np.isfinite(on_land[member])]
    over = crossings(by_boat, on_land, far)  # what has no way at all stays, as one on land
    ends = [(over[m].pier, over[m].landing) if m in over else ("", "") for m in members]
    return pd.DataFrame({"place_code": list(members)}).assign(
        warehouse=hub, pier=[pier for pier, _ in ends], landing=[landing for _, landing in ends]
    )


def _legs(by_boat: Reach, ways: pd.DataFrame) -> pd.DataFrame:
    hub = str(ways["warehouse"].iloc[0])
    island = ways[ways["pier"].ne("")]
    mainland = ways.loc[ways["pier"].eq(""), "place_code"]
    piers = island["pier"].unique()
    parts = [leg_minutes(by_boat.land, [hub, *mainland, *piers], "truck")]
    (one,) = by_boat.boats
    for pier, own in island.groupby("pier", sort=True):
        landings = own["landing"].unique().tolist()
        sea = by_boat.sea(one, str(pier), landings)
        parts.append(leg_minutes(sea, [str(pier), *landings], "boat"))
    for landing, own in island.groupby("landing", sort=True):
        parts.append(leg_minutes(by_boat.land, [str(landing), *own["place_code"]], "local"))
    return pd.concat(parts, ignore_index=True)


def _fleet(given: Sequence[Mapping[str, Any]], ways: pd.DataFrame, hubs: Hubs) -> pd.DataFrame:
    """Return the vehicles: trucks at the hubs, boats at the piers, one carrier a landing."""
    kinds = {row["mode"]: row for row in given}
    bases: list[tuple[str, str, str, int]] = []
    for hub, own in ways.groupby("warehouse", sort=True):
        here = sum(row["mode"] == "truck" and row["base"] == hub for row in given)
        if hubs.boxes_per_truck is not None:
            here = ceil(int(own["boxes"].sum()) / hubs.boxes_per_truck)
        bases.append(("truck", "TRUK", str(hub), max(here, 1)))
    afloat = ways[ways["pier"].ne("")]
    for pier, own in afloat.groupby("pier", sort=True):
        by_boxes = ceil(int(own["boxes"].sum()) / hubs.boxes_per_boat)
        islets = own.loc[own["place_code"].str.startswith(SITE), "landing"].nunique()
        bases.append(("boat", "PERAHU", str(pier), max(by_boxes, islets)))
    bases += [("local", "LOKAL", str(code), 1) for code in sorted(afloat["landing"].unique())]
    return pd.DataFrame(
        [
            _vehicle(kinds, mode, f"{word}-{base}-{n + 1}", base)
            for mode, word, base, count in bases
            for n in range(count)
        ]
    )


def _vehicle(
    kinds: Mapping[str, Mapping[str, Any]], mode: str, name: str, base: str
) -> dict[str, Any]:
    kind = kinds.get(mode) or kinds.get("truck") or {}
    boxes = _BOAT_BOXES if mode == "boat" else _TRUCK_BOXES
    return {
        "vehicle_id": name,
        "mode": mode,
        "base": base,
        "capacity_boxes": kind.get("capacity_boxes") or boxes,
        "cost_per_hour": kind.get("cost_per_hour") or 0.0,
        "crew_hours": kind.get("crew_hours") or 12.0,
        "vessel_class": "",
    }


def _windows(given: Sequence[Mapping[str, Any]], times: ReturnTimes) -> pd.DataFrame:
    """Return the working hours of the plan's first day on the days of the way back.

    No sea is foretold, and what is closed on a day of the plan is not closed on these.
    """
    rows = []
    for mode, usual in _HOURS.items():
        own = [r for r in given if r["scope"] == "mode" and r["key"] == mode]
        own = [r for r in own if r["is_open"] is not False]
        first = min((r["opens"] for r in own), default="")[:10]
        spans = [(r["opens"], r["closes"]) for r in own if r["opens"][:10] == first]
        for opens, closes in spans or [(f"2000-01-01T{usual[0]}", f"2000-01-01T{usual[1]}")]:
            begins = pd.Timedelta(f"{opens[11:16]}:00")
            lasts = pd.Timestamp(closes) - pd.Timestamp(opens)
            first_day = times.ready.normalize()
            before = first_day - pd.Timedelta(days=1)
            for day in pd.date_range(before, times.due.normalize(), freq="D"):
                start = (day.tz_localize(None) + begins).tz_localize(zone())
                if day < first_day and start + lasts <= times.ready:
                    continue  # only a night that began the day before goes on
                rows.append(
                    {
                        "scope": "mode",
                        "key": mode,
                        "opens": start,
                        "closes": start + lasts,
                        "is_open": True,
                    }
                )
    return pd.DataFrame(rows)


STAGES = ("ppk", "kabupaten")
"""Where boxes go from the desa offices: to the kecamatan, and from there to the kabupaten."""

Document = dict[str, Any]


@dataclass(frozen=True)
class ReturnAsked:
    """Times and vehicles of both ends; all of them assumptions of the planner.

    Attributes
    ----------
    tps_per_carrier, carrier_boxes
        One carrier at a desa office for so many TPS, 1 to 50, and what it takes, 1 to 10,000.
    way_min, handling_min
        From an office to a TPS, 0.1 to 1,440, and to hand over there, 0 to 120.
    out_from
        Hours before 06:00 on the day of the vote at which carriers set out, 0.5 to 24.
    counted_h
        Hours after 06:00 on the day of the vote at which boxes may leave their TPS, 8 to 48.
    to_pps_h
        Hours after that within which they are at the desa office, 0.5 to 48.
    ppk_days, kabupaten_days
        1 to 30: days after the vote on which they go on to the kecamatan and to the kabupaten.
    span_days
        1 to 10: within so many days they are at the kabupaten, from a kabupaten with islets at
        the kecamatan too.
    boxes_per_truck, boxes_per_boat
        20 to 5,000: one truck at a kecamatan and one boat at a pier for so many boxes.
    seconds
        1 to 60: effort of each of the two searches, in seconds of a usual machine.
    """

    tps_per_carrier: int = 8
    carrier_boxes: int = 25
    way_min: float = 15.0
    handling_min: float = 5.0
    out_from: float = 12.0
    counted_h: float = 18.0
    to_pps_h: float = 6.0
    ppk_days: int = 1
    kabupaten_days: int = 10
    span_days: int = 2
    boxes_per_truck: int = 200
    boxes_per_boat: int = 60
    seconds: float = 4.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("out_from", 0.5, 24),
            ("counted_h", 8, 48),
            ("to_pps_h", 0.5, 48),
            ("ppk_days", 1, 30),
            ("kabupaten_days", 1, 30),
            ("span_days", 1, 10),
            ("tps_per_carrier", 1, 50),
            ("boxes_per_truck", 20, 5000),
            ("boxes_per_boat", 20, 5000),
            ("seconds", 1, 60),
        ):
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")
        if self.kabupaten_days <= self.ppk_days:
            expected = f"above {self.ppk_days}"
            raise ParameterError("kabupaten_days", self.kabupaten_days, expected)


def vote_of(data: Dataset, document: Mapping[str, Any]) -> pd.Timestamp:
    """Return 06:00 on the day of the vote, when every TPS must have its kit."""
    day = data.voting_day(document["about"]["election"])
    return start_of(day) + pd.Timedelta(hours=6)


def _by_carriers(
    tps: pd.DataFrame, asked: ReturnAsked, since: pd.Timestamp, due: pd.Timestamp
) -> Iterator[tuple[pd.DataFrame, LastMileParams]]:
    """Yield the TPS of the offices that have so many carriers, and what holds for them."""
    count = tps.groupby("place_code")["tps_id"].transform("size")
    carriers = np.ceil(count / asked.tps_per_carrier).astype("int64")
    for n, own in tps.groupby(carriers, sort=True):
        yield (
            own,
            LastMileParams(
                due, since, int(n), asked.carrier_boxes, asked.way_min, asked.handling_min
            ),
        )


def with_last_mile(data: Dataset, document: Mapping[str, Any], asked: ReturnAsked) -> Document:
    """Return the plan with how each TPS is reached from its desa office, audited."""
    due = vote_of(data, document)
    plan, inputs = from_document(document), inputs_of(document)
    since = due - pd.Timedelta(hours=asked.out_from)
    found = [
        last_mile(plan, replace(inputs, tps=tps), params)
        for tps, params in _by_carriers(inputs.tps, asked, since, due)
    ]
    table = pd.concat(found, ignore_index=True).sort_values(["place_code", "carrier", "round"])
    return _audited({**document, "last_mile": rows(table)}, asked)


def with_return(data: Dataset, document: Mapping[str, Any], asked: ReturnAsked) -> Document:
    """Return the plan with both ends: out to the TPS, and all boxes back, audited.

    Raises
    ------
    ParameterError
        When a kecamatan has no office in the network.
    PlanInputError
        When no way back can be planned from the inputs at all.
    """
    out = with_last_mile(data, document, asked)
    vote, hour = vote_of(data, document), pd.Timedelta(hours=1)
    counted = vote + asked.counted_h * hour
    there = counted + asked.to_pps_h * hour
    tps = inputs_of(document).tps
    parts = [first_mile_back(*part) for part in _by_carriers(tps, asked, counted, there)]
    to_pps = pd.concat(parts, ignore_index=True).sort_values(["place_code", "carrier", "round"])
    stages = []
    by_islet = bool(places_of(document))  # a boat may need the night at an islet
    for stage, days in zip(STAGES, (asked.ppk_days, asked.kabupaten_days), strict=True):
        day = vote.normalize() + pd.Timedelta(days=days)
        last = 18 + 24 * (asked.span_days - 1) * (stage == "kabupaten" or by_islet)
        times = ReturnTimes(max(day + 6 * hour, there), day + last * hour)
        if times.ready >= times.due:
            raise ParameterError("ppk_days", days, f"after {times.ready.isoformat()}")
        stages.append(_stage(data, document, stage, times, asked))
        there = times.due
    return _audited({**out, "back": {"to_pps": rows(to_pps), "stages": stages}}, asked)


def _audited(document: Document, asked: ReturnAsked) -> Document:
    about = {**document["about"], "ends": dict(vars(asked))}
    out = {**document, "about": about}
    return out | {"verdict": audit(out).verdict()}


def _stage(
    data: Dataset, document: Mapping[str, Any], stage: str, times: ReturnTimes, asked: ReturnAsked
) -> Document:
    inputs = collection(data, document, _hubs(document, stage, asked), times)
    seed = int(document["figures"].get("seed") or 0)
    _, mirror = solve_return(inputs, times, seed, asked.seconds)
    return {
        "stage": stage,
        "ready": times.ready.isoformat(),
        "due": times.due.isoformat(),
        "mirror": to_document(mirror, mirrored_inputs(inputs, times)),
    }


def _hubs(document: Mapping[str, Any], stage: str, asked: ReturnAsked) -> Hubs:
    """Return where the boxes of each stop are collected, and from where."""
    stops = {row["place_code"]: row["warehouse"] for row in document["inputs"]["stops"]}
    kecamatan = kecamatan_of(document)
    if stage == "ppk":
        own = {code: code for code in stops}
        return Hubs(kecamatan, own, asked.boxes_per_truck, asked.boxes_per_boat)
    hubs = {kecamatan[code]: hub for code, hub in stops.items()}
    return Hubs(hubs, kecamatan, None, asked.boxes_per_boat)


def stage_plan(stage: Mapping[str, Any]) -> Plan:
    """Return a way back in real time."""
    times = ReturnTimes(pd.Timestamp(stage["ready"]), pd.Timestamp(stage["due"]))
    return turned_back(from_document(stage["mirror"]), times)


def custody(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the chain of custody of the counted boxes, TPS by TPS, from TPS to kabupaten.

    Returns
    -------
    DataFrame
        Columns `analytics.plan.ends.HANDOVER_COLUMNS` and ``stage`` (pps, ppk, kabupaten);
        ``from_code`` of the first is the TPS itself. Seal numbers are empty: they are written down
        when it happens.
    """
    back = document["back"]
    first = pd.DataFrame(back["to_pps"])
    hand = first["carrier"].astype("str")
    pps = pd.DataFrame(
        {
            "tps_id": first["tps_id"],
            "from_code": first["tps_id"],
            "to_code": first["place_code"],
            "vehicle_id": "PPS-" + hand,
            "trip_id": "PPS-" + hand + "/" + first["round"].astype("str"),
            "handed_over": pd.to_datetime(first["fetched"], utc=True).dt.tz_convert(zone()),
            "received": pd.to_datetime(first["received"], utc=True).dt.tz_convert(zone()),
            "box_count": first["load_boxes"],
            "stage": "pps",
        }
    )
    parts = [pps]
    parts += [handovers(stage_plan(s)).assign(stage=s["stage"]) for s in back["stages"]]
    both = pd.concat(
        [part.dropna(axis="columns", how="all") for part in parts if len(part)], ignore_index=True
    )
    order = both["stage"].map({"pps": 0, "ppk": 1, "kabupaten": 2})
    out = both.assign(order=order, seal_numbers=None).sort_values(
        ["tps_id", "order", "handed_over"], ignore_index=True
    )
    return out[["stage", *HANDOVER_COLUMNS[:9]]]
