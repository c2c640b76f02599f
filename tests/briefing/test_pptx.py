"""The PowerPoint file holds every word as text, native tables and charts, and opens elsewhere."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pypdf import PdfReader

from services.briefing import deck as d
from services.briefing.files.ground import CannotDrawError
from services.briefing.files.pptx import pptx_bytes
from services.briefing.files.pptx_parts import EMU
from services.briefing.fit import DoesNotFitError
from services.briefing.foot import caption, cover_lines, foot
from services.briefing.layout import HEIGHT_PX, SMALLEST_PX, TITLE, TITLE_PX, WIDTH_PX
from services.briefing.measure import plain, wrapped
from tests.briefing.sample_deck import NOTES, a_chart, a_grid, a_map, sample_deck, with_title
from tests.conftest import office

DECK = sample_deck()
INDONESIAN = "Perahu ≤ 1,25 m − sampai 4–5 Februari · “aman” é"
OPEN_SECONDS = 120


@pytest.fixture(scope="module")
def package() -> bytes:
    return pptx_bytes(DECK)


@pytest.fixture(scope="module")
def show(package: bytes) -> Any:
    return Presentation(BytesIO(package))


def with_slide(slide: d.Slide, at: int = 1) -> d.Deck:
    slides = list(DECK.slides)
    slides[at] = slide
    return replace(DECK, slides=tuple(slides))


def opened(deck: d.Deck) -> Any:
    return Presentation(BytesIO(pptx_bytes(deck)))


def words_in(page: Any) -> set[str]:
    """Return every paragraph, cell and part of a chart of a slide."""
    found: set[str] = set()
    for shape in page.shapes:
        if shape.has_text_frame:
            found |= {p.text for p in shape.text_frame.paragraphs}
        elif shape.has_table:
            found |= {cell.text for row in shape.table.rows for cell in row.cells}
        elif shape.has_chart:
            if shape.chart.has_title:
                found.add(shape.chart.chart_title.text_frame.text)
            found |= set(shape.chart.plots[0].categories)
            found |= {series.name for series in shape.chart.plots[0].series}
    return found


def missing(deck: d.Deck, at: int, page: Any) -> set[str]:
    """Return the words of a slide that its page lacks; those of a map stand in its description."""
    told = " ".join(page.shapes._spTree.xpath(".//p:pic//p:cNvPr/@descr"))
    lacking = words_of_deck(deck, at) - words_in(page)
    return {words for words in lacking if words.rstrip(".") not in told}


def words_of_block(block: d.Main, lang: str) -> Iterator[str]:
    if isinstance(block, d.Figures):
        for figure in block.items:
            yield from (figure.value, figure.label, figure.note)
    elif isinstance(block, d.Bullets):
        yield from block.items
    elif isinstance(block, d.Grid):
        yield from (cell for row in (block.columns, *block.rows) for cell in row)
        yield caption(block, lang)
    elif isinstance(block, d.Chart):
        yield from (block.title, *block.categories, *(s.name for s in block.series))
    else:
        yield from (block.title, block.source, *(row.words for row in block.legend))
        yield from (area.words for area in block.areas.values())
        yield from (one.words for one in (*block.markers, *block.lines))


def words_of_deck(deck: d.Deck, at: int) -> set[str]:
    slide, below = deck.slides[at], foot(deck, at)
    told = {slide.title, below.access, *below.marks, below.words, below.page}
    for block in (slide.main, *slide.side):
        if block:
            told |= set(words_of_block(block, deck.lang))
    if at == 0:
        told |= set(cover_lines(deck))
    return {plain(words) for words in told} - {""}


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_word_of_the_deck_is_text(lang: str) -> None:
    deck = replace(with_slide(d.Slide("x", INDONESIAN, a_grid(), ())), lang=lang)
    pages = list(opened(deck).slides)
    assert len(pages) == len(deck.slides)
    for at, page in enumerate(pages):
        assert missing(deck, at, page) == set(), f"slide {at + 1}"


def test_the_search_for_words_can_fail(show: Any) -> None:
    other = with_slide(replace(DECK.slides[1], title="Lain"))
    assert missing(other, 1, show.slides[1]) == {"Lain"}


def test_titles_are_placeholders_and_no_slide_is_only_a_picture(show: Any) -> None:
    for slide, page in zip(DECK.slides, show.slides, strict=True):
        title = page.shapes.title
        assert title.text_frame.text == slide.title
        assert title.placeholder_format.type == PP_PLACEHOLDER.TITLE
        texts = [s for s in page.shapes if s.has_text_frame and s.text_frame.text]
        pictures = [s for s in page.shapes if s.shape_type == MSO_SHAPE_TYPE.PICTURE]
        assert len(texts) >= 3
        assert len(pictures) == isinstance(slide.main, d.Map)
    assert [layout.name for layout in show.slide_layouts] == ["Title Only"]


def test_a_list_is_one_box_with_a_paragraph_a_line(show: Any) -> None:
    lines = DECK.slides[5].main
    assert isinstance(lines, d.Bullets)
    (box,) = [s for s in show.slides[5].shapes if s.name == "kata 1"]
    assert [p.text for p in box.text_frame.paragraphs] == list(lines.items)
    assert all(p._p.pPr.find(qn("a:buChar")) is not None for p in box.text_frame.paragraphs)


def test_a_table_is_native_with_its_headings(show: Any) -> None:
    (table,) = [s.table for s in show.slides[4].shapes if s.has_table]
    assert table.first_row
    rows = [tuple(cell.text for cell in row.cells) for row in table.rows]
    assert rows == [a_grid().columns, *a_grid().rows]
    assert "1–2 dari 9" in words_in(show.slides[4])


@pytest.mark.parametrize("kind", ["bar", "column", "line"])
def test_a_chart_is_native_with_gaps_and_colours(kind: str) -> None:
    chart = replace(a_chart(), kind=kind)  # type: ignore[arg-type]
    page = opened(with_slide(d.Slide("x", "t", chart))).slides[1]
    (native,) = [s.chart for s in page.shapes if s.has_chart]
    drawn = list(native.plots[0].series)
    assert [tuple(s.values) for s in drawn] == [s.values for s in chart.series]
    assert [s.name for s in drawn] == [s.name for s in chart.series]
    for series, ours in zip(drawn, chart.series, strict=True):
        part = series.format.line.color if kind == "line" else series.format.fill.fore_color
        assert str(part.rgb) == ours.colour.lstrip("#").upper()
    assert native._chartSpace.xpath("//c:dispBlanksAs/@val") == ["gap"]
    assert native.value_axis.minimum_scale == 0
    assert native.value_axis.maximum_scale >= 4


def test_numbers_of_a_chart_are_written_as_in_indonesian() -> None:
    whole = with_slide(d.Slide("x", "t", a_chart()))
    half = replace(a_chart(), series=(d.Series("a", (1.5, None, 2.0), "#000000"),))
    forms = {
        deck.slides[1].main: opened(deck).slides[1]
        for deck in (whole, with_slide(d.Slide("x", "t", half)))
    }
    found = [
        next(s.chart for s in page.shapes if s.has_chart).value_axis.tick_labels.number_format
        for page in forms.values()
    ]
    assert found == ['[>=1000000]#"."###"."##0;[>=1000]#"."##0;0', "[$-421]#,##0.0"]


def test_a_map_is_a_picture_in_words_too(show: Any) -> None:
    (picture,) = [s for s in show.slides[2].shapes if s.shape_type == MSO_SHAPE_TYPE.PICTURE]
    told = picture._element.nvPicPr.cNvPr.get("descr")
    assert "Kab. Selatan: tidak tercakup" in told
    assert told.startswith(a_map().title)
    inches = picture.width / 914400
    assert picture.image.size[0] / inches >= 200


def test_notes_stand_in_the_notes(show: Any) -> None:
    for slide, page in zip(DECK.slides, show.slides, strict=True):
        assert page.has_notes_slide == bool(slide.notes)
        if slide.notes:
            frame = page.notes_slide.notes_text_frame
            assert [p.text for p in frame.paragraphs] == NOTES.splitlines()


def test_the_first_slide_says_what_it_was_made_from(show: Any) -> None:
    told = words_in(show.slides[0])
    assert "SHA-256 " + "ab" * 32 in told
    assert "Data per 31 Januari 2024" in told
    assert "Dibuat 31 Januari 2024 09.00 WIB oleh Kesbangpol" in told


def test_properties_name_the_deck_and_not_the_machine(show: Any) -> None:
    about = show.core_properties
    assert (about.title, about.language, about.author) == ("Rakor contoh", "id-ID", "Kesbangpol")
    assert about.created == about.modified == datetime(2024, 1, 31, 2, 0)
    assert about.keywords == DECK.digest
    assert (show.slide_width, show.slide_height) == (WIDTH_PX * EMU, HEIGHT_PX * EMU)


def test_no_type_is_smaller_than_24_pixels(package: bytes, show: Any) -> None:
    sizes = [
        int(size)
        for page in show.slides
        for part in (page, *(s.chart for s in page.shapes if s.has_chart))
        for size in (part.element if hasattr(part, "element") else part._chartSpace).xpath(".//@sz")
    ]
    assert min(sizes) >= SMALLEST_PX * 75
    assert len(sizes) > 50


def test_nothing_stands_outside_or_over_another(show: Any) -> None:
    for page in show.slides:
        boxes = [(s.name, s.left, s.top, s.left + s.width, s.top + s.height) for s in page.shapes]
        for n, (name, left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert top >= 0
            assert right <= show.slide_width
            assert bottom <= show.slide_height
            for other, x, y, a, b in boxes[:n]:
                assert not (left < a and x < right and top < b and y < bottom), f"{name}, {other}"


def test_the_same_deck_gives_the_same_bytes(package: bytes) -> None:
    assert pptx_bytes(DECK) == package
    with ZipFile(BytesIO(package)) as parts:
        assert {i.date_time for i in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        book = next(n for n in parts.namelist() if n.endswith(".xlsx"))
        with ZipFile(BytesIO(parts.read(book))) as inner:
            assert b"2024-01-31T02:00:00Z</dcterms:created>" in inner.read("docProps/core.xml")


def test_progress_is_told_and_ends_the_work() -> None:
    told: list[tuple[int, int]] = []
    pptx_bytes(DECK, lambda done, total: told.append((done, total)))
    assert told == [(n, 7) for n in range(8)]

    class Ended(Exception): ...

    def end(done: int, total: int) -> None:
        if done == 2:
            raise Ended

    with pytest.raises(Ended):
        pptx_bytes(DECK, end)


def test_what_does_not_fit_or_cannot_be_drawn_is_refused_before_anything_is_drawn() -> None:
    told: list[int] = []
    with pytest.raises(DoesNotFitError):
        pptx_bytes(with_title("a" * 500), lambda done, _: told.append(done))
    last = len(DECK.slides) - 1
    for main, name in (
        (replace(a_map(), level="desa"), "peta_konflik"),
        (replace(a_chart(), series=()), "x: Perkara per bulan"),
        (replace(a_chart(), series=(d.Series("a", (1.0, math.nan, 2.0), "#000000"),)),
         "x: Perkara per bulan"),
    ):  # fmt: skip
        with pytest.raises(CannotDrawError) as caught:
            pptx_bytes(with_slide(d.Slide("x", "t", main), last), lambda done, _: told.append(done))
        assert caught.value.name == name
    assert told == []


ODD = st.text(
    st.sampled_from("ab <>&'\"]]>\x00\x0b\x1f\ud800\ufffe🙂😀漢é−≤\n\t_x0041"), max_size=40
)


@settings(max_examples=10)
@given(ODD, ODD, ODD, ODD)
def test_any_words_come_back_or_are_refused(title: str, line: str, cell: str, note: str) -> None:
    slides = (
        replace(DECK.slides[0], title="Sampul", notes=note),
        d.Slide("a", title, d.Bullets((line, "<b>tebal</b> ]]>")), (), note),
        d.Slide("b", "t", d.Grid((cell, "b"), ((line, cell),), (1, 1)), marks=(cell,)),
        d.Slide("c", "t", replace(a_chart(), title=line, categories=("a", "b", cell or "c"))),
    )
    deck = replace(DECK, slides=slides)
    try:
        pages = list(opened(deck).slides)
    except DoesNotFitError:
        return
    for at, page in enumerate(pages):
        assert missing(deck, at, page) == set()
    assert pages[1].shapes.title.text_frame.text == plain(title)


def converted(package: bytes, folder: Path) -> PdfReader:
    """Return what LibreOffice makes of a file, with a profile of its own."""
    (folder / "slides.pptx").write_bytes(package)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [str(office()), profile, "--headless", "--convert-to", "pdf", "slides.pptx"]
    environment = os.environ | {"HOME": str(folder)}
    subprocess.run(
        command, cwd=folder, env=environment, timeout=OPEN_SECONDS, check=True, capture_output=True
    )
    return PdfReader(folder / "slides.pdf")


@pytest.mark.office
def test_libreoffice_shows_every_slide_with_its_title_and_every_word_inside(
    package: bytes, tmp_path: Path
) -> None:
    pages = converted(package, tmp_path).pages
    assert len(pages) == len(DECK.slides)
    for at, page in enumerate(pages):
        told = " ".join(page.extract_text().split())
        assert DECK.slides[at].title in told
        for block in (DECK.slides[at].main, *DECK.slides[at].side):
            if isinstance(block, d.Bullets | d.Grid | d.Figures):
                lacking = [w for w in words_of_block(block, "id") if w not in told]
                assert lacking == [], f"slide {at + 1}"
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        assert width / height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.office
def test_libreoffice_breaks_no_more_lines_than_were_counted(tmp_path: Path) -> None:
    """A title of just two lines: by where its words stand in the converted page."""
    title = "Perkara konflik naik menjelang pemungutan suara, dan potensi di laut belum surut"
    deck = with_slide(d.Slide("x", title, a_chart(), (d.Bullets((INDONESIAN,) * 3),)))
    page = converted(pptx_bytes(deck), tmp_path).pages[1]
    lines: set[int] = set()
    lowest = float(page.mediabox.height) * (1 - (TITLE.top + TITLE.height) / HEIGHT_PX)

    def visit(words: str, _cm: Any, at: list[float], *_: Any) -> None:
        if words.strip() and at[5] > lowest:
            lines.add(round(at[5]))

    page.extract_text(visitor_text=visit)
    assert len(wrapped(title, TITLE_PX, TITLE.width, True)) == len(lines) == 2
