"""Islets that vote: where they lie, what is published of their TPS, which of these are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.errors import SchemaError
from services.dataset import Dataset
from services.memo import memo
from services.network.build import SITE, network_of, network_tables

_LANDING = "L-"
COLUMNS = ("landing", "name", "unit_code", "tps", "stated", "note", "source_url")


@memo(6)
def islet_sites(data: Dataset, election: str) -> pd.DataFrame:
    """Return the islets of the network that are no desa of their own.

    Returns
    -------
    DataFrame
        Index ``islet`` (node of the network), in order: ``landing``, ``name``, ``unit_code`` (the
        finest unit that is known to hold it), ``tps`` (number published for the election; missing
        where none is, or where it is that of the whole desa), ``stated`` (as published), ``note``
        and ``source_url`` of the row it stands in, else of one of another election.
    """
    nodes = network_of(data).network.nodes
    sites = nodes[nodes["kind"].eq("tps_site")].sort_values("node_id")
    counts = network_tables(data)["island_tps"]
    register = data.tps.loc[data.tps["election"].eq(election), "desa_code"].value_counts()
    rows = []
    for site in sites.to_dict("records"):
        landing = _LANDING + str(site["node_id"]).removeprefix(SITE)
        named = counts[counts["nodes"].eq(landing)]
        unit = _finest(str(site["unit_code"]), named["unit_code"])
        mine = named[named["election"].eq(election)]
        stated = mine["tps_count"].dropna()
        number_of = int(stated.iloc[-1]) if len(stated) else None
        whole = number_of is not None and number_of >= register.get(unit, np.inf)
        told = mine.loc[stated.index] if len(stated) else mine if len(mine) else named
        row = {"islet": site["node_id"], "landing": landing, "name": site["name"]}
        row |= {"unit_code": unit, "tps": None if whole else number_of, "stated": number_of}
        row |= {key: _word(told, key) for key in ("note", "source_url")}
        rows.append(row)
    table = pd.DataFrame(rows, columns=["islet", *COLUMNS]).set_index("islet")
    return table.astype({"tps": "Int64", "stated": "Int64"})


def _word(rows: pd.DataFrame, column: str) -> str:
    known = rows[column].dropna()
    return str(known.iloc[-1]) if len(known) else ""


def _finest(unit: str, named: pd.Series) -> str:
    """Return the unit of a landing, or a finer one inside it that the counts name."""
    inside = [code for code in named.astype(str) if code.startswith(f"{unit}.")]
    return max(inside, key=len, default=unit)


@memo(6)
def known_tps(data: Dataset, election: str) -> dict[str, str]:
    """Return the islet of each TPS whose number is published, by ``tps_id``.

    Raises
    ------
    SchemaError
        When a number is none of the register of the election.
    """
    counts = network_tables(data)["island_tps"]
    rows = counts[counts["election"].eq(election) & counts["tps_numbers"].notna()]
    register = set(data.tps.loc[data.tps["election"].eq(election), "tps_id"])
    found, faults = {}, []
    for row in rows.to_dict("records"):
        for one in str(row["tps_numbers"]).split("|"):
            tps = f"{election}/{one}"
            found[tps] = SITE + str(row["nodes"]).removeprefix(_LANDING)
            if register and tps not in register:
                expected = f"a TPS of {election}"
                faults.append(f"{row['island_id']}: tps_numbers {one!r}, expected {expected}")
    if faults:
        raise SchemaError("island_tps", faults)
    return found


def tps_places(data: Dataset, tps: pd.DataFrame) -> pd.Series:
    """Return where each TPS stands: its islet where that is published, else its desa.

    ``tps`` are rows of the table of that name: columns ``tps_id``, ``election``, ``desa_code``;
    their index is kept.
    """
    known: dict[str, str] = {}
    for election in tps["election"].unique():
        known |= known_tps(data, str(election))
    places: pd.Series = tps["tps_id"].map(known).astype("str").fillna(tps["desa_code"])
    return places
