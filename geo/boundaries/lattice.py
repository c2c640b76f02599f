"""Invented land: islands of cells, their outlines, and areas made of neighbouring cells.

For worlds that are made up, where a real coast would say something about a real place.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import ParameterError

Ints = npt.NDArray[np.int64]
_JITTER, _BULGE, _STEPS = 0.18, 0.07, 5
"""Corners move by up to 0.18 of a side, sides bend by 0.07 of it and have 5 points between corners:
no two sides can cross."""
INSIDE = 0.2
"""Share of a side that may be added to the middle of a cell in any direction without leaving it."""
_DECIMALS = 6
_SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))


def grow_islands(
    sizes: Sequence[int], columns: int, rows: int, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Grow islands on a grid, each connected and with water around it.

    Parameters
    ----------
    sizes
        Cells of each island, the largest first.
    columns, rows
        Of the grid. A margin of a cell stays water.
    rng
        Where islands begin and which way they grow.

    Returns
    -------
    cells, island
        (n, 2) column and row of each cell, and (n,) the position of its island in ``sizes``.

    Raises
    ------
    ParameterError
        When an island finds no room for all its cells, or a size is below 1.
    """
    if min(sizes, default=1) < 1:
        raise ParameterError("sizes", min(sizes), "1 or more")
    taken = np.zeros((columns, rows), dtype=bool)
    taken[[0, -1], :] = taken[:, [0, -1]] = True
    found: list[list[tuple[int, int]]] = []
    for n, size in enumerate(sizes):
        cells = _grow(size, taken, rng)
        if cells is None:
            raise ParameterError("sizes", size, f"room for island {n + 1} on {columns} by {rows}")
        for column, row in cells:
            taken[column - 1 : column + 2, row - 1 : row + 2] = True
        found.append(cells)
    flat = np.array([cell for cells in found for cell in cells], dtype=np.int64).reshape(-1, 2)
    return flat, np.repeat(np.arange(len(sizes)), sizes)


def _grow(
    size: int, taken: npt.NDArray[np.bool_], rng: np.random.Generator
) -> list[tuple[int, int]] | None:
    """Return the cells of one island that keeps off what is taken; None without room."""
    free = np.argwhere(~taken)
    for _ in range(40):
        if not len(free):
            return None
        start = tuple(int(part) for part in free[rng.integers(len(free))])
        cells: list[tuple[int, int]] = []
        front = [(0.0, start[0], start[1])]
        seen = {start}
        while front and len(cells) < size:
            _, column, row = heapq.heappop(front)
            cells.append((column, row))
            for right, up in _SIDES:
                next_ = (column + right, row + up)
                if next_ in seen or taken[next_]:
                    continue
                seen.add(next_)
                apart = np.hypot(next_[0] - start[0], next_[1] - start[1])
                heapq.heappush(front, (float(apart * rng.uniform(0.8, 1.2)), *next_))
        if len(cells) == size:
            return cells
    return None


def cell_shapes(
    cells: Ints, west: float, south: float, side: float, rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Return the outline of each cell; neighbours share every point of the side between them.

    Parameters
    ----------
    cells
        (n, 2) column and row, 0 or more.
    west, south
        Corner of the grid in degrees.
    side
        Of a cell, degrees.
    rng
        How corners move and sides bend.

    Returns
    -------
    array of Polygon
        In the order of ``cells``, EPSG:4326: a valid coverage.
    """
    columns, rows = (int(n) + 1 for n in cells.max(axis=0))
    corner = np.stack(
        np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1
    ) + rng.uniform(-_JITTER, _JITTER, (columns + 1, rows + 1, 2))
    along = _bent(corner[:-1], corner[1:], rng)
    across = _bent(corner[:, :-1], corner[:, 1:], rng)
    at, up = cells[:, 0], cells[:, 1]
    ring = np.concatenate(
        [along[at, up], across[at + 1, up], along[at, up + 1, ::-1], across[at, up, ::-1]], axis=1
    )
    degrees = np.round(ring * side + (west, south), _DECIMALS)
    # Where two sides meet both have the corner.
    keep = np.ones(ring.shape[1], dtype=bool)
    keep[np.arange(1, 4) * (_STEPS + 2)] = False
    return np.asarray(shapely.polygons(degrees[:, keep]), dtype=object)


def _bent(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the points of each side (…, steps + 2, 2), the corners included."""
    share = np.linspace(0, 1, _STEPS + 2)
    line = start[..., None, :] + share[:, None] * (end - start)[..., None, :]
    bulge = rng.uniform(-_BULGE, _BULGE, line.shape) * np.sin(np.pi * share)[:, None]
    bulge[..., [0, -1], :] = 0.0
    return np.asarray(line + bulge, dtype=np.float64)


def split_compactly(cells: Ints, sizes: Sequence[int]) -> Ints:
    """Return for each cell the part it falls to: parts of given sizes, each of near cells.

    The cells are cut across their longer extent again and again, so that parts are compact; they
    need not be connected where the land is not.

    Parameters
    ----------
    cells
        (n, 2) column and row.
    sizes
        Cells of each part; they add up to n.

    Raises
    ------
    ParameterError
        When the sizes do not add up, or one is below 1.
    """
    if sum(sizes) != len(cells) or min(sizes, default=1) < 1:
        raise ParameterError("sizes", sum(sizes), f"{len(cells)} in all, each 1 or more")
    part = np.zeros(len(cells), dtype=np.int64)
    waiting = [(np.arange(len(cells)), 0, len(sizes))]
    while waiting:
        rows, first, last = waiting.pop()
        if last - first == 1:
            part[rows] = first
            continue
        middle = (first + last) // 2
        here = cells[rows]
        axis = int(np.argmax(np.ptp(here, axis=0)))
        order = rows[np.lexsort((here[:, 1 - axis], here[:, axis]))]
        cut = sum(sizes[first:middle])
        waiting += [(order[:cut], first, middle), (order[cut:], middle, last)]
    return part
