"""Routes as padded integer arrays: the layout that the insertion kernels read, one row a vehicle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.dispatch.problem import UNREACHABLE_MS, Route, Stop, Task, TravelTable, Vehicle, Window
from routing.dispatch.schedule import NEVER_MS, appointment_ms, milli, range_ms

Ints = NDArray[np.int64]

# Columns of a vehicle's row.
NODE, START, SHIFT_END, HOME, PAYLOAD, UNITS, PROFILE, COST, STOPS, FROZEN, RANGE = range(11)
VEHICLE_COLUMNS = 11
# Columns of a stop: the place (NODE, 0), the earliest start, time at the station, …
EARLIEST, SERVICE, LATEST_START, LATEST_END, DUE, WEIGHT, AGING_S, WINDOWS = range(1, 9)
STOP_COLUMNS = 9
# Columns of what is aboard after a stop (row 0: before the first): sums, counts and a bit for each forced profile.
MASS, UNITS_ABOARD, COUNT, CLEAN, UNCLEAN, ALONE, PROFILES = range(7)
ABOARD_COLUMNS = 7

NO_WAY = np.int32(2**31 - 1)
"""Travel time in the packed table where there is no way."""


@lru_cache(maxsize=4)
def packed_times(times: TravelTable) -> PackedTimes:
    """The travel times packed; tables are read-only, so each is packed once."""
    return PackedTimes(times)


class PackedTimes:
    """Travel times of all profiles in one block of 32-bit milliseconds (24 days), and the numbers of names in it."""

    def __init__(self, times: TravelTable) -> None:
        self.profile_ids = tuple(sorted(times.ms))
        self.profile = {name: number for number, name in enumerate(self.profile_ids)}
        self.node = times.index
        size = len(times.index)
        self.ms = np.full((max(len(self.profile_ids), 1), size, size), NO_WAY, dtype=np.int32)
        for number, name in enumerate(self.profile_ids):
            matrix = times.ms[name]
            if int(matrix[matrix < UNREACHABLE_MS].max(initial=0)) >= int(NO_WAY):
                raise ValueError(f"profile {name}: a way longer than 24 days; check its speeds and the map")
            self.ms[number] = np.where(matrix < UNREACHABLE_MS, matrix, NO_WAY)

    def node_number(self, node: str, owner: str) -> int:
        """Row of a node; raises ValueError if the travel times do not know it."""
        if node not in self.node:
            raise ValueError(f"{owner}: node {node} is not in the travel times; build them with every place in use")
        return self.node[node]

    def profile_number(self, profile: str, owner: str) -> int:
        """Number of a profile; raises ValueError if the travel times do not know it."""
        if profile not in self.profile:
            raise ValueError(f"{owner}: profile {profile} is not in the travel times; build them for every profile")
        return self.profile[profile]


def pack_vehicle(vehicle: Vehicle, stops: int, packed: PackedTimes) -> Ints:
    """A vehicle's row."""
    owner = f"vehicle {vehicle.id}"
    return np.array(
        [
            packed.node_number(vehicle.node, owner),
            vehicle.available_ms,
            NEVER_MS if vehicle.shift_end_ms is None else vehicle.shift_end_ms,
            -1 if vehicle.home is None else packed.node_number(vehicle.home, owner),
            vehicle.payload_g,
            vehicle.units,
            packed.profile_number(vehicle.profile, owner),
            milli(vehicle.cost_per_min),
            stops,
            vehicle.frozen,
            range_ms(vehicle),
        ],
        dtype=np.int64,
    )


class PackedTask(NamedTuple):
    """The columns of a task's two stops, and of what it adds to what is aboard."""

    task: Task
    pickup: list[int]
    delivery: list[int]
    load: list[int]


class PackedTasks:
    """Tasks by id, each packed when it is first asked for."""

    def __init__(self, tasks: Mapping[str, Task], times: PackedTimes) -> None:
        self._tasks = tasks
        self._times = times
        self._packed: dict[str, PackedTask] = {}

    def __getitem__(self, name: str) -> PackedTask:
        """The task with this id; raises KeyError without one, ValueError for a place that is unknown."""
        found = self._packed.get(name)
        if found is None:
            found = self._packed[name] = pack_task(self._tasks[name], self._times)
        return found


def pack_task(task: Task, times: PackedTimes) -> PackedTask:
    """A task as columns; raises ValueError for a place or profile that the travel times do not know."""
    owner = f"task {task.id}"
    origin, destination = times.node_number(task.origin, owner), times.node_number(task.destination, owner)
    latest = NEVER_MS if task.latest_ms is None else task.latest_ms
    weight, aging_s = milli(task.weight), task.aging_ms // 1000
    windows, to_windows = len(task.pickup_windows), len(task.delivery_windows)
    clean, unclean = task.clean == "clean", task.clean == "unclean"
    profile = 0 if task.profile is None else 1 << times.profile_number(task.profile, owner)
    return PackedTask(
        task=task,
        pickup=[origin, task.ready_ms, task.pickup_ms, NEVER_MS, NEVER_MS, NEVER_MS, 0, 1, windows],
        delivery=[destination, 0, task.delivery_ms, NEVER_MS, latest, task.due_ms, weight, aging_s, to_windows],
        load=[task.mass_g, task.units, 1, int(clean), int(unclean), int(task.travels_alone), profile],
    )


EMPTY = [0] * ABOARD_COLUMNS


def pack_aboard(aboard: Sequence[PackedTask]) -> list[int]:
    """The columns of what is aboard together."""
    if len(aboard) < 2:
        return aboard[0].load if aboard else EMPTY
    columns = [sum(column) for column in zip(*(packed.load for packed in aboard), strict=True)]
    columns[PROFILES] = reduce(or_, (packed.load[PROFILES] for packed in aboard))
    return columns


def pack_windows(windows: Sequence[Sequence[Window]], width: int) -> Ints:
    """Opening hours of several stops, padded to `width` windows each."""
    block = np.zeros((len(windows), max(width, 1), 2), dtype=np.int64)
    for row, spans in enumerate(windows):
        if spans:
            block[row, : len(spans)] = spans
    return block


class PackedRoute:
    """One vehicle's route as rows of columns, before it is copied into the padded block."""

    def __init__(self, vehicle: Vehicle, route: Route, tasks: PackedTasks) -> None:
        aboard = [tasks[name] for name in vehicle.onboard]
        rows = [pack_aboard(aboard)]
        stops: list[list[int]] = []
        self.windows: list[tuple[Window, ...]] = []
        for stop in route.stops:
            packed = tasks[stop.task]
            task = packed.task
            aboard = [other for other in aboard if other is not packed]
            if stop.kind == "pickup":
                aboard.append(packed)
                stops.append(_with_appointment(packed.pickup, task, stop))
                self.windows.append(task.pickup_windows)
            else:
                stops.append(_with_appointment(packed.delivery, task, stop))
                self.windows.append(task.delivery_windows)
            rows.append(pack_aboard(aboard))
        self.aboard = np.array(rows, np.int64)
        self.stops = np.array(stops, np.int64).reshape(-1, STOP_COLUMNS)


def _with_appointment(columns: list[int], task: Task, stop: Stop) -> list[int]:
    """The columns of a stop that does not start before its appointment, nor later if it is a crew's pickup."""
    if task.crew == 1 and not stop.not_before_ms:
        return columns
    found = columns.copy()
    found[EARLIEST] = max(found[EARLIEST], stop.not_before_ms)
    found[LATEST_START] = appointment_ms(task, stop)
    return found
