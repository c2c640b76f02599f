"""The rules on a table are the only ones: a file is refused exactly where its check faults."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from data.custody.receipts import RECEIPTS, no_doubts
from data.errors import SchemaError
from data.ingest.engine import run
from data.network.sea import WAVES
from data.network.sea_legs import SEA_LEGS
from data.network.tables import load_network_tables
from data.polling import disputes
from data.store import rules_logistics, rules_risk
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.rules import ALLOWED, TABLES, broken, check, rules
from services.ingest.imports import Asked, import_file, options_of
from services.ingest.kinds import KINDS as IMPORTS
from tests.imports import PENYAK, TODAY

ELECTION = "pemilu2024"
PAST, FUTURE = "2024-02-10", "2999-01-01"
DAYS = ("2024-02-11", None, "2024-02-10", "2024-02-12")
COUNTS = (None, -1, 0, 7, 3000, 3001, 1_000_000, 1_000_001)
OFFICES = ("KPU Bangka {n}", "Bapak Contoh {n}", "Gudang 0812345678{n}")
STAGES, ITEMS = rules_logistics.PROCUREMENT_STAGES, rules_logistics.PROCUREMENT_ITEMS
Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """How rows of a table are drawn, written to a file, and imported.

    Attributes
    ----------
    cells
        What each cell may hold, right and wrong; ``{n}`` becomes the number of the row.
    stored
        What else the import puts into the row.
    refused
        Imports a file; returns the numbers of the refused rows.
    """

    cells: dict[str, tuple[Any, ...]]
    stored: Callable[[Row], Row]
    refused: Callable[[Store, Path], set[int]]


def refused(kind: str) -> Callable[[Store, Path], set[int]]:
    """Return what says which rows of a file are refused; nothing of it is stored."""

    def rows(store: Store, path: Path) -> set[int]:
        asked = Asked(election=ELECTION, as_of=TODAY, dry_run=True)
        return set(import_file(store, kind, path, asked).faults["row_number"])

    return rows


def hand_overs_without_doubts(store: Store, path: Path) -> set[int]:
    asked = Asked(election=ELECTION, as_of=TODAY, dry_run=True)
    options = options_of(store, RECEIPTS, asked)
    return set(run(store, RECEIPTS, path, options, {"doubts": no_doubts}).faults["row_number"])


def legs_of_any_speed(store: Store, path: Path) -> None:
    tables = load_network_tables(store.units())
    tables["vessel_speeds"] = tables["vessel_speeds"].iloc[:0]
    more = {"network": tables, "straight_km": lambda legs: pd.Series(0.0, index=legs.index)}
    run(store, SEA_LEGS, path, options_of(store, SEA_LEGS, Asked(dry_run=True)), more)


def emptied(store: Store, table: str) -> Store:
    with store.begin("setup.prepare") as connection:
        connection.execute(delete(TABLES[table]))
    return store


def whole_or_none(read: Callable[[], object]) -> set[int]:
    """Return the rows that a file taken whole or not at all is refused for."""
    try:
        read()
    except SchemaError as error:
        return {int(fault.split(":")[0].removeprefix("row ")) for fault in error.faults}
    return set()


def sums_up(row: Row) -> Row:
    both = None not in (row["male"], row["female"])
    total = row["male"] + row["female"] if both else None
    return {"total": total if row["total"] is None else row["total"], "import_id": "i"}


def leg(row: Row) -> Row:
    given = [row[name] for name in ("low_min", "usual_min", "high_min") if row[name] is not None]
    low = given[0] if given and row["low_min"] is None else row["low_min"]
    high = given[-1] if given and row["high_min"] is None else row["high_min"]
    usual = (low + high) / 2 if given and row["usual_min"] is None else row["usual_min"]
    times = {"low_min": low, "usual_min": usual, "high_min": high}
    ends = {"from_pier": row["from"], "to_pier": row["to"], "leg_id": "l", "import_id": "i"}
    return {**times, **ends}


KINDS: dict[str, Kind] = {
    "tps_voters": Kind(
        {
            "tps_id": (f"{ELECTION}/{PENYAK}/{{n:03}}",),
            "kind": ("dpt", "dptb"),
            "male": COUNTS,
            "female": COUNTS,
            "total": (14, *COUNTS, 3007),
        },
        sums_up,
        refused("voters"),
    ),
    "receipts": Kind(
        {
            "desa_code": (PENYAK, "19.04", None),
            "tps_id": (None, f"{ELECTION}/{PENYAK}/003", f"{ELECTION}/19.01.04.2004/003"),
            "state": (*rules_logistics.RECEIPT_STATES, None),
            "at": (f"{PAST} 08:15", FUTURE + " 08:15"),
            **dict.fromkeys(rules_logistics.RECEIPT_COUNTS, COUNTS),
            **dict.fromkeys(rules_logistics.OFFICES, (None, None, None, *OFFICES)),
            "kind": ("catatan", "koreksi", "pembatalan"),
            "note": ("{n}",),
        },
        lambda row: {
            "election": ELECTION,
            "receipt_id": "r",
            "at": pd.Timestamp(row["at"], tz="Asia/Jakarta"),
            "recorded_at": pd.Timestamp(PAST, tz="UTC"),
            "desa_code": row["desa_code"] or (row["tps_id"] and row["tps_id"].split("/")[1]),
        },
        # Without what speaks against a row beside its kit, its plan and other rows.
        hand_overs_without_doubts,
    ),
    "procurement": Kind(
        {
            "item": (ITEMS[0], None),
            "stage": (STAGES[0], None),
            "kabupaten_code": ("19.01", "19", "19.01.04", None),
            "planned_date": DAYS,
            "actual_date": DAYS,
            "planned_count": (*COUNTS, 10**9, 10**9 + 1),
            "actual_count": COUNTS,
        },
        lambda row: {"election": ELECTION},
        lambda store, path: refused("procurement")(emptied(store, "procurement"), path),
    ),
    "place_status": Kind(
        {
            "place_id": ("P-SADAI",),
            "status": (*rules_logistics.PLACE_STATES, None),
            "largest_vessel": (None, "perahu", "feri"),
            "largest_boxes": (None, 0, 1, 10_000, 10_001),
            "date_from": DAYS,
            "date_until": DAYS,
            "as_of": (PAST, FUTURE, None),
        },
        lambda row: {},
        lambda store, path: refused("place-status")(emptied(store, "place_status"), path),
    ),
    "personnel_available": Kind(
        {
            "unit_code": ("19.01", "19", "19.01.04", None),
            "kind": (*rules_risk.PERSONNEL_KINDS, None),
            "available": (7, *COUNTS),
            "date": (PAST, FUTURE),
            "agency": OFFICES,
        },
        lambda row: {"personnel_id": "p", "election": ELECTION},
        refused("personnel"),
    ),
    "tps_class": Kind(
        {
            "tps_id": (f"{ELECTION}/{PENYAK}/{{n:03}}", None),
            "kelas": (*rules_risk.KELAS, None),
            "date": (PAST, FUTURE),
            "agency": OFFICES,
        },
        lambda row: {"import_id": "i"},
        refused("tps-class"),
    ),
    "indicator_values": Kind(
        {
            "tps_id": (f"{ELECTION}/{PENYAK}/{{n:03}}",),
            "indicator_id": ("riwayat_kekerasan", None),
            "value": (1, 0, None),
            "date": (PAST, FUTURE),
            "agency": OFFICES,
        },
        lambda row: {
            "import_id": "i",
            "election": ELECTION,
            "desa_code": PENYAK,
            "place_id": row["tps_id"],
        },
        refused("indicators"),
    ),
    "tps_status": Kind(
        {
            "tps_id": (f"{ELECTION}/{PENYAK}/{{n:03}}",),
            "status": (*rules_risk.STATUSES, None),
            "at": ("2024-02-14 07:15", None),
            "note": ("{n}",),
        },
        lambda row: {
            "status_id": "s",
            "office": "o",
            "undone": False,
            "at": row["at"] and pd.Timestamp(row["at"], tz="UTC"),
            "entered_at": pd.Timestamp(PAST, tz="UTC"),
        },
        refused("hari-h"),
    ),
    "disputes": Kind(
        {
            "dispute_id": ("uji-{n}",),
            "election": (ELECTION, None),
            "unit_code": ("19.01", None),
            "kind": (*rules_risk.DISPUTE_KINDS, None),
            **dict.fromkeys(disputes.DATES, DAYS),
            "legal_basis": ("UU 7/2017", None),
        },
        lambda row: {},
        refused("disputes"),
    ),
    "sea_legs": Kind(
        {
            "from": ("P-SADAI",),
            "to": ("L-LEPAR", "P-SADAI"),
            "vessel_class": ("perahu", "kano"),
            **dict.fromkeys(
                ("low_min", "usual_min", "high_min"), (20, None, -1, 0, 30, 2880, 2881)
            ),
            "distance_km": (None, 0, 5, 1000, 1001),
            "wave_limit_m": (None, 0, 1, 10, 11),
            "wind_limit_kn": (None, 0, 12, 50, 51),
        },
        leg,
        # Without the speeds of the vessels, which are no rule of the table.
        lambda store, path: whole_or_none(lambda: legs_of_any_speed(store, path)),
    ),
    "wave_series": Kind(
        {
            "area": ("Selat Gelasa",),
            "time": (f"{PAST} 0{{n}}:00 WIB",),
            "wave_m": (0, None, -1, 15, 15.5),
            "wind_kn": (0, None, -1, 100, 100.5),
        },
        lambda row: {"time": pd.Timestamp(PAST, tz="UTC"), "import_id": "i"},
        # Without the check of the series as a whole, which services adds.
        lambda store, path: whole_or_none(
            lambda: run(store, WAVES, path, options_of(store, WAVES, Asked(dry_run=True)))
        ),
    ),
    "reports": Kind(
        {
            "report_id": ("UJI-{n}",),
            "kind": ("kejadian", "potensi", "nihil"),
            "date_event": (*DAYS, FUTURE),
            "date_end": (*DAYS, FUTURE),
            "date_reported": (*DAYS, FUTURE),
            "category": ("unjuk_rasa", None, "psu"),
            "severity": (None, 0, 1, 5, 6),
            "people_count": (None, -1, 0, 2_000_000, 2_000_001),
            "summary": ("satu {n}", "x" * 20_001),
            "code": (PENYAK,),
            "lon": (None, 106.3),
            "lat": (None, -2.4),
            "tps": (None, 3),
        },
        lambda row: {
            "unit_kejadian": row["code"],
            "date_precision": "day",
            "stage": "kampanye",
            "location_precision": "desa" if row["tps"] is None else "tps",
            "tps_number": None if row["tps"] is None else f"{row['tps']:03}",
            "family": row["category"] and {"psu": "proses"}.get(row["category"], row["category"]),
            "status": "terbuka" if row["kind"] == "potensi" else None,
            "perkara_id": "p",
            "verification": "belum",
            "access": "terbuka",
        },
        refused("reports"),
    ),
}
NOW: dict[str, Any] = {"receipts": pd.Timestamp(TODAY, tz="UTC")}
ONE_AT_A_TIME = ("procurement", "place_status")
"""Whose key is in the way of several rows in one file."""


def drawn_rows(kind: Kind, most: int) -> st.SearchStrategy[list[Row]]:
    """Draw rows of which at most four cells are not the first choice of their column."""
    usual = {name: values[0] for name, values in kind.cells.items()}
    cells = [(name, value) for name, values in kind.cells.items() for value in values]
    changes = st.lists(st.sampled_from(cells), max_size=4)
    return st.lists(changes.map(lambda some: {**usual, **dict(some)}), min_size=1, max_size=most)


def numbered(row: Row, n: int) -> Row:
    return {k: v.format(n=n) if isinstance(v, str) else v for k, v in row.items()}


def written(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def faulty(table: str, rows: list[Row]) -> dict[int, list[str]]:
    """Return the faults of rows as the check of their table finds them, by row of the file."""
    found = {}
    for number, row in enumerate(rows, start=2):
        frame = rows_of(TABLES[table], [{**row, **KINDS[table].stored(row)}])
        if faults := check(table, frame, NOW.get(table, TODAY)):
            found[number] = faults
    return found


@pytest.mark.parametrize("table", sorted(KINDS))
def test_a_row_is_imported_exactly_when_its_table_accepts_it(
    own_store: Store, tmp_path: Path, table: str
) -> None:
    kind, seen = KINDS[table], set()

    @settings(max_examples=10, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        rows = data.draw(drawn_rows(kind, 1 if table in ONE_AT_A_TIME else 8))
        rows = [numbered(row, n) for n, row in enumerate(rows, start=1)]
        expected = faulty(table, rows)
        assert kind.refused(own_store, written(tmp_path / "a.csv", rows)) == set(expected), expected
        seen.update(n in expected for n in range(2, len(rows) + 2))

    holds()
    assert seen == {True, False}


BROKEN: list[tuple[str, Row, set[tuple[str, str]]]] = [
    *(("tps_voters", {c: 3000}, set()) for c in ("male", "female")),
    *(("tps_voters", {c: 3001}, {(c, "voters_unreadable")}) for c in ("male", "female", "total")),
    *(("tps_voters", {c: -1}, {(c, "voters_unreadable")}) for c in ("male", "female", "total")),
    ("tps_voters", {"male": 7, "female": 7, "total": 14}, set()),
    ("tps_voters", {"male": 7, "female": 8, "total": 14}, {("total", "voters_do_not_add_up")}),
    ("receipts", {"desa_code": "19.04"}, {("desa_code", "desa_missing")}),
    ("receipts", {"tps_id": f"{ELECTION}/{PENYAK}/003"}, set()),
    (
        "receipts",
        {"tps_id": f"{ELECTION}/19.01.04.2004/003"},
        {("tps_id", "tps_not_registered")},
    ),
    *(("receipts", {c: "Ibu Contoh"}, {(c, "person_named")}) for c in rules_logistics.OFFICES),
    *(("receipts", {c: 1_000_000}, set()) for c in rules_logistics.RECEIPT_COUNTS),
    *(
        ("receipts", {c: wrong}, {(c, "count_unreadable")})
        for c in ("boxes", "short_count", "damaged_count")
        for wrong in (-1, 1_000_001)
    ),
    ("receipts", {"kind": "koreksi"}, {("refers_to", "required")}),
    ("receipts", {"kind": "pembatalan"}, {("refers_to", "required")}),
    ("receipts", {"kind": "koreksi", "refers_to": "r"}, set()),
    ("receipts", {"at": FUTURE}, {("at", "moment_to_come")}),
    ("procurement", {"kabupaten_code": "19"}, {("kabupaten_code", "kabupaten_missing")}),
    *(
        ("procurement", {c: wrong}, {(c, "count_unreadable")})
        for c in ("planned_count", "actual_count")
        for wrong in (-1, 10**9 + 1)
    ),
    (
        "procurement",
        {"planned_date": None, "actual_date": None},
        {("planned_date", "nothing_told")},
    ),
    ("procurement", {"planned_date": None, "actual_date": None, "actual_count": 0}, set()),
    ("place_status", {"as_of": FUTURE}, {("as_of", "date_future")}),
    ("place_status", {"largest_boxes": 0}, {("largest_boxes", "boxes_out_of_range")}),
    (
        "place_status",
        {"date_from": "2024-02-12", "date_until": "2024-02-11"},
        {("date_until", "period_reversed")},
    ),
    ("place_status", {"as_of": str(TODAY)}, set()),
    ("personnel_available", {"unit_code": "19"}, set()),
    (
        "personnel_available",
        {"unit_code": "19.01.04"},
        {("unit_code", "personnel_unit_unknown")},
    ),
    ("personnel_available", {"available": -1}, {("available", "personnel_unreadable")}),
    *(
        (table, {"agency": "Bapak Contoh"}, {("agency", "person_named")})
        for table in ("personnel_available", "tps_class", "indicator_values")
    ),
    *(
        (table, {"date": FUTURE}, {("date", "date_future")})
        for table in ("personnel_available", "tps_class", "indicator_values")
    ),
    ("indicator_values", {"desa_code": "19.04"}, {
        ("desa_code", "desa_missing"), ("tps_id", "tps_not_registered"),
    }),
    ("disputes", {"decided_date": "2024-02-10"}, {("decided_date", "dispute_order")}),
    ("disputes", {"held_date": "2024-02-10"}, {("held_date", "dispute_order")}),
    (
        "disputes",
        {"recommended_date": None, "decided_date": "2024-02-12"},
        {("held_date", "dispute_order")},
    ),
    ("disputes", {"legal_basis": None}, {("legal_basis", "dispute_basis_missing")}),
    ("disputes", {"legal_basis": None, "legal_deadline": None}, set()),
    *(
        ("sea_legs", {c: value}, {(c, reason)} if wrong else set())
        for c, most, reason in (
            ("distance_km", 1000, "leg_kilometres"),
            ("wave_limit_m", 10, "leg_metres"),
            ("wind_limit_kn", 50, "leg_knots"),
        )
        for value, wrong in ((0, True), (0.1, False), (most, False), (most + 0.1, True))
    ),
    ("sea_legs", {"low_min": 0}, {("low_min", "leg_minutes")}),
    ("sea_legs", {"usual_min": 2881, "high_min": 2881}, {
        ("usual_min", "leg_minutes"), ("high_min", "leg_minutes"),
    }),
    ("sea_legs", {"low_min": 21}, {("usual_min", "times_not_in_order")}),
    ("sea_legs", {"high_min": 19}, {("usual_min", "times_not_in_order")}),
    ("sea_legs", {"to": "P-SADAI"}, {("to_pier", "place_twice_in_leg")}),
    *(
        ("wave_series", {c: value}, {(c, "out_of_range")} if wrong else set())
        for c, most in (("wave_m", 15), ("wind_kn", 100))
        for value, wrong in ((-0.1, True), (most, False), (most + 0.1, True))
    ),
    ("reports", {"kind": "potensi", "status": None}, {("status", "status_of_potensi")}),
    ("reports", {"status": "diredam"}, {("status", "status_of_potensi")}),
    ("reports", {"date_end": None}, set()),
    ("reports", {"date_end": "2024-02-12"}, set()),
    ("reports", {"date_end": "2024-02-10"}, {("date_end", "period_reversed")}),
    (
        "reports",
        {"kind": "nihil", "category": None, "family": None, "date_end": None},
        {("date_end", "period_missing")},
    ),
    ("reports", {"kind": "nihil", "category": None, "family": None}, set()),
    ("reports", {"kind": "nihil"}, {
        ("category", "nihil_with_category"), ("family", "nihil_with_category"),
    }),
    ("reports", {"category": None}, {
        ("category", "category_missing"), ("family", "category_missing"),
    }),
    ("reports", {"date_reported": "2024-02-10"}, {("date_reported", "reported_before_event")}),
    ("reports", {"kind": "potensi", "date_reported": "2024-02-10"}, set()),
    ("reports", {"kind": "potensi", "date_event": FUTURE, "date_end": FUTURE}, set()),
    ("reports", {"date_end": FUTURE}, {("date_end", "date_future")}),
    ("reports", {"date_event": FUTURE, "date_end": None, "date_reported": None}, {
        ("date_event", "date_future"),
    }),
    ("reports", {"date_reported": FUTURE}, {("date_reported", "date_future")}),
    ("reports", {"code": "19.04"}, {("location_precision", "precision_wrong")}),
    (
        "reports",
        {"code": "19.04", "location_precision": "kabupaten", "lon": 106.3, "lat": -2.4},
        {("lon", "point_too_fine")},
    ),
    ("reports", {"lon": 106.3}, {("lat", "lonlat_incomplete")}),
    ("reports", {"tps_number": "03"}, {("tps_number", "malformed")}),
    ("reports", {"unit_pokok": "19.04", "tps_number": "003"}, {("tps_number", "tps_without_desa")}),
    ("reports", {"location_precision": "tps"}, {("tps_number", "tps_without_desa")}),
    *(
        ("reports", {c: value}, {(c, reason)} if wrong else set())
        for c, most, reason in (
            ("severity", 5, "severity_out_of_range"),
            ("people_count", 2_000_000, "people_out_of_range"),
        )
        for value, wrong in ((most, False), (most + 1, True), (-1, True))
    ),
    ("reports", {"severity": 0}, {("severity", "severity_out_of_range")}),
    ("reports", {"lon": 181, "lat": 0}, {("lon", "point_outside_area")}),
    ("reports", {"lon": 0, "lat": -91}, {("lat", "point_outside_area")}),
    ("reports", {"summary": "x" * 20_000}, set()),
    ("reports", {"summary": "x" * 20_001}, {("summary", "too_long")}),
    *(
        ("reports", {"date_precision": p, "date_event": d, "date_end": None}, {
            ("date_event", "date_not_first"),
        } if wrong else set())
        for p, d, wrong in (
            ("month", "2024-02-02", True), ("month", "2024-02-01", False),
            ("year", "2024-02-01", True), ("year", "2024-01-01", False),
        )
    ),
]  # fmt: skip


def usual(table: str, change: Row) -> Row:
    """Return a right row of a table with a change."""
    row = numbered({name: values[0] for name, values in KINDS[table].cells.items()}, 1)
    row |= {name: value for name, value in change.items() if name in row}
    return {**row, **KINDS[table].stored(row), **change}


@pytest.mark.parametrize(("table", "change", "wanted"), BROKEN)
def test_each_rule_is_broken_by_what_breaks_it_and_by_nothing_else(
    table: str, change: Row, wanted: set[tuple[str, str]]
) -> None:
    row = usual(table, change)
    if table == "receipts":
        row["at"] = pd.Timestamp(row["at"], tz="UTC") if isinstance(row["at"], str) else row["at"]
    frame = rows_of(TABLES[table], [row])
    now = NOW.get(table, TODAY)
    assert {(rule.column, rule.reason) for rule, _ in broken(table, frame, now)} == wanted


@pytest.mark.parametrize("table", sorted(KINDS))
def test_every_cell_that_is_required_or_of_a_closed_list_is_held_to_it(table: str) -> None:
    good = rows_of(TABLES[table], [usual(table, {})])
    for column in TABLES[table].columns:
        empty = good.assign(**{column.name: None}).astype(good.dtypes.to_dict())
        missing = {rule.column for rule, _ in broken(table, empty)}
        assert column.nullable or column.name in missing, column.name
        if (table, column.name) in ALLOWED:
            strange = good.assign(**{column.name: "bukan"}).astype(good.dtypes.to_dict())
            assert (column.name, "word_unknown") in {
                (rule.column, rule.reason) for rule, _ in broken(table, strange)
            }


def test_each_rule_of_an_imported_table_is_tried() -> None:
    tried = {(table, *fault) for table, _, faults in BROKEN for fault in faults}
    general = {"word_unknown", "too_long"}
    have = {
        (table, rule.column, rule.reason)
        for table in KINDS
        for rule in rules(table)
        if rule.reason not in general and rule.expected != "a value"
        if rule.reason != "required" or rule.uses
    }
    assert have <= tried, have - tried


@pytest.mark.parametrize(
    ("kind", "field", "words"),
    [
        ("receipts", "state", rules_logistics.RECEIPT_STATES),
        ("receipts", "kind", rules_logistics.RECEIPT_KINDS),
        ("place-status", "status", rules_logistics.PLACE_STATES),
        ("voters", "kind", rules_logistics.VOTER_KINDS),
        ("personnel", "kind", rules_risk.PERSONNEL_KINDS),
        ("tps-class", "kelas", rules_risk.KELAS),
        ("hari-h", "status", rules_risk.STATUSES),
        ("disputes", "kind", rules_risk.DISPUTE_KINDS),
    ],
)
def test_the_words_that_files_may_hold_are_those_of_the_table(
    kind: str, field: str, words: Sequence[str]
) -> None:
    types = {one.name: one.type for one in IMPORTS[kind].kind.fields}
    assert set(types[field].choices) == set(words)
