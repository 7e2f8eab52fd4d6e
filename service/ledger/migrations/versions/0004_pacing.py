"""The pacing's mirror, and events that can be one call"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MERGED = sa.text("merge_key IS NOT NULL AND status IN ('received', 'running', 'waiting')")


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("vendors", sa.Column("pacing", json, nullable=True))
    op.add_column("vendors", sa.Column("pacing_at", sa.BigInteger(), nullable=True))
    op.add_column("events", sa.Column("merge_key", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_events_merge", "events", ["merge_key", "seq"], sqlite_where=_MERGED, postgresql_where=_MERGED
    )


def downgrade() -> None:
    op.drop_index("ix_events_merge", table_name="events")
    op.drop_column("events", "merge_key")
    op.drop_column("vendors", "pacing_at")
    op.drop_column("vendors", "pacing")
