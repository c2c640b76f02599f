"""How well the list of places to watch foretold, against two lists that need no thought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analytics.reports.dates import Days, day64, days_of, span_days
from analytics.reports.places import LEVELS, ancestor, inside, unit_at
from analytics.reports.selection import known_on
from analytics.reports.watch import WatchParams, places_to_watch, unpeaceful, watched_place
from geo.errors import ParameterError

LISTS = ("daftar", "perkara", "pemilih")
"""The list itself; the places with most affairs of late; the places with most voters."""
FEWEST_DATES = 6
"""Dates from which a lead is told from luck: of one or two every resample says the same."""
COLUMNS = ["date", "list", "n_places", "n_hits"]


def watch_record(
    reports: pd.DataFrame,
    agenda: pd.DataFrame,
    voters: pd.Series,
    watched_until: pd.Series,
    dates: list[dt.date],
    params: WatchParams,
    horizon_days: int = 60,
    n: int = 5,
) -> pd.DataFrame:
    """Return how many listed places had a conflict soon after, on past days.

    Parameters
    ----------
    reports, agenda
        The tables of these names.
    voters
        By unit code of every level.
    watched_until
        Last day that somebody watched, by kabupaten code. A place is judged only where it was
        watched to the end of the horizon: what nobody saw is no miss.
    dates
        Days on which the lists are made, from what was known then.
    params
        Of the list.
    horizon_days
        1 to 366: how long after a day a conflict counts.
    n
        Places in a list.

    Returns
    -------
    DataFrame
        A row per date and list (`LISTS`): ``n_places`` judged and ``n_hits`` of them with an
        event of conflict (new, or going on) in the days after. The two other lists hold as many
        kabupaten, kecamatan and desa as the list does, so that none is easier to hit: by affairs
        of conflict in the last `lookback_days`, ties by voters; and by voters.

    Raises
    ------
    ParameterError
        For a horizon out of range.
    """
    if not 1 <= horizon_days <= 366:
        raise ParameterError("horizon_days", horizon_days, "1 to 366")
    conflicts = reports[reports["kind"].eq("kejadian") & unpeaceful(reports)]
    place = watched_place(conflicts)
    first, last = span_days(conflicts)
    until = dict(zip(watched_until.index, days_of(watched_until), strict=True))
    rows = []
    for date in dates:
        end = day64(date) + np.timedelta64(horizon_days, "D")
        after = place[(first > day64(date)) & (last <= end)]
        listed = places_to_watch(reports, agenda, date, params, n)["code"].tolist()
        recent = _recent(conflicts, place, last, date, params.lookback_days)
        lists = (listed, _matched(listed, recent, voters), _matched(listed, None, voters))
        for name, codes in zip(LISTS, lists, strict=True):
            judged = [code for code in codes if until[str(ancestor(code, 1))] >= end]
            hits = sum(bool(inside(after, code).any()) for code in judged)
            rows.append((date, name, len(judged), hits))
    return pd.DataFrame(rows, columns=COLUMNS)


def _recent(
    conflicts: pd.DataFrame, place: pd.Series, last: Days, date: dt.date, lookback_days: int
) -> pd.DataFrame:
    """Return affair and place of the conflicts known on a day and not older than the lookback."""
    age = (day64(date) - last).astype(np.int64)
    known = known_on(conflicts, date).to_numpy() & (age <= lookback_days)
    return pd.DataFrame({"perkara_id": conflicts["perkara_id"], "place": place})[known]


def _matched(listed: list[str], recent: pd.DataFrame | None, voters: pd.Series) -> list[str]:
    """Return as many units of each level as are listed, by affairs where given, then voters."""
    return [code for level in _levels(listed) for code in _first(listed, level, recent, voters)]


def _levels(listed: list[str]) -> Iterator[str]:
    depths = sorted({code.count(".") for code in listed})
    return (LEVELS[depth] for depth in depths)


def _first(
    listed: list[str], level: str, recent: pd.DataFrame | None, voters: pd.Series
) -> list[str]:
    """Return the first units of a level by affairs, then voters, then code."""
    depth = LEVELS.index(level)
    own = voters[voters.index.str.count(r"\.") == depth]
    table = pd.DataFrame({"voters": own}).rename_axis("code").reset_index()
    table["n"] = 0
    if recent is not None:
        counts = recent.groupby(unit_at(recent["place"], level))["perkara_id"].nunique()
        table["n"] = table["code"].map(counts).fillna(0)
    ranked = table.sort_values(["n", "voters", "code"], ascending=[False, False, True])
    return ranked["code"].head(sum(code.count(".") == depth for code in listed)).tolist()


def record_difference(
    by_date: pd.DataFrame, other: str, draws: int = 2000, seed: int = 1
) -> tuple[float, float]:
    """Return how far the list may be ahead of another one: a 90 % interval of the shares' gap.

    Parameters
    ----------
    by_date
        Result of `watch_record`.
    other
        One of `LISTS`.
    draws, seed
        Of the bootstrap: 100 or more resamples of the dates, two neighbours at a time, since the
        horizons of neighbouring month ends overlap.

    Returns
    -------
    tuple
        Low and high end, -1 to 1; NaN where fewer than `FEWEST_DATES` were judged.

    Raises
    ------
    ParameterError
        For too few draws.
    """
    if draws < 100:
        raise ParameterError("draws", draws, "100 or more")
    sums = by_date.set_index(["date", "list"])[["n_hits", "n_places"]].astype("float64")
    mine, theirs = (sums.xs(name, level="list") for name in (LISTS[0], other))
    judged = mine["n_places"].gt(0) & theirs["n_places"].gt(0)
    n = int(judged.sum())
    if n < FEWEST_DATES:
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    starts = rng.integers(0, n, size=(draws, -(-n // 2)))
    picked = np.stack([starts, (starts + 1) % n], axis=2).reshape(draws, -1)[:, :n]
    shares = []
    for table in (mine[judged], theirs[judged]):
        hits, places = table.to_numpy().T
        shares.append(hits[picked].sum(axis=1) / places[picked].sum(axis=1))
    low, high = np.quantile(shares[0] - shares[1], [0.05, 0.95])
    return float(low), float(high)
