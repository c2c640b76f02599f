"""Numbers in tables read as the language writes them, and keep their decimals apart."""

from __future__ import annotations

import pandas as pd
import pytest

from services.hotspots.tables import decimals, readable, setting


def test_decimals_are_as_many_as_the_column_needs() -> None:
    table = pd.DataFrame(
        {
            "index": [0.1, 0.179, None],
            "police": pd.array([304, None, 1377], dtype="Int64"),
            "share": [0.0, 12.5, 100.0],
            "long": [1 / 3, 0.5, 0.0],
            "name": ["a", "b", "c"],
            "yes": [True, False, True],
        }
    )
    assert decimals(table) == {"index": 3, "police": 0, "share": 1, "long": 3}


@pytest.mark.parametrize(
    ("value", "digits", "lang", "words"),
    [
        (0.179, 3, "id", "0,179"),
        (1822, 0, "id", "1.822"),
        (1822.5, 1, "id", "1.822,5"),
        (1822.5, 1, "en", "1,822.5"),
        (float("nan"), 3, "id", "–"),
    ],
)
def test_a_number_is_written_as_its_language_does(
    value: float, digits: int, lang: str, words: str
) -> None:
    assert readable(value, digits, lang) == words


def test_a_missing_whole_number_is_a_dash_not_zero() -> None:
    assert readable(pd.NA, 0, "id") == "–"  # type: ignore[arg-type]


def test_settings_keep_what_is_written_in_the_file() -> None:
    assert setting(0.35, "id") == "0,35"
    assert setting((0.9, 1, "a"), "id") == "0,9; 1; a"
    assert setting(0.35, "en") == "0.35"
