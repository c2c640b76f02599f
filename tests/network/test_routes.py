"""The way between two places as people type them."""

from __future__ import annotations

import json

import pytest

from data.store.engine import Store
from geo.errors import CodeError
from services.network.build import NetworkSet, load_network
from services.network.routes import resolve_node, route


@pytest.fixture(scope="module")
def found(shipped_store: Store) -> NetworkSet:
    return load_network(shipped_store)


def test_pangkalpinang_to_toboali(shipped_store: Store, found: NetworkSet) -> None:
    """Published: 120 km, 180 minutes."""
    answer = route(shipped_store, "Pangkalpinang", "Toboali", networks=found)
    assert answer["distance_km"] == pytest.approx(120, rel=0.15)
    assert answer["usual_min"] == pytest.approx(180, rel=0.25)
    assert answer["low_min"] < answer["usual_min"] < answer["high_min"]
    assert [leg["mode"] for leg in answer["legs"]] == ["road"]
    assert answer["is_estimate"]
    assert answer["roads"]["source"] == "proxy"
    assert answer["roads"]["n_time"] == 25
    assert json.loads(json.dumps(answer)) == answer


def test_a_way_over_the_sea(shipped_store: Store, found: NetworkSet) -> None:
    answer = route(shipped_store, "Toboali", "Desa Pongok", networks=found)
    assert [leg["mode"] for leg in answer["legs"]] == ["road", "boat", "road"]
    assert answer["mode_changes"] == 2
    boat = answer["legs"][1]
    assert (boat["low_min"], boat["usual_min"], boat["high_min"]) == (30, 105, 180)
    assert boat["vessel_class"] == "perahu"
    assert answer["sea_min"] == 105
    total = sum(leg["usual_min"] for leg in answer["legs"])
    assert answer["usual_min"] == pytest.approx(total, abs=0.3)


def test_there_and_back_take_as_long(shipped_store: Store, found: NetworkSet) -> None:
    there = route(shipped_store, "Manggar", "Tanjungpandan", networks=found)
    back = route(shipped_store, "Tanjungpandan", "Manggar", networks=found)
    assert there["usual_min"] == back["usual_min"]
    assert there["distance_km"] == back["distance_km"]


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("P-SADAI", "P-SADAI"), ("pelabuhan  sadai", "P-SADAI"), ("Pulau Pongok", "L-PONGOK"),
        ("blt-01", "BLT-01"), ("S-BATUN", "S-BATUN"), ("19.03.06.2001", "19.03.06.2001"),
        ("Desa Sadai", "19.03.06.2001"), ("Muntok", "19.05.01.1002"),
        ("Toboali", "19.03.01.1002"),
    ],
)  # fmt: skip
def test_what_a_text_means(shipped_store: Store, found: NetworkSet, text: str, node: str) -> None:
    assert resolve_node(text, found, shipped_store.units()) == node


@pytest.mark.parametrize("text", ["Petaling", "Atlantis", "", "Jakarta"])
def test_a_text_that_is_no_certain_place_is_refused(
    shipped_store: Store, found: NetworkSet, text: str
) -> None:
    with pytest.raises(CodeError, match="place"):
        route(shipped_store, "Pangkalpinang", text, networks=found)
