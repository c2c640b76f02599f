"""The components of the two indices, each in [0, 1], per TPS and per kabupaten.

A kabupaten is rated as a whole without a register of TPS, or by reports known no finer than that.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.reports.dates import days_of
from analytics.reports.review.replay import stretches
from analytics.reports.selection import known_since
from analytics.risk.index import Part
from analytics.risk.params import LOGISTICS, LoadParams, LogisticsParams, RiskParams
from analytics.risk.report_weights import (
    Placed,
    affair_loads,
    place_reports,
    report_depth,
    saturated,
    stage_relevance,
    strengths,
    watched_share,
    weighing_reports,
)

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class IndicatorState:
    """What is known of the indicators of each TPS.

    Attributes
    ----------
    bad
        Sum of weight x value over what is known: 0 to 1.
    known
        Weight of what is known over the weight of the list: 0 to 1.
    open
        Sum of the weights of what is unknown: how far ``bad`` may rise.
    simulated
        Whether a simulated value is among them.
    """

    bad: Floats = field(repr=False)
    known: Floats = field(repr=False)
    open: Floats = field(repr=False)
    simulated: Bools = field(repr=False)

    def part(self) -> Part:
        """Return it as a component."""
        return Part(self.bad, self.known, self.bad, np.minimum(self.bad + self.open, 1.0))


def indicator_state(
    tps: pd.DataFrame, indicators: pd.DataFrame, values: pd.DataFrame, weights: Floats | None = None
) -> IndicatorState:
    """Return how much of the listed indicators is known, and how much is known to be so.

    Unit: weight of indicators; range 0 to 1; source: the list of the election cycle and what
    agencies report on it. A yes counts 1, a no 0, a number its place between the ``low`` and
    ``high`` of the list. **Missing is not zero**: an indicator without reports is unknown.

    Parameters
    ----------
    tps
        ``tps_id``, ``desa_code``.
    indicators
        ``indicator_id``, ``low``, ``high``: the list, or a part of it.
    values
        ``indicator_id``, ``tps_id`` (empty: of the whole desa), ``desa_code``, ``value``,
        ``simulated``; one per place and indicator. A TPS's own value beats that of its desa.
    weights
        (indicators,) from 0 on, together at most 1, in the order of the list; None: all the same.
    """
    listed = len(indicators)
    if not listed:
        nothing = np.zeros(len(tps))
        return IndicatorState(nothing, nothing, np.ones(len(tps)), nothing.astype(bool))
    table, made_up = value_table(tps, indicators, values)
    return weighed_state(
        table, made_up, np.full(listed, 1 / listed) if weights is None else weights
    )


def weighed_state(table: Floats, simulated: Bools, weights: Floats) -> IndicatorState:
    """Return the state of a table of values.

    Parameters
    ----------
    table
        TPS x indicators, 0 to 1, NaN where unknown.
    simulated
        (TPS,): whether a simulated value is in the row.
    weights
        (indicators,) from 0 on, together at most 1.
    """
    reported = ~np.isnan(table)
    total = float(weights.sum())
    count = reported.mean(axis=1) if total <= 0 else (reported * weights).sum(axis=1) / total
    bad = (np.nan_to_num(table) * weights).sum(axis=1)
    open_ = (~reported * weights).sum(axis=1)
    return IndicatorState(bad, np.where(reported.all(axis=1), 1.0, count), open_, simulated)


def has_any(
    tps: pd.DataFrame, indicators: pd.DataFrame, values: pd.DataFrame, named: Sequence[str]
) -> Bools:
    """Return which TPS are known to have one of some indicators, wholly or in part.

    ``tps``, ``indicators`` and ``values`` are as for `indicator_state`; ``named`` are indicator
    ids.
    """
    mine = indicators[indicators["indicator_id"].isin(list(named))].reset_index(drop=True)
    if mine.empty:
        return np.zeros(len(tps), dtype=np.bool_)
    table, _ = value_table(tps, mine, values)
    return np.asarray((np.nan_to_num(table) > 0).any(axis=1), dtype=np.bool_)


def value_table(
    tps: pd.DataFrame, indicators: pd.DataFrame, values: pd.DataFrame
) -> tuple[Floats, Bools]:
    """Return TPS x indicators as 0 to 1 (NaN where unknown), and which TPS have simulated ones.

    ``tps``, ``indicators`` and ``values`` are as for `indicator_state`.
    """
    column = pd.Series(np.arange(len(indicators)), index=indicators["indicator_id"])
    mine = values[values["indicator_id"].isin(column.index)]
    at = mine["indicator_id"].map(column).to_numpy(dtype=np.int64)
    low, high = (indicators[end].to_numpy(dtype=np.float64)[at] for end in ("low", "high"))
    scaled = ((mine["value"].to_numpy(dtype=np.float64) - low) / (high - low)).clip(0.0, 1.0)
    made_up = mine["simulated"].fillna(False).to_numpy(dtype=bool)
    of_desa = mine["tps_id"].isna().to_numpy(dtype=bool)
    desa, desa_codes = pd.factorize(tps["desa_code"])
    wide = np.full((len(desa_codes), len(indicators)), np.nan)
    wide_marks = np.zeros(wide.shape, dtype=bool)
    row = desa_codes.get_indexer(pd.Index(mine["desa_code"]))
    keep = of_desa & (row >= 0)
    wide[row[keep], at[keep]] = scaled[keep]
    wide_marks[row[keep], at[keep]] = made_up[keep]
    table, marks = wide[desa], wide_marks[desa]
    row = pd.Index(tps["tps_id"]).get_indexer(pd.Index(mine["tps_id"]))
    keep = ~of_desa & (row >= 0)
    table[row[keep], at[keep]] = scaled[keep]
    marks[row[keep], at[keep]] = made_up[keep]
    return table, np.asarray(marks.any(axis=1), dtype=np.bool_)


@dataclass(frozen=True, eq=False)
class LoadField:
    """Reports of one component and how far each reaches.

    Attributes
    ----------
    rows
        As `weighing_reports` returns them, of one component.
    placed
        Reports x places.
    load
        Decay in time.
    half_load
        Load at which the component is one half.
    """

    rows: pd.DataFrame = field(repr=False)
    placed: Placed = field(repr=False)
    load: LoadParams
    half_load: float


@dataclass(frozen=True, eq=False)
class Field:
    """Everything about reports that does not depend on the date.

    Attributes
    ----------
    codes
        Places: desa, or kabupaten.
    conflict, potential
        Reports that happened, and open potential ones.
    stages
        Rows of the election.
    coverage, nihil
        Who watched; see `watched_share`.
    params
        All parameters.
    """

    codes: tuple[str, ...]
    conflict: LoadField
    potential: LoadField
    stages: pd.DataFrame = field(repr=False)
    coverage: pd.DataFrame = field(repr=False)
    nihil: pd.DataFrame = field(repr=False)
    params: RiskParams = field(repr=False)

    def strengths(self, which: LoadField, dates: Sequence[dt.date]) -> Floats:
        """Return what each report weighs on each date at its own place (dates x reports)."""
        relevance = stage_relevance(self.stages, dates, self.params.relevance)
        return strengths(which.rows, relevance, dates, which.load, self.params.relevance)


def desa_field(
    reports: pd.DataFrame,
    minutes: pd.DataFrame,
    stages: pd.DataFrame,
    coverage: pd.DataFrame,
    params: RiskParams,
) -> Field:
    """Return the field of reports over desa.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    minutes
        See `analytics.risk.report_weights.place_reports`; its columns are the places.
    stages
        Rows of ``stages`` of the election.
    coverage
        Rows of ``coverage_periods``.
    """
    rows = weighing_reports(reports, params)
    conflict, potential = (rows[rows["component"].eq(c)] for c in ("konflik", "potensi"))
    return Field(
        codes=tuple(minutes.columns),
        conflict=LoadField(
            conflict,
            place_reports(conflict, minutes, params),
            params.conflict,
            params.conflict.half_load,
        ),
        potential=LoadField(
            potential,
            place_reports(potential, minutes, params),
            params.potential,
            params.potential.half_load,
        ),
        stages=stages,
        coverage=coverage,
        nihil=_nihil_known(reports, params),
        params=params,
    )


def _nihil_known(reports: pd.DataFrame, params: RiskParams) -> pd.DataFrame:
    """Return the zero reports with the days since which, and until which, each is known."""
    rows = reports[reports["kind"].eq("nihil")]
    found = stretches(rows, days_of(known_since(rows, params.reports.lag_days)))
    told = rows.iloc[found["row"]].reset_index(drop=True)
    return told.assign(known=found["known"], gone=found["gone"])


def load_part(field_: Field, which: LoadField, dates: Sequence[dt.date]) -> Part:
    """Return the component of reports on some dates (dates x places).

    Unit: saturated load; range 0 to 1; source: the store's reports as known on each date.
    ``bad`` is 1 - 2^(-load / half_load) of the affairs that count at the point. What is left is
    known to be calm as far as somebody watched (`watched_share`), and unknown for the rest: no
    report is not zero. The high end takes coarsely known reports where they weigh most.
    """
    strength = field_.strengths(which, dates)
    affairs = which.rows["perkara_id"]
    low, bad, high = (
        saturated(affair_loads(strength, place, affairs), which.half_load)
        for place in (which.placed.low, which.placed.point, which.placed.high)
    )
    watched = watched_share(field_.codes, field_.coverage, field_.nihil, dates, which.load)
    known = np.minimum(bad + watched * (1.0 - bad), 1.0)
    return Part(bad, known, np.minimum(low, bad), high + (1.0 - watched) * (1.0 - high))


def baseline_part(kabupaten: Sequence[str], baseline: pd.DataFrame) -> Part:
    """Return the regency baseline of places.

    Unit: score of the election's one instrument over 100; range 0 to 1; source: the published
    score of the very kabupaten. A category without a number, the province's score, or another
    instrument's is no score of the kabupaten: unknown.

    Parameters
    ----------
    kabupaten
        Code of the kabupaten of each place.
    baseline
        ``unit_code``, ``score`` (0 to 100) of one instrument.
    """
    scored = baseline[baseline["score"].notna()].drop_duplicates("unit_code", keep="last")
    score = pd.Series(list(kabupaten), dtype="str").map(scored.set_index("unit_code")["score"])
    value = score.to_numpy(dtype=np.float64) / 100.0
    known = ~np.isnan(value)
    return Part.of(np.where(known, value, 0.0), known.astype(np.float64))


def remoteness_parts(places: pd.DataFrame, params: LogisticsParams) -> dict[str, Part]:
    """Return remoteness and changes of mode of places.

    ``keterpencilan``: 95th percentile of the delivery time from the warehouse over ``late_min``,
    at most 1. ``moda``: mean of changes of mode over ``changes`` and usual minutes at sea over
    ``sea_min``, each at most 1. Unit: share; range 0 to 1; source: the network
    (`analytics.network.remoteness`), whose roads are estimates. No way known: unknown.

    Parameters
    ----------
    places
        ``p95_min``, ``mode_changes``, ``sea_min`` per place.
    params
        Scales.
    """
    late = places["p95_min"].to_numpy(dtype=np.float64)
    reached = np.isfinite(late)
    known = reached.astype(np.float64)
    far = np.where(reached, np.minimum(late / params.late_min, 1.0), 0.0)
    changes = places["mode_changes"].astype("Float64").to_numpy(dtype=np.float64, na_value=0.0)
    sea = places["sea_min"].fillna(0.0).to_numpy(dtype=np.float64)
    moda = 0.5 * np.minimum(changes / params.changes, 1.0) + 0.5 * np.minimum(
        sea / params.sea_min, 1.0
    )
    return {
        "keterpencilan": Part.of(far, known),
        "moda": Part.of(np.where(reached, moda, 0.0), known),
    }


def delivery_part(states: pd.DataFrame, params: LogisticsParams) -> Part:
    """Return the state of delivery of TPS.

    Unit: difficulty; range 0 to 1; source: reported hand-overs, values are assumptions of
    the product. The greatest of: that of the state; minutes behind the plan over ``behind_min``;
    ``short`` where pieces of the TPS are short or damaged. Nothing reported: unknown. A shortage
    reported for the whole desa is not of this TPS for certain: it raises the high end only.

    Parameters
    ----------
    states
        Per TPS: ``state``, ``late_min``, ``short``, ``damaged``, ``short_desa``,
        ``damaged_desa``; missing where nothing is reported.
    params
        Difficulty by state, scale of lateness.
    """
    value = states["state"].map(dict(params.states)).to_numpy(dtype=np.float64)
    known = ~np.isnan(value)
    behind = _filled(states["late_min"]).clip(min=0.0) / params.behind_min
    short = (_filled(states["short"]) > 0) | (_filled(states["damaged"]) > 0)
    value = np.maximum(np.where(known, value, 0.0), np.minimum(behind, 1.0))
    value = np.where(known, np.maximum(value, np.where(short, params.short, 0.0)), 0.0)
    maybe = (_filled(states["short_desa"]) > 0) | (_filled(states["damaged_desa"]) > 0)
    high = np.where(known, np.maximum(value, np.where(maybe, params.short, 0.0)), 1.0)
    bad = np.asarray(value, dtype=np.float64)
    return Part(bad, known.astype(np.float64), bad, np.asarray(high, dtype=np.float64))


def _filled(column: pd.Series) -> Floats:
    filled = column.astype("Float64").to_numpy(dtype=np.float64, na_value=0.0)
    return np.asarray(filled, dtype=np.float64)


def split_indicators(
    indicators: pd.DataFrame, params: LogisticsParams
) -> Mapping[str, pd.DataFrame]:
    """Return ``indicators`` (with ``variable``) by their component; none belongs to two."""
    network = indicators["variable"].isin(params.network_variables)
    logistic = indicators["variable"].isin(params.logistics_variables) & ~network
    return {
        "indikator": indicators[~network & ~logistic],
        "komunikasi": indicators[network],
        "riwayat": indicators[logistic],
    }


def kabupaten_field(
    reports: pd.DataFrame,
    kabupaten: Sequence[str],
    stages: pd.DataFrame,
    coverage: pd.DataFrame,
    params: RiskParams,
) -> Field:
    """Return the field of reports over kabupaten.

    A report counts whole in the kabupaten it is known to lie in, however finely it is known, and
    in no other; one known only to the province counts in none. There is no decay by travel time.
    The load that makes a component one half is ``kabupaten_half_load``.

    Parameters
    ----------
    reports
        The table ``reports`` without totals.
    stages, coverage, params
        As for `analytics.risk.components.desa_field`.
    """
    rows = weighing_reports(reports, params)
    fields = []
    for component, load in (("konflik", params.conflict), ("potensi", params.potential)):
        mine = rows[rows["component"].eq(component)]
        inside = np.zeros((len(mine), len(kabupaten)))
        deep = report_depth(mine) >= 1
        for n, (code, ok) in enumerate(zip(mine["unit_code"].astype(str), deep, strict=True)):
            for m, unit in enumerate(kabupaten):
                if ok and (code == unit or code.startswith(f"{unit}.")):
                    inside[n, m] = 1.0
        placed = Placed(inside, inside, inside)
        fields.append(LoadField(mine, placed, load, params.reports.kabupaten_half_load))
    return Field(
        tuple(kabupaten),
        fields[0],
        fields[1],
        stages,
        coverage,
        _nihil_known(reports, params),
        params,
    )


def kabupaten_logistics(
    places: pd.DataFrame, kabupaten: Sequence[str], params: LogisticsParams
) -> dict[str, Part]:
    """Return the logistic components of kabupaten.

    Remoteness and changes of mode are the mean over its desa offices, each counted once; all that
    is known per TPS only is unknown.

    Parameters
    ----------
    places
        ``unit_code`` and the columns of `remoteness_parts`, one row per desa office.
    params
        Scales.
    """
    at = pd.Index(kabupaten)
    own = places["unit_code"].str.split(".").str[:2].str.join(".")
    found = {name: Part.unknown(len(at)) for name in LOGISTICS}
    for name, part in remoteness_parts(places, params).items():
        frame = pd.DataFrame({"bad": part.bad, "known": part.known}).groupby(own.to_numpy()).mean()
        mean = frame.reindex(at).fillna(0.0)
        found[name] = Part.of(mean["bad"].to_numpy(), mean["known"].to_numpy())
    return found
