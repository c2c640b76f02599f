"""Each kind of fault in a frame is caught, and named with row, column, value and what is right."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import SchemaError, SourceMissingError
from data.ingest.words import reasons
from data.store import tables as schema
from data.store.frames import typed
from data.store.references import check_references
from data.store.rules import TABLES, check, rules, validate
from data.store.shipped import read_table, tps_of

REPORT = {
    "report_id": "R-1", "kind": "kejadian", "date_event": "2024-02-14", "date_precision": "day",
    "date_reported": "2024-02-15", "stage": "pemungutan_penghitungan", "family": "logistik",
    "category": "logistik_kurang", "severity": 2, "unit_kejadian": "19.03.06.2003",
    "location_precision": "tps", "tps_number": "008", "perkara_id": "R-1", "source_id": "s1",
    "verification": "dikutip", "access": "terbuka",
}  # fmt: skip
STAGE = {
    "stage_id": "p/kampanye/01", "election": "p", "stage": "kampanye", "name": "Kampanye",
    "date_start": "2024-01-01", "date_end": "2024-01-31", "start_precision": "day",
}  # fmt: skip
TPS = {
    "tps_id": "p/19.03.06.2003/901", "election": "p", "desa_code": "19.03.06.2003",
    "number": "901", "lokasi_khusus": True, "location_precision": "desa",
}  # fmt: skip
VOTERS = {
    "voters_id": "v", "election": "p", "list_kind": "dpt", "level": "kabupaten",
    "unit_code": "19.01", "male": 3, "female": 4, "total": 7,
}  # fmt: skip
RAKOR = {
    "rakor_id": "k", "date": "2023-02-01", "date_precision": "month", "kind": "rakor",
    "level": "provinsi", "unit_code": "19", "period": "B04 2023", "topic": "t",
}  # fmt: skip
GOOD = {"reports": REPORT, "stages": STAGE, "tps": TPS, "voters": VOTERS, "rakor": RAKOR}


def frame(table: str, *rows: dict[str, object]) -> pd.DataFrame:
    columns = [column.name for column in TABLES[table].columns]
    raw = pd.DataFrame([{c: row.get(c) for c in columns} for row in rows], columns=columns)
    return typed(raw.astype("object").where(raw.notna(), None), TABLES[table])


@pytest.mark.parametrize("table", sorted(GOOD))
def test_a_right_row_passes_and_comes_back_unchanged(table: str) -> None:
    rows = frame(table, GOOD[table])
    assert validate(table, rows) is rows


@pytest.mark.parametrize("table", sorted(TABLES))
def test_an_empty_frame_of_the_right_types_fits(table: str) -> None:
    assert check(table, frame(table)) == []
    columns = {c.name for c in TABLES[table].columns}
    for rule in rules(table):
        assert {rule.column, *rule.uses} <= columns, rule
        assert rule.reason in reasons(), rule


@pytest.mark.parametrize(
    ("table", "change", "fault"),
    [
        ("reports", {"kind": "gosip"}, "kind 'gosip', expected one of potensi, kejadian, nihil"),
        ("reports", {"stage": None}, "stage empty, expected a value"),
        ("reports", {"family": "makar"}, "family 'makar', expected one of konflik"),
        ("reports", {"category": "makar"}, "category 'makar', expected one of"),
        ("reports", {"severity": 6}, "severity 6, expected 1 to 5"),
        ("reports", {"severity": 0}, "severity 0, expected 1 to 5"),
        ("reports", {"people_count": -1}, "people_count -1, expected 0 to 2000000"),
        ("reports", {"tps_number": "8"}, "tps_number '8', expected three digits"),
        ("reports", {"status": "terbuka"}, "status 'terbuka', expected given for a potensi"),
        ("reports", {"kind": "potensi"}, "status empty, expected given for a potensi"),
        ("reports", {"date_end": "2024-02-13"}, "date_end 2024-02-13, expected not before date_"),
        ("reports", {"kind": "nihil"}, "date_end empty, expected the last day of the period"),
        ("reports", {"kind": "nihil"}, "category 'logistik_kurang', expected empty for a nihil"),
        ("reports", {"family": None}, "family empty, expected given unless"),
        (
            "reports",
            {"date_reported": "2024-02-13"},
            "date_reported 2024-02-13, expected not before date_event",
        ),
        (
            "reports",
            {"location_precision": "desa", "unit_kejadian": "19.03"},
            "location_precision 'desa', expected the level of unit_kejadian",
        ),
        (
            "reports",
            {"location_precision": "kabupaten", "unit_kejadian": "Basel", "tps_number": None},
            "location_precision 'kabupaten', expected the level",
        ),
        (
            "reports",
            {"location_precision": "kabupaten", "unit_kejadian": "19.03"},
            "tps_number '008', expected with a desa",
        ),
        ("reports", {"tps_number": None}, "tps_number empty, expected with a desa"),
        (
            "reports",
            {
                "location_precision": "kabupaten", "unit_kejadian": "19.03", "tps_number": None,
                "lon": 106.5, "lat": -3.0,
            },
            "lon 106.5, expected empty unless the place is known",
        ),
        ("reports", {"lon": 106.5}, "lat empty, expected given exactly when lon is"),
        ("reports", {"lon": 206.5, "lat": -3.0}, "lon 206.5, expected -180 to 180"),
        ("reports", {"date_precision": "month"}, "date_event 2024-02-14, expected the first day"),
        (
            "reports",
            {"date_precision": "year", "date_event": "2024-02-01", "date_reported": None},
            "date_event 2024-02-01, expected the first day",
        ),
        ("stages", {"date_end": "2023-12-31"}, "date_end 2023-12-31, expected not before"),
        ("stages", {"start_precision": None}, "start_precision empty, expected given exactly when"),
        ("stages", {"stage": "pesta"}, "stage 'pesta', expected one of penyusunan_regulasi"),
        ("tps", {"tps_id": "p/19/901"}, "tps_id 'p/19/901', expected election/desa code/number"),
        ("tps", {"lokasi_khusus": False}, "lokasi_khusus False, expected true from number 901"),
        ("tps", {"number": "12"}, "number '12', expected three digits"),
        (
            "tps",
            {"desa_code": "19.03", "tps_id": "p/19.03/901"},
            "desa_code '19.03', expected the code of a desa",
        ),
        ("voters", {"total": 8}, "total 8, expected male and female together"),
        ("voters", {"level": "desa"}, "level 'desa', expected the level of the code"),
        ("rakor", {"period": "B05 2023"}, "period 'B05 2023', expected B04, B08 or B12"),
        ("rakor", {"date": None}, "date_precision 'month', expected given exactly when date is"),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_caught_and_named(
    table: str, change: dict[str, object], fault: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        validate(table, frame(table, {**GOOD[table], **change}))
    assert any(fault in text for text in caught.value.faults), caught.value.faults
    assert all(text.startswith("row 2 (") for text in caught.value.faults)


def test_all_faults_are_reported_at_once() -> None:
    rows = frame("reports", REPORT, {**REPORT, "severity": 9, "kind": "gosip"})
    faults = check("reports", rows)
    assert [text for text in faults if "a key that occurs once" in text and "row 3 (R-1)" in text]
    assert [text for text in faults if "severity 9" in text]
    assert [text for text in faults if "kind 'gosip'" in text]


def test_missing_unknown_and_wrongly_typed_columns_are_named() -> None:
    rows = frame("stages", STAGE).drop(columns="name").assign(colour="red", election=1)
    faults = check("stages", rows)
    assert "column name is missing" in faults
    assert "column colour, expected no such column" in faults
    assert len(faults) == 3
    assert any(text.startswith("column election holds int64, expected dtype") for text in faults)


def references() -> dict[str, pd.DataFrame]:
    units = [("19", "provinsi", None), ("19.03", "kabupaten", "19")]
    units += [("19.03.06", "kecamatan", "19.03"), ("19.03.06.2003", "desa", "19.03.06")]
    return {
        "units": frame(
            "units",
            *(
                {
                    "code": code, "level": level, "name": code, "kind": level,
                    "parent_code": parent, "point_approximate": False, "has_polygon": True,
                }
                for code, level, parent in units
            ),
        ),
        "sources": frame("sources", {"source_id": "s1", "kind": "publik"}),
        "elections": frame(
            "elections",
            {"election": "p", "name": "P", "voting_date": "2024-02-14", "area_codes": "19.03"},
        ),
        "stages": frame("stages", STAGE),
        "reports": frame("reports", REPORT),
        "affairs": frame("affairs"),
    }  # fmt: skip


def test_references_that_hold_have_no_fault() -> None:
    assert check_references(references()) == []


@pytest.mark.parametrize(
    ("table", "column", "value", "fault"),
    [
        ("reports", "unit_kejadian", "19.99", "unit_kejadian '19.99', expected a row of units"),
        ("reports", "unit_pokok", "19.99", "unit_pokok '19.99', expected a row of units"),
        ("reports", "source_id", "zz", "source_id 'zz', expected a row of sources"),
        ("reports", "perkara_id", "PRK-X", "perkara_id 'PRK-X', expected a row of affairs"),
        ("stages", "election", "q", "election 'q', expected a row of elections"),
        ("elections", "area_codes", "19.03|19.98", "area_codes '19.98', expected a row of units"),
        ("units", "parent_code", "18", "parent_code '18', expected a row of units"),
    ],
)
def test_a_reference_to_nothing_is_named(table: str, column: str, value: str, fault: str) -> None:
    frames = references()
    frames[table] = frames[table].assign(**{column: value})
    assert any(text.startswith(table) and fault in text for text in check_references(frames))


@pytest.mark.parametrize(("kind", "wanted"), [("perkara", 2), ("rekap", 1)])
def test_a_named_affair_has_enough_reports(kind: str, wanted: int) -> None:
    frames = references()
    affair = {"perkara_id": "A", "kind": kind, "title": "t", "reason": "r", "certainty": "sedang"}
    frames["affairs"] = frame("affairs", affair)
    assert check_references(frames) == [f"affairs A: 0 reports, expected at least {wanted}"]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "elections.csv"
    path.write_text(text, encoding="utf-8")
    return path


HEADER = "election,name,voting_date,area_codes,contests,source_id\n"


def test_read_table_gives_types_and_missing_values(tmp_path: Path) -> None:
    rows = read_table(write(tmp_path, HEADER + "p,NA,2024-02-14,19.01|19.71,,\n"), schema.elections)
    assert rows["voting_date"].iloc[0] == pd.Timestamp("2024-02-14")
    assert rows["name"].iloc[0] == "NA"  # a name, not a missing value
    assert rows[["contests", "source_id"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("p,P,14-02-2024,19,5,s", "row 2: voting_date '14-02-2024', expected a date such as"),
        ("p,P,2024-02-30,19,5,s", "row 2: voting_date '2024-02-30', expected a date such as"),
        ("p,P,2024-02-14,19,5.5,s", "row 2: contests '5.5', expected a whole number"),
    ],
)
def test_read_table_names_the_cell_that_is_not_of_its_type(
    tmp_path: Path, line: str, fault: str
) -> None:
    with pytest.raises(SchemaError, match=r"row 2") as caught:
        read_table(write(tmp_path, HEADER + line + "\n"), schema.elections)
    assert [text for text in caught.value.faults if text.startswith(fault)]


def test_read_table_names_columns_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as caught:
        read_table(write(tmp_path, HEADER.replace("name", "title")), schema.elections)
    assert set(caught.value.faults) == {
        "column name is missing",
        "column title, expected no such column",
    }
    with pytest.raises(SourceMissingError):
        read_table(tmp_path / "absent.csv", schema.elections)


def test_tps_are_numbered_from_the_counts_of_a_desa() -> None:
    units = references()["units"].assign(lon=106.5, lat=-3.0)
    counts = pd.DataFrame(
        {"election": ["pemilu2024"], "desa_code": ["19.03.06.2003"], "regular": [3], "special": [2],
         "source_id": ["s1"]}
    )  # fmt: skip
    rows = validate("tps", tps_of(units, counts))
    assert rows["number"].tolist() == ["001", "002", "003", "901", "902"]
    assert rows["lokasi_khusus"].tolist() == [False, False, False, True, True]
    assert rows["tps_id"].iloc[-1] == "pemilu2024/19.03.06.2003/902"
    for wrong in ({"desa_code": ["19.03.06"]}, {"regular": [-1]}, {"special": [pd.NA]}):
        with pytest.raises(SchemaError, match="row 2"):
            tps_of(units, counts.assign(**wrong))
    with pytest.raises(SchemaError, match="row 3"):
        tps_of(units, pd.concat([counts, counts], ignore_index=True))
