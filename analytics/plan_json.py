"""A plan as the JSON document that is saved, exported and audited; see docs/plan-schema.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pandas as pd

from analytics.plan_frames import Plan, frame_of
from analytics.plan_inputs import COLUMNS, PlanInputs, PlanRules, plan_inputs, records

SCHEMA = "siaga-babel/plan/1"
Document = dict[str, Any]


def to_document(
    plan: Plan,
    inputs: PlanInputs,
    verdict: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> Document:
    """Return a plan with the inputs it can be audited by.

    Parameters
    ----------
    verdict
        ``{"passed": bool, "faults": [...]}`` of `analytics.audit.Audit.verdict`; without it the
        document says null, which is "not audited".
    about
        What else the reader needs (election, kabupaten, name of the scenario), as JSON values.
    whole
        Write all legs down, not only those the plan uses, so that it can be planned again.

    Returns
    -------
    dict
        JSON values only: numbers, texts, lists, null. Times are ISO 8601 in +07:00.
    """
    last = inputs.stops["deadline"].max()
    legs = inputs.legs if whole else _used_legs(plan, inputs.legs)
    return {
        "schema": SCHEMA,
        "deadline": None if pd.isna(last) else last.isoformat(),
        "verdict": None if verdict is None else dict(verdict),
        "about": dict(about or {}),
        "figures": {key: plain(value) for key, value in plan.figures.items()},
        "trips": _trips(plan),
        "deliveries": rows(plan.deliveries),
        "unserved": rows(plan.unserved),
        "inputs": {
            "rules": asdict(inputs.rules),
            "stops": rows(inputs.stops[list(COLUMNS["stops"])]),
            "tps": rows(inputs.tps[list(COLUMNS["tps"])]),
            "whole": whole,
            "legs": rows(legs[list(COLUMNS["legs"])]),
            "fleet": rows(inputs.fleet[list(COLUMNS["fleet"])]),
            "windows": rows(inputs.windows[list(COLUMNS["windows"])]),
        },
    }


def inputs_of(document: Mapping[str, Any]) -> PlanInputs:
    """Return the inputs in a document, checked.

    Unless the document says ``whole``, they hold the legs the plan uses and no others: enough to
    audit and to simulate, not to plan again.

    Raises
    ------
    PlanInputError
        When a table of the inputs is broken.
    ValueError
        When the document is no plan of a known schema.
    """
    if document.get("schema") != SCHEMA:
        raise ValueError(f"schema {document.get('schema')!r}, expected {SCHEMA!r}")
    given = document["inputs"]
    frames = {name: pd.DataFrame(given[name], columns=list(COLUMNS[name])) for name in COLUMNS}
    stops, tps, legs, fleet, windows = (frames[name] for name in COLUMNS)
    return plan_inputs(stops, tps, legs, fleet, windows, PlanRules(**given["rules"]))


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document, the reverse of `to_document`."""
    trips, visits, cargo = [], [], []
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    for trip in document["trips"]:
        name, stops = trip["trip_id"], trip["stops"]
        trips.append(
            {key: trip.get(key) for key in ("trip_id", "vehicle_id", "mode", "vessel_class",
             "capacity_boxes", "escort_seats", "latest_depart", "cost")}
            | {"origin": stops[0]["place_code"], "load_start": stops[0]["arrive"],
               "depart": stops[0]["depart"], "back": stops[-1]["arrive"]}
        )  # fmt: skip
        loaded: dict[str, int] = {}
        for seq, stop in enumerate(stops):
            keys = ("place_code", "arrive", "done", "depart", "load_boxes", "unload_boxes")
            visits.append({"trip_id": name, "seq": seq} | {key: stop[key] for key in keys})
            for tps in stop["tps"]:
                cargo.append(
                    {"trip_id": name, "tps_id": tps, "load_seq": loaded.get(tps, 0),
                     "unload_seq": seq, "boxes": boxes.get(tps)}
                )  # fmt: skip
            loaded |= dict.fromkeys(stop["tps_loaded"], seq)
    return Plan(
        trips=frame_of("trips", trips),
        visits=frame_of("visits", visits),
        cargo=frame_of("cargo", cargo),
        deliveries=frame_of("deliveries", document["deliveries"]),
        unserved=frame_of("unserved", document["unserved"]),
        figures=dict(document["figures"]),
    )


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame as JSON rows."""
    return [{key: plain(value) for key, value in row.items()} for row in records(frame)]


def plain(value: Any) -> Any:
    """Return a value as JSON has it: times as ISO 8601 text, what is missing as null."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or pd.isna(value):
        return None
    if hasattr(value, "item"):
        return value.item()
    return value


def _trips(plan: Plan) -> list[Document]:
    visits = {str(k): records(v) for k, v in plan.visits.groupby("trip_id", sort=False)}
    unloaded = _tps_by(plan.cargo, "unload_seq")
    loaded = _tps_by(plan.cargo, "load_seq")
    out = []
    for trip in records(plan.trips):
        name = trip["trip_id"]
        row = {
            key: plain(trip[key])
            for key in ("trip_id", "vehicle_id", "mode", "vessel_class", "capacity_boxes",
                        "escort_seats", "latest_depart", "cost")
        }  # fmt: skip
        row["stops"] = [
            {
                "place_code": visit["place_code"],
                "arrive": visit["arrive"].isoformat(),
                "done": visit["done"].isoformat(),
                "depart": visit["depart"].isoformat(),
                "load_boxes": int(visit["load_boxes"]),
                "unload_boxes": int(visit["unload_boxes"]),
                "tps": unloaded.get((name, visit["seq"]), []),
                "tps_loaded": loaded.get((name, visit["seq"]), []),
            }
            for visit in visits[name]
        ]
        out.append(row)
    return out


def _tps_by(cargo: pd.DataFrame, seq: str) -> dict[tuple[str, int], list[str]]:
    out: dict[tuple[str, int], list[str]] = {}
    for row in records(cargo):
        out.setdefault((row["trip_id"], int(row[seq])), []).append(row["tps_id"])
    return out


def _used_legs(plan: Plan, legs: pd.DataFrame) -> pd.DataFrame:
    """Return the legs of the plan: those between two places in a row, in either direction."""
    pairs: set[tuple[str, str]] = set()
    for _, own in plan.visits.groupby("trip_id", sort=False):
        codes: Sequence[str] = own["place_code"].tolist()
        pairs |= set(pairwise(codes))
    pairs |= {(b, a) for a, b in pairs}
    used = [pair in pairs for pair in zip(legs["from_code"], legs["to_code"], strict=True)]
    return legs.loc[used, list(COLUMNS["legs"])]
