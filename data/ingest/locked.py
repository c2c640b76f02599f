"""Rows of a file that fall into a period which a snapshot locks: they are taken, and it is said.

Snapshots are read here by the name of their table: an import knows nothing of meetings, and a row
is counted where it is known whether it is new, also before anything is stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from data.ingest.context import Context
from data.ingest.rows import Note

TARGET = "reports"
"""What a snapshot counts in its period."""


@dataclass
class LockedRows:
    """How many rows fall into each locked period.

    Attributes
    ----------
    context
        What the file is read against.
    """

    context: Context
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, rows: pd.DataFrame) -> None:
        """Count rows that go into a table.

        Parameters
        ----------
        table
            Its name.
        rows
            New or corrected rows of the table. One that is known to its month or year counts where
            all of that lies in the period.
        """
        if table != TARGET or rows.empty:
            return
        first = rows["date_event"]
        last = first.mask(rows["date_precision"].eq("month"), first + pd.offsets.MonthEnd(0))
        last = last.mask(rows["date_precision"].eq("year"), first + pd.offsets.YearEnd(0))
        for one in self.context.once(_locked).itertuples():
            inside = first.ge(one.period_start) & last.le(one.period_end)
            self._counts[str(one.snapshot_id)] += int(inside.sum())

    def notes(self) -> list[Note]:
        """Return a note for each locked period with a row in it."""
        if not self._counts:
            return []
        locked = self.context.once(_locked)
        return [
            Note("locked", {"n": self._counts[key], "period": period, "snapshot": key})
            for key, period in zip(locked["snapshot_id"], locked["period"], strict=True)
            if self._counts[key]
        ]


def _locked(context: Context) -> pd.DataFrame:
    """Return the newest snapshot of each meeting: ``snapshot_id``, its period and its name."""
    rows = context.read("snapshots").sort_values(["made_at", "snapshot_id"])
    rows = rows.drop_duplicates("meeting_id", keep="last")
    names = context.read("meetings").set_index("meeting_id")["period"]
    return rows.assign(period=rows["meeting_id"].map(names).fillna(rows["meeting_id"]))
