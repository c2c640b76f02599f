"""Settings of a plan: defaults, scenarios, TOML, tables to edit, and the vehicles of its fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.plan.kept import shipped_fleet
from data.plan.settings import FleetRow, Origin, PlanSettings
from data.plan.toml import (
    DEFAULTS,
    Raw,
    complete,
    default_values,
    origins_of,
    parse,
    read_raw,
    read_scenario,
    save_scenario,
    scenario_files,
    to_toml,
    write_settings,
)
from data.province import province, zone
from geo.errors import ParameterError
from services.dataset import Dataset
from services.network.piers import Restrictions, places
from services.texts import label, text

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
    election
        None: the one of the shipped ``plan.toml``.

    Raises
    ------
    ParameterError
        When no fleet ships for the kabupaten.
    """
    raw = default_values()
    chosen = election or str(raw["election"])
    own = _fleet_of(kabupaten, chosen)
    rows = sorted(
        (_fleet_row(row) for _, row in own.iterrows()), key=lambda row: row.mode != "truck"
    )
    truck = rows[0]
    carrier = replace(
        truck,
        name=VEHICLE_NAMES["local"],
        mode="local",
        count=_CARRIERS,
        capacity_boxes=_CARRIER_BOXES,
        escort_seats=None,
    )
    base = PlanSettings(kabupaten, chosen, (), (*rows, carrier))
    made = complete({**raw, "election": chosen}, base, DEFAULTS)
    origins = {VEHICLE_NAMES[row["mode"]]: _origin(row) for _, row in own.iterrows()}
    origins[VEHICLE_NAMES["local"]] = made.origins["carriers"]
    origins = {key: value for key, value in made.origins.items() if key != "carriers"} | origins
    rules = province().elections.get(chosen)
    reserve = rules.kits.reserve_pct if rules else made.reserve_pct
    return replace(made, reserve_pct=reserve, origins=origins)


def _fleet_of(kabupaten: str, election: str) -> pd.DataFrame:
    """Return the shipped vehicles of an election, one row a mode.

    Where a mode has no figure of the election, nor one that is of none, that of another election
    stands in as an assumption that says so.
    """
    fleet = shipped_fleet()
    own = fleet[fleet["kabupaten_code"].eq(kabupaten)]
    if own.empty:
        raise ParameterError(
            "kabupaten", kabupaten, ", ".join(sorted(set(fleet["kabupaten_code"])))
        )
    other = own["election"].notna() & own["election"].ne(election)
    rank = np.where(own["election"].eq(election), 0, np.where(other, 2, 1))
    ranked = own.assign(rank=rank, guess=own["basis"].ne("fakta"))
    best = ranked.sort_values(["rank", "guess"], kind="stable").drop_duplicates("mode")
    names = {code: one.name.id for code, one in province().elections.items()}
    notes = [
        text(
            "inputs.other_election",
            "id",
            note=note,
            other=names.get(of, of),
            election=names.get(election, election),
        )
        if n == 2
        else note
        for n, of, note in zip(best["rank"], best["election"], best["note"], strict=True)
    ]
    basis = best["basis"].mask(best["rank"].eq(2), "anggapan")
    return best.assign(note=notes, basis=basis).drop(columns=["rank", "guess"]).sort_index()


def _fleet_row(row: pd.Series) -> FleetRow:
    vessel, seats = row["vessel_class"], row["escort_seats"]
    return FleetRow(
        VEHICLE_NAMES[row["mode"]],
        row["mode"],
        int(row["vehicles"]),
        int(row["capacity_boxes"]),
        vessel_class=vessel if row["mode"] == "boat" and pd.notna(vessel) else "",
        escort_seats=None if pd.isna(seats) else int(seats),
        cost_per_hour=float(row["cost_per_hour"]),
    )


def _origin(row: pd.Series) -> Origin:
    url = row["source_url"]
    return Origin(row["basis"], row["note"], "" if pd.isna(url) else url)


