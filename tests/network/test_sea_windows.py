"""Sea windows: the published case, limits met exactly, gaps and wrong units."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.network.open_times import Calendar, earliest, latest_start, merged
from analytics.network.sea_windows import (
    SeaParams,
    SeaSeriesError,
    check_series,
    daylight,
    sea_windows,
)
from geo.errors import ParameterError

ZONE = dt.timezone(dt.timedelta(hours=7))
LIMITS = pd.DataFrame(
    {"vessel_class": ["perahu", "feri"], "wave_limit_m": [1.25, 2.5], "wind_limit_kn": [15.0, 21.0]}
)


def series(
    waves: list[float], winds: list[float] | None = None, start: str = "2024-02-12T00:00+07:00",
    step_h: float = 1.0,
) -> pd.DataFrame:  # fmt: skip
    times = [pd.Timestamp(start) + pd.Timedelta(hours=step_h * n) for n in range(len(waves))]
    winds = winds or [5.0] * len(waves)
    return pd.DataFrame({"area": "SELAT GELASA", "time": times, "wave_m": waves, "wind_kn": winds})


def spans(windows: pd.DataFrame, vessel: str) -> list[tuple[str, str]]:
    calendar = Calendar(windows, windows["opens"].min())
    found = calendar.of("area", "SELAT GELASA", vessel)
    return [(f"{calendar.time(a):%H:%M}", f"{calendar.time(b):%H:%M}") for a, b in found]


def test_the_published_morning_of_12_february_2024() -> None:
    """Calm 07:00-13:00, high waves and strong wind from 14:00."""
    waves = [2.0] * 7 + [0.75] * 7 + [2.0] * 5
    winds = [12.0] * 14 + [25.0] * 5
    found = sea_windows(series(waves, winds), LIMITS)
    assert spans(found, "perahu") == [("07:00", "13:00")]
    assert spans(found, "feri") == [("00:00", "13:00")]  # the wave would do, the wind would not


def test_a_limit_met_exactly_is_not_exceeded() -> None:
    assert spans(sea_windows(series([1.25, 1.25], [15.0, 15.0]), LIMITS), "perahu") == [
        ("00:00", "01:00")
    ]
    assert spans(sea_windows(series([1.26, 1.25]), LIMITS), "perahu") == []


def test_wind_alone_closes_the_sea() -> None:
    assert spans(sea_windows(series([0.1] * 3, [5.0, 15.1, 5.0]), LIMITS), "perahu") == []


def test_an_area_that_never_opens_is_closed_and_not_unknown() -> None:
    found = sea_windows(series([3.0] * 4), LIMITS)
    assert set(found["vessel_class"]) == {"perahu", "feri"}
    assert spans(found, "perahu") == spans(found, "feri") == []


def test_the_highest_wave_may_be_twice_the_significant_wave() -> None:
    calm = series([0.7] * 3)
    assert spans(sea_windows(calm, LIMITS), "perahu") == [("00:00", "02:00")]
    assert spans(sea_windows(calm, LIMITS, SeaParams(wave_factor=2.0)), "perahu") == []


BROKEN = {
    "gap": (series([1.0, 1.0], step_h=7.0), "gap of 7 h"),
    "wave_in_centimetres": (series([125.0, 110.0]), "wave_m=125.0, expected metres"),
    "wave_column_in_centimetres": (
        series([1.0]).rename(columns={"wave_m": "wave_cm"}), "expected wave_m, metres",
    ),
    "wind_column_in_kmh": (
        series([1.0]).rename(columns={"wind_kn": "wind_kmh"}), "expected wind_kn, knots",
    ),
    "wind_too_strong_for_knots": (series([1.0], [180.0]), "wind_kn=180.0, expected knots"),
    "negative_wave": (series([-0.1]), "wave_m=-0.1"),
    "missing_wave": (series([1.0, float("nan")]), "row 1: wave_m=nan"),
    "text_for_a_number": (series([1.0]).assign(wave_m="satu"), "wave_m='satu'"),
    "time_twice": (pd.concat([series([1.0])] * 2, ignore_index=True), "each time once"),
    "time_without_zone": (
        series([1.0]).assign(time=pd.Timestamp("2024-02-12")), "a time with a zone",
    ),
    "one_row_only": (series([1.0]), "at least two rows"),
    "no_area": (series([1.0]).assign(area=None), "area=None, expected a name"),
    "no_column": (series([1.0]).drop(columns="area"), "area=None, expected a column"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_series_is_refused(fault: str) -> None:
    frame, message = BROKEN[fault]
    with pytest.raises(SeaSeriesError, match=message.replace(".", r"\.")):
        check_series(frame)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(SeaSeriesError) as told:
        check_series(series([-1.0, 99.0], [1.0, 400.0]))
    assert [fault[:2] for fault in told.value.faults] == [
        (0, "wave_m"), (1, "wave_m"), (1, "wind_kn"),
    ]  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.floats(0, 4), min_size=2, max_size=20), st.floats(0, 4), st.integers(0, 19))
def test_a_rougher_sea_never_opens_earlier(waves: list[float], worse: float, where: int) -> None:
    rough = [max(w, worse) if n == where else w for n, w in enumerate(waves)]
    before = sea_windows(series(waves), LIMITS)
    after = sea_windows(series(rough), LIMITS)

    def minutes(windows: pd.DataFrame) -> set[tuple[str, float]]:
        calendar = Calendar(windows, pd.Timestamp("2024-02-12T00:00+07:00"))
        return {
            (vessel, minute)
            for vessel in LIMITS["vessel_class"]
            for opens, closes in calendar.of("area", "SELAT GELASA", vessel)
            for minute in np.arange(opens, closes + 1, 30)
        }

    assert minutes(after) <= minutes(before)


@pytest.mark.parametrize("kwargs", [{"wave_factor": 0.9}, {"max_step_h": 0}, {"max_step_h": 25}])
def test_parameters_out_of_range_are_refused(kwargs: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        SeaParams(**kwargs)


def test_a_limit_of_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match="feri"):
        sea_windows(series([1.0, 1.0]), LIMITS.assign(wave_limit_m=[1.25, 0.0]))


@pytest.mark.parametrize(
    ("day", "noon"),
    # The equation of time is -14 min 13 s on 11 February and +16 min 25 s on 3 November.
    [(dt.date(2024, 2, 11), 12 * 60 + 14.2), (dt.date(2024, 11, 3), 12 * 60 - 16.4)],
)
def test_noon_follows_the_equation_of_time(day: dt.date, noon: float) -> None:
    rise, fall = daylight(day, 105.0, 0.0, ZONE)
    middle = rise + (fall - rise) / 2
    assert (middle - pd.Timestamp(day, tz=rise.tz)) / pd.Timedelta(minutes=1) == pytest.approx(
        noon, abs=1.5
    )


def test_a_day_on_the_equator_lasts_twelve_hours_and_seven_minutes() -> None:
    rise, fall = daylight(dt.date(2024, 3, 20), 107.0, 0.0, ZONE)
    assert (fall - rise) / pd.Timedelta(minutes=1) == pytest.approx(727, abs=2)


@pytest.mark.parametrize("lon", [104.9, 106.1, 107.05, 108.33])
def test_whole_minutes_are_never_outside_the_light(lon: float) -> None:
    """On the equator on 20 March the sun is up for 2 x 4 x 90.833 = 726.7 minutes."""
    rise, fall = daylight(dt.date(2024, 3, 20), lon, 0.0, ZONE)
    assert 724.6 < (fall - rise) / pd.Timedelta(minutes=1) < 726.7


def test_days_are_longer_in_the_south_in_february() -> None:
    day = dt.date(2024, 2, 14)
    lasts = [b - a for a, b in (daylight(day, 107.0, lat, ZONE) for lat in (-3.0, 3.0))]
    assert lasts[0] > lasts[1]


def test_windows_that_touch_are_one() -> None:
    """Ten minutes of way fit over the border of two windows, in neither of them alone."""
    open_ = merged([(10.0, 16.0), (0.0, 10.0)])
    assert open_ == ((0.0, 16.0),)
    assert earliest(5.0, 10.0, open_) == 5.0
    assert earliest(7.0, 10.0, open_) == np.inf


def test_what_fills_a_window_exactly_fits() -> None:
    window = ((60.0, 90.0),)
    assert earliest(0.0, 30.0, window) == 60.0
    assert latest_start(90.0, 30.0, window) == 60.0
    assert latest_start(89.0, 30.0, window) == -np.inf
