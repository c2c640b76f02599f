"""The earlier day that today's counts are compared with when nobody named one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from analytics.reports.rakor import RakorMark, period_of, previous_period
from analytics.reports.selection import Selection, choose
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, HotspotView, class_bounds


@dataclass(frozen=True)
class EarlierDay:
    """The day, and whether the compared figure was another one then."""

    day: date
    differs: bool


def earlier_day(data: Dataset, query: HotspotQuery, mark: RakorMark) -> EarlierDay:
    """Return the day to compare with: the latest of some days at which the figure differs.

    The days are the previous rakor, then the ends of the reporting periods before it, and last the
    day before the window. Where no figure differs, it is the previous rakor.

    Parameters
    ----------
    query
        What is compared; its family's affairs are the figure.
    mark
        The previous rakor.
    """
    now = _figure(data, query, query.selection)
    days = list(_days(data, query, mark))
    for when in days:
        if _figure(data, query, ending(query, when)) != now:
            return EarlierDay(when, True)
    return EarlierDay(days[0], False)


def ending(query: HotspotQuery, when: date) -> Selection:
    """Return the selection as known on an earlier day, over a window of the same length."""
    chosen = query.selection
    start = chosen.date_from
    if start is not None:
        start = when - (chosen.as_of - start)
    return replace(chosen, as_of=when, date_from=start, date_to=when)


def _days(data: Dataset, query: HotspotQuery, mark: RakorMark) -> Iterator[date]:
    today, start = query.selection.as_of, query.selection.date_from
    last = min(mark.date.date(), today)
    yield last
    first = data.reports["date_event"].min()
    period = previous_period(period_of(last))
    while pd.notna(first) and period.end >= first:
        yield period.end.date()
        period = previous_period(period)
    if start is not None:
        yield start - timedelta(days=1)
    if pd.notna(first):  # nothing was known yet
        yield min(first.date() - timedelta(days=1), last)


def _figure(data: Dataset, query: HotspotQuery, selection: Selection) -> int:
    rows = choose(data.reports, replace(selection, families=(query.family,))).listed
    return int(rows.loc[~rows["is_total"], "perkara_id"].nunique())


def shared_breaks(query: HotspotQuery, *views: HotspotView) -> tuple[float, ...]:
    """Return the lower bounds of classes that serve several maps of one measure and family."""
    column = f"affairs_{query.family}"
    values = [view.units.loc[view.units[column] > 0, "value"] for view in views]
    return class_bounds(pd.concat(values), whole_numbers=query.measure != "rate")
