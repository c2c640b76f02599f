"""One run: places are made, writes are rehearsed, killed and looked at, and figures are kept."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from data.plan.kept import saved_plans, trash
from data.store.engine import Store
from services.backup import back_up
from services.check import check_installation, check_store
from services.prepare import prepare
from tests.postgres import temporary_postgres
from tests.store_v1 import build_postgres, build_sqlite
from tests.torture.aim import Ended, run
from tests.torture.places import Place
from tests.torture.writes import WRITES, Write, inputs, stations

LEAST_INSIDE = 0.7
"""Share of the kills that must land inside a write, else the run proves too little."""
LEAST_KILLS = 10
"""Kills from which on a share says something; of a handful it is chance."""
_COLUMNS = (
    "before", "inside", "undone", "kept", "after", "points", "outside", "commit", "server",
)  # fmt: skip


@dataclass
class Report:
    """What became of the kills: counts by database and write, and every fault."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def note(self, place: Place, write: Write, *words: str) -> None:
        """Count a kill under some headings."""
        self.counts.setdefault((place.kind, write.name), Counter()).update(words)

    def total(self, heading: str) -> int:
        """Return the sum of a column."""
        return sum(one[heading] for one in self.counts.values())

    def table(self) -> str:
        """Return the figures as text."""
        head = f"{'':11} {'write':18}" + "".join(f"{name:>9}" for name in _COLUMNS)
        rows = [
            f"{kind:11} {name:18}" + "".join(f"{found[column]:>9}" for column in _COLUMNS)
            for (kind, name), found in self.counts.items()
        ]
        sums = f"{'all':11} {'':18}" + "".join(f"{self.total(column):>9}" for column in _COLUMNS)
        return "\n".join([head, *rows, sums])

    def hold_aim(self) -> None:
        """Add a fault where too few kills landed inside, of a write or of all."""
        killed = sum(self.total(name) for name in ("before", "inside", "after"))
        if killed >= LEAST_KILLS and self.total("inside") < LEAST_INSIDE * killed:
            self.faults.append(f"only {self.total('inside')} of {killed} kills landed inside")
        self.faults += [
            f"{kind}, {name}: no kill landed inside"
            for (kind, name), found in self.counts.items()
            if not found["inside"]
        ]


@dataclass
class Site:
    """Where a write is killed again and again.

    Attributes
    ----------
    template
        What is copied before each kill.
    before, after
        The two states, with what lies beside the store.
    took_s, commit_s, points
        How long the write takes, its commit alone, and how many points it passes.
    faults
        What `cli.py check` says of the whole write: rows that an old store brings along.
    checked
        States that were looked at in full.
    """

    write: Write
    template: Place
    work: Path
    files: Path
    before: str = ""
    after: str = ""
    took_s: float = 0.0
    commit_s: float = 0.0
    points: int = 0
    faults: list[str] = field(default_factory=list)
    checked: set[str] = field(default_factory=set)

    def fresh(self) -> Place:
        """Return a new copy, which is this process's installation too."""
        place = self.template.copy(self.work, "work")
        place.folder.mkdir(parents=True, exist_ok=True)
        place.enter()
        return place

    def state(self, place: Place) -> str:
        """Return the state with what lies beside the store."""
        return f"{place.state()} {self.write.result(place.folder)}".strip()

    def rehearse(self) -> None:
        """Do the write to its end, twice: what it comes to is one state; and measure it."""
        place = self.fresh()
        self.before = self.state(place)
        assert run(self.write, place, self.files).code == 0, self.write.name
        place.wait()
        once = self.state(place)
        place = self.fresh()
        done = run(self.write, place, self.files)
        assert done.code == 0, f"{self.write.name}: {done.words}"
        place.wait()
        self.after = self.state(place)
        assert self.after != self.before, f"{self.write.name} wrote nothing"
        assert self.after == once, f"{self.write.name} comes to another state each time"
        self.took_s, self.points = done.took_s, done.points
        self.commit_s = done.commit_s if "c" in done.told else 0.0
        self.faults = _faults(self, place)
        assert self.faults == [] or self.write.base == "old", self.faults


