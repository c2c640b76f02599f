"""Statistics as tables: areas, clusters, what was done, and the known answers."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pandas as pd

from analytics.known_answers import known_answers
from analytics.scan import known_answers_scan
from services.analysis_query import AnalysisView
from services.texts import day, label, number, text

_LABELS = {
    "bandwidth_rule": lambda value, lang: label("bandwidth_rule", value, lang),
    "kernel": lambda value, lang: label("kernel", value, lang),
    "voters": lambda value, lang: label("election", value, lang),
    "weights": lambda value, lang: label("weights", value, lang),
    "circles": lambda value, lang: label("circles", value, lang),
    "inference": lambda value, lang: label("inference", value, lang),
}


def areas_table(view: AnalysisView, classes: pd.Series, lang: str) -> pd.DataFrame:
    """Return every area with its counts, sources, class and test, the most affairs first."""
    units = view.units.assign(shown=classes.reindex(view.units.index))
    units = units.sort_values("affairs", ascending=False, kind="stable")
    table = pd.DataFrame(
        {
            text("hotspot.table_unit", lang): units["name"],
            text("hotspot.table_code", lang): units.index,
            text("measure.affairs", lang): units["affairs"],
            text("measure.reports", lang): units["reports"],
            text("analysis.col_sources", lang): units["sources"],
        }
    )
    if view.query.method not in {"eb", "density"} and not view.reason:
        table[text("analysis.col_class", lang)] = [
            label("class", key or "none", lang) for key in units["shown"].fillna("")
        ]
    if "quality" in units.columns:
        quality = [label("voters_quality", value, lang) for value in units["quality"]]
        table[text("hotspot.table_quality", lang)] = quality
    for column in ("z", "p", "p_adjusted", "rate", "eb_global", "eb_local"):
        if column in units.columns:
            table[label("column", column, lang)] = units[column].round(4)
    return table.reset_index(drop=True)


def clusters_table(view: AnalysisView, lang: str) -> pd.DataFrame:
    """Return the clusters of a scan: where, when, observed, expected, relative risk, p."""
    rows = view.clusters
    unit = rows["radius_unit"] if "radius_unit" in rows.columns else "km"
    names = view.units["name"]
    return pd.DataFrame(
        {
            text("analysis.col_cluster", lang): rows.index,
            text("analysis.col_centre", lang): rows["centre"].map(names),
            text("analysis.col_areas", lang): rows["n_units"],
            text("analysis.col_radius", lang): [
                f"{number(r, lang, 1)} {u}"
                for r, u in zip(rows["radius"], pd.Series(unit, index=rows.index), strict=True)
            ],
            text("analysis.col_from", lang): [day(v, lang, "short") for v in rows["period_start"]],
            text("analysis.col_to", lang): [day(v, lang, "short") for v in rows["period_end"]],
            text("analysis.col_observed", lang): rows["observed"],
            text("analysis.col_expected", lang): rows["expected"].round(2),
            text("analysis.col_rr", lang): rows["relative_risk"].round(2),
            text("analysis.col_llr", lang): rows["llr"].round(3),
            label("column", "p", lang): rows["p"].round(4),
        }
    ).reset_index(drop=True)


def facts_table(view: AnalysisView, lang: str) -> pd.DataFrame:
    """Return everything that is needed to repeat the figure."""
    query = view.query
    facts: dict[str, object] = {
        "method": label("method", query.method, lang),
        "level": label("level", query.level, lang),
        "family": label("family", query.family, lang),
        "place": label("place", query.selection.place, lang),
        "start": view.start.date(),
        "end": view.end.date(),
        "n_affairs": view.n_affairs,
        "n_units": view.n_units,
        "areas": len(view.units),
        "placed": f"{view.placed} / {len(view.reports)}",
        "gate": f"{query.gate.min_affairs} / {query.gate.min_units}",
        "by_confidence": query.by_confidence,
        **view.facts,
    }
    return pd.DataFrame(
        {
            text("analysis.fact", lang): [label("fact", key, lang) for key in facts],
            text("analysis.value", lang): [
                _LABELS[k](v, lang) if k in _LABELS else _shown(v, lang) for k, v in facts.items()
            ],
        }
    )


def _shown(value: object, lang: str) -> str:
    if isinstance(value, bool):
        return text("analysis.yes" if value else "analysis.no", lang)
    if isinstance(value, date):
        return day(value, lang)
    if isinstance(value, int | float):
        return number(value, lang, 2 if isinstance(value, float) else 0)
    return str(value)


@lru_cache(maxsize=2)
def answers_table(lang: str) -> pd.DataFrame:
    """Return published results beside what the product computes now."""
    scan = known_answers_scan().reset_index()
    rows = pd.concat([known_answers(), scan], ignore_index=True)
    return pd.DataFrame(
        {
            text("analysis.answer", lang): rows["name"],
            text("analysis.expected", lang): rows["expected"],
            text("analysis.computed", lang): rows["computed"],
            text("analysis.error", lang): rows["error"].map("{:.1e}".format),
        }
    )
