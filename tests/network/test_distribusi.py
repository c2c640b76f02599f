"""The page of distribution: remoteness and what it rests on, plans made, cancelled and kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from data.errors import StoreError
from data.plan.kept import delete_plan, save_plan, saved_plans
from data.store.engine import Store
from pages.components.plan.parts import PARTS
from services.dataset import Dataset
from services.network.remoteness import (
    BANDS_MIN,
    band_of,
    origins,
    remote_layers,
    remote_legend,
    remote_table,
    remote_view,
)
from services.plan.job import forget, job_of
from services.plan.make import PlanAsked, make_plan
from tests.conftest import copy_store


@pytest.mark.parametrize(
    ("minutes", "band"),
    [(0.0, 0), (30.0, 0), (30.1, 1), (240.0, 3), (241.0, 4), (np.nan, None), (np.inf, None)],
)
def test_a_time_on_a_border_belongs_to_the_lower_class(minutes: float, band: int | None) -> None:
    assert band_of(minutes) == band
    assert BANDS_MIN == (30, 60, 120, 240)


def test_every_desa_and_island_site_is_reached_or_listed(dataset: Dataset) -> None:
    view = remote_view(dataset)
    desa = set(dataset.units.loc[dataset.units["level"].eq("desa"), "code"])
    reached = set(view.rows.loc[view.rows["p95_min"].notna(), "node_id"])
    assert desa <= reached | set(view.missing["node_id"])
    assert view.rows["rank"].dropna().is_monotonic_increasing


def test_the_islands_are_among_the_most_remote(dataset: Dataset) -> None:
    first = remote_table(remote_view(dataset), dataset, "id").head(9)
    assert first["Tempat"].str.contains("Pulau|Pongok|Celagen").all()


def test_times_are_in_order_and_tps_add_up(dataset: Dataset) -> None:
    rows = remote_view(dataset).rows
    assert (rows["low_min"] <= rows["usual_min"]).all()
    assert (rows["usual_min"] <= rows["slow_min"]).all()
    assert (rows["slow_min"] <= rows["high_min"]).all()
    assert (rows["slow_min"] < rows["p95_min"]).all(), (
        "the roads' error is in the index, not the day"
    )
    assert (rows["slow_min"] > 120).sum() < (rows["p95_min"] > 120).sum()
    assert rows["tps"].sum() == 4116


def test_the_legend_counts_every_desa_that_is_drawn(dataset: Dataset) -> None:
    for kabupaten, count in ((None, 391), ("19.03", 53)):
        view = remote_view(dataset, kabupaten)
        assert sum(n for _, _, n in remote_legend(view, "id")) == count
        assert len(remote_layers(view, dataset, "id")) == 4


def test_each_kabupaten_shows_its_own_places_and_all_together_the_province(
    dataset: Dataset,
) -> None:
    whole = remote_view(dataset)
    codes = dataset.units.loc[dataset.units["level"].eq("kabupaten"), "code"]
    parts = {one: remote_view(dataset, one) for one in codes}
    for one, view in parts.items():
        assert len(view.rows)
        assert view.rows["unit_code"].str.startswith(f"{one}.").all()
        assert view.minutes.index.str.startswith(f"{one}.").all()
    assert sum(len(view.rows) for view in parts.values()) == len(whole.rows)


def test_measuring_from_a_pier_starts_at_its_own_desa(dataset: Dataset) -> None:
    assert "P-SADAI" in origins(dataset)
    minutes = remote_view(dataset, None, "P-SADAI").minutes
    assert minutes.idxmin().startswith("19.03.06")
    assert np.isfinite(minutes).all()


SMALLEST = "19.71"


@pytest.fixture(scope="module")
def _var(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Path:
    """A folder with a store that is ready, so that workers need not make one."""
    folder = tmp_path_factory.mktemp("distribusi")
    copy_store(shipped_store, folder / "siaga.db")
    return folder


def plan_view(data, kabupaten) -> None:  # type: ignore[no-untyped-def]
    """Draw the view of plans; runs alone, without the names of this module."""
    import streamlit as st

    from pages.components.custody import ballots
    from pages.components.plan import parts as plan

    plan.draw(data, kabupaten, st.container(), st.columns(2), ballots.draw)


def page_arguments(dataset: Dataset) -> dict[str, object]:
    return {"data": dataset, "kabupaten": SMALLEST}


@pytest.fixture
def page(_var: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The view of plans of the smallest kabupaten, without a plan kept."""
    monkeypatch.setenv("SIAGA_VAR", str(_var))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for name in saved_plans():
        delete_plan(name)
    yield AppTest.from_function(plan_view, kwargs=page_arguments(dataset), default_timeout=60).run()
    job = job_of(SMALLEST)
    if job is not None:
        forget(job)


