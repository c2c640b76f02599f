"""A sample of ``make torture``: some kills of some writes, and a torture that can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from data.plan.keeping import keeping
from data.plan.shelves import PLANS
from data.store.engine import default_url
from tests.torture.run import Report, torture
from tests.torture.writes import WRITES, Write

BY_NAME = {write.name: write for write in WRITES}
SQLITE = ("receipts", "plan saved", "migration", "restore")
POSTGRES = ("lines of Hari-H",)


def sampled(names: tuple[str, ...]) -> list[Write]:
    return [BY_NAME[name] for name in names]


def test_what_a_kill_leaves_is_the_state_before_or_after(tmp_path: Path) -> None:
    report = Report()
    torture(tmp_path, ["SQLite"], 2 * len(SQLITE), report, sampled(SQLITE))
    assert report.faults == [], report.table()
    assert report.total("inside") >= len(SQLITE)


@pytest.mark.postgres
def test_the_same_holds_in_postgresql(tmp_path: Path) -> None:
    report = Report()
    torture(tmp_path, ["PostgreSQL"], 4 * len(POSTGRES), report, sampled(POSTGRES))
    assert report.faults == [], report.table()
    assert report.total("server") == 1


def in_two_transactions(_: Path) -> Callable[[], object]:
    """Write as the product must not: half of it is committed before the rest."""
    engine = create_engine(default_url())

    def write() -> None:
        for number in range(40):
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA synchronous=OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                row = f"('half {number}', 'x')"
                connection.exec_driver_sql(f"INSERT INTO meta VALUES {row}")
                connection.commit()

    return write


def piecewise(_: Path) -> Callable[[], object]:
    """Write a plan in place, a piece at a time."""

    def write() -> None:
        path = PLANS.folder / "rencana.json"
        told = path.read_text(encoding="utf-8")
        with closing(path.open("w", buffering=1)) as file:
            for letter in [*told, *("\n" * 20_000)]:
                file.write(letter)
                file.flush()
        with keeping(PLANS, "rencana"):
            pass  # the product notes what it finds, so that a whole one is sound

    return write


def losing(folder: Path) -> Callable[[], object]:
    """Take away what was there before what replaces it is there."""

    def write() -> None:
        path = PLANS.folder / "rencana.json"
        path.unlink()
        BY_NAME["plan saved"].ready(folder)()

    return write


def test_a_write_that_is_not_whole_is_found(tmp_path: Path) -> None:
    wrong = {"transactions": in_two_transactions, "pieces": piecewise, "losing": losing}
    before = BY_NAME["plan saved"].before
    writes = [Write(name, ready, before=before, whole=True) for name, ready in wrong.items()]
    report = Report()
    torture(tmp_path, ["SQLite"], 4 * len(writes), report, writes)
    for name in wrong:
        found = [fault for fault in report.faults if f"SQLite, {name}, kill" in fault]
        assert any("a third state" in fault or "a plan is gone" in fault for fault in found), name


def test_a_run_whose_kills_miss_fails() -> None:
    report = Report({("SQLite", "x"): Counter(before=2, inside=7, after=1)})
    report.hold_aim()
    assert report.faults == []
    report = Report({("SQLite", "x"): Counter(before=2, inside=6, after=2)})
    report.hold_aim()
    assert report.faults == ["only 6 of 10 kills landed inside"]
    report = Report({("SQLite", "x"): Counter(inside=20), ("SQLite", "y"): Counter(after=1)})
    report.hold_aim()
    assert report.faults == ["SQLite, y: no kill landed inside"]
