"""Reports, agenda and disputes of the invented region, as the rules of early warning take them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analytics.warning.known import believed_on
from analytics.warning.rules import Rule, warning_rules
from data.warning.rules import read_warning_rules
from tests import tiny
from tests.tiny import day

BOOK = warning_rules(read_warning_rules())
TODAY = day("2031-02-13")
_EMPTY_DISPUTES = {
    "dispute_id": "str", "election": "str", "kind": "str", "unit_code": "str", "tps_id": "str",
    "recommended_date": "datetime64[us]", "decided_date": "datetime64[us]",
    "legal_deadline": "datetime64[us]", "legal_basis": "str", "held_date": "datetime64[us]",
    "result": "str", "note": "str", "source_id": "str",
}  # fmt: skip


def rule(name: str, **limits: float) -> Rule:
    """Return a rule of the file with other limits."""
    values = read_warning_rules()
    values[name]["limits"] |= limits
    return warning_rules(values)[name]


def reports(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return reports numbered from 1: conflicts of day precision unless told otherwise."""
    base = {"family": "konflik", "category": "blokade", "severity": 2}
    made = [tiny.report(n, **base | row) for n, row in enumerate(rows, start=1)]
    table = tiny.frame(made, tiny.REPORT_COLUMNS)
    return table.assign(summary="Ringkasan.", confidence="sedang")


def potensi(date: str, unit: str, affair: str, **more: Any) -> dict[str, Any]:
    """Return a potensi that is open, reported on its day."""
    row = {"kind": "potensi", "status": "terbuka", "date_event": date, "date_reported": date}
    return row | {"unit_kejadian": unit, "perkara_id": affair} | more


def clash(date: str, unit: str, affair: str, **more: Any) -> dict[str, Any]:
    """Return a conflict that happened, reported on its day."""
    row = {"kind": "kejadian", "date_event": date, "date_reported": date}
    return row | {"unit_kejadian": unit, "perkara_id": affair} | more


def believed(*rows: dict[str, Any], as_of: Any = TODAY) -> pd.DataFrame:
    return believed_on(reports(*rows), as_of, BOOK["potensi"].days("became_days"))


def agenda(*rows: dict[str, Any]) -> pd.DataFrame:
    made = [{"agenda_id": f"G{n}", "title": f"acara {n}"} | row for n, row in enumerate(rows, 1)]
    return tiny.frame(made, tiny.AGENDA_COLUMNS)


def disputes(*rows: dict[str, Any]) -> pd.DataFrame:
    made = [{"dispute_id": f"D{n}", "election": "pemilu2031"} | r for n, r in enumerate(rows, 1)]
    return pd.DataFrame(made, columns=list(_EMPTY_DISPUTES)).astype(_EMPTY_DISPUTES)
