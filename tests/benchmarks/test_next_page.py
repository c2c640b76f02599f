"""What one committed report costs the next page, against making everything again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import pytest

from analytics.reports.selection import Selection
from data.store import tables as schema
from data.store.engine import Store
from services.dataset import Dataset, load_dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.map import hotspot_layers, tps_layer, watch_markers
from services.network.build import minutes_between
from services.network.remoteness import remote_view
from services.reports.overview import HEADLINE_FAMILIES, overview

pytestmark = pytest.mark.bench
TODAY = date(2025, 10, 29)
T = TypeVar("T")


def pages(data: Dataset) -> None:
    """Answer what Ringkasan, Hotspot and the map of remoteness ask of the tables."""
    found = overview(data, TODAY)
    watch_markers(found.watch, data)
    query = HotspotQuery(Selection(as_of=TODAY, families=HEADLINE_FAMILIES))
    hotspot_layers(hotspot(data, query), data, query, "id")
    tps_layer(data, "pemilu2024", "id")
    remote_view(data)
    _ = minutes_between(data)


def seconds(run: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def least(run: Callable[[], object], rounds: int = 5) -> float:
    return min(seconds(run)[0] for _ in range(rounds))


def test_the_next_page_after_a_report_against_making_all_again(own_store: Store) -> None:
    data = load_dataset(own_store)
    pages(data)
    one = own_store.read("reports").tail(1)
    refreshed, first = [], []
    for n in range(5):
        with own_store.begin("setup.prepare") as connection:
            row = one.assign(report_id=f"SIMULASI-{n}", perkara_id=f"SIMULASI-{n}")
            own_store.insert_frame(connection, schema.reports, row)
        spent, data = seconds(data.fresh)
        refreshed.append(spent)
        first.append(seconds(lambda: pages(data))[0])  # noqa: B023
    again = least(lambda: pages(data))
    load, cold = seconds(lambda: load_dataset(own_store))
    whole = load + seconds(lambda: pages(cold))[0]
    added = min(refreshed) + min(first) - again
    print(
        f"\nnext page: data set {min(refreshed):.3f} s, pages {min(first):.3f} s, of which "
        f"{again:.3f} s without a commit: the report costs {added:.3f} s CPU; "
        f"all again {whole:.2f} s, {whole - again:.2f} s more"
    )
    assert added <= 0.1 * (whole - again)
