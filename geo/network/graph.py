"""The multimodal network: nodes and edges as frames, shortest times, and ways with their legs.

Edges carry a distribution of minutes (low, usual, high) and can be used both ways, but for roads
that a file says are for one direction. The shortest way is the one of least usual time; loading,
waiting and the hours of boats are not in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.codes import is_one_of
from geo.errors import NoRouteError, ParameterError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WALK, ROAD, BOAT = "walk", "road", "boat"
MODES = (WALK, ROAD, BOAT)
NODE_KINDS = ("depot", "ppk", "pps", "pier", "landing", "tps_site", "junction")
NODE_COLUMNS = ("node_id", "kind", "unit_code", "name", "lon", "lat", "approximate")
EDGE_COLUMNS = (
    "from_node",
    "to_node",
    "mode",
    "length_km",
    "low_min",
    "usual_min",
    "high_min",
    "vessel_class",
    "wave_limit_m",
    "wind_limit_kn",
    "source_id",
    "assumption",
    "why",
)
ONE_WAY = "one_way"
"""A column that edges may have: whether they lead from ``from_node`` to ``to_node`` only."""
_LEAST_MIN = 1e-6
"""Stands for an edge of no time, which a sparse matrix cannot hold."""


@dataclass(frozen=True)
class Way:
    """The shortest way between two nodes.

    Attributes
    ----------
    nodes
        Node ids from start to end.
    edges
        One row per edge in the order and direction of travel, columns `EDGE_COLUMNS`.
    """

    nodes: tuple[str, ...]
    edges: pd.DataFrame = field(repr=False)

    @property
    def distance_km(self) -> float:
        """Kilometres of all edges."""
        return float(self.edges["length_km"].sum())

    def minutes(self, which: str = "usual") -> float:
        """Return the low, usual or high minutes, every edge low, usual or high at once."""
        return float(self.edges[f"{which}_min"].sum())

    @property
    def sea_min(self) -> float:
        """Usual minutes on boats."""
        return float(self.edges.loc[self.edges["mode"].eq(BOAT), "usual_min"].sum())

    @property
    def mode_changes(self) -> int:
        """How often the load changes its means: the mode, or from one boat to another class."""
        return int(self._means().ne(self._means().shift()).iloc[1:].sum())

    def _means(self) -> pd.Series:
        return self.edges["mode"] + "/" + self.edges["vessel_class"].fillna("")

    def legs(self) -> pd.DataFrame:
        """Return the way with consecutive edges on land joined; each crossing stays a leg.

        Returns
        -------
        DataFrame
            ``from_node``, ``to_node``, ``mode``, ``vessel_class``, ``length_km``, ``low_min``,
            ``usual_min``, ``high_min``, ``assumption`` (whether any edge is one).
        """
        if self.edges.empty:
            return pd.DataFrame(columns=[*EDGE_COLUMNS[:8], "assumption"])
        mode = self.edges["mode"]
        run = (mode.ne(mode.shift()) | mode.eq(BOAT)).cumsum().to_numpy()
        return (
            self.edges.groupby(run, sort=True)
            .agg(
                from_node=("from_node", "first"),
                to_node=("to_node", "last"),
                mode=("mode", "first"),
                vessel_class=("vessel_class", "first"),
                length_km=("length_km", "sum"),
                low_min=("low_min", "sum"),
                usual_min=("usual_min", "sum"),
                high_min=("high_min", "sum"),
                assumption=("assumption", "any"),
            )
            .reset_index(drop=True)
        )


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and edges, checked.

    Attributes
    ----------
    nodes
        Columns `NODE_COLUMNS`, a fresh index from 0; ids unique, kinds of `NODE_KINDS`.
    edges
        Columns `EDGE_COLUMNS`, a fresh index from 0; both ends are nodes, modes of `MODES`,
        0 <= low <= usual <= high, lengths not negative. Without a column `ONE_WAY` all edges can
        be used both ways.

    Raises
    ------
    ParameterError
        For a missing column, a repeated id, an unknown kind, mode or end, an edge from a node to
        itself, a negative length or time, or times out of order.
    """

    nodes: pd.DataFrame = field(repr=False)
    edges: pd.DataFrame = field(repr=False)

    def __post_init__(self) -> None:
        _check(self.nodes, self.edges)

    @cached_property
    def ids(self) -> pd.Index:
        """Node ids in the order of the matrix."""
        ids: pd.Index = pd.Index(self.nodes["node_id"].to_numpy(), dtype="str", name="node_id")
        return ids

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """Positions of both ends of each edge."""
        start = self.ids.get_indexer(pd.Index(self.edges["from_node"]))
        end = self.ids.get_indexer(pd.Index(self.edges["to_node"]))
        return start.astype(np.int64), end.astype(np.int64)

    @cached_property
    def best_edge(self) -> dict[tuple[int, int], int]:
        """Row of the fastest edge from one position to another."""
        start, end = self.ends
        one_way = self.edges.get(ONE_WAY, pd.Series(False, index=self.edges.index)).to_numpy()
        found: dict[tuple[int, int], int] = {}
        # Slowest first, so that the fastest edge wins whichever way round it was written.
        for i in self.edges["usual_min"].argsort(kind="stable").to_numpy()[::-1]:
            found[int(start[i]), int(end[i])] = int(i)
            if not one_way[i]:
                found[int(end[i]), int(start[i])] = int(i)
        return found

    @cached_property
    def matrix(self) -> Any:
        """Usual minutes of the fastest edge from one node (row) to another (csr)."""
        from scipy.sparse import csr_array

        pairs = np.array(list(self.best_edge), dtype=np.int64).reshape(-1, 2)
        rows = np.array(list(self.best_edge.values()), dtype=np.int64)
        minutes = np.maximum(self.edges["usual_min"].to_numpy()[rows], _LEAST_MIN)
        return csr_array((minutes, (pairs[:, 0], pairs[:, 1])), shape=(len(self.ids),) * 2)

    @cached_property
    def parts(self) -> pd.Series:
        """Part of each node by id: all nodes of a part can be reached from each other."""
        from scipy.sparse.csgraph import connected_components

        labels = connected_components(self.matrix, directed=True, connection="strong")[1]
        return pd.Series(labels, index=self.ids, name="part")

    def position(self, node_id: str) -> int:
        """Return the position of a node.

        Raises
        ------
        ParameterError
            When there is no such node.
        """
        found = self.ids.get_indexer(pd.Index([node_id]))[0]
        if found < 0:
            raise ParameterError("node_id", node_id, "a node of the network")
        return int(found)

    def minutes_from(self, node_ids: Sequence[str]) -> pd.DataFrame:
        """Return the usual minutes from some nodes to all, infinite where there is no way.

        Returns
        -------
        DataFrame
            Index ``node_ids``, one column per node.
        """
        from scipy.sparse.csgraph import dijkstra

        at = [self.position(node) for node in node_ids]
        reached = dijkstra(self.matrix, directed=True, indices=at)
        return pd.DataFrame(reached, index=pd.Index(list(node_ids), dtype="str"), columns=self.ids)

    def spread_from(self, node_ids: Sequence[str], to: Sequence[str]) -> dict[str, pd.DataFrame]:
        """Return low, usual and high minutes along the ways of least usual time.

        Returns
        -------
        dict
            ``low_min``, ``usual_min``, ``high_min``: index ``node_ids``, columns ``to``; infinite
            where there is no way.
        """
        columns = [self.position(node) for node in to]
        names = ("low_min", "usual_min", "high_min")
        out = {name: np.full((len(node_ids), len(columns)), np.inf) for name in names}
        keys, rows = self._sorted_pairs
        every = np.arange(len(self.ids))
        for n, node in enumerate(node_ids):
            reached, before = self.tree(node)
            parent = np.where(before >= 0, before, every)
            edge = rows[
                np.minimum(np.searchsorted(keys, parent * len(every) + every), len(keys) - 1)
            ]
            for name in names:
                minutes = self.edges[name].to_numpy(dtype=np.float64)
                total = _summed(np.where(before >= 0, minutes[edge], 0.0), parent)
                out[name][n] = np.where(np.isfinite(reached), total, np.inf)[columns]
        return {
            name: pd.DataFrame(table, index=pd.Index(list(node_ids)), columns=pd.Index(list(to)))
            for name, table in out.items()
        }

    @cached_property
    def _sorted_pairs(self) -> tuple[Ints, Ints]:
        """Return every pair of joined positions as one rising number, and the row of its edge."""
        keys = np.array([a * len(self.ids) + b for a, b in self.best_edge], dtype=np.int64)
        order = np.argsort(keys)
        return keys[order], np.array(list(self.best_edge.values()), dtype=np.int64)[order]

    def tree(self, node_id: str) -> tuple[Floats, Ints]:
        """Return usual minutes and predecessor (negative: none) of each position from a node."""
        from scipy.sparse.csgraph import dijkstra

        reached, before = dijkstra(
            self.matrix, directed=True, indices=self.position(node_id), return_predecessors=True
        )
        return reached, before.astype(np.int64)

    def way(self, from_node: str, to_node: str) -> Way:
        """Return the way of least usual time.

        Raises
        ------
        NoRouteError
            When the two are not joined.
        """
        start, at = self.position(from_node), self.position(to_node)
        reached, before = self.tree(from_node)
        if not np.isfinite(reached[at]):
            raise NoRouteError(from_node, to_node)
        positions = [at]
        while positions[-1] != start:
            positions.append(int(before[positions[-1]]))
        return self._along(positions[::-1])

    def _along(self, positions: Sequence[int]) -> Way:
        steps = list(pairwise(positions))
        rows = self.edges.iloc[[self.best_edge[step] for step in steps]].reset_index(drop=True)
        names = [str(self.ids[i]) for i in positions]
        edges = rows.assign(
            from_node=pd.Series(names[:-1], dtype="str"), to_node=pd.Series(names[1:], dtype="str")
        )
        return Way(tuple(names), edges)

    def without(self, rows: Iterable[int]) -> Network:
        """Return the network without some edges, named by their index."""
        return Network(self.nodes, self.edges.drop(index=list(rows)).reset_index(drop=True))


