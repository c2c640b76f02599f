"""Why a row or a file was refused: machine keys, and what was expected in words."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("import_reasons.toml")


@cache
def reasons() -> dict[str, str]:
    """Return what was expected, in Indonesian, by reason key.

    Raises
    ------
    ValueError
        When two parts of the list hold the same key.
    """
    content = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    pairs = [pair for part in content.values() for pair in part.items()]
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = {key for key, _ in pairs if sum(key == k for k, _ in pairs) > 1}
        raise ValueError(f"{_TABLE.name}: twice {', '.join(sorted(twice))}")
    return found


def expected(reason: str) -> str:
    """Return what was expected where a reason applies.

    Raises
    ------
    KeyError
        When the key is not in ``import_reasons.toml``.
    """
    return reasons()[reason]
