"""Where the study period of a statistic begins and ends."""

from __future__ import annotations

from datetime import date

import pandas as pd

from analytics.reports.selection import Selection
from services.dataset import Dataset
from services.hotspots.areas import areas, watched_from, watched_until
from services.hotspots.relative_risk import RiskQuery, relative_risk_view


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


def begin(data: Dataset, *codes: str) -> str | None:
    first = watched_from(data, LATE, pd.Index(codes))
    return None if first is None else f"{first:%Y-%m-%d}"


def test_the_period_begins_when_every_area_was_watched(dataset: Dataset) -> None:
    data = watched(
        dataset,
        ("19", "2022-08-13", "2025-10-29"),
        ("19.04", "2022-01-11", "2022-08-12"),
        ("19.03", "2022-02-09", "2022-08-12"),
    )
    assert begin(data, "19.04.01") == "2022-01-11"
    assert begin(data, "19.04.01", "19.03.01") == "2022-02-09"
    assert begin(data, "19.04.01", "19.01.01") == "2022-08-13"
    assert begin(watched(dataset), "19.01") is None


def test_what_was_found_before_is_left_out_and_counted(dataset: Dataset) -> None:
    data = watched(dataset, ("19", "2024-01-01", "2025-10-29"))
    query = RiskQuery(Selection(LATE, families=("konflik",), kinds=("kejadian",)), "kabupaten")
    view = relative_risk_view(data, query)
    older = data.countable["date_event"].lt(pd.Timestamp("2024-01-01"))
    mine = data.countable["family"].eq("konflik") & data.countable["kind"].eq("kejadian")
    assert view.start == pd.Timestamp("2024-01-01")
    assert view.facts["unwatched"] == int((older & mine).sum()) > 0
    assert view.reports["date_event"].ge(view.start).all()
