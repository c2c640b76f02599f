"""The page of TPS risk: statements kept apart, stacks that add up, reasons, files, deep links."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader
from streamlit.testing.v1 import AppTest

from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.risk.changes import change_finding, change_table, compare, place_changes, since_words
from services.risk.charts import heat_figure, heat_finding, waterfall
from services.risk.files import field_list, layer_bytes, ranking_bytes
from services.risk.index import RiskView, risk_view
from services.risk.map import risk_layers, risk_legend, stacks
from services.risk.ranking import (
    NO_CLASS,
    Ranked,
    RiskQuery,
    election_at,
    explained,
    finding,
    known_words,
    published_totals,
    rank_table,
    ranked,
    sub_line,
    value_class,
)
from tests.conftest import copy_store
from tests.pages.test_pages import open_page, shown

EVE = date(2024, 2, 13)
TOP = "pemilu2024/19.02.01.2013/001"
MENDO = "19.01.04.2004"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("risk") / "siaga.db"
    copy_store(shipped_store, path)
    opened = Store.open(f"sqlite:///{path}")
    rows = pd.DataFrame(
        {
            "tps_id": [f"pemilu2024/{MENDO}/00{n}" for n in (1, 2, 3)],
            "date": pd.Timestamp(2024, 1, 2),
            "kelas": ["sangat_rawan", "rawan", "rawan"],
            "agency": "Polres Bangka",
            "source_text": "uji",
            "import_id": "uji",
        }
    )
    with opened.begin("setup.prepare") as connection:
        opened.insert_frame(connection, schema.risk.tps_class, rows)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def data(store: Store) -> Dataset:
    return load_dataset(store)


@pytest.fixture(scope="module")
def view(data: Dataset) -> RiskView:
    return risk_view(data, "pemilu2024", EVE)


@pytest.fixture(scope="module")
def whole(data: Dataset) -> RiskView:
    return risk_view(data, "pilkada2024", date(2024, 11, 26))


def test_a_statement_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ParameterError, match="statement"):
        RiskQuery("jumlah")


def test_ranks_run_from_the_highest_index_and_filters_keep_them(view: RiskView) -> None:
    found = ranked(view, RiskQuery("logistik"))
    tiers = found.rows["tier_logistik"]
    assert list(dict.fromkeys(tiers)) == ["tinggi", "sedang", "rendah"]
    for _, same in found.rows.groupby(tiers):
        assert same["indeks_logistik"].is_monotonic_decreasing
    assert found.rows["rank"].tolist() == list(range(1, 4117))
    island = ranked(view, RiskQuery("logistik", area="19.03.08"))
    assert island.total == 4116
    assert island.rows["kecamatan_code"].eq("19.03.08").all()
    assert island.rows["rank"].equals(found.rows["rank"].reindex(island.rows.index))
    high = ranked(view, RiskQuery("logistik", tiers=("tinggi",)))
    assert len(high.rows) == int(view.tps["tier_logistik"].eq("tinggi").sum())
    unsure = ranked(view, RiskQuery("logistik", unstable=True)).rows
    assert (~unsure["stabil_logistik"]).all()
    assert unsure["tier_logistik"].ne("belum_cukup").all()
    assert ranked(view, RiskQuery(special=True)).rows["number"].ge("901").all()


def test_a_search_takes_words_of_places_and_a_number(view: RiskView) -> None:
    one = ranked(view, RiskQuery(search="mendo tps 4", area=MENDO)).rows
    assert one.index.tolist() == [f"pemilu2024/{MENDO}/004"]
    assert ranked(view, RiskQuery(search="tidak ada di sini")).rows.empty


def test_register_and_index_are_never_mixed(view: RiskView) -> None:
    by_class = ranked(view, RiskQuery("kelas"))
    keys = set(by_class.key())
    assert keys == {"sangat_rawan", "rawan", NO_CLASS}
    assert {row[1] for row in risk_legend(by_class, "tier", "id")} >= {"sangat rawan", "rawan"}
    assert all("tinggi" not in row[1] for row in risk_legend(by_class, "tier", "id"))
    by_index = ranked(view, RiskQuery("keamanan"))
    words = " ".join(row[1] for row in risk_legend(by_index, "tier", "id"))
    assert "rawan" not in words
    assert finding(by_class, "id") == (
        "1 TPS terdaftar sangat rawan; 3 dari 4.116 TPS ada di register"
    )
    assert "rawan" not in finding(by_index, "id")
    register, ranking = rank_table(by_class, "id"), rank_table(by_index, "id")
    assert register["Kelas resmi"].head(4).tolist() == [
        "sangat rawan", "rawan", "rawan", "belum terdaftar",
    ]  # fmt: skip
    assert register.loc[0, "Tanggal"] == "2 Jan 2024"
    assert not register.columns.str.contains("Indeks|Tingkat|Peluang").any()
    assert "Kelas resmi" not in ranking.columns


def test_stacks_hold_every_tps_once_and_take_the_most_urgent_colour(view: RiskView) -> None:
    found = ranked(view, RiskQuery("kelas"))
    frame = stacks(found, "tier")
    assert frame["n"].sum() == 4116
    assert len(frame) == view.tps["desa_code"].nunique()
    mendo = frame.set_index("key").loc[MENDO]
    assert mendo["class"] == "sangat_rawan"
    assert mendo["mix"] == [("sangat_rawan", 1), ("rawan", 2), (NO_CLASS, 4)]
    assert len(risk_layers(found, "tier", "id", MENDO)) == 1
    for statement in ("keamanan", "logistik"):
        for colour in ("tier", "value"):
            each = ranked(view, RiskQuery(statement))
            assert sum(row[2] or 0 for row in risk_legend(each, colour, "id")) == 4116


def test_values_on_a_border_belong_to_the_upper_class() -> None:
    values = pd.Series([0.0, 0.029, 0.03, 0.3, 1.0, None])
    assert value_class(values).tolist() == ["0", "0", "1", "4", "4", "tidak_diketahui"]


def test_the_headline_says_what_is_found_and_what_is_not(view: RiskView, whole: RiskView) -> None:
    security = ranked(view, RiskQuery("keamanan"))
    assert finding(security, "id") == (
        "Belum ada TPS yang dapat diberi tingkat keamanan: 0,0 % dari 22 indikator diketahui, "
        "yang perlu 50 %"
    )
    logistics = finding(ranked(view, RiskQuery("logistik")), "id")
    n = int(view.tps["tier_logistik"].eq("tinggi").sum())
    assert f"tinggi di {n} dari 4.116 TPS" in logistics
    assert "0 % dari 22 indikator diketahui" in known_words(security, "id")
    assert "n = 4.116 dari 4.116 TPS" in sub_line(security, "id")
    assert "Pangkalpinang" in finding(ranked(whole, RiskQuery("keamanan")), "id")
    assert "Belum ada kelas resmi" in finding(ranked(whole, RiskQuery("kelas")), "id")
    nothing = ranked(view, RiskQuery(search="xyz"))
    assert finding(nothing, "id") == "Tidak ada yang cocok dengan saringan"


def test_the_waterfall_ends_at_the_index_exactly(view: RiskView) -> None:
    found = explained(view, TOP)
    for index in ("keamanan", "logistik"):
        trace = waterfall(found, index, "id").data[0]
        assert sum(trace.x[:-1]) == found.row[f"indeks_{index}"] == trace.x[-1]
        assert list(trace.measure)[-1] == "total"
    assert waterfall(found, "keamanan", "id").layout.separators == ",."  # 0,02 on the axis
    words = list(waterfall(found, "keamanan", "id").data[0].text)
    assert words[0].startswith("? (0–0,")


def test_a_kabupaten_answers_where_there_is_no_register(whole: RiskView) -> None:
    found = ranked(whole, RiskQuery("keamanan"))
    assert len(found.rows) == 7
    assert "Kabupaten" in rank_table(found, "id").columns
    assert len(risk_layers(found, "value", "id", "19.71")) == 1
    trace = waterfall(explained(whole, "19.71"), "keamanan", "id").data[0]
    assert sum(trace.x[:-1]) == trace.x[-1]
    assert heat_figure(whole, None, "id").data[0].z.shape == (7, 26)
    totals = published_totals(whole, "id")
    assert totals["Jumlah"].sum() > 0
    assert totals["Sumber"].str.startswith("http").all()


def test_changes_of_the_means_add_up_and_name_their_reports(view: RiskView) -> None:
    found = compare(view)
    assert found.mark is not None
    assert found.mark.date == pd.Timestamp(2023, 12, 31)
    total = found.rows[found.rows["index"].eq("keamanan")].groupby("unit")["difference"].sum()
    now = view.tps.groupby("desa_code")["indeks_keamanan"].mean()
    then = found.before.tps.groupby("desa_code")["indeks_keamanan"].mean()
    expected = (now - then).reindex(total.index)
    assert (total - expected).abs().max() < 0.002  # rows too small to show are left out
    assert "anggapan" in since_words(found, "id")
    assert "anggapan" not in change_finding(found, "keamanan", "id")
    table = change_table(found, "keamanan", "id")
    assert table["Selisih"].abs().is_monotonic_decreasing
    items = place_changes(view, found.before, TOP, "id")
    assert any("BBL-0026" in item and "laporan baru" in item for item in items)
    assert compare(view, EVE).rows.empty


def test_the_strip_of_weeks_has_a_row_per_kecamatan(view: RiskView) -> None:
    figure = heat_figure(view, None, "id")
    assert figure.data[0].z.shape == (47, 26)
    assert heat_figure(view, "19.02", "id").data[0].z.shape[0] == 5
    assert "Belitung" in heat_finding(view, "id")


def few(view: RiskView) -> Ranked:
    return ranked(view, RiskQuery("logistik", area="19.03.08"))


def test_every_file_carries_the_access_mark(view: RiskView) -> None:
    found = few(view)
    book = load_workbook(io.BytesIO(ranking_bytes(found, rank_table(found, "id"), "id")))
    sheet = book.worksheets[0]
    assert sheet.title.startswith("TERBATAS")
    assert sheet.max_row == len(found.rows) + 1
    assert all(cell.value.startswith("TERBATAS") for cell in list(sheet.columns)[-1][1:])
    layer = json.loads(layer_bytes(found, "id"))
    assert len(layer["features"]) == len(found.rows)
    properties = layer["features"][0]["properties"]
    assert properties["access"].startswith("TERBATAS")
    assert properties["point_approximate"] is True
    pages = PdfReader(io.BytesIO(field_list(found, "id"))).pages
    words = "\n".join(page.extract_text() for page in pages)
    assert "TERBATAS" in words
    assert "Kepulauan Pongok" in words
    assert "Tingkat logistik" in words
    assert "Kelas resmi" in words


def test_simulated_values_are_named_in_every_file(view: RiskView) -> None:
    from dataclasses import replace

    found = few(replace(view, simulation=True))
    book = load_workbook(io.BytesIO(ranking_bytes(found, rank_table(found, "id"), "id")))
    assert book.worksheets[0].title.startswith("SIMULASI")
    assert b"SIMULASI" in layer_bytes(found, "id")
    first = PdfReader(io.BytesIO(field_list(found, "id"))).pages[0].extract_text()
    assert "SIMULASI" in first


def test_the_page_opens_on_the_nearest_election(data: Dataset) -> None:
    days = {"2024-02-13": "pemilu2024", "2025-03-01": "pilkada2024",
            "2025-08-01": "pilkada_ulang2025"}  # fmt: skip
    for day, election in days.items():
        assert election_at(data, date.fromisoformat(day)) == election
        assert election_at(data, date.fromisoformat(day), ["pemilu2024"]) == "pemilu2024"
        assert election_at(data, date.fromisoformat(day), []) == election


def opened(**query: str) -> AppTest:
    test = open_page("kerawanan", **query)
    assert not test.exception
    assert not test.error
    return test


@pytest.mark.usefixtures("shared_installation")
def test_a_deep_link_opens_a_tps_with_its_reasons() -> None:
    test = opened(tanggal="2024-02-13", tps=TOP)
    page = shown(test)
    assert "TPS 001, Desa Aik Pelempang Jaya" in page
    assert "BBL-0026" in page
    assert "kilasbabel.com" in page
    assert "Kelas resmi: belum terdaftar" in page
    # 14 minutes as usual; the error of the roads, a standard deviation of 0.26 in the logarithm,
    # makes that 14 * exp(1.645 * 0.26) at the 95th percentile.
    assert "Keterpencilan: 22 menit" in page
    assert "SIMULASI:" not in page  # off by default
    assert "Kiriman: belum ada tanda terima" in page
    assert "belum ada instansi yang melaporkan indikatornya" in page


@pytest.mark.usefixtures("shared_installation")
def test_the_page_opens_with_the_picture_and_a_tps_in_the_address_with_the_map() -> None:
    picture = opened(tanggal="2025-10-29")
    assert picture.session_state["k_tab"] == "gambaran"
    assert "dalam pemberitaan" in shown(picture)
    assert "tab" not in picture.query_params
    tiers = opened(tanggal="2024-02-13", tab="peta")
    assert "4.116 TPS ditumpuk" in shown(tiers)
    assert tiers.session_state["k_tab"] == "tps"
    linked = opened(tanggal="2024-02-13", tps=TOP)
    assert linked.session_state["k_tab"] == "tps"
    both = opened(tanggal="2024-02-13", tps=TOP, tab="gambaran")
    assert both.session_state["k_tab"] == "gambaran"


def page_of(data: Dataset, place: str = TOP) -> AppTest:
    """Return map and list alone: AppTest forgets what is set on a page that is not the first."""

    def script(data, day) -> None:  # runs alone, without the names of this module
        import streamlit as st

        from pages.components.risk import map as risk_map

        head = st.container()
        asked, view = risk_map.bar(data, day, ())
        risk_map.draw(data, view, asked, head)

    test = AppTest.from_function(script, kwargs={"data": data, "day": EVE}, default_timeout=60)
    test.query_params.update({"tanggal": "2024-02-13", "tps": place})
    test.run()
    assert not test.exception
    return test


def test_an_address_that_names_no_tps_is_answered_with_the_list(data: Dataset) -> None:
    test = page_of(data, "pemilu2024/19.01.04.2004/099<b>")
    page = shown(test)
    assert "pemilu2024/19.01.04.2004/099&lt;b&gt; tidak ada pada pemilihan ini" in page
    assert len(test.dataframe) == 1


def test_an_opened_tps_can_be_closed_and_filters_narrow_the_list(data: Dataset) -> None:
    test = page_of(data)
    assert "TPS 001, Desa Aik Pelempang Jaya" in shown(test)
    test.button(key="k_back").click().run()
    page = shown(test)
    assert "TPS 001, Desa Aik Pelempang Jaya" not in page
    assert "n = 4.116 dari 4.116 TPS" in page
    test.selectbox(key="kabupaten").set_value("19.71").run()
    assert "n = 622 dari 4.116 TPS" in shown(test)
    test.selectbox(key="pernyataan").set_value("kelas").run()
    assert "tidak disebar ke TPS dan bukan jatah" in shown(test)
    test.text_input(key="cari").set_value("xyz").run()
    assert "Tidak ada yang cocok" in shown(test)
    test.text_input(key="cari").set_value("temberan 17").run()
    assert len(test.selectbox(key="k_open").options) == 1
    test.selectbox(key="k_open").select_index(0).run()
    assert "TPS 017, Kel. Temberan" in shown(test)
    assert not test.exception


@pytest.mark.usefixtures("shared_installation")
@pytest.mark.parametrize(
    ("query", "part", "said"),
    [
        ({"tab": "perubahan"}, "perubahan", "Indeks keamanan: "),
        ({"tab": "perkara"}, "perkara", "PSU atau sengketa tercatat"),
        ({"tab": "metode"}, "metode", "parameter adalah anggapan"),
        ({"tab": "bukti", "bagian": "metode"}, "metode", "parameter adalah anggapan"),
        ({"tab": "tps", "bagian": "perubahan"}, "perubahan", "Indeks keamanan: "),
        ({"tab": "hari_h"}, "langsung", "belum satu pun dari 4.116 TPS memberi kabar"),
    ],
)
def test_a_part_is_opened_by_its_group_and_by_the_address_of_old(
    query: dict[str, str], part: str, said: str
) -> None:
    test = opened(tanggal="2024-02-14", **query)
    group = {"perubahan": "tps", "metode": "bukti"}.get(part, "hari_h")
    assert test.session_state["k_tab"] == group
    assert test.session_state[f"k_part_{group}"] == part
    [head] = [words for words in shown(test).split("\n") if 'class="sb-head"' in words]
    assert said in head


@pytest.mark.usefixtures("shared_installation")
def test_parts_about_tps_open_on_the_nearest_election_that_has_them_and_say_so() -> None:
    page = shown(opened(tanggal="2026-12-01", tab="peta"))
    assert "Pemilu 2024 (terdekat yang daftar TPS-nya ada)" in page
    assert "n = 4.116 dari 4.116 TPS" in page
    asked = shown(opened(tanggal="2026-12-01", tab="peta", pemilihan="pilkada2024"))
    assert "terdekat yang" not in asked
    disputes = shown(opened(tanggal="2026-12-01", tab="perkara"))
    assert "Pilkada ulang 2025 · PSU" in disputes


@pytest.mark.usefixtures("shared_installation")
def test_an_election_without_a_register_says_why_and_answers_for_kabupaten() -> None:
    asked = {"tanggal": "2024-11-26", "pemilihan": "pilkada2024"}
    page = shown(opened(**asked, tab="peta"))
    assert "jawabannya per kabupaten" in page
    assert "n = 7 dari 7 kabupaten/kota" in page
    assert "belum dapat dicatat: daftar TPS-nya tidak ada" in shown(opened(**asked, tab="hari_h"))


def test_a_line_of_the_phone_desk_changes_the_counter_and_can_be_taken_back(data: Dataset) -> None:
    def script(data) -> None:  # runs alone, without the names of this module
        from pages.components.polling import hari_h

        hari_h.draw(data, "pemilu2024", lambda place: "pemilu2024")

    def write(line: str) -> str:
        test.text_input(key="hh_line").set_value(line)
        test.button(key="FormSubmitter:hh_form-Catat").click().run()
        assert not test.exception
        return shown(test)

    test = AppTest.from_function(script, kwargs={"data": data}, default_timeout=60)
    test.run()
    page = shown(test)
    assert "0 dari 4.116 TPS sudah memberi kabar" in page
    assert "belum satu pun dari 4.116 TPS memberi kabar" in page
    assert "pemungutan 14 Februari 2024, sudah lewat" in page
    page = write("mendo 1-2 b 0710")
    assert "2 dari 4.116 TPS memberi kabar, 4.114 diam; 2 buka, 0 terlambat" in page
    assert "kabar terakhir 07.10, TPS 001 Mendo · 46 kecamatan diam sama sekali" in page
    assert "Tercatat: TPS 001, 002 Mendo" in page
    assert "2 dari 4.116 TPS sudah memberi kabar" in page
    assert "TPS 099 tidak ada di Mendo; yang terdaftar 001–007" in write("mendo 99 b")
    assert "1 dari 4.116 TPS sudah memberi kabar, 0 perlu" not in write("3 m 0712")
    assert "2 dari 4.116 TPS sudah memberi kabar" in write("u")
    assert "0 dari 4.116 TPS sudah memberi kabar" in write("u")
    assert "Belum ada baris yang dapat dibatalkan" in write("u")
