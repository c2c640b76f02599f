"""Stages say since when they were known, so that a replay does not know of a re-vote to come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column, empty; shipped rows are written anew, and imported ones were always known."""
    with op.batch_alter_table("stages") as stages:
        stages.add_column(sa.Column("date_known", sa.Date()))
