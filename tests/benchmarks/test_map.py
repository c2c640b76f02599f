"""A change of filter on Hotspot, from cached tables to what is sent to the browser."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date

import folium
import pytest
from streamlit_folium import _get_feature_group_string, _get_map_string

from analytics.reports.selection import Selection
from geo.maps.land import Land
from geo.maps.layers import OfflineMap
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.map import hotspot_layers, tps_layer
from services.maps import land_options, paint_of

pytestmark = pytest.mark.bench
ROUNDS = 15
STAGES = ("kampanye", "logistik", "sosial_non_pemilu")


def message(data: Dataset, stage: str, layers: Callable[[HotspotQuery], list[object]]) -> str:
    """Return what the map component receives for one state of the filters."""
    chosen = Selection(
        as_of=date(2025, 10, 29), families=("konflik", "unjuk_rasa"), stages=(stage,)
    )
    chart = OfflineMap(data.bounds)
    Land(land_options(data, "/app/static/geo", "hotspot")).add_to(chart)
    group = folium.FeatureGroup(name="units")
    drawn = layers(HotspotQuery(chosen, "kecamatan"))
    paint_of(data, drawn, "id").add_to(group)
    for layer in drawn:
        if isinstance(layer, (folium.GeoJson, folium.CircleMarker)):
            layer.add_to(group)
    chart.get_root().render()
    return str(_get_map_string(chart)) + str(_get_feature_group_string(group, map=chart))


def timed(run: Callable[[str], str], rounds: int) -> tuple[float, int]:
    """Return the median seconds and the largest message over changing filters."""
    seconds, sizes = [], []
    for n in range(rounds):
        start = time.perf_counter()
        sent = run(STAGES[n % len(STAGES)])
        seconds.append(time.perf_counter() - start)
        sizes.append(len(sent.encode()))
    return statistics.median(seconds), max(sizes)


def test_a_filter_change_against_one_marker_per_tps(dataset: Dataset) -> None:
    """47 kecamatan, their report points and 4,116 TPS; the naive way is one marker per TPS."""

    def ours(query: HotspotQuery) -> list[object]:
        layers = hotspot_layers(hotspot(dataset, query), dataset, query, "id")
        return [*layers, tps_layer(dataset, "pemilu2024", "id")]

    def naive(query: HotspotQuery) -> list[object]:
        layers = hotspot_layers(hotspot(dataset, query), dataset, query, "id")
        return [
            *layers,
            *(
                folium.CircleMarker([row.lat, row.lon], radius=4, popup=row.tps_id)
                for row in dataset.tps.itertuples()
            ),
        ]

    assert len(dataset.tps) == 4116
    timed(lambda stage: message(dataset, stage, ours), 2)
    seconds, size = timed(lambda stage: message(dataset, stage, ours), ROUNDS)
    slow_seconds, slow_size = timed(lambda stage: message(dataset, stage, naive), 1)
    print(
        f"\nHotspot filter change: {seconds * 1000:.0f} ms median of {ROUNDS}, "
        f"{size / 1000:.0f} kB; "
        f"one CircleMarker per TPS: {slow_seconds * 1000:.0f} ms, {slow_size / 1000:.0f} kB; "
        f"ratios {slow_seconds / seconds:.0f}x time, {slow_size / size:.1f}x size"
    )
    assert size <= 120_000
