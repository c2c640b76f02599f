"""The form of the page Data: a nihil and something planned, from empty fields to the store."""

from __future__ import annotations

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Widget

from data.store.engine import Store
from data.store.ledger.acts import Actor
from pages.components.reports.entry import form
from services.dataset import Datasets
from services.reports.review.decisions import decide
from services.reports.review.entry import submit
from services.reports.review.seen import fingerprints
from tests.imports import PENYAK
from tests.reports.review.test_entry import NIGHT

SEND = "entry_send"


def script() -> None:
    """Draw the form; runs alone, without the names of this module."""
    from pages.components import loaders
    from pages.components.reports.entry import form

    form.draw(loaders.dataset())


@pytest.fixture(autouse=True)
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> Datasets:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")
    made = Datasets(store)
    monkeypatch.setattr("pages.components.loaders.dataset", made.now)
    return made


def drawn(**said: str) -> AppTest:
    test = AppTest.from_function(script, default_timeout=60)
    for name, value in said.items():
        test.query_params[name] = value
    return ran(test)


def ran(one: AppTest | Widget) -> AppTest:
    """Run the form, after a press or a choice if one is given."""
    test = one.run()
    assert not test.exception, test.exception
    return test


def words(test: AppTest) -> str:
    return " ".join(str(one.proto.body) for one in test.get("html"))


def test_a_nihil_of_an_area_nobody_spoke_of_is_sent_and_the_next_keeps_place_and_day(
    store: Store,
) -> None:
    submit(store, NIGHT)
    test = drawn(isian="nihil")
    assert "Belum diisi: instansi, tempat." in words(test)
    assert test.button(key=SEND).disabled
    ran(test.selectbox(key="entry_agency").set_value("Polres Bangka Tengah"))
    assert "6 wilayah tanpa laporan" in words(test)
    assert "entry_of_19.04" not in {button.key for button in test.button}
    ran(test.button(key="entry_of_19.01").click())
    assert test.selectbox(key="entry_kabupaten.").value == "19.01"
    assert not test.button(key=SEND).disabled
    ran(test.button(key=SEND).click())
    assert "menunggu pemeriksaan orang lain" in test.success[0].value
    rows = store.read("reports").set_index("kind")
    assert rows["unit_kejadian"]["nihil"] == "19.01"
    assert rows["verification"]["nihil"] == "belum"
    assert test.selectbox(key="entry_agency").value == "Polres Bangka Tengah"
    # The same once more is stored already.
    assert test.button(key=SEND).disabled
    assert "sudah tersimpan" in test.warning[0].value
    ran(test.button(key="entry_undo").click())
    assert store.read("reports")["kind"].tolist() == ["kejadian"]
    assert "Dibatalkan" in test.success[0].value


def test_something_planned_goes_on_the_agenda(store: Store) -> None:
    test = drawn(isian="agenda")
    assert "Belum diisi: jenis kegiatan, kegiatan, tempat, tanggal mulai." in words(test)
    test.selectbox(key="entry_kind_0").set_value("aksi")
    test.text_input(key="entry_title_0").set_value("Aksi buruh")
    test.number_input(key="entry_expected_crowd_0").set_value(300)
    test.selectbox(key="entry_kabupaten.").set_value("19")
    test.date_input(key="entry_date_start_0").set_value(pd.Timestamp("2026-12-03").date())
    ran(test)
    assert [one.key for one in test.selectbox][-1] == "entry_kabupaten."  # nothing finer
    ran(test.button(key=SEND).click())
    assert "Tersimpan di agenda" in test.success[0].value
    row = store.read("agenda").iloc[0]
    assert (row["kind"], row["unit_code"], row["expected_crowd"]) == ("aksi", "19", 300)
    assert test.text_input(key="entry_title_1").value == ""


def opened(line: Datasets, patching: pytest.MonkeyPatch) -> dict[str, object]:
    """Return what a session holds once the only stored report is opened in the form."""
    session: dict[str, object] = {}
    with patching.context() as patch:
        patch.setattr("streamlit.session_state", session)
        patch.setattr("pages.components.address.put_all", session.update)
        form.open_report(line.now(), "tidak ada")
        assert not session
        form.open_report(line.now(), str(line.now().reviewed["report_id"].iloc[0]))
    assert (session.pop("bagian"), session.pop("isian")) == ("tulis", "kejadian")
    return session


def drawn_with(session: dict[str, object]) -> AppTest:
    test = drawn()
    for name, value in session.items():
        test.session_state[name] = value
    return ran(test)


