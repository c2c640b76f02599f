"""A view of the nation: what a part of the map holds at a zoom, and what it leaves out, in words.

No view ends silently at a cap: where more units or TPS are seen than are drawn one by one, it goes
one level up, or to sums of cells, and says how many of how many.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from data.nation import views as asked
from data.nation.connection import reading
from data.nation.views import Days, Extent, NationState
from data.store.engine import Store
from geo.boundaries.levels import TOLERANCES, detail_at
from geo.codes import LEVELS, Level, is_code, level_of, parent_of
from geo.errors import CodeError, ParameterError
from services.nation.counts import Counts, Kept
from services.nation.ranking import ranked_figures
from services.texts import FAMILIES

if TYPE_CHECKING:
    from data.nation.connection import Reading

Measure = Literal["reports", "risk"]
MEASURES: tuple[Measure, ...] = ("reports", "risk")
KINDS = ("kejadian", "potensi")
MOST_UNITS = 1_000
"""Units that are drawn one by one; more are drawn as the units above them."""
MOST_TPS = 1_500
"""Dots of TPS; more are sums of cells."""
MOST_BYTES = 900_000
"""Of shapes in a view; more are drawn in a coarser detail, at last as the units above."""
TPS_ZOOM = 11.0
"""From here on TPS are drawn; before, the units say how many they have."""
_LEVEL_ZOOM: tuple[tuple[float, Level], ...] = (
    (10.5, "desa"),
    (8.5, "kecamatan"),
    (6.5, "kabupaten"),
)
_MOST_AROUND = 200
_KEPT = 256
_LARGEST_PX = 4_096
_FAR_TOO_MANY = 1.3 * MOST_BYTES
"""As stored, which is about as long as the text."""
DECADES = 3_660
"""Days that reach back to before any report."""


@dataclass(frozen=True)
class NationQuery:
    """What a reader asks of the map.

    Attributes
    ----------
    scope
        Code of the unit that is open; "" for all of Indonesia.
    extent
        What the frame of the map shows; None for all of the scope.
    zoom
        Of the web map, 0 to 22.
    family, kind
        Of the reports that are counted: one of each, they are never added up.
    days
        How many days up to the nation's ``as_of`` count, 1 to `DECADES`.
    level
        Which units are drawn; None for those that fit the zoom.
    """

    scope: str = ""
    extent: Extent | None = None
    zoom: float = 5.0
    family: str = "konflik"
    kind: str = "kejadian"
    days: int = 365
    level: Level | None = None

    def __post_init__(self) -> None:
        if self.scope and not is_code(self.scope):
            raise CodeError(self.scope, "a dotted code, or none")
        ranges = {
            "zoom": (0 <= self.zoom <= 22, "0 to 22"),
            "family": (self.family in FAMILIES, "one of " + ", ".join(FAMILIES)),
            "kind": (self.kind in KINDS, "one of " + ", ".join(KINDS)),
            "days": (1 <= self.days <= DECADES, f"1 to {DECADES}"),
            "level": (self.level is None or self.level in LEVELS, "one of " + ", ".join(LEVELS)),
        }
        for name, (holds, expected) in ranges.items():
            if not holds:
                raise ParameterError(name, getattr(self, name), expected)


@dataclass(frozen=True)
class Left:
    """What of the whole is drawn, and what is not and why; the parts add up to the whole.

    Attributes
    ----------
    whole
        All of the scope: reports of the days asked, those placed nowhere included where the scope
        is the nation; or its TPS.
    drawn
        In the units, or dots and cells, that are drawn.
    elsewhere
        Of the scope, but in no unit that is drawn: beyond the frame, or known only to a unit above.
    unplaced
        Placed nowhere.
    """

    whole: int
    drawn: int
    elsewhere: int
    unplaced: int = 0


@dataclass(frozen=True, eq=False)
class NationView:
    """What the map shows.

    Attributes
    ----------
    query, state
        What was asked, of which nation.
    path
        Units from the province to the scope, columns `data.nation.views.UNITS`.
    level, wanted
        Which units are drawn, and which would be had they fitted.
    detail
        Of their shapes.
    units
        Index code, the units drawn: ``name``, ``voters``, ``tps``, ``reports``, and where risks are
        published ``affairs``, ``expected``, ``median``, ``low``, ``high``, ``word`` and the columns
        of `analytics.nation.ranking.COLUMNS` (missing where there are none for the unit).
    seen, of
        How many units of the level wanted are seen, at least, and how many the scope has.
    reports, tps
        What is drawn of each; ``tps`` None where none are drawn.
    dots
        TPS or cells: see `data.nation.views.tps_in`; None where none are drawn.
    shapes
        GeoJSON geometry by code, of the units drawn.
    around
        The same of neighbours of the scope, with their names.
    bounds
        Of the scope.
    first, last
        Days that count.
    """

    query: NationQuery
    state: NationState
    path: pd.DataFrame = field(repr=False)
    level: Level
    wanted: Level
    detail: int
    units: pd.DataFrame = field(repr=False)
    seen: int
    of: int
    reports: Left
    tps: Left | None
    dots: pd.DataFrame | None = field(repr=False)
    shapes: Mapping[str, str] = field(repr=False)
    around: Mapping[str, tuple[str, str]] = field(repr=False)
    bounds: Extent
    first: dt.date
    last: dt.date

    @property
    def bytes(self) -> int:
        """Size of the layers as GeoJSON."""
        layers = (self.unit_layer(), self.around_layer(), self.tps_layer())
        return sum(len(layer.encode()) for layer in layers)

    @property
    def has_risks(self) -> bool:
        """Whether risks are published for the units drawn."""
        return "word" in self.units.columns

    def unit_layer(self, more: Mapping[str, Mapping[str, object]] | None = None) -> str:
        """Return the units as a GeoJSON FeatureCollection.

        ``more`` are further properties by code, beside ``code``.
        """
        more = more or {}
        return _collection(
            _feature({"code": code, **more.get(code, {})}, shape)
            for code, shape in self.shapes.items()
        )

    def around_layer(self) -> str:
        """Return the neighbours of the scope as a GeoJSON FeatureCollection."""
        return _collection(
            _feature({"code": code, "tip": name}, shape)
            for code, (name, shape) in self.around.items()
        )

    def tps_layer(self) -> str:
        """Return TPS, or sums of cells, as a GeoJSON FeatureCollection of points."""
        if self.dots is None:
            return _collection(())
        amounts = (self.dots[name].astype("int64").tolist() for name in ("tps", "tinggi", "voters"))
        places = (self.dots[name].astype("float64").tolist() for name in ("lon", "lat"))
        rows = zip(self.dots["key"], *amounts, *places, strict=True)
        return _collection(
            _feature(
                {"key": key, "n": n, "hi": high, "voters": voters},
                json.dumps({"type": "Point", "coordinates": [round(lon, 5), round(lat, 5)]}),
            )
            for key, n, high, voters, lon, lat in rows
        )


def _collection(features: Any) -> str:
    return '{"type":"FeatureCollection","features":[' + ",".join(features) + "]}"


def _feature(properties: Mapping[str, object], geometry: str) -> str:
    said = json.dumps(properties, ensure_ascii=False, separators=(",", ":"))
    return f'{{"type":"Feature","properties":{said},"geometry":{geometry}}}'


def level_at(zoom: float) -> Level:
    """Return the level whose units are large enough to be told apart at a zoom.

    Parameters
    ----------
    zoom
        0 to 22, as web maps count it.
    """
    return next((level for least, level in _LEVEL_ZOOM if zoom >= least), "provinsi")


class Views:
    """Views of one store, the last ones kept for as long as no publication changes anything.

    Parameters
    ----------
    store
        Of PostgreSQL.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = Kept(_KEPT)

    def state(self) -> NationState:
        """Return what the nation says of itself.

        Raises
        ------
        NationError
            When the store has none, or cannot have one.
        """
        with reading(self._store) as connection:
            return asked.nation_state(connection)

    def bounds(self, scope: str) -> Extent:
        """Return the extent of a unit by its code, of the nation for "".

        Raises
        ------
        NationError
            When the store has no nation, or one without places.
        CodeError
            When it does not know the unit.
        """
        with reading(self._store) as connection:
            state = asked.nation_state(connection)
            return _bounds(connection, state, scope, self._kept)

    def view(self, query: NationQuery) -> NationView:
        """Return the view of a query.

        Raises
        ------
        NationError
            When the store has no nation, or one without places.
        CodeError
            When it does not know the scope.
        """
        with reading(self._store) as connection:
            state = asked.nation_state(connection)
            return self._kept.get(
                (state, query), lambda: nation_view(connection, state, query, self._kept)
            )


