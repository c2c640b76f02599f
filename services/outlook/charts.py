"""Figures of the outlook: the strip of kabupaten, and what was said beside what came."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from services.maps import FAMILY
from services.outlook.view import LEVELS, OutlookView
from services.outlook.words import chance_words
from services.texts import number, text

_INK, _LINE, _QUIET = "#17242d", "#d5dde3", "#c3d3dd"
_FONT = {"color": _INK, "size": 14, "family": "Source Sans, sans-serif"}
_ROW_PX = 34
_RELIABILITY_PX = 330


def _base(figure: go.Figure, height: int, lang: str) -> None:
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=height,
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font=_FONT,
        xaxis_title_font_size=13,
        yaxis_title_font_size=13,
        showlegend=False,
    )


def strip_figure(view: OutlookView, family: str, lang: str) -> go.Figure:
    """Return expected number and 90 % interval of each kabupaten, with the chance in words."""
    rows = view.figures
    rows = rows[rows["level"].eq(LEVELS[0]) & rows["family"].eq(family)]
    rows = rows.sort_values(["probability", "expected"], kind="stable")
    names = rows["code"].map(view.data.names)
    words = [
        chance_words(p, step, lang)
        for p, step in zip(rows["probability"], rows["step"], strict=True)
    ]
    figure = go.Figure()
    figure.add_bar(
        y=names,
        x=rows["high"] - rows["low"],
        base=rows["low"],
        orientation="h",
        width=0.34,
        marker_color=_QUIET,
        hoverinfo="skip",
    )
    most = max(1.0, float(rows["high"].max()), float(rows["expected"].max()))
    figure.add_scatter(
        y=names,
        x=rows["expected"],
        mode="markers",
        marker={"color": FAMILY[family], "size": 13},
        hovertemplate="%{y}: %{x:.1f}<extra></extra>",
    )
    figure.add_scatter(
        y=names,
        x=[most * 1.06] * len(rows),
        text=words,
        mode="text",
        textposition="middle right",
        hoverinfo="skip",
    )
    _base(figure, 76 + _ROW_PX * len(rows), lang)
    figure.update_layout(margin_b=52)
    figure.update_xaxes(
        range=[-0.06 * most, most * 1.5],
        title={"text": text("prakiraan.axis_expected", lang), "standoff": 6},
        dtick=max(1, round(most / 6)),
        tickformat=",d",
        gridcolor=_LINE,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def reliability_figure(view: OutlookView, lang: str) -> go.Figure | None:
    """Return what was said and what came, of kabupaten and province; None where not scored."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line={"color": _QUIET, "width": 2}, hoverinfo="skip",
        name=text("prakiraan.exact", lang),
    )  # fmt: skip
    drawn = 0
    for level, colour, symbol in (
        (LEVELS[0], "#0072b2", "circle"),
        (LEVELS[1], "#d55e00", "square"),
    ):
        table = view.reliability(level)
        if len(table):
            drawn += 1
            figure.add_scatter(**_dots(table, text(f"level.{level}", lang), colour, symbol, lang))
    if not drawn:
        return None
    _base(figure, _RELIABILITY_PX, lang)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    )
    figure.update_layout(margin={"l": 64, "r": 16, "t": 36, "b": 56})
    for axis, key in ((figure.update_xaxes, "axis_said"), (figure.update_yaxes, "axis_came")):
        axis(
            range=[-0.02, 1.02],
            title=text(f"prakiraan.{key}", lang),
            tickformat=".0%",
            dtick=0.2,
            gridcolor=_LINE,
            fixedrange=True,
        )
    return figure


def _dots(table: pd.DataFrame, name: str, colour: str, symbol: str, lang: str) -> dict[str, object]:
    """Return the classes of a table of `analytics.outlook.verdict.reliability` as dots."""
    return {
        "x": table["forecast"],
        "y": table["share"],
        "mode": "markers+text",
        "name": name,
        "text": [f"n = {number(n, lang)}" for n in table["n"]],
        "textposition": "bottom right" if symbol == "circle" else "top left",
        "cliponaxis": False,
        "marker": {"color": colour, "symbol": symbol, "size": 12},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": table["high"] - table["share"],
            "arrayminus": table["share"] - table["low"],
            "color": colour,
            "thickness": 1.5,
        },
        "hovertemplate": "%{x:.0%} → %{y:.0%}<extra></extra>",
    }
