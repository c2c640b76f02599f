"""Chance of lateness, both ends and remedies of a kept plan, as the page shows them."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.plan.audit import FAULTS, audit
from analytics.plan.kits import BALLOT_VERDICTS
from analytics.plan.remedies import REASONS, REMEDIES
from analytics.plan.what_if import STATUSES
from data.plan.kept import load_plan, save_plan, saved_plans
from data.texts import catalogue
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.changes import OFFICES, TRIP_STATUSES
from services.plan.ends import ReturnAsked, custody, stage_plan, with_last_mile, with_return
from services.plan.failure import lacking_table, remedy_words, try_remedies
from services.plan.lateness import (
    Lateness,
    LatenessParams,
    key_of,
    lateness_of,
    lateness_table,
    meaning,
    share_words,
)
from services.plan.make import make_plan, scenario_settings
from services.plan.settings import fleet_counts
from services.plan.views.ends_view import custody_table, last_mile_table, stage_table, tps_label
from services.plan.what_if import KINDS, WhatIf, moment, replan_document

REPLAY = "2024-02-11-sadai-pongok"

FEW_RUNS = LatenessParams(runs=200, shift_step_min=60)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def small(dataset: Dataset) -> Document:
    """Pongok and Celagen: 12 TPS, 60 boxes."""
    return make_plan(dataset, replace(scenario_settings(REPLAY), search_seconds=1.0))


@pytest.fixture(scope="module")
def ended(small: Document, dataset: Dataset) -> Document:
    return with_return(dataset, small, ReturnAsked(seconds=1.0))


@pytest.fixture(scope="module")
def failed(dataset: Dataset) -> Document:
    """No boat can be had at all: nothing comes to the islands."""
    settings = replace(scenario_settings(REPLAY), search_seconds=1.0)
    return make_plan(dataset, fleet_counts(settings, boats=0))


def test_every_key_of_the_analytics_has_its_words() -> None:
    words = catalogue()
    sections = {
        "plan_fault": FAULTS, "plan_reason": REASONS, "load_status": STATUSES,
        "trip_status": TRIP_STATUSES, "office": OFFICES, "ballot": BALLOT_VERDICTS,
    }  # fmt: skip
    wanted = {f"{section}.{key}" for section, keys in sections.items() for key in keys}
    wanted |= {f"remedy.{key}" for key in REMEDIES}
    wanted |= {f"lacking.why_{key}" for key in REASONS}
    wanted |= {f"whatif.event_{key}" for key in KINDS}
    assert sorted(wanted - set(words)) == []


def test_a_chance_is_never_written_as_certain() -> None:
    assert share_words(1.0, 0.0, "id") == "lebih dari 99,9 %"
    assert share_words(0.9995, 0.0005, "id") == "lebih dari 99,9 %"
    assert share_words(0.0, 0.0, "id") == "kurang dari 0,1 %"
    assert share_words(0.9624, 0.0094, "id") == "96,2 % (galat baku 0,9)"


def test_the_chance_of_the_plan_is_below_that_of_each_load(
    small: Document, dataset: Dataset
) -> None:
    found = lateness_of(small, FEW_RUNS)
    assert found.seed == small["figures"]["seed"]
    assert found.all_in_time <= found.by_stop["in_time"].min()
    table = lateness_table(found, dataset, "id")
    assert list(table.columns) == [
        "Tujuan", "Peluang tepat waktu", "Terlambat pada 5 % terburuk (jam)",
        "Batas berangkat (perhitungan, WIB)",
    ]  # fmt: skip
    assert set(table["Tujuan"]) == {"Pongok", "Celagen"}
    again = lateness_of(small, FEW_RUNS)
    pd.testing.assert_frame_equal(found.by_stop, again.by_stop)
    calm = replace(FEW_RUNS, breakdown_boat_h=0, breakdown_truck_h=0, closing_per_day=0)
    rough = replace(FEW_RUNS, breakdown_boat_h=0.5, closing_per_day=0.5)
    assert lateness_of(small, calm).all_in_time >= lateness_of(small, rough).all_in_time


def test_the_sentence_says_what_the_figure_means(small: Document) -> None:
    found = lateness_of(small, FEW_RUNS)
    words = meaning(found, FEW_RUNS, "id")
    late = round(1000 * (1 - found.all_in_time))
    assert f"pada {late} hari ada TPS yang terlambat (200 ulangan, benih 1)" in words
    assert "peluang 95 %" in words
    hopeless = replace(FEW_RUNS, confidence=0.95, breakdown_boat_h=1.0, repair_min=6000)
    worst = meaning(lateness_of(small, hopeless), hopeless, "id")
    assert "tidak tercapai" in worst


def test_another_plan_parameter_or_seed_is_simulated_anew(small: Document) -> None:
    key = key_of(small, FEW_RUNS, 1)
    assert key == key_of(copy.deepcopy(small), FEW_RUNS, 1)
    assert key != key_of(small, FEW_RUNS, 2)
    assert key != key_of(small, replace(FEW_RUNS, shared_sea=0.5), 1)
    other = copy.deepcopy(small)
    other["trips"].pop()
    assert key != key_of(other, FEW_RUNS, 1)


def test_the_last_mile_is_part_of_the_plan_and_audited(small: Document, dataset: Dataset) -> None:
    found = with_last_mile(dataset, small, ReturnAsked())
    assert found["verdict"]["passed"]
    assert len(found["last_mile"]) == 12
    assert {row["due"] for row in found["last_mile"]} == {"2024-02-14T06:00:00+07:00"}
    table = last_mile_table(found, dataset, "id")
    assert set(table["Sebelum 06.00"]) == {"ya"}
    assert "TPS 001 Pongok" in set(table["TPS"])
    slow = with_last_mile(dataset, small, ReturnAsked(tps_per_carrier=50, out_from=2.0))
    assert not slow["verdict"]["passed"]
    assert {f["key"] for f in slow["verdict"]["faults"]} == {"last_mile_late"}
    assert "TIDAK" in set(last_mile_table(slow, dataset, "id")["Sebelum 06.00"])


def test_all_boxes_come_back_hand_to_hand(ended: Document, dataset: Dataset) -> None:
    """TPS to PPS, PPS to PPK, PPK over the sea to the warehouse: no gap and no box lost."""
    assert ended["verdict"]["passed"], ended["verdict"]["faults"]
    chain = custody(ended)
    for tps, own in chain.groupby("tps_id"):
        assert own["from_code"].iloc[0] == tps
        assert own["to_code"].iloc[-1] == "BSL-02"
        assert (own["from_code"].iloc[1:].array == own["to_code"].iloc[:-1].array).all()
        assert (own["handed_over"].iloc[1:].array >= own["received"].iloc[:-1].array).all()
        assert own["box_count"].eq(5).all()
        assert own["stage"].drop_duplicates().tolist() == ["pps", "ppk", "kabupaten"]
    assert chain["tps_id"].nunique() == 12
    table = custody_table(ended, dataset, "id")
    assert table[["Nomor segel", "Nomor berita acara"]].eq("").all(axis=None)
    assert "PPK Kepulauan Pongok" in set(table["Ke"])
    stages = stage_table(ended, dataset, "id")
    assert stages["Kotak"].tolist() == ["60", "60", "60"]
    assert stages["Tidak terangkut"].eq("–").all()
    last = stage_plan(ended["back"]["stages"][1])
    assert {"boat", "truck"} <= set(last.trips["mode"])
    assert last.trips["back"].max() <= pd.Timestamp(ended["back"]["stages"][1]["due"])


def test_a_plan_made_again_keeps_its_ends(ended: Document, dataset: Dataset) -> None:
    """The last mile follows the new arrivals; the way back stands but for added TPS."""
    now = moment("2024-02-11T05:00")
    late = replan_document(
        dataset, ended, "lama", now, WhatIf(warehouse="3").events(ended, now), 0.2
    )
    assert late["verdict"]["passed"], late["verdict"]["faults"]
    assert late["back"] == ended["back"]
    assert len(late["last_mile"]) == 12
    more = WhatIf(extra=["19.03.08.2001=1"]).events(ended, now)
    added = replan_document(dataset, ended, "lama", now, more, 0.2)
    assert added["verdict"]["passed"]
    assert len(added["last_mile"]) == 13
    assert "back" not in added


def test_a_broken_way_back_fails_the_audit(ended: Document) -> None:
    late = copy.deepcopy(ended)
    late["back"]["to_pps"][0]["received"] = "2024-02-15T06:01:00+07:00"
    assert {f.key for f in audit(late).faults} == {"back_late", "back_too_early"}
    lost = copy.deepcopy(ended)
    lost["back"]["to_pps"].pop()
    assert {f.key for f in audit(lost).faults} == {"back_incomplete"}
    fast = copy.deepcopy(ended)
    stop = fast["back"]["stages"][1]["mirror"]["trips"][0]["stops"][1]
    for key in ("arrive", "done", "depart"):
        stop[key] = (pd.Timestamp(stop[key]) - pd.Timedelta(minutes=10)).isoformat()
    assert not audit(fast).passed


@pytest.mark.parametrize(
    "values",
    [{"out_from": 0}, {"counted_h": 60}, {"kabupaten_days": 1}, {"boxes_per_truck": 0},
     {"tps_per_carrier": 0}, {"seconds": 0}],
)  # fmt: skip
def test_assumptions_out_of_range_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        ReturnAsked(**values)


def test_tps_are_named_by_number_and_desa(dataset: Dataset) -> None:
    assert tps_label(dataset, "pemilu2024/19.03.08.2001/003") == "TPS 003 Pongok"
    assert tps_label(dataset, "lain") == "lain"


def test_an_impossible_plan_says_which_load_why_and_what_would_help(
    failed: Document, dataset: Dataset
) -> None:
    assert not failed["verdict"]["passed"]
    table = lacking_table(failed, dataset, "id")
    assert table["TPS"].sum() == 12
    assert set(table["Terlambat (jam)"]) == {"tidak terkirim"}
    assert table["Sebab"].str.contains("perahu").all()
    assert table["Sebab"].str.contains("Pelabuhan Sadai").all()


def test_one_more_boat_is_proposed_only_where_it_is_enough(dataset: Dataset) -> None:
    """One boat, and one afternoon for three voyages of four hours: one more boat does not do."""
    settings = replace(
        fleet_counts(scenario_settings(REPLAY), boats=1), search_seconds=1.0, island_days=1,
        release="06:00", deadline="14:00",
    )  # fmt: skip
    plan = make_plan(dataset, settings)
    assert not plan["verdict"]["passed"]
    tried = try_remedies(dataset, plan, 0.2)
    works = {remedy.remedy: remedy.works for remedy in tried}
    assert not works["one_more"]
    assert works["more"]
    count = next(values["count"] for name, values, _ in tried if name == "more")
    more = make_plan(dataset, fleet_counts(settings, boats=1 + count))
    assert more["verdict"]["passed"]
    words = remedy_words(tried, dataset, "id")
    assert [works for works, _ in words] == sorted((w for w, _ in words), reverse=True)
    assert f"CUKUP: {count} perahu lagi di Pelabuhan Sadai" in "\n".join(line for _, line in words)


def part(data, which, name, document) -> None:  # type: ignore[no-untyped-def]
    """Draw one part of a plan; runs alone, without the names of this module."""
    import importlib

    module, _, name_of_draw = which.partition(".")
    drawn = importlib.import_module(f"pages.components.plan.{module}")
    getattr(drawn, name_of_draw or "draw")(data, "19.03", name, document)


def drawn(dataset: Dataset, which: str, document: Document | None) -> AppTest:
    arguments = {"data": dataset, "which": which, "name": "rencana", "document": document}
    test = AppTest.from_function(part, kwargs=arguments, default_timeout=60).run()
    assert not test.exception, test.exception
    return test


def said(test: AppTest) -> str:
    return "\n".join(str(block.proto.body) for block in test.get("html"))


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("var")
def test_the_chance_is_drawn_kept_and_made_anew_for_other_assumptions(
    small: Document, dataset: Dataset
) -> None:
    test = drawn(dataset, "shown.draw_lateness", small)
    assert "Semua TPS tepat waktu:" in said(test)
    assert "Nakhoda dan syahbandar yang memutuskan" in said(test)
    kept = dict(test.session_state["plan_lateness"])
    test.run()
    assert test.session_state["plan_lateness"] == kept
    next(n for n in test.text_input if n.label == "Ulangan").set_value("300")
    next(b for b in test.button if b.label == "Hitung").click().run()
    assert not test.exception
    assert len(test.session_state["plan_lateness"]) == 2
    assert "300 ulangan" in said(test)


@pytest.mark.usefixtures("var")
def test_both_ends_are_planned_by_a_press_and_kept_in_the_plan(
    small: Document, dataset: Dataset
) -> None:
    test = drawn(dataset, "ends", small)
    assert "belum disimpan dalam rencana" in test.success[0].value
    assert "Jalan kembali belum disusun" in said(test)
    next(b for b in test.button if b.label == "Susun ke TPS dan kembali").click().run()
    assert not test.exception
    document = load_plan("rencana")
    assert document["verdict"]["passed"]
    assert len(document["last_mile"]) == 12
    again = drawn(dataset, "ends", document)
    assert "semua kotak kembali sampai kabupaten" in again.success[0].value


@pytest.mark.usefixtures("var")
def test_the_eleventh_of_february_is_gone_through_by_a_press(dataset: Dataset) -> None:
    test = drawn(dataset, "what_if", None)
    assert "Belum ada rencana" in said(test)
    test.button(key="w_replay").click().run()
    assert not test.exception
    names = {"tinjau ulang 11 Februari 2024 - sebelum", "tinjau ulang 11 Februari 2024 - sesudah"}
    assert set(saved_plans()) == names
    after = load_plan(test.session_state["d_plan"])
    again = drawn(dataset, "what_if", after)
    for words in ("TINJAU ULANG", "yang terbit dan yang dihitung", "jam lebih lambat"):
        assert words in said(again)
    again.button(key="w_undo").click().run()
    assert again.session_state["d_plan"] == "tinjau ulang 11 Februari 2024 - sebelum"


@pytest.mark.usefixtures("var")
def test_a_plan_whose_base_changed_or_went_says_so(small: Document, dataset: Dataset) -> None:
    about = {"base": "lama", "base_key": "?", "now": "2024-02-11T06:00:00+07:00", "events": []}
    made = {**small, "about": {**small["about"], "whatif": about}}
    assert "tidak lagi tersimpan" in drawn(dataset, "what_if", made).warning[0].value
    save_plan("lama", small)
    assert "sudah disusun lagi" in drawn(dataset, "what_if", made).warning[0].value


@pytest.mark.usefixtures("var")
def test_a_failed_plan_is_shown_as_failed_with_remedies_on_a_press(
    failed: Document, dataset: Dataset
) -> None:
    test = drawn(dataset, "shown", failed)
    assert "GAGAL AUDIT" in test.error[0].value
    assert "Muatan yang tidak sampai tepat waktu, dan mengapa" in said(test)
    assert "0 dari 12 TPS terkirim tepat waktu" in said(test)
    assert "tidak ada perahu di Pelabuhan Sadai" in said(test)
    assert "CUKUP" not in said(test)
    test.button(key="remedies_rencana").click().run()
    assert not test.exception
    assert "perahu lagi di Pelabuhan Sadai" in said(test).partition("CUKUP: ")[2]


def test_the_load_likeliest_to_be_late_stands_first() -> None:
    """By chance of being in time; of equal chances the one that would be later."""
    by_stop = pd.DataFrame(
        {"in_time": [0.9, 0.4, 0.4, 0.0], "standard_error": 0.01,
         "late_p95_min": [60.0, 90.0, 120.0, np.inf], "latest_depart": pd.NaT},
        index=pd.Index(["C1", "C2", "C3", "C4"], name="place_code"),
    )  # fmt: skip
    names = SimpleNamespace(names=pd.Series({code: f"Desa {code}" for code in by_stop.index}))
    found = Lateness(0.0, 0.0, by_stop.iloc[:0], by_stop, 1000, 1)
    table = lateness_table(found, names, "id")
    assert table.iloc[:, 0].tolist() == ["Desa C4", "Desa C3", "Desa C2", "Desa C1"]
