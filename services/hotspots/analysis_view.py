"""Statistics as map layers, legends, words, tables, and the file of ``cli.py hotspots``."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd

from analytics.hotspots.local_stats import known_answers
from analytics.hotspots.recurrence import RecurrenceParams, signal_of
from analytics.hotspots.scan import known_answers_scan
from analytics.reports.selection import Selection
from data.export import export_frame
from data.store.engine import Store
from geo.maps.land import Painted
from geo.maps.layers import escape, polygons
from services.dataset import LEVELS, load_dataset
from services.hotspots.analysis import AnalysisQuery, AnalysisView, analyse
from services.hotspots.counts import COUNT_BREAKS
from services.hotspots.map import class_words
from services.hotspots.scan import SCANS
from services.maps import CLASS, SEQUENCE
from services.texts import day, label, number, text

_DENSITY_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Lower bounds of the density classes, as shares of the highest density on the map."""

CLASSES = {
    "gistar": ("panas_99", "panas_95", "panas_90", "dingin_90", "dingin_95", "dingin_99", ""),
    "moran": ("HH", "HL", "LH", "LL", ""),
    **dict.fromkeys(SCANS, ("klaster", "lemah", "")),
}


def analysis_layers(
    view: AnalysisView, classes: pd.Series, lang: str, selected: str | None = None
) -> list[folium.GeoJson | Painted]:
    """Return the layers of a view.

    Parameters
    ----------
    classes
        Class per area to colour by: those of the view, or of an earlier period.
    selected
        Code of the area drawn with a strong outline.
    """
    if view.cells is not None:
        return [_density(view.cells, lang)]
    shapes = view.areas.shapes
    rows = view.units.reindex(shapes["code"]).reset_index(drop=True).set_index(shapes.index)
    shown = classes.reindex(shapes["code"]).set_axis(shapes.index)
    fill = _fill(view, rows, shown)
    tips = [
        _tooltip(view, row, name, lang)
        for (_, row), name in zip(rows.iterrows(), shown, strict=True)
    ]
    level = view.query.level
    if level not in LEVELS:
        return [polygons(shapes, fill, pd.Series(tips, index=shapes.index), selected)]
    painted = Painted(
        level=level,
        fills=dict(zip(shapes["code"], fill, strict=True)),
        tips=dict(zip(shapes["code"], tips, strict=True)),
        selected=selected,
    )
    return [painted]


def _fill(view: AnalysisView, rows: pd.DataFrame, shown: pd.Series) -> pd.Series:
    if view.reason:
        return rows["affairs"].map(_count_colour)
    return shown.map(lambda key: CLASS.get(key, CLASS[""]))


def _count_colour(affairs: float) -> str:
    position = sum(affairs >= low for low in COUNT_BREAKS) - 1
    return SEQUENCE[position] if position >= 0 else CLASS[""]


def _density(cells: gpd.GeoDataFrame, lang: str) -> folium.GeoJson:
    share = cells["density_per_km2"] / cells["density_per_km2"].max()
    position = share.map(lambda value: sum(value >= low for low in _DENSITY_SHARES) - 1)
    drawn = cells[share > 0.02].dissolve(position[share > 0.02]).reset_index(names="class")
    drawn = gpd.GeoDataFrame(
        {"code": drawn["class"].astype("str")}, geometry=drawn.geometry, crs=cells.crs
    )
    tips = [
        text(
            "analysis.density_tip",
            lang,
            low=number(100 * _DENSITY_SHARES[int(code)], lang),
            peak=number(cells["density_per_km2"].max() * 100, lang, 2),
        )
        for code in drawn["code"]
    ]
    return polygons(
        drawn,
        drawn["code"].map(lambda code: SEQUENCE[int(code)]),
        pd.Series(tips, index=drawn.index),
    )


def _tooltip(view: AnalysisView, row: pd.Series, name: str, lang: str) -> str:
    lines = [
        f"<b>{escape(row['name'])}</b>",
        text(
            "analysis.tip_counts",
            lang,
            affairs=number(row["affairs"], lang),
            reports=number(row["reports"], lang),
            sources=number(row["sources"], lang),
        ),
    ]
    if view.reason == "":
        lines.append(escape(label("class", name or "none", lang)))
        if "z" in row.index and pd.notna(row["z"]):
            lines.append(
                text(
                    "analysis.tip_test",
                    lang,
                    z=number(row["z"], lang, 2),
                    p=number(row["p_adjusted"], lang, 4),
                )
            )
        elif pd.notna(row.get("p")):
            lines.append(text("analysis.tip_p", lang, p=number(row["p"], lang, 3)))
    return "<br>".join(lines)


