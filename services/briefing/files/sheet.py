"""A sheet of paper with a slide on it: words and shapes in pixels of the slide, downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from geo.maps.sheet import Points
from services.briefing.files.drawing import BASELINE, Align, Corners, Drawing
from services.briefing.layout import HEIGHT_PX, INK, WIDTH_PX, Box
from services.paper import BOLD, REGULAR, shown


class Sheet(Drawing):
    """What draws on one canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas

    @contextmanager
    def slide(self, left: float, below: float, width: float) -> Iterator[None]:
        """Draw in pixels of a slide.

        Parameters
        ----------
        left, below
            Units of the canvas: its left lower corner.
        width
            Units of the canvas.
        """
        self.canvas.saveState()
        self.canvas.translate(left, below)
        self.canvas.scale(width / WIDTH_PX, width / WIDTH_PX)
        yield
        self.canvas.restoreState()

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
        known = shown(words)
        font = BOLD if bold else REGULAR
        back = {"left": 0.0, "middle": 0.5, "right": 1.0}[align]
        x -= back * self.canvas.stringWidth(known, font, size)
        self.canvas.setFillColor(HexColor(ink))
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, HEIGHT_PX - top - BASELINE * size, known)

    def rectangle(self, box: Box, fill: str) -> None:
        """Fill a box."""
        self.canvas.setFillColor(HexColor(fill))
        low = HEIGHT_PX - box.top - box.height
        self.canvas.rect(box.left, low, box.width, box.height, stroke=0, fill=1)

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
        path = self.canvas.beginPath()
        for outline in outlines:
            self._follow(path, outline)
            path.close()
        self._pen(edge or INK, width, dashes)
        if fill:
            self.canvas.setFillColor(HexColor(fill))
        # Even-odd, so that a hole is one whichever way it runs.
        self.canvas.drawPath(path, stroke=int(bool(edge)), fill=int(bool(fill)), fillMode=0)

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
        path = self.canvas.beginPath()
        for way in ways:
            self._follow(path, way)
        self._pen(ink, width, dashes)
        self.canvas.drawPath(path, stroke=1, fill=0)

    @contextmanager
    def inside(self, box: Box) -> Iterator[None]:
        """Let nothing be drawn outside a box; within, the box's left upper corner is the origin."""
        self.canvas.saveState()
        path = self.canvas.beginPath()
        path.rect(box.left, HEIGHT_PX - box.top - box.height, box.width, box.height)
        self.canvas.clipPath(path, stroke=0, fill=0)
        self.canvas.translate(box.left, -box.top)
        yield
        self.canvas.restoreState()

    @staticmethod
    def _follow(path: object, way: Points | Corners) -> None:
        first, *others = way
        path.moveTo(first[0], HEIGHT_PX - first[1])  # type: ignore[attr-defined]
        for x, y in others:
            path.lineTo(x, HEIGHT_PX - y)  # type: ignore[attr-defined]

    def _pen(self, ink: str, width: float, dashes: Sequence[float]) -> None:
        self.canvas.setStrokeColor(HexColor(ink))
        self.canvas.setLineWidth(width)
        self.canvas.setLineJoin(1)
        self.canvas.setDash(*([list(dashes)] if dashes else []))
