"""Scans of a province: as the function of the pages, planted clusters found, none where none is."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.hotspots.scan import ScanParams, scan_space_time
from analytics.hotspots.scan_windows import Separation
from analytics.hotspots.weights import metric_points
from analytics.nation.scans import COLUMNS, METHODS, ProvinceScan, scan_province
from geo.errors import ParameterError
from tests.nation.worlds import FAMILIES, grid_units, moved_into, placed_reports

UNITS = grid_units(kabupaten=4, kecamatan=4, desa=3)
AS_OF = dt.date(2028, 12, 25)
ONE = ProvinceScan(families=("konflik",), months=12, replicates=99)


def reports(rng: np.random.Generator, number: int = 300) -> pd.DataFrame:
    return placed_reports(UNITS, number, rng, families=("konflik",))


def planted(rng: np.random.Generator, code: str, first: str, last: str) -> pd.DataFrame:
    """Return reports of which half of those of a span lie in one kecamatan of sixteen."""
    placed = reports(rng)
    inside = UNITS.loc[UNITS["code"].str.startswith(f"{code}.") & UNITS["level"].eq("desa"), "code"]
    chosen = placed["date_event"].between(first, last) & (rng.random(len(placed)) < 0.5)
    return moved_into(placed, list(inside), chosen, rng)


def test_the_clusters_are_those_of_the_function_of_the_pages() -> None:
    placed = planted(np.random.default_rng(1), "20.02.02", "2028-06-01", "2028-07-31")
    found = scan_province(placed, UNITS, AS_OF, ONE)
    level = UNITS[UNITS["level"].eq("kecamatan")].set_index("code")
    xy = metric_points(level) / 1000
    away = np.round(np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)), 6)
    month = placed["date_event"].dt.strftime("%Y-%m")
    cases = pd.crosstab(placed["place_code"].str[:8], month).reindex(level.index, fill_value=0)
    starts = pd.to_datetime([f"2028-{n:02d}-01" for n in range(1, 13)])
    ends = [*(starts[1:] - pd.Timedelta(days=1)), pd.Timestamp(AS_OF)]
    periods = pd.DataFrame({"start": starts, "end": ends}, index=cases.columns)
    slow = scan_space_time(
        cases, level["voters"], Separation(level.index, away, "km"), periods,
        ScanParams(replicates=99),
    ).clusters  # fmt: skip
    mine = found[found["method"].eq("ruang_waktu")]
    assert list(found) == list(COLUMNS)
    for column in ("centre", "period_start", "period_end", "observed", "expected", "llr", "p"):
        assert mine[column].to_list() == slow[column].to_list()
    assert mine["members"].str.split("|").map(tuple).to_list() == slow["members"].to_list()


def test_an_affair_counts_once_where_it_was_first_reported() -> None:
    placed = planted(np.random.default_rng(2), "20.02.02", "2028-06-01", "2028-07-31")
    later = placed.assign(
        report_id="X" + placed["report_id"],
        date_event=placed["date_event"] + pd.Timedelta(days=1),
        place_code="20.01.01.2001",
    )
    later = later[later["date_event"].le(pd.Timestamp(AS_OF))]
    both = pd.concat([later, placed], ignore_index=True)
    one, other = (scan_province(rows, UNITS, AS_OF, ONE) for rows in (placed, both))
    pd.testing.assert_frame_equal(one, other)


def test_what_was_not_known_on_the_day_or_is_too_coarse_is_left_out() -> None:
    placed = planted(np.random.default_rng(3), "20.02.02", "2028-06-01", "2028-07-31")
    more = placed.assign(perkara_id="Y" + placed["perkara_id"])
    unknown = more.assign(date_reported=pd.Timestamp(AS_OF) + pd.Timedelta(days=1))
    coarse = more.assign(perkara_id="Z" + more["perkara_id"], place_code="20.02")
    rows = pd.concat([placed, unknown, coarse], ignore_index=True)
    one, other = (scan_province(part, UNITS, AS_OF, ONE) for part in (placed, rows))
    pd.testing.assert_frame_equal(one, other)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(shuffle: object) -> None:
    placed = reports(np.random.default_rng(4), 60).drop(columns="report_id")
    placed = placed.assign(perkara_id=placed["perkara_id"].str[:-1])
    order = list(placed.index)
    shuffle.shuffle(order)
    few = ProvinceScan(families=("konflik",), months=12, replicates=9)
    one, other = (scan_province(rows, UNITS, AS_OF, few) for rows in (placed, placed.loc[order]))
    pd.testing.assert_frame_equal(one, other)


def test_a_planted_cluster_is_found_in_nine_of_ten_worlds_by_both_scans() -> None:
    rng = np.random.default_rng(5)
    worlds, hit = 20, dict.fromkeys(METHODS, 0)
    for n in range(worlds):
        placed = planted(rng, "20.03.02", "2028-11-01", "2028-12-25")
        found = scan_province(placed, UNITS, AS_OF, ProvinceScan(("konflik",), months=12,
                              replicates=99, seed=n))  # fmt: skip
        for method in METHODS:
            first = found[found["method"].eq(method)].head(1)
            named = first["members"].str.split("|").explode().eq("20.03.02").any()
            hit[method] += bool(named and first["p"].le(0.05).all())
    assert all(count / worlds >= 0.9 for count in hit.values()), hit


def test_worlds_without_a_cluster_raise_an_alarm_in_no_more_than_one_of_twenty() -> None:
    rng = np.random.default_rng(6)
    worlds, false = 60, dict.fromkeys(METHODS, 0)
    for n in range(worlds):
        found = scan_province(reports(rng, 150), UNITS, AS_OF, ProvinceScan(("konflik",),
                              months=12, replicates=19, seed=n))  # fmt: skip
        for method in METHODS:
            false[method] += bool(found.loc[found["method"].eq(method), "p"].le(0.05).any())
    limit = 0.05 + 2 * (0.05 * 0.95 / worlds) ** 0.5
    assert all(count / worlds <= limit for count in false.values()), false


def test_a_family_without_affairs_has_no_rows_and_the_others_have() -> None:
    found = scan_province(
        reports(np.random.default_rng(7)), UNITS, AS_OF, ProvinceScan(FAMILIES, replicates=9)
    )
    assert set(found["family"]) == {"konflik"}
    assert scan_province(reports(np.random.default_rng(8), 1), UNITS, AS_OF, ONE).empty


@pytest.mark.parametrize(
    "change", [{"families": ()}, {"level": "desa"}, {"months": 1}, {"replicates": 3}, {"kind": "x"}]
)
def test_scans_out_of_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        ProvinceScan(**change)
