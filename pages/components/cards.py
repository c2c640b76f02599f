"""The side column of Ringkasan, and the small choices that pages share."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.components import address, cursor, maps, show
from pages.components.shell import language, plain, t
from services.actions.cards import DUE, OVERDUE, PLANNED, UNOWNED, Card
from services.dataset import Dataset
from services.hotspots.counts import HotspotView
from services.hotspots.watch_record import record_of, record_words
from services.maps import FAMILY
from services.reports.headline import item_when, when_words
from services.reports.overview import Overview
from services.reports.watch import WatchItem, watch_items, watch_sentences
from services.texts import day, event_day, label, number
from services.wording import link, place_of, quoted, source_links, tag


def choice(
    place: Any, title: str, options: Sequence[Any], section: str, key: str, first: int = 0
) -> Any:
    """Draw a list of choices of which one is always taken, and return it."""
    lang = language()
    return place.selectbox(
        t(title),
        options,
        index=first,
        format_func=lambda value: label(section, value, lang),
        key=key,
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
                t("hotspot.path_all") if code is None else plain(str(data.names[code])),
                key=f"path_{depth}",
                type="primary" if code == chosen else "secondary",
                on_click=address.put,
                args=(address.UNIT, code),
            )


def figures(found: Overview) -> None:
    """Draw how many affairs each headline family has since the mark, in one row with arrows."""
    lang = language()
    show.hidden_title(t("ringkasan.figures_title"))
    row = "".join(
        f'<div class="sb-card" style="--c:{FAMILY[str(family)]}" '
        f'title="{html.escape(_change(one, lang))}">'
        f"<b>{_figure(one, lang)}</b>"
        f"<span>{html.escape(label('family', family, lang))}</span></div>"
        for family, one in found.figures.iterrows()
    )
    st.html(f'<div class="sb-cards four">{row}</div>')


def _figure(row: pd.Series, lang: str) -> str:
    """Return what a count was and is, with an arrow; a dash where nothing is known."""
    now = number(row["n_affairs"], lang)
    if not row["covered"]:
        return f"≥ {now}" if row["n_affairs"] else "–"
    if not row["before_covered"]:
        return now
    arrow = " ▲" if row["change"] > 0 else " ▼" if row["change"] < 0 else ""
    return f"{number(row['n_before'], lang)}→{now}{arrow}"


def _change(row: pd.Series, lang: str) -> str:
    if not row["covered"]:
        return t("ringkasan.card_uncovered")
    if not row["before_covered"]:
        return t("ringkasan.card_before_uncovered")
    by = int(row["change"])
    key = "ringkasan.card_up" if by > 0 else "ringkasan.card_down" if by else "ringkasan.card_same"
    return t(key, by=number(abs(by), lang), before=number(row["n_before"], lang))


def change_lines(found: Overview) -> list[str]:
    """Return the change of each headline family in words."""
    lang = language()
    return [
        f"{label('family', family, lang)}: {number(row['n_affairs'], lang)} ({_change(row, lang)})."
        for family, row in found.figures.iterrows()
    ]


def replay(found: Overview, place: DeltaGenerator) -> None:
    """Offer the eve of the last vote where no stage is in force."""
    eve = found.opening.replay_date
    if eve is not None:
        place.button(
            t("ringkasan.replay_button", day=day(eve, language(), "short")),
            icon=":material/history:",
            on_click=cursor.go_to,
            args=(eve.date(),),
            key="replay",
            width="stretch",
        )


def bring_in() -> None:
    """Lead to where news are brought in."""
    with st.container(key="dark", border=True):
        st.page_link(
            "pages/data.py",
            label=t("ringkasan.bring_in"),
            icon=":material/upload:",
            query_params=address.to("data"),
        )


_ICONS = {
    OVERDUE: ":material/alarm:",
    DUE: ":material/event:",
    PLANNED: ":material/calendar_month:",
    UNOWNED: ":material/person_add:",
}


def to_act_upon(first: Sequence[Card]) -> None:
    """Draw the cards, each a link to where it can be acted upon."""
    show.hidden_title(t("kartu.title"))
    if not first:
        show.empty(t("kartu.none"))
        st.page_link(
            "pages/tindakan.py",
            label=t("kartu.make"),
            icon=_ICONS[UNOWNED],
            query_params=address.to("tindakan", tab="tindakan", tindakan="baru"),
        )
    for n, card in enumerate(first):
        with st.container(key=f"act_{card.kind}_{n}", gap=None):
            st.page_link(
                f"pages/{card.page}.py",
                label=plain(card.what),
                icon=_ICONS[card.kind],
                help=label("kartu_jenis", card.kind, language()),
                query_params=address.to(card.page, **card.address),
            )
            facts = [card.place.split(", ")[0], card.who, card.when]
            show.note(" · ".join(filter(None, facts)))


def places(found: Overview, data: Dataset, chart: str) -> None:
    """Draw the places to watch: each opens, and shows itself on the map of a name."""
    show.title(t("ringkasan.watch_title"))
    if found.watch.empty:
        show.empty(t("ringkasan.watch_none"))
        return
    as_of, codes = cursor.as_of(), list(found.watch["code"])
    names = [str(data.names[code]) for code in codes]
    items, sentences = watch_items(data, as_of), watch_sentences(data, as_of, language())
    with st.container(key="places", gap=None):
        for n, (code, short, item, sentence) in enumerate(
            zip(codes, names, items, sentences, strict=True), start=1
        ):
            name = short if names.count(short) == 1 else data.place_names[code]
            # The style sheet counts the rows, as the map counts its marks.
            st.button(
                f"**{plain(name)}** {_place_words(item)}",
                help=plain(sentence),
                key=f"place_{n}",
                type="tertiary",
                width="stretch",
                on_click=open_listed,
                args=(code, chart),
            )


def open_listed(code: str, chart: str) -> None:
    """Open an area and let the map of a name show it; for the callback of a button."""
    address.put(address.UNIT, code)
    maps.zoom_to(chart, code)


def _place_words(item: WatchItem) -> str:
    """Return severity, day and age of what puts a place on the list."""
    as_of, lang = cursor.as_of(), language()
    words = [] if item.severity is None else ["●" * item.severity + "○" * (5 - item.severity)]
    what = "" if item.kind is None else label("agenda", item.kind, lang)
    words.append(f"{what} {item_when(item, as_of, lang)}".strip())
    if item.age_days is not None:
        words.append(t("ringkasan.age", n=item.age_days))
    return " · ".join(words)


def record(data: Dataset) -> None:
    """Offer how well such lists of places did before."""
    # Some seconds of work: only for those who ask.
    if address.switch(st, t("watch.record_show"), "rekam", key="watch_record"):
        show.note(record_words(record_of(data, cursor.as_of()), language()))


def potensi(found: Overview, data: Dataset) -> None:
    """Draw the open potensi, most severe first, folded away."""
    title = t("ringkasan.potensi_title", n=len(found.potensi))
    with st.expander(title, icon=":material/warning:"):
        if found.potensi.empty:
            show.empty(t("ringkasan.potensi_none"))
        else:
            show.items(_potensi_entry(row, data) for _, row in found.potensi.iterrows())


def _potensi_entry(row: pd.Series, data: Dataset) -> str:
    lang = language()
    return (
        f'<span class="when">{event_day(row["date_event"], row["date_precision"], lang)}</span> '
        f"{tag(row['family'], lang)} <b>{html.escape(place_of(row, data, lang))}</b><br>"
        f"{quoted(str(row['summary']))} "
        f"{source_links(str(row['report_id']), row['source_id'], data, lang)}"
    )


def agenda(found: Overview, data: Dataset, open_now: bool = False) -> None:
    """Draw what comes in the next days, folded away unless it is to be open now."""
    title = t("ringkasan.agenda_title", n=len(found.agenda))
    with st.expander(title, expanded=open_now, icon=":material/calendar_month:"):
        if found.agenda.empty:
            show.empty(t("ringkasan.agenda_none"))
        else:
            show.items(_agenda_entry(row, data) for _, row in found.agenda.iterrows())


def _agenda_entry(row: pd.Series, data: Dataset) -> str:
    lang = language()
    when = when_words(int(row["days_to"]), lang)
    where = data.place_names.get(row["unit_code"]) if pd.notna(row["unit_code"]) else None
    about = where or (label("election", row["election"], lang) if pd.notna(row["election"]) else "")
    tail = " · ".join(html.escape(str(v)) for v in (about, row["owner"]) if v and pd.notna(v))
    source = data.source_urls.get(row["source_id"])
    return (
        f'<span class="when">{day(row["date_start"], lang, "short")} · {when}</span> '
        f"({html.escape(label('agenda', row['kind'], lang))})<br>{html.escape(str(row['title']))}"
        f'<br><span class="sb-note">{tail} {link(source, t("report.source"))}</span>'
    )


def sources(found: Overview) -> None:
    """Draw how fresh each group of sources is, and until when anybody watched, folded away."""
    lang = language()
    with st.expander(t("ringkasan.fresh_title", n=len(found.sources)), icon=":material/link:"):
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