def fleet_counts(
    settings: PlanSettings, trucks: int | None = None, boats: int | None = None
) -> PlanSettings:
    """Return settings with other numbers of trucks and boats; None leaves a number as it is."""
    counts = {"truck": trucks, "boat": boats}
    rows = [
        row if (count := counts.get(row.mode)) is None else replace(row, count=count)
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
    changes: dict[str, Any] = {"seed": seed, "search_seconds": seconds}
    return replace(found, **{key: value for key, value in changes.items() if value is not None})


def _completed(raw: Raw, name: str, kabupaten: str | None) -> PlanSettings:
    code, election = raw.get("kabupaten", kabupaten), raw.get("election")
    if not isinstance(code, str):
        raise ParameterError(f"{name}: kabupaten", code, "a code such as 99.03")
    base = default_settings(code, election if isinstance(election, str) else None)
    return complete(raw, base, name)


def vehicle_class(row: FleetRow) -> str:
    """Return the class a vehicle's legs and windows go by: its vessel, and its speed if unusual."""
    vessel = row.vessel_class if row.mode == "boat" else ""
    speed = "" if row.speed_class == "biasa" else row.speed_class
    return " ".join(part for part in (vessel, speed) if part)


def leg_classes(legs: pd.DataFrame, settings: PlanSettings, limits: Restrictions) -> pd.DataFrame:
    """Return ``legs`` (`PlanInputs`) with rows for vehicles slower or faster than usual.

    Boat legs are of a vessel class each, and so are those for its slow and fast vessels. A boat leg
    that touches a place with a greatest vessel is there for the admitted classes only.
    """
    parts = [legs]
    kinds = {
        (
            row.mode,
            row.vessel_class if row.mode == "boat" else "",
            vehicle_class(row),
            row.speed_class,
        )
        for row in settings.fleet
    }
    for mode, vessel, kind, speed in sorted(kinds):
        if speed == "biasa":
            continue
        own, factor = legs[legs["mode"].eq(mode)], settings.speed[speed]
        own = own[own["vessel_class"].eq(vessel)] if vessel else own
        times = {name: own[name] * factor for name in ("low_min", "usual_min", "high_min")}
        parts.append(own.assign(vessel_class=kind, **times))
    made = pd.concat(parts, ignore_index=True)
    return _admitted(made, settings, limits) if limits.largest else made


def _admitted(legs: pd.DataFrame, settings: PlanSettings, limits: Restrictions) -> pd.DataFrame:
    touched = legs["from_code"].isin(limits.largest) | legs["to_code"].isin(limits.largest)
    tight = legs["mode"].eq("boat") & touched
    parts = [legs[~tight]]
    for row in (row for row in settings.fleet if row.mode == "boat"):
        name = vehicle_class(row)
        own = legs[tight & legs["vessel_class"].eq(name)]
        fits = [
            limits.admits(a, row.vessel_class) and limits.admits(b, row.vessel_class)
            for a, b in zip(own["from_code"], own["to_code"], strict=True)
        ]
        parts.append(own[fits].assign(vessel_class=name))
    return pd.concat(parts, ignore_index=True)


def fleet_rows(settings: PlanSettings, stops: pd.DataFrame) -> pd.DataFrame:
    """Return vehicles one by one, each at its base, as the fleet of `PlanInputs`.

    ``stops`` has ``pier``, ``landing`` and ``warehouse``.

    Boats without a base are shared out over the piers by the number of their stops, one at each
    pier first; carriers without one stand at every landing, as many as the row counts.
    """
    by_pier = stops.loc[stops["pier"].ne(""), "pier"].value_counts()
    landings = stops.loc[stops["landing"].ne(""), "landing"].unique().tolist()
    first = str(stops["warehouse"].iloc[0])
    rows: list[dict[str, Any]] = []
    used: dict[str, int] = {}
    for row in settings.fleet:
        if row.base:
            bases = [row.base] * row.count
        elif row.mode == "truck":
            bases = [first] * row.count
        elif row.mode == "boat":
            bases = _shared(by_pier, row.count)
        else:
            bases = np.repeat(landings, row.count).tolist()
        for base in bases:
            used[row.name] = used.get(row.name, 0) + 1
            rows.append(_vehicle(row, f"{row.name}-{used[row.name]:02}", str(base)))
    return pd.DataFrame(rows, columns=list(_vehicle(_NO_ROW, "", "")))


def spare_vehicles(settings: PlanSettings) -> dict[str, dict[str, Any]]:
    """Return by mode the vehicle of the settings, or of the default fleet, as a row of a fleet.

    It is there where the settings count none of it.
    """
    usual = default_settings(settings.kabupaten, settings.election).fleet
    return {row.mode: _vehicle(row, row.name, "") for row in (*usual, *settings.fleet)}


def _shared(by_pier: pd.Series, count: int) -> list[str]:
    if by_pier.empty:
        return []
    piers = [str(pier) for pier in by_pier.index]
    shares = by_pier.to_numpy(dtype=float)
    given = np.zeros(len(piers), dtype=int)
    for n in range(count):
        # The pier with most stops per boat is next; one without a boat goes before all others.
        load = np.where(given == 0, np.inf, shares / np.maximum(given, 1))
        given[int(np.argmax(load))] += 1 if n < count else 0
    return np.repeat(piers, given).tolist()


def _vehicle(row: FleetRow, name: str, base: str) -> dict[str, Any]:
    return {
        "vehicle_id": name,
        "mode": row.mode,
        "base": base,
        "capacity_boxes": row.capacity_boxes,
        "escort_seats": row.escort_seats,
        "cost_per_hour": row.cost_per_hour,
        "crew_hours": row.crew_hours,
        "vessel_class": vehicle_class(row),
    }


_NO_ROW = FleetRow("", "truck", 0, 1)


FLEET_COLUMNS = tuple(one.name for one in fields(FleetRow))
WINDOW_COLUMNS = ("scope", "key", "vessel_class", "opens", "closes", "is_open", "note")


def scenario_names(kabupaten: str) -> list[str]:
    """Return the scenarios of a kabupaten that can be read."""
    found = []
    for name in scenarios():
        try:
            if scenario_settings(name).kabupaten == kabupaten:
                found.append(name)
        except ValueError:
            continue  # a faulty file of the planner's own is named when it is asked for
    return found


def scenario_title(name: str, lang: str) -> str:
    """Return the title of a scenario in the reader's language, its name where it has none."""
    about = scenario_settings(name).about
    return (about.title_en if lang == "en" else about.title_id) or name


def base_names(data: Dataset, kabupaten: str) -> dict[str, str]:
    """Return the warehouses, piers and landings of a kabupaten by id, the blank one first."""
    rows = places(data, kabupaten)
    return {"": "", **{str(place): f"{name} ({place})" for place, name in rows["name"].items()}}


def fleet_frame(settings: PlanSettings) -> pd.DataFrame:
    """Return the fleet as a table to edit."""
    rows = [{name: getattr(row, name) for name in FLEET_COLUMNS} for row in settings.fleet]
    frame = pd.DataFrame(rows, columns=list(FLEET_COLUMNS))
    whole = dict.fromkeys(("count", "capacity_boxes", "escort_seats"), "Int64")
    return frame.astype({**whole, "cost_per_hour": "float64", "crew_hours": "float64"})


def window_frame(settings: PlanSettings) -> pd.DataFrame:
    """Return the further windows as a table to edit; times are those of the wall clock."""
    rows = [{name: getattr(row, name) for name in WINDOW_COLUMNS} for row in settings.windows]
    frame = pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))
    for name in ("opens", "closes"):
        moved = pd.to_datetime(frame[name], utc=True).dt.tz_convert(zone())
        frame[name] = moved.dt.tz_localize(None)
    texts = dict.fromkeys(("scope", "key", "vessel_class", "note"), "str")
    return frame.astype({**texts, "is_open": "bool"})


