"""Dates and moments in the forms that agencies and survey tools write them in.

The forms are those of reports of the police, of KPU and Bawaslu, and of what ODK, Kobo, Ushahidi,
ACLED and spreadsheets export; the days are invented.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.ingest.values.dates import parse_date, parse_dates, parse_day, parse_moment
from data.ingest.values.numbers import plain_text
from data.ingest.words import reasons

DAY = date(2024, 2, 14)  # a Wednesday

ONE_DAY = """
14 Februari 2024
14 FEBRUARI 2024
Rabu, 14 Februari 2024
Rabu 14 Feb 2024
Rabu/14 Februari 2024
Rabu, 14-02-2024
Rab, 14 Feb 2024
Wed, 14 Feb 2024
Wednesday, February 14, 2024
Hari Rabu tanggal 14 Februari 2024
Pada hari Rabu tanggal 14 Februari 2024
Hari/Tanggal: Rabu, 14 Februari 2024
Rabu tgl 14 Februari 2024
Tgl. 14 Februari 2024
tanggal 14-2-2024
Rabu (14/2/2024)
Rabu (14/02/2024) malam
Rabu malam (14/2/2024)
14 Februari 2024 (Rabu)
14/02/2024, Rabu
14 Febuari 2024
14 Peb 2024
14 Feb '24
14-Feb-24
14-Feb-2024
14Feb2024
14th February 2024
February 14th, 2024
14 February 2024
14/02/2024
14/2/24
14-02-2024
14.02.2024
2024-02-14
2024/02/14
20240214
45336
"""
WITH_A_CLOCK = """
14 Februari 2024 pukul 10.00 WIB
14 Februari 2024 sekira pukul 10.00 Wib
14 Februari 2024 sekitar pukul 10.00
14 Februari 2024 ± pukul 10.00 WIB
14 Februari 2024 skj 10.00 Wib
14 Februari 2024 jam 10
14 Februari 2024 jam 10 pagi
Rabu, 14 Februari 2024 | 10:00 WIB
Rabu, 14 Februari 2024, Pkl. 10.00 s/d 11.00 WIB
Rabu, 14 Februari 2024, pukul 10.00 WIB s.d. selesai
Rabu, 14 Februari 2024 (10.00 - 12.00 WIB)
Rabu (14/2/2024) pukul 10.00 WIB
Pukul 10.00 WIB, Rabu 14 Februari 2024
10:00 14/02/2024
14/02/2024 10.00
14/02/2024 - 10:00
14/2/2024, 10.00.00
14/02/2024 10:00:00
14/02/2024 1000 WIB
14/02/24 10:00 AM
Feb 14, 2024 10:00:00 AM
14 Februari 2024 pukul 10.00 GMT+7
14/02/2024 10.00 UTC+07:00
2024-02-14 10:00:00
2024-02-14 10.00
2024-02-14 03:00:00 UTC
2024-02-14 10:00:00+07
2024-02-14 10:00:00.000000+07:00
2024-02-14 10:00:00 +0700
2024-02-14T03:00:00Z
2024-02-14T03:00:00.000Z
2024-02-14T10:00:00.000+07:00
2024-02-14T10:00:00.000+07
20240214T030000Z
Wed, 14 Feb 2024 03:00:00 GMT
Wed, 14 Feb 2024 10:00:00 +0700
Wed Feb 14 2024 10:00:00 GMT+0700 (Western Indonesia Time)
45336.4166666667
45336,4167
"""
TO_THE_SIXTEENTH = """
14-16 Februari 2024
14 - 16 Februari 2024
14–16 Februari 2024
14 s.d. 16 Februari 2024
14 s/d 16 Februari 2024
14 sd 16 Feb 2024
14 sampai 16 Februari 2024
14 sampai dengan 16 Februari 2024
14 hingga 16 Februari 2024
14 to 16 February 2024
14 until 16 February 2024
tanggal 14 s.d. 16 Februari 2024
dari tanggal 14 sampai tanggal 16 Februari 2024
14 Februari s/d 16 Februari 2024
14 Februari 2024 - 16 Februari 2024
Rabu, 14 Februari 2024 s/d Jumat, 16 Februari 2024
Rabu s.d. Jumat, 14 s.d. 16 Februari 2024
Rabu-Jum'at (14-16/2/2024)
14 Februari 2024 08.00 - 16 Februari 2024 17.00 WIB
14-16 Februari 2024 pukul 08.00 WIB
14/02/2024 - 16/02/2024
14/02/24-16/02/24
14/02 - 16/02/2024
14-16/02/2024
14-02-2024 s/d 16-02-2024
14.02.24 - 16.02.24
2024-02-14/2024-02-16
2024-02-14 - 2024-02-16
2024-02-14T00:00:00Z/2024-02-16T10:00:00Z
"""
REFUSED = {
    "Senin, 14 Februari 2024": "date_weekday_contradicts",
    "Rabu (15/2/2024)": "date_weekday_contradicts",
    "Thursday, 14 Feb 2024": "date_weekday_contradicts",
    "14 Februari 2024 (Ahad)": "date_weekday_contradicts",
    "Rabu, 14 Februari 2024 (Kamis)": "date_weekday_contradicts",
    "Kamis s.d. Jumat, 14 s.d. 16 Februari 2024": "date_weekday_contradicts",
    "Rabu, 14 s/d Sabtu, 16 Februari 2024": "date_weekday_contradicts",
    "16-14 Februari 2024": "date_range_reversed",
    "16/02/2024 - 14/02/2024": "date_range_reversed",
    "30 Desember - 2 Januari 2024": "date_range_reversed",  # of which year is not said
    "2024-02-16/2024-02-14": "date_range_reversed",
    "02/14/2024": "date_impossible",
    "2/14/2024 8:05": "date_impossible",
    "30-31 Februari 2024": "date_impossible",
    "31 Februari s/d 2 Maret 2024": "date_impossible",
    "14/02/2024 25:00": "date_impossible",
    "14/02/2024 10:60": "date_impossible",
    "14/02/2024 10:00:60": "date_impossible",
    "2024-02-14T08:00:00+15:00": "date_impossible",
    "2024-02-14T08:00:00+07:60": "date_impossible",
    "14/02/2024 13:05 AM": "date_impossible",
    "2024-02-14T08:00:00+25:00": "date_impossible",
    "9999-99-99": "date_impossible",
    "14 Februari 2204": "date_out_of_range",
    "Minggu ke-2 Februari 2024": "date_unreadable",
    "malam Kamis 14 Februari 2024": "date_unreadable",  # it is the night before
    "14 dan 16 Februari 2024": "date_unreadable",  # two days, not three
    "14, 15 - 16 Februari 2024": "date_unreadable",
    "14.12.24 16.12.24": "date_unreadable",  # two days, or a time with seconds
    "14.02 2024": "date_unreadable",
    "2024 14.02": "date_unreadable",
    "Februari 2024 07:05": "date_unreadable",
    "Januari - Maret 2024": "date_unreadable",
    "Rabu, Februari 2024": "date_unreadable",
    "14/2024-02-16": "date_unreadable",
    "14 Februari": "date_unreadable",
    "٠١/٠٢/٢٠٢٤": "date_unreadable",
    "14/02/2024\0": "date_unreadable",
    "\ud800": "date_unreadable",
}


@pytest.mark.parametrize("text", ONE_DAY.strip().splitlines())
def test_one_day(text: str) -> None:
    assert parse_date(text) == (DAY, "day", None, None)
    assert parse_date(text.upper(), utc=True) == (DAY, "day", None, None)
    assert parse_moment(text) is None


@pytest.mark.parametrize("text", WITH_A_CLOCK.strip().splitlines())
def test_a_day_with_a_time(text: str) -> None:
    assert parse_date(text) == (DAY, "day", None, None)
    assert parse_day(text) == DAY
    assert parse_moment(text) == datetime(2024, 2, 14, 3, tzinfo=UTC)


@pytest.mark.parametrize("text", TO_THE_SIXTEENTH.strip().splitlines())
def test_the_first_and_the_last_day(text: str) -> None:
    assert parse_date(text) == (DAY, "day", None, date(2024, 2, 16))
    assert parse_day(text) is None
    assert parse_moment(text) is None


@pytest.mark.parametrize(("text", "fault"), REFUSED.items())
def test_what_is_refused_and_why(text: str, fault: str) -> None:
    assert parse_date(text) == (None, None, fault, None)
    assert fault in reasons()
    assert parse_moment(text) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("28 Februari s/d 2 Maret 2024", date(2024, 2, 28), date(2024, 3, 2)),
        ("30 Desember 2023 - 2 Januari 2024", date(2023, 12, 30), date(2024, 1, 2)),
        ("30/12/2023 s.d. 02/01/2024", date(2023, 12, 30), date(2024, 1, 2)),
        ("30/12/23 - 2 Januari 2024", date(2023, 12, 30), date(2024, 1, 2)),
        ("14-14 Februari 2024", DAY, DAY),
        ("14.02.2024 - 16.02.24", DAY, date(2024, 2, 16)),  # and no 16:02:24
        ("14/02/24 - 31.12.24", DAY, date(2024, 12, 31)),
        ("1-14/02/2024", date(2024, 2, 1), DAY),
    ],
)
def test_ranges_over_months_and_years(text: str, first: date, last: date) -> None:
    assert parse_date(text) == (first, "day", None, last)


def test_the_day_stands_before_the_month() -> None:
    assert parse_date("03/04/2024").value == date(2024, 4, 3)
    assert parse_date("3/4/2024 8:05 PM").value == date(2024, 4, 3)


def test_a_column_in_utc_is_turned_to_the_day_of_the_province() -> None:
    night = "2024-02-14 17:45:00"
    assert parse_date(night).value == DAY
    assert parse_date(night, utc=True).value == date(2024, 2, 15)
    assert parse_date("2024-02-14 16:59", utc=True).value == DAY
    assert parse_date("2024-02-14", utc=True).value == DAY
    assert parse_date("45336.75", utc=True).value == date(2024, 2, 15)
    assert parse_date("2024-02-14 17:45 WIB", utc=True).value == DAY
    assert parse_date("14/02/2024 23:30+07:00", utc=True).value == DAY
    assert parse_date("14 Februari 2024 pukul 24.00").value == DAY
    assert parse_date("14 Februari 2024 pukul 24.00 WIB").value == DAY
    assert parse_date("2100-12-31T23:00:00Z").fault == "date_out_of_range"
    assert parse_moment(night, utc=True) == datetime(2024, 2, 14, 17, 45, tzinfo=UTC)
    assert parse_date("14-16 Februari 2024 20.00", utc=True)[::3] == (
        date(2024, 2, 15),
        date(2024, 2, 17),
    )


def test_a_western_offset_is_one_only_where_it_can_be_no_span_of_hours() -> None:
    assert parse_moment("2024-02-14 10:00-11:00") == datetime(2024, 2, 14, 3, tzinfo=UTC)
    assert parse_moment("2024-02-14T10:00-11:00") == datetime(2024, 2, 14, 21, tzinfo=UTC)
    assert parse_moment("2024-02-14 10:00:00-05") == datetime(2024, 2, 14, 15, tzinfo=UTC)


def test_columns_of_dates_have_an_end() -> None:
    out = parse_dates(pd.Series(["14-16 Februari 2024", "", "14/02/2024", "16-14/2/2024"]))
    assert out["end"].dtype == "datetime64[us]"
    assert out["end"].isna().tolist() == [False, True, True, True]
    assert out["end"][0] == pd.Timestamp("2024-02-16")
    assert out["fault"].fillna("").tolist() == ["", "", "", "date_range_reversed"]
    late = parse_dates(pd.Series(["2024-02-14 17:45"]), utc=True)
    assert late["value"][0] == pd.Timestamp("2024-02-15")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("0715", "14 00:15"),
        ("715", "14 00:15"),
        ("7.15", "14 00:15"),
        ("07:15:30", "14 00:15"),
        ("07:15 WIT", "13 22:15"),
        ("07:15 wita", "13 23:15"),
        ("07:15Z", "14 07:15"),
        ("pukul 07.15 WIB", "14 00:15"),
        ("jam 7", "14 00:00"),
        ("8 pagi", "14 01:00"),
        ("12 siang", "14 05:00"),
        ("1 siang", "14 06:00"),
        ("4.30 sore", "14 09:30"),
        ("8.05 malam", "14 13:05"),
        ("2 dini hari", "13 19:00"),
        ("8:05 PM", "14 13:05"),
        ("12:05 a.m.", "13 17:05"),
        ("12.00 pm", "14 05:00"),
        ("24.00", "14 17:00"),
        ("09.30 s/d 11.00 WIB", "14 02:30"),
        ("13/02/2024 08:00", "13 01:00"),
    ],
)
def test_a_time_that_stands_alone_is_of_the_day_that_is_given(text: str, utc: str) -> None:
    found = parse_moment(text, day=DAY)
    assert found is not None
    assert f"{found:%d %H:%M}" == utc
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "25.10",
        "0760",
        "24.01",
        "pagi",
        "12 malam",
        "1 malam",
        "13 pagi",
        "7 sore",
        "0 pm",
        "8 - 10 siang",
        "pukul 8 - 10 malam",
        "8.00 - 10.00 malam",
        "07:15 WAT",
        "07:15+25",
        "14/02/2024",
        "14-16/02/2024 08:00",
        "",
        "\0",
    ],
)
def test_what_is_no_time_or_of_either_half_of_the_day_is_none(text: str) -> None:
    assert parse_moment(text, day=DAY) is None


def test_where_a_zone_is_wanted_a_time_without_one_is_none() -> None:
    assert parse_moment("14/02/2024 08:00", zoned=True) is None
    assert parse_moment("45336.3333", zoned=True) is None
    eight = datetime(2024, 2, 14, 1, tzinfo=UTC)
    for text in ("14/02/2024 08.00 WIB", "2024-02-14T01:00:00.000Z", "14/2/2024 8:00 AM +07:00"):
        assert parse_moment(text, zoned=True) == eight
    assert parse_moment("14/02/2024 01:00", zoned=True, utc=True) == eight


def test_the_fraction_of_a_serial_tells_the_second_only_with_enough_digits() -> None:
    assert parse_moment("45336.3333") == datetime(2024, 2, 14, 1, tzinfo=UTC)
    assert parse_moment("45336.333334") == datetime(2024, 2, 14, 1, tzinfo=UTC)
    assert parse_moment("45336.344074074") == datetime(2024, 2, 14, 1, 15, 28, tzinfo=UTC)
    assert parse_moment("45336.0") is None


MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember"
WEEKDAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Ahad"]
UNTIL = ["-", " - ", "–", " s/d ", " s.d. ", " sd ", " sampai ", " hingga ", " to ", " until "]
days = st.dates(date(2000, 1, 1), date(2068, 12, 31))


def long(day: date) -> str:
    return f"{day.day} {MONTHS.split()[day.month - 1]} {day.year}"


@given(days, days, st.sampled_from(UNTIL))
def test_every_range_reads_back_in_every_form(one: date, other: date, until: str) -> None:
    first, last = min(one, other), max(one, other)
    forms = [long, date.isoformat, lambda d: f"{d:%d/%m/%Y}", lambda d: f"{d:%d.%m.%y}"]
    forms.append(lambda d: f"{WEEKDAYS[d.weekday()]}, {long(d)}")
    for form in forms:
        text = f"{form(first)}{until}{form(last)}"
        assert parse_date(text) == (first, "day", None, last), text
        if first < last:
            assert parse_date(f"{form(last)}{until}{form(first)}").fault == "date_range_reversed"
    if (first.year, first.month) == (last.year, last.month):
        for text in (f"{first.day}{until}{long(last)}", f"{first.day}{until}{last:%d/%m/%Y}"):
            assert parse_date(text) == (first, "day", None, last), text


@given(days, st.integers(1, 6), st.sampled_from(["{}, {}", "Hari {} tanggal {}", "{} ({})"]))
def test_every_other_day_of_the_week_contradicts(day: date, more: int, form: str) -> None:
    own, other = WEEKDAYS[day.weekday()], WEEKDAYS[(day.weekday() + more) % 7]
    assert parse_date(form.format(own, long(day))).value == day
    assert parse_date(form.format(other, long(day))).fault == "date_weekday_contradicts"


@given(st.datetimes(datetime(2000, 1, 1), datetime(2068, 12, 31)), st.integers(-11, 14))
def test_every_moment_reads_back_in_every_form(local: datetime, offset: int) -> None:
    whole = local.replace(second=0, microsecond=0)
    moment = (whole - timedelta(hours=7)).replace(tzinfo=UTC)
    half = f"{whole:%I:%M} {'AM' if whole.hour < 12 else 'PM'}"
    for text in (
        f"{whole:%d/%m/%Y %H:%M}",
        f"{whole:%Y-%m-%d %H.%M}",
        f"{long(whole)} pukul {whole:%H.%M} WIB",
        f"{whole:%d/%m/%Y} {half}",
        f"{whole:%H:%M} WIB {long(whole)}",
    ):
        assert parse_moment(text) == moment, text
        assert parse_date(text).value == whole.date(), text
    there = (moment + timedelta(hours=offset)).replace(tzinfo=None)
    for text in (f"{there.isoformat()}{offset:+03}:00", f"{there:%Y-%m-%d %H:%M:%S}{offset:+03}"):
        assert parse_moment(text) == moment, text
        assert parse_date(text).value == whole.date(), text
    exact = local.replace(tzinfo=UTC)
    assert parse_moment(f"{local.isoformat(timespec='microseconds')}Z") == exact
    assert parse_moment(f"{local.isoformat()}", utc=True) == exact


ALPHABET = "0123456789:./-,() tzTZ+'senjumatwibfebpkls/d"


@given(st.text(max_size=40) | st.text(ALPHABET, max_size=40), st.booleans())
def test_no_text_breaks_a_reader_of_dates(text: str, utc: bool) -> None:
    found = parse_date(text, utc=utc)
    assert (found.value is None) == (found.fault is not None)
    if found.value is not None:
        assert date(1945, 1, 1) <= found.value <= (found.end or found.value) <= date(2100, 12, 31)
    moment = parse_moment(text, day=DAY, utc=utc)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    "letters",
    ["1", "14-", "14 ", "14/02/2024 ", "s/d ", "kira-kira ", "Rabu, ", " ", "\0", "\ud800", "(1"],
)
def test_a_very_long_text_is_unreadable_and_takes_no_time(letters: str) -> None:
    longest = letters * (200 // len(letters))
    assert plain_text(longest) is not None
    start = perf_counter()
    for text in (longest, letters * (100_000 // len(letters))):
        for read in (text, f"14 Februari 2024 {text}x", f"x{text} 14 Februari 2024"):
            assert parse_date(read).value is None
            assert parse_moment(read, day=DAY) is None
    assert perf_counter() - start < 1
