"""The inputs of a plan from settings, network and register: voters, kits, and what is open when."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.network.open_times import FERRY_HOURS
from analytics.network.sea_windows import daylight
from analytics.plan.inputs import PlanInputs, PlanRules, plan_inputs
from analytics.plan.kits import KitRules, kits
from data.network.sea import known_areas, pier_areas
from data.paths import PROVINCE_FILE
from data.plan.settings import MODES, PlanSettings
from data.plan.toml import to_toml
from data.province import province, zone
from geo.errors import ParameterError
from geo.network.graph import BOAT, Network
from services.dataset import Dataset
from services.network.build import NetworkSet, network_of
from services.network.piers import Restrictions, restrictions
from services.network.restricted import limit_row, without_roads
from services.network.sea import caution, own_limits, series_of, windows_of_series
from services.plan.hands.road_limits import by_road_limits, days_of
from services.plan.islets import crossings_of, islet_rows, islet_stands, served_places, stop_codes
from services.plan.settings import fleet_rows, leg_classes, vehicle_class
from services.plan.ways import Reach, ferry_notes, find_ways, reach, way_legs, with_area

__all__ = ["kit_rules", "kit_table", "kit_totals", "setup", "tps_with_voters"]


def tps_with_voters(data: Dataset, tps: pd.DataFrame) -> pd.DataFrame:
    """Return ``tps``, rows of the table of that name, with their voters.

    Columns ``voters`` and ``additional`` are missing where no list is loaded.
    """
    rows = data.read("tps_voters")
    by_kind = rows.pivot_table(index="tps_id", columns="kind", values="total", aggfunc="sum")
    for name, kind in (("voters", "dpt"), ("additional", "dptb")):
        known = by_kind[kind] if kind in by_kind else pd.Series(dtype="Int64")
        tps = tps.assign(**{name: tps["tps_id"].map(known).astype("Int64")})
    return tps


def kit_rules(election: str, reserve_pct: float | None = None) -> KitRules:
    """Return what one TPS of an election gets, with another reserve if one is given.

    Raises
    ------
    ParameterError
        For an election without rules, or a reserve below 2 or above 10 percent.
    """
    known = province().elections
    if election not in known:
        raise ParameterError("election", election, ", ".join(known))
    try:
        rules = KitRules(len(known[election].contests), **known[election].kits.model_dump())
    except ParameterError as err:
        key = f"{PROVINCE_FILE}: elections.{election}.kits.{err.name}"
        raise ParameterError(key, err.value, err.expected) from err
    return rules if reserve_pct is None else replace(rules, reserve_pct=reserve_pct)


def kit_table(data: Dataset, tps: pd.DataFrame, rules: KitRules) -> pd.DataFrame:
    """Return rows of the register with their voters and their kits.

    Ballots cover the fixed list and its reserve; those of additional voters come out of other TPS's
    ballots and stand in ``additional``. ``tps`` are rows of the table of that name, with an index
    of their own (`kits`).
    """
    known = tps_with_voters(data, tps)
    return known.join(kits(known, rules))


def kit_totals(table: pd.DataFrame) -> dict[str, Any]:
    """Return totals of a table of kits; those of ballots None while any TPS has no voters.

    ``table`` is what `kit_table` returns.
    """
    reported = int(table["voters"].notna().sum())
    whole = reported == len(table) and reported > 0
    ballots = ("voters", "reserve", "ballots_per_contest", "ballots")
    return {
        "tps": len(table),
        "tps_with_voters": reported,
        **{name: int(table[name].sum()) for name in ("boxes", "booths", "ink")},
        **{name: int(table[name].sum()) if whole else None for name in ballots},
    }


WINDOW_COLUMNS = ("scope", "key", "vessel_class", "opens", "closes", "is_open")


@dataclass(frozen=True, eq=False)
class Sea:
    """What is known of the sea on the days of a plan.

    Attributes
    ----------
    windows
        Rows of the windows of the plan, from the imported series.
    notes
        JSON-ready: ``areas`` of the plan, ``series`` (first and last time of the imported series
        by area), ``set`` (areas with windows of the settings), ``missing`` (neither),
        ``wave_factor``, ``strictest`` (limits of imported legs that hold for a whole area), and
        ``caution``: what was published of the missing ones in that month.
    """

    windows: pd.DataFrame = field(repr=False)
    notes: dict[str, Any]


def place_area(found: NetworkSet, settings: PlanSettings) -> dict[str, str]:
    """Return the sea area of each pier and landing; one that no table knows takes the nearest's."""
    table = pier_areas()
    areas = dict(zip(table["pier_id"], table["area"], strict=True)) | settings.sea.areas
    piers = found.piers.set_index("pier_id")[["lon", "lat"]]
    known = piers[piers.index.isin(areas)]
    for pier in piers.index.difference(known.index):
        apart = ((known - piers.loc[pier]) ** 2).sum(axis=1)
        areas[str(pier)] = areas[str(apart.idxmin())]
    return areas


