"""What ships about the sea areas: which pier lies in which, and what was published by month."""

from __future__ import annotations

from functools import cache

import pandas as pd

from data.errors import SchemaError, SourceMissingError
from data.paths import PROVINCE, shipped_dir

_PIER_AREAS = {"pier_id": "str", "area": "str", "basis": "str", "note": "str", "source_url": "str"}


@cache
def pier_areas(province: str = PROVINCE) -> pd.DataFrame:
    """Return the sea area of each pier and landing: ``pier_id``, ``area``, ``basis``, ``note``.

    No source lists them: all but a few are assumptions, and marked so.
    """
    return _read("pier_areas.csv", _PIER_AREAS, province)


def _read(name: str, columns: dict[str, str], province: str) -> pd.DataFrame:
    path = shipped_dir(province) / name
    if not path.exists():
        raise SourceMissingError(path)
    frame = pd.read_csv(path, dtype=columns)
    if list(frame.columns) != list(columns):
        raise SchemaError(name, [f"columns {list(frame.columns)}, expected {list(columns)}"])
    return frame
