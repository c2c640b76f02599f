"""One figure on both pages: the sentence, the map of Ringkasan, and the page Hotspot."""

from __future__ import annotations

from datetime import date

import pytest

from services.dataset import Dataset
from services.hotspots.counts import hotspot
from services.hotspots.views.first_page import first_page_query
from services.reports.overview import HEADLINE_FAMILIES, overview, window_start

DAYS = [
    date(2022, 7, 1),
    date(2023, 8, 28),
    date(2024, 2, 13),
    date(2024, 2, 14),
    date(2024, 11, 26),
    date(2025, 8, 28),
    date(2025, 10, 29),
    date(2026, 2, 20),
    date(2026, 11, 30),
]


@pytest.mark.parametrize("as_of", DAYS)
def test_the_map_counts_the_affairs_of_the_sentence(shipped_dataset: Dataset, as_of: date) -> None:
    found = overview(shipped_dataset, as_of)
    for family in HEADLINE_FAMILIES:
        start = window_start("rakor", as_of, found.mark)
        query = first_page_query(as_of, start, "kabupaten", family)
        view = hotspot(shipped_dataset, query)
        assert view.reports["perkara_id"].nunique() == found.figures.loc[family, "n_affairs"]
        assert len(view.reports) == found.figures.loc[family, "n_reports"]
