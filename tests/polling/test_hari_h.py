"""The voting day: lines understood, states at a moment, whom to call, files and their faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from typer.testing import CliRunner

from analytics.polling.hari_h import (
    ANSWERS,
    DUE,
    SILENT,
    STATUSES,
    HariHParams,
    by_hour,
    counts_of,
    moment,
    state_at,
)
from cli import app
from data.ingest.values.dates import parse_moment
from data.polling.hari_h import read_statuses, status_of, undo_statuses, write_statuses
from data.store import rules_risk, tables
from data.store.engine import Store
from data.store.ledger import tables as ledger
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file, import_upload
from services.polling import hari_h
from services.polling.hari_h import describe, desk, parse_entry
from services.polling.hari_h_view import (
    call_rows,
    day_layers,
    hours_figure,
    hours_rows,
    kecamatan_rows,
    last_ids,
    last_rows,
    status_choices,
    table_rows,
)
from tests.conftest import copy_store

DAY = date(2024, 2, 14)
MIDNIGHT = pd.Timestamp(DAY).tz_localize("Asia/Jakarta")
ELECTION = "pemilu2024"
MENDO = "19.01.04.2004"
TPS = pd.Index(["t1", "t2", "t3", "t4"], name="tps_id")


def lines(*rows: tuple[str, str, float], undone: tuple[int, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "status_id": [str(n) for n in range(len(rows))],
            "tps_id": [tps for tps, _, _ in rows],
            "status": [status for _, status, _ in rows],
            "at": pd.to_datetime([moment(MIDNIGHT, hour) for _, _, hour in rows], utc=True),
            "entered_at": pd.to_datetime(
                [moment(MIDNIGHT, 20 + n) for n in range(len(rows))], utc=True
            ),
            "note": None,
            "undone": [n in undone for n in range(len(rows))],
        }
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("day") / "siaga.db"
    copy_store(shipped_store, path)
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> Dataset:
    return load_dataset(store)


def test_the_words_of_analysis_and_table_are_the_same() -> None:
    assert STATUSES == rules_risk.STATUSES


def test_the_case_of_the_docstring() -> None:
    heard = lines(("t2", "terlambat", 7 + 10 / 60), ("t3", "buka", 7 + 5 / 60))
    state = state_at(TPS, heard, moment(MIDNIGHT, 8.5), MIDNIGHT)
    assert state["due"].fillna("").tolist() == ["belum_buka", "terlambat", "", "belum_buka"]
    assert state["due_min"].round().tolist()[:2] == [30, 20]
    assert state["status"].tolist() == [SILENT, "terlambat", "buka", SILENT]


def test_the_last_answer_counts_and_not_the_line_typed_last() -> None:
    heard = lines(("t1", "selesai", 15), ("t1", "buka", 7), ("t2", "masalah", 9))
    state = state_at(TPS, heard, moment(MIDNIGHT, 16), MIDNIGHT)
    assert state.loc["t1", "status"] == "selesai"
    assert state_at(TPS, heard, moment(MIDNIGHT, 8), MIDNIGHT).loc["t1", "status"] == "buka"
    assert state.loc["t2", "due"] == "masalah"
    assert state.loc["t2", "due_min"] == 6 * 60


def test_a_call_that_nobody_took_is_no_answer_and_is_marked() -> None:
    heard = lines(("t1", "buka", 7), ("t1", SILENT, 9), ("t2", SILENT, 9))
    state = state_at(TPS, heard, moment(MIDNIGHT, 9.5), MIDNIGHT)
    assert state.loc["t1", "status"] == "buka"
    assert state.loc["t1", "due"] == "tidak_menjawab"
    assert state.loc["t2", "status"] == SILENT
    answered = lines(("t1", "buka", 7), ("t1", SILENT, 9), ("t1", "buka", 9.25))
    assert pd.isna(state_at(TPS, answered, moment(MIDNIGHT, 9.5), MIDNIGHT).loc["t1", "due"])


def test_a_line_taken_back_counts_no_more() -> None:
    heard = lines(("t1", "buka", 7), ("t1", "masalah", 8), undone=(1,))
    assert state_at(TPS, heard, moment(MIDNIGHT, 9), MIDNIGHT).loc["t1", "status"] == "buka"


def test_an_open_station_is_called_when_it_should_have_finished() -> None:
    heard = lines(("t1", "buka", 7), ("t2", "selesai", 18))
    state = state_at(TPS, heard, moment(MIDNIGHT, 21), MIDNIGHT)
    assert state.loc["t1", "due"] == "belum_selesai"
    assert state.loc["t1", "due_min"] == 60
    assert pd.isna(state.loc["t2", "due"])


def test_hours_by_hand() -> None:
    heard = lines(("t1", "buka", 6.9), ("t2", "terlambat", 7.2), ("t2", "buka", 8.5))
    table = by_hour(TPS, heard, MIDNIGHT, range(6, 10), until=moment(MIDNIGHT, 9))
    assert table.index.tolist() == [7, 8, 9]
    assert table["buka"].tolist() == [1, 1, 2]
    assert table["terlambat"].tolist() == [0, 1, 0]
    assert table[SILENT].tolist() == [3, 2, 2]
    assert table["answers"].tolist() == [1, 1, 1]


def test_an_answer_on_the_hour_is_of_the_hour_that_ends() -> None:
    heard = lines(("t1", "buka", 7.0), ("t2", "buka", 8.0), ("t3", "buka", 8.01))
    table = by_hour(TPS, heard, MIDNIGHT, range(6, 9))
    assert table["answers"].tolist() == [1, 1, 1]
    assert table["buka"].tolist() == [1, 2, 3]


entries = st.lists(
    st.tuples(
        st.sampled_from(list(TPS)), st.sampled_from(STATUSES), st.floats(5.0, 23.0).map(float)
    ),
    max_size=25,
)


@settings(max_examples=20)
@given(entries, st.floats(5.0, 24.0))
def test_states_add_up_to_the_stations_at_any_moment(
    rows: list[tuple[str, str, float]], hour: float
) -> None:
    heard = lines(*rows) if rows else lines(("t1", "buka", 5.0)).iloc[:0]
    state = state_at(TPS, heard, moment(MIDNIGHT, hour), MIDNIGHT)
    assert list(state.index) == list(TPS)
    group = pd.Series(["a", "a", "b", "b"], index=TPS, name="kecamatan_code")
    counts = counts_of(state, group)
    assert counts["total"].tolist() == [2, 2]
    assert counts["due"].sum() == state["due"].notna().sum()
    assert set(state["due"].dropna()) <= set(DUE)
    assert (state["silent_min"] >= 0).all()
    naive = dict.fromkeys(TPS, SILENT)
    for tps, status, at in sorted(rows, key=lambda row: moment(MIDNIGHT, row[2])):
        if status in ANSWERS and moment(MIDNIGHT, at) <= moment(MIDNIGHT, hour):
            naive[tps] = status
    assert state["status"].to_dict() == naive
    table = by_hour(TPS, heard, MIDNIGHT, range(5, 24))
    assert (table[list(STATUSES)].sum(axis=1) == len(TPS)).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [("open_hour", 25), ("grace_min", -1), ("follow_up_min", 0), ("finish_hour", 6.0)],
)
def test_parameters_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        HariHParams(**{name: value})


@pytest.mark.parametrize(
    ("text", "utc"),
    [("0715", "00:15"), ("7.15", "00:15"), ("07:15", "00:15"), ("23.59 WIB", "16:59"),
     ("2024-02-14 07:15", "00:15")],
)  # fmt: skip
def test_times_are_read_as_wib(text: str, utc: str) -> None:
    found = parse_moment(text, day=DAY)
    assert found is not None
    assert f"{found:%H:%M}" == utc
    assert found.date() == DAY


@pytest.mark.parametrize("text", ["25.10", "7", "0760", "pagi", ""])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_moment(text, day=DAY) is None


def test_letters_and_words_stand_for_a_status() -> None:
    assert [status_of(word) for word in ("b", "Telat", "M", "selesai", "x", "?")] == [
        "buka", "terlambat", "masalah", "selesai", "belum_menjawab", None,
    ]  # fmt: skip


def test_a_line_names_place_station_state_time_and_note(data: Dataset) -> None:
    table = desk(data, ELECTION, "19.01")
    entry = parse_entry("mendo 4 m 0915 surat suara kurang 20", table)
    assert entry.fault == ""
    assert entry.tps_ids == (f"{ELECTION}/{MENDO}/004",)
    assert (entry.status, entry.note) == ("masalah", "surat suara kurang 20")
    assert entry.at == datetime(2024, 2, 14, 2, 15, tzinfo=UTC)
    assert describe(entry, data.names) == ("004", "Mendo")


def test_a_line_may_name_several_stations_or_all_and_lean_on_the_one_before(data: Dataset) -> None:
    table = desk(data, ELECTION, "19.01")
    assert len(parse_entry("04.2004 1-3,5 b", table).tps_ids) == 4
    assert len(parse_entry("mendo semua b", table).tps_ids) == 7
    assert parse_entry("5 s", table, MENDO).tps_ids == (f"{ELECTION}/{MENDO}/005",)
    assert parse_entry("u", table).undo


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("", "empty"),
        ("mendo b", "form"),
        ("mendo 4 z", "form"),
        ("5 s", "no_place"),
        ("negeri antah 4 b", "place_unknown"),
        ("pa 3 b", "place_ambiguous"),
        ("2004 1 b", "place_ambiguous"),
        ("mendo 44 b", "tps_unknown"),
        ("mendo 3-1 b", "tps_unknown"),
    ],
)
def test_a_line_that_is_not_certain_writes_nothing_and_says_why(
    line: str, fault: str, data: Dataset
) -> None:
    entry = parse_entry(line, desk(data, ELECTION, "19.01"))
    assert entry.fault == fault
    assert entry.tps_ids == ()


def test_on_the_day_a_line_cannot_tell_of_what_is_still_to_come(data: Dataset) -> None:
    table = desk(data, ELECTION, "19.01")
    now = datetime(2024, 2, 14, 1, 0, tzinfo=UTC)  # 08.00 WIB
    assert parse_entry("mendo 4 b 0915", table, now=now).fault == "future"
    assert parse_entry("mendo 4 b 0804", table, now=now).fault == ""
    assert parse_entry("mendo 4 b 0915", table).fault == ""


def test_a_kecamatan_is_enough_to_make_a_short_code_certain(data: Dataset) -> None:
    entry = parse_entry("2004 1 b", desk(data, ELECTION, "19.01.04"))
    assert entry.desa_code == MENDO


def test_what_is_written_is_on_the_board_and_can_be_taken_back(store: Store, data: Dataset) -> None:
    before = store.revisions()
    at = moment(MIDNIGHT, 7.5)
    entry = parse_entry("mendo 1-2 b", desk(data, ELECTION, "19.01"))
    ids = hari_h.record(store, entry, at, "Posko")
    risen = {n for n, count in store.revisions().items() if count != before[n]}
    assert risen == {"tps_status", *ledger.NAMES}
    found = hari_h.board(data.fresh(), ELECTION, at)
    assert found.count("buka") == 2
    assert len(found.state) == 4116
    assert [i for i, _ in last_rows(found, data, "id")] == sorted(ids, reverse=True)
    assert sorted(last_ids(found)) == sorted(ids)
    assert hari_h.by_kecamatan(found).loc["19.01.04", "buka"] == 2
    assert kecamatan_rows(found, data, "id").iloc[0]["TPS"] == 4116
    assert hari_h.board(data.fresh(), ELECTION, at, "19.71").count("buka") == 0
    assert undo_statuses(store, ids) == 2
    assert undo_statuses(store, ids) == 0
    assert hari_h.board(data.fresh(), ELECTION, at).count("buka") == 0
    assert len(read_statuses(store, ELECTION)) >= 2


def test_unanswered_stations_surface_and_trouble_comes_first(store: Store, data: Dataset) -> None:
    at = moment(MIDNIGHT, 7.25)
    ids = write_statuses(store, [f"{ELECTION}/{MENDO}/007"], "masalah", at.to_pydatetime(), "P")
    early = hari_h.board(data.fresh(), ELECTION, moment(MIDNIGHT, 7.5))
    assert early.calls.empty
    late = hari_h.board(data.fresh(), ELECTION, moment(MIDNIGHT, 8.5))
    assert len(late.calls) == 4116
    rows = call_rows(late, data, "id")
    assert rows.iloc[0]["TPS"] == "007"
    assert rows.iloc[0]["Lewat"] == "15 mnt"
    assert rows.iloc[1]["Lewat"] == "30 mnt"
    assert len(day_layers(late, data, "id")) == 2
    assert len(hours_figure(late, "id").data) == 5
    table = hours_rows(late, "id")
    assert table["Sampai pukul"].tolist() == ["06.00", "07.00", "08.00"]
    assert table["○ belum menjawab"].tolist() == [4116, 4116, 4115]
    assert table["Kabar pada jam itu"].tolist() == [0, 0, 1]
    undo_statuses(store, ids)


def test_the_board_stands_at_now_on_the_day_and_at_the_last_line_else(
    store: Store, data: Dataset
) -> None:
    on_the_day = datetime(2024, 2, 14, 3, 0, tzinfo=UTC)
    assert hari_h.default_moment(data, ELECTION, on_the_day) == pd.Timestamp(on_the_day)
    assert hari_h.default_moment(data.fresh(), ELECTION) == moment(MIDNIGHT, 7)
    at = moment(MIDNIGHT, 10.2)
    ids = write_statuses(store, [f"{ELECTION}/{MENDO}/001"], "buka", at.to_pydatetime(), "P")
    assert hari_h.default_moment(data.fresh(), ELECTION) == at
    assert hari_h.clock_words(hari_h.nearest_step(DAY, at), DAY) == "10.15"
    assert hari_h.clock_words(moment(MIDNIGHT, 25), DAY) == "01.00 (+1)"
    undo_statuses(store, ids)


def test_a_station_an_office_and_a_known_status_are_needed(store: Store) -> None:
    at = moment(MIDNIGHT, 8).to_pydatetime()
    for ids, office, status in (([], "P", "buka"), (["x"], " ", "buka"), (["x"], "P", "baik")):
        with pytest.raises(ValueError):  # noqa: PT011
            write_statuses(store, ids, status, at, office)


def bring_in(store: Store, path: Path, **more: object) -> ImportResult:
    asked = Asked(**{"election": ELECTION, **more})  # type: ignore[arg-type]
    return import_file(store, "hari-h", path, asked)


GOOD = "Bangka,Mendo Barat,Mendo,1,buka,07.05,\nBangka,Mendo Barat,Mendo,2,telat,0740,hujan\n"


def test_good_rows_of_a_file_come_in_and_bad_ones_are_told(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "kabar.csv"
    path.write_text(
        "Kabupaten,Kecamatan,Desa,TPS,Status,Jam,Catatan\n"
        + GOOD
        + "Bangka,Mendo Barat,Mendo,99,buka,07.05,\n"
        + "Bangka,Mendo Barat,Mendu Baru,2,b,0710,\n"
        + "Bangka,Mendo Barat,Mendo,3,zz,25.10,\n"
        + "Bangka,Mendo Barat,Mendo,4,b,2024-03-14 07:10,\n"
        + "Bangka,Mendo Barat,Mendo,5,,0710,\n"
    )
    assert bring_in(store, path, dry_run=True).accepted == 2
    done = bring_in(store, path)
    assert (done.accepted, done.quarantined) == (2, 5)
    faults = done.faults[["row_number", "column_name", "reason"]].to_numpy().tolist()
    assert faults == [
        [4, "TPS", "tps_beyond_count"],
        [5, "Desa", "desa_unknown"],
        [6, "Status", "day_status_unknown"],
        [6, "Jam", "day_time_unreadable"],
        [7, "Jam", "day_time_outside"],
        [8, "Status", "day_value_missing"],
    ]
    assert "(7 TPS: 001-007)" in done.faults["expected"].iloc[0]
    again = bring_in(store, path)
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 2, True)
    kept = store.read("quarantine")
    assert kept.loc[kept["import_id"].eq(done.import_id), "row_number"].nunique() == 5
    rows = read_statuses(store, ELECTION)
    assert rows[rows["import_id"].eq(done.import_id)]["status"].tolist().count("terlambat") == 1


@pytest.mark.parametrize(
    "text",
    [
        "14/02/2024 08:00",
        "14 Februari 2024 pukul 08.00 WIB",
        "2024-02-14T01:00:00Z",
        "2024-02-14 08.00",
        "8 pagi",
    ],
)
def test_a_file_may_give_the_time_in_any_form_of_a_moment(
    store: Store, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "jam.csv"
    path.write_text(f"tps_id,status,waktu,instansi\n{ELECTION}/{MENDO}/006,b,{text},{text!r}\n")
    done = bring_in(store, path)
    assert (done.accepted, done.quarantined) == (1, 0)
    rows = read_statuses(store, ELECTION)
    at = rows.loc[rows["import_id"].eq(done.import_id), "at"]
    assert at.tolist() == [pd.Timestamp("2024-02-14T01:00:00Z")]


def test_a_file_may_name_stations_by_id_or_code(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "id.csv"
    path.write_text(
        f"tps_id,status,waktu\n{ELECTION}/{MENDO}/006,s,14.30\n{ELECTION}/{MENDO}/066,s,14.30\n"
    )
    done = bring_in(store, path)
    assert (done.accepted, done.faults["reason"].tolist()) == (1, ["tps_beyond_count"])
    other = tmp_path / "kode.csv"
    other.write_text(f"kode,no tps,keadaan,jam\n{MENDO},5,s,14.31\n19.01.04,5,s,14.31\n")
    done = bring_in(store, other)
    assert (done.accepted, done.faults["reason"].tolist()) == (1, ["desa_missing"])


def test_of_lines_about_one_moment_the_one_written_last_counts(
    store: Store, data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-14T04:00:00+00:00")
    tps_ids = [f"{ELECTION}/{MENDO}/00{n}" for n in (4, 5)]
    at = moment(MIDNIGHT, 9)

    def status() -> list[str]:
        found = hari_h.board(data.fresh(), ELECTION, at)
        return found.state.loc[tps_ids, "status"].tolist()

    def bring(*words: str) -> list[str]:
        path = tmp_path / f"{'-'.join(words)}.csv"
        rows = [f"{tps},{word},09.00" for word in words for tps in tps_ids]
        path.write_text("\n".join(["tps_id,status,jam", *rows]) + "\n")
        done = bring_in(store, path)
        assert bring_in(store, path).unchanged
        mine = store.read("tps_status")
        return mine.loc[mine["import_id"].eq(done.import_id), "status_id"].tolist()

    ids = []
    for words in (("masalah", "buka"), ("selesai", "terlambat", "masalah")):
        ids += (own := bring(*words))
        assert status() == [words[-1]] * 2
        assert sorted(last_ids(hari_h.board(data.fresh(), ELECTION, at))) == sorted(own)
    for word in ("buka", "terlambat", "selesai", "masalah", "buka"):
        ids += (own := write_statuses(store, tps_ids, word, at.to_pydatetime(), "P"))
        assert status() == [word] * 2
        assert sorted(last_ids(hari_h.board(data.fresh(), ELECTION, at))) == sorted(own)
    undo_statuses(store, ids)


def test_a_file_is_another_import_for_another_election(store: Store, tmp_path: Path) -> None:
    rows = store.read("tps").iloc[:1].assign(election="pilkada2024")
    rows["tps_id"] = rows["tps_id"].str.replace(ELECTION, "pilkada2024")
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, tables.tps, rows)
    path = tmp_path / "dua.csv"
    path.write_text("tps_id,status,jam\nx,b,2024-02-14 07:01\n")
    first = bring_in(store, path)
    other = bring_in(store, path, election="pilkada2024")
    assert first.import_id != other.import_id
    assert other.faults["reason"].tolist() == ["tps_id_unknown", "day_time_outside"]
    with store.begin("setup.prepare") as connection:
        connection.execute(delete(tables.tps).where(tables.tps.c.election == "pilkada2024"))


def test_the_same_file_again_with_other_faults_is_no_unchanged_import(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "hilang.csv"
    path.write_text(f"tps_id,status,jam\n{ELECTION}/{MENDO}/003,b,0702\nx,b,0702\n")
    done = bring_in(store, path)
    faults = tables.quarantine
    with store.begin("setup.prepare") as connection:
        connection.execute(
            update(faults)
            .where(faults.c.import_id == done.import_id)
            .values(reason="day_status_unknown")
        )
    assert not bring_in(store, path).unchanged
    held = store.read("quarantine", faults.c.import_id == done.import_id)
    assert held["reason"].tolist() == ["tps_id_unknown"]
    assert bring_in(store, path).unchanged


def test_an_election_without_a_register_is_refused(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("tps_id,status,jam\nx,b,0700\n")
    with pytest.raises(ParameterError, match="pilkada2024"):
        bring_in(store, path, election="pilkada2024")


def test_the_command_line_brings_a_file_in_and_refuses_in_words(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(Path(str(store.engine.url.database)).parent))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = tmp_path / "kabar.csv"
    path.write_text(f"tps_id,status,jam\n{ELECTION}/{MENDO}/003,b,0701\nx,b,0701\n")
    done = CliRunner().invoke(app, ["import", "hari-h", str(path)])
    assert done.exit_code == 1
    assert "1 baris baru, 0 koreksi, 1 dikarantina" in done.output
    assert "tps_id_unknown" in done.output
    refused = CliRunner().invoke(app, ["import", "hari-h", str(path), "--election", "pilkada2024"])
    assert refused.exit_code == 2
    assert "pilkada2024" in refused.output
    missing = CliRunner().invoke(app, ["import", "disputes", str(tmp_path / "tidak_ada.csv")])
    assert missing.exit_code == 2
    assert "tidak_ada.csv" in missing.output


def test_a_cell_of_the_table_writes_and_an_upload_is_read(store: Store, data: Dataset) -> None:
    at = moment(MIDNIGHT, 11)
    ids = hari_h.record_one(store, f"{ELECTION}/{MENDO}/001", "selesai", at, "P", "lancar")
    found = hari_h.board(data.fresh(), ELECTION, at, "19.01.04")
    rows = table_rows(found, data, "19.01.04", "id")
    row = rows.loc[f"{ELECTION}/{MENDO}/001"]
    assert (row["status"], row["at"], row["note"]) == ("✔ selesai", "11.00", "lancar")
    assert status_choices("id")[row["status"]] == "selesai"
    content = f"tps_id,status,jam\n{ELECTION}/{MENDO}/002,s,11.05\n".encode()
    done = import_upload(store, "hari-h", "../kabar.csv", content, Asked(election=ELECTION))
    assert (done.accepted, done.file_name) == (1, "kabar.csv")
    undo_statuses(store, ids)
