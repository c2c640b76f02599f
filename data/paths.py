"""Where files are read and kept, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from data.errors import SourceMissingError

ROOT = Path(__file__).resolve().parents[1]
PROVINCE_FILE = "province.toml"


def shipped_dir() -> Path:
    """Return the folder of the tables and boundaries of the province.

    ``SIAGA_PROVINCE`` names it; without that it is the folder whose ``province.toml`` says
    ``default = true``. ``SIAGA_SHIPPED`` names the folder of all provinces where it is another.

    Raises
    ------
    SourceMissingError
        When there is no such folder, or none is the default.
    """
    return _province_dir(os.environ.get("SIAGA_SHIPPED"), os.environ.get("SIAGA_PROVINCE"))


@cache
def _province_dir(shipped: str | None, named: str | None) -> Path:
    root = Path(shipped) if shipped else ROOT / "data" / "shipped"
    for path in sorted(root.glob(f"{named or '*'}/{PROVINCE_FILE}")):
        if named or tomllib.loads(path.read_text(encoding="utf-8")).get("default"):
            return path.parent
    raise SourceMissingError(root / (named or "*") / PROVINCE_FILE)


def var_dir() -> Path:
    """Return the folder of what the product writes; ``SIAGA_VAR`` moves it."""
    return Path(os.environ.get("SIAGA_VAR", ROOT / "var"))


def static_vendor_dir() -> Path:
    """Return the public folder that holds library files and nothing else."""
    return ROOT / "static" / "vendor"


def static_land_dir() -> Path:
    """Return the public folder that holds boundaries and nothing else."""
    return ROOT / "static" / "geo"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; what stands there at the end becomes the file.

    Each writer has a folder of its own beside the file, so that writers never share a half-written
    one: the last to end leaves its whole file. After an error the file is as it was.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
        partial = Path(folder) / path.name
        yield partial
        kept = path.absolute().is_relative_to(var_dir().absolute())
        if kept:
            partial.chmod(0o600)  # what is kept is nobody else's; see data/private.py
            sync(partial)
        os.replace(partial, path)
    if kept:
        sync(path.parent)


def sync(path: Path) -> None:
    """Return once the disk holds what was written to a file, or which names a folder has.

    Without this a power cut may leave an empty file, or the older name, after a later write.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
