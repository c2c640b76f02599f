"""Hotspot: where reports are, and whether there are more than chance would put there."""

from __future__ import annotations

import streamlit as st

from analytics.reports.rakor import previous_rakor
from pages.components import address, cursor, loaders, shell
from pages.components.hotspots import counts, filters
from pages.components.hotspots import counts as compare
from pages.components.hotspots import relative_risk as risk
from pages.components.hotspots import statistics as analysis
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
        risk.draw(data, asked.query, head)
    elif not isinstance(asked.query, HotspotQuery):
        analysis.draw(data, asked.query, head)
    elif asked.method == "compare":
        compare.draw_two_dates(data, asked.query, head, mark)
    else:
        counts.draw(data, asked.query, asked.window, head)


main()
