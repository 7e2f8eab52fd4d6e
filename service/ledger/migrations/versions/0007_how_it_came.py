"""How an event came, and whether it found anything"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("origin", sa.String(length=16), nullable=True))
    op.add_column("events", sa.Column("idle", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("events", "idle")
    op.drop_column("events", "origin")
