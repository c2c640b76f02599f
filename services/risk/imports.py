"""SIMULASI: deal published counts out over TPS to try the pages; kept apart, off by default.

Bringing in what agencies know of TPS: the police register, indicators, people.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from analytics.risk.simulate import allocate_counts
from data.clock import today
from data.ingest.readers import uploaded
from data.risk.available import import_personnel
from data.risk.indicators import clear_simulated, import_indicators, replace_simulated
from data.risk.rows import RiskImport, Said
from data.risk.tps_class import import_tps_class
from data.store import tables as schema
from data.store.engine import RECORDS, Store
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
    """Return the indicators of the list in use for an election, by number; empty without one."""
    raw = {name: store.read(name) for name in ("indicator_versions", "risk_indicators")}
    return list_in_use(list_versions(raw), raw["risk_indicators"], election)


def import_tps_class_file(
    store: Store, path: Path, election: str, *, said: Said | None = None, dry_run: bool = False
) -> RiskImport:
    """Import a file of the police register; see `data.risk.tps_class.import_tps_class`."""
    check_election(store, election)
    return import_tps_class(store, path, election, said=said, today=today(), dry_run=dry_run)


def import_indicator_file(
    store: Store, path: Path, election: str, *, said: Said | None = None, dry_run: bool = False
) -> RiskImport:
    """Import a file of indicators; see `data.risk.indicators.import_indicators`."""
    indicators = indicator_list(store, check_election(store, election))
    return import_indicators(
        store, path, election, indicators, said=said, today=today(), dry_run=dry_run
    )


def import_personnel_file(
    store: Store, path: Path, election: str, *, said: Said | None = None, dry_run: bool = False
) -> RiskImport:
    """Import a file of strengths; see `data.risk.available.import_personnel`."""
    check_election(store, election)
    return import_personnel(store, path, election, said=said, today=today(), dry_run=dry_run)


def store_stamp(store: Store) -> tuple[int, int]:
    """Return what changes whenever anything in the store does."""
    return store.revision(), store.revision(RECORDS)


UPLOADS = {
    "indicators": import_indicator_file,
    "tps_class": import_tps_class_file,
    "personnel": import_personnel_file,
}
"""What a file from the browser may be."""


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
    """Bring a file that came through the browser in, or tell what would happen.

    Parameters
    ----------
    store
        The store.
    kind
        One of `UPLOADS`.
    name, content
        The file.
    election, said, dry_run
        As in the import of that kind.
    """
    with uploaded(name, content) as path:
        return UPLOADS[kind](store, path, election, said=said, dry_run=dry_run)


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
    voting = store.read("elections").set_index("election").loc[election, "voting_date"]
    since = usable.groupby("indicator_id")["date"].max()
    frame = dealt.assign(
        election=election, date=dealt["indicator_id"].map(since).fillna(voting), seed=seed
    )
    replace_simulated(store, election, frame)
    return SimulationMade(
        election, seed, int(dealt["indicator_id"].nunique()), int(dealt["tps_id"].nunique()),
        len(dealt),
    )  # fmt: skip


def clear_simulation(store: Store) -> int:
    """Take every simulated value away and return how many there were."""
    return clear_simulated(store)
