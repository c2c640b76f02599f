"""Every act that writes stands in a chained log, and what it changed beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the tables, empty: the chain begins with the act of this step."""
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("changes", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("audit_log_subject", "audit_log", ["subject"])
    op.create_table(
        "record_changes",
        sa.Column("change_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("reason", sa.Text()),
        sa.Column("salt", sa.String()),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("erased_by", sa.Integer()),
        sa.PrimaryKeyConstraint("change_id"),
    )
    op.create_index("ix_record_changes_seq", "record_changes", ["seq"])
    op.create_index("record_changes_target_key", "record_changes", ["target", "key"])
