"""What became of each raising of a warning, beside as many raisings on places that need no thought.

A warning is raised on the first day on which it fires. It counts once, however long it stands; it
is raised again only when it had stopped firing and the horizon of the raising before was over. At a
level it is raised on the first day on which it stands at that level.

A raising is hit when a severe affair happens inside its place (the place itself or a part of it; an
affair known only to a larger area is no hit) after the raising and by the end of the horizon. No
part of that affair may have been known on the day of the raising: an affair never predicts itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.dates import day, days_of, span_days
from analytics.reports.places import LEVELS, ancestor, inside, unit_at
from analytics.reports.selection import is_calm, known_since
from analytics.reports.watch import watched_place
from geo.errors import ParameterError

ALL = "semua"
"""Stands for all rules, or for all levels of a rule."""
LISTS = ("perkara", "pemilih")
"""What a rule is held against: places with most affairs of late, and with most voters."""
_NAMES = ["found", *(f"found_{name}" for name in LISTS)]
RAISING_COLUMNS = ["rule", "level", "warning_id", "place_code", "raised", "horizon_days"]


@dataclass(frozen=True, eq=False)
class World:
    """What the raisings are judged by.

    Attributes
    ----------
    happened
        Reports of what happened and was not calm, of any family: ``perkara_id``, ``place`` (code),
        ``first``, ``last`` (days it may mean), ``known`` (of the report), ``affair_known`` (of the
        first part of its affair, a potensi too) and ``severe``.
    voters
        By code of every unit that may be listed.
    watched_until
        Last day that somebody watched, by kabupaten code.
    lookback_days
        How old an affair of the list by affairs may be.
    """

    happened: pd.DataFrame = field(repr=False)
    voters: pd.Series = field(repr=False)
    watched_until: pd.Series = field(repr=False)
    lookback_days: int = 365

    def __post_init__(self) -> None:
        if not 1 <= self.lookback_days <= 3650:
            raise ParameterError("lookback_days", self.lookback_days, "1 to 3650")


def happened(reports: pd.DataFrame, severity_min: int = 3) -> pd.DataFrame:
    """Return what happened and was not calm, as `World` takes it.

    Parameters
    ----------
    reports
        The table of reports, totals left out.
    severity_min
        1 to 5: from which severity on an affair is severe; an unknown severity is not.

    Raises
    ------
    ParameterError
        For a severity out of range.
    """
    if not 1 <= severity_min <= 5:
        raise ParameterError("severity_min", severity_min, "1 to 5")
    known = known_since(reports)
    told = reports["kind"].isin(("kejadian", "potensi"))
    affair_known = known[told].groupby(reports.loc[told, "perkara_id"]).min()
    rows = reports[reports["kind"].eq("kejadian") & ~is_calm(reports)]
    first, last = span_days(rows)
    severity = rows["severity"].astype("Float64")
    return pd.DataFrame(
        {
            "perkara_id": rows["perkara_id"],
            "place": watched_place(rows),
            "first": first.astype("datetime64[s]"),
            "last": last.astype("datetime64[s]"),
            "known": known[rows.index],
            "affair_known": rows["perkara_id"].map(affair_known),
            "severe": severity.ge(severity_min).fillna(False).astype(bool),
        }
    ).reset_index(drop=True)


def raisings(through: pd.DataFrame, days: Sequence[dt.date]) -> pd.DataFrame:
    """Return when each warning was raised, as a whole and at each level.

    Parameters
    ----------
    through
        Warnings as they fired: ``day``, ``warning_id``, ``rule``, ``place_code``, ``level``,
        ``horizon_days``; a row per day and warning.
    days
        Every day that was looked at, ascending, also those without a warning.

    Returns
    -------
    DataFrame
        `RAISING_COLUMNS`, a row per raising: with ``level`` `ALL` for the warning, once more for
        each level it came to, and all warnings together with ``rule`` `ALL`. ``raised`` is the day.

    Raises
    ------
    ParameterError
        For a warning on a day that was not looked at.
    """
    looked = pd.DatetimeIndex([day(one) for one in days])
    when = pd.DatetimeIndex(days_of(through["day"]).astype("datetime64[s]"))
    order = looked.get_indexer(when)
    if (order < 0).any():
        raise ParameterError("day", when[order < 0].min(), "a day that was looked at")
    fired = through.assign(raised=when, n=order).sort_values(["warning_id", "raised"])
    rows = []
    for _, one in fired.groupby("warning_id"):
        for at, whole in _raised_at(one):
            about = one.iloc[at]
            named = [about[name] for name in RAISING_COLUMNS[2:]]
            if whole:
                rows += [[ALL, ALL, *named], [about["rule"], ALL, *named]]
            else:
                rows.append([about["rule"], about["level"], *named])
    table = pd.DataFrame(rows, columns=RAISING_COLUMNS)
    table["raised"] = pd.to_datetime(table["raised"]).astype("datetime64[s]")
    return table.sort_values(["rule", "level", "raised", "warning_id"], ignore_index=True)


def _raised_at(one: pd.DataFrame) -> Iterator[tuple[int, bool]]:
    """Yield which rows of a warning, by day, raise it (True), and which raise it to a level."""
    reached: set[str] = set()
    end, before = pd.Timestamp.min, -1
    columns = zip(one["n"], one["raised"], one["horizon_days"], one["level"], strict=True)
    for at, (n, day_of, horizon, level) in enumerate(columns):
        if before < 0 or (n > before + 1 and day_of > end):
            end, reached = day_of + pd.Timedelta(days=horizon), set()
            yield at, True
        if level not in reached:
            reached.add(level)
            yield at, False
        before = n


def judge(raised: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return what became of raisings, and of as many on places by affairs and by voters.

    Parameters
    ----------
    raised
        Result of `raisings`.
    world
        What happened. To judge as known on an earlier day, hold only reports known then, and cut
        ``watched_until`` to the day before.

    Returns
    -------
    DataFrame
        The rows of ``raised``, same index, with ``end`` (last day of the horizon), ``judged``
        (watched to the end; else the rest is empty), ``hit``, ``lead_days`` (from the raising to
        the first affair that hits it), ``found`` (tuple of ids of the affairs), ``chance`` (share
        of the units of that level with such an affair), and for each of `LISTS` ``hit_...`` and
        ``found_...``: on each day the list gives as many warnings of each level of place to as many
        places as the rule (or all rules) did; where the rule gave a place two, so does the list
        with the one it ranks first. Only units watched to the end are listed.
    """
    end = raised["raised"] + pd.to_timedelta(raised["horizon_days"].astype("int64"), unit="D")
    rows = raised.assign(end=end, depth=raised["place_code"].str.count(r"\."))
    windows: dict[tuple[pd.Timestamp, pd.Timestamp, int], _Window] = {}
    empty = (False, np.nan, np.nan, *[()] * len(_NAMES))
    outcomes: dict[Hashable, tuple[object, ...]] = dict.fromkeys(raised.index, empty)
    for _, group in rows.groupby(["rule", "level", "raised", "end", "depth"]):
        start, stop, depth = (group[name].iloc[0] for name in ("raised", "end", "depth"))
        at = (start, stop, int(depth))
        if at not in windows:
            windows[at] = _Window(world, *at)
        outcomes |= _outcomes(windows[at], group["place_code"], start)
    names = ["judged", "chance", "lead_days", *_NAMES]
    table = pd.DataFrame(
        [outcomes[at] for at in raised.index], columns=names, index=raised.index
    ).astype({"judged": "bool", "chance": "float64", "lead_days": "float64"})
    hits = {name.replace("found", "hit"): table[name].map(len).gt(0) for name in _NAMES}
    return raised.assign(end=end, **table, **hits)


