"""Coordinates and points as people write them: read rightly or not at all."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.ingest.values.coordinates import Axis, parse_coordinate, parse_point

SOUTH, EAST = -(2 + 33 / 60 + 37.4 / 3600), 106 + 44 / 60 + 24.7 / 3600


@pytest.mark.parametrize(
    ("text", "axis", "degrees"),
    [
        ("-2.5604", "lat", -2.5604),
        ("−2,5604", "lat", -2.5604),
        ("2,5604 LS", "lat", -2.5604),
        ("2.5604S", "lat", -2.5604),
        ("S 2.5604", "lat", -2.5604),
        ("2.5604 s", "lat", -2.5604),
        ("2,5604 Lintang Selatan", "lat", -2.5604),
        ("3.1 LU", "lat", 3.1),
        ("N3.1", "lat", 3.1),
        ("106,7402 BT", "lon", 106.7402),
        ("E 106.7402", "lon", 106.7402),
        ("106.7402E", "lon", 106.7402),
        ("12.5 BB", "lon", -12.5),
        ("12.5 W", "lon", -12.5),
        ("-2.5604°", "lat", -2.5604),
        ("-2.5604 LS", "lat", -2.5604),
        ("-0°30'", "lat", -0.5),
        ("2°33'37.4\" LS", "lat", SOUTH),
        ("2º33’37,4” LS", "lat", SOUTH),
        ("2° 33′ 37.4″ S", "lat", SOUTH),
        ("S2°33'37.4''", "lat", SOUTH),
        ("2d33m37.4s S", "lat", SOUTH),
        ("-2d33m37.4s", "lat", SOUTH),
        ("S 2d33m37.4s", "lat", SOUTH),
        ("2 33 37.4 S", "lat", SOUTH),
        ("02°33.623' LS", "lat", -(2 + 33.623 / 60)),
        ("106°44'24.7\" BT", "lon", EAST),
        ("106d44m24.7s", "lon", EAST),
        ("106°44'24,7\"E", "lon", EAST),
        ("180", "lon", 180),
        ("-90", "lat", -90),
    ],
)
def test_coordinates(text: str, axis: Axis, degrees: float) -> None:
    assert parse_coordinate(text, axis) == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("2.5 BT", "lat"),
        ("106.7 LS", "lon"),  # of the other axis
        ("2°60' LS", "lat"),
        ("2°33'60\" LS", "lat"),  # no such minute or second
        ("90.1", "lat"),
        ("-180.5", "lon"),
        ("106.7402", "lat"),
        ("90°0'1\" LS", "lat"),
        ("-2.5 LU", "lat"),
        ("-106.7 BT", "lon"),
        ("S 2.5 S", "lat"),  # contradictions
        ("2.5°33' LS", "lat"),
        ("2°33.5'37\" LS", "lat"),  # a fraction before the last part
        ("2°33'37.4s", "lat"),
        ("2D33M37.4S", "lat"),  # seconds, or south?
        ("2 33 37.4", "lat"),
        ("106.740.200", "lon"),
        ("1e2", "lon"),
        ("nan", "lon"),
        ("", "lat"),
        ("dua", "lat"),
        ("-", "lat"),
        ("LS", "lat"),
        ("9" * 50, "lon"),
        ("\0", "lat"),
    ],
)
def test_what_is_no_coordinate_of_the_axis_is_none(text: str, axis: Axis) -> None:
    assert parse_coordinate(text, axis) is None


@pytest.mark.parametrize(
    "text",
    [
        "-2.5604, 106.7402",
        "-2.5604,106.7402",
        "-2.5604 106.7402",
        "(-2.5604, 106.7402)",
        "-2.5604;106.7402",
        "-2,5604; 106,7402",
        "-2,5604 ; 106,7402",
        "-2,5604, 106,7402",
        "-2,5604 106,7402",
        "106.7402, -2.5604",
        "-2.5604 106.7402 0 5",
        "-2.5604 106.7402 12.5 4.0",
        "-2.5604\n106.7402",
        "2,5604 LS, 106,7402 BT",
        "2,5604 LS,106,7402 BT",
        "106,7402 BT; 2,5604 LS",
        "BT 106,7402 LS 2,5604",
        "S2.5604 E106.7402",
        "2.5604 LS 106.7402",
        "POINT (106.7402 -2.5604)",
        "point(106.7402 -2.5604)",
        "SRID=4326;POINT(106.7402 -2.5604)",
        "POINT Z (106.7402 -2.5604 3)",
        "POINTZ(106.7402 -2.5604 3)",
        '{"type":"Point","coordinates":[106.7402,-2.5604]}',
        '{"type": "Point", "coordinates": [106.7402, -2.5604, 12]}',
    ],
)
def test_points_of_one_cell(text: str) -> None:
    assert parse_point(text) == (106.7402, -2.5604)


@pytest.mark.parametrize(
    "text",
    [
        "2°33'37.4\" LS 106°44'24.7\" BT",
        "2°33'37.4\"S, 106°44'24.7\"E",
        "2°33'37.4\"S106°44'24.7\"E",
        "106°44'24.7\" BT; 2°33'37.4\" LS",
        "2 33 37.4 S 106 44 24.7 E",
        "-2°33'37.4\", 106°44'24.7\"",
    ],
)
def test_points_in_degrees_minutes_and_seconds(text: str) -> None:
    assert parse_point(text) == pytest.approx((EAST, SOUTH), abs=1e-9)


def test_latitude_is_first_where_both_could_be_and_never_by_where_the_province_is() -> None:
    assert parse_point("45.5, 12.25") == (12.25, 45.5)
    assert parse_point("-2.5, 3.5") == (3.5, -2.5)
    assert parse_point("POINT (12.25 45.5)") == (12.25, 45.5)


@pytest.mark.parametrize(
    "text",
    [
        "95.1, 106.2",
        "-2.5604, 181.0",
        "2.5 LS, 3.5 LS",
        "-2,5604,106,7402",
        "-2,106",
        "2 33",
        "0 0 0 0",
        "-2 33 37.4",
        "-2.5604",
        "-2.5604,",
        "2.56 S 56.74",
        "SRID=3857;POINT(1 2)",
        "POINT EMPTY",
        "POINT (200 1)",
        "POINT (1, 2)",
        "LINESTRING (1 2, 3 4)",
        "[106.7, -2.5]",
        '{"type":"Point","coordinates":[true,1]}',
        '{"type":"Point","coordinates":[1e999,1]}',
        '{"type":"Point","coordinates":["1","2"]}',
        '{"type":"Point"}',
        '{"type":["Point"]}',
        "{",
        '{"type":"LineString","coordinates":[[1,2],[3,4]]}',
        "{" * 150,
        "",
        "nan, nan",
        "\0",
    ],
)
def test_what_is_no_point_or_two_is_none(text: str) -> None:
    assert parse_point(text) is None


lons = st.floats(-180, 180).map(lambda x: round(x, 6))
lats = st.floats(-90, 90).map(lambda x: round(x, 6))


def minutes(value: float, names: str) -> str:
    seconds = round(abs(value) * 3600, 1)
    degrees, rest = divmod(seconds, 3600)
    return f"{degrees:.0f}°{rest // 60:.0f}'{rest % 60:.1f}\" {names.split()[value < 0]}"


@given(lons, lats)
def test_every_point_reads_back_in_every_form(lon: float, lat: float) -> None:
    east, north = f"{lon:.6f}", f"{lat:.6f}"
    for text in (
        f"{north}, {east}",
        f"{north},{east}",
        f"{north} {east}",
        f"{north} {east} 0.0 4.5",
        f"{north}; {east}".replace(".", ","),
        f"POINT ({east} {north})",
        f"SRID=4326;POINT({east} {north})",
        f'{{"type":"Point","coordinates":[{east},{north}]}}',
        f"{abs(lat):.6f} {'LS' if lat < 0 else 'LU'} {abs(lon):.6f} {'BB' if lon < 0 else 'BT'}",
    ):
        assert parse_point(text) == pytest.approx((lon, lat), abs=1e-9), text
    for names, other in (("BT BB", "LU LS"), ("E W", "N S")):
        text = f"{minutes(lat, other)} {minutes(lon, names)}"
        assert parse_point(text) == pytest.approx((lon, lat), abs=0.06 / 3600), text


@given(lons, lats)
def test_longitude_first_reads_back_where_it_can_be_nothing_else(lon: float, lat: float) -> None:
    found = parse_point(f"{lon:.6f}, {lat:.6f}")
    if abs(lon) > 90:
        assert found == pytest.approx((lon, lat))
    else:
        assert found == pytest.approx((lat, lon))


@given(st.text(max_size=40) | st.text("0123456789.,;-+ °'\"dmsNSEWLBT()[]{}", max_size=40))
def test_no_text_breaks_a_reader_of_points(text: str) -> None:
    point = parse_point(text)
    assert point is None or (abs(point[0]) <= 180 and abs(point[1]) <= 90)
    for axis, most in (("lon", 180), ("lat", 90)):
        value = parse_coordinate(text, axis)
        assert value is None or abs(value) <= most


@pytest.mark.parametrize("letters", ["1 ", "1,", "2d3m", "9", " ", "[", "{", "S ", "\ud800", "\0"])
def test_a_very_long_text_is_no_point_and_takes_no_time(letters: str) -> None:
    text = letters * (100_000 // len(letters))
    start = perf_counter()
    assert parse_point(text) is None
    assert parse_coordinate(text, "lat") is None
    assert parse_point("2d" + text + "3m4S") is None
    assert perf_counter() - start < 1
