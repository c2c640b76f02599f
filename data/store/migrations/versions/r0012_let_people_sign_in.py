"""People of offices sign in: their accounts, with a role and areas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table, empty: nobody may sign in until an admin says so."""
    op.create_table(
        "users",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("person_hash", sa.String(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("areas", sa.String()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_index("users_person", "users", ["person_hash"], unique=True)
