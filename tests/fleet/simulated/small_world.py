"""A world on one line for stories: stations a, b, c ten metres apart, bay at 0, one lift, one tube, a porter."""

from __future__ import annotations

from collections.abc import Iterable

from bus.messages import Move, Report, Waypoint
from fleet.simulated.cores.faults import Faults
from fleet.simulated.cores.lifts import LiftCar, Lifts, LiftShaft
from fleet.simulated.cores.porters import Porter, Porters
from fleet.simulated.cores.robots import Robot, RobotKind, Robots
from fleet.simulated.cores.tube import Tube, TubeKind, Tubes
from fleet.simulated.cores.world import World, WorldRules

STATIONS = {"a": "st:a", "b": "st:b", "c": "st:c"}
X_M = {"bay:B": 0.0, "st:a": 10.0, "st:b": 20.0, "st:c": 30.0}
KIND = RobotKind(compartments=2, drive_share_per_h=0.2, idle_share_per_h=0.02, charge_share_per_h=0.5)
SHAFT = LiftShaft(elevation_m={"0": 0.0, "1": 4.0, "2": 8.0}, speed_m_s=2.0, door_s=5.0, x_m=5.0, y_m=0.0)
PIPES = TubeKind(
    speed_m_s=4.0,
    slow_m_s=2.0,
    headway_s=10.0,
    loading_s=5.0,
    transfer_s=15.0,
    line_of={"ward-1": "north", "ward-2": "north", "lab": "south"},
)


def robots(seed: int = 1) -> Robots:
    return Robots(seed=seed, station_node=STATIONS, kinds={"agv": KIND})


def porters(seed: int = 1, not_ready: float = 0.0) -> Porters:
    return Porters(seed=seed, station_node=STATIONS, not_ready_share=not_ready)


def lifts() -> Lifts:
    return Lifts(shafts={"L1": SHAFT})


def tubes() -> Tubes:
    return Tubes(kinds={"tube": PIPES})


def robot(id: str = "R01", node: str = "bay:B", **more: object) -> Robot:
    return Robot(id=id, kind="agv", node=node, x_m=X_M[node], y_m=0.0, floor="0", **more)  # type: ignore[arg-type]  # fields of Robot


def porter(id: str = "day-01", node: str = "st:a") -> Porter:
    return Porter(id=id, node=node, x_m=X_M[node], y_m=0.0, floor="0")


def rules(faults: Faults | None = None, seed: int = 1, not_ready: float = 0.0) -> WorldRules:
    return WorldRules(
        robots=robots(seed),
        lifts=lifts(),
        porters=porters(seed, not_ready),
        tubes=tubes(),
        faults=faults or Faults(seed=seed),
    )


def world() -> World:
    return World(
        robots={"R01": robot(), "R02": robot("R02")},
        lifts={"L1": LiftCar(id="L1", floor="0")},
        porters={"day-01": porter(), "day-02": porter("day-02")},
        tubes={"tube": Tube(id="tube")},
    )


def move(number: int, *nodes: str, carrier: str = "R01", leg: str = "", dwell_s: float = 0.0) -> Move:
    """Drive at 1 m/s along the line; at the last node `dwell_s`."""
    last = len(nodes) - 1
    points = tuple(
        Waypoint(node, X_M[node], 0.0, "0", 1.0, dwell_s if index == last else 0.0) for index, node in enumerate(nodes)
    )
    return Move(number, 1, carrier, nodes=points, released_to=last, leg=leg)


def said(reports: Iterable[Report]) -> list[tuple[str, int, int]]:
    """Reports as (kind, command, at_ms)."""
    return [(type(report).__name__.lower(), report.command, report.at_ms) for report in reports]
