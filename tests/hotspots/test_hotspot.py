"""Hotspot: figures counted by hand on the shipped reports, and parts that equal the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.selection import Selection
from geo.errors import ParameterError
from geo.maps.land import Painted
from services.dataset import LEVELS, Dataset
from services.hotspots.counts import (
    NO_FIGURE,
    HotspotQuery,
    HotspotView,
    class_bounds,
    hotspot,
    reports_at,
    voter_gaps,
    with_totals,
)
from services.hotspots.map import class_words, hotspot_layers, hotspot_legend, legend_rows
from services.hotspots.tables import units_table
from services.maps import RAMP, SILENT_FILLS, enumerate_ramp

END = date(2025, 10, 29)
PANGKALPINANG, BANGKA_TENGAH, BATU_BERIGA = "19.71", "19.04", "19.04.06.2002"

# Worked out from data/shipped/babel/reports.csv: everything known on 29 October 2025, counted by
# the place of the matter, totals left out. (affairs, reports)
KONFLIK = {
    "19.01": (3, 4),  # 0001 0010 Mendo | 0014 | POT-0003
    "19.02": (4, 7),  # 0009 0011 0012 Kembiri | 0015 0026 APK Tanjungpandan | 0025 | 0081
    "19.03": (3, 3),  # 0118 | POT-0004 | POT-0005
    "19.04": (2, 2),  # 0103 Batu Beriga | POT-0002 Koba
    "19.05": (3, 5),  # 0003 | 0095 0102 0120 Keranggan | 0121 Kelapa
    "19.06": (1, 1),  # 0002
    "19.71": (2, 3),  # 0078 0086 relawan | 0119
}
UNJUK_RASA = {
    "19.01": (1, 1),  # 0116
    "19.02": (1, 2),  # 0007 0008 Kembiri
    "19.03": (1, 1),  # 0006
    "19.04": (2, 6),  # 0013 0066 0068 0069 0100 Batu Beriga | 0064 Koba
    "19.05": (1, 1),  # 0122
    "19.06": (0, 0),
    "19.71": (1, 1),  # 0063
}
# 0105 and 0113 are about the whole province, so that no kabupaten counts them.
POINTS = {  # konflik known to the desa: reports at its point
    "19.01.04.2004": 2, "19.01.08.2006": 1, "19.02.02.2002": 1, "19.02.02.2005": 2,
    "19.03.03.2003": 1, "19.03.03.2004": 1, "19.04.06.2002": 1, "19.06.02.2010": 1,
}  # fmt: skip


def ask(data: Dataset, **options: Any) -> tuple[HotspotView, HotspotQuery]:
    """Ask for everything known at the end of the shipped data, unless told otherwise."""
    own = {k: options.pop(k) for k in ("level", "measure", "family", "drill") if k in options}
    families = options.setdefault("families", ("konflik", "unjuk_rasa"))
    options.setdefault("as_of", END)
    options.setdefault("date_to", options["as_of"])
    query = HotspotQuery(Selection(**options), **{"family": families[0], **own})
    return hotspot(data, query), query


def figures(view: HotspotView, family: str) -> dict[str, tuple[int, int]]:
    columns = [f"affairs_{family}", f"reports_{family}"]
    rows = view.units[columns].itertuples()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def with_report(data: Dataset, like: str, **values: Any) -> Dataset:
    """Return the data with one more report, a copy of another with other values."""
    row = data.reports[data.reports["report_id"].eq(like)].assign(report_id="UJI-1", **values)
    reports = pd.concat([data.reports, row.astype(data.reports.dtypes)], ignore_index=True)
    return data.with_tables(reports=reports)


def test_the_figures_per_kabupaten_are_those_counted_by_hand(dataset: Dataset) -> None:
    view, _ = ask(dataset, level="kabupaten")
    assert figures(view, "konflik") == KONFLIK
    assert figures(view, "unjuk_rasa") == UNJUK_RASA
    assert view.units["value"].to_dict() == {code: n for code, (n, _) in KONFLIK.items()}
    assert not view.units["estimated"].any()
    assert len(view.reports) == 25 + 14
    assert (view.placement.placed, view.placement.total) == (37, 39)
    assert view.coarser.index.tolist() == ["19"]
    # 0105 belongs to the affair of Batu Beriga, which is counted there: only 0113 is new.
    assert view.coarser.loc["19", ["reports_unjuk_rasa", "affairs_unjuk_rasa"]].tolist() == [2, 1]


def test_the_measure_chooses_the_figure_and_not_the_counts(dataset: Dataset) -> None:
    view, _ = ask(dataset, level="kabupaten", measure="reports")
    assert view.units["value"].to_dict() == {code: n for code, (_, n) in KONFLIK.items()}
    assert figures(view, "konflik") == KONFLIK


def test_the_same_reports_by_the_place_of_the_event(dataset: Dataset) -> None:
    """Six protests were held in Pangkalpinang, three of them about Batu Beriga in Bangka Tengah."""
    about, _ = ask(dataset, level="kabupaten", family="unjuk_rasa")
    event, _ = ask(dataset, level="kabupaten", family="unjuk_rasa", place="kejadian")
    assert figures(about, "unjuk_rasa")[PANGKALPINANG] == (1, 1)
    assert figures(about, "unjuk_rasa")[BANGKA_TENGAH] == (2, 6)
    # 0063 | 0066 0068 0069 0105 Batu Beriga | 0113, and in Bangka Tengah 0013 0100 | 0064
    assert figures(event, "unjuk_rasa")[PANGKALPINANG] == (3, 6)
    assert figures(event, "unjuk_rasa")[BANGKA_TENGAH] == (2, 3)
    assert event.coarser.empty
    moved = {"BBL-0066", "BBL-0068", "BBL-0069"}
    assert moved <= set(reports_at(about, BATU_BERIGA)["report_id"])
    assert moved <= set(reports_at(event, PANGKALPINANG)["report_id"])
    assert not moved & set(reports_at(event, BANGKA_TENGAH)["report_id"])
    assert not moved & set(reports_at(about, PANGKALPINANG)["report_id"])


@pytest.mark.parametrize("place", ["pokok", "kejadian"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("day", [END, date(2024, 2, 24), date(2023, 1, 1)])
def test_what_is_placed_and_what_is_known_coarser_is_all(
    dataset: Dataset, level: str, place: str, day: date
) -> None:
    families = ("konflik", "pelanggaran", "logistik", "proses")
    view, _ = ask(dataset, level=level, place=place, as_of=day, families=families)
    columns = [f"reports_{family}" for family in families]
    on_map, coarser = view.units[columns].sum(), view.coarser[columns].sum()
    per_family = view.reports["family"].value_counts().reindex(families, fill_value=0)
    assert (on_map + coarser).tolist() == per_family.tolist()
    assert on_map.sum() == view.placement.placed
    assert coarser.sum() == view.placement.coarser.sum()
    assert len(view.reports) == view.placement.total
    if day == END:
        assert view.placement.placed > 0


def test_kecamatan_and_what_is_known_to_the_kabupaten_add_up_to_the_kabupaten(
    dataset: Dataset,
) -> None:
    kabupaten, _ = ask(dataset, level="kabupaten")
    kecamatan, _ = ask(dataset, level="kecamatan")
    for column in ("reports_konflik", "reports_unjuk_rasa"):
        parts = kecamatan.units[column].groupby(kecamatan.units.index.str[:5]).sum()
        own = kecamatan.coarser[column].reindex(parts.index, fill_value=0)
        assert (parts + own).to_dict() == kabupaten.units[column].to_dict()
    # Known only to their kabupaten: POT-0003 (Bangka), POT-0005 (Basel), 0078 0086 0119 (PKP).
    only = kecamatan.coarser["reports_konflik"]
    assert only[only > 0].to_dict() == {"19.01": 1, "19.03": 1, "19.71": 3}
    # Of the demonstrations 0008 0063 0116 0122, and 0105 0113 of the province.
    assert kecamatan.placement.placed == (25 - 5) + (14 - 6)


def test_a_province_row_is_in_no_kabupaten(dataset: Dataset) -> None:
    province = dataset.reports[dataset.reports["unit_kejadian"].eq("19")]
    families = tuple(dict.fromkeys(province["family"]))
    view, _ = ask(dataset, level="kabupaten", families=families)
    theirs = set(province["report_id"]) & set(view.reports["report_id"])
    assert len(theirs) > 5
    for code in view.units.index:
        assert not theirs & set(reports_at(view, code)["report_id"])
    assert view.coarser.loc["19", [f"reports_{f}" for f in families]].sum() == len(theirs)


def test_totals_are_shown_and_never_counted(dataset: Dataset) -> None:
    """0017 and 0034 sum up ballots of the kabupaten; 0111 stands in Pangkalpinang itself."""
    view, _ = ask(dataset, level="kabupaten", families=("logistik", "pelanggaran"))
    assert set(view.totals["report_id"]) == {"BBL-0017", "BBL-0034", "BBL-0082", "BBL-0111"}
    assert not set(view.totals["report_id"]) & set(view.reports["report_id"])
    assert "BBL-0111" not in set(reports_at(view, PANGKALPINANG)["report_id"])
    listed = with_totals(view)
    assert len(listed) == len(view.reports) + 4
    assert listed["date_event"].is_monotonic_decreasing
    # Logistik of the province without its totals: nothing is left that is known no finer.
    assert view.coarser["reports_logistik"].sum() == 0
    assert view.placement.total == len(view.reports)


def test_points_stand_for_reports_known_to_the_desa_and_for_no_others(dataset: Dataset) -> None:
    view, _ = ask(dataset, families=("konflik",), level="kabupaten")
    assert dict(zip(view.points["key"], view.points["n"], strict=True)) == POINTS
    assert view.points["approximate"].all()
    units = dataset.units.set_index("code")
    for row in view.points.itertuples():
        assert (row.lon, row.lat) == tuple(units.loc[row.key, ["lon", "lat"]])
    assert set(view.points["family"]) == {"konflik"}
    both, _ = ask(dataset)
    assert both.points.set_index("key").loc[BATU_BERIGA, "family"] == "campuran"


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_of_the_map_does_not_change_the_points(dataset: Dataset, level: str) -> None:
    view, _ = ask(dataset, families=("konflik",), level=level)
    assert view.points["n"].sum() == sum(POINTS.values())


def test_a_report_of_a_kabupaten_is_no_point_also_when_it_carries_coordinates(
    dataset: Dataset,
) -> None:
    data = with_report(dataset, "BBL-0119", lon=106.11, lat=-2.13)
    view, _ = ask(data, families=("konflik",))
    assert "UJI-1" in set(view.reports["report_id"])
    assert dict(zip(view.points["key"], view.points["n"], strict=True)) == POINTS


def test_a_report_with_coordinates_of_its_own_is_a_point_of_its_own(dataset: Dataset) -> None:
    data = with_report(dataset, "BBL-0103", lon=106.5, lat=-2.5)
    view, _ = ask(data, families=("konflik",))
    point = view.points.set_index("key").loc["UJI-1"]
    assert (point["lon"], point["lat"], point["n"], point["approximate"]) == (106.5, -2.5, 1, False)


def test_coordinates_of_the_event_never_stand_for_the_place_it_is_about(dataset: Dataset) -> None:
    """A protest in Gerunggang about Batu Beriga: its coordinates are in Pangkalpinang."""
    data = with_report(
        dataset, "BBL-0069", lon=106.08, lat=-2.13, unit_kejadian="19.71.05.1006",
        location_precision="desa",
    )  # fmt: skip
    about, _ = ask(data, families=("unjuk_rasa",))
    assert "UJI-1" not in set(about.points["key"])
    assert about.points.set_index("key").loc[BATU_BERIGA, "n"] == 6
    event, _ = ask(data, families=("unjuk_rasa",), place="kejadian")
    assert event.points.set_index("key").loc["UJI-1", ["lon", "lat"]].tolist() == [106.08, -2.13]


@pytest.mark.parametrize(
    ("level", "drill", "gone", "parts"),
    [
        ("kabupaten", "19.04", {"19.04"}, 6),
        ("kecamatan", "19.04.01", {"19.04.01"}, None),
        ("kabupaten", "19.04.01", {"19.04", "19.04.01"}, None),
        ("kecamatan", "19.04.01.2007", {"19.04.01"}, None),
        ("kecamatan", "19.04", set(), 0),
        ("desa", "19.04.01.2007", set(), 0),
        ("kecamatan", "19.05.01", {"19.05.01"}, None),
    ],
)
def test_opening_a_unit_puts_exactly_its_parts_in_its_place(
    dataset: Dataset, level: str, drill: str, gone: set[str], parts: int | None
) -> None:
    whole, _ = ask(dataset, level=level)
    view, query = ask(dataset, level=level, drill=drill)
    # What headline and legend speak of stays as it was before the unit was opened.
    pd.testing.assert_frame_equal(view.whole, whole.whole)
    pd.testing.assert_frame_equal(view.legend, whole.legend)
    assert view.breaks == whole.breaks
    assert hotspot_legend(view, query, "id") == hotspot_legend(
        whole, replace(query, drill=None), "id"
    )
    before, after = set(whole.units.index), set(view.units.index)
    assert view.units.index.is_unique
    assert before - after == gone & before
    assert not after & gone
    registry = set(dataset.units["code"])
    children = {c for c in registry if c.rpartition(".")[0] in gone} - gone
    assert after - before == children
    if parts is not None:
        assert len(children) == parts
    kept = sorted(before - gone)
    columns = ["affairs_konflik", "reports_konflik", "colour", "state"]
    pd.testing.assert_frame_equal(view.units.loc[kept, columns], whole.units.loc[kept, columns])
    # The same land as before, and every unit with a polygon painted once.
    painted = [
        code
        for layer in hotspot_layers(view, dataset, query, "id")
        if isinstance(layer, Painted)
        for code in layer.fills
    ]
    assert len(painted) == len(set(painted))
    assert set(painted) == after & dataset.with_polygon
    full = {level: dataset.shapes[level].set_index("code")["area_km2"] for level in LEVELS}
    area = sum(full[row.level].get(row.Index, 0.0) for row in view.units.itertuples())
    assert area == pytest.approx(full["kabupaten"].sum(), rel=1e-6)


def test_an_opened_unit_keeps_what_is_known_to_it_alone(dataset: Dataset) -> None:
    """0015, 0026 and 0081 are known to the kecamatan of Tanjungpandan and to no desa of it."""
    view, query = ask(dataset, families=("konflik",), level="kecamatan", drill="19.02.01")
    assert (
        view.units.loc[view.units.index.str.startswith("19.02.01."), "reports_konflik"].sum() == 0
    )
    assert view.coarser.loc["19.02.01", ["affairs_konflik", "reports_konflik"]].tolist() == [2, 3]
    assert view.units["reports_konflik"].sum() + view.coarser["reports_konflik"].sum() == 25
    table = units_table(view, query, "id")
    assert table["Konflik (laporan)"].sum() == 25
    deep, query = ask(dataset, families=("konflik",), level="kabupaten", drill="19.01.04")
    assert deep.coarser["reports_konflik"].to_dict() == {"19.01": 1}
    assert units_table(deep, query, "id")["Konflik (laporan)"].sum() == 25


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("drill", [None, "19.02", "19.02.01", "19.03.03.2004"])
@pytest.mark.parametrize("measure", ["affairs", "rate"])
def test_the_table_and_the_legend_add_up_to_the_map(
    dataset: Dataset, level: str, drill: str | None, measure: str
) -> None:
    view, query = ask(dataset, level=level, drill=drill, measure=measure)
    table = units_table(view, query, "id")
    assert table["Konflik (laporan)"].sum() == 25
    assert table["Unjuk rasa (laporan)"].sum() == 14
    assert len(table) == len(view.units) + len(view.coarser)
    assert view.legend["n_units"].sum() == len(view.whole)
    rows = legend_rows(view, measure, "id")
    assert sum(n for _, _, n in rows) == len(view.whole)
    assert all(n for _, _, n in rows)
    counted = view.whole["colour"].fillna("none").value_counts()
    shown = pd.Series([n for _, _, n in rows], [c or "none" for c, _, _ in rows]).groupby(level=0)
    for colour, n in shown.sum().items():
        assert counted.get(colour, 0) == n


RATES = {  # affairs per 10,000 voters of the final list of 2024
    "19.01": 3 / 234_537, "19.02": 4 / 136_500, "19.03": 3 / 149_076, "19.04": 2 / 141_690,
    "19.05": 3 / 148_424, "19.06": 1 / 95_791, "19.71": 2 / 161_416,
}  # fmt: skip


def test_rates_are_affairs_per_10_000_voters_and_say_what_they_rest_on(dataset: Dataset) -> None:
    """Pangkalpinang's final list was not found; its voters are what the other six leave over."""
    view, query = ask(dataset, level="kabupaten", measure="rate")
    for code, rate in RATES.items():
        assert view.units.loc[code, "value"] == pytest.approx(rate * 10_000)
    assert view.units.index[view.units["estimated"]].tolist() == [PANGKALPINANG]
    table = units_table(view, query, "id").set_index("Kode")
    assert table.loc["19.02", "Laju per 10.000"] == 0.293
    assert table.loc["19.02", "Mutu laju"] == "terbit"
    assert table.loc[PANGKALPINANG, "Mutu laju"] == "perkiraan"
    layer = hotspot_layers(view, dataset, query, "id")[0]
    assert isinstance(layer, Painted)
    assert "0,29 per 10.000 pemilih (terbit)" in layer.tips["19.02"]
    assert "0,12 per 10.000 pemilih (perkiraan)" in layer.tips[PANGKALPINANG]
    assert layer.dashed == {PANGKALPINANG}


