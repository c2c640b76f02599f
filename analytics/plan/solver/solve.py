"""The distribution plan: all that can be in time, then slack from the tightest on, then cost.

Boats first: for each pier a search over lists of voyages, each with the trucks that feed it and the
carriage that follows. Then the trucks to the desa by road, dispatched by rule and routed anew. All
searches are counted in rounds, so the same inputs and seed give the same plan on every machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf

import pandas as pd

from analytics.plan.document import Plan, assemble
from analytics.plan.inputs import PlanInputs, records, seas_not_known
from analytics.plan.solver import dispatch
from analytics.plan.solver.drafts import as_trips
from analytics.plan.solver.loads import Unserved, World, build_world, components
from analytics.plan.solver.reasons import told_apart, why_left, with_more, with_rest
from analytics.plan.solver.state import Goal, Growing, Made, score_of
from analytics.plan.solver.together import route_together, trucks_are_short, with_trucks
from analytics.plan.solver.trucks import route_anew
from analytics.plan.solver.voyage_search import Task, plan_pier, tasks_by_pier

ROUNDS_PER_SECOND = 25
"""Rounds of search that a second stands for: about what a usual machine does in it."""
ROUTING_PER_ROUND = 4
"""Iterations of the routing of trucks for each round."""


def solve_plan(
    inputs: PlanInputs, seed: int = 1, effort_s: float = 8.0, standing: pd.DataFrame | None = None
) -> Plan:
    """Make the plan of all stops.

    Parameters
    ----------
    inputs
        From `analytics.plan.inputs.plan_inputs`.
    seed
        0 or more.
    effort_s
        Above 0: how much to search, in seconds of a usual machine. It is counted in rounds, so the
        same inputs, seed and effort give the same plan on every machine, however busy.
    standing
        ``place_code``, ``arrive`` and ``done`` of loadings that go on beside the plan and take a
        dock each; None: there are none.

    Returns
    -------
    Plan
        Timed trips, and in ``unserved`` what could not be planned and why. It is not audited:
        `analytics.plan.audit.audit` does that.

    Notes
    -----
    A heuristic: that nothing better exists is not guaranteed, nor that a plan in time is found
    wherever one exists.
    """
    started = time.perf_counter()
    world = build_world(inputs)
    for row in records(standing) if standing is not None else ():
        span = (world.calendar.minute(row["arrive"]), world.calendar.minute(row["done"]))
        world.taken.setdefault(row["place_code"], []).append(span)
    groups = [set(group) for group in components(inputs.stops)]
    parts = [[x.load_id for x in world.loads if x.stop.warehouse in group] for group in groups]
    rounds = max(1, round(effort_s * ROUNDS_PER_SECOND))
    made: list[Made] = []
    unserved: list[Unserved] = []
    for ids in parts:
        share = max(1, rounds * len(ids) // max(1, len(world.loads)))
        found, missing = _solve_component(world, ids, share, seed)
        made += found.made
        unserved += missing
    trips, times = as_trips(world, made)
    figures: dict[str, object] = {"seed": seed, "seconds": time.perf_counter() - started}
    figures |= {"effort_s": effort_s, "seas_not_known": seas_not_known(inputs)}
    return assemble(world, trips, times, unserved, figures)


@dataclass(frozen=True)
class _Parts:
    """The loads of a component by what has to be done with them."""

    piers: list[Task]
    roads: list[dispatch.Task]


def _solve_component(
    world: World, ids: Sequence[int], rounds: int, seed: int
) -> tuple[Growing, list[Unserved]]:
    """Plan the loads of one group, and name what is left with its reason."""
    hopeful, due, missing = told_apart(world, ids)
    enough = world.rules.slack_enough_min
    most = inf if enough is None else float(enough)
    parts = _Parts(tasks_by_pier(world, hopeful), dispatch.tasks_by_road(world, hopeful))
    goal: Goal = (hopeful, due, most)
    best = _grown(Growing(world), parts, True, goal, rounds, seed)
    if parts.piers and trucks_are_short(best, goal):
        other = _grown(Growing(world), parts, False, goal, rounds, seed)
        best = min(best, other, key=lambda one: score_of(one, *goal))
        best = _jointly(best, parts, goal, rounds, seed)
    left = [i for i in hopeful if i not in best.delivered]
    return best, [*missing, *why_left(best, left, due)]


def _jointly(growing: Growing, parts: _Parts, goal: Goal, rounds: int, seed: int) -> Growing:
    """Return the plan, or a better one in which all that trucks bring was routed together."""
    world = growing.world
    rich = _grown(Growing(with_trucks(world)), parts, True, goal, rounds, seed, False)
    best, score = growing, score_of(growing, *goal)
    slack = -score[1][0] if score[1] and not score[0] else 0.0
    for found in route_together(world, rich, parts.piers, goal, slack, rounds, seed):
        whole = _routed(found, parts, goal, rounds, seed)
        value = score_of(whole, *goal)
        if value < score:
            best, score = whole, value
    return best


def _grown(
    growing: Growing, parts: _Parts, boats_first: bool, goal: Goal, rounds: int, seed: int,
    routed: bool = True,
) -> Growing:  # fmt: skip
    """Return the plan with boats and then trucks, or the other way round."""
    piers: list[Callable[[Growing], Growing]] = [
        partial(_by_boat, task=task, goal=goal, rounds=rounds, seed=seed) for task in parts.piers
    ]
    roads: list[Callable[[Growing], Growing]] = [
        partial(_by_road, task=task, goal=goal, rounds=rounds, seed=seed) for task in parts.roads
    ]
    for step in (*piers, *roads) if boats_first else (*roads, *piers):
        growing = step(growing)
    return _routed(growing, parts, goal, rounds, seed) if routed else growing


def _routed(growing: Growing, parts: _Parts, goal: Goal, rounds: int, seed: int) -> Growing:
    """Return the plan with trucks routed anew; what was left finds a place where that made one."""
    ids, due, enough = goal
    by_road = {task.warehouse: task.ids for task in parts.roads}
    while True:
        for house in sorted({growing.world.loads[i].stop.warehouse for i in ids}):
            own = [i for i in by_road.get(house, ()) if i in growing.delivered]
            effort = rounds * ROUTING_PER_ROUND
            growing = route_anew(growing, house, (own, due, enough), effort, seed)
        left = [i for i in ids if i not in growing.delivered]
        more = with_rest(growing, left, due) if left else growing
        if len(more.delivered) == len(growing.delivered):
            return growing
        growing = more


def _by_boat(growing: Growing, task: Task, goal: Goal, rounds: int, seed: int) -> Growing:
    share = rounds * (len(task.ids) + len(task.waiting)) // max(1, len(goal[0]))
    return plan_pier(growing, task, goal, max(20, 4 * share), seed)


def _by_road(growing: Growing, task: dispatch.Task, goal: Goal, rounds: int, seed: int) -> Growing:
    """Return the plan with the trucks of a warehouse; more is tried where something is left.

    Then a plan with one truck more, of which the truck that brings least is struck out, counts
    too: fewer trucks are not to lose more than they carried.
    """
    found = dispatch.plan_trucks(growing, task, goal, rounds // 8, seed)
    if all(i in found.delivered for i in task.ids):
        return found
    found = dispatch.plan_trucks(growing, task, goal, rounds, seed)
    trucks = growing.world.at_base("truck", task.warehouse)
    if len(found.delivered) == len(growing.delivered) + len(task.ids) or not trucks:
        return found
    richer = with_more(growing, [("truck", task.warehouse)])
    rich = dispatch.plan_trucks(richer, task, goal, rounds, seed)
    struck = dispatch.struck_out(growing, rich, task)
    left = [i for i in task.ids if i not in struck.delivered]
    other = with_rest(struck, left, goal[1])
    return min(found, other, key=lambda one: score_of(one, task.ids, goal[1], goal[2]))
