"""Decide which unit the parts of a typed place mean together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from geo.codes import LEVELS, Level, level_of, parent_of
from geo.errors import ParameterError
from geo.places.names import LIKE_FLOOR, NameIndex, PartHits, related
from geo.places.parse import Part

Reason = Literal["exact", "fuzzy", "ambiguous", "unknown", "contradiction", "empty"]

EXACT_SCORE = 100.0
_MAX_LIKE = 40
_MAX_PARTS = 8


@dataclass(frozen=True)
class PlaceParams:
    """When a similar name is taken for certain.

    Attributes
    ----------
    threshold_alone
        Least similarity (60-100) of a name with nothing sure around it: almost no misspelling is
        forgiven, since another village of the country may well be one letter away.
    threshold_near
        Least similarity (60 to ``threshold_alone``) of a name that states its level as kecamatan
        or wider, that lies in a sure unit two levels up, or whose first letter is wrong.
    threshold_within
        Least similarity (60 to ``threshold_near``) of a name whose parent, or a unit inside it, is
        sure.
    margin
        Least lead (0-100, above 0) over the next unit in question.
    max_candidates
        Most units listed when nothing is certain, at least 1.

    Notes
    -----
    The defaults are chosen by measurement (``tests/places/test_resolve.py``): with one typing error
    in the village's name and its parents beside it, no answer is wrong and at least nine in ten are
    found.
    """

    threshold_alone: float = 92.0
    threshold_near: float = 88.0
    threshold_within: float = 75.0
    margin: float = 10.0
    max_candidates: int = 8

    def __post_init__(self) -> None:
        """Raise `ParameterError` for a value out of range."""
        steps = ("threshold_within", "threshold_near", "threshold_alone")
        floor, below = LIKE_FLOOR, f"{LIKE_FLOOR:g}"
        for name in steps:
            value = getattr(self, name)
            if not floor <= value <= EXACT_SCORE:
                raise ParameterError(name, value, f"{below} to {EXACT_SCORE:g}")
            floor, below = value, name
        if not 0.0 < self.margin <= EXACT_SCORE:
            raise ParameterError("margin", self.margin, "above 0 to 100")
        if self.max_candidates < 1:
            raise ParameterError("max_candidates", self.max_candidates, "at least 1")


@dataclass(frozen=True)
class Outcome:
    """A decision: a code with its score, or None with scored codes in question."""

    code: str | None
    score: float
    reason: Reason
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Option:
    """One meaning of one part."""

    code: str
    score: float
    is_loose: bool = False
    has_first_letter: bool = True


@dataclass(frozen=True)
class Chain:
    """One meaning of all parts: each unit is, or lies in, the next wider one."""

    options: tuple[Option, ...]

    @property
    def deepest(self) -> str:
        """Code of the narrowest unit."""
        return max((o.code for o in self.options), key=len)

    @property
    def score(self) -> float:
        """Score of the least certain part, 0 to 100."""
        return min(o.score for o in self.options)

    @property
    def is_loose(self) -> bool:
        """Whether a regency is read as an island's name."""
        return any(o.is_loose for o in self.options)


