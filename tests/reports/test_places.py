"""Where reports lie: points in one cell, headed sections, codes of several offices, no place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.boundaries.shapes import read_units
from data.errors import FileUnreadableError
from data.ingest.columns import ColumnMapping
from data.ingest.place_lookup import PlaceLookup
from data.ingest.rows import Rows
from data.reports.places import joined, make_ground, read_places
from data.store.engine import Store
from tests.imports import BOXES, PENYAK, bring, fill

UNITS = read_units()
LOOKUP = PlaceLookup(UNITS)
GROUND = make_ground(UNITS, pd.Series(BOXES["desa"]))


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    fill(opened)
    yield opened
    opened.close()


def rows_of(section: list[str] | None = None, **cells: list[str]) -> Rows:
    frame = pd.DataFrame(cells, dtype="str")
    frame.index = pd.RangeIndex(2, 2 + len(frame))
    rows = Rows(frame, ColumnMapping({name: name for name in cells}, (), {}))
    if section is not None:
        rows.section = pd.Series(section, index=frame.index, dtype="str")
    return rows


def placed(rows: Rows, scheme: str | None = None) -> pd.DataFrame:
    return read_places(rows, LOOKUP, GROUND, scheme)  # type: ignore[arg-type]


def reasons(rows: Rows) -> list[tuple[int, str, str]]:
    columns = ["row_number", "column_name", "reason"]
    return list(rows.faults()[columns].itertuples(index=False, name=None))


# --- points --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["-2.4, 106.3", "POINT (106.3 -2.4)", "-2.4000 106.3000 0 0", "2°24'0\" LS 106°18'0\" BT"],
)
def test_a_point_of_one_cell_finds_its_desa(text: str) -> None:
    rows = rows_of(point=[text])
    place = placed(rows).iloc[0]
    assert (place["unit_kejadian"], place["location_precision"]) == (PENYAK, "desa")
    assert (round(place["lon"], 6), round(place["lat"], 6)) == (106.3, -2.4)
    assert reasons(rows) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("di pasar", "point_unreadable"),
        ("-2.4, 99.3", "point_outside_area"),
        ("-2.4, 106.65", "point_in_no_unit"),
    ],
)
def test_a_point_of_one_cell_is_refused_by_its_own_column(text: str, reason: str) -> None:
    rows = rows_of(point=[text])
    placed(rows)
    assert reasons(rows) == [(2, "point", reason)]


def test_cells_for_both_degrees_count_before_a_point_in_one() -> None:
    rows = rows_of(
        lon=["106,3", "", ""], lat=["2,4 LS", "", ""], point=["-2, 105.9", "-2, 105.9", ""]
    )
    found = placed(rows)
    assert found["lon"].round(6).tolist()[:2] == [106.3, 105.9]
    assert found["unit_kejadian"].tolist() == [PENYAK, "19.01.04.2004", "19"]


@pytest.mark.parametrize(
    ("lon", "lat", "fault"),
    [
        ("-2,1", "106,1", (2, "lon", "lonlat_swapped")),
        ("106,3", "2,4 BT", (2, "lat", "lat_unreadable")),
        ("106,3", "300", (2, "lat", "lat_unreadable")),
    ],
)
def test_degrees_of_the_other_axis_are_told(
    lon: str, lat: str, fault: tuple[int, str, str]
) -> None:
    rows = rows_of(lon=[lon], lat=[lat])
    placed(rows)
    assert reasons(rows) == [fault]


# --- sections ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "place", "unit"),
    [
        ("KABUPATEN BELITUNG TIMUR", "Ds. Simpang Tiga", "19.06.06.2001"),
        ("KABUPATEN BANGKA BARAT", "Ds. Simpang Tiga", "19.05.02.2009"),
        ("Kec. Simpang Renggiang", "Simpang Tiga", "19.06.06.2001"),
        ("KABUPATEN BELITUNG TIMUR", "", "19.06"),
        ("", "Desa Penyak Kec. Koba", PENYAK),
        ("BAGIAN PERENCANAAN", "Desa Penyak Kec. Koba", PENYAK),
    ],
)
def test_a_place_is_sought_in_the_unit_that_heads_its_part(
    section: str, place: str, unit: str
) -> None:
    rows = rows_of([section], place=[place])
    found = placed(rows)["unit_kejadian"].tolist()
    known = UNITS.set_index("code")["name"]
    assert found == [unit], known.get(found[0])
    assert reasons(rows) == []


def test_columns_of_a_place_lie_below_the_section_and_a_given_kabupaten_above_it() -> None:
    rows = rows_of(
        ["KABUPATEN BELITUNG TIMUR", "KABUPATEN BELITUNG TIMUR", "KABUPATEN BELITUNG TIMUR"],
        kabupaten=["", "Bangka Barat", ""],
        desa=["Simpang Tiga", "Simpang Tiga", "Penyak"],
    )
    found = placed(rows)["unit_kejadian"].tolist()
    assert found[:2] == ["19.06.06.2001", "19.05.02.2009"]
    assert reasons(rows) == [(4, "desa", "desa_not_in_parent")]


def test_a_place_outside_its_section_is_refused() -> None:
    rows = rows_of(["KABUPATEN BELITUNG TIMUR"], place=["Kecamatan Toboali"])
    placed(rows)
    assert [fault[:2] for fault in reasons(rows)] == [(2, "place")]


# --- codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "scheme", "code", "tps"),
    [
        ("ID1905", "", "19.03", None),
        ("id1905011001", "", "19.03.07.2001", None),
        ("ID1905", "kpu", "19.03", None),
        ("1905011001", "bps", "19.03.07.2001", None),
        ("1903072001", "kpu", "19.03.07.2001", None),
        ("1903072001004", "kpu", "19.03.07.2001", 4),
        ("1903072001 004", "kpu", "19.03.07.2001", 4),
        ("1905011001012", "bps", "19.03.07.2001", 12),
        ("19.03.07.2001.003", "", "19.03.07.2001", 3),
    ],
)
def test_codes_of_offices_mean_one_unit(text: str, scheme: str, code: str, tps: int | None) -> None:
    found = LOOKUP.codes([(text, scheme)])[0]
    assert (found.code, found.tps, found.reason) == (code, tps, "")


@pytest.mark.parametrize(
    ("text", "scheme", "reason"),
    [
        ("1903", "", "code_scheme_unknown"),
        ("1903072001004", "", "code_scheme_unknown"),
        ("1903072001000", "kpu", "code_unknown"),
        ("19030720010040", "kpu", "code_unknown"),
        ("ID", "", "code_unknown"),
        ("ID9905", "", "code_unknown"),
    ],
)
def test_a_code_in_doubt_is_refused(text: str, scheme: str, reason: str) -> None:
    found = LOOKUP.codes([(text, scheme)])[0]
    assert (found.code, found.tps, found.reason) == (None, None, reason)


def test_the_tps_of_a_code_is_that_of_the_report() -> None:
    rows = rows_of(code=["1903072001004", "1903072001"])
    found = placed(rows, "kpu")
    assert found["tps_number"].fillna("").tolist() == ["004", ""]
    assert found["location_precision"].tolist() == ["tps", "desa"]


# --- no place, several days ----------------------------------------------------------------------


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("header", ["Di mana", "Provinsi,Di mana", "lon,Di mana", "TPS,Di mana"])
def test_a_file_in_which_no_place_is_understood_is_refused(
    store: Store, tmp_path: Path, header: str
) -> None:
    path = write(tmp_path, f"Tanggal,Jenis,{header}", "14/02/2024,Demo,106.3,Koba")
    with pytest.raises(FileUnreadableError) as caught:
        bring(store, path)
    assert caught.value.reason == "no_place_column"
    assert "(Di mana)" in str(caught.value)
    assert store.count("reports") == 0


def test_a_heading_of_a_place_may_be_told_or_left_out(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path, "Tanggal,Jenis,Provinsi,Di mana", "14/02/2024,Demo,Kep. Bangka Belitung,Koba"
    )
    bring(store, path, columns={"Di mana": "kecamatan"})
    assert store.read("reports")["unit_kejadian"].tolist() == ["19.04.01"]
    result = bring(store, path, columns={"Di mana": "-"})
    assert result.accepted == 1
    assert sorted(store.read("reports")["unit_kejadian"]) == ["19", "19.04.01"]


def test_the_words_of_a_refused_file_are_few(store: Store, tmp_path: Path) -> None:
    heads = ",".join(f"kolom {n} {'x' * 200}" for n in range(200))
    path = write(tmp_path, f"Tanggal,Jenis,{heads}", "14/02/2024,Demo")
    with pytest.raises(FileUnreadableError) as caught:
        bring(store, path)
    assert len(str(caught.value).encode()) < 2048


def test_a_span_of_days_fills_the_last_day(store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Tanggal,Tanggal akhir,Tgl laporan,Kab/Kota,Jenis,Uraian",
        "14-16 Februari 2024,,,Bangka,Demo,satu",
        "14-16 Februari 2024,20/02/2024,,Bangka,Demo,dua",
        "14/02/2024,,,Bangka,Demo,tiga",
        "14/02/2024,16-18 Februari 2024,,Bangka,Demo,empat",
        "14/02/2024,,16-18 Februari 2024,Bangka,Demo,lima",
    )
    result = bring(store, path)
    reports = store.read("reports").set_index("summary")
    assert set(reports["date_event"]) == {pd.Timestamp("2024-02-14")}
    assert reports["date_end"].dt.strftime("%d").fillna("").to_dict() == {
        "satu": "16",
        "dua": "20",
        "tiga": "",
    }
    assert result.faults[["row_number", "column_name"]].to_numpy().tolist() == [
        [5, "Tanggal akhir"],
        [6, "Tgl laporan"],
    ]


@given(st.lists(st.tuples(*[st.sampled_from(["", "a", "b; c"])] * 3), min_size=1, max_size=6))
def test_joined_texts_are_those_that_are_there(cells: list[tuple[str, ...]]) -> None:
    columns = [pd.Series(column, dtype="str") for column in zip(*cells, strict=True)]
    wanted = ["; ".join(filter(None, row)) for row in cells]
    assert joined(columns).fillna("").tolist() == wanted
