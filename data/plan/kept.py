"""Fleets that ship, and plans that are kept: each plan is one JSON file under ``var/plans``.

What is deleted, or replaced by a plan of the same name, goes to ``var/plans/trash`` and can be
brought back.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from data.clock import utc_now
from data.errors import FileUnreadableError, SchemaError, SourceMissingError
from data.export import refused_by_disk, write_file
from data.paths import shipped_dir, var_dir, whole_file
from data.store.ledger.rights import require_now

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
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
_EXPECTED = {
    "plan_name": "huruf, angka, spasi, titik, tanda hubung; paling banyak 80",
    "plan_name_taken": "nama yang belum dipakai rencana lain",
}
_STAMP = "%Y%m%dT%H%M%S%f"
KEEP = "plan.keep"
"""The act of whoever makes, changes, renames or deletes a kept plan or a scenario."""


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


def require_keeping() -> None:
    """Hold that whoever acts may make plans and change them.

    Raises
    ------
    RightError
        When the role is none that may.
    """
    require_now(KEEP)


def plans_dir() -> Path:
    """Return the folder of saved plans."""
    return var_dir() / "plans"


def check_plan_name(name: str) -> None:
    """Refuse a name that cannot be that of a file.

    Raises
    ------
    FileUnreadableError
        When it holds more than letters, digits, blanks, dots and hyphens, or over 80 of them.
    """
    if not _NAME.fullmatch(name) or name != name.strip():
        raise _refused(name, "plan_name")


def save_plan(name: str, document: dict[str, Any]) -> Path:
    """Keep a plan under a name; the file appears whole or not at all.

    A plan of that name goes to the trash, from where `restore_plan` brings it back.

    Raises
    ------
    FileUnreadableError
        When the name cannot be that of a file.
    RightError
        When whoever acts may not.
    """
    path = _path(name)
    with _changing():
        if path.exists():
            _throw_away(path, keep=True)
        write_plan(path, document)
    return path


def rename_plan(name: str, new: str) -> None:
    """Give a saved plan another name.

    Raises
    ------
    SourceMissingError, FileUnreadableError
        When there is no such plan, or the new name is taken or cannot be that of a file.
    RightError
        When whoever acts may not.
    """
    with _changing():
        path, target = _kept(name), _path(new)
        if target.exists() and not target.samefile(path):
            raise _refused(new, "plan_name_taken")
        os.replace(path, target)


def delete_plan(name: str) -> str:
    """Put a saved plan into the trash; return the token that brings it back.

    Raises
    ------
    SourceMissingError
        When there is no such plan.
    RightError
        When whoever acts may not.
    """
    with _changing():
        return _throw_away(_kept(name))


def restore_plan(token: str) -> str:
    """Bring a plan back from the trash under its old name, which is returned.

    A plan that has the name by now goes to the trash in its place.

    Raises
    ------
    SourceMissingError
        When the trash has no such plan.
    RightError
        When whoever acts may not.
    """
    path = trash_dir() / f"{token}.json"
    name = token.rpartition("~")[0]
    with _changing():
        if Path(token).name != token or not path.exists():
            raise SourceMissingError(path)
        if _path(name).exists():
            _throw_away(_path(name))
        os.replace(path, _path(name))
    return name


@dataclass(frozen=True)
class Thrown:
    """A plan in the trash: what brings it back, its name, and when it was thrown away (UTC)."""

    token: str
    name: str
    at: dt.datetime


def trash() -> list[Thrown]:
    """Return the plans in the trash, the last thrown away first."""
    found = []
    for path in trash_dir().glob("*~*.json"):
        name, _, stamp = path.stem.rpartition("~")
        at = dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC)
        found.append(Thrown(path.stem, name, at))
    return sorted(found, key=lambda thrown: thrown.at, reverse=True)


def trash_dir() -> Path:
    """Return the folder of plans that were deleted or replaced."""
    return plans_dir() / "trash"


def _throw_away(path: Path, keep: bool = False) -> str:
    """Put a plan into the trash: move it, or leave it where it is and throw a copy away."""
    trash_dir().mkdir(parents=True, exist_ok=True)
    at = utc_now()
    while (target := trash_dir() / f"{path.stem}~{at.strftime(_STAMP)}.json").exists():
        at += dt.timedelta(microseconds=1)  # the clock may stand still
    if keep:
        with whole_file(target) as partial:
            shutil.copyfile(path, partial)
    else:
        os.replace(path, target)
    return target.stem


@contextmanager
def _changing() -> Iterator[None]:
    """Let one process at a time change the kept plans, so that each that is replaced is thrown."""
    require_keeping()
    with refused_by_disk(plans_dir()):
        plans_dir().mkdir(parents=True, exist_ok=True)
        with (plans_dir() / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _path(name: str) -> Path:
    check_plan_name(name)
    return plans_dir() / f"{name}.json"


def _kept(name: str) -> Path:
    path = _path(name)
    if not path.exists():
        raise SourceMissingError(path)
    return path


def _refused(name: str, reason: str) -> FileUnreadableError:
    return FileUnreadableError(name, reason, _EXPECTED[reason])


def write_plan(path: Path, document: dict[str, Any]) -> None:
    """Write a plan document to a file, whole or not at all."""
    write_file(path, json.dumps(document, ensure_ascii=False).encode())


def saved_plans() -> list[str]:
    """Return the names of saved plans, newest first."""
    files = sorted(plans_dir().glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    return [path.stem for path in files]


@contextmanager
def plans_at_rest() -> Iterator[None]:
    """Let no process change the kept plans meanwhile, so that each is read once.

    Where there is no folder, or one that nobody can write to, there is nothing to wait for.
    """
    try:
        lock = os.fdopen(os.open(plans_dir() / ".lock", os.O_RDONLY | os.O_CREAT, 0o644))
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def plan_files() -> list[Path]:
    """Return the files of all plans, those in the trash last."""
    return [*sorted(plans_dir().glob("*.json")), *sorted(trash_dir().glob("*.json"))]


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
    except (json.JSONDecodeError, UnicodeDecodeError) as err:
        raise FileUnreadableError(path, "not_json", "dokumen rencana JSON") from err
    if not isinstance(document, dict):
        raise FileUnreadableError(path, "not_json", "dokumen rencana JSON")
    return document


def load_plan(name: str) -> dict[str, Any]:
    """Return a saved plan by name; treat it as read-only."""
    path = plans_dir() / f"{name}.json"
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
    found = [KeptPlan(path.stem, path.stat().st_mtime_ns) for path in plans_dir().glob("*.json")]
    return tuple(sorted(found, key=lambda plan: (-plan.stamp, plan.name)))
