"""Trucks that board a ferry, and small boats that never take its time."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.network.open_times import Calendar
from analytics.plan.audit import audit
from analytics.plan.inputs import PlanInputs, seas_not_known
from data.plan.settings import Ferries, FleetRow, Hours, PlanSettings, WindowRow
from data.province import zone
from geo.errors import ParameterError
from services.dataset import Dataset
from services.network.build import network_of
from services.network.piers import Restrictions
from services.plan.ends import Hubs, ReturnTimes, collection
from services.plan.make import inputs_of, make_plan
from services.plan.settings import default_settings, leg_classes, settings_from_text, to_toml
from services.plan.views.view import way_words
from services.plan.ways import afloat, find_ways, reach, roads

LEPAR = "19.03.02"
SANGKAR, KUMBUNG = "19.03.02.2002", "19.03.02.2004"
MENDANAU = ("19.02.03.2001", "19.02.03.2002", "19.02.03.2003")
AREA = "Selat Gelasa"
FIRST_DAY = dt.date(2024, 2, 11)


def lepar(**changes: Any) -> PlanSettings:
    """Return settings of two desa on Lepar and one at Sadai, quick to plan."""
    include = (SANGKAR, KUMBUNG, "19.03.06.2001")
    return replace(default_settings("19.03"), include=include, search_seconds=1.0, **changes)


def always(**changes: Any) -> PlanSettings:
    return lepar(ferries=Ferries(choice="ferry"), **changes)


@pytest.fixture(scope="module")
def crossed(dataset: Dataset) -> tuple[PlanInputs, dict[str, Any]]:
    return inputs_of(dataset, always())


@pytest.fixture(scope="module")
def document(dataset: Dataset) -> dict[str, Any]:
    return make_plan(dataset, always())


def test_a_truck_goes_over_the_ferry_with_road_waiting_crossing_and_road(
    dataset: Dataset, crossed: tuple[PlanInputs, dict[str, Any]]
) -> None:
    inputs, notes = crossed
    stops = inputs.stops.set_index("place_code")
    assert stops.loc[[SANGKAR, KUMBUNG], ["pier", "landing"]].isna().all(axis=None)
    assert stops.loc[SANGKAR, "release"] < stops.loc["19.03.06.2001", "release"]  # as of islands
    legs = inputs.legs[inputs.legs["mode"].eq("truck")]
    over = legs[legs["from_code"].eq("BSL-02") & legs["to_code"].eq(SANGKAR)].iloc[0]
    land = roads(network_of(dataset).network)
    parts = (("BSL-02", "P-SADAI"), ("P-TJGADING", SANGKAR))
    road = sum(land.way(a, b).minutes() for a, b in parts)
    (line,) = notes["ferries"]["lines"]
    assert line["vessel_id"] == "KPL-001"
    assert line["in_service"] == "2024-01-05"
    assert line["assumed"]  # no page says how long it takes
    assert over["usual_min"] == pytest.approx(road + 60 + line["crossing_min"], abs=0.1)
    assert over["low_min"] < over["usual_min"] < over["high_min"]
    assert over["area"] == AREA
    here = legs[legs["from_code"].eq(KUMBUNG) & legs["to_code"].eq(SANGKAR)].iloc[0]
    assert pd.isna(here["area"])
    assert here["usual_min"] == pytest.approx(land.way(KUMBUNG, SANGKAR).minutes())
    assert not legs.duplicated(["from_code", "to_code"]).any()
    assert seas_not_known(inputs) == [AREA]


def test_the_plan_holds_the_hours_of_the_ferry_and_passes_the_audit(
    document: dict[str, Any],
) -> None:
    assert document["verdict"]["passed"], document["verdict"]["faults"]
    assert {trip["mode"] for trip in document["trips"]} == {"truck"}
    (trip,) = [t for t in document["trips"] if SANGKAR in {s["place_code"] for s in t["stops"]}]
    times = [stop["depart"][11:16] for stop in trip["stops"][:-1]]
    assert min(times) >= "06:00"
    assert trip["stops"][-1]["arrive"][11:16] <= "17:30"


def test_the_truck_waits_for_the_sea_of_the_ferry(dataset: Dataset) -> None:
    """Open on 12 February from 09:00 to 16:00 only: no road to or from the ferry outside it."""
    opens = dt.datetime(2024, 2, 12, 9, tzinfo=zone())
    window = WindowRow("area", AREA, opens, opens + dt.timedelta(hours=7), vessel_class="feri")
    made = make_plan(dataset, always(windows=(window,)))
    assert made["verdict"]["passed"], made["verdict"]["faults"]
    (trip,) = [t for t in made["trips"] if SANGKAR in {s["place_code"] for s in t["stops"]}]
    assert trip["stops"][0]["depart"] >= "2024-02-12T09:00"
    assert trip["stops"][-1]["arrive"] <= "2024-02-12T16:00"


@pytest.mark.parametrize(
    ("window", "fault"),
    [
        (("area", AREA, None), "sea_closed"),
        (("area", AREA, "feri"), "sea_closed"),
        (("area", AREA, "perahu"), None),
        (("mode", "ferry", None), "outside_hours"),
    ],
)
def test_a_closed_sea_or_ferry_holds_the_truck(
    document: dict[str, Any], window: tuple[str, str, str | None], fault: str | None
) -> None:
    """The auditor sees what the calendar holds: weather of the ferry's class, and its hours."""
    scope, key, vessel = window
    night = {"opens": "2024-02-01T00:00:00+07:00", "closes": "2024-02-01T01:00:00+07:00"}
    row = {"scope": scope, "key": key, "vessel_class": vessel, "is_open": True, **night}
    day = {**row, "vessel_class": "feri", "closes": "2024-03-01T00:00:00+07:00"}
    others = [w for w in document["inputs"]["windows"] if (w["scope"], w["key"]) != (scope, key)]
    windows = [*others, row, *([] if fault else [day])]
    found = audit({**document, "inputs": {**document["inputs"], "windows": windows}})
    assert {one.key for one in found.faults} == ({fault} if fault else set())
    frame = pd.DataFrame(windows).assign(
        opens=lambda f: pd.to_datetime(f["opens"], utc=True),
        closes=lambda f: pd.to_datetime(f["closes"], utc=True),
    )
    calendar = Calendar(frame, pd.Timestamp("2024-02-10", tz=zone()))
    now = calendar.of_leg("truck", AREA, None)
    assert any(closes > 0 for _, closes in now) == (fault is None)
    assert any(closes > 0 for _, closes in calendar.of_leg("truck", None, None))


