"""What a frame must be to go into a table: one pandera schema per table, and rules across columns.

A frame is typed as `data.store.engine.typed` leaves it. Nothing is coerced here: a wrong type is a
fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, LargeBinary, Table

from data import vocabulary
from data.errors import SchemaError
from data.store import rules_logistics, rules_risk
from data.store import tables as schema
from geo.codes import LEVELS, is_code, level_of

AFFAIR_KINDS = ("perkara", "rekap")
"""One dispute told by several reports; or a total that other reports are part of."""
LIST_KINDS = ("dpt", "dps", "dpshp", "dpthp2", "rencana", "khusus")
AGENDA_KINDS = (
    "tahapan", "sidang", "putusan", "penetapan", "pelantikan", "distribusi", "psu", "tenggat",
    "aksi", "lainnya",
)  # fmt: skip
FIRST_SPECIAL_TPS = 901
"""Number from which KPU counts the TPS of a lokasi khusus."""

TABLES: dict[str, Table] = dict(schema.metadata.tables)

ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("sources", "kind"): ("publik", "berkas", "instansi"),
    ("units", "level"): vocabulary.LEVELS,
    ("units", "kind"): ("provinsi", "kabupaten", "kota", "kecamatan", "desa", "kelurahan"),
    ("unit_shapes", "level"): vocabulary.LEVELS,
    ("stages", "stage"): vocabulary.STAGES,
    ("stages", "start_precision"): vocabulary.DATE_PRECISIONS,
    ("rakor", "date_precision"): vocabulary.DATE_PRECISIONS,
    ("rakor", "kind"): ("rakor", "pembentukan", "lainnya"),
    ("rakor", "level"): ("nasional", *vocabulary.LEVELS),
    ("tps", "location_precision"): ("tps", "desa"),
    ("voters", "list_kind"): LIST_KINDS,
    ("voters", "level"): vocabulary.LEVELS,
    ("reports", "kind"): vocabulary.KINDS,
    ("reports", "status"): vocabulary.POTENSI_STATUSES,
    ("reports", "date_precision"): vocabulary.DATE_PRECISIONS,
    ("reports", "stage"): vocabulary.STAGES,
    ("reports", "family"): vocabulary.FAMILIES,
    ("reports", "category"): tuple(vocabulary.CATEGORY_FAMILY),
    ("reports", "location_precision"): vocabulary.PRECISIONS,
    ("reports", "verification"): vocabulary.VERIFICATIONS,
    ("reports", "confidence"): vocabulary.CONFIDENCES,
    ("reports", "access"): vocabulary.ACCESSES,
    ("agenda", "kind"): AGENDA_KINDS,
    ("affairs", "kind"): AFFAIR_KINDS,
    ("affairs", "certainty"): vocabulary.CONFIDENCES,
    ("sea_legs", "vessel_class"): vocabulary.VESSEL_CLASSES,
    ("road_edges", "speed_basis"): ("berkas", "kelas"),
    **rules_logistics.ALLOWED,
    **rules_risk.ALLOWED,
}
"""The closed word list of each column that has one."""
_RANGES: dict[tuple[str, str], tuple[float, float]] = {
    ("reports", "severity"): (vocabulary.SEVERITY_MIN, vocabulary.SEVERITY_MAX),
    ("elections", "contests"): (1, 5),
    **{(t, "lon"): (-180.0, 180.0) for t in ("units", "tps", "reports", "place_moves")},
    **{(t, "lat"): (-90.0, 90.0) for t in ("units", "tps", "reports", "place_moves")},
    **rules_logistics.RANGES,
    **rules_risk.RANGES,
}
_COUNTS = {
    ("units", "tps_pemilu2024"), ("units", "tps_special_2024"), ("unit_shapes", "area_km2"),
    ("voters", "male"), ("voters", "female"), ("voters", "total"), ("voters", "tps_count"),
    ("reports", "people_count"), ("agenda", "expected_crowd"),
    *(("sea_legs", c) for c in ("low_min", "wave_limit_m", "wind_limit_kn", "distance_km")),
    ("road_edges", "length_km"), ("road_edges", "usual_min"),
    *rules_logistics.COUNTS, *rules_risk.COUNTS,
}  # fmt: skip
_PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("rakor", "period"): (r"^B(04|08|12) \d{4}$", "B04, B08 or B12 and a year, such as B12 2023"),
    ("tps", "number"): (r"^\d{3}$", "three digits"),
    ("reports", "tps_number"): (r"^\d{3}$", "three digits"),
    **rules_logistics.PATTERNS,
    **rules_risk.PATTERNS,
}

Rule = tuple[str, str, Callable[[pd.DataFrame], pd.Series]]
"""Column that a fault is named after, what was expected, and which rows are right."""


def _dtype(column: Column[Any]) -> Any:
    kinds: list[tuple[type, Any]] = [
        (Boolean, pd.BooleanDtype()),
        (Integer, pd.Int64Dtype()),
        (Float, "float64"),
        (Date, "datetime64[us]"),
        (DateTime, None),  # any resolution: see _checks
        (LargeBinary, "object"),
    ]
    return next((dtype for kind, dtype in kinds if isinstance(column.type, kind)), "str")


def _checks(key: tuple[str, str], kind: object) -> list[pa.Check]:
    checks = []
    if isinstance(kind, DateTime):
        zoned = pa.Check(lambda s: str(getattr(s.dtype, "tz", None)) == "UTC", error="times in UTC")
        checks.append(zoned)
    if allowed := ALLOWED.get(key):
        checks.append(pa.Check.isin(list(allowed), error="one of " + ", ".join(allowed)))
    if bounds := _RANGES.get(key):
        checks.append(pa.Check.in_range(*bounds, error=f"{bounds[0]:g} to {bounds[1]:g}"))
    if key in _COUNTS:
        checks.append(pa.Check.ge(0, error="0 or more"))
    if pattern := _PATTERNS.get(key):
        checks.append(pa.Check.str_matches(pattern[0], error=pattern[1]))
    return checks


@cache
def frame_schema(name: str) -> pa.DataFrameSchema:
    """Return the pandera schema of a table: its columns and no others, types, keys, words, ranges.

    Raises
    ------
    KeyError
        When there is no such table.
    """
    table = TABLES[name]
    columns = {
        column.name: pa.Column(
            _dtype(column),
            nullable=bool(column.nullable),
            checks=_checks((name, column.name), column.type),
        )
        for column in table.columns
    }
    return pa.DataFrameSchema(
        columns, strict=True, unique=[c.name for c in table.primary_key.columns] or None
    )


def _level(codes: pd.Series) -> pd.Series:
    """Return the level of each code as text; missing for malformed or missing codes."""
    words = {c: level_of(c) if is_code(c) else None for c in codes.dropna().unique()}
    return codes.map(words).astype("str")


def _same(left: pd.Series, right: pd.Series) -> pd.Series:
    return left.eq(right).fillna(False).astype(bool)


def _in_order(start: str, end: str) -> Rule:
    return (
        end,
        f"not before {start}",
        lambda f: f[start].isna() | f[end].isna() | f[end].ge(f[start]),
    )


def _together(one: str, other: str) -> Rule:
    return other, f"given exactly when {one} is", lambda f: f[one].isna().eq(f[other].isna())


def _on_first_day(date: str, precision: str) -> Rule:
    def right(frame: pd.DataFrame) -> pd.Series:
        when, word = frame[date], frame[precision]
        late: pd.Series = (when.dt.day.ne(1) & word.isin(["month", "year"])) | (
            when.dt.month.ne(1) & word.eq("year")
        )
        return when.isna() | ~late.fillna(False).astype(bool)

    return date, "the first day of a month or year that is not known to the day", right


def _precision_fits(frame: pd.DataFrame) -> pd.Series:
    precision = frame["location_precision"]
    level = precision.mask(precision.eq("tps"), "desa")
    return _same(level, _level(frame["unit_kejadian"]))


def _tps_has_desa(frame: pd.DataFrame) -> pd.Series:
    about = frame["unit_pokok"].where(frame["unit_pokok"].notna(), frame["unit_kejadian"])
    named = frame["tps_number"].notna()
    exact = frame["location_precision"].eq("tps")
    return (~named | _level(about).eq("desa").fillna(False)) & (~exact | named)


def _tps_id(frame: pd.DataFrame) -> pd.Series:
    return _same(
        frame["tps_id"], frame["election"] + "/" + frame["desa_code"] + "/" + frame["number"]
    )


def _is_special(frame: pd.DataFrame) -> pd.Series:
    number = pd.to_numeric(frame["number"], errors="coerce")
    return number.ge(FIRST_SPECIAL_TPS).eq(frame["lokasi_khusus"]).fillna(False).astype(bool)


def _adds_up(frame: pd.DataFrame) -> pd.Series:
    total = frame["male"] + frame["female"]
    return (total.isna() | frame["total"].isna() | total.eq(frame["total"])).fillna(True)


_REPORT_RULES: list[Rule] = [
    (
        "status",
        "given for a potensi and for nothing else",
        lambda f: f["status"].notna().eq(f["kind"].eq("potensi")),
    ),
    (
        "date_end",
        "given for a nihil and for nothing else",
        lambda f: f["date_end"].notna().eq(f["kind"].eq("nihil")),
    ),
    *(
        (
            c,
            "given unless the report is a nihil",
            lambda f, c=c: f[c].notna() | f["kind"].eq("nihil"),
        )
        for c in ("family", "category")
    ),
    (
        "date_reported",
        "not before date_event of a kejadian",
        lambda f: (
            f["date_reported"].isna()
            | f["kind"].ne("kejadian")
            | f["date_reported"].ge(f["date_event"])
        ),
    ),
    ("location_precision", "the level of unit_kejadian (tps: a desa)", _precision_fits),
    ("tps_number", "with a desa as unit_pokok or unit_kejadian; required by tps", _tps_has_desa),
    (
        "lon",
        "empty unless the place is known to its desa or TPS",
        lambda f: f["lon"].isna() | f["location_precision"].isin(["tps", "desa"]),
    ),
    _together("lon", "lat"),
    _in_order("date_event", "date_end"),
    _on_first_day("date_event", "date_precision"),
]

_LEVEL_RULE: Rule = (
    "level",
    "the level of the code",
    lambda f: _same(f["level"], _level(f["code"])),
)

_RULES: dict[str, list[Rule]] = {
    "units": [_LEVEL_RULE, _together("lon", "lat")],
    "unit_shapes": [_LEVEL_RULE],
    "stages": [_in_order("date_start", "date_end"), _together("date_start", "start_precision")],
    "rakor": [_together("date", "date_precision"), _on_first_day("date", "date_precision")],
    "tps": [
        ("tps_id", "election/desa code/number", _tps_id),
        ("lokasi_khusus", f"true from number {FIRST_SPECIAL_TPS} on", _is_special),
        ("desa_code", "the code of a desa", lambda f: _level(f["desa_code"]).eq(LEVELS[-1])),
    ],
    "voters": [
        ("level", "the level of the code", lambda f: _same(f["level"], _level(f["unit_code"]))),
        ("total", "male and female together", _adds_up),
    ],
    "reports": _REPORT_RULES,
    "agenda": [_in_order("date_start", "date_end")],
    "coverage_periods": [_in_order("date_start", "date_end")],
    "sea_legs": [_in_order("low_min", "usual_min"), _in_order("usual_min", "high_min")],
    "risk_indicators": [_in_order("low", "high")],
    "security_patterns": [_in_order("tps", "tps_high")],
    "baseline_scores": [_in_order("score_low", "score_high")],
}


def check(name: str, frame: pd.DataFrame) -> list[str]:
    """Return every fault of a frame, empty when it fits its table.

    Parameters
    ----------
    name
        Name of the table.
    frame
        Typed frame. Rows are named as a spreadsheet counts them (the header is 1) and by key.

    Returns
    -------
    list of str
        One sentence per fault. Rules across columns are tried only when every column is there
        with its type.
    """
    plain = frame.reset_index(drop=True)
    keys = [c.name for c in TABLES[name].primary_key.columns if c.name in plain.columns]
    faults: list[str] = []
    whole = True
    try:
        frame_schema(name).validate(plain, lazy=True)
    except SchemaErrors as err:
        for case in err.failure_cases.to_dict("records"):
            if fault := _structure_fault(case, plain):
                whole = False
                faults.append(fault)
            else:
                row = int(case["index"])
                faults.append(f"{row_name(plain, keys, row)}: {_value_fault(case)}")
    faults = list(dict.fromkeys(faults))
    if whole:
        for column, expected, right in _RULES.get(name, []):
            wrong = ~right(plain).fillna(False).astype(bool)
            faults += [
                f"{row_name(plain, keys, row)}: {column} {shown(plain[column].iloc[row])}, "
                f"expected {expected}"
                for row in plain.index[wrong]
            ]
    return faults


def validate(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame unchanged when it fits its table.

    Raises
    ------
    SchemaError
        With all faults of the frame.
    """
    if faults := check(name, frame):
        raise SchemaError(name, faults)
    return frame


