"""SIMULASI: deal published counts out over TPS to try the pages; kept apart, off by default."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from analytics.simulate import allocate_counts
from data import schema
from data.simulated import clear_simulated, replace_simulated
from data.store import Store
from geo.errors import ParameterError
from services.risk_inputs import check_election, indicator_list

REGISTER_SETTLES = ("lokasi_khusus",)
"""Indicators that the list of TPS itself answers: chance must not contradict it."""


@dataclass(frozen=True)
class SimulationMade:
    """What a simulation made.

    Attributes
    ----------
    election, seed
        What was asked.
    indicators, tps, values
        How many indicators were dealt out, over how many TPS, in how many values.
    """

    election: str
    seed: int
    indicators: int
    tps: int
    values: int

    def as_dict(self) -> dict[str, object]:
        """Return the result JSON-ready."""
        return asdict(self)


def simulate_indicators(store: Store, election: str, seed: int) -> SimulationMade:
    """Deal the published counts of an election out over its TPS, in place of an earlier deal.

    Parameters
    ----------
    store
        The store.
    election
        An election whose TPS are known one by one.
    seed
        Random seed, 0 or more.

    Raises
    ------
    ParameterError
        When the election is unknown, has no register of TPS, no list or no published count.
    """
    check_election(store, election)
    tables = schema.metadata.tables
    tps = store.read("tps", tables["tps"].c.election == election)
    if tps.empty:
        raise ParameterError("election", election, "pemilu2024")
    counts = store.read("indicator_counts", tables["indicator_counts"].c.election == election)
    listed = indicator_list(store, election)["indicator_id"]
    usable = counts[counts["indicator_id"].isin(listed)]
    total = counts.loc[counts["level"].eq("nasional"), "tps_total"].max()
    dealt = allocate_counts(
        tps,
        usable,
        seed,
        national_tps=None if pd.isna(total) else int(total),
        left_out=REGISTER_SETTLES,
    )
    if dealt.empty:
        raise ParameterError("election", election, "pemilu2024")
    voting = store.read("elections").set_index("election").loc[election, "voting_date"]
    since = usable.groupby("indicator_id")["date"].max()
    frame = dealt.assign(
        election=election,
        date=dealt["indicator_id"].map(since).fillna(voting),
        seed=seed,
    )
    replace_simulated(store, election, frame)
    return SimulationMade(
        election, seed, int(dealt["indicator_id"].nunique()), int(dealt["tps_id"].nunique()),
        len(dealt),
    )  # fmt: skip


def clear_simulation(store: Store) -> int:
    """Take every simulated value away and return how many there were."""
    return clear_simulated(store)
