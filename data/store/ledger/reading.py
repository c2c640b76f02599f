"""The ledger as it is read: what was done last, what an act changed, what became of a record."""

from __future__ import annotations

import json

import pandas as pd
from sqlalchemy import and_, func, select

from data.store.engine import Store
from data.store.ledger import tables
from data.store.ledger.acts import ITSELF

_LOG, _ROWS = tables.audit_log, tables.record_changes
_APART = 10
"""Acts looked through per act of people: between two of them there are few of the product."""


def last_acts(store: Store, n: int, account: str | None = None) -> pd.DataFrame:
    """Return what people did last, the newest first: up to ``n`` rows of ``audit_log``.

    What the product did by itself is left out; with an account, what all others did.
    """
    with store.snapshot() as connection:
        last = connection.execute(select(func.max(_LOG.c.seq))).scalar() or 0
    wanted = and_(_LOG.c.seq > last - _APART * n, _LOG.c.via != ITSELF)
    if account is not None:
        wanted = and_(_LOG.c.account == account, _LOG.c.via != ITSELF)
    rows = store.read("audit_log", wanted)
    return rows.sort_values("seq", ascending=False, ignore_index=True).head(n)


def account_of(store: Store, seq: int) -> str | None:
    """Return who did an act; None where there is no such act."""
    found = store.read("audit_log", _LOG.c.seq == seq)["account"]
    return None if found.empty else str(found.iloc[0])


def changes_of(store: Store, seq: int) -> pd.DataFrame:
    """Return what an act changed: rows of ``record_changes`` in their order."""
    return store.read("record_changes", _ROWS.c.seq == seq)


def changes_of_record(store: Store, table: str, key: tuple[object, ...]) -> pd.DataFrame:
    """Return what became of a record, oldest first.

    Parameters
    ----------
    store
        The store.
    table
        Its table.
    key
        Values of its key, as JSON holds them: days as text.

    Returns
    -------
    DataFrame
        Columns of ``record_changes`` and of its act in ``audit_log``. A record that came with many
        others has no row for its coming: it names its import.
    """
    text = json.dumps(list(key), ensure_ascii=False)
    rows = store.read("record_changes", and_(_ROWS.c.target == table, _ROWS.c.key == text))
    acts = store.read("audit_log", _LOG.c.seq.in_([int(seq) for seq in rows["seq"]]))
    return rows.merge(acts.drop(columns=["changes", "previous", "digest", "counts"]), on="seq")
