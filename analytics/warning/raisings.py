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
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from analytics.reports.dates import day, day64, days_of, span_days
from analytics.reports.places import LEVELS, ancestor, unit_at
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
    levels = {int(depth): _Level(world, int(depth)) for depth in rows["depth"].unique()}
    windows: dict[tuple[np.datetime64, np.datetime64, int], _Window] = {}
    empty = (False, np.nan, np.nan, *[()] * len(_NAMES))
    outcomes: dict[Hashable, tuple[object, ...]] = dict.fromkeys(raised.index, empty)
    for _, group in rows.groupby(["rule", "level", "raised", "end", "depth"]):
        first = group.iloc[0]
        at = (day64(first["raised"]), day64(first["end"]), int(first["depth"]))
        if at not in windows:
            windows[at] = _Window(levels[at[2]], at[0], at[1])
        outcomes |= _outcomes(windows[at], group["place_code"])
    names = ["judged", "chance", "lead_days", *_NAMES]
    table = pd.DataFrame(
        [outcomes[at] for at in raised.index], columns=names, index=raised.index
    ).astype({"judged": "bool", "chance": "float64", "lead_days": "float64"})
    hits = {name.replace("found", "hit"): table[name].map(len).gt(0) for name in _NAMES}
    return raised.assign(end=end, **table, **hits)


def _outcomes(window: _Window, places: pd.Series) -> dict[Hashable, tuple[object, ...]]:
    """Return by index what became of the raisings of one rule, day, horizon and level of place."""
    places = places[places.isin(window.units)]
    lists = [window.listed(places, name) for name in LISTS]
    out: dict[Hashable, tuple[object, ...]] = {}
    for at, code in places.items():
        found = (window.found(places_of[code]) for places_of in lists)
        out[at] = (True, window.chance, window.lead_days(code), window.found(code), *found)
    return out


class _Level:
    """What happened, by the units of one level, and these units by falling voters, then code."""

    def __init__(self, world: World, depth: int) -> None:
        rows = world.happened
        self.unit = unit_at(rows["place"], LEVELS[depth]).fillna("").to_numpy(dtype=object)
        self.affair = rows["perkara_id"].to_numpy(dtype=object)
        self.severe = rows["severe"].to_numpy(dtype=bool)
        self.first, self.last, self.known, self.affair_known = (
            days_of(rows[name]) for name in ("first", "last", "known", "affair_known")
        )
        own = world.voters[world.voters.index.str.count(r"\.") == depth]
        table = own.rename("voters").rename_axis("code").reset_index()
        table = table.sort_values(["voters", "code"], ascending=[False, True])
        self.codes = table["code"].to_numpy(dtype=object)
        ends = dict(zip(world.watched_until.index, days_of(world.watched_until), strict=True))
        least = min(ends.values(), default=np.datetime64("NaT", "D"))
        self.until = np.array(
            [ends.get(str(ancestor(code, 1)), np.datetime64("NaT")) if depth else least
             for code in self.codes], dtype="datetime64[D]",
        )  # fmt: skip
        self.lookback = np.timedelta64(world.lookback_days, "D")


class _Window:
    """The days after a raising, and the units of a level that were watched all that time."""

    def __init__(self, level: _Level, start: np.datetime64, end: np.datetime64) -> None:
        after = level.severe & (level.first > start) & (level.last <= end)
        after &= level.affair_known > start
        self._start, self._first = start, level.first[after]
        self._unit, self._affair = level.unit[after], level.affair[after]
        self.units = level.codes[level.until >= end]
        at_risk = np.isin(self.units, self._unit)
        self.chance = float(at_risk.mean()) if len(at_risk) else np.nan
        recent = (level.known <= start) & (level.last >= start - level.lookback)
        pairs = set(zip(level.unit[recent], level.affair[recent], strict=True))
        affairs = Counter(unit for unit, _ in pairs)
        # Sorting is stable: ties of affairs go by voters, those of voters by code.
        by_affairs = sorted(self.units, key=lambda code: -affairs[code])
        self._ranked = {"pemilih": list(self.units), "perkara": by_affairs}

    def listed(self, places: pd.Series, name: str) -> dict[str, str]:
        """Return which unit the list warns of for each place, most often warned of first."""
        often = sorted(Counter(places).items(), key=lambda one: (-one[1], one[0]))
        return {code: unit for (code, _), unit in zip(often, self._ranked[name], strict=False)}

    def found(self, code: str) -> tuple[str, ...]:
        """Return the affairs of the days after inside a unit."""
        return tuple(sorted(set(self._affair[self._unit == code])))

    def lead_days(self, code: str) -> float:
        """Return the days to the first of them; NaN without any."""
        first = self._first[self._unit == code]
        return float((first.min() - self._start).astype(np.int64)) if len(first) else np.nan