def affairs_view(data: Dataset, n: int) -> HotspotView:
    """Return the map of a kabupaten with n conflict affairs, by copies of one report."""
    row = data.reports[data.reports["report_id"].eq("BBL-0002")]
    copies = pd.concat([row] * n, ignore_index=True)
    names = [f"UJI-{i}" for i in range(n)]
    copies = copies.assign(report_id=names, perkara_id=names)
    return ask(data.with_tables(reports=copies), families=("konflik",), level="kabupaten")[0]


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([], ()),
        ([1, 1, 1], (1,)),
        ([1, 2], (1, 2)),
        ([1, 3], (1, 2, 3)),
        ([1, 5], (1, 2, 3, 4, 5)),
        ([2, 6], (1, 2, 3, 5)),
        ([1, 7], (1, 2, 3, 4, 5)),
        ([1, 32], (1, 2, 4, 8, 16)),
        ([1, 243], (1, 3, 9, 27, 81)),
    ],
)
def test_classes_of_counts_are_cut_to_the_highest(
    values: list[int], bounds: tuple[int, ...]
) -> None:
    assert class_bounds(pd.Series(values, dtype="float64")) == bounds


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_every_count_has_a_class_and_the_highest_has_the_last(values: list[int]) -> None:
    bounds = class_bounds(pd.Series(values))
    assert bounds[0] == 1
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= len(RAMP)
    assert bounds[-1] <= max(values)


