"""The form of a plan document: a field that lacks is named, nothing falls over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.plan.audit_form import check_form
from geo.errors import ParameterError

SOUND = Path(__file__).parents[1] / "fixtures" / "plans" / "sound.json"
Plan = dict[str, Any]


def _stop(plan: Plan) -> dict[str, Any]:
    stop: dict[str, Any] = plan["trips"][0]["stops"][0]
    return stop


BREAKS: dict[str, Callable[[Plan], object]] = {
    "deadline": lambda plan: plan.pop("deadline"),
    "trips": lambda plan: plan.pop("trips"),
    "inputs": lambda plan: plan.pop("inputs"),
    "deliveries": lambda plan: plan.update(deliveries=None),
    "trips[0].mode": lambda plan: plan["trips"][0].pop("mode"),
    "trips[0].stops": lambda plan: plan["trips"][0].update(stops=[]),
    "trips[0].stops[0].tps_loaded": lambda plan: _stop(plan).pop("tps_loaded"),
    "trips[0].stops[0].arrive": lambda plan: _stop(plan).update(arrive="2024-02-13T08:00:00"),
    "trips[0].stops[0].done": lambda plan: _stop(plan).update(done="kemarin"),
    "inputs.rules.unload_min": lambda plan: plan["inputs"]["rules"].pop("unload_min"),
    "inputs.tps[0].boxes": lambda plan: plan["inputs"]["tps"][0].update(boxes="lima"),
    "inputs.tps[0].place_code": lambda plan: plan["inputs"]["tps"][0].update(place_code="X"),
    "inputs.tps.tps_id": lambda plan: plan["inputs"]["tps"].append(plan["inputs"]["tps"][0]),
    "rest.deadline": lambda plan: plan.update(rest={}),
}


def test_the_sound_plan_has_its_form() -> None:
    check_form(json.loads(SOUND.read_text(encoding="utf-8")))


@pytest.mark.parametrize("field", BREAKS)
def test_the_field_at_fault_is_named(field: str) -> None:
    plan = json.loads(SOUND.read_text(encoding="utf-8"))
    BREAKS[field](plan)
    with pytest.raises(ParameterError) as caught:
        check_form(plan)
    assert caught.value.name == field
