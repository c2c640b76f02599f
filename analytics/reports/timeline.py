"""Reports along the elections: by stage, by month, around the vote, and what the team watches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from analytics.reports.counts import require_families, tally
from analytics.reports.dates import Days, day, day64, days_of, span_days
from analytics.reports.places import Ints, place_codes, touches
from analytics.reports.selection import known_on
from analytics.reports.stages import (
    DEFAULTS,
    SOCIAL_STAGE,
    StageParams,
    bounds,
    known_stages,
    stages_in_force,
    undated,
    window_of,
)
from geo.errors import ParameterError

SIDES = ("sebelum", "hari_h", "sesudah", "tidak_tentu")
FAR_DAYS = 3650


def counts_by_month(
    reports: pd.DataFrame, families: Sequence[str], date_from: dt.date, date_to: dt.date
) -> pd.DataFrame:
    """Count reports and affairs per month and family.

    Parameters
    ----------
    reports
        Selected rows of ``reports``. Day and month precision count in their month; a row known only
        to its year counts in none.
    date_from, date_to
        First and last month listed are those of these days; months without a report are listed
        too. Whole months count, whatever the day.

    Returns
    -------
    DataFrame
        Index ``month`` (first day). ``reports_<family>``, ``affairs_<family>``: an affair counts
        in each month it has a report in.

    Raises
    ------
    ParameterError
        When the first day is after the last, or a family is missing or repeated.
    """
    require_families(reports, families)
    if day64(date_from) > day64(date_to):
        raise ParameterError("date_from", date_from, f"at most {date_to}")
    start = day(date_from).replace(day=1)
    index = pd.date_range(start, day(date_to), freq="MS", name="month", unit="s")
    first, last = span_days(reports)
    month = first.astype("datetime64[M]")
    offset = (month - day64(start).astype("datetime64[M]")).astype(np.int64)
    whole = (month == last.astype("datetime64[M]")) & ~np.isnat(first)
    keys = np.where(whole & (offset >= 0) & (offset < len(index)), offset, -1)
    return tally(keys, index, reports, families)


def around_vote(
    reports: pd.DataFrame, voting_date: dt.date, families: Sequence[str], days: int
) -> pd.DataFrame:
    """Count reports and affairs before, on and after a voting day.

    Parameters
    ----------
    reports
        Selected rows of ``reports``.
    voting_date
        The day of the vote.
    days
        1 to 3650: how far before and after it; rows that do not lie wholly inside are left out.

    Returns
    -------
    DataFrame
        Index ``side``: ``sebelum``, ``hari_h``, ``sesudah``, and ``tidak_tentu`` for rows of
        month or year precision that hold the voting day among others. ``reports_<family>``,
        ``affairs_<family>``: an affair counts on each side it has a report on.

    Raises
    ------
    ParameterError
        For a number of days out of range, or a family that is missing or repeated.
    """
    if not 1 <= days <= FAR_DAYS:
        raise ParameterError("days", days, f"1 to {FAR_DAYS}")
    require_families(reports, families)
    first, last = span_days(reports)
    vote, reach = day64(voting_date), np.timedelta64(days, "D")
    inside = (first >= vote - reach) & (last <= vote + reach)
    side = np.select([last < vote, (first == vote) & (last == vote), first > vote], [0, 1, 2], 3)
    index = pd.Index(SIDES, name="side", dtype="str")
    return tally(np.where(inside, side, -1).astype(np.int64), index, reports, families)


def stage_bars(
    stages: pd.DataFrame, axis_from: dt.date, axis_to: dt.date, params: StageParams = DEFAULTS
) -> pd.DataFrame:
    """Return each stage row as a bar on an axis of days.

    Parameters
    ----------
    stages
        The table ``stages``.
    axis_from, axis_to
        First and last day of the axis.
    params
        How open rows are read.

    Returns
    -------
    DataFrame
        The rows that touch the axis and the undated ones, on their own index: ``bar_start``,
        ``bar_end`` (exclusive: the day after the last, so that a stage of one day has a width; an
        undated stage spans the axis), ``bound`` (`stages.bounds`), ``open_start``, ``open_end``
        (the date is not known, the side is drawn open) and ``clipped`` (the axis cuts the bar).

    Raises
    ------
    ParameterError
        When the axis ends before it begins.
    """
    left, right = day(axis_from), day(axis_to)
    if left > right:
        raise ParameterError("axis_from", axis_from, f"at most {axis_to}")
    rows = stages.join(bounds(stages, params))
    is_undated = rows["bound"].eq("tanpa_tanggal")
    on_axis = rows["first"].le(right) & rows["last"].ge(left)
    rows = rows[on_axis | is_undated]
    start = rows["first"].fillna(left)
    end = rows["last"].fillna(right)
    return rows.drop(columns=["first", "last"]).assign(
        bar_start=start.where(start.ge(left), left),
        bar_end=end.where(end.le(right), right) + pd.Timedelta(days=1),
        open_start=rows["date_start"].isna(),
        open_end=rows["date_end"].isna(),
        clipped=start.lt(left) | end.gt(right),
    )


AFTER_VOTE = ("psu", "rekapitulasi", "sengketa_hasil", "pelantikan", "pasca_pemilu")
"""Stages that no report can belong to before the vote of its election."""

DESCRIBED = ["concern", "date_start", "date_end", "n_rows", "n_undated", "phase"]
NO_GAP = np.iinfo(np.int64).max
FAR = 1_000_000


def election_of(
    reports: pd.DataFrame,
    stages: pd.DataFrame,
    elections: pd.DataFrame,
    params: StageParams = DEFAULTS,
) -> pd.Series:
    """Return the election each report belongs to, which the reports themselves do not say.

    Parameters
    ----------
    reports
        Columns of the table of reports.
    stages, elections
        The tables; of the elections ``election``, ``voting_date``, ``area_codes``.
    params
        ``max_gap_days`` bounds the distance, ``open_days`` reads open rows.

    Returns
    -------
    Series
        Keys on the same index: of the elections whose area touches the report's unit, the one
        whose rows of the report's own stage lie nearest in time (its voting day where it has no
        dated row of that stage), then the one whose voting day is nearest, then the later. NaN
        for social conflict outside elections and beyond ``max_gap_days``. A derivation: a report
        between two elections may belong to the other.
    """
    case, rows = _cases(reports)
    order = elections.sort_values(["voting_date", "election"], ascending=False)
    table = stages.join(bounds(stages, params))
    none: Ints = np.full(len(rows), NO_GAP)
    gaps = [
        none,
        *(
            _gaps(rows, table[table["election"].eq(row["election"])], row, params)
            for _, row in order.iterrows()
        ),
    ]
    # The first row of the stack stands for no election and wins only where nothing is in reach.
    found = np.array([None, *order["election"]], dtype=object)[np.vstack(gaps).argmin(axis=0)]
    return pd.Series(found[case], index=reports.index, dtype="str", name="election")


def _cases(reports: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the distinct stages, units and spans, and which of them each report has."""
    first, last = span_days(reports)
    units = place_codes(reports)
    stage, stage_names = pd.factorize(reports["stage"])
    unit, unit_names = pd.factorize(units)
    start, length = first.astype(np.int64), (last - first).astype(np.int64)
    packed = (start - start.min(initial=0)) * (length.max(initial=0) + 1) + length
    packed = (packed * (len(stage_names) + 1) + stage) * (len(unit_names) + 1) + unit
    case, distinct_cases = pd.factorize(packed)
    member = np.zeros(len(distinct_cases), dtype=np.int64)
    member[case] = np.arange(len(reports))
    rows = {"stage": reports["stage"].array[member], "unit": units.array[member]}
    return case, pd.DataFrame(rows | {"first": first[member], "last": last[member]})


