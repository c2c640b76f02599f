"""The shipped facts of ways and waters, and the network that is made of them."""

from __future__ import annotations

import csv
import re
import time
from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from analytics.network.remoteness import remoteness, travel_time_matrix, unreachable
from data.errors import SchemaError
from data.network.tables import check_network_tables, load_network_tables, read_moves, write_move
from data.store.engine import Store
from services.dataset import Dataset
from services.network.build import NetworkSet, load_network

CITED = {
    "P-TJPANDAN": (-2.74472, 107.635), "P-TJKALIAN": (-2.08384, 105.13322),
    "P-PKBALAM": (-2.09833, 106.13056), "P-TOBOALI": (-3.01256, 106.44623),
    "P-MUNTOK": (-2.07155, 105.16154), "P-SELATNASIK": (-2.83442, 107.4128),
    "P-PPGANTUNG": (-2.96913, 108.17298), "P-SGSELAN": (-2.38447, 105.98493),
    "P-SUNGAILIAT": (-1.86394, 106.12515), "P-PPTJPANDAN": (-2.74389, 107.63305),
    "P-KURAU": (-2.33079, 106.23493), "P-MANGGAR": (-2.84964, 108.28674),
    "P-SLKAMPIT": (-2.6209, 108.03914), "P-BTBELUBANG": (-2.16988, 106.18806),
    "P-BATURUSA": (-2.0862, 106.15379),
}  # fmt: skip
"""The 15 piers whose points are cited, as latitude and longitude."""
ELSEWHERE = {
    "PP. Sadai, Bangka Selatan", "PP. Kelabat (Batu Dinding), Kab. Bangka", "Manggar (IDMAN)",
    "Muntok (IDMUO)", "Pangkal Balam (IDPGX)", "Tanjung Pandan (IDTJQ)", "Toboali (IDTOB)",
    "Pangkal Pinang",
}  # fmt: skip
"""Points of the list that are no pier's: in another desa, wrong, or a second one of a pier."""
BIG_ISLANDS = {"19.01": 0, "19.02": 1, "19.03": 0, "19.04": 0, "19.05": 0, "19.06": 1, "19.71": 0}


SHIPPED = Path(__file__).resolve().parents[2] / "data" / "shipped" / "babel"


@pytest.fixture(scope="module")
def tables(shipped_store: Store) -> dict[str, pd.DataFrame]:
    return load_network_tables(shipped_store.units())


@pytest.fixture(scope="module")
def found(shipped_store: Store) -> NetworkSet:
    return load_network(shipped_store)


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_per_table(tables: dict[str, pd.DataFrame]) -> None:
    assert {name: len(frame) for name, frame in tables.items()} == {
        "piers": 41, "depots": 18, "sea_legs": 37, "vessels": 14, "vessel_limits": 5,
        "vessel_speeds": 5,
        "road_facts": 39, "island_tps": 31,
    }  # fmt: skip
    assert tables["road_facts"]["distance_km"].notna().sum() == 19
    assert tables["road_facts"]["low_min"].notna().sum() == 25


def test_every_fact_has_a_page_and_every_assumption_a_reason(
    tables: dict[str, pd.DataFrame],
) -> None:
    for name in ("piers", "depots", "sea_legs", "vessels", "vessel_limits", "vessel_speeds"):
        frame = tables[name]
        assert frame.loc[frame["basis"].eq("fakta"), "source_id"].notna().all(), name
        assert frame.loc[frame["basis"].eq("asumsi"), "note"].notna().all(), name
    for name in ("road_facts", "island_tps"):
        assert tables[name]["source_id"].notna().all(), name


def test_every_published_crossing_is_within_the_speeds_of_its_class(
    found: NetworkSet, tables: dict[str, pd.DataFrame]
) -> None:
    speeds = tables["vessel_speeds"].drop(columns="source_id")
    legs = found.legs.merge(speeds, on="vessel_class")
    assert len(legs) == len(found.legs)
    assert (60 * legs["length_km"] / legs["low_min"]).le(legs["greatest_kmh"]).all()
    assert (60 * legs["length_km"] / legs["high_min"]).ge(legs["least_kmh"]).all()


