"""The way back: counted boxes from desa offices to the kecamatan (PPK) and on to the kabupaten.

A return is a delivery seen in a mirror of time: what must be fetched after it is ready is, backward
in time, something that must be brought before it is due. So the same planner plans it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from analytics.plan_frames import Plan
from analytics.plan_inputs import PlanInputs, plan_inputs
from analytics.plan_solve import solve_plan
from analytics.plan_structure import as_late_as_possible

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


def mirrored_time(column: pd.Series, pivot: pd.Timestamp) -> pd.Series:
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
        earlier, later = (mirrored_time(frame[column], pivot) for column in (last, first))
        frames[name] = frame.assign(**{first: earlier, last: later})
    tps = inputs.tps.drop(columns=["at_code", "available"])
    return plan_inputs(
        frames["stops"], tps, _turned(inputs.legs), frames["fleet"], frames["windows"],
        replace(inputs.rules, slack_enough_min=0),
    )  # fmt: skip


def _turned(legs: pd.DataFrame) -> pd.DataFrame:
    return legs.rename(columns={"from_code": "to_code", "to_code": "from_code"})


def solve_return(
    inputs: PlanInputs, times: ReturnTimes, seed: int = 1, time_limit_s: float = 30.0
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
    plan = as_late_as_possible(solve_plan(mirror, seed, time_limit_s), mirror)
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
        arrive=mirrored_time(plan.visits["depart"], pivot),
        done=mirrored_time(plan.visits["arrive"], pivot),
        depart=mirrored_time(plan.visits["arrive"], pivot),
        load_boxes=plan.visits["unload_boxes"],
        unload_boxes=plan.visits["load_boxes"],
    ).sort_values(["trip_id", "seq"], ignore_index=True)
    ends = dict(zip(plan.visits["trip_id"], last, strict=True))
    top = plan.cargo["trip_id"].map(ends)
    cargo = plan.cargo.assign(
        load_seq=top - plan.cargo["unload_seq"], unload_seq=top - plan.cargo["load_seq"]
    )
    trips = plan.trips.assign(
        load_start=mirrored_time(plan.trips["back"], pivot),
        depart=mirrored_time(plan.trips["back"], pivot),
        back=mirrored_time(plan.trips["load_start"], pivot),
        latest_depart=pd.Series(pd.NaT, index=plan.trips.index).dt.tz_localize("UTC"),
    ).sort_values(["depart", "trip_id"], ignore_index=True)
    fetched = plan.deliveries.assign(
        delivered=mirrored_time(plan.deliveries["delivered"], pivot),
        deadline=mirrored_time(plan.deliveries["deadline"], pivot),
        latest_depart=pd.Series(pd.NaT, index=plan.deliveries.index).dt.tz_localize("UTC"),
    )
    return Plan(trips, visits, cargo, fetched, plan.unserved, dict(plan.figures))


HANDOVER_COLUMNS = (
    "tps_id", "from_code", "to_code", "vehicle_id", "trip_id", "handed_over", "received",
    "box_count", "seal_numbers", "carrier_office", "receiver_office",
)  # fmt: skip


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
