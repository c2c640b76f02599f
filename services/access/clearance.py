"""What of each table a reader may see: records terbuka, terbatas and rahasia."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from data.vocabulary import ACCESSES

OPEN, RESTRICTED, SECRET = ACCESSES
ALL = ACCESSES
WHOLE_TABLES: Mapping[str, str] = {
    "plan_adoptions": RESTRICTED,
    "kept_files": RESTRICTED,
    "receipts": RESTRICTED,
    "place_status": RESTRICTED,
    "personnel_available": RESTRICTED,
    "security_patterns": RESTRICTED,
    "warnings": RESTRICTED,
    "warning_events": RESTRICTED,
    "actions": RESTRICTED,
    "action_changes": RESTRICTED,
    "meetings": RESTRICTED,
    "decks": RESTRICTED,
    "snapshots": RESTRICTED,
    "quarantine": RESTRICTED,
    "history": SECRET,
    "record_changes": SECRET,
    "audit_log": SECRET,
    "users": SECRET,
}
"""Tables all of whose rows have one access: where boxes and police are, what is not yet decided."""
PLANS = RESTRICTED
"""A route with times that is not yet run is a list of ambushes."""
OF_REPORTS = ("affairs", "sources", "report_events", "report_sources")
"""Tables whose rows are seen with the reports that they belong to."""
_COLUMN, _ID = "access", "report_id"
_LINKS = {"affairs": "perkara_id", "sources": "source_id", "report_events": "report_id"}


def shown(name: str, rows: pd.DataFrame, clearance: tuple[str, ...]) -> pd.DataFrame:
    """Return the rows of a table that may be seen.

    Parameters
    ----------
    name
        The table, none of `OF_REPORTS`.
    rows
        All its rows, with the columns of the table.
    clearance
        Those of `data.vocabulary.ACCESSES` that may be seen.
    """
    if WHOLE_TABLES.get(name, OPEN) not in clearance:
        return rows.iloc[:0]
    if _COLUMN not in rows:
        return rows
    return rows[rows[_COLUMN].isin(clearance)].reset_index(drop=True)


def shown_of_reports(
    name: str,
    rows: pd.DataFrame,
    reports: pd.DataFrame,
    further: pd.DataFrame,
    clearance: tuple[str, ...],
) -> pd.DataFrame:
    """Return the rows of one of `OF_REPORTS` that may be seen.

    What belongs to reports that may not be seen, and to none that may, is left out: the title of
    an affair tells what it is about.

    Parameters
    ----------
    name
        The table.
    rows
        All its rows, with the columns of the table.
    reports
        All rows of the table ``reports``.
    further
        All rows of the table ``report_sources``.
    clearance
        As for `shown`.
    """
    seen = reports[_COLUMN].isin(clearance)
    if name == "report_sources":
        return rows[rows[_ID].isin(reports.loc[seen, _ID])].reset_index(drop=True)
    link = _LINKS[name]
    shown_ones = set(reports.loc[seen, link].dropna())
    hidden = set(reports.loc[~seen, link].dropna())
    if name == "sources":
        of_seen = further[_ID].isin(reports.loc[seen, _ID])
        shown_ones |= set(further.loc[of_seen, link])
        hidden |= set(further.loc[~of_seen, link])
    return rows[~rows[link].isin(hidden - shown_ones)].reset_index(drop=True)
