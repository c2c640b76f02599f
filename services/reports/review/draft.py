"""A report as far as it is typed, and a stored one as a draft that corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from analytics.reports.places import ancestor, depth_of
from data.clock import today
from data.vocabulary import COARSE_CATEGORIES
from services.reports.review.one_row import Filled

_KABUPATEN = depth_of("kabupaten")
_KEPT = {
    "family": "family",
    "date_precision": "date_precision",
    "tps_number": "tps",
    "location_note": "location_note",
    "unit_pokok": "pokok_code",
}
"""What the form does not ask, by column, with the field by which a correction says it again."""
YES_NO = {True: "ya", False: "tidak"}
"""How a form says whether something was so."""


@dataclass(frozen=True)
class Draft:
    """A report as far as it is typed.

    Attributes
    ----------
    kind
        One of `data.vocabulary.KINDS`.
    date_event, date_end
        The day; of a nihil the first and the last.
    code
        The finest unit that was chosen.
    point
        Latitude and longitude in one text, or blank.
    category, severity, status, peaceful, people_count, stage
        Of what happened, or may; None where not said.
    summary, source, source_url
        In words.
    agency
        Who reports.
    access
        One of `data.vocabulary.ACCESSES`; None for what is usual.
    date_reported
        Since when the agency knows; today unless given.
    report_id
        The stored report that this corrects; None for a new one.
    verification
        Where the review of that one stands; the form does not say so.
    kept
        Text by field of what the form does not ask and a correction leaves as it is.
    """

    kind: str
    date_event: date | None = None
    date_end: date | None = None
    code: str | None = None
    point: str = ""
    category: str | None = None
    severity: int | None = None
    status: str | None = None
    people_count: int | None = None
    peaceful: bool | None = None
    stage: str | None = None
    access: str | None = None
    summary: str = ""
    agency: str = ""
    source: str = ""
    source_url: str = ""
    date_reported: date | None = None
    report_id: str | None = None
    verification: str | None = None
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_coarse(self) -> bool:
        """Whether it is kept at kabupaten level, whatever is known."""
        return self.category in COARSE_CATEGORIES

    @property
    def unit(self) -> str | None:
        """Code of the unit under which it would be kept."""
        if self.code is None or not self.is_coarse:
            return self.code
        return ancestor(self.code, _KABUPATEN) or self.code

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that are needed and still blank, in the order of the form."""
        needed = ["agency", "category", "code", "date_event", "date_end", "summary"]
        if self.kind == "nihil":
            needed = [name for name in needed if name not in ("category", "summary")]
        else:
            needed.remove("date_end")
        return tuple(name for name in needed if not getattr(self, name))

    @property
    def filled(self) -> Filled:
        """The row that goes the way of a file; `verification` is not for the form to say."""
        is_nihil = self.kind == "nihil"
        told: dict[str, object] = {
            "report_id": self.report_id,
            "kind": self.kind,
            "status": self.status if self.kind == "potensi" else None,
            "date_event": self.date_event,
            "date_end": self.date_end,
            "date_reported": self.date_reported or (None if self.report_id else today()),
            "stage": self.stage,
            "category": None if is_nihil else self.category,
            "severity": None if is_nihil else self.severity,
            "code": self.unit,
            "point": None if is_nihil or self.is_coarse else self.point,
            "people_count": None if is_nihil else self.people_count,
            "peaceful": None if self.peaceful is None or is_nihil else YES_NO[self.peaceful],
            "summary": self.summary,
            "source": self.source,
            "source_url": self.source_url,
            "access": self.access,
            "agency": self.agency,
        }
        cells = {name: "" if value is None else str(value) for name, value in told.items()}
        return Filled("reports", {**cells, **self.kept})


def draft_of(row: pd.Series, url: str | None = None) -> Draft:
    """Return what a stored report says as a draft that corrects it.

    Parameters
    ----------
    row
        Of the table ``reports``.
    url
        Page of its source, if any.
    """
    cells: dict[str, Any] = {
        str(name): None if pd.isna(value) else value for name, value in row.items()
    }
    at = cells["lat"], cells["lon"]
    words = ("category", "status", "stage", "access", "verification")
    told: dict[str, Any] = {name: cells[name] for name in words}
    for name in ("date_event", "date_end", "date_reported"):
        told[name] = None if cells[name] is None else cells[name].date()
    for name in ("severity", "people_count"):
        told[name] = None if cells[name] is None else int(cells[name])
    kept = {one: str(cells[name]) for name, one in _KEPT.items() if cells.get(name) is not None}
    return Draft(
        kind=str(cells["kind"]),
        code=str(cells["unit_kejadian"]),
        point="" if None in at else f"{at[0]}, {at[1]}",
        summary=str(cells["summary"] or ""),
        source=str(cells["source_text"] or ""),
        source_url=url or "",
        agency=str(cells["agency"] or ""),
        report_id=str(cells["report_id"]),
        peaceful=None if cells["peaceful"] is None else bool(cells["peaceful"]),
        kept=kept,
        **told,
    )


def correcting(before: Draft, now: Draft) -> Draft:
    """Return a draft as a correction of a stored report, ``before`` as `draft_of` gives it.

    What the form does not ask stays, as far as it still fits: a TPS belongs to its desa, a
    category has a family of its own, and what happened ends no sooner than it began.
    """
    gone = set() if now.code == before.code else {"tps", "location_note"}
    gone |= set() if now.category == before.category else {"family"}
    kept = {name: text for name, text in before.kept.items() if name not in gone}
    end = now.date_end
    if end is None and now.kind == before.kind != "nihil" and before.date_end and now.date_event:
        end = before.date_end if before.date_end >= now.date_event else None
    return replace(
        now, report_id=before.report_id, verification=before.verification, date_end=end, kept=kept
    )
