"""The lists of indicators: which there are, and which is in use for an election."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from data.store.tables_risk import NATIONAL


def indicator_list(read: Callable[[str], pd.DataFrame], election: str) -> pd.DataFrame:
    """Return the rows of ``risk_indicators`` in use for an election, by number; maybe none.

    ``read`` returns a table by its name.
    """
    raw = {name: read(name) for name in ("indicator_versions", "risk_indicators")}
    return list_in_use(list_versions(raw), raw["risk_indicators"], election)


def list_versions(raw: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the lists of indicators with ``named_count``, how many of their names are known.

    Parameters
    ----------
    raw
        The tables ``indicator_versions`` and ``risk_indicators``.
    """
    keys = ["election", "area_code", "version"]
    named = raw["risk_indicators"].groupby(keys).size().rename("named_count").reset_index()
    versions = raw["indicator_versions"].merge(named, on=keys, how="left")
    return versions.assign(named_count=versions["named_count"].fillna(0).astype("int64"))


def list_chosen(versions: pd.DataFrame, election: str) -> pd.DataFrame:
    """Return the list in use: the province's before the country's, the newest first.

    ``versions`` is what `list_versions` returns; the result is one of its rows, or none.
    """
    mine = versions[versions["election"].eq(election) & versions["named_count"].gt(0)]
    order = mine.assign(country=mine["area_code"].eq(NATIONAL)).sort_values(
        ["country", "date"], ascending=[True, False], na_position="last"
    )
    return order.drop(columns="country").head(1)


def list_in_use(versions: pd.DataFrame, rows: pd.DataFrame, election: str) -> pd.DataFrame:
    """Return the indicators of an election's list, by number; empty where none is known.

    Parameters
    ----------
    versions
        Of `list_versions`.
    rows
        The table ``risk_indicators``.
    election
        Key of an election.

    Returns
    -------
    DataFrame
        Rows of ``risk_indicators``.
    """
    keys = ["election", "area_code", "version"]
    found = rows.merge(list_chosen(versions, election)[keys], on=keys)
    return found.sort_values("number", ignore_index=True)
