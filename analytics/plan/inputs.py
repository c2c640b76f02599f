"""What a distribution plan is made from: stops, TPS, legs, fleet, windows and rules, checked.

Everything that plans, audits or simulates reads these frames; nothing here solves anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, NamedTuple

import pandas as pd

from analytics.reports.dates import in_one_zone
from geo.errors import ParameterError, SiagaError

MODES = ("truck", "boat", "local")
SCOPES = ("mode", "area", "place")

COLUMNS: dict[str, dict[str, str]] = {
    "stops": {
        "place_code": "str",
        "kabupaten": "str",
        "warehouse": "str",
        "pier": "str",
        "landing": "str",
        "release": "time",
        "deadline": "time",
        "tps_per_escort": "int",
        "is_coastal": "bool",
    },
    "tps": {
        "tps_id": "str",
        "place_code": "str",
        "boxes": "int",
        "at_code": "str",
        "available": "time",
    },
    "legs": {
        "from_code": "str",
        "to_code": "str",
        "mode": "str",
        "usual_min": "num",
        "low_min": "num",
        "high_min": "num",
        "vessel_class": "str",
        "area": "str",
    },
    "fleet": {
        "vehicle_id": "str",
        "mode": "str",
        "base": "str",
        "capacity_boxes": "int",
        "escort_seats": "int",
        "vessel_class": "str",
        "cost_per_hour": "num",
        "crew_hours": "num",
        "available_from": "time",
        "available_until": "time",
        "worked_from": "time",
    },
    "windows": {
        "scope": "str",
        "key": "str",
        "vessel_class": "str",
        "opens": "time",
        "closes": "time",
        "is_open": "bool",
    },
}
"""Columns of each frame and their kind; all times carry a zone."""

OPTIONAL: dict[str, frozenset[str]] = {
    "stops": frozenset({"pier", "landing", "tps_per_escort", "is_coastal"}),
    "tps": frozenset({"at_code", "available"}),
    "legs": frozenset({"low_min", "high_min", "vessel_class", "area"}),
    "fleet": frozenset(
        {
            "escort_seats",
            "vessel_class",
            "crew_hours",
            "available_from",
            "available_until",
            "worked_from",
        }
    ),
    "windows": frozenset({"vessel_class", "is_open"}),
}
"""Columns that may be missing or empty."""


class Fault(NamedTuple):
    """One thing wrong with the inputs."""

    table: str
    row: object
    column: str
    value: object
    expected: str

    def __str__(self) -> str:
        """Name the table, row, column and value, and what was expected."""
        value = self.value.isoformat() if isinstance(self.value, pd.Timestamp) else repr(self.value)
        return f"{self.table} {self.row}: {self.column}={value}, expected {self.expected}"


@dataclass(eq=False)
class PlanInputError(SiagaError, ValueError):
    """Inputs no plan can be made from; one `Fault` per thing wrong, all at once."""

    key = "plan_input"
    form = "{faults}"
    faults: Sequence[Fault]


@dataclass(eq=False)
class DeadlinePassedError(PlanInputError):
    """Deadlines that are over when a plan is made: the last of them, and of how many places."""

    key = "deadline_passed"
    form = "deadline {deadline} has passed for {places} places, expected after {now}"
    deadline: pd.Timestamp
    now: pd.Timestamp
    places: int


@dataclass(frozen=True)
class PlanRules:
    """Handling times and habits; every default is an assumption, not a published fact.

    Attributes
    ----------
    truck_load_min, boat_load_min, local_load_min
        Minutes to load before a trip, 0 to 480.
    unload_min
        Minutes per load at a stop, whatever its size, 0 to 240.
    unload_s_per_box
        Seconds per box on top, 0 to 600.
    slack_enough_min
        Slack that is not sought beyond this, in minutes; None seeks all there is before cost.
    rest_min
        Minutes without work after which a crew begins a new working day, 0 to 1,440: trips with a
        shorter pause between them count together against its hours, across midnight too.
    docks
        How many vehicles may be loading at a place at the same time, 1 or more, by code of the
        place; trucks at a warehouse, boats at a pier. A place that is not named has no limit.
    """

    truck_load_min: int = 30
    boat_load_min: int = 20
    local_load_min: int = 10
    unload_min: int = 5
    unload_s_per_box: float = 15.0
    slack_enough_min: int | None = None
    rest_min: int = 480
    docks: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, top in (
            ("truck_load_min", 480),
            ("boat_load_min", 480),
            ("local_load_min", 480),
            ("unload_min", 240),
            ("unload_s_per_box", 600),
            ("rest_min", 1440),
        ):
            if not 0 <= getattr(self, name) <= top:
                raise ParameterError(name, getattr(self, name), f"0 to {top}")
        if self.slack_enough_min is not None and self.slack_enough_min < 0:
            raise ParameterError("slack_enough_min", self.slack_enough_min, "0 or more, or None")
        for place, bays in self.docks.items():
            if bays < 1:
                raise ParameterError(f"docks {place}", bays, "1 or more")

    @property
    def least_rest_min(self) -> int:
        """Return the minutes of the shortest rest; what goes on at once is one working day."""
        return max(1, self.rest_min)

    def load_min(self, mode: str) -> int:
        """Return the minutes of loading before a trip of a mode."""
        return int(getattr(self, f"{mode}_load_min"))

    def unload_of(self, boxes: int) -> int:
        """Return the whole minutes it takes to unload one load of so many boxes."""
        return self.unload_min + ceil(round(boxes * self.unload_s_per_box / 60, 9))


@dataclass(frozen=True, eq=False)
class PlanInputs:
    """The checked inputs of one plan; made by `plan_inputs`.

    Attributes
    ----------
    stops
        Places where kits are handed over (a desa office, or an island part of a desa), one row
        each: ``place_code``, ``kabupaten``, ``warehouse``; ``pier`` and ``landing`` where a boat
        is needed (the landing may be the place itself); ``release``, from when its kits may be
        loaded; ``deadline``; ``tps_per_escort``, how many TPS one escort on board may guard
        (empty: no escort on board).
    tps
        ``tps_id``, ``place_code``, ``boxes``; ``at_code`` and ``available`` where the kit already
        stands elsewhere than in its warehouse (at the pier or landing of its stop).
    legs
        ``from_code``, ``to_code``, ``mode``, ``usual_min``; a leg given in one direction only
        holds both ways. ``vessel_class`` empty: for every boat. ``area``: sea area; of a leg by
        truck: it boards a ferry on the way, with road, waiting and crossing in its minutes, and the
        sea has to be open for vessel class feri and the hours of mode ``ferry``.
    fleet
        ``base`` is the warehouse of a truck, the pier of a boat, the landing of a local carrier.
        ``escort_seats`` empty: escorts do not ride along and do not limit the load.
        ``worked_from``: since when the crew has worked on a day that is already under way.
    windows
        When something may be used: ``scope`` mode (working hours, daylight), area (sea) or place
        (tide, opening hours). Open are the ``is_open`` rows of a key, or always where there are
        none, minus its closed rows; see `analytics.network.open_times.Calendar.of`.
    rules
        Handling times.
    """

    stops: pd.DataFrame
    tps: pd.DataFrame
    legs: pd.DataFrame
    fleet: pd.DataFrame
    windows: pd.DataFrame
    rules: PlanRules = field(default_factory=PlanRules)


def plan_inputs(
    stops: pd.DataFrame,
    tps: pd.DataFrame,
    legs: pd.DataFrame,
    fleet: pd.DataFrame,
    windows: pd.DataFrame,
    rules: PlanRules | None = None,
    now: pd.Timestamp | None = None,
) -> PlanInputs:
    """Check the frames of `PlanInputs` and give each its columns and kinds.

    Parameters
    ----------
    stops, tps, legs, fleet, windows
        The frames of `PlanInputs`, in any order of columns.
    now
        The time of planning, with zone; a deadline before it is refused. None checks no deadline.

    Raises
    ------
    PlanInputError
        With every fault found, each naming table, row, column, value and what was expected.
    DeadlinePassedError
        When nothing else is wrong and deadlines are over.
    """
    given = {"stops": stops, "tps": tps, "legs": legs, "fleet": fleet, "windows": windows}
    faults: list[Fault] = []
    frames = {name: _typed(name, frame, faults) for name, frame in given.items()}
    if faults:
        raise PlanInputError(faults)
    zone = frames["stops"]["deadline"].dt.tz
    frames = {name: _in_zone(frame, zone) for name, frame in frames.items()}
    for check in (_check_stops, _check_tps, _check_legs, _check_fleet, _check_windows):
        faults += check(frames)
    if faults:
        raise PlanInputError(faults)
    if now is not None:
        past = frames["stops"][frames["stops"]["deadline"] <= now]
        faults += _rows("stops", past, "place_code", "deadline", f"after {now.isoformat()}")
        if faults:
            raise DeadlinePassedError(faults, past["deadline"].max(), now, len(past))
    return PlanInputs(**frames, rules=rules or PlanRules())


def _in_zone(frame: pd.DataFrame, zone: dt.tzinfo) -> pd.DataFrame:
    """Return a table with all its times in a zone."""
    times = frame.select_dtypes("datetimetz").columns
    return frame.assign(**{name: frame[name].dt.tz_convert(zone) for name in times})


def typed(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` with the columns and kinds of a table of `PlanInputs`, not checked further.

    Raises
    ------
    PlanInputError
        When a column is missing or of another kind.
    """
    faults: list[Fault] = []
    out = _typed(table, rows, faults)
    if faults:
        raise PlanInputError(faults)
    return out


