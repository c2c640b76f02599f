"""The last mile to the TPS, and the way back of the counted boxes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.plan.audit import audit
from analytics.plan.document import plain, to_document
from analytics.plan.ends import (
    LastMileParams,
    ReturnTimes,
    first_mile_back,
    handovers,
    last_mile,
    mirrored_inputs,
    solve_return,
)
from analytics.plan.solver.solve import solve_plan
from analytics.plan.trips import as_late_as_possible
from geo.errors import ParameterError
from tests.plan_random import random_world
from tests.plan_world import A, B, C, at, hours, six_nodes, world

VOTE, AFTER = "2031-02-14", "2031-02-15"
MORNING = LastMileParams(at("06:00", VOTE), at("04:00", VOTE), carriers=1)
TIMES = ReturnTimes(at("08:00", AFTER), at("18:00", AFTER))
SOLVED = (world(), solve_plan(world(), 1, 1))


def test_a_carrier_serves_its_tps_in_turn() -> None:
    """Two TPS, 15 minutes each way, 5 to hand over: there 04:20, back 04:35, there 04:55."""
    inputs, plan = SOLVED
    found = last_mile(plan, inputs, MORNING)
    own = found[found["place_code"].eq(B)]
    assert [t.strftime("%H:%M") for t in own["arrive"]] == ["04:20", "04:55"]
    assert [t.strftime("%H:%M") for t in own["latest_depart"]] == ["05:05", "05:40"]
    late = found[~found["in_time"]]
    assert late["tps_id"].tolist() == [f"{A}/4"]  # the fourth round of one carrier: 06:05
    assert sorted(found["tps_id"]) == sorted(inputs.tps["tps_id"])


def test_far_tps_come_first_and_late_ones_are_told() -> None:
    inputs, plan = SOLVED
    ways = pd.DataFrame({"tps_id": [f"{B}/2"], "usual_min": [116.0]})
    found = last_mile(plan, inputs, MORNING, ways).set_index("tps_id")
    assert found.loc[f"{B}/2", "arrive"] == at("06:01", VOTE)
    assert not found.loc[f"{B}/2", "in_time"]
    assert found.loc[f"{B}/2", "round"] == 1
    document = to_document(plan, inputs)
    rows = found.reset_index().to_dict("records")
    document["last_mile"] = [{str(k): plain(v) for k, v in row.items()} for row in rows]
    assert {f.key for f in audit(document).faults} == {"last_mile_late"}


def test_a_kit_of_many_boxes_takes_rounds() -> None:
    inputs, plan = SOLVED
    small = replace(MORNING, capacity_boxes=3)
    found = last_mile(plan, inputs, small).set_index("tps_id")
    # 5 boxes in a carrier of 3: out, hand over, back, out, hand over.
    assert found.loc[f"{B}/1", "arrive"] == at("04:55", VOTE)


@settings(max_examples=25)
@given(st.integers(1, 6), st.integers(1, 40))
def test_more_carriers_are_never_later(carriers: int, boxes: int) -> None:
    inputs, plan = SOLVED
    few, more = (
        last_mile(plan, inputs, replace(MORNING, carriers=n, capacity_boxes=boxes))
        for n in (carriers, carriers + 1)
    )
    assert more["arrive"].max() <= few["arrive"].max()
    assert ((few["latest_depart"] >= few["depart"]) == few["in_time"]).all() or not few[
        "in_time"
    ].all()


def test_boxes_come_back_to_the_office() -> None:
    night = LastMileParams(at("23:00", VOTE), at("20:00", VOTE), carriers=1)
    found = first_mile_back(world().tps, night)
    own = found[found["place_code"].eq(B)]
    assert [t.strftime("%H:%M") for t in own["fetched"]] == ["20:20", "20:55"]
    assert [t.strftime("%H:%M") for t in own["received"]] == ["20:35", "21:10"]


@cache
def returned() -> tuple:
    windows = pd.DataFrame([hours("truck", day=AFTER), hours("boat", day=AFTER)])
    inputs = world(windows=windows.assign(is_open=True))
    return inputs, *solve_return(inputs, TIMES, effort_s=1)


def test_the_way_back_is_the_way_out_in_a_mirror() -> None:
    """Boat first for the boxes of A, then to B; the truck comes by C and fetches both."""
    inputs, plan, mirror = returned()
    assert audit(to_document(mirror, mirrored_inputs(inputs, TIMES))).passed
    visits = plan.visits
    fetched = visits[visits["load_boxes"].gt(0)]
    assert (fetched["arrive"] >= TIMES.ready).all()
    assert plan.trips["back"].max() == at("13:05", AFTER)  # boats 08:00-11:30, truck, unloaded
    unloaded = visits[visits["place_code"].eq("GUDANG")]["unload_boxes"].sum()
    assert unloaded == inputs.tps["boxes"].sum()
    for _, own in visits.groupby("trip_id"):
        assert own["arrive"].is_monotonic_increasing
        assert (own["depart"] >= own["arrive"]).all()
        assert own["load_boxes"].sum() == own["unload_boxes"].sum()


def test_boxes_change_hands_in_order() -> None:
    _, plan, _ = returned()
    chain = handovers(plan, {"DERMAGA": "Syahbandar"})
    own = chain[chain["tps_id"].eq(f"{A}/1")]
    assert own["from_code"].tolist() == [A, "PANTAI-A", "DERMAGA"]
    assert own["to_code"].tolist() == ["PANTAI-A", "DERMAGA", "GUDANG"]
    assert (own["handed_over"].iloc[1:].array >= own["received"].iloc[:-1].array).all()
    assert own["receiver_office"].tolist()[1] == "Syahbandar"
    assert own["seal_numbers"].isna().all()


def test_a_plan_as_late_as_possible_still_holds() -> None:
    inputs, plan = SOLVED
    late = as_late_as_possible(plan, inputs)
    assert audit(to_document(late, inputs)).passed
    slack = dict(zip(late.deliveries["place_code"], late.deliveries["slack_min"], strict=True))
    assert slack[A] == 0  # the cart needs no daylight
    assert slack[B] == 50  # the boat must be back from B by nightfall
    assert late.figures["cost"] == plan.figures["cost"]
    depart = dict(zip(plan.trips["trip_id"], plan.trips["latest_depart"], strict=True))
    for row in late.trips.itertuples():
        assert row.depart == depart[row.trip_id]
    assert {A, B, C} == set(late.deliveries["place_code"])


@pytest.mark.parametrize("seed", [0, 23, 24])
def test_the_latest_plan_holds_crews_and_docks(seed: int) -> None:
    """In 0 and 23 a crew would work too long, in 0 and 24 more would load than there are docks."""
    inputs = random_world(seed)
    docks = {"G": 1 + seed % 2, "Q0": 1}
    inputs = replace(inputs, rules=replace(inputs.rules, docks=docks))
    plan = solve_plan(inputs, seed, 0.05)
    late = as_late_as_possible(plan, inputs)
    assert {f.key for f in audit(to_document(late, inputs)).faults} <= {"tps_missing"}
    was, now = (p.trips.set_index("trip_id")["load_start"] for p in (plan, late))
    later = now - was
    assert later.min() >= pd.Timedelta(0)
    assert later.max() > pd.Timedelta(0)


@pytest.mark.parametrize(
    "values",
    [{"carriers": 0}, {"capacity_boxes": 0}, {"way_min": 0}, {"handling_min": -1},
     {"since": at("07:00", VOTE)}, {"due": pd.Timestamp("2031-02-14 06:00")}],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        replace(MORNING, **values)


def test_a_way_of_no_time_is_refused() -> None:
    ways = pd.DataFrame({"tps_id": [f"{B}/2"], "usual_min": [0.0]})
    with pytest.raises(ParameterError, match="usual_min of DESA-B/2"):
        first_mile_back(six_nodes()["tps"], MORNING, ways)
