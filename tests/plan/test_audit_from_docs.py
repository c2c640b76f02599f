"""Two auditors that share no line: that of the product, and one written from its schema alone."""

from __future__ import annotations

import ast
import copy
import datetime as dt
import sys
from collections.abc import Callable
from typing import Any

import pytest

from analytics.plan.audit import FAULTS, audit
from analytics.plan.document import to_document
from analytics.plan.solver.solve import solve_plan
from tests.conftest import ROOT
from tests.plan.test_audit import BREAKS, clock, sound, trip, way_back
from tests.plan_audit_from_docs import faults_of, untrue
from tests.plan_random import random_world
from tests.plan_world import world

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    """Small worlds with islands, tides, seas by class, escorts and several days."""
    inputs = [world(), *(random_world(seed) for seed in (6, 10))]
    return [to_document(solve_plan(one, 1, 1), one) for one in inputs]


def told(plan: Plan) -> tuple[set[str], set[str]]:
    return {f.key for f in audit(plan).faults}, {key for key, n in faults_of(plan).items() if n}


def test_the_auditor_from_the_docs_knows_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "tests" / "plan_audit_from_docs.py").read_text(encoding="utf-8"))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert names <= sys.stdlib_module_names


def test_both_pass_sound_plans_and_the_tables_say_what_the_trips_say(plans: list[Plan]) -> None:
    assert told(sound()) == (set(), set())
    for plan in plans:
        product, docs = told(plan)
        assert product == docs
        assert product <= {"late", "tps_missing"}
        assert untrue(plan) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_both_tell_the_same_of_each_kind_of_fault(fault: str) -> None:
    plan = sound()
    BREAKS[fault](plan)
    product, docs = told(plan)
    assert product == docs
    assert fault in docs


def stops(plan: Plan) -> list[Plan]:
    return [stop for one in plan["trips"] for stop in one["stops"]]


def shifted(plan: Plan, keys: tuple[str, ...], minutes: int, seq: int) -> None:
    """Move some times of one stop of every trip."""
    for one in plan["trips"]:
        for key in keys:
            stop = one["stops"][seq]
            moved = dt.datetime.fromisoformat(stop[key]) + dt.timedelta(minutes=minutes)
            stop[key] = moved.isoformat()


def each(table: str, **values: Any) -> Callable[[Plan], None]:
    def change(plan: Plan) -> None:
        for row in plan["inputs"][table]:
            row.update(values)

    return change


def window(**values: Any) -> Callable[[Plan], None]:
    """Add a window from 06:40 to 09:10 of the first day, closed unless said otherwise."""

    def change(plan: Plan) -> None:
        day = plan["trips"][0]["stops"][0]["arrive"][:10]
        span = {"opens": f"{day}T06:40:00+07:00", "closes": f"{day}T09:10:00+07:00"}
        plan["inputs"]["windows"].append({"vessel_class": None, "is_open": False} | span | values)

    return change


def together(*changes: Callable[[Plan], None]) -> Callable[[Plan], None]:
    def change(plan: Plan) -> None:
        for one in changes:
            one(plan)

    return change


def rules(**values: Any) -> Callable[[Plan], None]:
    return lambda plan: plan["inputs"]["rules"].update(values)


MUTATIONS: dict[str, Callable[[Plan], None]] = {
    "late_departure": lambda plan: shifted(plan, ("depart",), 7, 0),
    "early_arrival": lambda plan: shifted(plan, ("arrive", "done", "depart"), -9, -1),
    "short_unloading": lambda plan: shifted(plan, ("arrive",), 3, 1),
    "early_loading": lambda plan: shifted(plan, ("arrive",), -45, 0),
    "a_day_later": lambda plan: shifted(plan, ("arrive", "done", "depart"), 1440, -1),
    "long_loading": lambda plan: shifted(plan, ("arrive",), -600, 0),
    "small_vehicles": each("fleet", capacity_boxes=5),
    "no_seats": each("fleet", escort_seats=0),
    "an_escort_each": each("stops", tps_per_escort=1),
    "crews_of_two_hours": each("fleet", crew_hours=2.0),
    "slow_legs": each("legs", usual_min=61.5),
    "legs_of_another_class": each("legs", vessel_class="kapal_besar"),
    "long_handling": rules(unload_s_per_box=90),
    "no_rest_needed": together(rules(rest_min=15), each("fleet", crew_hours=2.0)),
    "one_dock": lambda plan: plan["inputs"]["rules"].update(
        docks={stop["place_code"]: 1 for stop in stops(plan)}
    ),
    "early_deadline": lambda plan: plan.update(deadline=plan["deadline"].replace("T18", "T10")),
    "trucks_pause": window(scope="mode", key="truck"),
    "trucks_have_one_short_day": together(
        each("windows", key="boat", scope="mode"), window(scope="mode", key="truck", is_open=True)
    ),
    "no_windows_but_closed_ones": together(
        lambda plan: plan["inputs"]["windows"].clear(), window(scope="mode", key="boat")
    ),
    "sea_of_one_class": window(scope="area", key="SELAT", is_open=True, vessel_class="feri"),
    "sea_closed_to_one_class": window(scope="area", key="SELAT", vessel_class="perahu"),
    "sea_of_all_and_of_a_class": together(
        window(scope="area", key="SELAT", is_open=None),
        window(scope="area", key="SELAT", is_open=True, vessel_class="perahu"),
    ),
    "trucks_on_a_ferry": together(
        each("legs", area="SELAT"), window(scope="area", key="SELAT", vessel_class="feri")
    ),
    "pier_closed": window(scope="place", key="DERMAGA"),
    "a_vehicle_less": lambda plan: plan["inputs"]["fleet"].pop(0),
    "a_trip_less": lambda plan: plan["trips"].pop(0),
    "a_trip_twice": lambda plan: plan["trips"].append(copy.deepcopy(plan["trips"][0])),
    "kits_stand_elsewhere": each("tps", at_code="DERMAGA", available=clock("07:40")),
    "one_way_legs": lambda plan: plan["inputs"].update(legs=plan["inputs"]["legs"][::2]),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTATIONS)
