"""Imports keep what they replace and roads their lines; profiles of agencies are remembered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _word(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def upgrade() -> None:
    """Add the three tables, empty; imports of before kept nothing, and roads no lines."""
    op.create_table(
        "history",
        *(_word("history_id"), _word("import_id"), _word("target"), _text("key")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("history_id"),
    )
    op.create_index("ix_history_import_id", "history", ["import_id"])
    op.create_index("history_target_key", "history", ["target", "key"])
    op.create_table(
        "import_profiles",
        *(_word("name"), _word("kind"), _text("headings"), _text("mapping"), _text("constants")),
        _text("sheet", nullable=True),
        sa.Column("header_row", sa.Integer(), nullable=True),
        _word("scheme", nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "kind"),
    )
    op.create_table(
        "road_lines",
        sa.Column("line_id", sa.Integer(), nullable=False),
        _word("road_class", nullable=True),
        sa.Column("kmh", sa.Float(), nullable=False),
        _word("speed_basis"),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        _word("import_id"),
        sa.PrimaryKeyConstraint("line_id"),
    )
