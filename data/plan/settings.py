"""What a planner sets before a distribution is planned: typed, checked, nothing read or written.

A setting out of range is named by its key, as the TOML file spells it, with the value and what was
expected; all faults of the settings are reported at once.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, TypeVar

import pydantic.dataclasses
from pydantic import ConfigDict, ValidationError

from data.errors import SchemaError
from data.settings_checks import Flag, Number, Time, Whole, faults_of, is_, one_of, within
from data.vocabulary import VESSEL_CLASSES

MODES = ("truck", "boat", "local")
SCOPES = ("mode", "area", "place")
SPEED_CLASSES = ("lambat", "biasa", "cepat")
FERRY_CHOICES = ("earlier", "ferry", "boat")
"""How an island is reached that trucks reach over a ferry: what is there first, or always one."""
BASES = ("fakta", "anggapan", "pengaturan")
"""Published with its page; assumed with a reason; set by the planner."""
EVENT_KINDS = ("vehicle_fails", "sea_closes", "road_cut", "warehouse_late", "extra_tps")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TPS = re.compile(r"[^/]+/\d\d\.\d\d\.\d\d\.\d{4}/[^/]+")
_TPS_WORDS = "election/desa/number, such as pemilu/99.01.01.2001/004"
_CODE = re.compile(r"\d\d(\.\d\d){1,2}(\.\d{4})?")

T = TypeVar("T")


def _zoned(value: dt.datetime, _: object) -> bool:
    return value.tzinfo is not None


def _differ(hours: tuple[str, str], _: object) -> bool:
    return all(_CLOCK.fullmatch(hour) for hour in hours) and hours[0] != hours[1]


def _by_day(night_crossing: bool, others: dict[str, Any]) -> bool:
    boat = others.get("boat")
    return boat is None or boat[0] < boat[1] or night_crossing


def _of_kabupaten(codes: tuple[str, ...], others: dict[str, Any]) -> bool:
    inside = f"{others['kabupaten']}."
    return all(_CODE.fullmatch(code) and code.startswith(inside) for code in codes)


_Clock = Annotated[str, is_(lambda v, _: bool(_CLOCK.fullmatch(v)), "a time such as 18:00")]
_Span = Annotated[tuple[str, str], is_(_differ, 'two times, such as ["05:00", "19:00"]')]
_Zoned = Annotated[Time, is_(_zoned, "a time with a zone, such as 2024-02-12T07:00:00+07:00")]
_Basis = Annotated[str, one_of(*BASES)]
_Codes = Annotated[tuple[str, ...], is_(_of_kabupaten, "kecamatan or desa of {kabupaten}")]


@dataclass(frozen=True)
class Warehouse:
    """A warehouse, and the kecamatan it serves; none named: all that no other one serves."""

    depot_id: str
    kecamatan: tuple[str, ...] = ()


@dataclass(frozen=True)
class FleetRow:
    """Vehicles of one kind.

    Attributes
    ----------
    name
        Beginning of their ids: ``PERAHU`` gives PERAHU-01, PERAHU-02 and so on.
    mode
        truck, boat or local (carriage from a landing to the desa offices).
    count
        0 to 300; of local carriers without a base: at each landing.
    capacity_boxes
        1 to 5,000.
    base
        Warehouse of a truck, pier of a boat, landing of a carrier; blank: trucks stand at the first
        warehouse, boats are shared out over the piers by their load.
    speed_class
        lambat, biasa or cepat: how the usual times are stretched, see ``PlanSettings.speed``.
    vessel_class
        Of a boat: whose wave and wind limits hold.
    escort_seats
        0 to 200; None: escorts do not ride along and do not limit the load.
    cost_per_hour
        Rupiah, 0 or more.
    crew_hours
        0.5 to 24 of a day.
    """

    name: Annotated[str, is_(lambda name, _: bool(name), "a name")]
    mode: Annotated[str, one_of(*MODES)]
    count: Annotated[Whole, within(0, 300)]
    capacity_boxes: Annotated[Whole, within(1, 5000)]
    base: str = ""
    speed_class: Annotated[str, one_of(*SPEED_CLASSES)] = "biasa"
    vessel_class: Annotated[
        str,
        is_(
            lambda value, row: row.get("mode") != "boat" or value in VESSEL_CLASSES,
            " or ".join(VESSEL_CLASSES),
        ),
    ] = ""
    escort_seats: Annotated[Whole, within(0, 200)] | None = None
    cost_per_hour: Annotated[Number, within(0, 1e9)] = 0.0
    crew_hours: Annotated[Number, within(0.5, 24)] = 12.0


@dataclass(frozen=True)
class WindowRow:
    """When a mode, sea area or place may be used; see ``windows`` of the plan's document."""

    scope: Annotated[str, one_of(*SCOPES)]
    key: Annotated[str, is_(lambda key, _: bool(key), "a mode, sea area or place")]
    opens: _Zoned
    closes: Annotated[
        _Zoned,
        is_(lambda time, row: "opens" not in row or time > row["opens"], "a time later than opens"),
    ]
    is_open: Flag = True
    vessel_class: Annotated[str, one_of("", *VESSEL_CLASSES)] = ""
    basis: _Basis = "pengaturan"
    note: str = ""
    source_url: str = ""


