"""Counts of reports by unit and day: by hand, against a plain loop, and parts equal the whole."""

from __future__ import annotations

from collections import Counter

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analytics.nation.counts import COLUMNS, add_counts, count_reports, left_out
from tests.nation.worlds import FAMILIES

CODES = ("", "20", "20.01", "20.02", "20.01.01", "20.01.02", "20.01.01.2001", "20.02.01.2001")
DAYS = ("2029-01-01", "2029-01-02", None)
ROW = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from(DAYS),
    st.sampled_from(FAMILIES),
    st.sampled_from(("kejadian", "potensi")),
)


def frame(rows: list[tuple[str, str | None, str, str]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["place_code", "date_event", "family", "kind"])
    return made.assign(date_event=pd.to_datetime(made["date_event"]))


def as_counter(counts: pd.DataFrame) -> Counter[tuple[str, ...]]:
    return Counter(
        {
            (level, code, str(day.date()), family, kind): n
            for level, code, day, family, kind, n in counts[list(COLUMNS)].itertuples(index=False)
        }
    )


def test_a_report_counts_in_its_unit_and_above_and_nowhere_finer() -> None:
    rows = [
        ("20.01.01.2001", DAYS[0], "konflik", "kejadian"),
        ("20.01.01.2001", DAYS[0], "konflik", "kejadian"),
        ("20.01", DAYS[0], "konflik", "kejadian"),
        ("20.01", DAYS[1], "konflik", "potensi"),
        ("", DAYS[0], "konflik", "kejadian"),
        ("20.02", None, "konflik", "kejadian"),
    ]
    found = count_reports(frame(rows))
    got = {key[:3] + key[4:]: n for key, n in as_counter(found).items()}
    assert got == {
        ("provinsi", "20", "2029-01-01", "kejadian"): 3,
        ("kabupaten", "20.01", "2029-01-01", "kejadian"): 3,
        ("kecamatan", "20.01.01", "2029-01-01", "kejadian"): 2,
        ("desa", "20.01.01.2001", "2029-01-01", "kejadian"): 2,
        ("provinsi", "20", "2029-01-02", "potensi"): 1,
        ("kabupaten", "20.01", "2029-01-02", "potensi"): 1,
    }
    assert left_out(frame(rows)) == 2


@given(st.lists(ROW, max_size=40))
def test_counts_are_those_of_a_loop_over_rows_and_codes(
    rows: list[tuple[str, str | None, str, str]],
) -> None:
    levels = ("provinsi", "kabupaten", "kecamatan", "desa")
    slow: Counter[tuple[str, ...]] = Counter()
    for code, day, family, kind in rows:
        parts = code.split(".") if code and day else []
        for n in range(len(parts)):
            slow[levels[n], ".".join(parts[: n + 1]), str(day), family, kind] += 1
    assert as_counter(count_reports(frame(rows))) == slow


@given(st.lists(ROW, max_size=40), st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_parts_add_up_to_the_whole_however_rows_are_dealt(
    rows: list[tuple[str, str | None, str, str]], deal: list[int]
) -> None:
    whole = frame(rows)
    own = pd.Series(deal[: len(rows)], dtype="int64")
    parts = [count_reports(whole[own.eq(n)]) for n in range(4)]
    assert add_counts(parts).equals(count_reports(whole))
    assert sum(left_out(whole[own.eq(n)]) for n in range(4)) == left_out(whole)


@given(st.lists(ROW, max_size=40))
def test_kabupaten_partitions_add_up_to_the_province(
    rows: list[tuple[str, str | None, str, str]],
) -> None:
    whole = frame(rows)
    own = whole["place_code"].str.slice(0, 5)
    parts = [count_reports(part) for _, part in whole.groupby(own)]
    assert add_counts(parts).equals(count_reports(whole))


def test_nothing_gives_an_empty_frame_of_the_same_types() -> None:
    empty = count_reports(frame([]))
    some = count_reports(frame([("20.01", DAYS[0], "konflik", "kejadian")]))
    assert empty.empty
    assert empty.dtypes.equals(some.dtypes)
    assert add_counts([]).dtypes.equals(some.dtypes)
