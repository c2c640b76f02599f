"""Making a kept plan again from the inputs and seed it holds, and saying whether it is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.audit import audit
from analytics.plan_json import inputs_of, to_document
from analytics.plan_solve import solve_plan
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan_compare import compare_plans

_USUAL_S, _MOST_S, _SLOWER = 8.0, 600.0, 4.0
"""Seconds of plans that do not say theirs; the most; how much slower a machine may be."""


@dataclass(frozen=True)
class Repeated:
    """What making a plan again gave.

    Attributes
    ----------
    equal
        The same trips with the same loads at the same times, and the same left out.
    by_clock
        The clock ended one of the searches: then another result proves nothing.
    differ
        Places that get their kits at another time.
    cost_change
        Cost of the new plan less that of the kept one.
    """

    equal: bool
    by_clock: bool
    differ: int
    cost_change: float

    @property
    def verdict(self) -> str:
        """``same``, ``clock`` or ``differs``."""
        return "same" if self.equal else "clock" if self.by_clock else "differs"


def can_repeat(document: Mapping[str, Any]) -> bool:
    """Return whether a plan holds all it was made from; one made again from now on does not."""
    return bool(document["inputs"].get("whole")) and "whatif" not in document["about"]


def repeat_seconds(document: Mapping[str, Any]) -> float:
    """Return the time for the search: that of the plan where the clock ended it, else more.

    A search that found itself done takes as many rounds on any machine.
    """
    asked = document["about"].get("asked", {})
    seconds = float(asked.get("seconds") or _USUAL_S)
    if document["figures"].get("ended_by_clock"):
        return seconds
    return min(_SLOWER * seconds, _MOST_S)


def repeat_plan(data: Dataset | None, document: dict[str, Any]) -> dict[str, Any]:
    """Return the plan that the stored inputs and seed give now, audited.

    Parameters
    ----------
    data
        Not looked at: everything comes from the document.
    document
        A plan for which `can_repeat`.

    Raises
    ------
    ParameterError
        When it does not hold all it was made from.
    """
    del data
    if not can_repeat(document):
        raise ParameterError("plan", document["about"].get("kabupaten"), "inputs.whole = true")
    inputs = inputs_of(document)
    seed = int(document["figures"]["seed"])
    plan = solve_plan(inputs, seed, repeat_seconds(document))
    verdict = audit(to_document(plan, inputs)).verdict()
    return to_document(plan, inputs, verdict, document["about"], whole=True)


def repeated(document: dict[str, Any], again: dict[str, Any]) -> Repeated:
    """Return whether a plan made again is the kept one."""
    keys = ("trips", "deliveries", "unserved")
    by_clock = any(d["figures"].get("ended_by_clock") for d in (document, again))
    places = compare_plans(document, again).places
    return Repeated(
        equal=all(document[key] == again[key] for key in keys),
        by_clock=by_clock,
        differ=int(places["state"].ne("same").sum()),
        cost_change=float(again["figures"]["cost"] - document["figures"]["cost"]),
    )
