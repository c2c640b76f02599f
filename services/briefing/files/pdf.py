"""Slides on paper: A4 lying, one slide a page, words and lines as such and never as a picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from data.province import zone
from services.briefing.deck import Bullets, Chart, Deck, Figures, Grid
from services.briefing.files.chart import draw_chart
from services.briefing.files.check import check_deck
from services.briefing.files.drawing import Align
from services.briefing.files.map import draw_map
from services.briefing.files.sheet import Sheet
from services.briefing.fit import Placed, placed, tag_width
from services.briefing.foot import caption, cover_lines, foot
from services.briefing.layout import (
    ACCENT,
    ACCESS,
    BODY_PX,
    CAPTION_GAP,
    CELL_X,
    COVER,
    COVER_RULE,
    FOOT,
    FOOT_GAP,
    FOOT_RULE,
    HEAD,
    HEIGHT_PX,
    INK,
    QUIET,
    RULE,
    SMALLEST_PX,
    TITLE,
    TITLE_PX,
    WIDTH_PX,
    Box,
    line_px,
)
from services.briefing.setting import (
    Setting,
    bullet_heights,
    column_widths,
    figure_boxes,
    row_heights,
)
from services.paper import REGULAR, Block, Break, Drawing, Text, shown, use_fonts
from services.pdf import pdf
from services.texts import label

Progress = Callable[[int, int], None]
"""Told how many slides of how many are drawn; what it raises ends the work."""


def slides_pdf(deck: Deck, progress: Progress | None = None) -> bytes:
    """Return the slides as a PDF; the same deck gives the same bytes.

    Raises
    ------
    DoesNotFitError
        When something of a slide has no room.
    CannotDrawError
        When a map or a chart cannot be drawn; it names it.
    """
    check_deck(deck)
    width, height = landscape(A4)
    buffer, canvas = _canvas(deck, (width, height))
    below = (height - width * HEIGHT_PX / WIDTH_PX) / 2
    for at, slide in enumerate(deck.slides):
        canvas.bookmarkPage(slide.key)
        canvas.addOutlineEntry(shown(slide.title), slide.key)
        sheet = Sheet(canvas)
        with sheet.slide(0, below, width):
            _draw(sheet, deck, at)
        canvas.showPage()
        if progress:
            progress(at + 1, len(deck.slides))
    canvas.save()
    return buffer.getvalue()


def _canvas(deck: Deck, size: tuple[float, float]) -> tuple[BytesIO, Canvas]:
    use_fonts()
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=size, invariant=1, initialFontName=REGULAR, lang=deck.lang)
    canvas.setTitle(shown(deck.title))
    canvas.setAuthor(shown(deck.office))
    canvas.setSubject(deck.digest)
    return buffer, canvas


def notes_pdf(deck: Deck) -> bytes:
    """Return A4 pages, standing, with each slide above its notes for the presenter.

    Raises
    ------
    DoesNotFitError
        When something of a slide has no room.
    CannotDrawError
        When a map or a chart cannot be drawn; it names it.
    """
    check_deck(deck)
    blocks: list[Block] = []
    for at, slide in enumerate(deck.slides):
        blocks += [Break()] if at else []
        blocks += [Drawing(HEIGHT_PX / WIDTH_PX, partial(_small, deck, at)), Text(slide.notes)]
    return pdf(
        deck.title,
        blocks,
        access=label("slide_access", deck.access, deck.lang),
        footer=foot(deck, 0).words,
        printed=deck.made_at.astimezone(zone()).date(),
        lang=deck.lang,
    )


def _small(deck: Deck, at: int, canvas: Canvas, width: float) -> None:
    sheet = Sheet(canvas)
    with sheet.slide(0, 0, width):
        _draw(sheet, deck, at)
        corners = ((0, 0), (WIDTH_PX, 0), (WIDTH_PX, HEIGHT_PX), (0, HEIGHT_PX))
        sheet.polygon([corners], edge=RULE, width=2)


def _draw(sheet: Sheet, deck: Deck, at: int) -> None:
    slide = deck.slides[at]
    sheet.block(slide.title, TITLE, TITLE_PX, bold=True)
    for one in placed(slide, at == 0):
        _block(sheet, one, deck)
    if at == 0:
        sheet.rectangle(COVER_RULE, ACCENT)
        for n, line in enumerate(cover_lines(deck)):
            sheet.line(line, COVER.left, COVER.top + n * line_px(BODY_PX), BODY_PX, ink=QUIET)
    _foot(sheet, deck, at)


def _block(sheet: Sheet, one: Placed, deck: Deck) -> None:
    block, box = one.block, one.box
    if isinstance(block, Figures):
        _figures(sheet, block, box, one.way)
    elif isinstance(block, Bullets):
        _bullets(sheet, block, box, one.way)
    elif isinstance(block, Grid):
        _grid(sheet, block, box, one.way, deck.lang)
    elif isinstance(block, Chart):
        draw_chart(sheet, block, box, deck.lang)
    else:
        draw_map(sheet, block, box, deck)


def _figures(sheet: Sheet, block: Figures, box: Box, way: Setting) -> None:
    for figure, boxes in zip(block.items, figure_boxes(block, box, way), strict=True):
        value, below, note = boxes
        ink = ACCENT if figure.alarm else INK
        sheet.block(figure.value, value, way.value, bold=True, ink=ink)
        sheet.block(figure.label, below, way.size)
        if figure.note:
            sheet.block(figure.note, note, way.note, ink=QUIET)


def _bullets(sheet: Sheet, block: Bullets, box: Box, way: Setting) -> None:
    top, room = box.top, box.width - way.indent
    for item, height in zip(block.items, bullet_heights(block, box.width, way), strict=True):
        sheet.line("•", box.left, top, way.size, ink=ACCENT)
        sheet.block(item, Box(box.left + way.indent, top, room, height), way.size)
        top += height + way.gap


def _grid(sheet: Sheet, block: Grid, box: Box, way: Setting, lang: str) -> None:
    numeric = block.numeric or (False,) * len(block.columns)
    widths, top = column_widths(block, box.width), box.top
    heights = row_heights(block, box.width, way)
    for at, (row, height) in enumerate(zip((block.columns, *block.rows), heights, strict=True)):
        if at == 0:
            sheet.rectangle(Box(box.left, top, box.width, height), HEAD)
        left = box.left
        for words, width, right in zip(row, widths, numeric, strict=True):
            cell = Box(left + CELL_X, top + way.gap, width - 2 * CELL_X, height - 2 * way.gap)
            align: Align = "right" if right else "left"
            sheet.block(words, cell, way.size, bold=at == 0, align=align)
            left += width
        top += height
        sheet.lines([((box.left, top), (box.left + box.width, top))], RULE)
    part = caption(block, lang)
    if part:
        sheet.line(part, box.left + CELL_X, top + CAPTION_GAP, SMALLEST_PX, ink=QUIET)


def _foot(sheet: Sheet, deck: Deck, at: int) -> None:
    words, right = foot(deck, at), FOOT.left + FOOT.width
    sheet.rectangle(FOOT_RULE, RULE)
    left, top = FOOT.left, FOOT.top + (FOOT.height - line_px(SMALLEST_PX)) / 2
    colours = (ACCESS[deck.slides[at].access], *(ACCENT for _ in words.marks))
    for tag, colour in zip((words.access, *words.marks), colours, strict=True):
        width = tag_width(tag)
        sheet.rectangle(Box(left, FOOT.top, width, FOOT.height), colour)
        sheet.line(
            tag, left + width / 2, top, SMALLEST_PX, bold=True, ink="#ffffff", align="middle"
        )
        left += width + FOOT_GAP
    sheet.line(words.words, left, top, SMALLEST_PX, ink=QUIET)
    sheet.line(words.page, right, top, SMALLEST_PX, ink=QUIET, align="right")
