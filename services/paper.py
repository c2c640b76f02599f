"""What a document on paper is made of; `services.pdf` draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

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
