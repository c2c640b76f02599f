"""Named views of a province's map, shipped with its data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from data.paths import PROVINCE, shipped_dir


@dataclass(frozen=True)
class NamedView:
    """A part of the map that readers jump to.

    Attributes
    ----------
    names
        Name by language.
    bounds
        South, west, north, east in degrees.
    """

    names: dict[str, str]
    bounds: tuple[float, float, float, float]


@cache
def named_views(province: str = PROVINCE) -> dict[str, NamedView]:
    """Return the views of a province by key, in the order of the file."""
    with (shipped_dir(province) / "views.toml").open("rb") as file:
        raw = tomllib.load(file)
    return {
        key: NamedView({"id": row["id"], "en": row["en"]}, tuple(row["bounds"]))
        for key, row in raw.items()
    }
