"""SIMULASI: an invented nation adds up, hides what it says it hides, and is the same again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from analytics.nation.simulate.logistics import LATE_BOAT
from analytics.nation.simulate.places import Places, simulate_places
from analytics.nation.simulate.reports import (
    ReportWorld,
    planted_clusters,
    simulate_indicators,
    simulate_reports,
)
from analytics.nation.simulate.sizes import (
    CODES,
    KABUPATEN,
    NationSize,
    ProvinceSize,
    deal,
    island_sizes,
    province_sizes,
)
from cli import app
from data.nation.folder import COLUMNS, NationFolder, is_simulated
from geo.codes import is_code, parent_of
from geo.errors import ParameterError
from geo.places.placing import Coverage, place_reports
from services.nation.simulate import asked_nation, simulate_nation

AS_OF = dt.date(2029, 2, 13)
SIZE = ProvinceSize("22", (4, 3), (40, 30), 700, 20_000)


@pytest.fixture(scope="module")
def places() -> Places:
    return simulate_places(SIZE, "simulasi2029", np.random.default_rng(1))


def test_the_whole_nation_has_the_published_sizes() -> None:
    sizes = province_sizes(NationSize(), 1)
    assert len(sizes) == len(set(CODES)) == 38
    assert sum(KABUPATEN) == sum(len(size.desa) for size in sizes) == 514
    assert sum(sum(size.kecamatan) for size in sizes) == 7_277
    assert sum(sum(size.desa) for size in sizes) == 83_000
    assert sum(size.tps for size in sizes) == 823_000
    assert sum(size.reports for size in sizes) == 10_000_000


def test_the_first_provinces_are_the_same_however_many_are_made() -> None:
    few = province_sizes(NationSize(provinces=3), 7)
    assert few == province_sizes(NationSize(), 7)[:3]
    assert few != province_sizes(NationSize(provinces=3), 8)


@given(
    st.integers(0, 2000), st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(0, 3)
)
def test_what_is_dealt_out_adds_up_and_is_close_to_proportion(
    total: int, weights: list[float], least: int
) -> None:
    floor = least * len(weights)
    if total < floor:
        with pytest.raises(ParameterError):
            deal(total, weights, least)
        return
    dealt = deal(total, weights, least)
    exact = least + (total - floor) * np.array(weights) / sum(weights)
    assert dealt.sum() == total
    assert (np.abs(dealt - exact) < 1).all()


def test_dealing_by_hand() -> None:
    assert deal(10, [1, 1, 1]).tolist() == [4, 3, 3]
    assert deal(10, [2, 1, 1], [0, 4, 0]).tolist() == [3, 6, 1]


@given(st.integers(1, 3000), st.floats(0, 1), st.integers(0, 50))
def test_islands_hold_all_desa(desa: int, mainland: float, seed: int) -> None:
    sizes = island_sizes(desa, np.random.default_rng(seed), mainland)
    assert sum(sizes) == desa
    assert min(sizes) >= 1
    assert list(sizes) == sorted(sizes, reverse=True)


def test_units_add_up_by_code(places: Places) -> None:
    units = places.units.set_index("code")
    assert units.index.is_unique
    assert all(is_code(code) for code in units.index)
    for code, row in units[units["level"].ne("provinsi")].iterrows():
        assert row["parent_code"] == parent_of(str(code))
    for column in ("voters", "tps"):
        summed = units.groupby("parent_code")[column].sum().drop("")
        assert summed.eq(units.loc[summed.index, column]).all()
    own = places.tps.groupby("desa_code").agg(tps=("tps_id", "size"), voters=("voters", "sum"))
    assert own.eq(units.loc[own.index, ["tps", "voters"]]).all(axis=None)
    assert units["level"].value_counts().to_dict() == {
        "desa": 70, "kecamatan": 7, "kabupaten": 2, "provinsi": 1,
    }  # fmt: skip
    assert units["name"].str.contains("SIMULASI").all()


def test_points_lie_in_their_desa(places: Places) -> None:
    shapes = places.desa.set_index("code").geometry
    assert shapely.coverage_is_valid(shapes.to_numpy())
    tps = shapely.points(places.tps["lon"], places.tps["lat"])
    assert shapely.contains(shapes[places.tps["desa_code"]].to_numpy(), tps).all()
    for level in ("provinsi", "kabupaten", "kecamatan", "desa"):
        units = places.units[places.units["level"].eq(level)]
        for unit in units.itertuples():
            inside = shapes[shapes.index.str.startswith(str(unit.code))]
            assert inside.contains(shapely.Point(unit.lon, unit.lat)).sum() == 1


def test_each_kabupaten_has_one_main_island(places: Places) -> None:
    islands = places.islands.assign(kabupaten=places.islands["desa_code"].str[:5])
    main = islands[islands["is_main"]]
    assert main.groupby("kabupaten")["island_id"].nunique().eq(1).all()
    assert set(main["kabupaten"]) == {"22.01", "22.02"}
    assert sorted(islands["desa_code"]) == sorted(places.desa["code"])


def test_reports_are_placed_but_for_the_faults_that_were_made(places: Places) -> None:
    world = ReportWorld(AS_OF, clusters=0)
    none = planted_clusters(places, world, np.random.default_rng(1))
    reports = simulate_reports(places, 20_000, none, world, np.random.default_rng(2))
    assert reports["report_id"].is_unique
    assert reports["date_event"].is_monotonic_increasing
    assert reports["date_event"].max() <= pd.Timestamp(AS_OF)
    assert (reports["date_reported"] >= reports["date_event"]).all()
    coverage = Coverage(
        places.desa["code"].to_numpy(dtype=object),
        places.desa.geometry.to_numpy(),
        list(places.units["code"]),
    )
    named = reports["unit_code"].to_numpy(dtype=object)
    found = place_reports(reports["lon"].to_numpy(), reports["lat"].to_numpy(), named, coverage)
    shares = pd.Series(found.reason).value_counts(normalize=True)
    assert shares["tanpa_tempat"] == pytest.approx(0.003, abs=0.002)
    assert shares["kode_tak_dikenal"] == pytest.approx(0.002, abs=0.002)
    assert shares["bertentangan"] == pytest.approx(0.005, abs=0.003)
    assert shares["titik_di_luar"] + shares["di_luar_batas"] == pytest.approx(0.005, abs=0.003)
    affairs = reports.groupby("perkara_id")
    assert affairs["family"].nunique().eq(1).all()
    assert 1.01 < len(reports) / affairs.ngroups < 1.5


def test_a_planted_cluster_holds_its_factor_and_no_report_is_added(places: Places) -> None:
    world = ReportWorld(AS_OF, clusters=1, factor=8.0)
    truth = planted_clusters(places, world, np.random.default_rng(3))
    empty = truth.head(0)
    with_it = simulate_reports(places, 20_000, truth, world, np.random.default_rng(4))
    without = simulate_reports(places, 20_000, empty, world, np.random.default_rng(4))
    row = truth.iloc[0]
    coverage = Coverage(places.desa["code"].to_numpy(dtype=object), places.desa.geometry.to_numpy())

    def inside(reports: pd.DataFrame) -> int:
        here = reports[
            reports["family"].eq(row["family"])
            & reports["date_event"].between(row["date_from"], row["date_to"])
            & reports["lon"].notna()
        ]
        at = coverage.desa_at(here["lon"].to_numpy(), here["lat"].to_numpy())
        codes = np.append(coverage.desa_codes, "")[at]
        return sum(str(code).startswith(f"{row['code']}.") for code in codes)

    assert len(with_it) == len(without)
    usual = inside(without)
    assert usual > 3
    assert inside(with_it) / usual == pytest.approx(8.0, rel=0.5)


def test_risky_tps_say_yes_more_often(places: Places) -> None:
    world = ReportWorld(AS_OF, risky_share=0.1)
    values, truth = simulate_indicators(places.tps, world, np.random.default_rng(5))
    risky = values["tps_id"].isin(truth["code"])
    assert 0 < len(truth) < len(places.tps)
    assert values.loc[risky, "value"].mean() == pytest.approx(0.8, abs=0.1)
    assert values.loc[~risky, "value"].mean() == pytest.approx(0.08, abs=0.03)
    assert len(values) / len(places.tps) == pytest.approx(6, abs=0.5)
    assert not values.duplicated(["tps_id", "indicator"]).any()


@pytest.mark.parametrize(
    "wrong",
    [
        {"provinces": 0}, {"provinces": 39}, {"share": 0.0}, {"share": 1.1}, {"reports": -1},
        {"desa": 7_000}, {"tps": 80_000}, {"kecamatan": 500},
    ],
)  # fmt: skip
def test_sizes_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ParameterError):
        NationSize(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"clusters": -1}, {"factor": 0.5}, {"risky_share": 1.5}]
)
def test_worlds_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        ReportWorld(AS_OF, **wrong)  # type: ignore[arg-type]


def test_the_command_writes_the_same_folder_again_and_marks_every_file(tmp_path: Path) -> None:
    runner = CliRunner()
    for name in ("a", "b"):
        ask = ["simulate", "nation", "--provinces", "2", "--share", "0.05", "-o"]
        done = runner.invoke(app, [*ask, str(tmp_path / name), "--reports", "100000"])
        assert done.exit_code == 0, done.output
        assert "SIMULASI" in done.output
    first, second = NationFolder(tmp_path / "a"), NationFolder(tmp_path / "b")
    about = first.about()
    assert about == second.about()
    assert about.simulasi
    assert [province.code for province in about.provinces] == ["22", "23"]
    for province in about.provinces:
        files = first.files(province.code)
        assert {path.stem for path in files} >= set(COLUMNS)
        assert all(is_simulated(path) for path in files)
        for name in COLUMNS:
            pd.testing.assert_frame_equal(
                pd.DataFrame(first.read(province.code, name)),
                pd.DataFrame(second.read(province.code, name)),
            )
        reports = sum(len(part) for part in first.read_parts(province.code))
        assert reports == province.reports


def test_the_boats_that_come_late_are_known(tmp_path: Path) -> None:
    size = NationSize(provinces=1, reports=100_000)
    simulate_nation(asked_nation(size, 1), tmp_path, lambda *_: None)
    folder = NationFolder(tmp_path)
    truth, fleet = folder.read("22", "truth"), folder.read("22", "fleet")
    assert set(truth["what"]) == {"cluster", "risky_tps", LATE_BOAT}
    late = truth[truth["what"].eq(LATE_BOAT)]
    boats = fleet.loc[fleet["mode"].eq("boat"), "vehicle_id"]
    assert 0 < len(late) < len(boats)
    assert set(late["code"]) <= set(boats)
    assert late["factor"].gt(0).all()