def analysis_legend(
    view: AnalysisView, classes: pd.Series, lang: str
) -> list[tuple[str | None, str, int | None]]:
    """Return colour, words and number of areas of each class; no number for parts of the land.

    ``classes`` holds the class by area code.
    """
    method = view.query.method
    if view.reason:
        found = view.units["affairs"].map(_count_colour)
        none = (CLASS[""], text("analysis.no_affair", lang), int(found.eq(CLASS[""]).sum()))
        words = [class_words("affairs", n, lang) for n in range(len(SEQUENCE))]
        return [
            *((c, w, int(found.eq(c).sum())) for c, w in zip(SEQUENCE, words, strict=True)),
            none,
        ]
    if method == "density":
        return [
            (colour, text("analysis.share", lang, low=number(100 * low, lang)), None)
            for colour, low in zip(SEQUENCE, _DENSITY_SHARES, strict=True)
        ]
    counts = classes.fillna("").value_counts()
    return [
        (CLASS[key], label("class", key or "none", lang), int(counts.get(key, 0)))
        for key in CLASSES[method]
    ]


def meaning(view: AnalysisView, classes: pd.Series, lang: str) -> str:
    """Return what a result means, in one plain sentence; ``classes`` by area code."""
    query, counts = view.query, classes.value_counts()
    family = label("family", query.family, lang).lower()
    kind = label("kind", query.kind, lang).lower()
    if view.reason:
        return label(
            "why_not",
            view.reason,
            lang,
            family=family,
            kind=kind,
            method=label("method", query.method, lang),
            affairs=number(view.n_affairs, lang),
            units=number(view.n_units, lang),
            min_affairs=query.gate.min_affairs,
            min_units=query.gate.min_units,
        )
    values: dict[str, object] = {"family": f"{family} ({kind})", "end": day(view.end, lang)}
    if query.method in SCANS:
        key, found = _scanned(view, lang)
        return label("meaning", key, lang, **values, **found) + _left_out(view, lang)
    # What exceeds chance is what the method flags: 95 percent or more.
    hot = int(sum(counts.get(key, 0) for key in ("panas_99", "panas_95", "HH", "HL")))
    values |= {"n": number(hot, lang), "km": number(query.bandwidth_km, lang)}
    key = query.method
    if key in {"gistar", "moran"}:
        key = f"{key}_{query.tested}" + ("" if hot else "_none")
    return label("meaning", key, lang, **values)


def _scanned(view: AnalysisView, lang: str) -> tuple[str, dict[str, object]]:
    """Return the key of the sentence on a scan and what it says of the clusters."""
    method = view.query.method
    found: dict[str, object] = {"n": "0"}
    if view.clusters.empty:
        return f"{method}_none", found
    best = view.clusters.iloc[0]
    found |= {
        "place": _place_words(view, best, lang),
        "observed": number(best["observed"], lang),
        "expected": number(best["expected"], lang, 1),
        "p": number(best["p"], lang, 3),
        "from": day(best["period_start"], lang),
        "to": day(best["period_end"], lang),
    }
    if method == "scan_prospective":
        months = float(best["recurrence_months"])
        signal = signal_of(months, RecurrenceParams())
        found["months"] = number(months, lang, 0 if months >= 10 else 1)
        return f"{method}_{signal or 'silent'}", found
    sure = view.clusters[view.clusters["p"] <= 0.05]
    found["n"] = number(len(sure), lang)
    return (method if len(sure) else f"{method}_best"), found


def _place_words(view: AnalysisView, cluster: pd.Series, lang: str) -> str:
    """Return the centre of a cluster, and how many areas belong to it besides."""
    name = str(view.units["name"][cluster["centre"]])
    others = int(cluster["n_units"]) - 1
    return text("scan.with_others", lang, name=name, n=others) if others else name


def _left_out(view: AnalysisView, lang: str) -> str:
    """Say how many affairs lie in no step of time, where some do."""
    facts = view.facts
    if facts.get("in_steps", view.n_affairs) == view.n_affairs:
        return ""
    return " " + text(
        "analysis.in_steps",
        lang,
        n=number(facts["in_steps"], lang),
        total=number(view.n_affairs, lang),
        start=day(facts["steps_start"], lang),
        end=day(facts["steps_end"], lang),
    )


_LABELS = {
    "bandwidth_rule": lambda value, lang: label("bandwidth_rule", value, lang),
    "kernel": lambda value, lang: label("kernel", value, lang),
    "voters": lambda value, lang: label("election", value, lang),
    "weights": lambda value, lang: label("weights", value, lang),
    "circles": lambda value, lang: label("circles", value, lang),
    "inference": lambda value, lang: label("inference", value, lang),
    "model": lambda value, lang: label("scan_model", value, lang),
    "tested": lambda value, lang: label("tested", value, lang),
}


