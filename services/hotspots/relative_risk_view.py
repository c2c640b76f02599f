"""Relative risk as a map layer, a legend, words and tables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.maps.land import Dots, Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.hotspots.counts import report_points
from services.hotspots.headline import HEADLINE_AFFAIRS, with_gravest
from services.hotspots.map import points_layer
from services.hotspots.relative_risk import RelativeRiskView
from services.maps import CLASS, land_order
from services.texts import day, label, number, text

COLOURS = {
    "tinggi_kuat": CLASS["panas_99"],
    "tinggi": CLASS["panas_95"],
    "belum": CLASS[""],
    "rendah": CLASS["dingin_95"],
    "rendah_kuat": CLASS["dingin_99"],
}
SURE = 0.95
"""Probability from which a word has the stronger of its two colours."""
_NAMED = 2
"""Units that a headline names; it counts the others."""


def classes(view: RelativeRiskView) -> pd.Series:
    """Return the key of `COLOURS` of each row of ``view.units``, on their index."""
    units = view.units
    found = np.select(
        [
            units["word"].eq("lebih_tinggi") & units["p_above"].ge(SURE),
            units["word"].eq("lebih_tinggi"),
            units["word"].eq("lebih_rendah") & units["p_below"].ge(SURE),
            units["word"].eq("lebih_rendah"),
        ],
        ["tinggi_kuat", "tinggi", "rendah_kuat", "rendah"],
        default="belum",
    )
    return pd.Series(found, index=units.index)


def risk_layers(
    view: RelativeRiskView, data: Dataset, lang: str, selected: str | None = None
) -> list[Dots | Painted]:
    """Return the units coloured by word and certainty, and the places of reports as dots.

    ``selected`` has a strong outline. Reports known only to a coarser unit than a desa are no dot.
    """
    codes = land_order(data, view.query.level).codes
    rows = view.units.reindex(list(codes))
    fills = classes(view).map(COLOURS)
    layers: list[Dots | Painted] = [
        Painted(
            level=view.query.level,
            fills={code: fills.get(code) for code in codes},
            tips={str(code): _tooltip(row, view, lang) for code, row in rows.iterrows()},
            labels=_labels(view, lang),
            dashed=frozenset(rows.index[rows["quality"].eq("perkiraan")]),
            selected=selected,
        )
    ]
    dots = report_points(data, view.reports)
    return [*layers, points_layer(dots, view.reports, data, lang)] if len(dots) else layers


def _labels(view: RelativeRiskView, lang: str) -> dict[str, str]:
    """Return the risk of each unit that is told apart from what is expected."""
    told = view.units[classes(view).ne("belum")]
    return {str(code): f"{_figure(risk, lang)}×" for code, risk in told["median"].items()}


def n_dots(view: RelativeRiskView, data: Dataset) -> int:
    """Return how many dots `risk_layers` draws."""
    return len(report_points(data, view.reports))


def _tooltip(row: pd.Series, view: RelativeRiskView, lang: str) -> str:
    if pd.isna(row["name"]):
        return ""
    by = label("risk_by", view.query.by, lang)
    lines = [
        f"<b>{escape(row['name'])}</b>",
        _text("tip_affairs", lang, affairs=row["affairs"], expected=row["expected"], by=by),
        _text(
            "tip_risk",
            lang,
            median=row["median"],
            low=row["low"],
            high=row["high"],
            interval=100 * view.params.interval,
        ),
        _text(
            "tip_above",
            lang,
            threshold=view.params.threshold,
            p=number(100 * row["p_above"], lang),
            word=label("risk_word", row["word"], lang),
        ),
        _text("tip_voters", lang, quality=label("voters_quality", row["quality"], lang)),
    ]
    if pd.notna(row["severity_max"]):
        lines.append(_text("tip_severity", lang, n=row["severity_max"]))
    return "<br>".join(lines)


def _text(key: str, lang: str, **values: object) -> str:
    """Return a text with its numbers as readers write them: whole, or with as much as they bear."""
    shown = {
        name: _figure(value, lang) if isinstance(value, int | float | np.number) else value
        for name, value in values.items()
    }
    return text(f"relative_risk.{key}", lang, **shown)


def _figure(value: float | np.number, lang: str) -> str:
    plain = float(value)
    if abs(plain - round(plain)) < 1e-9:
        return number(round(plain), lang)
    return number(plain, lang, 2 if plain < 2 else 1)


def risk_legend(view: RelativeRiskView, lang: str) -> list[tuple[str, str, int]]:
    """Return the legend: colour, words, and how many units have it."""
    counts = classes(view).value_counts()
    return [
        (colour, label("risk_class", key, lang), int(counts.get(key, 0)))
        for key, colour in COLOURS.items()
    ]


def estimated_legend(view: RelativeRiskView, lang: str) -> list[tuple[None, str, int]]:
    """Return the row of the legend for units whose voters are estimated; none without any."""
    n = int(view.units["quality"].eq("perkiraan").sum())
    return [(None, text("relative_risk.estimated", lang), n)] if n else []


def finding(view: RelativeRiskView, data: Dataset, lang: str) -> str:
    """Return the headline: where there is more than expected, or that nothing can be told apart.

    It ranks by no fewer than `HEADLINE_AFFAIRS` affairs, and always names the gravest.
    """
    query = view.query
    level = label("level", query.level, lang).lower()
    words = {"family": label("family", query.family, lang), "level": level}
    if query.kind == "potensi":
        name = label("family", query.family, lang).lower()
        words["family"] = text("relative_risk.potensi_of", lang, family=name)
    if view.reports.empty:
        key = "none" if view.facts["watched"] else "unwatched"
    elif view.n_affairs == 0:
        key, words["n"] = "unplaced", number(len(view.reports), lang)
    elif (higher := view.with_word("lebih_tinggi")).empty:
        key = "alike"
    elif (named := higher[higher["affairs"].ge(HEADLINE_AFFAIRS)]).empty:
        key, words["n"] = "higher_few", number(len(higher), lang)
    else:
        key, words["list"] = "higher", _listed(named, len(higher), level, lang)
    found = text(f"relative_risk.{key}", lang, **words)
    return with_gravest(found, data, view.reports, lang)


def _listed(named: pd.DataFrame, n: int, level: str, lang: str) -> str:
    first = named.head(_NAMED)
    places = zip(first["name"], first["affairs"], first["expected"], strict=True)
    found = ", ".join(
        _text("one", lang, name=name, affairs=affairs, expected=expected)
        for name, affairs, expected in places
    )
    rest = n - len(first)
    return _text("more", lang, list=found, n=rest, level=level) if rest else found


def sub(view: RelativeRiskView, lang: str) -> str:
    """Return period, n, base and method in one line."""
    return _text(
        "sub",
        lang,
        start=day(view.start, lang, "short"),
        end=day(view.end, lang, "short"),
        affairs=view.n_affairs,
        kind=label("kind", view.query.kind, lang).lower(),
        placed=view.placed,
        reports=len(view.reports),
        by=label("risk_by", view.query.by, lang),
        interval=100 * view.params.interval,
    )


def meaning(view: RelativeRiskView, lang: str) -> str:
    """Return one sentence that says what the figures mean."""
    return _text(
        "meaning",
        lang,
        x=2,
        by=label("risk_by", view.query.by, lang),
        threshold=view.params.threshold,
        decided=100 * view.params.decided,
    )


def left_out(view: RelativeRiskView, lang: str) -> str:
    """Say how many reports fall outside the time of watching; empty where none does."""
    n, begin = view.facts["unwatched"], view.facts["watched_from"]
    end = day(view.facts["watched_until"], lang)
    return (
        text("scan.unwatched", lang, n=number(n, lang), start=day(begin, lang), end=end)
        if n
        else ""
    )


def press_words(view: RelativeRiskView, data: Dataset, lang: str) -> str:
    """Say how the press coverage was worked out; empty where it plays no part."""
    if "press" not in view.facts:
        return ""
    rows = view.facts["press"].itertuples()
    each = "; ".join(
        _text("press_list", lang, name=data.names[code], n=n, coverage=float(coverage))
        for code, n, coverage in rows
    )
    return f"{text('relative_risk.press', lang)} {each}"


def risk_table(view: RelativeRiskView, lang: str) -> pd.DataFrame:
    """Return every unit, the highest probability of a raised risk first, with words as columns."""
    units = view.units.sort_values(["p_above", "affairs"], ascending=False, kind="stable")
    span = [
        _text("interval", lang, low=number(low, lang, 2), high=number(high, lang, 2))
        for low, high in zip(units["low"], units["high"], strict=True)
    ]
    quality = [label("voters_quality", key, lang) for key in units["quality"]]
    return pd.DataFrame(
        {
            text("hotspot.table_unit", lang): units["name"],
            text("relative_risk.col_median", lang): units["median"].round(2),
            _text("col_interval", lang, n=100 * view.params.interval): span,
            text("relative_risk.col_word", lang): [
                label("risk_word", word, lang) for word in units["word"]
            ],
            text("measure.affairs", lang): units["affairs"],
            text("relative_risk.col_expected", lang): units["expected"].round(2),
            _text("col_above", lang, threshold=view.params.threshold): units["p_above"].round(2),
            text("relative_risk.col_severity", lang): units["severity_max"],
            text("relative_risk.col_voters", lang): quality,
            text("hotspot.table_code", lang): units.index,
        }
    ).reset_index(drop=True)


def settings_table(view: RelativeRiskView, lang: str) -> pd.DataFrame:
    """Return everything that is needed to repeat the figure."""
    query, params = view.query, view.params
    facts = {
        "method": label("method", "risk", lang),
        "level": label("level", query.level, lang),
        "family": label("family", query.family, lang),
        "kind": label("kind", query.kind, lang),
        "place": label("place", query.selection.place, lang),
        "by": label("risk_by", query.by, lang),
        "voters": label("election", query.election, lang),
        "start": day(view.start, lang),
        "end": day(view.end, lang),
        "n_affairs": number(view.n_affairs, lang),
        "placed": f"{number(view.placed, lang)} / {number(len(view.reports), lang)}",
        "threshold": _figure(params.threshold, lang),
        "interval": f"{_figure(100 * params.interval, lang)} %",
        "decided": f"{_figure(100 * params.decided, lang)} %",
        "own_spread": _figure(params.own_spread, lang),
        "parent_spread": _figure(params.parent_spread, lang),
        "level_spread": _figure(params.level_spread, lang),
        "zone_probability": f"{_figure(100 * params.zone_probability, lang)} %",
        "zone": f"{number(100 * view.facts['zone'], lang)} %",
    }
    return pd.DataFrame(
        {
            text("analysis.fact", lang): [label("fact", key, lang) for key in facts],
            text("analysis.value", lang): list(facts.values()),
        }
    )
