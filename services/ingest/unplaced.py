"""Names of places that a file holds and nobody understood, and what a person says that they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.ingest.place_lookup import place_index, same_name
from data.ingest.rows import UNSURE_COLUMNS, Note
from geo.codes import descends_from
from geo.errors import ParameterError

_MOST_NOTES = 20


@dataclass(frozen=True)
class Unplaced:
    """A name that was not understood, in one or several rows.

    Attributes
    ----------
    said
        The name, and behind it the unit that the rest of the row puts it in.
    within
        Codes of that unit.
    near
        Codes of units that may have been meant, the likeliest first.
    code
        The unit that a person takes it for; empty while nobody has said so.
    rows
        Sheet and number of the rows that hold it.
    """

    said: str
    within: tuple[str, ...]
    near: tuple[str, ...]
    code: str
    rows: tuple[tuple[str, int], ...]

    @property
    def outside(self) -> str | None:
        """Code of the unit that the rest of the row names, where the answer lies elsewhere."""
        code = self.code
        return next((w for w in self.within if code and not descends_from(code, w)), None)


def unplaced(unsure: pd.DataFrame) -> list[Unplaced]:
    """Return the names of places that were not understood, each once, that of most rows first.

    Parameters
    ----------
    unsure
        As `data.ingest.record.ImportResult.unsure`.
    """
    first: dict[str, tuple[str, str]] = {}
    rows, within, near = (defaultdict[str, dict[Any, None]](dict) for _ in range(3))
    for sheet, row, said, around, codes, code in unsure[list(UNSURE_COLUMNS)].itertuples(
        index=False, name=None
    ):
        key = same_name(said)
        first.setdefault(key, (said, code))
        rows[key][sheet, int(row)] = None
        within[key][around] = None
        near[key] |= dict.fromkeys(codes)
    found = [
        Unplaced(said, tuple(within[key]), tuple(near[key]), code, tuple(rows[key]))
        for key, (said, code) in first.items()
    ]
    return sorted(found, key=lambda one: -len(one.rows))


def require_units(places: Mapping[str, str], units: pd.DataFrame) -> None:
    """Hold that what a person says of places are units; ``units`` is the table of that name.

    Raises
    ------
    ParameterError
        With the code that no unit has.
    """
    known = set(units["code"])
    for said, code in places.items():
        if code not in known:
            raise ParameterError("place", f"{said}={code}", "TEXT=CODE")


def place_notes(unsure: pd.DataFrame, said: Mapping[str, str], units: pd.DataFrame) -> list[Note]:
    """Return what is to be said of names of places that were not understood.

    Parameters
    ----------
    unsure
        As `data.ingest.record.ImportResult.unsure`.
    said
        Code by name, as a person said.
    units
        Rows of the table ``units``.
    """
    found, notes = unplaced(unsure), []
    if found:
        paths = {code: unit.path for code, unit in place_index(units).units.items()}
    for one in found:
        gaps = {"said": one.said, "n": len(one.rows)}
        if one.code:
            notes.append(Note("place_taken", {**gaps, "unit": f"{paths[one.code]} ({one.code})"}))
        if one.outside:
            around = {"unit": paths[one.code], "around": paths[one.outside]}
            notes.append(Note("place_outside", {**gaps, **around}))
    still = [one for one in found if not one.code]
    for one in still[:_MOST_NOTES]:
        near = "; ".join(f"{paths[code]} ({code})" for code in one.near) or None
        gaps = {"said": one.said, "n": len(one.rows), "near": near}
        notes.append(Note("place_unknown", gaps))
    if len(still) > _MOST_NOTES:
        notes.append(Note("places_unknown", {"n": len(still) - _MOST_NOTES}))
    asked = {same_name(one.said) for one in found}
    notes += [Note("place_unused", {"said": n}) for n in said if same_name(n) not in asked]
    return notes
