"""Settings of a plan: defaults from the shipped facts, scenarios, and TOML in and out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from analytics.kits import ELECTION_RULES
from data.plan_settings import FleetRow, Origin, PlanSettings
from data.plan_toml import (
    DEFAULTS,
    Raw,
    complete,
    default_values,
    parse,
    read_raw,
    read_scenario,
    save_scenario,
    scenario_files,
    to_toml,
    write_settings,
)
from data.plans import shipped_fleet
from geo.errors import ParameterError

__all__ = [
    "asked_settings",
    "default_settings",
    "fleet_counts",
    "read_settings",
    "save_scenario",
    "scenario_settings",
    "scenarios",
    "settings_from_text",
    "to_toml",
    "write_settings",
]

VEHICLE_NAMES = {"truck": "TRUK", "boat": "PERAHU", "local": "LOKAL"}
_CARRIERS, _CARRIER_BOXES = 2, 50
"""Local carriers at each landing, and what one takes: assumptions of ``plan.toml``."""


def default_settings(kabupaten: str, election: str | None = None) -> PlanSettings:
    """Return what is planned with when the planner changes nothing.

    Parameters
    ----------
    kabupaten
        Code.
    election
        None: the one of the shipped ``plan.toml``.

    Raises
    ------
    ParameterError
        When no fleet ships for the kabupaten.
    """
    raw = default_values()
    chosen = election or str(raw["election"])
    fleet = shipped_fleet()
    own = fleet[fleet["kabupaten_code"].eq(kabupaten)]
    if own.empty:
        raise ParameterError(
            "kabupaten", kabupaten, ", ".join(sorted(set(fleet["kabupaten_code"])))
        )
    rows = sorted(
        (_fleet_row(row) for _, row in own.iterrows()), key=lambda row: row.mode != "truck"
    )
    truck = rows[0]
    carrier = replace(truck, name=VEHICLE_NAMES["local"], mode="local", count=_CARRIERS,
                      capacity_boxes=_CARRIER_BOXES, escort_seats=None)  # fmt: skip
    base = PlanSettings(kabupaten, chosen, (), (*rows, carrier))
    made = complete({**raw, "election": chosen}, base, DEFAULTS)
    origins = {VEHICLE_NAMES[row["mode"]]: _origin(row) for _, row in own.iterrows()}
    origins[VEHICLE_NAMES["local"]] = made.origins["carriers"]
    origins = {key: value for key, value in made.origins.items() if key != "carriers"} | origins
    rules = ELECTION_RULES.get(chosen)
    reserve = rules.reserve_pct if rules else made.reserve_pct
    return replace(made, reserve_pct=reserve, origins=origins)


def _fleet_row(row: pd.Series) -> FleetRow:
    vessel, seats = row["vessel_class"], row["escort_seats"]
    return FleetRow(
        VEHICLE_NAMES[row["mode"]], row["mode"], int(row["vehicles"]), int(row["capacity_boxes"]),
        vessel_class=vessel if row["mode"] == "boat" and pd.notna(vessel) else "",
        escort_seats=None if pd.isna(seats) else int(seats),
        cost_per_hour=float(row["cost_per_hour"]),
    )  # fmt: skip


def _origin(row: pd.Series) -> Origin:
    url = row["source_url"]
    return Origin(row["basis"], row["note"], "" if pd.isna(url) else url)


def fleet_counts(
    settings: PlanSettings, trucks: int | None = None, boats: int | None = None
) -> PlanSettings:
    """Return settings with other numbers of trucks and boats; None leaves a number as it is."""
    counts = {"truck": trucks, "boat": boats}
    rows = [
        row if counts.get(row.mode) is None else replace(row, count=counts[row.mode])
        for row in settings.fleet
    ]
    return replace(settings, fleet=tuple(rows))


def scenarios() -> list[str]:
    """Return the names of the scenarios that ship, and of the planner's own."""
    return list(scenario_files())


def scenario_settings(name: str) -> PlanSettings:
    """Return the settings of a scenario.

    Raises
    ------
    SourceMissingError
        When there is none of that name.
    SchemaError
        When its file is faulty.
    """
    return _completed(read_scenario(name), f"{name}.toml", None)


def read_settings(path: Path, kabupaten: str | None = None) -> PlanSettings:
    """Return the settings of a TOML file; what it leaves out is as `default_settings` has it.

    Parameters
    ----------
    kabupaten
        In use where the file names none.
    """
    return _completed(read_raw(path), path.name, kabupaten)


def settings_from_text(words: str, name: str, kabupaten: str | None = None) -> PlanSettings:
    """Return the settings of a TOML text, as of an upload; see `read_settings`."""
    return _completed(parse(words, name), name, kabupaten)


def asked_settings(
    kabupaten: str | None,
    election: str | None = None,
    *,
    file: Path | None = None,
    scenario: str | None = None,
    seed: int | None = None,
    seconds: float | None = None,
) -> PlanSettings:
    """Return the settings of a command: a file's, a scenario's or the defaults of a kabupaten.

    Raises
    ------
    ParameterError
        When both a file and a scenario are given, neither they nor the command name a kabupaten,
        or the two name different ones.
    """
    if file is not None and scenario is not None:
        raise ParameterError("scenario", scenario, "--settings or --scenario")
    if scenario is not None:
        found = scenario_settings(scenario)
    elif file is not None:
        found = read_settings(file, kabupaten)
    elif kabupaten is not None:
        found = default_settings(kabupaten, election)
    else:
        raise ParameterError("kabupaten", None, "--kabupaten, --settings or --scenario")
    for name, given in (("kabupaten", kabupaten), ("election", election)):
        if given is not None and given != getattr(found, name):
            raise ParameterError(name, given, getattr(found, name))
    changes = {"seed": seed, "search_seconds": seconds}
    return replace(found, **{key: value for key, value in changes.items() if value is not None})


def _completed(raw: Raw, name: str, kabupaten: str | None) -> PlanSettings:
    code, election = raw.get("kabupaten", kabupaten), raw.get("election")
    if not isinstance(code, str):
        raise ParameterError(f"{name}: kabupaten", code, "19.03")
    base = default_settings(code, election if isinstance(election, str) else None)
    return complete(raw, base, name)
