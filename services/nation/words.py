"""A view of the nation in words: its finding, what it leaves out, its table and its colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.hotspots.relative_risk import WORDS
from geo.maps.layers import LAND
from geo.maps.nation import NationLayers
from services.maps import CLASS, enumerate_ramp
from services.nation.views import MOST_TPS, MOST_UNITS, NationView
from services.texts import day, label, number, text

SIMULASI = "SIMULASI"
NEUTRAL = "#e4ddcb"
RISK_FILLS = {WORDS[0]: CLASS["HH"], WORDS[1]: NEUTRAL, WORDS[2]: CLASS["LH"]}
_CLASSES = 5
_LABELLED = 60
_NAMED_FIRST = 3
"""Reports that a place must have before a sentence names it: one or two are no finding."""


def scope_name(view: NationView, lang: str) -> str:
    """Return the name of what is open."""
    return str(view.path["name"].iloc[-1]) if len(view.path) else text("nasional.indonesia", lang)


def finding(view: NationView, lang: str) -> str:
    """Return the sentence at the head: how much there is, and where most."""
    query, units = view.query, view.units
    said = text(
        "nasional.finding",
        lang,
        simulasi=f"{SIMULASI} · " if view.state.simulasi else "",
        place=scope_name(view, lang),
        n=view.reports.whole,
        kind=label("kind", query.kind, lang).lower(),
        family=label("family", query.family, lang).lower(),
    )
    most = units["reports"].max() if len(units) else 0
    if len(units) < 2 or most < _NAMED_FIRST:
        return said
    top = units[units["reports"].eq(most)]
    if len(top) > 1:
        return said
    place = top["name"].iloc[0]
    return said + text("nasional.finding_top", lang, place=place, n=int(most))


def sub(view: NationView, lang: str) -> str:
    """Return the period, and for the nation how much could be placed, under the sentence."""
    first, last = (day(on, lang, "short") for on in (view.first, view.last))
    said = text("nasional.sub", lang, first=first, last=last)
    if view.query.scope:  # what lies in a unit has been placed
        return said
    whole = view.reports.whole
    placed = whole - view.reports.unplaced
    return said + text("nasional.sub_placed", lang, placed=placed, n=whole)


def units_words(view: NationView, n: int, lang: str, *, wanted: bool = False) -> str:
    """Return how many units of the level drawn, or of that wanted, with the word for them."""
    return label("nasional_units", view.wanted if wanted else view.level, lang, n=n)


def table_title(view: NationView, lang: str) -> str:
    """Return what the table lists."""
    units = units_words(view, len(view.units), lang)
    return text("nasional.table_title", lang, units=units, place=scope_name(view, lang))


def left_out(view: NationView, lang: str) -> list[str]:
    """Return what the map does not draw, how much of how much, and why: reports, units, TPS."""
    reports, lines = view.reports, []
    level = label("level", view.level, lang).lower()
    lines.append(
        text("nasional.drawn", lang, drawn=reports.drawn, n=reports.whole, level=level)
        + (text("nasional.elsewhere", lang, n=reports.elsewhere, level=level)
           if reports.elsewhere else "")
        + (text("nasional.unplaced", lang, n=reports.unplaced) if reports.unplaced else "")
    )  # fmt: skip
    wanted = label("level", view.wanted, lang).lower()
    if view.level != view.wanted:
        lines.append(
            text("nasional.too_many", lang, wanted=wanted, most=MOST_UNITS, n=view.of, level=level)
        )
    elif len(view.units) < view.of:
        units, seen = units_words(view, view.of, lang, wanted=True), len(view.units)
        lines.append(text("nasional.seen", lang, seen=seen, units=units))
    if view.tps is not None and view.dots is not None:
        key = "tps_cells" if (view.dots["key"] == "").any() else "tps_dots"
        lines.append(
            text(f"nasional.{key}", lang, drawn=view.tps.drawn, n=view.tps.whole, most=MOST_TPS)
        )
    return lines


def notes(view: NationView, lang: str) -> list[str]:
    """Return what the figures rest on."""
    told = [left_out(view, lang)[0], text("nasional.counts_note", lang)]
    if view.has_risks:
        told.append(text("nasional.risk_note", lang, whole=_whole(view, lang)))
    if view.state.simulasi:
        told.append(text("nasional.simulasi_note", lang))
    return told


def _whole(view: NationView, lang: str) -> str:
    if not view.query.scope:
        return text("nasional.indonesia", lang)
    return str(view.path["name"].iloc[0])


def rank_words(first: float, last: float, told_apart: bool, lang: str) -> str:
    """Return the ranks a unit may have: ``1``, ``2–5``; a dash where it has none.

    Parameters
    ----------
    first, last
        Ranks, 1 and above; NaN where there is no risk.
    told_apart
        Whether any other unit is certainly higher or lower.
    """
    if pd.isna(first) or not told_apart:
        return "–"
    return _range_words(int(first), int(last), lang)


def _told_apart(view: NationView) -> pd.Series:
    """Return which units drawn are certainly higher or lower than some other."""
    if not view.has_risks:
        return pd.Series(False, index=view.units.index)
    return view.units["told_apart"].fillna(False).astype(bool)


def ranking_words(view: NationView, lang: str) -> str:
    """Return whether any unit drawn has a rank; "" where no risks are published."""
    if not view.has_risks:
        return ""
    apart = _told_apart(view)
    if not apart.any():
        return text("nasional.ranking_none", lang)
    first = view.units[view.units["band"].eq(1)]
    if len(first) and len(first) <= 5 and len(first) < len(view.units):
        names = ", ".join(first["name"])
        return text("nasional.ranking_first", lang, names=names)
    return text("nasional.ranking_some", lang, n=int(apart.sum()), of=len(view.units))


def units_table(view: NationView, lang: str) -> pd.DataFrame:
    """Return the units drawn, most reports first, with words for the column names.

    What is drawn in no unit has rows of its own at the end, so that the table adds up to the whole.
    """
    units = view.units.sort_values(["reports", "name"], ascending=[False, True], kind="stable")
    table = pd.DataFrame(
        {
            text("nasional.col_unit", lang): units["name"],
            text("nasional.col_code", lang): units.index,
            text("nasional.col_reports", lang): units["reports"].astype("Int64"),
        }
    )
    if view.has_risks:
        table[text("nasional.col_word", lang)] = [
            "–" if pd.isna(word) else label("risk_word", word, lang) for word in units["word"]
        ]
        table[text("nasional.col_rank", lang)] = [
            rank_words(first, last, apart, lang)
            for _, first, last, apart in _columns(units, "rank_first", "rank_last", "told_apart")
        ]
        table[text("nasional.col_risk", lang)] = units["median"].astype("Float64").round(2)
        table[text("nasional.col_low", lang)] = units["low"].astype("Float64").round(2)
        table[text("nasional.col_high", lang)] = units["high"].astype("Float64").round(2)
    table[text("nasional.col_voters", lang)] = units["voters"].astype("Int64")
    table[text("nasional.col_tps", lang)] = units["tps"].astype("Int64")
    rest = [
        (text(f"nasional.row_{name}", lang), amount)
        for name, amount in (
            ("elsewhere", view.reports.elsewhere), ("unplaced", view.reports.unplaced),
        ) if amount
    ]  # fmt: skip
    if rest:
        names = list(table.columns)
        more = pd.DataFrame(
            [{names[0]: said, names[2]: amount} for said, amount in rest], columns=names
        ).astype(table.dtypes.to_dict())
        table = pd.concat([table, more], ignore_index=True)
    if view.state.simulasi:
        table.insert(0, SIMULASI, SIMULASI)
    return table.reset_index(drop=True)


def shown_columns(view: NationView, lang: str) -> dict[str, str]:
    """Return key and heading of the columns of `units_table` that the page shows.

    Ranks where there are some, in the place of the TPS; the others are in the download.
    """
    ranked = bool(_told_apart(view).any())
    keys = ["unit", "reports", *(["rank", "voters"] if ranked else ["voters", "tps"])]
    return {key: text(f"nasional.col_{key}", lang) for key in keys}


def legend_title(view: NationView, measure: str, lang: str) -> str:
    """Return what the colours say; ``measure`` is one of `services.nation.views.MEASURES`."""
    family, kind = (label(*pair, lang).lower() for pair in (
        ("family", view.query.family), ("kind", view.query.kind)))  # fmt: skip
    said = label("nasional_legend", measure, lang, family=family, kind=kind)
    return f"{SIMULASI} · {said}" if view.state.simulasi else said


def classes_of(reports: pd.Series) -> tuple[pd.Series, list[int]]:
    """Return the class of each unit with reports, and the greatest number in each class.

    Parameters
    ----------
    reports
        Of each unit by its code: whole numbers of 0 or more.

    Returns
    -------
    Series and list
        Class by code, 0 the lowest and -1 for no reports, on the index of ``reports``; upper ends
        of the classes, rising, at most five: cut so that about as many units are in each.
    """
    some = np.sort(reports[reports.gt(0)].to_numpy())
    if not len(some):
        return pd.Series(-1, index=reports.index), []
    cut = [some[max(0, int(np.ceil(len(some) * n / _CLASSES)) - 1)] for n in range(1, _CLASSES + 1)]
    ends = sorted({int(end) for end in cut})
    found = pd.Series(np.searchsorted(ends, reports.to_numpy()), index=reports.index)
    return found.where(reports.gt(0), -1), ends


def fills(view: NationView, measure: str) -> dict[str, str | None]:
    """Return the colour of each unit drawn; None where there is nothing to say.

    ``measure`` is one of `services.nation.views.MEASURES`.
    """
    units = view.units
    if measure == "risk":
        if not view.has_risks:
            return dict.fromkeys(map(str, units.index))
        return {str(code): RISK_FILLS.get(str(word)) for code, word in units["word"].items()}
    found, ends = classes_of(units["reports"])
    ramp = [colour for _, colour in enumerate_ramp(len(ends))]
    return {str(code): ramp[n] if n >= 0 else LAND for code, n in found.items()}


def legend_rows(
    view: NationView, measure: str, lang: str
) -> list[tuple[str | None, str, int | None]]:
    """Return the rows of the legend: colour, words, how many units.

    ``measure`` is one of `services.nation.views.MEASURES`.
    """
    if measure == "risk":
        if not view.has_risks:
            return [(None, text("nasional.no_risk", lang), len(view.units))]
        words = view.units["word"].value_counts()
        rows: list[tuple[str | None, str, int | None]] = [
            (RISK_FILLS[word], label("risk_word", word, lang), int(words.get(word, 0)))
            for word in WORDS
        ]
        missing = int(view.units["word"].isna().sum())
        return [*rows, (None, text("nasional.no_risk", lang), missing)] if missing else rows
    found, ends = classes_of(view.units["reports"])
    ramp = [colour for _, colour in enumerate_ramp(len(ends))]
    begins = [1, *(end + 1 for end in ends[:-1])][: len(ends)]
    rows = [
        (LAND, text("nasional.no_report", lang), int(found.eq(-1).sum())),
        *(
            (ramp[n], _range_words(begin, end, lang), int(found.eq(n).sum()))
            for n, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ),
    ]
    return [row for row in rows if row[2]]


def _range_words(begin: int, end: int, lang: str) -> str:
    return number(end, lang) if begin == end else f"{number(begin, lang)}–{number(end, lang)}"


def tips(view: NationView, lang: str) -> dict[str, Sequence[str]]:
    """Return the lines of the tooltip of each unit drawn, plain text."""
    units = view.units
    found: dict[str, Sequence[str]] = {
        str(code): [
            str(name),
            text("nasional.tip_reports", lang, n=reports),
            text("nasional.tip_tps", lang, tps=tps, voters=voters),
        ]
        for code, name, reports, tps, voters in _columns(units, "name", "reports", "tps", "voters")
    }
    if not view.has_risks:
        return found
    for code, word, *risk in _columns(units, "word", "median", "low", "high"):
        if pd.notna(word):
            median, low, high = (number(value, lang, 1) for value in risk)
            said = label("risk_word", word, lang)
            line = text("nasional.tip_risk", lang, word=said, risk=median, low=low, high=high)
            found[str(code)] = [*found[str(code)], line]
    return found


def _columns(units: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield code and columns of each unit: row by row pandas takes a hundred times as long."""
    return zip(units.index, *(units[name].tolist() for name in names), strict=True)


