"""A network of six places that can be worked out by hand, and helpers to make others.

::

    D --road 10--> A --road 20--> B --boat 30 (20-60)--> L --walk 5--> V
    A --road 45--> B2 (an office), and D --road 60--> B directly

D the warehouse, A and B2 and V offices, B a pier, L a landing. The fastest way from D to V is
D A B L V: 10 + 20 + 30 + 5 = 65 minutes, three means, 30 minutes at sea.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import pandas as pd

from geo.network.graph import EDGE_COLUMNS, NODE_COLUMNS, Network

A, B2, V = "99.01.01.2001", "99.01.01.2002", "99.01.02.2001"
NODES = (
    ("D", "depot", "99.01.01"), (A, "pps", A), ("B", "pier", "99.01.01.2001"),
    (B2, "pps", B2), ("L", "landing", V), (V, "pps", V),
)  # fmt: skip
EDGES = (
    ("D", A, "road", 8.0, 8.0, 10.0, 20.0, None),
    (A, "B", "road", 15.0, 15.0, 20.0, 45.0, None),
    ("B", "L", "boat", 9.0, 20.0, 30.0, 60.0, "perahu"),
    ("L", V, "walk", 0.3, 5.0, 5.0, 5.0, None),
    (A, B2, "road", 30.0, 30.0, 45.0, 90.0, None),
    ("D", "B", "road", 40.0, 50.0, 60.0, 80.0, None),
)


def network(
    nodes: Sequence[tuple[str, str, str]] = NODES, edges: Sequence[tuple[object, ...]] = EDGES
) -> Network:
    node_rows = [(node, kind, unit, node, 107.0, -2.5, True) for node, kind, unit in nodes]
    edge_rows = [
        (*edge, 1.25 if edge[7] else None, 15.0 if edge[7] else None, None, edge[2] == "road", "")
        for edge in edges
    ]
    texts = {"vessel_class": "str", "source_id": "str", "why": "str"}
    return Network(
        pd.DataFrame(node_rows, columns=list(NODE_COLUMNS)),
        pd.DataFrame(edge_rows, columns=list(EDGE_COLUMNS)).astype(
            texts | {"wave_limit_m": "float64", "wind_limit_kn": "float64"}
        ),
    )


def plain_dijkstra(edges: pd.DataFrame, origin: str) -> dict[str, float]:
    """Return least usual minutes by node, worked out with a heap and nothing of the product."""
    near: dict[str, list[tuple[str, float]]] = {}
    for a, b, minutes in edges[["from_node", "to_node", "usual_min"]].itertuples(index=False):
        near.setdefault(a, []).append((b, minutes))
        near.setdefault(b, []).append((a, minutes))
    done: dict[str, float] = {}
    queue = [(0.0, origin)]
    while queue:
        so_far, node = heapq.heappop(queue)
        if node in done:
            continue
        done[node] = so_far
        for other, minutes in near.get(node, []):
            heapq.heappush(queue, (so_far + minutes, other))
    return done
