"""What comes in later about a locked period is taken, said, and changes no number of a snapshot."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.selection import in_window, known_on
from data.outlook.lodged import canonical, digest_of
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from services.briefing.change.corrections import (
    CHANGED,
    LATE,
    REMOVED,
    TAKEN_BACK,
    corrections_since,
    corrections_table,
    corrections_words,
)
from services.briefing.facts.situation import REPORT_COLUMNS
from services.briefing.slides.build import deck_of
from services.briefing.snapshot import Snapshot, open_snapshot, snapshots_of
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file, undo_import
from services.ingest.wording import import_lines

HEAD = "id,Tanggal,Dilaporkan,Kab/Kota,Jenis,Tingkat,Uraian,Sumber"
INSIDE = "KRK-1,10/10/2023,11/10/2023,Bangka,Demo,2,Massa di kantor,Polsek"
PERIOD = "B12 2023"


def first_of(data: Dataset) -> Snapshot:
    """Return the example of 6 November 2023."""
    return open_snapshot(data, str(snapshots_of(data)["snapshot_id"].iloc[0]))


def known_only(data: Dataset, snapshot: Snapshot) -> Dataset:
    """Return the store as the snapshot knew it: nothing that was known after its day."""
    rows = data.read("reports")
    return data.with_tables(reports=rows[known_on(rows, snapshot.as_of)])


@pytest.fixture(scope="module")
def taken(shipped_dataset: Dataset) -> Snapshot:
    return first_of(shipped_dataset)


@pytest.fixture(scope="module")
def same(shipped_dataset: Dataset, taken: Snapshot) -> Dataset:
    return known_only(shipped_dataset, taken)


def bring(store: Store, folder: Path, *rows: str, **asked: Any) -> ImportResult:
    path = folder / "susulan.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    verified = {"verification": "terverifikasi"}
    return import_file(store, "reports", path, Asked("pemilu2024", fixed=verified, **asked))


def listed(taken: Snapshot) -> list[str]:
    return [row["report_id"] for row in taken.content["reports"]]


def changed(data: Dataset, table: str, where: str, key: str, **values: Any) -> Dataset:
    """Return a data set in which one row says otherwise."""
    rows = data.read(table).copy()
    for name, value in values.items():
        rows.loc[rows[where].eq(key), name] = value
    return data.with_tables(**{table: rows})


def test_a_store_that_says_the_same_has_no_correction(same: Dataset, taken: Snapshot) -> None:
    found = corrections_since(same, taken)
    assert found.empty
    assert corrections_words(found, "id") == "Tidak ada koreksi sejak snapshot"
    assert corrections_table(found, "en").empty


def test_what_was_known_after_the_day_is_late(
    shipped_dataset: Dataset, same: Dataset, taken: Snapshot
) -> None:
    found = corrections_since(shipped_dataset, taken)
    first, last = (pd.Timestamp(day) for day in taken.content["period"])
    rows = shipped_dataset.read("reports")
    inside = in_window(rows, first, last) & rows["kind"].ne("nihil")
    later = set(rows.loc[inside, "report_id"]) - set(same.read("reports")["report_id"])
    assert set(found["row_id"]) == later != set()
    assert found["kind"].eq(LATE).all()


def test_every_figure_of_a_snapshot_is_frozen_and_the_late_row_is_listed(
    own_store: Store, tmp_path: Path
) -> None:
    data = load_dataset(own_store)
    before = first_of(data)
    slides, already = deck_of(before, "id").slides, set(corrections_since(data, before)["row_id"])
    result = bring(own_store, tmp_path, INSIDE)
    assert result.accepted == 1
    after = first_of(data := data.fresh())
    assert canonical(after.content) == canonical(before.content)
    assert (after.digest, after.sound) == (digest_of(canonical(before.content)), True)
    assert deck_of(after, "id").slides == slides
    found = corrections_since(data, after).set_index("row_id")
    assert set(found.index) - already == {"KRK-1"}
    row = found.loc["KRK-1"]
    assert (row["subject"], row["kind"], row["by"]) == ("laporan", LATE, "susulan.csv")
    assert row["after"]["known"] == "2023-10-11"
    assert pd.Timestamp.now(tz=UTC) - row["at"] < pd.Timedelta(hours=1)
    table = corrections_table(found.reset_index(), "id")
    assert "terjadi 10 Oktober 2023, diketahui 11 Okt 2023" in table["Dari dan menjadi"].tolist()


def test_a_row_that_is_put_right_taken_back_and_removed(own_store: Store, tmp_path: Path) -> None:
    """The snapshot is of a store that held the row."""
    first = bring(own_store, tmp_path, INSIDE)
    data = load_dataset(own_store)
    shipped = first_of(data)
    row = {**dict.fromkeys(REPORT_COLUMNS), **corrections_row(data, "KRK-1")}
    content = {**shipped.content, "reports": [*shipped.content["reports"], row]}
    held = Snapshot(content, digest_of(canonical(content)))
    assert "KRK-1" not in set(corrections_since(data, held)["row_id"])
    second = bring(own_store, tmp_path, INSIDE.replace(",2,", ",4,"))
    assert second.corrected == 1
    data = data.fresh()
    found = corrections_since(data, held).set_index("row_id").loc["KRK-1"]
    assert (found["kind"], "severity" in found["fields"]) == (CHANGED, True)
    assert (found["before"]["severity"], found["after"]["severity"]) == (2, 4)
    assert found["by"] == "susulan.csv"
    undo_import(own_store, second.import_id)
    undo_import(own_store, first.import_id)
    found = corrections_since(data.fresh(), held).set_index("row_id").loc["KRK-1"]
    assert (found["kind"], found["by"]) == (TAKEN_BACK, None)
    assert "ditarik bersama impornya" in corrections_words(found.to_frame().T, "id")


def corrections_row(data: Dataset, key: str) -> dict[str, Any]:
    """Return a report as a snapshot lists it, put together here."""
    row = data.reports.set_index("report_id", drop=False).loc[key]
    plain = {name: None if pd.isna(row[name]) else row[name] for name in REPORT_COLUMNS}
    days = ("date_event", "date_reported")
    plain |= {name: str(plain[name])[:10] for name in days if plain[name] is not None}
    return {k: v.item() if hasattr(v, "item") else v for k, v in plain.items()}


def test_a_row_that_an_import_removed_is_told_from_one_taken_back(
    same: Dataset, taken: Snapshot
) -> None:
    key = listed(taken)[0]
    rows = same.read("reports")
    gone = rows[rows["report_id"].eq(key)]
    record = {
        name: None if pd.isna(value) else str(value)[:10] if name.startswith("date_") else value
        for name, value in gone.iloc[0].to_dict().items()
    }
    at = datetime(2024, 5, 1, tzinfo=UTC)
    entry = {
        "history_id": "20240501T000000000000-000000000", "import_id": "imp-x", "target": "reports",
        "key": json.dumps([key]), "at": at,
        "content": json.dumps(record, default=lambda v: v.item()).encode(),
    }  # fmt: skip
    log = {
        "import_id": "imp-x", "target": "reports", "file_name": "pengganti.csv", "sha256": "0" * 64,
        "at": at, "accepted": 1, "quarantined": 0, "duplicates": 0,
    }  # fmt: skip
    less = same.with_tables(
        reports=rows[rows["report_id"].ne(key)],
        history=rows_of(schema.history, [entry]),
        imports=rows_of(schema.imports, [log]),
    )
    row = corrections_since(less, taken).set_index("row_id").loc[key]
    assert (row["kind"], row["by"], row["at"]) == (REMOVED, "pengganti.csv", pd.Timestamp(at))


@pytest.mark.parametrize("verification", ["belum", "ditolak", "ditarik"])
def test_a_report_that_counts_no_more_is_taken_back(
    same: Dataset, taken: Snapshot, verification: str
) -> None:
    key = listed(taken)[0]
    without = changed(same, "reports", "report_id", key, verification=verification)
    row = corrections_since(without, taken).set_index("row_id").loc[key]
    assert row["kind"] == TAKEN_BACK


@settings(max_examples=8)
@given(draw=st.data())
def test_each_field_that_changes_is_found(
    same: Dataset, taken: Snapshot, draw: st.DataObject
) -> None:
    key = draw.draw(st.sampled_from(listed(taken)))
    said: dict[str, list[Any]] = {
        "severity": [1, 5], "summary": ["lain"], "verification": ["terverifikasi"],
        "family": ["petugas"], "unit_kejadian": ["19.06"],
        "date_event": ["2023-09-02", "2021-01-05"], "perkara_id": ["PRK-LAIN"],
        "kind": ["nihil"], "people_count": [17],
    }  # fmt: skip
    name = draw.draw(st.sampled_from(sorted(said)))
    value = draw.draw(st.sampled_from(said[name]))
    typed = pd.Timestamp(value) if name.startswith("date") else value
    found = corrections_since(changed(same, "reports", "report_id", key, **{name: typed}), taken)
    was = next(row for row in taken.content["reports"] if row["report_id"] == key)
    if was[name] == value:
        assert found.empty
        return
    assert found["row_id"].tolist() == [key]
    assert found["kind"].tolist() == [CHANGED]
    assert found["after"].iloc[0][name] == value
    assert set(found["fields"].iloc[0]) <= {name, "is_total"}


def test_agenda_and_stages_are_read_again_for_the_day(
    shipped_dataset: Dataset, same: Dataset, taken: Snapshot
) -> None:
    planned = {
        "agenda_id": "BARU", "date_start": taken.as_of + timedelta(days=3), "kind": "aksi",
        "title": "Unjuk rasa", "unit_code": "19.01",
    }  # fmt: skip
    more = pd.concat([same.agenda, rows_of(schema.agenda, [planned])], ignore_index=True)
    found = corrections_since(same.with_tables(agenda=more), taken)
    assert kinds(found) == [["agenda", LATE, "agenda/BARU/aksi"]]
    key = str(snapshots_of(shipped_dataset)["snapshot_id"].iloc[-1])
    later = open_snapshot(shipped_dataset, key)
    data = known_only(shipped_dataset, later)
    assert corrections_since(data, later).empty
    row = later.content["situation"]["agenda"][0]
    assert row["origin"] == "stage"
    found = corrections_since(changed(data, "stages", "stage_id", row["row_id"], name="X"), later)
    assert {(a, b) for a, b, _ in kinds(found)} == {("agenda", CHANGED)}
    assert found["after"].iloc[0] == {"title": "X"}
    gone = data.stages[data.stages["stage_id"].ne(row["row_id"])]
    found = corrections_since(data.with_tables(stages=gone), later)
    assert ("agenda", REMOVED) in {(a, b) for a, b, _ in kinds(found)}
    stage = later.content["situation"]["in_force"][0]
    mine = data.stages["stage"].eq(stage["stage"]) & data.stages["election"].eq(stage["election"])
    ends = data.stages["date_end"]
    moved = data.stages.assign(date_end=ends.mask(mine, ends + pd.Timedelta(days=1)))
    found = corrections_since(data.with_tables(stages=moved), later)
    assert ["tahapan", CHANGED] in [row[:2] for row in kinds(found)]


def kinds(found: pd.DataFrame) -> list[list[str]]:
    return [list(row) for row in found[["subject", "kind", "row_id"]].itertuples(index=False)]


def test_entries_that_are_dated_back_are_corrections_and_others_are_not(
    same: Dataset, taken: Snapshot
) -> None:
    after = pd.Timestamp(taken.made_at) + timedelta(days=3)
    inside = pd.Timestamp(taken.as_of, tz=UTC) - timedelta(days=10)
    event = {"warning_id": "w-1", "kind": "pemilik", "office": "Polda", "value": "Polda"}
    events = [
        {**event, "event_id": "1", "at": inside, "recorded_at": after},
        {**event, "event_id": "2", "at": after, "recorded_at": after},
        {**event, "event_id": "3", "at": inside, "recorded_at": inside},
    ]
    stamp = after.tz_convert(UTC).strftime("%Y%m%dT%H%M%S%f")
    early = inside.strftime("%Y%m%dT%H%M%S%f")
    change = {"via": "formulir", "office": "KPU"}
    new, status = json.dumps({"decision": "Kirim"}), json.dumps({"status": "selesai"})
    old = json.dumps({"status": "berjalan"})
    changes = [
        {**change, "change_id": f"{stamp}-0", "action_id": "t-1", "at": inside, "after": new},
        {**change, "change_id": f"{stamp}-1", "action_id": "t-2", "at": inside, "before": old,
         "after": status},
        {**change, "change_id": f"{stamp}-2", "action_id": "t-3", "at": after, "after": new},
        {**change, "change_id": f"{early}-0", "action_id": "t-4", "at": inside, "after": new},
    ]  # fmt: skip
    tables = schema.meeting
    data = same.with_tables(
        warning_events=rows_of(tables.warning_events, events),
        action_changes=rows_of(tables.action_changes, changes),
    )
    found = corrections_since(data, taken)
    assert found[["subject", "row_id", "kind"]].to_numpy().tolist() == [
        ["peringatan", "w-1", CHANGED], ["tindakan", "t-1", LATE], ["tindakan", "t-2", CHANGED],
    ]  # fmt: skip
    assert found["by"].tolist() == ["Polda", "KPU", "KPU"]
    words = corrections_table(found, "id")["Dari dan menjadi"].tolist()
    assert words[0] == "pemilik: – → Polda"
    assert words[2] == "status: berjalan → selesai"
    assert corrections_words(found, "id") == "3 koreksi sejak snapshot: 1 baris terlambat, 2 diubah"


def test_a_file_says_which_of_its_rows_touch_a_locked_period(
    own_store: Store, tmp_path: Path
) -> None:
    outside = INSIDE.replace("KRK-1,10/10/2023,11/10", "KRK-2,10/10/2025,11/10").replace(
        "11/10/2023", "11/10/2025"
    )
    key = str(snapshots_of(load_dataset(own_store))["snapshot_id"].iloc[0])
    words = (
        f"1 baris menyangkut periode terkunci {PERIOD} (snapshot {key}): dicatat sebagai koreksi."
    )
    looked = bring(own_store, tmp_path, INSIDE, outside, dry_run=True)
    assert words in import_lines(looked, "id")
    done = bring(own_store, tmp_path, INSIDE, outside)
    assert (done.accepted, words in import_lines(done, "id")) == (2, True)
    assert [note.key for note in bring(own_store, tmp_path, INSIDE, outside).notes] == []
    corrected = bring(own_store, tmp_path, INSIDE.replace(",2,", ",3,"), outside)
    assert (corrected.corrected, words in import_lines(corrected, "id")) == (1, True)
    only = bring(own_store, tmp_path, outside.replace(",2,", ",3,"))
    assert [note.key for note in only.notes] == []


def test_a_row_of_a_month_touches_a_period_that_holds_the_month(
    own_store: Store, tmp_path: Path
) -> None:
    """The period ends on 6 November: October lies in it, November does not."""
    for month, n in (("10/2023", 1), ("11/2023", 0)):
        row = f"KRK-{month[:2]},{month},,Bangka,Demo,2,Massa di kantor {month},Polsek"
        notes = bring(own_store, tmp_path, row).notes
        locked = [
            note.gaps for note in notes if note.key == "locked" and note.gaps["period"] == PERIOD
        ]
        assert [gaps["n"] for gaps in locked] == [1] * n
