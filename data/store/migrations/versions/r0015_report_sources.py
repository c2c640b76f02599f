"""A report may have several sources: the first on the report, the others in a table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the table, empty: so far each report had one source."""
    op.create_table(
        "report_sources",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("import_id", sa.String()),
        sa.PrimaryKeyConstraint("report_id", "source_id"),
    )
