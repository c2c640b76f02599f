"""How much of the indicators is known where, counts published, and what shares would mean.

Copying the police's published shares is a what-if that nothing else uses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pandas as pd

from analytics.reports.dates import day as day_of
from analytics.risk.coverage import (
    CoverageParams,
    area_coverage,
    missing_by_area,
    shares_what_if,
    tps_coverage,
    value_matrix,
)
from data.store.rules_risk import KELAS
from geo.maps.land import Painted
from geo.maps.layers import escape
from services.dataset import Dataset
from services.memo import memo
from services.risk.index import RiskView
from services.texts import day, label, number, text
from services.wording import link

LEVELS = ("kecamatan", "kabupaten")
BREAKS = (0.25, 0.5, 0.75)
COLOURS = ("#f3dd58", "#a69d75", "#666970", "#233e6c")
"""Cividis, light for little known; an area of which nothing is known has no fill."""
_MOST_MISSING = 3


@dataclass(frozen=True, eq=False)
class Coverage:
    """What is known of an election's TPS on a day.

    Attributes
    ----------
    view
        What it is about.
    level
        ``kecamatan`` or ``kabupaten``.
    tps
        Of `analytics.risk.coverage.tps_coverage`.
    areas
        Of `area_coverage`, with ``name``, ``simulated`` (whether simulated values are in it), the
        least known first.
    missing
        Of `missing_by_area`.
    """

    view: RiskView = field(repr=False)
    level: str
    tps: pd.DataFrame = field(repr=False)
    areas: pd.DataFrame = field(repr=False)
    missing: pd.DataFrame = field(repr=False)


@memo(12)
def coverage_of(view: RiskView, level: str, area: str | None = None) -> Coverage:
    """Return how much is known of each area of a view; nothing where it has no TPS.

    Parameters
    ----------
    level
        ``kecamatan`` or ``kabupaten``.
    area
        Code of a unit whose TPS alone count; None for all.
    """
    tables, params = view.tables, view.params
    names = tables.indicators["indicator_id"].tolist()
    mine = view.tps if area is None else view.tps[_inside(view.tps["desa_code"], area)]
    tps = mine.reset_index()[["tps_id", "desa_code"]]
    matrix = value_matrix(tps, tables.values, names)
    desa = mine["desa_code"]
    found = tps_coverage(matrix, desa, CoverageParams(params.security.min_indicators))
    areas = area_coverage(found, level)
    place_names = view.data.place_names
    areas = areas.assign(
        name=[place_names.get(code, code) for code in areas.index],
        simulated=_simulated(view, level, areas.index),
    )
    areas = areas.sort_values(["share", "name"], kind="stable")
    return Coverage(view, level, found, areas, missing_by_area(matrix, desa, level))


def _inside(desa: pd.Series, area: str) -> pd.Series:
    return desa.eq(area) | desa.str.startswith(f"{area}.")


def _simulated(view: RiskView, level: str, codes: pd.Index) -> list[bool]:
    column = view.tps.groupby(f"{level}_code")["simulasi"].any()
    return [bool(column.get(code, False)) for code in codes]


def finding(found: Coverage, lang: str) -> str:
    """Return the one sentence of how much is known."""
    tps, enough = len(found.tps), int(found.tps["enough"].sum())
    return text(
        "coverage.finding",
        lang,
        enough=number(enough, lang),
        n=number(tps, lang),
        share=number(100 * float(found.tps["share"].mean()), lang, 1),
        listed=found.view.tables.stated_count,
    )


def border_words(found: Coverage, lang: str) -> str:
    """Return the sentence that states the border below which data do not suffice."""
    least = found.view.params.security.min_indicators
    return text("coverage.border", lang, share=number(100 * least, lang))


def coverage_class(share: float, silent: bool) -> int | None:
    """Return the class of an area's coverage, 0 to 3; None where nothing is known."""
    if silent:
        return None
    return sum(share >= border for border in BREAKS)


def coverage_layer(found: Coverage, data: Dataset, lang: str, opened: str | None) -> Painted:
    """Return the areas coloured by how much is known of them."""
    rows = found.areas[found.areas.index.isin(data.with_polygon)]
    fills: dict[str, str | None] = {}
    for code, share, silent, tps in zip(
        rows.index, rows["share"], rows["silent"], rows["tps"], strict=True
    ):
        known = coverage_class(share, silent == tps)
        fills[code] = None if known is None else COLOURS[known]
    tips = {str(code): _tip(found, code, row, lang) for code, row in rows.iterrows()}
    return Painted(found.level, fills, tips, selected=opened)


def _tip(found: Coverage, code: object, row: pd.Series, lang: str) -> str:
    lines = [
        f"<b>{escape(str(row['name']))}</b>",
        text(
            "coverage.tip",
            lang,
            share=number(100 * row["share"], lang, 1),
            tps=number(row["tps"], lang),
            enough=number(row["enough"], lang),
        ),
    ]
    if row["simulated"]:
        lines.append(f"<b>{escape(text('risk.simulation', lang))}</b>")
    del code, found
    return "<br>".join(lines)


