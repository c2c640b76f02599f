"""The map of many days at once is, day by day, the map of one day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.by_day import STATES, map_by_day, watched_by_day
from analytics.reports.counts import count_by_unit
from analytics.reports.dates import days_of
from analytics.reports.rakor import previous_rakor, previous_rakors
from analytics.reports.selection import Selection, choose
from analytics.reports.silence import Evidence
from geo.errors import ParameterError
from tests import tiny
from tests.reports.test_counts import random_coverage, random_reports, some_day
from tests.tiny import A1, A2, B1, B2, PROV, A, day

FAMILY = "konflik"
BASE = Selection(as_of=day("2031-02-14"), families=(FAMILY, "logistik"))


@st.composite
def random_selections(draw: st.DrawFn) -> list[Selection]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        as_of, start = draw(some_day), draw(st.none() | some_day)
        found.append(
            replace(
                BASE,
                as_of=as_of,
                date_from=None if start is None else min(start, as_of),
                date_to=draw(st.sampled_from([as_of, None])),
                place=draw(st.sampled_from(["pokok", "kejadian"])),
                stages=draw(st.sampled_from([None, ("kampanye",)])),
                lag_days=draw(st.sampled_from([0, 1, 9])),
            )
        )
    return found


@st.composite
def reviewed_reports(draw: st.DrawFn) -> pd.DataFrame:
    """Reports of which some were verified, withdrawn and verified again on days of the world."""
    reports = draw(random_reports())
    one, other, last = sorted(draw(st.lists(some_day, min_size=3, max_size=3, unique=True)))
    told = (
        None,
        f"belum|{one} terverifikasi",
        f"dikutip|{other} ditarik",
        f"belum|{one} terverifikasi|{other} ditolak|{last} terverifikasi",
    )
    drawn = draw(st.lists(st.sampled_from(told), min_size=len(reports), max_size=len(reports)))
    return reports.assign(verification_history=pd.Series(drawn, index=reports.index, dtype="str"))


@settings(max_examples=12, deadline=None)
@given(
    random_reports() | reviewed_reports(),
    random_coverage(),
    random_selections(),
    st.sampled_from(tiny.LEVELS),
)
def test_each_day_is_counted_as_if_it_were_asked_alone(
    reports: pd.DataFrame, cover: pd.DataFrame, selections: list[Selection], level: str
) -> None:
    found = map_by_day(reports, reports, tiny.units(), level, FAMILY, selections, cover)
    for n, selection in enumerate(selections):
        chosen = choose(reports, selection)
        evidence = None
        if pd.notna(chosen.first):
            evidence = Evidence(chosen.first, chosen.last, chosen.nihil, cover)
        one = count_by_unit(
            chosen.listed, tiny.units(), level, list(selection.families or ()), evidence
        )
        assert list(found.codes) == list(one.index)
        assert found.reports[n].tolist() == one[f"reports_{FAMILY}"].tolist()
        assert found.affairs[n].tolist() == one[f"affairs_{FAMILY}"].tolist()
        assert [STATES[k] for k in found.state[n]] == one["state"].tolist()
        of_family = chosen.listed[chosen.listed["family"].eq(FAMILY)]
        assert found.total[n] == of_family["perkara_id"].nunique()


def test_two_days_by_hand() -> None:
    """R03 and R04 are one affair in A1, R14 another, R09 and R13 are in B1, R08 is in B2.

    R13 is known to its year: until that is over, nobody is taken to know it.
    """
    days = [day("2031-12-31"), day("2032-01-02")]
    selections = [replace(BASE, as_of=one, date_to=one) for one in days]
    found = map_by_day(
        tiny.reports(), tiny.reports(), tiny.units(), "kecamatan", FAMILY, selections,
        tiny.coverage(),
    )  # fmt: skip
    assert list(found.codes) == [A1, A2, B1, B2]
    assert found.affairs.tolist() == [[2, 0, 1, 1], [2, 0, 2, 1]]


def test_of_no_reports_at_all_nothing_is_covered() -> None:
    none = tiny.reports().head(0)
    found = map_by_day(none, none, tiny.units(), "kabupaten", FAMILY, [BASE], tiny.coverage())
    assert found.affairs.sum() == found.total.sum() == 0
    assert {STATES[k] for k in found.state.ravel()} == {"tidak_tercakup"}


def test_a_province_of_one_unit_is_counted_too() -> None:
    units = tiny.units()
    units = units[units["code"].isin([PROV, A])]
    here = tiny.reports()
    here = here[here["unit_kejadian"].eq(A) & here["unit_pokok"].isna()]
    asked = [replace(BASE, as_of=day("2031-03-01"), date_from=day("2031-01-01"))]
    found = map_by_day(here, here, units, "kabupaten", "logistik", asked, tiny.coverage())
    assert list(found.codes) == [A]
    assert found.affairs.tolist() == [[1]]  # R06
    assert map_by_day(here, here, units, "desa", "logistik", asked, tiny.coverage()).state.size == 0


def test_what_cannot_be_asked_is_refused() -> None:
    frames = tiny.reports(), tiny.reports(), tiny.units()
    with pytest.raises(ParameterError, match="selections"):
        map_by_day(*frames, "kabupaten", FAMILY, [], tiny.coverage())
    with pytest.raises(ParameterError, match="family"):
        map_by_day(*frames, "kabupaten", "petugas", [BASE], tiny.coverage())


def test_a_unit_is_watched_on_the_days_of_its_parts() -> None:
    cover = pd.DataFrame(
        {
            "unit_code": [A1, A2, B1],
            "date_start": pd.to_datetime(["2031-01-01", "2031-01-02", "2031-01-01"]),
            "date_end": pd.to_datetime(["2031-01-02", "2031-01-03", "2031-01-03"]),
        }
    )
    days = days_of(pd.Series(pd.date_range("2031-01-01", "2031-01-03")))
    none = tiny.reports().head(0)
    watched = watched_by_day(none, tiny.units(), "kabupaten", days, cover)
    # A has two kecamatan, watched together on one day only; B has one that nobody watched.
    assert np.array_equal(watched, [[False, False], [True, False], [False, False]])


DAYS = [dt.date(2030, 11, 1) + dt.timedelta(days=9 * n) for n in range(60)]


def test_marks_of_many_days_are_those_of_each() -> None:
    marks = previous_rakors(tiny.rakor(), DAYS)
    assert marks == [previous_rakor(tiny.rakor(), one) for one in DAYS]
    assert len({mark.date for mark in marks}) > 3
    assert previous_rakors(tiny.rakor(), []) == []