def test_by_default_each_desa_goes_by_what_is_there_first(dataset: Dataset) -> None:
    inputs, notes = inputs_of(dataset, lepar())
    rows = {row["place_code"]: row for row in notes["ferries"]["places"]}
    assert set(rows) == {SANGKAR, KUMBUNG}
    landing = inputs.stops.set_index("place_code")["landing"]
    for code, row in rows.items():
        assert row["by_ferry"] == (row["ferry_min"] < row["boat_min"])
        assert pd.isna(landing[code]) == row["by_ferry"]
    assert {row["by_ferry"] for row in rows.values()} == {True, False}
    words = way_words(notes, dataset, "id")
    assert "Truk lewat feri ke Tanjung Sangkar." in words[0]
    assert words[1] == "Dilayani feri, tetapi dikirim dengan perahu: Kumbung."
    assert "sejak 5 Januari 2024" in words[2]
    assert "anggapan" in words[2]


def test_a_bigger_boat_makes_the_boat_earlier(dataset: Dataset) -> None:
    """One boat of 20 boxes goes twice for 30 boxes, one of 100 goes once."""
    settings = lepar()
    big = [replace(r, capacity_boxes=100) if r.mode == "boat" else r for r in settings.fleet]
    _, notes = inputs_of(dataset, replace(settings, fleet=tuple(big)))
    assert not any(row["by_ferry"] for row in notes["ferries"]["places"])


