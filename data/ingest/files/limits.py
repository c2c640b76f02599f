"""How large a file may be, and the words in which a file is refused."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, fields
from pathlib import Path

from pydantic import ValidationError
from pydantic.dataclasses import dataclass

from data.errors import FileUnreadableError, SchemaError
from data.ingest.words import expected
from data.settings_checks import faults_of, said

_SHOWN = 60
_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """The most that is read of one file; each may be set by a variable ``SIAGA_MAX_...``.

    Attributes
    ----------
    file_bytes
        Bytes of a file as it is sent; a browser sends no more than ``server.maxUploadSize`` either.
    unpacked_bytes
        Bytes of a workbook once unpacked.
    ratio
        How many times larger than packed a part of a workbook may be, beyond its first 10 MiB.
    json_bytes
        Bytes of a JSON or GeoJSON file, which is held in memory as a whole.
    rows, columns
        Rows of a table with those above its headings, and its headings.
    cell_chars
        Characters of one cell.
    nesting
        Objects and lists one inside the other in a record of JSON.
    """

    file_bytes: int = 200 * _MIB
    unpacked_bytes: int = 512 * _MIB
    ratio: int = 200
    json_bytes: int = 64 * _MIB
    rows: int = 2_000_000
    columns: int = 500
    cell_chars: int = 100_000
    nesting: int = 32


def limits_from_environment() -> Limits:
    """Return the limits, with what the environment says of them, such as ``SIAGA_MAX_ROWS``.

    Raises
    ------
    SchemaError
        When a variable is no whole number from 1.
    """
    names = {field.name: f"SIAGA_MAX_{field.name.upper()}" for field in fields(Limits)}
    given = {name: os.environ[key] for name, key in names.items() if os.environ.get(key)}
    try:
        limits = Limits(**given)  # type: ignore[arg-type]
    except ValidationError as err:
        raise SchemaError("SIAGA_MAX", faults_of(err, {"": Limits})) from err
    low = [said(names[n], v, "a whole number from 1") for n, v in asdict(limits).items() if v < 1]
    if low:
        raise SchemaError("SIAGA_MAX", low)
    return limits


def shown_name(path: Path | str) -> Path:
    """Return the name of a file as it may be shown: without folders and control characters."""
    name = Path(path).name.encode("utf-8", "replace").decode("utf-8")
    return Path(
        re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "?", name) or "?"
    )


def shown(text: object) -> str:
    """Return a text of a file on one line, cut to 60 characters."""
    plain = " ".join(str(text).encode("utf-8", "replace").decode("utf-8").split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def unreadable(path: Path | str, reason: str, detail: str = "") -> FileUnreadableError:
    """Return the error that refuses a file.

    Parameters
    ----------
    path
        The file; its name alone is shown.
    reason
        Key of the catalogue, under ``import_reason``.
    detail
        Where in the file, or what was found.
    """
    words = expected(reason)
    return FileUnreadableError(shown_name(path), reason, f"{words}; {detail}" if detail else words)


def beyond(path: Path | str, reason: str, most: int, detail: str = "") -> FileUnreadableError:
    """Return the error that refuses a file beyond a limit, which is told."""
    told = f"{expected('at_most')} {most:,}".replace(",", ".")
    return unreadable(path, reason, f"{told}; {detail}" if detail else told)
