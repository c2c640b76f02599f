"""Two plans side by side, a plan made again, and plans renamed, deleted and brought back."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.plan.audit import audit
from analytics.plan.document import to_document
from analytics.plan.solver.solve import solve_plan
from cli import app
from data.errors import FileUnreadableError, SourceMissingError
from data.plan.kept import (
    delete_plan,
    load_plan,
    plans_of,
    rename_plan,
    restore_plan,
    save_plan,
    saved_plans,
    trash,
)
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.views.compare import (
    can_repeat,
    compare_layers,
    compare_plans,
    figures_table,
    places_table,
    repeat_plan,
    repeated,
)
from tests.plan_world import A, six_nodes, world

ABOUT = {"kabupaten": "99.01", "asked": {"seconds": 5}}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    inputs = world()
    plan = solve_plan(inputs, 1, 5)
    found = to_document(plan, inputs, about=ABOUT, whole=True)
    verdict = audit(found).verdict()
    return json.loads(json.dumps(to_document(plan, inputs, verdict, ABOUT, whole=True)))


@pytest.fixture
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))


def changed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the plan with one place an hour later, one left out, a trip less, and dearer."""
    other = copy.deepcopy(document)
    first = other["deliveries"][0]
    later = pd.Timestamp(first["delivered"]) + pd.Timedelta(hours=1)
    first["delivered"] = later.isoformat()
    other["deliveries"].pop()
    other["trips"].pop()
    other["figures"]["cost"] += 1_500_000
    return other


def test_a_plan_against_itself_changes_nothing(document: dict[str, Any]) -> None:
    found = compare_plans(document, document)
    assert found.places["state"].eq("same").all()
    assert found.figures["change"].eq(0).all()
    assert len(found.places) == len(document["deliveries"])


def test_what_differs_is_told_by_place_and_by_figure(document: dict[str, Any]) -> None:
    other = changed(document)
    found = compare_plans(document, other)
    rows = found.places.set_index("place_code")
    late = document["deliveries"][0]["place_code"]
    gone = document["deliveries"][-1]["place_code"]
    assert rows.loc[late, "later_min"] == 60
    assert rows.loc[late, "state"] == "later"
    assert rows.loc[gone, "state"] == "only_a"
    assert rows.loc[gone, "tps_count"] == document["deliveries"][-1]["tps_count"]
    figures = found.figures.set_index("key")["change"]
    assert figures["trips"] == -1
    assert figures["cost"] == pytest.approx(1.5)
    assert figures["tps"] == -document["deliveries"][-1]["tps_count"]
    back = compare_plans(other, document).places.set_index("place_code")
    assert back.loc[late, "later_min"] == -60
    assert back.loc[late, "state"] == "earlier"
    assert back.loc[gone, "state"] == "only_b"


def test_the_tables_carry_signs_and_words(document: dict[str, Any], dataset: Dataset) -> None:
    found = compare_plans(document, changed(document))
    table = figures_table(found, "id").set_index("Ukuran")
    assert list(table.columns) == ["A", "B", "Selisih (B - A)"]
    assert table.loc["Perjalanan", "Selisih (B - A)"] == "−1"
    assert table.loc["Biaya (juta rupiah, anggapan)", "Selisih (B - A)"] == "+1,50"
    places = places_table(found, dataset, "id")
    assert "+60" in set(places["Lebih lambat (menit)"])
    assert "hanya di A" in set(places["Keadaan"])


def test_the_maps_need_no_point_of_a_place_that_is_not_on_the_network(
    document: dict[str, Any], dataset: Dataset
) -> None:
    found = compare_plans(document, document)
    for second in (False, True):
        assert len(compare_layers(document, dataset, found, second, "id")) >= 1


def test_a_plan_made_again_from_its_own_inputs_is_the_same(document: dict[str, Any]) -> None:
    assert can_repeat(document)
    again = repeat_plan(None, document)
    found = repeated(document, again)
    assert found.verdict == "same"
    assert (found.differ, found.cost_change) == (0, 0)
    assert again["verdict"]["passed"]


def test_another_result_is_told(document: dict[str, Any]) -> None:
    other = changed(document)
    assert repeated(document, other).verdict == "differs"
    assert repeated(document, other).differ == 2


def test_a_plan_without_all_its_inputs_is_not_made_again(document: dict[str, Any]) -> None:
    partial = copy.deepcopy(document)
    partial["inputs"]["whole"] = False
    midway = document | {"about": ABOUT | {"whatif": {}}}
    for one in (partial, midway):
        assert not can_repeat(one)
        with pytest.raises(ParameterError, match="plan"):
            repeat_plan(None, one)


