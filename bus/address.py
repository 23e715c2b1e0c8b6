"""Where a part with a broker can be reached: a file in the data folder, replaced at each start, read by every peer."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

DISPATCHER = "bus"
EQUIPMENT = "equipment"
"""Names of the parts with a broker; their addresses stand in `<name>.json`."""
KEYS_FOLDER = "keys"


class Address(msgspec.Struct, frozen=True):
    """Endpoints of a running broker and its public key (Z85)."""

    router: str
    updates: str
    server_public: str


def write_address(folder: Path, address: Address, part: str = DISPATCHER) -> None:
    """Replace the file as a whole; a reader sees the old or the new one, never half."""
    draft = folder / f".{part}.json.{secrets.token_hex(4)}"
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(address))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / f"{part}.json")


def read_address(folder: Path, part: str = DISPATCHER) -> Address | None:
    """The address last written, or None while the part has never started here or the file is unreadable."""
    try:
        return msgspec.json.decode((folder / f"{part}.json").read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return None
