"""A report that is typed in goes the way of a file: refused, stored, corrected, undone like one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from analytics.reports.review.heard import unheard
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.reading import last_acts
from services.dataset import Dataset, Datasets
from services.ingest.imports import import_upload, undo_import
from services.reports.review.decisions import decide
from services.reports.review.draft import Draft, correcting, draft_of
from services.reports.review.entry import (
    desa_at,
    parts_of,
    point_of,
    submit,
    twins_of,
    unheard_parts,
)
from services.reports.review.one_row import check, one_line, own_office, send
from services.reports.review.planned import Planned
from tests.imports import MENDO, PENYAK, TERENTANG

ENTERS = Actor("polres-bateng.1", "Polres Bangka Tengah", "operator", ("19.04",))
CHECKS = Actor("kesbangpol.2", "Kesbangpol", "verifikator")
TODAY = date(2026, 11, 20)
NIGHT = Draft(
    "kejadian",
    date_event=date(2026, 11, 18),
    code=PENYAK,
    category="intimidasi",
    severity=3,
    summary="Ancaman terhadap petugas di balai desa",
    agency="Polres Bangka Tengah",
)


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")


def now(store: Store) -> Dataset:
    return Datasets(store).now()


def only(store: Store) -> pd.Series:
    rows = store.read("reports")
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_report_is_stored_as_it_was_typed_waits_and_can_be_undone(store: Store) -> None:
    draft = replace(
        NIGHT,
        summary='Massa berkata; "bubar",\n\n2|3 kali\t=1+1 \x07 ' + "; | , " * 20,
        point="-2.45, 106.25",
        people_count=40,
        peaceful=False,
        stage="kampanye",
        source="Polsek; Koba",
    )
    with acting(ENTERS):
        assert check(store, draft.filled, "id").ready
        assert store.read("reports").empty
        done = submit(store, draft).result
    row = only(store)
    assert row["summary"] == one_line(draft.summary)
    assert row["summary"].startswith('Massa berkata; "bubar", 2|3 kali =1+1 ; |')
    told = {name: row[name] for name in ("kind", "category", "stage", "agency", "access")}
    assert told == {
        "kind": "kejadian",
        "category": "intimidasi",
        "stage": "kampanye",
        "agency": "Polres Bangka Tengah",
        "access": "terbuka",
    }
    assert (row["severity"], row["people_count"], row["peaceful"]) == (3, 40, False)
    assert (row["lon"], row["lat"], row["source_text"]) == (106.25, -2.45, "Polsek; Koba")
    assert row["date_event"] == pd.Timestamp("2026-11-18")
    assert row["date_reported"] == pd.Timestamp(TODAY)
    assert (row["verification"], row["unit_kejadian"]) == ("belum", PENYAK)
    assert done.file_name == "formulir 2026-11-20 10.00.csv"
    assert last_acts(store, 1)["action"].tolist() == ["import.reports"]
    with acting(ENTERS):
        undo_import(store, done.import_id)
    assert store.read("reports").empty


def test_who_wrote_a_report_does_not_verify_it(store: Store) -> None:
    with acting(CHECKS):
        submit(store, NIGHT)
        key = str(only(store)["report_id"])
        assert decide(store, [key], "terverifikasi").held == {key: "own"}
    with acting(Actor("kesbangpol.3", "Kesbangpol", "admin")):
        assert decide(store, [key], "terverifikasi").done == (key,)


def test_what_is_missing_is_named_in_the_order_of_the_form() -> None:
    assert Draft("kejadian").missing == ("agency", "category", "code", "date_event", "summary")
    assert Draft("nihil", agency="KPU").missing == ("code", "date_event", "date_end")
    assert Planned(title="Rapat").missing == ("kind", "code", "date_start")
    assert NIGHT.missing == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date_event": date(2026, 11, 21)}, "Tanggal: "),
        ({"date_event": date(2026, 11, 20), "date_reported": date(2026, 11, 19)}, "Tanggal lapor"),
        ({"point": "-1.9, 105.9"}, "Titik: "),
        ({"point": "di sana"}, "Titik: "),
        ({"code": "19.04.01.9999"}, "Tempat: "),
    ],
)
def test_faults_are_told_by_the_name_of_the_field(
    store: Store, change: dict[str, object], words: str
) -> None:
    checked = check(store, replace(NIGHT, **change).filled, "id")  # type: ignore[arg-type]
    assert not checked.ready
    assert any(fault.startswith(words) for fault in checked.faults)


def test_places_of_others_names_of_persons_and_repeats_are_told_before(store: Store) -> None:
    with acting(ENTERS):
        assert not check(store, replace(NIGHT, code=MENDO).filled, "id").ready
    named = check(store, replace(NIGHT, summary="Saudara Budi Santoso 081234567890").filled, "id")
    assert named.ready
    assert named.note is not None
    assert check(store, NIGHT.filled, "id").note is None
    submit(store, NIGHT)
    key = str(only(store)["report_id"])
    again = check(store, replace(NIGHT, severity=5).filled, "id")
    assert (again.repeats, again.ready) == (key, False)


def test_a_sectarian_report_is_kept_to_its_kabupaten(store: Store) -> None:
    draft = replace(NIGHT, category="hoaks_sara", point="-2.45, 106.25")
    assert (draft.unit, draft.filled.cells["point"]) == ("19.04", "")
    submit(store, draft)
    row = only(store)
    assert (row["unit_kejadian"], row["location_precision"]) == ("19.04", "kabupaten")
    assert pd.isna(row["lon"])
    near = replace(draft, code=TERENTANG, summary="Kabar bohong")
    assert twins_of(now(store), near)["report_id"].tolist() == [row["report_id"]]


def test_a_nihil_is_of_an_area_and_a_period(store: Store) -> None:
    nihil = Draft(
        "nihil", date(2026, 11, 1), date(2026, 11, 15), "19.04.01", agency="Polsek Koba",
        category="intimidasi", severity=4, point="-2.45, 106.25", people_count=3, peaceful=True,
    )  # fmt: skip
    submit(store, nihil)
    row = only(store)
    assert (row["kind"], row["unit_kejadian"]) == ("nihil", "19.04.01")
    assert (row["date_event"], row["date_end"]) == (
        pd.Timestamp("2026-11-01"),
        pd.Timestamp("2026-11-15"),
    )
    assert row[["category", "severity", "lon", "people_count", "peaceful"]].isna().all()
    back = replace(nihil, date_end=date(2026, 10, 1))
    assert not check(store, back.filled, "id").ready


def test_a_potensi_is_open_and_may_lie_ahead(store: Store) -> None:
    submit(store, replace(NIGHT, kind="potensi", date_event=date(2026, 12, 5)))
    assert only(store)[["status", "access"]].tolist() == ["terbuka", "terbatas"]
    submit(store, replace(NIGHT, kind="kejadian", status="diredam"))
    rows = store.read("reports").set_index("kind")
    assert pd.isna(rows["status"]["kejadian"])


def test_likely_twins_are_shown_once_enough_is_known(store: Store) -> None:
    words = ("Baliho", "Ancaman terhadap petugas", "Ancaman", "Petugas dihadang")
    lines = [replace(NIGHT, summary=one, date_event=date(2026, 11, 17)).filled for one in words]
    content = lines[0].content + b"".join(one.content.split(b"\n", 1)[1] for one in lines[1:])
    assert import_upload(store, "reports", "a.csv", content, lines[0].asked).accepted == 4
    data = now(store)
    rows = twins_of(data, NIGHT)
    assert len(rows) == 3
    assert rows["summary"].iloc[0] == "Ancaman terhadap petugas"
    for short in ({"code": None}, {"date_event": None}, {"category": None}, {"code": MENDO}):
        assert twins_of(data, replace(NIGHT, **short)).empty
    own = str(rows["report_id"].iloc[0])
    assert own not in twins_of(data, replace(NIGHT, report_id=own))["report_id"].tolist()


def test_a_correction_keeps_what_the_form_does_not_ask(store: Store) -> None:
    first = replace(NIGHT, source_url="https://contoh.id/a", kept={
        "tps": "003", "location_note": "di balai", "family": "pelanggaran", "pokok_code": MENDO,
    })  # fmt: skip
    submit(store, first)
    data = now(store)
    before = draft_of(only(store), "https://contoh.id/a")
    assert not check(store, before.filled, "id").corrects
    done = submit(store, correcting(before, replace(before, severity=5)), before).result
    assert (done.accepted, done.corrected) == (0, 1)
    was, row = data.reviewed.iloc[0], only(store)
    changed = [name for name in row.index if str(row[name]) != str(was[name])]
    assert changed == ["severity", "import_id"]
    assert (row["severity"], row["tps_number"], row["family"]) == (5, "003", "pelanggaran")
    undo_import(store, done.import_id)
    moved = correcting(before, replace(before, code=TERENTANG, category="blokade"))
    assert moved.kept == {"pokok_code": MENDO, "date_precision": "day"}


def test_something_planned_is_put_on_the_agenda_and_corrected_by_the_same(store: Store) -> None:
    rally = Planned("aksi", "Aksi buruh", date(2026, 12, 3), None, "19.04", 200, "Polres", "ada")
    done = send(store, rally.filled)
    row = store.read("agenda").iloc[0]
    assert (row["title"], row["unit_code"], row["expected_crowd"]) == ("Aksi buruh", "19.04", 200)
    assert row["date_known"] == pd.Timestamp(TODAY)
    assert check(store, replace(rally, crowd=500, title="aksi  Buruh").filled, "id").corrects
    assert not check(store, replace(rally, title="Aksi tani").filled, "id").corrects
    late = check(store, replace(rally, date_end=date(2026, 12, 1)).filled, "id")
    assert not late.ready
    with acting(Actor("polda.9", "Polda", "perencana")):
        assert send(store, replace(rally, crowd=500).filled).corrected == 1
    assert done.kind == "table agenda"


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({}, ["19.04.02"]),  # its last day is the first of the thirty
        ({"date_end": "2026-10-21"}, ["19.04", "19.04.01", "19.04.02", PENYAK, TERENTANG]),
        ({"date_event": "2026-11-20", "date_end": "2026-11-20"}, ["19.04.02"]),
        ({"date_event": "2026-11-21", "date_end": "2026-11-21"}, None),
        ({"agency": "Bawaslu"}, None),
        ({"verification": "ditolak"}, None),
        ({"verification": "ditarik"}, None),
        ({"kind": "kejadian", "date_event": "2026-11-18", "unit_kejadian": PENYAK},
         ["19.04.02", TERENTANG]),
        ({"kind": "kejadian", "date_event": "2026-11-18", "unit_kejadian": "19.04"},
         ["19.04.01", "19.04.02", PENYAK, TERENTANG]),
    ],
)  # fmt: skip
def test_areas_without_a_word_of_the_agency_are_offered(
    change: dict[str, str], left: list[str] | None
) -> None:
    areas = ["19.04", "19.04.01", "19.04.02", PENYAK, TERENTANG]
    row = {
        "kind": "nihil", "date_event": "2026-10-01", "date_end": "2026-10-22", "agency": "KPU",
        "date_precision": "day", "unit_kejadian": "19.04.01", "verification": "belum", **change,
    }  # fmt: skip
    rows = pd.DataFrame([row]).astype({"date_event": "datetime64[s]", "date_end": "datetime64[s]"})
    assert unheard(rows, areas, "KPU", TODAY) == (areas if left is None else left)


def test_whoever_has_areas_writes_about_these_in_the_name_of_its_office(store: Store) -> None:
    data = now(store)
    assert own_office() is None
    assert len(parts_of(data, None)) == 7
    with acting(ENTERS):
        assert own_office() == "Polres Bangka Tengah"
        assert parts_of(data, None) == ["19.04"]
        assert unheard_parts(data, None, "Polres Bangka Tengah") == ["19.04"]
        assert unheard_parts(data, None, "") == []
    with acting(CHECKS):
        assert own_office() is None
    names = data.names[parts_of(data, "19.04")].tolist()
    assert names == sorted(names)


def test_a_point_lies_in_a_desa_or_in_none(store: Store) -> None:
    data = now(store)
    assert point_of("-2.45, 106.25") == (106.25, -2.45)
    assert point_of(" ") is None
    assert point_of("di sana") is None
    assert desa_at(data, 106.25, -2.45) == PENYAK
    assert desa_at(data, 106.4, -2.45) == PENYAK  # on the border of two
    assert desa_at(data, 100.0, -2.45) is None
