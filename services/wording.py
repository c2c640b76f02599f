"""Rows to the sentences and small pieces of HTML that readers see. All values are escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pandas as pd

from geo.maps.layers import escape
from services.dataset import Dataset
from services.maps import FAMILY
from services.texts import day, event_day, label, number, text

_WEB = re.compile(r"https?://", re.IGNORECASE)
"""How an address begins that a reader may follow. Imported ones may be broken further on."""
_MOST_IN_POPUP = 3


def link(url: object, title: str) -> str:
    """Return a link that opens beside the product; plain words for anything but http(s)."""
    if pd.isna(url) or not _WEB.match(str(url)):  # type: ignore[call-overload]
        return html.escape(title)
    safe = html.escape(str(url), quote=True)
    return f'<a href="{safe}" target="_blank" rel="noopener noreferrer">{html.escape(title)}</a>'


def quoted(words: str) -> str:
    """Return words of a source, marked as Indonesian for whoever has the page read aloud."""
    return f'<span lang="id">{html.escape(words)}</span>'


def tag(family: object, lang: str) -> str:
    """Return a family's name in its colour."""
    colour = FAMILY.get(str(family), "#536773")
    words = html.escape(label("family", family, lang))
    return f'<span class="sb-tag" style="--c:{colour}">{words}</span>'


def report_item(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return a ``row`` of the table `reports` as HTML: when, what, where, how sure, its source."""
    kind = label("kind", row["kind"], lang)
    if row["kind"] == "potensi":
        kind += f" ({label('status', row['status'], lang)})"
    facts = [html.escape(kind)]
    if row["is_total"]:
        facts.append(text("report.total", lang))
    elif row["perkara_id"] in data.affair_titles.index:
        title = html.escape(data.affair_titles[row["perkara_id"]])
        facts.append(text("report.affair", lang, title=title))
    if pd.notna(row["severity"]):
        facts.append(text("report.severity", lang, n=int(row["severity"])))
    if pd.notna(row["people_count"]):
        facts.append(text("report.people", lang, n=number(row["people_count"], lang)))
    facts.append(html.escape(label("verification", row["verification"], lang)))
    if pd.isna(row["date_reported"]):
        facts.append(text("report.reported_unknown", lang))
    else:
        facts.append(text("report.reported", lang, day=day(row["date_reported"], lang, "short")))
    when = event_day(row["date_event"], row["date_precision"], lang)
    return (
        f'<div class="sb-report"><b>{when}</b> '
        f"{tag(row['family'], lang)}<br>{quoted(_shown(row['summary']))}<br>"
        f'<span class="sb-note">{html.escape(place_of(row, data, lang))}<br>'
        f"{' · '.join(facts)} · {_source(row, data, lang)}</span></div>"
    )


def place_of(row: pd.Series, data: Dataset, lang: str) -> str:
    """Return where a ``row`` of the table `reports` happened, with TPS and what it is about."""
    where = data.place_names.get(str(row["unit_kejadian"]), str(row["unit_kejadian"]))
    if pd.notna(row["tps_number"]):
        where = f"TPS {row['tps_number']}, {where}"
    subject = row["unit_pokok"]
    if pd.notna(subject) and subject != row["unit_kejadian"]:
        about = data.place_names.get(str(subject), str(subject))
        where += text("report.about", lang, place=about)
    return where


def _source(row: pd.Series, data: Dataset, lang: str) -> str:
    links = source_links(str(row["report_id"]), row["source_id"], data, lang)
    return links or html.escape(_shown(row["source_text"]) or text("report.no_source", lang))


def source_links(
    report_id: str,
    first: object,
    data: Dataset,
    lang: str,
    most: int | None = None,
    linked: Callable[[object, str], str] = link,
) -> str:
    """Return the sources of a report as HTML, the first first; empty where it has none.

    Parameters
    ----------
    report_id, first
        The report, and its ``source_id``.
    data, lang
        The data set and the language.
    most
        How many are shown; the others are counted.
    linked
        Makes a link of an address and a title.
    """
    keys = data.sources_of(report_id, first)
    links = [
        linked(data.source_urls.get(key), source_name(key, data, lang, alone=len(keys) == 1))
        for key in keys[:most]
    ]
    more = f" +{len(keys) - len(links)}" if len(keys) > len(links) else ""
    return ", ".join(links) + more


def source_name(key: str, data: Dataset, lang: str, *, alone: bool = True) -> str:
    """Return who published a source; else a plain word, or beside others where it stands."""
    publisher = _shown(data.publishers.get(key))
    host = "" if alone else urlsplit(_shown(data.source_urls.get(key))).netloc
    return publisher or host.removeprefix("www.") or text("report.source", lang)


def _shown(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def popup(rows: pd.DataFrame, data: Dataset, lang: str, approximate: bool = True) -> str:
    """Return ``rows`` of `reports` (with ``unit``) at one point, to be opened one by one.

    An approximate point stands for a whole desa, and the popup says so.
    """
    first = rows.iloc[0]
    parts = [f"<b>{escape(data.place_names[first['unit']])}</b>"]
    where = "report.at_point" if approximate else "report.at_own_point"
    parts.append(f"<p>{text(where, lang, n=len(rows))}</p>")
    for _, row in rows.iterrows():
        when = event_day(row["date_event"], row["date_precision"], lang)
        told = str(row["report_id"]), row["source_id"]
        links = source_links(*told, data, lang, _MOST_IN_POPUP, _escaped_link)
        parts.append(
            f"<details><summary><b>{when}</b> {escape(label('family', row['family'], lang))}"
            f'</summary><p lang="id">{escape(_shown(row["summary"]))}</p>'
            f"<p>{links or escape(text('report.source', lang))}</p></details>"
        )
    return "".join(parts)


def _escaped_link(url: object, title: str) -> str:
    if pd.isna(url) or not _WEB.match(str(url)):  # type: ignore[call-overload]
        return escape(title)
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(title)}</a>'


def unit_tooltip(row: pd.Series, families: list[str], lang: str) -> str:
    """Return the figures of one unit, a ``row`` of `HotspotView.units`, as HTML for the pointer."""
    lines = [f"<b>{escape(row['name'])}</b>"]
    for family in families:
        n = text(
            "hotspot.tooltip_count",
            lang,
            affairs=number(row[f"affairs_{family}"], lang),
            reports=number(row[f"reports_{family}"], lang),
        )
        lines.append(f"{escape(label('family', family, lang))}: {n}")
    if row["measure"] == "rate":
        rate = number(row["value"], lang, 2)
        key = "hotspot.tooltip_rate_estimated" if row["estimated"] else "hotspot.tooltip_rate"
        lines.append(text(key, lang, rate=rate))
    if row["state"] != "ada_laporan":
        lines.append(f"<i>{escape(label('state', row['state'], lang))}</i>")
    elif pd.notna(row["last_date"]):
        when = event_day(row["last_date"], row["last_precision"], lang)
        lines.append(text("hotspot.tooltip_last", lang, day=when))
    return "<br>".join(lines)
