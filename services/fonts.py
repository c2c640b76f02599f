"""The one font of paper: brought along in each document, so that it reads the same anywhere."""

from __future__ import annotations

import unicodedata
from functools import cache

import font_source_sans_pro

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