def seas_not_known(inputs: PlanInputs) -> list[str]:
    """Return the sea areas on legs of which no open hours are known ("": a boat leg of no area).

    The plan holds nobody back there but for daylight, closed rows and the hours of ferries, and
    has to say so.
    """
    boats = inputs.legs[inputs.legs["mode"].eq("boat") | inputs.legs["area"].notna()]
    rows = inputs.windows
    known = set(rows.loc[rows["scope"].eq("area") & rows["is_open"].fillna(True), "key"])
    return sorted(set(boats["area"].fillna("")) - known)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``frame``, any columns, as dictionaries, in order."""
    return [dict(zip(map(str, row), row.values(), strict=True)) for row in frame.to_dict("records")]


def known_codes(stops: pd.DataFrame) -> set[str]:
    """Return every place a leg may touch: stops, warehouses, piers and landings.

    ``stops`` is that of `PlanInputs`.
    """
    columns = ("place_code", "warehouse", "pier", "landing")
    return {str(code) for name in columns for code in stops[name].dropna()}


def _typed(name: str, frame: pd.DataFrame, faults: list[Fault]) -> pd.DataFrame:
    out = frame.copy()
    for column, kind in COLUMNS[name].items():
        if column not in out.columns:
            if column not in OPTIONAL[name]:
                faults.append(Fault(name, "header", column, None, "a column of this name"))
                continue
            out[column] = pd.Series([None] * len(out), index=out.index, dtype="object")
        try:
            out[column] = _CASTS[kind](out[column])
        except (ValueError, TypeError):
            faults.append(Fault(name, "column", column, str(out[column].dtype), _KINDS[kind]))
    return out.reset_index(drop=True)


def _text(column: pd.Series) -> pd.Series:
    values = [None if pd.isna(v) or v == "" else str(v) for v in column]
    return pd.Series(values, index=column.index, dtype="object")


def _number(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column.astype("object").where(column.notna(), None)).astype("Float64")


def _time(column: pd.Series) -> pd.Series:
    values = [pd.NaT if pd.isna(v) else pd.Timestamp(v) for v in column]
    if any(not pd.isna(v) and v.tzinfo is None for v in values):
        raise ValueError("a time without a zone")
    moved: pd.Series = in_one_zone(values).dt.as_unit("us")
    return moved.set_axis(column.index)


_CASTS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "str": _text,
    "int": lambda c: _number(c).astype("Int64"),
    "num": lambda c: _number(c).astype("float64"),
    "bool": lambda c: c.astype("boolean"),
    "time": _time,
}
_KINDS = {
    "str": "text",
    "int": "whole numbers",
    "num": "numbers",
    "bool": "true or false",
    "time": "times with a zone, such as 2024-02-13T18:00:00+07:00",
}
_KEYS = {"stops": "place_code", "tps": "tps_id", "fleet": "vehicle_id"}


def _rows(table: str, bad: pd.DataFrame, key: str, column: str, expected: str) -> list[Fault]:
    """Return one fault per row of what a check found bad."""
    pairs = zip(bad[key].tolist(), bad[column].tolist(), strict=True)
    return [Fault(table, row, column, value, expected) for row, value in pairs]


def _filled(name: str, frame: pd.DataFrame) -> list[Fault]:
    """Report required cells that are empty, and keys that come twice."""
    frame = frame.assign(row=frame.index)
    key = _KEYS.get(name, "row")
    faults: list[Fault] = []
    for column in [c for c in COLUMNS[name] if c not in OPTIONAL[name]]:
        faults += _rows(name, frame[frame[column].isna()], "row", column, "a value")
    if name in _KEYS:
        twice = frame[frame[key].notna() & frame[key].duplicated()]
        faults += _rows(name, twice, "row", key, "one row only")
    return faults


def _check_stops(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    stops = frames["stops"]
    faults = _filled("stops", stops)
    lonely = stops[stops["pier"].notna() & stops["landing"].isna()]
    faults += _rows("stops", lonely, "place_code", "landing", "a landing where a pier is given")
    lonely = stops[stops["pier"].isna() & stops["landing"].notna()]
    faults += _rows("stops", lonely, "place_code", "pier", "a pier where a landing is given")
    inland = stops[stops["landing"].notna() & stops["is_coastal"].eq(False).fillna(False)]
    faults += _rows("stops", inland, "place_code", "landing", "no landing: the desa has no coast")
    early = stops[stops["deadline"] <= stops["release"]]
    faults += _rows("stops", early, "place_code", "deadline", "later than the release")
    few = stops[stops["tps_per_escort"].lt(1).fillna(False)]
    return faults + _rows("stops", few, "place_code", "tps_per_escort", "1 or more, or empty")


def _check_tps(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    tps, stops = frames["tps"], frames["stops"]
    faults = _filled("tps", tps)
    lost = tps[tps["place_code"].notna() & ~tps["place_code"].isin(stops["place_code"])]
    faults += _rows("tps", lost, "tps_id", "place_code", "a place of the stops")
    empty = tps[tps["boxes"].lt(1).fillna(False)]
    faults += _rows("tps", empty, "tps_id", "boxes", "1 or more")
    own = tps[["place_code"]].merge(
        stops[["place_code", "warehouse", "pier", "landing"]].drop_duplicates("place_code"),
        on="place_code",
        how="left",
    )
    at = tps["at_code"].set_axis(own.index)
    fits = at.isna() | at.eq(own["warehouse"]) | at.eq(own["pier"]) | at.eq(own["landing"])
    away = tps[~fits.to_numpy(dtype=bool)]
    return faults + _rows("tps", away, "tps_id", "at_code", "the stop's warehouse, pier or landing")


def _check_legs(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    legs = frames["legs"].assign(row=frames["legs"].index)
    faults = _filled("legs", legs.drop(columns="row"))
    codes = known_codes(frames["stops"])
    for end in ("from_code", "to_code"):
        nowhere = legs[legs[end].notna() & ~legs[end].isin(codes)]
        faults += _rows("legs", nowhere, "row", end, "a stop, warehouse, pier or landing")
    faults += _rows("legs", legs[~legs["mode"].isin(MODES)], "row", "mode", " or ".join(MODES))
    for column in ("usual_min", "low_min", "high_min"):
        wrong = legs[legs[column].le(0) | legs[column].eq(float("inf"))]
        faults += _rows("legs", wrong, "row", column, "minutes above 0")
    wrong = legs[legs["low_min"] > legs["usual_min"]]
    faults += _rows("legs", wrong, "row", "low_min", "at most usual_min")
    wrong = legs[legs["high_min"] < legs["usual_min"]]
    faults += _rows("legs", wrong, "row", "high_min", "at least usual_min")
    twice = legs[legs.duplicated(["from_code", "to_code", "mode", "vessel_class"])]
    return faults + _rows("legs", twice, "row", "to_code", "one row per direction, mode and class")


def _check_fleet(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    fleet = frames["fleet"]
    faults = _filled("fleet", fleet)
    faults += _rows(
        "fleet", fleet[~fleet["mode"].isin(MODES)], "vehicle_id", "mode", " or ".join(MODES)
    )
    for column, low, text in (
        ("capacity_boxes", 1, "1 box or more"),
        ("escort_seats", 0, "0 or more, or empty"),
        ("cost_per_hour", 0, "0 or more"),
        ("crew_hours", 0.5, "0.5 to 24, or empty"),
    ):
        bad = fleet[fleet[column].lt(low).fillna(False).astype(bool)]
        faults += _rows("fleet", bad, "vehicle_id", column, text)
    bad = fleet[fleet["crew_hours"].gt(24)]
    faults += _rows("fleet", bad, "vehicle_id", "crew_hours", "0.5 to 24, or empty")
    stray = fleet[fleet["base"].notna() & ~fleet["base"].isin(known_codes(frames["stops"]))]
    return faults + _rows("fleet", stray, "vehicle_id", "base", "a warehouse, pier or landing")


def _check_windows(frames: dict[str, pd.DataFrame]) -> list[Fault]:
    windows = frames["windows"].assign(row=frames["windows"].index)
    faults = _filled("windows", windows.drop(columns="row"))
    bad = windows[~windows["scope"].isin(SCOPES)]
    faults += _rows("windows", bad, "row", "scope", " or ".join(SCOPES))
    bad = windows[windows["closes"] <= windows["opens"]]
    faults += _rows("windows", bad, "row", "closes", "later than opens")
    modes = set(windows.loc[windows["scope"].eq("mode"), "key"])
    for mode in ("truck", "boat"):
        if mode not in modes and frames["fleet"]["mode"].eq(mode).any():
            faults.append(Fault("windows", "mode", "key", None, f"working hours of mode {mode}"))
    return faults
