"""The back-test: by hand, against simulated picks, and that no affair predicts itself."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.backtest import BacktestParams, hit_rates, outcome, ranking_of, top_count
from geo.errors import ParameterError
from services.dataset import Dataset
from services.risk.backtest import (
    Case,
    affairs_table,
    all_rates,
    backtest,
    few_sentence,
    rates_figure,
    rates_table,
)

EVE = date(2024, 2, 13)
DESA = pd.Index(["19.01.01.2001", "19.01.01.2002", "19.01.02.2001"])


def report(number: int, day: date, unit: str, **other: object) -> dict[str, object]:
    precision = ("provinsi", "kabupaten", "kecamatan", "desa")[unit.count(".")]
    return {
        "report_id": f"R{number}",
        "kind": "kejadian",
        "family": "konflik",
        "date_event": pd.Timestamp(day),
        "date_end": pd.NaT,
        "date_precision": "day",
        "date_reported": pd.NaT,
        "unit_kejadian": unit,
        "unit_pokok": None,
        "location_precision": precision,
        "perkara_id": f"P{number}",
    } | other


def table(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    for column in ("date_event", "date_end", "date_reported"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    return frame.astype({"unit_pokok": "str", "unit_kejadian": "str"})


def test_the_case_worked_by_hand() -> None:
    codes = [f"d{i}" for i in range(10)]
    scores = pd.Series([0.9, 0.5, *[0.0] * 8], index=codes)
    found = hit_rates(scores, {"d0", "d7"}, BacktestParams(shares=(0.2, 0.5)))
    fifth, half = found.to_dict("records")
    assert (fifth["looked"], fifth["hits"], fifth["hit_rate"]) == (2, 1.0, 0.5)
    assert fifth["random_hits"] == pytest.approx(0.4)
    assert fifth["p_random"] == pytest.approx(1 - 28 / 45)
    assert (fifth["random_low"], fifth["random_high"]) == (0, 1)
    assert half["hits"] == pytest.approx(1.375)
    assert (half["hits_min"], half["hits_max"]) == (1, 2)


def test_an_affair_never_predicts_itself() -> None:
    before = report(1, EVE - timedelta(days=9), DESA[0])
    after = report(2, EVE + timedelta(days=3), DESA[0], perkara_id="P1", family="proses")
    fresh = report(3, EVE + timedelta(days=3), DESA[1])
    found = outcome(table(before, after, fresh), EVE, "desa", DESA)
    assert list(found.affairs["perkara_id"]) == ["P3"]
    assert found.known == 1


def test_a_report_without_day_of_reporting_comes_with_the_stated_lag() -> None:
    before = report(1, EVE - timedelta(days=9), DESA[0])
    after = report(2, EVE + timedelta(days=3), DESA[0], perkara_id="P1")
    rows = table(before, after)
    late = outcome(rows, EVE, "desa", DESA, BacktestParams(lag_days=10))
    assert (len(late.affairs), late.known) == (1, 0)
    early = outcome(rows, EVE, "desa", DESA, BacktestParams(lag_days=9))
    assert (len(early.affairs), early.known) == (0, 1)


def test_what_is_too_coarse_or_elsewhere_or_of_another_kind_is_counted_apart() -> None:
    day = EVE + timedelta(days=1)
    rows = table(
        report(1, day, "19.01"),
        report(2, day, "19.71.01.1001"),
        report(3, day, DESA[0], kind="potensi"),
        report(4, day, DESA[0], family="petugas"),
        report(5, EVE, DESA[0]),
        report(6, EVE + timedelta(days=31), DESA[0]),
        report(7, date(2024, 3, 1), DESA[0], date_precision="month"),
        report(8, day, "19.01", unit_pokok=DESA[1]),
    )
    found = outcome(rows, EVE, "desa", DESA)
    assert list(found.affairs["perkara_id"]) == ["P8"]
    assert (found.coarse, found.elsewhere, found.known) == (1, 1, 0)
    kabupaten = outcome(rows, EVE, "kabupaten", pd.Index(["19.01"]))
    assert set(kabupaten.affairs["perkara_id"]) == {"P1", "P8"}
    assert kabupaten.units == {"19.01"}
    whole = outcome(rows, EVE, "desa", DESA, BacktestParams(horizon_days=60))
    assert {"P6", "P7"} < set(whole.affairs["perkara_id"])


def test_places_without_a_score_stand_last() -> None:
    scores = pd.Series([np.nan, 0.1, 0.0, np.nan], index=list("abcd"))
    found = hit_rates(scores, {"a"}, BacktestParams(shares=(0.5, 0.75, 1.0)))
    assert list(found["hits"]) == [0.0, 0.5, 1.0]


def test_nothing_happened_is_not_a_hit_rate_of_zero() -> None:
    found = hit_rates(pd.Series([1.0, 0.0], index=list("ab")), set())
    assert found["hit_rate"].isna().all()
    assert found["p_random"].isna().all()


scored = st.lists(st.integers(0, 3), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(scored, st.data())
def test_expected_hits_are_what_breaking_ties_at_random_gives(
    values: list[int], data: st.DataObject
) -> None:
    codes = [f"d{i}" for i in range(len(values))]
    hit = set(data.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)))
    share = data.draw(st.sampled_from([0.05, 0.1, 0.2, 0.5, 1.0]))
    row = hit_rates(
        pd.Series(values, index=codes, dtype="float64"), hit, BacktestParams(shares=(share,))
    ).iloc[0]
    rng = np.random.default_rng(5)
    k = top_count(len(values), share)
    hits = []
    for _ in range(400):
        order = np.lexsort([rng.random(len(values)), -np.array(values)])
        hits.append(sum(codes[i] in hit for i in order[:k]))
    assert row["hits"] == pytest.approx(np.mean(hits), abs=0.35)
    assert row["hits_min"] <= min(hits)
    assert max(hits) <= row["hits_max"]
    assert row["hits_min"] <= row["hits"] <= row["hits_max"]
    assert 0 <= row["p_random"] <= 1
    flat = hit_rates(pd.Series(0.0, index=codes), hit, BacktestParams(shares=(share,))).iloc[0]
    assert flat["hits"] == pytest.approx(flat["random_hits"])


def test_the_interval_is_that_of_simulated_picks() -> None:
    codes = [f"d{i}" for i in range(40)]
    affected = set(codes[::4])
    row = hit_rates(
        pd.Series(range(40), index=codes, dtype="float64"), affected, BacktestParams(shares=(0.2,))
    ).iloc[0]
    rng = np.random.default_rng(7)
    picks = [len(affected & set(rng.choice(codes, 8, replace=False))) for _ in range(4000)]
    low, high = np.quantile(picks, [0.025, 0.975])
    assert (row["random_low"], row["random_high"]) == (low, high)
    assert row["p_random"] == pytest.approx(np.mean(np.array(picks) >= row["hits"]), abs=0.03)


@settings(max_examples=60, deadline=None)
@given(scored, st.data())
def test_looking_further_never_finds_less(values: list[int], data: st.DataObject) -> None:
    codes = [f"d{i}" for i in range(len(values))]
    hit = set(data.draw(st.lists(st.sampled_from(codes), min_size=1, unique=True)))
    params = BacktestParams(shares=(0.05, 0.1, 0.2, 0.6, 1.0))
    found = hit_rates(pd.Series(values, index=codes, dtype="float64"), hit, params)
    assert found["hits"].is_monotonic_increasing
    assert found["hit_rate"].iloc[-1] == 1.0


def test_the_rank_of_a_unit_is_the_mean_of_its_tps() -> None:
    frame = pd.DataFrame({"indeks": [0.2, 0.4, np.nan, np.nan]})
    rank = ranking_of(frame, "indeks", pd.Series(["a", "a", "a", "b"]))
    assert rank["a"] == pytest.approx(0.3)
    assert pd.isna(rank["b"])


@pytest.mark.parametrize(
    "values",
    [
        {"horizon_days": 0},
        {"families": ()},
        {"shares": (0.0,)},
        {"shares": (1.1,)},
        {"confidence": 1.0},
        {"lag_days": -1},
    ],
)
def test_what_is_out_of_range_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        BacktestParams(**values)


def test_a_hit_outside_the_ranking_is_an_error() -> None:
    with pytest.raises(ParameterError, match="ranked"):
        hit_rates(pd.Series([1.0], index=["a"]), {"z"})


@pytest.fixture(scope="module")
def cases(dataset: Dataset) -> list[Case]:
    return backtest(dataset)


def test_each_election_is_tested_at_the_finest_honest_level(cases: list[Case]) -> None:
    found = [(case.election, case.eve, case.level) for case in cases]
    assert found == [
        ("pemilu2024", date(2024, 2, 13), "desa"),
        ("pemilu2024", date(2024, 2, 13), "kecamatan"),
        ("pilkada2024", date(2024, 11, 26), "kabupaten"),
        ("pilkada_ulang2025", date(2025, 8, 26), "kabupaten"),
    ]
    assert [case.note is None for case in cases] == [True, True, False, False]
    assert [int(case.rates["places"].iloc[0]) for case in cases] == [393, 47, 7, 2]


def test_nothing_that_is_looked_for_was_known_on_the_eve(
    dataset: Dataset, cases: list[Case]
) -> None:
    reports = dataset.countable
    for case in cases:
        before = reports[
            reports["date_reported"].le(pd.Timestamp(case.eve))
            | (reports["date_reported"].isna() & reports["date_event"].lt(pd.Timestamp(case.eve))
               & reports["date_precision"].eq("day"))
        ]  # fmt: skip
        for found in case.outcomes.values():
            sought = set(found.affairs["perkara_id"])
            assert sought.isdisjoint(before["perkara_id"])
            assert found.affairs["first"].gt(pd.Timestamp(case.eve)).all()
            assert found.units <= set(dataset.units["code"])


def test_n_is_stated_and_the_figures_are_those_of_a_count_by_hand(
    dataset: Dataset, cases: list[Case]
) -> None:
    desa = cases[0]
    assert (desa.reports, desa.fine) == (30, 9)
    every = desa.outcomes["semua"]
    assert len(every.units) == every.affairs["perkara_id"].nunique() == 13
    logistics = desa.outcomes["logistik"].affairs
    assert logistics["family"].eq("logistik").all()
    assert set(logistics["first"].dt.date) == {date(2024, 2, 14)}
    table = affairs_table(desa, dataset, "id")
    assert len(table) == len(every.affairs)
    words = few_sentence(cases, "id")
    assert words is not None
    assert "30 laporan" in words


def test_the_tables_leave_out_what_could_not_be_found_and_the_file_has_all(
    cases: list[Case],
) -> None:
    assert len(all_rates(cases)) == 4 * 4 * 3
    assert len(rates_table(cases[0], "id")) == 12
    nothing = [case for case in cases if case.rates["affected"].eq(0).all()]
    assert [case.election for case in nothing] == ["pilkada_ulang2025"]
    assert rates_table(nothing[0], "id").empty
    assert rates_figure(nothing[0], "id") is None
    figure = rates_figure(cases[0], "id")
    assert figure is not None
    rates = cases[0].rates
    tenth = rates[rates["share"].eq(0.1)]
    assert len(tenth) == 4
    assert list(figure.data[2].x) == list(tenth["hits"].iloc[::-1])


def test_the_page_shows_every_case_and_the_plain_sentence(dataset: Dataset) -> None:
    from streamlit.testing.v1 import AppTest

    def script(data) -> None:  # runs alone, without the names of this module
        from pages.components.risk import method as risk_backtest

        risk_backtest.draw_backtest(data)

    app = AppTest.from_function(script, kwargs={"data": dataset}, default_timeout=60)
    app.run()
    assert not app.exception
    words = "\n".join(block.body for block in app.get("html"))
    assert "Hampir tidak ada laporan sampai tingkat desa sebelum Februari 2024" in words
    titles = [re.sub("<[^>]*>", "", line) for line in words.splitlines() if line[:3] == "<h2"]
    titles += [
        one.label.replace("\\", "") for one in app.expander
    ]  # the first stands open, those after it folded
    assert len({title for title in titles if "sebagaimana diketahui" in title}) == 4
    assert "Tidak ada yang dapat dicari" in words
    app.selectbox(key="kb_horizon").select("90").run()
    assert not app.exception
