"""The rules of early warning, as the file beside this module says them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

RULES_FILE = Path(__file__).with_name("rules.toml")
"""Every rule with the reason for it."""


def read_warning_rules() -> dict[str, Any]:
    """Return the tables of `RULES_FILE` by name of rule, not yet checked against their ranges."""
    return tomllib.loads(RULES_FILE.read_text(encoding="utf-8"))
