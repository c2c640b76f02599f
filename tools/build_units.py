"""Build the shipped registry of units, and the TPS per village, from the official lists.

Run ``python -m tools.build_units --crosswalk F --kemendagri F --tps F --out units.csv``, and for
the TPS ``--counts tps_counts.csv --election KEY --source ID``. The crosswalk gives code pairs, the
KPU list TPS, names from the two Kemendagri files,
variants from wherever BPS or KPU spell a name differently and from ``name_variants.csv``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from data.boundaries.shapes import UNIT_COLUMNS
from data.errors import SchemaError, SourceMissingError
from data.paths import shipped_dir, whole_file
from geo.codes import level_of, parent_of

_BPS_DIGITS = {"provinsi": 2, "kabupaten": 4, "kecamatan": 7, "desa": 10}
_KPU_COLUMNS = {"kabupaten": "kabupaten_kota", "kecamatan": "kecamatan", "desa": "desa_kelurahan"}
_DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class Sources:
    """The input tables, text throughout.

    Attributes
    ----------
    crosswalk
        One row per village: ``kode_kemendagri``, ``kode_bps`` (may be blank), ``kode_kpu``,
        ``centroid_lon``, ``centroid_lat``, ``area_km2`` (may be blank).
    tps
        One row per village: ``kpu_desa_id``, names in capitals, ``tps_regular``, ``tps_special``.
    names
        Kemendagri name by code, for the units that the Kemendagri files have.
    bps_names
        BPS name by BPS code.
    extra
        ``code``, ``role`` (name or variant), ``text``, ``reason``.
    points
        Longitude and latitude by code, from the shipped boundaries; empty when they are absent.
    """

    crosswalk: pd.DataFrame
    tps: pd.DataFrame
    names: dict[str, str]
    bps_names: dict[str, str]
    extra: pd.DataFrame
    points: dict[str, tuple[float, float]] = field(default_factory=dict)


def build_units(sources: Sources) -> pd.DataFrame:
    """Return the registry, sorted by code.

    Raises
    ------
    SchemaError
        If a village has no TPS row or no name, or villages of one kecamatan have different
        BPS prefixes.
    """
    pairs = sources.crosswalk.set_index("kode_kemendagri")
    tps = sources.tps.set_index("kpu_desa_id")
    lost = list(pairs.index[~pairs["kode_kpu"].isin(tps.index)])
    if lost:
        raise SchemaError("units", [f"{code}: no row in the KPU list" for code in lost])
    desa = sorted(pairs.index)
    codes = sorted({code[:n] for code in desa for n in (2, 5, 8)} | set(desa))
    bps = _bps_codes(codes, pairs["kode_bps"].to_dict())
    names = _names(codes, sources, pairs["kode_kpu"].to_dict())
    rows = []
    for code in codes:
        level = level_of(code)
        lon, lat, is_known = _point(code, desa, sources, pairs)
        rows.append(
            {
                "code": code,
                "level": level,
                "name": names[code],
                "kind": _kind(code, sources.names.get(code, "")),
                "parent_code": parent_of(code) or "",
                "bps_code": bps[code],
                "kpu_code": code.replace(".", ""),
                "variants": "|".join(_variants(code, names, bps, sources, tps)),
                "lon": f"{lon:.{_DEGREE_DECIMALS}f}",
                "lat": f"{lat:.{_DEGREE_DECIMALS}f}",
                "point_approximate": "false" if is_known else "true",
                "has_polygon": "false" if level == "desa" and code not in sources.names else "true",
            }
        )
    return pd.DataFrame(rows, columns=list(UNIT_COLUMNS))


def tps_counts(sources: Sources, election: str, source_id: str) -> pd.DataFrame:
    """Return the shipped counts of TPS per village, in the order of the codes."""
    pairs = sources.crosswalk.set_index("kode_kemendagri")["kode_kpu"].sort_index()
    mine = sources.tps.set_index("kpu_desa_id").loc[pairs]
    return pd.DataFrame(
        {
            "election": election,
            "desa_code": pairs.index.to_numpy(),
            "regular": mine["tps_regular"].to_numpy(),
            "special": mine["tps_special"].to_numpy(),
            "source_id": source_id,
        }
    )


def _bps_codes(codes: list[str], by_desa: dict[Hashable, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    faults = []
    for code in codes:
        digits = _BPS_DIGITS[level_of(code)]
        prefixes = {
            bps[:digits] for desa, bps in by_desa.items() if bps and str(desa).startswith(code)
        }
        if len(prefixes) > 1:
            faults.append(f"{code}: BPS codes {sorted(prefixes)}, expected one")
        found[code] = next(iter(prefixes), "")
    if faults:
        raise SchemaError("units", faults)
    return found


def _plain(name: str) -> str:
    """Drop the kind in front of a regency's name."""
    for word in ("Kabupaten ", "Kota ", "Provinsi "):
        name = name.removeprefix(word)
    return name


def _names(codes: list[str], sources: Sources, kpu_of: dict[Hashable, str]) -> dict[str, str]:
    chosen = sources.extra[sources.extra["role"] == "name"]
    given = dict(zip(chosen["code"], chosen["text"], strict=True))
    kpu_name = dict(zip(sources.tps["kpu_desa_id"], sources.tps["desa_kelurahan"], strict=True))
    names: dict[str, str] = {}
    for code in codes:
        name = given.get(code) or sources.names.get(code, "")
        if level_of(code) == "kabupaten":
            name = _plain(name)
        if not name and level_of(code) == "desa":
            name = _tidy(kpu_name[kpu_of[code]])
        names[code] = name
    nameless = [code for code, name in names.items() if not name]
    if nameless:
        raise SchemaError("units", [f"{code}: no source has a name" for code in nameless])
    return names