def areas_table(view: AnalysisView, classes: pd.Series, lang: str) -> pd.DataFrame:
    """Return every area with its counts, sources, class and test, the most affairs first.

    ``classes`` holds the class by area code.
    """
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
    if view.query.method != "density" and not view.reason:
        table[text("analysis.col_class", lang)] = [
            label("class", key or "none", lang) for key in units["shown"].fillna("")
        ]
    for column in ("z", "p", "p_adjusted"):
        if column in units.columns:
            table[label("column", column, lang)] = units[column].round(4)
    return table.reset_index(drop=True)


def clusters_table(view: AnalysisView, lang: str) -> pd.DataFrame:
    """Return the clusters of a scan: where, when, observed, expected, relative risk, p."""
    rows = view.clusters
    risks = zip(rows["relative_risk"], rows["rr_low"], rows["rr_high"], strict=True)
    unit = rows["radius_unit"] if "radius_unit" in rows.columns else "km"
    names = view.units["name"]
    return pd.DataFrame(
        {
            text("analysis.col_cluster", lang): rows.index,
            text("analysis.col_centre", lang): rows["centre"].map(names),
            text("analysis.col_from", lang): [day(v, lang, "short") for v in rows["period_start"]],
            text("analysis.col_to", lang): [day(v, lang, "short") for v in rows["period_end"]],
            label("column", "p", lang): rows["p"].round(4),
            text("analysis.col_observed", lang): rows["observed"],
            text("analysis.col_expected", lang): rows["expected"].round(2),
            text("analysis.col_rr", lang): [risk_words(*three, lang) for three in risks],
            text("analysis.col_areas", lang): rows["n_units"],
            text("analysis.col_radius", lang): [
                f"{number(r, lang, 1)} {u}"
                for r, u in zip(rows["radius"], pd.Series(unit, index=rows.index), strict=True)
            ],
            text("analysis.col_llr", lang): rows["llr"].round(3),
            **_recurrence(rows, lang),
        }
    ).reset_index(drop=True)


def _recurrence(rows: pd.DataFrame, lang: str) -> dict[str, list[str]]:
    if "recurrence_months" not in rows.columns:
        return {}
    months = [number(value, lang, 1) for value in rows["recurrence_months"]]
    return {text("scan.col_recurrence", lang): months}


def risk_words(risk: float, low: float, high: float, lang: str) -> str:
    """Return a relative risk and its interval: ``4,2 (1,1–∞)``."""
    words = [number(v, lang, 1) if v < float("inf") else "∞" for v in (risk, low, high)]
    return f"{words[0]} ({words[1]}–{words[2]})"


def facts_table(view: AnalysisView, lang: str) -> pd.DataFrame:
    """Return everything that is needed to repeat the figure."""
    query = view.query
    facts: dict[str, object] = {
        "method": label("method", query.method, lang),
        "level": label("level", query.level, lang),
        "family": label("family", query.family, lang),
        "kind": label("kind", query.kind, lang),
        "counted": label("counted", query.counted, lang),
        "place": label("place", query.selection.place, lang),
        "start": view.start.date(),
        "end": view.end.date(),
        "n_affairs": view.n_affairs,
        "n_units": view.n_units,
        "areas": len(view.units),
        "placed": f"{view.placed} / {len(view.reports)}",
        "by_confidence": query.by_confidence,
        **view.facts,
    }
    if query.method in {"gistar", "moran"}:
        facts["gate"] = f"{query.gate.min_affairs} / {query.gate.min_units}"
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


@cache
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


def hotspots_view(
    store: Store,
    method: str,
    level: str,
    date_from: date | None,
    date_to: date,
    family: str = "konflik",
    kind: str = "kejadian",
    **parameters: object,
) -> AnalysisView:
    """Return a statistic over a window, with everything known at its end.

    Parameters
    ----------
    store
        The store.
    method, level, family, kind, **parameters
        As for `services.hotspots.analysis.AnalysisQuery`.
    date_from, date_to
        First and last day; without a first day, everything known.

    Raises
    ------
    ParameterError
        For dates reversed, no report in the window, or a parameter out of range.
    """
    chosen = Selection(
        as_of=date_to, date_from=date_from, date_to=date_to, families=(family,), kinds=(kind,)
    )
    query = AnalysisQuery(chosen, method, level, **parameters)  # type: ignore[arg-type]
    return analyse(load_dataset(store), query)


def write_view(view: AnalysisView, path: Path) -> int:
    """Write the areas of a view (the cells of a density) to a file; return the number of rows.

    Each row repeats method, window, affairs, seed and, where nothing was inferred, the reason.
    """
    if view.cells is not None:
        frame = view.cells[["density_per_km2", "bandwidth_km", "geometry"]]
    else:
        frame = view.areas.drawn(view.units)
    query = view.query
    frame = frame.assign(
        method=query.method,
        family=query.family,
        kind=query.kind,
        counted=query.counted,
        date_from=view.start,
        date_to=view.end,
        n_affairs=view.n_affairs,
        seed=query.seed,
        reason=view.reason,
    )
    export_frame(frame, path, f"hotspots_{query.method}")
    return len(frame)
