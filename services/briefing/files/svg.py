"""Charts and maps of a deck as SVG, drawn by the same hand as on paper.

Measures are pixels of the slide, so that words keep their size. Colours are attributes and not
styles: the policy of the page allows no styles but its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement  # written only  # nosec B405

import numpy as np

from geo.maps.sheet import Points
from services.briefing.deck import Chart, Deck, Map
from services.briefing.files.chart import check_chart, draw_chart
from services.briefing.files.drawing import BASELINE, Align, Corners, Drawing
from services.briefing.files.map import draw_lead, draw_map, draw_sign
from services.briefing.files.signs import Plate, Sign
from services.briefing.layout import INK, Box

Paths: TypeAlias = dict[str, str]
"""By path: its name in the page. A coast is filled and edged, on one map after the other."""
_LONG = 60
_ANCHOR = {"left": "start", "middle": "middle", "right": "end"}


class Svg(Drawing):
    """What draws into one SVG element, a part of the slide.

    Parameters
    ----------
    left, top, width, height
        Pixels of the slide.
    paths
        Filled with long paths and a name for each, which the page holds once for all drawings.
    """

    def __init__(
        self, left: float, top: float, width: float, height: float, paths: Paths | None = None
    ) -> None:
        view = " ".join(map(_n, (left, top, width, height)))
        self.element = Element("svg", {"viewBox": view})
        self._paths = paths

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
        x, top, size
            Pixels.
        """
        if not words:
            return
        made = self._add("text", x=x, y=top + BASELINE * size, font_size=size, fill=ink)
        made.text = words
        if align != "left":
            made.set("text-anchor", _ANCHOR[align])
        if bold:
            made.set("font-weight", "bold")

    def rectangle(self, box: Box, fill: str) -> None:
        """Fill a box."""
        self._add("rect", x=box.left, y=box.top, width=box.width, height=box.height, fill=fill)

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
        width
            Pixels.
        """
        made = self._path("".join(f"{way}Z" for way in map(_way, outlines) if way))
        made.set("fill", fill or "none")
        made.set("fill-rule", "evenodd")
        if edge:
            _pen(made, edge, width, dashes)

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
            Pixels.
        """
        made = self._path("".join(map(_way, ways)))
        made.set("fill", "none")
        _pen(made, ink, width, dashes)

    @contextmanager
    def inside(self, box: Box) -> Iterator[None]:
        """Let nothing be drawn outside a box; within, the box's left upper corner is the origin."""
        whole = self.element
        self.element = self._add("svg", x=box.left, y=box.top, width=box.width, height=box.height)
        yield
        self.element = whole

    def _path(self, path: str) -> Element:
        if self._paths is None or len(path) < _LONG:
            return self._add("path", d=path)
        name = self._paths.setdefault(path, f"p{len(self._paths)}")
        return self._add("use", href=f"#{name}")

    def _add(self, tag: str, **values: float | str) -> Element:
        made = {
            name.replace("_", "-"): value if isinstance(value, str) else _n(value)
            for name, value in values.items()
        }
        return SubElement(self.element, tag, made)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _way(way: Points | Corners) -> str:
    """Return a path in tenths of a pixel, each point from the one before: half as long to send."""
    tenths = np.rint(np.asarray(way) * 10).astype(int)
    (x, y), steps = tenths[0].tolist(), (tenths[1:] - tenths[:-1]).tolist()
    moved = "".join([_step(a) + _step(b) for a, b in steps if a or b])
    return f"M{_step(x)}{_step(y)}l{moved}" if moved else ""


@lru_cache(4096)
def _step(tenths: int) -> str:
    """Return a number as short as a path allows; a minus also parts it from the one before."""
    words = f"{tenths / 10:g}"
    words = words.replace("0.", ".") if abs(tenths) < 10 else words
    return words if tenths < 0 else f" {words}"


def _pen(made: Element, ink: str, width: float, dashes: Sequence[float]) -> None:
    made.set("stroke", ink)
    made.set("stroke-width", _n(width))
    made.set("stroke-linejoin", "round")
    if dashes:
        made.set("stroke-dasharray", " ".join(map(_n, dashes)))


def chart(slide: str, shown: Chart, box: Box, lang: str) -> Element:
    """Return a chart as large as its box.

    Parameters
    ----------
    slide
        Key of the slide, for errors.

    Raises
    ------
    CannotDrawError
        When a part of it would be missing.
    """
    check_chart(slide, shown)
    drawing = Svg(box.left, box.top, box.width, box.height)
    draw_chart(drawing, shown, box, lang)
    return drawing.element


def still(shown: Map, box: Box, deck: Deck, paths: Paths) -> tuple[Element, Plate, list[Sign]]:
    """Return a map as it is seen first, on paper, in small and without a script.

    Parameters
    ----------
    box
        Title, land, legend and source together fill it.
    paths
        As `Svg` takes them.

    Returns
    -------
    tuple
        The drawing, and where scale bar and markers stand on the land.

    Raises
    ------
    CannotDrawError
        When its markers lack the room.
    """
    drawing = Svg(box.left, box.top, box.width, box.height, paths)
    plate, signs = draw_map(drawing, shown, box, deck)
    return drawing.element, plate, signs


def pin(sign: Sign, half: float) -> tuple[Element | None, Element]:
    """Return a marker for a map that moves: its line to its place in the middle, and itself.

    Parameters
    ----------
    half
        Pixels: half of the width and of the height of each; what is farther out is seen too.
    """
    (x, y), (a, b) = sign.place, sign.spot
    moved = replace(sign, place=(0.0, 0.0), spot=(a - x, b - y))
    lead, own = (Svg(-half, -half, 2 * half, 2 * half) for _ in range(2))
    draw_lead(lead, moved)
    draw_sign(own, moved)
    return lead.element if len(lead.element) else None, own.element
