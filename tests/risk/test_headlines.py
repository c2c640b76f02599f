"""Each tab of the page of TPS risk states its own finding, with figures."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analytics.risk.next_report import CallParams
from services.dataset import Dataset
from services.risk.backtest import Case, backtest
from services.risk.changes import change_finding, compare
from services.risk.coverage import coverage_of
from services.risk.coverage import finding as coverage_finding
from services.risk.headlines import (
    backtest_head,
    calls_head,
    method_head,
    no_list_head,
    no_register_head,
)
from services.risk.index import RiskView, risk_view
from services.risk.next_report import calls_view
from services.risk.ranking import RiskQuery, finding, ranked
from tests.pages.test_pages import open_page

ROOT = Path(__file__).resolve().parents[2]
EVE = dt.date(2024, 2, 13)


@pytest.fixture(scope="module")
def view(dataset: Dataset) -> RiskView:
    return risk_view(dataset, "pemilu2024", EVE)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_no_two_tabs_say_the_same_and_each_has_a_figure(
    view: RiskView, dataset: Dataset, lang: str
) -> None:
    calls = calls_view(dataset, view, "keamanan", CallParams(together=True))
    heads = {
        "peta": finding(ranked(view, RiskQuery("keamanan")), lang),
        "perubahan": change_finding(compare(view), "keamanan", lang),
        "panggilan": calls_head(calls, dataset, lang),
        "cakupan": coverage_finding(coverage_of(view, "kecamatan"), lang),
        "uji_balik": backtest_head(backtest(dataset), lang),
        "metode": method_head(view, lang),
    }
    assert len(set(heads.values())) == len(heads)
    for tab, words in heads.items():
        assert re.search(r"\d", words), tab
        assert "{" not in words


def case(rows: list[tuple[str, str, float, float, int, float, float]]) -> Case:
    columns = ["ranking", "sought", "share", "hits", "affected", "random_hits", "random_high"]
    return Case(
        election="pemilu2024", eve=EVE, level="desa", rates=pd.DataFrame(rows, columns=columns),
        outcomes={}, reports=0, fine=0, weighing=(0, 0), lagged=0, note=None,
    )  # fmt: skip


def test_the_back_test_says_whether_lots_were_beaten() -> None:
    def own(hits: float, affected: int, high: float) -> Case:
        return case([
            ("keamanan", "keamanan", 0.05, 9, affected, 0.3, 0.0),
            ("keamanan", "keamanan", 0.10, hits, affected, 0.6, high),
            ("jumlah_tps", "semua", 0.10, 9, affected, 0.6, 0.0),
        ])  # fmt: skip

    assert backtest_head([], "id").startswith("Belum ada yang dapat diuji")
    assert backtest_head([own(0, 0, 0)], "id").startswith("Belum ada yang dapat diuji")
    worse = backtest_head([own(0, 0, 0), own(2, 6, 2)], "id")
    assert "tidak lebih baik daripada undian pada satu pun dari 1 uji" in worse
    assert "2 dari 6 desa" in worse
    better = backtest_head([own(2, 6, 2), own(4.5, 6, 2)], "id")
    assert "mengalahkan undian pada 1 dari 2 uji" in better


def test_an_election_without_register_or_list_says_so_by_tab(dataset: Dataset) -> None:
    whole = risk_view(dataset, "pilkada_ulang2025", dt.date(2025, 8, 26))
    words = no_register_head(whole, "panggilan", "id")
    assert words.startswith("Panggilan: tidak dapat dihitung")
    assert no_list_head(whole, "id") != words
    assert "kabupaten/kota" in method_head(whole, "id")


@pytest.mark.parametrize(
    ("tab", "said"), [("metode", "parameter adalah anggapan"), ("perubahan", "Indeks keamanan: ")]
)
def test_the_page_puts_the_finding_of_the_open_tab_at_its_head(
    shared_installation: Path, tab: str, said: str
) -> None:
    test = open_page("kerawanan", tanggal="2024-02-13", tab=tab)
    assert not test.exception
    written = [str(block.proto.body) for block in test.get("html")]
    [head] = [words for words in written if 'class="sb-head"' in words]
    assert said in head
    assert "Belum ada TPS yang dapat diberi tingkat" not in head


@pytest.mark.parametrize(("tier", "words"), [("rendah", "di antara 3 TPS"), ("tinggi", "3 dari 3")])
def test_a_headline_counts_only_what_has_a_tier(view: RiskView, tier: str, words: str) -> None:
    found = ranked(view, RiskQuery("keamanan"))
    tiers = pd.Series("belum_cukup", index=found.rows.index, dtype="str")
    tiers.iloc[:3] = tier
    line = finding(replace(found, rows=found.rows.assign(tier_keamanan=tiers)), "id")
    assert words in line
    assert "yang datanya cukup" in line
    assert "4.116" not in line
