"""The views under way, procurement and proof: figures, sentences, the PDF, and the pages."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pypdf import PageObject, PdfReader
from streamlit.testing.v1 import AppTest

from data.plan.kept import save_plan
from data.store.ledger.acts import Actor
from services.custody.procurement import (
    STAGES,
    board_rows,
    default_election,
    finding,
    items_of,
    procurement_table,
    procurement_view,
    save_stage,
    source_rows,
    stage_row,
    undo_stage,
)
from services.custody.proof import Proof, find_tps, proof_of, proof_pdf, tps_name
from services.custody.receipts import Handover, receipt_view, record_all
from services.custody.receipts_view import (
    Target,
    area_table,
    counters,
    gap_rows,
    gap_table,
    handovers,
    headline,
    late_table,
    moment_of,
    receipts_table,
    targets_of,
    tps_of,
    trips_of,
)
from services.dataset import Dataset, Datasets
from services.risk.index import deliveries
from tests.browser import Visit, chromium_browser
from tests.conftest import chromium
from tests.pages.test_pages import at_page

ROOT = Path(__file__).resolve().parents[2]
DESA = "19.03.08.2001"
THREE = f"pemilu2024/{DESA}/003"
EVE = dt.date(2024, 2, 13)
DAY = pd.Timedelta(days=1)
STAGE = {
    "election": "pemilu2024", "kabupaten_code": "19.03", "item": "bilik", "stage": "kontrak",
    "planned_date": dt.date(2024, 2, 1), "planned_count": 2220, "actual_count": 2000, "note": "",
    "source": "Berita acara",
}  # fmt: skip


@pytest.fixture
def data(own_line: Datasets) -> Dataset:
    return own_line.now()


def plan(*tps: str) -> dict[str, Any]:
    def stop(place: str, clock: str, **more: Any) -> dict[str, Any]:
        moment = f"2024-02-12T{clock}:00+07:00"
        return {"place_code": place, "arrive": moment, "done": moment, "depart": moment,
                "tps": [], "tps_loaded": []} | more  # fmt: skip

    def trip(name: str, mode: str, stops: list[dict[str, Any]]) -> dict[str, Any]:
        return {"trip_id": name, "vehicle_id": name, "mode": mode, "stops": stops,
                "latest_depart": "2024-02-12T09:00:00+07:00"}  # fmt: skip

    kits = list(tps)
    truck = [stop("BSL-01", "05:00", tps_loaded=kits), stop("P-SADAI", "07:00", tps=kits)]
    boat = [stop("P-SADAI", "08:00", tps_loaded=kits), stop(DESA, "11:00", tps=kits)]
    return {
        "about": {"election": "pemilu2024", "kabupaten": "19.03"},
        "deadline": "2024-02-13T18:00:00+07:00",
        "verdict": {"passed": True},
        "inputs": {"tps": [{"tps_id": t, "place_code": DESA, "boxes": 5} for t in kits]},
        "trips": [trip("TRUK-01", "truck", truck), trip("PERAHU-01", "boat", boat)],
    }


def told(state: str, clock: str, tps: str | None = THREE, **more: Any) -> Handover:
    at = pd.Timestamp(f"2024-02-12T{clock}:00+07:00")
    base = {"boxes": 5, "seals": "S1, S2", "from_office": "PT Pos", "to_office": "PPS Pongok",
            "carrier": "PT Pos", "authorised_by": "KPU Bangka Selatan"}  # fmt: skip
    return Handover("pemilu2024", DESA, state, at, tps_id=tps, **{**base, **more})


def tell_all(data: Dataset) -> None:
    """A chain with a changed seal, an hour late at the desa, four pieces short."""
    save_plan("Rencana uji", plan(*tps_of(data, "pemilu2024", DESA)))
    record_all(
        data.store,
        [
            told("berangkat", "05:10", from_office="Gudang KPU"),
            told("di_dermaga", "07:05"),
            told("tiba", "12:00"),
            told("diterima", "12:15", seals="S1, X9", receiver="PPS Pongok", short_count=4),
        ],
    )


def proof(data: Dataset, lang: str = "id") -> Proof:
    return proof_of(data.fresh(), THREE, moment_of(EVE, None), EVE, lang)


# -- the proof -----------------------------------------------------------------------------------


def test_without_any_word_everything_is_unknown_and_nothing_is_wrong(data: Dataset) -> None:
    found = proof(data)
    assert found.gaps == []
    assert [part.key for part in found.parts] == [
        "procurement", "kit", "plan", "receipts", "returned",
    ]  # fmt: skip
    unknown = "\n".join(found.unknown)
    for words in ("daftar pemilih", "rencana", "serah terima", "pengembalian", "Tinta"):
        assert words in unknown
    assert "5 kotak, 4 bilik, 2 botol tinta" in found.parts[1].lines[0]


def test_the_chain_stands_from_contract_to_return_with_its_gaps_in_words(data: Dataset) -> None:
    tell_all(data)
    found = proof(data)
    assert found.title == f"TPS 003, {data.place_names[DESA]}"
    assert found.gaps == [
        "Diterima: segel S1, X9, sebelumnya S1, S2",
        "Terlambat 60 menit terhadap rencana",
        "Kurang 4 menurut laporan terakhir TPS ini",
    ]
    parts = {part.key: part for part in found.parts}
    legs = parts["plan"].table
    assert legs is not None
    assert legs.iloc[:, 0].tolist() == ["TRUK-01 (truk)", "PERAHU-01 (perahu)"]
    assert legs.iloc[:, 4].tolist() == ["12/02 07:00", "12/02 11:00"]
    chain = parts["receipts"].table
    assert chain is not None
    assert chain.iloc[:, 1].tolist() == ["Berangkat", "Di dermaga", "Tiba", "Diterima"]
    assert parts["returned"].table is None
    ordered = parts["procurement"].table
    assert ordered is not None
    assert "761.220" in " ".join(ordered.iloc[:, 1])


def test_at_an_earlier_hour_less_is_known(data: Dataset) -> None:
    tell_all(data)
    early = proof_of(data, THREE, moment_of(dt.date(2024, 2, 12), 6), EVE, "id")
    chain = early.parts[3].table
    assert chain is not None
    assert len(chain) == 1
    assert early.gaps == []  # ten minutes behind, less than what is listed as late


def test_ballots_are_counted_once_the_voters_of_the_tps_are_known(data: Dataset) -> None:
    from data.store import tables as schema

    rows = pd.DataFrame(
        {"tps_id": [THREE], "kind": ["dpt"], "total": pd.array([203], "Int64"), "import_id": "v"}
    )
    with data.store.begin("setup.prepare") as connection:
        data.store.insert_frame(connection, schema.logistics.tps_voters, rows)
    kit = proof(data).parts[1]
    assert kit.unknown == []
    assert "203 pemilih + 5 cadangan = 208 tiap jenis; 5 jenis = 1.040" in kit.lines[-1]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_pdf_holds_the_chain_and_says_what_is_unknown(data: Dataset, lang: str) -> None:
    tell_all(data)
    pages = PdfReader(io.BytesIO(proof_pdf(proof(data, lang), lang))).pages
    text = " ".join(page.extract_text() for page in pages)
    text = " ".join(text.split())
    unknown, access = {"id": ("TIDAK DIKETAHUI", "TERBATAS"), "en": ("NOT KNOWN", "RESTRICTED")}[
        lang
    ]
    for words in ("TPS 003", "Pongok", "X9", "PERAHU-01", "761.220" if lang == "id" else "761,220",
                  unknown, access):  # fmt: skip
        assert words in text
    assert "?" not in text.replace("? ", "")
    assert len(pages) == 1


def sizes(page: PageObject) -> list[float]:
    """Return the sizes of the type of a page in points, as printed; none stands off the page."""
    found: list[float] = []

    def note(words: str, outer: list[float], inner: list[float], _: Any, size: float) -> None:
        if words.strip():
            found.append(size * outer[0] * inner[0])
            assert 20 < outer[3] * inner[5] + outer[5] < 842 - 20
            assert 40 < outer[0] * inner[4] + outer[4] < 595 - 40

    page.extract_text(visitor_text=note)
    return found


def signed(content: bytes) -> PageObject:
    """Return the only page of a proof, which has the lines to sign on."""
    (page,) = PdfReader(io.BytesIO(content)).pages
    assert page.extract_text().count("(_____") == 2
    return page


def test_the_proof_of_every_tps_of_a_kabupaten_is_one_page_with_its_signatures(
    data: Dataset,
) -> None:
    tell_all(data)
    data = data.fresh()
    some = sorted(data.tps.loc[data.tps["tps_id"].str.startswith("pemilu2024/19.03."), "tps_id"])
    for tps in [THREE, *some[::140]]:
        found = proof_of(data, tps, moment_of(EVE, None), EVE, "id")
        assert min(sizes(signed(proof_pdf(found, "id")))) > 5


def test_the_longest_proof_is_one_page_and_leaves_nothing_out(data: Dataset) -> None:
    """Twenty hand-overs of offices with long names, ten seals each, all stages of procurement."""
    tell_all(data)
    office = "PPS Desa Simpang Renggiang, Kecamatan Simpang Renggiang {n}"
    states = ("berangkat", "di_dermaga", "tiba", "diterima", "dibuka")
    rows = [
        told(state, f"{13 + n}:{minute}", seals=", ".join(f"A{n}{k:05}" for k in range(10)),
             from_office=office.format(n=n), to_office=office.format(n=n + 1), carrier="PT Pos",
             receiver=office.format(n=n + 1), short_count=n, damaged_count=0)
        for minute in ("10", "40") for n, state in enumerate(states)
    ]  # fmt: skip
    record_all(data.store, [*rows, *(replace(r, state="kembali", at=r.at + DAY) for r in rows)])
    for item in items_of("pemilu2024")[1:3]:
        for stage in STAGES:
            save_stage(data, {"election": "pemilu2024", "kabupaten_code": "19.03", "item": item,
                              "stage": stage, "planned_date": dt.date(2024, 2, 1),
                              "planned_count": 2220, "actual_count": 2000, "note": "",
                              "source": "Berita acara"})  # fmt: skip
    data = data.fresh()
    late = moment_of(EVE + dt.timedelta(days=2), None)
    found = proof_of(data, THREE, late, EVE, "id")
    content = proof_pdf(found, "id")
    assert found.parts[3].table is not None
    assert len(found.parts[3].table) == 14
    assert len(found.gaps) > 10
    page = signed(content)
    words = "".join(page.extract_text().split())
    for sentence in (*found.gaps, *found.unknown):
        assert "".join(sentence.split()) in words
    for seal in ("A000000", "A400009"):
        assert seal in words
    assert min(sizes(page)) > 3.5


@pytest.mark.parametrize(
    ("query", "first", "number"),
    [
        ("Pongok 3", THREE, None),
        ("pongok tps 003", THREE, None),
        (THREE, THREE, 1),
        ("", None, 0),
        ("desa entah", None, 0),
        ("Pongok 99", None, 0),
    ],
)
def test_a_tps_is_found_by_desa_and_number(
    data: Dataset, query: str, first: str | None, number: int | None
) -> None:
    found = find_tps(data, "pemilu2024", query, "19.03")
    assert (found[0] if found else None) == first
    assert number is None or len(found) == number
    assert all(tps_name(data, tps).startswith("TPS ") for tps in found)


# -- under way -----------------------------------------------------------------------------------


def test_counters_and_tables_add_up_to_all_tps(data: Dataset) -> None:
    tell_all(data)
    view = receipt_view(data.fresh(), "pemilu2024", moment_of(EVE, None))
    assert dict(counters(view, "19.03"))["diterima"] == 1
    for kabupaten, total in (("19.03", 555), (None, 4116)):
        assert sum(n for _, n in counters(view, kabupaten)) == total
        assert area_table(view, data, kabupaten, "id")["TPS"].sum() == total
    line = headline(view, "Bangka Selatan", "19.03", "id")
    assert line.startswith(
        "Bangka Selatan: 1 dari 555 TPS sudah sampai; 12 terlambat, 1 celah"
    ) or ("1 celah" in line)
    late = late_table(view, data, "19.03", "id")
    assert late["Terlambat (menit)"].tolist()[-1] == 60
    gaps = gap_table(view, data, "19.03", "id")
    assert gaps["Celah"].tolist() == ["Diterima: segel S1, X9, sebelumnya S1, S2"]
    assert len(receipts_table(view.rows, data, "en")) == 4
    assert late_table(view, data, "19.01", "id").empty
    assert gap_table(view, data, "19.01", "id").empty


def test_tps_that_share_a_gap_are_one_line(data: Dataset) -> None:
    tps = tps_of(data, "pemilu2024", DESA)[:3]
    record_all(data.store, [told("tiba", "09:00", one, seals="") for one in tps])
    view = receipt_view(data.fresh(), "pemilu2024")
    rows = gap_rows(view, "19.03")
    assert rows[["gap", "tps"]].to_numpy().tolist() == [["tahap_hilang", 3]]
    table = gap_table(view, data, "19.03", "id")
    assert table.iloc[0, 0].startswith("3 TPS, Desa Pongok")


def test_boxes_of_a_desa_that_do_not_add_up_are_a_line_of_their_own(data: Dataset) -> None:
    record_all(data.store, [told("berangkat", "05:00", None, boxes=20, seals="")])
    record_all(data.store, [told("tiba", "09:00", None, boxes=15, seals="")])
    words = gap_table(receipt_view(data.fresh(), "pemilu2024"), data, None, "id")["Celah"].tolist()
    assert "Tiba: 15 kotak sedesa, tahap sebelumnya 20" in words


def test_a_trip_of_the_plan_is_told_in_one_go(data: Dataset) -> None:
    tell_all(data)
    times = receipt_view(data.fresh(), "pemilu2024").plans["19.03"]
    offers = trips_of(times)
    assert [offer.trip_id for offer in offers] == ["TRUK-01", "PERAHU-01"]
    boxes = 5 * len(tps_of(data, "pemilu2024", DESA))
    assert offers[0].targets == (Target(DESA, None, boxes),)
    values = {"state": "berangkat", "day": dt.date(2024, 2, 12), "clock": dt.time(5, 0),
              "boxes": None, "vehicle": "BN 1 A"}  # fmt: skip
    (one,) = handovers("pemilu2024", offers[0].targets, values)
    assert (one.boxes, one.tps_id, one.at.isoformat()) == (boxes, None, "2024-02-12T05:00:00+07:00")
    assert targets_of(DESA, []) == (Target(DESA),)


# -- procurement ---------------------------------------------------------------------------------


def test_the_board_says_what_is_behind_and_by_how_much(data: Dataset) -> None:
    stage = {"election": "pemilu2024", "kabupaten_code": "19.03", "item": "bilik",
             "stage": "tiba", "planned_date": dt.date(2024, 2, 1), "planned_count": 2220,
             "actual_count": 2000, "note": "", "source": "Berita acara"}  # fmt: skip
    save_stage(data, stage)
    data = data.fresh()
    view = procurement_view(data, "pemilu2024", "19.03", EVE)
    assert finding(view, data, "id") == (
        "1 tahap tertinggal; terberat Bangka Selatan, bilik suara, tiba: terlambat · 12 hari · "
        "kurang 220; pengganti 1.067 lembar tidak diketahui"
    )
    rows = dict(board_rows(view, data, "id", "pemilu2024"))
    assert rows["Bilik suara"][2] == ("terlambat", "terlambat · 12 hari · kurang 220")
    assert rows["Tinta"] == [(None, "")] * 8
    ballots = rows["Surat suara (semua jenis)"]
    assert ballots[4:6] == [
        ("temuan", "ditemukan 1.067 · 14 Jan 2024"), ("tidak_diketahui",
        "tidak diketahui · perlu 1.067"),
    ]  # fmt: skip
    assert view.needs.get(("19.03", "kotak")) == 2775
    table = procurement_table(view, data, "id")
    assert table.iloc[0]["Barang"] == "Bilik suara"
    assert table.loc[table["Barang"].eq("Kotak suara"), "Kebutuhan menurut kit"].iloc[0] == 2775
    assert ("Bangka Selatan, bilik suara, tiba", "", "Berita acara") in source_rows(
        view, data, "id"
    )
    assert stage_row(view, ("19.03", "bilik", "tiba"))["actual_count"] == 2000
    assert stage_row(view, ("19.03", "tinta", "tiba")) == {}
    undo_stage(data, "pemilu2024", ("19.03", "bilik", "tiba"))
    assert procurement_view(data.fresh(), "pemilu2024", "19.03", EVE).behind.empty


def test_items_follow_the_contests_and_the_next_election_is_shown_first(data: Dataset) -> None:
    assert "surat_suara_dpd" in items_of("pemilu2024")
    assert "surat_suara_dpd" not in items_of("pilkada2024")
    assert set(items_of("pemilu2099")) > set(items_of("pemilu2024"))
    assert default_election(data, EVE) == "pemilu2024"
    assert default_election(data, dt.date(2024, 10, 1)) == "pilkada2024"
    assert default_election(data, dt.date(2090, 1, 1)) == "pilkada_ulang2025"


# -- the pages -----------------------------------------------------------------------------------


def open_view(data: Dataset, view: str, **query: str) -> AppTest:
    """Run one view alone, as the page Distribusi calls it."""

    def script(data, view) -> None:  # runs without the names of this module
        import streamlit as st

        from pages.components.custody import procurement, progress, proof

        views = {"progress": progress, "procurement": procurement, "proof": proof}
        views[view].draw(data.fresh(), "19.03", st.container(), st.columns(2))

    test = AppTest.from_function(script, kwargs={"data": data, "view": view}, default_timeout=60)
    test.query_params.update({"tanggal": "2024-02-13", **query})
    test.run()
    assert not test.exception
    return test


@pytest.mark.parametrize("view", ["progress", "procurement", "proof"])
@pytest.mark.parametrize("kabupaten", ["19.03", "semua"])
def test_the_page_offers_the_views_for_one_kabupaten_and_for_all(
    data: Dataset, view: str, kabupaten: str
) -> None:
    tell_all(data)
    test = at_page("distribusi", tanggal="2024-02-13")
    test.session_state["d_view"] = view
    test.session_state["d_kabupaten"] = kabupaten
    test.run()
    assert not test.exception
    assert "sb-date" in shown(test)


def shown(test: AppTest) -> str:
    return "\n".join(str(block.proto.body) for block in test.get("html"))


def test_the_view_under_way_says_how_to_bring_word_in_and_takes_it(data: Dataset) -> None:
    test = open_view(data, "progress")
    assert "belum ada kabar serah terima" in shown(test)
    assert "Catat atau masukkan berkas di samping" in shown(test)
    test.selectbox(key="r_desa").set_value(DESA).run()
    test.multiselect(key="r_tps").set_value([THREE])
    test.text_input(key="r_carrier").set_value("Bapak Contoh")
    save = next(b for b in test.button if b.label.startswith("Simpan"))
    save.click().run()
    assert "expected an office" in test.error[0].value
    assert data.store.count("receipts") == 0
    test.text_input(key="r_carrier").set_value("PT Pos")
    test.date_input(key="r_date").set_value(dt.date(2024, 2, 12))
    next(b for b in test.button if b.label.startswith("Simpan")).click().run()
    assert not test.exception
    assert not test.error
    row = data.store.read("receipts").iloc[0]
    assert row[["tps_id", "carrier", "state"]].tolist() == [THREE, "PT Pos", "berangkat"]
    test.selectbox(key="r_row").set_value(row["receipt_id"]).run()
    next(b for b in test.button if b.label == "Batalkan").click().run()
    assert data.store.read("receipts")["kind"].tolist().count("pembatalan") == 1
    assert "belum ada kabar serah terima" in shown(test)


def test_the_view_opens_on_the_election_at_hand_and_calls_nothing_late_that_is_silent(
    data: Dataset,
) -> None:
    save_plan("Rencana uji", plan(*tps_of(data, "pemilu2024", DESA)))
    for name in ("progress", "proof"):
        test = open_view(data, name, tanggal="")
        assert test.date_input(key="r_day").value == EVE
    page = shown(open_view(data, "progress", tanggal=""))
    assert "Jam tampilan: 13 Februari 2024 18:00 WIB, akhir rencana" in page
    silent = len(tps_of(data, "pemilu2024", DESA))
    assert f"{silent} TPS sudah waktunya tiba menurut rencana" in page
    assert "belum ada kabar serah terima" in page


def test_the_proof_opens_on_what_is_known_of_every_chain(data: Dataset) -> None:
    test = open_view(data, "proof")
    assert "Bukti 555 TPS: 0 dengan serah terima, 0 sudah kembali, 0 perlu dilihat" in shown(test)
    assert "Catat di tampilan Berjalan, atau masukkan berkas" in shown(test)
    assert int(test.dataframe[0].value["TPS"].sum()) == 555
    tell_all(data)
    test = open_view(data, "proof")
    assert "Bukti 555 TPS: 1 dengan serah terima" in shown(test)
    assert int(test.dataframe[0].value["Ada serah terima"].sum()) == 1


def test_another_day_moves_the_cursor_of_all_pages(data: Dataset) -> None:
    tell_all(data)
    test = open_view(data, "progress")
    assert "1 dari 555 TPS" in shown(test)
    test.date_input(key="r_day").set_value(dt.date(2024, 2, 11)).run()
    assert "".join(test.query_params["tanggal"]) == "2024-02-11"
    assert "belum ada kabar serah terima" in shown(test)


def test_a_correction_fills_the_form_and_stands_in_place_of_the_row(data: Dataset) -> None:
    tell_all(data)
    test = open_view(data, "progress", lang="en")
    first = receipt_view(data.fresh(), "pemilu2024").rows["receipt_id"].iloc[0]
    test.selectbox(key="r_row").set_value(first).run()
    next(b for b in test.button if b.label == "Correct").click().run()
    assert not test.warning
    assert test.text_input(key="r_seals").value == "S1, X9"
    assert test.date_input(key="r_date").value == dt.date(2024, 2, 12)
    assert test.time_input(key="r_clock").value == dt.time(12, 15)
    test.text_input(key="r_seals").set_value("S1, S2")
    next(b for b in test.button if b.label.startswith("Save")).click().run()
    assert not test.error
    kept = data.store.read("receipts")
    assert kept.loc[kept["kind"].eq("koreksi"), "refers_to"].tolist() == [first]
    assert receipt_view(data.fresh(), "pemilu2024").gaps.empty


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let whoever presses from now on be an account that writes about Belitung alone."""
    actor = Actor("kpu.1", "KPU", "perencana", ("19.02",))

    def begin() -> None:
        for module in ("data.store.engine", "pages.components.access.offers"):
            monkeypatch.setattr(f"{module}.actor_now", lambda: actor)

    return begin


