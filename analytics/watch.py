"""Which election a report belongs to, and what was found in each stage the team watches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analytics.dates import Days, day, day64, days_of, span_days
from analytics.places import Ints, place_codes, touches
from analytics.selection import known_on
from analytics.stages import (
    DEFAULTS,
    SOCIAL_STAGE,
    StageParams,
    bounds,
    stages_in_force,
    undated,
    window_of,
)
from analytics.tally import require_families, tally

AFTER_VOTE = ("rekapitulasi", "sengketa_hasil", "pelantikan", "pasca_pemilu")
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
) -> pd.DataFrame:
    """Return what the team watches in each stage of each election, and what was found.

    Parameters
    ----------
    stages
        The table of stages.
    reports
        Reports with the column ``election`` (`election_of`); those not known on the day and zero
        reports are left out here.
    watched
        Keys of the stages to list, in that order.
    families
        Families to count.
    as_of
        The day of knowledge.
    params
        How open rows are read.

    Returns
    -------
    DataFrame
        One row per election (in the order of their first appearance in ``stages``) and watched
        stage: ``election``, ``stage``, ``concern`` (NA where the election names none),
        ``date_start``, ``date_end`` (first and last known day), ``n_rows``, ``n_undated``,
        ``phase`` (``berjalan``, ``akan_datang``, ``selesai``, ``tanpa_tanggal``,
        ``tidak_ada_tahapan``), ``reports_<family>``, ``affairs_<family>``, and ``state``:
        ``ada_laporan`` or ``tidak_ditemukan``. Nothing found in the sources never means safe.
    """
    require_families(reports, families)
    elections = list(dict.fromkeys(stages["election"]))
    cells = pd.MultiIndex.from_product([elections, list(watched)], names=["election", "stage"])
    known = reports[known_on(reports, as_of)]
    places = pd.MultiIndex.from_arrays([known["election"], known["stage"]])
    counts = tally(cells.get_indexer(places).astype(np.int64), cells, known, families)
    today = day(as_of)
    described = [
        _describe(stages[stages["election"].eq(e) & stages["stage"].eq(s)], today, params)
        for e, s in cells
    ]
    table = pd.DataFrame(described, index=cells, columns=DESCRIBED).join(counts)
    found = counts[[f"reports_{f}" for f in families]].gt(0).any(axis=1)
    table["state"] = np.where(found, "ada_laporan", "tidak_ditemukan")
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