def _outcomes(
    window: _Window, places: pd.Series, start: pd.Timestamp
) -> dict[Hashable, tuple[object, ...]]:
    """Return by index what became of the raisings of one rule, day, horizon and level of place."""
    places = places[places.isin(window.units)]
    lists = [window.listed(places, name) for name in LISTS]
    out: dict[Hashable, tuple[object, ...]] = {}
    for at, code in places.items():
        hits = window.inside(code)
        lead = (hits["first"].min() - start).days if len(hits) else np.nan
        found = (_ids(window.inside(places_of[code])) for places_of in lists)
        out[at] = (True, window.chance, lead, _ids(hits), *found)
    return out


def _ids(hits: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(set(hits["perkara_id"])))


class _Window:
    """The days after a raising, and the units of a level that were watched all that time."""

    def __init__(self, world: World, start: pd.Timestamp, end: pd.Timestamp, depth: int) -> None:
        rows = world.happened
        self._after = rows[
            rows["severe"]
            & rows["first"].gt(start)
            & rows["last"].le(end)
            & rows["affair_known"].gt(start)
        ]
        until = world.watched_until[world.watched_until.ge(end)]
        whole = len(until) == len(world.watched_until)
        codes = world.voters.index[world.voters.index.str.count(r"\.") == depth]
        seen = [whole if depth == 0 else ancestor(code, 1) in until.index for code in codes]
        self.units = codes[np.array(seen, dtype=bool)]
        at_risk = self.units.isin(_at(self._after["place"], depth))
        self.chance = float(at_risk.mean()) if len(at_risk) else np.nan
        age = (start - rows["last"]).dt.days
        recent = rows[rows["known"].le(start) & age.le(world.lookback_days)]
        affairs = recent.groupby(_at(recent["place"], depth))["perkara_id"].nunique()
        table = pd.DataFrame({"code": self.units, "pemilih": world.voters[self.units].array})
        table["perkara"] = table["code"].map(affairs).fillna(0)
        # Ties of affairs go by voters, those of voters by code.
        by_voters = table.sort_values(["pemilih", "code"], ascending=[False, True])
        by_affairs = by_voters.sort_values("perkara", ascending=False, kind="stable")
        self._ranked = {"pemilih": by_voters["code"], "perkara": by_affairs["code"]}

    def listed(self, places: pd.Series, name: str) -> dict[str, str]:
        """Return which unit the list warns of for each place, most often warned of first."""
        often = places.value_counts().rename_axis("code").reset_index(name="n")
        often = often.sort_values(["n", "code"], ascending=[False, True])
        return dict(zip(often["code"], self._ranked[name], strict=False))

    def inside(self, code: str) -> pd.DataFrame:
        """Return the affairs of the days after inside a unit."""
        return self._after[inside(self._after["place"], code)]


def _at(places: pd.Series, depth: int) -> pd.Series:
    return unit_at(places, LEVELS[depth])
