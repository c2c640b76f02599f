"""Two who correct the same report: what the second has not seen is merged, or asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from data.store.ledger.conflict import Theirs, changed_by, settled
from services.dataset import Dataset
from services.reports.review.draft import YES_NO, Draft, correcting
from services.reports.review.one_row import one_line
from services.texts import day, label, number

COLUMN_OF = {
    "kind": "kind",
    "status": "status",
    "date_event": "date_event",
    "date_end": "date_end",
    "date_reported": "date_reported",
    "stage": "stage",
    "category": "category",
    "severity": "severity",
    "code": "unit_kejadian",
    "point": "lat",
    "people_count": "people_count",
    "peaceful": "peaceful",
    "summary": "summary",
    "source": "source_text",
    "agency": "agency",
}
"""What may be merged or asked about, by field of the form: the column that holds it.

A page of a source is not among them: one more is added and takes nothing away.
"""
_TOGETHER = (frozenset({"code", "point"}), frozenset({"date_event", "date_end"}))
"""Fields that say one thing between them: what one person wrote is not mixed with another's."""


@dataclass(frozen=True)
class Met:
    """A correction beside what others made of the report since it was opened.

    Attributes
    ----------
    draft
        What is to be stored: the correction, and what others alone have changed.
    others
        What others changed and the writer did not, by field.
    asked
        What both changed, to something else.
    """

    draft: Draft
    others: tuple[Theirs, ...] = ()
    asked: tuple[Theirs, ...] = ()


def meet(before: Draft, mine: Draft, stored: Draft) -> Met:
    """Return what becomes of a correction.

    Parameters
    ----------
    before, stored
        What the report said when it was opened, and says now (`draft_of`).
    mine
        What the writer wants it to say, as `correcting` gives it.
    """
    was, own, now = (_texts(one) for one in (before, mine, stored))
    ours, asked, theirs = map(set, changed_by(COLUMN_OF, was, now, own))
    for group in _TOGETHER:
        if (asked | ours) & group:
            asked |= theirs & group
    taken = {name: getattr(stored, name) for name in theirs - asked}

    def told(names: Collection[str]) -> tuple[Theirs, ...]:
        return tuple(
            Theirs(name, *(getattr(one, name) for one in (before, stored, mine)))
            for name in COLUMN_OF
            if name in names
        )

    return Met(correcting(stored, replace(mine, **taken)), told(taken), told(asked))


def _texts(draft: Draft) -> dict[str, str]:
    """Return what a form would send of each field."""
    cells = draft.filled.cells
    return {name: one_line(cells[name]) for name in COLUMN_OF}


def chosen(
    theirs: Iterable[Theirs], kept: Collection[str], before: Draft, mine: Draft
) -> tuple[Draft, Draft]:
    """Return the next ``before`` and ``mine`` of a writer who was asked and has chosen.

    Parameters
    ----------
    theirs
        What was asked about, all of it.
    kept
        Fields in which what others made of it stays; in the rest the writer's own is stored.
    before, mine
        As `meet` had them.
    """
    seen, wanted = settled(theirs, kept, {}, {})
    return replace(before, **seen), replace(mine, **wanted)


_LABELS = {
    "kind": "kind",
    "stage": "stage",
    "category": "category",
    "status": "status",
    "severity": "entry_severity",
    "peaceful": "entry_peaceful",
}
"""Section of the catalogue that words a value, by field."""


def value_words(name: str, value: Any, data: Dataset, lang: str) -> str:
    """Return the value of a field of the form as a reader knows it; a dash for none."""
    if value is None or value == "":
        return "–"
    if name in _LABELS:
        key = YES_NO[value] if name == "peaceful" else value
        return label(_LABELS[name], key, lang)
    if isinstance(value, date):
        return day(value, lang, "short")
    if name == "people_count":
        return number(value, lang)
    return data.place_name(value) if name == "code" else str(value)
