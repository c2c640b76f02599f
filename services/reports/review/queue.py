"""What waits for whoever is asked: reports to review, own ones that were sent back, old potensi."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pandas as pd

from analytics.reports.overview import open_potensi
from analytics.reports.review.twins import likely_twins
from data.clock import today, utc_now
from data.reports.review.events import brought
from data.store.ledger.acts import Actor, signs_in
from data.store.ledger.rights import may, not_own
from data.vocabulary import TAKEN_OUT
from services.dataset import Dataset
from services.memo import memo
from services.reports.review.decisions import LOOKED_AT, URGENT

CLAIM_MINUTES = 30
"""For how long a claim stands without a decision: whoever was called away holds nothing up."""
_WAITS = "belum"
SENT_BACK_DAYS = 30
"""For how many days after the decision a report that was sent back is shown to who brought it."""
TWINS = 3


@dataclass(frozen=True, eq=False)
class Queue:
    """What waits for one account.

    Attributes
    ----------
    rows
        Reports that wait, first what to do first: the columns of `Dataset.reviewed` and ``urgent``,
        ``entered`` (day), ``entered_by``, ``looked_at_by`` and ``looked_at`` (a claim of another
        account that stands), ``looked_at_here`` (one of this account), ``hold`` (why it does not
        decide about it: ``role``, ``own``, ``area``, ``agency``; empty: it may).
    sent_back
        Reports that this account brought in, or its agency, and that were rejected lately, with
        ``note`` (why) and ``decided`` (day).
    potensi
        Open ones (`open_potensi`), those first that nobody has spoken of for long.
    """

    rows: pd.DataFrame = field(repr=False)
    sent_back: pd.DataFrame = field(repr=False)
    potensi: pd.DataFrame = field(repr=False)

    @property
    def mine(self) -> pd.DataFrame:
        """The part of ``rows``, with its columns, that this account may decide about."""
        return self.rows[self.rows["hold"].eq("")]


def queue_of(data: Dataset, actor: Actor) -> Queue:
    """Return what waits for an account."""
    rows = data.reviewed
    waiting = _waiting(data, rows[rows["verification"].eq(_WAITS)], actor)
    potensi = open_potensi(data.standing, today())
    potensi = potensi.sort_values("stale", ascending=False, kind="stable")
    return Queue(waiting, _sent_back(data, rows, actor), potensi)


@memo(1)
def n_waiting(data: Dataset) -> tuple[int, int]:
    """Return how many reports wait for review, and how many of them are urgent."""
    rows = data.reviewed
    ids = rows.loc[rows["verification"].eq(_WAITS), "report_id"]
    return len(ids), int(_latest(data, URGENT).reindex(ids)["value"].notna().sum())


def _waiting(data: Dataset, rows: pd.DataFrame, actor: Actor) -> pd.DataFrame:
    with data.store.snapshot() as connection:
        by = brought(connection, rows["import_id"].dropna()).reindex(rows["import_id"])
    urgent = _latest(data, URGENT).reindex(rows["report_id"])["value"].notna().to_numpy()
    claims = _latest(data, LOOKED_AT).reindex(rows["report_id"])
    stands = claims["recorded_at"] > pd.Timestamp(utc_now() - timedelta(minutes=CLAIM_MINUTES))
    stands &= claims["value"].notna()
    mine = claims["value"].eq(actor.account)
    other = (stands & ~mine).to_numpy()
    out = rows.assign(
        is_total=False,
        urgent=urgent,
        entered=pd.to_datetime(by["day"].array),
        entered_by=by["account"].astype("str").array,
        looked_at_by=claims["value"].astype("str").where(other).array,
        looked_at=claims["recorded_at"].where(other).array,
        looked_at_here=(stands & mine).to_numpy(),
    )
    out = out.assign(hold=_hold(out, actor))
    severity = out["severity"].astype("Float64").fillna(0)
    order = pd.DataFrame(
        {
            "held": out["hold"].ne(""),
            "urgent": ~out["urgent"],
            "severity": -severity,
            "entered": out["entered"],
            "report_id": out["report_id"],
        }
    ).sort_values(["held", "urgent", "severity", "entered", "report_id"])
    return out.loc[order.index].reset_index(drop=True)


def _hold(rows: pd.DataFrame, actor: Actor) -> pd.Series:
    hold = pd.Series("", index=rows.index, dtype="str")
    if signs_in(actor):
        hold = hold.mask(rows["entered_by"].eq(actor.account).fillna(False), "own")
    for column, wrong in not_own(actor, rows):
        hold = hold.mask(wrong, "agency" if column == "agency" else "area")
    return hold if may(actor, "report.verify") else hold.mask(hold.eq(""), "role")


def _latest(data: Dataset, about: str) -> pd.DataFrame:
    """Return the last event of a sort by report."""
    events = data.read("report_events")
    rows = events[events["about"].eq(about)].sort_values("event_id")
    return rows.drop_duplicates("report_id", keep="last").set_index("report_id")


def _sent_back(data: Dataset, rows: pd.DataFrame, actor: Actor) -> pd.DataFrame:
    back = rows[rows["verification"].isin(TAKEN_OUT)]
    last = _latest(data, "verification").reindex(back["report_id"])
    day = pd.to_datetime(last["recorded_at"]).dt.tz_localize(None).array
    back = back.assign(note=last["note"].astype("str").array, decided=day)
    back = back[back["decided"] >= pd.Timestamp(today() - timedelta(days=SENT_BACK_DAYS))]
    if not signs_in(actor):
        return back
    with data.store.snapshot() as connection:
        by = brought(connection, back["import_id"].dropna())["account"]
    own = back["import_id"].map(by).eq(actor.account) | back["agency"].eq(actor.office)
    return back[own.fillna(False).astype(bool)]


def twins_of(data: Dataset, report_id: str) -> pd.DataFrame:
    """Return the few reports that may tell of the same event as one; see `likely_twins`."""
    rows = data.reviewed
    one = rows.loc[rows["report_id"].eq(report_id)].iloc[0]
    others = rows[~rows["verification"].isin(TAKEN_OUT)]
    found: pd.DataFrame = likely_twins(others, one).head(TWINS)
    return found
