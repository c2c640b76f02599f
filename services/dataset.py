"""Everything the pages look at: the tables of the store at one moment, shared by all readers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import count
from threading import Lock
from typing import Any

import geopandas as gpd
import pandas as pd

from analytics.reports.review.replay import HISTORY, counts_now, ever_counted, histories
from analytics.reports.review.sources import added_sources, cell_of, sources_of
from data.boundaries.shapes import read_shapes, shipped_source
from data.network.tables import read_road_file
from data.plan.kept import KeptPlan, kept_plans
from data.province import default_election
from data.store.engine import Store
from data.store.frames import read_table
from data.store.ledger.revisions import read_revisions
from data.store.rules import TABLES
from geo.places.tps import count_tps
from services.access.clearance import ALL, OF_REPORTS, SECRET, shown, shown_of_reports
from services.access.clearance import PLANS as OF_PLANS
from services.memo import Memo, is_recording, memo, note_read

LEVELS = ("kabupaten", "kecamatan", "desa")
_DISPLAY_TOLERANCE = 0.0015
"""Degrees (about 170 m): finer than a pixel while the whole province is in view."""
_FIRST = (
    "units", "elections", "stages", "rakor", "reports", "affairs", "agenda", "sources",
    "voters", "coverage_periods", "imports", "tps", "unit_shapes", "report_events",
    "report_sources",
)  # fmt: skip
"""Tables that nearly every page needs: read when the first data set of a store is made."""
PLANS = "saved plans"
"""Stands among the tables for the folder of saved plans."""
_OWN_REVISIONS = count(-1, -1)
_Frames = dict[str, tuple[int, pd.DataFrame]]


class _Table:
    """A table of the store as an attribute of the same name."""

    def __set_name__(self, owner: type[Dataset], name: str) -> None:
        self._name = name

    def __get__(self, data: Dataset, owner: type[Dataset]) -> pd.DataFrame:
        return data.read(self._name)


class Dataset:
    """The tables of a store at one moment, and what is made of them. Treat frames as read-only.

    A data set never changes: `fresh` returns the one of now, which takes over every table and
    every result that a commit since then left alone.

    Parameters
    ----------
    line
        The data sets of the same store.
    revisions
        Of each table.
    frames
        Tables read so far, with the revision of each.
    plans
        The plans that were saved at this moment; they count as one more table, `PLANS`.

    Notes
    -----
    A table that no page asked for yet is read at its first use. If it was written since the data
    set was made, its rows are newer than those of the other tables; what is made of it keeps that
    revision.
    """

    elections = _Table()
    stages = _Table()
    affairs = _Table()
    agenda = _Table()
    sources = _Table()
    voters = _Table()
    coverage_periods = _Table()
    imports = _Table()
    tps = _Table()
    units = _Table()

    def __init__(
        self,
        line: Datasets,
        revisions: Mapping[str, int],
        frames: _Frames,
        plans: tuple[KeptPlan, ...] = (),
    ) -> None:
        self._line = line
        self._revisions = {PLANS: 0, **revisions}
        self._frames = dict(frames)
        self._plans = plans
        self._lock = Lock()

    @property
    def store(self) -> Store:
        """The store, to write to.

        Raises
        ------
        RuntimeError
            Inside a function whose results are kept: it would not be known what it read.
        """
        if is_recording():
            raise RuntimeError("a result that is kept reads tables through the data set only")
        return self._line.store

    @property
    def clearance(self) -> tuple[str, ...]:
        """Which records are in it: those of `data.vocabulary.ACCESSES` that its readers may see."""
        return self._line.clearance

    @property
    def sees_plans(self) -> bool:
        """Whether plans that are kept may be seen."""
        return OF_PLANS in self.clearance

    def without_secrets(self) -> Dataset:
        """Return the data set that a whole meeting may see: no record that is rahasia."""
        if SECRET not in self.clearance or not self.read("reports")["access"].eq(SECRET).any():
            return self
        others = tuple(one for one in self.clearance if one != SECRET)
        return Datasets(self._line.store, others).now()

    @property
    def results(self) -> Memo:
        """What was made of the tables."""
        return self._line.results

    def read(self, table: str) -> pd.DataFrame:
        """Return a table as it was at this moment; see `data.store.engine.Store.read`."""
        with self._lock:
            if table not in self._frames:
                with self._line.store.snapshot() as connection:
                    revision = self._line.revisions(read_revisions(connection))[table]
                    self._frames[table] = revision, self._line.table(connection, table)
            revision, frame = self._frames[table]
        note_read({table: revision})
        return frame

    @property
    def plans(self) -> tuple[KeptPlan, ...]:
        """The plans that were saved at this moment, newest first."""
        note_read({PLANS: self._revisions[PLANS]})
        return self._plans

    def revision_of(self, table: str) -> int:
        """Return the revision that a table is, or will be, read at."""
        known = self._frames.get(table)
        return self._revisions[table] if known is None else known[0]

    def stands_at(self, revisions: Mapping[str, int]) -> bool:
        """Tell whether tables are those of the given revisions."""
        return all(self.revision_of(table) == n for table, n in revisions.items())

    def fresh(self) -> Dataset:
        """Return the data set of now: the newest one, as long as nothing was written since."""
        return self._line.now()

    def is_before(self, revisions: Mapping[str, int]) -> bool:
        """Tell whether the store was written since, by its revisions of now."""
        return self._revisions != revisions

    def frames(self) -> _Frames:
        """Return the tables read so far, with the revision of each."""
        with self._lock:
            return dict(self._frames)

    def with_tables(self, **frames: pd.DataFrame) -> Dataset:
        """Return a data set in which other frames stand for some tables: to try what would be."""
        own = {name: (next(_OWN_REVISIONS), frame) for name, frame in frames.items()}
        known = self.frames() | own
        line = Datasets(self._line.store, self.clearance)
        return Dataset(line, self._revisions, known, self._plans)

    def voting_day(self, election: str) -> date:
        """Return the day of the vote of an election of the table."""
        day: pd.Timestamp = self.elections.set_index("election")["voting_date"][election]
        return day.date()

    @property
    @memo(1)
    def reports(self) -> pd.DataFrame:
        """Reports that count, or counted once, with how they were reviewed and with ``is_total``.

        What is not verified yet, and what was rejected before it ever was, is not among them: see
        `reviewed`. ``verification_history`` and ``status_history`` are those of
        `analytics.reports.review.replay.histories`. ``is_total`` is True for a total that other
        reports are part of: totals are shown and never counted, so that nothing counts twice;
        `countable` leaves them out.
        """
        totals = self.affairs.loc[self.affairs["kind"].eq("rekap"), "perkara_id"]
        rows = self.reviewed
        rows = rows[ever_counted(rows)].reset_index(drop=True)
        return rows.assign(is_total=rows["perkara_id"].isin(totals))

    @property
    @memo(1)
    def reviewed(self) -> pd.DataFrame:
        """All rows of the table with their histories, whatever became of them."""
        rows, events = self.read("reports"), self.read("report_events")
        events = events.sort_values("event_id")
        told = {
            column: rows["report_id"].map(histories(events, about)).astype("str")
            for about, column in HISTORY.items()
        }
        return rows.assign(**told)

    @property
    @memo(1)
    def rakor(self) -> pd.DataFrame:
        """The table, and the meetings that were prepared here and whose day is on record.

        A meeting that a source speaks of as well stands once, with the day it was prepared for.
        """
        cited, meetings = self.read("rakor"), self.read("meetings")
        held = meetings[meetings["date_basis"].eq("tercatat")]
        if held.empty:
            return cited
        columns = {"meeting_id": "rakor_id", "held_on": "date", "title": "topic"}
        rows = held.drop(columns="rakor_id").rename(columns=columns)
        rows = rows.assign(date_precision="day", kind="rakor").reindex(columns=cited.columns)
        others = cited[~cited["rakor_id"].isin(held["rakor_id"])]
        return pd.concat([others, rows.astype(cited.dtypes)], ignore_index=True)

    @property
    @memo(1)
    def shapes(self) -> dict[str, gpd.GeoDataFrame]:
        """Coverage per level in EPSG:4326: ``code``, ``name``, ``parent_code``, ``area_km2``."""
        return {level: read_shapes(self, level) for level in LEVELS}

    @property
    @memo(1)
    def road_file(self) -> str | None:
        """Name of the imported road file; None while there is none."""
        return read_road_file(self)

    @property
    @memo(1)
    def countable(self) -> pd.DataFrame:
        """The rows of ``reports`` that are no total of others."""
        return self.reports[~self.reports["is_total"]]

    @property
    @memo(1)
    def standing(self) -> pd.DataFrame:
        """The rows of `countable` that count today: what is believed now of the past."""
        return self.countable[counts_now(self.countable)]

    @property
    @memo(1)
    def affair_titles(self) -> pd.Series:
        """Title of each affair of several reports by id."""
        return self.affairs.set_index("perkara_id")["title"]

    @property
    @memo(1)
    def names(self) -> pd.Series:
        """Name of each unit by code."""
        return self.units.set_index("code")["name"]

    @property
    @memo(1)
    def tps_counts(self) -> pd.Series:
        """TPS of the default election by desa code; missing where its register is not known."""
        codes = self.units.loc[self.units["level"].eq("desa"), "code"]
        return count_tps(self.tps, default_election(), codes)["tps_count"]

    @property
    @memo(1)
    def source_urls(self) -> pd.Series:
        """Address of each source by id."""
        return self.sources.set_index("source_id")["url"]

    @property
    @memo(1)
    def publishers(self) -> pd.Series:
        """Publisher of each source by id."""
        return self.sources.set_index("source_id")["publisher"]

    @property
    @memo(1)
    def added_sources(self) -> dict[str, tuple[str, ...]]:
        """Sources beside the first by report: see `analytics.reports.review.sources`."""
        return added_sources(self.read("report_sources"), self.sources)

    def sources_of(self, report_id: str, first: object) -> tuple[str, ...]:
        """Return the ids of all sources of a report, the ``first`` (its ``source_id``) first."""
        return sources_of(first, self.added_sources.get(report_id, ()), self.source_urls)

    def addresses_of(self, report_id: str, first: object) -> str | None:
        """Return the addresses of the same as one cell of a file tells them; None without any."""
        return cell_of(self.sources_of(report_id, first), self.source_urls)

    @property
    @memo(1)
    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north, east of the province in degrees."""
        west, south, east, north = self.shapes["kabupaten"].total_bounds
        return float(south), float(west), float(north), float(east)

    @property
    @memo(1)
    def display_shapes(self) -> dict[str, gpd.GeoDataFrame]:
        """The coverage coarsened for the screen, by level and with the columns of `shapes`.

        The levels are dissolved from one coarsened coverage of desa, so that they share every
        edge; where an imported coverage does not fit the desa, the level is coarsened by itself.
        """
        source = shipped_source()
        desa = _coarsened(self.shapes["desa"])
        out = {"desa": desa}
        for depth, level in enumerate(LEVELS[:2], start=2):
            own = self.shapes[level]
            parts = desa.assign(code=[".".join(c.split(".")[:depth]) for c in desa["code"]])
            joined = parts.dissolve("code", method="coverage").geometry
            shipped = own["source"].eq(source).all() and own["code"].isin(joined.index).all()
            out[level] = (
                own.set_geometry(
                    gpd.GeoSeries(joined.reindex(own["code"]).array, index=own.index, crs=own.crs)
                )
                if shipped and desa["source"].eq(source).all()
                else _coarsened(own)
            )
        return out

    @property
    @memo(1)
    def with_polygon(self) -> frozenset[str]:
        """Codes of the units that have a polygon."""
        return frozenset(self.read("unit_shapes")["code"])

    @property
    @memo(1)
    def without_polygon(self) -> pd.DataFrame:
        """Rows of ``units`` that no boundary source draws; they stand at an approximate point."""
        return self.units[~self.units["has_polygon"].astype(bool)]

    def place_name(self, code: str) -> str:
        """Return a unit with its parents, such as ``Desa …, Kec. …, Kab. …``."""
        return self.place_names[code]

    @property
    @memo(1)
    def place_names(self) -> dict[str, str]:
        """Full place name by code."""
        rows = self.units.set_index("code")
        short = {"desa": "Desa", "kelurahan": "Kel.", "kecamatan": "Kec.", "kabupaten": "Kab."}
        own = {
            code: f"{short.get(kind, kind.capitalize())} {name}"
            for code, kind, name in zip(rows.index, rows["kind"], rows["name"], strict=True)
        }
        return {
            code: ", ".join(own[".".join(code.split(".")[:n])] for n in _depths(code))
            for code in rows.index
        }


