"""Numbers, ranges and counts as people write them."""

from __future__ import annotations

from math import isfinite
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.ingest.values.numbers import (
    parse_count,
    parse_decimal,
    parse_integer,
    parse_range,
    plain_text,
)


@given(st.integers(-999_999_999, 999_999_999))
def test_whole_numbers_with_thousands_marks(value: int) -> None:
    for text in (str(value), f"{value:,}", f"{value:,}".replace(",", "."), f"{value},0"):
        assert parse_integer(text) == value


@given(st.integers(-10_000_000, 10_000_000), st.integers(0, 9999))
def test_decimal_comma_and_point_mean_the_same(whole: int, fraction: int) -> None:
    point = f"{whole}.{fraction:04d}"
    assert parse_decimal(point) == float(point) == parse_decimal(point.replace(".", ","))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1.234.567", 1234567.0), ("12.34.5", None),
     ("-2,1", -2.1), ("−2,1", -2.1), ("1e3", 1000.0), ("", None), ("dua", None), ("1,2,3", None)],
)  # fmt: skip
def test_decimals(text: str, value: float | None) -> None:
    assert parse_decimal(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.500 orang", 1500), ("sekitar 200", 200), ("± 1.000 massa", 1000), ("1,5", None),
     ("1.125,5", None), ("1.2500", None), ("ratusan", None), ("100-200", None)],
)  # fmt: skip
def test_numbers_of_people(text: str, value: int | None) -> None:
    assert parse_count(text) == value


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "9" * 400, "1" * 5000, "9" * 50])
def test_what_no_number_can_hold_is_none(text: str) -> None:
    value = parse_decimal(text)
    assert value is None or isfinite(value)
    assert parse_integer(text) is None
    assert parse_count(text) is None


def test_too_large_for_a_float_is_none() -> None:
    assert parse_decimal("1e308") == 1e308
    assert parse_decimal("1e309") is None


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("0.5 - 1.25", (0.5, 1.25)),
        ("0,5–1,25 m", (0.5, 1.25)),
        ("5 - 20 knot", (5, 20)),
        ("1.25 s/d 2.5", (1.25, 2.5)),
        ("1,25 s.d. 2,5 meter", (1.25, 2.5)),
        ("5 sd 20", (5, 20)),
        ("5 sampai dengan 20 Knots", (5, 20)),
        ("5 hingga 20", (5, 20)),
        ("0.5m - 1.25m", (0.5, 1.25)),
        ("5 to 20 kt", (5, 20)),
        ("0.5-1.25", (0.5, 1.25)),
        ("0.75", (0.75, 0.75)),
        ("0,75 m", (0.75, 0.75)),
        ("2 - 2", (2, 2)),
        ("-1 - 2", (-1, 2)),
        ("1.25 - 0.5", None),
        ("50 - 125 cm", None),
        ("5 - 20 km/h", None),
        ("5 m - 20 kn", None),
        ("5 20", None),
        ("5 -", None),
        ("- 5", None),
        ("0.5 - 1.25 - 2", None),
        ("tenang", None),
        ("< 0.5", None),
        ("", None),
        ("nan", None),
        ("1e999 - 2", None),
        ("0.5.1 - 2", None),
    ],
)
def test_ranges(text: str, ends: tuple[float, float] | None) -> None:
    assert parse_range(text) == ends


def test_a_range_is_of_the_unit_that_is_asked_for() -> None:
    assert parse_range("5 - 20 m", units=("knot", "kn")) is None
    assert parse_range("5 - 20 kn", units=("knot", "kn")) == (5, 20)


@given(
    st.floats(0, 1000, allow_nan=False).map(lambda x: round(x, 3)),
    st.floats(0, 1000, allow_nan=False).map(lambda x: round(x, 3)),
    st.sampled_from([" - ", "-", "–", " s/d ", " s.d. ", " sampai ", " hingga "]),
    st.booleans(),
)
def test_every_range_reads_back(one: float, other: float, until: str, comma: bool) -> None:
    text = f"{one:.3f}{until}{other:.3f}"
    ends = (one, other) if one <= other else None
    assert parse_range(text.replace(".", ",") if comma and "." not in until else text) == ends


@given(st.text(max_size=40) | st.text("0123456789.,-+e sd/m", max_size=40))
def test_no_text_breaks_a_reader_of_numbers(text: str) -> None:
    number = parse_decimal(text)
    assert number is None or isfinite(number)
    for count in (parse_integer(text), parse_count(text)):
        assert count is None or abs(count) <= 10**15
    ends = parse_range(text)
    assert ends is None or ends[0] <= ends[1]


@pytest.mark.parametrize("letters", ["9", "1.", "-", " ", "5 - ", "s/d ", "a", "\0", "\ud800"])
def test_a_very_long_text_is_no_number_and_takes_no_time(letters: str) -> None:
    text = letters * (100_000 // len(letters))
    start = perf_counter()
    assert plain_text(text) in (None, "")
    readers = (parse_decimal, parse_integer, parse_count, parse_range)
    assert [reader(text) for reader in readers] == [None] * 4
    assert perf_counter() - start < 1
