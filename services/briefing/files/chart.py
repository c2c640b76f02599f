"""Bars, columns and lines on paper, drawn as lines with their axis; what is missing is a gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.maps.sheet import marker
from services.briefing.deck import Chart
from services.briefing.files.drawing import Drawing
from services.briefing.files.ground import CannotDrawError, check_colour
from services.briefing.fit import chart_label_step
from services.briefing.layout import (
    CHART_AXIS,
    CHART_LABELS,
    GAP,
    INK,
    QUIET,
    RULE,
    SMALLEST_PX,
    SWATCH,
    Box,
    line_px,
)
from services.briefing.measure import plain, width
from services.texts import number

_LINE = line_px(SMALLEST_PX)
_SHAPES = ("circle", "square", "triangle", "diamond")
_FILLED = 0.7
"""Share of its room that a group of bars takes."""
_DOT, _TICKS = 6, 5


@dataclass(frozen=True)
class Scale:
    """An axis of numbers.

    Attributes
    ----------
    ticks
        Round numbers, the first at most the least and the last at least the most that is shown.
    digits
        After the mark of the fraction.
    """

    ticks: tuple[float, ...]
    digits: int

    def share(self, value: float) -> float:
        """Return how far along the axis a value stands, 0 to 1; ``value`` is in any unit."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


