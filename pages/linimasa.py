"""Linimasa: the stages of an election, what is watched in each, and what was found."""

from __future__ import annotations

import html

import pandas as pd
import streamlit as st

from pages.components import address, cards, cursor, loaders, shell, show
from pages.components.shell import language, t
from pages.components.top import top
from services.dataset import Dataset
from services.hotspots.tables import around_table, reports_table, watch_rows
from services.reports.overview import overview
from services.reports.timeline import Timeline, elections_of, gantt, nearest_election, timeline
from services.texts import day, label


def main() -> None:
    shell.enter("linimasa")
    data = loaders.dataset()
    today = cursor.as_of()
    head = st.container()
    elections = elections_of(data)
    bar = st.columns([1.4, 5], vertical_alignment="bottom")
    first = elections.index(nearest_election(data, today))
    election = address.choice(bar[0], "election.label", elections, "election", "pemilihan", first)
    view = timeline(data, election, today)
    with head:
        _head(view)
    with bar[1]:
        cursor.cursor(data)
    figure = gantt(view, today, language())
    with st.container(key="exhibit_linimasa", height=int(figure.layout.height), border=False):
        st.plotly_chart(
            figure,
            width="stretch",
            height="stretch",
            config={"displaylogo": False, "scrollZoom": False, "displayModeBar": False},
            key="gantt",
            theme=None,
        )
    _watch(view, data)
    left, right = st.columns([1, 1])
    with left:
        _around(view)
    with right:
        cards.agenda(overview(data, today), data, open_now=True)
    _notes(view)


def _head(view: Timeline) -> None:
    lang = language()
    words = top()
    found = int(view.watch["state"].eq("ada_laporan").sum())
    title = t(
        "linimasa.headline",
        election=label("election", view.election, lang),
        n=found,
        total=int(view.watch["state"].ne("tidak_berlaku").sum()),
    )
    with words:
        show.heading(title, "", replay=cursor.replay_words(with_day=True))


def _notes(view: Timeline) -> None:
    lang = language()
    period = t(
        "linimasa.sub",
        start=day(view.start, lang),
        end=day(view.end, lang),
        n=len(view.reports),
        day=day(cursor.as_of(), lang),
    )
    show.notes([period, t("linimasa.bias")])


def _watch(view: Timeline, data: Dataset) -> None:
    show.title(t("linimasa.watch_title"))
    columns = ("col_stage", "col_concern", "col_dates", "col_phase", "col_found")
    heads = "".join(
        f'<th scope="col">{html.escape(t(f"linimasa.{name}"))}</th>' for name in columns
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in watch_rows(view.watch, language())
    )
    st.html(f'<div class="sb-scroll"><table class="sb-table"><tr>{heads}</tr>{body}</table></div>')
    with st.expander(t("linimasa.reports", n=len(view.reports))):
        rows = view.reports.sort_values("date_event", ascending=False)
        show.reports(rows, data)
        units = rows["unit_pokok"].where(rows["unit_pokok"].notna(), rows["unit_kejadian"])
        show.downloads(reports_table(rows.assign(unit=units), data, language()), "linimasa")


def _around(view: Timeline) -> None:
    show.title(t("linimasa.before_after"))
    table: pd.DataFrame = around_table(view.around, language())
    show.table(table, height="content")
    show.note(t("linimasa.voting_day", day=day(view.voting_date, language())))


main()
