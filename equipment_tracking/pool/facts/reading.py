"""Reads the equipment stream back: from a row's kind, version and payload to the fact that it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from equipment_tracking.pool.facts import cycle, holding, watching
from equipment_tracking.pool.facts.base import Fact
from ledger.upcast import UPCASTERS, UnknownVersion, Upcasters


def _kinds(base: type[Fact]) -> Iterator[type[Fact]]:
    for kind in base.__subclasses__():
        if "type" in vars(kind):
            yield kind
        yield from _kinds(kind)


_MODULES: Final = {module.__name__ for module in (cycle, holding, watching)}
FACTS: Final[dict[str, type[Fact]]] = {
    kind.type: kind
    for kind in sorted(set(_kinds(Fact)), key=lambda kind: kind.type)
    if kind.logged and kind.__module__ in _MODULES
}
"""Every logged fact by its name in the ledger."""


def read_fact(kind: str, version: int, payload: bytes, upcasters: Upcasters = UPCASTERS) -> Fact | None:
    """The fact that was written in `version`, as it is understood today; None for a kind that is not the pool's.

    Raises
    ------
    UnknownVersion
        It was written by a later version of the program, or an upcaster is missing.
    msgspec.ValidationError
        The payload is not of this kind.
    """
    found = FACTS.get(kind)
    if found is None:
        return None
    if version == found.version:
        return msgspec.json.decode(payload, type=found)
    reached, fields = upcasters.upcast(kind, version, msgspec.json.decode(payload))
    if reached != found.version:
        raise UnknownVersion(
            f"{kind} was written in version {version}, and this program reads up to version {found.version}. "
            "Install the version that wrote it."
        )
    return msgspec.convert(fields, found)
