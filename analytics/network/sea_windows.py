"""When the sea is open: from an imported wave and wind series, and daylight from the date.

Nothing here forecasts. Without a series there are no sea windows, and the plan has to say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.reports.dates import in_one_zone
from geo.errors import ParameterError, SiagaError

SERIES_COLUMNS = ("area", "time", "wave_m", "wind_kn")
FOREIGN_UNITS = {
    "wave_cm": "wave_m, metres",
    "wave_ft": "wave_m, metres",
    "wind_kmh": "wind_kn, knots",
    "wind_km_h": "wind_kn, knots",
    "wind_ms": "wind_kn, knots",
    "wind_m_s": "wind_kn, knots",
}
"""Columns of other units that are recognised, and what was expected instead."""
MAX_WAVE_M = 15.0
MAX_WIND_KN = 100.0
"""Above these a number cannot be metres or knots in these waters: it is another unit."""


class SeriesFault(NamedTuple):
    """One cell of a series that cannot be used."""

    row: object
    column: str
    value: object
    expected: str

    def __str__(self) -> str:
        """Name the row, column and value, and what was expected."""
        return f"row {self.row}: {self.column}={self.value!r}, expected {self.expected}"


@dataclass(eq=False)
class SeaSeriesError(SiagaError, ValueError):
    """A wave and wind series that cannot be used; all faults at once."""

    key = "plan_input"
    form = "{faults}"
    faults: Sequence[SeriesFault]


@dataclass(frozen=True)
class SeaParams:
    """How a series is read.

    Attributes
    ----------
    wave_factor
        1 to 2. What the wave height is multiplied by before it is compared with the limit: BMKG
        says the highest wave may be twice the significant wave.
    max_step_h
        Hours between two rows of an area beyond which it is a gap, above 0, at most 24.
    """

    wave_factor: float = 1.0
    max_step_h: float = 6.0

    def __post_init__(self) -> None:
        if not 1 <= self.wave_factor <= 2:
            raise ParameterError("wave_factor", self.wave_factor, "1 to 2")
        if not 0 < self.max_step_h <= 24:
            raise ParameterError("max_step_h", self.max_step_h, "above 0, at most 24")


def check_series(series: pd.DataFrame, params: SeaParams | None = None) -> pd.DataFrame:
    """Return a series sorted by area and time, in the zone of its first, or raise all its faults.

    Parameters
    ----------
    series
        Columns ``area``, ``time`` (with zone), ``wave_m`` (significant wave height, metres) and
        ``wind_kn`` (knots).

    Returns
    -------
    DataFrame
        The columns and the index labels of ``series``, waves and winds as float64.

    Raises
    ------
    SeaSeriesError
        When a column is missing or of another unit, a value is missing, negative or cannot be of
        that unit, a time has no zone or comes twice, or the series has a gap.
    """
    chosen = params or SeaParams()
    faults = [
        SeriesFault("header", column, column, expected)
        for column, expected in FOREIGN_UNITS.items()
        if column in series.columns
    ]
    missing = [column for column in SERIES_COLUMNS if column not in series.columns]
    faults += [SeriesFault("header", column, None, "a column of this name") for column in missing]
    if faults:
        raise SeaSeriesError(faults)
    faults += _bad_values(series, "wave_m", MAX_WAVE_M, "metres from 0 to 15")
    faults += _bad_values(series, "wind_kn", MAX_WIND_KN, "knots from 0 to 100")
    faults += [
        SeriesFault(row, "area", area, "a name")
        for row, area in series["area"].items()
        if pd.isna(area)
    ]
    times = [pd.NaT if pd.isna(value) else pd.Timestamp(value) for value in series["time"]]
    faults += [
        SeriesFault(row, "time", when, "a time with a zone")
        for row, when in zip(series.index, times, strict=True)
        if pd.isna(when) or when.tzinfo is None
    ]
    if faults:
        raise SeaSeriesError(faults)
    out = series.assign(time=in_one_zone(times).set_axis(series.index)).sort_values(
        ["area", "time"]
    )
    faults = _bad_steps(out, chosen)
    if faults:
        raise SeaSeriesError(faults)
    return out.astype({"wave_m": "float64", "wind_kn": "float64"})


def _bad_values(series: pd.DataFrame, column: str, top: float, expected: str) -> list[SeriesFault]:
    numbers = pd.to_numeric(series[column], errors="coerce")
    bad = numbers.isna() | ~numbers.between(0, top)
    return [
        SeriesFault(row, column, value, expected) for row, value in series.loc[bad, column].items()
    ]


def _bad_steps(series: pd.DataFrame, params: SeaParams) -> list[SeriesFault]:
    step = series.groupby("area")["time"].diff().dt.total_seconds() / 3600
    alone = series.groupby("area")["time"].transform("size").eq(1)
    twice, gap = step.eq(0), step.gt(params.max_step_h)
    faults = [
        SeriesFault(row, "time", when.isoformat(), "each time once per area")
        for row, when in series.loc[twice, "time"].items()
    ]
    faults += [
        SeriesFault(row, "area", area, "at least two rows per area")
        for row, area in series.loc[alone, "area"].items()
    ]
    return faults + [
        SeriesFault(
            row,
            "time",
            series.loc[row, "time"].isoformat(),
            f"a row every {params.max_step_h:g} h (gap of {hours:g} h)",
        )
        for row, hours in step[gap].items()
    ]


def sea_windows(
    series: pd.DataFrame, limits: pd.DataFrame, params: SeaParams | None = None
) -> pd.DataFrame:
    """Return when each sea area is open and closed for each vessel class.

    Parameters
    ----------
    series
        As for `check_series`.
    limits
        ``vessel_class``, ``wave_limit_m``, ``wind_limit_kn``, above 0.

    Returns
    -------
    DataFrame
        Rows of the ``windows`` of `analytics.plan.inputs.PlanInputs` with ``scope`` area. Closed
        if wave **or** wind exceeds the limit. Between two rows the sea is open only if it is open
        in both; before the first and after the last row nothing is known, so it is not open. A
        class for which it never opens has the whole series as an open row, and is closed in all of
        it: of a key with closed rows only, all other time would be open.

    Raises
    ------
    ParameterError
        For a limit that is not above 0.
    SeaSeriesError
        As `check_series` does.
    """
    chosen = params or SeaParams()
    checked = check_series(series, chosen)
    bad = limits[~(limits["wave_limit_m"].gt(0) & limits["wind_limit_kn"].gt(0))]
    if len(bad):
        raise ParameterError(f"limits of {bad['vessel_class'].iloc[0]}", None, "limits above 0")
    rows: list[dict[str, object]] = []
    for area, part in checked.groupby("area", sort=True):
        times = part["time"].tolist()
        for vessel, wave, wind in zip(
            limits["vessel_class"], limits["wave_limit_m"], limits["wind_limit_kn"], strict=True
        ):
            calm = part["wave_m"].mul(chosen.wave_factor).le(wave) & part["wind_kn"].le(wind)
            runs = _runs(calm.to_numpy(dtype=bool))
            if not any(is_open for _, _, is_open in runs):
                runs.append((0, len(times) - 1, True))
            for start, end, is_open in runs:
                rows.append(
                    {
                        "scope": "area",
                        "key": area,
                        "vessel_class": vessel,
                        "opens": times[start],
                        "closes": times[end],
                        "is_open": is_open,
                    }
                )
    columns = ["scope", "key", "vessel_class", "opens", "closes", "is_open"]
    return pd.DataFrame(rows, columns=columns)


def _runs(calm: np.ndarray) -> list[tuple[int, int, bool]]:
    """Return runs of steps that are all open or all not, as first and last row."""
    steps = calm[:-1] & calm[1:]
    borders = [0, *(np.flatnonzero(steps[1:] != steps[:-1]) + 1), len(steps)]
    return [(int(a), int(b), bool(steps[a])) for a, b in pairwise(borders)]


def daylight(
    day: dt.date, lon: float, lat: float, zone: dt.tzinfo
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return sunrise and sunset (whole minutes) at a place.

    Parameters
    ----------
    lon, lat
        Degrees (EPSG:4326), latitude from -60 to 60.
    zone
        In which the two are returned.

    Raises
    ------
    ParameterError
        For another latitude.

    Notes
    -----
    By astral (refraction and the sun's radius included), rounded into the day.
    """
    from astral import Observer
    from astral.sun import sunrise, sunset

    if not -60 <= lat <= 60:
        raise ParameterError("lat", lat, "-60 to 60")
    at = Observer(lat, lon)
    rise, fall = (pd.Timestamp(find(at, day, tzinfo=zone)) for find in (sunrise, sunset))
    return rise.ceil("min"), fall.floor("min")
