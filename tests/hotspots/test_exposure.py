"""Voters per unit: published, worked out, estimated, absent, and never mixed up."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.rates import ExposureParams, exposure, part_gaps, rate_per_10000, voting_day
from geo.errors import ParameterError
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2, A2A, B1, B1A, B1B, B2, B2A, PROV, A, B, day

GENERAL = ExposureParams("pemilu2031")


def tiny_exposure(
    voters: pd.DataFrame | None = None,
    params: ExposureParams = GENERAL,
    tps: pd.Series | None = None,
) -> pd.DataFrame:
    lists = tiny.voters() if voters is None else voters
    counts = tiny.tps_counts() if tps is None else tps
    return exposure(tiny.units(), lists, counts, tiny.elections(), params)


def test_every_unit_by_hand() -> None:
    found = tiny_exposure()
    assert list(found.index) == sorted(tiny.CODES)
    assert found["voters"].to_dict() == {
        PROV: 12_000,
        A: 7_500,
        B: 4_500,  # 12,000 less 7,500
        A1: 3_900,  # the list nearest to the vote, not the later and more final one
        A2: 3_750,  # 15 TPS x 7,500 / 30
        B1: 2_100,  # 1,000 men and 1,100 women
        B2: 2_250,  # 10 TPS x 4,500 / 20
        A1A: 2_600,  # 10 TPS x 3,900 / 15
        A1B: 1_300,
        A2A: 3_750,
        B1A: 840,  # 4 TPS x 2,100 / 10
        B1B: 1_260,
        B2A: 2_250,
    }
    published = found.index[found["quality"].eq("terbit")]
    assert set(published) == {PROV, A, A1, B1}
    assert found["quality"].eq("perkiraan").sum() == 9
    assert found.loc[B, "how"] == "sisa_provinsi"
    assert found.loc[A2, "how"] == "tps_x_rata_kabupaten"
    assert found.loc[A1A, "how"] == "tps_x_rata_kecamatan"
    assert found.loc[B1, ["how", "election", "list_kind"]].tolist() == [
        "laki_laki_tambah_perempuan", "pilkada2031", "dps",
    ]  # fmt: skip
    assert found.loc[A1, "source_id"] == "src3"


def test_old_lists_are_too_old_for_a_rate() -> None:
    # pemilu2026 is known by its key only: 1 January 2026 is more than five years before.
    assert tiny_exposure(params=ExposureParams("pemilu2031", 10)).loc[A2, "voters"] == 3_000
    young = tiny_exposure(params=ExposureParams("pemilu2031", 0.5))
    assert young.loc[B1, ["voters", "quality"]].tolist() == [2_250, "perkiraan"]


def test_polling_stations_of_coarser_units_are_not_added_to_their_parts() -> None:
    counts = tiny.tps_counts().reindex(tiny.units()["code"])
    counts[A1], counts[A], counts[PROV] = 15, 30, 50
    pd.testing.assert_frame_equal(tiny_exposure(tps=counts), tiny_exposure())


def test_two_kabupaten_without_a_number_share_the_rest() -> None:
    lists = tiny.voters()
    found = tiny_exposure(lists[lists["voters_id"].ne("V2")])
    assert found.loc[[A, B], "voters"].tolist() == [7_200, 4_800]  # 30 and 20 of 50 TPS
    assert set(found.loc[[A, B], "how"]) == {"sisa_provinsi_per_tps"}


def test_a_computed_number_is_not_a_published_one() -> None:
    row = {"voters_id": "V9", "election": "pemilu2031", "list_kind": "dpt", "level": "kabupaten",
           "unit_code": B, "total": 4_444, "note": "dihitung: selisih"}  # fmt: skip
    lists = pd.concat([tiny.voters(), tiny.frame([row], tiny.VOTER_COLUMNS)])
    assert tiny_exposure(lists).loc[B, ["voters", "quality"]].tolist() == [4_500, "perkiraan"]


def test_lists_that_disagree_are_marked() -> None:
    row = {"voters_id": "V9", "election": "pemilu2031", "list_kind": "dpt", "level": "kabupaten",
           "unit_code": A, "total": 7_501}  # fmt: skip
    lists = pd.concat([tiny.voters(), tiny.frame([row], tiny.VOTER_COLUMNS)])
    assert tiny_exposure(lists).loc[A, ["voters", "how"]].tolist() == [7_500, "daftar_berbeda"]


def test_what_nobody_published_is_absent_and_not_zero() -> None:
    found = tiny_exposure(tiny.voters().iloc[:0])
    assert found["voters"].isna().all()
    assert found["quality"].eq("tidak_ada").all()
    no_tps = tiny_exposure(tps=pd.Series({A1A: 10, A1B: 0, A2A: 15}))
    assert no_tps.loc[A1B, "quality"] == "tidak_ada"
    assert no_tps.loc[[B2, B2A], "quality"].tolist() == ["tidak_ada", "tidak_ada"]
    assert no_tps.loc[B, "voters"] == 4_500


def test_rates_by_hand_and_never_infinite() -> None:
    found = tiny_exposure()
    rates = rate_per_10000(pd.Series({A: 3, B2A: 0, "99.09": 1}), found)
    assert rates[A] == 4.0  # 3 x 10,000 / 7,500
    assert rates[B2A] == 0.0
    assert math.isnan(rates["99.09"])
    nobody = found.assign(voters=0.0)
    assert rate_per_10000(pd.Series({A: 3}), nobody).isna().all()


def test_an_election_without_a_voting_day_is_refused() -> None:
    with pytest.raises(ParameterError, match="pemilu2099"):
        tiny_exposure(params=ExposureParams("pemilu2099"))
    with pytest.raises(ParameterError, match="max_age_years"):
        ExposureParams("pemilu2031", -1)


def test_a_key_with_a_year_counts_from_its_farthest_day() -> None:
    none = tiny.elections().iloc[:0]
    assert voting_day("pilkada2020", none, day("2024-02-14")) == pd.Timestamp("2020-01-01")
    assert voting_day("pilkada2020", none, day("2018-02-14")) == pd.Timestamp("2020-12-31")
    assert voting_day("pilkades", none, day("2018-02-14")) is None
    own = tiny.elections()
    assert voting_day("pemilu2031", own, day("2018-02-14")) == pd.Timestamp("2031-02-14")


tps = st.lists(st.integers(0, 40), min_size=6, max_size=6)


@settings(max_examples=20)
@given(tps)
def test_desa_add_up_to_their_kecamatan(counts: list[int]) -> None:
    found = tiny_exposure(tps=pd.Series(dict(zip(tiny.tps_counts().index, counts, strict=True))))
    voters = found["voters"]
    assert not (voters <= 0).any()
    desa = found[found.index.str.count(r"\.") == 3]["voters"].dropna()
    sums = desa.groupby([code.rpartition(".")[0] for code in desa.index]).sum()
    assert sums.to_numpy() == pytest.approx(voters[sums.index].to_numpy())
    assert len(desa) == sum(n > 0 for n in counts)
    assert found["quality"].eq("tidak_ada").equals(voters.isna())


def gaps_of(rows: list[tuple[str, int]]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    voters = tiny.frame(
        [
            {"voters_id": f"V{n}", "election": "pemilu2031", "list_kind": "dpt", "unit_code": code,
             "total": total}
            for n, (code, total) in enumerate(rows)
        ],
        ("voters_id", "election", "list_kind", "unit_code", "male", "female", "total", "note"),
    )  # fmt: skip
    found = part_gaps(voters, tiny.units())
    return {key: tuple(row) for key, row in zip(found.index, found.to_numpy(), strict=True)}


def test_lists_whose_parts_do_not_add_up_are_named() -> None:
    key = ("pemilu2031", "dpt", A)
    assert gaps_of([(A, 100), (A1, 70), (A2, 31)]) == {key: (100, 101, 1)}
    assert gaps_of([(A, 100), (A1, 70), (A2, 30)]) == {}
    # A list with a part missing tells nothing, nor does one without a total.
    assert gaps_of([(A, 100), (A1, 70)]) == {}
    assert gaps_of([(A1, 70), (A2, 31)]) == {}
