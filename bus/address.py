"""Where the dispatcher can be reached: `bus.json` in the data folder, replaced at each start and read by every peer."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

ADDRESS_FILE = "bus.json"
KEYS_FOLDER = "keys"


class Address(msgspec.Struct, frozen=True):
    """Endpoints of the running dispatcher and its public key (Z85)."""

    router: str
    updates: str
    server_public: str


def write_address(folder: Path, address: Address) -> None:
    """Replace `bus.json` as a whole; a reader sees the old or the new one, never half."""
    draft = folder / f".{ADDRESS_FILE}.{secrets.token_hex(4)}"
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(address))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / ADDRESS_FILE)


def read_address(folder: Path) -> Address | None:
    """The address last written, or None while no dispatcher has ever started here or the file is unreadable."""
    try:
        return msgspec.json.decode((folder / ADDRESS_FILE).read_bytes(), type=Address)
    except (OSError, msgspec.DecodeError):
        return None
