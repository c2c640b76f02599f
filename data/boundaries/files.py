"""Read official boundaries from a file and check them against the registry of units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from data.errors import FileUnreadableError, SourceMissingError
from data.ingest.files.layers import in_degrees, read_layer
from geo.boundaries.repair import repair_coverage
from geo.boundaries.validate import check_coverage, unusable_rows
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError, SiagaError

SCHEMES = ("kemendagri", "bps", "kpu")
KNOWN_COLUMNS = ("code", "level", "name", "bps_code", "lon", "lat", "has_polygon")
REGENCY_CHARACTERS = 5
"""Length of a dotted kabupaten/kota code, such as 99.05."""
_P_CODE = re.compile(r"ID\d+", re.IGNORECASE)
"""A code of BPS with the letters of the country, as humanitarian data sets write it."""
_SHOWN = 20
_MESSAGE_LENGTH = 1_700


@dataclass(eq=False)
class BoundaryFileError(SiagaError, ValueError):
    """A boundary file that cannot be used; each fault names the row, code or column it is about."""

    key = "boundary"
    form = "{path}: {faults}"
    path: Path | str
    faults: Sequence[str]


@dataclass(frozen=True, eq=False)
class BoundaryFile:
    """What a boundary file holds.

    Attributes
    ----------
    units
        Columns code (Kemendagri) and geometry (2-D, EPSG:4326), ordered by code.
    changed_ha
        Hectares by code that a repair of the edges changed.
    dissolved_rows
        Rows that were joined to another of the same unit.
    """

    units: gpd.GeoDataFrame
    changed_ha: Mapping[str, float]
    dissolved_rows: int


def read_boundaries(
    path: Path,
    level: str,
    known: pd.DataFrame,
    code_column: str | None = None,
    scheme: str = "kemendagri",
) -> gpd.GeoDataFrame:
    """Return the units of `read_boundary_file` for the usual tolerance, from its only layer.

    ``known`` has the columns `KNOWN_COLUMNS`.
    """
    return read_boundary_file(path, level, known, code_column, scheme).units


def read_boundary_file(
    path: Path,
    level: str,
    known: pd.DataFrame,
    code_column: str | None = None,
    scheme: str = "kemendagri",
    *,
    layer: str | None = None,
    tolerance_ha: float | None = None,
) -> BoundaryFile:
    """Read the boundaries of one level; accept the whole file or refuse it.

    Rows of one code are parts of one unit. Edges that miss each other are repaired up to a
    tolerance.

    Parameters
    ----------
    path
        A file as `data.ingest.files.layers.read_layer` takes, in any coordinate reference system,
        but with one. GeoJSON without a crs member is longitude and latitude (RFC 7946).
    level
        kabupaten, kecamatan or desa.
    known
        The registry, with the columns `KNOWN_COLUMNS`; for the scheme kpu also ``kpu_code``.
    code_column
        Column of the codes; by default the one column that holds known codes.
    scheme
        kemendagri (dotted or plain digits), bps (plain digits, or p-codes such as ID1905) or kpu
        (plain digits). It is never guessed: 1903 and 1905 exchange their meaning.
    layer
        Name of the layer, where the file has several.
    tolerance_ha
        Hectares that a unit may change by, at least 0; see `geo.boundaries.repair.repair_coverage`.

    Raises
    ------
    BoundaryFileError
        With all faults that can be told together: no coordinate reference system, no certain
        code column, unreadable, unknown or missing codes, invalid geometry, edges that do not
        match by more than the tolerance, codes of one regency on the land of another.
    ParameterError
        If the level, the scheme, the tolerance or the registry cannot be used.
    """
    units = _units_of(level, known, scheme)
    frame = _read(path, layer)
    meanings = _meanings(units, scheme)
    column = code_column or _guess_column(path, frame, meanings, level, known, scheme)
    if column not in frame.columns or column == frame.geometry.name:
        raise BoundaryFileError(path, [f"no column {column[:60]!r}; columns: {_columns(frame)}"])
    codes, faults = _codes(frame[column], meanings, scheme)
    rows = gpd.GeoDataFrame({"code": codes}, geometry=frame.geometry.to_numpy(), crs=STORAGE_CRS)
    unusable, usable = unusable_rows(rows)
    whole = _dissolved(rows[usable & rows["code"].ne("").to_numpy()])
    repair = repair_coverage(whole, tolerance_ha)
    faults += unusable
    faults += _missing(units, set(codes), level)
    if repair.faults:
        faults += [*check_coverage(whole).mismatched, *repair.faults]
    if not faults:
        faults += _displaced(repair.units, known)
    if faults:
        raise BoundaryFileError(path, _cut(faults))
    return BoundaryFile(repair.units, repair.changed_ha, len(rows) - len(whole))


def _cut(faults: Sequence[str]) -> list[str]:
    """Return the first faults, as many as a message holds, and how many more there are."""
    told: list[str] = []
    for fault in faults:
        if sum(map(len, told)) + len(fault) > _MESSAGE_LENGTH and told:
            return [*told, f"and {len(faults) - len(told)} more"]
        told.append(fault[:_MESSAGE_LENGTH])
    return told


def _dissolved(rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row per code, ordered; the shapes of a code become one."""
    shapes = {
        code: part.iloc[0] if len(part) == 1 else shapely.union_all(part.to_numpy())
        for code, part in rows.groupby("code", sort=True)["geometry"]
    }
    return gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=STORAGE_CRS)


