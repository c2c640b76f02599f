"""Outlooks are lodged with their hash before their window opens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table, empty: nothing was lodged before."""
    op.create_table(
        "outlooks",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("outlook_id", "horizon")),
        *(
            sa.Column(name, sa.Date(), nullable=False)
            for name in ("as_of", "window_start", "window_end")
        ),
        sa.Column("lodged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outlook_id"),
    )
