"""All kabupaten at one glance: what is kept counts, what fails counts for nothing on time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.province import default_election
from services.dataset import Dataset
from services.plan.make import save_plan
from services.plan.views.view import overview_table, overview_words, plan_overview

SOUND = Path(__file__).parents[1] / "fixtures" / "plans" / "sound.json"


@pytest.fixture(autouse=True)
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))


def keep(name: str, kabupaten: str, passed: bool, **about: object) -> int:
    """Keep a sound plan as one of a kabupaten; return its TPS."""
    document = json.loads(SOUND.read_text(encoding="utf-8"))
    document["about"] = {"kabupaten": kabupaten, "election": default_election(), **about}
    document["verdict"] = {"passed": passed, "faults": []}
    save_plan(name, document)
    return sum(row["tps_count"] for row in document["deliveries"])


def test_without_plans_every_kabupaten_is_listed_and_has_none(dataset: Dataset) -> None:
    overview = plan_overview(dataset.fresh())
    assert len(overview) == 7
    assert overview["plan"].isna().all()
    assert overview["tps_all"].sum() == 4116
    assert overview_words(overview, "id")[0].startswith("0 dari 7")
    assert set(overview_table(overview, "id")["Pemeriksa"]) == {"belum ada"}


def test_only_a_plan_that_passes_counts_on_time(dataset: Dataset) -> None:
    tps = keep("Selatan", "19.03", True)
    keep("Barat", "19.05", False)
    overview = plan_overview(dataset.fresh())
    assert overview.loc["19.03", ["plan", "passed", "tps"]].tolist() == ["Selatan", True, tps]
    assert overview.loc["19.05", ["plan", "passed", "tps"]].tolist() == ["Barat", False, 0]
    assert overview_words(overview, "id")[0].startswith("1 dari 7")
    shown = overview_table(overview, "id").set_index("Kabupaten/kota")["Pemeriksa"]
    assert shown["Bangka Selatan"] == "✓ lolos audit"
    assert shown["Bangka Barat"] == "✗ gagal audit"
    assert shown["Bangka"] == "belum ada"


def test_a_replay_is_no_plan_of_the_kabupaten(dataset: Dataset) -> None:
    keep("Tinjau ulang", "19.03", True, replay="2024-02-11")
    assert plan_overview(dataset.fresh())["plan"].isna().all()
