"""How a file was read, kept with its import, so that its refused rows can be read again so."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from data.ingest.columns import ColumnMapping
from data.ingest.kind import Kind, Options
from data.ingest.place_lookup import check_scheme


@dataclass(frozen=True)
class Kept:
    """How the file of an import was read.

    Attributes
    ----------
    kind
        Name of the kind of import.
    election, scheme
        As `data.ingest.kind.Options`.
    day
        What counted as the day of rows without one.
    constants
        Text by field.
    places
        Code by name of a place that a person took for that unit.
    sheets
        Headings of each sheet, and what they were taken for, by its name; ``""`` where the file
        has one.
    """

    kind: str
    election: str
    scheme: str | None
    day: date
    constants: Mapping[str, str]
    places: Mapping[str, str]
    sheets: Mapping[str, tuple[tuple[str, ...], ColumnMapping]]

    def options(self, now: Options) -> Options:
        """Return the options of the import, with day, moment and actor of ``now`` for the rest."""
        return replace(
            now,
            today=self.day,
            election=self.election,
            scheme=check_scheme(self.scheme),
            constants=self.constants,
            places=self.places,
        )

    def field_of(self, sheet: str, column: str) -> str:
        """Return the field that a column of a fault holds; the column itself where it is none."""
        heading = heading_of(sheet, column)
        used = self.sheets[sheet][1].used if sheet in self.sheets else {}
        return next((name for name, held in used.items() if held == heading), heading)


def heading_of(sheet: str, column: str) -> str:
    """Return the heading of a column as faults name it: behind its sheet, if there are several."""
    return column.removeprefix(f"{sheet}!") if sheet else column


def to_json(
    kind: Kind, options: Options, sheets: Iterable[tuple[str, tuple[str, ...], ColumnMapping]]
) -> str:
    """Return how a file was read as text; ``sheets`` are name, headings and mapping of each."""
    return json.dumps(
        {
            "kind": kind.name,
            "election": options.election,
            "scheme": options.scheme,
            "day": options.today.isoformat(),
            "constants": dict(options.constants),
            "places": dict(options.places),
            "sheets": {name: [list(header), *_plain(one)] for name, header, one in sheets},
        },
        ensure_ascii=False,
    )


def _plain(columns: ColumnMapping) -> list[Any]:
    return [dict(columns.used), columns.preset, [list(pair) for pair in columns.rivals]]


def from_json(text: str) -> Kept:
    """Return what `to_json` kept."""
    said = json.loads(text)
    return Kept(
        kind=said["kind"],
        election=said["election"],
        scheme=said["scheme"],
        day=date.fromisoformat(said["day"]),
        constants=said["constants"],
        places=said.get("places", {}),  # imports of older versions had none
        sheets={name: (tuple(one[0]), _mapping(*one)) for name, one in said["sheets"].items()},
    )


def _mapping(
    header: list[str], used: Mapping[str, str], preset: str | None, rivals: list[tuple[str, str]]
) -> ColumnMapping:
    taken = set(used.values())
    unused = tuple(heading for heading in header if heading not in taken)
    pairs = tuple((name, heading) for name, heading in rivals)
    return ColumnMapping(used, unused, {}, preset, rivals=pairs)
