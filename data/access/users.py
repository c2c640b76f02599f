"""The accounts of those who may sign in, read and changed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from data.errors import SchemaError
from data.store import tables as schema
from data.store.engine import Store
from data.store.frames import read_table
from data.store.rules import check


def read_users(store: Store) -> pd.DataFrame:
    """Return the table ``users``, ordered by ``account``."""
    return store.read("users")


def change_users(store: Store, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change accounts in one transaction, in which nobody else changes any.

    Parameters
    ----------
    store
        Where they are kept.
    change
        Takes the table ``users`` as it stands and returns it as it is to be; nothing is written
        where it raises. Rows that stay as they are are not written again.

    Raises
    ------
    SchemaError
        When a row breaks the rules of the table; nothing was written.
    """
    table = schema.access.users
    with store.begin("user.write") as connection:
        before = read_table(connection, table)
        after = change(before)
        if faults := check(table.name, after):
            raise SchemaError(table.name, faults)
        both = pd.concat([before, after]).drop_duplicates(keep=False)
        changed = both["account"].unique().tolist()
        rows = after[after["account"].isin(changed)]
        store.replace(connection, table, rows, table.c.account.in_(changed))
