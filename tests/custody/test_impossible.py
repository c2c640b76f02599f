"""What hand-overs cannot say: worked by hand, at the door of files and of the form, and as gaps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analytics.custody.chain import events_of
from analytics.custody.impossible import (
    as_gaps,
    before_leaving,
    before_plan,
    shared_seals,
    too_many_boxes,
)
from data.custody.offices import doubt
from data.custody.receipts import add_receipts, read_state
from data.errors import SchemaError
from data.plan.kept import save_plan
from data.store.engine import Store
from services.custody.door import kit_boxes
from services.custody.receipts import Span, correct, receipt_view, record_all, undo
from services.custody.receipts_view import clock_of, gap_table, headline, silent
from services.dataset import load_dataset
from services.ingest.imports import Asked, ImportResult, import_file
from tests.custody.test_chain import ONE, THREE, TPS, TWO, B, at, row, table
from tests.custody.test_receipts import DESA, document, told, wib

FIRST, SECOND = (f"pemilu2024/{DESA}/00{n}" for n in (1, 2))


@pytest.fixture
def store(own_store: Store, installation: Path) -> Store:
    del installation  # plans are kept in it
    return own_store


# -- by hand -------------------------------------------------------------------------------------


def findings(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    rows = frame[["receipt_id", "found", "expected"]]
    return list(rows.itertuples(index=False, name=None))


def test_a_seal_is_on_one_tps_and_each_hand_over_names_the_other() -> None:
    mine, other = row(1, "tiba", "07:00"), row(2, "tiba", "07:00", tps_id=TWO, seals="S2|S9")
    again = row(3, "diterima", "08:00")  # the same seals on the same TPS
    assert findings(shared_seals(table(mine, other, again))) == [
        ("r1", "S2", TWO), ("r2", "S2", ONE), ("r3", "S2", TWO),
    ]  # fmt: skip
    assert shared_seals(table(mine, again)).empty


def test_a_desa_may_name_the_seals_of_its_tps_but_not_those_of_another_desa() -> None:
    mine = row(1, "tiba", "07:00", seals="S1")
    own = row(2, "berangkat", "05:00", tps_id=None, seals="S1|S2")
    assert shared_seals(table(mine, own)).empty
    other = row(3, "berangkat", "05:00", tps_id=None, desa_code=B, seals="S1")
    found = findings(shared_seals(table(mine, own, other)))
    assert found == [("r1", "S1", B), ("r2", "S1", B), ("r3", "S1", ONE)]


def test_more_boxes_than_the_kit_of_a_tps_or_desa_has() -> None:
    boxes = TPS.assign(boxes=pd.Series([5, 5, 5], dtype="Int64"))
    rows = table(
        row(1, "tiba", "07:00", boxes=5),
        row(2, "tiba", "07:00", boxes=6),
        row(3, "tiba", "07:00", tps_id=None, boxes=10),
        row(4, "tiba", "07:00", tps_id=None, boxes=11),
        row(5, "tiba", "07:00", boxes=None),
        row(6, "tiba", "07:00", tps_id="e/9/001", boxes=999),
    )
    assert findings(too_many_boxes(rows, boxes)) == [("r2", "6", "5"), ("r4", "11", "10")]
    assert too_many_boxes(rows, boxes.head(0)).empty


def test_nothing_arrives_before_it_left_but_a_boat_may_leave_after_the_truck_came() -> None:
    left = row(1, "berangkat", "07:00")
    early, pier = row(2, "tiba", "06:59"), row(3, "di_dermaga", "06:00")
    found = before_leaving(table(left, early, pier))
    assert findings(found) == [
        ("r2", "2024-02-12T23:59+00:00", "2024-02-13T00:00+00:00"),
    ]  # fmt: skip
    assert before_leaving(table(left, row(2, "tiba", "07:00"))).empty
    assert before_leaving(table(early)).empty, "what is only missing is no contradiction"
    first = row(4, "berangkat", "05:00", tps_id=None)
    assert before_leaving(table(left, early, first)).empty, "its desa left at five"
    whole = row(5, "tiba", "06:30", tps_id=None)
    assert [one[0] for one in findings(before_leaving(table(left, whole)))] == ["r5"]


def test_a_hand_over_before_the_planned_departure_is_a_gap_unless_it_is_known_to_have_left() -> (
    None
):
    planned = pd.DataFrame({"tps_id": [ONE], "state": ["berangkat"], "planned_at": [at("08:00")]})
    early = row(1, "tiba", "07:30")
    found = before_plan(events_of(table(early, row(2, "diterima", "07:40")), TPS), planned)
    assert found[["receipt_id", "gap", "expected"]].to_numpy().tolist() == [
        ["r1", "mendahului_rencana", "2024-02-13T01:00+00:00"]
    ]
    left = row(3, "berangkat", "06:00")
    assert before_plan(events_of(table(early, left), TPS), planned).empty
    assert before_plan(events_of(table(row(1, "tiba", "08:00")), TPS), planned).empty


def test_findings_of_a_desa_are_gaps_of_each_of_its_tps() -> None:
    rows = table(row(1, "tiba", "07:00", tps_id=None, seals="S1"),
                 row(2, "tiba", "07:00", tps_id=THREE, desa_code=B, seals="S1"))  # fmt: skip
    gaps = as_gaps([shared_seals(rows)], events_of(rows, TPS))
    assert sorted(gaps["tps_id"]) == [ONE, TWO, THREE]
    assert as_gaps([], events_of(rows, TPS)).empty


# -- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Budi Santoso", "office_unsure"), ("Siti", "office_unsure"),
        ("Budi Santoso, Ketua KPPS 3", "office_unsure"), ("Budi (KPPS 03)", "office_unsure"),
        ("H. Ahmad", "office_titled"), ("KPPS 3, Rudi, S.Pd", "office_titled"),
        ("KPPS 03", None), ("Ketua KPPS 03", None), ("PPS Tanjung Labu", None),
        ("Polsek Lepar, Aiptu jaga", None), ("KM Bahari Indah", None), ("BN 1234 AB", None),
        ("Kec. Lepar", None), ("Sekdes Penutuk", None), ("Kejari Bangka", None),
        ("Lepar", None), ("  lepar ", None), ("Rahmat Sejati", None), ("", None),
    ],
)  # fmt: skip
def test_what_reads_like_a_person_is_asked_about_and_says_why(text: str, why: str | None) -> None:
    assert doubt(text, {"lepar", "rahmat sejati"}) == why


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("dari gudang", "berangkat"), ("Keluar dari gudang KPU", "berangkat"),
        ("tiba di PPK", "tiba"), ("Sampai di kantor desa", "tiba"),
        ("tiba di dermaga Sadai", "di_dermaga"), ("Diterima KPPS", "diterima"),
        ("diterima oleh PPS", "diterima"), ("tiba kembali di PPK", "kembali"),
        ("Dikembalikan ke PPK", "kembali"), ("di dermaga", "di_dermaga"),
        ("belum tiba", None), ("tidak diterima", None), ("berangkat kembali", None),
        ("akan berangkat", None), ("hilang", None),
    ],
)  # fmt: skip
def test_states_are_read_as_agencies_write_them(text: str, state: str | None) -> None:
    assert read_state(text) == state


# -- at the door ---------------------------------------------------------------------------------

HEAD = "Kecamatan;Desa/Kelurahan;TPS;Tahap;Tanggal;Jam;Jumlah Kotak;No Segel;Pembawa;Penerima"


def bring(store: Store, tmp_path: Path, *lines: str, **more: Any) -> ImportResult:
    path = tmp_path / "terima.csv"
    path.write_text("\n".join((HEAD, *lines)), encoding="utf-8")
    return import_file(store, "receipts", path, Asked(election="pemilu2024", **more))


def line(tps: int | str, state: str, clock: str, boxes: int = 5, seals: str = "",
         carrier: str = "PT Pos", receiver: str = "") -> str:  # fmt: skip
    place = "Lepar;Tanjung Labu"
    return f"{place};{tps};{state};12/02/2024;{clock};{boxes};{seals};{carrier};{receiver}"


def faults(done: ImportResult) -> list[tuple[int, str, str, str]]:
    columns = ["row_number", "column_name", "value", "reason"]
    return list(done.faults[columns].itertuples(index=False, name=None))


def test_a_file_of_an_agency_is_read_and_what_cannot_be_is_named(
    store: Store, tmp_path: Path
) -> None:
    done = bring(
        store, tmp_path,
        line(1, "dari gudang", "05.00", seals="A1"),
        line(1, "tiba di PPK", "07.00", seals="A1"),
        line(1, "diterima KPPS", "04.30", receiver="KPPS 01"),
        line(2, "dari gudang", "05.00", boxes=6),
        line(3, "dari gudang", "05.00", seals="B7, B8"),
        line(4, "dari gudang", "05.00", seals="B8"),
        line(5, "dari gudang", "05.00", receiver="Budi Santoso"),
    )  # fmt: skip
    assert faults(done) == [
        (4, "Jam", "04.30", "before_departure"),
        (5, "Jumlah Kotak", "6", "boxes_beyond_kit"),
        (6, "No Segel", "B7, B8", "seal_elsewhere"),
        (7, "No Segel", "B8", "seal_elsewhere"),
        (8, "Penerima", "Budi Santoso", "office_unsure"),
    ]
    wanted = done.faults["expected"].tolist()
    assert wanted[0].endswith("(12/02/2024 05:00)")
    assert wanted[1].endswith("(5)")
    assert wanted[2].endswith(f"(B8: pemilu2024/{DESA}/004)")
    assert store.read("receipts")["state"].tolist() in (
        ["berangkat", "tiba"],
        ["tiba", "berangkat"],
    )
    assert store.count("quarantine") == 5


def test_a_file_is_held_to_what_is_stored_and_a_correction_frees_its_seal(
    store: Store, tmp_path: Path
) -> None:
    first = record_all(store, [told(tps_id=FIRST, seals="A1", carrier="PT Pos")])[0]
    wrong = line(2, "dari gudang", "07.00", seals="A1")
    assert faults(bring(store, tmp_path, wrong)) == [(2, "No Segel", "A1", "seal_elsewhere")]
    correct(store, first, told(tps_id=FIRST, seals="A2", carrier="PT Pos"))
    done = bring(store, tmp_path, wrong)
    assert (done.accepted, done.quarantined) == (1, 0)
    again = bring(store, tmp_path, wrong)
    assert (again.accepted, again.duplicates, again.unchanged) == (0, 1, True)


def test_an_office_that_is_unknown_is_taken_once_it_is_said_to_be_one_and_known_then(
    store: Store, tmp_path: Path
) -> None:
    asked = line(1, "dari gudang", "05.00", carrier="Rahmat Sejati")
    assert bring(store, tmp_path, asked).quarantined == 1
    assert bring(store, tmp_path, asked, fixed={"is_office": "ya"}).accepted == 1
    assert bring(
        store, tmp_path, line(2, "dari gudang", "05.00", carrier="rahmat  sejati")
    ).accepted
    with pytest.raises(SchemaError, match="receiver 'Budi Santoso', kantor"):
        record_all(store, [told(tps_id=FIRST, receiver="Budi Santoso")])
    record_all(store, [told(tps_id=FIRST, receiver="Budi Santoso")], are_offices=True)


def test_the_form_refuses_what_cannot_be_and_an_undo_that_brings_it_back_is_a_gap(
    store: Store,
) -> None:
    first = record_all(store, [told(tps_id=FIRST, boxes=5, seals="A1", carrier="PT Pos")])[0]
    for wrong, words in (
        (told(tps_id=SECOND, seals="A1"), "seals A1, segel"),
        (told("tiba", "06:00", tps_id=FIRST), "at 12/02/2024 06:00, waktu"),
        (told(tps_id=SECOND, boxes=6), "boxes 6, kotak"),
    ):
        with pytest.raises(SchemaError, match=words):
            record_all(store, [wrong])
    taken_back = undo(store, first)
    record_all(store, [told(tps_id=SECOND, seals="A1", carrier="PT Pos")])
    undo(store, taken_back)
    data = load_dataset(store)
    words = gap_table(receipt_view(data, "pemilu2024"), data, None, "id")["Celah"].tolist()
    assert len(words) == 2
    assert words[0].startswith("Berangkat: segel A1 juga tercatat pada TPS 00")


def test_numbers_of_gaps_are_those_of_the_language(store: Store) -> None:
    rows = [vars(told(tps_id=FIRST, boxes=1500, carrier="PT Pos")) | {"kind": "catatan"}]
    add_receipts(store, [{**row, "seals": None} for row in rows])  # of a store of before
    data = load_dataset(store)
    words = gap_table(receipt_view(data, "pemilu2024"), data, None, "id")["Celah"].tolist()
    assert words == ["Berangkat: 1.500 kotak, padahal kitnya hanya 5"]


def test_an_election_without_rules_of_kits_holds_nobody_to_boxes(store: Store) -> None:
    tps = store.read("tps")
    assert kit_boxes(tps.assign(election="pemilu2099"), "pemilu2099").empty
    assert kit_boxes(tps, "pemilu2024")["boxes"].eq(5).all()


# -- the clock -----------------------------------------------------------------------------------

SPAN = Span(wib("2024-02-12T05:00"), wib("2024-02-13T18:00"), wib("2024-02-16T00:00"))


@pytest.mark.parametrize(
    ("now", "at", "why"),
    [
        ("2024-01-03T09:00", "2024-02-12T05:00", "before"),
        ("2024-02-12T09:00", "2024-02-12T09:00", "now"),
        ("2024-02-15T02:00", "2024-02-15T02:00", "now"),
        ("2026-11-30T20:00", "2024-02-13T18:00", "after"),
    ],
)
def test_the_clock_of_a_view_stands_within_the_election_at_hand(
    now: str, at: str, why: str
) -> None:
    found = clock_of(SPAN, None, None, wib(now))
    assert (found.at, found.why) == (wib(at), why)


def test_a_day_that_is_asked_for_is_shown_to_its_end_and_never_beyond_now() -> None:
    found = clock_of(SPAN, dt.date(2024, 2, 12), None, wib("2026-11-30T20:00"))
    assert (found.at, found.day) == (wib("2024-02-13T00:00"), dt.date(2024, 2, 12))
    assert found.words("id") == "Jam tampilan: 12 Februari 2024 24:00 WIB (dipilih)"
    assert clock_of(SPAN, dt.date(2024, 2, 12), None, wib("2024-02-12T09:00")).at == wib(
        "2024-02-12T09:00"
    )
    hour = clock_of(SPAN, None, 9, wib("2026-11-30T20:00"))
    assert hour.at == wib("2024-02-13T09:00")


def test_a_plan_of_long_ago_without_receipts_is_silent_and_not_late(store: Store) -> None:
    save_plan("rencana", document(FIRST))
    data = load_dataset(store)
    view = receipt_view(data, "pemilu2024", pd.Timestamp("2026-11-30T13:00Z"))
    assert view.state["late_min"].isna().all()
    assert silent(view, "19.03") == 1
    assert headline(view, "Lepar", "19.03", "id") == "Lepar: belum ada kabar serah terima"
    record_all(store, [told("berangkat", "05:30", tps_id=FIRST, carrier="PT Pos")])
    data = data.fresh()
    late = receipt_view(data, "pemilu2024", pd.Timestamp("2026-11-30T13:00Z")).state["late_min"]
    end = wib("2024-02-16T00:00") - wib("2024-02-12T10:00")
    assert late.max() == end.total_seconds() / 60, "what went silent is late up to the end, no more"
