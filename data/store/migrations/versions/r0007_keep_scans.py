"""Scans of what is alive now are kept, signal or not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table, empty: scans of before were not kept."""
    words = ("family", "kind", "level", "counted", "method")
    op.create_table(
        "scan_runs",
        sa.Column("run_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("as_of", "watched_until")),
        *(sa.Column(name, sa.String(), nullable=False) for name in words),
        sa.Column("parameters", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("seed", "n_affairs")),
        *(sa.Column(name, sa.Text()) for name in ("members", "affairs")),
        *(sa.Column(name, sa.Date()) for name in ("window_start", "window_end")),
        sa.Column("observed", sa.Integer()),
        *(sa.Column(name, sa.Float()) for name in ("expected", "p", "recurrence_months")),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("raised", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )
