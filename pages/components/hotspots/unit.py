"""The panel of the area that is open: its reports, what is silent about it, and the way back."""

from __future__ import annotations

import streamlit as st

from analytics.reports.selection import Selection
from pages.components import address, cards, cursor, show
from pages.components.shell import language, t
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import HotspotQuery, hotspot, reports_at
from services.reports.overview import Overview, window_start
from services.reports.watch import watch_sentence
from services.texts import FAMILIES, near_day


def panel(code: str, found: Overview, data: Dataset) -> None:
    """Draw what is known of the area of a code, in place of the lists of the whole province."""
    as_of = cursor.as_of()
    st.button(
        t("ringkasan.unit_back"),
        icon=":material/arrow_back:",
        key="unit_back",
        on_click=address.put,
        args=(address.UNIT, None),
    )
    show.title(data.place_names[code])
    level = LEVELS[code.count(".") - 1]
    ever, recent = (
        hotspot(
            data,
            HotspotQuery(
                Selection(as_of=as_of, date_from=start, date_to=as_of, families=FAMILIES), level
            ),
        )
        for start in (None, window_start("rakor", as_of, found.mark))
    )
    since = near_day(found.mark.date, as_of, language())
    rows = reports_at(ever, code)
    show.note(
        t("ringkasan.unit_reports", n=len(rows), new=len(reports_at(recent, code)), day=since)
    )
    cards.above(recent, code, FAMILIES)
    for _, row in found.watch[found.watch["code"].eq(code)].iterrows():
        show.line(watch_sentence(row, data, as_of, language()))
    with st.container(horizontal=True, gap="small"):
        st.page_link(
            "pages/tindakan.py",
            label=t("kartu.make"),
            icon=":material/person_add:",
            query_params=address.to("tindakan", tab="tindakan", tindakan="baru", wilayah=code),
        )
        st.page_link(
            "pages/hotspot.py",
            label=t("hotspot.title"),
            icon=":material/arrow_outward:",
            query_params=address.to("hotspot", metode="counts", tingkat=level, wilayah=code),
        )
    show.reports(rows, data)
