"""Many sessions at once over websockets of the real app: ``python -m tests.benchmarks.load``.

Each session opens pages and parts in an order of its own, on some days, moves the day, chooses in a
box, and thinks in between. Told are faults, waiting, bytes, and what a session costs in memory and
gives back. With ``--nation URL`` they walk the page Nasional alone, over Indonesia, its provinces
and its kabupaten, on a database that a nation is published in.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.nation.connection import nation_connection
from data.nation.staging import read_codes
from data.store.engine import Store
from geo.codes import level_of
from tests.benchmarks.browser.server import Server, product_of, running
from tests.benchmarks.load.memory import mib_of
from tests.benchmarks.load.session import DAYS, Seen, Session, one_of_each
from tests.conftest import ROOT
from tests.walk import Stop, stops

KEPT_S = 120
"""For so long Streamlit keeps a session whose browser went, should it come back."""
_STEP_S = 5.0
_MOST_MIB, _BACK = 60.0, 1.10
_BAD_LINE = re.compile(
    r'"level": ?"(error|critical)"|\b(ERROR|CRITICAL)\b|^Traceback', re.IGNORECASE
)


def _nation_stops(url: str) -> list[Stop]:
    """Return Indonesia, each province and each kabupaten on the page of the nation."""
    store = Store.open(url)
    with nation_connection(store) as connection:
        codes = sorted(
            code for code in read_codes(connection) if level_of(code) in {"provinsi", "kabupaten"}
        )
    store.close()
    return [Stop("nasional"), *(Stop("nasional", "daerah", code) for code in codes)]


async def _run(
    server: Server, every: Sequence[Stop], numbers: range, seconds: float
) -> tuple[Seen, list[float]]:
    """Let sessions walk; return what they saw, and MiB of the server while all were there."""
    seen, samples = Seen(), list[float]()
    ends = time.monotonic() + seconds
    stay = asyncio.Event()
    sessions = [Session(server.address, every, number, seen) for number in numbers]
    walks = [asyncio.create_task(one.walk(ends, stay)) for one in sessions]
    while time.monotonic() < ends + _STEP_S:
        await asyncio.sleep(_STEP_S)
        samples.append(mib_of(server.pid))
    stay.set()
    await asyncio.gather(*walks)
    return seen, samples


def _told(seen: Seen, seconds: float) -> list[tuple[str, str]]:
    """Return figures of waiting and bytes, a line each."""
    lines = [("runs", f"{len(seen.runs)} in {seconds:.0f} s")]
    kinds: dict[str, list[tuple[float, float, int]]] = {"all": []}
    for kind, wait, first, size in seen.runs:
        kinds["all"].append((wait, first, size))
        kinds.setdefault(kind, []).append((wait, first, size))
    for kind, rows in kinds.items():
        if rows:
            wait, first, size = np.array(rows).T
            lines += [
                (f"{kind}: runs", f"{len(rows)}"),
                (f"{kind}: first words", _spread(first, " s", 1)),
                (f"{kind}: whole", _spread(wait, " s", 1)),
                (f"{kind}: sent", _spread(size / 1e3, " kB", 1)),
            ]
    return lines


def _spread(values: np.ndarray, unit: str, scale: float) -> str:
    middle, late, most = np.percentile(values * scale, (50, 95, 100))
    return f"median {middle:.2f}{unit}, 95 % {late:.2f}{unit}, most {most:.2f}{unit}"


def main() -> int:
    """Measure and print; return 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument(
        "--after", type=float, default=KEPT_S + 60, help="seconds until looked back"
    )
    parser.add_argument(
        "--settle", type=float, help="seconds that as many others walk before; else as long"
    )
    parser.add_argument("--var", type=Path, help="folder of an installation, else a new one")
    parser.add_argument("--nation", metavar="URL", help="database that a nation is published in")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        var = given.var or Path(folder)
        log_file = Path(folder) / "server.log"
        every = _nation_stops(given.nation) if given.nation else list(stops())
        with running(product_of(ROOT, var, given.nation), log_file) as server:
            lines, good = _measure(server, every, given)
        log = log_file.read_text(errors="replace").splitlines()
    bad = [line for line in log if _BAD_LINE.search(line)]
    lines.append(("lines of errors in the log", str(len(bad))))
    width = max(len(name) for name, _ in lines)
    for name, words in lines:
        print(f"{name:<{width}}  {words}")
    print(*bad[:40], sep="\n")
    return 0 if good and not bad else 1


def _measure(
    server: Server, every: Sequence[Stop], given: argparse.Namespace
) -> tuple[list[tuple[str, str]], bool]:
    """Return what is told, and whether the bounds hold."""
    pid = server.pid
    fresh = mib_of(pid)
    warm = Seen()
    # What all share is read and kept once: it is no cost of a session.
    asyncio.run(one_of_each(server.address, every, warm))
    # As long as what is measured: a shorter walk fills less of it, and the rest seems to be lost.
    settle = given.seconds if given.settle is None else given.settle
    if settle:
        others = range(given.sessions, 2 * given.sessions)
        asyncio.run(_run(server, every, others, settle))
        time.sleep(KEPT_S)
    time.sleep(_STEP_S)
    before = mib_of(pid)
    print(f"{len(warm.runs)} pages drawn, {before:.0f} MiB", file=sys.stderr)
    began = time.monotonic()
    seen, samples = asyncio.run(_run(server, every, range(given.sessions), given.seconds))
    took = time.monotonic() - began
    all_there = samples[-1]
    ends, after = time.monotonic() + given.after, list[tuple[float, float]]()
    while (left := ends - time.monotonic()) > 0:
        time.sleep(min(_STEP_S, left))
        after.append((given.after - left, mib_of(pid)))
    each = (all_there - before) / given.sessions
    faults = Counter(warm.faults) + Counter(seen.faults)
    lines = [
        ("load average", " ".join(f"{one:.1f}" for one in os.getloadavg())),
        ("sessions, days", f"{given.sessions}, {len(DAYS)}"),
        *_told(seen, took),
        ("memory, fresh", f"{fresh:.0f} MiB"),
        ("memory, before (what all share is kept)", f"{before:.0f} MiB"),
        ("memory, most", f"{max(samples):.0f} MiB"),
        ("memory, with all sessions", f"{all_there:.0f} MiB"),
        ("a session costs", f"{each:.1f} MiB (at most {_MOST_MIB:.0f})"),
        (
            "memory, after all have gone",
            "; ".join(f"{at:.0f} s: {mib:.0f}" for at, mib in after[::6]),
        ),
        ("back to", f"{after[-1][1] / before:.2f} of before (at most {_BACK:.2f})"),
        ("faults", str(sum(faults.values()))),
        *((f"  {n} times", fault) for fault, n in faults.most_common(20)),
    ]
    good = not faults and each <= _MOST_MIB and after[-1][1] <= before * _BACK
    return lines, good


if __name__ == "__main__":
    sys.exit(main())
