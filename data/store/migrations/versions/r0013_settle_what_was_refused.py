"""Refused rows are put right and closed; imports say how their file was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns, empty: what was refused before is open, and how it was read is unknown."""
    op.add_column("imports", sa.Column("options", sa.Text()))
    op.add_column("imports", sa.Column("mends", sa.String()))
    op.add_column("quarantine", sa.Column("sheet", sa.Text()))
    op.add_column("quarantine", sa.Column("section", sa.Text()))
    op.add_column("quarantine", sa.Column("closed_as", sa.String()))
    op.add_column("quarantine", sa.Column("closed_at", sa.DateTime(timezone=True)))
    op.add_column("quarantine", sa.Column("closed_by", sa.String()))
    op.add_column("quarantine", sa.Column("closed_reason", sa.Text()))
