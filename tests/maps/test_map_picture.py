"""The picture of a map: its colours, words and limits, read back from its pixels."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from analytics.reports.selection import Selection
from geo.maps import still
from geo.maps.land import Legend, Painted
from geo.maps.layers import SEA, glyphs, lines, points, polygons
from geo.maps.paper import Paper
from geo.maps.sheet import fit
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.views.map_picture import counts_picture
from services.map_picture import HEIGHT_PX, WIDTH_PX, MapPicture, draw_picture, legend_of
from services.maps import framing_of
from services.network.map_picture import place_picture
from services.network.piers import places
from services.network.restricted import CLOSED
from services.plan.make import PlanAsked, make_plan
from services.plan.views.map import ARRIVED, AWAITED, hours, scene
from services.plan.views.map_picture import needs_picture, plan_picture
from services.plan.views.needs import needs
from services.plan.views.verdict import verdict_sentence
from services.plan.views.view import MODE_COLOUR
from services.polling.hari_h import board
from services.polling.hari_h_view import STATUS_COLOUR
from services.polling.map_picture import day_picture
from services.risk.coverage import COLOURS, coverage_of
from services.risk.index import risk_view
from services.risk.map_picture import coverage_picture, overview_picture, tps_picture
from services.risk.picture.lines import PictureQuery
from services.risk.picture.lines import picture as overview
from services.risk.ranking import RiskQuery, ranked

KECAMATAN = "kecamatan"
EVE = date(2024, 2, 13)


def drawn(data: Dataset, picture: MapPicture) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(draw_picture(data, picture, "id"))).convert("RGB"))


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def share(pixels: np.ndarray, colour: str) -> float:
    return float((pixels.reshape(-1, 3) == rgb(colour)).all(axis=1).mean())


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Callable[[], still.Window]:
    """Where the map stood on the paper, as the first window that was drawn through."""
    seen: list[still.Window] = []
    ground = still.draw_ground

    def watched(paper: Paper, window: still.Window, land: gpd.GeoDataFrame) -> list[object]:
        seen.append(window)
        return ground(paper, window, land)

    monkeypatch.setattr("services.map_picture.draw_ground", watched)
    return lambda: seen[0]


def test_a_unit_has_the_colour_of_its_class_where_it_lies(
    dataset: Dataset, window: Callable[[], still.Window]
) -> None:
    query = HotspotQuery(
        Selection(date(2025, 10, 29), date_to=date(2025, 10, 29), families=("konflik",)), KECAMATAN
    )
    view = hotspot(dataset, query)
    picture = counts_picture(dataset, view, query, "id")
    painted = next(layer for layer in picture.layers if isinstance(layer, Painted))
    bare = MapPicture("x", [Painted(KECAMATAN, painted.fills)], picture.legend)
    pixels = drawn(dataset, bare)
    shapes = dataset.display_shapes[KECAMATAN].set_index("code").geometry
    remote = {code for group in framing_of(dataset).remote for code in group}
    told = {fill: words for fill, words, _ in picture.legend.rows} if picture.legend else {}
    checked = 0
    for code, fill in painted.fills.items():
        assert fill in told, f"{code} has a class that the legend lacks"
        widest = shapely.maximum_inscribed_circle(shapes[code], 0.001)
        x, y = shapely.get_coordinates(widest)[0]
        at = window().point(x, y)
        if at is None or any(one.startswith(code) for one in remote) or fill == "hatch":
            continue
        expected = rgb(still.FILLS.get(str(fill), str(fill)))
        x, y = (round(value) for value in at)
        assert tuple(pixels[y, x]) == expected, code
        checked += 1
    assert checked > 20


def test_silences_are_drawn_apart(dataset: Dataset, window: Callable[[], still.Window]) -> None:
    codes = sorted(dataset.display_shapes["kabupaten"]["code"])[:3]
    fills = dict(zip(codes, ("hatch", "grey", "nihil"), strict=True))
    pixels = drawn(dataset, MapPicture("x", [Painted("kabupaten", fills)]))
    shapes = dataset.display_shapes["kabupaten"].set_index("code").geometry
    found = {}
    for code, fill in fills.items():
        inside = shapes[code].representative_point()
        x, y = (round(v) for v in window().point(inside.x, inside.y) or (0, 0))
        found[fill] = pixels[y - 25 : y + 25, x - 25 : x + 25]
    assert share(found["grey"], still.FILLS["grey"]) > 0.95
    assert 0.05 < share(found["hatch"], still.HATCH) < 0.5
    assert share(found["hatch"], still.FILLS["hatch"]) > 0.3
    assert share(found["nihil"], "#ffffff") > 0.5
    assert share(found["nihil"], still.INK) > 0.01, "the outline has a 0"


def test_the_screen_fills_the_silences_alike() -> None:
    script = Path(still.__file__).with_name("land.js").read_text(encoding="utf-8")
    told = dict(re.findall(r'(grey|nihil): "(#[0-9a-f]{6})"', script))
    assert told == {key: still.FILLS[key] for key in ("grey", "nihil")}
    assert still.FILLS["hatch"] in script
    assert still.HATCH in script


def test_dots_lines_and_glyphs_stand_where_the_browser_puts_them(
    dataset: Dataset, window: Callable[[], still.Window]
) -> None:
    frame = pd.DataFrame({"key": ["a"], "lon": [106.6], "lat": [-3.1]})
    way = gpd.GeoDataFrame(
        {"key": ["w"]}, geometry=[shapely.LineString([(107.0, -2.2), (107.4, -2.2)])], crs=4326
    )
    one = pd.Series(["#aa00aa"])
    marks = frame.assign(lon=107.2, lat=-2.6)
    box = gpd.GeoDataFrame(
        {"code": ["b"]}, geometry=[shapely.box(105.2, -2.9, 105.5, -2.7)], crs=4326
    )
    layers = [
        points(frame, one, pd.Series([""]), radius=8.0),
        lines(way, pd.Series(["#00aa00"]), pd.Series([""]), pd.Series([False])),
        glyphs(marks, pd.Series(["truck"]), pd.Series(["#0000aa"])),
        polygons(box, pd.Series(["#aaaa00"]), pd.Series([""])),
        folium.Marker(
            [-1.7, 107.3], icon=folium.DivIcon(html='<div style="border-radius:50%">7</div>')
        ),
    ]
    pixels = drawn(dataset, MapPicture("x", layers))

    def at(lon: float, lat: float) -> tuple[int, ...]:
        x, y = (round(v) for v in window().point(lon, lat) or (0, 0))
        return tuple(int(v) for v in pixels[y, x])

    assert at(106.6, -3.1) == rgb("#aa00aa")
    assert at(107.2, -2.2) == rgb("#00aa00")
    assert at(107.2, -2.6) == rgb("#0000aa")
    assert at(105.35, -2.8) == rgb("#aaaa00")
    assert share(pixels, SEA) > 0.2
    x, y = (round(v) for v in window().point(107.3, -1.7) or (0, 0))
    mark = pixels[y - 20 : y + 20, x - 20 : x + 20]
    assert share(mark, still.INK) > 0.5
    assert share(mark, "#ffffff") > 0.02, "its number is written in it"


def test_a_long_title_wraps_and_nothing_touches_the_edge(dataset: Dataset) -> None:
    title = "Perkara yang sangat panjang judulnya " * 12 + "x" * 300
    legend = Legend("Judul legenda " * 8, [("#ff0000", "kelas " * 30, "1.234")], "n = 1")
    picture = MapPicture(title, [], legend, "periode " * 60, ("catatan " * 90, "Sumber: uji"))
    pixels = drawn(dataset, picture)
    assert pixels.shape[0] > HEIGHT_PX
    assert fits(pixels), "words run out of the picture"


def fits(pixels: np.ndarray) -> bool:
    """Tell whether a picture has its size and nothing of it runs over the edge."""
    edges = (pixels[:20], pixels[-14:], pixels[:, :30], pixels[:, -30:])
    rim = np.concatenate([edge.reshape(-1, 3) for edge in edges])
    return pixels.shape[1] == WIDTH_PX and pixels.shape[0] >= HEIGHT_PX and bool((rim == 255).all())


def test_the_map_of_tps_has_its_stacks_and_its_access_mark(
    dataset: Dataset, window: Callable[[], still.Window]
) -> None:
    found = ranked(risk_view(dataset, "pemilu2024", EVE), RiskQuery("logistik"))
    picture = tps_picture(found, "value", "id")
    pixels = drawn(dataset, picture)
    assert fits(pixels)
    assert picture.sub.startswith("TERBATAS · ")
    assert "Klik" not in " ".join(picture.notes)
    assert picture.legend is not None
    assert picture.legend.title == "Indeks kesulitan logistik"
    [layer] = picture.layers
    assert isinstance(layer, folium.GeoJson)
    last = layer.data["features"][-1]
    x, y = (round(v) for v in window().point(*last["geometry"]["coordinates"]) or (0, 0))
    assert tuple(pixels[y, x]) == rgb(last["properties"]["c"])


def test_gambaran_is_drawn_for_a_place_that_is_told_in_its_title(dataset: Dataset) -> None:
    found = overview(dataset, PictureQuery(EVE, "pemilu2024", "19.05"))
    shown = overview_picture(dataset, found, "en")
    pixels = drawn(dataset, shown)
    assert fits(pixels)
    assert dataset.names["19.05"] in shown.title
    painted = next(layer for layer in shown.layers if isinstance(layer, Painted))
    for fill in {fill for fill in painted.fills.values() if fill is not None}:
        assert share(pixels, fill) > 0.002, "more than its sign in the legend"
    assert share(pixels, still.INK) > 0.001, "the place is outlined"


def test_the_map_of_coverage_is_drawn_as_known_as_it_is(dataset: Dataset) -> None:
    found = coverage_of(risk_view(dataset, "pemilu2024", EVE), "kabupaten")
    known = replace(found, areas=found.areas.assign(share=0.6, silent=0))
    pixels = drawn(dataset, coverage_picture(dataset, known, "id"))
    assert fits(pixels)
    assert share(pixels, COLOURS[2]) > 0.1
    assert share(drawn(dataset, coverage_picture(dataset, found, "id")), COLOURS[2]) < 0.001


def test_the_map_of_the_voting_day_has_the_mark_of_trouble_in_its_colour(dataset: Dataset) -> None:
    found = board(dataset, "pemilu2024", pd.Timestamp("2024-02-14 08:30", tz="Asia/Jakarta"))
    state = found.state.copy()
    state.loc[state.index[:3], ["status", "at"]] = ["masalah", found.at]
    troubled = replace(found, state=state)
    shown = day_picture(troubled, dataset, EVE, "id")
    pixels = drawn(dataset, shown)
    assert fits(pixels)
    assert shown.legend is not None
    assert [words for _, words in shown.legend.dots] == ["▲ masalah"]
    trouble = share(pixels, STATUS_COLOUR["masalah"])
    quiet = share(drawn(dataset, replace(shown, layers=shown.layers[:1])), STATUS_COLOUR["masalah"])
    assert trouble > quiet > 0


def test_what_must_go_where_and_a_plan_of_it_fill_the_picture(dataset: Dataset) -> None:
    found = needs(dataset, "19.03")
    shown = needs_picture(dataset, found, "19.03", EVE, "id")
    pixels = drawn(dataset, shown)
    assert fits(pixels)
    assert share(pixels, MODE_COLOUR["truck"]) > 0.001
    document = make_plan(dataset, PlanAsked("19.03", seconds=1))
    at = hours(document)[4]
    moving = scene(document, dataset, at)
    shown = plan_picture(dataset, document, moving, ("19.03", "Uji"), EVE, "id", shaded=True)
    assert shown.title == verdict_sentence(document, dataset, "id")
    assert shown.sub.startswith(f"Uji · {at:%d/%m %H:%M} WIB: ")
    pixels = drawn(dataset, shown)
    assert fits(pixels)
    assert share(pixels, AWAITED) > share(pixels, ARRIVED) > 0
    _, west, _, east = shown.bounds or (0.0, 0.0, 0.0, 0.0)
    assert east - west < 3, "the kabupaten and no more"


def test_words_are_measured_by_what_writes_them() -> None:
    from services.map_picture import _FONTS

    paper = Paper(900, 200, 200, *_FONTS)
    words = "Pelanggaran 1→7 di Kepulauan Pongok"
    wide = paper.width_of(words, 40, bold=True)
    paper.words(words, 30, 60, 40, bold=True)
    dark = np.asarray(Image.open(io.BytesIO(paper.png())).convert("L")) < 128
    columns = np.flatnonzero(dark.any(axis=0))
    assert columns[0] >= 30
    assert abs(columns[-1] - (30 + wide)) < 8
    for line in paper.wrapped("kata " * 60 + "y" * 200, 40, 300):
        assert paper.width_of(line, 40) <= 300


def test_hostile_words_are_words(dataset: Dataset) -> None:
    hostile = r"$\frac{1}{0}$ <script>alert(1)</script> \begin{x} _^{} ${7*7} 名"
    picture = MapPicture(hostile, [], Legend(hostile, [(None, hostile, "1")]), hostile, (hostile,))
    content = draw_picture(dataset, picture, "en")
    image = Image.open(io.BytesIO(content))
    assert image.text["Title"] == hostile  # type: ignore[attr-defined]


def test_nothing_to_show_is_land_with_its_words(dataset: Dataset) -> None:
    content = draw_picture(dataset, MapPicture("Tidak ada laporan", []), "id")
    assert content == draw_picture(dataset, MapPicture("Tidak ada laporan", []), "id")
    assert len(content) < 1_000_000
    image = Image.open(io.BytesIO(content))
    assert image.size == (WIDTH_PX, HEIGHT_PX)
    assert round(image.info["dpi"][0]) == 200
    assert image.text["Title"] == "Tidak ada laporan"  # type: ignore[attr-defined]


def test_a_class_without_a_unit_is_not_in_the_legend() -> None:
    rows = [("#ff0000", "1", 1234), ("#00ff00", "2", 0), (None, "lain", None)]
    found = legend_of("t", rows, [], "", "id")
    assert list(found.rows) == [("#ff0000", "1", "1.234"), (None, "lain", None)]


def test_a_view_tells_its_bounds() -> None:
    west, south, east, north = fit((105.0, -3.5, 108.5, -1.5), 900, 500).bounds
    assert west <= 105.001
    assert south <= -3.499
    assert east >= 108.499
    assert north >= -1.501


def test_piers_are_drawn_as_on_the_screen(dataset: Dataset) -> None:
    rows = places(dataset, "19.02")
    shut, chosen = rows.index[:2]
    rows.loc[shut, "status"] = CLOSED
    picture = place_picture(dataset, "19.02", rows, chosen, None, EVE, "id")
    assert picture.legend is not None
    told = {words: colour for colour, words in picture.legend.dots}
    assert set(told) == {"dilaporkan tutup", "tidak dilaporkan tutup", "yang dipilih"}
    assert f"{len(rows)} dermaga" in picture.title
    assert "; 1 tutup, " in picture.title
    pixels = drawn(dataset, picture)
    for colour in told.values():
        assert share(pixels, colour) > 0.0001, colour
