"""What all tests share: a prepared store, the real app in a server, and a browser if any."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser

from data.store.engine import Store
from data.store.rules import TABLES
from data.store.shipped import read_table
from services.dataset import Dataset, load_dataset
from services.prepare import prepare
from tests.browser import Visit, chromium_browser
from tests.postgres import server_binaries

ROOT = Path(__file__).resolve().parents[1]
NEWS = Path(__file__).parent / "fixtures" / "news"
REFERENCE = ROOT.parent / "shared" / "reference"
START_SECONDS = 60
BROWSER_RERUNS = 2
"""A fault fails as often as it is asked; the summary of the run names what was asked again."""

# A slow machine is no fault of the code, and two runs of one commit must agree.
settings.register_profile("siaga", deadline=None, derandomize=True)
settings.load_profile("siaga")


def chromium() -> str | None:
    """Return the path of a Chromium: ``CHROMIUM``, or the first on PATH; None without one."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def office() -> str | None:
    """Return the path of LibreOffice; None without one."""
    return shutil.which("soffice") or shutil.which("libreoffice")


LEFT_OUT = {
    "browser": None if chromium() else "no Chromium (set CHROMIUM or apt-get install chromium)",
    "office": None if office() else "no LibreOffice (apt-get install libreoffice-impress)",
    "postgres": None if server_binaries() else "no PostgreSQL server (apt-get install postgresql)",
    "reference": None if REFERENCE.is_dir() else "../shared/reference is absent",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run; ask a browser again, since it may answer late."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=BROWSER_RERUNS))
        for marker in ("browser", "office", "postgres"):
            if item.get_closest_marker(marker) and LEFT_OUT[marker]:
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {LEFT_OUT[marker]}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, reason in LEFT_OUT.items():
        if reason:
            terminalreporter.write_line(f"LEFT OUT: {what} tests, {reason}", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left out what ``SIAGA_REQUIRE`` says it must not."""
    required = [name for name in os.environ.get("SIAGA_REQUIRE", "").split(",") if name]
    missing = [name for name in required if LEFT_OUT.get(name, "unknown")]
    if missing:
        print(f"required tests were left out: {', '.join(missing)}", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def reference() -> Path:
    if LEFT_OUT["reference"]:
        pytest.skip(f"{LEFT_OUT['reference']}: this test compares with the cited facts")
    return REFERENCE


@pytest.fixture(scope="session")
def shipped_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with the shipped data. Read-only by agreement; tests that write make their own."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'siaga.db'}")
    prepare(store)
    yield store
    store.close()


def copy_store(store: Store, path: Path) -> None:
    """Copy a store of SQLite to a file: much sooner done than preparing another."""
    source = store.engine.raw_connection()
    with closing(sqlite3.connect(path)) as copy:
        source.driver_connection.backup(copy)  # type: ignore[union-attr]
    source.close()


@pytest.fixture
def own_store(shipped_store: Store, tmp_path: Path) -> Iterator[Store]:
    """A store with the shipped data that a test may write to."""
    path = tmp_path / "own.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture(scope="session")
def dataset(shipped_store: Store) -> Dataset:
    """The shipped data with the first list of reports, which figures by hand were made from."""
    news = ("reports", "affairs", "coverage_periods")
    frames = {name: read_table(NEWS / f"{name}.csv", TABLES[name]) for name in news}
    return load_dataset(shipped_store).with_tables(**frames)


@pytest.fixture(scope="session")
def shipped_dataset(shipped_store: Store) -> Dataset:
    """All that ships. No test counts its reports, since they grow."""
    return load_dataset(shipped_store)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_app(folder: Path, *extra: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the real app on a loopback port with a store of its own; return process and address."""
    port = free_port()
    environment = os.environ | {"SIAGA_VAR": str(folder)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "streamlit", "run", "serve.py", "--server.port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *extra], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return process, address
    stop_app(process)
    raise RuntimeError((folder / "server.log").read_text())


def stop_app(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the real app, started once."""
    process, address = start_app(tmp_path_factory.mktemp("app"))
    yield address
    stop_app(process)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_browser(str(chromium())) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    started = Visit.start(browser)
    yield started
    started.page.context.close()