def sea_of(
    data: Dataset,
    settings: PlanSettings,
    legs: pd.DataFrame,
    areas_at: dict[str, str],
    vote: dt.date,
) -> Sea:
    """Return what is known of the sea areas of a plan: from settings, from the series, or nothing.

    Open windows of the settings go before the series of the same area. An imported leg with a
    limit of its own makes it that of the whole area, on the safe side. Of ``legs``, as
    `PlanInputs` has them, `area`, `mode`, `from_code` and `to_code` are read.
    """
    areas = sorted(set(legs["area"].dropna()))
    boats = legs[legs["mode"].eq("boat")]
    used = set(boats["from_code"]) | set(boats["to_code"])
    strictest = own_limits(network_of(data), areas_at, used)
    own = {row.key for row in settings.windows if row.scope == "area" and row.is_open}
    days = max(settings.island_days, settings.land_days)
    first = _at(vote - dt.timedelta(days=days), "00:00")
    last = _at(vote - dt.timedelta(days=settings.deadline_days), settings.deadline)
    windows = pd.DataFrame(columns=list(WINDOW_COLUMNS))
    reported: dict[str, list[str]] = {}
    asked = [area for area in areas if area not in own]
    if settings.sea.use_series and asked:
        series = series_of(data, asked, first, last)
        if len(series):
            windows = windows_of_series(series, settings.sea.wave_factor, strictest)
        ends = series.groupby("area")["time"].agg(["min", "max"])
        reported = {str(area): [a.isoformat(), b.isoformat()] for area, a, b in ends.itertuples()}
    missing = [area for area in asked if area not in reported]
    notes = {
        "areas": areas,
        "set": sorted(own & set(areas)),
        "series": reported,
        "missing": missing,
        "wave_factor": settings.sea.wave_factor,
        "strictest": {area: list(own) for area, own in strictest.items() if area in reported},
        "caution": caution(missing, vote.month),
    }
    return Sea(windows, notes)


def window_rows(data: Dataset, settings: PlanSettings, sea: Sea, vote: dt.date) -> pd.DataFrame:
    """Return all windows of a plan, as `PlanInputs` has them.

    Open windows of a mode stand in place of its hours of the day on which they open.

    Raises
    ------
    ParameterError
        For a window of a mode, sea area or place that is unknown: it would have no effect.
    """
    known = {
        "mode": {*MODES, FERRY_HOURS},
        "area": {*known_areas(), *settings.sea.areas.values()},
        "place": set(network_of(data).network.ids),
    }
    for row in settings.windows:
        if row.key not in known[row.scope]:
            names = "a place of the network" if row.scope == "place" else sorted(known[row.scope])
            raise ParameterError(f"windows {row.scope}", row.key, str(names))
    days = max(settings.island_days, settings.land_days)
    last = vote - dt.timedelta(days=settings.deadline_days)
    first = vote - dt.timedelta(days=days)
    given = {
        (row.key, row.opens.astimezone(zone()).date())
        for row in settings.windows
        if row.scope == "mode" and row.is_open
    }
    rows = [
        {
            "scope": "mode",
            "key": mode,
            "vessel_class": None,
            "opens": opens,
            "closes": closes,
            "is_open": True,
        }
        for mode in (*MODES, FERRY_HOURS)
        for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        if (mode, day) not in given
        for opens, closes in [_hours(data, settings, mode, day)]
    ]
    for row in settings.windows:
        rows.append(
            {
                "scope": row.scope,
                "key": row.key,
                "vessel_class": row.vessel_class or None,
                "opens": pd.Timestamp(row.opens),
                "closes": pd.Timestamp(row.closes),
                "is_open": row.is_open,
            }
        )
    made = pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))
    if len(sea.windows):
        made = pd.concat([made, sea.windows], ignore_index=True)
    return for_labels(made, settings)


def for_labels(windows: pd.DataFrame, settings: PlanSettings) -> pd.DataFrame:
    """Repeat ``windows`` (`PlanInputs`) of a vessel class for boats of it that are slow or fast."""
    parts = [windows]
    labels = {(row.vessel_class, vehicle_class(row)) for row in settings.fleet if row.vessel_class}
    for vessel, label in sorted(labels):
        if vessel != label:
            own = windows[windows["vessel_class"].eq(vessel)]
            parts += [own.assign(vessel_class=label)] if len(own) else []
    return pd.concat(parts, ignore_index=True)