def nation_view(
    connection: Reading, state: NationState, query: NationQuery, kept: Kept
) -> NationView:
    """Work a view out.

    Parameters
    ----------
    connection
        Of `data.nation.connection.reading`.
    state
        As `data.nation.views.nation_state` of the same connection says.
    query
        What is asked.
    kept
        Where counts of a whole level are kept, which do not depend on the extent.

    Raises
    ------
    NationError
        When no places are published.
    CodeError
        When the scope is no unit of the nation.
    """
    bounds = _bounds(connection, state, query.scope, kept)
    assert state.as_of is not None  # else it has no places either
    # One day of none of them is not a range of days; the last is the day of the nation itself.
    days = Days(state.as_of - dt.timedelta(query.days - 1), state.as_of, query.family, query.kind)
    extent = query.extent or bounds
    asks = replace(query, zoom=min(query.zoom, _closest(extent)))
    drawn = _drawn(connection, asks, extent)
    counts = Counts(connection, state, days, kept)
    units = _counted(connection, drawn, query, counts)
    dots, tps = _tps(connection, asks, extent)
    return NationView(
        query=query,
        state=state,
        path=asked.units_by_code(connection, _path(query.scope)),
        level=drawn.level,
        wanted=drawn.wanted,
        detail=drawn.detail,
        units=units,
        seen=drawn.seen,
        of=asked.count_units(connection, drawn.wanted, query.scope) or len(units),
        reports=_reports(query, units, counts),
        tps=tps,
        dots=dots,
        shapes=drawn.shapes,
        around=_around(connection, query, extent, drawn.detail),
        bounds=bounds,
        first=days.first,
        last=days.last,
    )


