"""What all tests share: a prepared store, the real app in a server, and a browser if any."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock

import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser
from streamlit.components.v2 import manifest_scanner

from data.store import shipped
from data.store.engine import Store
from data.store.rules import TABLES
from data.store.shipped import load_shipped, read_table
from services import check
from services import prepare as preparing
from services.dataset import Dataset, Datasets, load_dataset
from services.prepare import prepare
from tests.browser import Visit, chromium_browser
from tests.postgres import server_binaries, temporary_postgres

ROOT = Path(__file__).resolve().parents[1]
NEWS = Path(__file__).parent / "fixtures" / "news"
REFERENCE = ROOT.parent / "shared" / "reference"
START_SECONDS = 60
LONGEST = (
    "test_browser", "test_browser_axe", "test_browser_briefing", "test_island_plans",
    "test_browser_plan", "test_browser_risk", "test_recipes", "test_snapshot",
    "test_browser_present", "test_every_kind", "test_pages", "test_browser_address",
    "test_table_rules", "test_proof",
    "test_browser_data", "test_browser_actions", "test_browser_cursor", "test_browser_inputs",
    "test_history", "test_import_reports", "test_one_way_in", "test_browser_map",
    "test_browser_hostile", "test_browser_province", "test_invented_province", "test_check",
    "test_corrections",
    "test_browser_beside", "test_worker", "test_browser_sea", "test_sign_in", "test_round_trip",
)  # fmt: skip
"""Modules that take long, begun first: else they end a run while the other worker has nothing."""
TOLD_FROM_SECONDS, MODULES_TOLD = 300, 40
GARBAGE = (10_000, 20, 20)
"""New objects before a collection, and collections before an older generation is gone through."""
BROWSER_RERUNS = 2
"""A fault fails as often as it is asked; the summary of the run names what was asked again."""

# A slow machine is no fault of the code, and two runs of one commit must agree.
settings.register_profile("siaga", deadline=None, derandomize=True)
settings.load_profile("siaga")


# Each `AppTest` else asks every installed package anew whether it brings components.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@cache
def _shipped_of(files: tuple[tuple[str, int, int], ...]) -> dict[str, pd.DataFrame]:
    del files
    return load_shipped()


def shipped_once() -> dict[str, pd.DataFrame]:
    """Return what `load_shipped` does, read anew only where a file that ships is another."""
    folder: Path = vars(shipped)["shipped_dir"]()  # where a test has put another, that
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = [(str(path), path.stat()) for path in paths]
    found = _shipped_of(tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))
    return {name: frame.copy(deep=False) for name, frame in found.items()}


for module in (preparing, check):  # tests of reading ask for it itself
    vars(module)["load_shipped"] = shipped_once


def chromium() -> str | None:
    """Return the path of a Chromium: ``CHROMIUM``, or the first on PATH; None without one.

    The one without windows needs two thirds of the processor time for the same page.
    """
    installed = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    names = (os.environ.get("CHROMIUM"), *installed)
    return next((path for name in names if name and (path := shutil.which(name))), None)


def office() -> str | None:
    """Return the path of LibreOffice; None without one."""
    return shutil.which("soffice") or shutil.which("libreoffice")


LEFT_OUT = {
    "browser": None if chromium() else "no Chromium (set CHROMIUM or apt-get install chromium)",
    "office": None if office() else "no LibreOffice (apt-get install libreoffice-impress)",
    "postgres": None if server_binaries() else "no PostgreSQL server (apt-get install postgresql)",
    "proxy": None if shutil.which("caddy") else "no Caddy (apt-get install caddy)",
    "reference": None if REFERENCE.is_dir() else "../shared/reference is absent",
}


def pytest_configure() -> None:
    """Let interrupts through: a shell that runs the tests in its background has them ignored, and
    so would each command be that a test starts and interrupts. Not where this module is imported:
    children of a test do so too, beside their main thread.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run; ask a browser again, since it may answer late."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=BROWSER_RERUNS))
        for marker in ("browser", "office", "postgres", "proxy"):
            if item.get_closest_marker(marker) and LEFT_OUT[marker]:
                item.add_marker(pytest.mark.skip(reason=f"{marker}: {LEFT_OUT[marker]}"))


