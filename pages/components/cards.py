"""The side column of Ringkasan, and the small choices that pages share."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from pages.components import address, cursor, show
from pages.components.shell import language, t
from services.actions.register import actions_on
from services.actions.words import overdue_lines
from services.dataset import Dataset
from services.hotspots.counts import HotspotView
from services.hotspots.watch_record import record_of, record_words
from services.maps import FAMILY
from services.reports.overview import Overview
from services.reports.watch import watch_sentence
from services.texts import day, event_day, label, number, signed
from services.wording import link, place_of, quoted, tag

_OVERDUE_SHOWN = 3


def choice(
    place: Any,
    title: str,
    options: Sequence[Any],
    section: str,
    key: str,
    first: int = 0,
    on_change: Callable[[], None] | None = None,
    stays: bool = False,
) -> Any:
    """Draw a list of choices of which one is always taken, and return it.

    With ``stays`` the choice stands while another page is seen.
    """
    lang = language()
    return place.selectbox(
        t(title),
        options,
        index=first,
        format_func=lambda value: label(section, value, lang),
        key=key,
        on_change=on_change,
        persist_state="session" if stays else None,
    )


def window_words(start: date | None, end: date) -> str:
    """Return a period in words."""
    if start is None:
        return t("window.text_all", end=day(end, language()))
    return t("window.text_from", start=day(start, language()), end=day(end, language()))


def placed_words(view: HotspotView, level: str) -> str:
    """Return how many reports the map can place."""
    return t(
        "hotspot.placed",
        placed=number(view.placement.placed, language()),
        total=number(view.placement.total, language()),
        level=label("level", level, language()).lower(),
    )


def coarser_words(view: HotspotView, families: Sequence[str]) -> str:
    """Return how many reports are known only to a larger area, and to which; nothing for none."""
    counts = view.coarser[[f"reports_{family}" for family in families]].sum(axis=1)
    names = zip(view.coarser["name"], counts, strict=True)
    words = ", ".join(f"{name} ({number(n, language())})" for name, n in names if n)
    return t("hotspot.coarser", list=words) if words else ""


def above(view: HotspotView, chosen: str, families: Sequence[str]) -> None:
    """Say what is known of a unit beside its reports: its silence, and what lies above it."""
    inside = (view.units.index == chosen) | view.units.index.str.startswith(f"{chosen}.")
    states = view.units.loc[inside, "state"].unique()
    if "ada_laporan" not in states:
        words = ", ".join(label("state", state, language()) for state in states)
        show.note(t("hotspot.panel_state", state=words))
    higher = [code for code in view.coarser.index if chosen.startswith(f"{code}.") and "." in code]
    counts = view.coarser.loc[higher, [f"reports_{family}" for family in families]].sum(axis=1)
    names = [
        f"{number(n, language())} ({name})"
        for name, n in zip(view.coarser.loc[higher, "name"], counts, strict=True)
        if n
    ]
    if names:
        show.note(t("hotspot.panel_above", list=", ".join(names)))


def limit_words(data: Dataset) -> list[str]:
    """Return what the map cannot show, and what its figures mean."""
    missing = ", ".join(data.without_polygon["name"])
    watched = []
    for agency, rows in data.coverage_periods.groupby("agency"):
        columns = (data.names[rows["unit_code"]], rows["date_start"], rows["date_end"])
        spans = (
            f"{place} {day(start, language(), 'short')} – {day(end, language(), 'short')}"
            for place, start, end in zip(*columns, strict=True)
        )
        watched.append(f"{agency}: {', '.join(spans)}")
    return [
        t("hotspot.no_polygon", list=missing) if missing else "",
        t("hotspot.watched_by", list="; ".join(watched) or "–"),
        t("hotspot.meaning"),
        t("map.credit"),
    ]


def path(data: Dataset, chosen: str | None) -> None:
    """Draw the way from the province down to the chosen unit; each step leads back up."""
    if not chosen:
        return
    parts = chosen.split(".")
    codes = [None, *(".".join(parts[:n]) for n in range(2, len(parts) + 1))]
    with st.container(horizontal=True, gap="small"):
        for depth, code in enumerate(codes):
            st.button(
                t("hotspot.path_all") if code is None else str(data.names[code]),
                key=f"path_{depth}",
                type="primary" if code == chosen else "secondary",
                on_click=address.put,
                args=(address.UNIT, code),
            )


def figures(found: Overview) -> None:
    """Draw the figure of each headline family with its change since the previous rakor."""
    lang = language()
    key = "ringkasan.since_assumed" if found.mark.assumed else "ringkasan.since"
    key = "ringkasan.since_asked" if cursor.asked_mark() else key
    show.title(t(key, day=day(found.mark.date, lang), period=found.mark.period))
    cards = []
    for family, row in found.figures.iterrows():
        bare = row["n_affairs"] == 0 and not row["covered"]
        change = t(
            "ringkasan.card_change",
            change=signed(row["change"], lang),
            before=number(row["n_before"], lang),
        )
        small = t("ringkasan.card_uncovered") if not row["covered"] else change
        cards.append(
            f'<div class="sb-card" style="--c:{FAMILY[str(family)]}">'
            f"<b>{'–' if bare else number(row['n_affairs'], lang)}</b>"
            f"<span>{html.escape(label('family', family, lang))}</span><small>{small}</small></div>"
        )
    st.html(f'<div class="sb-cards">{"".join(cards)}</div>')


def watch(found: Overview, data: Dataset) -> None:
    """Draw the places to watch, each with its reason in a sentence."""
    show.title(t("ringkasan.watch_title"))
    if found.watch.empty:
        show.empty(t("ringkasan.watch_none"))
        return
    show.items(
        f"<b>{n}. {html.escape(data.place_names[row['code']])}</b>{_off_map(row)}<br>"
        f"{html.escape(watch_sentence(row, data, cursor.as_of(), language()))}"
        for n, (_, row) in enumerate(found.watch.iterrows(), start=1)
    )
    show.note(t("ringkasan.watch_note"))
    # Some seconds of work: only for those who ask.
    if st.toggle(t("watch.record_show"), key="watch_record"):
        show.note(record_words(record_of(data, cursor.as_of()), language()))


def _off_map(row: pd.Series) -> str:
    if row["level"] != "kabupaten":
        return ""
    return f' <span class="sb-note">({t("ringkasan.watch_off_map")})</span>'


def overdue(data: Dataset) -> None:
    """Draw the actions that are overdue, with the way to them; nothing where none is."""
    lang, rows = language(), actions_on(data, cursor.as_of())
    lines = overdue_lines(rows, lang, _OVERDUE_SHOWN)
    if not lines:
        return
    show.title(t("tindakan.finding_overdue", overdue=int(rows["overdue"].sum())))
    show.items(html.escape(line) for line in lines)
    st.page_link(
        "pages/tindakan.py",
        label=t("tindakan.overdue_open"),
        icon=":material/task_alt:",
        query_params={"tab": "tindakan", "status": "lewat"},
    )


def potensi(found: Overview, data: Dataset) -> None:
    """Draw the open potensi, most severe first."""
    show.title(t("ringkasan.potensi_title", n=len(found.potensi)))
    if found.potensi.empty:
        show.empty(t("ringkasan.potensi_none"))
        return
    lang = language()
    show.items(
        f'<span class="when">{event_day(row["date_event"], row["date_precision"], lang)}</span> '
        f"{tag(row['family'], lang)} <b>{html.escape(place_of(row, data, lang))}</b><br>"
        f"{quoted(str(row['summary']))} "
        f"{link(data.source_urls.get(row['source_id']), t('report.source'))}"
        for _, row in found.potensi.iterrows()
    )


def agenda(found: Overview, data: Dataset) -> None:
    """Draw what comes in the next days."""
    show.title(t("ringkasan.agenda_title", n=len(found.agenda)))
    if found.agenda.empty:
        show.empty(t("ringkasan.agenda_none"))
        return
    show.items(_agenda_entry(row, data) for _, row in found.agenda.iterrows())


def _agenda_entry(row: pd.Series, data: Dataset) -> str:
    lang = language()
    when = (
        t("ringkasan.agenda_today")
        if row["days_to"] == 0
        else t("ringkasan.agenda_days", n=row["days_to"])
    )
    where = data.place_names.get(row["unit_code"]) if pd.notna(row["unit_code"]) else None
    about = where or (label("election", row["election"], lang) if pd.notna(row["election"]) else "")
    tail = " · ".join(html.escape(str(v)) for v in (about, row["owner"]) if v and pd.notna(v))
    source = data.source_urls.get(row["source_id"])
    return (
        f'<span class="when">{day(row["date_start"], lang, "short")} · {when}</span> '
        f"({html.escape(label('agenda', row['kind'], lang))})<br>{quoted(str(row['title']))}"
        f'<br><span class="sb-note">{tail} {link(source, t("report.source"))}</span>'
    )


def sources(found: Overview) -> None:
    """Draw how fresh each group of sources is, and until when anybody watched."""
    lang = language()
    show.title(t("ringkasan.fresh_title"))
    if found.sources.empty:
        show.empty(t("ringkasan.fresh_none"))
    for _, row in found.sources.iterrows():
        group = row["group"]
        if row["origin"] == "source":
            group = t(f"ringkasan.sources_kind_{group}")
        show.note(
            t(
                "ringkasan.fresh_line",
                group=group,
                n=number(row["n_reports"], lang),
                day=event_day(row["last_event"], row["last_precision"], lang),
                age=number(row["age_days"], lang),
                unknown=number(row["n_reported_unknown"], lang),
            )
        )
    if found.last_covered is not None:
        show.note(t("ringkasan.fresh_covered", day=day(found.last_covered, lang)))