_Page = Annotated[
    str,
    is_(
        lambda url, row: bool(url) or row.get("basis") != "fakta",
        "a page, since the value is a fact",
    ),
]


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    basis: _Basis
    note: str = ""
    source_url: _Page = ""


@dataclass(frozen=True)
class PlaceRow:
    """Where a TPS stands: an islet of the network such as S-BATUN, or its own desa."""

    tps_id: Annotated[str, is_(lambda tps, _: bool(_TPS.fullmatch(tps)), _TPS_WORDS)]
    place: Annotated[str, is_(lambda place, _: bool(place), "an islet, or the desa of the TPS")]
    basis: _Basis = "pengaturan"
    note: str = ""
    source_url: _Page = ""


@dataclass(frozen=True)
class Hours:
    """Working hours (``HH:MM``) by mode; boats sail by daylight unless ``night_crossing``.

    Hours that end earlier than they begin are those of a night, and end on the day after.
    ``ferry``: between which hours a truck is on its way over a ferry, the roads to and from it
    included.
    """

    truck: _Span = ("05:00", "19:00")
    boat: _Span = ("06:00", "17:30")
    local: _Span = ("05:00", "19:00")
    ferry: _Span = ("06:00", "17:30")
    night_crossing: Annotated[
        Flag, is_(_by_day, "true, since the hours of boats go on after midnight")
    ] = False


@dataclass(frozen=True)
class Service:
    """Handling times and rest, as `analytics.plan.inputs.PlanRules` has them."""

    truck_load_min: Annotated[Whole, within(0, 480)] = 30
    boat_load_min: Annotated[Whole, within(0, 480)] = 20
    local_load_min: Annotated[Whole, within(0, 480)] = 10
    unload_min: Annotated[Whole, within(0, 240)] = 5
    unload_s_per_box: Annotated[Number, within(0, 600)] = 15.0
    rest_min: Annotated[Whole, within(0, 1440)] = 480


