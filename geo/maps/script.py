"""What draws the land, as files for the browser."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

FILES = tuple(Path(__file__).with_name(name) for name in ("land.js", "land.css"))
FOLDER = "siaga"
"""Where they stand in the public folder of library files."""


@cache
def served(name: str) -> str:
    """Return the address of a file below the public folder, which changes with what it says."""
    content = Path(__file__).with_name(name).read_bytes()
    return f"{FOLDER}/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
