"""Two who change one record: merged where they do not meet, asked about where they do."""

from __future__ import annotations

from itertools import product
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from data.errors import RecordChangedError
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.conflict import Edit, Theirs, expect, settled
from tests.ledger.test_ledger import AGENDA, drop, put, store

__all__ = ["store"]

ANNA, BUDI = (Actor(f"{name}.1", name, "verifikator") for name in ("Kesbangpol", "Polda"))
DAY = pd.Timestamp(2024, 1, 1)
SEEN = {"kind": "sidang", "title": "Rapat", "unit_code": "99.01", "date_start": DAY}


def change(store: Store, **values: Any) -> None:
    with store.begin("import.agenda") as connection:
        connection.execute(update(AGENDA).where(AGENDA.c.agenda_id == "a").values(**values))


def ask(store: Store, wanted: dict[str, Any], seen: dict[str, Any] | None = None) -> Edit:
    with store.snapshot() as connection:
        return expect(connection, AGENDA, ("a",), SEEN if seen is None else seen, wanted)


def test_what_others_changed_elsewhere_stays_and_says_who_and_when(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "a", "b")
    for minute, actor, values in (
        (1, BUDI, {"date_start": pd.Timestamp(2024, 1, 2)}),
        (2, ANNA, {"date_start": pd.Timestamp(2024, 1, 3)}),
        (3, BUDI, {"owner": "KPU"}),
    ):
        monkeypatch.setenv("SIAGA_NOW", f"2024-02-01T03:0{minute}:00+00:00")
        with acting(actor):
            change(store, **values)
    found = ask(store, {**SEEN, "title": "Sidang", "owner": None})
    assert found.writes == {"title": "Sidang"}
    by = {one.column: one for one in found.others}
    assert list(by) == ["date_start", "owner"]
    day = by["date_start"]  # from what was seen, by whoever changed it last
    assert (day.seen, day.stored, day.mine) == ("2024-01-01", "2024-01-03", "2024-01-01")
    assert (day.account, day.office, str(day.at)) == (
        "Kesbangpol.1", "Kesbangpol", "2024-02-01 03:02:00+00:00",
    )  # fmt: skip
    assert (by["owner"].seen, by["owner"].stored, by["owner"].office) == (None, "KPU", "Polda")
    assert ask(store, {"title": "Sidang"}, {"title": "Rapat"}) == Edit({"title": "Sidang"}, ())


def test_who_is_asked_chooses_and_is_asked_again_when_it_changed_again(store: Store) -> None:
    put(store, "a")
    with acting(BUDI):
        change(store, title="Aksi", owner="KPU", kind="aksi")
    wanted = {"title": "Sidang", "owner": "Bawaslu"}
    theirs, others = asked(store, wanted)
    assert [(one.column, one.seen, one.stored, one.mine, one.office) for one in theirs] == [
        ("title", "Rapat", "Aksi", "Sidang", "Polda"),
        ("owner", None, "KPU", "Bawaslu", "Polda"),
    ]
    assert [(one.column, one.stored) for one in others] == [("kind", "aksi")]
    seen, chosen = settled(theirs, ["owner"], SEEN, wanted)
    assert ask(store, chosen, seen).writes == {"title": "Sidang"}
    change(store, title="Debat", owner="Polda")  # between the question and the answer
    theirs, others = asked(store, chosen, seen)
    assert [(one.column, one.seen, one.stored) for one in theirs] == [("title", "Aksi", "Debat")]
    assert [one.column for one in others] == ["kind", "owner"]


def asked(
    store: Store, wanted: dict[str, Any], seen: dict[str, Any] | None = None
) -> tuple[list[Theirs], list[Theirs]]:
    with pytest.raises(RecordChangedError) as caught:
        ask(store, wanted, seen)
    error = caught.value
    assert error.changed == tuple(one.column for one in error.theirs)
    return list(error.theirs), list(error.others)


def test_a_record_that_is_gone_is_no_question(store: Store) -> None:
    put(store, "a")
    drop(store, "a")
    with pytest.raises(RecordChangedError) as caught:
        ask(store, {"title": "Sidang", "owner": None})
    assert (caught.value.changed, caught.value.theirs) == (("owner", "title"), ())


def test_every_way_in_which_three_values_can_differ(store: Store) -> None:
    put(store, "a")
    values = (None, "KPU", "Polda")
    for now in values:
        change(store, owner=now)
        for was, own in product(values, values):
            seen, wanted = SEEN | {"owner": was}, {"owner": own}
            if own not in (was, now) and was != now:
                theirs, _ = asked(store, wanted, seen)
                assert [(one.seen, one.stored, one.mine) for one in theirs] == [(was, now, own)]
            else:
                found = ask(store, wanted, seen)
                assert found.writes == ({"owner": own} if own not in (was, now) else {})
                moved = [one.column for one in found.others]
                assert moved == (["owner"] if own == was and was != now else [])


def test_a_change_that_came_with_many_others_names_nobody(store: Store) -> None:
    put(store, "a", title="Aksi")
    (one,), _ = asked(store, {"title": "Sidang"}, SEEN)
    assert one.office is not None
    with store.begin("record.erase") as connection:  # as texts are erased
        rows = AGENDA.metadata.tables["record_changes"]
        connection.execute(update(rows).values(before=None, after=None))
    (one,), _ = asked(store, {"title": "Sidang"}, SEEN)
    assert (one.at, one.account, one.office) == (None, None, None)
