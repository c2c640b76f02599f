"""The gravest report of a list, for headlines: what stands out when numbers do not."""

from __future__ import annotations

import pandas as pd

from services.dataset import Dataset
from services.texts import event_day, label, text

HEADLINE_AFFAIRS = 3
"""Fewest affairs that a headline may rank a place by: one or two are no pattern."""


def gravest(reports: pd.DataFrame) -> pd.Series | None:
    """Return the gravest row of the table ``reports``, the newest of equals.

    None where no severity is known: an unknown severity is no light one, and ranks nowhere.
    """
    known = reports[reports["severity"].notna()]
    if known.empty:
        return None
    known = known.sort_values(["severity", "date_event", "report_id"], ascending=False)
    return known.iloc[0]


def gravest_words(data: Dataset, reports: pd.DataFrame, lang: str) -> str:
    """Return what the gravest of ``reports`` (with ``unit``) was, where, when and how grave.

    Empty where no severity is known.
    """
    row = gravest(reports)
    if row is None:
        return ""
    return text(
        "gravest.words",
        lang,
        category=label("category", row["category"], lang).lower(),
        place=data.names.get(row["unit"], row["unit"]),
        day=event_day(row["date_event"], row["date_precision"], lang),
        severity=row["severity"],
    )