def scale(values: list[float]) -> Scale:
    """Return an axis from zero, or below it, over all values in at most six steps."""
    low, high = min([0.0, *values]), max([0.0, *values])
    rough = ((high - low) or 1.0) / _TICKS
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(n * ten for n in (1, 2, 5, 10) if n * ten >= rough * (1 - 1e-9))
    if all(value == int(value) for value in values):
        step = max(step, 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(n * step for n in range(first, max(last, first + 1) + 1))
    return Scale(ticks, max(0, -math.floor(math.log10(step) + 1e-9)))


def check_chart(slide: str, chart: Chart) -> None:
    """Refuse a chart of which a part would be missing.

    Raises
    ------
    CannotDrawError
        When it has no series or no category, a series is not as long as the categories, a value is
        no number or a colour is none. It names the slide and the chart.
    """
    name = f"{slide}: {chart.title}"
    if not chart.series or not chart.categories:
        raise CannotDrawError(name, len(chart.series), "a series and a category")
    for series in chart.series:
        check_colour(name, series.colour)
        if len(series.values) != len(chart.categories):
            found = f"{series.name}: {len(series.values)}"
            raise CannotDrawError(name, found, f"{len(chart.categories)} values")
        for value in series.values:
            if value is not None and not math.isfinite(value):
                raise CannotDrawError(name, f"{series.name}: {value}", "a number, or none")


def draw_chart(sheet: Drawing, chart: Chart, box: Box, lang: str) -> None:
    """Draw a chart that `check_chart` has passed."""
    sheet.line(plain(chart.title), box.left, box.top, SMALLEST_PX, bold=True)
    values = [v for s in chart.series for v in s.values if v is not None]
    axis, named = scale(values), len(chart.series) > 1
    bottom = box.top + box.height - (_LINE if named else 0)
    top = box.top + _LINE + GAP
    if named:
        _names(sheet, chart, box.left, bottom)
    low = bottom - _LINE - GAP // 2
    if chart.kind == "bar":
        _bars(sheet, chart, axis, Box(box.left, top, box.width, low - top), lang)
    else:
        _standing(sheet, chart, axis, Box(box.left, top, box.width, low - top), lang)


def _names(sheet: Drawing, chart: Chart, left: float, top: float) -> None:
    for n, series in enumerate(chart.series):
        middle = top + _LINE / 2
        if chart.kind == "line":
            sheet.lines([((left, middle), (left + SWATCH - 10, middle))], series.colour, width=3)
            _dot(sheet, n, left + (SWATCH - 10) / 2, middle, series.colour)
        else:
            sheet.rectangle(Box(round(left), round(middle) - 10, SWATCH - 10, 20), series.colour)
        words = plain(series.name)
        sheet.line(words, left + SWATCH, top, SMALLEST_PX)
        left += SWATCH + width(words, SMALLEST_PX) + GAP


def _bars(sheet: Drawing, chart: Chart, axis: Scale, box: Box, lang: str) -> None:
    """Draw lying bars, the first category on top, with its name to the left."""
    labels = [plain(c) for c in chart.categories]
    most = CHART_LABELS * box.width
    left = box.left + min(max(width(c, SMALLEST_PX) for c in labels), most) + GAP / 2
    across = box.left + box.width - left - _room(chart, axis, lang)
    bottom = box.top + box.height
    for tick in axis.ticks:
        x = left + axis.share(tick) * across
        sheet.lines([((x, box.top), (x, bottom))], INK if tick == 0 else RULE)
        told = number(tick, lang, axis.digits)
        sheet.line(told, x, bottom + 4, SMALLEST_PX, ink=QUIET, align="middle")
    slot = box.height / len(labels)
    thick = slot * _FILLED / len(chart.series)
    for at, name in enumerate(labels):
        middle = box.top + (at + 0.5) * slot
        sheet.line(name, left - GAP / 2, middle - _LINE / 2, SMALLEST_PX, align="right")
        for n, series in enumerate(chart.series):
            value = series.values[at]
            top = middle + (n - len(chart.series) / 2) * thick
            zero, end = (left + axis.share(v) * across for v in (0.0, value or 0.0))
            _fill(sheet, (zero, top, end, top + thick), series.colour)
            if thick >= SMALLEST_PX * 0.8:
                told = number(value, lang, _digits(chart))
                above = top + (thick - _LINE) / 2
                sheet.line(told, max(zero, end) + 6, above, SMALLEST_PX)


def _standing(sheet: Drawing, chart: Chart, axis: Scale, box: Box, lang: str) -> None:
    """Draw columns or lines over their categories."""
    left, right = box.left + CHART_AXIS, box.left + box.width
    for tick in axis.ticks:
        y = box.top + (1 - axis.share(tick)) * box.height
        sheet.lines([((left, y), (right, y))], INK if tick == 0 else RULE)
        told = number(tick, lang, axis.digits)
        sheet.line(told, left - GAP / 2, y - _LINE / 2, SMALLEST_PX, ink=QUIET, align="right")
    slot = (right - left) / len(chart.categories)
    middles = [left + (n + 0.5) * slot for n in range(len(chart.categories))]
    step = chart_label_step(chart, box)
    for name, x in list(zip(chart.categories, middles, strict=True))[::step]:
        sheet.line(plain(name), x, box.top + box.height + 4, SMALLEST_PX, align="middle")
    for n, series in enumerate(chart.series):
        heights = [
            None if v is None else box.top + (1 - axis.share(v)) * box.height for v in series.values
        ]
        if chart.kind == "line":
            _way(sheet, n, list(zip(middles, heights, strict=True)), series.colour)
        else:
            zero = box.top + (1 - axis.share(0)) * box.height
            _columns(sheet, chart, n, (middles, heights), (slot, zero), lang)


def _columns(
    sheet: Drawing,
    chart: Chart,
    n: int,
    tops: tuple[list[float], list[float | None]],
    room: tuple[float, float],
    lang: str,
) -> None:
    """Draw the columns of one series with their numbers above; a missing one says so."""
    slot, zero = room
    thick = slot * _FILLED / len(chart.series)
    series, digits = chart.series[n], _digits(chart)
    told = [number(value, lang, digits) for value in series.values]
    roomy = max(width(words, SMALLEST_PX) for words in told) <= thick
    for x, y, words in zip(*tops, told, strict=True):
        left = x + (n - len(chart.series) / 2) * thick
        end = zero if y is None else y
        _fill(sheet, (left, zero, left + thick, end), series.colour)
        if roomy or y is None:
            above = min(zero, end) - _LINE
            sheet.line(words, left + thick / 2, above, SMALLEST_PX, align="middle")


def _way(sheet: Drawing, n: int, points: list[tuple[float, float | None]], colour: str) -> None:
    """Draw a line that breaks where a value is missing, with a dot at each value."""
    run: list[tuple[float, float]] = []
    for x, y in [*points, (0.0, None)]:
        if y is not None:
            run.append((x, y))
            continue
        if len(run) > 1:
            sheet.lines([run], colour, width=3)
        for at in run:
            _dot(sheet, n, *at, colour)
        run = []


def _dot(sheet: Drawing, n: int, x: float, y: float, colour: str) -> None:
    sheet.polygon([marker(_SHAPES[n % len(_SHAPES)], x, y, _DOT)], colour)


def _fill(sheet: Drawing, corners: tuple[float, float, float, float], colour: str) -> None:
    left, top, right, bottom = corners
    outline = ((left, top), (right, top), (right, bottom), (left, bottom))
    sheet.polygon([outline], colour)


def _digits(chart: Chart) -> int:
    """Return how many digits behind the mark the numbers of a chart need: none or one."""
    values = [v for s in chart.series for v in s.values if v is not None]
    return int(any(v != int(v) for v in values))


def _room(chart: Chart, axis: Scale, lang: str) -> float:
    """Return the pixels kept free to the right of the longest bar, for its number."""
    digits = max(_digits(chart), axis.digits)
    told = (number(v, lang, digits) for s in chart.series for v in (*s.values, axis.ticks[-1]))
    return max(width(words, SMALLEST_PX) for words in told) + GAP / 2
