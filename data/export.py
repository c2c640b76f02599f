"""Frames as files, bytes and printable workbooks for spreadsheets and GIS, safe to double-click.

A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return would run as a
formula in a spreadsheet, also by way of a GIS desk that saves a table. Such texts, headings too,
get an apostrophe in front in every format; `data.ingest.files` removes it. Numbers, dates and
truth values are written as they are.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from data.errors import FileUnreadableError
from data.ingest.words import expected
from data.paths import whole_file
from geo.crs import require_storage_crs
from geo.errors import SiagaError

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
GEOJSON_DECIMALS = 5  # about one metre
CSV_ENCODING = "utf-8-sig"
"""With a mark, so that Excel shows names and dashes rightly; it decides by nothing else."""

_SHEET_NAME = 31
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"


def require_target(path: Path) -> None:
    """Refuse a path that `export_frame` cannot write to, before what it is to hold is there.

    Raises
    ------
    FileUnreadableError
        When the suffix is none of the four, or the folder is missing.
    """
    if path.suffix.lower() not in _WRITERS:
        raise _refused(path, "unknown_suffix")
    if not path.parent.is_dir():
        raise _refused(path, "folder_missing")


def export_frame(frame: pd.DataFrame, path: Path | str, layer: str) -> Path:
    """Write a frame to a file whose suffix tells the format.

    The file appears whole or not at all, and an older one of that name stays until then.

    Parameters
    ----------
    frame
        A frame, or a GeoDataFrame in EPSG:4326. In XLSX and CSV the place of a geometry is taken
        by ``lon`` and ``lat``, where the frame does not have them: of the point, or of a point
        that lies inside the shape.
    path
        ``.geojson``, ``.parquet`` (GeoParquet for a GeoDataFrame), ``.xlsx`` or ``.csv`` (comma,
        decimal point, UTF-8 with a mark).
    layer
        Name of the sheet or collection.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileUnreadableError
        When the suffix is none of the four, the folder is missing, or the format needs shapes and
        the frame has none.
    CrsError
        When a GeoDataFrame is in another system.
    """
    import geopandas as gpd

    path = Path(path)
    require_target(path)
    write = _WRITERS[path.suffix.lower()]
    if isinstance(frame, gpd.GeoDataFrame):
        require_storage_crs(frame)
    elif write is _write_geojson:
        raise _refused(path, "no_geometry")
    with whole_file(path) as partial:
        write(neutral_frame(frame), partial, layer)
    return path


def require_writable(path: Path) -> None:
    """Refuse a path that no file can be written to, before what it is to hold is there.

    Raises
    ------
    FileUnreadableError
        When its folder is missing or may not be written to, or something else than a file, such as
        a folder or a device, stands there: it would be replaced.
    """
    if not path.parent.is_dir():
        raise _refused(path, "folder_missing")
    if (path.exists() and not path.is_file()) or not os.access(path.parent, os.W_OK):
        raise _refused(path, "unwritable")


def write_file(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    FileUnreadableError
        When `require_writable` refuses it, or the disk does.
    """
    require_writable(path)
    with refused_by_disk(path), whole_file(path) as partial:
        partial.write_bytes(content)


@contextmanager
def refused_by_disk(path: Path) -> Iterator[None]:
    """Say of a file in words what the disk refuses to do for it.

    Raises
    ------
    FileUnreadableError
        When the disk is full or read-only, or a folder may not be written to.
    """
    try:
        yield
    except SiagaError:  # some are errors of the disk by their builtin parent
        raise
    except OSError as err:
        raise _refused(path, "unwritable") from err


def _refused(path: Path, reason: str) -> FileUnreadableError:
    return FileUnreadableError(path, reason, expected(reason))


def neutral_text(value: object) -> object:
    """Return a text so that no spreadsheet runs it; anything but text comes back as it is."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def neutral_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame``, any columns, with texts and headings that no spreadsheet runs."""
    out = frame.copy(deep=False)
    for name in frame.columns:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype("object")
        if pd.api.types.is_string_dtype(values) or values.dtype == object:
            out[name] = values.map(neutral_text, na_action="ignore")
    return out.rename(columns={name: neutral_text(str(name)) for name in frame.columns})


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without geometries, with the longitude and latitude of a point in each."""
    import geopandas as gpd

    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    points = frame.geometry.representative_point()
    plain = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    if "lon" not in plain.columns and "lat" not in plain.columns:
        plain["lon"] = points.x.round(GEOJSON_DECIMALS)
        plain["lat"] = points.y.round(GEOJSON_DECIMALS)
    return plain


def _dates_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose calendar dates read 2024-02-14, and whose moments read as ISO."""
    out = frame.copy(deep=False)
    for name in frame.columns[[_is_moment(frame[name]) for name in frame.columns]]:
        given = frame[name].dropna()
        form = "%Y-%m-%d" if given.eq(given.dt.normalize()).all() else "%Y-%m-%dT%H:%M:%S%z"
        out[name] = frame[name].dt.strftime(form)
    return out


def _is_moment(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values)


def _write_csv(frame: pd.DataFrame, path: Path, _layer: str) -> None:
    plain = _dates_as_text(_flat(frame))
    plain.to_csv(path, index=False, encoding=CSV_ENCODING, lineterminator="\r\n")


