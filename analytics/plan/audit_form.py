"""The form of a plan document: what must be there before its content can be audited."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from geo.errors import ParameterError

Check = tuple[Callable[[Any], bool], str]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    try:
        return dt.datetime.fromisoformat(value).utcoffset() is not None
    except (TypeError, ValueError):
        return False


def _or_null(check: Check) -> Check:
    good, words = check
    return lambda value: value is None or good(value), f"{words} / null"


TEXT: Check = (lambda value: isinstance(value, str) and value != "", "teks / text")
NUMBER: Check = (_is_number, "angka / number")
TIME: Check = (_is_time, "2024-02-13T18:00:00+07:00")
ROWS: Check = (lambda v: isinstance(v, list) and all(isinstance(r, Mapping) for r in v), "[{...}]")
TEXTS: Check = (lambda v: isinstance(v, list) and all(isinstance(r, str) for r in v), '["..."]')
TABLE: Check = (lambda value: isinstance(value, Mapping), "{...}")
COUNTS: Check = (
    lambda v: isinstance(v, Mapping) and all(isinstance(n, int) and n > 0 for n in v.values()),
    '{"kode / code": 1}',
)
ANY: Check = (lambda _: True, "")

_DOCUMENT = {
    "deadline": _or_null(TIME),
    "figures": TABLE,
    "trips": ROWS,
    "deliveries": ROWS,
    "unserved": ROWS,
    "inputs": TABLE,
}
_INPUTS = dict.fromkeys(("stops", "tps", "legs", "fleet", "windows"), ROWS) | {"rules": TABLE}
_RULES = dict.fromkeys(
    ("truck_load_min", "boat_load_min", "local_load_min", "unload_min", "unload_s_per_box"), NUMBER
)
_LATER_RULES = {"rest_min": NUMBER, "docks": COUNTS}
"""Rules that a document from before they were known lacks."""
_TRIP = {"trip_id": TEXT, "vehicle_id": TEXT, "mode": TEXT, "capacity_boxes": NUMBER, "stops": ROWS}
_STOP = {
    "place_code": TEXT,
    "arrive": TIME,
    "done": TIME,
    "depart": TIME,
    "load_boxes": NUMBER,
    "unload_boxes": NUMBER,
    "tps": TEXTS,
    "tps_loaded": TEXTS,
}
_TABLES: dict[str, dict[str, Check]] = {
    "stops": {
        "place_code": TEXT,
        "warehouse": TEXT,
        "pier": ANY,
        "landing": ANY,
        "release": TIME,
        "deadline": TIME,
        "tps_per_escort": _or_null(NUMBER),
    },
    "tps": {
        "tps_id": TEXT,
        "place_code": TEXT,
        "boxes": NUMBER,
        "at_code": ANY,
        "available": _or_null(TIME),
    },
    "legs": {
        "mode": TEXT,
        "from_code": TEXT,
        "to_code": TEXT,
        "vessel_class": ANY,
        "usual_min": NUMBER,
        "area": ANY,
    },
    "fleet": {
        "vehicle_id": TEXT,
        "mode": TEXT,
        "vessel_class": ANY,
        "base": TEXT,
        "capacity_boxes": NUMBER,
        "escort_seats": _or_null(NUMBER),
        "crew_hours": _or_null(NUMBER),
        "available_from": _or_null(TIME),
        "available_until": _or_null(TIME),
    },
    "windows": {
        "scope": TEXT,
        "key": TEXT,
        "vessel_class": ANY,
        "opens": TIME,
        "closes": TIME,
        "is_open": ANY,
    },
}
_UNIQUE = {"stops": "place_code", "tps": "tps_id", "fleet": "vehicle_id"}


def check_form(document: Mapping[str, Any], at: str = "") -> None:
    """Refuse a document that lacks a field, or has one of another kind, and name it.

    Parameters
    ----------
    document
        As in docs/plan-schema.md, of a known ``schema``.
    at
        Where in the file it stands, for a plan within a plan.

    Raises
    ------
    ParameterError
        Named after the first field that is missing or not as expected; a time needs its zone.
    """
    _fields(document, _DOCUMENT, at)
    given = document["inputs"]
    _fields(given, _INPUTS, f"{at}inputs.")
    later = {key: check for key, check in _LATER_RULES.items() if key in given["rules"]}
    _fields(given["rules"], _RULES | later, f"{at}inputs.rules.")
    for name, checks in _TABLES.items():
        _each(given[name], checks, f"{at}inputs.{name}")
    for name, key in _UNIQUE.items():
        _unique([row[key] for row in given[name]], f"{at}inputs.{name}.{key}")
    places = {row["place_code"] for row in given["stops"]}
    for seq, row in enumerate(given["tps"]):
        if row["place_code"] not in places:
            name = f"{at}inputs.tps[{seq}].place_code"
            raise ParameterError(name, row["place_code"], "inputs.stops[].place_code")
    _each(document["trips"], _TRIP, f"{at}trips")
    for seq, trip in enumerate(document["trips"]):
        if not trip["stops"]:
            raise ParameterError(f"{at}trips[{seq}].stops", "[]", "[{...}]")
        _each(trip["stops"], _STOP, f"{at}trips[{seq}].stops")
    if document.get("rest") is not None:
        check_form(document["rest"], f"{at}rest.")
    for seq, stage in enumerate((document.get("back") or {}).get("stages", [])):
        check_form(stage["mirror"], f"{at}back.stages[{seq}].mirror.")


def _each(rows: Sequence[Mapping[str, Any]], checks: Mapping[str, Check], at: str) -> None:
    for seq, row in enumerate(rows):
        _fields(row, checks, f"{at}[{seq}].")


def _fields(row: Mapping[str, Any], checks: Mapping[str, Check], at: str) -> None:
    for key, (good, expected) in checks.items():
        if key not in row:
            raise ParameterError(f"{at}{key}", "–", expected or key)
        if not good(row[key]):
            raise ParameterError(f"{at}{key}", str(row[key])[:80], expected)


def _unique(values: Sequence[str], name: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ParameterError(name, f"{value} × 2", f"{value} × 1")
        seen.add(value)
