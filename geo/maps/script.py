"""The script that draws the land, as a file for the browser."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

SCRIPT = Path(__file__).with_name("land.js")
SERVED = Path("siaga", "land.js")
"""Where it stands in the public folder of library files."""


@cache
def script_address() -> str:
    """Return the address below the public folder, which changes with what the script says."""
    digest = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()
    return f"{SERVED.as_posix()}?v={digest[:12]}"
