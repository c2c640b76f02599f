"""One echelon of a plan as a routing problem for PyVRP, and its answer back as routes.

Loads a vehicle carries from one base, several trips a day, two capacities (boxes and escort
seats), release times, and windows of which a load may have several.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from analytics.network.open_times import Interval, Open

if TYPE_CHECKING:
    import pyvrp
    from pyvrp.stop import StoppingCriterion

COST_SCALE = 1000
"""Whole cost units per minute of the dearest vehicle: PyVRP counts in whole numbers."""
PRIZE_LOAD, PRIZE_BOX = 1500, 100
"""Worth of bringing a load, and each of its boxes, where not everything can be brought.

Counted in minutes: above a day's trip, and far below PyVRP's penalty for a minute or a box too
many, or it would rather break the windows."""


NO_WAY_MIN = 1_000_000
"""Minutes of a way that does not exist: two years, longer than any day. PyVRP's own value times its
penalties leaves the whole numbers it counts in."""
HORIZON_MIN = 10_000_000
"""Minutes after which nothing is due."""


class Job(NamedTuple):
    """A load to bring to a place.

    ``arrive`` gives, per vessel class, the minutes between which unloading may start; the
    classes of a truck echelon are just None.
    """

    job_id: int
    place: str
    boxes: int
    escort_units: int
    service_min: int
    release: float
    arrive: dict[str | None, Open]


class Vehicle(NamedTuple):
    """A vehicle and the minutes between which it may be out on each of its days.

    ``crew_min`` is not held by the search: with a limit on the length of a day, release times and
    reloading together, PyVRP 0.14.1 was seen never to end. See `plan_loads.World.with_short_days`.
    """

    vehicle_id: str
    vessel_class: str | None
    boxes: int
    escort_units: int | None
    cost_per_min: float
    crew_min: float
    duties: tuple[Interval, ...]


class DutyRoute(NamedTuple):
    """What one vehicle does on one of its days: job ids, trip by trip."""

    vehicle_id: str
    duty: Interval
    trips: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Effort:
    """How long to search: whichever comes first.

    Attributes
    ----------
    iterations
        At least 1, of each start. A search that ends by iterations is the same on every machine.
    starts
        At least 1. With few loads a search soon sticks where it began, so it begins several times.
    seconds
        Above 0, all starts together.
    first_feasible
        Stop at the first answer in which everything is in time.
    """

    iterations: int
    starts: int
    seconds: float
    first_feasible: bool = False


@dataclass(frozen=True)
class Routing:
    """Answer of one search.

    Attributes
    ----------
    routes
        One per vehicle and day used.
    unserved
        Jobs left out; empty unless they were made optional.
    feasible
        Whether capacities, windows and releases hold.
    by_time
        Whether the clock ended the search, so that another machine may find another answer.
    """

    routes: tuple[DutyRoute, ...]
    unserved: tuple[int, ...]
    feasible: bool
    by_time: bool


Minutes = Callable[[str, str, str | None], float | None]
"""Usual minutes from one place to another for a vessel class; None where there is no way."""


def split_load(boxes: Sequence[int], most: int, halves: bool) -> list[tuple[int, ...]]:
    """Split the TPS of a stop into loads that one vehicle can carry.

    Parameters
    ----------
    boxes
        Boxes per TPS; the boxes of one TPS stay together.
    most
        Boxes that the smallest vehicle carries, at least the largest of ``boxes``.
    halves
        Split a stop that does not fit into a half, a quarter and so on, from which trips of any
        size can be put together; else into full vehicles and a rest.

    Returns
    -------
    list
        Positions of the TPS, load by load. One load if all fit.
    """
    rest = sorted(range(len(boxes)), key=lambda i: (-boxes[i], i))
    if sum(boxes) <= most:
        return [tuple(rest)] if rest else []
    loads: list[tuple[int, ...]] = []
    while rest:
        limit = min(most, ceil(sum(boxes[i] for i in rest) / 2)) if halves else most
        limit = max(limit, boxes[rest[0]])
        load: list[int] = []
        for i in rest:
            if sum(boxes[j] for j in load) + boxes[i] <= limit:
                load.append(i)
        rest = [i for i in rest if i not in load]
        loads.append(tuple(load))
    return loads


def solve_echelon(
    jobs: Sequence[Job],
    vehicles: Sequence[Vehicle],
    base: str,
    minutes: Minutes,
    load_min: int,
    effort: Effort,
    seed: int,
    optional: bool = False,
) -> Routing:
    """Route jobs from a base by PyVRP.

    Parameters
    ----------
    optional
        Leave out what cannot be brought, as few boxes as the search can find, instead of
        answering with an infeasible plan.

    Returns
    -------
    Routing
        ``feasible`` false also where there is no vehicle at all.
    """
    if not jobs:
        return Routing((), (), True, False)
    everything = tuple(job.job_id for job in jobs)
    built = _Built(jobs, vehicles, base, minutes, load_min, optional)
    if not built.types or (built.hopeless and not optional):
        return Routing((), everything, False, False)
    if not built.clients:
        return Routing((), everything, True, False)
    best, by_time = _search(built.model.data(NO_WAY_MIN), effort, seed)
    if best is None:
        return Routing((), everything, False, by_time)
    routes = built.routes(best)
    served = {job for route in routes for trip in route.trips for job in trip}
    left = tuple(job for job in everything if job not in served)
    return Routing(routes, left, True, by_time)


def _search(
    data: pyvrp.ProblemData, effort: Effort, seed: int
) -> tuple[pyvrp.Solution | None, bool]:
    """Return the best feasible answer of several starts, and whether the clock ended one."""
    import pyvrp
    from pyvrp.exceptions import PenaltyBoundWarning
    from pyvrp.stop import FirstFeasible, MaxIterations, MaxRuntime, MultipleCriteria

    best: pyvrp.Result | None = None
    ends = time.perf_counter() + effort.seconds
    for start in range(effort.starts):
        left = ends - time.perf_counter()
        if start and left <= 0:
            return (best.best if best else None), True
        criteria: list[StoppingCriterion] = [MaxIterations(effort.iterations)]
        criteria.append(MaxRuntime(max(0.01, left)))
        if effort.first_feasible:
            criteria.append(FirstFeasible())
        with warnings.catch_warnings():
            # Asking for more slack than there is, is how the most slack is found.
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            stop = MultipleCriteria(criteria)
            result = pyvrp.solve(data, stop, seed=seed * 1000 + start, collect_stats=False)
        if result.is_feasible() and (best is None or result.cost() < best.cost()):
            best = result
            if effort.first_feasible:
                break
    return (best.best if best else None), time.perf_counter() > ends


class _Built:
    """The PyVRP model of an echelon, and what its indices stand for."""

    def __init__(
        self,
        jobs: Sequence[Job],
        vehicles: Sequence[Vehicle],
        base: str,
        minutes: Minutes,
        load_min: int,
        optional: bool,
    ) -> None:
        import pyvrp

        self.model = pyvrp.Model()
        self.clients: list[int] = []
        self.types: list[tuple[list[str], Interval]] = []
        self.hopeless = False
        self.origin = self.model.add_location(0, 0, name=base)
        self.depot = self.model.add_depot(self.origin, service_duration=load_min)
        classes = sorted({v.vessel_class for v in vehicles}, key=str)
        self.profiles = {cls: self.model.add_profile(name=str(cls)) for cls in classes}
        self.places: list[tuple[pyvrp.Location, str, frozenset[str | None]]] = []
        self._sites: dict[tuple[str, frozenset[str | None]], pyvrp.Location] = {}
        for job in jobs:
            self._add_job(job, classes, optional)
        self._add_edges(base, minutes)
        self._add_vehicles(vehicles, 1 if optional else COST_SCALE)

    def _add_job(self, job: Job, classes: Iterable[str | None], optional: bool) -> None:
        by_windows: dict[Open, list[str | None]] = {}
        for cls in classes:
            windows = _whole(job.arrive.get(cls, ()), job.release)
            by_windows.setdefault(windows, []).append(cls)
        ways = [(w, frozenset(of)) for windows, of in by_windows.items() for w in windows]
        self.hopeless |= not ways
        group = None
        if len(ways) > 1:
            group = self.model.add_client_group(required=not optional, name=str(job.job_id))
        for (opens, closes), of in ways:
            self.model.add_client(
                self._site(job.place, of),
                delivery=[job.boxes, job.escort_units],
                service_duration=job.service_min,
                tw_early=int(opens),
                tw_late=int(closes),
                release_time=max(0, ceil(job.release)),
                prize=PRIZE_LOAD + PRIZE_BOX * job.boxes if optional else 0,
                required=group is None and not optional,
                group=group,
                name=str(job.job_id),
            )
            self.clients.append(job.job_id)

    def _site(self, place: str, classes: frozenset[str | None]) -> pyvrp.Location:
        if (place, classes) not in self._sites:
            site = self.model.add_location(0, 0, name=place)
            self._sites[place, classes] = site
            self.places.append((site, place, classes))
        return self._sites[place, classes]

    def _add_edges(self, base: str, minutes: Minutes) -> None:
        nodes = [(self.origin, base, frozenset(self.profiles)), *self.places]
        for cls, profile in self.profiles.items():
            mine = [(site, place) for site, place, classes in nodes if cls in classes]
            for here, a in mine:
                for there, b in mine:
                    lasts = 0.0 if a == b else minutes(a, b, cls)
                    if here is not there and lasts is not None:
                        self.model.add_edge(here, there, 0, int(lasts), profile)

    def _add_vehicles(self, vehicles: Sequence[Vehicle], scale: int) -> None:
        dearest = max((v.cost_per_min for v in vehicles), default=0.0)
        alike: dict[Vehicle, list[str]] = {}
        for vehicle in vehicles:
            for opens, closes in vehicle.duties:
                day = (float(ceil(max(opens, 0))), float(floor(closes)))
                if day[0] < day[1]:
                    key = vehicle._replace(vehicle_id="", duties=(day,))
                    alike.setdefault(key, []).append(vehicle.vehicle_id)
        seats = sum(client.delivery[1] for client in self.model.clients)
        days = sorted({kind.duties[0][0] for kind in alike})
        for kind, names in alike.items():
            share = kind.cost_per_min / dearest if dearest else 1.0
            day = kind.duties[0]
            self.model.add_vehicle_type(
                num_available=len(names),
                capacity=[kind.boxes, seats if kind.escort_units is None else kind.escort_units],
                start_depot=self.depot,
                end_depot=self.depot,
                fixed_cost=days.index(day[0]),  # of two days that cost the same, the earlier
                tw_early=int(day[0]),
                tw_late=int(day[1]),
                unit_distance_cost=0,
                unit_duration_cost=max(1, round(scale * share)),
                profile=self.profiles[kind.vessel_class],
                reload_depots=[self.depot],
            )
            self.types.append((names, day))

    def routes(self, solution: pyvrp.Solution) -> tuple[DutyRoute, ...]:
        """Return the routes with vehicles named: alike ones in the order of their ids."""
        used: dict[int, int] = {}
        out = []
        for route in solution.routes():
            kind = route.vehicle_type()
            names, duty = self.types[kind]
            vehicle = names[used.get(kind, 0)]
            used[kind] = used.get(kind, 0) + 1
            trips: dict[int, list[int]] = {}
            for step in route.schedule():
                if step.is_client():
                    trips.setdefault(step.trip, []).append(self.clients[step.idx])
            out.append(DutyRoute(vehicle, duty, tuple(tuple(t) for t in trips.values())))
        return tuple(out)


def _whole(windows: Open, release: float) -> Open:
    """Return windows in whole minutes from 0 on, without what is over before the release."""
    first = max(0.0, release)
    found = (
        (float(ceil(max(opens, first))), float(floor(min(closes, HORIZON_MIN))))
        for opens, closes in windows
    )
    return tuple((opens, closes) for opens, closes in found if opens <= closes)
