"""What one replication leaves behind: figures of patients and resources, and, if asked for, every event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulation.ticks import Ticks

if TYPE_CHECKING:  # to read figures, nothing that draws or runs is needed
    from simulation.flow.plan import Plan
    from simulation.sampling.sample import Sample


class Kind(IntEnum):
    """What happened; the meaning of the log's `value` stands behind each."""

    ARRIVE = 0  # source
    REQUEST = 1  # priority
    GRANT = 2  # resource
    GIVE_UP = 3  # 0
    RELEASE = 4  # resource
    DELAY = 5  # 0: time begins to pass, at Delay and Until (not at an Until that has no wait)
    MARK = 6  # mark
    BATCH = 7  # number in the batch so far, this one included
    BATCHED = 8  # 0: goes on
    FORK = 9  # number of arms (Together), 1 (Aside)
    JOINED = 10  # 0: goes on
    PREEMPTED = 11  # resource
    RESUMED = 12  # resource: granted again
    AGAIN = 13  # the round that begins, from 1; the number of rounds when they are exhausted
    LEAVE = 14  # outcome
    CAPACITY = 15  # the new capacity; patient is -1, step is the resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Every event in the order in which it happened: columns of equal length."""

    at: Ticks
    patient: NDArray[np.int32]
    step: NDArray[np.int32]
    kind: NDArray[np.int8]
    value: NDArray[np.int32]


MOST_LEVELS = 1024
"""A resource with more units than this has its greatest numbers in use counted together."""


def levels(plan: Plan) -> int:
    """The columns of `Replication.level`: 0 units in use to the most of any resource (or `MOST_LEVELS`)."""
    return 1 + min(MOST_LEVELS, max((resource.most for resource in plan.resources), default=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """One seeded run of a plan. Ticks; "counted" means from the plan's warm-up to its horizon.

    Attributes
    ----------
    left_at : (n,) int64
        When each patient left, -1 for those still inside at the horizon.
    outcome : (n,) int16
        How, -1 for those still inside.
    marked : (marks, n) int64
        When each mark was last set, -1 if never.
    asked, granted, gave_up : (waits,) int64
        Requests at each waiting point, by requests made in the counted time; those still waiting are the difference.
    waited : (waits,) int64
        Their ticks of waiting, of those granted.
    level : (resources, levels) int64
        Counted ticks with that many units in use; the last column holds that many and more.
    over, queued, offered : (resources,) int64
        Counted ticks × units in use beyond capacity, × requests waiting, × units of capacity.
    hourly_used, hourly_queue, hourly_capacity : (hours, resources) int32
        As it stands at the beginning of each hour from tick 0 to before the horizon, before the events of that
        instant.
    """

    sample: Sample
    left_at: Ticks
    outcome: NDArray[np.int16]
    marked: Ticks
    asked: NDArray[np.int64]
    granted: NDArray[np.int64]
    gave_up: NDArray[np.int64]
    waited: Ticks
    level: Ticks
    over: Ticks
    queued: Ticks
    offered: Ticks
    hourly_used: NDArray[np.int32]
    hourly_queue: NDArray[np.int32]
    hourly_capacity: NDArray[np.int32]
    log: Log | None = None
