"""From settings, network and register to the inputs of a plan."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from analytics.kits import ELECTION_RULES
from analytics.plan_inputs import WIB, PlanInputs, PlanRules, plan_inputs
from data.plan_settings import PlanSettings
from data.plan_toml import to_toml
from geo.errors import ParameterError
from geo.network import BOAT, Network
from services.dataset import Dataset
from services.place_status import Restrictions, restrictions
from services.plan_fleet import fleet_rows, leg_classes
from services.plan_windows import place_area, sea_of, window_rows
from services.voters import kit_rules, kit_table, kit_totals

__all__ = ["setup"]


def setup(data: Dataset, settings: PlanSettings) -> tuple[PlanInputs, dict[str, Any]]:
    """Return the inputs of a plan, and what has to be said beside it.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or warehouse, or an election whose TPS are not known.
    PlanInputError
        When fleet, places or windows make no plan possible; it names every fault.
    """
    found = data.network
    tps = _tps(data, settings)
    vote = data.elections.set_index("election").loc[settings.election, "voting_date"].date()
    limits = restrictions(data)
    warehouse = _warehouses(data, settings, tps["desa_code"].unique())
    if shut := sorted(set(warehouse) & set(limits.closed)):
        raise ParameterError("warehouses", f"{shut[0]} (tutup)", "a warehouse that is not shut")
    network = _open(found.network, limits.closed)
    ways = pd.concat(
        [_ways(network, found.network, depot, desa) for depot, desa in warehouse.items()],
        ignore_index=True,
    )
    stops = _stops(ways, settings, vote)
    legs = [
        _legs(network, part, str(depot), found.fit.low_factor, found.fit.high_factor)
        for depot, part in ways.groupby("warehouse", sort=True)
    ]
    areas = place_area(found, settings)
    classed = leg_classes(_with_area(pd.concat(legs, ignore_index=True), areas), settings, limits)
    sea = sea_of(data, settings, classed, areas, vote)
    inputs = plan_inputs(
        stops,
        tps[["tps_id", "boxes"]].assign(place_code=tps["desa_code"]).reset_index(drop=True),
        classed.drop_duplicates(["from_code", "to_code", "mode", "vessel_class"]),
        fleet_rows(settings, stops),
        window_rows(data, settings, sea, vote),
        PlanRules(**asdict(settings.service)),
        None if settings.now is None else pd.Timestamp(settings.now),
    )
    told = {"sea": sea.notes, "kits": kit_totals(tps), "places": _places(limits, ways)}
    return inputs, {**_notes(data, settings), **told}


def _tps(data: Dataset, settings: PlanSettings) -> pd.DataFrame:
    """Return the TPS that are planned, with their boxes."""
    tps = data.tps[data.tps["election"].eq(settings.election)]
    tps = tps[tps["desa_code"].str.startswith(f"{settings.kabupaten}.")]
    known = settings.kabupaten in data.network.default_depots.index
    if tps.empty or not known or settings.election not in ELECTION_RULES:
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
    depots = data.network.depots.set_index("depot_id")
    chosen = settings.warehouses
    if not chosen:
        return {str(data.network.default_depots[settings.kabupaten]): sorted(desa)}
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
    """Return what is told of the piers and warehouses, JSON-ready."""
    used = {*ways["pier"], *ways["landing"], *ways["warehouse"]} - {""}
    return {
        "closed": limits.closed,
        "largest": {place: most for place, most in limits.largest.items() if place in used},
        "cut_off": ways.loc[ways["is_cut_off"], "place_code"].tolist(),
        "used": sorted(used),
    }


def _ways(network: Network, whole: Network, depot: str, desa: list[str]) -> pd.DataFrame:
    """Return for each desa where its way goes on board and ashore, empty for ways on land.

    A desa that the open network does not reach keeps its way over the whole one, of which the
    legs are then missing: it stays in the plan as what cannot be brought.
    """
    rows = []
    on_land = _land(network).minutes_from([depot]).loc[depot]
    reached = network.minutes_from([depot]).loc[depot]
    for code in desa:
        pier = landing = ""
        cut = not np.isfinite(reached[code])
        if not np.isfinite(on_land[code]):
            edges = (whole if cut else network).way(depot, code).edges
            crossing = np.flatnonzero(edges["mode"].eq(BOAT).to_numpy())
            pier = str(edges["from_node"].iloc[crossing[0]])
            landing = str(edges["to_node"].iloc[crossing[-1]])
        rows.append(
            {"place_code": code, "warehouse": depot, "pier": pier, "landing": landing,
             "is_cut_off": cut}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _land(network: Network) -> Network:
    return network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))


def _stops(ways: pd.DataFrame, settings: PlanSettings, vote: dt.date) -> pd.DataFrame:
    days = np.where(ways["pier"].ne(""), settings.island_days, settings.land_days)
    deadline = vote - dt.timedelta(days=settings.deadline_days)
    starts = [_at(vote - dt.timedelta(days=int(n)), settings.release) for n in days]
    if settings.now is not None:  # nothing leaves before it is planned
        starts = [max(start, pd.Timestamp(settings.now)) for start in starts]
    return ways.drop(columns="is_cut_off").assign(
        kabupaten=settings.kabupaten,
        release=starts,
        deadline=_at(deadline, settings.deadline),
        tps_per_escort=settings.tps_per_escort,
    )


def _at(day: dt.date, clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{day.isoformat()}T{clock}:00").tz_localize(WIB)


def _legs(
    network: Network, ways: pd.DataFrame, depot: str, low: float, high: float
) -> pd.DataFrame:
    """Return legs by truck, boat and local carrier with their spread.

    A boat leg between a pier and a landing takes the usual minutes of the whole way between them,
    a change of boats on the way included.
    """
    land = _land(network)
    island = ways[ways["pier"].ne("")]
    mainland = ways.loc[ways["pier"].eq(""), "place_code"].tolist()
    piers, landings = island["pier"].unique().tolist(), island["landing"].unique().tolist()
    parts = [_between(land, [depot, *mainland, *piers], "truck", low, high)]
    for pier in piers:
        own = island.loc[island["pier"].eq(pier), "landing"].unique().tolist()
        parts.append(_between(network, [pier, *own], "boat", 1.0, 1.0, network))
    for landing in landings:
        places = island.loc[island["landing"].eq(landing), "place_code"].tolist()
        parts.append(_between(land, [landing, *places], "local", low, high))
    return pd.concat(parts, ignore_index=True)


def _between(
    network: Network, nodes: list[str], mode: str, low: float, high: float,
    spread: Network | None = None,
) -> pd.DataFrame:  # fmt: skip
    minutes = network.minutes_from(nodes)[nodes]
    minutes.index.name, minutes.columns.name = "from_code", "to_code"
    table = minutes.reset_index().melt("from_code", value_name="usual_min")
    table = table[table["from_code"].ne(table["to_code"]) & np.isfinite(table["usual_min"])]
    table["usual_min"] = table["usual_min"].clip(lower=1.0)
    table = table.assign(
        mode=mode, low_min=table["usual_min"] * low, high_min=table["usual_min"] * high
    )
    if spread is not None:
        ways = [spread.way(a, b) for a, b in zip(table["from_code"], table["to_code"], strict=True)]
        table["low_min"] = np.minimum([way.minutes("low") for way in ways], table["usual_min"])
        table["high_min"] = np.maximum([way.minutes("high") for way in ways], table["usual_min"])
    return table


def _with_area(legs: pd.DataFrame, areas: dict[str, str]) -> pd.DataFrame:
    """Give each boat leg the sea area of its far end, as seen from the mainland pier."""
    ends = zip(legs["mode"], legs["from_code"], legs["to_code"], strict=True)
    named = [
        (areas.get(b) if b.startswith("L-") else areas.get(a)) or areas.get(a) or areas.get(b)
        if mode == "boat"
        else None
        for mode, a, b in ends
    ]
    return legs.assign(area=pd.Series(named, index=legs.index, dtype="object"))


def _notes(data: Dataset, settings: PlanSettings) -> dict[str, Any]:
    sites = data.network.network.nodes
    islets = sites[
        sites["kind"].eq("tps_site") & sites["unit_code"].str.startswith(settings.kabupaten)
    ]
    rows = [(row.mode, settings.origins.get(row.name)) for row in settings.fleet]
    return {
        "islets_without_desa": islets["name"].tolist(),
        "fleet_basis": [
            {"mode": mode, "basis": o.basis, "note": o.note, "source_url": o.source_url}
            for mode, o in rows
            if o is not None
        ],
        "settings": to_toml(settings),
    }
