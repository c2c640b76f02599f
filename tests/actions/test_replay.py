"""Replaying all changes gives the table, whatever was done to it by whichever way."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from analytics.actions.replay import DAYS, TEXTS, paid_off, replay, with_due
from data.actions.register import CHANGES, TABLE, take_back, write_action
from data.errors import SchemaError
from data.ingest.history import undo_import
from data.store import tables as schema
from data.store.engine import Store
from data.store.meeting.rules import ENDED
from services.ingest.imports import import_file
from tests.imports import fill

FIRST = date(2024, 1, 1)
TODAY = date(2024, 2, 1)
OFFICES = ("KPU", "Bawaslu", "Polda", "Kesbangpol")
PLACES = ("19", "19.01", "19.01.04.2004", None)
WORDS = st.text("abc àé\"'<&=1", min_size=1, max_size=6).filter(lambda words: words.strip(" '="))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "change", "close", "back", "file", "undo"]),
        st.integers(0, 5),
        st.integers(0, 31),
        WORDS,
        st.sampled_from(OFFICES),
        st.sampled_from(PLACES),
    ),
    max_size=8,
)


def do(store: Store, folder: Path, step: tuple[Any, ...], made: dict[str, list[str]]) -> None:
    """Do one step; one that is refused leaves the store as it was."""
    what, n, days, words, office, place = step
    day = FIRST + timedelta(days=days)
    keys = sorted(store.read("actions")["action_id"]) or ["tdk-none"]
    key = keys[n % len(keys)]
    if what == "add":
        values = {"risk": words, "decision": f"d{n}", "owner": office, "place_code": place}
        write_action(store, values, office, "formulir", on=day)
    elif what == "change":
        values = {"action_id": key, "due": day, "result": words, "place_code": place}
        write_action(store, values, office, "perintah", on=day)
    elif what == "close":
        status = ("selesai", "batal", "berjalan", "belum_mulai")[n % 4]
        write_action(store, {"action_id": key, "status": status}, office, "rakor", on=TODAY)
    elif what == "back":
        take_back(store, key, office, "formulir")
    elif what == "file":
        path = folder / f"{n}-{days}.csv"
        known = key if n % 2 else ""
        frame = pd.DataFrame(
            [[known, f"r{days}", f"d{words}", office, place or "", day.isoformat()]],
            columns=["Kode tindakan", "Risiko", "Keputusan", "PJ", "Kode Kemendagri", "Tenggat"],
        )
        frame.to_csv(path, index=False)
        made["imports"].append(import_file(store, "actions", path).import_id)
    elif made["imports"]:
        undo_import(store, made["imports"][n % len(made["imports"])])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('replay') / 'siaga.db'}")
    fill(store)
    return store


def same(store: Store) -> None:
    """Hold replayed changes against the table; each row has said what it says by its own change."""
    found = replay(store.read("action_changes"))
    table = store.read("actions")
    columns = ["action_id", *TEXTS, *DAYS]
    pd.testing.assert_frame_equal(
        found[columns], table[columns].reset_index(drop=True), check_dtype=True
    )


@settings(max_examples=10, phases=[Phase.generate])
@given(steps=STEPS)
def test_replaying_all_changes_gives_the_table(
    store: Store, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    with store.begin("setup.prepare") as connection:
        for table in (TABLE, CHANGES, schema.imports, schema.history, schema.quarantine):
            connection.execute(delete(table))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_NOW", "2024-02-01T03:00:00+00:00")
        made: dict[str, list[str]] = {"imports": []}
        folder = tmp_path_factory.mktemp("files")
        for step in steps:
            before = store.read("action_changes")
            try:
                do(store, folder, step, made)
            except Exception as error:
                if not type(error).__module__.startswith(("data.", "geo.")):
                    raise
            after = store.read("action_changes")
            # Rows are only ever added, and sort behind those before them.
            pd.testing.assert_frame_equal(after.iloc[: len(before)], before, check_dtype=False)
            same(store)


def slow_state(changes: list[dict[str, Any]], day: date) -> dict[str, dict[str, Any]]:
    """Work out a day again, backwards: the newest change that names a column decides it."""
    keys = {one["action_id"] for one in changes}
    found = {}
    for key in keys:
        own = [one for one in changes if one["action_id"] == key and one["at"].date() <= day]
        starts = [n for n, one in enumerate(own) if one["before"] is None]
        own = own[starts[-1] :] if starts else []
        if not own or any(one["after"] is None for one in own):
            continue
        names = {name for one in own for name in json.loads(one["after"])}
        found[key] = {
            name: next(v[name] for one in reversed(own) if name in (v := json.loads(one["after"])))
            for name in names
        }
    return found


@st.composite
def journals(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return changes in the order of writing, of a few actions, on days in any order."""
    out: list[dict[str, Any]] = []
    there: set[str] = set()
    for n in range(draw(st.integers(0, 15))):
        key = draw(st.sampled_from(["a", "b", "c"]))
        gone = key in there and draw(st.integers(0, 5)) == 0
        values = draw(
            st.dictionaries(
                st.sampled_from(["owner", "result", "due"]), st.just(f"2024-01-{n + 1:02}")
            )
        )
        day = pd.Timestamp(FIRST, tz="UTC") + pd.Timedelta(days=draw(st.integers(0, 20)))
        out.append(
            {
                "change_id": f"{n:03}",
                "action_id": key,
                "at": day,
                "office": "KPU",
                "before": None if key not in there else "{}",
                "after": None if gone else json.dumps(values),
            }
        )
        (there.discard if gone else there.add)(key)
    return out


