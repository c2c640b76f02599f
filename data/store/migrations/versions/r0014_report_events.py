"""What became of reports is dated: verified, rejected, withdrawn, a potensi settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the table, empty: what stands in ``reports`` holds from the start."""
    op.create_table(
        "report_events",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("at", sa.Date(), nullable=False),
        sa.Column("before", sa.String()),
        sa.Column("value", sa.String()),
        sa.Column("link", sa.String()),
        sa.Column("note", sa.Text()),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("import_id", sa.String()),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("ix_report_events_report_id", "report_events", ["report_id"])
