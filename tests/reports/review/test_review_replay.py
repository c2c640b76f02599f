"""What a past day believed: steps by hand, against a walk day by day, and their invariants."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.review.replay import (
    COUNTED,
    HISTORY,
    believed_then,
    counted_by_day,
    counted_on,
    counted_since,
    ever_counted,
    ever_open,
    histories,
    is_open,
    open_by_day,
    status_on,
    stretches,
)
from analytics.reports.review.rules import BACKFILL_DAYS, LEADS_FROM, holds_since
from data.vocabulary import COUNTED_VERIFICATIONS, VERIFICATIONS

START = date(2026, 11, 1)
VERIFICATION, STATUS = HISTORY


def events(*rows: tuple[str, str, int, str | None, str]) -> pd.DataFrame:
    """Return events: report, about, day after `START`, before, value."""
    frame = pd.DataFrame(rows, columns=["report_id", "about", "at", "before", "value"])
    days = [START + timedelta(days=int(n)) for n in frame["at"]]
    return frame.assign(at=pd.to_datetime(days))


def reports(told: pd.DataFrame, **latest: str) -> pd.DataFrame:
    """Return a potensi per id, with what it says now and what is told of it."""
    frame = pd.DataFrame({"report_id": list(latest), VERIFICATION: list(latest.values())})
    frame = frame.assign(kind="potensi", status="terbuka")
    columns = {HISTORY[about]: frame["report_id"].map(histories(told, about)) for about in HISTORY}
    return frame.assign(**columns)


def day(n: int) -> date:
    return START + timedelta(days=n)


def test_the_words_are_those_of_the_tables() -> None:
    assert set(COUNTED_VERIFICATIONS) == COUNTED
    assert set(LEADS_FROM) <= set(VERIFICATIONS)
    assert set().union(*LEADS_FROM.values()) == set(VERIFICATIONS)


def test_a_report_counts_from_its_verification_to_its_withdrawal() -> None:
    told = events(
        ("a", VERIFICATION, 3, "belum", "terverifikasi"),
        ("a", VERIFICATION, 10, "terverifikasi", "ditarik"),
        ("b", VERIFICATION, 5, "dikutip", "ditolak"),
        ("c", VERIFICATION, 5, "belum", "ditolak"),
    )
    frame = reports(told, a="ditarik", b="ditolak", c="ditolak", d="dikutip")
    assert frame[HISTORY[VERIFICATION]].tolist()[0] == (
        "belum|2026-11-04 terverifikasi|2026-11-11 ditarik"
    )
    by_hand = {2: "bd", 3: "abd", 4: "abd", 5: "ad", 9: "ad", 10: "d", 99: "d"}
    for n, ids in by_hand.items():
        assert "".join(frame.loc[counted_on(frame, day(n)), "report_id"]) == ids
    assert ever_counted(frame).tolist() == [True, True, False, True]
    since = counted_since(frame)
    assert since[0] == np.datetime64(day(3))
    assert np.isnat(since[1:]).all()


def test_what_is_recorded_later_holds_from_its_day_on_whatever_was_said_before() -> None:
    told = events(
        ("a", VERIFICATION, 3, "belum", "terverifikasi"),
        ("a", VERIFICATION, 8, "terverifikasi", "ditarik"),
        ("a", VERIFICATION, 5, "ditarik", "terverifikasi"),  # it was right after all
        ("b", VERIFICATION, 3, "belum", "terverifikasi"),
        ("b", VERIFICATION, 3, "terverifikasi", "ditolak"),  # on the same day
    )
    frame = reports(told, a="terverifikasi", b="ditolak")
    assert [bool(counted_on(frame, day(n))[0]) for n in (2, 3, 7, 8, 9)] == [False, *[True] * 4]
    assert not any(counted_on(frame, day(n))[1] for n in range(10))


def test_a_potensi_is_open_until_the_day_it_was_settled() -> None:
    told = events(("a", STATUS, 4, "terbuka", "diredam"), ("a", STATUS, 9, "diredam", "terbuka"))
    frame = reports(told, a="terbuka", b="terbuka")
    frame["status"] = ["terbuka", "diredam"]
    assert [status_on(frame, day(n)).tolist() for n in (3, 4, 9)] == [
        ["terbuka", "diredam"], ["diredam", "diredam"], ["terbuka", "diredam"],
    ]  # fmt: skip
    assert is_open(frame, day(3)).tolist() == [True, False]
    assert ever_open(frame).tolist() == [True, False]
    assert believed_then(frame, day(4))["status"].tolist() == ["diredam", "diredam"]
    happened = frame.assign(kind="kejadian")
    assert not is_open(happened, day(3)).any()
    assert not ever_open(happened).any()
    assert not open_by_day(happened, np.array([np.datetime64(day(3))])).any()


def test_frames_without_a_history_are_taken_as_they_are() -> None:
    frame = pd.DataFrame({"kind": ["potensi"], "status": ["terbuka"], VERIFICATION: ["belum"]})
    assert counted_on(frame, START).tolist() == [True]
    assert is_open(frame, START).tolist() == [True]
    assert ever_counted(frame).tolist() == [False]
    assert np.isnat(counted_since(frame)).all()
    assert len(histories(events(), STATUS)) == 0


def test_stretches_begin_when_a_report_is_both_known_and_counted() -> None:
    told = events(
        ("a", VERIFICATION, 2, "belum", "terverifikasi"),
        ("a", VERIFICATION, 4, "terverifikasi", "belum"),
        ("a", VERIFICATION, 6, "belum", "terverifikasi"),
        ("b", VERIFICATION, 2, "dikutip", "ditolak"),
    )
    frame = reports(told, a="terverifikasi", b="ditolak", c="dikutip")
    known = np.array([np.datetime64(day(n)) for n in (3, 2, 1)])
    found = stretches(frame, known)
    assert found["row"].tolist() == [0, 0, 2]  # b was gone before it was known
    assert found["known"].dt.date.tolist() == [day(3), day(6), day(1)]
    assert found["gone"].dt.date.tolist()[:1] == [day(4)]
    assert found["gone"].isna().tolist() == [False, True, True]


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 12), st.sampled_from(VERIFICATIONS)),
    max_size=12,
)


@settings(max_examples=30)
@given(STEPS)
def test_a_walk_over_the_events_says_the_same_of_every_day(
    steps: list[tuple[str, int, str]],
) -> None:
    latest = dict.fromkeys("abc", "dikutip")
    rows = []
    for report, at, value in steps:
        rows.append((report, VERIFICATION, at, latest[report], value))
        latest[report] = value
    frame = reports(events(*rows), **latest)
    days = [day(n) for n in range(-1, 14)]
    found = counted_by_day(frame, np.array(days, dtype="datetime64[D]"))
    for n, one in enumerate(days):
        believed = believed_then(frame, one)[VERIFICATION].tolist()
        for m, report in enumerate("abc"):
            value = "dikutip"
            for name, at, said in steps:  # the last word that holds by then
                if name == report and day(at) <= one:
                    value = said
            assert found[n, m] == (value in COUNTED)
            assert believed[m] == value
    ever = found.any(axis=0)
    assert (ever <= ever_counted(frame)).all()
    known = np.full(3, np.datetime64(days[0]))
    spans = stretches(frame, known)
    for m in range(3):
        own = spans[spans["row"].eq(m)]
        told = [
            bool((own["known"].le(pd.Timestamp(d)) & ~own["gone"].le(pd.Timestamp(d))).any())
            for d in days
        ]
        assert told == found[:, m].tolist()


@settings(max_examples=40)
@given(st.integers(-400, 400), st.integers(0, 400))
def test_a_decision_holds_from_its_day_unless_the_entry_was_history(
    entered_after: int, decided_after: int
) -> None:
    known = pd.Series([pd.Timestamp(START)])
    entered = pd.Series([pd.Timestamp(day(entered_after))])
    decided = day(max(entered_after, 0) + decided_after)
    at = holds_since(known, entered, decided).iloc[0].date()
    assert at == (START if entered_after > BACKFILL_DAYS else decided)
    assert holds_since(known, pd.Series([pd.NaT]), decided).iloc[0].date() == decided
