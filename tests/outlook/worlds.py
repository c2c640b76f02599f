"""SIMULASI: invented worlds of affairs, watched from one day to another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.outlook.evaluate import World
from analytics.outlook.record import calendar, sightings

CODES = tuple(f"98.{n:02d}" for n in range(1, 8))
PROVINCE = "98"
FAMILIES = ("konflik", "unjuk_rasa")
START, END = dt.date(2022, 1, 1), dt.date(2025, 12, 31)


def reports(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a table of reports; what a row leaves out is a conflict that happened on its day."""
    filled = [
        {
            "report_id": f"R{n:05d}",
            "kind": "kejadian",
            "date_end": None,
            "date_precision": "day",
            "date_reported": None,
            "family": FAMILIES[0],
            "unit_kejadian": CODES[0],
            "unit_pokok": None,
            "location_precision": "kabupaten",
            "perkara_id": f"P{n:05d}",
            **row,
        }
        for n, row in enumerate(rows)
    ]
    frame = pd.DataFrame(filled)
    for name in ("date_event", "date_end", "date_reported"):
        frame[name] = pd.to_datetime(frame[name])
    return frame.astype({"unit_pokok": "str"})


def watched(start: dt.date = START, end: dt.date = END, unit: str = PROVINCE) -> pd.DataFrame:
    """Return rows of ``coverage_periods``."""
    return pd.DataFrame({"unit_code": [unit], "date_start": [start], "date_end": [end]}).astype(
        {"date_start": "datetime64[us]", "date_end": "datetime64[us]"}
    )


def peaks(*spans: tuple[str, str, str], known: str | None = None) -> pd.DataFrame:
    """Return when a vote is near, and since when that is known."""
    frame = pd.DataFrame(list(spans), columns=["unit_code", "first", "last"])
    days = {name: pd.to_datetime(frame[name]) for name in ("first", "last")}
    return frame.assign(**days, known=pd.to_datetime(known))


def ring(n: int = len(CODES)) -> np.ndarray:
    """Return neighbours in a ring."""
    at = np.arange(n)
    found = np.zeros((n, n), dtype=bool)
    found[at, (at + 1) % n] = found[at, (at - 1) % n] = True
    return found


def world(
    table: pd.DataFrame,
    coverage: pd.DataFrame | None = None,
    near: pd.DataFrame | None = None,
    kind: str = "kejadian",
) -> World:
    """Return what forecasts are made from."""
    until = END + dt.timedelta(days=400)
    covered = watched() if coverage is None else coverage
    return World(
        found=sightings(table, kind, CODES, FAMILIES),
        days=calendar(covered, peaks() if near is None else near, CODES, PROVINCE, until),
        neighbours=ring(),
        families=FAMILIES,
    )


def drawn(rates: np.ndarray, seed: int) -> pd.DataFrame:
    """Return affairs of the first family drawn from rates per month (U, months from `START`)."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit, row in enumerate(rng.poisson(rates)):
        for month, n in enumerate(row):
            first = pd.Timestamp(START) + pd.DateOffset(months=month)
            for day in rng.integers(first.days_in_month, size=n):
                rows.append(
                    {
                        "date_event": first + pd.Timedelta(days=int(day)),
                        "unit_kejadian": CODES[unit],
                    }
                )
    return reports(rows)
