"""Procurement to kit: how far each item has come, what is behind and by how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pandas as pd

from analytics.custody.procurement import (
    BEHIND,
    DAMAGE,
    REPLACEMENT,
    STAGES,
    behind,
    board,
    progress,
)
from analytics.plan.kits import kits
from data.custody.procurement import drop_row, procurement_rows, save_row
from data.province import province
from data.store.rules_logistics import BALLOTS, PROCUREMENT_ITEMS
from services.dataset import Dataset
from services.plan.inputs import kit_rules
from services.texts import day, label, number, text

__all__ = [
    "BALLOTS",
    "FOUND",
    "ITEMS",
    "STAGES",
    "ProcurementView",
    "board_rows",
    "default_election",
    "finding",
    "items_of",
    "procurement_table",
    "procurement_view",
    "save_stage",
    "source_rows",
    "stage_row",
    "undo_stage",
    "words",
]

ITEMS = PROCUREMENT_ITEMS
FOUND = "temuan"
"""Shown for pieces found damaged or short, which are reported and yet no progress."""
_FROM_KITS = {"kotak": "boxes", "bilik": "booths", "tinta": "ink"}


@dataclass(frozen=True, eq=False)
class ProcurementView:
    """What the board shows.

    Attributes
    ----------
    found
        Stages with status, see `analytics.custody.procurement.progress`.
    behind
        Those behind, the longest first.
    board
        Status per item and stage.
    needs
        Boxes, booths and ink by (kabupaten, item) as the rules of the election and its TPS give
        them; empty where the TPS are not known.
    as_of
        The day looked from.
    """

    found: pd.DataFrame = field(repr=False)
    behind: pd.DataFrame = field(repr=False)
    board: pd.DataFrame = field(repr=False)
    needs: pd.Series = field(repr=False)
    as_of: date


def procurement_view(
    data: Dataset, election: str, kabupaten: str | None, as_of: date
) -> ProcurementView:
    """Return how far procurement is on a day, of a kabupaten or of all."""
    rows = procurement_rows(data, election)
    if kabupaten:
        rows = rows[rows["kabupaten_code"].eq(kabupaten)]
    found = progress(rows, pd.Timestamp(as_of))
    return ProcurementView(
        found, behind(found), board(found), _needs(data, election, kabupaten), as_of
    )


def _needs(data: Dataset, election: str, kabupaten: str | None) -> pd.Series:
    """Return what the kits of all TPS need, by kabupaten and item."""
    tps = data.tps[data.tps["election"].eq(election)]
    if kabupaten:
        tps = tps[tps["desa_code"].str.startswith(f"{kabupaten}.")]
    if tps.empty or election not in province().elections:
        return pd.Series(dtype="Int64")
    each = kits(
        tps.assign(voters=pd.Series(pd.NA, index=tps.index, dtype="Int64")), kit_rules(election)
    )
    code = tps["desa_code"].str.split(".").str[:2].str.join(".")
    total = each[list(_FROM_KITS.values())].groupby(code).sum()
    total.columns = pd.Index(list(_FROM_KITS))
    return cast("pd.Series", total.stack())  # noqa: PD013 - a series by two keys is what is wanted


def default_election(data: Dataset, as_of: date) -> str:
    """Return the next election to vote from a day on; else the last one with a report."""
    known = data.elections.sort_values("voting_date")
    coming = known[known["voting_date"].ge(pd.Timestamp(as_of))]
    if len(coming):
        return str(coming["election"].iloc[0])
    reported = [e for e in reversed(known["election"]) if len(procurement_rows(data, e))]
    return str((reported or [known["election"].iloc[-1]])[0])


def items_of(election: str) -> tuple[str, ...]:
    """Return the items that an election needs; all of them where its contests are not known."""
    known = province().elections.get(election)
    named = (f"{BALLOTS[0]}_{contest}" for contest in known.contests) if known else BALLOTS
    ballots = {BALLOTS[0], *named}
    return tuple(item for item in ITEMS if item not in BALLOTS or item in ballots)


def stage_row(view: ProcurementView, key: tuple[str, str, str]) -> dict[str, Any]:
    """Return the report of a stage (kabupaten, item, stage); empty where nothing is."""
    kabupaten, item, stage = key
    found = view.found
    mine = found[
        found["kabupaten_code"].eq(kabupaten) & found["item"].eq(item) & found["stage"].eq(stage)
    ]
    if mine.empty:
        return {}
    row = mine.iloc[0]
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}


def save_stage(data: Dataset, values: dict[str, Any]) -> None:
    """Replace the report of a stage.

    Raises
    ------
    SchemaError
        With every fault; nothing is stored then.
    """
    save_row(
        data.store,
        {
            name: value or None if isinstance(value, str) else value
            for name, value in values.items()
        },
    )


def undo_stage(data: Dataset, election: str, key: tuple[str, str, str]) -> None:
    """Take a stage out of the store; a published fact in its place shows again."""
    kabupaten, item, stage = key
    drop_row(
        data.store,
        {"election": election, "kabupaten_code": kabupaten, "item": item, "stage": stage},
    )


def finding(view: ProcurementView, data: Dataset, lang: str) -> str:
    """Return the finding of the board in a sentence."""
    if view.found.empty:
        return text("procurement.none_title", lang)
    if view.behind.empty:
        known = view.found["status"].ne("tidak_diketahui").sum()
        said = text("procurement.on_time", lang, n=number(int(known), lang))
    else:
        worst = view.behind.iloc[0]
        said = text(
            "procurement.headline",
            lang,
            n=number(len(view.behind), lang),
            worst=f"{_place(worst, data, lang)}: {words(worst, lang)}",
        )
    silent = view.found["stage"].eq(REPLACEMENT) & view.found["status"].eq("tidak_diketahui")
    pieces = int(view.found.loc[silent, "planned_count"].sum())
    if not pieces:
        return said
    return f"{said}; {text('procurement.open_replacement', lang, n=number(pieces, lang))}"


def _place(row: pd.Series, data: Dataset, lang: str) -> str:
    item = label("procurement_item", row["item"], lang)
    stage = label("procurement_stage", row["stage"], lang)
    return f"{data.names[row['kabupaten_code']]}, {item.lower()}, {stage.lower()}"


def words(row: pd.Series, lang: str) -> str:
    """Return where a stage, a ``row`` of `analytics.custody.procurement.progress`, stands."""
    if row["stage"] == DAMAGE and pd.notna(row["actual_count"]):
        found = [text("procurement.found", lang, n=number(row["actual_count"], lang))]
        known = pd.notna(row["actual_date"])
        return " · ".join([*found, *([day(row["actual_date"], lang, "short")] if known else [])])
    parts = [label("procurement_status", row["status"], lang)]
    if row["status"] == "tidak_diketahui" and pd.notna(row["planned_count"]):
        parts.append(text("procurement.wanted", lang, n=number(row["planned_count"], lang)))
    if row["status"] in {"selesai", "selesai_terlambat"} and pd.notna(row["actual_date"]):
        parts.append(day(row["actual_date"], lang, "short"))
    if row["status"] == "berjalan":
        parts.append(text("procurement.due", lang, day=day(row["planned_date"], lang, "short")))
    if pd.notna(row["days_behind"]) and row["days_behind"] > 0:
        parts.append(text("procurement.days", lang, n=number(row["days_behind"], lang)))
    if pd.notna(row["missing_count"]) and row["missing_count"] > 0:
        parts.append(text("procurement.missing", lang, n=number(row["missing_count"], lang)))
    if row["status"].startswith("selesai") and pd.notna(row["actual_count"]):
        parts.append(text("procurement.count", lang, n=number(row["actual_count"], lang)))
    return " · ".join(parts)


Cell = tuple[str | None, str]


def board_rows(
    view: ProcurementView, data: Dataset, lang: str, whole: str | None = None
) -> list[tuple[str, list[Cell]]]:
    """Return the board: per item its name, and status and words of each stage in `STAGES`.

    Parameters
    ----------
    view
        What is reported.
    data
        Gives names.
    lang
        Language of the words.
    whole
        An election: all its items are listed, also those without a report. None: only the
        others.
    """
    by_key = {
        (row["kabupaten_code"], row["item"], row["stage"]): row for _, row in view.found.iterrows()
    }
    places = list(dict.fromkeys(view.board.index.get_level_values(0)))
    reported = list(view.board.index)
    keys = [(place, item) for place in places for item in ITEMS if (place, item) in reported]
    if whole and len(places) == 1:
        silent = {BALLOTS[0], ITEMS[-1]}  # all ballots at once, other items: only where reported
        wanted = [(places[0], item) for item in items_of(whole) if item not in silent]
        keys = [key for key in ((places[0], i) for i in ITEMS) if key in {*reported, *wanted}]
    rows = []
    for place, item in keys:
        name = label("procurement_item", item, lang)
        cells: list[Cell] = []
        for stage in STAGES:
            row = by_key.get((place, item, stage))
            if row is None:
                cells.append((None, ""))
                continue
            is_finding = stage == DAMAGE and row["status"] == "selesai"
            cells.append((FOUND if is_finding else row["status"], words(row, lang)))
        rows.append((f"{data.names[place]}: {name}" if len(places) > 1 else name, cells))
    return rows


def source_rows(view: ProcurementView, data: Dataset, lang: str) -> list[tuple[str, str, str]]:
    """Return what each stage with a note or source is known from: place, note, source."""
    known = view.found[view.found["note"].notna() | view.found["source"].notna()]
    return [
        (_place(row, data, lang), row["note"], row["source"])
        for _, row in known.fillna({"note": "", "source": ""}).iterrows()
    ]


def procurement_table(view: ProcurementView, data: Dataset, lang: str) -> pd.DataFrame:
    """Return every stage as a row for a spreadsheet, what is behind first."""
    rank = {status: n for n, status in enumerate(BEHIND)}
    found = view.found.assign(_rank=view.found["status"].map(rank).fillna(len(rank)))
    found = found.sort_values("_rank", kind="stable")
    keys = pd.MultiIndex.from_frame(found[["kabupaten_code", "item"]])
    columns: dict[str, Any] = {
        "kabupaten": found["kabupaten_code"].map(data.names),
        "item": [label("procurement_item", item, lang) for item in found["item"]],
        "stage": [label("procurement_stage", stage, lang) for stage in found["stage"]],
        "status": [label("procurement_status", status, lang) for status in found["status"]],
        "planned_date": found["planned_date"].dt.date,
        "actual_date": found["actual_date"].dt.date,
        "days_behind": found["days_behind"],
        "planned_count": found["planned_count"],
        "actual_count": found["actual_count"],
        "missing_count": found["missing_count"],
        "need": view.needs.reindex(keys).to_numpy() if len(view.needs) else pd.NA,
        "note": found["note"],
        "source": found["source"],
    }
    return pd.DataFrame(
        {
            label("procurement_column", name, lang): pd.Series(values).array
            if name != "need"
            else values
            for name, values in columns.items()
        }
    )
