"""The map of units on each of many days at once: as many queries, counted together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.counts import affair_positions, unit_positions
from analytics.reports.dates import Days, day64, days_of, span_days
from analytics.reports.places import LEVELS, Ints, code_depth, codes_of, depth_of, inside
from analytics.reports.review.replay import counted_by_day, stretches
from analytics.reports.selection import Selection, fits, known_since, located
from analytics.reports.silence import coverage_intervals, nihil_intervals
from geo.errors import ParameterError

Bools = npt.NDArray[np.bool_]
STATES = ("ada_laporan", "nihil", "tidak_ada_laporan", "tidak_tercakup")
"""What is known of a unit, in the order of the numbers in `MapByDay.state`."""
_EVER = dt.date(9999, 12, 31)
_ALWAYS = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class MapByDay:
    """Figures of one family per day (rows) and unit (columns).

    Attributes
    ----------
    codes
        The units of the level, sorted.
    reports, affairs
        (days, units): counts of the family, as `counts.count_by_unit` gives them.
    state
        (days, units): place of the unit's state in `STATES`, over all families of the selection.
    total
        (days,): affairs of the family, those without a place at the level included.
    """

    codes: pd.Index
    reports: Ints = field(repr=False)
    affairs: Ints = field(repr=False)
    state: Ints = field(repr=False)
    total: Ints = field(repr=False)


def map_by_day(
    table: pd.DataFrame,
    counted: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    family: str,
    selections: Sequence[Selection],
    coverage: pd.DataFrame,
) -> MapByDay:
    """Count the units of a level for each of many selections.

    Parameters
    ----------
    table
        The table of reports: its zero reports speak for silence, and its first day begins a window
        that has no beginning.
    counted
        The rows of the table ``reports`` among them that may count.
    units, level
        The registry (``code``, ``level``, ``parent_code``) and the level of the units.
    family
        The family that is counted; one of each selection.
    selections
        One per day. They may differ in every field.
    coverage
        Rows of ``coverage_periods``.

    Returns
    -------
    MapByDay
        Row by row what `selection.choose` and `counts.count_by_unit` give for that selection.

    Raises
    ------
    ParameterError
        Without a selection, or when one does not hold the family.
    """
    if not selections:
        raise ParameterError("selections", (), "at least one")
    for selection in selections:
        if family not in (selection.families or ()):
            raise ParameterError("family", family, "one of the chosen families")
    codes = codes_of(units, level)
    shape = (len(selections), len(codes))
    own, any_family = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    affairs, total = np.zeros(shape, dtype=np.int64), np.zeros(shape[0], dtype=np.int64)
    affair = affair_positions(counted)
    is_family = counted["family"].eq(family).to_numpy(dtype=bool)
    for place in {selection.place for selection in selections}:
        rows = [n for n, selection in enumerate(selections) if selection.place == place]
        unit = unit_positions(located(counted, place), level, codes)
        at, report = np.nonzero(_taken(counted, [selections[n] for n in rows]))
        at = np.asarray(rows, dtype=np.int64)[at]
        placed = unit[report] >= 0
        any_family[at[placed], unit[report[placed]]] = True
        at, report = at[is_family[report]], report[is_family[report]]
        total += _distinct(at, affair[report], shape[0])
        at, report = at[unit[report] >= 0], report[unit[report] >= 0]
        cell = at * shape[1] + unit[report]
        own += np.bincount(cell, minlength=own.size).reshape(shape)
        affairs += _distinct(cell, affair[report], own.size).reshape(shape)
    silence = _silence(table, units, level, selections, coverage)
    return MapByDay(codes, own, affairs, np.where(any_family, 0, silence), total)


def watched_by_day(
    table: pd.DataFrame, units: pd.DataFrame, level: str, days: Days, coverage: pd.DataFrame
) -> Bools:
    """Return (days, units): whether anybody spoke for a unit on a day, zero reports included.

    Parameters
    ----------
    table, units, level, coverage
        As for `map_by_day`; what became known later is taken too.
    days
        Shape (days,): the days looked at, one row of the result each.
    """
    intervals = pd.concat([nihil_intervals(table), coverage_intervals(coverage)])
    at = _numbers(days)
    return _filled(intervals.assign(known=_ALWAYS, sign=1), units, level, (at, at), at)


def _distinct(cell: Ints, affair: Ints, n_cells: int) -> Ints:
    """Count the different affairs of each cell."""
    n_affairs = int(affair.max(initial=0)) + 1
    packed = pd.unique(cell * n_affairs + affair)
    return np.bincount(packed // n_affairs, minlength=n_cells).astype(np.int64)


def _taken(reports: pd.DataFrame, selections: Sequence[Selection]) -> Bools:
    """Return (selections, reports): which reports each selection takes, as `select` does."""
    first, last = (_numbers(days) for days in span_days(reports))
    taken = np.zeros((len(selections), len(reports)), dtype=bool)
    groups: dict[Selection, list[int]] = {}
    for n, selection in enumerate(selections):
        timeless = replace(selection, as_of=_EVER, date_from=None, date_to=None)
        groups.setdefault(timeless, []).append(n)
    for timeless, members in groups.items():
        allowed = fits(reports, timeless).to_numpy(dtype=bool)
        known = _numbers(days_of(known_since(reports, timeless.lag_days)))
        at = np.array([day64(selections[n].as_of) for n in members])
        for n, counted in zip(members, counted_by_day(reports, at), strict=True):
            selection = selections[n]
            mask = allowed & counted & (known <= _number(selection.as_of))
            if selection.date_from is not None:
                mask &= first >= _number(selection.date_from)
            if selection.date_to is not None:
                mask &= last <= _number(selection.date_to)
            taken[n] = mask
    return taken


def _numbers(days: Days) -> Ints:
    return days.astype("datetime64[D]").astype(np.int64)


def _number(value: dt.date) -> int:
    return int(day64(value).astype(np.int64))


def _silence(
    table: pd.DataFrame,
    units: pd.DataFrame,
    level: str,
    selections: Sequence[Selection],
    coverage: pd.DataFrame,
) -> Ints:
    """Return (selections, units): the state of each unit if it had no report."""
    start = table["date_event"].min()
    last = np.array([_number(s.date_to or s.as_of) for s in selections], dtype=np.int64)
    silent = np.full((len(selections), len(codes_of(units, level))), STATES.index("tidak_tercakup"))
    rows = [n for n, s in enumerate(selections) if s.date_from is not None or pd.notna(start)]
    if not rows:
        return silent
    begin = [_number(selections[n].date_from or start) for n in rows]
    spans = np.minimum(begin, last[rows]), last[rows]
    for lag in {selections[n].lag_days for n in rows}:
        own = [i for i, n in enumerate(rows) if selections[n].lag_days == lag]
        at = [rows[i] for i in own]
        as_of = np.array([_number(selections[n].as_of) for n in at], dtype=np.int64)
        window = spans[0][own], spans[1][own]
        zero = _known_nihil(table, lag)
        watched = coverage_intervals(coverage).assign(known=_ALWAYS, sign=1)
        both = pd.concat([zero, watched], ignore_index=True)
        is_zero = _filled(zero, units, level, window, as_of)
        is_covered = _filled(both, units, level, window, as_of)
        silent[at] = np.select([is_zero, is_covered], [1, 2], 3)
    return silent


def _known_nihil(table: pd.DataFrame, lag_days: int) -> pd.DataFrame:
    """Return the zero reports as intervals, with the days (numbers) on which each was known.

    One that was taken out later comes once more, with the day on which it goes and ``sign`` -1.
    """
    rows = nihil_intervals(table)
    told = table.loc[rows.index]
    found = stretches(told, days_of(known_since(told, lag_days)))
    came = rows.iloc[found["row"]].assign(known=_numbers(days_of(found["known"])), sign=1)
    ended = found["gone"].notna().to_numpy()
    gone = _numbers(days_of(found["gone"][ended]))
    return pd.concat([came, came[ended].assign(known=gone, sign=-1)])


def _filled(
    intervals: pd.DataFrame, units: pd.DataFrame, level: str, window: tuple[Ints, Ints], as_of: Ints
) -> Bools:
    """Return (windows, units): whether the intervals known by then fill the whole window.

    As `silence.window_share` has it: by intervals of the unit and of those it lies in, or because
    each of its parts is filled.
    """
    rows = intervals.dropna(subset=["unit_code", "first", "last"])
    depth = depth_of(level)
    finest = max([depth, *map(code_depth, rows["unit_code"].unique())])
    parts: tuple[pd.Index, Bools] | None = None
    for current in reversed(LEVELS[depth : finest + 1]):
        codes = codes_of(units, current)
        filled = _filled_by_own(rows, codes, window, as_of)
        if parts is not None:
            filled |= _all_parts(units, codes, *parts)
        parts = codes, filled
    assert parts is not None  # the level itself is always among them
    return parts[1]


def _all_parts(units: pd.DataFrame, codes: pd.Index, part_codes: pd.Index, filled: Bools) -> Bools:
    """Return (windows, units): whether a unit has parts and each of them is filled."""
    parent = units.drop_duplicates("code").set_index("code")["parent_code"].reindex(part_codes)
    at = codes.get_indexer(pd.Index(parent))
    found = np.zeros((len(filled), len(codes)), dtype=bool)
    for n in np.unique(at[at >= 0]):
        found[:, n] = filled[:, at == n].all(axis=1)
    return found


def _filled_by_own(
    rows: pd.DataFrame, codes: pd.Index, window: tuple[Ints, Ints], as_of: Ints
) -> Bools:
    """Return (windows, units): whether intervals of a unit or of those above it fill a window.

    The days on which each unit is spoken for are summed up from the first day on, so that a window
    is one subtraction; what becomes known later is added on its way, and taken off again where it
    goes.
    """
    begin, end = window
    axis = int(begin.min())
    first = np.maximum(_numbers(days_of(rows["first"])), axis) - axis
    last = np.minimum(_numbers(days_of(rows["last"])), int(end.max())) - axis
    open_days = np.zeros((int(end.max()) - axis + 2, len(codes)), dtype=np.int32)
    summed = np.zeros_like(open_days)
    found = np.zeros((len(as_of), len(codes)), dtype=bool)
    column, unit_codes = pd.Series(codes), rows["unit_code"].to_numpy()
    sign = rows["sign"].to_numpy(dtype=np.int32)
    within = {
        unit: inside(column, unit).to_numpy(dtype=bool) for unit in rows["unit_code"].unique()
    }
    for windows, known in _by_knowledge(as_of, rows["known"].to_numpy(dtype=np.int64)):
        touched = np.zeros(len(codes), dtype=bool)
        for n in known[first[known] <= last[known]]:
            columns = within[unit_codes[n]]
            open_days[first[n], columns] += sign[n]
            open_days[last[n] + 1, columns] -= sign[n]
            touched |= columns
        spoken = open_days[:, touched].cumsum(axis=0) > 0
        summed[1:, touched] = spoken[:-1].cumsum(axis=0)
        filled = summed[end[windows] - axis + 1] - summed[begin[windows] - axis]
        found[windows] = filled == (end - begin + 1)[windows, None]
    return found


def _by_knowledge(as_of: Ints, known: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Yield windows that know the same rows, earliest first, and the rows that are new to them."""
    order = np.argsort(known, kind="stable")
    reach = np.searchsorted(known[order], as_of, side="right")
    before = 0
    for upto in np.unique(reach):
        yield np.flatnonzero(reach == upto), order[before:upto]
        before = int(upto)
