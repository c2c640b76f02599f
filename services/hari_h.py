"""The day itself: who has opened, who is in trouble, and whom to call now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import pandas as pd

from analytics.hari_h import (
    DUE,
    SILENT,
    WIB,
    HariHParams,
    by_hour,
    counts_of,
    moment,
    state_at,
)
from data.hari_h import import_statuses, read_statuses, undo_statuses, write_statuses
from data.import_reports import ImportResult
from data.store import RECORDS, Store
from data.uploads import uploaded
from services.dataset import Dataset
from services.hari_h_entry import Entry

FIRST_HOUR, LAST_HOUR = 5, 30
"""The board runs from 05:00 of the voting day to 06:00 of the day after."""
STEPS_PER_HOUR = 4


@dataclass(frozen=True, eq=False)
class DayBoard:
    """What the page draws.

    Attributes
    ----------
    election, day, at
        The election, its voting day, and the moment the board stands at.
    state
        One row per station: the columns of `analytics.hari_h.state_at`, ``desa_code``,
        ``kecamatan_code`` and ``number``.
    hours
        Stations by state at the end of each hour; see `analytics.hari_h.by_hour`.
    entries
        Lines that stand, the one written last first.
    """

    election: str
    day: date
    at: pd.Timestamp
    state: pd.DataFrame = field(repr=False)
    hours: pd.DataFrame = field(repr=False)
    entries: pd.DataFrame = field(repr=False)

    def count(self, status: str) -> int:
        """Return how many stations are in a state."""
        return int(self.state["status"].eq(status).sum())

    @property
    def calls(self) -> pd.DataFrame:
        """Stations to call, by urgency and then by how long the call is overdue."""
        rows = self.state[self.state["due"].notna()]
        order = rows["due"].map({reason: n for n, reason in enumerate(DUE)})
        return (
            rows.assign(order=order)
            .sort_values(["order", "due_min"], ascending=[True, False], kind="stable")
            .drop(columns="order")
        )


def registered(data: Dataset) -> list[str]:
    """Return the elections whose stations are known one by one."""
    return [str(name) for name in data.tps["election"].unique()]


def voting_day(data: Dataset, election: str) -> date:
    """Return the voting day of an election."""
    day: date = data.elections.set_index("election").loc[election, "voting_date"].date()
    return day


def follows_clock(day: date, now: datetime | None = None) -> bool:
    """Tell whether today is the voting day, so that the board follows the clock."""
    return (now or datetime.now(UTC)).astimezone(WIB).date() == day


def default_moment(data: Dataset, election: str, now: datetime | None = None) -> pd.Timestamp:
    """Return where the board stands: now on the day itself, else at the last answer.

    With no answer at all it stands at the opening.
    """
    day = voting_day(data, election)
    if follows_clock(day, now):
        return pd.Timestamp(now or datetime.now(UTC)).ceil("s")
    entries = _entries(data.store, data.store.revision(RECORDS), election)
    stand = entries.loc[~entries["undone"].astype(bool), "at"]
    return stand.max() if len(stand) else moment(day, HariHParams().open_hour)


def steps(day: date) -> list[pd.Timestamp]:
    """Return the moments a reader may choose, a quarter of an hour apart."""
    hours = range(FIRST_HOUR * STEPS_PER_HOUR, LAST_HOUR * STEPS_PER_HOUR + 1)
    return [moment(day, step / STEPS_PER_HOUR) for step in hours]


def nearest_step(day: date, at: pd.Timestamp) -> pd.Timestamp:
    """Return the first moment of `steps` that is not before a moment; the last one at most."""
    choices = steps(day)
    return next((step for step in choices if step >= at), choices[-1])


def clock_words(at: pd.Timestamp, day: date) -> str:
    """Return a moment as a time in WIB such as 07.15, with +1 for the day after."""
    local = at.tz_convert(WIB)
    later = (local.date() - day).days
    return f"{local:%H.%M}" + (f" (+{later})" if later > 0 else "")


@lru_cache(maxsize=4)
def _entries(store: Store, revision: int, election: str) -> pd.DataFrame:
    del revision  # part of the cache's key only
    return read_statuses(store, election)


@lru_cache(maxsize=4)
def _stations(data: Dataset, election: str) -> pd.DataFrame:
    tps = data.tps[data.tps["election"].eq(election)].set_index("tps_id")
    parent = tps["desa_code"].str.rpartition(".")[0]
    return tps[["desa_code", "number"]].assign(kecamatan_code=parent)


def board(
    data: Dataset,
    election: str,
    at: pd.Timestamp,
    area: str | None = None,
    params: HariHParams | None = None,
) -> DayBoard:
    """Return the board of the voting day as it stood at a moment.

    Parameters
    ----------
    data
        The tables; what was heard is read anew when a line was added.
    election
        An election with a register of stations.
    at
        The moment.
    area
        Code of a kabupaten or kecamatan; None for the province.
    """
    revision = data.store.revision(RECORDS)
    return _board(data, revision, election, at, area, params or HariHParams())


@lru_cache(maxsize=8)
def _board(
    data: Dataset,
    revision: int,
    election: str,
    at: pd.Timestamp,
    area: str | None,
    params: HariHParams,
) -> DayBoard:
    day = voting_day(data, election)
    entries = _entries(data.store, revision, election)
    stations = _stations(data, election)
    if area:
        stations = stations[stations["desa_code"].str.startswith(f"{area}.")]
    entries = entries[entries["tps_id"].isin(stations.index)]
    state = state_at(stations.index, entries, at, day, params)
    hours = by_hour(stations.index, entries, day, range(FIRST_HOUR, LAST_HOUR), at)
    stand = entries[~entries["undone"].astype(bool)]
    return DayBoard(
        election=election,
        day=day,
        at=at,
        state=state.join(stations),
        hours=hours,
        entries=stand.sort_values(["entered_at", "status_id"], ascending=False),
    )


def by_kecamatan(found: DayBoard) -> pd.DataFrame:
    """Return stations by state per kecamatan; see `analytics.hari_h.counts_of`."""
    return counts_of(found.state, found.state["kecamatan_code"])


def by_desa(found: DayBoard) -> pd.DataFrame:
    """Return stations by state per desa."""
    return counts_of(found.state, found.state["desa_code"])


def answered(found: DayBoard) -> int:
    """Return how many stations have been heard of."""
    return len(found.state) - found.count(SILENT)


def record(store: Store, entry: Entry, at: pd.Timestamp, office: str) -> list[str]:
    """Write a line that was understood; return the ids of what was written.

    Parameters
    ----------
    store
        The store.
    entry
        A line without a fault.
    at
        When it was so, unless the line names a time itself.
    office
        The office that writes it.
    """
    when = entry.at or at.to_pydatetime()
    return write_statuses(
        store, list(entry.tps_ids), entry.status, when, office, entry.note or None
    )


def record_one(
    store: Store, tps_id: str, status: str, at: pd.Timestamp, office: str, note: str | None = None
) -> list[str]:
    """Write what a cell of the table was changed to."""
    return write_statuses(store, [tps_id], status, at.to_pydatetime(), office, note)


def take_back(store: Store, status_ids: list[str]) -> int:
    """Take lines back; they stay in the table, marked undone."""
    return undo_statuses(store, status_ids)


def import_status_file(
    store: Store, path: Path, election: str, dry_run: bool = False
) -> ImportResult:
    """Bring a file of statuses in; see `data.hari_h.import_statuses`."""
    return import_statuses(store, path, election, dry_run)


def import_status_upload(store: Store, name: str, content: bytes, election: str) -> ImportResult:
    """Bring a file that came through the browser in."""
    with uploaded(name, content) as path:
        return import_statuses(store, path, election)
