"""SIMULASI: counts are dealt out exactly, apart from what is known, and never unasked."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analytics.risk.simulate import allocate_counts
from cli import app
from data.risk.answers import Answer
from data.risk.indicators import clear_simulated
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.risk.facts import risk_tables
from services.risk.simulate import simulate_indicators
from tests.risk_store import PENYAK, answer

EVE = date(2024, 2, 13)
TPS = pd.DataFrame(
    {"desa_code": np.repeat(["19.01.01.2001", "19.01.02.2001", "19.02.01.2001"], [4, 3, 5])}
)
TPS["tps_id"] = [f"e/{d}/{n:03d}" for n, d in enumerate(TPS["desa_code"])]


def counts(*rows: tuple[str, str, str, int | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["indicator_id", "level", "unit_code", "count"])


def known(data: Dataset, as_of: date, *, simulation: bool = False) -> pd.DataFrame:
    tables = risk_tables(data, "pemilu2024", as_of, simulation=simulation)
    return tables.values  # noqa: PD011


def yes_of(dealt: pd.DataFrame, unit: str) -> float:
    return float(dealt.loc[dealt["desa_code"].str.startswith(unit), "value"].sum())


def test_each_level_keeps_its_count() -> None:
    published = counts(
        ("listrik", "kabupaten", "19.01", 3),
        ("listrik", "provinsi", "19", 5),
        ("jauh", "kabupaten", "19.02", 2),
        ("jauh", "nasional", "ID", 50),
    )
    dealt = allocate_counts(TPS, published, 1, national_tps=100)
    power = dealt[dealt["indicator_id"].eq("listrik")]
    assert (len(power), yes_of(power, "19.01"), yes_of(power, "19.02")) == (12, 3, 2)
    far = dealt[dealt["indicator_id"].eq("jauh")]
    assert (len(far), yes_of(far, "19.02")) == (12, 2)
    assert 0 <= yes_of(far, "19.01") <= 7


def test_what_no_count_covers_stays_unknown() -> None:
    dealt = allocate_counts(TPS, counts(("jauh", "kabupaten", "19.02", 2)), 1)
    assert set(dealt["desa_code"]) == {"19.02.01.2001"}
    assert allocate_counts(TPS, counts(("jauh", "nasional", "ID", 2)), 1).empty


def test_indicators_left_out_are_left_out() -> None:
    published = counts(("khusus", "provinsi", "19", 2), ("jauh", "provinsi", "19", 2))
    dealt = allocate_counts(TPS, published, 1, left_out=["khusus"])
    assert set(dealt["indicator_id"]) == {"jauh"}


@pytest.mark.parametrize(
    ("published", "seed"),
    [
        (counts(("jauh", "kabupaten", "19.02", 6)), 1),
        (counts(("jauh", "nasional", "ID", 101)), 1),
        (counts(("jauh", "kabupaten", "19.02", 2)), -1),
    ],
)
def test_a_count_beyond_its_tps_is_refused(published: pd.DataFrame, seed: int) -> None:
    with pytest.raises(ParameterError):
        allocate_counts(TPS, published, seed, national_tps=100)


@settings(max_examples=30)
@given(st.integers(0, 7), st.integers(0, 5), st.integers(0, 2**31))
def test_the_sum_is_the_count_whatever_the_seed(one: int, other: int, seed: int) -> None:
    published = counts(("a", "kabupaten", "19.01", one), ("a", "kabupaten", "19.02", other))
    dealt = allocate_counts(TPS, published, seed)
    assert (yes_of(dealt, "19.01"), yes_of(dealt, "19.02")) == (one, other)
    assert set(dealt["value"]) <= {0.0, 1.0}
    again = allocate_counts(TPS, published.iloc[::-1], seed)
    pd.testing.assert_frame_equal(dealt, again)


def test_every_tps_is_as_likely_as_the_other() -> None:
    published = counts(("a", "kabupaten", "19.02", 2))
    total = sum(
        allocate_counts(TPS, published, seed).set_index("tps_id")["value"] for seed in range(150)
    )
    assert (abs(total / 150 - 0.4) < 0.16).all()


def test_the_share_of_the_country_is_right_on_average() -> None:
    published = counts(("a", "nasional", "ID", 25))
    mean = np.mean(
        [allocate_counts(TPS, published, s, national_tps=100)["value"].sum() for s in range(80)]
    )
    assert mean == pytest.approx(12 * 0.25, abs=0.55)


def test_simulated_values_are_never_read_unasked(own_store: Store) -> None:
    made = simulate_indicators(own_store, "pemilu2024", 1)
    assert (made.indicators, made.tps, made.as_dict()["values"]) == (21, 4116, 21 * 4116)
    assert own_store.count("indicator_values") == 0
    data = load_dataset(own_store)
    assert known(data, EVE).empty
    asked = known(data, EVE, simulation=True)
    assert risk_tables(data, "pemilu2024", EVE, simulation=True).simulation
    assert asked["simulated"].all()
    assert len(asked) == 21 * 4116
    assert "lokasi_khusus" not in set(asked["indicator_id"])
    assert known(
        data, date(2024, 2, 10), simulation=True
    ).empty  # the counts were published on the eleventh


def test_what_is_known_stands_before_what_is_simulated(own_store: Store) -> None:
    simulate_indicators(own_store, "pemilu2024", 1)
    for number in ("001", None):
        answer(
            own_store,
            Answer("pemilu2024", "riwayat_kekerasan" if number else "politik_uang",
                   "19.04.01.2007", number, 1.0, "PPS Penyak", date(2024, 2, 1)),
        )  # fmt: skip
    values = known(load_dataset(own_store), EVE, simulation=True)
    here = values[values["desa_code"].eq("19.04.01.2007")]
    mine = here[here["indicator_id"].eq("riwayat_kekerasan")].set_index("tps_id")["simulated"]
    assert not mine[f"{PENYAK}/001"]
    assert mine.drop(f"{PENYAK}/001").all()
    money = here[here["indicator_id"].eq("politik_uang")]
    assert money["tps_id"].isna().all()
    assert not money["simulated"].any()


def test_the_same_seed_makes_the_same_and_clearing_takes_all_away(own_store: Store) -> None:
    simulate_indicators(own_store, "pemilu2024", 7)
    first = own_store.read("simulated_values")
    simulate_indicators(own_store, "pemilu2024", 7)
    pd.testing.assert_frame_equal(first, own_store.read("simulated_values"))
    assert set(first["seed"]) == {7}
    assert clear_simulated(own_store) == len(first)
    assert own_store.count("simulated_values") == 0
    revision = own_store.revision()
    assert clear_simulated(own_store) == 0
    assert own_store.revision() == revision


def test_the_command_says_simulasi(own_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.prepare.open_prepared", lambda: own_store)
    run = CliRunner()
    done = run.invoke(app, ["simulate", "indicators", "--election", "pemilu2024", "--seed", "1"])
    assert done.exit_code == 0
    assert done.output.startswith("SIMULASI")
    assert run.invoke(app, ["simulate", "clear"]).exit_code == 0
    assert own_store.count("simulated_values") == 0
    for election in ("pilkada2024", "pilkada_ulang2025", "pemilu1955"):
        refused = run.invoke(app, ["simulate", "indicators", "--election", election])
        assert refused.exit_code == 2
