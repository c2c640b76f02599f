"""The auditor: reads a plan as published and says whether it holds, with the reasons if not.

It shares no code with the planner. It knows the document of `docs/plan-schema.md` and nothing of
how the plan came about: it walks every trip, counts every box and looks at every clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil
from typing import Any, NamedTuple

MINUTE = dt.timedelta(minutes=1)
Span = tuple[dt.datetime, dt.datetime]


class AuditFault(NamedTuple):
    """One thing wrong: its key, where, and the values it was seen by."""

    key: str
    trip_id: str | None
    place_code: str | None
    values: dict[str, Any]


def _read_time(text: str) -> dt.datetime:
    """Return a time of the document."""
    return dt.datetime.fromisoformat(text)


def open_rows(rows: list[dict[str, Any]]) -> list[Span]:
    """Return rows of windows as spans, sorted and joined."""
    usable = [row for row in rows if row["is_open"] is not False]
    spans = sorted((_read_time(row["opens"]), _read_time(row["closes"])) for row in usable)
    out: list[Span] = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def overlap(one: list[Span], other: list[Span]) -> list[Span]:
    """Return where two lists of spans meet."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return [(start, end) for start, end in pairs if start < end]


def inside(spans: list[Span] | None, start: dt.datetime, end: dt.datetime) -> bool:
    """Return whether one span holds it all, or nothing is restricted."""
    return spans is None or any(a <= start and end <= b for a, b in spans)


@dataclass
class Case:
    """The document under audit, looked up by key."""

    document: Mapping[str, Any]
    faults: list[AuditFault] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=lambda: {"trips": 0, "legs": 0, "tps": 0})

    def __post_init__(self) -> None:
        given = self.document["inputs"]
        self.rules: Mapping[str, Any] = given["rules"]
        self.stops = {row["place_code"]: row for row in given["stops"]}
        self.tps = {row["tps_id"]: row for row in given["tps"]}
        self.fleet = {row["vehicle_id"]: row for row in given["fleet"]}
        self.trips: list[Mapping[str, Any]] = self.document["trips"]
        self.legs: dict[tuple[Any, ...], tuple[float, str | None]] = {}
        for row in given["legs"]:
            key = (row["mode"], row["from_code"], row["to_code"], row["vessel_class"])
            self.legs[key] = (row["usual_min"], row["area"])
        self.windows: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in given["windows"]:
            self.windows.setdefault((row["scope"], row["key"]), []).append(row)

    def fault(self, key: str, trip: str | None, place: str | None, **values: Any) -> None:
        """Note something wrong."""
        self.faults.append(AuditFault(key, trip, place, values))

    def leg(self, mode: str, start: str, end: str, vessel: str | None) -> tuple[float, str | None]:
        """Return minutes and sea area of a leg; `KeyError` where it does not exist."""
        if start == end:
            return 0.0, None
        for cls in (vessel, None):
            for a, b in ((start, end), (end, start)):
                if (mode, a, b, cls) in self.legs:
                    return self.legs[mode, a, b, cls]
        raise KeyError(start, end)

    def open_spans(self, scope: str, key: str | None, vessel: str | None) -> list[Span] | None:
        """Return when something is open for a vessel; None where it is not restricted."""
        rows = self.windows.get((scope, key or ""))
        if key is None or not rows:
            return None
        shared = [row for row in rows if row["vessel_class"] is None]
        own = [row for row in rows if vessel is not None and row["vessel_class"] == vessel]
        if not shared and not own:
            return []
        spans = [open_rows(group) for group in (shared, own) if group]
        return spans[0] if len(spans) == 1 else overlap(spans[0], spans[1])


FAULTS = (
    "tps_missing", "tps_twice", "tps_unknown", "tps_wrong_place", "over_capacity", "over_escort",
    "boxes_do_not_add_up", "not_aboard", "loaded_before_it_came", "loaded_before_release",
    "left_aboard", "leg_unknown", "leg_too_fast", "handling_too_short", "times_disordered",
    "outside_hours", "sea_closed", "place_closed", "late", "crew_hours", "two_trips_at_once",
    "vehicle_unknown", "vehicle_not_available", "vehicle_wrong_place", "vehicle_misdeclared",
    "no_return", "last_mile_late", "last_mile_incomplete", "back_late", "back_too_early",
    "back_incomplete",
)  # fmt: skip
"""Keys of what can be wrong, each with an entry in the catalogue of texts."""


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
        their usual time inside working hours and an open sea; unloading takes its time inside
        the hours of the place; everything is at its place by the deadline; vehicles make one
        trip at a time from where they are, come back, and no crew works longer than it may.

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
        arrive, done, depart = (_read_time(stop[key]) for key in ("arrive", "done", "depart"))
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
        depart, arrive = _read_time(here["depart"]), _read_time(there["arrive"])
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
        afloat = "feri" if by_ferry else vessel
        if not inside(case.open_spans("area", area, afloat), depart, arrive):
            values = {"area": area, "vessel_class": afloat}
            values |= {"depart": here["depart"], "arrive": there["arrive"]}
            case.fault("sea_closed", name, end, **values)


def _check_handling(case: Case, trip: Mapping[str, Any]) -> None:
    mode = case.fleet[trip["vehicle_id"]]["mode"]
    for seq, stop in enumerate(trip["stops"]):
        arrive, done = _read_time(stop["arrive"]), _read_time(stop["done"])
        needed = 0.0
        if stop["load_boxes"]:
            needed += case.rules[f"{mode}_load_min"]
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
        if needed and not _fits_hours(case, stop["place_code"], arrive, done, needed):
            case.fault(
                "place_closed",
                trip["trip_id"],
                stop["place_code"],
                arrive=stop["arrive"],
                done=stop["done"],
            )


