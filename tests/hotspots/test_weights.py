"""Weights by edges, distance and travel time; no unit without a neighbour."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import box

from analytics.hotspots.local_stats import lattice_weights
from analytics.hotspots.weights import (
    Weights,
    contiguity_weights,
    distance_band_weights,
    from_pairs,
    knn_weights,
    metric_points,
    travel_time_weights,
)
from geo.crs import STORAGE_CRS
from geo.errors import CodeError, CrsError, ParameterError
from tests.metric import METRIC_CRS
from tests.peers import to_libpysal

SHIPPED = Path("data/shipped/babel")


def near(weights: Weights) -> dict[str, str]:
    """Return the neighbours of each unit as one text."""
    dense = weights.matrix.toarray()
    return {
        code: "".join(weights.codes[j] for j in np.flatnonzero(dense[i]))
        for i, code in enumerate(weights.codes)
    }


def three_squares_and_an_island() -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return a b in a row, c touching b at a corner only, d an island, e without a polygon."""
    boxes = [box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 1, 3, 2), box(5, 0, 6, 1)]
    boxes = [b.__class__(np.array(b.exterior.coords) * 0.01 + (107, -2.5)) for b in boxes]
    shapes = gpd.GeoDataFrame({"code": list("abcd")}, geometry=boxes, crs=STORAGE_CRS)
    x = np.array([0.5, 1.5, 2.5, 5.5, 6.5]) * 0.01 + 107
    points = pd.DataFrame(
        {"lon": x, "lat": [-2.495, -2.495, -2.485, -2.495, -2.495]}, list("abcde")
    )
    return shapes, points


def test_edges_corners_and_water() -> None:
    shapes, points = three_squares_and_an_island()
    found = contiguity_weights(shapes, points)
    # b and c touch in a corner; d and e have no edge: each is linked to its two nearest.
    assert near(found) == {"a": "b", "b": "ac", "c": "bde", "d": "ce", "e": "cd"}
    assert (abs(found.matrix - found.matrix.T)).nnz == 0


def test_nearest_and_ties_by_code() -> None:
    xy = np.array([[0.0, 0], [1000, 0], [2000, 0], [5000, 0]])
    assert near(knn_weights(list("abcd"), xy, 1)) == {"a": "b", "b": "a", "c": "b", "d": "c"}
    # Named the other way round, the tie of the second point goes to the lower code, the third.
    assert near(knn_weights(list("dcba"), xy, 1))["c"] == "b"
    assert near(knn_weights(list("abcd"), xy, 3))["d"] == "abc"


def test_distance_band_falls_back_to_the_nearest() -> None:
    xy = np.array([[0.0, 0], [10, 0], [20, 0], [90, 0]])
    band = distance_band_weights(list("abcd"), xy, 10.0)
    assert near(band) == {"a": "b", "b": "ac", "c": "bd", "d": "c"}


def test_travel_time_reads_rows_and_labels() -> None:
    minutes = np.array([[0, 5, 50, np.inf], [60, 0, 5, np.nan], [1, 2, 0, 3], [np.inf, 9, 9, 0]])
    found = travel_time_weights(list("abcd"), minutes, 2)
    assert near(found) == {"a": "bc", "b": "ac", "c": "ab", "d": "bc"}
    frame = pd.DataFrame(minutes, list("abcd"), list("abcd"))
    shuffled = frame.loc[list("dbca"), list("cabd")]
    assert near(travel_time_weights(list("abcd"), shuffled, 2)) == near(found)
    few = np.full((3, 3), np.inf)
    few[[0, 1, 2], [1, 0, 1]] = 1.0
    assert near(travel_time_weights(list("abc"), few, 2)) == {"a": "b", "b": "a", "c": "b"}


def test_of_two_units_each_is_the_neighbour_of_the_other() -> None:
    shapes, points = three_squares_and_an_island()
    for apart in (points.index[[0, 1]], points.index[[0, 3]]):
        found = contiguity_weights(shapes[shapes["code"].isin(apart)], points.loc[apart])
        assert found.cardinality.tolist() == [1, 1]


