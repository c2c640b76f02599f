"""A report that is typed in: what is asked for, what would become of it, and its way in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd
import shapely

from analytics.reports.places import ancestor, depth_of
from analytics.reports.review.heard import unheard
from analytics.reports.review.twins import likely_twins
from data.clock import today
from data.ingest.values.coordinates import parse_point
from data.reports.review.events import read_reports
from data.store.engine import Store
from data.vocabulary import CATEGORY_FAMILY, COARSE_CATEGORIES
from geo.errors import ParameterError
from services.dataset import Dataset
from services.ingest.imports import ImportResult
from services.reports.review.one_row import Filled, in_own_areas, send
from services.reports.review.queue import TWINS
from services.reports.review.seen import fingerprints

_CHANGED = "report_changed"
_KABUPATEN = depth_of("kabupaten")
_KEPT = {
    "family": "family",
    "date_precision": "date_precision",
    "tps_number": "tps",
    "location_note": "location_note",
    "unit_pokok": "pokok_code",
}
"""What the form does not ask, by column, with the field by which a correction says it again."""
_WORDS = {True: "ya", False: "tidak"}


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
            "peaceful": None if self.peaceful is None or is_nihil else _WORDS[self.peaceful],
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
    told: dict[str, Any] = {name: cells[name] for name in ("category", "status", "stage", "access")}
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

    What the form does not ask stays, as far as it still fits: a TPS belongs to its desa, and a
    category has a family of its own.
    """
    gone = set() if now.code == before.code else {"tps", "location_note"}
    gone |= set() if now.category == before.category else {"family"}
    kept = {name: text for name, text in before.kept.items() if name not in gone}
    return replace(now, report_id=before.report_id, kept=kept)


def submit(store: Store, draft: Draft, seen: str | None = None) -> ImportResult:
    """Store a report; it waits for review by another person.

    Parameters
    ----------
    store
        The store.
    draft
        The report.
    seen
        What the report that it corrects said when it was opened (`fingerprints`).

    Raises
    ------
    ParameterError
        When the report says something else by now, or is gone.
    SiagaError
        As `services.ingest.imports.import_file`.
    """

    def require(connection: Any) -> None:
        report_id = draft.report_id
        if report_id is not None:
            now = fingerprints(read_reports(connection, [report_id])).get(report_id)
            if now != seen:
                raise ParameterError(_CHANGED, report_id, "what it said when it was opened")

    return send(store, draft.filled, require)


def twins_of(data: Dataset, draft: Draft) -> pd.DataFrame:
    """Return stored reports that may tell of the same event, the likeliest first.

    Rows of `Dataset.reviewed`, at most `TWINS`; none while kind, day and place are not all known.
    """
    rows = data.reviewed
    if draft.unit is None or draft.date_event is None or "category" in draft.missing:
        return rows.head(0)
    own = pd.Series(
        {
            "report_id": draft.report_id or "",
            "kind": draft.kind,
            "family": draft.kept.get("family") or CATEGORY_FAMILY.get(draft.category or ""),
            "date_event": pd.Timestamp(draft.date_event),
            "date_end": pd.Timestamp(draft.date_end) if draft.date_end else pd.NaT,
            "date_precision": draft.kept.get("date_precision", "day"),
            "unit_kejadian": draft.unit,
            "summary": draft.summary,
        }
    )
    return likely_twins(rows, own).head(TWINS)


def agencies(data: Dataset) -> list[str]:
    """Return the agencies that have reported, by name."""
    return sorted(map(str, data.reviewed["agency"].dropna().unique()))


def parts_of(data: Dataset, code: str | None) -> list[str]:
    """Return the units right below one that whoever acts may write about, by name.

    ``code`` None stands for the province.
    """
    units = data.units
    inside = units["level"].eq("kabupaten") if code is None else units["parent_code"].eq(code)
    rows = units[inside].sort_values("name")
    return [one for one in rows["code"] if in_own_areas(one)]


def unheard_parts(data: Dataset, code: str | None, agency: str) -> list[str]:
    """Return the parts of a unit of which an agency has reported nothing lately, not even nihil."""
    if not agency:
        return []
    return unheard(data.reviewed, parts_of(data, code), agency, today())


def point_of(text: str) -> tuple[float, float] | None:
    """Return longitude and latitude of a point that is typed; None for what is none."""
    point = parse_point(text) if text.strip() else None
    return None if point is None or not all(map(math.isfinite, point)) else (point[0], point[1])


def desa_at(data: Dataset, lon: float, lat: float) -> str | None:
    """Return the code of the desa that a point lies in; None where it lies in none.

    On a shared border the first code decides, as it does when a report is stored.
    """
    shapes = data.shapes["desa"]
    hits = shapes.sindex.query(shapely.Point(lon, lat), predicate="intersects")
    return min(map(str, shapes["code"].iloc[hits]), default=None)
