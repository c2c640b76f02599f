"""Fleets that ship, and plans that are kept: each plan is one JSON file under ``var/plans``.

What is deleted, or replaced by a plan of the same name, goes to ``var/plans/trash`` and can be
brought back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.export import write_file
from data.ingest.words import expected
from data.paths import shipped_dir
from data.plan.keeping import keep_file, keeping
from data.plan.shelves import PLANS, Thrown

FLEET_COLUMNS = {
    "kabupaten_code": "str",
    "election": "str",
    "mode": "str",
    "vehicles": "int64",
    "capacity_boxes": "int64",
    "escort_seats": "Int64",
    "vessel_class": "str",
    "cost_per_hour": "float64",
    "basis": "str",
    "note": "str",
    "source_url": "str",
}


def shipped_fleet() -> pd.DataFrame:
    """Return the default fleet: vehicles of a kind per kabupaten, each a fact or an assumption.

    Columns as in `FLEET_COLUMNS`; a figure is of its ``election``, empty where it is of none.

    Raises
    ------
    SourceMissingError, SchemaError
        When the file is not there, or has a fact of no election or two rows about the same.
    """
    path = shipped_dir() / "fleet.csv"
    if not path.exists():
        raise SourceMissingError(path)
    rows = pd.read_csv(path, dtype=FLEET_COLUMNS)
    wrong = {
        "an election, since the row is a fact": rows["basis"].eq("fakta") & rows["election"].isna(),
        "one row per kabupaten, mode and election": rows.duplicated(
            ["kabupaten_code", "mode", "election"]
        ),
    }
    faults = [
        f"row {line + 2}: election={rows.loc[line, 'election']}, expected {expected}"
        for expected, at in wrong.items()
        for line in rows.index[at]
    ]
    if faults:
        raise SchemaError(path.name, faults)
    return rows


def save_plan(name: str, document: dict[str, Any]) -> Path:
    """Keep a plan under a name; the file appears whole or not at all.

    A plan of that name goes to the trash, from where `restore_plan` brings it back.

    Raises
    ------
    FileUnreadableError
        When the name cannot be that of a file, or the disk refuses.
    RightError
        When whoever acts may not, or not about its kabupaten.
    StoreError
        When the log cannot say who kept it.
    """
    return keep_file(PLANS, name, _content(document))


def rename_plan(name: str, new: str) -> None:
    """Give a saved plan another name.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such plan, or the new name is taken or cannot be that of a file.
    RightError, StoreError
        As `save_plan`.
    """
    with keeping(PLANS, name, new) as door:
        path, target = PLANS.kept(name), PLANS.path(new)
        if new != name and _is_taken(target, path):
            raise FileUnreadableError(new, "plan_name_taken", expected("plan_name_taken"))
        if new != name:
            door.keep(name, {name: None, new: door.row(new, path)}, [(path, target)])


def _is_taken(target: Path, path: Path) -> bool:
    """Tell whether a plan other than ``path`` has a name.

    A disk that tells no capitals from small letters has a plan under both, and lists it once.
    """
    same = target.name.casefold() == path.name.casefold()
    names = {one.name for one in target.parent.iterdir()}
    return target.name in names or (target.exists() and not same)


def delete_plan(name: str) -> str:
    """Put a saved plan into the trash; return the token that brings it back.

    Raises
    ------
    SourceMissingError
        When there is no such plan.
    RightError, StoreError
        As `save_plan`.
    """
    with keeping(PLANS, name) as door:
        path, target = PLANS.kept(name), PLANS.thrown_path(name)
        door.keep(name, {name: None}, [(path, target)])
        return target.stem


def restore_plan(token: str) -> str:
    """Bring a plan back from the trash under its old name, which is returned.

    A plan that has the name by now goes to the trash in its place.

    Raises
    ------
    SourceMissingError
        When the trash has no such plan.
    RightError, StoreError
        As `save_plan`.
    """
    path = PLANS.trash / f"{token}{PLANS.suffix}"
    name = token.rpartition("~")[0]
    if Path(token).name != token or not name:
        raise SourceMissingError(path)
    with keeping(PLANS, name) as door:
        if not path.exists():
            raise SourceMissingError(path)
        if PLANS.path(name).exists() and PLANS.path(name).read_bytes() == path.read_bytes():
            path.unlink()  # it is back already; two of the same are one
            return name
        moves = [*door.replacing(name), (path, PLANS.path(name))]
        door.keep(name, {name: door.row(name, path)}, moves)
    return name


def trash() -> list[Thrown]:
    """Return the plans in the trash, the last thrown away first."""
    return PLANS.thrown()


def write_plan(path: Path, document: dict[str, Any]) -> None:
    """Write a plan document to a file, whole or not at all."""
    write_file(path, _content(document))


def _content(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def saved_plans() -> list[str]:
    """Return the names of saved plans, newest first."""
    files = sorted(PLANS.folder.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    return [path.stem for path in files]


def read_plan(path: Path) -> dict[str, Any]:
    """Return the plan document of a file.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such file, or it is no JSON object.
    """
    if not path.exists():
        raise SourceMissingError(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as err:  # a number may be too long to be read, too
        raise FileUnreadableError(path, "plan_not_json", expected("plan_not_json")) from err
    if not isinstance(document, dict):
        raise FileUnreadableError(path, "plan_not_json", expected("plan_not_json"))
    return document


def load_plan(name: str) -> dict[str, Any]:
    """Return a saved plan by name; treat it as read-only."""
    path = PLANS.folder / f"{name}.json"
    return _loaded(path, path.stat().st_mtime_ns if path.exists() else 0)


def base_key(document: Mapping[str, Any]) -> str:
    """Return what distinguishes the trips of a plan from those of another of the same name."""
    trips = json.dumps(document["trips"], sort_keys=True)
    return hashlib.sha256(trips.encode()).hexdigest()[:16]


def plans_of(kabupaten: str) -> list[str]:
    """Return the names of the saved plans of a kabupaten, newest first."""
    return [
        name
        for name in saved_plans()
        if load_plan(name).get("about", {}).get("kabupaten") == kabupaten
    ]


@lru_cache(maxsize=64)
def _loaded(path: Path, _changed_ns: int) -> dict[str, Any]:
    return read_plan(path)


class KeptPlan(NamedTuple):
    """A saved plan without its content.

    Attributes
    ----------
    name
        As `data.plan.kept.load_plan` takes it.
    stamp
        Time of writing in nanoseconds: another one means another content.
    """

    name: str
    stamp: int


def kept_plans() -> tuple[KeptPlan, ...]:
    """Return the saved plans, newest first."""
    found = [KeptPlan(path.stem, path.stat().st_mtime_ns) for path in PLANS.folder.glob("*.json")]
    return tuple(sorted(found, key=lambda plan: (-plan.stamp, plan.name)))
