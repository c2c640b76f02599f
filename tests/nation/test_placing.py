"""Every report comes back, placed where point and name support it, or with a reason."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import ParameterError
from geo.places.placing import REASONS, Coverage, place_reports

DESA = {
    "11.01.01.2001": shapely.box(0, 0, 1, 1),
    "11.01.01.2002": shapely.box(1, 0, 2, 1),
    "11.01.02.2001": shapely.box(0, 1, 1, 2),
    "11.02.01.2001": shapely.box(5, 0, 6, 1),
}
PARENTS = ("11", "11.01", "11.01.01", "11.01.02", "11.02", "11.02.01")


def coverage() -> Coverage:
    codes = np.array(list(DESA), dtype=object)
    return Coverage(codes, np.array(list(DESA.values())), PARENTS)


@pytest.mark.parametrize(
    ("lon", "lat", "named", "place", "reason"),
    [
        (0.5, 0.5, "", "11.01.01.2001", ""),
        (0.5, 0.5, "11", "11.01.01.2001", ""),
        (0.5, 0.5, "11.01.01.2001", "11.01.01.2001", ""),
        (1.0, 0.5, "", "11.01.01.2001", ""),  # on the border of two: the one that comes first
        (3.0, 0.5, "11.01", "11.01", "titik_di_luar"),
        (3.0, 0.5, "", "", "di_luar_batas"),
        (0.5, 0.5, "11.02", "", "bertentangan"),
        (0.5, 0.5, "11.01.01.2002", "", "bertentangan"),
        (np.nan, np.nan, "11.02.01", "11.02.01", ""),
        (0.5, np.nan, "11.02.01", "11.02.01", ""),
        (0.5, 0.5, "11.03", "", "kode_tak_dikenal"),
        (np.nan, np.nan, "99", "", "kode_tak_dikenal"),
        (np.nan, np.nan, "", "", "tanpa_tempat"),
        (0.5, 0.5, "11.0", "", "kode_tak_dikenal"),
    ],
)
def test_one_report_by_hand(lon: float, lat: float, named: str, place: str, reason: str) -> None:
    found = place_reports(
        np.array([lon]), np.array([lat]), np.array([named], dtype=object), coverage()
    )
    assert (found.place_code[0], found.reason[0]) == (place, reason)


coordinate = st.one_of(st.just(float("nan")), st.floats(-1, 7))
rows = st.lists(
    st.tuples(coordinate, coordinate, st.sampled_from(["", *DESA, *PARENTS, "12", "11.01.09"])),
    max_size=30,
)


@given(rows)
def test_a_spatial_join_of_geopandas_says_the_same(
    given_rows: list[tuple[float, float, str]],
) -> None:
    lon = np.array([row[0] for row in given_rows], dtype=float)
    lat = np.array([row[1] for row in given_rows], dtype=float)
    named = np.array([row[2] for row in given_rows], dtype=object)
    found = place_reports(lon, lat, named, coverage())
    has_point = np.isfinite(lon) & np.isfinite(lat)
    points = gpd.GeoDataFrame(
        {"row": np.flatnonzero(has_point)},
        geometry=gpd.points_from_xy(lon[has_point], lat[has_point]),
    )
    desa = gpd.GeoDataFrame({"code": list(DESA)}, geometry=list(DESA.values()))
    joined = points.sjoin(desa, predicate="intersects").groupby("row")["code"].min()
    for row, (_, _, name) in enumerate(given_rows):
        at = joined.get(row, "")
        if name and name not in {*DESA, *PARENTS}:
            expected = ("", "kode_tak_dikenal")
        elif at and (not name or f"{at}.".startswith(f"{name}.")):
            expected = (at, "")
        elif at:
            expected = ("", "bertentangan")
        elif has_point[row]:
            expected = (name, "titik_di_luar") if name else ("", "di_luar_batas")
        else:
            expected = (name, "") if name else ("", "tanpa_tempat")
        assert (found.place_code[row], found.reason[row]) == expected


@given(rows)
def test_parts_equal_the_whole_and_no_row_is_lost(
    given_rows: list[tuple[float, float, str]],
) -> None:
    lon = np.array([row[0] for row in given_rows], dtype=float)
    lat = np.array([row[1] for row in given_rows], dtype=float)
    named = np.array([row[2] for row in given_rows], dtype=object)
    whole = place_reports(lon, lat, named, coverage())
    cut = len(given_rows) // 3
    parts = [
        place_reports(lon[s], lat[s], named[s], coverage()) for s in (slice(cut), slice(cut, None))
    ]
    assert list(whole.place_code) == [code for part in parts for code in part.place_code]
    assert list(whole.reason) == [reason for part in parts for reason in part.reason]
    assert len(whole.reason) == len(given_rows)
    placed = whole.place_code != ""
    assert set(whole.reason[~placed]) <= set(REASONS[1:])
    assert set(whole.reason[placed]) <= {"", REASONS[0]}


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(ParameterError):
        place_reports(np.zeros(2), np.zeros(1), np.array(["", ""], dtype=object), coverage())
    with pytest.raises(ParameterError):
        Coverage(np.array(["11.01.01.2001"], dtype=object), np.array([]))
