"""Where the product keeps its files."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROVINCE = "babel"


def shipped_dir(province: str = PROVINCE) -> Path:
    """Return the folder of the tables and boundaries that ship for a province."""
    return ROOT / "data" / "shipped" / province


def var_dir() -> Path:
    """Return the folder of what the product writes; ``SIAGA_VAR`` moves it."""
    return Path(os.environ.get("SIAGA_VAR", ROOT / "var"))


def static_vendor_dir() -> Path:
    """Return the public folder that holds library files and nothing else."""
    return ROOT / "static" / "vendor"
