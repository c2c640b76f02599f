"""Who decides what about a report, what counts by then, and what nobody can decide alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analytics.reports.review.replay import HISTORY, counted_on, status_on
from analytics.reports.selection import Selection, choose, known_on
from data.errors import RightError
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.reading import last_acts
from data.store.ledger.undo import undo_act
from geo.errors import ParameterError
from services.dataset import Dataset, Datasets
from services.ingest.imports import Asked, import_file, undo_import
from services.reports.review.affairs import merge
from services.reports.review.decisions import claim, decide, mark_urgent, set_status
from services.reports.review.seen import fingerprints
from tests.conftest import copy_store
from tests.imports import PENYAK, fill

ENTERS = Actor("polres-bateng.1", "Polres Bangka Tengah", "operator", ("19.04",))
CHECKS = Actor("kesbangpol.2", "Kesbangpol", "verifikator")
READS = Actor("kpu.1", "KPU", "pembaca")
DAY = date(2026, 11, 20)
HEAD = "id,tanggal,jenis,status,kategori,tingkat,kode desa,ringkasan,instansi,tanggal lapor\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store.open(f"sqlite:///{tmp_path_factory.mktemp('review') / 'siaga.db'}")
    fill(made)
    yield made
    made.close()


@pytest.fixture
def store(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")
    copy_store(filled, tmp_path / "siaga.db")
    made = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    yield made
    made.close()


def bring(store: Store, folder: Path, *lines: str, actor: Actor = ENTERS, name: str = "a") -> str:
    path = folder / f"{name}.csv"
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    with acting(actor):
        return import_file(store, "reports", path, Asked(scheme="kemendagri")).import_id


def line(key: str, day: str = "18/11/2026", status: str = "", severity: int = 3) -> str:
    kind = "potensi" if status else "kejadian"
    return (
        f"{key},{day},{kind},{status},intimidasi,{severity},{PENYAK},Ancaman {key} di desa,"
        f"Polres Bangka Tengah,19/11/2026"
    )


def now(store: Store) -> Dataset:
    return Datasets(store).now()


def counted(data: Dataset, as_of: date) -> list[str]:
    """Return the ids that a map of the day takes."""
    return sorted(choose(data.reports, Selection(as_of)).listed["report_id"])


def verification(store: Store) -> dict[str, str]:
    rows = store.read("reports")
    return dict(zip(rows["report_id"], rows["verification"], strict=True))


def test_a_report_counts_once_another_person_has_verified_it(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"), line("b"))
    assert verification(store) == {"a": "belum", "b": "belum"}
    assert counted(now(store), DAY) == []
    with acting(ENTERS), pytest.raises(RightError):
        decide(store, ["a"], "terverifikasi")
    with acting(READS), pytest.raises(RightError):
        decide(store, ["a"], "ditolak", "keliru")
    with acting(CHECKS):
        assert decide(store, ["a", "x"], "terverifikasi").held == {"x": "gone"}
        assert decide(store, ["a"], "terverifikasi").held == {"a": "state"}
        assert decide(store, ["b"], "ditolak", "tidak ada saksi").done == ("b",)
    assert counted(now(store), DAY) == ["a"]
    assert counted(now(store), date(2026, 11, 19)) == []  # believed from the day of the decision


def test_who_brought_a_report_in_does_not_verify_it(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"), actor=CHECKS)
    other = Actor("kesbangpol.3", "Kesbangpol", "admin")
    with acting(CHECKS):
        assert decide(store, ["a"], "terverifikasi").held == {"a": "own"}
        assert decide(store, ["a"], "ditarik", "salah desa").done == ("a",)
        assert decide(store, ["a"], "belum", "benar juga").done == ("a",)
    with acting(other):
        assert decide(store, ["a"], "terverifikasi").done == ("a",)
    bring(store, tmp_path, line("a", severity=4), actor=other, name="b")
    assert verification(store) == {"a": "belum"}
    with acting(other):
        assert decide(store, ["a"], "terverifikasi").held == {"a": "own"}


def test_without_sign_in_one_account_does_both(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + line("a"), encoding="utf-8")
    done = import_file(store, "reports", path, Asked(scheme="kemendagri"))
    assert [note.gaps["n"] for note in done.notes if note.key == "review_waits"] == [1]
    assert decide(store, ["a"], "terverifikasi").done == ("a",)


def test_places_that_are_not_ones_own_are_left_alone(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"))
    elsewhere = Actor("polres-bangka.1", "Polres Bangka", "verifikator", ("19.01",))
    with acting(elsewhere):
        assert decide(store, ["a"], "terverifikasi").held == {"a": "area"}
    other = Actor("polda.1", "Polda", "operator")
    with acting(other):
        assert decide(store, ["a"], "ditarik", "bukan punya kami").held == {"a": "agency"}
        with pytest.raises(RightError, match="agency"):
            mark_urgent(store, "a", True)
    with acting(elsewhere):
        with pytest.raises(RightError, match="area"):
            mark_urgent(store, "a", True)
        with pytest.raises(RightError, match="area"):
            claim(store, ["a"])
    assert verification(store) == {"a": "belum"}
    assert store.read("report_events").empty


def test_a_report_that_says_something_else_by_now_is_not_verified_unseen(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, line("a"))
    seen = fingerprints(now(store).reviewed)
    bring(store, tmp_path, line("a", severity=5), name="b")
    with acting(CHECKS):
        assert decide(store, ["a"], "terverifikasi", seen=seen).held == {"a": "changed"}
        seen = fingerprints(now(store).reviewed)
        assert decide(store, ["a"], "terverifikasi", seen=seen).done == ("a",)


@pytest.mark.parametrize(
    ("value", "reason", "at"),
    [
        ("benar", None, None),
        ("ditolak", " ", None),
        ("ditarik", None, None),
        ("terverifikasi", None, date(2026, 11, 21)),
    ],
)
def test_what_cannot_be_decided_is_refused(
    store: Store, value: str, reason: str | None, at: date | None
) -> None:
    with pytest.raises(ParameterError):
        decide(store, ["a"], value, reason, at=at)
    with pytest.raises(ParameterError):
        decide(store, [], "terverifikasi")


def test_history_that_is_entered_late_is_seen_on_its_own_days(store: Store, tmp_path: Path) -> None:
    old = line("a", day="10/02/2024").replace("19/11/2026", "12/02/2024")
    bring(store, tmp_path, old)
    with acting(CHECKS):
        decide(store, ["a"], "terverifikasi")
    data = now(store)
    assert counted(data, date(2024, 2, 11)) == []
    assert counted(data, date(2024, 2, 12)) == ["a"]


def test_a_withdrawal_is_dated_and_can_be_undone(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"))
    with acting(CHECKS):
        decide(store, ["a"], "terverifikasi", at=date(2026, 11, 19))
        decide(store, ["a"], "ditarik", "ternyata uji coba")
        seq = int(last_acts(store, 1)["seq"].iloc[0])
    data = now(store)
    assert counted(data, date(2026, 11, 19)) == ["a"]
    assert counted(data, DAY) == []
    assert not len(data.standing)
    undo_act(store, seq)
    assert counted(now(store), DAY) == ["a"]
    assert verification(store) == {"a": "terverifikasi"}


def test_a_potensi_is_settled_on_a_day_and_linked_to_what_it_became(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, line("p", status="terbuka"), line("k"))
    with acting(CHECKS):
        decide(store, ["p", "k"], "terverifikasi", at=date(2026, 11, 19))
        with pytest.raises(ParameterError):
            set_status(store, "p", "menjadi_kejadian")  # what happened?
        with pytest.raises(ParameterError):
            set_status(store, "p", "menjadi_kejadian", link="p")
        with pytest.raises(ParameterError):
            set_status(store, "p", "diredam", link="k")
        assert set_status(store, "k", "diredam").held == {"k": "state"}
        done = set_status(store, "p", "menjadi_kejadian", "pecah malam itu", link="k")
    assert done.done == ("p",)
    rows = now(store).reports.set_index("report_id", drop=False)
    assert status_on(rows, date(2026, 11, 19))["p"] == "terbuka"
    assert status_on(rows, DAY)["p"] == "menjadi_kejadian"
    assert set(rows["perkara_id"]) == {"k"}
    assert store.read("report_events")["link"].dropna().tolist() == ["k"]


def test_two_reports_of_one_affair_count_once_until_that_is_undone(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, line("a"), line("b", severity=4), line("c", severity=2))
    with acting(CHECKS):
        kept = merge(store, ["b", "a"], "Ancaman di Penyak", "pelaku dan jam sama")
        seq = int(last_acts(store, 1)["seq"].iloc[0])
        for ids, title in ((["a", "b"], "x"), (["a", "zz"], "x"), (["a", "c"], " ")):
            with pytest.raises(ParameterError):
                merge(store, ids, title, "y")
    rows = store.read("reports").set_index("report_id")["perkara_id"]
    assert rows["a"] == rows["b"] == kept == "a"
    assert store.read("affairs")["title"].tolist() == ["Ancaman di Penyak"]
    undo_act(store, seq)
    assert store.read("reports")["perkara_id"].tolist() == ["a", "b", "c"]
    assert store.read("affairs").empty


def test_a_file_does_not_say_otherwise_than_was_decided_here(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"), line("p", status="terbuka"), line("r"))
    with acting(CHECKS):
        decide(store, ["a", "p"], "terverifikasi")
        decide(store, ["r"], "ditolak", "tidak benar")
        set_status(store, "p", "diredam", at=date(2026, 11, 19))
    before = verification(store)
    head = HEAD.replace("\n", ",verifikasi\n")
    lines = [f"{one},belum\n" for one in (line("a"), line("p", status="terbuka"), line("r"))]
    path = tmp_path / "b.csv"
    path.write_text(head + "".join(lines), encoding="utf-8")
    done = import_file(store, "reports", path, Asked(scheme="kemendagri"))
    assert done.corrected == 0
    assert verification(store) == before
    # Who corrects what was rejected submits it again.
    bring(store, tmp_path, line("r", severity=1), name="c")
    assert verification(store)["r"] == "belum"
    events = store.read("report_events").sort_values("event_id")
    told = events[events["report_id"].eq("r")]
    assert told["value"].tolist() == ["ditolak", "belum"]


def test_what_a_file_changes_is_dated_and_goes_with_its_undoing(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD + line("p", status="terbuka"), encoding="utf-8")
    asked = Asked(scheme="kemendagri", fixed={"verification": "terverifikasi"})
    import_file(store, "reports", path, asked)
    path.write_text(HEAD + line("p", status="diredam"), encoding="utf-8")
    done = import_file(store, "reports", path, asked)
    rows = now(store).reports
    assert status_on(rows, date(2026, 11, 19)).tolist() == ["terbuka"]
    assert status_on(rows, DAY).tolist() == ["diredam"]
    undo_import(store, done.import_id)
    assert store.read("report_events").empty
    assert store.read("reports")["status"].tolist() == ["terbuka"]


def test_urgent_and_looked_at_are_noted_and_taken_back(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"))
    with acting(ENTERS):
        mark_urgent(store, "a", urgent=True, reason="massa bergerak")
    with acting(CHECKS):
        claim(store, ["a"])
        claim(store, ["a"])
        claim(store, ["a"], taken=False)
    rows = store.read("report_events").sort_values("event_id")
    assert rows["about"].tolist() == ["mendesak", "diperiksa", "diperiksa"]
    assert rows["value"].fillna("").tolist() == ["ya", "kesbangpol.2", ""]
    assert verification(store) == {"a": "belum"}


def test_figures_are_those_of_a_store_that_never_had_what_does_not_count(
    shipped_store: Store, own_store: Store, tmp_path: Path
) -> None:
    bring(own_store, tmp_path, line("a"), line("b"), line("p", status="terbuka"))
    with acting(CHECKS):
        decide(own_store, ["b"], "ditolak", "tidak benar")
    now_there, never = Datasets(own_store).now(), Datasets(shipped_store).now()
    for name in ("reports", "countable", "standing"):
        pd.testing.assert_frame_equal(getattr(now_there, name), getattr(never, name))
    assert len(now_there.reviewed) == len(never.reviewed) + 3


def test_known_and_counted_are_one_question(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, line("a"))
    with acting(CHECKS):
        decide(store, ["a"], "terverifikasi")
    rows = now(store).reports
    assert rows[HISTORY["verification"]].tolist() == ["belum|2026-11-20 terverifikasi"]
    for day in (date(2026, 11, 19), DAY):
        assert known_on(rows, day).tolist() == list(counted_on(rows, day))
