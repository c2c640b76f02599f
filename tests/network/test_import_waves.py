"""A series of waves and wind: whole or nothing, every fault by row, and what a plan makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete
from typer.testing import CliRunner

from analytics.network.open_times import Calendar
from analytics.network.sea_windows import SeaSeriesError
from cli import app
from data.errors import FileUnreadableError, SchemaError
from data.network.sea import known_areas, pier_areas, sea_caution, vessel_limits
from data.store.engine import Store
from data.store.tables import metadata
from services.dataset import Dataset, load_dataset
from services.ingest.imports import ImportResult, import_file
from services.network.build import network_of
from services.network.sea import caution, sea_words
from services.plan.make import inputs_of, make_plan
from services.plan.settings import scenario_settings
from tests.conftest import copy_store

HEAD = "waktu,perairan,gelombang_m,angin_kn"
FIRST = "2024-02-11-sadai-pongok"


def hours(count: int = 3, wave: str = "0.8", wind: str = "9") -> list[str]:
    return [f"2024-02-11 {6 + n:02}:00 WIB,Selat Gelasa,{wave},{wind}" for n in range(count)]


def put(folder: Path, rows: list[str], head: str = HEAD) -> Path:
    path = folder / "gelombang.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory, shipped_store: Store) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("waves") / "siaga.db"
    copy_store(shipped_store, path)
    store = Store.open(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def own_data(own_store: Store) -> Dataset:
    return load_dataset(own_store)


def bring(store: Store, path: Path) -> ImportResult:
    return import_file(store, "waves", path)


def refused(store: Store, path: Path) -> str:
    """Return what is told of a file that must leave the store as it was."""
    before = store.read("wave_series"), store.revision(), store.count("imports")
    with pytest.raises((SchemaError, SeaSeriesError)) as caught:
        bring(store, path)
    after = store.read("wave_series"), store.revision(), store.count("imports")
    pd.testing.assert_frame_equal(before[0], after[0])
    assert before[1:] == after[1:]
    return str(caught.value)


def test_a_series_is_stored_and_a_new_one_of_the_area_replaces_it(
    own_store: Store, tmp_path: Path
) -> None:
    done = bring(own_store, put(tmp_path, hours(4)))
    assert (done.facts["rows"], done.facts["areas"]) == (4, ["Selat Gelasa"])
    assert done.facts["first"] == "2024-02-11T06:00:00+07:00"
    rows = own_store.read("wave_series")
    assert rows["time"].min() == pd.Timestamp("2024-02-10T23:00:00Z")
    decimal_comma = [row.replace(",", ";") for row in hours(2, wave="1 1")]
    decimal_comma = [row.replace("1 1", "1,1") for row in decimal_comma]
    bring(own_store, put(tmp_path, decimal_comma, HEAD.replace(",", ";")))
    assert own_store.read("wave_series")["wave_m"].tolist() == [1.1, 1.1]


def test_a_wave_series_with_a_gap(own_store: Store, tmp_path: Path) -> None:
    rows = [*hours(2), "2024-02-11 20:00 WIB,Selat Gelasa,0.8,9"]
    told = refused(own_store, put(tmp_path, rows))
    assert "row 4: time=" in told
    assert "gap of 13 h" in told


def test_a_wave_series_with_a_time_twice(own_store: Store, tmp_path: Path) -> None:
    told = refused(own_store, put(tmp_path, [*hours(2), hours(1)[0]]))
    assert "row 4" in told
    assert "each time once per area" in told


def test_times_of_waves_are_read_in_the_forms_that_offices_and_models_write(
    own_store: Store, tmp_path: Path
) -> None:
    forms = [
        ["2024-02-11T00:00:00.000Z", "2024-02-11T03:00:00.000Z"],
        ["11/02/2024 07.00 WIB", "11 Februari 2024 pukul 10.00 WIB"],
        ["2024-02-11 08:00 WITA", "2024-02-11 03:00:00+00"],
    ]
    for wave, times in enumerate(forms, start=1):
        path = put(tmp_path, [f"{time},Selat Gelasa,{wave},9" for time in times])
        done = bring(own_store, path)
        assert done.facts["first"] == "2024-02-11T07:00:00+07:00"
        assert done.facts["last"] == "2024-02-11T10:00:00+07:00"


@pytest.mark.parametrize(
    ("heading", "hour"), [("waktu_wib", 7), ("Waktu (WIB)", 7), ("time_utc", 0), ("Time [UTC]", 0)]
)
def test_the_zone_of_all_times_may_stand_in_the_heading(
    own_store: Store, tmp_path: Path, heading: str, hour: int
) -> None:
    rows = [f"11/02/2024 {hour + n:02}.00,Selat Gelasa,0.8,9" for n in (0, 3)]
    bring(own_store, put(tmp_path, rows, HEAD.replace("waktu", heading)))
    assert list(series(own_store)) == ["07:00", "10:00"]


def series(store: Store) -> dict[str, float]:
    rows = store.read("wave_series").sort_values("time")
    times = rows["time"].dt.tz_convert("Asia/Jakarta").dt.strftime("%H:%M")
    return dict(zip(times, rows["wave_m"], strict=True))


def test_a_newer_series_keeps_what_it_repeats_and_drops_what_it_lacks(
    own_store: Store, tmp_path: Path
) -> None:
    whole, short = hours(4, wave="0.31"), hours(2, wave="0.31")
    bring(own_store, put(tmp_path, whole))
    later = [*short, *hours(3, wave="0.62")[2:]]
    done = bring(own_store, put(tmp_path, later))
    assert (done.accepted, done.corrected, done.duplicates) == (0, 1, 2)
    assert series(own_store) == {"06:00": 0.31, "07:00": 0.31, "08:00": 0.62}
    assert done.facts["first"] == "2024-02-11T06:00:00+07:00"
    assert done.facts["last"] == "2024-02-11T08:00:00+07:00"
    for rows, left in ((short, 2), (later, 3), (short, 2)):
        assert not bring(own_store, put(tmp_path, rows)).unchanged
        assert len(series(own_store)) == left
        assert bring(own_store, put(tmp_path, rows)).unchanged
        assert len(series(own_store)) == left


def test_ranges_of_a_forecast_count_with_their_upper_end(own_store: Store, tmp_path: Path) -> None:
    rows = [
        "2024-02-12 07:00 WIB,Selat Gelasa,0.5 - 1.25,5 - 20",
        "2024-02-12 13:00 WIB,Selat Gelasa,0.6,8",
    ]
    done = bring(own_store, put(tmp_path, rows))
    kept = own_store.read("wave_series").sort_values("time")
    assert kept[["wave_m", "wind_kn"]].to_numpy().tolist() == [[1.25, 20], [0.6, 8]]
    said = {note.key: note.gaps for note in done.notes}
    assert said["upper_end"] == {"n": 1, "rows": [2]}


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("angin_kmh", "18.52"),
        ("angin (km/jam)", "18.52"),
        ("wind_speed_m_s", "5.144"),
        ("si10", "5.144"),
    ],
)
def test_winds_in_other_units_become_knots(
    own_store: Store, tmp_path: Path, heading: str, cell: str
) -> None:
    bring(own_store, put(tmp_path, hours(2, wind=cell), f"waktu,perairan,gelombang_m,{heading}"))
    assert own_store.read("wave_series")["wind_kn"].tolist() == pytest.approx([10, 10], abs=0.01)


def test_a_wave_series_without_a_time_zone(own_store: Store, tmp_path: Path) -> None:
    rows = ["2024-02-11 06:00,Selat Gelasa,0.8,9", "2024-02-11T07:00:00,Selat Gelasa,0.8,9"]
    told = refused(own_store, put(tmp_path, rows))
    assert "row 2: waktu '2024-02-11 06:00', expected tanggal dan jam dengan zonanya" in told
    assert "row 3" in told


@pytest.mark.parametrize(
    ("head", "named", "expected"),
    [
        ("waktu,perairan,gelombang (cm),angin_kn", "gelombang (cm)", "meter"),
        ("time,area,tinggi gelombang [kaki],wind_kn", "tinggi gelombang [kaki]", "meter"),
    ],
)
def test_a_wave_series_in_wrong_units_by_its_headings(
    own_store: Store, tmp_path: Path, head: str, named: str, expected: str
) -> None:
    told = refused(own_store, put(tmp_path, hours(), head))
    assert f"row 1: {named} {named!r}, expected {expected}" in told


def test_a_wave_series_in_wrong_units_by_its_values(own_store: Store, tmp_path: Path) -> None:
    rows = ["2024-02-11 06:00 WIB,Selat Gelasa,80,9", "2024-02-11 07:00 WIB,Selat Gelasa,0.8,120"]
    told = refused(own_store, put(tmp_path, rows))
    assert "row 2: gelombang_m '80', expected tinggi gelombang dari 0 sampai 15 meter" in told
    assert "(80 cm = 0.8 m)" in told
    assert "row 3: angin_kn '120', expected angin dari 0 sampai 100 knot" in told
    assert "(120 km/jam = 65 knot)" in told


def test_a_wave_series_of_an_unknown_sea_and_with_broken_cells(
    own_store: Store, tmp_path: Path
) -> None:
    rows = ["2024-02-11 06:00 WIB,Laut Banda,-1,", "kemarin,selat  gelasa,x,5"]
    told = refused(own_store, put(tmp_path, rows))
    for words in ("Laut Banda", "Selat Karimata", "'-1'", "row 2: angin_kn ''", "'kemarin'", "'x'"):
        assert words in told
    assert "selat" not in told.replace("Selat", "")


@pytest.mark.parametrize("head", ["waktu,perairan,angin_kn", "waktu,gelombang_m,angin_kn"])
def test_a_wave_series_without_a_column(own_store: Store, tmp_path: Path, head: str) -> None:
    rows = [row.rpartition(",")[0] for row in hours()]
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*waktu . perairan"):
        bring(own_store, put(tmp_path, rows, head))


def test_an_empty_wave_file(own_store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError):
        bring(own_store, put(tmp_path, []))


def test_boats_cross_while_the_series_is_below_the_limits_of_their_class(
    own_store: Store, own_data: Dataset, tmp_path: Path
) -> None:
    """Calm 06:00 to 12:00, then 1.3 m: above the 1.25 m of a perahu."""
    calm = [f"2024-02-11 {h:02}:00 WIB,Selat Gelasa,0.7,10" for h in range(6, 13)]
    rough = [f"2024-02-11 {h:02}:00 WIB,Selat Gelasa,1.3,10" for h in range(13, 19)]
    bring(own_store, put(tmp_path, calm + rough))
    settings = scenario_settings(FIRST)
    document = make_plan(own_data, settings)
    assert document["verdict"]["passed"], document["verdict"]["faults"]
    assert document["about"]["sea"]["missing"] == []
    boats = [trip for trip in document["trips"] if trip["mode"] == "boat"]
    assert max(trip["stops"][-1]["arrive"] for trip in boats) <= "2024-02-11T12:00"
    # The highest wave may be twice the significant one: held against it, the sea never opens.
    cautious = replace(settings, sea=replace(settings.sea, wave_factor=2.0))
    closed = make_plan(own_data, cautious)
    assert not closed["verdict"]["passed"]
    assert sum(row["tps_count"] for row in closed["unserved"]) == 12
    # Without the series the plan says that it knows nothing of the sea.
    blind, notes = inputs_of(
        own_data, replace(settings, sea=replace(settings.sea, use_series=False))
    )
    assert notes["sea"]["missing"] == ["Selat Gelasa"]
    assert blind.windows["scope"].eq("area").sum() == 0


def test_the_limit_of_an_imported_leg_holds_for_its_whole_area(
    own_store: Store, tmp_path: Path
) -> None:
    """0.7 m is below the 1.25 m of a perahu and above the 0.5 m of the leg."""
    calm = [f"2024-02-11 {h:02}:00 WIB,Selat Gelasa,0.7,10" for h in range(5, 19)]
    bring(own_store, put(tmp_path, calm))
    leg = tmp_path / "lintasan.csv"
    leg.write_text("dari,ke,kelas,menit,gelombang_m\nP-SADAI,L-PONGOK,perahu,105,0.5\n")
    import_file(own_store, "sealegs", leg)
    try:
        inputs, notes = inputs_of(load_dataset(own_store), scenario_settings(FIRST))
    finally:
        with own_store.begin("setup.prepare") as connection:
            connection.execute(delete(metadata.tables["sea_legs"]))
    assert notes["sea"]["strictest"] == {"Selat Gelasa": [0.5, None]}
    calendar = Calendar(inputs.windows, inputs.windows["opens"].min())
    assert calendar.of("area", "Selat Gelasa", "perahu") == ()
    assert any("gelombang 0,50 m, angin – knot" in w for w in sea_words(notes, "id"))


def test_a_series_of_other_days_says_nothing_and_is_not_used(
    own_store: Store, own_data: Dataset, tmp_path: Path
) -> None:
    rows = [f"2026-01-0{d} 06:00 WIB,Selat Gelasa,0.5,5".replace("06", f"{h:02}")
            for d in (1,) for h in (6, 9, 12)]  # fmt: skip
    bring(own_store, put(tmp_path, rows))
    _, notes = inputs_of(own_data, scenario_settings(FIRST))
    assert notes["sea"]["missing"] == ["Selat Gelasa"]
    assert notes["sea"]["caution"][0]["month"] == 2


def test_caution_is_what_was_published_of_the_month_and_says_when_there_is_nothing() -> None:
    found = caution(["Selat Gelasa", "Selatan Belitung"], 2)
    assert found[0]["n"] == 3
    assert found[0]["wave_high_m"] == 4.0
    assert found[0]["wind_high_kn"] == round(44 / 1.852, 1)
    assert all(url.startswith("http") for url in found[0]["sources"])
    # The months of the votes of 2024 and 2025.
    assert [caution(["Selat Karimata"], n)[0]["wave_high_m"] for n in (8, 11)] == [2.0, 1.0]
    assert caution(["Selat Gelasa"], 7)[0] == {
        "area": "Selat Gelasa", "month": 7, "n": 0, "wave_high_m": None, "wind_high_kn": None,
        "sources": [],
    }  # fmt: skip


def test_every_pier_has_a_sea_area_and_every_fact_of_the_sea_its_page(dataset: Dataset) -> None:
    areas = pier_areas()
    assert set(areas["pier_id"]) == set(network_of(dataset).piers["pier_id"])
    facts = areas[areas["basis"].eq("fakta")]
    assert facts["source_url"].str.startswith("http").all()
    assert set(areas["basis"]) == {"fakta", "asumsi"}
    assert areas["note"].notna().all()
    assert sea_caution()["source_url"].str.startswith("http").all()
    assert set(known_areas()) >= {"Selat Gelasa", "Selat Bangka", "Selat Karimata"}
    assert vessel_limits()["wave_limit_m"].gt(0).all()


def test_cautions_say_what_their_list_says(reference: Path) -> None:
    listed = pd.read_csv(reference / "marine_safety.csv", dtype="str").fillna("")
    later = pd.read_csv(reference / "public_facts.csv", dtype="str").fillna("")
    later = later[later["topic"].eq("7 sea")].set_index("source_url")["value"]
    for row in sea_caution().itertuples():
        if row.source_url in later.index:
            assert row.wave_high_m in map(float, later[row.source_url].split(";"))
            continue
        own = listed[listed["source_url"].eq(row.source_url)]
        waves = set(own["wave_height_m_max"])
        assert f"{row.wave_high_m}" in waves
        assert own["area"].str.casefold().str.contains(row.area.casefold()).any()


def test_the_command_refuses_with_words_and_says_what_came_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = CliRunner().invoke
    good = run(app, ["import", "waves", str(put(tmp_path, hours())), "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["rows"] == 3
    bad = run(app, ["import", "waves", str(put(tmp_path, hours(wave="80")))])
    assert bad.exit_code == 2
    assert "80" in bad.output
