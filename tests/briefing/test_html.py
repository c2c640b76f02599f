"""The one file of a deck, without a browser: what it holds, what it must not, and its charts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.briefing import player
from services.briefing import deck as d
from services.briefing.files import svg
from services.briefing.files.ground import CannotDrawError
from services.briefing.files.html import _steps, html_file
from services.briefing.files.signs import Sign
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
        assert not {"src", "style"} & set(kind)
        assert str(kind.get("href", "#")).startswith("#")
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


def test_the_script_and_the_style_can_end_no_element(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "</" not in player.style()
    monkeypatch.setattr(player, "_read", lambda _: "a = '</script>'; b = '<!--';")
    script = player.script.__wrapped__()
    assert "</script" not in script
    assert "<!--" not in script
    assert script.count(r"<\/script>") == script.count(r"<\!--") == 2


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


# ---- drawings ----------------------------------------------------------------------------------

NUMBER = re.compile(r"-?\d*\.?\d+")
POINTS = st.lists(st.tuples(st.floats(-50, 1300), st.floats(-50, 800)), min_size=2, max_size=40)


def walked(path: str) -> np.ndarray[Any, Any]:
    """Return the points of a path of one move and relative lines."""
    numbers = np.array([float(n) for n in NUMBER.findall(path)]).reshape(-1, 2)
    return np.cumsum(numbers, axis=0)


@given(POINTS)
def test_a_path_leads_along_its_points_to_a_twentieth_of_a_pixel(
    points: list[tuple[float, float]],
) -> None:
    drawing = svg.Svg(0, 0, 1280, 720)
    drawing.lines([points], "#000000")
    rounded = np.rint(np.array(points) * 10) / 10
    kept = rounded[[True, *(np.diff(rounded, axis=0) != 0).any(axis=1)]]
    path = drawing.element[0].get("d", "")
    assert np.allclose(walked(path), kept, atol=1e-6) if len(kept) > 1 else path == ""


def test_a_long_path_is_kept_once_for_all_drawings() -> None:
    paths: svg.Paths = {}
    coast = [(float(x), float(x % 7)) for x in range(100)]
    for _ in range(2):
        drawing = svg.Svg(0, 0, 100, 100, paths)
        drawing.polygon([coast], "#ffffff")
        drawing.polygon([coast], edge="#000000", dashes=(4, 3))
        fill, edge = drawing.element
        assert fill.get("href") == edge.get("href") == "#p0"
        assert (fill.get("fill"), edge.get("fill")) == ("#ffffff", "none")
        assert edge.get("stroke-dasharray") == "4 3"
    assert list(paths.values()) == ["p0"]


@pytest.mark.parametrize("kind", ["bar", "column", "line"])
def test_a_chart_stands_in_its_box_in_legible_type(kind: Any) -> None:
    box = Box(48, 144, 768, 508)
    drawn = svg.chart("tren", replace(a_chart(), kind=kind), box, "id")
    assert drawn.get("viewBox") == "48 144 768 508"
    texts = list(drawn.iter("text"))
    assert {"Nov", "Des", "Jan", "konflik", "unjuk rasa"} <= {str(t.text) for t in texts}
    for text in texts:
        assert float(text.get("font-size", "0")) >= SMALLEST_PX
        assert box.left <= float(text.get("x", "0")) <= box.left + box.width
        assert box.top < float(text.get("y", "0")) <= box.top + box.height


def test_a_chart_with_a_part_missing_is_refused_by_its_name() -> None:
    short = replace(a_chart(), categories=("Nov", "Des"))
    with pytest.raises(CannotDrawError, match="tren: Perkara per bulan"):
        svg.chart("tren", short, MAIN_ALONE, "id")


def test_a_marker_that_moved_has_a_line_to_its_place_of_its_own() -> None:
    one = d.Marker(105.0, -2.0, "#17242d", "1. Kab. Utara", "1")
    lead, own = svg.pin(Sign(one, (50.0, 50.0), (80.0, 50.0), 18), 22)
    assert lead is not None
    assert lead.get("viewBox") == own.get("viewBox") == "-22 -22 44 44"
    assert [str(t.text) for t in own.iter("text")] == ["1"]
    assert float(next(own.iter("text")).get("x", "")) == 30
    assert svg.pin(Sign(one, (50.0, 50.0), (50.0, 50.0), 18), 22)[0] is None
