"""Charts of a PowerPoint slide: native ones, whose numbers can be opened and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.oxml.ns import qn
from pptx.util import Pt

from services.briefing.deck import Chart, Series
from services.briefing.files.chart import scale
from services.briefing.files.pptx_parts import POINTS, describe, place, rgb
from services.briefing.fit import chart_label_step
from services.briefing.layout import INK, QUIET, RULE, SMALLEST_PX, Box
from services.briefing.measure import plain
from services.texts import number

if TYPE_CHECKING:
    from pptx.chart.chart import Chart as Native
    from pptx.slide import Slide

_KINDS = {
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "column": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
}
_LOCALES = {"id": "[$-421]", "en": "[$-409]"}
_WHOLE = {"id": '[>=1000000]#"."###"."##0;[>=1000]#"."##0;0', "en": "#,##0"}
"""The office program writes marks as its machine does, so Indonesian thousands are spelled out."""
_GAP_PERCENT = 60
_AS_NEEDED = "-60000000"
"""The turn by which a program chooses one itself."""


def add_chart(slide: Slide, chart: Chart, box: Box, name: str, lang: str) -> None:
    """Put a chart on a slide; a missing number is a gap."""
    data = CategoryChartData(number_format=_number_format(chart, lang))
    data.categories = [plain(category) for category in chart.categories]
    for series in chart.series:
        data.add_series(plain(series.name), series.values)
    frame = slide.shapes.add_chart(_KINDS[chart.kind], *place(box), data)
    frame.name = name
    describe(frame._element.nvGraphicFramePr.cNvPr, chart_words(chart, lang))
    native = frame.chart
    native.font.size, native.font.color.rgb = Pt(SMALLEST_PX * POINTS), rgb(INK)
    _title(native, plain(chart.title))
    _legend(native, len(chart.series) > 1)
    for drawn, series in zip(native.plots[0].series, chart.series, strict=True):
        _colour(drawn, series, chart.kind)
    _axes(native, chart, box, lang)


def chart_words(chart: Chart, lang: str) -> str:
    """Return a chart in words: title, and each series with its numbers."""
    told = [plain(chart.title)]
    for series in chart.series:
        pairs = zip(chart.categories, series.values, strict=True)
        digits = int(_fractions(chart))
        numbers = (f"{plain(c)} {number(v, lang, digits)}" for c, v in pairs)
        told.append(f"{plain(series.name)}: {'; '.join(numbers)}")
    return ". ".join(told)


def _fractions(chart: Chart) -> bool:
    return any(v is not None and v != int(v) for s in chart.series for v in s.values)


def _number_format(chart: Chart, lang: str) -> str:
    if _fractions(chart):
        return f"{_LOCALES[lang]}#,##0.0"
    # The spelled-out form has no place for a sign.
    below = any(v is not None and v < 0 for s in chart.series for v in s.values)
    return f"{_LOCALES[lang]}#,##0" if below else _WHOLE[lang]


def _title(native: Native, words: str) -> None:
    native.has_title = bool(words)
    if not words:
        return
    frame = native.chart_title.text_frame
    frame.text = words
    font = frame.paragraphs[0].runs[0].font
    font.size, font.bold, font.color.rgb = Pt(SMALLEST_PX * POINTS), True, rgb(INK)
    native.chart_title.include_in_layout = False


def _legend(native: Native, shown: bool) -> None:
    native.has_legend = shown
    if shown:
        native.legend.position = XL_LEGEND_POSITION.BOTTOM
        native.legend.include_in_layout = False


def _colour(drawn: Any, series: Series, kind: str) -> None:
    if kind != "line":
        drawn.format.fill.solid()
        drawn.format.fill.fore_color.rgb = rgb(series.colour)
        drawn.invert_if_negative = False
        return
    drawn.smooth = False
    drawn.format.line.width, drawn.format.line.color.rgb = Pt(2.25), rgb(series.colour)
    drawn.marker.size = 8
    drawn.marker.format.fill.solid()
    drawn.marker.format.fill.fore_color.rgb = rgb(series.colour)
    drawn.marker.format.line.color.rgb = rgb(series.colour)


def _axes(native: Native, chart: Chart, box: Box, lang: str) -> None:
    values = [v for s in chart.series for v in s.values if v is not None]
    axis, form = scale(values), _number_format(chart, lang)
    across, up, plot = native.category_axis, native.value_axis, native.plots[0]
    across.format.line.color.rgb = rgb(QUIET)
    across.major_tick_mark = up.major_tick_mark = XL_TICK_MARK.NONE
    across.has_major_gridlines = False
    up.minimum_scale, up.maximum_scale = axis.ticks[0], axis.ticks[-1]
    up.major_unit = axis.ticks[1] - axis.ticks[0]
    up.format.line.fill.background()
    if chart.kind != "line":
        plot.gap_width = _GAP_PERCENT
    if chart.kind == "bar":
        across.reverse_order = True
        up.visible, up.has_major_gridlines = False, False
        plot.has_data_labels = True
        plot.data_labels.show_value = True
        plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = form, False
    else:
        up.has_major_gridlines = True
        up.major_gridlines.format.line.color.rgb = rgb(RULE)
        ticks = form if axis.digits == 0 else f"{_LOCALES[lang]}#,##0.{'0' * axis.digits}"
        up.tick_labels.number_format, up.tick_labels.number_format_is_linked = ticks, False
    across.tick_label_position = XL_TICK_LABEL_POSITION.LOW  # also where bars go below zero
    step = chart_label_step(chart, box)
    _label_step(across._element, step, "0" if chart.kind != "line" else _AS_NEEDED)


def _label_step(axis: Any, step: int, turned: str) -> None:
    """Write every so manieth label, turned by 60,000ths of a degree.

    Level labels break where they are wider than their room. LibreOffice writes all of them however
    wide, so along a line it may turn them.
    """
    skip = etree.Element(qn("c:tickLblSkip"))
    skip.set("val", str(step))
    axis.find(qn("c:noMultiLvlLbl")).addprevious(skip)
    axis.get_or_add_txPr().find(qn("a:bodyPr")).set("rot", turned)
