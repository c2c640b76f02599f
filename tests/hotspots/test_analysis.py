"""The statistics as the page and the command ask for them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.hotspots.inference import GateParams
from analytics.reports.selection import Selection
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.analysis import METHODS, AnalysisQuery, AnalysisView, analyse
from services.hotspots.analysis_view import (
    CLASSES,
    analysis_layers,
    analysis_legend,
    answers_table,
    areas_table,
    clusters_table,
    facts_table,
    meaning,
    write_view,
)
from services.hotspots.areas import AREAS
from tests.simulated import FIRST, LAST, NEAR, PLANTED, simulated


@pytest.fixture(scope="module")
def planted(dataset: Dataset) -> Dataset:
    return simulated(dataset)


def query(method: str, level: str = "kecamatan", **parameters: object) -> AnalysisQuery:
    chosen = Selection(
        as_of=date(2025, 3, 1),
        date_from=FIRST.date(),
        date_to=LAST.date(),
        families=("konflik",),
        kinds=("kejadian",),
    )
    return AnalysisQuery(chosen, method, level, **parameters)  # type: ignore[arg-type]


def test_the_cited_reports_are_too_few_and_the_view_says_why(dataset: Dataset) -> None:
    chosen = Selection(as_of=date(2025, 10, 29), families=("konflik",), kinds=("kejadian",))
    view = analyse(dataset, AnalysisQuery(chosen, "gistar"))
    assert view.reason == "few_affairs"
    assert "z" not in view.units.columns
    assert view.units["affairs"].sum() > 0
    words = meaning(view, view.units["class"], "id")
    assert "baru dijalankan mulai 30 perkara" in words
    assert "kebetulan" not in words
    assert sum(n for _, _, n in analysis_legend(view, view.units["class"], "id")) == 47


def test_gi_star_flags_the_planted_kecamatan_and_no_far_one(planted: Dataset) -> None:
    view = analyse(planted, query("gistar"))
    hot = set(view.units.index[view.units["class"].str.startswith("panas")])
    assert PLANTED in hot
    assert all(code.startswith("19.03") or code.startswith("19.04") for code in hot)
    assert view.facts["tests"] == 47
    assert view.facts["inference"] == "voters"
    counted = analyse(planted, query("gistar", tested="counts"))
    assert counted.facts["inference"] == "exact"
    assert PLANTED in set(counted.units.index[counted.units["class"].str.startswith("panas")])
    assert view.units["p_adjusted"].ge(view.units["p"] - 1e-12).all()


def test_local_moran_puts_the_planted_kecamatan_among_the_high(planted: Dataset) -> None:
    view = analyse(planted, query("moran"))
    assert view.units.loc[PLANTED, "class"] == "HH"


def test_the_scan_finds_where_and_when(planted: Dataset) -> None:
    view = analyse(planted, query("scan"))
    first = view.clusters.iloc[0]
    assert PLANTED in first["members"]
    assert first["p"] == pytest.approx(0.001)
    assert first["period_start"] >= pd.Timestamp("2024-05-01")
    assert first["observed"] > first["expected"]
    assert set(view.members(PLANTED)) == set(first["members"])
    table = clusters_table(view, "id")
    assert len(table) == len(view.clusters)
    assert table.loc[0, "Pusat"] in set(view.units.loc[list(first["members"]), "name"])
    assert table.loc[0, "Wilayah"] == len(first["members"])


def test_the_facts_are_written_as_the_language_does(planted: Dataset) -> None:
    facts = facts_table(analyse(planted, query("scan")), "id").set_index("Keterangan")["Nilai"]
    assert facts["Dari"] == "1 Januari 2023"
    assert facts["Langkah terakhir sampai"] == "31 Desember 2024"
    assert facts["Bobot keyakinan"] == "tidak"
    assert facts["Pemilih dari"] == "Pemilu 2024"
    assert "." in facts["Jendela diperiksa"]


def test_density_holds_every_event_of_desa_precision(dataset: Dataset) -> None:
    chosen = Selection(as_of=date(2025, 10, 29), families=("konflik",), kinds=("kejadian",))
    view = analyse(dataset, AnalysisQuery(chosen, "density", bandwidth_km=20.0))
    assert view.cells is not None
    fine = view.reports[view.reports["unit"].str.count(r"\.") == 3]
    assert view.facts["events"] == len(fine.drop_duplicates(["perkara_id", "unit"])) > 0
    assert view.reason == ""


def test_the_weights_of_confidence_never_add_affairs(planted: Dataset) -> None:
    plain = analyse(planted, query("gistar", tested="counts"))
    weighed = analyse(planted, query("gistar", tested="counts", by_confidence=True))
    assert weighed.n_affairs == plain.n_affairs
    assert weighed.units["affairs"].equals(plain.units["affairs"])


def test_travel_time_makes_neighbours_and_circles(planted: Dataset) -> None:
    gistar = analyse(planted, query("gistar", weights="travel_time"))
    assert gistar.units["neighbours"].eq(6).all()
    scan = analyse(planted, query("scan_space", circles="minutes"))
    assert scan.clusters["radius_unit"].eq("menit").all()
    assert PLANTED in scan.clusters.iloc[0]["members"]
    with pytest.raises(ParameterError, match="level"):
        query("gistar", "hexagon", weights="travel_time")


def test_the_same_seed_gives_the_same_answer(planted: Dataset) -> None:
    first = analyse.__wrapped__(planted, query("gistar", seed=3)).units
    second = analyse.__wrapped__(planted, query("gistar", seed=3)).units
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("level", AREAS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_on_every_area_is_drawn_and_written(
    dataset: Dataset, method: str, level: str, tmp_path: Path
) -> None:
    chosen = Selection(as_of=date(2025, 10, 29), families=("konflik",), kinds=("kejadian",))
    gate = GateParams(min_affairs=2, min_units=2)
    view = analyse(dataset, AnalysisQuery(chosen, method, level, gate=gate, resolution=5))
    classes = view.units["class"]
    if method in CLASSES:
        assert set(classes.dropna()) <= set(CLASSES[method])
        legend = analysis_legend(view, classes, "id")
        assert sum(n for _, _, n in legend) == len(view.units)
    assert analysis_layers(view, classes, "id")
    assert len(areas_table(view, classes, "en")) == len(view.units)
    assert len(facts_table(view, "id")) > 10
    assert meaning(view, classes, "id").endswith(".")
    path = tmp_path / "out.geojson"
    rows = write_view(view, path)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert len(features) == rows
    assert features[0]["properties"]["method"] == method


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"method": "guess"}, "method"),
        ({"level": "dusun"}, "level"),
        ({"weights": "none"}, "weights"),
        ({"period": "year"}, "period"),
        ({"resolution": 3}, "resolution"),
        ({"circles": "hours"}, "circles"),
        ({"tested": "shares"}, "tested"),
        ({"counted": "page"}, "counted"),
        ({"by_confidence": True}, "by_confidence"),
        ({"selection": Selection(as_of=date(2025, 3, 1), families=("konflik",))}, "kinds"),
        (
            {"selection": Selection(date(2025, 3, 1), families=("perang",), kinds=("kejadian",))},
            "family",
        ),
    ],
)
def test_what_is_out_of_range_is_refused(change: dict[str, object], says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        replace(query("gistar"), **change)


def test_a_window_without_a_report_is_refused(dataset: Dataset) -> None:
    chosen = Selection(
        as_of=date(2010, 2, 1), date_from=date(2010, 1, 1), date_to=date(2010, 2, 1),
        families=("konflik",), kinds=("kejadian",),
    )  # fmt: skip
    with pytest.raises(ParameterError, match="reports"):
        analyse(dataset, AnalysisQuery(chosen))


def test_one_step_of_time_is_refused(planted: Dataset) -> None:
    asked = query("scan")
    chosen = replace(asked.selection, date_from=date(2024, 7, 1), date_to=date(2024, 7, 31))
    with pytest.raises(ParameterError, match="steps"):
        analyse(planted, replace(asked, selection=chosen))


def _late(planted: Dataset, method: str, period: str) -> AnalysisView:
    """Return a view of a window that begins and ends in the middle of a step."""
    asked = query(method, period=period)
    chosen = replace(
        asked.selection, as_of=date(2024, 12, 20),
        date_from=date(2023, 2, 15), date_to=date(2024, 12, 20),
    )  # fmt: skip
    return analyse(planted, replace(asked, selection=chosen))


@pytest.mark.parametrize("period", ["month", "week", "rakor"])
def test_a_scan_reaches_to_both_ends_of_its_window(planted: Dataset, period: str) -> None:
    view = _late(planted, "scan", period)
    assert view.facts["steps_start"] == date(2023, 2, 15)
    assert view.facts["steps_end"] == date(2024, 12, 20)
    assert view.facts["in_steps"] == view.n_affairs
    inside = view.clusters.iloc[0]
    placed = view.reports[view.reports["area"].isin(inside["members"])]
    days = placed["date_event"].between(inside["period_start"], inside["period_end"])
    assert inside["observed"] == placed.loc[days, "perkara_id"].nunique()


def test_what_is_said_to_exceed_chance_is_flagged_at_95_percent(planted: Dataset) -> None:
    gistar = analyse(planted, query("gistar")).units
    moran = analyse(planted, query("moran"))
    assert moran.units["class"].ne("").equals(moran.units["flagged"])
    classes = gistar["class"].where(gistar["class"].eq(""), "panas_90")
    assert "Tidak ada wilayah" in meaning(analyse(planted, query("gistar")), classes, "id")


def test_the_legend_of_counts_names_each_number_once(dataset: Dataset) -> None:
    chosen = Selection(as_of=date(2025, 10, 29), families=("konflik",), kinds=("kejadian",))
    view = analyse(dataset, AnalysisQuery(chosen, "gistar"))
    words = [words for _, words, _ in analysis_legend(view, view.units["class"], "id")]
    assert words == ["1", "2–3", "4–7", "8–15", "16 atau lebih", "tidak ada perkara"]


def test_the_known_answers_come_out_live() -> None:
    table = answers_table("id")
    assert len(table) >= 15
    assert table["Selisih"].astype(float).max() < 0.01
    assert np.isfinite(table["Dihitung"]).all()


def test_the_planted_neighbours_are_neighbours(dataset: Dataset) -> None:
    shapes = dataset.shapes["kecamatan"].set_index("code").geometry
    assert all(shapes[PLANTED].touches(shapes[code]) for code in NEAR[1:])