@given(changes=journals(), days=st.integers(0, 20))
def test_a_day_is_what_another_way_of_working_it_out_says(
    changes: list[dict[str, Any]], days: int
) -> None:
    day = FIRST + timedelta(days=days)
    columns = ["change_id", "action_id", "at", "office", "before", "after"]
    frame = pd.DataFrame(changes, columns=columns).astype({"at": "datetime64[us, UTC]"})
    until = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=23)
    rows = replay(frame, until).set_index("action_id")
    wanted = slow_state(changes, day)
    assert set(rows.index) == set(wanted)
    for key, values in wanted.items():
        for name in ("owner", "result", "due"):
            found = rows.loc[key, name]
            said = values.get(name)
            if said is None:
                assert pd.isna(found)
            else:
                assert found == (pd.Timestamp(said) if name == "due" else said)


DAY = pd.Timestamp("2024-02-01")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["KPU", "Polda"]),
        st.one_of(st.none(), st.integers(-30, 30)),
        st.sampled_from(["belum_mulai", "berjalan", *ENDED]),
        st.integers(-30, 0),
        st.booleans(),
    )
)


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    columns = ["owner", "due", "status", "closed_on", "result"]
    frame = pd.DataFrame(rows, columns=columns).assign(
        action_id=[f"t{n:02}" for n in range(len(rows))]
    )
    days = {
        name: pd.to_timedelta(frame[name].astype("float64"), unit="D") + DAY
        for name in columns[1:4:2]
    }
    frame = frame.assign(**days).astype({"owner": "str", "status": "str"})
    ended = frame["status"].isin(ENDED)
    return frame.assign(
        closed_on=frame["closed_on"].where(ended).astype("datetime64[us]"),
        due=frame["due"].astype("datetime64[us]"),
        result=frame["result"].map({True: "ada", False: None}).astype("str"),
    )


@given(rows=ROWS)
def test_overdue_come_first_and_what_paid_off_adds_up(rows: list[tuple[Any, ...]]) -> None:
    found = with_due(frame_of(rows), DAY)
    assert len(found) == len(rows)
    order = found["overdue"].astype(int).tolist()
    assert order == sorted(order, reverse=True)
    going = found["going"].astype(int).tolist()
    assert going == sorted(going, reverse=True)
    assert found["days_left"].isna().eq(~found["going"] | found["due"].isna()).all()
    by = paid_off(found, "owner", "selesai", ["batal"])
    assert by["n"].sum() == len(rows)
    assert (by["n"] == by["done"] + by["cancelled"] + by["going"]).all()
    assert (by["in_time"] + by["late"] <= by["done"]).all()
    assert (by["overdue"] <= by["going"]).all()
    late = [r for r in rows if r[2] == "selesai" and r[1] is not None and r[3] > r[1]]
    assert by["late"].sum() == len(late)


def test_two_offices_that_write_at_once_never_share_a_change(store: Store) -> None:
    values = {"risk": "r", "decision": "d", "owner": "KPU"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_NOW", "2020-01-01T00:00:00+00:00")
        keys = [
            write_action(store, {**values, "risk": f"r{n}"}, "KPU", "formulir") for n in range(3)
        ]
        with pytest.raises(SchemaError):
            write_action(store, {**values, "risk": "r0"}, "KPU", "formulir")
    changes = store.read("action_changes")
    assert changes["change_id"].is_unique
    assert len(set(keys)) == 3
    same(store)
