"""Voters per TPS: brought in, and what kits and ballots follow from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.kits import ELECTION_RULES, KitRules, kits
from data.import_reports import ImportResult
from data.import_voters import import_voters
from data.store import Store
from geo.errors import ParameterError
from services.dataset import Dataset

__all__ = ["import_voter_file", "kit_rules", "kit_table", "kit_totals", "tps_with_voters"]


def import_voter_file(
    store: Store, path: Path, election: str, *, dry_run: bool = False
) -> ImportResult:
    """Import a file of voters per TPS; see `data.import_voters.import_voters`."""
    known = store.read("elections")["election"].tolist()
    if election not in known:
        raise ParameterError("election", election, ", ".join(known))
    return import_voters(store, path, election, dry_run=dry_run)


def tps_with_voters(data: Dataset, tps: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the register with ``voters`` and ``additional``, missing where not loaded."""
    rows = data.store.read("tps_voters")
    by_kind = rows.pivot_table(index="tps_id", columns="kind", values="total", aggfunc="sum")
    for name, kind in (("voters", "dpt"), ("additional", "dptb")):
        known = by_kind[kind] if kind in by_kind else pd.Series(dtype="Int64")
        tps = tps.assign(**{name: tps["tps_id"].map(known).astype("Int64")})
    return tps


def kit_rules(election: str, reserve_pct: float | None = None) -> KitRules:
    """Return what one TPS of an election gets, with another reserve if one is given.

    Raises
    ------
    ParameterError
        For an election without rules, or a reserve below 2 or above 10 percent.
    """
    if election not in ELECTION_RULES:
        raise ParameterError("election", election, ", ".join(ELECTION_RULES))
    rules = ELECTION_RULES[election]
    return rules if reserve_pct is None else replace(rules, reserve_pct=reserve_pct)


def kit_table(data: Dataset, tps: pd.DataFrame, rules: KitRules) -> pd.DataFrame:
    """Return rows of the register with their voters and their kits.

    Ballots cover the fixed list and its reserve; those of additional voters come out of other
    TPS's ballots and stand in ``additional``.
    """
    known = tps_with_voters(data, tps)
    return known.join(kits(known, rules))


def kit_totals(table: pd.DataFrame) -> dict[str, Any]:
    """Return totals of a table of kits; those of ballots None while any TPS has no voters."""
    told = int(table["voters"].notna().sum())
    whole = told == len(table) and told > 0
    ballots = ("voters", "reserve", "ballots_per_contest", "ballots")
    return {
        "tps": len(table),
        "tps_with_voters": told,
        **{name: int(table[name].sum()) for name in ("boxes", "booths", "ink")},
        **{name: int(table[name].sum()) if whole else None for name in ballots},
    }
