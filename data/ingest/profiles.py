"""Profiles: what was said of the files of an agency, kept under its name for its next file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd
from sqlalchemy import and_

from data.clock import utc_now
from data.ingest.kind import Options
from data.ingest.place_lookup import check_scheme
from data.ingest.rows import Note
from data.store import tables as schema
from data.store.engine import Reader, Store

_TABLE = schema.import_profiles
_NEAR = 0.8
"""Share of the headings of both that two files of one agency have in common at least."""


@dataclass(frozen=True)
class Profile:
    """What was said of the files of an agency.

    Attributes
    ----------
    name, kind
        Of the profile, and of the import.
    headings
        Of the file it was last used for.
    columns, constants
        Field by heading, and text by field, as the sender said.
    sheet, header_row, scheme
        As the sender said; None where nothing was.
    """

    name: str
    kind: str
    headings: tuple[str, ...]
    columns: Mapping[str, str]
    constants: Mapping[str, str]
    sheet: str | None
    header_row: int | None
    scheme: str | None

    def apply(self, options: Options) -> Options:
        """Return ``options`` with what the profile says where they say nothing."""
        return replace(
            options,
            columns={**self.columns, **options.columns},
            tolerated=frozenset(self.columns),
            constants={**self.constants, **options.constants},
            sheet=options.sheet or self.sheet,
            header_row=options.header_row or self.header_row,
            scheme=options.scheme or check_scheme(self.scheme),
        )

    def differences(self, headings: Sequence[str]) -> list[Note]:
        """Return what the headings of a file have more or less than last time."""
        more = [one for one in headings if one not in self.headings]
        less = [one for one in self.headings if one not in headings]
        if not more and not less:
            return []
        return [Note("profile_differs", {"profile": self.name, "more": more, "less": less})]


def profiles_of(reader: Reader, kind: str) -> list[Profile]:
    """Return the profiles of a kind, by name."""
    rows = reader.read(_TABLE.name)
    return [_profile(row) for _, row in rows[rows["kind"].eq(kind)].sort_values("name").iterrows()]


def _profile(row: pd.Series) -> Profile:
    return Profile(
        name=row["name"],
        kind=row["kind"],
        headings=tuple(json.loads(row["headings"])),
        columns=json.loads(row["mapping"]),
        constants=json.loads(row["constants"]),
        sheet=None if pd.isna(row["sheet"]) else row["sheet"],
        header_row=None if pd.isna(row["header_row"]) else int(row["header_row"]),
        scheme=None if pd.isna(row["scheme"]) else row["scheme"],
    )


def find(reader: Reader, name: str, kind: str) -> Profile | None:
    """Return the profile of a name; None when there is none."""
    return next((one for one in profiles_of(reader, kind) if one.name == name), None)


def nearest(reader: Reader, kind: str, headings: Sequence[str]) -> str | None:
    """Return the profile whose last file had nearly these headings; None when none had."""
    have, best = set(headings), (0.0, "")
    for one in profiles_of(reader, kind):
        both = have | set(one.headings)
        share = len(have & set(one.headings)) / len(both) if both else 0.0
        best = max(best, (share, one.name))
    return best[1] if best[0] >= _NEAR else None


def save(store: Store, name: str, kind: str, headings: Sequence[str], options: Options) -> None:
    """Keep what was said of a file under a name, in place of what was kept before."""
    row = pd.DataFrame(
        {
            "name": [name],
            "kind": kind,
            "headings": json.dumps(list(headings), ensure_ascii=False),
            "mapping": json.dumps(dict(options.columns), ensure_ascii=False),
            "constants": json.dumps(dict(options.constants), ensure_ascii=False),
            "sheet": options.sheet,
            "header_row": pd.Series([options.header_row], dtype="Int64"),
            "scheme": options.scheme,
            "saved_at": pd.Timestamp(utc_now()),
        }
    )
    with store.begin("import.profile") as connection:
        mine = and_(_TABLE.c.name == name, _TABLE.c.kind == kind)
        store.replace(connection, _TABLE, row, mine)
