"""One way in: what is said of a file, and its import, for pages and commands alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from data.clock import today, utc_now
from data.ingest import engine, profiles
from data.ingest.files.opening import uploaded
from data.ingest.files.table import BROKEN_TEXT
from data.ingest.history import undo_import
from data.ingest.kind import Kind, Options
from data.ingest.place_lookup import check_scheme
from data.ingest.profiles import profiles_of
from data.ingest.record import ImportResult
from data.ingest.rows import Note
from data.logs import tell
from data.province import zone
from data.store.engine import Store
from data.store.ledger.acts import OPERATOR, Actor, actor_now
from data.store.ledger.rights import OFFICE_COLUMN
from geo.errors import ParameterError, SiagaError
from services.ingest.kinds import KINDS, entry_of
from services.ingest.unplaced import place_notes, require_units

__all__ = [
    "KINDS",
    "Asked",
    "ImportResult",
    "Look",
    "import_file",
    "import_upload",
    "look_at",
    "profiles_of",
    "read_checked",
    "undo_import",
]

_CELLS = 3


@dataclass(frozen=True)
class Asked:
    """What is said of a file beside its content.

    Attributes
    ----------
    election
        Of rows that name none.
    scheme
        kemendagri, bps or kpu: what a column of bare codes holds.
    columns
        Field by heading where a heading is not understood; ``-`` leaves a column out.
    fixed
        Text by field for rows that do not say it: what the agency never writes.
    places
        Code by name of a place that is not understood, as a person says: of this file alone, and
        never taken from a profile, since the next file may mean another place by it.
    date, agency, source
        Since when, which office and where written, for rows that do not say it.
    sheet, header_row
        The only sheet to read, by name or number, and the row of its headings.
    profile
        Name under which what is said here is remembered, and taken from next time.
    dry_run
        Whether to say what would happen and store nothing.
    progress
        Called with the number of rows done after each chunk.
    require
        Called with the transaction before anything is read or written: raises where the store is
        no longer what the file was made for.
    as_of
        Day of the import; today unless given.
    """

    election: str = ""
    scheme: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    date: dt.date | None = None
    agency: str | None = None
    source: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    profile: str | None = None
    dry_run: bool = False
    progress: Callable[[int], None] | None = None
    require: Callable[[Any], None] | None = None
    as_of: dt.date | None = None

    @property
    def constants(self) -> dict[str, str]:
        """Text by field for rows that do not say it."""
        said = {"date": self.date, "agency": self.agency, "source": self.source}
        return {**self.fixed, **{name: str(value) for name, value in said.items() if value}}


def options_of(store: Store, kind: Kind, asked: Asked) -> Options:
    """Return what was said of a file, checked against the store.

    Raises
    ------
    ParameterError
        When the election, the scheme or the unit of a place is none that is known.
    """
    if "election" in kind.options:
        known = store.read("elections")["election"].tolist()
        if asked.election not in known:
            raise ParameterError("election", asked.election, ", ".join(known))
    _require_texts(asked)
    if asked.places:
        require_units(asked.places, store.units())
    day, actor = asked.as_of or today(), actor_now()
    return Options(
        today=day,
        now=_moment(asked.as_of),
        election=asked.election,
        scheme=check_scheme(asked.scheme or None),
        columns=asked.columns,
        constants=_constants(kind, asked, actor),
        places=asked.places,
        sheet=asked.sheet,
        header_row=asked.header_row,
        dry_run=asked.dry_run,
        progress=asked.progress,
        require=asked.require,
        actor=actor,
    )


def _constants(kind: Kind, asked: Asked, actor: Actor) -> dict[str, str]:
    known = [one.name for one in kind.fields]
    for name in asked.fixed:
        if name not in known:
            raise ParameterError("constant", name, ", ".join(known))
    said = asked.constants
    if actor.role == OPERATOR:  # what an operator brings in is its own agency's unless it says so
        said = {OFFICE_COLUMN: actor.office, **said}
    return {name: value for name, value in said.items() if name in known}


def _require_texts(asked: Asked) -> None:
    """Refuse what no store can hold: a terminal and a browser hand on whatever they were given."""
    told = (*asked.constants.values(), *asked.columns, *asked.columns.values(), *asked.places)
    told = (*told, asked.profile or "")
    for words in told:
        if BROKEN_TEXT.search(words):
            raise ParameterError("text", ascii(words[:40]), "UTF-8")


def _moment(as_of: dt.date | None) -> dt.datetime:
    """Return the moment of an import: now, or the last of a day that is given."""
    if as_of is None:
        return utc_now().astimezone(zone())
    return dt.datetime(as_of.year, as_of.month, as_of.day, 23, 59, 59, tzinfo=zone())


def import_file(
    store: Store, name: str, path: Path | str, asked: Asked | None = None
) -> ImportResult:
    """Import a file of any kind.

    Parameters
    ----------
    store
        The store.
    name
        One of `KINDS`, or ``table NAME``.
    path
        CSV, XLSX, JSON or GeoJSON.
    asked
        What is said of it.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all, or leaves a question open; nothing is stored.
    SchemaError
        With every fault of a file that is taken whole or not at all.
    ParameterError
        When something is said that cannot be.
    """
    entry, asked = entry_of(name), asked or Asked()
    options = options_of(store, entry.kind, asked)
    kept = profiles.find(store, asked.profile, name) if asked.profile else None
    if kept:
        options = kept.apply(options)
    more = entry.more(store, asked.election) if entry.more else {}
    result = engine.run(store, entry.kind, Path(path), options, more)
    if not asked.dry_run:
        tell(
            "import", kind=name.replace(" ", ":"), rows=result.accepted, refused=result.quarantined
        )
    notes = list(result.notes)
    if asked.places or len(result.unsure):
        notes += place_notes(result.unsure, asked.places, store.units())
    headings = (*result.mapping.values(), *result.unused_columns)
    if asked.profile:
        notes += kept.differences(headings) if kept else []
        if not asked.dry_run:
            profiles.save(store, asked.profile, name, headings, options)
            notes.append(Note("profile_saved", {"profile": asked.profile}))
    elif offered := profiles.nearest(store, name, headings):
        notes.append(Note("profile_offer", {"profile": offered}))
    facts = entry.facts(store, result) if entry.facts else {}
    return replace(result, notes=tuple(notes), facts=facts)


def read_checked(
    store: Store, kind: Kind, path: Path, asked: Asked
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a file that is checked and never stored.

    Returns
    -------
    DataFrame
        Its good rows, with the columns that `Kind.build` makes.
    DataFrame
        Its faults, as `data.ingest.rows.Rows.faults`.

    Raises
    ------
    SourceMissingError, FileUnreadableError, ParameterError
        As `import_file`.
    """
    good, rows = engine.read(store, kind, path, options_of(store, kind, asked))
    return good.drop(columns="import_id").reset_index(drop=True), rows.faults()