def test_who_undoes_a_hand_over_of_elsewhere_is_told_so_and_it_stays(
    data: Dataset, elsewhere: Callable[[], None]
) -> None:
    record_all(data.store, [told("tiba", "12:00")])
    test = open_view(data, "progress")
    test.selectbox(key="r_row").set_value(data.store.read("receipts")["receipt_id"].iloc[0]).run()
    elsewhere()
    next(one for one in test.button if one.label == "Batalkan").click().run()
    assert not test.exception
    assert [DESA in one.value for one in test.error] == [True]
    assert data.store.count("receipts") == 1
    assert not test.run().error


def test_who_undoes_a_stage_of_elsewhere_is_told_so_and_it_stays(
    data: Dataset, elsewhere: Callable[[], None]
) -> None:
    save_stage(data, STAGE)
    test = open_view(data, "procurement")
    test.selectbox(key="p_item").set_value("bilik").run()
    elsewhere()
    next(one for one in test.button if one.label == "Hapus isian ini").click().run()
    assert not test.exception
    assert ["19.03" in one.value for one in test.error] == [True]
    assert data.store.count("procurement") == 1


def test_a_trip_of_the_plan_is_saved_with_one_press(data: Dataset) -> None:
    save_plan("Rencana uji", plan(*tps_of(data, "pemilu2024", DESA)))
    test = open_view(data, "progress")
    test.selectbox(key="r_trip").set_value("PERAHU-01").run()
    assert test.text_input(key="r_vehicle").value == "PERAHU-01"
    test.selectbox(key="r_state").set_value("tiba")
    test.text_input(key="r_carrier").set_value("Dinas Perhubungan")
    next(b for b in test.button if b.label == "Simpan (1 baris)").click().run()
    assert not test.error
    row = data.store.read("receipts").iloc[0]
    assert row[["desa_code", "state", "vehicle"]].tolist() == [DESA, "tiba", "PERAHU-01"]
    assert row["boxes"] == 5 * len(tps_of(data, "pemilu2024", DESA))
    assert pd.isna(row["tps_id"])


