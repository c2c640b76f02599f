"""``python -m tests.torture [KILLS]``: kill so many times on each database, and print a table."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.postgres import server_binaries
from tests.torture.run import Report, torture


def main() -> int:
    """Return 0 where every state was one of the two and most kills landed inside."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    kinds = ["SQLite", "PostgreSQL"] if server_binaries() else ["SQLite"]
    started, report = time.monotonic(), Report()
    with tempfile.TemporaryDirectory(prefix="siaga-torture-") as folder:
        torture(Path(folder), kinds, kills, report, told=lambda line: print(line, flush=True))
    print()
    print(report.table())
    print(f"\n{time.monotonic() - started:.0f} s; {len(report.faults)} faults")
    for fault in report.faults:
        print(f"  - {fault}")
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
