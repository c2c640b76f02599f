"""What may have been meant by a cell that was refused, where the fault lets us say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from data.ingest.columns import ColumnMapping
from data.ingest.kind import Kind
from data.ingest.place_lookup import PARTS, PlaceLookup
from data.ingest.values.texts import normal_text

_PREFIX = "pokok_"
_ENDS = ("_unknown", "_ambiguous", "_not_in_parent")
_MOST_WORDS = 8


@dataclass(frozen=True)
class Choice:
    """Something that may have been meant.

    Attributes
    ----------
    text
        What the cell says then; a unit by its whole path, which no other one has.
    above
        Names of the units above it by heading, for cells of the row that say otherwise.
    """

    text: str
    above: Mapping[str, str]

    def cells(self, heading: str, row: Mapping[Any, str]) -> dict[str, str]:
        """Return the texts by heading that choosing this gives a row."""
        wider = {name: text for name, text in self.above.items() if row.get(name)}
        return {**wider, heading: self.text}


def choices_of(
    kind: Kind, columns: ColumnMapping, lookup: PlaceLookup, field: str, value: str, reason: str
) -> list[Choice]:
    """Return what may have been meant, the likeliest first.

    Parameters
    ----------
    kind, columns
        What was imported, and which heading holds which field.
    lookup
        Names of the province.
    field, value, reason
        The field that was refused, what it said, and the key of the reason.
    """
    place = field.removeprefix(_PREFIX)
    if place in (*PARTS, "place"):
        if not value or not reason.endswith(_ENDS):
            return []
        prefix = field.removesuffix(place)
        return [
            Choice(found.path, _above(lookup, columns, prefix, found.code))
            for found in lookup.near(place, value)
        ]
    types = {one.name: one.type for one in kind.fields}
    listed = getattr(types.get(field), "choices", {})
    words = [key.replace("_", " ") for key in listed]
    near = process.extract(normal_text(value), words, scorer=fuzz.ratio, limit=_MOST_WORDS)
    return [Choice(word, {}) for word, _, _ in near]


def _above(lookup: PlaceLookup, columns: ColumnMapping, prefix: str, code: str) -> dict[str, str]:
    found = {}
    for depth, part in enumerate(PARTS, start=1):
        heading = columns.used.get(prefix + part)
        name = lookup.name_at(code, depth)
        if heading is not None and name is not None and code.count(".") > depth:
            found[heading] = name
    return found
