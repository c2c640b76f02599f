"""The Hotspot page opens with relative risk, and its switches change what is asked."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from services.dataset import Dataset
from tests.pages.test_pages import shown


def page_of(data: Dataset) -> AppTest:
    """Return bar and body alone: AppTest forgets what is set on a page that is not the first."""

    def script(data) -> None:  # type: ignore[no-untyped-def] # runs without the names of this module
        import datetime as dt

        import streamlit as st

        from analytics.reports.rakor import previous_rakor
        from pages.components.hotspots import counts, filters, relative_risk

        day = dt.date(2025, 10, 29)
        head = st.container()
        asked = filters.query(day, previous_rakor(data.rakor, day), None)
        if asked.method == "risk":
            relative_risk.draw(data, asked.query, head)
        else:
            counts.draw(data, asked.query, asked.window, asked.families, head)

    test = AppTest.from_function(script, kwargs={"data": data}, default_timeout=120)
    test.query_params["tanggal"] = "2025-10-29"
    test.run()
    assert not test.exception
    return test


def test_relative_risk_comes_first_and_can_be_asked_by_kind_level_and_press(
    dataset: Dataset,
) -> None:
    test = page_of(dataset)
    page = shown(test)
    assert test.selectbox(key="metode").value == "risk"
    assert "(kejadian;" in page
    assert "dalam pemberitaan" in page
    assert "Terberat" in page
    assert "perkiraan menurut pemilih ·" in page
    test.selectbox(key="jenis").set_value("potensi").run()
    test.selectbox(key="tingkat").set_value("kabupaten").run()
    test.selectbox(key="pembanding").set_value("voters_press").run()
    assert not test.exception
    page = shown(test)
    assert "(potensi;" in page
    assert "perkiraan menurut pemilih dan liputan pers" in page
    assert "penerbit" in page
    test.selectbox(key="metode").set_value("counts").run()
    assert not test.exception
    page = shown(test)
    assert "(potensi)" not in page
    assert "Terberat" in page
    # The counts give each family its own number, and name what the map cannot show.
    assert "konflik n = " in page
    assert "; unjuk rasa n = " in page
    assert "Hanya diketahui sampai wilayah yang lebih besar" in page
