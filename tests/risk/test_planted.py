"""Trouble that was planted is found: on provinces generated apart from the index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analytics.risk.index import index_columns, ranks_within
from analytics.risk.params import NOT_ENOUGH, TIERS
from services.risk.index import default_params
from tests.risk_planted import (
    DAY,
    Planted,
    auc,
    best_possible,
    count_of_yes,
    fewer_answers,
    planted_world,
    top_share,
)

SEEDS = (1, 2, 3)


def rated(found: Planted) -> pd.DataFrame:
    """Return the columns of the security index of a generated province."""
    world = found.world
    parts, known = world.parts(DAY)
    return index_columns(
        parts["keamanan"],
        world.params.security,
        known,
        replace(world.params.draws, draws=100),
        pd.Index(world.tps["tps_id"], name="tps_id"),
        world.floors()["keamanan"],
    )


@pytest.fixture(scope="module")
def provinces() -> list[tuple[Planted, pd.DataFrame]]:
    made = [planted_world(seed, default_params()) for seed in SEEDS]
    return [(one, rated(one)) for one in made]


def test_all_three_tiers_occur_and_the_higher_the_more_trouble(
    provinces: list[tuple[Planted, pd.DataFrame]],
) -> None:
    for found, table in provinces:
        share = found.trouble.groupby(table["tier_keamanan"]).mean()
        assert set(TIERS) <= set(share.index)
        assert share["tinggi"] > share["sedang"] > share["rendah"]
        assert share["tinggi"] > 0.5
        counts = table["tier_keamanan"].value_counts(normalize=True)
        assert counts["rendah"] > 0.8  # most TPS are like others


def test_planted_trouble_is_found_better_than_by_counting(
    provinces: list[tuple[Planted, pd.DataFrame]],
) -> None:
    mine, plain, most = [], [], []
    for found, table in provinces:
        for scores, into in ((table["indeks_keamanan"], mine), (count_of_yes(found.world), plain),
                             (best_possible(found.world), most)):  # fmt: skip
            into.append((auc(scores, found.trouble), top_share(scores, found.trouble)))
    own, count, best = (np.mean(pairs, axis=0) for pairs in (mine, plain, most))
    assert own[0] > 0.8
    assert own[1] > 0.55
    assert own[1] > count[1] + 0.05
    assert own[1] > 0.85 * best[1]


def test_violence_or_intimidation_on_record_is_never_low(
    provinces: list[tuple[Planted, pd.DataFrame]],
) -> None:
    tried = 0
    for found, table in provinces:
        said = found.world.values  # noqa: PD011
        recorded = said[said["indicator_id"].isin(["riwayat_kekerasan", "riwayat_intimidasi"])]
        ids = recorded.loc[recorded["value"].gt(0), "tps_id"].unique()
        tried += len(ids)
        mine = table.loc[ids]
        assert not mine["tier_keamanan"].eq("rendah").any()
        assert mine["lantai_keamanan"].all()
        ranked = mine[mine["tier_keamanan"].ne(NOT_ENOUGH)]
        assert ranked["p_keamanan_rendah"].eq(0).all()
        chances = ranked[[f"p_keamanan_{t}" for t in TIERS]].sum(axis=1)
        np.testing.assert_allclose(chances, 1.0)
    assert tried > 20


def test_the_floor_is_a_rule_of_its_own(provinces: list[tuple[Planted, pd.DataFrame]]) -> None:
    """Were indicators to weigh nothing, a record of violence would still keep a TPS from low."""
    found = provinces[0][0]
    params = found.world.params
    light = replace(params.indicators, gravity=(), other=0.0)
    table = rated(
        replace(found, world=replace(found.world, params=replace(params, indicators=light)))
    )
    floor = table["lantai_keamanan"] & table["tier_keamanan"].ne(NOT_ENOUGH)
    assert floor.sum() > 5
    assert table.loc[floor, "indeks_keamanan"].lt(params.security.sedang).any()
    assert not table.loc[floor, "tier_keamanan"].eq("rendah").any()


def test_before_enough_is_known_there_is_no_level(
    provinces: list[tuple[Planted, pd.DataFrame]],
) -> None:
    table = rated(fewer_answers(provinces[0][0], 0.3, 5))
    assert table["tier_keamanan"].eq(NOT_ENOUGH).mean() > 0.9
    assert table.loc[table["tier_keamanan"].eq(NOT_ENOUGH), "p_keamanan_tinggi"].isna().all()


def test_ranks_within_a_group_by_hand() -> None:
    index = pd.Series([0.3, 0.1, 0.1, 0.2, 0.9, 0.5], index=list("abcdef"))
    group = pd.Series(["x", "x", "x", "x", "y", "y"], index=index.index)
    found = ranks_within(index, group, pd.Series([True] * 5 + [False], index=index.index))
    assert found.loc["a"].tolist() == [1, 1, 4]
    assert found.loc["d"].tolist() == [2, 2, 4]
    assert found.loc["b"].tolist() == found.loc["c"].tolist() == [3, 4, 4]
    assert found.loc["e"].tolist() == [1, 1, 1]
    assert found.loc["f"].isna().all()
