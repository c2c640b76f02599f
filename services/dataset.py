"""Everything the pages look at, read once per revision of the store and shared by all readers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import geopandas as gpd
import pandas as pd

from analytics.network.remoteness import travel_time_matrix
from data.boundaries.shapes import read_shapes, shipped_source
from data.ingest.tps_rows import count_tps
from data.province import default_election
from data.store.engine import Store
from services.network.build import NetworkSet, load_network

LEVELS = ("kabupaten", "kecamatan", "desa")
_DISPLAY_TOLERANCE = 0.0015
"""Degrees (about 170 m): finer than a pixel while the whole province is in view."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """The tables of the store at one revision. Treat every frame as read-only.

    Attributes
    ----------
    revision
        Revision of the store the tables were read at.
    reports
        The table with ``is_total``: True for a total that other reports are part of. Totals are
        shown and never counted, so that nothing counts twice; `countable` leaves them out.
    shapes
        Coverage per level in EPSG:4326 with ``code``, ``name``, ``parent_code``, ``area_km2``.
    store
        Where the tables came from; read again only for what few pages need.
    """

    revision: int
    units: pd.DataFrame = field(repr=False)
    elections: pd.DataFrame = field(repr=False)
    stages: pd.DataFrame = field(repr=False)
    rakor: pd.DataFrame = field(repr=False)
    reports: pd.DataFrame = field(repr=False)
    affairs: pd.DataFrame = field(repr=False)
    agenda: pd.DataFrame = field(repr=False)
    sources: pd.DataFrame = field(repr=False)
    voters: pd.DataFrame = field(repr=False)
    coverage_periods: pd.DataFrame = field(repr=False)
    imports: pd.DataFrame = field(repr=False)
    tps: pd.DataFrame = field(repr=False)
    shapes: dict[str, gpd.GeoDataFrame] = field(repr=False)
    store: Store = field(repr=False)

    @cached_property
    def countable(self) -> pd.DataFrame:
        """Reports without the totals that other reports are part of."""
        return self.reports[~self.reports["is_total"]]

    @cached_property
    def affair_titles(self) -> pd.Series:
        """Title of each affair of several reports by id."""
        return self.affairs.set_index("perkara_id")["title"]

    @cached_property
    def names(self) -> pd.Series:
        """Name of each unit by code."""
        return self.units.set_index("code")["name"]

    @cached_property
    def tps_counts(self) -> pd.Series:
        """TPS of the default election by desa code; missing where its register is not known."""
        codes = self.units.loc[self.units["level"].eq("desa"), "code"]
        return count_tps(self.tps, default_election(), codes)["tps_count"]

    @cached_property
    def source_urls(self) -> pd.Series:
        """Address of each source by id."""
        return self.sources.set_index("source_id")["url"]

    @cached_property
    def publishers(self) -> pd.Series:
        """Publisher of each source by id."""
        return self.sources.set_index("source_id")["publisher"]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """South, west, north, east of the province in degrees."""
        west, south, east, north = self.shapes["kabupaten"].total_bounds
        return float(south), float(west), float(north), float(east)

    @cached_property
    def display_shapes(self) -> dict[str, gpd.GeoDataFrame]:
        """The coverage coarsened for the screen.

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

    @cached_property
    def network(self) -> NetworkSet:
        """Roads, sea legs and piers; built on first use."""
        return load_network(self.store)

    @cached_property
    def minutes(self) -> pd.DataFrame:
        """Usual minutes between the seats of all units below the province, by code."""
        seats = self.network.seat_of
        between = travel_time_matrix(self.network.network)
        codes = [code for code in self.units["code"] if code in seats.index]
        found = between.loc[seats[codes], seats[codes]]
        return found.set_axis(codes, axis=0).set_axis(codes, axis=1)

    @cached_property
    def without_polygon(self) -> pd.DataFrame:
        """Units that no boundary source draws; they stand at an approximate point."""
        return self.units[~self.units["has_polygon"].astype(bool)]

    def place_name(self, code: str) -> str:
        """Return a unit with its parents, such as ``Desa …, Kec. …, Kab. …``."""
        return self.place_names[code]

    @cached_property
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


def load_dataset(store: Store) -> Dataset:
    """Read all tables the pages need."""
    revision = store.revision()
    names = (
        "units", "elections", "stages", "rakor", "reports", "affairs", "agenda", "sources",
        "voters", "coverage_periods", "imports", "tps",
    )  # fmt: skip
    frames = {name: store.read(name) for name in names}
    affairs = frames["affairs"]
    totals = affairs.loc[affairs["kind"].eq("rekap"), "perkara_id"]
    frames["reports"]["is_total"] = frames["reports"]["perkara_id"].isin(totals)
    shapes = {level: read_shapes(store, level) for level in LEVELS}
    return Dataset(revision=revision, shapes=shapes, store=store, **frames)
