"""The two indices: a case by hand, a slow reckoning beside the fast, what must always hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.explain import component_changes, evidence
from analytics.risk.index import (
    QUANTUM,
    Part,
    draw_weights,
    index_columns,
    score,
    tier_of,
    tier_probabilities,
)
from analytics.risk.panel import Steps, by_group, risk_panel
from analytics.risk.params import INDICES, TIERS, DrawParams
from analytics.risk.report_weights import (
    _travel_decay,
    affair_loads,
    stage_relevance,
    strengths,
    weighing_reports,
)
from tests.risk_reference import answer, never_low, shares, slow_index, slow_tier
from tests.risk_world import (
    A1A,
    A1B,
    A2A,
    B1A,
    CODES,
    World,
    coverage_frame,
    indicators_frame,
    params,
    random_world,
    reports_frame,
    stages_frame,
    told_frame,
    values_frame,
)

DAY = dt.date(2031, 1, 31)


def three_tps() -> World:
    """Return the world of the case in `analytics.risk.index`."""
    far = np.inf
    minutes = pd.DataFrame([[0.0, 30.0, far], [30.0, 0.0, far], [far, far, 0.0]],
                           index=[A1A, A1B, B1A], columns=[A1A, A1B, B1A])  # fmt: skip
    tps = pd.DataFrame({"tps_id": ["t1", "t2", "t3"], "desa_code": [A1A, A1B, B1A]})
    return World(
        reports=reports_frame([{"date_event": "2031-01-01", "date_reported": "2031-01-02",
                                "unit_kejadian": A1A}]),
        minutes=minutes,
        stages=stages_frame([("kampanye", "2030-12-01", "2031-02-10")]),
        coverage=coverage_frame([("99", "2029-01-01", "2032-01-01")]),
        tps=tps,
        indicators=indicators_frame(["keamanan"] * 4),
        values=values_frame([("i0", "t1", A1A, 1), ("i1", "t1", A1A, 1), ("i2", "t1", A1A, 0),
                             ("i3", None, A1A, 0), ("i0", "t2", A1B, 1), ("i1", "t2", A1B, 0)]),
        baseline=pd.DataFrame({"unit_code": ["99.01"], "score": [50.0]}),
        places=pd.DataFrame({"p95_min": [120.0, 240.0, np.nan],
                             "mode_changes": pd.array([0, 2, pd.NA], dtype="Int64"),
                             "sea_min": [0.0, 60.0, np.nan]}, index=[A1A, A1B, B1A]),
        told=told_frame({"t1": {"state": "diterima"}, "t2": {}, "t3": {"state": "berangkat"}}),
    )  # fmt: skip


def table(world: World, date: dt.date = DAY) -> pd.DataFrame:
    parts, known = world.parts(date)
    at, floors = pd.Index(world.tps["tps_id"], name="tps_id"), world.floors()
    return pd.concat(
        [
            index_columns(parts[n], world.params.index(n), known, world.params.draws, at, floors[n])
            for n in INDICES
        ],
        axis=1,
    )


def test_three_tps_by_hand() -> None:
    found = table(three_tps())
    rows = found.loc[["t1", "t2", "t3"]]
    np.testing.assert_array_equal(rows["indeks_keamanan"], [0.5625, 0.375, 0.0])
    np.testing.assert_array_equal(rows["keamanan_low"], [0.5625, 0.375, 0.0])
    np.testing.assert_array_equal(rows["keamanan_high"], [0.5625, 0.5, 0.375])
    np.testing.assert_array_equal(rows["cakupan_keamanan"], [1.0, 0.875, 0.625])
    assert list(rows["tier_keamanan"]) == ["tinggi", "sedang", "belum_cukup"]
    assert list(rows.loc["t1", [f"keamanan_{c}" for c in INDICES["keamanan"]]]) == [
        0.125, 0.375, 0.0, 0.0625,
    ]  # fmt: skip
    assert rows.loc["t3", ["keamanan_indikator", "keamanan_baseline"]].isna().all()
    np.testing.assert_allclose(rows["indeks_logistik"], [1 / 8, 11 / 32, 1 / 16], atol=QUANTUM)
    assert list(rows["tier_logistik"]) == ["rendah", "sedang", "belum_cukup"]
    assert rows.loc["t3", [f"p_keamanan_{t}" for t in TIERS]].isna().all()


def heard_share(world: World, tps: str, desa: str) -> float:
    heard = [answer(world, i, tps, desa) is not None for i in world.indicators["indicator_id"]]
    return sum(heard) / len(heard)


@pytest.mark.parametrize("seed", range(5))
def test_a_slow_reckoning_agrees_exactly(seed: int) -> None:
    world = random_world(seed)
    for date in (dt.date(2030, 12, 20), dt.date(2031, 2, 3), dt.date(2031, 4, 30)):
        found = table(world, date)
        for tps, desa in zip(world.tps["tps_id"], world.tps["desa_code"], strict=True):
            slow = shares(world, tps, desa, date)
            for name in INDICES:
                index, low, high = slow_index(slow[name], world.params.index(name))
                row = found.loc[tps]
                assert np.array_equal([row[f"indeks_{name}"]], [index], equal_nan=True)
                assert (row[f"{name}_low"], row[f"{name}_high"]) == (low, high)
                floor = never_low(world, tps, desa)[name]
                chosen = world.params.index(name)
                tier = slow_tier(index, slow[name], heard_share(world, tps, desa), floor, chosen)
                assert row[f"tier_{name}"] == tier


@pytest.mark.parametrize("seed", range(3))
def test_contributions_sum_to_the_index_without_a_tolerance(seed: int) -> None:
    found = table(random_world(seed))
    for name, components in INDICES.items():
        given_ = found[[f"{name}_{c}" for c in components]].fillna(0.0)
        index = found[f"indeks_{name}"].fillna(0.0)
        assert (given_.sum(axis=1) == index).all()
        assert (given_.iloc[:, ::-1].sum(axis=1) == index).all()
        assert (given_ >= 0).all(axis=None)
        assert (found[f"{name}_low"] <= found[f"indeks_{name}"].fillna(1)).all()
        assert (found[f"{name}_high"] >= found[f"indeks_{name}"].fillna(0)).all()
        assert found[f"{name}_high"].le(1.0).all()


@pytest.mark.parametrize("seed", range(2))
def test_many_dates_at_once_are_each_date_alone(seed: int) -> None:
    world = random_world(seed)
    dates = [dt.date(2030, 11, 1) + dt.timedelta(days=23 * n) for n in range(7)]
    parts, _ = world.parts(dates[0])
    desa = world.field
    at = pd.Index(desa.codes).get_indexer(pd.Index(world.tps["desa_code"]))
    steps = np.zeros(len(dates), dtype=np.int64)
    panel = risk_panel(
        desa, dates, at, Steps(steps, [parts["keamanan"]]), parts["keamanan"]["baseline"],
        Steps(steps, [parts["logistik"]]),
    )  # fmt: skip
    for n, date in enumerate(dates):
        alone = score(world.parts(date)[0]["keamanan"], world.params.security)
        np.testing.assert_array_equal(panel.security[n], alone.index)
        np.testing.assert_array_equal(panel.security_low[n], alone.low)
        np.testing.assert_array_equal(panel.security_high[n], alone.high)


@settings(max_examples=10)
@given(
    seed=st.integers(0, 500),
    unit=st.sampled_from([*CODES, "99.01.01", "99.01", "99"]),
    severity=st.integers(1, 5),
    age=st.integers(0, 200),
    kind=st.sampled_from(["kejadian", "potensi"]),
)
def test_one_more_report_never_lowers_security(
    seed: int, unit: str, severity: int, age: int, kind: str
) -> None:
    world = random_world(seed, 8)
    more = reports_frame([{
        "report_id": "new", "perkara_id": "new", "kind": kind, "unit_kejadian": unit,
        "severity": severity, "date_event": DAY - dt.timedelta(days=age),
        "date_reported": DAY - dt.timedelta(days=age),
    }])  # fmt: skip
    fuller = replace(world, reports=pd.concat([world.reports, more], ignore_index=True))
    before, after = table(world), table(fuller)
    for column in ("indeks_keamanan", "keamanan_low", "keamanan_high"):
        # What was unknown altogether (NaN) has no value to fall from.
        assert (after[column] >= before[column]).where(before[column].notna(), True).all()
    assert after["cakupan_keamanan"].ge(before["cakupan_keamanan"]).all()
    pd.testing.assert_series_equal(before["indeks_logistik"], after["indeks_logistik"])


@settings(max_examples=10)
@given(seed=st.integers(0, 500), desa=st.sampled_from(CODES[1:]), more=st.floats(0, 900))
def test_a_longer_way_never_lowers_logistics(seed: int, desa: str, more: float) -> None:
    world = random_world(seed, 3)
    places = world.places.copy()
    places.loc[desa, "p95_min"] += more
    before, after = table(world), table(replace(world, places=places))
    known = before["indeks_logistik"].notna()
    assert (after["indeks_logistik"] >= before["indeks_logistik"])[known].all()
    pd.testing.assert_series_equal(before["indeks_keamanan"], after["indeks_keamanan"])


@settings(max_examples=20)
@given(seed=st.integers(0, 200))
def test_a_new_report_of_the_same_affair_adds_no_more_than_the_heavier_of_both(seed: int) -> None:
    world = random_world(seed, 6)
    rows = weighing_reports(world.reports, world.params)
    if rows.empty:
        return
    rng = np.random.default_rng(seed)
    strength, place = rng.random((3, len(rows))), rng.random((len(rows), 5))
    one_affair = pd.Series("P", index=rows.index)
    found = affair_loads(strength, place, one_affair)
    single = np.stack([strength[:, n, None] * place[n] for n in range(len(rows))])
    np.testing.assert_array_equal(found, single.max(axis=0))


def test_peaceful_and_unstated_assemblies_weigh_nothing() -> None:
    rows = reports_frame([
        {"date_event": "2031-01-01", "unit_kejadian": A1A, "family": "unjuk_rasa", **more}
        for more in ({"peaceful": True}, {"peaceful": None}, {"peaceful": False})
    ])  # fmt: skip
    calm = reports_frame([{"date_event": "2031-01-01", "unit_kejadian": A1A, "peaceful": True}])
    assert list(weighing_reports(rows, params())["report_id"]) == ["R2"]
    assert weighing_reports(calm, params()).empty


def test_a_report_known_to_its_kabupaten_only_moves_nothing_but_the_upper_end() -> None:
    world = three_tps()
    coarse = reports_frame([{"date_event": "2031-01-30", "date_reported": "2031-01-30",
                             "unit_kejadian": "99.01"}])  # fmt: skip
    before = table(replace(world, reports=coarse.iloc[:0]))
    after = table(replace(world, reports=coarse))
    pd.testing.assert_series_equal(before["indeks_keamanan"], after["indeks_keamanan"])
    pd.testing.assert_series_equal(before["keamanan_low"], after["keamanan_low"])
    assert list(after["keamanan_high"] > before["keamanan_high"]) == [True, True, False]


def test_where_nobody_watched_no_report_is_not_zero() -> None:
    world = replace(three_tps(), coverage=coverage_frame([]), reports=reports_frame([]))
    row = table(world).loc["t3"]
    assert np.isnan(row["indeks_keamanan"])
    assert (row["keamanan_low"], row["keamanan_high"]) == (0.0, 1.0)
    assert row["tier_keamanan"] == "belum_cukup"


def test_a_report_is_not_known_before_it_was_told() -> None:
    world = three_tps()
    assert table(world, dt.date(2031, 1, 1)).loc["t1", "keamanan_konflik"] == 0.0
    assert table(world, dt.date(2031, 1, 2)).loc["t1", "keamanan_konflik"] > 0.4
    late = world.reports.assign(date_reported=pd.NaT)
    lagged = replace(world, reports=late.astype({"date_reported": "datetime64[us]"}))
    assert table(lagged, dt.date(2031, 1, 1)).loc["t1", "keamanan_konflik"] == 0.0
    assert table(lagged, dt.date(2031, 1, 2)).loc["t1", "keamanan_konflik"] > 0.4


def test_the_most_relevant_stage_in_force_counts() -> None:
    dates = [dt.date(2030, 11, 1), dt.date(2031, 2, 1), dt.date(2031, 2, 4), dt.date(2031, 2, 15)]
    stages = random_world(0).stages
    found = stage_relevance(stages, dates, params().relevance)
    blokade = found[:, 1]
    # No stage; campaign and quiet days overlap on 1 February; quiet days; none.
    assert list(blokade) == [0.75, 1.0, 1.0, 0.75]
    assert found[1, 0] == 1.0
    assert found[2, 0] == 0.5


def test_borders_belong_to_the_upper_tier() -> None:
    index = np.array([0.0, 0.25, np.nextafter(0.5, 0), 0.5, 1.0, np.nan])
    full = np.ones(6)
    found = tier_of(index, full, full, params().security)
    assert list(found) == ["rendah", "sedang", "sedang", "tinggi", "tinggi", "belum_cukup"]
    few = tier_of(
        np.array([0.9, 0.9]), np.array([0.49, 0.9]), np.array([1, 0.4]), params().security
    )
    assert list(few) == ["belum_cukup"] * 2


def random_parts(rng: np.random.Generator, n: int, components: int) -> list[Part]:
    known = rng.random((components, n))
    known[rng.random((components, n)) < 0.3] = 0.0
    return [Part.of(k * rng.random(n), k) for k in known]


def test_probabilities_are_the_share_of_draws_one_by_one() -> None:
    rng = np.random.default_rng(3)
    chosen = params().security
    draws = DrawParams(20, 300, 11, 0.8)
    parts = random_parts(rng, 40, 4)
    parts[1] = Part.of(parts[1].bad, np.maximum(parts[1].known, 0.1))
    found = tier_probabilities(parts, chosen, draws)
    weights = draw_weights(chosen, draws)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    for at in range(40):
        counts = dict.fromkeys(TIERS, 0)
        for row in weights:
            index = sum(w * p.bad[at] for w, p in zip(row, parts, strict=True))
            counts[TIERS[int(index >= chosen.sedang) + int(index >= chosen.tinggi)]] += 1
        np.testing.assert_allclose(found[at] * 300, list(counts.values()), atol=1e-9)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_draws_close_to_the_weights_give_the_tier_itself_and_the_seed_decides() -> None:
    rng = np.random.default_rng(4)
    chosen = params().security
    parts = random_parts(rng, 200, 4)
    named = dict(zip(chosen.components, parts, strict=True))
    index = score(named, chosen).index
    sure = tier_probabilities(parts, chosen, DrawParams(100_000, 200, 1, 0.8))
    clear = np.abs(index[:, None] - [[chosen.sedang, chosen.tinggi]]).min(axis=1) > 0.02
    level = (index >= chosen.sedang).astype(int) + (index >= chosen.tinggi)
    assert clear.sum() > 100
    assert (sure[clear, level[clear]] == 1.0).all()
    loose = DrawParams(10, 200, 1, 0.8)
    np.testing.assert_array_equal(
        tier_probabilities(parts, chosen, loose), tier_probabilities(parts, chosen, loose)
    )
    other = tier_probabilities(parts, chosen, loose, seed=2)
    assert not np.array_equal(other, tier_probabilities(parts, chosen, loose), equal_nan=True)


def test_a_place_of_which_nothing_is_known_has_no_probability() -> None:
    parts = [Part.unknown(2) for _ in range(4)]
    assert np.isnan(tier_probabilities(parts, params().security, params().draws)).all()


def test_the_reports_behind_a_component_share_its_contribution_exactly() -> None:
    told = 0
    for seed in range(3):
        world = random_world(seed)
        found, desa = table(world), world.field
        for tps, code in zip(world.tps["tps_id"], world.tps["desa_code"], strict=True):
            for which, name in ((desa.conflict, "konflik"), (desa.potential, "potensi")):
                total = found.loc[tps, f"keamanan_{name}"]
                rows = evidence(desa, which, code, DAY, total, world.minutes[code].to_dict())
                counted = rows[rows["role"].eq("dihitung")]
                assert not counted["perkara_id"].duplicated().any()
                if len(counted):
                    told += 1
                    assert counted["contribution"].sum() == total
                    assert counted["contribution"].notna().all()
                assert rows.loc[rows["role"].ne("dihitung"), "contribution"].isna().all()
                assert rows["weight_high"].ge(rows["weight"] - 1e-15).all()
    assert told > 8


def test_changes_add_up_to_the_change_of_the_index() -> None:
    world = random_world(5)
    before, now = table(world, dt.date(2031, 1, 3)), table(world, dt.date(2031, 2, 20))
    rows = component_changes(now, before)
    for name in INDICES:
        moved = rows[rows["index"].eq(name)].groupby("tps_id")["difference"].sum()
        change = now[f"indeks_{name}"] - before[f"indeks_{name}"]
        known = change.notna()
        assert known.any()
        assert (moved.reindex(change.index)[known] == change[known]).all()


def test_groups_leave_out_what_is_unknown() -> None:
    values = np.array([[1.0, np.nan, 3.0, np.nan], [0.0, 2.0, 4.0, 1.0]])
    group = np.array([1, 0, 1, 0])
    np.testing.assert_array_equal(by_group(values, group, 3, "mean"),
                                  [[np.nan, 2.0, np.nan], [1.5, 2.0, np.nan]])  # fmt: skip
    np.testing.assert_array_equal(by_group(values, group, 3, "max"),
                                  [[np.nan, 3.0, np.nan], [2.0, 4.0, np.nan]])  # fmt: skip


def test_a_tps_own_value_beats_its_desas_and_missing_is_not_zero() -> None:
    world = replace(three_tps(), values=values_frame([("i0", None, A1A, 1), ("i0", "t1", A1A, 0)]))
    parts, known = world.parts(DAY)
    assert (parts["keamanan"]["indikator"].bad[0], known[0]) == (0.0, 0.25)
    assert A2A not in world.minutes
    assert list(known) == [0.25, 0.0, 0.0]


def test_a_report_reaches_exactly_as_far_as_the_reach() -> None:
    decay = _travel_decay(np.array([[0.0, 30.0, 60.0, 60.1, np.inf]]), 30.0, 60.0)
    assert decay.tolist() == [[1.0, 0.5, 0.25, 0.0, 0.0]]


def test_a_report_weighs_through_the_last_day_looked_back_on() -> None:
    """Reported on 1 January; looked back 300 days: it weighs until 28 October."""
    happened = [{"date_event": "2031-01-01", "date_reported": "2031-01-01", "unit_kejadian": A1A}]
    rows = weighing_reports(reports_frame(happened), params())
    dates = [dt.date(2030, 12, 31), dt.date(2031, 1, 1), dt.date(2031, 10, 28),
             dt.date(2031, 10, 29)]  # fmt: skip
    relevance = np.ones((4, len(params().relevance.categories)))
    found = strengths(rows, relevance, dates, params().conflict, params().relevance)
    assert found[:, 0].tolist() == [0.0, 1.0, 2.0**-10, 0.0]


def test_a_report_weighs_on_the_days_on_which_it_counted_and_was_open() -> None:
    row = {"date_event": "2031-01-01", "date_reported": "2031-01-01", "unit_kejadian": A1A}
    frame = reports_frame([row, row, row | {"kind": "potensi", "status": "diredam"}, row])
    told = ["belum|2031-01-03 terverifikasi", "dikutip|2031-01-04 ditarik", None, None]
    frame = frame.assign(
        verification_history=pd.Series(told, dtype="str"),
        status_history=pd.Series([None, None, "terbuka|2031-01-05 diredam", None], dtype="str"),
    )
    rows = weighing_reports(frame, params())
    assert rows["report_id"].tolist() == ["R0", "R1", "R2", "R3"]
    dates = [dt.date(2031, 1, day) for day in range(1, 6)]
    relevance = np.ones((len(dates), len(params().relevance.categories)))
    found = strengths(rows, relevance, dates, params().conflict, params().relevance) > 0
    assert ["".join("0123"[n] for n in np.flatnonzero(day)) for day in found] == [
        "123", "123", "0123", "023", "03",
    ]  # fmt: skip


def test_a_stage_is_in_force_on_its_first_and_last_day() -> None:
    stages = stages_frame([("masa_tenang", "2031-02-11", "2031-02-13")])
    dates = [dt.date(2031, 2, day) for day in (10, 11, 13, 14)]
    found = stage_relevance(stages, dates, params().relevance)
    assert found[:, 0].tolist() == [0.25, 0.5, 0.5, 0.25]
