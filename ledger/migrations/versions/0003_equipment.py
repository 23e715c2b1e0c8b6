"""The state of the shared equipment, and the answers that were given to idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create both tables, empty."""
    op.create_table(
        "equipment_state",
        sa.Column("kind", sa.String, nullable=False, comment="what sort of thing, for example asset or loan"),
        sa.Column("id", sa.String, nullable=False, comment="its id among its kind"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="msgpack"),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_equipment_state"),
        comment="the pool's state, one row an entity",
    )
    op.create_table(
        "equipment_answer",
        sa.Column("key", sa.String, nullable=False, comment="the idempotency key of a request"),
        sa.Column("at_ms", sa.BigInteger, nullable=False, comment="milliseconds UTC"),
        sa.Column("request_sha256", sa.LargeBinary, nullable=False, comment="digest of the request with its actor"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="the answer, msgpack"),
        sa.PrimaryKeyConstraint("key", name="pk_equipment_answer"),
        comment="what was answered, so that a repeated request is carried out once",
    )
    op.create_index("ix_equipment_answer_at_ms", "equipment_answer", ["at_ms"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("equipment_answer")
    op.drop_table("equipment_state")
