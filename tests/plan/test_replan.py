"""What if, from now: what has left is kept, the rest is planned again, and all of it audited."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from analytics.plan.audit import audit
from analytics.plan.document import Plan, to_document
from analytics.plan.inputs import PlanInputError, PlanInputs
from analytics.plan.solver.solve import solve_plan
from analytics.plan.trips import calendar_of
from analytics.plan.what_if import (
    Event,
    ExtraTps,
    Replanned,
    RoadCut,
    SeaCloses,
    VehicleFails,
    WarehouseLate,
    replan,
)
from geo.errors import ParameterError
from tests.plan_world import RULES, A, B, C, at, six_nodes, world

TWO_BOATS = pd.concat(
    [six_nodes()["fleet"], six_nodes()["fleet"].iloc[[2]].assign(vehicle_id="KAPAL-2")],
    ignore_index=True,
)

EFFORT_S = 0.2


@cache
def six_nodes_planned() -> tuple[Plan, PlanInputs]:
    """Return the plan that most tests begin with; none changes it."""
    inputs = world()
    return solve_plan(inputs, 1, EFFORT_S), inputs


def start(**frames: pd.DataFrame) -> tuple[Plan, PlanInputs]:
    if not frames:
        return six_nodes_planned()
    inputs = world(**frames)
    return solve_plan(inputs, 1, EFFORT_S), inputs


def again(
    now: str, *events: Event, plan: tuple[Plan, PlanInputs] | None = None
) -> tuple[Plan, Replanned]:
    before, inputs = plan or start()
    found = replan(before, inputs, at(now), events, 1, EFFORT_S)
    if found.rest is not None and found.rest_inputs is not None and found.rest.unserved.empty:
        told = audit(to_document(found.rest, found.rest_inputs))
        assert {f.key for f in told.faults} <= {"late"}, told.faults
    return before, found


def status(found: Replanned) -> dict[str, str]:
    return dict(zip(found.changes["place_code"], found.changes["status"], strict=True))


def whole(found: Replanned) -> set[str]:
    return {f.key for f in audit(to_document(found.plan, found.inputs)).faults}


def test_nothing_happens_and_nothing_changes() -> None:
    before, found = again("07:00")
    assert set(status(found).values()) == {"kept"}
    assert whole(found) == set()
    kept = before.trips[before.trips["depart"] <= at("07:00")]["trip_id"]
    assert set(kept) <= set(found.plan.trips["trip_id"])
    assert found.plan.figures["cost"] == before.figures["cost"]


def test_when_all_has_left_nothing_is_planned() -> None:
    _, found = again("12:00")
    assert found.rest is None
    assert set(status(found).values()) == {"delivered"}


def test_a_broken_propeller_after_leaving() -> None:
    """The boat with A's kits fails at 08:00; they are back at the pier at 11:00.

    The other boat takes B, which is still at the pier, and then A.
    """
    plan = start(fleet=TWO_BOATS)
    first = plan[0].trips[plan[0].trips["mode"].eq("boat")].iloc[0]
    event = VehicleFails(first["vehicle_id"], first["depart"] + pd.Timedelta(minutes=5))
    before, found = again(event.at.strftime("%H:%M"), event, plan=plan)
    hit = found.plan.cargo[found.plan.cargo["trip_id"].eq(first["trip_id"])]
    home = found.plan.visits[found.plan.visits["trip_id"].eq(first["trip_id"])].iloc[-1]
    assert home["arrive"] == event.at + pd.Timedelta(minutes=180)
    assert home["unload_boxes"] == hit["boxes"].sum() > 0
    assert whole(found) == set()
    moved = found.changes.set_index("place_code")
    place = hit["tps_id"].iloc[0].rsplit("/", 1)[0]
    assert moved.loc[place, "status"] == "moved"
    assert moved.loc[place, "later_min"] >= 180
    assert "DERMAGA" in moved.loc[place, "tell"]
    after = found.plan.trips[found.plan.trips["vehicle_id"].eq(event.vehicle_id)]
    assert len(after) == 1  # it goes nowhere any more
    assert before.figures["late"] == 0


def test_nobody_is_towed_faster_than_a_boat_goes() -> None:
    """Towed away from B at once, the boat needs its 50 minutes all the same."""
    plan = start()
    last = plan[0].visits[plan[0].visits["place_code"].eq(B)].iloc[0]
    boat = plan[0].trips.set_index("trip_id").loc[last["trip_id"]]
    event = VehicleFails(boat["vehicle_id"], last["depart"] + pd.Timedelta(minutes=1), 0)
    _, found = again(event.at.strftime("%H:%M"), event, plan=plan)
    home = found.plan.trips.set_index("trip_id").loc[last["trip_id"], "back"]
    assert home >= last["depart"] + pd.Timedelta(minutes=50)
    assert "leg_too_fast" not in whole(found)


def test_trips_that_stand_keep_their_dock() -> None:
    """The truck to C stands and loads at the one dock at 06:00: the other waits again."""
    stops = six_nodes()["stops"].assign(deadline=[at("18:00"), at("18:00"), at("08:00")])
    fleet = six_nodes()["fleet"]
    fleet = fleet.assign(capacity_boxes=fleet["capacity_boxes"].mask(fleet["mode"].eq("truck"), 30))
    inputs = world(replace(RULES, docks={"GUDANG": 1}), stops=stops, fleet=fleet)
    event = SeaCloses("SELAT", at("05:00"), at("05:30"))
    _, found = again("05:00", event, plan=(solve_plan(inputs, 1, 2), inputs))
    trucks = found.plan.trips[found.plan.trips["mode"].eq("truck")]
    assert trucks["load_start"].tolist() == [at("06:00"), at("06:30")]
    assert status(found)[C] == "kept"
    assert whole(found) == set()


def test_the_only_boat_fails_and_it_is_said() -> None:
    _, found = again("07:50", VehicleFails("KAPAL-1", at("07:50")))
    assert status(found) == {A: "not_brought", B: "not_brought", C: "delivered"}
    assert set(found.plan.unserved["reason"]) == {"no_vehicle"}
    assert found.plan.figures["unserved_tps"] == 6


def test_a_sea_closed_for_hours_makes_it_later() -> None:
    _, found = again("07:00", SeaCloses("SELAT", at("07:00"), at("11:00")))
    moved = found.changes.set_index("place_code")
    assert moved.loc[[A, B], "status"].eq("moved").all()
    assert moved.loc[C, "status"] == "kept"
    boats = found.plan.trips[found.plan.trips["mode"].eq("boat")]
    assert boats["depart"].min() == at("11:00")
    assert found.plan.figures["late"] == 0


def test_what_no_event_touches_stands() -> None:
    """Two trucks on their own ways: the sea closes, and the truck to C is not moved."""
    fleet = six_nodes()["fleet"]
    fleet = fleet.assign(capacity_boxes=fleet["capacity_boxes"].mask(fleet["mode"].eq("truck"), 30))
    stops = six_nodes()["stops"].assign(release=[at("06:00"), at("06:00"), at("09:00")])
    plan = start(fleet=fleet, stops=stops)
    before, found = again("06:00", SeaCloses("SELAT", at("06:00"), at("11:00")), plan=plan)
    to_c = before.cargo[before.cargo["tps_id"].str.startswith(C)]["trip_id"].unique()
    own = [
        p.visits[p.visits["trip_id"].isin(to_c)].reset_index(drop=True)
        for p in (before, found.plan)
    ]
    pd.testing.assert_frame_equal(*own)
    assert status(found) == {A: "moved", B: "moved", C: "kept"}
    assert whole(found) <= {"sea_closed"}


def test_a_closing_leaves_the_hours_of_a_series_as_they_were() -> None:
    series = pd.DataFrame(
        [{"scope": "area", "key": "SELAT", "vessel_class": "perahu", "opens": at("06:00"),
          "closes": at("17:00"), "is_open": True}]
    )  # fmt: skip
    windows = pd.concat([six_nodes()["windows"], series], ignore_index=True)
    plan = start(windows=windows)
    _, found = again("07:00", SeaCloses("SELAT", at("09:00"), at("12:00")), plan=plan)
    assert found.rest_inputs is not None
    calendar = calendar_of(found.rest_inputs)
    spans = [
        (calendar.time(a), calendar.time(b)) for a, b in calendar.of("area", "SELAT", "perahu")
    ]
    assert spans == [(at("06:00"), at("09:00")), (at("12:00"), at("17:00"))]


def test_a_boat_that_is_out_comes_through() -> None:
    before, found = again("08:00", SeaCloses("SELAT", at("08:00"), at("12:00")))
    first = before.trips[before.trips["mode"].eq("boat")].iloc[0]["trip_id"]
    own = [p.visits[p.visits["trip_id"].eq(first)] for p in (before, found.plan)]
    pd.testing.assert_frame_equal(*(f.reset_index(drop=True) for f in own))
    assert found.changes.set_index("place_code").loc[B, "status"] == "moved"


def test_a_cut_road_names_who_is_cut_off() -> None:
    _, found = again("06:00", RoadCut(C))
    assert status(found)[C] == "not_brought"
    assert found.plan.unserved["reason"].tolist() == ["no_leg"]


def test_a_late_warehouse_moves_everything() -> None:
    before, found = again("05:00", WarehouseLate("GUDANG", 90))
    assert found.plan.trips["load_start"].min() == at("07:30")
    later = found.changes["later_min"]
    assert later.min() >= 90 - 1e-9
    assert found.plan.figures["slack_min"] == before.figures["slack_min"] - 90


def test_extra_tps_are_brought_too() -> None:
    extra = pd.DataFrame([{"tps_id": f"{C}/9", "place_code": C, "boxes": 5}])
    _, found = again("07:00", ExtraTps(extra))
    assert status(found)[C] == "added"
    assert whole(found) == set()
    assert f"{C}/9" in set(found.plan.cargo["tps_id"])


def test_a_crew_that_has_worked_goes_home_in_time() -> None:
    """The truck began at 06:00 with a crew for five hours: a new trip is back by 11:00."""
    fleet = six_nodes()["fleet"].assign(crew_hours=5.0).iloc[[0, 2, 3]]
    plan = start(fleet=fleet, stops=six_nodes()["stops"])
    extra = pd.DataFrame([{"tps_id": f"{C}/9", "place_code": C, "boxes": 5}])
    _, found = again("08:00", ExtraTps(extra), plan=plan)
    trucks = found.plan.trips[found.plan.trips["mode"].eq("truck")]
    assert (trucks["back"] <= at("11:00")).all()
    assert "crew_hours" not in whole(found)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (VehicleFails("KAPAL-9", at("07:00")), "vehicle_id"),
        (SeaCloses("LAUT", at("07:00"), at("08:00")), "area"),
        (SeaCloses("SELAT", at("08:00"), at("07:00")), "until"),
        (RoadCut("DESA-Z"), "place_code"),
        (WarehouseLate("GUDANG-9", 10), "warehouse"),
        (WarehouseLate("GUDANG", -10), "minutes"),
    ],
)
def test_an_event_about_nothing_is_refused(event: Event, name: str) -> None:
    with pytest.raises(ParameterError, match=name):
        again("07:00", event)


def test_extra_tps_of_no_stop_are_refused() -> None:
    extra = pd.DataFrame([{"tps_id": "X/1", "place_code": "DESA-X", "boxes": 5}])
    with pytest.raises(PlanInputError, match="a place of the stops"):
        again("07:00", ExtraTps(extra))


def test_a_deadline_that_has_passed_is_refused() -> None:
    plan, inputs = start()
    with pytest.raises(PlanInputError, match="deadline"):
        replan(plan, inputs, at("19:00"), [ExtraTps(
            pd.DataFrame([{"tps_id": f"{C}/9", "place_code": C, "boxes": 5}])
        )])  # fmt: skip


def test_a_repaired_boat_goes_again_from_when_it_is_back() -> None:
    event = VehicleFails("KAPAL-1", at("07:50"), until=at("11:00"))
    _, found = again("07:50", event)
    assert status(found) == {A: "moved", B: "moved", C: "delivered"}
    boats = found.plan.trips[found.plan.trips["mode"].eq("boat")]
    assert boats["load_start"].min() == at("11:00")
    assert whole(found) == set()


def test_all_waters_can_be_closed_where_no_area_is_known() -> None:
    plan = start(legs=six_nodes()["legs"].assign(area=None))
    _, found = again("07:00", SeaCloses(None, at("07:00"), at("11:00")), plan=plan)
    boats = found.plan.trips[found.plan.trips["mode"].eq("boat")]
    assert boats["depart"].min() == at("11:00")
    assert status(found)[C] == "kept"


def test_what_held_before_still_holds_and_moves_nothing_by_itself() -> None:
    """The road to C is cut since the last plan; an extra TPS of A does not open it again."""
    extra = pd.DataFrame([{"tps_id": f"{C}/9", "place_code": C, "boxes": 5}])
    plan, inputs = start()
    found = replan(plan, inputs, at("07:00"), [ExtraTps(extra)], standing=[RoadCut(C)])
    assert found.plan.unserved["reason"].tolist() == ["no_leg"]
    still = replan(plan, inputs, at("07:00"), [], standing=[SeaCloses("SELAT", at("06:00"),
                                                                      at("11:00"))])  # fmt: skip
    assert set(status(still).values()) == {"kept"}


def test_a_late_warehouse_is_late_for_the_auditor_too() -> None:
    _, found = again("05:00", WarehouseLate("GUDANG", 90))
    assert set(found.inputs.tps["available"]) == {at("07:30")}
    assert whole(found) == set()


def test_the_auditor_looks_at_the_new_part_as_well() -> None:
    """The closing of the sea stands in the new part's inputs only."""
    _, found = again("07:00", SeaCloses("SELAT", at("07:00"), at("11:00")))
    assert found.rest is not None
    assert found.rest_inputs is not None
    document = to_document(found.plan, found.inputs)
    assert audit(document).passed
    document["rest"] = to_document(found.rest, found.rest_inputs)
    assert audit(document).passed
    boat = next(t for t in document["rest"]["trips"] if t["mode"] == "boat")
    for stop in boat["stops"]:
        for key in ("arrive", "done", "depart"):
            stop[key] = (pd.Timestamp(stop[key]) - pd.Timedelta(hours=2)).isoformat()
    assert "sea_closed" in {f.key for f in audit(document).faults}


