"""Views of a published nation, walked as a reader does, beside plain geopandas and folium.

``python -m tests.benchmarks.nation_views DIR URL`` prints the figures of the nation of a folder
that is published in a database. A view is timed from the query to the text that goes to the
browser, with the counts of a server that runs but no view kept; the other way reads the desa of the
provinces asked for, keeps those of the view and draws them with folium, without counting anything.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
from streamlit_folium import _get_feature_group_string

from data.nation.folder import NationFolder
from data.nation.views import Extent
from data.store.engine import Store
from geo.maps.nation import NationMap, NationPaint
from services.nation import words
from services.nation.views import NationQuery, Views

KINDS = ("indonesia", "provinsi", "kabupaten", "kecamatan", "geser", "golongan")
FAMILIES = ("konflik", "unjuk_rasa", "pelanggaran")
ZOOM = {"": 4.5, "provinsi": 7.0, "kabupaten": 9.5, "kecamatan": 11.5}
TARGET_MS, TARGET_BYTES = 500, 1_000_000


@dataclass(frozen=True)
class Figures:
    """Of all views of a kind, or of all: milliseconds of the server and bytes to the browser."""

    views: int
    median_ms: float
    p95_ms: float
    max_ms: float
    max_bytes: int


@dataclass(frozen=True)
class Measured:
    """What `measure_views` finds.

    Attributes
    ----------
    whole, by_kind
        Ours.
    first
        Of Indonesia, before any count is kept: as after an import.
    plain
        Median milliseconds and most bytes of the other way, by kind.
    ratio
        Its median milliseconds in those of ours, by kind.
    """

    whole: Figures
    first: Figures
    by_kind: dict[str, Figures]
    plain: dict[str, tuple[float, int]]
    ratio: dict[str, float]


def walk(
    codes: dict[str, list[str]], bounds: Callable[[str], Extent]
) -> list[tuple[str, NationQuery]]:
    """Return the views of a reader who goes down, pans about and changes the family."""
    views = [("indonesia", NationQuery(zoom=ZOOM[""], family=family)) for family in FAMILIES]
    views += [("indonesia", NationQuery(zoom=6.5, level="kabupaten", family=f)) for f in FAMILIES]
    for level in ("provinsi", "kabupaten", "kecamatan"):
        some = codes[level][:: max(1, len(codes[level]) // 12)][:12]
        views += [(level, NationQuery(code, zoom=ZOOM[level])) for code in some]
    for n, code in enumerate(codes["kabupaten"][:: max(1, len(codes["kabupaten"]) // 6)][:6]):
        here = bounds(code)
        step = (here.east - here.west) / 4
        for k in range(4):
            moved = Extent(here.west + k * step, here.south, here.east + k * step, here.north)
            views.append(("geser", NationQuery(extent=moved, zoom=9.0 + n % 3)))
        views += [("golongan", NationQuery(code, zoom=9.5, family=f)) for f in FAMILIES[1:]]
    return views


def sent(views: Views, query: NationQuery) -> str:
    """Return what goes to the browser for a query."""
    view = views.view(query)
    layers = words.layers_of(view, "reports", "id", None)
    group = folium.FeatureGroup(name="nation")
    NationPaint(layers).add_to(group)
    text = str(_get_feature_group_string(group, map=NationMap("/static")))
    return text + words.units_table(view, "id").to_json()


def plain(folder: NationFolder, query: NationQuery) -> str:
    """Return a page of folium with the desa of a query, read and filtered with geopandas."""
    provinces = [p.code for p in folder.about().provinces]
    asked = [query.scope[:2]] if query.scope else provinces
    desa = pd.concat([gpd.read_parquet(folder.file(code, "desa")) for code in asked])
    desa = desa[desa["code"].str.startswith(query.scope)]
    if query.extent is not None:
        west, south, east, north = query.extent.sides
        desa = desa.cx[west:east, south:north]
    chart = folium.Map()
    folium.GeoJson(desa, style_function=lambda _: {"weight": 0.8}).add_to(chart)
    return str(chart.get_root().render())


def measure_views(
    store: Store, folder: NationFolder, plain_of_each: int = 2, rounds: int = 2
) -> Measured:
    """Walk a script of views and as many of each kind the plain way; return both.

    Parameters
    ----------
    store
        With the nation of ``folder`` published in it.
    folder
        What the other way reads.
    plain_of_each
        Views of a kind that the other way is timed on: it is slow.
    rounds
        Walks, each without kept views.
    """
    provinces = [province.code for province in folder.about().provinces]
    units = pd.concat([folder.read(code, "units", ["code", "level"]) for code in provinces])
    codes = {str(level): sorted(rows["code"]) for level, rows in units.groupby("level")}
    first = Views(store)
    todo = walk(codes, lambda code: first.view(NationQuery(code, zoom=9.0)).bounds)
    for _, query in todo:
        first.view(replace(query, extent=None, scope="", level=None, zoom=4.0))  # counts are kept
    times: dict[str, list[float]] = {kind: [] for kind in ("", *KINDS)}
    sizes: dict[str, list[int]] = {kind: [] for kind in ("", *KINDS)}
    for _ in range(rounds):
        views = Views(store)
        unseen = [("", replace(query, zoom=3.9)) for _, query in todo[: 2 * len(FAMILIES)]]
        for kind, query in unseen + todo:
            start = time.perf_counter()
            text = sent(views, query)
            times[kind].append(1000 * (time.perf_counter() - start))
            sizes[kind].append(len(text.encode()))
    other: dict[str, tuple[float, int]] = {}
    for kind in KINDS:
        queries = [query for one, query in todo if one == kind]
        queries = queries[: 1 if kind == "indonesia" else plain_of_each]
        other[kind] = _timed(lambda query: plain(folder, query), queries)
    everything = [ms for kind in KINDS for ms in times[kind]]
    return Measured(
        whole=_figures(everything, [size for kind in KINDS for size in sizes[kind]]),
        first=_figures(times[""], sizes[""]),
        by_kind={kind: _figures(times[kind], sizes[kind]) for kind in KINDS},
        plain=other,
        ratio={kind: other[kind][0] / statistics.median(times[kind]) for kind in KINDS},
    )


def _timed(run: Callable[[NationQuery], str], queries: Sequence[NationQuery]) -> tuple[float, int]:
    seconds, sizes = [], []
    for query in queries:
        start = time.perf_counter()
        text = run(query)
        seconds.append(1000 * (time.perf_counter() - start))
        sizes.append(len(text.encode()))
    return statistics.median(seconds), max(sizes)


def _figures(times: Sequence[float], sizes: Sequence[int]) -> Figures:
    ordered = sorted(times)
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    return Figures(len(ordered), statistics.median(ordered), ordered[at], ordered[-1], max(sizes))


def lines(found: Measured) -> list[str]:
    """Return the figures in words."""
    said = [
        f"all views: {_words(found.whole)} (target {TARGET_MS} ms, {TARGET_BYTES:,} bytes)",
        f"Indonesia with no count kept, as after an import: {_words(found.first)}",
    ]
    for kind, figures in found.by_kind.items():
        ms, size = found.plain[kind]
        said.append(
            f"{kind}: {_words(figures)}; geopandas and folium {ms:,.0f} ms, {size:,} bytes: "
            f"{found.ratio[kind]:.1f} times as long"
        )
    return said


def _words(figures: Figures) -> str:
    return (
        f"{figures.views} views, median {figures.median_ms:.0f} ms, 95 % {figures.p95_ms:.0f} ms, "
        f"max {figures.max_ms:.0f} ms, at most {figures.max_bytes:,} bytes"
    )


if __name__ == "__main__":
    opened = Store.open(sys.argv[2])
    measured = measure_views(opened, NationFolder(Path(sys.argv[1])))
    opened.close()
    print("\n".join(lines(measured)))
    print(json.dumps(asdict(measured)))
