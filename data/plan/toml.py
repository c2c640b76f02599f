"""Settings of a plan as TOML, and the scenarios that ship or that a planner put into ``var``.

A file may say as little as it likes: what it leaves out comes from the defaults it is read with.
What it does not know how to say is a fault, so that a misspelt key is never silently ignored.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
import types
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import tomli_w

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.paths import shipped_dir, var_dir
from data.plan.settings import Origin, PlanSettings, said

SCHEMA = "siaga-babel/plan-settings/1"
DEFAULTS = "plan.toml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
_WORDS = {
    int: "a whole number", float: "a number", str: "text", bool: "true or false",
    dt.datetime: "a time with a zone, such as 2024-02-12T07:00:00+07:00",
}  # fmt: skip
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
    """Return the text of a TOML file of settings as it stands; ``name`` is for the fault."""
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
    faults: list[str] = []
    given = {key: value for key, value in raw.items() if key != "schema"}
    if raw.get("schema", SCHEMA) != SCHEMA:
        faults.append(said("schema", raw["schema"], SCHEMA))
    values = _values(PlanSettings, given, "", base, faults)
    if faults:
        raise SchemaError(name, faults)
    try:
        made = replace(base, **values)
        return replace(made, origins=_origins(made, base, given))
    except SchemaError as err:
        raise SchemaError(name, list(err.faults)) from err


_ORIGIN_OF = {
    "deadline_days": "deadline", "sea": "", "seed": "search_seconds",
    "fleet": "", "origins": "",
}  # fmt: skip
"""Settings whose origin stands under another key, and those told apart further below."""


def _origins(made: PlanSettings, base: PlanSettings, given: Raw) -> dict[str, Origin]:
    """Return where each value comes from: what a file sets without saying why is a setting."""
    told = given.get("origins", {})
    before = {row.name: row for row in base.fleet}
    changed = {
        _ORIGIN_OF.get(key, key) for key in given if getattr(made, key) != getattr(base, key)
    }
    changed |= {row.name for row in made.fleet if row != before.get(row.name)}
    known = set(base.origins) | set(before) | {row.name for row in made.fleet}
    own = {key: Origin("pengaturan") for key in changed & known if key not in told}
    kept = {key: value for key, value in made.origins.items() if key in told or key not in own}
    gone = set(before) - {row.name for row in made.fleet}
    return {key: value for key, value in {**kept, **own}.items() if key not in gone}


def _values(kind: Any, raw: Raw, where: str, base: Any, faults: list[str]) -> Raw:
    """Return the fields of a dataclass that a table gives, each of its kind."""
    hints = get_type_hints(kind)
    known = {one.name for one in fields(kind)}
    out: Raw = {}
    for key, value in raw.items():
        if key not in known:
            faults.append(said(f"{where}{key}", value, "one of " + ", ".join(sorted(known))))
            continue
        own = getattr(base, key, None) if base is not None else None
        out[key] = _value(hints[key], value, f"{where}{key}", own, faults)
    return out


def _value(kind: Any, value: Any, where: str, base: Any, faults: list[str]) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _value(next(k for k in inner if k is not type(None)), value, where, base, faults)
    if is_dataclass(kind):
        return _table(kind, value, where, base, faults)
    if origin in (tuple, list):
        return _list(inner, value, where, faults)
    if origin is dict:
        return _named(inner[1], value, where, base, faults)
    if kind is float and type(value) is int:
        return float(value)
    if kind is not Any and type(value) is not kind:
        faults.append(said(where, value, _WORDS[kind]))
    return value


def _named(kind: Any, value: Any, where: str, base: Any, faults: list[str]) -> dict[str, Any]:
    """Return a table whose keys are free; what it does not name stays as in the defaults."""
    if not isinstance(value, dict):
        faults.append(said(where, value, "a table"))
        return {}
    own = base if isinstance(base, dict) else {}
    made = {k: _value(kind, v, f"{where}.{k}", None, faults) for k, v in value.items()}
    return {**own, **made}


def _table(kind: Any, value: Any, where: str, base: Any, faults: list[str]) -> Any:
    if not isinstance(value, dict):
        faults.append(said(where, value, "a table"))
        return base
    values = _values(kind, value, f"{where}.", base, faults)
    if is_dataclass(base) and not isinstance(base, type):
        return replace(base, **values)
    try:
        return kind(**values)
    except TypeError:
        needed = [one.name for one in fields(kind) if one.name not in values]
        faults.append(said(where, sorted(values), "also " + ", ".join(needed)))
        return None


def _list(inner: tuple[Any, ...], value: Any, where: str, faults: list[str]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        faults.append(said(where, value, "a list"))
        return ()
    many = Ellipsis in inner
    if not many and len(value) != len(inner):
        faults.append(said(where, value, f"{len(inner)} values"))
        return tuple(value)
    kinds = [inner[0]] * len(value) if many else list(inner)
    return tuple(
        _value(kind, one, f"{where}[{n}]", None, faults)
        for n, (kind, one) in enumerate(zip(kinds, value, strict=True), 1)
    )


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
    """Write settings to a TOML file, whole or not at all."""
    if not path.parent.is_dir():
        raise FileUnreadableError(path, "folder_missing", "folder yang ada")
    partial = path.with_name(path.name + ".part")
    partial.write_text(to_toml(settings), encoding="utf-8")
    os.replace(partial, path)


def scenarios_dir() -> Path:
    """Return the folder of the planner's own scenarios."""
    return var_dir() / "scenarios"


def scenario_files() -> dict[str, Path]:
    """Return the scenarios by name: those that ship, and over them the planner's own."""
    folders = (shipped_dir() / "scenarios", scenarios_dir())
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
    """Keep settings as a scenario of the planner's own."""
    if not _NAME.fullmatch(name):
        raise FileUnreadableError(name, "plan_name", "huruf, angka, spasi, titik, tanda hubung")
    scenarios_dir().mkdir(parents=True, exist_ok=True)
    path = scenarios_dir() / f"{name}.toml"
    write_settings(path, settings)
    return path
