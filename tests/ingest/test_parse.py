"""Dates and words as people write them; what is not understood is a fault."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import vocabulary
from data.ingest.values.dates import parse_date, parse_dates
from data.ingest.values.texts import normal_text
from data.ingest.words import acled_words, word_list

MONTHS = (
    "Januari Jan|Februari Feb Peb Pebruari|Maret Mar|April Apr|Mei|Juni Jun|Juli Jul"
    "|Agustus Agt Agu Ags|September Sep|Oktober Okt|November Nov Nop|Desember Des"
)
NAMES = [names.split() for names in MONTHS.split("|")]
DAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jum'at", "Sabtu", "Minggu"]
FORMATS = [
    lambda d, name: d.isoformat(),
    lambda d, name: f"{d.isoformat()} 08:15:00",
    lambda d, name: f"{d.isoformat()}T23:59:59",
    lambda d, name: f"{d.isoformat()}T00:30:00+07:00",
    lambda d, name: f"{d:%d/%m/%Y}",
    lambda d, name: f"{d.day}/{d.month}/{d.year}",
    lambda d, name: f"{d:%d-%m-%y}",
    lambda d, name: f"{d:%d.%m.%Y}",
    lambda d, name: f"{d:%d/%m/%Y} 10.30 WIB",
    lambda d, name: f"{d.day} {name} {d.year}",
    lambda d, name: f"{d.day} {name.upper()} {d:%y}",
    lambda d, name: f"{d.day}-{name}-{d.year}",
    lambda d, name: f"{d.day} {name}. {d.year}",
    lambda d, name: f"{DAYS[d.weekday()]}, {d.day} {name} {d.year}",
    lambda d, name: f"{DAYS[d.weekday()]} {d.day} {name} {d.year} pukul 09.00",
    lambda d, name: f"Tgl. {d.day} {name} {d.year}",
    lambda d, name: str((d - date(1899, 12, 30)).days),
    lambda d, name: f"{(d - date(1899, 12, 30)).days},25",
]


@given(
    st.dates(date(2000, 1, 1), date(2068, 12, 31)),
    st.sampled_from(range(len(FORMATS))),
    st.integers(0, 9),
)
def test_every_date_in_every_accepted_way_reads_back(day: date, form: int, which: int) -> None:
    names = NAMES[day.month - 1]
    text = FORMATS[form](day, names[which % len(names)])
    assert parse_date(text) == (day, "day", None, None)


@given(st.dates(date(1945, 1, 1), date(2100, 12, 31)), st.integers(0, 9))
def test_a_month_reads_as_its_first_day(day: date, which: int) -> None:
    names = NAMES[day.month - 1]
    first = day.replace(day=1)
    for text in (f"{names[which % len(names)]} {day.year}", f"{day:%Y-%m}", f"{day:%m/%Y}"):
        assert parse_date(text) == (first, "month", None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2024", "date_impossible"),
        ("30 Februari 2024", "date_impossible"),
        ("29/02/2023", "date_impossible"),
        ("02/14/2024", "date_impossible"),  # month first is never read as day first
        ("2024-14-02", "date_impossible"),
        ("00/00/0000", "date_impossible"),
        ("14/02/0204", "date_out_of_range"),
        ("14 Fooruari 2024", "date_unreadable"),
        ("kemarin", "date_unreadable"),
        ("14/02", "date_unreadable"),
        ("1707868800000", "date_unreadable"),
    ],
)
def test_what_is_no_date_is_a_fault(text: str, reason: str) -> None:
    assert parse_date(text) == (None, None, reason, None)


def test_a_time_of_another_zone_is_read_in_western_indonesia() -> None:
    assert parse_date("2024-02-14T18:30:00Z").value == date(2024, 2, 15)
    assert parse_date("2024-02-15 01:30:00+09:00").value == date(2024, 2, 14)


def test_a_column_of_dates_keeps_its_index_and_its_gaps() -> None:
    values = pd.Series(["14/02/2024", "", "x", "14/02/2024"], index=[7, 3, 9, 1], dtype="str")
    out = parse_dates(values)
    assert out.index.tolist() == [7, 3, 9, 1]
    assert out["value"].isna().tolist() == [False, True, True, False]
    assert out["fault"].fillna("").tolist() == ["", "", "date_unreadable", ""]


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("kind", vocabulary.KINDS),
        ("status", vocabulary.POTENSI_STATUSES),
        ("stage", vocabulary.STAGES),
        ("category", tuple(vocabulary.CATEGORY_FAMILY)),
        ("family", vocabulary.FAMILIES),
        ("verification", vocabulary.VERIFICATIONS),
        ("confidence", vocabulary.CONFIDENCES),
        ("access", vocabulary.ACCESSES),
        ("date_precision", vocabulary.DATE_PRECISIONS),
        ("severity", tuple(map(str, range(vocabulary.SEVERITY_MIN, vocabulary.SEVERITY_MAX + 1)))),
    ],
)
def test_every_key_is_understood_and_no_other_key_is_made_up(
    table: str, keys: tuple[str, ...]
) -> None:
    words = word_list(table)
    for key in keys:
        assert words.read(key) == key
        assert words.read(key.replace("_", " ").upper()) == key
    assert set(words._keys.values()) == set(keys)


@pytest.mark.parametrize(
    ("text", "key"),
    [("Demo", "unjuk_rasa"), ("Unjuk rassa", "unjuk_rasa"), ("Kericuhan di TPS", "kericuhan_tps"),
     ("Money Politics", "politik_uang"), ("PSU", "psu"), ("banjir", None), ("ricu", None)],
)  # fmt: skip
def test_categories_as_people_write_them(text: str, key: str | None) -> None:
    assert word_list("category").read(text) == key


def test_acled_meanings_are_of_the_closed_lists() -> None:
    for column in ("event_type", "sub_event_type"):
        for meaning in acled_words(column).values():
            assert meaning["category"] in vocabulary.CATEGORY_FAMILY
            assert meaning["family"] in vocabulary.FAMILIES


@given(st.text())
def test_normal_text_is_stable(text: str) -> None:
    assert normal_text(normal_text(text)) == normal_text(text)


@given(st.text(max_size=30))
def test_no_text_breaks_a_reader(text: str) -> None:
    found = parse_date(text)
    assert (found.value is None) == (found.fault is not None)
    if found.value:
        assert date(1945, 1, 1) <= found.value <= date(2100, 12, 31) + timedelta(0)