@pytest.mark.parametrize(
    ("kind", "name"), [("receipts", "state_unknown"), ("procurement", "item_unknown")]
)
def test_a_file_comes_in_through_the_page_with_its_refused_rows(
    data: Dataset, kind: str, name: str
) -> None:
    path = Path(__file__).parents[1] / "fixtures" / kind / f"{name}.csv"
    test = open_view(data, "progress" if kind == "receipts" else "procurement")
    test.get("file_uploader")[0].set_value((path.name, path.read_bytes(), "text/csv")).run()
    test.button(key=f"bring_{kind}_go").click().run()
    assert not test.exception
    assert "1 baris baru, 0 koreksi, 1 dikarantina" in test.warning[0].value
    assert data.store.count(kind) == 1


def test_the_planned_way_back_stands_beside_what_is_told(data: Dataset) -> None:
    from services.plan.ends import ReturnAsked, with_return
    from services.plan.make import PlanAsked, make_plan

    document = make_plan(data, PlanAsked("19.03", seconds=2))
    save_plan("Pulang pergi", with_return(data, document, ReturnAsked(seconds=1)))
    part = proof(data).parts[4]
    assert part.lines[0].startswith(f"Rencana kembali: TPS 003, {data.place_names[DESA]} → Pongok")
    assert part.lines[-1].count("→") == 1
    assert any("Gudang" in line for line in part.lines)
    assert not any("jalan terakhir" in words for words in proof(data).unknown)


