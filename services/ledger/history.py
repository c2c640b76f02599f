"""What was done last, and what each act changed, as a reader sees it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd

from data.errors import ActUnknownError
from data.province import zone
from data.store.engine import Store
from data.store.ledger.acts import actor_now
from data.store.ledger.reading import account_of, changes_of, last_acts
from data.store.ledger.rights import CLEARANCE
from services.access.clearance import SECRET
from services.ledger.audit import act_told, column_words, columns_told, counts_words, record_words
from services.texts import label, number, text

__all__ = ["act_seen", "acts_seen", "acts_table", "last_act"]

_MOST = 200
"""Changes of an act that are shown; the others are counted."""
_NOTHING = "–"
_DIGEST = 12
"""Characters of a digest that are shown: enough to tell two files apart."""


def acts_seen(store: Store, n: int) -> pd.DataFrame:
    """Return what whoever asks may see of what people did last; see `last_acts`.

    An act tells what records said, also secret ones: whoever may not see those sees their own acts.
    """
    return last_acts(store, n, _only())


def last_act(store: Store) -> int | None:
    """Return the number of what whoever acts did last, as long as nobody did anything since."""
    acts = acts_seen(store, 1)
    own = acts[acts["account"].eq(actor_now().account)]
    return None if own.empty else int(own["seq"].iloc[0])


def _only() -> str | None:
    """Return the one account whose acts whoever asks may see; None: everybody's."""
    actor = actor_now()
    return None if SECRET in CLEARANCE[actor.role] else actor.account


def act_seen(store: Store, seq: int, lang: str) -> tuple[pd.DataFrame, int]:
    """Return `changes_table` of an act that whoever asks may see.

    Raises
    ------
    ActUnknownError
        When there is no such act for them.
    """
    account = account_of(store, seq)
    if account is None or _only() not in {None, account}:
        raise ActUnknownError(seq)
    return changes_table(store, seq, lang)


def acts_table(acts: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return ``acts``, rows of ``audit_log``, as a reader sees them."""
    at = acts["at"].dt.tz_convert(zone()).dt.strftime("%d/%m %H.%M")
    columns = {
        "seq": acts["seq"],
        "at": at,
        "account": acts["account"],
        "action": [act_told(act, lang) for act in acts.to_dict("records")],
        "counts": [counts_words(counts, lang) or _NOTHING for counts in acts["counts"]],
    }
    return pd.DataFrame({label("ledger_column", n, lang): v for n, v in columns.items()})


def changes_table(store: Store, seq: int, lang: str) -> tuple[pd.DataFrame, int]:
    """Return what an act changed: record, column, before, after and why; a row per value.

    Returns
    -------
    DataFrame
        The first changes, in words.
    int
        How many records are not shown.
    """
    rows = changes_of(store, seq)
    values = [value for row in rows.head(_MOST).to_dict("records") for value in _values(row, lang)]
    names = ("record", "column", "before", "after", "reason")
    table = pd.DataFrame(values, columns=[label("ledger_column", n, lang) for n in names])
    return table, max(len(rows) - _MOST, 0)


def _values(row: dict[Any, Any], lang: str) -> Iterator[tuple[str, ...]]:
    record = record_words(row["target"], row["key"], lang)
    reason = _NOTHING if pd.isna(row["reason"]) else str(row["reason"])
    if pd.notna(row["erased_by"]):
        yield record, _NOTHING, _NOTHING, text("ledger.erased", lang), _NOTHING
        return
    before, after = (_said(row[name]) for name in ("before", "after"))
    if before is None and after is None:
        yield record, _NOTHING, text("ledger.many", lang), _NOTHING, reason
        return
    for name in columns_told(row["target"], dict.fromkeys([*(before or ()), *(after or ())])):
        column = column_words(row["target"], name, lang)
        yield record, column, *(_shown(one, name, lang) for one in (before, after)), reason


def _said(words: object) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(words) if isinstance(words, str) else None
    return found


def _shown(values: dict[str, Any] | None, name: str, lang: str) -> str:
    value = None if values is None else values.get(name)
    if value is None:
        return _NOTHING
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    if plain:
        return number(value, lang, 0 if isinstance(value, int) else 2)
    return str(value)[:_DIGEST] if name == "digest" else str(value)