def test_legs_roads_and_islands_say_what_their_lists_say(
    tables: dict[str, pd.DataFrame], reference: Path
) -> None:
    def said(frame: pd.DataFrame, columns: tuple[str, ...]) -> Counter[tuple[str, ...]]:
        texts = frame[[*columns, "source_url"]].astype("object")
        filled = texts.where(texts.notna(), "")
        return Counter(
            tuple(f"{v:g}" if isinstance(v, float) else str(v) for v in row)
            for row in filled.itertuples(index=False)
        )

    later = {row["source_url"] for row in rows_of(reference, "public_facts.csv")}
    facts = tables["sea_legs"][tables["sea_legs"]["basis"].eq("fakta")]
    batun = facts["leg_id"].isin(["SEA-034", "SEA-035", "SEA-036"])  # Batun: from other pages
    facts = facts[~batun]
    assert said(facts, ("from_text", "to_text", "low_min", "high_min")) == Counter(
        (r["from_port"], r["to_port_or_island"], r["duration_min"],
         r["duration_max_min"] or r["duration_min"], r["source_url"])
        for r in rows_of(reference, "sea_legs.csv")
    )  # fmt: skip
    assert said(tables["road_facts"], ("from_text", "to_text", "distance_km")) == Counter(
        (r["from_place"], r["to_place"], r["distance_km"], r["source_url"])
        for r in rows_of(reference, "road_facts.csv")
    )
    listed = tables["island_tps"][tables["island_tps"]["place_text"].ne("Pulau Nangka")]
    added = listed["island_id"].isin(["ISL-029", "ISL-030", "ISL-031"])
    assert set(listed.loc[added, "source_url"]) <= later
    listed = listed[~added]
    counts = ("place_text", "election", "tps_count", "voters", "boxes", "booths")
    assert said(listed, counts) == Counter(
        (r["desa_or_island"], r["election"], r["tps_count"], r["voters"], r["boxes"], r["booths"],
         r["source_url"])
        for r in rows_of(reference, "island_tps.csv")
    )  # fmt: skip
    depots = {r["depot_id"]: r["name"] for r in rows_of(reference, "logistics_depots.csv")}
    ours = tables["depots"].set_index("depot_id")["name"].to_dict()
    assert ours.items() >= depots.items()
    more = {"BBR-02", "BBR-03", "BBR-04", "BTM-02", "PGK-03"}
    assert set(ours) - set(depots) == {"BTM-01", *more}
    shipped = tables["depots"].set_index("depot_id").loc[sorted(more)]
    assert not shipped["is_default"].any()
    assert set(shipped["source_url"]) <= later


def test_a_wrong_table_is_refused_with_its_row(
    tables: dict[str, pd.DataFrame], shipped_store: Store
) -> None:
    units = shipped_store.units()
    for name, column, value, expected in (
        ("piers", "unit_code", "19.99", "a code of the registry"),
        ("piers", "toward", "P-NOWHERE", "a row of piers"),
        ("piers", "kind", "bandara", "one of pelabuhan"),
        ("sea_legs", "from_pier", "P-NOWHERE", "a row of piers"),
        ("sea_legs", "low_min", -30.0, "above 0"),
        ("sea_legs", "low_min", 999.0, "not below low_min"),
        ("depots", "basis", "kabar", "one of fakta, asumsi"),
        ("vessels", "from_pier", "P-NOWHERE", "a row of piers"),
        ("vessels", "vessel_class", "rakit", "one of perahu"),
        ("vessel_limits", "wave_limit_m", 0.0, "above 0"),
        ("island_tps", "nodes", "L-NOWHERE", "desa codes or piers"),
        ("road_facts", "pair", None, "given exactly when from_code is"),
    ):
        broken = tables[name].copy()
        broken.loc[0, column] = value
        faults = check_network_tables({**tables, name: broken}, units)
        assert any(f.startswith(f"{name} row 2") and expected in f for f in faults), (name, column)
    assert check_network_tables(tables, units) == []


def test_the_measured_error_of_the_proxy(found: NetworkSet) -> None:
    """Pins of what docs/methods.md publishes."""
    fit = found.fit
    assert (fit.n_distance, fit.n_time) == (18, 25)
    assert fit.mape_distance == pytest.approx(0.0815, abs=5e-4)
    assert fit.mape_time == pytest.approx(0.2257, abs=5e-4)
    assert fit.interval_distance == pytest.approx((0.0337, 0.1029), abs=5e-4)
    assert fit.interval_time == pytest.approx((0.0912, 0.3444), abs=5e-4)
    assert (fit.speed_kmh, fit.town_factor, fit.trip_min) == (43.0, 4.5, 8.0)
    assert fit.detour == pytest.approx(1.0846, abs=5e-4)
    assert fit.error_sd == pytest.approx(0.262, abs=1e-3)
    assert fit.mape_distance <= 0.15
    assert fit.mape_time <= 0.25


