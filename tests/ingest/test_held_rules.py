"""Which refused rows a later import closes, and which it must not: on a kind of few cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete

from data.ingest.columns import Need
from data.ingest.context import Context
from data.ingest.engine import run
from data.ingest.history import undo_import
from data.ingest.kind import INTEGER, Field, Kind, Options, words
from data.ingest.record import ImportResult
from data.ingest.rows import Rows
from data.store import tables as schema
from data.store.engine import Store

TABLE = schema.metadata.tables["tps_voters"]
DAY = date(2026, 11, 2)


def build(rows: Rows, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Return the columns of the table; the key is the post and its number."""
    del rows, context
    key = "uji/" + frame["pos"] + "/" + frame["nomor"]
    return frame.assign(tps_id=key, total=frame["jumlah"])


KIND = Kind(
    name="uji",
    table=TABLE,
    fields=(
        Field("pos", words({"Penyak": (), "Guntung": ()}, "desa_unknown")),
        Field("nomor"),
        Field("jumlah", INTEGER, reason="voters_unreadable"),
        Field("kind", words({"dpt": (), "dptb": ()}, "voter_kind_unknown"), "dpt"),
    ),
    needs=(Need((("pos", "nomor", "jumlah"),)),),
    build=build,
    blame={"tps_id": ("pos", "nomor"), "total": ("jumlah",)},
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('rules') / 'siaga.db'}")
    yield store
    store.close()


@pytest.fixture
def store(made: Store) -> Store:
    """The store of the module, with nothing in it that was imported."""
    with made.begin("setup.prepare") as connection:
        for table in (TABLE, schema.imports, schema.quarantine, schema.history):
            connection.execute(delete(table))
    return made


def bring(
    store: Store, folder: Path, *rows: str, name: str = "berkas.csv", **said: str
) -> ImportResult:
    file = folder / name
    file.write_text("\n".join(("pos,nomor,jumlah", *rows)) + "\n", encoding="utf-8")
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return run(store, KIND, file, Options(today=DAY, now=now, constants=said))


def closed(store: Store, import_id: str) -> dict[int, str]:
    """Return by row number of an import how it was closed; ``""`` while it is open."""
    rows = store.read("quarantine", schema.quarantine.c.import_id == import_id)
    return dict(zip(rows["row_number"].astype(int), rows["closed_as"].fillna(""), strict=True))


GOOD = ("Penyak,1,210", "Penyak,2,220", "Penyak,3,230")


def test_a_corrected_version_of_the_file_closes_and_its_undoing_opens(
    store: Store, tmp_path: Path
) -> None:
    first = bring(store, tmp_path, *GOOD, "Penyok,4,240")
    later = bring(store, tmp_path, "Guntung,1,100", *GOOD, "Penyak,4,240")
    assert closed(store, first.import_id) == {5: "later"}
    assert [note.gaps for note in later.notes if note.key == "settled_now"] == [{"n": 1}]
    row = store.read("quarantine").iloc[0]
    assert row["closed_by"] == later.import_id
    undo_import(store, later.import_id)
    assert closed(store, first.import_id) == {5: ""}


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (("Guntung,1,110", "Guntung,2,120", "Penyak,4,240"), "another file of the same name"),
        ((*GOOD, "Penyak,4,240", "Guntung,4,240"), "two rows that may be meant"),
        ((*GOOD, "Penyak,4,241"), "another number beside the place"),
        ((*GOOD, "Penyak,5,240"), "another TPS"),
        (GOOD, "the row is not in it"),
    ],
)
def test_a_guess_closes_nothing(
    store: Store, tmp_path: Path, rows: tuple[str, ...], why: str
) -> None:
    first = bring(store, tmp_path, *GOOD, "Penyok,4,240")
    bring(store, tmp_path, *rows)
    assert closed(store, first.import_id) == {5: ""}, why


def test_another_name_is_another_file(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, *GOOD, "Penyok,4,240")
    bring(store, tmp_path, *GOOD, "Penyak,4,240", name="lain.csv")
    assert closed(store, first.import_id) == {5: ""}


def test_two_refused_rows_that_agree_are_not_told_apart(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, *GOOD, "Penyok,4,240", "Pennyok,4,240")
    bring(store, tmp_path, *GOOD, "Penyak,4,240")
    assert closed(store, first.import_id) == {5: "", 6: ""}


def test_a_file_of_which_all_was_refused_needs_two_rows_that_come_again(
    store: Store, tmp_path: Path
) -> None:
    alone = bring(store, tmp_path, "Penyok,4,240", name="satu.csv")
    bring(store, tmp_path, "Penyak,4,240", name="satu.csv")
    assert closed(store, alone.import_id) == {2: ""}
    two = bring(store, tmp_path, "Penyok,5,250", "Penyok,6,260", name="dua.csv")
    bring(store, tmp_path, "Penyak,5,250", "Penyak,6,260", name="dua.csv")
    assert closed(store, two.import_id) == {2: "later", 3: "later"}


def test_a_row_of_the_same_key_closes_from_any_file(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,2l5", "Penyak,,200", "Penyak,2,x")
    bring(store, tmp_path, "Penyak,1,216", "Guntung,2,10", "Penyak,3,30", name="lain.csv")
    assert closed(store, first.import_id) == {2: "later", 3: "", 4: ""}


def test_the_same_rows_read_otherwise_close_the_earlier(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,210", "Penyok,2,220", kind="entah")
    assert first.quarantined == 2
    second = bring(store, tmp_path, "Penyak,1,210", "Penyok,2,220")
    assert second.import_id != first.import_id
    assert closed(store, first.import_id) == {2: "later", 3: "again"}
    assert closed(store, second.import_id) == {3: ""}
    undo_import(store, second.import_id)
    assert closed(store, first.import_id) == {2: "", 3: ""}


def test_a_text_fixed_for_all_rows_makes_them_other_rows(store: Store, tmp_path: Path) -> None:
    first = bring(store, tmp_path, "Penyak,1,2l5", kind="dptb")
    bring(store, tmp_path, "Penyak,1,2l5", kind="dpt")
    assert closed(store, first.import_id) == {2: ""}, "the same bytes, and another list of voters"
    bring(store, tmp_path, "Penyak,1,215", name="lain.csv", kind="dpt")
    assert closed(store, first.import_id) == {2: ""}, "the same TPS, and another list"
    bring(store, tmp_path, "Penyak,1,215", name="lain.csv", kind="dptb")
    assert closed(store, first.import_id) == {2: "later"}