def layers_of(
    view: NationView,
    measure: str,
    lang: str,
    go: tuple[str, tuple[float, float, float, float]] | None,
) -> NationLayers:
    """Return what the map draws, and where it goes.

    ``measure`` is one of `services.nation.views.MEASURES`.
    """
    few = view.units if len(view.units) <= _LABELLED else view.units.head(0)
    few = few.sort_values("reports", ascending=False, kind="stable")
    labels = {
        str(code): (lat, lon, number(reports, lang))
        for code, lat, lon, reports in _columns(few, "lat", "lon", "reports")
    }
    forms = {name: text(f"nasional.tip_dot_{name}", lang).split("|") for name in ("one", "many")}
    dot = {name: [line.replace("[", "{").replace("]", "}") for line in lines]
           for name, lines in forms.items()}  # fmt: skip
    return NationLayers(
        units=view.unit_layer(),
        around=view.around_layer(),
        tps=view.tps_layer(),
        fills=fills(view, measure),
        tips=tips(view, lang),
        labels=labels,
        dot=dot,
        lang=lang,
        go=go,
    )


def crumbs(view: NationView, lang: str) -> list[tuple[str, str]]:
    """Return code and name of each unit from Indonesia ("") down to what is open."""
    rows = [(str(code), str(name)) for code, name in zip(view.path["code"], view.path["name"],
                                                         strict=True)]  # fmt: skip
    return [("", text("nasional.indonesia", lang)), *rows]
