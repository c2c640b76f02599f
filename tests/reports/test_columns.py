"""Headings are recognised, the declared mapping wins, and doubt is never settled silently."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

from data.errors import FileUnreadableError
from data.ingest import columns
from data.ingest.columns import ColumnMapping, header_test, require_columns
from data.reports.kind import REPORTS

INDONESIAN = (
    "Tgl. Kejadian", "Kab/Kota", "Kec.", "Desa/Kel", "Tahapan", "Jenis", "Tingkat", "Uraian",
    "Sumber",
)  # fmt: skip


def sample_of(headings: Sequence[str]) -> pd.DataFrame:
    """Return two rows that say another thing in every column."""
    return pd.DataFrame({name: [f"a{n}", f"b{n}"] for n, name in enumerate(headings)})


def suggest_columns(headings: Sequence[str]) -> ColumnMapping:
    return columns.suggest_columns(REPORTS, headings, sample_of(headings))


def map_columns(headings: Sequence[str], said: dict[str, str] | None = None) -> ColumnMapping:
    path = Path("a.csv")
    declared = columns.declared_columns(path, REPORTS, said or {})
    found = columns.map_columns(path, REPORTS, headings, sample_of(headings), declared)
    require_columns(path, REPORTS, found, sample_of(headings))
    return found


def test_the_headings_of_an_indonesian_register() -> None:
    assert suggest_columns(INDONESIAN).used == {
        "date_event": "Tgl. Kejadian",
        "kabupaten": "Kab/Kota",
        "kecamatan": "Kec.",
        "desa": "Desa/Kel",
        "stage": "Tahapan",
        "category": "Jenis",
        "severity": "Tingkat",
        "summary": "Uraian",
        "source": "Sumber",
    }


@pytest.mark.parametrize("field", [one.name for one in REPORTS.fields])
def test_every_field_is_recognised_by_its_own_name(field: str) -> None:
    assert suggest_columns([field]).used == {field: field}


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("TANGGAL KEJADIAN", "date_event"),
        ("Tanggal (dd/mm/yyyy)", "date_event"),
        ("Hari/Tanggal", "date_event"),
        ("Tanggal Kejadain", "date_event"),
        ("Kabupaten / Kota", "kabupaten"),
        ("Jumlah massa (orang)", "people_count"),
        ("event_date", "date_event"),
        ("Tempat pokok", "pokok_place"),
        ("Jenis laporan", "kind"),
    ],
)
def test_case_brackets_and_small_slips_do_not_matter(heading: str, field: str) -> None:
    assert suggest_columns([heading]).used == {field: heading}


@pytest.mark.parametrize("heading", ["No", "Tanggal lahir", "Nama", "", "Luas"])
def test_other_headings_stand_for_nothing(heading: str) -> None:
    found = suggest_columns([heading])
    assert found.used == {}
    assert found.unused == (heading,)


def test_the_more_specific_heading_holds_the_field() -> None:
    found = suggest_columns(["Tanggal", "Tanggal Kejadian", "Keterangan", "Uraian"])
    assert found.used == {"date_event": "Tanggal Kejadian", "summary": "Uraian"}
    assert found.unused == ("Tanggal", "Keterangan")


def test_two_columns_with_equal_right_are_refused_until_declared() -> None:
    headings = ["Tanggal", "Tanggal (2)", "Jenis", "Desa"]
    with pytest.raises(FileUnreadableError, match=r"ambiguous_columns.*Tanggal, Tanggal \(2\)"):
        map_columns(headings)
    found = map_columns(headings, {"Tanggal (2)": "date_event"})
    assert found.used["date_event"] == "Tanggal (2)"


def test_a_declared_column_wins_over_the_suggested_one() -> None:
    found = map_columns(["Tanggal", "Temuan", "Jenis", "Desa"], {"Temuan": "date_event"})
    assert found.used == {"category": "Jenis", "date_event": "Temuan", "desa": "Desa"}
    assert found.unused == ("Tanggal",)


def test_a_column_can_be_declared_by_a_heading_and_left_out() -> None:
    found = map_columns(["A", "ID", "Jenis", "Desa"], {"A": "Tgl. Kejadian", "ID": "-"})
    assert found.used == {"category": "Jenis", "date_event": "A", "desa": "Desa"}


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"Tanggal": "bukan isian"}, "mapping_unknown_field"),
        ({"Tanggal": "summary", "Jenis": "summary"}, "ambiguous_columns"),
        ({"Tanggal": "-"}, "no_date_column"),
    ],
)
def test_a_wrong_declaration_is_refused(declared: dict[str, str], reason: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        map_columns(["Tanggal", "Jenis", "Desa"], declared)
    assert caught.value.reason == reason


def test_an_acled_export_is_known_by_its_columns() -> None:
    headings = [
        "event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "admin1",
        "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source",
        "notes", "fatalities",
    ]  # fmt: skip
    found = map_columns(headings)
    assert found.preset == "acled"
    assert found.used["kabupaten"] == "admin2"
    assert found.used["summary"] == "notes"
    assert found.unused == ("actor1",)


def test_a_title_row_is_no_header() -> None:
    whole, part = (header_test(REPORTS, {}, strict=strict) for strict in (True, False))
    assert whole(INDONESIAN)
    assert not whole(["Tanggal", "Jenis", "Tingkat"]), "nothing says where"
    assert part(["Tanggal", "Jenis", "Tingkat"])
    for is_header in (whole, part):
        assert not is_header(["LAPORAN KEJADIAN", "", ""])
        assert not is_header(["Tanggal", "", ""])
