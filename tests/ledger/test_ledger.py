"""The ledger: who changed what is written by the engine itself, and a change of it is found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from data.errors import ChangeUnknownError, RightError, UndeclaredWriteError
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import LOCAL, SYSTEM, Actor, acting, actor_now, ask_who
from data.store.ledger.capture import MOST_ROWS
from data.store.ledger.chain import Fault, Head, erase, faults_of, head_of
from data.store.ledger.writing import HEAD

AGENDA = schema.agenda
ANNA = Actor("kesbangpol.1", "Kesbangpol Provinsi", "verifikator")
DAY = pd.Timestamp(2024, 1, 1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield opened
    opened.close()


def agenda(*keys: str, title: str = "Rapat") -> pd.DataFrame:
    row = {"kind": "sidang", "title": title, "unit_code": "99.01", "date_start": DAY}
    return pd.DataFrame([row | {"agenda_id": key} for key in keys])


def put(store: Store, *keys: str, title: str = "Rapat", reason: str | None = None) -> None:
    """Put agenda items in the place of those of the same keys."""
    with store.begin("import.agenda", reason=reason) as connection:
        connection.execute(delete(AGENDA).where(AGENDA.c.agenda_id.in_(keys)))
        store.insert_frame(connection, AGENDA, agenda(*keys, title=title))


def drop(store: Store, *keys: str) -> None:
    with store.begin("import.agenda") as connection:
        connection.execute(delete(AGENDA).where(AGENDA.c.agenda_id.in_(keys)))


def told(store: Store) -> list[tuple[object, ...]]:
    """Return what the ledger says of agenda items: key, before, after, reason."""
    rows = store.read("record_changes")
    texts = rows[["before", "after"]].map(lambda v: None if pd.isna(v) else json.loads(v))
    reasons = [None if pd.isna(r) else r for r in rows["reason"]]
    keys = [json.loads(key)[0] for key in rows["key"]]
    return list(zip(keys, texts["before"], texts["after"], reasons, strict=True))


def faults(store: Store, expected: Head | None = None) -> list[Fault]:
    with store.snapshot() as connection:
        return faults_of(connection, expected)


def test_each_change_says_who_what_before_what_after_and_why(store: Store) -> None:
    with acting(ANNA):
        put(store, "a", "b")
        put(store, "a", title="Sidang", reason="salah judul")
        put(store, "a", title="Sidang")  # says nothing new
        drop(store, "b")
    new = {"kind": "sidang", "title": "Rapat", "unit_code": "99.01", "date_start": "2024-01-01"}
    assert told(store) == [
        ("a", None, new | {"agenda_id": "a"}, None),
        ("b", None, new | {"agenda_id": "b"}, None),
        ("a", {"title": "Rapat"}, {"title": "Sidang"}, "salah judul"),
        ("b", new | {"agenda_id": "b"}, None, None),
    ]
    log = store.read("audit_log")
    assert log["action"].tolist() == ["setup.make", *["import.agenda"] * 3]
    assert set(log["account"][1:]) == {"kesbangpol.1"}
    assert [json.loads(counts) for counts in log["counts"][1:]] == [
        {"agenda": {"new": 2}},
        {"agenda": {"changed": 1}},
        {"agenda": {"gone": 1}},
    ]
    assert "salah judul" not in log.to_csv()
    assert faults(store) == []


def test_what_sqlalchemy_writes_and_setting_to_empty_are_noted_too(store: Store) -> None:
    put(store, "a")
    with store.begin("import.agenda") as connection:
        values = agenda("c").iloc[0].to_dict() | {"owner": "KPU", "date_start": DAY.date()}
        connection.execute(insert(AGENDA).values(**values))
    with store.begin("import.agenda") as connection:
        connection.execute(update(AGENDA).values(owner=None))
    assert told(store)[1:] == [
        ("c", None, told(store)[1][2], None),
        ("c", {"owner": "KPU"}, {"owner": None}, None),
    ]
    assert told(store)[1][2]["owner"] == "KPU"  # type: ignore[index]


def test_a_transaction_that_fails_leaves_no_act(store: Store) -> None:
    before = head(store)

    def fail() -> None:
        with store.begin("import.agenda") as connection:
            store.insert_frame(connection, AGENDA, agenda("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert head(store) == before
    assert faults(store) == []


def head(store: Store) -> Head:
    with store.snapshot() as connection:
        return head_of(connection)


def test_nobody_writes_the_ledger_itself(store: Store) -> None:
    def clear(name: str) -> None:
        with store.begin("setup.prepare") as connection:
            connection.execute(delete(schema.metadata.tables[name]))

    for name in sorted(schema.ledger.NAMES):
        with pytest.raises(UndeclaredWriteError, match=name):
            clear(name)


def test_many_rows_at_once_are_counted_and_what_went_is_kept_in_one_piece(store: Store) -> None:
    many = [f"{n:05}" for n in range(MOST_ROWS + 1)]
    put(store, *many)
    assert told(store) == []
    drop(store, *many)
    (entry,) = store.read("record_changes").to_dict("records")
    kept = pd.read_feather(BytesIO(entry["content"]))
    assert kept["agenda_id"].tolist() == many
    counts = [json.loads(one) for one in store.read("audit_log")["counts"]]
    assert counts[1:] == [{"agenda": {"new": len(many)}}, {"agenda": {"gone": len(many)}}]
    assert faults(store) == []


@settings(max_examples=15)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["put", "drop", "two"]), st.sets(st.sampled_from("abc")),
                  st.sampled_from("xy")),
        max_size=6,
    )
)  # fmt: skip
def test_replaying_the_changes_gives_the_table(
    steps: list[tuple[str, set[str], str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('replay') / 's.db'}")
    for what, keys, title in steps:
        if what == "put":
            put(store, *keys, title=title)
        elif what == "drop":
            drop(store, *keys)
        else:  # what comes and goes within one act is no change
            with store.begin("import.agenda") as connection:
                store.replace(connection, AGENDA, agenda("z"), AGENDA.c.agenda_id == "z")
                connection.execute(delete(AGENDA).where(AGENDA.c.agenda_id == "z"))
    replayed: dict[object, dict[str, object]] = {}
    for key, before, after, _ in told(store):
        was = replayed.pop(key, None)
        if before is None:
            assert was is None
        else:
            assert {name: was[name] for name in before} == before  # type: ignore[index, attr-defined]
        if after is not None:
            replayed[key] = {**(was or {}), **after}  # type: ignore[dict-item]
    stored = store.read("agenda")
    assert {k: v["title"] for k, v in replayed.items()} == dict(
        zip(stored["agenda_id"], stored["title"], strict=True)
    )
    assert faults(store) == []
    store.close()


def noted(store: Store) -> Head:
    """Write three acts, one of two rows, and return the end of the chain."""
    put(store, "a", "b", reason="alasan")
    put(store, "a", title="Sidang")
    drop(store, "b")
    assert faults(store) == []
    return head(store)


SABOTAGE: list[tuple[str, str, set[tuple[str, int]]]] = [
    ("who", "UPDATE audit_log SET account = 'x' WHERE seq = 3", {("act", 3)}),
    ("when", "UPDATE audit_log SET at = '2020-01-01 00:00:00' WHERE seq = 2", {("act", 2)}),
    ("counts", "UPDATE audit_log SET counts = '{}' WHERE seq = 2", {("act", 2)}),
    ("an act", "DELETE FROM audit_log WHERE seq = 3", {("gap", 4), ("stray", 3)}),
    ("the first", "DELETE FROM audit_log WHERE seq = 1", {("gap", 2)}),
    ("order", "UPDATE audit_log SET seq = 9 - seq WHERE seq IN (4, 5)", set()),
    ("a row", "DELETE FROM record_changes WHERE change_id LIKE '%2-000001'", {("changes", 2)}),
    ("its text", "UPDATE record_changes SET after = '{}' WHERE seq = 3", {("change", 3)}),
    ("its reason", "UPDATE record_changes SET reason = 'x' WHERE change_id LIKE '%2-000000'",
     {("change", 2)}),
    ("its key", "UPDATE record_changes SET key = '[\"z\"]' WHERE seq = 4", {("change", 4)}),
    ("its digest", "UPDATE record_changes SET digest = 'x' WHERE seq = 4",
     {("change", 4), ("changes", 4)}),
    ("silent erasure", "UPDATE record_changes SET erased_by = 4, before = NULL, after = NULL, "
     "reason = NULL, salt = NULL WHERE seq = 2", {("erased", 2)}),
    ("the end", "DELETE FROM audit_log WHERE seq = 4", {("stray", 4), ("head", 3)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "expected"), [s[1:] for s in SABOTAGE], ids=[s[0] for s in SABOTAGE]
)
def test_what_is_changed_removed_or_reordered_is_found(
    store: Store, words: str, expected: set[tuple[str, int]]
) -> None:
    end = noted(store)
    raw(store, words)
    found = {(fault.kind, fault.seq) for fault in faults(store, end)}
    assert found >= expected
    assert found


def raw(store: Store, *words: str) -> None:
    """Write past the product."""
    with closing(sqlite3.connect(str(store.engine.url.database))) as connection, connection:
        for one in words:
            connection.execute(one)


def test_two_changes_of_an_act_that_change_places_are_found(store: Store) -> None:
    noted(store)
    raw(
        store,
        "UPDATE record_changes SET change_id = 'x' WHERE change_id LIKE '%2-000000'",
        "UPDATE record_changes SET change_id = substr(change_id, 1, 16) || '0' "
        "WHERE change_id LIKE '%2-000001'",
    )
    assert {fault.kind for fault in faults(store)} >= {"change", "changes"}


def test_an_end_that_was_cut_whole_is_found_by_what_was_written_down(store: Store) -> None:
    end = noted(store)
    before = store.read("audit_log").iloc[2]
    raw(
        store,
        "DELETE FROM audit_log WHERE seq = 4",
        "DELETE FROM record_changes WHERE seq = 4",
        f"UPDATE meta SET value = '3:{before['digest']}' WHERE key = '{HEAD}'",
    )
    assert faults(store) == []  # the store alone cannot tell
    assert faults(store, end) == [Fault("head", 4, end.digest)]


def test_erased_texts_are_gone_and_the_chain_holds(store: Store) -> None:
    put(store, "a", title="Rapat di rumah Budi")
    (change,) = store.read("record_changes")["change_id"]
    with pytest.raises(ChangeUnknownError):
        erase(store, [change, "nothing"], "x")
    assert erase(store, [change], "permintaan") == 1
    assert erase(store, [change], "permintaan") == 0
    rows = store.read("record_changes")
    assert "Budi" not in rows.to_csv()
    assert rows["erased_by"].tolist() == [3]
    assert rows[["before", "after", "reason", "salt"]].isna().all(axis=None)
    assert faults(store) == []
    raw(store, "UPDATE record_changes SET after = '{}' WHERE erased_by IS NOT NULL")
    assert {fault.kind for fault in faults(store)} == {"change"}


def test_who_acts_is_whom_the_caller_says_else_whom_a_page_asks_else_who_sits_here() -> None:
    assert actor_now() == LOCAL
    answers: list[Actor | None] = [ANNA]
    put_back = ask_who(lambda: answers[0])
    try:
        assert actor_now() == ANNA
        with acting(SYSTEM):
            assert actor_now() == SYSTEM
        answers[0] = None
        assert actor_now() == LOCAL
    finally:
        put_back()


def refused(store: Store, act: Callable[[], object]) -> str:
    before = head(store)
    with pytest.raises(RightError) as caught:
        act()
    assert head(store) == before
    return f"{caught.value.reason} {caught.value.value}".strip()


def test_an_account_writes_its_own_areas_and_an_operator_its_own_agency(store: Store) -> None:
    put(store, "a")
    elsewhere = Actor("bawaslu.2", "Bawaslu", "verifikator", ("99.02",))
    with acting(elsewhere):
        assert refused(store, lambda: put(store, "b")) == "area 99.01"
        assert refused(store, lambda: drop(store, "a")) == "area 99.01"  # also what is old
    period = {"unit_code": "99.02", "date_start": DAY, "date_end": DAY}

    def watch(agency: str) -> None:
        with store.begin("import.coverage_periods") as connection:
            rows = pd.DataFrame([period | {"agency": agency}])
            store.replace(connection, schema.coverage_periods, rows)

    with acting(Actor("polda.3", "Polda", "operator", ("99.02",))):
        assert refused(store, lambda: watch("Bawaslu")) == "agency Bawaslu"
        watch("Polda")
    with acting(Actor("kpu.3", "KPU", "operator", ("99.02",))):
        assert refused(store, lambda: watch("KPU")) == "agency Polda"  # it would replace theirs


def test_an_act_writes_its_own_tables_alone(store: Store) -> None:
    def strays(action: str) -> None:
        with store.begin(action) as connection:
            connection.execute(insert(schema.elections).values(
                election="x", name="x", voting_date=DAY.date(), area_codes="99"))  # fmt: skip

    with acting(Actor("a", "b", "admin")):
        for action in ("procurement.write", "import.agenda"):
            assert refused(store, partial(strays, action)) == "table elections"
