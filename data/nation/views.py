"""What a view of the nation holds, by extent, level and detail: the questions to PostGIS.

Every function takes a connection of `data.nation.connection.reading`, so that one view is of one
moment. A unit's code is the beginning of the codes inside it, which makes ``within`` one range of
an index.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from data.nation.tables import revisions
from geo.codes import Level
from geo.errors import ParameterError

if TYPE_CHECKING:
    import psycopg

DECIMALS = (5, 5, 4, 4, 4)
"""Of coordinates by detail: a tenth of a pixel, and fine enough that no islet falls together."""
_MARGIN = 0.25
"""Of an extent on each side: shapes are cut off there, outside of what is seen."""
UNITS = ("code", "name", "level", "parent_code", "voters", "tps", "lon", "lat")
FIGURES = ("affairs", "expected", "median", "low", "high", "word")
_INSIDE = "{column} >= %(within)s || '.' AND {column} < %(within)s || '/'"
"""Of a code: it lies inside a unit, and is not that unit."""


@dataclass(frozen=True)
class Extent:
    """What part of the map is looked at, in degrees.

    Attributes
    ----------
    west, south, east, north
        -180 to 180 and -90 to 90, west below east and south below north.
    """

    west: float
    south: float
    east: float
    north: float

    def __post_init__(self) -> None:
        if not (-180 <= self.west < self.east <= 180 and -90 <= self.south < self.north <= 90):
            found = (self.west, self.south, self.east, self.north)
            raise ParameterError("extent", found, "west < east in ±180, south < north in ±90")

    def wider(self, share: float = _MARGIN) -> Extent:
        """Return it with so much of its width and height added on each side, 0 to 1."""
        x, y = share * (self.east - self.west), share * (self.north - self.south)
        return Extent(
            max(-180.0, self.west - x), max(-90.0, self.south - y),
            min(180.0, self.east + x), min(90.0, self.north + y),
        )  # fmt: skip

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a point, in degrees, lies in it."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    @property
    def sides(self) -> list[float]:
        """West, south, east, north."""
        return [self.west, self.south, self.east, self.north]


@dataclass(frozen=True)
class Days:
    """Days of reports that are counted, first and last included, of one family and kind."""

    first: dt.date
    last: dt.date
    family: str
    kind: str

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ParameterError("first", self.first, f"at most {self.last}")


@dataclass(frozen=True)
class NationState:
    """What stands in ``nation.meta``.

    Attributes
    ----------
    simulasi
        Whether all of it is made up.
    as_of, voting_date
        Days; None before places are published.
    revisions
        How many publications wrote each table, sorted: what a cache is keyed by.
    """

    simulasi: bool
    as_of: dt.date | None
    voting_date: dt.date | None
    revisions: tuple[tuple[str, int], ...]

    def has(self, table: str) -> bool:
        """Tell whether a table was ever published."""
        return table in dict(self.revisions)


def nation_state(connection: psycopg.Connection) -> NationState:
    """Return what the nation says of itself."""
    said = dict(_rows(connection, "SELECT key, value FROM nation.meta"))
    days = [said.get(name) for name in ("as_of", "voting_date")]
    as_of, voting = (None if day is None else dt.date.fromisoformat(day) for day in days)
    found = tuple(sorted(revisions(connection).items()))
    return NationState(said.get("simulasi") == "true", as_of, voting, found)


def _frame(
    connection: psycopg.Connection, query: str, values: dict[str, Any], columns: Sequence[str]
) -> pd.DataFrame:
    return pd.DataFrame(_rows(connection, query, values), columns=list(columns))


def _rows(
    connection: psycopg.Connection, query: str, values: Mapping[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    """Return all rows of a query, whose text holds names of ours and no value."""
    return connection.execute(query.encode(), values).fetchall()


def _inside(within: str, column: str) -> str:
    """Return the condition that codes of a column lie inside a unit; in the nation all do."""
    return _INSIDE.format(column=column) if within else "TRUE"


def units_by_code(connection: psycopg.Connection, codes: Sequence[str]) -> pd.DataFrame:
    """Return units that are known, in the order of their codes.

    Returns
    -------
    DataFrame
        Columns `UNITS`.
    """
    query = f"SELECT {', '.join(UNITS)} FROM nation.units WHERE code = ANY(%(codes)s) ORDER BY code"  # nosec B608
    return _frame(connection, query, {"codes": list(codes)}, UNITS)


def bounds_of(connection: psycopg.Connection, code: str) -> Extent | None:
    """Return the extent of a unit, of the whole nation for ""; None where there is no such.

    Of the coarsest shapes, which may be short of it by a pixel of the smallest map.
    """
    coarsest = len(DECIMALS) - 1
    whose = "code = %(code)s" if code else "level = 'provinsi'"
    query = (
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM"
        " (SELECT ST_Extent(geom) AS e FROM nation.shapes"
        f" WHERE detail = {coarsest} AND {whose}) AS x"  # nosec B608
    )
    row = _rows(connection, query, {"code": code})[0]
    return None if row[0] is None else Extent(*map(float, row))


def count_units(connection: psycopg.Connection, level: Level, within: str) -> int:
    """Return how many units of a level lie in a unit, in the nation for ""."""
    query = (
        f"SELECT count(*) FROM nation.units WHERE level = %(level)s AND {_inside(within, 'code')}"  # nosec B608
    )
    return int(_rows(connection, query, {"level": level, "within": within})[0][0])


def units_in(
    connection: psycopg.Connection,
    level: Level,
    detail: int,
    extent: Extent,
    within: str,
    most: int,
) -> pd.DataFrame:
    """Return the units of a level whose land is in an extent, ordered by code.

    Parameters
    ----------
    level, detail
        Which shapes decide.
    extent
        Where they must be, in part at least.
    within
        Code of the unit that they lie in, "" for the nation; at the unit's own level it is itself.
    most
        Rows, at the most; one more comes back where there are more.

    Returns
    -------
    DataFrame
        Columns `UNITS`.
    """
    columns = ", ".join(f"u.{name}" for name in UNITS)
    # Cut off before it is ordered: what is too much is not looked at to its end.
    query = f"""SELECT {columns} FROM (SELECT s.code FROM nation.shapes s
        WHERE s.detail = %(detail)s AND s.level = %(level)s
        AND ST_Intersects(s.geom, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326))
        AND (({_inside(within, "s.code")}) OR s.code = %(within)s) LIMIT %(most)s) AS seen
        JOIN nation.units u USING (code) ORDER BY u.code"""  # nosec B608
    values = {"level": level, "detail": detail, "within": within, "most": most + 1}
    return _frame(connection, query, {**values, **_sides(extent)}, UNITS)


def _sides(extent: Extent) -> dict[str, float]:
    return dict(zip(("west", "south", "east", "north"), extent.sides, strict=True))


def shape_texts(
    connection: psycopg.Connection,
    level: Level,
    detail: int,
    codes: Sequence[str],
    extent: Extent | None,
) -> dict[str, str]:
    """Return the shapes of units as GeoJSON geometries, by code.

    What reaches beyond the extent and a margin around it is cut off there; None keeps all of it.
    """
    geom = "geom"
    values: dict[str, Any] = {"level": level, "detail": detail, "codes": list(codes)}
    if extent is not None:
        box = "ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"
        geom = f"CASE WHEN geom @ {box} THEN geom ELSE ST_ClipByBox2D(geom, {box}) END"
        values |= _sides(extent.wider())
    query = f"""SELECT code, ST_AsGeoJSON({geom}, {DECIMALS[detail]}, 0) FROM nation.shapes
        WHERE detail = %(detail)s AND level = %(level)s AND code = ANY(%(codes)s)"""  # nosec B608
    return dict(_rows(connection, query, values))


def sure_bytes(
    connection: psycopg.Connection, level: Level, detail: int, codes: Sequence[str], extent: Extent
) -> int:
    """Return about how many bytes of `shape_texts` are sure: of shapes that nothing is cut off."""
    query = """SELECT coalesce(sum(pg_column_size(geom)), 0) FROM nation.shapes
        WHERE detail = %(detail)s AND level = %(level)s AND code = ANY(%(codes)s)
        AND geom @ ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"""
    values = {"level": level, "detail": detail, "codes": list(codes), **_sides(extent.wider())}
    return int(_rows(connection, query, values)[0][0])


def reports_by_unit(
    connection: psycopg.Connection, level: Level, codes: Sequence[str], days: Days
) -> pd.Series:
    """Return how many reports lie in each of some units of a level.

    Parameters
    ----------
    level
        Of the units.
    codes
        The units; each has a row.
    days
        Which reports: see `Days`.

    Returns
    -------
    Series
        ``reports`` (int64) by code, in the order of ``codes``. What is known only to a unit above
        is in none.
    """
    total = pd.Series(0, index=pd.Index(list(codes), dtype=object, name="code"), name="reports")
    for view, first, last in _spans(level, days):
        query = f"""SELECT code, sum(reports)::bigint FROM nation.{view}
            WHERE level = %(level)s AND code = ANY(%(codes)s) AND day BETWEEN %(first)s AND %(last)s
            AND family = %(family)s AND kind = %(kind)s GROUP BY code"""  # nosec B608
        values = {
            "level": level, "codes": list(codes), "first": first, "last": last,
            "family": days.family, "kind": days.kind,
        }  # fmt: skip
        found = dict(_rows(connection, query, values))
        total = total.add(pd.Series(found, dtype="int64"), fill_value=0).reindex(total.index)
    return total.astype("int64").rename("reports")


def _spans(level: Level, days: Days) -> list[tuple[str, dt.date, dt.date]]:
    """Return which view answers for which days: whole months are kept, but not of desa."""
    begin = days.first if days.first.day == 1 else _next_month(days.first)
    end = days.last.replace(day=1)
    if _next_month(days.last) - dt.timedelta(days=1) == days.last:
        end = _next_month(days.last)
    if level == "desa" or begin >= end:
        return [("counts", days.first, days.last)]
    one = dt.timedelta(days=1)
    parts = [
        ("counts", days.first, begin - one),
        ("counts_by_month", begin, end - one),
        ("counts", end, days.last),
    ]
    return [part for part in parts if part[1] <= part[2]]


def _next_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def codes_of(connection: psycopg.Connection, level: Level) -> list[str]:
    """Return the codes of all units of a level, sorted."""
    query = "SELECT code FROM nation.units WHERE level = %(level)s ORDER BY code"
    return [str(code) for (code,) in _rows(connection, query, {"level": level})]


def unplaced(connection: psycopg.Connection, days: Days) -> int:
    """Return how many reports of some days could be placed nowhere.

    Parameters
    ----------
    connection
        Of the nation.
    days
        Which reports: see `Days`.
    """
    row = connection.execute(
        """SELECT count(*) FROM nation.reports WHERE place_code = ''
        AND date_event BETWEEN %s AND %s AND superseded_by IS NULL AND family = %s AND kind = %s""",
        [days.first, days.last, days.family, days.kind],
    ).fetchone()
    assert row is not None
    return int(row[0])


def figures_of(
    connection: psycopg.Connection, level: Level, whole: str, family: str
) -> pd.DataFrame:
    """Return the relative risks of all units of a level that were held against one whole.

    Parameters
    ----------
    level
        kabupaten or kecamatan; of others there is none.
    whole
        Code of a province, "" for all provinces.
    family
        Of the affairs.

    Returns
    -------
    DataFrame
        Index code: `FIGURES`.
    """
    query = f"""SELECT code, {", ".join(FIGURES)} FROM nation.figures
        WHERE whole = %(whole)s AND level = %(level)s AND family = %(family)s ORDER BY code"""  # nosec B608
    values = {"whole": whole, "level": level, "family": family}
    return _frame(connection, query, values, ("code", *FIGURES)).set_index("code")


def outlook_of(connection: psycopg.Connection, code: str) -> pd.DataFrame:
    """Return the outlook of a unit.

    Returns
    -------
    DataFrame
        Columns ``family``, ``date_from``, ``date_to``, ``probability`` (0 to 1), ``expected``,
        ``low``, ``high`` (affairs).
    """
    columns = ("family", "date_from", "date_to", "probability", "expected", "low", "high")
    query = f"SELECT {', '.join(columns)} FROM nation.outlook WHERE code = %(code)s ORDER BY family"  # nosec B608
    return _frame(connection, query, {"code": code}, columns)


def plans_in(connection: psycopg.Connection, within: str) -> pd.DataFrame:
    """Return what the plans of the kabupaten of a unit say, of all for "".

    Returns
    -------
    DataFrame
        Columns ``kabupaten``, ``passed``, ``late``, ``unplanned_tps``, ``faults``.
    """
    columns = ("kabupaten", "passed", "late", "unplanned_tps", "faults")
    inside = f"(({_inside(within, 'kabupaten')}) OR kabupaten = %(within)s)"
    query = f"SELECT {', '.join(columns)} FROM nation.plans WHERE {inside} ORDER BY kabupaten"  # nosec B608
    return _frame(connection, query, {"within": within}, columns)


def tps_in(connection: psycopg.Connection, extent: Extent, within: str, most: int) -> pd.DataFrame:
    """Return the TPS of an extent, one by one or, where they are too many, as sums of cells.

    Parameters
    ----------
    extent
        Where they stand.
    within
        Code of the unit they belong to, "" for the nation.
    most
        Rows at the most.

    Returns
    -------
    DataFrame
        ``key`` (tps_id; "" for a cell), ``lon``, ``lat`` (of a cell the mean), ``tps`` (how many a
        row stands for), ``tinggi`` (of them with a high tier of security), ``voters``. Their sum is
        all that stand there.
    """
    whose = f"(({_inside(within, 'desa_code')}) OR desa_code = %(within)s)"
    here = f"""FROM nation.tps WHERE {whose}
        AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)"""
    columns = ("key", "lon", "lat", "tps", "tinggi", "voters")
    values: dict[str, Any] = {**_sides(extent), "within": within, "most": most + 1}
    one = f"""SELECT tps_id, ST_X(geom), ST_Y(geom), 1, (keamanan = 'tinggi')::int, voters {here}
        ORDER BY tps_id LIMIT %(most)s"""
    found = _frame(connection, one, values, columns)
    if len(found) <= most:
        return found
    side = _cell_side(extent, most)
    cells = f"""SELECT '', avg(ST_X(geom)), avg(ST_Y(geom)), count(*),
        count(*) FILTER (WHERE keamanan = 'tinggi'), sum(voters)::bigint {here}
        GROUP BY floor((ST_X(geom) - %(west)s) / %(side)s),
        floor((ST_Y(geom) - %(south)s) / %(side)s) ORDER BY 2, 3"""
    return _frame(connection, cells, {**values, "side": side}, columns)


def _cell_side(extent: Extent, most: int) -> float:
    """Return the side of cells in degrees, of which an extent holds at most so many."""
    across = min(40, int(most**0.5) - 1)
    return max(extent.east - extent.west, extent.north - extent.south) / max(1, across)


def count_tps(connection: psycopg.Connection) -> int:
    """Return how many TPS the nation has."""
    query = "SELECT coalesce(sum(tps), 0) FROM nation.units WHERE level = 'provinsi'"
    return int(_rows(connection, query)[0][0])
