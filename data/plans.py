"""Fleets that ship, and plans that are kept: each plan is one JSON file under ``var/plans``."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import FileUnreadableError, SourceMissingError
from data.paths import PROVINCE, shipped_dir, var_dir

FLEET_COLUMNS = {
    "kabupaten_code": "str", "mode": "str", "vehicles": "int64", "capacity_boxes": "int64",
    "escort_seats": "Int64", "vessel_class": "str", "cost_per_hour": "float64", "basis": "str",
    "note": "str", "source_url": "str",
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")


def shipped_fleet(province: str = PROVINCE) -> pd.DataFrame:
    """Return the default fleet: vehicles of a kind per kabupaten, each a fact or an assumption."""
    path = shipped_dir(province) / "fleet.csv"
    if not path.exists():
        raise SourceMissingError(path)
    return pd.read_csv(path, dtype=FLEET_COLUMNS)


def plans_dir() -> Path:
    """Return the folder of kept plans."""
    return var_dir() / "plans"


def save_plan(name: str, document: dict[str, Any]) -> Path:
    """Keep a plan under a name; the file appears whole or not at all.

    Raises
    ------
    FileUnreadableError
        When the name cannot be that of a file.
    """
    if not _NAME.fullmatch(name):
        raise FileUnreadableError(name, "plan_name", "huruf, angka, spasi, titik, tanda hubung")
    plans_dir().mkdir(parents=True, exist_ok=True)
    path = plans_dir() / f"{name}.json"
    write_plan(path, document)
    return path


def write_plan(path: Path, document: dict[str, Any]) -> None:
    """Write a plan document to a file, whole or not at all."""
    if not path.parent.is_dir():
        raise FileUnreadableError(path, "folder_missing", "folder yang ada")
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(partial, path)


def saved_plans() -> list[str]:
    """Return the names of kept plans, newest first."""
    files = sorted(plans_dir().glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
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
    except (json.JSONDecodeError, UnicodeDecodeError) as err:
        raise FileUnreadableError(path, "not_json", "dokumen rencana JSON") from err
    if not isinstance(document, dict):
        raise FileUnreadableError(path, "not_json", "dokumen rencana JSON")
    return document


def load_plan(name: str) -> dict[str, Any]:
    """Return a kept plan by name."""
    return read_plan(plans_dir() / f"{name}.json")
