"""What an installation keeps is for its own user alone, whatever the umask."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.paths import whole_file
from data.private import close_to_others
from data.store.engine import Store

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such modes")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids="{:03o}".format)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("SIAGA_VAR", str(folder))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return folder


def modes(folder: Path) -> dict[str, int]:
    found = (folder, *sorted(folder.rglob("*")))
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in found}


def test_a_new_store_and_all_beside_it_is_private(var: Path, umask: int) -> None:
    store = Store.open()
    with store.begin("setup.prepare") as connection:
        store.set_meta(connection, "written", "yes")
    assert modes(var) == {
        "var": 0o700, "siaga.db": 0o600, "siaga.db-wal": 0o600, "siaga.db-shm": 0o600,
        "siaga.db.made": 0o600,
    }  # fmt: skip
    assert store.file is not None
    copy = store.file.back_up("base")
    with whole_file(var / "plan.json") as partial:
        partial.write_text("{}")
    store.close()
    assert modes(var)["plan.json"] == modes(var)[copy.name] == 0o600


def test_what_was_open_is_closed_at_opening_with_a_note(
    var: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store.open().close()
    (var / "plans").mkdir()
    (var / "plans" / "plan.json").write_text("{}")
    outside = var.parent / "outside"
    outside.write_text("not ours")
    (var / "link").symlink_to(outside)
    for path, mode in ((outside, 0o644), (var, 0o755), (var / "siaga.db", 0o666)):
        path.chmod(mode)
    (var / "plans").chmod(0o755)
    (var / "plans" / "plan.json").chmod(0o644)
    Store.open(change=False).close()
    assert modes(var)["siaga.db"] == 0o666, "looking changes nothing"
    Store.open().close()
    expected = {"var": 0o700, "plans": 0o700, "plan.json": 0o600, "siaga.db": 0o600}
    assert modes(var).items() >= expected.items()
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644, "a link leads to what is not ours"
    told = [vars(one)["siaga_facts"] for one in caplog.records if one.msg == "permissions"]
    assert told == [{"closed": 4, "still_open": 0}]


def test_a_store_elsewhere_leaves_its_folder_as_it_is(var: Path) -> None:
    shared = var.parent / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    path = shared / "siaga.db"
    Store.open(f"sqlite:///{path}").close()
    path.chmod(0o644)
    (shared / "theirs").write_text("")
    (shared / "theirs").chmod(0o644)
    store = Store.open(f"sqlite:///{path}")
    assert store.file is not None
    copy = store.file.back_up("base")
    store.close()
    assert modes(shared)[copy.name] == 0o600
    assert modes(shared).items() >= {"shared": 0o755, "siaga.db": 0o600, "theirs": 0o644}.items()


def test_a_disk_that_knows_no_modes_is_told_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").write_text("")
    (tmp_path / "a").chmod(0o644)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert close_to_others(tmp_path) == 0
    assert [vars(one)["siaga_facts"] for one in caplog.records] == [{"closed": 0, "still_open": 1}]
