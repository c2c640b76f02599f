"""Figures of TPS risk: the waterfall of a place, kecamatan by week, relevance by stage."""

from __future__ import annotations

import html
from datetime import date

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analytics.reports.stages import stages_in_force
from services.maps import SEQUENCE
from services.risk.changes import heat, heat_weeks
from services.risk.explain import Explanation
from services.risk.index import RiskView, parameter_table
from services.risk.ranking import VALUE_BREAKS
from services.texts import day, label, number, text

_INK, _LINE = "#17242d", "#d5dde3"
_UP, _TOTAL = {"keamanan": "#d55e00", "logistik": "#009e73"}, "#17242d"
_FONT = {"color": _INK, "size": 14, "family": "Source Sans, sans-serif"}
_ROW_PX = 34
HEAT_WEEKS = 26
_HEAT_ROW_PX = 19
_HEAT_TOP = 0.5
_MAX_LABEL = 24


def waterfall(found: Explanation, index: str, lang: str) -> go.Figure:
    """Return the contributions of an index one under the other, which end at the index exactly.

    A component of which nothing is known adds nothing, and says by how much it may.
    """
    rows = found.contributions[found.contributions["index"].eq(index)]
    names = [_wrapped(label("risk_component", key, lang)) for key in rows["component"]]
    names.append(f"<b>{text('kerawanan.sum', lang)}</b>")
    values = rows["contribution"].fillna(0.0).tolist()
    words = [
        text("kerawanan.bar_unknown", lang, high=number(high, lang, 2))
        if pd.isna(value)
        else number(value, lang, 3)
        for high, value in zip(rows["high"], rows["contribution"], strict=True)
    ]
    total = found.row[f"indeks_{index}"]
    figure = go.Figure(
        go.Waterfall(
            orientation="h",
            y=names,
            x=[*values, 0 if pd.isna(total) else float(total)],
            measure=[*["relative"] * len(values), "total"],
            text=[*words, number(total, lang, 3)],
            textposition="outside",
            cliponaxis=False,
            increasing={"marker": {"color": _UP[index]}},
            totals={"marker": {"color": _TOTAL}},
            connector={"line": {"color": "#9aa7b0", "width": 1}},
            hoverinfo="y+text",
        )
    )
    top = max(0.05, sum(values)) * 1.45
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=30 + _ROW_PX * len(names),
        margin={"l": 8, "r": 12, "t": 4, "b": 22},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font=_FONT,
        showlegend=False,
    )
    figure.update_xaxes(range=[0, top], gridcolor=_LINE, fixedrange=True, nticks=5)
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure


def _wrapped(words: str) -> str:
    """Return a label on at most two lines."""
    if len(words) <= _MAX_LABEL:
        return html.escape(words)
    cut = words.rfind(" ", 0, _MAX_LABEL)
    return f"{html.escape(words[:cut])}<br>{html.escape(words[cut + 1 :])}"


