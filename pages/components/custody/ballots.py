"""Voters per TPS, what kits follow from them, and the check of what was packed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from analytics.plan.kits import KitRules
from data.ingest.files.opening import uploaded
from data.plan.settings import PlanSettings
from pages.components import bring, show
from pages.components.shell import language, problem, t
from services.custody.ballots import all_fine, ballot_check, check_table, packing_list
from services.dataset import Dataset
from services.explain import EXPLAINED
from services.ingest.wording import faults_table
from services.plan.inputs import kit_rules, kit_table, kit_totals
from services.texts import label, number

_KITS = ("tps", "boxes", "booths", "ink", "voters", "reserve", "ballots")


def draw(data: Dataset, settings: PlanSettings) -> list[str]:
    """Draw kits and totals, the upload of voters, and the check of packed ballots.

    What they rest on is returned.
    """
    tps = data.tps[data.tps["election"].eq(settings.election)]
    tps = tps[tps["desa_code"].str.startswith(f"{settings.kabupaten}.")]
    if tps.empty:
        election = label("election", settings.election, language())
        show.empty(t("kits.no_register", election=election))
        return []
    rules = kit_rules(settings.election, settings.reserve_pct)
    totals_at = st.container()
    left, right = st.columns(2)
    with left:
        bring.draw_import(data, ("voters",), settings.election)
        data = data.fresh()  # with the voters brought in just now
    with totals_at:
        _totals(kit_totals(kit_table(data, tps, rules)))
    with right:
        show.title(t("kits.check"))
        listed = packing_list(data, tps, settings.election, rules)
        show.downloads(listed, f"daftar-kemas-{settings.kabupaten}")
        file = st.file_uploader(t("kits.packed"), type=["csv", "xlsx"], key="in_packed")
    if file is not None:
        _check(data, settings, file.name, file.getvalue())
    return [_rule_words(rules), t("kits.check_note")]


def _totals(totals: dict[str, Any]) -> None:
    """Draw what all TPS get together; what cannot be counted is shown as a dash, with a note."""
    lang = language()
    for place, name in zip(st.columns(len(_KITS)), _KITS, strict=True):
        place.metric(label("kit", name, lang), number(totals[name], lang))
    if totals["ballots"] is None:
        show.empty(
            t(
                "kits.blank",
                n=number(totals["tps_with_voters"], lang),
                total=number(totals["tps"], lang),
            )
        )


def _rule_words(rules: KitRules) -> str:
    lang = language()
    return t(
        "kits.rules",
        contests=rules.contests,
        booths=rules.booths,
        ink=rules.ink,
        reserve=number(rules.reserve_pct, lang, 1),
        assumed=", ".join(label("kit", name, lang) for name in rules.assumed) or "–",
    )


def _check(data: Dataset, settings: PlanSettings, name: str, content: bytes) -> None:
    """Draw what the check says of a file."""
    try:
        with uploaded(name, content) as path:
            rules = kit_rules(settings.election, settings.reserve_pct)
            found = ballot_check(data, path, settings.election, rules)
    except EXPLAINED as error:
        problem(error)
        return
    lang = language()
    counts = ", ".join(
        f"{label('ballot', verdict, lang)}: {number(n, lang)}"
        for verdict, n in found.counts.items()
        if n
    )
    (st.success if all_fine(found) else st.warning)(t("kits.checked", list=counts or "–"))
    table = check_table(found, data, lang)
    show.table(table, width="stretch")
    show.downloads(table, "periksa-surat-suara")
    if len(found.faults):
        show.title(t("kits.refused", n=number(len(found.faults), lang)))
        show.table(faults_table(found.faults, lang))
