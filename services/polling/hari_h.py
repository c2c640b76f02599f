"""The day itself: who has opened, who is in trouble, whom to call now; lines of phone operators.

A line gives place, TPS, status, time and note. ``mendo 4 b`` says that TPS 004 of the desa whose
name begins so is open. ``2004 1-3 b 0710`` names the desa by the end of its code and three TPS at
once; without a place the last one stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pandas as pd

from analytics.polling.hari_h import DUE, SILENT, HariHParams, by_hour, counts_of, moment, state_at
from data.clock import start_of, utc_now
from data.ingest.values.dates import parse_moment
from data.polling.hari_h import read_statuses, status_of, write_statuses
from data.province import zone
from data.store.engine import Store
from geo.codes import is_one_of
from services.dataset import Dataset
from services.memo import memo
from services.texts import text

_NUMBERS = re.compile(r"\d{1,3}(?:-\d{1,3})?(?:,\d{1,3}(?:-\d{1,3})?)*")
_ALL = ("semua", "all", "*")
_UNDO = ("u", "batal", "undo")
_CODE = re.compile(r"[\d.]+")
_TIME = re.compile(r"\d{1,2}[.:]?\d{2}")
_SHOWN_CANDIDATES = 5
_CLOCKS_APART = timedelta(minutes=5)
"""How far ahead of this machine's clock a time may be typed."""


class Place(NamedTuple):
    """A desa as operators may name it."""

    code: str
    name: str
    plain: str
    kecamatan: str


