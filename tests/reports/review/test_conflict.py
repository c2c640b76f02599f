"""Two who correct one report: what only one changed is kept, what both changed is asked about."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import RecordChangedError
from data.store.engine import Store
from data.store.ledger.acts import acting
from geo.errors import ParameterError
from pages.components.reports.entry import outcome
from services.dataset import Dataset, Datasets
from services.explain import explain
from services.ingest.imports import import_upload
from services.ledger.conflict import others_words
from services.reports.review.conflict import COLUMN_OF, chosen, meet, value_words
from services.reports.review.decisions import decide
from services.reports.review.draft import Draft, correcting, draft_of
from services.reports.review.entry import submit
from services.reports.review.one_row import fault_words
from tests.imports import MENDO, PENYAK, TERENTANG
from tests.reports.review.test_entry import CHECKS, ENTERS, NIGHT

BEFORE = replace(NIGHT, report_id="r1", date_reported=date(2026, 11, 19), point="-2.4, 106.2")
FIELDS: dict[str, list[Any]] = {
    "date_event": [date(2026, 11, 18), date(2026, 11, 17), date(2026, 11, 16)],
    "severity": [3, 4, None],
    "summary": [NIGHT.summary, "Lain", ""],
    "people_count": [None, 0, 12],
    "peaceful": [None, True, False],
    "stage": [None, "kampanye", "rekapitulasi"],
    "agency": [NIGHT.agency, "Polda", "KPU"],
}


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIAGA_NOW", "2026-11-20T03:00:00+00:00")


@pytest.fixture
def opened(store: Store) -> Draft:
    """Store one report and return it as it is opened to be corrected."""
    with acting(ENTERS):
        submit(store, NIGHT)
    return again(store)


def again(store: Store) -> Draft:
    (row,) = (row for _, row in store.read("reports").iterrows())
    return draft_of(row)


def now(store: Store) -> Dataset:
    return Datasets(store).now()


def edited(before: Draft, **said: Any) -> Draft:
    return correcting(before, replace(before, **said))


drafts = st.fixed_dictionaries({name: st.sampled_from(all_) for name, all_ in FIELDS.items()})


@given(drafts, drafts)
def test_each_field_is_whoevers_changed_it_and_asked_about_where_both_did(
    theirs: dict[str, Any], mine: dict[str, Any]
) -> None:
    """Told field by field, as by hand; nothing that anybody wrote is lost without a word."""
    met = meet(BEFORE, edited(BEFORE, **mine), edited(BEFORE, **theirs))
    asked = {one.column: (one.seen, one.stored, one.mine) for one in met.asked}
    others = {one.column: (one.seen, one.stored, one.mine) for one in met.others}
    for name, (first, *_) in FIELDS.items():
        told = (first, theirs[name], mine[name])
        if theirs[name] == mine[name] or theirs[name] == first:
            assert name not in {*asked, *others}
            assert getattr(met.draft, name) == mine[name]
        elif mine[name] == first:
            assert others[name] == told
            assert getattr(met.draft, name) == theirs[name]
        else:
            assert asked[name] == told
            assert name not in others
    assert met.draft.report_id == "r1"


@given(drafts, drafts, st.data())
def test_who_has_chosen_is_not_asked_again(
    theirs: dict[str, Any], mine: dict[str, Any], data: st.DataObject
) -> None:
    stored, own = edited(BEFORE, **theirs), edited(BEFORE, **mine)
    met = meet(BEFORE, own, stored)
    kept = {one.column for one in met.asked if data.draw(st.booleans())}
    last = meet(*chosen(met.asked, kept, BEFORE, own), stored)
    assert last.asked == ()
    for one in met.asked:
        wanted = one.stored if one.column in kept else one.mine
        assert getattr(last.draft, one.column) == wanted


def test_place_and_point_are_not_mixed_nor_are_the_days_of_a_nihil() -> None:
    met = meet(BEFORE, edited(BEFORE, point="-2.5, 106.3"), edited(BEFORE, code=TERENTANG))
    assert [one.column for one in met.asked] == ["code"]
    assert (met.asked[0].stored, met.asked[0].mine) == (TERENTANG, PENYAK)
    nihil = replace(
        BEFORE, kind="nihil", category=None, date_end=date(2026, 11, 19), point="", summary=""
    )
    later = edited(nihil, date_event=date(2026, 11, 19))
    met = meet(nihil, edited(nihil, date_end=date(2026, 11, 18)), later)
    assert [one.column for one in met.asked] == ["date_event"]
    alone = meet(nihil, edited(nihil, agency="KPU"), later)
    assert not alone.asked
    assert (alone.draft.date_event, alone.draft.agency) == (date(2026, 11, 19), "KPU")


def test_what_the_form_does_not_ask_is_taken_from_what_is_stored_by_now() -> None:
    kept = {"family": "pelanggaran", "tps": "003"}
    before = replace(BEFORE, kept=kept)
    stored = replace(before, kept={**kept, "tps": "004"}, summary="Lain")
    assert meet(before, edited(before, severity=5), stored).draft.kept == stored.kept
    moved = meet(before, edited(before, code=TERENTANG), stored).draft
    assert (moved.kept, moved.summary) == ({"family": "pelanggaran"}, "Lain")


def test_how_a_text_is_broken_into_lines_is_no_change() -> None:
    before = replace(BEFORE, summary="Aksi\ndi jalan ")
    met = meet(before, edited(before, summary="Aksi\ndi jalan"), replace(before, summary="Lain"))
    assert not met.asked
    assert met.draft.summary == "Lain"


def test_others_corrections_stay_and_the_writer_is_told_by_whom(
    store: Store, opened: Draft
) -> None:
    with acting(CHECKS):
        submit(store, edited(opened, people_count=1200, code=TERENTANG), opened)
    with acting(ENTERS):
        done = submit(store, edited(opened, severity=5), opened)
    row = store.read("reports").iloc[0]
    assert (row["severity"], row["people_count"], row["unit_kejadian"]) == (5, 1200, TERENTANG)
    assert done.result.corrected == 1
    data = now(store)
    words = others_words(done.others, "id", str, lambda n, v: value_words(n, v, data, "id"))
    assert "people_count: diubah Kesbangpol pukul 10.00, dari “–” menjadi “1.200”" in words
    assert f"menjadi “{data.place_name(TERENTANG)}”" in words


def test_a_report_that_others_moved_out_of_ones_area_is_refused_in_words(
    store: Store, opened: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(CHECKS):
        submit(store, edited(opened, code=MENDO), opened)
    with acting(ENTERS):
        done = submit(store, edited(opened, severity=5), opened)
    assert done.result.corrected == 0
    (fault,) = fault_words(done.result, "id")
    session: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    monkeypatch.setattr("streamlit.rerun", lambda: None)
    outcome.send(lambda: outcome.Sent(done.result, "entry.sent", "Tetap berlaku."))
    assert session["entry_done"].words == f"{fault} Tetap berlaku."
    assert not session["entry_done"].good
    row = store.read("reports").iloc[0]
    assert (row["severity"], row["unit_kejadian"]) == (3, MENDO)


def test_the_same_field_is_asked_about_before_anything_is_stored(
    store: Store, opened: Draft
) -> None:
    with acting(CHECKS):
        submit(store, edited(opened, summary="Ancaman lewat pesan"), opened)
    revision = store.revision()
    mine = edited(opened, summary="Ancaman di jalan", stage="kampanye")
    with acting(ENTERS):
        with pytest.raises(RecordChangedError) as refused:
            submit(store, mine, opened)
        assert store.revision() == revision
        assert json.loads(refused.value.record) == [opened.report_id]
        (asked,) = refused.value.theirs
        assert (asked.column, asked.stored, asked.mine, asked.office) == (
            "summary", "Ancaman lewat pesan", "Ancaman di jalan", "Kesbangpol",
        )  # fmt: skip
        before, own = chosen(refused.value.theirs, ["summary"], opened, mine)
        submit(store, own, before)
    row = store.read("reports").iloc[0]
    assert (row["summary"], row["stage"]) == ("Ancaman lewat pesan", "kampanye")


def test_the_writer_of_a_report_with_an_id_in_other_letters_is_told_too(store: Store) -> None:
    content = (
        "id laporan,Tanggal,Kabupaten,jenis kejadian,Uraian,Instansi\n"
        "LP–7/é,2026-11-16,Bangka,unjuk rasa,Aksi,Polda\n"
    )
    import_upload(store, "reports", "a.csv", content.encode())
    opened = again(store)
    assert opened.report_id == "LP–7/é"
    with acting(CHECKS):
        submit(store, edited(opened, people_count=12), opened)
        (other,) = submit(store, edited(opened, severity=5), opened).others
    assert (other.column, other.office) == ("people_count", "Kesbangpol")


def test_a_last_day_that_the_form_does_not_show_is_kept_as_the_writer_chose() -> None:
    before = replace(BEFORE, date_end=date(2026, 11, 19))
    mine = edited(before, date_event=date(2026, 11, 17), date_end=None)
    stored = replace(before, date_end=date(2026, 11, 21))
    met = meet(before, mine, stored)
    (asked,) = met.asked
    assert (asked.column, asked.stored, asked.mine) == (
        "date_end", date(2026, 11, 21), date(2026, 11, 19),
    )  # fmt: skip
    for kept, end in (((), date(2026, 11, 19)), (("date_end",), date(2026, 11, 21))):
        last = meet(*chosen(met.asked, kept, before, mine), stored)
        assert not last.asked
        assert (last.draft.date_event, last.draft.date_end) == (date(2026, 11, 17), end)


def test_a_decision_in_between_is_looked_at_again(store: Store, opened: Draft) -> None:
    mine = edited(opened, severity=5)
    with acting(CHECKS):
        assert opened.report_id is not None
        assert decide(store, [opened.report_id], "terverifikasi").done
    with acting(ENTERS), pytest.raises(ParameterError) as refused:
        submit(store, mine, opened)
    assert f"Laporan {opened.report_id} sudah diubah" in explain(refused.value, "id")
    assert store.read("reports")["severity"].tolist() == [3]


def test_nothing_is_told_of_a_report_that_was_made_secret_or_is_gone(
    store: Store, opened: Draft
) -> None:
    with acting(CHECKS):
        submit(store, edited(opened, access="rahasia", summary="Hanya untuk kami"), opened)
        with acting(ENTERS), pytest.raises(ParameterError) as refused:
            submit(store, edited(opened, summary="Ancaman di jalan"), opened)
        assert "Hanya" not in explain(refused.value, "id")
        with pytest.raises(ParameterError):
            submit(store, edited(opened, severity=5), replace(opened, report_id="tidak ada"))
    assert store.read("reports")["summary"].tolist() == ["Hanya untuk kami"]


def test_what_changes_while_it_is_stored_is_not_written_over(
    store: Store, opened: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.reports.review import entry

    send = entry.send

    def late(store: Store, filled: Any, require: Any) -> Any:
        monkeypatch.setattr(entry, "send", send)
        submit(store, edited(opened, summary="Lebih dulu"), opened)
        return send(store, filled, require)

    monkeypatch.setattr(entry, "send", late)
    with pytest.raises(ParameterError):
        submit(store, edited(opened, severity=5), opened)
    row = store.read("reports").iloc[0]
    assert (row["summary"], row["severity"]) == ("Lebih dulu", 3)


def test_a_correction_keeps_the_last_day_and_how_sure_it_is(store: Store) -> None:
    """The form asks for neither of what has happened."""
    content = (
        "Tanggal,tanggal akhir,Kabupaten,jenis kejadian,keyakinan,Uraian,Instansi\n"
        "2026-11-16,2026-11-18,Bangka,unjuk rasa,tinggi,Aksi tiga hari,Polda\n"
    )
    done = import_upload(store, "reports", "a.csv", content.encode())
    was = store.read("reports").iloc[0]
    assert done.accepted == 1
    assert (was["date_end"], was["confidence"]) == (pd.Timestamp("2026-11-18"), "tinggi")
    before = again(store)
    submit(store, correcting(before, replace(before, severity=4, date_end=None)), before)
    row = store.read("reports").iloc[0]
    changed = [name for name in row.index if str(row[name]) != str(was[name])]
    assert changed == ["severity", "import_id"]
    later = correcting(before, replace(before, date_event=date(2026, 11, 19), date_end=None))
    assert later.date_end is None
    assert correcting(before, replace(before, date_event=date(2026, 11, 17))).date_end


def test_every_field_that_may_be_asked_about_is_one_of_the_form_and_the_store() -> None:
    assert set(COLUMN_OF) <= set(BEFORE.filled.cells)
    left = set(BEFORE.filled.cells) - set(COLUMN_OF)
    assert left == {"report_id", "source_url", "access"}