class ChainMatcher:
    """Finds the chain of units that fits all parts, or says why none is certain."""

    def __init__(self, names: NameIndex, params: PlaceParams) -> None:
        self.names = names
        self.params = params

    def settle(
        self, mains: Sequence[Part], notes: Sequence[Part], within: str | None, level: Level | None
    ) -> Outcome:
        """Return what the parts mean together.

        Parameters
        ----------
        mains
            At least one part; together they must form one chain.
        notes
            Bracketed parts: a known name among them must agree with the chain, others are left out.
        within
            Code that the answer must be or lie in, or None.
        level
            Level that the answer must have, or None.
        """
        if len(mains) > _MAX_PARTS:
            # A list of places or a paragraph: no single place, and too many ways to combine.
            return Outcome(None, 0.0, "unknown", ())
        hits = [self.names.hits(part) for part in mains]
        note_codes = [h.exact for h in map(self.names.hits, notes) if h.exact]
        chains = [
            chain
            for chain in _chains([_options(h) for h in hits], within)
            if level in (None, level_of(chain.deepest))
            and all(any(related(chain.deepest, c) for c in codes) for codes in note_codes)
        ]
        plausible = [c for c in chains if c.score >= self.params.threshold_within]
        best_rank = max((_rank(c, within) for c in plausible), default=None)
        peers = [c for c in chains if _rank(c, within) == best_rank]
        passing = [c for c in peers if self._passes(c, mains, hits, within)]
        if not passing:
            return self._nothing(mains, hits, chains, within)
        best = max(passing, key=lambda c: (c.score, not c.is_loose))
        rivals = _scores(c for c in peers if c.score > best.score - self.params.margin)
        is_alone_and_weak = (
            len(mains) == 1 and hits[0].is_weak and not note_codes and within is level is None
        )
        if all(c.is_loose for c in passing):
            return self._uncertain("contradiction", rivals)
        if len(rivals) > 1 or is_alone_and_weak:
            return self._uncertain("ambiguous", rivals)
        reason: Reason = "exact" if best.score == EXACT_SCORE else "fuzzy"
        return Outcome(best.deepest, best.score, reason, ((best.deepest, best.score),))

    def _passes(
        self, chain: Chain, mains: Sequence[Part], hits: Sequence[PartHits], within: str | None
    ) -> bool:
        """Return whether every part is sure, each helped by what is sure around it."""
        sure = {o.code for o in chain.options if o.score == EXACT_SCORE and not o.is_loose}
        sure |= {within} if within is not None else set()
        triples = zip(chain.options, mains, hits, strict=True)
        for option, part, hit in sorted(triples, key=lambda t: len(t[0].code)):
            if option.score == EXACT_SCORE:
                continue
            needed = self._needed(option, part, sure)
            # A closer name elsewhere means that the stated parent may be the mistake.
            if part.is_landmark or option.score < needed or hit.like[0].score > option.score:
                return False
            sure.add(option.code)
        return True

    def _needed(self, option: Option, part: Part, sure: set[str]) -> float:
        """Return the similarity that makes a part sure, given the units that already are."""
        code = option.code
        is_below = parent_of(code) in sure
        is_above = any(c.startswith(code + ".") for c in sure)
        # People seldom miss the first letter; a name that differs there is likely another one.
        if (is_below or is_above) and (option.has_first_letter or (is_below and is_above)):
            return self.params.threshold_within
        is_inside = any(code.startswith(c + ".") and level_of(c) != LEVELS[0] for c in sure)
        if is_above or is_inside or part.level in LEVELS[:-1]:
            return self.params.threshold_near
        return self.params.threshold_alone

    def _nothing(
        self,
        mains: Sequence[Part],
        hits: Sequence[PartHits],
        chains: Sequence[Chain],
        within: str | None,
    ) -> Outcome:
        """Return why no chain will do, with whatever a person might have meant."""
        found = _scores(chains)
        unread = [
            part
            for part, hit in zip(mains, hits, strict=True)
            if not hit.exact and not (hit.like and hit.like[0].score >= self.params.threshold_alone)
        ]
        stated = [c for h in hits for c in h.exact]
        if unread:
            inside = self._narrowest(hits, within)
            for part in unread:
                for code, score in self.names.hints(part, inside, self.params.max_candidates):
                    found[code] = max(score, found.get(code, 0.0))
            if not found and inside is not None:
                found[inside] = 0.0
            if not found:
                found |= dict.fromkeys(stated, EXACT_SCORE)
            return self._uncertain("unknown", found)
        for hit in hits:
            for like in hit.like[: self.params.max_candidates]:
                found[like.code] = max(like.score, found.get(like.code, 0.0))
        found |= dict.fromkeys(stated, EXACT_SCORE)
        return self._uncertain("contradiction", found)

    def _narrowest(self, hits: Sequence[PartHits], within: str | None) -> str | None:
        """Return the narrowest unit above the village that is stated without doubt, if any."""
        sure = [next(iter(h.exact)) for h in hits if len(h.exact) == 1 and not h.loose]
        sure += [within] if within is not None else []
        wide = [c for c in sure if level_of(c) != LEVELS[-1]]
        if not wide or not all(related(a, b) for a in wide for b in wide):
            return within
        return max(wide, key=len)

    def _uncertain(self, reason: Reason, scores: dict[str, float]) -> Outcome:
        order = sorted(scores.items(), key=lambda item: (-item[1], -len(item[0]), item[0]))
        kept = tuple(order[: self.params.max_candidates])
        return Outcome(None, kept[0][1] if kept else 0.0, reason, kept)


def _options(hits: PartHits) -> tuple[Option, ...]:
    if hits.exact:
        sure = [Option(code, EXACT_SCORE) for code in sorted(hits.exact)]
        return (*sure, *(Option(code, EXACT_SCORE, is_loose=True) for code in sorted(hits.loose)))
    return tuple(
        Option(like.code, like.score, has_first_letter=like.has_first_letter)
        for like in hits.like[:_MAX_LIKE]
    )


def _chains(options: Sequence[tuple[Option, ...]], within: str | None) -> Iterator[Chain]:
    """Yield every choice of one option per part in which all units lie in each other."""

    def extend(chosen: tuple[Option, ...], left: Sequence[tuple[Option, ...]]) -> Iterator[Chain]:
        if not left:
            chain = Chain(chosen)
            if within is None or f"{chain.deepest}.".startswith(f"{within}."):
                yield chain
            return
        for option in left[0]:
            if all(related(option.code, other.code) for other in chosen):
                yield from extend((*chosen, option), left[1:])

    yield from extend((), options)


def _rank(chain: Chain, within: str | None) -> tuple[int, bool]:
    """Prefer that two parts name two units: one name twice is a village in its kecamatan."""
    return len({o.code for o in chain.options}), chain.deepest != within


def _scores(chains: Iterator[Chain] | Sequence[Chain]) -> dict[str, float]:
    found: dict[str, float] = {}
    for chain in chains:
        found[chain.deepest] = max(chain.score, found.get(chain.deepest, 0.0))
    return found
