"""What a backup says of itself: when and of what it was made, and what is in it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.paths import ROOT

FORMAT: Final = "siaga/backup/1"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FilePart(_Part):
    """A file: its size and SHA-256."""

    bytes: Count
    sha256: Sha256


class TablePart(FilePart):
    """A table: size and SHA-256 of its lines, and how many rows these are."""

    rows: Count


class Manifest(_Part):
    """What is in a backup.

    Attributes
    ----------
    version
        Of the product that made it.
    province
        Name of the province's folder.
    revision
        That the store held; see `data.store.migrate`.
    tables, files
        By the name of the table, and by the path below ``var/``.
    content
        SHA-256 over revision, tables and files: equal for equal content, whenever it was backed up
        and from whichever database.
    """

    format: Literal["siaga/backup/1"]
    version: str
    province: str
    made_at: datetime
    revision: Annotated[str, Field(pattern=r"^\d{4}$")]
    tables: dict[Annotated[str, Field(pattern=r"^[a-z_]+$")], TablePart]
    files: dict[str, FilePart]
    content: Sha256

    @property
    def parts(self) -> dict[str, FilePart]:
        """Everything that is in the backup by the name of its member."""
        tables = {f"tables/{name}.jsonl": part for name, part in self.tables.items()}
        return {**tables, **{f"files/{name}": part for name, part in self.files.items()}}

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(part.rows for part in self.tables.values())


def content_digest(
    revision: str, tables: Mapping[str, TablePart], files: Mapping[str, FilePart]
) -> str:
    """Return the ``content`` of a manifest."""
    told = {
        "revision": revision,
        "tables": {name: part.model_dump() for name, part in tables.items()},
        "files": {name: part.model_dump() for name, part in files.items()},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def product_version() -> str:
    """Return the version of the product."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(about["project"]["version"])
