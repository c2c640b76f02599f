"""The record as it ships: read as of a day, in words, and its probabilities."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.warning import record as file
from geo.errors import ParameterError
from services.warning import record as service
from services.warning.measure import days_between, judged_on
from services.warning.record import (
    ALL,
    probability_words,
    record_on,
    record_table,
    record_words,
    with_probability,
    wolves,
)
from services.warning.today import rules


def made(as_of: str, rule: str, level: str, **more: object) -> dict[str, object]:
    row = dict.fromkeys(file.COUNTS, 0) | dict.fromkeys(file.SHARES, np.nan)
    return {
        **row, "as_of": as_of, "scope": "tempat", "rule": rule, "level": level,
        "verdict": "belum_terukur", "false_basis": "catatan", "first": "2023-01-01",
        "last": as_of, "made": "2026-11-30", **more,
    }  # fmt: skip


@pytest.fixture
def two_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame([
        made("2023-08-31", "potensi", ALL, probability=0.1),
        made("2024-04-30", "potensi", ALL, probability=0.2, verdict="serigala"),
        made("2024-04-30", "potensi", "siaga", probability=0.3),
        made("2024-04-30", ALL, ALL, n_judged=3, precision=0.5, verdict="berisyarat"),
    ])  # fmt: skip
    rows = pd.concat([rows, rows.assign(scope="kabupaten")])
    path = file.write_record(rows, tmp_path / "record.csv")
    monkeypatch.setattr(service, "read_record", lambda: file.read_record(path))


def chance(rule: str, level: str, as_of: date | None = None) -> float:
    row = pd.DataFrame({"rule": [rule], "level": [level]})
    return float(with_probability(row, as_of)["probability"].iloc[0])


@pytest.mark.usefixtures("two_days")
def test_a_past_day_reads_what_was_measured_by_then() -> None:
    assert np.isnan(chance("potensi", "siaga", date(2023, 8, 30)))
    assert chance("potensi", "siaga", date(2023, 8, 31)) == 0.1  # that of the rule
    assert chance("potensi", "siaga", date(2024, 4, 29)) == 0.1
    assert chance("potensi", "siaga", date(2024, 4, 30)) == 0.3
    assert chance("potensi", "awas") == 0.2
    assert np.isnan(chance("aksi", "awas"))
    assert wolves(date(2024, 1, 1)) == []
    assert wolves() == ["potensi"]
    warnings = pd.DataFrame({"rule": ["potensi", "aksi"], "level": ["siaga", "siaga"]})
    filled = with_probability(warnings, date(2024, 5, 1))["probability"]
    assert filled.tolist()[0] == 0.3
    assert np.isnan(filled.tolist()[1])
    assert with_probability(warnings.iloc[:0], date(2024, 5, 1))["probability"].dtype == "float64"
    assert "Potensi yang menua" in record_words("id")
    assert "belum terukur" in probability_words(np.nan, "id")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_shipped_record_is_said_as_it_is(lang: str) -> None:
    rows = record_on()
    whole = rows[rows["level"].eq(ALL)]
    table = record_table(lang)
    assert len(table) == len(whole)
    assert len(record_table(lang, by_level=True)) == len(rows) - len(whole)
    assert set(whole["rule"]) - {ALL} <= set(rules())
    said = record_words(lang)
    overall = whole[whole["rule"].eq(ALL)].iloc[0]
    assert str(int(overall["n_judged"])) in said
    assert str(int(overall["n_affairs"])) in said
    for lead in ("chance", "perkara", "pemilih"):
        if overall[f"ahead_{lead}_low"] <= 0:
            assert overall["verdict"] != "unggul"
    assert record_words(lang, date(2020, 1, 1)) != said
    assert record_table(lang, date(2020, 1, 1)).empty
    assert not table.astype("str").apply(lambda c: c.str.lower().isin(["nan", "<na>"])).any().any()


def test_days_of_the_replay() -> None:
    days = days_between(date(2023, 1, 1), date(2023, 2, 1))
    assert days[0] == date(2023, 1, 1)
    assert days[-1] == date(2023, 1, 29)
    assert judged_on(date(2023, 1, 1), date(2023, 10, 2)) == [
        date(2023, 4, 30), date(2023, 8, 31), date(2023, 10, 2),
    ]  # fmt: skip
    with pytest.raises(ParameterError, match="at most"):
        days_between(date(2023, 2, 1), date(2023, 1, 1))
    with pytest.raises(ParameterError, match="every"):
        days_between(date(2023, 1, 1), date(2023, 2, 1), 0)
