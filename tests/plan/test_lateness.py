"""Chances of being late: against the plan, against a formula, and in general."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import beta, multivariate_normal

from analytics.plan.document import Plan
from analytics.plan.inputs import PlanInputs
from analytics.plan.lateness import Lateness, LatenessParams, lateness
from analytics.plan.solver.solve import solve_plan
from analytics.plan.solver.timing import LegTable, forward
from analytics.plan.trips import calendar_of, structure
from geo.errors import ParameterError
from tests.plan_world import B, C, at, six_nodes, world

CALM = LatenessParams(runs=4000, breakdown_truck_h=0, breakdown_boat_h=0, closing_per_day=0)


def spread(low: float = 0.8, high: float = 2.0) -> pd.DataFrame:
    legs = six_nodes()["legs"]
    return legs.assign(low_min=legs["usual_min"] * low, high_min=legs["usual_min"] * high)


def planned(**frames: pd.DataFrame) -> tuple[Plan, PlanInputs]:
    inputs = world(**frames)
    return solve_plan(inputs, 1, 1), inputs


def only_c(deadline: str) -> tuple[Plan, PlanInputs]:
    """Return one truck to one desa: leaves 06:30, 40 minutes, unloads 5."""
    frames = six_nodes()
    stops = frames["stops"][frames["stops"]["place_code"].eq(C)].assign(deadline=at(deadline))
    legs = spread(0.5, 3.0)
    return planned(
        stops=stops,
        tps=frames["tps"][frames["tps"]["place_code"].eq(C)],
        legs=legs[legs["from_code"].eq("GUDANG") & legs["to_code"].eq(C)],
        fleet=frames["fleet"].iloc[:1],
        windows=frames["windows"].iloc[:1],
    )


def test_the_structure_of_a_plan_gives_its_times_again() -> None:
    plan, inputs = planned()
    trips = structure(plan, inputs)
    times = forward(trips, LegTable(inputs.legs), calendar_of(inputs))
    for row in plan.trips.itertuples():
        assert calendar_of(inputs).time(float(times[row.trip_id].back[0])) == row.back


def test_legs_without_spread_are_certain() -> None:
    plan, inputs = planned()
    found = lateness(plan, inputs, CALM)
    assert found.all_in_time == 1.0
    assert found.standard_error == 0.0
    latest = found.by_stop["latest_depart"]
    # Truck 14:15, pier 15:20, A, boat back 16:45, off 17:05, B unloaded 18:00 sharp. That the boat
    # then stays over night does not make the kits late; the plan itself says 13:25 and comes back.
    assert latest[B] == at("14:15")


def test_one_truck_agrees_with_the_formula() -> None:
    """20 to 120 minutes, usually 40: in time within 70 of them is a beta distribution's share."""
    plan, inputs = only_c("07:45")
    found = lateness(plan, inputs, replace(CALM, runs=40_000))
    share = float(beta.cdf((70 - 20) / 100, 1 + 4 * 0.2, 1 + 4 * 0.8))
    assert found.all_in_time == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 40_000))
    assert found.standard_error == pytest.approx(np.sqrt(share * (1 - share) / 40_000), rel=0.05)


def test_the_latest_departure_is_where_the_share_is_met() -> None:
    plan, inputs = only_c("12:00")
    chosen = replace(CALM, runs=20_000, shift_step_min=1)
    found = lateness(plan, inputs, chosen)
    minutes = 20 + 100 * float(beta.ppf(0.95, 1 + 4 * 0.2, 1 + 4 * 0.8))
    exact = at("12:00") - pd.Timedelta(minutes=5 + minutes)
    error = (found.by_stop.loc[C, "latest_depart"] - exact) / pd.Timedelta(minutes=1)
    assert abs(error) <= 3


def test_breakdowns_follow_their_rate() -> None:
    """A breakdown an hour, 40 minutes of way, endless repairs: in time when nothing breaks."""
    plan, inputs = only_c("12:00")
    sure = replace(inputs, legs=inputs.legs.assign(low_min=np.nan, high_min=np.nan))
    chosen = replace(CALM, runs=40_000, breakdown_truck_h=1.0, repair_min=1e6)
    share = float(np.exp(-40 / 60))
    assert lateness(plan, sure, chosen).all_in_time == pytest.approx(share, abs=0.01)


def test_a_sea_that_closes_early_keeps_boats_for_the_next_day() -> None:
    plan, inputs = planned()
    closing = replace(CALM, closing_per_day=1.0)
    found = lateness(plan, inputs, closing)
    # Closed from an hour spread evenly over 06:00-18:00; the second boat leaves at 09:20.
    assert found.by_stop.loc[B, "in_time"] == pytest.approx(1 - 200 / 720, abs=0.03)
    assert found.by_stop.loc[C, "in_time"] == 1.0


def test_shared_weather_makes_them_late_together() -> None:
    """All in time is likelier when all are late on the same days; each alone is as likely."""
    stops = six_nodes()["stops"].assign(deadline=[at("09:45"), at("11:05"), at("18:00")])
    plan, inputs = planned(stops=stops, legs=spread())
    alone = lateness(plan, inputs, replace(CALM, shared_sea=0.0, shared_road=0.0))
    together = lateness(plan, inputs, replace(CALM, shared_sea=1.0, shared_road=1.0))
    spare = np.prod(alone.by_stop["in_time"]), np.prod(together.by_stop["in_time"])
    assert together.all_in_time - spare[1] > alone.all_in_time - spare[0]


