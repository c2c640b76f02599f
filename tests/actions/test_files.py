"""The register out to a workbook and back in: nothing changes, or each change is in the history."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from data.store.engine import Store
from services.actions.files import register_bytes
from services.actions.register import actions_on, close_action, history_of, save_action
from services.dataset import Dataset, load_dataset
from services.ingest.imports import import_file, undo_import

TODAY = date(2024, 2, 1)
NOVEMBER = date(2023, 11, 6)


@pytest.fixture
def data(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T03:00:00+00:00")
    data = load_dataset(own_store)
    places = ("19", "19.03", "19.03.01", "19.01.04.2004", None)
    for n, place in enumerate(places):
        values = {
            "risk": f'=Risiko {n}, "kutip" & <b>',
            "decision": f"-Keputusan {n}: siapkan 3.000 kotak",
            "owner": "KPU Kabupaten Bangka Selatan",
            "place_code": place,
            "stage": None if n == 4 else "pemungutan_penghitungan",
            "due": date(2024, 1, 10 + n),
        }
        key = save_action(data, values, "Kesbangpol", "formulir", on=NOVEMBER)
        if n % 2:
            close_action(data, key, "KPU", "batal", "1,5", date(2024, 1, 12), "rakor")
    return data.fresh()


def written(data: Dataset, folder: Path) -> Path:
    path = folder / "register.xlsx"
    path.write_bytes(register_bytes(data, TODAY, "id"))
    return path


def table(store: Store) -> pd.DataFrame:
    return store.read("actions").drop(columns="import_id")


def changed(path: Path, heading: str, value: object, rows: tuple[int, ...] = (0,)) -> Path:
    """Change cells of the first sheet, which has two lines above its headings."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    at = [cell.value for cell in sheet[3]].index(heading) + 1
    for row in rows:
        sheet.cell(4 + row, at, value)
    book.save(path)
    return path


