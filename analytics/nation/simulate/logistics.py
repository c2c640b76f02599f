"""SIMULASI: warehouses, piers, ways and vehicles of an invented nation, with late boats known.

Each kabupaten has a warehouse in the midst of the voters of its main island. Islands are reached
by boat from the nearest desa of the main island: a landing each, from which local carriers go on
where an island has several desa. The fleet is as large as an ordinary kabupaten needs; where boats
are planted late, none of them can be at the farthest landing of its pier in time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from analytics.hotspots.weights import metric_points
from analytics.nation.plans import BOXES_PER_TPS, PlanDays
from analytics.nation.simulate.reports import TRUTH_COLUMNS
from analytics.nation.ways import Mode, WayRules
from analytics.plan.inputs import PlanRules
from geo.errors import CodeError, ParameterError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
WAREHOUSE, PIER, LANDING = "gudang", "dermaga", "pendaratan"
DEPOTS = ("depot_id", "kabupaten", "kind", "desa_code", "lon", "lat")
LEGS = (
    "kabupaten", "from_code", "to_code", "mode", "low_min", "usual_min", "high_min", "area",
)  # fmt: skip
FLEET = (
    "kabupaten", "vehicle_id", "mode", "base", "capacity_boxes", "cost_per_hour", "crew_hours",
    "available_from",
)  # fmt: skip
LATE_BOAT = "late_boat"
LATE_BY_MIN = 30.0
"""Minutes after the deadline at which a late boat is at its farthest landing at the earliest."""


@dataclass(frozen=True)
class LogisticsRules:
    """What vehicles there are, and how many boats are late; every default is an assumption.

    Attributes
    ----------
    ways
        How long ways take.
    days
        When kits may leave and have to be there: what the fleet is enough for.
    truck_boxes, boat_boxes, local_boxes
        1 to 10,000 boxes that a vehicle carries.
    truck_cost, boat_cost, local_cost
        0 to 10,000 per hour, in any unit.
    crew_hours
        1 to 24 hours that a crew works in a day.
    busy
        0.05 to 1: share of the hours that a vehicle of an ordinary kabupaten is on its way.
    near
        1 to 100: a place has a direct way to so many nearest ones.
    late_share
        0 to 1: part of the kabupaten with islands whose boats are late.
    """

    ways: WayRules = field(default_factory=WayRules)
    days: PlanDays = field(default_factory=PlanDays)
    truck_boxes: int = 100
    boat_boxes: int = 200
    local_boxes: int = 100
    truck_cost: float = 60.0
    boat_cost: float = 120.0
    local_cost: float = 10.0
    crew_hours: float = 12.0
    busy: float = 0.7
    near: int = 8
    late_share: float = 0.05

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float]] = {
            **dict.fromkeys(("truck_boxes", "boat_boxes", "local_boxes"), (1, 10_000)),
            **dict.fromkeys(("truck_cost", "boat_cost", "local_cost"), (0, 10_000)),
            "crew_hours": (1, 24),
            "busy": (0.05, 1),
            "near": (1, 100),
            "late_share": (0, 1),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


@dataclass(frozen=True, eq=False)
class Logistics:
    """Depots, ways and vehicles.

    Attributes
    ----------
    depots
        ``depot_id``, ``kabupaten``, ``kind`` (gudang, dermaga or pendaratan), ``desa_code``,
        ``lon``, ``lat``. A landing of an island of one desa is that desa and no depot.
    legs
        ``kabupaten``, ``from_code``, ``to_code`` (depots and desa), ``mode`` (truck, boat or
        local), ``low_min``, ``usual_min``, ``high_min``, ``area`` (of the sea, "" on land). Each
        leg stands once and holds both ways.
    fleet
        ``kabupaten``, ``vehicle_id``, ``mode``, ``base`` (a depot), ``capacity_boxes``,
        ``cost_per_hour``, ``crew_hours``, ``available_from`` (a time with zone; NaT: always).
    truth
        `analytics.nation.simulate.reports.TRUTH_COLUMNS`: ``what`` "late_boat", ``code`` of the
        vehicle, the days on which it is missed, and as ``factor`` the hours it is late.
    """

    depots: pd.DataFrame = field(repr=False)
    legs: pd.DataFrame = field(repr=False)
    fleet: pd.DataFrame = field(repr=False)
    truth: pd.DataFrame = field(repr=False)


def simulate_logistics(
    units: pd.DataFrame,
    islands: pd.DataFrame,
    voting_date: dt.date,
    rng: np.random.Generator,
    rules: LogisticsRules | None = None,
) -> Logistics:
    """Make the logistics of all kabupaten of ``units``.

    Parameters
    ----------
    units
        ``code``, ``level``, ``tps``, ``voters``, ``lon``, ``lat``; only desa are read.
    islands
        ``desa_code``, ``island_id``, ``is_main`` (on the main island of its kabupaten), one row
        per desa.
    voting_date
        The day of the vote.
    rng
        Which kabupaten have late boats; all else follows from places and rules.
    rules
        Vehicles and ways.

    Raises
    ------
    CodeError
        For a desa without an island, or a kabupaten without a main island.
    """
    rules = rules or LogisticsRules()
    desa = units[units["level"].eq("desa")].sort_values("code", ignore_index=True)
    placed = desa.merge(islands, left_on="code", right_on="desa_code", how="left")
    if placed["island_id"].isna().any():
        raise CodeError(
            str(placed.loc[placed["island_id"].isna(), "code"].iloc[0]), "a desa of islands"
        )
    kabupaten = placed["code"].str.slice(0, 5)
    lone = sorted(set(kabupaten) - set(kabupaten[placed["is_main"].eq(True)]))
    if lone:
        raise CodeError(lone[0], "a kabupaten with a main island")
    with_islands = sorted(set(kabupaten[~placed["is_main"].astype(bool)]))
    late = [code for code in with_islands if rng.random() < rules.late_share]
    parts = [
        _Kabupaten(str(code), rows.reset_index(drop=True), rules).made(voting_date, code in late)
        for code, rows in placed.groupby(kabupaten)
    ]
    columns = (DEPOTS, LEGS, FLEET, TRUTH_COLUMNS)
    names = ("depots", "legs", "fleet", "truth")
    return Logistics(
        *(
            _typed(name, pd.DataFrame(_rows(parts, name), columns=list(own)), rules.days.zone)
            for name, own in zip(names, columns, strict=True)
        )
    )


def _typed(name: str, frame: pd.DataFrame, zone: dt.tzinfo) -> pd.DataFrame:
    if name == "fleet":
        times = pd.to_datetime(frame["available_from"], utc=True)
        times = times.dt.tz_convert(zone).dt.as_unit("us")
        return frame.assign(available_from=times)
    if name == "truth":
        days = {key: pd.to_datetime(frame[key]) for key in ("date_from", "date_to")}
        return frame.assign(**days, factor=frame["factor"].astype("float64"))
    return frame


Rows = dict[str, list[tuple[Any, ...]]]


def _rows(parts: list[Rows], name: str) -> list[tuple[Any, ...]]:
    return [row for part in parts for row in part[name]]


class _Kabupaten:
    """One kabupaten on the way to its rows; ``rows`` are its desa with their islands."""

    def __init__(self, code: str, rows: pd.DataFrame, rules: LogisticsRules) -> None:
        self.code, self.rows, self.rules = code, rows, rules
        self.xy_km = metric_points(rows.set_index("code")) / 1000.0
        self.boxes = rows["tps"].to_numpy(dtype=np.int64) * BOXES_PER_TPS
        self.codes = rows["code"].to_numpy(dtype=object)
        main = rows["is_main"].to_numpy(dtype=bool)
        self.main, self.away = np.flatnonzero(main), np.flatnonzero(~main)
        self.house = self._middle(rows["voters"].to_numpy(dtype=np.float64)[self.main])
        self.out: Rows = {name: [] for name in ("depots", "legs", "fleet", "truth")}

    def made(self, vote: dt.date, late: bool) -> Rows:
        """Return the rows of each frame."""
        house = self._depot(f"G-{self.code}", WAREHOUSE, self.house)
        stops = [int(i) for i in self.main]
        nodes, at = [str(self.codes[i]) for i in stops], list(stops)
        loads = [int(n) for n in self.boxes[stops]]
        farthest: list[tuple[str, float]] = []
        for pier_at, islands in self._piers():
            pier = self._depot(f"D-{self.codes[pier_at]}", PIER, pier_at)
            nodes, at = [*nodes, pier], [*at, pier_at]
            loads.append(int(self.boxes[np.concatenate(islands)].sum()))
            farthest += self._by_sea(pier, pier_at, islands)
        if late:
            self._delay(farthest, vote)
        away = self._km(self.house, at)
        for node, km in zip(nodes, away, strict=True):
            self._leg(house, node, "truck", float(km))
        self._between(nodes, np.array(at), "truck")
        minutes = self.rules.ways.usual_min(away, "truck")
        self._vehicles("truck", house, np.array(loads), minutes, self.rules.days.land_days)
        return self.out

    def _by_sea(self, pier: str, pier_at: int, islands: list[Ints]) -> list[tuple[str, float]]:
        """Add all behind a pier; return its boats and the usual minutes to its farthest landing."""
        names: list[str] = []
        at: list[int] = []
        for members in islands:
            nearest = int(members[np.argmin(self._km(pier_at, members))])
            name = str(self.codes[nearest])
            if len(members) > 1:
                name = self._depot(f"L-{self.codes[nearest]}", LANDING, nearest)
                self._on_island(name, nearest, members)
            names, at = [*names, name], [*at, nearest]
        away = self._km(pier_at, at)
        for name, km in zip(names, away, strict=True):
            self._leg(pier, name, "boat", float(km))
        self._between(names, np.array(at), "boat")
        loads = np.array([self.boxes[members].sum() for members in islands])
        minutes = self.rules.ways.usual_min(away, "boat")
        # One day less than there is: the boxes come to the pier first.
        days = max(1, self.rules.days.island_days - 1)
        boats = self._vehicles("boat", pier, loads, minutes, days)
        return [(boat, float(minutes.max())) for boat in boats]

    def _on_island(self, landing: str, at: int, members: Ints) -> None:
        away = self._km(at, members)
        for i, km in zip(members, away, strict=True):
            self._leg(landing, str(self.codes[i]), "local", float(km))
        self._between([str(self.codes[i]) for i in members], members, "local")
        minutes = self.rules.ways.usual_min(away, "local")
        self._vehicles("local", landing, self.boxes[members], minutes, 1)

    def _middle(self, voters: Floats) -> int:
        """Return the desa of the main island that is nearest to its voters."""
        xy = self.xy_km[self.main]
        apart = np.hypot(xy[:, None, 0] - xy[None, :, 0], xy[:, None, 1] - xy[None, :, 1])
        return int(self.main[np.argmin(apart @ voters)])

    def _piers(self) -> list[tuple[int, list[Ints]]]:
        """Return the desa of the main island with a pier, each with its islands and their desa.

        An island is reached from the desa of the main island that is nearest to it.
        """
        island = self.rows["island_id"].to_numpy()[self.away]
        found: dict[int, list[Ints]] = {}
        for key in np.unique(island):
            members = self.away[island == key]
            apart, nearest = cKDTree(self.xy_km[self.main]).query(self.xy_km[members])
            found.setdefault(int(self.main[nearest[np.argmin(apart)]]), []).append(members)
        return sorted(found.items())

    def _km(self, at: int, others: list[int] | Ints) -> Floats:
        apart = self.xy_km[np.asarray(others, dtype=np.int64)] - self.xy_km[at]
        return np.asarray(np.hypot(apart[:, 0], apart[:, 1]), dtype=np.float64)

    def _depot(self, name: str, kind: str, at: int) -> str:
        row = self.rows.iloc[at]
        place = (str(row["code"]), float(row["lon"]), float(row["lat"]))
        self.out["depots"].append((name, self.code, kind, *place))
        return name

    def _leg(self, start: str, end: str, mode: Mode, km: float) -> None:
        ways = self.rules.ways
        usual = float(ways.usual_min(np.array(km), mode))
        low, high = round(usual * ways.quick, 1), round(usual * ways.slow(mode), 1)
        area = f"LAUT-{self.code}" if mode == "boat" else ""
        self.out["legs"].append((self.code, start, end, mode, low, usual, high, area))

    def _between(self, names: list[str], at: Ints, mode: Mode) -> None:
        """Add ways between the nearest of some places."""
        for i, j in _near_pairs(self.xy_km[at], self.rules.near):
            km = float(np.hypot(*(self.xy_km[at[i]] - self.xy_km[at[j]])))
            self._leg(names[i], names[j], mode, km)

    def _vehicles(
        self, mode: Mode, base: str, loads: Ints, minutes: Floats, days: int
    ) -> list[str]:
        """Add as many vehicles as bring loads over ways out and back in so many days."""
        rules = self.rules
        capacity = int(getattr(rules, f"{mode}_boxes"))
        service = PlanRules()
        rounds = np.ceil(loads / capacity)
        unload = np.array([service.unload_of(int(min(n, capacity))) for n in loads])
        work = float((rounds * (2 * minutes + service.load_min(mode) + unload)).sum())
        longest = float((2 * minutes + service.load_min(mode) + unload).max())
        hours = min(rules.crew_hours, rules.days.hours_of(mode))
        # Whole rounds fit into a day: of the longest as many as there is time for.
        share = rules.busy if longest * 2 <= hours * 60 else rules.busy / 2
        number = max(1, int(np.ceil(work / (days * hours * 60 * share))))
        names = [f"{mode.upper()}-{base}-{n:03d}" for n in range(1, number + 1)]
        cost = float(getattr(rules, f"{mode}_cost"))
        for name in names:
            row = (self.code, name, mode, base, capacity, cost, rules.crew_hours, pd.NaT)
            self.out["fleet"].append(row)
        return names

    def _delay(self, boats: list[tuple[str, float]], vote: dt.date) -> None:
        """Let all boats come so late that the farthest landing of their pier is out of reach."""
        days, service = self.rules.days, PlanRules()
        first, due = days.release_at(vote, days.island_days), days.deadline_at(vote)
        comes: dict[str, pd.Timestamp] = {}
        for name, farthest_min in boats:
            needs = farthest_min + service.boat_load_min + service.unload_min
            at = (due - pd.Timedelta(minutes=needs - LATE_BY_MIN)).floor("min")
            comes[name] = at
            span = (pd.Timestamp(first.date()), pd.Timestamp(at.date()))
            hours = round((at - first) / pd.Timedelta(hours=1), 1)
            self.out["truth"].append((LATE_BOAT, name, "", *span, hours))
        self.out["fleet"] = [(*row[:-1], comes.get(row[1], row[-1])) for row in self.out["fleet"]]


def _near_pairs(xy_km: Floats, near: int) -> Iterator[tuple[int, int]]:
    """Yield the pairs of places of which one is among the nearest of the other, the lower first."""
    number = min(near + 1, len(xy_km))
    if number < 2:
        return
    found = np.atleast_2d(cKDTree(xy_km).query(xy_km, k=number)[1])
    row = np.repeat(np.arange(len(xy_km)), number)
    pairs = np.sort(np.column_stack([row, found.ravel()]), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    yield from ((int(i), int(j)) for i, j in pairs)
