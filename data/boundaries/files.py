"""Read official boundaries from a file and check them against the registry of units."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from geo.boundaries.validate import check_coverage
from geo.crs import STORAGE_CRS
from geo.errors import ParameterError, SiagaError

if TYPE_CHECKING:
    from collections.abc import Mapping

VECTOR_SUFFIXES = {".geojson", ".json", ".gpkg", ".shp", ".zip"}
PARQUET_SUFFIXES = {".parquet", ".geoparquet"}
FORMATS = "GeoJSON, GPKG, Shapefile (also zipped) or GeoParquet"
KNOWN_COLUMNS = ("code", "level", "name", "bps_code", "lon", "lat", "has_polygon")
REGENCY_CHARACTERS = 5
"""Length of a dotted kabupaten/kota code, such as 99.05."""


@dataclass(eq=False)
class BoundaryFileError(SiagaError, ValueError):
    """A boundary file that cannot be used; each fault names the row, code or column it is about."""

    key = "boundary"
    form = "{path}: {faults}"
    path: Path | str
    faults: Sequence[str]


def read_boundaries(
    path: Path,
    level: str,
    known: pd.DataFrame,
    code_column: str | None = None,
    scheme: str = "kemendagri",
) -> gpd.GeoDataFrame:
    """Read the boundaries of one level; accept the whole file or refuse it.

    Parameters
    ----------
    path
        GeoJSON, GPKG, Shapefile (also zipped) or GeoParquet, in any coordinate reference system,
        but with one. GeoJSON without a crs member is longitude and latitude (RFC 7946).
    level
        kabupaten, kecamatan or desa.
    known
        The registry, with the columns `KNOWN_COLUMNS`.
    code_column
        Column of the codes; by default the one column that holds known codes.
    scheme
        kemendagri (dotted or plain digits) or bps (plain digits). It is never guessed: 1903 and
        1905 exchange their meaning between the two.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns code (Kemendagri) and geometry (2-D, EPSG:4326), ordered by code.

    Raises
    ------
    BoundaryFileError
        With all faults that can be told together: no coordinate reference system, no certain
        code column, unreadable, duplicate, unknown or missing codes, invalid geometry, edges
        that do not match, codes of one regency on the land of another.
    ParameterError
        If the level, the scheme or the registry cannot be used.
    """
    units = _units_of(level, known, scheme)
    frame = _read(path)
    if frame.empty:
        raise BoundaryFileError(path, ["no rows, expected one polygon per unit"])
    if frame.crs is None:
        raise BoundaryFileError(
            path,
            [f"no coordinate reference system (Shapefile: the .prj file), such as {STORAGE_CRS}"],
        )
    meanings = _meanings(units, scheme)
    column = code_column or _guess_column(path, frame, meanings, level, known, scheme)
    if column not in frame.columns or column == frame.geometry.name:
        raise BoundaryFileError(path, [f"no column {column!r}; columns: {_columns(frame)}"])
    codes, faults = _codes(frame[column], meanings, scheme)
    geometry = shapely.force_2d(frame.to_crs(STORAGE_CRS).geometry.to_numpy())
    result = gpd.GeoDataFrame({"code": codes}, geometry=geometry, crs=STORAGE_CRS)
    report = check_coverage(result, known=set(units["code"]))
    faults += report.faults
    faults += _missing(units, set(codes), level)
    if not faults:
        faults += _displaced(result, known)
    if faults:
        raise BoundaryFileError(path, faults)
    return result.sort_values("code", ignore_index=True)


def _units_of(level: str, known: pd.DataFrame, scheme: str) -> pd.DataFrame:
    if level not in ("kabupaten", "kecamatan", "desa"):
        raise ParameterError("level", level, "kabupaten, kecamatan or desa")
    if scheme not in ("kemendagri", "bps"):
        raise ParameterError("scheme", scheme, "kemendagri or bps")
    lacking = [column for column in KNOWN_COLUMNS if column not in known.columns]
    if lacking:
        raise ParameterError("known", list(known.columns), f"also the columns {', '.join(lacking)}")
    return known[known["level"] == level]


def _read(path: Path) -> gpd.GeoDataFrame:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise BoundaryFileError(path, ["file not found"])
    if suffix not in VECTOR_SUFFIXES | PARQUET_SUFFIXES:
        raise BoundaryFileError(path, [f"format {suffix or 'unknown'}, expected {FORMATS}"])
    try:
        if suffix in PARQUET_SUFFIXES:
            return gpd.read_parquet(path)
        source = _inside_zip(path) if suffix == ".zip" else str(path)
        layers = [str(name) for name, kind in pyogrio.list_layers(source) if kind is not None]
        if len(layers) != 1:
            names = ", ".join(layers) or "none"
            raise BoundaryFileError(path, [f"layers with geometry: {names}; expected exactly one"])
        frame = gpd.read_file(source, layer=layers[0], engine="pyogrio")
    except BoundaryFileError:
        raise
    except (DataSourceError, DataLayerError, zipfile.BadZipFile, OSError, ValueError) as error:
        raise BoundaryFileError(path, [f"not readable as {FORMATS}: {error}"]) from error
    return frame


def _inside_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        found = [n for n in archive.namelist() if n.lower().endswith(".shp")]
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise BoundaryFileError(path, [f".shp files in the archive: {names}; expected exactly one"])
    return f"/vsizip/{path.resolve()}/{found[0]}"


def _digits(value: object) -> str:
    """Return a code as text; a whole number loses its decimal point, nothing else changes."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _meanings(units: pd.DataFrame, scheme: str) -> dict[str, str]:
    """Return the Kemendagri code for each way of writing a code in a scheme."""
    if scheme == "bps":
        pairs = zip(units["bps_code"], units["code"], strict=True)
        return {_digits(bps): code for bps, code in pairs if _digits(bps)}
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
    other = "bps" if scheme == "kemendagri" else "kemendagri"
    foreign = _meanings(_units_of(level, known, other), other)
    hints = [
        f"; column {column} holds {other} codes: declare the scheme {other}"
        for column in frame.columns.drop(frame.geometry.name)
        if sum(_digits(value) in foreign for value in frame[column]) * 2 > len(frame)
    ]
    raise BoundaryFileError(
        path,
        [f"no column holds {scheme} {level} codes; columns: {_columns(frame)}{''.join(hints)}"],
    )


def _columns(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(map(str, frame.columns.drop(frame.geometry.name))) or "none"


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
            dotted = scheme == "bps" and "." in text
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
    names = ", ".join(f"{c} {n}" for c, n in zip(lacking["code"], lacking["name"], strict=True))
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