def import_upload(
    store: Store, name: str, file_name: str, content: bytes, asked: Asked | None = None
) -> ImportResult:
    """Import a file that came through the browser; see `import_file`."""
    with uploaded(file_name, content) as path:
        return import_file(store, name, path, asked)


@dataclass(frozen=True)
class Look:
    """What a file looks like before anything of it is stored.

    Attributes
    ----------
    result
        What would happen; None while a question is open.
    question
        Why nothing would be stored, in words of `services.explain`; None when all is clear.
    columns
        ``sheet``, ``heading``, ``field`` (``""`` for none) and ``cells``, the first few of each;
        no row when the file is none that can be read.
    """

    result: ImportResult | None
    question: SiagaError | None
    columns: pd.DataFrame


def look_at(store: Store, name: str, file_name: str, content: bytes, asked: Asked) -> Look:
    """Return what would become of a file that came through the browser; nothing is stored."""
    result, question = None, None
    with uploaded(file_name, content) as path:
        try:
            result = import_file(store, name, path, replace(asked, dry_run=True))
        except SiagaError as error:
            question = error
        return Look(result, question, _columns_of(store, name, path, asked, result))


def _columns_of(
    store: Store, name: str, path: Path, asked: Asked, result: ImportResult | None
) -> pd.DataFrame:
    rows = []
    kind = entry_of(name).kind
    try:
        for one in engine.open_mapped(path, kind, options_of(store, kind, asked))[1]:
            used = dict(result.mapping if result else one.columns.used)
            fields = {heading: field for field, heading in used.items()}
            for heading in one.sheet.header:
                filled = [text for text in one.sheet.sample[heading] if text][:_CELLS]
                cells = " · ".join(filled)
                rows.append((one.sheet.name, heading, fields.get(heading, ""), cells))
    except SiagaError:
        rows = []
    return pd.DataFrame(rows, columns=["sheet", "heading", "field", "cells"])
