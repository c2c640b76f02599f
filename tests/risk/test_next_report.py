"""The value of the next report: by hand, against the index itself, and what may never happen."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.components import indicator_state
from analytics.risk.index import Part, score
from analytics.risk.next_report import (
    ASKED,
    DELIVERY,
    ZERO_REPORT,
    CallParams,
    agency_of,
    best_calls,
    delivery_calls,
    indicator_calls,
    total_width,
    zero_report_calls,
)
from analytics.risk.params import IndexParams
from data.errors import RightError
from data.province import zone
from data.risk.answers import Answer, read_calls, undo_call, write_answers, write_zero_report
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.risk.index import risk_view
from services.risk.next_report import (
    CallReport,
    calls_made,
    calls_pdf,
    calls_table,
    calls_view,
    desa_tps,
    record_call,
    zero_report_days,
)
from tests.conftest import copy_store

EVE, TODAY = date(2024, 2, 13), date(2026, 6, 1)
SUNGAILIAT, SEDUAN = "19.01.01.1001", "19.02.03.2003"
WEIGHT = 0.4
PARAMS = IndexParams("keamanan", (WEIGHT, 0.3, 0.2, 0.1), 0.25, 0.5, 0.5, 0.5)
DESA = pd.Series(["A", "A", "A", "B"], index=[f"t{i}" for i in range(4)], name="desa_code")


def questions(n: int) -> pd.DataFrame:
    return pd.DataFrame({"indicator_id": [f"q{i}" for i in range(n)], "low": 0.0, "high": 1.0})


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


@settings(max_examples=40, deadline=None)
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


@settings(max_examples=25, deadline=None)
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
        {"desa_code": "A", "question": ZERO_REPORT, "agency": "polres", "tps": 3, "narrowing": 1.5}
    ]


def test_boxes_nobody_told_of_are_asked_for_by_desa() -> None:
    calls = delivery_calls(DESA, pd.Series([0.2, 0.2, 0.0, 0.2], index=DESA.index))
    rows = calls[["desa_code", "tps", "narrowing"]].to_dict("records")
    assert rows == [
        {"desa_code": "A", "tps": 2, "narrowing": 0.4},
        {"desa_code": "B", "tps": 1, "narrowing": 0.2},
    ]


def test_every_shipped_indicator_has_an_office_that_is_asked() -> None:
    path = Path(__file__).parents[2] / "data/shipped/babel/risk_indicators.csv"
    listed = set(pd.read_csv(path)["indicator_id"])
    named = {question for questions in ASKED.values() for question in questions}
    assert listed | {ZERO_REPORT, DELIVERY} == named
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


@pytest.fixture(scope="module")
def own(shipped_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of its own with the shipped data; each test takes back what it wrote."""
    tmp_path = tmp_path_factory.mktemp("answers")
    copy_store(shipped_store, tmp_path / "siaga.db")
    store = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def mine(own: Store) -> Dataset:
    return load_dataset(own)


def test_an_answered_call_leaves_the_list_and_narrows_by_what_it_said(
    own: Store, mine: Dataset
) -> None:
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", EVE)
    before = calls_view(mine, view, "keamanan")
    first = before.calls.iloc[0]
    desa, question = str(first["desa_code"]), str(first["question"])
    call = record_call(mine, view, CallReport(desa, [(question, 0.0, ["002", "003"])], EVE))
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", EVE)
    after = calls_view(mine, view, "keamanan")
    assert question not in set(after.calls.loc[after.calls["desa_code"].eq(desa), "question"])
    assert before.width - after.width == pytest.approx(first["narrowing"], abs=1e-3)
    assert before.askable - after.askable == pytest.approx(first["narrowing"])
    told = view.tps[view.tps["desa_code"].eq(desa)]["indeks_keamanan"]
    assert told[f"pemilu2024/{desa}/002"] > told[f"pemilu2024/{desa}/001"]
    made = calls_made(mine, "pemilu2024", view.tables, "id")
    assert list(made["TPS"]) == ["002", "003", "seluruh desa"]
    assert list(made["Jawaban"]) == ["ya", "ya", "tidak"]
    assert undo_call(own, call) == 3
    mine = mine.fresh()
    again = calls_view(mine, risk_view(mine, "pemilu2024", EVE), "keamanan")
    assert again.width == before.width
    assert again.calls.equals(before.calls)


def test_a_zero_report_is_asked_for_where_nobody_watched_and_narrows_by_what_it_said(
    own: Store, mine: Dataset
) -> None:
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", TODAY)
    before = calls_view(mine, view, "keamanan")
    first = before.calls.iloc[0]
    assert first["question"] == ZERO_REPORT
    desa = str(first["desa_code"])
    since = date.fromordinal(TODAY.toordinal() - zero_report_days(view))
    call = record_call(mine, view, CallReport(desa, [], TODAY, nothing_since=since))
    data = mine.fresh()
    view = risk_view(data, "pemilu2024", TODAY)
    after = calls_view(data, view, "keamanan")
    assert before.width - after.width == pytest.approx(first["narrowing"], abs=1e-3)
    zero = after.calls["question"].eq(ZERO_REPORT) & after.calls["desa_code"].eq(desa)
    assert not zero.any()
    assert calls_made(data, "pemilu2024", view.tables, "id")["Jawaban"].tolist() == ["nihil"]
    assert undo_call(own, call) == 1
    assert own.count("reports") == len(mine.reports)


