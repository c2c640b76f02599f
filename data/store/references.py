"""References between tables: units, sources, elections and affairs that rows point at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256

import pandas as pd

from data.store.rules import TABLES, row_name
from data.store.tables_risk import NATIONAL
from geo.codes import is_one_of

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
    ("warnings", "place_code"),
    ("actions", "place_code"),
    ("meetings", "unit_code"),
)
_COUNTRY = ("indicator_versions", "risk_indicators", "indicator_counts", "baseline_scores")
"""Tables whose rows may be about the whole country."""
_SEVERAL = "area_codes"
"""The column that holds several codes, with a bar between them."""


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
            lost = dangling(table, frames[table][column], frames[target][key], target)
            faults += _sentences(frames[table], table, lost, target)
    if {"affairs", "reports"} <= frames.keys():
        faults += _affair_faults(frames["affairs"], frames["reports"])
    return faults


def source_id(url: str) -> str:
    """Return the key of a page in the table ``sources``."""
    return sha256(url.encode()).hexdigest()[:10]


def references_of(table: str) -> list[tuple[str, str, str]]:
    """Return the columns of a table that point at others: column, other table, its column."""
    return [pair[1:] for pair in _pairs([table]) if pair[0] == table]


def _pairs(tables: Iterable[str]) -> list[tuple[str, str, str, str]]:
    pairs = [(table, column, "units", "code") for table, column in _UNIT_COLUMNS]
    pairs += [(t, "source_id", "sources", "source_id") for t in tables if t != "sources"]
    pairs += [(t, "election", "elections", "election") for t in ("stages", "tps")]
    return [*pairs, ("elections", _SEVERAL, "units", "code")]


def dangling(table: str, values: pd.Series, known: Iterable[str], target: str) -> pd.Series:
    """Return those of a column that point at a row that is not there.

    Parameters
    ----------
    table
        Name of the table that points.
    values
        One of the columns of `references_of`, any index.
    known
        Keys of the rows that are there.
    target
        Name of the table that is pointed at.

    Returns
    -------
    Series
        Codes or ids on the index of ``values``; a cell that holds several may give several.
    """
    every = values.str.split("|").explode() if values.name == _SEVERAL else values
    also = [NATIONAL] if target == "units" and table in _COUNTRY else []
    return every[every.notna() & ~is_one_of(every, {*known, *also})]


def _sentences(frame: pd.DataFrame, table: str, lost: pd.Series, target: str) -> list[str]:
    keys = [c.name for c in TABLES[table].primary_key.columns]
    return [
        f"{table} {row_name(frame, keys, int(row))}: {lost.name} {value!r}, "
        f"expected a row of {target}"
        for row, value in zip(lost.index, lost, strict=True)
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
