"""Routes as padded integer arrays: the layout that the insertion kernels read, one row a vehicle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.dispatch.problem import UNREACHABLE_MS, Route, Task, TravelTable, Vehicle, Window
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


def pack_pickup(task: Task, packed: PackedTimes, not_before_ms: int = 0, latest_start_ms: int = NEVER_MS) -> list[int]:
    """The columns of a task's pickup."""
    node = packed.node_number(task.origin, f"task {task.id}")
    earliest = max(task.ready_ms, not_before_ms)
    windows = len(task.pickup_windows)
    return [node, earliest, task.pickup_ms, latest_start_ms, NEVER_MS, NEVER_MS, 0, 1, windows]


def pack_delivery(task: Task, packed: PackedTimes, not_before_ms: int = 0) -> list[int]:
    """The columns of a task's delivery."""
    node = packed.node_number(task.destination, f"task {task.id}")
    latest = NEVER_MS if task.latest_ms is None else task.latest_ms
    weight, aging_s, windows = milli(task.weight), task.aging_ms // 1000, len(task.delivery_windows)
    return [node, not_before_ms, task.delivery_ms, NEVER_MS, latest, task.due_ms, weight, aging_s, windows]


def pack_aboard(tasks: Sequence[Task], packed: PackedTimes) -> list[int]:
    """The columns of what is aboard; for one task, what it adds."""
    bits = 0
    for task in tasks:
        if task.profile is not None:
            bits |= 1 << packed.profile_number(task.profile, f"task {task.id}")
    return [
        sum(task.mass_g for task in tasks),
        sum(task.units for task in tasks),
        len(tasks),
        sum(task.clean == "clean" for task in tasks),
        sum(task.clean == "unclean" for task in tasks),
        sum(task.travels_alone for task in tasks),
        bits,
    ]


def pack_windows(windows: Sequence[Sequence[Window]], width: int) -> Ints:
    """Opening hours of several stops, padded to `width` windows each."""
    block = np.zeros((len(windows), max(width, 1), 2), dtype=np.int64)
    for row, spans in enumerate(windows):
        if spans:
            block[row, : len(spans)] = spans
    return block


class PackedRoute:
    """One vehicle's route as rows of columns, before it is copied into the padded block."""

    def __init__(self, vehicle: Vehicle, route: Route, tasks: Mapping[str, Task], packed: PackedTimes) -> None:
        aboard = [tasks[name] for name in vehicle.onboard]
        self.vehicle = pack_vehicle(vehicle, len(route.stops), packed)
        self.aboard = [pack_aboard(aboard, packed)]
        empty = pack_aboard((), packed)
        self.stops: list[list[int]] = []
        self.windows: list[tuple[Window, ...]] = []
        for stop in route.stops:
            task = tasks[stop.task]
            aboard = [other for other in aboard if other.id != task.id]
            if stop.kind == "pickup":
                aboard.append(task)
                self.stops.append(pack_pickup(task, packed, stop.not_before_ms, appointment_ms(task, stop)))
                self.windows.append(task.pickup_windows)
            else:
                self.stops.append(pack_delivery(task, packed, stop.not_before_ms))
                self.windows.append(task.delivery_windows)
            self.aboard.append(pack_aboard(aboard, packed) if aboard else empty)
