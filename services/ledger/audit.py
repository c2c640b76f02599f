"""The log of acts: held to be whole, and shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from data.clock import start_of
from data.plan.keeping import FOUND, undo_keeping
from data.plan.keeping import TABLE as KEPT
from data.province import zone
from data.store.engine import Store
from data.store.ledger.chain import Fault, Head, erase, faults_of, head_of
from data.store.ledger.reading import changes_of
from data.store.ledger.rights import KEEP
from data.store.ledger.undo import UNDO
from data.store.ledger.undo import undo_act as undo_rows
from geo.errors import ParameterError
from services.texts import DEFAULT_LANGUAGE, label, number, text

__all__ = [
    "Audit",
    "act_told",
    "acts_of",
    "audit",
    "column_words",
    "columns_told",
    "erase",
    "erase_words",
    "fault_words",
    "line_of",
    "record_words",
    "undo_act",
]


_OF_PLANS = frozenset({KEEP, FOUND})


def undo_act(store: Store, seq: int, reason: str | None = None) -> int:
    """Undo what an act changed, rows and kept files alike; return how many have another content.

    Parameters
    ----------
    store
        The store.
    seq
        Number of the act.
    reason
        Why.

    Raises
    ------
    ActUnknownError, RecordChangedError, RightError, SourceMissingError
        As `data.store.ledger.undo.undo_act` and `data.plan.keeping.undo_keeping`.
    """
    rows = changes_of(store, seq)
    kept = rows.loc[rows["target"].eq(KEPT.name), "key"]
    if kept.empty:
        return undo_rows(store, seq, reason)
    return undo_keeping(seq, json.loads(kept.iloc[0])[0], reason)


@dataclass(frozen=True)
class Audit:
    """What a look at the whole log came to.

    Attributes
    ----------
    faults
        Where it does not hold.
    head
        Its end.
    """

    faults: tuple[Fault, ...]
    head: Head


def audit(store: Store, expected: str | None = None) -> Audit:
    """Look at the whole log at one moment.

    Parameters
    ----------
    store
        The store.
    expected
        An end of the log that was written down elsewhere, ``NUMBER:DIGEST``.

    Raises
    ------
    ParameterError
        When ``expected`` is none.
    """
    head = None if expected is None else _head(expected)
    with store.snapshot() as connection:
        return Audit(tuple(faults_of(connection, head)), head_of(connection))


def _head(written: str) -> Head:
    seq, _, digest = written.strip().partition(":")
    if not seq.isdigit() or len(digest) != 64:
        raise ParameterError("expect", written, text("audit.head_wrong"))
    return Head(int(seq), digest)


def acts_of(
    store: Store,
    *,
    account: str | None = None,
    action: str | None = None,
    since: date | None = None,
    newest: int | None = None,
) -> pd.DataFrame:
    """Return acts in the order of the log: rows of ``audit_log``.

    Parameters
    ----------
    account, action
        Only of this account, and only of actions that begin so.
    since
        From this day on, as the province counts it.
    newest
        Only so many, the last ones.
    """
    rows = store.read("audit_log")
    if account is not None:
        rows = rows[rows["account"].eq(account)]
    if action is not None:
        rows = rows[rows["action"].str.startswith(action)]
    if since is not None:
        rows = rows[rows["at"].ge(start_of(since))]
    return rows if newest is None else rows.tail(newest)


def line_of(act: Mapping[Any, Any], lang: str = DEFAULT_LANGUAGE) -> str:
    """Return one act, a row of ``audit_log``, as a line."""
    return text(
        "audit.line",
        lang,
        seq=str(act["seq"]),
        at=pd.Timestamp(act["at"]).tz_convert(zone()).strftime("%d/%m/%Y %H.%M"),
        action=act_told(act, lang),
        account=act["account"],
        role=label("role", act["role"], lang),
        office=act["office"],
        via=label("way", act["via"], lang),
        counts=counts_words(act["counts"], lang),
    ).strip()


def counts_words(counts: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return how many rows of each table an act changed, a column of ``audit_log``."""
    return "; ".join(
        f"{label('ledger_table', name, lang)}: "
        + ", ".join(label("audit_count", kind, lang, n=number(n, lang)) for kind, n in of.items())
        for name, of in json.loads(counts).items()
    )


def act_words(action: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what is done in words, as it follows "may not"."""
    kind, _, target = action.partition(".")
    if kind == "import" and target not in {"undo", "profile"}:
        return text("act.import", lang, target=label("ledger_table", target, lang))
    return label("act", action.replace(".", "_"), lang)


def act_told(act: Mapping[Any, Any], lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what was done in words, a row of ``audit_log``, and to what where that has a name."""
    words = act_words(act["action"], lang)
    if act["action"] in _OF_PLANS and pd.notna(act["subject"]):
        return f"{act['subject']}: {words}"  # first, as a narrow list cuts the end
    if act["action"] == UNDO:
        return f"{words}: {act['subject']}"
    return words  # the subject of others is a key that says nothing to a reader


def record_words(table: str, key: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return which record a key is of, as the ledger holds both."""
    values = json.loads(key) if key.startswith("[") else []
    if table == KEPT.name and values:
        kind, name = values
        return f"{label('kept_kind', kind, lang)} {name}"
    return f"{label('ledger_table', table, lang)} {' · '.join(map(str, values))}".strip()


def column_words(table: str, column: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what a column of a record holds; of most tables it is known by its own name."""
    return label("kept_column", column, lang) if table == KEPT.name else column


def columns_told(table: str, columns: Iterable[str]) -> list[str]:
    """Return the columns that tell more of a record than `record_words` do."""
    return [name for name in columns if table != KEPT.name or not KEPT.c[name].primary_key]


def fault_words(fault: Fault, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return where the log does not hold, in words."""
    return label("audit_fault", fault.kind, lang, seq=str(fault.seq), detail=fault.detail)


def erase_words(n: int, lang: str = DEFAULT_LANGUAGE) -> str:
    """Return what an erasure came to."""
    return text("audit.erased_n", lang, n=number(n, lang))
