"""The last mile from desa office to each TPS, and the way back of counted boxes to the kabupaten.

A return is a delivery seen in a mirror of time: what must be fetched after it is ready is, backward
in time, something that must be brought before it is due. So the same planner plans it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analytics.plan.document import Plan
from analytics.plan.inputs import PlanInputs, plan_inputs, records
from analytics.plan.solver.solve import solve_plan
from analytics.plan.trips import as_late_as_possible
from analytics.reports.dates import in_one_zone
from geo.errors import ParameterError

COLUMNS = (
    "place_code",
    "tps_id",
    "carrier",
    "round",
    "load_boxes",
    "depart",
    "latest_depart",
    "arrive",
    "due",
    "in_time",
)


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
            ("carriers", 1, 50),
            ("capacity_boxes", 1, 10_000),
            ("way_min", 0.1, 1440),
            ("handling_min", 0, 120),
        ):
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
        out[column] = in_one_zone(out[column].tolist())
    return out


BACK_COLUMNS = (
    "place_code",
    "tps_id",
    "carrier",
    "round",
    "load_boxes",
    "depart",
    "fetched",
    "received",
    "due",
    "in_time",
)


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
    ways
        As for `last_mile`.

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
                {
                    "place_code": str(place),
                    "tps_id": name,
                    "carrier": who + 1,
                    "round": counts[who],
                    "load_boxes": boxes,
                    "depart": params.since + leave * minute,
                    "fetched": fetched,
                    "received": back,
                    "due": params.due,
                    "in_time": back <= params.due,
                }
            )
    out = pd.DataFrame(rows, columns=list(BACK_COLUMNS))
    for column in ("depart", "fetched", "received", "due"):
        out[column] = in_one_zone(out[column].tolist())
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


_SWAPPED = {
    "stops": ("release", "deadline"),
    "windows": ("opens", "closes"),
    "fleet": ("available_from", "available_until"),
}


@dataclass(frozen=True)
class ReturnTimes:
    """When the boxes may be fetched and when they must be back, with zone.

    Attributes
    ----------
    ready
        From when a stop's boxes are counted, sealed and may be loaded.
    due
        By when they stand where the trucks are based.
    """

    ready: pd.Timestamp
    due: pd.Timestamp

    def mirror(self) -> pd.Timestamp:
        """Return the moment at which time is mirrored."""
        return self.ready + (self.due - self.ready) / 2


def _mirrored_time(column: pd.Series, pivot: pd.Timestamp) -> pd.Series:
    """Return times as far on the other side of a moment."""
    return pivot + (pivot - column)


def mirrored_inputs(inputs: PlanInputs, times: ReturnTimes) -> PlanInputs:
    """Return the delivery that is the return seen in the mirror.

    Parameters
    ----------
    inputs
        As for the way out: ``warehouse`` of a stop is where its boxes are to come (a PPK, or the
        warehouse of the kabupaten), which is also the base of the trucks. Releases, deadlines and
        places of kits are those of the way out and are not used.
    """
    pivot = times.mirror()
    frames = {"stops": inputs.stops.assign(release=times.ready, deadline=times.due)}
    frames |= {"windows": inputs.windows, "fleet": inputs.fleet}
    for name, (first, last) in _SWAPPED.items():
        frame = frames[name]
        earlier, later = (_mirrored_time(frame[column], pivot) for column in (last, first))
        frames[name] = frame.assign(**{first: earlier, last: later})
    tps = inputs.tps.drop(columns=["at_code", "available"])
    return plan_inputs(
        frames["stops"],
        tps,
        _turned(inputs.legs),
        frames["fleet"],
        frames["windows"],
        replace(inputs.rules, slack_enough_min=0),
    )


def _turned(legs: pd.DataFrame) -> pd.DataFrame:
    return legs.rename(columns={"from_code": "to_code", "to_code": "from_code"})


def solve_return(
    inputs: PlanInputs, times: ReturnTimes, seed: int = 1, effort_s: float = 8.0
) -> tuple[Plan, Plan]:
    """Plan the way back of all boxes.

    Returns
    -------
    tuple
        The plan in real time (as `turned_back` gives it), and the mirrored plan, which is an
        ordinary plan of `mirrored_inputs` and can be audited as one: legs, capacity, hours, the
        sea, and that nothing is fetched before it is ready (there: late) hold in both or neither.

    Notes
    -----
    The routes are the cheapest found with which everything is back by ``times.due``; on these
    routes each trip then runs as early as it can.
    """
    mirror = mirrored_inputs(inputs, times)
    plan = as_late_as_possible(solve_plan(mirror, seed, effort_s), mirror)
    return turned_back(plan, times), plan


def turned_back(plan: Plan, times: ReturnTimes) -> Plan:
    """Return a mirrored plan in real time: trips fetch at their stops and unload at their base.

    In ``deliveries``, ``delivered`` is when a stop begins to be loaded, ``deadline`` from when it
    is ready, and the slack how long it waits at most.
    """
    pivot = times.mirror()
    last = plan.visits.groupby("trip_id")["seq"].transform("max")
    visits = plan.visits.assign(
        seq=last - plan.visits["seq"],
        arrive=_mirrored_time(plan.visits["depart"], pivot),
        done=_mirrored_time(plan.visits["arrive"], pivot),
        depart=_mirrored_time(plan.visits["arrive"], pivot),
        load_boxes=plan.visits["unload_boxes"],
        unload_boxes=plan.visits["load_boxes"],
    ).sort_values(["trip_id", "seq"], ignore_index=True)
    ends = dict(zip(plan.visits["trip_id"], last, strict=True))
    top = plan.cargo["trip_id"].map(ends)
    cargo = plan.cargo.assign(
        load_seq=top - plan.cargo["unload_seq"], unload_seq=top - plan.cargo["load_seq"]
    )
    trips = plan.trips.assign(
        load_start=_mirrored_time(plan.trips["back"], pivot),
        depart=_mirrored_time(plan.trips["back"], pivot),
        back=_mirrored_time(plan.trips["load_start"], pivot),
        latest_depart=pd.Series(pd.NaT, index=plan.trips.index).dt.tz_localize("UTC"),
    ).sort_values(["depart", "trip_id"], ignore_index=True)
    fetched = plan.deliveries.assign(
        delivered=_mirrored_time(plan.deliveries["delivered"], pivot),
        deadline=_mirrored_time(plan.deliveries["deadline"], pivot),
        latest_depart=pd.Series(pd.NaT, index=plan.deliveries.index).dt.tz_localize("UTC"),
    )
    return Plan(trips, visits, cargo, fetched, plan.unserved, dict(plan.figures))


HANDOVER_COLUMNS = (
    "tps_id",
    "from_code",
    "to_code",
    "vehicle_id",
    "trip_id",
    "handed_over",
    "received",
    "box_count",
    "seal_numbers",
    "carrier_office",
    "receiver_office",
)


def handovers(plan: Plan, offices: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the chain of custody of a plan, one row per TPS and trip, in order.

    Parameters
    ----------
    plan
        The way out or the way back.
    offices
        Office by place code, where known; offices, never persons.

    Returns
    -------
    DataFrame
        Columns `HANDOVER_COLUMNS`. ``handed_over``: leaving with it; ``received``: it is unloaded.
        ``seal_numbers`` is empty: it is written down when it happens.
    """
    seen = plan.visits.set_index(["trip_id", "seq"])
    start = seen.loc[list(zip(plan.cargo["trip_id"], plan.cargo["load_seq"], strict=True))]
    end = seen.loc[list(zip(plan.cargo["trip_id"], plan.cargo["unload_seq"], strict=True))]
    vehicle = dict(zip(plan.trips["trip_id"], plan.trips["vehicle_id"], strict=True))
    named = offices or {}
    out = pd.DataFrame(
        {
            "tps_id": plan.cargo["tps_id"].to_numpy(),
            "from_code": start["place_code"].to_numpy(),
            "to_code": end["place_code"].to_numpy(),
            "vehicle_id": plan.cargo["trip_id"].map(vehicle).to_numpy(),
            "trip_id": plan.cargo["trip_id"].to_numpy(),
            "handed_over": start["depart"].array,
            "received": end["done"].array,
            "box_count": plan.cargo["boxes"].to_numpy(),
            "seal_numbers": None,
        }
    )
    for column, at in (("carrier_office", "from_code"), ("receiver_office", "to_code")):
        out[column] = out[at].map(lambda code: named.get(str(code)))
    return out.sort_values(["tps_id", "handed_over"], ignore_index=True)[list(HANDOVER_COLUMNS)]
