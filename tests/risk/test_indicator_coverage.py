"""How much is known: a case by hand, an independent count, and what must always hold."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.coverage import (
    CoverageParams,
    area_coverage,
    missing_by_area,
    tps_coverage,
    value_matrix,
)
from geo.errors import ParameterError

LIST = ("listrik", "internet", "kekerasan", "jauh")
TPS = pd.DataFrame(
    {
        "tps_id": ["e/19.01.01.2001/001", "e/19.01.01.2001/002", "e/19.01.02.2001/001"],
        "desa_code": ["19.01.01.2001", "19.01.01.2001", "19.01.02.2001"],
    }
)
DESA = TPS.set_index("tps_id")["desa_code"]
ENOUGH = CoverageParams(0.5)


def said(*rows: tuple[str, str | None, str, float, bool]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["indicator_id", "tps_id", "desa_code", "value", "simulated"]
    )
    return frame.astype({"tps_id": "str", "value": float, "simulated": bool})


BY_HAND = said(
    ("listrik", None, "19.01.01.2001", 1.0, False),  # the whole desa: both TPS
    ("listrik", "e/19.01.01.2001/002", "19.01.01.2001", 0.0, False),  # its own word wins
    ("internet", "e/19.01.01.2001/001", "19.01.01.2001", 1.0, False),
    ("jauh", "e/19.01.02.2001/001", "19.01.02.2001", 1.0, True),
    ("listrik", "e/19.01.01.2001/001", "19.01.01.2001", 0.0, True),  # never against what is said
    ("lain", "e/19.01.01.2001/001", "19.01.01.2001", 1.0, False),  # of no list
)


def test_a_case_by_hand() -> None:
    matrix = value_matrix(TPS, BY_HAND, LIST)
    gone = np.nan
    np.testing.assert_array_equal(
        matrix.to_numpy(), [[1, 1, gone, gone], [0, gone, gone, gone], [gone, gone, gone, 1]]
    )
    found = tps_coverage(matrix, DESA, ENOUGH)
    assert found["known"].tolist() == [2, 1, 1]
    assert found["share"].tolist() == [0.5, 0.25, 0.25]
    assert found["enough"].tolist() == [True, False, False]
    areas = area_coverage(found, "kecamatan")
    assert areas.loc["19.01.01"].to_dict() == {"tps": 2, "share": 0.375, "enough": 1, "silent": 0}
    assert areas.loc["19.01.02", "share"] == 0.25
    missing = missing_by_area(matrix, DESA, "kabupaten")
    assert missing.loc["19.01"].to_dict() == {
        "listrik": 1, "internet": 2, "kekerasan": 3, "jauh": 2,
    }  # fmt: skip


def test_without_a_word_nothing_is_known_and_nothing_is_enough() -> None:
    empty = said().astype({"indicator_id": "str", "desa_code": "str"})
    found = tps_coverage(value_matrix(TPS, empty, LIST), DESA, ENOUGH)
    assert found["known"].sum() == 0
    assert not found["enough"].any()
    assert area_coverage(found, "kabupaten").loc["19.01", "silent"] == 3


def test_without_a_list_nothing_is_enough() -> None:
    found = tps_coverage(value_matrix(TPS, BY_HAND, ()), DESA, CoverageParams(0.0))
    assert found["share"].tolist() == [0, 0, 0]
    assert not found["enough"].any()


@pytest.mark.parametrize("least", [-0.1, 1.1, float("nan")])
def test_a_border_outside_its_range_is_refused(least: float) -> None:
    with pytest.raises(ParameterError):
        CoverageParams(least)


def test_another_level_is_refused() -> None:
    found = tps_coverage(value_matrix(TPS, BY_HAND, LIST), DESA, ENOUGH)
    with pytest.raises(ParameterError):
        area_coverage(found, "provinsi")


ROW = st.tuples(
    st.sampled_from(LIST),
    st.sampled_from([0, 1, 2]),
    st.booleans(),
    st.sampled_from([0.0, 1.0]),
    st.booleans(),
)


def frame_of(rows: list[tuple[str, int, bool, float, bool]]) -> pd.DataFrame:
    """Return one row per place and indicator, as `services.risk.facts` hands them out."""
    built = [
        (i, None if whole and not sim else TPS["tps_id"][n], TPS["desa_code"][n], value, sim)
        for i, n, whole, value, sim in rows
    ]
    frame = said(*built) if built else said().astype({"indicator_id": "str", "desa_code": "str"})
    return frame.drop_duplicates(["indicator_id", "tps_id", "desa_code", "simulated"])


def one_by_one(frame: pd.DataFrame) -> list[list[float]]:
    """Return the matrix by looking every cell up, as its definition says."""
    out = []
    for tps, desa in TPS.itertuples(index=False):
        line = []
        for indicator in LIST:
            rows = frame[frame["indicator_id"].eq(indicator) & frame["desa_code"].eq(desa)]
            real = rows[~rows["simulated"]]
            for some in (
                real[real["tps_id"].eq(tps)],
                real[real["tps_id"].isna()],
                rows[rows["simulated"] & rows["tps_id"].eq(tps)],
            ):
                if len(some):
                    line.append(float(some["value"].iloc[0]))
                    break
            else:
                line.append(np.nan)
        out.append(line)
    return out


@settings(max_examples=25)
@given(st.lists(ROW, max_size=20), st.randoms())
def test_the_matrix_is_what_a_search_cell_by_cell_finds(
    rows: list[tuple[str, int, bool, float, bool]], random: object
) -> None:
    frame = frame_of(rows)
    matrix = value_matrix(TPS, frame, LIST)
    np.testing.assert_array_equal(matrix.to_numpy(), one_by_one(frame))
    shuffled = frame.sample(frac=1, random_state=len(rows))
    pd.testing.assert_frame_equal(matrix, value_matrix(TPS, shuffled, LIST))


@settings(max_examples=40)
@given(st.lists(ROW, max_size=20), ROW)
def test_one_more_word_never_lowers_what_is_known(
    rows: list[tuple[str, int, bool, float, bool]], more: tuple[str, int, bool, float, bool]
) -> None:
    before = tps_coverage(value_matrix(TPS, frame_of(rows), LIST), DESA, ENOUGH)
    after = tps_coverage(value_matrix(TPS, frame_of([*rows, more]), LIST), DESA, ENOUGH)
    assert (after["known"] >= before["known"]).all()
    assert after["share"].between(0, 1).all()
    assert (after["enough"] >= before["enough"]).all()


@settings(max_examples=15)
@given(st.lists(ROW, max_size=20))
def test_areas_add_up(rows: list[tuple[str, int, bool, float, bool]]) -> None:
    matrix = value_matrix(TPS, frame_of(rows), LIST)
    found = tps_coverage(matrix, DESA, ENOUGH)
    for level in ("kabupaten", "kecamatan", "desa"):
        areas = area_coverage(found, level)
        assert areas["tps"].sum() == len(TPS)
        assert areas["enough"].sum() == found["enough"].sum()
        assert np.average(areas["share"], weights=areas["tps"]) == pytest.approx(
            found["share"].mean()
        )
        missing = missing_by_area(matrix, DESA, level)
        assert missing.to_numpy().sum() == matrix.isna().to_numpy().sum()


def test_a_province_with_all_indicators_is_quick() -> None:
    rng = np.random.default_rng(1)
    tps = pd.DataFrame({"tps_id": [f"e/19.01.01.{n // 12}/{n}" for n in range(4116)]})
    tps["desa_code"] = tps["tps_id"].str.split("/").str[1]
    names = [f"i{n}" for n in range(22)]
    values = pd.DataFrame(
        {
            "indicator_id": np.repeat(names, 4116),
            "tps_id": np.tile(tps["tps_id"], 22),
            "desa_code": np.tile(tps["desa_code"], 22),
            "value": rng.integers(0, 2, 22 * 4116).astype(float),
            "simulated": False,
        }
    )
    start = time.perf_counter()
    matrix = value_matrix(tps, values, names)
    assert time.perf_counter() - start < 2
    assert matrix.notna().all(axis=None)
