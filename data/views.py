"""Named views of a province's map, shipped with its data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data.paths import shipped_dir


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


def named_views() -> dict[str, NamedView]:
    """Return the views of the province by key, in the order of the file."""
    return _read(shipped_dir() / "views.toml")


@lru_cache(maxsize=4)
def _read(path: Path) -> dict[str, NamedView]:
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {
        key: NamedView({"id": row["id"], "en": row["en"]}, tuple(row["bounds"]))
        for key, row in raw.items()
    }
