"""The command line as officials use it: what it prints, what it stores, and how it refuses."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from click.testing import Result
from PIL import Image
from typer.testing import CliRunner

from cli import app
from data.boundaries.shapes import read_shapes
from data.paths import shipped_dir
from data.store.engine import Store
from tests.imports import FIXTURES

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = len(pd.read_csv(shipped_dir() / "reports.csv"))
LAYER_ROWS = {"kabupaten": 7, "kecamatan": 47, "desa": 393, "tps": 4116, "reports": SHIPPED}
SUFFIXES = (".geojson", ".parquet", ".xlsx", ".csv")
HEAD = "Tanggal,Kab/Kota,Kecamatan,Desa,Jenis,Tingkat,Uraian,Sumber\n"
GOOD = HEAD + (
    "14/02/2024,Bangka Tengah,Koba,Penyak,Unjuk rasa,2,SIMULASI: aksi,https://contoh.invalid/1\n"
    "Februari 2024,Belitung,,,Politik uang,3,SIMULASI: uang,Radio contoh\n"
)


@pytest.fixture(autouse=True)
def var(installation: Path) -> Path:
    """Let each test write to a store of its own."""
    return installation


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def answer(*arguments: str | Path, code: int = 0) -> dict[str, Any]:
    """Run a command that must end with ``code`` and print one JSON object and nothing else."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(result: Result, *parts: str) -> None:
    """Fail unless a command refused with exit code 2 and a message that holds these parts."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    for part in parts:
        assert part in result.stderr
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)


def stored(folder: Path) -> dict[str, pd.DataFrame]:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    names = ("reports", "sources", "imports", "quarantine", "unit_shapes", "units")
    tables = {name: store.read(name) for name in names}
    tables["revision"] = pd.DataFrame({"n": [store.revision()]})
    store.close()
    return tables


def assert_unchanged(before: dict[str, pd.DataFrame], folder: Path) -> None:
    after = stored(folder)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name], obj=name)


def write(folder: Path, text: str, name: str = "laporan.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# match


@pytest.mark.parametrize(
    ("text", "code", "level"),
    [
        ("Ds. Batu Beriga Kec. Lubuk Besar", "19.04.06.2002", "desa"),
        ("Kec. Mentok", "19.05.01", "kecamatan"),
        ("Kota P. Pinang", "19.71", "kabupaten"),
        ("19.71.01", "19.71.01", "kecamatan"),
        ("TPS 003 Desa Penyak, Koba", "19.04.01.2007", "desa"),
    ],
)
def test_match_prints_the_unit_of_a_certain_text(text: str, code: str, level: str) -> None:
    found = answer("match", text)
    assert (found["code"], found["level"]) == (code, level)
    assert 0 < found["score"] <= 100
    assert isinstance(found["candidates"], list)
    plain = run("match", text)
    assert plain.exit_code == 0
    assert plain.stdout.startswith(f"{code}  {level}  ")


def test_match_names_candidates_instead_of_guessing() -> None:
    found = answer("match", "Kurau")
    assert found["code"] is None
    assert found["level"] is None
    assert {c["code"] for c in found["candidates"]} >= {"19.04.01.2005", "19.04.01.2010"}
    assert all({"code", "level", "name", "path", "score"} <= c.keys() for c in found["candidates"])
    plain = run("match", "Kurau").stdout
    assert plain.startswith("Tidak pasti (beberapa kemungkinan).")
    assert "19.04.01.2010" in plain


def test_match_of_nothing_known_is_null_without_candidates() -> None:
    found = answer("match", "Qwxyz Zzyxw")
    assert found["code"] is None
    assert found["candidates"] == []
    assert run("match", "Qwxyz Zzyxw").stdout.startswith("Tidak pasti (tidak dikenal).")


def test_match_can_be_kept_to_a_part_of_the_province() -> None:
    assert answer("match", "Batu Beriga", "--within", "19.04")["code"] == "19.04.06.2002"
    assert answer("match", "Batu Beriga", "--within", "19.02")["code"] is None
    refused(run("match", "Koba", "--within", "19.99"), "19.99")


# import reports


@pytest.mark.parametrize("word", ["reports", "incidents"])
def test_import_counts_what_it_took_and_a_second_time_takes_nothing(var: Path, word: str) -> None:
    file = write(var, GOOD)
    found = answer("import", word, file)
    assert (found["accepted"], found["quarantined"], found["duplicates"]) == (2, 0, 0)
    after = stored(var)
    mine = after["reports"][after["reports"]["import_id"].notna()]
    assert sorted(mine["unit_kejadian"]) == ["19.02", "19.04.01.2007"]
    assert sorted(mine["date_precision"]) == ["day", "month"]
    again = answer("import", word, file)
    assert again["accepted"] == 0
    assert again["quarantined"] == 0
    assert_unchanged(after, var)


def test_import_quarantines_rows_with_row_column_value_and_reason(var: Path) -> None:
    """Of the seven rows one repeats another and two are at fault, one of them twice."""
    found = answer("import", "reports", FIXTURES / "good_bad_and_repeated.csv", code=1)
    assert (found["accepted"], found["quarantined"], found["duplicates"]) == (4, 2, 1)
    assert [fault["row_number"] for fault in found["faults"]] == [6, 7, 7]
    for fault in found["faults"]:
        assert all(fault[key] for key in ("column_name", "value", "reason", "expected"))
    assert found["duplicate_rows"][0]["row_number"] == 3
    assert len(stored(var)["reports"]) == SHIPPED + 4


def test_import_says_the_same_in_words(var: Path) -> None:
    result = run("import", "reports", FIXTURES / "good_bad_and_repeated.csv")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    counts = "4 baris baru, 0 koreksi, 2 dikarantina, 1 sudah ada."
    assert lines[0] == f"Laporan kejadian, potensi dan nihil: {counts}"
    assert lines[1].startswith("Kolom dibaca sebagai: Tgl. Kejadian → date_event, ")
    assert lines[2].startswith("4 laporan menunggu pemeriksaan")
    assert lines[3].startswith("Tempat belum dikenali: “Koba, Kab. Bangka” (1 baris). Mungkin: ")
    assert "import-undo imp-" in lines[4]
    assert len(lines) == 8
    assert "baris 6" in lines[5]
    assert "31/02/2024" in lines[5]
    assert "yang diharapkan" in lines[5]


def test_import_names_the_columns_it_did_not_use(var: Path, tmp_path: Path) -> None:
    path = tmp_path / "laporan.csv"
    path.write_text(
        "Tanggal,Kab/Kota,Jenis,Uraian,Korban,Waktu\n14/02/2024,Bangka,Unjuk rasa,a,2,10.00\n",
        encoding="utf-8",
    )
    assert "tidak dipakai: Korban, Waktu." in run("import", "reports", path).output


def test_a_dry_run_stores_nothing(var: Path) -> None:
    before = stored(var)
    found = answer("import", "reports", write(var, GOOD), "--dry-run")
    assert found["accepted"] == 2
    assert_unchanged(before, var)


def test_many_faults_are_cut_short_on_screen_and_whole_in_a_file(var: Path) -> None:
    rows = "".join(f"31/02/2024,Bangka,,,Demo,2,SIMULASI {n},Radio\n" for n in range(30))
    file = write(var, HEAD + rows)
    result = run("import", "reports", file, "--faults", var / "salah.csv")
    assert result.exit_code == 1
    assert ": 0 baris baru, 0 koreksi, 30 dikarantina, 0 sudah ada.\n" in result.stdout
    assert "… dan 10 lagi; --faults BERKAS" in result.stdout
    with (var / "salah.csv").open(encoding="utf-8-sig", newline="") as opened:
        assert len(list(csv.DictReader(opened))) == 30


@pytest.mark.parametrize("name", ["tidak-ada/salah.csv", "salah.apa"])
def test_a_file_for_the_faults_is_refused_before_anything_is_stored(var: Path, name: str) -> None:
    before = stored(var)
    result = run("import", "reports", write(var, GOOD), "--faults", var / name)
    assert result.exit_code == 2
    assert_unchanged(before, var)


def test_a_declared_column_is_read_as_declared(var: Path) -> None:
    file = write(var, GOOD.replace("Tanggal,", "Kapan = persisnya,"))
    refused(run("import", "reports", file), "laporan.csv", "no_date_column", "kolom tanggal")
    found = answer("import", "reports", file, "--column", "Kapan = persisnya=date_event")
    assert found["accepted"] == 2
    half = run("import", "reports", file, "--column", "date_event")
    assert half.exit_code == 2
    assert "HEADING=FIELD" in half.stderr


@pytest.mark.parametrize(
    ("name", "reason", "expected"),
    [
        ("empty.csv", "empty", "judul kolom"),
        ("header_only.csv", "no_rows", "satu baris"),
        ("no_date_column.csv", "no_date_column", "kolom tanggal"),
        ("not_a_table.pdf", "unknown_format", "CSV, XLSX, JSON atau GeoJSON"),
        ("broken_workbook.xlsx", "", "Yang diharapkan"),
        ("broken.geojson", "broken_geojson", "FeatureCollection"),
        ("open_quote.csv", "open_quote", "tanda kutip"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_nothing_is_stored(
    var: Path, name: str, reason: str, expected: str
) -> None:
    before = stored(var)
    for extra in ((), ("--json",)):
        refused(run("import", "reports", FIXTURES / name, *extra), name, reason, expected)
    assert_unchanged(before, var)


def test_a_file_that_is_not_there_is_refused_by_name(var: Path) -> None:
    before = stored(var)
    refused(run("import", "reports", var / "hilang.csv"), "hilang.csv")
    refused(run("import", "reports", var), var.name)
    assert_unchanged(before, var)


# import boundaries


def exported(folder: Path, layer: str = "kecamatan", name: str = "batas.geojson") -> Path:
    path = folder / name
    result = run("export", layer, "-o", path)
    assert result.exit_code == 0, result.output
    return path


def test_exported_boundaries_can_be_imported_again(var: Path) -> None:
    file = exported(var)
    found = answer("import", "boundaries", file, "--level", "kecamatan", "--code-column", "code")
    assert found == {
        "level": "kecamatan", "units": 47, "derived": ["kabupaten"], "stale": ["desa"],
        "import_id": found["import_id"], "changed_ha": {}, "dissolved_rows": 0,
    }  # fmt: skip
    origin = stored(var)["unit_shapes"].groupby("level")["source"].unique().map(list)
    assert origin["kecamatan"] == ["batas.geojson"]
    assert origin["kabupaten"] == ["batas.geojson"]
    assert "batas.geojson" not in origin["desa"]


def test_boundaries_say_in_words_what_they_did(var: Path) -> None:
    result = run("import", "boundaries", exported(var), "--level", "kecamatan")
    assert result.exit_code == 0, result.output
    *said, undo = result.stdout.splitlines()
    assert "import-undo boundary-" in undo
    assert said == [
        "47 batas kecamatan dipasang.",
        "Disusun ulang darinya: kabupaten.",
        "Tetap seperti semula dan tidak lagi tepat menyusunnya: desa.",
    ]


def test_bps_codes_are_read_when_declared(var: Path) -> None:
    """Kemendagri and BPS number Bangka Selatan and Bangka Barat the other way round."""
    frame = gpd.read_file(exported(var))[["bps_code", "geometry"]]
    frame.rename(columns={"bps_code": "kode"}).to_file(var / "bps.geojson", driver="GeoJSON")
    before = stored(var)
    refused(run("import", "boundaries", var / "bps.geojson", "--level", "kecamatan"), "bps")
    assert_unchanged(before, var)
    done = answer(
        "import", "boundaries", var / "bps.geojson", "--level", "kecamatan", "--scheme", "bps"
    )
    assert done["units"] == 47
    after = stored(var)["unit_shapes"].set_index("code")["area_km2"]
    old = before["unit_shapes"].set_index("code")["area_km2"]
    kecamatan = [code for code in old.index if code.count(".") == 2]
    pd.testing.assert_series_equal(after[kecamatan], old[kecamatan], rtol=1e-3)


def test_forty_six_of_forty_seven_are_refused_with_the_missing_one_named(var: Path) -> None:
    frame = gpd.read_file(exported(var))
    frame[frame["code"] != "19.71.03"].to_file(var / "kurang.geojson", driver="GeoJSON")
    before = stored(var)
    for extra in ((), ("--json",)):
        result = run("import", "boundaries", var / "kurang.geojson", "--level", "kecamatan", *extra)
        refused(result, "kurang.geojson", "46 of 47", "19.71.03")
    assert_unchanged(before, var)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--level", "provinsi"), "provinsi"),
        (("--level", "kecamatan", "--scheme", "kpk"), "kpk"),
        (("--level", "kecamatan", "--code-column", "tak_ada"), "tak_ada"),
    ],
)
def test_boundaries_that_cannot_be_read_as_asked_are_refused(
    var: Path, arguments: tuple[str, ...], part: str
) -> None:
    before = stored(var)
    refused(run("import", "boundaries", exported(var), *arguments), part)
    refused(run("import", "boundaries", FIXTURES / "empty.csv", "--level", "desa"), "empty.csv")
    assert_unchanged(before, var)


# export


def read_back(path: Path) -> pd.DataFrame:
    if path.suffix == ".geojson":
        return gpd.read_file(path)
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("layer", LAYER_ROWS)
def test_each_layer_can_be_read_back_from_each_format(var: Path, layer: str, suffix: str) -> None:
    path = var / f"{layer}{suffix}"
    result = run("export", layer, "-o", path)
    assert result.exit_code == 0, result.output
    rows = f"{LAYER_ROWS[layer]:,}".replace(",", ".")
    assert result.stdout.startswith(f"{rows} baris {layer} ditulis ke")
    frame = read_back(path)
    assert len(frame) == LAYER_ROWS[layer]
    key = {"tps": "tps_id", "reports": "report_id"}.get(layer, "code")
    assert frame[key].is_unique
    assert frame[key].notna().all()
    if isinstance(frame, gpd.GeoDataFrame):
        assert frame.crs is not None
        assert frame.crs.to_epsg() == 4326
        known_to_desa = frame["unit_code"].str.count(r"\.").eq(3) if layer == "reports" else None
        drawn = frame.geometry.notna()
        assert drawn.all() if known_to_desa is None else drawn.eq(known_to_desa).all()
        if layer == "desa":
            points = frame[frame.geometry.geom_type.eq("Point")]
            assert set(points["name"]) == {"Keranggan", "Menjelang"}
            assert points["point_approximate"].astype(bool).all()
            assert not points["has_polygon"].astype(bool).any()
        elif layer in ("kabupaten", "kecamatan"):
            assert frame.geometry.is_valid.all()
            assert frame.geometry.is_valid_coverage()
    else:
        assert {"lon", "lat"} <= set(frame.columns)
        if layer == "reports":
            coarse = frame["unit_code"].str.count(r"\.").lt(3)
            assert coarse.any()
            assert frame.loc[coarse, ["lon", "lat", "point_approximate"]].isna().all(axis=None)


def test_codes_keep_their_form_in_every_format(var: Path) -> None:
    for suffix in SUFFIXES:
        path = var / f"desa{suffix}"
        run("export", "desa", "-o", path)
        frame = read_back(path)
        assert "19.04.06.2002" in set(frame["code"])
        assert set(frame["parent_code"].str.count(r"\.")) == {2}


def test_a_text_that_would_run_in_a_spreadsheet_is_neutralised(var: Path) -> None:
    attack = '=HYPERLINK(""http://contoh.invalid"")'
    row = f'14/02/2024,Bangka Tengah,Koba,Penyak,Unjuk rasa,2,"{attack}",@radio\n'
    assert answer("import", "reports", write(var, HEAD + row))["accepted"] == 1
    run("export", "reports", "-o", var / "laporan.xlsx")
    run("export", "reports", "-o", var / "laporan-keluar.csv")
    sheet = openpyxl.load_workbook(var / "laporan.xlsx").active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert '\'=HYPERLINK("http://contoh.invalid")' in texts
    assert "'@radio" in texts
    assert not [text for text in texts if text[:1] in "=+-@"]
    with (var / "laporan-keluar.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    mine = next(row for row in rows if row["summary"].startswith("'="))
    assert mine["source_text"] == "'@radio"
    assert mine["severity"] == "2"  # a number stays a number
    assert float(mine["lat"]) < 0


def test_an_export_that_cannot_be_written_is_refused(var: Path) -> None:
    refused(run("export", "provinsi", "-o", var / "x.csv"), "provinsi", "kabupaten")
    refused(run("export", "desa", "-o", var / "x.shp"), "x.shp", ".geojson")
    refused(run("export", "desa", "-o", var / "tak_ada" / "x.csv"), "x.csv", "map tujuan")
    assert sorted(p.name for p in var.iterdir() if p.name.startswith("x.")) == []


# prepare, and the program as a whole


def test_prepare_says_what_it_did_and_does_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path / "baru"))
    first = answer("prepare")
    assert first["seeded"] is True
    assert first["rows"]["tps"] == 4116
    assert first["rows"]["reports"] == SHIPPED
    second = answer("prepare")
    assert second["seeded"] is False
    assert second["static_files"] == 0
    assert second["rows"] == first["rows"]
    words = run("prepare").stdout
    assert words.startswith(f"Sudah siap: {SHIPPED} laporan, 4.116 TPS di sqlite:///")


def test_a_store_that_cannot_be_used_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://tim:sangat-rahasia@contoh.invalid/siaga")
    result = run("match", "Koba")
    refused(result, "mysql://tim:***@contoh.invalid")
    assert "sangat-rahasia" not in result.output
    monkeypatch.setenv("DATABASE_URL", "bukan alamat")
    refused(run("prepare"), "DATABASE_URL")


def test_an_unknown_command_or_no_command_shows_the_help() -> None:
    assert run("tidak-ada").exit_code == 2
    shown = run("--help")
    assert shown.exit_code == 0
    for command in ("prepare", "match", "import", "export"):
        assert command in shown.stdout


def process(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SIAGA_VAR": str(folder), "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *map(str, arguments)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_program_works_as_a_process_of_its_own_from_any_folder(var: Path) -> None:
    done = process(var, "import", "reports", write(var, GOOD), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 2
    assert done.stderr == ""
    bad = process(var, "import", "reports", FIXTURES / "no_date_column.csv", "--json")
    assert bad.returncode == 2
    assert bad.stdout == ""
    assert "no_date_column.csv" in bad.stderr
    assert "kolom tanggal" in bad.stderr
    assert "Traceback" not in bad.stderr
    assert len(stored(var)["reports"]) == SHIPPED + 2


# boundaries and roads


def shapes(folder: Path) -> Path:
    store = Store.open(f"sqlite:///{folder / 'siaga.db'}")
    frame = read_shapes(store, "kabupaten")[["code", "geometry"]]
    store.close()
    frame["geometry"] = frame.geometry.translate(xoff=0.001)
    path = folder / "batas.gpkg"
    frame.to_file(path, layer="a")
    frame.iloc[:1].to_file(path, layer="b")
    return path


def test_boundaries_are_imported_from_a_layer_and_undone(var: Path) -> None:
    before = stored(var)
    path = shapes(var)
    refused(run("import", "boundaries", path, "--level", "kabupaten"), "'a', 'b'", "--layer")
    done = answer("import", "boundaries", path, "--level", "kabupaten", "--layer", "a")
    assert {key: done[key] for key in ("level", "units", "derived", "stale")} == {
        "level": "kabupaten",
        "units": 7,
        "derived": [],
        "stale": ["kecamatan", "desa"],
    }
    assert (done["changed_ha"], done["dissolved_rows"]) == ({}, 0)
    undone = answer("import-undo", done["import_id"])
    assert (undone["import_id"], undone["restored"] > 7) == (done["import_id"], True)
    assert_unchanged({k: v for k, v in before.items() if k != "revision"}, var)
    refused(run("import-undo", done["import_id"]), done["import_id"])


def test_what_boundaries_changed_is_said_in_words(var: Path) -> None:
    path = shapes(var)
    frame = gpd.read_file(path, layer="a")
    frame.loc[0, "geometry"] = frame.geometry[0].buffer(0.00001)
    frame.to_file(var / "celah.geojson")
    result = run("import", "boundaries", var / "celah.geojson", "--level", "kabupaten")
    assert result.exit_code == 0, result.output
    assert "luas yang berubah: 19." in result.stdout
    assert "import-undo boundary-" in result.stdout
    strict = ("--tolerance-ha", "0")
    refused(
        run("import", "boundaries", var / "celah.geojson", "--level", "kabupaten", *strict), "ha"
    )


def test_few_roads_need_to_be_told(var: Path) -> None:
    line = {"type": "LineString", "coordinates": [[106.45, -3.0], [106.46, -2.99]]}
    rows = [
        {"type": "Feature", "properties": {"highway": kind, "oneway": "yes"}, "geometry": line}
        for kind in ("primary", "footway")
    ]
    path = write(var, json.dumps({"type": "FeatureCollection", "features": rows}), "jalan.geojson")
    refused(run("import", "roads", path), "393 desa", "--merge", "--replace")
    result = run("import", "roads", path, "--replace")
    assert result.exit_code == 0, result.output
    assert "menurut kelas: footway 1" in result.stdout
    assert "1 garis satu arah" in result.stdout
    done = answer("import", "roads", path, "--merge")
    assert (done["left_out"], done["merged"], done["repeated"]) == ({"footway": 1}, 1, 1)
    assert answer("import-undo", done["import_id"])["restored"] == 1


# map


def test_map_writes_the_picture_of_the_page_whole(var: Path) -> None:
    out = var / "peta.png"
    asked = ("--tanggal", "2025-10-29", "--tingkat", "kabupaten", "--keluarga", "pelanggaran")
    result = run("map", *asked, "--out", out)
    assert result.exit_code == 0, result.output
    with Image.open(out) as image:
        assert image.size == (2000, 1400)
        assert image.text["Title"].startswith("Pelanggaran")  # type: ignore[attr-defined]
        assert "29 Oktober 2025" in image.text["Description"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--tingkat", "rt"), "rt"),
        (("--keluarga", "hantu"), "hantu"),
        (("--page", "cuaca"), "cuaca"),
        (("--rentang", "abad"), "abad"),
        (("--lang", "fr"), "fr"),
    ],
)
def test_map_refuses_before_it_draws_and_leaves_no_file(
    var: Path, arguments: tuple[str, str], words: str
) -> None:
    refused(run("map", *arguments, "--out", var / "peta.png"), words)
    assert not list(var.glob("peta*"))


@pytest.mark.parametrize("name", ["peta.jpg", "tidak/ada/peta.png"])
def test_map_refuses_a_path_that_takes_no_picture(var: Path, name: str) -> None:
    refused(run("map", "--out", var / name))
    assert not list(var.glob("peta*"))
