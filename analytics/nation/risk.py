"""Risk of every TPS of one kabupaten on a day, with the components and indices of the pages.

What a nation does not hold stays unknown, never zero: the score of the kabupaten, receipts, and
indicators of communication and of earlier logistics. Travel between desa is a proxy, since there
are no roads: straight lines with `analytics.nation.ways.WayRules`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from analytics.hotspots.weights import metric_points
from analytics.nation.plans import stops_of
from analytics.nation.rows import as_reports
from analytics.nation.ways import WayRules
from analytics.network.remoteness import RemotenessParams, pert_quantile
from analytics.risk.components import (
    IndicatorState,
    desa_field,
    has_any,
    indicator_state,
    load_part,
    remoteness_parts,
    value_table,
)
from analytics.risk.index import Part, score, tier_of
from analytics.risk.indicator_weights import indicator_weights
from analytics.risk.params import INDICES, LoadParams, RiskParams
from geo.errors import ParameterError

Floats = npt.NDArray[np.float64]
COLUMNS = (
    "tps_id", "desa_code", "keamanan", "keamanan_tier", "keamanan_low", "keamanan_high",
    "logistik", "logistik_tier", "cakupan",
)  # fmt: skip
STANDS_FOR = {
    "i01": "riwayat_kekerasan",
    "i02": "riwayat_intimidasi",
    "i03": "hasutan_sara",
    "i04": "wilayah_rawan_konflik",
    "i05": "penolakan_pemungutan",
    "i06": "riwayat_psu",
    "i07": "politik_uang",
    "i08": "kpps_kampanye",
    "i09": "netralitas_asn",
    "i10": "riwayat_noken",
}
"""SIMULASI: which indicator of a real list an invented one weighs as."""
MOST_LOAD = 100.0
"""Largest load that `analytics.risk.params.LoadParams` takes for one half."""
_NO_COUNTS = pd.DataFrame(columns=["level", "unit_code", "indicator_id", "count", "tps_total"])


@dataclass(frozen=True)
class NationRisk:
    """What the risk of a nation takes for granted; every default is an assumption.

    Attributes
    ----------
    ways
        How long ways take.
    load_scale
        0.1 to 1,000: how many times the load of reports of ``RiskParams`` makes a component one
        half. Ten million reports are a hundred for each desa, where the parameters of a province
        are made for a few: with 1 the conflict of every desa would be full.
    campaign_days, quiet_days
        1 to 365 and 0 to 30: length of the campaign, and of the quiet days between it and the vote.
    """

    ways: WayRules = field(default_factory=WayRules)
    load_scale: float = 20.0
    campaign_days: int = 75
    quiet_days: int = 3

    def __post_init__(self) -> None:
        ranges = {"load_scale": (0.1, 1000), "campaign_days": (1, 365), "quiet_days": (0, 30)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")

    def stages(self, voting_date: dt.date) -> pd.DataFrame:
        """Return ``stage``, ``date_start`` and ``date_end`` around a vote."""
        vote = pd.Timestamp(voting_date)
        day = pd.Timedelta(days=1)
        quiet = vote - self.quiet_days * day
        rows = [
            ("kampanye", quiet - self.campaign_days * day, quiet - day),
            ("masa_tenang", quiet, vote - day),
            ("pemungutan_penghitungan", vote, vote + day),
        ]
        rows = [row for row in rows if row[1] <= row[2]]
        return pd.DataFrame(rows, columns=["stage", "date_start", "date_end"])


@dataclass(frozen=True, eq=False)
class KnownOfTps:
    """What is known of the TPS of a kabupaten; rows of others may be among them.

    Attributes
    ----------
    units
        ``code``, ``level``, ``lon``, ``lat``.
    islands
        ``desa_code``, ``island_id``.
    tps
        ``tps_id``, ``desa_code``.
    indicators
        ``tps_id``, ``indicator`` (keys of `STANDS_FOR`), ``value`` (0 or 1); no row: not known.
    placed
        As for `analytics.nation.rows.as_reports`. Reports of other kabupaten that are among them
        reach over the border; without them nothing does.
    depots, legs
        As for `analytics.nation.plans.kabupaten_plan`.
    """

    units: pd.DataFrame = field(repr=False)
    islands: pd.DataFrame = field(repr=False)
    tps: pd.DataFrame = field(repr=False)
    indicators: pd.DataFrame = field(repr=False)
    placed: pd.DataFrame = field(repr=False)
    depots: pd.DataFrame = field(repr=False)
    legs: pd.DataFrame = field(repr=False)


def kabupaten_risk(
    kabupaten: str,
    frames: KnownOfTps,
    as_of: dt.date,
    voting_date: dt.date,
    params: RiskParams,
    rules: NationRisk | None = None,
) -> pd.DataFrame:
    """Return the risk of each TPS of a kabupaten, as known on a day.

    Parameters
    ----------
    kabupaten
        Its code.
    known
        See `KnownOfTps`.
    as_of, voting_date
        The day of knowledge, and that of the vote.
    params
        Parameters of the indices.
    rules
        See `NationRisk`.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per TPS in the order of ``frames.tps``: ``keamanan`` and ``logistik``
        (index, 0 to 1, NaN where nothing is known), their tiers (`analytics.risk.params.TIERS`, or
        ``belum_cukup`` where too little is known), the ends between which the index of security
        may lie, ``cakupan`` (known share of the indicators).

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or warehouse.
    """
    rules = rules or NationRisk()
    mine = frames.tps[frames.tps["desa_code"].str.startswith(f"{kabupaten}.")].reset_index(
        drop=True
    )
    if mine.empty:
        raise ParameterError("kabupaten", kabupaten, "a kabupaten with TPS")
    params = _scaled(params, rules.load_scale)
    state, whole, recorded = _indicators(mine, frames.indicators, params)
    security = {
        "indikator": state.part(),
        **_reports(kabupaten, frames, mine["desa_code"], (as_of, voting_date), params, rules),
        "baseline": Part.unknown(len(mine)),
    }
    desa = sorted(set(mine["desa_code"]))
    places = desa_remoteness(kabupaten, frames.depots, frames.legs, desa, rules.ways)
    places = places.reindex(mine["desa_code"])
    difficulty = dict.fromkeys(INDICES["logistik"], Part.unknown(len(mine)))
    difficulty |= remoteness_parts(places, params.network)
    by_sea = places["sea_min"].ge(params.network.floor_sea_min).to_numpy(dtype=bool)
    columns: dict[str, object] = {"tps_id": mine["tps_id"], "desa_code": mine["desa_code"]}
    for name, parts, floor in (("keamanan", security, recorded), ("logistik", difficulty, by_sea)):
        own = params.index(name)
        found = score(parts, own)
        columns[name], columns[f"{name}_low"] = found.index, found.low
        columns[f"{name}_high"] = found.high
        columns[f"{name}_tier"] = tier_of(found.index, found.coverage, whole.known, own, floor)
    frame = pd.DataFrame(columns | {"cakupan": whole.known})
    return frame[list(COLUMNS)].astype({"keamanan_tier": "str", "logistik_tier": "str"})


def kabupaten_in_reach(
    kabupaten: str, units: pd.DataFrame, params: RiskParams, rules: NationRisk | None = None
) -> list[str]:
    """Return the kabupaten whose reports may weigh on the TPS of one, itself among them.

    Parameters
    ----------
    kabupaten
        Its code.
    units
        ``code``, ``level``, ``lon``, ``lat``.
    params
        How far a report reaches, in minutes.
    rules
        See `NationRisk`.

    Returns
    -------
    list of str
        Sorted codes. Some may be too far by the way that there is; none that is near enough is
        left out, since no way is shorter than the straight line at the speed of the fastest mode.

    Raises
    ------
    ParameterError
        When no desa of the kabupaten is among ``units``.
    """
    ways = (rules or NationRisk()).ways
    desa = units[units["level"].eq("desa")]
    of = desa["code"].str.slice(0, 5)
    own = of.eq(kabupaten).to_numpy()
    if not own.any():
        raise ParameterError("kabupaten", kabupaten, "a kabupaten with desa")
    modes = ((ways.truck_kmh, ways.road_detour), (ways.boat_kmh, ways.sea_detour))
    reach_m = 1000 * max(kmh / detour for kmh, detour in modes) * params.reports.reach_min / 60
    points = metric_points(desa[["lon", "lat"]])
    near = cKDTree(points[own]).query(points, distance_upper_bound=reach_m)[0]
    return sorted({kabupaten, *of[np.isfinite(near)]})


def desa_remoteness(
    kabupaten: str, depots: pd.DataFrame, legs: pd.DataFrame, desa: list[str], ways: WayRules
) -> pd.DataFrame:
    """Return how far each desa is from the warehouse of its kabupaten.

    Parameters
    ----------
    kabupaten
        Its code.
    depots, legs
        As for `analytics.nation.plans.kabupaten_plan`.
    desa
        Codes of its desa.
    ways
        Minutes of a change between land and boat.

    Returns
    -------
    DataFrame
        Index ``desa``: ``p95_min`` (95th percentile, all legs of a way slow on the same day),
        ``mode_changes``, ``sea_min`` (usual minutes at sea). Missing where no way is known. The way
        is by truck alone, or over pier and landing.
    """
    own = legs[legs["kabupaten"].eq(kabupaten)]
    stops = stops_of(kabupaten, depots[depots["kabupaten"].eq(kabupaten)], own, desa)
    quantile = RemotenessParams().quantile
    low, usual, high = (
        own[f"{name}_min"].to_numpy(dtype=np.float64) for name in ("low", "usual", "high")
    )
    slow = pert_quantile(low, usual, high, quantile)
    ends = pd.MultiIndex.from_frame(own[["mode", "from_code", "to_code"]])
    times = pd.DataFrame({"usual": usual, "slow": slow}, index=ends)
    times = times[~times.index.duplicated()]

    def leg(mode: str, start: pd.Series, end: pd.Series) -> pd.DataFrame:
        keys = pd.MultiIndex.from_arrays([[mode] * len(stops), start, end])
        return times.reindex(keys).reset_index(drop=True)

    by_boat = stops["pier"].notna()
    place, landing = stops["place_code"], stops["landing"]
    truck = leg("truck", stops["warehouse"], stops["pier"].where(by_boat, place))["slow"]
    boat = leg("boat", stops["pier"], landing)
    carried = by_boat & landing.ne(place)
    local = leg("local", landing, place)["slow"].where(carried, 0.0)
    changes = by_boat.astype("int64") + carried
    late = truck + boat["slow"].where(by_boat, 0.0) + local + changes * ways.change_min
    return pd.DataFrame(
        {
            "p95_min": late.to_numpy(),
            "mode_changes": changes.to_numpy(),
            "sea_min": boat["usual"].where(by_boat, 0.0).to_numpy(),
        },
        index=pd.Index(desa, name="desa"),
    )


def travel_minutes(
    units: pd.DataFrame, islands: pd.DataFrame, ways: WayRules, to: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return usual minutes between desa: by road on one island, else by boat and two changes.

    Parameters
    ----------
    units
        Desa: ``code``, ``lon``, ``lat``.
    islands
        ``desa_code``, ``island_id``.
    ways
        Speeds, detours and changes.
    to
        Codes of the desa that ways lead to; None: all.

    Returns
    -------
    DataFrame
        Index the codes of ``units``, columns those of ``to``, in order; 0 from a desa to itself.
    """
    desa = units.set_index("code")
    ends = desa.index if to is None else pd.Index(to, name="code")
    at = desa.index.get_indexer(ends)
    xy_km = metric_points(desa[["lon", "lat"]]) / 1000.0
    km = np.hypot(xy_km[:, None, 0] - xy_km[None, at, 0], xy_km[:, None, 1] - xy_km[None, at, 1])
    island = islands.set_index("desa_code")["island_id"].reindex(desa.index).to_numpy()
    by_sea = ways.usual_min(km, "boat") + 2 * ways.change_min
    minutes = np.where(island[:, None] == island[None, at], ways.usual_min(km, "truck"), by_sea)
    minutes[at, np.arange(len(at))] = 0.0
    return pd.DataFrame(minutes, index=desa.index, columns=ends)


