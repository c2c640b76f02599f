"""The sea: imported series, what they mean for a vessel class, and monthly caution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.network.sea_windows import SeaParams, sea_windows
from data.network.sea import known_areas, pier_areas, sea_caution, vessel_limits
from data.province import zone
from data.store.engine import Reader
from services.dataset import Dataset
from services.network.build import NetworkSet, network_of
from services.texts import day, label, number, text

__all__ = [
    "area_table",
    "areas_of",
    "caution",
    "caution_words",
    "known_areas",
    "limits_table",
    "loaded",
    "moment_words",
    "own_limits",
    "sea_words",
    "series_of",
    "windows_of_series",
]

_KMH_PER_KN = 1.852


def series_of(
    tables: Reader, areas: list[str], first: pd.Timestamp, last: pd.Timestamp
) -> pd.DataFrame:
    """Return the imported series of sea areas that say something of a span of time.

    Returns
    -------
    DataFrame
        ``area``, ``time`` (local), ``wave_m``, ``wind_kn``; an area whose series lies outside the
        span is left out, since it says nothing of it.
    """
    rows = tables.read("wave_series")
    rows = rows[rows["area"].isin(areas)]
    ends = rows.groupby("area")["time"].agg(["min", "max"])
    reported = ends[(ends["min"] < last) & (ends["max"] > first)].index
    rows = rows[rows["area"].isin(reported)]
    return rows.assign(time=rows["time"].dt.tz_convert(zone())).reset_index(drop=True)


Strictest = Mapping[str, tuple[float | None, float | None]]
"""By sea area: wave (metres) and wind (knots) that hold for every vessel; None: its class's."""


def windows_of_series(
    series: pd.DataFrame, wave_factor: float, strictest: Strictest | None = None
) -> pd.DataFrame:
    """Return when each sea area of a series is open for each vessel class.

    Where an area has a limit of its own, it holds beside that of the class: the lower one counts.
    ``series`` is that of `analytics.network.sea_windows.sea_windows`, as is the result.
    """
    params = SeaParams(wave_factor=wave_factor)
    parts = []
    for area, rows in series.groupby("area", sort=True):
        wave, wind = (strictest or {}).get(str(area), (None, None))
        limits = vessel_limits()
        limits = limits.assign(
            wave_limit_m=limits["wave_limit_m"].clip(upper=wave),
            wind_limit_kn=limits["wind_limit_kn"].clip(upper=wind),
        )
        parts.append(sea_windows(rows, limits, params))
    return pd.concat(parts, ignore_index=True)


def own_limits(found: NetworkSet, areas: Mapping[str, str], used: set[str]) -> Strictest:
    """Return the strictest limits of single imported legs by sea area.

    Parameters
    ----------
    areas
        Sea area by pier or landing.
    used
        Piers and landings of a plan; legs that touch none of them do not count.
    """
    out: dict[str, tuple[float | None, float | None]] = {}
    columns = ("wave_limit_m", "wind_limit_kn")
    legs = found.legs
    if not set(columns) <= set(legs.columns):
        return out
    legs = legs[legs["from_pier"].isin(used) | legs["to_pier"].isin(used)]
    for _, leg in legs.dropna(subset=list(columns), how="all").iterrows():
        for pier in (leg["from_pier"], leg["to_pier"]):
            area = areas.get(str(pier))
            if area is None:
                continue
            wave, wind = out.get(area, (None, None))
            out[area] = (_lower(wave, leg["wave_limit_m"]), _lower(wind, leg["wind_limit_kn"]))
    return out


def _lower(one: float | None, other: float | None) -> float | None:
    given = [float(value) for value in (one, other) if value is not None and pd.notna(value)]
    return min(given, default=None)


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
                "area": area,
                "month": month,
                "n": len(rows),
                "wave_high_m": None if pd.isna(wave) else float(wave),
                "wind_high_kn": None if pd.isna(wind) else round(float(wind) / _KMH_PER_KN, 1),
                "sources": sorted(set(rows["source_url"])),
            }
        )
    return out


def areas_of(data: Dataset, kabupaten: str, own: Mapping[str, str]) -> list[str]:
    """Return the sea areas of the piers and landings of a kabupaten; ``own`` are the planner's."""
    piers = network_of(data).piers
    here = piers.loc[piers["unit_code"].str.startswith(kabupaten), "pier_id"]
    table = {**pier_areas().set_index("pier_id")["area"], **own}
    return sorted({str(table[pier]) for pier in here if pier in table})