def edited(
    base: PlanSettings, values: Mapping[str, Any], fleet: pd.DataFrame, windows: pd.DataFrame
) -> PlanSettings:
    """Return settings with what a planner entered; what differs from before is marked as set.

    Parameters
    ----------
    base
        What the form began with.
    values
        Fields of `PlanSettings` by name.
    fleet, windows
        Tables as `fleet_frame` and `window_frame` give them, edited.

    Raises
    ------
    SchemaError
        Naming every setting that is missing or out of range.
    """
    tables = {"fleet": _fleet(fleet), "windows": _windows(base, windows)}
    made = replace(base, **{**values, **tables})
    given = (values.keys() | {"windows"}) - {"sea", "kabupaten", "election"}
    return replace(made, origins=origins_of(made, base, given))


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Yield the filled cells of each row of an edited table."""
    for record in frame.to_dict("records"):
        yield {str(key): value for key, value in record.items() if not pd.isna(value)}


def _fleet(frame: pd.DataFrame) -> list[dict[str, Any]]:
    out = []
    for row in _rows(frame):
        if any(row.get(name) for name in ("name", "mode", "count", "capacity_boxes")):
            for name in row.keys() & {"count", "capacity_boxes", "escort_seats"}:
                row[name] = int(row[name]) if isinstance(row[name], Real) else row[name]
            out.append({**row, "name": str(row.get("name", "")).strip()})
    return out


def _windows(base: PlanSettings, frame: pd.DataFrame) -> list[dict[str, Any]]:
    before = {tuple(vars(w)[name] for name in WINDOW_COLUMNS): w for w in base.windows}
    out = []
    for row in _rows(frame):
        if not any(row.get(name) for name in ("scope", "key", "opens", "closes")):
            continue
        for name in row.keys() & {"opens", "closes"}:
            row[name] = pd.Timestamp(row[name]).tz_localize(zone()).to_pydatetime()
        filled: dict[str, Any] = {"vessel_class": "", "note": "", "is_open": True, **row}
        same = before.get(tuple(filled.get(name) for name in WINDOW_COLUMNS))
        out.append(vars(same) if same else filled)
    return out


def origin_table(settings: PlanSettings, lang: str) -> pd.DataFrame:
    """Return where each value comes from: fact with its page, assumption, or set by the planner."""
    columns = {
        "setting": [_setting_word(key, lang) for key in settings.origins],
        "basis": [label("basis", one.basis, lang) for one in settings.origins.values()],
        "note": [one.note for one in settings.origins.values()],
        "source": [one.source_url or None for one in settings.origins.values()],
    }
    return pd.DataFrame({label("origincolumn", k, lang): v for k, v in columns.items()})


def _setting_word(key: str, lang: str) -> str:
    """Return the reader's word for a setting; a vehicle without one has its name."""
    words = label("setting", key.lower(), lang)
    return key if words == key.lower() else words
