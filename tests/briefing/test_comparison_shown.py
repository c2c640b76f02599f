"""The comparison as slides and on its page: it fits, has signs, and names what is not compared."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

import folium
import pytest
from PIL import Image, ImageColor
from streamlit.testing.v1 import AppTest

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from services.briefing.change.compare import Comparison, compare
from services.briefing.change.map import change_layers, change_picture, map_rows
from services.briefing.change.words import compare_tables
from services.briefing.deck import Deck, Figures, Grid, Map
from services.briefing.fit import check_fit
from services.briefing.slides.build import deck_of
from services.briefing.slides.comparison import comparison_slides
from services.briefing.snapshot import Snapshot, snapshots_of
from services.dataset import Dataset
from services.map_picture import draw_picture
from tests.briefing.two_contents import C, pair, snapshot, units


@pytest.fixture(scope="module")
def shipped() -> Comparison:
    found = [Snapshot(one, digest_of(canonical(one))) for one in shipped_contents()]
    return next(compare(a, b) for a, b in pairwise(found))


def with_comparison(found: Comparison, lang: str, base: Snapshot | None = None) -> Deck:
    deck = deck_of(base or found.later, lang)
    return replace(deck, slides=(*deck.slides, *comparison_slides(found, lang)))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_slides_of_the_examples_fit(shipped: Comparison, lang: str) -> None:
    deck = with_comparison(shipped, lang)
    check_fit(deck)
    assert [slide.key for slide in deck.slides[-3:]] == [
        "banding", "banding_peta", "banding_hasil",
    ]  # fmt: skip
    assert deck.slides[-1].access == "terbatas"


def test_the_map_of_change_is_taken_along(shipped: Comparison, dataset: Dataset) -> None:
    level = map_rows(shipped)["level"].iloc[0]
    picture = change_picture(shipped, level, "konflik", "id")
    assert picture.legend is not None
    assert picture.title == picture.legend.title
    drawn = Image.open(BytesIO(draw_picture(dataset, picture, "id"))).convert("RGB")
    seen = {colour for _, colour in drawn.getcolors(1 << 24) or []}
    fills = [fill for fill, *_ in picture.legend.rows if fill is not None]
    assert fills
    assert {ImageColor.getrgb(fill) for fill in fills} <= seen


@pytest.mark.parametrize("lang", ["id", "en"])
def test_large_and_unlike_figures_fit_too(shipped: Comparison, lang: str) -> None:
    later = shipped.later.content
    figures = {
        family: {**row, "n_affairs": 123456, "covered": family != "konflik"}
        for family, row in later["situation"]["figures"].items()
    }
    levels: dict[str, Any] = {}
    for level, windows in later["hotspots"]["levels"].items():
        levels[level] = {
            window: {
                family: {**one, "affairs": dict.fromkeys(one["affairs"], 99.0), "n_affairs": 12345}
                for family, one in families.items()
            }
            for window, families in windows.items()
        }
    content = {
        **later,
        "situation": {**later["situation"], "figures": figures},
        "hotspots": {**later["hotspots"], "levels": levels},
    }
    for one in (
        compare(shipped.earlier, snapshot(content)),
        compare(snapshot(content), shipped.later),
    ):
        check_fit(with_comparison(one, lang, shipped.later))


def test_the_map_has_a_sign_beside_the_colour_and_hatches_what_is_unlike() -> None:
    before, after = pair()
    after["hotspots"]["levels"]["kabupaten"]["tahun"]["konflik"] = units((4.0, 1.0, 0.0, 2.0), (C,))
    found = compare(snapshot(before), snapshot(after))
    shown = comparison_slides(found, "id")[1].main
    assert isinstance(shown, Map)
    assert [marker.label for marker in shown.markers] == ["+3", "−1", "+2"]
    assert {code: area.hatched for code, area in shown.areas.items()} == {
        code: code == C for code in shown.areas
    }
    assert shown.areas[C].fill == ""
    assert "kini tidak dipantau penuh" in shown.areas[C].words
    assert shown.legend[-2].words == "tidak dibandingkan"
    assert {area.fill for area in shown.areas.values()} == {
        "", "#b2182b", "#67a9cf", "#ef8a62",
    }  # fmt: skip
    layers = change_layers(found, "kabupaten", "konflik", "id")
    signs = [layer for layer in layers if isinstance(layer, folium.Marker)]
    assert len(signs) == 3
    assert len(map_rows(found)) == 4


def test_what_was_not_said_before_is_a_dash_and_no_zero() -> None:
    before, after = pair()
    before["register"] = {"warnings": [], "actions": []}
    after["register"] = {"warnings": [], "actions": []}
    shown = comparison_slides(compare(snapshot(before), snapshot(after)), "id")[2].main
    assert isinstance(shown, Figures)
    assert [item.value for item in shown.items] == ["–", "–", "2 dari 4", "0,16"]


def test_rates_stand_where_windows_differ_and_counts_where_they_do_not() -> None:
    before, after = pair()
    for content in (before, after):
        content["situation"]["figures"]["logistik"] = {"n_affairs": 31, "covered": True}
    rows = comparison_slides(compare(snapshot(before), snapshot(after)), "id")[0].main
    assert isinstance(rows, Grid)
    assert rows.rows[-1] == ("Logistik, sejak rakor", "31", "31", "0")
    after["period"] = ["2024-02-01", "2024-03-03"]
    slide = comparison_slides(compare(snapshot(before), snapshot(after)), "id")[0]
    assert isinstance(slide.main, Grid)
    assert slide.main.rows[-1] == ("Logistik, per 30 hari", "30,0", "29,1", "–")
    assert slide.marks == ("kurun beda panjang",)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_part_has_a_table_whose_words_are_of_the_language(
    shipped: Comparison, lang: str
) -> None:
    tables = compare_tables(shipped, lang)
    assert set(tables) == {
        "figures", "areas", "watch", "potensi", "warnings", "actions", "outlook", "people",
        "plans",
    }  # fmt: skip
    for name, table in tables.items():
        assert table.columns.is_unique, name
    assert not tables["areas"].empty
    assert not tables["warnings"].empty


def script(data: object, earlier_id: str, later_id: str) -> None:
    from pages.components.briefing.compare import draw_comparison, draw_corrections
    from services.briefing.snapshot import open_snapshot

    draw_comparison(data, earlier_id, later_id)
    draw_corrections(data, open_snapshot(data, earlier_id))


def test_the_page_draws_both(shipped_dataset: Dataset) -> None:
    first, last = snapshots_of(shipped_dataset)["snapshot_id"].iloc[[0, -1]]
    given = {"data": shipped_dataset, "earlier_id": first, "later_id": last}
    test = AppTest.from_function(script, kwargs=given, default_timeout=60).run()
    assert not test.exception
    words = "\n".join(str(block.proto.body) for block in test.get("html"))
    assert "Konflik setahun: 8 perkara per 6 Nov 2023, 16 per 31 Jan 2024 (+8)" in words
    assert "koreksi sejak snapshot" in words
    test.selectbox(key="compare_level").set_value("kecamatan").run()
    test.selectbox(key="compare_family").set_value("unjuk_rasa").run()
    assert not test.exception