@pytest.mark.parametrize(
    ("ferries", "by_ferry"),
    [
        (Ferries(use=False, choice="ferry"), set()),
        (Ferries(choice="boat"), set()),
        (Ferries(choice="boat", desa={KUMBUNG: "ferry"}), {KUMBUNG}),
        (Ferries(choice="ferry", desa={KUMBUNG: "boat"}), {SANGKAR}),
        (Ferries(wait_min=600), set()),
    ],
)
def test_the_planner_chooses(dataset: Dataset, ferries: Ferries, by_ferry: set[str]) -> None:
    settings = lepar(ferries=ferries)
    assert settings_from_text(to_toml(settings), "x.toml") == settings
    inputs, notes = inputs_of(dataset, settings)
    stops = inputs.stops.set_index("place_code")["landing"]
    assert {code for code in (SANGKAR, KUMBUNG) if pd.isna(stops[code])} == by_ferry
    assert bool(notes["ferries"]["lines"]) == ferries.use


def test_a_ferry_is_there_from_the_day_a_source_has_it(dataset: Dataset) -> None:
    found = network_of(dataset)
    settings = default_settings("19.03")

    def lines(day: dt.date, *asked: str) -> set[str]:
        chosen = replace(settings, ferries=Ferries(lines=asked))
        return {row["vessel_id"] for row in reach(found.network, found, chosen, day).lines}

    assert lines(dt.date(2024, 1, 4)) == set()
    assert lines(dt.date(2024, 1, 5)) == {"KPL-001"}
    # Tanjung Nyato: no year is printed, and it sails on three days a week only.
    assert lines(FIRST_DAY, "KPL-002") == {"KPL-002"}
    for wrong in ("KPL-009", "KPL-014", "KPL-999"):  # carries no vehicle, leaves, is none
        with pytest.raises(ParameterError, match=wrong):
            lines(FIRST_DAY, wrong)


def test_a_shut_pier_stops_the_ferry(dataset: Dataset) -> None:
    found, settings = network_of(dataset), always()
    edges = found.network.edges
    shut = edges["from_node"].eq("P-TJGADING") | edges["to_node"].eq("P-TJGADING")
    network = found.network.without(np.flatnonzero(shut.to_numpy()))
    some = reach(network, found, settings, FIRST_DAY)
    assert some.lines == ()
    every = reach(found.network, found, settings, FIRST_DAY)
    ways = find_ways(some, every, "BSL-02", [SANGKAR], pd.Series({SANGKAR: 30}), settings)
    assert ways[["pier", "landing", "by_ferry"]].iloc[0].to_list() == ["P-SADAI", "L-LEPAR", False]


def test_a_small_boat_never_takes_the_time_of_a_ferry(dataset: Dataset) -> None:
    """Mendanau: 45 minutes by the ferry from Tanjung Ru, 120 by boat from Tanjungpandan."""
    inputs, _ = inputs_of(dataset, replace(default_settings("19.02"), include=("19.02.03",)))
    stops = inputs.stops.set_index("place_code")
    assert set(stops.loc[list(MENDANAU), "landing"]) == {"P-SELATNASIK"}
    boats = inputs.legs[inputs.legs["mode"].eq("boat")]
    assert set(boats["vessel_class"]) == {"perahu"}
    ends = boats.set_index(["from_code", "to_code"])["usual_min"]
    assert ends["P-TJPANDAN", "P-SELATNASIK"] == 120
    assert ends["P-TJPANDAN", "L-GERSIK"] > 120  # over water, not over the roads of Mendanau
    assert not boats["from_code"].isin(["P-TJRU", "P-TJNYATO"]).any()


