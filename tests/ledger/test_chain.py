"""How rows are hashed and chained."""

from __future__ import annotations

import hashlib

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain import GENESIS, Entry, Row, expected_hash, link, row_hash

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=12)
HASHES = st.binary(min_size=32, max_size=32)
ROWS = st.fixed_dictionaries(
    {
        "stream": TEXTS,
        "seq": NUMBERS,
        "at_ms": NUMBERS,
        "actor": TEXTS,
        "kind": TEXTS,
        "version": NUMBERS,
        "subject": TEXTS,
        "payload_sha256": HASHES,
        "prev_hash": HASHES,
    }
)


def test_the_hash_of_a_known_row_never_changes() -> None:
    """The canonical encoding is written out here once more: whoever changes it breaks every chain there is."""
    encoded = (
        b"portor ledger row 1\x00"
        b"\x00\x00\x00\x05fleet"  # each text with its length in bytes
        b"\x00\x00\x00\x02p7"
        b"\x00\x00\x00\x0djob.delivered"
        b"\x00\x00\x00\x02j1"
        b"\x00\x00\x00\x00\x00\x00\x00\x03"  # seq 3
        b"\x00\x00\x00\x00\x00\x00\x03\xe8"  # 1000 ms
        b"\x00\x00\x00\x00\x00\x00\x00\x01"  # version 1
        b"\x00\x00\x00\x20" + b"\xaa" * 32 + b"\x00\x00\x00\x20" + b"\xbb" * 32
    )
    digest = row_hash(
        stream="fleet",
        seq=3,
        at_ms=1000,
        actor="p7",
        kind="job.delivered",
        version=1,
        subject="j1",
        payload_sha256=b"\xaa" * 32,
        prev_hash=b"\xbb" * 32,
    )
    assert digest == hashlib.sha256(encoded).digest()


@given(row=ROWS, other=ROWS)
def test_two_rows_have_the_same_hash_only_when_they_are_equal(row: dict[str, object], other: dict[str, object]) -> None:
    """No two different rows share an encoding, whatever stands in their fields."""
    assert (row_hash(**row) == row_hash(**other)) == (row == other)  # type: ignore[arg-type]  # drawn by field name


@given(actor=TEXTS, kind=TEXTS, cut=st.integers(0, 24))
def test_text_cannot_wander_into_the_next_field(actor: str, kind: str, cut: int) -> None:
    """Moving the border between actor and kind changes the hash, although the letters in a row are the same."""
    letters = actor + kind
    moved = msgspec.structs.replace(ROW, actor=letters[:cut], kind=letters[cut:])
    straight = msgspec.structs.replace(ROW, actor=actor, kind=kind)
    assert (expected_hash(moved) == expected_hash(straight)) == (moved == straight)


def test_rows_are_numbered_and_chained_from_the_head_on() -> None:
    """After row 4 come rows 5 and 6; each carries the hash of the one before it."""
    head = b"\x04" * 32
    first, second = link("fleet", 4, head, [Entry(at_ms=1, actor="a", kind="k"), Entry(at_ms=2, actor="a", kind="k")])
    assert (first.seq, second.seq) == (5, 6)
    assert (first.prev_hash, second.prev_hash) == (head, first.hash)
    assert second.hash == expected_hash(second)


def test_the_payload_is_hashed_as_it_is_stored() -> None:
    """Not a space is normalised: the hash is that of the very bytes."""
    (row,) = link("fleet", 0, GENESIS, [Entry(at_ms=1, actor="a", kind="k", payload=b'{ "b":1 }')])
    assert row.payload_sha256 == hashlib.sha256(b'{ "b":1 }').digest()


ROW = Row(
    stream="fleet",
    seq=1,
    at_ms=0,
    actor="",
    kind="",
    version=1,
    subject="",
    payload_sha256=GENESIS,
    prev_hash=GENESIS,
    hash=GENESIS,
)
