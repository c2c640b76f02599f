"""State of piers and warehouses: blank is unknown, shut is not used; moves with undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from cli import app
from data.errors import FileUnreadableError, SchemaError
from data.store.engine import Store
from data.store.tables import metadata
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.ingest.imports import Asked, ImportResult, import_file
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
from services.plan.make import inputs_of, make_plan
from services.plan.settings import default_settings, scenario_settings
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
    with copied.store.begin() as connection:
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
    assert after == before | {"place_status": before["place_status"] + 1}
    words = status_words(places(own_data.fresh()).loc["P-SADAI"], "id")
    assert words == "Keadaan: terbatas, keterangan 10 Februari 2024; kapal terbesar: perahu"
    layers = remote_layers(remote_view(own_data.fresh()), own_data.fresh(), "id")
    assert any("keterangan 10 Februari 2024" in str(layer.data) for layer in layers)
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