def _gaps(
    cases: pd.DataFrame, rows: pd.DataFrame, election: pd.Series, params: StageParams
) -> Ints:
    """Return how far each case lies from an election; smaller is nearer, NO_GAP is never."""
    first, last = days_of(cases["first"]), days_of(cases["last"])
    vote = day64(election["voting_date"])
    from_vote = _gap(first, last, vote, vote)
    from_stage = np.full(len(cases), NO_GAP)
    starts, ends = days_of(rows["first"]), days_of(rows["last"])
    for stage in cases["stage"].unique():
        here = cases["stage"].eq(stage).to_numpy(dtype=bool)
        dated = rows["stage"].eq(stage).to_numpy(dtype=bool) & ~np.isnat(starts)
        gap = from_vote[here]
        if dated.any():
            windows = zip(starts[dated], ends[dated], strict=True)
            gap = np.min([_gap(first[here], last[here], a, b) for a, b in windows], axis=0)
        from_stage[here] = gap
    areas = str(election["area_codes"]).split("|")
    reach = {unit: any(touches(unit, area) for area in areas) for unit in cases["unit"].unique()}
    stage = cases["stage"]
    never = ~cases["unit"].map(reach).to_numpy(dtype=bool) | stage.eq(SOCIAL_STAGE).to_numpy()
    never |= stage.isin(AFTER_VOTE).to_numpy() & (last < vote)
    never |= from_stage > params.max_gap_days
    return np.where(never, NO_GAP, np.minimum(from_stage, FAR) * FAR + np.minimum(from_vote, FAR))


