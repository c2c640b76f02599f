"""Re-votes, recounts and disputes: what was known on a day, what is overdue, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.polling.disputes import STATES, STEPS, as_known
from data.errors import FileUnreadableError, SchemaError
from data.store.engine import Store
from data.store.ledger import tables as ledger
from services.dataset import Dataset, load_dataset
from services.ingest.imports import import_file
from services.polling.disputes import (
    dispute_items,
    dispute_table,
    keep_dispute,
    stored_row,
    tps_of,
    tracker,
)
from tests.conftest import copy_store

MENDO = "19.01.04.2004"


def disputes(*rows: dict[str, object]) -> pd.DataFrame:
    columns = (*STEPS, "legal_deadline")
    frame = pd.DataFrame(
        [
            {"dispute_id": f"D{n}", "result": None, **dict.fromkeys(columns), **row}
            for n, row in enumerate(rows)
        ]
    )
    return frame.astype(
        dict.fromkeys(columns, "datetime64[us]") | {"result": "str", "dispute_id": "str"}
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("disputes") / "siaga.db"
    copy_store(shipped_store, path)
    opened = Store.open(f"sqlite:///{path}")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> Dataset:
    return load_dataset(store)


@pytest.mark.parametrize(
    ("day", "state", "left"),
    [
        ("2025-03-01", "menunggu", 25),
        ("2025-03-26", "menunggu", 0),
        ("2025-03-27", "lewat_tenggat", -1),
    ],
)
def test_the_case_of_the_docstring_had_it_not_been_held(day: str, state: str, left: int) -> None:
    rows = disputes({"decided_date": "2025-02-24", "legal_deadline": "2025-03-26"})
    found = as_known(rows, date.fromisoformat(day))
    assert (found.loc[0, "state"], found.loc[0, "days_left"]) == (state, left)


def test_what_is_later_than_the_day_is_not_known_yet() -> None:
    rows = disputes(
        {
            "decided_date": "2025-02-24",
            "legal_deadline": "2025-03-26",
            "held_date": "2025-03-22",
            "result": "dilaksanakan",
        }
    )
    before = as_known(rows, date(2025, 3, 21))
    assert pd.isna(before.loc[0, "held_date"])
    assert pd.isna(before.loc[0, "result"])
    assert before.loc[0, "state"] == "menunggu"
    after = as_known(rows, date(2025, 3, 22))
    assert (after.loc[0, "state"], bool(after.loc[0, "held_late"])) == ("terlaksana", False)
    assert pd.isna(after.loc[0, "days_left"])
    assert as_known(rows, date(2025, 2, 23)).empty


def test_a_vote_after_its_deadline_is_marked_late() -> None:
    rows = disputes({"legal_deadline": "2025-03-26", "held_date": "2025-03-27"})
    assert bool(as_known(rows, date(2025, 4, 1)).loc[0, "held_late"])


days = st.none() | st.dates(date(2024, 1, 1), date(2024, 12, 31))


@settings(max_examples=25)
@given(st.lists(st.tuples(days, days, days, days), max_size=8), st.dates(date(2023, 12, 1)))
def test_nothing_of_the_future_is_told_and_the_overdue_come_first(
    rows: list[tuple[date | None, ...]], as_of: date
) -> None:
    if as_of > date(2025, 12, 31):
        as_of = date(2023, 12, 1) + timedelta(days=as_of.toordinal() % 700)
    names = ("recommended_date", "decided_date", "held_date", "legal_deadline")
    table = (
        disputes(*(dict(zip(names, row, strict=True)) for row in rows)) if rows else disputes({})
    )
    found = as_known(table, as_of)
    assert set(found["state"]) <= set(STATES)
    for name in STEPS:
        assert not (found[name] > pd.Timestamp(as_of)).any()
    order = [STATES.index(state) for state in found["state"]]
    assert order == sorted(order)
    overdue = found[found["state"].eq("lewat_tenggat")]
    assert (overdue["legal_deadline"] < pd.Timestamp(as_of)).all()
    assert overdue["held_date"].isna().all()


def test_shipped_rows_are_cited_and_blank_where_the_source_is(store: Store, data: Dataset) -> None:
    rows = store.read("disputes")
    assert len(rows) == 12
    assert rows["source_id"].isin(data.sources["source_id"]).all()
    assert rows["recommended_date"].isna().all()
    deadline = rows[rows["legal_deadline"].notna()]
    assert deadline["dispute_id"].tolist() == ["DSP-009"]
    assert deadline["legal_basis"].str.contains("99/PHPU.BUP-XXIII/2025").all()


def test_the_tracker_of_the_ordered_revote_in_bangka_barat(data: Dataset) -> None:
    found = tracker(data, "pilkada2024", date(2025, 3, 1))
    row = found.rows[found.rows["dispute_id"].eq("DSP-009")].iloc[0]
    assert (row["state"], row["days_left"]) == ("menunggu", 25)
    words = dispute_items(found, data, "id")[0]
    assert "sisa 25 hari" in words
    assert "Sinar Manik" in words
    assert "http" in words
    later = tracker(data, "pilkada2024", date(2025, 4, 1))
    assert later.count("terlaksana") == 1
    assert len(dispute_table(later, data, "en")) == len(later.rows)
    assert {"BBL-0099", "BBL-0101"} <= set(later.reports["report_id"])


def test_a_dispute_is_kept_and_taken_further(store: Store, data: Dataset) -> None:
    before = store.revisions()
    row = {
        "election": "pemilu2024", "kind": "psu", "unit_code": MENDO,
        "tps_id": tps_of("pemilu2024", MENDO, "4"), "recommended_date": date(2024, 2, 16),
        "source_text": "Surat Bawaslu Kabupaten Bangka",
    }  # fmt: skip
    keep_dispute(store, row)
    risen = {n for n, count in store.revisions().items() if count != before[n]}
    assert risen == {"disputes", *ledger.NAMES}
    mine = store.read("disputes")
    key = mine.loc[mine["unit_code"].eq(MENDO), "dispute_id"].item()
    kept = stored_row(data.fresh(), key)
    assert kept["tps_id"] == f"pemilu2024/{MENDO}/004"
    assert kept["recommended_date"] == date(2024, 2, 16)
    keep_dispute(store, {**kept, "decided_date": date(2024, 2, 18)})
    assert len(store.read("disputes")) == len(mine)
    assert stored_row(data.fresh(), key)["decided_date"] == date(2024, 2, 18)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "lain"}, "one of psu"),
        ({"unit_code": "19.99"}, "a row of units"),
        ({"decided_date": date(2024, 2, 1)}, "not before recommended_date"),
        ({"legal_deadline": date(2024, 2, 24)}, "legal_basis"),
        ({"tps_id": f"pemilu2024/{MENDO}/099"}, "a row of tps"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(
    change: dict[str, object], words: str, store: Store
) -> None:
    row = {
        "election": "pemilu2024", "kind": "psu", "unit_code": MENDO,
        "recommended_date": date(2024, 2, 16), "dispute_id": "X",
    }  # fmt: skip
    with pytest.raises(SchemaError, match=words):
        keep_dispute(store, {**row, **change})
    assert "X" not in set(store.read("disputes")["dispute_id"])


def test_dates_under_short_english_headings_are_kept(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "perkara.csv"
    path.write_text(
        "election,kind,kabupaten,recommended,decided,deadline,dasar,held\n"
        "pemilu2024,psu,Bangka,2024-02-16,2024-02-18,2024-02-24,PKPU contoh,2024-02-23\n"
    )
    done = import_file(store, "disputes", path)
    kept = store.read("disputes")
    row = kept[kept["import_id"].eq(done.import_id)].iloc[0]
    days = [row[name].day for name in ("recommended_date", "decided_date", "legal_deadline")]
    assert [*days, row["held_date"].day] == [16, 18, 24, 23]


def test_a_file_brings_good_rows_in_and_tells_of_the_bad(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "perkara.csv"
    path.write_text(
        "pemilihan,jenis,kabupaten,kecamatan,desa,tps,direkomendasikan,diputuskan,tenggat,dasar,"
        "dilaksanakan,hasil\n"
        "pemilu2024,PSU,Bangka,Mendo Barat,Kota Kapur,1,16/02/2024,18/02/2024,24/02/2024,"
        "PKPU contoh,,\n"
        "pemilu2024,PSU,Bangka,Mendo Barat,Kota Kapur,99,,,,,,\n"
        "pemilu1900,PSU,Bangka,Mendo Barat,Kota Kapur,2,,,,,,\n"
        "pemilu2024,apa,Bangka,Mendo Barat,Kota Kapur,2,,,,,,\n"
        "pemilu2024,PSU,Bangka,Mendo Barat,Kota Kapur,2,20/02/2024,18/02/2024,,,,\n"
        "pemilu2024,PSU,Bangka,Mendo Barat,Kota Kapur,3,Februari 2024,,24/02/2024,,,\n"
        "pilkada2024,sengketa,Bangka,,,,,,,,,\n"
    )
    done = import_file(store, "disputes", path)
    assert (done.accepted, done.quarantined) == (2, 5)
    assert done.faults[["row_number", "reason"]].to_numpy().tolist() == [
        [3, "tps_beyond"],
        [4, "dispute_election_unknown"],
        [5, "dispute_kind_unknown"],
        [6, "dispute_order"],
        [7, "date_no_day"],
        [7, "dispute_basis_missing"],
    ]
    assert import_file(store, "disputes", path).duplicates == 2
    kept = store.read("disputes")
    assert kept["import_id"].eq(done.import_id).sum() == 2


def test_a_file_without_the_needed_columns_is_refused(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("jenis,tps\npsu,1\n")
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*pemilu"):
        import_file(store, "disputes", path)
