"""The page lodges the outlook of today, lists it as waiting, and the commands agree."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from cli import app
from data.store.engine import Store
from services.dataset import Datasets
from tests.pages.test_pages import open_page, shown

NOW = "2024-08-31T03:00:00+00:00"


@pytest.fixture
def _installed(own_line: Datasets, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let page and commands meet in a store of the test's own."""
    monkeypatch.setenv("SIAGA_NOW", NOW)


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["outlook", *words])
    assert done.exit_code == code, done.output
    return done.stdout if code < 2 else done.stderr


@pytest.mark.usefixtures("_installed")
def test_it_is_lodged_on_the_page_and_the_commands_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    page: AppTest = open_page("prakiraan")
    assert "12 bulan terakhir sendiri" in shown(page)
    assert "Belum ada yang didaftarkan" in shown(page)
    page.button(key="p_lodge").click().run()
    assert not page.exception
    assert [word for word in page.success if "2024-08-31/rakor" in word.value]
    lists = [frame.value for frame in page.dataframe]
    assert any("Keadaan" in f and f["Keadaan"].tolist() == ["menunggu"] for f in lists)
    page.button(key="p_lodge").click().run()
    assert "sudah didaftarkan" in page.error[0].value

    scored = json.loads(run("score", "--json"))
    assert [o["state"] for o in scored["outlooks"]] == ["menunggu"]
    monkeypatch.setenv("SIAGA_NOW", "2024-09-01T03:00:00+00:00")
    assert "Tidak didaftarkan" in run("lodge", "--date", "2024-08-31", code=2)
    store = Store.open()
    with store.begin("setup.prepare") as connection:
        connection.exec_driver_sql("UPDATE outlooks SET content = replace(content, '0.1', '0.9')")
    store.close()
    assert "BERUBAH" in run("score", code=1)


@pytest.mark.usefixtures("_installed")
def test_a_past_day_cannot_be_lodged_on_the_page() -> None:
    page = open_page("prakiraan", tanggal="2024-05-31")
    assert page.button(key="p_lodge").disabled
    assert "Hanya prakiraan hari ini" in shown(page)


@pytest.mark.usefixtures("_installed")
def test_the_command_prints_what_the_page_shows() -> None:
    found = json.loads(run("--date", "2024-05-31", "--json"))
    assert found["window"] == {
        "start": "2024-06-01", "end": "2024-08-31", "name": "B08 2024", "assumed": True,
    }  # fmt: skip
    assert {f["family"] for f in found["figures"] if f["level"] == "provinsi"} >= {"konflik"}
    words = run("--date", "2024-05-31")
    assert "anggapan" in words
    assert "12 bulan terakhir sendiri" in words
    assert "horizon" in run("--horizon", "tahun", code=2)
