"""Ringkasan: how the product opens, what it compares, and what it cannot date."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from analytics.reports.rakor import previous_rakor
from analytics.reports.selection import Selection, select
from services.dataset import Dataset
from services.reports.overview import (
    AGENDA_DAYS,
    HEADLINE_FAMILIES,
    WINDOWS,
    overview,
    window_start,
)

EVE = date(2024, 2, 13)
AFTER = date(2025, 10, 29)
BEFORE = date(2022, 6, 1)


def test_with_a_stage_in_force_it_opens_on_that_stage(dataset: Dataset) -> None:
    found = overview(dataset, EVE)
    assert found.opening.in_force
    assert found.opening.stages == ("logistik", "masa_tenang", "penyusunan_regulasi")
    assert found.opening.stage is None
    assert found.opening.replay_date is None
    # Deliveries and quiet period until 13 February, planning until 14 June 2024.
    assert found.in_force["days_left"].tolist() == [0, 0, 122]
    assert found.coming["stage"].tolist() == ["pemungutan_penghitungan"] * 2
    assert found.coming["days_to"].tolist() == [1, 1]


def test_without_a_stage_it_opens_outside_elections_and_offers_the_eve_of_the_last_vote(
    dataset: Dataset,
) -> None:
    found = overview(dataset, AFTER)
    assert not found.opening.in_force
    assert found.opening.stages == ()
    assert found.opening.stage == "sosial_non_pemilu"
    assert found.opening.replay_date == pd.Timestamp(EVE)
    assert found.in_force.empty
    assert found.open_stages == []


def test_before_the_first_vote_there_is_nothing_to_replay(dataset: Dataset) -> None:
    found = overview(dataset, BEFORE)
    assert found.opening.replay_date is None
    assert found.opening.stage == "sosial_non_pemilu"
    assert found.coming.empty  # the schedule is of 9 June 2022
    signed = overview(dataset, date(2022, 6, 9))
    assert signed.coming["days_to"].tolist() == [5, 5]  # 14 June


@pytest.mark.parametrize("day", [date(2024, 2, 15), date(2024, 11, 28), date(2025, 8, 28)])
def test_on_the_day_after_a_vote_a_stage_is_in_force(dataset: Dataset, day: date) -> None:
    found = overview(dataset, day)
    assert found.opening.in_force
    assert "rekapitulasi" in found.opening.stages


def test_stages_without_dates_are_listed_while_their_election_runs(dataset: Dataset) -> None:
    assert overview(dataset, EVE).open_stages == [
        "pelanggaran_sengketa", "pelantikan", "sengketa_hasil",
    ]  # fmt: skip
    pilkada = overview(dataset, date(2024, 11, 25))
    assert pilkada.open_stages == ["pelanggaran_sengketa", "pelantikan", "sengketa_hasil"]
    assert set(pilkada.in_force["election"]) == {"pilkada2024"}


def test_the_change_is_counted_from_the_last_reporting_month(dataset: Dataset) -> None:
    """No date of a provincial rakor near the eve is known: the end of B12 2023 is assumed.

    Until then, from 1 September: 0015 of 4 December. Since then: 0025 and 0026 of 19 January.
    0014 of December 2023 is a potensi, and potensi are told apart.
    """
    found = overview(dataset, EVE)
    assert found.mark.assumed
    assert found.mark.date == pd.Timestamp(2023, 12, 31)
    assert found.mark.period == "B12 2023"
    assert previous_rakor(dataset.rakor, EVE) == found.mark
    assert tuple(found.figures.index) == HEADLINE_FAMILIES
    konflik = found.figures.loc["konflik"]
    assert konflik[["n_affairs", "n_reports", "n_before", "change"]].tolist() == [2, 2, 1, 1]


def test_totals_raise_no_figure(dataset: Dataset) -> None:
    """Logistik since 2024 known on the eve: 0020 to 0023 and 0033; 0017 is their total."""
    assert overview(dataset, EVE).figures.loc["logistik", "n_reports"] == 5


def test_a_day_after_the_last_watching_is_not_covered(dataset: Dataset) -> None:
    assert overview(dataset, EVE).figures["covered"].all()
    late = overview(dataset, date(2026, 6, 1))
    assert not late.figures["covered"].any()
    assert late.last_covered == pd.Timestamp(2025, 10, 29)
    bare = dataset.with_tables(coverage_periods=dataset.coverage_periods.head(0))
    assert overview(bare, EVE).last_covered is None
    assert not overview(bare, EVE).figures["covered"].any()


def test_the_agenda_reaches_fourteen_days_ahead(dataset: Dataset) -> None:
    for as_of in (EVE, date(2024, 11, 25), date(2025, 8, 20)):
        agenda = overview(dataset, as_of).agenda
        assert len(agenda)
        assert agenda["date_start"].is_monotonic_increasing
        assert agenda["days_to"].between(0, AGENDA_DAYS).all()
        own = agenda["date_start"].sub(pd.Timestamp(as_of)).dt.days
        assert agenda["days_to"].tolist() == own.clip(lower=0).tolist()


def test_open_potensi_are_those_known_and_not_closed(dataset: Dataset) -> None:
    assert overview(dataset, EVE).potensi["report_id"].tolist() == ["BBL-0014"]
    later = set(overview(dataset, AFTER).potensi["report_id"])
    # All eight potensi but 0065, which was not borne out.
    assert later == {
        "BBL-0014", "BBL-0104", "POT-0001", "POT-0002", "POT-0003", "POT-0004", "POT-0005",
    }  # fmt: skip


def test_at_most_five_places_each_with_a_reason(dataset: Dataset) -> None:
    for as_of in (EVE, AFTER, date(2024, 11, 25)):
        watch = overview(dataset, as_of).watch
        assert 0 < len(watch) <= 5
        assert watch["code"].is_unique
        assert watch["reasons"].map(len).gt(0).all()
        assert watch["score"].gt(0).all()
    assert overview(dataset, BEFORE).watch.empty


def test_freshness_speaks_of_known_reports_only(dataset: Dataset) -> None:
    sources = overview(dataset, EVE).sources
    known = dataset.reports["date_event"].le(pd.Timestamp(EVE))
    assert 0 < sources["n_reports"].sum() <= known.sum()
    assert sources["last_event"].le(pd.Timestamp(EVE)).all()
    assert overview(dataset, BEFORE).sources.empty


@pytest.mark.parametrize(
    ("window", "first"),
    [
        ("rakor", date(2024, 1, 1)),
        ("bulan_3", date(2023, 11, 14)),
        ("tahun", date(2023, 2, 13)),
        ("semua", None),
    ],
)
def test_windows_begin_where_their_name_says(
    dataset: Dataset, window: str, first: date | None
) -> None:
    assert window in WINDOWS
    assert window_start(window, EVE, previous_rakor(dataset.rakor, EVE)) == first


def test_every_window_ends_on_the_day_of_knowledge(dataset: Dataset) -> None:
    mark = previous_rakor(dataset.rakor, EVE)
    sizes = []
    for window in WINDOWS:
        chosen = Selection(
            as_of=EVE, date_from=window_start(window, EVE, mark), date_to=EVE, families=("konflik",)
        )
        assert chosen.as_of == chosen.date_to == EVE
        rows = dataset.countable[select(dataset.countable, chosen)]
        assert rows["date_event"].le(pd.Timestamp(EVE)).all()
        sizes.append(len(rows))
    # Since the rakor 2; in 3 months 0014 and 0015 more; in a year 0009 to 0012 more; before
    # that 0001, 0002, 0003.
    assert sizes == [2, 4, 8, 11]


def test_a_window_never_begins_after_its_end(dataset: Dataset) -> None:
    as_of = date(2023, 8, 28)
    for _ in range(40):
        mark = previous_rakor(dataset.rakor, as_of)
        for window in WINDOWS:
            start = window_start(window, as_of, mark)
            assert start is None or start <= as_of
        as_of += timedelta(days=1)


def test_the_map_of_a_time_without_stages_can_be_kept_to_social_conflict(dataset: Dataset) -> None:
    chosen = Selection(
        as_of=AFTER,
        date_from=None,
        date_to=AFTER,
        families=("konflik",),
        stages=("sosial_non_pemilu",),
    )
    rows = dataset.countable[select(dataset.countable, chosen)]
    assert set(rows["stage"]) == {"sosial_non_pemilu"}
    # Of the 25 conflict reports all but 0015, 0025, 0026, 0078, 0081, 0086 and POT-0003.
    assert len(rows) == 18
