"""What a frame must be to go into a table: its columns, their types, its key, and its rules.

The rules on the tables of `data.store.tables` stand here, those on the others in
`data.store.rules_logistics`, `data.store.rules_risk` and `data.store.meeting.rules`. They are the
only ones: imports refuse by them (`data.ingest.rows`), forms and `cli.py check` name their faults,
and what ships is held against them. They compare whole columns and are no pandera schema: 200,000
reports take 0.2 s either way, each start 0.2 s less, and a rule says which rows break it, so that
an import can name the cell of its file.

A frame is typed as `data.store.engine.typed` leaves it. Nothing is coerced here: a wrong type is a
fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Column, String, Table

from data import vocabulary
from data.errors import SchemaError
from data.store import rules_logistics, rules_risk
from data.store import tables as schema
from data.store.access import rules as rules_access
from data.store.frames import typed
from data.store.meeting import rules as rules_meeting
from data.store.rule import (
    Bounds,
    Rule,
    adds_up,
    among,
    given_unless,
    in_order,
    level,
    level_of_code,
    not_ahead,
    of_level,
    on_first_day,
    same,
    together,
)
from geo.codes import LEVELS, SCHEMES

AGENDA_KINDS = (
    "tahapan",
    "sidang",
    "putusan",
    "penetapan",
    "pelantikan",
    "distribusi",
    "psu",
    "tenggat",
    "aksi",
    "lainnya",
)
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
    ("voters", "list_kind"): ("dpt", "dps", "dpshp", "dpthp2", "rencana", "khusus"),
    ("voters", "level"): vocabulary.LEVELS,
    ("reports", "kind"): vocabulary.KINDS,
    ("reports", "status"): vocabulary.POTENSI_STATUSES,
    ("reports", "date_precision"): vocabulary.DATE_PRECISIONS,
    ("reports", "stage"): vocabulary.STAGES,
    ("reports", "family"): vocabulary.FAMILIES,
    ("reports", "category"): tuple(vocabulary.CATEGORY_FAMILY),
    ("reports", "location_precision"): vocabulary.PRECISIONS,
    ("reports", "verification"): vocabulary.VERIFICATIONS,
    ("report_events", "about"): vocabulary.REVIEW_EVENTS,
    ("reports", "confidence"): vocabulary.CONFIDENCES,
    ("reports", "access"): vocabulary.ACCESSES,
    ("agenda", "kind"): AGENDA_KINDS,
    ("affairs", "kind"): ("perkara", "rekap"),
    ("affairs", "certainty"): vocabulary.CONFIDENCES,
    ("sea_legs", "vessel_class"): vocabulary.VESSEL_CLASSES,
    **{(t, "speed_basis"): ("berkas", "kelas") for t in ("road_edges", "road_lines")},
    ("import_profiles", "scheme"): SCHEMES,
    ("outlooks", "horizon"): ("rakor", "tahapan"),
    ("scan_runs", "family"): vocabulary.FAMILIES,
    ("scan_runs", "kind"): ("kejadian", "potensi"),
    ("scan_runs", "level"): ("kabupaten", "kecamatan", "desa", "hexagon"),
    ("scan_runs", "counted"): ("affair", "source_day"),
    ("scan_runs", "signal"): ("siaga", "waspada", "diam"),
    **rules_logistics.ALLOWED,
    **rules_risk.ALLOWED,
    **rules_meeting.ALLOWED,
    **rules_access.ALLOWED,
}
"""The closed word list of each column that has one."""
BOUNDS: dict[tuple[str, str], Bounds] = {
    ("reports", "severity"): Bounds(
        vocabulary.SEVERITY_MIN, vocabulary.SEVERITY_MAX, "severity_out_of_range"
    ),
    ("reports", "people_count"): Bounds(0, 2_000_000, "people_out_of_range"),
    ("elections", "contests"): Bounds(1, 5),
    **{
        (t, c): Bounds(-most, most, "point_outside_area")
        for t in ("units", "tps", "reports", "place_moves")
        for c, most in (("lon", 180), ("lat", 90))
    },
    **{("voters", c): Bounds() for c in ("male", "female", "total", "tps_count")},
    **{("road_edges", c): Bounds() for c in ("length_km", "usual_min")},
    ("road_lines", "kmh"): Bounds(0, expected="km/h above 0", above=True),
    ("unit_shapes", "area_km2"): Bounds(),
    ("import_profiles", "header_row"): Bounds(1),
    ("scan_runs", "p"): Bounds(0, 1),
    **{("scan_runs", c): Bounds() for c in ("seed", "n_affairs", "observed", "expected")},
    ("agenda", "expected_crowd"): Bounds(),
    **{
        ("sea_legs", c): Bounds(0, 2880, "leg_minutes", "minutes above 0, at most 2880", above=True)
        for c in ("low_min", "usual_min", "high_min")
    },
    ("sea_legs", "distance_km"): Bounds(
        0, 1000, "leg_kilometres", "kilometres above 0", above=True
    ),
    ("sea_legs", "wave_limit_m"): Bounds(
        0, 10, "leg_metres", "metres above 0, at most 10", above=True
    ),
    ("sea_legs", "wind_limit_kn"): Bounds(
        0, 50, "leg_knots", "knots above 0, at most 50", above=True
    ),
    **rules_logistics.BOUNDS,
    **rules_risk.BOUNDS,
    **rules_meeting.BOUNDS,
}
"""The least and greatest number of each column that has any."""
_PATTERNS: dict[tuple[str, str], tuple[str, str]] = {
    ("rakor", "period"): rules_meeting.PERIOD,
    ("tps", "number"): (r"\d{3}", "three digits"),
    ("reports", "tps_number"): (r"\d{3}", "three digits"),
    ("outlooks", "digest"): (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    ("kept_files", "digest"): (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    ("plan_adoptions", "plan_key"): (r"[0-9a-f]{16}", "16 hexadecimal digits"),
    **rules_risk.PATTERNS,
    **rules_meeting.PATTERNS,
    **rules_access.PATTERNS,
}
_REQUIRED = {
    ("reports", "date_event"): "date_missing",
    **rules_logistics.REQUIRED,
    **rules_risk.REQUIRED,
}
"""Reason of an empty cell, where it says more than that it is required."""
_LONGEST_TEXT = {"reports": 20_000}
_NIHIL, _POTENSI = "nihil", "potensi"


def _precision_fits(frame: pd.DataFrame) -> pd.Series:
    precision = frame["location_precision"]
    return same(precision.mask(precision.eq("tps"), "desa"), level(frame["unit_kejadian"]))


def _tps_has_desa(frame: pd.DataFrame) -> pd.Series:
    about = frame["unit_pokok"].where(frame["unit_pokok"].notna(), frame["unit_kejadian"])
    named = frame["tps_number"].notna()
    exact = frame["location_precision"].eq("tps")
    return (~named | level(about).eq("desa").fillna(False)) & (~exact | named)


def _tps_id(frame: pd.DataFrame) -> pd.Series:
    return same(
        frame["tps_id"], frame["election"] + "/" + frame["desa_code"] + "/" + frame["number"]
    )


def _is_special(frame: pd.DataFrame) -> pd.Series:
    number = pd.to_numeric(frame["number"], errors="coerce")
    return number.ge(FIRST_SPECIAL_TPS).eq(frame["lokasi_khusus"]).fillna(False).astype(bool)


_REPORT_RULES = [
    Rule(
        "status",
        "status_of_potensi",
        "given for a potensi and for nothing else",
        lambda f: f["status"].notna().eq(f["kind"].eq(_POTENSI)),
        ("kind",),
    ),
    Rule(
        "date_end",
        "period_missing",
        "the last day of the period of a nihil",
        lambda f: f["date_end"].notna() | f["kind"].ne(_NIHIL),
        ("kind",),
    ),
    *given_unless("category", _NIHIL, "category_missing", "nihil_with_category"),
    *given_unless("family", _NIHIL, "category_missing", "nihil_with_category"),
    Rule(
        "date_reported",
        "reported_before_event",
        "not before date_event unless it is a potensi",
        lambda f: (
            f["date_reported"].isna()
            | f["kind"].eq(_POTENSI)
            | f["date_reported"].ge(f["date_event"])
        ),
        ("date_event", "kind"),
    ),
    Rule(
        "location_precision",
        "precision_wrong",
        "the level of unit_kejadian (tps: a desa)",
        _precision_fits,
        ("unit_kejadian",),
    ),
    Rule(
        "tps_number",
        "tps_without_desa",
        "with a desa as unit_pokok or unit_kejadian; required by tps",
        _tps_has_desa,
        ("unit_kejadian", "unit_pokok", "location_precision"),
    ),
    together("lon", "lat", "lonlat_incomplete"),
    Rule(
        "lon",
        "point_too_fine",
        "empty unless the place is known to its desa or TPS",
        lambda f: f["lon"].isna() | f["location_precision"].isin(["tps", "desa"]),
        ("lat", "location_precision"),
    ),
    in_order("date_event", "date_end"),
    on_first_day("date_event", "date_precision"),
]
_RULES: dict[str, list[Rule]] = {
    "units": [level_of_code("code"), together("lon", "lat")],
    "unit_shapes": [level_of_code("code")],
    "stages": [in_order("date_start", "date_end"), together("date_start", "start_precision")],
    "rakor": [together("date", "date_precision"), on_first_day("date", "date_precision")],
    "tps": [
        Rule(
            "tps_id",
            "malformed",
            "election/desa code/number",
            _tps_id,
            ("election", "desa_code", "number"),
        ),
        Rule(
            "lokasi_khusus",
            "malformed",
            f"true from number {FIRST_SPECIAL_TPS} on",
            _is_special,
            ("number",),
        ),
        of_level("desa_code", LEVELS[-1:], "desa_missing"),
    ],
    "voters": [level_of_code("unit_code"), adds_up("voters_do_not_add_up")],
    "reports": _REPORT_RULES,
    "agenda": [in_order("date_start", "date_end")],
    "coverage_periods": [in_order("date_start", "date_end")],
    "outlooks": [in_order("window_start", "window_end")],
    "scan_runs": [in_order("window_start", "window_end")],
    "sea_legs": [
        Rule(
            "usual_min",
            "times_not_in_order",
            "least, usual and greatest time in order",
            lambda f: f["low_min"].le(f["usual_min"]) & f["usual_min"].le(f["high_min"]),
            ("low_min", "high_min"),
        ),
        Rule(
            "to_pier",
            "place_twice_in_leg",
            "another place than from_pier",
            lambda f: f["to_pier"].ne(f["from_pier"]),
            ("from_pier",),
        ),
    ],
    **rules_logistics.RULES,
    **rules_risk.RULES,
    **rules_meeting.RULES,
    **rules_access.RULES,
}
_NOT_AHEAD: dict[str, list[tuple[str, ...]]] = {
    "reports": [
        ("date_event", "date_future", _POTENSI),
        ("date_end", "date_future", _POTENSI),
        ("date_reported", "date_future"),
    ],
    **rules_logistics.NOT_AHEAD,
    **rules_risk.NOT_AHEAD,
    **rules_meeting.NOT_AHEAD,
}
"""Columns that cannot lie ahead, the reason, and the kind of report that may."""


def cell_rules(
    table: Table,
    column: Column[Any],
    words: Mapping[tuple[str, str], Sequence[str]] = ALLOWED,
    bounds: Mapping[tuple[str, str], Bounds] = BOUNDS,
) -> Iterator[Rule]:
    """Return the rules on single cells of a column of a table."""
    name, key = column.name, (table.name, column.name)
    within, allowed, pattern = bounds.get(key), words.get(key), _PATTERNS.get(key)
    if not column.nullable:
        expected = (within and within.expected) or "a value"
        yield Rule(name, _REQUIRED.get(key, "required"), expected, lambda f: f[name].notna())
    if allowed:
        yield among(name, allowed, "one of " + ", ".join(allowed))
    elif isinstance(column.type, String) and (most := _LONGEST_TEXT.get(table.name)):
        yield Rule(
            name,
            "too_long",
            f"at most {most} letters",
            lambda f: f[name].isna() | f[name].str.len().le(most),
        )
    if within:
        yield within.rule(name)
    if pattern:
        yield Rule(
            name,
            "malformed",
            pattern[1],
            lambda f: f[name].isna() | f[name].str.fullmatch(pattern[0]),
        )


@cache
def rules(name: str) -> tuple[Rule, ...]:
    """Return the rules on the rows of a table, first those on single cells.

    Raises
    ------
    KeyError
        When there is no such table.
    """
    table = TABLES[name]
    single = (rule for column in table.columns for rule in cell_rules(table, column))
    return (*single, *_RULES.get(name, ()))


def broken(
    name: str, frame: pd.DataFrame, now: date | None = None
) -> Iterator[tuple[Rule, np.ndarray]]:
    """Return each rule that rows of a frame break, and which rows (N,) these are.

    Parameters
    ----------
    name
        Name of the table.
    frame
        Columns of the table, typed; rules on columns that it lacks are left out.
    now
        Nothing may be dated after it: a day, or a moment with its zone where the table holds
        moments. None leaves that out.
    """
    return _broken(frame, rules_on(name, now))


def rules_on(name: str, now: date | None) -> tuple[Rule, ...]:
    """Return the rules of a table, also those on what cannot lie ahead of ``now``.

    Raises
    ------
    KeyError
        When there is no such table.
    """
    ahead = _NOT_AHEAD.get(name, ()) if now is not None else ()
    dated = (not_ahead(column, reason, now, *kind) for column, reason, *kind in ahead if now)
    return (*rules(name), *dated)


def _broken(frame: pd.DataFrame, tried: Iterable[Rule]) -> Iterator[tuple[Rule, np.ndarray]]:
    for rule in tried:
        if {rule.column, *rule.uses} <= set(frame.columns):
            wrong = ~rule.holds(frame).fillna(False).to_numpy(dtype=bool)
            if wrong.any():
                yield rule, wrong


def faults_of(frame: pd.DataFrame, table: Table, tried: Iterable[Rule]) -> list[str]:
    """Return one sentence per rule that a row breaks, and per row whose key occurs twice.

    ``frame`` has columns of the table, typed; a rule on a column that it lacks is left out.
    """
    keys = [c.name for c in table.primary_key.columns if c.name in frame]
    found = list(_broken(frame, tried))
    if keys:
        once = Rule(keys[0], "", "a key that occurs once", lambda f: f[keys[0]].notna())
        found.append((once, frame.duplicated(keys, keep=False).to_numpy()))
    return [
        f"{row_name(frame, keys, int(row))}: {rule.column} {shown(frame[rule.column].iloc[row])}, "
        f"expected {rule.expected}"
        for rule, wrong in found
        for row in np.flatnonzero(wrong)
    ]


@cache
def _dtypes(name: str) -> dict[str, Any]:
    names = [column.name for column in TABLES[name].columns]
    return dict(typed(pd.DataFrame(columns=names, dtype="object"), TABLES[name]).dtypes)


def check(name: str, frame: pd.DataFrame, now: date | None = None) -> list[str]:
    """Return every fault of a frame, empty when it fits its table.

    Parameters
    ----------
    name
        Name of the table.
    frame
        Columns of the table, typed. Rows are named as a spreadsheet counts them (the header is 1)
        and by key.
    now
        As of `broken`.

    Returns
    -------
    list of str
        One sentence per fault. Rules are tried on columns that are there with their type.
    """
    plain = frame.reset_index(drop=True)
    wanted = _dtypes(name)
    faults = [f"column {c}, expected no such column" for c in plain if c not in wanted]
    faults += [f"column {c} is missing" for c in wanted if c not in plain]
    odd = [c for c in wanted if c in plain and not _fits(plain[c].dtype, wanted[c])]
    faults += [f"column {c} holds {plain[c].dtype}, expected dtype {wanted[c]}" for c in odd]
    return faults + faults_of(plain.drop(columns=odd), TABLES[name], rules_on(name, now))


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, pd.DatetimeTZDtype):  # any resolution
        return str(getattr(found, "tz", None)) == "UTC"
    return bool(found == wanted)


def validate(name: str, frame: pd.DataFrame, now: date | None = None) -> pd.DataFrame:
    """Return ``frame`` unchanged when it fits its table in columns, types and rules.

    Raises
    ------
    SchemaError
        With all faults of the frame.
    """
    if faults := check(name, frame, now):
        raise SchemaError(name, faults)
    return frame


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
