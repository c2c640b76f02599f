"""TPS of islets: assigned by fact, setting or a marked rule, and planned to their own landing."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.plan.inputs import PlanInputs
from data.errors import SchemaError
from data.network.tables import check_network_tables, load_network_tables
from data.plan.settings import PlaceRow, PlanSettings
from data.province import province
from data.store.engine import Store
from geo.errors import ParameterError
from services.custody.proof import proof_of
from services.custody.receipts import receipt_view
from services.dataset import Dataset, load_dataset
from services.network.build import network_of
from services.network.islets import islet_sites, known_tps
from services.plan.changes import notices
from services.plan.ends import ReturnAsked, with_return
from services.plan.files import manifest_xlsx, tps_words
from services.plan.inputs import setup
from services.plan.islets import Stand, islet_stands, kecamatan_of, served_places, sites_in
from services.plan.make import PlanAsked, make_plan, save_plan, settings_of
from services.plan.settings import default_settings, settings_from_text, to_toml
from services.plan.views.islets import caveats, islet_notes, stand_table, uncertain, verdict_words
from services.plan.views.view import input_words, kpis, place_label

EAST = "19.06"
ELECTION = "pemilu2024"
KELUMPANG, TANJUNG_GUNUNG = "19.06.07.2003", "19.04.02.2007"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def settings() -> PlanSettings:
    return settings_of(PlanAsked(EAST, seconds=2))


@pytest.fixture(scope="module")
def plan(dataset: Dataset, settings: PlanSettings) -> Document:
    return make_plan(dataset, settings)


def tps(desa: str, number: str) -> str:
    return f"{ELECTION}/{desa}/{number}"


def on(stands: dict[str, Stand], islet: str) -> list[str]:
    return sorted(one.tps_id for one in stands.values() if one.place == islet)


@pytest.fixture(scope="module")
def every(dataset: Dataset) -> dict[str, tuple[PlanInputs, Document]]:
    """Inputs and notes of all kabupaten."""
    kabupaten = sorted(network_of(dataset).default_depots)
    return {code: setup(dataset, default_settings(code)) for code in kabupaten}


def test_every_islet_of_the_province_is_a_stop_with_a_way_by_boat(
    dataset: Dataset, every: dict[str, tuple[PlanInputs, Document]]
) -> None:
    """All seven kabupaten: whatever land does not reach has pier, landing and a leg by boat."""
    assert len(every) == 7
    seen = set()
    for code, (inputs, notes) in every.items():
        islets = set(sites_in(dataset, code, ELECTION).index)
        stops = inputs.stops.set_index("place_code")
        assert islets <= set(stops.index)
        assert notes["places"]["cut_off"] == []
        assert uncertain(notes)[1] == 0
        afloat = stops[stops["pier"].notna()]
        assert islets <= set(afloat.index)
        boats = inputs.legs[inputs.legs["mode"].eq("boat")]
        legs = set(zip(boats["from_code"], boats["to_code"], strict=True))
        assert set(zip(afloat["pier"], afloat["landing"], strict=True)) <= legs
        planned = inputs.tps["place_code"]
        assert all(planned.eq(islet).sum() == 1 for islet in islets)
        seen |= {*afloat.index}
    assert {"S-BATUN", "S-KETAPANG", "S-LONG", "S-NANGKA", "S-SEMUJUR"} <= seen
    # Desa that are islands whole: Sumedang, Gersik, Seliu, Buku Limau, Pongok, Celagen.
    assert {"19.02.02.2010", "19.02.03.2004", "19.02.02.2009", "19.06.01.2010", "19.03.08.2001",
            "19.03.08.2002"} <= seen  # fmt: skip


def test_islets_are_reached_at_their_landing_and_their_boxes_come_once(plan: Document) -> None:
    assert plan["verdict"]["passed"], plan["verdict"]["faults"][:3]
    stops = {row["place_code"]: row for row in plan["inputs"]["stops"]}
    assert {code: stops[code]["landing"] for code in stops if code.startswith("S-")} == {
        "S-BATUN": "L-BATUN", "S-KETAPANG": "L-KETAPANG", "S-LONG": "L-LONG",
    }  # fmt: skip
    reached = {row["place_code"]: row["tps_count"] for row in plan["deliveries"]}
    assert [reached[code] for code in ("S-BATUN", "S-KETAPANG", "S-LONG")] == [1, 1, 1]
    assert sum(reached.values()) == len(plan["inputs"]["tps"]) == 363
    crossed = [
        stop["place_code"]
        for trip in plan["trips"]
        if trip["mode"] == "boat"
        for stop in trip["stops"]
        if stop["tps"]
    ]
    assert {"L-BATUN", "L-KETAPANG", "L-LONG"} <= set(crossed)


def test_the_rule_takes_the_last_numbers_of_the_nearest_desa(
    dataset: Dataset, settings: PlanSettings
) -> None:
    stands = islet_stands(dataset, settings)
    ordinary = dataset.tps[dataset.tps["election"].eq(ELECTION)]
    ordinary = ordinary[ordinary["desa_code"].eq(KELUMPANG) & ~ordinary["lokasi_khusus"]]
    last = sorted(ordinary["tps_id"])[-2:]
    # Batun and Ketapang share their unit: none of its TPS stands on both.
    assert sorted([*on(stands, "S-BATUN"), *on(stands, "S-KETAPANG")]) == last
    assert on(stands, "S-BATUN") == last[1:]
    assert {one.basis for one in stands.values()} == {"asumsi"}
    assert islet_stands(dataset, replace(settings, include=(KELUMPANG,))) == stands


def test_one_tps_is_assumed_where_the_count_is_not_known_or_is_that_of_the_whole_desa(
    dataset: Dataset,
) -> None:
    middle = default_settings("19.04")
    stands = islet_stands(dataset, middle)
    assert len(on(stands, "S-NANGKA")) == len(on(stands, "S-SEMUJUR")) == 1
    notes = {one.place: one.note for one in stands.values()}
    assert notes["S-SEMUJUR"].startswith("Nomor TPS belum dipastikan; 11 menurut sumber")
    assert "tidak terbit: dianggap 1" in notes["S-NANGKA"]


def test_what_the_planner_sets_goes_before_the_rule(
    dataset: Dataset, settings: PlanSettings
) -> None:
    mine = tps("19.06.07.2002", "002")
    [assumed] = on(islet_stands(dataset, settings), "S-BATUN")
    own = replace(settings, places=(PlaceRow(mine, "S-BATUN"),))
    assert on(islet_stands(dataset, own), "S-BATUN") == [mine]
    assert islet_stands(dataset, own)[mine].basis == "pengaturan"
    # At its desa office: the rule must take another one.
    other = replace(settings, places=(PlaceRow(assumed, assumed.split("/")[1]),))
    [taken] = on(islet_stands(dataset, other), "S-BATUN")
    assert taken != assumed
    inputs, notes = setup(dataset, other)
    places = inputs.tps.set_index("tps_id")["place_code"]
    assert places[assumed] == KELUMPANG
    assert places[taken] == "S-BATUN"
    assert assumed not in {one for row in notes["islets"] for one in row["tps_ids"]}
    two = (PlaceRow(mine, "S-BATUN"), PlaceRow(assumed, "S-BATUN", "anggapan", "dusun Batun"))
    rows = setup(dataset, replace(settings, places=two))[1]["islets"]
    on_batun = {row["basis"]: row["tps_ids"] for row in rows if row["place"] == "S-BATUN"}
    assert on_batun == {"pengaturan": [mine], "asumsi": [assumed]}


def test_a_published_number_goes_before_the_rule_and_a_setting_before_both(
    dataset: Dataset, settings: PlanSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = tps("19.06.07.2001", "003")
    publish(monkeypatch, {fact: "S-BATUN"})
    stands = islet_stands(dataset, settings)
    assert on(stands, "S-BATUN") == [fact]
    assert stands[fact].basis == "fakta"
    assert stands[fact].source_url.startswith("https://")
    moved = replace(settings, places=(PlaceRow(fact, "S-LONG"),))
    stands = islet_stands(dataset, moved)
    assert on(stands, "S-LONG") == [fact]
    assert stands[fact].basis == "pengaturan"
    assert on(stands, "S-BATUN") != [fact]


def publish(monkeypatch: pytest.MonkeyPatch, known: dict[str, str]) -> None:
    monkeypatch.setattr("services.plan.islets.known_tps", lambda data, election: known)


def test_without_the_rule_the_verdict_says_how_many_are_left_out(
    dataset: Dataset, settings: PlanSettings
) -> None:
    mine = tps("19.06.07.2002", "002")
    bare = replace(settings, assume_islets=False, places=(PlaceRow(mine, "S-BATUN"),))
    inputs, notes = setup(dataset, bare)
    assert not inputs.tps["place_code"].isin(["S-LONG", "S-KETAPANG"]).any()
    assert uncertain(notes) == (0, 2)
    passed = {"verdict": {"passed": True}, "about": notes}
    assert verdict_words(passed, "id") == "lolos, kecuali 2 TPS pulau"
    assert any("Pulau Long: 1 TPS tidak direncanakan" in w for w in islet_notes(notes, {}, "id"))
    part = replace(bare, include=("19.06.01",), places=())
    assert uncertain(setup(dataset, part)[1]) == (0, 0)


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({}, "lolos audit"),
        ({"islets": [{"tps_ids": ["a", "b"], "basis": "asumsi", "missing": 0}]},
         "lolos audit; nomor 2 TPS pulau masih anggapan"),
        ({"islets": [{"tps_ids": ["a"], "basis": "fakta", "missing": 0}]}, "lolos audit"),
        ({"islets": [{"tps_ids": ["a"], "basis": "asumsi", "missing": 0},
                     {"tps_ids": [], "basis": "asumsi", "missing": 3}]},
         "lolos, kecuali 3 TPS pulau; nomor 1 TPS pulau masih anggapan"),
        ({"islets_without_desa": ["Long", "Batun"]}, "lolos, kecuali 2 TPS pulau"),
    ],
)  # fmt: skip
def test_the_verdict_says_what_islets_take_off_it(about: dict[str, Any], words: str) -> None:
    assert verdict_words({"verdict": {"passed": True}, "about": about}, "id") == words
    assert verdict_words({"verdict": {"passed": False}, "about": about}, "id") == "gagal audit"
    assert len(caveats(about, "en")) == words.count("TPS pulau")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (PlaceRow(tps(KELUMPANG, "001"), "S-BATUM"), r"S-BATUM.*S-BATUN \(Pulau Batun\)"),
        (PlaceRow(tps(KELUMPANG, "001"), "S-NANGKA"), "S-NANGKA.*S-LONG"),
        (PlaceRow(tps(KELUMPANG, "001"), "19.06.07.2001"), f"19.06.07.2001.*{KELUMPANG}"),
        (PlaceRow(tps(KELUMPANG, "999"), "S-BATUN"), "999.*a TPS of pemilu2024 in 19.06"),
    ],
)
def test_a_place_or_tps_that_is_none_is_refused_with_the_names_of_the_islets(
    dataset: Dataset, settings: PlanSettings, row: PlaceRow, said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        setup(dataset, replace(settings, places=(row,)))


def test_places_are_written_and_read_as_toml_and_faults_named_by_row() -> None:
    words = f"""