def test_the_only_carrier_takes_extra_kits_after_what_stands() -> None:
    """Whether its trips stand or are made anew, the one cart is never in two places."""
    extra = pd.DataFrame([{"tps_id": f"{A}/9", "place_code": A, "boxes": 5}])
    _, found = again("06:45", ExtraTps(extra), plan=start(fleet=TWO_BOATS))
    assert status(found)[A] == "added"
    assert status(found)[C] == "kept"
    assert whole(found) == set()
    carts = found.plan.trips[found.plan.trips["mode"].eq("local")].sort_values("load_start")
    assert (carts["load_start"].iloc[1:].array >= carts["back"].iloc[:-1].array).all()


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        # it leaves at 07:55: at that minute the kits are still at the pier, a minute later not
        ("07:55", {A: "not_brought", B: "not_brought", C: "delivered"}),
        # unloaded at A at 08:30 and back at 09:00: what is on the beach goes on by cart
        ("08:30", {A: "kept", B: "not_brought", C: "delivered"}),
        ("09:00", {A: "delivered", B: "not_brought", C: "delivered"}),
    ],
)
def test_the_only_boat_fails_at_the_very_minute(clock: str, expected: dict[str, str]) -> None:
    before, found = again(clock, VehicleFails("KAPAL-1", at(clock)))
    assert before.trips.set_index("trip_id").loc["KAPAL-1/1", "back"] == at("09:00")
    assert status(found) == expected


def test_a_boat_that_is_back_at_the_minute_it_fails_made_its_whole_way() -> None:
    before, found = again("09:00", VehicleFails("KAPAL-1", at("09:00")))
    own = [p.visits[p.visits["trip_id"].eq("KAPAL-1/1")] for p in (before, found.plan)]
    pd.testing.assert_frame_equal(*(rows.reset_index(drop=True) for rows in own))


def test_a_boat_that_leaves_as_the_sea_closes_comes_through() -> None:
    _, found = again("07:55", SeaCloses("SELAT", at("07:55"), at("12:00")))
    assert status(found) == {A: "kept", B: "moved", C: "delivered"}
