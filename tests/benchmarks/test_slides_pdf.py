"""The slides of a rakor as a PDF, against the usual way: a matplotlib figure for each page."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from services.briefing.deck import Bullets, Chart, Deck, Grid, Map
from services.briefing.files.pdf import slides_pdf
from services.briefing.report import report_pdf
from services.briefing.slides.build import deck_of
from services.briefing.snapshot import Snapshot

pytestmark = pytest.mark.bench
ROUNDS = 5
MOST_SECONDS = 10
"""Of the 20 that slides as PPTX and PDF may take together."""


def last_example() -> Snapshot:
    content = list(shipped_contents())[-1]
    return Snapshot(content, digest_of(canonical(content)))


def as_figures(deck: Deck) -> bytes:
    """Return a page for each slide, with its map, chart, table or lines, as a notebook would."""
    out = BytesIO()
    # Type 42 keeps letters as letters, so that they can be found.
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(out) as pages:
        for slide in deck.slides:
            figure = Figure(figsize=(11.69, 8.27))
            FigureCanvasPdf(figure)
            axes = figure.add_axes((0.05, 0.1, 0.9, 0.75))
            figure.suptitle(slide.title, wrap=True)
            if isinstance(slide.main, Map):
                draw_map(axes, slide.main, deck)
            elif isinstance(slide.main, Chart):
                at = np.arange(len(slide.main.categories))
                for n, series in enumerate(slide.main.series):
                    axes.bar(at + n * 0.4, [v or 0 for v in series.values], 0.4, label=series.name)
                axes.set_xticks(at, slide.main.categories)
                axes.legend()
            else:
                axes.axis("off")
                if isinstance(slide.main, Grid):
                    axes.table(slide.main.rows, colLabels=slide.main.columns, loc="center")
                if isinstance(slide.main, Bullets):
                    axes.text(0, 0.5, "\n".join(slide.main.items))
            pages.savefig(figure)
    return out.getvalue()


def draw_map(axes: mpl.axes.Axes, shown: Map, deck: Deck) -> None:
    for feature in deck.land[shown.level]["features"]:
        area = shown.areas.get(feature["properties"]["code"])
        parts = shapely.get_parts(shapely.geometry.shape(feature["geometry"]))
        patches = [Polygon(shapely.get_coordinates(part.exterior)) for part in parts]
        fill = area.fill if area and area.fill else "none"
        axes.add_collection(PatchCollection(patches, facecolor=fill, edgecolor="grey"))
    axes.autoscale()
    for marker in shown.markers:
        axes.plot(marker.lon, marker.lat, "o", color=marker.colour)
        axes.annotate(marker.label, (marker.lon, marker.lat))


def seconds(run: Callable[[], bytes]) -> tuple[float, int]:
    """Return the median of a few rounds, and how many bytes came of them."""
    spent, size = [], 0
    for _ in range(ROUNDS):
        start = time.process_time()
        size = len(run())
        spent.append(time.process_time() - start)
    return statistics.median(spent), size


def test_slides_as_a_pdf_against_a_figure_for_each_page() -> None:
    taken = last_example()
    deck = deck_of(taken)
    assert sum(isinstance(slide.main, Map) for slide in deck.slides) == 3
    own, size = seconds(lambda: slides_pdf(deck))
    other, other_size = seconds(lambda: as_figures(deck))
    report, report_size = seconds(lambda: report_pdf(taken))
    print(
        f"\n{len(deck.slides)} slides: {own:.2f} s, {size / 1e3:.0f} kB; a matplotlib figure each: "
        f"{other:.2f} s, {other_size / 1e3:.0f} kB ({other / own:.1f} times); "
        f"report: {report:.2f} s, {report_size / 1e3:.0f} kB"
    )
    assert own < MOST_SECONDS
    assert own < other
