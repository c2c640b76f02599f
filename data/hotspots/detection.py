"""How often each method of the Hotspot page errs and finds: simulated figures that ship."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from data.paths import shipped_dir, whole_file

FILE = "detection.csv"
COLUMNS = (
    "method",
    "level",
    "affairs",
    "relative_risk",
    "worlds",
    "false_alarms",
    "power",
    "seed",
    "made",
    "parameters",
)
_KEY = ("method", "level", "affairs", "relative_risk")


def read_detection(path: Path | None = None) -> pd.DataFrame:
    """Return the simulated figures of the province, without rows where none were made.

    Parameters
    ----------
    path
        None for the file that ships.

    Returns
    -------
    DataFrame
        ``method``, ``level``, ``affairs`` (in each world), ``relative_risk`` (planted in a unit
        and its neighbours), ``worlds`` (with and without it, each), ``false_alarms`` and ``power``
        (shares, 0 to 1, of worlds), ``seed``, ``made`` (date) and ``parameters`` (text).
    """
    file = shipped_dir() / FILE if path is None else path
    if not file.exists():
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.read_csv(file, parse_dates=["made"])[list(COLUMNS)]


def keep_detection(rows: pd.DataFrame, path: Path | None = None) -> None:
    """Write ``rows`` (columns of `read_detection`) instead of those of the same kind of worlds.

    That is the same method, level, number of affairs and planted risk.
    """
    file = shipped_dir() / FILE if path is None else path
    known = read_detection(file)
    whole = rows if known.empty else pd.concat([known, rows])
    whole = whole.drop_duplicates(list(_KEY), keep="last").sort_values(list(_KEY))
    with whole_file(file) as partial:
        whole[list(COLUMNS)].to_csv(partial, index=False, date_format="%Y-%m-%d")
