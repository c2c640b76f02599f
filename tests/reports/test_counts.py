"""Counts per unit: by hand, against plain loops, and as invariants."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.reports.counts import coarser_by_unit, count_by_unit, placed
from analytics.reports.selection import located
from analytics.reports.silence import Evidence, watched_until
from geo.errors import CodeError, ParameterError
from tests import tiny
from tests.tiny import A1, A1A, A1B, A2, A2A, B1, B1A, B1B, B2, B2A, FAMILIES, PROV, A, B, day

LEVELS = tiny.LEVELS
COUNTS = [f"{what}_{family}" for what in ("reports", "affairs") for family in FAMILIES]


def january(reports: pd.DataFrame) -> Evidence:
    return Evidence(day("2031-01-01"), day("2031-01-31"), reports, tiny.coverage())


def test_kecamatan_by_hand() -> None:
    counts = count_by_unit(located(tiny.reports()), tiny.units(), "kecamatan", FAMILIES)
    assert list(counts.index) == [A1, A2, B1, B2]
    # A1: R03 and R04 are one affair, R14 another. B1: R09 and R13. B2: R08.
    assert list(counts["reports_konflik"]) == [3, 0, 2, 1]
    assert list(counts["affairs_konflik"]) == [2, 0, 2, 1]
    # R05 is about A2a, R16 in A2a; R15 stays in B1a.
    assert list(counts["affairs_unjuk_rasa"]) == [0, 2, 1, 0]
    # R01 and R02 are one affair of two families: one in each.
    assert list(counts["affairs_logistik"]) == [1, 0, 0, 0]
    assert list(counts["affairs_proses"]) == [1, 0, 0, 0]
    assert list(counts["severity_max"]) == [5, 1, 3, 3]
    # R13 may mean any day of its year: its last is 31 December.
    assert list(counts["last_date"].dt.date.astype(str)) == [
        "2031-02-24", "2031-02-20", "2031-12-31", "2031-02-10",
    ]  # fmt: skip
    assert list(counts["last_precision"]) == ["day", "day", "year", "day"]


def test_where_it_happened_is_a_switch() -> None:
    counts = count_by_unit(located(tiny.reports(), "kejadian"), tiny.units(), "kecamatan", FAMILIES)
    assert list(counts["affairs_unjuk_rasa"]) == [0, 1, 2, 0]


def test_kabupaten_count_what_their_parts_cannot() -> None:
    counts = count_by_unit(located(tiny.reports()), tiny.units(), "kabupaten", FAMILIES)
    assert list(counts.index) == [A, B]
    assert list(counts["affairs_logistik"]) == [2, 0]  # R06 is known to A only
    assert list(counts["affairs_konflik"]) == [2, 4]  # R10 is known to B only
    assert counts["affairs_pelanggaran"].sum() == 0  # R07 is the province's


def test_coarser_reports_keep_their_own_unit() -> None:
    coarser = coarser_by_unit(located(tiny.reports()), tiny.units(), "kecamatan", FAMILIES)
    assert list(coarser.index) == [PROV, A, B]
    assert list(coarser["reports_logistik"]) == [0, 1, 0]
    assert list(coarser["reports_konflik"]) == [0, 0, 1]
    assert list(coarser["reports_pelanggaran"]) == [1, 0, 0]
    assert coarser[[c for c in COUNTS if c.startswith("reports")]].to_numpy().sum() == 3


def test_an_affair_also_known_finer_is_not_coarser() -> None:
    coarser = coarser_by_unit(located(tiny.reports()), tiny.units(), "desa", FAMILIES)
    # R04 (kecamatan A1) is one affair with R03 (A1b): one report, no affair of its own.
    assert coarser.loc[A1, "reports_konflik"] == 1
    assert coarser.loc[A1, "affairs_konflik"] == 0
    assert coarser.loc[B1, "affairs_konflik"] == 1  # R13
    assert coarser_by_unit(located(tiny.reports()), tiny.units(), "provinsi", FAMILIES).empty


def test_x_of_y_reports_can_be_placed() -> None:
    placement = placed(located(tiny.reports()), "kecamatan")
    # 16 rows, two of them zero reports; R06, R07 and R10 are coarser.
    assert (placement.placed, placement.total) == (11, 14)
    assert placement.coarser.to_dict() == {PROV: 1, A: 1, B: 1}
    assert placed(located(tiny.reports()), "provinsi").placed == 14


def test_three_kinds_of_silence_are_kept_apart() -> None:
    reports = tiny.reports()
    only = reports[reports["report_id"].eq("R14")]  # a conflict in A1a
    counts = count_by_unit(
        located(only), tiny.units(), "kecamatan", FAMILIES, evidence=january(reports)
    )
    # A2 reported zero; B was watched by two agencies that overlap; A1 has a report.
    expected = {A1: "ada_laporan", A2: "nihil", B1: "tidak_ada_laporan", B2: "tidak_ada_laporan"}
    assert counts["state"].to_dict() == expected
    none = count_by_unit(located(only), tiny.units(), "kecamatan", FAMILIES)
    assert none["state"].to_dict() == {A1: "ada_laporan"} | dict.fromkeys(
        (A2, B1, B2), "tidak_tercakup"
    )


def test_silence_of_the_parts_is_silence_of_the_whole() -> None:
    reports = tiny.reports()
    nobody = reports.iloc[:0]
    counts = count_by_unit(
        located(nobody), tiny.units(), "kabupaten", FAMILIES, evidence=january(reports)
    )
    # A: A1 was watched and A2 reported zero, so A is covered but did not report zero.
    assert counts["state"].to_dict() == {A: "tidak_ada_laporan", B: "tidak_ada_laporan"}


def test_a_window_half_covered_is_not_covered() -> None:
    reports = tiny.reports()
    window = Evidence(day("2031-01-17"), day("2031-02-15"), reports, tiny.coverage())
    counts = count_by_unit(
        located(reports.iloc[:0]), tiny.units(), "kecamatan", FAMILIES, evidence=window
    )
    # A1 was watched 15 of the 30 days; A2 has two zero reports that join at the month's end.
    assert counts.loc[A1, "state"] == "tidak_tercakup"
    assert counts.loc[A1, "covered_share"] == 0.5
    assert counts.loc[A2, "state"] == "nihil"
    assert counts.loc[B1, "covered_share"] == 1.0


def test_unknown_units_and_missing_families_are_refused() -> None:
    stray = tiny.report(1, date_event="2031-01-01", unit_kejadian="99.03", family="konflik")
    with pytest.raises(CodeError, match=r"99\.03"):
        count_by_unit(
            located(tiny.frame([stray], tiny.REPORT_COLUMNS)), tiny.units(), "kabupaten", FAMILIES
        )
    bare = tiny.frame(
        [tiny.report(7, date_event="2031-01-01", unit_kejadian=A)], tiny.REPORT_COLUMNS
    )
    with pytest.raises(ParameterError, match="R07"):
        count_by_unit(located(bare), tiny.units(), "kabupaten", FAMILIES)
    with pytest.raises(ParameterError, match="families"):
        count_by_unit(located(tiny.reports()), tiny.units(), "desa", ())
    with pytest.raises(ParameterError, match="date_from"):
        Evidence(day("2031-02-01"), day("2031-01-01"), bare, tiny.coverage())


# An independent slow way, with plain loops over plain values.


def at_level(code: str, level: str) -> str | None:
    parts = code.split(".")
    need = LEVELS.index(level) + 1
    return ".".join(parts[:need]) if len(parts) >= need else None


def place_of(row: dict[str, Any], place: str) -> str:
    if place == "pokok" and isinstance(row["unit_pokok"], str):
        return row["unit_pokok"]
    depth = 3 if row["location_precision"] == "tps" else LEVELS.index(row["location_precision"])
    return ".".join(row["unit_kejadian"].split(".")[: depth + 1])


def days(first: dt.date, last: dt.date) -> set[dt.date]:
    return {first + dt.timedelta(days=i) for i in range((last - first).days + 1)}


def slow_counts(reports: pd.DataFrame, level: str, place: str) -> dict[str, dict[str, int]]:
    seen: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in reports.to_dict("records"):
        if row["kind"] == "nihil":
            continue
        unit = at_level(place_of(row, place), level)
        if unit is not None:
            seen[unit]["reports_" + row["family"]].add(row["report_id"])
            seen[unit]["affairs_" + row["family"]].add(row["perkara_id"])
    return {
        code: {name: len(seen[code][name]) for name in COUNTS}
        for code in tiny.CODES
        if code.count(".") == LEVELS.index(level)
    }


def spoken(code: str, spans: list[tuple[str, dt.date, dt.date]], window: set[dt.date]) -> bool:
    """Say whether a unit is spoken for: by itself, by what holds it, or by all its parts."""
    filled = {
        d
        for unit, first, last in spans
        if code == unit or code.startswith(unit + ".")
        for d in days(first, last)
    }
    parts = [c for c in tiny.CODES if c.rpartition(".")[0] == code]
    return window <= filled or (bool(parts) and all(spoken(p, spans, window) for p in parts))


def slow_state(code: str, counts: dict[str, int], evidence: Evidence) -> str:
    window = days(evidence.date_from, evidence.date_to)
    nihil = [
        (place_of(r, "kejadian"), r["date_event"].date(), r["date_end"].date())
        for r in evidence.nihil.to_dict("records")
        if r["kind"] == "nihil" and r["verification"] != "dikutip"
    ]
    cover = [
        (r["unit_code"], r["date_start"].date(), r["date_end"].date())
        for r in evidence.coverage.to_dict("records")
    ]
    if any(counts.values()):
        return "ada_laporan"
    if spoken(code, nihil, window):
        return "nihil"
    return "tidak_ada_laporan" if spoken(code, nihil + cover, window) else "tidak_tercakup"


units_of = st.sampled_from(tiny.CODES)
some_day = st.dates(dt.date(2031, 1, 1), dt.date(2031, 1, 12))


@st.composite
def random_report(draw: st.DrawFn, number: int) -> dict[str, Any]:
    code = draw(units_of)
    kind = draw(st.sampled_from(["kejadian", "kejadian", "potensi", "nihil"]))
    depth = code.count(".")
    first = draw(some_day)
    return tiny.report(
        number,
        kind=kind,
        date_event=first,
        date_end=first + dt.timedelta(days=draw(st.integers(0, 12))) if kind == "nihil" else None,
        family=None if kind == "nihil" else draw(st.sampled_from(FAMILIES[:3])),
        severity=draw(st.none() | st.integers(1, 5)),
        unit_kejadian=code,
        unit_pokok=draw(st.none() | units_of),
        location_precision=LEVELS[draw(st.integers(0, depth))],
        perkara_id=f"P{draw(st.integers(0, 4))}",
        verification=draw(st.sampled_from(["belum", "belum", "dikutip"])),
    )


@st.composite
def random_reports(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(0, 12))
    rows = [draw(random_report(i)) for i in range(n)]
    return tiny.frame(rows, tiny.REPORT_COLUMNS)


@st.composite
def random_coverage(draw: st.DrawFn) -> pd.DataFrame:
    rows = []
    for i in range(draw(st.integers(0, 5))):
        first = draw(some_day)
        last = first + dt.timedelta(days=draw(st.integers(0, 12)))
        rows.append({"unit_code": draw(units_of), "date_start": first, "date_end": last,
                     "agency": f"a{i}"})  # fmt: skip
    return tiny.frame(rows, ("unit_code", "date_start", "date_end", "agency"))


level_of = st.sampled_from(LEVELS)
place_word = st.sampled_from(["pokok", "kejadian"])


@settings(max_examples=25, deadline=None)
@given(random_reports(), random_coverage(), level_of, place_word, some_day, some_day)
def test_plain_loops_agree(
    reports: pd.DataFrame, cover: pd.DataFrame, level: str, place: str, one: dt.date, two: dt.date
) -> None:
    evidence = Evidence(min(one, two), max(one, two), reports, cover)
    fast = count_by_unit(located(reports, place), tiny.units(), level, FAMILIES, evidence)
    slow = slow_counts(reports, level, place)
    assert fast[COUNTS].to_dict("index") == slow
    states = {code: slow_state(code, row, evidence) for code, row in slow.items()}
    assert fast["state"].to_dict() == states


@settings(max_examples=40, deadline=None)
@given(random_reports(), st.sampled_from(LEVELS[1:]), place_word)
def test_parts_and_what_is_coarser_are_the_whole(
    reports: pd.DataFrame, level: str, place: str
) -> None:
    parent_level = LEVELS[LEVELS.index(level) - 1]
    parts = count_by_unit(located(reports, place), tiny.units(), level, FAMILIES)[COUNTS]
    whole = count_by_unit(located(reports, place), tiny.units(), parent_level, FAMILIES)[COUNTS]
    coarser = coarser_by_unit(located(reports, place), tiny.units(), level, FAMILIES)[COUNTS]
    parent = [code.rpartition(".")[0] for code in parts.index]
    own = coarser.loc[whole.index]
    summed, largest = parts.groupby(parent).sum() + own, parts.groupby(parent).max() + own
    n_reports, n_affairs = COUNTS[: len(FAMILIES)], COUNTS[len(FAMILIES) :]
    assert (summed[n_reports].to_numpy() == whole[n_reports].to_numpy()).all()
    assert (largest[n_affairs].to_numpy() <= whole[n_affairs].to_numpy()).all()
    assert (summed[n_affairs].to_numpy() >= whole[n_affairs].to_numpy()).all()
    # Every affair in one unit only: then affairs add up exactly too.
    alone = reports.assign(perkara_id=reports["report_id"])
    exact = (
        (count_by_unit(located(alone, place), tiny.units(), level, FAMILIES)[COUNTS])
        .groupby(parent)
        .sum()
        + coarser_by_unit(located(alone, place), tiny.units(), level, FAMILIES).loc[
            whole.index, COUNTS
        ]
    )
    again = count_by_unit(located(alone, place), tiny.units(), parent_level, FAMILIES)[COUNTS]
    assert (exact.to_numpy() == again.to_numpy()).all()
    placement = placed(located(reports, place), level)
    assert placement.placed == parts[n_reports].to_numpy().sum()
    assert placement.placed + placement.coarser.sum() == placement.total


@settings(max_examples=15, deadline=None)
@given(random_reports(), level_of, place_word, st.randoms(use_true_random=False))
def test_more_reports_never_lower_a_count_and_order_is_nothing(
    reports: pd.DataFrame, level: str, place: str, random: Any
) -> None:
    fewer = count_by_unit(located(reports.iloc[:-1], place), tiny.units(), level, FAMILIES)
    more = count_by_unit(located(reports, place), tiny.units(), level, FAMILIES)
    assert (more[COUNTS] >= fewer[COUNTS]).all().all()
    assert (fewer[COUNTS] >= 0).all().all()
    order = list(range(len(reports)))
    random.shuffle(order)
    shuffled = count_by_unit(located(reports.iloc[order], place), tiny.units(), level, FAMILIES)
    pd.testing.assert_frame_equal(shuffled, more)


def test_the_finest_codes_are_all_there() -> None:
    counts = count_by_unit(located(tiny.reports()), tiny.units(), "desa", FAMILIES)
    assert list(counts.index) == [A1A, A1B, A2A, B1A, B1B, B2A]
    assert list(counts["affairs_konflik"]) == [1, 1, 0, 0, 1, 0]
    assert counts.loc[B2A, "last_date"] is pd.NaT
    assert pd.isna(counts.loc[B2A, "severity_max"])


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_day_and_a_month_that_end_together_are_the_day(order: list[int]) -> None:
    rows = [
        tiny.report(1, date_event="2031-01-31", family="konflik", unit_kejadian=A),
        tiny.report(2, date_event="2031-01-01", date_precision="month", family="konflik",
                    unit_kejadian=A),
    ]  # fmt: skip
    reports = tiny.frame([rows[i] for i in order], tiny.REPORT_COLUMNS)
    counts = count_by_unit(located(reports), tiny.units(), "kabupaten", FAMILIES)
    assert counts.loc[A, ["last_date", "last_precision"]].tolist() == [
        pd.Timestamp("2031-01-31"), "day",
    ]  # fmt: skip


def test_the_last_day_of_watching_is_that_of_the_unit_or_of_what_it_lies_in() -> None:
    coverage = pd.DataFrame(
        {
            "unit_code": [PROV, A, A, A1],
            "date_start": pd.to_datetime(["2031-01-01"] * 4),
            "date_end": pd.to_datetime(["2031-01-05", "2031-01-03", "2031-01-09", "2031-02-01"]),
        }
    )
    kabupaten = watched_until(coverage, tiny.units(), "kabupaten")
    assert kabupaten.to_dict() == {A: pd.Timestamp("2031-01-09"), B: pd.Timestamp("2031-01-05")}
    assert watched_until(coverage, tiny.units(), "kecamatan")[A1] == pd.Timestamp("2031-02-01")
    assert watched_until(coverage.iloc[1:], tiny.units(), "kabupaten").isna().tolist() == [
        False, True,
    ]  # fmt: skip
    assert watched_until(coverage.iloc[:0], tiny.units(), "kabupaten").isna().all()
