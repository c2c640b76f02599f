"""Settings of a plan: defaults, TOML both ways, faults by key, and what they do to a plan."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.plan.inputs import PlanInputError
from cli import app
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.plan.kept import shipped_fleet
from data.plan.settings import (
    About,
    Docks,
    Ferries,
    FleetRow,
    Hours,
    Origin,
    PlanSettings,
    Sea,
    Service,
    Warehouse,
    WindowRow,
)
from data.plan.toml import to_toml
from data.province import province
from geo.errors import ParameterError
from services.dataset import Dataset
from services.network.build import network_of
from services.plan.inputs import place_area
from services.plan.make import PlanAsked, inputs_of, make_plan, read_plan, saved_plans, settings_of
from services.plan.settings import (
    default_settings,
    read_settings,
    save_scenario,
    scenario_settings,
    scenarios,
    settings_from_text,
)

ROOT = Path(__file__).resolve().parents[2]
SOUTH = "19.03"
FIRST = "2024-02-11-sadai-pongok"
CALM = "2024-02-12-sadai-lepar-pongok"


def text_of(**changes: Any) -> str:
    lines = [f"{key} = {value}" for key, value in {"kabupaten": '"19.03"', **changes}.items()]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "kabupaten", ["19.01", "19.02", "19.03", "19.04", "19.05", "19.06", "19.71"]
)
def test_defaults_are_told_apart_into_facts_with_a_page_and_assumptions(kabupaten: str) -> None:
    settings = default_settings(kabupaten)
    assert {row.mode for row in settings.fleet} >= {"truck", "local"}
    assert {row.name for row in settings.fleet} <= set(settings.origins)
    for key, origin in settings.origins.items():
        assert origin.basis in {"fakta", "anggapan"}, key
        assert origin.note, key
        assert origin.source_url.startswith("http") or origin.basis == "anggapan", key


def test_settings_go_to_toml_and_come_back_the_same() -> None:
    settings = replace(
        default_settings("19.02"),
        warehouses=(Warehouse("BLT-01"), Warehouse("BLT-02", ("19.02.03",))),
        tps_per_escort=2,
        now=pd.Timestamp("2024-02-01T08:00:00+07:00").to_pydatetime(),
    )
    assert settings_from_text(to_toml(settings), "x.toml") == settings
    for name in scenarios():
        assert settings_from_text(to_toml(scenario_settings(name)), "x.toml") == scenario_settings(
            name
        )


@pytest.mark.parametrize(
    ("kabupaten", "election", "trucks", "basis", "words"),
    [
        ("19.71", "pilkada2024", 7, "fakta", "636 kotak"),
        ("19.71", "pemilu2024", 35, "anggapan", "7 truk untuk 636 kotak pada Pilkada"),
        ("19.71", "pilkada_ulang2025", 7, "anggapan", "angka Pilkada 2024, dipakai untuk Pilkada"),
        ("19.01", "pilkada_ulang2025", 8, "fakta", "8 truk pos"),
        ("19.01", "pilkada2024", 33, "anggapan", "tanpa diskalakan"),
        ("19.02", "pemilu2024", 36, "fakta", "36 truk"),
        ("19.03", "pilkada2024", 20, "anggapan", "tidak ada angka terbit"),
    ],
)
def test_a_fleet_is_a_fact_of_its_own_election_only(
    kabupaten: str, election: str, trucks: int, basis: str, words: str
) -> None:
    settings = default_settings(kabupaten, election)
    assert [row.count for row in settings.fleet if row.mode == "truck"] == [trucks]
    assert [row.mode for row in settings.fleet].count("truck") == 1
    assert settings.origins["TRUK"].basis == basis
    assert words in settings.origins["TRUK"].note
    assert trucks != 35 or trucks == math.ceil(7 * 3110 / 636)


def test_every_fact_about_a_fleet_names_its_election(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = shipped_fleet()
    facts = rows[rows["basis"].eq("fakta")]
    assert facts["election"].isin(list(province().elections)).all()
    for n, (column, value) in enumerate((("election", None), ("mode", "boat"))):
        broken = rows.copy()
        broken.loc[1, column] = value
        broken.loc[1, "election"] = None
        folder = tmp_path / str(n)
        folder.mkdir()
        broken.to_csv(folder / "fleet.csv", index=False)
        monkeypatch.setattr("data.plan.kept.shipped_dir", lambda folder=folder: folder)
        with pytest.raises(SchemaError, match=r"row 3: election=nan"):
            shipped_fleet()


def test_the_warehouse_is_that_of_the_election_where_one_is_known(dataset: Dataset) -> None:
    found = network_of(dataset)
    assert found.depot_for("19.05", "pemilu2024") == "BBR-01"  # the default one of three
    assert found.depot_for("19.05", "pilkada2024") == "BBR-04"
    assert found.depot_for("19.71", "pilkada_ulang2025") == "PGK-01"
    assert found.depot_for("19.06", "pilkada2024") == "BTM-01"  # nothing else is known


def test_docks_of_warehouses_and_piers_go_into_the_rules(dataset: Dataset) -> None:
    settings = scenario_settings(FIRST)
    assert settings.origins["docks"].basis == "anggapan"
    inputs, _ = inputs_of(dataset, settings)
    assert inputs.rules.docks == {"BSL-02": 9, "P-SADAI": 8}
    own = replace(settings, docks=Docks(4, 1, {"BSL-02": 2}))
    assert inputs_of(dataset, own)[0].rules.docks == {"BSL-02": 2, "P-SADAI": 1}
    with pytest.raises(ParameterError, match="P-NIHIL"):
        inputs_of(dataset, replace(settings, docks=Docks(places={"P-NIHIL": 2})))


def test_a_file_may_say_little_and_what_it_sets_is_told_apart() -> None:
    settings = settings_from_text(text_of(island_days=2), "kecil.toml")
    assert settings.island_days == 2
    assert settings.fleet == default_settings(SOUTH).fleet
    assert settings.origins["island_days"].basis == "pengaturan"
    assert settings.origins["deadline"].basis == "fakta"


@pytest.mark.parametrize(
    ("words", "key", "value", "expected"),
    [
        ("island_dais = 2", "island_dais", "2", "island_days"),
        ("island_days = 0", "island_days", "0", "1 to 10"),
        ('island_days = "dua"', "island_days", "dua", "a whole number"),
        ("reserve_pct = 1.5", "reserve_pct", "1.5", "2 to 10"),
        ("reserve_pct = 10.5", "reserve_pct", "10.5", "2 to 10"),
        ('deadline = "25:00"', "deadline", "25:00", "18:00"),
        ("[service]\nunload_min = -5", "service.unload_min", "-5", "0 to 240"),
        ("[hours]\nboat = ['17:00', '06:00']", "hours.night_crossing", "False", "after midnight"),
        ("[hours]\ntruck = ['17:00', '17:00']", "hours.truck", "17:00", "two times"),
        ("[service]\nrest_min = 1441", "service.rest_min", "1441", "0 to 1,440"),
        ("[sea]\nwave_factor = 3.0", "sea.wave_factor", "3.0", "1 to 2"),
        ("[speed]\ncepat = 0.0", "speed.cepat", "0.0", "above 0"),
        ("[docks]\npier = 0", "docks.pier", "0", "1 to 300"),
        ("[docks.places]\nP-SADAI = 0", "docks.places.P-SADAI", "0", "1 to 300"),
        ("[ferries]\nchoice = 'kapal'", "ferries.choice", "kapal", "earlier or ferry"),
        ("[ferries]\nwait_min = -1", "ferries.wait_min", "-1", "0 to 1,440"),
        ('include = ["19.06"]', "include", "19.06", "19.03"),
        ("[[fleet]]\nname = 'A'", "fleet[1].mode", "None", "a value"),
        ("[[fleet]]\nname='A'\nmode='boat'\ncount=1\ncapacity_boxes=0\nvessel_class='perahu'",
         "fleet[1].capacity_boxes", "0", "1 to 5,000"),
        ("[[fleet]]\nname='A'\nmode='boat'\ncount=1\ncapacity_boxes=9\nvessel_class='kano'",
         "fleet[1].vessel_class", "kano", "perahu"),
        ("[[windows]]\nscope='area'\nkey='Selat Gelasa'\nopens=2024-02-12T07:00:00+07:00\n"
         "closes=2024-02-12T06:00:00+07:00", "windows[1].closes", "06:00", "later than opens"),
        ('schema = "lain"', "schema", "lain", "siaga-babel"),
    ],
)  # fmt: skip
def test_a_faulty_setting_is_named_by_key_value_and_what_was_expected(
    words: str, key: str, value: str, expected: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        settings_from_text(f'kabupaten = "19.03"\n{words}', "salah.toml")
    assert caught.value.table == "salah.toml"
    fault = next(f for f in caught.value.faults if f.startswith(key))
    assert value in fault
    assert expected in fault


def test_all_faults_of_a_file_are_told_at_once() -> None:
    with pytest.raises(SchemaError) as caught:
        settings_from_text(text_of(island_days=0, reserve_pct=99.0, seed=-1), "salah.toml")
    assert len(caught.value.faults) == 3


def test_a_file_that_is_no_toml_or_names_no_kabupaten_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="not_toml"):
        settings_from_text("kabupaten = ", "salah.toml")
    with pytest.raises(ParameterError, match="kabupaten"):
        settings_from_text("seed = 1", "tanpa.toml")
    with pytest.raises(SourceMissingError):
        read_settings(tmp_path / "tidak-ada.toml")


def test_a_scenario_of_the_planner_goes_before_the_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    assert {FIRST, CALM} <= set(scenarios())
    own = replace(scenario_settings(FIRST), seed=7)
    save_scenario(FIRST, own)
    save_scenario("rencana B", own)
    assert scenario_settings(FIRST).seed == 7
    assert "rencana B" in scenarios()
    with pytest.raises(FileUnreadableError):
        save_scenario("../luar", own)
    with pytest.raises(SourceMissingError):
        scenario_settings("tidak ada")


def test_the_short_question_stands_for_settings(dataset: Dataset) -> None:
    asked = settings_of(PlanAsked(SOUTH, boats=2, trucks=3, island_days=2, seed=5))
    counts = {row.mode: row.count for row in asked.fleet}
    assert (counts["boat"], counts["truck"], asked.island_days, asked.seed) == (2, 3, 2, 5)
    inputs, _ = inputs_of(dataset, PlanAsked(SOUTH, boats=2, trucks=3))
    assert inputs.fleet["mode"].value_counts()[["truck", "boat"]].tolist() == [3, 2]


def test_the_command_takes_a_file_a_scenario_and_a_name_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    out, own = tmp_path / "plan.json", tmp_path / "atur.toml"
    run = CliRunner().invoke
    asked = ["plan", "--kabupaten", "19.03", "--scenario", FIRST, "--name", "ulang", "-o", str(out)]
    made = run(app, [*asked, "--seconds", "2", "--seed", "3"])
    assert made.exit_code == 0, made.output
    assert saved_plans() == ["ulang"]
    document = read_plan(out)
    assert document["figures"]["seed"] == 3
    assert sum(row["tps_count"] for row in document["deliveries"]) == 12
    again = settings_from_text(document["about"]["settings"], "plan.json")
    assert again == replace(scenario_settings(FIRST), seed=3, search_seconds=2.0)
    own.write_text('kabupaten = "19.03"\nreserve_pct = 50', encoding="utf-8")
    wrong: list[tuple[list[str], str]] = [
        (["--settings", str(own)], "reserve_pct"),
        (["--scenario", "tidak ada"], CALM),
        (["--scenario", FIRST, "--kabupaten", "19.06"], "19.03"),
        ([], "--scenario"),
    ]
    for words, named in wrong:
        refused = run(app, ["plan", *words, "-o", str(tmp_path / "x.json")])
        assert refused.exit_code == 2, words
        assert named in refused.output
    assert not (tmp_path / "x.json").exists()


def test_the_defaults_are_written_out_to_be_edited_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "atur.toml"
    run = CliRunner().invoke
    done = run(app, ["settings", "--kabupaten", "19.02", "-o", str(path)])
    assert done.exit_code == 0, done.output
    assert FIRST in done.output
    assert read_settings(path) == default_settings("19.02")
    run(app, ["settings", "--scenario", CALM, "-o", str(path)])
    assert read_settings(path) == scenario_settings(CALM)
    assert run(app, ["settings", "-o", str(path)]).exit_code == 2
    assert (
        run(app, ["settings", "--kabupaten", "19.02", "-o", str(tmp_path / "x/y.toml")]).exit_code
        == 2
    )


def test_the_eleventh_of_february_has_12_tps_and_60_boxes(dataset: Dataset) -> None:
    settings = scenario_settings(FIRST)
    inputs, notes = inputs_of(dataset, settings)
    assert (len(inputs.tps), int(inputs.tps["boxes"].sum())) == (12, 60)
    assert settings.events[0]["kind"] == "vehicle_fails"
    assert settings.events[0]["vehicle_id"] in set(inputs.fleet["vehicle_id"])
    assert notes["sea"]["missing"] == ["Selat Gelasa"]


def test_the_twelfth_of_february_crosses_between_seven_and_one(dataset: Dataset) -> None:
    document = make_plan(dataset, scenario_settings(CALM))
    assert document["verdict"]["passed"]
    assert document["figures"]["seas_not_known"] == []
    boats = [trip for trip in document["trips"] if trip["mode"] == "boat"]
    first = min(trip["stops"][0]["depart"] for trip in boats)
    last = max(trip["stops"][-1]["arrive"] for trip in boats)
    assert first >= "2024-02-12T07:00"
    assert last <= "2024-02-12T13:00"
    landed = [s for t in boats for s in t["stops"]]
    assert sum(stop["unload_boxes"] for stop in landed) == 175
    assert len({tps for stop in landed for tps in stop["tps"]}) == 35


def test_boats_sail_by_daylight_unless_told_otherwise(dataset: Dataset) -> None:
    settings = replace(scenario_settings(FIRST), hours=Hours(boat=("04:00", "21:00")))
    day, _ = inputs_of(dataset, settings)
    night, _ = inputs_of(
        dataset, replace(settings, hours=Hours(boat=("04:00", "21:00"), night_crossing=True))
    )
    sea = [w.windows[w.windows["key"].eq("boat")].iloc[0] for w in (day, night)]
    assert sea[0]["opens"] > sea[1]["opens"]
    assert sea[0]["closes"] < sea[1]["closes"]
    assert sea[0]["opens"].hour in {5, 6}
    assert sea[0]["closes"].hour in {17, 18}


def test_a_slow_boat_takes_longer_over_the_same_leg(dataset: Dataset) -> None:
    settings = scenario_settings(FIRST)
    rows = [replace(r, speed_class="lambat") if r.mode == "boat" else r for r in settings.fleet]
    inputs, _ = inputs_of(dataset, replace(settings, fleet=tuple(rows)))
    legs = inputs.legs[inputs.legs["mode"].eq("boat")]
    legs = legs[legs["from_code"].eq("P-SADAI") & legs["to_code"].eq("L-PONGOK")]
    usual = legs.set_index(legs["vessel_class"].fillna(""))["usual_min"]
    assert usual["perahu lambat"] == pytest.approx(1.25 * usual["perahu"])
    assert set(inputs.fleet.loc[inputs.fleet["mode"].eq("boat"), "vessel_class"]) == {
        "perahu lambat"
    }


def test_escort_seats_limit_what_a_boat_may_carry(dataset: Dataset) -> None:
    """One seat that guards two TPS: a boat of 20 boxes takes two TPS (10 boxes), not four."""
    settings = scenario_settings(FIRST)
    rows = [replace(r, escort_seats=1) if r.mode == "boat" else r for r in settings.fleet]
    document = make_plan(dataset, replace(settings, fleet=tuple(rows), tps_per_escort=2))
    assert document["verdict"]["passed"], document["verdict"]["faults"]
    boats = [trip for trip in document["trips"] if trip["mode"] == "boat"]
    assert max(len(stop["tps_loaded"]) for trip in boats for stop in trip["stops"]) <= 2
    assert len(boats) >= 6


def test_two_warehouses_share_the_kecamatan(dataset: Dataset) -> None:
    settings = default_settings("19.02")
    both = replace(settings, warehouses=(Warehouse("BLT-01"), Warehouse("BLT-02", ("19.02.01",))))
    fleet = (*settings.fleet, FleetRow("CADANGAN", "truck", 2, 100, base="BLT-02"))
    inputs, _ = inputs_of(dataset, replace(both, fleet=fleet))
    of = inputs.stops.set_index("place_code")["warehouse"]
    capital = of.index.str.startswith("19.02.01.")
    assert set(of[capital]) == {"BLT-02"}
    assert set(of[~capital]) == {"BLT-01"}
    with pytest.raises(ParameterError, match="XX-99"):
        inputs_of(dataset, replace(settings, warehouses=(Warehouse("XX-99"),)))


def test_deadline_in_the_past(dataset: Dataset) -> None:
    late = pd.Timestamp("2024-02-13T18:00:01+07:00").to_pydatetime()
    with pytest.raises(PlanInputError) as caught:
        inputs_of(dataset, replace(scenario_settings(FIRST), now=late))
    assert {fault.column for fault in caught.value.faults} == {"deadline"}
    assert "2024-02-13 18:00:01" in str(caught.value)


@pytest.mark.parametrize(("scope", "key"), [("area", "Laut Banda"), ("place", "P-NIHIL")])
def test_a_window_of_nothing_is_refused(dataset: Dataset, scope: str, key: str) -> None:
    settings = scenario_settings(CALM)
    window = replace(settings.windows[0], scope=scope, key=key)
    with pytest.raises(ParameterError, match=key):
        inputs_of(dataset, replace(settings, windows=(window,)))


def test_nothing_leaves_before_it_is_planned(dataset: Dataset) -> None:
    noon = pd.Timestamp("2024-02-12T12:00:00+07:00")
    inputs, _ = inputs_of(dataset, replace(scenario_settings(FIRST), now=noon.to_pydatetime()))
    assert inputs.stops["release"].eq(noon).all()


def test_boat_with_zero_capacity() -> None:
    with pytest.raises(SchemaError, match=r"fleet\[1\]\.capacity_boxes: 0, expected 1 to 5,000"):
        PlanSettings(SOUTH, "pemilu2024", (), (FleetRow("P", "boat", 1, 0, vessel_class="perahu"),))


def test_negative_times() -> None:
    with pytest.raises(SchemaError, match=r"service\.boat_load_min: -1, expected 0 to 480"):
        settings_from_text('kabupaten = "19.03"\n[service]\nboat_load_min = -1', "x.toml")


def test_a_fleet_at_a_place_of_nobody(dataset: Dataset) -> None:
    rows = (*scenario_settings(FIRST).fleet, FleetRow("X", "truck", 1, 10, base="P-MANGGAR"))
    with pytest.raises(PlanInputError, match="P-MANGGAR"):
        inputs_of(dataset, replace(scenario_settings(FIRST), fleet=rows))


def test_every_key_of_the_settings_is_documented() -> None:
    text = (ROOT / "docs" / "plan-settings.md").read_text(encoding="utf-8")
    kinds = (PlanSettings, FleetRow, WindowRow, Warehouse, Origin, Hours, Service, Sea, Docks,
             Ferries, About)  # fmt: skip
    for kind in kinds:
        for one in fields(kind):
            assert f"`{one.name}`" in text, f"{kind.__name__}.{one.name}"


def test_a_pier_that_no_table_knows_takes_the_sea_area_of_the_nearest() -> None:
    piers = pd.DataFrame(
        {"pier_id": ["UTARA", "SELATAN", "BARU-1", "BARU-2"], "lon": [106.0, 108.0, 106.3, 107.8],
         "lat": [-1.5, -3.0, -1.9, -2.4]}
    )  # fmt: skip
    settings = SimpleNamespace(sea=SimpleNamespace(areas={"UTARA": "A", "SELATAN": "B"}))
    found = place_area(SimpleNamespace(piers=piers), settings)
    assert {pier: found[pier] for pier in piers["pier_id"]} == {
        "UTARA": "A", "SELATAN": "B", "BARU-1": "A", "BARU-2": "B",
    }  # fmt: skip
