"""How a row of the ledger is hashed and chained to the row before it: pure, without a database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final

import msgspec

GENESIS: Final = bytes(32)
"""The hash before the first row of every stream."""

_DOMAIN: Final = b"portor ledger row 1\x00"
_LENGTH: Final = Struct(">I")
_NUMBER: Final = Struct(">q")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer asks to be appended.

    `at_ms` is site time in milliseconds UTC; `actor` and `subject` are references, never names or free text;
    `payload` is the encoded event (JSON), stored and hashed byte for byte.
    """

    at_ms: int
    actor: str
    kind: str
    version: int = 1
    subject: str = ""
    payload: bytes = b"{}"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger as stored, without its payload. The three hashes are 32 bytes each."""

    stream: str
    seq: int
    at_ms: int
    actor: str
    kind: str
    version: int
    subject: str
    payload_sha256: bytes
    prev_hash: bytes
    hash: bytes


def row_hash(
    *,
    stream: str,
    seq: int,
    at_ms: int,
    actor: str,
    kind: str,
    version: int,
    subject: str,
    payload_sha256: bytes,
    prev_hash: bytes,
) -> bytes:
    """SHA-256 over the row's canonical encoding.

    Every text and hash is preceded by its length in bytes (32 bits, big endian), every number is 64 bits, big endian,
    so no two different rows have the same encoding.
    """
    parts = [_DOMAIN]
    for text in (stream, actor, kind, subject):
        encoded = text.encode()
        parts += (_LENGTH.pack(len(encoded)), encoded)
    parts += (_NUMBER.pack(seq), _NUMBER.pack(at_ms), _NUMBER.pack(version))
    for digest in (payload_sha256, prev_hash):
        parts += (_LENGTH.pack(len(digest)), digest)
    return hashlib.sha256(b"".join(parts)).digest()


def payload_hash(payload: bytes) -> bytes:
    """SHA-256 of a payload's bytes as stored."""
    return hashlib.sha256(payload).digest()


def expected_hash(row: Row) -> bytes:
    """The hash that the row's other fields call for."""
    return row_hash(
        stream=row.stream,
        seq=row.seq,
        at_ms=row.at_ms,
        actor=row.actor,
        kind=row.kind,
        version=row.version,
        subject=row.subject,
        payload_sha256=row.payload_sha256,
        prev_hash=row.prev_hash,
    )


def link(stream: str, seq: int, head: bytes, entries: Iterable[Entry]) -> Sequence[Row]:
    """The rows for `entries` after row `seq`, whose hash is `head`; numbered from `seq + 1` without a gap."""
    rows: list[Row] = []
    for entry in entries:
        seq += 1
        digest = payload_hash(entry.payload)
        new = row_hash(
            stream=stream,
            seq=seq,
            at_ms=entry.at_ms,
            actor=entry.actor,
            kind=entry.kind,
            version=entry.version,
            subject=entry.subject,
            payload_sha256=digest,
            prev_hash=head,
        )
        rows.append(
            Row(
                stream=stream,
                seq=seq,
                at_ms=entry.at_ms,
                actor=entry.actor,
                kind=entry.kind,
                version=entry.version,
                subject=entry.subject,
                payload_sha256=digest,
                prev_hash=head,
                hash=new,
            )
        )
        head = new
    return rows