def _scaled(params: RiskParams, scale: float) -> RiskParams:
    """Return parameters whose loads of reports are a scale larger, up to the largest there is."""

    def scaled(load: LoadParams) -> LoadParams:
        return replace(load, half_load=min(MOST_LOAD, load.half_load * scale))

    return replace(params, conflict=scaled(params.conflict), potential=scaled(params.potential))


def _indicators(
    tps: pd.DataFrame, indicators: pd.DataFrame, params: RiskParams
) -> tuple[IndicatorState, IndicatorState, npt.NDArray[np.bool_]]:
    """Return what is known by weight and by number, and who is never in the lowest tier."""
    unknown = set(indicators["indicator"]) - set(STANDS_FOR)
    if unknown:
        raise ParameterError("indicator", sorted(unknown)[0], ", ".join(STANDS_FOR))
    listed = pd.DataFrame({"indicator_id": list(STANDS_FOR.values()), "low": 0.0, "high": 1.0})
    own = indicators[indicators["tps_id"].isin(tps["tps_id"])].reset_index(drop=True)
    values = pd.DataFrame(
        {
            "indicator_id": own["indicator"].map(STANDS_FOR),
            "tps_id": own["tps_id"],
            "desa_code": own["tps_id"].map(tps.set_index("tps_id")["desa_code"]),
            "value": own["value"].astype("float64"),
            "simulated": True,
        }
    )
    answers, _ = value_table(tps, listed, values)
    weight = indicator_weights(listed, _NO_COUNTS, answers, params.indicators)["weight"]
    weighed = indicator_state(tps, listed, values, weight.to_numpy(dtype=np.float64))
    floor = has_any(tps, listed, values, params.indicators.floor)
    return weighed, indicator_state(tps, listed, values), floor


