"""Values of reports: read all at once, against rules written row by row."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.nation.checks import COLUMNS, Checked
from data.nation.lines import Piece

GOOD = {
    "report_id": "R1", "perkara_id": "P1", "kind": "kejadian", "family": "konflik", "severity": "3",
    "date_event": "2029-01-02", "date_reported": "2029-01-03", "unit_code": "20.01",
    "lon": "105.5", "lat": "-2.25",
}  # fmt: skip
WORDS = {
    "report_id": ["R1", "", "x" * 64, "x" * 65, "é" * 64, 'a"b', "a,b", "NULL", "\\."],
    "perkara_id": ["P1", "", "y" * 65],
    "kind": ["kejadian", "potensi", "nihil", "", "Kejadian", " potensi"],
    "family": ["konflik", "unjuk_rasa", "lainnya", "", "nan"],
    "severity": ["1", "5", "0", "6", "", "3.0", "+3", "03", "٣", " 3"],
    "date_event": ["2029-01-02", "", "2029-02-30", "2029-1-2", "02/01/2029", "1944-12-31", "x",
                   "2100-12-31", "2101-01-01", "2029-01-02T00:00:00", "99999-01-01"],
    "date_reported": ["2029-01-03", "", "2029-01-01", "2028-02-29", "2029-02-29"],
    "unit_code": ["20.01", "", "20.01.02.20011", "z" * 13, "11"],
    "lon": ["105.5", "", "180", "-180.0", "180.0001", "nan", "inf", "1e2", "1_0", "x", "105,5"],
    "lat": ["-2.25", "", "90", "-90", "90.5", "NaN", "-inf", "0x1", "--1"],
}  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {name: st.one_of(st.just(GOOD[name]), st.sampled_from(WORDS[name])) for name in COLUMNS}
    ),
    max_size=12,
)
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?$")


def checked(rows: list[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> Checked:
    content = io.StringIO()
    writer = csv.writer(content, lineterminator="\n")
    writer.writerows([row[name] for name in columns] for row in rows)
    data, numbers = content.getvalue().encode(), np.arange(2, len(rows) + 2, dtype=np.int64)
    return Checked(Piece(len(data), len(rows) + 1, data, numbers), columns)


def day(value: str) -> dt.date | None:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def number(value: str) -> float | None:
    return (
        float(value) if NUMBER.match(value) or value.lower().strip("-") in {"nan", "inf"} else None
    )


def faults_by_hand(row: dict[str, str]) -> set[tuple[str, str]]:
    """Return column and reason of all that is wrong with a row."""
    wrong = set()
    if not row["report_id"]:
        wrong.add(("report_id", "missing"))
    for name, length in (("report_id", 64), ("perkara_id", 64), ("unit_code", 13)):
        if len(row[name]) > length:
            wrong.add((name, "too_long"))
    families = ("konflik", "unjuk_rasa", "pelanggaran", "logistik", "petugas", "proses")
    for name, words in (("kind", ("kejadian", "potensi")), ("family", families),
                        ("severity", tuple("12345"))):  # fmt: skip
        if row[name] not in words:
            wrong.add((name, "word_unknown"))
    for name in ("date_event", "date_reported"):
        found = day(row[name])
        if row[name] and found is None:
            wrong.add((name, "date"))
        elif found and not 1945 <= found.year <= 2100:
            wrong.add((name, "date_range"))
    event, reported = day(row["date_event"]), day(row["date_reported"])
    if event and reported and reported < event:
        wrong.add(("date_reported", "before_event"))
    return wrong | faults_of_point(row)


def faults_of_point(row: dict[str, str]) -> set[tuple[str, str]]:
    wrong = set()
    for name, other, most in (("lon", "lat", 180.0), ("lat", "lon", 90.0)):
        at = number(row[name])
        if row[name] and at is None:
            wrong.add((name, "number"))
        elif row[name] and not (at is not None and abs(at) <= most):
            wrong.add((name, f"{name}_range"))
        if not row[name] and row[other]:
            wrong.add((name, "half_point"))
    return wrong


@given(ROWS)
def test_all_at_once_says_what_row_by_row_says(rows: list[dict[str, str]]) -> None:
    found = checked(rows)
    wanted = {
        (n, column, row[column], reason)
        for n, row in enumerate(rows, start=2)
        for column, reason in faults_by_hand(row)
    }
    assert {tuple(one) for one in found.held} == wanted
    good = [n for n, row in enumerate(rows, start=2) if not faults_by_hand(row)]
    table = found.rows()
    assert table["line"].to_pylist() == good
    assert found.held_rows == len(rows) - len(good)
    for row in table.to_pylist():
        said = rows[row["line"] - 2]
        assert {name: row[name] for name in ("report_id", "kind", "unit_code")} == {
            name: said[name] for name in ("report_id", "kind", "unit_code")
        }
        assert (row["date_event"], row["date_reported"]) == (
            day(said["date_event"]), day(said["date_reported"]),
        )  # fmt: skip
        assert row["severity"] == int(said["severity"])
        assert row["lon"] == number(said["lon"])


def test_a_row_by_hand() -> None:
    found = checked([GOOD, GOOD | {"severity": "9", "lat": ""}])
    assert found.rows().to_pylist() == [
        {
            "report_id": "R1", "perkara_id": "P1", "kind": "kejadian", "family": "konflik",
            "severity": 3, "date_event": dt.date(2029, 1, 2), "date_reported": dt.date(2029, 1, 3),
            "unit_code": "20.01", "lon": 105.5, "lat": -2.25, "line": 2,
        }
    ]  # fmt: skip
    assert sorted(found.held) == [
        (3, "lat", "", "half_point"),
        (3, "severity", "9", "word_unknown"),
    ]
    assert found.held_rows == 1


def test_columns_in_another_order_say_the_same() -> None:
    turned = tuple(reversed(COLUMNS))
    assert checked([GOOD], turned).rows().equals(checked([GOOD]).rows())


def test_nothing_is_nothing() -> None:
    found = checked([])
    assert (found.rows().num_rows, found.held, found.held_rows) == (0, [], 0)


@pytest.mark.parametrize("value", [".5", "5.", "+5", "1e400", " 5", "5 ", "1e-400", "∞"])
def test_a_number_is_the_same_alone_or_beside_one_that_is_none(value: str) -> None:
    alone = checked([GOOD | {"lon": value}])
    beside = checked([GOOD | {"lon": value}, GOOD | {"lon": "x"}])
    first = [one for one in beside.held if one.line == 2]
    assert first == alone.held
    lon = [row["lon"] for row in alone.rows().to_pylist()]
    assert all(math.isfinite(value) for value in lon)
    assert [row["lon"] for row in beside.rows().to_pylist()] == lon
