"""The page Briefing without a browser: what it asks, what it keeps and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from services.actions.register import save_action
from services.briefing.meetings import meeting_of, prepare_next, save_meeting
from services.dataset import Dataset, Datasets
from tests.pages.test_pages import open_page, shown

OFFICE = "Kesbangpol"
NOW, TODAY = "2024-08-19T01:00:00+00:00", date(2024, 8, 19)
LAST, DUE = date(2024, 3, 4), date(2024, 3, 18)


@pytest.fixture
def data(own_line: Datasets, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A store of the test's own, which has the examples; the page reads the same."""
    monkeypatch.setenv("SIAGA_NOW", NOW)
    return own_line.now()


def prepared(data: Dataset, day: date) -> str:
    draft = prepare_next(data, day, OFFICE)
    return save_meeting(data, replace(draft, held_on=day), OFFICE).meeting_id


def titles(data: Dataset, meeting_id: str) -> list[str]:
    rows = data.fresh().read("meetings")
    return list(rows.loc[rows["meeting_id"].eq(meeting_id), "title"])


def submit(test: AppTest, words: str) -> AppTest:
    return next(b for b in test.button if b.label == words).click().run()


def field(test: AppTest, name: str) -> object:
    return next(f for f in test.text_input if f.label == name)


def part(data: Dataset, name: str, meeting_id: str) -> AppTest:
    """Return a step of a meeting alone, with the data of each moment."""

    def script(data, name, meeting_id) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.briefing import decide, prepare, state, two
        from services.briefing.meetings import meeting_of

        state.office_box(st)
        now = data.fresh()
        draw = {"siapkan": prepare.draw, "putuskan": decide.draw, "hasil": decide.draw_last}
        draw |= {"banding": two.draw}
        draw[name](now, meeting_of(now, meeting_id))

    values = {"data": data, "name": name, "meeting_id": meeting_id}
    test = AppTest.from_function(script, kwargs=values, default_timeout=60)
    test.run()
    assert not test.exception
    return test


def test_a_draft_is_shown_and_not_kept(data: Dataset) -> None:
    before = data.read("meetings")
    test = open_page("briefing")
    assert "Belum ada rakor yang disiapkan" in shown(test)
    test.button(key="b_prepare").click().run()
    assert not test.exception
    assert "Rakor B08 2024, belum tersimpan" in shown(test)
    assert data.fresh().read("meetings").equals(before)


@pytest.mark.parametrize("step", ["siapkan", "snapshot", "putuskan", "hasil", "banding"])
def test_the_address_leads_to_a_meeting_and_its_step(data: Dataset, step: str) -> None:
    key = prepared(data, TODAY)
    test = open_page("briefing", rakor=key, langkah=step)
    assert not test.exception
    assert not test.error
    assert "Rakor B08 2024 disiapkan" in shown(test)
    assert (test.query_params["rakor"], test.query_params["langkah"]) == (key, step)


def test_a_title_of_500_letters_is_refused_in_words_and_not_kept(data: Dataset) -> None:
    key = prepared(data, TODAY)
    before = data.fresh().read("meetings")
    test = part(data, "siapkan", key)
    field(test, "Judul").set_value("x" * 500)  # type: ignore[attr-defined]
    submit(test, "Simpan")
    assert "500" in test.error[0].value
    assert data.fresh().read("meetings").equals(before)


def test_who_saves_second_is_told_and_can_load_what_was_saved(data: Dataset) -> None:
    key = prepared(data, TODAY)
    test = part(data, "siapkan", key)
    meeting = meeting_of(data.fresh(), key)
    assert meeting is not None
    save_meeting(data, replace(meeting, title="Judul Polda"), "Polda")
    field(test, "Judul").set_value("Judul saya")  # type: ignore[attr-defined]
    submit(test, "Simpan")
    assert "Polda" in test.error[0].value
    assert "Polda" in test.warning[0].value
    assert titles(data, key) == ["Judul Polda"]
    test.button(key="b_load").click().run()
    assert field(test, "Judul").value == "Judul Polda"  # type: ignore[attr-defined]
    field(test, "Judul").set_value("Judul bersama")  # type: ignore[attr-defined]
    submit(test, "Simpan")
    assert titles(data, key) == ["Judul bersama"]


def test_a_decision_is_an_action_of_the_meeting(data: Dataset) -> None:
    key = prepared(data, TODAY)
    test = part(data, "putuskan", key)
    submit(test, "Catat keputusan")
    assert test.error  # nothing was filled in
    assert data.fresh().read("actions").empty
    for name in ("Risiko", "Keputusan"):
        field(test, name).set_value(f"SIMULASI: {name}")  # type: ignore[attr-defined]
    next(b for b in test.selectbox if b.label == "Penanggung jawab").set_value("Polda")
    submit(test, "Catat keputusan")
    assert not test.error
    row = data.fresh().read("actions").iloc[0]
    assert (row["meeting_id"], row["owner"], row["risk"]) == (key, "Polda", "SIMULASI: Risiko")
    assert "Keputusan rakor ini (1)" in shown(test)


def test_the_following_meeting_asks_what_came_of_each_action(data: Dataset) -> None:
    before = prepared(data, LAST)
    values = {
        "meeting_id": before,
        "risk": "SIMULASI: risiko",
        "decision": "SIMULASI: keputusan",
        "owner": "Polda",
        "due": DUE,
        "opened_on": LAST,
    }
    save_action(data, values, OFFICE, "rakor", on=LAST)
    key = prepared(data.fresh(), TODAY)
    assert "1 tindakan lewat tenggat" in shown(open_page("briefing"))
    test = part(data, "hasil", key)
    assert "1 dari 1 belum berakhir" in shown(test)
    field(test, "Hasil").set_value("SIMULASI: hasil")  # type: ignore[attr-defined]
    submit(test, "Tutup")
    assert not test.exception
    row = data.fresh().read("actions").iloc[0]
    assert (row["status"], row["result"]) == ("selesai", "SIMULASI: hasil")
    assert row["closed_on"].date() == TODAY
    assert "0 dari 1 belum berakhir" in shown(test)


def test_a_meeting_is_set_beside_the_one_before_with_slides_of_its_own(data: Dataset) -> None:
    test = part(data, "banding", "rkr-contoh-b04-2024")
    assert "Konflik setahun: 8 perkara per 6 Nov 2023, 16 per 31 Jan 2024 (+8)" in shown(test)
    test.toggle(key="b_two_slides").set_value(True).run()
    assert not test.exception
    assert not test.error
    assert [b.key for b in test.button if (b.key or "").startswith("b_make")] == [
        "b_make|pptx", "b_make|pdf",
    ]  # fmt: skip


def test_under_a_snapshot_stands_what_was_corrected_since(data: Dataset) -> None:
    del data
    test = open_page("briefing", rakor="rkr-contoh-b12-2023", langkah="snapshot")
    assert not test.exception
    assert "koreksi sejak snapshot" in shown(test)


def test_empty_cells_of_the_list_of_meetings_are_dashes(data: Dataset) -> None:
    del data
    test = open_page("briefing")
    rows = next(one.value for one in test.dataframe if "Dasar tanggal" in one.value)
    assert not rows.drop(columns="Keputusan").isna().any(axis=None)


def test_an_address_that_names_no_meeting_shows_the_list(data: Dataset) -> None:
    del data
    test = open_page("briefing", rakor="tidak-ada", langkah="berkas")
    assert not test.exception
    assert test.selectbox(key="rakor").value is None
