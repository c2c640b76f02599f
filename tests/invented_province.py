"""SIMULASI: a small invented province, an archipelago with a city, as a folder of the product.

Names, codes, people and figures are made up; nothing is about a place that exists. Run
``python -m tests.invented_province FOLDER`` to look at it with ``SIAGA_SHIPPED=FOLDER``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from data.network.tables import NETWORK_TABLES
from data.paths import ROOT
from data.store import tables as schema
from data.warning.record import COLUMNS as RECORD_COLUMNS
from geo.boundaries.grid import dissolve_to_parents, with_measures

NAME, SHORT, ZONE, ZONE_NAME = "Kepulauan Rekaan Nuswantika", "Nuswantika", "Asia/Makassar", "WITA"
FOLDER = "rekaan"
GENERAL, CITY = "umum_rekaan2024", "walikota_rekaan2025"
PROVINCE, SABA, LAUT, KOTA = "98", "98.01", "98.02", "98.71"
CELL = 0.12
"""Side of a village in degrees, about 13 km."""
WEST, NORTH = 124.0, -6.0
SOURCE = "rekaan0001"
VILLAGES = (
    # code, name, kind, column and row of its cell, regular TPS, special TPS
    ("98.01.01.2001", "Rekasari", "desa", 0, 0, 6, 0),
    ("98.01.01.2002", "Tirumulya", "desa", 1, 0, 4, 0),
    ("98.01.01.2003", "Wanareka", "desa", 0, 1, 5, 1),
    ("98.01.02.2001", "Andairaya", "desa", 1, 1, 3, 0),
    ("98.01.02.2002", "Misalkan", "desa", 0, 2, 4, 0),
    ("98.01.02.2003", "Semulakarsa", "desa", 1, 2, 2, 0),
    ("98.71.01.1001", "Reka Kulon", "kelurahan", 2, 0, 7, 1),
    ("98.71.01.1002", "Reka Wetan", "kelurahan", 2, 1, 8, 0),
    ("98.71.01.1003", "Reka Kidul", "kelurahan", 2, 2, 6, 0),
    ("98.02.01.2001", "Bayangan", "desa", 6, 1, 4, 0),
    ("98.02.01.2002", "Khayalrejo", "desa", 7, 1, 3, 0),
    ("98.02.01.2003", "Angansari", "desa", 6, 2, 3, 0),
    ("98.02.02.2001", "Pulau Umpama", "desa", 10, 4, 2, 0),
    ("98.02.02.2002", "Pulau Seandainya", "desa", 11, 4, 2, 0),
)
PARENTS = (
    (PROVINCE, NAME, "provinsi"),
    (SABA, "Sabareka", "kabupaten"), (LAUT, "Lautreka", "kabupaten"), (KOTA, "Rekapura", "kota"),
    ("98.01.01", "Saba Hulureka", "kecamatan"), ("98.01.02", "Saba Hilireka", "kecamatan"),
    ("98.02.01", "Lautreka Daratan", "kecamatan"), ("98.02.02", "Lautreka Jauh", "kecamatan"),
    ("98.71.01", "Rekapura Tengahan", "kecamatan"),
)  # fmt: skip
Row = Mapping[str, Any]

PROVINCE_TOML = f"""
name = "{NAME}"
short_name = "{SHORT}"
time_zone = "{ZONE}"
time_zone_name = "{ZONE_NAME}"
default = true
default_election = "{GENERAL}"
search_example = "Bayangan 2"
security_pattern = "pola_rekaan"
security_pattern_name = "Polres Sabareka (SIMULASI)"

[elections.{GENERAL}]
name = {{ id = "Pemilihan umum rekaan 2024", en = "Invented general election 2024" }}
voting_date = 2024-02-14
areas = ["{PROVINCE}"]
contests = ["ppwp", "dpr", "dpd"]
kits = {{ booths = 3, ink = 2, reserve_pct = 2.0, assumed = ["booths", "ink"] }}
source_id = "{SOURCE}"
replay = true

