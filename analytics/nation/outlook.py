"""What is ahead in a province: new affairs of each kabupaten in a window after a day.

The pooled model of the pages (`analytics.outlook`) with a plain calendar: all of the province was
watched from the first report on, and no day is known to lie near a vote. Its forecasts of earlier
days are not scored here, so that which method did best so far plays no part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from analytics.nation.rows import FAMILIES, as_reports
from analytics.outlook.forecasts import METHODS, MODEL, forecast
from analytics.outlook.model import OutlookParams
from analytics.outlook.record import calendar, sightings
from analytics.outlook.scores import ALPHA, chance_of_any, expected, quantile
from analytics.reports.places import codes_of
from geo.errors import CodeError, ParameterError

LEVELS = ("kabupaten", "provinsi")
COLUMNS = (
    "level", "code", "family", "date_from", "date_to", "probability", "expected", "low", "high",
)  # fmt: skip
MOST_DAYS = 366
_NO_PEAKS = pd.DataFrame(
    {
        "unit_code": pd.Series(dtype="str"),
        **{name: pd.Series(dtype="datetime64[s]") for name in ("first", "last", "known")},
    }
)


def province_outlook(
    placed: pd.DataFrame,
    units: pd.DataFrame,
    as_of: dt.date,
    days: int = 30,
    families: Sequence[str] = FAMILIES,
    kind: str = "kejadian",
    params: OutlookParams | None = None,
) -> pd.DataFrame:
    """Return what is forecast of each kabupaten of a province, and of the province.

    Parameters
    ----------
    placed
        As for `analytics.nation.rows.as_reports`; what was not known on the day is not used.
    units
        ``code``, ``level``: one province and its kabupaten.
    as_of
        The day of knowledge; the window begins on the next.
    days
        1 to `MOST_DAYS`: length of the window.
    families
        Each is forecast by itself.
    kind
        ``kejadian`` or ``potensi``.
    params
        Draws and seed.

    Returns
    -------
    DataFrame
        `COLUMNS`, kabupaten first: ``probability`` of at least one new affair, ``expected``, and
        ``low`` to ``high``, the 90 % interval. The province is forecast by itself: its figure is
        no sum. Empty where fewer than
        `analytics.outlook.forecasts.FEWEST_MONTHS` whole months were watched.

    Raises
    ------
    ParameterError
        For days out of range, or no or another kind.
    CodeError
        When ``units`` hold no, or more than one, province.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ParameterError("days", days, f"1 to {MOST_DAYS}")
    codes = list(codes_of(units, "kabupaten"))
    province = _province(units)
    reports = as_reports(placed)
    first, last = as_of + dt.timedelta(days=1), as_of + dt.timedelta(days=days)
    empty = pd.DataFrame(columns=list(COLUMNS))
    if reports.empty:
        return empty
    found = sightings(reports, kind, codes, families)
    watched = pd.DataFrame(
        {
            "unit_code": [province],
            "date_start": reports["date_event"].min(),
            "date_end": pd.Timestamp(as_of),
        }
    )
    # Benchmarks by neighbours are worked out by the same call and not shown.
    none = np.zeros((len(codes), len(codes)), dtype=np.bool_)
    plain = calendar(watched, _NO_PEAKS, codes, province, last)
    hist = forecast(
        found, plain, none, len(families), as_of, (first, last), params or OutlookParams()
    )
    if hist is None:
        return empty
    model = hist[METHODS.index(MODEL)]
    figures: dict[str, npt.NDArray[np.float64] | npt.NDArray[np.int64]] = {
        "probability": chance_of_any(model),
        "expected": expected(model),
        "low": quantile(model, ALPHA / 2),
        "high": quantile(model, 1 - ALPHA / 2),
    }
    areas = [*codes, province]
    rows = [
        {
            "level": LEVELS[area == province], "code": area, "family": family,
            "date_from": pd.Timestamp(first), "date_to": pd.Timestamp(last),
            **{name: values[n, at] for name, values in figures.items()},
        }
        for at, area in enumerate(areas)
        for n, family in enumerate(families)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _province(units: pd.DataFrame) -> str:
    codes = codes_of(units, "provinsi")
    if len(codes) != 1:
        raise CodeError(", ".join(codes), "one province")
    return str(codes[0])
