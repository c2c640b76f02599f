"""Bringing in what agencies know of TPS: the police register, indicators, people."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from data.import_indicators import import_indicators
from data.import_personnel import import_personnel
from data.import_tps_class import import_tps_class
from data.risk_rows import Said
from data.risk_store import RiskImport
from data.store import RECORDS, Store
from data.uploads import uploaded
from geo.errors import ParameterError
from services.risk_data import list_in_use, list_versions

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
    """Import a file of the police register; see `data.import_tps_class.import_tps_class`."""
    check_election(store, election)
    return import_tps_class(store, path, election, said=said, today=date.today(), dry_run=dry_run)


def import_indicator_file(
    store: Store, path: Path, election: str, *, said: Said | None = None, dry_run: bool = False
) -> RiskImport:
    """Import a file of indicators; see `data.import_indicators.import_indicators`."""
    indicators = indicator_list(store, check_election(store, election))
    return import_indicators(
        store, path, election, indicators, said=said, today=date.today(), dry_run=dry_run
    )


def import_personnel_file(
    store: Store, path: Path, election: str, *, said: Said | None = None, dry_run: bool = False
) -> RiskImport:
    """Import a file of strengths; see `data.import_personnel.import_personnel`."""
    check_election(store, election)
    return import_personnel(store, path, election, said=said, today=date.today(), dry_run=dry_run)


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
