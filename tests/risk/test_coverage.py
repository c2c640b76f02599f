"""The coverage tab: what is known where, both figures that differ, what-if shares, and files."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from analytics.risk.coverage import apportioned, shares_what_if
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, import_upload, look_at
from services.risk.charts import basis_words, relevance_figure, stage_words
from services.risk.coverage import (
    counts_table,
    coverage_class,
    coverage_layer,
    coverage_of,
    coverage_table,
    finding,
    indicators_table,
    legend,
    missing_table,
    shares_table,
    totals_items,
    versions_table,
    what_if,
)
from services.risk.index import risk_view
from services.risk.simulate import simulate_indicators
from tests.browser import Visit, chromium_browser
from tests.conftest import chromium
from tests.risk_store import FIXTURES, faults_of

EVE, LATER = date(2024, 2, 13), date(2026, 11, 20)
KOBA = "19.04.01"


def test_shares_by_hand() -> None:
    """10 TPS in shares 1:2:7; three know nothing, so the last border is not known."""
    index = pd.Series([0.9, 0.5, 0.5, 0.5, 0.2, 0.1, 0.0, np.nan, np.nan, np.nan])
    found = shares_what_if(index, {"a": 1, "b": 2, "c": 7})
    assert found["tps"].tolist() == [1, 2, 7]
    assert found["border"].iloc[:2].tolist() == [0.9, 0.5]
    assert np.isnan(found["border"].iloc[2])
    assert found["tied"].tolist() == [1, 3, 0]


def test_polda_shares_by_hand() -> None:
    """11, 100 and 1,793 of 1,904 ranked ones, over 4,116: 23.78, 216.18 and 3,876.05."""
    counts = {"sangat_rawan": 11, "rawan": 100, "kurang_rawan": 1793}
    assert list(apportioned(counts, 4116).values()) == [24, 216, 3876]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=5).filter(any), st.integers(0, 5000))
def test_shares_add_up_and_keep_to_their_quota(counts: list[int], total: int) -> None:
    seats = apportioned({str(n): count for n, count in enumerate(counts)}, total)
    assert sum(seats.values()) == total
    for got, count in zip(seats.values(), counts, strict=True):
        assert abs(got - count / sum(counts) * total) < 1


@pytest.mark.parametrize(
    ("counts", "total"), [({}, 1), ({"a": 0}, 1), ({"a": -1}, 1), ({"a": 1}, -1)]
)
def test_shares_of_nothing_are_refused(counts: dict[str, int], total: int) -> None:
    with pytest.raises(ParameterError):
        apportioned(counts, total)


@pytest.mark.parametrize(
    ("share", "silent", "which"),
    [(0.0, True, None), (0.0, False, 0), (0.24, False, 0), (0.25, False, 1), (1.0, False, 3)],
)
def test_nothing_known_is_no_class_of_its_own(share: float, silent: bool, which: int) -> None:
    assert coverage_class(share, silent) == which


def test_of_the_shipped_data_nothing_is_known_per_tps(dataset: Dataset) -> None:
    found = coverage_of(risk_view(dataset, "pemilu2024", EVE), "kecamatan")
    assert finding(found, "id").startswith("0 dari 4.116 TPS")
    assert len(found.areas) == 47
    assert (found.areas["silent"] == found.areas["tps"]).all()
    assert legend(found, "id")[0][2] == 47
    table = coverage_table(found, "id")
    assert "Simulasi" not in table.columns
    assert table["Diketahui (%)"].eq("0,0").all()


def test_coverage_of_what_was_brought_in(own_store: Store) -> None:
    content = (FIXTURES / "indicators_wide.csv").read_bytes()
    import_upload(own_store, "indicators", "isi.csv", content, Asked(election="pemilu2024"))
    data = load_dataset(own_store)
    view = risk_view(data, "pemilu2024", EVE)
    found = coverage_of(view, "kecamatan")
    assert found.areas["share"].gt(0).sum() == 1
    # Penyak has 12 TPS: 2 of 22 known for all by desa, 4 for 001 and 4 for 002.
    assert found.areas.loc[KOBA, "share"] == pytest.approx((10 * 2 + 4 + 4) / 22 / 117)
    missing = missing_table(found, KOBA, "id").set_index("Indikator")["TPS belum diketahui"]
    assert missing["Riwayat kekerasan di TPS"] == 115
    assert missing["Kendala jaringan internet di lokasi TPS"] == 105
    only = coverage_of(view, "kecamatan", "19.04")
    assert set(only.areas.index) == {c for c in found.areas.index if c.startswith("19.04.")}
    assert len(only.tps) == 548
    layer = coverage_layer(found, data, "id", KOBA)
    fills = dict(layer.fills)
    assert fills.pop(KOBA) is not None
    assert set(fills.values()) == {None}


def test_simulated_coverage_says_simulasi_in_every_row(own_store: Store) -> None:
    simulate_indicators(own_store, "pemilu2024", 1)
    data = load_dataset(own_store)
    assert not coverage_of(risk_view(data, "pemilu2024", EVE), "kabupaten").areas["simulated"].any()
    asked = coverage_of(risk_view(data, "pemilu2024", EVE, simulation=True), "kabupaten")
    assert coverage_table(asked, "id")["Simulasi"].eq("SIMULASI").all()
    layer = coverage_layer(asked, data, "id", None)
    assert all("SIMULASI" in tip for tip in layer.tips.values())


def test_both_figures_stand_with_their_source(dataset: Dataset) -> None:
    view = risk_view(dataset, "pilkada2024", date(2024, 11, 26))
    (words,) = totals_items(view, "id")
    assert "1.912" in words
    assert "2.197" in words
    assert 'href="https://' in words
    counts = counts_table(view, "id")
    bangka = counts[counts["Wilayah"].eq("Kab. Bangka")]
    assert set(bangka["Dari TPS"]) == {"455", "415"}
    assert counts["Sumber"].str.startswith("http").all()
    lists = versions_table(view, "id")
    assert sorted(lists["Indikator menurut daftar"]) == [22, 25, 27]
    assert lists["Sumber"].str.startswith("http").all()
    assert len(indicators_table(view, "id")) == 26


def test_a_what_if_waits_for_its_figures_and_tells_how_little_it_means(dataset: Dataset) -> None:
    assert what_if(risk_view(dataset, "pemilu2024", EVE)) is None
    assert what_if(risk_view(dataset, "pilkada2024", LATER)) is None
    found = what_if(risk_view(dataset, "pemilu2024", LATER))
    assert found is not None
    assert found.election == "pilkada2024"
    assert found.rows["tps"].tolist() == [24, 216, 3876]
    assert found.rows["published"].sum() == 1904
    assert found.url.startswith("https://")
    assert len(shares_table(found, "id")) == 3


def test_a_file_is_looked_at_before_it_is_stored(own_store: Store) -> None:
    content = (FIXTURES / "class_unknown.csv").read_bytes()
    asked = Asked(election="pemilu2024", agency="Polda Babel")
    look = look_at(own_store, "tps-class", "kelas.csv", content, asked)
    assert look.columns[["heading", "field"]].to_numpy().tolist() == [
        ["tps_id", "tps_id"], ["kelas", "kelas"], ["tanggal", "date"],
    ]  # fmt: skip
    seen = look.result
    assert seen is not None
    assert look.question is None
    assert (seen.accepted, seen.unchanged) == (1, True)
    assert faults_of(seen)[0] == (3, "kelas", "Aman", "kelas_unknown")
    assert own_store.count("tps_class") == 0
    done = import_upload(own_store, "tps-class", "kelas.csv", content, asked)
    assert done.accepted == own_store.count("tps_class") == 1


def _page(data: Dataset, election: str, day: date) -> AppTest:
    def script(data, election, day) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.risk.coverage import draw
        from services.risk.index import risk_view

        data = data.fresh()
        st.html(draw(data, election, day, risk_view(data, election, day)))

    app = AppTest.from_function(
        script, kwargs={"data": data, "election": election, "day": day}, default_timeout=60
    )
    return app.run()


def _words(app: AppTest) -> str:
    return " ".join(str(block.body) for block in app.get("html"))


def test_the_parts_of_the_tab(dataset: Dataset) -> None:
    app = _page(dataset, "pemilu2024", LATER)
    assert not app.exception
    assert "0 dari 4.116 TPS cukup diketahui" in _words(app)
    assert "bukan TPS demi TPS" in _words(app)
    for part, said in (
        ("lists", "Daftar indikator berbeda tiap pemilihan"),
        ("shares", "Bukan kuota dan tidak dipakai di mana pun"),
        ("files", "Sebelum disimpan, kolom yang dipahami"),
    ):
        app.query_params["rincian"] = part
        app.run()
        assert not app.exception
        assert said in _words(app)
    app.query_params["wilayah"] = KOBA
    app.run()
    assert "Belum diketahui di Kec. Koba" in _words(app)


def test_without_a_register_or_a_list_the_tab_says_what_is_missing(dataset: Dataset) -> None:
    app = _page(dataset, "pilkada_ulang2025", LATER)
    assert not app.exception
    app.query_params["rincian"] = "lists"
    app.run()
    assert "Daftar dimasukkan pengelola data" in _words(app)


def test_a_file_goes_through_preview_into_the_store(own_store: Store) -> None:
    app = _page(load_dataset(own_store), "pemilu2024", EVE)
    app.query_params["rincian"] = "files"
    app.run()
    app.selectbox(key="bring_indicators_kind").set_value("tps-class").run()
    content = (FIXTURES / "class_unknown.csv").read_bytes()
    app.file_uploader[0].upload("kelas.csv", content, "text/csv").run()
    assert not app.exception
    assert "1 baris baru, 0 koreksi, 2 dikarantina" in _words(app)
    refused = next(one.value for one in app.dataframe if "Yang diharapkan" in one.value)
    assert refused["Isi"].tolist() == ["Aman", ""]
    assert refused["Yang diharapkan"].str.contains("sangat rawan").all()
    assert own_store.count("tps_class") == 0
    app.button(key="bring_indicators_go").click().run()
    assert not app.exception
    assert "1 baris baru, 0 koreksi, 2 dikarantina" in app.warning[-1].value
    assert own_store.count("tps_class") == 1
    app.query_params["rincian"] = "counts"
    app.run()
    assert "Daftar kepolisian menyebut 1 dari 4.116 TPS: rawan 1" in _words(app)


def test_a_file_that_cannot_be_used_is_told_in_words(own_store: Store) -> None:
    app = _page(load_dataset(own_store), "pemilu2024", EVE)
    app.query_params["rincian"] = "files"
    app.run()
    app.file_uploader[0].upload("x.csv", b"a,b\n1,2\n", "text/csv").run()
    assert not app.exception
    assert "kolom yang memuat tempat" in app.warning[0].value
    assert own_store.count("imports") == 0


def test_a_file_that_only_corrects_may_be_stored_too(own_store: Store) -> None:
    line = "tps_id,kelas,tanggal\npemilu2024/19.04.01.2007/001,{},2024-02-01\n"
    first = line.format("rawan").encode()
    import_upload(own_store, "tps-class", "lama.csv", first, Asked(election="pemilu2024"))
    app = _page(load_dataset(own_store), "pemilu2024", EVE)
    app.query_params["rincian"] = "files"
    app.run()
    app.selectbox(key="bring_indicators_kind").set_value("tps-class").run()
    app.file_uploader[0].upload("baru.csv", line.format("khusus").encode(), "text/csv").run()
    button = app.button(key="bring_indicators_go")
    assert "1" in button.label
    assert not button.disabled
    button.click().run()
    assert own_store.read("tps_class")["kelas"].tolist() == ["khusus"]


def test_the_method_shows_the_matrix_and_marks_the_stages_in_force(dataset: Dataset) -> None:
    view = risk_view(dataset, "pemilu2024", EVE)
    figure = relevance_figure(view, "id")
    drawn = figure.data[0]
    matrix = view.params.relevance.values  # noqa: PD011
    assert np.array(drawn.z).T.tolist() == [list(row) for row in matrix]
    marked = [name for name in drawn.y if str(name).startswith("<b>")]
    assert marked == [
        "<b>Perencanaan dan peraturan</b>",
        "<b>Pengadaan dan distribusi logistik</b>",
        "<b>Masa tenang</b>",
    ]
    assert "Masa tenang" in stage_words(view, "id")
    outside = stage_words(risk_view(dataset, "pemilu2024", date(2026, 11, 20)), "id")
    assert "di luar pemilu" in outside
    assert "anggapan" in basis_words("id")


@pytest.mark.browser
def test_a_file_shows_what_would_be_refused(app_url: str) -> None:
    with chromium_browser(str(chromium())) as browser:
        visit = Visit.start(browser)
        page = visit.page
        visit.open(f"{app_url}/kerawanan?tab=cakupan&tanggal=2024-02-13", "TPS cukup diketahui")
        page.get_by_text("Masukkan berkas", exact=True).click()
        visit.settle()
        page.locator("input[type=file]").set_input_files(FIXTURES / "value_outside_range.csv")
        page.get_by_text("Baris yang ditolak; masuk karantina").wait_for()
        visit.settle()
        assert page.get_by_role("button", name="Simpan 1 baris").is_enabled()
        visit.assert_clean()
