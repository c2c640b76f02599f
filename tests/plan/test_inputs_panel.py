"""The panel of inputs: tables to edit and back, what a planner sets, and the page itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.errors import SchemaError
from data.plan.settings import Docks, Ferries, PlanSettings, Warehouse
from data.store.engine import Store
from services.dataset import Dataset, load_dataset
from services.network.sea import area_table, areas_of, limits_table, loaded
from services.plan.settings import (
    base_names,
    default_settings,
    edited,
    fleet_frame,
    origin_table,
    scenario_names,
    scenario_settings,
    scenario_title,
    scenarios,
    window_frame,
)

FIRST = "2024-02-11-sadai-pongok"
CALM = "2024-02-12-sadai-lepar-pongok"


@pytest.mark.parametrize("name", [FIRST, CALM, None])
def test_what_is_not_touched_comes_back_as_it_was(name: str | None) -> None:
    base = default_settings("19.02") if name is None else scenario_settings(name)
    assert edited(base, {}, fleet_frame(base), window_frame(base)) == base


def test_what_a_planner_changes_is_marked_as_set_and_nothing_else() -> None:
    base = scenario_settings(CALM)
    fleet = fleet_frame(base)
    fleet.loc[fleet["name"].eq("PERAHU"), ["count", "escort_seats"]] = [6, 2]
    extra = fleet.iloc[[1]].assign(name="KAPAL", capacity_boxes=200, vessel_class="feri")
    windows = window_frame(base)
    windows.loc[0, "closes"] = pd.Timestamp("2024-02-12 12:00")
    made = edited(base, {"island_days": 3}, pd.concat([fleet, extra]), windows)
    assert [row.count for row in made.fleet if row.name == "PERAHU"] == [6]
    assert made.fleet[1].escort_seats == 2
    assert made.windows[0].closes.isoformat() == "2024-02-12T12:00:00+07:00"
    assert made.windows[0].basis == "pengaturan"
    changed = {k for k, o in made.origins.items() if o.basis == "pengaturan"}
    assert changed == {"PERAHU", "KAPAL", "island_days", "windows"}
    table = origin_table(made, "id").set_index("Isian")["Dasar"]
    assert table["Pulau mulai H-"] == "pengaturan"
    assert table["Tenggat (WIB)"] == "fakta"


def test_an_empty_row_is_left_out_and_a_half_filled_one_is_named() -> None:
    base = scenario_settings(FIRST)
    fleet = fleet_frame(base)
    blank = fleet.iloc[[0]].assign(**dict.fromkeys(fleet.columns, None))
    assert edited(base, {}, pd.concat([fleet, blank]), window_frame(base)).fleet == base.fleet
    half = blank.assign(name="TRUK 2", mode="truck")
    with pytest.raises(SchemaError, match=r"fleet\[4\]\.count: None"):
        edited(base, {}, pd.concat([fleet, half]), window_frame(base))
    window = pd.DataFrame({"scope": ["area"], "key": ["Selat Gelasa"], "vessel_class": [""],
                           "opens": [pd.Timestamp("2024-02-11 07:00")], "closes": [pd.NaT],
                           "is_open": [True], "note": [""]})  # fmt: skip
    with pytest.raises(SchemaError, match=r"windows\[1\]\.closes"):
        edited(base, {}, fleet, window)


def test_a_boat_that_is_given_no_room_is_named() -> None:
    base = scenario_settings(FIRST)
    fleet = fleet_frame(base).assign(capacity_boxes=0)
    with pytest.raises(SchemaError) as caught:
        edited(base, {}, fleet, window_frame(base))
    assert len(caught.value.faults) == 3


def test_scenarios_are_offered_where_they_belong_in_both_languages(dataset: Dataset) -> None:
    assert set(scenario_names("19.03")) >= {FIRST, CALM}
    assert not set(scenario_names("19.06")) & set(scenarios()[:2])
    assert scenario_title(FIRST, "id") != scenario_title(FIRST, "en")
    names = base_names(dataset, "19.03")
    assert {"", "BSL-02", "P-SADAI", "L-PONGOK"} <= set(names)
    assert "P-MANGGAR" not in names


def test_the_sea_of_a_kabupaten_and_its_limits(dataset: Dataset) -> None:
    assert areas_of(dataset, "19.03", {}) == ["Selat Gelasa", "Selatan Bangka"]
    assert areas_of(dataset, "19.06", {}) == ["Selat Karimata", "Selatan Belitung"]
    assert loaded(dataset, "id").empty
    assert limits_table("id")["Gelombang (m)"].tolist() == [1.25, 1.5, 2.5, 2.5, 4.0]


def panel(data: Dataset, language: str = "id") -> AppTest:
    def script(data: object, language: str) -> None:
        import streamlit as st

        from pages.components.custody import ballots
        from pages.components.plan import inputs as plan_inputs

        st.query_params["lang"] = language
        found = plan_inputs.draw(data, "19.03", ballots.draw)  # type: ignore[arg-type]
        if found is not None:
            st.session_state.found = found

    return AppTest.from_function(
        script, kwargs={"data": data, "language": language}, default_timeout=60
    ).run()


def shown(test: AppTest) -> str:
    return "\n".join(str(block.proto.body) for block in test.get("html"))


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_panel_says_what_is_not_known(dataset: Dataset, language: str) -> None:
    test = panel(dataset, language)
    assert not test.exception
    assert not test.error
    words = {
        "id": ("Tidak ada deret gelombang", "Surat suara kosong", "dapat dua kali gelombang"),
        "en": ("No series of waves", "Ballots are blank", "may be twice"),
    }[language]
    for sentence in words:
        assert sentence in shown(test)


def test_the_panel_returns_the_settings_that_were_entered(dataset: Dataset) -> None:
    test = panel(dataset)
    assert "found" not in test.session_state
    test.selectbox(key="in_from_19.03").select(CALM).run()
    assert "laut tenang pukul 07.00-13.00" in shown(test)
    test.number_input(key=f"in_island_days_19.03_{CALM}").set_value(3)
    test.number_input(key=f"in_escort_19.03_{CALM}").set_value(4)
    test.number_input(key=f"in_docks_warehouse_19.03_{CALM}").set_value(5)
    test.checkbox(key=f"in_ferry_use_19.03_{CALM}").set_value(True)
    test.selectbox(key=f"in_ferry_choice_19.03_{CALM}").select("ferry")
    waits = (n for n in test.text_input if str(n.key).startswith(f"in_ferry_wait_19.03_{CALM}"))
    next(waits).set_value("90")
    test.time_input(key=f"in_ferry_1_19.03_{CALM}").set_value(dt.time(16, 0))
    test.text_input(key=f"in_now_19.03_{CALM}").set_value("kemarin").run()
    assert "kemarin" in test.error[0].value
    test.text_input(key=f"in_now_19.03_{CALM}").set_value("2024-02-10T18:00+07:00").run()
    assert not test.error
    test.button(key="in_solve_19.03").click().run()
    found: PlanSettings = test.session_state.found
    assert (found.island_days, found.tps_per_escort) == (3, 4)
    assert found.docks == Docks(5, 2, {"P-SADAI": 8})
    assert found.ferries == Ferries(choice="ferry", wait_min=90)
    assert found.hours.ferry == ("06:00", "16:00")
    assert found.windows == scenario_settings(CALM).windows
    assert found.now is not None
    assert found.now.isoformat() == "2024-02-10T18:00:00+07:00"
    assert found.origins["island_days"].basis == "pengaturan"
    before = replace(scenario_settings(CALM), origins={})
    same = {name: getattr(before, name) for name in ("now", "docks", "ferries", "hours")}
    same |= {"island_days": 2, "tps_per_escort": None, "origins": {}}
    assert replace(found, **same) == before


def test_the_state_of_a_place_is_entered_on_its_page(own_store: Store) -> None:
    data = load_dataset(own_store)

    def script(data: object) -> None:
        from pages.components.network import piers as places

        places.draw(data.fresh(), "19.03")  # type: ignore[attr-defined]

    test = AppTest.from_function(script, kwargs={"data": data}, default_timeout=60).run()
    assert not test.exception
    assert "Keadaan: tidak diketahui" in shown(test)
    status = next(box for box in test.selectbox if box.label == "Keadaan")
    status.select("tutup")
    next(b for b in test.button if b.label == "Simpan keadaan").click().run()
    assert not test.exception
    rows = own_store.read("place_status")
    assert rows[["place_id", "status"]].to_numpy().tolist() == [["P-SADAI", "tutup"]]
    assert "Keadaan: tutup" in shown(test)
    next(b for b in test.button if b.label == "Tarik kembali").click().run()
    assert own_store.count("place_status") == 0


def test_a_further_warehouse_is_given_its_kecamatan(dataset: Dataset) -> None:
    test = panel(dataset)
    test.multiselect(key="in_depot_19.03").set_value(["BSL-01", "BSL-02"]).run()
    assert not test.exception
    test.multiselect(key="in_serves_BSL-01_19.03").set_value(["19.03.04"]).run()
    test.button(key="in_solve_19.03").click().run()
    found: PlanSettings = test.session_state.found
    assert found.warehouses == (Warehouse("BSL-02"), Warehouse("BSL-01", ("19.03.04",)))


def test_the_table_of_seas_says_what_is_assumed_and_what_was_set(dataset: Dataset) -> None:
    settings = default_settings("19.03")
    own = replace(settings, sea=replace(settings.sea, areas={"P-SADAI": "Selatan Bangka"}))
    table = area_table(dataset, own.kabupaten, own.sea.areas, "id").set_index(
        "Dermaga atau pendaratan"
    )
    assert table.loc["Pelabuhan Sadai"].tolist() == ["Selatan Bangka", "pengaturan"]
    assert table.loc["Pendaratan perahu Pulau Pongok"].tolist() == ["Selat Gelasa", "anggapan"]


def test_what_was_entered_is_there_again_after_another_part_was_seen(dataset: Dataset) -> None:
    def script(data: object) -> None:
        import streamlit as st

        from pages.components.custody import ballots
        from pages.components.plan import inputs as plan_inputs

        if st.toggle("panel", True, key="panel"):
            st.session_state.found = plan_inputs.draw(data, "19.03", ballots.draw)  # type: ignore[arg-type]

    test = AppTest.from_function(script, kwargs={"data": dataset}, default_timeout=60).run()
    test.number_input(key="in_island_days_19.03").set_value(5).run()
    test.text_input(key="in_name_19.03").set_value("rencana B").run()
    test.toggle(key="panel").set_value(False).run()
    test.toggle(key="panel").set_value(True).run()
    assert not test.exception
    assert test.selectbox(key="in_from_19.03").value == "last"
    assert test.number_input(key="in_island_days_19.03_last_1").value == 5
    assert test.text_input(key="in_name_19.03_last_1").value == "rencana B"
    test.button(key="in_solve_19.03").click().run()
    assert test.session_state.found.island_days == 5
    assert test.session_state.found.origins["island_days"].basis == "pengaturan"
    test.selectbox(key="in_from_19.03").select("").run()
    assert test.number_input(key="in_island_days_19.03").value == 3
