"""The streamed import of national reports, alone on the machine, and where its time goes.

``python -m tests.benchmarks.nation_import DIR ROWS`` imports the first so many reports of the
nation of a folder into a throw-away PostGIS, then makes the same chunks again one step after the
other, and imports `OTHER_ROWS` rows of another file by the way of one province (``import reports``,
into SQLite). Memory is that of the process that imports, without the server.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import pyarrow.csv as pcsv

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

OTHER_ROWS = 50_000


def write_reports(folder: NationFolder, path: Path, rows: int) -> int:
    """Write the first reports of a nation as the import takes them; return how many."""
    left = rows
    for province in folder.about().provinces:
        some = folder.read(province.code, "reports", list(COLUMNS)).head(left)
        some.to_csv(path, mode="a", index=False, header=left == rows, date_format="%Y-%m-%d")
        left -= len(some)
        if not left:
            break
    return rows - left


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
        pcsv.write_csv(chunk.rows, BytesIO())
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


def measure(source: Path, rows: int) -> dict[str, object]:
    """Return all figures of the import of so many reports of a nation."""
    folder = NationFolder(source)
    with tempfile.TemporaryDirectory() as name, temporary_nation() as store:
        prepare(store)
        publish_places(store, folder, quiet)
        path = Path(name) / "SIMULASI.csv"
        written = write_reports(folder, path, rows)
        command = [sys.executable, "-m", "tests.benchmarks.nation_import", "child"]
        done = subprocess.run(
            [*command, url_of(store), str(path)], cwd=ROOT, check=True, capture_output=True,
            text=True,
        )  # fmt: skip
        found: dict[str, object] = json.loads(done.stdout)
        other = other_rate(Path(name))
        staged = written / float(str(found["staging_s"]))
        return {
            **found,
            "written": written,
            "steps_s": {step: round(s, 2) for step, s in steps(store, path).items()},
            "staged_per_s": round(staged),
            "other_per_s": round(other),
            "ratio": round(staged / other, 2),
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
