"""The one catalogue of interface texts."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("texts.toml")
LANGUAGES = ("id", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by dotted key and language.

    Returns
    -------
    dict
        ``{"hotspot.title": {"id": …, "en": …}, …}``.
    """
    with CATALOGUE.open("rb") as file:
        raw = tomllib.load(file)
    return {
        f"{section}.{key}": texts
        for section, entries in raw.items()
        for key, texts in entries.items()
    }
