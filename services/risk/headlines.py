"""What each tab of the page of TPS risk finds, in one sentence with figures."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analytics.risk.params import NOT_ENOUGH
from services.dataset import Dataset
from services.risk.backtest import Case
from services.risk.index import RiskView, parameter_table
from services.risk.next_report import CallsView, headline
from services.texts import label, number, text

_TOP_SHARE = 0.10


def no_register_head(view: RiskView, tab: str, lang: str) -> str:
    """Return why a tab that needs TPS one by one has no answer; ``tab`` is its key."""
    return text(
        "tab_head.no_register",
        lang,
        tab=label("kerawanan_tab", tab, lang),
        election=label("election", view.election, lang),
    )


def no_list_head(view: RiskView, lang: str) -> str:
    """Return that the election has no list of indicators."""
    return text("tab_head.no_list", lang, election=label("election", view.election, lang))


def calls_head(found: CallsView, data: Dataset, lang: str) -> str:
    """Return what the calls would narrow, and which is the first."""
    if found.calls.empty:
        index = label("risk_index", found.index, lang).lower()
        return text("tab_head.calls_none", lang, index=index, tps=number(found.tps, lang))
    first = found.calls.iloc[0]
    return text(
        "tab_head.calls",
        lang,
        words=headline(found, lang),
        agency=label("asked_office", first["agency"], lang),
        place=data.place_name(str(first["desa_code"])),
    )


def backtest_head(cases: Sequence[Case], lang: str) -> str:
    """Return whether the security index beat drawing lots, and what it found in one case.

    Counted at the top tenth of the places, for what the index is about (conflict and process). The
    case told is the first with something to find: the others may be about the same affairs.
    """
    told = [(case, row) for case in cases if (row := _top_tenth(case)) is not None]
    if not told:
        return text("tab_head.test_none", lang)
    better = sum(row["hits"] > row["random_high"] for _, row in told)
    first, row = told[0]
    return text(
        "tab_head.test_better" if better else "tab_head.test_not",
        lang,
        **({"better": number(better, lang)} if better else {}),
        n=number(len(told), lang),
        hits=number(row["hits"], lang, 0 if float(row["hits"]).is_integer() else 1),
        affected=number(row["affected"], lang),
        level=label("level", first.level, lang).lower(),
        random=number(row["random_hits"], lang, 1),
        election=label("election", first.election, lang),
    )


def _top_tenth(case: Case) -> pd.Series | None:
    """Return the row of a case at the top tenth; None where nothing was to be found."""
    rows = case.rates
    own = rows["ranking"].eq("keamanan") & rows["sought"].eq("keamanan") & rows["affected"].gt(0)
    rows = rows[own & rows["share"].sub(_TOP_SHARE).abs().lt(1e-9)]
    return None if rows.empty else rows.iloc[0]


def method_head(view: RiskView, lang: str) -> str:
    """Return how much of the indices is assumption, and how many tiers hang on the weights."""
    basis = parameter_table()["basis"]
    table = view.tps if view.level == "tps" else view.kabupaten
    ranked = table["tier_logistik"].ne(NOT_ENOUGH)
    return text(
        "tab_head.method",
        lang,
        assumed=number(int(basis.eq("anggapan").sum()), lang),
        n=number(len(basis), lang),
        unstable=number(int((ranked & ~table["stabil_logistik"]).sum()), lang),
        ranked=number(int(ranked.sum()), lang),
        places=text(f"kerawanan.places_{view.level}", lang),
    )
