"""What weighs in the list of places to watch, as the file beside this module says it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

WEIGHTS_FILE = Path(__file__).with_name("watch.toml")
"""Every weight with the reason for it."""


def read_watch_weights() -> dict[str, Any]:
    """Return the values of `WEIGHTS_FILE` by name, not yet checked against their ranges."""
    return tomllib.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
