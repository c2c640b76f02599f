"""The register of actions: every change noted, nothing written over unseen, any day replayed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from sqlalchemy import update

from data.errors import ActionChangedError, ActionUnknownError, RecordChangedError, SchemaError
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.conflict import Theirs, settled
from geo.errors import ParameterError
from services.actions.register import (
    actions_on,
    close_action,
    edit_action,
    history_of,
    paid_off,
    reopen_action,
    row_of,
    save_action,
    undo_action,
)
from services.dataset import Dataset, load_dataset

NOVEMBER, DECEMBER, JANUARY = date(2023, 11, 6), date(2023, 12, 20), date(2024, 1, 31)
VALUES = {
    "risk": "Kotak suara terlambat",
    "decision": "Siapkan kapal cadangan",
    "owner": "KPU Kabupaten Bangka Selatan",
    "place_code": "19.03",
    "stage": "logistik",
    "due": date(2023, 12, 15),
}


@pytest.fixture
def data(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T03:00:00+00:00")
    return load_dataset(own_store)


def add(data: Dataset, on: date = NOVEMBER, **more: object) -> str:
    return save_action(data, {**VALUES, **more}, "Kesbangpol", "formulir", on=on)


def last(data: Dataset, key: str) -> str:
    return str(history_of(data.fresh(), key)["change_id"].iloc[0])


@pytest.mark.parametrize("moment", ["2024-01-31T17:30:00+00:00", "2024-01-31T23:59:59+00:00"])
def test_an_action_is_added_and_ended_before_seven_in_the_morning(
    data: Dataset, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    # In the province the day begins seven hours before that of the store.
    monkeypatch.setenv("SIAGA_NOW", moment)
    key = save_action(data, VALUES, "Kesbangpol", "formulir")
    close_action(data.fresh(), key, "KPU", "selesai", None, date(2024, 2, 1), "formulir")
    row = actions_on(data.fresh(), date(2024, 2, 1)).iloc[0]
    assert (row["opened_on"], row["closed_on"]) == (pd.Timestamp(2024, 2, 1),) * 2


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1944, 12, 31), date(2024, 2, 2)])
def test_no_change_is_dated_where_no_store_keeps_it(data: Dataset, day: date) -> None:
    with pytest.raises(ParameterError):
        add(data, day)
    assert history_of(data.fresh(), "tdk-0").empty
    assert actions_on(data.fresh(), NOVEMBER).empty


@pytest.mark.parametrize(
    "more", [{"due": date(1, 1, 1)}, {"due": "9999-12-31"}, {"risk": "x" * 4001}]
)
def test_what_no_workbook_would_bring_in_again_is_refused(
    data: Dataset, more: dict[str, object]
) -> None:
    with pytest.raises(ParameterError):
        add(data, **more)
    assert actions_on(data.fresh(), NOVEMBER).empty


def test_an_action_lives_through_its_days_as_worked_by_hand(data: Dataset) -> None:
    key = add(data)
    close_action(data, key, "KPU", "selesai", "Dua kapal siap", DECEMBER, "rakor")
    data = data.fresh()
    assert actions_on(data, date(2023, 11, 5)).empty
    opened = actions_on(data, NOVEMBER).iloc[0]
    assert (opened["status"], opened["days_left"], opened["overdue"]) == ("belum_mulai", 39, False)
    assert "Bangka Selatan" in opened["place"]
    late = actions_on(data, date(2023, 12, 16)).iloc[0]
    assert (late["days_left"], late["overdue"]) == (-1, True)
    on_its_day = actions_on(data, date(2023, 12, 15)).iloc[0]
    assert (on_its_day["days_left"], on_its_day["overdue"]) == (0, False)
    closed = actions_on(data, JANUARY).iloc[0]
    assert (closed["status"], closed["result"]) == ("selesai", "Dua kapal siap")
    assert closed["closed_on"] == pd.Timestamp(DECEMBER)
    assert not closed["overdue"]
    assert pd.isna(closed["days_left"])
    by = paid_off(data, JANUARY).by_owner.loc[VALUES["owner"]]
    assert by.to_dict() == {
        "n": 1, "done": 1, "in_time": 0, "late": 1, "cancelled": 0, "going": 0, "overdue": 0,
        "without_result": 0,
    }  # fmt: skip


def test_an_action_that_another_person_ended_meanwhile_is_not_ended_over_them(
    data: Dataset,
) -> None:
    key = add(data)
    data = data.fresh()
    seen = row_of(data, key)
    close_action(data, key, "Polda", "batal", "Kapal tidak ada", DECEMBER, "rakor")
    with pytest.raises(RecordChangedError) as caught:
        close_action(data, key, "KPU", "selesai", "Dua kapal siap", DECEMBER, "rakor", seen)
    assert {"status", "result"} <= set(caught.value.changed)
    row = actions_on(data.fresh(), JANUARY).iloc[0]
    assert (row["status"], row["result"]) == ("batal", "Kapal tidak ada")


def test_a_change_says_what_changed_and_nothing_else(data: Dataset) -> None:
    key = add(data)
    changed = {"action_id": key, "due": date(2024, 2, 2), "owner": VALUES["owner"]}
    save_action(data, changed, "Kesbangpol", "perintah")
    row = history_of(data.fresh(), key).iloc[0]
    assert (row["before"], row["after"]) == ('{"due": "2023-12-15"}', '{"due": "2024-02-02"}')
    assert (row["via"], row["office"]) == ("perintah", "Kesbangpol")
    assert row["recorded_at"] == pd.Timestamp("2024-02-01T03:00:00.000001Z")
    save_action(data, changed, "Kesbangpol", "perintah")
    assert len(history_of(data.fresh(), key)) == 2


def edit(
    data: Dataset, key: str, seen: dict[str, object], office: str, **values: object
) -> tuple[Theirs, ...]:
    return edit_action(data, key, values, seen, office, "formulir")


def test_who_changes_what_others_changed_is_asked_and_what_they_changed_beside_stays(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = add(data)
    seen = {str(n): v for n, v in actions_on(data.fresh(), JANUARY).iloc[0].items()}
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T03:05:00+00:00")
    assert edit(data, key, seen, "Polda", due=JANUARY, owner=VALUES["owner"]) == ()
    (told,) = edit(data, key, seen, "Bawaslu", status="berjalan", due=seen["due"])
    assert (told.column, told.seen, told.stored) == ("due", "2023-12-15", "2024-01-31")
    assert (told.office, str(told.at)) == ("Polda", "2024-02-01 03:05:00+00:00")
    with pytest.raises(RecordChangedError) as refused:
        edit(data, key, seen, "KPU", owner="Bawaslu", due="2024-02-02")
    (asked,), (beside,) = refused.value.theirs, refused.value.others
    assert (asked.column, asked.office, asked.mine) == ("due", "Polda", "2024-02-02")
    assert (beside.column, beside.office, beside.stored) == ("status", "Bawaslu", "berjalan")
    assert actions_on(data.fresh(), date(2024, 2, 1))["owner"].tolist() == [VALUES["owner"]]
    again, wanted = settled([asked], ["due"], seen, {"owner": "Bawaslu", "due": "2024-02-02"})
    edit(data, key, again, "KPU", **wanted)
    row = actions_on(data.fresh(), date(2024, 2, 1)).iloc[0]
    assert (row["owner"], row["due"], row["status"]) == (
        "Bawaslu", pd.Timestamp(JANUARY), "berjalan",
    )  # fmt: skip
    with pytest.raises(ActionUnknownError):
        edit(data, "tdk-0", seen, "KPU", owner="Bawaslu")


def test_who_goes_on_with_an_action_that_others_ended_is_asked_and_leaves_no_end(
    data: Dataset,
) -> None:
    key = add(data)
    seen = {str(n): v for n, v in actions_on(data.fresh(), JANUARY).iloc[0].items()}
    assert edit(data, key, seen, "KPU", status="selesai", result="Ada") == ()
    wanted = {"status": "berjalan", "closed_on": None}
    with pytest.raises(RecordChangedError) as refused:
        edit(data, key, seen, "Polda", **wanted)
    assert [one.column for one in refused.value.theirs] == ["status"]
    again, wanted = settled(refused.value.theirs, (), seen, wanted)
    (told,) = edit(data, key, again, "Polda", **wanted)
    assert (told.column, told.stored) == ("result", "Ada")  # not the end, which is no more
    row = actions_on(data.fresh(), date(2024, 2, 1)).iloc[0]
    assert (row["status"], row["result"], row["going"]) == ("berjalan", "Ada", True)
    assert pd.isna(row["closed_on"])


def test_blanks_of_a_kept_text_are_no_change_of_who_leaves_it_alone(data: Dataset) -> None:
    key = add(data)
    with data.store.begin("action.write") as connection:
        connection.execute(update(schema.meeting.actions).values(reason="dua  blanko"))
    seen = {**VALUES, "reason": "dua  blanko"}
    edit(data, key, seen, "KPU", reason="dua  blanko", owner="Bawaslu")
    after = history_of(data.fresh(), key)["after"].iloc[0]
    assert after == '{"owner": "Bawaslu"}'


def test_a_change_that_was_not_seen_is_not_taken_back(data: Dataset) -> None:
    key = add(data)
    seen = last(data, key)
    save_action(data, {"action_id": key, "due": JANUARY}, "Polda", "formulir")
    with pytest.raises(ActionChangedError) as refused:
        undo_action(data, key, "KPU", "formulir", seen)
    assert (refused.value.changed, refused.value.office) == (("due",), "Polda")
    undo_action(data, key, "KPU", "formulir", last(data, key))
    assert actions_on(data.fresh(), JANUARY)["due"].tolist() == [pd.Timestamp("2023-12-15")]


def test_an_action_goes_on_again_and_a_change_is_taken_back(data: Dataset) -> None:
    key = add(data)
    close_action(data, key, "KPU", "batal", None, DECEMBER, "formulir")
    reopen_action(data, key, "KPU", "Kapal rusak", "formulir", on=JANUARY)
    row = actions_on(data.fresh(), JANUARY).iloc[0]
    assert row["going"]
    assert history_of(data.fresh(), key)["note"].iloc[0] == "Kapal rusak"
    undo_action(data, key, "KPU", "formulir")
    assert actions_on(data.fresh(), date(2024, 2, 1))["status"].tolist() == ["batal"]
    other = add(data, risk="Lain")
    undo_action(data, other, "KPU", "formulir")
    assert actions_on(data.fresh(), date(2024, 2, 1))["action_id"].tolist() == [key]
    undo_action(data, other, "KPU", "formulir")
    assert set(actions_on(data.fresh(), date(2024, 2, 1))["action_id"]) == {key, other}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"risk": " "}, "risk"),
        ({"owner": "Bapak Anu"}, "an office, never a person"),
        ({"place_code": "99.99"}, "a row of units"),
        ({"stage": "libur"}, "one of"),
        ({"status": "tuntas"}, "one of"),
        ({"warning_id": "wrn-x"}, "a row of warnings"),
        ({"meeting_id": "rakor-x"}, "a row of meetings"),
        ({"opened_on": date(2024, 2, 2)}, "no time to come"),
        ({"status": "selesai", "closed_on": date(2023, 11, 5)}, "not before opened_on"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    data: Dataset, values: dict[str, object], words: str
) -> None:
    before = data.store.revisions()
    with pytest.raises(SchemaError, match=words):
        add(data, **values)
    assert data.store.revisions() == before


def test_other_faults_have_errors_of_their_own(data: Dataset) -> None:
    key = add(data)
    before = data.store.revisions()
    with pytest.raises(SchemaError, match="expected one that is new"):
        add(data)
    with pytest.raises(SchemaError, match="office"):
        save_action(data, {"action_id": key, "due": JANUARY}, "Ibu Anu", "formulir")
    with pytest.raises(ActionUnknownError):
        save_action(data, {"action_id": "tdk-0", "due": JANUARY}, "KPU", "formulir")
    with pytest.raises(ActionUnknownError):
        undo_action(data, "tdk-0", "KPU", "formulir")
    with pytest.raises(ParameterError, match="status"):
        close_action(data, key, "KPU", "berjalan", "", JANUARY, "formulir")
    with pytest.raises(ParameterError, match="on="):
        close_action(data, key, "KPU", "selesai", "", date(2024, 2, 2), "formulir")
    with pytest.raises(ParameterError, match="due"):
        save_action(data, {"action_id": key, "due": "besok"}, "KPU", "formulir")
    with pytest.raises(ParameterError, match="warna"):
        save_action(data, {"action_id": key, "warna": "merah"}, "KPU", "formulir")
    assert data.store.revisions() == before
