"""What every drawing of a slide can do, on paper and on a screen: words and shapes in pixels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, TypeAlias

from geo.maps.sheet import Points
from services.briefing.layout import INK, LINE, Box
from services.briefing.measure import wrapped

Corners: TypeAlias = Sequence[tuple[float, float]]
Align = Literal["left", "middle", "right"]
BASELINE = 0.95
"""From the top of a line to the foot of its letters, over the size of the type."""


class Drawing(ABC):
    """Draws in pixels of the slide, from a left upper corner downwards."""

    @abstractmethod
    def line(
        self,
        words: str,
        x: float,
        top: float,
        size: float,
        *,
        bold: bool = False,
        ink: str = INK,
        align: Align = "left",
    ) -> None:
        """Write one line.

        Parameters
        ----------
        x, top
            Pixels; `x` is the left end, the middle or the right end.
        size
            Pixels of the type.
        """

    def block(
        self,
        words: str,
        box: Box,
        size: float,
        *,
        bold: bool = False,
        ink: str = INK,
        align: Align = "left",
    ) -> None:
        """Write words in a box, as many lines as they take.

        Parameters
        ----------
        size
            Pixels of the type.
        """
        x = {"left": 0.0, "middle": 0.5, "right": 1.0}[align] * box.width + box.left
        for n, line in enumerate(wrapped(words, size, box.width, bold)):
            top = box.top + n * LINE * size
            self.line(line, x, top, size, bold=bold, ink=ink, align=align)

    @abstractmethod
    def rectangle(self, box: Box, fill: str) -> None:
        """Fill a box."""

    @abstractmethod
    def polygon(
        self,
        outlines: Sequence[Points | Corners],
        fill: str = "",
        *,
        edge: str = "",
        width: float = 1,
        dashes: Sequence[float] = (),
    ) -> None:
        """Draw an outline with its holes.

        Parameters
        ----------
        fill, edge
            Colours; empty: none.
        width
            Pixels of the edge.
        """

    @abstractmethod
    def lines(
        self,
        ways: Sequence[Points | Corners],
        ink: str,
        *,
        width: float = 1,
        dashes: Sequence[float] = (),
    ) -> None:
        """Draw ways of one kind.

        Parameters
        ----------
        width
            Pixels of the line.
        """

    @abstractmethod
    def inside(self, box: Box) -> AbstractContextManager[None]:
        """Let nothing be drawn outside a box; within, the box's left upper corner is the origin."""
