"""Boat legs from a file: good ones replace, one bad row stops all, and it is named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.ingest.record import ImportResult
from data.store.engine import Store
from services.ingest.imports import import_file
from services.network.build import load_network

HEAD = "dari;ke;kelas;menit_min;menit;menit_maks;gelombang_m;angin_knot;kapal;sumber\n"
GOOD = "Pelabuhan Sadai;Pulau Pongok;perahu;60;90;150;1,0;12;KM Contoh;Dishub\n"


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def bring(store: Store, folder: Path, text: str, name: str = "jalur.csv") -> ImportResult:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_file(store, "sealegs", path)


def test_a_leg_stands_in_place_of_the_shipped_facts(store: Store, tmp_path: Path) -> None:
    done = bring(store, tmp_path, HEAD + GOOD)
    facts = {"legs": 1, "piers_made": [], "superseded": ("SEA-001",)}
    assert done.facts == {"file_name": done.file_name, **facts}
    found = load_network(store)
    leg = found.legs[found.legs["to_pier"].eq("P-SADAI") & found.legs["from_pier"].eq("L-PONGOK")]
    row = leg.iloc[0]
    assert (row["low_min"], row["usual_min"], row["high_min"]) == (60, 90, 150)
    edges = found.network.edges
    edge = edges[edges["mode"].eq("boat") & edges["from_node"].eq("L-PONGOK")
                 & edges["to_node"].eq("P-SADAI")].iloc[0]  # fmt: skip
    assert (edge["wave_limit_m"], edge["wind_limit_kn"]) == (1.0, 12.0)
    assert edge["source_id"] == done.import_id
    assert not edge["assumption"]
    assert store.read("imports")["target"].to_list() == ["sea_legs"]


def test_the_same_file_twice_changes_nothing(store: Store, tmp_path: Path) -> None:
    assert not bring(store, tmp_path, HEAD + GOOD).unchanged
    before = store.read("sea_legs")
    again = bring(store, tmp_path, HEAD + GOOD)
    assert (again.unchanged, again.duplicates, again.records) == (True, 1, 0)
    pd.testing.assert_frame_equal(store.read("sea_legs"), before)
    assert store.count("imports") == 1


def test_a_newer_file_replaces_the_leg_and_leaves_others(store: Store, tmp_path: Path) -> None:
    other = "P-KURAU;Pulau Ketawai;perahu;20;30;50;;;;\n"
    bring(store, tmp_path, HEAD + GOOD + other)
    bring(store, tmp_path, HEAD + "L-PONGOK;P-SADAI;perahu;70;80;90;;;;\n", "baru.csv")
    legs = store.read("sea_legs")
    assert sorted(legs["usual_min"]) == [30, 80]


def test_rows_that_contradict_each_other_are_the_spread(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, HEAD + GOOD + GOOD.replace("60;90;150", "40;100;200"))
    legs = load_network(store).legs
    row = legs[legs["from_pier"].eq("L-PONGOK") & legs["to_pier"].eq("P-SADAI")].iloc[0]
    assert row[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [40, 95, 200, 2]


def test_a_desa_with_a_coast_gets_a_pier(store: Store, tmp_path: Path) -> None:
    done = bring(store, tmp_path, HEAD + "Desa Tanjung Gunung;Pulau Semujur;perahu;;45;;;;;\n")
    assert done.facts["piers_made"] == ["19.04.02.2007"]
    found = load_network(store)
    pier = found.piers.set_index("pier_id").loc["P-19.04.02.2007"]
    assert pier["approximate"]
    way = found.network.way("P-19.04.02.2007", "L-SEMUJUR")
    assert way.minutes() == 45


def test_a_workbook_is_read_as_well(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "jalur.xlsx"
    pd.DataFrame(
        {"Dari": ["P-SADAI"], "Ke": ["L-LEPAR"], "Kelas": ["perahu"], "Menit": [20]}
    ).to_excel(path, index=False)
    done = import_file(store, "sealegs", path)
    assert (done.records, done.facts["superseded"]) == (1, ("SEA-008",))
    assert (
        store.read("sea_legs")[["low_min", "usual_min", "high_min"]].iloc[0].to_list() == [20] * 3
    )


_OF = "P-SADAI;L-LEPAR;perahu"
FAULTS = {
    "negative_time": (f"{_OF};-5;10;20;;;;", "menit_min '-5', expected menit di atas 0"),
    "no_time": (f"{_OF};;;;;;;", "menit '', expected waktu tempuh dalam menit"),
    "zero_time": (f"{_OF};;0;;;;;", "menit '0', expected menit di atas 0"),
    "time_in_words": (f"{_OF};;satu jam;;;;;", "menit 'satu jam', expected bilangan"),
    "times_out_of_order": (f"{_OF};30;20;10;;;;", "menit '20', expected waktu tercepat, biasa"),
    "leg_to_nowhere": (
        "P-SADAI;Pulau Atlantis;perahu;;20;;;;;",
        "ke 'Pulau Atlantis', expected dermaga",
    ),
    "leg_from_nothing": (";L-LEPAR;perahu;;20;;;;;", "dari '', expected isian ini wajib"),
    "leg_to_itself": (
        "P-SADAI;Pelabuhan Sadai;perahu;;20;;;;;",
        "expected dua tempat yang berbeda",
    ),
    "pier_on_landlocked_desa": (
        "Desa Nyelanding;L-LEPAR;perahu;;20;;;;;",
        "Kec. Airgegas, Kab. Bangka Selatan tidak berpantai",
    ),
    "pier_at_a_kecamatan": ("Kec. Mentok;L-LEPAR;perahu;;20;;;;;", "(ini kecamatan)"),
    "wave_in_cm": (f"{_OF};;20;;125;;;", "gelombang_m '125', expected meter di atas 0"),
    "wind_in_kmh": (f"{_OF};;20;;;27,8;;", "angin_knot '27,8', expected knot (15 kn)"),
    "wind_of_a_storm": (f"{_OF};;20;;;80;;", "angin_knot '80', expected knot di atas 0"),
    "in_hours": (
        "P-SADAI;L-PONGOK;perahu;2;3;4;;;;",
        "menit_min '2', expected waktu tempuh yang masuk akal bagi jarak dan kelas kapalnya "
        "(34 km / 2 menit = 1.018 km/jam; perahu 2–80 km/jam)",
    ),
    "too_slow": (
        "P-SADAI;L-PONGOK;perahu;;;1500;;;;",
        "menit_maks '1500', expected waktu tempuh yang masuk akal bagi jarak dan kelas kapalnya "
        "(34 km / 1.500 menit = 1,4 km/jam; perahu 2–80 km/jam)",
    ),
    "more_than_two_days": (
        "P-SADAI;L-PONGOK;perahu;;5000;;;;;",
        "menit '5000', expected menit di atas 0, paling banyak 2.880",
    ),
    "unknown_class": ("P-SADAI;L-LEPAR;pesawat;;20;;;;;", "'pesawat', expected perahu, tongkang"),
}


def test_faulty_rows_stop_the_file_and_each_is_named_once(store: Store, tmp_path: Path) -> None:
    rows = "".join(f"{row}\n" for row, _ in FAULTS.values())
    with pytest.raises(SchemaError) as caught:
        bring(store, tmp_path, HEAD + GOOD + rows)
    assert caught.value.table == "jalur.csv"
    told = dict(fault.split(": ", 1) for fault in caught.value.faults)
    assert len(told) == len(caught.value.faults) == len(FAULTS)
    for number, (name, (_, expected)) in enumerate(FAULTS.items(), start=3):
        assert expected in told[f"row {number}"], name
    assert store.count("sea_legs") == 0
    assert store.count("imports") == 0


@pytest.mark.parametrize(
    ("heading", "value", "expected"),
    [
        ("gelombang_cm", "125", "expected meter"),
        ("angin (km/jam)", "28", "expected knot"),
        ("lama_jam", "3", "expected menit"),
        ("jarak_mil", "20", "expected kilometer"),
    ],
)
def test_a_column_in_another_unit_is_refused(
    store: Store, tmp_path: Path, heading: str, value: str, expected: str
) -> None:
    with pytest.raises(SchemaError, match="row 1") as caught:
        bring(
            store, tmp_path, f"dari;ke;kelas;menit;{heading}\nP-SADAI;L-LEPAR;perahu;20;{value}\n"
        )
    assert caught.value.faults[0] == f"row 1: {heading} {heading!r}, {expected}"


def test_a_distance_far_below_the_straight_line_is_refused(store: Store, tmp_path: Path) -> None:
    rows = "".join(f"P-SADAI;L-PONGOK;perahu;90;{km}\n" for km in (2, 16, 18, 60))
    with pytest.raises(SchemaError) as caught:
        bring(store, tmp_path, f"dari;ke;kelas;menit;jarak_km\n{rows}")
    words = "expected jarak yang tidak jauh di bawah garis lurus (34 km)"
    assert list(caught.value.faults) == [
        f"row {n}: jarak_km '{km}', {words}" for n, km in ((2, 2), (3, 16))
    ]  # fmt: skip


def test_a_file_that_holds_no_legs(store: Store, tmp_path: Path) -> None:
    with pytest.raises(SourceMissingError):
        import_file(store, "sealegs", tmp_path / "hilang.csv")
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*kelas"):
        bring(store, tmp_path, "dari;ke;menit\nP-SADAI;L-LEPAR;20\n")
    with pytest.raises(FileUnreadableError, match=r"columns_missing.*menit"):
        bring(store, tmp_path, "dari;ke;kelas\nP-SADAI;L-LEPAR;perahu\n")
    with pytest.raises(FileUnreadableError):
        bring(store, tmp_path, "")
