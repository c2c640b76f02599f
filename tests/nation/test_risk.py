"""Risk of TPS: by hand, invariants, missing is not zero, planted risky ones rank high."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.nation.risk import (
    COLUMNS,
    STANDS_FOR,
    KnownOfTps,
    NationRisk,
    desa_remoteness,
    kabupaten_in_reach,
    kabupaten_risk,
    travel_minutes,
)
from analytics.nation.simulate.logistics import LogisticsRules, simulate_logistics
from analytics.nation.ways import WayRules
from analytics.network.remoteness import pert_quantile
from analytics.risk.params import NOT_ENOUGH
from geo.errors import ParameterError
from services.risk.index import default_params
from tests.nation.worlds import grid_units, placed_reports, tps_of, with_islands

VOTE, AS_OF = dt.date(2029, 2, 14), dt.date(2029, 2, 13)
UNITS = grid_units(kabupaten=2, kecamatan=3, desa=3)
ISLANDS = with_islands(UNITS, ["20.01.03"])
TPS = tps_of(UNITS)
LOGISTICS = simulate_logistics(
    UNITS, ISLANDS, VOTE, np.random.default_rng(1), LogisticsRules(late_share=0)
)
PARAMS = default_params()
KAB = "20.01"


def answers(value: dict[str, int], known: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """Return answers to all indicators of all TPS: no, but for some TPS."""
    grid = TPS[["tps_id"]].merge(pd.DataFrame({"indicator": list(STANDS_FOR)}), how="cross")
    said = grid.assign(value=grid["tps_id"].map(value).fillna(0).astype("int8"))
    return said[np.random.default_rng(seed).random(len(said)) < known].reset_index(drop=True)


def frames(indicators: pd.DataFrame, placed: pd.DataFrame | None = None) -> KnownOfTps:
    none = placed_reports(UNITS, 1, np.random.default_rng(0)).iloc[:0]
    rows = none if placed is None else placed
    return KnownOfTps(UNITS, ISLANDS, TPS, indicators, rows, LOGISTICS.depots, LOGISTICS.legs)


def risk(
    indicators: pd.DataFrame, placed: pd.DataFrame | None = None, rules: NationRisk | None = None
) -> pd.DataFrame:
    return kabupaten_risk(KAB, frames(indicators, placed), AS_OF, VOTE, PARAMS, rules)


def one_report(code: str, **changes: object) -> pd.DataFrame:
    row = placed_reports(UNITS, 1, np.random.default_rng(0), families=("konflik",))
    day = pd.Timestamp(AS_OF)
    return row.assign(
        place_code=code, severity=5, date_event=day, date_reported=day, **changes
    )  # fmt: skip


def test_the_way_to_an_island_is_the_sum_of_its_legs_and_changes() -> None:
    ways = WayRules(change_min=45)
    desa = [c for c in UNITS.loc[UNITS["level"].eq("desa"), "code"] if c.startswith(KAB)]
    found = desa_remoteness(KAB, LOGISTICS.depots, LOGISTICS.legs, desa, ways)
    legs = LOGISTICS.legs[LOGISTICS.legs["kabupaten"].eq(KAB)]

    def leg(mode: str, start: str, end: str) -> pd.Series:
        return legs[
            legs["mode"].eq(mode) & legs["from_code"].eq(start) & legs["to_code"].eq(end)
        ].iloc[0]

    kinds = LOGISTICS.depots[LOGISTICS.depots["kabupaten"].eq(KAB)].set_index("kind")["depot_id"]
    code = "20.01.03.2001"
    parts = [
        leg("truck", kinds["gudang"], kinds["dermaga"]),
        leg("boat", kinds["dermaga"], kinds["pendaratan"]),
        leg("local", kinds["pendaratan"], code),
    ]
    slow = sum(
        float(pert_quantile(p["low_min"], p["usual_min"], p["high_min"], 0.95)) for p in parts
    )
    assert found.loc[code, "p95_min"] == pytest.approx(slow + 2 * 45)
    assert found.loc[code, "mode_changes"] == 2
    assert found.loc[code, "sea_min"] == parts[1]["usual_min"]
    land = found[~found.index.str.startswith("20.01.03")]
    assert land["mode_changes"].eq(0).all()
    assert land["sea_min"].eq(0).all()
    assert found["p95_min"].notna().all()


def test_minutes_between_desa_are_symmetric_and_longer_over_water() -> None:
    desa = UNITS[UNITS["level"].eq("desa")]
    minutes = travel_minutes(desa, ISLANDS, WayRules())
    assert np.array_equal(minutes, minutes.T)
    assert (np.diagonal(minutes) == 0).all()
    near, over = "20.01.02.2001", "20.01.03.2001"
    assert minutes.loc["20.01.01.2001", near] == pytest.approx(5.56 * 1.4 / 35 * 60, rel=0.02)
    assert minutes.loc[near, over] == pytest.approx(5.56 * 1.2 / 40 * 60 + 90, rel=0.02)


def test_minutes_to_some_desa_are_those_columns_of_all() -> None:
    desa = UNITS[UNITS["level"].eq("desa")]
    whole = travel_minutes(desa, ISLANDS, WayRules())
    some = ["20.01.03.2002", "20.01.01.2001"]
    pd.testing.assert_frame_equal(travel_minutes(desa, ISLANDS, WayRules(), some), whole[some])


def test_one_conflict_weighs_as_by_hand_and_fades_with_the_way() -> None:
    code = "20.01.01.2001"
    found = risk(answers({}), one_report(code), NationRisk(load_scale=1)).set_index("desa_code")
    relevance = dict(zip(PARAMS.relevance.categories, PARAMS.relevance.values, strict=True))
    quiet = relevance["lainnya"][PARAMS.relevance.stages.index("masa_tenang")]
    load = 1.0 * PARAMS.reports.confidence[3] * quiet  # severity 5, confidence unknown, today
    bad = 1 - 2 ** (-load / PARAMS.conflict.half_load)
    weight = PARAMS.security.weights[PARAMS.security.components.index("konflik")]
    assert found.loc[code, "keamanan"].to_numpy() == pytest.approx(weight * bad, abs=1e-6)
    first = found.groupby(level=0)["keamanan"].first()
    assert first[code] > first["20.01.01.2002"] > first["20.01.01.2003"] > 0


def test_what_is_not_known_is_no_zero() -> None:
    silent = answers({})[lambda f: f["tps_id"].ne(TPS["tps_id"].iloc[0])]
    found = risk(silent).set_index("tps_id")
    bare, other = found.iloc[0], found.iloc[1]
    assert bare["keamanan_tier"] == NOT_ENOUGH
    assert bare["cakupan"] == 0
    assert other["keamanan_tier"] == "rendah"
    assert other["cakupan"] == 1
    assert bare["keamanan_high"] > other["keamanan_high"]
    assert list(found.reset_index()) == list(COLUMNS)


def test_islands_are_never_low_in_logistics_and_no_mainland_is_above_them() -> None:
    found = risk(answers({}))
    island = found["desa_code"].str.startswith("20.01.03")
    assert found.loc[island, "logistik_tier"].isin(["sedang", "tinggi"]).all()
    assert found.loc[island, "logistik"].min() > found.loc[~island, "logistik"].max()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.floats(0.0, 1.0))
def test_the_index_lies_between_its_ends_and_learning_a_yes_never_lowers_it(
    seed: int, known: float
) -> None:
    placed = placed_reports(UNITS, 50, np.random.default_rng(seed), "2028-10-01", 130)
    said = answers({}, known, seed)
    found = risk(said, placed).set_index("tps_id")
    sure = found[found["keamanan"].notna()]
    assert (sure["keamanan_low"] <= sure["keamanan"]).all()
    assert (sure["keamanan"] <= sure["keamanan_high"]).all()
    some = str(found.index[0])
    told = pd.concat(
        [
            said[~(said["tps_id"].eq(some) & said["indicator"].eq("i04"))],
            pd.DataFrame({"tps_id": [some], "indicator": ["i04"], "value": [1]}),
        ],
        ignore_index=True,
    )
    assert risk(told, placed)["keamanan"].iloc[0] >= found["keamanan"].iloc[0]


def test_planted_risky_tps_are_among_the_highest_tenth() -> None:
    rng = np.random.default_rng(8)
    own = TPS.loc[TPS["desa_code"].str.startswith(KAB), "tps_id"].to_numpy()
    worlds, hit = 20, 0.0
    for n in range(worlds):
        risky = rng.choice(own, 3, replace=False)
        grid = answers({}, 0.6, n)
        chance = np.where(grid["tps_id"].isin(risky), 0.8, 0.08)
        said = grid.assign(value=(rng.random(len(grid)) < chance).astype("int8"))
        placed = placed_reports(UNITS, 200, rng, "2028-10-01", 130)
        found = risk(said, placed).set_index("tps_id")["keamanan"].rank(pct=True)
        hit += float((found[risky] > 0.9).mean())
    assert hit / worlds >= 0.75


def test_reports_of_the_neighbour_reach_over_the_border_where_they_are_given() -> None:
    beside = "20.02.01.2001"
    none, some = (risk(answers({}), rows) for rows in (None, one_report(beside)))
    near = none["desa_code"].eq("20.01.01.2003")
    assert (some.loc[near, "keamanan"] > none.loc[near, "keamanan"]).all()


@settings(max_examples=40, deadline=None)
@given(
    reach=st.floats(10, 400),
    speed=st.floats(10, 60),
    over_water=st.booleans(),
    kabupaten=st.sampled_from(["20.01", "20.03", "20.05"]),
)
def test_no_kabupaten_that_a_way_comes_from_in_time_is_left_out(
    reach: float, speed: float, over_water: bool, kabupaten: str
) -> None:
    units = grid_units(kabupaten=6, kecamatan=2, desa=3)
    islands = with_islands(units, ["20.02.01", "20.02.02", "20.04.01"] if over_water else [])
    rules = NationRisk(ways=WayRules(truck_kmh=speed, boat_kmh=40))
    params = replace(PARAMS, reports=replace(PARAMS.reports, reach_min=reach))
    found = kabupaten_in_reach(kabupaten, units, params, rules)
    minutes = travel_minutes(units[units["level"].eq("desa")], islands, rules.ways)
    own = minutes.columns.str.startswith(kabupaten)
    near = minutes.index[minutes.loc[:, own].le(reach).any(axis=1)].str.slice(0, 5)
    assert found == sorted(set(found))
    assert {kabupaten, *near} <= set(found)


def test_kabupaten_in_reach_by_hand() -> None:
    units = grid_units(kabupaten=6, kecamatan=2, desa=3)
    # Stripes of three desa of 5.56 km: from the last desa of one stripe to the first of the next
    # 5.56 km, of that after it 22.2 km, then 38.9 km; 40 min of boat at 40 / 1.2 km/h are 22.2 km.
    rules = NationRisk(ways=WayRules(truck_kmh=10, boat_kmh=40))
    for reach, expected in ((41, ["20.01", "20.02", "20.03"]), (39, ["20.01", "20.02"])):
        params = replace(PARAMS, reports=replace(PARAMS.reports, reach_min=reach))
        assert kabupaten_in_reach("20.01", units, params, rules) == expected
    with pytest.raises(ParameterError, match=r"20\.09"):
        kabupaten_in_reach("20.09", units, PARAMS)


def test_reports_too_far_to_weigh_change_nothing() -> None:
    """Held against the whole: every report over every desa, as the pages have it."""
    units = grid_units(kabupaten=12, kecamatan=2, desa=3)
    islands, tps = with_islands(units, ["20.02.01"]), tps_of(units)
    made = simulate_logistics(
        units, islands, VOTE, np.random.default_rng(1), LogisticsRules(late_share=0)
    )
    placed = placed_reports(units, 400, np.random.default_rng(3), "2028-12-01", 60)
    coarse = np.arange(len(placed)) % 7 == 0
    placed["place_code"] = placed["place_code"].mask(coarse, placed["place_code"].str.slice(0, 8))
    grid = tps[["tps_id"]].merge(pd.DataFrame({"indicator": list(STANDS_FOR)}), how="cross")
    told = grid.assign(value=0)
    params = replace(PARAMS, reports=replace(PARAMS.reports, reach_min=40))
    near = kabupaten_in_reach("20.05", units, params)
    assert len(near) < 12
    inside = placed[placed["place_code"].str.slice(0, 5).isin(near)]
    found, whole = (
        kabupaten_risk(
            "20.05",
            KnownOfTps(units, islands, tps, told, rows, made.depots, made.legs),
            AS_OF,
            VOTE,
            params,
        )
        for rows in (inside, placed)
    )
    pd.testing.assert_frame_equal(found, whole)
    assert found["keamanan"].gt(0).all()


def test_what_is_told_too_late_or_is_unknown_is_refused_or_left_out() -> None:
    late = one_report("20.01.01.2001").assign(date_reported=pd.Timestamp(VOTE))
    pd.testing.assert_frame_equal(risk(answers({}), late), risk(answers({})))
    with pytest.raises(ParameterError, match="i99"):
        risk(answers({}).assign(indicator="i99"))
    with pytest.raises(ParameterError, match=r"20\.09"):
        kabupaten_risk("20.09", frames(answers({})), AS_OF, VOTE, PARAMS)
    with pytest.raises(ParameterError, match="load_scale"):
        replace(NationRisk(), load_scale=0)
