"""What is in force, what changed, what comes and where to look, as the first page has it."""

from __future__ import annotations

from datetime import date
from functools import partial

import pandas as pd

from analytics.reports.rakor import RakorMark
from analytics.reports.selection import Selection, choose, in_window, known_on
from services.briefing.facts.plain import Facts, both, plain, rows_of
from services.dataset import Dataset
from services.reports.overview import HEADLINE_FAMILIES, Overview, overview
from services.reports.watch import watch_sentence
from services.texts import event_day
from services.wording import place_of

MONTHS = 12
AGENDA_COLUMNS = (
    "date_start", "date_end", "days_to", "origin", "row_id", "kind", "title", "unit_code",
    "election", "owner", "source_id",
)  # fmt: skip
STAGE_COLUMNS = ("stage", "election", "date_start", "date_end")
REPORT_COLUMNS = (
    "report_id", "kind", "status", "date_event", "date_precision", "date_reported", "stage",
    "family", "category", "severity", "perkara_id", "summary", "source_id", "verification",
    "people_count", "peaceful", "is_total", "unit_kejadian", "unit_pokok",
)  # fmt: skip


def situation(data: Dataset, as_of: date, mark: RakorMark) -> Facts:
    """Return stages, figures since a mark, potensi, agenda and places to watch of a day."""
    found = overview(data, as_of, mark)
    return {
        "in_force": rows_of(found.in_force, STAGE_COLUMNS),
        "days_left": plain(found.in_force["days_left"].tolist()),
        "coming": rows_of(found.coming, ("stage", "election", "date_start", "days_to")),
        "open_stages": found.open_stages,
        "figures": plain(found.figures.to_dict("index")),
        "monthly": monthly(data, as_of),
        "potensi": _potensi(found, data),
        "agenda": _agenda(found, data),
        "watch": _watch(found, data, as_of),
        "last_covered": plain(found.last_covered),
    }


def monthly(data: Dataset, as_of: date) -> Facts:
    """Return affairs that happened in each of the last months, by headline family.

    The last month ends on the day. Of the month or year known alone counts what lies inside.
    """
    reports = data.countable
    rows = reports[known_on(reports, as_of) & reports["kind"].eq("kejadian")]
    first = (pd.Timestamp(as_of) - pd.DateOffset(months=MONTHS - 1)).replace(day=1)
    starts = pd.date_range(first, pd.Timestamp(as_of), freq="MS")
    ends = [min(start + pd.offsets.MonthEnd(0), pd.Timestamp(as_of)) for start in starts]
    affairs: dict[str, list[int]] = {family: [] for family in HEADLINE_FAMILIES}
    for start, end in zip(starts, ends, strict=True):
        inside = rows[in_window(rows, start, end)]
        counts = inside.groupby("family")["perkara_id"].nunique().to_dict()
        for family, column in affairs.items():
            column.append(int(counts.get(family, 0)))
    return {"months": [f"{start:%Y-%m}" for start in starts], "affairs": affairs}


def _potensi(found: Overview, data: Dataset) -> list[Facts]:
    columns = (
        "report_id", "perkara_id", "family", "category", "severity", "date_event",
        "date_precision", "age_days", "unrenewed_days", "stale", "summary", "source_id",
    )  # fmt: skip
    rows = rows_of(found.potensi, columns)
    for row, (_, report) in zip(rows, found.potensi.iterrows(), strict=True):
        row["place"] = both(partial(place_of, report, data))
    return rows


def _agenda(found: Overview, data: Dataset) -> list[Facts]:
    rows = rows_of(found.agenda, AGENDA_COLUMNS)
    for row in rows:
        row["place"] = data.place_names.get(row["unit_code"] or "")
    return rows


def _watch(found: Overview, data: Dataset, as_of: date) -> list[Facts]:
    points = data.units.set_index("code")[["lon", "lat"]].to_dict("index")
    rows = rows_of(found.watch, ("code", "level", "rank", "score", "report_ids", "agenda_ids"))
    for row, (_, watched) in zip(rows, found.watch.iterrows(), strict=True):
        row["place"] = data.place_names[row["code"]]
        row["point"] = plain(list(points[row["code"]].values()))
        row["reason"] = both(partial(watch_sentence, watched, data, as_of))
    return rows


def listed_reports(data: Dataset, as_of: date, first: date) -> list[Facts]:
    """Return the reports of a period as known on a day, newest first, for annex and comparison."""
    chosen = choose(data.reports, Selection(as_of, date_from=first, date_to=as_of)).listed
    frame = chosen.sort_values(["date_event", "report_id"], ascending=[False, True])
    rows = rows_of(frame, REPORT_COLUMNS)
    for row, (_, report) in zip(rows, frame.iterrows(), strict=True):
        row["place"] = both(partial(place_of, report, data))
        row["when"] = both(partial(event_day, report["date_event"], report["date_precision"]))
    return rows
