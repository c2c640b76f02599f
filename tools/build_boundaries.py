"""Build the shipped boundaries of a province from two official vintages.

Run ``python -m tools.build_boundaries --kemendagri F --bps F --crosswalk F --out
data/shipped/<province>``. The two vintages are village polygons; the crosswalk has the columns
kode_kemendagri and kode_bps. The method stands in `tools.coverage`, the figures measured go to
``boundaries/figures.json``. Needs the development requirements (rasterio).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from data.errors import FileUnreadableError, SourceMissingError
from geo.boundaries.grid import dissolve_to_parents, iou_by_code, with_measures
from geo.boundaries.validate import require_coverage
from geo.crs import metric_crs_of
from tools.coverage import Coverage, CoverageParams, build_coverage

LEVELS = ("kabupaten", "kecamatan", "desa")
WORST_SHOWN = 10


@dataclass(frozen=True)
class Vintages:
    """The two inputs of the build.

    Attributes
    ----------
    kemendagri, bps
        Village polygons with columns code and geometry, in the metric projection of the first.
    code_of_bps
        Kemendagri village code for each BPS village code.
    """

    kemendagri: gpd.GeoDataFrame
    bps: gpd.GeoDataFrame
    code_of_bps: Mapping[str, str]


def read_vintages(kemendagri: Path, bps: Path, crosswalk: Path) -> Vintages:
    """Read the two vintages and the crosswalk between their codes.

    Raises
    ------
    SourceMissingError
        If a file is not there.
    FileUnreadableError
        If a file lacks a column or a coordinate reference system.
    """
    for path in (kemendagri, bps, crosswalk):
        if not path.is_file():
            raise SourceMissingError(path)
    pairs = pd.read_csv(crosswalk, dtype=str)
    columns = ["kode_kemendagri", "kode_bps"]
    if not set(columns) <= set(pairs.columns):
        raise FileUnreadableError(crosswalk, "missing_column", " and ".join(columns))
    pairs = pairs[columns].dropna()
    first, second = _read_polygons(kemendagri), _read_polygons(bps)
    crs = metric_crs_of(first)
    return Vintages(
        kemendagri=first.to_crs(crs),
        bps=second.to_crs(crs),
        code_of_bps=dict(zip(pairs["kode_bps"], pairs["kode_kemendagri"], strict=True)),
    )


def _read_polygons(path: Path) -> gpd.GeoDataFrame:
    frame = gpd.read_file(path)
    if "code" not in frame.columns:
        raise FileUnreadableError(path, "missing_column", "a column code")
    if frame.crs is None:
        raise FileUnreadableError(path, "no_crs", "a coordinate reference system")
    return frame[["code", "geometry"]].astype({"code": str})


def levels_of(coverage: Coverage) -> dict[str, gpd.GeoDataFrame]:
    """Return the three levels with their measures; the upper two are exact unions.

    Raises
    ------
    GeometryError
        If a level is no valid coverage.
    """
    desa = coverage.units.sort_values("code", ignore_index=True)
    kecamatan = dissolve_to_parents(desa)
    levels = {"kabupaten": dissolve_to_parents(kecamatan), "kecamatan": kecamatan, "desa": desa}
    for frame in levels.values():
        require_coverage(frame)
    return {level: with_measures(frame) for level, frame in levels.items()}


def measure(
    levels: Mapping[str, gpd.GeoDataFrame], vintages: Vintages
) -> dict[str, dict[str, dict[str, object]]]:
    """Return intersection over union with each vintage, per level and source.

    A vintage's upper levels are the unions of its villages, holes of up to 2 ha closed. The level
    land compares all land with all land, whatever the unit.
    """
    sources = {
        "kemendagri": vintages.kemendagri,
        "bps": vintages.bps.assign(code=vintages.bps["code"].map(vintages.code_of_bps)),
    }
    found: dict[str, dict[str, dict[str, object]]] = {
        "land": {name: {"iou": _land_iou(levels["desa"], frame)} for name, frame in sources.items()}
    }
    for level in ("desa", "kecamatan", "kabupaten"):
        found[level] = {}
        for name, frame in sources.items():
            source = frame if level == "desa" else dissolve_source(frame, level)
            iou = iou_by_code(levels[level], source)
            found[level][name] = {
                "median": round(float(iou.median()), 4),
                "min": round(float(iou.min()), 4),
                "lowest": iou.nsmallest(WORST_SHOWN).round(4).to_dict(),
            }
    return found


def _land_iou(units: gpd.GeoDataFrame, source: gpd.GeoDataFrame) -> float:
    land, other = (
        gpd.GeoDataFrame({"code": ["land"]}, geometry=[frame.union_all()], crs=frame.crs)
        for frame in (units, source.set_geometry(source.geometry.make_valid()))
    )
    return round(float(iou_by_code(land, other)["land"]), 4)


def dissolve_source(
    villages: gpd.GeoDataFrame, level: str, hole_m2: float = 2e4
) -> gpd.GeoDataFrame:
    """Return the unions of a vintage's villages, which need not fit together, at a level.

    Parameters
    ----------
    villages
        Columns code (dotted) and geometry, in metres.
    level
        kecamatan or kabupaten.
    hole_m2
        Holes up to this area, gaps between villages, are closed.
    """
    dots = LEVELS.index(level) + 1
    parent = villages["code"].str.split(".").str[: dots + 1].str.join(".")
    rows = []
    for code, group in villages.groupby(parent):
        union = shapely.union_all(shapely.make_valid(group.geometry.to_numpy()))
        parts = [
            shapely.Polygon(
                p.exterior, [h for h in p.interiors if shapely.Polygon(h).area > hole_m2]
            )
            for p in shapely.get_parts(union)
            if p.geom_type == "Polygon"
        ]
        rows.append((code, shapely.union_all(parts)))
    codes, geometry = zip(*rows, strict=True)
    return gpd.GeoDataFrame({"code": codes}, geometry=list(geometry), crs=villages.crs)


def figures(
    coverage: Coverage,
    levels: Mapping[str, gpd.GeoDataFrame],
    vintages: Vintages,
    params: CoverageParams,
) -> dict[str, object]:
    """Return everything that was measured, ready for JSON."""
    return {
        "params": asdict(params),
        "grid": asdict(coverage.grid) | {"crs": metric_crs_of(vintages.kemendagri)},
        "cells_km2": dict(coverage.area_km2),
        "strays_dropped": list(coverage.strays),
        "levels": {
            level: {
                "units": len(frame),
                "parts": len(shapely.get_parts(frame.geometry.to_numpy())),
                "vertices": int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()),
                "area_km2": round(float(frame["area_km2"].sum()), 2),
                "coverage_is_valid": bool(shapely.coverage_is_valid(frame.geometry.to_numpy())),
            }
            for level, frame in levels.items()
        },
        "source_area_km2": {
            "kemendagri": round(float(vintages.kemendagri.area.sum() / 1e6), 2),
            "bps": round(float(vintages.bps.area.sum() / 1e6), 2),
        },
        "iou": measure(levels, vintages),
    }


def write(
    folder: Path, levels: Mapping[str, gpd.GeoDataFrame], measured: Mapping[str, object]
) -> list[Path]:
    """Write the levels as GeoParquet and the figures as JSON, once all of them are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        for level, frame in levels.items():
            path = Path(scratch) / f"{level}.parquet"
            frame.to_parquet(path, index=False, compression="zstd", compression_level=19)
        text = json.dumps(measured, indent=1, ensure_ascii=False) + "\n"
        (Path(scratch) / "figures.json").write_text(text, encoding="utf-8")
        made = sorted(Path(scratch).iterdir())
        for path in made:
            os.replace(path, folder / path.name)
    return [folder / path.name for path in made]


def main(argv: Sequence[str] | None = None) -> int:
    """Build, check, measure and write; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--kemendagri", type=Path, required=True, help="village polygons, dotted codes"
    )
    parser.add_argument("--bps", type=Path, required=True, help="village polygons, BPS codes")
    parser.add_argument("--crosswalk", type=Path, required=True, help="CSV of code pairs")
    parser.add_argument("--out", type=Path, required=True, help="folder of the province")
    args = parser.parse_args(argv)
    params = CoverageParams()
    vintages = read_vintages(args.kemendagri, args.bps, args.crosswalk)
    coverage = build_coverage(vintages.kemendagri, vintages.bps, vintages.code_of_bps, params)
    levels = levels_of(coverage)
    measured = figures(coverage, levels, vintages, params)
    write(args.out / "boundaries", levels, measured)
    print(json.dumps(measured, indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
