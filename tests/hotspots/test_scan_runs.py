"""Scans of what is alive: the end of watching, what counts as one, signals, and what is kept."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from analytics.hotspots.recurrence import (
    RecurrenceParams,
    expected_false_signals,
    recurrence_months,
    signal_of,
)
from analytics.reports.counted import counted_as
from analytics.reports.selection import Selection
from data.hotspots.scan_runs import add_scan_run
from data.store.engine import Store
from geo.errors import ParameterError
from services.dataset import Dataset, load_dataset
from services.hotspots.analysis import AnalysisQuery, AnalysisView, analyse
from services.hotspots.analysis_view import meaning
from services.hotspots.scan_runs import (
    keep_scan,
    looks_words,
    runs_table,
    signal_words,
    thresholds_table,
)

END = date(2024, 12, 31)


@pytest.fixture
def store(own_store: Store) -> Store:
    return own_store


def reports(data: Dataset, rows: list[tuple[str, str, str, str]], **columns: object) -> Dataset:
    """Return the data set with reports of id, day, unit and page in place of the others."""
    template = data.reports[data.reports["kind"].eq("kejadian")].iloc[[0] * len(rows)]
    ids, days, units, pages = zip(*rows, strict=True)
    frame = template.reset_index(drop=True).assign(
        report_id=ids, perkara_id=ids, date_event=pd.to_datetime(list(days)), date_end=pd.NaT,
        date_reported=pd.NaT, date_precision="day", family="konflik", category="bentrok",
        unit_kejadian=units, unit_pokok=None, location_precision="kecamatan", tps_number=None,
        source_id=pages, summary="SIMULASI", is_total=False, **columns,
    )  # fmt: skip
    dtypes = data.reports.dtypes.to_dict()
    watched = data.coverage_periods.iloc[:1].assign(
        unit_code="19", date_start=pd.Timestamp("2022-01-01"), date_end=pd.Timestamp(END)
    )
    return data.with_tables(reports=frame.astype(dtypes), coverage_periods=watched)


def background(n: int = 40) -> list[tuple[str, str, str, str]]:
    units = ["19.01.01", "19.02.01", "19.05.01", "19.06.01", "19.71.01"]
    days = pd.date_range("2023-01-05", "2024-12-20", periods=n)
    return [(f"S{i:03d}", f"{d:%Y-%m-%d}", units[i % 5], f"p{i}") for i, d in enumerate(days)]


def burst(n: int, month: str = "2024-12") -> list[tuple[str, str, str, str]]:
    return [(f"B{i}-{month}", f"{month}-{10 + i}", "19.03.03", f"b{i}") for i in range(n)]


def asked(as_of: date = END, method: str = "scan_prospective", **changes: object) -> AnalysisQuery:
    chosen = Selection(as_of=as_of, date_to=as_of, families=("konflik",), kinds=("kejadian",))
    changes = {"replicates": 199, **changes}
    return AnalysisQuery(chosen, method, **changes)  # type: ignore[arg-type]


def words(view: AnalysisView) -> str:
    return meaning(view, view.units["class"], "id")


def test_a_burst_is_alive_while_it_lasts_and_watching_ended_not_at_the_day_of_knowledge(
    dataset: Dataset,
) -> None:
    data = reports(dataset, background() + burst(6))
    view = analyse(data, asked(date(2026, 11, 29)))
    assert view.end == pd.Timestamp(END)
    top = view.clusters.iloc[0]
    assert "19.03.03" in top["members"]
    assert top["period_end"] == view.end
    assert top["recurrence_months"] == pytest.approx(1 / top["p"])
    assert words(view).startswith("SIAGA")
    assert "dalam pemberitaan" in words(view)
    assert "31 Desember 2024" in words(view)
    earlier = analyse(data, asked(date(2024, 11, 30)))
    assert "Tidak ada isyarat" in words(earlier)


def test_an_old_burst_is_found_looking_back_and_is_not_alive(dataset: Dataset) -> None:
    data = reports(dataset, background() + burst(6, "2023-06"))
    back = analyse(data, asked(method="scan"))
    assert back.clusters.iloc[0]["p"] <= 0.05
    assert "19.03.03" in back.clusters.iloc[0]["members"]
    assert "Tidak ada isyarat" in words(analyse(data, asked()))


def test_a_month_that_was_not_watched_to_its_end_is_not_counted(dataset: Dataset) -> None:
    data = reports(dataset, [*burst(3), ("M", "2024-12-01", "19.03.03", "m")])
    rows = data.reports
    precision = rows["date_precision"].mask(rows["report_id"].eq("M"), "month")
    ended = data.coverage_periods.assign(date_end=pd.Timestamp("2024-12-20"))
    changed = data.with_tables(
        reports=rows.assign(date_precision=precision), coverage_periods=ended
    )
    for method in ("scan_space", "gistar"):
        view = analyse(changed, asked(date(2025, 1, 31), method=method))
        assert (view.n_affairs, view.units["affairs"].sum(), view.unwatched) == (3, 3, 1)


def test_nothing_is_scanned_after_the_day_of_knowledge(dataset: Dataset) -> None:
    data = reports(dataset, burst(3, "2024-06"))
    chosen = Selection(
        as_of=date(2024, 7, 1), date_to=END, families=("konflik",), kinds=("kejadian",)
    )
    view = analyse(data, AnalysisQuery(chosen, "scan_space", replicates=99))
    assert view.end == pd.Timestamp("2024-07-01")


def test_a_scan_needs_two_affairs_and_no_gate(dataset: Dataset) -> None:
    one = analyse(reports(dataset, background(1)), asked(method="scan_space"))
    assert one.reason == "few_to_scan"
    two = analyse(reports(dataset, burst(2)), asked(method="scan_space"))
    assert two.reason == ""
    assert two.clusters.iloc[0]["observed"] == 2
    few = analyse(reports(dataset, burst(2)), asked(method="gistar"))
    assert few.reason == "few_affairs"


def test_an_affair_in_several_places_and_months_is_one_case(dataset: Dataset) -> None:
    days, units = ("2024-11-05", "2024-12-05", "2024-12-06"), ("19.03.03", "19.03.01", "19.03.05")
    many = [(f"X{i}", days[i], units[i], "x") for i in range(3)]
    rows = [*background(10), *many]
    data = reports(dataset, rows)
    same = data.reports["report_id"].str.startswith("X")
    frame = data.reports.assign(perkara_id=data.reports["perkara_id"].mask(same, "X"))
    data = data.with_tables(reports=frame.astype(data.reports.dtypes.to_dict()))
    view = analyse(data, asked())
    assert view.n_affairs == 11
    assert view.units["affairs"].sum() == 13
    assert not any("19.03.01" in m and "19.03.05" in m for m in view.clusters.get("members", []))


def test_one_page_one_day_one_kind_is_one(dataset: Dataset) -> None:
    rows = [("A1", "2024-12-01", "19.03.03", "page"), ("A2", "2024-12-01", "19.03.03", "page"),
            ("A3", "2024-12-01", "19.03.01", "page"), ("A4", "2024-12-02", "19.03.03", "page"),
            ("A5", "2024-12-01", "19.03.03", "other")]  # fmt: skip
    data = reports(dataset, rows)
    assert counted_as(data.reports, "affair").tolist() == ["A1", "A2", "A3", "A4", "A5"]
    assert counted_as(data.reports, "source_day").tolist() == ["A1", "A1", "A1", "A4", "A5"]
    kinds = data.reports.assign(category=["bentrok", "bentrok", "intimidasi", "bentrok", "bentrok"])
    assert counted_as(kinds, "source_day").tolist() == ["A1", "A1", "A3", "A4", "A5"]
    unnamed = data.reports.assign(source_id=None)
    assert counted_as(unnamed, "source_day").tolist() == ["A1", "A2", "A3", "A4", "A5"]
    assert analyse(data, asked(method="scan_space", counted="source_day")).n_affairs == 3
    with pytest.raises(ParameterError, match="counted"):
        counted_as(data.reports, "page")


def test_a_later_report_of_another_page_stays_with_its_affair() -> None:
    frame = pd.DataFrame({
        "report_id": ["R1", "R2", "R3"], "perkara_id": ["P", "Q", "Q"],
        "source_id": ["page", "page", "other"], "kind": "kejadian", "category": "bentrok",
        "date_event": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-09"]),
    })  # fmt: skip
    assert counted_as(frame, "source_day").tolist() == ["P", "P", "P"]


def test_each_scan_is_kept_and_a_signal_is_raised_again_only_when_an_affair_joins(
    store: Store,
) -> None:
    def keep(rows: list[tuple[str, str, str, str]], as_of: date) -> pd.Series:
        data = reports(load_dataset(store), rows)
        own = keep_scan(data, analyse(data, asked(as_of)))
        return store.read("scan_runs").set_index("run_id").loc[own]

    silent = keep(background(), date(2024, 10, 31))
    assert silent["signal"] == "diam"
    assert not silent["raised"]
    assert silent["watched_until"] == pd.Timestamp("2024-10-31")
    first = keep(background() + burst(6), date(2024, 12, 20))
    assert (first["signal"], bool(first["raised"])) == ("siaga", True)
    assert set(first["affairs"].split("|")) >= {f"B{i}-2024-12" for i in range(6)}
    assert "19.03.03" in first["members"]
    again = keep(background() + burst(6), date(2024, 12, 30))
    assert again["signal"] == "siaga"
    assert not again["raised"]
    joined = keep(background() + burst(7), date(2024, 12, 31))
    assert joined["raised"]
    twice = keep(background() + burst(7), date(2024, 12, 31))
    assert twice.name == joined.name
    assert store.count("scan_runs") == 4
    data = load_dataset(store)
    table = runs_table(data, "id")
    assert len(table) == 4
    assert table["Isyarat"].tolist() == ["siaga", "siaga", "siaga", "diam"]
    assert table["Diangkat"].tolist()[:3] == ["baru", "sudah diangkat, tanpa perkara baru", "baru"]
    assert signal_words(data, str(joined.name), "id") == "siaga, baru"


def test_another_seed_on_the_same_day_raises_nothing_anew(store: Store) -> None:
    data = reports(load_dataset(store), background() + burst(6))
    for seed in (1, 2):
        keep_scan(data, analyse(data, asked(seed=seed)))
    runs = store.read("scan_runs").sort_values("seed")
    assert runs["signal"].eq("siaga").all()
    assert runs["raised"].tolist() == [True, False]


def test_only_a_scan_of_what_is_alive_is_kept(store: Store) -> None:
    data = reports(load_dataset(store), background())
    with pytest.raises(ParameterError, match="scan_prospective"):
        keep_scan(data, analyse(data, asked(method="scan")))
    assert store.count("scan_runs") == 0


def test_a_row_that_breaks_a_rule_is_not_kept(store: Store) -> None:
    data = reports(load_dataset(store), background())
    keep_scan(data, analyse(data, asked()))
    row = store.read("scan_runs").iloc[0].drop(["run_id", "made_at"]).to_dict()
    with pytest.raises(ValueError, match="signal"):
        add_scan_run(store, row | {"signal": "gawat"})


def test_recurrence_and_what_to_expect_of_it() -> None:
    assert recurrence_months(0.05) == 20
    assert recurrence_months(0.001, 0.25) == 250
    params = RecurrenceParams()
    assert [signal_of(m, params) for m in (11.9, 12, 59, 60)] == ["", "waspada", "waspada", "siaga"]
    table = expected_false_signals((12.0, 60.0, 120.0))
    assert table["false_a_year"].tolist() == pytest.approx([1.0, 0.2, 0.1])
    assert table["p"].tolist() == pytest.approx([1 / 12, 1 / 60, 1 / 120])
    # Scanning chance 24,000 times: as many pass as the table says.
    p = np.random.default_rng(1).integers(1, 1001, 24_000) / 1000
    passing = [12 * np.mean(1 / p >= t) for t in (12.0, 60.0, 120.0)]
    assert passing == pytest.approx([1.0, 0.2, 0.1], abs=0.05)
    assert len(thresholds_table("en")) == 3
    for wrong in ({"every_months": 0}, {"watch_months": 60}, {"alert_months": 5000}):
        with pytest.raises(ParameterError):
            RecurrenceParams(**wrong)


def test_many_looks_are_counted_for_what_they_are() -> None:
    assert "12 kali melihat" in looks_words(12, "id")
    assert "0,60 di antaranya" in looks_words(12, "id")
    assert "sedikitnya satu 46 %" in looks_words(12, "id")


def _page(data: object, queries: list) -> None:  # type: ignore[type-arg]
    import streamlit as st

    from pages.components.hotspots import statistics

    for query in queries[: 1 + st.session_state.get("more", 0)][-1:]:
        statistics.draw(data, query, st.container())


def test_the_page_keeps_a_scan_lists_it_and_counts_the_looks(store: Store) -> None:
    data = reports(load_dataset(store), background() + burst(6))
    queries = [asked(), asked(method="scan_space"), asked(method="scan_space", level="kabupaten")]
    page = AppTest.from_function(
        _page, kwargs={"data": data, "queries": queries}, default_timeout=120
    )
    page.run()
    assert not page.exception
    assert "1 kali melihat" in html(page)
    page.button(key="a_keep").click().run()
    assert not page.exception
    assert [one.value for one in page.success] == ["Hasil pemindaian disimpan."]
    assert store.count("scan_runs") == 1
    for n in (1, 2):
        page.session_state["more"] = n
        page.run()
        assert not page.exception
    assert "3 kali melihat" in html(page)
    assert "dalam pemberitaan" in html(page)


def html(page: AppTest) -> str:
    return "\n".join(str(block.proto.body) for block in page.get("html"))
