"""Where the cursor stands: the address says it, and says it to every page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import _own_store, open_page, shown

__all__ = ["_own_store"]
EVE = "2024-02-13"


def parts(test: AppTest) -> dict[str, dict[str, Any]]:
    """Return what the page handed to the scripts of the cursor, by part."""
    sent = [
        json.loads(one.proto.json or one.proto.mixed.json) for one in test.get("bidi_component")
    ]
    return {one.get("part", "strip"): one for one in sent}


def asked(test: AppTest) -> dict[str, str]:
    return {name: "".join(said) for name, said in test.query_params.items()}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"tanggal": "2024-13-45"}, "Tanggal “2024-13-45” pada alamat tidak dapat dibaca"),
        ({"tanggal": "9999-12-31"}, "Tanggal “9999-12-31” pada alamat tidak dapat dibaca"),
        ({"tanggal": "2031-01-01"}, "1 Januari 2031 di luar waktu yang tercatat"),
        (
            {"tanggal": EVE, "dari": "2024-05-01", "rentang": "pilihan"},
            "Awal rentang “2024-05-01” pada alamat tidak dipakai: bukan tanggal sebelum 13 Feb",
        ),
        ({"tanggal": EVE, "dari": "x", "rentang": "pilihan"}, "Awal rentang “x” pada alamat"),
    ],
)
def test_a_wrong_date_in_the_address_is_told_and_breaks_nothing(
    query: dict[str, str], words: str
) -> None:
    test = open_page("ringkasan", **query)
    assert not test.exception
    assert words in shown(test)
    assert parts(test)["hand"]["start"] is None
    assert test.selectbox(key="rentang").value != "pilihan"


def test_a_marked_period_is_the_period_of_the_map_and_of_the_film() -> None:
    query = {"tanggal": EVE, "dari": "2023-12-01", "rentang": "pilihan"}
    test = open_page("ringkasan", **query)
    assert test.selectbox(key="rentang").value == "pilihan"
    assert "dalam rentang pilihan" in shown(test)
    sent = parts(test)
    assert sent["hand"]["date"] - sent["hand"]["start"] == 74
    assert sent["film"]["map"] == "ringkasan_map"
    assert len(sent["film"]["fills"].split(";")) == len(sent["strip"]["days"])
    # Another period takes its place; the mark is gone from the cursor.
    test.selectbox(key="rentang").set_value("tahun").run()
    assert parts(test)["hand"]["start"] is None


def test_films_differ_by_what_is_chosen_and_not_by_the_day() -> None:
    one = parts(open_page("ringkasan", tanggal=EVE, rentang="semua"))
    later = parts(open_page("ringkasan", tanggal="2024-11-27", rentang="semua"))
    finer = parts(open_page("ringkasan", tanggal=EVE, rentang="semua", tingkat="kecamatan"))
    assert one["film"]["fills"] == later["film"]["fills"] != finer["film"]["fills"]
    assert one["strip"] == later["strip"] == finer["strip"]
    assert one["hand"] != later["hand"]
    assert one["film"]["channel"] != later["film"]["channel"]


def test_no_film_is_played_of_a_chosen_month() -> None:
    query = {"tanggal": EVE, "metode": "counts"}
    assert parts(open_page("hotspot", **query))["film"]["map"] == "hotspot_map"
    month = open_page("hotspot", bulan="2024-01", **query)
    assert "film" not in parts(month)
    assert "Januari 2024" in shown(month)
    outside = open_page("hotspot", bulan="2031-01", **query)
    assert "film" in parts(outside), "a month that is not used changes nothing"


@pytest.mark.parametrize("page", ["linimasa", "prakiraan", "tindakan", "data"])
def test_a_page_without_such_a_map_has_the_cursor_and_no_film(page: str) -> None:
    sent = parts(open_page(page, tanggal=EVE))
    assert set(sent) == {"strip", "hand"}
    assert sent["strip"]["brush"] is False


def app_of_one_move(date: str, start: str | None) -> None:
    import streamlit as st

    from pages.components import cursor

    told = {"date": date, "start": start, "heard": 7}
    st.button("move", on_click=cursor.take, args=(told, st.session_state))
    st.write(cursor.as_of().isoformat(), cursor.window(), st.session_state.get("cursor_heard"))


@pytest.mark.parametrize(
    ("before", "date", "start", "after"),
    [
        ({}, EVE, None, {"tanggal": EVE}),
        ({"lang": "en"}, EVE, None, {"lang": "en", "tanggal": EVE}),
        (
            {"rentang": "tahun"},
            EVE,
            "2024-01-01",
            {"tanggal": EVE, "dari": "2024-01-01", "rentang": "pilihan"},
        ),
        (
            {"tanggal": EVE, "dari": "2024-01-01", "rentang": "pilihan"},
            "2023-12-01",
            "2024-01-01",
            {"tanggal": "2023-12-01"},
        ),
        ({"tanggal": EVE, "rentang": "tahun"}, "2024-02-14", None,
         {"tanggal": "2024-02-14", "rentang": "tahun"}),
    ],
)  # fmt: skip
def test_a_move_writes_the_address_once_and_leaves_the_rest(
    before: dict[str, str], date: str, start: str | None, after: dict[str, str]
) -> None:
    test = AppTest.from_function(app_of_one_move, args=(date, start), default_timeout=30)
    test.query_params.update(before)
    test.run().button[0].click().run()
    assert not test.exception
    assert asked(test) == after
    assert test.session_state["cursor_heard"] == 7
    assert date in test.markdown[0].value


def test_today_needs_no_word_in_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", f"{EVE}T03:00:00+00:00")
    test = AppTest.from_function(app_of_one_move, args=(EVE, None), default_timeout=30)
    test.query_params["tanggal"] = "2023-01-01"
    test.run().button[0].click().run()
    assert asked(test) == {}
