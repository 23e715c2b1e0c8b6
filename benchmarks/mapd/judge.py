"""Judges a run by its positions alone; shares no code with the planner."""

from __future__ import annotations

from benchmarks.mapd.instance import Instance
from benchmarks.mapd.sequencing import Int


def collisions(instance: Instance, at: Int) -> int:
    """Two agents in one square after a step, two that changed places, and moves that are no step to a free neighbour.

    `at` is (steps + 1, agents): the square of each, numbered over the free squares row by row.
    """
    place: dict[int, tuple[int, int]] = {}
    for row, line in enumerate(instance.passable.tolist()):
        for column, free in enumerate(line):
            if free:
                place[len(place)] = (row, column)
    found = 0
    before: list[int] = []
    for now in at.tolist():
        found += len(now) - len(set(now))
        moved = {(old, new) for old, new in zip(before, now, strict=False) if old != new}
        found += sum((new, old) in moved for old, new in moved if old < new)
        for old, new in moved:
            (row, column), (to_row, to_column) = place[old], place[new]
            found += abs(row - to_row) + abs(column - to_column) != 1
        before = now
    return found


def undelivered(instance: Instance, at: Int, carrier: Int, picked: Int, delivered: Int) -> int:
    """Tasks that their carrier did not carry as is said: known, from start to goal, one at a time."""
    wrong = 0
    free: dict[int, int] = {}
    for number in sorted(range(len(instance.tasks)), key=lambda task: (picked[task], delivered[task])):
        task, agent = instance.tasks[number], int(carrier[number])
        begin, end = int(picked[number]), int(delivered[number])
        wrong += not (
            max(task.release, free.get(agent, 0)) <= begin <= end < len(at)
            and at[begin, agent] == task.start
            and at[end, agent] == task.goal
        )
        free[agent] = end
    return wrong
