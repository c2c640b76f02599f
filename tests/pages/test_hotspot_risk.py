"""The Hotspot page opens with relative risk, and its switches change what is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.test_pages import open_page, shown


@pytest.fixture(autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    folder: Path = tmp_path_factory.getbasetemp() / "pages"
    monkeypatch.setenv("SIAGA_VAR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_relative_risk_comes_first_and_can_be_asked_by_kind_level_and_press() -> None:
    test = open_page("hotspot", tanggal="2025-10-29")
    page = shown(test)
    assert test.selectbox(key="h_method").value == "risk"
    assert "(kejadian)" in page
    assert "dalam pemberitaan" in page
    assert "Terberat" in page
    assert "perkiraan menurut pemilih" in page
    test.selectbox(key="h_kind").select("potensi").run()
    test.selectbox(key="h_level").select("kabupaten").run()
    test.selectbox(key="h_by").select("voters_press").run()
    assert not test.exception
    page = shown(test)
    assert "(potensi)" in page
    assert "pemilih dan liputan pers" in page
    assert "penerbit" in page


def test_the_counts_carry_the_gravest_too() -> None:
    test = open_page("hotspot", tanggal="2025-10-29")
    test.selectbox(key="h_method").select("counts").run()
    assert not test.exception
    assert "Terberat" in shown(test)
