"""Reads an instance of the MAPD benchmark: a map with endpoints and homes, and a list of tasks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCKED, ENDPOINT, HOME = "@", "e", "r"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A load that is known from step `release` on, to be carried from one point to another."""

    release: int
    start: int
    goal: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """`passable` and `bays` (endpoints and homes) are (rows, columns); homes and tasks name points row by row."""

    passable: NDArray[np.bool_]
    bays: NDArray[np.bool_]
    homes: tuple[int, ...]
    tasks: tuple[Task, ...]


def read(map_file: Path, task_file: Path) -> Instance:
    """The instance of a map and a task file.

    The map's header is rows and columns, task endpoints, agents and most steps; that of the tasks is their number and
    the last release. A task line is release, start endpoint, goal endpoint and two numbers without meaning. Endpoints
    are numbered row by row, homes are no endpoints.

    Raises
    ------
    ValueError
        If the map is not as large as its header says, or has not as many endpoints and homes; if a task has an unknown
        endpoint.
    """
    lines = map_file.read_text(encoding="ascii").split("\n")
    rows, columns = (int(word) for word in lines[0].split())
    endpoints_said, agents_said = int(lines[1]), int(lines[2])
    drawn = [line.rstrip("\r") for line in lines[4 : 4 + rows]]
    if len(drawn) != rows or any(len(line) != columns for line in drawn):
        raise ValueError(f"{map_file}: the map is not {rows} × {columns}")
    squares = np.array([list(line) for line in drawn])
    passable = squares != BLOCKED
    kinds = squares[passable]
    endpoints = np.flatnonzero(kinds == ENDPOINT)
    homes = np.flatnonzero(kinds == HOME)
    if (len(endpoints), len(homes)) != (endpoints_said, agents_said):
        found, said = f"{len(endpoints)} endpoints and {len(homes)} homes", f"{endpoints_said} and {agents_said}"
        raise ValueError(f"{map_file}: {found}, the header says {said}")
    return Instance(
        passable=passable,
        bays=(squares == ENDPOINT) | (squares == HOME),
        homes=tuple(homes.tolist()),
        tasks=_tasks(task_file, endpoints),
    )


def _tasks(file: Path, endpoints: NDArray[np.int64]) -> tuple[Task, ...]:
    rows = [[int(word) for word in line.split()] for line in file.read_text(encoding="ascii").splitlines() if line]
    tasks = rows[2:]
    if len(tasks) != rows[0][0] or any(not 0 <= place < len(endpoints) for task in tasks for place in task[1:3]):
        raise ValueError(f"{file}: not {rows[0][0]} tasks between endpoints 0 … {len(endpoints) - 1}")
    return tuple(Task(release=task[0], start=int(endpoints[task[1]]), goal=int(endpoints[task[2]])) for task in tasks)
