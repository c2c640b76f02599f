"""The kinds of files that can be imported, with what each needs to know and says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from analytics.network.sea_windows import check_series
from data.actions.kind import ACTIONS
from data.custody.ballots import PACKED
from data.custody.procurement import PROCUREMENT
from data.custody.receipts import RECEIPTS
from data.ingest.context import Context
from data.ingest.kind import Kind
from data.ingest.record import ImportResult
from data.ingest.tables import table_kind
from data.network.place_status import PLACE_STATUS
from data.network.sea import WAVES
from data.network.sea_legs import SEA_LEGS, superseded
from data.network.tables import DESA_PIER, load_network_tables, read_sea_legs
from data.plan.voters import VOTERS
from data.polling.disputes import DISPUTES
from data.polling.hari_h import HARI_H
from data.province import zone
from data.reports.kind import REPORTS
from data.risk.available import PERSONNEL
from data.risk.indicators import INDICATORS
from data.risk.lists import indicator_list
from data.risk.tps_class import TPS_CLASS
from data.store import tables as schema
from data.store.engine import Store
from geo.errors import ParameterError
from services.custody.door import asked_of_imports
from services.network.build import straight_km

More = Callable[[Store, str], Mapping[str, Any]]
Facts = Callable[[Store, ImportResult], Mapping[str, object]]


@dataclass(frozen=True)
class Entry:
    """A kind of import, with what it needs to know and what it says of itself afterwards."""

    kind: Kind
    more: More | None = None
    facts: Facts | None = None


def _places(store: Store, election: str) -> dict[str, Any]:
    del election
    units = store.units()
    tables = load_network_tables(units)
    desa = units[units["level"].eq("desa")]
    piers = read_sea_legs(store, tables["piers"], tables["sea_legs"])["piers"]
    depots = tables["depots"]
    names = dict(zip(piers["pier_id"], piers["name"], strict=True))
    return {
        "places": names | dict(zip(depots["depot_id"], depots["name"], strict=True)),
        "desa": dict(zip(desa["code"], desa["name"], strict=True)),
    }


def _network(store: Store, election: str) -> dict[str, Any]:
    del election
    tables = load_network_tables(store.units())
    return {"network": tables, "straight_km": partial(straight_km, store)}


def _indicators(store: Store, election: str) -> dict[str, Any]:
    return {"indicators": indicator_list(store.read, election)}


def _leg_facts(store: Store, result: ImportResult) -> dict[str, object]:
    legs = store.read("sea_legs", schema.sea_legs.c.import_id == result.import_id)
    shipped = load_network_tables(store.units())
    known = set(shipped["piers"]["pier_id"])
    made = sorted({*legs["from_pier"], *legs["to_pier"]} - known)
    return {
        "file_name": result.file_name,
        "legs": result.records,
        "piers_made": [pier.removeprefix(DESA_PIER) for pier in made],
        "superseded": superseded(shipped["sea_legs"], legs),
    }


def _wave_facts(store: Store, result: ImportResult) -> dict[str, object]:
    table = schema.metadata.tables["wave_series"]
    new = store.read("wave_series", table.c.import_id == result.import_id)
    rows = store.read("wave_series", table.c.area.in_(set(new["area"])))
    times = rows["time"].dt.tz_convert(zone())
    ends = [] if rows.empty else [times.min().isoformat(), times.max().isoformat()]
    facts = {
        "file_name": result.file_name,
        "rows": result.records,
        "areas": sorted(set(rows["area"])),
    }
    return {**facts, "first": ends[0] if ends else None, "last": ends[1] if ends else None}


def _dated(store: Store, result: ImportResult) -> dict[str, object]:
    """Return the day that rows without one got, None where all had their own."""
    del store
    days = [note.gaps["day"] for note in result.notes if note.key == "dated"]
    return {"dated": days[0] if days else None}


def _whole_series(frame: pd.DataFrame, context: Context) -> None:
    del context
    check_series(frame[["area", "time", "wave_m", "wind_kn"]])


KINDS: Mapping[str, Entry] = {
    entry.kind.name: entry
    for entry in (
        Entry(REPORTS),
        Entry(VOTERS),
        Entry(RECEIPTS, asked_of_imports),
        Entry(PROCUREMENT),
        Entry(HARI_H),
        Entry(DISPUTES),
        Entry(TPS_CLASS, None, _dated),
        Entry(INDICATORS, _indicators, _dated),
        Entry(PERSONNEL, None, _dated),
        Entry(PLACE_STATUS, _places),
        Entry(SEA_LEGS, _network, _leg_facts),
        Entry(ACTIONS),
        Entry(replace(WAVES, check=_whole_series), None, _wave_facts),
    )
}
"""The kinds of tables; boundaries and roads are layers, see `services.ingest.layers`."""
CHECKED: Mapping[str, Entry] = {PACKED.name: Entry(PACKED)}
"""Kinds that are read and checked, and never stored."""


def entry_of(name: str) -> Entry:
    """Return a kind of import; ``table NAME`` is one of the product's own tables.

    Raises
    ------
    ParameterError
        When there is no such kind or table.
    """
    if name.startswith("table "):
        return Entry(table_kind(name.removeprefix("table ")))
    if name not in KINDS:
        raise ParameterError("kind", name, ", ".join(KINDS))
    return KINDS[name]
