"""What is late or lacks before a vote: procurement, hand-overs and adopted plans on a day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from analytics.custody.procurement import BEHIND, DAMAGE, REPLACEMENT, progress
from analytics.plan.lateness import LatenessParams
from analytics.warning.logistics import LACKING
from analytics.warning.rules import Rule
from data.custody.procurement import procurement_rows
from data.plan.kept import load_plan
from services.dataset import Dataset
from services.memo import memo
from services.plan.hands.adopted import plans_in_force
from services.plan.lateness import lateness_of
from services.risk.index import deliveries

RUNS = 400
"""Of a simulated plan: the share in time is known to about 2.5 percent points."""


def lacking_on(data: Dataset, election: str, as_of: date, rule: Rule) -> pd.DataFrame:
    """Return what is behind on a day, by kabupaten: `analytics.warning.logistics.LACKING`.

    Only what has a day is reckoned with: of a count without one nobody can say since when it was
    known. Of plans those that an office adopted by that day.

    Parameters
    ----------
    election
        The vote.
    as_of
        The day of knowledge.
    rule
        The rule ``logistik``: ``late_minutes`` and ``sure_percent``.
    """
    rows = [
        *_procurement(data, election, as_of),
        *_receipts(data, election, as_of, rule),
        *_plans(data, election, as_of, rule),
    ]
    return pd.DataFrame(rows, columns=LACKING).astype({"since": "datetime64[s]"})


def _procurement(data: Dataset, election: str, as_of: date) -> list[dict[str, object]]:
    known = procurement_rows(data, election)
    today = pd.Timestamp(as_of)
    told = known["actual_date"].le(today) | known["planned_date"].notna()
    found = progress(known[told.fillna(False) & ~_later_damage(known, today)], today)
    behind = found["status"].isin(BEHIND)
    replace = found["stage"].eq(REPLACEMENT) & found["status"].eq("tidak_diketahui")
    damaged = found[found["stage"].eq(DAMAGE)].set_index(["kabupaten_code", "item"])["actual_date"]
    rows = []
    for row in found[behind | replace].to_dict("records"):
        since = row["planned_date"]
        if pd.isna(since):
            since = damaged.get((row["kabupaten_code"], row["item"]))
        open_ones = row["status"] == "tidak_diketahui"
        pieces = row["planned_count"] if open_ones else row["missing_count"]
        figures: dict[str, float] = {
            "n_behind": 1,
            "missing": 0 if pd.isna(pieces) else int(pieces),
        }
        if not open_ones and pd.notna(row["days_behind"]):
            figures["behind_days"] = int(row["days_behind"])
        key = f"{election}/{row['item']}/{row['stage']}"
        rows.append(_lack(row["kabupaten_code"], "procurement", key, since, figures))
    return rows


def _later_damage(known: pd.DataFrame, today: pd.Timestamp) -> pd.Series:
    """Return which rows tell of damage that was found later, or on an unknown day."""
    dated = known["actual_date"].le(today).fillna(False).astype(bool)
    return known["stage"].eq(DAMAGE) & ~dated


def _receipts(data: Dataset, election: str, as_of: date, rule: Rule) -> list[dict[str, object]]:
    if not data.read("receipts")["election"].eq(election).any():
        return []
    state = deliveries(data, election, as_of)
    late = state["late_min"].astype("Float64").gt(rule.limit("late_minutes")).fillna(False)
    silent = state["silent_min"].astype("Float64").gt(rule.limit("late_minutes")).fillna(False)
    behind = state[late.astype(bool) | silent.astype(bool)]
    home = behind["desa_code"].str.split(".").str[:2].str.join(".")
    return [
        _lack(code, "receipts", f"{election}/{code}", as_of, {"late_tps": len(own)})
        for code, own in behind.groupby(home)
    ]


def _plans(data: Dataset, election: str, as_of: date, rule: Rule) -> list[dict[str, object]]:
    rows = []
    for code, plan in plans_in_force(data, election).items():
        adopted = plan.adoption
        if adopted is None or plan.is_gone or adopted.adopted_at.date() > as_of:
            continue
        share = _in_time(data, plan.name)
        if share is not None and 100 * share < rule.limit("sure_percent"):
            figures = {"in_time_share": round(share, 3)}
            since = adopted.adopted_at.date()
            rows.append(_lack(code, "plan", adopted.adoption_id, since, figures))
    return rows


@memo(16)
def _in_time(data: Dataset, name: str) -> float | None:
    """Return the simulated chance that all TPS of a saved plan are in time; None for no chance."""
    known = {plan.name for plan in data.plans}
    share = lateness_of(load_plan(name), LatenessParams(runs=RUNS)).all_in_time
    return float(share) if name in known and np.isfinite(share) else None


def _lack(
    kabupaten: object, kind: str, key: str, since: object, figures: dict[str, float]
) -> dict[str, object]:
    return dict(zip(LACKING, (str(kabupaten), kind, key, since, figures), strict=True))
