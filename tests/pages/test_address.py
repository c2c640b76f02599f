"""The address holds what a reader chose: checked on the way in, one step on the way out."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def script() -> None:
    """Draw a box, a list, a switch, an amount and tabs that stand in the address."""
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
        "parah": address.amount(st.slider, "Tingkat", "parah", 1, 5, 1),
        "tab": address.tabs(
            "kerawanan.title", ("gambaran", "peta"), "kerawanan_tab", "tab", "gambaran", "k_tab"
        ),
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
        "language": "id", "unit": None, "channel": "",
    }  # fmt: skip
    assert said(test) == {}


def test_what_the_address_says_is_shown() -> None:
    found = drawn(
        keluarga="logistik", tahapan="masa_tenang,kampanye", titik="ya", parah="4", tab="peta",
        lang="en", wilayah="19.01",
    ).session_state["found"]  # fmt: skip
    assert found["keluarga"] == "logistik"
    assert found["tahapan"] == ["masa_tenang", "kampanye"]
    assert (found["titik"], found["parah"], found["tab"]) == (True, 4, "peta")
    assert (found["language"], found["unit"]) == ("en", "19.01")


@pytest.mark.parametrize("wrong", ["", "'; drop", "9" * 400, "٣", "-1", "<script>", "\0"])
def test_what_is_no_choice_is_as_if_unsaid(wrong: str) -> None:
    names = ("keluarga", "tahapan", "titik", "parah", "tab", "lang", "wilayah")
    found = drawn(**dict.fromkeys(names, wrong)).session_state["found"]
    assert found | {"channel": ""} == drawn().session_state["found"] | {"channel": ""}


def test_each_choice_is_written_and_taken_back() -> None:
    test = drawn(lain="x")
    test.selectbox(key="keluarga").set_value("logistik").run()
    test.multiselect(key="tahapan").set_value(["masa_tenang"]).run()
    test.toggle(key="titik").set_value(True).run()
    test.slider(key="parah").set_value(3).run()
    test.button_group(key="k_tab").set_value("peta").run()
    written = {
        "keluarga": "logistik", "tahapan": "masa_tenang", "titik": "ya", "parah": "3", "tab": "peta"
    }  # fmt: skip
    assert said(test) == {"lain": "x", **written}
    test.toggle(key="titik").set_value(False).run()
    test.multiselect(key="tahapan").set_value([]).run()
    assert said(test).keys() == {"lain", "keluarga", "parah", "tab"}


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
