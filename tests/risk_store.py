"""A prepared store of a test's own, and the fixtures of files about TPS."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from data.risk_store import RiskImport

FIXTURES = Path(__file__).parent / "fixtures" / "risk"
TODAY = date(2026, 11, 20)
PENYAK = "pemilu2024/19.04.01.2007"


def faults_of(result: RiskImport) -> list[tuple[int, str, str, str]]:
    """Return row, column, value and reason of each fault."""
    columns = ["row_number", "column_name", "value", "reason"]
    return [tuple(row) for row in result.faults[columns].to_numpy().tolist()]


def plain(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """Return some columns of a frame as tuples, missing values as None."""
    some = frame[list(columns)].astype("object")
    return [tuple(row) for row in some.where(some.notna(), None).to_numpy().tolist()]
