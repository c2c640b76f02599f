"""What a meeting leaves behind asks for its outcome until it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from data.briefing.snapshots import add_snapshot
from data.store.engine import Store
from data.warning.register import keep
from services.actions.register import close_action, save_action
from services.briefing import follow
from services.briefing.follow import freeze, left_by
from services.briefing.meetings import Meeting, prepare_next, save_meeting
from services.dataset import Dataset, load_dataset
from services.warning.register import close

OFFICE, DAY, LATER = "Kesbangpol", date(2024, 3, 4), date(2024, 8, 19)
AT = datetime(2024, 3, 4, 2, tzinfo=UTC)


@pytest.fixture
def data(own_store: Store) -> Dataset:
    return load_dataset(own_store)


@pytest.fixture
def meeting(data: Dataset) -> Meeting:
    draft = prepare_next(data, DAY, OFFICE)
    return save_meeting(data, replace(draft, held_on=DAY), OFFICE)


def warning(key: str) -> dict[str, Any]:
    return {
        "warning_id": key,
        "rule": "potensi",
        "subject": "SIMULASI",
        "place_code": "19.01",
        "level": "siaga",
        "raised_on": DAY,
        "confidence": "sedang",
        "evidence": [],
        "facts": {},
        "owner": "Polda",
    }


def taken(data: Dataset, meeting: Meeting, *shown: tuple[str, str]) -> None:
    """Keep a snapshot that holds warnings by key and state, and nothing else."""
    rows = [{"warning_id": key, "state": state} for key, state in shown]
    content = {
        "meeting": {"meeting_id": meeting.meeting_id},
        "as_of": str(DAY),
        "made_at": AT.isoformat(),
        "office": OFFICE,
        "period": ["2024-01-01", str(DAY)],
        "register": {"warnings": rows, "actions": []},
    }
    add_snapshot(data.store, content)


def test_open_warnings_of_the_snapshot_ask_until_they_are_closed(
    data: Dataset, meeting: Meeting
) -> None:
    keep(data.store, [warning("w-1"), warning("w-2")], OFFICE, AT)
    # w-2 was closed when the snapshot was taken, w-3 is in no register
    taken(data, meeting, ("w-1", "terbuka"), ("w-2", "ditutup"), ("w-3", "baru"))
    now = data.fresh()
    left = left_by(now, meeting, LATER)
    assert [row["warning_id"] for row in left.warnings] == ["w-1"]
    assert left.closed == 0
    close(now, "w-1", OFFICE, "SIMULASI: reda", "dicegah", AT.replace(month=8))
    after = left_by(data.fresh(), meeting, LATER)
    assert (after.warnings, after.closed) == ((), 1)


def test_actions_of_the_meeting_are_there_as_they_stand(data: Dataset, meeting: Meeting) -> None:
    values = {
        "meeting_id": meeting.meeting_id,
        "risk": "SIMULASI: risiko",
        "decision": "SIMULASI: keputusan",
        "owner": "Polda",
    }
    key = save_action(data, values, OFFICE, "rakor", on=DAY)
    save_action(data, values | {"meeting_id": None}, OFFICE, "rakor", on=DAY)
    left = left_by(data.fresh(), meeting, LATER)
    assert left.actions["action_id"].tolist() == [key]
    assert left.actions["going"].tolist() == [True]
    close_action(data, key, OFFICE, "selesai", "SIMULASI: hasil", LATER, "rakor")
    assert left_by(data.fresh(), meeting, LATER).actions["going"].tolist() == [False]


def test_taking_a_snapshot_keeps_the_warnings_first(
    data: Dataset, meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(follow, "keep_warnings", lambda *_: done.append("keep"))
    monkeypatch.setattr(follow, "take_snapshot", lambda *_: done.append("take") or "snp-1")
    assert freeze(data, meeting.meeting_id, DAY, OFFICE) == "snp-1"
    assert done == ["keep", "take"]
