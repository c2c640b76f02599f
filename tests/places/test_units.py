"""The shipped registry, its reader, and the builder on a registry small enough to check by eye."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from data.boundaries.shapes import UNIT_COLUMNS, read_units
from data.errors import SchemaError, SourceMissingError
from data.paths import ROOT, shipped_dir
from data.store.shipped import load_shipped
from geo.places.tps import count_tps
from tools.build_units import Sources, build_units, main

REFERENCE = ROOT / ".." / "shared" / "reference" / "geo"
UNITS = read_units()
BY_LEVEL = {level: frame for level, frame in UNITS.groupby("level")}  # noqa: C416


def test_the_registry_has_every_unit_once() -> None:
    counts = {level: len(frame) for level, frame in BY_LEVEL.items()}
    assert counts == {"provinsi": 1, "kabupaten": 7, "kecamatan": 47, "desa": 393}
    assert UNITS["code"].is_unique
    kinds = BY_LEVEL["desa"]["kind"].value_counts().to_dict()
    assert kinds == {"desa": 309, "kelurahan": 84}
    assert set(UNITS["parent_code"]) - {""} <= set(UNITS["code"])


def test_names_are_no_keys() -> None:
    desa, kecamatan = BY_LEVEL["desa"], BY_LEVEL["kecamatan"]
    assert desa["name"].value_counts().gt(1).sum() == 15
    shared = kecamatan.merge(desa, left_on=["code", "name"], right_on=["parent_code", "name"])
    assert len(shared) == 25
    bangka = desa[desa["code"].str.startswith("19.01")]
    assert set(bangka.loc[bangka["name"].duplicated(), "name"]) == {"Air Duren", "Riding Panjang"}


def test_eighteen_ten_digit_numbers_mean_two_villages() -> None:
    desa = BY_LEVEL["desa"]
    by_bps = desa[desa["bps_code"] != ""].set_index("bps_code")["code"]
    by_kpu = desa.set_index("kpu_code")["code"]
    both = by_bps.index.intersection(by_kpu.index)
    apart = [digits for digits in both if by_bps[digits] != by_kpu[digits]]
    assert len(apart) == 18
    assert sum(digits.startswith("1971") for digits in apart) == 12


def test_regencies_have_their_names_and_exchanged_bps_numbers() -> None:
    rows = BY_LEVEL["kabupaten"].set_index("code")[["name", "kind", "bps_code"]]
    assert rows.apply(tuple, axis=1).to_dict() == {
        "19.01": ("Bangka", "kabupaten", "1901"),
        "19.02": ("Belitung", "kabupaten", "1902"),
        "19.03": ("Bangka Selatan", "kabupaten", "1905"),
        "19.04": ("Bangka Tengah", "kabupaten", "1904"),
        "19.05": ("Bangka Barat", "kabupaten", "1903"),
        "19.06": ("Belitung Timur", "kabupaten", "1906"),
        "19.71": ("Pangkalpinang", "kota", "1971"),
    }


def test_aliases_are_unique_and_kpu_is_the_code_without_dots() -> None:
    assert (UNITS["kpu_code"] == UNITS["code"].str.replace(".", "", regex=False)).all()
    bps = UNITS.loc[UNITS["bps_code"] != "", "bps_code"]
    assert bps.is_unique
    desa = BY_LEVEL["desa"]
    assert set(desa.loc[desa["bps_code"] == "", "name"]) == {"Keranggan", "Menjelang"}
    # A BPS village lies in the BPS kecamatan of its Kemendagri parent.
    parent_bps = desa["parent_code"].map(UNITS.set_index("code")["bps_code"])
    known = desa["bps_code"] != ""
    assert (desa.loc[known, "bps_code"].str[:7] == parent_bps[known]).all()


def test_polling_stations_add_up_at_each_level() -> None:
    tps = load_shipped()["tps"]
    counted = count_tps(tps, "pemilu2024", UNITS["code"])
    for level, frame in BY_LEVEL.items():
        assert counted.loc[frame["code"]].sum().tolist() == [4116, 15], level
    names = BY_LEVEL["kabupaten"].set_index("code")["name"]
    by_regency = dict(zip(names, counted.loc[names.index, "tps_count"], strict=True))
    assert by_regency == {
        "Bangka": 911, "Bangka Barat": 570, "Bangka Selatan": 555, "Bangka Tengah": 548,
        "Belitung": 547, "Belitung Timur": 363, "Pangkalpinang": 622,
    }  # fmt: skip
    assert counted["tps_count"].sum() == 4 * 4116
    assert count_tps(tps, "pilkada2024", UNITS["code"]).isna().all(axis=None)


def test_two_kelurahan_without_a_polygon_stand_at_their_kecamatan() -> None:
    bare = UNITS[~UNITS["has_polygon"]].set_index("code")
    assert list(bare.index) == ["19.05.01.1008", "19.05.01.1009"]
    assert list(UNITS.loc[UNITS["point_approximate"], "code"]) == list(bare.index)
    mentok = UNITS.set_index("code").loc["19.05.01"]
    assert bare["lon"].eq(mentok["lon"]).all()
    assert bare["lat"].eq(mentok["lat"]).all()


def test_points_lie_in_the_shipped_polygons() -> None:
    gpd = pytest.importorskip("geopandas")
    folder = shipped_dir() / "boundaries"
    for level in ("kabupaten", "kecamatan", "desa"):
        path = folder / f"{level}.parquet"
        if not path.exists():
            pytest.skip(f"{path.name} is absent: the boundaries are not built")
        shapes = gpd.read_parquet(path).set_index("code").geometry
        mine = BY_LEVEL[level][BY_LEVEL[level]["has_polygon"]].set_index("code")
        assert set(mine.index) == set(shapes.index)
        points = gpd.GeoSeries.from_xy(mine["lon"], mine["lat"], index=mine.index, crs=shapes.crs)
        assert shapes.loc[points.index].contains(points).all()


def test_variants_are_other_spellings_and_every_hand_made_one_is_there() -> None:
    for row in UNITS.itertuples():
        variants = [v for v in row.variants.split("|") if v]
        folded = [v.casefold() for v in [row.name, *variants]]
        assert len(set(folded)) == len(folded), row.code
    extra = pd.read_csv(shipped_dir() / "name_variants.csv", dtype=str)
    assert extra["reason"].str.strip().ne("").all()
    rows = UNITS.set_index("code")
    for code, role, text in extra[["code", "role", "text"]].itertuples(index=False):
        if role == "name":
            assert rows.loc[code, "name"] == text
        else:
            assert text in rows.loc[code, "variants"].split("|")


def test_the_shipped_file_is_what_the_builder_makes(tmp_path: Path) -> None:
    if not REFERENCE.exists():
        pytest.skip("../shared/reference is absent: the official lists are not at hand")
    out = tmp_path / "units.csv"
    main([
        "--crosswalk", str(REFERENCE / "admin_crosswalk.csv"),
        "--kemendagri", str(REFERENCE / "desa_kemendagri.geojson"),
        "--tps", str(REFERENCE / "tps_pemilu2024_desa.csv"),
        "--out", str(out),
        "--counts", str(tmp_path / "tps_counts.csv"),
        "--election", "pemilu2024", "--source", "ac63b6d45f",
    ])  # fmt: skip
    for name in ("units.csv", "tps_counts.csv"):
        assert (tmp_path / name).read_bytes() == (shipped_dir() / name).read_bytes()
    assert {p.name for p in tmp_path.iterdir()} == {"units.csv", "tps_counts.csv"}


def tiny_sources(**changes: object) -> Sources:
    """Two villages of one kecamatan; the second has no polygon, so no Kemendagri name."""
    columns = [
        "kode_kemendagri",
        "kode_bps",
        "kode_kpu",
        "centroid_lon",
        "centroid_lat",
        "area_km2",
    ]
    crosswalk = pd.DataFrame(
        [
            ["99.01.01.2001", "9907010001", "9901012001", "100.5", "1.5", "4"],
            ["99.01.01.1002", "", "9901011002", "0", "0", ""],
        ],
        columns=columns,
    )
    tps = pd.DataFrame(
        [["9901012001", "SATU", "DUA", "AIR PUTIH", "3", "1"],
         ["9901011002", "SATU", "DUA", "BATU  KERAS", "2", "0"]],
        columns=["kpu_desa_id", "kabupaten_kota", "kecamatan", "desa_kelurahan", "tps_regular",
                 "tps_special"],
    )  # fmt: skip
    names = {"99.01": "Kota Satu", "99.01.01": "Dua", "99.01.01.2001": "Airputih"}
    bps_names = {"9907": "Satu", "9907010": "Doea", "9907010001": "Aik Putih"}
    extra = pd.DataFrame(
        [["99", "name", "Contoh", "x"], ["99.01.01.2001", "variant", "AP", "x"]],
        columns=["code", "role", "text", "reason"],
    )
    given = {"crosswalk": crosswalk, "tps": tps, "names": names, "bps_names": bps_names,
             "extra": extra}  # fmt: skip
    return Sources(**{**given, **changes})  # type: ignore[arg-type]


def test_a_tiny_registry_is_built_as_worked_by_hand() -> None:
    built = build_units(tiny_sources())
    assert list(built.columns) == list(UNIT_COLUMNS)
    lines = [",".join(row) for row in built.itertuples(index=False, name=None)]
    at = "100.500000,1.500000"
    assert lines == [
        f"99,provinsi,Contoh,provinsi,,99,99,,{at},false,true",
        f"99.01,kabupaten,Satu,kota,99,9907,9901,,{at},false,true",
        f"99.01.01,kecamatan,Dua,kecamatan,99.01,9907010,990101,Doea,{at},false,true",
        f"99.01.01.1002,desa,Batu Keras,kelurahan,99.01.01,,9901011002,,{at},true,false",
        "99.01.01.2001,desa,Airputih,desa,99.01.01,9907010001,9901012001,"
        f"Aik Putih|Air Putih|AP,{at},false,true",
    ]


def test_points_come_from_the_boundaries_where_there_are_any() -> None:
    points = {"99.01.01": (101.0, 2.0), "99.01.01.2001": (102.0, 3.0)}
    built = build_units(tiny_sources(points=points)).set_index("code")["lon"]
    assert built["99.01.01"] == built["99.01.01.1002"] == "101.000000"
    assert built["99.01.01.2001"] == built["99"] == "102.000000"


def test_the_builder_names_every_gap() -> None:
    sources = tiny_sources()
    with pytest.raises(SchemaError, match=r"99\.01\.01\.1002: no row in the KPU list"):
        build_units(tiny_sources(tps=sources.tps.iloc[:1]))
    with pytest.raises(SchemaError, match="99: no source has a name"):
        build_units(tiny_sources(extra=sources.extra.iloc[1:]))
    mixed = sources.crosswalk.assign(kode_bps=["9907010001", "9908010001"])
    with pytest.raises(SchemaError, match="expected one"):
        build_units(tiny_sources(crosswalk=mixed))


@pytest.mark.parametrize(
    ("column", "value", "fault"),
    [
        ("code", "19.1", "expected a dotted Kemendagri code"),
        ("level", "desa", "level 'desa', expected kabupaten"),
        ("kind", "kelurahan", "kind 'kelurahan'"),
        ("name", " ", "no name"),
        ("parent_code", "19.02", "parent_code '19.02', expected 19"),
        ("has_polygon", "ya", "has_polygon 'ya', expected true or false"),
        ("lon", "1O6", "lon '1O6', expected -180 to 180"),
        ("lat", "nan", "lat 'nan', expected -90 to 90"),
    ],
)
def test_the_reader_refuses_a_wrong_row(
    tmp_path: Path, column: str, value: str, fault: str
) -> None:
    raw = pd.read_csv(shipped_dir() / "units.csv", dtype=str, keep_default_na=False)
    raw.loc[1, column] = value
    path = tmp_path / "units.csv"
    raw.to_csv(path, index=False)
    with pytest.raises(SchemaError, match="row 3") as caught:
        read_units(path)
    assert fault in str(caught.value)


def test_the_reader_refuses_doubles_orphans_and_missing_columns(tmp_path: Path) -> None:
    raw = pd.read_csv(shipped_dir() / "units.csv", dtype=str, keep_default_na=False)
    path = tmp_path / "units.csv"
    pd.concat([raw, raw.iloc[[5]]]).to_csv(path, index=False)
    with pytest.raises(SchemaError, match="occurs twice"):
        read_units(path)
    raw[raw["code"] != "19.01.01"].to_csv(path, index=False)
    with pytest.raises(SchemaError, match=r"its parent 19\.01\.01 is not in the file"):
        read_units(path)
    raw.drop(columns="kpu_code").to_csv(path, index=False)
    with pytest.raises(SchemaError, match="no column kpu_code"):
        read_units(path)
    with pytest.raises(SourceMissingError):
        read_units(tmp_path / "absent.csv")
