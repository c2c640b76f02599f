"""Published facts that a replayed scenario is held against."""

from __future__ import annotations

import pandas as pd

from data.errors import SchemaError, SourceMissingError
from data.paths import shipped_dir

ITEMS = ("tps", "boxes", "boat_trips", "hours")
"""TPS and boxes brought, trips by boat planned, and hours it took in the end ("up to")."""

_KINDS = {"scenario": "str", "item": "str", "value": "float64", "basis": "str", "source_url": "str"}


def replay_facts(scenario: str) -> pd.DataFrame:
    """Return what was published about a replayed day, one row per item.

    Returns
    -------
    DataFrame
        Index ``item`` of `ITEMS`; ``value``, ``source_url``.

    Raises
    ------
    SourceMissingError, SchemaError
        When the table is missing, or a row of it is no fact with a page.
    """
    path = shipped_dir() / "replay_facts.csv"
    if not path.exists():
        raise SourceMissingError(path)
    rows = pd.read_csv(path, dtype=_KINDS)
    bad = ~rows["item"].isin(ITEMS) | rows["basis"].ne("fakta") | rows["value"].le(0)
    bad |= ~rows["source_url"].str.startswith("https://", na=False)
    bad |= rows.duplicated(["scenario", "item"])
    if bad.any():
        faults = [f"row {n + 2}: {rows.iloc[n].to_dict()}" for n in bad.to_numpy().nonzero()[0]]
        raise SchemaError("replay_facts", faults)
    return rows[rows["scenario"].eq(scenario)].set_index("item")[["value", "source_url"]]
