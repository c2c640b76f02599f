"""The security index of every kecamatan over many dates: the strip of weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.reports.dates import days_of
from analytics.risk.components import Field, load_part
from analytics.risk.index import Part, score
from analytics.risk.panel import Panel, Steps, by_group, risk_panel
from analytics.risk.params import RiskParams
from geo.errors import ParameterError
from services.dataset import Dataset
from services.memo import memo
from services.risk.facts import risk_tables
from services.risk.index import RiskView, default_params, indicator_states, risk_view

STATISTICS = ("mean", "max", "low", "high")
"""Mean and greatest index over the TPS; mean of the low and high ends of the range."""
MOST_DATES = 400


def heat_weeks(as_of: date, weeks: int = 26) -> list[date]:
    """Return the last day of each of the weeks up to a day, oldest first; the last is the day.

    Raises
    ------
    ParameterError
        Unless 1 to `MOST_DATES`.
    """
    if not 1 <= weeks <= MOST_DATES:
        raise ParameterError("weeks", weeks, f"1 to {MOST_DATES}")
    return [as_of - timedelta(days=7 * n) for n in reversed(range(weeks))]


def heat(
    data: Dataset,
    election: str,
    dates: Sequence[date],
    statistic: str = "mean",
    params: RiskParams | None = None,
) -> pd.DataFrame:
    """Return the security index of each kecamatan on each date, as known on it.

    Parameters
    ----------
    data
        The tables.
    election
        Key of an election.
    dates
        Days, such as `heat_weeks`; 1 to `MOST_DATES`.
    statistic
        One of `STATISTICS`, over the TPS of the kecamatan, each counted once.
    params
        Parameters; None: those that ship.

    Returns
    -------
    DataFrame
        Index ``kecamatan_code`` (``kabupaten_code`` where the election has no register of TPS,
        the index then being that of the kabupaten itself), one column per date as a Timestamp.
        Missing where nothing is known at all.

    Raises
    ------
    ParameterError
        For an unknown statistic, or no dates or too many.
    """
    if statistic not in STATISTICS:
        raise ParameterError("statistic", statistic, "one of " + ", ".join(STATISTICS))
    if not 1 <= len(dates) <= MOST_DATES:
        raise ParameterError("dates", len(dates), f"1 to {MOST_DATES} dates")
    chosen = params or default_params()
    return _heat(data, election, tuple(dates), chosen)[statistic].copy()


@memo(8)
def _heat(
    data: Dataset, election: str, dates: tuple[date, ...], params: RiskParams
) -> dict[str, pd.DataFrame]:
    view = risk_view(data, election, max(dates), params)
    columns = pd.DatetimeIndex([pd.Timestamp(day) for day in dates], name="date")
    if view.level == "kabupaten":
        values = _kabupaten_values(view, dates)
        at = view.kabupaten.index
    else:
        panel = panel_of(view, dates)
        group, codes = pd.factorize(view.tps["kecamatan_code"], sort=True)
        at = pd.Index(codes, name="kecamatan_code", dtype="str")
        pairs = {
            "mean": (panel.security, "mean"),
            "max": (panel.security, "max"),
            "low": (panel.security_low, "mean"),
            "high": (panel.security_high, "mean"),
        }
        values = {
            name: by_group(array, group.astype(np.int64), len(codes), how)
            for name, (array, how) in pairs.items()
        }
    return {
        name: pd.DataFrame(array.T, index=at, columns=columns) for name, array in values.items()
    }


def panel_of(view: RiskView, dates: Sequence[date]) -> Panel:
    """Return both indices of all TPS of a view on many dates.

    Indicators and scores are those known on each date; the state of delivery is that of the
    view's own date on all of them.
    """
    tps = view.tps.reset_index()
    step, first = _steps(view, dates)
    parts = []
    for day in first:
        tables = risk_tables(view.data, view.election, day)
        states = indicator_states(tps, tables, view.params)
        parts.append({name: states[name].part() for name in states})
    baseline = view.parts["keamanan"]["baseline"]
    difficulty = [{**view.parts["logistik"], **_own(p, ("komunikasi", "riwayat"))} for p in parts]
    return risk_panel(
        view.desa_field,
        dates,
        pd.Index(view.desa_field.codes).get_indexer(pd.Index(tps["desa_code"])),
        Steps(step, parts),
        baseline,
        Steps(step, difficulty),
    )


def _own(parts: dict[str, Part], names: Sequence[str]) -> dict[str, Part]:
    return {name: parts[name] for name in names}


def _steps(view: RiskView, dates: Sequence[date]) -> tuple[np.ndarray, list[date]]:
    """Return which state of the indicators holds on each date, and a date of each state."""
    reported = view.data.read("indicator_values")
    changed = np.unique(days_of(reported.loc[reported["election"].eq(view.election), "date"]))
    days = np.array([np.datetime64(day, "D") for day in dates])
    state = np.searchsorted(changed, days, side="right")
    found, at, step = np.unique(state, return_index=True, return_inverse=True)
    del found
    return step.astype(np.int64), [dates[n] for n in at]


def _kabupaten_values(view: RiskView, dates: Sequence[date]) -> dict[str, np.ndarray]:
    """Return the index of each kabupaten itself: mean and greatest are one and the same."""
    field_: Field = view.kabupaten_field
    shape = (len(dates), len(field_.codes))
    still = {
        name: Part(*(np.broadcast_to(a, shape) for a in (p.bad, p.known, p.low, p.high)))
        for name, p in view.kabupaten_parts["keamanan"].items()
    }
    parts = {
        **still,
        "konflik": load_part(field_, field_.conflict, dates),
        "potensi": load_part(field_, field_.potential, dates),
    }
    found = score(parts, view.params.security)
    return {"mean": found.index, "max": found.index, "low": found.low, "high": found.high}