def _fits_hours(
    case: Case, place: str, arrive: dt.datetime, depart: dt.datetime, minutes: float
) -> bool:
    """Return whether so many minutes of work fit between two times while a place is open."""
    spans = case.open_spans("place", place, None)
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
    if since is not None and _read_time(start["arrive"]) < _read_time(since):
        case.fault("vehicle_not_available", name, None, start=start["arrive"], since=since)
    if until is not None and _read_time(end["arrive"]) > _read_time(until):
        case.fault("vehicle_not_available", name, None, back=end["arrive"], until=until)


def _check_custody(case: Case) -> None:
    """Follow each TPS: it is loaded where it was unloaded, and not before."""
    events: list[tuple[dt.datetime, int, str, str, str]] = []
    for trip in case.trips:
        for stop in trip["stops"]:
            key = (stop["place_code"], trip["trip_id"])
            events += [(_read_time(stop["done"]), 0, tps, *key) for tps in stop["tps"]]
            events += [(_read_time(stop["arrive"]), 1, tps, *key) for tps in stop["tps_loaded"]]
    unloaded = {(tps, place) for _, loading, tps, place, _ in events if not loading}
    where: dict[str, tuple[str | None, dt.datetime]] = {}
    for name, row in case.tps.items():
        stop = case.stops[row["place_code"]]
        since = [_read_time(t) for t in (stop["release"], row["available"]) if t is not None]
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
                entry = (stop["place_code"], trip["trip_id"], _read_time(stop["done"]))
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
        deadline = min((stop["deadline"], whole or stop["deadline"]), key=_read_time)
        for place, trip_name, done in own:
            if done > _read_time(deadline):
                values = {"tps_id": name, "done": done.isoformat(), "deadline": deadline}
                case.fault("late", trip_name, place, **values)


def _by_vehicle(case: Case) -> dict[str, list[Mapping[str, Any]]]:
    out: dict[str, list[Mapping[str, Any]]] = {}
    for trip in case.trips:
        out.setdefault(trip["vehicle_id"], []).append(trip)
    return {
        name: sorted(trips, key=lambda t: _read_time(t["stops"][0]["arrive"]))
        for name, trips in out.items()
    }


def _check_vehicles_in_turn(case: Case) -> None:
    for name, trips in _by_vehicle(case).items():
        for one, other in pairwise(trips):
            back, start = one["stops"][-1]["arrive"], other["stops"][0]["arrive"]
            if _read_time(start) < _read_time(back):
                values = {"vehicle_id": name, "other": one["trip_id"], "back": back}
                case.fault("two_trips_at_once", other["trip_id"], None, **values, start=start)


def _busy(trip: Mapping[str, Any]) -> Iterator[Span]:
    """Yield when a crew works: under way, loading, unloading; not while it lies over night."""
    for here, there in _moves(trip):
        yield _read_time(here["depart"]), _read_time(there["arrive"])
    for stop in trip["stops"]:
        yield _read_time(stop["arrive"]), _read_time(stop["done"])


def _check_crews(case: Case) -> None:
    for name, trips in _by_vehicle(case).items():
        limit = case.fleet.get(name, {}).get("crew_hours")
        if limit is None:
            continue
        days: dict[dt.date, list[dt.datetime]] = {}
        for trip in trips:
            for start, end in _busy(trip):
                for moment in (start, end):
                    days.setdefault(moment.date(), []).append(moment)
        for day, moments in days.items():
            worked = (max(moments) - min(moments)) / dt.timedelta(hours=1)
            if worked > limit + 1e-9:
                values = {"vehicle_id": name, "day": day.isoformat(), "hours": round(worked, 2)}
                case.fault("crew_hours", trips[0]["trip_id"], None, **values, allowed=limit)


def _check_last_mile(case: Case) -> None:
    """Check that each TPS is reached from its office in time, and not before its kit came."""
    delivered = {
        tps: _read_time(stop["done"])
        for trip in case.trips
        for stop in trip["stops"]
        for tps in stop["tps"]
        if tps in case.tps and stop["place_code"] == case.tps[tps]["place_code"]
    }
    for row in case.document.get("last_mile", []):
        tps = row["tps_id"]
        early = tps in delivered and _read_time(row["depart"]) < delivered[tps]
        if early or _read_time(row["arrive"]) > _read_time(row["due"]):
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
        if _read_time(row["received"]) > _read_time(row["due"]):
            values = {key: row[key] for key in ("tps_id", "received", "due")}
            case.fault("back_late", None, row["place_code"], **values)
    parts = [("pps", back["to_pps"])]
    parts += [(stage["stage"], stage["mirror"]["inputs"]["tps"]) for stage in back["stages"]]
    for name, rows in parts:
        lost = set(case.tps) - {row["tps_id"] for row in rows}
        if lost:
            case.fault("back_incomplete", None, None, stage=name, tps_ids=sorted(lost))
    there = max((_read_time(row["received"]) for row in back["to_pps"]), default=None)
    for stage in back["stages"]:
        if there is not None and _read_time(stage["ready"]) < there:
            values = {"stage": stage["stage"], "ready": stage["ready"], "there": there.isoformat()}
            case.fault("back_too_early", None, None, **values)
        there = _read_time(stage["due"])
