"""The value of the next report: by hand, against the index itself, and what may never happen."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.next_report import (
    ASKED,
    ZERO_REPORT,
    CallParams,
    agency_of,
    best_calls,
    indicator_calls,
    total_width,
    zero_report_calls,
)
from analytics.risk_components import indicator_state
from analytics.risk_index import Part, score
from analytics.risk_params import IndexParams
from geo.errors import ParameterError

WEIGHT = 0.4
PARAMS = IndexParams("keamanan", (WEIGHT, 0.3, 0.2, 0.1), 0.25, 0.5, 0.5, 0.5)
DESA = pd.Series(["A", "A", "A", "B"], index=[f"t{i}" for i in range(4)], name="desa_code")


def questions(n: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "indicator_id": [f"q{i}" for i in range(n)],
            "low": 0.0,
            "high": 1.0,
        }
    )


def answers(rows: list[tuple[str, str | None, str, float]]) -> pd.DataFrame:
    """Values from (question, TPS or None, desa, value)."""
    frame = pd.DataFrame(rows, columns=["indicator_id", "tps_id", "desa_code", "value"])
    return frame.astype({"value": "float64"}).assign(simulated=False)


def ranges(desa: pd.Series, listed: pd.DataFrame, values: pd.DataFrame) -> float:
    """The range of the index summed over the TPS, by the product's own index."""
    tps = desa.rename_axis("tps_id").reset_index()
    calm = Part.of(np.zeros(len(tps)), np.ones(len(tps)))
    parts = dict.fromkeys(PARAMS.components, calm)
    parts["indikator"] = indicator_state(tps, listed, values).part()
    scored = score(parts, PARAMS)
    return total_width(pd.Series(scored.low), pd.Series(scored.high))


def known_of(desa: pd.Series, listed: pd.DataFrame, values: pd.DataFrame) -> np.ndarray:
    known = np.zeros((len(desa), len(listed)), dtype=bool)
    for row in values.itertuples():
        column = list(listed["indicator_id"]).index(row.indicator_id)
        mine = desa.eq(row.desa_code) if pd.isna(row.tps_id) else desa.index == row.tps_id
        known[np.asarray(mine), column] = True
    return known


def test_the_case_worked_by_hand() -> None:
    listed = questions(2)
    told = answers([("q0", "t0", "A", 1.0)])
    calls = indicator_calls(DESA, known_of(DESA, listed, told), listed, WEIGHT)
    best = best_calls(calls, CallParams(count=2))
    assert list(zip(best["desa_code"], best["question"], strict=True)) == [("A", "q1"), ("A", "q0")]
    assert list(best["tps"]) == [3, 2]
    assert list(best["narrowing"].round(9)) == [0.6, 0.4]
    assert best["running"].iloc[-1] == pytest.approx(1.0)
    assert ranges(DESA, listed, told) == pytest.approx(1.4, abs=1e-6)


def test_one_call_may_ask_all_that_an_office_knows() -> None:
    names = ["riwayat_kekerasan", "kendala_listrik", "riwayat_intimidasi"]
    listed = questions(3).assign(indicator_id=names)
    nothing = np.zeros((4, 3), dtype=bool)
    best = best_calls(indicator_calls(DESA, nothing, listed, 0.3), CallParams(together=True))
    assert list(best["agency"]) == ["polres", "pln", "polres", "pln"]
    assert best.loc[0, "question"] == "riwayat_kekerasan|riwayat_intimidasi"
    assert (best.loc[0, "questions"], best.loc[0, "tps"]) == (2, 3)
    assert best.loc[0, "narrowing"] == pytest.approx(3 * 2 * 0.1)
    assert best["running"].iloc[-1] == pytest.approx(4 * 0.3)


@st.composite
def states(draw: st.DrawFn) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    desa = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=6))
    column = pd.Series(desa, index=[f"t{i}" for i in range(len(desa))], name="desa_code")
    listed = questions(draw(st.integers(1, 3)))
    rows = {}
    for _ in range(draw(st.integers(0, 6))):
        question = draw(st.sampled_from(list(listed["indicator_id"])))
        tps = draw(st.sampled_from([None, *column.index]))
        code = draw(st.sampled_from(desa)) if tps is None else column[tps]
        rows[question, tps, code] = draw(st.sampled_from([0.0, 1.0]))
    told = answers([(q, t, d, v) for (q, t, d), v in rows.items()])
    return column, listed, told


