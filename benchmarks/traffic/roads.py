"""The two ways of driving that are compared: shared with everybody, and each robot as if it were alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from routing.traffic.control import Drive, Refused, Stop, Traffic
from routing.traffic.network import Network


class Roads(Protocol):
    """What a dispatcher needs to know of traffic. Instants are milliseconds."""

    def place(self, robot: str, profile: int, home: int) -> None:
        """A robot appears in its home bay."""

    def go(self, robot: str, goal: int, now_ms: int) -> tuple[Drive | None, Iterable[str]]:
        """Send a robot to a bay if there is a way; its drive, and the robots that may now go further."""

    def released(self, robot: str) -> int:
        """The index in its drive up to which it may go."""

    def reached(self, robot: str, index: int, now_ms: int) -> Iterable[str]:
        """It has come to a point of its drive; the robots that may now go further."""

    def waits_for(self, robot: str) -> str | None:
        """The robot that it waits for."""


class Shared:
    """Traffic as it is."""

    def __init__(self, network: Network) -> None:
        self.traffic = Traffic(network)

    def place(self, robot: str, profile: int, home: int) -> None:
        """A robot appears in its home bay."""
        self.traffic.place(robot, profile, home, home)

    def go(self, robot: str, goal: int, now_ms: int) -> tuple[Drive | None, Iterable[str]]:
        """Send a robot to a bay if there is a way; its drive, and the robots that may now go further."""
        drive = self.traffic.plan(robot, [Stop(goal)], now_ms)
        if isinstance(drive, Refused):
            return None, ()
        return drive, self.traffic.commit(drive, now_ms)

    def released(self, robot: str) -> int:
        """The index in its drive up to which it may go."""
        return self.traffic.released(robot)

    def reached(self, robot: str, index: int, now_ms: int) -> Iterable[str]:
        """It has come to a point of its drive; the robots that may now go further."""
        return self.traffic.reached(robot, index, now_ms)

    def waits_for(self, robot: str) -> str | None:
        """The robot that it waits for."""
        found = self.traffic.waits_for(robot)
        return found[0] if found else None


class Alone:
    """Every robot has the hospital, its lifts and its slots to itself."""

    def __init__(self, network: Network) -> None:
        self._empty = Traffic(network)
        self._profile: dict[str, int] = {}
        self._drive: dict[str, Drive] = {}
        self._reached: dict[str, int] = {}

    def place(self, robot: str, profile: int, home: int) -> None:
        """A robot appears in its home bay."""
        self._profile[robot] = profile
        self._drive[robot] = Drive(robot=robot, points=(home,), stays_ms=(0,), reached=0)
        self._reached[robot] = 0

    def go(self, robot: str, goal: int, now_ms: int) -> tuple[Drive | None, Iterable[str]]:
        """Send a robot to a bay if there is a way; its drive, and the robots that may now go further."""
        here = self._drive[robot].points[self._reached[robot]]
        self._empty.place(robot, self._profile[robot], here, None)
        drive = self._empty.plan(robot, [Stop(goal)], now_ms)
        self._empty.remove(robot)
        if isinstance(drive, Refused):
            return None, ()
        self._drive[robot] = drive
        self._reached[robot] = 0
        return drive, ()

    def released(self, robot: str) -> int:
        """The index in its drive up to which it may go."""
        return len(self._drive[robot].points) - 1

    def reached(self, robot: str, index: int, now_ms: int) -> Iterable[str]:  # noqa: ARG002  # as Roads has it
        """It has come to a point of its drive; the robots that may now go further."""
        self._reached[robot] = index
        return ()

    def waits_for(self, robot: str) -> str | None:  # noqa: ARG002  # as Roads has it
        """The robot that it waits for."""
        return None
