"""A plan document under audit, looked up by key. Shares nothing with the planner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MINUTE = dt.timedelta(minutes=1)
Span = tuple[dt.datetime, dt.datetime]


class AuditFault(NamedTuple):
    """One thing wrong: its key, where, and the values it was seen by."""

    key: str
    trip_id: str | None
    place_code: str | None
    values: dict[str, Any]


def read_time(text: str) -> dt.datetime:
    """Return a time of the document."""
    return dt.datetime.fromisoformat(text)


def open_rows(rows: list[dict[str, Any]]) -> list[Span]:
    """Return rows of windows as spans, sorted and joined."""
    usable = [row for row in rows if row["is_open"] is not False]
    spans = sorted((read_time(row["opens"]), read_time(row["closes"])) for row in usable)
    out: list[Span] = []
    for start, end in spans:
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def overlap(one: list[Span], other: list[Span]) -> list[Span]:
    """Return where two lists of spans meet."""
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return [(start, end) for start, end in pairs if start < end]


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
        """Return minutes and sea area of a leg; KeyError where it does not exist."""
        if start == end:
            return 0.0, None
        for cls in (vessel, None):
            for a, b in ((start, end), (end, start)):
                if (mode, a, b, cls) in self.legs:
                    return self.legs[mode, a, b, cls]
        raise KeyError(start, end)

    def open_spans(self, scope: str, key: str | None, vessel: str | None) -> list[Span] | None:
        """Return when something is open for a vessel; None where it is not restricted."""
        rows = self.windows.get((scope, key or ""))
        if key is None or not rows:
            return None
        shared = [row for row in rows if row["vessel_class"] is None]
        own = [row for row in rows if vessel is not None and row["vessel_class"] == vessel]
        if not shared and not own:
            return []
        spans = [open_rows(group) for group in (shared, own) if group]
        return spans[0] if len(spans) == 1 else overlap(spans[0], spans[1])
