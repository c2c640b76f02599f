"""Every fault of a coverage is found, and all of them at once."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import LineString, Point, Polygon, box

from geo.boundaries.validate import check_coverage, require_coverage
from geo.errors import GeometryError

LEFT, RIGHT = box(106, -3, 107, -2), box(107, -3, 108, -2)
BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def frame(geometry: list[object], codes: list[object] | None = None) -> gpd.GeoDataFrame:
    names = codes if codes is not None else ["a", "b", "c"][: len(geometry)]
    return gpd.GeoDataFrame({"code": names}, geometry=geometry, crs="EPSG:4326")


def test_a_good_coverage_has_no_fault() -> None:
    report = check_coverage(frame([LEFT, RIGHT]), required={"a", "b"})
    assert report.faults == ()
    require_coverage(frame([LEFT, RIGHT]), required={"a", "b"})


@pytest.mark.parametrize("crs", ["OGC:CRS84", "EPSG:4326"])
def test_both_names_of_longitude_and_latitude_pass(crs: str) -> None:
    assert check_coverage(frame([LEFT, RIGHT]).set_crs(crs, allow_override=True)).crs == ""


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (None, "no geometry"),
        (Polygon(), "empty geometry"),
        (BOW_TIE, "invalid geometry: Self-intersection"),
        (Point(106, -2), "Point, expected a polygon"),
        (LineString([(0, 0), (1, 1)]), "LineString, expected a polygon"),
        (box(600_000, 9_700_000, 600_100, 9_700_100), "not longitude and latitude"),
        (box(-3, 106, -2, 107), "not longitude and latitude"),
    ],
)
def test_unusable_rows_are_named(geometry: object, reason: str) -> None:
    report = check_coverage(frame([LEFT, geometry]))
    assert len(report.unusable) == 1
    assert report.unusable[0].startswith("row 2 (b): ")
    assert reason in report.unusable[0]
    assert report.mismatched == ()


def test_crs_is_required() -> None:
    bare = frame([LEFT, RIGHT]).set_crs(None, allow_override=True)
    assert check_coverage(bare).crs.startswith("no coordinate reference system")
    assert "EPSG:32748" in check_coverage(frame([LEFT]).to_crs("EPSG:32748")).crs


def test_codes_are_compared_with_the_registry() -> None:
    third = box(108, -3, 109, -2)
    report = check_coverage(
        frame([LEFT, RIGHT, third], ["a", "a", "x"]), required={"a", "b"}, known={"a", "b", "c"}
    )
    assert (report.duplicate, report.unknown, report.missing) == (("a",), ("x",), ("b",))
    optional = check_coverage(frame([LEFT, RIGHT], ["a", "c"]), required={"a"}, known={"a", "c"})
    assert optional.faults == ()


def test_overlap_names_both_units_and_its_size() -> None:
    report = check_coverage(frame([LEFT, box(106.99, -3, 108, -2)]))
    assert len(report.mismatched) == 2
    assert report.mismatched[0].startswith("a: edges do not match b (overlap ")
    hectares = float(report.mismatched[0].split("overlap ")[1].split(" ha")[0])
    # 0.01 degree of longitude by 1 degree of latitude at 2.5 S: 1.1121 km by 110.58 km.
    assert hectares == pytest.approx(1.1121 * 110.58 * 100, rel=0.005)


def test_a_vertex_on_one_side_only_is_a_mismatch() -> None:
    knot = Polygon([(107, -3), (108, -3), (108, -2), (107, -2), (107, -2.5)])
    assert len(check_coverage(frame([LEFT, knot])).mismatched) == 2


def test_a_gap_counts_when_asked_for() -> None:
    apart = frame([LEFT, box(107.00001, -3, 108, -2)])
    assert check_coverage(apart).faults == ()
    assert check_coverage(apart, gap_width=1e-6).faults == ()
    assert check_coverage(apart, gap_width=1e-4).mismatched == (
        "a: edges do not match b (overlap 0.00 ha)",
        "b: edges do not match a (overlap 0.00 ha)",
    )


def test_water_between_units_is_no_fault() -> None:
    assert check_coverage(frame([LEFT, box(107.5, -3, 108, -2)])).faults == ()


def test_all_faults_come_at_once() -> None:
    bad = frame([LEFT, box(106.5, -3, 108, -2), BOW_TIE], ["a", "a", "x"])
    with pytest.raises(GeometryError) as caught:
        require_coverage(bad, required={"a", "b"})
    text = "; ".join(caught.value.faults)
    for part in ("row 3 (x)", "a: code occurs more than once", "x: unknown code", "b: missing"):
        assert part in text
    assert "edges do not match" in text
