"""What leadership is to act upon first: the order of the cards, and what a card says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from analytics.actions.replay import with_due
from services.actions.cards import (
    CARDS,
    DUE,
    OVERDUE,
    PLANNED,
    PRIORITY,
    UNOWNED,
    action_cards,
    ranked,
)
from services.dataset import Dataset
from services.reports.overview import overview

DAY = date(2024, 2, 13)
BELITUNG, SIJUK = "19.02", "19.02.04"


def actions(*rows: tuple[str, int | None, str | None], ended: bool = False) -> pd.DataFrame:
    """Actions from (id, days to due, place), as the register gives them."""
    frame = pd.DataFrame(list(rows), columns=["action_id", "days", "place_code"])
    due = [
        pd.NaT if days is None else pd.Timestamp(DAY) + pd.Timedelta(days=days)
        for _, days, _ in rows
    ]
    frame = frame.assign(
        due=pd.to_datetime(pd.Series(due, dtype="datetime64[s]")),
        closed_on=pd.Series(
            pd.Timestamp(DAY) if ended else pd.NaT, index=frame.index, dtype="datetime64[s]"
        ),
        decision="Koordinasi " + frame["action_id"],
        owner="Kesbangpol",
    )
    return with_due(frame, pd.Timestamp(DAY))


def agenda(*rows: tuple[str, str, str | None, int]) -> pd.DataFrame:
    """Agenda from (id, kind, owner, days to come)."""
    frame = pd.DataFrame(list(rows), columns=["row_id", "kind", "owner", "days_to"])
    return frame.assign(title="Kirim " + frame["row_id"], unit_code=BELITUNG)


def watch(*codes: str, ahead_only: tuple[str, ...] = ()) -> pd.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "code": code,
            "n_potensi": 0,
            "n_konflik": 0 if code in ahead_only else 1,
            "agenda_ids": ("G1",) if code in ahead_only else (),
        }
        for code in codes
    ]
    return pd.DataFrame(rows, columns=["code", "n_potensi", "n_konflik", "agenda_ids"])


def order(*frames: pd.DataFrame, most: int = 99) -> list[tuple[str, list[str]]]:
    key = {OVERDUE: "action_id", DUE: "action_id", PLANNED: "row_id", UNOWNED: "code"}
    return [(kind, rows[key[kind]].tolist()) for kind, rows in ranked(*frames, most=most)]


def test_late_goes_before_due_before_agenda_before_a_place_that_nobody_sees_to() -> None:
    found = order(
        actions(("D14", 14, None), ("D0", 0, None), ("L2", -2, None), ("L9", -9, None)),
        agenda(("G2", "sidang", "Bawaslu", 6), ("G1", "distribusi", "KPU", 1)),
        watch(SIJUK, "19.05"),
    )
    assert found == [
        (OVERDUE, ["L9"]),
        (OVERDUE, ["L2"]),
        (DUE, ["D0"]),
        (DUE, ["D14"]),
        (PLANNED, ["G1"]),
        (PLANNED, ["G2"]),
        (UNOWNED, [SIJUK]),
    ]
    assert [kind for kind, _ in found] == sorted((kind for kind, _ in found), key=PRIORITY.index)


def test_three_cards_at_most_and_the_rest_waits() -> None:
    late = actions(*((f"L{n}", -n, None) for n in range(1, 6)))
    assert [ids for _, [ids] in order(late, agenda(), watch(SIJUK), most=CARDS)] == [
        "L5", "L4", "L3",
    ]  # fmt: skip


def test_what_is_far_undated_ended_or_nobodys_makes_no_card() -> None:
    assert order(actions(("D15", 15, None), ("D", None, None)), agenda(), watch()) == []
    assert order(actions(("L1", -1, None), ended=True), agenda(), watch()) == []
    nobody = agenda(("G1", "sidang", None, 1), ("G2", "sidang", "KPU", 15))
    assert order(actions(), nobody, watch()) == []


def test_what_comes_of_one_kind_on_one_day_is_one_card() -> None:
    found = order(
        actions(),
        agenda(
            ("G1", "distribusi", "KPU A", 0),
            ("G2", "distribusi", "KPU B", 0),
            ("G3", "sidang", "Bawaslu", 0),
            ("G4", "distribusi", "KPU A", 1),
        ),
        watch(),
    )
    assert found == [(PLANNED, ["G1", "G2"]), (PLANNED, ["G3"]), (PLANNED, ["G4"])]


def test_a_place_is_seen_to_by_an_action_for_it_around_it_or_inside_it() -> None:
    for place in (SIJUK, BELITUNG, f"{SIJUK}.2001"):
        going = actions(("A", 60, place))
        assert order(going, agenda(), watch(SIJUK)) == [], place
    for place in ("19", "19.02.01", "19.05", None):
        going = actions(("A", 60, place))
        assert order(going, agenda(), watch(SIJUK)) == [(UNOWNED, [SIJUK])], place
    ended = actions(("A", 60, SIJUK), ended=True)
    assert order(ended, agenda(), watch(SIJUK)) == [(UNOWNED, [SIJUK])]
    # The code of one unit begins like that of another, and is not a part of it.
    assert order(actions(("A", 60, "19.02.0")), agenda(), watch(SIJUK)) == [(UNOWNED, [SIJUK])]


def test_the_owner_of_an_event_sees_to_a_place_that_only_the_event_put_on_the_list() -> None:
    event = agenda(("G1", "distribusi", "KPU", 1))
    listed = watch(BELITUNG, ahead_only=(BELITUNG,))
    assert order(actions(), event, listed) == [(PLANNED, ["G1"])]
    nobodys = agenda(("G1", "distribusi", None, 1))
    assert order(actions(), nobodys, listed) == [(UNOWNED, [BELITUNG])]
    assert order(actions(), event, watch(BELITUNG)) == [(PLANNED, ["G1"]), (UNOWNED, [BELITUNG])]


def test_the_cards_of_the_eve_say_place_what_who_and_when(dataset: Dataset) -> None:
    found = overview(dataset, DAY)
    register = actions(("L3", -3, SIJUK), ("D1", 1, None))
    late, due, planned = action_cards(dataset, DAY, register, found.agenda, found.watch, "id")
    assert (late.what, late.place, late.who, late.when) == (
        "Koordinasi L3", "Kec. Sijuk, Kab. Belitung", "Kesbangpol", "lewat 3 hari",
    )  # fmt: skip
    assert (late.page, late.address) == ("tindakan", {"tab": "tindakan", "tindakan": "L3"})
    assert (due.when, due.place) == ("besok", "")
    # Four deliveries of the day are one card, which leads to the plan of deliveries.
    assert (planned.what, planned.when, planned.page) == (
        "Distribusi di 4 tempat", "hari ini", "distribusi",
    )  # fmt: skip
    assert planned.who == "KPU Kabupaten (4)"


def test_offices_of_unlike_names_are_counted_after_the_first(dataset: Dataset) -> None:
    two = agenda(("G1", "sidang", "Bawaslu", 1), ("G2", "sidang", "KPU", 1))
    [card] = action_cards(dataset, DAY, actions(), two, watch(), "id")
    assert card.who == "Bawaslu +1"
    same = agenda(("G1", "sidang", "Bawaslu", 1), ("G2", "sidang", "Bawaslu", 1))
    [card] = action_cards(dataset, DAY, actions(), same, watch(), "id")
    assert card.who == "Bawaslu"


def test_the_card_of_a_place_leads_to_a_new_action_for_it(dataset: Dataset) -> None:
    as_of = date(2025, 10, 29)
    found = overview(dataset, as_of)
    [card] = action_cards(dataset, as_of, actions(), agenda(), found.watch, "id")
    assert card.who == "belum ada penanggung jawab"
    assert card.page == "tindakan"
    assert card.address == {
        "tab": "tindakan", "tindakan": "baru", "wilayah": found.watch["code"].iloc[0],
    }  # fmt: skip
    [english] = action_cards(dataset, as_of, actions(), agenda(), found.watch, "en")
    assert english.who == "no owner yet"


def test_without_anything_there_is_no_card(dataset: Dataset) -> None:
    assert action_cards(dataset, DAY, actions(), agenda(), watch(), "id") == []


def test_a_place_that_what_or_who_names_is_not_said_twice(dataset: Dataset) -> None:
    one = agenda(("ke Belitung", "sidang", "KPU", 1))
    [card] = action_cards(dataset, DAY, actions(), one, watch(), "id")
    assert card.place == ""
    other = agenda(("ke TPS", "sidang", "KPU", 1))
    [card] = action_cards(dataset, DAY, actions(), other, watch(), "id")
    assert card.place == "Kab. Belitung"
