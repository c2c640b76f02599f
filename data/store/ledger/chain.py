"""The chain of acts: held to be whole, and texts erased from it without breaking it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from data.errors import ChangeUnknownError
from data.store.engine import Store
from data.store.ledger import tables
from data.store.ledger.writing import (
    ERASES,
    HEAD,
    digest_of_act,
    digest_of_change,
    digest_of_changes,
)

_LOG, _ROWS = tables.audit_log, tables.record_changes
_TEXTS = ("before", "after", "content", "reason", "salt")


@dataclass(frozen=True)
class Fault:
    """Where the ledger does not hold.

    Attributes
    ----------
    kind
        ``gap`` (acts are missing), ``previous`` (an act does not follow the one before), ``act``
        (one was changed), ``changes`` (what it changed is not all there, or in another order),
        ``change`` (a row was changed), ``erased`` (texts went and no act erased them), ``stray``
        (a change of no act), ``head`` (the end is not the one that was noted).
    seq
        Number of the act.
    detail
        The change, or what was expected.
    """

    kind: str
    seq: int
    detail: str = ""


@dataclass(frozen=True)
class Head:
    """The end of the chain: what to write down elsewhere, so that a cut end is found."""

    seq: int
    digest: str

    def __str__(self) -> str:
        """Return it as it is written down."""
        return f"{self.seq}:{self.digest}"


def head_of(connection: Connection) -> Head:
    """Return the last act of the chain; number 0 where there is none."""
    query = select(_LOG.c.seq, _LOG.c.digest).order_by(_LOG.c.seq.desc()).limit(1)
    last = connection.execute(query).first()
    return Head(last.seq, last.digest) if last else Head(0, "")


def faults_of(connection: Connection, expected: Head | None = None) -> list[Fault]:
    """Return where the ledger does not hold; none when it is whole.

    Parameters
    ----------
    connection
        Of a transaction, so that both tables are of one moment.
    expected
        An end of the chain that was written down: it must be part of it still.
    """
    acts = connection.execute(select(_LOG).order_by(_LOG.c.seq)).mappings().all()
    rows = connection.execute(select(_ROWS).order_by(_ROWS.c.change_id)).mappings()
    by_act: dict[int, list[Any]] = {}
    for row in rows:
        by_act.setdefault(row["seq"], []).append(row)
    erased = set(_erased(acts))
    found: list[Fault] = []
    previous, number = "", 0
    for act in acts:
        seq = act["seq"]
        if seq != number + 1:
            found.append(Fault("gap", seq, str(number + 1)))
        elif act["previous"] != previous:
            found.append(Fault("previous", seq))
        if digest_of_act(dict(act)) != act["digest"]:
            found.append(Fault("act", seq))
        own = by_act.pop(seq, [])
        if digest_of_changes(row["digest"] for row in own) != act["changes"]:
            found.append(Fault("changes", seq, str(len(own))))
        found += _faults_of_rows(own, erased)
        previous, number = act["digest"], seq
    found += [Fault("stray", seq, rows[0]["change_id"]) for seq, rows in by_act.items()]
    return [*found, *_faults_of_end(connection, acts, expected)]


def _faults_of_rows(rows: list[Any], erased: set[tuple[int, str]]) -> Iterator[Fault]:
    for row in rows:
        if row["erased_by"] is None:
            if digest_of_change(row) != row["digest"]:
                yield Fault("change", row["seq"], row["change_id"])
        elif (row["erased_by"], row["change_id"]) not in erased:
            yield Fault("erased", row["seq"], row["change_id"])
        elif any(row[name] is not None for name in _TEXTS):
            yield Fault("change", row["seq"], row["change_id"])


def _faults_of_end(connection: Connection, acts: Any, expected: Head | None) -> Iterator[Fault]:
    digests = {act["seq"]: act["digest"] for act in acts}
    noted = Store.meta_of(connection, HEAD)
    last = acts[-1] if acts else None
    end = f"{last['seq']}:{last['digest']}" if last else None
    if noted != end:
        yield Fault("head", last["seq"] if last else 0, noted or "-")
    if expected and expected.seq and digests.get(expected.seq) != expected.digest:
        yield Fault("head", expected.seq, expected.digest)


def _erased(acts: Any) -> Iterator[tuple[int, str]]:
    """Yield which changes each act says to have erased."""
    for act in acts:
        if act["action"] == ERASES and act["subject"]:
            for change_id in json.loads(act["subject"]):
                yield act["seq"], change_id


def erase(store: Store, change_ids: list[str], reason: str) -> int:
    """Erase what changes said before and after, and why; that there were changes stays.

    Parameters
    ----------
    store
        The store.
    change_ids
        Keys of ``record_changes``.
    reason
        Why; it must not repeat what is erased.

    Returns
    -------
    int
        How many were erased; those that were erased before are left as they are.

    Raises
    ------
    ChangeUnknownError
        With the first that is not there.
    RightError
        When whoever acts may not erase.
    """
    wanted = sorted(set(change_ids))
    with store.begin(ERASES, subject=json.dumps(wanted), reason=reason) as connection:
        there = {
            row.change_id: row.erased_by
            for row in connection.execute(
                select(_ROWS.c.change_id, _ROWS.c.erased_by).where(_ROWS.c.change_id.in_(wanted))
            )
        }
        for change_id in wanted:
            if change_id not in there:
                raise ChangeUnknownError(change_id)
        left = [change_id for change_id in wanted if there[change_id] is None]
        seq = head_of(connection).seq + 1
        gone = dict.fromkeys(_TEXTS)
        connection.execute(
            update(_ROWS).where(_ROWS.c.change_id.in_(left)).values(**gone, erased_by=seq)
        )
    return len(left)
