"""Meetings and snapshots that ship with a province, as examples of what a rakor sees."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pandas as pd

from data.briefing.snapshots import TABLE, row_of
from data.export import write_file
from data.outlook.lodged import canonical
from data.paths import shipped_dir
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import read_table, rows_of

FOLDER = "rakor"
_SEEDED = "examples_digest"
MEETINGS = schema.meeting.meetings


def read_examples() -> dict[str, Any]:
    """Return which meetings are made into examples: ``office``, ``made_at`` and ``meeting``."""
    return tomllib.loads((shipped_dir() / FOLDER / "examples.toml").read_text(encoding="utf-8"))


def shipped_contents() -> Iterator[dict[str, Any]]:
    """Return the content of each snapshot that ships, the earliest first."""
    for path in sorted((shipped_dir() / FOLDER).glob("*.json.gz")):
        yield json.loads(gzip.decompress(path.read_bytes()))


def write_example(content: Mapping[str, Any]) -> None:
    """Write the content of a snapshot, as it is kept, among what ships; the same one same bytes."""
    folder = shipped_dir() / FOLDER
    folder.mkdir(exist_ok=True)
    packed = gzip.compress(canonical(content).encode(), mtime=0)
    write_file(folder / f"{content['as_of']}.json.gz", packed)


def seed_examples(store: Store) -> int:
    """Keep the meetings and snapshots that ship and are not there; return how many snapshots.

    What was prepared, chosen and taken here stays as it is.
    """
    digest = _digest()
    if store.meta(_SEEDED) == digest:  # nothing is written, nor waited for, when nothing is new
        return 0
    contents = list(shipped_contents())
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, _SEEDED, digest)
        there = set(read_table(connection, TABLE)["snapshot_id"])
        known = set(read_table(connection, MEETINGS)["meeting_id"])
        rows = [row_of(content) for content in contents]
        new = [row for row in rows if row["snapshot_id"] not in there]
        if new:
            store.insert_frame(connection, TABLE, rows_of(TABLE, new))
        meetings = [
            _meeting(content)
            for content in contents
            if content["meeting"]["meeting_id"] not in known
        ]
        if meetings:
            store.insert_frame(connection, MEETINGS, rows_of(MEETINGS, meetings))
    return len(new)


def _digest() -> str:
    """Return what tells the examples of one version from those of another."""
    total = sha256()
    for path in sorted((shipped_dir() / FOLDER).glob("*.json.gz")):
        total.update(path.read_bytes())
    return total.hexdigest()


def _meeting(content: Mapping[str, Any]) -> dict[str, Any]:
    held_on = pd.Timestamp(content["meeting"]["held_on"])
    saved_at = pd.Timestamp(content["made_at"])
    return {**content["meeting"], "held_on": held_on, "version": 1, "saved_at": saved_at}