def test_a_day_varies_less_than_the_roads_are_off(found: NetworkSet) -> None:
    spread, (least, most) = found.fit.spread, found.fit.error
    assert spread.factors["country"] == pytest.approx((0.8, 1.2))
    assert (spread.n_ranges, spread.basis["country"]) == (2, "fakta")
    assert {spread.basis[kind] for kind in ("town", "track")} == {"anggapan"}
    for low, high in spread.factors.values():
        assert least < low <= 1 <= high < most


def test_published_distances_and_times_lie_within_the_network(found: NetworkSet) -> None:
    network, seat = found.network, found.seat_of
    for a, b, km, minutes in (
        ("19.71", "19.05.01", (138, 140), (180, 240)),
        ("19.71", "19.03.01", (120, 120), (180, 180)),
        ("19.71", "19.04.01", (60, 60), None),
        ("19.02.01", "19.06.01", (78, 78), None),
    ):
        way = network.way(seat[a], seat[b])
        assert km[0] * 0.85 <= way.distance_km <= km[1] * 1.15
        if minutes:
            least, most = found.fit.error
            usual = way.minutes()
            assert least * usual <= minutes[0] <= minutes[1] <= most * usual


def test_fifteen_piers_have_the_point_that_is_cited_inside_the_kecamatan_they_are_of(
    tables: dict[str, pd.DataFrame], shipped_dataset: Dataset, reference: Path
) -> None:
    said = {
        tuple(float(part) for part in row["value"].split(";")): row
        for row in rows_of(reference, "public_facts.csv")
        if row["topic"] == "4 pier_coord"
    }
    assert set(CITED.values()) <= set(said)
    assert {row["place"] for at, row in said.items() if at not in CITED.values()} == ELSEWHERE
    assert not any("do not use" in said[at]["note"] for at in CITED.values())
    piers = tables["piers"].set_index("pier_id")
    kecamatan = shipped_dataset.shapes["kecamatan"].set_index("code").geometry
    for pier, (lat, lon) in CITED.items():
        row, fact = piers.loc[pier], said[lat, lon]
        assert (row["lat"], row["lon"], row["coordinates"]) == (lat, lon, "terbit"), pier
        assert fact["source_url"] in row["source_url"].split("|"), pier
        own = str(row["unit_code"])[:8]
        assert kecamatan[own].distance(shapely.Point(lon, lat)) < 0.005, pier
        if row["unit_code"] != own:
            desa = shipped_dataset.shapes["desa"].set_index("code").geometry
            assert desa[row["unit_code"]].distance(shapely.Point(lon, lat)) < 0.001, pier


def test_the_point_called_sadai_is_not_in_desa_sadai(
    tables: dict[str, pd.DataFrame], shipped_dataset: Dataset
) -> None:
    desa = shipped_dataset.shapes["desa"].set_index("code").geometry
    point = shapely.Point(106.65051, -2.97626)
    assert desa["19.03.06.2002"].contains(point)  # Tukak
    metric = desa[["19.03.06.2001"]].to_crs(32748)
    apart = metric.distance(gpd.GeoSeries([point], crs=4326).to_crs(32748).iloc[0]).iloc[0]
    assert apart == pytest.approx(5911, abs=20)
    sadai = tables["piers"].set_index("pier_id").loc["P-SADAI"]
    assert pd.isna(sadai["lon"])
    assert "5,9 km" in sadai["note"]


def test_every_row_about_piers_warehouses_vessels_and_dispatch_is_in_or_left_out_with_a_reason(
    reference: Path,
) -> None:
    """The list stands in the README of the tables: file, row and place of every fact."""
    words = (SHIPPED / "README.md").read_text(encoding="utf-8")
    row = r"^\| ([FAP]) \| (\d+) \| ([^|]+) \| (?:in|out): [^|]+ \|$"
    listed = re.findall(row, words, re.MULTILINE)
    known = {(file, int(line)): place for file, line, place in listed}
    assert len(known) == len(listed)
    facts = {
        ("F", n): row["place"]
        for n, row in enumerate(rows_of(reference, "public_facts.csv"), 2)
        if re.match(r"4 (pier|warehouse|vessel|dispatch)|7 sea", row["topic"])
    }
    facts |= {
        ("A", n): row["place"]
        for n, row in enumerate(rows_of(reference, "facts_additions.csv"), 2)
        if row["kind"] in {"pier", "fleet", "truck", "sea"}
    }
    facts |= {("P", n): row["name"] for n, row in enumerate(rows_of(reference, "ports.csv"), 2)}
    assert known == facts


