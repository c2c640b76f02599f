"""Remoteness: late times by hand, the tree against single ways, and what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.hotspots.weights import travel_time_weights
from analytics.network.remoteness import (
    NO_LEG,
    NO_PIER,
    NO_ROAD,
    RemotenessParams,
    isochrones,
    pert_quantile,
    remoteness,
    travel_time_matrix,
    unreachable,
)
from geo.errors import ParameterError
from tests.sea_and_road import B2, EDGES, NODES, A, V, network

DEPOTS = {"99.01": "D"}


def test_pert_is_uniform_in_the_middle_and_certain_without_spread() -> None:
    assert pert_quantile(0.0, 5.0, 10.0, 0.5) == pytest.approx(5.0)
    assert pert_quantile(7.0, 7.0, 7.0, 0.95) == 7.0
    # Usual at the low end: shapes 1 and 5, so 1 - (1 - x)^5 = 0.95.
    assert pert_quantile(0.0, 0.0, 1.0, 0.95) == pytest.approx(1 - 0.05**0.2)


@given(st.floats(0, 100), st.floats(0, 100), st.floats(0.1, 100), st.floats(0.01, 0.99))
def test_pert_agrees_with_scipys_beta(low: float, a: float, b: float, q: float) -> None:
    usual, high = low + a, low + a + b
    left = a / (a + b)
    expected = stats.beta(1 + 4 * left, 5 - 4 * left, loc=low, scale=a + b).ppf(q)
    assert pert_quantile(low, usual, high, q) == pytest.approx(expected, rel=1e-6)


def test_by_hand() -> None:
    found = remoteness(network(), DEPOTS)
    assert found.index.to_list() == [A, B2, V]
    assert found["usual_min"].to_list() == [10, 55, 65]
    assert found["low_min"].to_list() == [8, 38, 48]
    assert found["high_min"].to_list() == [20, 110, 130]
    assert found["mode_changes"].to_list() == [0, 0, 2]
    assert found["sea_min"].to_list() == [0, 0, 30]
    assert found["distance_km"].to_list() == pytest.approx([8, 38, 32.3])
    assert found["assumed_share"].to_list() == pytest.approx([1, 1, 30 / 65])
    parts = [
        pert_quantile(*times, 0.95)
        for times in ((8.0, 10.0, 20.0), (15.0, 20.0, 45.0), (20.0, 30.0, 60.0), (5.0, 5.0, 5.0))
    ]
    assert found.loc[V, "p95_min"] == pytest.approx(sum(parts))
    assert found["slow_min"].to_list() == found["p95_min"].to_list()
    late = found["p95_min"]
    assert found["rank"].to_list() == late.rank(ascending=False).astype(int).to_list()


def test_the_tree_agrees_with_each_way() -> None:
    whole = network()
    found = remoteness(whole, DEPOTS)
    for node, row in found.iterrows():
        way = whole.way("D", node)
        assert row["usual_min"] == pytest.approx(way.minutes())
        assert row["distance_km"] == pytest.approx(way.distance_km)
        assert row["mode_changes"] == way.mode_changes
        assert row["sea_min"] == way.sea_min


def test_independent_legs_are_never_much_later_than_one_bad_day() -> None:
    apart = remoteness(network(), DEPOTS, RemotenessParams(dependence="independent", draws=20_000))
    together = remoteness(network(), DEPOTS)
    assert apart.loc[V, "p95_min"] < together.loc[V, "p95_min"]
    assert apart.loc[A, "p95_min"] == pytest.approx(together.loc[A, "p95_min"], rel=0.02)
    again = remoteness(network(), DEPOTS, RemotenessParams(dependence="independent", draws=20_000))
    pd.testing.assert_frame_equal(apart, again)


def test_what_cannot_be_reached_is_listed_with_what_is_missing() -> None:
    assert unreachable(network(), DEPOTS).empty
    no_leg = network().without([2])
    row = unreachable(no_leg, DEPOTS)
    assert row[["node_id", "missing", "piers"]].to_numpy().tolist() == [[V, NO_LEG, "L"]]
    assert remoteness(no_leg, DEPOTS).loc[V, ["usual_min", "rank"]].isna().all()
    assert remoteness(no_leg, DEPOTS)["rank"].dropna().to_list() == [2, 1]
    no_road = network().without([4])
    assert unreachable(no_road, DEPOTS)["missing"].to_list() == [NO_ROAD]
    more = (*NODES, ("X", "pps", "99.01.03.2001"), ("Y", "junction", ""))
    inland = network(more, (*EDGES, ("X", "Y", "road", 1.0, 1.0, 1.0, 1.0, None)))
    assert unreachable(inland, DEPOTS)["missing"].to_list() == [NO_PIER]


def test_a_kabupaten_without_a_warehouse_is_listed() -> None:
    assert unreachable(network(), {})["depot_id"].isna().all()
    assert remoteness(network(), {})["usual_min"].isna().all()


def test_a_warehouse_that_is_no_node_is_refused() -> None:
    with pytest.raises(ParameterError, match="GUDANG"):
        remoteness(network(), {"99.01": "GUDANG"})


def test_isochrones_by_hand() -> None:
    found = isochrones(network(), "D", (10, 60))
    assert found["usual_min"].to_dict() == {A: 10, B2: 55, V: 65}
    assert found["band"].to_list()[:2] == [10, 60]
    assert np.isnan(found.loc[V, "band"])
    for bad in ((), (0.0,), (20.0, 10.0)):
        with pytest.raises(ParameterError):
            isochrones(network(), "D", bad)


def test_travel_times_feed_the_weights() -> None:
    minutes = travel_time_matrix(network())
    assert minutes.index.to_list() == minutes.columns.to_list() == [A, B2, V]
    assert minutes.loc[A, V] == minutes.loc[V, A] == 55
    assert (np.diag(minutes) == 0).all()
    assert travel_time_weights([A, B2, V], minutes, k=1).matrix.toarray()[1, 0] == 1


@pytest.mark.parametrize(
    ("name", "value"), [("quantile", 0.0), ("quantile", 1.0), ("dependence", "some"), ("draws", 10)]
)
def test_parameters_out_of_range(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=name):
        RemotenessParams(**{name: value})


def test_the_error_of_the_roads_is_no_slow_day() -> None:
    """On land late is days and error at once; a crossing has no road to be wrong about."""
    plain, wrong = (
        remoteness(network(), DEPOTS, RemotenessParams(road_error=e)) for e in (0.0, 0.4)
    )
    assert wrong["slow_min"].to_list() == plain["slow_min"].to_list()
    # D to A is one edge of 8, 10, 20 minutes: the product, drawn instead of worked out.
    rng = np.random.default_rng(5)
    days = pert_quantile(8.0, 10.0, 20.0, rng.random(400_000))
    drawn = np.quantile(days * np.exp(0.4 * rng.standard_normal(400_000)), 0.95)
    assert wrong.loc[A, "p95_min"] == pytest.approx(drawn, rel=0.01)
    at_sea = pert_quantile(20.0, 30.0, 60.0, 0.95)
    on_land = wrong.loc[V, "p95_min"] - at_sea
    assert on_land > plain.loc[V, "p95_min"] - at_sea
    apart = RemotenessParams(dependence="independent", draws=20_000, road_error=0.4)
    assert remoteness(network(), DEPOTS, apart).loc[A, "p95_min"] == pytest.approx(drawn, rel=0.03)
    with pytest.raises(ParameterError, match="road_error"):
        RemotenessParams(road_error=-0.1)
