"""What a document on paper is made of, and its one font, which each document brings along.

`services.pdf` draws it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import font_source_sans_pro
import pandas as pd

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

Style = Literal["body", "heading", "small", "strong", "alarm"]


@dataclass(frozen=True)
class Text:
    """A paragraph; a line feed is a new line.

    Attributes
    ----------
    words
        Plain text; it is escaped.
    style
        ``body``, ``heading``, ``strong``, ``small`` or ``alarm`` (red).
    """

    words: str
    style: Style = "body"


@dataclass(frozen=True, eq=False)
class Table:
    """A frame as a table that runs over as many pages as it needs.

    Attributes
    ----------
    frame
        Columns as headings; a missing value is left blank.
    widths_mm
        Width of each column; None shares the page out by what the columns hold.
    repeat_header
        The headings stand on each page.
    size
        5 to 12: size of the type in points.
    """

    frame: pd.DataFrame
    widths_mm: Sequence[float] | None = None
    repeat_header: bool = True
    size: float = 8.5


@dataclass(frozen=True)
class Signatures:
    """A line to sign on for each role; names are written on paper only.

    Attributes
    ----------
    roles
        Who signs, such as ``Yang menyerahkan``; up to four stand side by side.
    """

    roles: Sequence[str]


@dataclass(frozen=True)
class Break:
    """A new page."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """Something drawn, as wide as the room of the page.

    Attributes
    ----------
    height
        Share of its width.
    draw
        Called with a canvas, whose origin is the left lower corner, and the width in points.
    """

    height: float
    draw: Callable[[Canvas, float], None]


Block = Text | Table | Signatures | Drawing | Break


REGULAR, BOLD = "SourceSansPro", "SourceSansProBold"
"""Names under which reportlab knows them, once `use_fonts` was called."""
LACKING = "?"
"""What stands for a character that the font lacks."""
_INSTEAD = {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2010": "-",
    "\u2011": "-",
    "\u25a1": "\u2610",
    "\u25aa": "•",
    "\u2717": "×",
    "\u2714": "✓",
    "\u25cb": "o",
    "\u25cf": "•",
}
"""What the font lacks, and what of it means the same."""


@cache
def use_fonts() -> frozenset[int]:
    """Make the fonts known to reportlab; return the code points that both can show."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    known = []
    for name in (REGULAR, BOLD):
        font = TTFont(name, font_source_sans_pro.font_files_ttf[name])
        registerFont(font)
        known.append(frozenset(font.face.charToGlyph))
    return known[0] & known[1]


def shown(words: str) -> str:
    """Return words as the font can show them: nothing is dropped but marks of direction.

    Control characters are blanks, a line feed stays; what the font lacks is `LACKING`.
    """
    known = use_fonts()
    return "".join(_character(c, known) for c in unicodedata.normalize("NFC", words))


def _character(character: str, known: frozenset[int]) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    instead = _INSTEAD.get(character, character)
    return instead if ord(instead) in known else LACKING
