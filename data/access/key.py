"""The key of the hashes under which people are kept."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from data.paths import var_dir

_BYTES = 32


def key_file() -> Path:
    """Return the file of the key; whoever has it and the store can try out who is in it."""
    return var_dir() / "people.key"


def people_key(setting: str) -> bytes:
    """Return the key: what is set, else that of the file, which is made by whoever asks first."""
    if setting:
        return setting.encode()
    path = key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # A file made so is for its owner only (0600); a link is made whole or not at all.
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".key-") as file:
            file.write(secrets.token_hex(_BYTES).encode())
            file.flush()
            with suppress(FileExistsError):
                os.link(file.name, path)
    return path.read_bytes().strip()


def key_is_open() -> bool:
    """Return whether others on this machine may read the file of the key."""
    path = key_file()
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
