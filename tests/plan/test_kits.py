"""Kits by published cases, worked by hand, and in general."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, gcd
from typing import NamedTuple

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.plan.kits import (
    OK,
    OVER,
    SHORT,
    UNKNOWN,
    WRONG_DAPIL,
    KitRules,
    check_ballots,
    kits,
    reserve,
)
from geo.errors import ParameterError
from services.plan.inputs import kit_rules
from tests.conftest import REFERENCE

BANGKA_TPS, BANGKA_VOTERS, BANGKA_BALLOTS = 459, 242_582, 248_857


class ReserveRange(NamedTuple):
    """What the reserve of many TPS can be when only their total of voters is published."""

    lowest: int
    at_mean: int
    expected: float
    highest: int


def reserve_range(voters: int, tps_count: int, hundredths: int) -> ReserveRange:
    """Return the reserve ballots of a total of voters, by the percentage in hundredths."""
    most = (10_000 - gcd(hundredths, 10_000)) / 10_000  # one TPS is rounded up by this at most
    exact = voters * hundredths / 10_000
    return ReserveRange(
        lowest=-(-voters * hundredths // 10_000),
        at_mean=tps_count * -(-voters * hundredths // (10_000 * tps_count)),
        expected=exact + tps_count * most / 2,
        highest=int(exact + tps_count * most),
    )


def frame(voters: list[int | None]) -> pd.DataFrame:
    return pd.DataFrame(
        {"voters": pd.array(voters, dtype="Int64")}, index=[f"T{n}" for n in range(len(voters))]
    )


def test_lepar_and_pongok_get_what_was_shipped() -> None:
    total = kits(frame([None] * 35), kit_rules("pemilu2024")).sum()
    assert total["boxes"] == 175
    assert total["booths"] == 140


def test_ballots_stay_blank_until_voters_are_loaded() -> None:
    out = kits(frame([None, 300]), kit_rules("pemilu2024"))
    assert out["ballots"].isna().tolist() == [True, False]
    assert out.loc["T1"].to_dict() == {
        "boxes": 5, "booths": 4, "ink": 2, "reserve": 6, "ballots_per_contest": 306,
        "ballots": 1530,
    }  # fmt: skip
    assert out.index.tolist() == ["T0", "T1"]


@pytest.mark.parametrize(
    ("election", "boxes"), [("pemilu2024", 5), ("pilkada2024", 2), ("pilkada_ulang2025", 1)]
)
def test_boxes_are_contests(election: str, boxes: int) -> None:
    assert kits(frame([None]), kit_rules(election))["boxes"].tolist() == [boxes]


def test_bangka_rerun_lies_where_rounding_per_tps_puts_it() -> None:
    """248,857 ballots: 6,275 in reserve. The mean of 528.5 voters would give 14 to each TPS."""
    found = reserve_range(BANGKA_VOTERS, BANGKA_TPS, 250)
    published = BANGKA_BALLOTS - BANGKA_VOTERS
    assert published == 6275
    assert found.lowest == 6065
    assert found.at_mean == 459 * 14 == 6426
    assert found.highest == 6512
    assert found.expected == pytest.approx(6288.3, abs=0.05)
    assert found.lowest <= published <= found.highest
    assert abs(found.expected - published) / BANGKA_BALLOTS < 0.0001
    assert (BANGKA_VOTERS + found.at_mean - BANGKA_BALLOTS) == 151  # 0.06 % too many


def test_rounding_once_for_all_would_print_too_few() -> None:
    assert BANGKA_VOTERS + ceil(BANGKA_VOTERS * 0.025) == 248_647 < BANGKA_BALLOTS


def test_bangka_selatan_lies_where_two_percent_puts_it() -> None:
    """761,220 ballots of five kinds for 149,076 voters at 555 TPS."""
    per_contest = 761_220 // 5 - 149_076
    found = reserve_range(149_076, 555, 200)
    assert 761_220 % 5 == 0
    assert found.lowest <= per_contest <= found.highest


@given(st.integers(0, 900), st.integers(200, 1000))
def test_the_reserve_is_the_exact_share_rounded_up(voters: int, hundredths: int) -> None:
    got = reserve(pd.Series([voters], dtype="Int64"), hundredths / 100)
    assert got.tolist() == [ceil(Fraction(voters * hundredths, 10_000))]


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40), st.integers(200, 1000))
def test_the_range_holds_every_way_of_spreading_voters(voters: list[int], hundredths: int) -> None:
    spent = int(reserve(pd.Series(voters, dtype="Int64"), hundredths / 100).sum())
    found = reserve_range(sum(voters), len(voters), hundredths)
    assert found.lowest <= spent <= found.highest
    assert found.lowest - 1 < found.expected < found.highest + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("reserve_pct", 1.9), ("reserve_pct", 10.1), ("contests", 0), ("booths", 0), ("ink", -1)],
)
def test_rules_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        KitRules(**({"contests": 5} | {name: value}))


def test_negative_voters_are_refused() -> None:
    with pytest.raises(ParameterError, match="voters of T1"):
        kits(frame([1, -2]), KitRules(5))


def bundle(**changed: object) -> pd.DataFrame:
    row = {"tps_number": 1, "voters": 300, "additional": 4, "packed": 310}
    return pd.DataFrame([row | {"dapil_due": "BABEL 1", "dapil_packed": "BABEL 1"} | changed])


@pytest.mark.parametrize(
    ("changed", "verdict", "difference"),
    [
        ({}, OK, 0),
        ({"packed": 309}, SHORT, -1),
        ({"packed": 311}, OVER, 1),
        ({"dapil_packed": "BABEL 2"}, WRONG_DAPIL, 0),
        ({"dapil_packed": None}, UNKNOWN, 0),
        ({"additional": None, "packed": 306}, OK, 0),
        ({"dapil_due": None, "dapil_packed": None}, OK, 0),
        ({"dapil_due": None}, UNKNOWN, 0),
    ],
)
def test_a_bundle_is_checked(changed: dict[str, object], verdict: str, difference: int) -> None:
    out = check_ballots(bundle(**changed), kit_rules("pemilu2024"))
    assert out["verdict"].tolist() == [verdict]
    assert out["difference"].tolist() == [difference]
    assert out["due"].tolist() == [(306 + (4 if changed.get("additional", 4) else 0))]


@pytest.mark.parametrize("column", ["voters", "packed"])
def test_what_is_not_known_is_not_fine(column: str) -> None:
    out = check_ballots(bundle(**{column: None}), KitRules(5))
    assert out["verdict"].tolist() == [UNKNOWN]


def test_special_locations_are_flagged() -> None:
    rows = pd.concat([bundle(), bundle(tps_number=901)], ignore_index=True)
    assert check_ballots(rows, KitRules(5))["is_special"].tolist() == [False, True]


def test_rules_agree_with_the_reference() -> None:
    path = REFERENCE / "logistics_rules.csv"
    if not path.exists():
        pytest.skip("../shared/reference is absent: logistics_rules.csv")
    table = pd.read_csv(path).set_index("rule_id")["value"]
    said = {"pemilu2024": ("R24", "R44"), "pilkada2024": ("R23", "R47")}
    for election, (boxes, spare) in said.items():
        rules = kit_rules(election)
        assert float(table[boxes]) == rules.contests
        assert float(table[spare]) == rules.reserve_pct
    assert float(table["R30"]) == kit_rules("pilkada_ulang2025").reserve_pct
    assert float(table["R02"]) == kit_rules("pilkada2024").booths
    assert float(table["R31"]) == BANGKA_BALLOTS