def test_on_the_way_back_it_does_not_either(dataset: Dataset, document: dict[str, Any]) -> None:
    desa, hub = MENDANAU[0], "BLT-01"
    tps = [{"tps_id": "T", "place_code": desa, "boxes": 5}]
    one = {"about": {"kabupaten": "19.02"}, "inputs": {**document["inputs"], "tps": tps}}
    times = ReturnTimes(*(pd.Timestamp(2024, 2, day, 6, tz=zone()) for day in (15, 18)))
    made = collection(dataset, one, Hubs({desa: hub}, {desa: desa}, 100, 20), times)
    assert made.stops[["pier", "landing"]].iloc[0].to_list() == ["P-TJPANDAN", "P-SELATNASIK"]
    boats = made.legs[made.legs["mode"].eq("boat")]
    assert set(boats["usual_min"]) == {120}


def test_boats_of_a_class_go_over_its_own_legs_and_at_its_own_pace(dataset: Dataset) -> None:
    found = network_of(dataset)
    own = afloat(found.network, "perahu")
    assert set(own.edges["vessel_class"]) == {"perahu"}
    assert not np.isfinite(own.minutes_from(["P-TJRU"]).loc["P-TJRU", "P-TJNYATO"])
    pace = found.paces["perahu"]
    assert pace is not None
    edges = afloat(found.network, "perahu", pace).edges
    ends = edges["from_node"].isin(["P-TJRU", "P-TJNYATO"])
    leg = edges[ends & edges["to_node"].isin(["P-TJRU", "P-TJNYATO"])].iloc[0]
    assert leg["usual_min"] == pytest.approx(60 * leg["length_km"] / pace.usual_kmh)
    assert leg["low_min"] < leg["usual_min"] < leg["high_min"]
    assert leg["assumption"]
    assert leg["why"] == "time"
    kept = edges[edges["from_node"].eq("P-SELATNASIK") & edges["to_node"].eq("P-TJPANDAN")]
    assert kept["usual_min"].to_list() == [120]


def test_fast_boats_and_small_ones_have_legs_of_their_own(dataset: Dataset) -> None:
    base = lepar(ferries=Ferries(use=False))
    cruiser = FleetRow("CEPAT", "boat", 1, 40, vessel_class="kapal_cepat", speed_class="lambat")
    inputs, _ = inputs_of(dataset, replace(base, fleet=(*base.fleet, cruiser)))
    legs = inputs.legs[inputs.legs["from_code"].eq("P-SADAI") & inputs.legs["mode"].eq("boat")]
    usual = legs.set_index("vessel_class")["usual_min"]
    assert set(usual.index) == {"perahu", "kapal_cepat", "kapal_cepat lambat"}
    assert usual["perahu"] == 15
    assert usual["kapal_cepat"] < 15  # 45 km/h, from Pangkalbalam-Tanjungpandan
    assert usual["kapal_cepat lambat"] == pytest.approx(1.25 * usual["kapal_cepat"])


def test_a_limited_pier_leaves_no_leg_to_another_class() -> None:
    row = {"from_code": "P-A", "to_code": "L-B", "mode": "boat", "usual_min": 30.0,
           "low_min": 20.0, "high_min": 40.0}  # fmt: skip
    legs = pd.DataFrame([{**row, "vessel_class": name} for name in ("perahu", "feri")])
    fleet = (
        FleetRow("P", "boat", 1, 20, vessel_class="perahu"),
        FleetRow("F", "boat", 1, 200, vessel_class="feri"),
    )
    settings = PlanSettings("19.03", "pemilu2024", (), fleet)
    limited = Restrictions({}, {"L-B": "perahu"}, 0)
    assert leg_classes(legs, settings, limited)["vessel_class"].to_list() == ["perahu"]


def test_hours_of_ferries_are_windows_that_the_planner_may_set(dataset: Dataset) -> None:
    settings = always(hours=Hours(ferry=("08:00", "15:00")))
    moment = dt.datetime(2024, 2, 12, 9, tzinfo=zone())
    extra = WindowRow("mode", "ferry", moment, moment + dt.timedelta(hours=2))
    inputs, _ = inputs_of(dataset, replace(settings, windows=(extra,)))
    rows = inputs.windows[inputs.windows["key"].eq("ferry")]
    assert {str(when)[11:16] for when in rows["opens"]} == {"08:00", "09:00"}
