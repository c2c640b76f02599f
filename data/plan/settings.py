"""What a planner sets before a distribution is planned: typed, checked, nothing read or written.

A setting out of range is named by its key, as the TOML file spells it, with the value and what was
expected; all faults of the settings are reported at once.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from data.errors import SchemaError
from data.vocabulary import VESSEL_CLASSES

MODES = ("truck", "boat", "local")
SCOPES = ("mode", "area", "place")
SPEED_CLASSES = ("lambat", "biasa", "cepat")
BASES = ("fakta", "anggapan", "pengaturan")
"""Published with its page; assumed with a reason; set by the planner."""
EVENT_KINDS = ("vehicle_fails", "sea_closes", "road_cut", "warehouse_late", "extra_tps")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CODE = re.compile(r"\d\d(\.\d\d){1,2}(\.\d{4})?")


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

    name: str
    mode: str
    count: int
    capacity_boxes: int
    base: str = ""
    speed_class: str = "biasa"
    vessel_class: str = ""
    escort_seats: int | None = None
    cost_per_hour: float = 0.0
    crew_hours: float = 12.0


@dataclass(frozen=True)
class WindowRow:
    """When a mode, sea area or place may be used; see ``windows`` of the plan's document."""

    scope: str
    key: str
    opens: dt.datetime
    closes: dt.datetime
    is_open: bool = True
    vessel_class: str = ""
    basis: str = "pengaturan"
    note: str = ""
    source_url: str = ""


@dataclass(frozen=True)
class Origin:
    """Where a value comes from."""

    basis: str
    note: str = ""
    source_url: str = ""


@dataclass(frozen=True)
class Hours:
    """Working hours (``HH:MM``) by mode; boats sail by daylight unless ``night_crossing``."""

    truck: tuple[str, str] = ("05:00", "19:00")
    boat: tuple[str, str] = ("06:00", "17:30")
    local: tuple[str, str] = ("05:00", "19:00")
    night_crossing: bool = False


@dataclass(frozen=True)
class Service:
    """Handling times, as `analytics.plan.inputs.PlanRules` has them."""

    truck_load_min: int = 30
    boat_load_min: int = 20
    local_load_min: int = 10
    unload_min: int = 5
    unload_s_per_box: float = 15.0


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

    use_series: bool = True
    wave_factor: float = 1.0
    areas: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class About:
    """What a scenario is about."""

    title_id: str = ""
    title_en: str = ""
    note: str = ""
    source_url: str = ""


