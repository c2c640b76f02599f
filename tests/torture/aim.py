"""Kill a process inside its write, and say when it was: before, inside, or after.

The process tells through a pipe where it is: ``b`` once it holds the lock of writers (or begins
with its files), ``c`` before it commits, ``d`` once that came back. Half of the kills are its own,
at one of the points that it passes in the write (statements, commits, names given to files); the
others come from outside, at moments spread over the time that the write, or its commit alone, was
measured to take.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

from services.explain import EXPLAINED, explain
from tests.torture.places import Place
from tests.torture.writes import Write

NOW = "2031-03-04T05:06:07+00:00"
_LOCKS = ("BEGIN IMMEDIATE", "pg_advisory_xact_lock")
BOUND_S = 120


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes
    ----------
    told
        What it said of where it is, such as ``bc``.
    took_s, commit_s
        From ``b`` to ``d`` and from ``c`` to ``d``, for one that was not killed.
    points
        How many points it passed.
    code
        Its exit code, negative for a signal.
    words
        What it printed in the end.
    """

    told: str
    took_s: float
    commit_s: float
    points: int
    code: int
    words: str

    @property
    def moment(self) -> str:
        """When it was killed."""
        return "before" if "b" not in self.told else "after" if "d" in self.told else "inside"


class _Teller:
    """Tells the parent where this process is, and kills it at one of the points."""

    def __init__(self, pipe: int, die_at: int) -> None:
        self._pipe, self._die_at = pipe, die_at
        self.points = 0
        self._begun = self._done = False

    def say(self, word: str) -> None:
        os.write(self._pipe, f"{word}\n".encode())

    def point(self) -> None:
        if self._begun and not self._done:
            self.points += 1
            if self.points == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, backend: int = 0) -> None:
        if not self._begun:
            self._begun = True
            self.say(f"b {backend}")

    def done(self) -> None:
        if not self._done:
            self._done = True
            self.say(f"d {self.points}")

    def listen(self, whole: bool) -> None:
        def executed(connection: Any, _c: Any, statement: str, *_: Any) -> None:
            if any(lock in statement for lock in _LOCKS):
                driver = connection.connection.dbapi_connection
                self.begin(getattr(getattr(driver, "info", None), "backend_pid", 0))
            self.point()

        event.listen(Engine, "after_cursor_execute", executed)
        commit = DefaultDialect.do_commit

        def committed(dialect: Any, driver: Any) -> None:
            self.point()
            if self._begun:
                self.say("c")
            commit(dialect, driver)
            if self._begun and not whole:
                self.done()
            self.point()

        DefaultDialect.do_commit = committed  # type: ignore[method-assign]
        for name in ("replace", "link", "fsync"):
            setattr(os, name, self._around(getattr(os, name)))

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            self.point()
            back = call(*arguments, **named)
            self.point()
            return back

        return called


def _child(write: Write, place: Place, files: Path, pipe: int, die_at: int) -> None:
    """Do the write, telling where it is; never returns."""
    try:
        place.enter()
        os.environ["SIAGA_NOW"] = NOW
        # Ids and salts are the same each time; `secrets` asks by a name of its own.
        os.urandom = random._urandom = random.Random(41).randbytes
        teller = _Teller(pipe, die_at)
        act = write.ready(files)
        teller.listen(write.whole)
        if write.whole:
            teller.begin()
        act()
        teller.done()
        os._exit(0)
    except EXPLAINED as error:
        os.write(pipe, f"x {explain(error)}\n".encode())
        os._exit(3)
    except BaseException:
        os.write(pipe, f"x {traceback.format_exc()}\n".encode())
        os._exit(1)


def run(
    write: Write,
    place: Place,
    files: Path,
    *,
    die_at: int = 0,
    after_s: float | None = None,
    since: str = "b",
    backend: bool = False,
) -> Ended:
    """Do a write in a process of its own, and kill it.

    Parameters
    ----------
    die_at
        The point at which it kills itself; 0 for none.
    after_s
        Seconds after ``since`` at which it is killed from outside; None for never.
    since
        ``b``, or ``c`` to hit the commit.
    backend
        Kill the process of the server that works for it, and not itself.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _child(write, place, files, writer, die_at)
    os.close(writer)
    said, victim, due = b"", child, float("inf")
    at: dict[str, float] = {}
    end = time.monotonic() + BOUND_S
    while True:
        now = time.monotonic()
        if now > end:
            os.kill(child, signal.SIGKILL)
            raise TimeoutError(f"{write.name}: still at it after {BOUND_S} s")
        if now >= due:
            os.kill(victim, signal.SIGKILL)
            due = float("inf")
        ready, _, _ = select.select([reader], [], [], max(0.0, min(due, end) - now))
        if not ready:
            continue
        more = os.read(reader, 65536)
        if not more:
            break
        said += more
        now = time.monotonic()
        for line in said.decode("utf-8", "replace").splitlines():
            if line[:1] in "bcd" and line[:1] not in at:
                at[line[:1]] = now
                if line[:1] == "b" and backend:
                    victim = int(line[2:])
                if line[:1] == since and after_s is not None:
                    due = now + after_s
    os.close(reader)
    _, status = os.waitpid(child, 0)
    head, _, words = said.decode("utf-8", "replace").partition("x ")
    lines = head.splitlines()
    points = next((int(line[2:]) for line in lines if line.startswith("d ")), 0)
    told = "".join(line[0] for line in lines if line)
    took, commit = (at.get("d", 0.0) - at.get(word, 0.0) for word in "bc")
    return Ended(told, took, commit, points, os.waitstatus_to_exitcode(status), words)
