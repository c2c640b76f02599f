"""Inputs of a collection: counted boxes from desa offices to PPK, from PPK to the kabupaten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd

from analytics.plan_inputs import WIB, PlanInputs, PlanRules, plan_inputs
from analytics.plan_reverse import ReturnTimes
from geo.errors import ParameterError
from geo.network import BOAT, Network
from services.dataset import Dataset

_BOAT_BOXES, _TRUCK_BOXES = 20, 100
_HOURS = {"truck": ("05:00", "19:00"), "boat": ("06:00", "17:30"), "local": ("05:00", "19:00")}
"""What stands in where the plan has no vehicle or hours of a mode: assumptions."""


@dataclass(frozen=True)
class Hubs:
    """What is collected where.

    Attributes
    ----------
    hub_of
        Hub by member (desa office or PPK).
    member_of
        Member by stop of the plan: where the boxes of its TPS stand.
    boxes_per_truck
        One truck at a hub for so many boxes; None: the trucks of the plan.
    boxes_per_boat
        One boat at a pier for so many boxes.
    """

    hub_of: Mapping[str, str]
    member_of: Mapping[str, str]
    boxes_per_truck: int | None
    boxes_per_boat: int


def collection(
    data: Dataset, document: Mapping[str, Any], hubs: Hubs, times: ReturnTimes
) -> PlanInputs:
    """Return the inputs of one stage of the way back, in real time.

    Raises
    ------
    ParameterError
        When a hub or member is no place of the network.
    """
    network = data.network.network
    groups: dict[str, list[str]] = {}
    for member, hub in sorted(hubs.hub_of.items()):
        groups.setdefault(hub, []).append(member)
    known = set(network.nodes["node_id"])
    for place in (*groups, *hubs.hub_of):
        if place not in known:
            raise ParameterError("place_code", place, "a place of the network")
    land = network.without(np.flatnonzero(network.edges["mode"].eq(BOAT).to_numpy()))
    ways = pd.concat([_ways(network, land, hub, some) for hub, some in groups.items()])
    fit = data.network.fit
    legs = [
        _legs(network, land, part, (fit.low_factor, fit.high_factor))
        for _, part in ways.groupby("warehouse", sort=True)
    ]
    given = document["inputs"]
    tps = pd.DataFrame(given["tps"])[["tps_id", "place_code", "boxes"]]
    tps = tps.assign(place_code=tps["place_code"].map(hubs.member_of))
    ways = ways.assign(boxes=ways["place_code"].map(tps.groupby("place_code")["boxes"].sum()))
    stops = ways.assign(
        kabupaten=document["about"]["kabupaten"], release=times.ready, deadline=times.due
    )
    every = pd.concat(legs, ignore_index=True).drop_duplicates(["from_code", "to_code", "mode"])
    return plan_inputs(
        stops, tps, every,
        _fleet(given["fleet"], ways, hubs), _windows(given["windows"], times),
        PlanRules(**given["rules"]),
    )  # fmt: skip


def _ways(network: Network, land: Network, hub: str, members: Sequence[str]) -> pd.DataFrame:
    """Return for each member where its way from the hub goes on board and ashore, if it does."""
    on_land = land.minutes_from([hub]).loc[hub]
    rows = []
    for member in members:
        pier = landing = ""
        if not np.isfinite(on_land[member]):
            edges = network.way(hub, member).edges
            crossing = np.flatnonzero(edges["mode"].eq(BOAT).to_numpy())
            pier = str(edges["from_node"].iloc[crossing[0]])
            landing = str(edges["to_node"].iloc[crossing[-1]])
        rows.append({"place_code": member, "warehouse": hub, "pier": pier, "landing": landing})
    return pd.DataFrame(rows)


def _legs(
    network: Network, land: Network, ways: pd.DataFrame, spread: tuple[float, float]
) -> pd.DataFrame:
    hub = str(ways["warehouse"].iloc[0])
    island = ways[ways["pier"].ne("")]
    mainland = ways.loc[ways["pier"].eq(""), "place_code"]
    piers = island["pier"].unique()
    parts = [_between(land, [hub, *mainland, *piers], "truck", spread)]
    for pier, own in island.groupby("pier", sort=True):
        parts.append(_between(network, [str(pier), *own["landing"].unique()], "boat", (1.0, 1.0)))
    for landing, own in island.groupby("landing", sort=True):
        parts.append(_between(land, [str(landing), *own["place_code"]], "local", spread))
    return pd.concat(parts, ignore_index=True)


def _between(
    network: Network, nodes: Sequence[str], mode: str, spread: tuple[float, float]
) -> pd.DataFrame:
    places = list(dict.fromkeys(map(str, nodes)))
    minutes = network.minutes_from(places)[places]
    minutes.index.name, minutes.columns.name = "from_code", "to_code"
    table = minutes.reset_index().melt("from_code", value_name="usual_min")
    table = table[table["from_code"].ne(table["to_code"]) & np.isfinite(table["usual_min"])]
    usual = table["usual_min"].clip(lower=1.0)
    low, high = spread
    return table.assign(mode=mode, usual_min=usual, low_min=usual * low, high_min=usual * high)


def _fleet(given: Sequence[Mapping[str, Any]], ways: pd.DataFrame, hubs: Hubs) -> pd.DataFrame:
    """Return the vehicles: trucks at the hubs, boats at the piers, one carrier a landing."""
    kinds = {row["mode"]: row for row in given}
    bases: list[tuple[str, str, str, int]] = []
    for hub, own in ways.groupby("warehouse", sort=True):
        here = sum(row["mode"] == "truck" and row["base"] == hub for row in given)
        if hubs.boxes_per_truck is not None:
            here = ceil(int(own["boxes"].sum()) / hubs.boxes_per_truck)
        bases.append(("truck", "TRUK", str(hub), max(here, 1)))
    afloat = ways[ways["pier"].ne("")]
    for pier, boxes in afloat.groupby("pier", sort=True)["boxes"].sum().items():
        bases.append(("boat", "PERAHU", str(pier), ceil(int(boxes) / hubs.boxes_per_boat)))
    bases += [("local", "LOKAL", str(code), 1) for code in sorted(afloat["landing"].unique())]
    return pd.DataFrame(
        [
            _vehicle(kinds, mode, f"{word}-{base}-{n + 1}", base)
            for mode, word, base, count in bases
            for n in range(count)
        ]
    )


def _vehicle(
    kinds: Mapping[str, Mapping[str, Any]], mode: str, name: str, base: str
) -> dict[str, Any]:
    kind = kinds.get(mode) or kinds.get("truck") or {}
    boxes = _BOAT_BOXES if mode == "boat" else _TRUCK_BOXES
    return {
        "vehicle_id": name,
        "mode": mode,
        "base": base,
        "capacity_boxes": kind.get("capacity_boxes") or boxes,
        "cost_per_hour": kind.get("cost_per_hour") or 0.0,
        "crew_hours": kind.get("crew_hours") or 12.0,
        "vessel_class": "",
    }


def _windows(given: Sequence[Mapping[str, Any]], times: ReturnTimes) -> pd.DataFrame:
    """Return the working hours of the plan on the days of the way back; no sea is foretold."""
    rows = []
    for mode, usual in _HOURS.items():
        own = next((r for r in given if r["scope"] == "mode" and r["key"] == mode), None)
        clocks = usual if own is None else tuple(str(own[k])[11:16] for k in ("opens", "closes"))
        for day in pd.date_range(times.ready.normalize(), times.due.normalize(), freq="D"):
            opens, closes = (
                pd.Timestamp(f"{day:%Y-%m-%d}T{clock}").tz_localize(WIB) for clock in clocks
            )
            rows.append(
                {"scope": "mode", "key": mode, "opens": opens, "closes": closes, "is_open": True}
            )
    return pd.DataFrame(rows)
