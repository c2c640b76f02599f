"""Lodging: before the window opens, once, with a hash that tells any change, scored when closed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import delete, update

from data.errors import OutlookEmptyError, OutlookLateError, OutlookLodgedError
from data.outlook.lodged import canonical, digest_of, read_lodged
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import rows_of
from services.dataset import Dataset, load_dataset
from services.outlook.lodge import (
    CHANGED,
    SCORED,
    SHOWN,
    UNWATCHED,
    WAITING,
    document,
    lodge_outlook,
    lodged_outlooks,
)
from services.outlook.view import OutlookView, outlook
from services.outlook.words import lodged_line, lodged_table
from services.texts import FAMILIES

DAY = dt.date(2024, 8, 31)
WATCHED = dt.date(2025, 1, 31)
OPENS, CLOSES = dt.date(2024, 9, 1), dt.date(2024, 12, 31)


def at(day: dt.date, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", f"{day.isoformat()}T03:00:00+00:00")


def coverage(end: dt.date) -> pd.DataFrame:
    row = {
        "unit_code": "19", "date_start": dt.date(2022, 1, 1), "date_end": end, "agency": "SIMULASI",
    }  # fmt: skip
    return rows_of(schema.coverage_periods, [row])


def watch_until(store: Store, end: dt.date) -> None:
    with store.begin("setup.prepare") as connection:
        store.replace(connection, schema.coverage_periods, coverage(end))


@pytest.fixture(scope="module")
def made(dataset: Dataset) -> dict[str, Any]:
    """The outlook of the day, worked out once; another day or horizon gets its figures too."""
    return document(dataset.with_tables(coverage_periods=coverage(WATCHED)), DAY)


@pytest.fixture
def data(own_store: Store, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Dataset:
    def quick(_data: Dataset, as_of: dt.date, horizon: str, _params: object) -> dict[str, Any]:
        start = (as_of + dt.timedelta(days=1)).isoformat()
        own = {"as_of": as_of.isoformat(), "window_start": start, "horizon": horizon}
        return {**made, **own}

    watch_until(own_store, WATCHED)
    monkeypatch.setattr("services.outlook.lodge.document", quick)
    at(DAY, monkeypatch)
    return load_dataset(own_store)


def test_an_outlook_is_lodged_with_its_hash_and_waits(data: Dataset) -> None:
    one = lodge_outlook(data, DAY)
    assert one.outlook_id == "2024-08-31/rakor"
    assert (one.window_start, one.window_end) == (OPENS, CLOSES)
    assert one.faults == ()
    row = data.store.read("outlooks").iloc[0]
    assert row["digest"] == one.digest == digest_of(row["content"])
    assert json.loads(row["content"]) == one.document
    assert canonical(one.document) == row["content"]
    kinds = {(f["kind"], f["level"], f["code"], f["family"]) for f in one.document["figures"]}
    assert len(kinds) == len(one.document["figures"]) == 2 * 8 * len(FAMILIES)
    for figure in one.document["figures"]:
        assert all(sum(hist) == 1000 for hist in figure["histograms"].values())
    states = [s.state for s in lodged_outlooks(data.fresh(), CLOSES)]
    assert states == [WAITING]


def test_it_is_scored_the_day_after_it_closes_by_what_is_known_then(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    found = lodged_outlooks(data.fresh(), CLOSES + dt.timedelta(days=1))[0]
    assert found.state == SCORED
    assert found.crps("kejadian", "kabupaten", "sendiri") > 0
    assert found.crps("kejadian", "kabupaten", SHOWN) > 0
    counts = found.scores[found.scores["level"].eq("kabupaten")]["n"]
    assert counts.eq(7 * len(FAMILIES)).all()


def test_it_is_not_seen_on_a_day_before_it_was_lodged(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    assert lodged_outlooks(data.fresh(), DAY - dt.timedelta(days=1)) == []


def test_a_late_one_is_refused(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    at(OPENS, monkeypatch)
    with pytest.raises(OutlookLateError):
        lodge_outlook(data, DAY)
    with pytest.raises(OutlookLateError):
        lodge_outlook(data, OPENS + dt.timedelta(days=1))  # of a day that has not come
    assert data.store.count("outlooks") == 0


def test_nothing_is_lodged_twice(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    with pytest.raises(OutlookLodgedError):
        lodge_outlook(data, DAY)
    assert lodge_outlook(data, DAY, "tahapan").outlook_id == "2024-08-31/tahapan"
    assert [one.faults for one in read_lodged(data.store)] == [(), ()]


def test_where_watching_ended_too_early_it_says_so(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    watch_until(data.store, dt.date(2024, 12, 1))
    found = lodged_outlooks(data.fresh(), dt.date(2025, 1, 1))
    assert [one.state for one in found] == [UNWATCHED]
    assert np.isnan(found[0].crps("kejadian", "kabupaten", SHOWN))


def test_a_score_of_a_part_says_of_how_many(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    after = dt.date(2025, 1, 10)
    assert lodged_table(lodged_outlooks(data.fresh(), after), "id")["Keadaan"].tolist() == [
        "dinilai"
    ]
    part = coverage(WATCHED).assign(unit_code="19.01")
    with data.store.begin("setup.prepare") as connection:
        data.store.replace(connection, schema.coverage_periods, part)
    found = lodged_outlooks(data.fresh(), after)
    n = len(FAMILIES)
    assert found[0].counted("kejadian", "kabupaten") == (n, 7 * n)
    said = f"dinilai, {n} dari {7 * n} (selebihnya tidak dipantau)"
    assert lodged_table(found, "id")["Keadaan"].tolist() == [said]
    assert said in lodged_line(found[0], "id")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"content": "{}"}, {"isi", "kolom"}),
        ({"window_end": dt.date(2024, 10, 1)}, {"kolom"}),
        ({"digest": "0" * 64}, {"isi"}),
        ({"lodged_at": dt.datetime(2024, 8, 1, tzinfo=dt.UTC)}, {"kolom"}),
    ],
)
def test_a_change_is_told_and_not_scored(
    data: Dataset, change: dict[str, object], faults: set[str]
) -> None:
    lodge_outlook(data, DAY)
    with data.store.begin("setup.prepare") as connection:
        connection.execute(update(schema.outlooks).values(**change))
    found = lodged_outlooks(data.fresh(), dt.date(2025, 1, 1))
    assert [one.state for one in found] == [CHANGED]
    assert set(found[0].lodged.faults) == faults
    assert found[0].scores.empty


def test_a_figure_changed_with_its_hash_breaks_the_chain_behind_it(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    lodge_outlook(data, DAY)
    at(dt.date(2024, 9, 30), monkeypatch)
    lodge_outlook(data, dt.date(2024, 9, 30))
    first = json.loads(data.store.read("outlooks")["content"].iloc[0])
    first["figures"][0]["probability"] = 0.99
    content = canonical(first)
    at_row = schema.outlooks.c.outlook_id == "2024-08-31/rakor"
    with data.store.begin("setup.prepare") as connection:
        row = update(schema.outlooks).where(at_row)
        connection.execute(row.values(content=content, digest=digest_of(content)))
    assert [one.faults for one in read_lodged(data.store)] == [(), ("rantai",)]
    with data.store.begin("setup.prepare") as connection:
        connection.execute(delete(schema.outlooks).where(at_row))
    assert [one.faults for one in read_lodged(data.store)] == [("rantai",)]


def test_a_clock_that_was_set_back_lodges_nothing_late(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(dt.date(2024, 9, 30), monkeypatch)
    lodge_outlook(data, dt.date(2024, 9, 30))
    at(DAY, monkeypatch)
    with pytest.raises(OutlookLateError):
        lodge_outlook(data, DAY)
    assert data.store.count("outlooks") == 1


def test_one_that_was_lodged_when_its_window_was_open_is_told(data: Dataset) -> None:
    lodge_outlook(data, DAY)
    late = dt.datetime(2024, 10, 1, tzinfo=dt.UTC)
    first = json.loads(data.store.read("outlooks")["content"].iloc[0])
    content = canonical({**first, "lodged_at": late.isoformat()})
    with data.store.begin("setup.prepare") as connection:
        row = {"content": content, "digest": digest_of(content), "lodged_at": late}
        connection.execute(update(schema.outlooks).values(**row))
    found = lodged_outlooks(data.fresh(), dt.date(2025, 1, 1))
    assert [(one.state, one.lodged.faults) for one in found] == [(CHANGED, ("waktu",))]


def test_nothing_to_forecast_is_refused(dataset: Dataset) -> None:
    with pytest.raises(OutlookEmptyError):
        document(dataset.with_tables(coverage_periods=coverage(WATCHED)[:0]), DAY)


@pytest.fixture(scope="module")
def view(dataset: Dataset) -> OutlookView:
    return outlook(dataset, DAY)


def test_probabilities_are_no_finer_than_the_score_supports(view: OutlookView) -> None:
    rows = view.figures
    steps = rows["probability"] / rows["step"]
    assert (steps - steps.round()).abs().max() < 1e-9
    assert rows["probability"].between(0, 1).all()
    assert (rows["low"] <= rows["high"]).all()
    assert set(rows["step"]) <= {0.05, 0.1, 0.25}


def test_what_is_shown_has_the_lower_crps_of_the_two(view: OutlookView) -> None:
    assert view.evaluation.windows
    for (level, family), choice in view.choices.items():
        crps = view.scores(level, family)["crps"]
        assert crps[choice.shown] == pytest.approx(min(crps[choice.model], crps["sendiri"]))


def test_a_replayed_outlook_is_that_of_a_store_that_ends_there(own_store: Store) -> None:
    """Take out every report that was not known on the day: nothing of the view changes."""
    from analytics.reports.selection import known_on

    before = outlook(load_dataset(own_store), DAY)
    rows = own_store.read("reports")
    with own_store.begin("setup.prepare") as connection:
        own_store.replace(connection, schema.reports, rows[known_on(rows, DAY)])
    after = outlook(load_dataset(own_store), DAY)
    pd.testing.assert_frame_equal(before.figures, after.figures)
    assert before.choices == after.choices