def pytest_collection_finish() -> None:
    """Let no collection of garbage go through modules and tests: they stay to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out and, after a long run, which modules took longest."""
    for what, reason in LEFT_OUT.items():
        if reason:
            terminalreporter.write_line(f"LEFT OUT: {what} tests, {reason}", red=True)
    seconds: Counter[str] = Counter()
    for report in chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            seconds[report.nodeid.partition("::")[0]] += report.duration
    if seconds.total() > TOLD_FROM_SECONDS:
        for module, took in seconds.most_common(MODULES_TOLD):
            terminalreporter.write_line(f"{took:6.0f} s  {module}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left out what ``SIAGA_REQUIRE`` says it must not."""
    required = [name for name in os.environ.get("SIAGA_REQUIRE", "").split(",") if name]
    missing = [name for name in required if LEFT_OUT.get(name, "unknown")]
    if missing:
        print(f"required tests were left out: {', '.join(missing)}", file=sys.stderr)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def through_the_door() -> Iterator[None]:
    """Let an `AppTest`, which comes by no server, count as let in; servers are held to the door."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.components.access.door.passed", lambda: True)
        yield


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
    path = tmp_path / "siaga.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def installation(shipped_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation of the test's own, on which commands and pages work.

    Its store holds the shipped data and is the one that ``own_store`` opens.
    """
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = tmp_path / "siaga.db"
    if not path.exists():
        copy_store(shipped_store, path)
    return tmp_path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a database in PostgreSQL: whoever uses it first takes out what others left."""
    with temporary_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def dataset(shipped_store: Store) -> Dataset:
    """The shipped data with the first list of reports, which figures by hand were made from."""
    news = ("reports", "affairs", "coverage_periods")
    frames = {name: read_table(NEWS / f"{name}.csv", TABLES[name]) for name in news}
    return load_dataset(shipped_store).with_tables(**frames)


@pytest.fixture(scope="session")
def shared_line(shipped_store: Store) -> Datasets:
    """The data sets of the shipped store, with all that tests worked out of them."""
    return Datasets(shipped_store)


@pytest.fixture(scope="session")
def shipped_dataset(shared_line: Datasets) -> Dataset:
    """All that ships. No test counts its reports, since they grow."""
    return shared_line.now()


@pytest.fixture
def shared_installation(
    shared_line: Datasets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Datasets:
    """Let pages read the shipped store, to which no test writes."""
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("pages.components.loaders.dataset", shared_line.now)
    return shared_line


@pytest.fixture
def own_line(
    own_store: Store, installation: Path, shared_line: Datasets, monkeypatch: pytest.MonkeyPatch
) -> Datasets:
    """The data sets of ``own_store``, as the pages of the test read them.

    What was worked out of the shipped store is known here until a table it rests on is written.
    """
    del installation
    line = Datasets(own_store)
    line.results._slots = {
        make: OrderedDict((key, replace(slot, lock=Lock())) for key, slot in slots.items())
        for make, slots in shared_line.results._slots.items()
    }
    monkeypatch.setattr("pages.components.loaders.dataset", line.now)
    return line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_app(
    folder: Path, *extra: str, port: int | None = None, script: str = "serve.py"
) -> tuple[subprocess.Popen[bytes], str]:
    """Start an app on a loopback port with a store of its own; return process and address."""
    port = port or free_port()
    environment = os.environ | {"SIAGA_VAR": str(folder)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
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


def workers_of(server: int) -> list[int]:
    """Return the processes that work beside a server and are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            command = (stat.parent / "cmdline").read_text()
            if int(parent) == server and state != "Z" and "services.worker.child" in command:
                found.append(int(stat.parent.name))
    return found


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[str]:
    """Address of the real app, started once."""
    folder = tmp_path_factory.mktemp("app")
    copy_store(shipped_store, folder / "siaga.db")
    process, address = start_app(folder)
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
