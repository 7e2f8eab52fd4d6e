"""Which vendors an event waits for, and what a person wants now"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("waits_for", sa.String(length=80), nullable=True))
    op.add_column("events", sa.Column("forced", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("vendors", sa.Column("try_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.drop_column("try_until")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_column("forced")
        batch_op.drop_column("waits_for")
