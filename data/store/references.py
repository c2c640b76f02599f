"""References between tables: units, sources, elections and affairs that rows point at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from data.store.rules import TABLES, row_name
from data.store.tables_risk import NATIONAL

_UNIT_COLUMNS = (
    ("units", "parent_code"),
    ("unit_shapes", "code"),
    ("rakor", "unit_code"),
    ("tps", "desa_code"),
    ("voters", "unit_code"),
    ("reports", "unit_kejadian"),
    ("reports", "unit_pokok"),
    ("agenda", "unit_code"),
    ("coverage_periods", "unit_code"),
    ("indicator_versions", "area_code"),
    ("risk_indicators", "area_code"),
    ("indicator_counts", "unit_code"),
    ("class_totals", "unit_code"),
    ("baseline_scores", "unit_code"),
    ("personnel_available", "unit_code"),
    ("disputes", "unit_code"),
)
COUNTRY = ("indicator_versions", "risk_indicators", "indicator_counts", "baseline_scores")
"""Tables whose rows may be about the whole country."""


def check_references(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return every code or id that points at a row that is not there.

    Parameters
    ----------
    frames
        Frames by table name; ``units``, ``sources`` and ``elections`` must be among them.
        ``voters`` may name elections before those of the table.

    Returns
    -------
    list of str
        One sentence per fault, beginning with the table.
    """
    frames = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    faults = []
    for table, column, target, key in _pairs(frames):
        if table in frames and column in frames[table].columns:
            found = frames[table][column]
            if table in COUNTRY and target == "units":
                found = found[found.ne(NATIONAL)]
            faults += _unknown(frames[table], table, found, frames[target][key], target)
    if "elections" in frames:
        areas = frames["elections"]["area_codes"].str.split("|").explode()
        faults += _unknown(
            frames["elections"], "elections", areas, frames["units"]["code"], "units"
        )
    if {"affairs", "reports"} <= frames.keys():
        faults += _affair_faults(frames["affairs"], frames["reports"])
    return faults


def references_of(table: str) -> list[tuple[str, str, str]]:
    """Return the columns of a table that point at others: column, other table, its column."""
    return [pair[1:] for pair in _pairs([table]) if pair[0] == table]


def _pairs(tables: Iterable[str]) -> list[tuple[str, str, str, str]]:
    pairs = [(table, column, "units", "code") for table, column in _UNIT_COLUMNS]
    pairs += [(t, "source_id", "sources", "source_id") for t in tables if t != "sources"]
    return pairs + [(t, "election", "elections", "election") for t in ("stages", "tps")]


def _unknown(
    frame: pd.DataFrame, table: str, values: pd.Series, known: pd.Series, target: str
) -> list[str]:
    keys = [c.name for c in TABLES[table].primary_key.columns]
    wrong = values[values.notna() & ~values.isin(known)]
    return [
        f"{table} {row_name(frame, keys, int(row))}: {values.name} {value!r}, "
        f"expected a row of {target}"
        for row, value in zip(wrong.index, wrong, strict=True)
    ]


def _affair_faults(affairs_frame: pd.DataFrame, reports: pd.DataFrame) -> list[str]:
    """Hold that a named affair has at least two reports, a total at least one."""
    counts = reports["perkara_id"].value_counts()
    named = affairs_frame.set_index("perkara_id")["kind"]
    least = named.map({"perkara": 2, "rekap": 1})
    faults = [
        f"affairs {perkara}: {int(counts.get(perkara, 0))} reports, expected at least {wanted}"
        for perkara, wanted in least.items()
        if counts.get(perkara, 0) < wanted
    ]
    lone = reports[
        ~reports["perkara_id"].isin(named.index) & reports["perkara_id"].ne(reports["report_id"])
    ]
    return faults + [
        f"reports {report}: perkara_id {perkara!r}, expected a row of affairs or its own id"
        for report, perkara in zip(lone["report_id"], lone["perkara_id"], strict=True)
    ]
