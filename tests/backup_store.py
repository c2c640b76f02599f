"""A store whose rows are hard to carry over, and backups that were tampered with."""

from __future__ import annotations

import hashlib
import json
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    delete,
    insert,
)

from data.backup.manifest import FORMAT, Manifest, content_digest
from data.store import tables as schema
from data.store.ledger.writing import HEAD

TEXTS = ("é, ü, 漢字 🗳", 'baris\nbaru "kutip", \\n', "", "Z", "a", "\u2028 = '; DROP TABLE x;", "ä")
"""No text of these is equal in another order: a language sorts them otherwise than their bytes."""
_VALUES: tuple[tuple[type, tuple[Any, ...]], ...] = (
    (Boolean, (True, False)),
    (Integer, (0, -1, 2**31 - 1)),
    (Float, (0.1, -1e-300, 1.7976931348623157e308, 0.30000000000000004)),
    (DateTime, (datetime(2024, 2, 29, 23, 59, 59, 999999, UTC), datetime(1999, 1, 1, tzinfo=UTC))),
    (Date, (date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31))),
    (LargeBinary, (bytes(range(256)), b"", b"\x00" * 10)),
)


def fill_every_table(url: str, step: int = 1) -> None:
    """Put rows of all kinds of values into every table, past the store and its rules.

    A ``step`` of -1 puts the same rows in the other way round.
    """
    engine = create_engine(url)
    with engine.begin() as connection:
        # Two stores were made at two moments, and say so.
        connection.execute(delete(schema.ledger.audit_log))
        connection.execute(delete(schema.meta).where(schema.meta.c.key == HEAD))
        for table in schema.metadata.tables.values():
            rows = [_row(table, n) for n in range(len(TEXTS))]
            connection.execute(insert(table), rows[::step])
    engine.dispose()


def _row(table: Table, n: int) -> dict[str, object]:
    keys = set(table.primary_key.columns.keys())
    row: dict[str, object] = {}
    for at, column in enumerate(table.columns):
        choices = next((v for kind, v in _VALUES if isinstance(column.type, kind)), TEXTS)
        row[column.name] = choices[(n + at) % len(choices)]
        if column.name in keys:
            row[column.name] = 900_000 + n if isinstance(column.type, Integer) else (
                date(2031, 1, 1 + n) if isinstance(column.type, Date)
                else datetime(2031, 1, 1 + n, tzinfo=UTC) if isinstance(column.type, DateTime)
                else f"{TEXTS[n]}{n}"
            )  # fmt: skip
        elif column.nullable and (n + at) % 3 == 0:
            row[column.name] = None
    return row


def sealed(content: bytes) -> bytes:
    """Return a backup with a right seal, as somebody who tampers with one would make it."""
    body = content[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


Members = list[tuple[str, bytes]]


def repacked(path: Path, change: Callable[[Members], Members | None]) -> bytes:
    """Return a backup whose members were changed, under a right seal."""
    with zipfile.ZipFile(path) as source:
        members = [(m.filename, source.read(m)) for m in source.infolist()]
    members = change(members) or members
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two members of one name are what some want
        for name, content in members:
            target.writestr(name, content)
        target.comment = b"siaga-backup sha256 " + b"0" * 64
    return sealed(buffer.getvalue())


def with_manifest(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    """Return members whose manifest was changed so that it agrees with itself."""
    told = json.loads(dict(members)["manifest.json"])
    change(told)
    read = Manifest.model_validate({**told, "content": "0" * 64, "format": FORMAT})
    told["content"] = content_digest(read.revision, read.tables, read.files)
    return [(n, json.dumps(told).encode() if n == "manifest.json" else c) for n, c in members]
