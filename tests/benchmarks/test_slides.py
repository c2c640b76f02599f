"""A whole file of slides, and each map of it against the short way with GeoPandas."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import geopandas as gpd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from services.briefing import deck as d
from services.briefing.files.picture import SLIDE_DPI, map_picture
from services.briefing.files.pptx import DPI, pptx_bytes
from services.briefing.layout import MAIN
from services.dataset import Dataset
from services.maps import SEQUENCE
from tests.briefing.sample_deck import a_chart, a_grid, a_map, sample_deck

pytestmark = pytest.mark.bench
ROUNDS = 5
MOST_SECONDS = 20


def whole_deck(data: Dataset) -> d.Deck:
    """Twelve slides: three maps of all desa, three charts, three tables, words."""
    shapes = data.display_shapes["desa"]
    south, west, north, east = data.bounds
    areas = {
        code: d.Area(SEQUENCE[n % len(SEQUENCE)], code) for n, code in enumerate(shapes["code"])
    }
    markers = tuple(d.Marker(106.0 + n / 10, -2.1, "#17242d", "x", f"{n + 1}") for n in range(10))
    shown = replace(
        a_map(), level="desa", areas=areas, bounds=(west, south, east, north), markers=markers
    )
    base = sample_deck()
    side = (d.Bullets(("satu", "dua")),)
    mains = [shown, a_chart(), a_grid()] * 3 + [d.Bullets(("satu", "dua"))] * 2
    slides = tuple(d.Slide(f"s{n}", "Judul", main, side, "catatan") for n, main in enumerate(mains))
    land = {"desa": shapes.__geo_interface__}
    return replace(base, slides=(base.slides[0], *slides), land=land)


def seconds(run: Callable[[], object]) -> float:
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def short_way(shapes: gpd.GeoDataFrame, colours: list[str]) -> bytes:
    """The units in their colours and nothing else, at the same size."""
    figure = Figure(figsize=(MAIN.width / SLIDE_DPI, MAIN.height / SLIDE_DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    shapes.plot(ax=figure.add_subplot(), color=colours, edgecolor="#5d7685", linewidth=0.5)
    out = BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def test_a_file_of_twelve_slides(dataset: Dataset) -> None:
    deck = whole_deck(dataset)
    shown = deck.slides[1].main
    assert isinstance(shown, d.Map)
    assert len(deck.slides) == 12
    assert len(shown.areas) == 391
    shapes = dataset.display_shapes["desa"]
    colours = [area.fill for area in shown.areas.values()]
    start = time.perf_counter()
    first = pptx_bytes(deck)
    cold = time.perf_counter() - start
    whole = seconds(lambda: pptx_bytes(deck))
    ours = seconds(lambda: map_picture(shown, deck, MAIN.width, MAIN.height, DPI))
    short = seconds(lambda: short_way(shapes, colours))
    print(
        f"\nPPTX of 12 slides with 3 maps of 391 desa: {cold:.1f} s the first time, "
        f"{whole:.1f} s after, {len(first) / 1000:.0f} kB; a map with legend, scale and markers "
        f"{ours:.2f} s, GeoPandas the bare units {short:.2f} s: {ours / short:.2f}x"
    )
    assert cold <= MOST_SECONDS
