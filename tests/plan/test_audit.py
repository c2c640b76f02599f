"""The auditor passes a sound plan, catches each fault by name and knows no planner."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.plan.audit import FAULTS, audit
from tests.conftest import ROOT

SOUND = Path(__file__).parents[1] / "fixtures" / "plans" / "sound.json"
Plan = dict[str, Any]


def sound() -> Plan:
    return json.loads(SOUND.read_text(encoding="utf-8"))


def trip(plan: Plan, name: str) -> Plan:
    return next(t for t in plan["trips"] if t["trip_id"] == name)


def stop(plan: Plan, name: str, seq: int) -> Plan:
    return trip(plan, name)["stops"][seq]


def row(plan: Plan, table: str, key: str) -> Plan:
    rows = plan["inputs"][table]
    return next(
        r for r in rows if key in (r.get("place_code"), r.get("tps_id"), r.get("vehicle_id"))
    )


def clock(value: str) -> str:
    return f"2031-02-13T{value}:00+07:00"


TRUCK, BOAT, BOAT2, CART = "TRUK-1/1", "KAPAL-1/1", "KAPAL-1/2", "GEROBAK-1/1"


def tps_missing(plan: Plan) -> None:
    stop(plan, CART, 1)["tps"].remove("DESA-A/1")


def tps_twice(plan: Plan) -> None:
    stop(plan, TRUCK, 3)["tps"].append("DESA-C/1")


def tps_unknown(plan: Plan) -> None:
    stop(plan, TRUCK, 3)["tps"].append("DESA-X/1")
    stop(plan, TRUCK, 0)["tps_loaded"].append("DESA-X/1")


def tps_wrong_place(plan: Plan) -> None:
    here, there = stop(plan, BOAT2, 1), stop(plan, TRUCK, 3)
    there["tps"].append(here["tps"].pop())
    stop(plan, BOAT2, 0)["tps_loaded"] = here["tps"]


def over_capacity(plan: Plan) -> None:
    row(plan, "fleet", "KAPAL-1")["capacity_boxes"] = 15


def over_escort(plan: Plan) -> None:
    row(plan, "stops", "DESA-A")["tps_per_escort"] = 1
    row(plan, "fleet", "KAPAL-1")["escort_seats"] = 3


def boxes_do_not_add_up(plan: Plan) -> None:
    stop(plan, TRUCK, 0)["load_boxes"] = 40


def not_aboard(plan: Plan) -> None:
    stop(plan, CART, 0)["tps_loaded"].remove("DESA-A/2")


def loaded_before_it_came(plan: Plan) -> None:
    here = stop(plan, TRUCK, 1)
    here["done"] = here["depart"] = clock("07:36")


def loaded_before_release(plan: Plan) -> None:
    row(plan, "stops", "DESA-C")["release"] = clock("06:01")


def left_aboard(plan: Plan) -> None:
    stop(plan, CART, 1)["tps"].remove("DESA-A/1")


def leg_unknown(plan: Plan) -> None:
    legs = plan["inputs"]["legs"]
    legs[:] = [leg for leg in legs if leg["to_code"] != "DESA-C"]


def leg_too_fast(plan: Plan) -> None:
    stop(plan, TRUCK, 1)["arrive"] = clock("07:29")


def handling_too_short(plan: Plan) -> None:
    stop(plan, TRUCK, 0)["arrive"] = clock("06:01")


def times_disordered(plan: Plan) -> None:
    stop(plan, CART, 1)["depart"] = clock("08:54")


def outside_hours(plan: Plan) -> None:
    windows = plan["inputs"]["windows"]
    windows[1]["opens"] = clock("07:56")  # the boat leaves at 07:55, before daylight


def sea_closed(plan: Plan) -> None:
    calm = {"scope": "area", "key": "SELAT", "vessel_class": "perahu", "is_open": True}
    plan["inputs"]["windows"].append(calm | {"opens": clock("06:00"), "closes": clock("08:20")})


def place_closed(plan: Plan) -> None:
    tide = {"scope": "place", "key": "PANTAI-A", "vessel_class": None, "is_open": True}
    plan["inputs"]["windows"].append(tide | {"opens": clock("09:00"), "closes": clock("12:00")})


def late(plan: Plan) -> None:
    row(plan, "stops", "DESA-B")["deadline"] = clock("10:14")


def crew_hours(plan: Plan) -> None:
    row(plan, "fleet", "TRUK-1")["crew_hours"] = 3.5


def dock_full(plan: Plan) -> None:
    """Another truck loads at the warehouse in the same minutes."""
    other = copy.deepcopy(trip(plan, TRUCK))
    other |= {"trip_id": "TRUK-2/1", "vehicle_id": "TRUK-2"}
    first = other["stops"][0]
    back = first | {"load_boxes": 0, "tps_loaded": [], "arrive": first["depart"]}
    other["stops"] = [first, back]
    plan["trips"].append(other)
    plan["inputs"]["rules"]["docks"] = {"GUDANG": 1}


def two_trips_at_once(plan: Plan) -> None:
    stop(plan, BOAT, 2).update(dict.fromkeys(("arrive", "done", "depart"), clock("09:01")))


def vehicle_unknown(plan: Plan) -> None:
    trip(plan, TRUCK)["vehicle_id"] = "TRUK-9"


def vehicle_not_available(plan: Plan) -> None:
    row(plan, "fleet", "KAPAL-1")["available_until"] = clock("11:00")


def vehicle_wrong_place(plan: Plan) -> None:
    row(plan, "fleet", "GEROBAK-1")["base"] = "DERMAGA"


def vehicle_misdeclared(plan: Plan) -> None:
    trip(plan, BOAT)["capacity_boxes"] = 200


def no_return(plan: Plan) -> None:
    trip(plan, BOAT2)["stops"].pop()


def last_mile_late(plan: Plan) -> None:
    plan["last_mile"] = [
        {"tps_id": "DESA-C/1", "place_code": "DESA-C", "depart": clock("05:00"),
         "arrive": clock("06:01"), "due": clock("06:00")},
    ]  # fmt: skip


def last_mile_incomplete(plan: Plan) -> None:
    plan["last_mile"] = [
        {"tps_id": tps["tps_id"], "place_code": tps["place_code"], "depart": clock("23:30"),
         "arrive": clock("23:45"), "due": clock("23:59")}
        for tps in plan["inputs"]["tps"][1:]
    ]  # fmt: skip


def way_back(plan: Plan, **changed: str) -> None:
    """Give the plan a way back in which all is well but for what is changed."""
    times = {"received": clock("20:00"), "due": clock("22:00"), "ready": clock("22:00")} | changed
    rows = [
        {"tps_id": tps["tps_id"], "place_code": tps["place_code"], "received": times["received"],
         "due": times["due"]}
        for tps in plan["inputs"]["tps"]
    ]  # fmt: skip
    stage = {"stage": "ppk", "ready": times["ready"], "due": clock("23:00"), "mirror": sound()}
    plan["back"] = {"to_pps": rows, "stages": [stage]}


def back_late(plan: Plan) -> None:
    way_back(plan, received=clock("22:01"), ready=clock("22:01"))


def back_too_early(plan: Plan) -> None:
    way_back(plan, ready=clock("19:59"))


def back_incomplete(plan: Plan) -> None:
    way_back(plan)
    plan["back"]["to_pps"].pop()


def test_a_way_back_in_which_all_is_well_passes_and_its_legs_are_looked_at() -> None:
    plan = sound()
    way_back(plan)
    assert audit(plan).passed, audit(plan).faults
    leg_too_fast(plan["back"]["stages"][0]["mirror"])
    assert {f.key for f in audit(plan).faults} == {"leg_too_fast"}


BREAKS: dict[str, Callable[[Plan], None]] = {name: globals()[name] for name in FAULTS}


def test_the_sound_plan_passes() -> None:
    found = audit(sound())
    assert found.passed, found.faults
    assert found.checked == {"trips": 4, "legs": 10, "tps": 9}
    assert found.verdict()["passed"] is True


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_caught_by_its_name(fault: str) -> None:
    plan = sound()
    BREAKS[fault](plan)
    found = audit(plan)
    assert not found.passed
    assert fault in {f.key for f in found.faults}, found.faults
    json.dumps(found.verdict())  # goes into the document as it is


@pytest.mark.parametrize(
    "fault",
    ["late", "sea_closed", "place_closed", "crew_hours", "over_capacity", "over_escort",
     "outside_hours", "loaded_before_release", "vehicle_not_available", "leg_too_fast",
     "back_late", "back_too_early", "back_incomplete"],
)  # fmt: skip
def test_a_fault_of_the_world_is_the_only_one_told(fault: str) -> None:
    plan = sound()
    BREAKS[fault](plan)
    assert {f.key for f in audit(plan).faults} <= {fault, "vehicle_misdeclared"}


def test_one_minute_decides() -> None:
    plan = sound()
    row(plan, "stops", "DESA-B")["deadline"] = clock("10:15")
    assert audit(plan).passed
    row(plan, "fleet", "TRUK-1")["crew_hours"] = 215 / 60
    assert audit(plan).passed


def test_a_fault_tells_where_and_by_what() -> None:
    plan = sound()
    late(plan)
    told = audit(plan).faults[0]
    assert (told.key, told.trip_id, told.place_code) == ("late", BOAT2, "DESA-B")
    assert told.values == {
        "tps_id": "DESA-B/1", "done": clock("10:15"), "deadline": clock("10:14"),
    }  # fmt: skip


def test_a_night_at_the_landing_is_not_work() -> None:
    """A voyage of two days: the hours lying over night are not the crew's hours."""
    plan = sound()
    voyage = trip(plan, BOAT2)
    later = "2031-02-14T"
    voyage["stops"][1]["depart"] = later + "06:00:00+07:00"
    for key in ("arrive", "done", "depart"):
        voyage["stops"][2][key] = later + "06:50:00+07:00"
    second = copy.deepcopy(plan["inputs"]["windows"][1])
    second["opens"], second["closes"] = later + "06:00:00+07:00", later + "18:00:00+07:00"
    plan["inputs"]["windows"].append(second)
    row(plan, "stops", "DESA-B")["deadline"] = later + "18:00:00+07:00"
    assert audit(plan).passed, audit(plan).faults


def test_the_auditor_shares_no_code_with_the_planner() -> None:
    seen, waiting = set(), ["analytics.plan.audit"]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            for module in modules:
                assert module.split(".")[0] not in {"pyvrp", "geo", "pandas", "numpy"}
                if module.startswith("analytics."):
                    waiting += [module] if module not in seen else []
    assert seen == {"analytics.plan.audit", "analytics.plan.audit_case"}


def test_the_deadline_a_plan_announces_holds_too() -> None:
    plan = sound()
    plan["deadline"] = min(s["arrive"] for t in plan["trips"] for s in t["stops"])
    assert {f.key for f in audit(plan).faults} == {"late"}


def test_a_boat_that_goes_under_another_class_is_told() -> None:
    plan = sound()
    trip(plan, BOAT2)["vessel_class"] = "kapal"
    assert {f.key for f in audit(plan).faults} == {"vehicle_misdeclared"}
