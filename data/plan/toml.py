"""Settings of a plan as TOML, scenarios, and published facts that a replay is held against.

A file may say as little as it likes: what it leaves out comes from the defaults it is read with.
What it does not know how to say is a fault, so that a misspelt key is never silently ignored.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.export import write_file
from data.paths import shipped_dir
from data.plan.keeping import keep_file
from data.plan.settings import Origin, PlanSettings
from data.plan.shelves import SCENARIOS
from data.settings_checks import said

SCHEMA = "siaga-babel/plan-settings/1"
DEFAULTS = "plan.toml"
Raw = dict[str, Any]


def default_values() -> Raw:
    """Return the shipped defaults of the province, as its ``plan.toml`` spells them."""
    return read_raw(shipped_dir() / DEFAULTS)


def read_raw(path: Path) -> Raw:
    """Return a TOML file of settings as it stands.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such file, or it is no TOML.
    """
    if not path.exists():
        raise SourceMissingError(path)
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as err:
        raise FileUnreadableError(path, "not_toml", "TOML, UTF-8") from err


def parse(words: str, name: str) -> Raw:
    """Return the text of a TOML file of settings as it stands; ``name`` is for the fault.

    Raises
    ------
    FileUnreadableError
        When it is no TOML.
    """
    try:
        return tomllib.loads(words)
    except tomllib.TOMLDecodeError as err:
        raise FileUnreadableError(name, "not_toml", str(err)) from err


def complete(raw: Raw, base: PlanSettings, name: str) -> PlanSettings:
    """Return settings with what a file says put in place of the defaults.

    Parameters
    ----------
    raw
        As `read_raw` returns it.
    base
        The defaults; its kabupaten and election are those of the file.
    name
        Of the file, for the fault.

    Raises
    ------
    SchemaError
        Naming every key that is unknown, of another kind or out of range.
    """
    given = {key: value for key, value in raw.items() if key != "schema"}
    faults = []
    if raw.get("schema", SCHEMA) != SCHEMA:
        faults.append(said("schema", raw["schema"], SCHEMA))
    try:
        made = PlanSettings(**_merged(_plain(base), given))
    except SchemaError as err:
        raise SchemaError(name, [*faults, *err.faults]) from err
    if faults:
        raise SchemaError(name, faults)
    of_defaults = [key for key in given if _ORIGIN_OF.get(key, key) in base.origins]
    stated = given.get("origins", ())
    return replace(made, origins=origins_of(made, base, of_defaults, stated))


def _merged(base: Raw, given: Raw) -> Raw:
    """Return a table in place of another; inner tables keep what is not given of them."""
    out = {**base, **given}
    for key in base.keys() & given.keys():
        if isinstance(base[key], dict) and isinstance(given[key], dict):
            whole = key == "origins"
            out[key] = {**base[key], **given[key]} if whole else _merged(base[key], given[key])
    return out


_ORIGIN_OF = {"deadline_days": "deadline", "seed": "search_seconds"}
"""Settings whose origin stands under another key."""


def origins_of(
    made: PlanSettings, base: PlanSettings, given: Iterable[str], stated: Collection[str] = ()
) -> dict[str, Origin]:
    """Return where each value comes from: what differs from the base is set by the planner.

    Parameters
    ----------
    made, base
        The settings, and what they began with.
    given
        Fields of `PlanSettings` that were given and whose origin is of interest.
    stated
        Keys whose origin the settings state themselves.
    """
    before, after = ({row.name: row for row in one.fleet} for one in (base, made))
    changed = {_ORIGIN_OF.get(k, k) for k in given if getattr(made, k) != getattr(base, k)}
    changed |= {name for name, row in after.items() if row != before.get(name)}
    if made.sea.wave_factor != base.sea.wave_factor:
        changed.add("wave_factor")
    own = {key: Origin("pengaturan") for key in changed - set(stated)}
    gone = set(before) - set(after)
    return {key: value for key, value in {**made.origins, **own}.items() if key not in gone}


def to_toml(settings: PlanSettings) -> str:
    """Return settings as a TOML document that `complete` reads back to the same."""
    return tomli_w.dumps({"schema": SCHEMA, **_plain(settings)})


def _plain(value: Any) -> Any:
    """Return a value as TOML can say it; what is None is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((one.name, getattr(value, one.name)) for one in fields(value))
        return {name: _plain(v) for name, v in pairs if v is not None}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    return value


def write_settings(path: Path, settings: PlanSettings) -> None:
    """Write settings to a TOML file, whole or not at all.

    Raises
    ------
    FileUnreadableError
        When the folder is not there, or the disk refuses.
    """
    write_file(path, to_toml(settings).encode())


def scenario_files() -> dict[str, Path]:
    """Return the scenarios by name: those that ship, and over them the planner's own."""
    folders = (shipped_dir() / "scenarios", SCENARIOS.folder)
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def read_scenario(name: str) -> Raw:
    """Return a scenario as its file stands.

    Raises
    ------
    SourceMissingError
        When there is no scenario of that name.
    """
    files = scenario_files()
    if name not in files:
        raise SourceMissingError(f"{name} ({', '.join(files)})")
    return read_raw(files[name])


def save_scenario(name: str, settings: PlanSettings) -> Path:
    """Keep settings as a scenario of the planner's own; one of that name goes to the trash.

    Raises
    ------
    FileUnreadableError
        When the name is none for a file, or the disk refuses.
    RightError
        When whoever acts may not, or not about its kabupaten.
    StoreError
        When the log cannot say who kept it.
    """
    return keep_file(SCENARIOS, name, to_toml(settings).encode())


ITEMS = ("tps", "boxes", "boat_trips", "hours")
"""TPS and boxes brought, trips by boat planned, and hours it took in the end ("up to")."""

_KINDS = {"scenario": "str", "item": "str", "value": "float64", "basis": "str", "source_url": "str"}


def replay_facts(scenario: str) -> pd.DataFrame:
    """Return what was published about a replayed day, one row per item.

    Returns
    -------
    DataFrame
        Index ``item`` of `ITEMS`; ``value``, ``source_url``.

    Raises
    ------
    SourceMissingError, SchemaError
        When the table is missing, or a row of it is no fact with a page.
    """
    path = shipped_dir() / "replay_facts.csv"
    if not path.exists():
        raise SourceMissingError(path)
    rows = pd.read_csv(path, dtype=_KINDS)
    bad = ~rows["item"].isin(ITEMS) | rows["basis"].ne("fakta") | rows["value"].le(0)
    bad |= ~rows["source_url"].str.startswith("https://", na=False)
    bad |= rows.duplicated(["scenario", "item"])
    if bad.any():
        faults = [f"row {n + 2}: {rows.iloc[n].to_dict()}" for n in bad.to_numpy().nonzero()[0]]
        raise SchemaError("replay_facts", faults)
    return rows[rows["scenario"].eq(scenario)].set_index("item")[["value", "source_url"]]
