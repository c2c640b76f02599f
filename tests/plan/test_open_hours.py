"""Open time is the hours, or the open rows, minus the closed rows: in calendar, plan and run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.network.open_times import Calendar
from analytics.plan.audit import audit
from analytics.plan.document import to_document
from analytics.plan.inputs import seas_not_known
from analytics.plan.lateness import LatenessParams, lateness
from analytics.plan.solver.solve import solve_plan
from analytics.plan.solver.timing import Course, Leg, LegTable, Stop, Trip, backward, forward
from data.plan.settings import Hours, WindowRow
from services.dataset import Dataset
from services.plan.ends import ReturnTimes, _windows
from services.plan.inputs import Sea, setup, window_rows
from services.plan.settings import default_settings
from tests.plan_world import A, B, C, at, hours, six_nodes, world

Row = dict[str, Any]
NIGHT = ("2031-02-13T20:00:00+07:00", "2031-02-14T04:00:00+07:00")


def row(scope: str, key: str, opens: str, closes: str, is_open: bool = False, **more: Any) -> Row:
    span = {"opens": at(opens), "closes": at(closes), "is_open": is_open}
    return {"scope": scope, "key": key, "vessel_class": None} | span | more


def calendar(*rows: Row) -> Calendar:
    return Calendar(pd.DataFrame(rows), at("00:00"))


def clocks(spans: tuple[tuple[float, float], ...]) -> list[str]:
    return ["–".join(f"{m // 60:02.0f}:{m % 60:02.0f}" for m in span) for span in spans]


SEA = ("area", "SELAT")


@pytest.mark.parametrize(
    ("rows", "vessel", "expected"),
    [
        ([row(*SEA, "06:00", "18:00", True), row(*SEA, "11:30", "13:00")], "perahu",
         ["06:00–11:30", "13:00–18:00"]),
        ([row(*SEA, "06:00", "09:00", True), row(*SEA, "09:00", "12:00", True),
          row(*SEA, "05:00", "07:00"), row(*SEA, "11:00", "14:00")], "perahu", ["07:00–11:00"]),
        ([row(*SEA, "06:00", "18:00", True), row(*SEA, "06:00", "18:00")], "perahu", []),
        ([row(*SEA, "06:00", "18:00", True), row(*SEA, "07:00", "20:00", True, vessel_class="feri"),
          row(*SEA, "08:00", "09:00", vessel_class="feri")], "feri",
         ["07:00–08:00", "09:00–18:00"]),
        ([row(*SEA, "06:00", "18:00", True), row(*SEA, "08:00", "09:00", vessel_class="feri")],
         "perahu", ["06:00–18:00"]),
        ([row(*SEA, "07:00", "20:00", True, vessel_class="feri")], "perahu", []),
    ],
)  # fmt: skip
def test_open_rows_minus_closed_rows(rows: list[Row], vessel: str, expected: list[str]) -> None:
    assert clocks(calendar(*rows).of("area", "SELAT", vessel)) == expected


def test_what_has_closed_rows_only_is_open_otherwise() -> None:
    shut = calendar(row(*SEA, "06:00", "09:00"), row("place", C, "06:00", "09:00"))
    assert shut.of(*SEA, "perahu") == ((-np.inf, 360.0), (540.0, np.inf)) == shut.of("place", C)
    only = calendar(row(*SEA, "06:00", "09:00", vessel_class="feri"))
    assert only.of(*SEA, "perahu") == ((-np.inf, np.inf),)


def test_a_truck_on_a_ferry_is_held_to_the_sea_of_ferries() -> None:
    found = calendar(
        hours("truck") | {"is_open": True, "vessel_class": None},
        row(*SEA, "07:00", "08:00", vessel_class="feri"), row(*SEA, "09:00", "10:00"),
        row(*SEA, "11:00", "12:00", vessel_class="perahu"),
    )  # fmt: skip
    assert clocks(found.of_leg("truck", "SELAT", None)) == [
        "06:00–07:00", "08:00–09:00", "10:00–18:00",
    ]  # fmt: skip
    assert clocks(found.of_leg("truck", None, None)) == ["06:00–18:00"]


def one_trip(**changed: Any) -> Trip:
    stop = Stop(C, ("t",), 5, 5.0)
    return replace(Trip("T/1", "T", "truck", "GUDANG", (stop,), 30.0), **changed)


PAUSE = [row("mode", "truck", "06:00", "18:00", True), row("mode", "truck", "11:00", "13:00")]
LEGS = LegTable(world().legs)  # the warehouse to C: 40 minutes


@pytest.mark.parametrize(
    ("ready", "load", "depart"),
    [("09:45", "09:45", "10:15"), ("09:55", "10:30", "13:00"), ("10:40", "13:00", "13:30")],
)
def test_no_truck_loads_or_drives_in_a_pause(ready: str, load: str, depart: str) -> None:
    """To C are 40 minutes, which fit at 10:20 and not at 10:25; loading fits until 10:30."""
    found = calendar(*PAUSE)
    times = forward([one_trip(release=found.minute(at(ready)))], LEGS, found)["T/1"]
    assert clocks(((times.load_start[0], times.depart[0][0]),)) == [f"{load}–{depart}"]


def test_loading_is_held_backwards_too() -> None:
    """Unloaded by 13:50, C is left for at 13:05: loading ends by 11:00, when the pause begins."""
    found = calendar(*PAUSE)
    for due, latest in (("13:50", "10:30"), ("14:30", "13:15"), ("11:05", "09:50")):
        last = backward([one_trip()], LEGS, found, {("T/1", 0): found.minute(at(due))})
        assert clocks(((last.load_start["T/1"], 0.0),))[0].startswith(latest), due


class TwoRuns(Course):
    """One run as usual, one in which the first leg takes three hours."""

    def minutes(self, trip: Trip, position: int, leg: Leg) -> np.ndarray:
        slow = trip.trip_id == "T/1" and position == 0
        return np.array([leg.minutes, 180.0 if slow else leg.minutes])


def test_a_run_that_is_late_waits_over_the_pause() -> None:
    found = calendar(*PAUSE)
    first = one_trip(release=360.0)
    second = replace(first, trip_id="T/2", after="T/1")
    times = forward([first, second], LEGS, found, TwoRuns())
    # Back at 07:55, or at 10:15 and with no time for another leg before the pause.
    assert times["T/2"].load_start.tolist() == [475.0, 630.0]
    third = replace(first, trip_id="T/3", after="T/2")
    times = forward([first, second, third], LEGS, found, TwoRuns())
    assert times["T/3"].load_start.tolist() == [590.0, 865.0]
    assert times["T/3"].depart[0].tolist() == [620.0, 895.0]


def planned(*rows: Row, keep: tuple[str, ...] = ("truck", "boat"), **changed: Any) -> Row:
    own = pd.DataFrame([*(hours(mode) | {"is_open": True} for mode in keep), *rows])
    inputs = world(windows=own, **changed)
    plan = solve_plan(inputs, 1, 1)
    document = to_document(plan, inputs)
    assert audit(document).passed, audit(document).faults
    return document


def busy(document: Row, mode: str) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return when vehicles of a mode load or are on the way."""
    out = []
    for trip in (trip for trip in document["trips"] if trip["mode"] == mode):
        stops = trip["stops"]
        out.append((stops[0]["arrive"], stops[0]["done"]))
        out += [(here["depart"], there["arrive"]) for here, there in pairwise(stops)]
    return [(pd.Timestamp(a), pd.Timestamp(b)) for a, b in out]


