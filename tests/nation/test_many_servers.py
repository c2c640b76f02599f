"""Two servers of one database behind the proxy that ships: what one brings in the other shows."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser

from data.nation.folder import NationFolder
from data.nation.publish_places import publish_places
from data.store.engine import Store
from services.nation.imports import list_imports
from services.prepare import prepare
from tests.browser import Visit
from tests.conftest import START_SECONDS, free_port, stop_app
from tests.nation.importing import current, reports, write
from tests.nation.postgis import temporary_nation, url_of
from tests.nation.published import quiet
from tests.server.test_proxy import fetch, proxy

ROOT = Path(__file__).resolve().parents[2]
COOKIE = "siaga_server"
HEAD = "Tanggal,Kab/Kota,Kecamatan,Desa,Jenis,Tingkat,Uraian,Sumber\n"
ROW = "14/02/2024,Bangka Tengah,Koba,Penyak,Unjuk rasa,2,SIMULASI: aksi,https://contoh.invalid/1\n"
pytestmark = [pytest.mark.postgres, pytest.mark.proxy]


@dataclass(frozen=True)
class Pair:
    """Two servers, what stands in front of them, and their database."""

    store: Store
    environment: dict[str, str]
    servers: dict[str, subprocess.Popen[bytes]]
    site: str
    trust: ssl.SSLContext

    def run(self, *words: str | Path) -> subprocess.Popen[str]:
        """Run a command of the installation."""
        return subprocess.Popen(
            [sys.executable, "cli.py", *map(str, words)], cwd=ROOT, env=self.environment,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, cookie: str = "") -> tuple[int, str]:
        """Ask through the proxy; return the answer and the cookie that a browser then has."""
        status, headers, _ = fetch(f"{self.site}/_stcore/health", self.trust, Cookie=cookie)
        given = SimpleCookie(headers.get("set-cookie", "")).get(COOKIE)
        return status, f"{COOKIE}={given.value}" if given else cookie


@pytest.fixture(scope="module")
def pair(nation_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("pair")
    with temporary_nation() as store:
        prepare(store)
        publish_places(store, NationFolder(nation_dir), quiet)
        environment = os.environ | {"DATABASE_URL": url_of(store), "SIAGA_VAR": str(folder)}
        servers: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name in ("one", "two"):
                port = free_port()
                servers[f"http://127.0.0.1:{port}"] = _serve(folder / f"{name}.log", port,
                                                             environment)  # fmt: skip
            for address in servers:
                _wait_for(address)
            upstream = " ".join(address.removeprefix("http://") for address in servers)
            port = free_port()
            with proxy(folder, port, upstream) as (_, trust):
                yield Pair(store, environment, servers, f"https://localhost:{port}", trust)
        finally:
            for process in servers.values():
                stop_app(process)


def _serve(log: Path, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(port)]
    with log.open("wb") as file:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )


def _wait_for(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, address
            time.sleep(0.2)


def writes(address: str, table: str) -> float:
    """Return how many committed writes to a table a server knows of."""
    found = re.search(
        rf'siaga_store_writes_total{{table="{table}"}} ([\d.e+]+)', fetch(f"{address}/metrics")[2]
    )
    return float(found[1]) if found else 0.0


def test_an_import_is_known_to_both_servers(pair: Pair, tmp_path: Path) -> None:
    before = [writes(address, "reports") for address in pair.servers]
    path = tmp_path / "laporan.csv"
    path.write_text(HEAD + ROW, encoding="utf-8")
    run = pair.run("import", "reports", path, "--json")
    out, err = run.communicate(timeout=120)
    assert run.returncode == 0, (out, err)
    after = [writes(address, "reports") for address in pair.servers]
    assert before[0] == before[1]
    assert after == [before[0] + 1] * 2


@pytest.mark.browser
def test_a_national_import_is_shown_by_both_servers(
    pair: Pair, nation_dir: Path, tmp_path: Path, browser: Browser
) -> None:
    folder = NationFolder(nation_dir)
    codes = [province.code for province in folder.about().provinces]
    rows = pd.concat([folder.read(code, "reports") for code in codes], ignore_index=True)
    # Asked again it brings reports that are new once more.
    rows["report_id"] = f"{len(list_imports(pair.store))}-" + rows["report_id"]
    visits = [Visit.start(browser) for _ in pair.servers]
    before = shown_by(pair, visits)
    run = pair.run("nation", "import", write(rows, tmp_path / "nasional.csv"))
    assert run.communicate(timeout=120)[0]
    assert run.returncode == 0
    after = shown_by(pair, visits)
    assert before[0] == before[1]
    assert after[0] == after[1] != before[0]
    for visit in visits:
        visit.page.context.close()


def shown_by(pair: Pair, visits: list[Visit]) -> list[str]:
    """Return the words of the nation's page on each server."""
    words = []
    for visit, address in zip(visits, pair.servers, strict=True):
        visit.page.goto(f"{address}/nasional")
        visit.settle()
        words.append(visit.page.locator("[data-testid=stMain]").inner_text())
    return words


def test_a_browser_stays_with_its_server_and_moves_when_that_is_killed(
    pair: Pair, tmp_path: Path
) -> None:
    cookies = set[str]()
    for _ in range(40):
        cookies.add(pair.ask()[1])
    assert len(cookies) == 2, "both servers are given out, each under its own cookie"
    for cookie in cookies:
        assert [pair.ask(cookie) for _ in range(5)] == [(200, cookie)] * 5
    # One server and an import that runs beside it end as by a power cut.
    published = len(current(pair.store))
    run = pair.run("nation", "import", write(reports(9000, seed=4).assign(
        report_id=lambda rows: "K" + rows["report_id"]), tmp_path / "killed.csv"))  # fmt: skip
    end = time.monotonic() + 60
    while not any(one.state != "published" for one in list_imports(pair.store)):
        assert time.monotonic() < end
        time.sleep(0.01)
    run.kill()
    next(iter(pair.servers.values())).kill()
    run.communicate()
    answers = {cookie: pair.ask(cookie) for cookie in cookies}
    assert {status for status, _ in answers.values()} == {200}
    (survivor,) = {cookie for _, cookie in answers.values()}
    assert survivor in cookies
    assert len(current(pair.store)) in {published, published + 9000}
    done = pair.run("nation", "import", tmp_path / "killed.csv", "--json")
    assert done.communicate(timeout=120)[0]
    assert done.returncode == 0
    assert len(current(pair.store)) == published + 9000
