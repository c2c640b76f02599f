"""The scans of the Hotspot page: of space and time, of what is alive now, of space alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analytics.hotspots.recurrence import recurrence_months
from analytics.hotspots.scan import (
    ALIVE_DAYS,
    FEWEST_AFFAIRS,
    ScanParams,
    ScanResult,
    scan_space,
    scan_space_time,
)
from analytics.hotspots.scan_windows import Separation, separation_km, separation_minutes
from analytics.reports.periods import first_reports
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.areas import area_counts, area_voters, cut_steps, step_facts
from services.network.build import minutes_between
from services.worker.steps import told

if TYPE_CHECKING:
    from services.hotspots.analysis import AnalysisQuery, AnalysisView

SCANS = ("scan", "scan_prospective", "scan_poisson", "scan_space")


def params_of(query: AnalysisQuery) -> ScanParams:
    """Return the parameters that a method stands for."""
    alive = query.method == "scan_prospective"
    return ScanParams(
        model="calendar" if query.method == "scan_poisson" else "permutation",
        alive=alive,
        max_days=ALIVE_DAYS if alive else None,
        replicates=query.replicates,
        seed=query.seed,
    )


def scan(data: Dataset, view: AnalysisView) -> AnalysisView:
    """Scan the affairs of a view, each once, where and when it was first reported.

    Raises
    ------
    ParameterError
        For fewer than two steps of time, except in a purely spatial scan.
    """
    query = view.query
    voters = area_voters(data, query.level, query.election, query.resolution)
    apart = _separation(data, view, voters.index)
    in_space = query.method == "scan_space"
    steps = pd.DataFrame({"period": ["semua"], "start": [view.start], "end": [view.end]})
    if not in_space:
        steps = cut_steps(query.period, view.start, view.end)
        if len(steps) < 2:
            raise ParameterError("steps", len(steps), "at least 2 in the window")
    placed = view.reports[view.reports["area"].notna()]
    cases = _cases(data, view, first_reports(placed, steps), steps).reindex(voters.index)
    facts: dict[str, object] = {} if in_space else step_facts(placed, steps)
    if cases.to_numpy().sum() < FEWEST_AFFAIRS:
        return replace(view, reason="few_to_scan", facts=facts)
    if in_space:
        result = scan_space(
            cases["semua"], voters, apart, view.start, view.end, params_of(query), told()
        )
    else:
        within = steps.set_index("period")
        result = scan_space_time(cases, voters, apart, within, params_of(query), told())
    clusters = result.clusters
    if query.method == "scan_prospective":
        months = [recurrence_months(p) for p in clusters["p"]]
        clusters = clusters.assign(recurrence_months=pd.array(months, dtype="float64"))
    return replace(
        view,
        units=_in_clusters(view.units, result),
        clusters=clusters,
        facts=_facts(result, query) | facts,
    )


def _separation(data: Dataset, view: AnalysisView, codes: pd.Index) -> Separation:
    if view.query.circles == "minutes":
        return separation_minutes(minutes_between(data).loc[codes, codes])
    return separation_km(view.areas.geoseries[codes])


def _cases(
    data: Dataset, view: AnalysisView, reports: pd.DataFrame, steps: pd.DataFrame
) -> pd.DataFrame:
    query = view.query
    return area_counts(data, reports, view.areas, query.family, steps, query.resolution)


def _in_clusters(units: pd.DataFrame, result: ScanResult) -> pd.DataFrame:
    cluster = pd.Series(0, index=units.index, dtype="int64")
    p = pd.Series(np.nan, index=units.index)
    found = result.clusters
    for number, members, value in zip(found.index, found["members"], found["p"], strict=True):
        cluster[list(members)], p[list(members)] = int(number), float(value)
    marked = np.select([p.le(0.05), p.le(0.2)], ["klaster", "lemah"], default="")
    return units.assign(cluster=cluster, p=p, **{"class": marked})


def _facts(result: ScanResult, query: AnalysisQuery) -> dict[str, object]:
    params = result.params
    facts: dict[str, object] = {
        "model": params.model if result.method != "ruang" else "voters",
        "windows": result.n_windows,
        "replicates": params.replicates,
        "population_share": params.max_population_share,
        "min_cases": params.min_cases,
        "circles": query.circles,
        "voters": query.election,
        "seed": query.seed,
    }
    if result.method != "ruang":
        facts["time_share"] = params.max_time_share
    if params.max_days is not None:
        facts["max_days"] = params.max_days
    return facts


def affairs_in(view: AnalysisView, number: int) -> tuple[str, ...]:
    """Return the affairs that a cluster of a scan holds, sorted; ``number`` as in its clusters."""
    row = view.clusters.loc[number]
    steps = pd.DataFrame({"start": [row["period_start"]], "end": [row["period_end"]]})
    inside = view.reports[view.reports["area"].isin(row["members"])]
    return tuple(sorted(first_reports(inside, steps)["perkara_id"]))
