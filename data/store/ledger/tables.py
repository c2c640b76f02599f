"""The ledger: every act that wrote to the store, chained, and what it changed, row by row."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, String, Table, Text

from data.store.tables_base import metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("action", String, nullable=False),
    Column("account", String, nullable=False),
    Column("office", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("via", String, nullable=False),  # halaman | perintah | sistem
    Column("subject", Text),  # id of what the act is about: an import, a report, a plan
    Column("counts", Text, nullable=False),  # JSON: new, changed and gone rows by table
    Column("changes", String, nullable=False),  # SHA-256 over the digests of its record_changes
    Column("previous", String, nullable=False),  # digest of the act before; empty in the first
    Column("digest", String, nullable=False),  # SHA-256 of all the columns before
    Index("audit_log_subject", "subject"),
)
"""Acts in the order in which they were committed; rows are only ever added. No free text."""

record_changes = Table(
    "record_changes",
    metadata,
    Column("change_id", String, primary_key=True),  # sorts in the order of writing
    Column("seq", Integer, nullable=False, index=True),  # of ``audit_log``
    Column("target", String, nullable=False),
    Column("key", Text, nullable=False),  # JSON list of the values of the key, or *
    Column("before", Text),  # JSON object of what differs; empty for a new row
    Column("after", Text),  # JSON object of what differs; empty for one that went
    Column("content", LargeBinary),  # many rows that went at once, in place of ``before``
    Column("reason", Text),
    Column("salt", String),  # without it no text can be guessed from its digest
    Column("digest", String, nullable=False),
    Column("erased_by", Integer),  # the act that erased texts here; the digest stays
    Index("record_changes_target_key", "target", "key"),
)
"""What each act changed; rows are only ever added, and erased texts leave their digest."""

NAMES = frozenset({audit_log.name, record_changes.name})
"""The tables of the ledger."""
