"""The auditor: reads a plan as published and says whether it holds, with the reasons if not.

It shares no code with the planner. It knows the document of `docs/plan-schema.md` and nothing of
how the plan came about: it walks every trip, counts every box and looks at every clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any

from analytics.plan.audit_case import FERRY_CLASS, MINUTE, AuditFault, Case, Span, inside, read_time

FAULTS = (
    "tps_missing", "tps_twice", "tps_unknown", "tps_wrong_place", "over_capacity", "over_escort",
    "boxes_do_not_add_up", "not_aboard", "loaded_before_it_came", "loaded_before_release",
    "left_aboard", "leg_unknown", "leg_too_fast", "handling_too_short", "times_disordered",
    "outside_hours", "sea_closed", "place_closed", "late", "crew_hours", "dock_full",
    "two_trips_at_once", "vehicle_unknown", "vehicle_not_available", "vehicle_wrong_place",
    "vehicle_misdeclared", "no_return", "last_mile_late", "last_mile_incomplete", "back_late",
    "back_too_early", "back_incomplete",
)  # fmt: skip
"""Keys of what can be wrong, each with an entry in the catalogue of texts."""
_REST_MIN = 480
"""Of a document from before it had a ``rest_min``."""


@dataclass(frozen=True)
class Audit:
    """Verdict on a plan.

    Attributes
    ----------
    faults
        Everything found wrong, in the order of the document; empty for a plan that holds.
    checked
        How many trips, legs, TPS and windows were looked at.
    """

    faults: tuple[AuditFault, ...]
    checked: dict[str, int]

    @property
    def passed(self) -> bool:
        """Return whether nothing was found wrong."""
        return not self.faults

    def verdict(self) -> dict[str, Any]:
        """Return the verdict as JSON values."""
        return {
            "passed": self.passed,
            "faults": [fault._asdict() for fault in self.faults],
            "checked": dict(self.checked),
        }


def audit(document: Mapping[str, Any]) -> Audit:
    """Check a plan document.

    Parameters
    ----------
    document
        As in docs/plan-schema.md, with its ``inputs``. Of a plan that was made again, ``rest``
        (the new part, with its events in its inputs) is audited too, and so is the way ``back``.

    Returns
    -------
    Audit
        Each TPS exactly once at its place; what is loaded has come before and fits; legs take
        their usual time inside working hours and an open sea; loading takes its time inside both
        working hours and the hours of the place, unloading inside
        the hours of the place; everything is at its place by the deadline; vehicles make one
        trip at a time from where they are, come back, no more of them load at a place than it has
        docks, and no crew works longer than it may.

    Notes
    -----
    Whether the inputs are true is not looked at.
    """
    case = Case(document)
    for trip in case.trips:
        case.checked["trips"] += 1
        if trip["vehicle_id"] not in case.fleet:
            case.fault("vehicle_unknown", trip["trip_id"], None, vehicle_id=trip["vehicle_id"])
            continue
        for check in (_check_clock, _check_legs, _check_handling, _check_load, _check_vehicle):
            check(case, trip)
    _check_custody(case)
    _check_delivery(case)
    _check_vehicles_in_turn(case)
    _check_crews(case)
    _check_docks(case)
    _check_last_mile(case)
    _check_back(case)
    return Audit((*case.faults, *_of_its_parts(document, case.faults)), case.checked)


def _of_its_parts(document: Mapping[str, Any], known: list[AuditFault]) -> Iterator[AuditFault]:
    """Audit the plans within a plan; what is already known is not reported again.

    What was planned again by itself, as the events left it, and the ways back, which are ordinary
    plans seen in a mirror of time: there too late is here fetched too early.
    """
    parts = [stage["mirror"] for stage in (document.get("back") or {}).get("stages", [])]
    if document.get("rest") is not None:
        parts.append(document["rest"])
    for part in parts:
        yield from (fault for fault in audit(part).faults if fault not in known)


def _moves(trip: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    stops = trip["stops"]
    yield from pairwise(stops)


def _check_clock(case: Case, trip: Mapping[str, Any]) -> None:
    previous = None
    for stop in trip["stops"]:
        arrive, done, depart = (read_time(stop[key]) for key in ("arrive", "done", "depart"))
        if not arrive <= done <= depart or (previous is not None and arrive < previous):
            case.fault(
                "times_disordered",
                trip["trip_id"],
                stop["place_code"],
                arrive=stop["arrive"],
                depart=stop["depart"],
            )
        previous = depart
    if len(trip["stops"]) < 2 or trip["stops"][-1]["place_code"] != trip["stops"][0]["place_code"]:
        case.fault("no_return", trip["trip_id"], trip["stops"][-1]["place_code"])


def _check_legs(case: Case, trip: Mapping[str, Any]) -> None:
    vehicle = case.fleet[trip["vehicle_id"]]
    vessel, mode, name = vehicle["vessel_class"], vehicle["mode"], trip["trip_id"]
    for here, there in _moves(trip):
        case.checked["legs"] += 1
        start, end = here["place_code"], there["place_code"]
        depart, arrive = read_time(here["depart"]), read_time(there["arrive"])
        try:
            minutes, area = case.leg(mode, start, end, vessel)
        except KeyError:
            case.fault("leg_unknown", name, end, start=start, mode=mode)
            continue
        took = (arrive - depart) / MINUTE
        if took < minutes - 1e-6:
            case.fault("leg_too_fast", name, end, start=start, minutes=took, usual_min=minutes)
        if start == end:
            continue
        by_ferry = mode != "boat" and area is not None
        keys = (mode, "ferry") if by_ferry else (mode,)
        if not all(inside(case.open_spans("mode", key, None), depart, arrive) for key in keys):
            case.fault("outside_hours", name, end, depart=here["depart"], arrive=there["arrive"])
        afloat = FERRY_CLASS if by_ferry else vessel
        if not inside(case.open_spans("area", area, afloat), depart, arrive):
            values = {"area": area, "vessel_class": afloat}
            values |= {"depart": here["depart"], "arrive": there["arrive"]}
            case.fault("sea_closed", name, end, **values)


def _check_handling(case: Case, trip: Mapping[str, Any]) -> None:
    mode = case.fleet[trip["vehicle_id"]]["mode"]
    for seq, stop in enumerate(trip["stops"]):
        arrive, done = read_time(stop["arrive"]), read_time(stop["done"])
        loading = case.rules[f"{mode}_load_min"] if stop["load_boxes"] else 0
        needed = float(loading)
        if stop["unload_boxes"]:
            seconds = stop["unload_boxes"] * case.rules["unload_s_per_box"]
            needed += case.rules["unload_min"] + ceil(round(seconds / 60, 9))
        stayed = (done - arrive) / MINUTE
        if stayed < needed - 1e-6 and (seq < len(trip["stops"]) - 1 or needed):
            case.fault(
                "handling_too_short",
                trip["trip_id"],
                stop["place_code"],
                minutes=stayed,
                needed_min=needed,
            )
        for key, work, hours in (
            ("place_closed", needed, case.open_spans("place", stop["place_code"], None)),
            ("outside_hours", loading, case.open_spans("mode", mode, None)),
        ):
            if work and not _fits(hours, arrive, done, work):
                values = {"arrive": stop["arrive"], "done": stop["done"]}
                case.fault(key, trip["trip_id"], stop["place_code"], **values)


def _fits(
    spans: list[Span] | None, arrive: dt.datetime, depart: dt.datetime, minutes: float
) -> bool:
    """Return whether so many minutes of work fit between two times inside one span."""
    if spans is None:
        return True
    longest = (min(b, depart) - max(a, arrive) for a, b in spans)
    return any(span / MINUTE >= minutes - 1e-6 for span in longest)


def _check_load(case: Case, trip: Mapping[str, Any]) -> None:
    vehicle, name = case.fleet[trip["vehicle_id"]], trip["trip_id"]
    aboard: dict[str, int] = {}
    for stop in trip["stops"]:
        place = stop["place_code"]
        for key, ids in (("unload_boxes", stop["tps"]), ("load_boxes", stop["tps_loaded"])):
            boxes = sum(case.tps[i]["boxes"] for i in ids if i in case.tps)
            if boxes != stop[key]:
                case.fault("boxes_do_not_add_up", name, place, **{key: stop[key], "tps": boxes})
        for tps in stop["tps"]:
            if aboard.pop(tps, None) is None:
                case.fault("not_aboard", name, place, tps_id=tps)
        for tps in stop["tps_loaded"]:
            aboard[tps] = case.tps[tps]["boxes"] if tps in case.tps else 0
        boxes = sum(aboard.values())
        if boxes > vehicle["capacity_boxes"]:
            case.fault("over_capacity", name, place, boxes=boxes, room=vehicle["capacity_boxes"])
        escorts, seats = ceil(round(_escorts(case, aboard), 9)), vehicle["escort_seats"]
        if seats is not None and escorts > seats:
            case.fault("over_escort", name, place, escorts=escorts, seats=seats)
    if aboard:
        case.fault("left_aboard", name, None, tps_ids=sorted(aboard))


def _escorts(case: Case, aboard: Mapping[str, int]) -> float:
    """Return the escorts on board for TPS whose stop needs one per so many TPS."""
    stops = (case.stops[case.tps[tps]["place_code"]] for tps in aboard if tps in case.tps)
    return sum(1.0 / float(stop["tps_per_escort"]) for stop in stops if stop["tps_per_escort"])


def _check_vehicle(case: Case, trip: Mapping[str, Any]) -> None:
    vehicle, name = case.fleet[trip["vehicle_id"]], trip["trip_id"]
    for key in ("mode", "capacity_boxes", "vessel_class", "escort_seats"):
        if key in trip and trip[key] != vehicle[key]:
            case.fault("vehicle_misdeclared", name, None, said=trip[key], fleet=vehicle[key])
    start, end = trip["stops"][0], trip["stops"][-1]
    if start["place_code"] != vehicle["base"]:
        case.fault("vehicle_wrong_place", name, start["place_code"], base=vehicle["base"])
    since, until = vehicle["available_from"], vehicle["available_until"]
    if since is not None and read_time(start["arrive"]) < read_time(since):
        case.fault("vehicle_not_available", name, None, start=start["arrive"], since=since)
    if until is not None and read_time(end["arrive"]) > read_time(until):
        case.fault("vehicle_not_available", name, None, back=end["arrive"], until=until)


def _check_custody(case: Case) -> None:
    """Follow each TPS: it is loaded where it was unloaded, and not before."""
    events: list[tuple[dt.datetime, int, str, str, str]] = []
    for trip in case.trips:
        for stop in trip["stops"]:
            key = (stop["place_code"], trip["trip_id"])
            events += [(read_time(stop["done"]), 0, tps, *key) for tps in stop["tps"]]
            events += [(read_time(stop["arrive"]), 1, tps, *key) for tps in stop["tps_loaded"]]
    unloaded = {(tps, place) for _, loading, tps, place, _ in events if not loading}
    where: dict[str, tuple[str | None, dt.datetime]] = {}
    for name, row in case.tps.items():
        stop = case.stops[row["place_code"]]
        since = [read_time(t) for t in (stop["release"], row["available"]) if t is not None]
        where[name] = (row["at_code"] or stop["warehouse"], max(since))
    for when, loading, tps, place, trip_name in sorted(events):
        if tps not in case.tps:
            case.fault("tps_unknown", trip_name, place, tps_id=tps)
        elif not loading:
            where[tps] = (place, when)
        else:
            at, ready = where[tps]
            moved = (tps, place) in unloaded
            if at != place or (when < ready and moved):
                case.fault("loaded_before_it_came", trip_name, place, tps_id=tps, at=at)
            elif when < ready:
                values = {"tps_id": tps, "since": ready.isoformat()}
                case.fault("loaded_before_release", trip_name, place, **values)
            where[tps] = (None, when)


def _check_delivery(case: Case) -> None:
    """Count the unloadings of each TPS at its place, elsewhere, and late."""
    seen: dict[str, list[tuple[str, str, dt.datetime]]] = {}
    for trip in case.trips:
        for stop in trip["stops"]:
            for tps in stop["tps"]:
                entry = (stop["place_code"], trip["trip_id"], read_time(stop["done"]))
                seen.setdefault(tps, []).append(entry)
    whole = case.document.get("deadline")
    for name, tps in case.tps.items():
        case.checked["tps"] += 1
        stop = case.stops[tps["place_code"]]
        own = [entry for entry in seen.get(name, []) if entry[0] == tps["place_code"]]
        if not own:
            case.fault("tps_missing", None, tps["place_code"], tps_id=name)
        if len(own) > 1:
            trips = [entry[1] for entry in own]
            case.fault("tps_twice", own[1][1], tps["place_code"], tps_id=name, trips=trips)
        on_the_way = {stop["warehouse"], stop["pier"], stop["landing"], tps["place_code"]}
        for place, trip_name, _ in seen.get(name, []):
            if place not in on_the_way:
                case.fault("tps_wrong_place", trip_name, place, tps_id=name, own=tps["place_code"])
        deadline = min((stop["deadline"], whole or stop["deadline"]), key=read_time)
        for place, trip_name, done in own:
            if done > read_time(deadline):
                values = {"tps_id": name, "done": done.isoformat(), "deadline": deadline}
                case.fault("late", trip_name, place, **values)


def _by_vehicle(case: Case) -> dict[str, list[Mapping[str, Any]]]:
    out: dict[str, list[Mapping[str, Any]]] = {}
    for trip in case.trips:
        out.setdefault(trip["vehicle_id"], []).append(trip)
    return {
        name: sorted(trips, key=lambda t: read_time(t["stops"][0]["arrive"]))
        for name, trips in out.items()
    }


def _check_vehicles_in_turn(case: Case) -> None:
    for name, trips in _by_vehicle(case).items():
        for one, other in pairwise(trips):
            back, start = one["stops"][-1]["arrive"], other["stops"][0]["arrive"]
            if read_time(start) < read_time(back):
                values = {"vehicle_id": name, "other": one["trip_id"], "back": back}
                case.fault("two_trips_at_once", other["trip_id"], None, **values, start=start)


def _busy(trip: Mapping[str, Any]) -> Iterator[Span]:
    """Yield when a crew works: under way, loading, unloading; not while it lies over night."""
    for here, there in _moves(trip):
        yield read_time(here["depart"]), read_time(there["arrive"])
    for stop in trip["stops"]:
        yield read_time(stop["arrive"]), read_time(stop["done"])


def _check_crews(case: Case) -> None:
    """Add up working days: what lies less than a rest apart is one, across midnight too."""
    rest = case.rules.get("rest_min", _REST_MIN) * MINUTE
    for name, trips in _by_vehicle(case).items():
        limit = case.fleet.get(name, {}).get("crew_hours")
        if limit is None:
            continue
        days: list[tuple[dt.datetime, dt.datetime, str]] = []
        for start, end, trip in sorted((*span, t["trip_id"]) for t in trips for span in _busy(t)):
            if days and (start <= days[-1][1] or start - days[-1][1] < rest):
                began, until, first = days.pop()
                days.append((began, max(until, end), first))
            else:
                days.append((start, end, trip))
        for start, end, trip in days:
            worked = (end - start) / dt.timedelta(hours=1)
            if worked > limit + 1e-9:
                values: dict[str, Any] = {"vehicle_id": name, "day": start.date().isoformat()}
                values |= {"since": start.isoformat(), "until": end.isoformat()}
                values |= {"hours": round(worked, 2), "allowed": limit}
                case.fault("crew_hours", trip, None, **values)


def _check_docks(case: Case) -> None:
    """Count who is loading at a place when one more begins to."""
    for place, docks in case.rules.get("docks", {}).items():
        loading = sorted(
            (read_time(stop["arrive"]), read_time(stop["done"]), trip["trip_id"])
            for trip in case.trips
            for stop in trip["stops"]
            if stop["place_code"] == place and stop["load_boxes"]
        )
        for n, (start, end, trip_name) in enumerate(loading):
            there = 1 + sum(until > start for _, until, _ in loading[:n])
            if there > docks and end > start:
                values = {"at": start.isoformat(), "vehicles": there, "docks": docks}
                case.fault("dock_full", trip_name, place, **values)


def _check_last_mile(case: Case) -> None:
    """Check that each TPS is reached from its office in time, and not before its kit came."""
    delivered = {
        tps: read_time(stop["done"])
        for trip in case.trips
        for stop in trip["stops"]
        for tps in stop["tps"]
        if tps in case.tps and stop["place_code"] == case.tps[tps]["place_code"]
    }
    for row in case.document.get("last_mile", []):
        tps = row["tps_id"]
        early = tps in delivered and read_time(row["depart"]) < delivered[tps]
        if early or read_time(row["arrive"]) > read_time(row["due"]):
            values = {key: row[key] for key in ("tps_id", "depart", "arrive", "due")}
            case.fault("last_mile_late", None, row["place_code"], **values, before_kit=early)
    if "last_mile" in case.document:
        lost = set(delivered) - {row["tps_id"] for row in case.document["last_mile"]}
        if lost:
            case.fault("last_mile_incomplete", None, None, tps_ids=sorted(lost))


def _check_back(case: Case) -> None:
    """Check that every TPS comes back, in time, and is fetched nowhere before it is there."""
    back = case.document.get("back")
    if back is None:
        return
    for row in back["to_pps"]:
        if read_time(row["received"]) > read_time(row["due"]):
            values = {key: row[key] for key in ("tps_id", "received", "due")}
            case.fault("back_late", None, row["place_code"], **values)
    parts = [("pps", back["to_pps"])]
    parts += [(stage["stage"], stage["mirror"]["inputs"]["tps"]) for stage in back["stages"]]
    for name, rows in parts:
        lost = set(case.tps) - {row["tps_id"] for row in rows}
        if lost:
            case.fault("back_incomplete", None, None, stage=name, tps_ids=sorted(lost))
    there = max((read_time(row["received"]) for row in back["to_pps"]), default=None)
    for stage in back["stages"]:
        if there is not None and read_time(stage["ready"]) < there:
            values = {"stage": stage["stage"], "ready": stage["ready"], "there": there.isoformat()}
            case.fault("back_too_early", None, None, **values)
        there = read_time(stage["due"])
