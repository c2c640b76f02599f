"""Two reports of one affair are brought together, so that it counts once."""

from __future__ import annotations

from collections.abc import Iterable

from data.reports.review.affairs import one_affair
from data.reports.review.events import read_reports
from data.store.engine import Store
from data.vocabulary import CONFIDENCES
from geo.errors import ParameterError


def merge(
    store: Store, ids: Iterable[str], title: str, reason: str, certainty: str = "sedang"
) -> str:
    """Say that reports tell of one affair; undone like any other act.

    Parameters
    ----------
    store
        The store.
    ids
        Two reports or more, of two affairs or more.
    title, reason
        What the affair is, and why these are one.
    certainty
        One of `data.vocabulary.CONFIDENCES`.

    Returns
    -------
    str
        The ``perkara_id`` that all of them have now.

    Raises
    ------
    ParameterError
        For reports that are not there, or one affair already, an empty title or reason, or another
        certainty.
    RightError
        When the account's role may not do so.
    """
    wanted = list(dict.fromkeys(ids))
    for name, value in (("title", title), ("review_reason", reason)):
        if not value.strip():
            raise ParameterError(name, value, "a few words")
    if certainty not in CONFIDENCES:
        raise ParameterError("certainty", certainty, "one of " + ", ".join(CONFIDENCES))
    with store.begin("report.merge", subject=wanted[0] if wanted else None, reason=reason) as one:
        rows = read_reports(one, wanted)
        if len(rows) < len(wanted) or rows["perkara_id"].nunique() < 2:
            raise ParameterError("report_id", ", ".join(wanted), "reports of two affairs or more")
        return one_affair(one, wanted, title, reason, certainty)
