"""What outlives the process of a made-up site: which one it is, and how far its assets have walked."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from msgspec.structs import replace

FILE = "beacons.json"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A site (`version` names its content and its places), a seed and sizes make a world; `at_s` is its time.

    `is_stocked`: all its assets have come to a first day's state.
    """

    site: str
    version: str
    seed: int
    assets: int
    gateways: int
    at_s: int = 0
    is_stocked: bool = False

    def same_as(self, other: World) -> bool:
        """Whether both are one world, at whatever time."""
        return replace(self, at_s=0, is_stocked=False) == replace(other, at_s=0, is_stocked=False)


def read_world(folder: Path) -> World | None:
    """The world last written, or None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=World)
    except (OSError, msgspec.DecodeError):
        return None


def write_world(folder: Path, world: World) -> None:
    """Replace the file as a whole. Raises OSError."""
    draft = folder / f".{FILE}.new"
    with draft.open("wb") as file:
        file.write(msgspec.json.encode(world))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / FILE)