@dataclass(frozen=True)
class Desk:
    """What one operator's table covers.

    Attributes
    ----------
    places
        The desa of the area.
    numbers
        Numbers of the TPS of each desa, by code.
    election, day
        The election and its voting day.
    """

    election: str
    day: date
    places: tuple[Place, ...] = field(repr=False)
    numbers: Mapping[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """A line as understood.

    Attributes
    ----------
    fault
        Key of what is wrong, empty when nothing is; ``values`` fill the gaps of its words.
    undo
        Whether the line takes the last one back.
    desa_code, tps_ids, status, at, note
        What is to be written; ``at`` is None where the line names no time.
    """

    fault: str = ""
    values: dict[str, str] = field(default_factory=dict)
    undo: bool = False
    desa_code: str = ""
    tps_ids: tuple[str, ...] = ()
    status: str = ""
    at: datetime | None = None
    note: str = ""


def desk(data: Dataset, election: str, area: str) -> Desk:
    """Return the table of an operator.

    Parameters
    ----------
    election
        An election with a register of TPS.
    area
        Code of a kabupaten or kecamatan.
    """
    tps = data.tps[data.tps["election"].eq(election)]
    tps = tps[tps["desa_code"].str.startswith(f"{area}.")]
    numbers = {str(code): tuple(rows) for code, rows in tps.groupby("desa_code")["number"]}
    names = data.names
    places = tuple(
        Place(code, names[code], _plain(names[code]), names[code.rpartition(".")[0]])
        for code in numbers
    )
    return Desk(election, voting_day(data, election), places, numbers)


def parse_entry(
    line: str, table: Desk, last_desa: str | None = None, now: datetime | None = None
) -> Entry:
    """Return what a line says, or what is wrong with it.

    Parameters
    ----------
    line
        ``[desa] TPS status [time] [note]``: the desa by the beginning of its name or the end of
        its code; TPS as 4, 1-3, 1,5 or ``semua``; the status as a letter or word; the time as
        0715 or 7.15. ``u`` takes the last line back.
    table
        What the operator's table covers.
    last_desa
        Code of the desa of the line before, which stands when this one names none.
    now
        The present on the voting day itself: a line cannot report the future. None
        for a drill, or where lines are written afterwards.
    """
    tokens = line.split()
    if not tokens:
        return Entry("empty")
    if len(tokens) == 1 and tokens[0].lower() in _UNDO:
        return Entry(undo=True)
    at = _status_position(tokens)
    if at is None:
        return Entry("form", {"line": line})
    if at == 1:
        found = [p for p in table.places if p.code == last_desa]
        if not found:
            return Entry("no_place")
    else:
        found = _place(" ".join(tokens[: at - 1]), table)
    if len(found) != 1:
        names = "; ".join(f"{p.name} ({p.kecamatan})" for p in found[:_SHOWN_CANDIDATES])
        key = "place_ambiguous" if found else "place_unknown"
        return Entry(key, {"place": " ".join(tokens[: at - 1]), "names": names})
    return _told_by(_entry(found[0], tokens[at - 1 :], table), now)


def _told_by(entry: Entry, now: datetime | None) -> Entry:
    """Return the entry, or a fault where it reports the future."""
    if now is None or entry.at is None or entry.at <= now + _CLOCKS_APART:
        return entry
    return Entry("future", {"time": f"{entry.at.astimezone(zone()):%H.%M}"})


def _entry(place: Place, tokens: Sequence[str], table: Desk) -> Entry:
    """Return what the part of a line from the TPS number on says of a desa."""
    known = table.numbers[place.code]
    numbers, unknown = _numbers(tokens[0], known)
    if unknown:
        shown = f"{known[0]}–{known[-1]}"
        return Entry("tps_unknown", {"tps": unknown, "desa": place.name, "known": shown})
    moment, note = _time_and_note(tokens[2:], table.day)
    ids = tuple(f"{table.election}/{place.code}/{number}" for number in numbers)
    return Entry(
        desa_code=place.code, tps_ids=ids, status=status_of(tokens[1]) or "", at=moment, note=note
    )


def _status_position(tokens: Sequence[str]) -> int | None:
    """Return where the first TPS number that a status follows ends; None where there is none."""
    for position in range(1, len(tokens)):
        before = tokens[position - 1].lower()
        if (_NUMBERS.fullmatch(before) or before in _ALL) and status_of(tokens[position]):
            return position
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _place(text: str, table: Desk) -> list[Place]:
    """Return the desa a text may mean: by code end, else by whole name, else by its beginning."""
    if _CODE.fullmatch(text):
        return [p for p in table.places if f".{p.code}".endswith(f".{text.strip('.')}")]
    plain = _plain(text)
    for fits in (str.__eq__, str.startswith, str.__contains__):
        found = [p for p in table.places if plain and fits(p.plain, plain)]
        if found:
            return found
    return []


def _numbers(text: str, known: Sequence[str]) -> tuple[list[str], str]:
    """Return the TPS numbers a text names, and the first that the desa does not have."""
    if text.lower() in _ALL:
        return list(known), ""
    wanted: list[str] = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        first, last = int(low), int(high or low)
        wanted += [f"{n:03d}" for n in range(first, last + 1)] or [part]
    wanted = list(dict.fromkeys(wanted))
    return wanted, next((number for number in wanted if number not in known), "")


def _time_and_note(tokens: Sequence[str], day: date) -> tuple[datetime | None, str]:
    """Return the time that a line names first after its status, and the rest as a note."""
    if tokens and _TIME.fullmatch(tokens[0]):
        found = parse_moment(tokens[0], day=day)
        if found is not None:
            return found, " ".join(tokens[1:])
    return None, " ".join(tokens)


def describe(entry: Entry, names: pd.Series) -> tuple[str, str]:
    """Return TPS numbers and desa (``names``, by code) of an entry, for its echo."""
    numbers = [tps.rpartition("/")[2] for tps in entry.tps_ids]
    shown = ", ".join(numbers) if len(numbers) <= 4 else f"{numbers[0]}–{numbers[-1]}"
    return shown, str(names[entry.desa_code])


def fault_words(entry: Entry, lang: str) -> str:
    """Return what is wrong with a line, in words."""
    return text(f"hari.fault_{entry.fault}", lang, **entry.values)


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
        One row per station: the columns of `analytics.polling.hari_h.state_at`, ``desa_code``,
        ``kecamatan_code`` and ``number``.
    hours
        Stations by state at the end of each hour; see `analytics.polling.hari_h.by_hour`.
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
        """Rows of ``state`` to call, by urgency and then by how long the call is overdue."""
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
    day: date = data.elections.set_index("election")["voting_date"][election].date()
    return day


def follows_clock(day: date, now: datetime | None = None) -> bool:
    """Return whether today is the voting day, so that the board follows the clock."""
    return (now or utc_now()).astimezone(zone()).date() == day


def default_moment(data: Dataset, election: str, now: datetime | None = None) -> pd.Timestamp:
    """Return where the board stands: now on the day itself, else at the last answer.

    With no answer at all it stands at the opening.
    """
    day = voting_day(data, election)
    if follows_clock(day, now):
        return pd.Timestamp(now or utc_now()).ceil("s")
    entries = _entries(data, election)
    stand = entries.loc[~entries["undone"].astype(bool), "at"]
    return stand.max() if len(stand) else moment(start_of(day), HariHParams().open_hour)


def steps(day: date) -> list[pd.Timestamp]:
    """Return the moments a reader may choose, a quarter of an hour apart."""
    hours = range(FIRST_HOUR * STEPS_PER_HOUR, LAST_HOUR * STEPS_PER_HOUR + 1)
    return [moment(start_of(day), step / STEPS_PER_HOUR) for step in hours]


def nearest_step(day: date, at: pd.Timestamp) -> pd.Timestamp:
    """Return the first moment of `steps` that is not before a moment; the last one at most."""
    choices = steps(day)
    return next((step for step in choices if step >= at), choices[-1])


def clock_words(at: pd.Timestamp, day: date) -> str:
    """Return a moment as a time such as 07.15, with +1 for the day after."""
    local = at.tz_convert(zone())
    later = (local.date() - day).days
    return f"{local:%H.%M}" + (f" (+{later})" if later > 0 else "")


@memo(4)
def _entries(data: Dataset, election: str) -> pd.DataFrame:
    return read_statuses(data, election)


@memo(4)
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
        The tables.
    election
        An election with a register of stations.
    at
        The moment.
    area
        Code of a kabupaten or kecamatan; None for the province.
    """
    return _board(data, election, at, area, params or HariHParams())


@memo(8)
def _board(
    data: Dataset, election: str, at: pd.Timestamp, area: str | None, params: HariHParams
) -> DayBoard:
    day = voting_day(data, election)
    entries = _entries(data, election)
    stations = _stations(data, election)
    if area:
        stations = stations[stations["desa_code"].str.startswith(f"{area}.")]
    entries = entries[is_one_of(entries["tps_id"], stations.index)]
    state = state_at(stations.index, entries, at, start_of(day), params)
    hours = by_hour(stations.index, entries, start_of(day), range(FIRST_HOUR, LAST_HOUR), at)
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
    """Return stations by state per kecamatan; see `analytics.polling.hari_h.counts_of`."""
    return counts_of(found.state, found.state["kecamatan_code"])


def by_desa(found: DayBoard) -> pd.DataFrame:
    """Return stations by state per desa, as `analytics.polling.hari_h.counts_of` does."""
    return counts_of(found.state, found.state["desa_code"])


def answered(found: DayBoard) -> int:
    """Return how many stations have reported."""
    return len(found.state) - found.count(SILENT)


def record(store: Store, entry: Entry, at: pd.Timestamp, office: str) -> list[str]:
    """Write a line that was understood; return the ids of what was written.

    Parameters
    ----------
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
