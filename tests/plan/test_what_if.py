"""What if of a kept plan, and 11 February 2024 gone through again."""

from __future__ import annotations

import copy
import csv
import json
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from analytics.plan.audit import audit
from analytics.plan.document import inputs_of, to_document
from analytics.plan.solver.solve import solve_plan
from cli import app
from data.errors import SchemaError
from data.plan.toml import replay_facts
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.changes import (
    OFFICES,
    TRIP_STATUSES,
    assumed,
    compared,
    events_in,
    figures,
    load_changes,
    load_table,
    notice_table,
    notices,
    replay,
    replay_words,
    trip_changes,
    trip_table,
)
from services.plan.inputs import setup
from services.plan.settings import scenario_settings
from services.plan.what_if import (
    KINDS,
    WhatIf,
    again_name,
    counts,
    event_rows,
    event_words,
    events_of,
    extra_tps,
    full_inputs,
    moment,
    replan_document,
    span,
)
from tests.plan_world import B, at, world

REPLAY = "2024-02-11-sadai-pongok"

Pair = tuple[dict[str, Any], dict[str, Any]]


@pytest.fixture(scope="module")
def pair(dataset: Dataset) -> Pair:
    return replay(dataset, "sebelum", REPLAY)


def now_of(after: dict[str, Any]) -> pd.Timestamp:
    return moment(after["about"]["whatif"]["now"])


def test_the_eleventh_of_february_before_and_after(pair: Pair) -> None:
    """Three boats of twenty boxes; one breaks down and its load waits for another one."""
    before, after = pair
    assert before["verdict"]["passed"]
    assert after["verdict"]["passed"]
    was, will = figures(before), figures(after)
    assert (was["tps"], was["boxes"], was["boat_trips"]) == (12, 60, 3)
    assert (will["tps"], will["boxes"]) == (12, 60)
    loads = load_changes(before, after, now_of(after))
    assert loads["later_min"].max() >= 60  # its load is back at Sadai after three hours only
    assert will["hours"] >= was["hours"] + 1
    failed = after["about"]["whatif"]["events"][0]["vehicle_id"]
    leaves = [t["stops"][0]["depart"] for t in after["trips"] if t["vehicle_id"] == failed]
    assert len(leaves) == 1
    assert moment(leaves[0]) < now_of(after)


def test_published_facts_stand_beside_it_with_their_page(pair: Pair, reference: Path) -> None:
    with (reference / "dispatch_events.csv").open(encoding="utf-8", newline="") as file:
        row = next(
            r for r in csv.DictReader(file)
            if r["date"] == "2024-02-11" and "Pongok" in r["destination"]
        )  # fmt: skip
    facts = replay_facts(REPLAY)
    assert facts.loc["boxes", "value"] == float(row["boxes"])
    assert facts.loc["tps", "value"] == float(row["tps_count"])
    assert "three trips" in row["weather_note"]
    assert facts.loc["boat_trips", "value"] == 3
    assert "10 hours" in row["weather_note"]
    assert facts.loc["hours", "value"] == 10
    assert set(facts["source_url"]) == {row["source_url"]}
    table = compared(*pair, "id", REPLAY)
    assert table["Terbit"].tolist() == ["12", "60", "3", "10"]
    assert table["Rencana sebelum"].tolist()[:3] == ["12", "60", "3"]
    assert table["Sumber"].str.startswith("https://").all()


def test_a_replay_says_what_it_assumes(pair: Pair, dataset: Dataset) -> None:
    words = " ".join(assumed(REPLAY, "id"))
    for part in ("PERAHU", "TRUK", "anggapan"):
        assert part in words
    assert "jam lebih lambat" in replay_words(*pair, dataset, "id")
    assert pair[0]["about"]["replay"] == pair[1]["about"]["replay"] == REPLAY


def test_a_fact_without_a_page_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "replay_facts.csv").write_text(
        "scenario,item,value,basis,source_url\nx,tps,12,fakta,\n", encoding="utf-8"
    )
    monkeypatch.setattr("data.plan.toml.shipped_dir", lambda: tmp_path)
    with pytest.raises(SchemaError, match="row 2"):
        replay_facts("x")


