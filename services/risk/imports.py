"""Import what agencies know of TPS; make SIMULASI values.

SIMULASI values are published counts dealt out over TPS to try the pages; they are kept apart and
off by default.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.risk.simulate import allocate_counts
from data.clock import today
from data.ingest.readers import uploaded
from data.risk.available import import_personnel
from data.risk.indicators import import_indicators, replace_simulated
from data.risk.rows import RiskImport, Said
from data.risk.tps_class import import_tps_class
from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError
from services.risk.facts import list_in_use, list_versions

__all__ = ["RiskImport", "Said"]


def check_election(store: Store, election: str) -> str:
    """Return an election's key.

    Raises
    ------
    ParameterError
        When the store has no such election.
    """
    known = store.read("elections")["election"].tolist()
    if election not in known:
        raise ParameterError("election", election, ", ".join(known))
    return election


def indicator_list(store: Store, election: str) -> pd.DataFrame:
    """Return the rows of ``risk_indicators`` in use for an election, by number; maybe none."""
    raw = {name: store.read(name) for name in ("indicator_versions", "risk_indicators")}
    return list_in_use(list_versions(raw), raw["risk_indicators"], election)


def import_file(
    store: Store,
    kind: str,
    path: Path,
    election: str,
    *,
    said: Said | None = None,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file about TPS, or report what would happen.

    Parameters
    ----------
    kind
        ``indicators``, ``tps_class`` (the police register) or ``personnel``.
    said
        What holds for rows that do not say it themselves.

    Raises
    ------
    ParameterError
        When the store has no such election.
    """
    check_election(store, election)
    given: dict[str, Any] = {"said": said, "today": today(), "dry_run": dry_run}
    if kind == "indicators":
        return import_indicators(store, path, election, indicator_list(store, election), **given)
    run = import_tps_class if kind == "tps_class" else import_personnel
    return run(store, path, election, **given)


def import_upload(
    store: Store,
    kind: str,
    name: str,
    content: bytes,
    election: str,
    *,
    said: Said | None = None,
    dry_run: bool = False,
) -> RiskImport:
    """Import a file that came through the browser; see `import_file`."""
    with uploaded(name, content) as path:
        return import_file(store, kind, path, election, said=said, dry_run=dry_run)


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
    check_election(store, election)
    tables = schema.metadata.tables
    tps = store.read("tps", tables["tps"].c.election == election)
    if tps.empty:
        known = ", ".join(sorted(store.read("tps")["election"].unique()))
        raise ParameterError("election", election, known)
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