def _depths(code: str) -> range:
    """Return how many parts of the code name each unit of the path, finest first, no province."""
    parts = code.count(".") + 1
    return range(parts, 1, -1) if parts > 1 else range(1, 0, -1)


def _coarsened(shapes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return shapes.set_geometry(shapes.geometry.simplify_coverage(_DISPLAY_TOLERANCE))


class Datasets:
    """The data sets of a store, one after the other, and what is kept between them.

    Parameters
    ----------
    store
        The store.
    clearance
        Which records are in them; readers who may see less have data sets of their own.
    """

    def __init__(self, store: Store, clearance: tuple[str, ...] = ALL) -> None:
        self.store = store
        self.clearance = clearance
        self.results = Memo()
        self._lock = Lock()
        self._newest: Dataset | None = None
        self._plans: tuple[KeptPlan, ...] = ()
        self._plans_revision = 0

    def now(self) -> Dataset:
        """Return the data set of now; the one of before as long as nothing was written since."""
        with self._lock:
            newest = self._newest
            plans = kept_plans() if OF_PLANS in self.clearance else ()
            if plans != self._plans:
                self._plans, self._plans_revision = plans, self._plans_revision + 1
            revisions = self.revisions(self.store.revisions()) | {PLANS: self._plans_revision}
            if newest is None or newest.is_before(revisions):
                self._newest = newest = self._read({} if newest is None else newest.frames())
                self.results.forget(newest)
            return newest

    def _read(self, known: _Frames) -> Dataset:
        """Return the data set of now with the tables used so far, all as of one moment."""
        with self.store.snapshot() as connection:
            revisions = self.revisions(read_revisions(connection))
            frames = {
                name: (revisions[name], self.table(connection, name))
                for name in known or _FIRST
                if name not in known or known[name][0] != revisions[name]
            }
        revisions = revisions | {PLANS: self._plans_revision}
        return Dataset(self, revisions, {**known, **frames}, self._plans)

    def table(self, connection: Any, name: str) -> pd.DataFrame:
        """Read what may be seen of a table inside the caller's transaction."""
        rows = read_table(connection, TABLES[name])
        if self.clearance == ALL:
            return rows
        if name in OF_REPORTS:
            reports, further = (
                read_table(connection, TABLES[one]) for one in ("reports", "report_sources")
            )
            return shown_of_reports(name, rows, reports, further, self.clearance)
        return shown(name, rows, self.clearance)

    def revisions(self, stored: Mapping[str, int]) -> dict[str, int]:
        """Return revisions of what is seen of the tables, from those of the tables themselves."""
        seen = dict(stored)
        if self.clearance != ALL:  # what is seen of them changes with the reports
            with_reports = stored["reports"] + stored["report_sources"]
            seen |= {name: stored[name] + with_reports for name in OF_REPORTS}
        return seen


def load_dataset(store: Store) -> Dataset:
    """Return the first data set of a store; `Dataset.fresh` leads on from there."""
    return Datasets(store).now()