def shown(test: AppTest) -> str:
    return "\n".join(str(block.proto.body) for block in test.get("html"))


def test_without_a_plan_the_page_says_what_to_do(page: AppTest) -> None:
    assert not page.exception
    assert "Pangkalpinang: 622 TPS, 3.110 kotak, semua lewat darat" in shown(page)
    assert "Belum ada rencana. Periksa armada dan hari" in shown(page)


def test_a_plan_is_made_from_the_page_while_the_page_stays(page: AppTest) -> None:
    page.number_input[-1].set_value(1)  # seconds to search
    next(b for b in page.button if b.label == "Susun rencana").click().run()
    assert not page.exception
    assert any(b.label == "Batal" for b in page.button)
    deadline = time.monotonic() + 60
    while job_of(SMALLEST).status == "running":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    page.run()
    assert not page.exception
    assert saved_plans() == ["pemilu2024 Pangkalpinang"]
    assert "LOLOS AUDIT" in shown(page)
    assert "Pangkalpinang: 622 dari 622 TPS tepat waktu; paling ketat" in shown(page)
    assert not any(b.label == "Batal" for b in page.button)


def test_cancel_keeps_the_last_plan_open(page: AppTest, dataset: Dataset) -> None:
    save_plan("H-1", make_plan(dataset, PlanAsked(SMALLEST, seconds=1)))
    page.run()
    next(b for b in page.button if b.label == "Susun rencana").click().run()
    page.button(key="job_cancel").click().run()
    page.run()
    assert not page.exception
    assert saved_plans() == ["H-1"]
    assert "LOLOS AUDIT" in shown(page)
    assert "dibatalkan; rencana terakhir tetap ada" in page.warning[0].value
    page.button(key="job_dismiss").click().run()
    assert not page.warning


def test_a_plan_that_the_store_refused_is_kept_by_a_button(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreError("sqlite", "busy", "busy")

    monkeypatch.setattr("services.plan.job.save_plan", busy)
    page.number_input[-1].set_value(1)
    next(b for b in page.button if b.label == "Susun rencana").click().run()
    job = job_of(SMALLEST)
    assert job is not None
    assert job.work.wait(120)
    page.run()
    assert "sudah disusun, tetapi belum tersimpan" in page.warning[0].value
    page.button(key="job_keep").click().run()
    assert (len(page.error), saved_plans()) == (1, [])
    monkeypatch.setattr("services.plan.job.save_plan", save_plan)
    page.button(key="job_keep").click().run()
    assert not page.exception
    assert (saved_plans(), list(page.warning)) == (["pemilu2024 Pangkalpinang"], [])
    assert "LOLOS AUDIT" in shown(page)


def test_every_part_of_a_plan_opens_in_both_languages(page: AppTest, dataset: Dataset) -> None:
    first = make_plan(dataset, PlanAsked(SMALLEST, seconds=1))
    save_plan("H-1", first)
    save_plan("H-1 lain", first)
    page.run()
    for part in PARTS:
        page.button_group(key="d_part").set_value(part).run()
        english = AppTest.from_function(plan_view, kwargs=page_arguments(dataset))
        english.query_params["lang"], english.query_params["bagian"] = "en", part
        for test in (page, english.run(timeout=60)):
            assert not test.exception, (part, test.exception)
            assert test.session_state["d_part"] == part
    page.button_group(key="d_part").set_value("rencana").run()
    assert "simulasi atas anggapan" in shown(page)  # the part on lateness was opened above
    page.button_group(key="d_part").set_value("bandingkan").run()
    assert "0 tempat lebih awal, 0 lebih lambat" in shown(page)
    page.button(key="d_delete").click().run()
    assert len(saved_plans()) == 1
    page.button(key="d_undo").click().run()
    assert sorted(saved_plans()) == ["H-1", "H-1 lain"]
    assert not page.exception
