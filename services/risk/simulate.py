"""Make SIMULASI values: published counts dealt out over TPS to try the pages.

They are kept apart and off by default.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd

from analytics.risk.simulate import allocate_counts
from data.risk.indicators import replace_simulated
from data.risk.lists import indicator_list
from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError

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
    """Assign the published counts of an election to its TPS, replacing an earlier assignment.

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
    known = store.read("elections")["election"].tolist()
    if election not in known:
        raise ParameterError("election", election, ", ".join(known))
    tables = schema.metadata.tables
    tps = store.read("tps", tables["tps"].c.election == election)
    if tps.empty:
        known = sorted(store.read("tps")["election"].unique())
        raise ParameterError("election", election, ", ".join(known))
    counts = store.read("indicator_counts", tables["indicator_counts"].c.election == election)
    listed = indicator_list(store.read, election)["indicator_id"]
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
        raise ParameterError("election", election, "an election with published counts")
    voting = store.read("elections").set_index("election")["voting_date"][election]
    since = usable.groupby("indicator_id")["date"].max()
    frame = dealt.assign(
        election=election, date=dealt["indicator_id"].map(since).fillna(voting), seed=seed
    )
    replace_simulated(store, election, frame)
    return SimulationMade(
        election,
        seed,
        int(dealt["indicator_id"].nunique()),
        int(dealt["tps_id"].nunique()),
        len(dealt),
    )
