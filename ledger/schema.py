"""The one MetaData of the house and the ledger's own tables; every room declares its tables on it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

NAMES: Final = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

metadata: Final = MetaData(naming_convention=NAMES)

ledger_head: Final = Table(
    "ledger_head",
    metadata,
    Column("stream", String, primary_key=True, comment="the chain"),
    Column("epoch", BigInteger, nullable=False, comment="raised at every take-over; fences the writers before it"),
    Column("seq", BigInteger, nullable=False, comment="number of the last row, 0 before the first"),
    Column("hash", LargeBinary, nullable=False, comment="hash of the last row, 32 zero bytes before the first"),
    Column("holder", String, nullable=False, comment="the process that writes the stream; empty when released"),
    Column("beat", BigInteger, nullable=False, comment="counts up while the holder lives"),
    comment="where each chain ends and who may extend it",
)

ledger: Final = Table(
    "ledger",
    metadata,
    Column("stream", String, primary_key=True, comment="the chain"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="1, 2, 3, … without a gap"),
    Column("at_ms", BigInteger, nullable=False, comment="site time, milliseconds UTC"),
    Column("actor", String, nullable=False, comment="reference of the person or part that acted"),
    Column("kind", String, nullable=False, comment="event type, for example job.delivered"),
    Column("version", Integer, nullable=False, comment="version of the event type"),
    Column("subject", String, nullable=False, comment="what it is about, for example the job's id"),
    Column("payload_sha256", LargeBinary, nullable=False, comment="of the payload's bytes as stored"),
    Column("prev_hash", LargeBinary, nullable=False, comment="hash of the row before it"),
    Column("hash", LargeBinary, nullable=False, comment="sha256 over everything before it in this row"),
    comment="what happened, one hash chain a stream",
)

Index("ix_ledger_stream_subject_seq", ledger.c.stream, ledger.c.subject, ledger.c.seq)
Index("ix_ledger_stream_at_ms", ledger.c.stream, ledger.c.at_ms)

ledger_payload: Final = Table(
    "ledger_payload",
    metadata,
    Column("stream", String, primary_key=True, comment="the chain"),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="the row of the ledger"),
    Column("payload", LargeBinary, nullable=False, comment="the event, JSON"),
    comment="what the events said; retention may delete rows here while every chain still verifies",
)
