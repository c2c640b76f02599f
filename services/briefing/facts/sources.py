"""What a snapshot rests on, and what it does not know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd

from analytics.reports.overview import freshness
from analytics.reports.silence import watched_until
from data.province import zone
from services.briefing.facts.plain import Facts, plain, rows_of
from services.dataset import Dataset


def sources(data: Dataset, as_of: date, source_ids: Iterable[str | None]) -> Facts:
    """Return publisher and address of each named source, and how fresh each group of them is."""
    named = sorted({s for s in source_ids if s})
    table = data.sources.drop_duplicates("source_id").set_index("source_id")
    known = table.reindex(named)[["publisher", "title", "url"]]
    imports = data.imports.assign(at=data.imports["at"].dt.tz_convert(zone()))
    fresh = freshness(data.reports, data.sources, imports, as_of)
    columns = ("group", "origin", "n_reports", "last_event", "age_days")
    return {
        "pages": {str(key): plain(row) for key, row in known.to_dict("index").items()},
        "groups": rows_of(fresh, columns),
    }


def unwatched(data: Dataset, as_of: date) -> list[Facts]:
    """Return the kabupaten that nobody is known to watch on a day, and until when it was."""
    until = watched_until(data.coverage_periods, data.units, "kabupaten")
    today = pd.Timestamp(as_of)
    rows = data.coverage_periods
    starts, ends = pd.to_datetime(rows["date_start"]), pd.to_datetime(rows["date_end"])
    there = rows.loc[starts.le(today) & ends.ge(today), "unit_code"]
    out = []
    for code, last in until.items():
        if any(str(code) == unit or str(code).startswith(f"{unit}.") for unit in there):
            continue
        ended = None if pd.isna(last) or last > today else plain(last)
        out.append({"code": str(code), "name": str(data.names[str(code)]), "watched_until": ended})
    return out
