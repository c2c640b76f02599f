"""The plan on paper, in a workbook, on a phone and at a map desk: complete, and marked terbatas."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

from data.errors import FileUnreadableError
from data.export import Sheet, workbook
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.files import export_plan, plan_file, tps_words, trip_table
from services.plan.make import PlanAsked, make_plan
from services.plan.tracks import fixes
from services.plan.views.view import stop_rows

NAME = "H-1 Bangka Selatan"


@pytest.fixture(scope="module")
def document(dataset: Dataset) -> dict[str, Any]:
    return make_plan(dataset, PlanAsked("19.03", seconds=2))


def ids(document: dict[str, Any]) -> list[str]:
    """Return the TPS unloaded anywhere, once per hand-over."""
    return sorted(
        one for trip in document["trips"] for stop in trip["stops"] for one in stop["tps"]
    )


def test_each_trip_begins_a_page_with_its_stops_blanks_and_lines_to_sign(
    document: dict[str, Any], dataset: Dataset
) -> None:
    pages = [
        " ".join(page.extract_text().split())
        for page in PdfReader(BytesIO(plan_file(document, dataset, "pdf", NAME, "id"))).pages
    ]
    heads = [words for words in pages if "Perjalanan " in words]
    assert len(heads) == len(document["trips"])
    for words in pages:
        assert "TERBATAS" in words
        assert f"Rencana {NAME}" in words
    by_trip = {trip["trip_id"]: trip for trip in document["trips"]}
    boat = next(trip for trip in document["trips"] if trip["mode"] == "boat")
    own = next(w for w in heads if f"Perjalanan {boat['trip_id']} " in w)
    assert "Berita Acara No. ______" in own
    assert "Nakhoda" in own
    assert "Yang menerima (PPS/PPK)" in own
    assert own.count("(______") == 4
    for stop in by_trip[boat["trip_id"]]["stops"][:-1]:
        assert pd.Timestamp(stop["depart"]).strftime("%H:%M") in own


def test_a_plan_that_failed_says_so_on_every_trip(
    document: dict[str, Any], dataset: Dataset
) -> None:
    failed = document | {"verdict": {"passed": False, "faults": []}, "trips": document["trips"][:3]}
    for page in PdfReader(BytesIO(plan_file(failed, dataset, "pdf", NAME, "id"))).pages:
        assert "GAGAL AUDIT" in page.extract_text()
    book = openpyxl.load_workbook(BytesIO(plan_file(failed, dataset, "xlsx", NAME, "id")))
    assert "GAGAL AUDIT" in book.worksheets[0]["A3"].value
    empty = failed | {"trips": []}
    assert len(PdfReader(BytesIO(plan_file(empty, dataset, "pdf", NAME, "id"))).pages) == 1


def test_the_workbook_has_a_sheet_per_vehicle_and_every_hand_over_of_a_tps(
    document: dict[str, Any], dataset: Dataset
) -> None:
    book = openpyxl.load_workbook(BytesIO(plan_file(document, dataset, "xlsx", NAME, "id")))
    vehicles = sorted({trip["vehicle_id"] for trip in document["trips"]})
    assert book.sheetnames == ["Perjalanan", *vehicles, "TPS"]
    for sheet in book.worksheets:
        assert str(sheet["A1"].value).startswith("TERBATAS")
        assert sheet.oddHeader.right.text == "TERBATAS"
    rows = list(book["TPS"].iter_rows(min_row=5, values_only=True))
    assert sorted(str(row[0]) for row in rows) == ids(document)
    assert len({row[0] for row in rows}) == 555
    assert all(row[6] is None or row[6] == "" for row in rows)  # seals are written by hand
    boxes = sum(sheet_boxes(book[name]) for name in vehicles)
    assert boxes == sum(s["load_boxes"] for trip in document["trips"] for s in trip["stops"])


def sheet_boxes(sheet: Any) -> int:
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    at = rows[0].index("Kotak dimuat")
    return sum(row[at] for row in rows[1:])


def test_routes_for_a_phone_hold_every_stop_and_the_mark(
    document: dict[str, Any], dataset: Dataset
) -> None:
    for kind, tag, inner in (("gpx", "rte", "rtept"), ("kml", "Folder", "Point")):
        content = plan_file(document, dataset, kind, NAME, "id")
        assert b"TERBATAS" in content
        root = ElementTree.fromstring(content)
        space = root.tag.partition("}")[0] + "}"
        assert len(list(root.iter(space + tag))) == len(document["trips"])
        assert len(list(root.iter(space + inner))) == len(stop_rows(document))


def _track_points(path: Path) -> pd.DataFrame:
    """Return the points of a GPX file as GDAL reads them, which has a parser of its own.

    In a process of its own: imports take drivers out of the GDAL of theirs.
    """
    program = (
        "import pickle, sys, geopandas\n"
        "found = geopandas.read_file(sys.argv[1], layer='track_points')\n"
        "sys.stdout.buffer.write(pickle.dumps(found[['track_fid', 'time']]))"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    found: pd.DataFrame = pickle.loads(done.stdout)
    return found


def test_gpx_carries_a_track_whose_times_keep_the_order_and_the_stops_of_the_plan(
    document: dict[str, Any], dataset: Dataset, tmp_path: Path
) -> None:
    path = tmp_path / "rute.gpx"
    path.write_bytes(plan_file(document, dataset, "gpx", NAME, "id"))
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.topografix.com/GPX/1/1}gpx"
    order = [part.tag.partition("}")[2] for part in root]
    assert order == sorted(order, key=["metadata", "wpt", "rte", "trk"].index)  # of the schema
    for part in root.iter():
        inside = [one.tag.partition("}")[2] for one in part]
        if part.tag.endswith(("rtept", "trkpt")):
            assert inside == [name for name in ("time", "name", "desc") if name in inside]
            assert "time" in inside
    found = _track_points(path)
    assert found["track_fid"].nunique() == len(document["trips"])
    assert str(found["time"].dtype.tz) == "UTC"
    for (_, own), trip in zip(found.groupby("track_fid"), document["trips"], strict=True):
        stops = trip["stops"]
        assert own["time"].is_monotonic_increasing
        assert own["time"].iloc[0] == pd.Timestamp(stops[0]["depart"])
        assert own["time"].iloc[-1] == pd.Timestamp(stops[-1]["arrive"])
        times = set(own["time"])
        assert {pd.Timestamp(stop["arrive"]) for stop in stops[1:]} <= times
    road = next(n for n, trip in enumerate(document["trips"]) if trip["mode"] == "truck")
    own = found[found["track_fid"].eq(road)]
    assert len(own) > 2 * (len(document["trips"][road]["stops"]) - 1), "it follows the way"


def test_between_two_stops_the_time_goes_by_with_the_distance() -> None:
    depart = pd.Timestamp("2024-02-12 06:00")
    way = np.array([(106.0, 0.0), (106.3, 0.0), (106.4, 0.0)])
    arrive = depart + pd.Timedelta(hours=1)
    assert list(fixes(way, depart, arrive)) == [
        (106.0, 0.0, "2024-02-11T23:00:00Z"),
        (106.3, 0.0, "2024-02-11T23:45:00Z"),
        (106.4, 0.0, "2024-02-12T00:00:00Z"),
    ]
    stays = [stamp for _, _, stamp in fixes(way[:1], depart, arrive)]
    assert stays == ["2024-02-11T23:00:00Z", "2024-02-12T00:00:00Z"]
    assert not list(fixes(way[:0], depart, arrive))


def test_kml_carries_the_same_track(document: dict[str, Any], dataset: Dataset) -> None:
    root = ElementTree.fromstring(plan_file(document, dataset, "kml", NAME, "id"))
    tracks = list(root.iter("{http://www.google.com/kml/ext/2.2}Track"))
    assert len(tracks) == len(document["trips"])
    for one in tracks:
        names = [part.tag.partition("}")[2] for part in one]
        assert names == ["when"] * (len(names) // 2) + ["coord"] * (len(names) // 2)


def test_geojson_holds_a_line_per_trip_and_a_point_per_stop(
    document: dict[str, Any], dataset: Dataset
) -> None:
    found = json.loads(plan_file(document, dataset, "geojson", NAME, "id"))
    assert found["access"] == "terbatas"
    assert found["verdict_passed"] is True
    assert all(one["properties"]["access"] == "terbatas" for one in found["features"])
    kinds = pd.Series([one["properties"]["kind"] for one in found["features"]])
    assert kinds.value_counts().to_dict() == {
        "stop": len(stop_rows(document)),
        "trip": len(document["trips"]),
    }
    west, south, east, north = 105.0, -3.6, 108.6, -1.3
    for one in found["features"]:
        line = one["geometry"]["coordinates"]
        for lon, lat in [line] if one["geometry"]["type"] == "Point" else line:
            assert west < lon < east
            assert south < lat < north


def test_files_are_written_whole_or_not_at_all(
    document: dict[str, Any], dataset: Dataset, tmp_path: Path
) -> None:
    export_plan(document, dataset, NAME, tmp_path / "rute.gpx", "id")
    assert [path.name for path in tmp_path.iterdir()] == ["rute.gpx"]
    with pytest.raises(ParameterError, match="format"):
        export_plan(document, dataset, NAME, tmp_path / "rute.docx", "id")
    with pytest.raises(FileUnreadableError):
        export_plan(document, dataset, NAME, tmp_path / "tidak" / "ada.kml", "id")
    assert [path.name for path in tmp_path.iterdir()] == ["rute.gpx"]


def test_tps_are_named_by_desa_with_runs_of_numbers(dataset: Dataset) -> None:
    desa = "19.03.08.2001"
    some = [f"pemilu2024/{desa}/{n}" for n in ("007", "001", "002", "003", "901")]
    assert tps_words(some, dataset) == f"{dataset.names[desa]} 001-003, 007, 901"
    assert tps_words([], dataset) == ""


def test_the_last_stop_has_no_departure(document: dict[str, Any], dataset: Dataset) -> None:
    table = trip_table(document["trips"][0], dataset)
    assert len(table) == len(document["trips"][0]["stops"])
    assert table["Berangkat (WIB)"].iloc[-1] == ""
    assert (table["Berangkat (WIB)"].iloc[:-1] != "").all()


def test_a_workbook_takes_any_name_and_runs_no_formula() -> None:
    frame = pd.DataFrame({"=1+1": ["=cmd()", None, "ok\x00"], "n": [1, 2, 3]})
    names = ["a/b:c", "A/B:C", "x" * 40, ""]
    book = openpyxl.load_workbook(BytesIO(workbook([Sheet(n, frame, ["=x"]) for n in names])))
    assert len(book.sheetnames) == 4
    assert all(len(name) <= 31 for name in book.sheetnames)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet["A"]] == ["'=x", "'=1+1", "'=cmd()", None, "ok "]
    assert [cell.value for cell in sheet["B"]][2:] == [1, 2, 3]
