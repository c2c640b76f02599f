"""Units no longer carry the TPS of one election: the rows of ``tps`` say how many there are."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Drop the two columns; the same counts stand as rows of ``tps``."""
    with op.batch_alter_table("units") as units:
        for column in ("tps_pemilu2024", "tps_special_2024"):
            units.drop_column(column)