def legend(found: Coverage, lang: str) -> list[tuple[str | None, str, int | None]]:
    """Return the legend: colour, words, how many areas."""
    silent = found.areas["silent"].eq(found.areas["tps"])
    classes = [
        coverage_class(share, bool(none))
        for share, none in zip(found.areas["share"], silent, strict=True)
    ]
    bounds = (0.0, *BREAKS, 1.0)
    rows: list[tuple[str | None, str, int | None]] = [
        (None, text("coverage.nothing", lang), classes.count(None))
    ]
    for n, colour in enumerate(COLOURS):
        words = text(
            "coverage.between",
            lang,
            low=number(100 * bounds[n], lang),
            high=number(100 * bounds[n + 1], lang),
        )
        rows.append((colour, words, classes.count(n)))
    return rows


def coverage_table(found: Coverage, lang: str) -> pd.DataFrame:
    """Return the areas, the least known first, with what is missing most."""
    names = found.view.tables.indicators.set_index("indicator_id")["name"]
    rows = found.areas
    missing = found.missing.loc[rows.index]
    most = [_most_missing(row, names) for _, row in missing.iterrows()]
    columns = {
        label("level", found.level, lang): rows["name"].to_numpy(),
        text("coverage.column_share", lang): [number(100 * s, lang, 1) for s in rows["share"]],
        text("coverage.column_enough", lang): rows["enough"].to_numpy(),
        text("coverage.column_tps", lang): rows["tps"].to_numpy(),
        text("coverage.column_silent", lang): rows["silent"].to_numpy(),
        text("coverage.column_missing", lang): most,
    }
    table = pd.DataFrame(columns)
    if rows["simulated"].any():
        mark = text("coverage.simulated", lang)
        table[text("coverage.column_simulated", lang)] = [
            mark if s else "" for s in rows["simulated"]
        ]
    return table


def _most_missing(row: pd.Series, names: pd.Series) -> str:
    """Return the names of the indicators that are not known of most TPS."""
    first = row[row.gt(0)].sort_values(ascending=False, kind="stable").head(_MOST_MISSING)
    return "; ".join(names.loc[first.index])


def missing_table(found: Coverage, code: str, lang: str) -> pd.DataFrame:
    """Return of how many TPS of an area each indicator is not known, the most missing first."""
    rows = found.view.tables.indicators.set_index("indicator_id")
    counts = found.missing.T[code].sort_values(ascending=False, kind="stable")
    return pd.DataFrame(
        {
            text("coverage.column_number", lang): rows.loc[counts.index, "number"].to_numpy(),
            text("coverage.column_indicator", lang): rows.loc[counts.index, "name"].to_numpy(),
            text("coverage.column_unknown", lang): counts.to_numpy(),
            text("coverage.column_tps", lang): int(found.areas["tps"][code]),
        }
    )


def counts_table(view: RiskView, lang: str) -> pd.DataFrame:
    """Return published numbers of TPS by subject, at their level, the finest first."""
    rows = view.tables.indicator_counts
    order = rows.assign(depth=rows["unit_code"].str.len()).sort_values(
        ["depth", "unit_code", "date"], ascending=[False, True, True], kind="stable"
    )
    names = view.data.place_names
    return pd.DataFrame(
        {
            text("coverage.column_area", lang): [
                names.get(c, text("coverage.country", lang)) for c in order["unit_code"]
            ],
            text("coverage.column_what", lang): order["label"].to_numpy(),
            text("coverage.column_count", lang): [number(n, lang) for n in order["count"]],
            text("coverage.column_of", lang): [number(n, lang) for n in order["tps_total"]],
            text("coverage.column_date", lang): [day(d, lang, "short") for d in order["date"]],
            text("coverage.column_who", lang): [
                label("authority", a, lang) for a in order["authority"]
            ],
            text("coverage.column_note", lang): order["note"].fillna("").to_numpy(),
            text("coverage.column_source", lang): order["url"].to_numpy(),
        }
    )


def totals_items(view: RiskView, lang: str) -> list[str]:
    """Return what areas' classes add up to beside all their TPS, as HTML with the page."""
    rows = view.tables.class_totals
    out = []
    for (unit, _), some in rows.groupby(["unit_code", "source_id"], sort=False):
        total = some["tps_total"].max()
        if pd.isna(total):
            continue
        key = "coverage.adds_up" if some["count"].sum() == total else "coverage.adds_not_up"
        words = text(
            key,
            lang,
            area=view.data.place_names.get(str(unit), str(unit)),
            classed=number(some["count"].sum(), lang),
            tps=number(total, lang),
            day=day(some["date"].iloc[0], lang),
        )
        url = str(some["url"].iloc[0])
        out.append(f"{escape(words)} {link(url, urlsplit(url).hostname or url)}")
    return out


