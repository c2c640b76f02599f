"""Bringing a nation into PostGIS: its places from a folder, its figures from a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from data.nation.folder import NationFolder
from data.nation.publish_places import Published, Told, publish_places, publish_results
from data.nation.results import BatchFolder
from services.texts import DEFAULT_LANGUAGE, label, number, text

if TYPE_CHECKING:
    from data.store.engine import Store


def publish_nation(store: Store, folder: Path, told: Told) -> Published:
    """Publish units, shapes and TPS; see `data.nation.publish_places.publish_places`."""
    return publish_places(store, NationFolder(folder), told)


def publish_batch(store: Store, out: Path, told: Told) -> Published:
    """Publish what a batch worked out; see `data.nation.publish_places.publish_results`.

    Raises
    ------
    SourceMissingError
        When no batch has ended in the folder.
    """
    BatchFolder(out, simulasi=False).summary()
    return publish_results(store, out, told)


def places_line(done: Published, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what became of the publication of places."""
    return text("nasional.published_places", lang, id=str(done.publication_id), **done.rows)


def batch_lines(done: Published, lang: str = DEFAULT_LANGUAGE) -> list[str]:
    """Return what became of the publication of results, and what it has not worked out."""
    rows = {name: number(amount, lang) for name, amount in done.rows.items()}
    lines = [text("nasional.published_results", lang, id=str(done.publication_id), **rows)]
    missing = [table for table, amount in done.rows.items() if not amount]
    if missing:
        words = ", ".join(label("nasional_part", table, lang) for table in missing)
        lines.append(text("nasional.published_without", lang, stages=words))
    return lines
