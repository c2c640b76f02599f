"""Tables of logistics: what is ordered, packed, on its way, received, and at sea."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from data.store.tables_base import metadata

receipts = Table(
    "receipts",
    metadata,
    Column("receipt_id", String, primary_key=True),
    Column("election", String, nullable=False, index=True),
    Column("desa_code", String, nullable=False),
    Column("tps_id", String),  # empty: all TPS of the desa
    Column("state", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("boxes", Integer),
    Column("short_count", Integer),
    Column("damaged_count", Integer),
    Column("seals", Text),
    Column("from_office", Text),
    Column("to_office", Text),
    Column("authorised_by", Text),
    Column("carrier", Text),
    Column("receiver", Text),
    Column("vehicle", Text),
    Column("note", Text),
    Column("kind", String, nullable=False),  # catatan | koreksi | pembatalan
    Column("refers_to", String),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("import_id", String),
)
"""Hand-overs as told. Rows are only added: a correction or an undo is a row of its own."""

procurement = Table(
    "procurement",
    metadata,
    Column("election", String, nullable=False),
    Column("item", String, nullable=False),
    Column("kabupaten_code", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("planned_date", Date),
    Column("actual_date", Date),
    Column("planned_count", Integer),
    Column("actual_count", Integer),
    Column("note", Text),
    Column("source", Text),
    Column("import_id", String),
    PrimaryKeyConstraint("election", "item", "kabupaten_code", "stage"),
)
"""How far each item of a kabupaten has come; published facts that ship stand in a file."""

wave_series = Table(
    "wave_series",
    metadata,
    Column("area", String, nullable=False),
    Column("time", DateTime(timezone=True), nullable=False),
    Column("wave_m", Float, nullable=False),
    Column("wind_kn", Float, nullable=False),
    Column("import_id", String, nullable=False),
    PrimaryKeyConstraint("area", "time"),
)
"""Waves and wind by sea area as imported. Nothing in it is a forecast of this product."""

tps_voters = Table(
    "tps_voters",
    metadata,
    Column("tps_id", String, nullable=False),
    Column("kind", String, nullable=False),  # dpt | dptb (those who asked to vote here)
    Column("male", Integer),
    Column("female", Integer),
    Column("total", Integer, nullable=False),
    Column("import_id", String, nullable=False),
    PrimaryKeyConstraint("tps_id", "kind"),
)
"""Voters of each TPS. A TPS without a row is not known; it is not empty."""

place_status = Table(
    "place_status",
    metadata,
    Column("place_id", String, primary_key=True),
    Column("status", String, nullable=False),
    Column("largest_vessel", String),
    Column("as_of", Date, nullable=False),
    Column("note", Text),
    Column("source_text", Text),
    Column("import_id", String),
    Column("largest_boxes", Integer),
    Column("date_from", Date),
    Column("date_until", Date),
    Column("source_url", Text),
)
"""State of piers, warehouses, desa offices and roads (two places with ``~`` between them).

A place without a row is not known; it is not open.
"""

plan_adoptions = Table(
    "plan_adoptions",
    metadata,
    Column("adoption_id", String, primary_key=True),
    Column("kind", String, nullable=False),  # pengesahan | pencabutan
    Column("plan_name", String, nullable=False),
    Column("plan_key", String, nullable=False),
    Column("kabupaten_code", String, nullable=False),
    Column("election", String, nullable=False),
    Column("office", Text, nullable=False),
    Column("adopted_at", DateTime(timezone=True), nullable=False),
    Column("lacking", Text),
    Column("note", Text),
    Column("refers_to", String),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Plans as offices adopted them. Rows are only added: what is revoked is a row of its own."""

kept_files = Table(
    "kept_files",
    metadata,
    Column("kind", String, primary_key=True),  # rencana | skenario
    Column("name", String, primary_key=True),
    Column("digest", String, nullable=False),  # SHA-256 of the file
    Column("kabupaten_code", String),
)
"""Plans and scenarios that are kept as files: what each was when it was last kept.

A row and its file change together; the log says who changed them, and a file that other hands
changed is found.
"""
