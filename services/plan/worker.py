"""The process that makes a plan apart from the page: ``python -m services.plan.worker``.

Its standard input says what to do and for how long; it writes its progress to the folder of its
job. It ends by itself at its limit, whatever the solver does, and when its parent is gone.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.plan.jobs import write_outcome, write_phase
from services.network.build import network_of

LOAD, SEARCH = "load", "search"


@dataclass(frozen=True)
class Order:
    """What a worker is to do.

    Attributes
    ----------
    job_id
        Names the folder for its progress.
    make
        ``make(data, *args)`` returns the document of a plan; a function of a module.
    args
        What it is given beside the tables.
    limit_s
        Above 0: seconds after which the process ends, done or not.
    """

    job_id: str
    make: Callable[..., dict[str, Any]]
    args: tuple[Any, ...]
    limit_s: float


def main() -> None:
    """Do what the standard input says."""
    order: Order = pickle.load(sys.stdin.buffer)
    # A timer of its own in C: it fires even while the solver does not give way.
    faulthandler.dump_traceback_later(order.limit_s, exit=True)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    write_outcome(order.job_id, work(order))
    os._exit(0)  # the thread still waits at the standard input, which an orderly end would mind


def work(order: Order) -> dict[str, Any]:
    """Return ``{"document": …}``, or ``{"error": {language: words}}`` for an explained error."""
    write_phase(order.job_id, LOAD)
    from data.texts import LANGUAGES
    from services.dataset import load_dataset
    from services.explain import EXPLAINED, explain
    from services.prepare import open_prepared

    store = open_prepared()
    try:
        data = load_dataset(store)
        _ = network_of(data)
        write_phase(order.job_id, SEARCH)
        return {"document": order.make(data, *order.args)}
    except EXPLAINED as error:
        return {"error": {lang: explain(error, lang) for lang in LANGUAGES}}
    finally:
        store.close()


def _end_with_parent() -> None:
    """Wait for the end of the standard input: no process is left to take the plan."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
