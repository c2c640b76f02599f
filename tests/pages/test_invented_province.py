"""A small invented province is a folder: every page, tab and command works on it, and no other
province is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import streamlit as st
from pyproj import Geod
from streamlit.testing.v1 import AppTest

from data import clock
from data.errors import SourceMissingError
from data.paths import shipped_dir
from data.province import province
from data.store.engine import Store
from data.store.shipped import load_shipped
from geo.codes import LEVELS
from geo.crs import metric_crs_of
from geo.network.points import to_metres
from services.custody.procurement import items_of
from services.dataset import Dataset, load_dataset
from services.exports import layer_frame
from services.plan.inputs import kit_rules
from services.prepare import prepare
from services.texts import label
from tests import invented_province as invented
from tests.conftest import ROOT
from tests.house.test_no_province import FORMATS, found_in, traces
from tests.pages.test_pages import open_page

SHIPPED = traces()
"""What would name the shipped province; made before the invented one takes its place."""
DAY = "2024-02-13"
TABS = (
    "gambaran", "peta", "perubahan", "personel", "panggilan", "hari_h", "perkara", "cakupan",
    "uji_balik", "metode",
)  # fmt: skip
VIEWS = ("remote", "plan", "procurement", "progress", "proof")
GLOBE = Geod(ellps="WGS84")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of provinces with the invented one in it."""
    parent = tmp_path_factory.mktemp("provinsi")
    invented.write_province(parent)
    return parent


@pytest.fixture(scope="module", autouse=True)
def _in_the_invented_province(
    folders: Path, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    del dataset  # made here, while the shipped province is the province
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_SHIPPED", str(folders))
        patch.setenv("SIAGA_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("SIAGA_PROVINCE", raising=False)
        patch.delenv("DATABASE_URL", raising=False)
        st.cache_resource.clear()
        yield
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dataset]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'siaga.db'}")
    prepare(store)
    yield load_dataset(store)
    store.close()


def words(test: AppTest) -> str:
    """Return every text that a page put out, whatever element it stands in."""
    blocks = [str(getattr(block.proto, "body", "")) for block in test.get("html")]
    return "\n".join([*blocks, *(str(element.proto) for element in test.main)])


def assert_own(test: AppTest) -> None:
    assert not test.exception
    assert not test.error
    shown = words(test)
    assert len(shown) > 500
    hits = [shown[max(0, m.start() - 60) : m.end() + 40] for m in SHIPPED.finditer(shown)]
    assert hits == []


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize(
    "page", ["ringkasan", "hotspot", "linimasa", "prakiraan", "distribusi", "kerawanan"]
)
def test_each_page_opens_and_names_no_other_province(page: str, language: str) -> None:
    assert_own(open_page(page, tanggal=DAY, lang=language))


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_of_risk_opens(tab: str) -> None:
    assert_own(open_page("kerawanan", tanggal="2024-02-14", tab=tab))


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_of_distribution_opens(view: str) -> None:
    test = open_page("distribusi", tanggal=DAY)
    test.query_params["tampilan"] = view
    test.query_params["kabupaten"] = invented.LAUT
    assert_own(test.run())


def test_the_city_votes_for_itself_in_another_year(data: Dataset) -> None:
    test = open_page("kerawanan", tanggal="2025-08-27", pemilihan=invented.CITY)
    assert_own(test)
    assert label("election", invented.CITY) in words(test)
    assert data.elections["election"].tolist() == [invented.GENERAL, invented.CITY]


