"""The writes that are killed: files that come in, edits of pages, plans, migration, backup."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from data.backup.archive import open_archive
from data.briefing.decks import save_deck
from data.plan.kept import save_plan
from data.polling.hari_h import undo_statuses, write_statuses
from data.store.engine import Store
from services.actions.register import save_action
from services.backup import back_up, restore
from services.briefing.meetings import prepare_next, save_meeting
from services.custody.receipts import Handover, record_all
from services.dataset import load_dataset
from services.ingest.imports import Asked, import_file, undo_import

ELECTION = "pemilu2024"
AT = datetime(2024, 2, 13, 3, 0, tzinfo=UTC)
Act = Callable[[], object]
Base = Literal["prepared", "old", "empty"]


@dataclass(frozen=True)
class Write:
    """A write to be killed.

    Attributes
    ----------
    name
        What it is.
    ready
        Does what comes before the write, given the folder of inputs, and returns the write.
    base
        What stands before: a prepared store, one of an older version, or nothing.
    before
        What is written to the base once, before it is copied.
    whole
        Whether all that the write does counts as inside, and not its transaction alone: files.
    result
        What it leaves beside store and plans, as text; empty where it is not there.
    """

    name: str
    ready: Callable[[Path], Act]
    base: Base = "prepared"
    before: Callable[[Path], object] = lambda _: None
    whole: bool = False
    result: Callable[[Path], str] = lambda _: ""


def inputs(folder: Path, tps: list[str]) -> None:
    """Write the files that are imported."""
    rows = [
        f"2024-02-{1 + n % 28:02},19.04.01.2007,Logistik kurang,SIMULASI: {n},https://c.invalid/{n}"
        for n in range(1500)
    ]
    (folder / "laporan.csv").write_text("Tanggal,Kode,Jenis,Uraian,Sumber\n" + "\n".join(rows))
    voters = [f"{key},{100 + n % 50},{90 + n % 40}" for n, key in enumerate(tps)]
    (folder / "dpt.csv").write_text("tps_id,laki,perempuan\n" + "\n".join(voters))
    lines = [f"{key},b,0701" for key in tps]
    (folder / "suara.csv").write_text("tps_id,status,jam\n" + "\n".join(lines))


def stations() -> list[str]:
    """Return the TPS of the election."""
    store = Store.open()
    found = store.read("tps")
    store.close()
    return [str(key) for key in found.loc[found["election"] == ELECTION, "tps_id"]]


def _import(kind: str, name: str) -> Callable[[Path], Act]:
    def ready(folder: Path) -> Act:
        store = Store.open()
        asked = Asked(election=ELECTION, date=date(2024, 2, 14))
        return lambda: import_file(store, kind, folder / name, asked)

    return ready


def _undo(_: Path) -> Act:
    store = Store.open()
    key = str(store.read("imports")["import_id"].iloc[0])
    return lambda: undo_import(store, key)


def _receipts(_: Path) -> Act:
    store, keys = Store.open(), stations()[:300]
    told = [
        Handover(ELECTION, key.split("/")[1], "berangkat", AT, tps_id=key, from_office="KPU")
        for key in keys
    ]
    return lambda: record_all(store, told)


def _statuses(_: Path) -> Act:
    store, keys = Store.open(), stations()
    return lambda: write_statuses(store, keys, "buka", AT, "PPS SIMULASI")


def _undo_statuses(_: Path) -> Act:
    store = Store.open()
    keys = [str(key) for key in store.read("tps_status")["status_id"]][:5000]
    return lambda: undo_statuses(store, keys)


def _action(_: Path) -> Act:
    data = load_dataset(Store.open())
    values = {"risk": "SIMULASI", "decision": "jaga", "owner": "KPU", "due": date(2031, 1, 1)}
    return lambda: save_action(data, values, "KPU", "formulir")


def _meeting(_: Path) -> Act:
    data = load_dataset(Store.open())
    draft = prepare_next(data, date(2031, 5, 2), "Kesbangpol")
    return lambda: save_meeting(data, draft, "Kesbangpol")


def _deck(_: Path) -> Act:
    store = Store.open()
    key = str(store.read("meetings")["meeting_id"].iloc[0])
    content = json.dumps({"slides": [{"note": "SIMULASI " * 40}] * 40})
    return lambda: save_deck(store, key, content, "KPU", 0)


def _plan(_: Path) -> Act:
    return lambda: save_plan("rencana", {"trips": list(range(200_000))})


def _backup(folder: Path) -> Act:
    from data.paths import var_dir

    return lambda: back_up(var_dir() / "cadangan.zip", lambda *_: None)


def _backed_up(folder: Path) -> str:
    path = folder / "cadangan.zip"
    if not path.exists():
        return ""
    with open_archive(path, {"plans": ".json"}) as whole:
        return whole.manifest.content


def _restore(folder: Path) -> Act:
    return lambda: restore(folder / "asal.zip", lambda *_: None)


def _save_some(_: Path) -> None:
    save_plan("rencana", {"trips": []})


WRITES = (
    Write("import of reports", _import("reports", "laporan.csv")),
    Write("import of voters", _import("voters", "dpt.csv")),
    Write("import of Hari-H", _import("hari-h", "suara.csv")),
    Write("import undone", _undo, before=lambda f: _import("reports", "laporan.csv")(f)()),
    Write("receipts", _receipts),
    Write("lines of Hari-H", _statuses),
    Write("lines taken back", _undo_statuses, before=lambda f: _statuses(f)()),
    Write("action", _action),
    Write("meeting", _meeting),
    Write("deck", _deck, before=lambda f: _meeting(f)()),
    Write("plan saved", _plan, before=_save_some, whole=True),
    Write("migration", lambda _: lambda: Store.open().close(), base="old"),
    Write("backup", _backup, before=_save_some, whole=True, result=_backed_up),
    Write("restore", _restore, base="empty", whole=True),
)
