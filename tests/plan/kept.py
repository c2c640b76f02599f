"""What tests of kept plans share: who acts, small plans, what is kept, and a process that dies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from data.plan.keeping import differing
from data.plan.shelves import PLANS, SHELVES
from data.store.engine import Store
from data.store.ledger.acts import Actor
from services.ledger.audit import audit, undo_act

PLANNER = Actor("kpu.1", "KPU", "perencana")
KILLED = 9


def document(n: int, kabupaten: str | None = "19.03") -> dict[str, object]:
    """Return a plan that is told from others by a number."""
    return {"about": {"kabupaten": kabupaten} if kabupaten else {}, "n": n}


def acts() -> list[tuple[str, str, str]]:
    """Return what, by whom and about what, but for what makes the store."""
    with closing(Store.open()) as store:
        return _acts_in(store)


def _acts_in(store: Store) -> list[tuple[str, str, str]]:
    rows = store.read("audit_log")
    assert audit(store).faults == ()
    rows = rows[~rows["action"].str.startswith("setup.")]
    return list(zip(rows["action"], rows["account"], rows["subject"], strict=True))


def undo_last(back: int = 0) -> int:
    """Undo the last act, or one that came so many before it."""
    with closing(Store.open()) as store:
        return undo_act(store, int(store.read("audit_log")["seq"].max()) - back, "salah")


@dataclass(frozen=True)
class Kept:
    """What is kept at one moment.

    Attributes
    ----------
    files
        Content by place below ``var/``.
    thrown
        Name and content of what is in the trash.
    rows
        What the store knows: kind, name, digest, kabupaten.
    acts
        What was done, and by whom.
    """

    files: dict[str, bytes]
    thrown: list[tuple[str, bytes]]
    rows: list[tuple[str, ...]]
    acts: list[tuple[str, str]]

    @property
    def contents(self) -> set[bytes]:
        """All that is kept or can be brought back."""
        return {*self.files.values(), *(content for _, content in self.thrown)}


def kept_now() -> Kept:
    """Return what is kept, once whoever came before is settled; rows and files are of one mind."""
    with closing(Store.open()) as store:
        assert list(differing(store)) == []
        done, found = _acts_in(store), store.read("kept_files").fillna("")
    assert not note().exists()
    there = [(one, path) for one in SHELVES for path in one.folder.glob(f"*{one.suffix}")]
    rows = sorted(tuple(map(str, row)) for row in found.to_numpy().tolist())
    assert {(one.kind, path.stem) for one, path in there} == {row[:2] for row in rows}
    return Kept(
        {f"{one.below}/{path.name}": path.read_bytes() for one, path in there},
        sorted(
            (thrown.name, (one.trash / f"{thrown.token}{one.suffix}").read_bytes())
            for one in SHELVES
            for thrown in one.thrown()
        ),
        rows,
        [(action, account) for action, account, _ in done],
    )


def note() -> Path:
    """Return where it is noted what an act moves."""
    return PLANS.folder / ".moving"


def killed(work: Callable[[], object], *steps: str) -> bool:
    """Do something in a process that dies at any of some steps; tell whether it came to one.

    It must open stores itself: a connection is no good in two processes.
    """
    child = os.fork()
    if not child:
        code = 1
        try:
            _die_at(steps)
            work()
            code = 0
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in {0, KILLED}, "it failed before it came there"
    return code == KILLED


def _die_at(steps: tuple[str, ...]) -> None:
    """Have this process end at the first of some steps without tidying up.

    ``stage N`` and ``move N`` are before a file is there that waits, or before one is moved;
    ``begin``, ``commit`` before the store does so, ``note`` and ``unlink`` before the note is there
    or gone.
    """
    rename, unlink, seen = os.replace, Path.unlink, Counter[str]()

    def die_if(found: bool) -> None:
        if found:
            os._exit(KILLED)

    def replaced(source: str | Path, target: str | Path) -> None:
        whole, name = ".part-" in str(source), Path(target).name
        kind = "note" if name == ".moving" else ("stage" if whole else "move")
        die_if(kind in steps or f"{kind} {seen[kind]}" in steps)
        seen[kind] += 1
        rename(source, target)

    def unlinked(self: Path, *arguments: object, **named: object) -> None:
        die_if("unlink" in steps and self == note())
        unlink(self, *arguments, **named)  # type: ignore[arg-type]

    os.replace = replaced  # type: ignore[assignment]
    Path.unlink = unlinked  # type: ignore[method-assign,assignment]
    if "begin" in steps:
        Store.begin = lambda *_a, **_n: os._exit(KILLED)  # type: ignore[method-assign]
    if "commit" in steps:
        event.listen(Engine, "commit", lambda _: die_if(note().exists()))
