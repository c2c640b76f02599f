"""Ferries of a road file as boat legs: offered to be checked and imported, never taken as roads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from data.boundaries.shapes import read_shapes
from data.export import export_frame
from geo.crs import metric_crs_of
from geo.network.points import to_metres
from services.network.build import load_network
from services.texts import number, text

if TYPE_CHECKING:
    from data.network.road_files import Ferry
    from data.store.engine import Store

NEAR_KM = 3.0
"""An end this far or less from a pier is that pier: an assumption that the file leaves open."""
_CLASS = "feri"


def ferry_legs(ferries: Sequence[Ferry], piers: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return the ferries of a road file as a table that ``cli.py import sealegs`` reads.

    Parameters
    ----------
    ferries
        As `data.network.road_files.read_lines` found them.
    piers
        ``pier_id``, ``x_m``, ``y_m``.
    crs
        The metric projection of the piers.

    Returns
    -------
    DataFrame
        Under the headings of that kind: ``dari`` and ``ke`` (id of the nearest pier, blank without
        one within `NEAR_KM`), ``kelas kapal``, ``menit biasa`` (blank where the file says none),
        ``jarak km``, ``kapal``, ``sumber``; a row for each ferry, those between the same piers
        once, in the order of the file.
    """
    found = pd.DataFrame(
        {
            "dari": _piers([f.start for f in ferries], piers, crs),
            "ke": _piers([f.end for f in ferries], piers, crs),
            "kelas kapal": _CLASS,
            "menit biasa": [f.minutes for f in ferries],
            "jarak km": [round(f.km, 1) for f in ferries],
            "kapal": [f.name for f in ferries],
            "sumber": "berkas jalan (route=ferry)",
        }
    ).astype({"menit biasa": "float64", "jarak km": "float64"})
    ways = [frozenset(pair) for pair in zip(found["dari"], found["ke"], strict=True)]
    known = found["dari"].ne("") & found["ke"].ne("")
    again = pd.Series(ways, index=found.index, dtype="object").duplicated() & known
    return found[~again & (found["dari"].ne(found["ke"]) | ~known)].reset_index(drop=True)


def write_ferries(store: Store, ferries: Sequence[Ferry], path: Path, lang: str) -> str:
    """Write the ferries of a road file as boat legs, and return in words what they lack."""
    desa = read_shapes(store, "desa")
    crs = metric_crs_of(desa)
    piers = load_network(store).piers
    legs = ferry_legs(ferries, piers, crs)
    export_frame(legs, path, "sealegs")
    return text(
        "layer_result.roads_ferries_written",
        lang,
        n=number(len(legs), lang),
        path=path,
        gaps=number(int(legs["dari"].eq("").sum() + legs["ke"].eq("").sum()), lang),
        km=number(NEAR_KM, lang),
        silent=number(int(legs["menit biasa"].isna().sum()), lang),
    )


def _piers(points: Sequence[tuple[float, float]], piers: pd.DataFrame, crs: str) -> list[str]:
    """Return the pier nearest to each longitude and latitude, "" where none is near."""
    if not points:
        return []
    at = to_metres([p[0] for p in points], [p[1] for p in points], crs)
    there = piers[["x_m", "y_m"]].to_numpy(dtype=np.float64)
    apart = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1)) / 1000
    ids = piers["pier_id"].to_numpy()
    nearest = apart.argmin(axis=1)
    return [str(ids[n]) if row[n] <= NEAR_KM else "" for n, row in zip(nearest, apart, strict=True)]
