"""Invented logistics: every desa is reached, the same again from one seed, late boats are told."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.nation.simulate.logistics import (
    LATE_BOAT,
    Logistics,
    LogisticsRules,
    simulate_logistics,
)
from analytics.nation.ways import LEAST_MIN, WayRules
from geo.errors import CodeError, ParameterError
from tests.nation.worlds import grid_units, with_islands

VOTE = dt.date(2029, 2, 14)
UNITS = grid_units(kabupaten=2, kecamatan=3, desa=3)
ISLANDS = with_islands(UNITS, ["20.01.03"])


def made(late: float = 0.0, seed: int = 1, islands: pd.DataFrame = ISLANDS) -> Logistics:
    rules = LogisticsRules(late_share=late)
    return simulate_logistics(UNITS, islands, VOTE, np.random.default_rng(seed), rules)


def reached(found: Logistics, kabupaten: str) -> set[str]:
    """Return all that can be reached from the warehouse, by whatever way."""
    legs = found.legs[found.legs["kabupaten"].eq(kabupaten)]
    seen = {f"G-{kabupaten}"}
    while True:
        there = legs["from_code"].isin(seen) | legs["to_code"].isin(seen)
        more = seen | set(legs.loc[there, "from_code"]) | set(legs.loc[there, "to_code"])
        if more == seen:
            return seen
        seen = more


def test_ways_take_distance_times_detour_over_speed() -> None:
    ways = WayRules(truck_kmh=30, road_detour=1.5, boat_kmh=20, sea_detour=1.0)
    km = np.array([0.0, 10.0, 20.0])
    assert ways.usual_min(km, "truck").tolist() == [LEAST_MIN, 30.0, 60.0]
    assert ways.usual_min(km, "boat").tolist() == [LEAST_MIN, 30.0, 60.0]


@pytest.mark.parametrize("change", [{"truck_kmh": 0.5}, {"quick": 1.5}, {"sea_detour": 0.9}])
def test_ways_out_of_range_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(change))):
        WayRules(**change)


def test_an_island_has_a_pier_a_landing_and_carriers_and_the_mainland_has_none() -> None:
    found = made()
    kinds = found.depots.groupby("kabupaten")["kind"].apply(sorted).to_dict()
    assert kinds == {"20.01": ["dermaga", "gudang", "pendaratan"], "20.02": ["gudang"]}
    landing = found.depots[found.depots["kind"].eq("pendaratan")].iloc[0]
    assert landing["desa_code"].startswith("20.01.03.")
    modes = found.fleet.groupby("kabupaten")["mode"].apply(set).to_dict()
    assert modes == {"20.01": {"truck", "boat", "local"}, "20.02": {"truck"}}
    pier = found.depots.loc[found.depots["kind"].eq("dermaga"), "desa_code"].iloc[0]
    assert pier.startswith("20.01.02."), "the kecamatan beside the island"


def test_a_landing_of_an_island_of_one_desa_is_that_desa() -> None:
    lone = ISLANDS["desa_code"].eq("20.02.03.2003")
    islands = ISLANDS.assign(
        island_id=ISLANDS["island_id"].mask(lone, 9), is_main=ISLANDS["is_main"] & ~lone
    )
    found = made(islands=islands)
    boats = found.legs[found.legs["mode"].eq("boat") & found.legs["kabupaten"].eq("20.02")]
    assert boats["to_code"].to_list() == ["20.02.03.2003"]
    own = found.fleet[found.fleet["kabupaten"].eq("20.02")]
    assert set(own["mode"]) == {"truck", "boat"}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=18, max_size=18))
def test_every_desa_is_reached_whatever_island_it_is_on(on: list[int]) -> None:
    desa = UNITS.loc[UNITS["level"].eq("desa"), "code"].to_numpy()
    on[0] = on[9] = 0  # a main island in each kabupaten
    islands = pd.DataFrame({"desa_code": desa, "island_id": on, "is_main": [n == 0 for n in on]})
    found = made(islands=islands)
    for kabupaten in ("20.01", "20.02"):
        own = {code for code in desa if code.startswith(kabupaten)}
        assert own <= reached(found, kabupaten)
    legs = found.legs
    assert (legs["low_min"] <= legs["usual_min"]).all()
    assert (legs["usual_min"] <= legs["high_min"]).all()
    assert legs["area"].ne("").eq(legs["mode"].eq("boat")).all()
    ends = np.sort(legs[["from_code", "to_code"]].to_numpy(dtype=str), axis=1)
    assert not pd.DataFrame(ends).assign(mode=legs["mode"]).duplicated().any()
    assert set(found.fleet["base"]) <= set(found.depots["depot_id"])


def test_the_same_seed_makes_the_same_and_only_lateness_is_drawn() -> None:
    one, same, other = made(0.5, 3), made(0.5, 3), made(0.5, 4)
    for name in ("depots", "legs", "fleet", "truth"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(same, name))
    for name in ("depots", "legs"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_late_boats_are_told_and_are_the_only_vehicles_that_are_late() -> None:
    found, punctual = made(1.0), made(0.0)
    boats = found.fleet[found.fleet["mode"].eq("boat")]
    assert found.truth["what"].eq(LATE_BOAT).all()
    assert sorted(found.truth["code"]) == sorted(boats["vehicle_id"])
    late = found.fleet["available_from"].notna()
    assert late.eq(found.fleet["mode"].eq("boat")).all()
    assert punctual.truth.empty
    assert punctual.fleet["available_from"].isna().all()
    assert punctual.fleet.dtypes.equals(found.fleet.dtypes)


def test_a_desa_without_an_island_and_a_kabupaten_without_a_main_one_are_refused() -> None:
    with pytest.raises(CodeError, match=r"20\.01\.01\.2001"):
        made(islands=ISLANDS.iloc[1:])
    with pytest.raises(CodeError, match=r"20\.01"):
        made(islands=ISLANDS.assign(is_main=ISLANDS["desa_code"].str.startswith("20.02")))