def test_both_tell_the_same_of_a_plan_that_was_changed(name: str, plans: list[Plan]) -> None:
    seen: set[str] = set()
    for plan in [sound(), *plans]:
        changed = copy.deepcopy(plan)
        MUTATIONS[name](changed)
        product, docs = told(changed)
        assert product == docs
        seen |= docs - told(plan)[1]
    assert seen


def test_both_look_at_the_plans_within_a_plan() -> None:
    plan = sound()
    way_back(plan)
    plan["rest"] = sound()
    assert told(plan) == (set(), set())
    trip(plan["rest"], "TRUK-1/1")["stops"][1]["arrive"] = clock("07:29")
    assert told(plan) == ({"leg_too_fast"}, {"leg_too_fast"})


@pytest.mark.parametrize(
    ("crew_h", "rest_min", "hours"),
    [(4.4, 480, 4.5), (4.5, 480, None), (4.4, 61, 4.5), (4.4, 60, None), (2.0, 60, 2.08)],
)
def test_parts_of_a_day_less_than_a_rest_apart_are_one(
    crew_h: float, rest_min: int, hours: float | None
) -> None:
    """The boat is out 07:35-09:00, rests an hour, and is out again until 12:05."""
    plan = sound()
    for stop in trip(plan, "KAPAL-1/2")["stops"]:
        for key in ("arrive", "done", "depart"):
            later = dt.datetime.fromisoformat(stop[key]) + dt.timedelta(hours=1)
            stop[key] = later.isoformat()
    boat = next(row for row in plan["inputs"]["fleet"] if row["vehicle_id"] == "KAPAL-1")
    boat["crew_hours"], plan["inputs"]["rules"]["rest_min"] = crew_h, rest_min
    wanted = set() if hours is None else {"crew_hours"}
    assert told(plan) == (wanted, wanted)
    for fault in audit(plan).faults:
        assert (fault.values["hours"], fault.values["allowed"]) == (hours, crew_h)


def test_a_plan_may_wait_over_closed_hours_and_not_load_in_them() -> None:
    """The truck loads 06:00-06:30 and is at the pier from 07:30."""
    shut = {"scope": "mode", "key": "truck", "vessel_class": None, "is_open": False}
    for opens, closes, faults in (
        ("06:10", "06:20", {"outside_hours"}), ("07:31", "07:39", set()),
        ("05:00", "06:00", set()), ("07:29", "07:35", {"outside_hours"}),
    ):  # fmt: skip
        plan = sound()
        plan["inputs"]["windows"].append(shut | {"opens": clock(opens), "closes": clock(closes)})
        assert told(plan) == (faults, faults), opens


def test_docks_make_room_by_the_minute() -> None:
    """The boat loads 07:35-07:55 and 09:00-09:20 at the pier, where only it loads."""
    plan = sound()
    second = copy.deepcopy(trip(plan, "KAPAL-1/2"))
    second |= {"trip_id": "KAPAL-2/1", "vehicle_id": "KAPAL-2"}
    plan["inputs"]["rules"]["docks"] = {"DERMAGA": 1}
    plan["trips"].append(second)
    for clocks, full in ((("09:20", "09:40"), False), (("09:19", "09:39"), True)):
        at = dict(zip(("arrive", "done"), map(clock, clocks), strict=True))
        second["stops"][0] |= at | {"depart": at["done"]}
        assert [("dock_full" in found) for found in told(plan)] == [full, full]


def test_what_only_sums_up_is_held_to_the_trips(plans: list[Plan]) -> None:
    plan = copy.deepcopy(plans[0])
    plan["deliveries"][0]["tps_count"] += 1
    plan["figures"]["trips"] -= 1
    assert untrue(plan) == [plan["deliveries"][0]["place_code"], "trips"]
