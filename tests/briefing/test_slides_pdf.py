"""Slides on paper: each word is found, fonts come along, and nothing leaves its box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.lib.pagesizes import A4, landscape

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from services.briefing import deck as d
from services.briefing.files.chart import scale
from services.briefing.files.ground import CannotDrawError
from services.briefing.files.pdf import notes_pdf, slides_pdf
from services.briefing.files.sheet import Sheet
from services.briefing.files.signs import on
from services.briefing.fit import DoesNotFitError, placed
from services.briefing.foot import cover_lines, foot
from services.briefing.layout import COVER, FOOT, HEIGHT_PX, LINE, TITLE, WIDTH_PX, Box
from services.briefing.measure import width
from services.briefing.slides.build import deck_of
from services.briefing.snapshot import Snapshot
from services.paper import shown
from tests.briefing.sample_deck import CODES, a_chart, a_grid, a_map, sample_deck, with_title
from tests.fonts import fonts

SIGNS = "− ≤ ≥ → – … · ✓ “é” ½"


def pages(content: bytes) -> list[str]:
    found = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return [" ".join(words.split()) for words in found]


def shown_words(block: Any) -> list[str]:
    """Return every text of a block that a page must hold."""
    if isinstance(block, d.Figures):
        return [w for f in block.items for w in (f.value, f.label, f.note) if w]
    if isinstance(block, d.Bullets):
        return list(block.items)
    if isinstance(block, d.Grid):
        return [cell for row in (block.columns, *block.rows) for cell in row]
    if isinstance(block, d.Chart):
        return [block.title, *block.categories, *(s.name for s in block.series)]
    if isinstance(block, d.Map):
        labels = [m.label for m in block.markers if m.label]
        return [block.title, block.source, *labels, *(row.words for row in block.legend)]
    return []


def one_slide(main: d.Main | None, *side: d.Side, title: str = "Judul") -> d.Deck:
    found = sample_deck()
    slide = d.Slide("satu", title, main, side)
    return replace(found, slides=(found.slides[0], slide))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_text_of_the_deck_is_found_on_its_page(lang: str) -> None:
    deck = sample_deck(lang)
    found = pages(slides_pdf(deck))
    assert len(found) == len(deck.slides)
    for at, (slide, words) in enumerate(zip(deck.slides, found, strict=True)):
        told = foot(deck, at)
        wanted = [slide.title, told.access, *told.marks, told.words, told.page]
        wanted += [text for block in (slide.main, *slide.side) for text in shown_words(block)]
        assert [text for text in wanted if text not in words] == []
        assert "Sapa hadirin" not in words
    assert all(line in found[0] for line in cover_lines(deck))
    assert deck.digest in found[0]


def test_a_part_of_a_table_says_which() -> None:
    assert "1–2 dari 9" in pages(slides_pdf(sample_deck()))[4]
    whole = replace(a_grid(), total=2)
    assert "dari" not in pages(slides_pdf(one_slide(whole)))[1]


def test_a_map_carries_scale_north_source_and_land() -> None:
    words = pages(slides_pdf(sample_deck()))[2]
    assert "50 km" in words or "20 km" in words
    assert "U" in words.split()
    page = PdfReader(BytesIO(slides_pdf(sample_deck()))).pages[2]
    content = page.get_contents()
    assert content is not None
    drawn = content.get_data().decode("latin-1")
    # 0xe31a1c and 0xffeda0 as reportlab writes them: on the map and in the legend.
    assert drawn.count(".890196 .101961 .109804 rg") == 2
    assert drawn.count("1 .929412 .627451 rg") == 2
    whole = replace(a_map(), areas={**a_map().areas, CODES[2]: d.Area("", "x")})
    content = PdfReader(BytesIO(slides_pdf(one_slide(whole)))).pages[1].get_contents()
    assert content is not None
    hatched = drawn.count(" l ") - content.get_data().decode("latin-1").count(" l ")
    assert 20 <= hatched <= 80
    assert list(page.images) == []


def test_signs_of_indonesian_texts_are_found() -> None:
    deck = one_slide(d.Bullets((SIGNS,)), title=SIGNS)
    assert pages(slides_pdf(deck))[1].count(SIGNS) == 2


def test_every_font_is_embedded() -> None:
    found = fonts(slides_pdf(sample_deck()))
    assert len(found) == 2
    assert all(found.values()), found


def test_pages_are_a4_lying() -> None:
    for page in PdfReader(BytesIO(slides_pdf(sample_deck()))).pages:
        sides = [round(float(n) / 72 * 25.4) for n in page.mediabox[2:]]
        assert sides == [297, 210]


def example_deck() -> d.Deck:
    *_, content = shipped_contents()
    return deck_of(Snapshot(content, digest_of(canonical(content))))


@pytest.mark.parametrize("make", [sample_deck, example_deck])
def test_nothing_is_written_outside_its_box(
    make: Callable[[], d.Deck], monkeypatch: pytest.MonkeyPatch
) -> None:
    deck, written = make(), []
    plain_line = Sheet.line

    def line(self: Sheet, words: str, x: float, top: float, size: float, **more: Any) -> None:
        wide = width(shown(words), size, more.get("bold", False))
        x_left = x - {"left": 0.0, "middle": 0.5, "right": 1.0}[more.get("align", "left")] * wide
        canvas, low = self.canvas, HEIGHT_PX - top - size * LINE
        corners = (x_left, low), (x_left + wide, HEIGHT_PX - top)
        ends = [canvas.absolutePosition(*corner) for corner in corners]
        written.append((canvas.getPageNumber() - 1, words, ends))
        plain_line(self, words, x, top, size, **more)

    monkeypatch.setattr(Sheet, "line", line)
    slides_pdf(deck)
    assert len(written) > 20
    for at, words, ends in written:
        assert any(holds(box, ends) for box in boxes_of(deck, at)), (at, words, ends)


def boxes_of(deck: d.Deck, at: int) -> list[Box]:
    blocks = [one.box for one in placed(deck.slides[at], at == 0)]
    return [TITLE, FOOT, *([COVER] if at == 0 else []), *blocks]


def holds(box: Box, ends: list[tuple[float, float]]) -> bool:
    """Return whether a box of the slide holds a rectangle of the page, to a pixel."""
    wide, high = (float(side) for side in landscape(A4))
    scale = wide / WIDTH_PX
    below = (high - HEIGHT_PX * scale) / 2
    (left, low), (right, top) = [(x / scale, HEIGHT_PX - (y - below) / scale) for x, y in ends]
    return (
        box.left - 1 <= left
        and right <= box.left + box.width + 1
        and box.top - 1 <= top
        and low <= box.top + box.height + 1
    )


def test_the_same_deck_gives_the_same_bytes_and_says_how_far_it_is() -> None:
    told: list[tuple[int, int]] = []
    first = slides_pdf(sample_deck(), lambda n, total: told.append((n, total)))
    assert first == slides_pdf(sample_deck())
    assert told == [(n + 1, 7) for n in range(7)]
    assert first != slides_pdf(replace(sample_deck(), digest="cd" * 32))


def test_what_progress_raises_ends_the_work() -> None:
    class StopError(Exception):
        pass

    def stop(n: int, total: int) -> None:
        if n == 2:
            raise StopError

    with pytest.raises(StopError):
        slides_pdf(sample_deck(), stop)


def test_outline_and_head_of_the_document_name_the_deck() -> None:
    reader = PdfReader(BytesIO(slides_pdf(sample_deck())))
    assert [getattr(item, "title", "") for item in reader.outline] == [
        s.title for s in sample_deck().slides
    ]
    assert reader.metadata is not None
    assert reader.metadata.title == "Rakor contoh"
    assert reader.metadata.author == "Kesbangpol"
    assert reader.metadata.subject == "ab" * 32


def test_what_does_not_fit_is_refused_before_anything_is_drawn() -> None:
    told: list[int] = []
    with pytest.raises(DoesNotFitError):
        slides_pdf(with_title("kata " * 100), lambda n, _: told.append(n))
    assert told == []


@pytest.mark.parametrize(
    ("main", "found"),
    [
        (replace(a_map(), level="desa"), "peta_konflik"),
        (replace(a_map(), areas={"99.99": d.Area("#ffffff", "x")}), "99.99"),
        (replace(a_chart(), series=()), "Perkara per bulan"),
        (replace(a_chart(), categories=("Nov", "Des")), "konflik: 3"),
        (replace(a_chart(), series=(d.Series("a", (1, float("nan"), 2), "#000000"),)), "nan"),
    ],
)
def test_what_cannot_be_drawn_fails_by_its_name(main: d.Main, found: str) -> None:
    told: list[int] = []
    with pytest.raises(CannotDrawError, match=found):
        slides_pdf(one_slide(main), lambda n, _: told.append(n))
    assert told == []


@pytest.mark.parametrize("kind", ["bar", "column", "line"])
@pytest.mark.parametrize("values", [(2.0, None, 4.0), (None, None, None), (-3.5, 0.0, 1e6)])
def test_charts_of_every_kind_say_their_numbers_and_gaps(
    kind: Any, values: tuple[float | None, ...]
) -> None:
    chart = replace(a_chart(), kind=kind, series=(d.Series("a", values, "#d55e00"),))
    words = pages(slides_pdf(one_slide(chart)))[1]
    assert all(name in words for name in chart.categories)
    if kind != "line" and None in values:
        assert words.split().count("–") == values.count(None)
    if kind == "bar" and 1e6 in values:
        assert "1.000.000,0" in words
        assert "-3,5" in words


def test_a_gap_is_told_where_columns_are_too_narrow_for_their_numbers() -> None:
    names = tuple("abcdefghijkl")
    values = (None, *(100000.0 + n for n in range(11)))
    chart = d.Chart("column", "x", names, (d.Series("s", values, "#123456"),) * 2)
    told = pages(slides_pdf(one_slide(chart)))[1].split()
    assert told.count("–") == 2
    assert "100.001" not in told


def test_a_line_breaks_where_a_value_is_missing() -> None:
    def strokes(values: tuple[float | None, ...]) -> int:
        chart = d.Chart("line", "x", ("a", "b", "c", "d"), (d.Series("s", values, "#123456"),))
        content = PdfReader(BytesIO(slides_pdf(one_slide(chart)))).pages[1].get_contents()
        assert content is not None
        return content.get_data().count(b".070588 .203922 .337255 RG")

    assert strokes((1, 2, 3, 4)) == 1
    assert strokes((1, 2, None, 4)) == 1
    assert strokes((1, None, 3, 4)) == 1
    assert strokes((1, 2, None, None)) == 1
    assert strokes((1, None, 3, None)) == 0


@given(st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=20))
def test_an_axis_holds_zero_and_all_values_in_few_even_steps(values: list[float]) -> None:
    axis = scale(values)
    assert axis.ticks[0] <= min(0, *values) + 1e-6
    assert axis.ticks[-1] >= max(0, *values) - 1e-6
    assert 2 <= len(axis.ticks) <= 8
    steps = {round(b - a, 9) for a, b in pairwise(axis.ticks)}
    assert max(steps) - min(steps) < 1e-6 * max(1, *steps)
    assert all(-1e-9 <= axis.share(v) <= 1 + 1e-9 for v in values)


def test_an_axis_by_hand() -> None:
    assert scale([4, 3]).ticks == (0, 1, 2, 3, 4)
    assert scale([23]).ticks == (0, 5, 10, 15, 20, 25)
    assert scale([0.3]).ticks == pytest.approx((0, 0.1, 0.2, 0.3))
    assert scale([0.3]).digits == 1
    assert scale([]).ticks == (0, 1)
    assert scale([-2, 2]).ticks == (-2, -1, 0, 1, 2)


def test_letters_stand_out_against_their_marker() -> None:
    assert on("#17242d") == "#ffffff"
    assert on("#ffeda0") == "#17242d"


ANY_WORDS = st.text(
    st.characters(exclude_categories=[]) | st.sampled_from("<>&\"'\\\x00\x1b\u202e\ud800()%{}"),
    max_size=40,
)


@settings(max_examples=15, deadline=None)
@given(ANY_WORDS, ANY_WORDS)
def test_markup_and_control_characters_do_no_harm(title: str, words: str) -> None:
    deck = one_slide(d.Bullets((words,)), d.Figures((d.Figure("1", words, title),)), title=title)
    deck = replace(deck, title=title, office=words)
    try:
        content = slides_pdf(deck)
    except DoesNotFitError:
        return
    assert len(pages(content)) == 2


def test_markup_is_shown_and_not_run() -> None:
    words = "<b>tebal</b> & (a) \\n {x}"
    assert pages(slides_pdf(one_slide(d.Bullets((words,)), title=words)))[1].count(words) == 2


def test_what_the_font_lacks_is_replaced_where_it_is_seen() -> None:
    assert "a?b" in pages(slides_pdf(one_slide(d.Bullets(("a漢b",)))))[1]


def test_notes_stand_below_their_slide() -> None:
    long = "\n".join(f"catatan {n} <i>x</i>" for n in range(80))
    found = sample_deck()
    deck = replace(found, slides=(*found.slides[:2], replace(found.slides[2], notes=long)))
    told = pages(notes_pdf(deck))
    assert len(told) == 4
    for words, slide in zip(told, deck.slides, strict=False):
        assert slide.title in words
    assert "Sapa hadirin. Sebut tanggal data." in told[0]
    assert all(f"catatan {n} <i>x</i>" in " ".join(told[2:]) for n in range(80))
    assert all("TERBATAS" in words for words in told)
    assert all(fonts(notes_pdf(deck)).values())
    for page in PdfReader(BytesIO(notes_pdf(deck))).pages:
        assert float(page.mediabox.height) > float(page.mediabox.width)
