"""An auditor written from docs/plan-schema.md alone: it shares no code with the product.

Times are minutes since 1970. Whether something is open is asked of moments between all edges.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

Row = dict[str, Any]
Faults = Counter[str]


def minute(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp() / 60


class Windows:
    """The open times of a document."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows: dict[tuple[str, str], list[tuple[float, float, bool, str | None]]] = {}
        for row in rows:
            entry = (minute(row["opens"]), minute(row["closes"]), row["is_open"] is not False,
                     row["vessel_class"])  # fmt: skip
            self.rows.setdefault((row["scope"], row["key"]), []).append(entry)

    def is_open(self, scope: str, key: str, cls: str | None, moment: float) -> bool:
        rows = self.rows.get((scope, key), [])
        held = [row for row in rows if row[3] is None or row[3] == cls]
        if any(a < moment < b for a, b, opens, _ in held if not opens):
            return False
        groups = [
            [r for r in held if r[2] and (r[3] is None) is shared] for shared in (True, False)
        ]
        groups = [group for group in groups if group]
        if not groups:
            return not any(row[2] for row in rows)
        return all(any(a <= moment <= b for a, b, _, _ in group) for group in groups)

    def longest(
        self, scope: str, key: str | None, cls: str | None, start: float, end: float
    ) -> float:
        """Return the longest open stretch between two moments (no length: 0 or -1)."""
        if key is None or (scope, key) not in self.rows:
            return math.inf
        edges = {edge for row in self.rows[scope, key] for edge in row[:2] if start < edge < end}
        cuts = sorted({start, end} | edges)
        if len(cuts) == 1:
            return 0.0 if self.is_open(scope, key, cls, start) else -1.0
        best = run = 0.0
        for a, b in pairwise(cuts):
            run = run + b - a if self.is_open(scope, key, cls, (a + b) / 2) else 0.0
            best = max(best, run)
        return best

    def holds(self, scope: str, key: str | None, cls: str | None, start: float, end: float) -> bool:
        return self.longest(scope, key, cls, start, end) >= end - start - 1e-6


def faults_of(document: Row) -> Faults:
    """Return how often each fault is in a document and the plans within it."""
    found = Faults()
    given = document["inputs"]
    fleet = {row["vehicle_id"]: row for row in given["fleet"]}
    windows = Windows(given["windows"])
    for trip in document["trips"]:
        _kits_of_a_trip(trip, document, fleet.get(trip["vehicle_id"]), found)
        vehicle = fleet.get(trip["vehicle_id"])
        if vehicle is None:
            found["vehicle_unknown"] += 1
            continue
        _vehicle(trip, vehicle, found)
        _moves(trip, vehicle, given, windows, found)
        _handling(trip, vehicle, given["rules"], windows, found)
    _ways(document, found)
    _turns(document, fleet, found)
    _docks(document, found)
    _ends(document, found)
    back = document.get("back") or {"stages": []}
    for part in [document.get("rest"), *(stage["mirror"] for stage in back["stages"])]:
        if part is not None:
            found += faults_of(part)
    return found


def _kits_of_a_trip(trip: Row, document: Row, vehicle: Row | None, found: Faults) -> None:
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    place_of = {row["tps_id"]: row["place_code"] for row in document["inputs"]["tps"]}
    per = {row["place_code"]: row["tps_per_escort"] for row in document["inputs"]["stops"]}
    if vehicle is None:
        return
    aboard: set[str] = set()
    for stop in trip["stops"]:
        for said, ids in (("unload_boxes", "tps"), ("load_boxes", "tps_loaded")):
            if stop[said] != sum(boxes.get(name, 0) for name in stop[ids]):
                found["boxes_do_not_add_up"] += 1
        for name in stop["tps"]:
            found["not_aboard"] += name not in aboard
            aboard.discard(name)
        aboard |= set(stop["tps_loaded"])
        if sum(boxes.get(name, 0) for name in aboard) > vehicle["capacity_boxes"]:
            found["over_capacity"] += 1
        guarded = [per[place_of[name]] for name in aboard if name in place_of]
        escorts = math.ceil(sum(1 / n for n in guarded if n) - 1e-9)
        if vehicle["escort_seats"] is not None and escorts > vehicle["escort_seats"]:
            found["over_escort"] += 1
    if aboard:
        found["left_aboard"] += 1


