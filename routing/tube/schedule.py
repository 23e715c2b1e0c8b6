"""The timetable of a tube: who needs which segment, unit, line and sender when, and when the next may start.

A capsule is sent when its whole way is free at the times at which it will pass; so it never waits in the tube, and
what waits, waits at its station, where something more urgent may still go first. This is the readable timetable; the
interlock of the simulated tube uses it, the control the compiled one (`occupancy`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from routing.tube.network import Passage


class Hold(msgspec.Struct, frozen=True):
    """A resource in use from `from_ms` until `until_ms` (instants, ms); holds of the same `air` may overlap."""

    resource: str
    from_ms: int
    until_ms: int
    air: str = ""


def holds(passages: Iterable[Passage], start_ms: int) -> tuple[Hold, ...]:
    """What a capsule sent at an instant holds."""
    return tuple(Hold(p.resource, start_ms + p.enter_ms, start_ms + p.leave_ms, p.air) for p in passages)


class Timetable:
    """All holds that are known: of capsules under way, and of those that are planned to go."""

    def __init__(self, known: Iterable[Hold] = ()) -> None:
        self._held: dict[str, list[tuple[int, int, str]]] = {}
        self.add(known)

    def add(self, more: Iterable[Hold]) -> None:
        """Note holds; they are not compared with those that are there."""
        for hold in more:
            held = self._held.setdefault(hold.resource, [])
            one = (hold.from_ms, hold.until_ms, hold.air)
            held.insert(bisect_left(held, one), one)

    def earliest(self, passages: Sequence[Passage], from_ms: int) -> int:
        """The first instant, not before `from_ms`, at which a capsule may be sent and find its whole way free.

        Ends because every step moves the start behind the end of a hold, and holds are finite in number.
        """
        used = [(p, held) for p in passages if (held := self._held.get(p.resource))]
        start_ms, clear, number = from_ms, 0, 0
        while clear < len(used):
            later_ms = _behind(*used[number], start_ms)
            clear = clear + 1 if later_ms == start_ms else 1
            start_ms = later_ms
            number = (number + 1) % len(used)
        return start_ms


def _behind(passage: Passage, held: Sequence[tuple[int, int, str]], start_ms: int) -> int:
    """The first start, not before this one, at which one resource is free; its holds are in order of their begin."""
    enter_ms, leave_ms, mine = passage.enter_ms, passage.leave_ms, passage.air
    for from_ms, until_ms, air in held:
        if from_ms >= start_ms + leave_ms:
            break
        if start_ms + enter_ms < until_ms and not (air and air == mine):
            start_ms = until_ms - enter_ms
    return start_ms
