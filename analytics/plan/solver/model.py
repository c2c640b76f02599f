"""The rounds of one base as a routing problem for PyVRP, and its answer back as routes.

Several trips a day, two capacities (boxes and escort seats), release times, and windows of which a
job may have several. A search is counted in iterations, never in seconds.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from analytics.network.open_times import Interval, Open

if TYPE_CHECKING:
    import pyvrp
    from pyvrp.stop import StoppingCriterion

COST_SCALE = 1000
"""Whole cost units per minute of the dearest vehicle: PyVRP counts in whole numbers."""


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


class Carrier(NamedTuple):
    """A vehicle and the minutes between which it may be out on each of its days.

    No hours of a crew: with a limit on the length of a day, release times and reloading together,
    PyVRP 0.14.1 was seen never to end.
    """

    vehicle_id: str
    vessel_class: str | None
    boxes: int
    escort_units: int | None
    cost_per_min: float
    duties: tuple[Interval, ...]


class DutyRoute(NamedTuple):
    """What one vehicle does on one of its days: job ids, trip by trip."""

    vehicle_id: str
    duty: Interval
    trips: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Effort:
    """How long to search.

    Attributes
    ----------
    iterations
        At least 1, of each start.
    starts
        At least 1. With few jobs a search soon sticks where it began, so it begins several times.
    first_feasible
        Stop at the first answer in which everything is in time.
    """

    iterations: int
    starts: int = 1
    first_feasible: bool = False


Begin = tuple[Sequence[DutyRoute], Mapping[int, float]]
"""Routes, and the minute in which each job is reached in them."""
Minutes = Callable[[str, str, str | None], float | None]
"""Usual minutes from one place to another for a vessel class; None where there is no way."""


def solve_routes(
    jobs: Sequence[Job],
    vehicles: Sequence[Carrier],
    base: str,
    minutes: Minutes,
    load_min: int,
    effort: Effort,
    seed: int,
    begin: Begin | None = None,
) -> tuple[DutyRoute, ...] | None:
    """Route jobs from a base by PyVRP.

    Parameters
    ----------
    begin
        Routes to begin at, and when each job is reached in them.

    Returns
    -------
    tuple
        One route per vehicle and day used; None where no answer was found in which all is in time.
    """
    if not jobs:
        return ()
    built = _Built(jobs, vehicles, base, minutes, load_min)
    if not built.types or built.hopeless:
        return None
    data = built.model.data(NO_WAY_MIN)
    best = _search(data, effort, seed, None if begin is None else built.solution(data, *begin))
    return None if best is None else built.routes(best)


def _search(
    data: pyvrp.ProblemData, effort: Effort, seed: int, first: pyvrp.Solution | None
) -> pyvrp.Solution | None:
    """Return the best feasible answer of several starts."""
    import pyvrp
    from pyvrp.exceptions import PenaltyBoundWarning
    from pyvrp.stop import FirstFeasible, MaxIterations, MultipleCriteria

    best: pyvrp.Result | None = None
    for start in range(effort.starts):
        criteria: list[StoppingCriterion] = [MaxIterations(effort.iterations)]
        if effort.first_feasible:
            criteria.append(FirstFeasible())
        with warnings.catch_warnings():
            # Asking for more slack than there is, is how the most slack is found.
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            stop = MultipleCriteria(criteria)
            result = pyvrp.solve(
                data, stop, seed=seed * 1000 + start, collect_stats=False, initial_solution=first
            )
        if result.is_feasible() and (best is None or result.cost() < best.cost()):
            best = result
            if effort.first_feasible:
                break
    return best.best if best else None


class _Built:
    """The PyVRP model of an echelon, and what its indices stand for."""

    def __init__(
        self,
        jobs: Sequence[Job],
        vehicles: Sequence[Carrier],
        base: str,
        minutes: Minutes,
        load_min: int,
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
            self._add_job(job, classes)
        self._add_edges(base, minutes)
        self._add_vehicles(vehicles)

    def _add_job(self, job: Job, classes: Iterable[str | None]) -> None:
        by_windows: dict[Open, list[str | None]] = {}
        for cls in classes:
            windows = _whole(job.arrive.get(cls, ()), job.release)
            by_windows.setdefault(windows, []).append(cls)
        ways = [(w, frozenset(of)) for windows, of in by_windows.items() for w in windows]
        self.hopeless |= not ways
        group = None
        if len(ways) > 1:
            group = self.model.add_client_group(required=True, name=str(job.job_id))
        for (opens, closes), of in ways:
            self.model.add_client(
                self._site(job.place, of),
                delivery=[job.boxes, job.escort_units],
                service_duration=job.service_min,
                tw_early=int(opens),
                tw_late=int(closes),
                release_time=max(0, ceil(job.release)),
                required=group is None,
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

    def _add_vehicles(self, vehicles: Sequence[Carrier]) -> None:
        dearest = max((v.cost_per_min for v in vehicles), default=0.0)
        alike: dict[Carrier, list[str]] = {}
        for vehicle in vehicles:
            for opens, closes in vehicle.duties:
                day = _whole_day((opens, closes))
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
                unit_duration_cost=max(1, round(COST_SCALE * share)),
                profile=self.profiles[kind.vessel_class],
                reload_depots=[self.depot],
            )
            self.types.append((names, day))

    def solution(
        self, data: pyvrp.ProblemData, routes: Sequence[DutyRoute], arrivals: Mapping[int, float]
    ) -> pyvrp.Solution | None:
        """Return routes as an answer to begin at; None where one of them does not fit in."""
        import pyvrp

        stop, depot = pyvrp.ActivityType.CLIENT, pyvrp.Activity(pyvrp.ActivityType.DEPOT, 0)
        out = []
        for route in routes:
            kind = next(
                (
                    n
                    for n, (names, day) in enumerate(self.types)
                    if route.vehicle_id in names and day == _whole_day(route.duty)
                ),
                None,
            )
            steps: list[pyvrp.Activity] = []
            for trip in route.trips:
                clients = [self._client(job, arrivals.get(job, 0.0)) for job in trip]
                if None in clients or kind is None:
                    return None
                steps += [depot] if steps else []
                steps += [pyvrp.Activity(stop, client) for client in clients if client is not None]
            out.append(pyvrp.Route(data, steps, kind or 0))
        return pyvrp.Solution(data, out) if out else None

    def _client(self, job: int, arrival: float) -> int | None:
        """Return the client that stands for a job when it is reached, the last by default."""
        own = [n for n, of in enumerate(self.clients) if of == job]
        late = (n for n in own if arrival <= self.model.clients[n].tw_late)
        return next(late, own[-1] if own else None)

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


def _whole_day(duty: Interval) -> Interval:
    """Return the whole minutes of a day from 0 on."""
    return float(ceil(max(duty[0], 0))), float(floor(min(duty[1], HORIZON_MIN)))


def _whole(windows: Open, release: float) -> Open:
    """Return windows in whole minutes from 0 on, without what is over before the release."""
    first = max(0.0, release)
    found = (
        (float(ceil(max(opens, first))), float(floor(min(closes, HORIZON_MIN))))
        for opens, closes in windows
    )
    return tuple((opens, closes) for opens, closes in found if opens <= closes)
