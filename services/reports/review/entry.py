"""A report that is typed in: what is asked for, what would become of it, and its way in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import shapely

from analytics.reports.review.heard import unheard
from analytics.reports.review.twins import likely_twins
from data.clock import today
from data.errors import RecordChangedError
from data.ingest.values.coordinates import parse_point
from data.reports.kind import REVIEW_WAITS
from data.reports.review.events import read_reports
from data.store.engine import Store
from data.store.ledger.conflict import Theirs, with_writers
from data.store.ledger.writing import keys_of
from data.store.tables import reports
from data.vocabulary import CATEGORY_FAMILY
from geo.errors import ParameterError
from services.dataset import Dataset
from services.ingest.imports import ImportResult
from services.reports.review.conflict import COLUMN_OF, meet
from services.reports.review.draft import Draft, draft_of
from services.reports.review.one_row import in_own_areas, send
from services.reports.review.queue import TWINS
from services.reports.review.seen import fingerprints

_CHANGED = "report_changed"


@dataclass(frozen=True)
class Submitted:
    """What became of a report that was sent.

    Attributes
    ----------
    result
        Of storing it.
    others
        What others had changed in it meanwhile; it stays.
    """

    result: ImportResult
    others: tuple[Theirs, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether it waits for review by another person, and does not count before."""
        return any(note.key == REVIEW_WAITS for note in self.result.notes)


def submit(store: Store, draft: Draft, before: Draft | None = None) -> Submitted:
    """Store a report; it waits for review by another person.

    Parameters
    ----------
    store
        The store.
    draft
        The report.
    before
        The report that it corrects, as it was when it was opened (`draft_of`).

    Raises
    ------
    RecordChangedError
        When others changed the same fields since, to something else.
    ParameterError
        When the report is gone since, somebody decided about it or about who may read it, or it is
        changed while it is stored.
    SiagaError
        As `services.ingest.imports.import_file`.
    """
    if before is None:
        return Submitted(send(store, draft.filled))
    report_id = str(before.report_id)
    with store.snapshot() as connection:
        stored = read_reports(connection, [report_id])
        if stored.empty:
            raise _changed(report_id)
        row = draft_of(stored.iloc[0], before.source_url)
        if (row.verification, row.access) != (before.verification, before.access):
            raise _changed(report_id)
        met = meet(before, draft, row)
        (key,) = keys_of(reports, stored)
        asked, others = (_with_writers(connection, key, one) for one in (met.asked, met.others))
    if asked:
        fields = [one.column for one in asked]
        raise RecordChangedError(reports.name, key, fields, asked, others)
    seen = fingerprints(stored)

    def require(within: Any) -> None:
        if fingerprints(read_reports(within, [report_id])) != seen:
            raise _changed(report_id)

    return Submitted(send(store, met.draft.filled, require), others)


def _changed(report_id: str) -> ParameterError:
    return ParameterError(_CHANGED, report_id, "what it said when it was opened")


def _with_writers(connection: Any, key: str, told: tuple[Theirs, ...]) -> tuple[Theirs, ...]:
    """Say of each field who changed it last, and when, by the column that holds it."""
    by_column = [replace(one, column=COLUMN_OF[one.column]) for one in told]
    found = with_writers(connection, reports, key, by_column)
    return tuple(replace(one, column=own.column) for own, one in zip(told, found, strict=True))


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
