"""Shipped facts about ways and waters; roads, boat legs and moved piers of the store.

Shipped tables are read straight from their files: they are facts with a page each, and assumptions
marked as such. Facts that contradict each other stand in rows of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
from sqlalchemy import Boolean, Column, Date, Float, Integer, MetaData, String, Table, Text

from data.errors import SchemaError
from data.paths import shipped_dir
from data.store import tables as schema
from data.store.engine import Reader, Store
from data.store.references import source_id
from data.store.rule import Bounds, Rule, among, in_order, together
from data.store.rules import cell_rules, faults_of, row_name, validate
from data.store.shipped import read_table
from data.vocabulary import VESSEL_CLASSES

network_metadata = MetaData()

BASES = ("fakta", "asumsi")
PIER_KINDS = ("pelabuhan", "dermaga", "pendaratan", "pantai")
COORDINATES = ("terbit", "poligon", "pantai", "pusat")
"""Published; inside the islet's polygon; the coast nearest to the other end; the unit's seat."""


def _table(name: str, *columns: Column[object]) -> Table:
    return Table(name, network_metadata, *columns, Column("source_url", Text))


def _key(name: str) -> Column[object]:
    return Column(name, String, primary_key=True)


piers = _table(
    "piers",
    _key("pier_id"),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("toward", String),  # pier whose side the coast point lies on
    Column("seat_of", String),  # desa whose office stands at this landing
    Column("lon", Float),
    Column("lat", Float),
    Column("coordinates", String, nullable=False),
    Column("basis", String, nullable=False),
    Column("note", Text),
)
depots = _table(
    "depots",
    _key("depot_id"),
    Column("name", String, nullable=False),
    Column("kabupaten_code", String, nullable=False),
    Column("place_code", String, nullable=False),  # at whose seat it stands without coordinates
    Column("lon", Float),
    Column("lat", Float),
    Column("election", String, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("basis", String, nullable=False),
    Column("note", Text),
)
sea_legs = _table(
    "sea_legs",
    _key("leg_id"),
    Column("from_text", Text),
    Column("to_text", Text),
    Column("from_pier", String),  # empty: the source names no leg inside the province
    Column("to_pier", String),
    Column("distance_km", Float),
    Column("low_min", Float),
    Column("usual_min", Float),
    Column("high_min", Float),
    Column("vessel", Text),
    Column("vessel_class", String),
    Column("basis", String, nullable=False),
    Column("ends_basis", String),  # asumsi: an end is not named by the source
    Column("note", Text),
)
vessels = _table(
    "vessels",
    _key("vessel_id"),
    Column("from_pier", String, nullable=False),
    Column("to_pier", String),  # empty: the line leaves the province
    Column("vessel", Text, nullable=False),
    Column("vessel_class", String, nullable=False),
    Column("boats", Integer),
    Column("passengers", Integer),
    Column("vehicles", Integer),
    Column("gross_tons", Float),
    Column("carries_vehicles", Boolean, nullable=False),
    Column("in_service", Date),  # first day on which a source has it in service; empty: undated
    Column("days", Text),  # of the week it sails, 1 (Monday) to 7, joined by |; empty: not said
    Column("departs", String),
    Column("basis", String, nullable=False),
    Column("note", Text),
)
vessel_limits = _table(
    "vessel_limits",
    _key("vessel_class"),
    Column("wave_limit_m", Float, nullable=False),
    Column("wind_limit_kn", Float, nullable=False),
    Column("basis", String, nullable=False),
    Column("note", Text),
)
vessel_speeds = _table(
    "vessel_speeds",
    _key("vessel_class"),
    Column("least_kmh", Float, nullable=False),  # outside of these no imported time is believed
    Column("greatest_kmh", Float, nullable=False),
    Column("basis", String, nullable=False),
    Column("note", Text),
)
road_facts = _table(
    "road_facts",
    _key("fact_id"),
    Column("from_text", Text, nullable=False),
    Column("to_text", Text, nullable=False),
    Column("from_code", String),
    Column("to_code", String),
    Column("pair", String),  # facts of one pair of places are never fitted and measured apart
    Column("distance_km", Float),
    Column("low_min", Float),
    Column("high_min", Float),
    Column("note", Text),
)
island_tps = _table(
    "island_tps",
    _key("island_id"),
    Column("place_text", Text, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("nodes", Text),  # desa codes or pier ids joined by |; empty: a total of many islands
    Column("election", String, nullable=False),
    Column("tps_count", Integer),
    Column("voters", Integer),
    Column("boxes", Integer),
    Column("booths", Integer),
    Column("tps_numbers", Text),  # CODE/001 joined by |: which TPS stand there, where published
    Column("note", Text),
)

NETWORK_TABLES = dict(network_metadata.tables)
_WORDS = {
    ("piers", "kind"): PIER_KINDS,
    ("piers", "coordinates"): COORDINATES,
    ("sea_legs", "vessel_class"): VESSEL_CLASSES,
    ("vessel_limits", "vessel_class"): VESSEL_CLASSES,
    ("vessel_speeds", "vessel_class"): VESSEL_CLASSES,
    ("vessels", "vessel_class"): VESSEL_CLASSES,
    **{
        (t, c.name): BASES
        for t in NETWORK_TABLES
        for c in NETWORK_TABLES[t].columns
        if c.name.endswith("basis")
    },
}
_ABOVE_0 = (
    "distance_km",
    "low_min",
    "usual_min",
    "high_min",
    "wave_limit_m",
    "wind_limit_kn",
    "least_kmh",
    "greatest_kmh",
    "tps_count",
    "voters",
    "boxes",
    "booths",
    "boats",
    "passengers",
    "vehicles",
    "gross_tons",
)
_BOUNDS = {(t, c): Bounds(expected="above 0", above=True) for t in NETWORK_TABLES for c in _ABOVE_0}
_UNIT_COLUMNS = {
    "piers": ("unit_code", "seat_of"),
    "depots": ("kabupaten_code", "place_code"),
    "road_facts": ("from_code", "to_code"),
    "island_tps": ("unit_code",),
}
_PIER_COLUMNS = {
    "piers": ("toward",),
    "sea_legs": ("from_pier", "to_pier"),
    "vessels": ("from_pier", "to_pier"),
}
_PAIRS = {
    "piers": (("lon", "lat"),),
    "depots": (("lon", "lat"),),
    "sea_legs": (("from_pier", "to_pier"), ("low_min", "high_min")),
    "road_facts": (("low_min", "high_min"), ("from_code", "pair")),
}


def load_network_tables(units: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Read and check the tables of ways and waters that ship for the province.

    Parameters
    ----------
    units
        Rows of the table ``units``; every code must be in it.

    Returns
    -------
    dict
        Typed frames by table name, each with ``source_id`` made from ``source_url`` (the first of
        several joined by ``|``).

    Raises
    ------
    SourceMissingError
        When a file is not there.
    SchemaError
        With the faults of all tables at once.
    """
    folder = shipped_dir()
    paths = {name: folder / f"{name}.csv" for name in NETWORK_TABLES}
    stamps = tuple(
        (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
        for path in paths.values()
    )
    codes = frozenset(units["code"])
    return {name: frame.copy() for name, frame in _read_and_checked(folder, stamps, codes).items()}


@lru_cache(maxsize=2)
def _read_and_checked(
    folder: Path, stamps: tuple[tuple[int, int], ...], codes: frozenset[str]
) -> dict[str, pd.DataFrame]:
    """Read the tables once as long as their files and the units are the same."""
    del stamps
    frames = {
        name: read_table(folder / f"{name}.csv", table) for name, table in NETWORK_TABLES.items()
    }
    if faults := check_network_tables(frames, pd.DataFrame({"code": sorted(codes)})):
        raise SchemaError(f"shipped/{folder.name}", faults)
    return {name: frame.assign(source_id=_source_ids(frame)) for name, frame in frames.items()}


def _source_ids(frame: pd.DataFrame) -> pd.Series:
    first = frame["source_url"].str.extract(r"^([^|]*)", expand=False)
    ids = {url: source_id(url) for url in first.dropna().unique()}
    return first.map(ids).astype("str")


def check_network_tables(frames: dict[str, pd.DataFrame], units: pd.DataFrame) -> list[str]:
    """Return every fault of the tables, one sentence each: table, row, value, what was expected.

    ``frames`` are by name of the table, ``units`` is the table of that name.
    """
    return [
        f"{name} {fault}"
        for name, frame in frames.items()
        for fault in [
            *faults_of(frame, NETWORK_TABLES[name], _rules(NETWORK_TABLES[name])),
            *_reference_faults(name, frame, frames, set(units["code"])),
        ]
    ]


def _rules(table: Table) -> Iterator[Rule]:
    for column in table.columns:
        yield from cell_rules(table, column, _WORDS, _BOUNDS)
    for one, other in _PAIRS.get(table.name, ()):
        yield together(one, other)
    if "low_min" in table.columns:
        yield in_order("low_min", "high_min", words="not below")
    if "basis" in table.columns:
        words = "a page, since the row is a fact"
        yield Rule(
            "source_url",
            "required",
            words,
            lambda f: f["source_url"].notna() | f["basis"].ne("fakta"),
        )


def _reference_faults(
    name: str, frame: pd.DataFrame, frames: dict[str, pd.DataFrame], codes: set[str]
) -> list[str]:
    key = next(iter(NETWORK_TABLES[name].primary_key.columns)).name
    known = set(frames["piers"]["pier_id"])
    rules = [
        among(column, codes, "a code of the registry") for column in _UNIT_COLUMNS.get(name, ())
    ]
    rules += [among(column, known, "a row of piers") for column in _PIER_COLUMNS.get(name, ())]
    faults = faults_of(frame, NETWORK_TABLES[name], rules)
    if name == "island_tps":
        parts = frame["nodes"].str.split("|").explode().dropna()
        lost = parts[~parts.isin(codes | known)]
        faults += [
            f"{row_name(frame, [key], int(row))}: nodes {value!r}, expected desa codes or piers"
            for row, value in zip(lost.index, lost, strict=True)
        ]
        faults += faults_of(frame, NETWORK_TABLES[name], _number_rules(codes, known))
    return faults


_NUMBER = re.compile(r"(.+)/\d{3}")


def _number_rules(codes: set[str], piers: set[str]) -> list[Rule]:
    """Return what numbers of TPS on an islet hold: how they are written, how many, and where."""

    def rule(words: str, holds: Callable[[pd.Series], bool]) -> Rule:
        return Rule("tps_numbers", "required", words, lambda f: f.apply(holds, axis=1))

    def numbers(row: pd.Series) -> list[str]:
        return [] if pd.isna(row["tps_numbers"]) else str(row["tps_numbers"]).split("|")

    def written(row: pd.Series) -> bool:
        found = [_NUMBER.fullmatch(one) for one in numbers(row)]
        right = all(one is not None and one[1] in codes for one in found)
        return right and len(set(numbers(row))) == len(found)

    def counted(row: pd.Series) -> bool:
        return bool(pd.isna(row["tps_count"]) or len(numbers(row)) <= row["tps_count"])

    return [
        rule("a desa and three digits each, such as 99.01.01.2001/004, none twice", written),
        rule("no more than tps_count", counted),
        rule(
            "numbers only where nodes is one landing",
            lambda row: not numbers(row) or row["nodes"] in piers,
        ),
    ]


DESA_PIER = "P-"
"""Before the code of a desa: the pier an import made at its coast."""


def read_sea_legs(
    tables: Reader, piers: pd.DataFrame, shipped: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the tables ``piers`` and ``sea_legs`` with what was imported.

    Parameters
    ----------
    tables
        The store, or a data set.
    piers, shipped
        The shipped tables of piers and sea legs.

    Returns
    -------
    dict
        Columns of the shipped tables; legs that were imported have those of their own table too.
        An imported leg sets aside the shipped rows of the same two piers and vessel class; a pier
        that an import made at the coast of a desa becomes a row.
    """
    own = tables.read("sea_legs")
    if own.empty:
        return {"piers": piers, "sea_legs": shipped}
    rows = own.assign(
        from_text=own["from_pier"],
        to_text=own["to_pier"],
        basis="fakta",
        ends_basis="fakta",
        source_id=own["import_id"],
    )
    mine = set(_pair(rows))
    replaced = pd.Series([key in mine for key in _pair(shipped)], index=shipped.index, dtype=bool)
    legs = pd.concat([shipped[~replaced], rows], ignore_index=True)
    return {"piers": with_made(piers, own), "sea_legs": legs}


def with_made(piers: pd.DataFrame, legs: pd.DataFrame) -> pd.DataFrame:
    """Return ``piers`` (the table) and one row for each end of ``legs`` at the coast of a desa.

    Of ``legs``, ``from_pier`` and ``to_pier`` are read.
    """
    ways = (legs[["from_pier", "to_pier"]], legs[["to_pier", "from_pier"]])
    named = [way.set_axis(["pier_id", "toward"], axis=1) for way in ways]
    ends = pd.concat(named).drop_duplicates("pier_id")
    made = ends[~ends["pier_id"].isin(piers["pier_id"])]
    codes = made["pier_id"].str.removeprefix(DESA_PIER)
    new = made.assign(
        name=codes,
        kind="pantai",
        unit_code=codes,
        coordinates="pantai",
        basis="asumsi",
        seat_of=pd.Series(None, index=made.index, dtype="str"),
        lon=float("nan"),
        lat=float("nan"),
    )
    return pd.concat([piers, new], ignore_index=True)


def _pair(legs: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the key of each leg, the same whichever way it is written."""
    columns = (legs["from_pier"], legs["to_pier"], legs["vessel_class"])
    return [
        (min(str(a), str(b)), max(str(a), str(b)), str(c)) for a, b, c in zip(*columns, strict=True)
    ]


def read_road_file(tables: Reader) -> str | None:
    """Return the name of the imported road file; None while there is none."""
    edges = tables.read("road_edges")
    if edges.empty:
        return None
    imports = tables.read("imports").set_index("import_id")
    return str(imports.loc[edges["import_id"].iloc[0], "file_name"])


def read_moves(tables: Reader) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of the piers and warehouses that the planner moved."""
    rows = tables.read("place_moves")
    points = zip(rows["place_id"], rows["lon"], rows["lat"], strict=True)
    return {str(place): (float(lon), float(lat)) for place, lon, lat in points}


def write_move(store: Store, place_id: str, lon: float | None, lat: float | None) -> None:
    """Put a pier or warehouse at a point, or back where it was (both None).

    Raises
    ------
    SchemaError
        When the point is no longitude and latitude.
    """
    table = schema.place_moves
    rows = pd.DataFrame({"place_id": [place_id], "lon": [lon], "lat": [lat]})
    if lon is not None or lat is not None:
        frame = rows.astype({"place_id": "str", "lon": "float64", "lat": "float64"})
        validate(table.name, frame)
    else:
        frame = rows.iloc[:0]
    with store.begin("network.place") as connection:
        store.replace(connection, table, frame, table.c.place_id == place_id)
