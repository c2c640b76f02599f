"""Documents on paper: A4 pages with the access mark, the date and the page on each of them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape  # written only  # nosec B406

import pandas as pd
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    LongTable,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
)
from reportlab.platypus import Table as Grid

from data.clock import today
from services.paper import (
    BOLD,
    REGULAR,
    Block,
    Drawing,
    Signatures,
    Style,
    Table,
    Text,
    shown,
    use_fonts,
)
from services.texts import DEFAULT_LANGUAGE, day, text

_INK, _LINE, _HEAD = colors.HexColor("#17242d"), colors.HexColor("#9db4c2"), "#eaf0f4"
_ALARM = colors.HexColor("#b3261e")
_MARGIN, _TOP, _BOTTOM = 16 * mm, 26 * mm, 18 * mm
_FOLLOWED = 26 * mm
"""A heading with less room below it begins a new page."""


def pdf(
    title: str,
    blocks: Sequence[Block],
    *,
    access: str | None = None,
    footer: str = "",
    printed: dt.date | None = None,
    lang: str = DEFAULT_LANGUAGE,
    wide: bool = False,
    on_one_page: bool = False,
) -> bytes:
    """Return a document on A4.

    Parameters
    ----------
    title
        Stands at the head of each page.
    blocks
        What it holds, in order.
    access
        Access mark at the head of each page, such as ``TERBATAS``; None for an open document.
    footer
        Words at the foot of each page, such as the source.
    printed
        Date on each page; None for today.
    wide
        Pages lie on their long side.
    on_one_page
        All is drawn smaller, by as much as it takes, where it would run over one page.

    Notes
    -----
    The same arguments give the same bytes. The fonts are embedded; a character that they lack is
    replaced, never dropped in silence (``?``).
    """
    use_fonts()
    size = landscape(A4) if wide else A4
    buffer = BytesIO()
    document = BaseDocTemplate(
        buffer,
        pagesize=size,
        title=shown(title),
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        initialFontName=REGULAR,
        invariant=1,
        lang=lang,
    )
    room = size[0] - 2 * _MARGIN, size[1] - _TOP - _BOTTOM
    frame = Frame(_MARGIN, _BOTTOM, *room, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("all", [frame])])
    words = {
        "title": title,
        "access": access or "",
        "footer": footer,
        "day": day(printed or today(), lang),
        "lang": lang,
    }
    story = [_OnePage(blocks)] if on_one_page else _story(blocks, room[0])
    document.build(story or [Spacer(1, 1)], canvasmaker=partial(_Numbered, words))
    return buffer.getvalue()


class _Numbered(Canvas):  # type: ignore[misc]
    """A canvas that knows the number of pages before it draws their heads and feet."""

    def __init__(self, words: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._words = words
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        pages = len(self._held)
        for number, state in enumerate(self._held, start=1):
            self.__dict__.update(state)
            self._edges(number, pages)
            super().showPage()
        super().save()

    def _edges(self, number: int, pages: int) -> None:
        words, (width, height) = self._words, self._pagesize
        right, top = width - _MARGIN, height - 15 * mm
        self.setFillColor(_INK)
        room = right - _MARGIN
        if words["access"]:
            mark = shown(words["access"])
            across = self.stringWidth(mark, BOLD, 10) + 10
            self.setFillColor(colors.HexColor("#7a4a00"))
            self.rect(right - across, top - 5, across, 17, stroke=0, fill=1)
            self.setFillColor(colors.white)
            self.setFont(BOLD, 10)
            self.drawString(right - across + 5, top, mark)
            self.setFillColor(_INK)
            room -= across + 8
        self._fitted(_MARGIN, top, words["title"], BOLD, 13, room)
        self.setStrokeColor(_LINE)
        self.line(_MARGIN, top - 9, right, top - 9)
        self.line(_MARGIN, 14 * mm, right, 14 * mm)
        page = text("pdf.page", words["lang"], page=number, pages=pages)
        self.setFont(REGULAR, 8)
        self.drawRightString(right, 9.5 * mm, shown(f"{words['day']} · {page}"))
        self._fitted(_MARGIN, 9.5 * mm, words["footer"], REGULAR, 8, right - _MARGIN - 150)

    def _fitted(self, x: float, y: float, words: str, font: str, size: float, room: float) -> None:
        """Draw one line, smaller or cut where it would run over its room."""
        line = shown(words)
        while size > 7 and self.stringWidth(line, font, size) > room:
            size -= 0.5
        while len(line) > 1 and self.stringWidth(line, font, size) > room:
            line = line[:-2] + "…"
        self.setFont(font, size)
        self.drawString(x, y, line)


class _OnePage(Flowable):  # type: ignore[misc]
    """Blocks on the room of one page: laid out wider and drawn smaller until they fit."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        super().__init__()
        self._blocks = blocks
        self._scale, self._height = 1.0, 0.0
        self._placed: list[tuple[Flowable, float]] = []

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Return the whole room, in points, having placed all in it."""
        self._height = height
        self._scale, used = 1.0, self._place(width)
        while used * self._scale > height:
            self._scale *= min(0.985, math.sqrt(height / (used * self._scale)))
            used = self._place(width / self._scale)
        return width, height

    def _place(self, width: float) -> float:
        """Place all one below the other; return the height that takes, in points."""
        used = 0.0
        self._placed = []
        parts = _story(self._blocks, width)
        for part in (part for part in parts if not isinstance(part, CondPageBreak)):
            for one in part._content if isinstance(part, KeepTogether) else [part]:
                used += one.getSpaceBefore() + one.wrapOn(self.canv, width, math.inf)[1]
                self._placed.append((one, used))
                used += one.getSpaceAfter()
        return used

    def drawOn(self, canvas: Canvas, x: float, y: float, _sW: float = 0) -> None:
        canvas.saveState()
        canvas.translate(x, y + self._height)
        canvas.scale(self._scale, self._scale)
        for one, below in self._placed:
            one.drawOn(canvas, 0, -below)
        canvas.restoreState()


class _Drawn(Flowable):  # type: ignore[misc]
    def __init__(self, block: Drawing) -> None:
        super().__init__()
        self._block = block

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return the width of the room and the height that goes with it, in points."""
        self.width, self.height = width, width * self._block.height
        return self.width, self.height

    def draw(self) -> None:
        self._block.draw(self.canv, self.width)


