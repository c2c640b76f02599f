"""The tables that ship with the product, read from the folder of a province and checked."""

from __future__ import annotations

from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, Column, Date, Float, Integer, MetaData, String, Table

from data.boundaries.shapes import read_units, shape_rows, shipped_source
from data.errors import SchemaError, SourceMissingError
from data.paths import ROOT, shipped_dir
from data.province import elections_frame
from data.store import tables as schema
from data.store.frames import typed
from data.store.references import check_references
from data.store.rules import FIRST_SPECIAL_TPS, TABLES, check
from geo.codes import LEVELS

_TPS_COUNTS = Table(
    "tps_counts", MetaData(), Column("election", String), Column("desa_code", String),
    Column("regular", Integer), Column("special", Integer), Column("source_id", String),
)  # fmt: skip
_CSV_TABLES = (
    "sources", "stages", "rakor", "voters", "reports", "agenda", "coverage_periods",
    "affairs",
    "indicator_versions", "risk_indicators", "indicator_counts", "class_totals",
    "security_patterns", "baseline_scores", "personnel_available", "disputes",
)  # fmt: skip
_FLAGS = {"true": True, "false": False}
_READERS = ("data/**/*.py", "geo/**/*.py")
"""The code that makes rows of the files."""


def shipped_digest() -> str:
    """Return what tells the shipped tables of one version from those of another.

    It is made of the bytes of the files and of the code that reads them: no table is read for it,
    and no version is raised by hand.
    """
    folder = shipped_dir()
    shipped = (path for path in folder.rglob("*") if path.is_file())
    code = chain.from_iterable(ROOT.glob(pattern) for pattern in _READERS)
    total = sha256(folder.name.encode())
    for base, paths in ((folder, shipped), (ROOT, code)):
        for name, path in sorted((path.relative_to(base).as_posix(), path) for path in paths):
            if not any(part.startswith(".") for part in name.split("/")):  # one being written
                total.update(f"\0{name}\0".encode() + sha256(path.read_bytes()).digest())
    return total.hexdigest()


def load_shipped() -> dict[str, pd.DataFrame]:
    """Read every table that ships for the province.

    Returns
    -------
    dict
        Typed frames by table name, as `data.store.engine.typed` leaves them: the tables of
        `data.store.tables` that ship, and ``affairs``. TPS are made from the counts per desa and
        stand at the point of their desa.

    Raises
    ------
    SourceMissingError
        When a file is not there.
    SchemaError
        With the faults of all tables at once.
    """
    folder = shipped_dir()
    frames: dict[str, pd.DataFrame] = {"elections": elections_frame()}
    faults: list[str] = []
    for name in _CSV_TABLES:
        try:
            frames[name] = read_table(folder / f"{name}.csv", TABLES[name])
        except SchemaError as err:
            faults += [f"{name} {fault}" for fault in err.faults]
    if faults:
        raise SchemaError(f"shipped/{folder.name}", faults)
    units = read_units(folder / "units.csv")
    frames["units"] = typed(units.replace("", pd.NA), schema.units)
    counts = read_table(folder / "tps_counts.csv", _TPS_COUNTS)
    frames["tps"] = tps_of(frames["units"], counts)
    frames["unit_shapes"] = _shapes(folder / "boundaries")
    for name, frame in frames.items():
        faults += [f"{name} {fault}" for fault in check(name, frame)]
    faults += check_references(frames)
    if faults:
        raise SchemaError(f"shipped/{folder.name}", faults)
    return frames


def read_table(path: Path, table: Table) -> pd.DataFrame:
    """Read a CSV file whose columns are those of a table, in any order.

    An empty cell is a missing value. Dates are ISO days, flags ``true`` or ``false``.

    Raises
    ------
    SourceMissingError
        When there is no such file.
    SchemaError
        With every missing or unknown column, or every cell that is not of its type.
    """
    if not path.exists():
        raise SourceMissingError(path)
    raw = pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8")
    return parse_table(raw, table)


