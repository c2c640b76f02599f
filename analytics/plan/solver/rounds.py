"""One round of one vehicle on the clock: when it loads, goes, unloads and is back.

All the planner builds rests on `make_round`: working hours, sea, places, docks and the hours of the
crew are held here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from analytics.network.open_times import Open, earliest, latest_start
from analytics.plan.solver.loads import Vehicle, World


class Crew(NamedTuple):
    """A vehicle between two rounds: free from when, and since when its crew's day runs.

    ``since`` is None where its crew has not worked before.
    """

    free: float
    since: float | None


class Round(NamedTuple):
    """Minutes of one round.

    ``depart`` and ``arrive`` have an entry per leg, ``done`` one per stop (end of unloading).
    """

    load_start: float
    depart: tuple[float, ...]
    arrive: tuple[float, ...]
    done: tuple[float, ...]
    crew: Crew

    @property
    def back(self) -> float:
        """Return the minute in which it is back at its base."""
        return self.arrive[-1]


Yard = dict[str, list[tuple[float, float]]]
"""When vehicles load at a base that has a limit of docks, by code of the base."""
Visit = tuple[str, int]
"""A place, and the minutes of unloading there."""


def crew_of(vehicle: Vehicle) -> Crew:
    """Return a vehicle as it stands at the beginning of a plan."""
    return Crew(vehicle.since, vehicle.worked_from)


LONGEST_WAIT_MIN = 360.0
"""A truck or carrier that would have to wait longer on its way does not set out, and no vehicle
waits longer loaded: nobody leaves kits on board over night."""


def make_round(
    world: World, vehicle: Vehicle, crew: Crew, visits: Sequence[Visit], ready: float, yard: Yard
) -> Round | None:
    """Return the earliest round to places in their order, None where there is none.

    Parameters
    ----------
    ready
        Minute from which it may load.

    Notes
    -----
    A truck or carrier does not stay away over night. A boat may, at its last landing, where its
    crew rests. Where a round begun at once would be longer than the crew may work, it begins
    later: with less waiting on the way, after a rest, or with the next working hours.
    """
    first = max(ready, crew.free, vehicle.since)
    if first == inf:
        return None
    nights = (0.0, float(world.rules.least_rest_min)) if vehicle.mode == "boat" else (0.0,)
    for start in _starts(world, vehicle, crew, first):
        found = [
            kept
            for stay in nights
            for kept in _kept(world, vehicle, crew, visits, (start, stay), yard)
        ]
        if found:
            return min(found, key=lambda one: (one.done[-1], one.back))
    return None


def _kept(
    world: World,
    vehicle: Vehicle,
    crew: Crew,
    visits: Sequence[Visit],
    begins: tuple[float, float],
    yard: Yard,
) -> Iterator[Round]:
    """Yield the round that begins at a minute, or later with less waiting, within the crew's hours.

    ``begins`` are that minute and the minutes to stay at the last place.
    """
    start, stay = begins
    found = _timed(world, vehicle, visits, start, yard, stay)
    if found is None:
        return
    kept = _within_hours(world, vehicle, crew, found)
    if kept is not None:
        yield kept
        return
    idle = sum(pause for pause, _, _ in _pauses(world, vehicle, found))
    if 0 < idle < world.rules.least_rest_min:
        late = _timed(world, vehicle, visits, found.load_start + idle, yard, stay)
        kept = None if late is None else _within_hours(world, vehicle, crew, late)
        if kept is not None:
            yield kept


def _starts(world: World, vehicle: Vehicle, crew: Crew, first: float) -> list[float]:
    """Return the minutes from which to try: at once, after a rest, and when each day begins."""
    found = {first}
    if crew.since is not None:
        found.add(max(first, crew.free + world.rules.least_rest_min))
    found.update(opens for opens, _ in world.calendar.of("mode", vehicle.mode) if opens > first)
    return sorted(found)


def _timed(
    world: World, vehicle: Vehicle, visits: Sequence[Visit], start: float, yard: Yard, stay: float
) -> Round | None:
    """Return the round that begins no earlier than ``start``, hours of the crew left aside."""
    mode, base, cls = vehicle.mode, vehicle.base, vehicle.vessel_class
    load_start, now = _loaded(world, vehicle, visits[0][0], start, yard)
    depart: list[float] = []
    arrive: list[float] = []
    done: list[float] = []
    here, last = base, len(visits)
    for n, (place, service) in enumerate((*visits, (base, 0))):
        minutes, when = world.way(mode, here, place, cls)
        if n:
            now = earliest(now + (stay if n == last else 0.0), minutes, when)
        if inf in (now, minutes):
            return None
        depart.append(now)
        now += minutes
        arrive.append(now)
        if n < last:
            now = earliest(now, service, world.calendar.of("place", place)) + service
            done.append(now)
        here = place
    if now > vehicle.until:
        return None
    return Round(load_start, tuple(depart), tuple(arrive), tuple(done), Crew(now, None))


def _loaded(
    world: World, vehicle: Vehicle, first: str, start: float, yard: Yard
) -> tuple[float, float]:
    """Return when loading starts and when it sets out, infinite where it cannot.

    It loads as late as its departure allows, so as not to wait loaded for the sea to open.
    """
    mode, base = vehicle.mode, vehicle.base
    lasts, gate = world.rules.load_min(mode), world.calendar.of_loading(mode, base)
    minutes, when = world.way(mode, base, first, vehicle.vessel_class)
    begin = _at_dock(world, base, start, lasts, gate, yard)
    leave = earliest(begin + lasts, minutes, when)
    if leave > begin + lasts and leave < inf:
        late = latest_start(leave, lasts, gate)
        if late > begin and _at_dock(world, base, late, lasts, gate, yard) == late:
            begin = late
    return begin, leave if leave - begin - lasts <= LONGEST_WAIT_MIN else inf


def _at_dock(world: World, base: str, start: float, lasts: float, gate: Open, yard: Yard) -> float:
    """Return the first minute from which it can load with a dock to itself all the while."""
    begin = earliest(start, lasts, gate)
    limit = world.rules.docks.get(base)
    if limit is None:
        return begin
    taken = [*world.taken.get(base, ()), *yard.get(base, ())]
    while begin < inf and _busiest(taken, begin, begin + lasts) >= limit:
        after = min(b for _, b in taken if b > begin)
        begin = earliest(after, lasts, gate)
    return begin


def _busiest(taken: Sequence[tuple[float, float]], start: float, end: float) -> int:
    """Return how many load at once at most between two minutes."""
    met = [(a, b) for a, b in taken if a < end and start < b]
    moments = [start, *(a for a, _ in met if a > start)]
    return max(sum(1 for a, b in met if a <= at < b) for at in moments)


def _pauses(world: World, vehicle: Vehicle, found: Round) -> Iterator[tuple[float, float, float]]:
    """Yield each pause of a round: how long, from when, until when."""
    loaded = found.load_start + world.rules.load_min(vehicle.mode)
    for ready, leaves in zip((loaded, *found.done), found.depart, strict=True):
        yield leaves - ready, ready, leaves


def _within_hours(world: World, vehicle: Vehicle, crew: Crew, found: Round) -> Round | None:
    """Return the round with its crew's day, None where the crew would work too long."""
    rest, most = world.rules.least_rest_min, vehicle.crew_min
    goes_on = crew.since is not None and found.load_start - crew.free < rest
    since = crew.since if goes_on and crew.since is not None else found.load_start
    for pause, ready, leaves in _pauses(world, vehicle, found):
        if vehicle.mode != "boat" and pause > LONGEST_WAIT_MIN:
            return None
        if pause >= rest:
            if ready - since > most:
                return None
            since = leaves
    if found.back - since > most:
        return None
    return found._replace(crew=Crew(found.back, since))


def occupy(world: World, vehicle: Vehicle, found: Round, yard: Yard) -> None:
    """Note in the yard that a vehicle loads."""
    if vehicle.base in world.rules.docks:
        ends = found.load_start + world.rules.load_min(vehicle.mode)
        yard.setdefault(vehicle.base, []).append((found.load_start, ends))
