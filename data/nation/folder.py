"""The folder of a nation: GeoParquet by province, and one file that says what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.paths import whole_file

FORMAT = "siaga-nation-1"
ABOUT = "nation.json"
MARK = b"simulasi"
"""Key of the metadata of each file: what is in it is made up."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "units": (
        "code", "name", "level", "parent_code", "voters", "tps", "lon", "lat", "area_km2",
    ),
    "desa": ("code", "geometry"),
    "tps": ("tps_id", "desa_code", "number", "voters", "lon", "lat"),
    "islands": ("desa_code", "island_id", "is_main"),
    "reports": (
        "report_id", "perkara_id", "kind", "family", "severity", "date_event", "date_reported",
        "unit_code", "lon", "lat",
    ),
    "indicators": ("tps_id", "indicator", "value"),
    "depots": ("depot_id", "kabupaten", "kind", "desa_code", "lon", "lat"),
    "legs": (
        "kabupaten", "from_code", "to_code", "mode", "low_min", "usual_min", "high_min", "area",
    ),
    "fleet": (
        "kabupaten", "vehicle_id", "mode", "base", "capacity_boxes", "cost_per_hour", "crew_hours",
        "available_from",
    ),
    "truth": ("what", "code", "family", "date_from", "date_to", "factor"),
}  # fmt: skip
"""What each file must hold, by its name without ``.parquet``."""
ROW_GROUP = 50_000
"""Rows that a reader of reports has in memory at a time, at the most."""


class ProvinceAbout(BaseModel):
    """A province of the folder: code, name, and how much it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str = Field(pattern=r"^[0-9]{2}$")
    name: str
    kabupaten: int = Field(ge=1)
    desa: int = Field(ge=1)
    tps: int = Field(ge=0)
    reports: int = Field(ge=0)


class NationAbout(BaseModel):
    """What `ABOUT` says of the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: str = Field(pattern=f"^{FORMAT}$")
    simulasi: bool
    seed: int | None
    as_of: date
    voting_date: date
    provinces: tuple[ProvinceAbout, ...] = Field(min_length=1)


class NationFolder:
    """A folder that holds a nation; nothing is read before it is asked for.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def about(self) -> NationAbout:
        """Return what the folder is.

        Raises
        ------
        SourceMissingError
            Without `ABOUT`.
        FileUnreadableError
            When that is no such file.
        """
        path = self.path / ABOUT
        if not path.is_file():
            raise SourceMissingError(path)
        try:
            return NationAbout.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or ABOUT
            raise FileUnreadableError(path, f"{where}: {first['msg']}", FORMAT) from error

    def write_about(self, about: NationAbout) -> None:
        """Write what the folder is: last, when all provinces are there."""
        write_json(self.path / ABOUT, about.model_dump(mode="json"))

    def file(self, province: str, name: str) -> Path:
        """Return the path of a file of a province, by its name in `COLUMNS`."""
        return self.path / province / f"{name}.parquet"

    def files(self, province: str) -> list[Path]:
        """Return all files of a province, by name."""
        return sorted((self.path / province).glob("*.parquet"))

    def kabupaten(self, province: str) -> list[str]:
        """Return the codes of the kabupaten of a province, sorted."""
        units = self.read(province, "units", ["code", "level"])
        return sorted(units.loc[units["level"].eq("kabupaten"), "code"])

    def read(self, province: str, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """Return a file of a province as a frame; ``desa`` as a GeoDataFrame.

        Raises
        ------
        SourceMissingError
            Without the file.
        FileUnreadableError
            When it is no Parquet file.
        SchemaError
            When a column is missing.
        """
        return read_parquet(self.file(province, name), columns or COLUMNS.get(name))

    def read_parts(self, province: str, name: str = "reports") -> Iterator[pd.DataFrame]:
        """Yield a file part by part, with the columns in `COLUMNS`; one without rows as one part.

        Raises
        ------
        SourceMissingError, FileUnreadableError, SchemaError
            As `read`.
        """
        path = self.file(province, name)
        opened = _opened(path)
        _require(path, opened.schema_arrow.names, COLUMNS[name])
        for number in range(opened.num_row_groups):
            yield _frame(opened.read_row_group(number))
        if not opened.num_row_groups:
            yield _frame(opened.read())

    def write(self, province: str, name: str, frame: pd.DataFrame, *, simulasi: bool) -> None:
        """Write a file of a province whole, marked as what it is.

        Parameters
        ----------
        province, name
            Code, and name of the file without its ending.
        frame
            Columns as in `COLUMNS`.
        simulasi
            Whether it is made up.
        """
        write_parquet(self.file(province, name), frame, simulasi=simulasi)


def _opened(path: Path) -> pq.ParquetFile:
    if not path.is_file():
        raise SourceMissingError(path)
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise FileUnreadableError(path, str(error).splitlines()[0], "Parquet") from error


def _require(path: Path, found: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [f"{name} is missing" for name in wanted if name not in found]
    if missing:
        raise SchemaError(str(path), missing)


def _text_types(kind: pa.DataType) -> Any:
    """Keep texts as Python strings: what is done with codes is done text by text."""
    return pd.StringDtype("python") if pa.types.is_string(kind) else None


def read_parquet(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a Parquet file as a frame, GeoParquet as a GeoDataFrame; texts are Python's.

    Parameters
    ----------
    path
        The file.
    columns
        Which to read, in this order; None for all.

    Returns
    -------
    DataFrame
        The columns asked for, rows as in the file.

    Raises
    ------
    SourceMissingError, FileUnreadableError, SchemaError
        Without the file, when it is no Parquet file, when one of ``columns`` is missing.
    """
    opened = _opened(path)
    _require(path, opened.schema_arrow.names, columns or ())
    if b"geo" in (opened.schema_arrow.metadata or {}):
        shapes: pd.DataFrame = gpd.read_parquet(
            path, columns=None if columns is None else list(columns)
        )
        return shapes
    return _frame(opened.read(columns=None if columns is None else list(columns)))


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=_text_types)
    return frame


def write_parquet(path: Path, frame: pd.DataFrame, *, simulasi: bool) -> None:
    """Write a frame as Parquet, a GeoDataFrame as GeoParquet, whole or not at all.

    Parameters
    ----------
    path
        The folder is made where it is not there.
    frame
        Without its index.
    simulasi
        Whether what is in it is made up; stands in the metadata under `MARK`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        if isinstance(frame, gpd.GeoDataFrame):
            frame.to_parquet(partial, index=False)
            table = pq.read_table(partial)
        else:
            table = pa.Table.from_pandas(frame, preserve_index=False)
        about = {**(table.schema.metadata or {}), MARK: b"true" if simulasi else b"false"}
        pq.write_table(
            table.replace_schema_metadata(about), partial, compression="zstd",
            row_group_size=ROW_GROUP,
        )  # fmt: skip


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document as JSON, whole or not at all; the folder is made where it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        text = json.dumps(document, ensure_ascii=False, indent=1, default=str)
        partial.write_text(text + "\n", encoding="utf-8")


def is_simulated(path: Path) -> bool:
    """Tell whether a file says of itself that it is made up."""
    metadata = _opened(path).schema_arrow.metadata or {}
    return bool(metadata.get(MARK) == b"true")
