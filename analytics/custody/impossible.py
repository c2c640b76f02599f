"""What hand-overs cannot say: a seal in two places, boxes nobody packed, arrival before leaving.

Two hand-overs that exclude each other do not tell which of them is wrong; each names the other.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analytics.custody.chain import GAP_COLUMNS, STATES
from geo.codes import is_one_of

FINDINGS = ("receipt_id", "column", "gap", "found", "expected")
SEAL_TWICE, TOO_MANY, TOO_EARLY = "segel_ganda", "kotak_lebih", "sebelum_berangkat"
BEFORE_PLAN = "mendahului_rencana"
_LEFT = STATES[0]
_AFTER = STATES[2:]
"""States that lie behind a departure. A pier does not: a boat leaves after the truck came to it."""


def shared_seals(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the hand-overs whose seal is on another TPS, or in another desa, as well.

    Parameters
    ----------
    rows
        Hand-overs that stand, of one election: the columns of the table ``receipts``. A seal of a
        whole desa may be that of each of its TPS.

    Returns
    -------
    DataFrame
        Columns `FINDINGS`: one row per hand-over, with the seals, and in ``expected`` the other
        place of the first of them: a TPS, or the code of a desa.
    """
    known = rows[rows["seals"].notna()]
    each = known[["receipt_id", "desa_code", "tps_id"]].assign(seal=known["seals"].str.split("|"))
    each = each.explode("seal")
    seen = each.groupby("seal", sort=False)[["desa_code", "tps_id"]].transform("nunique")
    torn = each[seen.gt(1).any(axis=1)]
    found = []
    for seal, some in torn.groupby("seal", sort=True):
        places = list(some[["receipt_id", "desa_code", "tps_id"]].itertuples(index=False))
        for mine in places:
            others = (one for one in places if _apart(mine, one))
            if other := next(others, None):
                found.append((mine[0], seal, _place(other)))
    table = pd.DataFrame(found, columns=["receipt_id", "found", "expected"], dtype="str")
    grouped = table.groupby("receipt_id", as_index=False, sort=False)
    out = grouped.agg({"found": ", ".join, "expected": "first"})
    return _findings(out, "seals", SEAL_TWICE)


def _apart(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    own_tps = pd.notna(one[2]) and pd.notna(other[2])
    return one[1] != other[1] or (own_tps and one[2] != other[2])


def _place(row: tuple[str, str, str]) -> str:
    return row[2] if pd.notna(row[2]) else row[1]


def too_many_boxes(rows: pd.DataFrame, boxes: pd.DataFrame) -> pd.DataFrame:
    """Return the hand-overs of more boxes than the TPS, or all TPS of the desa, have.

    Parameters
    ----------
    rows
        Hand-overs: the columns of the table ``receipts``.
    boxes
        ``tps_id``, ``desa_code`` and ``boxes`` of each TPS of the election, by its kits. A TPS that
        is missing here is held to nothing.

    Returns
    -------
    DataFrame
        Columns `FINDINGS`; ``expected`` is the number of boxes that there are.
    """
    of_tps = boxes.set_index("tps_id")["boxes"]
    of_desa = boxes.groupby("desa_code")["boxes"].sum()
    most = rows["tps_id"].map(of_tps).fillna(rows["desa_code"].map(of_desa)).astype("Int64")
    most = most.mask(rows["tps_id"].notna() & ~is_one_of(rows["tps_id"], of_tps.index))
    over = rows["boxes"].gt(most).fillna(False).astype(bool)
    out = rows.loc[over, ["receipt_id"]].assign(
        found=rows.loc[over, "boxes"].astype("str"), expected=most[over].astype("str")
    )
    return _findings(out, "boxes", TOO_MANY)


def before_leaving(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the hand-overs behind a departure whose time lies before the first one on record.

    Parameters
    ----------
    rows
        Hand-overs that stand: the columns of the table ``receipts``.

    Returns
    -------
    DataFrame
        Columns `FINDINGS`; ``found`` and ``expected`` are ISO times in UTC. A TPS is held to its
        own departure and that of its desa, a desa to its own or else the first of its TPS. What has
        no departure on record is held to nothing.
    """
    left = rows[rows["state"].eq(_LEFT)]
    of_tps = left[left["tps_id"].notna()].groupby("tps_id")["at"].min()
    of_desa = left[left["tps_id"].isna()].groupby("desa_code")["at"].min()
    first = left.groupby("desa_code")["at"].min()
    desa, own = rows["desa_code"], rows["tps_id"].notna()
    whole, single = _times(desa, of_desa), _times(rows["tps_id"], of_tps)
    earliest = single.where(whole.isna() | single.lt(whole), whole)
    earliest = earliest.where(own | whole.notna(), _times(desa, first))
    early = rows["state"].isin(_AFTER) & rows["at"].lt(earliest)
    out = rows.loc[early, ["receipt_id"]].assign(
        found=_moments(rows.loc[early, "at"]), expected=_moments(earliest[early])
    )
    return _findings(out, "at", TOO_EARLY)


def before_plan(events: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """Return the first hand-over of each TPS that lies before its planned departure.

    Parameters
    ----------
    events
        As `analytics.custody.chain.events_of` returns them.
    planned
        As for `analytics.custody.chain.positions`.

    Returns
    -------
    DataFrame
        Columns `analytics.custody.chain.GAP_COLUMNS`. A kit that is on record as having left, early
        or not, is held to that and not to the plan.
    """
    leaves = planned[planned["state"].eq(_LEFT)].set_index("tps_id")["planned_at"]
    left = events[events["state"].eq(_LEFT)].groupby("tps_id")["at"].min()
    due, gone = _times(events["tps_id"], leaves), _times(events["tps_id"], left)
    early = events["state"].ne(_LEFT) & events["at"].lt(due) & ~gone.le(events["at"])
    rows = events[early].sort_values("at", kind="stable").drop_duplicates("tps_id")
    return rows.assign(
        gap=BEFORE_PLAN, found=_moments(rows["at"]), expected=_moments(due[rows.index])
    )[[*GAP_COLUMNS]]


def as_gaps(findings: Iterable[pd.DataFrame], events: pd.DataFrame) -> pd.DataFrame:
    """Return findings as gaps of each TPS that their hand-overs are about.

    Parameters
    ----------
    findings
        Frames with the columns `FINDINGS`.
    events
        As `analytics.custody.chain.events_of` returns them.

    Returns
    -------
    DataFrame
        Columns `analytics.custody.chain.GAP_COLUMNS`.
    """
    found = pd.concat([one for one in findings if len(one)] or [_none()], ignore_index=True)
    out = found.merge(events[["tps_id", "state", "receipt_id", "at"]], on="receipt_id")
    return out[[*GAP_COLUMNS]]


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=list(FINDINGS), dtype="str")


def _findings(out: pd.DataFrame, column: str, gap: str) -> pd.DataFrame:
    return out.assign(column=column, gap=gap)[[*FINDINGS]].reset_index(drop=True)


def _times(keys: pd.Series, times: pd.Series) -> pd.Series:
    return times.reindex(keys).set_axis(keys.index)


def _moments(stamps: pd.Series) -> pd.Series:
    return stamps.map(lambda stamp: stamp.isoformat(timespec="minutes")).astype("str")
