"""Plan a drive: the steps over lanes and lifts from where a carrier stands, before it is known who else is there."""

from __future__ import annotations

from fleet.model import Carrier, Step
from fleet.orchestrator.turn import Turn
from routing.drives import DriveStage


def plan_drive(
    turn: Turn, carrier: Carrier, destination: str, avoid_lifts: frozenset[str] = frozenset()
) -> tuple[Step, ...] | None:
    """The steps of a drive: lanes, and for each lift call, in (unless it is inside), ride, out, leave; or no way."""
    if carrier.node == destination:
        return ()
    if carrier.mode == "robot":
        avoid_lifts |= blocked_lifts(turn)
    stages = turn.ways.router.drive(profile_of(turn, carrier), carrier.node, destination, avoid_lifts=avoid_lifts)
    if stages is None:
        return None
    steps = _out_of_cabin(turn, carrier) if isinstance(stages[0], DriveStage) else []
    for stage in stages:
        if isinstance(stage, DriveStage):
            if stage.length_m > 0:
                steps.append(
                    Step(
                        "move", node=stage.to_node, expected_ms=round(stage.duration_s * 1000), length_m=stage.length_m
                    )
                )
            continue
        lobby = turn.hospital.layout.lobby_node
        cabin = turn.hospital.layout.cabin_node
        ride_ms = round(stage.duration_s * 1000)
        steps.append(Step("call", lift=stage.lift, floor=stage.from_floor, expected_ms=ride_ms // 2))
        if cabin[stage.lift, stage.from_floor] != carrier.node:
            steps.append(Step("move", node=cabin[stage.lift, stage.from_floor]))
        steps += [
            Step(
                "ride",
                node=cabin[stage.lift, stage.to_floor],
                lift=stage.lift,
                floor=stage.to_floor,
                expected_ms=ride_ms - ride_ms // 2,
            ),
            Step("move", node=lobby[stage.lift, stage.to_floor]),
            Step("leave", lift=stage.lift),
        ]
    return tuple(steps)


def blocked_lifts(turn: Turn) -> frozenset[str]:
    """The lifts that no robot may enter: closed, or with a broken robot in them."""
    cells = turn.state.traffic.blocked
    return frozenset(cell.removeprefix("lift:") for cell in cells if cell.startswith("lift:"))


def _out_of_cabin(turn: Turn, carrier: Carrier) -> list[Step]:
    """A robot that stands in a lift and does not ride leaves it first, so that the lift is free again."""
    if carrier.mode != "robot" or not carrier.node.startswith("lift:"):
        return []
    lift, _, floor = carrier.node.removeprefix("lift:").rpartition("@")
    return [Step("move", node=turn.hospital.layout.lobby_node[lift, floor]), Step("leave", lift=lift)]


def profile_of(turn: Turn, carrier: Carrier) -> str:
    """How the carrier moves now: a robot as its fleet, a porter with a patient, a bed or a cart as `porter_bed`."""
    if carrier.mode == "robot":
        return carrier.fleet
    loads = (turn.hospital.loads[turn.state.jobs[turn.state.legs[leg].job].load] for leg in carrier.aboard)
    return "porter_bed" if any(load.person or load.cart for load in loads) else "porter"