def test_all_legs_are_written_down_or_only_those_used() -> None:
    inputs = world()
    plan = solve_plan(inputs, 1, 5)
    whole = to_document(plan, inputs, whole=True)["inputs"]
    used = to_document(plan, inputs)["inputs"]
    assert len(whole["legs"]) == len(inputs.legs) >= len(six_nodes()["legs"])
    assert (whole["whole"], used["whole"]) == (True, False)
    assert len(used["legs"]) < len(whole["legs"])
    assert A in {leg["to_code"] for leg in used["legs"]}


@pytest.mark.usefixtures("_own_var")
def test_a_deleted_plan_comes_back_and_a_renamed_one_keeps_its_content() -> None:
    save_plan("satu", {"about": {"kabupaten": "19.03"}, "n": 1})
    save_plan("dua", {"about": {"kabupaten": "19.71"}, "n": 2})
    assert plans_of("19.03") == ["satu"]
    token = delete_plan("satu")
    assert saved_plans() == ["dua"]
    assert [thrown.name for thrown in trash()] == ["satu"]
    assert restore_plan(token) == "satu"
    assert load_plan("satu")["n"] == 1
    assert trash() == []
    rename_plan("satu", "tiga")
    assert load_plan("tiga")["n"] == 1
    rename_plan("tiga", "tiga")
    assert sorted(saved_plans()) == ["dua", "tiga"]


@pytest.mark.usefixtures("_own_var")
def test_a_plan_that_is_replaced_or_stands_in_the_way_goes_to_the_trash() -> None:
    save_plan("satu", {"n": 1})
    save_plan("satu", {"n": 2})
    assert load_plan("satu")["n"] == 2
    assert restore_plan(trash()[0].token) == "satu"
    assert load_plan("satu")["n"] == 1
    assert restore_plan(trash()[0].token) == "satu"
    assert load_plan("satu")["n"] == 2


@pytest.mark.usefixtures("_own_var")
def test_what_is_thrown_away_at_one_moment_is_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2024-02-10T01:00:00+00:00")
    for n in range(4):
        save_plan("satu", {"n": n})
    tokens = [delete_plan("satu"), *(thrown.token for thrown in trash()[1:])]
    assert len(set(tokens)) == 4
    for n, token in zip((3, 2, 1, 0), tokens, strict=True):
        restore_plan(token)
        assert load_plan("satu")["n"] == n


@pytest.mark.usefixtures("_own_var")
def test_names_that_are_taken_or_no_names_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    save_plan("satu", {"n": 1})
    save_plan("dua", {"n": 2})
    for new in ("dua", "../luar", "", " satu"):
        with pytest.raises(FileUnreadableError):
            rename_plan("satu", new)
    with pytest.raises(SourceMissingError):
        rename_plan("tiada", "empat")
    with pytest.raises(SourceMissingError):
        delete_plan("tiada")
    for token in ("tiada~20240101T000000000000", "../plans/satu", "x/../satu"):
        with pytest.raises(SourceMissingError):
            restore_plan(token)
    assert (load_plan("satu")["n"], load_plan("dua")["n"]) == (1, 2)
    assert not (tmp_path / "luar.json").exists()


@pytest.mark.usefixtures("_own_var")
def test_the_commands_list_compare_repeat_and_export(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner().invoke
    save_plan("satu", document)
    save_plan("dua", changed(document))
    listed = json.loads(run(app, ["plans", "--json"]).output)
    assert {row["name"] for row in listed} == {"satu", "dua"}
    assert all(row["kabupaten"] == "99.01" and row["seed"] == 1 for row in listed)
    told = run(app, ["plan-compare", "satu", "dua", "--json"])
    figures = {row["key"]: row["change"] for row in json.loads(told.output)["figures"]}
    assert figures["trips"] == -1
    assert "hanya di A: 1" in run(app, ["plan-compare", "satu", "dua"]).output
    file = tmp_path / "plans" / "satu.json"
    repeated_same = run(app, ["plan-repeat", str(file), "--json"])
    assert repeated_same.exit_code == 0, repeated_same.output
    assert json.loads(repeated_same.output)["verdict"] == "same"
    differs = run(app, ["plan-repeat", "dua"])
    assert differs.exit_code == 1
    assert "Berbeda: " in differs.output
    out = tmp_path / "satu.kml"
    made = run(app, ["plan-export", "satu", "-o", str(out)])
    assert made.exit_code == 0, made.output
    assert "TERBATAS" in out.read_text(encoding="utf-8")
    for wrong in (["plan-export", "tiada", "-o", str(out)],
                  ["plan-export", "satu", "-o", str(tmp_path / "satu.docx")],
                  ["plan-repeat", "tiada"], ["plan-compare", "satu", "tiada.json"]):  # fmt: skip
        assert run(app, wrong).exit_code == 2
