"""The distribution plan of a kabupaten: inputs from network and register, solved, audited, kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analytics.audit import Audit, audit
from analytics.kits import ELECTION_RULES, kits
from analytics.plan_inputs import WIB, PlanInputs, plan_inputs
from analytics.plan_json import to_document
from analytics.plan_solve import solve_plan
from data.plans import load_plan, read_plan, save_plan, saved_plans, shipped_fleet, write_plan
from geo.errors import ParameterError
from geo.network import BOAT, Network
from services.dataset import Dataset

__all__ = [
    "PlanAsked",
    "audit_document",
    "load_plan",
    "make_plan",
    "read_plan",
    "save_plan",
    "saved_plans",
    "write_plan",
]

_SHIFTS = {"truck": ("05:00", "19:00"), "boat": ("06:00", "17:30"), "local": ("05:00", "19:00")}
"""Working hours and daylight at sea: assumptions; no night crossing by default."""

_CARRIERS, _CARRIER_BOXES = 2, 50
"""Local carriers at each landing, and what one takes: assumptions."""


@dataclass(frozen=True)
class PlanAsked:
    """What the planner asks.

    Attributes
    ----------
    kabupaten
        Code of the kabupaten.
    election
        An election whose TPS are known desa by desa.
    island_days, land_days
        0 to 10: how many days before the vote the kits of islands, and the others, may leave.
    boats, trucks
        Number of vehicles; None for the default fleet.
    seed
        0 or above.
    seconds
        1 to 600: time for the search.
    """

    kabupaten: str
    election: str = "pemilu2024"
    island_days: int = 3
    land_days: int = 1
    boats: int | None = None
    trucks: int | None = None
    seed: int = 1
    seconds: float = 8.0

    def __post_init__(self) -> None:
        ranges = {
            "island_days": (1, 10),
            "land_days": (1, 10),
            "seed": (0, 2**31),
            "seconds": (1, 600),
        }
        ranges |= {"boats": (0, 100), "trucks": (0, 300)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ParameterError(name, value, f"{low} to {high}")


def make_plan(data: Dataset, asked: PlanAsked) -> dict[str, Any]:
    """Return an audited plan as the document of docs/plan-schema.md.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or warehouse, or an election whose TPS are not known.
    PlanInputError
        When fleet, places or windows make no plan possible; it names every fault.
    """
    inputs, notes = inputs_of(data, asked)
    plan = solve_plan(inputs, asked.seed, asked.seconds)
    about = {
        "election": asked.election,
        "kabupaten": asked.kabupaten,
        "kabupaten_name": str(data.names[asked.kabupaten]),
        "access": "terbatas",
        "asked": {k: v for k, v in vars(asked).items() if k not in {"kabupaten", "election"}},
        **notes,
    }
    document = to_document(plan, inputs, about=about)
    return to_document(plan, inputs, audit(document).verdict(), about)


def audit_document(document: dict[str, Any]) -> Audit:
    """Return the verdict on a plan document, whatever it says of itself."""
    return audit(document)


def inputs_of(data: Dataset, asked: PlanAsked) -> tuple[PlanInputs, dict[str, Any]]:
    """Return the inputs of a plan, and what has to be said beside it."""
    found = data.network
    depots = found.default_depots
    tps = data.tps[data.tps["election"].eq(asked.election)]
    tps = tps[tps["desa_code"].str.startswith(f"{asked.kabupaten}.")]
    if tps.empty or asked.kabupaten not in depots.index or asked.election not in ELECTION_RULES:
        expected = "a kabupaten and election whose TPS and warehouse are known"
        raise ParameterError("kabupaten", (asked.kabupaten, asked.election), expected)
    depot = str(depots[asked.kabupaten])
    vote = data.elections.set_index("election").loc[asked.election, "voting_date"].date()
    desa = sorted(tps["desa_code"].unique())
    ways = _ways(found.network, depot, desa)
    stops = _stops(ways, asked, depot, vote)
    boxes = kits(tps.assign(voters=pd.array([pd.NA] * len(tps), dtype="Int64")),
                 ELECTION_RULES[asked.election])["boxes"]  # fmt: skip
    rows = pd.DataFrame(
        {"tps_id": tps["tps_id"], "place_code": tps["desa_code"], "boxes": boxes.astype("int64")}
    )
    fleet = _fleet(asked, depot, stops)
    inputs = plan_inputs(
        stops,
        rows.reset_index(drop=True),
        _legs(found.network, ways, depot, found.fit.low_factor, found.fit.high_factor),
        fleet,
        _windows(vote, max(asked.island_days, asked.land_days)),
    )
    sites = found.network.nodes
    islets = sites[
        sites["kind"].eq("tps_site") & sites["unit_code"].str.startswith(asked.kabupaten)
    ]
    default = shipped_fleet()
    basis = default[default["kabupaten_code"].eq(asked.kabupaten)]
    notes = {
        "islets_without_desa": islets["name"].tolist(),
        "fleet_basis": basis[["mode", "basis", "note", "source_url"]].fillna("").to_dict("records"),
    }
    return inputs, notes


def _ways(network: Network, depot: str, desa: list[str]) -> pd.DataFrame:
    """Return for each desa where its way goes on board and ashore, empty for ways on land."""
    rows = []
    on_land = _land(network).minutes_from([depot]).loc[depot]
    for code in desa:
        pier = landing = ""
        if not np.isfinite(on_land[code]):
            edges = network.way(depot, code).edges
            crossing = np.flatnonzero(edges["mode"].eq(BOAT).to_numpy())
            pier = str(edges["from_node"].iloc[crossing[0]])
            landing = str(edges["to_node"].iloc[crossing[-1]])
        rows.append({"place_code": code, "pier": pier, "landing": landing})
    return pd.DataFrame(rows)


def _land(network: Network) -> Network:
    return network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))


def _stops(ways: pd.DataFrame, asked: PlanAsked, depot: str, vote: dt.date) -> pd.DataFrame:
    island = ways["pier"].ne("")
    days = np.where(island, asked.island_days, asked.land_days)
    return ways.assign(
        kabupaten=asked.kabupaten,
        warehouse=depot,
        release=[_at(vote - dt.timedelta(days=int(n)), "06:00") for n in days],
        deadline=_at(vote - dt.timedelta(days=1), "18:00"),
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


def _fleet(asked: PlanAsked, depot: str, stops: pd.DataFrame) -> pd.DataFrame:
    """Return vehicles one by one: trucks at the warehouse, boats at the piers by their load."""
    fleet = shipped_fleet()
    fleet = fleet[fleet["kabupaten_code"].eq(asked.kabupaten)].set_index("mode")
    rows = []
    trucks = asked.trucks if asked.trucks is not None else int(fleet.loc["truck", "vehicles"])
    for n in range(1, trucks + 1):
        rows.append(_vehicle(fleet.loc["truck"], f"TRUK-{n:02}", "truck", depot))
    by_pier = stops.loc[stops["pier"].ne(""), "pier"].value_counts()
    if len(by_pier):
        kind = fleet.loc["boat"] if "boat" in fleet.index else fleet.iloc[0]
        boats = asked.boats if asked.boats is not None else int(kind["vehicles"])
        order = np.repeat(by_pier.index.to_numpy(), by_pier.to_numpy())
        spread = [str(order[i * len(order) // max(boats, 1)]) for i in range(boats)]
        missing = [pier for pier in by_pier.index if pier not in spread]
        if asked.boats is None:
            spread += missing
        rows += [_vehicle(kind, f"PERAHU-{n:02}", "boat", pier) for n, pier in enumerate(spread, 1)]
        landings = stops.loc[stops["landing"].ne(""), "landing"].unique()
        for n, landing in enumerate(np.repeat(landings, _CARRIERS), 1):
            carrier = _vehicle(fleet.loc["truck"], f"LOKAL-{n:02}", "local", str(landing))
            rows.append({**carrier, "capacity_boxes": _CARRIER_BOXES})
    return pd.DataFrame(rows)


def _vehicle(kind: pd.Series, name: str, mode: str, base: str) -> dict[str, Any]:
    vessel = kind["vessel_class"] if mode == "boat" and pd.notna(kind["vessel_class"]) else ""
    return {
        "vehicle_id": name,
        "mode": mode,
        "base": base,
        "capacity_boxes": int(kind["capacity_boxes"]),
        "cost_per_hour": float(kind["cost_per_hour"]),
        "crew_hours": 12.0,
        "vessel_class": vessel,
    }


def _windows(vote: dt.date, days: int) -> pd.DataFrame:
    rows = [
        {
            "scope": "mode",
            "key": mode,
            "opens": _at(day, opens),
            "closes": _at(day, closes),
            "is_open": True,
        }
        for mode, (opens, closes) in _SHIFTS.items()
        for day in (vote - dt.timedelta(days=n) for n in range(1, days + 1))
    ]
    return pd.DataFrame(rows)