def test_contradicting_legs_keep_their_spread(found: NetworkSet) -> None:
    legs = found.legs.set_index(["from_pier", "to_pier", "vessel_class"])
    pongok = legs.loc[("L-PONGOK", "P-SADAI", "perahu")]
    assert pongok[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [30, 105, 180, 1]
    batun = legs.loc[("L-BATUN", "P-SPESAK", "perahu")]
    assert batun[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [240, 360, 480, 4]
    limau = legs.loc[("L-BUKULIMAU", "P-MANGGAR", "perahu")]
    assert limau[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [15, 37.5, 90, 4]
    belitung = legs.loc[("P-PKBALAM", "P-TJPANDAN", "kapal_cepat")]
    assert belitung["usual_min"] == 240
    assert belitung["why"] == "spread"


def test_boats_carry_the_limits_of_their_class(found: NetworkSet) -> None:
    boats = found.network.edges[found.network.edges["mode"].eq("boat")]
    assert len(boats) == 20
    limits = boats.groupby("vessel_class")[["wave_limit_m", "wind_limit_kn"]].first()
    assert limits.loc["perahu"].to_list() == [1.25, 15]
    assert limits.loc["feri"].to_list() == [2.5, 21]
    assert boats[["wave_limit_m", "wind_limit_kn"]].notna().all(axis=None)


def test_all_desa_and_island_tps_are_reached(
    found: NetworkSet, tables: dict[str, pd.DataFrame]
) -> None:
    depots = found.default_depots
    assert set(depots) == set(BIG_ISLANDS)
    assert unreachable(found.network, depots).empty
    places = remoteness(found.network, depots)
    assert len(places) == 393 + 5
    assert places["usual_min"].notna().all()
    named = tables["island_tps"]["nodes"].dropna().str.split("|").explode()
    sites = "S-" + named[named.str.startswith("L-")].str.removeprefix("L-")
    assert set(sites) | set(named[~named.str.startswith("L-")]) <= set(places.index)


def test_the_roads_hang_together_on_each_big_island(found: NetworkSet) -> None:
    roads = found.network.edges["mode"].ne("boat")
    land = found.network.without(found.network.edges.index[~roads]).parts
    desa = land[[code for code in land.index if code.count(".") == 3]]
    sizes = desa.value_counts()
    assert sizes.to_list()[:4] == [299, 81, 4, 3]
    for kabupaten in BIG_ISLANDS:
        here = desa[desa.index.str.startswith(kabupaten)]
        assert here.mode()[0] in sizes.index[:2]


def test_the_most_remote_lie_on_small_islands(found: NetworkSet) -> None:
    places = remoteness(found.network, found.default_depots).sort_values("rank")
    assert places.index[0] == "S-BATUN"
    assert places["rank"].to_list() == list(range(1, 399))
    top = places.head(8)
    assert {"19.02.02.2010", "19.03.08.2001", "19.03.08.2002", "S-LONG", "S-KETAPANG"} <= set(
        top.index
    )
    assert (top["sea_min"] > 0).all()
    assert (places["low_min"] <= places["usual_min"]).all()
    assert (places["usual_min"] <= places["p95_min"] + 1e-9).all()
    assert (places["slow_min"] <= places["high_min"] + 1e-9).all()


def test_travel_times_between_all_desa(found: NetworkSet) -> None:
    began = time.perf_counter()
    minutes = travel_time_matrix(found.network).to_numpy()
    assert time.perf_counter() - began < 5
    assert minutes.shape == (393, 393)
    assert np.isfinite(minutes).all()
    assert np.array_equal(minutes, minutes.T)
    assert (np.diag(minutes) == 0).all()
    assert (minutes[:, None, :50] <= minutes[:, :50, None] + minutes[None, :50, :50] + 1e-6).all()


def test_approximate_points_are_flagged_and_can_be_moved(own_store: Store) -> None:
    store = own_store
    before = load_network(store)
    piers = before.piers.set_index("pier_id")
    assert set(piers.index[~piers["approximate"]]) == {"L-KETAWAI", *CITED}
    assert before.depots["approximate"].all()
    write_move(store, "P-SADAI", 106.75, -3.02)
    write_move(store, "BSL-02", 106.45, -2.99)
    after = load_network(store)
    moved = after.piers.set_index("pier_id").loc["P-SADAI"]
    assert (moved["lon"], moved["lat"]) == pytest.approx((106.75, -3.02))
    assert not moved["approximate"]
    assert not after.depots.set_index("depot_id").loc["BSL-02", "approximate"]
    with pytest.raises(SchemaError, match="lat"):
        write_move(store, "P-SADAI", 106.75, -302.0)
    write_move(store, "P-SADAI", None, None)
    assert set(read_moves(store)) == {"BSL-02"}
