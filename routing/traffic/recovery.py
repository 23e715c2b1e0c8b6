"""What becomes of robots whose drives were cut: they go on, or out of the way, or out of one another's way together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routing.traffic.control import Traffic
from routing.traffic.messages import Drive, Refused, Stop

MOST_TOGETHER = 3
"""Robots that are untangled in one search; its states grow with the power of their number."""


def go_on(traffic: Traffic, wishes: Mapping[str, Sequence[Stop]], now_ms: int) -> dict[str, Refused]:
    """Plan and commit drives for robots through the stops they wish; returns those that got none, with the reason.

    Robots are asked in the order of the mapping, again and again as long as one more finds a way: who goes makes room
    for others. Then those who stand where they are in the way (no bay) go home, else to the nearest free bay, else,
    few at a time, together. They are among those returned, for they got no drive to where they wish; so are those who
    stay where they are.
    """
    refused: dict[str, Refused] = {}
    waiting = dict(wishes)
    progress = True
    while progress:
        progress = False
        for robot, stops in list(waiting.items()):
            answer = traffic.plan(robot, stops, now_ms)
            if isinstance(answer, Refused):
                refused[robot] = answer
                continue
            traffic.commit(answer, now_ms)
            del waiting[robot]
            refused.pop(robot, None)
            progress = True
        if not progress:
            progress = _make_way(traffic, [robot for robot in waiting if traffic.in_the_way(robot)], now_ms)
    return refused


def _make_way(traffic: Traffic, robots: Sequence[str], now_ms: int) -> bool:
    """Whether one, or else some together, of those in the way could be sent to a bay."""
    for robot in robots:
        for bay in traffic.bays(robot):
            answer = traffic.plan(robot, [Stop(bay)], now_ms)
            if isinstance(answer, Drive):
                traffic.commit(answer, now_ms)
                return True
    return any(
        traffic.untangle(robots[k : k + size], now_ms)
        for size in range(2, MOST_TOGETHER + 1)
        for k in range(len(robots) - size + 1)
    )