def parse_table(raw: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a frame of texts as a typed frame of a table.

    Parameters
    ----------
    raw
        Texts under the columns of the table, in any order; row 0 is row 2 of its file.
    table
        The table.

    Raises
    ------
    SchemaError
        With every missing or unknown column, or every cell that is not of its type.
    """
    wanted = [column.name for column in table.columns]
    faults = [f"column {c} is missing" for c in wanted if c not in raw.columns]
    faults += [f"column {c}, expected no such column" for c in raw.columns if c not in wanted]
    if faults:
        raise SchemaError(table.name, faults)
    parsed = {}
    for column in table.columns:
        text = raw[column.name]
        values, expected = _parsed(text, column.type)
        wrong = text.notna() & values.isna()
        faults += [
            f"row {row + 2}: {column.name} {text[row]!r}, expected {expected}"
            for row in raw.index[wrong]
        ]
        parsed[column.name] = values
    if faults:
        raise SchemaError(table.name, faults)
    return typed(pd.DataFrame(parsed), table)


def _parsed(text: pd.Series, kind: object) -> tuple[pd.Series, str]:
    if isinstance(kind, Date):
        iso = text.where(text.str.fullmatch(r"\d{4}-\d{2}-\d{2}"))
        return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce"), "a date such as 2024-02-14"
    if isinstance(kind, Integer):
        return pd.to_numeric(text.where(text.str.fullmatch(r"-?\d+"))), "a whole number"
    if isinstance(kind, Float):
        return pd.to_numeric(text, errors="coerce"), "a number"
    if isinstance(kind, Boolean):
        return text.map(_FLAGS), "true or false"
    return text, "text"


def tps_of(units: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Return one row per TPS, made from the counts per election and desa.

    Parameters
    ----------
    units
        Rows of the table ``units``, with the points of desa.
    counts
        ``election``, ``desa_code``, ``regular`` and ``special`` (of a lokasi khusus), 0 or more,
        ``source_id``.

    Returns
    -------
    DataFrame
        Rows of the table ``tps``: regular ones numbered from 001, lokasi khusus from 901, both
        without gaps, at the point of the desa.

    Raises
    ------
    SchemaError
        When a count is missing or negative, a desa is unknown or comes twice for an election.
    """
    keys = ["election", "desa_code"]
    desa = units.loc[units["level"].eq(LEVELS[-1]), ["code", "lon", "lat"]]
    found = counts.merge(desa, "left", left_on="desa_code", right_on="code", indicator="known")
    wrong = found["known"].ne("both") | found.duplicated(keys)
    wrong |= ~(found["regular"].ge(0) & found["special"].ge(0)).fillna(False)
    if wrong.any():
        expected = "a desa once per election, counts of 0 or more"
        raise SchemaError(
            "tps_counts",
            [f"row {n + 2}: {counts.iloc[n].to_dict()}, expected {expected}"
             for n in np.flatnonzero(wrong)],
        )  # fmt: skip
    parts = [_numbered(found, "regular", 1), _numbered(found, "special", FIRST_SPECIAL_TPS)]
    rows = pd.concat(parts).sort_values([*keys, "number"], ignore_index=True)
    return typed(
        rows.assign(
            tps_id=rows["election"] + "/" + rows["desa_code"] + "/" + rows["number"],
            location_precision="desa",
        ),
        schema.tps,
    )


def _numbered(found: pd.DataFrame, count: str, first: int) -> pd.DataFrame:
    times = found[count].to_numpy(dtype=np.int64)
    columns = ["election", "desa_code", "lon", "lat", "source_id"]
    rows = found.loc[found.index.repeat(times), columns]
    within = rows.groupby(["election", "desa_code"]).cumcount() + first
    return rows.assign(number=within.map("{:03d}".format).astype("str"), lokasi_khusus=first != 1)


def _shapes(folder: Path) -> pd.DataFrame:
    import geopandas as gpd

    parts = []
    for level in LEVELS[1:]:
        path = folder / f"{level}.parquet"
        if not path.exists():
            raise SourceMissingError(path)
        parts.append(shape_rows(gpd.read_parquet(path), level, shipped_source()))
    return typed(pd.concat(parts, ignore_index=True), schema.unit_shapes)
