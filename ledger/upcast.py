"""Brings events of an older version to the newest one when they are read; the ledger stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

Payload = dict[str, Any]
"""An event's payload as JSON gives it."""

Upcaster = Callable[[Payload], Payload]
"""A pure function from the payload of one version to that of the next; it leaves its argument alone."""


class UnknownVersion(ValueError):
    """An event comes from a later version of the program than this one."""


class Upcasters:
    """The steps between the versions of every event type; rooms register theirs when they are imported."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], Upcaster] = {}

    def register(self, kind: str, version: int) -> Callable[[Upcaster], Upcaster]:
        """Decorate the step of `kind` from `version` to `version + 1`.

        Raises
        ------
        ValueError
            There is one already.
        """
        if (kind, version) in self._steps:
            raise ValueError(f"{kind} version {version} has an upcaster already.")

        def add(step: Upcaster) -> Upcaster:
            self._steps[kind, version] = step
            return step

        return add

    def upcast(self, kind: str, version: int, payload: Payload) -> tuple[int, Payload]:
        """The newest version that the steps lead to, and the payload in it."""
        while (step := self._steps.get((kind, version))) is not None:
            payload = step(payload)
            version += 1
        return version, payload


UPCASTERS: Final = Upcasters()
"""Those of this program."""
