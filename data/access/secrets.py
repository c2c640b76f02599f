"""What whoever runs the server has set about sign-in: files of secrets, and the environment."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from data.errors import FileUnreadableError
from data.paths import ROOT

_PREFIX = "SIAGA_ACCESS_"
_TRUSTED = "SIAGA_TRUSTED_PROXY"


def secret_files() -> list[Path]:
    """Return the files of secrets, the last of which counts most, as the server finds them."""
    named = os.environ.get("STREAMLIT_SECRETS_FILES")
    if named:
        return [Path(part.strip()) for part in named.strip("[]").replace('"', "").split(",")]
    return [Path.home() / ".streamlit" / "secrets.toml", ROOT / ".streamlit" / "secrets.toml"]


def read_secrets(files: Iterable[Path]) -> dict[str, Any]:
    """Return the sections of files of secrets, by name; those of a later file count.

    Raises
    ------
    FileUnreadableError
        For a file that is no TOML or may not be read; its content is not told.
    """
    found: dict[str, Any] = {}
    for path in files:
        try:
            found |= tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as err:
            raise FileUnreadableError(path, "not_toml", "TOML, UTF-8") from err
    return found


def with_environment(secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Return the secrets with what the environment says of ``[access]``, which counts more.

    ``SIAGA_ACCESS_ROLE_CLAIM`` is ``role_claim``, and so on; ``SIAGA_TRUSTED_PROXY`` is
    ``trusted_proxy``.
    """
    named = {
        key.removeprefix(_PREFIX).lower(): value
        for key, value in os.environ.items()
        if key.startswith(_PREFIX) and value
    }
    if os.environ.get(_TRUSTED):
        named["trusted_proxy"] = os.environ[_TRUSTED]
    given = secrets.get("access")
    if not named:
        return dict(secrets)
    return {**secrets, "access": {**(given if isinstance(given, Mapping) else {}), **named}}
