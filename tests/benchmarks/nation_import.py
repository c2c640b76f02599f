"""The streamed import of national reports, alone on the machine, and where its time goes.

``python -m tests.benchmarks.nation_import DIR ROWS`` imports the first so many reports of the
nation of a folder into a throw-away PostGIS, then makes the same chunks again one step after the
other, and imports `OTHER_ROWS` rows of another file by the way of one province (``import reports``,
into SQLite). Memory is that of the process that imports, without the server. `FEW_ROWS` more are
imported on top at last: what of an import does not depend on its rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.nation import staging
from data.nation.checks import COLUMNS, Checked
from data.nation.connection import nation_connection
from data.nation.folder import NationFolder
from data.nation.lines import read_header, read_pieces
from data.nation.publish_places import publish_places
from data.store.engine import Store
from geo.places.placing import Coverage
from services.ingest.imports import Asked, import_file
from services.nation import imports
from services.prepare import prepare
from tests.benchmarks.test_import import ROOT, peak_memory_gib, write_simulated
from tests.imports import TODAY, fill
from tests.nation.postgis import temporary_nation, url_of
from tests.nation.published import quiet

OTHER_ROWS, FEW_ROWS = 50_000, 1_000


def write_reports(folder: NationFolder, path: Path, rows: int) -> None:
    """Write the first reports of a nation as the import takes them."""
    left = rows
    for province in folder.about().provinces:
        some = folder.read(province.code, "reports", list(COLUMNS)).head(left)
        some.to_csv(path, mode="a", index=False, header=left == rows, date_format="%Y-%m-%d")
        left -= len(some)
        if not left:
            break


def few_seconds(store: Store, path: Path) -> float:
    """Import a few reports that are new, on top of those of a file; return what it took."""
    few = path.with_name("SIMULASI-few.csv")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)[: FEW_ROWS + 1]
    at = lines[0].split(",").index("report_id")
    assert at == 0
    few.write_text("".join([lines[0], *(f"NEW-{line}" for line in lines[1:])]), encoding="utf-8")
    found = imported(store, few)
    assert found["rows"] == FEW_ROWS
    return float(found["seconds"])


def steps(store: Store, path: Path) -> dict[str, float]:
    """Return the seconds of each step that makes the chunks of a file, one after the other."""
    columns, head = read_header(path, COLUMNS)
    with nation_connection(store) as connection:
        desa, shapes = staging.read_desa(connection)
        coverage = Coverage(desa, shapes, staging.read_codes(connection))
    spent = dict.fromkeys(("digest", "read", "check", "check and place", "csv"), 0.0)
    clock = time.perf_counter
    at = clock()
    staging.digests(path, [])
    spent["digest"], at = clock() - at, clock()
    for piece in read_pieces(path, len(columns), head, 1):
        spent["read"], at = spent["read"] + clock() - at, clock()
        Checked(piece, columns).rows()
        spent["check"], at = spent["check"] + clock() - at, clock()
        chunk = imports._chunk(piece, columns, coverage)
        spent["check and place"], at = spent["check and place"] + clock() - at, clock()
        for _ in staging._as_csv(chunk.rows):
            pass
        spent["csv"], at = spent["csv"] + clock() - at, clock()
    return spent


def other_rate(folder: Path) -> float:
    """Return the rows a second of the way of one province."""
    path, store = folder / "lain.csv", Store.open(f"sqlite:///{folder / 'lain.db'}")
    write_simulated(path, OTHER_ROWS)
    fill(store)
    start = time.perf_counter()
    import_file(store, "reports", path, Asked(as_of=TODAY))
    seconds = time.perf_counter() - start
    store.close()
    return OTHER_ROWS / seconds


def imported(store: Store, path: Path) -> dict[str, Any]:
    """Return the figures of the import of a file, by a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.nation_import", "child"]
    done = subprocess.run(
        [*command, url_of(store), str(path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "staged_per_s": round(found["rows"] / found["staging_s"])}


@contextmanager
def nation_and_file(source: Path, rows: int) -> Iterator[tuple[Store, Path]]:
    """Publish the places of a nation; yield their store and a file of so many of its reports."""
    folder = NationFolder(source)
    with tempfile.TemporaryDirectory() as name, temporary_nation() as store:
        prepare(store)
        publish_places(store, folder, quiet)
        path = Path(name) / "SIMULASI.csv"
        write_reports(folder, path, rows)
        yield store, path


def measure(source: Path, rows: int) -> dict[str, Any]:
    """Return all figures of the import of so many reports of a nation."""
    with nation_and_file(source, rows) as (store, path):
        found = imported(store, path)
        other = other_rate(path.parent)
        return {
            **found,
            "few_s": round(few_seconds(store, path), 2),
            "steps_s": {step: round(s, 2) for step, s in steps(store, path).items()},
            "other_per_s": round(other),
            "ratio": round(found["staged_per_s"] / other, 2),
        }


def _child(url: str, path: str) -> None:
    store = Store.open(url)
    start = time.perf_counter()
    done = imports.import_reports(store, Path(path), quiet)
    seconds = time.perf_counter() - start
    store.close()
    print(json.dumps({**done.as_dict(), "seconds": seconds, "gib": peak_memory_gib()}))


if __name__ == "__main__":
    if sys.argv[1] == "child":
        _child(*sys.argv[2:])
    else:
        print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2])), indent=1))
