"""Published results worked out anew, so that a reader sees the statistics get them right."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.local_stats import getis_ord, global_moran
from analytics.multiple_testing import benjamini_hochberg
from analytics.weights import Floats, Weights, distance_band_weights, from_pairs

GI_STAR_Z = (-1.39727626, -0.28917762, 0.65064964, -0.28917762, 1.23452088, 2.02424331)
GI_Z = (-1.0136729, -0.04361589, 1.31558703, -0.31412676, 1.15373986, 1.77833941)
VAR_NORM, VAR_RAND = 0.053125, 0.0596875


def six_points() -> tuple[Floats, Weights]:
    """Return the values and weights of the six-point example in the documentation of esda."""
    xy = np.array([[10, 10], [20, 10], [40, 10], [15, 20], [30, 20], [30, 30]], dtype=np.float64)
    return np.array([2, 3, 3.2, 5, 8, 7]), distance_band_weights(tuple("abcdef"), xy, 15.0)


def lattice_weights(rows: int, columns: int) -> Weights:
    """Return rook weights of a lattice whose cells are named by row and column."""
    cells = np.arange(rows * columns).reshape(rows, columns)
    right = np.column_stack([cells[:, :-1].ravel(), cells[:, 1:].ravel()])
    down = np.column_stack([cells[:-1].ravel(), cells[1:].ravel()])
    one_way = np.concatenate([right, down]).astype(np.int64)
    width = len(str(max(rows, columns)))
    codes = [f"{r:0{width}d}.{c:0{width}d}" for r in range(rows) for c in range(columns)]
    return from_pairs(codes, np.concatenate([one_way, one_way[:, ::-1]]), "contiguity")


def known_answers() -> pd.DataFrame:
    """Compute known answers now and lay them beside the published ones.

    Returns
    -------
    DataFrame
        ``name``, ``expected``, ``computed`` and ``error`` (absolute difference). The six-point
        results are printed to 8 decimals, so their error may reach 5e-9.
    """
    y, near = six_points()
    rows = [
        (f"{name} z, point {i + 1}", expected, computed)
        for name, published, star in (("Gi*", GI_STAR_Z, True), ("Gi", GI_Z, False))
        for i, (expected, computed) in enumerate(
            zip(published, getis_ord(y, near, star).z, strict=True)
        )
    ]
    moran = global_moran(np.arange(1.0, 10.0), lattice_weights(3, 3), row_standardised=False)
    rows.append(("Moran VI_norm, 3 x 3", VAR_NORM, moran.var_norm))
    rows.append(("Moran VI_rand, 3 x 3", VAR_RAND, moran.var_rand))
    adjusted = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.005])).p
    rows += [
        (f"Benjamini-Hochberg, p {i + 1}", expected, computed)
        for i, (expected, computed) in enumerate(
            zip((0.02, 0.04, 0.04, 0.02), adjusted, strict=True)
        )
    ]
    table = pd.DataFrame(rows, columns=["name", "expected", "computed"])
    return table.assign(error=(table["expected"] - table["computed"]).abs())
