"""The windows: to the next meeting, known or assumed, the next stage, and the days of the past."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from analytics.outlook.windows import (
    RAKOR,
    STAGE,
    of_next_stage,
    past_cuts,
    to_next_rakor,
    window_maker,
)
from geo.errors import ParameterError


def meetings(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["date", "date_precision", "kind", "level"])
    return frame.assign(
        date=pd.to_datetime(frame["date"]), rakor_id=frame.index.astype("str"), period=None
    )


def stages(*rows: tuple[str, str | None, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=["stage_id", "date_start", "date_end"])
    days = {name: pd.to_datetime(frame[name]) for name in ("date_start", "date_end")}
    return frame.assign(**days)


NONE = meetings()


@pytest.mark.parametrize(
    ("cut", "end", "name"),
    [
        (dt.date(2023, 1, 1), dt.date(2023, 4, 30), "B04 2023"),
        (dt.date(2023, 4, 29), dt.date(2023, 4, 30), "B04 2023"),
        (dt.date(2023, 4, 30), dt.date(2023, 8, 31), "B08 2023"),
        (dt.date(2023, 12, 31), dt.date(2024, 4, 30), "B04 2024"),
    ],
)
def test_without_a_known_meeting_the_reporting_month_ends_the_window(
    cut: dt.date, end: dt.date, name: str
) -> None:
    found = to_next_rakor(NONE, cut)
    assert (found.start, found.end, found.name) == (cut + dt.timedelta(days=1), end, name)
    assert found.assumed
    assert found.block == name


def test_a_meeting_of_the_province_known_to_the_day_ends_it() -> None:
    rows = meetings(
        ("2023-03-05", "day", "rakor", "kabupaten"),
        ("2023-03-10", "month", "rakor", "provinsi"),
        ("2023-03-12", "day", "lainnya", "provinsi"),
        ("2023-03-15", "day", "rakor", "provinsi"),
        ("2023-09-01", "day", "rakor", "provinsi"),
    )
    found = to_next_rakor(rows, dt.date(2023, 2, 28))
    assert (found.end, found.assumed) == (dt.date(2023, 3, 15), False)
    assert to_next_rakor(rows, dt.date(2023, 3, 15)).end == dt.date(2023, 4, 30)
    assert to_next_rakor(rows, dt.date(2023, 8, 30)).end == dt.date(2023, 8, 31)


def test_the_next_stage_is_the_window_and_an_open_end_is_assumed() -> None:
    table = stages(
        ("a", "2024-01-01", "2024-03-01"), ("b", "2024-02-11", "2024-02-13"),
        ("c", "2024-06-01", None), ("d", None, None),
    )  # fmt: skip
    found = of_next_stage(table, dt.date(2024, 1, 15))
    assert found is not None
    assert (found.name, found.start, found.end) == ("b", dt.date(2024, 2, 11), dt.date(2024, 2, 13))
    assert not found.assumed
    assert found.days == 3
    later = of_next_stage(table, dt.date(2024, 2, 11))
    assert later is not None
    assert (later.name, later.end, later.assumed) == ("c", dt.date(2024, 7, 1), True)
    assert of_next_stage(table, dt.date(2024, 6, 1)) is None


def test_past_cuts_are_month_ends_and_meetings_each_once() -> None:
    rows = meetings(
        ("2023-02-28", "day", "rakor", "provinsi"), ("2023-03-15", "day", "rakor", "provinsi"),
        ("2023-03-16", "day", "rakor", "kabupaten"), ("2022-12-30", "day", "rakor", "provinsi"),
    )  # fmt: skip
    assert past_cuts(rows, dt.date(2022, 12, 31), dt.date(2023, 3, 31)) == [
        dt.date(2022, 12, 31), dt.date(2023, 1, 31), dt.date(2023, 2, 28),
        dt.date(2023, 3, 15), dt.date(2023, 3, 31),
    ]  # fmt: skip


def test_another_horizon_is_refused() -> None:
    assert window_maker(RAKOR, NONE, stages())(dt.date(2023, 1, 1)) is not None
    assert window_maker(STAGE, NONE, stages())(dt.date(2023, 1, 1)) is None
    with pytest.raises(ParameterError):
        window_maker("tahun", NONE, stages())
