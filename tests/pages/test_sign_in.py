"""People sign in at a real provider, see the page, leave, and are refused where they must be."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from data.store.engine import Store
from services.access.accounts import Changes, add_user, change_user
from tests.browser import Visit
from tests.conftest import copy_store, free_port, start_app, stop_app
from tests.identity import COOKIE, SECRET, identity_provider, settings_of

pytestmark = pytest.mark.browser
ANI, BUDI, CICI = "ani@kpu.example", "budi@bawaslu.example", "cici@asing.example"
MESSY = """LAPORAN HARIAN PENGAWASAN;;;;
;;;;
No;Tgl. Kejadian;Jenis;Kategori;Kecamatan / Desa;Uraian
1;3 Sept 2024;Potensi;unjuk rasa;Kec. Mendo Barat;Warga merencanakan aksi di kantor kecamatan
2;04/09/2024;Kejadian;perusakan apk;Kec. Mendo Barat;Baliho dirobek di dua simpang jalan
3;31/02/2024;Kejadian;perusakan apk;Kec. Mendo Barat;Tanggal yang tidak ada
"""
SIGN_IN = "Silakan masuk untuk melihat halaman ini"


@dataclass(frozen=True)
class House:
    """A server where people sign in, and the store behind it."""

    address: str
    provider: str
    store: Store

    def cookie(self, secret: str = SECRET, **more: Any) -> dict[str, str]:
        """Return a cookie as the server signs it, of a sign-in of now unless told otherwise."""
        said = {
            "email": ANI, "iat": time.time(), "origin": self.address, "is_logged_in": True, **more,
        }  # fmt: skip
        value = create_signed_value(secret, COOKIE, json.dumps(said)).decode()
        return {"name": COOKIE, "value": value, "url": self.address}

    def status(self, path: str, cookie: dict[str, str] | None = None) -> int:
        """Return what a request for a path is answered with, as the one of a cookie or nobody."""
        request = urllib.request.Request(f"{self.address}{path}")
        if cookie:
            request.add_header("Cookie", f"{cookie['name']}={cookie['value']}")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider that also says of one person what role they have: one that is none."""
    said = {"sub": CICI, "email": CICI, "peran": "gubernur", "kantor": "Kantor"}
    with identity_provider(said) as address:
        yield address


@pytest.fixture(scope="module")
def house(
    provider: str, shipped_store: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder, port = tmp_path_factory.mktemp("house"), free_port()
    copy_store(shipped_store, folder / "siaga.db")
    address = f"http://127.0.0.1:{port}"
    secrets = folder / "secrets.toml"
    secrets.write_text(settings_of(address, provider))
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_VAR", str(folder))
        patch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
        add_user(store, "kpu.babel.1", Changes(ANI, "KPU Babel", "admin"))
        add_user(store, "bawaslu.bangka.1", Changes(BUDI, "Bawaslu", "operator", ("19.01",)))
        process, _ = start_app(folder, "--secrets.files", str(secrets), port=port)
        yield House(address, provider, store)
        stop_app(process)
    store.close()


def visitor(browser: Browser) -> Visit:
    """Return a browser of one's own, in which the style sheet of the provider is not asked for."""
    visit = Visit.start(browser)
    visit.page.context.route("https://cdn.jsdelivr.net/**", lambda route: route.abort())
    return visit


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    visit = visitor(browser)
    yield visit.page
    visit.page.context.close()


def sign_in(page: Page, house: House, who: str, path: str = "/linimasa?tanggal=2024-02-13") -> None:
    page.goto(f"{house.address}{path}")
    page.get_by_text(SIGN_IN).wait_for()
    page.get_by_role("button", name="Masuk", exact=True).click()
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()


def menu(page: Page, account: str) -> None:
    page.locator(".st-key-who").get_by_role("button", name=account).wait_for()


def nothing_is_shown(page: Page) -> None:
    expect(page.locator(".sb-date")).to_have_count(0)
    expect(page.locator(".st-key-menu")).to_have_count(0)


def test_somebody_signs_in_sees_the_page_and_leaves_in_every_window(
    page: Page, house: House
) -> None:
    sign_in(page, house, ANI)
    page.locator("h1").first.wait_for()
    menu(page, "kpu.babel.1")
    page.get_by_role("button", name="kpu.babel.1").click()
    shown = page.get_by_test_id("stPopoverBody")
    for words in ("KPU Babel", "Admin", "seluruh Babel"):
        expect(shown).to_contain_text(words)
    assert ANI not in page.content()
    kept = next(c for c in page.context.cookies() if c.get("name") == COOKIE)
    assert kept.get("httpOnly")
    copied = {"name": COOKIE, "value": str(kept.get("value")).strip('"')}
    assert house.status("/media/none.png", copied) == 404, "past the door"
    other = page.context.new_page()
    other.goto(f"{house.address}/data")
    menu(other, "kpu.babel.1")
    shown.get_by_role("button", name="Keluar").click()
    page.get_by_role("button", name="End session").click()
    page.get_by_text(SIGN_IN).wait_for()
    nothing_is_shown(page)
    assert all(c.get("name") != COOKIE for c in page.context.cookies())
    # Another window, and a copy of the cookie, end with it.
    other.locator(".st-key-language").get_by_text("EN").click()
    other.get_by_text(f"{ANI} sudah keluar").or_(other.get_by_text(SIGN_IN)).wait_for()
    nothing_is_shown(other)
    assert house.status("/media/none.png", copied) == 401


def test_who_is_not_known_is_told_so_and_whom_to_ask(page: Page, house: House) -> None:
    sign_in(page, house, "siapa@luar.example")
    page.get_by_text("siapa@luar.example tidak terdaftar").wait_for()
    page.get_by_text("kepada Kesbangpol Provinsi").wait_for()
    nothing_is_shown(page)
    page.get_by_role("button", name="Keluar, lalu masuk dengan akun lain").click()
    page.get_by_role("button", name="End session").click()
    page.get_by_text(SIGN_IN).wait_for()


def test_a_role_of_the_provider_that_is_none_is_refused_with_its_word(
    page: Page, house: House
) -> None:
    sign_in(page, house, CICI)
    page.get_by_text("peran yang tidak dikenal atau lebih dari satu: gubernur").wait_for()
    nothing_is_shown(page)


def test_an_account_that_rests_is_refused_at_its_next_step(page: Page, house: House) -> None:
    sign_in(page, house, BUDI)
    page.locator("h1").first.wait_for()
    menu(page, "bawaslu.bangka.1")
    change_user(house.store, "bawaslu.bangka.1", Changes(active=False))
    page.locator(".st-key-language").get_by_text("EN").click()
    page.get_by_text(f"Akun bawaslu.bangka.1 ({BUDI}) tidak aktif").wait_for()
    nothing_is_shown(page)
    assert "lang=en" not in page.url, "what the click asked for was not done"
    change_user(house.store, "bawaslu.bangka.1", Changes(active=True))
    page.reload()
    menu(page, "bawaslu.bangka.1")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({}, ""),
        ({"secret": "x" * 40}, SIGN_IN),
        ({"origin": "http://127.0.0.1:1"}, SIGN_IN),
        ({"is_logged_in": False}, SIGN_IN),
        ({"iat": 1_700_000_000}, "masuk lebih dari 12 jam yang lalu"),
        ({"iat": None}, "tidak menyebut kapan"),
    ],
)
def test_a_cookie_that_is_foreign_or_too_old_lets_nobody_in(
    page: Page, house: House, made: dict[str, Any], words: str
) -> None:
    cookie = house.cookie(**made)
    assert house.status("/media/none.png", cookie) == (401 if words else 404)
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{house.address}/linimasa?tanggal=2024-02-13")
    if words:
        page.get_by_text(words).wait_for()
        nothing_is_shown(page)
    else:
        menu(page, "kpu.babel.1")


