"""The one catalogue of interface texts: a folder of TOML files, one per part of the product."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from data.paths import PROVINCE_FILE, shipped_dir
from data.province import Province, read_province

CATALOGUE = Path(__file__).with_name("catalogue")
LANGUAGES = ("id", "en")


def catalogue() -> dict[str, dict[str, str]]:
    """Return every text by dotted key and language.

    What the texts say about the province stands in them already; the names of its elections are
    the section ``election``.

    Returns
    -------
    dict
        ``{"hotspot.title": {"id": …, "en": …}, …}``.

    Raises
    ------
    ValueError
        When two files hold the same key.
    """
    return _catalogue(shipped_dir())


@lru_cache(maxsize=4)
def _catalogue(folder: Path) -> dict[str, dict[str, str]]:
    place = read_province(folder / PROVINCE_FILE)
    found: dict[str, dict[str, str]] = {}
    for file in sorted(CATALOGUE.glob("*.toml")):
        for section, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            for key, texts in entries.items():
                if f"{section}.{key}" in found:
                    raise ValueError(f"{file.name}: {section}.{key} stands in another file too")
                found[f"{section}.{key}"] = texts
    names = {f"election.{key}": one.name.model_dump() for key, one in place.elections.items()}
    return {
        key: {lang: _of_the_province(words, lang, place) for lang, words in texts.items()}
        for key, texts in (found | names).items()
    }


def _of_the_province(words: str, lang: str, place: Province) -> str:
    gaps = {
        "province": place.short_name,
        "zone": place.time_zone_name,
        "search_example": place.search_example,
        "security_pattern_name": place.security_pattern_name,
        **{
            f"{name}_note": "" if note is None else getattr(note, lang)
            for name, note in place.notes
        },
    }
    for gap, filling in gaps.items():
        words = words.replace(f"{{{gap}}}", filling)
    return words
