"""One round on the clock, by hand: hours, the night at a landing, the crew's day, docks."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.plan.inputs import PlanInputs
from analytics.plan.solver.loads import World, build_world
from analytics.plan.solver.rounds import LONGEST_WAIT_MIN, Crew, Round, crew_of, make_round, occupy
from tests.plan_world import DAY, RULES, A, B, C, at, hours, six_nodes, world

EVE = "2031-02-12"
SIX, DAY_MIN = 6 * 60.0, 24 * 60.0


def two_days(sail_min: float = 50, crew: float = 12, **rules: object) -> World:
    """Return the six nodes over two days; minute 0 is the midnight before the first.

    The way by boat to B takes ``sail_min``, all crews may work ``crew`` hours.
    """
    frames = six_nodes()
    legs = frames["legs"].assign(
        usual_min=frames["legs"]["usual_min"].mask(
            frames["legs"]["from_code"].eq("DERMAGA") & frames["legs"]["to_code"].eq(B), sail_min
        )
    )
    rows = [hours(mode, day=day) for mode in ("truck", "boat") for day in (EVE, DAY)]
    inputs: PlanInputs = world(
        replace(RULES, **rules),
        legs=legs,
        windows=pd.DataFrame(rows).assign(is_open=True),
        stops=frames["stops"].assign(release=at("06:00", EVE)),
        fleet=frames["fleet"].assign(crew_hours=crew),
    )
    return build_world(inputs)


def round_of(
    one: World, name: str, place: str, ready: float = SIX, crew: Crew | None = None
) -> Round | None:
    vehicle = next(v for fleet in one.vehicles.values() for v in fleet if v.vehicle_id == name)
    return make_round(one, vehicle, crew or crew_of(vehicle), [(place, 5)], ready, {})


def test_a_day_trip_by_hand() -> None:
    """Loads 06:00-06:20, 50 minutes out, 5 unloading, 50 back."""
    found = round_of(two_days(), "KAPAL-1", B)
    assert found is not None
    assert (found.load_start, found.done, found.back) == (360, (435,), 485)
    assert found.crew == Crew(485, 360)


def test_a_boat_that_cannot_be_back_by_night_stays_at_its_landing() -> None:
    """400 minutes: 06:20-13:00, unloaded 13:05, home at 19:45 is too late: from 06:00 next day."""
    found = round_of(two_days(400), "KAPAL-1", B)
    assert found is not None
    assert found.done == (785,)
    assert found.depart[-1] == DAY_MIN + SIX
    assert found.crew == Crew(DAY_MIN + SIX + 400, DAY_MIN + SIX)


def test_a_night_is_better_than_a_later_start_that_is_back_the_same_day() -> None:
    """300 minutes and a crew of 6 hours: out and home in one day are 10 hours, however late."""
    found = round_of(two_days(300, crew=6), "KAPAL-1", B)
    assert found is not None
    assert found.load_start == SIX
    assert found.done == (685,)
    assert found.depart[-1] >= found.done[0] + RULES.rest_min


def test_a_truck_does_not_stay_away_over_night() -> None:
    late = two_days()
    found = round_of(late, "TRUK-1", C, ready=17 * 60.0)  # back at 18:55 is after hours
    assert found is not None
    assert found.load_start == DAY_MIN + SIX


def test_a_second_round_counts_with_the_first_unless_its_crew_has_rested() -> None:
    one = two_days(crew=3)  # hours; a round to B takes 125 minutes
    first = round_of(one, "KAPAL-1", B)
    assert first is not None
    second = round_of(one, "KAPAL-1", B, crew=first.crew)
    assert second is not None
    # 250 minutes together are too long: it rests eight hours, goes out and stays the night.
    assert second.load_start == first.back + 480
    assert second.depart[-1] == DAY_MIN + SIX
    rested = round_of(two_days(crew=3, rest_min=60), "KAPAL-1", B, crew=first.crew)
    assert rested is not None
    assert rested.load_start == first.back + 60


def test_nobody_loads_where_all_docks_are_taken() -> None:
    one = two_days(docks={"GUDANG": 1})
    truck = one.vehicles["truck"][0]
    yard: dict[str, list[tuple[float, float]]] = {}
    starts = []
    for _ in range(3):
        found = make_round(one, truck, crew_of(truck), [(C, 5)], SIX, yard)
        assert found is not None
        occupy(one, truck, found, yard)
        starts.append(found.load_start)
    assert starts == [360, 390, 420]


@settings(max_examples=30)
@given(
    st.integers(20, 500), st.integers(4, 12), st.integers(0, 1440), st.integers(0, 2400),
)  # fmt: skip
def test_what_holds_of_every_round(sail: int, crew: int, rest: int, ready: int) -> None:
    one = two_days(sail, crew, rest_min=rest)
    found = round_of(one, "KAPAL-1", B, float(ready))
    if found is None:
        return
    assert found.load_start >= ready
    out, home = found.depart
    assert out >= found.load_start + RULES.boat_load_min
    assert found.arrive == (out + sail, home + sail)
    for start, end in zip(found.depart, found.arrive, strict=True):
        assert start // DAY_MIN == end // DAY_MIN
        assert start % DAY_MIN >= SIX
        assert end % DAY_MIN <= 18 * 60
    assert out - found.load_start <= RULES.boat_load_min + LONGEST_WAIT_MIN
    pauses = (out - found.load_start - RULES.boat_load_min, home - found.done[0])
    if max(pauses) < max(rest, 1):
        assert found.back - found.load_start <= crew * 60


@pytest.mark.parametrize("place", [A, B, C])
def test_an_earlier_start_is_never_later_home(place: str) -> None:
    one = two_days()
    name = "TRUK-1" if place == C else "KAPAL-1"
    target = "PANTAI-A" if place == A else place
    found = [round_of(one, name, target, float(ready)) for ready in range(300, 1000, 35)]
    backs = [one_.back for one_ in found if one_ is not None]
    assert backs == sorted(backs)
