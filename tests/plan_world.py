"""A network of six nodes whose plan can be worked out by hand, and generated worlds like it.

::

    GUDANG --60-- DERMAGA --30-- PANTAI-A --15-- DESA-A      (20 boxes: 4 TPS of 5)
       |             \\----50-- PANTAI-B = DESA-B             (10 boxes: 2 TPS of 5)
       \\--40-- DESA-C                                        (15 boxes: 3 TPS of 5)

All is invented. Loading: truck 30, boat 20, local 10 minutes; unloading 5 minutes a load.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analytics.plan.document import Plan, assemble
from analytics.plan.inputs import PlanInputs, PlanRules, plan_inputs
from analytics.plan.solver.loads import build_world
from analytics.plan.solver.timing import LegTable, Stop, Trip, forward
from analytics.plan.trips import calendar_of

DAY = "2031-02-13"
A, B, C = "DESA-A", "DESA-B", "DESA-C"
RULES = PlanRules(30, 20, 10, 5, 0.0)


def at(clock: str, day: str = DAY) -> pd.Timestamp:
    """Return a time of day in WIB."""
    return pd.Timestamp(f"{day}T{clock}:00+07:00")


def hours(key: str, opens: str = "06:00", closes: str = "18:00", day: str = DAY) -> dict[str, Any]:
    return {"scope": "mode", "key": key, "opens": at(opens, day), "closes": at(closes, day)}


def six_nodes() -> dict[str, pd.DataFrame]:
    """Return the frames of the six nodes, before they are checked."""
    both = {"warehouse": "GUDANG", "kabupaten": "99.01", "release": at("06:00")}
    both |= {"deadline": at("18:00")}
    stops = [
        {"place_code": A, "pier": "DERMAGA", "landing": "PANTAI-A", **both},
        {"place_code": B, "pier": "DERMAGA", "landing": B, **both},
        {"place_code": C, **both},
    ]
    tps = [
        {"tps_id": f"{place}/{n}", "place_code": place, "boxes": 5}
        for place, count in ((A, 4), (B, 2), (C, 3))
        for n in range(1, count + 1)
    ]
    legs = [
        ("GUDANG", "DERMAGA", "truck", 60, None), ("GUDANG", C, "truck", 40, None),
        ("DERMAGA", C, "truck", 70, None), ("DERMAGA", "PANTAI-A", "boat", 30, "SELAT"),
        ("DERMAGA", B, "boat", 50, "SELAT"), ("PANTAI-A", B, "boat", 25, "SELAT"),
        ("PANTAI-A", A, "local", 15, None),
    ]  # fmt: skip
    fleet = [
        ("TRUK-1", "truck", "GUDANG", 50, None, 60), ("TRUK-2", "truck", "GUDANG", 50, None, 60),
        ("KAPAL-1", "boat", "DERMAGA", 20, 2, 120), ("GEROBAK-1", "local", "PANTAI-A", 20, None, 0),
    ]  # fmt: skip
    names = ["from_code", "to_code", "mode", "usual_min", "area"]
    return {
        "stops": pd.DataFrame(stops),
        "tps": pd.DataFrame(tps),
        "legs": pd.DataFrame(legs, columns=names),
        "fleet": pd.DataFrame(
            fleet,
            columns=[
                "vehicle_id",
                "mode",
                "base",
                "capacity_boxes",
                "escort_seats",
                "cost_per_hour",
            ],
        ).assign(vessel_class=lambda f: f["mode"].map({"boat": "perahu"}), crew_hours=12.0),
        "windows": pd.DataFrame([hours("truck"), hours("boat")]).assign(is_open=True),
    }


def world(rules: PlanRules = RULES, **changed: pd.DataFrame) -> PlanInputs:
    """Return the checked six nodes, some frames replaced."""
    return plan_inputs(**(six_nodes() | changed), rules=rules)


def hand_made(inputs: PlanInputs) -> Plan:
    """Return the plan of the six nodes, whatever the solver makes.

    One truck brings all to pier and C; one boat goes to A, then to B.
    """
    calendar = calendar_of(inputs)
    six = calendar.minute(at("06:00"))

    def stop(place: str, of: str, *numbers: int) -> Stop:
        return Stop(place, tuple(f"{of}/{n}" for n in numbers), 5 * len(numbers), 5.0)

    def trip(name: str, mode: str, origin: str, *stops: Stop, **more: Any) -> Trip:
        vehicle = name.partition("/")[0]
        loading = {"truck": 30.0, "boat": 20.0, "local": 10.0}[mode]
        return Trip(name, vehicle, mode, origin, stops, loading, release=six, **more)

    a, b = stop("DERMAGA", A, 1, 2, 3, 4), stop("DERMAGA", B, 1, 2)
    ashore, there = a._replace(place="PANTAI-A"), b._replace(place=B)
    boat = {"vessel_class": "perahu"}
    trips = [
        trip("TRUK-1/1", "truck", "GUDANG", a, b, stop(C, C, 1, 2, 3)),
        trip("KAPAL-1/1", "boat", "DERMAGA", ashore, needs=(("TRUK-1/1", 0),), **boat),
        trip(
            "KAPAL-1/2",
            "boat",
            "DERMAGA",
            there,
            needs=(("TRUK-1/1", 1),),
            after="KAPAL-1/1",
            **boat,
        ),
        trip("GEROBAK-1/1", "local", "PANTAI-A", a._replace(place=A), needs=(("KAPAL-1/1", 0),)),
    ]
    times = forward(trips, LegTable(inputs.legs), calendar)
    return assemble(build_world(inputs), trips, times, [], {"seed": 1})
