"""The document under audit: what it says, looked up by key, and when something is open in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MINUTE = dt.timedelta(minutes=1)
FERRY_CLASS = "feri"
"""Whose windows of the sea hold for what is no boat: it crosses on a ferry."""
Span = tuple[dt.datetime, dt.datetime]
_EVER: Span = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))


class AuditFault(NamedTuple):
    """One thing wrong: its key, where, and the values it was seen by."""

    key: str
    trip_id: str | None
    place_code: str | None
    values: dict[str, Any]


def read_time(text: str) -> dt.datetime:
    """Return a time of the document."""
    return dt.datetime.fromisoformat(text)


def spans_of(rows: Iterable[Mapping[str, Any]]) -> list[Span]:
    """Return rows of windows as spans, sorted and joined."""
    out: list[Span] = []
    for start, end in sorted((read_time(row["opens"]), read_time(row["closes"])) for row in rows):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def overlap(one: list[Span], other: list[Span]) -> list[Span]:
    """Return where two lists of spans meet."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return [(start, end) for start, end in pairs if start < end]


def without(spans: list[Span], closed: list[Span]) -> list[Span]:
    """Return what of some spans is left when others are taken out."""
    for shut, until in closed:
        parts = [(a, min(b, shut)) for a, b in spans] + [(max(a, until), b) for a, b in spans]
        spans = sorted((a, b) for a, b in parts if a < b)
    return spans


def inside(spans: list[Span] | None, start: dt.datetime, end: dt.datetime) -> bool:
    """Return whether one span holds it all, or nothing is restricted."""
    return spans is None or any(a <= start and end <= b for a, b in spans)


@dataclass
class Case:
    """The document under audit, looked up by key."""

    document: Mapping[str, Any]
    faults: list[AuditFault] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=lambda: {"trips": 0, "legs": 0, "tps": 0})

    def __post_init__(self) -> None:
        given = self.document["inputs"]
        self.rules: Mapping[str, Any] = given["rules"]
        self.stops = {row["place_code"]: row for row in given["stops"]}
        self.tps = {row["tps_id"]: row for row in given["tps"]}
        self.fleet = {row["vehicle_id"]: row for row in given["fleet"]}
        self.trips: list[Mapping[str, Any]] = self.document["trips"]
        self.legs: dict[tuple[Any, ...], tuple[float, str | None]] = {}
        for row in given["legs"]:
            key = (row["mode"], row["from_code"], row["to_code"], row["vessel_class"])
            self.legs[key] = (row["usual_min"], row["area"])
        self.windows: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in given["windows"]:
            self.windows.setdefault((row["scope"], row["key"]), []).append(row)

    def fault(self, key: str, trip: str | None, place: str | None, **values: Any) -> None:
        """Note something wrong."""
        self.faults.append(AuditFault(key, trip, place, values))

    def leg(self, mode: str, start: str, end: str, vessel: str | None) -> tuple[float, str | None]:
        """Return minutes and sea area of a leg; `KeyError` where it does not exist."""
        if start == end:
            return 0.0, None
        for cls in (vessel, None):
            for a, b in ((start, end), (end, start)):
                if (mode, a, b, cls) in self.legs:
                    return self.legs[mode, a, b, cls]
        raise KeyError(start, end)

    def open_spans(self, scope: str, key: str | None, vessel: str | None) -> list[Span] | None:
        """Return when something is open for a vessel; None where it is not restricted.

        That is inside the open rows, if any row is open, and outside the closed ones.
        """
        rows = self.windows.get((scope, key or ""))
        if key is None or not rows:
            return None
        held = [row for row in rows if row["vessel_class"] in (None, vessel)]
        opened = [row for row in held if row["is_open"] is not False]
        if not opened and any(row["is_open"] is not False for row in rows):
            return []
        spans = [_EVER]
        for cls in {row["vessel_class"] for row in opened}:
            spans = overlap(spans, spans_of(r for r in opened if r["vessel_class"] == cls))
        return without(spans, spans_of(row for row in held if row["is_open"] is False))
