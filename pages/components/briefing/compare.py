"""Rakor to rakor: two snapshots side by side, and what was corrected since one was taken."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from pages.components import maps, picture, show
from pages.components.shell import language, t
from services.briefing.change.compare import YEAR, Comparison, compare
from services.briefing.change.corrections import (
    corrections_since,
    corrections_table,
    corrections_words,
)
from services.briefing.change.map import change_layers, change_legend, change_picture
from services.briefing.change.words import compare_tables, headline, limit_lines, score_lines
from services.briefing.snapshot import Snapshot, open_snapshot
from services.dataset import Dataset
from services.memo import memo
from services.texts import label

MAP = "compare_map"


def draw_comparison(data: Dataset, earlier_id: str, later_id: str) -> None:
    """Draw two kept snapshots side by side: finding, map of change, tables with downloads.

    Raises
    ------
    SnapshotUnknownError
        When one is not there.
    """
    lang, found = language(), compared(data, earlier_id, later_id)
    show.title(headline(found, lang))
    for line in limit_lines(found, lang):
        show.note(line)
    left, right = st.columns([1.35, 1])
    with left:
        _map(data, found)
    tables = compare_tables(found, lang)
    with right:
        _table("figures", tables["figures"])
    for line in score_lines(found, lang):
        show.note(line)
    for name, table in tables.items():
        if name != "figures":
            with st.expander(f"{label('compare_part', name, lang)} ({len(table)})"):
                _table(name, table)


@memo(4)
def compared(data: Dataset, earlier_id: str, later_id: str) -> Comparison:
    """Return two kept snapshots side by side.

    Raises
    ------
    SnapshotUnknownError
        When one is not there.
    """
    return compare(open_snapshot(data, earlier_id), open_snapshot(data, later_id))


def _map(data: Dataset, found: Comparison) -> None:
    lang, rows = language(), found.areas
    year = rows[rows["window"].eq(YEAR)]
    level_column, family_column = st.columns(2)
    level = level_column.selectbox(
        t("compare.level_choice"),
        list(year["level"].unique()),
        format_func=lambda one: label("level", one, lang),
        key="compare_level",
    )
    family = family_column.selectbox(
        t("compare.family_choice"),
        list(year["family"].unique()),
        format_func=lambda one: label("family", one, lang),
        key="compare_family",
    )
    legend = change_legend(found, level, family, lang)
    maps.show_map(data, change_layers(found, level, family, lang), MAP, legend=legend)
    taken = partial(change_picture, found, level, family, lang)
    picture.offer(data, taken, "perubahan_peta")


def _table(name: str, table: pd.DataFrame) -> None:
    if table.empty:
        show.empty(t("compare.none"))
        return
    show.table(table)
    show.downloads(table, f"banding_{name}")


def draw_corrections(data: Dataset, snapshot: Snapshot) -> None:
    """Draw what was corrected since a kept snapshot was taken, in words and as a table."""
    found = corrections_since(data, snapshot)
    show.note(corrections_words(found, language()))
    if len(found):
        table = corrections_table(found, language())
        show.table(table)
        show.downloads(table, f"koreksi_{snapshot.snapshot_id}")
