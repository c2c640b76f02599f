"""The one file of a deck, without a browser: what it holds, what it must not, and its charts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.briefing import player
from services.briefing import deck as d
from services.briefing.files import svg
from services.briefing.files.ground import CannotDrawError
from services.briefing.files.html import _steps, html_file
from services.briefing.fit import DoesNotFitError
from services.briefing.layout import MAIN_ALONE, SMALLEST_PX, Box
from tests.briefing.sample_deck import NOTES, a_chart, a_map, sample_deck, with_title

NASTY = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> `${3}` \\ & \"'"


class Page(HTMLParser):
    """The elements of a page and the text in each, read by the standard library."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag in self.raw:
            self.raw[tag].append("")
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1] == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.raw[self._open[-1]][-1] += data
        else:
            self.texts.append(data)


@pytest.fixture(scope="module")
def source() -> str:
    return html_file(sample_deck()).decode("utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def texts_of(deck: d.Deck) -> set[str]:
    found: set[str] = set()
    for slide in deck.slides:
        found |= {slide.title, *slide.marks}
        for block in (slide.main, *slide.side):
            if isinstance(block, d.Bullets):
                found |= set(block.items)
            elif isinstance(block, d.Figures):
                found |= {w for f in block.items for w in (f.value, f.label, f.note)}
            elif isinstance(block, d.Grid):
                found |= {cell for row in (block.columns, *block.rows) for cell in row}
            elif isinstance(block, d.Chart):
                found |= {block.title, *block.categories, *(s.name for s in block.series)}
            elif isinstance(block, d.Map):
                found |= {block.title, block.source, *(row.words for row in block.legend)}
    return found - {""}


def test_every_text_of_the_deck_stands_on_its_page(page: Page) -> None:
    said = set(page.texts)
    assert texts_of(sample_deck()) - said == set()
    assert NOTES in said
    assert sum(kind.get("class", "") == "notes" for _, kind in page.found) == 7


@pytest.mark.parametrize("lang", ["id", "en"])
def test_each_slide_says_its_access_its_marks_its_day_and_its_hash(lang: str) -> None:
    source = html_file(sample_deck(lang)).decode("utf-8")
    feet = re.findall(r"<footer.*?</footer>", source)
    limited = "TERBATAS" if lang == "id" else "RESTRICTED"
    assert len(feet) == 7
    assert [limited in foot for foot in feet] == [False, False, True, False, False, False, False]
    assert all("31 Ja" in foot and "abababab" in foot for foot in feet)
    assert "perkiraan" in feet[3]
    assert "SIMULASI" in feet[4]
    assert f"SHA-256 {'ab' * 32}" in source
    assert f'<html lang="{lang}">' in source


def test_the_policy_allows_what_the_file_was_made_with_and_nothing_else(page: Page) -> None:
    meta = [kind["content"] for _, kind in page.found if kind.get("http-equiv")]
    policy = dict(part.strip().split(" ", 1) for part in str(meta[0]).split(";"))
    script = next(one for one in page.raw["script"] if "BroadcastChannel" in one)
    for name, part in (("script-src", script), ("style-src", page.raw["style"][0])):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert policy[name] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["img-src"] == policy["font-src"] == "data:"


def test_nothing_is_fetched_and_nothing_is_styled_or_run_past_the_policy(page: Page) -> None:
    for tag, kind in page.found:
        assert tag not in {"link", "img", "iframe", "object", "a", "form"}
        assert not {"src", "href", "style"} & set(kind)
        assert not [name for name in kind if name.startswith("on")]
    style = page.raw["style"][0]
    assert [found for found in re.findall(r"url\((.{0,8})", style) if found != "data:fon"] == []
    assert "@import" not in style
    assert "\r" not in style + "".join(page.raw["script"])  # a reader drops it, and the sum is off


def test_the_file_is_small_enough_to_carry(source: str) -> None:
    assert 200_000 < len(source) < 300_000


def test_markup_in_any_text_is_words_and_ends_nothing() -> None:
    deck = sample_deck()
    lines = d.Bullets((NASTY[:40], NASTY[40:80]))
    spoilt = replace(a_map(), areas={"99.01": d.Area("#e31a1c", NASTY)}, key="peta</script>")
    slides = (
        replace(deck.slides[0], title=NASTY[:60], notes=NASTY),
        d.Slide("satu", "<b>x</b>", spoilt, (), NASTY, sources="<i>y</i>"),
        d.Slide("dua", "<img src=x>", lines),
    )
    source = html_file(replace(deck, title=NASTY, slides=slides)).decode("utf-8")
    page = Page(source)
    assert len(page.raw["script"]) == 2
    assert "<!--" not in source
    assert not [t for t, _ in page.found if t in {"img", "b", "i"} and "<img" in source]
    data = json.loads(page.raw["script"][0])
    assert data["maps"]["peta</script>"]["areas"]["99.01"]["words"] == NASTY
    assert [t for t in page.texts if t == NASTY], "the notes"
    assert NASTY in page.texts


def test_the_script_and_the_style_can_end_no_element() -> None:
    assert "</script" not in player.script()
    assert "<!--" not in player.script()
    assert "</" not in player.style()


def test_a_title_of_500_characters_is_refused_when_the_file_is_made() -> None:
    with pytest.raises(DoesNotFitError, match="2"):
        html_file(with_title("kata " * 100))


def test_a_map_that_would_be_blank_is_refused_by_its_name() -> None:
    deck = sample_deck()
    blank = replace(a_map(), level="desa")
    slides = (*deck.slides[:2], replace(deck.slides[2], main=blank))
    with pytest.raises(CannotDrawError, match="peta_konflik"):
        html_file(replace(deck, slides=slides))


def test_the_land_is_sent_once_and_only_where_a_map_needs_it(page: Page) -> None:
    data = json.loads(page.raw["script"][0])
    assert set(data["land"]) == {"kabupaten", "ground"}
    assert [code for code, _, _ in data["land"]["kabupaten"]] == [
        "99.01",
        "99.02",
        "99.03",
        "99.04",
    ]
    without = html_file(replace(sample_deck(), slides=sample_deck().slides[:2])).decode("utf-8")
    assert json.loads(Page(without).raw["script"][0])["land"] == {"ground": []}


@given(st.lists(st.tuples(st.floats(95, 141), st.floats(-11, 6)), min_size=3, max_size=30))
def test_steps_lead_back_to_the_points_within_a_dozen_metres(
    points: list[tuple[float, float]],
) -> None:
    ring = np.array(points)
    back = np.cumsum(np.array(_steps(ring)).reshape(-1, 2), axis=0) / 10_000
    assert np.abs(back - ring).max() <= 0.5001e-4


# ---- charts ------------------------------------------------------------------------------------


def drawn(shown: d.Chart) -> Element:
    return svg.chart(shown, MAIN_ALONE, "id")


def said(chart: Element) -> list[str]:
    return [str(t.text) for t in chart.iter("text")]


def bars(chart: Element, colour: str) -> list[dict[str, Any]]:
    found = [r.attrib for r in chart.iter("rect") if r.get("fill") == colour]
    return [{k: float(v) for k, v in r.items() if k != "fill"} for r in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.0, 4.0), [0, 1, 2, 3, 4]),
        ((0.0, 23.0), [0, 5, 10, 15, 20, 25]),
        ((0.0, 100.0), [0, 20, 40, 60, 80, 100]),
        ((), [0, 1]),
        ((-3.0, 4.0), [-4, -2, 0, 2, 4]),
    ],
)
def test_an_axis_has_round_numbers(values: tuple[float, ...], expected: list[float]) -> None:
    assert svg.ticks(values) == pytest.approx(expected)


