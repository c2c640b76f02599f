"""The distribution plan of a kabupaten: inputs from network and register, solved, audited, kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analytics.plan.audit import Audit, audit
from analytics.plan.audit_form import check_form
from analytics.plan.document import SCHEMA, to_document
from analytics.plan.inputs import PlanInputs
from analytics.plan.solver.solve import solve_plan
from data.plan.kept import load_plan, read_plan, save_plan, saved_plans, write_plan
from data.plan.settings import PlanSettings
from data.province import default_election
from geo.errors import ParameterError
from services.dataset import Dataset
from services.plan.inputs import setup
from services.plan.settings import default_settings, fleet_counts, scenario_settings, scenarios

__all__ = [
    "PlanAsked",
    "PlanSettings",
    "audit_document",
    "check_schema",
    "inputs_of",
    "load_plan",
    "make_plan",
    "read_plan",
    "save_plan",
    "saved_plans",
    "scenario_settings",
    "scenarios",
    "settings_of",
    "write_plan",
]


@dataclass(frozen=True)
class PlanAsked:
    """What the planner asks.

    Attributes
    ----------
    kabupaten
        Code of the kabupaten.
    election
        An election whose TPS are known desa by desa.
    island_days, land_days
        0 to 10: how many days before the vote the kits of islands, and the others, may leave.
    boats, trucks
        Number of vehicles; None for the default fleet.
    seed
        0 or above.
    seconds
        1 to 600: how much to search, in seconds of a usual machine.
    """

    kabupaten: str
    election: str = field(default_factory=default_election)
    island_days: int = 3
    land_days: int = 1
    boats: int | None = None
    trucks: int | None = None
    seed: int = 1
    seconds: float = 8.0

    def __post_init__(self) -> None:
        ranges = {
            "island_days": (1, 10),
            "land_days": (1, 10),
            "seed": (0, 2**31),
            "seconds": (1, 600),
        }
        ranges |= {"boats": (0, 100), "trucks": (0, 300)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ParameterError(name, value, f"{low} to {high}")


def make_plan(data: Dataset, asked: PlanAsked | PlanSettings) -> dict[str, Any]:
    """Return an audited plan as the document of docs/plan-schema.md.

    Raises
    ------
    ParameterError
        For a kabupaten without TPS or warehouse, or an election whose TPS are not known.
    PlanInputError
        When fleet, places or windows make no plan possible; it names every fault.
    """
    settings = asked if isinstance(asked, PlanSettings) else settings_of(asked)
    inputs, notes = setup(data, settings)
    plan = solve_plan(inputs, settings.seed, settings.search_seconds)
    about = {
        "election": settings.election,
        "kabupaten": settings.kabupaten,
        "kabupaten_name": str(data.names[settings.kabupaten]),
        "access": "terbatas",
        "asked": _asked(settings),
        **notes,
    }
    document = to_document(plan, inputs, about=about)
    return to_document(plan, inputs, audit(document).verdict(), about, whole=True)


def _asked(settings: PlanSettings) -> dict[str, Any]:
    """Return the settings in short; all of them stand in ``settings`` as TOML."""
    counts = {
        f"{name}s": sum(row.count for row in settings.fleet if row.mode == name)
        for name in ("truck", "boat")
    }
    return {
        "island_days": settings.island_days,
        "land_days": settings.land_days,
        **counts,
        "seed": settings.seed,
        "seconds": settings.search_seconds,
    }


def audit_document(document: dict[str, Any]) -> Audit:
    """Return the verdict on a plan document, whatever it says of itself.

    Raises
    ------
    ParameterError
        When it is no plan document.
    """
    check_schema(document)
    return audit(document)


def check_schema(document: Mapping[str, Any]) -> None:
    """Refuse what is no plan document of a known schema, or lacks a field it needs.

    Raises
    ------
    ParameterError
        When it does.
    """
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, Mapping) else type(document).__name__
        raise ParameterError("schema", found, SCHEMA)
    check_form(document)


def settings_of(asked: PlanAsked) -> PlanSettings:
    """Return the settings that a short question stands for: the defaults, and what it changes."""
    base = fleet_counts(
        default_settings(asked.kabupaten, asked.election), asked.trucks, asked.boats
    )
    return replace(
        base,
        island_days=asked.island_days,
        land_days=asked.land_days,
        seed=asked.seed,
        search_seconds=asked.seconds,
    )


def inputs_of(data: Dataset, asked: PlanAsked | PlanSettings) -> tuple[PlanInputs, dict[str, Any]]:
    """Return the inputs of a plan, and the notes on them."""
    return setup(data, asked if isinstance(asked, PlanSettings) else settings_of(asked))
