"""The land by address: what its files hold, and what a message of colours is read back as."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import date
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box, shape
from streamlit_folium import _get_feature_group_string, _get_header, _get_map_string

from analytics.reports.selection import Selection
from data.static_files import write_land
from geo.errors import CrsError, ParameterError
from geo.maps.land import (
    FILL,
    NAME,
    PLACE,
    Land,
    Legend,
    Order,
    Painted,
    land_json,
    paint_message,
    without_ending,
)
from geo.maps.layers import OfflineMap, escape
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.map import hotspot_layers, hotspot_legend
from services.hotspots.relative_risk import RiskQuery, relative_risk_view
from services.hotspots.relative_risk_view import risk_layers
from services.maps import framing_of, land_files, land_options, land_order, paint_of
from tests.maps.test_layers import ATTACKS

END = date(2025, 10, 29)
ORDER = Order(("a", "b", "c"), ("Satu", "Dua", "Tiga"), ("Desa Satu", "Desa Dua", "Desa Tiga"))
MOST_BYTES = 20_000


def tip_of(message: dict, order: Order, code: str) -> str:
    """Return a tooltip as the browser puts it together, from its own reading of a message."""
    drawn = [n for n, char in enumerate(message["fills"]) if char != "."]
    at = drawn.index(order.codes.index(code))
    tips = message["tips"]
    form = tips["forms"][int(tips["form"][2 * at : 2 * at + 2], 36)]
    form = "<br>".join(tips["lines"][line] for line in form)
    values = iter(tips["values"].split(";")[at].split("|"))
    n = order.codes.index(code)
    found = re.sub(FILL, lambda _: next(values), form)
    return found.replace(NAME, escape(order.names[n])).replace(PLACE, escape(order.places[n]))


def fill_of(message: dict, order: Order, code: str) -> str | None:
    char = message["fills"][order.codes.index(code)]
    return None if char == "." else message["palette"][int(char, 36)]


def test_a_message_gives_each_unit_its_fill_and_leaves_the_others_out() -> None:
    painted = Painted(
        "desa", {"a": "#ff0000", "c": None}, labels={"a": "3"}, dashed=frozenset("a"), selected="c"
    )
    message = paint_message(painted, ORDER)
    assert [fill_of(message, ORDER, code) for code in "abc"] == ["#ff0000/dash", None, "none"]
    assert message["fills"] == "0.1"
    assert message["labels"] == {0: "3"}
    assert message["selected"] == "c"


@pytest.mark.parametrize("attack", [*ATTACKS, f"7 {FILL}{NAME}", "1.234,5 & 3", "", "Satu"])
def test_a_tooltip_is_read_back_as_it_was_written(attack: str) -> None:
    order = Order(("a", "b"), (attack, "Dua 2"), ("x", f"Desa {attack}"))
    tips = {
        "a": f"<b>{escape(attack)}</b><br>12 perkara, 1,5 {escape(attack)}",
        "b": f"<b>{escape(order.places[1])}</b><br>{escape(attack)} 1.234",
    }
    message = paint_message(Painted("desa", {"a": "#111111", "b": None}, tips), order)
    sent = json.loads(json.dumps(message))
    for code, tip in tips.items():
        clean = re.sub(f"[{FILL}-{PLACE}]", "", tip)
        assert re.sub(f"[{FILL}-{PLACE}]", "", tip_of(sent, order, code)) == clean


@given(st.lists(st.text(), min_size=3, max_size=3))
def test_any_tooltip_is_read_back(words: list[str]) -> None:
    clean = [re.sub(f"[{FILL}-{PLACE}]", "", escape(one)) for one in words]
    painted = Painted("desa", dict.fromkeys("abc", "#111111"), dict(zip("abc", clean, strict=True)))
    message = paint_message(painted, ORDER)
    assert [tip_of(message, ORDER, code) for code in "abc"] == clean


@given(st.lists(st.text(max_size=8), max_size=5), st.text(max_size=4))
def test_words_of_dots_are_put_together_again(words: list[str], ending: str) -> None:
    rows = [[n, one + ending] for n, one in enumerate(words)]
    cut, found = without_ending(rows)
    assert [[n, head + found] for n, head in cut] == rows
    assert not words or found.endswith(ending)


def test_units_that_the_land_does_not_hold_and_too_many_classes_are_refused() -> None:
    with pytest.raises(ParameterError) as caught:
        paint_message(Painted("desa", {"z": "#111111"}), ORDER)
    assert caught.value.value == "z"
    codes = tuple(f"{n:02d}" for n in range(37))
    many = Painted("desa", {code: f"#0000{code}" for code in codes})
    with pytest.raises(ParameterError):
        paint_message(many, Order(codes, codes, codes))


def test_a_legend_keeps_words_as_text_and_puts_marks_last() -> None:
    said = Legend("t", [("#111111", "<b>", "2"), (None, "tanpa", None)], "s", [("#222222", "d")])
    assert said.message() == {
        "title": "t",
        "sub": "s",
        "rows": [["#111111", "<b>", "2"], ["none", "tanpa", None], ["dot:#222222", "d", None]],
    }


@pytest.mark.parametrize("level", LEVELS)
def test_a_land_file_holds_every_unit_once_in_the_order_of_codes(
    dataset: Dataset, level: str
) -> None:
    land = json.loads(land_json(dataset.display_shapes[level], dataset.place_names))
    properties = [one["properties"] for one in land["features"]]
    order = land_order(dataset, level)
    assert tuple(one["code"] for one in properties) == order.codes
    assert tuple(one["name"] for one in properties) == order.names
    assert tuple(one["place"] for one in properties) == order.places
    assert list(order.codes) == sorted(dataset.shapes[level]["code"])
    assert set(properties[0]) == {"code", "name", "place", "at", "room"}
    for feature in land["features"]:
        drawn = shape(feature["geometry"])
        assert drawn.buffer(0.001).contains(shapely.Point(feature["properties"]["at"]))


def test_neighbours_still_share_their_edges_after_rounding(dataset: Dataset) -> None:
    land = json.loads(land_json(dataset.display_shapes["desa"], {}))
    drawn = gpd.GeoSeries([shape(f["geometry"]) for f in land["features"]])
    whole = json.loads(land_json(dataset.display_shapes["kabupaten"], {}))
    outer = gpd.GeoSeries([shape(f["geometry"]) for f in whole["features"]])
    parts, kept = drawn.buffer(0).union_all(), outer.buffer(0).union_all()
    assert parts.symmetric_difference(kept).area < 1e-3 * kept.area


def test_land_in_another_reference_system_is_refused() -> None:
    wrong = gpd.GeoDataFrame({"code": ["a"], "name": ["A"]}, geometry=[box(0, 0, 1, 1)], crs=3857)
    with pytest.raises(CrsError):
        land_json(wrong, {})


def test_files_are_named_by_the_land_and_its_names(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.static_files.static_land_dir", lambda: tmp_path)
    before = land_files(dataset)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(before.values())
    assert land_files(dataset) == before
    units = dataset.units.copy()
    units.loc[units["code"].eq("19.02"), "name"] = "Lain"
    renamed = land_files(dataset.with_tables(units=units))
    assert all(renamed[level] != before[level] for level in LEVELS)
    words = (tmp_path / renamed["kabupaten"]).read_text(encoding="utf-8")
    assert '"name":"Lain"' in words
    shapes = dataset.read("unit_shapes").copy()
    first = shapes.index[shapes["level"].eq("desa")][0]
    moved = shapely.affinity.translate(shapely.from_wkb(shapes["wkb"][first]), 0.01)
    shapes.loc[first, "wkb"] = shapely.to_wkb(moved)
    other = land_files(dataset.with_tables(unit_shapes=shapes))
    assert not set(other.values()) & set(before.values())


def test_files_of_an_earlier_land_are_removed_once_no_open_page_can_ask_for_them(
    tmp_path: Path,
) -> None:
    made: list[str] = []

    def write(name: str) -> str:
        made.append(name)
        return "{}"

    write_land({"a.json": lambda: write("a")}, tmp_path)
    write_land({"b.json": lambda: write("b")}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.json", "b.json"}
    long_ago = time.time() - 25 * 3600
    os.utime(tmp_path / "a.json", (long_ago, long_ago))
    os.utime(tmp_path / "b.json", (long_ago, long_ago))
    write_land({"b.json": lambda: write("b")}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]
    assert made == ["a", "b"]


def sent(data: Dataset, layers: list, legend: Legend | None = None) -> int:
    """Return the bytes that the component receives for a map of painted units and dots."""
    chart = OfflineMap(framing_of(data).bounds)
    options = land_options(data, "/app/static/geo", "m", channel="0" * 16, clicks=True)
    Land(options).add_to(chart)
    group = folium.FeatureGroup(name="units")
    paint_of(data, layers, "id", legend).add_to(group)
    assert not any(isinstance(layer, folium.GeoJson) for layer in layers)
    chart.get_root().render()
    words = _get_header(chart) + _get_map_string(chart)
    return len((words + _get_feature_group_string(group, map=chart)).encode())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("measure", ["affairs", "rate"])
def test_a_change_of_filter_sends_little(dataset: Dataset, level: str, measure: str) -> None:
    chosen = Selection(as_of=END, families=("konflik", "unjuk_rasa"))
    query = HotspotQuery(chosen, level, measure)
    view = hotspot(dataset, query)
    layers = hotspot_layers(view, dataset, query, "id")
    assert sent(dataset, layers, hotspot_legend(view, query, "id")) <= MOST_BYTES


@pytest.mark.parametrize("level", LEVELS)
def test_a_change_of_relative_risk_sends_little(dataset: Dataset, level: str) -> None:
    chosen = Selection(as_of=END, families=("konflik",), kinds=("kejadian",))
    view = relative_risk_view(dataset, RiskQuery(chosen, level))
    assert sent(dataset, risk_layers(view, dataset, "id")) <= MOST_BYTES


def test_what_the_base_map_says_is_the_same_on_every_run(dataset: Dataset) -> None:
    said = []
    for _ in range(2):
        chart = OfflineMap(framing_of(dataset).bounds)
        Land(land_options(dataset, "/app/static/geo", "m", channel="a")).add_to(chart)
        chart.get_root().render()
        said.append(re.sub(r"_[0-9a-f]{32}", "", _get_map_string(chart)))
    assert said[0] == said[1]


def test_the_words_of_a_dot_are_sent_only_once_it_is_opened(dataset: Dataset) -> None:
    query = HotspotQuery(Selection(as_of=END, families=("konflik",)), "desa")
    layers = hotspot_layers(hotspot(dataset, query), dataset, query, "id")
    closed = paint_of(dataset, layers, "id").message
    assert closed["popup"] is None
    key = str(closed["dots"][0][0])
    opened = paint_of(dataset, layers, "id", opened={"key": key, "n": 5}).message["popup"]
    assert opened["key"] == key
    assert opened["n"] == 5
    assert "<details>" in opened["html"]
    gone = paint_of(dataset, layers, "id", opened={"key": "tidak ada", "n": 6}).message
    assert gone["popup"] is None
    assert pd.Series([row[0] for row in closed["dots"]]).is_unique