def register_words(view: RiskView, lang: str) -> str | None:
    """Return how many TPS the police register names, by class; None without TPS."""
    if view.tps.empty:
        return None
    classes = view.tables.classes["kelas"].value_counts()
    named = ", ".join(
        f"{label('kelas', k, lang)} {number(classes[k], lang)}" for k in KELAS if k in classes
    )
    key = "coverage.register" if named else "coverage.register_empty"
    gaps = {"named": number(int(classes.sum()), lang), "classes": named} if named else {}
    return text(key, lang, n=number(len(view.tps), lang), **gaps)


def versions_table(view: RiskView, lang: str) -> pd.DataFrame:
    """Return the lists of indicators of all cycles, with what each states and what is known."""
    rows = view.tables.versions
    country = text("coverage.country", lang)
    return pd.DataFrame(
        {
            text("coverage.column_election", lang): [
                label("election", e, lang) for e in rows["election"]
            ],
            text("coverage.column_area", lang): [
                view.data.place_names.get(c, country) for c in rows["area_code"]
            ],
            text("coverage.column_stated", lang): rows["stated_count"].to_numpy(),
            text("coverage.column_named", lang): rows["named_count"].to_numpy(),
            text("coverage.column_note", lang): rows["note"].fillna("").to_numpy(),
            text("coverage.column_source", lang): rows["url"].to_numpy(),
        }
    )


def indicators_table(view: RiskView, lang: str) -> pd.DataFrame:
    """Return the indicators of the list in use, with the ids that files may use."""
    rows = view.tables.indicators
    return pd.DataFrame(
        {
            text("coverage.column_number", lang): rows["number"],
            text("coverage.column_variable", lang): rows["variable"],
            text("coverage.column_indicator", lang): rows["name"],
            text("coverage.column_id", lang): rows["indicator_id"],
            text("coverage.column_source", lang): rows["url"],
        }
    )


RANKED_CLASSES = ("sangat_rawan", "rawan", "kurang_rawan")
"""From the gravest; "khusus" is a kind of place and ranks nothing."""


@dataclass(frozen=True, eq=False)
class SharesWhatIf:
    """Published shares applied to a ranking.

    Attributes
    ----------
    view
        The ranking.
    election, published
        Whose shares, and since when they are known.
    rows
        Of `analytics.risk.coverage.shares_what_if`.
    known
        TPS of which the index is known.
    url
        The page.
    """

    view: RiskView = field(repr=False)
    election: str
    published: pd.Timestamp
    rows: pd.DataFrame = field(repr=False)
    known: int
    url: str


def published_shares(view: RiskView) -> pd.DataFrame:
    """Return the newest totals of the province that name every class, as known on the day.

    They are rows of the table ``class_totals``; none where no totals name every class.
    """
    rows = view.data.read("class_totals")
    rows = rows[rows["level"].eq("provinsi") & rows["kelas"].isin(RANKED_CLASSES)]
    rows = rows[rows["date"].le(day_of(view.as_of))]
    whole = rows.groupby("election")["kelas"].transform("nunique").eq(len(RANKED_CLASSES))
    rows = rows[whole]
    return rows[rows["date"].eq(rows["date"].max())]


def what_if(view: RiskView) -> SharesWhatIf | None:
    """Return what the published shares would cut out of a ranking.

    None without TPS, or when no shares were published by the day of the view.
    """
    rows = published_shares(view)
    if rows.empty or view.tps.empty:
        return None
    published = rows.set_index("kelas")["count"]
    counts = {name: int(published[name]) for name in RANKED_CLASSES}
    values = view.tps["indeks_keamanan"]
    return SharesWhatIf(
        view,
        str(rows["election"].iloc[0]),
        rows["date"].iloc[0],
        shares_what_if(values, counts),
        int(values.notna().sum()),
        str(view.data.source_urls.get(rows["source_id"].iloc[0], "")),
    )


def shares_words(found: SharesWhatIf, lang: str) -> str:
    """Return whose shares they are and what they are applied to."""
    return text(
        "coverage.shares_of",
        lang,
        election=label("election", found.election, lang),
        day=day(found.published, lang),
        n=number(len(found.view.tps), lang),
        known=number(found.known, lang),
    )


def shares_table(found: SharesWhatIf, lang: str) -> pd.DataFrame:
    """Return the shares and where they would cut."""
    rows = found.rows
    return pd.DataFrame(
        {
            text("coverage.shares_class", lang): [label("kelas", k, lang) for k in rows.index],
            text("coverage.shares_published", lang): rows["published"].to_numpy(),
            text("coverage.shares_share", lang): [
                number(100 * share, lang, 2) for share in rows["share"]
            ],
            text("coverage.shares_tps", lang): rows["tps"].to_numpy(),
            text("coverage.shares_border", lang): [
                number(value, lang, 3) for value in rows["border"]
            ],
            text("coverage.shares_tied", lang): rows["tied"].to_numpy(),
        }
    )
