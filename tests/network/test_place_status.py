"""State of piers and warehouses: blank is unknown, shut is not used; moves with undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from folium import GeoJson
from sqlalchemy import delete
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from analytics.plan.inputs import PlanInputs
from cli import app
from data.errors import FileUnreadableError, SchemaError
from data.ingest.place_lookup import place_index
from data.network.place_status import road_id
from data.store.engine import Store
from data.store.ledger import tables as ledger
from data.store.tables import metadata
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file
from services.network.build import network_of
from services.network.piers import (
    PlaceStatus,
    Restrictions,
    forget_status,
    move_place,
    places,
    restrictions,
    set_status,
    status_words,
    undo_move,
)
from services.network.remoteness import remote_layers, remote_view
from services.network.restricted import without_ends
from services.network.routes import route
from services.plan.make import inputs_of, make_plan
from services.plan.settings import default_settings, scenario_settings
from services.plan.views.map import Scene, _no_legs, limit_layers
from services.plan.views.view import input_words

FIRST = "2024-02-11-sadai-pongok"
TODAY = date(2024, 2, 10)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Dataset]:
    path = tmp_path_factory.mktemp("status") / "siaga.db"
    source = shipped_store.engine.raw_connection()
    source.execute("VACUUM INTO ?", (str(path),))
    source.close()
    store = Store.open(f"sqlite:///{path}")
    yield load_dataset(store)
    store.close()


@pytest.fixture
def own_data(copied: Dataset) -> Iterator[Dataset]:
    """The data with nothing told of places and nothing moved, before and after."""
    yield copied
    with copied.store.begin("setup.prepare") as connection:
        for table in ("place_status", "place_moves", "imports", "quarantine"):
            connection.execute(delete(metadata.tables[table]))


def told(place: str, status: str, largest: str | None = None) -> PlaceStatus:
    return PlaceStatus(place, status, TODAY, largest)


def bring(store: Store, path: Path) -> ImportResult:
    return import_file(store, "place-status", path, Asked(as_of=TODAY))


def put(folder: Path, *lines: str) -> Path:
    path = folder / "tempat.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_place_without_a_row_is_unknown_and_not_open(dataset: Dataset) -> None:
    rows = places(dataset)
    assert set(rows["status"]) == {"tidak_diketahui"}
    assert restrictions(dataset).unknown == len(rows)
    assert status_words(rows.iloc[0], "id") == "Keadaan: tidak diketahui"


def test_a_state_is_kept_shown_on_the_map_and_taken_back(own_data: Dataset) -> None:
    before = own_data.store.revisions()
    set_status(own_data, told("P-SADAI", "terbatas", "perahu"))
    after = own_data.store.revisions()
    risen = {name for name, n in after.items() if n != before[name]}
    assert risen == {"place_status", *ledger.NAMES}
    words = status_words(places(own_data.fresh()).loc["P-SADAI"], "id")
    assert words == "Keadaan: terbatas, keterangan 10 Februari 2024; kapal terbesar: perahu"
    layers = remote_layers(remote_view(own_data.fresh()), own_data.fresh(), "id")
    assert any(
        "keterangan 10 Februari 2024" in str(layer.data)
        for layer in layers
        if isinstance(layer, GeoJson)
    )
    forget_status(own_data.store, "P-SADAI")
    assert places(own_data.fresh()).loc["P-SADAI", "status"] == "tidak_diketahui"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (told("P-NIHIL", "buka"), ParameterError),
        (told("P-SADAI", "mungkin"), SchemaError),
        (told("P-SADAI", "buka", "kano"), SchemaError),
        (PlaceStatus("P-SADAI", "buka", date(2999, 1, 1)), SchemaError),
    ],
)
def test_a_state_that_cannot_be_is_refused(
    own_data: Dataset, wrong: PlaceStatus, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_status(own_data, wrong)
    assert own_data.store.count("place_status") == 0


def test_a_shut_pier_is_left_out_and_the_plan_fails_with_what_is_cut_off(own_data: Dataset) -> None:
    set_status(own_data, told("P-SADAI", "tutup"))
    inputs, notes = inputs_of(own_data.fresh(), scenario_settings(FIRST))
    assert not (inputs.legs["from_code"].eq("P-SADAI") & inputs.legs["mode"].eq("boat")).any()
    assert notes["places"]["closed"] == {"P-SADAI": "2024-02-10"}
    assert set(notes["places"]["cut_off"]) == {"19.03.08.2001", "19.03.08.2002"}
    document = make_plan(own_data.fresh(), scenario_settings(FIRST))
    assert not document["verdict"]["passed"]
    assert {row["reason"] for row in document["unserved"]} == {"no_leg"}


def test_another_pier_stands_in_for_a_shut_one_where_there_is_one(own_data: Dataset) -> None:
    """Selat Nasik: by Tanjung Ru and Tanjung Nyato, or by fishing boat from Tanjungpandan."""
    settings = replace(default_settings("19.02"), include=("19.02.03.2001",))
    usual, _ = inputs_of(own_data, settings)
    pier = str(usual.stops["pier"].iloc[0])
    set_status(own_data, told(pier, "tutup"))
    other, notes = inputs_of(own_data.fresh(), settings)
    assert notes["places"]["cut_off"] == []
    assert other.stops["pier"].iloc[0] != pier


def test_a_shut_warehouse_is_refused_by_name(own_data: Dataset) -> None:
    set_status(own_data, told("BSL-02", "tutup"))
    with pytest.raises(ParameterError, match=r"BSL-02 \(tutup\)"):
        inputs_of(own_data.fresh(), scenario_settings(FIRST))


def test_a_pier_that_takes_small_boats_only_has_no_leg_for_large_ones(own_data: Dataset) -> None:
    settings = scenario_settings(FIRST)
    boat = next(row for row in settings.fleet if row.mode == "boat")
    ferry = replace(boat, name="FERI", vessel_class="feri", count=1)
    set_status(own_data, told("L-PONGOK", "terbatas", "perahu"))
    inputs, _ = inputs_of(own_data.fresh(), replace(settings, fleet=(*settings.fleet, ferry)))
    boats = inputs.legs[inputs.legs["mode"].eq("boat")]
    at = boats["from_code"].eq("L-PONGOK") | boats["to_code"].eq("L-PONGOK")
    assert set(boats.loc[at, "vessel_class"]) == {"perahu"}
    document = make_plan(own_data.fresh(), replace(settings, fleet=(*settings.fleet, ferry)))
    assert document["verdict"]["passed"], document["verdict"]["faults"]
    calls = {
        trip["vehicle_id"] for trip in document["trips"] for stop in trip["stops"]
        if stop["place_code"] == "L-PONGOK" and trip["mode"] == "boat"
    }  # fmt: skip
    assert "FERI-01" not in calls
    assert not Restrictions({}, {"X": "perahu"}, 0).admits("X", "feri")
    assert Restrictions({}, {"X": "feri"}, 0).admits("X", "perahu")


def test_a_file_of_states_comes_in_by_name_and_holds_bad_rows_back(
    own_data: Dataset, tmp_path: Path
) -> None:
    file = put(
        tmp_path,
        "tempat,status,kapal terbesar,tanggal,sumber",
        "Pelabuhan Sadai,tutup,,10 Februari 2024,Syahbandar",
        "l-pongok,terbatas,Perahu,2024-02-09,",
        "Pelabuhan Mars,buka,,2024-02-09,",
        "P-MANGGAR,barangkali,,2024-02-09,",
        "P-KURAU,buka,kano,2024-02-09,",
        "P-TJRU,buka,,2024-02-11,",
        "P-BELINYU,,,2024-02-09,",
        "P-TJPURA,buka,,2024-02-09,",
        "P-TJPURA,tutup,,2024-02-09,",
    )
    done = bring(own_data.store, file)
    assert (done.accepted, done.quarantined) == (2, 7)
    found = {(row.row_number, row.reason) for row in done.faults.itertuples()}
    assert found == {
        (4, "pier_unknown"), (5, "place_state_unknown"), (6, "vessel_unknown"),
        (7, "date_future"), (8, "required"), (9, "place_twice"), (10, "place_twice"),
    }  # fmt: skip
    assert places(own_data.fresh()).loc["P-SADAI", "status"] == "tutup"
    older = put(tmp_path, "tempat,status,tanggal", "P-SADAI,buka,1 Februari 2024")
    assert bring(own_data.store, older).quarantined == 1
    assert places(own_data.fresh()).loc["P-SADAI", "status"] == "tutup"
    with pytest.raises(FileUnreadableError):
        bring(own_data.store, put(tmp_path, "a,b", "1,2"))


def test_a_pier_is_moved_and_put_back(own_data: Dataset) -> None:
    before = places(own_data).loc["P-SADAI", ["lon", "lat"]].astype(float)
    move_place(own_data, "P-SADAI", float(before["lon"]) + 0.01, float(before["lat"]))
    moved = load_dataset(own_data.store)
    row = places(moved).loc["P-SADAI"]
    assert row["lon"] == pytest.approx(before["lon"] + 0.01)
    assert row["moved"]
    assert not row["approximate"]
    undo_move(moved, "P-SADAI")
    back = places(load_dataset(own_data.store)).loc["P-SADAI"]
    assert back[["lon", "lat"]].astype(float).tolist() == pytest.approx(before.tolist())
    assert not back["moved"]


def test_a_pier_on_a_land_locked_desa(own_data: Dataset) -> None:
    """Desa Mendo in Mendo Barat has no coast."""
    at = own_data.units.set_index("code").loc["19.01.04.2004"]
    with pytest.raises(ParameterError, match="a desa with a coast"):
        move_place(own_data, "P-SADAI", float(at["lon"]), float(at["lat"]))
    move_place(own_data, "BGK-02", float(at["lon"]), float(at["lat"]))
    assert set(own_data.store.read("place_moves")["place_id"]) == {"BGK-02"}


@pytest.mark.parametrize(
    ("place", "lon", "lat", "named"),
    [
        ("P-NIHIL", 106.7, -3.0, "place_id"),
        ("P-SADAI", 110.9, -3.0, "lon, lat"),
        ("P-SADAI", 107.2, -1.5, "lon, lat"),
    ],
)
def test_a_place_moved_to_nowhere(
    own_data: Dataset, place: str, lon: float, lat: float, named: str
) -> None:
    with pytest.raises(ParameterError, match=named):
        move_place(own_data, place, lon, lat)
    assert own_data.store.count("place_moves") == 0


def test_the_command_brings_states_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    file = put(tmp_path, "tempat,status,tanggal", "P-SADAI,buka,2024-02-10", "X,buka,2024-02-10")
    done = CliRunner().invoke(app, ["import", "place-status", str(file)])
    assert done.exit_code == 1, done.output
    assert "baris 3" in done.output
    file = put(tmp_path, "x", "y")
    assert CliRunner().invoke(app, ["import", "place-status", str(file)]).exit_code == 2


def test_a_plan_says_what_is_shut_cut_off_and_not_known(own_data: Dataset) -> None:
    settings = scenario_settings(FIRST)
    _, before = inputs_of(own_data, settings)
    words = input_words(before, own_data, "id")
    assert words[0].startswith("Tidak ada prakiraan yang dimuat untuk Selat Gelasa")
    assert any("Februari: gelombang sampai 4,0 m" in sentence for sentence in words)
    assert any("0 dari 12 TPS" in sentence for sentence in words)
    set_status(own_data, told("P-SADAI", "tutup"))
    _, after = inputs_of(own_data.fresh(), settings)
    words = input_words(after, own_data.fresh(), "id")
    assert "Tutup dan tidak dipakai: Pelabuhan Sadai (10 Februari 2024)." in words
    assert "Terputus karena dermaga tutup: Pongok, Celagen." in words
    _, calm = inputs_of(own_data.fresh(), scenario_settings("2024-02-12-sadai-lepar-pongok"))
    assert input_words(calm, own_data, "en")[0] == "Sea windows from the settings: Selat Gelasa."
    assert input_words({}, own_data, "id")


@pytest.fixture(scope="module")
def pair(copied: Dataset) -> tuple[str, str]:
    """Two desa with a road between them, and a longer one around it that cuts nobody off."""
    network = network_of(copied).network
    land = network.without(network.edges.index[network.edges["mode"].eq("boat")])
    desa = [node for node in land.ids if node.startswith("19.03.01.")]
    between = land.minutes_from(desa)[desa]
    for a in desa:
        for b in between.loc[a].nsmallest(4).index[1:]:
            around = without_ends(land, [(a, b)]).minutes_from([a]).loc[a, desa]
            longer = around[b] > between.loc[a, b] + 5
            if a < b and longer and bool(np.isfinite(around).all()):
                return a, str(b)
    raise AssertionError("no such road")


def road(pair: tuple[str, str], status: str, **more: object) -> PlaceStatus:
    return PlaceStatus(road_id(*pair), status, TODAY, **more)  # type: ignore[arg-type]


def minutes(inputs: PlanInputs, vessel_class: str | None = None) -> pd.Series:
    """Return the usual minutes of trucks by both ends."""
    legs = inputs.legs[inputs.legs["mode"].eq("truck")]
    own = (
        legs["vessel_class"].isna()
        if vessel_class is None
        else legs["vessel_class"].eq(vessel_class)
    )
    return legs[own].set_index(["from_code", "to_code"])["usual_min"].sort_index()


def test_a_closed_road_is_gone_round_on_its_days(own_data: Dataset, pair: tuple[str, str]) -> None:
    settings = default_settings("19.03")
    before, _ = inputs_of(own_data, settings)
    usual = minutes(before)
    given = {"networks": network_of(own_data), "index": place_index(own_data.units)}

    def way() -> dict[str, Any]:
        return route(own_data.store, *pair, **given)

    now = way()["usual_min"]
    after_vote = {"date_from": date(2024, 2, 20), "date_until": date(2024, 2, 28)}
    set_status(own_data, road(pair, "tutup", **after_vote))
    other, notes = inputs_of(own_data.fresh(), settings)
    assert notes["places"]["roads"] == []
    pd.testing.assert_series_equal(minutes(other), usual)
    url = "https://example.org/jalan"
    set_status(own_data, road(pair, "tutup", date_from=date(2024, 2, 12), source_url=url))
    other, notes = inputs_of(own_data.fresh(), settings)
    longer = minutes(other)
    assert longer[pair] > usual[pair] + 1
    both = longer.index.intersection(usual.index)
    assert (longer[both] >= usual[both] - 1e-6).all()
    assert (longer[both] > usual[both] + 1).sum() > 2  # every way that uses the road
    assert notes["places"]["cut_off"] == []
    words = [w for w in input_words(notes, own_data, "id") if w.startswith("Ruas")]
    assert len(words) == 1
    assert url in words[0]
    assert "12 Februari 2024" in words[0]
    found = way()
    assert found["usual_min"] > now + 1
    assert found["restricted"][0]["ends"] == list(pair)
    assert url in found["restricted"][0]["words"]
    forget_status(own_data.store, road_id(*pair[::-1]))
    assert way()["usual_min"] == now


def test_a_limited_road_bars_large_trucks_only(own_data: Dataset, pair: tuple[str, str]) -> None:
    settings = default_settings("19.03")
    truck = next(row for row in settings.fleet if row.mode == "truck")
    small = replace(truck, name="KECIL", count=2, capacity_boxes=20)
    both = replace(settings, fleet=(*settings.fleet, small))
    usual = minutes(inputs_of(own_data, both)[0])
    set_status(own_data, road(pair, "terbatas", largest_boxes=30))
    inputs, _ = inputs_of(own_data.fresh(), both)
    classes = inputs.fleet[inputs.fleet["mode"].eq("truck")].groupby("capacity_boxes")[
        "vessel_class"
    ]
    assert classes.first().to_dict() == {20: "<= 30", truck.capacity_boxes: "> 30"}
    pd.testing.assert_series_equal(minutes(inputs, "<= 30"), usual)
    assert minutes(inputs, "> 30")[pair] > usual[pair] + 1
    assert minutes(inputs).empty
    alone, _ = inputs_of(own_data.fresh(), settings)
    assert alone.fleet.loc[alone.fleet["mode"].eq("truck"), "vessel_class"].isna().all()
    assert minutes(alone)[pair] > usual[pair] + 1


def test_a_closed_desa_has_no_leg_and_its_map_shows_it(
    own_data: Dataset, pair: tuple[str, str]
) -> None:
    settings = replace(default_settings("19.03"), include=("19.03.01",))
    set_status(own_data, PlaceStatus(pair[1], "tutup", TODAY))
    set_status(own_data, road(pair, "tutup"))
    inputs, notes = inputs_of(own_data.fresh(), settings)
    assert pair[1] not in {*inputs.legs["from_code"], *inputs.legs["to_code"]}
    assert len(inputs.stops[inputs.stops["place_code"].eq(pair[1])]) == 1
    shown = Scene(None, pd.DataFrame(), pd.DataFrame(), _no_legs(), tuple(notes["places"]["roads"]))
    drawn = [str(layer.data) for layer in limit_layers(shown, own_data, "id")]
    assert ["LineString" in one for one in drawn] == [True, False]
    assert all("tutup" in one for one in drawn)


def test_a_road_that_is_none_is_refused(own_data: Dataset, pair: tuple[str, str]) -> None:
    for key in (road_id(pair[0], "19.02.01.1001"), road_id(pair[0], "X")):
        with pytest.raises(ParameterError):
            set_status(own_data, PlaceStatus(key, "tutup", TODAY))
    turned = {"date_from": date(2024, 2, 12), "date_until": date(2024, 2, 11)}
    with pytest.raises(SchemaError, match="date_until"):
        set_status(own_data, road(pair, "tutup", **turned))


def test_a_file_of_roads_comes_in(own_data: Dataset, tmp_path: Path, pair: tuple[str, str]) -> None:
    west, east = pair
    file = put(
        tmp_path,
        "dari,ke,status,kotak terbanyak,mulai,berlaku sampai,tanggal,tautan",
        f"{east},{west},terbatas,30,12/02/2024,13/02/2024,10/02/2024,https://example.org/a",
        f"{west},{west},tutup,,,,10/02/2024,",
        f"{west},,tutup,0,,,10/02/2024,",
        f"{west},Mars,tutup,,,,10/02/2024,",
    )
    done = bring(own_data.store, file)
    assert (done.accepted, done.quarantined) == (1, 3)
    reasons = {(row.row_number, row.reason) for row in done.faults.itertuples()}
    assert reasons == {(3, "place_twice_in_leg"), (4, "boxes_out_of_range"), (5, "pier_unknown")}
    limit = restrictions(own_data.fresh()).roads[0]
    assert (limit.ends, limit.boxes) == (pair, 30)
    assert (limit.since, limit.until) == (date(2024, 2, 12), date(2024, 2, 13))
    assert restrictions(own_data.fresh(), (date(2024, 2, 14), date(2024, 2, 20))).roads == ()


def test_a_closed_road_is_entered_and_removed_on_its_page(
    own_data: Dataset, pair: tuple[str, str]
) -> None:
    def script(data: object) -> None:
        from pages.components.network import restricted

        restricted.draw(data.fresh(), "19.03")  # type: ignore[attr-defined]

    test = AppTest.from_function(script, kwargs={"data": own_data}, default_timeout=60).run()
    for key, code in (("j_from", pair[0]), ("j_to", pair[1])):
        test.selectbox(key=key).set_value(code)
    test.text_input(key="j_url").set_value("https://example.org/jalan")
    next(b for b in test.button if b.label == "Simpan").click().run()
    assert not test.exception
    limit = restrictions(own_data.fresh()).roads[0]
    assert (limit.ends, limit.boxes, limit.source_url) == (pair, None, "https://example.org/jalan")
    assert any("https://example.org/jalan" in str(b.proto.body) for b in test.get("html"))
    test.button(key="j_gone").click().run()
    assert restrictions(own_data.fresh()).roads == ()
