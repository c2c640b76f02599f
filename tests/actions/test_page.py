"""The page Tindakan without a browser: what it finds, its ways, its filters, its refusals."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, TextInput

from data.errors import SchemaError
from services.actions.register import actions_on, history_of, save_action
from services.actions.warnings import answer, close_warning, draft_of, open_again
from services.dataset import Dataset, Datasets
from services.warning.register import register_on
from tests.pages.test_pages import open_page, shown

DAY = date(2024, 1, 31)


@pytest.fixture
def data(
    shared_line: Datasets, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Dataset:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-01T03:00:00+00:00")
    register_on(shared_line.now(), DAY)  # scans take long: once for all
    line: Datasets = request.getfixturevalue("own_line")
    return line.now()


def page(**query: str) -> AppTest:
    test = open_page("tindakan", tanggal=DAY.isoformat(), **query)
    assert not test.exception
    return test


def button(test: AppTest, words: str) -> Button:
    return next(one for one in test.button if one.label == words)


def field(test: AppTest, label: str) -> TextInput:
    return next(one for one in test.text_input if one.label == label)


def by_office(test: AppTest, office: str, words: str) -> AppTest:
    """Press a button in the name of an office."""
    field(test, "Kantor yang mencatat").set_value(office)
    button(test, words).click().run()
    assert not test.exception
    return test


def opened(data: Dataset, key: str) -> AppTest:
    """The register alone, with an action in the form."""

    def script(data) -> None:  # runs alone, without the names of this module
        from datetime import date

        import streamlit as st

        from pages.components.actions import register

        register.draw(data.fresh(), date.fromisoformat(st.query_params["tanggal"]))

    test = AppTest.from_function(script, kwargs={"data": data}, default_timeout=60)
    test.query_params["tanggal"] = DAY.isoformat()
    test.query_params["tindakan"] = key
    test.run()
    field(test, "Kantor yang mencatat").set_value("KPU")
    return test


def test_a_warning_is_taken_and_becomes_an_action(data: Dataset) -> None:
    test = page()
    assert "peringatan siaga ke atas belum punya pemilik" in shown(test)
    by_office(test, "Polda", "Ambil")
    assert "Kantor Anda kini pemilik" in test.success[0].value
    assert "Pemilik: Polda" in shown(test)
    kept = data.fresh().read("warnings")["warning_id"].tolist()
    known = register_on(data.fresh(), DAY).set_index("warning_id").loc[kept[0]]
    assert (known["state"], known["owner"]) == ("terbuka", "Polda")
    button(test, "Buat tindakan").click().run()
    assert not test.exception
    chosen = {one.label: one.value for one in test.selectbox}
    assert (chosen["Peringatan"], chosen["Penanggung jawab"]) == (kept[0], "Polda")
    assert chosen["Tahapan"] == "logistik"


def test_an_action_of_a_warning_that_nobody_took_keeps_it(data: Dataset) -> None:
    row = register_on(data, DAY).iloc[0]
    answer(data, draft_of(row, data, "id"), "Polda", None, DAY)
    data = data.fresh()
    assert actions_on(data, DAY)["rule"].tolist() == [row["rule"]]
    known = register_on(data, DAY).set_index("warning_id").loc[row["warning_id"]]
    assert known["state"] == "terbuka"
    assert pd.notna(known["first_action_at"])


def test_a_warning_is_closed_with_a_reason_only_and_opened_again(data: Dataset) -> None:
    row = register_on(data, DAY).iloc[0]
    with pytest.raises(SchemaError):
        close_warning(data, row, "Polda", " ", "dicegah", DAY)
    row = register_on(data.fresh(), DAY).set_index("warning_id", drop=False).loc[row["warning_id"]]
    close_warning(data.fresh(), row, "Polda", "Logistik lengkap", "dicegah", DAY)
    data = data.fresh()
    test = page(peringatan=row["warning_id"])
    assert "Logistik lengkap" in test.info[0].value
    assert "Buka lagi" in [one.label for one in test.expander]
    open_again(data, row["warning_id"], "Polda", "Kotak hilang", DAY)
    states = register_on(data.fresh(), DAY).set_index("warning_id")["state"]
    assert states[row["warning_id"]] == "terbuka"


def test_filters_stand_in_the_address_and_overdue_ones_on_ringkasan(data: Dataset) -> None:
    for n, place in enumerate(("19.01", "19.03")):
        values = {"risk": "r", "decision": f"d{n}", "owner": f"Kantor {n}", "place_code": place}
        save_action(
            data,
            values | {"due": (date(2024, 1, 20), date(2024, 2, 9))[n]},
            "KPU",
            "formulir",
            on=DAY,
        )
    test = page(tab="tindakan", status="lewat")
    assert test.dataframe[0].value["Keputusan"].tolist() == ["d0"]
    test = page(tab="tindakan", kab="19.03", pj="Kantor 0")
    assert not test.dataframe
    assert "Tidak ada tindakan dengan saringan ini" in shown(test)
    test = page(tab="tindakan", kab="19.03")
    assert test.dataframe[0].value["Keputusan"].tolist() == ["d1"]
    front = open_page("ringkasan", tanggal=DAY.isoformat())
    cards = [link.proto.label for link in front.get("page_link")]
    assert cards.index("d0") < cards.index("d1")  # what is overdue stands before what is due
    assert "Kantor 0 · lewat 11 hari" in shown(front)
    earlier = shown(open_page("ringkasan", tanggal="2024-01-19"))
    assert "lewat" not in earlier.split("</style>")[-1]


def test_a_new_action_is_about_the_area_that_is_open(data: Dataset) -> None:
    test = page(tab="tindakan", tindakan="baru", wilayah="19.03.01")
    place = next(one for one in test.selectbox if one.label == "Wilayah")
    assert place.value == "19.03.01"
    by_office(test, "KPU", "Simpan")  # nothing is decided yet: refused, and the place stays
    assert next(one for one in test.selectbox if one.label == "Wilayah").value == "19.03.01"
    assert actions_on(data.fresh(), DAY).empty


def test_an_action_that_has_ended_goes_on_with_a_reason(data: Dataset) -> None:
    values = {"risk": "r", "decision": "d", "owner": "KPU", "status": "selesai", "closed_on": DAY}
    key = save_action(data, values, "KPU", "formulir", on=DAY)
    test = opened(data, key)
    by_office(test, "Polda", "Buka lagi")
    assert "Sebutkan alasannya" in test.error[0].value
    test.text_input(key=f"a_why_{key}").set_value("Kotak kembali rusak")
    button(test, "Buka lagi").click().run()
    assert not test.exception
    assert "Tindakan berjalan lagi" in test.success[0].value
    assert actions_on(data.fresh(), DAY)["going"].tolist() == [True]
    change = history_of(data.fresh(), key).iloc[0]
    assert (change["note"], change["office"]) == ("Kotak kembali rusak", "Polda")
    assert "Buka lagi" not in [one.label for one in test.button]


@pytest.mark.parametrize("mine", [True, False])
def test_who_changes_what_others_changed_sees_it_and_chooses(data: Dataset, mine: bool) -> None:
    values = {"risk": "r", "decision": "lama", "owner": "KPU", "result": "-"}
    key = save_action(data, values, "KPU", "formulir", on=DAY)
    test = opened(data, key)
    theirs = {"action_id": key, "decision": "*Kapal* dua", "status": "berjalan"}
    save_action(data, theirs, "Polda", "formulir", on=DAY)
    field(test, "Keputusan").set_value("Kapal tiga")
    field(test, "Risiko").set_value("Ombak")
    button(test, "Simpan").click().run()
    assert not test.exception
    assert "juga diubah orang lain" in test.warning[-1].value
    choice = test.radio[-1]
    said = r"Keputusan: diubah Polda pukul 10.00, dari “lama” menjadi “\*Kapal\* dua”"
    assert choice.label == said
    assert choice.value is None
    assert "Status: diubah Polda pukul 10" in test.caption[-1].value
    assert button(test, "Simpan pilihan").disabled
    assert history_of(data.fresh(), key)["office"].tolist() == ["Polda", "KPU"]
    choice.set_value(("theirs", "mine")[mine]).run()
    button(test, "Simpan pilihan").click().run()
    assert not test.exception
    row = actions_on(data.fresh(), DAY).iloc[0]
    assert row["decision"] == ("Kapal tiga" if mine else "*Kapal* dua")
    assert (row["risk"], row["status"]) == ("Ombak", "berjalan")
    assert "Status: diubah Polda" in test.success[-1].value
    assert not test.radio
    assert field(test, "Keputusan").value == row["decision"]


def test_an_open_form_stays_as_it_was_opened_when_others_save(data: Dataset) -> None:
    values = {"risk": "r", "decision": "lama", "owner": "KPU"}
    key = save_action(data, values, "KPU", "formulir", on=DAY)
    test = opened(data, key)
    theirs = {"action_id": key, "decision": "baru", "owner": "Polda", "place_code": "19.03"}
    save_action(data, theirs, "Polda", "formulir", on=DAY)
    test.run()
    assert "diubah Polda sejak formulir dibuka" in test.warning[0].value
    assert field(test, "Keputusan").value == "lama"
    field(test, "Risiko").set_value("Ombak")
    button(test, "Simpan").click().run()  # what it says of the others is no wish of the writer
    row = actions_on(data.fresh(), DAY).iloc[0]
    assert row[["decision", "risk", "owner"]].tolist() == ["baru", "Ombak", "Polda"]
    save_action(data, {"action_id": key, "decision": "akhir"}, "Polda", "formulir", on=DAY)
    test.run()
    button(test, "Lihat isinya sekarang").click().run()
    assert field(test, "Keputusan").value == "akhir"
    assert not test.warning


def test_the_form_shows_an_action_as_of_the_day_that_is_reviewed(data: Dataset) -> None:
    values = {"risk": "r", "decision": "lama", "owner": "KPU"}
    key = save_action(data, values, "KPU", "formulir", on=date(2024, 1, 10))
    save_action(data, {"action_id": key, "decision": "baru"}, "KPU", "formulir", on=DAY)
    test = opened(data, key)
    assert field(test, "Keputusan").value == "baru"
    test.query_params["tanggal"] = "2024-01-20"
    test.run()
    assert field(test, "Keputusan").value == "lama"
    assert not test.warning  # nobody changed it meanwhile


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_record_says_what_paid_off(data: Dataset, lang: str) -> None:
    values = {"risk": "r", "decision": "d", "owner": "KPU", "due": DAY}
    save_action(data, values, "KPU", "formulir", on=DAY)
    test = page(tab="rekam", lang=lang)
    tables = [one.value for one in test.dataframe]
    assert "KPU" in tables[-1].iloc[:, 0].tolist()
