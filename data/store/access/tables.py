"""The table of those who may sign in."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Index, String, Table, Text

from data.store.tables_base import metadata

users = Table(
    "users",
    metadata,
    Column("account", String, primary_key=True),
    Column("person_hash", String, nullable=False),  # HMAC-SHA-256 of what the provider calls them
    Column("office", Text, nullable=False),
    Column("role", String, nullable=False),
    Column("areas", String),  # codes of kabupaten with | between them; empty: the whole province
    Column("active", Boolean, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("added_by", String, nullable=False),  # an account, or perintah: the command line
    Index("users_person", "person_hash", unique=True),
)
"""Accounts of offices; whoever they belong to is kept as a keyed hash and nothing else."""
