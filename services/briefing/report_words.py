"""What the parts of a report share: a snapshot within a period, told in a language; long tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.reports.rakor import ReportingPeriod
from services.briefing.facts.plain import Facts
from services.briefing.snapshot import Snapshot
from services.paper import Block, Table, Text
from services.texts import day, number, text

ROWS = 40
"""Of a part of a long table; each says which rows of how many it holds."""


@dataclass(frozen=True)
class Reporter:
    """A snapshot of which one period is told in one language."""

    snapshot: Snapshot
    lang: str
    period: ReportingPeriod

    def say(self, key: str, **values: object) -> str:
        """Return a text of the catalogue's section ``periodic``."""
        return text(f"periodic.{key}", self.lang, **values)

    def day(self, iso: str | pd.Timestamp | None, style: str = "long") -> str:
        """Return a day in words; a dash where there is none."""
        return day(pd.Timestamp(str(iso)[:10]) if iso else None, self.lang, style)

    def window(self, first: pd.Timestamp, last: pd.Timestamp) -> str:
        """Return two days in words."""
        return self.say("window", first=self.day(first), last=self.day(last))

    def number(self, value: float | None) -> str:
        """Return a number with the separators of the language; ``value`` is in any unit."""
        return number(value, self.lang)

    @property
    def told(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day of the period that the snapshot holds."""
        first, last = (pd.Timestamp(one) for one in self.snapshot.content["period"])
        return max(first, self.period.start), min(last, self.period.end)

    @property
    def reports(self) -> list[Facts]:
        """Reports of those days, newest first."""
        first, last = self.told
        rows: list[Facts] = self.snapshot.content["reports"]
        return [row for row in rows if first <= pd.Timestamp(row["date_event"]) <= last]

    @property
    def events(self) -> list[Facts]:
        """Incidents and potential among them: a zero report is none."""
        return [row for row in self.reports if row["kind"] != "nihil"]

    def register(self, name: str) -> list[Facts]:
        """Return the rows of ``warnings`` or ``actions``."""
        rows: list[Facts] = self.snapshot.content["register"][name]
        return rows


def listed(
    to: Reporter,
    section: str,
    rows: Sequence[Sequence[Any]],
    names: Sequence[str],
    widths: Sequence[float],
) -> list[Block]:
    """Return a headed table in parts of `ROWS`, each with its heading; nothing without rows.

    Parameters
    ----------
    section
        Key of the heading.
    names
        Keys of the columns.
    widths
        Millimetres of each column.
    """
    if not rows:
        return []
    heads, total = [to.say(name) for name in names], len(rows)
    out: list[Block] = [Text(to.say(section), "heading")]
    for first in range(0, total, ROWS):
        part = rows[first : first + ROWS]
        last = first + len(part)
        out.append(Text(to.say("part", first=first + 1, last=last, total=total), "small"))
        out.append(Table(pd.DataFrame(part, columns=heads), widths, size=8))
    return out
