"""A small nation through batch, import and views, each against a plain way: ``make bench-nation``.

SIMULASI of `PROVINCES` provinces with a tenth of their kabupaten each. What is measured is carried
over to ten million reports by the report; the error says how far the same rule, from the first half
of the provinces, misses what the whole of this nation took.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from analytics.nation.simulate.sizes import NationSize
from data.nation.folder import NationFolder
from services.nation.batch import BatchAsked, run_batch
from services.nation.simulate import asked_nation, simulate_nation
from tests.benchmarks import nation_import, nation_views
from tests.nation.postgis import temporary_nation
from tests.nation.published import publish_all, quiet

PROVINCES, SHARE, WHOLE = 8, 0.1, 10_000_000
LEVELS = {"provinsi": 2, "kabupaten": 5, "kecamatan": 8, "desa": 13}
STAGES = ("counts",)


def seconds_of(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def plain_counts(folder: NationFolder) -> dict[str, int]:
    """Count by a spatial join at each level, as without a place that is kept; rows by level."""
    rows = dict.fromkeys(LEVELS, 0)
    for province in folder.about().provinces:
        reports = folder.read(province.code, "reports")
        points = gpd.GeoDataFrame(
            reports, geometry=gpd.points_from_xy(reports["lon"], reports["lat"]), crs="EPSG:4326"
        )
        desa = folder.read(province.code, "desa")[["code", "geometry"]]
        for level, length in LEVELS.items():
            unit = desa.assign(code=desa["code"].str[:length]).dissolve("code").reset_index()
            joined = gpd.sjoin(points, unit, how="left", predicate="intersects")
            keys = ["code", "date_event", "family", "kind"]
            rows[level] += len(joined.groupby(keys, observed=True).size())
    return rows


def batch_lines(source: Path, out: Path) -> list[str]:
    """Return what place and counts of the batch take, against joins, and of ten million reports."""
    folder = NationFolder(source)
    about = folder.about()
    reports = sum(province.reports for province in about.provinces)
    half = len(about.provinces) // 2
    parts = {}
    for name, provinces in (("half", half), ("whole", len(about.provinces))):
        asked = BatchAsked(source, out / name, stages=STAGES, provinces=provinces)
        done = run_batch(asked, quiet)
        parts[name] = sum(stage["cpu_s"] for stage in done.stages.values())
    other = seconds_of(lambda: plain_counts(folder))
    first = sum(province.reports for province in about.provinces[:half])
    said = parts["half"] / first * reports
    error = abs(said / parts["whole"] - 1)
    whole = parts["whole"] / reports * WHOLE
    return [
        f"place and counts: {reports:,} SIMULASI reports, {parts['whole']:.1f} processor seconds; "
        f"spatial joins at each level {other:.1f} s: {other / parts['whole']:.1f} times as long",
        f"ten million reports would take {whole:.0f} processor seconds; the same rule from "
        f"{half} provinces misses {len(about.provinces)} by {error:.0%}",
    ]


def import_lines(source: Path, reports: int) -> list[str]:
    """Return what the import takes against that of one province, and for ten million reports."""
    found = {rows: nation_import.measure(source, rows) for rows in (reports // 2, reports)}
    seconds = {rows: float(str(one["seconds"])) for rows, one in found.items()}
    per_row = (seconds[reports] - seconds[reports // 2]) / (reports - reports // 2)
    whole = seconds[reports] + per_row * (WHOLE - reports)
    one = found[reports]
    error = abs(2 * seconds[reports // 2] / seconds[reports] - 1)
    return [
        f"import: {reports:,} SIMULASI rows in {seconds[reports]:.1f} s, stored "
        f"{one['staged_per_s']:,} rows/s, {one['gib']:.2f} GiB; import reports "
        f"{one['other_per_s']:,} rows/s: ratio {one['ratio']}",
        f"ten million rows would take {whole:.0f} s; twice the time of half the "
        f"rows misses the whole by {error:.0%}",
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "nation"
        size = NationSize(provinces=PROVINCES, share=SHARE)
        about = simulate_nation(asked_nation(size, 1), source, quiet)
        reports = sum(province.reports for province in about.provinces)
        for line in batch_lines(source, Path(name) / "batch"):
            print(line, flush=True)
        for line in import_lines(source, reports):
            print(line, flush=True)
        with temporary_nation() as store:
            publish_all(store, source, Path(name) / "risks")
            found = nation_views.measure_views(store, NationFolder(source))
        print("\n".join(nation_views.lines(found)))


if __name__ == "__main__":
    main()
