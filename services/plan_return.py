"""The ends of a plan: from the desa office to each TPS, and the counted boxes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analytics.audit import audit
from analytics.plan_frames import Plan
from analytics.plan_inputs import WIB
from analytics.plan_json import from_document, inputs_of, rows, to_document
from analytics.plan_last_mile import LastMileParams, first_mile_back, last_mile
from analytics.plan_reverse import (
    ReturnTimes,
    handovers,
    mirrored_inputs,
    solve_return,
    turned_back,
)
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan_collect import Hubs, collection

STAGES = ("ppk", "kabupaten")
"""Where boxes go from the desa offices: to the kecamatan, and from there to the kabupaten."""

Document = dict[str, Any]


@dataclass(frozen=True)
class ReturnAsked:
    """Times and vehicles of both ends; all of them assumptions of the planner.

    Attributes
    ----------
    tps_per_carrier, carrier_boxes
        One carrier at a desa office for so many TPS, 1 to 50, and what it takes, 1 to 10,000.
    way_min, handling_min
        From an office to a TPS, 0.1 to 1,440, and to hand over there, 0 to 120.
    out_from
        Hours before 06:00 on the day of the vote at which carriers set out, 0.5 to 24.
    counted_h
        Hours after 06:00 on the day of the vote at which boxes may leave their TPS, 8 to 48.
    to_pps_h
        Hours after that within which they are at the desa office, 0.5 to 48.
    ppk_days, kabupaten_days
        1 to 30: days after the vote on which they go on to the kecamatan and to the kabupaten.
    span_days
        1 to 10: within so many days they are at the kabupaten.
    boxes_per_truck, boxes_per_boat
        20 to 5,000: one truck at a kecamatan and one boat at a pier for so many boxes.
    seconds
        1 to 60: time of each of the two searches.
    """

    tps_per_carrier: int = 8
    carrier_boxes: int = 25
    way_min: float = 15.0
    handling_min: float = 5.0
    out_from: float = 12.0
    counted_h: float = 18.0
    to_pps_h: float = 6.0
    ppk_days: int = 1
    kabupaten_days: int = 10
    span_days: int = 2
    boxes_per_truck: int = 200
    boxes_per_boat: int = 60
    seconds: float = 4.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("out_from", 0.5, 24), ("counted_h", 8, 48), ("to_pps_h", 0.5, 48),
            ("ppk_days", 1, 30), ("kabupaten_days", 1, 30), ("span_days", 1, 10),
            ("tps_per_carrier", 1, 50), ("boxes_per_truck", 20, 5000),
            ("boxes_per_boat", 20, 5000), ("seconds", 1, 60),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")
        if self.kabupaten_days <= self.ppk_days:
            expected = f"above {self.ppk_days}"
            raise ParameterError("kabupaten_days", self.kabupaten_days, expected)


def vote_of(data: Dataset, document: Mapping[str, Any]) -> pd.Timestamp:
    """Return 06:00 on the day of the vote, when every TPS must have its kit."""
    day = data.elections.set_index("election").loc[document["about"]["election"], "voting_date"]
    return pd.Timestamp(day).tz_localize(WIB) + pd.Timedelta(hours=6)


def _by_carriers(
    tps: pd.DataFrame, asked: ReturnAsked, since: pd.Timestamp, due: pd.Timestamp
) -> Iterator[tuple[pd.DataFrame, LastMileParams]]:
    """Yield the TPS of the offices that have so many carriers, and what holds for them."""
    count = tps.groupby("place_code")["tps_id"].transform("size")
    carriers = np.ceil(count / asked.tps_per_carrier).astype("int64")
    for n, own in tps.groupby(carriers, sort=True):
        yield (
            own,
            LastMileParams(
                due, since, int(n), asked.carrier_boxes, asked.way_min, asked.handling_min
            ),
        )


def with_last_mile(data: Dataset, document: Mapping[str, Any], asked: ReturnAsked) -> Document:
    """Return the plan with how each TPS is reached from its desa office, audited."""
    due = vote_of(data, document)
    plan, inputs = from_document(document), inputs_of(document)
    since = due - pd.Timedelta(hours=asked.out_from)
    found = [
        last_mile(plan, replace(inputs, tps=tps), params)
        for tps, params in _by_carriers(inputs.tps, asked, since, due)
    ]
    table = pd.concat(found, ignore_index=True).sort_values(["place_code", "carrier", "round"])
    return _audited({**document, "last_mile": rows(table)}, asked)


def with_return(data: Dataset, document: Mapping[str, Any], asked: ReturnAsked) -> Document:
    """Return the plan with both ends: out to the TPS, and all boxes back, audited.

    Raises
    ------
    ParameterError
        When a kecamatan has no office in the network.
    PlanInputError
        When no way back can be planned from the inputs at all.
    """
    out = with_last_mile(data, document, asked)
    vote, hour = vote_of(data, document), pd.Timedelta(hours=1)
    counted = vote + asked.counted_h * hour
    there = counted + asked.to_pps_h * hour
    tps = inputs_of(document).tps
    parts = [first_mile_back(*part) for part in _by_carriers(tps, asked, counted, there)]
    to_pps = pd.concat(parts, ignore_index=True).sort_values(["place_code", "carrier", "round"])
    stages = []
    for stage, days in zip(STAGES, (asked.ppk_days, asked.kabupaten_days), strict=True):
        day = vote.normalize() + pd.Timedelta(days=days)
        last = 18 + 24 * (asked.span_days - 1) * (stage == "kabupaten")
        times = ReturnTimes(max(day + 6 * hour, there), day + last * hour)
        if times.ready >= times.due:
            raise ParameterError("ppk_days", days, f"after {times.ready.isoformat()}")
        stages.append(_stage(data, document, stage, times, asked))
        there = times.due
    return _audited({**out, "back": {"to_pps": rows(to_pps), "stages": stages}}, asked)


def _audited(document: Document, asked: ReturnAsked) -> Document:
    about = {**document["about"], "ends": dict(vars(asked))}
    out = {**document, "about": about}
    return out | {"verdict": audit(out).verdict()}


def _stage(
    data: Dataset, document: Mapping[str, Any], stage: str, times: ReturnTimes, asked: ReturnAsked
) -> Document:
    inputs = collection(data, document, _hubs(document, stage, asked), times)
    seed = int(document["figures"].get("seed") or 0)
    _, mirror = solve_return(inputs, times, seed, asked.seconds)
    return {
        "stage": stage,
        "ready": times.ready.isoformat(),
        "due": times.due.isoformat(),
        "mirror": to_document(mirror, mirrored_inputs(inputs, times)),
    }


def _hubs(document: Mapping[str, Any], stage: str, asked: ReturnAsked) -> Hubs:
    """Return where the boxes of each stop are collected, and from where."""
    stops = {row["place_code"]: row["warehouse"] for row in document["inputs"]["stops"]}
    kecamatan = {code: code.rpartition(".")[0] for code in stops}
    if stage == "ppk":
        own = {code: code for code in stops}
        return Hubs(kecamatan, own, asked.boxes_per_truck, asked.boxes_per_boat)
    hubs = {kecamatan[code]: hub for code, hub in stops.items()}
    return Hubs(hubs, kecamatan, None, asked.boxes_per_boat)


def stage_plan(stage: Mapping[str, Any]) -> Plan:
    """Return a way back in real time."""
    times = ReturnTimes(pd.Timestamp(stage["ready"]), pd.Timestamp(stage["due"]))
    return turned_back(from_document(stage["mirror"]), times)


def custody(document: Mapping[str, Any]) -> pd.DataFrame:
    """Return the chain of custody of the counted boxes, TPS by TPS, from TPS to kabupaten.

    Returns
    -------
    DataFrame
        Columns `analytics.plan_reverse.HANDOVER_COLUMNS` and ``stage`` (pps, ppk, kabupaten);
        ``from_code`` of the first is the TPS itself. Seal numbers are empty: they are written down
        when it happens.
    """
    back = document["back"]
    first = pd.DataFrame(back["to_pps"])
    hand = first["carrier"].astype("str")
    pps = pd.DataFrame(
        {
            "tps_id": first["tps_id"],
            "from_code": first["tps_id"],
            "to_code": first["place_code"],
            "vehicle_id": "PPS-" + hand,
            "trip_id": "PPS-" + hand + "/" + first["round"].astype("str"),
            "handed_over": pd.to_datetime(first["fetched"], utc=True).dt.tz_convert(WIB),
            "received": pd.to_datetime(first["received"], utc=True).dt.tz_convert(WIB),
            "box_count": first["load_boxes"],
            "stage": "pps",
        }
    )
    parts = [pps]
    parts += [handovers(stage_plan(s)).assign(stage=s["stage"]) for s in back["stages"]]
    both = pd.concat(
        [part.dropna(axis="columns", how="all") for part in parts if len(part)], ignore_index=True
    )
    columns = ["stage", "tps_id", "from_code", "to_code", "vehicle_id", "trip_id", "handed_over",
               "received", "box_count"]  # fmt: skip
    order = both["stage"].map({"pps": 0, "ppk": 1, "kabupaten": 2})
    out = both.assign(order=order, seal_numbers=None).sort_values(
        ["tps_id", "order", "handed_over"], ignore_index=True
    )
    return out[[*columns, "seal_numbers"]]
