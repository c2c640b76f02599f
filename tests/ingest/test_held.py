"""Refused rows are put right, and no row is lost, stored twice or closed on a guess."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import delete, or_, select, update

from data.errors import ImportReplacedError, RightError
from data.ingest.held.record import RowKey
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.texts import LANGUAGES
from geo.errors import ParameterError
from services.dataset import Dataset, Datasets
from services.ingest.held import (
    Held,
    dismiss,
    dismissed_of,
    held_imports,
    mend_rows,
    open_counts,
    questions_of,
    sheets_of,
    take_up,
)
from services.ingest.imports import Asked, ImportResult, import_file, undo_import
from tests.conftest import copy_store

HEAD = "desa,tps,jumlah"
PENYAK = "pemilu2024/19.04.01.2007"
TPS_VOTERS = schema.metadata.tables["tps_voters"]
PLACES = ("19.04", "19.01.04", "19.01.05")
WRITTEN = ("tps_voters", "tps_class", "reports", "imports", "quarantine", "history", "sources")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("held") / "siaga.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    units, tps = schema.units, schema.tps
    with store.begin("setup.prepare") as connection:  # few places: each import reads them all
        near = or_(units.c.code == "19.01", *(units.c.code.startswith(c) for c in PLACES))
        connection.execute(delete(units).where(~near, units.c.level != "provinsi"))
        connection.execute(delete(tps).where(tps.c.desa_code.not_in(select(units.c.code))))
        connection.execute(delete(schema.unit_shapes))
    yield store
    store.close()


@pytest.fixture
def store(made: Store) -> Store:
    """The store of the module, with nothing that was imported."""
    with made.begin("setup.prepare") as connection:
        for name in WRITTEN:
            table = schema.metadata.tables[name]
            if name in {"imports", "quarantine", "history"}:
                connection.execute(delete(table))
            elif "import_id" in table.c:
                connection.execute(delete(table).where(table.c.import_id.isnot(None)))
    return made


def bring(
    store: Store, folder: Path, *rows: str, name: str = "pemilih.csv", **said: object
) -> ImportResult:
    """Import a file of voters, or of another kind."""
    kind, head = str(said.pop("kind", "voters")), str(said.pop("head", HEAD))
    file = folder / name
    file.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    asked = Asked(**{"election": "pemilu2024", **said})  # type: ignore[arg-type]
    return import_file(store, kind, file, asked)


def now(store: Store) -> Dataset:
    return Datasets(store).now()


def held(store: Store) -> Held:
    """Return the only import with open rows."""
    (one,) = held_imports(now(store))
    return one


def key(done: ImportResult, row: int, sheet: str = "") -> RowKey:
    return RowKey(done.import_id, sheet, row)


def closed(store: Store, import_id: str) -> dict[int, str]:
    """Return by row number of an import how it was closed; ``""`` while it is open."""
    rows = store.read("quarantine", schema.quarantine.c.import_id == import_id)
    return dict(zip(rows["row_number"].astype(int), rows["closed_as"].fillna(""), strict=True))


def voters(store: Store) -> dict[str, int]:
    rows = store.read("tps_voters")
    return dict(zip(rows["tps_id"], rows["total"].astype(int), strict=True))


def test_a_row_is_mended_stored_once_and_undone(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,2l5", "Penyak,2,x", "Penyak,3,200")
    one = held(store)
    edits = {key(first, 2): {"jumlah": "215"}, key(first, 3): {"jumlah": "y"}}
    looked = mend_rows(store, one, edits, dry_run=True)
    assert looked.good == (key(first, 2),)
    assert looked.faults[["key", "value"]].to_numpy().tolist() == [[key(first, 3), "y"]]
    assert voters(store) == {f"{PENYAK}/003": 200}, "looking stores nothing"
    done = mend_rows(store, one, edits)
    assert voters(store) == {f"{PENYAK}/003": 200, f"{PENYAK}/001": 215}
    assert closed(store, first.import_id) == {2: "mended", 3: "changed"}
    log = store.read("imports", schema.imports.c.import_id == done.result.import_id)
    assert log[["file_name", "mends", "accepted", "quarantined"]].to_numpy().tolist() == [
        ["pemilih.csv", first.import_id, 1, 1]
    ]
    assert open_counts(now(store)) == {first.import_id: 1}
    moved = key(done.result, 3)
    assert held(store).keys == [moved], "what was changed in vain stays as it was changed"
    assert sheets_of(held(store))[0].cells.loc[3, "jumlah"] == "y"
    act = store.read("audit_log").iloc[-1]
    assert act[["action", "subject"]].tolist() == ["quarantine.resolve", done.result.import_id]

    late = mend_rows(store, one, edits)  # another person, who still sees the rows as they were
    assert set(late.settled) == set(edits)
    assert (late.good, late.result.unchanged) == ((), True)
    again = mend_rows(store, held(store), {moved: {"jumlah": "220"}})
    assert voters(store)[f"{PENYAK}/002"] == 220
    assert held_imports(now(store)) == []

    for earlier, later in ((first, done.result), (done.result, again.result)):
        with pytest.raises(ImportReplacedError) as refused:
            undo_import(store, earlier.import_id)
        assert refused.value.later == later.import_id
    undo_import(store, again.result.import_id)
    assert held(store).keys == [moved]
    undo_import(store, done.result.import_id)
    assert held(store).keys == list(edits)
    undo_import(store, first.import_id)
    assert (voters(store), store.count("quarantine"), store.count("history")) == ({}, 0, 0)


def test_what_is_there_already_is_right_and_not_stored_again(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,215", "Penyak,2,x")
    done = mend_rows(store, held(store), {key(first, 3): {"tps": "1", "jumlah": "215"}})
    assert (done.good, done.result.duplicates) == ((key(first, 3),), 1)
    assert voters(store) == {f"{PENYAK}/001": 215}


CELLS = st.tuples(
    st.sampled_from(["Penyak", "Air Duren", "Guntung", "entah", ""]),
    st.sampled_from(["1", "2", "99", ""]),
    st.sampled_from(["100", "101", "x", ""]),
)
EDITS = st.dictionaries(st.integers(0, 5), CELLS, max_size=3)


@settings(max_examples=3)
@given(st.lists(CELLS, min_size=2, max_size=6), EDITS, EDITS)
def test_whatever_is_changed_no_row_is_lost_and_all_can_be_undone(
    made: Store,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    once: dict[int, tuple[str, str, str]],
    twice: dict[int, tuple[str, str, str]],
) -> None:
    before = {name: made.read(name) for name in WRITTEN}
    folder = tmp_path_factory.mktemp("berkas")
    first = bring(made, folder, *(",".join(row) or "-" for row in rows))
    done = [first.import_id]
    left = first.quarantined
    for some in (once, twice):
        if not (found := held_imports(now(made))):
            break
        (one,) = found
        assert len(one.keys) == left
        chosen = {
            one.keys[n]: dict(zip(HEAD.split(","), cells, strict=True))
            for n, cells in some.items()
            if n < left
        }
        stored = made.count("tps_voters")
        mended = mend_rows(made, one, chosen)
        of = mended.result
        assert made.count("tps_voters") == stored + of.accepted
        assert len(mended.good) == of.accepted + of.corrected + of.duplicates
        left = sum(len(one.keys) for one in held_imports(now(made)))
        assert left + len(mended.good) == len(one.keys)
        assert mended.faults["key"].nunique() == left
        done += [] if of.unchanged else [of.import_id]
    for import_id in reversed(done):
        undo_import(made, import_id)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, made.read(name), obj=name)


def test_a_row_without_a_day_of_its_own_is_of_the_day_of_its_file(
    store: Store, tmp_path: Path
) -> None:
    said = {"kind": "tps-class", "head": "desa,tps,kelas"}
    first = bring(store, tmp_path, "Penyak,1,entah", as_of=date(2026, 11, 2), **said)
    bring(store, tmp_path, "Penyak,1,rawan", as_of=date(2026, 11, 9), name="b.csv", **said)
    assert closed(store, first.import_id) == {2: ""}, "a class of another day"
    bring(store, tmp_path, "Penyak,1,khusus", as_of=date(2026, 11, 2), name="c.csv", **said)
    assert closed(store, first.import_id) == {2: "later"}
    other = bring(store, tmp_path, "Penyak,2,entah", as_of=date(2026, 11, 2), name="d.csv", **said)
    mend_rows(store, held(store), {key(other, 2): {"kelas": "rawan"}})
    rows = store.read("tps_class", schema.risk.tps_class.c.tps_id == f"{PENYAK}/002")
    assert rows["date"].dt.date.tolist() == [date(2026, 11, 2)], "mended as of its file"


def test_what_says_the_same_and_is_taken_now_closes(store: Store, tmp_path: Path) -> None:
    said = {"kind": "reports", "head": "tanggal,desa,kategori,ringkasan"}
    row = "2024-02-10,Penyak,psu,contoh"
    with acting(Actor("kpu.1", "KPU", "verifikator", ("19.02",))):
        first = bring(store, tmp_path, row, **said)
    assert first.faults["reason"].tolist() == ["area_not_own"]
    bring(store, tmp_path, f"{row} lain", **said)
    assert closed(store, first.import_id) == {2: ""}
    bring(store, tmp_path, row, f"{row} lagi", name="lain.csv", **said)
    assert closed(store, first.import_id) == {2: "later"}


def test_the_same_file_again_leaves_settled_rows_settled(store: Store, tmp_path: Path) -> None:
    rows = ("Penyak,1,2l5", "Penyak,2,x", "Penyak,3,y")
    first = bring(store, tmp_path, *rows)
    mend_rows(store, held(store), {key(first, 2): {"jumlah": "215"}})
    assert dismiss(store, [key(first, 3)], "tidak jelas") == 1
    for _ in range(2):
        again = bring(store, tmp_path, *rows)
        assert again.unchanged
        assert [n.gaps for n in again.notes if n.key == "settled_before"] == [{"n": 2}]
    with store.begin("setup.prepare") as connection:  # as if what is refused were told otherwise
        connection.execute(update(schema.quarantine).values(reason="required"))
    assert not bring(store, tmp_path, *rows).unchanged
    assert closed(store, first.import_id) == {2: "mended", 3: "dismissed", 4: ""}


def test_rows_are_left_aside_with_a_reason_and_taken_up_again(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,x", "Penyak,2,y")
    with pytest.raises(ParameterError):
        dismiss(store, [key(first, 2)], "  ")
    assert dismiss(store, [key(first, 2)], "ganda") == 1
    assert dismiss(store, [key(first, 2)], "ganda") == 0, "settled already"
    one = held(store)
    assert (one.keys, list(dismissed_of(now(store), one))) == ([key(first, 3)], [key(first, 2)])
    assert store.read("quarantine")["closed_reason"].dropna().tolist() == ["ganda"]
    take_up(store, [key(first, 2)])
    assert len(held(store).keys) == 2


def test_nobody_stores_this_way_what_he_may_not_import(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,x")
    one, edits = held(store), {key(first, 2): {"jumlah": "215"}}
    with acting(Actor("bawaslu.1", "Bawaslu", "operator")):
        assert not one.is_mendable
        for act in (
            lambda: mend_rows(store, one, edits),
            lambda: mend_rows(store, one, edits, dry_run=True),
            lambda: dismiss(store, [key(first, 2)], "ganda"),
        ):
            with pytest.raises(RightError, match="role"):
                act()
        with pytest.raises(RightError, match="tps_voters"), store.begin("quarantine.resolve") as c:
            store.insert_frame(
                c,
                TPS_VOTERS,
                pd.DataFrame(
                    {"tps_id": [f"{PENYAK}/001"], "kind": "dpt", "total": 1, "import_id": "x"}
                ),
            )


def test_areas_and_agency_hold_for_what_is_mended(store: Store, tmp_path: Path) -> None:
    head = "tanggal,desa,kategori,ringkasan,instansi"
    lines = ("2024-02-31,Penyak,psu,satu,", "2024-02-31,Penyak,psu,dua,Polda")
    first = bring(store, tmp_path, *lines, kind="reports", head=head)
    edits = {key(first, n): {"tanggal": f"2024-02-1{n}"} for n in (2, 3)}
    one = held(store)
    with acting(Actor("kpu.1", "KPU", "verifikator", ("19.02",))):
        done = mend_rows(store, one, edits, dry_run=True)
        assert done.faults["reason"].tolist() == ["area_not_own"] * 2
    with acting(Actor("polda.1", "Polda", "operator", ("19.04",))):
        done = mend_rows(store, one, edits)
        assert done.faults[["row_number", "reason"]].to_numpy().tolist() == [[2, "agency_not_own"]]
        assert done.good == (key(first, 3),)
    rows = store.read("reports", schema.reports.c.import_id == done.result.import_id)
    assert rows[["summary", "agency"]].to_numpy().tolist() == [["dua", "Polda"]]


def test_an_older_import_is_brought_again_first(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,x")
    with store.begin("setup.prepare") as connection:
        connection.execute(update(schema.imports).values(options=None))
    one = held(store)
    assert (one.is_mendable, sheets_of(one), len(one.rest)) == (False, [], 1)
    assert not bring(store, tmp_path, "Penyak,1,x").unchanged
    done = mend_rows(store, held(store), {key(first, 2): {"jumlah": "9"}})
    assert done.result.accepted == 1


def test_sheets_and_headed_parts_stay_what_they_were(store: Store, tmp_path: Path) -> None:
    book = Workbook()
    for n, name in enumerate(("Koba", "Lubuk")):
        sheet = book.active if n == 0 else book.create_sheet()
        sheet.title = name
        rows = [HEAD.split(","), ["KECAMATAN KOBA"], ["Penyak", 1 + n, "x"], ["Guntung", 1, 9]]
        for row in rows[: 3 + n]:
            sheet.append(row)
    path = tmp_path / "dua.xlsx"
    book.save(path)
    first = import_file(store, "voters", path, Asked(election="pemilu2024"))
    assert (first.accepted, first.quarantined) == (1, 2)
    one = held(store)
    assert one.keys == [key(first, 3, "Koba"), key(first, 3, "Lubuk")]
    assert [sheet.faults["section"].tolist() for sheet in sheets_of(one)] == [
        ["KECAMATAN KOBA"], ["KECAMATAN KOBA"],
    ]  # fmt: skip

    mend_rows(store, one, {key(first, 3, "Lubuk"): {"jumlah": "20"}})
    assert voters(store) == {"pemilu2024/19.04.01.2006/001": 9, f"{PENYAK}/002": 20}
    assert held(store).keys == [key(first, 3, "Koba")]


def test_cells_beyond_the_headings_stay_a_fault_until_the_row_is_changed(
    store: Store, tmp_path: Path
) -> None:
    first = bring(store, tmp_path, "Penyak,1,210,lebih")
    one = held(store)
    assert mend_rows(store, one, {}).result.unchanged
    done = mend_rows(store, one, {key(first, 2): {"jumlah": "211"}})
    assert (done.result.accepted, voters(store)) == (1, {f"{PENYAK}/001": 211})


def test_known_names_are_offered_and_settle_the_place(store: Store, tmp_path: Path) -> None:
    head = "kabupaten,desa,tps,jumlah"
    first = bring(
        store,
        tmp_path,
        "Bangka,Air Duren,1,100",
        ",Air Duren,1,200",
        "Bangka,Penyak,2,9",
        head=head,
    )
    assert first.quarantined == 3
    one = held(store)
    (sheet,) = sheets_of(one)
    asked = questions_of(now(store), one, sheet)
    assert [(q.value, len(q.keys)) for q in asked] == [("Air Duren", 2), ("Penyak", 1)]
    cells = sheet.cells.to_dict("index")
    edits = {
        row: question.choices[n].cells("desa", cells[row.row_number])
        for question in asked
        for n, row in enumerate(question.keys)
    }
    mend_rows(store, one, edits)
    assert voters(store) == {
        "pemilu2024/19.01.04.2009/001": 100,
        "pemilu2024/19.01.05.2002/001": 200,
        f"{PENYAK}/002": 9,
    }


def test_words_of_closed_lists_are_offered(store: Store, tmp_path: Path) -> None:
    head = "tanggal,kabupaten,kategori,akses,ringkasan"
    bring(
        store, tmp_path, "2024-02-10,Bangka,unjukrasaan,,a", "2024-02-10,Bangka,psuu,rahasia,b",
        kind="reports", head=head,
    )  # fmt: skip
    data = now(store)
    (one,) = held_imports(data)
    asked = {
        q.value: [c.text for c in q.choices] for q in questions_of(data, one, sheets_of(one)[0])
    }
    assert asked["unjukrasaan"][0] == "unjuk rasa"
    mend_rows(store, one, {one.keys[0]: {"kategori": asked["unjukrasaan"][0]}})
    rest = Datasets(store, ("terbuka", "terbatas")).now()
    assert held_imports(rest) == [], "a row that is secret is not shown to all"
    assert held_imports(Datasets(store, ("terbuka",)).now()) == []
    assert len(held(store).keys) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_texts_that_may_name_somebody_are_asked_about(
    store: Store, tmp_path: Path, lang: str
) -> None:
    from services.ingest.held import mended_sentence

    head = "tanggal,kabupaten,kategori,ringkasan"
    first = bring(store, tmp_path, "2024-02-31,Bangka,psu,a", kind="reports", head=head)
    edits = {key(first, 2): {"tanggal": "2024-02-28", "ringkasan": "Pak Budi melapor"}}
    looked = mend_rows(store, held(store), edits, dry_run=True)
    assert "persons" in {note.key for note in looked.result.notes}
    assert mended_sentence(looked, lang).startswith("1 ")
