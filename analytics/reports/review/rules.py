"""What may become of a report, from which day a decision holds, and what looks like a twin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd

from analytics.reports.dates import day64, days_of

LEADS_FROM: Mapping[str, frozenset[str]] = {
    "terverifikasi": frozenset({"belum", "dikutip"}),
    "ditolak": frozenset({"belum", "dikutip", "terverifikasi"}),
    "ditarik": frozenset({"belum", "dikutip", "terverifikasi"}),
    "belum": frozenset({"terverifikasi", "ditolak", "ditarik"}),
}
"""By what is decided, what a report may have been before; ``belum`` opens it again."""
BACKFILL_DAYS = 30
"""A report that was entered later than so many days after it was known is history."""


def holds_since(known: pd.Series, entered: pd.Series, decided: dt.date) -> pd.Series:
    """Return since which day the verification of each report holds.

    A report that waited is believed from the day on which it was verified. One that was entered
    long after the event fills in history: it is believed from the day on which it was known, else
    no replay of the past would ever see it.

    Parameters
    ----------
    known
        Since when each report was known to whoever reported it (`selection.known_since`).
    entered
        When each was brought in, on the same index; NaT where that is not on record.
    decided
        The day of the decision.

    Returns
    -------
    Series
        Days on the same index, none after ``decided``.
    """
    late = days_of(entered) - days_of(known) > np.timedelta64(BACKFILL_DAYS, "D")
    days = np.where(late, days_of(known), day64(decided))
    return pd.Series(days.astype("datetime64[s]"), index=known.index, name="at")
