"""What the tests of the worker have it do; named by module, as every order is."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from typing import Any

from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.worker.steps import told


@dataclass(frozen=True)
class Counted:
    data: Dataset
    reports: int
    pid: int


@memo(4)
def count(data: Dataset, more: int = 0) -> Counted:
    return Counted(data, len(data.reports) + more, os.getpid())


def dream(data: Any, path: str) -> int:
    """Never end; say so, and leave a mark where one is asked for only at the end."""
    del data
    told()(3, 10)
    with open(path, "w") as begun:
        begun.write(str(os.getpid()))
    while True:
        time.sleep(0.05)


def hold(data: Any) -> int:
    """Never give way: no other thread of the process runs."""
    del data
    told()(1, 2)
    while True:
        sum(range(10**8))


def refuse(data: Any) -> int:
    del data
    raise ParameterError("kapal", 0, "1 or more")


def break_down(data: Any) -> int:
    del data
    raise KeyError("a fault of the product")


def die(data: Any) -> int:
    del data
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def print_and_answer(data: Any) -> str:
    del data
    print("words of a library")
    return "whole"
