"""Which column of a file holds which field of a kind, by its heading; two claims are a question."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
from rapidfuzz import fuzz, process

from data.errors import FileUnreadableError
from data.ingest.files.limits import shown_name
from data.ingest.values.clocks import zone_named
from data.ingest.values.dates import parse_dates
from data.ingest.values.texts import normal_text
from data.ingest.words import expected

if TYPE_CHECKING:
    from data.ingest.kind import Kind

_TABLE = Path(__file__).with_name("headings.toml")
_TYPO_SCORE = 93.0
_TYPO_LENGTH = 7
_SHOWN = 30
_MOSTLY = 0.8
IGNORE = "-"
"""Declared for a column that is to be left out."""
AXES = {"lat": ("lat", "latitude", "lintang"), "lon": ("lon", "lng", "long", "longitude", "bujur")}
"""Last words of a heading that make it half of a point, whatever stands before them."""
_GROUP = re.compile(r"[/.:\-]")
_NAME_OF = "nama "
_UTC = frozenset(("UTC", "GMT"))

Headings = Mapping[str, tuple[tuple[str, ...], ...]]
"""Headings by field, in tiers: one of an earlier tier wins over one of a later."""


@dataclass(frozen=True)
class Need:
    """Fields of which a file must hold one set.

    Attributes
    ----------
    any_of
        Sets of fields.
    reason
        Why a file without any of them is refused.
    """

    any_of: tuple[tuple[str, ...], ...]
    reason: str = "columns_missing"

    def met(self, fields: Iterable[str]) -> bool:
        """Return whether one of the sets is there."""
        have = set(fields)
        return any(have.issuperset(some) for some in self.any_of)


Needs = tuple[Need, ...]


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
        Name of the export as which the file is recognised, else None.
    faults
        Headings that are wrong in themselves, and why.
    rivals
        Fields, and headings that claim each with the right of the one that holds it, and said
        nothing else in the first rows.
    """

    used: Mapping[str, str]
    unused: tuple[str, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    preset: str | None = None
    faults: tuple[tuple[str, str], ...] = ()
    rivals: tuple[tuple[str, str], ...] = ()

    def with_used(self, more: Mapping[str, str]) -> ColumnMapping:
        """Return the mapping with further headings by field."""
        taken = set(more.values())
        rest = tuple(heading for heading in self.unused if heading not in taken)
        return replace(self, used={**self.used, **more}, unused=rest)


class Claim(NamedTuple):
    """The field that a heading claims, and how surely: the lower the rank, the surer."""

    rank: tuple[int, int]
    field: str


@cache
def _content() -> dict[str, dict[str, list[list[str]]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


@cache
def headings_of(kind: str, fields: tuple[str, ...]) -> Headings:
    """Return the headings of ``headings.toml`` by field, those of the kind before the shared."""
    own, shared = _content().get(kind, {}), _content()["shared"]
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for name in fields:
        tiers = own.get(name, shared.get(name, [[]]))
        last = tuple(tiers[-1])
        known = {normal_text(word) for tier in tiers for word in tier}
        last = last if normal_text(name) in known else (*last, name)
        found[name] = (*(tuple(tier) for tier in tiers[:-1]), last)
    return found


class Claims:
    """Reads headings as fields of one kind.

    Parameters
    ----------
    headings
        Headings by field, in tiers.

    Raises
    ------
    ValueError
        When a heading stands for two fields.
    """

    def __init__(self, headings: Headings) -> None:
        self._names: dict[str, tuple[int, str]] = {}
        for name, tiers in headings.items():
            for rank, tier in enumerate(tiers):
                for heading in tier:
                    known = self._names.setdefault(normal_text(heading), (rank, name))
                    if known[1] != name:
                        raise ValueError(f"{heading!r} stands for {known[1]} and for {name}")
        self._fields = set(headings)
        self._seen: dict[str, Claim | None] = {}

    def of(self, heading: str) -> Claim | None:
        """Return what a heading claims, None when it claims nothing.

        Before it is given up it is tried without the group that form tools put before it, without
        the time zone behind it, and, if it has seven letters or more, as misspelt a little.
        """
        if heading not in self._seen:
            self._seen[heading] = self._read(heading)
        return self._seen[heading]

    def _read(self, heading: str) -> Claim | None:
        plain = plain_heading(heading)
        tail = _GROUP.split(heading)[-1]
        forms = [plain, normal_text(heading), plain.removeprefix(_NAME_OF)]
        forms += [plain_heading(tail)] if len(tail) > 2 else []
        forms.append(_without_zone(plain))
        for form, text in enumerate(forms):
            if text in self._names:
                rank, name = self._names[text]
                return Claim((rank, form), name)
        last = plain.rpartition(" ")[2]
        for name, ends in AXES.items():
            if name in self._fields and last in ends:
                return Claim((0, len(forms)), name)
        if len(plain) < _TYPO_LENGTH:
            return None
        near = process.extractOne(
            plain, self._names.keys(), scorer=fuzz.ratio, score_cutoff=_TYPO_SCORE
        )
        return Claim((1000, 0), self._names[near[0]][1]) if near else None


def plain_heading(heading: str) -> str:
    """Return a heading in lower case without accents, punctuation and what stands in brackets."""
    text = unicodedata.normalize("NFKD", heading)
    text = "".join(mark for mark in text if not unicodedata.combining(mark))
    return normal_text(re.sub(r"\(.*?\)|\[.*?\]", " ", text)) or normal_text(text)


def _without_zone(plain: str) -> str:
    """Return a plain heading without the zone that is its last word."""
    rest, _, last = plain.rpartition(" ")
    return rest if zone_in(last) else plain


def zone_in(heading: str) -> str:
    """Return the zone that a heading names: ``UTC``, an Indonesian one, or ``""``."""
    words = normal_text(heading).upper().split()
    if _UTC & set(words):
        return "UTC"
    return next((word for word in words if zone_named(word)), "")


@cache
def _claims(kind: Kind) -> Claims:
    return Claims(kind.headings)


def header_test(
    kind: Kind, declared: Mapping[str, str], given: Iterable[str] = (), *, strict: bool
) -> Callable[[Sequence[str]], bool]:
    """Return a test whether a row of cells holds the headings of a kind.

    Parameters
    ----------
    declared
        Field by heading, as the sender says.
    given
        Fields that the sender gives for all rows.
    strict
        Whether all that the kind needs must be there; else two fields are enough.
    """
    claims = _claims(kind)

    def test(cells: Sequence[str]) -> bool:
        if kind.preset and kind.preset(cells):
            return True
        found = {claim.field for claim in map(claims.of, cells) if claim}
        found |= {declared[cell.strip()] for cell in cells if cell.strip() in declared}
        whole = {*found, *given}
        return all(need.met(whole) for need in kind.needs) if strict else len(found) > 1

    return test


def suggest_columns(kind: Kind, headings: Sequence[str], sample: pd.DataFrame) -> ColumnMapping:
    """Return what each column is taken for.

    Of several columns that claim a field the one with the surest heading holds it. Where two are
    equally sure the field is ambiguous and nothing holds it, unless all of them but one are empty
    or say the same in every row of ``sample``.
    """
    preset = kind.preset(headings) if kind.preset else None
    if preset:
        return ColumnMapping(preset, _unused(headings, preset), {}, "acled")
    rivals: dict[str, list[tuple[tuple[int, int], str]]] = {}
    for heading in headings:
        claim = _claims(kind).of(heading)
        if claim:
            rivals.setdefault(claim.field, []).append((claim.rank, heading))
    used, ambiguous = {}, {}
    equal: list[tuple[str, str]] = []
    for name, claimed in rivals.items():
        best = min(rank for rank, _ in claimed)
        first = [heading for rank, heading in claimed if rank == best]
        apart = _apart(first, sample)
        if len(apart) > 1:
            ambiguous[name] = tuple(first)
        else:
            used[name] = apart[0]
            equal += [(name, heading) for heading in first if heading != apart[0]]
    return ColumnMapping(used, _unused(headings, used), ambiguous, rivals=tuple(equal))


def _apart(headings: list[str], sample: pd.DataFrame) -> list[str]:
    """Return those of some columns that say something of their own."""
    if len(headings) == 1:
        return headings
    filled = [one for one in headings if sample[one].ne("").any()] or headings[:1]
    return [filled[0]] + [one for one in filled[1:] if not sample[one].equals(sample[filled[0]])]


def _unused(headings: Sequence[str], used: Mapping[str, str]) -> tuple[str, ...]:
    taken = set(used.values())
    return tuple(heading for heading in headings if heading not in taken)


def map_columns(
    path: Path,
    kind: Kind,
    headings: Sequence[str],
    sample: pd.DataFrame,
    declared: Mapping[str, str] | None = None,
) -> ColumnMapping:
    """Return the columns of a table, as suggested and as declared; what is declared wins.

    Parameters
    ----------
    path
        The file, for messages.
    kind
        What it holds.
    headings
        Its headings.
    sample
        Its first rows as text, one column per heading.
    declared
        Field by heading, such as ``{"Tgl. Temuan": "date_event"}``; the field ``-`` leaves a
        column out.

    Raises
    ------
    FileUnreadableError
        When two columns are declared to hold one field.
    """
    given = {heading: field for heading, field in (declared or {}).items() if heading in headings}
    chosen = {heading: field for heading, field in given.items() if field != IGNORE}
    for field in chosen.values():
        if list(chosen.values()).count(field) > 1:
            raise refused(path, "ambiguous_columns", field)
    suggested = suggest_columns(kind, [one for one in headings if one not in given], sample)
    used = {name: one for name, one in suggested.used.items() if name not in chosen.values()}
    used |= {field: heading for heading, field in chosen.items()}
    unsure = {name: some for name, some in suggested.ambiguous.items() if name not in used}
    equal = tuple(pair for pair in suggested.rivals if pair[0] not in chosen.values())
    return ColumnMapping(used, _unused(headings, used), unsure, suggested.preset, rivals=equal)


def declared_columns(path: Path, kind: Kind, columns: Mapping[str, str]) -> dict[str, str]:
    """Return ``columns``, field by heading, with each field by its name.

    A field may also be given by any heading that stands for it.

    Raises
    ------
    FileUnreadableError
        When the kind has no such field.
    """
    names = {one.name for one in kind.fields}
    found = {}
    for heading, field in columns.items():
        claim = _claims(kind).of(field)
        if field not in {IGNORE, *names} and claim is None:
            raise refused(path, "mapping_unknown_field", f"{field}; {', '.join(sorted(names))}")
        plain = field if field in {IGNORE, *names} or claim is None else claim.field
        found[heading.strip()] = plain
    return found


def require_columns(
    path: Path,
    kind: Kind,
    mapping: ColumnMapping,
    sample: pd.DataFrame,
    constants: Iterable[str] = (),
) -> None:
    """Refuse a table whose columns leave a question open.

    ``sample`` are its first rows; ``constants`` are fields that are given for all rows.

    Raises
    ------
    FileUnreadableError
        When columns claim one field with equal right, or what the kind needs is not there.
    """
    for name, rivals in mapping.ambiguous.items():
        raise refused(path, "ambiguous_columns", f"{name}: {', '.join(rivals)}")
    have = {*mapping.used, *constants}
    for need in kind.needs:
        if not need.met(have):
            firsts = [
                " + ".join(kind.headings[name][0][0] for name in some)
                for some in need.any_of
                if kind.headings.keys() >= set(some)  # others are of a preset alone
            ]
            rest = ", ".join(mapping.unused[:_SHOWN]) or "-"
            words = f"{' / '.join(dict.fromkeys(firsts))}; {expected('columns_there')} {rest}"
            dates = [one for one in mapping.unused if _holds_dates(sample[one])]
            if need.reason == "no_date_column" and dates:
                words += f"; {expected('maybe_dates')} {', '.join(dates)}"
            raise refused(path, need.reason, words)


def _holds_dates(cells: pd.Series) -> bool:
    """Return whether most of the cells of a column can be read as dates to the day."""
    texts = cells[cells.ne("")]
    return len(texts) > 0 and parse_dates(texts)["precision"].eq("day").mean() > _MOSTLY


def refused(path: Path, reason: str, what: str) -> FileUnreadableError:
    """Return the error of a file, with what it is about behind what was expected."""
    return FileUnreadableError(shown_name(path), reason, f"{expected(reason)} ({what[:1500]})")
