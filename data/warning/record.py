"""How well each rule warned, as it was measured on past days: figures that ship."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from data.paths import shipped_dir, whole_file

FILE = "warning_record.csv"
TEXTS = ("scope", "rule", "level", "verdict", "false_basis")
DAYS = ("as_of", "first", "last", "made")
COUNTS = (
    "n_raised", "n_judged", "n_hits", "n_affairs", "n_foreseen", "n_foreseen_perkara",
    "n_foreseen_pemilih",
)  # fmt: skip
SHARES = (
    "per_month", "precision", "precision_low", "precision_high", "precision_chance",
    "precision_perkara", "precision_pemilih", "ahead_chance_low", "ahead_chance_high",
    "ahead_perkara_low", "ahead_perkara_high", "ahead_pemilih_low", "ahead_pemilih_high",
    "lead_median", "lead_min", "lead_max", "false_a_year", "probability",
)  # fmt: skip
COLUMNS = (
    "as_of",
    "scope",
    "rule",
    "level",
    *COUNTS,
    *SHARES,
    "verdict",
    "false_basis",
    "first",
    "last",
    "made",
)


def read_record(path: Path | None = None) -> pd.DataFrame:
    """Return the record of the rules of the province, without rows where none was made.

    Parameters
    ----------
    path
        None for the file that ships.

    Returns
    -------
    DataFrame
        `COLUMNS`: ``as_of`` (judged by what was known on that day), ``scope`` (``tempat``: an
        affair counts inside the place of the warning; ``kabupaten``: inside its kabupaten),
        ``first`` and ``last`` (day looked at), ``made`` (day of the measurement), ``false_basis``
        (``catatan`` or ``selang_ulang``: what ``false_a_year`` rests on); the others as
        `analytics.warning.record.rule_record` says.
    """
    return _read(shipped_dir() / FILE if path is None else path)


@cache
def _read(file: Path) -> pd.DataFrame:
    if not file.exists():
        table = pd.DataFrame(columns=list(COLUMNS))
    else:
        table = pd.read_csv(file)[list(COLUMNS)]
    kinds = dict.fromkeys(TEXTS, "str") | dict.fromkeys(COUNTS, "Int64")
    kinds |= dict.fromkeys(SHARES, "float64") | dict.fromkeys(DAYS, "datetime64[s]")
    return table.astype(kinds)


def write_record(rows: pd.DataFrame, path: Path | None = None) -> Path:
    """Write ``rows``, columns of `read_record`, as the record of the province; return the file."""
    file = shipped_dir() / FILE if path is None else path
    ordered = rows.sort_values(["as_of", "scope", "rule", "level"])[list(COLUMNS)]
    with whole_file(file) as partial:
        ordered.to_csv(partial, index=False, date_format="%Y-%m-%d", float_format="%.4g")
    _read.cache_clear()
    return file
