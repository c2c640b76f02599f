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
    """Return whether the security index beat drawing lots, over all cases with something to find.

    Counted at the top tenth of the places, for what the index is about (conflict and process).
    """
    rows = pd.concat([case.rates for case in cases]) if cases else pd.DataFrame()
    if len(rows):
        own = rows["ranking"].eq("keamanan") & rows["sought"].eq("keamanan")
        rows = rows[own & rows["share"].sub(_TOP_SHARE).abs().lt(1e-9) & rows["affected"].gt(0)]
    if rows.empty:
        return text("tab_head.test_none", lang)
    better = int(rows["hits"].gt(rows["random_high"]).sum())
    return text(
        "tab_head.test_better" if better else "tab_head.test_not",
        lang,
        **({"better": number(better, lang)} if better else {}),
        n=number(len(rows), lang),
        hits=number(rows["hits"].sum(), lang, 1),
        affected=number(rows["affected"].sum(), lang),
        random=number(rows["random_hits"].sum(), lang, 1),
    )


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
