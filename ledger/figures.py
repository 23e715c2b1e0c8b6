"""What an event says, for showing it to people: its texts and numbers by name."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ledger.read import Recorded
from ledger.upcast import UPCASTERS


def figures(row: Recorded) -> dict[str, str | int | float]:
    """The payload's texts and numbers; of an inner object under `outer.inner`; lists but of texts are left out.

    Nothing where retention has deleted the payload.
    """
    if row.payload is None:
        return {}
    _, fields = UPCASTERS.upcast(row.kind, row.version, msgspec.json.decode(row.payload))
    return dict(_leaves("", fields))


def _leaves(path: str, value: object) -> Iterator[tuple[str, str | int | float]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, bool):
        yield path, int(value)
    elif isinstance(value, str | int | float):
        yield path, value
    elif isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        yield path, ", ".join(value)
