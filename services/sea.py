"""The sea: series that were brought in, what they mean for a vessel class, and monthly caution."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from analytics.plan_inputs import WIB
from analytics.sea_windows import SeaParams, check_series, sea_windows
from data.import_waves import WaveImport, read_waves, write_waves
from data.sea_facts import known_areas, sea_caution, vessel_limits
from data.store import Store

__all__ = ["caution", "import_wave_file", "known_areas", "series_of", "windows_of_series"]

_KMH_PER_KN = 1.852


def import_wave_file(store: Store, path: Path) -> WaveImport:
    """Import a file of waves and wind, all of it or nothing.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When the file cannot be used at all.
    SchemaError, SeaSeriesError
        With every fault: the first for cells, the second for gaps and repeated times, by row.
    """
    series = read_waves(path)
    check_series(series)
    return write_waves(store, path, series)


def series_of(
    store: Store, areas: list[str], first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Return the imported series of sea areas that say something of a span of time.

    Returns
    -------
    DataFrame
        ``area``, ``time`` (WIB), ``wave_m``, ``wind_kn``; an area whose series lies outside the
        span is left out, since it says nothing of it.
    """
    rows = store.read("wave_series")
    rows = rows[rows["area"].isin(areas)]
    ends = rows.groupby("area")["time"].agg(["min", "max"])
    told = ends[(ends["min"] < last) & (ends["max"] > first)].index
    rows = rows[rows["area"].isin(told)]
    return rows.assign(time=rows["time"].dt.tz_convert(WIB)).reset_index(drop=True)


def windows_of_series(series: pd.DataFrame, wave_factor: float) -> pd.DataFrame:
    """Return when each sea area of a series is open for each vessel class."""
    return sea_windows(series, vessel_limits(), SeaParams(wave_factor=wave_factor))


def caution(areas: list[str], month: int) -> list[dict[str, Any]]:
    """Return what was published of sea areas in a month of other years.

    Returns
    -------
    list of dict
        Per area: ``area``, ``month``, ``n`` (rows), ``wave_high_m`` (highest published),
        ``wind_high_kn``, ``sources`` (pages); n 0 and None where nothing was found. Not a forecast.
    """
    table = sea_caution()
    out = []
    for area in areas:
        rows = table[table["area"].eq(area) & table["month"].eq(month)]
        wave, wind = rows["wave_high_m"].max(), rows["wind_high_kmh"].max()
        out.append(
            {
                "area": area, "month": month, "n": len(rows),
                "wave_high_m": None if pd.isna(wave) else float(wave),
                "wind_high_kn": None if pd.isna(wind) else round(float(wind) / _KMH_PER_KN, 1),
                "sources": sorted(set(rows["source_url"])),
            }
        )  # fmt: skip
    return out