def heat_figure(view: RiskView, kabupaten: str | None, lang: str) -> go.Figure:
    """Return the security index of each kecamatan by week, as known at the end of each week.

    Where TPS are not known one by one the rows are kabupaten.
    """
    weeks = heat_weeks(view.as_of, HEAT_WEEKS)
    table = heat(view.data, view.election, weeks, "mean", view.params)
    if kabupaten:
        table = table[
            [str(c) == kabupaten or str(c).startswith(f"{kabupaten}.") for c in table.index]
        ]
    codes = [str(code) for code in table.index]
    names = [_row_name(view, code) for code in codes]
    figure = go.Figure(
        go.Heatmap(
            z=table.to_numpy(),
            x=[_week(week) for week in weeks],
            y=names,
            zmin=0,
            zmax=_HEAT_TOP,
            colorscale=_scale(),
            xgap=1,
            ygap=1,
            hoverongaps=False,
            hovertemplate="%{y}<br>%{x}: %{z:.3f}<extra></extra>",
            showscale=False,
        )
    )
    figure.update_layout(
        separators=",." if lang == "id" else ".,",
        height=70 + max(_HEAT_ROW_PX, 26 if len(codes) < 12 else 0) * len(codes),
        margin={"l": 8, "r": 44, "t": 30, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#eef2f4",
        font={**_FONT, "size": 13},
    )
    step = max(1, len(weeks) // 4)
    ticks = weeks[::-1][::step][::-1]
    figure.update_xaxes(
        side="top",
        fixedrange=True,
        tickvals=[_week(w) for w in ticks],
        ticktext=[day(w, lang, "short") for w in ticks],
        type="category",
        tickangle=0,
    )
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, type="category")
    return figure


def _week(week: date) -> str:
    return week.isoformat()


def _scale() -> list[list[object]]:
    """Return the classes of the map as a scale of colours, each a step."""
    bounds = (*VALUE_BREAKS, _HEAT_TOP)
    steps: list[list[object]] = []
    for low, high, colour in zip(bounds, bounds[1:], SEQUENCE, strict=False):
        steps += [[low / _HEAT_TOP, colour], [high / _HEAT_TOP, colour]]
    return steps


def _row_name(view: RiskView, code: str) -> str:
    names = view.data.names
    if code.count(".") < 2:
        return str(names[code])
    return f"{names[code]} ({names[code.rpartition('.')[0]]})"


def heat_finding(view: RiskView, lang: str) -> str:
    """Return where the index rose most in the last four weeks; no change is stated too."""
    weeks = heat_weeks(view.as_of, HEAT_WEEKS)
    table = heat(view.data, view.election, weeks, "mean", view.params)
    change = (table.iloc[:, -1] - table.iloc[:, -5]).dropna()
    if change.empty or change.max() <= 0:
        return text("kerawanan.heat_still", lang)
    code = str(change.idxmax())
    return text(
        "kerawanan.heat_rise",
        lang,
        place=_row_name(view, code),
        before=number(table.iloc[:, -5][code], lang, 3),
        now=number(table.iloc[:, -1][code], lang, 3),
    )


_TEXT_COLOUR = "#17242d"
_STAGE_ROW_PX, _HEAD_PX = 28, 170
_SEPARATORS = {"id": ",.", "en": ".,"}


def current_stages(view: RiskView) -> list[str]:
    """Return the stages of the election that are in force on the day, each once."""
    rows = view.data.stages[view.data.stages["election"].eq(view.election)]
    return list(dict.fromkeys(stages_in_force(rows, view.as_of)["stage"]))


def stage_words(view: RiskView, lang: str) -> str:
    """Return which columns count on the day."""
    names = [label("stage", stage, lang) for stage in current_stages(view)]
    key = "relevance.in_force" if names else "relevance.no_stage"
    gaps = {"stages": ", ".join(names)} if names else {}
    return text(key, lang, day=day(view.as_of, lang), **gaps)


def basis_words(lang: str) -> str:
    """Return how many of the parameters are assumptions, and how many have a source."""
    counts = parameter_table()["basis"].value_counts()
    return text(
        "relevance.basis",
        lang,
        n=number(int(counts.sum()), lang),
        assumed=number(int(counts.get("anggapan", 0)), lang),
        facts=number(int(counts.get("fakta", 0)), lang),
    )


def relevance_figure(view: RiskView, lang: str) -> go.Figure:
    """Return how much each category says about the vote in each stage; those in force in bold."""
    params = view.params.relevance
    values = np.array(params.values).T
    current = set(current_stages(view))
    rows = [
        f"<b>{html.escape(label('stage', s, lang))}</b>"
        if s in current
        else html.escape(label("stage", s, lang))
        for s in params.stages
    ]
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=[label("category", c, lang) for c in params.categories],
            y=rows,
            texttemplate="%{z:.1f}",
            zmin=0,
            zmax=1,
            colorscale=[[n / (len(SEQUENCE) - 1), c] for n, c in enumerate(SEQUENCE)],
            xgap=1,
            ygap=1,
            showscale=False,
            hovertemplate="%{y} · %{x}: %{z:.1f}<extra></extra>",
        )
    )
    figure.update_layout(
        height=_HEAD_PX + _STAGE_ROW_PX * len(params.stages),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        separators=_SEPARATORS[lang],
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": _TEXT_COLOUR, "size": 13, "family": "Source Sans, sans-serif"},
    )
    figure.update_xaxes(side="top", tickangle=-90, dtick=1, fixedrange=True, automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure
