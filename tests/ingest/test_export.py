"""Exports hold what the frame holds, run nothing when opened, and never appear half-written."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from data import export
from data.errors import FileUnreadableError
from data.export import FORMULA_STARTS, export_frame, neutral_frame, neutral_text
from data.ingest.files.opening import open_file
from geo.errors import CrsError

EVIL = ['=HYPERLINK("x")', "+62", "-2+3", "@SUM(A1)", "\tx", "\rx", "aman", ""]


def frame() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "=kode": pd.Series(["19.01", "19.02"], dtype="str"),
            "uraian": pd.Series(["=1+1", None], dtype="str"),
            "jumlah": pd.array([-5, None], dtype="Int64"),
            "tanggal": pd.to_datetime(["2024-02-14", None]),
            "damai": pd.array([True, None], dtype="boolean"),
        },
        geometry=[Point(106.123456789, -2.1), box(107, -3, 108, -2)],
        crs="EPSG:4326",
    )


@given(st.sampled_from(FORMULA_STARTS), st.text())
def test_a_text_that_would_run_begins_with_an_apostrophe(start: str, rest: str) -> None:
    assert neutral_text(start + rest) == "'" + start + rest


@given(st.text())
def test_any_other_text_is_untouched(text: str) -> None:
    if not text.startswith(FORMULA_STARTS):
        assert neutral_text(text) == text
    assert neutral_text(neutral_text(text)) == neutral_text(text)


@given(st.one_of(st.integers(), st.floats(), st.booleans(), st.none()))
def test_what_is_no_text_is_untouched(value: object) -> None:
    assert neutral_text(value) is value


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_texts_of_every_dtype_and_headings_are_made_harmless(dtype: str) -> None:
    out = neutral_frame(pd.DataFrame({"@judul": pd.Series(EVIL).astype(dtype), "-n": [-1] * 8}))
    assert out.columns.tolist() == ["'@judul", "'-n"]
    assert out["'@judul"].tolist() == [*("'" + text for text in EVIL[:6]), "aman", ""]
    assert out["'-n"].tolist() == [-1] * 8


def test_csv_opens_in_excel_and_its_numbers_stay_numbers(tmp_path: Path) -> None:
    path = export_frame(frame(), tmp_path / "a.csv", "kabupaten")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "'=kode,uraian,jumlah,tanggal,damai,lon,lat"
    assert lines[1] == "19.01,'=1+1,-5,2024-02-14,True,106.12346,-2.1"
    assert lines[2] == "19.02,,,,,107.5,-2.5"


def test_xlsx_holds_types_and_no_formula(tmp_path: Path) -> None:
    path = export_frame(frame(), tmp_path / "a.xlsx", "kabupaten")
    sheet = openpyxl.load_workbook(path)["kabupaten"]
    rows = list(sheet.iter_rows(min_row=1))
    assert [cell.value for cell in rows[0]][:2] == ["'=kode", "uraian"]
    assert rows[1][1].value == "'=1+1"
    assert rows[1][1].data_type == "s"
    assert rows[1][2].value == -5
    assert rows[1][3].is_date


def test_xlsx_drops_control_characters_it_cannot_hold(tmp_path: Path) -> None:
    bad = pd.DataFrame({"a": pd.Series(["x\x00y\x0bz"], dtype="str")})
    path = export_frame(bad, tmp_path / "a.xlsx", "reports")
    assert openpyxl.load_workbook(path)["reports"]["A2"].value == "x y z"


def test_geojson_has_five_decimals_and_missing_values_are_null(tmp_path: Path) -> None:
    path = export_frame(frame(), tmp_path / "a.geojson", "kabupaten")
    content = json.loads(path.read_text(encoding="utf-8"))
    first, second = content["features"]
    assert content["name"] == "kabupaten"
    assert first["geometry"]["coordinates"] == [106.12346, -2.1]
    assert first["properties"] == {
        "'=kode": "19.01", "uraian": "'=1+1", "jumlah": -5, "tanggal": "2024-02-14", "damai": True,
    }  # fmt: skip
    assert second["properties"]["uraian"] is None
    assert second["properties"]["jumlah"] is None


def test_a_row_without_a_place_has_no_geometry(tmp_path: Path) -> None:
    reports = gpd.GeoDataFrame({"id": ["a"]}, geometry=[None], crs="EPSG:4326")
    path = export_frame(reports, tmp_path / "a.geojson", "reports")
    assert json.loads(path.read_text())["features"][0]["geometry"] is None


def test_geoparquet_comes_back_as_it_went_in(tmp_path: Path) -> None:
    path = export_frame(frame(), tmp_path / "a.parquet", "kabupaten")
    back = gpd.read_parquet(path)
    assert back.crs.equals("EPSG:4326", ignore_axis_order=True)
    assert back.geometry.geom_equals(frame().geometry).all()
    assert back["jumlah"].tolist() == [-5, pd.NA]


@pytest.mark.parametrize("suffix", [".geojson", ".xlsx", ".csv"])
def test_an_export_can_be_read_back_by_the_import(tmp_path: Path, suffix: str) -> None:
    path = export_frame(frame(), tmp_path / f"a{suffix}", "reports")
    cells = next(iter(open_file(path).sheets[0].chunks)).frame
    assert cells["uraian"].tolist() == ["=1+1", ""]
    assert cells["=kode"].tolist() == ["19.01", "19.02"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a.txt", "unknown_suffix"), ("a", "unknown_suffix"), ("tiada/a.csv", "folder_missing")],
)
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        export_frame(frame(), tmp_path / name, "x")
    assert caught.value.reason == reason
    assert str(caught.value.path).endswith(name)


def test_geojson_needs_shapes(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadableError, match="no_geometry"):
        export_frame(pd.DataFrame({"a": [1]}), tmp_path / "a.geojson", "x")


def test_shapes_in_another_system_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CrsError):
        export_frame(frame().to_crs("EPSG:32748"), tmp_path / "a.geojson", "x")


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson", ".parquet"])
def test_a_failed_export_leaves_the_older_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_text("lama")

    def breaks(_frame: object, target: Path, _layer: str) -> None:
        target.write_text("separuh")
        raise OSError("disk penuh")

    monkeypatch.setitem(export._WRITERS, suffix, breaks)
    with pytest.raises(OSError, match="disk penuh"):
        export_frame(frame(), path, "x")
    assert path.read_text() == "lama"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
