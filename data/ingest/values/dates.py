"""Dates and moments as people write them in a cell; never guessed.

A text that is not understood comes back as a fault with a machine key. Times of day are in the
province's zone unless another stands behind, or the caller knows that they are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.ingest.values.clocks import DAY, NO_TIME, Clock, clocks_apart, read_clock
from data.ingest.values.numbers import UNTIL, plain_text
from data.province import province, zone

YEAR_MIN, YEAR_MAX = 1945, 2100
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(36526, 73416)  # 1 January 2000 to 31 December 2100

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january",
            "februari feb febr pebruari peb february febuari pebuari",
            "maret mar mrt march",
            "april apr",
            "mei may",
            "juni jun june",
            "juli jul july",
            "agustus agu agt ags agust aug august",
            "september sep sept",
            "oktober okt october oct",
            "november nov nop nopember",
            "desember des december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "senin sen monday mon",
            "selasa sel tuesday tues tue",
            "rabu rab wednesday wed",
            "kamis kam thursday thurs thur thu",
            "jumat jum'at jum friday fri",
            "sabtu sab saturday sat",
            "minggu min ahad ahd sunday sun",
        )
    )
    for name in names.split()
}
_NAME = rf"(?:{'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})(?![a-z'])"
_PART = r"(?:pagi|siang|sore|petang|malam|dini hari)"
_BEFORE = (
    r"(?:pada )?(?:hari ?/ ?(?:tanggal|tgl) ?: ?)?(?:hari ?:? ?)?"
    rf"(?:(?P<before>{_NAME})\.?(?: {_PART}(?![a-z]))?[ ,/-]*)?"
    r"(?:(?:tanggal|tgl|tertanggal|date|on)(?![a-z])\.? ?:? ?)?"
)
_BEHIND = rf"(?: {_PART})?(?:[ ,/]+(?P<behind>{_NAME})\.?)?(?: {_PART})?"
_AROUND = re.compile(rf"{_BEFORE}(?P<body>\d.*?|[a-z].*?){_BEHIND}")
_YMD = re.compile(r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$", re.ASCII)
_YMD_PLAIN = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$", re.ASCII)
_DMY = re.compile(r"^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})$", re.ASCII)
_NTH = r"(?:st|nd|rd|th)?"
_D_NAME_Y = re.compile(
    rf"^(\d{{1,2}}){_NTH}[\s./-]*([a-z]+)[\s./,-]*(?:tahun )?'?(\d{{4}}|\d{{2}})$", re.ASCII
)
_NAME_D_Y = re.compile(rf"^([a-z]+)\.?\s+(\d{{1,2}}){_NTH}(?:,\s*|\s+)(\d{{4}})$", re.ASCII)
_NAME_Y = re.compile(r"^(?:bulan\s+)?([a-z]+)[\s./,-]+(\d{4})$", re.ASCII)
_YM = re.compile(r"^(\d{4})[-/.](\d{1,2})$", re.ASCII)
_MY = re.compile(r"^(\d{1,2})[-/](\d{4})$", re.ASCII)
_Y = re.compile(r"^(?:tahun\s+)?(\d{4})$", re.ASCII)
_DATE_FORMS = (
    (_YMD, "y-md"),
    (_YMD_PLAIN, "ymd"),
    (_DMY, "d-my"),
    (_D_NAME_Y, "dmy"),
    (_NAME_D_Y, "mdy"),
    (_NAME_Y, "my"),
    (_YM, "ym"),
    (_MY, "my"),
    (_Y, "y"),
)
_SERIAL = re.compile(r"^(\d{5})(?:[.,](\d+))?$", re.ASCII)
_SECOND_DIGITS = 6  # of a serial: fewer decimals do not tell the second

_INTERVAL = r"(?:(?<=-\d\d)|(?<=:\d\d)|(?<=\dz))/(?=\d{4}-)"
_BETWEEN = re.compile(rf" ?(?:{UNTIL}|{_INTERVAL}) ?", re.ASCII)
_FROM = re.compile(r"^(?:pada )?(?:dari|mulai|sejak|antara|from)(?: |$)")
_TWO_NAMES = re.compile(
    rf"^(?:pada )?(?:hari ?:? ?)?({_NAME})\.? ?(?:{UNTIL}|dan|,) ?(?:hari )?({_NAME})\.?[ ,/-]*"
)
_OPEN_DAY = re.compile(r"(?:^|[ ,/])\d{1,2}$", re.ASCII)
_OPEN_YEAR = re.compile(r"(?:^|[ ,])\d{1,2} ?([-/.]) ?\d{1,2}$", re.ASCII)
_COLON = re.compile(r"\d:\d")  # of a time: no date has one, and most moments do


class ParsedDate(NamedTuple):
    """A date as read.

    Attributes
    ----------
    value, precision
        The first day of what was written, and how precise that is: ``day``, ``month``, ``year``.
    fault
        Machine key of what is wrong; then nothing else is known.
    end
        The last day where a text gives two; None where it gives one.
    """

    value: date | None
    precision: str | None
    fault: str | None
    end: date | None = None


class _Written(NamedTuple):
    """What stands in a text, in whatever zone: a date, and the times of its first and last day."""

    date: ParsedDate
    clock: Clock | None = None
    end_clock: Clock | None = None


def _fault(reason: str) -> ParsedDate:
    return ParsedDate(None, None, reason)


_UNREADABLE = _fault("date_unreadable")
_IMPOSSIBLE = _fault("date_impossible")


def parse_date(text: str, *, utc: bool = False) -> ParsedDate:
    """Read a date as officials write it; the day stands before the month.

    Parameters
    ----------
    text
        ISO with or without a time, ``14/02/2024``, ``14-02-24``, ``14.02.2024``, ``14 Februari
        2024``, ``Rabu, 14 Feb 2024``, ``Februari 2024``, ``2024-02``, ``2024``, or the day number
        of a spreadsheet from 2000 on; a time of day before or behind it. Two-digit years below 70
        are of this century. Of two days, such as ``14-16 Februari 2024`` or ``14/02/2024 s/d
        16/02/2024``, both are read. A time with a zone is converted to that of the province first;
        the name of another zone of the country makes a date unreadable.
    utc
        Whether a time without a zone is in UTC, as the heading of a column may say.

    Returns
    -------
    ParsedDate
        Fault is one of ``date_unreadable``, ``date_impossible``, ``date_out_of_range``,
        ``date_range_reversed``, ``date_weekday_contradicts``.
    """
    found, clock, end_clock = _written(text)
    if found.value is None:
        return found
    own = province().time_zone_name
    if any(c and c.zone_name not in ("", own) for c in (clock, end_clock)):
        return _UNREADABLE
    value = _local_day(found.value, clock, utc)
    end = None if found.end is None else _local_day(found.end, end_clock, utc)
    if end is not None and end < value:
        return _fault("date_range_reversed")
    if not YEAR_MIN <= value.year <= (end or value).year <= YEAR_MAX:
        return _fault("date_out_of_range")
    return found._replace(value=value, end=end)


def parse_day(text: str) -> date | None:
    """Read a date that is known to the day, as `parse_date`; None for any other text."""
    found = parse_date(text)
    return found.value if found.precision == "day" and found.end is None else None


def parse_moment(
    text: str, *, day: date | None = None, utc: bool = False, zoned: bool = False
) -> datetime | None:
    """Read a day with a time of day; None when either is missing or impossible.

    Parameters
    ----------
    text
        Any one date that `parse_date` reads to the day, with a time such as ``08:15``, ``pukul
        08.15``, ``jam 7``, ``8:15 PM`` or ``8 pagi`` and, if wanted, the name of an Indonesian
        zone or an offset; or the day number of a spreadsheet with a fraction.
    day
        The day of a time that stands alone, as ``0715`` or ``07:15 WIT``.
    utc
        Whether a time without a zone is in UTC; else it is in the province's.
    zoned
        Whether a time without a zone is none.

    Returns
    -------
    datetime
        In UTC.
    """
    clock = None
    if day is not None and (plain := plain_text(text)):
        clock = read_clock(plain, bare=True)
    if clock is None:
        found, clock, _ = _written(text)
        day = found.value if found.precision == "day" and found.end is None else None
    if day is None or clock is None or clock == NO_TIME or clock.since_midnight is None:
        return None
    if clock.zone is None and zoned and not utc:
        return None
    return _moment(day, clock, utc)


def _moment(day: date, clock: Clock, utc: bool) -> datetime:
    midnight = datetime.combine(day, time(), clock.zone or (UTC if utc else zone()))
    return (midnight + (clock.since_midnight or timedelta())).astimezone(UTC)


def _local_day(day: date, clock: Clock | None, utc: bool) -> date:
    """Return the day in the province; as written where a time is of its zone, also at 24.00."""
    if clock is None or clock.since_midnight is None:
        return day
    there = clock.zone or (UTC if utc else None)
    if there is None or there.utcoffset(None) == zone().utcoffset(None):
        return day
    return _moment(day, clock, utc).astimezone(zone()).date()


def _written(text: str) -> _Written:
    plain = plain_text(text)
    return _Written(_UNREADABLE) if plain is None else _read(plain)


@lru_cache(maxsize=200_000)
def _read(plain: str) -> _Written:
    plain = " ".join(re.sub(r"[()\[\]]", " ", plain).split()).strip(" .,;:")
    for reader in (_with_serial, _with_clock):
        found = reader(plain)
        if found.date.fault != "date_unreadable":
            return found
    return _two_days(plain)


def _with_clock(plain: str) -> _Written:
    """Read a date with or without a time of day."""
    found = _UNREADABLE if _COLON.search(plain) else _single(plain)
    if found.fault != "date_unreadable":
        return _Written(found)
    for rest, clock in clocks_apart(plain):
        found = _single(rest.strip(" ,;"))
        if found.precision == "day":
            return _Written(_IMPOSSIBLE if clock == NO_TIME else found, clock)
        if found.fault not in (None, "date_unreadable"):
            return _Written(found)
    return _Written(_UNREADABLE)


def _with_serial(plain: str) -> _Written:
    """Read the day number of a spreadsheet; its fraction is the time of day."""
    match = _SERIAL.match(plain)
    if match is None or int(match[1]) not in _EXCEL_SERIALS:
        return _Written(_UNREADABLE)
    found = ParsedDate(_EXCEL_EPOCH + timedelta(days=int(match[1])), "day", None)
    digits = (match[2] or "").rstrip("0")
    if not digits:
        return _Written(found)
    step = 1 if len(digits) >= _SECOND_DIGITS else 60
    past = timedelta(seconds=step * round(float(f"0.{digits}") * DAY.total_seconds() / step))
    return _Written(found, Clock(past, None, ""))


@lru_cache(maxsize=50_000)
def _single(plain: str) -> ParsedDate:
    """Read one date without a time; the day of the week beside it must be its own."""
    around = _AROUND.fullmatch(plain)
    if around is None:
        return _UNREADABLE
    for pattern, order in _DATE_FORMS:
        match = pattern.match(around["body"])
        if match:
            parts = dict(zip(order, match.groups(), strict=True))
            found = _dated(parts.get("y"), parts.get("m"), parts.get("d"))
            return _held_against(found, around["before"], around["behind"])
    return _UNREADABLE


def _held_against(found: ParsedDate, *names: str | None) -> ParsedDate:
    given = {_WEEKDAYS[name] for name in names if name}
    if not given or found.value is None:
        return found
    if found.precision != "day":
        return _UNREADABLE
    return found if given == {found.value.weekday()} else _fault("date_weekday_contradicts")


def _two_days(plain: str) -> _Written:
    """Read the first and the last day of a range; the first may leave out what both share."""
    names = _TWO_NAMES.match(plain)
    first_name, last_name = names.groups() if names else (None, None)
    for left, right in _halves(plain[names.end() :] if names else plain):
        last = _with_clock(right)
        if last.date.value is None or last.date.precision != "day":
            if last.date.fault == "date_unreadable" or last.date.value:
                continue
            return last
        first = _first_day(left, last)
        if first.date.fault == "date_unreadable" or first.date.precision in ("month", "year"):
            continue
        begin = _held_against(first.date, first_name)
        end = _held_against(last.date, last_name)
        if begin.value is None or end.value is None:
            return _Written(begin if begin.fault else end)
        return _Written(begin._replace(end=end.value), first.clock, last.clock)
    return _Written(_UNREADABLE)


def _halves(plain: str) -> Iterator[tuple[str, str]]:
    for between in _BETWEEN.finditer(plain):
        left, right = plain[: between.start()], plain[between.end() :]
        yield _FROM.sub("", left).rstrip(" ,"), right


def _first_day(left: str, last: _Written) -> _Written:
    """Read the first day of a range, with month and year of the last one where it has none."""
    found = _with_clock(left)
    year, month = (last.date.value or date.min).year, (last.date.value or date.min).month
    if found.date.fault != "date_unreadable" or not left:
        return found
    if mark := _OPEN_YEAR.search(left):
        left = f"{left}{mark[1]}{year}"
    elif _OPEN_DAY.search(left):
        left = f"{left}/{month}/{year}"
    else:
        left = f"{left} {year}"
    return _Written(_single(left), last.clock)


def _dated(year: str | None, month: str | None, day: str | None) -> ParsedDate:
    number = int(year or 0)
    if year and len(year) == 2:
        number += 2000 if number < 70 else 1900
    which = 1 if month is None else int(month) if month.isdigit() else _MONTHS.get(month, 0)
    if which == 0 and month and not month.isdigit():
        return _UNREADABLE
    try:
        value = date(number, which, 1 if day is None else int(day))
    except ValueError:
        return _IMPOSSIBLE
    if not YEAR_MIN <= number <= YEAR_MAX:
        return _fault("date_out_of_range")
    return ParsedDate(value, "day" if day else "month" if month else "year", None)


def parse_dates(values: pd.Series, *, utc: bool = False) -> pd.DataFrame:
    """Read ``values``, any index, with `parse_date`; empty text is missing and no fault.

    ``utc`` says that times without a zone are in UTC.

    Returns
    -------
    DataFrame
        Same index; ``value`` and ``end`` (``datetime64[us]``), ``precision`` and ``fault``
        (``str``). A caller without a place for the end must refuse the rows that have one.
    """
    codes, distinct = pd.factorize(values)
    parsed = [
        parse_date(text, utc=utc) if text else ParsedDate(None, None, None) for text in distinct
    ]
    table = pd.DataFrame(
        {
            "value": np.array([p.value for p in parsed], dtype="datetime64[us]"),
            "precision": pd.Series([p.precision for p in parsed], dtype="str"),
            "fault": pd.Series([p.fault for p in parsed], dtype="str"),
            "end": np.array([p.end for p in parsed], dtype="datetime64[us]"),
        }
    )
    return table.take(codes).set_axis(values.index)


def period(values: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day of what each date stands for: a day, a month or a year.

    ``values`` are dates and ``precision`` is `day`, `month` or `year`, on the same index as both
    results; where either is missing, a date stands for itself.
    """
    first, last = values.copy(), values.copy()
    for word, frequency in (("month", "M"), ("year", "Y")):
        at = precision.eq(word).fillna(False).astype(bool) & values.notna()
        if not at.any():
            continue
        spans = values[at].dt.to_period(frequency).dt
        first[at] = spans.start_time.astype(values.dtype)
        last[at] = spans.end_time.dt.normalize().astype(values.dtype)
    return first, last
