"""What planners keep as files is known to the store, so that the log says who kept what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table, empty: files that are there are noted when the store is next prepared."""
    op.create_table(
        "kept_files",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("kabupaten_code", sa.String()),
        sa.PrimaryKeyConstraint("kind", "name"),
    )
