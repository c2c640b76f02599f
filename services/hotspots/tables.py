"""Views as tables: the text alternative of the map, and what is downloaded."""

from __future__ import annotations

import pandas as pd

from analytics.reports.review.sources import addresses
from data.export import table_bytes
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView
from services.texts import FAMILIES, day, label, number, text

__all__ = [
    "around_table",
    "compared_table",
    "decimals",
    "readable",
    "reports_table",
    "setting",
    "table_bytes",
    "units_table",
    "watch_rows",
]

_SWAP = str.maketrans(",.", ".,")
_SHOWN = {"day": 10, "month": 7, "year": 4}
"""Characters of an ISO date that are known, by its precision."""


def decimals(table: pd.DataFrame) -> dict[str, int]:
    """Return how many decimals each column of numbers in ``table``, any columns, needs: 0 to 3."""
    found = {}
    for name in table.columns:
        column = table[name]
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            continue
        values = column.dropna().astype("float64")
        enough = (n for n in range(3) if (values.round(n) - values).abs().lt(1e-9).all())
        found[str(name)] = next(enough, 3)
    return found


def readable(value: float, digits: int, lang: str) -> str:
    """Return a number as ``0,179`` or ``1.377``; a dash where there is none."""
    if pd.isna(value):
        return "–"
    words = f"{value:,.{digits}f}"
    return words.translate(_SWAP) if lang == "id" else words


def setting(value: object, lang: str) -> str:
    """Return the value of a parameter as it is written: ``0,35``; lists by semicolons."""
    if isinstance(value, (list, tuple)):
        return "; ".join(setting(v, lang) for v in value)
    if isinstance(value, float):
        return f"{value:.12g}".replace(".", "," if lang == "id" else ".")
    return str(value)


def units_table(view: HotspotView, query: HotspotQuery, lang: str) -> pd.DataFrame:
    """Return the figures of the map, largest first, with words for the column names.

    Reports known only to a coarser unit have rows of their own at the end, so that the table adds
    up to what was selected.
    """
    families = list(query.selection.families or ())
    units = view.units.sort_values("value", ascending=False, kind="stable")
    table = _columns(units, families, lang)
    if query.measure == "rate":
        quality = units["estimated"].map(
            {True: text("hotspot.estimated", lang), False: text("hotspot.published", lang)}
        )
        table[text("hotspot.table_rate", lang)] = units["value"].round(3)
        table[text("hotspot.table_quality", lang)] = quality.where(units["value"].notna())
    table[text("hotspot.table_state", lang)] = [label("state", s, lang) for s in units["state"]]
    # As text: a month stays a month, and the column still sorts by time.
    table[text("hotspot.table_last", lang)] = [
        None if pd.isna(last) else f"{last:%Y-%m-%d}"[: _SHOWN[precision]]
        for last, precision in zip(units["last_date"], units["last_precision"], strict=True)
    ]
    if len(view.coarser):
        rest = _columns(view.coarser, families, lang)
        rest[text("hotspot.table_state", lang)] = text("hotspot.table_coarser", lang)
        table = pd.concat([table, rest])
    return table.reset_index(drop=True)


def _columns(frame: pd.DataFrame, families: list[str], lang: str) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            text("hotspot.table_unit", lang): frame["name"],
            text("hotspot.table_code", lang): frame.index,
        },
        index=frame.index,
    )
    for family in families:
        name = label("family", family, lang)
        for measure in ("affairs", "reports"):
            title = text(f"hotspot.table_{measure}", lang, family=name)
            table[title] = frame[f"{measure}_{family}"]
    return table


def reports_table(rows: pd.DataFrame, data: Dataset, lang: str) -> pd.DataFrame:
    """Return ``rows`` of the table `reports`, with ``unit``, for a spreadsheet, in words."""
    place = {code: data.place_names.get(code, code) for code in rows["unit"].unique()}
    return pd.DataFrame(
        {
            "report_id": rows["report_id"],
            "perkara_id": rows["perkara_id"],
            text("kind.label", lang): [label("kind", k, lang) for k in rows["kind"]],
            text("report.date", lang): rows["date_event"].dt.date,
            text("report.date_precision", lang): [
                label("date_precision", p, lang) for p in rows["date_precision"]
            ],
            text("stage.label", lang): [label("stage", s, lang) for s in rows["stage"]],
            text("family.label", lang): [label("family", f, lang) for f in rows["family"]],
            text("category.label", lang): [label("category", c, lang) for c in rows["category"]],
            text("report.severity_title", lang): rows["severity"],
            text("hotspot.table_code", lang): rows["unit"],
            text("hotspot.table_unit", lang): rows["unit"].map(place),
            "TPS": rows["tps_number"],
            text("report.summary", lang): rows["summary"],
            text("verification.label", lang): [
                label("verification", v, lang) for v in rows["verification"]
            ],
            text("report.source_title", lang): addresses(
                rows, data.added_sources, data.source_urls
            ).where(rows["source_id"].notna(), rows["source_text"]),
        }
    )


def compared_table(
    before: HotspotView, after: HotspotView, query: HotspotQuery, lang: str
) -> pd.DataFrame:
    """Return the units whose figure differs between two days, the largest change first."""
    table = pd.DataFrame({"before": before.units["value"], "after": after.units["value"]})
    table["change"] = table["after"] - table["before"]
    table = table[table["change"].ne(0) & table["change"].notna()]
    table = table.reindex(table["change"].abs().sort_values(ascending=False, kind="stable").index)
    digits = 3 if query.measure == "rate" else 0
    return pd.DataFrame(
        {
            text("hotspot.table_unit", lang): after.units["name"].reindex(table.index),
            text("hotspot.table_code", lang): table.index,
            text("compare.col_before", lang): table["before"].round(digits),
            text("compare.col_after", lang): table["after"].round(digits),
            text("compare.col_change", lang): table["change"].round(digits),
        }
    ).reset_index(drop=True)


def watch_rows(watch: pd.DataFrame, lang: str) -> list[list[str]]:
    """Return the watched stages as rows of words: stage, concern, dates, phase, what was found.

    ``watch`` is what `analytics.reports.timeline.watch_table` returns.
    """
    rows = []
    for _, row in watch.iterrows():
        start, end = row["date_start"], row["date_end"]
        if row["phase"] == "tidak_berlaku":
            dates = "–"
        elif pd.notna(start):
            both = dict.fromkeys(day(when, lang, "short") for when in (start, end))
            dates = " – ".join(both)
        else:
            dates = text("linimasa.undated", lang)
        found = [
            text(
                "linimasa.found_family",
                lang,
                n=number(row[f"affairs_{family}"], lang),
                family=label("family", family, lang).lower(),
            )
            for family in FAMILIES
            if row[f"affairs_{family}"] > 0
        ]
        rows.append(
            [
                label("stage", row["stage"], lang),
                label("concern", row["stage"], lang),
                dates,
                label("phase", row["phase"], lang),
                ", ".join(found) or label("state", row["state"], lang),
            ]
        )
    return rows


def around_table(around: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return affairs per family before, on and after voting day, one row per family.

    ``around`` is what `analytics.reports.timeline.around_vote` returns.
    """
    columns = {
        "sebelum": "linimasa.before",
        "hari_h": "linimasa.on_day",
        "sesudah": "linimasa.after",
        "tidak_tentu": "linimasa.unclear",
    }
    families = [label("family", f, lang) for f in FAMILIES]
    table = pd.DataFrame({text("family.label", lang): families})
    for side, key in columns.items():
        table[text(key, lang)] = [int(around[f"affairs_{f}"][side]) for f in FAMILIES]
    return table
