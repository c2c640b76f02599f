"""What an indicator weighs: a case by hand, published counts, and what always holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.components import has_any, weighed_state
from analytics.risk.indicator_weights import (
    ANSWERED,
    ASSUMED,
    PUBLISHED,
    IndicatorParams,
    indicator_weights,
    published_counts,
)
from geo.errors import ParameterError
from tests.risk_world import counts_frame, indicators_frame, values_frame

HAND = IndicatorParams((("a", 1.0), ("b", 0.5)), 0.25, 10, 1 / 64, 64, 2.0)
LISTED = pd.DataFrame({"indicator_id": ["a", "b", "c"]})


def test_the_case_by_hand() -> None:
    table = np.full((100, 3), np.nan)
    table[:64, 1] = 0.0
    table[:7, 1] = 1.0
    counts = counts_frame([("nasional", "ID", None, 65_472, 65_472),
                           ("nasional", "ID", "a", 255, None)])  # fmt: skip
    found = indicator_weights(LISTED, counts, table, HAND)
    np.testing.assert_allclose(found["share"], [1 / 256, 1 / 16, 1 / 64])
    np.testing.assert_allclose(found["rarity"], [0.8, 0.4, 0.6])
    np.testing.assert_allclose(found["weight"], [0.4, 0.1, 0.075])
    assert found["basis"].tolist() == [PUBLISHED, ANSWERED, ASSUMED]
    assert found["of"].tolist() == [65_472, 64, 0]


def test_published_counts_need_a_denominator_and_the_widest_level_counts() -> None:
    counts = counts_frame([
        ("nasional", "ID", "a", 900, None),  # no total of the country: not usable
        ("kabupaten", "99.01", "a", 4, 50), ("kabupaten", "99.02", "a", 6, 150),
        ("kabupaten", "99.02", "a", 2, 150),  # another authority: the larger of the two stands
        ("desa", "99.01.01.2001", "a", 3, 5),
        ("provinsi", "99", None, 500, 500), ("provinsi", "99", "b", 20, None),
        ("provinsi", "99", "c", 7, None), ("kabupaten", "99.01", "c", 7, None),
    ])  # fmt: skip
    found = published_counts(counts)
    assert found.loc["a"].tolist() == [10, 200]
    assert found.loc["b"].tolist() == [20, 500]
    assert found.loc["c"].tolist() == [7, 500]
    assert published_counts(counts_frame([])).empty


def test_a_longer_list_never_sums_to_more_than_one() -> None:
    many = pd.DataFrame({"indicator_id": [f"i{n}" for n in range(40)]})
    grave = IndicatorParams((), 1.0, 10, 0.001, 100, 8.0)
    found = indicator_weights(many, counts_frame([]), np.full((3, 40), np.nan), grave)
    assert found["weight"].sum() == pytest.approx(1.0)
    assert indicator_weights(
        many.head(4), counts_frame([]), np.full((3, 4), np.nan), grave
    )["weight"].sum() == pytest.approx(4 * found["rarity"].iloc[0] / 8)  # fmt: skip


@settings(max_examples=25)
@given(
    yes=st.integers(0, 500),
    more=st.integers(0, 400),
    of=st.integers(1000, 900_000),
    gravity=st.floats(0, 1),
)
def test_rarer_and_graver_weighs_more(yes: int, more: int, of: int, gravity: float) -> None:
    counts = counts_frame([("nasional", "ID", None, of, of), ("nasional", "ID", "a", yes, None),
                           ("nasional", "ID", "b", yes + more, None)])  # fmt: skip
    params = IndicatorParams((("b", gravity), ("c", 1.0)), gravity, 12, 0.01, 100, 8.0)
    found = indicator_weights(LISTED, counts, np.full((1, 3), np.nan), params)
    assert found["rarity"].between(0, 1).all()
    assert found.loc["a", "weight"] >= found.loc["b", "weight"]
    graver = IndicatorParams((("a", 1.0), ("b", gravity), ("c", 1.0)), gravity, 12, 0.01, 100, 8.0)
    again = indicator_weights(LISTED, counts, np.full((1, 3), np.nan), graver)
    assert again.loc["a", "weight"] >= found.loc["a", "weight"] - 1e-12


@given(st.data())
def test_an_answer_no_never_lowers_and_only_closes_the_range(data: st.DataObject) -> None:
    cells = st.sampled_from([0.0, 1.0, 0.5, np.nan])
    table = np.array(data.draw(st.lists(st.lists(cells, min_size=4, max_size=4), min_size=2,
                                        max_size=6)))  # fmt: skip
    weights = np.array(data.draw(st.lists(st.floats(0, 0.25), min_size=4, max_size=4)))
    nobody = np.zeros(len(table), dtype=bool)
    before = weighed_state(table, nobody, weights)
    after = weighed_state(np.nan_to_num(table), nobody, weights)
    np.testing.assert_array_equal(before.bad, after.bad)
    assert (after.open == 0).all()
    assert (after.known >= before.known - 1e-12).all()
    np.testing.assert_allclose(before.bad + before.open, (np.nan_to_num(table, nan=1.0) * weights)
                               .sum(axis=1), atol=1e-12)  # fmt: skip


def test_a_record_is_found_at_the_tps_and_at_its_desa() -> None:
    tps = pd.DataFrame({"tps_id": ["t1", "t2", "t3"], "desa_code": ["d1", "d1", "d2"]})
    listed = indicators_frame(["keamanan"] * 2)
    values = values_frame([("i0", None, "d1", 1), ("i0", "t2", "d1", 0), ("i1", "t3", "d2", 1)])
    assert has_any(tps, listed, values, ["i0"]).tolist() == [True, False, False]
    assert has_any(tps, listed, values, ["i0", "i1"]).tolist() == [True, False, True]
    assert not has_any(tps, listed, values, ["other"]).any()


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ({"gravity": (("a", 1.5),)}, "kegawatan.a"),
        ({"other": -0.1}, "kegawatan.lainnya"),
        ({"full_bits": 0.5}, "kelangkaan.bit"),
        ({"prior_share": 0.9}, "kelangkaan.bagian_awal"),
        ({"prior_tps": 0}, "kelangkaan.tps_awal"),
        ({"full": 0}, "indikator.penuh"),
    ],
)
def test_what_is_out_of_range_is_refused(change: dict[str, object], row: str) -> None:
    given_ = {"gravity": (), "other": 0.3, "full_bits": 10, "prior_share": 0.01,
              "prior_tps": 100, "full": 8.0} | change  # fmt: skip
    with pytest.raises(ParameterError) as caught:
        IndicatorParams(**given_)  # type: ignore[arg-type]
    assert caught.value.name == row
