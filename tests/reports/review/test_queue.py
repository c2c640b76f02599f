"""The queue as its readers see it: what is for whom, in which order, and the page itself."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from data.store.ledger.acts import LOCAL, Actor, acting
from services.dataset import Datasets
from services.ledger.history import acts_seen
from services.reports.review.choices import incidents, matching
from services.reports.review.decisions import claim, decide, mark_urgent
from services.reports.review.queue import n_waiting, queue_of, twins_of
from services.reports.review.words import finding
from tests.pages.test_pages import at_page
from tests.reports.review.test_decisions import (
    CHECKS,
    ENTERS,
    READS,
    Store,
    bring,
    filled,
    line,
    now,
    store,
    verification,
)

__all__ = ["filled", "store"]

LOOKS = Actor("bawaslu.1", "Bawaslu", "verifikator")


def test_urgent_comes_first_then_severity_and_own_ones_last(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"), line("b", severity=5), line("c", severity=2))
    bring(store, tmp_path, line("d", severity=5), actor=CHECKS, name="b")
    with acting(ENTERS):
        mark_urgent(store, "c", urgent=True)
    with acting(LOOKS):
        claim(store, ["a"])
    queue = queue_of(now(store), CHECKS)
    assert queue.rows["report_id"].tolist() == ["c", "b", "a", "d"]
    assert queue.rows["hold"].tolist() == ["", "", "", "own"]
    assert queue.rows["urgent"].tolist() == [True, False, False, False]
    assert queue.rows["entered_by"].tolist()[0] == ENTERS.account
    assert queue.rows["looked_at_by"].fillna("").tolist() == ["", "", LOOKS.account, ""]
    assert finding(queue, "id") == "3 laporan menunggu Anda, 1 di antaranya mendesak."
    assert n_waiting(now(store)) == (4, 1)
    assert set(queue_of(now(store), READS).rows["hold"]) == {"role"}
    assert queue_of(now(store), LOCAL).rows["hold"].eq("").all()


def test_a_claim_lapses(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(store, tmp_path, line("a"))
    with acting(LOOKS):
        claim(store, ["a"])
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:29:00+00:00")
    assert queue_of(now(store), CHECKS).rows["looked_at_by"].notna().all()
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:31:00+00:00")
    assert queue_of(now(store), CHECKS).rows["looked_at_by"].isna().all()


def test_what_was_rejected_goes_back_to_who_brought_it_with_the_reason(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, line("a"), line("b"))
    with acting(CHECKS):
        decide(store, ["a"], "ditolak", "bukan di Bangka Belitung")
    back = queue_of(now(store), ENTERS).sent_back
    assert back["note"].tolist() == ["bukan di Bangka Belitung"]
    assert queue_of(now(store), READS).sent_back.empty


def test_twins_are_near_in_place_and_time_and_of_one_family(store: Store, tmp_path: Path) -> None:
    far = line("c", day="10/11/2026")
    other = line("d").replace("intimidasi", "unjuk rasa")
    bring(store, tmp_path, line("a"), line("b", day="19/11/2026"), far, other)
    data = now(store)
    assert twins_of(data, "a")["report_id"].tolist() == ["b"]
    assert 0.5 < twins_of(data, "a")["alike"].iloc[0] <= 1
    assert matching(data, "ancaman").empty  # nothing is decided yet
    potensi = pd.Series({"unit_kejadian": "19.04", "date_event": pd.Timestamp("2026-11-18"),
                         "perkara_id": "a"})  # fmt: skip
    assert incidents(data, potensi)["report_id"].tolist() == ["a", "b", "d"]


@pytest.fixture
def page(own_line: Datasets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")
    bring(own_line.store, tmp_path, line("a", severity=5), line("b"), line("c", severity=1))
    return at_page("data")


def test_reports_are_verified_one_after_the_other(page: AppTest, own_line: Datasets) -> None:
    at = page.run()
    assert not at.exception
    at.button(key="q_terverifikasi").click().run()
    assert [one.value for one in at.success] == ["1 laporan diverifikasi dan kini dihitung."]
    at.button(key="q_next").click().run()
    at.button(key="q_ditolak").click().run()
    assert "alasannya" in at.warning[0].value
    told = verification(own_line.store)
    assert (told["a"], told["b"], told["c"]) == ("terverifikasi", "belum", "belum")
    assert acts_seen(own_line.store, 1)["action"].tolist() == ["report.verify"]
    at.button(key="q_urgent").click().run()
    assert n_waiting(own_line.now()) == (2, 1)
    assert at.button(key="q_claim").label == "Saya periksa"
    at.button(key="q_claim").click().run()
    assert at.button(key="q_claim").label == "Lepas"
    at.button(key="q_claim").click().run()
    assert at.button(key="q_claim").label == "Saya periksa"
    claims = own_line.store.read("report_events").query("about == 'diperiksa'")
    assert claims.sort_values("event_id")["value"].fillna("").tolist()[-2:] == ["setempat", ""]


@pytest.mark.parametrize(("button", "report"), [("q_correct", "c"), ("sent_back_0", "a")])
def test_a_report_in_the_queue_or_sent_back_is_opened_for_correction(
    page: AppTest, button: str, report: str
) -> None:
    at = page.run()
    at.text_input(key="queue_why").set_value("salah tempat")
    at.button(key="q_ditolak").click().run()
    at.button(key="q_terverifikasi").click().run()
    at.button(key=button).click().run()
    assert opened(at) == report


def opened(at: AppTest) -> str:
    """Return the report that the form corrects."""
    assert not at.exception
    said = " ".join(str(one.proto.body) for one in at.get("html"))
    return re.findall(r"Koreksi laporan (\w+)", said)[0]
