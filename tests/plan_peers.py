"""What a plan of a kabupaten is measured by: OR-Tools on its truck legs, and the last carriage."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

from ortools.constraint_solver import pywrapcp
from ortools.constraint_solver.routing_enums_pb2 import (
    FirstSolutionStrategy,
    LocalSearchMetaheuristic,
)

from analytics.plan.document import Plan
from analytics.plan.inputs import PlanInputs, records
from analytics.plan.solver.timing import LegTable

NO_WAY = 10**6


def truck_minutes(inputs: PlanInputs, plan: Plan) -> float:
    """Return the minutes that the trucks of a plan are on the road."""
    legs = LegTable(inputs.legs)
    trucks = set(plan.trips.loc[plan.trips["mode"].eq("truck"), "trip_id"])
    total = 0.0
    for trip, visits in plan.visits.groupby("trip_id", sort=False):
        if trip in trucks:
            places = visits.sort_values("seq")["place_code"]
            total += sum(_minutes(legs, a, b) for a, b in pairwise(places))
    return total


def truck_peer(inputs: PlanInputs, seconds: float = 3.0) -> float:
    """Return the truck minutes of OR-Tools: all that trucks carry, any number of trucks, no hours.

    Of a place with more than a truck takes full trucks go there and back, and the rest is routed.
    """
    legs, total = LegTable(inputs.legs), 0.0
    for warehouse, stops in inputs.stops.groupby("warehouse"):
        demand: dict[str, int] = {}
        for stop in records(stops):
            mine = inputs.tps[inputs.tps["place_code"].eq(stop["place_code"])]
            place = str(stop["pier"] or stop["place_code"])
            demand[place] = demand.get(place, 0) + int(mine["boxes"].sum())
        own = inputs.fleet[inputs.fleet["mode"].eq("truck") & inputs.fleet["base"].eq(warehouse)]
        unit, room = int(inputs.tps["boxes"].max()), int(own["capacity_boxes"].max())
        room -= room % unit
        for place, boxes in demand.items():
            there = _minutes(legs, str(warehouse), place)
            total += 2 * there * (boxes // room)
        rest = {place: boxes % room for place, boxes in demand.items() if boxes % room}
        places = [str(warehouse), *rest]
        table = [[int(_minutes(legs, a, b)) for b in places] for a in places]
        total += routed(table, [0, *rest.values()], room, len(rest), seconds)
    return total


def _minutes(legs: LegTable, a: str, b: str) -> float:
    leg = legs.find("truck", a, b)
    return NO_WAY if leg is None else leg.minutes


def routed(
    table: list[list[int]], demand: list[int], room: int, vehicles: int, seconds: float
) -> float:
    """Return the length of the routes of OR-Tools from the first place, as ``table`` counts."""
    index = pywrapcp.RoutingIndexManager(len(table), vehicles, 0)
    routing = pywrapcp.RoutingModel(index)
    transit = routing.RegisterTransitMatrix(table)
    routing.SetArcCostEvaluatorOfAllVehicles(transit)
    load = routing.RegisterUnaryTransitVector(demand)
    routing.AddDimension(load, 0, room, True, "load")
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.first_solution_strategy = FirstSolutionStrategy.SAVINGS
    search.local_search_metaheuristic = LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    return float(routing.SolveWithParameters(search).ObjectiveValue())


def carriage(inputs: PlanInputs, plan: Plan) -> dict[str, int]:
    """Return the trips from landings to desa, how few would do, and how many carry one TPS."""
    local = plan.trips[plan.trips["mode"].eq("local")]
    cargo = plan.cargo[plan.cargo["trip_id"].isin(local["trip_id"])]
    alone = cargo.groupby("trip_id")["tps_id"].nunique().eq(1)
    bound = 0
    stops = inputs.stops[inputs.stops["landing"].notna()]
    for stop in records(stops[stops["landing"] != stops["place_code"]]):
        boxes = inputs.tps.loc[inputs.tps["place_code"].eq(stop["place_code"]), "boxes"].sum()
        own = inputs.fleet[inputs.fleet["mode"].eq("local")]
        room = own.loc[own["base"].eq(stop["landing"]), "capacity_boxes"].max()
        bound += ceil(int(boxes) / int(room))
    return {"carried": len(local), "bound": bound, "with_one": int(alone.sum())}
