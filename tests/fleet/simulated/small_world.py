"""A world on one line for stories: stations a, b, c ten metres apart, bay at 0, one lift, one tube, a porter."""

from __future__ import annotations

from collections.abc import Iterable

from bus.messages import Move, Release, Report, Waypoint
from fleet.simulated.cores.faults import Faults, Jam
from fleet.simulated.cores.lifts import LiftCar, Lifts, LiftShaft
from fleet.simulated.cores.porters import Porter, Porters
from fleet.simulated.cores.robots import Robot, RobotKind, Robots
from fleet.simulated.cores.tube import Tube, Tubes
from fleet.simulated.cores.world import World, WorldRules
from routing.tube.network import TubeNetwork
from site_models.schema.carriers import TubeSystem

STATIONS = {"a": "st:a", "b": "st:b", "c": "st:c"}
X_M = {"bay:B": 0.0, "st:a": 10.0, "st:b": 20.0, "st:c": 30.0}
KIND = RobotKind(compartments=2, drive_share_per_h=0.2, idle_share_per_h=0.02, charge_share_per_h=0.5)
SHAFT = LiftShaft(elevation_m={"0": 0.0, "1": 4.0, "2": 8.0}, speed_m_s=2.0, door_s=5.0, x_m=5.0, y_m=0.0)
PIPES = TubeSystem.model_validate(
    {
        "id": "tube", "name": "tube", "speed_m_s": 4.0, "slow_m_s": 2.0, "payload_kg": 2.0, "capsules": 60,
        "headway_s": 4.0, "loading_s": 5.0, "source": "assumed",
        "lines": [
            {"id": "north", "stations": [{"station": "ward-1", "at_m": 40}, {"station": "ward-2", "at_m": 100}]},
            {"id": "south", "stations": [{"station": "lab", "at_m": 100}]},
        ],
        "transfers": [{"id": "unit", "lines": ["north", "south"], "transfer_s": 15.0}],
    }
)  # fmt: skip


def robots(seed: int = 1) -> Robots:
    return Robots(seed=seed, station_node=STATIONS, kinds={"agv": KIND})


def porters(seed: int = 1, not_ready: float = 0.0) -> Porters:
    return Porters(seed=seed, station_node=STATIONS, not_ready_share=not_ready)


def lifts() -> Lifts:
    return Lifts(shafts={"L1": SHAFT})


def tubes(*jams: Jam) -> Tubes:
    return Tubes(network=TubeNetwork([PIPES]), jams=jams)


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


def based(number: int, *nodes: str, to: int, report_at: tuple[int, ...] = ()) -> Move:
    """The same, of which only what leads to index `to` is released."""
    return Move(number, 1, "R01", nodes=move(number, *nodes).nodes, released_to=to, report_at=report_at)


def release(
    number: int, to: int, *, move: int = 1, report_at: tuple[int, ...] = (), onward: Move | None = None
) -> Release:
    """More of a move is base; `onward` is a move whose waypoints take the place of its horizon."""
    nodes = None if onward is None else onward.nodes
    return Release(number, 1, "R01", move=move, released_to=to, report_at=report_at, onward=nodes)


def said(reports: Iterable[Report]) -> list[tuple[str, int, int]]:
    """Reports as (kind, command, at_ms)."""
    return [(type(report).__name__.lower(), report.command, report.at_ms) for report in reports]
