"""What changed since the previous meeting, place by place and component by component."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from analytics.reports.rakor import RakorMark, previous_rakor
from services.memo import memo
from services.risk.explain import changes, unit_changes
from services.risk.index import RiskView, risk_view
from services.texts import day, label, number, text
from services.wording import link

_DIGITS = 3
SMALLEST = 0.0005
"""Changes below it read as none, since the page shows three digits."""


@dataclass(frozen=True, eq=False)
class Compared:
    """Two dates side by side.

    Attributes
    ----------
    mark
        The meeting compared with; None where the reader chose the day.
    rows
        One row per desa (or kabupaten), index and component: ``unit``, ``index``,
        ``component``, ``tps`` (how many TPS), ``before``, ``now``, ``difference`` (means over
        the TPS), the largest change first; changes too small to show are left out.
    """

    now: RiskView = field(repr=False)
    before: RiskView = field(repr=False)
    mark: RakorMark | None
    rows: pd.DataFrame = field(repr=False)


def compare(view: RiskView, since: date | None = None) -> Compared:
    """Return what changed since the previous meeting, or since a chosen day."""
    mark = None if since else previous_rakor(view.data.rakor, view.as_of)
    start = since or (mark.date.date() if mark else view.as_of)
    before = risk_view(view.data, view.election, start, view.params, simulation=view.simulation)
    return Compared(view, before, mark, _by_desa(view, before))


@memo(6)
def _by_desa(now: RiskView, before: RiskView) -> pd.DataFrame:
    rows = changes(now, before)
    if now.level == "kabupaten":
        units = rows["kabupaten_code"]
    else:
        units = rows["tps_id"].map(now.tps["desa_code"])
    grouped = rows.assign(unit=units).groupby(["unit", "index", "component"], sort=True)
    out = grouped.agg(
        tps=("difference", "size"),
        before=("before", "mean"),
        now=("now", "mean"),
        difference=("difference", "mean"),
    ).reset_index()
    out = out[out["difference"].abs().ge(SMALLEST)]
    order = out["difference"].abs().sort_values(ascending=False, kind="stable").index
    return out.loc[order].reset_index(drop=True)


def change_finding(found: Compared, index: str, lang: str) -> str:
    """Return how many desa rose and fell in an index, and which most."""
    rows = found.rows[found.rows["index"].eq(index)]
    total = rows.groupby("unit")["difference"].sum()
    up, down = total[total.ge(SMALLEST)], total[total.le(-SMALLEST)]
    name = label("risk_index", index, lang)
    since = since_words(found, lang)
    if up.empty and down.empty:
        return text("kerawanan.change_none", lang, index=name, since=since)
    if up.empty:
        return text(
            "kerawanan.change_down", lang, index=name, since=since, down=number(len(down), lang)
        )
    names = found.now.data.names
    return text(
        "kerawanan.change_up",
        lang,
        index=name,
        since=since,
        up=number(len(up), lang),
        down=number(len(down), lang),
        place=names[str(up.idxmax())],
        change=number(up.max(), lang, _DIGITS),
    )


def since_words(found: Compared, lang: str) -> str:
    """Return the day compared with, and whether it is an assumed one."""
    if found.mark is None:
        return day(found.before.as_of, lang)
    return since_words_of(found.mark, lang)


def since_words_of(mark: RakorMark, lang: str) -> str:
    """Return the day of a meeting, and whether it is an assumed one."""
    key = "kerawanan.since_assumed" if mark.assumed else "kerawanan.since_rakor"
    return text(key, lang, day=day(mark.date, lang), period=mark.period or "")


def change_table(found: Compared, index: str, lang: str) -> pd.DataFrame:
    """Return the changes of an index with words for the columns, the largest first."""
    rows = found.rows[found.rows["index"].eq(index)]
    names = found.now.data.place_names
    columns = {
        "unit": rows["unit"].map(names),
        "difference": rows["difference"].round(_DIGITS),
        "before": rows["before"].round(_DIGITS),
        "now": rows["now"].round(_DIGITS),
        "component": [label("risk_component", key, lang) for key in rows["component"]],
        "tps_count": rows["tps"],
    }
    return pd.DataFrame(
        {label("risk_column", key, lang): pd.Series(v).array for key, v in columns.items()}
    )


@memo(64)
def place_changes(now: RiskView, before: RiskView, place_id: str, lang: str) -> list[str]:
    """Return why a place changed, as HTML: component, from what to what, why, reports behind."""
    rows = unit_changes(now, before, place_id)
    rows = rows[rows["difference"].abs().ge(SMALLEST)]
    return [_change_item(row, now, lang) for _, row in rows.iterrows()]


def _change_item(row: pd.Series, view: RiskView, lang: str) -> str:
    difference = float(row["difference"])
    sign = "+" if difference > 0 else "−"
    words = text(
        "kerawanan.change_item",
        lang,
        component=label("risk_component", row["component"], lang),
        change=f"{sign}{number(abs(difference), lang, _DIGITS)}",
        before=number(row["before"], lang, _DIGITS),
        now=number(row["now"], lang, _DIGITS),
        reason=label("change_reason", row["reason"], lang),
    )
    reports = row["reports"]
    parts = []
    urls = view.data.reports.set_index("report_id")["source_id"].map(view.data.source_urls)
    for _, report in reports.head(3).iterrows():
        key = str(report["report_id"])
        why = html.escape(label("change_reason", report["reason"], lang))
        parts.append(f"{link(urls.get(key), key)} {why}")
    return f"{html.escape(words)}" + (f"<br>{' · '.join(parts)}" if parts else "")
