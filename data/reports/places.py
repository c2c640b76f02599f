"""Where each row of a file lies, by names, codes or points: its unit, and how precisely.

A point that lies in a desa of the named unit places the report in that desa. One that lies in a
desa of another unit contradicts the name, unless the named unit is within `_BORDER_DEGREES`: then
the borders, generalised and disputed as they are, cannot tell, and the name counts. So it does for
a point in no desa, on the sea.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from data.ingest.columns import ColumnMapping, refused
from data.ingest.place_lookup import PARTS, PlaceLookup
from data.ingest.places import CODES, narrower, note, read_codes
from data.ingest.rows import Mask, Rows
from data.ingest.values.coordinates import parse_coordinate, parse_point
from geo.codes import LEVELS, Scheme, descends_from, level_of, parent_of

_MOST_LATITUDE = 90
_SEA_MARGIN_DEGREES = 0.25
_BORDER_DEGREES = 0.02
"""Some 2 km: the official sources differ by as much about where a border runs."""


@dataclass(frozen=True)
class Ground:
    """The polygons that points are held against.

    Attributes
    ----------
    bounds
        West, south, east and north in degrees, a margin of sea included.
    desa
        Polygons by code in EPSG:4326; empty when the store holds none, and then points are held
        against the bounds alone.
    """

    bounds: tuple[float, float, float, float]
    desa: pd.Series

    def desa_of(self, lon: pd.Series, lat: pd.Series) -> pd.Series:
        """Return the desa each point lies in, missing for a point in none of them.

        ``lon`` and ``lat`` are degrees on one index, that of the result; a missing one is no point.
        """
        out = np.full(len(lon), None, dtype=object)
        polygons = self.desa.to_numpy()
        given = np.flatnonzero(lon.notna() & lat.notna())
        at = np.asarray(shapely.points(lon.iloc[given], lat.iloc[given]))
        point, polygon = shapely.STRtree(polygons).query(at)
        hit = np.asarray(shapely.intersects(polygons[polygon], at[point]))
        # On a shared border both desa are hit: the first code decides, so that it is repeatable.
        order = np.lexsort((polygon, point))[::-1]
        order = order[hit[order]]
        out[given[point[order]]] = self.desa.index.to_numpy()[polygon[order]]
        return pd.Series(out, index=lon.index, dtype="str")

    def is_near(self, lon: pd.Series, lat: pd.Series, unit: pd.Series) -> Mask:
        """Return which points are in a unit or so near that the border may be to blame.

        ``lon`` and ``lat`` in degrees and the code ``unit`` are given for every row, none missing.
        """
        codes = self.desa.index.to_numpy()
        drawn = {code.rsplit(".", n)[0] for code in codes for n in range(len(LEVELS))}
        # A unit without a polygon is part of what is drawn around it.
        named = [code if code in drawn else parent_of(code) or code for code in unit]
        points = shapely.points(lon, lat)
        tree = shapely.STRtree(self.desa.to_numpy())
        point, polygon = tree.query(points, predicate="dwithin", distance=_BORDER_DEGREES)
        near = np.zeros(len(lon), dtype=bool)
        pairs = [(codes[p], named[n]) for n, p in zip(point, polygon, strict=True)]
        near[point[_within(pairs)]] = True
        return near


def _within(pairs: list[tuple[str, str]]) -> Mask:
    """Return where the first of two units is the second or lies in it."""
    known = {pair: descends_from(*pair) for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs], dtype=bool)


def make_ground(units: pd.DataFrame, desa: pd.Series) -> Ground:
    """Return the ground of a province.

    Parameters
    ----------
    units
        Registry with ``lon`` and ``lat``; its points count for the bounds as well.
    desa
        Polygons of desa by code, EPSG:4326; may be empty.
    """
    desa = desa.sort_index()
    shapely.prepare(desa.to_numpy())
    points = np.atleast_1d(np.asarray(shapely.points(units["lon"], units["lat"])))
    west, south, east, north = map(float, shapely.total_bounds([*desa, *points]))
    margin = _SEA_MARGIN_DEGREES
    return Ground((west - margin, south - margin, east + margin, north + margin), desa)


def read_points(rows: Rows, ground: Ground) -> tuple[pd.Series, pd.Series]:
    """Return degrees of longitude and latitude per row; missing where absent or wrong.

    A point in one cell counts where a row gives neither in a cell of its own.
    """
    lon = rows.read("lon", partial(parse_coordinate, axis="lon"), "lon_unreadable", "float64")
    lat = rows.read("lat", _latitude, "lat_unreadable", "float64")
    point = rows.read("point", parse_point, "point_unreadable", "object")
    point = point[point.notna() & ~rows.filled("lon") & ~rows.filled("lat")]
    lon[point.index], lat[point.index] = point.str[0].astype(float), point.str[1].astype(float)
    outside = (lon.notna() & lat.notna()).to_numpy() & ~_inside(ground, lon, lat)
    swapped = outside & _inside(ground, lat, lon)
    _blame_point(rows, swapped, "lonlat_swapped")
    _blame_point(rows, outside & ~swapped, "point_outside_area")
    return lon.mask(outside), lat.mask(outside)


def _latitude(text: str) -> float | None:
    value = parse_coordinate(text, "lat")
    # What can only be a longitude is kept, so that the two are told to be swapped.
    other = parse_coordinate(text, "lon") if value is None else None
    return other if other is not None and abs(other) > _MOST_LATITUDE else value


def _blame_point(rows: Rows, where: Mask, reason: str) -> None:
    in_one_cell = rows.filled("point") & ~rows.filled("lon")
    rows.fault("point", where & in_one_cell, reason)
    rows.fault("lon", where & ~in_one_cell, reason)


def _inside(ground: Ground, lon: pd.Series, lat: pd.Series) -> Mask:
    west, south, east, north = ground.bounds
    return (lon.between(west, east) & lat.between(south, north)).to_numpy()


def settle_units(
    rows: Rows, ground: Ground, unit: pd.Series, lon: pd.Series, lat: pd.Series
) -> pd.Series:
    """Return the finest unit that the name and the point of each row support.

    Parameters
    ----------
    rows
        Rows of a file; a point that contradicts the named unit is noted as a fault there.
    ground
        Shapes of the province.
    unit
        Code of the named unit by row, missing where none is named.
    lon, lat
        Degrees by row, both or neither.
    """
    if lon.isna().all() or not len(ground.desa):
        return unit
    desa = ground.desa_of(lon, lat)
    nowhere = lon.notna() & unit.isna() & desa.isna()
    _blame_point(rows, nowhere.to_numpy(), "point_in_no_unit")
    both = np.flatnonzero(desa.notna() & unit.notna())
    apart = both[~_within(list(zip(desa.iloc[both], unit.iloc[both], strict=True)))]
    astray = apart[~ground.is_near(lon.iloc[apart], lat.iloc[apart], unit.iloc[apart])]
    levels = np.array([level_of(code) for code in unit.iloc[astray]], dtype=object)
    for level in LEVELS:
        where = np.isin(np.arange(len(unit)), astray[levels == level])
        _blame_point(rows, where, f"point_not_in_{level}")
    agrees = desa.notna() & ~np.isin(np.arange(len(unit)), apart)
    return unit.mask(agrees, desa)


_POKOK = ("pokok_place", "pokok_code", *(f"pokok_{part}" for part in PARTS))
PLACE_FIELDS = (*PARTS, "place", "code", *CODES, *_POKOK, "acled_location", "point")
"""Fields each of which tells where a report lies; ``lon`` and ``lat`` do together."""
_MOST_HEADINGS, _LONGEST_HEADING = 20, 60
_ONE_TPS = re.compile(
    r"^(?:tps)?[\s.:]*(?:no(?:mor)?[\s.:]*)?0*([1-9]\d{0,2})(?:[.,]0)?$", re.IGNORECASE
)
_ACLED_PRECISIONS = ("1", "2", "3")


def require_place(path: Path, columns: ColumnMapping, ignored: Collection[str] = ()) -> None:
    """Hold that a file says where its reports lie: no report is of the whole province unsaid.

    Parameters
    ----------
    path
        The file, for the message.
    columns
        What its columns were taken for.
    ignored
        Headings that were left out on purpose.

    Raises
    ------
    FileUnreadableError
        ``no_place_column``, naming the headings that are not used. A column of provinces is a
        place only where no heading is left that may hold a finer one.
    """
    rest = [heading for heading in columns.unused if heading and heading not in ignored]
    used = columns.used
    told = any(field in used for field in PLACE_FIELDS) or ("lon" in used and "lat" in used)
    if told or ("province" in used and not rest):
        return
    shown = [heading[:_LONGEST_HEADING] for heading in rest[:_MOST_HEADINGS]]
    raise refused(path, "no_place_column", ", ".join(shown) or "-")


class Tps(NamedTuple):
    """A cell for a polling station: one number, or a text that names several."""

    number: int | None
    several: str | None


def read_places(
    rows: Rows, lookup: PlaceLookup, ground: Ground, scheme: Scheme | None
) -> pd.DataFrame:
    """Place the rows and note what is wrong with their places.

    Parameters
    ----------
    rows
        Rows of a file; faults are noted there.
    lookup, ground
        Names and shapes of the province.
    scheme
        Scheme of a column of bare codes, None when it is not declared.

    Returns
    -------
    DataFrame
        On the index of the rows: ``unit_kejadian``, ``unit_pokok``, ``location_precision``,
        ``tps_number``, ``lon``, ``lat``, ``location_note``. A row that names no place at all
        gets the province; a point or TPS number that the place is too coarse for becomes a note.
    """
    if rows.has("province"):
        note(rows, lookup.each([rows.text("province")], lookup.provinces))
    rows.mute(rows.faulted("province"))
    lon, lat = read_points(rows, ground)
    acled = _acled_precision(rows)
    if acled is not None:
        # Otherwise the coordinates are those of a nominal town.
        lon, lat = lon.where(acled == "1"), lat.where(acled == "1")
    whole = lon.notna() & lat.notna()
    unit, tps_in_text = _named_units(rows, lookup, scheme, acled, whole)
    unit = settle_units(rows, ground, unit, lon.where(whole), lat.where(whole))
    unit = unit.fillna(lookup.root)
    pokok = _read_pokok(rows, lookup)
    tps, several = _read_tps(rows, tps_in_text)
    level, about = _levels(unit), _levels(pokok.fillna(unit))
    coarse, lone = whole & level.ne("desa"), tps.notna() & about.ne("desa")
    pairs = zip(lon[coarse], lat[coarse], strict=True)
    told = [f"titik {x:.6f}, {y:.6f}" for x, y in pairs]
    points = pd.Series(told, index=lon.index[coarse], dtype="str").reindex(lon.index)
    notes = [rows.text(f) for f in ("location_note", "place", "acled_location")]
    notes += [several, ("TPS: " + tps).where(lone, ""), points.fillna("")]
    tps = tps.mask(lone)
    return pd.DataFrame(
        {
            "unit_kejadian": unit,
            "unit_pokok": pokok,
            "location_precision": level.mask((level == "desa") & tps.notna(), "tps"),
            "tps_number": tps,
            "lon": lon.mask(coarse),
            "lat": lat.mask(coarse),
            "location_note": joined(notes),
        }
    )


def _levels(codes: pd.Series) -> pd.Series:
    group, distinct = pd.factorize(codes)
    words = pd.Series([*map(level_of, distinct), None], dtype="str")
    return words.take(group).set_axis(codes.index)


def joined(columns: Sequence[pd.Series], mark: str = "; ") -> pd.Series:
    """Return the texts of each row with ``mark`` between them; missing where all are blank.

    ``columns`` are texts on one index.
    """
    filled = [column for column in columns if column.ne("").any()]
    if len(filled) < 2:
        return next(iter(filled), columns[0]).where(lambda text: text != "")
    kind = pa.large_string()
    texts = [pa.array(column.where(column != ""), kind) for column in filled]
    # Rows without any text would be lost, hence the empty one in front.
    front = pa.repeat(pa.scalar("", kind), len(texts[0]))
    every = pc.binary_join_element_wise(front, *texts, pa.scalar(mark, kind), null_handling="skip")
    every = pc.utf8_slice_codeunits(every, len(mark))
    out = pd.Series(every, dtype="str").set_axis(columns[0].index)
    return out.where(out != "")


def _named_units(
    rows: Rows,
    lookup: PlaceLookup,
    scheme: Scheme | None,
    acled: pd.Series | None,
    has_point: pd.Series,
) -> tuple[pd.Series, pd.Series]:
    """Return unit and TPS number as codes and names give them; missing where they do not."""
    parts = [rows.text(part) for part in PARTS]
    coded = read_codes(rows, lookup, scheme)
    codes, in_code = coded["code"], coded["tps"]
    is_silent = parts[0].eq("") & parts[1].eq("") & parts[2].eq("") & codes.isna()
    section = _sections(rows, lookup)
    if acled is None:
        named = lookup.each(_below(parts, section), lookup.parts)
    else:
        location = rows.text("acled_location")
        named = lookup.each([*parts[:2], location, acled], lookup.acled)
    note(rows, named)
    within = section["code"].where(parts[0] == "").fillna("")
    free = lookup.each([rows.text("place").where(is_silent, ""), within], lookup.texts)
    # A point tells more than a text that names no unit, such as the name of a building.
    note(rows, free[~(free["reason"].ne("") & has_point)])
    unit = narrower(rows, codes, named["code"], "code")
    tps = named["tps"].fillna(free["tps"]).fillna(in_code)
    return unit.fillna(free["code"]).fillna(within.where(within != "")), tps


def _sections(rows: Rows, lookup: PlaceLookup) -> pd.DataFrame:
    """Return what the row that heads the part of each row was found to be; most head no place."""
    blank = pd.Series("", index=rows.frame.index, dtype="str")
    texts = blank if rows.section is None else rows.section
    found = lookup.each([texts], lookup.texts)
    levels = _levels(found["code"])
    return found.assign(text=texts, level=levels)


def _below(parts: Sequence[pd.Series], section: pd.DataFrame) -> list[pd.Series]:
    """Return the parts of each place, a kabupaten or kecamatan that heads the row among them."""
    out = list(parts)
    given = parts[0] != ""
    for i, level in enumerate(PARTS[:-1]):
        heads = section["level"].eq(level).fillna(False).astype(bool) & ~given & out[i].eq("")
        below = parts[1].ne("") | parts[2].ne("")
        out[i] = out[i].mask(heads & below, section["text"])
    return out


def _acled_precision(rows: Rows) -> pd.Series | None:
    if not rows.has("acled_event_type"):
        return None
    read = rows.read(
        "acled_geo_precision",
        lambda text: text if text in _ACLED_PRECISIONS else None,
        "geo_precision_unknown",
    )
    # Unstated: the place is believed no finer than the kecamatan.
    return read.fillna("2")


def _read_tps(rows: Rows, in_text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the number with leading zeros, and the text of a cell that names several."""

    def reader(text: str) -> Tps | None:
        match = _ONE_TPS.match(text.strip())
        if match:
            return Tps(int(match[1]), None)
        # The row keeps its desa; which of several stations it was is not known.
        return Tps(None, f"TPS: {text}") if any(ch.isdigit() for ch in text) else None

    found = rows.read("tps", reader, "tps_unreadable", "object")
    number = found.map(lambda t: t.number, na_action="ignore").astype("Int64").fillna(in_text)
    distinct = {n: f"{n:03d}" for n in number.dropna().unique()}
    several = found.map(lambda t: t.several, na_action="ignore").astype("str").fillna("")
    return number.map(distinct, na_action="ignore").astype("str"), several


def _read_pokok(rows: Rows, lookup: PlaceLookup) -> pd.Series:
    """Return the unit that a report is about; missing where the row does not say."""
    if not any(rows.has(field) for field in _POKOK):
        return pd.Series(None, index=rows.frame.index, dtype="str")
    parts = lookup.each([rows.text(f"pokok_{part}") for part in PARTS], lookup.parts)
    note(rows, parts, "pokok_")
    free = lookup.each([rows.text("pokok_place")], lookup.texts)
    note(rows, free, "pokok_")
    texts = rows.text("pokok_code")
    coded = lookup.each([texts, pd.Series("", index=texts.index, dtype="str")], lookup.codes)
    note(rows, coded, "pokok_")
    return coded["code"].fillna(parts["code"]).fillna(free["code"])
