"""The report of a period: told from a snapshot alone, nothing left out, and unknowns said."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from data.briefing.examples import shipped_contents
from data.outlook.lodged import canonical, digest_of
from geo.errors import ParameterError
from services.briefing.report import report_pdf
from services.briefing.report_words import ROWS
from services.briefing.snapshot import Snapshot
from services.texts import WATCHED_STAGES, label
from tests.fonts import fonts

Change = Callable[[dict[str, Any]], None]


@cache
def contents() -> tuple[dict[str, Any], ...]:
    """Return the contents that ship; squares stand for the land, which is quicker to draw."""
    found = tuple(shipped_contents())
    for content in found:
        for level in content["land"].values():
            for feature in level["features"]:
                bounds = shapely.geometry.shape(feature["geometry"]).bounds
                feature["geometry"] = json.loads(shapely.to_geojson(shapely.box(*bounds)))
    return found


def snapshot(*changes: Change, at: int = 1, sound: bool = True) -> Snapshot:
    """Return a snapshot that ships, the one before the vote, with changes."""
    content = {**contents()[at], "land": {}}
    content = copy.deepcopy(content) | {"land": contents()[at]["land"]}
    for change in changes:
        change(content)
    return Snapshot(content, digest_of(canonical(content)), sound=sound)


def pages(content: bytes) -> list[str]:
    found = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
    return [" ".join(words.split()) for words in found]


def words(taken: Snapshot, lang: str = "id", period: str | None = None) -> str:
    return " ".join(pages(report_pdf(taken, lang, period)))


@cache
def as_shipped() -> str:
    return words(snapshot())


def bare(text: str) -> str:
    """Return a text without the blanks at which lines may break."""
    return "".join(text.split())


def action(n: int, status: str, overdue: bool = False, **more: object) -> dict[str, Any]:
    return {
        "action_id": f"A{n}", "meeting_id": None, "warning_id": None, "place_code": None,
        "place": None, "stage": None, "risk": f"risiko {n}", "decision": f"keputusan {n}",
        "reason": None, "owner": "KPU", "opened_on": "2023-11-06", "due": "2024-01-15",
        "status": status, "overdue": overdue, "closed_on": None, "result": None, **more,
    }  # fmt: skip


def with_actions(content: dict[str, Any]) -> None:
    content["register"]["actions"] = [
        action(1, "berjalan"),
        action(2, "selesai", result="pos dibuka"),
        action(3, "belum_mulai", overdue=True),
        action(4, "batal"),
    ]


def with_outcomes(content: dict[str, Any]) -> None:
    first, second, third, *_ = content["register"]["warnings"]
    first |= {"state": "terbuka", "owner": "Polda", "taken": True, "outcome": "dicegah"}
    second |= {"state": "ditutup", "closing_reason": "surat suara sudah diganti"}
    third |= {"state": "tidak_lagi_terpenuhi", "probability": 0.25}


def many(n: int) -> Change:
    def change(content: dict[str, Any]) -> None:
        row = content["reports"][0]
        content["reports"] = [
            {**row, "report_id": f"U-{k}", "summary": f"kejadian-{k:03}"} for k in range(n)
        ]

    return change


@pytest.mark.parametrize("lang", ["id", "en"])
def test_head_summary_and_foot_say_what_it_is(lang: str) -> None:
    taken = snapshot()
    found = pages(report_pdf(taken, lang))
    first = found[0]
    assert taken.digest in first
    assert taken.content["office"] in first
    assert label("slide_access", "terbatas", lang) in first
    for page in found:
        assert "B04 2024" in page
        assert label("slide_access", "terbatas", lang) in page
        assert taken.digest[:8] in page
    if lang == "id":
        assert "31 Januari 2024 (tanggal asumsi)" in first
        assert "12.00 WIB" in first
        assert "1 Januari 2024 – 30 April 2024" in first
        assert "6 perkara konflik sejak 6 Nov 2023" in first
        assert "CONTOH" in first


def test_every_report_of_the_period_is_listed_with_its_source() -> None:
    taken = snapshot()
    found = bare(as_shipped())
    inside = [r for r in taken.content["reports"] if r["date_event"] >= "2024-01-01"]
    outside = [r for r in taken.content["reports"] if r["date_event"] < "2024-01-01"]
    assert inside
    assert outside
    for row in inside:
        assert row["report_id"] in found
        assert bare(row["summary"]) in found
        assert bare(taken.content["sources"]["pages"][row["source_id"]]["url"]) in found
    named = {row["report_id"] for row in taken.content["situation"]["potensi"]}
    for row in outside:
        assert (bare(row["summary"]) in found) is (row["report_id"] in named)


def test_each_watched_stage_is_there_and_nothing_found_is_never_safe() -> None:
    found = words(snapshot(many(0)))
    assert found.count("tidak ditemukan dalam sumber") >= 2 * len(WATCHED_STAGES)
    assert all(bare(label("stage", stage, "id")) in bare(found) for stage in WATCHED_STAGES)
    assert "aman" not in found.replace("bukan tanda aman", "").split()
    assert "Kejadian dan potensi tidak ditemukan dalam sumber" in found


def test_affairs_count_once_and_families_are_not_added_up() -> None:
    def change(content: dict[str, Any]) -> None:
        row = content["reports"][0] | {"stage": "kampanye", "kind": "kejadian"}
        content["reports"] = [
            {**row, "report_id": "U1", "perkara_id": "P1", "family": "konflik"},
            {**row, "report_id": "U2", "perkara_id": "P1", "family": "konflik"},
            {**row, "report_id": "U3", "perkara_id": "P2", "family": "konflik"},
            {**row, "report_id": "U4", "perkara_id": "P3", "family": "logistik"},
            {**row, "report_id": "U5", "perkara_id": "P4", "family": "logistik", "kind": "potensi"},
            {**row, "report_id": "U6", "perkara_id": "P5", "family": "logistik", "kind": "nihil"},
        ]

    found = words(snapshot(change))
    assert "Konflik 2, Logistik 1 Logistik 1" in found
    assert "1–5 dari 5" in found


@pytest.mark.parametrize(("n", "told"), [(ROWS, ["1–40 dari 40"]),
    (112, ["1–40 dari 112", "41–80 dari 112", "81–112 dari 112"])])  # fmt: skip
def test_long_tables_say_which_rows_and_repeat_their_heading(n: int, told: list[str]) -> None:
    found = pages(report_pdf(snapshot(many(n))))
    joined = " ".join(found)
    assert all(joined.count(part) == 2 for part in told)
    assert all(f"kejadian-{k:03}" in joined for k in range(n))
    for page in found:
        if "kejadian-" in page:
            assert "No. Tanggal Tempat Apa Golongan" in page


def test_warnings_tell_their_outcome_owner_and_chance() -> None:
    found = words(snapshot(with_outcomes))
    assert f"terbuka; {label('warning_outcome', 'dicegah', 'id')}" in found
    assert "ditutup: surat suara sudah diganti; hasil belum dicatat" in bare_lines(found)
    assert "terbuka, tidak lagi terpenuhi" in found
    assert "25 %" in found
    assert "belum terukur" in found
    assert "KPU (usul)" in found
    for row in snapshot().content["register"]["warnings"]:
        assert bare(row["title"]["id"]) in bare(found)
        assert bare(row["action"]["id"])[:40] in bare(found)


def bare_lines(text: str) -> str:
    return " ".join(text.split())


def test_actions_stand_by_what_became_of_them() -> None:
    found = words(snapshot(with_actions))
    for told in ("Lewat waktu: 1", "belum lewat waktu: 1", "Selesai: 1", "Batal: 1"):
        assert told in found
    assert found.index("keputusan 3") < found.index("keputusan 1") < found.index("keputusan 2")
    assert "pos dibuka" in found
    assert "Lewat waktu: keputusan 3" in found
    assert "Tidak ada tindakan yang tercatat" in as_shipped()


def test_what_is_not_known_is_said() -> None:
    def change(content: dict[str, Any]) -> None:
        content["unwatched"] = [
            {"code": "19.01", "name": "Kab. Bangka", "watched_until": None},
            {"code": "19.02", "name": "Kab. Belitung", "watched_until": "2023-12-31"},
        ]
        content["sources"]["groups"][0] |= {"age_days": 45, "last_event": "2023-12-17"}
        content["reports"][0]["date_precision"] = "month"
        content["meeting"] |= {"level": "kabupaten", "unit_code": "19.03"}

    found = words(snapshot(change))
    assert "yang terjadi setelah 31 Januari 2024 tidak termuat" in found
    assert "Kab. Bangka: tidak terpantau" in found
    assert "Kab. Belitung: terpantau hanya sampai 31 Desember 2023" in found
    assert "45 hari sebelum tanggal data" in found
    assert "1 laporan diketahui hanya bulan atau tahunnya" in found
    assert "Semua angka meliputi seluruh provinsi" in found
    assert "suatu anggapan" in found
    assert "PENGANDAIAN" in found


def test_simulation_and_a_broken_hash_are_said_on_the_first_page() -> None:
    def change(content: dict[str, Any]) -> None:
        content["people"]["simulated"] = True

    assert "SIMULASI" in pages(report_pdf(snapshot(change)))[0]
    assert "SIMULASI" not in as_shipped()
    assert "tidak lagi cocok" in pages(report_pdf(snapshot(sound=False)))[0]
    assert "tidak lagi cocok" not in as_shipped()


def test_maps_are_drawn_as_lines_with_their_scale() -> None:
    content = next(one for one in shipped_contents() if one["as_of"] == "2024-01-31")
    taken = Snapshot(content, digest_of(canonical(content)))
    reader = PdfReader(BytesIO(report_pdf(taken)))
    [page] = [p for p in reader.pages if "50 km" in p.extract_text()]
    drawn = page.get_contents()
    assert drawn is not None
    assert len(re.findall(rb"\sl\s", drawn.get_data())) > 1000
    assert list(page.images) == []


def test_every_font_is_embedded_and_the_same_snapshot_gives_the_same_bytes() -> None:
    first = report_pdf(snapshot(with_actions, with_outcomes))
    assert first == report_pdf(snapshot(with_actions, with_outcomes))
    found = fonts(first)
    assert found
    assert all(found.values()), found


def test_pages_are_a4_standing_and_nothing_leaves_them() -> None:
    for page in PdfReader(BytesIO(report_pdf(snapshot(many(60))))).pages:
        assert [round(float(n) / 72 * 25.4) for n in page.mediabox[2:]] == [210, 297]


@pytest.mark.parametrize("asked", ["B05 2024", "B04", "2024", "B04 24", "b04 2024", ""])
def test_what_is_no_period_is_refused(asked: str) -> None:
    with pytest.raises(ParameterError, match="B04, B08 or B12 and a year"):
        report_pdf(snapshot(), "id", asked or " ")


def test_a_period_of_which_the_snapshot_holds_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="2024-01-31"):
        report_pdf(snapshot(), "id", "B08 2024")
    earlier = words(snapshot(), "id", "B12 2023")
    assert "Laporan sebelum 7 November 2023 tidak termuat" in earlier
    for row in snapshot().content["reports"]:
        assert (row["report_id"] in earlier) is (row["date_event"] <= "2023-12-31")


@settings(max_examples=5, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=60))
def test_markup_and_control_characters_do_no_harm(told: str) -> None:
    def change(content: dict[str, Any]) -> None:
        content["reports"][0]["summary"] = told
        content["meeting"]["title"] = told
        with_actions(content)
        content["register"]["actions"][0]["decision"] = f"<b>{told}</b> & <br/>"

    taken = snapshot()
    change(dict(taken.content))
    assert len(pages(report_pdf(taken))) >= 4


def test_markup_is_shown_and_not_run() -> None:
    def change(content: dict[str, Any]) -> None:
        content["reports"][0]["summary"] = "<b>tebal</b> & <img src='x'/>"

    assert "<b>tebal</b> & <img src='x'/>" in words(snapshot(change))
