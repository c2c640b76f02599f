"""The one catalogue of interface texts: a folder of TOML files, one per part of the product."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("catalogue")
LANGUAGES = ("id", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by dotted key and language.

    Returns
    -------
    dict
        ``{"hotspot.title": {"id": …, "en": …}, …}``.

    Raises
    ------
    ValueError
        When two files hold the same key.
    """
    found: dict[str, dict[str, str]] = {}
    for path in sorted(CATALOGUE.glob("*.toml")):
        for section, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for key, texts in entries.items():
                if f"{section}.{key}" in found:
                    raise ValueError(f"{path.name}: {section}.{key} stands in another file too")
                found[f"{section}.{key}"] = texts
    return found
