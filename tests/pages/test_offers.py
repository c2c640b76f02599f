"""A page offers what the role of whoever looks may do, and says in a line what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data.store.ledger.acts import Actor
from pages.components.briefing.state import STEPS
from services.briefing.meetings import prepare_next, save_meeting
from services.dataset import Datasets
from services.polling.hari_h import record_one
from tests.pages.test_pages import open_page, shown
from tests.reports.review.test_decisions import bring, line
from tests.walk import Stop, stops

DAY, VOTING, DESA = "2024-01-31", "2024-02-14", "19.03.08.2001"
ROLES = ("pembaca", "operator", "verifikator", "perencana", "admin")
WRITES = (
    ("tindakan", "peringatan", "w_take", "verifikator perencana admin"),
    ("tindakan", "tindakan", "FormSubmitter:a_form_", "verifikator perencana admin"),
    ("prakiraan", "", "p_lodge", "verifikator perencana admin"),
    ("distribusi", "procurement", "FormSubmitter:stage_", "perencana admin"),
    ("distribusi", "progress", "FormSubmitter:handover_form", "operator perencana admin"),
    ("distribusi", "proof", "way_receipts", "operator perencana admin"),
    ("kerawanan", "personel", "way_personnel", "verifikator perencana admin"),
    ("kerawanan", "panggilan", "FormSubmitter:kc_form", "operator verifikator admin"),
    ("kerawanan", "langsung", "FormSubmitter:hh_form", "operator verifikator admin"),
    ("kerawanan", "perkara", "FormSubmitter:dp_form_", "operator verifikator admin"),
    ("briefing", "siapkan", "b_prepare", "verifikator perencana admin"),
)
"""Page, part, how the key of a button begins that writes, and whose it is: written by hand."""
READS = (
    "cursor_today", "stage_before", "stage_next", "place_", "kg_calls", "kg_data", "kp_place",
    "d_all", "b_again", "b_make|", "b_cancel|", "None",
)  # fmt: skip
"""How keys of buttons begin that a reader has: ways through the product, and what is worked out."""
WALKED = tuple(one for one in stops() if one.page not in {"ringkasan", "hotspot", "linimasa"})


def look_as(monkeypatch: pytest.MonkeyPatch, role: str, *areas: str) -> None:
    actor = Actor("polda.1", "Polda", role, areas)
    monkeypatch.setattr("pages.components.access.person.reader", lambda: actor)


def stop_of(page: str, part: str) -> Stop:
    return next(one for one in WALKED if (one.page, one.part) == (page, part))


def query(stop: Stop) -> dict[str, str]:
    return {"tanggal": DAY} | ({stop.name: stop.part} if stop.part else {})


@pytest.mark.usefixtures("shared_installation")
@pytest.mark.parametrize(("page", "part", "key", "theirs"), WRITES)
def test_each_role_is_offered_what_it_may_do(
    monkeypatch: pytest.MonkeyPatch, page: str, part: str, key: str, theirs: str
) -> None:
    for role in ROLES:
        look_as(monkeypatch, role)
        test = open_page(page, **query(stop_of(page, part)))
        assert not test.exception
        there = any(str(one.key).startswith(key) for one in test.button)
        assert there == (role in theirs.split()), role


@pytest.mark.usefixtures("shared_installation")
@pytest.mark.parametrize("stop", WALKED, ids=str)
def test_a_reader_is_offered_nothing_that_writes(
    monkeypatch: pytest.MonkeyPatch, stop: Stop
) -> None:
    look_as(monkeypatch, "pembaca")
    test = open_page(stop.page, **query(stop))
    assert not test.exception
    assert [one.key for one in test.button if not str(one.key).startswith(READS)] == []
    assert not test.get("file_uploader")


@pytest.mark.usefixtures("shared_installation")
@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("id", "Akun Anda (Pembaca) tidak berhak mencatat Hari-H."),
        ("en", "Your account (Reader) may not enter voting-day lines."),
    ],
)
def test_what_is_not_offered_is_said(monkeypatch: pytest.MonkeyPatch, lang: str, said: str) -> None:
    look_as(monkeypatch, "pembaca")
    stop = stop_of("kerawanan", "langsung")
    assert said in shown(open_page(stop.page, lang=lang, **query(stop)))


def test_a_reader_sees_a_meeting_and_changes_nothing_of_it(
    own_line: Datasets, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = own_line.now()
    draft = replace(prepare_next(data, date(2024, 1, 31), "Kesbangpol"), agenda=("Laporan", "Doa"))
    meeting = save_meeting(data, draft, "Kesbangpol")
    for role, offered in (("pembaca", False), ("verifikator", True)):
        look_as(monkeypatch, role)
        for step in STEPS:
            test = open_page("briefing", tanggal=DAY, rakor=meeting.meeting_id, langkah=step)
            assert not test.exception
            writes = [one.key for one in test.button if not str(one.key).startswith(READS)]
            assert offered or writes == [], step
            if step == "siapkan":
                assert bool(writes) == offered
                assert "Doa" in shown(test) or offered


def test_a_reader_of_the_page_data_changes_no_report(
    own_line: Datasets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")
    bring(own_line.store, tmp_path, line("a"), line("b"))
    look_as(monkeypatch, "pembaca")
    for part, ways in (("antrean", {"q_next"}), ("impor", set()), ("tulis", set())):
        test = open_page("data", bagian=part)
        assert not test.exception
        there = {str(one.key) for one in test.button if not one.disabled}
        assert {one for one in there if not one.startswith(READS)} == ways, part
        assert not test.get("file_uploader")


@pytest.fixture
def elsewhere(own_line: Datasets, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a line be of Bangka Selatan, and an account look that writes about Belitung alone."""
    data = own_line.now()
    at = pd.Timestamp("2024-02-14T11:00+07:00")
    record_one(data.store, f"pemilu2024/{DESA}/001", "selesai", at, "Polda", None)
    look_as(monkeypatch, "admin", "19.02")
    yield
    assert data.store.count("tps_status") == 1


@pytest.mark.usefixtures("elsewhere")
def test_who_undoes_a_line_of_elsewhere_is_told_so_and_it_stays() -> None:
    test = open_page("kerawanan", tanggal=VOTING, tab="langsung")
    test.button(key="hh_undo").click().run()
    assert not test.exception
    assert 'class="sb-echo wrong"' in shown(test)
    assert DESA in shown(test)


@pytest.mark.usefixtures("elsewhere")
def test_the_table_of_the_voting_day_is_for_those_who_may_write_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for role, typed in (("operator", True), ("perencana", False), ("pembaca", False)):
        look_as(monkeypatch, role)
        test = open_page("kerawanan", tanggal=VOTING, tab="langsung", tabel="ya")
        tables = [one.proto for one in test.dataframe if "hh_table" in one.proto.id]
        assert [not one.disabled for one in tables] == [typed], role
