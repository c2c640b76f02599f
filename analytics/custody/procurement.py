"""How far each item has come on its way from contract to seal, and by how much it is behind.

A stage without date or count is not known; that is neither done nor behind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

STAGES = (
    "kontrak",
    "cetak",
    "tiba",
    "sortir_lipat",
    "rusak_kurang",
    "pengganti",
    "set_tps",
    "segel",
)
DAMAGE, REPLACEMENT = "rusak_kurang", "pengganti"
BEHIND = ("terlambat", "kurang")
STATUSES = (*BEHIND, "selesai_terlambat", "selesai", "berjalan", "tidak_diketahui")
"""Past its day; too few; done late; done; not due yet; not known. The gravest first."""
KEY = ["kabupaten_code", "item", "stage"]


def progress(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return where each stage stands on a day.

    Parameters
    ----------
    rows
        Of one election: `KEY`, ``planned_date``, ``actual_date``, ``planned_count``,
        ``actual_count`` and any other columns; one row per key.
    as_of
        The day to look from. What was done after it is not done yet; a count without a date counts
        as known.

    Returns
    -------
    DataFrame
        The rows, and for damaged or short pieces one row more for their replacement where none
        is reported, with ``status`` (`STATUSES`), ``days_behind`` (0 or more, missing without a
        planned date) and ``missing_count`` (pieces that lack, 0 or more, missing where unknown).
        A replacement without a number of its own is to be as many as were damaged or short. What
        was damaged or short is a finding and never itself behind. Ordered by kabupaten, item and
        stage.
    """
    table = _with_replacements(rows)
    later = table["actual_date"].gt(as_of).fillna(False).astype(bool)
    actual = table["actual_date"].mask(later)
    count = table["actual_count"].astype("Int64").mask(later)
    planned = table["planned_count"].astype("Int64")
    finding = table["stage"].eq(DAMAGE)
    missing = (planned - count).clip(lower=0).mask(finding)
    enough = count.notna() & missing.fillna(0).eq(0)
    done = actual.notna() | (enough & table["actual_date"].isna())
    until = actual.where(actual.notna(), as_of)
    days = (until - table["planned_date"]).dt.days.clip(lower=0)
    days = days.mask(done & actual.isna(), 0).astype("Int64")
    days = days.mask(table["planned_date"].isna()).mask(finding)
    lacks = missing.fillna(0).gt(0)
    overdue = days.fillna(0).gt(0)
    status = np.select(
        [
            ~done & overdue,
            lacks & (count.notna()),
            done & overdue,
            done,
            table["planned_date"].notna(),
        ],
        ["terlambat", "kurang", "selesai_terlambat", "selesai", "berjalan"],
        default="tidak_diketahui",
    )
    out = table.assign(
        actual_date=actual,
        actual_count=count,
        status=pd.Series(status, index=table.index, dtype="str"),
        days_behind=days,
        missing_count=missing,
    )
    order = out["stage"].map({stage: n for n, stage in enumerate(STAGES)})
    return (
        out.assign(_order=order)
        .sort_values(["kabupaten_code", "item", "_order"], ignore_index=True)
        .drop(columns="_order")
    )


def _with_replacements(rows: pd.DataFrame) -> pd.DataFrame:
    """Give replacements the number they are to reach, and a row where none is reported."""
    found = rows[rows["stage"].eq(DAMAGE) & rows["actual_count"].fillna(0).gt(0)]
    if found.empty:
        return rows.reset_index(drop=True)
    due = found.set_index(["kabupaten_code", "item"])["actual_count"]
    have = rows[rows["stage"].eq(REPLACEMENT)].set_index(["kabupaten_code", "item"]).index
    new = found[~pd.MultiIndex.from_frame(found[["kabupaten_code", "item"]]).isin(have)]
    empty = ["planned_date", "actual_date", "planned_count", "actual_count"]
    blank = new[[c for c in rows.columns if c in {*KEY, "election"}]].assign(stage=REPLACEMENT)
    table = pd.concat([rows, blank], ignore_index=True)
    table = table.astype({name: rows[name].dtype for name in empty})
    mine = pd.MultiIndex.from_frame(table[["kabupaten_code", "item"]])
    wanted = pd.Series(due.reindex(mine).to_numpy(), index=table.index).astype("Int64")
    open_ones = table["stage"].eq(REPLACEMENT) & table["planned_count"].isna()
    return table.assign(planned_count=table["planned_count"].mask(open_ones, wanted))


def behind(found: pd.DataFrame) -> pd.DataFrame:
    """Return the stages that are behind, the one with most days first, then with most pieces.

    ``found`` is what `progress` returns; the result has its columns.
    """
    late = found[found["status"].isin(BEHIND)]
    return late.sort_values(
        ["days_behind", "missing_count"], ascending=False, na_position="last", kind="stable"
    )


def board(found: pd.DataFrame) -> pd.DataFrame:
    """Return the gravest status per item (rows, with its kabupaten) and stage (columns).

    Stages without a report are missing. ``found`` is what `progress` returns.
    """
    rank = {status: n for n, status in enumerate(STATUSES)}
    worst = found.assign(rank=found["status"].map(rank)).sort_values("rank", kind="stable")
    worst = worst.drop_duplicates(KEY)
    table = worst.pivot_table(
        index=["kabupaten_code", "item"], columns="stage", values="status", aggfunc="first"
    )
    return table.reindex(columns=list(STAGES))