@dataclass(frozen=True)
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
        Further windows, beside hours and sea.
    events
        What went wrong in a replay, in the words of ``EVENT_KINDS``.
    seed, search_seconds
        0 or above; 1 to 600.
    origins
        Basis, reason and source by key.
    """

    kabupaten: str
    election: str
    warehouses: tuple[Warehouse, ...]
    fleet: tuple[FleetRow, ...]
    include: tuple[str, ...] = ()
    island_days: int = 3
    land_days: int = 1
    release: str = "06:00"
    deadline_days: int = 1
    deadline: str = "18:00"
    now: dt.datetime | None = None
    reserve_pct: float = 2.0
    tps_per_escort: int | None = None
    hours: Hours = field(default_factory=Hours)
    service: Service = field(default_factory=Service)
    speed: dict[str, float] = field(
        default_factory=lambda: {"lambat": 1.25, "biasa": 1.0, "cepat": 0.8}
    )
    sea: Sea = field(default_factory=Sea)
    windows: tuple[WindowRow, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    seed: int = 1
    search_seconds: float = 8.0
    about: About = field(default_factory=About)
    origins: dict[str, Origin] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if faults := [*_own_faults(self), *_list_faults(self)]:
            raise SchemaError("settings", faults)


_RANGES: dict[str, tuple[float, float]] = {
    "island_days": (1, 10), "land_days": (1, 10), "deadline_days": (0, 10), "reserve_pct": (2, 10),
    "tps_per_escort": (1, 50), "seed": (0, 2**31 - 1), "search_seconds": (1, 600),
    "service.truck_load_min": (0, 480), "service.boat_load_min": (0, 480),
    "service.local_load_min": (0, 480), "service.unload_min": (0, 240),
    "service.unload_s_per_box": (0, 600), "sea.wave_factor": (1, 2),
}  # fmt: skip
_FLEET_RANGES: dict[str, tuple[float, float]] = {
    "count": (0, 300), "capacity_boxes": (1, 5000), "escort_seats": (0, 200),
    "cost_per_hour": (0, 1e9), "crew_hours": (0.5, 24),
}  # fmt: skip


def said(key: str, value: object, expected: str) -> str:
    """Return a fault in the words of all settings: key, value, expected."""
    return f"{key}: {value!r}, expected {expected}"


def _range(key: str, value: Any, low: float, high: float) -> list[str]:
    if value is None or low <= value <= high:
        return []
    return [said(key, value, f"{low:,g} to {high:,g}")]


def _own_faults(settings: PlanSettings) -> Iterator[str]:
    for key, (low, high) in _RANGES.items():
        value: Any = settings
        for part in key.split("."):
            value = getattr(value, part)
        yield from _range(key, value, low, high)
    for key in ("release", "deadline"):
        if not _CLOCK.fullmatch(getattr(settings, key)):
            yield said(key, getattr(settings, key), "a time such as 18:00")
    for mode in MODES:
        opens, closes = getattr(settings.hours, mode)
        if not (_CLOCK.fullmatch(opens) and _CLOCK.fullmatch(closes) and opens < closes):
            yield said(
                f"hours.{mode}", [opens, closes], 'two times in order, such as ["05:00", "19:00"]'
            )
    if set(settings.speed) != set(SPEED_CLASSES):
        yield said("speed", sorted(settings.speed), ", ".join(SPEED_CLASSES))
    for name, factor in settings.speed.items():
        if not 0 < factor <= 5:
            yield said(f"speed.{name}", factor, "above 0, at most 5")
    if settings.now is not None and settings.now.tzinfo is None:
        yield said("now", settings.now, "a time with a zone")


def _list_faults(settings: PlanSettings) -> Iterator[str]:
    for code in (*settings.include, *(c for w in settings.warehouses for c in w.kecamatan)):
        if not (_CODE.fullmatch(code) and code.startswith(f"{settings.kabupaten}.")):
            yield said("include", code, f"a kecamatan or desa of {settings.kabupaten}")
    for n, row in enumerate(settings.fleet, 1):
        yield from _fleet_faults(f"fleet[{n}]", row)
    for n, window in enumerate(settings.windows, 1):
        yield from _window_faults(f"windows[{n}]", window)
    for n, event in enumerate(settings.events, 1):
        if event.get("kind") not in EVENT_KINDS:
            yield said(f"events[{n}].kind", event.get("kind"), " or ".join(EVENT_KINDS))
    for key, origin in settings.origins.items():
        if origin.basis not in BASES:
            yield said(f"origins.{key}.basis", origin.basis, " or ".join(BASES))
        elif origin.basis == "fakta" and not origin.source_url:
            yield said(f"origins.{key}.source_url", "", "a page, since the value is a fact")


def _fleet_faults(key: str, row: FleetRow) -> Iterator[str]:
    if not row.name:
        yield said(f"{key}.name", row.name, "a name")
    for name, (low, high) in _FLEET_RANGES.items():
        yield from _range(f"{key}.{name}", getattr(row, name), low, high)
    for name, value, words in (
        ("mode", row.mode, MODES), ("speed_class", row.speed_class, SPEED_CLASSES),
    ):  # fmt: skip
        if value not in words:
            yield said(f"{key}.{name}", value, " or ".join(words))
    if row.mode == "boat" and row.vessel_class not in VESSEL_CLASSES:
        yield said(f"{key}.vessel_class", row.vessel_class, " or ".join(VESSEL_CLASSES))


def _window_faults(key: str, row: WindowRow) -> Iterator[str]:
    if row.scope not in SCOPES:
        yield said(f"{key}.scope", row.scope, " or ".join(SCOPES))
    if not row.key:
        yield said(f"{key}.key", row.key, "a mode, sea area or place")
    if row.opens.tzinfo is None or row.closes.tzinfo is None:
        yield said(
            f"{key}.opens", row.opens, "times with a zone, such as 2024-02-12T07:00:00+07:00"
        )
    elif row.closes <= row.opens:
        yield said(f"{key}.closes", row.closes.isoformat(), "later than opens")
    if row.vessel_class and row.vessel_class not in VESSEL_CLASSES:
        yield said(f"{key}.vessel_class", row.vessel_class, " or ".join(VESSEL_CLASSES))
    if row.basis not in BASES:
        yield said(f"{key}.basis", row.basis, " or ".join(BASES))
