"""The shipped facts of ways and waters, and the network that is made of them."""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.network.remoteness import remoteness, travel_time_matrix, unreachable
from data.errors import SchemaError
from data.network.tables import check_network_tables, load_network_tables, read_moves, write_move
from data.store.engine import Store
from services.network.build import NetworkSet, load_network
from services.prepare import prepare

BIG_ISLANDS = {"19.01": 0, "19.02": 1, "19.03": 0, "19.04": 0, "19.05": 0, "19.06": 1, "19.71": 0}


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
        "piers": 33, "depots": 18, "sea_legs": 36, "vessel_limits": 5, "vessel_speeds": 5,
        "road_facts": 39, "island_tps": 31,
    }  # fmt: skip
    assert tables["road_facts"]["distance_km"].notna().sum() == 19
    assert tables["road_facts"]["low_min"].notna().sum() == 25


def test_every_fact_has_a_page_and_every_assumption_a_reason(
    tables: dict[str, pd.DataFrame],
) -> None:
    for name in ("piers", "depots", "sea_legs", "vessel_limits", "vessel_speeds"):
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
    assert (fit.low_factor, fit.high_factor) == pytest.approx((0.480, 2.441), abs=1e-3)
    assert fit.mape_distance <= 0.15
    assert fit.mape_time <= 0.25


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
            assert way.minutes("low") <= minutes[0] <= minutes[1] <= way.minutes("high")


def test_contradicting_legs_keep_their_spread(found: NetworkSet) -> None:
    legs = found.legs.set_index(["from_pier", "to_pier", "vessel_class"])
    pongok = legs.loc[("L-PONGOK", "P-SADAI", "perahu")]
    assert pongok[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [30, 105, 180, 1]
    limau = legs.loc[("L-BUKULIMAU", "P-MANGGAR", "perahu")]
    assert limau[["low_min", "usual_min", "high_min", "n_facts"]].to_list() == [15, 37.5, 90, 4]
    belitung = legs.loc[("P-PKBALAM", "P-TJPANDAN", "kapal_cepat")]
    assert belitung["usual_min"] == 240
    assert belitung["why"] == "spread"


def test_boats_carry_the_limits_of_their_class(found: NetworkSet) -> None:
    boats = found.network.edges[found.network.edges["mode"].eq("boat")]
    assert len(boats) == 19
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
    assert (places["p95_min"] <= places["high_min"] + 1e-9).all()


def test_travel_times_between_all_desa(found: NetworkSet) -> None:
    began = time.perf_counter()
    minutes = travel_time_matrix(found.network).to_numpy()
    assert time.perf_counter() - began < 5
    assert minutes.shape == (393, 393)
    assert np.isfinite(minutes).all()
    assert np.array_equal(minutes, minutes.T)
    assert (np.diag(minutes) == 0).all()
    assert (minutes[:, None, :50] <= minutes[:, :50, None] + minutes[None, :50, :50] + 1e-6).all()


def test_approximate_points_are_flagged_and_can_be_moved(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'siaga.db'}")
    prepare(store)
    before = load_network(store)
    piers = before.piers.set_index("pier_id")
    published = {"P-TJPANDAN", "P-TJKALIAN", "P-PKBALAM", "P-SELATNASIK", "P-KURAU", "P-MANGGAR"}
    assert set(piers.index[~piers["approximate"]]) == {"L-KETAWAI", *published}
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
    store.close()
