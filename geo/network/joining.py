"""Where a place meets the roads: the nearest junction, but none of a piece that leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.boundaries.coast import AT_SEA, Land
from geo.errors import ParameterError
from geo.network.proxy import Floats, Ints

OFFICE = "pps"


@dataclass(frozen=True)
class AccessParams:
    """How offices, piers and warehouses are joined to the roads.

    Attributes
    ----------
    walk_km
        Where an island has no road, its ways are walked if none is longer, at least 0.
    walk_kmh
        Walking with a box, above 0; an assumption.
    reach_km
        A place farther than this from every road of its island is not joined, above 0.
    piece_km
        A part of a file's roads with less road than this is a piece (a yard, a lane that was never
        joined): places pass it by for the main roads within ``reach_km``, at least 0.
    beside_km
        A larger part is passed by only where the main roads are within this, at least 0.
    """

    walk_km: float = 1.0
    walk_kmh: float = 4.0
    reach_km: float = 15.0
    piece_km: float = 10.0
    beside_km: float = 2.0

    def __post_init__(self) -> None:
        for name in ("walk_km", "piece_km", "beside_km"):
            if not getattr(self, name) >= 0:
                raise ParameterError(name, getattr(self, name), "at least 0")
        for name in ("walk_kmh", "reach_km"):
            if not getattr(self, name) > 0:
                raise ParameterError(name, getattr(self, name), "above 0")


@dataclass(frozen=True, eq=False)
class Roads:
    """Roads with times, from the proxy or from a file.

    Attributes
    ----------
    vertices
        Indexed from 0: ``x_m``, ``y_m``, ``island``.
    edges
        ``start``, ``end``, ``length_km``, ``usual_min``, ``kind`` (of `geo.network.spread.KINDS`),
        ``source_id``, ``assumption``, ``one_way`` and ``by_class`` (whether the time rests on the
        speed of a class, which the fit of a file scales).
    """

    vertices: pd.DataFrame = field(repr=False)
    edges: pd.DataFrame = field(repr=False)

    def parts(self) -> tuple[Ints, Floats]:
        """Return the part of each vertex, and kilometres of road by part.

        Within a part everything can be reached from everything, one-way roads held.
        """
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        n = len(self.vertices)
        start, end = (self.edges[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
        both = ~self.edges["one_way"].to_numpy(dtype=bool)
        rows, columns = np.append(start, end[both]), np.append(end, start[both])
        matrix = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
        count, part = connected_components(matrix, directed=True, connection="strong")
        inside = part[start] == part[end]
        km = np.bincount(
            part[start[inside]], weights=self.edges["length_km"].to_numpy()[inside], minlength=count
        )
        return np.asarray(part, dtype=np.int64), np.asarray(km, dtype=np.float64)


def join_places(
    places: pd.DataFrame, roads: Roads, land: Land, params: AccessParams | None = None
) -> pd.DataFrame:
    """Return the junction that each place is joined to.

    Parameters
    ----------
    places
        ``node_id``, ``unit_code``, ``kind``, ``x_m``, ``y_m`` and ``at`` (the place that it stands
        beside and is joined to instead, or missing).
    roads
        The roads.
    land
        The land.
    params
        How places are joined.

    Returns
    -------
    DataFrame
        By ``node_id``: ``snap_km`` (straight, to the junction; missing when not joined),
        ``junction``, ``island``, ``nearest_km`` (to the nearest junction of all), ``is_apart``
        (whether that one is of a part that does not reach the main roads of the kabupaten) and
        ``is_main`` (whether the place is joined to those).

    Notes
    -----
    A place is joined on its own island, never over water. The main roads of a kabupaten on an
    island are the part with most road among those within reach of half of its offices there, or
    of as many as any part reaches.
    """
    chosen = params or AccessParams()
    xy = places[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    island = land.island_of(xy)
    kabupaten = places["unit_code"].astype("str").str.split(".").str[:2].str.join(".").to_numpy()
    office = places["kind"].eq(OFFICE).to_numpy()
    ground = _Ground(roads, chosen)
    own = places["at"].isna().to_numpy() & (island != AT_SEA)
    n = len(places)
    snap, junction, nearest = (np.full(n, np.nan) for _ in range(3))
    apart, main = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for number, found in roads.vertices.groupby("island").indices.items():
        rows = np.asarray(found, dtype=np.int64)
        here = np.flatnonzero(own & (island == number))
        if not len(here):
            continue
        to, far = ground.nearest(rows, xy[here])
        nearest[here], main[here] = far, True
        for code in np.unique(kabupaten[here]) if ground.has_pieces(rows) else ():
            of = np.flatnonzero(kabupaten[here] == code)
            voters = of[office[here[of]]] if office[here[of]].any() else of
            part = ground.main_part(rows, xy[here[voters]])
            other = of[ground.part[to[of]] != part]
            if len(other):
                apart[here[other]] = True
                to[other], far[other], main[here[other]] = ground.past_pieces(
                    rows, part, xy[here[other]], to[other], far[other]
                )
        joined = far <= chosen.reach_km
        snap[here[joined]], junction[here[joined]] = far[joined], to[joined]
        main[here] &= joined
    columns = {"snap_km": snap, "junction": junction, "island": island, "nearest_km": nearest}
    index = pd.Index(places["node_id"], name="node_id")
    return pd.DataFrame({**columns, "is_apart": apart, "is_main": main}, index=index)


class _Ground:
    """Junctions, their parts, and how places look for them."""

    def __init__(self, roads: Roads, params: AccessParams) -> None:
        self.params = params
        self.point = roads.vertices[["x_m", "y_m"]].to_numpy(dtype=np.float64)
        self.part, self.km = roads.parts()
        of_file = roads.edges[~roads.edges["assumption"].astype(bool)]
        self.given = np.zeros(len(roads.vertices), dtype=bool)
        self.given[of_file[["start", "end"]].to_numpy(dtype=np.int64).ravel()] = True

    def nearest(self, rows: Ints, xy: Floats) -> tuple[Ints, Floats]:
        """Return the nearest of some junctions, and kilometres to it."""
        from scipy.spatial import KDTree

        apart, at = KDTree(self.point[rows]).query(xy)
        return rows[at].astype(np.int64), apart / 1000

    def has_pieces(self, rows: Ints) -> bool:
        """Return whether roads of a file lie there in more than one part."""
        return bool(self.given[rows].any()) and len(np.unique(self.part[rows])) > 1

    def main_part(self, rows: Ints, offices: Floats) -> int:
        """Return the part with most road among those that half of the offices can reach."""
        reached: dict[int, int] = {}
        # Larger parts first: what has less road than one that half can reach is not looked at.
        for number in sorted(np.unique(self.part[rows]).tolist(), key=lambda p: (-self.km[p], p)):
            _, far = self.nearest(rows[self.part[rows] == number], offices)
            reached[number] = int((far <= self.params.reach_km).sum())
            if 2 * reached[number] >= len(offices):
                return int(number)
        return max(reached, key=lambda p: (reached[p], self.km[p], -p))

    def past_pieces(
        self, rows: Ints, main: int, xy: Floats, to: Ints, far: Floats
    ) -> tuple[Ints, Floats, npt.NDArray[np.bool_]]:
        """Return junction, kilometres to it and whether it is of the main part."""
        other, away = self.nearest(rows[self.part[rows] == main], xy)
        is_piece = self.km[self.part[to]] < min(self.params.piece_km, self.km[main])
        good = away <= np.where(is_piece, self.params.reach_km, self.params.beside_km)
        return np.where(good, other, to), np.where(good, away, far), good
