"""Everything about a report but its place: cells of a file as columns of the table.

What a clean row of the table ``reports`` must be, as one pandera schema.

The error of each check is the machine key of `data/ingest/import_reasons.toml`, so that a failed
check can be shown to whoever sent the row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from data import vocabulary
from data.ingest.parse import month_end, normal_text, parse_count, parse_dates, parse_integer
from data.ingest.rows import Rows
from data.ingest.words import acled_words, word_list
from data.reports.places import joined
from data.vocabulary import CATEGORY_FAMILY

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


UNSTATED_STAGE = "tidak_dinyatakan"
_PAGE = re.compile(r"^(?:https?://|www\.)\S+$", re.IGNORECASE)
_ACLED_DAY = "1"  # time_precision: 1 the day, 2 the week, 3 the month


class Sort(NamedTuple):
    """What a word for the sort of an event stands for."""

    category: str
    family: str


def read_fields(rows: Rows) -> pd.DataFrame:
    """Read what happened, when, how badly, and who says so; note what cannot be read.

    Returns
    -------
    DataFrame
        On the index of the rows, columns of the table ``reports``, further ``source_url`` and
        ``source_publisher`` in place of ``source_id``, and ``given_id`` in place of ``report_id``.
    """
    kind = rows.read_word("kind", "kind", "kind_unknown").fillna("kejadian")
    columns = {"kind": kind, **_dates(rows, kind), **_sort(rows, kind), **_source(rows)}
    is_potensi = kind == "potensi"
    status = rows.text("status").where(is_potensi, "")
    known = {t: word_list("status").read(t) for t in status.unique() if t}
    unknown = [text for text, key in known.items() if key is None]
    rows.fault("status", status.isin(unknown).to_numpy(), "status_unknown")
    columns["status"] = status.map(known).astype("str").fillna("terbuka").where(is_potensi)
    columns["stage"] = rows.read_word("stage", "stage", "stage_unknown").fillna(UNSTATED_STAGE)
    columns["severity"] = rows.read("severity", _severity, "severity_unreadable", "Int64")
    columns["people_count"] = rows.read("people_count", parse_count, "people_unreadable", "Int64")
    verification = rows.read_word("verification", "verification", "verification_unknown")
    default = "dikutip" if rows.mapping.preset == "acled" else "belum"
    columns["verification"] = verification.fillna(default)
    columns["confidence"] = rows.read_word("confidence", "confidence", "confidence_unknown")
    usual = pd.Series(np.where(is_potensi, "terbatas", "terbuka"), index=kind.index, dtype="str")
    columns["access"] = rows.read_word("access", "access", "access_unknown").fillna(usual)
    for column, field in (("given_id", "report_id"), ("perkara_id", "perkara_id"), ("agency",) * 2):
        text = rows.text(field)
        columns[column] = text.where(text != "")
    columns["summary"] = _summary(rows)
    return pd.DataFrame(columns)


def _dates(rows: Rows, kind: pd.Series) -> dict[str, pd.Series]:
    found = {}
    for field in ("date_event", "date_end", "date_reported"):
        parsed = parse_dates(rows.text(field))
        for reason in parsed["fault"].dropna().unique():
            rows.fault(field, (parsed["fault"] == reason).to_numpy(), reason)
        found[field] = parsed
    event, end = found["date_event"], found["date_end"]
    rows.fault("date_event", ~rows.filled("date_event"), "date_missing")
    stated = rows.read_word("date_precision", "date_precision", "precision_unknown")
    coarse = rows.read("acled_time_precision", _acled_time, "precision_unknown")
    precision = coarse.fillna(stated)
    # A cell that holds no more than a month is no day, whatever is stated beside it.
    precision = precision.fillna(event["precision"]).where(event["precision"] == "day")
    precision = precision.fillna(event["precision"]).fillna("day")
    last = end["value"].where(end["precision"] != "month", month_end(end["value"]))
    whole_month = (kind == "nihil") & (precision == "month") & ~rows.filled("date_end")
    return {
        "date_event": event["value"],
        "date_end": last.mask(whole_month, month_end(event["value"])),
        "date_precision": precision,
        "date_reported": found["date_reported"]["value"],
    }


def _acled_time(text: str) -> str | None:
    return {_ACLED_DAY: "day", "2": "month", "3": "month"}.get(text)


def _severity(text: str) -> int | None:
    number = parse_integer(text)
    if number is not None:
        return number
    word = word_list("severity").read(text)
    return None if word is None else int(word)


def _sort(rows: Rows, kind: pd.Series) -> dict[str, pd.Series]:
    """Return category, family and peacefulness."""
    peaceful = rows.read("peaceful", _flag, "flag_unknown", "boolean")
    if rows.has("acled_event_type"):
        return _acled_sort(rows)
    read = rows.read("category", _category, "category_unknown", "object")
    category = read.map(lambda s: s.category, na_action="ignore").astype("str")
    usual = read.map(lambda s: s.family, na_action="ignore").astype("str")
    family = rows.read_word("family", "family", "family_unknown").fillna(usual)
    return {"category": category, "family": family.where(kind != "nihil"), "peaceful": peaceful}


def _category(text: str) -> Sort | None:
    category = word_list("category").read(text)
    if category:
        return Sort(category, CATEGORY_FAMILY[category])
    family = word_list("family").read(text)
    return Sort("lainnya", family) if family else None


def _flag(text: str) -> bool | None:
    word = word_list("flag").read(text)
    return None if word is None else word == "true"


def _acled_sort(rows: Rows) -> dict[str, pd.Series]:
    def meaning(column: str, text: str) -> dict[str, Any] | None:
        return acled_words(column).get(normal_text(text))

    event = rows.read(
        "acled_event_type", lambda t: meaning("event_type", t), "acled_unknown", "object"
    )
    # A sub-event type that is not listed falls back on its event type, which always is.
    sub = rows.read(
        "acled_sub_event_type",
        lambda t: meaning("sub_event_type", t) or {},
        "acled_unknown",
        "object",
    )
    found = sub.where(sub.map(bool, na_action="ignore").fillna(False).astype(bool), event)

    def part(name: str) -> pd.Series:
        return found.map(lambda m: m.get(name), na_action="ignore")

    return {
        "category": part("category").astype("str"),
        "family": part("family").astype("str"),
        "peaceful": part("peaceful").astype("boolean"),
    }


def _summary(rows: Rows) -> pd.Series:
    text = rows.text("summary")
    deaths = rows.read("acled_fatalities", parse_integer, "fatalities_unreadable", "Int64")
    # The table has no column for them, and a death must not be lost on the way.
    told = {n: f"[ACLED: fatalities {n}]" for n in deaths.dropna().unique() if n > 0}
    return joined([text, deaths.map(told, na_action="ignore").astype("str").fillna("")], " ")


def _source(rows: Rows) -> dict[str, pd.Series]:
    """Return the page and the text that a row gives as its source."""
    given, url = rows.text("source"), rows.text("source_url")
    url_is_page = url.str.match(_PAGE.pattern, flags=re.IGNORECASE)
    text_is_page = given.str.match(_PAGE.pattern, flags=re.IGNORECASE)
    page = url.where(url_is_page, given.where(text_is_page, ""))
    text = joined([given.where(~text_is_page | (page != given), ""), url.where(~url_is_page, "")])
    publisher = rows.text("source_publisher")
    return {
        "source_url": page.where(page != ""),
        "source_text": text,
        "source_publisher": publisher.where(publisher != ""),
    }


def note_rules(rows: Rows, frame: pd.DataFrame, today: pd.Timestamp) -> None:
    """Note the rows that break a rule between columns, unless a field of it is at fault already."""
    for rule in RULES:
        broken = ~rule.holds(frame, today).fillna(True).to_numpy(dtype=bool)
        for field in rule.fields:
            broken &= ~rows.faulted(field)
        rows.fault(rule.fields[0], broken, rule.reason)


def note_schema(rows: Rows, frame: pd.DataFrame) -> None:
    """Note the cells that do not fit their column, unless their field is at fault already."""
    import pandera.errors

    try:
        column_schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as err:
        cases = err.failure_cases
    else:
        return
    if cases["index"].isna().any():
        raise AssertionError(f"the frame does not have the columns of the table: {cases}")
    for (column, check), group in cases.groupby(["column", "check"]):
        field = FIELD_OF_COLUMN.get(str(column), str(column))
        where = np.isin(frame.index.to_numpy(), group["index"].to_numpy(dtype="int64"))
        reason = "required" if check == "not_nullable" else str(check)
        rows.fault(field, where & ~rows.faulted(field), reason)
