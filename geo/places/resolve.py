"""Resolve what officials type for a place to a unit of the registry, or say why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING

import pandas as pd

from geo.codes import LEVELS, Level
from geo.errors import CodeError, ParameterError
from geo.places.chain import ChainMatcher, Outcome, PlaceParams, Reason
from geo.places.names import NameIndex, Unit
from geo.places.parse import PLAIN_WORDS, ParsedPlace, Part, parse_place

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Candidate", "PlaceIndex", "PlaceMatch", "PlaceParams", "resolve_place"]

PART_COLUMNS: tuple[Level, ...] = ("desa", "kecamatan", "kabupaten")
_MAX_SPLITS = 16
_MAX_WORDS = 12
_MAX_PIECES = 4


@dataclass(frozen=True)
class Candidate:
    """A unit in question: ``path`` reads like ``Desa …, Kec. …, Kab. …``."""

    code: str
    level: Level
    name: str
    path: str
    score: float


@dataclass(frozen=True)
class PlaceMatch:
    """What a typed place means.

    Attributes
    ----------
    code, level
        The unit, or None when it is not certain.
    score
        0-100: of the least certain part when there is a code, else of the first candidate.
    tps_number
        The polling station named in the text, or None (none, or several).
    candidates
        The unit itself, or those in question, likeliest first.
    reason
        ``exact`` or ``fuzzy`` with a code; without one ``ambiguous`` (several units fit),
        ``contradiction`` (the parts are known but do not lie in each other), ``unknown``
        (some part is no name of the registry) or ``empty`` (no place in the text).
    """

    code: str | None
    level: Level | None
    score: float
    tps_number: int | None
    candidates: tuple[Candidate, ...]
    reason: Reason


class PlaceIndex:
    """The names of a registry, ready to resolve typed places. Building it takes milliseconds.

    Parameters
    ----------
    units
        Registry with columns ``code``, ``name``, ``kind``, ``variants``.
    params
        When a similar name counts as certain.
    outside
        Names that mean a place elsewhere; see `geo.places.names.NameIndex`.

    Raises
    ------
    ParameterError
        If a column is missing.
    CodeError
        If a code is malformed.
    """

    def __init__(
        self, units: pd.DataFrame, params: PlaceParams | None = None, outside: Iterable[str] = ()
    ) -> None:
        self._names = NameIndex(units, outside)
        self._matcher = ChainMatcher(self._names, params or PlaceParams())

    @property
    def units(self) -> dict[str, Unit]:
        """The units by code."""
        return self._names.units

    def resolve(
        self, text: str, within: str | None = None, level: Level | None = None
    ) -> PlaceMatch:
        """Return the unit a text means.

        Parameters
        ----------
        text
            A place as typed: names with or without level words (Ds., Kel., Kec., Kab., Kota,
            Prov.), in any order, abbreviated, in old spelling, with TPS, RT/RW, street or notes
            in brackets. Street, hamlet and landmark are left out, so the answer can be wider
            than the spot that was meant, never another.
        within
            Code of a unit that the answer must be or lie in.
        level
            Level that the answer must have.

        Returns
        -------
        PlaceMatch
            With a code only if every part agrees and no other unit comes close.

        Raises
        ------
        CodeError
            If `within` is not in the registry.
        ParameterError
            If `level` is not a level.
        """
        self._check(within, level)
        parsed = parse_place(text, self._names.is_known)
        if level is not None and len(parsed.parts) == 1:
            parsed = replace(parsed, parts=_at_level(parsed.parts, level))
        return self._match(parsed, within, level, has_text=bool(text.strip()))

    def resolve_many(self, parts: pd.DataFrame, within: str | None = None) -> pd.DataFrame:
        """Resolve rows that give the parts of a place in columns of their own.

        Each distinct combination is resolved once, so the cost follows the number of different
        places, not of rows.

        Parameters
        ----------
        parts
            One or more of the text columns ``kabupaten``, ``kecamatan``, ``desa``; blank or missing
            values allowed. A column states its level, unless the text has its own level word.
        within
            Code of a unit that every answer must be or lie in.

        Returns
        -------
        pandas.DataFrame
            On the same index: ``code``, ``level`` (None when not certain), ``reason``, ``score``,
            ``tps_number`` (nullable integer) and ``candidates`` (tuples of `Candidate`).

        Raises
        ------
        ParameterError
            If none of the columns is there.
        CodeError
            If `within` is not in the registry.
        """
        self._check(within, None)
        columns = [level for level in PART_COLUMNS if level in parts.columns]
        if not columns:
            raise ParameterError("parts", list(parts.columns), f"one of {PART_COLUMNS}")
        texts = parts[columns].astype(object)
        texts = texts.where(texts.notna(), "").astype(str)
        group = texts.groupby(columns, sort=False).ngroup().to_numpy()
        distinct = texts.loc[~pd.Series(group, index=texts.index).duplicated().to_numpy()]
        found = [
            self._resolve_row(dict(zip(columns, row, strict=True)), within)
            for row in distinct.itertuples(index=False, name=None)
        ]
        table = pd.DataFrame(
            {
                "code": pd.Series([m.code for m in found], dtype=object),
                "level": pd.Series([m.level for m in found], dtype=object),
                "reason": pd.Series([m.reason for m in found], dtype=object),
                "score": pd.Series([m.score for m in found], dtype=float),
                "tps_number": pd.Series([m.tps_number for m in found], dtype="Int64"),
                "candidates": pd.Series([m.candidates for m in found], dtype=object),
            }
        )
        return table.take(group).set_axis(parts.index, axis=0)

    def _check(self, within: str | None, level: str | None) -> None:
        if within is not None and within not in self.units:
            raise CodeError(within, "a code of the registry")
        if level is not None and level not in LEVELS:
            raise ParameterError("level", level, f"one of {', '.join(LEVELS)}")

    def _resolve_row(self, row: dict[Level, str], within: str | None) -> PlaceMatch:
        parts: list[Part] = []
        tps_number = None
        for level, text in row.items():
            parsed = parse_place(text, self._names.is_known)
            tps_number = parsed.tps_number if tps_number is None else tps_number
            parts += _at_level(parsed.parts, level)
        has_text = any(text.strip() for text in row.values())
        return self._match(ParsedPlace(tuple(parts), tps_number), within, None, has_text=has_text)

    def _match(
        self, parsed: ParsedPlace, within: str | None, level: Level | None, *, has_text: bool
    ) -> PlaceMatch:
        mains = [p for p in parsed.parts if not p.is_note]
        notes = [p for p in parsed.parts if p.is_note]
        if not mains:
            mains, notes = [replace(p, is_note=False) for p in notes], []
        mains = [p for p in mains if not self._is_mere_landmark(p)]
        if not mains:
            reason: Reason = "unknown" if has_text else "empty"
            return PlaceMatch(None, None, 0.0, parsed.tps_number, (), reason)
        outcome = self._matcher.settle(mains, notes, within, level)
        if outcome.code is None or outcome.reason == "fuzzy":
            split = [self._matcher.settle(m, notes, within, level) for m in self._splits(mains)]
            outcome = _combine(outcome, split)
        candidates = tuple(self._candidate(code, score) for code, score in outcome.candidates)
        found = None if outcome.code is None else self.units[outcome.code].level
        return PlaceMatch(
            outcome.code, found, outcome.score, parsed.tps_number, candidates, outcome.reason
        )

    def _is_mere_landmark(self, part: Part) -> bool:
        """Return whether a part is a building or spot, not even similar to a unit's name."""
        if not part.is_landmark or self._splits([part]):
            return False
        hits = self._names.hits(part)
        return not hits.exact and not hits.like

    def _candidate(self, code: str, score: float) -> Candidate:
        unit = self.units[code]
        return Candidate(code, unit.level, unit.name, unit.path, round(score, 1))

    def _splits(self, mains: Sequence[Part]) -> list[tuple[Part, ...]]:
        """Return readings in which a part without a meaning is several names in a row."""
        choices: list[list[tuple[Part, ...]]] = []
        for part in mains:
            words = part.text.split()
            cut: list[tuple[Part, ...]] = []
            if 1 < len(words) <= _MAX_WORDS and not self._names.hits(part).exact:
                cut = list(islice(self._pieces(part, words, _MAX_PIECES), _MAX_SPLITS))
            choices.append(cut or [(part,)])
        if all(len(c) == 1 and len(c[0]) == 1 for c in choices):
            return []
        return [
            tuple(piece for pieces in chosen for piece in pieces)
            for chosen in islice(product(*choices), _MAX_SPLITS)
        ]

    def _pieces(self, first: Part, words: list[str], most: int) -> Iterator[tuple[Part, ...]]:
        """Yield the ways to cut words into known names; the first keeps its stated level."""
        for end in range(len(words), 0, -1):
            piece = replace(first, text=" ".join(words[:end]))
            if piece.text in PLAIN_WORDS or not self._names.hits(piece).exact:
                continue
            if end == len(words):
                yield (piece,)
            elif most > 1:
                for rest in self._pieces(Part(""), words[end:], most - 1):
                    # A doubled word is a name of its own, not the same place twice.
                    if rest[0].text != piece.text:
                        yield (piece, *rest)