@given(st.lists(st.floats(0.001, 500), min_size=1, max_size=60))
def test_every_rate_has_a_class_and_no_class_lies_beyond_the_highest(values: list[float]) -> None:
    bounds = class_bounds(pd.Series(values), whole_numbers=False)
    assert bounds[0] == 0
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= len(RAMP)
    assert bounds[-1] < max(values)


@pytest.mark.parametrize(("n", "words"), [(1, "1"), (3, "3"), (5, "5"), (7, "5 atau lebih")])
def test_the_highest_class_is_named_by_what_is_in_it(dataset: Dataset, n: int, words: str) -> None:
    view = affairs_view(dataset, n)
    assert view.units.loc["19.06", "value"] == n
    rows = legend_rows(view, "affairs", "id")
    assert [row[1] for row in rows] == [words, "tidak ada laporan"]
    assert rows[0][0] == view.units.loc["19.06", "colour"]
    assert set(view.units.drop("19.06")["colour"]) == {SILENT_FILLS["tidak_ada_laporan"]}


def test_more_is_darker_and_the_three_silences_are_no_colour_of_the_scale() -> None:
    for classes in range(1, len(RAMP) + 1):
        colours = [colour for _, colour in enumerate_ramp(classes)]
        light = [sum(int(c[n : n + 2], 16) for n in (1, 3, 5)) for c in colours]
        assert light == sorted(light, reverse=True)
        assert len(set(colours)) == classes
    assert len(set(SILENT_FILLS.values()) - set(RAMP)) == 3


