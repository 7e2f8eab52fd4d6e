"""What was sent with each attempt, and what was answered to a read"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("request", sa.JSON(), nullable=True))
    op.add_column("attempts", sa.Column("answer", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("attempts", "answer")
    op.drop_column("attempts", "request")