def _units_of(level: str, known: pd.DataFrame, scheme: str) -> pd.DataFrame:
    if level not in ("kabupaten", "kecamatan", "desa"):
        raise ParameterError("level", level, "kabupaten, kecamatan or desa")
    if scheme not in SCHEMES:
        raise ParameterError("scheme", scheme, "kemendagri, bps or kpu")
    wanted = (*KNOWN_COLUMNS, "kpu_code") if scheme == "kpu" else KNOWN_COLUMNS
    lacking = [column for column in wanted if column not in known.columns]
    if lacking:
        raise ParameterError("known", list(known.columns), f"also the columns {', '.join(lacking)}")
    return known[known["level"] == level]


def _read(path: Path, layer: str | None) -> gpd.GeoDataFrame:
    """Return a layer in EPSG:4326, without heights."""
    try:
        frame = read_layer(path, layer)
        if frame.empty:
            raise BoundaryFileError(path, ["no rows, expected one polygon per unit"])
        if frame.crs is None:
            expected = f"(Shapefile: the .prj file), such as {STORAGE_CRS}"
            raise BoundaryFileError(path, [f"no coordinate reference system {expected}"])
        return in_degrees(path, frame)
    except SourceMissingError as err:
        raise BoundaryFileError(path, ["file not found"]) from err
    except FileUnreadableError as err:
        raise BoundaryFileError(path, [f"{err.reason}: {err.expected}"]) from err


def _digits(value: object) -> str:
    """Return a code as text; a whole number loses its decimal point, a p-code is in capitals."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return text.upper() if _P_CODE.fullmatch(text) else text


def _meanings(units: pd.DataFrame, scheme: str) -> dict[str, str]:
    """Return the Kemendagri code for each way of writing a code in a scheme."""
    if scheme != "kemendagri":
        own = [_digits(value) for value in units[f"{scheme}_code"]]
        found = {text: code for text, code in zip(own, units["code"], strict=True) if text}
        p_codes = {f"ID{text}": code for text, code in found.items()} if scheme == "bps" else {}
        return found | p_codes
    return {text: code for code in units["code"] for text in (code, code.replace(".", ""))}


def _guess_column(
    path: Path,
    frame: gpd.GeoDataFrame,
    meanings: Mapping[str, str],
    level: str,
    known: pd.DataFrame,
    scheme: str,
) -> str:
    """Return the one column most of whose values are known codes."""
    found: dict[str, tuple[str, ...]] = {}
    for column in frame.columns.drop(frame.geometry.name):
        codes = tuple(meanings.get(_digits(value), "") for value in frame[column])
        if sum(map(bool, codes)) * 2 > len(codes):
            found[str(column)] = codes
    if len(set(found.values())) == 1:
        return next(iter(found))
    if found:
        names = ", ".join(found)
        raise BoundaryFileError(path, [f"several columns hold {level} codes, name one: {names}"])
    hints = []
    for other in SCHEMES:
        if other == scheme or f"{other}_code" not in (*known.columns, "kemendagri_code"):
            continue
        foreign = _meanings(_units_of(level, known, other), other)
        hints += [
            f"; column {str(column)[:60]} holds {other} codes: declare the scheme {other}"
            for column in frame.columns.drop(frame.geometry.name)
            if sum(_digits(value) in foreign for value in frame[column]) * 2 > len(frame)
        ]
    raise BoundaryFileError(
        path,
        [f"no column holds {scheme} {level} codes; columns: {_columns(frame)}{''.join(hints)}"],
    )


def _columns(frame: gpd.GeoDataFrame) -> str:
    names = [str(name)[:60] for name in frame.columns.drop(frame.geometry.name)]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (", ".join(names[:_SHOWN]) or "none") + more


def _codes(
    values: pd.Series, meanings: Mapping[str, str], scheme: str
) -> tuple[list[str], list[str]]:
    """Return a Kemendagri code per row and a sentence per row without one.

    A value that means nothing stays out of the codes (blank), so that it is reported once.
    """
    codes, faults = [], []
    for row, value in enumerate(values, start=1):
        text = _digits(value)
        code = meanings.get(text, "")
        if not code:
            text = text[:60]
            dotted = scheme != "kemendagri" and "." in text
            why = "dotted codes are Kemendagri's" if dotted else f"unknown in the scheme {scheme}"
            faults.append(f"row {row}: code {text!r}, {why}" if text else f"row {row}: no code")
        codes.append(code)
    return codes, faults


def _missing(units: pd.DataFrame, present: set[str], level: str) -> list[str]:
    """Return what is missing as one sentence; units without a polygon anywhere may be."""
    required = units[units["has_polygon"].astype(bool)]
    lacking = required[~required["code"].isin(present)]
    if lacking.empty:
        return []
    named = [f"{c} {n}" for c, n in zip(lacking["code"], lacking["name"], strict=True)]
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    names = ", ".join(named[:_SHOWN]) + more
    have = len(required) - len(lacking)
    return [f"{have} of {len(required)} {level}; missing: {names}"]


def _displaced(units: gpd.GeoDataFrame, known: pd.DataFrame) -> list[str]:
    """Return regencies most of whose known points lie on land coded as another regency.

    That is what a file looks like when its codes were read in the wrong scheme.
    """
    below_province = known["code"].str.len() >= REGENCY_CHARACTERS
    points = known[below_province].dropna(subset=["lon", "lat"])
    tree = shapely.STRtree(units.geometry.to_numpy())
    which, where = tree.query(shapely.points(points["lon"], points["lat"]), predicate="within")
    own = points["code"].to_numpy()[which]
    on = units["code"].to_numpy()[where]
    pairs = Counter(
        (a[:REGENCY_CHARACTERS], b[:REGENCY_CHARACTERS]) for a, b in zip(own, on, strict=True)
    )
    total = Counter(code[:REGENCY_CHARACTERS] for code in own)
    return [
        f"{a}: {n} of {total[a]} known points lie in what the file calls {b}; "
        "are the codes of another scheme?"
        for (a, b), n in sorted(pairs.items())
        if a != b and n * 2 > total[a]
    ]