def test_a_stored_report_is_opened_and_corrected(
    store: Store, line: Datasets, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(store, NIGHT)
    key = str(store.read("reports")["report_id"].iloc[0])
    test = drawn_with(opened(line, monkeypatch))
    assert f"Koreksi laporan {key}" in words(test)
    assert test.selectbox(key="entry_desa.19.04.01").value == PENYAK
    assert test.text_area(key="entry_summary_1").value == NIGHT.summary
    assert "Belum ada yang diubah." in words(test)
    ran(test.text_area(key="entry_summary_1").set_value("Ancaman lewat pesan"))
    ran(test.button(key=SEND).click())
    rows = store.read("reports")
    assert rows["summary"].tolist() == ["Ancaman lewat pesan"]
    assert rows["report_id"].tolist() == [key]
    test = drawn_with(opened(line, monkeypatch))
    ran(test.button(key="entry_leave").click())
    assert "Koreksi" not in words(test)


@pytest.mark.parametrize(
    ("decided", "said", "then"),
    [
        # Sent back, it waits again once it is corrected.
        ("ditolak", "menunggu pemeriksaan", "belum"),
        # Without sign-in nobody else can be asked: what was verified stays so, and that is said.
        ("terverifikasi", "dihitung seperti sebelum", "terverifikasi"),
    ],
)
def test_what_is_said_of_a_correction_is_what_becomes_of_it(
    store: Store,
    line: Datasets,
    monkeypatch: pytest.MonkeyPatch,
    decided: str,
    said: str,
    then: str,
) -> None:
    submit(store, NIGHT)
    (key,) = store.read("reports")["report_id"]
    decide(store, [key], decided, "diperiksa", fingerprints(store.read("reports")))
    test = drawn_with(opened(line, monkeypatch))
    ran(test.text_area(key="entry_summary_1").set_value("Ancaman lewat pesan"))
    ran(test.button(key=SEND).click())
    assert said in test.success[0].value
    row = store.read("reports").iloc[0]
    assert (row["summary"], row["verification"]) == ("Ancaman lewat pesan", then)


def test_whoever_corrects_a_report_second_sees_what_changed_and_chooses(
    store: Store, line: Datasets, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(store, NIGHT)
    session = opened(line, monkeypatch)
    first, second = drawn_with(session), drawn_with(session)
    first.text_area(key="entry_summary_1").set_value("Ancaman lewat pesan *keras*")
    first.number_input(key="entry_people_count_1").set_value(1200)
    ran(first)
    ran(first.button(key=SEND).click())
    second.text_area(key="entry_summary_1").set_value("Ancaman di balai")
    second.selectbox(key="entry_category_1").set_value("blokade")
    ran(second)
    ran(second.button(key=SEND).click())
    assert store.read("reports")["category"].tolist() == ["intimidasi"]  # nothing is saved yet
    assert "Belum ada yang disimpan" in second.warning[0].value
    (radio,) = second.radio
    assert "Uraian singkat" in radio.label
    assert r"Ancaman lewat pesan \*keras\*" in radio.label
    (people,) = second.caption
    assert "Jumlah orang" in people.value
    assert "1.200" in people.value
    save = next(one for one in second.button if one.label == "Simpan pilihan")
    assert save.disabled
    # Who types on is asked anew: the question was about other words.
    ran(second.text_area(key="entry_summary_1").set_value("Ancaman di balai desa Penyak"))
    assert not second.radio
    ran(second.button(key=SEND).click())
    (radio,) = second.radio
    ran(radio.set_value("mine"))
    save = next(one for one in second.button if one.label == "Simpan pilihan")
    ran(save.click())
    row = store.read("reports").iloc[0]
    assert row["summary"] == "Ancaman di balai desa Penyak"
    assert (row["category"], row["people_count"]) == ("blokade", 1200)
    assert "Tetap berlaku: Jumlah orang" in second.success[0].value
    assert not second.radio
    ran(second.button(key="entry_undo").click())
    assert store.read("reports")["summary"].tolist() == ["Ancaman lewat pesan *keras*"]


def test_what_may_be_a_person_is_answered_for_and_roles_see_what_they_may_write(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(store, NIGHT)
    test = drawn()
    test.selectbox(key="entry_category_0").set_value("blokade")
    test.selectbox(key="entry_agency").set_value("Polres Bangka Tengah")
    test.selectbox(key="entry_kabupaten.").set_value("19.04")
    test.text_area(key="entry_summary_0").set_value("Hubungi 0812 3456 7890")
    ran(test)
    assert test.button(key=SEND).disabled
    ran(test.checkbox(key="entry_looked_0").check())
    assert not test.button(key=SEND).disabled
    who = "services.reports.review.one_row.actor_now"
    monkeypatch.setattr(who, lambda: Actor("kpu.1", "KPU", "perencana"))
    assert "entry_kind_0" in {box.key for box in drawn().selectbox}
    monkeypatch.setattr(who, lambda: Actor("kpu.1", "KPU", "pembaca"))
    assert "membaca saja" in words(drawn())
    monkeypatch.setattr(who, lambda: Actor("kpu.1", "KPU", "operator", ("19.04",)))
    mine = drawn()
    assert "Ditulis atas nama KPU" in words(mine)
    assert mine.selectbox(key="entry_kabupaten.").value == "19.04"