def torture(
    folder: Path,
    kinds: Sequence[str],
    kills: int,
    report: Report,
    writes: Sequence[Write] = WRITES,
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Kill writes on some databases, so many times on each, and fill in the report."""
    kept = {name: os.environ.get(name) for name in ("SIAGA_VAR", "DATABASE_URL", "SIAGA_NOW")}
    try:
        for kind in kinds:
            with _bases(folder / kind, kind) as (bases, files):
                for at, write in enumerate(writes):
                    share = kills // len(writes) + (at < kills % len(writes))
                    site = _site(folder / kind, write, bases[write.base], files)
                    for n in range(share):
                        _kill(site, n, share, report)
                    told(
                        f"{kind:11} {write.name:18} {share:3} kills, "
                        f"{site.took_s * 1000:6.0f} ms, {site.points} points"
                    )
        report.hold_aim()
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _bases(folder: Path, kind: str) -> Iterator[tuple[dict[str, Place], Path]]:
    """Yield what the writes start from, and the folder of their inputs."""
    files = folder / "files"
    files.mkdir(parents=True)
    if kind == "SQLite":
        yield _make_bases(folder, files, None), files
        return
    with temporary_postgres() as url:
        yield _make_bases(folder, files, url.rpartition("/")[0]), files


def _make_bases(folder: Path, files: Path, server: str | None) -> dict[str, Place]:
    bases = {name: Place(folder / name, server, name) for name in ("prepared", "old", "empty")}
    for place in bases.values():
        place.folder.mkdir()
        if server:
            engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql(f'CREATE DATABASE "{place.database}"')
            engine.dispose()
    if server:
        build_postgres(bases["old"].url, folder)
    else:
        build_sqlite(bases["old"].folder / "siaga.db")
    bases["prepared"].enter()
    store = Store.open()
    prepare(store)
    store.close()
    inputs(files, stations())
    back_up(files / "asal.zip", lambda *_: None)
    (bases["prepared"].folder / "last-backup.json").unlink()
    return bases


def _site(folder: Path, write: Write, base: Place, files: Path) -> Site:
    name = write.name.replace(" ", "_").lower()
    template = base.copy(folder / f"t_{name}", f"t_{name}")
    template.folder.mkdir(exist_ok=True)
    template.enter()
    if write.base == "prepared":
        child = os.fork()  # its connections end with it
        if not child:
            os.environ["SIAGA_NOW"] = "2031-03-04T05:00:00+00:00"
            try:
                write.before(files)
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, write.name
        template.wait()
    site = Site(write, template, folder / "work", files)
    site.rehearse()
    return site


def _kill(site: Site, n: int, of: int, report: Report) -> None:
    """Kill the write once, at its own point or from outside, and look at what is left."""
    place, write = site.fresh(), site.write
    thrown = place.thrown()
    spread = (n // 4 + 0.5) / max(1, of / 4)
    if n % 2 == 0:
        how, spread = "points", (n // 2 + 0.5) / max(1, of / 2)
        ended = run(write, place, site.files, die_at=1 + int(spread * site.points))
    elif n % 4 == 1 and n > 1 and site.commit_s and not write.whole:
        how = "commit"
        ended = run(write, place, site.files, after_s=spread * site.commit_s, since="c")
    else:
        backend = place.server is not None and n % 4 == 3 and not write.whole
        how = "server" if backend else "outside"
        ended = run(write, place, site.files, after_s=spread * site.took_s, backend=backend)
    where = f"{place.kind}, {write.name}, kill {n} ({how}, told {ended.told})"
    try:
        place.wait()
        found = _hold(site, place, ended, thrown)
    except Exception as error:
        report.faults.append(f"{where}: {type(error).__name__}: {error}")
        report.note(place, write, ended.moment, how)
        return
    report.note(place, write, ended.moment, how)
    if ended.moment == "inside":
        report.note(place, write, "kept" if found == site.after else "undone")


def _hold(site: Site, place: Place, ended: Ended, thrown: set[bytes]) -> str:
    """Hold that what a kill left is one of the two states and sound; return it."""
    assert ended.code in {-9, 0, 3}, ended.words
    opened = place.opens()
    found = site.state(place)
    assert found in {site.before, site.after}, f"a third state: {found}"
    if ended.moment == "before":
        assert found == site.before, "written before it began"
    if ended.moment == "after" and ended.code != 3:
        assert found == site.after, "committed, and gone"
    assert thrown <= place.thrown(), "a plan is gone"
    _hold_leavings(site, place)
    if opened == "sound":
        _hold_sound(site, place, found)
    if found == site.before and site.write.base != "prepared":
        again = run(site.write, place, site.files)
        place.wait()
        assert (again.code, site.state(place)) == (0, site.after), f"not again: {again.words}"
    return found


def _hold_leavings(site: Site, place: Place) -> None:
    """Hold that no half-written file is taken for anything, and that copies are whole."""
    parts = list(place.folder.glob("**/.part-*"))
    names = {path.name for part in parts for path in part.rglob("*")}
    assert all(thrown.name for thrown in trash())
    assert not {f"{name}.json" for name in saved_plans()} - {
        path.name for path in place.folder.glob("plans/*.json")
    }, names
    for copy in place.folder.glob("siaga-backup-*.db"):
        kept = place.folder.parent / "copy"
        kept.mkdir(exist_ok=True)
        shutil.copy(copy, kept / "siaga.db")
        assert Place(kept).state() == site.before.split()[0], "a copy that is not whole"
        shutil.rmtree(kept)


def _faults(site: Site, place: Place) -> list[str]:
    """Return what `cli.py check` finds; of an old store, in file and rows alone."""
    if site.write.base != "old":
        return [fault for one in check_installation(place.url) for fault in one.faults]
    store = Store.open(place.url, change=False)
    found = [fault for one in check_store(store) for fault in one.faults]
    store.close()
    return found


def _hold_sound(site: Site, place: Place, found: str) -> None:
    """Hold that `cli.py check` finds nothing; a state that it has seen whole it sees in part."""
    if found in site.checked:
        if place.server is None:
            return  # the state is known, and the file was looked at page by page
        with psycopg.connect(place.url.replace("+psycopg", "")) as server:
            assert server.execute("SELECT 1").fetchone() == (1,)
        return
    faults = _faults(site, place)
    assert faults == site.faults, faults[:5]
    site.checked.add(found)
