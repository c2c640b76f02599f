"""Gi, Gi*, local and global Moran: published answers, esda, plain loops, invariants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.local_stats import (
    GI_STAR_Z,
    GI_Z,
    QUADRANTS,
    getis_ord,
    global_moran,
    known_answers,
    lattice_weights,
    local_moran,
    six_points,
)
from analytics.hotspots.weights import Weights, from_pairs, knn_weights
from geo.errors import ParameterError
from tests.peers import to_libpysal


def test_the_known_answers_hold() -> None:
    table = known_answers()
    assert len(table) == 18
    assert table["error"].max() < 6e-9
    assert table["name"].is_unique


def test_six_points() -> None:
    y, near = six_points()
    assert getis_ord(y, near, star=True).z == pytest.approx(GI_STAR_Z, abs=6e-9)
    assert getis_ord(y, near, star=False).z == pytest.approx(GI_Z, abs=6e-9)


def bundled(*parts: str) -> Path:
    libpysal = pytest.importorskip("libpysal")
    path = Path(libpysal.__file__).parent.joinpath("examples", *parts)
    if not path.is_file():
        pytest.skip(f"libpysal no longer ships {path.name} in its wheel")
    return path


def column_and_weights(folder: str, table: str, column: str, gal: str) -> tuple:
    """Return a column and the weights of a GAL file: after a heading, a line with the unit and
    its number of neighbours, then a line with them."""
    import pyogrio

    frame = pyogrio.read_dataframe(bundled(folder, table), read_geometry=False)
    lines = bundled(folder, gal).read_text().split("\n")[1:]
    units = [line.split()[0] for line in lines[::2] if line.strip()]
    near = dict(zip(units, lines[1::2], strict=False))
    position = {unit: i for i, unit in enumerate(units)}
    pairs = [(position[a], position[b]) for a in units for b in near[a].split()]
    return frame[column].to_numpy("float64"), from_pairs(units, np.array(pairs))


def test_moran_of_st_louis_homicides() -> None:
    y, weights = column_and_weights("stl", "stl_hom.dbf", "HR8893", "stl.gal")
    assert global_moran(y, weights).i == pytest.approx(0.24365582621771659, abs=1e-14)


def test_moran_of_north_carolina_sids() -> None:
    y, weights = column_and_weights("sids2", "sids2.dbf", "SIDR74", "sids2.gal")
    assert global_moran(y, weights).i == pytest.approx(0.24772519320480135, abs=1e-14)


def test_moran_variances_of_a_lattice() -> None:
    moran = global_moran(np.arange(1.0, 10.0), lattice_weights(3, 3), row_standardised=False)
    assert moran.var_norm == pytest.approx(0.053125, abs=1e-15)
    assert moran.var_rand == pytest.approx(0.0596875, abs=1e-15)


def test_a_line_of_four_by_hand() -> None:
    # 0 0 2 2 on a line: mean 1, deviations -1 -1 1 1, squares sum to 4.
    line = from_pairs(list("abcd"), np.array([[0, 1], [1, 0], [1, 2], [2, 1], [2, 3], [3, 2]]))
    found = local_moran(np.array([0.0, 0, 2, 2]), line)
    # I_a = 3 * (-1) * (-1) / 4; b has neighbours -1 and 1, whose mean is 0.
    assert found.statistic == pytest.approx([0.75, 0.0, 0.0, 0.75])
    assert [QUADRANTS[q] for q in found.quadrant] == ["LL", "", "", "HH"]
    assert getis_ord(np.array([0.0, 0, 2, 2]), line).statistic == pytest.approx([0, 0.5, 1, 1])
    # One against the rest: b is high, its neighbours low, and they see a high neighbour.
    lone = local_moran(np.array([0.0, 4, 0, 0]), line)
    assert [QUADRANTS[q] for q in lone.quadrant] == ["LH", "HL", "LH", "LL"]


def random_case(n: int, k: int, periods: int, seed: int) -> tuple[np.ndarray, Weights]:
    rng = np.random.default_rng(seed)
    codes = [f"{i:03d}" for i in range(n)]
    y = rng.gamma(0.7, 3.0, (n, periods))
    return y, knn_weights(codes, rng.uniform(0, 1, (n, 2)), k)


def test_esda_agrees() -> None:
    esda = pytest.importorskip("esda")
    y, weights = random_case(60, 5, 3, 4)
    theirs = to_libpysal(weights)
    for t in range(3):
        for star in (True, False):
            peer = esda.G_Local(y[:, t], theirs, transform="B", star=star, permutations=0)
            own = getis_ord(y, weights, star)
            assert own.z[:, t] == pytest.approx(peer.Zs)
            assert own.statistic[:, t] == pytest.approx(peer.Gs)
        moran = esda.Moran_Local(y[:, t], theirs, permutations=0)
        own = local_moran(y, weights)
        assert own.statistic[:, t] == pytest.approx(moran.Is)
        assert own.quadrant[:, t].tolist() == moran.q.tolist()
        whole = esda.Moran(y[:, t], theirs, permutations=0)
        i = global_moran(y[:, t], weights)
        assert (i.i, i.expected) == pytest.approx((whole.I, whole.EI))
        assert (i.var_norm, i.var_rand) == pytest.approx((whole.VI_norm, whole.VI_rand))


def slow_gi_star(y: list[float], near: dict[int, list[int]]) -> list[float]:
    """Return Gi* as its formula is printed, unit by unit."""
    n = len(y)
    mean = sum(y) / n
    s = (sum(v * v for v in y) / n - mean**2) ** 0.5
    found = []
    for i in range(n):
        group = [*near[i], i]
        w = len(group)
        top = sum(y[j] for j in group) - mean * w
        found.append(top / (s * ((n * w - w * w) / (n - 1)) ** 0.5))
    return found


def slow_gi(y: list[float], near: dict[int, list[int]]) -> list[float]:
    n = len(y)
    found = []
    for i in range(n):
        others = [y[j] for j in range(n) if j != i]
        mean = sum(others) / (n - 1)
        s = (sum(v * v for v in others) / (n - 1) - mean**2) ** 0.5
        w = len(near[i])
        top = sum(y[j] for j in near[i]) - w * mean
        found.append(top / (s * (((n - 1) * w - w * w) / (n - 2)) ** 0.5))
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(5, 25), st.integers(0, 10_000), st.data())
def test_plain_loops_agree(n: int, seed: int, data: st.DataObject) -> None:
    y, weights = random_case(n, data.draw(st.integers(1, n - 2)), 2, seed)
    rows = np.split(weights.matrix.indices, weights.matrix.indptr[1:-1])
    near = {i: row.tolist() for i, row in enumerate(rows)}
    for t in range(2):
        column = y[:, t].tolist()
        star = getis_ord(y, weights).z[:, t]
        assert star == pytest.approx(slow_gi_star(column, near), rel=1e-6, abs=1e-9)
        own = getis_ord(y, weights, star=False).z[:, t]
        assert own == pytest.approx(slow_gi(column, near), rel=1e-6, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 25), st.integers(0, 10_000), st.floats(0.01, 1000), st.data())
def test_scale_and_order_are_nothing(n: int, seed: int, scale: float, data: st.DataObject) -> None:
    y, weights = random_case(n, data.draw(st.integers(1, n - 1)), 2, seed)
    order = data.draw(st.permutations(range(n)))
    mixed = weights.reordered([weights.codes[i] for i in order])
    for measure in (getis_ord, local_moran):
        own = measure(y, weights)
        scaled, moved = measure(y * scale, weights), measure(y[order], mixed)
        np.testing.assert_allclose(scaled.z, own.z, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(scaled.statistic, own.statistic, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(moved.z, own.z[order], rtol=1e-6, atol=1e-9)
        swapped = measure(y[:, ::-1], weights)
        np.testing.assert_allclose(swapped.z[:, ::-1], own.z, rtol=1e-6, atol=1e-9)
        alone = measure(y[:, 0], weights)
        np.testing.assert_allclose(alone.z, own.z[:, 0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 1e9])
def test_what_does_not_vary_is_zero(value: float) -> None:
    weights = lattice_weights(3, 3)
    flat = np.full((9, 2), value)
    for found in (getis_ord(flat, weights), getis_ord(flat, weights, False),
                  local_moran(flat, weights)):  # fmt: skip
        assert (found.z == 0).all()
        assert np.isfinite(found.statistic).all()
        assert (found.quadrant == 0).all()
    assert global_moran(flat[:, 0], weights).var_rand == 0
    # One incident: the unit itself sees others that do not vary.
    lone = np.where(np.arange(9) == 4, 1.0, 0.0)
    assert getis_ord(lone, weights, star=False).z[4] == 0
    assert local_moran(lone, weights).z[4] == 0
    assert np.isfinite(getis_ord(lone, weights).z).all()


@pytest.mark.parametrize("n", range(5, 60))
def test_others_that_do_not_vary_give_zero_and_no_rounding(n: int) -> None:
    _, weights = random_case(n, 3, 1, n)
    lone = np.full(n, 0.1)
    lone[n // 2] = 7.3
    assert getis_ord(lone, weights, star=False).z[n // 2] == 0
    assert local_moran(lone, weights).z[n // 2] == 0


def test_a_neighbourhood_of_everyone_is_zero() -> None:
    weights = knn_weights(list("abcd"), np.random.default_rng(1).uniform(0, 1, (4, 2)), 3)
    y = np.array([1.0, 2, 3, 9])
    assert (getis_ord(y, weights).z == 0).all()
    assert (getis_ord(y, weights, star=False).z == 0).all()


def test_refused() -> None:
    weights = lattice_weights(2, 2)
    with pytest.raises(ParameterError, match="one row for each of 4 units"):
        getis_ord(np.ones(3), weights)
    with pytest.raises(ParameterError, match="not finite in row 2"):
        local_moran(np.array([1, 2, np.nan, 3]), weights)
    with pytest.raises(ParameterError, match="one period"):
        global_moran(np.ones((4, 2)), weights)
    with pytest.raises(ParameterError, match="at least 4 units"):
        global_moran(np.ones(2), lattice_weights(1, 2))
