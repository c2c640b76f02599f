"""A backup that was changed in any way is refused in words, and nothing of it is restored."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import app
from data.backup import archive, staged
from data.errors import BackupError, SourceMissingError
from data.paths import whole_file
from data.plan.kept import save_plan, saved_plans
from data.store import migrate
from data.store.engine import Store
from services.backup import back_up, restore
from services.explain import explain
from tests.backup_store import Members, repacked, sealed, with_manifest
from tests.store_v1 import build_sqlite, rows_of

FLIPS_PER_REGION = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a small store with rows in most tables, and a plan."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIAGA_VAR", str(folder))
        patch.delenv("DATABASE_URL", raising=False)
        Store.open(build_sqlite(folder / "siaga.db")).close()
        save_plan("rencana", {"about": {}})
        back_up(folder / "a.zip", lambda *_: None)
    return folder / "a.zip"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.setenv("SIAGA_VAR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


def refused(content: bytes, empty: Path) -> BackupError:
    """Fail unless a backup is refused and nothing is left of it; return why."""
    path = empty.parent / "bad.zip"
    path.write_bytes(content)
    with pytest.raises(BackupError) as caught:
        restore(path, lambda *_: None)
    assert list(empty.iterdir()) == []
    words = {explain(caught.value, lang) for lang in ("id", "en")}
    assert len(words) == 2
    assert all("{" not in said and "bad.zip" in said for said in words)
    return caught.value


def regions(content: bytes) -> dict[str, tuple[int, int]]:
    """Return from where to where each part of the file reaches: heads, contents, list, seal."""
    with zipfile.ZipFile(BytesIO(content)) as backup:
        members, directory = backup.infolist(), backup.start_dir
    starts = [m.header_offset for m in members] + [directory]
    found = {"list": (directory, len(content) - 106), "end": (len(content) - 106, len(content))}
    for member, start, end in zip(members, starts[:-1], starts[1:], strict=True):
        (name, extra) = struct.unpack("<HH", content[start + 26 : start + 30])
        body = start + 30 + name + extra
        found[f"head of {member.filename}"] = (start, body)
        found[member.filename] = (body, end)
    return found


def test_a_flipped_bit_anywhere_is_found(made: Path, empty: Path) -> None:
    content, chance = made.read_bytes(), random.Random(41)
    parts = regions(content)
    assert {"manifest.json", "files/plans/rencana.json", "tables/meta.jsonl"} < set(parts)
    assert sum(end - start for start, end in parts.values()) == len(content)
    path = empty.parent / "bad.zip"
    for name, (start, end) in parts.items():
        for at in {start, end - 1, *(chance.randrange(start, end) for _ in range(3))}:
            bad = bytearray(content)
            bad[at] ^= 1 << chance.randrange(8)
            path.write_bytes(bad)
            with pytest.raises(BackupError) as caught:
                restore(path, lambda *_: None)
            assert caught.value.kind in {"damaged", "unknown"}, (name, at)
    assert list(empty.iterdir()) == []


def test_a_flipped_bit_under_a_right_seal_never_restores_other_rows(
    made: Path, empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever can make a seal is no accident: what is let through is what the manifest says."""
    content, chance = made.read_bytes(), random.Random(42)
    path, kinds = empty.parent / "bad.zip", set()
    expected = archived(made)
    for name, (start, end) in regions(content).items():
        if name == "end":
            continue
        for _ in range(FLIPS_PER_REGION if name in {"list", "manifest.json"} else 2):
            bad = bytearray(content)
            bad[chance.randrange(start, end)] ^= 1 << chance.randrange(8)
            path.write_bytes(sealed(bytes(bad)))
            try:
                found = archived(path)
            except BackupError as error:
                kinds.add(error.kind)
            else:
                assert found == expected, name
    assert kinds >= {"damaged", "foreign"}