def _summed(steps: Floats, parent: Ints) -> Floats:
    """Return for each node of a tree the sum of the steps (N,) up to its root.

    ``parent`` (N,) of a root is itself, and its step 0. Each round doubles how far a node looks.
    """
    total, above = steps.copy(), parent
    while not np.array_equal(further := above[above], above):
        total, above = total + total[above], further
    return total


def _check(nodes: pd.DataFrame, edges: pd.DataFrame) -> None:
    for name, frame, columns in (("nodes", nodes, NODE_COLUMNS), ("edges", edges, EDGE_COLUMNS)):
        if missing := [c for c in columns if c not in frame.columns]:
            raise ParameterError(name, missing, "columns " + ", ".join(columns))
        if not frame.index.equals(pd.RangeIndex(len(frame))):
            raise ParameterError(name, str(frame.index)[:60], "an index that counts from 0")
    ids = nodes["node_id"]
    _refuse(ids, ids.duplicated() | ids.isna(), "an id that occurs once")
    _refuse(nodes["kind"], ~nodes["kind"].isin(NODE_KINDS), "one of " + ", ".join(NODE_KINDS))
    for column in ("from_node", "to_node"):
        _refuse(edges[column], ~is_one_of(edges[column], ids), "a node of the network")
    _refuse(edges["to_node"], edges["to_node"].eq(edges["from_node"]), "another node")
    _refuse(edges["mode"], ~edges["mode"].isin(MODES), "one of " + ", ".join(MODES))
    for column in ("length_km", "low_min"):
        _refuse(edges[column], ~edges[column].ge(0), "0 or more")
    _refuse(edges["usual_min"], ~edges["usual_min"].ge(edges["low_min"]), "low_min or more")
    _refuse(edges["high_min"], ~edges["high_min"].ge(edges["usual_min"]), "usual_min or more")
    high = edges["high_min"].to_numpy(dtype=np.float64)
    _refuse(edges["high_min"], pd.Series(~np.isfinite(high)), "finite minutes")


def _refuse(values: pd.Series, wrong: pd.Series, expected: str) -> None:
    if wrong.any():
        at = int(wrong.to_numpy().argmax())
        raise ParameterError(f"{values.name} of row {at}", values.iloc[at], expected)