def test_the_view_of_procurement_shows_the_board_and_takes_a_stage(data: Dataset) -> None:
    test = open_view(data, "procurement")
    assert "sb-board" in shown(test)
    test.selectbox(key="p_item").set_value("bilik").run()
    mark = "pemilu2024/19.03/bilik/kontrak"
    test.date_input(key=f"p_{mark}_planned_date").set_value(dt.date(2024, 2, 1))
    next(b for b in test.button if b.label.startswith("Simpan")).click().run()
    assert not test.exception
    assert "1 tahap tertinggal" in shown(test)
    assert data.store.read("procurement")["stage"].tolist() == ["kontrak"]


def test_the_view_of_the_proof_finds_a_tps_and_offers_its_pdf(data: Dataset) -> None:
    tell_all(data)
    test = open_view(data, "proof")
    assert "Bukti 555 TPS" in shown(test)  # what is known of all, before one is asked for
    test.text_input(key="b_query").set_value("Pongok 3").run()
    page = shown(test)
    assert ": 3 tidak beres, " in page
    assert 'class="sb-alarm">Diterima: segel S1, X9' in page
    assert "TIDAK DIKETAHUI" in page
    assert test.get("download_button")
    linked = open_view(data, "proof", cari="Pongok 3", tps=THREE, jam="6")
    assert ": 3 tidak beres, " in shown(linked)
    assert linked.selectbox(key="r_hour").value == "6"
    test.text_input(key="b_query").set_value("Entah 77").run()
    assert "Tidak ada TPS dengan desa" in shown(test)


