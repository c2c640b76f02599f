"""Times of day as officials write them, in WIB unless a zone stands behind them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from data.parse import WIB, parse_date

_CLOCK = re.compile(
    r"^(?P<day>.*?\S)[\s,T]+(?:(?:pukul|pkl|jam)\.?\s*)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:wib)?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=200_000)
def parse_moment(text: str) -> datetime | None:
    """Read a day with a time of day; None when either is missing or impossible.

    Parameters
    ----------
    text
        Any date that `data.parse.parse_date` reads to the day, then a time such as ``08:15``,
        ``pukul 08.15 WIB``; or ISO 8601 with a zone.

    Returns
    -------
    datetime
        In UTC.
    """
    plain = " ".join(text.split())
    if re.search(r"(?:[+-]\d{2}:?\d{2}|Z)$", plain) and "T" in plain.upper():
        try:
            return datetime.fromisoformat(plain).astimezone(UTC)
        except ValueError:
            return None
    match = _CLOCK.match(plain)
    if match is None:
        return None
    day = parse_date(match["day"])
    hour, minute = int(match["hour"]), int(match["minute"])
    if day.value is None or day.precision != "day" or hour > 23 or minute > 59:
        return None
    moment = datetime(day.value.year, day.value.month, day.value.day, hour, minute, tzinfo=WIB)
    return moment.astimezone(UTC)