@dataclass(frozen=True)
class Sea:
    """How the sea is held.

    Attributes
    ----------
    use_series
        Hold boats to the imported wave and wind series where it covers the plan.
    wave_factor
        1 to 2: what the significant wave is multiplied by before it is held against the limit.
    areas
        Sea area by pier or landing, where it is other than the shipped one.
    """

    use_series: Flag = True
    wave_factor: Annotated[Number, within(1, 2)] = 1.0
    areas: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Docks:
    """How many vehicles may be loading at the same time, each 1 to 300.

    Attributes
    ----------
    warehouse, pier
        Trucks at a warehouse, boats at a pier.
    places
        By id of a warehouse or pier, where it is another number.
    """

    warehouse: Annotated[Whole, within(1, 300)] = 9
    pier: Annotated[Whole, within(1, 300)] = 2
    places: dict[str, Annotated[Whole, within(1, 300)]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ferries:
    """Whether trucks board a ferry, and which.

    Attributes
    ----------
    use
        Whether they do at all.
    lines
        Ids of ``vessels``; empty: the lines for vehicles that a dated fact has in service on the
        first day of the plan.
    choice
        One of `FERRY_CHOICES`.
    desa
        Another choice, by code of a desa.
    wait_min
        Minutes of waiting and boarding per crossing, 0 to 1,440.
    """

    use: Flag = True
    lines: tuple[str, ...] = ()
    choice: Annotated[str, one_of(*FERRY_CHOICES)] = "earlier"
    desa: dict[str, Annotated[str, one_of(*FERRY_CHOICES)]] = field(default_factory=dict)
    wait_min: Annotated[Whole, within(0, 1440)] = 60


@dataclass(frozen=True)
class About:
    """What a scenario is about."""

    title_id: str = ""
    title_en: str = ""
    note: str = ""
    source_url: str = ""


_KINDS = {
    "warehouses": Warehouse,
    "fleet": FleetRow,
    "windows": WindowRow,
    "places": PlaceRow,
    "origins": Origin,
    "hours": Hours,
    "service": Service,
    "sea": Sea,
    "docks": Docks,
    "ferries": Ferries,
    "about": About,
}


def _in_our_words(kind: type[T]) -> type[T]:
    """Make a validated class report its faults as `SchemaError`."""
    validated = kind.__init__

    def checked(self: T, *values: Any, **named: Any) -> None:
        names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
        try:
            validated(self, **dict(zip(names, values, strict=False)), **named)
        except ValidationError as error:
            raise SchemaError("settings", faults_of(error, {"": kind, **_KINDS})) from None

    kind.__init__ = checked  # type: ignore[assignment]
    return kind


_Factor = Annotated[Number, is_(lambda value, _: 0 < value <= 5, "above 0, at most 5")]
_Event = Annotated[
    dict[str, Any], is_(lambda row, _: row.get("kind") in EVENT_KINDS, " or ".join(EVENT_KINDS))
]


def _serves(warehouses: tuple[Warehouse, ...], others: dict[str, Any]) -> bool:
    return all(_of_kabupaten(one.kecamatan, others) for one in warehouses)


def _of_the_plan(places: tuple[PlaceRow, ...], others: dict[str, Any]) -> bool:
    start = f"{others.get('election')}/{others.get('kabupaten')}."
    ids = [row.tps_id for row in places]
    return len(set(ids)) == len(ids) and all(tps.startswith(start) for tps in ids)


def _by_class(speed: dict[str, float], _: object) -> bool:
    return set(speed) == set(SPEED_CLASSES)


@_in_our_words
@pydantic.dataclasses.dataclass(
    frozen=True,
    config=ConfigDict(extra="forbid", revalidate_instances="always", validate_default=True),
)
class PlanSettings:
    """All a plan is asked for.

    Attributes
    ----------
    kabupaten, election
        Codes.
    warehouses
        Empty: the one that ships for the kabupaten.
    fleet
        Vehicles by kind.
    include
        Codes of kecamatan or desa that are planned; empty: the whole kabupaten.
    island_days, land_days
        1 to 10: how many days before the vote the kits of islands, and the others, may leave.
    release
        ``HH:MM`` from when they may be loaded on that day.
    deadline_days, deadline
        0 to 10 days before the vote, and ``HH:MM``, at the desa office.
    now
        The time of planning; a deadline before it is refused. None: not checked.
    reserve_pct
        2 to 10 percent of the voters of each TPS.
    tps_per_escort
        1 to 50 TPS that one escort on board may guard; None: no escort on board.
    speed
        By speed class: times the usual minutes, above 0, at most 5.
    windows
        Further windows. Open ones of a mode stand in place of its hours of the day they open,
        those of an area in place of the series; closed ones are taken out of either.
    places
        TPS that stand on an islet, or at their desa office though they were taken for an islet's.
    assume_islets
        Whether islets whose TPS nobody names get as many of their desa as are published, else one.
    events
        What went wrong in a replay, in the words of ``EVENT_KINDS``.
    seed, search_seconds
        0 or above; 1 to 600.
    origins
        Basis, reason and source by key.
    """

    kabupaten: str
    election: str
    warehouses: Annotated[tuple[Warehouse, ...], is_(_serves, "kecamatan of {kabupaten}")]
    fleet: tuple[FleetRow, ...]
    include: _Codes = ()
    island_days: Annotated[Whole, within(1, 10)] = 3
    land_days: Annotated[Whole, within(1, 10)] = 1
    release: _Clock = "06:00"
    deadline_days: Annotated[Whole, within(0, 10)] = 1
    deadline: _Clock = "18:00"
    now: _Zoned | None = None
    reserve_pct: Annotated[Number, within(2, 10)] = 2.0
    tps_per_escort: Annotated[Whole, within(1, 50)] | None = None
    hours: Hours = field(default_factory=Hours)
    service: Service = field(default_factory=Service)
    speed: Annotated[dict[str, _Factor], is_(_by_class, ", ".join(SPEED_CLASSES))] = field(
        default_factory=lambda: {"lambat": 1.25, "biasa": 1.0, "cepat": 0.8}
    )
    sea: Sea = field(default_factory=Sea)
    docks: Docks = field(default_factory=Docks)
    ferries: Ferries = field(default_factory=Ferries)
    windows: tuple[WindowRow, ...] = ()
    places: Annotated[
        tuple[PlaceRow, ...], is_(_of_the_plan, "TPS of {kabupaten} and {election}, none twice")
    ] = ()
    assume_islets: Flag = True
    events: tuple[_Event, ...] = ()
    seed: Annotated[Whole, within(0, 2**31 - 1)] = 1
    search_seconds: Annotated[Number, within(1, 600)] = 8.0
    about: About = field(default_factory=About)
    origins: dict[str, Origin] = field(default_factory=dict)
