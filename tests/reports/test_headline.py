"""The sentence of the first page: what it names, in which order, and what it never claims."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.rakor import RakorMark
from analytics.reports.stages import Opening
from services.dataset import Dataset
from services.reports.headline import (
    basis_words,
    changes,
    coming_words,
    headline,
    is_dark,
    leading_family,
)
from services.reports.overview import HEADLINE_FAMILIES, Overview, overview

EVE = date(2024, 2, 13)
ASSUMED = RakorMark(pd.Timestamp(2023, 12, 31), "B12 2023", True)
KNOWN = RakorMark(pd.Timestamp(2024, 1, 12), "B12 2023", False)
QUIET = ((0, 0), (0, 0), (0, 0), (0, 0))


def figures(
    pairs: tuple[tuple[int, int], ...], covered: bool = True, before_covered: bool = True
) -> pd.DataFrame:
    """Figures as `family_figures` returns them, from (before, now) by family."""
    before, now = ([pair[n] for pair in pairs] for n in (0, 1))
    frame = pd.DataFrame(
        {"n_before": before, "n_affairs": now, "n_reports": now, "n_potensi": 0},
        index=pd.Index(HEADLINE_FAMILIES, name="family"),
    )
    return frame.assign(
        change=frame["n_affairs"] - frame["n_before"],
        covered=covered,
        before_covered=before_covered,
    )


def agenda(*rows: dict[str, Any]) -> pd.DataFrame:
    columns = ["origin", "kind", "unit_code", "days_to", "owner", "title"]
    return pd.DataFrame(list(rows), columns=columns)


def coming(*rows: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["stage", "days_to"])


def known(
    numbers: pd.DataFrame,
    mark: RakorMark = ASSUMED,
    vote: tuple[pd.Timestamp, str] | None = None,
    last_word: pd.Timestamp | None = None,
    ahead: pd.DataFrame | None = None,
    planned: pd.DataFrame | None = None,
    n_sources: int = 1,
) -> Overview:
    none = pd.DataFrame()
    return Overview(
        mark=mark,
        opening=Opening(True, (), None, None),
        open_stages=[],
        last_covered=None,
        last_word=last_word,
        vote=vote,
        in_force=none,
        coming=coming() if ahead is None else ahead,
        figures=numbers,
        potensi=none,
        agenda=agenda() if planned is None else planned,
        watch=none,
        sources=pd.DataFrame({"last_event": pd.to_datetime(["2024-02-01"] * n_sources)}),
    )


def said(dataset: Dataset, found: Overview, lang: str = "id", asked: bool = False) -> str:
    return headline(found, dataset, EVE, lang, asked)


def test_of_several_changes_the_two_greatest_rises_are_named(dataset: Dataset) -> None:
    found = known(figures(((3, 2), (2, 1), (3, 9), (0, 6))))
    assert said(dataset, found) == ("Sejak 31 Des dalam pemberitaan: pelanggaran 3→9, logistik 0→6")
    assert said(dataset, found, "en") == ("Since 31 Dec in the press: violation 3→9, logistics 0→6")
    assert leading_family(found.figures) == "pelanggaran"


def test_a_rise_goes_before_a_greater_fall_and_a_fall_is_told(dataset: Dataset) -> None:
    found = known(figures(((1, 4), (0, 0), (9, 2), (5, 4))))
    assert "konflik 1→4, pelanggaran 9→2" in said(dataset, found)
    only_falls = known(figures(((5, 1), (0, 0), (9, 2), (0, 0))))
    assert "pelanggaran 9→2, konflik 5→1" in said(dataset, only_falls)
    assert leading_family(only_falls.figures) == "pelanggaran"


def test_of_equal_rises_the_first_family_leads() -> None:
    assert leading_family(figures(((0, 2), (0, 2), (0, 2), (0, 2)))) == "konflik"


def test_small_numbers_make_no_drama(dataset: Dataset) -> None:
    found = known(figures(((1, 2), (1, 0), (0, 0), (3, 3))))
    assert said(dataset, found) == (
        "Sejak 31 Des dalam pemberitaan hampir tetap: konflik 1→2, unjuk rasa 1→0"
    )
    assert "much the same" in said(dataset, found, "en")
    two_more = known(figures(((1, 3), (1, 0), (0, 0), (3, 3))))
    assert "hampir" not in said(dataset, two_more)


def test_where_nothing_changed_the_counts_are_told(dataset: Dataset) -> None:
    found = known(figures(((2, 2), (0, 0), (4, 4), (1, 1))))
    assert said(dataset, found) == "Sejak 31 Des dalam pemberitaan tetap: pelanggaran 4, konflik 2"
    assert leading_family(found.figures) == "pelanggaran"
    none = known(figures(QUIET))
    assert said(dataset, none) == (
        "Sejak 31 Des tidak ada perkara dalam pemberitaan, begitu pula sebelumnya"
    )
    assert leading_family(none.figures) == "konflik"


def test_what_nobody_watched_is_never_a_fall(dataset: Dataset) -> None:
    falls = known(figures(((5, 1), (0, 0), (9, 0), (0, 0)), covered=False))
    words = said(dataset, falls)
    assert "→" not in words
    assert words == ("Sejak 31 Des dalam pemberitaan sedikitnya konflik 1; tidak dipantau penuh")
    empty = known(figures(((5, 0), (0, 0), (9, 0), (0, 0)), covered=False))
    assert "bukan nol" in said(dataset, empty)


def test_a_rise_in_a_time_that_was_partly_watched_is_at_least_that(dataset: Dataset) -> None:
    found = known(figures(((1, 4), (0, 0), (9, 2), (0, 0)), covered=False))
    assert said(dataset, found) == (
        "Sejak 31 Des dalam pemberitaan sedikitnya: konflik 1→4 (tidak dipantau penuh)"
    )


def test_a_rise_over_a_time_that_nobody_watched_is_no_rise(dataset: Dataset) -> None:
    found = known(figures(((0, 4), (0, 1), (0, 0), (0, 0)), before_covered=False))
    assert said(dataset, found) == (
        "Sejak 31 Des dalam pemberitaan: konflik 4, unjuk rasa 1; sebelumnya tidak dipantau penuh"
    )
    assert not changes(found.figures)
    none = known(figures(QUIET, before_covered=False))
    assert said(dataset, none).endswith("sebelumnya tidak dipantau penuh")


def test_where_nothing_is_known_it_says_since_when(dataset: Dataset) -> None:
    blind = figures(QUIET, covered=False, before_covered=False)
    found = known(blind, last_word=pd.Timestamp(2023, 6, 9))
    assert is_dark(found)
    assert said(dataset, found) == (
        "Sejak 9 Jun 2023 tidak ada kabar: keadaan sekarang tidak diketahui"
    )
    assert said(dataset, found, "en").startswith("No word since 9 Jun 2023")
    # A word in the time since the mark makes it partly known, and so does a feared affair.
    assert not is_dark(known(blind, last_word=pd.Timestamp(2024, 1, 3)))
    assert not is_dark(known(blind.assign(n_potensi=1), last_word=pd.Timestamp(2023, 6, 9)))
    never = known(blind, n_sources=0)
    assert is_dark(never)
    assert said(dataset, never) == "Belum ada kabar: keadaan tidak diketahui"


def test_the_last_meeting_is_named_where_its_day_is_known(dataset: Dataset) -> None:
    numbers = figures(((1, 4), (0, 0), (0, 0), (0, 0)))
    assert said(dataset, known(numbers, KNOWN)).startswith("Sejak rakor 12 Jan dalam")
    assert said(dataset, known(numbers, KNOWN), asked=True).startswith("Sejak 12 Jan dalam")
    assert said(dataset, known(numbers, KNOWN), "en").startswith("Since the rakor of 12 Jan in")
    assert "tidak diketahui: dianggap akhir periode B12 2023" in basis_words(
        known(numbers), EVE, "id"
    )
    assert "44 hari sejak 31 Desember 2023" in basis_words(known(numbers), EVE, "id")
    assert "32 days since the rakor of 12 January 2024" in basis_words(
        known(numbers, KNOWN), EVE, "en"
    )
    assert "alamat" in basis_words(known(numbers, KNOWN), EVE, "id", True)


def test_a_mark_long_past_carries_its_year(dataset: Dataset) -> None:
    old = RakorMark(pd.Timestamp(2023, 2, 13), "B04 2023", True)
    assert said(dataset, known(figures(QUIET), old)).startswith("Sejak 13 Feb 2023 ")


def test_the_vote_goes_before_what_comes_sooner(dataset: Dataset) -> None:
    vote = pd.Timestamp(2024, 2, 14)
    found = known(
        figures(QUIET), vote=(vote, "pemungutan_penghitungan"), ahead=coming(("rekapitulasi", 0))
    )
    assert coming_words(found, dataset, EVE, "id") == "besok pemungutan suara"
    assert coming_words(found, dataset, date(2024, 2, 14), "id") == "hari ini pemungutan suara"
    assert coming_words(found, dataset, date(2024, 1, 31), "en") == "in 14 days voting"
    assert coming_words(found, dataset, date(2024, 1, 30), "id") == "hari ini rekapitulasi"
    again = known(figures(QUIET), vote=(pd.Timestamp(2024, 2, 24), "psu"))
    assert coming_words(again, dataset, EVE, "id") == "11 hari lagi pemungutan suara ulang"


def test_of_stages_and_events_the_soonest_is_told_and_far_ones_are_not(dataset: Dataset) -> None:
    hearing = {"origin": "agenda", "kind": "sidang", "unit_code": "19.02", "days_to": 3}
    found = known(figures(QUIET), ahead=coming(("kampanye", 5)), planned=agenda(hearing))
    assert coming_words(found, dataset, EVE, "id") == "3 hari lagi sidang di Kab. Belitung"
    same_day = known(figures(QUIET), ahead=coming(("kampanye", 3)), planned=agenda(hearing))
    assert coming_words(same_day, dataset, EVE, "id") == "3 hari lagi kampanye"
    far = known(figures(QUIET), ahead=coming(("kampanye", 15)))
    assert coming_words(far, dataset, EVE, "id") == ""
    province = agenda({**hearing, "unit_code": "19", "days_to": 1})
    assert coming_words(known(figures(QUIET), planned=province), dataset, EVE, "id") == (
        "besok sidang"
    )


@pytest.mark.parametrize("lang", ["id", "en"])
@given(
    pairs=st.tuples(*[st.tuples(st.integers(0, 9), st.integers(0, 9))] * 4),
    covered=st.booleans(),
    before_covered=st.booleans(),
)
def test_any_figures_make_an_honest_sentence(
    dataset: Dataset,
    lang: str,
    pairs: tuple[tuple[int, int], ...],
    covered: bool,
    before_covered: bool,
) -> None:
    numbers = figures(pairs, covered, before_covered)
    named = changes(numbers)
    assert all(before_covered for _ in named)
    assert all(one.by > 0 or covered for one in named)
    words = said(dataset, known(numbers), lang)
    assert words.count("→") == min(2, len(named))
    falls = [one for one in named if one.by < 0]
    assert named == [one for one in named if one.by > 0] + falls
    assert leading_family(numbers) in HEADLINE_FAMILIES
    if named:
        assert named[0].family == leading_family(numbers)


def test_on_the_real_dates_it_reads_as_counted(shipped_dataset: Dataset) -> None:
    """No test counts the shipped reports: the sentence repeats the figures that are shown."""
    for as_of in (EVE, date(2024, 2, 14), date(2025, 10, 29), date(2024, 11, 26)):
        found = overview(shipped_dataset, as_of)
        words = headline(found, shipped_dataset, as_of, "id")
        leading = found.figures.loc[leading_family(found.figures)]
        assert f"{leading['n_before']}→{leading['n_affairs']}" in words
    assert headline(overview(shipped_dataset, EVE), shipped_dataset, EVE, "id").endswith(
        "; besok pemungutan suara"
    )
