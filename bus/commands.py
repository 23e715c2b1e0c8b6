"""In which order an agent accepts commands: each number once, gaps waited for, as a state without clock or socket."""

from __future__ import annotations

from bus.messages import Command

GAP_PATIENCE_S = 3.0
_MAX_HELD = 1000


class CommandOrder:
    """Hands out commands by number. One that came before its predecessor is held until that arrives.

    A gap opens when a message was lost with its connection; the dispatcher then sends again what was not
    acknowledged. When it does not within `GAP_PATIENCE_S` of monotonic wall time, the number was never used (or the
    agent lost its journal) and the held commands are accepted as they are. `skipped` says that this has happened: the
    next hello tells the dispatcher that the numbers between never came, and takes it back.
    """

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.gap_since_s: float | None = None
        self.skipped = False
        self._held: dict[int, Command] = {}

    def hold(self, command: Command, now_s: float) -> None:
        """Take a command in; it comes out of `ready` once, or not at all when its number is not newer."""
        if command.number > self.last and len(self._held) < _MAX_HELD:
            self._held.setdefault(command.number, command)
            if self.last + 1 not in self._held and self.gap_since_s is None:
                self.gap_since_s = now_s

    def ready(self, now_s: float) -> list[Command]:
        """The commands whose turn it is."""
        accepted: list[Command] = []
        if self.gap_since_s is not None and self._held and now_s - self.gap_since_s >= GAP_PATIENCE_S:
            self.last = min(self._held) - 1
            self.skipped = True
        while (command := self._held.pop(self.last + 1, None)) is not None:
            self.last = command.number
            accepted.append(command)
        if not self._held:
            self.gap_since_s = None
        elif accepted:
            self.gap_since_s = now_s
        return accepted

    def forget_held(self) -> None:
        """The connection was lost: what was not accepted will be sent again."""
        self._held.clear()
        self.gap_since_s = None
