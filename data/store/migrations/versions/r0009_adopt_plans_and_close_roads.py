"""Plans are adopted by an office; what is told of a place may hold for days, boxes, a road."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the table, empty, and columns that say nothing of what was told before."""
    op.create_table(
        "plan_adoptions",
        sa.Column("adoption_id", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("kind", "plan_name", "plan_key", "kabupaten_code", "election")
        ),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("lacking", "note")),
        sa.Column("refers_to", sa.String()),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("adoption_id"),
    )
    op.add_column("place_status", sa.Column("largest_boxes", sa.Integer()))
    for name in ("date_from", "date_until"):
        op.add_column("place_status", sa.Column(name, sa.Date()))
    op.add_column("place_status", sa.Column("source_url", sa.Text()))