[elections.{CITY}]
name = {{ id = "Pemilihan wali kota rekaan 2025", en = "Invented mayoral election 2025" }}
voting_date = 2025-08-27
areas = ["{KOTA}"]
contests = ["bupati"]
kits = {{ booths = 2, ink = 1, reserve_pct = 2.5, assumed = ["booths", "ink"] }}
source_id = "{SOURCE}"
"""
PLAN_TOML = f"""
election = "{GENERAL}"
island_days = 3
land_days = 1
release = "06:00"
deadline_days = 1
deadline = "18:00"
reserve_pct = 2.0
seed = 1
search_seconds = 1.0

[hours]
truck = ["05:00", "19:00"]
boat = ["06:00", "17:30"]
local = ["05:00", "19:00"]
night_crossing = false

[service]
truck_load_min = 30
boat_load_min = 20
local_load_min = 10
unload_min = 5
unload_s_per_box = 15.0

[speed]
lambat = 1.25
biasa = 1.0
cepat = 0.8

[sea]
use_series = true
wave_factor = 1.0
"""
ORIGINS = (
    "deadline", "island_days", "land_days", "release", "reserve_pct", "hours", "service", "speed",
    "tps_per_escort", "wave_factor", "search_seconds", "carriers",
)  # fmt: skip
VIEWS_TOML = f"""
[pulau_jauh]
id = "Pulau-pulau jauh (SIMULASI)"
en = "Far islands (SIMULASI)"
bounds = [{NORTH - 0.7}, {WEST + 1.1}, {NORTH - 0.38}, {WEST + 1.54}]
"""


def _centre(column: int, row: int) -> tuple[float, float]:
    return round(WEST + (column + 0.5) * CELL, 6), round(NORTH - (row + 0.5) * CELL, 6)


def boundaries() -> dict[str, gpd.GeoDataFrame]:
    """Return the coverage of each level: square villages on four islands."""
    corners = [(WEST + c * CELL, NORTH - (r + 1) * CELL) for _, _, _, c, r, _, _ in VILLAGES]
    desa = gpd.GeoDataFrame(
        {"code": [v[0] for v in VILLAGES]},
        geometry=[
            box(*np.round((x, y, x + CELL, y + CELL), 6)).segmentize(CELL / 8) for x, y in corners
        ],
        crs="EPSG:4326",
    ).sort_values("code", ignore_index=True)
    kecamatan = dissolve_to_parents(desa)
    levels = {"desa": desa, "kecamatan": kecamatan, "kabupaten": dissolve_to_parents(kecamatan)}
    return {level: with_measures(frame) for level, frame in levels.items()}


def units() -> pd.DataFrame:
    """Return the registry; a larger unit stands at the middle of its villages."""
    points = {v[0]: _centre(v[3], v[4]) for v in VILLAGES}
    rows = [*PARENTS, *((v[0], v[1], v[2]) for v in VILLAGES)]
    out = []
    for code, name, kind in sorted(rows):
        inside = np.array([xy for own, xy in points.items() if own.startswith(code)])
        lon, lat = inside.mean(axis=0) if code in points else inside[0]
        depth = code.count(".")
        digits = code.replace(".", "")
        out.append({
            "code": code, "level": ("provinsi", "kabupaten", "kecamatan", "desa")[depth],
            "name": name, "kind": kind, "parent_code": code.rpartition(".")[0],
            "bps_code": "", "kpu_code": digits, "variants": "", "lon": f"{lon:.6f}",
            "lat": f"{lat:.6f}", "point_approximate": "false", "has_polygon": "true",
        })  # fmt: skip
    return pd.DataFrame(out)


def reports() -> list[Row]:
    """Return SIMULASI reports from December 2023 to March 2024, with two families in each area."""
    rng = np.random.default_rng(98)
    kinds = (
        ("konflik", "perusakan_apk"), ("unjuk_rasa", "unjuk_rasa"), ("pelanggaran", "politik_uang"),
        ("logistik", "logistik_terlambat"),
    )  # fmt: skip
    out = []
    for n in range(48):
        family, category = kinds[n % 4]
        village = VILLAGES[int(rng.integers(len(VILLAGES)))]
        day = date(2023, 12, 1) + timedelta(days=int(rng.integers(0, 110)))
        potensi = n % 12 == 0
        out.append({
            "report_id": f"RKA-{n + 1:04d}", "kind": "potensi" if potensi else "kejadian",
            "status": "terbuka" if potensi else None, "date_event": day, "date_precision": "day",
            "date_reported": day, "stage": "kampanye", "family": family, "category": category,
            "severity": 1 + n % 4, "unit_kejadian": village[0], "location_precision": "desa",
            "perkara_id": f"RKA-{n + 1:04d}", "summary": "SIMULASI: laporan rekaan",
            "source_id": SOURCE, "verification": "dikutip", "confidence": "sedang",
            "access": "terbuka",
        })  # fmt: skip
    return out


def stages() -> list[Row]:
    rows = [
        (GENERAL, "kampanye", "Masa kampanye rekaan", "2023-11-28", "2024-02-10", "bentrok rekaan"),
        (GENERAL, "masa_tenang", "Masa tenang rekaan", "2024-02-11", "2024-02-13", None),
        (GENERAL, "pemungutan_penghitungan", "Pemungutan rekaan", "2024-02-14", "2024-02-15",
         "kericuhan rekaan"),
        (GENERAL, "sengketa_hasil", "Sengketa rekaan", None, None, None),
        (CITY, "kampanye", "Masa kampanye wali kota rekaan", "2025-06-01", "2025-08-23", None),
        (CITY, "pemungutan_penghitungan", "Pemungutan wali kota rekaan", "2025-08-27",
         "2025-08-27", None),
    ]  # fmt: skip
    return [
        {
            "stage_id": f"{election}/{stage}/01", "election": election, "stage": stage,
            "name": name, "date_start": start, "date_end": end,
            "start_precision": "day" if start else None, "concern": concern, "source_id": SOURCE,
        }
        for election, stage, name, start, end, concern in rows
    ]  # fmt: skip


def store_tables() -> dict[str, list[Row]]:
    """Return the rows of the tables of the store that ship, by name."""
    own = {"source_id": SOURCE}
    indicators = ("rekaan_keamanan", "rekaan_netralitas", "rekaan_jaringan")
    classes = ("kurang_rawan", "rawan", "sangat_rawan", "khusus")
    total = sum(v[5] + v[6] for v in VILLAGES)
    return {
        "sources": [{"source_id": SOURCE, "url": "https://rekaan.invalid/simulasi",
                     "publisher": "SIMULASI", "title": "Provinsi rekaan", "kind": "publik"}],
        "stages": stages(),
        "rakor": [{"rakor_id": "RKR-R1", "date": "2024-01-10", "date_precision": "day",
                   "kind": "rakor", "level": "provinsi", "unit_code": PROVINCE,
                   "topic": "SIMULASI: rakor rekaan", **own}],
        "voters": [
            {"voters_id": f"{GENERAL}/dpt/{code}/01", "election": GENERAL, "list_kind": "dpt",
             "level": "kabupaten", "unit_code": code, "total": total_voters, **own}
            for code, total_voters in ((SABA, 6200), (LAUT, 3300), (KOTA, 5500))
        ],
        "reports": reports(),
        "agenda": [{"agenda_id": "AGD-R1", "date_start": "2024-02-12", "date_known": "2024-02-01",
                    "kind": "distribusi", "title": "SIMULASI: kotak ke pulau jauh",
                    "unit_code": "98.02.02", **own}],
        "coverage_periods": [{"unit_code": PROVINCE, "date_start": "2023-11-01",
                              "date_end": "2025-12-31", "agency": "SIMULASI", **own}],
        "affairs": [],
        "indicator_versions": [{"version_id": f"{GENERAL}/ID/3", "election": GENERAL,
                                "area_code": "ID", "version": "3", "stated_count": 3,
                                "authority": "bawaslu", "date": "2024-02-01", **own}],
        "risk_indicators": [
            {"indicator_key": f"{GENERAL}/ID/3/{key}", "election": GENERAL, "area_code": "ID",
             "version": "3", "indicator_id": key, "number": n, "name": f"SIMULASI {key}",
             "variable": variable, "kind": "yes_no", "low": 0, "high": 1, **own}
            for n, (key, variable) in enumerate(
                zip(indicators, ("Keamanan", "Netralitas", "Jaringan listrik dan internet"),
                    strict=True), 1)
        ],
        "indicator_counts": [
            {"count_id": f"{GENERAL}/bawaslu/{PROVINCE}/{key}", "election": GENERAL,
             "authority": "bawaslu", "level": "provinsi", "unit_code": PROVINCE,
             "indicator_id": key, "label": f"SIMULASI {key}", "count": 5, "tps_total": total,
             "date": "2024-02-01", **own}
            for key in indicators
        ],
        "class_totals": [
            {"total_id": f"{GENERAL}/polri/{PROVINCE}/{kelas}", "election": GENERAL,
             "authority": "polri", "level": "provinsi", "unit_code": PROVINCE, "kelas": kelas,
             "label": kelas, "count": count, "tps_total": total, "date": "2024-01-20", **own}
            for kelas, count in zip(classes, (total - 15, 10, 4, 1), strict=True)
        ],
        "security_patterns": [
            {"row_id": f"pola_rekaan/{kelas}/1", "pattern_id": "pola_rekaan", "kelas": kelas,
             "place": "Polres Sabareka (SIMULASI)", "election": GENERAL, "police": 2,
             "police_is_minimum": "false", "tps": tps, "linmas": 2 * tps,
             "note": "SIMULASI", **own}
            for kelas, tps in zip(classes, (8, 4, 2, 1), strict=True)
        ],
        "baseline_scores": [{"score_id": f"rekaan/{SABA}/01", "instrument": "IKP2024",
                             "election": GENERAL, "level": "kabupaten", "unit_code": SABA,
                             "dimension": "total", "score": 40, "category": "sedang", **own}],
        "personnel_available": [
            {"personnel_id": f"{GENERAL}/{code}/polisi/r", "election": GENERAL, "unit_code": code,
             "kind": "polisi", "available": count, "agency": "SIMULASI", **own}
            for code, count in ((SABA, 10), (LAUT, 4), (KOTA, 12))
        ],
        "disputes": [{"dispute_id": "DSP-R1", "election": GENERAL, "kind": "psu",
                      "unit_code": "98.02.01.2001", "tps_id": f"{GENERAL}/98.02.01.2001/001",
                      "held_date": "2024-02-20", "note": "SIMULASI", **own}],
    }  # fmt: skip


def network_tables() -> dict[str, list[Row]]:
    """Return the rows of the tables of ways and waters, by name."""
    fact = {"basis": "asumsi", "note": "SIMULASI"}
    piers = (
        ("P-REKA", "Dermaga Reka Kidul", "pelabuhan", "98.71.01.1003", "L-BAYANG", None),
        ("L-BAYANG", "Pendaratan Bayangan", "pendaratan", "98.02.01.2001", "P-REKA", None),
        ("P-BAYANG", "Dermaga Khayalrejo", "dermaga", "98.02.01.2002", "L-UMPAMA", None),
        ("L-UMPAMA", "Pendaratan Umpama", "pendaratan", "98.02.02.2001", "P-BAYANG",
         "98.02.02.2001"),
    )  # fmt: skip
    roads = (
        ("98.01.01.2001", "98.01.02.2003", 34), ("98.01.01.2001", "98.71.01.1001", 33),
        ("98.01.02.2002", "98.71.01.1003", 32), ("98.02.01.2001", "98.02.01.2002", 16),
        ("98.71.01.1001", "98.71.01.1003", 31),
    )  # fmt: skip
    return {
        "piers": [
            {"pier_id": key, "name": f"{name} (SIMULASI)", "kind": kind, "unit_code": code,
             "toward": toward, "seat_of": seat, "coordinates": "pantai", **fact}
            for key, name, kind, code, toward, seat in piers
        ],
        "depots": [
            {"depot_id": f"G-{code}", "name": f"Gudang {name} (SIMULASI)", "kabupaten_code": code,
             "place_code": place, "election": GENERAL, "is_default": "true", **fact}
            for code, name, place in (
                (SABA, "Sabareka", "98.01.01"), (LAUT, "Lautreka", "98.02.01"),
                (KOTA, "Rekapura", "98.71.01"),
            )
        ],
        "sea_legs": [
            {"leg_id": f"SEA-R{n}", "from_text": "rekaan", "to_text": "rekaan", "from_pier": a,
             "to_pier": b, "low_min": low, "usual_min": usual, "high_min": high,
             "vessel": "perahu", "vessel_class": "perahu", "ends_basis": "asumsi", **fact}
            for n, (a, b, low, usual, high) in enumerate(
                (("P-REKA", "L-BAYANG", 90, 120, 200), ("P-BAYANG", "L-UMPAMA", 60, 90, 150)), 1)
        ],
        "vessel_limits": [
            {"vessel_class": name, "wave_limit_m": wave, "wind_limit_kn": wind, **fact}
            for name, wave, wind in (("perahu", 1.25, 15), ("feri", 2.5, 21))
        ],
        "vessel_speeds": [
            {"vessel_class": name, "least_kmh": 2, "greatest_kmh": most, "basis": "asumsi",
             "note": "SIMULASI"}
            for name, most in (("perahu", 80), ("feri", 50))
        ],
        "vessels": [
            {"vessel_id": "KPL-R1", "from_pier": "P-BAYANG", "to_pier": "L-UMPAMA",
             "vessel": "perahu", "vessel_class": "perahu", "carries_vehicles": "false", **fact}
        ],
        "road_facts": [
            {"fact_id": f"ROAD-R{n}", "from_text": a, "to_text": b, "from_code": a, "to_code": b,
             "pair": f"{a}-{b}", "distance_km": km, "low_min": 1.4 * km, "high_min": 1.8 * km,
             "note": "SIMULASI", "source_url": "https://rekaan.invalid/jalan"}
            for n, (a, b, km) in enumerate(roads, 1)
        ],
        "island_tps": [{"island_id": "ISL-R1", "place_text": "Pulau Umpama", "nodes": "L-UMPAMA",
                        "unit_code": "98.02.02.2001", "election": GENERAL, "tps_count": 2,
                        "note": "SIMULASI"}],
    }  # fmt: skip


def loose_tables() -> dict[str, pd.DataFrame]:
    """Return the files that are read by their columns only."""
    fleet = [
        {"kabupaten_code": code, "election": None, "mode": mode, "vehicles": count,
         "capacity_boxes": capacity, "escort_seats": None, "vessel_class": vessel,
         "cost_per_hour": 100000, "basis": "anggapan", "note": "SIMULASI", "source_url": None}
        for code in (SABA, LAUT, KOTA)
        for mode, count, capacity, vessel in (("truck", 4, 60, None), ("boat", 2, 20, "perahu"))
    ]  # fmt: skip
    areas = [
        {"pier_id": row["pier_id"], "area": "Selat Rekaan", "basis": "asumsi", "note": "SIMULASI",
         "source_url": None}
        for row in network_tables()["piers"]
    ]  # fmt: skip
    caution = [
        {"caution_id": "LAUT-R1", "area": "Selat Rekaan", "month": 2, "year": 2024,
         "wave_low_m": 0.5, "wave_high_m": 1.5, "wind_low_kmh": 5, "wind_high_kmh": 25,
         "early_warning": "false", "note": "SIMULASI", "source_url": "https://rekaan.invalid/laut"}
    ]  # fmt: skip
    procurement = [
        {"election": GENERAL, "item": "kotak", "kabupaten_code": SABA, "stage": "tiba",
         "planned_date": "2024-01-15", "actual_date": None, "planned_count": 75,
         "actual_count": None, "note": "SIMULASI", "source_url": "https://rekaan.invalid/kotak"}
    ]  # fmt: skip
    counts = [
        {"election": election, "desa_code": v[0], "regular": v[5], "special": v[6],
         "source_id": SOURCE}
        for election, area in ((GENERAL, PROVINCE), (CITY, KOTA))
        for v in VILLAGES if v[0].startswith(area)
    ]  # fmt: skip
    record = [
        {"as_of": "2024-04-30", "scope": scope, "rule": "semua", "level": "semua", "n_raised": 4,
         "n_judged": 3, "n_hits": 1, "n_affairs": 5, "n_foreseen": 1, "n_foreseen_perkara": 1,
         "n_foreseen_pemilih": 0, "per_month": 1.0, "precision": 0.33, "precision_chance": 0.2,
         "precision_perkara": 0.33, "precision_pemilih": 0.0, "lead_median": 6, "lead_min": 6,
         "lead_max": 6, "false_a_year": 6.0, "verdict": "belum_terukur", "false_basis": "catatan",
         "first": "2024-01-01", "last": "2024-04-30", "made": "2024-05-01"}
        for scope in ("tempat", "kabupaten")
    ]  # fmt: skip
    return {
        "warning_record": pd.DataFrame(record, columns=list(RECORD_COLUMNS)),
        "units": units(), "tps_counts": pd.DataFrame(counts), "fleet": pd.DataFrame(fleet),
        "pier_areas": pd.DataFrame(areas), "sea_caution": pd.DataFrame(caution),
        "procurement": pd.DataFrame(procurement),
    }  # fmt: skip


def _write(folder: Path, name: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
    pd.DataFrame(list(rows), columns=list(columns)).to_csv(
        folder / f"{name}.csv", index=False, lineterminator="\n"
    )


def _weights() -> str:
    """Return the weights of the product without the notes that speak of another province.

    They are conventions, not facts: a new province begins with those of the shipped one.
    """
    text = (ROOT / "data" / "shipped" / "babel" / "risk.toml").read_text(encoding="utf-8")
    text = re.sub(r'(?m)^note = ".*"$', 'note = "SIMULASI"', text)
    text = re.sub(r'(?m)^source_url = ".*"$', 'source_url = "https://rekaan.invalid/bobot"', text)
    text = text.replace("pemilu2024", GENERAL).replace("pilkada2024", CITY)
    return re.sub(r"(?m)^#.*$", "", text)


def write_province(parent: Path) -> Path:
    """Write the folder of the province into a folder of provinces and return it."""
    folder = parent / FOLDER
    (folder / "boundaries").mkdir(parents=True)
    (folder / "scenarios").mkdir()
    (folder / "province.toml").write_text(PROVINCE_TOML, encoding="utf-8")
    origins = (f'[origins.{key}]\nbasis = "anggapan"\nnote = "SIMULASI"\n' for key in ORIGINS)
    (folder / "plan.toml").write_text(PLAN_TOML + "\n".join(origins), encoding="utf-8")
    (folder / "views.toml").write_text(VIEWS_TOML, encoding="utf-8")
    (folder / "risk.toml").write_text(_weights(), encoding="utf-8")
    for level, shapes in boundaries().items():
        shapes.to_parquet(folder / "boundaries" / f"{level}.parquet")
    for name, rows in store_tables().items():
        columns = [c.name for c in schema.metadata.tables[name].columns]
        _write(folder, name, rows, columns)
    for name, rows in network_tables().items():
        _write(folder, name, rows, [c.name for c in NETWORK_TABLES[name].columns])
    for name, frame in loose_tables().items():
        frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    return folder


if __name__ == "__main__":
    print(write_province(Path(sys.argv[1])))