def _structure_fault(case: Mapping[Any, Any], frame: pd.DataFrame) -> str | None:
    """Return what is wrong with a whole column, None when a case is about single cells."""
    column, kind = case["column"], str(case["check"])
    if kind == "column_in_schema":
        return f"column {case['failure_case']}, expected no such column"
    if kind == "column_in_dataframe":
        return f"column {case['failure_case']} is missing"
    if kind.startswith("dtype(") or pd.isna(case["index"]):
        return f"column {column} holds {frame[column].dtype}, expected {kind}"
    return None


def _value_fault(case: Mapping[Any, Any]) -> str:
    expected = {
        "not_nullable": "a value",
        "multiple_fields_uniqueness": "a key that occurs once",
    }.get(str(case["check"]), str(case["check"]))
    return f"{case['column']} {shown(case['failure_case'])}, expected {expected}"


def shown(value: object) -> str:
    """Return a value as a fault shows it."""
    if pd.api.types.is_scalar(value) and pd.isna(value):  # type: ignore[call-overload]
        return "empty"
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    return repr(value.item() if isinstance(value, np.generic) else value)


def row_name(frame: pd.DataFrame, keys: Iterable[str], row: int) -> str:
    """Name a row by position, counted as a spreadsheet does (the header is 1), and by key.

    ``frame`` has any columns, the keys among them.
    """
    name = " ".join(str(frame[key].iloc[row]) for key in keys)
    return f"row {row + 2} ({name})" if name else f"row {row + 2}"
