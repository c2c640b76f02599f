"""Dates, times of day, numbers and words as people write them in a cell; never guessed.

A text that is not understood comes back as a fault with a machine key. Each distinct text is read
once. Times of day are in the province's zone unless another stands behind.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from data.province import province, zone

YEAR_MIN, YEAR_MAX = 1945, 2100
_EXCEL_EPOCH = date(1899, 12, 30)
_EXCEL_SERIALS = range(36526, 73416)  # 1 January 2000 to 31 December 2100

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari jan january",
            "februari feb febr pebruari peb february",
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
_DAY_NAMES = (
    "senin|selasa|rabu|kamis|jumat|jum'at|jum`at|jum’at|sabtu|minggu|ahad"
    "|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_BEFORE = re.compile(rf"^(?:(?:{_DAY_NAMES})\s*[,/]?\s*)?(?:(?:tanggal|tgl)\.?\s*)?")
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d+)?"
_AFTER = re.compile(rf"[\s,]+(?:(?:pukul|pkl|jam)\.?\s*)?{_CLOCK}(?:\s*(?:am|pm))?$|t{_CLOCK}$")
_ZONED = re.compile(rf"^(\d{{4}}-\d{{2}}-\d{{2}})[t ]({_CLOCK})\s*(z|[+-]\d{{2}}:?\d{{2}})$")
_YMD = re.compile(r"^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$")
_YMD_PLAIN = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")
_DMY = re.compile(r"^(\d{1,2})\s*([-/.])\s*(\d{1,2})\s*\2\s*(\d{4}|\d{2})$")
_D_NAME_Y = re.compile(r"^(\d{1,2})[\s./-]*([a-z]+)[\s./,-]*(\d{4}|\d{2})$")
_NAME_D_Y = re.compile(r"^([a-z]+)\.?\s+(\d{1,2})(?:,\s*|\s+)(\d{4})$")
_NAME_Y = re.compile(r"^(?:bulan\s+)?([a-z]+)[\s./,-]+(\d{4})$")
_YM = re.compile(r"^(\d{4})[-/.](\d{1,2})$")
_MY = re.compile(r"^(\d{1,2})[-/](\d{4})$")
_Y = re.compile(r"^(?:tahun\s+)?(\d{4})$")
_SERIAL = re.compile(r"^(\d{5})(?:[.,]\d+)?$")

_DECIMAL = re.compile(r"^[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:e[+-]?\d+)?$")
_GROUPED = re.compile(r"^[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:[.,]\d+)?$")
_LARGEST = 10**15
_INTEGER = re.compile(r"^([+-]?\d+)(?:[.,]0{1,2})?$")
_THOUSANDS = re.compile(r"^([+-]?\d{1,3}(?:([.,])\d{3})(?:\2\d{3})*)(?:(?!\2)[.,]0{1,2})?$")
_COUNT_AROUND = re.compile(
    r"^(?:±|\+/-|kurang lebih|sekitar|kira-kira|lebih dari|>|~)\s*"
    r"|\s*(?:orang|jiwa|massa|warga|peserta|pemilih|people|persons)$"
)
_NOT_WORD = re.compile(r"[\W_]+")


class ParsedDate(NamedTuple):
    """A date as read: the first day of what was written, and how precise that is."""

    value: date | None
    precision: str | None
    fault: str | None


def parse_date(text: str) -> ParsedDate:
    """Read a date as officials write it; the day stands before the month.

    Parameters
    ----------
    text
        ISO with or without a time, ``14/02/2024``, ``14-02-24``, ``14.02.2024``, ``14 Februari
        2024``, ``Rabu, 14 Feb 2024``, ``Februari 2024``, ``2024-02``, ``2024``, or the day number
        of a spreadsheet from 2000 on. Two-digit years below 70 are of this century. A time with
        a zone is converted to that of the province first.

    Returns
    -------
    ParsedDate
        Precision is ``day``, ``month`` or ``year``; the value of the last two is their first day.
        Fault is one of ``date_unreadable``, ``date_impossible``, ``date_out_of_range``.
    """
    place = province()
    return _parse_date(text, place.zone, place.time_zone_name.lower())


@lru_cache(maxsize=200_000)
def _parse_date(text: str, zone: tzinfo, zone_name: str) -> ParsedDate:
    plain = " ".join(text.lower().split())
    zoned = _ZONED.match(plain)
    if zoned:
        day, clock, offset = zoned.groups()
        return _zoned(day, clock, offset, zone)
    if plain.endswith(zone_name) and plain[: -len(zone_name)].rstrip()[-1:].isdigit():
        plain = plain[: -len(zone_name)].rstrip()
    plain = _BEFORE.sub("", _AFTER.sub("", plain), count=1)
    for pattern, order in _DATE_FORMS:
        match = pattern.match(plain)
        if match:
            parts = dict(zip(order, match.groups(), strict=True))
            return _dated(parts.get("y"), parts.get("m"), parts.get("d"))
    serial = _SERIAL.match(plain)
    if serial and int(serial[1]) in _EXCEL_SERIALS:
        return ParsedDate(_EXCEL_EPOCH + timedelta(days=int(serial[1])), "day", None)
    return ParsedDate(None, None, "date_unreadable")


def parse_day(text: str) -> date | None:
    """Read a date that is known to the day, as `parse_date`; None for any other text."""
    found = parse_date(text)
    return found.value if found.precision == "day" else None


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


def _dated(year: str | None, month: str | None, day: str | None) -> ParsedDate:
    number = int(year or 0)
    if year and len(year) == 2:
        number += 2000 if number < 70 else 1900
    which = 1 if month is None else int(month) if month.isdigit() else _MONTHS.get(month, 0)
    if which == 0 and month and not month.isdigit():
        return ParsedDate(None, None, "date_unreadable")
    try:
        value = date(number, which, 1 if day is None else int(day))
    except ValueError:
        return ParsedDate(None, None, "date_impossible")
    if not YEAR_MIN <= number <= YEAR_MAX:
        return ParsedDate(None, None, "date_out_of_range")
    return ParsedDate(value, "day" if day else "month" if month else "year", None)


def _zoned(day: str, clock: str, offset: str, zone: tzinfo) -> ParsedDate:
    stamp = f"{day}T{clock.replace('.', ':', 2)[:5]}{offset.upper()}"
    try:
        moment = datetime.fromisoformat(stamp).astimezone(zone)
    except ValueError:
        return ParsedDate(None, None, "date_impossible")
    return _dated(str(moment.year), str(moment.month), str(moment.day))


def parse_dates(values: pd.Series) -> pd.DataFrame:
    """Read ``values``, any index, with `parse_date`; empty text is missing and no fault.

    Returns
    -------
    DataFrame
        Same index; ``value`` (``datetime64[us]``), ``precision`` and ``fault`` (``str``).
    """
    codes, distinct = pd.factorize(values)
    parsed = [parse_date(text) if text else ParsedDate(None, None, None) for text in distinct]
    table = pd.DataFrame(
        {
            "value": np.array([p.value for p in parsed], dtype="datetime64[us]"),
            "precision": pd.Series([p.precision for p in parsed], dtype="str"),
            "fault": pd.Series([p.fault for p in parsed], dtype="str"),
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
        spans = values[at].dt.to_period(frequency).dt
        first[at] = spans.start_time.astype(values.dtype)
        last[at] = spans.end_time.dt.normalize().astype(values.dtype)
    return first, last


@lru_cache(maxsize=200_000)
def parse_decimal(text: str) -> float | None:
    """Read a number with point or comma; None when it is none.

    With both marks the last one is the decimal mark. One mark alone is the decimal mark, the same
    mark several times separates thousands.
    """
    plain = "".join(text.split()).replace("−", "-").lower()
    marks = [mark for mark in plain if mark in ".,"]
    if len(marks) > 1:
        if not _GROUPED.match(plain):
            return None
        if marks[-1] != marks[0]:
            whole, fraction = re.split(r"[.,](?=\d*$)", plain)
            plain = re.sub(r"[.,]", "", whole) + "." + fraction
        else:
            plain = re.sub(r"[.,]", "", plain)
    elif not _DECIMAL.match(plain):
        return None
    return float(plain.replace(",", "."))


@lru_cache(maxsize=200_000)
def parse_integer(text: str) -> int | None:
    """Read a whole number, with thousands marks if any; None when it is none.

    ``1.500`` and ``1,500`` are one thousand five hundred, ``12,0`` is twelve, ``1,5`` is nothing,
    and neither is what has more than fifteen digits.
    """
    plain = "".join(text.split())
    match = _INTEGER.match(plain) or _THOUSANDS.match(plain)
    value = int(re.sub(r"[.,]", "", match[1])) if match else None
    return value if value is not None and abs(value) <= _LARGEST else None


def parse_count(text: str) -> int | None:
    """Read a number of people: `parse_integer`, with "sekitar" before or "orang" behind it."""
    plain = text.lower().strip()
    return parse_integer(_COUNT_AROUND.sub("", plain).strip())


def normal_text(text: str) -> str:
    """Return a text in lower case, with one blank for whatever is no letter or digit."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()


