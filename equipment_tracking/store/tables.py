"""The tables of equipment tracking: state a row an entity, and the answers that were given to idempotency keys."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from ledger.schema import metadata

equipment_state: Final = Table(
    "equipment_state",
    metadata,
    Column("kind", String, primary_key=True, comment="what sort of thing, for example asset or loan"),
    Column("id", String, primary_key=True, comment="its id among its kind"),
    Column("body", LargeBinary, nullable=False, comment="msgpack"),
    comment="the pool's state, one row an entity",
)

equipment_answer: Final = Table(
    "equipment_answer",
    metadata,
    Column("key", String, primary_key=True, comment="the idempotency key of a request"),
    Column("at_ms", BigInteger, nullable=False, comment="milliseconds UTC"),
    Column("request_sha256", LargeBinary, nullable=False, comment="digest of the request with its actor"),
    Column("body", LargeBinary, nullable=False, comment="the answer, msgpack"),
    comment="what was answered, so that a repeated request is carried out once",
)

Index("ix_equipment_answer_at_ms", equipment_answer.c.at_ms)
