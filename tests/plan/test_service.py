"""The distribution plan on the real network and register, from inputs to a kept document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError, SourceMissingError
from data.plan.kept import read_plan, shipped_fleet
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.failure import lacking_lines, served_words
from services.plan.make import (
    PlanAsked,
    audit_document,
    inputs_of,
    load_plan,
    make_plan,
    save_plan,
    saved_plans,
)
from services.plan.views.view import faults_words, manifest, stop_rows, tightest

SOUTH = "19.03"


@pytest.fixture(scope="module")
def document(dataset: Dataset) -> dict[str, Any]:
    return make_plan(dataset, PlanAsked(SOUTH, seconds=4))


def test_the_plan_of_bangka_selatan_passes_its_audit_and_serves_every_tps_once(
    document: dict[str, Any], dataset: Dataset
) -> None:
    assert document["verdict"]["passed"], document["verdict"]["faults"][:3]
    rows = stop_rows(document)
    desa = set(dataset.units.loc[dataset.units["level"].eq("desa"), "code"])
    final = rows[rows["place"].isin(desa) & rows["tps"].gt(0)]
    ids = ", ".join(final["tps_ids"]).split(", ")
    assert len(ids) == len(set(ids)) == 555
    assert document["about"]["access"] == "terbatas"


def test_lepar_and_pongok_get_175_boxes_by_boat_and_ferry(document: dict[str, Any]) -> None:
    """Published: 35 TPS and 175 boxes for Lepar and Pongok; trucks may board a ferry to Lepar."""
    by_mode: dict[str, set[str]] = {"boat": set(), "truck": set()}
    for trip in document["trips"]:
        ids = {
            one for stop in trip["stops"] if stop["place_code"][:1] != "P" for one in stop["tps"]
        }
        by_mode.setdefault(trip["mode"], set()).update(ids)
    islands = ("19.03.02", "19.03.08")
    boats = {one for one in by_mode["boat"] if one.split("/")[1][:8] in islands}
    trucks = {one for one in by_mode["truck"] if one.split("/")[1][:8] in islands}
    assert boats == by_mode["boat"]
    assert not boats & trucks
    assert len(boats | trucks) == 35
    assert {one.split("/")[1][:8] for one in trucks} == {"19.03.02"}
    boxes = {row["tps_id"]: row["boxes"] for row in document["inputs"]["tps"]}
    assert sum(boxes[one] for one in boats | trucks) == 175


def test_inputs_say_what_is_fact_and_what_is_assumed(dataset: Dataset) -> None:
    _, notes = inputs_of(dataset, PlanAsked("19.06"))
    assert [row["place"] for row in notes["islets"]] == ["S-BATUN", "S-KETAPANG", "S-LONG"]
    assert {row["basis"] for row in notes["fleet_basis"]} <= {"fakta", "anggapan"}
    facts = shipped_fleet()
    assert facts.loc[facts["basis"].eq("fakta"), "source_url"].str.startswith("http").all()


def test_too_few_boats_fail_with_reasons_and_are_never_shown_as_a_plan(dataset: Dataset) -> None:
    failed = make_plan(dataset, PlanAsked(SOUTH, boats=0, seconds=2))
    assert not failed["verdict"]["passed"]
    assert faults_words(failed, dataset, "id")
    # The four desa of Lepar are reached by a truck on the ferry; Pongok and Celagen are not.
    assert served_words(failed, "id") == "543 dari 555 TPS terkirim tepat waktu"
    assert lacking_lines(failed, dataset, "id") == [
        "12 TPS di 2 tempat (Pongok, Celagen): tidak ada perahu di Pelabuhan Sadai"
    ]


def test_a_tampered_plan_fails_whatever_it_says_of_itself(document: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(document))
    broken["trips"] = broken["trips"][1:]
    assert broken["verdict"]["passed"]
    found = audit_document(broken)
    assert not found.passed
    assert {"tps_missing", "loaded_before_it_came"} & {fault.key for fault in found.faults}


def test_tables_hold_the_plan(document: dict[str, Any], dataset: Dataset) -> None:
    table = manifest(document, dataset, "id")
    assert len(table) == len(stop_rows(document))
    assert table["Tempat"].notna().all()
    assert len(tightest(document, dataset, "id")) == 10


def test_plans_are_kept_by_name_and_nothing_else(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    assert saved_plans() == []
    save_plan("H-1 Bangka Selatan", document)
    assert saved_plans() == ["H-1 Bangka Selatan"]
    assert load_plan("H-1 Bangka Selatan") == document
    for name in ("../luar", "", "a/b", ".x"):
        with pytest.raises(FileUnreadableError):
            save_plan(name, document)
    with pytest.raises(SourceMissingError):
        read_plan(tmp_path / "none.json")
    (tmp_path / "list.json").write_text("[1]")
    with pytest.raises(FileUnreadableError):
        read_plan(tmp_path / "list.json")


@pytest.mark.parametrize(
    "change",
    [{"island_days": 0}, {"land_days": 11}, {"seconds": 0.0}, {"boats": -1}, {"trucks": 999}],
)
def test_inputs_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(change))):
        PlanAsked(SOUTH, **change)


def test_an_unknown_kabupaten_or_election_is_refused(dataset: Dataset) -> None:
    for asked in (PlanAsked("19.99"), PlanAsked(SOUTH, "pilkada2024")):
        with pytest.raises(ParameterError, match="kabupaten"):
            inputs_of(dataset, asked)


def test_the_commands_plan_and_audit_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = tmp_path / "plan.json"
    run = CliRunner().invoke
    made = run(app, ["plan", "--kabupaten", "19.71", "--seconds", "2", "--ends", "-o", str(path)])
    assert made.exit_code == 0, made.output
    assert "lolos audit" in made.output
    again = run(app, ["audit", str(path), "--json"])
    assert again.exit_code == 0
    assert json.loads(again.output)["passed"] is True
    document = json.loads(path.read_text(encoding="utf-8"))
    every = {row["tps_id"] for row in document["inputs"]["tps"]}
    assert {row["tps_id"] for row in document["last_mile"]} == every
    assert {row["tps_id"] for row in document["back"]["to_pps"]} == every
    document["trips"].pop()
    path.write_text(json.dumps(document), encoding="utf-8")
    assert run(app, ["audit", str(path)]).exit_code == 1
    del document["trips"][0]["stops"][0]["arrive"]
    path.write_text(json.dumps(document), encoding="utf-8")
    lacking = run(app, ["audit", str(path)])
    assert lacking.exit_code == 2
    assert "trips[0].stops[0].arrive" in lacking.output
    refused = run(app, ["plan", "--kabupaten", "19.99", "-o", str(tmp_path / "x.json")])
    assert refused.exit_code == 2
    assert not (tmp_path / "x.json").exists()
