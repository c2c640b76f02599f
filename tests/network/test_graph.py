"""Shortest ways: a network worked out by hand, an independent search, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import NoRouteError, ParameterError
from geo.network.graph import Network
from tests.sea_and_road import B2, EDGES, NODES, A, V, network, plain_dijkstra


def test_the_way_by_hand() -> None:
    way = network().way("D", V)
    assert way.nodes == ("D", A, "B", "L", V)
    assert way.distance_km == pytest.approx(8 + 15 + 9 + 0.3)
    assert way.minutes() == 65
    assert (way.minutes("low"), way.minutes("high")) == (48, 130)
    assert way.sea_min == 30
    assert way.mode_changes == 2


def test_legs_join_what_is_one_means() -> None:
    legs = network().way("D", V).legs()
    assert legs["mode"].to_list() == ["road", "boat", "walk"]
    assert legs["usual_min"].to_list() == [30, 30, 5]
    assert legs["from_node"].to_list() == ["D", "B", "L"]
    assert legs["to_node"].to_list() == ["B", "L", V]
    assert legs["assumption"].to_list() == [True, False, False]


def test_two_crossings_are_two_legs_of_one_means() -> None:
    nodes = (("P", "pier", A), ("Q", "landing", A), ("R", "landing", A))
    edges = (
        ("P", "Q", "boat", 3.0, 10.0, 20.0, 30.0, "perahu"),
        ("Q", "R", "boat", 2.0, 5.0, 10.0, 15.0, "perahu"),
    )
    way = network(nodes, edges).way("P", "R")
    assert len(way.legs()) == 2
    assert way.mode_changes == 0
    feri = (edges[0], (*edges[1][:7], "feri"))
    assert network(nodes, feri).way("P", "R").mode_changes == 1


def test_a_way_back_is_the_way_there() -> None:
    way = network().way(V, "D")
    assert way.nodes == (V, "L", "B", A, "D")
    assert way.edges["from_node"].to_list() == [V, "L", "B", A]
    assert way.minutes() == 65


def test_a_way_to_oneself_is_empty() -> None:
    way = network().way(A, A)
    assert (way.nodes, way.minutes(), way.mode_changes, len(way.legs())) == ((A,), 0.0, 0, 0)


def test_of_parallel_edges_the_faster_counts_whichever_way_it_is_written() -> None:
    slow, fast = (
        ("D", A, "road", 1.0, 9.0, 9.0, 9.0, None),
        (A, "D", "road", 2.0, 4.0, 4.0, 4.0, None),
    )
    for edges in ((slow, fast), (fast, slow)):
        way = network(NODES[:2], edges).way("D", A)
        assert (way.minutes(), way.distance_km) == (4.0, 2.0)
        assert way.edges["from_node"].to_list() == ["D"]


def test_places_that_are_not_joined() -> None:
    without = network().without([2])
    with pytest.raises(NoRouteError, match=V):
        without.way("D", V)
    assert np.isinf(without.minutes_from(["D"]).loc["D", V])
    assert without.parts.nunique() == 2


@st.composite
def networks(draw: st.DrawFn) -> Network:
    n = draw(st.integers(2, 7))
    names = [(f"n{i}", "junction", A) for i in range(n)]
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    rows = draw(st.lists(st.tuples(pair, st.integers(0, 50)), min_size=1, max_size=14))
    edges = [
        (f"n{a}", f"n{b}", "road", 1.0, float(m), float(m), float(m) + 5, None)
        for (a, b), m in rows
    ]
    return network(names, edges)


@given(networks())
def test_an_independent_search_agrees(found: Network) -> None:
    for origin in found.ids:
        minutes = found.minutes_from([origin]).iloc[0]
        plain = plain_dijkstra(found.edges, origin)
        assert {k for k, v in minutes.items() if np.isfinite(v)} == set(plain)
        for node, value in plain.items():
            assert minutes[node] == pytest.approx(value, abs=1e-4)


@given(networks())
def test_times_are_symmetric_and_keep_the_triangle(found: Network) -> None:
    d = found.minutes_from(list(found.ids)).to_numpy()
    assert np.array_equal(d, d.T) or np.allclose(d, d.T)
    through = np.min(d[:, :, None] + d[None, :, :], axis=1)
    assert (d <= through + 1e-9).all()


@given(networks(), st.data())
def test_removing_an_edge_never_shortens_a_way(found: Network, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(found.edges) - 1))
    before = found.minutes_from(list(found.ids)).to_numpy()
    after = found.without([row]).minutes_from(list(found.ids)).to_numpy()
    assert (after >= before - 1e-9).all()


@given(networks())
def test_a_way_adds_up_to_its_time(found: Network) -> None:
    origin = str(found.ids[0])
    minutes = found.minutes_from([origin]).iloc[0]
    for node in found.ids[np.isfinite(minutes.to_numpy())]:
        way = found.way(origin, str(node))
        assert way.minutes() == pytest.approx(minutes[node], abs=1e-4)
        assert way.minutes("low") <= way.minutes() <= way.minutes("high")


@pytest.mark.parametrize(
    ("edge", "named"),
    [
        (("D", "nowhere", "road", 1.0, 1.0, 1.0, 1.0, None), "nowhere"),
        (("D", "D", "road", 1.0, 1.0, 1.0, 1.0, None), "'D'"),
        (("D", A, "rail", 1.0, 1.0, 1.0, 1.0, None), "rail"),
        (("D", A, "road", -1.0, 1.0, 1.0, 1.0, None), "length_km"),
        (("D", A, "road", 1.0, -1.0, 1.0, 1.0, None), "low_min"),
        (("D", A, "road", 1.0, 3.0, 2.0, 4.0, None), "usual_min"),
        (("D", A, "road", 1.0, 1.0, 2.0, 1.0, None), "high_min"),
        (("D", A, "road", 1.0, 1.0, 2.0, float("inf"), None), "high_min"),
        (("D", A, "road", float("nan"), 1.0, 2.0, 3.0, None), "length_km"),
    ],
)
def test_a_broken_edge_is_refused(edge: tuple[object, ...], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        network(NODES, (*EDGES, edge))


def test_broken_nodes_are_refused() -> None:
    with pytest.raises(ParameterError, match="occurs once"):
        network((*NODES, NODES[0]))
    with pytest.raises(ParameterError, match="airport"):
        network((*NODES, ("X", "airport", A)))
    with pytest.raises(ParameterError, match="a node of the network"):
        network().way("D", "elsewhere")
    assert B2 in network().ids


def one_way(start: str, end: str) -> Network:
    """Return the network by hand with the road between two nodes for one direction."""
    found = network()
    edges = found.edges.copy()
    edges["one_way"] = edges["from_node"].eq(start) & edges["to_node"].eq(end)
    assert edges["one_way"].sum() == 1
    return Network(found.nodes, edges)


def test_a_one_way_road_leads_one_way() -> None:
    around = one_way("D", A)
    assert around.way("D", A).minutes() == 10
    assert around.way(A, "D").nodes == (A, "B", "D")
    there = one_way("L", V)
    assert there.way("D", V).minutes() == 65
    with pytest.raises(NoRouteError):
        there.way(V, "D")
    assert there.minutes_from([V]).loc[V, "D"] == np.inf
    assert there.parts["D"] != there.parts[V]
    assert network().parts["D"] == network().parts[V]


def test_the_spread_along_all_ways_is_that_of_each() -> None:
    found = one_way("L", V)
    ids = found.ids.to_list()
    table = found.spread_from(ids, ids)
    for start in ids:
        reached, _ = found.tree(start)
        for end in ids:
            if np.isfinite(reached[found.position(end)]):
                way = found.way(start, end)
                for which in ("low", "usual", "high"):
                    minutes = table[f"{which}_min"].loc[start, end]
                    assert minutes == pytest.approx(way.minutes(which), abs=1e-5)
            else:
                assert table["low_min"].loc[start, end] == np.inf
