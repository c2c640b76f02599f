"""The plan: worked by hand, in general, and at its edges; every plan here is audited."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.plan.audit import FAULTS, audit
from analytics.plan.document import Plan, from_document, inputs_of, to_document
from analytics.plan.inputs import (
    DeadlinePassedError,
    PlanInputError,
    PlanInputs,
    PlanRules,
    plan_inputs,
)
from analytics.plan.remedies import REASONS, in_time, lateness, remedies
from analytics.plan.solver.solve import solve_plan
from services.explain import explain
from tests.conftest import ROOT
from tests.plan_random import random_world
from tests.plan_world import RULES, A, B, C, at, hours, six_nodes, world

EFFORT_S = 0.2
"""Of a few places; more is asked for where moves of a long search are to be seen."""


def solved(inputs: PlanInputs, seed: int = 1, effort_s: float = EFFORT_S) -> Plan:
    """Return the plan, after the auditor has seen it."""
    plan = solve_plan(inputs, seed, effort_s)
    found = audit(to_document(plan, inputs))
    told = {f.key for f in found.faults}
    allowed = set() if in_time(plan) else {"late", "tps_missing"}
    assert told <= allowed, found.faults
    assert found.passed == in_time(plan)
    return plan


def slack(plan: Plan) -> dict[str, float]:
    return dict(zip(plan.deliveries["place_code"], plan.deliveries["slack_min"], strict=True))


def clocks(column: pd.Series) -> list[str]:
    return [t.strftime("%H:%M") for t in column]


def test_six_nodes_by_hand() -> None:
    """One boat of 20 boxes must go twice.

    Truck: loads 06:00-06:30, pier 07:30; A's part is unloaded 07:35, B's 07:40. Boat to A first
    (back 09:00 while the cart goes up to A by 09:00), then to B: 09:20, 10:10, unloaded 10:15. B
    first would bring A at 11:05. C has no part in it: the second truck goes straight there, 07:10,
    unloaded 07:15, although one that goes on from the pier would be 60 minutes of truck less.
    """
    plan = solved(world())
    assert slack(plan) == {A: 540.0, B: 465.0, C: 645.0}
    assert plan.figures["slack_min"] == 465.0
    assert plan.figures["cost"] == 160 + 115 + 2 * (85 + 125)
    boats = plan.trips[plan.trips["mode"].eq("boat")]
    assert clocks(boats["depart"]) == ["07:55", "09:20"]
    assert clocks(boats["latest_depart"]) == ["14:50", "16:15"]


def test_the_latest_departure_is_really_the_latest() -> None:
    """Truck at the pier 14:25, boat loads to 14:50; back 15:55, 16:15, B at 17:05, back 18:00."""
    plan = solved(world())
    latest = plan.trips.set_index("trip_id")["latest_depart"]
    assert latest["TRUK-1/1"].strftime("%H:%M") == "13:25"
    later = pd.Timedelta(minutes=1)
    stops = six_nodes()["stops"]
    assert in_time(solve_plan(world(stops=stops.assign(release=at("12:55"))), 1, 1))
    assert not in_time(solve_plan(world(stops=stops.assign(release=at("12:55") + later)), 1, 1))


def test_the_same_seed_gives_the_same_plan() -> None:
    one, two = (solve_plan(world(), 7, 2) for _ in range(2))
    pd.testing.assert_frame_equal(one.visits, two.visits)


def test_a_plan_survives_its_document() -> None:
    inputs = world()
    plan = solved(inputs)
    document = json.loads(json.dumps(to_document(plan, inputs)))
    back = from_document(document)
    for name in ("trips", "visits", "cargo", "deliveries"):
        pd.testing.assert_frame_equal(getattr(plan, name), getattr(back, name), check_dtype=False)
    assert to_document(back, inputs_of(document)) == document
    assert document["deadline"] == "2031-02-13T18:00:00+07:00"
    assert {t["mode"] for t in document["trips"]} == {"truck", "boat", "local"}
    with pytest.raises(ValueError, match="expected 'siaga-babel/plan/1'"):
        inputs_of({"schema": "other"})


def more_tps(place: str, count: int, boxes: int = 5) -> pd.DataFrame:
    tps = six_nodes()["tps"]
    rows = [
        {"tps_id": f"{place}/{n}", "place_code": place, "boxes": boxes} for n in range(1, count + 1)
    ]
    return pd.concat([tps[tps["place_code"].ne(place)], pd.DataFrame(rows)], ignore_index=True)


def test_a_load_above_the_boat_goes_in_several_trips() -> None:
    plan = solved(world(tps=more_tps(B, 9)))
    boats = plan.trips[plan.trips["mode"].eq("boat")]
    assert len(boats) == 4  # 65 boxes in a boat of 20
    cargo = plan.cargo[plan.cargo["trip_id"].isin(boats["trip_id"])]
    assert cargo.groupby("trip_id")["boxes"].sum().le(20).all()


def test_a_load_above_a_truck_is_split_too() -> None:
    plan = solved(world(tps=more_tps(C, 23)))
    assert plan.deliveries.set_index("place_code").loc[C, "trips"] >= 3


def test_escort_seats_are_a_second_capacity() -> None:
    """Two seats, one escort per TPS: two TPS a trip although four would fit."""
    stops = six_nodes()["stops"].assign(tps_per_escort=[1, 1, None])
    plan = solved(world(stops=stops))
    assert plan.trips["mode"].eq("boat").sum() == 3
    halves = solved(world(stops=stops.assign(tps_per_escort=[2, 1, None])))
    assert halves.trips["mode"].eq("boat").sum() == 2


def sea(*spans: tuple[str, str], is_open: bool = True) -> pd.DataFrame:
    rows = [
        {"scope": "area", "key": "SELAT", "vessel_class": "perahu", "opens": at(a),
         "closes": at(b), "is_open": is_open} for a, b in spans
    ]  # fmt: skip
    return pd.concat([six_nodes()["windows"], pd.DataFrame(rows)], ignore_index=True)


def test_the_boat_waits_for_the_sea_and_uses_two_windows() -> None:
    """Open 08:00-09:30 and 12:00-14:30: A goes in the first, B in the second."""
    plan = solved(world(windows=sea(("08:00", "09:30"), ("12:00", "14:30"))))
    boats = plan.trips[plan.trips["mode"].eq("boat")]
    assert clocks(boats["depart"]) == ["08:00", "12:00"]
    assert slack(plan)[B] == 18 * 60 - (12 * 60 + 55)


def test_without_a_least_rest_what_goes_on_at_once_is_still_one_day() -> None:
    """The crew of two hours has to pause between some of the rounds of its boat."""
    fleet = six_nodes()["fleet"].assign(capacity_boxes=[50, 50, 10, 20], crew_hours=[12, 12, 2, 12])
    plan = solved(world(replace(RULES, rest_min=0), fleet=fleet))
    boat = plan.trips[plan.trips["mode"].eq("boat")]
    assert in_time(plan)
    assert (boat["load_start"].iloc[1:].array > boat["back"].iloc[:-1].array).any()


def test_a_closed_sea_is_impossible_and_says_so() -> None:
    days = {"opens": at("00:00", "2031-02-10"), "closes": at("00:00", "2031-02-17")}
    shut = sea(("06:00", "18:00"), is_open=False)
    shut.loc[shut["scope"].eq("area"), list(days)] = list(days.values())
    inputs = world(windows=shut)
    plan = solved(inputs)
    assert sorted(plan.unserved["place_code"]) == [A, B]
    assert set(plan.unserved["reason"]) == {"never_open"}
    assert plan.deliveries["place_code"].tolist() == [C]
    assert not any(r.works for r in remedies(inputs, plan, effort_s=EFFORT_S))


def test_a_boat_is_not_sent_where_it_cannot_come_back() -> None:
    """B at 08:45 would do, but the sea closes at 09:00 and does not open again."""
    plan = solved(world(windows=sea(("07:00", "09:00"))))
    assert plan.unserved[["place_code", "reason"]].to_numpy().tolist() == [[B, "never_open"]]


def test_an_island_too_far_for_a_day_takes_a_night() -> None:
    legs = six_nodes()["legs"].assign(usual_min=[60, 40, 70, 30, 400, 400, 15])
    windows = [hours(m, day=d) for m in ("truck", "boat") for d in ("2031-02-12", "2031-02-13")]
    frames = {"legs": legs, "windows": pd.DataFrame(windows).assign(is_open=True)}
    start = {"stops": six_nodes()["stops"].assign(release=at("06:00", "2031-02-12"))}
    plan = solved(world(**frames, **start))
    far = plan.visits[plan.visits["place_code"].eq(B)].iloc[0]
    assert far["arrive"].day == 12
    assert far["depart"] - far["arrive"] == pd.Timedelta(minutes=5) or far["depart"].day == 13
    assert plan.unserved.empty


def test_a_kit_that_stands_at_the_pier_needs_no_truck() -> None:
    tps = six_nodes()["tps"]
    here = tps["place_code"].eq(A)
    tps = tps.assign(at_code=pd.Series("DERMAGA", index=tps.index).where(here, None))
    tps = tps.assign(available=[at("10:00") if x else pd.NaT for x in here])
    plan = solved(world(tps=tps))
    trucks = plan.trips[plan.trips["mode"].eq("truck")]["trip_id"]
    carried = plan.cargo[plan.cargo["trip_id"].isin(trucks)]["tps_id"]
    assert not carried.str.startswith(A).any()
    boat = plan.cargo[plan.cargo["tps_id"].eq(f"{A}/1")].merge(plan.trips, on="trip_id").iloc[0]
    assert boat["load_start"] >= at("10:00")


def test_too_few_boats_names_the_load_and_what_would_help() -> None:
    inputs = world(windows=sea(("07:00", "10:30")))
    plan = solved(inputs)
    assert len(plan.unserved) == 1
    assert plan.unserved["reason"].tolist() == ["too_few_vehicles"]
    # Beside the plan as it stands a second boat waits for a truck; planned anew it needs none.
    assert plan.unserved["found"].iloc[0]["with"] == "truck"
    tried = {
        (name, has.get("mode")): works
        for name, has, works in remedies(inputs, plan, effort_s=EFFORT_S)
    }
    # With the kits at the pier the day before, one boat leaves at seven and goes twice.
    assert tried == {
        ("one_more", "boat"): True, ("exchanged", "boat"): True,
        ("one_more", "truck"): False, ("exchanged", "truck"): False,
        ("overnight", "boat"): False, ("day_earlier", None): True, ("later_deadline", None): False,
    }  # fmt: skip


def test_a_tps_that_fits_no_boat_says_which_boat_would_do() -> None:
    inputs = world(tps=more_tps(B, 1, boxes=30))
    plan = solved(inputs)
    assert plan.unserved[["place_code", "reason"]].to_numpy().tolist() == [[B, "no_vehicle_fits"]]
    assert plan.unserved["found"].iloc[0]["largest"] == 20
    assert next((r.remedy, r.works) for r in remedies(inputs, plan, effort_s=EFFORT_S)) == (
        "larger",
        True,
    )


def test_what_cannot_be_in_time_is_planned_late_and_told() -> None:
    stops = six_nodes()["stops"].assign(deadline=[at("18:00"), at("08:00"), at("18:00")])
    inputs = world(stops=stops)
    plan = solved(inputs)
    told = lateness(plan)
    assert told[["place_code", "reason"]].to_numpy().tolist() == [[B, "too_late"]]
    assert told["late_min"].iloc[0] >= 50  # alone it would be there at 08:50
    assert {r.remedy: r.works for r in remedies(inputs, plan, effort_s=EFFORT_S)}["later_deadline"]


def test_a_missing_leg_is_named() -> None:
    legs = six_nodes()["legs"]
    plan = solved(world(legs=legs[legs["to_code"].ne(C)]))
    assert plan.unserved["reason"].tolist() == ["no_leg"]
    assert plan.unserved["found"].iloc[0] == {"mode": "truck", "from": "GUDANG", "to": C}
    assert set(plan.unserved["reason"]) <= set(REASONS)


def changed(table: str, row: int, **values: Any) -> dict[str, pd.DataFrame]:
    frame = six_nodes()[table].astype("object")
    for column, value in values.items():
        frame.loc[row, column] = value
    return {table: frame}


BROKEN = {
    "boat_with_zero_capacity": (changed("fleet", 2, capacity_boxes=0), "capacity_boxes=0"),
    "leg_to_nowhere": (changed("legs", 0, to_code="ATLANTIS"), "to_code='ATLANTIS'"),
    "negative_time": (changed("legs", 3, usual_min=-30), "usual_min=-30"),
    "leg_of_no_time": (changed("legs", 3, usual_min=0), "usual_min=0"),
    "unknown_mode": (changed("legs", 3, mode="helikopter"), "mode='helikopter'"),
    "pier_on_land_locked_desa": (
        changed("stops", 0, is_coastal=False), "landing='PANTAI-A', expected no landing",
    ),
    "pier_without_landing": (changed("stops", 0, landing=None), "landing=None"),
    "deadline_before_release": (
        changed("stops", 2, deadline=at("05:00")), "later than the release",
    ),
    "time_without_zone": (
        changed("stops", 2, deadline=pd.Timestamp("2031-02-13 18:00")), "times with a zone",
    ),
    "stop_twice": (changed("stops", 1, place_code=A), "one row only"),
    "tps_twice": (changed("tps", 1, tps_id=f"{A}/1"), "one row only"),
    "tps_of_no_stop": (changed("tps", 1, place_code="DESA-Z"), "a place of the stops"),
    "tps_without_boxes": (changed("tps", 1, boxes=0), "boxes=0"),
    "kit_where_it_cannot_be": (changed("tps", 0, at_code=C), "warehouse, pier or landing"),
    "window_that_closes_before_it_opens": (
        changed("windows", 0, closes=at("05:00")), "later than opens",
    ),
    "no_daylight": ({"windows": six_nodes()["windows"].iloc[:1]}, "working hours of mode boat"),
    "vehicle_stationed_nowhere": (changed("fleet", 0, base="ATLANTIS"), "base='ATLANTIS'"),
    "crew_of_thirty_hours": (changed("fleet", 0, crew_hours=30), "crew_hours=30"),
    "low_above_usual": (changed("legs", 0, low_min=90), "at most usual_min"),
    "high_below_usual": (changed("legs", 0, high_min=10), "at least usual_min"),
    "leg_twice": (
        {"legs": pd.concat([six_nodes()["legs"]] * 2, ignore_index=True)}, "one row per direction",
    ),
    "no_capacity_column": (
        {"fleet": six_nodes()["fleet"].drop(columns="capacity_boxes")}, "a column of this name",
    ),
    "text_for_minutes": (changed("legs", 0, usual_min="satu jam"), "expected numbers"),
    "empty_capacity": (changed("fleet", 0, capacity_boxes=None), "expected a value"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_inputs_are_refused(fault: str) -> None:
    frames, message = BROKEN[fault]
    with pytest.raises(PlanInputError) as told:
        world(**frames)
    assert message in str(told.value)


def test_a_deadline_in_the_past_is_refused() -> None:
    with pytest.raises(
        DeadlinePassedError, match="for 3 places, expected after 2031-02-14"
    ) as told:
        plan_inputs(**six_nodes(), now=at("00:00", "2031-02-14"))
    assert explain(told.value) == (
        "Tenggat 13/02/2031 18:00 sudah lewat untuk 3 tempat (sekarang 14/02/2031 00:00)."
    )


def test_rules_out_of_range_are_refused() -> None:
    for values in ({"truck_load_min": -1}, {"unload_s_per_box": 601}, {"slack_enough_min": -1}):
        with pytest.raises(ValueError, match="expected"):
            PlanRules(**values)


def test_enough_slack_leaves_room_for_cost() -> None:
    eager = solved(world())
    calm = solved(world(replace(RULES, slack_enough_min=60)))
    assert calm.figures["slack_min"] >= 60
    assert calm.figures["cost"] <= eager.figures["cost"]


sizes = st.lists(st.integers(1, 6), min_size=3, max_size=3)


def sized(counts: list[int], boats: int, **frames: pd.DataFrame) -> PlanInputs:
    tps = pd.DataFrame(
        [{"tps_id": f"{p}/{n}", "place_code": p, "boxes": 5}
         for p, c in zip((A, B, C), counts, strict=True) for n in range(c)]
    )  # fmt: skip
    fleet = six_nodes()["fleet"]
    extra = [
        fleet[fleet["mode"].eq("boat")].assign(vehicle_id=f"KAPAL-{n}") for n in range(2, boats + 1)
    ]
    return world(tps=tps, fleet=pd.concat([fleet, *extra], ignore_index=True), **frames)


@settings(max_examples=6)
@given(sizes, st.integers(1, 2))
def test_more_boats_never_make_it_later(counts: list[int], boats: int) -> None:
    few, more = (solved(sized(counts, n)) for n in (boats, boats + 1))
    assert more.figures["slack_min"] >= few.figures["slack_min"]


@settings(max_examples=6)
@given(sizes, st.integers(6, 12), st.integers(13, 18))
def test_closing_the_sea_never_makes_it_earlier(counts: list[int], opens: int, closes: int) -> None:
    calm = solved(sized(counts, 2))
    rough = solved(sized(counts, 2, windows=sea((f"{opens:02}:00", f"{closes:02}:00"))))
    if rough.unserved.empty:
        assert rough.figures["slack_min"] <= calm.figures["slack_min"]
    else:
        assert set(rough.unserved["place_code"]) <= {A, B}


def test_the_schema_names_every_key() -> None:
    text = (ROOT / "docs" / "plan-schema.md").read_text(encoding="utf-8")
    inputs = world()
    document = to_document(solve_plan(inputs, 1, 1), inputs)
    trip, delivery = document["trips"][0], document["deliveries"][0]
    keys = {*document, *document["figures"], *document["inputs"], *trip, *delivery}
    keys |= set(trip["stops"][0])
    names = keys | set(FAULTS) | set(REASONS) - {"too_late"}
    assert [name for name in sorted(names) if not re.search(rf"`{name}(\[\])?`", text)] == []


@pytest.mark.parametrize("seed", range(10))
def test_any_world_is_planned_soundly_or_says_what_is_left_out(seed: int) -> None:
    """Islands over night, tides, two vessel classes, escorts, short crews, loads above a boat."""
    inputs = random_world(seed)
    plan = solved(inputs, effort_s=1)
    left = {tps for ids in plan.unserved["tps_ids"] for tps in ids}
    final = plan.cargo.merge(inputs.tps[["tps_id", "place_code"]], on="tps_id").merge(
        plan.visits, left_on=["trip_id", "unload_seq", "place_code"],
        right_on=["trip_id", "seq", "place_code"],
    )  # fmt: skip
    assert set(final["tps_id"]) | left == set(inputs.tps["tps_id"])
    assert not set(final["tps_id"]) & left
    assert set(plan.unserved["reason"]) <= set(REASONS)


def test_too_few_trucks_still_bring_all_they_can() -> None:
    """Two trucks of fifty boxes, time for one trip each: 20 of 46 TPS, the others are named."""
    frames = six_nodes()
    stops = frames["stops"][frames["stops"]["place_code"].eq(C)].assign(deadline=at("07:30"))
    tps = [{"tps_id": f"{C}/{n}", "place_code": C, "boxes": 5} for n in range(1, 47)]
    legs, fleet = frames["legs"], frames["fleet"]
    legs = legs[legs["from_code"].eq("GUDANG") & legs["to_code"].eq(C)]
    plan = solved(world(stops=stops, tps=pd.DataFrame(tps), legs=legs, fleet=fleet.iloc[:2]))
    assert plan.cargo["tps_id"].nunique() == 20
    assert plan.figures["unserved_tps"] == 26
    assert set(plan.unserved["reason"]) == {"too_few_vehicles"}


HANG = """PyVRP 0.14.1 was seen to search for ever with release times, reload depots and
shift_duration together; its MaxRuntime did not stop it, since the loop was inside one iteration of
its search. So crews' hours are kept by clipped days and by the timing (commit 335cef2), and no
vehicle that reloads may be given a shift_duration again."""


def test_no_vehicle_that_reloads_is_given_a_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    """See `HANG`: the model handed to PyVRP never has the three together."""
    import pyvrp

    given: list[dict[str, Any]] = []
    real = pyvrp.Model.add_vehicle_type

    def spy(self: pyvrp.Model, *args: Any, **kwargs: Any) -> Any:
        given.append(kwargs)
        assert not args
        return real(self, **kwargs)

    monkeypatch.setattr(pyvrp.Model, "add_vehicle_type", spy)
    solve_plan(world(fleet=six_nodes()["fleet"].assign(crew_hours=6.0)), 1, 1)
    assert given
    assert all(call["reload_depots"] for call in given)
    assert all("shift_duration" not in call for call in given), HANG


def test_the_search_ends_with_short_crews() -> None:
    """See `HANG`: in a process of its own, which is killed where the search does not end."""
    program = (
        "from analytics.plan.solver.solve import solve_plan\n"
        "from tests.plan_random import random_world\n"
        "for seed in range(20, 23):\n"
        "    inputs = random_world(seed)\n"
        "    assert inputs.fleet['crew_hours'].notna().any()\n"
        "    solve_plan(inputs, seed, 0.3)\n"
        "print('ended')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=90,
        check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "ended", done.stderr[-2000:]
