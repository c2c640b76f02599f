"""The last mile: from the desa office to each TPS by the opening of the vote, and back after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analytics.plan_frames import Plan, times_column
from analytics.plan_inputs import PlanInputs, records
from geo.errors import ParameterError

COLUMNS = (
    "place_code", "tps_id", "carrier", "round", "load_boxes", "depart", "latest_depart", "arrive",
    "due", "in_time",
)  # fmt: skip


@dataclass(frozen=True)
class LastMileParams:
    """How TPS are served from their desa office; all assumptions.

    Attributes
    ----------
    due
        By when every TPS has its kit, with zone: 06:00 on the day of the vote.
    since
        From when carriers may set out, with zone.
    carriers
        Vehicles per desa office, 1 to 50.
    capacity_boxes
        Boxes a carrier takes, at least 1.
    way_min
        Minutes from the office to a TPS whose way is not known, above 0.
    handling_min
        Minutes to hand over at a TPS, 0 to 120.
    """

    due: pd.Timestamp
    since: pd.Timestamp
    carriers: int = 2
    capacity_boxes: int = 25
    way_min: float = 15.0
    handling_min: float = 5.0

    def __post_init__(self) -> None:
        if self.due.tzinfo is None or self.since.tzinfo is None:
            raise ParameterError("due", self.due, "times with a zone")
        if self.since >= self.due:
            raise ParameterError("since", self.since, f"before {self.due.isoformat()}")
        for name, low, high in (
            ("carriers", 1, 50), ("capacity_boxes", 1, 10_000), ("way_min", 0.1, 1440),
            ("handling_min", 0, 120),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


def last_mile(
    plan: Plan, inputs: PlanInputs, params: LastMileParams, ways: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return how each TPS is reached from its office.

    Parameters
    ----------
    ways
        ``tps_id``, ``usual_min`` from the office to the TPS; what is missing takes
        ``params.way_min``.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per TPS that the plan brings to its office. A carrier takes TPS
        in turn as far as its capacity goes, the farthest first, each from the office and back: ways
        between TPS are not known, so rounds are no shorter than they can be. ``depart`` is the
        start of its round at the earliest, ``latest_depart`` the latest start that still serves
        all of that carrier's rounds in time; a kit that comes later than ``since`` holds up its
        office's carriers. A TPS with more boxes than a carrier takes several rounds.
    """
    known = _known_ways(ways)
    arrived = dict(zip(plan.deliveries["place_code"], plan.deliveries["delivered"], strict=True))
    rows: list[dict[str, Any]] = []
    brought = inputs.tps[~inputs.tps["tps_id"].isin(_unplanned(plan))]
    for place, tps in brought.groupby("place_code", sort=True):
        if place not in arrived:
            continue
        stops = [
            (str(row["tps_id"]), int(row["boxes"]), float(known.get(row["tps_id"], params.way_min)))
            for row in records(tps)
        ]
        rows += _office(str(place), stops, max(arrived[place], params.since), params)
    out = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in ("depart", "latest_depart", "arrive", "due"):
        out[column] = times_column(out[column].tolist())
    return out


BACK_COLUMNS = (
    "place_code", "tps_id", "carrier", "round", "load_boxes", "depart", "fetched", "received",
    "due", "in_time",
)  # fmt: skip


def first_mile_back(
    tps: pd.DataFrame, params: LastMileParams, ways: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return how the counted boxes of each TPS come to its desa office (PPS).

    Parameters
    ----------
    tps
        ``tps_id``, ``place_code``, ``boxes``.
    params
        ``since``: counting is over everywhere; ``due``: all must be at the office.

    Returns
    -------
    DataFrame
        Columns `BACK_COLUMNS`. The nearest TPS are fetched first, so that offices have most boxes
        early; ``received`` is at the office.
    """
    known = _known_ways(ways)
    minute = pd.Timedelta(minutes=1)
    rows: list[dict[str, Any]] = []
    for place, some in tps.groupby("place_code", sort=True):
        free = [0.0] * params.carriers
        counts = [0] * params.carriers
        stops = [
            (float(known.get(row["tps_id"], params.way_min)), str(row["tps_id"]), int(row["boxes"]))
            for row in records(some)
        ]
        for way, name, boxes in sorted(stops):
            who = min(range(len(free)), key=lambda k: (free[k], k))
            trips = -(-boxes // params.capacity_boxes)
            leave, counts[who] = free[who], counts[who] + 1
            free[who] += trips * (2 * way + params.handling_min)
            back = params.since + free[who] * minute
            fetched = back - way * minute
            rows.append(
                {"place_code": str(place), "tps_id": name, "carrier": who + 1,
                 "round": counts[who], "load_boxes": boxes,
                 "depart": params.since + leave * minute, "fetched": fetched, "received": back,
                 "due": params.due, "in_time": back <= params.due}
            )  # fmt: skip
    out = pd.DataFrame(rows, columns=list(BACK_COLUMNS))
    for column in ("depart", "fetched", "received", "due"):
        out[column] = times_column(out[column].tolist())
    return out


def _known_ways(ways: pd.DataFrame | None) -> dict[str, float]:
    known = {} if ways is None else dict(zip(ways["tps_id"], ways["usual_min"], strict=True))
    if bad := [name for name, value in known.items() if not value > 0]:
        raise ParameterError(f"usual_min of {bad[0]}", known[bad[0]], "above 0")
    return known


def _unplanned(plan: Plan) -> set[str]:
    return {tps for ids in plan.unserved["tps_ids"] for tps in ids}


def _office(
    place: str, stops: list[tuple[str, int, float]], since: pd.Timestamp, params: LastMileParams
) -> list[dict[str, Any]]:
    """Share the TPS of an office out to its carriers, the longest ways first."""
    free = [0.0] * params.carriers
    rounds: list[list[tuple[float, float, dict[str, Any]]]] = [[] for _ in free]
    for tps, boxes, way in sorted(stops, key=lambda stop: (-stop[2], stop[0])):
        trips = -(-boxes // params.capacity_boxes)
        who = min(range(len(free)), key=lambda k: (free[k], k))
        once = way + params.handling_min
        there = free[who] + (trips - 1) * (once + way) + once
        row = {"place_code": place, "tps_id": tps, "carrier": who + 1, "load_boxes": boxes}
        row["round"] = len(rounds[who]) + 1
        rounds[who].append((free[who], there, row))
        free[who] = there + way
    minute = pd.Timedelta(minutes=1)
    out = []
    for own in rounds:
        spare = [(params.due - since) / minute - there for _, there, _ in own]
        for n, (leave, there, row) in enumerate(own):
            latest = since + (leave + min(spare[n:])) * minute
            arrive = since + there * minute
            times = {"depart": since + leave * minute, "latest_depart": latest, "arrive": arrive}
            out.append(row | times | {"due": params.due, "in_time": arrive <= params.due})
    return out
