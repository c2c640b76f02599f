"""Records of JSON: lists of objects, answers of interfaces, JSON lines and GeoJSON."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from data.errors import FileUnreadableError
from data.ingest.files.limits import Limits, beyond, shown, unreadable
from data.ingest.files.table import BROKEN_TEXT, Batch, Header, Row, Sheet, make_sheet
from data.ingest.files.workbook import cell_text

POINT_LON, POINT_LAT = "geometry lon", "geometry lat"
"""Columns that hold the point of a GeoJSON feature."""

_MIB = 2**20
_LONLAT_CRS = re.compile(r"(?:.*[:/])?(?:CRS84|EPSG:(?:[\d.]*:)?4326|EPSG/\d+/4326)")
_GEOJSON = re.compile(rb'"type"\s*:\s*"Feature')
_FLATTENED = 2
_LISTED = 20


def looks_like_json(head: bytes) -> bool:
    """Return whether a file begins as JSON does: with an object, or a list of objects or lists."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return re.match(rb"\{|\[\s*[\[{\]]", plain) is not None


def read_objects(
    path: Path, head: bytes, limits: Limits, chunk_rows: int
) -> tuple[str, tuple[Sheet, ...]]:
    """Return what kind of JSON a file is (``json`` or ``geojson``) and its one table.

    Record ``i``, from 0, has row number ``i + 2``. Objects inside a record become columns named
    ``outer/inner``, two levels down; what lies deeper stays JSON.

    Raises
    ------
    FileUnreadableError
        When it is broken, too large, nested too deep, or holds no list of records or several.
    """
    size = path.stat().st_size
    if size > limits.json_bytes:
        raise beyond(path, "json_too_large", limits.json_bytes // _MIB)
    raw = path.read_bytes()
    if raw.count(b"{") + raw.count(b"[") > limits.rows:
        raise beyond(path, "too_many_rows", limits.rows)
    geo = bool(_GEOJSON.search(head)) or path.suffix.lower() == ".geojson"
    broken = "broken_geojson" if geo else "broken_json"
    try:
        kind, names, rows = _table(path, _loaded(path, raw), limits)
    except RecursionError as err:
        raise beyond(path, "nested_too_deep", limits.nesting) from err
    except FileUnreadableError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise unreadable(path, broken) from err
    header = Header(1, 1, names, accepted=True)

    def rest(_: int) -> Iterator[Batch]:
        batch = []
        for row in rows:
            batch.append(row)
            if len(batch) == chunk_rows:
                yield batch
                batch = []
        if batch:
            yield batch

    sheet = make_sheet(path, limits, "", [names], header, rest, chunk_rows)
    if sheet is None:
        raise unreadable(path, "no_rows")
    return kind, (sheet,)


def _loaded(path: Path, raw: bytes) -> Any:
    """Return the content of a file, that of JSON lines as a list.

    Raises
    ------
    ValueError
        When it is broken.
    FileUnreadableError
        When an object has a name twice.
    """
    text = raw.decode(json.detect_encoding(raw)).removeprefix("\ufeff")
    read = partial(json.loads, parse_constant=str, object_pairs_hook=partial(_once_each, path))
    try:
        return read(text)
    except json.JSONDecodeError as err:
        if err.msg != "Extra data":
            raise
        return [read(line) for line in text.split("\n") if line.strip()]


def _once_each(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that says two things under one name may mean either, and is refused."""
    found = dict(pairs)
    if len(found) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise unreadable(path, "json_name_twice", shown(name))
    return found


def _table(path: Path, content: Any, limits: Limits) -> tuple[str, Row, Iterator[Row]]:
    """Return kind, headings and rows of what a file holds."""
    if _is_geojson(content):
        features = content.get("features", [content])
        return "geojson", *_features(path, content, features, limits)
    if isinstance(content, list) and content and all(map(_is_feature, content)):
        return "geojson", *_features(path, {}, content, limits)
    records = _records(path, content)
    names = _flatten(path, records, limits)
    return "json", _plain(names), ([record.get(name, "") for name in names] for record in records)


def _is_feature(content: Any) -> bool:
    return isinstance(content, dict) and content.get("type") == "Feature"


def _is_geojson(content: Any) -> bool:
    if not isinstance(content, dict):
        return False
    features = content.get("features")
    several = isinstance(features, list) and any(map(_is_feature, features))
    return content.get("type") in ("FeatureCollection", "Feature") or several


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _records(path: Path, content: Any) -> list[dict[str, Any]]:
    """Return the one list of objects in a file."""
    if isinstance(content, dict):
        lists = {key: value for key, value in content.items() if _is_records(value)}
        if not lists:
            inner = [value for value in content.values() if isinstance(value, dict)]
            deep = [d for d in inner if any(_is_records(v) and v for v in d.values())]
            if len(deep) == 1:
                return _records(path, deep[0])
            lists = {"": [content]} if content else {}
        filled = {key: value for key, value in lists.items() if value}
        if len(filled) > 1:
            names = ", ".join(shown(key) for key in list(filled)[:_LISTED])
            raise unreadable(path, "json_several_lists", names)
        content = next(iter(filled.values()), [])
    if not _is_records(content):
        raise unreadable(path, "json_no_records")
    if not any(content):
        raise unreadable(path, "empty")
    return content  # type: ignore[no-any-return]


def _flatten(path: Path, records: list[dict[str, Any]], limits: Limits) -> list[str]:
    """Make records flat where they stand, to hold each only once; return their names."""
    names: dict[str, None] = {}
    for number, record in enumerate(records):
        flat = records[number] = _flat(path, record, limits)
        names.update(dict.fromkeys(flat))
        if len(names) > limits.columns:
            raise beyond(path, "too_many_columns", limits.columns)
    return list(names)


def _flat(
    path: Path, record: dict[str, Any], limits: Limits, before: str = "", level: int = 0
) -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value and level < _FLATTENED:
            out |= _flat(path, value, limits, f"{before}{key}/", level + 1)
        else:
            out[before + key] = _value_text(path, value, limits.nesting - level)
    return out


def _value_text(path: Path, value: Any, nesting: int) -> str:
    if not isinstance(value, dict | list):
        return cell_text(value)
    if _is_deeper(value, nesting):
        raise beyond(path, "nested_too_deep", nesting)
    return json.dumps(value, ensure_ascii=False)


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return levels < 1 or any(_is_deeper(part, levels - 1) for part in parts)


def _plain(names: Sequence[str]) -> Row:
    return [BROKEN_TEXT.sub("\ufffd", name) for name in names]


def _features(
    path: Path, content: dict[str, Any], features: list[Any], limits: Limits
) -> tuple[Row, Iterator[Row]]:
    if not isinstance(features, list) or not all(map(_is_feature, features)):
        raise unreadable(path, "broken_geojson")
    if content.get("crs") is not None and not _is_lonlat(content["crs"]):
        raise unreadable(path, "geojson_not_lonlat")
    if not features:
        raise unreadable(path, "empty")
    flat = [feature.get("properties") or {} for feature in features]
    names = _flatten(path, flat, limits)
    points = [_point(feature.get("geometry")) for feature in features]
    rows = (
        [*(record.get(name, "") for name in names), *point]
        for record, point in zip(flat, points, strict=True)
    )
    return [*_plain(names), POINT_LON, POINT_LAT], rows


def _is_lonlat(crs: Any) -> bool:
    """Return whether a file names the system of longitude and latitude as that of its shapes."""
    said = crs.get("properties") if isinstance(crs, dict) and crs.get("type") == "name" else None
    name = said.get("name") if isinstance(said, dict) else None
    return isinstance(name, str) and bool(_LONLAT_CRS.fullmatch(name))


def _point(geometry: Any) -> tuple[str, str]:
    if geometry is None:
        return "", ""
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(point, list) or len(point) < 2 or geometry.get("type") != "Point":
        # The name of the shape stands where a number is due, and is refused as such with its row.
        kind = geometry.get("type") if isinstance(geometry, dict) else type(geometry).__name__
        return shown(kind), shown(kind)
    return shown(cell_text(point[0])), shown(cell_text(point[1]))