def test_a_scenario_in_which_nothing_happens_is_no_replay(pair: Pair) -> None:
    calm = scenario_settings("2024-02-12-sadai-lepar-pongok")
    with pytest.raises(ParameterError, match="1 event or more"):
        events_in(calm, pair[0])


def test_trips_are_kept_cut_replaced_or_new(pair: Pair, dataset: Dataset) -> None:
    before, after = pair
    trips = trip_changes(before, after, now_of(after))
    assert set(trips["status"]) <= set(TRIP_STATUSES)
    assert trips["status"].eq("cut").sum() == 1
    both = [{trip["trip_id"] for trip in doc["trips"]} for doc in pair]
    known = trips["status"].isin(["left", "kept", "cut"]).sum()
    assert known == len(both[0] & both[1])
    assert trips["before_vehicle"].notna().sum() == len(both[0])
    assert trips["after_vehicle"].notna().sum() == len(both[1])
    table = trip_table(trips, dataset, "id", every=True)
    assert len(table) == len(trips)
    assert "terpotong" in set(table["Keadaan"])
    assert len(trip_table(trips, dataset, "id", every=False)) < len(trips)


def test_who_is_told_are_offices_on_the_way_and_vehicles(pair: Pair, dataset: Dataset) -> None:
    before, after = pair
    out = notices(before, after, now_of(after))
    assert set(out["office"]) <= set(OFFICES)
    codes = set(zip(out["office"], out["code"], strict=True))
    assert ("pier", "P-SADAI") in codes
    assert ("ppk", "19.03.08") in codes
    assert ("vehicle", "PERAHU-01") in codes
    moved = load_changes(before, after, now_of(after))
    moved = set(moved.loc[moved["status"].eq("moved"), "place_code"])
    assert set(out.loc[out["office"].eq("pps"), "code"]) == moved
    words = notice_table(out, dataset, "id")
    boat = words[words["Nama"].eq("PERAHU-01")]["Yang berubah"].iloc[0]
    assert "tidak berangkat lagi" in boat
    assert words["Yang berubah"].str.contains("semula").sum() == len(moved)


def test_the_same_plan_twice_changes_nothing(pair: Pair, dataset: Dataset) -> None:
    before = pair[0]
    loads = load_changes(before, before, span(before)[0])
    assert counts(loads) == {"lost": 0, "late": 0, "moved": 0, "stand": 2}
    assert load_table(loads, dataset, "id", every=False).empty
    assert notices(before, before, span(before)[0]).empty
    assert set(trip_changes(before, before, span(before)[0])["status"]) == {"kept"}


def test_a_second_what_if_holds_to_the_first(pair: Pair, dataset: Dataset) -> None:
    """The sea closes until noon; an hour later one more TPS is asked for: no boat before noon."""
    before = pair[0]
    morning = moment("2024-02-11T05:00")
    closed = WhatIf(sea="=2024-02-11T12:00").events(before, morning)
    began = time.perf_counter()
    one = replan_document(dataset, before, "a", morning, closed, 0.5)
    assert time.perf_counter() - began < 10
    assert one["verdict"]["passed"]
    extra = WhatIf(extra=["19.03.08.2001=1"]).events(one, moment("2024-02-11T06:00"))
    two = replan_document(dataset, one, "b", moment("2024-02-11T06:00"), extra, 0.5)
    assert two["verdict"]["passed"]
    boats = [t["stops"][0]["depart"] for t in two["trips"] if t["mode"] == "boat"]
    assert min(map(moment, boats)) >= moment("2024-02-11T12:00")
    assert sum(len(row["tps_ids"]) for row in two["unserved"]) == 0
    assert figures(two)["tps"] == 13
    about = two["about"]["whatif"]
    assert [row["kind"] for row in about["earlier"]] == ["sea_closes"]
    assert about["base"] == "b"
    words = event_words(about["events"][0], dataset, "id")
    assert words == "1 TPS tambahan di Pongok"


