"""Paper that matplotlib draws on: shapes and words in pixels, from the left upper corner down.

What is drawn later lies above. Words are measured by what writes them, so that nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Literal

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.maps.sheet import rings

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path

Align = Literal["left", "center", "right"]
LINE = 1.24
"""Height of a line over the size of its type."""
_FOOT = 0.79
"""From the top of a line to the foot of its letters, over the height of the line."""
_POINTS = 72
_COMPRESSED = 4
"""Half the time of the most, for a tenth more bytes."""


class Paper:
    """A picture in the making.

    Parameters
    ----------
    width, height
        Pixels.
    dpi
        Pixels of an inch, which the file names.
    regular, bold
        Paths of the font.
    colour
        Of the paper.
    """

    def __init__(
        self, width: int, height: int, dpi: int, regular: str, bold: str, colour: str = "#ffffff"
    ) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.width, self.height, self._dpi = width, height, dpi
        self._fonts = {False: regular, True: bold}
        self._figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi)
        self._renderer = FigureCanvasAgg(self._figure).get_renderer()  # type: ignore[no-untyped-call]
        self._figure.patch.set_facecolor(colour)
        self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set(xlim=(0, width), ylim=(height, 0))
        self._axes.axis("off")
        self._order = 0

    def _above(self) -> int:
        self._order += 1
        return self._order

    def _size(self, px: float) -> float:
        return px * _POINTS / self._dpi

    def shapes(
        self,
        drawn: Iterable[BaseGeometry],
        fill: str | None,
        edge: str | None = None,
        width: float = 1,
        dashes: Sequence[float] = (),
    ) -> None:
        """Draw polygons with their holes, all alike; None: no fill, no edge.

        Parameters
        ----------
        width
            Pixels of the edge.
        dashes
            Pixels of ink and gap.
        """
        from matplotlib.collections import PathCollection

        paths = [path for shape in drawn if (path := _path(shape)) is not None]
        if not paths:
            return
        style = (0, [self._size(d) / max(self._size(width), 0.01) for d in dashes])
        self._axes.add_collection(
            PathCollection(
                paths,
                facecolors=fill or "none",
                edgecolors=edge or "none",
                linewidths=self._size(width) if edge else 0,
                linestyles=[style] if dashes else "solid",
                joinstyle="round",
                zorder=self._above(),
            ),
            autolim=False,
        )

    def lines(
        self,
        ways: Iterable[Sequence[Sequence[float]]],
        ink: str,
        width: float,
        dashes: Sequence[float] = (),
    ) -> None:
        """Draw ways, all alike; ``width`` and ``dashes`` in pixels."""
        from matplotlib.collections import LineCollection

        style = (0, [d / width for d in dashes])
        self._axes.add_collection(
            LineCollection(
                [np.asarray(way, dtype=float) for way in ways],
                colors=ink,
                linewidths=self._size(width),
                linestyles=[style] if dashes else "solid",
                zorder=self._above(),
            ),
            autolim=False,
        )

    def words(
        self,
        words: str,
        x: float,
        top: float,
        size: float,
        *,
        bold: bool = False,
        ink: str = "#17242d",
        align: Align = "left",
        halo: float = 0,
    ) -> None:
        """Write one line; nothing in it is read as a formula.

        Parameters
        ----------
        x, top
            Pixels; `x` is the left end, the middle or the right end.
        size
            Pixels of the type.
        halo
            Pixels of white around the letters, so that they are read on any colour.
        """
        from matplotlib.patheffects import withStroke

        written = self._axes.text(
            x,
            top + size * LINE * _FOOT,
            words,
            fontproperties=_type(self._fonts[bold]),
            fontsize=self._size(size),
            color=ink,
            ha=align,
            va="baseline",
            zorder=self._above(),
            parse_math=False,
        )
        if halo:
            stroke = withStroke(linewidth=2 * self._size(halo), foreground="#ffffff")
            written.set_path_effects([stroke])

    def width_of(self, words: str, size: float, bold: bool = False) -> float:
        """Return how wide a line is in pixels, its type ``size`` pixels."""
        font = _type(self._fonts[bold]).copy()
        font.set_size(self._size(size))
        wide, _, _ = self._renderer.get_text_width_height_descent(words, font, ismath=False)
        return float(wide)

    def wrapped(self, words: str, size: float, room: float, bold: bool = False) -> list[str]:
        """Return the lines that words take; a word wider than the room is broken.

        Parameters
        ----------
        size, room
            Of the type and of a line, pixels.
        """
        lines: list[str] = []
        for word in words.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width_of(longer, size, bold) <= room:
                lines[-1] = longer
                continue
            lines += self._broken(word, size, room, bold)
        return lines

    def _broken(self, word: str, size: float, room: float, bold: bool) -> list[str]:
        pieces: list[str] = []
        while self.width_of(word, size, bold) > room and len(word) > 1:
            fits = next(
                n for n in range(len(word) - 1, 0, -1)
                if n == 1 or self.width_of(word[:n], size, bold) <= room
            )  # fmt: skip
            pieces.append(word[:fits])
            word = word[fits:]
        return [*pieces, word]

    def png(self, **said: str) -> bytes:
        """Return the picture; ``said`` are texts that the file carries, such as its title."""
        out = BytesIO()
        self._figure.savefig(
            out,
            format="png",
            dpi=self._dpi,
            metadata={"Software": None, **said},
            pil_kwargs={"compress_level": _COMPRESSED},
        )
        return out.getvalue()


@cache
def _type(font: str) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=font)


def _path(shape: BaseGeometry) -> Path | None:
    """Return the outline of a shape, holes as holes; None for an empty one."""
    from matplotlib.path import Path

    drawn = [ring for polygon in rings(shape) for ring in polygon]
    if not drawn:
        return None
    # The last point of a ring closes it.
    codes = [
        code
        for ring in drawn
        for code in (Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY)
    ]
    return Path(np.concatenate(drawn), codes)
