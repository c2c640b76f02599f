"""A prepared store of a test's own, and the fixtures of files about TPS."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from data.ingest.record import ImportResult
from data.risk.answers import Answer, write_answers
from data.risk.lists import indicator_list
from data.store.engine import Store
from services.ingest.imports import Asked, import_file

FIXTURES = Path(__file__).parent / "fixtures" / "risk"
TODAY = date(2026, 11, 20)
PENYAK = "pemilu2024/19.04.01.2007"


def bring_risk(
    store: Store, kind: str, path: Path | str, election: str = "pemilu2024", **more: object
) -> ImportResult:
    """Import a file, or a fixture by name, of a kind as of a fixed day."""
    found = FIXTURES / path if isinstance(path, str) else path
    asked = Asked(**{"election": election, "as_of": TODAY, **more})  # type: ignore[arg-type]
    return import_file(store, kind, found, asked)


def faults_of(result: ImportResult) -> list[tuple[int, str, str, str]]:
    """Return row, column, value and reason of each fault."""
    columns = ["row_number", "column_name", "value", "reason"]
    return [tuple(row) for row in result.faults[columns].to_numpy().tolist()]


def plain(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    """Return some columns of a frame as tuples, missing values as None."""
    some = frame[list(columns)].astype("object")
    return [tuple(row) for row in some.where(some.notna(), None).to_numpy().tolist()]


def answer(store: Store, said: Answer) -> None:
    """Store one answer, as given on the telephone."""
    write_answers(store, [said], indicator_list(store.read, said.election))
