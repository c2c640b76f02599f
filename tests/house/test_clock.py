"""One clock: the day is the province's, wherever the server stands."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from data import clock
from data.store.engine import Store
from geo.errors import ParameterError
from services.ingest.imports import import_file
from tests.conftest import ROOT

NIGHT = "2024-02-14T23:30:00+00:00"
"""Half past six on the 15th in the shipped province."""
LAYERS = ("geo", "analytics", "data", "services", "pages", "commands")
ASKING = {"now", "today", "utcnow", "localtime", "gmtime", "ctime", "fromtimestamp"}
"""Attributes that read the server's clock or its time zone."""


def asks(source: str) -> list[str]:
    """Return the calls of a source that read the server's clock or its time zone.

    A bare name that comes from `data.clock` is fine. How long something took is no question of
    the day: ``time.monotonic``, ``perf_counter`` and the age of a file are let be.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, name = ast.unparse(node.func.value), node.func.attr
        no_zone = name == "astimezone" and not node.args and not node.keywords
        served = name in ASKING and owner.split(".")[-1] in OWNERS
        if no_zone or served or (name, owner) == ("strftime", "time"):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
    return found


OWNERS = {"date", "datetime", "Timestamp", "time", "dt", "pd", "datetime64"}


def sources() -> list[Path]:
    code = [ROOT / "app.py", ROOT / "cli.py", ROOT / "serve.py"]
    for layer in LAYERS:
        code += sorted((ROOT / layer).rglob("*.py"))
    return [path for path in code if path != ROOT / "data" / "clock.py"]


def test_nothing_but_the_clock_asks_the_server_what_time_it_is() -> None:
    found = {str(p.relative_to(ROOT)): hits for p in sources() if (hits := asks(p.read_text()))}
    assert found == {}
    assert len(asks((ROOT / "data" / "clock.py").read_text())) == 1


@pytest.mark.parametrize(
    "line",
    [
        "date.today()", "dt.date.today()", "datetime.now(UTC)", "datetime.datetime.now()",
        "pd.Timestamp.now('Asia/Jakarta')", "pd.Timestamp.today()", "datetime.utcnow()",
        "time.localtime()", "datetime.fromtimestamp(0)", "at.astimezone()", "time.strftime('%Y')",
    ],
)  # fmt: skip
def test_the_search_finds(line: str) -> None:
    assert asks(f"x = {line}")


@pytest.mark.parametrize(
    "line", ["today()", "now()", "at.astimezone(zone())", "time.monotonic()", "when.strftime('%H')"]
)
def test_the_search_leaves_alone(line: str) -> None:
    assert not asks(f"x = {line}")


def test_the_night_of_the_count_is_the_next_day_in_the_province(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIAGA_NOW", NIGHT)
    assert clock.utc_now() == datetime(2024, 2, 14, 23, 30, tzinfo=UTC)
    assert clock.today() == date(2024, 2, 15)
    assert f"{clock.now():%H:%M %z}" == "06:30 +0700"
    assert clock.start_of(date(2024, 2, 15)) == pd.Timestamp("2024-02-14T17:00Z")


@pytest.mark.parametrize("wrong", ["kemarin", "2024-02-14T23:30", "2024-02-14"])
def test_a_stopped_clock_needs_a_moment_with_a_zone(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", wrong)
    with pytest.raises(ParameterError, match="SIAGA_NOW"):
        clock.utc_now()


def test_a_running_clock_is_that_of_the_server_whatever_zone_it_is_in() -> None:
    """A child whose zone is far from the province's: the day still is that of the province."""
    code = (
        "from datetime import UTC, datetime, timedelta\n"
        "from data import clock\n"
        "there = datetime.now(UTC) + timedelta(hours=7)\n"
        "assert abs(clock.now().replace(tzinfo=UTC) - there) < timedelta(minutes=1)\n"
        "assert clock.today() in (there.date(), datetime.now(UTC).date())\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "SIAGA_NOW"} | {"TZ": "Etc/GMT+12"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=environment)


REPORT = "Tanggal,Kab/Kota,Jenis,Uraian\n{},Kab. Bangka,Unjuk rasa,SIMULASI: malam penghitungan\n"


@pytest.mark.parametrize(("day", "accepted"), [("2024-02-15", 1), ("2024-02-16", 0)])
def test_a_server_on_utc_takes_a_report_of_the_counting_night(
    own_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: str, accepted: int
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("SIAGA_NOW", NIGHT)
    path = tmp_path / "malam.csv"
    path.write_text(REPORT.format(day), encoding="utf-8")
    done = import_file(own_store, "reports", path)
    assert (done.accepted, done.quarantined) == (accepted, 1 - accepted), done.faults
    if not accepted:
        assert done.faults["value"].tolist() == [day]