def _at_level(parts: tuple[Part, ...], level: Level) -> tuple[Part, ...]:
    """Return the parts of a text of which the level is known, its name marked with it."""
    free = [p for p in parts if p.level is None and not p.is_note]
    named = [p for p in free if not p.is_landmark]
    if any(p.level == level for p in parts) or not free:
        return parts
    first = (named or free)[0]
    marked = replace(first, level=level, is_landmark=False)
    return tuple(marked if p is first else p for p in parts)


def _combine(whole: Outcome, split: Sequence[Outcome]) -> Outcome:
    """Choose between a text as one name and the ways to cut it; two answers are none."""
    open_ones = [o for o in split if o.reason != "contradiction"]
    codes = {o.code for o in open_ones}
    if open_ones and codes != {None}:
        if len(codes) == 1:
            return open_ones[0]
        merged = {code: score for o in open_ones for code, score in o.candidates}
        ranked = tuple(sorted(merged.items(), key=lambda item: (-item[1], item[0])))
        return Outcome(None, ranked[0][1], "ambiguous", ranked)
    if whole.code is not None or not split:
        return whole
    return (open_ones or list(split))[0]


def resolve_place(
    text: str,
    units: pd.DataFrame | PlaceIndex,
    within: str | None = None,
    level: Level | None = None,
) -> PlaceMatch:
    """Return the unit a text means; see `PlaceIndex.resolve`.

    Parameters
    ----------
    text, within, level
        As in `PlaceIndex.resolve`.
    units
        A registry, or better an index made from it once.
    """
    index = units if isinstance(units, PlaceIndex) else PlaceIndex(units)
    return index.resolve(text, within, level)
