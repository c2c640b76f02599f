"""Settings of a plan as tables to edit, and back; where each value comes from, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import pandas as pd

from analytics.plan_inputs import WIB
from data.errors import SchemaError
from data.plan_settings import FleetRow, Origin, PlanSettings, WindowRow
from services.dataset import Dataset
from services.place_status import places
from services.plan_settings import scenario_settings, scenarios
from services.texts import label

FLEET_COLUMNS = tuple(one.name for one in fields(FleetRow))
WINDOW_COLUMNS = ("scope", "key", "vessel_class", "opens", "closes", "is_open", "note")
SET_BY_PLANNER = Origin("pengaturan")


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
    """Return the further windows as a table to edit; times are those of the wall clock in WIB."""
    rows = [{name: getattr(row, name) for name in WINDOW_COLUMNS} for row in settings.windows]
    frame = pd.DataFrame(rows, columns=list(WINDOW_COLUMNS))
    for name in ("opens", "closes"):
        moved = pd.to_datetime(frame[name], utc=True).dt.tz_convert(WIB)
        frame[name] = moved.dt.tz_localize(None)
    texts = dict.fromkeys(("scope", "key", "vessel_class", "note"), "str")
    return frame.astype({**texts, "is_open": "bool"})


def edited(
    base: PlanSettings,
    values: Mapping[str, Any],
    fleet: pd.DataFrame,
    windows: pd.DataFrame,
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
    faults: list[str] = []
    rows = _fleet(fleet, faults)
    spans = _windows(base, windows, faults)
    if faults:
        raise SchemaError("settings", faults)
    made = replace(base, **values, fleet=rows, windows=spans)
    return replace(made, origins=_origins(base, made, values))


_ORIGIN_OF = {
    "deadline_days": "deadline", "seed": "search_seconds", "sea": "",
    "kabupaten": "", "election": "",
}  # fmt: skip


def _origins(
    base: PlanSettings, made: PlanSettings, values: Mapping[str, Any]
) -> dict[str, Origin]:
    changed = {_ORIGIN_OF.get(k, k) for k in values if getattr(made, k) != getattr(base, k)}
    before = {row.name: row for row in base.fleet}
    changed |= {row.name for row in made.fleet if row != before.get(row.name)}
    changed |= {"wave_factor"} if made.sea.wave_factor != base.sea.wave_factor else set()
    changed |= {"windows"} if made.windows != base.windows else set()
    gone = set(before) - {row.name for row in made.fleet}
    kept = {key: origin for key, origin in base.origins.items() if key not in gone}
    return kept | {key: SET_BY_PLANNER for key in changed if key}


def _fleet(frame: pd.DataFrame, faults: list[str]) -> tuple[FleetRow, ...]:
    rows = []
    for number, record in enumerate(frame.to_dict("records"), 1):
        row = {str(key): None if pd.isna(value) else value for key, value in record.items()}
        if not any(row.get(name) for name in ("name", "mode", "count", "capacity_boxes")):
            continue
        lacking = [n for n in ("name", "mode", "count", "capacity_boxes") if row.get(n) is None]
        if lacking:
            faults.append(f"fleet[{number}].{lacking[0]}: None, expected a value")
            continue
        seats = row.get("escort_seats")
        rows.append(
            FleetRow(
                str(row["name"]).strip(), str(row["mode"]), int(row["count"]),
                int(row["capacity_boxes"]), str(row.get("base") or ""),
                str(row.get("speed_class") or "biasa"), str(row.get("vessel_class") or ""),
                None if seats is None else int(seats), float(row.get("cost_per_hour") or 0.0),
                float(row["crew_hours"]) if row.get("crew_hours") is not None else 12.0,
            )
        )  # fmt: skip
    return tuple(rows)


def _windows(base: PlanSettings, frame: pd.DataFrame, faults: list[str]) -> tuple[WindowRow, ...]:
    before = {(w.scope, w.key, w.opens, w.closes, w.is_open, w.vessel_class): w
              for w in base.windows}  # fmt: skip
    rows = []
    for number, record in enumerate(frame.to_dict("records"), 1):
        row = {str(key): None if pd.isna(value) else value for key, value in record.items()}
        needed = ("scope", "key", "opens", "closes")
        lacking = [name for name in needed if not row.get(name)]
        if len(lacking) == len(needed):
            continue
        if lacking:
            faults.append(f"windows[{number}].{lacking[0]}: None, expected a value")
            continue
        opens, closes = (
            pd.Timestamp(row[name]).tz_localize(WIB).to_pydatetime() for name in needed[2:]
        )
        is_open, vessel = row.get("is_open") is not False, str(row.get("vessel_class") or "")
        made = WindowRow(str(row["scope"]), str(row["key"]), opens, closes, is_open, vessel,
                         note=str(row.get("note") or ""))  # fmt: skip
        same = before.get((made.scope, made.key, opens, closes, is_open, vessel))
        rows.append(same if same is not None and same.note == made.note else made)
    return tuple(rows)


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
    """Return the reader's word for a setting; vehicles are told by their name where it has none."""
    words = label("setting", key.lower(), lang)
    return key if words == key.lower() else words