def test_what_is_told_of_boxes_narrows_logistics_and_is_taken_back_with_the_call(
    own: Store, mine: Dataset
) -> None:
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", EVE)
    before = calls_view(mine, view, "logistik", CallParams(together=True))
    first = before.calls[before.calls["agency"].eq("pps")].iloc[0]
    assert first["question"] == DELIVERY
    desa = str(first["desa_code"])
    at = datetime(2024, 2, 13, 16, 0, tzinfo=zone())
    said = CallReport(desa, [("kendala_listrik", 1.0, [])], EVE, None, "diterima", at)
    call = record_call(mine, view, said)
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", EVE)
    after = calls_view(mine, view, "logistik")
    power = 0.05 * first["tps"]
    assert before.width - after.width == pytest.approx(first["narrowing"] + power, abs=1e-3)
    assert desa not in set(after.calls.loc[after.calls["question"].eq(DELIVERY), "desa_code"])
    made = calls_made(mine, "pemilu2024", view.tables, "id")
    assert set(made["Jawaban"]) == {"Diterima", "ya"}
    assert undo_call(own, call) == 2
    mine = mine.fresh()
    again = calls_view(mine, risk_view(mine, "pemilu2024", EVE), "logistik")
    assert again.width == before.width
    assert calls_made(mine, "pemilu2024", view.tables, "id").empty


def test_a_call_a_part_of_which_one_may_not_enter_brings_nothing(own: Store, mine: Dataset) -> None:
    mine = mine.fresh()
    view = risk_view(mine, "pemilu2024", EVE)
    desa = str(calls_view(mine, view, "logistik").calls["desa_code"].iloc[0])
    at = datetime(2024, 2, 13, 16, 0, tzinfo=zone())
    said = CallReport(desa, [("kendala_listrik", 1.0, [])], EVE, None, "diterima", at)
    tables = ("indicator_values", "receipts")
    checks = Actor("polda.1", "Polda", "verifikator")
    plans = Actor("kpu.1", "KPU", "perencana")
    before = [own.count(name) for name in tables]
    for who, refused in ((checks, "receipt.write"), (plans, "risk.answer")):
        with acting(who), pytest.raises(RightError) as caught:
            record_call(mine, view, said)
        assert caught.value.action == refused
    assert [own.count(name) for name in tables] == before
    call = record_call(mine, view, said)
    entered = [own.count(name) for name in tables]
    assert entered == [n + 1 for n in before]
    for who in (checks, plans):
        with acting(who), pytest.raises(RightError):
            undo_call(own, call)
    assert [own.count(name) for name in tables] == entered
    with acting(checks):  # what tells of no boxes is theirs to enter
        again = record_call(mine, view, replace(said, answers=[], state=None, nothing_since=EVE))
        assert undo_call(own, again) == 1
    assert undo_call(own, call) == 2


def test_the_two_indices_have_lists_of_their_own(dataset: Dataset) -> None:
    view = risk_view(dataset, "pemilu2024", EVE)
    security, logistics = (calls_view(dataset, view, i) for i in ("keamanan", "logistik"))
    assert set(security.calls["question"]).isdisjoint(logistics.calls["question"])
    assert set(logistics.calls["question"]) == {DELIVERY}
    first = logistics.calls.iloc[0]
    assert first["narrowing"] == pytest.approx(0.2 * first["tps"])
    assert (security.possible, logistics.possible) == (
        393 * (16 + 1),  # and a zero report
        393 * (6 + 1),  # and how far the boxes have come
    )
    assert (security.calls["running"].diff().dropna() > 0).all()
    with pytest.raises(ParameterError):
        calls_view(dataset, view, "gabungan")
    with pytest.raises(ParameterError):
        calls_view(dataset, risk_view(dataset, "pilkada2024", EVE), "keamanan")


def test_the_list_can_be_printed_with_room_for_the_answers(dataset: Dataset) -> None:
    view = risk_view(dataset, "pemilu2024", EVE)
    found = calls_view(dataset, view, "keamanan", CallParams(together=True))
    table = calls_table(found, dataset, "id")
    assert len(table) == 20
    reader = pypdf.PdfReader(io.BytesIO(calls_pdf(found, view, dataset, "id")))
    words = "\n".join(page.extract_text() for page in reader.pages)
    assert "TERBATAS" in words
    assert words.count("sebagian, TPS: ___") == found.calls["questions"].sum()
    for desa in found.calls["desa_code"]:
        assert dataset.names[desa] in words
    assert desa_tps(view, SUNGAILIAT)[:2] == ["001", "002"]


