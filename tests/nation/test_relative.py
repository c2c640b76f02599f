"""Relative risk from placed reports: by hand, against the function of the pages, planted worlds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.hotspots.relative_risk import (
    DECIDED,
    MANY_UNITS,
    RelativeRiskParams,
    decided_for,
    expected_affairs,
    relative_risk,
)
from analytics.nation.relative import relative_of, unit_affairs, unit_neighbours
from geo.errors import CodeError, ParameterError
from tests.nation.worlds import FAMILIES, desa_shapes, grid_units, moved_into, placed_reports

UNITS = grid_units(kabupaten=4, kecamatan=4, desa=3)


def rows_of(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["place_code", "perkara_id", "family", "kind"])


def counted(frame: pd.DataFrame, family: str = "konflik") -> dict[str, int]:
    own = frame[frame["family"].eq(family) & frame["affairs"].gt(0)]
    return dict(zip(own["code"], own["affairs"], strict=True))


def test_an_affair_counts_once_in_each_unit_and_coarse_ones_nowhere_finer() -> None:
    placed = rows_of(
        ("20.01.01.2001", "A", "konflik", "kejadian"),
        ("20.01.01.2002", "A", "konflik", "kejadian"),
        ("20.01.02", "A", "konflik", "kejadian"),
        ("20.02", "B", "konflik", "kejadian"),
        ("20.02", "C", "konflik", "potensi"),
        ("20.02", "D", "unjuk_rasa", "kejadian"),
        ("", "E", "konflik", "kejadian"),
    )
    fine = unit_affairs(placed, UNITS, "kecamatan", FAMILIES)
    coarse = unit_affairs(placed, UNITS, "kabupaten", FAMILIES)
    assert counted(fine) == {"20.01.01": 1, "20.01.02": 1}
    assert counted(coarse) == {"20.01": 1, "20.02": 1}
    assert counted(coarse, "unjuk_rasa") == {"20.02": 1}
    assert len(fine) == 16 * len(FAMILIES)
    assert counted(unit_affairs(placed, UNITS, "kabupaten", FAMILIES, "potensi")) == {"20.02": 1}


def test_a_report_in_a_unit_that_is_not_there_is_refused() -> None:
    with pytest.raises(CodeError, match=r"20\.09"):
        unit_affairs(rows_of(("20.09", "A", "konflik", "kejadian")), UNITS, "kabupaten", FAMILIES)
    with pytest.raises(ParameterError, match="level"):
        unit_affairs(rows_of(), UNITS, "desa", FAMILIES)


def test_the_figures_are_those_of_the_function_of_the_pages() -> None:
    placed = placed_reports(UNITS, 300, np.random.default_rng(1))
    near = unit_neighbours(desa_shapes(UNITS), UNITS, "kecamatan")
    found = relative_of(unit_affairs(placed, UNITS, "kecamatan", FAMILIES), UNITS, near)
    own = placed[placed["family"].eq("konflik")]
    counts = own.groupby(own["place_code"].str[:8])["perkara_id"].nunique()
    voters = UNITS[UNITS["level"].eq("kecamatan")].set_index("code")["voters"]
    counts = counts.reindex(voters.index, fill_value=0)
    parents = pd.Series(voters.index.str[:5], voters.index)
    slow = relative_risk(
        counts,
        expected_affairs(counts.sum(), voters),
        parents,
        RelativeRiskParams(decided=DECIDED["kecamatan"]),
        near,
    )
    mine = found[found["family"].eq("konflik")].set_index("code")
    for column in slow:
        assert mine[column].to_list() == slow[column].to_list()
    assert mine["expected"].sum() == pytest.approx(len(own))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_counts_of_parts_by_kabupaten_are_those_of_the_whole(seed: int, n: int) -> None:
    placed = placed_reports(UNITS, 40, np.random.default_rng(seed)).assign(
        perkara_id=lambda f: (f.index // n).astype(str)
    )
    whole = unit_affairs(placed, UNITS, "kecamatan", FAMILIES)
    inside = [
        unit_affairs(rows, UNITS[UNITS["code"].str.startswith(code)], "kecamatan", FAMILIES)
        for code, rows in placed.groupby(placed["place_code"].str[:5])
    ]
    parts = pd.concat(inside)
    assert counted(parts) == counted(whole)
    assert whole["affairs"].sum() <= len(placed)


def test_more_units_than_any_province_has_are_held_to_the_higher_probability() -> None:
    assert decided_for("kabupaten", MANY_UNITS) == DECIDED["kabupaten"]
    assert decided_for("kabupaten", MANY_UNITS + 1) == DECIDED["kecamatan"]
    assert decided_for("kecamatan", 5) == DECIDED["kecamatan"]


def test_the_nation_holds_every_kabupaten_against_all_of_them() -> None:
    east, west = (grid_units(3, 2, 2, province) for province in ("20", "22"))
    rng = np.random.default_rng(3)
    parts = [
        unit_affairs(placed_reports(units, n, rng), units, "kabupaten", FAMILIES)
        for units, n in ((east, 900), (west, 90))
    ]
    found = relative_of(pd.concat(parts), pd.concat([east, west]))
    median = found.groupby(found["code"].str[:2])["median"].mean()
    assert len(found) == 6 * len(FAMILIES)
    assert median["20"] > 1.3
    assert median["22"] < 0.6
    alone = relative_of(parts[1], west)
    assert alone["word"].eq("belum_dapat_dibedakan").all()
    with pytest.raises(ParameterError, match="affairs"):
        relative_of(pd.concat([parts[0], parts[1].assign(level="kecamatan")]), east)


def test_neighbours_are_the_units_whose_desa_touch() -> None:
    near = unit_neighbours(desa_shapes(UNITS), UNITS, "kabupaten")
    links = {
        (near.codes[i], near.codes[j]) for i, j in zip(*near.matrix.nonzero(), strict=True) if i < j
    }
    assert links == {("20.01", "20.02"), ("20.02", "20.03"), ("20.03", "20.04")}


def test_at_most_five_in_a_hundred_worlds_without_a_difference_say_higher() -> None:
    rng = np.random.default_rng(20290214)
    near = unit_neighbours(desa_shapes(UNITS), UNITS, "kecamatan")
    worlds, false = 60, 0
    for _ in range(worlds):
        placed = placed_reports(UNITS, 200, rng, families=("konflik",))
        found = relative_of(unit_affairs(placed, UNITS, "kecamatan", ["konflik"]), UNITS, near)
        false += bool(found["word"].eq("lebih_tinggi").any())
    assert false / worlds <= 0.05 + 2 * (0.05 * 0.95 / worlds) ** 0.5


def test_a_planted_kecamatan_is_called_higher_in_nine_of_ten_worlds() -> None:
    rng = np.random.default_rng(20290215)
    near = unit_neighbours(desa_shapes(UNITS), UNITS, "kecamatan")
    kecamatan = UNITS.loc[UNITS["level"].eq("kecamatan"), "code"].to_numpy()
    worlds, hit = 30, 0
    for _ in range(worlds):
        code = str(rng.choice(kecamatan))
        inside = UNITS.loc[UNITS["code"].str.startswith(f"{code}."), "code"]
        placed = placed_reports(UNITS, 200, rng, families=("konflik",))
        # One in four moves there: about five times as many as voters lead one to expect.
        planted = moved_into(placed, list(inside), pd.Series(rng.random(200) < 0.25), rng)
        found = relative_of(unit_affairs(planted, UNITS, "kecamatan", ["konflik"]), UNITS, near)
        hit += found.set_index("code").loc[code, "word"] == "lebih_tinggi"
    assert hit / worlds >= 0.9
