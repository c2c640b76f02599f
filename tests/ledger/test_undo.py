"""Undoing writes a new version, and never over what others wrote since."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from data.errors import ActUnknownError, RecordChangedError, RightError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from data.store.ledger.acts import Actor, acting
from data.store.ledger.capture import MOST_ROWS
from data.store.ledger.reading import changes_of_record
from data.store.ledger.undo import undo_act
from tests.ledger.test_ledger import AGENDA, agenda, drop, faults, head, put, store

__all__ = ["store"]

BOUGHT = schema.metadata.tables["procurement"]


def procured(n: int) -> pd.DataFrame:
    row = {"procurement_id": "p", "election": "uji", "item": "kotak", "stage": "tiba"}
    return rows_of(BOUGHT, [row | {"kabupaten_code": "99.01", "planned_count": n}])


def titles(store: Store) -> dict[str, str]:
    rows = store.read("agenda")
    return dict(zip(rows["agenda_id"], rows["title"], strict=True))


def test_each_kind_of_change_is_undone_by_a_further_act(store: Store) -> None:
    put(store, "a", "b")
    put(store, "a", title="Sidang")
    drop(store, "b")
    assert titles(store) == {"a": "Sidang"}
    assert undo_act(store, 4, "keliru") == 1  # undelete
    assert undo_act(store, 3) == 1
    assert titles(store) == {"a": "Rapat", "b": "Rapat"}
    assert undo_act(store, 2) == 2
    assert titles(store) == {}
    assert undo_act(store, head(store).seq) == 2  # the undoing is undone
    assert titles(store) == {"a": "Rapat", "b": "Rapat"}
    told = changes_of_record(store, "agenda", ("a",))
    assert told["action"].tolist() == ["import.agenda"] * 2 + ["record.undo"] * 3
    assert changes_of_record(store, "agenda", ("b",))["reason"].tolist()[2] == "keliru"
    assert faults(store) == []


def test_what_others_changed_since_is_not_written_over(store: Store) -> None:
    put(store, "a", "b")
    put(store, "a", title="Sidang")
    with store.begin("import.agenda") as connection:
        connection.execute(update(AGENDA).where(AGENDA.c.agenda_id == "a").values(owner="KPU"))
    assert refused(store, 2) == ["owner", "title"]  # the row was filled since
    assert undo_act(store, 3) == 1  # the title; whose it is stays
    assert store.read("agenda").set_index("agenda_id").loc["a", "owner"] == "KPU"
    put(store, "b", title="Aksi")
    drop(store, "b")
    assert refused(store, 6) == ["title"]  # it is there no more
    put(store, "b", title="Debat")
    assert "agenda_id" in refused(store, 7)  # another stands in its place


def refused(store: Store, seq: int) -> list[str]:
    rows, end = store.read("agenda"), head(store)
    with pytest.raises(RecordChangedError) as caught:
        undo_act(store, seq)
    pd.testing.assert_frame_equal(store.read("agenda"), rows)
    assert head(store) == end
    return list(caught.value.changed)


def test_many_rows_that_went_come_back(store: Store) -> None:
    many = [f"{n:05}" for n in range(MOST_ROWS + 1)]
    put(store, *many)
    rows = store.read("agenda")
    drop(store, *many)
    assert undo_act(store, 3) == len(many)
    pd.testing.assert_frame_equal(store.read("agenda"), rows)


def test_an_unknown_act_and_one_without_rows_are_told(store: Store) -> None:
    for seq in (1, 99):
        with pytest.raises(ActUnknownError):
            undo_act(store, seq)


def test_whoever_may_not_do_an_act_may_not_undo_it(store: Store) -> None:
    put(store, "a")
    with store.begin("setup.prepare") as connection:
        store.insert_frame(connection, AGENDA, agenda("b"))
    with acting(Actor("kpu.1", "KPU", "operator", ("99.02",))):
        with pytest.raises(RightError, match=r"area 99\.01"):
            undo_act(store, 2)
        with pytest.raises(RightError, match="role"):
            undo_act(store, 3)
    with acting(Actor("publik.1", "-", "pembaca")), pytest.raises(RightError, match="role"):
        undo_act(store, 2)
    assert titles(store) == {"a": "Rapat", "b": "Rapat"}


ACTS: list[Callable[[Store], None]] = [
    lambda s: put(s, "a", "b", title="x"),
    lambda s: put(s, "b", "c", title="y"),
    lambda s: drop(s, "a", "c"),
    lambda s: put(s, "c", title="z"),
]


def test_an_undo_is_undone_by_nobody_who_may_not_do_the_act(store: Store) -> None:
    put(store, "a")
    with store.begin("procurement.write") as connection:
        store.insert_frame(connection, BOUGHT, procured(9))
    undo_act(store, 3)
    for again in (4, 5):
        other = acting(Actor("bawaslu.1", "Bawaslu", "verifikator"))
        with other, pytest.raises(RightError) as caught:
            undo_act(store, again)
        assert (caught.value.action, caught.value.reason) == ("procurement.write", "role")
        with acting(Actor("kpu.1", "KPU", "perencana")):
            undo_act(store, again)


@settings(max_examples=10)
@given(steps=st.lists(st.sampled_from(range(len(ACTS))), min_size=1, max_size=5))
def test_undone_from_the_last_to_the_first_all_is_as_it_was(
    steps: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('undo') / 's.db'}")
    states = []
    for step in steps:
        before, end = titles(store), head(store).seq
        ACTS[step](store)
        if head(store).seq > end:
            states.append((head(store).seq, before))
    for seq, before in reversed(states):
        undo_act(store, seq)
        assert titles(store) == before
    assert store.count(schema.agenda.name) == 0
    assert faults(store) == []
    store.close()
