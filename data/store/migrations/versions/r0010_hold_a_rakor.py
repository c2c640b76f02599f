"""A rakor is prepared, shown and remembered: warnings, actions, meetings, decks, snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _needed(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _texts(*names: str, needed: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=not needed) for name in names]


def _day(name: str, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=not needed)


def upgrade() -> None:
    """Add the tables, empty."""
    _add_warnings()
    _add_actions()
    _add_meetings()


def _add_warnings() -> None:
    op.create_table(
        "warnings",
        *_needed("warning_id", "rule"),
        *_texts("subject", needed=True),
        *_needed("place_code"),
        sa.Column("stage", sa.String()),
        *_needed("level"),
        _day("raised_on"),
        sa.Column("probability", sa.Float()),
        *_needed("confidence"),
        *_texts("evidence", "facts", "owner", needed=True),
        _moment("recorded_at"),
        sa.PrimaryKeyConstraint("warning_id"),
    )
    op.create_table(
        "warning_events",
        *_needed("event_id", "warning_id", "kind"),
        _moment("at"),
        *_texts("office", needed=True),
        *_texts("value", "note"),
        _moment("recorded_at"),
        sa.PrimaryKeyConstraint("event_id"),
    )


def _add_actions() -> None:
    op.create_table(
        "actions",
        *_needed("action_id"),
        *(sa.Column(n, sa.String()) for n in ("meeting_id", "warning_id", "place_code", "stage")),
        *_texts("risk", "decision", needed=True),
        *_texts("reason"),
        *_texts("owner", needed=True),
        _day("opened_on"),
        _day("due", needed=False),
        *_needed("status"),
        _day("closed_on", needed=False),
        *_texts("result"),
        sa.Column("import_id", sa.String()),
        sa.PrimaryKeyConstraint("action_id"),
    )
    op.create_table(
        "action_changes",
        *_needed("change_id", "action_id"),
        _moment("at"),
        *_needed("via"),
        *_texts("office", needed=True),
        *_texts("before", "after", "note"),
        sa.PrimaryKeyConstraint("change_id"),
    )


def _add_meetings() -> None:
    op.create_table(
        "meetings",
        *_needed("meeting_id"),
        sa.Column("rakor_id", sa.String()),
        _day("held_on"),
        *_needed("date_basis", "level", "unit_code", "period"),
        *_texts("title", "agencies", "agenda", "office", needed=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("saved_at"),
        sa.PrimaryKeyConstraint("meeting_id"),
    )
    op.create_table(
        "decks",
        *_needed("meeting_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("saved_at"),
        *_texts("office", "content", needed=True),
        sa.PrimaryKeyConstraint("meeting_id", "version"),
    )
    op.create_table(
        "snapshots",
        *_needed("snapshot_id", "meeting_id"),
        *(_day(name) for name in ("as_of", "period_start", "period_end")),
        _moment("made_at"),
        *_texts("office", needed=True),
        sa.Column("previous", sa.String()),
        *_needed("digest"),
        *_texts("content", needed=True),
        sa.PrimaryKeyConstraint("snapshot_id"),
    )