def _gap(first: Days, last: Days, start: np.datetime64, end: np.datetime64) -> Ints:
    """Return the days between spans and one window; 0 where they meet."""
    before, after = (start - last).astype(np.int64), (first - end).astype(np.int64)
    return np.maximum(np.maximum(before, after), 0)


def watch_table(
    stages: pd.DataFrame,
    reports: pd.DataFrame,
    watched: Sequence[str],
    families: Sequence[str],
    as_of: dt.date,
    params: StageParams = DEFAULTS,
    not_applicable: Collection[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Return what the team watches in each stage of each election, and what was found.

    Parameters
    ----------
    stages
        The table ``stages``.
    reports
        Reports with the column ``election`` (`election_of`); those not known on the day and zero
        reports are left out here.
    watched
        Keys of the stages to list, in that order.
    as_of
        The day of knowledge.
    params
        How open rows are read.
    not_applicable
        Pairs of election and stage that the election does not have by law.

    Returns
    -------
    DataFrame
        One row per election (in the order of their first appearance in ``stages``) and watched
        stage: ``election``, ``stage``, ``concern`` (NA where the election names none),
        ``date_start``, ``date_end`` (first and last known day), ``n_rows``, ``n_undated``,
        ``phase`` (``berjalan``, ``akan_datang``, ``selesai``, ``tanpa_tanggal``,
        ``tidak_ada_tahapan``, ``tidak_berlaku``), ``reports_<family>``, ``affairs_<family>``, and
        ``state``: ``ada_laporan``, ``tidak_ditemukan`` or ``tidak_berlaku``. Nothing found in the
        sources never means safe. Stages that were not known yet tell nothing.
    """
    require_families(reports, families)
    elections = list(dict.fromkeys(stages["election"]))
    cells = pd.MultiIndex.from_product([elections, list(watched)], names=["election", "stage"])
    known = reports[known_on(reports, as_of)]
    places = pd.MultiIndex.from_arrays([known["election"], known["stage"]])
    counts = tally(cells.get_indexer(places).astype(np.int64), cells, known, families)
    today = day(as_of)
    rows = known_stages(stages, today)
    described = [
        _describe(rows[rows["election"].eq(e) & rows["stage"].eq(s)], today, params)
        for e, s in cells
    ]
    table = pd.DataFrame(described, index=cells, columns=DESCRIBED).join(counts)
    found = counts[[f"reports_{f}" for f in families]].gt(0).any(axis=1).to_numpy(dtype=bool)
    never = np.array([cell in not_applicable for cell in cells], dtype=bool)
    table["state"] = np.select(
        [found, never], ["ada_laporan", "tidak_berlaku"], default="tidak_ditemukan"
    )
    table["phase"] = table["phase"].mask(never & table["n_rows"].eq(0), "tidak_berlaku")
    return table.reset_index()


def _describe(rows: pd.DataFrame, today: pd.Timestamp, params: StageParams) -> dict[str, object]:
    window = window_of(rows)
    concerns = list(dict.fromkeys(rows["concern"].dropna()))
    if rows.empty:
        phase = "tidak_ada_tahapan"
    elif not stages_in_force(rows, today, params).empty:
        phase = "berjalan"
    elif bounds(rows, params)["first"].gt(today).any():
        phase = "akan_datang"
    else:
        phase = "selesai" if undated(rows).empty else "tanpa_tanggal"
    return {
        "concern": "; ".join(concerns) if concerns else None,
        "date_start": pd.NaT if window.first is None else window.first,
        "date_end": pd.NaT if window.last is None else window.last,
        "n_rows": len(rows),
        "n_undated": len(undated(rows)),
        "phase": phase,
    }
