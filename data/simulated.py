"""SIMULASI: the one table of made-up values, written and emptied as a whole."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import delete

from data import schema
from data.store import RECORDS, Store


def replace_simulated(store: Store, election: str, frame: pd.DataFrame) -> None:
    """Put the simulated values of an election in place of earlier ones."""
    table = schema.risk.simulated_values
    with store.begin(RECORDS) as connection:
        store.replace(connection, table, frame, table.c.election == election)


def clear_simulated(store: Store) -> int:
    """Take every simulated value away and return how many there were."""
    count = store.count("simulated_values")
    if count:
        with store.begin(RECORDS) as connection:
            connection.execute(delete(schema.risk.simulated_values))
    return count
