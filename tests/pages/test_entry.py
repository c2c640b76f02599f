"""Numbers that are typed: as the language writes them, held where they are wrong."""

from __future__ import annotations

import pandas as pd
from streamlit.testing.v1 import AppTest

from pages.components.entry import to_numbers, to_words
from pages.components.shell import plain


def script(value, digits) -> None:  # type: ignore[no-untyped-def]
    """Draw one field; runs alone, without the names of this module."""
    import streamlit as st

    from pages.components.entry import number_entry

    st.session_state.found = number_entry(st, "Jam", 0.5, 200_000, value, "jam", digits)


def field(value: float | None, digits: int = 0) -> AppTest:
    return AppTest.from_function(script, kwargs={"value": value, "digits": digits}).run()


def typed(test: AppTest, words: str) -> float | None:
    test.text_input[0].set_value(words).run()
    assert not test.exception
    found: float | None = test.session_state["found"]
    return found


def test_a_number_is_written_and_read_in_the_language_and_follows_it() -> None:
    test = field(3.0, 2)
    assert test.text_input[0].value == "3,00"
    assert typed(test, "150.000") == 150_000
    test.query_params["lang"] = "en"
    test.run()
    assert test.text_input[0].value == "150,000.00"
    assert typed(test, "0.75") == 0.75
    test.query_params["lang"] = "id"
    test.run()
    assert test.text_input[0].value == "0,75"


def test_what_is_no_number_or_out_of_range_is_said_and_the_last_good_one_holds() -> None:
    test = field(3.0, 2)
    for wrong in ("tiga", "0,4", "200.001", ""):
        assert typed(test, wrong) == 3.0
        assert plain(f"“{wrong}” bukan angka dari 0,50 sampai 200.000,00") in test.error[0].value
    assert typed(test, "4") == 4.0
    assert not test.error


def test_a_field_that_began_empty_may_be_empty_and_takes_whole_numbers_only() -> None:
    test = field(None)
    assert test.session_state["found"] is None
    assert typed(test, "1.500") == 1500
    assert typed(test, "2,5") == 1500
    assert typed(test, "") is None


def test_a_table_to_edit_comes_back_as_it_was_and_keeps_what_cannot_be_read() -> None:
    frame = pd.DataFrame({"cost": [150_000.0, 2.25, None], "name": ["a", "b", "c"]})
    words = to_words(frame, {"cost": 0})
    assert words["cost"].tolist() == ["150.000", "2,25", None]
    assert to_numbers(words, {"cost": 0})["cost"].tolist() == [150_000.0, 2.25, None]
    words.loc[0, "cost"] = "banyak"
    assert to_numbers(words, {"cost": 0})["cost"].tolist() == ["banyak", 2.25, None]
