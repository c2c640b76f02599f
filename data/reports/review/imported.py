"""What a file may say of the review of reports: less than who looks into them here."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection, select

from data.ingest.kind import Options
from data.reports.review.events import EVENTS, Event, record
from data.store.ledger.acts import signs_in
from data.vocabulary import TAKEN_OUT

WAITS, VERIFIED = "belum", "terverifikasi"
_DECIDED = ("verification", "status")


class Reviewed:
    """The review of the reports that a file speaks of.

    Parameters
    ----------
    connection
        The transaction of the import.
    import_id
        Key of the import.
    options
        Who brings the file, and when.

    Notes
    -----
    What was decided here stands, whatever a later file says of it. Whoever signs in brings in and
    does not verify: a new report waits, whatever its file says, and so does one that is corrected.
    A correction of a report that was rejected or withdrawn submits it again.
    """

    def __init__(self, connection: Connection, import_id: str, options: Options) -> None:
        self._connection = connection
        self._import_id = import_id
        self._today = options.today
        self._by_account = signs_in(options.actor)
        here = select(EVENTS.c.about, EVENTS.c.report_id).where(
            EVENTS.c.about.in_(_DECIDED), EVENTS.c.import_id.is_(None)
        )
        self._decided: dict[str, set[str]] = {about: set() for about in _DECIDED}
        for about, report_id in connection.execute(here):
            self._decided[about].add(report_id)

    def held(self, good: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
        """Return ``good`` as far as its file may say how reports were reviewed.

        Parameters
        ----------
        good
            Good rows by row number, with ``given_id``, ``kind``, ``verification``, ``status``.
        stored
            Columns of ``reports`` of those of them that have an id of their own, by row number;
            missing where it is new.
        """
        known = stored[stored["report_id"].notna()]
        out = good.copy() if len(known) or self._by_account else good
        for about in _DECIDED:
            fixed = known["report_id"].isin(self._decided[about])
            if about == "verification":
                fixed |= self._by_account
            else:
                fixed &= known["kind"].eq(good.loc[known.index, "kind"])
            if fixed.any():
                told = known.loc[fixed, about]
                out.loc[told.index, about] = told.astype(out[about].dtype)
        if self._by_account:
            new = out["verification"].eq(VERIFIED) & ~out.index.isin(known.index)
            out["verification"] = out["verification"].mask(new, WAITS)
        return out

    def corrected(self, rows: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
        """Return corrected reports (columns as they came), and date what changes by them.

        Parameters
        ----------
        rows
            Corrected rows by row number, on columns of the table.
        stored
            What is stored of them and of others, columns of ``reports`` by row number.
        """
        if rows.empty:
            return rows
        before = stored.loc[rows.index]
        again = before["verification"].isin(TAKEN_OUT) | self._by_account
        out = rows.assign(verification=rows["verification"].mask(again, WAITS))
        events = []
        for about in _DECIDED:
            old, new = before[about], out[about]
            differs = old.notna() & new.notna() & old.ne(new).fillna(False)
            events += [
                Event(report_id, about, self._today, was, now)
                for report_id, was, now in zip(
                    out.loc[differs, "report_id"], old[differs], new[differs], strict=True
                )
            ]
        record(self._connection, events, self._import_id)
        return out