def area_table(data: Dataset, kabupaten: str, own: Mapping[str, str], lang: str) -> pd.DataFrame:
    """Return the sea area of each pier of a kabupaten, and whether it is a fact."""
    piers = network_of(data).piers.set_index("pier_id")
    here = piers[piers["unit_code"].str.startswith(kabupaten)]
    rows = pier_areas().set_index("pier_id").reindex(here.index)
    known = zip(rows.index, rows["area"], rows["basis"], strict=True)
    reported = [(own[p], "pengaturan") if p in own else (area, basis) for p, area, basis in known]
    columns = {
        "pier": here["name"],
        "area": [area for area, _ in reported],
        "basis": [label("basis", basis, lang) for _, basis in reported],
    }
    return pd.DataFrame(
        {label("seacolumn", k, lang): pd.Series(v).array for k, v in columns.items()}
    )


def loaded(tables: Reader, lang: str) -> pd.DataFrame:
    """Return which series are loaded: area, first and last time, rows, highest wave and wind."""
    rows = tables.read("wave_series")
    found = (
        rows.groupby("area")
        .agg(
            first=("time", "min"),
            last=("time", "max"),
            n=("time", "size"),
            wave=("wave_m", "max"),
            wind=("wind_kn", "max"),
        )
        .reset_index()
    )
    for name in ("first", "last"):
        moved = pd.to_datetime(found[name], utc=True).dt.tz_convert(zone())
        found[name] = moved.dt.strftime("%d/%m/%Y %H:%M")
    return found.rename(columns={name: label("seacolumn", name, lang) for name in found.columns})


def limits_table(lang: str) -> pd.DataFrame:
    """Return the limits of the vessel classes with their basis, as the page shows them."""
    rows = vessel_limits()
    columns = {
        "vessel": [label("vessel", name, lang) for name in rows["vessel_class"]],
        "wave": rows["wave_limit_m"],
        "wind": rows["wind_limit_kn"],
        "basis": [label("basis", name, lang) for name in rows["basis"]],
    }
    return pd.DataFrame({label("seacolumn", k, lang): pd.Series(v) for k, v in columns.items()})


def caution_words(row: dict[str, Any], lang: str) -> str:
    """Return what was published of a sea area in a month, as a sentence."""
    month = label("month", f"m{row['month']:02}", lang)
    if not row["n"]:
        return text("sea.caution_none", lang, area=row["area"], month=month)
    wind = row["wind_high_kn"]
    words = text(
        "sea.caution",
        lang,
        area=row["area"],
        month=month,
        n=row["n"],
        wave=number(row["wave_high_m"], lang, 1),
    )
    return words if wind is None else words + text("sea.wind", lang, wind=number(wind, lang))


def moment_words(iso: str, lang: str) -> str:
    """Return a time of ISO 8601 with its day in words, such as ``11 Februari 2024 05.00``."""
    moment = pd.Timestamp(iso)
    return f"{day(moment, lang)} {moment:%H.%M}"


def sea_words(about: dict[str, Any], lang: str) -> list[str]:
    """Return what a plan has to say of the sea, from what its document notes."""
    sea = about.get("sea")
    if sea is None or not sea["areas"]:
        return []
    words = []
    if sea["set"]:
        words.append(text("sea.plan_set", lang, areas=", ".join(sea["set"])))
    for area, (first, last) in sea["series"].items():
        span = {"first": moment_words(first, lang), "last": moment_words(last, lang)}
        words.append(
            text(
                "sea.plan_series",
                lang,
                area=area,
                **span,
                factor=number(sea["wave_factor"], lang, 1),
            )
        )
    for area, (wave, wind) in sea.get("strictest", {}).items():
        words.append(
            text(
                "sea.plan_strictest",
                lang,
                area=area,
                wave=number(wave, lang, 2),
                wind=number(wind, lang),
            )
        )
    if sea["missing"]:
        words.append(text("sea.plan_missing", lang, areas=", ".join(sea["missing"])))
        words += [caution_words(row, lang) for row in sea["caution"]]
    return words
