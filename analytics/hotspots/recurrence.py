"""How rare a p is when the same question is asked again and again."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from geo.errors import ParameterError


@dataclass(frozen=True)
class RecurrenceParams:
    """From which recurrence interval on a cluster that is alive is a signal.

    Attributes
    ----------
    every_months
        Above 0, at most 12: months between two scans.
    watch_months, alert_months
        1 to 1,200, the second above the first: recurrence interval from which on a scan says
        ``waspada`` and ``siaga``.
    """

    every_months: float = 1.0
    watch_months: float = 12.0
    alert_months: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.every_months <= 12:
            raise ParameterError("every_months", self.every_months, "above 0, at most 12")
        if not 1 <= self.watch_months < self.alert_months <= 1200:
            pair = (self.watch_months, self.alert_months)
            raise ParameterError("watch_months", pair, "1 to 1200, alert_months above it")


def recurrence_months(p: float, every_months: float = 1.0) -> float:
    """Return after how many months chance alone shows such a cluster once: ``every_months / p``.

    ``p`` is above 0 and at most 1; with R replicates the interval is at most R + 1 scans.
    """
    return every_months / p


def signal_of(months: float, params: RecurrenceParams) -> str:
    """Return ``siaga``, ``waspada`` or, below both thresholds, nothing."""
    if months >= params.alert_months:
        return "siaga"
    return "waspada" if months >= params.watch_months else ""


def expected_false_signals(months: tuple[float, ...], every_months: float = 1.0) -> pd.DataFrame:
    """Return what to expect of thresholds before anything is scanned.

    Parameters
    ----------
    months
        Thresholds of the recurrence interval.
    every_months
        Months between two scans.

    Returns
    -------
    DataFrame
        ``recurrence_months``, ``p`` (largest that passes) and ``false_a_year``: signals a year that
        chance alone raises in one series of scans (one family, kind and level), at most: 12 over
        the threshold.
    """
    table = pd.DataFrame({"recurrence_months": months})
    return table.assign(
        p=(every_months / table["recurrence_months"]).clip(upper=1.0),
        false_a_year=12.0 / table["recurrence_months"].clip(lower=every_months),
    )
