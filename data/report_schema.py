"""What a clean row of the table ``reports`` must be, as one pandera schema.

The error of each check is the machine key of `data/import_reasons.toml`, so that a failed check
can be shown to whoever sent the row.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import NamedTuple

import pandas as pd
import pandera.pandas as pa

from data import vocabulary

LONGEST_TEXT = 20_000
MOST_PEOPLE = 2_000_000

Condition = Callable[[pd.DataFrame, pd.Timestamp], pd.Series]


class Rule(NamedTuple):
    """A condition over several columns.

    Attributes
    ----------
    reason
        Machine key when it is not met.
    fields
        The fields it is about; the first one is blamed.
    holds
        The condition, given the frame and today's date.
    """

    reason: str
    fields: tuple[str, ...]
    holds: Condition


def _not_future(column: str) -> Condition:
    def holds(frame: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
        past = ~(frame[column] > today)
        return past if column == "date_reported" else past | (frame["kind"] == "potensi")

    return holds


def _reported_after(frame: pd.DataFrame, _today: pd.Timestamp) -> pd.Series:
    early = (frame["date_reported"] < frame["date_event"]) & (frame["kind"] != "potensi")
    # Of a month or a year only its first day is stored, which may well follow the report.
    return ~(early & (frame["date_precision"] == "day"))


def _has_category(frame: pd.DataFrame, _today: pd.Timestamp) -> pd.Series:
    return frame["category"].notna() | (frame["kind"] == "nihil")


RULES = (
    Rule("date_future", ("date_event",), _not_future("date_event")),
    Rule("date_future", ("date_end",), _not_future("date_end")),
    Rule("date_future", ("date_reported",), _not_future("date_reported")),
    Rule("reported_before_event", ("date_reported", "date_event"), _reported_after),
    Rule(
        "period_reversed",
        ("date_end", "date_event"),
        lambda f, _: ~(f["date_end"] < f["date_event"]),
    ),
    Rule(
        "period_missing",
        ("date_end", "kind"),
        lambda f, _: f["date_end"].notna() | (f["kind"] != "nihil"),
    ),
    Rule("category_missing", ("category", "kind", "acled_event_type"), _has_category),
    Rule(
        "nihil_with_category",
        ("category",),
        lambda f, _: f["category"].isna() | (f["kind"] != "nihil"),
    ),
    Rule("lonlat_incomplete", ("lat", "lon"), lambda f, _: f["lon"].isna() == f["lat"].isna()),
)
"""The conditions that hold between the columns of one report."""


def _words(allowed: object, reason: str, *, nullable: bool = False) -> pa.Column:
    return pa.Column("str", pa.Check.isin(list(allowed), error=reason), nullable=nullable)  # type: ignore[call-overload]


def _text(*, nullable: bool = True) -> pa.Column:
    check = pa.Check.str_length(max_value=LONGEST_TEXT, error="too_long")
    return pa.Column("str", check, nullable=nullable)


def _day(*, nullable: bool = True) -> pa.Column:
    return pa.Column("datetime64[us]", nullable=nullable)


def _number(dtype: str, low: float, high: float, reason: str) -> pa.Column:
    return pa.Column(dtype, pa.Check.in_range(low, high, error=reason), nullable=True)


def report_columns() -> dict[str, pa.Column]:
    """Return the columns of the table ``reports``, in its order."""
    severity = (vocabulary.SEVERITY_MIN, vocabulary.SEVERITY_MAX)
    return {
        "report_id": _text(nullable=False),
        "kind": _words(vocabulary.KINDS, "kind_unknown"),
        "status": _words(vocabulary.POTENSI_STATUSES, "status_unknown", nullable=True),
        "date_event": _day(nullable=False),
        "date_end": _day(),
        "date_precision": _words(vocabulary.DATE_PRECISIONS, "precision_unknown"),
        "date_reported": _day(),
        "stage": _words(vocabulary.STAGES, "stage_unknown"),
        "family": _words(vocabulary.FAMILIES, "family_unknown", nullable=True),
        "category": _words(vocabulary.CATEGORY_FAMILY, "category_unknown", nullable=True),
        "severity": _number("Int64", *severity, "severity_out_of_range"),
        "unit_kejadian": _text(nullable=False),
        "unit_pokok": _text(),
        "location_precision": _words(vocabulary.PRECISIONS, "precision_unknown"),
        "tps_number": _text(),
        "lon": _number("float64", -180.0, 180.0, "point_outside_area"),
        "lat": _number("float64", -90.0, 90.0, "point_outside_area"),
        "location_note": _text(),
        "people_count": _number("Int64", 0, MOST_PEOPLE, "people_out_of_range"),
        "peaceful": pa.Column("boolean", nullable=True),
        "perkara_id": _text(nullable=False),
        "summary": _text(),
        "source_id": _text(),
        "source_text": _text(),
        "verification": _words(vocabulary.VERIFICATIONS, "verification_unknown"),
        "confidence": _words(vocabulary.CONFIDENCES, "confidence_unknown", nullable=True),
        "access": _words(vocabulary.ACCESSES, "access_unknown"),
        "agency": _text(),
        "import_id": _text(),
    }


@cache
def column_schema() -> pa.DataFrameSchema:
    """Return the schema of reports column by column, without what holds between columns."""
    return pa.DataFrameSchema(report_columns(), strict=True, ordered=True)


@cache
def report_schema(today: date) -> pa.DataFrameSchema:
    """Return the schema of clean reports as of a day.

    Parameters
    ----------
    today
        Nothing but a potensi may lie after it.

    Returns
    -------
    DataFrameSchema
        Every column of the table ``reports`` in its order and no other, and the `RULES`; validate
        with ``lazy=True`` to learn all faults at once. Whether a unit exists is not checked here.
    """
    limit = pd.Timestamp(today)
    checks = [
        pa.Check(lambda frame, rule=rule: rule.holds(frame, limit), error=rule.reason)
        for rule in RULES
    ]
    return pa.DataFrameSchema(report_columns(), checks=checks, strict=True, ordered=True)


FIELD_OF_COLUMN = {
    "unit_kejadian": "desa",
    "location_precision": "desa",
    "unit_pokok": "pokok_place",
    "tps_number": "tps",
    "source_id": "source_url",
    "source_text": "source",
}
"""Field of a file that a column of the table comes from, where the names differ."""