def _vehicle(trip: Row, vehicle: Row, found: Faults) -> None:
    for name in ("mode", "capacity_boxes", "vessel_class", "escort_seats"):
        found["vehicle_misdeclared"] += trip.get(name, vehicle[name]) != vehicle[name]
    first, last = trip["stops"][0], trip["stops"][-1]
    found["vehicle_wrong_place"] += first["place_code"] != vehicle["base"]
    alone = len(trip["stops"]) == 1
    found["no_return"] += alone or last["place_code"] != first["place_code"]
    since, until = vehicle["available_from"], vehicle["available_until"]
    early = since is not None and minute(first["arrive"]) < minute(since)
    late = until is not None and minute(last["arrive"]) > minute(until)
    found["vehicle_not_available"] += early + late


def _moves(trip: Row, vehicle: Row, given: Row, windows: Windows, found: Faults) -> None:
    for stop in trip["stops"]:
        arrive, done, depart = (minute(stop[name]) for name in ("arrive", "done", "depart"))
        found["times_disordered"] += not arrive <= done <= depart
    mode, cls = vehicle["mode"], vehicle["vessel_class"]
    for here, there in pairwise(trip["stops"]):
        start, end = minute(here["depart"]), minute(there["arrive"])
        found["times_disordered"] += end < start
        ends = (here["place_code"], there["place_code"])
        if ends[0] == ends[1]:
            found["leg_too_fast"] += end - start < -1e-6
            continue
        leg = _leg(given["legs"], mode, cls, ends)
        if leg is None:
            found["leg_unknown"] += 1
            continue
        found["leg_too_fast"] += end - start < leg["usual_min"] - 1e-6
        found["outside_hours"] += not windows.holds("mode", mode, None, start, end)
        afloat = cls if mode == "boat" else "feri"
        found["sea_closed"] += not windows.holds("area", leg["area"], afloat, start, end)


def _leg(legs: list[Row], mode: str, cls: str | None, ends: tuple[str, str]) -> Row | None:
    for kind in (cls, None):
        for way in (ends, ends[::-1]):
            for leg in legs:
                said = (leg["mode"], leg["vessel_class"], leg["from_code"], leg["to_code"])
                if said == (mode, kind, *way):
                    return leg
    return None


def _handling(trip: Row, vehicle: Row, rules: Row, windows: Windows, found: Faults) -> None:
    mode = vehicle["mode"]
    for stop in trip["stops"]:
        arrive, done = minute(stop["arrive"]), minute(stop["done"])
        load = rules[f"{mode}_load_min"] if stop["load_boxes"] else 0
        unload = 0
        if stop["unload_boxes"]:
            seconds = stop["unload_boxes"] * rules["unload_s_per_box"]
            unload = rules["unload_min"] + math.ceil(seconds / 60 - 1e-9)
        if not load + unload:
            continue
        found["handling_too_short"] += done - arrive < load + unload - 1e-6
        room = windows.longest("place", stop["place_code"], None, arrive, done)
        found["place_closed"] += room < load + unload - 1e-6
        if load:
            room = windows.longest("mode", mode, None, arrive, done)
            found["outside_hours"] += room < load - 1e-6


def _ways(document: Row, found: Faults) -> None:
    """Follow each TPS from where it stands to its place."""
    given = document["inputs"]
    stops = {row["place_code"]: row for row in given["stops"]}
    known = {row["tps_id"]: row for row in given["tps"]}
    events: dict[str, list[tuple[float, int, str]]] = defaultdict(list)
    for trip in document["trips"]:
        for stop in trip["stops"]:
            for name in stop["tps"]:
                events[name].append((minute(stop["done"]), 0, stop["place_code"]))
            for name in stop["tps_loaded"]:
                events[name].append((minute(stop["arrive"]), 1, stop["place_code"]))
    found["tps_unknown"] += len(set(events) - set(known))
    for name, tps in known.items():
        stop = stops[tps["place_code"]]
        since = max(minute(t) for t in (stop["release"], tps["available"]) if t is not None)
        at, moved = tps["at_code"] or stop["warehouse"], False
        own = [
            when for when, what, where in events[name] if not what and where == stop["place_code"]
        ]
        found["tps_missing"] += not own
        found["tps_twice"] += len(own) > 1
        due = min(minute(t) for t in (stop["deadline"], document["deadline"]) if t is not None)
        found["late"] += sum(when > due for when in own)
        way = {stop["warehouse"], stop["pier"], stop["landing"], stop["place_code"]}
        for when, what, where in sorted(events[name]):
            if not what:
                found["tps_wrong_place"] += where not in way
                at, since, moved = where, when, True
            else:
                if at != where:
                    found["loaded_before_it_came"] += 1
                elif when < since:
                    found["loaded_before_it_came" if moved else "loaded_before_release"] += 1
                at = ""