def _story(blocks: Sequence[Block], width: float) -> list[Flowable]:
    return [part for block in blocks for part in _flow(block, width)]


def _flow(block: Block, width: float) -> list[Flowable]:
    if isinstance(block, Text):
        words = _paragraph(block.words, _style(block.style))
        return [CondPageBreak(_FOLLOWED), words] if block.style == "heading" else [words]
    if isinstance(block, Table):
        return [_table(block, width), Spacer(1, 3 * mm)]
    if isinstance(block, Signatures):
        return [Spacer(1, 4 * mm), *_signatures(block, width)]
    if isinstance(block, Drawing):
        return [_Drawn(block), Spacer(1, 3 * mm)]
    return [PageBreak()]


def _style(name: Style, size: float = 9.5) -> ParagraphStyle:
    sizes = {"heading": 12.0, "small": 7.5}
    fonts = {"heading": BOLD, "strong": BOLD, "alarm": BOLD}
    size = sizes.get(name, size)
    ink = _ALARM if name == "alarm" else _INK
    return ParagraphStyle(
        name,
        fontName=fonts.get(name, REGULAR),
        fontSize=size,
        leading=size * 1.3,
        textColor=ink,
        spaceBefore=3 if name == "heading" else 0,
        spaceAfter=4,
        splitLongWords=1,
    )


def _paragraph(words: object, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(shown(str(words))).replace("\n", "<br/>"), style)


def _table(block: Table, width: float) -> LongTable:
    body = ParagraphStyle(
        "cell",
        fontName=REGULAR,
        fontSize=block.size,
        leading=block.size * 1.2,
        textColor=_INK,
        splitLongWords=1,
    )
    head = ParagraphStyle("head", parent=body, fontName=BOLD)
    frame = block.frame
    cells = [[_paragraph(name, head) for name in frame.columns]]
    cells += [
        [_paragraph("" if pd.isna(value) else value, body) for value in row]
        for row in frame.itertuples(index=False)
    ]
    given = block.widths_mm
    widths = _shared(frame, width) if given is None else [n * mm for n in given]
    return LongTable(
        cells,
        colWidths=widths,
        repeatRows=int(block.repeat_header),
        splitInRow=1,
        hAlign="LEFT",
        style=[
            ("FONTNAME", (0, 0), (-1, -1), REGULAR),
            ("GRID", (0, 0), (-1, -1), 0.5, _LINE),
            ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor(_HEAD)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )


def _shared(frame: pd.DataFrame, width: float) -> list[float]:
    """Return widths that share the page out by the longest word and the usual cell."""
    wants = []
    for place, name in enumerate(frame.columns):
        texts = ["" if pd.isna(v) else str(v) for v in frame.iloc[:200, place]]
        word = max((len(w) for t in [str(name), *texts] for w in t.split()), default=1)
        usual = sum(len(t) for t in texts) / max(len(texts), 1)
        wants.append(min(max(word, 0.8 * usual, 4), 45))
    return [width * want / sum(wants) for want in wants]


def _signatures(block: Signatures, width: float) -> list[Flowable]:
    style = ParagraphStyle("sign", parent=_style("body", 9), alignment=TA_CENTER)
    out: list[Flowable] = []
    for first in range(0, len(block.roles), 4):
        roles = list(block.roles[first : first + 4])
        line = "_" * max(12, round(96 / len(roles)) - 6) if len(roles) > 1 else "_" * 36
        cells = [
            [_paragraph(role, style) for role in roles],
            ["" for _ in roles],
            [_paragraph(f"({line[:30]})", style) for _ in roles],
        ]
        grid = Grid(cells, colWidths=[width / len(roles)] * len(roles), rowHeights=[None, 40, None])
        grid.setStyle([("FONTNAME", (0, 0), (-1, -1), REGULAR)])
        out.append(KeepTogether([grid, Spacer(1, 2 * mm)]))
    return out