def test_what_the_code_needs_comes_from_the_folder(data: Dataset) -> None:
    place = province()
    assert (place.product_name, place.time_zone_name) == ("Siaga Nuswantika", "WITA")
    assert clock.start_of(date(2024, 2, 14)) == pd.Timestamp("2024-02-13T16:00Z")
    assert kit_rules(invented.GENERAL).contests == 3
    assert kit_rules(invented.CITY).booths == 2
    ballots = {item for item in items_of(invented.CITY) if item.startswith("surat_suara")}
    assert ballots == {"surat_suara", "surat_suara_bupati"}
    assert data.tps_counts.sum() == sum(v[5] + v[6] for v in invented.VILLAGES) == 61
    in_city = data.tps[data.tps["election"].eq(invented.CITY)]
    assert len(in_city) == 22
    assert in_city["desa_code"].str.startswith(invented.KOTA).all()
    layer = layer_frame(data.store, "kabupaten").set_index("code")
    assert layer[f"tps_{invented.GENERAL}"].to_dict() == {"98.01": 25, "98.02": 14, "98.71": 22}
    assert layer["tps_special_2024"].to_dict() == {"98.01": 1, "98.02": 0, "98.71": 1}


def test_distances_are_right_in_both_provinces(data: Dataset, dataset: Dataset) -> None:
    """Two desa each, as the crow flies, against the geodesic on the ellipsoid."""
    for ours, lon_0 in ((data, 124.5), (dataset, 107.0)):
        desa = ours.units[ours.units["level"].eq("desa")]
        crs = metric_crs_of(ours.shapes["desa"])
        assert f"+lon_0={lon_0}" in crs
        xy = to_metres(desa["lon"], desa["lat"], crs)
        straight = np.hypot(*(xy[0] - xy[-1]))
        ends = desa[["lon", "lat"]].iloc[[0, -1]].to_numpy()
        _, _, exact = GLOBE.inv(*ends[0], *ends[1])
        assert straight == pytest.approx(exact, rel=2e-4)
        for row in ours.shapes["kabupaten"].itertuples():
            parts = [shapely.geometry.polygon.orient(p) for p in shapely.get_parts(row.geometry)]
            square = sum(GLOBE.geometry_area_perimeter(part)[0] for part in parts)
            assert row.area_km2 == pytest.approx(square / 1e6, rel=1e-3)


def test_every_shipped_level_has_its_units_drawn(data: Dataset) -> None:
    frames = load_shipped()
    for level in LEVELS[1:]:
        units = data.units.loc[data.units["level"].eq(level), "code"]
        assert set(frames["unit_shapes"].loc[frames["unit_shapes"]["level"].eq(level), "code"]) == (
            set(units)
        )


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "cli.py", *arguments],
        cwd=ROOT, env=os.environ.copy(), check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout


def test_the_commands_work_on_it(tmp_path: Path) -> None:
    assert "83 TPS" in run("prepare")
    plan = tmp_path / "rencana.json"
    run("plan", "-o", str(plan), "--kabupaten", invented.LAUT, "--seconds", "1")
    document = json.loads(plan.read_text(encoding="utf-8"))
    assert document["verdict"]["passed"]
    assert document["deadline"] == "2024-02-13T18:00:00+08:00"
    assert all(row["delivered"].endswith("+08:00") for row in document["deliveries"])
    table = tmp_path / "risiko.csv"
    run("risk", "--election", invented.GENERAL, "--date", DAY, "-o", str(table))
    assert len(pd.read_csv(table)) == 61
    spots = tmp_path / "hotspot.csv"
    run("hotspots", "-o", str(spots), "--from", "2023-12-01", "--to", "2024-03-31")
    assert set(pd.read_csv(spots)["code"].astype(str)) <= {row[0] for row in invented.PARENTS}
    for path in (plan, table, spots):
        said = path.read_text(encoding="utf-8")
        for name in FORMATS:
            said = said.replace(name, "")
        assert found_in(said, SHIPPED) == []


def test_the_environment_chooses_the_province(
    folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_PROVINCE", invented.FOLDER)
    assert shipped_dir() == folders / invented.FOLDER
    monkeypatch.setenv("SIAGA_PROVINCE", "tidak-ada")
    with pytest.raises(SourceMissingError, match="tidak-ada"):
        shipped_dir()
    monkeypatch.delenv("SIAGA_PROVINCE")
    monkeypatch.delenv("SIAGA_SHIPPED")
    assert shipped_dir().parent == ROOT / "data" / "shipped"
