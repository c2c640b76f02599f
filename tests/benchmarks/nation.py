"""A small nation through batch, import and views, each against a plain way: ``make bench-nation``.

SIMULASI of `PROVINCES` provinces with a tenth of their kabupaten each. What is measured is carried
over to ten million reports with its error: see `tests.benchmarks.carried`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np

from analytics.nation.counts import KEYS
from analytics.nation.simulate.sizes import NationSize, province_sizes
from analytics.reports.places import LEVELS, unit_at
from data.nation.folder import NationFolder
from services.nation.batch import BatchAsked, run_batch
from services.nation.simulate import asked_nation, simulate_nation
from tests.benchmarks import carried, nation_import, nation_views
from tests.benchmarks.nation_growth import seconds_by_province
from tests.benchmarks.test_gistar import best_of
from tests.nation.postgis import temporary_nation
from tests.nation.published import publish_all, quiet

PROVINCES, SHARE, WHOLE, SEED = 8, 0.1, 10_000_000, 1
STAGES = ("place", "counts")


def plain_counts(folder: NationFolder) -> None:
    """Count by a spatial join at each level, as without a place that is kept."""
    for province in folder.about().provinces:
        reports = folder.read(province.code, "reports")
        points = gpd.GeoDataFrame(
            reports, geometry=gpd.points_from_xy(reports["lon"], reports["lat"]), crs="EPSG:4326"
        )
        desa = folder.read(province.code, "desa")[["code", "geometry"]]
        for level in LEVELS:
            unit = desa.assign(code=unit_at(desa["code"], level)).dissolve("code").reset_index()
            joined = gpd.sjoin(points, unit, how="left", predicate="intersects")
            joined.groupby(list(KEYS[1:]), observed=True).size()


def batch_lines(source: Path, out: Path) -> list[str]:
    """Return what place and counts of the batch take, against joins, and of ten million reports."""
    folder = NationFolder(source)
    provinces = folder.about().provinces
    run_batch(BatchAsked(source, out, stages=STAGES), quiet)
    spent = np.sum([seconds_by_province(source, out, stage) for stage in STAGES], axis=0)
    sizes = np.array([province.reports for province in provinces], dtype=float)
    whole = np.array([one.reports for one in province_sizes(NationSize(), SEED)], dtype=float)
    seconds, said = spent.sum(), carried.Rule.of(sizes, spent).at(whole)
    low, high = carried.interval(sizes, spent, whole)
    other = best_of(1, lambda: plain_counts(folder))
    return [
        f"place and counts: {sizes.sum():,.0f} SIMULASI reports, {seconds:.1f} processor seconds; "
        f"spatial joins at each level {other:.1f} s: {other / seconds:.1f} times as long",
        f"{whole.sum():,.0f} reports of {len(whole)} provinces would take {said:.0f} processor "
        f"seconds (95 %: {low:.0f} to {high:.0f}); the smaller half of the provinces here misses "
        f"the larger by {carried.miss(sizes, spent):+.0%}",
    ]


def import_lines(source: Path, reports: int) -> list[str]:
    """Return what the import takes against that of one province, and for ten million reports."""
    seconds = []
    for rows in (reports // 4, reports // 2):
        with nation_import.nation_and_file(source, rows) as (store, path):
            seconds.append(nation_import.imported(store, path)["seconds"])
    one = nation_import.measure(source, reports)
    sizes, spent = np.array([0.25, 0.5, 1.0]) * reports, np.array([*seconds, one["seconds"]])
    rule = carried.Rule.of(sizes, spent)
    return [
        f"import: {reports:,} SIMULASI rows in {spent[-1]:.1f} s, stored {one['staged_per_s']:,} "
        f"rows/s, {one['gib']:.2f} GiB; import reports {one['other_per_s']:,} rows/s: ratio "
        f"{one['ratio']}; {nation_import.FEW_ROWS:,} more {one['few_s']:.1f} s",
        f"{WHOLE:,} rows would take {rule.at(np.array([WHOLE])):.0f} s, {rule.fixed:.1f} of them "
        f"whatever the rows; a quarter and a half of the rows here miss the whole by "
        f"{carried.miss(sizes, spent):+.0%}",
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "nation"
        size = NationSize(provinces=PROVINCES, share=SHARE)
        about = simulate_nation(asked_nation(size, SEED), source, quiet)
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