def _bounds(connection: Reading, state: NationState, scope: str, kept: Kept) -> Extent:
    """Return the extent of a unit; that of one that is not there is never kept."""
    from data.nation.errors import NationError

    def found() -> Extent:
        bounds = asked.bounds_of(connection, scope)
        if state.as_of is None or (bounds is None and not scope):
            raise NationError("no_places", "units")
        if bounds is None:
            raise CodeError(scope, "a unit of the nation")
        return bounds

    return kept.get((state, "bounds", scope), found)


@dataclass(frozen=True)
class _Drawn:
    level: Level
    wanted: Level
    detail: int
    units: pd.DataFrame
    seen: int
    shapes: dict[str, str]


def _drawn(connection: Reading, query: NationQuery, extent: Extent) -> _Drawn:
    """Return the units to draw: those wanted, or as many levels up as it takes for them to fit."""
    wanted = _wanted(query)
    top = LEVELS.index(level_of(query.scope)) if query.scope else 0
    seen = 0
    for level in reversed(LEVELS[top : LEVELS.index(wanted) + 1]):
        least = detail_at(query.zoom)
        units = asked.units_in(connection, level, least, extent, query.scope, MOST_UNITS)
        seen = len(units) if level == wanted else seen
        if len(units) > MOST_UNITS:
            continue
        for detail in range(least, len(TOLERANCES)):
            codes = list(units["code"])
            if asked.sure_bytes(connection, level, detail, codes, extent) > _FAR_TOO_MANY:
                continue  # not worth fetching
            shapes = asked.shape_texts(connection, level, detail, codes, extent)
            if sum(map(len, shapes.values())) <= MOST_BYTES:
                return _Drawn(level, wanted, detail, units, seen, shapes)
    raise ParameterError("extent", extent, "one whose provinces can be drawn")


def _wanted(query: NationQuery) -> Level:
    """Return the level asked, or that of the zoom; never one above the children of the scope."""
    below = min(LEVELS.index(level_of(query.scope)) + 1, len(LEVELS) - 1) if query.scope else 0
    level = query.level or level_at(query.zoom)
    return LEVELS[max(below, LEVELS.index(level))]


def _path(code: str) -> list[str]:
    found: list[str] = []
    at: str | None = code or None
    while at is not None:
        found.append(at)
        at = parent_of(at)
    return found


def _counted(
    connection: Reading, drawn: _Drawn, query: NationQuery, counts: Counts
) -> pd.DataFrame:
    """Return the units drawn with their reports, and their risks and ranks where there are some."""
    codes = list(drawn.units["code"])
    units = drawn.units.set_index("code")[["name", "parent_code", "voters", "tps", "lon", "lat"]]
    units["reports"] = counts.of_units(drawn.level, codes)
    risks = ranked_figures(connection, drawn.level, query.scope, query.family)
    return units if risks is None else units.join(risks)


def _closest(extent: Extent) -> float:
    """Return the zoom at which an extent fills a very large screen: no screen shows it closer."""
    wide = max(extent.east - extent.west, extent.north - extent.south)
    return max(0.0, math.log2(360 * _LARGEST_PX / 256 / wide))


def _reports(query: NationQuery, units: pd.DataFrame, counts: Counts) -> Left:
    known = counts.of_scope(query.scope)
    lost = 0 if query.scope else counts.unplaced()
    drawn = int(units["reports"].sum())
    return Left(known + lost, drawn, known - drawn, lost)


def _tps(
    connection: Reading, query: NationQuery, extent: Extent
) -> tuple[pd.DataFrame | None, Left | None]:
    if query.zoom < TPS_ZOOM and query.scope.count(".") < len(LEVELS) - 1:
        return None, None
    dots = asked.tps_in(connection, extent, query.scope, MOST_TPS)
    whole = asked.units_by_code(connection, [query.scope]) if query.scope else None
    every = int(whole["tps"].iloc[0]) if whole is not None else asked.count_tps(connection)
    drawn = int(np.asarray(dots["tps"], dtype=np.int64).sum())
    return dots, Left(every, drawn, every - drawn)


def _around(
    connection: Reading, query: NationQuery, extent: Extent, detail: int
) -> dict[str, tuple[str, str]]:
    """Return the neighbours of the scope that are seen, to go on to; none where they are many."""
    if not query.scope:
        return {}
    level = level_of(query.scope)
    near = asked.units_in(connection, level, detail, extent, "", _MOST_AROUND)
    near = near[near["code"].ne(query.scope)]
    if len(near) >= _MOST_AROUND:
        return {}
    names = near.set_index("code")["name"]
    shapes = asked.shape_texts(connection, level, detail, list(names.index), extent)
    if sum(map(len, shapes.values())) > MOST_BYTES // 10:
        return {}
    return {code: (str(names[code]), shape) for code, shape in shapes.items()}
