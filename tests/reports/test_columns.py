"""Headings are recognised, the declared mapping wins, and doubt is never settled silently."""

from __future__ import annotations

import pytest

from data.errors import FileUnreadableError
from data.ingest.columns import fields, looks_like_header, map_columns, suggest_columns

INDONESIAN = (
    "Tgl. Kejadian", "Kab/Kota", "Kec.", "Desa/Kel", "Tahapan", "Jenis", "Tingkat", "Uraian",
    "Sumber",
)  # fmt: skip


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


@pytest.mark.parametrize("field", fields())
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
    headings = ["Tanggal", "Tanggal (2)", "Jenis"]
    with pytest.raises(FileUnreadableError, match=r"ambiguous_columns.*Tanggal, Tanggal \(2\)"):
        map_columns("a.csv", headings)
    found = map_columns("a.csv", headings, {"Tanggal (2)": "date_event"})
    assert found.used["date_event"] == "Tanggal (2)"


def test_a_declared_column_wins_over_the_suggested_one() -> None:
    found = map_columns("a.csv", ["Tanggal", "Temuan", "Jenis"], {"Temuan": "date_event"})
    assert found.used == {"category": "Jenis", "date_event": "Temuan"}
    assert found.unused == ("Tanggal",)


def test_a_column_can_be_declared_by_a_heading_and_left_out() -> None:
    found = map_columns("a.csv", ["A", "ID", "Jenis"], {"A": "Tgl. Kejadian", "ID": "-"})
    assert found.used == {"category": "Jenis", "date_event": "A"}


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"Tiada": "date_event"}, "mapping_unknown_column"),
        ({"Tanggal": "bukan isian"}, "mapping_unknown_field"),
        ({"Tanggal": "summary", "Jenis": "summary"}, "ambiguous_columns"),
        ({"Tanggal": "-"}, "no_date_column"),
    ],
)
def test_a_wrong_declaration_is_refused(declared: dict[str, str], reason: str) -> None:
    with pytest.raises(FileUnreadableError) as caught:
        map_columns("a.csv", ["Tanggal", "Jenis"], declared)
    assert caught.value.reason == reason


def test_an_acled_export_is_known_by_its_columns() -> None:
    headings = [
        "event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "admin1",
        "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source",
        "notes", "fatalities",
    ]  # fmt: skip
    found = map_columns("acled.csv", headings)
    assert found.preset == "acled"
    assert found.used["kabupaten"] == "admin2"
    assert found.used["summary"] == "notes"
    assert found.unused == ("actor1",)


def test_a_title_row_is_no_header() -> None:
    assert looks_like_header(INDONESIAN)
    assert not looks_like_header(["LAPORAN KEJADIAN", "", ""])
    assert not looks_like_header(["Tanggal", "", ""])