@pytest.mark.parametrize(
    ("keep", "rows"),
    [
        (("truck", "boat"), [row("mode", "truck", "06:45", "08:00")]),
        (("boat",), [row("mode", "truck", "05:00", "06:45", True),
                     row("mode", "truck", "08:00", "19:00", True)]),
    ],
)  # fmt: skip
def test_trucks_closed_over_an_hour_or_open_around_it_are_planned_alike(
    keep: tuple[str, ...], rows: list[Row]
) -> None:
    document = planned(*rows, keep=keep)
    shut = (at("06:45"), at("08:00"))
    assert not any(a < shut[1] and b > shut[0] for a, b in busy(document, "truck"))
    assert {d["place_code"] for d in document["deliveries"]} == {A, B, C}


def test_a_desa_that_is_closed_in_the_morning_is_served_after_it() -> None:
    document = planned(row("place", C, "06:00", "09:00"))
    done = [s["arrive"] for t in document["trips"] for s in t["stops"] if s["tps"]]
    assert len(done) >= 3
    at_c = [s for t in document["trips"] for s in t["stops"] if s["place_code"] == C]
    assert all(pd.Timestamp(s["done"]) >= at("09:05") for s in at_c)


def test_trucks_of_a_night_load_in_the_evening_and_are_back_before_dawn() -> None:
    frames = six_nodes()
    stops = frames["stops"].iloc[[2]].assign(deadline=pd.Timestamp("2031-02-14T18:00:00+07:00"))
    tps = frames["tps"][frames["tps"]["place_code"].eq(C)]
    night = {"scope": "mode", "key": "truck", "vessel_class": None, "is_open": True}
    night |= {"opens": pd.Timestamp(NIGHT[0]), "closes": pd.Timestamp(NIGHT[1])}
    legs = frames["legs"][frames["legs"]["to_code"].eq(C)].iloc[[0]].assign(usual_min=150)
    fleet = frames["fleet"].iloc[[0]].assign(crew_hours=8.0)
    document = planned(night, keep=(), stops=stops, tps=tps, legs=legs, fleet=fleet)
    (trip,) = document["trips"]
    assert trip["stops"][0]["arrive"] == NIGHT[0]
    assert trip["stops"][-1]["arrive"] == "2031-02-14T01:35:00+07:00"


