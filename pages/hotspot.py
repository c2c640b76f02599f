"""Hotspot: where reports are, and whether there are more than chance would put there."""

from __future__ import annotations

import streamlit as st

from analytics.reports.rakor import previous_rakor
from pages.components import address, cursor, loaders, shell
from pages.components.hotspots import counts, filters, relative_risk, statistics
from services.hotspots.counts import HotspotQuery
from services.hotspots.relative_risk import RiskQuery


def main() -> None:
    shell.enter("hotspot")
    data = loaders.dataset()
    today = cursor.as_of()
    mark = previous_rakor(data.rakor, today)
    head = st.container()
    asked = filters.query(today, mark, address.unit(data.names))
    if isinstance(asked.query, RiskQuery):
        relative_risk.draw(data, asked.query, head)
    elif not isinstance(asked.query, HotspotQuery):
        statistics.draw(data, asked.query, head)
    elif asked.method == "compare":
        counts.draw_two_dates(data, asked.query, head, mark)
    else:
        counts.draw(data, asked.query, asked.window, asked.families, head)


main()
