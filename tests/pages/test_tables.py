"""Tables of pages: only what is seen is sent, and numbers have words only where they need them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandas.io.formats.style import Styler

from pages.components import show

FRAME = pd.DataFrame(
    {
        "name": ["a", "b"],
        "small": [999, -999],
        "gap": pd.array([3, None], dtype="Int64"),
        "large": [1000, 1],
        "share": [0.5, 1.0],
    }
)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is given to Streamlit to draw."""
    found: list[Any] = []
    monkeypatch.setattr("streamlit.dataframe", lambda table, **_: found.append(table))
    return found


def test_numbers_that_are_written_as_words_stand_at_the_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[Any] = []
    monkeypatch.setattr("streamlit.dataframe", lambda _, **said: found.append(said))
    long = pd.DataFrame({"name": ["a"] * 400, "minutes": [467.0] * 400, "left": [1.5] * 400})
    options = show.narrow(long, (100, 85, 85))
    options["column_config"]["left"] = {"alignment": "left"}
    show.table(long, **options)
    config = found[0]["column_config"]
    assert config["minutes"] == {"alignment": "right", "width": 85}
    assert config["left"]["alignment"] == "left"


def test_a_column_that_is_not_shown_is_not_sent(sent: list[Any]) -> None:
    show.table(FRAME, **show.narrow(FRAME, (100, 80), (0, 3)))
    show.table(FRAME, column_order=["small", "name"])
    show.table(FRAME)
    columns = [list((one.data if isinstance(one, Styler) else one).columns) for one in sent]
    assert columns == [["name", "large"], ["small", "name"], list(FRAME.columns)]


def test_whole_numbers_below_a_thousand_are_their_own_words(sent: list[Any]) -> None:
    show.table(FRAME[["name", "small", "gap"]])
    show.table(FRAME[["name", "large"]])
    show.table(FRAME[["share"]])
    plain, large, share = sent
    assert isinstance(plain, pd.DataFrame)
    assert "1.000" in large.to_html()
    show.table(pd.DataFrame({"gap": [-1000, 5]}))
    assert "-1.000" in sent[-1].to_html()
    assert "0,5" in share.to_html()
