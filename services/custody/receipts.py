"""Hand-overs of kits: reported, corrected, undone; where each TPS is, what is late or missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd

from analytics.custody.chain import (
    RETURNED,
    STATES,
    custody_gaps,
    events_of,
    positions,
    standing,
    whole_desa_counts,
)
from analytics.custody.impossible import as_gaps, before_plan, shared_seals, too_many_boxes
from data.clock import start_of
from data.custody.receipts import add_receipts, plain_seals
from data.plan.kept import load_plan
from data.store import tables as schema
from data.store.engine import Store
from services.custody.door import doubts_of, kit_boxes
from services.dataset import Dataset
from services.memo import memo
from services.plan.hands.adopted import InForce, plans_in_force
from services.plan.islets import places_of
from services.plan.views.islets import assumed_tps

__all__ = [
    "STATES",
    "Handover",
    "PlanTimes",
    "ReceiptView",
    "correct",
    "delivery_state",
    "receipt_view",
    "record_all",
    "undo",
]


@dataclass(frozen=True)
class Handover:
    """One hand-over as reported.

    Attributes
    ----------
    election, desa_code, tps_id
        Of which kit; without ``tps_id`` those of all TPS of the desa.
    state
        One of `STATES`.
    at
        When, with zone.
    boxes, short_count, damaged_count
        0 or more; None is not known.
    seals
        Seal numbers with comma, semicolon or bar between them.
    from_office, to_office, authorised_by, carrier, receiver
        Offices and companies, never persons.
    vehicle
        Plate, or name of the boat.
    note
        Anything else.
    """

    election: str
    desa_code: str
    state: str
    at: datetime
    tps_id: str | None = None
    boxes: int | None = None
    short_count: int | None = None
    damaged_count: int | None = None
    seals: str = ""
    from_office: str | None = None
    to_office: str | None = None
    authorised_by: str | None = None
    carrier: str | None = None
    receiver: str | None = None
    vehicle: str | None = None
    note: str | None = None


def record_all(
    store: Store, reported: Sequence[Handover], *, are_offices: bool = False
) -> list[str]:
    """Add hand-overs, all of them or none, and return their ids.

    Parameters
    ----------
    are_offices
        Whether whoever reports says that the offices are offices, though they read like persons.

    Raises
    ------
    SchemaError
        With every fault, such as a seal that is on another TPS: see `services.custody.door`.
    """
    rows = [_values(one, "catatan", None) for one in reported]
    return add_receipts(store, rows, doubts_of(store), are_offices=are_offices)


def correct(store: Store, receipt_id: str, reported: Handover, *, are_offices: bool = False) -> str:
    """Add a hand-over that replaces an earlier one, which stays in the table; see `record_all`."""
    rows = [_values(reported, "koreksi", receipt_id)]
    return add_receipts(store, rows, doubts_of(store), are_offices=are_offices)[0]


def undo(store: Store, receipt_id: str) -> str:
    """Add a row that undoes a hand-over, or an undo of one."""
    rows = store.read("receipts", schema.logistics.receipts.c.receipt_id == receipt_id)
    keep = ("election", "desa_code", "tps_id", "state", "at")
    values: dict[str, Any] = {} if rows.empty else {name: rows[name].iloc[0] for name in keep}
    return add_receipts(store, [{**values, "kind": "pembatalan", "refers_to": receipt_id}])[0]


def _values(reported: Handover, kind: str, refers_to: str | None) -> dict[str, Any]:
    values: dict[str, Any] = {
        key: value.strip() or None if isinstance(value, str) else value
        for key, value in vars(reported).items()
    }
    values["seals"] = plain_seals(reported.seals)
    return {**values, "kind": kind, "refers_to": refers_to}


@dataclass(frozen=True, eq=False)
class PlanTimes:
    """What a saved plan says about when each TPS is where.

    Attributes
    ----------
    name, election, kabupaten
        Of the plan.
    planned
        ``tps_id``, ``state``, ``planned_at`` (UTC); see `analytics.custody.chain.positions`.
    by_boat
        True by ``tps_id`` for kits that cross the sea.
    ends
        Its deadline, or its last arrival where that comes later (UTC); NaT for a plan of nothing.
    islets
        Name of the islet by ``tps_id`` for TPS that the plan takes to one.
    assumed
        Those of them whose number is assumed.
    """

    name: str
    election: str
    kabupaten: str
    planned: pd.DataFrame = field(repr=False)
    by_boat: pd.Series = field(repr=False)
    ends: pd.Timestamp
    islets: dict[str, str] = field(repr=False)
    assumed: frozenset[str] = field(repr=False)


def times_of(name: str, document: dict[str, Any]) -> PlanTimes:
    """Return the times of a plan document: departure, pier, arrival and hand-over of each TPS."""
    about, rows = document.get("about") or {}, []
    boat: set[str] = set()
    home = {row["tps_id"]: row["place_code"] for row in document["inputs"]["tps"]}
    for trip in document["trips"]:
        for stop in trip["stops"]:
            if trip["mode"] == "boat":
                boat.update(stop["tps"])
            rows += [(tps, "berangkat", stop["depart"]) for tps in stop.get("tps_loaded", ())]
            for tps in stop["tps"]:
                if home.get(tps) == stop["place_code"]:
                    rows.append((tps, "tiba", stop["arrive"]))
                    rows.append((tps, "diterima", stop.get("done") or stop["depart"]))
                else:
                    rows.append((tps, "di_dermaga", stop["arrive"]))
    planned = pd.DataFrame(rows, columns=["tps_id", "state", "planned_at"])
    planned["planned_at"] = pd.to_datetime(planned["planned_at"], utc=True)
    planned = planned.sort_values("planned_at").drop_duplicates(["tps_id", "state"])
    return PlanTimes(
        name,
        str(about.get("election", "")),
        str(about.get("kabupaten", "")),
        planned.reset_index(drop=True),
        pd.Series(True, index=pd.Index(sorted(boat), dtype="str"), dtype="boolean"),
        pd.to_datetime([document.get("deadline"), planned["planned_at"].max()], utc=True).max(),
        places_of(document),
        frozenset(assumed_tps(document)),
    )


@dataclass(frozen=True)
class Span:
    """From when to when the kits of an election are under way (UTC).

    Attributes
    ----------
    begins
        The first planned departure or hand-over, else voting day.
    ends
        The last hand-over, or the end of the plans where that comes later; else of voting day.
    over
        From when on nothing more is due: the day after voting day is over, or ``ends``.
    """

    begins: pd.Timestamp
    ends: pd.Timestamp
    over: pd.Timestamp


def _span(plans: Iterable[PlanTimes], rows: pd.DataFrame, vote: dt.date) -> Span:
    known = [times for times in plans if len(times.planned)]
    starts = [times.planned["planned_at"].min() for times in known]
    ends = [times.ends for times in known]
    if len(rows):
        starts.append(rows["at"].min())
        ends.append(rows["at"].max())
    day = start_of(vote).tz_convert("UTC")
    night = day + pd.Timedelta(days=2)
    begins = min(starts, default=day)
    last = max(ends, default=day + pd.Timedelta(days=1))
    return Span(begins, last, max(last, night))


@dataclass(frozen=True, eq=False)
class ReceiptView:
    """All that is known of the way of the kits of an election. Treat frames as read-only.

    Attributes
    ----------
    rows
        Hand-overs that stand, newest first.
    events
        See `analytics.custody.chain.events_of`.
    gaps
        See `analytics.custody.chain.custody_gaps`; gaps of a desa as a whole are in ``desa_gaps``.
    desa_gaps
        See `analytics.custody.chain.whole_desa_counts`.
    state
        One row per TPS of the register: see `delivery_state`.
    plans
        Plan in force by kabupaten that lateness is measured against.
    in_force
        The same, with the office that adopted it, if one did.
    span
        From when to when it is about the election at hand.
    """

    rows: pd.DataFrame = field(repr=False)
    events: pd.DataFrame = field(repr=False)
    gaps: pd.DataFrame = field(repr=False)
    desa_gaps: pd.DataFrame = field(repr=False)
    state: pd.DataFrame = field(repr=False)
    plans: dict[str, PlanTimes] = field(repr=False)
    in_force: dict[str, InForce] = field(repr=False)
    span: Span = field(repr=False)

    def islet(self, tps_id: str) -> tuple[str, bool] | None:
        """Return the islet that a plan takes a TPS to, and whether its number is assumed."""
        plans = (plan for plan in self.plans.values() if tps_id in plan.islets)
        return next(((plan.islets[tps_id], tps_id in plan.assumed) for plan in plans), None)


def receipt_view(data: Dataset, election: str, as_of: pd.Timestamp | None = None) -> ReceiptView:
    """Return where the kits of an election are, as known at a moment.

    Parameters
    ----------
    data
        The tables.
    election
        An election; one without a register of TPS has no rows.
    as_of
        Moment with zone; None: everything reported.
    """
    return _view(data, election, as_of)


@memo(8)
def _view(data: Dataset, election: str, as_of: pd.Timestamp | None) -> ReceiptView:
    in_force = plans_in_force(data, election)
    plans = {code: times_of(plan.name, load_plan(plan.name)) for code, plan in in_force.items()}
    reported = data.read("receipts")
    tps = data.tps[data.tps["election"].eq(election)].reset_index(drop=True)
    register = tps[["tps_id", "desa_code"]]
    rows = standing(reported[reported["election"].eq(election)].reset_index(drop=True))
    span = _span(plans.values(), rows, data.voting_day(election))
    if as_of is not None:
        rows = rows[rows["at"].le(as_of)]
        as_of = min(as_of, span.over)
    events = events_of(rows, register)
    boats = [times.by_boat for times in plans.values()]
    by_boat = pd.concat(boats) if boats else pd.Series(dtype="boolean")
    planned = pd.concat([times.planned for times in plans.values()] or [_no_times()])
    doubted = [shared_seals(rows), too_many_boxes(rows, kit_boxes(tps, election))]
    parts = custody_gaps(events, by_boat), as_gaps(doubted, events), before_plan(events, planned)
    gaps = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    desa_gaps = whole_desa_counts(rows, register)
    state = _per_tps(register, positions(events, planned, as_of), gaps, desa_gaps)
    newest = rows.sort_values(["at", "receipt_id"], ascending=False, ignore_index=True)
    return ReceiptView(newest, events, gaps, desa_gaps, state, plans, in_force, span)


def _no_times() -> pd.DataFrame:
    frame = pd.DataFrame({"tps_id": [], "state": [], "planned_at": []}, dtype="str")
    return frame.assign(planned_at=pd.to_datetime(frame["planned_at"], utc=True))


def _per_tps(
    register: pd.DataFrame, found: pd.DataFrame, gaps: pd.DataFrame, desa_gaps: pd.DataFrame
) -> pd.DataFrame:
    out = register.merge(found.reset_index(), how="left", on="tps_id")
    own = out["tps_id"].map(gaps["tps_id"].value_counts()).fillna(0)
    whole = out["desa_code"].map(desa_gaps["desa_code"].value_counts()).fillna(0)
    reported = out["state"].notna()
    return out.assign(
        gaps=(own + whole).astype("Int64").where(reported),
        returned=out["state"].eq(RETURNED).fillna(False).astype(bool),
    )


def delivery_state(data: Dataset, election: str, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """Return where the kit of each TPS is: what the logistics index is made from.

    Parameters
    ----------
    data
        The tables.
    election
        An election with a register of TPS; others give no rows.
    as_of
        Moment with zone to look from. Hand-overs after it are not known, and a kit that has not
        arrived though the plan says so is late by the time gone by since. None: all hand-overs,
        and no clock: what never arrived is as late as its last hand-over.

    Returns
    -------
    DataFrame
        One row per TPS of the register:

        ``tps_id``, ``desa_code``;
        ``state`` (`STATES`: berangkat, di_dermaga, tiba, diterima, dibuka, kembali; missing:
        no report, which is unknown and neither in time nor late), ``at`` (UTC, of the furthest
        hand-over);
        ``late_min`` minutes behind the plan in force: the adopted one, else the newest that passed
        its audit (negative: early; missing: no plan for its kabupaten, or no hand-over to hold
        against it);
        ``silent_min`` minutes since it should have arrived, where no hand-over is reported at all;
        ``short``, ``damaged`` pieces of the TPS itself, the last reported (missing: no report),
        ``short_desa``, ``damaged_desa`` the same of its whole desa where reported for all its
        TPS at once;
        ``gaps`` number of gaps in custody (missing where nothing is reported);
        ``returned`` whether its boxes came back.

    Notes
    -----
    Kept for the tables and the kept plans; about a second for 20,000 hand-overs.
    """
    return receipt_view(data, election, as_of).state
