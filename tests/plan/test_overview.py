"""All kabupaten at one glance: what is kept counts, what fails counts for nothing on time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.province import default_election
from services.dataset import Dataset
from services.plan.make import save_plan
from services.plan.views.needs import (
    crossings_table,
    needs,
    needs_layers,
    needs_table,
    needs_words,
    refused_words,
)
from services.plan.views.verdict import verdict_sentence
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


def test_before_any_plan_the_map_says_what_must_go_where(dataset: Dataset) -> None:
    found = needs(dataset, "19.03")
    assert needs_words(found, "Bangka Selatan", "id")[0].startswith(
        "Bangka Selatan: 555 TPS, 2.775 kotak; "
    )
    by_sea = found.rows[found.rows["mode"].eq("boat")]
    assert by_sea["pier"].notna().all()
    assert by_sea["landing"].notna().all()
    assert {"19.03.08.2001", "19.03.08.2002"} <= set(by_sea["place_code"])  # Pongok, Celagen
    table = crossings_table(found, dataset, "id")
    assert table["TPS"].astype(int).sum() == by_sea["tps"].sum()
    ways, places, *bases = needs_layers(found, dataset, "id")
    assert len(ways.data["features"]) == len(table)
    assert len(places.data["features"]) == len(found.rows)
    marks = [one["properties"] for layer in bases for one in layer.data["features"]]
    assert {"BSL-02", "P-SADAI"} <= {one["key"] for one in marks}
    assert "555 TPS, 2.775 kotak" in next(one["tip"] for one in marks if one["key"] == "BSL-02")


def test_the_province_has_every_tps_once_and_a_town_without_islands_no_boat(
    dataset: Dataset,
) -> None:
    found = needs(dataset)
    assert found.rows["tps"].sum() == 4116
    assert found.rows["place_code"].is_unique
    assert found.refused == {}
    table = needs_table(found, "en")
    assert table.loc["19.71", ["TPS", "Boxes", "By sea"]].tolist() == ["622", "3,110", "0"]
    title = needs_words(needs(dataset, "19.71"), "Pangkalpinang", "id")[0]
    assert title == "Pangkalpinang: 622 TPS, 3.110 kotak, semua lewat darat"


def test_a_kabupaten_that_nothing_can_be_said_of_is_named_with_the_reason(dataset: Dataset) -> None:
    bare = dataset.with_tables(tps=dataset.tps[~dataset.tps["desa_code"].str.startswith("19.71.")])
    found = needs(bare)
    assert set(found.refused) == {"19.71"}
    assert refused_words(found, bare, "id")[0].startswith("Pangkalpinang: ")
    assert set(found.rows["kabupaten"]) == set(found.trucks)


def test_the_verdict_says_first_who_is_in_time_how_tight_it_is_and_who_waits(
    dataset: Dataset,
) -> None:
    document = json.loads(SOUND.read_text(encoding="utf-8"))
    document["about"]["kabupaten_name"] = "Bangka Selatan"
    document["verdict"] = {"passed": True, "faults": []}
    total = len(document["inputs"]["tps"])
    assert sum(row["tps_count"] for row in document["deliveries"]) == total
    words = verdict_sentence(document, dataset, "id")
    assert words.startswith(f"Bangka Selatan: {total} dari {total} TPS tepat waktu; paling ketat ")
    assert words.endswith(" jam)")
    late, lost = document["deliveries"][0], document["deliveries"].pop()
    late["slack_min"] = -5
    document["unserved"] = [{"place_code": lost["place_code"], "tps_count": lost["tps_count"]}]
    document["verdict"] = {"passed": False, "faults": []}
    n, k = late["tps_count"], lost["tps_count"]
    words = verdict_sentence(document, dataset, "en")
    assert words.startswith(
        f"Bangka Selatan, FAILED THE AUDIT: {total - n - k} of {total} TPS in time; tightest "
    )
    assert f"{n} TPS late: " in words
    assert f"{k} TPS wait: " in words
