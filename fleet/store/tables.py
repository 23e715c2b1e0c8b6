"""The fleet's tables: state a row an entity, jobs as people list them, and their erasable notes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, String, Table

from ledger.schema import metadata

fleet_state: Final = Table(
    "fleet_state",
    metadata,
    Column("kind", String, primary_key=True, comment="what sort of thing, for example job or carrier"),
    Column("id", String, primary_key=True, comment="its id among its kind"),
    Column("body", LargeBinary, nullable=False, comment="msgpack"),
    comment="the dispatcher's state, one row an entity",
)

job: Final = Table(
    "job",
    metadata,
    Column("id", String, primary_key=True, comment="the job"),
    Column("key", String, unique=True, comment="the idempotency key it was ordered with"),
    Column("order_sha256", LargeBinary, comment="digest of the order as it was given"),
    Column("state", String, nullable=False, comment="waiting, assigned, under_way, trouble, …"),
    Column("priority", String, nullable=False, comment="one of the site's priorities"),
    Column("load", String, nullable=False, comment="what is carried"),
    Column("origin", String, nullable=False, comment="station"),
    Column("destination", String, nullable=False, comment="station"),
    Column("carrier", String, comment="who carries it now"),
    Column("mode", String, comment="tube, robot or porter"),
    Column("requester", String, nullable=False, comment="reference of who ordered it"),
    Column("ready_ms", BigInteger, nullable=False, comment="milliseconds UTC"),
    Column("due_ms", BigInteger, nullable=False, comment="milliseconds UTC"),
    Column("created_ms", BigInteger, nullable=False, comment="milliseconds UTC"),
    Column("promised_ms", BigInteger, comment="milliseconds UTC"),
    Column("delivered_ms", BigInteger, comment="milliseconds UTC"),
    Column("seq", BigInteger, nullable=False, comment="head of the ledger when the row was written"),
    Column("body", LargeBinary, nullable=False, comment="the whole read model without its note, JSON"),
    comment="the jobs as people list them",
)

Index("ix_job_created_ms_id", job.c.created_ms, job.c.id)
Index("ix_job_state_created_ms_id", job.c.state, job.c.created_ms, job.c.id)
Index("ix_job_carrier_created_ms_id", job.c.carrier, job.c.created_ms, job.c.id)
Index("ix_job_origin_created_ms_id", job.c.origin, job.c.created_ms, job.c.id)
Index("ix_job_destination_created_ms_id", job.c.destination, job.c.created_ms, job.c.id)

job_note: Final = Table(
    "job_note",
    metadata,
    Column("job", ForeignKey("job.id", ondelete="CASCADE"), primary_key=True, comment="the job"),
    Column("note", String, nullable=False, comment="free text, erasable"),
    comment="what people wrote about a job, apart so that it can be erased",
)
