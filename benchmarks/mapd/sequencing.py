"""Who carries what, in which order: sequences of tasks by ruin and recreate, compiled.

Ruin: tasks near a drawn one are taken out (in the manner of Christiaens and Vanden Berghe, Transportation Science 54
(2020) 417-433). Recreate: each goes to its cheapest place, with blinks. Accepted: as in simulated annealing. The cost
of an agent is the fourth power of the steps until it is done, so the last ones are relieved first.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from routing.compiled import helper, kernel
from simulation.chance import mixed, uniform

Int: TypeAlias = NDArray[np.int64]
Arrays: TypeAlias = tuple[Any, ...]

RUINED = 12
"""At most so many tasks are taken out at a time."""
BLINK = 0.02
"""How often a cheapest place is overlooked."""
COLDEST = 1e-3
"""The last temperature, as a share of the first."""

_INT, _INT2 = "int64[::1]", "int64[:, ::1]"
PROBLEM = f"Tuple(({_INT2}, {_INT}, {_INT}, {_INT}))"
"""steps between points; start and goal of each task; where each agent begins."""
SEQUENCES = f"Tuple(({_INT2}, {_INT}, {_INT}))"
"""rows, sizes, and the steps until each agent is done."""


@helper(f"int64({PROBLEM}, {SEQUENCES}, int64, int64, int64)")
def _added(problem: Arrays, sequences: Arrays, agent: int, place: int, task: int) -> int:
    """Steps that a task adds to an agent's sequence in a place."""
    steps, start, goal, at = problem
    rows, sizes, _ = sequences
    before = at[agent] if place == 0 else goal[rows[agent, place - 1]]
    more = steps[before, start[task]] + steps[start[task], goal[task]]
    if place < sizes[agent]:
        after = start[rows[agent, place]]
        more += steps[goal[task], after] - steps[before, after]
    return int(more)


@helper(f"void({PROBLEM}, {SEQUENCES}, int64, int64, int64)")
def _put_in(problem: Arrays, sequences: Arrays, agent: int, place: int, task: int) -> None:
    """Let an agent do a task in a place of its sequence."""
    rows, sizes, done = sequences
    done[agent] += _added(problem, sequences, agent, place, task)
    for later in range(sizes[agent], place, -1):
        rows[agent, later] = rows[agent, later - 1]
    rows[agent, place] = task
    sizes[agent] += 1


@helper(f"void({PROBLEM}, {SEQUENCES}, int64, int64)")
def _take_out(problem: Arrays, sequences: Arrays, agent: int, task: int) -> None:
    """Take a task out of an agent's sequence."""
    rows, sizes, done = sequences
    place = 0
    while rows[agent, place] != task:
        place += 1
    sizes[agent] -= 1
    for later in range(place, sizes[agent]):
        rows[agent, later] = rows[agent, later + 1]
    done[agent] -= _added(problem, sequences, agent, place, task)


@helper(f"int64({PROBLEM}, {SEQUENCES}, {_INT}, float64[::1], uint64)")
def _ruin(problem: Arrays, sequences: Arrays, out: Int, distance: NDArray[np.float64], key: np.uint64) -> int:
    """Take out some tasks near a drawn one, into `out`; how many."""
    steps, start, goal, _ = problem
    rows, sizes, done = sequences
    tasks = start.size
    centre = int(uniform(key) * tasks)
    wanted = min(1 + int(uniform(mixed(key, np.uint64(0))) * RUINED), tasks)
    for task in range(tasks):
        near = min(
            steps[start[task], goal[centre]], steps[start[centre], goal[task]], steps[start[task], start[centre]]
        )
        distance[task] = near * (0.5 + uniform(mixed(key, np.uint64(task + 1))))
    distance[centre] = -1.0
    limit = -1.0
    for _ in range(wanted - 1):
        following = np.inf
        for task in range(tasks):
            if limit < distance[task] < following:
                following = distance[task]
        limit = following
    count = 0
    for agent in range(done.size):
        for place in range(sizes[agent] - 1, -1, -1):
            if distance[rows[agent, place]] <= limit:
                out[count] = rows[agent, place]
                count += 1
                _take_out(problem, sequences, agent, rows[agent, place])
    return count


@helper(f"void({PROBLEM}, {SEQUENCES}, {_INT}, int64, uint64)")
def _recreate(problem: Arrays, sequences: Arrays, out: Int, count: int, key: np.uint64) -> None:
    """Put tasks back in a drawn order, each into its cheapest place."""
    _, sizes, done = sequences
    for number in range(count):
        key = mixed(key, np.uint64(number))
        other = number + int(uniform(key) * (count - number))
        task = out[other]
        out[other] = out[number]
        cheapest = np.inf
        to_agent = 0
        to_place = 0
        for agent in range(done.size):
            for place in range(sizes[agent] + 1):
                later = done[agent] + _added(problem, sequences, agent, place, task)
                price = float(later) ** 4 - float(done[agent]) ** 4
                if price < cheapest:
                    key = mixed(key, np.uint64(place))
                    if uniform(key) >= BLINK or cheapest == np.inf:
                        cheapest, to_agent, to_place = price, agent, place
        _put_in(problem, sequences, to_agent, to_place, task)


@kernel(f"void({PROBLEM}, {_INT2}, {_INT}, {_INT}, {_INT}, int64, float64, uint64)")
def improve(
    problem: Arrays, rows: Int, sizes: Int, busy: Int, nobodys: Int, rounds: int, heat: float, seed: np.uint64
) -> None:
    """Give tasks that are nobody's a place, and improve the sequences; in place.

    Parameters
    ----------
    problem : PROBLEM
    rows, sizes : (agents, tasks), (agents,)
        The tasks of each agent in order.
    busy : (agents,)
        After how many steps from now each agent begins.
    nobodys : (…,)
        Tasks that are in no sequence.
    rounds, heat, seed
        How often, the first temperature as a share of the mean cost a task, and the key of all chance.
    """
    done = busy.copy()
    sequences = (rows, sizes, done)
    steps, start, goal, at = problem
    for agent in range(at.size):
        here = at[agent]
        for place in range(sizes[agent]):
            task = rows[agent, place]
            done[agent] += steps[here, start[task]] + steps[start[task], goal[task]]
            here = goal[task]
    out = np.empty(start.size, np.int64)
    out[: nobodys.size] = nobodys
    distance = np.empty(start.size, np.float64)
    _recreate(problem, sequences, out, nobodys.size, seed)
    old_rows, old_sizes, old_done = rows.copy(), sizes.copy(), done.copy()
    best_rows, best_sizes = rows.copy(), sizes.copy()
    cost = np.sum(done.astype(np.float64) ** 4)
    best = cost
    warmth = heat * cost / start.size
    for turn in range(rounds):
        key = mixed(seed, np.uint64(turn + 1))
        count = _ruin(problem, sequences, out, distance, key)
        _recreate(problem, sequences, out, count, mixed(key, np.uint64(start.size + 1)))
        fresh = np.sum(done.astype(np.float64) ** 4)
        chance = uniform(mixed(key, np.uint64(start.size + 2)))
        if fresh < cost - warmth * COLDEST ** (turn / rounds) * np.log(chance + 1e-300):
            cost = fresh
            old_rows[:], old_sizes[:], old_done[:] = rows, sizes, done
            if fresh < best:
                best = fresh
                best_rows[:], best_sizes[:] = rows, sizes
        else:
            rows[:], sizes[:], done[:] = old_rows, old_sizes, old_done
    rows[:], sizes[:] = best_rows, best_sizes
