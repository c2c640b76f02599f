"""The areas and steps of time that a statistic works on, with the affairs and voters in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from analytics.hotspots.weights import (
    Weights,
    contiguity_weights,
    knn_weights,
    metric_points,
    travel_time_weights,
)
from analytics.reports.dates import days_of, span_days
from analytics.reports.periods import counts_by_cell, counts_by_period, months, rakor_periods, weeks
from analytics.reports.places import LEVELS as CODE_LEVELS
from analytics.reports.places import levels_of, unit_at
from analytics.reports.silence import watched_from as first_watched
from analytics.reports.silence import watched_until as last_watched
from geo.boundaries.hexagons import cells_of, hexagons
from geo.crs import STORAGE_CRS, metric_crs_of
from geo.errors import ParameterError
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import exposure_of
from services.memo import memo

HEXAGON = "hexagon"
AREAS = (*LEVELS, HEXAGON)
RESOLUTIONS = (5, 6, 7)
"""Of hexagons: about 253, 36 and 5 square kilometres."""

CONFIDENCE_WEIGHT = {"tinggi": 1.0, "sedang": 0.7, "rendah": 0.4}
WEIGHTS = ("contiguity", "knn", "travel_time")
_NEAREST = 6


@dataclass(frozen=True, eq=False)
class Areas:
    """Areas of one kind.

    Attributes
    ----------
    level
        kabupaten, kecamatan, desa or hexagon.
    points
        Index code, sorted: ``lon``, ``lat`` in degrees, ``name``.
    shapes
        ``code`` and polygons in EPSG:4326; areas without a polygon are missing.
    """

    level: str
    points: pd.DataFrame = field(repr=False)
    shapes: gpd.GeoDataFrame = field(repr=False)

    def drawn(self, units: pd.DataFrame) -> gpd.GeoDataFrame:
        """Return ``units``, indexed by code, with ``code`` and the polygon (else point) of each."""
        shapes = self.shapes.set_index("code").geometry.reindex(units.index)
        shapes = shapes.where(shapes.notna(), self.geoseries.reindex(units.index))
        table = units.rename_axis("code").reset_index()
        return gpd.GeoDataFrame(table, geometry=shapes.array, crs=self.shapes.crs)

    @property
    def geoseries(self) -> gpd.GeoSeries:
        """The points as geometries, indexed by their codes."""
        return gpd.GeoSeries(
            gpd.points_from_xy(self.points["lon"], self.points["lat"]),
            index=self.points.index,
            crs=STORAGE_CRS,
        )

    def only(self, codes: pd.Index) -> Areas:
        """Return the areas of some codes, sorted."""
        shapes = self.shapes[self.shapes["code"].isin(codes)]
        return Areas(self.level, self.points[self.points.index.isin(codes)], shapes)


@memo(8)
def areas(data: Dataset, level: str, resolution: int = 6) -> Areas:
    """Return the areas of a level; `resolution` is read for hexagons only."""
    if level != HEXAGON:
        units = data.units[data.units["level"].eq(level)].set_index("code").sort_index()
        return Areas(level, units[["lon", "lat", "name"]], data.shapes[level])
    desa = data.units[data.units["level"].eq("desa")]
    also = _desa_cells(desa, resolution)
    cells = hexagons(data.shapes["kabupaten"], resolution, also)
    near = _nearest(cells, desa, metric_crs_of(data.shapes["desa"]))
    points = cells.set_index("code")[["lon", "lat"]].assign(name=near)
    return Areas(level, points.sort_index(), gpd.GeoDataFrame(cells[["code", "geometry"]]))


def _desa_cells(desa: pd.DataFrame, resolution: int) -> pd.Series:
    return cells_of(desa[["lon", "lat"]].assign(location_precision="desa"), resolution)


def _nearest(cells: gpd.GeoDataFrame, desa: pd.DataFrame, crs: str) -> list[str]:
    """Return the name of the desa nearest to the centre of each cell."""
    from scipy.spatial import cKDTree

    tree = cKDTree(metric_points(desa.set_index("code"), crs))
    _, at = tree.query(metric_points(cells.set_index("code")[["lon", "lat"]], crs))
    return [f"± {name}" for name in desa["name"].to_numpy()[at]]


def report_cells(data: Dataset, reports: pd.DataFrame, resolution: int) -> pd.Series:
    """Return the hexagon of each of ``reports``, the table, known to its desa; else missing."""
    units = data.units.set_index("code")
    own = reports["lon"].notna() & reports["lat"].notna()
    points = pd.DataFrame(
        {
            "lon": reports["lon"].where(own, reports["unit"].map(units["lon"])),
            "lat": reports["lat"].where(own, reports["unit"].map(units["lat"])),
            "location_precision": reports["unit"].str.count(r"\.").map({3: "desa"}),
        }
    )
    return cells_of(points, resolution)


def area_of(data: Dataset, reports: pd.DataFrame, found: Areas, resolution: int = 6) -> pd.Series:
    """Return the area of each of ``reports`` (with ``unit``); missing where too coarsely known."""
    if found.level == HEXAGON:
        return report_cells(data, reports, resolution)
    return unit_at(reports["unit"], found.level)


def weighted_values(reports: pd.DataFrame, area: pd.Series, codes: pd.Index) -> pd.Series:
    """Return affairs per area, each with the weight of its surest report there.

    `CONFIDENCE_WEIGHT` is a convention: a way to see whether a pattern rests on weak sources.
    ``reports`` has ``confidence`` and ``perkara_id``, ``area`` their area by the same index.
    """
    weight = reports["confidence"].map(CONFIDENCE_WEIGHT).fillna(CONFIDENCE_WEIGHT["rendah"])
    surest = weight.groupby([area, reports["perkara_id"]]).max()
    return surest.groupby(level=0).sum().reindex(codes, fill_value=0.0)


def area_counts(
    data: Dataset,
    reports: pd.DataFrame,
    found: Areas,
    family: str,
    periods: pd.DataFrame,
    resolution: int = 6,
) -> pd.DataFrame:
    """Return affairs of one family per area (sorted) and period, as `counts_by_period` does.

    ``reports`` has ``unit`` besides the columns of the table; ``periods`` is as there.
    """
    if found.level == HEXAGON:
        cells = report_cells(data, reports, resolution)
        return counts_by_cell(reports, cells, list(found.points.index), family, periods)
    # The column ``unit`` holds the place the reader chose already.
    placed = reports.assign(unit_pokok=reports["unit"])
    return counts_by_period(placed, data.units, found.level, family, periods, "pokok")


def area_weights(
    found: Areas, kind: str, minutes: pd.DataFrame | None = None, nearest: int = _NEAREST
) -> Weights:
    """Return the neighbours of all areas; ``travel_time`` needs ``minutes`` (by code both ways).

    Raises
    ------
    ParameterError
        For an unknown kind, or one without its minutes.
    """
    if kind == "contiguity":
        return contiguity_weights(found.shapes, found.points)
    codes = list(found.points.index)
    k = min(nearest, len(codes) - 1)
    if kind == "travel_time":
        if minutes is None:
            raise ParameterError("minutes", None, "a matrix of minutes for travel_time")
        return travel_time_weights(codes, minutes, k)
    return knn_weights(codes, metric_points(found.points), k)


def voters_quality(data: Dataset, level: str, election: str, resolution: int = 6) -> pd.Series:
    """Return for each area of `area_voters` whether its voters are ``terbit`` or ``perkiraan``.

    Those of hexagons are always estimates.
    """
    codes = area_voters(data, level, election, resolution).index
    if level == HEXAGON:
        return pd.Series("perkiraan", index=codes, name="quality", dtype="str")
    return exposure_of(data, election)["quality"].loc[codes]


@memo(8)
def area_voters(data: Dataset, level: str, election: str, resolution: int = 6) -> pd.Series:
    """Return the voters of each area, sorted by code; areas without a number are left out.

    The voters of a hexagon are those of the desa whose point lies in it, hence estimates.
    """
    known = exposure_of(data, election)["voters"]
    if level != HEXAGON:
        return known.loc[areas(data, level).points.index].dropna()
    desa = data.units[data.units["level"].eq("desa")].set_index("code")
    cells = _desa_cells(desa, resolution)
    voters = known.loc[desa.index].groupby(cells.to_numpy()).sum()
    voters = voters.reindex(areas(data, level, resolution).points.index)
    return voters.where(voters.gt(0)).dropna().astype(np.float64)


def watched_until(data: Dataset, as_of: date, codes: pd.Index) -> pd.Timestamp:
    """Return the last day on which every one of some areas was watched, at most ``as_of``.

    The study period of a statistic ends here: after it, no report says nothing. An area is watched
    when it or a unit above it stands in ``coverage_periods``; areas that nobody ever watched do not
    end the period of the others.

    Parameters
    ----------
    data
        The data set.
    as_of
        The day of knowledge.
    codes
        Codes of units; with codes of hexagons among them the whole record of watching is asked.

    Returns
    -------
    Timestamp
        ``as_of`` itself where the record names none of the areas.
    """
    today = pd.Timestamp(as_of)
    end = _watched(data, today, codes, last_watched).min()
    return today if pd.isna(end) else min(today, pd.Timestamp(end))


def watched_from(data: Dataset, as_of: date, codes: pd.Index) -> pd.Timestamp | None:
    """Return the first day from which every one of some areas was watched, as known on a day.

    The study period of a statistic begins here; what was found before is no count of all areas.
    None where the record names none of the areas. Parameters as of `watched_until`.
    """
    begin = _watched(data, pd.Timestamp(as_of), codes, first_watched).max()
    return None if pd.isna(begin) else pd.Timestamp(begin)


def _watched(
    data: Dataset,
    today: pd.Timestamp,
    codes: pd.Index,
    days_of_units: Callable[[pd.DataFrame, pd.DataFrame, str], pd.Series],
) -> pd.Series:
    """Return a day of each area from the record of watching that had begun by a day."""
    begun = data.coverage_periods[pd.to_datetime(data.coverage_periods["date_start"]).le(today)]
    known = codes[codes.isin(data.names.index)]
    levels = levels_of(known.to_series()).unique() if len(known) == len(codes) else CODE_LEVELS[-1:]
    found: pd.Series = pd.concat([days_of_units(begun, data.units, level) for level in levels])
    return found.loc[list(known)] if len(known) == len(codes) else found


PERIODS = ("month", "week", "rakor")
_MAKE = {"month": months, "week": weeks, "rakor": rakor_periods}


def cut_steps(period: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    """Return the steps of a window, the first and the last cut to it.

    For methods that reckon with the days of each step: ``period``, ``start``, ``end``.
    """
    steps = _MAKE[period](start, end)
    first, last = steps["start"], steps["end"]
    return steps.assign(start=first.mask(first < start, start), end=last.mask(last > end, end))


def step_facts(reports: pd.DataFrame, steps: pd.DataFrame) -> dict[str, object]:
    """Return number, first and last day of the steps, and how many affairs lie in one of them.

    Parameters
    ----------
    reports
        Rows of ``reports`` that can be placed.
    steps
        ``start`` and ``end``, one after the other without overlap; at least one.
    """
    first, last = span_days(reports)
    start, end = days_of(steps["start"]), days_of(steps["end"])
    at = np.searchsorted(start, first, side="right") - 1
    counted = (at >= 0) & (last <= end[np.maximum(at, 0)])
    return {
        "steps": len(steps),
        "steps_start": steps["start"].iloc[0].date(),
        "steps_end": steps["end"].iloc[-1].date(),
        "in_steps": int(reports.loc[counted, "perkara_id"].nunique()),
    }