@pytest.mark.parametrize("place", [None, "19", "19.03"])
def test_a_register_whose_actions_name_no_finer_place_goes_out_and_in(
    own_store: Store, tmp_path: Path, place: str | None
) -> None:
    data = load_dataset(own_store)
    values = {"risk": "r\x00s", "decision": "d\x0b", "owner": "KPU", "place_code": place}
    save_action(data, values, "Kesbangpol", "formulir", on=NOVEMBER)
    path = written(data.fresh(), tmp_path)
    before = table(data.store)
    assert before["risk"].tolist() == ["r s"]
    assert import_file(data.store, "actions", path).faults.empty
    pd.testing.assert_frame_equal(table(data.store), before)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_what_goes_out_comes_in_as_it_was(data: Dataset, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(register_bytes(data, TODAY, lang))
    before = table(data.store)
    again = import_file(data.store, "actions", path)
    assert (again.accepted, again.corrected, again.duplicates) == (0, 0, 5)
    assert again.faults.empty
    assert again.unused_columns == ()
    pd.testing.assert_frame_equal(table(data.store), before)
    with data.store.begin("setup.prepare") as connection:
        connection.exec_driver_sql("DELETE FROM actions")
    fresh = import_file(data.store, "actions", path)
    assert (fresh.accepted, fresh.quarantined) == (5, 0)
    pd.testing.assert_frame_equal(table(data.store), before)


def test_the_workbook_is_marked_and_holds_every_change(data: Dataset) -> None:
    book = load_workbook(BytesIO(register_bytes(data, TODAY, "id")))
    actions, history = book.worksheets
    assert (actions.title, history.title) == ("Tindakan", "Riwayat")
    for sheet in (actions, history):
        assert sheet.oddHeader.right.text == "TERBATAS"
        assert str(sheet.cell(1, 1).value).startswith("TERBATAS")
    assert history.max_row == 2 + 7
    assert all(str(cell.value)[0] == "'" for cell in actions["B"][3:])  # no formula runs
    earlier = load_workbook(BytesIO(register_bytes(data, date(2023, 12, 1), "id")))
    assert earlier.worksheets[1].max_row == 2 + 5


def test_a_correction_by_file_and_its_undoing_are_in_the_history(
    data: Dataset, tmp_path: Path
) -> None:
    path = changed(written(data, tmp_path), "Tenggat", "20/02/2024")
    changed(path, "Dicatat oleh", "Bawaslu Provinsi")
    result = import_file(data.store, "actions", path)
    assert (result.corrected, result.duplicates) == (1, 4)
    row = actions_on(data.fresh(), TODAY)
    key = row.loc[row["due"].eq("2024-02-20"), "action_id"].iloc[0]
    changes = history_of(data.fresh(), key)
    assert json.loads(changes["after"].iloc[0]) == {"due": "2024-02-20"}
    assert (changes["via"].iloc[0], changes["office"].iloc[0]) == ("berkas", "Bawaslu Provinsi")
    undo_import(data.store, result.import_id)
    changes = history_of(data.fresh(), key)
    assert list(json.loads(changes["before"].iloc[0])) == ["due"]
    assert changes["office"].iloc[0] == "register.xlsx"
    assert len(changes) == len(history_of(data, key)) + 2


def test_an_import_of_new_rows_that_is_undone_leaves_its_trace(
    data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "baru.csv"
    path.write_text("Risiko,Keputusan,PJ,Batas waktu\nHujan,Tenda,BPBD Provinsi,1/2/2024\n")
    result = import_file(data.store, "actions", path)
    assert result.accepted == 1
    rows = actions_on(data.fresh(), TODAY)
    key = rows.loc[rows["owner"].eq("BPBD Provinsi"), "action_id"].iloc[0]
    assert import_file(data.store, "actions", path).unchanged
    undo_import(data.store, result.import_id)
    assert key not in set(actions_on(data.fresh(), TODAY)["action_id"])
    changes = history_of(data.fresh(), key)
    assert changes["after"].notna().tolist() == [False, True]


def test_what_was_changed_by_hand_after_an_import_stays_when_it_is_undone(
    data: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "baru.csv"
    path.write_text("Risiko,Keputusan,PJ\nHujan,Tenda,BPBD\nPanas,Air,BPBD\n")
    result = import_file(data.store, "actions", path)
    rows = actions_on(data.fresh(), TODAY)
    key = rows.loc[rows["risk"].eq("Hujan"), "action_id"].iloc[0]
    save_action(data, {"action_id": key, "status": "berjalan"}, "BPBD", "formulir")
    assert undo_import(data.store, result.import_id) == {"removed": 1, "restored": 0}
    left = actions_on(data.fresh(), TODAY)
    assert set(left.loc[left["owner"].eq("BPBD"), "risk"]) == {"Hujan"}


def test_a_file_that_says_little_leaves_the_rest_as_it_is(data: Dataset, tmp_path: Path) -> None:
    rows = actions_on(data, TODAY)
    ended = rows[~rows["going"]].iloc[0]
    path = tmp_path / "hasil.csv"
    path.write_text(
        "Kode tindakan,Risiko,Keputusan,PJ,Hasil\n"
        f'{ended["action_id"]},"{ended["risk"]}","{ended["decision"]}",KPU,Sudah dicek\n'.replace(
            '"=Ris', "\"'=Ris"
        )
        .replace('kutip"', 'kutip""')
        .replace(' "kutip', ' ""kutip')
    )
    result = import_file(data.store, "actions", path)
    assert (result.corrected, result.quarantined) == (1, 0)
    now = actions_on(data.fresh(), TODAY).set_index("action_id").loc[ended["action_id"]]
    assert (now["owner"], now["result"], now["status"]) == ("KPU", "Sudah dicek", "batal")
    assert now["closed_on"] == ended["closed_on"]
    assert now["due"] == ended["due"]


@pytest.mark.parametrize(
    ("heading", "value", "reason"),
    [
        ("Status", "entah", "action_status_unknown"),
        ("Tenggat", "besok", "date_unreadable"),
        ("Tenggat", "2024", "date_no_day"),
        ("Status", "selesai", "closed_without_end"),
        ("Penanggung jawab", "Bapak Anu", "person_named"),
        ("Dicatat oleh", "Ibu Anu", "person_named"),
        ("Dibuka", "02/02/2024", "date_future"),
        ("Keputusan", "", "required"),
        ("Tahapan", "libur panjang", "stage_unknown"),
        ("Kode kemendagri", "99.99", "code_unknown"),
    ],
)
def test_a_wrong_cell_is_named_and_the_others_come_in(
    data: Dataset, tmp_path: Path, heading: str, value: str, reason: str
) -> None:
    path = changed(written(data, tmp_path), heading, value)
    changed(path, "Hasil", "Lain", (1, 2))
    result = import_file(data.store, "actions", path)
    assert result.faults["reason"].tolist() == [reason]
    assert (result.quarantined, result.corrected) == (1, 2)
