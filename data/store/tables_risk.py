"""Tables of risk per TPS: registers, indicators, the day itself, people."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from data.store.tables_base import metadata

NATIONAL = "ID"
"""Stands for the whole country where a row is not about a unit of the province."""

indicator_versions = Table(
    "indicator_versions",
    metadata,
    Column("version_id", String, primary_key=True),  # election/area/version
    Column("election", String, nullable=False),
    Column("area_code", String, nullable=False),
    Column("version", String, nullable=False),
    Column("stated_count", Integer, nullable=False),
    Column("authority", String, nullable=False),
    Column("date", Date),
    Column("note", Text),
    Column("source_id", String),
)
"""Lists of indicators by election cycle and area, with how many each says that it has."""

risk_indicators = Table(
    "risk_indicators",
    metadata,
    Column("indicator_key", String, primary_key=True),  # election/area/version/indicator
    Column("election", String, nullable=False),
    Column("area_code", String, nullable=False),
    Column("version", String, nullable=False),
    Column("indicator_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("variable", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("note", Text),
    Column("source_id", String),
)
"""Indicators whose names are known."""

indicator_counts = Table(
    "indicator_counts",
    metadata,
    Column("count_id", String, primary_key=True),
    Column("election", String, nullable=False),
    Column("authority", String, nullable=False),
    Column("level", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("indicator_id", String),
    Column("label", Text, nullable=False),
    Column("count", Integer),
    Column("tps_total", Integer),
    Column("date", Date),
    Column("note", Text),
    Column("source_id", String),
)
"""Published numbers of TPS by what is said of them, at the level they were published for."""

class_totals = Table(
    "class_totals",
    metadata,
    Column("total_id", String, primary_key=True),
    Column("election", String, nullable=False),
    Column("authority", String, nullable=False),
    Column("level", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("kelas", String),
    Column("label", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("tps_total", Integer),
    Column("date", Date),
    Column("note", Text),
    Column("source_id", String),
)
"""Published numbers of TPS by police class: facts about the register, no quota."""

security_patterns = Table(
    "security_patterns",
    metadata,
    Column("row_id", String, primary_key=True),
    Column("pattern_id", String, nullable=False),
    Column("kelas", String, nullable=False),
    Column("place", Text, nullable=False),
    Column("election", String, nullable=False),
    Column("police", Float),
    Column("police_is_minimum", Boolean, nullable=False),
    Column("tps", Float),
    Column("tps_high", Float),
    Column("linmas", Float),
    Column("linmas_per_tps", Float),
    Column("note", Text),
    Column("source_id", String),
)
"""How many police and linmas guard how many TPS, by class, as published."""

baseline_scores = Table(
    "baseline_scores",
    metadata,
    Column("score_id", String, primary_key=True),
    Column("instrument", String, nullable=False),
    Column("election", String),
    Column("level", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("score", Float),
    Column("score_low", Float),
    Column("score_high", Float),
    Column("category", String),
    Column("date", Date),
    Column("note", Text),
    Column("source_id", String),
)
"""Published scores of an instrument such as IKP; instruments are never mixed."""

personnel_available = Table(
    "personnel_available",
    metadata,
    Column("personnel_id", String, primary_key=True),  # election/unit/kind/date
    Column("election", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("available", Integer, nullable=False),
    Column("date", Date),
    Column("agency", String),
    Column("note", Text),
    Column("source_id", String),
    Column("source_text", Text),
    Column("import_id", String),
)
"""People there are, by police area and kind."""

indicator_values = Table(
    "indicator_values",
    metadata,
    Column("election", String, nullable=False, index=True),
    Column("place_id", String, nullable=False),  # a tps_id, or election/desa code
    Column("indicator_id", String, nullable=False),
    Column("date", Date, nullable=False),
    Column("desa_code", String, nullable=False),
    Column("tps_id", String),
    Column("value", Float, nullable=False),
    Column("agency", String, nullable=False),
    Column("source_text", Text),
    Column("import_id", String, nullable=False),
    PrimaryKeyConstraint("place_id", "indicator_id", "date", "agency"),
)
"""What an agency says of a TPS or of a whole desa. What has no row is not known, never zero."""

simulated_values = Table(
    "simulated_values",
    metadata,
    Column("election", String, nullable=False, index=True),
    Column("tps_id", String, nullable=False),
    Column("indicator_id", String, nullable=False),
    Column("desa_code", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("date", Date, nullable=False),
    Column("seed", Integer, nullable=False),
    PrimaryKeyConstraint("tps_id", "indicator_id"),
)
"""SIMULASI: published counts dealt out at random. In a table of its own, so that nobody who
reads what is known can take one of these for it."""

tps_class = Table(
    "tps_class",
    metadata,
    Column("tps_id", String, nullable=False),
    Column("date", Date, nullable=False),
    Column("kelas", String, nullable=False),
    Column("agency", String, nullable=False),
    Column("source_text", Text),
    Column("import_id", String, nullable=False),
    PrimaryKeyConstraint("tps_id", "date"),
)
"""The police register: class of a TPS since a day."""

tps_status = Table(
    "tps_status",
    metadata,
    Column("status_id", String, primary_key=True),
    Column("tps_id", String, nullable=False),
    Column("status", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Column("office", String, nullable=False),
    Column("note", Text),
    Column("undone", Boolean, nullable=False),
    Column("import_id", String),
    Index("tps_status_tps", "tps_id", "at"),
)
"""Voting day: what was heard of a TPS and when. A line taken back stays, marked undone."""

disputes = Table(
    "disputes",
    metadata,
    Column("dispute_id", String, primary_key=True),
    Column("election", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("tps_id", String),
    Column("recommended_date", Date),
    Column("decided_date", Date),
    Column("legal_deadline", Date),
    Column("legal_basis", Text),
    Column("held_date", Date),
    Column("result", Text),
    Column("note", Text),
    Column("source_id", String),
    Column("source_text", Text),
    Column("import_id", String),
)
"""Re-votes, recounts and disputes from recommendation to result."""
