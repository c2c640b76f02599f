"""Every page starts without an exception and says what it should, without a browser."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.fixture(autouse=True)
def _own_store(shared_installation: Path) -> None:
    """Let the pages read the store that all tests of pages share."""


@cache
def _known_pages() -> dict[str, Any]:
    """Return the pages as the app registers them, which it does when it runs."""
    found: dict[str, Any] = (
        AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()._registered_pages
    )
    return found


def at_page(page: str, **query: str) -> AppTest:
    """Stand before a page of the app, which is drawn by ``run`` and no other page before it."""
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    test.query_params.update(query)
    if page != "ringkasan":
        test._registered_pages = _known_pages()
        test.switch_page(str(ROOT / f"pages/{page}.py"))
    return test


def open_page(page: str, **query: str) -> AppTest:
    """Open a page of the app by its address."""
    return at_page(page, **query).run()


@pytest.mark.parametrize("page", [page for page in PAGES if page != "ringkasan"])
def test_each_page_is_entered_before_anything_else(page: str) -> None:
    """A deep link to a fresh server runs a page's file alone: `shell.enter` leads it back."""
    tree = ast.parse((ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8"))
    main = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main")
    assert ast.unparse(main.body[0]) == f"shell.enter('{page}')"


def shown(test: AppTest) -> str:
    """Return all HTML the page wrote."""
    pages = "\n".join(str(block.proto.body) for block in test.get("html"))
    return pages.replace("&nbsp;", " ")


@pytest.mark.parametrize(
    ("day", "language"), [("2024-02-13", "id"), ("2022-07-01", "en"), ("", "id")]
)
@pytest.mark.parametrize("page", PAGES)
def test_each_page_starts_on_any_day_in_both_languages(page: str, day: str, language: str) -> None:
    query = {"lang": language} | ({"tanggal": day} if day else {})
    test = open_page(page, **query)
    assert not test.exception
    assert not test.error
    assert "sb-date" in shown(test)


def test_without_a_stage_in_force_the_product_opens_outside_elections_and_offers_the_replay() -> (
    None
):
    test = open_page("ringkasan")
    assert "Tidak ada tahapan pemilu yang berjalan" in shown(test)
    assert "TINJAU ULANG" not in shown(test)
    test.button(key="replay").click().run()
    assert not test.exception
    page = shown(test)
    assert "TINJAU ULANG" in page
    assert "13 Februari 2024" in page
    assert "hari terakhir" in page
    assert "besok pemungutan suara" in page
    test.button(key="cursor_today").click().run()
    assert "TINJAU ULANG" not in shown(test)


def test_the_figures_of_the_replay_are_those_counted_by_hand() -> None:
    """From 1 January to 13 February 2024, known by the 13th, whole months only.

    Konflik: the two reports of 19 January 2024 about damaged campaign material in Sijuk and
    Tanjungpandan. Unjuk rasa: the people of Membalong before the DPRD on 9 January.
    """
    page = shown(open_page("ringkasan", tanggal="2024-02-13"))
    assert re.search(r"→2 ▼</b><span>Konflik</span>", page)
    assert re.search(r"→1 ▼</b><span>Unjuk rasa</span>", page)
    assert re.search(r"Konflik: 2 \(turun \d, sebelumnya \d\)", page)


def test_where_nothing_was_watched_it_says_since_when_and_how_news_come_in() -> None:
    test = open_page("ringkasan", tanggal="2026-06-01")
    page = shown(test)
    assert re.search(r"Sejak \d+ \w+ 2026 tidak ada kabar: keadaan sekarang tidak diketahui", page)
    assert "<span>Konflik</span>" not in page
    assert "Masukkan kabar baru" in [link.proto.label for link in test.get("page_link")]


def test_the_map_of_the_first_page_shows_what_its_sentence_begins_with() -> None:
    for day, family in (("2024-02-13", "Pelanggaran"), ("2025-10-29", "Unjuk rasa")):
        test = open_page("ringkasan", tanggal=day)
        sentence = re.search(r'<h1 class="sb-date">(.*?)</h1>', shown(test))
        assert sentence is not None
        assert f"pemberitaan: {family.lower()} " in sentence[1]
        assert test.selectbox(key="keluarga").value == family.lower().replace(" ", "_")


@pytest.mark.parametrize("day", ["2024-02-13", "2025-10-29"])
def test_the_way_to_hotspot_shows_the_same_number(day: str) -> None:
    test = open_page("ringkasan", tanggal=day)
    said = re.search(r"(\d+) perkara (.+?) di (\d+) kabupaten", shown(test))
    assert said is not None
    [query] = [
        dict(parse_qsl(link.proto.query_string))
        for link in test.get("page_link")
        if link.proto.label == "Hotspot" and "macam" in link.proto.query_string
    ]
    other = shown(open_page("hotspot", **query))
    assert f"{said[2]} n = {said[1]} perkara" in other


def test_an_area_that_the_address_names_is_open_and_can_be_left() -> None:
    test = open_page("ringkasan", tanggal="2024-02-13", wilayah="19.02.04")
    page = shown(test)
    assert '<h2 class="sb-title">Kec. Sijuk, Kab. Belitung</h2>' in page
    assert re.search(r"\d+ laporan diketahui, \d+ sejak 31 Des", page)
    test.button(key="unit_back").click().run()
    assert "Kec. Sijuk, Kab. Belitung</h2>" not in shown(test)
    test.button(key="place_1").click().run()
    assert not test.exception
    assert test.query_params["wilayah"] == "19.02.04"
    assert "Kec. Sijuk, Kab. Belitung</h2>" in shown(test)


def test_hotspot_says_how_many_reports_it_can_place() -> None:
    page = shown(open_page("hotspot", tanggal="2025-10-29"))
    assert re.search(r"\d+ dari \d+ laporan berlokasi", page)
    assert "Keranggan, Menjelang" in page


def test_the_timeline_lists_every_watched_stage_and_what_was_not_found() -> None:
    page = shown(open_page("linimasa", tanggal="2024-02-13"))
    for concern in (
        "Protes dan unjuk rasa partai yang tidak lolos",
        "Euforia pendukung calon",
        "Penolakan putusan",
        "Logistik terlambat, kurang, rusak",
        "Bentrok antarpendukung",
        "Kericuhan di TPS",
    ):
        assert concern in page
    assert "tidak ditemukan dalam sumber" in page
    assert "tanpa tanggal tetap" in page


NEVER = {"id": "tidak berlaku", "en": "does not apply"}
QUIET = {"id": "Tidak ada tahapan pemilu yang berjalan", "en": "No election stage is in force"}


@pytest.mark.parametrize(
    ("day", "agenda", "language"),
    [
        ("2025-08-28", "Pleno rekapitulasi pilkada ulang Kabupaten Bangka", "id"),
        ("2025-08-25", None, "id"),
        ("2024-11-28", None, "en"),
        ("2024-02-15", None, "id"),
        ("2024-08-30", None, "id"),
    ],
)
def test_the_timeline_on_the_days_that_it_got_wrong(
    day: str, agenda: str | None, language: str
) -> None:
    never, quiet = NEVER[language], QUIET[language]
    test = open_page("linimasa", tanggal=day, lang=language)
    assert not test.exception
    page = shown(test)
    # Of Pemilu 2024 every watched stage applies; regional votes have no parties to determine.
    assert (never in page) == (day != "2024-02-15")
    # A plenary of 2 September 2025 was not announced on the days before, as far as pages tell.
    assert agenda is None or agenda not in page
    assert quiet not in shown(open_page("ringkasan", tanggal=day, lang=language))


def test_distribution_publishes_the_error_of_its_roads_and_what_is_approximate() -> None:
    page = shown(open_page("distribusi"))
    assert "Jalan perkiraan: galat median jarak 8 %" in page
    assert "titik perkiraan" in page
    assert "Nakhoda dan syahbandar yang memutuskan" in page