def test_what_cannot_be_weighed_is_refused() -> None:
    xy = np.array([[0.0, 0], [1, 0], [2, 0]])
    shapes, points = three_squares_and_an_island()
    minutes = np.ones((3, 3))
    with pytest.raises(ParameterError, match="k=3, expected 1 to 2"):
        knn_weights(list("abc"), xy, 3)
    with pytest.raises(ParameterError, match="at least two units"):
        knn_weights(["a"], xy[:1], 1)
    with pytest.raises(ParameterError, match="'a', expected each unit once"):
        knn_weights(list("aba"), xy, 1)
    with pytest.raises(ParameterError, match="finite metres"):
        knn_weights(list("abc"), np.where(xy == 2, np.nan, xy), 1)
    with pytest.raises(ParameterError, match="threshold_m"):
        distance_band_weights(list("abc"), xy, 0.0)
    with pytest.raises(ParameterError, match="k=3"):
        travel_time_weights(list("abc"), minutes, 3)
    with pytest.raises(ParameterError, match=r"shape \(3, 3\)"):
        travel_time_weights(list("abc"), minutes[:2], 1)
    with pytest.raises(ParameterError, match="0 or more"):
        travel_time_weights(list("abc"), -minutes, 1)
    with pytest.raises(ParameterError, match="'b', expected a unit that reaches another"):
        travel_time_weights(list("abc"), np.where(np.eye(3)[1][:, None] > 0, np.nan, minutes), 1)
    with pytest.raises(CodeError, match="'c'"):
        travel_time_weights(list("abc"), pd.DataFrame(minutes, list("abd"), list("abd")), 1)
    with pytest.raises(ParameterError, match="at least two units"):
        contiguity_weights(shapes.iloc[:1], points.iloc[:1])
    with pytest.raises(ParameterError, match="each unit once"):
        contiguity_weights(shapes.assign(code=list("aacd")), points)
    with pytest.raises(CodeError, match="'z'"):
        contiguity_weights(shapes.assign(code=list("abcz")), points)
    with pytest.raises(CrsError):
        contiguity_weights(shapes.to_crs(METRIC_CRS), points)
    with pytest.raises(ParameterError, match="'c', expected a lon and a lat"):
        metric_points(points.assign(lon=points["lon"].where(points.index != "c")))


def test_a_matrix_that_is_no_binary_weights_is_refused() -> None:
    good = np.array([[0.0, 1], [1, 0]])
    for matrix, why in (
        (good[:1], "shape"),
        (good * 2, "weights of 1"),
        (np.ones((2, 2)), "its own neighbour"),
        (np.array([[0.0, 1], [0, 0]]), "'b', expected at least one"),
    ):
        with pytest.raises(ParameterError, match=why):
            Weights(("a", "b"), csr_array(matrix), "given")


def test_reordering_keeps_the_neighbours() -> None:
    weights = from_pairs(list("abc"), np.array([[0, 1], [1, 2], [2, 0]]))
    assert near(weights.reordered(list("cab"))) == near(weights)
    assert weights.reordered(list("abc")) is weights
    with pytest.raises(CodeError, match="'d'"):
        weights.reordered(list("abcd"))
    assert weights.star().toarray().tolist() == [[1, 1, 0], [0, 1, 1], [1, 0, 1]]


def test_libpysal_finds_the_same_neighbours() -> None:
    libpysal = pytest.importorskip("libpysal")
    rng = np.random.default_rng(3)
    xy = rng.uniform(0, 1e5, (60, 2))
    codes = [f"{i:02d}" for i in range(60)]
    ours = knn_weights(codes, xy, 5)
    theirs = libpysal.weights.KNN.from_array(xy, k=5, ids=codes)
    assert (ours.matrix.toarray() == theirs.sparse.toarray()).all()
    assert (to_libpysal(ours).sparse.toarray() == ours.matrix.toarray()).all()
    lattice = libpysal.weights.lat2W(3, 4)
    assert (lattice.sparse.toarray() == lattice_weights(3, 4).matrix.toarray()).all()


@pytest.mark.parametrize("level", ["kabupaten", "kecamatan", "desa"])
def test_the_shipped_coverage_leaves_no_unit_alone(level: str) -> None:
    libpysal = pytest.importorskip("libpysal")
    units = pd.read_csv(SHIPPED / "units.csv", dtype={"code": str})
    points = units[units["level"].eq(level)].set_index("code")
    shapes = gpd.read_parquet(SHIPPED / "boundaries" / f"{level}.parquet")
    weights = contiguity_weights(shapes, points)
    assert weights.cardinality.min() >= 1
    assert (abs(weights.matrix - weights.matrix.T)).nnz == 0
    theirs = libpysal.weights.Queen.from_dataframe(
        shapes, ids=list(shapes["code"]), silence_warnings=True
    )
    drawn = [c for c in shapes["code"] if theirs.neighbors[c]]
    linked = set(points.index) - set(drawn)
    for code in drawn:
        row = weights.matrix[[weights.codes.index(code)]].indices
        found = {weights.codes[j] for j in row}
        assert set(theirs.neighbors[code]) <= found
        assert found - set(theirs.neighbors[code]) <= linked


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 30), st.integers(0, 10_000), st.data())
def test_order_of_units_is_nothing(n: int, seed: int, data: st.DataObject) -> None:
    # Whole coordinates on a small square make many ties.
    xy = np.random.default_rng(seed).integers(0, 4, (n, 2)).astype(np.float64)
    codes = [f"u{i:02d}" for i in range(n)]
    k = data.draw(st.integers(1, n - 1))
    order = data.draw(st.permutations(range(n)))
    straight = knn_weights(codes, xy, k)
    mixed = knn_weights([codes[i] for i in order], xy[order], k).reordered(codes)
    assert (straight.matrix != mixed.matrix).nnz == 0
    assert (straight.cardinality == k).all()
