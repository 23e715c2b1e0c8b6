"""The ledger with its heads and payloads, and the fleet's state, jobs and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table of the first release."""
    _create_ledger()
    _create_fleet()


def _create_ledger() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("stream", sa.String, nullable=False, comment="the chain"),
        sa.Column(
            "epoch", sa.BigInteger, nullable=False, comment="raised at every take-over; fences the writers before it"
        ),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="number of the last row, 0 before the first"),
        sa.Column(
            "hash", sa.LargeBinary, nullable=False, comment="hash of the last row, 32 zero bytes before the first"
        ),
        sa.Column(
            "holder", sa.String, nullable=False, comment="the process that writes the stream; empty when released"
        ),
        sa.Column("beat", sa.BigInteger, nullable=False, comment="counts up while the holder lives"),
        sa.PrimaryKeyConstraint("stream", name="pk_ledger_head"),
        comment="where each chain ends and who may extend it",
    )
    op.create_table(
        "ledger",
        sa.Column("stream", sa.String, nullable=False, comment="the chain"),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="1, 2, 3, … without a gap"),
        sa.Column("at_ms", sa.BigInteger, nullable=False, comment="site time, milliseconds UTC"),
        sa.Column("actor", sa.String, nullable=False, comment="reference of the person or part that acted"),
        sa.Column("kind", sa.String, nullable=False, comment="event type, for example job.delivered"),
        sa.Column("version", sa.Integer, nullable=False, comment="version of the event type"),
        sa.Column("subject", sa.String, nullable=False, comment="what it is about, for example the job's id"),
        sa.Column("payload_sha256", sa.LargeBinary, nullable=False, comment="of the payload's bytes as stored"),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False, comment="hash of the row before it"),
        sa.Column("hash", sa.LargeBinary, nullable=False, comment="sha256 over everything before it in this row"),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_ledger"),
        comment="what happened, one hash chain a stream",
    )
    op.create_index("ix_ledger_stream_subject_seq", "ledger", ["stream", "subject", "seq"])
    op.create_index("ix_ledger_stream_at_ms", "ledger", ["stream", "at_ms"])
    op.create_table(
        "ledger_payload",
        sa.Column("stream", sa.String, nullable=False, comment="the chain"),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="the row of the ledger"),
        sa.Column("payload", sa.LargeBinary, nullable=False, comment="the event, JSON"),
        sa.PrimaryKeyConstraint("stream", "seq", name="pk_ledger_payload"),
        comment="what the events said; retention may delete rows here while every chain still verifies",
    )


def _create_fleet() -> None:
    op.create_table(
        "fleet_state",
        sa.Column("kind", sa.String, nullable=False, comment="what sort of thing, for example job or carrier"),
        sa.Column("id", sa.String, nullable=False, comment="its id among its kind"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="msgpack"),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_fleet_state"),
        comment="the dispatcher's state, one row an entity",
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String, nullable=False, comment="the job"),
        sa.Column("key", sa.String, comment="the idempotency key it was ordered with"),
        sa.Column("state", sa.String, nullable=False, comment="waiting, assigned, under_way, trouble, …"),
        sa.Column("priority", sa.String, nullable=False, comment="one of the site's priorities"),
        sa.Column("load", sa.String, nullable=False, comment="what is carried"),
        sa.Column("origin", sa.String, nullable=False, comment="station"),
        sa.Column("destination", sa.String, nullable=False, comment="station"),
        sa.Column("carrier", sa.String, comment="who carries it now"),
        sa.Column("mode", sa.String, comment="tube, robot or porter"),
        sa.Column("requester", sa.String, nullable=False, comment="reference of who ordered it"),
        sa.Column("ready_ms", sa.BigInteger, nullable=False, comment="milliseconds UTC"),
        sa.Column("due_ms", sa.BigInteger, nullable=False, comment="milliseconds UTC"),
        sa.Column("created_ms", sa.BigInteger, nullable=False, comment="milliseconds UTC"),
        sa.Column("promised_ms", sa.BigInteger, comment="milliseconds UTC"),
        sa.Column("delivered_ms", sa.BigInteger, comment="milliseconds UTC"),
        sa.Column("seq", sa.BigInteger, nullable=False, comment="head of the ledger when the row was written"),
        sa.Column("body", sa.LargeBinary, nullable=False, comment="the whole read model without its note, JSON"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("key", name="uq_job_key"),
        comment="the jobs as people list them",
    )
    op.create_index("ix_job_created_ms_id", "job", ["created_ms", "id"])
    op.create_index("ix_job_state_created_ms_id", "job", ["state", "created_ms", "id"])
    op.create_index("ix_job_carrier_created_ms_id", "job", ["carrier", "created_ms", "id"])
    op.create_index("ix_job_origin_created_ms_id", "job", ["origin", "created_ms", "id"])
    op.create_index("ix_job_destination_created_ms_id", "job", ["destination", "created_ms", "id"])
    op.create_table(
        "job_note",
        sa.Column("job", sa.String, nullable=False, comment="the job"),
        sa.Column("note", sa.String, nullable=False, comment="free text, erasable"),
        sa.PrimaryKeyConstraint("job", name="pk_job_note"),
        sa.ForeignKeyConstraint(["job"], ["job.id"], name="fk_job_note_job", ondelete="CASCADE"),
        comment="what people wrote about a job, apart so that it can be erased",
    )
