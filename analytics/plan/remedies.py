"""Why a plan leaves loads out or late, and the smallest changes with which all would be in time.

Remedies are tried, not guessed: each is planned and audited. Of each kind the smallest step that
does is named; two together only where nothing does alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, NamedTuple

import pandas as pd

from analytics.plan.audit import audit
from analytics.plan.document import Plan, to_document
from analytics.plan.inputs import PlanInputs, records, typed
from analytics.plan.solver.solve import solve_plan

REASONS = (
    "no_leg",
    "no_vehicle",
    "no_vehicle_fits",
    "never_open",
    "day_too_short",
    "too_few_vehicles",
    "deadline_passed",
    "too_late",
)
"""Why a load is not delivered in time.

``no_leg``: a leg of its way does not exist. ``no_vehicle``: none is stationed where one is needed.
``no_vehicle_fits``: one TPS is more than any vehicle takes. ``never_open``: working hours, sea and
places are never open long enough. ``day_too_short``: loading, way, unloading and return are longer
than a crew's day, or than the working hours. ``too_few_vehicles``: one more vehicle of the kind
would bring more. ``deadline_passed``: its deadline is over. ``too_late``: even with every vehicle
to itself it comes after its deadline.
"""

REMEDIES = (
    "one_more",
    "more",
    "larger",
    "exchanged",
    "overnight",
    "longer_day",
    "longer_hours",
    "day_earlier",
    "later_deadline",
    "both",
)
"""What is tried: one more vehicle of a kind that lacks; more of every kind that lacks; one that
takes the largest TPS; a larger one instead of one there is; a night at the landing; a longer day of
a crew; longer working hours of a mode on land; all of it days earlier; the deadline later; two of
these together."""

COUNTS = tuple(range(1, 17))
SIZES = (1.5, 2.0, 3.0, 4.0)
DAYS = (1, 2, 3)
MINUTES = (60.0, 120.0, 180.0, 240.0, 360.0, 480.0, 720.0, 1440.0, 2880.0)
CREW_HOURS = 24
MORE_HOURS = (1, 2, 3, 4, 6, 8)

ONE_DAY = pd.Timedelta(days=1)

Values = dict[str, Any]
Change = Callable[[PlanInputs], PlanInputs]
Step = tuple[Values, Change]
"""A change of the inputs, and its numbers."""


class Remedy(NamedTuple):
    """A change that was tried: what it is, in numbers, and whether all is then in time.

    What has no leg is left aside: no remedy here makes one.
    """

    remedy: str
    values: Values
    works: bool


def in_time(plan: Plan) -> bool:
    """Return whether nothing is left out and nothing late."""
    return plan.unserved.empty and not plan.figures["late"]


def lateness(plan: Plan) -> pd.DataFrame:
    """Return what is left out or late, one row per load or stop.

    Returns
    -------
    DataFrame
        ``place_code``, ``reason`` of `REASONS`, ``tps_count``, ``late_min`` (missing for what is
        left out) and ``found``.
    """
    late = plan.deliveries[plan.deliveries["slack_min"] < 0]
    rows = [
        {
            "place_code": row["place_code"],
            "reason": "too_late",
            "tps_count": row["tps_count"],
            "late_min": -row["slack_min"],
            "found": {"delivered": row["delivered"]},
        }
        for row in records(late)
    ]
    rows += [
        {
            "place_code": row["place_code"],
            "reason": row["reason"],
            "tps_count": row["tps_count"],
            "late_min": None,
            "found": row["found"],
        }
        for row in records(plan.unserved)
    ]
    columns = ["place_code", "reason", "tps_count", "late_min", "found"]
    return pd.DataFrame(rows, columns=columns).astype({"late_min": "float64"})


def remedies(
    inputs: PlanInputs,
    plan: Plan,
    seed: int = 1,
    effort_s: float = 1.0,
    spare: Mapping[str, Values] | None = None,
    now: pd.Timestamp | None = None,
) -> list[Remedy]:
    """Try what would deliver everything in time.

    Parameters
    ----------
    effort_s
        Of `solve_plan`, for each of the trials: one to five for each kind of remedy.
    spare
        By mode a vehicle as in the fleet of `PlanInputs`, for a mode the fleet has none of.
    now
        With zone, of a plan that is under way: nothing can be released before it.

    Returns
    -------
    list
        Empty for a plan in which all is in time, and where only legs are missing. What does not
        work alone is listed with ``works`` false.
    """
    lacking = lateness(plan)
    if set(lacking["reason"]) <= {"no_leg"}:
        return []
    quick = replace(inputs, rules=replace(inputs.rules, slack_enough_min=0))
    trials = _Trials(quick, seed, effort_s, set(_of(lacking, "no_leg")["place_code"]))
    ways = _Ways(quick, lacking, spare or {}, now)
    out = [trials.smallest(*way) for way in ways.vehicles()]
    added = [found.works for found in out if found.remedy != "exchanged"]
    if added and not any(added) and (more := ways.more()):
        out.append(trials.smallest("more", more))
    out += [trials.smallest(*way) for way in ways.times()]
    if not any(found.works for found in out):
        out += trials.first(ways.pairs())
    return out


def _of(lacking: pd.DataFrame, *reasons: str) -> pd.DataFrame:
    return lacking[lacking["reason"].isin(reasons)]


@dataclass(frozen=True)
class _Trials:
    """How a change is tried."""

    inputs: PlanInputs
    seed: int
    effort_s: float
    no_way: set[str]

    def works(self, change: Change) -> bool:
        """Return whether all that has a way is in time with a change, and the auditor agrees."""
        inputs = change(self.inputs)
        plan = solve_plan(inputs, self.seed, self.effort_s)
        left = plan.unserved[~plan.unserved["place_code"].isin(self.no_way)]
        if len(left) or plan.figures["late"]:
            return False
        faults = audit(to_document(plan, inputs)).faults
        return all(f.key == "tps_missing" and f.place_code in self.no_way for f in faults)

    def smallest(self, remedy: str, steps: Sequence[Step]) -> Remedy:
        """Return the first of growing steps that works; where none does, the first as tried.

        A step is taken to do what a smaller one does, so that few of them are tried.
        """
        if self.works(steps[0][1]):
            return Remedy(remedy, steps[0][0], works=True)
        low, high = 0, len(steps) - 1
        if not high or not self.works(steps[high][1]):
            return Remedy(remedy, steps[0][0], works=False)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.works(steps[middle][1]) else (middle, high)
        return Remedy(remedy, steps[high][0], works=True)

    def first(self, pairs: Iterable[tuple[tuple[str, Step], tuple[str, Step]]]) -> list[Remedy]:
        """Return the first pair that works, if one does."""
        for (one, (values, change)), (other, (more, then)) in pairs:
            if self.works(lambda inputs, a=change, b=then: b(a(inputs))):  # type: ignore[misc]
                parts = [Remedy(one, values, works=False), Remedy(other, more, works=False)]
                return [Remedy("both", {"parts": parts}, works=True)]
        return []


class _Kind(NamedTuple):
    """A kind of vehicle that lacks: where, the vehicle one more would be, and the largest TPS."""

    mode: str
    base: str
    model: Values
    own: int
    most: int

    def added(self, count: int = 1) -> list[Values]:
        return [self.model] * count


@dataclass(frozen=True)
class _Ways:
    """The changes that may help against what lacks, each in growing steps."""

    inputs: PlanInputs
    lacking: pd.DataFrame
    spare: Mapping[str, Values]
    now: pd.Timestamp | None

    def kinds(self) -> list[_Kind]:
        """Return the kinds of vehicles of which there are too few, none, or none large enough."""
        needs: dict[tuple[str, str], int] = {}
        houses = dict(
            zip(self.inputs.stops["place_code"], self.inputs.stops["warehouse"], strict=True)
        )
        rows = _of(self.lacking, "no_vehicle", "no_vehicle_fits", "too_few_vehicles")
        for place, found in zip(rows["place_code"], rows["found"], strict=True):
            kind = (found["mode"], found.get("base") or found["from"])
            most = found["boxes"] if "largest" in found else 0
            needs[kind] = max(needs.get(kind, 0), int(most))
            if "with" in found:  # one more of either kind alone brings nothing
                needs.setdefault((found["with"], houses[place]), 0)
        out = []
        for (mode, base), most in sorted(needs.items()):
            fleet = self.inputs.fleet[self.inputs.fleet["mode"].eq(mode)]
            own = fleet[fleet["base"].eq(base)]
            rows = own if len(own) else fleet
            models = [*records(rows.sort_values("capacity_boxes")), *self._spare(mode, rows)]
            if models:
                out.append(_Kind(mode, base, models[-1] | {"base": base}, len(own), most))
        return out

    def _spare(self, mode: str, own: pd.DataFrame) -> list[Values]:
        return [dict(self.spare[mode])] if own.empty and mode in self.spare else []

    def vehicles(self) -> Iterable[tuple[str, Sequence[Step]]]:
        """Yield one more of each kind, or a larger one where one TPS is more than it takes."""
        for kind in self.kinds():
            values = {"mode": kind.mode, "base": kind.base}
            room = int(kind.model["capacity_boxes"])
            if room < kind.most:
                model = _larger(kind.model, kind.most)
                yield "larger", [(values | {"boxes": kind.most}, _added([model]))]
                continue
            yield "one_more", [(values | {"boxes": room}, _added(kind.added()))]
            if kind.own:
                unit = int(self.inputs.tps["boxes"].max())
                sizes = [ceil(room * factor / unit) * unit for factor in SIZES]
                yield (
                    "exchanged",
                    [(values | {"boxes": n, "instead": room}, _exchanged(kind, n)) for n in sizes],
                )

    def more(self) -> list[Step]:
        """Return more and more vehicles of every kind that lacks; none where none would fit."""
        kinds = [k for k in self.kinds() if int(k.model["capacity_boxes"]) >= k.most]
        named = [(kind.mode, kind.base, int(kind.model["capacity_boxes"])) for kind in kinds]
        counts = COUNTS if len(kinds) > 1 else COUNTS[1:]
        if not kinds:
            return []
        return [
            (
                {"count": n, "kinds": named},
                _added([model for kind in kinds for model in kind.added(n)]),
            )
            for n in counts
        ]

    def times(self) -> Iterable[tuple[str, Sequence[Step]]]:
        """Yield nights, longer days, earlier starts and later deadlines."""
        if night := self.overnight():
            yield "overnight", [night]
        yield from self.longer()
        if earlier := self.earlier():
            yield "day_earlier", earlier
        yield "later_deadline", self.later()

    def overnight(self) -> Step | None:
        """Return boats that may come back the day after, where a place that lacks needs one."""
        places = self.inputs.stops["place_code"].isin(self.lacking["place_code"])
        if self.inputs.stops.loc[places, "pier"].isna().all():
            return None

        def change(inputs: PlanInputs) -> PlanInputs:
            return replace(inputs, windows=_hours_too(inputs.windows, [ONE_DAY], {"boat"}))

        return {"mode": "boat"}, change

    def longer(self) -> Iterable[tuple[str, Sequence[Step]]]:
        """Yield longer days for crews and modes whose day is too short."""
        short: dict[tuple[str, str, str], float] = {}
        for found in _of(self.lacking, "day_too_short")["found"]:
            key = (found["limit"], found["mode"], found["base"])
            short[key] = max(short.get(key, 0.0), float(found["needs_min"]))
        for (limit, mode, base), needs in sorted(short.items()):
            values = {"mode": mode, "base": base}
            if limit == "crew":
                first = min(CREW_HOURS, ceil(needs / 60))
                hours = range(first, CREW_HOURS + 1)
                yield "longer_day", [(values | {"hours": h}, _crew(mode, base, h)) for h in hours]
            elif mode != "boat":  # daylight cannot be set
                yield (
                    "longer_hours",
                    [({"mode": mode, "hours": h}, _open(mode, h)) for h in MORE_HOURS],
                )

    def earlier(self) -> list[Step]:
        """Return releases days earlier, so far as they lie ahead."""
        first = self.inputs.stops["release"].min()
        days = [n for n in DAYS if self.now is None or first - n * ONE_DAY >= self.now]
        return [({"days": n}, _days_earlier(n)) for n in days]

    def later(self) -> list[Step]:
        """Return deadlines later by what the latest lacks, and by more."""
        most = self.lacking["late_min"].max()
        least = 0.0 if pd.isna(most) else float(most)
        minutes = [least] if least else []
        minutes += [m for m in MINUTES if m > least]
        return [({"minutes": m}, _deadline_later(m)) for m in minutes]

    def pairs(self) -> Iterable[tuple[tuple[str, Step], tuple[str, Step]]]:
        """Yield two changes at a time, the lighter ones first."""
        night, earlier = self.overnight(), self.earlier()
        more = [step for step in self.more() if step[0]["count"] in COUNTS[:4]]
        if night is not None and earlier:
            yield ("overnight", night), ("day_earlier", earlier[0])
        for step in more:
            if night is not None:
                yield ("overnight", night), ("more", step)
            if earlier:
                yield ("day_earlier", earlier[0]), ("more", step)
        for remedy, steps in self.longer():
            for step in more:
                yield (remedy, steps[-1]), ("more", step)


def _larger(model: Values, boxes: int) -> Values:
    """Return a vehicle that takes so many boxes, with escort seats in proportion."""
    seats = model.get("escort_seats")
    share = boxes / int(model["capacity_boxes"])
    seats = None if pd.isna(seats) else max(1, ceil(int(seats) * share))
    return model | {"capacity_boxes": boxes, "escort_seats": seats}


def _added(vehicles: Sequence[Values]) -> Change:
    free = {"available_from": None, "available_until": None, "worked_from": None}
    row = pd.DataFrame(
        [
            vehicle | free | {"vehicle_id": f"+{n}{vehicle['vehicle_id']}"}
            for n, vehicle in enumerate(vehicles)
        ]
    )

    def change(inputs: PlanInputs) -> PlanInputs:
        fleet = pd.concat([inputs.fleet, typed("fleet", row)], ignore_index=True)
        return replace(inputs, fleet=fleet)

    return change


def _exchanged(kind: _Kind, boxes: int) -> Change:
    """Put a larger vehicle in the place of the smallest of its kind."""

    def change(inputs: PlanInputs) -> PlanInputs:
        fleet = inputs.fleet
        own = fleet[fleet["mode"].eq(kind.mode) & fleet["base"].eq(kind.base)]
        smallest = records(own.sort_values("capacity_boxes", kind="stable"))[0]
        rows = [
            _larger(row, boxes) if row["vehicle_id"] == smallest["vehicle_id"] else row
            for row in records(fleet)
        ]
        return replace(inputs, fleet=typed("fleet", pd.DataFrame(rows, columns=fleet.columns)))

    return change


def _crew(mode: str, base: str, hours: int) -> Change:
    def change(inputs: PlanInputs) -> PlanInputs:
        fleet = inputs.fleet
        mine = fleet["mode"].eq(mode) & fleet["base"].eq(base) & fleet["crew_hours"].lt(hours)
        return replace(inputs, fleet=fleet.assign(crew_hours=fleet["crew_hours"].mask(mine, hours)))

    return change


def _open(mode: str, hours: int) -> Change:
    """Let the working hours of a mode end later; not beyond the day."""

    def change(inputs: PlanInputs) -> PlanInputs:
        windows = inputs.windows
        mine = windows["scope"].eq("mode") & windows["key"].eq(mode)
        mine &= windows["is_open"].fillna(True)
        midnight = windows["opens"].dt.floor("D") + ONE_DAY
        later = windows["closes"] + pd.Timedelta(hours=hours)
        later = later.where(
            later < midnight, windows["closes"].where(windows["closes"] > midnight, midnight)
        )
        return replace(inputs, windows=windows.assign(closes=windows["closes"].mask(mine, later)))

    return change


def _days_earlier(days: int) -> Change:
    """Release everything days earlier, with the working hours of the days before."""

    def change(inputs: PlanInputs) -> PlanInputs:
        shift = days * ONE_DAY
        stops = inputs.stops.assign(release=inputs.stops["release"] - shift)
        tps = inputs.tps.assign(available=inputs.tps["available"] - shift)
        shifts = [-n * ONE_DAY for n in range(1, days + 1)]
        windows = _hours_too(inputs.windows, shifts)
        return replace(inputs, stops=stops, tps=tps, windows=windows)

    return change


def _hours_too(
    windows: pd.DataFrame, shifts: Iterable[pd.Timedelta], modes: set[str] | None = None
) -> pd.DataFrame:
    """Return windows with working hours of days before or after too; no sea is foretold."""
    hours = windows[windows["scope"].eq("mode") & windows["is_open"].fillna(True)]
    hours = hours if modes is None else hours[hours["key"].isin(modes)]
    others = [hours.assign(opens=hours["opens"] + s, closes=hours["closes"] + s) for s in shifts]
    return pd.concat([windows, *others], ignore_index=True).drop_duplicates(ignore_index=True)


def _deadline_later(minutes: float) -> Change:
    """Put every deadline later, with working hours on the days up to the new ones."""

    def change(inputs: PlanInputs) -> PlanInputs:
        later = inputs.stops["deadline"] + pd.Timedelta(minutes=minutes)
        days = range(1, ceil(minutes / 1440) + 1)
        windows = _hours_too(inputs.windows, [n * ONE_DAY for n in days])
        known = len(inputs.windows)
        kept = windows.index < known
        windows = windows[kept | (windows["opens"] < later.max())].reset_index(drop=True)
        return replace(inputs, stops=inputs.stops.assign(deadline=later), windows=windows)

    return change
