"""Boxes of words, tables and pictures of a PowerPoint slide, placed in pixels of the slide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Pt

from services.briefing.deck import Bullets, Figures, Grid
from services.briefing.foot import caption
from services.briefing.layout import (
    ACCENT,
    BODY_PX,
    CAPTION_GAP,
    CELL_X,
    HEAD,
    INK,
    LINE,
    QUIET,
    RULE,
    SMALLEST_PX,
    Box,
    line_px,
)
from services.briefing.measure import plain, wrapped
from services.briefing.setting import Setting, column_widths, figure_boxes, row_heights

if TYPE_CHECKING:
    from pptx.shapes.autoshape import Shape
    from pptx.slide import Slide
    from pptx.table import _Cell
    from pptx.text.text import TextFrame, _Paragraph

EMU = 9525
"""English Metric Units in a pixel of the slide, 96 an inch."""
POINTS = 0.75
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""A table of PowerPoint's without colours or lines of its own."""
_LANGUAGES = {"id": "id-ID", "en": "en-GB"}
_ALIGN = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "middle": PP_ALIGN.CENTER}


@dataclass(frozen=True)
class Words:
    """A paragraph.

    Attributes
    ----------
    above
        Pixels kept free above it.
    align
        ``left``, ``right`` or ``middle``.
    bullet
        Whether it is a line of a list.
    """

    text: str
    size_px: int = BODY_PX
    bold: bool = False
    colour: str = INK
    above: int = 0
    align: str = "left"
    bullet: bool = False


def rgb(colour: str) -> RGBColor:
    """Return a colour such as ``#17242d`` as PowerPoint's."""
    return RGBColor.from_string(colour.lstrip("#").upper())


def language(lang: str) -> str:
    """Return the tag of a language of ours, such as ``id-ID``."""
    return _LANGUAGES[lang]


def write(frame: TextFrame, paragraphs: Sequence[Words], lang: str) -> None:
    """Fill a text frame; lines are as high as `services.briefing.fit` counts them."""
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Emu(0)
    for n, words in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        _fill(paragraph, words, lang)


def _fill(paragraph: _Paragraph, words: Words, lang: str) -> None:
    paragraph.line_spacing = Pt(words.size_px * LINE * POINTS)
    paragraph.space_before, paragraph.space_after = Pt(words.above * POINTS), Pt(0)
    paragraph.alignment = _ALIGN[words.align]
    if words.bullet:
        _bullet(paragraph._p.get_or_add_pPr(), words.size_px)
    run = paragraph.add_run()
    run.text = plain(words.text)
    run.font.size, run.font.bold = Pt(words.size_px * POINTS), words.bold
    run.font.color.rgb = rgb(words.colour)
    run._r.get_or_add_rPr().set("lang", language(lang))


def _bullet(properties: Any, indent: int) -> None:
    properties.set("marL", str(indent * EMU))
    properties.set("indent", str(-indent * EMU))
    colour = etree.SubElement(properties, qn("a:buClr"))
    etree.SubElement(colour, qn("a:srgbClr")).set("val", ACCENT.lstrip("#").upper())
    etree.SubElement(properties, qn("a:buFont")).set("typeface", "Arial")
    etree.SubElement(properties, qn("a:buChar")).set("char", "•")


def place(box: Box) -> tuple[Emu, Emu, Emu, Emu]:
    """Return left, top, width and height of a box as PowerPoint takes them."""
    return Emu(box.left * EMU), Emu(box.top * EMU), Emu(box.width * EMU), Emu(box.height * EMU)


def text_box(slide: Slide, box: Box, paragraphs: Sequence[Words], name: str, lang: str) -> Shape:
    """Put one box of words on a slide."""
    shape = slide.shapes.add_textbox(*place(box))
    shape.name = name
    write(shape.text_frame, paragraphs, lang)
    return shape


def bar(slide: Slide, box: Box, colour: str, name: str) -> Shape:
    """Fill a box."""
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *place(box))
    shape.name = name
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    shape.line.fill.background()
    shape._element.remove(shape._element.find(qn("p:style")))  # it brings a shadow
    return shape


