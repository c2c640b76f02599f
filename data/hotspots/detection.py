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
    """Write ``rows`` (columns of `read_detection`) instead of those of the same methods."""
    file = shipped_dir() / FILE if path is None else path
    known = read_detection(file)
    kept = known[~known["method"].isin(rows["method"])]
    whole = rows if kept.empty else pd.concat([kept, rows])
    whole = whole.sort_values(["method", "level", "affairs", "relative_risk"])
    with whole_file(file) as partial:
        whole[list(COLUMNS)].to_csv(partial, index=False, date_format="%Y-%m-%d")
