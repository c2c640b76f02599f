"""Headlines of counts: where most is, if that is a pattern, and always what was gravest."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.reports.watch import watched_place
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView
from services.texts import day, event_day, label, number, text

HEADLINE_AFFAIRS = 3
"""Fewest affairs that a headline may rank a place by: one or two are no pattern."""


def gravest(reports: pd.DataFrame) -> pd.Series | None:
    """Return the gravest row of the table ``reports``, the newest of equals.

    None where no severity is known: an unknown severity is no light one, and ranks nowhere.
    """
    known = reports[reports["severity"].notna()]
    if known.empty:
        return None
    known = known.sort_values(["severity", "date_event", "report_id"], ascending=False)
    return known.iloc[0]


def gravest_words(data: Dataset, reports: pd.DataFrame, lang: str) -> str:
    """Return where and when the gravest of ``reports``, of the table, was, and how grave.

    Where is the place of the event. Empty where no severity is known.
    """
    row = gravest(reports)
    if row is None:
        return ""
    return text(
        "headline.gravest",
        lang,
        place=data.place_name(watched_place(row.to_frame().T).iloc[0]),
        day=event_day(row["date_event"], row["date_precision"], lang),
        severity=row["severity"],
    )


def counts_finding(view: HotspotView, query: HotspotQuery, data: Dataset, lang: str) -> str:
    """Return the headline of a map of counts or rates.

    It ranks only places with at least `HEADLINE_AFFAIRS` affairs, and names the gravest.
    """
    rows = view.reports[view.reports["family"].eq(query.family)]
    words: dict[str, object] = {
        "family": label("family", query.family, lang),
        "level": label("level", query.level, lang).lower(),
        "fewest": number(HEADLINE_AFFAIRS, lang),
        "n": number(rows["perkara_id"].nunique(), lang),
    }
    enough = view.whole[f"affairs_{query.family}"].ge(HEADLINE_AFFAIRS)
    figures = view.whole.loc[enough, "value"].dropna()
    if rows.empty:
        key = "hotspot.headline_none"
    elif figures.empty:
        key = "headline.no_pattern"
    else:
        top = figures.index[figures.eq(figures.max())]
        key = "hotspot.headline" if len(top) == 1 else "hotspot.headline_tie"
        digits = 2 if query.measure == "rate" else 0
        words |= {
            "top": view.whole.loc[top[0], "name"],
            "n": number(len(top), lang),
            "value": number(figures.max(), lang, digits),
            "measure": _measure(view, query, top, lang),
        }
    return with_gravest(text(key, lang, **words), data, rows, lang)


def _measure(view: HotspotView, query: HotspotQuery, top: pd.Index, lang: str) -> str:
    words = label("measure", f"{query.measure}_long", lang)
    if view.whole.loc[top, "estimated"].any():
        words += f" ({text('hotspot.estimated', lang)})"
    return words


def with_gravest(finding: str, data: Dataset, reports: pd.DataFrame, lang: str) -> str:
    """Return a finding with the gravest of ``reports``, as for `gravest_words`, if one is known."""
    worst = gravest_words(data, reports, lang)
    return text("headline.with_gravest", lang, finding=finding, gravest=worst) if worst else finding


def window_words(start: date | None, end: date, lang: str) -> str:
    """Return a period in words; ``start`` None: from the first day on record."""
    if start is None:
        return text("window.text_all", lang, end=day(end, lang))
    return text("window.text_from", lang, start=day(start, lang), end=day(end, lang))


def family_words(view: HotspotView, family: str, lang: str) -> str:
    """Return the numbers of one family; families are never added up."""
    rows = view.reports[view.reports["family"].eq(family)]
    return text(
        "hotspot.sub_family",
        lang,
        family=label("family", family, lang).lower(),
        affairs=number(rows["perkara_id"].nunique(), lang),
        reports=number(len(rows), lang),
    )


def placed_words(view: HotspotView, level: str, lang: str) -> str:
    """Return how many reports the map can place."""
    return text(
        "hotspot.placed",
        lang,
        placed=number(view.placement.placed, lang),
        total=number(view.placement.total, lang),
        level=label("level", level, lang).lower(),
    )
