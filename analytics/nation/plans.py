"""The distribution plan of one kabupaten, solved and audited as on the pages.

What is planned from are frames of depots, legs and vehicles and the TPS. Which boat lands where
follows from the legs: a desa that no truck reaches from the warehouse is reached by boat from a
pier, straight or over a landing from which a local carrier goes on.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analytics.network.sea_windows import daylight
from analytics.plan.audit import audit
from analytics.plan.document import Plan, to_document
from analytics.plan.inputs import MODES, PlanInputs, PlanRules, plan_inputs
from analytics.plan.solver.solve import solve_plan
from geo.errors import ParameterError

BOXES_PER_TPS = 5
"""Boxes of a general election, one per contest."""
SUMMARY = (
    "kabupaten", "passed", "trips", "latest_arrival", "least_slack_min", "late", "unplanned_tps",
    "faults", "seconds",
)  # fmt: skip


@dataclass(frozen=True)
class PlanDays:
    """When kits may leave, when they are due, and who works when; assumptions.

    Attributes
    ----------
    island_days, land_days
        1 to 10: so many days before the vote the kits of islands, and the others, may leave.
    release, deadline
        Clock times HH:MM: from when they may be loaded on the first day, and by when they are due
        on the day before the vote.
    truck_hours, boat_hours, local_hours
        Pairs of clock times HH:MM between which vehicles work, boats in daylight only.
    utc_hours
        7 to 9: the zone that the times are in.
    """

    island_days: int = 3
    land_days: int = 1
    release: str = "06:00"
    deadline: str = "18:00"
    truck_hours: tuple[str, str] = ("05:00", "19:00")
    boat_hours: tuple[str, str] = ("06:00", "17:30")
    local_hours: tuple[str, str] = ("05:00", "19:00")
    utc_hours: int = 7

    def __post_init__(self) -> None:
        for name, low, high in (("island_days", 1, 10), ("land_days", 1, 10), ("utc_hours", 7, 9)):
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")
        spans = {mode: self._hours(mode) for mode in MODES}
        spans["release"] = (self.release, self.deadline)
        for name, (opens, closes) in spans.items():
            if not _minutes(opens) < _minutes(closes):
                raise ParameterError(name, f"{opens} to {closes}", "a time and a later one")

    @property
    def zone(self) -> dt.timezone:
        """The zone that the times are in."""
        return dt.timezone(dt.timedelta(hours=self.utc_hours))

    def hours_of(self, mode: str) -> float:
        """Return how many hours a day a mode works."""
        opens, closes = self._hours(mode)
        return (_minutes(closes) - _minutes(opens)) / 60

    def release_at(self, vote: dt.date, days: int) -> pd.Timestamp:
        """Return from when kits may be loaded that leave so many days before the vote."""
        return self._at(vote - dt.timedelta(days=days), self.release)

    def deadline_at(self, vote: dt.date) -> pd.Timestamp:
        """Return by when kits are due."""
        return self._at(vote - dt.timedelta(days=1), self.deadline)

    def windows(self, vote: dt.date, lon: float, lat: float) -> pd.DataFrame:
        """Return the hours of all modes as `PlanInputs` has them; daylight at a place, degrees."""
        first = max(self.island_days, self.land_days)
        rows = []
        for mode in MODES:
            for n in range(first, 0, -1):
                day = vote - dt.timedelta(days=n)
                opens, closes = (self._at(day, clock) for clock in self._hours(mode))
                if mode == "boat":
                    rise, fall = daylight(day, lon, lat, self.zone)
                    opens, closes = max(opens, rise), min(closes, fall)
                rows.append({"scope": "mode", "key": mode, "opens": opens, "closes": closes})
        return pd.DataFrame(rows).assign(is_open=True)

    def _hours(self, mode: str) -> tuple[str, str]:
        opens, closes = getattr(self, f"{mode}_hours")
        return str(opens), str(closes)

    def _at(self, day: dt.date, clock: str) -> pd.Timestamp:
        return pd.Timestamp(f"{day.isoformat()}T{clock}:00").tz_localize(self.zone)


def _minutes(clock: str) -> int:
    try:
        time = dt.time.fromisoformat(clock)
    except ValueError as err:
        raise ParameterError("time", clock, "a time of day HH:MM") from err
    return time.hour * 60 + time.minute


@dataclass(frozen=True)
class NationPlan:
    """How a plan is made.

    Attributes
    ----------
    days
        When kits leave and are due.
    boxes_per_tps
        1 to 20.
    seed
        0 or above.
    effort_s
        0.1 to 600: how much to search, in seconds of a usual machine.
    """

    days: PlanDays = field(default_factory=PlanDays)
    boxes_per_tps: int = BOXES_PER_TPS
    seed: int = 1
    effort_s: float = 1.0

    def __post_init__(self) -> None:
        ranges = {"boxes_per_tps": (1, 20), "seed": (0, 2**31), "effort_s": (0.1, 600)}
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(name, getattr(self, name), f"{low} to {high}")


@dataclass(frozen=True, eq=False)
class PlanResult:
    """A plan of one kabupaten.

    Attributes
    ----------
    document
        As docs/plan-schema.md says, with the verdict of the audit; JSON values.
    summary
        One row: ``kabupaten``, ``passed`` (nothing wrong, late or left out), ``trips``,
        ``latest_arrival`` (of the last kit at its place; a time with zone), ``least_slack_min``
        (before the deadline; negative: late; NaN where nothing is delivered), ``late`` (places),
        ``unplanned_tps`` (in no trip), ``faults`` (of the audit), ``seconds`` (of search).
    """

    document: dict[str, Any] = field(repr=False)
    summary: pd.DataFrame = field(repr=False)


def kabupaten_plan(
    kabupaten: str,
    depots: pd.DataFrame,
    legs: pd.DataFrame,
    fleet: pd.DataFrame,
    tps: pd.DataFrame,
    voting_date: dt.date,
    params: NationPlan | None = None,
) -> PlanResult:
    """Make and audit the plan of a kabupaten.

    Parameters
    ----------
    kabupaten
        Its code.
    depots
        ``depot_id``, ``kabupaten``, ``kind`` (one gudang, at most one dermaga), ``lon``, ``lat``.
    legs
        ``kabupaten``, ``from_code``, ``to_code``, ``mode``, ``low_min``, ``usual_min``,
        ``high_min``, ``area``.
    fleet
        ``kabupaten``, ``vehicle_id``, ``mode``, ``base``, ``capacity_boxes``, ``cost_per_hour``,
        ``crew_hours``, ``available_from``.
    tps
        ``tps_id``, ``desa_code``. Of all four frames, rows of other kabupaten are left out.
    voting_date
        The day of the vote.
    params
        See `NationPlan`.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or without exactly one warehouse.
    PlanInputError
        When depots, legs and fleet make no plan possible; it names every fault.
    """
    params = params or NationPlan()
    inputs = inputs_of_kabupaten(kabupaten, depots, legs, fleet, tps, voting_date, params)
    plan = solve_plan(inputs, params.seed, params.effort_s)
    about = {"kabupaten": kabupaten, "voting_date": voting_date.isoformat(), "access": "terbatas"}
    document = to_document(plan, inputs, about=about)
    verdict = audit(document).verdict()
    document["verdict"] = verdict
    return PlanResult(document, _summary(kabupaten, plan, verdict))


def inputs_of_kabupaten(
    kabupaten: str,
    depots: pd.DataFrame,
    legs: pd.DataFrame,
    fleet: pd.DataFrame,
    tps: pd.DataFrame,
    voting_date: dt.date,
    params: NationPlan,
) -> PlanInputs:
    """Return the checked inputs of the plan of a kabupaten.

    Parameters
    ----------
    kabupaten, voting_date, params
        As `kabupaten_plan` has them.
    depots, legs, fleet, tps
        Frames as `kabupaten_plan` has them.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS.
    """
    own = {
        name: frame[frame["kabupaten"].eq(kabupaten)]
        for name, frame in (("depots", depots), ("legs", legs), ("fleet", fleet))
    }
    mine = tps[tps["desa_code"].str.startswith(f"{kabupaten}.")]
    if mine.empty:
        raise ParameterError("kabupaten", kabupaten, "a kabupaten with TPS")
    stops = stops_of(kabupaten, own["depots"], own["legs"], sorted(set(mine["desa_code"])))
    days = params.days
    by_boat = stops["pier"].notna()
    release = [
        days.release_at(voting_date, days.island_days if boat else days.land_days)
        for boat in by_boat
    ]
    house = own["depots"][own["depots"]["kind"].eq("gudang")].iloc[0]
    used = {*stops["place_code"], *stops["warehouse"], *stops["pier"], *stops["landing"]}
    own["legs"] = own["legs"][
        own["legs"]["from_code"].isin(used) & own["legs"]["to_code"].isin(used)
    ]
    own["fleet"] = own["fleet"][own["fleet"]["base"].isin(used)]
    return plan_inputs(
        stops.assign(release=release, deadline=days.deadline_at(voting_date)),
        mine[["tps_id"]].assign(place_code=mine["desa_code"], boxes=params.boxes_per_tps),
        own["legs"].drop(columns="kabupaten"),
        own["fleet"].drop(columns="kabupaten"),
        days.windows(voting_date, float(house["lon"]), float(house["lat"])),
        PlanRules(),
    )


def stops_of(
    kabupaten: str, depots: pd.DataFrame, legs: pd.DataFrame, desa: list[str]
) -> pd.DataFrame:
    """Return where the kits of each desa are handed over, and over which pier and landing.

    Parameters
    ----------
    kabupaten
        Its code.
    depots, legs
        Its rows, as for `kabupaten_plan`.
    desa
        Codes of its desa with TPS.

    Returns
    -------
    DataFrame
        ``place_code``, ``kabupaten``, ``warehouse``, ``pier`` and ``landing`` (None for what a
        truck reaches); in the order of ``desa``.

    Raises
    ------
    ParameterError
        Without exactly one warehouse.
    """
    houses = depots.loc[depots["kind"].eq("gudang"), "depot_id"]
    if len(houses) != 1:
        raise ParameterError("depots", len(houses), f"one gudang of kabupaten {kabupaten}")
    ways = legs[["from_code", "to_code", "mode"]]
    from_pier = ways[ways["mode"].eq("boat") & ways["from_code"].isin(_of_kind(depots, "dermaga"))]
    pier_of = dict(zip(from_pier["to_code"], from_pier["from_code"], strict=True))
    local = ways[ways["mode"].eq("local") & ways["from_code"].isin(pier_of)]
    landing_of = {code: code for code in pier_of}
    landing_of |= dict(zip(local["to_code"], local["from_code"], strict=True))
    rows = []
    for code in desa:
        landing = landing_of.get(code)
        pier = None if landing is None else pier_of[landing]
        rows.append((code, kabupaten, houses.iloc[0], pier, landing))
    columns = ["place_code", "kabupaten", "warehouse", "pier", "landing"]
    return pd.DataFrame(rows, columns=columns).astype({"pier": "object", "landing": "object"})


def _of_kind(depots: pd.DataFrame, kind: str) -> set[str]:
    return set(depots.loc[depots["kind"].eq(kind), "depot_id"])


def _summary(kabupaten: str, plan: Plan, verdict: dict[str, Any]) -> pd.DataFrame:
    slack = plan.figures["slack_min"]
    row = {
        "kabupaten": kabupaten,
        "passed": bool(verdict["passed"]),
        "trips": int(plan.figures["trips"]),
        "latest_arrival": plan.deliveries["delivered"].max(),
        "least_slack_min": float("nan") if slack is None else float(slack),
        "late": int(plan.figures["late"]),
        "unplanned_tps": int(plan.figures["unserved_tps"]),
        "faults": len(verdict["faults"]),
        "seconds": float(plan.figures["seconds"]),
    }
    return pd.DataFrame([row], columns=list(SUMMARY))