def test_the_legend_says_of_what_level_period_and_n(dataset: Dataset) -> None:
    view, query = ask(dataset, level="kecamatan", families=("konflik",))
    said = hotspot_legend(view, query, "id")
    assert said.title == "Konflik: perkara per kecamatan"
    affairs = view.reports["perkara_id"].nunique()
    assert said.sub.endswith(f"n = {affairs}")
    assert [words for _, words, _ in said.rows][:2] == ["1", "2"]


def test_a_unit_without_known_voters_has_no_rate_and_says_so(dataset: Dataset) -> None:
    data = dataset.with_tables(voters=dataset.voters[dataset.voters["level"].eq("nothing")])
    view, query = ask(data, level="kabupaten", measure="rate", families=("konflik",))
    assert view.units["value"].isna().all()
    assert set(view.units["class"]) == {NO_FIGURE}
    assert view.units["colour"].isna().all()
    assert units_table(view, query, "id")["Mutu laju"].isna().all()
    rows = {words: n for _, words, n in legend_rows(view, "rate", "id")}
    assert rows["tanpa angka pemilih"] == 7


def test_silence_has_its_own_classes_and_the_legend_counts_them(dataset: Dataset) -> None:
    inside, _ = ask(dataset, level="kecamatan", families=("konflik",))
    rows = {words: n for _, words, n in legend_rows(inside, "affairs", "id")}
    with_reports = int((inside.units["affairs_konflik"] > 0).sum())
    assert rows["tidak ada laporan"] == 47 - with_reports
    assert "tidak tercakup pemantauan" not in rows
    beyond, _ = ask(
        dataset, level="kecamatan", families=("konflik",), as_of=date(2026, 6, 1),
        date_from=date(2026, 1, 1),
    )  # fmt: skip
    rows = {words: n for _, words, n in legend_rows(beyond, "affairs", "id")}
    assert rows["tidak tercakup pemantauan"] == 47
    assert set(beyond.units["colour"]) == {"hatch"}


