"""A real Dask scheduler on loopback with workers that can be killed by their process id."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.paths import ROOT


@dataclass(frozen=True)
class Scheduler:
    """Where it listens, and its workers."""

    address: str
    workers: tuple[subprocess.Popen[bytes], ...]


def _start(module: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with log.open("wb") as stream:
        return subprocess.Popen(command, env=env, stdout=stream, stderr=subprocess.STDOUT)


@contextmanager
def scheduler(folder: Path, n_workers: int = 2) -> Iterator[Scheduler]:
    """Start a scheduler and workers without a nanny: one that is killed stays dead."""
    told = folder / "scheduler.json"
    started = [
        _start(
            "dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(told),
            log=folder / "scheduler.log",
        )
    ]  # fmt: skip
    try:
        for n in range(n_workers):
            started.append(
                _start(
                    "dask_worker", "--scheduler-file", str(told), "--nthreads", "1", "--no-nanny",
                    "--host", "127.0.0.1", "--local-directory", str(folder / f"worker{n}"),
                    log=folder / f"worker{n}.log",
                )
            )  # fmt: skip
        yield Scheduler(_address(told), tuple(started[1:]))
    finally:
        for process in started[::-1]:
            process.terminate()
        for process in started[::-1]:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(told: Path) -> str:
    """Return the address that the scheduler wrote down, once it has."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            return str(json.loads(told.read_text())["address"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise AssertionError("no scheduler within a minute")