def _hours(
    data: Dataset, settings: PlanSettings, mode: str, day: dt.date
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the working hours that begin on a day, those of boats inside daylight."""
    begin, end = getattr(settings.hours, mode)
    opens, closes = _at(day, begin), _at(day + dt.timedelta(days=int(end < begin)), end)
    if mode != "boat" or settings.hours.night_crossing:
        return opens, closes
    units = data.units.set_index("code")
    lon, lat = (float(units[name][settings.kabupaten]) for name in ("lon", "lat"))
    rise, fall = daylight(day, lon, lat, zone())
    return max(opens, rise), min(closes, fall)


def _at(day: dt.date, clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{day.isoformat()}T{clock}:00").tz_localize(zone())


def setup(data: Dataset, settings: PlanSettings) -> tuple[PlanInputs, dict[str, Any]]:
    """Return the inputs of a plan, and the notes on them.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or warehouse, or an election whose TPS are not known.
    PlanInputError
        When fleet, places or windows make no plan possible; it names every fault.
    """
    found = network_of(data)
    tps = _tps(data, settings)
    stands = islet_stands(data, settings)
    tps = tps.assign(place_code=stop_codes(tps, stands))
    vote = data.voting_day(settings.election)
    limits = restrictions(data, days_of(settings, vote))
    warehouse = served_places(_warehouses(data, settings, tps["desa_code"].unique()), tps)
    if shut := sorted(set(warehouse) & set(limits.closed)):
        raise ParameterError("warehouses", f"{shut[0]} (tutup)", "a warehouse that is not shut")
    first, _ = days_of(settings, vote)
    network = without_roads(_open(found.network, limits.closed), limits.roads)
    every = reach(found.network, found, settings, first)
    some = reach(network, found, settings, first)
    boxes = tps.groupby("place_code")["boxes"].sum()
    ways = pd.concat(
        [find_ways(some, every, depot, p, boxes, settings) for depot, p in warehouse.items()],
        ignore_index=True,
    )
    stops = _stops(ways, settings, vote)
    areas = place_area(found, settings)
    rest = ways, areas, settings, limits
    classed = _legs(some, *rest)

    def trucks_for(boxes: int) -> pd.DataFrame:
        takes = without_roads(network, limits.roads, boxes)
        return _legs(reach(takes, found, settings, first), *rest)

    fleet, classed = by_road_limits(fleet_rows(settings, stops), classed, limits.roads, trucks_for)
    sea = sea_of(data, settings, classed, areas, vote)
    inputs = plan_inputs(
        stops,
        tps[["tps_id", "boxes", "place_code"]].reset_index(drop=True),
        classed.drop_duplicates(["from_code", "to_code", "mode", "vessel_class"]),
        fleet,
        window_rows(data, settings, sea, vote),
        PlanRules(**asdict(settings.service), docks=_docks(found, settings, ways)),
        None if settings.now is None else pd.Timestamp(settings.now),
    )
    reported: dict[str, Any] = {
        "sea": sea.notes,
        "kits": kit_totals(tps),
        "places": _places(limits, ways),
        "roads": {"error_sd": found.fit.error_sd},
        "islets": islet_rows(data, settings, stands, tps["tps_id"]),
        "crossings": crossings_of(some, ways),
        "ferries": ferry_notes(some, ways, settings),
        "of_other_election": _other_election(found, settings, ways),
    }
    return inputs, {**_notes(settings), **reported}


def _legs(
    takes: Reach,
    ways: pd.DataFrame,
    areas: dict[str, str],
    settings: PlanSettings,
    limits: Restrictions,
) -> pd.DataFrame:
    """Return the legs of all warehouses by class, over what may be used."""
    legs = [
        way_legs(takes, part, str(depot)) for depot, part in ways.groupby("warehouse", sort=True)
    ]
    return leg_classes(with_area(pd.concat(legs, ignore_index=True), areas), settings, limits)


def _tps(data: Dataset, settings: PlanSettings) -> pd.DataFrame:
    """Return the TPS that are planned, with their boxes."""
    tps = data.tps[data.tps["election"].eq(settings.election)]
    tps = tps[tps["desa_code"].str.startswith(f"{settings.kabupaten}.")]
    known = settings.kabupaten in network_of(data).default_depots
    if tps.empty or not known or settings.election not in province().elections:
        expected = "a kabupaten and election whose TPS and warehouse are known"
        raise ParameterError("kabupaten", (settings.kabupaten, settings.election), expected)
    if settings.include:
        inside = tps["desa_code"].str.startswith(tuple(f"{c}." for c in settings.include))
        chosen = inside | tps["desa_code"].isin(settings.include)
        for code in settings.include:
            own = tps["desa_code"]
            if not (own.eq(code) | own.str.startswith(f"{code}.")).any():
                raise ParameterError("include", code, "a kecamatan or desa with TPS")
        tps = tps[chosen]
    table = kit_table(data, tps, kit_rules(settings.election, settings.reserve_pct))
    return table.assign(boxes=table["boxes"].astype("int64"))


def _warehouses(data: Dataset, settings: PlanSettings, desa: Any) -> dict[str, list[str]]:
    """Return the desa that each warehouse serves."""
    depots = network_of(data).depots.set_index("depot_id")
    chosen = settings.warehouses
    if not chosen:
        own = network_of(data).depot_for(settings.kabupaten, settings.election)
        return {own: sorted(desa)}
    for house in chosen:
        if house.depot_id not in depots.index:
            raise ParameterError("warehouses", house.depot_id, ", ".join(sorted(depots.index)))
    general = next((h.depot_id for h in chosen if not h.kecamatan), None)
    of = {code: house.depot_id for house in chosen for code in house.kecamatan}
    served: dict[str, list[str]] = {}
    for code in sorted(desa):
        depot = of.get(code) or of.get(code.rpartition(".")[0]) or general
        if depot is None:
            raise ParameterError("warehouses", code, "a warehouse for this desa")
        served.setdefault(depot, []).append(code)
    return served


def _open(network: Network, closed: dict[str, str]) -> Network:
    """Return the network without the boat legs that touch a pier or landing that is shut."""
    edges = network.edges
    touched = edges["from_node"].isin(closed) | edges["to_node"].isin(closed)
    return network.without(np.flatnonzero((edges["mode"].eq(BOAT) & touched).to_numpy()))


def _places(limits: Restrictions, ways: pd.DataFrame) -> dict[str, Any]:
    """Return the reported state of the piers and warehouses, JSON-ready."""
    used = {*ways["pier"], *ways["landing"], *ways["warehouse"]} - {""}
    return {
        "closed": limits.closed,
        "largest": {place: most for place, most in limits.largest.items() if place in used},
        "cut_off": ways.loc[ways["is_cut_off"], "place_code"].tolist(),
        "used": sorted(used),
        "roads": [limit_row(one) for one in limits.roads],
    }


def _docks(found: NetworkSet, settings: PlanSettings, ways: pd.DataFrame) -> dict[str, int]:
    """Return how many vehicles may load at each warehouse and pier of a plan at the same time."""
    docks = settings.docks
    for place in docks.places:
        if place not in found.network.ids:
            raise ParameterError("docks places", place, "a warehouse or pier of the network")
    used = dict.fromkeys(ways["warehouse"], docks.warehouse)
    used |= dict.fromkeys(ways.loc[ways["pier"].ne(""), "pier"], docks.pier)
    return {str(place): docks.places.get(str(place), n) for place, n in used.items()}


def _other_election(
    found: NetworkSet, settings: PlanSettings, ways: pd.DataFrame
) -> list[dict[str, str]]:
    """Return the warehouses of a plan that are known of another election only, JSON-ready."""
    rows = found.depots[found.depots["depot_id"].isin(ways["warehouse"])]
    rows = rows[rows["election"].ne(settings.election)]
    pairs = zip(rows["depot_id"], rows["election"], strict=True)
    return [{"depot_id": str(depot), "election": str(election)} for depot, election in pairs]


def _stops(ways: pd.DataFrame, settings: PlanSettings, vote: dt.date) -> pd.DataFrame:
    island = ways["pier"].ne("") | ways["by_ferry"]
    days = np.where(island, settings.island_days, settings.land_days)
    deadline = _at(vote - dt.timedelta(days=settings.deadline_days), settings.deadline)
    starts = [_at(vote - dt.timedelta(days=int(n)), settings.release) for n in days]
    now = None if settings.now is None else pd.Timestamp(settings.now)
    if now is not None and now < deadline:  # nothing leaves before it is planned
        starts = [max(start, now) for start in starts]
    return ways[["place_code", "warehouse", "pier", "landing"]].assign(
        kabupaten=settings.kabupaten,
        release=starts,
        deadline=deadline,
        tps_per_escort=settings.tps_per_escort,
    )


def _notes(settings: PlanSettings) -> dict[str, Any]:
    rows = [(row.mode, settings.origins.get(row.name)) for row in settings.fleet]
    return {
        "fleet_basis": [
            {"mode": mode, "basis": o.basis, "note": o.note, "source_url": o.source_url}
            for mode, o in rows
            if o is not None
        ],
        "settings": to_toml(settings),
    }
