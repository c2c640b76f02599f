"""Imported roads say which of them are for one direction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns, empty: roads imported before are used both ways."""
    for table in ("road_edges", "road_lines"):
        with op.batch_alter_table(table) as roads:
            roads.add_column(sa.Column("one_way", sa.Boolean()))