def test_a_closing_in_a_simulated_run_comes_once_a_day_however_it_is_parted() -> None:
    """At a chance of one the sea closes every day, and so it does with a pause in the hours."""
    inputs = world()
    plan = solve_plan(inputs, 1, 1)
    pause = pd.DataFrame([row("mode", "boat", "17:00", "17:30")])
    parted = replace(inputs, windows=pd.concat([inputs.windows, pause], ignore_index=True))
    params = LatenessParams(runs=400, closing_per_day=0.5, breakdown_boat_h=0.0)
    whole, two = (lateness(plan, one, params, 1).by_stop["in_time"] for one in (inputs, parted))
    assert two[B] == pytest.approx(whole[B], abs=0.01)
    assert whole[B] < 0.9


def test_a_sea_with_closed_rows_only_is_not_one_that_is_known() -> None:
    own = six_nodes()["windows"]
    shut = pd.concat([own, pd.DataFrame([row(*SEA, "06:00", "07:00")])], ignore_index=True)
    known = shut.assign(is_open=True)
    assert seas_not_known(world(windows=shut)) == ["SELAT"]
    assert seas_not_known(world(windows=known)) == []


def rows_of(data: Dataset, **changed: Any) -> list[tuple[str, str, bool]]:
    settings = replace(default_settings("19.71"), land_days=2, island_days=2, **changed)
    sea = Sea(pd.DataFrame(), {})
    found = window_rows(data, settings, sea, dt.date(2024, 2, 14))
    own = found[found["key"].eq("truck")].sort_values("opens", kind="stable")
    spans = zip(own["opens"], own["closes"], own["is_open"], strict=True)
    return [(f"{a:%d %H:%M}", f"{b:%d %H:%M}", bool(c)) for a, b, c in spans]


def mode_row(opens: str, closes: str, is_open: bool) -> WindowRow:
    ends = [dt.datetime.fromisoformat(f"2024-02-{text}:00+07:00") for text in (opens, closes)]
    return WindowRow("mode", "truck", ends[0], ends[1], is_open)


def test_open_windows_stand_in_place_of_the_hours_of_their_day(dataset: Dataset) -> None:
    open_rows = (mode_row("13T05:00", "13T11:30", True), mode_row("13T13:00", "13T19:30", True))
    assert rows_of(dataset, windows=open_rows) == [
        ("12 05:00", "12 19:00", True), ("13 05:00", "13 11:30", True),
        ("13 13:00", "13 19:30", True),
    ]  # fmt: skip
    assert rows_of(dataset, windows=(mode_row("13T11:30", "13T13:00", False),)) == [
        ("12 05:00", "12 19:00", True), ("13 05:00", "13 19:00", True),
        ("13 11:30", "13 13:00", False),
    ]  # fmt: skip


def test_hours_out_of_order_are_those_of_a_night(dataset: Dataset) -> None:
    night = Hours(truck=("20:00", "04:00"))
    assert rows_of(dataset, hours=night) == [
        ("12 20:00", "13 04:00", True), ("13 20:00", "14 04:00", True),
    ]  # fmt: skip
    inputs, _ = setup(dataset, replace(default_settings("19.71"), land_days=2, hours=night))
    assert inputs.stops["release"].min() == pd.Timestamp("2024-02-12T06:00:00+07:00")
    given = to_document_windows(inputs.windows)
    due = pd.Timestamp("2024-02-15T20:00:00+07:00")
    for clock, nights in (("14T20:00", [14, 15]), ("15T01:00", [14, 15]), ("15T05:00", [15])):
        ready = pd.Timestamp(f"2024-02-{clock}:00+07:00")
        back = _windows(given, ReturnTimes(ready, due))
        own = back[back["key"].eq("truck")]
        assert [f"{a:%d %H:%M}" for a in own["opens"]] == [f"{n} 20:00" for n in nights]
        assert [f"{b:%d %H:%M}" for b in own["closes"]] == [f"{n + 1} 04:00" for n in nights]
        assert set(back.loc[back["key"].eq("local"), "opens"].dt.day) == set(range(ready.day, 16))


def to_document_windows(windows: pd.DataFrame) -> list[Row]:
    texts = {name: windows[name].map(pd.Timestamp.isoformat) for name in ("opens", "closes")}
    return [dict(one) for one in windows.assign(**texts).to_dict("records")]
