"""When something may be used: disjoint open intervals in minutes, and what they make of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Minutes = npt.NDArray[np.float64]
"""(N,) minutes, one per simulated run."""
Interval = tuple[float, float]
ALWAYS: tuple[Interval, ...] = ((-np.inf, np.inf),)
Open = tuple[Interval, ...]


def merged(intervals: Iterable[Interval]) -> Open:
    """Return intervals sorted, with those that touch or overlap made one."""
    out: list[Interval] = []
    for opens, closes in sorted(intervals):
        if out and opens <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], closes))
        else:
            out.append((opens, closes))
    return tuple(out)


def both(one: Open, other: Open) -> Open:
    """Return where two sets of intervals are open together."""
    pairs = [(max(a, c), min(b, d)) for a, b in one for c, d in other]
    return merged((opens, closes) for opens, closes in pairs if opens < closes)


def minus(one: Open, other: Open) -> Open:
    """Return what of some intervals lies outside of others."""
    edges = [-np.inf, *(edge for pair in merged(other) for edge in pair), np.inf]
    return both(one, tuple(zip(edges[::2], edges[1::2], strict=True)))


def earliest_start(ready: Minutes, lasts: Minutes, when: Open) -> Minutes:
    """Return from when on something that lasts so long fits into one open interval.

    Parameters
    ----------
    ready, lasts
        Minutes, same shape (one entry per simulated run).

    Returns
    -------
    ndarray
        Not before ``ready``; infinite where it fits nowhere any more.
    """
    start = np.full(np.shape(ready), np.inf)
    for opens, closes in reversed(when):
        begin = np.maximum(ready, opens)
        start = np.where(begin + lasts <= closes, begin, start)
    return start


def earliest(ready: float, lasts: float, when: Open) -> float:
    """Return `earliest_start` for one run; ``ready``, ``lasts`` and the result are minutes.

    ``when`` is sorted, as all intervals here are.
    """
    for opens, closes in when:
        begin = max(ready, opens)
        if begin + lasts <= closes:
            return begin
    return float("inf")


def latest_start(end: float, lasts: float, when: Open) -> float:
    """Return until when something must start to end in time inside one open interval.

    In minutes, as ``end`` and ``lasts`` are; minus infinity where it fits nowhere.
    """
    best = -np.inf
    for opens, closes in when:
        begin = min(end, closes) - lasts
        if begin >= opens:
            best = max(best, begin)
    return float(best)


def latest_starts(end: Minutes, lasts: float, when: Open) -> Minutes:
    """Return `latest_start` for many runs; what never ends (infinite) never starts either.

    ``end`` and ``lasts`` are minutes; an end in no interval, or too early in one, falls back to an
    interval before.
    """
    best = np.full(np.shape(end), -np.inf)
    for opens, closes in when:
        begin = np.minimum(end, closes) - lasts
        best = np.where(begin >= opens, np.maximum(best, begin), best)
    return np.where(np.isinf(end), end, best)


FERRY = "feri"
"""The vessel class whose windows hold on a leg over the sea that a truck goes (by ferry)."""
FERRY_HOURS = "ferry"
"""Key of the hours in which a truck is on its way over a ferry, beside those of the modes."""


@dataclass
class Calendar:
    """The windows of a plan in whole minutes since ``origin``.

    Attributes
    ----------
    windows
        The frame of `analytics.plan.inputs.PlanInputs`.
    origin
        The minute 0, with zone.
    """

    windows: pd.DataFrame
    origin: pd.Timestamp
    _cache: dict[tuple[str, str | None, str | None], Open] = field(default_factory=dict)

    def minute(self, when: pd.Timestamp) -> float:
        """Return a time as minutes since the origin."""
        return float((when - self.origin) / pd.Timedelta(minutes=1))

    def time(self, minute: float) -> pd.Timestamp:
        """Return minutes since the origin as a time; the minutes must be finite."""
        return self.origin + pd.Timedelta(minutes=float(minute))

    def of(self, scope: str, key: str | None, vessel_class: str | None = None) -> Open:
        """Return when a mode, area or place is open for a vessel class.

        Open are the rows that say so, or always where none does, minus the rows that are closed.
        Rows without a class hold for every vessel; a vessel of another class than all open rows is
        never open. A key without rows is always open.
        """
        if key is None:
            return ALWAYS
        cached = self._cache.get((scope, key, vessel_class))
        if cached is None:
            cached = self._cache[scope, key, vessel_class] = self._read(scope, key, vessel_class)
        return cached

    def _read(self, scope: str, key: str, vessel_class: str | None) -> Open:
        rows = self.windows
        rows = rows[rows["scope"].eq(scope) & rows["key"].eq(key)]
        if rows.empty:
            return ALWAYS
        opening = rows["is_open"].fillna(True).astype(bool)
        common = rows["vessel_class"].isna()
        mine = rows["vessel_class"].eq(vessel_class) if vessel_class else common & False
        found = ALWAYS if (opening & (common | mine)).any() or not opening.any() else ()
        for own in (common, mine):
            if (opening & own).any():
                found = both(found, self._spans(rows[opening & own]))
        return minus(found, self._spans(rows[~opening & (common | mine)]))

    def _spans(self, rows: pd.DataFrame) -> Open:
        spans = zip(rows["opens"], rows["closes"], strict=True)
        return merged((self.minute(a), self.minute(b)) for a, b in spans)

    def of_leg(self, mode: str, area: str | None, vessel_class: str | None) -> Open:
        """Return when a leg may be under way: working hours and sea together.

        What is no boat crosses a sea area on a ferry, in the hours of ferries.
        """
        key = (f"leg {mode}", area, vessel_class)
        if key not in self._cache:
            by_ferry = mode != "boat" and area is not None
            hours = both(self.of("mode", mode), self.of("mode", FERRY_HOURS if by_ferry else None))
            vessel = FERRY if by_ferry else vessel_class
            self._cache[key] = both(hours, self.of("area", area, vessel))
        return self._cache[key]

    def of_loading(self, mode: str, place: str) -> Open:
        """Return when a mode may load at a place: its working hours and those of the place."""
        key = (f"loading {mode}", place, None)
        if key not in self._cache:
            self._cache[key] = both(self.of("mode", mode), self.of("place", place))
        return self._cache[key]
