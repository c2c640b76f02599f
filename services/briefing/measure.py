"""How wide words are, and where their lines break.

One measure holds for every way of showing a deck. PPTX names Arial, since a meeting's laptop has it
or Liberation Sans, which is as wide; PDF, pictures and pages bring Source Sans Pro. Each character
counts as wide as the wider of the two, kerning left out: what fits by this measure fits in both.
A page that falls back to a wider font, such as DejaVu Sans, is not covered.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import font_source_sans_pro

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

FONT, BOLD = (
    font_source_sans_pro.font_files_ttf["SourceSansPro"],
    font_source_sans_pro.font_files_ttf["SourceSansProBold"],
)
"""Paths of the font that files bring along."""
OFFICE_FONT = "Arial"
_ARIAL = {False: "Helvetica", True: "Helvetica-Bold"}
"""Arial was made as wide as these, whose widths every PDF library knows."""
_BEYOND = 1.2
"""Arial over Source Sans Pro, for characters that only the latter's widths are known of."""
_UNKNOWN = 1.4
"""Ems of what neither font has, such as an emoji, which another font then draws."""
_SIZE = 1000
MORE = "…"


def plain(words: str) -> str:
    """Return words as one line that any file can hold.

    Line feeds, tabs and runs of blanks become one blank; control characters, marks of direction
    and halves of characters are left out.
    """
    kept = (" " if c.isspace() else c for c in words)
    return " ".join("".join(c for c in kept if _printable(c)).split())


def plain_lines(words: str) -> list[str]:
    """Return the lines of words that may have several, each as `plain` makes it."""
    return [plain(line) for line in words.splitlines()]


@lru_cache(4096)
def _printable(character: str) -> bool:
    last = ord(character) & 0xFFFF
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs"} and last < 0xFFFE


@cache
def _font(bold: bool) -> FT2Font:
    from matplotlib.ft2font import FT2Font

    font = FT2Font(BOLD if bold else FONT)
    font.set_size(_SIZE, 72)
    return font


@lru_cache(8192)
def _advance(character: str, bold: bool) -> float:
    """Return the width of a character in ems."""
    from matplotlib.ft2font import LoadFlags
    from reportlab.pdfbase.pdfmetrics import stringWidth

    if unicodedata.combining(character):
        return 0.0
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return _UNKNOWN
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    own = glyph.linearHoriAdvance / 65536 / _SIZE
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return float(own * _BEYOND)
    return float(max(own, stringWidth(character, _ARIAL[bold], 1)))


def width(words: str, size: float, bold: bool = False) -> float:
    """Return how wide a line is, in the unit of ``size``."""
    return size * sum(_advance(c, bold) for c in words)


def wrapped(words: str, size: float, room: float, bold: bool = False) -> list[str]:
    """Return the lines that words take; a word wider than the room stands alone and stands out.

    Parameters
    ----------
    size, room
        Of the type and of a line, pixels of the slide.
    """
    lines: list[str] = []
    for word in plain(words).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(longer, size, bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def widest_word(words: str, size: float, bold: bool = False) -> str:
    """Return the widest word; empty where there is none.

    Parameters
    ----------
    size
        Of the type, pixels of the slide.
    """
    return max(plain(words).split(), key=lambda word: width(word, size, bold), default="")


def shortened(words: str, size: float, room: float, lines: int = 1, bold: bool = False) -> str:
    """Return words that fit, ended by an ellipsis where some had to go.

    Whole words go, so that what is left still reads; of a first word that is too wide alone,
    letters go.

    Parameters
    ----------
    size, room
        Of the type and of a line, pixels of the slide.
    lines
        How many there may be, 1 or more.
    """
    whole = plain(words)

    def fits(text: str) -> bool:
        broken = wrapped(text, size, room, bold)
        return len(broken) <= lines and all(width(b, size, bold) <= room for b in broken)

    if fits(whole):
        return whole
    parts = whole.split()
    kept = _most(len(parts) - 1, lambda n: fits(" ".join(parts[:n]).rstrip(" ,;:·") + MORE))
    if kept:
        return " ".join(parts[:kept]).rstrip(" ,;:·") + MORE
    letters = _most(len(parts[0]), lambda n: fits(parts[0][:n] + MORE))
    return parts[0][:letters] + MORE


def _most(most: int, holds: Callable[[int], bool]) -> int:
    """Return the largest number from 1 to ``most`` for which it holds; 0 for none.

    What holds for a number is taken to hold for those below it.
    """
    return bisect_left(range(1, most + 1), True, key=lambda n: not holds(n))
