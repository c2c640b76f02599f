"""The address holds what a reader chose: checked on the way in, one step on the way out."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import open_page, shown


def script() -> None:
    """Draw a box, a list, a switch, an amount and tabs that stand in the address."""
    from datetime import date

    import streamlit as st

    from pages.components import address

    address.begin(str(st.session_state.get("page", "hotspot")))
    st.session_state.found = {
        "keluarga": address.choice(
            st, "family.on_map", ("konflik", "logistik"), "family", "keluarga"
        ),
        "tahapan": address.several(
            st, "stage.label", ("kampanye", "masa_tenang"), "stage", "tahapan"
        ),
        "titik": address.switch(st, "Titik", "titik"),
        "gabung": address.switch(st, "Gabung", "gabung", first=True),
        "jam": address.maybe(st, "Jam", {"6": "06:00", "9": "09:00"}, "jam", "hour", "–"),
        "parah": address.amount(st.slider, "Tingkat", "parah", 1, 5, 1),
        "tab": address.tabs(
            "kerawanan.title", ("gambaran", "peta"), "kerawanan_tab", "tab", "gambaran", "k_tab"
        ),
        "kantor": address.typed(st, "Kantor", "kantor", "Posko", "field"),
        "mulai": address.past_day(st, "Mulai", "mulai", date(2024, 2, 13), key="day"),
        "language": address.language(),
        "unit": address.unit({"19.01"}),
        "channel": address.channel(),
    }
    st.session_state.to = {name: address.to(name) for name in ("hotspot", "tindakan")}


def drawn(**said: str) -> AppTest:
    test = AppTest.from_function(script)
    for name, value in said.items():
        test.query_params[name] = value
    test.run()
    assert not test.exception
    return test


def said(test: AppTest) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in test.query_params.items()
    }


def test_an_empty_address_says_nothing_and_is_left_empty() -> None:
    test = drawn()
    found = test.session_state["found"]
    assert found | {"channel": ""} == {
        "keluarga": "konflik", "tahapan": [], "titik": False, "parah": 1, "tab": "gambaran",
        "gabung": True, "jam": None,
        "kantor": "Posko", "mulai": None, "language": "id", "unit": None, "channel": "",
    }  # fmt: skip
    assert said(test) == {}


def test_what_the_address_says_is_shown() -> None:
    found = drawn(
        keluarga="logistik", tahapan="masa_tenang,kampanye", titik="ya", parah="4", tab="peta",
        lang="en", wilayah="19.01", gabung="tidak", jam="9",
    ).session_state["found"]  # fmt: skip
    assert found["keluarga"] == "logistik"
    assert found["tahapan"] == ["masa_tenang", "kampanye"]
    assert (found["titik"], found["parah"], found["tab"]) == (True, 4, "peta")
    assert (found["language"], found["unit"]) == ("en", "19.01")
    assert (found["gabung"], found["jam"]) == (False, "9")


@pytest.mark.parametrize("wrong", ["", "'; drop", "9" * 400, "٣", "-1", "<script>", "\0"])
def test_what_is_no_choice_is_as_if_unsaid(wrong: str) -> None:
    names = (
        "keluarga", "tahapan", "titik", "gabung", "jam", "parah", "tab", "lang", "wilayah", "mulai",
    )  # fmt: skip
    found = drawn(**dict.fromkeys(names, wrong)).session_state["found"]
    assert found | {"channel": ""} == drawn().session_state["found"] | {"channel": ""}


def test_each_choice_is_written_and_taken_back() -> None:
    test = drawn(lain="x")
    test.selectbox(key="keluarga").set_value("logistik").run()
    test.multiselect(key="tahapan").set_value(["masa_tenang"]).run()
    test.toggle(key="titik").set_value(True).run()
    test.toggle(key="gabung").set_value(False).run()
    test.selectbox(key="hour").set_value("6").run()
    test.slider(key="parah").set_value(3).run()
    test.button_group(key="k_tab").set_value("peta").run()
    written = {
        "keluarga": "logistik", "tahapan": "masa_tenang", "titik": "ya", "gabung": "tidak",
        "jam": "6", "parah": "3", "tab": "peta",
    }  # fmt: skip
    assert said(test) == {"lain": "x", **written}
    test.toggle(key="titik").set_value(False).run()
    test.toggle(key="gabung").set_value(True).run()
    test.selectbox(key="hour").set_value(None).run()
    test.multiselect(key="tahapan").set_value([]).run()
    assert said(test).keys() == {"lain", "keluarga", "parah", "tab"}


def test_words_and_days_are_kept_and_cut_to_what_may_be() -> None:
    test = drawn(kantor="Polres Belitung" + "!" * 200, mulai="2024-02-01")
    found = test.session_state["found"]
    assert found["kantor"] == ("Polres Belitung" + "!" * 200)[:120]
    assert found["mulai"] == date(2024, 2, 1)
    assert drawn(mulai="2024-02-14").session_state["found"]["mulai"] is None  # after the last day
    test.text_input(key="field").set_value(" KPU ").run()
    test.date_input(key="day").set_value(date(2024, 1, 2)).run()
    assert said(test) == {"kantor": "KPU", "mulai": "2024-01-02"}
    test.text_input(key="field").set_value("Posko").run()
    assert said(test) == {"mulai": "2024-01-02"}


@pytest.mark.usefixtures("shared_installation")
def test_the_parts_of_kerawanan_keep_what_was_chosen_in_the_address() -> None:
    asked = {"tanggal": "2024-02-14", "pemilihan": "pemilu2024", "lang": "id"}
    day = open_page(
        "kerawanan", **asked, tab="hari_h", kabupaten="19.02", kantor="Polres Belitung",
        jam="2024-02-14T09:15", papan="hours",
    )  # fmt: skip
    assert not day.exception
    assert day.selectbox(key="hh_area").value == "19.02"
    assert day.text_input(key="hh_office").value == "Polres Belitung"
    assert not day.toggle(key="hh_follow").value
    assert "Pukul 09.15" in shown(day)
    assert day.button_group(key="hh_tabs").value == "hours"
    day.toggle(key="hh_follow").set_value(True).run()
    day.selectbox(key="hh_area").set_value("semua").run()
    assert "jam" not in said(day)
    assert said(day)["kabupaten"] == "semua"
    coverage = open_page("kerawanan", **asked, tab="bukti", bagian="cakupan", rincian="lists")
    assert "Daftar indikator berbeda tiap pemilihan" in shown(coverage)
    people = open_page(
        "kerawanan", **asked, tab="personel", aturan="tanpa", menit="45", linmas="15",
        reserve="120", diutamakan="atas",
    )  # fmt: skip
    assert not people.exception
    assert people.selectbox(key="kp_rule").value == "tanpa"
    assert people.selectbox(key="kp_value").value == "atas"
    assert people.number_input(key="kp_minutes").value == 45
    assert people.text_input(key="kp_linmas@id").value == "1,5"
    people.selectbox(key="kp_rule").set_value("satu_kelas").run()
    assert said(people)["aturan"] == "satu_kelas"


def test_an_amount_with_a_decimal_stands_in_the_address_and_goes_back() -> None:
    def script() -> None:
        import streamlit as st

        from pages.components.people.teams import _tenths

        st.session_state.found = _tenths("linmas", 10, 2.0, 1)

    test = AppTest.from_function(script).run()
    test.text_input(key="kp_linmas@id").set_value("3,5").run()
    assert (test.session_state["found"], said(test)) == (3.5, {"linmas": "35"})
    test.query_params.clear()
    test.run()  # Back
    assert (test.session_state["found"], said(test)) == (2.0, {})
    assert test.text_input(key="kp_linmas@id").value == "2,0"


def test_the_address_wins_over_what_the_boxes_show() -> None:
    """Back and Forward change the address and touch no box."""
    test = drawn()
    test.selectbox(key="keluarga").set_value("logistik").run()
    test.query_params.clear()
    test.run()
    assert test.session_state["found"]["keluarga"] == "konflik"
    assert test.selectbox(key="keluarga").value == "konflik"


def test_a_click_before_the_browser_followed_the_last_one_loses_neither() -> None:
    test = drawn()
    test.selectbox(key="keluarga").set_value("logistik").run()
    del test.query_params["keluarga"]  # the browser still names the old address
    test.toggle(key="titik").set_value(True).run()
    assert said(test) == {"keluarga": "logistik", "titik": "ya"}


def test_what_the_reader_went_back_from_does_not_come_again() -> None:
    test = drawn()
    test.selectbox(key="keluarga").set_value("logistik").run()
    del test.query_params["keluarga"]
    test.run()  # Back
    test.toggle(key="titik").set_value(True).run()
    assert said(test) == {"titik": "ya"}


def test_a_link_leads_to_a_page_as_it_was_left_with_what_all_pages_share() -> None:
    test = drawn(keluarga="logistik", tab="peta", lang="en")
    assert test.session_state["to"]["tindakan"] == {"keluarga": "logistik", "lang": "en"}
    test.session_state["page"] = "tindakan"
    test.query_params.clear()
    test.query_params["keluarga"] = "konflik"
    test.run()
    assert test.session_state["to"]["hotspot"] == {"tab": "peta", "keluarga": "konflik"}


def test_every_screen_has_a_channel_of_its_own_and_keeps_it() -> None:
    one, two = drawn(), drawn()
    name = one.session_state["found"]["channel"]
    assert name != two.session_state["found"]["channel"]
    assert one.run().session_state["found"]["channel"] == name
