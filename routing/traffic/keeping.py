"""All that traffic knows in names instead of numbers, so that it can be kept and taken up again."""

from __future__ import annotations

from collections.abc import Collection

from routing.traffic.messages import Changes, RobotState, TrafficState
from routing.traffic.network import Network
from routing.traffic.orders import Orders, Robot, Visit


def written(orders: Orders, blocked: Collection[int]) -> TrafficState:
    """The state of drives and blocked cells; equal for equal ones."""
    network = orders.network
    return TrafficState(
        now_ms=orders.now_ms,
        robots=tuple(_robot(network, orders.robots[name]) for name in sorted(orders.robots)),
        orders={network.cells[cell]: _order(queue) for cell, queue in enumerate(orders.queues) if len(queue) > 1},
        blocked=tuple(sorted(network.cells[cell] for cell in blocked)),
    )


def changes(orders: Orders, blocked: Collection[int]) -> Changes:
    """What has changed in the state since this was last asked."""
    network = orders.network
    robots, cells = sorted(orders.changed_robots), sorted(orders.changed_cells)
    forget_changes(orders)
    return Changes(
        now_ms=orders.now_ms,
        robots=tuple(_robot(network, orders.robots[name]) for name in robots if name in orders.robots),
        gone=tuple(name for name in robots if name not in orders.robots),
        orders={network.cells[cell]: _order(orders.queues[cell]) for cell in cells},
        blocked=tuple(sorted(network.cells[cell] for cell in blocked)),
    )


def forget_changes(orders: Orders) -> None:
    """What is written now is the state to compare with."""
    orders.changed_robots.clear()
    orders.changed_cells.clear()


def _order(queue: Collection[Visit]) -> tuple[str, ...]:
    return tuple(robot.name for robot, _ in queue) if len(queue) > 1 else ()


def _robot(network: Network, robot: Robot) -> RobotState:
    return RobotState(
        robot=robot.name,
        profile=network.profiles[robot.profile],
        home=None if robot.home is None else network.points[robot.home],
        points=tuple(network.points[point] for point in robot.points),
        stays_ms=tuple(robot.stays),
        reached=robot.reached,
        released=robot.released,
        since_ms=robot.since_ms,
        begun_ms=robot.begun_ms,
    )


def read(orders: Orders, state: TrafficState) -> set[int]:
    """Fill empty orders from a state; returns the blocked cells. Raises `KeyError` for a name that is unknown."""
    network = orders.network
    points = {name: number for number, name in enumerate(network.points)}
    cells = {name: number for number, name in enumerate(network.cells)}
    orders.now_ms = state.now_ms
    for kept in state.robots:
        robot = orders.add(
            kept.robot,
            network.profiles.index(kept.profile),
            None if kept.home is None else points[kept.home],
            points[kept.points[0]],
        )
        orders.take_up(robot, kept, [points[name] for name in kept.points])
    for name, robots in state.orders.items():
        orders.arrange(cells[name], robots)
    forget_changes(orders)
    return {cells[name] for name in state.blocked}
