"""The tables of a rakor: warnings, actions, meetings, what they show, and what was shown."""

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

warnings = Table(
    "warnings",
    metadata,
    Column("warning_id", String, primary_key=True),  # made of rule, place and subject
    Column("rule", String, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about: an affair, an agenda item, ...
    Column("place_code", String, nullable=False),
    Column("stage", String),
    Column("level", String, nullable=False),  # waspada | siaga | awas
    Column("raised_on", Date, nullable=False),  # the day of knowledge on which it first fired
    Column("probability", Float),  # of a severe affair there within the rule's horizon
    Column("confidence", String, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON list of [kind, id]
    Column("facts", Text, nullable=False),  # JSON object: what the words of the rule are made of
    Column("owner", Text, nullable=False),  # the agency that the rule proposes
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Warnings as they were raised; rows are only ever added."""

warning_events = Table(
    "warning_events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("warning_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("office", Text, nullable=False),
    Column("value", Text),  # the owner, the level, the outcome
    Column("note", Text),  # the reason
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""What became of each warning; rows are only ever added, so nothing is withdrawn in silence."""

actions = Table(
    "actions",
    metadata,
    Column("action_id", String, primary_key=True),
    Column("meeting_id", String),  # the rakor that decided it
    Column("warning_id", String),
    Column("place_code", String),
    Column("stage", String),
    Column("risk", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("reason", Text),
    Column("owner", Text, nullable=False),  # an office, never a person
    Column("opened_on", Date, nullable=False),
    Column("due", Date),
    Column("status", String, nullable=False),
    Column("closed_on", Date),
    Column("result", Text),
    Column("import_id", String),
)
"""The register of actions as it stands; how it came to stand so is in ``action_changes``."""

action_changes = Table(
    "action_changes",
    metadata,
    Column("change_id", String, primary_key=True),
    Column("action_id", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("via", String, nullable=False),  # formulir | berkas | perintah | rakor
    Column("office", Text, nullable=False),
    Column("before", Text),  # JSON object of what changed; empty for a new action
    Column("after", Text),  # JSON object of what changed; empty for one that was taken out
    Column("note", Text),
)
"""Every change of the register; rows are only ever added."""

meetings = Table(
    "meetings",
    metadata,
    Column("meeting_id", String, primary_key=True),
    Column("rakor_id", String),  # row of ``rakor`` where a source speaks of this meeting
    Column("held_on", Date, nullable=False),
    Column("date_basis", String, nullable=False),  # tercatat | perkiraan | asumsi
    Column("level", String, nullable=False),
    Column("unit_code", String, nullable=False),
    Column("period", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("agencies", Text, nullable=False),  # offices with | between them
    Column("agenda", Text, nullable=False),  # one item a line
    Column("office", Text, nullable=False),  # the office that prepares it
    Column("version", Integer, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
)
"""Meetings as they are prepared; who saves must know the version that is replaced."""

decks = Table(
    "decks",
    metadata,
    Column("meeting_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("saved_at", DateTime(timezone=True), nullable=False),
    Column("office", Text, nullable=False),
    Column("content", Text, nullable=False),  # JSON: order, left out, notes, own slides
    PrimaryKeyConstraint("meeting_id", "version"),
)
"""What is shown at a meeting and in which order; each saved version is kept."""

snapshots = Table(
    "snapshots",
    metadata,
    Column("snapshot_id", String, primary_key=True),
    Column("meeting_id", String, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("office", Text, nullable=False),
    Column("previous", String),  # digest of the snapshot taken before; empty in the first
    Column("digest", String, nullable=False),  # SHA-256 of the content
    Column("content", Text, nullable=False),  # canonical JSON of everything that is shown
)
"""What was known and shown on a day; rows are only ever added."""