@pytest.mark.browser
def test_the_proof_is_found_and_its_pdf_comes_in_a_browser(app_url: str) -> None:
    with chromium_browser(chromium() or "") as browser:
        visit = Visit.start(browser)
        visit.open(f"{app_url}/distribusi?tanggal=2024-02-13", "Tampilan")
        box = visit.page.get_by_test_id("stSelectbox").filter(has_text="Tampilan")
        box.locator("input").first.click()
        visit.page.get_by_role("option", name="Bukti TPS", exact=True).click()
        search = visit.page.get_by_label("Cari desa dan nomor TPS")
        search.fill("Pongok 3")
        search.press("Enter")
        visit.page.get_by_text("TPS 003, Desa Pongok").first.wait_for()
        visit.settle()
        path = visit.download(visit.page.get_by_role("button", name="Unduh bukti (PDF)"))
        words = PdfReader(path).pages[0].extract_text()
        assert "TPS 003" in words
        assert "TIDAK DIKETAHUI" in words
        visit.assert_clean()


def test_a_day_ends_at_midnight_of_the_province(data: Dataset) -> None:
    """A hand-over at 23:59 WIB is of the day, one at midnight is of the next."""
    day, after = dt.date(2024, 2, 12), dt.date(2024, 2, 13)
    midnight = pd.Timestamp("2024-02-13T00:00:00+07:00")
    late = replace(told("tiba", "23:59"), at=midnight - pd.Timedelta(minutes=1))
    record_all(data.store, [told("di_dermaga", "07:00"), late])
    record_all(data.store, [replace(told("diterima", "23:59"), at=midnight)])
    assert deliveries(data, "pemilu2024", day).loc[THREE, "state"] == "tiba"
    assert deliveries(data, "pemilu2024", after).loc[THREE, "state"] == "diterima"
    yesterday = deliveries(data, "pemilu2024", day - dt.timedelta(days=1))
    assert yesterday["state"].isna().all()
