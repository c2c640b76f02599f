"""The trucks of a warehouse routed anew by PyVRP: more slack, then less cost, never worse.

It begins at the rounds that were dispatched, keeps what each stop gets, and every answer is put
through the same clock as all other rounds before it counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from analytics.network.open_times import Open
from analytics.plan.solver.loads import Vehicle, World
from analytics.plan.solver.model import Carrier, DutyRoute, Effort, Job, solve_routes
from analytics.plan.solver.state import Due, Goal, Growing, Made, Score, score_of


@dataclass(frozen=True)
class Trucks:
    """The rounds of the trucks of one warehouse in a plan, and what may be done about them.

    Attributes
    ----------
    rest
        The plan without them, as if no truck had left.
    made
        These rounds.
    needed
        By load that a boat takes on: when it has to stand at the pier.
    """

    warehouse: str
    rest: Growing
    made: tuple[Made, ...]
    needed: Due

    @classmethod
    def of(cls, growing: Growing, warehouse: str) -> Trucks:
        """Return the trucks of a warehouse in a plan."""
        mine = tuple(growing.rounds_from("truck", warehouse))
        rest = growing.copy()
        rest.made = [made for made in growing.made if made not in mine]
        rest.crews = {
            name: crew for name, crew in rest.crews.items()
            if name not in {made.vehicle.vehicle_id for made in mine}
        }  # fmt: skip
        rest.yard.pop(warehouse, None)
        needed = {
            i: made.round.load_start
            for made in rest.made
            if made.vehicle.mode == "boat"
            for _, ids in made.stops
            for i in ids
        }
        for made in mine:
            for _, ids in made.stops:
                for i in ids:
                    if i not in needed:
                        rest.delivered.pop(i, None)
        return cls(warehouse, rest, mine, needed)


def route_anew(growing: Growing, warehouse: str, goal: Goal, effort: int, seed: int) -> Growing:
    """Return the plan with the trucks of a warehouse routed anew, or as it was if that is best.

    Parameters
    ----------
    goal
        Of the loads that go by road alone.
    effort
        Iterations of the last search; the searches for slack take a part of it.
    """
    ids, due, enough = goal
    trucks = Trucks.of(growing, warehouse)
    if not trucks.made or effort < 1:
        return growing
    whole = all(i in growing.delivered for i in ids)
    best, score = growing, score_of(growing, ids, due, enough)
    if whole and ids:
        best, score = _with_more_slack(trucks, best, score, goal, effort, seed)
    level = -score[1][0] if score[1] else 0.0
    limit = {i: due[i] - (level if level > 0 else 0.0) for i in ids}
    found = _again(trucks, best, limit, Effort(effort), seed)
    if found is None:
        return best
    value = _tight(score_of(found, ids, due, enough))
    return found if value < _tight(score) else best


def _tight(score: Score) -> tuple[int, float, float]:
    """Return a score of which only the tightest slack counts: beyond it trucks are to be cheap."""
    return score[0], score[1][0] if score[1] else 0.0, score[2]


def _with_more_slack(
    trucks: Trucks, best: Growing, score: Score, goal: Goal, effort: int, seed: int
) -> tuple[Growing, Score]:
    """Halve the range in which the most slack lies, as long as a search finds a plan."""
    ids, due, enough = goal
    low = -score[1][0]
    high = min(enough, *(due[i] - _alone(trucks, i) for i in ids))
    search = Effort(max(1, effort // 8), first_feasible=True)
    while high - low > NARROW_MIN:
        middle = (low + high) / 2
        found = _again(trucks, best, {i: due[i] - middle for i in ids}, search, seed)
        value = None if found is None else score_of(found, ids, due, enough)
        if value is None or found is None or value[0] or -value[1][0] <= low:
            high = middle
        else:
            best, score, low = found, value, -value[1][0]
    return best, score


NARROW_MIN = 4.0
"""Minutes of slack that are not sought any closer for trucks."""


def _alone(trucks: Trucks, i: int) -> float:
    """Return when a load could be at its place if a truck went there at once with it alone."""
    world = trucks.rest.world
    load = world.loads[i]
    found = (
        trucks.rest.try_round(truck, ((load.stop.place, (i,)),), load.release)
        for truck in trucks.rest.alike(world.at_base("truck", trucks.warehouse))
    )
    return min((made.round.done[0] for made in found if made is not None), default=inf)


def _again(trucks: Trucks, now: Growing, limit: Due, effort: Effort, seed: int) -> Growing | None:
    """Return the plan with other rounds for what its trucks bring, within limits."""
    made = now.rounds_from("truck", trucks.warehouse)
    stops = [stop for one in made for stop in one.stops]
    return routed(trucks, stops, trucks.needed | limit, made, effort, seed)


def routed(
    trucks: Trucks,
    stops: Sequence[tuple[str, tuple[int, ...]]],
    limits: Due,
    made: Sequence[Made],
    effort: Effort,
    seed: int,
) -> Growing | None:
    """Return the plan with rounds to all stops that keep all limits, None where none was found.

    Parameters
    ----------
    stops
        Places with the loads unloaded there.
    limits
        Latest end of unloading by load, in minutes.
    made
        Rounds to begin at, whose stops these are; may be empty.
    """
    world = trucks.rest.world
    fleet = world.at_base("truck", trucks.warehouse)
    jobs = [_job(world, n, stop, limits, fleet) for n, stop in enumerate(stops)]
    for short in (False, True):
        carriers = _carriers(world, fleet, trucks.warehouse, short)
        begin = _begin(made, carriers) if made else None

        def minutes(start: str, end: str, cls: str | None) -> float | None:
            lasts, _ = world.way("truck", start, end, cls)
            return None if lasts == inf else lasts

        load_min = world.rules.truck_load_min
        found = solve_routes(
            jobs, carriers, trucks.warehouse, minutes, load_min, effort, seed, begin
        )  # fmt: skip
        again = None if found is None else _on_the_clock(trucks, found, stops, limits)
        if again is not None:
            return again
        if all(v.crew_min == inf for v in fleet):
            break
    return None


def _job(
    world: World, n: int, stop: tuple[str, tuple[int, ...]], limits: Due, fleet: Sequence[Vehicle]
) -> Job:
    place, ids = stop
    boxes, units = world.amount(ids)
    service = world.unload(boxes)
    last = min(limits[i] for i in ids) - service
    gate = world.calendar.of("place", place)
    spans = ((opens, min(closes - service, last)) for opens, closes in gate)
    windows: Open = tuple((a, b) for a, b in spans if -inf < b >= a)
    release = max(world.loads[i].release for i in ids)
    arrive: dict[str | None, Open] = {v.vessel_class: windows for v in fleet}
    return Job(n, place, boxes, units, service, release, arrive)


def _carriers(world: World, fleet: Sequence[Vehicle], warehouse: str, short: bool) -> list[Carrier]:
    """Return trucks with their days; where docks are few, one wave begins after the other.

    ``short``: no day is longer than its crew may work.
    """
    docks = world.rules.docks.get(warehouse, len(fleet) or 1)
    out = []
    for n, truck in enumerate(fleet):
        wave = n // docks * world.rules.truck_load_min
        days = []
        for opens, closes in world.calendar.of("mode", "truck"):
            start, worked = max(opens, truck.since), inf
            if truck.worked_from is not None and start - truck.since < world.rules.least_rest_min:
                worked = truck.worked_from + truck.crew_min
            ends = min(closes, worked, truck.until, start + truck.crew_min if short else inf)
            if start + wave < ends:
                days.append((start + wave, ends))
        out.append(
            Carrier(
                truck.vehicle_id, truck.vessel_class, truck.boxes, truck.escort_units,
                truck.cost_per_min, tuple(days),
            )
        )  # fmt: skip
    return out


def _begin(
    made: Sequence[Made], carriers: Sequence[Carrier]
) -> tuple[list[DutyRoute], dict[int, float]] | None:
    """Return rounds as routes to begin at, and when each job is reached in them."""
    duties = {carrier.vehicle_id: carrier.duties for carrier in carriers}
    routes: dict[tuple[str, tuple[float, float]], list[tuple[int, ...]]] = {}
    arrivals: dict[int, float] = {}
    job = 0
    for one in made:
        jobs = tuple(range(job, job + len(one.stops)))
        arrivals.update(zip(jobs, one.round.arrive, strict=False))
        job += len(one.stops)
        name, start = one.vehicle.vehicle_id, one.round.load_start
        duty = next((d for d in duties[name] if d[0] <= start < d[1]), None)
        if duty is None:
            return None
        routes.setdefault((name, duty), []).append(jobs)
    return [DutyRoute(name, duty, tuple(trips)) for (name, duty), trips in routes.items()], arrivals


def _on_the_clock(
    trucks: Trucks,
    found: Sequence[DutyRoute],
    stops: Sequence[tuple[str, tuple[int, ...]]],
    limits: Due,
) -> Growing | None:
    """Return routes as rounds on the clock, None where one misses a limit there."""
    own, world = trucks.rest.copy(), trucks.rest.world
    fleet = {v.vehicle_id: v for v in world.at_base("truck", trucks.warehouse)}
    waiting: dict[str, list[tuple[float, tuple[int, ...]]]] = {}
    for route in sorted(found, key=lambda r: r.duty):
        trips = ((route.duty[0], trip) for trip in route.trips)
        waiting.setdefault(route.vehicle_id, []).extend(trips)
    nexts: dict[str, Made | None] = {}
    while waiting:
        for name, (trip, *_) in waiting.items():
            if name not in nexts:
                nexts[name] = _next_round(own, fleet[name], *trip, stops)
        ready = [(one.round.load_start, name, one) for name, one in nexts.items() if one]
        if len(ready) < len(waiting):
            return None
        _, name, made = min(ready, key=lambda row: row[:2])
        own.add(made)
        waiting[name].pop(0)
        if not waiting[name]:
            del waiting[name]
        nexts = {} if trucks.warehouse in world.rules.docks else nexts
        nexts.pop(name, None)
        unloaded = made.unloaded
        if any(done > limits[i] for i, done in unloaded.items()):
            return None
        own.delivered |= {i: done for i, done in unloaded.items() if i not in trucks.needed}
    return own


def _next_round(
    growing: Growing,
    truck: Vehicle,
    begins: float,
    jobs: Sequence[int],
    stops: Sequence[tuple[str, tuple[int, ...]]],
) -> Made | None:
    world = growing.world
    own: list[tuple[str, tuple[int, ...]]] = []
    for job in jobs:
        place, ids = stops[job]
        if own and own[-1][0] == place and world.loads[ids[0]].stop.place == place:
            own[-1] = (place, own[-1][1] + ids)  # one place in a row is one stop
        else:
            own.append((place, ids))
    ready = max(begins, *(world.loads[i].release for _, ids in own for i in ids))
    return growing.try_round(truck, tuple(own), ready)