def _reports(
    kabupaten: str,
    frames: KnownOfTps,
    desa_of_tps: pd.Series,
    days: tuple[dt.date, dt.date],
    params: RiskParams,
    rules: NationRisk,
) -> dict[str, Part]:
    """Return the components of reports by TPS on the first of two days, the second the vote."""
    as_of, vote = days
    kept = frames.placed[frames.placed["family"].isin(params.reports.families)]
    oldest = max(params.conflict.lookback_days, params.potential.lookback_days)
    recent = kept["date_event"].ge(pd.Timestamp(as_of) - pd.Timedelta(days=oldest))
    kept = kept[recent & kept["date_event"].le(pd.Timestamp(as_of))]
    near = {kabupaten, *kept["place_code"].str.slice(0, 5)}
    units = frames.units
    desa = units[units["level"].eq("desa") & units["code"].str.slice(0, 5).isin(near)]
    desa = desa.sort_values("code")
    own = desa["code"][desa["code"].str.startswith(f"{kabupaten}.")]
    minutes = travel_minutes(desa, frames.islands, rules.ways, list(own))
    reached = minutes.index[minutes.le(params.reports.reach_min).any(axis=1)]
    # What lies in a desa too far from all of these weighs nothing; left out it takes no room.
    far = kept["place_code"].isin(desa["code"]) & ~kept["place_code"].isin(reached)
    reports = as_reports(kept[~far])
    # A plain calendar: all was watched all the time.
    since = pd.Timestamp(as_of) - pd.Timedelta(days=oldest + 1)
    watched = pd.DataFrame(
        {"unit_code": sorted(near), "date_start": since, "date_end": pd.Timestamp(as_of)}
    )
    found = desa_field(reports, minutes, rules.stages(vote), watched, params)
    at = pd.Index(found.codes).get_indexer(pd.Index(desa_of_tps))
    parts = {}
    for name, load in (("konflik", found.conflict), ("potensi", found.potential)):
        part = load_part(found, load, [as_of])
        parts[name] = Part(*(a[0] for a in (part.bad, part.known, part.low, part.high))).at(at)
    return parts
