"""The chain of custody: worked by hand, against a plain reading of its rules, invariants."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.custody.chain import (
    GAP_COLUMNS,
    PIER,
    STATES,
    custody_gaps,
    events_of,
    positions,
    standing,
    whole_desa_counts,
)

A, B = "19.03.02.2001", "19.03.02.2002"
TPS = pd.DataFrame({"tps_id": [f"e/{A}/001", f"e/{A}/002", f"e/{B}/001"], "desa_code": [A, A, B]})
ONE, TWO, THREE = TPS["tps_id"]
NO_BOATS = pd.Series(dtype="boolean")
BOATS = pd.Series(True, index=[ONE, TWO], dtype="boolean")
OFFICES = ("from_office", "to_office", "carrier", "receiver")


def at(clock: str, day: int = 13) -> pd.Timestamp:
    return pd.Timestamp(f"2024-02-{day:02}T{clock}:00+07:00").tz_convert("UTC")


def row(number: int, state: str, clock: str, **more: Any) -> dict[str, Any]:
    told = {
        "receipt_id": f"r{number}", "desa_code": A, "tps_id": ONE, "state": state, "at": at(clock),
        "boxes": 5, "seals": "S1|S2", "from_office": "Gudang KPU", "to_office": "PPS A",
        "carrier": "PT Pos", "receiver": None, "kind": "catatan", "refers_to": None,
        "short_count": None, "damaged_count": None,
    }  # fmt: skip
    return told | more


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    columns = list(row(0, "tiba", "00:00"))
    frame = pd.DataFrame(list(rows), columns=columns)
    texts = [c for c in columns if c not in {"at", "boxes", "short_count", "damaged_count"}]
    counts = dict.fromkeys(("boxes", "short_count", "damaged_count"), "Int64")
    frame = frame.astype(dict.fromkeys(texts, "str")).astype(counts)
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))


WHOLE = (
    row(1, "berangkat", "05:00"),
    row(2, "di_dermaga", "06:30", from_office="PT Pos"),
    row(3, "tiba", "09:00", from_office="PT Pos"),
    row(4, "diterima", "09:20", from_office="PT Pos", receiver="PPS A"),
    row(5, "dibuka", "23:00", from_office="PPS A", to_office="KPPS 1"),
    row(6, "kembali", "23:30", from_office="KPPS 1", to_office="PPS A", seals="T9"),
)


def gaps_of(*rows: dict[str, Any], by_boat: pd.Series = BOATS) -> pd.DataFrame:
    return custody_gaps(events_of(standing(table(*rows)), TPS), by_boat)


def kinds(*rows: dict[str, Any], by_boat: pd.Series = BOATS) -> list[tuple[str, str, str, str]]:
    found = gaps_of(*rows, by_boat=by_boat)
    return list(
        found[["gap", "receipt_id", "found", "expected"]].itertuples(index=False, name=None)
    )


def test_a_whole_chain_has_no_gap_and_none_has_none() -> None:
    assert kinds(*WHOLE) == []
    assert kinds() == []
    assert list(gaps_of().columns) == list(GAP_COLUMNS)


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({4: {"at": at("08:59")}}, ("waktu_mundur", "r5", "2024-02-13T01:59+00:00",
                                    "2024-02-13T02:20+00:00")),
        ({3: {"seals": "S1|S3"}, 4: {"seals": "S1|S3"}}, ("segel_berubah", "r4", "S1|S3", "S1|S2")),
        ({5: {"boxes": 4}}, ("jumlah_berbeda", "r6", "4", "5")),
        ({3: {"receiver": None, "to_office": None, "carrier": None}},
         ("pemegang_kosong", "r4", "", "")),
        ({5: {"from_office": "Kantor lain"}}, ("pemegang_berbeda", "r6", "Kantor lain", "KPPS 1")),
    ],
)  # fmt: skip
def test_each_kind_of_gap_is_found_and_says_where(
    change: dict[int, dict[str, Any]], gap: tuple[str, str, str, str]
) -> None:
    rows = [told | change.get(n, {}) for n, told in enumerate(WHOLE)]
    assert gap in kinds(*rows)


@pytest.mark.parametrize("n", range(5))
def test_a_later_state_without_an_earlier_one_is_a_gap(n: int) -> None:
    rows = [told for m, told in enumerate(WHOLE) if m != n]
    missing = [gap for gap in kinds(*rows) if gap[0] == "tahap_hilang"]
    assert missing == [("tahap_hilang", "r6", "kembali", STATES[n])]


def test_a_pier_is_due_only_where_the_way_crosses_the_sea() -> None:
    rows = [told for told in WHOLE if told["state"] != PIER]
    assert [gap[3] for gap in kinds(*rows)] == [PIER]
    assert kinds(*rows, by_boat=NO_BOATS) == []


def test_new_seals_of_the_way_back_are_no_change_but_a_second_hand_over_is_held_to_them() -> None:
    again = row(7, "kembali", "23:50", from_office="PPS A", to_office="PPK", seals="T8")
    assert [gap[:2] for gap in kinds(*WHOLE, again)] == [("segel_berubah", "r7")]


def test_a_boat_that_leaves_after_the_truck_came_to_the_pier_is_no_gap() -> None:
    boat = row(7, "berangkat", "07:00", from_office="PT Pos", carrier="KM Contoh")
    rest = [told | {"from_office": "KM Contoh"} if told["state"] == "tiba" else told
            for told in WHOLE]  # fmt: skip
    assert kinds(boat, *rest) == []


def test_what_is_not_told_is_not_a_difference() -> None:
    quiet = [told | {"seals": None, "boxes": None, "from_office": None} for told in WHOLE]
    assert kinds(*quiet) == []


def test_a_row_of_the_desa_counts_for_each_tps_and_is_not_compared_with_one_of_a_tps() -> None:
    wide = row(1, "berangkat", "05:00", tps_id=None, boxes=10, seals=None)
    own = row(2, "tiba", "07:00", boxes=5)
    events = events_of(table(wide, own), TPS)
    assert events[["tps_id", "state", "scope"]].to_numpy().tolist() == [
        [ONE, "berangkat", "desa"], [ONE, "tiba", "tps"], [TWO, "berangkat", "desa"],
    ]  # fmt: skip
    assert kinds(wide, own, by_boat=NO_BOATS) == []


def test_boxes_of_a_desa_add_up_over_both_ways_of_telling() -> None:
    wide = row(1, "berangkat", "05:00", tps_id=None, boxes=10)
    first, second = row(2, "tiba", "07:00"), row(3, "tiba", "07:00", tps_id=TWO, boxes=4)
    assert whole_desa_counts(table(wide, first), TPS).empty  # the other TPS is not known
    found = whole_desa_counts(table(wide, first, second), TPS)
    assert found.to_numpy().tolist() == [[A, "tiba", 9, 10]]
    right = second | {"boxes": 5}
    assert whole_desa_counts(table(wide, first, right), TPS).empty


def test_a_correction_replaces_and_an_undone_undo_has_no_effect() -> None:
    first = row(1, "tiba", "07:00", boxes=4)
    better = row(2, "tiba", "07:00", kind="koreksi", refers_to="r1")
    undo = row(3, "tiba", "07:00", kind="pembatalan", refers_to="r2")
    again = row(4, "tiba", "07:00", kind="pembatalan", refers_to="r3")
    stands = [
        standing(table(*rows))["receipt_id"].tolist()
        for rows in ((first,), (first, better), (first, better, undo), (first, better, undo, again))
    ]
    assert stands == [["r1"], ["r2"], ["r1"], ["r2"]]


PLANNED = pd.DataFrame(
    {
        "tps_id": [ONE, ONE, TWO, THREE],
        "state": ["berangkat", "tiba", "tiba", "tiba"],
        "planned_at": [at("05:00"), at("08:00"), at("08:00"), at("08:00")],
    }
)


@pytest.mark.parametrize(
    ("clock", "late"),
    [
        ("04:00", {}),
        ("06:00", {ONE: 30.0}),  # left half an hour late
        ("08:40", {ONE: 40.0}),  # due at eight and not there
        ("09:30", {ONE: 75.0}),  # came at a quarter past nine
    ],
)
def test_lateness_is_that_of_the_arrival_else_of_the_wait_else_of_the_last_step(
    clock: str, late: dict[str, float]
) -> None:
    rows = table(row(1, "berangkat", "05:30", short_count=3), row(2, "tiba", "09:15"))
    found = positions(events_of(rows, TPS), PLANNED, at(clock))
    assert found["late_min"].dropna().to_dict() == late
    silent = {"08:40": {TWO: 40.0, THREE: 40.0}, "09:30": {TWO: 90.0, THREE: 90.0}}
    assert found["silent_min"].dropna().to_dict() == silent.get(clock, {})
    assert found.loc[ONE, "state"] == {"04:00": None, "09:30": "tiba"}.get(
        clock, "berangkat"
    ) or pd.isna(found.loc[ONE, "state"])


def test_the_last_figure_told_counts_and_that_of_a_desa_stands_apart() -> None:
    rows = table(
        row(1, "tiba", "07:00", short_count=3, damaged_count=1),
        row(2, "diterima", "08:00", short_count=0),
        row(3, "tiba", "07:00", tps_id=None, short_count=12),
    )
    found = positions(events_of(rows, TPS), PLANNED.head(0))
    assert found.loc[ONE, ["short", "damaged", "short_desa"]].tolist() == [0, 1, 12]
    assert pd.isna(found.loc[TWO, "short"])
    assert found.loc[TWO, "short_desa"] == 12
    assert found["late_min"].isna().all()


# -- against a plain reading of the rules --------------------------------------------------------

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "tps_id": st.sampled_from([ONE, TWO, None]),
            "state": st.sampled_from(STATES),
            "at": st.integers(0, 30).map(lambda h: at("00:00") + pd.Timedelta(hours=h)),
            "boxes": st.sampled_from([None, 4, 5]),
            "seals": st.sampled_from([None, "S1", "S2"]),
            **{name: st.sampled_from([None, "X", "Y"]) for name in OFFICES},
        }
    ),
    max_size=9,
)


def plainly(rows: list[dict[str, Any]], by_boat: set[str]) -> set[tuple[str, str, str, str]]:
    """Return (TPS, gap, receipt, expected) by reading the rows one after the other."""
    found = set()
    for tps in (ONE, TWO):
        mine = [told for told in rows if told["tps_id"] in (tps, None)]
        mine.sort(key=lambda r: (STATES.index(r["state"]), r["at"], r["receipt_id"]))
        if mine:
            gaps = {*_one_by_one(mine), *_missing(mine, tps in by_boat), *_pairs(mine)}
            found |= {(tps, *gap) for gap in gaps}
    return found


Gap = tuple[str, str, str]


def in_time(mine: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(mine, key=lambda r: (r["at"], STATES.index(r["state"]), r["receipt_id"]))


def _missing(mine: list[dict[str, Any]], boat: bool) -> Iterator[Gap]:
    last, have = mine[-1], {r["state"] for r in mine}
    for state in STATES[: STATES.index(last["state"])]:
        if state not in have and (state != PIER or boat):
            yield "tahap_hilang", last["receipt_id"], state


def _one_by_one(mine: list[dict[str, Any]]) -> Iterator[Gap]:
    reached: dict[str, dict[str, Any]] = {}
    for told in in_time(mine):
        reached.setdefault(told["state"], told)
        if not any(told[name] for name in OFFICES[1:]):
            yield "pemegang_kosong", told["receipt_id"], ""
    for state, told in reached.items():
        earlier = [reached[s]["at"] for s in STATES[: STATES.index(state)] if s in reached]
        if earlier and told["at"] < max(earlier):
            yield "waktu_mundur", told["receipt_id"], max(earlier).isoformat(timespec="minutes")


def _pairs(rows: list[dict[str, Any]]) -> Iterator[Gap]:
    mine = in_time(rows)
    for one, two in pairwise(mine):
        named = [one[name] for name in OFFICES if one[name]]
        if two["from_office"] and named and two["from_office"] not in named:
            by_right = one["receiver"] or one["to_office"] or one["carrier"]
            yield "pemegang_berbeda", two["receipt_id"], by_right or one["from_office"]
    for wide in (True, False):
        own = [r for r in mine if (r["tps_id"] is None) is wide]
        for one, two in pairwise([r for r in own if r["boxes"] is not None]):
            if one["boxes"] != two["boxes"]:
                yield "jumlah_berbeda", two["receipt_id"], str(one["boxes"])
        for way in (True, False):
            sealed = [r for r in own if r["seals"] and (r["state"] == "kembali") is way]
            for one, two in pairwise(sealed):
                if one["seals"] != two["seals"]:
                    yield "segel_berubah", two["receipt_id"], one["seals"]


def numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row(n, told["state"], "00:00") | told for n, told in enumerate(rows)]


@settings(max_examples=30)
@given(ROWS, st.booleans())
def test_gaps_are_those_of_a_plain_reading(rows: list[dict[str, Any]], boat: bool) -> None:
    told = numbered(rows)
    by_boat = BOATS if boat else NO_BOATS
    found = gaps_of(*told, by_boat=by_boat)
    mine = found[["tps_id", "gap", "receipt_id", "expected"]].itertuples(index=False, name=None)
    assert set(mine) == plainly(told, set(by_boat.index))


@settings(max_examples=10)
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_telling_changes_nothing(rows: list[dict[str, Any]], dice: Any) -> None:
    told = numbered(rows)
    mixed = dice.sample(told, len(told))
    pd.testing.assert_frame_equal(gaps_of(*told), gaps_of(*mixed))


@settings(max_examples=10)
@given(ROWS, st.integers(0, 8))
def test_telling_and_taking_back_leaves_all_as_it_was(rows: list[dict[str, Any]], n: int) -> None:
    told = numbered(rows)
    more = row(90, STATES[n % len(STATES)], "12:00")
    back = row(91, STATES[n % len(STATES)], "12:00", kind="pembatalan", refers_to="r90")
    pd.testing.assert_frame_equal(gaps_of(*told), gaps_of(*told, more, back))