def _turns(document: Row, fleet: dict[str, Row], found: Faults) -> None:
    rest = document["inputs"]["rules"].get("rest_min", 480)
    trips_of: dict[str, list[Row]] = defaultdict(list)
    for trip in document["trips"]:
        trips_of[trip["vehicle_id"]].append(trip)
    for name, trips in trips_of.items():
        spans = [(minute(t["stops"][0]["arrive"]), minute(t["stops"][-1]["arrive"])) for t in trips]
        free = -math.inf
        for start, back in sorted(spans):
            found["two_trips_at_once"] += start < free
            free = back
        most = fleet.get(name, {}).get("crew_hours")
        if most is None:
            continue
        work = []
        for trip in trips:
            stops = trip["stops"]
            work += [(minute(stop["arrive"]), minute(stop["done"])) for stop in stops]
            work += [(minute(a["depart"]), minute(b["arrive"]))
                     for a, b in pairwise(stops)]  # fmt: skip
        began = until = None
        for start, end in [*sorted(work), (math.inf, math.inf)]:
            if until is None or start - until >= max(rest, 1e-6):
                if until is not None and until - began > most * 60 + 1e-6:
                    found["crew_hours"] += 1
                began = until = start
            until = max(until, end)


def _docks(document: Row, found: Faults) -> None:
    for place, docks in document["inputs"]["rules"].get("docks", {}).items():
        changes = []
        for trip in document["trips"]:
            for stop in trip["stops"]:
                start, end = minute(stop["arrive"]), minute(stop["done"])
                if stop["place_code"] == place and stop["load_boxes"] and start < end:
                    changes += [(start, 1), (end, -1)]
        there = 0
        for _, change in sorted(changes):
            there += change
            found["dock_full"] += change > 0 and there > docks


def _ends(document: Row, found: Faults) -> None:
    places = {row["tps_id"]: row["place_code"] for row in document["inputs"]["tps"]}
    brought = {
        name: minute(stop["done"])
        for trip in document["trips"]
        for stop in trip["stops"]
        for name in stop["tps"]
        if places.get(name) == stop["place_code"]
    }
    if "last_mile" in document:
        for row in document["last_mile"]:
            early = minute(row["depart"]) < brought.get(row["tps_id"], -math.inf)
            found["last_mile_late"] += early or minute(row["arrive"]) > minute(row["due"])
        had = {row["tps_id"] for row in document["last_mile"]}
        found["last_mile_incomplete"] += bool(set(brought) - had)
    back = document.get("back")
    if back is None:
        return
    there = -math.inf
    found["back_incomplete"] += bool(set(places) - {row["tps_id"] for row in back["to_pps"]})
    for row in back["to_pps"]:
        found["back_late"] += minute(row["received"]) > minute(row["due"])
        there = max(there, minute(row["received"]))
    for stage in back["stages"]:
        had = {row["tps_id"] for row in stage["mirror"]["inputs"]["tps"]}
        found["back_incomplete"] += bool(set(places) - had)
        found["back_too_early"] += minute(stage["ready"]) < there
        there = minute(stage["due"])


def untrue(document: Row) -> list[str]:
    """Return which of the tables that only sum a plan up do not say what its trips say."""
    given = document["inputs"]
    stops = {row["place_code"]: row for row in given["stops"]}
    tps = {row["tps_id"]: row for row in given["tps"]}
    brought: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for trip in document["trips"]:
        for stop in trip["stops"]:
            for name in stop["tps"]:
                if tps[name]["place_code"] == stop["place_code"]:
                    entry = (name, trip["trip_id"], minute(stop["done"]))
                    brought[stop["place_code"]].append(entry)
    rows = {}
    for place, entries in brought.items():
        last, due = max(entry[2] for entry in entries), minute(stops[place]["deadline"])
        ids = [entry[0] for entry in entries]
        rows[place] = {
            "tps_count": len(ids), "boxes": sum(tps[name]["boxes"] for name in ids),
            "trips": len({entry[1] for entry in entries}), "delivered": last, "deadline": due,
            "slack_min": due - last,
        }  # fmt: skip
    said = {
        row["place_code"]: {key: row[key] for key in ("tps_count", "boxes", "trips", "slack_min")}
        | {key: minute(row[key]) for key in ("delivered", "deadline")}
        for row in document["deliveries"]
    }
    wrong = [place for place in rows.keys() | said.keys() if rows.get(place) != said.get(place)]
    left = sorted(set(tps) - {entry[0] for some in brought.values() for entry in some})
    listed = sorted(name for row in document["unserved"] for name in row["tps_ids"])
    wrong += ["unserved"] if left != listed else []
    slack = [row["slack_min"] for row in rows.values()]
    true = {"trips": len(document["trips"]), "unserved_tps": len(left),
            "late": sum(s < 0 for s in slack), "slack_min": min(slack, default=None)}  # fmt: skip
    return wrong + [key for key, value in true.items() if document["figures"][key] != value]
