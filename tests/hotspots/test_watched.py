"""Where the study period of a statistic ends."""

from __future__ import annotations

from datetime import date

import pandas as pd

from services.dataset import Dataset
from services.hotspots.areas import areas, watched_until


def watched(data: Dataset, *rows: tuple[str, str, str]) -> Dataset:
    """Return the data with another record of watching: unit, first and last day."""
    frame = pd.DataFrame(rows, columns=["unit_code", "date_start", "date_end"])
    days = {name: pd.to_datetime(frame[name]) for name in ("date_start", "date_end")}
    frame = frame.assign(**days, agency="uji", source_id=None)
    frame = frame[data.coverage_periods.columns]
    return data.with_tables(coverage_periods=frame.astype(data.coverage_periods.dtypes))


def end(data: Dataset, as_of: date, *codes: str) -> str:
    return f"{watched_until(data, as_of, pd.Index(codes)):%Y-%m-%d}"


LATE = date(2026, 11, 30)


def test_the_period_ends_where_watching_ended_and_not_at_the_day_of_knowledge(
    dataset: Dataset,
) -> None:
    data = watched(dataset, ("19", "2022-08-13", "2025-10-29"))
    assert end(data, LATE, "19.01", "19.71") == "2025-10-29"
    assert end(data, date(2024, 3, 1), "19.01", "19.71") == "2024-03-01"


def test_the_area_that_was_watched_least_ends_it_for_all(dataset: Dataset) -> None:
    data = watched(
        dataset,
        ("19", "2022-08-13", "2025-10-29"),
        ("19.01", "2025-01-01", "2026-01-31"),
        ("19.71", "2025-01-01", "2026-06-30"),
    )
    assert end(data, LATE, "19.71.01") == "2026-06-30"
    assert end(data, LATE, "19.71.01", "19.01.01") == "2026-01-31"
    assert end(data, LATE, "19.71.01", "19.02.01") == "2025-10-29"


def test_what_begins_later_is_not_known_yet_and_no_record_ends_nothing(dataset: Dataset) -> None:
    data = watched(dataset, ("19.01", "2024-01-01", "2024-06-30"))
    assert end(data, date(2023, 12, 31), "19.01") == "2023-12-31"
    assert end(data, LATE, "19.02") == f"{LATE:%Y-%m-%d}"
    assert end(data, LATE, "19.01", "19.02") == "2024-06-30"
    assert end(watched(dataset), LATE, "19.01") == f"{LATE:%Y-%m-%d}"


def test_hexagons_end_with_the_record(dataset: Dataset) -> None:
    data = watched(dataset, ("19", "2022-08-13", "2025-10-29"))
    cells = areas(data, "hexagon", 5).points.index
    assert f"{watched_until(data, LATE, cells):%Y-%m-%d}" == "2025-10-29"
