"""Reports that tell of one affair bear one ``perkara_id``."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import Connection, delete, select, update

from data.reports.review.events import read_reports
from data.store import tables as schema
from data.store.frames import insert_frame, rows_of

_REPORTS, _AFFAIRS = schema.reports, schema.affairs


def one_affair(
    connection: Connection, ids: Iterable[str], title: str, reason: str, certainty: str
) -> str:
    """Bring the affairs of some reports together inside the caller's transaction.

    Parameters
    ----------
    connection
        The transaction.
    ids
        Reports of the store; those that share an affair with one of them come along.
    title, reason, certainty
        What the affair is, why these are one, and how sure that is, as the table ``affairs`` has
        it. The title and the reason of an affair that has them already stay.

    Returns
    -------
    str
        The ``perkara_id`` of them all: that of the first, by day and id.
    """
    rows = read_reports(connection, ids)
    first = rows.sort_values(["date_event", "report_id"]).iloc[0]
    kept, merged = str(first["perkara_id"]), sorted({*map(str, rows["perkara_id"])})
    known = connection.execute(
        select(_AFFAIRS).where(_AFFAIRS.c.perkara_id.in_(merged)).order_by(_AFFAIRS.c.perkara_id)
    ).mappings()
    old = pd.DataFrame([dict(row) for row in known], columns=[c.name for c in _AFFAIRS.columns])
    others = [one for one in merged if one != kept]
    at = _REPORTS.c.perkara_id
    connection.execute(update(_REPORTS).where(at.in_(others)).values(perkara_id=kept))
    connection.execute(delete(_AFFAIRS).where(_AFFAIRS.c.perkara_id.in_(merged)))
    told = {"kind": "perkara", "title": title, "reason": reason, "certainty": certainty}
    own = old[old["perkara_id"].eq(kept)]
    if len(own):
        told = {name: str(own[name].iloc[0]) for name in told}
    insert_frame(connection, _AFFAIRS, rows_of(_AFFAIRS, [{"perkara_id": kept, **told}]))
    return kept