@given(st.lists(st.floats(-1e6, 1e6).filter(lambda v: v == 0 or abs(v) > 1e-3), max_size=12))
def test_an_axis_holds_every_value_and_zero_in_few_even_steps(values: list[float]) -> None:
    marks = svg.ticks(values)
    assert marks[0] <= min([0.0, *values]) + 1e-6
    assert marks[-1] >= max([0.0, *values]) - 1e-6
    assert 2 <= len(marks) <= 8
    assert 0 in marks
    assert np.ptp(np.diff(marks)) <= 1e-6 * max(1.0, marks[-1] - marks[0])


def test_columns_are_as_high_as_their_numbers_and_a_gap_is_a_dash() -> None:
    chart = drawn(a_chart())
    first = bars(chart, "#d55e00")[1:]  # the first is the sign of the legend
    assert first[0]["height"] / first[2]["height"] == pytest.approx(0.5, abs=0.01)
    assert first[1]["height"] == 0
    assert "–" in said(chart)
    assert said(chart).count("0") == 2  # the axis, and what was counted as none


def test_lying_bars_are_as_long_as_their_numbers_and_end_inside() -> None:
    shown = d.Chart("bar", "Boks", ("A", "B"), (d.Series("", (1500.0, 750.0), "#0072b2"),))
    long = bars(drawn(shown), "#0072b2")
    assert long[0]["width"] == pytest.approx(2 * long[1]["width"], abs=0.1)
    assert {"1.500", "750"} <= set(said(drawn(shown)))
    assert long[0]["x"] + long[0]["width"] < MAIN_ALONE.width - 60


def test_a_line_stops_where_a_number_is_missing() -> None:
    shown = d.Chart(
        "line", "x", ("a", "b", "c", "d"), (d.Series("", (1.0, None, 2.0, 3.0), "red"),)
    )
    chart = drawn(shown)
    path = next(p.get("d", "") for p in chart.iter("path"))
    assert [path.count("M"), path.count("L")] == [2, 1]
    assert len(list(chart.iter("circle"))) == 3


@pytest.mark.parametrize("kind", ["bar", "column", "line"])
@pytest.mark.parametrize("values", [(0.0, 0.0), (None, None), (1e-3, 5e-3), (1e6, 3.0)])
def test_any_chart_stays_inside_its_box_in_legible_type(
    kind: Any, values: tuple[float | None, ...]
) -> None:
    box = Box(0, 0, 768, 508)
    shown = d.Chart(kind, "x", ("a", "b"), (d.Series("s", values, "red"),))
    chart = svg.chart(shown, box, "id")
    assert all(float(t.get("font-size", "0")) >= SMALLEST_PX for t in chart.iter("text"))
    for rect in bars(chart, "red"):
        assert 0 <= rect["x"] <= rect["x"] + rect["width"] <= box.width
        assert 0 <= rect["y"] <= rect["y"] + rect["height"] <= box.height + 0.1
