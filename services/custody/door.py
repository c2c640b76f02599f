"""What is held against a hand-over before it is kept: seals, boxes and times that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analytics.custody.chain import standing
from analytics.custody.impossible import (
    SEAL_TWICE,
    TOO_EARLY,
    TOO_MANY,
    before_leaving,
    shared_seals,
    too_many_boxes,
)
from analytics.plan.kits import kits
from data.custody.receipts import Doubts, no_doubts
from data.province import province, zone
from data.store.engine import Store
from services.plan.inputs import kit_rules

_REASONS = {
    SEAL_TWICE: "seal_elsewhere",
    TOO_MANY: "boxes_beyond_kit",
    TOO_EARLY: "before_departure",
}


def kit_boxes(tps: pd.DataFrame, election: str) -> pd.DataFrame:
    """Return the boxes of each TPS of an election by its kits; none without rules of kits.

    Parameters
    ----------
    tps
        Rows of the table of that name.

    Returns
    -------
    DataFrame
        ``tps_id``, ``desa_code``, ``boxes``.
    """
    own = tps[tps["election"].eq(election)].reset_index(drop=True)
    if election not in province().elections:
        return own.head(0)[["tps_id", "desa_code"]].assign(boxes=pd.Series(dtype="Int64"))
    unknown = own.assign(voters=pd.Series(pd.NA, own.index, dtype="Int64"))
    packed = kits(unknown, kit_rules(election))
    return own[["tps_id", "desa_code"]].assign(boxes=packed["boxes"])


def doubts_of(store: Store) -> Doubts:
    """Return what says of new hand-overs what cannot be, by the kits of their election."""
    tps = store.read("tps")

    def doubts(new: pd.DataFrame, stored: pd.DataFrame) -> pd.DataFrame:
        found = [no_doubts(new, stored)]
        for election in new["election"].dropna().unique():
            mine = new[new["election"].eq(election)]
            rows = pd.concat([stored[stored["election"].eq(election)], mine[stored.columns]])
            stands = standing(rows.reset_index(drop=True))
            own = stands[stands["receipt_id"].isin(mine["receipt_id"])]
            for one in (
                shared_seals(stands),
                too_many_boxes(own, kit_boxes(tps, str(election))),
                before_leaving(stands),
            ):
                found.append(_worded(one[one["receipt_id"].isin(own["receipt_id"])]))
        return pd.concat([one for one in found if len(one)] or found[:1], ignore_index=True)

    return doubts


def _worded(found: pd.DataFrame) -> pd.DataFrame:
    """Return findings as doubts, each with the seal and its other place, the boxes, the time."""
    hints = []
    for gap, said, wanted in zip(found["gap"], found["found"], found["expected"], strict=True):
        words = wanted
        if gap == TOO_EARLY:
            words = f"{pd.Timestamp(wanted).tz_convert(zone()):%d/%m/%Y %H:%M}"
        elif gap == SEAL_TWICE:
            words = f"{said}: {wanted}"
        hints.append(f" ({words})")
    reasons = found["gap"].map(_REASONS)
    return found[["receipt_id", "column"]].assign(reason=reasons, hint=hints)


def asked_of_imports(store: Store, election: str) -> Mapping[str, Any]:
    """Return what the import of hand-overs is read against."""
    del election
    return {"doubts": doubts_of(store)}