@settings(max_examples=60, deadline=None)
@given(states(), st.sampled_from([0.0, 1.0]))
def test_a_call_narrows_the_index_by_what_it_says_whatever_the_answer(
    state: tuple[pd.Series, pd.DataFrame, pd.DataFrame], answer: float
) -> None:
    desa, listed, told = state
    calls = indicator_calls(desa, known_of(desa, listed, told), listed, WEIGHT)
    before = ranges(desa, listed, told)
    assert before == pytest.approx(calls["narrowing"].sum(), abs=1e-5)
    for call in calls.itertuples():
        new = answers([(call.question, None, call.desa_code, answer)])
        # A desa that was asked before keeps what its own TPS said.
        old = told[told["tps_id"].notna() | told["indicator_id"].ne(call.question)
                   | told["desa_code"].ne(call.desa_code)]  # fmt: skip
        after = ranges(desa, listed, pd.concat([old, new]))
        assert before - after == pytest.approx(call.narrowing, abs=1e-5)
        assert after <= before + 1e-6


@settings(max_examples=40, deadline=None)
@given(states(), st.integers(1, 4))
def test_no_other_calls_narrow_more(
    state: tuple[pd.Series, pd.DataFrame, pd.DataFrame], count: int
) -> None:
    desa, listed, told = state
    calls = indicator_calls(desa, known_of(desa, listed, told), listed, WEIGHT)
    best = best_calls(calls, CallParams(count=count))
    assert len(best) == min(count, len(calls))
    before = ranges(desa, listed, told)
    reached = []
    for chosen in itertools.combinations(calls.itertuples(), len(best)):
        new = answers([(c.question, None, c.desa_code, 1.0) for c in chosen])
        reached.append(before - ranges(desa, listed, pd.concat([told, new])))
    assert (best["narrowing"].sum() if len(best) else 0.0) == pytest.approx(max(reached), abs=1e-5)


def test_a_zero_report_narrows_by_what_nobody_watched() -> None:
    calls = zero_report_calls(DESA, pd.Series({"A": 0.5, "B": 0.0}))
    assert calls.to_dict("records") == [
        {
            "desa_code": "A",
            "question": ZERO_REPORT,
            "agency": "polres",
            "tps": 3,
            "narrowing": 1.5,
        }
    ]


def test_every_shipped_indicator_has_an_office_that_is_asked() -> None:
    path = Path(__file__).parents[1] / "data/shipped/babel/risk_indicators.csv"
    listed = set(pd.read_csv(path)["indicator_id"])
    named = {question for questions in ASKED.values() for question in questions}
    assert listed | {ZERO_REPORT} == named
    assert sum(map(len, ASKED.values())) == len(named)
    assert agency_of("kendala_listrik") == "pln"
    assert agency_of("sesuatu_yang_baru") == "pps"


def test_equal_calls_stand_in_the_order_of_codes_and_of_the_list() -> None:
    desa = pd.Series(["B", "A"], index=["t0", "t1"])
    best = best_calls(indicator_calls(desa, np.zeros((2, 2), dtype=bool), questions(2), 0.4))
    order = list(zip(best["desa_code"], best["question"], strict=True))
    assert order == [("A", "q0"), ("A", "q1"), ("B", "q0"), ("B", "q1")]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ParameterError):
        CallParams(count=0)
    with pytest.raises(ParameterError, match="4 x 2"):
        indicator_calls(DESA, np.zeros((4, 1), dtype=bool), questions(2), 0.4)
    with pytest.raises(ParameterError, match="0 to 1"):
        indicator_calls(DESA, np.zeros((4, 2), dtype=bool), questions(2), 1.4)
    nobody = indicator_calls(DESA, np.zeros((4, 0), dtype=bool), questions(0), 0.4)
    assert best_calls(nobody).empty
