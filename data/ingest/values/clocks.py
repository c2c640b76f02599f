"""Times of day and time zones as people write them in a cell; never guessed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone, tzinfo
from pathlib import Path
from typing import NamedTuple

from data.ingest.values.numbers import UNTIL

_ZONES = Path(__file__).with_name("time_zones.toml")
_ZONE_HOURS: dict[str, int] = tomllib.loads(_ZONES.read_text(encoding="utf-8"))
_ABOUT = (
    r"(?:(?:sekira|sekitar|skj|kira-kira|kurang lebih|lebih kurang|±|\+/-|~|mulai|dari|sejak|pada"
    r"|antara|at|around|about|@) ?)"
)
_LEAD = rf"{_ABOUT}{{0,3}}(?P<lead>(?:pukul|pkl|pk|jam) ?[.:]? ?)?{_ABOUT}{{0,2}}"
_HALVES = r"a\.?m\.?|p\.?m\.?|pagi|siang|sore|petang|malam|dini hari"
_OFFSET = r"(?:utc|gmt)?\+\d{1,2}(?::?\d{2})?|(?:utc|gmt)-\d{1,2}(?::?\d{2})?"
# Without seconds, what looks like a western offset is the end of a meeting: 10:00-11:00.
_WEST = r"(?(second)-\d{2}(?::?\d{2})?|(?!))"
_ENDS = rf" ?{UNTIL} ?(?:(?:pukul|pkl|jam)[.:]? ?)?"


def _pattern(west: str) -> re.Pattern[str]:
    return re.compile(
        rf"{_LEAD}(?P<hour>\d{{1,2}})"
        r"(?:(?P<mark>[:.]?)(?P<minute>\d{2})"
        r"(?:(?P=mark)(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
        rf"(?: ?(?P<half>{_HALVES})(?![a-z]))?"
        rf"(?: ?(?P<zone>{_OFFSET}|{west}|z|[a-z]{{3,4}})(?![a-z])"
        rf"(?: (?:{'|'.join(_ZONE_HOURS).lower()}|(?:[a-z]+ ){{1,4}}time))?)?"
        rf"(?:{_ENDS}(?:\d{{1,2}}(?:[:.]?\d{{2}})?"
        rf"(?: ?(?P<last_half>{_HALVES})(?![a-z]))?(?: ?(?P<last_zone>[a-z]{{3,4}}))?|selesai))?",
        re.ASCII,
    )


_CLOCK = _pattern(_WEST)
_CLOCK_AFTER_T = _pattern(r"-\d{2}(?::?\d{2})?")
_GAP = re.compile(r"[ ,;|]+(?:[-/] )?|(?<=\d)(t)(?=\d)")
_POINTED = re.compile(r"(?<!\d)\d{1,2}\.\d{1,2}\.\d{2}$")
_BARE_ZONE = re.compile(r"^(.*\d) ?([a-z]{3,4})$")
_FARTHEST = timedelta(hours=14)
DAY = timedelta(days=1)


class Clock(NamedTuple):
    """A time of day as written.

    Attributes
    ----------
    since_midnight
        None where a text leaves open which half of the day or which day it means, as
        ``12 malam`` does, or gives a zone alone.
    zone, zone_name
        The zone that stands behind the time, and its name where it is one of the country; None
        and an empty text where none does.
    """

    since_midnight: timedelta | None
    zone: tzinfo | None
    zone_name: str


NO_TIME = Clock(timedelta.max, None, "")
"""What has the form of a time of day, of an hour or a zone that does not exist."""


def zone_named(name: str) -> tzinfo | None:
    """Return the Indonesian time zone of a name such as officials put behind a time."""
    hours = _ZONE_HOURS.get(name.upper())
    return None if hours is None else timezone(timedelta(hours=hours))


def read_clock(plain: str, *, bare: bool = False) -> Clock | None:
    """Read a whole text as a time of day; of a span of hours the first one.

    Parameters
    ----------
    plain
        A text of `data.ingest.values.numbers.plain_text`.
    bare
        Whether four digits alone are a time, as in a column of times.

    Returns
    -------
    Clock
        None for what does not have the form of a time, `NO_TIME` for what has no more than that.
    """
    match = _CLOCK.fullmatch(plain)
    return None if match is None else _clock(match, bare)


def clocks_apart(plain: str) -> Iterator[tuple[str, Clock]]:
    """Yield each way to take a text for a date and a time of day: the rest, and the time.

    ``plain`` is a text of `data.ingest.values.numbers.plain_text`. A time in numbers that may be a
    date is none: 14.12.24 16.12.24 may be two days, as what stands behind a dash, and 14.02 2024
    may be one.
    """
    for gap in _GAP.finditer(plain):
        before, behind = plain[: gap.start()], plain[gap.end() :]
        match = (_CLOCK_AFTER_T if gap[1] else _CLOCK).fullmatch(behind)
        may_be_day = _POINTED.fullmatch(behind) and ("-" in gap[0] or _POINTED.search(before))
        if match and before and not may_be_day:
            clock = _clock(match, bare=bool(gap[1]))
            if clock:
                yield before, clock
        match = None if gap[1] else _CLOCK.fullmatch(before)
        if match and (match["mark"] == ":" or match["lead"] or match["half"] or match["zone"]):
            clock = _clock(match, bare=False)
            if clock:
                yield behind, clock
    zone = _BARE_ZONE.match(plain)
    if zone and (named := zone_named(zone[2])):
        yield zone[1], Clock(None, named, zone[2].upper())


def _clock(match: re.Match[str], bare: bool) -> Clock | None:
    zone_text = match["zone"] or match["last_zone"] or ""
    if match["minute"] is None:
        said = match["lead"] or match["half"]
    else:
        said = match["mark"] or match["lead"] or match["half"] or zone_text or bare
    if not said:
        return None
    try:
        past, zone = _since_midnight(match), _zone(zone_text)
    except ValueError:
        return NO_TIME
    if zone is None and zone_text:
        return None
    return Clock(past, zone, zone_text.upper() if zone_named(zone_text) else "")


def _since_midnight(match: re.Match[str]) -> timedelta | None:
    fraction = match["fraction"] or "0"
    past = timedelta(
        minutes=int(match["minute"] or 0),
        seconds=int(match["second"] or 0),
        microseconds=int(f"{fraction:0<6}"[:6]),
    )
    hour = _hour(int(match["hour"]), match["half"], match["last_half"])
    if int(match["minute"] or 0) > 59 or int(match["second"] or 0) > 59:
        raise ValueError(match[0])
    if hour is None:
        return None
    if past + timedelta(hours=hour) > DAY:
        raise ValueError(match[0])
    return past + timedelta(hours=hour)


def _zone(text: str) -> tzinfo | None:
    """Return the zone of a name or an offset; None for no name that is known."""
    if text in ("z", "utc", "gmt"):
        return UTC
    digits = re.sub(r"\D", "", text)
    if not digits:
        return zone_named(text)
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _FARTHEST or int(minutes) > 59:
        raise ValueError(text)
    return timezone(-offset if "-" in text else offset)


# Hours by the word behind them: the first and last that it fits, and what is added to them.
_PARTS = {
    "am": [(1, 11, 0), (12, 12, -12)],
    "pm": [(1, 11, 12), (12, 12, 0)],
    "pagi": [(0, 11, 0)],
    "dini hari": [(0, 5, 0)],
    "siang": [(1, 4, 12), (10, 15, 0)],
    "sore": [(2, 6, 12), (14, 18, 0)],
    "petang": [(3, 7, 12), (15, 19, 0)],
    "malam": [(6, 11, 12), (18, 23, 0)],
}
_OF_EITHER_DAY = (0, 1, 2, 3, 4, 5, 12, 24)


def _hour(hour: int, half: str | None, last_half: str | None) -> int | None:
    """Return the hour of the day; None where the words behind leave it open."""
    if half is None:
        return hour if last_half is None or hour > 12 else None
    part = half.replace(".", "")
    for first, last, more in _PARTS[part]:
        if first <= hour <= last:
            return hour + more
    if part == "malam" and hour in _OF_EITHER_DAY:
        return None
    raise ValueError(part)
