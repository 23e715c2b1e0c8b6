"""The digest of the order that a job was made from, so that a repeated key is compared with all that was asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; jobs from before have none and accept any order under their key."""
    op.add_column("job", sa.Column("order_sha256", sa.LargeBinary, comment="digest of the order as it was given"))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("job", "order_sha256")
