"""Sources that people add to a report or take away from it: each time one act, with a reason."""

from __future__ import annotations

from typing import Any

from data.reports.fields import is_address
from data.reports.further import add_page, take_away
from data.reports.review.events import read_reports
from data.store.engine import Store, Undo
from data.store.ledger.acts import Act, actor_now
from data.store.ledger.rights import require_scope
from geo.errors import ParameterError

ACTION = "report.source"


def add_source(
    store: Store, report_id: str, url: str, publisher: str = "", reason: str | None = None
) -> bool:
    """Add a page to a report; return whether it is one more.

    Parameters
    ----------
    store
        The store.
    report_id
        The report.
    url, publisher
        The address of the page, and whose it is, if known.
    reason
        Why.

    Raises
    ------
    ParameterError
        For what is no address, or a report that is not there.
    RightError
        When the account may not write about the report.
    """
    address = url.strip()
    if not is_address(address):
        raise ParameterError("source_address", url, "https://…")
    with store.begin(ACTION, subject=report_id, reason=reason) as connection:
        _require(connection, report_id)
        added = add_page(connection, report_id, address, publisher.strip() or None)
        if not added:
            raise Undo
    return added


def remove_source(store: Store, report_id: str, key: str, reason: str | None = None) -> None:
    """Take a source away from a report; no file brings it back.

    Parameters
    ----------
    store
        The store.
    report_id, key
        The report, and one of its sources.
    reason
        Why.

    Raises
    ------
    ParameterError
        For the only source of a report, or one that it does not have.
    RightError
        When the account may not write about the report.
    """
    with store.begin(ACTION, subject=report_id, reason=reason) as connection:
        _require(connection, report_id)
        if not take_away(connection, report_id, key):
            raise ParameterError("source_only", key, "one of several sources of the report")


def _require(connection: Any, report_id: str) -> None:
    rows = read_reports(connection, [report_id])
    if rows.empty:
        raise ParameterError("report_id", report_id, "a report of the store")
    require_scope(Act(ACTION, actor_now()), rows)  # a further source itself names no place
