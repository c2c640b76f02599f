"""A map as a picture: every colour is really there, at its place; what cannot be drawn is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import Geod

from geo.maps.sheet import View, fit
from services.briefing import deck as d
from services.briefing.files.ground import COAST, LAND, SEA, CannotDrawError
from services.briefing.files.picture import map_picture
from services.briefing.files.signs import marker_radius, marker_reach, on, plate_of, signs_of
from services.briefing.fit import map_boxes
from services.briefing.layout import MAIN, PAPER, SMALLEST_PX, Box
from services.briefing.measure import width
from tests.briefing.sample_deck import CODES, a_map, sample_deck

WIDE, HIGH, DPI = MAIN.width, MAIN.height, 200
SCALE = DPI / 96


def drawn(shown: d.Map, deck: d.Deck | None = None, dpi: int = DPI) -> np.ndarray:
    png = map_picture(shown, deck or sample_deck(), WIDE, HIGH, dpi)
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def view_of(shown: d.Map) -> tuple[View, Box]:
    land = map_boxes(shown, Box(0, 0, WIDE, HIGH)).land
    return fit(shown.bounds, land.width, land.height), land


def pixel(picture: np.ndarray, shown: d.Map, lon: float, lat: float) -> tuple[int, ...]:
    view, land = view_of(shown)
    x, y = view.point(lon, lat)
    row, column = round((land.top + y) * SCALE), round((land.left + x) * SCALE)
    return tuple(int(c) for c in picture[row, column])


def has(picture: np.ndarray, colour: str, box: Box | None = None) -> int:
    """Return how many pixels have exactly a colour."""
    part = picture
    if box:
        top, left = round(box.top * SCALE), round(box.left * SCALE)
        part = picture[
            top : top + round(box.height * SCALE), left : left + round(box.width * SCALE)
        ]
    return int((part == np.array(rgb(colour))).all(axis=2).sum())


def test_each_unit_has_its_colour_at_its_place() -> None:
    shown = replace(a_map(), markers=(), lines=())
    picture = drawn(shown)
    assert pixel(picture, shown, 105.45, -1.55) == rgb("#e31a1c")
    assert pixel(picture, shown, 106.45, -1.55) == rgb("#ffeda0")
    assert pixel(picture, shown, 105.45, -2.35) == rgb(LAND), "not named: no value"
    assert pixel(picture, shown, 105.95, -1.55) == rgb(SEA)
    # A square of 0.9 degrees is about 100 km: its share of the picture follows from the scale.
    view, _ = view_of(shown)
    side = 100_000 / view.metres * SCALE
    assert has(picture, "#e31a1c") == pytest.approx(side**2, rel=0.06)


def test_what_is_not_covered_is_hatched_within_a_dashed_outline() -> None:
    shown = replace(a_map(), markers=(), lines=())
    picture = drawn(shown)
    view, land = view_of(shown)
    left, top = view.point(106.05, -2.15)
    right, bottom = view.point(106.85, -2.95)
    inside = Box(
        round(land.left + left), round(land.top + top), round(right - left), round(bottom - top)
    )
    white, lines = has(picture, PAPER, inside), has(picture, COAST, inside)
    assert white > lines > 0.02 * white
    assert has(picture, SEA, inside) == 0
    plain = drawn(replace(shown, areas={**shown.areas, CODES[2]: d.Area("", "x")}))
    assert has(plain, COAST, inside) == 0


def test_it_has_200_pixels_an_inch_where_it_is_printed() -> None:
    png = map_picture(a_map(), sample_deck(), WIDE, HIGH)
    image = Image.open(BytesIO(png))
    assert image.size == (round(WIDE / 96 * 200), round(HIGH / 96 * 200))
    assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1)


def test_the_same_map_gives_the_same_bytes() -> None:
    first, second = (map_picture(a_map(), sample_deck(), WIDE, HIGH) for _ in range(2))
    assert first == second


def test_title_legend_source_scale_and_arrow_are_drawn() -> None:
    """Each leaves ink in its box."""
    shown = a_map()
    picture = drawn(shown)
    boxes = map_boxes(shown, Box(0, 0, WIDE, HIGH))
    ink = "#17242d"
    for box in (boxes.title, boxes.source, *boxes.legend):
        assert has(picture, ink, box) > 50
    for row, box in zip(shown.legend, boxes.legend, strict=True):
        if row.colour:
            assert has(picture, row.colour, box) > 100
    view, land = view_of(shown)
    plate = plate_of(shown, view, view.shapes(sample_deck().land["kabupaten"]).values(), "id")
    at = replace(plate.box, left=plate.box.left + land.left, top=plate.box.top + land.top)
    assert has(picture, ink, at) > 500
    assert plate.words == "50 km"


@pytest.mark.parametrize("lat", [-1.1, -33.0, 60.0])
def test_the_scale_bar_is_right_where_the_map_is(lat: float) -> None:
    """Measured on the ellipsoid, east and north from the middle of the map."""
    shown = replace(a_map(), bounds=(105.0, lat - 1, 107.0, lat + 1), markers=())
    view, _ = view_of(shown)
    plate = plate_of(shown, view, (), "id")
    km = float(plate.words.split()[0])
    for azimuth in (0, 90, 180, 270):
        lon, north, _ = Geod(ellps="WGS84").fwd(106.0, lat, azimuth, km * 1000)
        reach = math.dist(view.point(106.0, lat), view.point(lon, north))
        assert reach == pytest.approx(plate.bar, rel=0.01)


def test_markers_on_one_place_move_apart_and_stay_whole() -> None:
    near = tuple(d.Marker(105.4, -1.6, "#0072b2", "x", f"{n}") for n in range(1, 13))
    shown = replace(a_map(), markers=near)
    view, land = view_of(shown)
    signs = signs_of(shown, view, plate_of(shown, view, (), "id"))
    assert len(signs) == 12
    for n, one in enumerate(signs):
        reach = marker_reach(one.marker)
        assert reach <= one.spot[0] <= land.width - reach
        assert reach <= one.spot[1] <= land.height - reach
        for other in signs[:n]:
            assert math.dist(one.spot, other.spot) >= reach + marker_reach(other.marker)
    assert [s.moved for s in signs] == [False] + [True] * 11
    shared = drawn(shown)
    assert has(shared, "#0072b2") > 5 * has(drawn(replace(shown, markers=near[:1])), "#0072b2")


def test_a_place_without_a_label_keeps_its_spot_and_the_label_moves() -> None:
    labelled = d.Marker(105.4, -1.6, "#0072b2", "x", "1")
    bare = d.Marker(105.4, -1.6, "#17242d", "y")
    shown = replace(a_map(), markers=(labelled, bare))
    view, _ = view_of(shown)
    signs = {s.marker.words: s for s in signs_of(shown, view, plate_of(shown, view, (), "id"))}
    assert not signs["y"].moved
    assert signs["x"].moved


@pytest.mark.parametrize("shape", ["circle", "square", "triangle", "diamond"])
@pytest.mark.parametrize("label", ["1", "12", "123"])
def test_a_label_stands_in_its_marker(shape: str, label: str) -> None:
    one = d.Marker(105.4, -1.6, "#0072b2", "x", label, shape)  # type: ignore[arg-type]
    half = width(label, SMALLEST_PX, True) / 2
    shown = replace(a_map(), markers=(one,), lines=())
    picture = drawn(shown)
    view, land = view_of(shown)
    x, y = signs_of(shown, view, plate_of(shown, view, (), "id"))[0].spot
    beside = Box(round(land.left + x + half - 1), round(land.top + y - 4), 2, 8)
    assert has(picture, "#0072b2", beside) > 0, "the marker still stands beside its letters"
    assert marker_radius(one) >= half
    middle = Box(round(land.left + x - half), round(land.top + y - 9), round(2 * half), 18)
    assert has(picture, on("#0072b2"), middle) > 40


def test_ink_or_paper_whichever_is_read_better() -> None:
    assert on("#17242d") == on("#b3261e") == PAPER
    assert on("#ffeda0") == on("#ffffff") != PAPER


BROKEN: tuple[tuple[str, Callable[[d.Map], d.Map]], ...] = (
    ("level", lambda m: replace(m, level="desa")),
    ("empty", lambda m: replace(m, bounds=(105.0, -2.0, 105.0, -2.0))),
    ("reversed", lambda m: replace(m, bounds=(106.0, -2.0, 105.0, -1.0))),
    ("nan", lambda m: replace(m, bounds=(math.nan, -2.0, 105.0, -1.0))),
    ("infinite", lambda m: replace(m, bounds=(-math.inf, -2.0, 105.0, -1.0))),
    ("elsewhere", lambda m: replace(m, bounds=(10.0, 40.0, 12.0, 42.0))),
    ("unit", lambda m: replace(m, areas={"88.88": d.Area("#ffffff", "x")})),
    ("place", lambda m: replace(m, markers=(d.Marker(math.nan, -2, "#000000", "x"),))),
    ("outside", lambda m: replace(m, markers=(d.Marker(110, -2, "#000000", "x"),))),
    ("way", lambda m: replace(m, lines=(d.Line(((105, -2), (105, math.inf)), "#000000", "x"),))),
    ("colour", lambda m: replace(m, areas={CODES[0]: d.Area("merah", "x")})),
    ("marker", lambda m: replace(m, markers=(d.Marker(105.4, -1.6, "", "x"),))),
    ("crowd", lambda m: replace(m, markers=(d.Marker(105.4, -1.6, "#000000", "x", "123"),) * 400)),
)


@pytest.mark.parametrize(("_", "broken"), BROKEN, ids=lambda v: v if isinstance(v, str) else "")
def test_what_cannot_be_drawn_is_refused_by_its_name(
    _: str, broken: Callable[[d.Map], d.Map]
) -> None:
    with pytest.raises(CannotDrawError) as caught:
        map_picture(broken(a_map()), sample_deck(), WIDE, HIGH)
    assert caught.value.name == "peta_konflik"


def test_a_picture_without_room_for_land_is_refused() -> None:
    with pytest.raises(CannotDrawError, match="120 x 120"):
        map_picture(a_map(), sample_deck(), 300, 100)


@settings(max_examples=8)
@given(st.text(max_size=20), st.text(max_size=30), st.text(max_size=3))
def test_any_words_are_drawn(title: str, source: str, label: str) -> None:
    shown = replace(
        a_map(), title=title, source=source, markers=(d.Marker(105.4, -1.6, "#000000", "x", label),)
    )
    assert map_picture(shown, sample_deck(), WIDE, HIGH, 96).startswith(b"\x89PNG")
    for dollars in ("$a$", "$\\frac$", "<b>a</b>"):
        named = replace(shown, title=dollars)
        assert map_picture(named, sample_deck(), WIDE, HIGH, 96)