def test_what_is_in_no_trip_is_never_in_time() -> None:
    plan, inputs = planned(legs=six_nodes()["legs"].iloc[[0, 3, 4, 5, 6]])
    found = lateness(plan, inputs, CALM)
    assert found.by_stop.loc[C, "in_time"] == 0.0
    assert found.by_stop.loc[C, "late_p95_min"] == np.inf
    assert found.all_in_time == 0.0
    assert pd.isna(found.by_kabupaten["latest_shift_min"].iloc[0])


def test_the_same_seed_answers_the_same() -> None:
    plan, inputs = planned(legs=spread())
    one, two, other = (lateness(plan, inputs, LatenessParams(runs=500), s) for s in (3, 3, 4))
    pd.testing.assert_frame_equal(one.by_stop, two.by_stop)
    assert one.runs == 500
    assert one.seed == 3 != other.seed


@settings(max_examples=5)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 60))
def test_more_trouble_is_never_better(truck: float, boat: float, minutes: int) -> None:
    deadline = at("12:00") - pd.Timedelta(minutes=minutes)
    plan, inputs = PLANNED
    tight = replace(inputs, stops=inputs.stops.assign(deadline=deadline))

    def chance(params: LatenessParams, asked: PlanInputs = tight) -> Lateness:
        return lateness(plan, asked, params)

    calm = LatenessParams(runs=300, breakdown_truck_h=0, breakdown_boat_h=0, closing_per_day=0)
    worse = replace(calm, breakdown_truck_h=truck, breakdown_boat_h=boat)
    assert chance(worse).all_in_time <= chance(calm).all_in_time
    assert chance(calm).all_in_time <= chance(calm, inputs).all_in_time


PLANNED = planned(legs=spread())


@pytest.mark.parametrize(
    ("name", "value"),
    [("runs", 99), ("shared_sea", 1.1), ("shared_road", -0.1), ("breakdown_boat_h", 2),
     ("repair_min", 0), ("closing_per_day", -1), ("confidence", 1), ("shift_step_min", 0)],
)  # fmt: skip
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        LatenessParams(**{name: value})


def two_trucks() -> tuple[Plan, PlanInputs]:
    """Return two trucks to two desa: each leaves 06:30, 40 minutes, unloads 5, due 07:45."""
    frames = six_nodes()
    stop = frames["stops"][frames["stops"]["place_code"].eq(C)].assign(deadline=at("07:45"))
    tps = frames["tps"][frames["tps"]["place_code"].eq(C)]
    legs = spread(0.5, 3.0)
    leg = legs[legs["from_code"].eq("GUDANG") & legs["to_code"].eq(C)]
    other = "DESA-D"
    return planned(
        stops=pd.concat([stop, stop.assign(place_code=other)]),
        tps=pd.concat([tps, tps.assign(place_code=other, tps_id="D" + tps["tps_id"])]),
        legs=pd.concat([leg, leg.assign(to_code=other)]),
        fleet=frames["fleet"].iloc[:2],
        windows=frames["windows"].iloc[:1],
    )


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
def test_trucks_of_one_day_are_late_together_as_far_as_they_share_the_weather(
    shared: float,
) -> None:
    """Both in time: a bivariate normal with that correlation, at the quantile of one of them."""
    plan, inputs = two_trucks()
    assert len(plan.trips) == 2
    runs = 20_000
    found = lateness(
        plan, inputs, replace(CALM, runs=runs, shared_road=shared, shared_sea=1 - shared)
    )
    one = float(beta.cdf((70 - 20) / 100, 1 + 4 * 0.2, 1 + 4 * 0.8))
    z = float(ndtri(one))
    joint = multivariate_normal([0, 0], [[1, shared], [shared, 1]], allow_singular=True)
    both = float(joint.cdf([z, z]))
    assert found.all_in_time == pytest.approx(both, abs=4 * np.sqrt(both * (1 - both) / runs))


def test_the_error_of_the_roads_is_one_draw_for_all_of_them() -> None:
    """Legs without a spread of days: in a run all are off by one factor, so two trips are late
    together, and the chance is that of one lognormal variable."""
    plan, inputs = only_c("2024-02-13T07:45")
    sure = replace(inputs, legs=inputs.legs.assign(low_min=np.nan, high_min=np.nan))
    found = lateness(plan, sure, CALM, 1, road_error=0.3)
    # Leaves 06:30, 40 minutes, unloads 5: in time up to 70 minutes under way.
    expected = ndtr(np.log(70 / 40) / 0.3)
    assert found.all_in_time == pytest.approx(expected, abs=4 * found.standard_error)
    assert lateness(plan, sure, CALM, 1).all_in_time == 1.0
    assert lateness(plan, sure, CALM, 1, road_error=0.3).all_in_time == found.all_in_time
    whole, every = planned()
    wide = replace(every, legs=every.legs.assign(low_min=np.nan, high_min=np.nan))
    late = lateness(whole, wide, CALM, 1, road_error=0.3)
    assert late.all_in_time == pytest.approx(late.by_stop["in_time"].min(), abs=1e-9)
    with pytest.raises(ParameterError, match="road_error"):
        lateness(plan, inputs, CALM, 1, road_error=3.0)