kabupaten = "19.06"
assume_islets = false
[[places]]
tps_id = "{tps(KELUMPANG, "003")}"
place = "S-BATUN"
basis = "fakta"
source_url = "https://kab-belitungtimur.kpu.go.id"
"""
    found = settings_from_text(words, "atur.toml")
    assert found.places == (PlaceRow(tps(KELUMPANG, "003"), "S-BATUN", "fakta",
                            source_url="https://kab-belitungtimur.kpu.go.id"),)  # fmt: skip
    assert found.origins["assume_islets"].basis == "pengaturan"
    assert settings_from_text(to_toml(found), "atur.toml") == found
    for wrong, key in (
        (words.replace("source_url =", "# "), r"places\[1\]\.source_url"),
        (words.replace(f"/{KELUMPANG}/", "/19.03.06.2001/"), "places:.*TPS of 19.06"),
        (words.replace("/003", ""), r"places\[1\]\.tps_id"),
        (words + words[words.index("[[places]]"):], "none twice"),
    ):  # fmt: skip
        with pytest.raises(SchemaError, match=key):
            settings_from_text(wrong, "atur.toml")


def test_numbers_in_the_shipped_table_are_checked(dataset: Dataset) -> None:
    tables = load_network_tables(dataset.units)
    rows = tables["island_tps"].set_index("island_id", drop=False)
    assert rows["tps_numbers"].isna().all()  # no source gives a number yet

    def faults(island: str, numbers: str) -> list[str]:
        changed = rows.copy()
        changed.loc[island, "tps_numbers"] = numbers
        frames = {**tables, "island_tps": changed.reset_index(drop=True)}
        return check_network_tables(frames, dataset.units)

    assert faults("ISL-017", f"{KELUMPANG}/005") == []
    for island, numbers, expected in (
        ("ISL-017", f"{KELUMPANG}/008|{KELUMPANG}/007", "no more than tps_count"),
        ("ISL-017", f"{KELUMPANG}/8", "three digits"),
        ("ISL-017", "19.06.07.2999/008", "three digits"),
        ("ISL-011", f"{TANJUNG_GUNUNG}/001|{TANJUNG_GUNUNG}/001", "none twice"),
        ("ISL-014", f"{KELUMPANG}/005", "one landing"),
        ("ISL-015", "19.06.01.2010/001", "one landing"),
    ):
        [fault] = faults(island, numbers)
        assert island in fault
        assert expected in fault


def test_a_shipped_number_that_is_none_of_the_register_is_named(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = load_network_tables(dataset.units)["island_tps"].set_index("island_id", drop=False)
    rows.loc["ISL-017", "tps_numbers"] = f"{KELUMPANG}/005"
    monkeypatch.setattr("services.network.islets.network_tables", lambda data: {"island_tps": rows})
    fresh = dataset.with_tables()
    assert known_tps(fresh, ELECTION) == {tps(KELUMPANG, "005"): "S-BATUN"}
    assert known_tps(fresh, "pilkada2020") == {}
    rows.loc["ISL-017", "tps_numbers"] = f"{KELUMPANG}/099"
    with pytest.raises(SchemaError, match=r"ISL-017: tps_numbers '19\.06\.07\.2003/099'"):
        known_tps(dataset.with_tables(), ELECTION)


def test_the_document_says_what_is_assumed_and_where_from(plan: Document, dataset: Dataset) -> None:
    rows = plan["about"]["islets"]
    assert [row["name"] for row in rows] == ["Pulau Batun", "Pulau Ketapang", "Pulau Long"]
    assert all(row["basis"] == "asumsi" and row["source_url"] for row in rows)
    assert [len(row["tps_ids"]) for row in rows] == [1, 1, 1]
    assert "Laporan 2024 menyebut Gantung" in rows[1]["note"]
    # Batun's leg is published, and so is that of Buku Limau; the others' ends are not.
    crossed = {row["to_code"]: row["why"] for row in plan["about"]["crossings"]}
    assert crossed == {"L-LONG": "ends|spread", "L-KETAPANG": "ends|spread"}
    words = " ".join(input_words(plan["about"], dataset, "id"))
    assert re.search(r"Pulau Batun: dianggap TPS Tanjung Kelumpang 00\d", words)
    assert "Penyeberangan tanpa sumber" in words
    [verdict, *_] = kpis(plan, "id")
    assert verdict[2].startswith("nomor 3 TPS pulau masih anggapan; ")
    assert place_label(dataset, "S-BATUN") == "Pulau Batun"


def test_a_landing_without_a_time_is_a_straight_line_at_the_speed_of_its_class(
    every: dict[str, tuple[PlanInputs, Document]],
) -> None:
    [leg] = every["19.04"][1]["crossings"]
    assert (leg["from_code"], leg["to_code"]) == ("P-TJGUNUNG", "L-SEMUJUR")
    assert leg["why"] == "ends|time"
    assert leg["low_min"] < leg["usual_min"] < leg["high_min"]
    south = every["19.03"][1]["crossings"]
    assert ("L-PONGOK", "L-CELAGEN") in {(leg["from_code"], leg["to_code"]) for leg in south}


def test_the_manifest_asks_to_check_the_numbers_of_islets(
    plan: Document, dataset: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "manifes.xlsx"
    path.write_bytes(manifest_xlsx(plan, dataset, "uji"))
    sheets = pd.read_excel(path, sheet_name=None, header=None)
    first, last = (next(iter(sheets.values())), sheets[list(sheets)[-1]])
    assert "lolos audit; nomor 3 TPS pulau masih anggapan" in set(first[0])
    assert first[0].astype(str).str.contains("NOMOR TPS PULAU BELUM DIPASTIKAN").any()
    assert last[1].astype(str).str.contains("Pulau Batun, nomor belum dipastikan").any()
    one, two = tps(KELUMPANG, "007"), tps(KELUMPANG, "008")
    words = tps_words([one, two], dataset, {two: "Pulau Batun"})
    assert words == "Tanjung Kelumpang 007; Tanjung Kelumpang 008 (Pulau Batun)"


def test_boxes_of_an_islet_come_back_over_the_kecamatan_of_its_tps(
    plan: Document, dataset: Dataset, settings: PlanSettings
) -> None:
    assert kecamatan_of(plan)["S-LONG"] == "19.06.02"
    assert kecamatan_of(plan)["S-BATUN"] == kecamatan_of(plan)[KELUMPANG] == "19.06.07"
    near = replace(settings, include=("19.06.07", "19.06.02.2011"), search_seconds=1)
    both = with_return(dataset, make_plan(dataset, near), ReturnAsked(seconds=1))
    assert both["verdict"]["passed"], both["verdict"]["faults"][:3]
    stage = both["back"]["stages"][0]["mirror"]
    assert {"S-BATUN", "S-LONG"} <= {row["place_code"] for row in stage["deliveries"]}


def test_the_kecamatan_of_an_islet_hears_of_a_change(plan: Document) -> None:
    late = {
        **plan,
        "deliveries": [row for row in plan["deliveries"] if "S-" not in row["place_code"]],
    }
    offices = notices(plan, late, pd.Timestamp("2024-02-10T06:00+07:00"))
    told = set(zip(offices["office"], offices["code"], strict=True))
    assert {("ppk", "19.06.07"), ("ppk", "19.06.02"), ("pps", "S-BATUN")} <= told


def test_receipts_and_proof_show_the_islet_of_the_plan_they_belong_to(
    plan: Document,
    dataset: Dataset,
    shipped_store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    [batun] = plan["about"]["islets"][0]["tps_ids"]
    moment = pd.Timestamp("2024-02-13T12:00+07:00")
    before = proof_of(dataset, batun, moment, dt.date(2024, 2, 13), "id")
    assert "Pulau" not in before.title
    save_plan("pulau", plan)
    data = load_dataset(shipped_store)
    view = receipt_view(data, ELECTION, moment)
    assert view.islet(batun) == ("Pulau Batun", True)
    assert view.islet(tps(KELUMPANG, "001")) is None
    after = proof_of(data, batun, moment, dt.date(2024, 2, 13), "id")
    assert after.title == f"{before.title} · Pulau Batun, nomor belum dipastikan"
    way = next(part.table for part in after.parts if part.key == "plan")
    assert way is not None
    assert way.iloc[-1].astype(str).str.fullmatch("Pulau Batun").any()


def test_an_islet_is_served_from_where_the_desa_of_its_first_tps_is() -> None:
    rows = pd.DataFrame(
        {
            "tps_id": ["e/d1/001", "e/d1/002", "e/d2/001"],
            "desa_code": ["d1", "d1", "d2"],
            "place_code": ["d1", "S-A", "S-A"],
        }
    )
    assert served_places({"G1": ["d1"], "G2": ["d2"]}, rows) == {"G1": ["S-A", "d1"]}
    # A desa of which no TPS is left at the office is no place.
    assert served_places({"G1": ["d1"], "G2": ["d2"]}, rows.iloc[2:]) == {"G2": ["S-A"]}


def test_islets_of_an_election_whose_counts_are_not_published_stand_with_none(
    dataset: Dataset,
) -> None:
    sites = islet_sites(dataset, "pilkada2024")
    assert sites["tps"].isna().all()
    assert (sites["source_url"] != "").all()
    assert set(province().elections) >= {ELECTION}


def panel(data: Dataset, kabupaten: str) -> AppTest:
    def script(data: object, kabupaten: str) -> None:
        import streamlit as st

        from pages.components.plan.islets import draw_islets
        from services.plan.settings import default_settings

        base = default_settings(kabupaten)
        st.session_state.found = draw_islets(data, base, "uji")  # type: ignore[arg-type]

    return AppTest.from_function(
        script, kwargs={"data": data, "kabupaten": kabupaten}, default_timeout=60
    ).run()


def test_a_tps_is_assigned_on_the_page_and_taken_back(
    dataset: Dataset, settings: PlanSettings
) -> None:
    test = panel(dataset, EAST)
    assert not test.exception
    assert test.session_state.found == {"places": (), "assume_islets": True}
    assert test.button(key="in_undo_uji").disabled
    assert len(test.dataframe[0].value) == 3
    mine = tps("19.06.07.2002", "002")
    test.selectbox(key="in_islet_uji").select("S-BATUN").run()
    test.selectbox(key="in_islet_tps_uji").select(mine).run()
    test.button(key="in_assign_uji").click().run()
    assert test.session_state.found["places"] == (PlaceRow(mine, "S-BATUN"),)
    table = test.dataframe[0].value
    rows = table.iloc[:, :3].to_numpy().tolist()
    assert ["Pulau Batun", "Tanjung Batu Itam 002", "pengaturan"] in rows
    test.selectbox(key="in_islet_uji").select("").run()
    test.button(key="in_assign_uji").click().run()
    assert test.session_state.found["places"] == (PlaceRow(mine, "19.06.07.2002"),)
    test.button(key="in_undo_uji").click().run()
    test.button(key="in_undo_uji").click().run()
    assert test.session_state.found["places"] == ()
    assert test.button(key="in_undo_uji").disabled
    test.checkbox(key="in_assume_islets_uji").uncheck().run()
    assert test.session_state.found["assume_islets"] is False
    assert test.dataframe[0].value.empty
    stands = {mine: Stand(mine, "S-BATUN", "pengaturan", "", "")}
    shown = stand_table(stands, sites_in(dataset, EAST, ELECTION), dataset, "en")
    assert shown.to_dict("records")[0]["Basis"] == "setting"
    assert not settings.places


def test_a_kabupaten_without_islets_says_so(dataset: Dataset) -> None:
    test = panel(dataset, "19.71")
    assert not test.exception
    assert test.session_state.found == {}
    assert not test.button
