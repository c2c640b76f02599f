"""Islets stand on their islet; remoteness is a floor that nothing learnt can lower."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.risk.index import Part, score
from analytics.risk.params import LOGISTICS
from services.dataset import Dataset
from services.network.islets import _finest, tps_places
from services.risk.explain import explain_tps, reason_lines, summary_lines
from services.risk.index import RiskView, _risk_view, default_params, risk_view
from services.risk.islets import Islets, islet_names, islet_table, islets_in, islets_of, with_islets
from services.risk.map import risk_layers
from services.risk.ranking import RiskQuery, finding, ranked

EVE = dt.date(2024, 2, 13)
TIER = {"rendah": 0, "sedang": 1, "tinggi": 2}
GUNUNG = "19.04.02.2007"
KELUMPANG = "19.06.07.2003"


@pytest.fixture(scope="module")
def view(dataset: Dataset) -> RiskView:
    return risk_view(dataset, "pemilu2024", EVE)


def two_islets() -> Islets:
    rows = pd.DataFrame(
        {"name": ["Pulau A", "Pulau B"], "unit_code": ["99.01.01.2001", "99.01.02"]},
        index=["S-A", "S-B"],
    )
    far = Part.of(np.array([0.9, 0.4]), np.ones(2))
    return Islets(rows, {"keterpencilan": far})


def test_a_tps_that_may_stand_on_an_islet_keeps_its_index_and_widens_its_range() -> None:
    desa = pd.Series(["99.01.01.2001", "99.01.01.2002", "99.01.02.2001", "99.01.02.2002"])
    near = Part.of(np.array([0.1, 0.1, 0.1, 0.6]), np.ones(4))
    raised = with_islets({"keterpencilan": near, "moda": near}, two_islets(), desa)
    assert raised["keterpencilan"].high.tolist() == [0.9, 0.1, 0.4, 0.6]
    for name in ("bad", "low", "known"):
        np.testing.assert_array_equal(getattr(raised["keterpencilan"], name), getattr(near, name))
    assert raised["moda"] is near
    assert islet_names(two_islets(), desa).tolist() == ["Pulau A", "", "Pulau B", "Pulau B"]
    assert list(islets_in(two_islets(), "99.01.02").index) == ["S-B"]
    assert len(islets_in(two_islets(), None)) == 2


def test_the_finest_unit_that_counts_name_inside_that_of_the_landing() -> None:
    named = pd.Series(["99.01.02.2003", "99.03.01.2001", "99"])
    assert _finest("99.01.02", named) == "99.01.02.2003"
    assert _finest("99.02", named) == "99.02"


def test_islets_of_the_province_are_rated_at_their_landing(view: RiskView) -> None:
    rows = view.islets.rows.set_index("name")
    assert {"Pulau Batun", "Pulau Ketapang", "Pulau Long", "Pulau Semujur"} <= set(rows.index)
    for name, minutes in (("Batun", 360), ("Ketapang", 180), ("Long", 120)):
        assert rows.loc[f"Pulau {name}", "sea_min"] == minutes
        assert rows.loc[f"Pulau {name}", "tps"] == 1
    far = rows.loc[["Pulau Batun", "Pulau Ketapang", "Pulau Long"]]
    assert far["tier_logistik"].eq("tinggi").all()
    assert rows.loc["Pulau Semujur", "tier_logistik"] != "rendah"
    # Eight hours in 2019, six in 2020, four in 2024: the range is kept.
    assert rows.loc["Pulau Batun", "high_min"] - rows.loc["Pulau Batun", "low_min"] >= 240
    # The published 11 are all TPS of the desa: how many stand on Semujur is not known.
    assert pd.isna(rows.loc["Pulau Semujur", "tps"])
    assert rows.loc["Pulau Semujur", "stated"] == 11


def test_what_is_reached_by_sea_is_never_low_and_a_suburb_is_not_medium(
    view: RiskView, dataset: Dataset
) -> None:
    assert view.tps.loc[view.tps["lantai_logistik"], "tier_logistik"].ne("rendah").all()
    names = view.tps["desa_code"].map(dataset.names)
    tier = view.tps["tier_logistik"].groupby(names).first()
    assert tier["Buku Limau"] == "sedang"
    assert tier["Mangkol"] == "rendah"
    assert tier["Pongok"] == "tinggi"
    # A floor may lift a tier above its index; ranks follow the tier.
    mine = view.tps[view.tps["kabupaten_code"].eq("19.06")].sort_values("peringkat_logistik")
    levels = mine["tier_logistik"].map(TIER)
    assert levels.is_monotonic_decreasing
    assert levels.nunique() == 2
    assert mine["indeks_logistik"].iloc[0] < mine["indeks_logistik"].max()
    listed = ranked(view, RiskQuery("logistik", area="19.06")).rows
    assert listed["tier_logistik"].map(TIER).is_monotonic_decreasing


def test_a_tps_of_the_mainland_desa_says_that_it_may_stand_on_the_islet(view: RiskView) -> None:
    tps = f"pemilu2024/{GUNUNG}/001"
    row = view.tps.loc[tps]
    islet = view.islets.rows.set_index("name").loc["Pulau Semujur"]
    assert row["pulau"] == "Pulau Semujur"
    assert row["indeks_logistik"] < islet["indeks_logistik"] <= row["logistik_high"]
    assert any("Mungkin berdiri di Pulau Semujur" in line for line in
               reason_lines(explain_tps(view, tps)))  # fmt: skip
    assert (view.tps["pulau"] != "").sum() < 200


def test_the_headline_the_table_and_the_map_show_islets_apart_from_tps(
    view: RiskView, dataset: Dataset
) -> None:
    found = ranked(view, RiskQuery("logistik"))
    assert "pulau kecil tinggi (Pulau Batun" in finding(found, "id")
    assert "pulau kecil" not in finding(ranked(view, RiskQuery("keamanan")), "id")
    table = islet_table(view.islets, dataset, "19.06", "id")
    assert table["Pulau"].tolist() == ["Pulau Batun", "Pulau Ketapang", "Pulau Long"]
    assert any("Pulau kecil" in line for line in summary_lines(view, "id"))
    for statement, n in (("logistik", len(view.islets.rows)), ("keamanan", 0)):
        [layer] = risk_layers(ranked(view, RiskQuery(statement)), "tier", "id")
        tips = [f["properties"]["tip"] for f in layer.data["features"]]
        assert sum("dari gudang" in tip for tip in tips) == n


def test_an_index_is_that_of_the_islet_once_a_number_is_published(
    view: RiskView, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = view
    fact, beside = f"pemilu2024/{KELUMPANG}/007", f"pemilu2024/{KELUMPANG}/001"
    for module in ("services.network.islets", "services.risk.islets", "services.risk.explain"):
        monkeypatch.setattr(f"{module}.known_tps", lambda data, election: {fact: "S-BATUN"})
    # Worked out anew, without what is kept of the islets and the view.
    monkeypatch.setattr("services.risk.index.islets_of", islets_of.__wrapped__)  # type: ignore[attr-defined]
    after = _risk_view.__wrapped__(dataset, "pemilu2024", EVE, view.params, False, frozenset())  # type: ignore[attr-defined]
    assert after.tps["indeks_logistik"][fact] == pytest.approx(
        before.islets.rows["indeks_logistik"]["S-BATUN"]
    )
    assert after.tps["indeks_logistik"][fact] > before.tps["indeks_logistik"][fact]
    assert after.tps["lantai_logistik"][fact]
    # Its only TPS is known: the islet is no row of its own, and no other may stand there.
    assert set(before.islets.rows.index) - set(after.islets.rows.index) == {"S-BATUN"}
    assert before.tps["pulau"][beside] == "Pulau Batun, Pulau Ketapang"
    assert after.tps["pulau"][beside] == "Pulau Ketapang"
    assert after.tps["pulau"][fact] == ""
    lines = reason_lines(explain_tps(after, fact))
    assert any("Berdiri di Pulau Batun" in line for line in lines)
    assert after.tps["indeks_logistik"][beside] == before.tps["indeks_logistik"][beside]
    both = dataset.tps[dataset.tps["tps_id"].isin([fact, beside])]
    assert tps_places(dataset, both).tolist() == [KELUMPANG, "S-BATUN"]


def test_answering_every_open_question_with_no_lowers_no_index(view: RiskView) -> None:
    """The whole province: 22 TPS of high difficulty became 10 before."""
    parts = view.parts["logistik"]
    n = len(view.tps)
    before = score(parts, view.params.logistics)
    closed = {
        name: Part.of(part.bad, np.ones(n))
        if name in ("kiriman", "komunikasi", "riwayat")
        else part
        for name, part in parts.items()
    }
    after = score(closed, view.params.logistics)
    np.testing.assert_array_equal(before.index, after.index)
    assert (after.high <= before.high).all()
    assert view.tps["tier_logistik"].eq("tinggi").sum() >= 20


@settings(max_examples=50)
@given(st.data())
def test_remoteness_alone_is_a_floor_that_other_parts_only_raise(data: st.DataObject) -> None:
    share = st.floats(0, 1)
    params = default_params().logistics
    bad = {name: data.draw(share) for name in LOGISTICS}
    alone = {name: Part.unknown(1) for name in LOGISTICS}
    for name in ("keterpencilan", "moda"):
        alone[name] = Part.of(np.array([bad[name]]), np.ones(1))
    full = {name: Part.of(np.array([bad[name]]), np.ones(1)) for name in LOGISTICS}
    assert score(full, params).index[0] >= score(alone, params).index[0]