def archived(path: Path) -> dict[str, object]:
    """Return what a backup that is let through would restore."""
    folders = {"plans": ".json", "plans/trash": ".json", "scenarios": ".toml"}
    with archive.open_archive(path, folders) as opened:
        tables = {name: list(opened.lines(name)) for name in opened.manifest.tables}
        return tables | {name: opened.content(name) for name in opened.manifest.files}


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.5, 0.999, 1.0])
def test_a_backup_cut_short_or_with_more_behind_it_is_refused(
    made: Path, empty: Path, share: float
) -> None:
    content = made.read_bytes()
    cut = content[: min(len(content) - 1, int(len(content) * share))]
    assert refused(cut, empty).kind == "unknown"
    assert refused(content + b"\n", empty).kind == "unknown"
    assert refused(content[: len(content) // 2] + content[len(content) // 2 + 1 :], empty)


def without(name: str) -> Callable[[Members], Members]:
    return lambda members: [one for one in members if one[0] != name]


def with_more(name: str, content: bytes = b"x") -> Callable[[Members], Members]:
    return lambda members: [*members, (name, content)]


def swapped(members: Members) -> Members:
    names = {"tables/tps.jsonl": "tables/units.jsonl", "tables/units.jsonl": "tables/tps.jsonl"}
    return [(names.get(name, name), content) for name, content in members]


def in_manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[Members], Members]:
    return lambda members: with_manifest(members, change)


def forget_table(members: Members) -> Members:
    """Leave out a table and what the manifest says of it: that agrees with itself."""
    return with_manifest(
        without("tables/receipts.jsonl")(members), lambda told: told["tables"].pop("receipts")
    )


def file_elsewhere(name: str) -> Callable[[Members], Members]:
    """Add a file to members and manifest alike."""
    part = {"bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    add = in_manifest(lambda told: told["files"].update({name: part}))
    return lambda members: [*add(members), (f"files/{name}", b"x")]


def with_table(members: Members, name: str, change: Callable[[bytes], bytes]) -> Members:
    """Change the lines of a table, and what the manifest says of them."""
    member = f"tables/{name}.jsonl"
    changed = change(dict(members)[member])
    part = {"bytes": len(changed), "sha256": hashlib.sha256(changed).hexdigest(),
            "rows": changed.count(b"\n") - 1}  # fmt: skip
    told = with_manifest(members, lambda told: told["tables"].update({name: part}))
    return [(n, changed if n == member else c) for n, c in told]


def other_value(members: Members) -> Members:
    """Put a value where no column takes it."""

    def change(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)
        lines[1] = (json.dumps([{"a": 1}, *json.loads(lines[1])[1:]]) + "\n").encode()
        return b"".join(lines)

    return with_table(members, "tps_voters", change)


def other_zone(members: Members) -> Members:
    """Say the moments of a table in another way than a backup does."""
    return with_table(members, "imports", lambda told: told.replace(b"+00:00", b"+07:00"))


def other_order(members: Members) -> Members:
    """Tell rows in another order than a backup does."""

    def change(content: bytes) -> bytes:
        head, *rows = content.splitlines(keepends=True)
        return b"".join([head, *rows[::-1]])

    return with_table(members, "units", change)


def other_letters(members: Members) -> Members:
    """Change a name in a table for one as long, and not the manifest."""
    return [(n, c.replace(b"Bangka", b"Wangka") if "units" in n else c) for n, c in members]


def other_content(members: Members) -> Members:
    """Change what the manifest says of all that is in it."""
    told = json.loads(dict(members)["manifest.json"])
    told["content"] = "0" * 64
    return [(n, json.dumps(told).encode() if n == "manifest.json" else c) for n, c in members]


@pytest.mark.parametrize(
    ("change", "kind", "names"),
    [
        (without("tables/receipts.jsonl"), "incomplete", "receipts"),
        (without("files/plans/rencana.json"), "incomplete", "rencana"),
        (without("manifest.json"), "incomplete", "manifest"),
        (forget_table, "incomplete", "receipts"),
        (swapped, "damaged", "tables/"),
        (with_more("../siaga.db"), "foreign", "../siaga.db"),
        (with_more("/etc/cron.d/x"), "foreign", "/etc/cron.d/x"),
        (with_more("tables/other.jsonl"), "foreign", "other"),
        (with_more("files/plans/rencana.json"), "foreign", "rencana"),
        (with_more("manifest.json"), "incomplete", "manifest"),
        (file_elsewhere("../../x.json"), "foreign", "../../x.json"),
        (file_elsewhere("plans/../../x.json"), "foreign", "x.json"),
        (file_elsewhere("siaga.db"), "foreign", "siaga.db"),
        (file_elsewhere("plans/.lock.json"), "foreign", ".lock"),
        (file_elsewhere("plans/x.py"), "foreign", "x.py"),
        (file_elsewhere("/plans/x.json"), "foreign", "/plans/x.json"),
        (other_value, "unfit", "tps_voters"),
        (other_zone, "differs", "imports"),
        (other_order, "differs", "units"),
        (other_letters, "damaged", "units"),
        (other_content, "damaged", "manifest"),
        (in_manifest(lambda told: told.update(format="siaga/backup/2")), "newer", "backup/2"),
        (in_manifest(lambda told: told.update(revision="9999")), "newer", "9999"),
        (in_manifest(lambda told: told.update(revision="0003")), "incomplete", "decks"),
        (in_manifest(lambda told: told["tables"]["meta"].update(rows=0)), "damaged", "meta"),
        (in_manifest(lambda told: told["tables"].update(more=told["tables"]["meta"])),
         "incomplete", "more"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
def test_what_was_tampered_with_under_a_right_seal_is_refused(
    made: Path, empty: Path, change: Callable[[Members], Members], kind: str, names: str
) -> None:
    error = refused(repacked(made, change), empty)
    assert (error.kind, names in error.detail) == (kind, True), error


@pytest.mark.parametrize(
    "told", [b"", b"[]", b"null", b"[" * 100_000, b'{"format": 7}', b"\xff\xfe", b'{"format": "x"']
)
def test_a_manifest_that_is_none_is_refused(made: Path, empty: Path, told: bytes) -> None:
    bad = repacked(made, lambda m: [(n, told if n == "manifest.json" else c) for n, c in m])
    assert refused(bad, empty).kind == "damaged"


def test_a_bomb_is_refused_before_it_is_unpacked(
    made: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_FREE_BYTES", 1 << 20)
    zeros = b"0" * (40 << 20)
    part = {"bytes": len(zeros), "sha256": "0" * 64, "rows": 1}
    opened: list[str] = []
    real = zipfile.ZipFile.open

    def spy(self: zipfile.ZipFile, name: Any, *rest: Any, **more: Any) -> Any:
        opened.append(getattr(name, "filename", name))
        return real(self, name, *rest, **more)

    def swell(members: Members) -> Members:
        told = with_manifest(members, lambda told: told["tables"].update(meta=part))
        return [(n, zeros if n == "tables/meta.jsonl" else c) for n, c in told]

    bomb = repacked(made, swell)
    monkeypatch.setattr(zipfile.ZipFile, "open", spy)
    assert refused(bomb, empty).kind == "oversized"
    assert set(opened) == {"manifest.json"}


@pytest.mark.parametrize("content", [b"", b"x", b"PK\x03\x04", b"SQLite format 3\0" * 100])
def test_a_file_that_is_no_backup_is_refused(empty: Path, content: bytes) -> None:
    assert refused(content, empty).kind == "unknown"
    with pytest.raises(SourceMissingError):
        restore(empty / "hilang.zip", lambda *_: None)


def test_a_folder_is_no_backup(empty: Path) -> None:
    done = CliRunner().invoke(app, ["restore", str(empty)])
    assert (done.exit_code, "Traceback" in done.output) == (2, False)
    assert empty.name in done.stderr


def test_an_unsettled_restore_keeps_others_from_making_a_store(made: Path, empty: Path) -> None:
    """A process that is killed leaves files that wait; no command seeds a store over them."""
    address = f"sqlite:///{empty / 'siaga.db'}"
    staged.stage({"plans/x.json": b"{}"}, address)
    for command in (["prepare"], ["match", "Koba"], ["check"]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2, done.output
    assert "restore" in CliRunner().invoke(app, ["prepare"]).stderr
    assert not (empty / "siaga.db").exists()
    assert saved_plans() == []
    restore(made, lambda *_: None)
    assert saved_plans() == ["rencana"]
    assert not staged.staged_dir().exists()


def test_files_that_wait_for_another_store_stay_where_they_are(made: Path, empty: Path) -> None:
    staged.stage({"plans/x.json": b"{}"}, "sqlite:////elsewhere/siaga.db")
    Store.open().close()
    assert staged.staged_dir().exists()
    assert saved_plans() == []


def test_files_wait_until_the_store_is_there(
    made: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the store and its files: whoever opens the store first puts them down."""
    restore(made, lambda *_: None)
    store = rows_of(f"sqlite:///{empty / 'siaga.db'}")
    plan = empty / "plans" / "rencana.json"
    content = plan.read_bytes()
    plan.unlink()
    staged.stage({"plans/rencana.json": content}, f"sqlite:///{empty / 'siaga.db'}")
    Store.open().close()
    assert plan.read_bytes() == content
    assert rows_of(f"sqlite:///{empty / 'siaga.db'}") == store


def test_a_store_made_meanwhile_is_left_alone(
    made: Path, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process makes one while this one restores: its store stays, nothing is added."""

    def sooner(done: int, _of: int) -> None:
        if done == 1:
            build_sqlite(empty / "siaga.db")

    with pytest.raises(BackupError) as caught:
        restore(made, sooner)
    assert caught.value.kind == "occupied"
    assert migrate.SCRIPTS.exists()
    assert rows_of(f"sqlite:///{empty / 'siaga.db'}")["units"]
    assert saved_plans() == []


def test_two_backups_to_one_name_leave_the_first(made: Path, empty: Path) -> None:
    restore(made, lambda *_: None)
    target = empty / "same.zip"

    def sooner(done: int, of: int) -> None:
        if done == of:
            with whole_file(target) as partial:
                partial.write_bytes(b"of another process")

    with pytest.raises(BackupError) as caught:
        back_up(target, sooner)
    assert caught.value.kind == "taken"
    assert target.read_bytes() == b"of another process"
    assert not list(empty.glob(".part-*"))
