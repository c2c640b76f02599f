"""The product's own tables can be added to: all rows of a file or none, every fault named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.record import ImportResult
from data.ingest.tables import TABLES, table_kind
from data.store.engine import Store
from geo.errors import ParameterError
from services.ingest.imports import import_file

HEAD = "agenda_id,date_start,kind,title,unit_code,expected_crowd,owner,source_url"
RALLY = "AGD-X1,2027-03-01,aksi,Aksi nelayan,19.03,200,Polres,https://example.org/a"


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def import_table(store: Store, name: str, path: Path) -> ImportResult:
    return import_file(store, f"table {name}", path)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "agenda.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_rally_comes_in_with_its_page_and_again_changes_nothing_but_itself(
    store: Store, tmp_path: Path
) -> None:
    before = store.count("agenda")
    assert import_table(store, "agenda", write(tmp_path, HEAD, RALLY)).accepted == 1
    moved = RALLY.replace("2027-03-01", "2027-03-02")
    done = import_table(store, "agenda", write(tmp_path, HEAD, moved))
    assert (done.accepted, done.corrected) == (0, 1)
    agenda = store.read("agenda").set_index("agenda_id")
    assert len(agenda) == before + 1
    assert agenda.loc["AGD-X1", "date_start"] == pd.Timestamp("2027-03-02")
    assert agenda.loc["AGD-X1", "expected_crowd"] == 200
    urls = store.read("sources").set_index("source_id")["url"]
    assert urls[agenda.loc["AGD-X1", "source_id"]] == "https://example.org/a"


def test_a_workbook_is_read_like_a_text_file(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "rakor.xlsx"
    pd.DataFrame(
        {
            "rakor_id": ["RKR-X"],
            "date": [pd.Timestamp("2026-08-20")],
            "date_precision": ["day"],
            "kind": ["rakor"],
            "level": ["provinsi"],
            "unit_code": ["19"],
            "topic": ["Rakor kedua"],
        }
    ).to_excel(path, index=False)
    assert import_table(store, "rakor", path).accepted == 1
    row = store.read("rakor").set_index("rakor_id").loc["RKR-X"]
    assert row["date"] == pd.Timestamp("2026-08-20")


def test_faulty_rows_are_all_named_and_nothing_is_stored(store: Store, tmp_path: Path) -> None:
    before = store.revision()
    path = write(
        tmp_path,
        HEAD,
        RALLY,
        "",
        RALLY.replace("AGD-X1", "AGD-X2").replace("19.03", "19.99"),
        RALLY.replace("AGD-X1", "AGD-X3").replace("aksi", "pesta"),
    )
    with pytest.raises(SchemaError) as caught:
        import_table(store, "agenda", path)
    assert [fault.partition(",")[0] for fault in caught.value.faults] == [
        "row 4: unit_code '19.99'",
        "row 5: kind 'pesta'",
    ]
    assert caught.value.faults[0].endswith("(units)")
    assert store.revision() == before


@pytest.mark.parametrize(
    ("lines", "error", "says"),
    [
        ((HEAD,), FileUnreadableError, "no_rows"),
        ((HEAD.replace("date_start", "tanggal"), RALLY), FileUnreadableError, "date_start"),
        ((HEAD, RALLY.replace("2027-03-01", "2027-13-01")), SchemaError, "2027-13-01"),
        ((HEAD, RALLY.replace("200", "banyak")), SchemaError, "banyak"),
    ],
)
def test_an_unusable_file_says_why(
    store: Store, tmp_path: Path, lines: tuple[str, ...], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        import_table(store, "agenda", write(tmp_path, *lines))


@pytest.mark.parametrize(
    ("table", "head", "row", "column"),
    [
        ("agenda", HEAD.replace("source_url", "source_id"), RALLY, "source_id"),
        ("stages", "stage_id,election", "uji,tiada", "election"),
        ("elections", "election,area_codes", "uji,19|77", "area_codes"),
    ],
)
def test_a_row_that_points_at_nothing_is_named_by_its_column(
    store: Store, tmp_path: Path, table: str, head: str, row: str, column: str
) -> None:
    kind = table_kind(table)
    missing = [name for name in kind.needs[0].any_of[0] if name not in head.split(",")]
    lines = [",".join([head, *missing]), row + "," * len(missing)]
    with pytest.raises(SchemaError) as caught:
        import_table(store, table, write(tmp_path, *lines))
    assert any(
        f": {column} " in one and "tabel yang ditunjuk" in one for one in caught.value.faults
    )


def test_a_missing_file_and_another_table_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        import_table(store, "agenda", tmp_path / "none.csv")
    with pytest.raises(ParameterError, match="agenda"):
        import_table(store, "reports", tmp_path / "none.csv")
    assert "reports" not in TABLES


def test_the_register_of_tps_of_a_later_election_can_be_brought_in(
    store: Store, tmp_path: Path
) -> None:
    head = "tps_id,election,desa_code,number,lokasi_khusus,location_precision"
    row = "pilkada2024/19.03.01.1001/001,pilkada2024,19.03.01.1001,001,false,desa"
    before = store.count("tps")
    assert import_table(store, "tps", write(tmp_path, head, row)).accepted == 1
    assert store.count("tps") == before + 1
    wrong = row.replace("/001,", "/002,")
    with pytest.raises(SchemaError, match="tps_id"):
        import_table(store, "tps", write(tmp_path, head, wrong))
    assert store.count("tps") == before + 1