def test_what_cannot_be_brought_fails_the_audit_and_is_counted(
    pair: Pair, dataset: Dataset
) -> None:
    before = pair[0]
    now = moment("2024-02-11T05:00")
    boats = sorted(
        r["vehicle_id"] for r in before["inputs"]["fleet"] if r["mode"] == "boat"
    )  # fmt: skip
    after = replan_document(dataset, before, "a", now, WhatIf(boats).events(before, now), 0.5)
    assert not after["verdict"]["passed"]
    assert counts(load_changes(before, after, now))["lost"] == 2
    assert "tps_missing" in {fault["key"] for fault in after["verdict"]["faults"]}
    assert audit(json.loads(json.dumps(after))).verdict() == after["verdict"]


def test_a_plan_that_holds_its_own_legs_only_takes_the_others_from_the_network(
    pair: Pair, dataset: Dataset
) -> None:
    short = copy.deepcopy(pair[0])
    short["inputs"]["whole"] = False
    short["inputs"]["legs"] = short["inputs"]["legs"][1:]
    every, _ = setup(dataset, scenario_settings(REPLAY))
    assert len(inputs_of(short).legs) < len(every.legs)
    assert len(full_inputs(dataset, short).legs) == len(every.legs)


def test_events_survive_their_rows(pair: Pair, dataset: Dataset) -> None:
    now = moment("2024-02-11T06:00")
    asked = WhatIf(["PERAHU-01"], 5.0, 2.0, "=2024-02-11T12:00", ["P-SADAI"], "3",
                   ["19.03.08.2001=2"])  # fmt: skip
    rows = event_rows(asked.events(pair[0], now))
    assert [row["kind"] for row in rows] == list(KINDS)
    assert event_rows(events_of(json.loads(json.dumps(rows)))) == rows
    words = [event_words(row, dataset, "id") for row in rows]
    assert words[0] == (
        "PERAHU-01 rusak 11/02 06:00; jalan lagi 11/02 11:00; muatannya kembali dalam 2,0 jam"
        " (anggapan)"
    )
    assert words[1] == "Laut tutup (semua perairan) sampai 11/02 12:00"
    with pytest.raises(ParameterError, match="kind"):
        events_of([{"kind": "gempa"}])


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"repaired_h": 0.0}, "repaired"),
        ({"recovery_h": 100.0}, "recovery"),
        ({"sea": "=besok pagi sekali"}, "now"),
        ({"warehouse": "banyak"}, "warehouse"),
        ({"warehouse": "-2"}, "warehouse"),
        ({"extra": ["19.03.01.1001=2"]}, "place_code"),
        ({"extra": ["19.03.08.2001=900"]}, "extra_tps"),
        ({"extra": ["19.03.08.2001"]}, "extra_tps"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    values: dict[str, Any], name: str, pair: Pair
) -> None:
    with pytest.raises(ParameterError) as caught:
        WhatIf(**values).events(pair[0], moment("2024-02-11T06:00"))
    assert caught.value.name == name


def test_without_an_event_or_outside_the_plan_nothing_is_planned(
    pair: Pair, dataset: Dataset
) -> None:
    before = pair[0]
    with pytest.raises(ParameterError, match="what_if"):
        replan_document(dataset, before, "a", moment("2024-02-11T06:00"), [])
    events = [extra_tps(before, "19.03.08.2001", 1)]
    with pytest.raises(ParameterError, match="now"):
        replan_document(dataset, before, "a", moment("2024-03-11T06:00"), events)


def test_a_new_plan_never_takes_the_name_of_another() -> None:
    assert again_name("rencana", ["rencana"]) == "rencana andai 1"
    assert again_name("rencana andai 1", ["rencana andai 1"]) == "rencana andai 2"


