"""The map of counts week by week, prepared so that a browser can play it without asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from analytics.hotspots.rates import rate_per_10000
from analytics.reports.by_day import STATES, MapByDay, map_by_day
from analytics.reports.places import Ints
from analytics.reports.rakor import RakorMark, previous_rakors
from geo.maps.land import DIGITS
from services.dataset import Dataset
from services.hotspots.counts import NO_FIGURE, HotspotQuery, class_bounds, exposure_of
from services.hotspots.map import class_words, legend_title
from services.maps import SILENT_FILLS, enumerate_ramp
from services.memo import memo
from services.reports.overview import window_start
from services.reports.strip_view import number_of
from services.texts import label, number, text

_ANY_DAY = date(2000, 1, 1)
_NO_MARK = RakorMark(pd.Timestamp(_ANY_DAY), "", True)
"""Of windows that do not look at meetings."""
_KEPT = 12
"""Films kept for all readers: four families at two levels, and a few of other windows."""


@dataclass(frozen=True)
class Film:
    """A map of counts over time: what stays, and how its window goes along with the day.

    Attributes
    ----------
    query
        What is asked; its days are those of no day, so that films of any day are one. No unit is
        opened.
    window
        One of `services.reports.overview.WINDOWS`: where the window of each day begins.
    start
        First day of all windows instead; days before it show what one day alone shows.
    """

    query: HotspotQuery
    window: str
    start: date | None = None

    def __post_init__(self) -> None:
        timeless = replace(self.query.selection, as_of=_ANY_DAY, date_from=None, date_to=None)
        object.__setattr__(self, "query", replace(self.query, selection=timeless, drill=None))

    def at(self, data: Dataset, days: Sequence[date]) -> list[HotspotQuery]:
        """Return what the page asks on each of some days."""
        query, found = self.query, []
        for day, start in zip(days, self._starts(data, days), strict=True):
            chosen = replace(
                query.selection,
                as_of=day,
                date_from=None if start is None else min(start, day),
                date_to=day,
            )
            found.append(replace(query, selection=chosen))
        return found

    def _starts(self, data: Dataset, days: Sequence[date]) -> list[date | None]:
        if self.start is not None:
            return [self.start] * len(days)
        marks: Sequence[RakorMark] = [_NO_MARK] * len(days)
        if self.window == "rakor":
            marks = previous_rakors(data.rakor, days)
        return [window_start(self.window, *pair) for pair in zip(days, marks, strict=True)]


@dataclass(frozen=True, eq=False)
class Frames:
    """A film by its days.

    Attributes
    ----------
    keys
        The classes: ``0`` and up for figures, then `NO_FIGURE` and the silences. The place of a
        class in it, written as one digit of base 36, stands for the class.
    fills
        Per day one digit per unit, the units in the order of their codes; empty where nothing
        differs from the day before.
    affairs
        Per day the affairs of the family, those that the map cannot place included.
    spread
        Per day how many units of the map have one.
    """

    keys: tuple[str, ...]
    fills: tuple[str, ...] = field(repr=False)
    affairs: tuple[int, ...] = field(repr=False)
    spread: tuple[int, ...] = field(repr=False)


@memo(_KEPT)
def figures(data: Dataset, film: Film, days: tuple[date, ...]) -> MapByDay:
    """Return counts and silences of a film on its days."""
    query = film.query
    return map_by_day(
        data.reports,
        data.countable,
        data.units,
        query.level,
        query.family,
        [asked.selection for asked in film.at(data, days)],
        data.coverage_periods,
    )


@memo(_KEPT)
def frames(data: Dataset, film: Film, days: tuple[date, ...], breaks: tuple[float, ...]) -> Frames:
    """Return a film, of the units that the map draws.

    Parameters
    ----------
    data
        The tables.
    film
        What is played.
    days
        The days, the earliest first.
    breaks
        Lower bounds of the classes, the same on all days.
    """
    found = figures(data, film, days)
    drawn = np.asarray(found.codes.isin(data.display_shapes[film.query.level]["code"]))
    keys = (*map(str, range(len(breaks))), NO_FIGURE, *SILENT_FILLS)
    places = _class_places(found, _values(data, film.query, found), breaks, keys)
    spread = (found.affairs[:, drawn] > 0).sum(axis=1)
    return Frames(
        keys, _strings(places[:, drawn]), tuple(map(int, found.total)), tuple(map(int, spread))
    )


@memo(_KEPT)
def bounds_of(data: Dataset, film: Film, days: tuple[date, ...]) -> tuple[tuple[float, ...], float]:
    """Return the lower bounds of the classes over all days of a film, and its highest figure."""
    found = figures(data, film, days)
    drawn = np.asarray(found.codes.isin(data.display_shapes[film.query.level]["code"]))
    values = pd.Series(_values(data, film.query, found)[:, drawn][found.affairs[:, drawn] > 0])
    highest = float(values.max()) if values.notna().any() else 0.0
    return class_bounds(values, whole_numbers=film.query.measure != "rate"), highest


@memo(_KEPT)
def film_view(data: Dataset, film: Film, days: tuple[date, ...], lang: str) -> dict[str, Any]:
    """Return a film as what the script of the cursor reads; see `Frames`.

    Days are joined by semicolons: ``fills`` as of `changes_of`, the others as of `unrepeated`. The
    classes are cut to all its days, so that a colour means the same while it plays. The legend is
    that of the map, with gaps for the days of the window and for the affairs in it.
    """
    query = film.query
    breaks, highest = bounds_of(data, film, days)
    found = frames(data, film, days, breaks)
    fills = [*dict(enumerate_ramp(len(breaks))).values(), "none", *SILENT_FILLS.values()]
    words = [
        *(class_words(query.measure, n, lang, breaks, highest) for n in range(len(breaks))),
        *(label("state", key, lang) for key in (NO_FIGURE, *SILENT_FILLS)),
    ]
    used = set("".join(found.fills))
    starts = [asked.selection.date_from for asked in film.at(data, days)]
    window = text(
        "window.text_all" if starts[-1] is None else "window.text_from",
        lang,
        start="{start}",
        end="{end}",
    )
    return {
        "level_key": query.level,
        "fills": ";".join(changes_of(found.fills)),
        "palette": fills,
        "affairs": ";".join(unrepeated([number(n, lang) for n in found.affairs])),
        "spread": ";".join(unrepeated([number(n, lang) for n in found.spread])),
        "starts": ";".join(unrepeated([str(number_of(start)) for start in starts if start])),
        "title": legend_title(query, lang),
        # The figure in the words of a window is that of affairs.
        "sub": window
        if query.measure == "reports"
        else text("map.legend_period", lang, window=window, n="{n}"),
        "legend": [
            [DIGITS[n], *row]
            for n, row in enumerate(zip(fills, words, strict=True))
            if DIGITS[n] in used
        ],
        "family": label("family", query.family, lang).lower(),
        "level": label("level", query.level, lang).lower(),
    }


def unrepeated(values: Sequence[str]) -> list[str]:
    """Return the values of days, those that are like the day before as nothing."""
    return ["" if n and value == values[n - 1] else value for n, value in enumerate(values)]


def changes_of(fills: Sequence[str]) -> list[str]:
    """Return `Frames.fills` by what differs from the one before.

    A unit that changes is four digits of base 36: its place in three, and its new class. Where so
    many change that this would be longer, the frame is sent whole, after ``=``.
    """
    found: list[str] = []
    before = ""
    for now in fills:
        differs = [n for n, (a, b) in enumerate(zip(before, now, strict=False)) if a != b]
        changes = "".join(_place(n) + now[n] for n in differs)
        found.append(changes if before and len(changes) <= len(now or before) else f"={now}")
        before = now or before
    return found


def _place(n: int) -> str:
    return DIGITS[n // 1296] + DIGITS[n // 36 % 36] + DIGITS[n % 36]


def _values(data: Dataset, query: HotspotQuery, found: MapByDay) -> np.ndarray:
    """Return the figure that the map is coloured by: (days, units), NaN where there is none."""
    if query.measure != "rate":
        counts: Ints = getattr(found, query.measure)
        return counts.astype("float64")
    voters = exposure_of(data, query.election).reindex(found.codes)
    by_day = pd.DataFrame(found.affairs.T, index=found.codes)
    rates = by_day.apply(rate_per_10000, exposed=voters)
    return rates.to_numpy(dtype="float64").T


def _class_places(
    found: MapByDay, values: np.ndarray, breaks: Sequence[float], keys: Sequence[str]
) -> Ints:
    """Return (days, units): the place of each class in ``keys``."""
    silences = [keys.index("tidak_ada_laporan" if s == STATES[0] else s) for s in STATES]
    classes = np.searchsorted(np.asarray(breaks), values, side="right") - 1
    figure = np.where(np.isnan(values), keys.index(NO_FIGURE), np.maximum(classes, 0))
    return np.where(found.affairs > 0, figure, np.asarray(silences)[found.state])


def _strings(places: Ints) -> tuple[str, ...]:
    return tuple(unrepeated(["".join(row) for row in np.array(list(DIGITS))[places]]))
