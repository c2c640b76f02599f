"""What the slides of a province share: words in a language, titles that fit, and said gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from services import texts
from services.briefing.deck import Bullets, Main, Side, Slide
from services.briefing.layout import TITLE, TITLE_LINES, TITLE_PX
from services.briefing.measure import wrapped
from services.nation.briefs_facts import Gap, ProvinceFacts
from services.nation.words import SIMULASI
from services.texts import day, number, text

FAMILY = "konflik"
"""The family that the map and the first sentence are about: families are never added up."""
_NAMED = 3


@dataclass(frozen=True)
class Teller:
    """Facts of a province that are told in one language."""

    facts: ProvinceFacts
    lang: str

    def say(self, key: str, **values: object) -> str:
        """Return a text of the catalogue."""
        return text(key, self.lang, **values)

    def label(self, section: str, key: object) -> str:
        """Return the reader's word for a key."""
        return texts.label(section, key, self.lang)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return ``value``, a number of any unit, with the separators of the language."""
        return number(value, self.lang, digits)

    def day(self, value: date | pd.Timestamp) -> str:
        """Return a short date."""
        return day(value, self.lang, "short")

    def level(self, level: str) -> str:
        """Return the name of a level within a sentence."""
        return self.label("level", level).lower()

    def family(self, family: str) -> str:
        """Return the name of a family within a sentence."""
        return self.label("family", family).lower()

    def names(self, codes: Sequence[str], most: int = _NAMED) -> str:
        """Return the first names of units, and how many more there are."""
        told = ", ".join(self.facts.name(code) for code in codes[:most])
        more = len(codes) - most
        return self.say("nation_brief.and_more", names=told, n=more) if more > 0 else told

    def why(self, gap: Gap) -> str:
        """Return why a stage says nothing."""
        return self.label("nation_brief_why", gap.why)

    def why_missing(self, stage: str) -> str:
        """Return why a stage that lacks an area says nothing of the first of them."""
        return self.why(self.facts.gaps_of(stage)[0])

    def title(self, head: str, clauses: Iterable[str]) -> str:
        """Return a head with as many clauses as its two lines hold, at least the first."""
        found = ""
        for clause in clauses:
            longer = f"{found}; {clause}" if found else f"{head}: {clause}"
            lines = wrapped(longer, TITLE_PX, TITLE.width, bold=True)
            if found and len(lines) > TITLE_LINES:
                break
            found = longer
        return found

    def slide(
        self,
        key: str,
        title: str,
        main: Main,
        side: tuple[Side, ...] = (),
        notes: Iterable[str] = (),
    ) -> Slide:
        """Return a slide marked as what it is, with where it comes from."""
        return Slide(
            key=key,
            title=title,
            main=main,
            side=side,
            notes="\n".join(line for line in notes if line),
            access="terbatas",
            sources=self.say("nation_brief.source"),
            marks=(SIMULASI,) if self.facts.about.simulasi else (),
        )

    def missing(self, key: str, stage: str) -> Slide:
        """Return the slide of a stage that says nothing of the province: in words, not silence."""
        gaps = self.facts.gaps_of(stage)
        what = self.label("nation_brief_part", stage)
        return self.slide(
            key,
            self.say("nation_brief.missing", what=what, why=self.why_missing(stage)),
            Bullets(
                (
                    self.say("nation_brief.missing_means"),
                    self.say("nation_brief.missing_stage", stage=self.label("nation_stage", stage)),
                )
            ),
            notes=(f"{gap.code}: {self.why(gap)} {gap.reason}".rstrip() for gap in gaps),
        )

    def partly(self, stage: str) -> str:
        """Return which kabupaten a stage says nothing of; "" where none is missing."""
        gaps = self.facts.gaps_of(stage)
        if not gaps:
            return ""
        names = self.names([gap.code for gap in gaps], 2)
        return self.say("nation_brief.partly", n=len(gaps), names=names, why=self.why(gaps[0]))
