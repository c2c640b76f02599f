"""The risk of the shipped province: what is known is shown, what is not is said."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from analytics.risk.params import INDICES, TIERS
from cli import app
from data.errors import FileUnreadableError
from data.paths import shipped_dir
from data.store import tables as schema
from data.store.engine import Store
from data.store.rules_risk import KELAS
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.risk.changes import heat, heat_weeks
from services.risk.explain import (
    changes,
    changes_since_rakor,
    explain_tps,
    reason_lines,
    summary_lines,
    unit_changes,
)
from services.risk.files import write_risk
from services.risk.index import RiskView, default_params, risk_view
from services.risk.ranking import rank_words
from tests.conftest import copy_store

EVE = dt.date(2024, 2, 13)
TIER_WORDS = {*TIERS, "belum_cukup"}


@pytest.fixture(scope="module")
def view(dataset: Dataset) -> RiskView:
    return risk_view(dataset, "pemilu2024", EVE)


def contributions(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[[f"{name}_{component}" for component in INDICES[name]]]


def test_every_tps_has_both_indices_and_their_parts_sum_exactly(view: RiskView) -> None:
    assert len(view.tps) == 4116
    assert view.level == "tps"
    assert view.note is None
    for name in INDICES:
        index = view.tps[f"indeks_{name}"]
        assert index.between(0, 1).all()
        assert (contributions(view.tps, name).fillna(0).sum(axis=1) == index).all()
        assert set(view.tps[f"tier_{name}"]) <= TIER_WORDS
        chance = view.tps[[f"p_{name}_{t}" for t in TIERS]]
        ranked = view.tps[f"tier_{name}"].ne("belum_cukup")
        assert chance[ranked].sum(axis=1).round(9).eq(1).all()
        assert chance[~ranked].isna().all(axis=None)
        stable = chance.max(axis=1).ge(view.params.draws.stable)
        assert view.tps[f"stabil_{name}"].eq(stable).all()


def test_without_any_indicator_security_has_a_range_and_no_tier(view: RiskView) -> None:
    assert view.tps["cakupan"].eq(0).all()
    assert view.tps["tier_keamanan"].eq("belum_cukup").all()
    assert view.tps["keamanan_indikator"].isna().all()
    assert view.tps["keamanan_high"].sub(view.tps["keamanan_low"]).gt(0.4).all()
    assert view.tps["kelas_resmi"].isna().all()
    assert not view.tps["simulasi"].any()
    found = explain_tps(view, view.tps.index[0])
    assert found.unknown.iloc[0]["component"] == "indikator"
    assert "belum ada instansi" in " ".join(reason_lines(found))


def test_a_province_score_is_no_score_of_its_kabupaten(dataset: Dataset, view: RiskView) -> None:
    assert view.tps["keamanan_baseline"].isna().all()
    later = risk_view(dataset, "pilkada2024", dt.date(2024, 11, 26)).kabupaten
    assert later["keamanan_baseline"].notna().sum() == 1
    row = later.loc["19.02"]
    weight = dict(zip(INDICES["keamanan"], default_params().security.weights, strict=True))
    assert row["keamanan_baseline"] == pytest.approx(0.1578 * weight["baseline"], abs=1e-6)


def test_islands_are_the_hardest_to_reach(view: RiskView) -> None:
    far = view.tps.sort_values("indeks_logistik", ascending=False).head(40)
    found = explain_tps(view, far.index[0])
    assert found.remoteness is not None
    assert found.remoteness["sea_min"] > 0
    assert far["tier_logistik"].iloc[0] == "tinggi"


def test_reports_behind_a_tps_have_sources_and_sum(view: RiskView) -> None:
    top = str(view.tps["indeks_keamanan"].idxmax())
    found = explain_tps(view, top)
    counted = found.reports[found.reports["role"].eq("dihitung")]
    assert len(counted) >= 2
    assert counted["url"].str.startswith("http").all()
    assert counted["known_since"].le(pd.Timestamp(EVE)).all()
    for name in ("konflik", "potensi"):
        mine = counted[counted["component"].eq(name)]
        if len(mine):
            assert mine["contribution"].sum() == found.row[f"keamanan_{name}"]
    for name in INDICES:
        rows = found.contributions[found.contributions["index"].eq(name)]
        assert rows["contribution"].fillna(0).sum() == found.row[f"indeks_{name}"]


def test_what_came_later_is_not_known_on_the_eve(dataset: Dataset, view: RiskView) -> None:
    assert view.reports["known_since"].le(pd.Timestamp(EVE)).all()
    after = risk_view(dataset, "pemilu2024", dt.date(2024, 11, 30))
    assert set(after.reports["report_id"]) - set(view.reports["report_id"])


def test_an_affair_left_out_weighs_nothing(dataset: Dataset, view: RiskView) -> None:
    affair = str(view.reports["perkara_id"].iloc[0])
    less = risk_view(dataset, "pemilu2024", EVE, without=frozenset([affair]))
    assert affair not in set(less.reports["perkara_id"])
    assert less.tps["indeks_keamanan"].le(view.tps["indeks_keamanan"]).all()
    assert less.tps["indeks_keamanan"].lt(view.tps["indeks_keamanan"]).any()


def test_changes_since_the_rakor_add_up_and_say_why(dataset: Dataset, view: RiskView) -> None:
    found = changes_since_rakor(view)
    assert found.mark.date < pd.Timestamp(EVE)
    rows = found.rows[found.rows["index"].eq("keamanan")]
    moved = rows.groupby("tps_id")["difference"].sum().reindex(view.tps.index)
    change = view.tps["indeks_keamanan"] - found.before.tps["indeks_keamanan"]
    assert (moved == change).all()
    place = str(moved.idxmax())
    why = unit_changes(view, found.before, place)
    assert why.iloc[0]["reason"] == "laporan_baru"
    assert why.iloc[0]["reports"]["reason"].eq("laporan_baru").any()
    whole = unit_changes(view, found.before, "19.02")
    assert set(whole.iloc[0]["reports"]["report_id"]) >= {"BBL-0025", "BBL-0026"}
    with pytest.raises(ParameterError, match="election"):
        changes(view, risk_view(dataset, "pilkada2024", EVE))


def test_elections_without_a_register_answer_for_kabupaten_and_say_why(dataset: Dataset) -> None:
    for election, kabupaten in (("pilkada2024", 7), ("pilkada_ulang2025", 2)):
        view = risk_view(dataset, election, dt.date(2025, 8, 26))
        assert view.level == "kabupaten"
        assert view.tps.empty
        assert len(view.kabupaten) == kabupaten
        assert "per kabupaten" in summary_lines(view)[0]
        for name in INDICES:
            total = contributions(view.kabupaten, name).fillna(0).sum(axis=1)
            assert (total == view.kabupaten[f"indeks_{name}"]).all()
        assert view.kabupaten["tier_keamanan"].eq("belum_cukup").all()


def test_a_report_of_a_kabupaten_counts_there(dataset: Dataset) -> None:
    view = risk_view(dataset, "pilkada2024", dt.date(2024, 11, 26))
    found = explain_tps(view, "19.71")
    assert "BBL-0086" in set(found.reports.loc[found.reports["role"].eq("dihitung"), "report_id"])


def test_heat_has_every_kecamatan_and_the_index_of_its_tps(
    dataset: Dataset, view: RiskView
) -> None:
    weeks = heat_weeks(EVE, 6)
    for statistic in ("mean", "max"):
        found = heat(dataset, "pemilu2024", weeks, statistic)
        assert found.shape == (47, 6)
        own = view.tps.groupby("kecamatan_code")["indeks_keamanan"].agg(statistic)
        np.testing.assert_allclose(found.iloc[:, -1], own.reindex(found.index), atol=1e-12)
    assert heat(dataset, "pilkada2024", weeks).shape == (7, 6)
    with pytest.raises(ParameterError, match="statistic"):
        heat(dataset, "pemilu2024", weeks, "sum")


def test_unknown_places_and_elections_are_refused(dataset: Dataset, view: RiskView) -> None:
    with pytest.raises(ParameterError, match="election"):
        risk_view(dataset, "pemilu1955", EVE)
    with pytest.raises(ParameterError, match="tps_id"):
        explain_tps(view, "pemilu2024/19.01.01.1001/999")


def test_the_same_question_is_answered_from_memory(dataset: Dataset, view: RiskView) -> None:
    assert risk_view(dataset, "pemilu2024", EVE) is view


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Path]:
    """A prepared store of its own, to which commands are pointed."""
    folder = tmp_path_factory.mktemp("risk")
    copy_store(shipped_store, folder / "siaga.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_VAR", str(folder))
        patch.delenv("DATABASE_URL", raising=False)
        yield folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["risk", *arguments])


def test_the_csv_has_a_row_per_tps_and_adds_up(own_store: Path, tmp_path: Path) -> None:
    path = tmp_path / "risk.csv"
    done = run("--election", "pemilu2024", "--date", "2024-02-13", "-o", str(path),
               "--why", "pemilu2024/19.02.01.2013/014")  # fmt: skip
    assert done.exit_code == 0, done.output
    for word in ("Laporan konflik di sekitar", "BBL-0026", "https://", "data belum cukup",
                 "Sejak rakor 31 Desember 2023 (anggapan)", "laporan baru"):  # fmt: skip
        assert word in done.output
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["tps_id"] for row in rows}) == 4116
    for row in rows:
        for name, components in INDICES.items():
            parts = {key for key in row if key.startswith(f"{name}_")}
            assert parts == {f"{name}_{component}" for component in components}
            assert sum(float(row[key] or 0) for key in parts) == float(row[f"indeks_{name}"])
    assert {"kelas_resmi", "cakupan", "simulasi", "p_keamanan_tinggi"} <= set(rows[0])
    assert not {word.replace("_", " ") for word in KELAS} & set(rows[0]["tier_logistik"].split(","))


@pytest.mark.parametrize("suffix", [".xlsx", ".geojson", ".parquet"])
def test_other_formats(dataset: Dataset, view: RiskView, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"risk{suffix}"
    if suffix == ".parquet":
        assert write_risk(view, path) == 4116
        found = gpd.read_parquet(path)
        assert found.geometry.notna().all()
        assert found["point_approximate"].all()
        return
    assert write_risk(risk_view(dataset, "pilkada2024", EVE), path) == 7
    if suffix == ".geojson":
        assert len(json.loads(path.read_text(encoding="utf-8"))["features"]) == 7
    else:
        assert len(pd.read_excel(path)) == 7


def test_an_unknown_format_is_refused(view: RiskView, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        write_risk(view, tmp_path / "risk.doc")
    assert not list(tmp_path.iterdir())


def test_the_command_says_why_there_are_no_tps(own_store: Path) -> None:
    done = run("--election", "pilkada2024", "--date", "2024-11-26")
    assert done.exit_code == 0
    assert "jawabannya per kabupaten" in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--election", "pemilu1955"), "pemilu1955"),
        (("--election", "pemilu2024", "--date", "14/02/2024"), "14/02/2024"),
        (("--election", "pemilu2024", "--params", "tidak_ada.toml"), "tidak_ada.toml"),
        (("--election", "pemilu2024", "--seed", "-4"), "monte_carlo.seed"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    own_store: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert says in done.output


@pytest.mark.parametrize(("weight", "says"), [("0.9", "sum to 1"), ("-0.7", "0 to 1")])
def test_weights_that_do_not_sum_or_are_negative_are_refused(
    own_store: Path, tmp_path: Path, weight: str, says: str
) -> None:
    shipped = shipped_dir() / "risk.toml"
    text = shipped.read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(text.replace("value = 0.7", f"value = {weight}", 1), encoding="utf-8")
    done = run("--election", "pemilu2024", "--params", str(path))
    assert done.exit_code == 2
    assert "keamanan.bobot" in done.output
    assert says in done.output


def test_values_classes_and_simulation_enter_as_they_are(own_store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "filled"
    shutil.copytree(own_store, folder)
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    listed = store.read("risk_indicators", schema.risk.risk_indicators.c.election == "pemilu2024")
    ids = list(listed.sort_values("number")["indicator_id"])
    desa = "19.01.01.1001"
    first = f"pemilu2024/{desa}/001"
    common = {"election": "pemilu2024", "desa_code": desa, "agency": "bawaslu", "import_id": "x"}
    with store.begin("setup.prepare") as connection:
        for indicator in ids:
            connection.execute(schema.risk.indicator_values.insert().values(
                **common, place_id=f"pemilu2024/{desa}", indicator_id=indicator,
                date=dt.date(2024, 2, 8), value=0.0))  # fmt: skip
        connection.execute(schema.risk.indicator_values.insert().values(
            **common, place_id=first, tps_id=first, indicator_id=ids[4],
            date=dt.date(2024, 2, 9), value=1.0))  # fmt: skip
        connection.execute(schema.risk.tps_class.insert().values(
            tps_id=first, date=dt.date(2024, 2, 1), kelas="rawan", agency="polda",
            import_id="x"))  # fmt: skip
        connection.execute(schema.risk.simulated_values.insert().values(
            election="pemilu2024", tps_id="pemilu2024/19.02.01.2013/014", indicator_id=ids[0],
            desa_code="19.02.01.2013", value=1.0, date=dt.date(2024, 2, 1), seed=1))  # fmt: skip
    data = load_dataset(store)
    view = risk_view(data, "pemilu2024", EVE)
    row = view.tps.loc[first]
    assert row["kelas_resmi"] == "rawan"
    assert row["cakupan"] == 1.0
    assert row["tier_keamanan"] in TIERS
    assert row["keamanan_indikator"] > 0
    assert view.tps.loc[f"pemilu2024/{desa}/002", "keamanan_indikator"] == 0
    told = explain_tps(view, first).indicators.set_index("indicator_id")
    assert told["contribution"].sum() == row["keamanan_indikator"]
    posko = told.loc["dekat_posko_kampanye"]
    assert ids[4] == "dekat_posko_kampanye"
    assert posko["contribution"] == pytest.approx(posko["most"], abs=1e-6)
    assert (posko["basis"], posko["gravity"]) == ("terbit", 0.3)
    assert posko["share"] == pytest.approx(21_947 / 820_161, rel=0.01)
    desa_tps = int(view.tps["desa_code"].eq(desa).sum())  # the only ones with enough answers
    assert rank_words(row.to_dict(), "keamanan", "id") == f"1 dari {desa_tps}"
    assert "Peringkat 1 dari" in rank_words(row.to_dict(), "keamanan", "id", "Bangka")
    others = view.tps.loc[f"pemilu2024/{desa}/002"].to_dict()
    assert rank_words(others, "keamanan", "id") == f"2–{desa_tps} dari {desa_tps}"
    unknown = view.tps.loc["pemilu2024/19.02.01.2013/014"].to_dict()
    assert rank_words(unknown, "keamanan", "id") == ""
    before = risk_view(data, "pemilu2024", dt.date(2024, 2, 7)).tps.loc[first]
    assert before["cakupan"] == 0
    assert not view.tps["simulasi"].any()
    drawn = risk_view(data, "pemilu2024", EVE, simulation=True)
    assert list(drawn.tps.index[drawn.tps["simulasi"]]) == ["pemilu2024/19.02.01.2013/014"]
    assert summary_lines(drawn)[0].startswith("SIMULASI")
    strip = heat(data, "pemilu2024", [dt.date(2024, 2, 7), EVE], "mean")
    own = view.tps.groupby("kecamatan_code")["indeks_keamanan"].mean()
    np.testing.assert_allclose(strip.iloc[:, 1], own.reindex(strip.index), atol=1e-12)
    store.close()