def _write_xlsx(frame: pd.DataFrame, path: Path, layer: str) -> None:
    plain = _flat(frame).copy(deep=False)
    for name in plain.columns:
        values = plain[name]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            plain[name] = values.dt.strftime("%Y-%m-%dT%H:%M:%S%z")  # cells know no zone
        elif pd.api.types.is_string_dtype(values):
            plain[name] = values.str.replace(_CONTROL, " ", regex=True)  # cells cannot hold them
    with pd.ExcelWriter(path, engine="openpyxl", datetime_format="DD/MM/YYYY") as writer:
        plain.to_excel(writer, sheet_name=layer[:_SHEET_NAME], index=False, freeze_panes=(1, 0))


def _write_parquet(frame: pd.DataFrame, path: Path, _layer: str) -> None:
    frame.to_parquet(path, index=False)


def _write_geojson(frame: pd.DataFrame, path: Path, layer: str) -> None:
    shapes = shapely.set_precision(
        frame.geometry.to_numpy(), 10.0**-GEOJSON_DECIMALS, mode="pointwise"
    )
    texts = shapely.to_geojson(shapes)
    properties = _dates_as_text(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    names = [str(name) for name in properties.columns]
    columns = [[_plain(v) for v in properties[name].astype("object")] for name in properties]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{{"type": "FeatureCollection", "name": {json.dumps(layer)}, "features": [\n')
        for number, (shape, *row) in enumerate(zip(texts, *columns, strict=True)):
            record = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)
            mark = ",\n" if number else ""
            shape_text = shape or "null"
            file.write(
                f'{mark}{{"type": "Feature", "properties": {record}, "geometry": {shape_text}}}'
            )
        file.write("\n]}\n")


def _plain(value: Any) -> Any:
    """Return a value that JSON knows, None for what is missing."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


_WRITERS: dict[str, Callable[[pd.DataFrame, Path, str], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".geojson": _write_geojson,
}


def table_bytes(frame: pd.DataFrame, suffix: str, layer: str) -> bytes:
    """Return what `data.export.export_frame` would write.

    Parameters
    ----------
    frame
        Of any columns.
    suffix
        ``.csv`` or ``.xlsx``.
    layer
        Name of the sheet.
    """
    with TemporaryDirectory(prefix="siaga-") as folder:
        return export_frame(frame, Path(folder) / f"table{suffix}", layer).read_bytes()


_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAME, _NARROW, _WIDE = 31, 7, 44


@dataclass(frozen=True, eq=False)
class Sheet:
    """One sheet.

    Attributes
    ----------
    name
        Cut and changed where a workbook does not allow it.
    frame
        The table; missing values are empty cells.
    head
        Lines above the table.
    mark
        Access mark at the head of each printed page; empty for none.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    head: Sequence[str] = ()
    mark: str = ""


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return a workbook; at least one sheet is needed.

    Texts that a spreadsheet would run as a formula get an apostrophe, as in `data.export`.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    taken: set[str] = set()
    for sheet in sheets:
        _fill(book.create_sheet(_free_name(sheet.name, taken)), sheet)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name that a sheet may have and no other sheet has."""
    plain = _FORBIDDEN.sub("-", name).strip("' ") or "-"
    found, n = plain[:_NAME], 1
    while found.lower() in taken:
        n += 1
        found = f"{plain[: _NAME - 3]} {n}"
    taken.add(found.lower())
    return found


def _fill(page: Worksheet, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    for words in sheet.head:
        page.append([_cell(words)])
        page.cell(page.max_row, 1).font = Font(bold=page.max_row == 1, size=12)
    first = len(sheet.head) + 1
    columns = [_cell(str(name)) for name in sheet.frame.columns]
    for at, name in enumerate(columns, start=1):
        page.cell(first, at, name)
    rows = sheet.frame.astype("object").to_numpy()
    for n, row in enumerate(rows, start=first + 1):
        for at, value in enumerate(row, start=1):
            page.cell(n, at, None if pd.isna(value) else _cell(value))
    edge = Side(style="thin", color="9DB4C2")
    border = Border(left=edge, right=edge, top=edge, bottom=edge)
    for line in page.iter_rows(first, first + len(rows), 1, max(1, len(columns))):
        for cell in line:
            cell.border = border
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    for at in range(1, len(columns) + 1):
        page.cell(first, at).font = Font(bold=True)
        page.cell(first, at).fill = PatternFill("solid", fgColor="EAF0F4")
        texts = [
            str(columns[at - 1]),
            *(str(row[at - 1]) for row in rows if not pd.isna(row[at - 1])),
        ]
        longest = max(map(len, texts))
        page.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, _NARROW), _WIDE)
    page.freeze_panes = page.cell(first + 1, 1)
    page.print_title_rows = f"{first}:{first}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.oddHeader.right.text = sheet.mark or None
    page.oddFooter.right.text = "&P / &N"


def _cell(value: object) -> object:
    if isinstance(value, str):
        return neutral_text(_CONTROL_CHARACTER.sub(" ", value))
    return value.item() if hasattr(value, "item") else value
