"""The rules of early warning: the file is whole, and what is out of range is refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.warning.rules import LEVELS, RULES, warning_rules
from data.store.meeting.rules import WARNING_LEVELS
from data.warning.rules import read_warning_rules
from geo.errors import ParameterError
from tests.warning_frames import BOOK


def changed(rule: str, part: str, name: str, value: object) -> dict[str, dict[str, Any]]:
    values = read_warning_rules()
    (values[rule][part] if part else values[rule])[name] = value
    return values


def test_the_file_holds_every_rule_with_its_reason_and_the_levels_of_the_table() -> None:
    assert set(BOOK) == set(RULES)
    assert LEVELS == WARNING_LEVELS
    assert all(len(rule.why.split()) > 8 for rule in BOOK.values())
    assert BOOK["aksi"].levels[2] is None  # a lawful assembly is never the gravest


@pytest.mark.parametrize(
    ("rule", "part", "name", "value"),
    [
        ("potensi", "limits", "stale_days", 0),
        ("klaster", "limits", "replicates", 10),
        ("potensi", "limits", "no_such_limit", 1),
        ("tempat", "levels", "awas", 1.0),
        ("tempat", "levels", "gawat", 9.0),
        ("aksi", "", "horizon_days", 0),
        ("aksi", "", "owner", ""),
        ("aksi", "", "on", "yes"),
        ("aksi", "", "surprise", 1),
    ],
)
def test_what_is_out_of_range_is_refused(rule: str, part: str, name: str, value: object) -> None:
    with pytest.raises(ParameterError):
        warning_rules(changed(rule, part, name, value))


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_missing_is_named(rule: str) -> None:
    values = read_warning_rules()
    del values[rule]
    with pytest.raises(ParameterError, match=rule):
        warning_rules(values)


@given(st.sampled_from(RULES), st.floats(0, 200), st.floats(0, 200))
def test_more_strength_is_never_a_milder_level(name: str, one: float, other: float) -> None:
    order = (None, *LEVELS)
    low, high = sorted((one, other))
    assert order.index(BOOK[name].level(low)) <= order.index(BOOK[name].level(high))


def test_a_level_is_reached_at_its_threshold_and_not_before() -> None:
    rule = BOOK["klaster"]
    found = [rule.level(months) for months in (11.9, 12, 59.9, 60, 119.9, 120)]
    assert found == [None, "waspada", "waspada", "siaga", "siaga", "awas"]
