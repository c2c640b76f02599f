"""Relative risk as the page and the command show it: window, base, words, headline, table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analytics.reports.selection import Selection
from data.hotspots.detection import keep_detection, read_detection
from geo.errors import ParameterError
from services.dataset import Dataset
from services.hotspots.counts import HotspotQuery, hotspot
from services.hotspots.detection import detection_table, detection_words
from services.hotspots.headline import counts_finding, gravest, gravest_words
from services.hotspots.relative_risk import (
    RelativeRiskView,
    RiskQuery,
    of_kind,
    press_coverage,
    relative_risk_view,
)
from services.hotspots.relative_risk_view import (
    COLOURS,
    finding,
    left_out,
    meaning,
    press_words,
    risk_layers,
    risk_legend,
    risk_table,
    settings_table,
    sub,
)
from tests.hotspots.test_watched import watched

LATE = date(2026, 11, 30)
MEMBALONG, MENTOK = "19.02.02", "19.05.01"


def told(data: Dataset, *rows: tuple[str, str, str, int, str]) -> Dataset:
    """Return the data with only these affairs: unit, day, kind, severity, category."""
    like = data.reports[data.reports["family"].eq("konflik")].iloc[0]
    made = []
    for n, (unit, day, kind, severity, category) in enumerate(rows):
        values = {
            "report_id": f"UJI-{n:03d}", "perkara_id": f"PRK-{n:03d}", "unit_kejadian": unit,
            "unit_pokok": unit, "date_event": pd.Timestamp(day), "date_end": pd.NaT,
            "date_precision": "day", "date_reported": pd.Timestamp(day), "kind": kind,
            "severity": severity, "category": category, "is_total": False, "lon": None, "lat": None,
            "location_precision": {1: "kabupaten", 2: "kecamatan"}[unit.count(".")],
        }  # fmt: skip
        made.append({**like.to_dict(), **values})
    frame = pd.DataFrame(made, columns=data.reports.columns)
    reports = frame.astype(data.reports.dtypes).drop(columns="is_total")
    return watched(data.with_tables(reports=reports), ("19", "2022-08-13", "2025-10-29"))


def ask(data: Dataset, level: str = "kecamatan", by: str = "voters", **more: object):  # type: ignore[no-untyped-def]
    chosen = Selection(as_of=LATE, families=("konflik",), kinds=("kejadian",), **more)
    return relative_risk_view(data, RiskQuery(chosen, level, by))


RIOT = ("19.02.02", "2025-10-06", "kejadian", 5, "kerusuhan")


def many(unit: str, n: int, severity: int = 2) -> list[tuple[str, str, str, int, str]]:
    return [(unit, f"2025-0{1 + i % 9}-10", "kejadian", severity, "kerusuhan") for i in range(n)]


@pytest.fixture(scope="module")
def busy(dataset: Dataset) -> Dataset:
    """Eight light affairs in Mentok, a grave one in Membalong, a late one and a potensi."""
    return told(
        dataset, *many(MENTOK, 8), RIOT,
        (MENTOK, "2026-05-01", "kejadian", 2, "kerusuhan"),
        (MENTOK, "2025-02-01", "potensi", 3, "kerusuhan"),
    )  # fmt: skip


def test_the_period_ends_with_watching_and_kinds_stay_apart(busy: Dataset) -> None:
    view = ask(busy)
    assert f"{view.end:%Y-%m-%d}" == "2025-10-29"
    assert (view.n_affairs, view.placed, view.facts["unwatched"]) == (9, 9, 1)
    assert "1 laporan di luar 13 Agustus 2022 – 29 Oktober 2025" in left_out(view, "id")
    other = relative_risk_view(busy, of_kind(view.query, "potensi"))
    assert other.n_affairs == 1
    assert left_out(other, "id") == ""


def test_expectations_follow_voters_and_add_up(busy: Dataset) -> None:
    for level in ("kabupaten", "kecamatan", "desa"):
        view = ask(busy, level)
        assert view.units["expected"].sum() == pytest.approx(view.units["affairs"].sum())
        assert view.units["quality"].isin(["terbit", "perkiraan"]).all()
    assert ask(busy, "desa").n_affairs == 0


def test_the_headline_names_the_place_the_interval_supports_and_the_gravest(busy: Dataset) -> None:
    view = ask(busy)
    assert view.units.loc[MENTOK, "word"] == "lebih_tinggi"
    assert view.units.loc[MEMBALONG, "severity_max"] == 5
    line = finding(view, busy, "id")
    assert "lebih tinggi daripada perkiraan di Mentok (8 perkara" in line
    assert "dalam pemberitaan" in line
    assert "Membalong, Kab. Belitung, 6 Oktober 2025 (tingkat 5)" in line
    assert "in press reports" in finding(view, busy, "en")


def test_many_places_with_two_affairs_each_are_counted_and_none_is_named(dataset: Dataset) -> None:
    belitung = [f"19.02.0{n}" for n in range(1, 6)]
    data = told(dataset, *[row for code in belitung for row in many(code, 2)])
    view = ask(data)
    assert set(view.with_word("lebih_tinggi").index) == set(belitung)
    line = finding(view, data, "id")
    assert "lebih tinggi di 5 kecamatan, masing-masing baru 1–2 perkara" in line
    assert "Tanjungpandan" not in line


def test_where_nothing_can_be_told_apart_it_says_so_and_names_the_gravest(dataset: Dataset) -> None:
    light = [(code, "2025-03-01", "kejadian", 1, "kerusuhan") for code in
             ("19.01.01", "19.03.01", "19.71.01")]  # fmt: skip
    data = told(dataset, *light, RIOT)
    line = finding(ask(data), data, "id")
    assert "tidak ada kecamatan yang dapat dibedakan" in line
    assert line.endswith("Terberat: Kec. Membalong, Kab. Belitung, 6 Oktober 2025 (tingkat 5)")


def test_counts_rank_by_no_fewer_than_three_affairs(dataset: Dataset) -> None:
    """29 October 2025: kecamatan with one affair each led, the riot was one of the rest."""
    chosen = Selection(as_of=LATE, families=("konflik",))
    few = told(dataset, *many(MENTOK, 2), RIOT)
    query = HotspotQuery(chosen, "kecamatan")
    line = counts_finding(hotspot(few, query), query, few, "id")
    assert "tidak ada kecamatan dengan 3 perkara atau lebih" in line
    assert "Membalong" in line
    more = told(dataset, *many(MENTOK, 3), RIOT)
    assert "di Mentok, 3 perkara" in counts_finding(hotspot(more, query), query, more, "id")
    rate = replace(query, measure="rate")
    assert "Mentok" in counts_finding(hotspot(more, rate), rate, more, "id")
    none = told(dataset)
    assert counts_finding(hotspot(none, query), query, none, "id").endswith("pada rentang ini")


def test_the_newest_of_the_gravest_and_never_an_unknown_severity(busy: Dataset) -> None:
    rows = busy.reports
    worst = gravest(rows)
    assert worst is not None
    assert worst["severity"] == 5
    assert gravest(rows.assign(severity=pd.array([pd.NA] * len(rows), dtype="Int64"))) is None
    same = rows.assign(severity=pd.array([3] * len(rows), dtype="Int64"))
    newest = gravest(same)
    assert newest is not None
    assert newest["date_event"] == rows["date_event"].max()


def test_the_gravest_is_named_where_it_happened_not_where_its_matter_lies(busy: Dataset) -> None:
    rows = busy.reports.assign(unit_pokok="19")
    assert "Membalong, Kab. Belitung, 6 Oktober 2025" in gravest_words(busy, rows, "id")


def test_without_any_report_the_risk_is_the_prior(dataset: Dataset) -> None:
    data = told(dataset)
    view = ask(data)
    assert view.n_affairs == 0
    assert view.units["word"].eq("belum_dapat_dibedakan").all()
    assert "tidak ada perkara" in finding(view, data, "id")
    assert view.start <= view.end


def test_press_coverage_is_of_the_other_families(dataset: Dataset) -> None:
    chosen = Selection(as_of=LATE, families=("konflik",), kinds=("kejadian",))
    end = pd.Timestamp(2025, 10, 29)
    found = press_coverage(dataset, chosen, end)
    mean = found["publishers"].mean()
    assert found["coverage"].to_numpy() == pytest.approx((found["publishers"] + mean) / (2 * mean))
    assert found["coverage"].mean() == pytest.approx(1)
    own = dataset.reports["family"].eq("konflik")
    fewer = dataset.with_tables(reports=dataset.reports[~own].drop(columns="is_total"))
    pd.testing.assert_frame_equal(press_coverage(fewer, chosen, end), found)
    bare = dataset.with_tables(reports=dataset.reports[own].drop(columns="is_total"))
    assert press_coverage(bare, chosen, end)["coverage"].eq(1).all()


def test_press_moves_the_expectation_and_is_shown(dataset: Dataset) -> None:
    plain, press = ask(dataset), ask(dataset, by="voters_press")
    dense = press.facts["press"]["coverage"].idxmax()
    inside = plain.units.index.str.startswith(dense)
    assert press.units["expected"][inside].sum() > plain.units["expected"][inside].sum()
    assert "asumsi" in press_words(press, dataset, "id")
    assert press_words(plain, dataset, "id") == ""


@pytest.mark.parametrize("lang", ["id", "en"])
def test_map_legend_and_tables_say_the_same(busy: Dataset, lang: str) -> None:
    view: RelativeRiskView = ask(busy)
    legend = risk_legend(view, lang)
    assert [colour for colour, _, _ in legend] == list(COLOURS.values())
    assert sum(n for _, _, n in legend) == len(view.units) == 47
    table = risk_table(view, lang)
    assert table.iloc[0, 0] == "Mentok"
    assert table.iloc[:, 4].sum() == 9
    assert len(risk_layers(view, busy, lang, MENTOK)) == 1
    assert "47" not in sub(view, lang)
    assert "1,25" in meaning(view, "id")
    assert settings_table(view, lang).notna().all().all()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"level": "hexagon"}, "level"),
        ({"by": "area"}, "by"),
        ({"selection": Selection(LATE, families=("konflik", "logistik"), kinds=("kejadian",))},
         "families"),
        ({"selection": Selection(LATE, families=("perang",), kinds=("kejadian",))}, "family"),
        ({"selection": Selection(LATE, families=("konflik",))}, "kinds"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(change: dict[str, object], name: str) -> None:
    fine = {"selection": Selection(LATE, families=("konflik",), kinds=("kejadian",))}
    with pytest.raises(ParameterError) as error:
        RiskQuery(**{**fine, **change})  # type: ignore[arg-type]
    assert error.value.name == name


def test_measured_figures_are_kept_by_method_and_worlds(tmp_path: Path) -> None:
    path = tmp_path / "detection.csv"
    assert read_detection(path).empty
    row = {
        "method": "risk", "level": "desa", "affairs": 40, "relative_risk": 5.0, "worlds": 10,
        "false_alarms": 0.1, "power": 0.5, "seed": 1, "made": pd.Timestamp(2026, 11, 29),
        "parameters": "x",
    }  # fmt: skip
    keep_detection(pd.DataFrame([row, {**row, "method": "scan"}]), path)
    keep_detection(pd.DataFrame([{**row, "power": 0.7}, {**row, "affairs": 10}]), path)
    kept = read_detection(path).set_index(["method", "affairs"])["power"]
    assert kept.to_dict() == {("risk", 10): 0.5, ("risk", 40): 0.7, ("scan", 40): 0.5}


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_methods_tab_shows_what_was_measured(lang: str) -> None:
    rows = read_detection()
    assert len(detection_table(lang)) == len(rows)
    assert detection_words(lang)


def test_a_window_that_nobody_watched_is_not_said_to_be_empty(busy: Dataset) -> None:
    after = ask(busy, date_from=date(2026, 1, 1))
    assert "tidak dipantau" in finding(after, busy, "id")
    assert (after.start, after.end) == (pd.Timestamp(2026, 1, 1), pd.Timestamp(LATE))
    assert "1 laporan di luar 13 Agustus 2022 – 29 Oktober 2025" in left_out(after, "id")
    before = ask(busy, date_from=date(2019, 1, 1), date_to=date(2020, 1, 1))
    assert "tidak dipantau" in finding(before, busy, "id")
    within = ask(busy, date_from=date(2023, 1, 1), date_to=date(2023, 12, 31))
    assert "tidak ada perkara" in finding(within, busy, "id")


def test_reports_that_are_known_too_coarsely_are_not_denied(busy: Dataset) -> None:
    line = finding(ask(busy, "desa"), busy, "id")
    assert "tidak satu pun dari 9 laporan" in line
    assert "tidak ada perkara" not in line
    assert "Membalong" in line


def test_nothing_is_said_of_days_after_the_day_of_knowledge(busy: Dataset) -> None:
    chosen = Selection(
        as_of=date(2025, 5, 1), date_to=date(2025, 9, 1), families=("konflik",), kinds=("kejadian",)
    )
    assert relative_risk_view(busy, RiskQuery(chosen)).end == pd.Timestamp(2025, 5, 1)


@pytest.mark.parametrize("n", [1, 2])
def test_an_election_of_few_kabupaten_is_compared(busy: Dataset, n: int) -> None:
    voters = busy.voters
    own = voters["election"].eq("pemilu2024") & voters["unit_code"].isin(["19.05", "19.02"][:n])
    few = busy.with_tables(voters=voters[own])
    view = ask(few, "kabupaten")
    assert len(view.units) == n
    assert view.units["median"].gt(0).all()
    assert finding(view, few, "id")