def test_downloads_need_a_person(page: Page, house: House) -> None:
    page.context.add_cookies([house.cookie()])  # type: ignore[list-item]
    page.goto(f"{house.address}/data")
    menu(page, "kpu.babel.1")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/media/" in one.url else None)
    with page.expect_download():
        page.get_by_role("button", name="Unduh contoh").click()
    path = asked[0].removeprefix(house.address)
    assert house.status(path, house.cookie()) == 200
    assert house.status(path) == 401
    assert house.status(path, house.cookie(email="siapa@luar.example")) == 401
    assert house.status("/_stcore/metrics") == 401


def test_an_officers_day_from_a_messy_file_to_a_potensi_that_is_closed(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    """One brings in, another looks into it; neither does the other's part."""
    file = tmp_path / "LAPORAN harian (final).csv"
    file.write_text(MESSY, encoding="utf-8")
    budi, ani = visitor(browser), visitor(browser)
    try:
        sign_in(budi.page, house, BUDI)
        menu(budi.page, "bawaslu.bangka.1")
        bring(budi, house, file)
        budi.open(f"{house.address}/data?bagian=antrean", "2 laporan menunggu, tidak ada yang")
        expect(budi.page.get_by_role("button", name="Verifikasi")).to_be_disabled()
        sign_in(ani.page, house, ANI)
        menu(ani.page, "kpu.babel.1")
        look_into(ani, house)
    finally:
        budi.page.context.close()
        ani.page.context.close()
    rows = house.store.read("reports")
    rows = rows[rows["agency"].eq("Bawaslu")].set_index("kind")
    assert set(rows["verification"]) == {"terverifikasi"}
    assert rows["status"]["potensi"] == "diredam"
    log = house.store.read("audit_log").sort_values("seq").tail(4)
    assert log["action"].tolist() == [
        "import.reports", "report.verify", "report.verify", "potensi.status",
    ]  # fmt: skip
    assert log["account"].tolist() == ["bawaslu.bangka.1", *["kpu.babel.1"] * 3]


def bring(visit: Visit, house: House, file: Path) -> None:
    visit.open(f"{house.address}/data?bagian=impor", "Isi berkas")
    visit.page.locator("input[type=file]").first.set_input_files(file)
    visit.page.get_by_text("2 baris baru, 0 koreksi, 1 dikarantina").first.wait_for()
    visit.settle()
    visit.page.get_by_role("button", name="Simpan 2 baris").click()
    visit.page.get_by_text(f"{file.name}: Laporan").wait_for()
    visit.settle()


def look_into(visit: Visit, house: House) -> None:
    """Verify both by a key each, and settle the potensi."""
    page = visit.page
    visit.open(f"{house.address}/data", "2 laporan menunggu Anda")
    for left in ("1 laporan menunggu Anda", "Tidak ada laporan yang menunggu pemeriksaan"):
        page.keyboard.press("v")
        page.get_by_text(left).wait_for()
        visit.settle()
    visit.choose("Potensi", "Warga merencanakan")
    page.get_by_role("button", name="Catat status").click()
    page.get_by_text("Status potensi dicatat").wait_for()
