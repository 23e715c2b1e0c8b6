"""The compiled timetable of a tube: who holds what when, and on which of its ways a capsule is there first.

Answers as `schedule.Timetable`, the readable one, does; the tests ask both the same.
"""

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from routing.compiled import kernel, part
from routing.tube.courses import AIRS, Course, Courses

Int64 = NDArray[np.int64]

FIRST_ROOM = 32
"""Holds of one resource that there is room for at first."""
FROM, UNTIL, AIR = 0, 1, 2
"""Columns of a hold: instants (ms) and the number of its air."""
WAY, RESOURCE, ENTER, LEAVE, MINE = 0, 1, 2, 3, 4
"""Columns of a passage; see `Course`."""

_WAY_AND_START = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]  # numba has no types here
_COUNT, _HELD, _ROWS = types.int64[::1], types.int64[:, :, ::1], types.int64[:, ::1]


@part(types.int64(_COUNT, _HELD, _ROWS, types.int64, types.int64))
def _behind(count: Int64, held: Int64, passages: Int64, row: int, start: int) -> int:
    """The first start, not before this one, at which one passage is free; holds are in order of their beginning."""
    resource, enter, leave = passages[row, RESOURCE], passages[row, ENTER], passages[row, LEAVE]
    mine = passages[row, MINE]
    for k in range(count[resource]):
        if held[resource, k, FROM] >= start + leave:
            break
        until = held[resource, k, UNTIL]
        if start + enter < until and (mine == 0 or held[resource, k, AIR] != mine):
            start = until - enter
    return start


@part(types.int64(_COUNT, _HELD, _ROWS, types.int64, types.int64, types.int64, types.int64))
def _earliest(count: Int64, held: Int64, passages: Int64, first: int, end: int, start: int, latest: int) -> int:
    """The first start at which all passages of a way are free; any later one than `latest` if there is none by then."""
    clear, row = 0, first
    while clear < end - first and start <= latest:
        later = _behind(count, held, passages, row, start)
        clear = clear + 1 if later == start else 1
        start = later
        row = row + 1 if row + 1 < end else first
    return start


@kernel(_WAY_AND_START(_COUNT, _HELD, _ROWS, types.int64[::1], types.int64), references=False)
def _soonest(count: Int64, held: Int64, passages: Int64, took: Int64, begin: int) -> tuple[int, int]:
    """The way on which a capsule is there first, and when it starts; of equal ones the first."""
    best, best_start, arrival = -1, begin, 2**62
    first = 0
    for way in range(took.size):
        end = first
        while end < passages.shape[0] and passages[end, WAY] == way:
            end += 1
        start = _earliest(count, held, passages, first, end, begin, arrival - 1 - took[way])
        if start + took[way] < arrival:
            best, best_start, arrival = way, start, start + took[way]
        first = end
    return best, best_start


@kernel(types.boolean(_COUNT, _HELD, _ROWS, types.int64, types.int64, types.int64), references=False)
def _note(count: Int64, held: Int64, passages: Int64, way: int, start: int, now: int) -> bool:
    """Let a capsule hold what it passes from now on, in order of beginning; false, and nothing, if there is no room."""
    for row in range(passages.shape[0]):
        if passages[row, WAY] == way and count[passages[row, RESOURCE]] == held.shape[1]:
            return False
    for row in range(passages.shape[0]):
        until = start + passages[row, LEAVE]
        if passages[row, WAY] != way or until <= now:
            continue
        resource, begin = passages[row, RESOURCE], start + passages[row, ENTER]
        k = count[resource]
        while k > 0 and held[resource, k - 1, FROM] > begin:
            for column in range(3):
                held[resource, k, column] = held[resource, k - 1, column]
            k -= 1
        held[resource, k, FROM] = begin
        held[resource, k, UNTIL] = until
        held[resource, k, AIR] = passages[row, MINE]
        count[resource] += 1
    return True


class Occupancy:
    """What is held from an instant on: by capsules under way, and by those that are planned to go."""

    def __init__(self, courses: Courses, now_ms: int) -> None:
        self._courses = courses
        self._now_ms = now_ms
        self._count = np.zeros(len(courses.number), np.int64)
        self._held = np.empty((len(courses.number), FIRST_ROOM, 3), np.int64)

    def soonest(self, course: Course, from_ms: int) -> tuple[int, int]:
        """The number of the way on which a capsule is there first, and when it starts, not before `from_ms`."""
        return _soonest(self._count, self._held, course.passages, course.took_ms, max(from_ms, self._now_ms))

    def note(self, course: Course, way: int, start_ms: int) -> None:
        """Let a capsule that starts then hold its way; it is not compared with what is held already."""
        while not _note(self._count, self._held, course.passages, way, start_ms, self._now_ms):
            self._held = np.concatenate((self._held, np.empty_like(self._held)), axis=1)

    def hold(self, resource: str, from_ms: int, until_ms: int, air: str = "") -> None:
        """Let one resource be held."""
        row = (0, self._courses.number[resource], 0, until_ms - from_ms, AIRS.index(air))
        course = Course(routes=(), took_ms=np.zeros(1, np.int64), passages=np.array([row], np.int64))
        self.note(course, 0, from_ms)
