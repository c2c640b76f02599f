"""What the indices rest on, drawn: the relevance of categories by stage, and what is assumption."""

from __future__ import annotations

import html

import numpy as np
import plotly.graph_objects as go

from analytics.stages import stages_in_force
from services.palette import SEQUENCE
from services.risk_build import RiskView, parameter_table
from services.texts import day, label, number, text

_INK = "#17242d"
_ROW_PX, _HEAD_PX = 28, 170
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
        f"<b>{html.escape(label('stage', s, lang))}</b>" if s in current
        else html.escape(label("stage", s, lang))
        for s in params.stages
    ]  # fmt: skip
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
        height=_HEAD_PX + _ROW_PX * len(params.stages),
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        separators=_SEPARATORS[lang],
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="#ffffff",
        font={"color": _INK, "size": 13, "family": "Source Sans, sans-serif"},
    )
    figure.update_xaxes(side="top", tickangle=-90, dtick=1, fixedrange=True, automargin=True)
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True)
    return figure
