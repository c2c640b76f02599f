"""One line of a phone operator to lines of the record: place, TPS, status, time, note.

``mendo 4 b`` says that TPS 004 of the desa whose name begins so is open. ``2004 1-3 b 0710`` names
the desa by the end of its code and three TPS at once; without a place the last one stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

import pandas as pd

from data.hari_h import clock, status_of
from data.parse import WIB
from services.dataset import Dataset
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
    data
        The tables.
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
    day = data.elections.set_index("election").loc[election, "voting_date"].date()
    return Desk(election, day, places, numbers)


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
        The present on the voting day itself: a line cannot tell of what is still to come. None
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
    """Return the entry, or a fault where it tells of what is still to come."""
    if now is None or entry.at is None or entry.at <= now + _CLOCKS_APART:
        return entry
    return Entry("future", {"time": f"{entry.at.astimezone(WIB):%H.%M}"})


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
        desa_code=place.code,
        tps_ids=ids,
        status=status_of(tokens[1]) or "",
        at=moment,
        note=note,
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
        found = clock(tokens[0], day)
        if found is not None:
            return found, " ".join(tokens[1:])
    return None, " ".join(tokens)


def describe(entry: Entry, names: pd.Series) -> tuple[str, str]:
    """Return the TPS numbers and the name of the desa of an entry, for its echo."""
    numbers = [tps.rpartition("/")[2] for tps in entry.tps_ids]
    shown = ", ".join(numbers) if len(numbers) <= 4 else f"{numbers[0]}–{numbers[-1]}"
    return shown, str(names[entry.desa_code])


def fault_words(entry: Entry, lang: str) -> str:
    """Return what is wrong with a line, in words."""
    return text(f"hari.fault_{entry.fault}", lang, **entry.values)
