"""``cli.py audit-log``: shows who wrote what, and says where the log does not hold."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from data.store import tables as schema
from data.store.engine import Store
from data.store.ledger.acts import Actor, acting
from data.store.ledger.chain import Fault
from data.store.ledger.rights import IMPORTS, RIGHTS
from services.ledger.audit import act_words, fault_words
from services.texts import LANGUAGES, label
from tests.ledger.test_ledger import put

RUN = CliRunner()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIAGA_VAR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    store = Store.open()
    with acting(Actor("bawaslu.1", "Bawaslu", "verifikator")):
        put(store, "a", "b")
    put(store, "a", title="Sidang Budi")
    store.close()
    return tmp_path / "siaga.db"


def told(*words: str) -> tuple[int, dict[str, object]]:
    done = RUN.invoke(app, ["audit-log", *words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_the_log_is_shown_and_its_end_can_be_held_against_what_was_written_down(file: Path) -> None:
    code, whole = told("verify")
    assert (code, whole["whole"], whole["acts"]) == (0, True, 3)
    assert told("verify", "--expect", str(whole["head"]))[0] == 0
    assert told("verify", "--expect", "3:" + "0" * 64)[0] == 1
    assert RUN.invoke(app, ["audit-log", "verify", "--expect", "3:x"]).exit_code == 2
    lines = RUN.invoke(app, ["audit-log", "show"]).stdout.splitlines()
    assert len(lines) == 3
    assert "mengimpor (agenda)  oleh bawaslu.1 (Verifikator, Bawaslu) lewat halaman" in lines[1]
    assert lines[1].endswith("agenda: 2 baru")
    shown = told("show", "--account", "bawaslu.1", "--action", "import")[1]["acts"]
    assert [act["seq"] for act in shown] == [2]  # type: ignore[attr-defined]
    assert told("show", "--since", "2999-01-01")[1]["acts"] == []
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE audit_log SET account = 'kpu.1' WHERE seq = 2")
    code, broken = told("verify")
    assert (code, broken["whole"]) == (1, False)
    words = RUN.invoke(app, ["audit-log", "verify"]).stdout
    assert "TIDAK utuh" in words
    assert "tindakan 2 diubah" in words


def test_texts_are_erased_by_command(file: Path) -> None:
    store = Store.open()
    changes = store.read("record_changes")
    key = changes.loc[changes["after"].str.contains("Budi"), "change_id"].iloc[0]
    store.close()
    done = RUN.invoke(app, ["audit-log", "erase", key, "--reason", "permintaan"])
    assert done.exit_code == 0
    assert told("verify")[0] == 0
    assert RUN.invoke(app, ["audit-log", "erase", "x", "--reason", "y"]).exit_code == 2
    content = file.read_bytes() + file.with_name("siaga.db-wal").read_bytes()
    assert b"Sidang Budi" in content  # the agenda itself says so until it is changed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_act_and_fault_has_words(lang: str) -> None:
    actions = [*RIGHTS, *(f"import.{table}" for table in IMPORTS)]
    assert len({act_words(action, lang) for action in actions}) == len(actions)
    kinds = ("gap", "previous", "act", "changes", "change", "erased", "stray", "head")
    words = {fault_words(Fault(kind, 7, "abc"), lang) for kind in kinds}
    assert len(words) == len(kinds)
    tables = {label("ledger_table", name, lang) for name in schema.metadata.tables}
    assert len(tables) == len(schema.metadata.tables)