_ZONES = Path(__file__).with_name("time_zones.toml")
_TIME_OF_DAY = re.compile(
    r"^(?P<day>.*?\S)[\s,T]+(?:(?:pukul|pkl|jam)\.?\s*)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2}(?:\.\d+)?)?\s*(?P<zone>[a-z]{3,4})?$",
    re.IGNORECASE,
)


def zone_named(name: str) -> tzinfo | None:
    """Return the Indonesian time zone of a name such as officials put behind a time."""
    hours = _zone_hours().get(name.upper())
    return None if hours is None else timezone(timedelta(hours=hours))


@cache
def _zone_hours() -> dict[str, int]:
    return tomllib.loads(_ZONES.read_text(encoding="utf-8"))


def parse_moment(text: str) -> datetime | None:
    """Read a day with a time of day; None when either is missing or impossible.

    Parameters
    ----------
    text
        Any date that `parse_date` reads to the day, then a time such as ``08:15``,
        ``pukul 08.15``, with or without the name of an Indonesian zone; or ISO 8601 with a zone.

    Returns
    -------
    datetime
        In UTC.
    """
    return _parse_moment(text, zone())


@lru_cache(maxsize=200_000)
def _parse_moment(text: str, own: tzinfo) -> datetime | None:
    plain = " ".join(text.split())
    if re.search(r"(?:[+-]\d{2}:?\d{2}|Z)$", plain) and "T" in plain.upper():
        try:
            return datetime.fromisoformat(plain).astimezone(UTC)
        except ValueError:
            return None
    match = _TIME_OF_DAY.match(plain)
    if match is None:
        return None
    zone = zone_named(match["zone"]) if match["zone"] else own
    day = parse_date(match["day"])
    hour, minute = int(match["hour"]), int(match["minute"])
    if zone is None or day.value is None or day.precision != "day" or hour > 23 or minute > 59:
        return None
    moment = datetime(day.value.year, day.value.month, day.value.day, hour, minute, tzinfo=zone)
    return moment.astimezone(UTC)
