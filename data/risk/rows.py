"""What files about TPS have in common: since when it holds, which office says so, and where."""

from __future__ import annotations

import pandas as pd

from data.ingest.context import Context
from data.ingest.kind import DAY, Field
from data.ingest.rows import Note, Rows
from data.province import zone

SAID_FIELDS = (
    Field("date", DAY),
    Field("agency", example="KPU"),
    Field("source", example="BA 12/2024"),
)
UNSTATED = "tidak disebut"
"""Agency of a row where neither the file nor the sender names one."""


def read_said(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return ``date``, ``agency`` and ``source_text`` of each row; ``frame`` holds `SAID_FIELDS`.

    A row without a date gets the day on which the same content was first brought in; the result of
    the import says so.
    """
    undated = rows.text("date").eq("")
    day = _first_day(context)
    if undated.any():
        rows.notes.append(Note("dated", {"day": day.date().isoformat()}))
    return pd.DataFrame(
        {
            "date": frame["date"].mask(undated, day),
            "agency": frame["agency"].fillna(UNSTATED),
            "source_text": frame["source"].fillna(context.file_name),
        }
    ).astype({"date": "datetime64[us]"})


def _first_day(context: Context) -> pd.Timestamp:
    log = context.read("imports")
    found = log.loc[log["import_id"].eq(context.import_id), "at"]
    today = context.options.today
    first = today if found.empty else found.iloc[0].tz_convert(zone()).date()
    return pd.Timestamp(min(first, today))