def tag(slide: Slide, box: Box, words: str, colour: str, lang: str) -> None:
    """Put white words on a coloured ground, such as the access of a slide."""
    shape = bar(slide, box, colour, plain(words))
    paragraph = Words(words, SMALLEST_PX, bold=True, colour="#ffffff", align="middle")
    write(shape.text_frame, [paragraph], lang)
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE


def add_bullets(slide: Slide, block: Bullets, box: Box, way: Setting, name: str, lang: str) -> None:
    """Put lines on a slide: one box, a paragraph each."""
    lines = [
        Words(item, way.size, above=way.gap if n else 0, bullet=True)
        for n, item in enumerate(block.items)
    ]
    text_box(slide, box, lines, name, lang)


def add_figures(slide: Slide, block: Figures, box: Box, way: Setting, name: str, lang: str) -> None:
    """Put numbers on a slide: each is one box with its words."""
    boxes = figure_boxes(block, box, way)
    for n, (figure, (value, label, note)) in enumerate(zip(block.items, boxes, strict=True)):
        colour = ACCENT if figure.alarm else INK
        paragraphs = [Words(figure.value, way.value, True, colour), Words(figure.label, way.size)]
        if figure.note:
            own = len(wrapped(figure.label, way.size, label.width))
            above = label.height - line_px(way.size, own)  # notes of a row are level
            paragraphs.append(Words(figure.note, way.note, colour=QUIET, above=above))
        high = note.top + note.height - value.top
        whole = Box(value.left, value.top, value.width, max(high, value.height + label.height))
        text_box(slide, whole, paragraphs, f"{name} {n + 1}", lang)


def add_grid(slide: Slide, grid: Grid, box: Box, way: Setting, name: str, lang: str) -> None:
    """Put a table on a slide, with the line below it that says which part it is."""
    heights, widths = row_heights(grid, box.width, way), column_widths(grid, box.width)
    whole = Box(box.left, box.top, box.width, sum(heights))
    frame = slide.shapes.add_table(len(heights), len(widths), *place(whole))
    frame.name = name
    table = frame.table
    table.first_row, table.horz_banding = True, False
    table._tbl.tblPr.find(qn("a:tableStyleId")).text = _NO_STYLE
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = Emu(wide * EMU)
    numeric = grid.numeric or (False,) * len(widths)
    for n, (row, high) in enumerate(zip((grid.columns, *grid.rows), heights, strict=True)):
        table.rows[n].height = Emu(high * EMU)
        for at, words in enumerate(row):
            align = "right" if numeric[at] else "left"
            cell = table.cell(n, at)
            _cell(cell, Words(words, way.size, n == 0, align=align), way.gap, n == 0, lang)
    below = caption(grid, lang)
    if below:
        top = whole.top + whole.height + CAPTION_GAP
        place_below = Box(box.left + CELL_X, top, box.width - CELL_X, line_px(SMALLEST_PX))
        text_box(slide, place_below, [Words(below, SMALLEST_PX, colour=QUIET)], below, lang)


def _cell(cell: _Cell, words: Words, gap: int, head: bool, lang: str) -> None:
    frame = cell.text_frame
    _fill(frame.paragraphs[0], words, lang)
    frame.word_wrap = True
    cell.margin_left = cell.margin_right = Emu(CELL_X * EMU)
    cell.margin_top = cell.margin_bottom = Emu(gap * EMU)
    cell.vertical_anchor = MSO_ANCHOR.TOP
    properties = cell._tc.get_or_add_tcPr()
    line = etree.SubElement(properties, qn("a:lnB"))
    line.set("w", str(EMU))
    fill = etree.SubElement(etree.SubElement(line, qn("a:solidFill")), qn("a:srgbClr"))
    fill.set("val", RULE.lstrip("#").upper())
    if head:
        cell.fill.solid()
        cell.fill.fore_color.rgb = rgb(HEAD)
    else:
        cell.fill.background()


def add_picture(slide: Slide, png: bytes, box: Box, name: str, words: str) -> None:
    """Put a picture on a slide, with words for who cannot see it."""
    picture = slide.shapes.add_picture(BytesIO(png), *place(box))
    picture.name = name
    describe(picture._element.nvPicPr.cNvPr, words)


def describe(properties: Any, words: str) -> None:
    """Say in words what a picture or a chart shows."""
    properties.set("descr", words)
