"""What a ranking found beside what chance finds, as a figure."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from services.backtest import Case
from services.texts import label, number, text

_INK, _LINE, _CHANCE, _MEAN, _FOUND = "#17242d", "#d5dde3", "#c3d3dd", "#536773", "#d55e00"
_ROW_PX = 40


def rates_figure(case: Case, lang: str) -> go.Figure | None:
    """Return places found per ranking and share, over the interval of random picks.

    The bar is the interval, the line in it the mean of random picks, the dot what was found. None
    where nothing happened that could be found.
    """
    rows = case.rates[case.rates["affected"].gt(0)].iloc[::-1].reset_index(drop=True)
    if rows.empty:
        return None
    names = _names(rows, lang)
    figure = go.Figure()
    figure.add_bar(
        y=names,
        x=rows["random_high"] - rows["random_low"],
        base=rows["random_low"],
        orientation="h",
        width=0.62,
        marker_color=_CHANCE,
        name=text("ujibalik.legend_random", lang),
        hoverinfo="skip",
    )
    for column, name, symbol, colour, size in (
        ("random_hits", "ujibalik.legend_mean", "line-ns", _MEAN, 14),
        ("hits", "ujibalik.legend_found", "circle", _FOUND, 12),
    ):
        figure.add_scatter(
            y=names,
            x=rows[column],
            mode="markers",
            name=text(name, lang),
            marker={"symbol": symbol, "color": colour, "size": size,
                    "line": {"color": colour, "width": 2}},
            hovertemplate="%{x:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=78 + _ROW_PX * len(rows),
        margin={"l": 8, "r": 16, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": _INK, "size": 13, "family": "Source Sans, sans-serif"},
        legend={"orientation": "h", "y": -0.1, "yanchor": "top", "x": 0, "font": {"size": 13}},
    )
    most = float(rows[["hits", "random_high"]].to_numpy().max())
    figure.update_xaxes(
        range=[-0.15, most + 0.6],
        dtick=max(1, round(most / 8)),  # whole places only: a tick at a half would read as a whole
        tick0=0,
        tickformat=",d",
        gridcolor=_LINE,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(automargin=True, fixedrange=True)
    return figure


def _names(rows: pd.DataFrame, lang: str) -> list[str]:
    """Return what stands before each bar: ranked by what, looked for what, how far down."""
    return [
        f"{label('ranking', row.ranking, lang)} →<br>"
        + text(
            "ujibalik.row", lang, sought=label("sought", row.sought, lang),
            share=number(100 * row.share, lang), affected=number(row.affected, lang),
        )
        for row in rows.itertuples()
    ]  # fmt: skip
