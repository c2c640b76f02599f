"""The process that works beside the server: ``python -m services.worker.child <nice>``.

Its standard input brings orders, one after the other; its standard output says how far it is and
what came of them. It ends when its input does: then its parent is gone, however that ended.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from services.dataset import Datasets
    from services.worker.line import Order, Outcome

_TOLD_S = 0.2
"""Steps are told no oftener."""


def main() -> None:
    """Do what the standard input says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, and ends this with it
    os.nice(int(sys.argv[1]))  # and no session of its own: priorities count within one only
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print goes to the log
    orders: SimpleQueue[Order] = SimpleQueue()
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    worker = _Worker(answers)
    worker.load()
    while True:
        worker.do(orders.get())


def _listen(orders: SimpleQueue[Order]) -> None:
    """Take orders until nobody is left to give any, and end then, whatever goes on."""
    from services.worker.line import receive

    try:
        while True:
            orders.put(receive(sys.stdin.buffer))
    except EOFError:
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


class _Worker:
    """Keeps tables, and what is made of them, from order to order."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers
        self._datasets: dict[tuple[str, ...], Datasets] = {}
        self._told = 0.0

    def load(self) -> None:
        """Read the tables before anything is ordered; what fails, the first order will say."""
        from data.vocabulary import ACCESSES
        from geo.errors import SiagaError
        from services.worker.line import send
        from services.worker.steps import LOAD, Step

        send(self._answers, Step(LOAD))
        with suppress(SiagaError):
            self._open(ACCESSES).now()

    def do(self, order: Order) -> None:
        """Work out what was ordered and say it."""
        from services.worker.line import send

        if order.limit_s is not None:
            # A timer of its own in C: it fires even while a solver does not give way.
            faulthandler.dump_traceback_later(order.limit_s, exit=True)
        send(self._answers, self._outcome(order))
        faulthandler.cancel_dump_traceback_later()

    def _outcome(self, order: Order) -> Outcome:
        from geo.errors import SiagaError
        from services.memo import recorded
        from services.worker.line import Outcome, send
        from services.worker.steps import WORK, Step, telling

        try:
            data = self._open(order.clearance).now()
            send(self._answers, Step(WORK))
            with telling(self._tell):
                return Outcome(*recorded(order.make, (data, *order.args), {}))
        except SiagaError as error:
            return Outcome(error=error)
        except Exception:
            traceback.print_exc()
            return Outcome(broken=True)

    def _open(self, clearance: tuple[str, ...]) -> Datasets:
        from services.dataset import Datasets
        from services.prepare import open_prepared

        if clearance not in self._datasets:
            first = next(iter(self._datasets.values()), None)
            store = open_prepared() if first is None else first.store
            self._datasets[clearance] = Datasets(store, clearance)
        return self._datasets[clearance]

    def _tell(self, done: int, total: int) -> None:
        from services.worker.line import send
        from services.worker.steps import WORK, Step

        now = time.monotonic()
        if now - self._told >= _TOLD_S:
            self._told = now
            send(self._answers, Step(WORK, done, total))


if __name__ == "__main__":
    main()