def listed(store: Store) -> pd.DataFrame:
    rows = store.read("risk_indicators")
    return rows[rows["election"].eq("pemilu2024")]


def answer(**other: object) -> Answer:
    values = {
        "election": "pemilu2024", "indicator_id": "kendala_listrik", "desa_code": SUNGAILIAT,
        "number": None, "value": 1.0, "agency": "PLN", "day": EVE,
    }  # fmt: skip
    return Answer(**(values | other))


@pytest.mark.parametrize(
    ("other", "name"),
    [
        ({"desa_code": "19.99.01.2001"}, "desa_code"),
        ({"number": "999"}, "number"),
        ({"indicator_id": "cuaca"}, "indicator_id"),
        ({"value": 0.5}, "value"),
        ({"value": 2.0}, "value"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_is_kept(
    own: Store, other: dict[str, object], name: str
) -> None:
    before = own.revision()
    with pytest.raises(ParameterError) as caught:
        write_answers(own, [answer(number="001"), answer(**other)], listed(own))
    assert caught.value.name == name
    assert own.count("indicator_values") == 0
    assert own.revision() == before


def test_a_question_is_answered_once_a_day_and_only_answers_are_taken_back(own: Store) -> None:
    call = write_answers(own, [answer(), answer(number="001", value=0.0)], listed(own))
    with pytest.raises(ParameterError, match="not yet answered"):
        write_answers(own, [answer(number="002"), answer(value=0.0)], listed(own))
    assert own.count("indicator_values") == 2
    other = write_answers(own, [answer(indicator_id="kendala_internet")], listed(own))
    with pytest.raises(ParameterError):
        undo_call(own, "berkas-1")
    with pytest.raises(ParameterError):
        write_answers(own, [], listed(own))
    with pytest.raises(ParameterError):
        write_zero_report(own, SEDUAN, TODAY, EVE, "Polres")
    assert read_calls(own, "pemilu2024")["call"].iloc[0] == other
    assert undo_call(own, call) == 2
    assert own.count("indicator_values") == 1
    assert undo_call(own, other) == 1


def test_calls_of_one_moment_are_apart_and_undone_apart(
    own: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-13T01:00:00+00:00")
    first, second = (write_zero_report(own, SEDUAN, EVE, EVE, "Polres") for _ in range(2))
    assert undo_call(own, second) == 1
    assert first in set(read_calls(own, "pemilu2024")["call"])
    assert undo_call(own, first) == 1


def test_the_form_stores_an_answer_changes_the_list_and_takes_it_back(
    own: Store, mine: Dataset
) -> None:
    from streamlit.testing.v1 import AppTest

    def script(data, day) -> None:  # runs alone, without the names of this module
        from pages.components.risk import calls as risk_calls
        from services.risk.index import risk_view

        data = data.fresh()
        risk_calls.draw(data, "pemilu2024", day, risk_view(data, "pemilu2024", day))

    def first_row() -> tuple[object, ...]:
        return tuple(app.dataframe[0].value.iloc[0])

    app = AppTest.from_function(script, kwargs={"data": mine, "day": EVE}, default_timeout=60)
    app.run()
    assert not app.exception
    app.toggle(key="kc_together").set_value(False).run()
    before = first_row()
    app.button[0].click().run()
    assert "sedikitnya" in app.warning[0].value
    app.radio[0].set_value("ya")
    app.button[0].click().run()
    assert not app.exception
    assert "tersimpan" in app.success[0].value
    assert first_row() != before
    assert own.count("indicator_values") == 1
    app.button(key="kc_undo").click().run()
    assert not app.exception
    assert first_row() == before
    assert own.count("indicator_values") == 0
    app.selectbox(key="kc_index").set_value("logistik").run()
    assert not app.exception
    app.radio[0].set_value("Berangkat")
    app.button[0].click().run()
    assert not app.exception
    assert "tersimpan" in app.success[0].value
    app.button(key="kc_undo").click().run()
    assert "1 baris" in app.success[0].value


def test_a_list_for_one_kabupaten_asks_about_its_desa_alone(dataset: Dataset) -> None:
    view = risk_view(dataset, "pemilu2024", EVE)
    whole = calls_view(dataset, view, "keamanan")
    parts = [
        calls_view(dataset, view, "keamanan", area=code)
        for code in dataset.units.loc[dataset.units["level"].eq("kabupaten"), "code"]
    ]
    for found, code in zip(parts, sorted(dataset.shapes["kabupaten"]["code"]), strict=True):
        assert found.calls["desa_code"].str.startswith(f"{code}.").all()
    assert sum(found.tps for found in parts) == whole.tps
    assert sum(found.width for found in parts) == pytest.approx(whole.width)
    assert sum(found.possible for found in parts) == whole.possible