def test_the_command_plans_again_and_tells(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.setattr(replan_document, "__defaults__", (0.5,))  # seconds of search
    file, new = tmp_path / "lama.json", tmp_path / "baru.json"
    file.write_text(json.dumps(pair[0]), encoding="utf-8")
    base = ["replan", str(file), "--now", "2024-02-11T06:00", "-o", str(new)]
    done = CliRunner().invoke(app, [*base, "--extra-tps", "19.03.08.2002=1", "--name", "baru"])
    assert done.exit_code == 0, done.output
    assert "lolos audit; " in done.output
    assert "0 tidak terkirim, 0 terlambat" in done.output
    assert "beri tahu PPS Celagen: tiba" in done.output
    assert (tmp_path / "plans" / "baru.json").exists()
    assert CliRunner().invoke(app, ["audit", str(new)]).exit_code == 0
    nothing = CliRunner().invoke(app, base)
    assert nothing.exit_code == 2
    assert "what_if" in nothing.output
    early = [*base[:3], "2024-02-11T05:10", *base[4:]]
    cut = CliRunner().invoke(app, [*early, "--road-cut", "P-SADAI", "--json"])
    assert cut.exit_code == 1
    told = json.loads(cut.stdout)
    assert told["lost"] == 2
    assert told["served"] == "0 dari 12 TPS terkirim tepat waktu"
    (line,) = told["lacking"]
    assert line.startswith("12 TPS di 2 tempat (Pongok, Celagen): tidak ada jalur truk dari ")
    partial = CliRunner().invoke(app, [*early, "--road-cut", "P-SADAI", "--allow-partial"])
    assert partial.exit_code == 0, partial.output
    assert line in partial.output
    assert "tidak menolong: jalurnya tidak ada" in partial.output
    file.write_text('{"schema": "lain"}', encoding="utf-8")
    for arguments in (base, ["audit", str(file)]):
        refused = CliRunner().invoke(app, arguments)
        assert refused.exit_code == 2
        assert "siaga-babel/plan/1" in refused.output


@pytest.fixture(scope="module")
def an_hour_later() -> Pair:
    """Return the plan of six nodes, and the same with the boat to B an hour later."""
    inputs = world()
    before = json.loads(json.dumps(to_document(solve_plan(inputs, 1, 1), inputs)))
    after = copy.deepcopy(before)
    (trip,) = (t for t in after["trips"] if B in {stop["place_code"] for stop in t["stops"]})
    trip["trip_id"] += "/lagi"
    for stop in trip["stops"]:
        for key in ("arrive", "done", "depart"):
            if stop.get(key):
                stop[key] = (moment(stop[key]) + pd.Timedelta(hours=1)).isoformat()
    (row,) = (row for row in after["deliveries"] if row["place_code"] == B)
    row["delivered"] = (moment(row["delivered"]) + pd.Timedelta(hours=1)).isoformat()
    return before, after


def test_a_trip_that_leaves_exactly_now_has_left(an_hour_later: Pair) -> None:
    before, _ = an_hour_later
    for trip in before["trips"]:
        leaves = moment(trip["stops"][0]["depart"])
        for now, status in ((leaves, "left"), (leaves - pd.Timedelta(minutes=1), "kept")):
            found = trip_changes(before, before, now)
            mine = found[found["before_depart"].map(moment).eq(leaves)]
            assert set(mine["status"]) == {status}


def test_a_load_that_comes_at_its_deadline_is_not_late(an_hour_later: Pair) -> None:
    before, after = copy.deepcopy(an_hour_later)
    (stop,) = (row for row in after["inputs"]["stops"] if row["place_code"] == B)
    for due, late in (("11:15", False), ("11:14", True)):
        stop["deadline"] = at(due).isoformat()
        found = load_changes(before, after, at("07:00")).set_index("place_code")
        assert found.loc[B, "after"] == at("11:15")
        assert found["late"].sum() == late == found.loc[B, "late"]


def test_the_next_departure_is_one_that_has_not_left(an_hour_later: Pair) -> None:
    before, after = an_hour_later
    (trip,) = (t for t in after["trips"] if t["trip_id"].endswith("/lagi"))
    leaves = moment(trip["stops"][0]["depart"])
    assert leaves == at("10:20")
    for now, expected in ((leaves - pd.Timedelta(minutes=1), leaves), (leaves, None)):
        told_of = notices(before, after, now).set_index(["office", "code"])["next"]
        for who in (("vehicle", "KAPAL-1"), ("pier", "DERMAGA")):
            coming = told_of[who]
            assert (None if pd.isna(coming) else moment(coming)) == expected
        assert moment(told_of["pps", B]) == at("11:15")