@pytest.mark.parametrize(
    ("verification", "state"), [("terverifikasi", "nihil"), ("dikutip", "tidak_ada_laporan")]
)
def test_a_zero_report_is_told_from_no_report_and_from_a_quoted_zero(
    dataset: Dataset, verification: str, state: str
) -> None:
    data = with_report(
        dataset, "BBL-0119", kind="nihil", date_event=pd.Timestamp("2025-10-01"),
        date_end=pd.Timestamp("2025-10-20"), date_precision="day", unit_kejadian="19.02.03",
        location_precision="kecamatan", family=None, category=None, severity=pd.NA,
        date_reported=pd.Timestamp("2025-10-21"), verification=verification,
    )  # fmt: skip
    view, _ = ask(
        data, level="kecamatan", families=("konflik",), as_of=date(2025, 10, 22),
        date_from=date(2025, 10, 1), date_to=date(2025, 10, 20),
    )  # fmt: skip
    assert view.units.loc["19.02.03", "state"] == state
    assert view.units.loc["19.02.03", "colour"] == SILENT_FILLS[state]
    assert view.units.loc["19.02.04", "state"] == "tidak_ada_laporan"
    assert "UJI-1" not in set(view.reports["report_id"])


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda s: HotspotQuery(s, level="provinsi"), "level"),
        (lambda s: HotspotQuery(s, level="tps"), "level"),
        (lambda s: HotspotQuery(s, measure="risk"), "measure"),
        (lambda s: HotspotQuery(s, family="logistik"), "family"),
        (lambda s: HotspotQuery(replace(s, families=None)), "family"),
    ],
)
def test_a_query_out_of_range_is_refused_with_its_value(
    build: Callable[[Selection], HotspotQuery], name: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        build(Selection(as_of=END, families=("konflik", "proses")))
    assert caught.value.name == name
    assert str(caught.value.value) in str(caught.value)


def test_an_election_without_a_voting_day_has_no_rate(dataset: Dataset) -> None:
    query = HotspotQuery(
        Selection(as_of=END, families=("konflik",)), measure="rate", election="pemilu2099"
    )
    with pytest.raises(ParameterError):
        hotspot(dataset, query)


def test_nothing_found_is_an_empty_view_and_no_error(dataset: Dataset) -> None:
    view, query = ask(dataset, as_of=date(2022, 6, 1), level="desa")
    assert len(view.units) == 393
    assert view.reports.empty
    assert view.points.empty
    assert view.coarser.empty
    assert view.placement.total == 0
    assert len(hotspot_layers(view, dataset, query, "id")) == 1
    assert len(units_table(view, query, "id")) == 393


@pytest.mark.parametrize(
    "options",
    [
        {"severity_min": 4},
        {"categories": ("perusakan_apk",)},
        {"kinds": ("potensi",)},
        {"stages": ("kampanye",)},
        {"verifications": ("terverifikasi",)},
    ],
)
def test_filters_narrow_the_figures_and_the_points_alike(
    dataset: Dataset, options: dict[str, Any]
) -> None:
    whole, _ = ask(dataset, families=("konflik",), level="kabupaten")
    view, _ = ask(dataset, families=("konflik",), level="kabupaten", **options)
    assert set(view.reports["report_id"]) < set(whole.reports["report_id"])
    assert (view.units["reports_konflik"] <= whole.units["reports_konflik"]).all()
    fine = view.reports["unit"].str.count(r"\.").eq(3).sum()
    assert view.points["n"].sum() == fine


def test_each_number_is_in_the_class_whose_words_name_it(dataset: Dataset) -> None:
    counts = [class_words("affairs", position, "id") for position in range(5)]
    assert counts == ["1", "2–3", "4–7", "8–15", "16 atau lebih"]
    rates = [class_words("rate", n, "id", (0.0, 0.1, 0.5)) for n in range(3)]
    assert rates == ["0,00–0,10", "0,10–0,50", "0,50 atau lebih"]
    view, _ = ask(dataset, level="kabupaten", measure="affairs")
    classes = range(len(view.breaks))
    words = {str(n): class_words("affairs", n, "id", view.breaks, 4) for n in classes}
    expected = {code: str(affairs) for code, (affairs, _) in KONFLIK.items()}
    assert {code: words[key] for code, key in view.units["class"].items()} == expected


def test_rates_name_the_lists_they_rest_on_that_do_not_add_up(dataset: Dataset) -> None:
    """Kecamatan of Bangka by the list of 2025 in both regional votes, by that of 2023 before."""
    assert voter_gaps(dataset, "pilkada_ulang2025")["gap"].to_dict() == {
        ("pemilu2024", "dpshp", "19.04"): 1000,
        ("pilkada_ulang2025", "dpt", "19.01"): -60,
    }
    assert voter_gaps(dataset, "pemilu2024")["gap"].to_dict() == {
        ("pemilu2024", "dps", "19.01"): 1000,
        ("pemilu2024", "dpshp", "19.04"): 1000,
    }
