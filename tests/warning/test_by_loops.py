"""The rules of potensi and of silent agencies, worked out once more by plain loops over rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.warning.known import believed_on, weighing
from analytics.warning.potensi import potensi_signals
from analytics.warning.rules import Rule
from analytics.warning.silence import silence_signals
from services.dataset import Dataset
from tests import tiny
from tests.tiny import A1, A1A, B1, B2, A, B, day
from tests.warning_frames import BOOK, reports, rule

AS_OF = day("2031-02-13")


def told_on(row: dict[str, Any]) -> dt.date:
    """Return since when a report is known: its day of reporting, else the day after its event."""
    if not pd.isna(row["date_reported"]):
        return row["date_reported"].date()
    last = row["date_event"]
    if row["date_precision"] == "month":
        last = last + pd.offsets.MonthEnd(0)
    elif row["date_precision"] == "year":
        last = last + pd.offsets.YearEnd(0)
    if row["kind"] == "nihil" and not pd.isna(row["date_end"]):
        last = row["date_end"]
    return last.date() + dt.timedelta(days=1)


def place_of(row: dict[str, Any]) -> str:
    """Return where a report is watched: what it is about, cut to what is known where it was."""
    depth = {"provinsi": 1, "kabupaten": 2, "kecamatan": 3, "desa": 4, "tps": 4}
    own = ".".join(row["unit_kejadian"].split(".")[: depth[row["location_precision"]]])
    about = row["unit_pokok"]
    return about if isinstance(about, str) and "." in about else own


def unpeaceful(row: dict[str, Any]) -> bool:
    if row["kind"] != "kejadian" or row["family"] not in {"konflik", "unjuk_rasa"}:
        return False
    if pd.isna(row["peaceful"]):
        return row["family"] == "konflik"
    return not row["peaceful"]


def potensi_by_loops(table: pd.DataFrame, as_of: dt.date, limits: Rule) -> dict[Any, float]:
    """Return the strength of what warns by affair and kabupaten."""
    known = [row for row in table.to_dict("records") if told_on(row) <= as_of]
    feared = defaultdict(list)
    for row in known:
        if row["kind"] != "potensi" or "." not in place_of(row):
            continue
        lawful = row["family"] == "unjuk_rasa" if pd.isna(row["peaceful"]) else row["peaceful"]
        mates = [r for r in known if r["perkara_id"] == row["perkara_id"]]
        came = any(r["kind"] == "kejadian" and _last(r) >= _first(row) for r in mates)
        waits = (as_of - told_on(row)).days <= limits.limit("became_days")
        still = row["status"] == "menjadi_kejadian" and not came and waits
        if not lawful and (row["status"] == "terbuka" or still):
            feared[row["perkara_id"], ".".join(place_of(row).split(".")[:2])].append(row)
    found = {}
    for (affair, place), own in feared.items():
        mates = [r for r in known if r["perkara_id"] == affair and r["kind"] != "nihil"]
        unsaid = min((as_of - max(_said(r), dt.date(1, 1, 1))).days for r in mates)
        grave = max(2 if pd.isna(r["severity"]) else int(r["severity"]) for r in own)
        recent = [r for r in mates if (as_of - told_on(r)).days < limits.limit("rising_days")
                  and not _is_lawful_potensi(r)]  # fmt: skip
        past = [r for r in mates if unpeaceful(r)
                and (as_of - _last(r)).days <= limits.limit("violent_days")]  # fmt: skip
        strength = grave + (len(recent) >= limits.limit("rising_reports")) + bool(past)
        if unsaid > limits.limit("stale_days"):
            strength = 3 if unsaid <= limits.limit("until_days") else 0
        if strength >= 3:
            found[affair, place] = float(strength)
    return found


def _is_lawful_potensi(row: dict[str, Any]) -> bool:
    calm = row["family"] == "unjuk_rasa" if pd.isna(row["peaceful"]) else bool(row["peaceful"])
    return row["kind"] == "potensi" and calm


def _first(row: dict[str, Any]) -> dt.date:
    start = {"day": "D", "month": "M", "year": "Y"}[row["date_precision"]]
    return row["date_event"].to_period(start).start_time.date()


def _last(row: dict[str, Any]) -> dt.date:
    start = {"day": "D", "month": "M", "year": "Y"}[row["date_precision"]]
    return row["date_event"].to_period(start).end_time.date()


def _said(row: dict[str, Any]) -> dt.date:
    """Return when a report was said, without a day of grace where that is not known."""
    return told_on(row) if not pd.isna(row["date_reported"]) else _last(row)


def by_rule(table: pd.DataFrame, as_of: dt.date) -> dict[Any, float]:
    rows = weighing(believed_on(table, as_of, BOOK["potensi"].days("became_days")))
    return {
        (one.subject, ".".join(one.place_code.split(".")[:2])): one.strength
        for one in potensi_signals(rows, as_of, BOOK["potensi"])
    }


@pytest.mark.parametrize("date", ["2023-11-06", "2024-02-12", "2024-08-20", "2025-10-20"])
def test_potensi_of_the_record_agree_with_plain_loops(shipped_dataset: Dataset, date: str) -> None:
    table = shipped_dataset.countable
    assert by_rule(table, day(date)) == potensi_by_loops(table, day(date), BOOK["potensi"])


ROW = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["potensi", "potensi", "kejadian"]),
        "status": st.sampled_from(["terbuka", "terbuka", "menjadi_kejadian", "diredam"]),
        "age": st.integers(0, 420),
        "lag": st.sampled_from([None, 0, 5, 40]),
        "family": st.sampled_from(["konflik", "konflik", "unjuk_rasa", "lainnya"]),
        "peaceful": st.sampled_from([None, None, True, False]),
        "severity": st.sampled_from([None, 1, 2, 3, 4, 5]),
        "unit_kejadian": st.sampled_from([A, A1, A1A, B, B1, B2, "99"]),
        "perkara_id": st.sampled_from(["P1", "P2", "P3"]),
        "date_precision": st.sampled_from(["day", "day", "month"]),
    }
)


def made(rows: list[dict[str, Any]]) -> pd.DataFrame:
    full = []
    for row in rows:
        event = AS_OF - dt.timedelta(days=row["age"])
        told = None if row["lag"] is None else event + dt.timedelta(days=row["lag"])
        status = row["status"] if row["kind"] == "potensi" else None
        one = {key: value for key, value in row.items() if key not in {"age", "lag"}}
        full.append(one | {"date_event": event, "date_reported": told, "status": status})
    return reports(*full)


@given(st.lists(ROW, min_size=1, max_size=8))
@settings(max_examples=25)
def test_potensi_agree_with_plain_loops(rows: list[dict[str, Any]]) -> None:
    table = made(rows)
    assert by_rule(table, AS_OF) == potensi_by_loops(table, AS_OF, BOOK["potensi"])


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from([A1, B1])), min_size=4, max_size=30))
@settings(max_examples=20)
def test_silences_of_agencies_agree_with_plain_loops(told: list[tuple[int, str]]) -> None:
    limits = rule("hening", fewest_gaps=3)
    dated = [(AS_OF - dt.timedelta(days=age), unit) for age, unit in told]
    rows = [
        {"date_event": at, "date_reported": at, "unit_kejadian": unit, "agency": "polda",
         "perkara_id": f"P{n}"}
        for n, (at, unit) in enumerate(dated)
    ]  # fmt: skip
    known = believed_on(reports(*rows), AS_OF, 60)
    found = silence_signals(known, tiny.coverage().iloc[:0], tiny.units(), AS_OF, limits)

    def strength(days: set[dt.date]) -> float | None:
        ordered = sorted(days)
        gaps = [
            (b - a).days for a, b in pairwise(ordered)
            if (ordered[-1] - b).days < limits.limit("rhythm_days")
        ]  # fmt: skip
        silent = (AS_OF - ordered[-1]).days
        if len(gaps) < 3 or silent > limits.limit("until_days"):
            return None
        return silent / (max(*gaps, 14) + 1)

    whole = strength({at for at, _ in dated})
    if whole is not None and whole >= 1:
        expected = {whole}
    else:
        parts = [strength({at for at, u in dated if u == unit}) for unit in {u for _, u in dated}]
        expected = {one for one in parts if one is not None}
    assert {one.strength for one in found} == expected
