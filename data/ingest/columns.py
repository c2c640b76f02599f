"""Which column of a file holds which field of a report."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from data.errors import FileUnreadableError
from data.ingest.parse import normal_text
from data.ingest.readers import POINT_LAT, POINT_LON
from data.ingest.words import expected, word_list

_TABLE = Path(__file__).with_name("column_names.toml")
_TYPO_SCORE = 93.0
_TYPO_LENGTH = 7
IGNORE = "-"
"""Declared for a column that is to be left out."""

DATE_FIELD = "date_event"
_KIND_OR_SORT = ("jenis", "tipe", "type")


@dataclass(frozen=True)
class ColumnMapping:
    """What each column of a file is taken for.

    Attributes
    ----------
    used
        Heading by field.
    unused
        Headings that stand for no field, or whose field another column holds.
    ambiguous
        Headings by field where several claim it with equal right; none of them is used.
    preset
        ``acled`` when the file is recognised as that export, else None.
    """

    used: dict[str, str]
    unused: tuple[str, ...]
    ambiguous: dict[str, tuple[str, ...]]
    preset: str | None = None


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def _names() -> dict[str, tuple[str, int]]:
    """Return (field, rank) by normalised heading; rank 0 is the most specific."""
    names: dict[str, tuple[str, int]] = {}
    for field, headings in _content()["fields"].items():
        for rank, heading in enumerate((*headings, field)):
            known = names.setdefault(normal_text(heading), (field, rank))
            if known[0] != field:
                raise ValueError(f"{heading!r} stands for {known[0]} and for {field}")
    names[normal_text(POINT_LON)] = ("lon", -1)
    names[normal_text(POINT_LAT)] = ("lat", -1)
    return names


@cache
def fields() -> tuple[str, ...]:
    """Return the fields that a column may be declared to hold."""
    return tuple(_content()["fields"])


def plain_heading(heading: str) -> str:
    """Return a heading in lower case without accents, punctuation and what stands in brackets."""
    text = unicodedata.normalize("NFKD", heading)
    text = "".join(mark for mark in text if not unicodedata.combining(mark))
    return normal_text(re.sub(r"\(.*?\)|\[.*?\]", " ", text)) or normal_text(text)


def claim(heading: str) -> tuple[str, int] | None:
    """Return (field, rank) that a heading claims, None when it claims nothing.

    A heading of seven letters or more may be misspelt a little; it then ranks behind all others.
    """
    plain = plain_heading(heading)
    found = _names().get(plain)
    if found or len(plain) < _TYPO_LENGTH:
        return found
    near = process.extractOne(plain, _names().keys(), scorer=fuzz.ratio, score_cutoff=_TYPO_SCORE)
    return (_names()[near[0]][0], 1000) if near else None


def looks_like_header(cells: Sequence[str]) -> bool:
    """Return whether a row holds the headings of a table of reports: a date and one field more."""
    if _is_acled(cells):
        return True
    claimed = {found[0] for found in map(claim, cells) if found}
    return DATE_FIELD in claimed and len(claimed) > 1


def _is_acled(headings: Sequence[str]) -> bool:
    plain = {heading.strip().lower() for heading in headings}
    return plain.issuperset(_content()["acled"]["recognised_by"])


def suggest_columns(headings: Sequence[str]) -> ColumnMapping:
    """Return what each column is taken for, from its heading alone.

    Of several columns that claim a field the one with the most specific heading holds it; where
    two claim it with the same heading the field is ambiguous and nothing holds it.
    """
    if _is_acled(headings):
        return _acled(headings)
    claims: dict[str, list[tuple[int, str]]] = {}
    for heading in headings:
        found = claim(heading)
        if found:
            claims.setdefault(found[0], []).append((found[1], heading))
    used, ambiguous = {}, {}
    for field, rivals in claims.items():
        best = min(rank for rank, _ in rivals)
        first = tuple(heading for rank, heading in rivals if rank == best)
        if len(first) == 1:
            used[field] = first[0]
        else:
            ambiguous[field] = first
    return ColumnMapping(used, _unused(headings, used), ambiguous)


def _acled(headings: Sequence[str]) -> ColumnMapping:
    by_name = {heading.strip().lower(): heading for heading in headings}
    wanted = _content()["acled"]["fields"]
    used = {field: by_name[name] for field, name in wanted.items() if name in by_name}
    return ColumnMapping(used, _unused(headings, used), {}, "acled")


def _unused(headings: Sequence[str], used: Mapping[str, str]) -> tuple[str, ...]:
    taken = set(used.values())
    return tuple(heading for heading in headings if heading not in taken)


def map_columns(
    path: Path | str,
    headings: Sequence[str],
    declared: Mapping[str, str] | None = None,
    sample: pd.DataFrame | None = None,
) -> ColumnMapping:
    """Return the columns of a file, as suggested and as declared; what is declared wins.

    Parameters
    ----------
    path
        The file, for messages.
    headings
        Its headings.
    declared
        Field by heading, such as ``{"Tgl. Temuan": "date_event"}``; the field ``-`` leaves a
        column out. A field may also be given by any heading that stands for it.
    sample
        The first rows, by which a column "Jenis" is told to hold kinds of report (potensi,
        kejadian, nihil) and not sorts of event.

    Raises
    ------
    FileUnreadableError
        When a declared heading is not in the file, a declared field is unknown, two columns have
        equal right to a field, or no column holds the date.
    """
    given = {heading.strip(): field for heading, field in (declared or {}).items()}
    for heading in given:
        if heading not in headings:
            raise _refused(path, "mapping_unknown_column", heading)
    chosen = {heading: _field(path, field) for heading, field in given.items()}
    suggested = suggest_columns([h for h in headings if h not in given])
    used = {heading: field for field, heading in suggested.used.items()}
    wanted = [field for field in chosen.values() if field != IGNORE]
    for field in wanted:
        if wanted.count(field) > 1:
            raise _refused(path, "ambiguous_columns", field)
    used = {h: f for h, f in used.items() if f not in wanted}
    used |= {h: f for h, f in chosen.items() if f != IGNORE}
    for field, rivals in suggested.ambiguous.items():
        if field not in wanted:
            raise _refused(path, "ambiguous_columns", f"{field}: {', '.join(rivals)}")
    if sample is not None and "kind" not in used.values():
        open_ones = [h for h in headings if h not in given and plain_heading(h) in _KIND_OR_SORT]
        used |= {h: "kind" for h in open_ones[:1] if _holds_kinds(sample[h])}
    by_field = {field: heading for heading, field in used.items()}
    if DATE_FIELD not in by_field:
        raise FileUnreadableError(path, "no_date_column", expected("no_date_column"))
    return ColumnMapping(by_field, _unused(headings, by_field), {}, suggested.preset)


def _holds_kinds(cells: pd.Series) -> bool:
    texts = [text for text in cells.unique() if text]
    return bool(texts) and all(word_list("kind").read(text) for text in texts)


def _field(path: Path | str, name: str) -> str:
    if name in {IGNORE, *fields()}:
        return name
    found = _names().get(plain_heading(name))
    if found is None:
        raise _refused(path, "mapping_unknown_field", name)
    return found[0]


def _refused(path: Path | str, reason: str, what: str) -> FileUnreadableError:
    return FileUnreadableError(path, reason, f"{expected(reason)} ({what})")
