"""Where loads are at an hour, worked out by hand on one truck and one boat, and how it is drawn."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.plan.trips import along, arrived, moments, positions
from geo.maps.layers import glyphs
from services.dataset import Dataset
from services.network.build import network_of
from services.plan.make import PlanAsked, make_plan
from services.plan.views.compare import compare_plans
from services.plan.views.gantt import plan_gantt, tight_trips
from services.plan.views.map import hours, leg_paths, map_layers, scene
from services.plan.views.verdict import verdict_sentence
from services.plan.views.view import delivery_rows, kpis, stop_rows, tightest

DAY = "2031-02-13"


def at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{DAY} {clock}")


def stop(trip: str, seq: int, place: str, times: str, boxes: int, tps: int) -> dict[str, Any]:
    """Return a stop of a truck; times are arrival, end of handling and departure."""
    arrive, done, depart = times.split()
    return {
        "trip_id": trip, "vehicle_id": trip.split("/", maxsplit=1)[0], "mode": "truck", "seq": seq,
        "place": place, "arrive": at(arrive), "done": at(done), "depart": at(depart),
        "boxes_aboard": boxes, "tps_aboard": tps,
    }  # fmt: skip


STOPS = pd.DataFrame(
    [
        stop("T/1", 0, "G", "06:00 06:30 07:00", 20, 4),
        stop("T/1", 1, "A", "08:00 08:10 08:10", 10, 2),
        stop("T/1", 2, "B", "08:40 09:00 09:00", 0, 0),
        stop("T/1", 3, "G", "10:00 10:00 10:00", 0, 0),
        stop("U/1", 0, "G", "12:00 12:10 12:10", 5, 1),
        stop("U/1", 1, "A", "13:10 13:20 13:20", 0, 0),
        stop("U/1", 2, "G", "14:20 14:20 14:20", 0, 0),
    ]
)
G, A, B = (106.0, -2.0), (106.2, -2.0), (106.2, -2.3)
PATHS = {
    ("G", "A", "truck"): np.array([G, A]),
    ("A", "B", "truck"): np.array([A, B]),
    ("B", "G", "truck"): np.array([B, (106.0, -2.3), G]),
    ("A", "G", "truck"): np.array([A, G]),
}


@pytest.mark.parametrize(
    ("clock", "state", "place", "boxes", "lon", "lat"),
    [
        ("06:00", "loading", "G", 20, 106.0, -2.0),
        ("06:29", "loading", "G", 20, 106.0, -2.0),
        ("06:30", "waiting", "G", 20, 106.0, -2.0),
        ("07:00", "under_way", "G", 20, 106.0, -2.0),
        ("07:30", "under_way", "G", 20, 106.1, -2.0),
        ("08:00", "unloading", "A", 10, 106.2, -2.0),
        ("08:25", "under_way", "A", 10, 106.2, -2.15),
        ("08:50", "unloading", "B", 0, 106.2, -2.3),
        ("09:24", "under_way", "B", 0, 106.0, -2.3),
        ("09:48", "under_way", "B", 0, 106.0, -2.1),
    ],
)
def test_a_truck_is_where_its_clock_says(
    clock: str, state: str, place: str, boxes: int, lon: float, lat: float
) -> None:
    """B to G is 0.2 degrees west and 0.3 north in an hour: 24 minutes after 9 it turns north."""
    found = positions(STOPS, PATHS, at(clock))
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["state"], row["place"], row["boxes"]) == (state, place, boxes)
    assert (row["lon"], row["lat"]) == pytest.approx((lon, lat))


@pytest.mark.parametrize("clock", ["05:59", "10:00", "11:30", "14:20"])
def test_nothing_is_out_before_after_and_between(clock: str) -> None:
    assert positions(STOPS, PATHS, at(clock)).empty


def test_a_place_without_a_point_is_told_and_not_invented() -> None:
    nowhere = dict.fromkeys(PATHS, np.empty((0, 2)))
    row = positions(STOPS, nowhere, at("07:30")).iloc[0]
    assert row["state"] == "under_way"
    assert np.isnan(row["lon"])


@given(st.floats(0, 1), st.integers(2, 6), st.integers(0, 10_000))
def test_a_point_along_a_path_divides_its_length(share: float, n: int, seed: int) -> None:
    path = np.random.default_rng(seed).uniform(0, 1, (n, 2))
    lon, lat = along(path, share)
    steps = np.hypot(*np.diff(path, axis=0).T)
    fine = np.vstack([np.linspace(a, b, 2001) for a, b in pairwise(path)])
    walked = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    there = fine[int(np.argmin(np.abs(walked - share * steps.sum())))]
    assert np.hypot(*(there - [lon, lat])) < 2e-3
    assert along(path, 0) == pytest.approx(tuple(path[0]))
    assert along(path, 1) == pytest.approx(tuple(path[-1]))


def test_the_slider_leaves_out_the_hours_in_which_nothing_is_out() -> None:
    times = moments(STOPS, 30)
    assert times[0] == at("06:00")
    assert times[-1] == at("14:30")
    assert at("11:00") not in times
    assert at("12:30") in times
    assert moments(STOPS[:0]) == []


def test_a_place_has_arrived_when_all_of_it_is_unloaded() -> None:
    frame = pd.DataFrame({"delivered": [at("08:10"), at("09:00")]})
    assert arrived(frame, at("08:09")).tolist() == [False, False]
    assert arrived(frame, at("08:10")).tolist() == [True, False]


@pytest.fixture(scope="module")
def document(dataset: Dataset) -> dict[str, Any]:
    return make_plan(dataset, PlanAsked("19.03", seconds=2))


def test_what_is_aboard_adds_up_on_every_trip_of_a_real_plan(document: dict[str, Any]) -> None:
    rows = stop_rows(document)
    assert rows["boxes_aboard"].ge(0).all()
    last = rows.groupby("trip_id").tail(1)
    assert last["boxes_aboard"].eq(0).all()
    assert last["tps_aboard"].eq(0).all()
    assert (rows["arrive"] <= rows["done"]).all()
    assert (rows["done"] <= rows["depart"]).all()


def test_loads_move_and_arrive_hour_by_hour(document: dict[str, Any], dataset: Dataset) -> None:
    times = hours(document)
    some = [scene(document, dataset, when) for when in times[:: len(times) // 6]]
    counts = [one.tps_arrived for one in some] + [scene(document, dataset, times[-1]).tps_arrived]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 555
    assert scene(document, dataset, times[-1]).vehicles.empty
    busy = max(some, key=lambda one: len(one.vehicles))
    legs = set(busy.legs.loc[busy.legs["under_way"], "vehicle_id"])
    assert set(busy.vehicles["vehicle_id"]) == legs
    assert len(map_layers(busy, dataset, "19.03", "id", shaded=True)) >= 6


def test_trucks_stay_on_land_and_boats_do_not(document: dict[str, Any], dataset: Dataset) -> None:
    shown = scene(document, dataset)
    assert set(shown.legs["mode"]) == {"truck", "boat", "local"}
    edges = network_of(dataset).network.edges
    sea = {
        frozenset(pair)
        for pair in edges.loc[edges["mode"].eq("boat"), ["from_node", "to_node"]]
        .to_numpy()
        .tolist()
    }
    nodes = network_of(dataset).network.nodes
    code = {(row.lon, row.lat): row.node_id for row in nodes.itertuples()}
    legs = frozenset((row.start, row.end, row.mode) for row in shown.legs.itertuples())
    for (_, _, mode), path in leg_paths(dataset, legs).items():
        steps = [frozenset((code[tuple(a)], code[tuple(b)])) for a, b in pairwise(path)]
        crosses = any(step in sea for step in steps)
        assert crosses is (mode == "boat")


def test_the_gantt_has_a_bar_a_trip_its_latest_departure_and_closed_hours(
    document: dict[str, Any], dataset: Dataset
) -> None:
    figure = plan_gantt(document, dataset, "id")
    bars = [trace for trace in figure.data if trace.type == "bar" and trace.showlegend is None]
    assert sum(len(trace.y) for trace in bars) == len(document["trips"])
    ticks = next(trace for trace in figure.data if trace.name == "batas berangkat (waktu biasa)")
    known = [trip for trip in document["trips"] if trip["latest_depart"]]
    assert len(ticks.x) == len(known)
    boats = {trip["vehicle_id"] for trip in document["trips"] if trip["mode"] == "boat"}
    rows = list(figure.layout.yaxis.categoryarray)
    shut = [s for s in figure.layout.shapes if s.type == "rect"]
    for boat in boats:  # three days: the hours before, between and after, in grey
        own = [s for s in shut if s.y0 < rows.index(boat) < s.y1]
        assert len(own) >= 3
    assert not any(s.fillcolor == "#bcd6ec" for s in shut)
    paused = json.loads(json.dumps(document))
    paused["inputs"]["windows"].append(
        {"scope": "mode", "key": "boat", "vessel_class": None, "is_open": False,
         "opens": "2024-02-12T11:30:00+07:00", "closes": "2024-02-12T13:00:00+07:00"}
    )  # fmt: skip
    grey = [s for s in plan_gantt(paused, dataset, "id").layout.shapes if s.type == "rect"]
    pause = [(f"{s.x0:%H:%M}", f"{s.x1:%H:%M}") for s in grey if s not in shut]
    assert pause == [("11:30", "13:00")] * len(boats)
    assert tight_trips(document, 1e6) == len(document["trips"])
    assert tight_trips(document, -1e6) == len(document["trips"]) - len(known)


def test_names_are_shown_as_typed_and_leave_the_bars_their_room(
    document: dict[str, Any], dataset: Dataset
) -> None:
    long = "Truk & Rekan <b>Jaya</b> pinjaman dari dinas yang namanya panjang sekali untuk satu"
    named = json.loads(json.dumps(document).replace("TRUK-", f"{long}-"))
    figure = plan_gantt(named, dataset, "id")
    shown = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    assert list(shown) == list(figure.layout.yaxis.categoryarray)[::-1]
    assert shown[f"{long}-01"] == "Truk &amp; Reka…atu-01"
    margin = figure.layout.margin
    assert not figure.layout.yaxis.automargin
    assert 390 - margin.l - margin.r >= 390 / 2
    assert margin.l >= 8 * len("Truk & Reka…atu-01")
    tips = [tip for trace in figure.data if trace.type == "bar" for tip in trace.customdata]
    whole = [tip for tip in tips if "namanya" in tip]
    assert len(whole) == sum(trip["mode"] == "truck" for trip in document["trips"])
    assert all("&lt;b&gt;Jaya&lt;/b&gt;" in tip and "<b>Jaya" not in tip for tip in whole)
    # The word of the deadline has a row of its own below the last vehicle.
    word = next(one for one in figure.layout.annotations if one.text == "tenggat")
    low, high = figure.layout.yaxis.range
    plot_px = figure.layout.height - margin.t - margin.b
    assert (word.y, word.yanchor) == (0, "bottom")
    assert (-0.5 - low) / (high - low) * plot_px >= 20


def test_a_closed_sea_is_shaded_for_the_boats_that_cross_it(
    document: dict[str, Any], dataset: Dataset
) -> None:
    closed = json.loads(json.dumps(document))
    for leg in closed["inputs"]["legs"]:
        if leg["mode"] == "boat":
            leg["area"] = "uji"
    span = [f"2024-02-{day}T07:00:00+07:00" for day in (11, 12)]
    closed["inputs"]["windows"].append(
        {"scope": "area", "key": "uji", "vessel_class": None, "opens": span[0],
         "closes": span[0].replace("07:00:00", "13:00:00"), "is_open": True}
    )  # fmt: skip
    figure = plan_gantt(closed, dataset, "id")
    blue = [s for s in figure.layout.shapes if s.type == "rect" and s.fillcolor == "#bcd6ec"]
    boats = {trip["vehicle_id"] for trip in document["trips"] if trip["mode"] == "boat"}
    assert len({s.y0 for s in blue}) == len(boats)
    assert {str(s.x1)[11:16] for s in blue} >= {"07:00"}


def test_the_figures_say_what_is_known_and_what_is_not(
    document: dict[str, Any], dataset: Dataset
) -> None:
    cards = {words: (figure, small) for figure, words, small in kpis(document, "id")}
    assert cards["Pemeriksa rencana"][0] == "LOLOS AUDIT"
    assert cards["Peluang terlambat"][0] == "–"
    tightest = delivery_rows(document)["slack_min"].min() / 60
    words = verdict_sentence(document, dataset, "id")
    assert words.startswith("Bangka Selatan: 555 dari 555 TPS tepat waktu; paling ketat ")
    assert words.endswith(f"({tightest:.1f} jam)".replace(".", ","))
    told = kpis(document, "id", "3,1 % (galat baku 0,4)")
    assert told[-1][0].startswith("3,1 %")


def test_glyphs_carry_a_shape_for_each_mode_and_no_address_outside() -> None:
    frame = pd.DataFrame({"key": ["x", "y"], "lon": [106.0, 107.0], "lat": [-2.0, -3.0]})
    shape, colour = pd.Series(["boat", "arrow"]), pd.Series(["#0072b2", "#e69f00"])
    layer = glyphs(frame, shape, colour, turn=pd.Series([0.0, 47.4]))
    svg = [one["properties"]["svg"] for one in layer.data["features"]]
    assert "rotate(0deg)" in svg[0]
    assert "rotate(45deg)" in svg[1]
    assert "http" not in "".join(svg)


def test_a_plan_without_a_trip_is_drawn_without_one(
    document: dict[str, Any], dataset: Dataset
) -> None:
    nothing = document | {"trips": [], "deliveries": [], "verdict": {"passed": False, "faults": []}}
    nothing["figures"] = document["figures"] | {"slack_min": None, "cost": 0.0}
    assert hours(nothing) == []
    shown = scene(nothing, dataset)
    assert shown.legs.empty
    assert shown.tps_arrived == 0
    assert map_layers(shown, dataset, "19.03", "id") is not None
    assert tightest(nothing, dataset, "id").empty
    cards = {words: figure for figure, words, _ in kpis(nothing, "id")}
    assert cards["Pemeriksa rencana"] == "GAGAL AUDIT"
    assert verdict_sentence(nothing, dataset, "id").endswith("0 dari 555 TPS tepat waktu")
    assert compare_plans(document, nothing).count("only_a") == 53