def _tidy(name: str) -> str:
    return " ".join(name.split()).title()


def _kind(code: str, official: str) -> str:
    level = level_of(code)
    if level == "kabupaten":
        return "kota" if official.startswith("Kota ") else "kabupaten"
    if level == "desa":
        # Kemendagri numbers kelurahan from 1001 and desa from 2001.
        return "kelurahan" if code[-4] == "1" else "desa"
    return level


def _variants(
    code: str, names: dict[str, str], bps: dict[str, str], sources: Sources, tps: pd.DataFrame
) -> list[str]:
    level = level_of(code)
    spelled = []
    if level != "provinsi":
        mine = tps.index.str.startswith(code.replace(".", ""))
        kpu_name = _tidy(str(tps.loc[mine, _KPU_COLUMNS[level]].iloc[0]))
        spelled = [sources.names.get(code, ""), sources.bps_names.get(bps[code], ""), kpu_name]
        if level == "kabupaten":
            spelled = [_plain(name) for name in spelled]
    extra = sources.extra[(sources.extra["code"] == code) & (sources.extra["role"] == "variant")]
    seen = {names[code].casefold()}
    kept = []
    for text in [*spelled, *extra["text"]]:
        if text and text.casefold() not in seen:
            seen.add(text.casefold())
            kept.append(text)
    return kept


def _point(
    code: str, desa: list[str], sources: Sources, pairs: pd.DataFrame
) -> tuple[float, float, bool]:
    """Return longitude, latitude and whether the point lies in the unit's own polygon.

    A village without a polygon takes its parent's point. A unit above the village that has no
    point of its own (the province, or all of them without boundaries) takes that of its largest
    village.
    """
    has_own = level_of(code) != "desa" or code in sources.names
    if not has_own:
        parent = parent_of(code)
        if parent is None:
            raise SchemaError("units", [f"{code}: no polygon and no parent"])
        lon, lat, _ = _point(parent, desa, sources, pairs)
        return lon, lat, False
    if code in sources.points:
        return (*sources.points[code], True)
    inside = pairs.loc[[d for d in desa if d.startswith(code)]]
    area = pd.to_numeric(inside["area_km2"], errors="coerce").fillna(0.0)
    largest = str(area.idxmax())
    if largest != code and largest in sources.points:
        return (*sources.points[largest], True)
    return float(inside["centroid_lon"][largest]), float(inside["centroid_lat"][largest]), True


def _read_text(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise SourceMissingError(path)
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def _read_properties(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise SourceMissingError(path)
    return [f["properties"] for f in json.loads(path.read_text(encoding="utf-8"))["features"]]


def read_points(folder: Path) -> dict[str, tuple[float, float]]:
    """Return the point of each unit in a folder of boundaries, by code; empty if it is absent."""
    points: dict[str, tuple[float, float]] = {}
    for level in ("kabupaten", "kecamatan", "desa"):
        path = folder / f"{level}.parquet"
        if not path.exists():
            continue
        frame = pd.read_parquet(path, columns=["code", "lon", "lat"])
        points |= {
            str(code): (float(lon), float(lat))
            for code, lon, lat in zip(frame["code"], frame["lon"], frame["lat"], strict=True)
        }
    return points


def read_sources(args: argparse.Namespace) -> Sources:
    """Read the files named on the command line."""
    beside: Path = args.kemendagri.parent
    properties = _read_properties(args.kemendagri)
    properties += _read_properties(args.kecamatan or beside / "kecamatan_kemendagri.geojson")
    names = {p["code"]: p["name"] for p in properties}
    names |= {p["code"][:5]: p["kabupaten"] for p in properties}
    bps_names: dict[str, str] = {}
    for p in _read_properties(args.bps or beside / "desa_bps2020.geojson"):
        bps_names |= {
            p["code"]: p["name"],
            p["kecamatan_code"]: p["kecamatan"],
            p["code"][:4]: p["kabupaten"],
        }
    return Sources(
        _read_text(args.crosswalk),
        _read_text(args.tps),
        names,
        bps_names,
        _read_text(args.extra),
        read_points(args.boundaries),
    )


def main(argv: list[str] | None = None) -> None:
    """Read the files named on the command line and write the registry in one step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crosswalk", type=Path, required=True)
    parser.add_argument("--kemendagri", type=Path, required=True, help="villages, GeoJSON")
    parser.add_argument("--tps", type=Path, required=True)
    parser.add_argument("--kecamatan", type=Path, help="kecamatan_kemendagri.geojson beside it")
    parser.add_argument("--bps", type=Path, help="desa_bps2020.geojson beside it")
    parser.add_argument("--extra", type=Path, default=shipped_dir() / "name_variants.csv")
    parser.add_argument("--boundaries", type=Path, default=shipped_dir() / "boundaries")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--counts", type=Path, help="write TPS per village here")
    parser.add_argument("--election", help="of the TPS", default="")
    parser.add_argument("--source", help="key of the KPU list among the sources", default="")
    args = parser.parse_args(argv)
    sources = read_sources(args)
    _write(build_units(sources), args.out)
    if args.counts:
        _write(tps_counts(sources, args.election, args.source), args.counts)


def _write(frame: pd.DataFrame, path: Path) -> None:
    with whole_file(path) as part:
        frame.to_csv(part, index=False, lineterminator="\n", encoding="utf-8")


if __name__ == "__main__":
    main()
