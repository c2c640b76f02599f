"""How well the list of places to watch foretold on past month ends, in figures and words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from analytics.reports.periods import month_ends
from analytics.reports.selection import known_on
from analytics.reports.silence import watched_until
from analytics.reports.watch_record import LISTS, record_difference, watch_record
from data.province import default_election
from services.dataset import Dataset
from services.hotspots.counts import exposure_of
from services.memo import memo
from services.reports.watch import PLACES, weights
from services.texts import day, number, text

HORIZON_DAYS = 60
_RUN_IN_DAYS = 180
"""The first lists are made when somebody has watched for so long."""


@dataclass(frozen=True, eq=False)
class WatchRecord:
    """What became of past lists.

    Attributes
    ----------
    by_date
        Rows of `analytics.reports.watch_record.watch_record`.
    share
        By list (`LISTS`): share of the judged places that had a conflict after; NaN without any.
    n_dates, first, last
        Days on which a list was made and judged; None where there is none.
    """

    by_date: pd.DataFrame = field(repr=False)
    share: pd.Series
    n_dates: int
    first: date | None
    last: date | None


@memo(8)
def record_of(data: Dataset, as_of: date) -> WatchRecord:
    """Judge the lists of all month ends that were watched long enough before and after a day.

    On a past day neither a later list is judged nor a report used that nobody knew then.
    """
    until = watched_until(data.coverage_periods, data.units, "kabupaten")
    dates: list[date] = []
    if until.notna().any():
        begin = data.coverage_periods["date_start"].min() + timedelta(days=_RUN_IN_DAYS)
        last = min(until.max(), pd.Timestamp(as_of) - timedelta(days=1))
        dates = month_ends(begin, last - timedelta(days=HORIZON_DAYS))
    voters = exposure_of(data, default_election())["voters"].fillna(0.0)
    known = data.countable[known_on(data.countable, as_of)]
    rows = watch_record(known, data.agenda, voters, until, dates, weights(), HORIZON_DAYS, PLACES)
    sums = rows.groupby("list")[["n_places", "n_hits"]].sum().reindex(list(LISTS), fill_value=0)
    judged = rows.loc[rows["list"].eq(LISTS[0]) & rows["n_places"].gt(0), "date"]
    share = sums["n_hits"] / sums["n_places"].where(sums["n_places"].gt(0))
    ends = (judged.min(), judged.max()) if len(judged) else (None, None)
    return WatchRecord(rows, share, len(judged), *ends)


def record_words(found: WatchRecord, lang: str) -> str:
    """Return what the record says in a sentence, whether it flatters the list or not."""
    if not found.n_dates:
        return text("watch.record_none", lang, days=HORIZON_DAYS)
    shares = {name: number(100 * found.share[name], lang) for name in LISTS}
    low, high = record_difference(
        found.by_date, str(found.share.drop(LISTS[0]).fillna(-1.0).idxmax())
    )
    verdict = "better" if low > 0 else "worse" if high < 0 else "alike"
    words = text(
        "watch.record",
        lang,
        n=number(found.n_dates, lang),
        first=day(found.first, lang, "month_short"),
        last=day(found.last, lang, "month_short"),
        days=HORIZON_DAYS,
        **shares,
    )
    return f"{words} {text(f'watch.record_{verdict}', lang)}"
