"""Slides as PowerPoint: native words, tables and charts, maps as pictures, notes in the notes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.slide import Slide as Page
from pptx.slide import SlideLayout
from pptx.util import Emu

from services.briefing.deck import Bullets, Chart, Deck, Figures, Grid, Map
from services.briefing.files.check import check_deck
from services.briefing.files.picture import map_picture
from services.briefing.files.pptx_chart import add_chart
from services.briefing.files.pptx_parts import (
    EMU,
    Words,
    add_bullets,
    add_figures,
    add_grid,
    add_picture,
    bar,
    language,
    place,
    tag,
    text_box,
    write,
)
from services.briefing.fit import Placed, placed, tag_width
from services.briefing.foot import cover_lines, foot
from services.briefing.layout import (
    ACCENT,
    ACCESS,
    COVER,
    COVER_RULE,
    FOOT,
    FOOT_GAP,
    FOOT_RULE,
    HEIGHT_PX,
    QUIET,
    RULE,
    SMALLEST_PX,
    TITLE,
    TITLE_PX,
    WIDTH_PX,
    Box,
)
from services.briefing.measure import OFFICE_FONT, plain, plain_lines, width
from services.texts import day, text

Progress = Callable[[int, int], None]
"""Told how many slides of how many are drawn; what it raises ends the work."""
DPI = 220
_LAYOUT = "Title Only"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def pptx_bytes(deck: Deck, progress: Progress | None = None) -> bytes:
    """Return a deck as a PowerPoint file of 16 to 9; the same deck gives the same bytes.

    Parameters
    ----------
    progress
        Called with the slides that are done and how many there are, before the first and after
        each; what it raises ends the work.

    Raises
    ------
    DoesNotFitError
        When something of the deck would be cut.
    CannotDrawError
        When a map or a chart would be blank or lack a part.
    """
    told = progress or _silent
    total = len(deck.slides)
    check_deck(deck)
    show = Presentation()
    show.slide_width, show.slide_height = Emu(WIDTH_PX * EMU), Emu(HEIGHT_PX * EMU)
    del show.part._element.sldSz.attrib["type"]  # the template's 4 to 3
    layout = _own_layout(show)
    _describe(show, deck)
    told(0, total)
    for at in range(total):
        _draw(show.slides.add_slide(layout), deck, at)
        told(at + 1, total)
    out = BytesIO()
    show.save(out)
    return _steady(out.getvalue(), f"{deck.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode())


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


def _own_layout(show: Any) -> SlideLayout:
    """Keep one layout of the template, with nothing but its title, where ours stands.

    The title is a real placeholder, so that the outline and screen readers know it.
    """
    for layout in list(show.slide_layouts):
        if layout.name != _LAYOUT:
            show.slide_layouts.remove(layout)
    (layout,) = show.slide_layouts
    for holder in (*show.slide_master.placeholders, *layout.placeholders):
        if holder.placeholder_format.idx == 0:
            holder.left, holder.top, holder.width, holder.height = place(TITLE)
            body = holder.text_frame._txBody.bodyPr
            for side in ("lIns", "tIns", "rIns", "bIns"):
                body.set(side, "0")
            body.set("anchor", "t")
        else:
            holder._element.getparent().remove(holder._element)
    theme = next(
        rel.target_part for rel in show.slide_master.part.rels.values() if "theme" in rel.reltype
    )
    theme._blob = _with_font(theme.blob)
    return layout


def _with_font(theme: bytes) -> bytes:
    """Return a theme whose Latin fonts are ours; charts and tables take theirs from it."""
    root = etree.fromstring(theme)
    for kind in ("a:majorFont", "a:minorFont"):
        for font in root.iter(qn(kind)):
            font.find(qn("a:latin")).set("typeface", OFFICE_FONT)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _describe(show: Any, deck: Deck) -> None:
    about = show.core_properties
    about.title, about.language = plain(deck.title)[:255], language(deck.lang)
    about.author = about.last_modified_by = plain(deck.office)[:255]
    about.subject = text("slide.cover_as_of", deck.lang, day=day(deck.as_of, deck.lang))
    about.keywords, about.comments, about.revision = deck.digest, "", 1
    about.created = about.modified = deck.made_at.astimezone(UTC).replace(tzinfo=None)


def _draw(page: Page, deck: Deck, at: int) -> None:
    slide, lang = deck.slides[at], deck.lang
    title = page.shapes.title
    write(title.text_frame, [Words(slide.title, TITLE_PX, bold=True)], lang)
    for n, one in enumerate(placed(slide, at == 0)):
        _block(page, one, f"{slide.key} {n + 1}", deck)
    if at == 0:
        bar(page, COVER_RULE, ACCENT, "garis sampul")
        lines = [Words(line, colour=QUIET) for line in cover_lines(deck)]
        text_box(page, COVER, lines, "sampul", lang)
    _foot(page, deck, at)
    if slide.notes:
        write_notes(page, plain_lines(slide.notes))


def write_notes(page: Page, lines: list[str]) -> None:
    """Put the presenter's notes where the office program shows them: a paragraph a line."""
    frame = page.notes_slide.notes_text_frame
    assert frame is not None  # the template of notes has one
    frame.text = "\n".join(lines)


def _block(page: Page, one: Placed, name: str, deck: Deck) -> None:
    block, box = one.block, one.box
    if isinstance(block, Figures):
        add_figures(page, block, box, one.way, name, deck.lang)
    elif isinstance(block, Bullets):
        add_bullets(page, block, box, one.way, name, deck.lang)
    elif isinstance(block, Grid):
        add_grid(page, block, box, one.way, name, deck.lang)
    elif isinstance(block, Chart):
        add_chart(page, block, box, name, deck.lang)
    else:
        png = map_picture(block, deck, box.width, box.height, DPI)
        add_picture(page, png, box, name, map_words(block))


def map_words(shown: Map) -> str:
    """Return a map in words: title, legend, what each place says, source."""
    parts = [shown.title, *(row.words for row in shown.legend)]
    parts += [area.words for area in shown.areas.values()]
    parts += [marker.words for marker in shown.markers] + [line.words for line in shown.lines]
    return ". ".join(plain(part).rstrip(".") for part in (*parts, shown.source) if plain(part))


def _foot(page: Page, deck: Deck, at: int) -> None:
    shown, lang = foot(deck, at), deck.lang
    left = FOOT.left
    bar(page, FOOT_RULE, RULE, "garis kaki")
    access = ACCESS[deck.slides[at].access]
    for words, colour in ((shown.access, access), *((mark, ACCENT) for mark in shown.marks)):
        wide = tag_width(words)
        tag(page, Box(left, FOOT.top, wide, FOOT.height), words, colour, lang)
        left += wide + FOOT_GAP
    number = round(width(shown.page, SMALLEST_PX) + 1)
    right = FOOT.left + FOOT.width - number
    top = FOOT.top + 3
    for words, box, align in (
        (shown.words, Box(left, top, right - left, FOOT.height - 3), "left"),
        (shown.page, Box(right, top, number, FOOT.height - 3), "right"),
    ):
        text_box(page, box, [Words(words, SMALLEST_PX, colour=QUIET, align=align)], words, lang)


def _steady(package: bytes, made: bytes) -> bytes:
    """Return a package without the hour at which it was packed, its workbooks likewise."""
    out = BytesIO()
    with ZipFile(BytesIO(package)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".xlsx"):
                content = _steady(content, made)
            elif name == "docProps/core.xml":
                content = _MADE.sub(rb"\g<1>" + made, content)
            target.writestr(ZipInfo(name, _EPOCH), content, ZIP_DEFLATED)
    return out.getvalue()
