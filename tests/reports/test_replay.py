"""A past day knows nothing that came later: neither what was settled, nor how long was watched."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from services.dataset import Dataset
from services.reports.overview import overview
from services.reports.watch import watch_rows
from services.risk.picture.lines import PictureQuery, picture
from tests.tiny import day

RIOT = {
    "report_id": "U1", "kind": "kejadian", "date_event": "2024-05-01", "perkara_id": "U",
    "family": "konflik", "category": "bentrok", "severity": 4, "peaceful": False,
}  # fmt: skip


def world(dataset: Dataset, *rows: dict[str, Any]) -> Dataset:
    """Return the tables with reports of one place and affair in place of the others."""
    table = dataset.reports
    base = {
        "date_precision": "day", "unit_kejadian": "19.02.02.2005", "location_precision": "desa",
        "verification": "dikutip", "access": "terbuka", "summary": "SIMULASI",
        "stage": "sosial_non_pemilu",
    }  # fmt: skip
    full = [base | RIOT | {"date_reported": r.get("date_event", "2024-05-01")} | r for r in rows]
    frame = pd.DataFrame(full, columns=table.columns).astype(table.dtypes.to_dict())
    return dataset.with_tables(reports=frame, affairs=dataset.affairs.iloc[:0])


def said(dataset: Dataset, as_of: str, *rows: dict[str, Any]) -> str:
    return str(watch_rows(world(dataset, *rows), day(as_of), "id")[0]["reason"])


def plan(number: int, date: str, status: str) -> dict[str, Any]:
    return {"report_id": f"U{number}", "kind": "potensi", "status": status, "date_event": date,
            "family": "unjuk_rasa", "peaceful": None, "severity": 1}  # fmt: skip


def test_a_riot_is_calmed_from_the_day_on_which_that_was_known(dataset: Dataset) -> None:
    rows = [{}, plan(2, "2024-08-01", "diredam")]
    assert "belum ada kabar penyelesaian" in said(dataset, "2024-07-31", *rows)
    assert "sudah diredam" in said(dataset, "2024-08-01", *rows)


@pytest.mark.parametrize(
    "rows",
    [
        [plan(2, "2024-03-01", "diredam")],
        [plan(2, "2024-06-01", "tidak_terbukti")],
        [plan(2, "2024-06-01", "diredam"), plan(3, "2024-07-01", "menjadi_kejadian")],
    ],
    ids=["calm before it", "a fear that did not come true", "flared up again"],
)
def test_a_riot_is_not_called_calmed_by_another_word(
    dataset: Dataset, rows: list[dict[str, Any]]
) -> None:
    assert "sudah diredam" not in said(dataset, "2024-09-01", {}, *rows)


def test_a_past_day_does_not_say_until_when_watching_will_go_on(dataset: Dataset) -> None:
    end = dataset.coverage_periods["date_end"].max()
    assert overview(dataset, dt.date(2024, 2, 13)).last_covered is None
    assert overview(dataset, (end + pd.Timedelta(days=1)).date()).last_covered is not None


def test_an_open_stage_is_not_listed_before_it_was_known(dataset: Dataset) -> None:
    row = dataset.stages["stage_id"].eq("pemilu2024/pelanggaran_sengketa/01")
    assert "pelanggaran_sengketa" in overview(dataset, dt.date(2024, 2, 13)).open_stages
    known = dataset.stages["date_known"].mask(row, pd.Timestamp("2024-02-14"))
    later = dataset.with_tables(stages=dataset.stages.assign(date_known=known))
    assert "pelanggaran_sengketa" not in overview(later, dt.date(2024, 2, 13)).open_stages


def test_who_watches_is_known_while_they_watch(dataset: Dataset) -> None:
    period = dataset.coverage_periods.iloc[:1].assign(
        unit_code="19.01", agency="Bawaslu", date_start=pd.Timestamp("2024-01-01"),
        date_end=pd.Timestamp("2024-12-31"),
    )  # fmt: skip
    data = dataset.with_tables(coverage_periods=period)

    def age(as_of: dt.date) -> list[int]:
        knows = picture(data, PictureQuery(as_of, "pemilu2024")).knows
        return [int(n) for n in knows.loc[knows["what"].eq("pantauan"), "age_days"]]

    assert age(dt.date(2023, 12, 31)) == []
    assert age(dt.date(2024, 6, 1)) == [0]
    assert age(dt.date(2025, 1, 10)) == [10]
