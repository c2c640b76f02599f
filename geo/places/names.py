"""Look a typed name up among the units of a registry: exactly, by initial, by similarity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from geo.codes import LEVELS, Level, level_of, parent_of
from geo.errors import ParameterError
from geo.places.parse import (
    PLAIN_WORDS,
    Part,
    initial_keys,
    name_key,
    normalise,
    readings,
    similarity,
)

if TYPE_CHECKING:
    import pandas as pd

REGISTRY_COLUMNS = ("code", "name", "kind", "variants")
LIKE_FLOOR = 60.0
"""Similarity below which a name is not even a rival."""

_HINT_FLOOR = 70.0
_MIN_HINT_KEY = 4
_PATH_WORDS = {
    "provinsi": "Prov.",
    "kabupaten": "Kab.",
    "kota": "Kota",
    "kecamatan": "Kec.",
    "desa": "Desa",
    "kelurahan": "Kel.",
}


@dataclass(frozen=True)
class Unit:
    """One unit of the registry as the matcher needs it."""

    code: str
    level: Level
    name: str
    kind: str
    path: str


@dataclass(frozen=True)
class Like:
    """A unit with a similar name: similarity 0-100, and whether the first letter agrees."""

    code: str
    score: float
    has_first_letter: bool


@dataclass(frozen=True)
class PartHits:
    """What one typed part may mean.

    Attributes
    ----------
    exact
        Codes whose name or variant is what was typed, abbreviations and spelling aside.
    like
        Units with a similar name, at least `LIKE_FLOOR`, best first; none if there is an exact hit.
    loose
        Codes of regencies whose name begins with the typed regency's: a bare first word may mean
        the island and so any of them.
    is_weak
        The exact hit is an everyday word or the name of a province, city or regency elsewhere:
        enough beside its parent, not alone.
    """

    exact: frozenset[str]
    like: tuple[Like, ...]
    loose: frozenset[str]
    is_weak: bool


def related(one: str, other: str) -> bool:
    """Return whether one of two codes is, or lies in, the other."""
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


class NameIndex:
    """Names and variants of a registry, ready for lookup.

    Parameters
    ----------
    units
        Registry with the columns `REGISTRY_COLUMNS`; ``variants`` joined by ``|``, blank or missing
        where there are none. Codes are dotted Kemendagri codes; the frame may hold any number of
        provinces.
    outside
        Names of provinces, cities and regencies that lend their name to villages elsewhere: as a
        bare text they are not such a village, and never a misspelling of one.

    Raises
    ------
    ParameterError
        If a column is missing.
    CodeError
        If a code is malformed.
    """

    def __init__(self, units: pd.DataFrame, outside: Iterable[str] = ()) -> None:
        missing = [column for column in REGISTRY_COLUMNS if column not in units.columns]
        if missing:
            raise ParameterError("units", list(units.columns), f"the columns {missing}")
        self._outside = frozenset(map(name_key, outside))
        rows = units[list(REGISTRY_COLUMNS)].astype(object).to_dict("records")
        titles = {str(r["code"]): (str(r["name"]), str(r["kind"])) for r in rows}
        self.units = {code: _unit(code, titles) for code in titles}
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._official: dict[str, set[str]] = defaultdict(set)
        self._initial: dict[str, set[str]] = defaultdict(set)
        self._spaced: dict[str, str] = {}
        for row in rows:
            code = str(row["code"])
            variants = row["variants"] if isinstance(row["variants"], str) else ""
            self._official[name_key(str(row["name"]))].add(code)
            for i, name in enumerate([str(row["name"]), *variants.split("|")]):
                if not name.strip():
                    continue
                self._exact[name_key(name)].add(code)
                self._spaced[f"{code}#{i}"] = normalise(name)
                for key in initial_keys(name):
                    self._initial[key].add(code)
        self._keys = list(self._exact)
        self.hits = lru_cache(maxsize=50_000)(self._hits)

    def is_known(self, phrase: str) -> bool:
        """Return whether a phrase in normal form is a name, abbreviations and spelling aside."""
        return bool(phrase) and any(key in self._exact for key in readings(phrase))

    def _hits(self, part: Part) -> PartHits:
        """Return what a part may mean, held to the level and kind it states."""
        exact = self._exact_codes(part)
        if exact:
            loose = frozenset[str]() if part.level else self._namesakes(part, exact)
            is_plain = part.text in PLAIN_WORDS or name_key(part.text) in self._outside
            is_small = all(self.units[c].level in ("kecamatan", "desa") for c in exact)
            return PartHits(exact, (), loose, part.level is None and is_plain and is_small)
        return PartHits(exact, self._alike(part), frozenset(), is_weak=False)

    def _fits(self, code: str, part: Part) -> bool:
        return part.level is None or self.units[code].level == part.level

    def _exact_codes(self, part: Part) -> frozenset[str]:
        keys = readings(part.text)
        found = {c for c in self._exact.get(keys[0], ()) if self._fits(c, part)}
        if not found:
            found = {c for k in keys[1:] for c in self._exact.get(k, ()) if self._fits(c, part)}
        first, _, rest = part.text.partition(" ")
        if not found and len(first) == 1 and rest:
            by_initial = self._initial.get(f"{first} {rest.replace(' ', '')}", ())
            found = {c for c in by_initial if self._fits(c, part)}
        if not found and first == "kota" and rest and part.level in (None, "kabupaten"):
            found = set(self._exact_codes(Part(rest, "kabupaten", "kota")))
        if part.kind is not None and part.level == "kabupaten":
            of_kind = {c for c in found if self.units[c].kind == part.kind}
            # "Kab." heads many forms for cities too; "Kota" never stands before a kabupaten.
            found = of_kind or (found if part.kind == "kabupaten" else set())
        return frozenset(self._without_shared(part, found))

    def _without_shared(self, part: Part, found: set[str]) -> set[str]:
        """Widen a hit on a mere variant that begins the official names of several siblings.

        A village divided into an east and a west half is often still called by the old name, which
        some list may keep for one half: the old name alone does not say which.
        """
        key = name_key(part.text)
        widened = set(found)
        for code in found:
            if code in self._official.get(key, ()) or self.units[code].level == "provinsi":
                continue
            siblings = self._begun_by(key, parent_of(code))
            if code in siblings:
                widened |= siblings
        return widened

    def _begun_by(self, key: str, parent: str | None) -> set[str]:
        return {
            code
            for official, codes in self._official.items()
            if official.startswith(key) and official != key
            for code in codes
            if parent_of(code) == parent
        }

    def _namesakes(self, part: Part, exact: frozenset[str]) -> frozenset[str]:
        found: set[str] = set()
        for code in exact:
            if self.units[code].level == "kabupaten":
                for key in readings(part.text):
                    found |= self._begun_by(key, parent_of(code))
        return frozenset(found - exact)

    def _alike(self, part: Part) -> tuple[Like, ...]:
        keys = readings(part.text, is_exact=False)
        if part.level in (None, "provinsi") and self._outside.intersection(keys):
            return ()
        best: dict[str, Like] = {}
        for key in keys:
            near = process.extract(
                key,
                self._keys,
                scorer=OSA.normalized_similarity,
                score_cutoff=LIKE_FLOOR / 100.0,
                limit=None,
            )
            for known, _, _ in near:
                score = similarity(key, known)
                if score < LIKE_FLOOR:
                    continue
                for code in self._exact[known]:
                    like = Like(code, score, _starts_alike(key, known))
                    if self._fits(code, part) and (code not in best or best[code].score < score):
                        best[code] = like
        if part.kind == "kota":
            best = {c: like for c, like in best.items() if self.units[c].kind == "kota"}
        return tuple(sorted(best.values(), key=lambda like: (-like.score, like.code)))

    def hints(self, part: Part, inside: str | None, limit: int) -> list[tuple[str, float]]:
        """Return units that a person might have meant, never an answer.

        Parameters
        ----------
        part
            The part that found nothing certain.
        inside
            Code whose descendants come into question, or None for all.
        limit
            Most units returned.

        Returns
        -------
        list of (str, float)
            Codes with a score of 70-100 (RapidFuzz WRatio, which forgives missing and extra words).
        """
        if len(part.text.replace(" ", "")) < _MIN_HINT_KEY:
            return []
        pool = {
            key: name
            for key, name in self._spaced.items()
            if (inside is None or key.startswith(inside + "."))
            and self._fits(key.partition("#")[0], part)
        }
        found: dict[str, float] = {}
        near = process.extract(
            part.text, pool, scorer=fuzz.WRatio, score_cutoff=_HINT_FLOOR, limit=3 * limit
        )
        for _, score, key in near:
            found.setdefault(key.partition("#")[0], float(score))
        return list(found.items())[:limit]


def _starts_alike(typed: str, known: str) -> bool:
    """Return whether the first letter agrees, or the first two are merely swapped."""
    return typed[:1] == known[:1] or typed[:2] == known[1::-1]


def _unit(code: str, titles: dict[str, tuple[str, str]]) -> Unit:
    words = []
    at: str | None = code
    while at is not None and (at in titles) and (at == code or level_of(at) != LEVELS[0]):
        name, kind = titles[at]
        words.append(f"{_PATH_WORDS.get(kind, '')} {name}".strip())
        at = parent_of(at)
    name, kind = titles[code]
    return Unit(code, level_of(code), name, kind, ", ".join(words))
