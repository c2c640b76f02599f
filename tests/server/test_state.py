"""Whether a server is ready is found out as a reader would, and changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from data.backup.last import LastBackup, note_last
from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError
from services.server.state import state_now

MOMENT = datetime(2024, 2, 14, 5, 30, tzinfo=UTC)


def test_a_store_that_opens_is_ready_and_says_what_was_last_done(
    installation: Path, own_store: Store
) -> None:
    before = state_now()
    assert before.ready
    assert before.writable
    assert before.last_import_at is None
    assert before.last_backup_at is None
    assert before.store_bytes is not None
    assert before.store_bytes >= (installation / "siaga.db").stat().st_size
    with own_store.begin("setup.prepare") as connection:
        row = dict.fromkeys(("accepted", "quarantined", "duplicates"), 0)
        words = dict.fromkeys(("import_id", "target", "file_name", "sha256"), "x")
        connection.execute(insert(schema.imports).values(**row, **words, at=MOMENT))
    note_last(LastBackup(path="/mnt/b.zip", made_at=MOMENT, bytes=1))
    after = state_now()
    assert after.last_backup_at == MOMENT
    assert after.last_import_at is not None
    assert after.last_import_at.replace(tzinfo=UTC) == MOMENT
    assert after.writes["imports"] == before.writes["imports"] + 1
    assert after.writes["reports"] == before.writes["reports"]


@pytest.mark.parametrize(
    ("content", "fault"), [(None, "absent"), (b"", "emptied"), (b"no" * 999, "damaged")]
)
def test_a_store_that_does_not_open_is_not_ready_and_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, fault: str
) -> None:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if content is not None:
        (tmp_path / "siaga.db").write_bytes(content)
    state = state_now()
    assert (state.ready, state.fault) == (False, fault)
    assert state.disk_free_bytes is not None
    assert (tmp_path / "siaga.db").exists() == (content is not None)


def test_a_full_disk_is_not_ready(installation: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del installation
    monkeypatch.setenv("SIAGA_LEAST_FREE_MB", str(10**9))
    assert state_now().disk_full
    assert not state_now().ready
    monkeypatch.setenv("SIAGA_LEAST_FREE_MB", "0")
    assert state_now().ready
    monkeypatch.setenv("SIAGA_LEAST_FREE_MB", "much")
    with pytest.raises(ParameterError, match="much"):
        state_now()


def test_a_store_that_is_only_read_still_serves(
    installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del installation
    monkeypatch.setattr("data.installation.os.access", lambda *_: False)
    state = state_now()
    assert state.ready
    assert state.writable is False
