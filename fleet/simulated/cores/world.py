"""The simulated world: where carriers, lifts, capsules and loads really are, whatever the dispatcher believes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from bus.messages import (
    Ack,
    Cancel,
    CarrierReport,
    Charge,
    CommandFate,
    Done,
    Drop,
    Failed,
    Lift,
    Move,
    Passed,
    Pick,
    Release,
    Report,
    SendCapsule,
)
from fleet.simulated.cores.faults import Breakdown, Faults
from fleet.simulated.cores.lifts import LiftCar, Lifts
from fleet.simulated.cores.porters import Porter, Porters
from fleet.simulated.cores.robots import Robot, Robots
from fleet.simulated.cores.tube import Tube, Tubes

Agent = Literal["sim-robots", "sim-lifts", "sim-porters", "sim-tube"]
AGENTS: tuple[Agent, ...] = ("sim-robots", "sim-lifts", "sim-porters", "sim-tube")
Order = Move | Release | Pick | Drop | Charge | Lift | SendCapsule | Cancel

_LOADS_KEPT = 4000
_LOADS_MOST = 6000


class OpenOrder(msgspec.Struct, frozen=True):
    """A command that has not been answered by `Done` or `Failed` (a move without its waypoints)."""

    agent: Agent
    command: Order


class LoadPlace(msgspec.Struct, frozen=True):
    """Where the load of a leg really is: a carrier's id, `st:<station>`, or `@<node>` where a robot broke down."""

    leg: str
    place: str
    at_ms: int
    picks: int = 0
    drops: int = 0


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything at `now_ms` (site time); plain dicts that are replaced, never changed."""

    now_ms: int = 0
    robots: dict[str, Robot] = {}
    lifts: dict[str, LiftCar] = {}
    porters: dict[str, Porter] = {}
    tubes: dict[str, Tube] = {}
    orders: dict[str, OpenOrder] = {}
    loads: dict[str, LoadPlace] = {}


class Said(NamedTuple):
    """A report and the agent that makes it."""

    agent: Agent
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldRules:
    """The rules of all its parts, and what goes wrong by script."""

    robots: Robots
    lifts: Lifts
    porters: Porters
    tubes: Tubes
    faults: Faults

    def wake(self, world: World, now_ms: int) -> World:
        """The world when its process starts: idle robots have lost nothing of their battery meanwhile."""
        robots = {
            id: robot
            if robot.task is not None
            else replace(robot, battery=self.robots.battery(robot, world.now_ms or robot.battery_ms), battery_ms=now_ms)
            for id, robot in world.robots.items()
        }
        return replace(world, now_ms=world.now_ms or now_ms, robots=robots)

    def accept(self, world: World, agent: Agent, command: Order, now_ms: int) -> tuple[World, list[Said]]:
        """Take a command of an agent in; every command is answered by one `Done` or `Failed`, now or later."""
        world, said = self.advance(world, now_ms)
        now_ms = world.now_ms
        kept = replace(command, nodes=()) if isinstance(command, Move) else command
        world = replace(world, orders={**world.orders, _key(agent, command.number): OpenOrder(agent, kept)})
        reports: tuple[Report, ...]
        if agent == "sim-robots" and isinstance(command, Move | Release | Pick | Drop | Charge | Cancel):
            robots, reports = self.robots.accept(world.robots, command, now_ms)
            world = replace(world, robots=robots)
        elif agent == "sim-porters" and isinstance(command, Move | Pick | Drop | Cancel):
            porters, reports = self.porters.accept(world.porters, command, now_ms)
            world = replace(world, porters=porters)
        elif agent == "sim-lifts" and isinstance(command, Lift | Cancel):
            lifts, reports = self.lifts.accept(world.lifts, command, now_ms)
            world = replace(world, lifts=lifts)
        elif agent == "sim-tube" and isinstance(command, SendCapsule | Cancel):
            tubes, reports = self.tubes.accept(world.tubes, command, now_ms)
            world = replace(world, tubes=tubes)
        else:
            reports = (Failed(number=0, command=command.number, at_ms=now_ms, reason="refused"),)
        world, answered = self._settle(world, agent, reports)
        return world, [*said, *answered]

    def advance(self, world: World, now_ms: int) -> tuple[World, list[Said]]:
        """Let time pass until `now_ms`; earlier than the world's own time is now."""
        said: list[Said] = []
        for breakdown in self.faults.between(world.robots, world.now_ms, now_ms):
            world, before = self._let_pass(world, breakdown.at_ms)
            world, after = self._break_down(world, breakdown)
            said += [*before, *after]
        world, rest = self._let_pass(world, max(now_ms, world.now_ms))
        return world, [*said, *rest]

    def next_due(self, world: World) -> int | None:
        """When something happens next if nobody says anything; None if nothing will."""
        due = (
            self.robots.next_due(world.robots),
            self.lifts.next_due(world.lifts),
            self.porters.next_due(world.porters),
            self.tubes.next_due(world.tubes),
            self.faults.next_due(world.robots, world.now_ms),
        )
        return min((each for each in due if each is not None), default=None)

    def positions(self, world: World, agent: Agent, at_ms: int) -> tuple[CarrierReport, ...]:
        """Where everything of an agent is at an instant, by id."""
        match agent:
            case "sim-robots":
                return tuple(self.robots.report(world.robots[id], at_ms) for id in sorted(world.robots))
            case "sim-porters":
                return tuple(self.porters.report(world.porters[id], at_ms) for id in sorted(world.porters))
            case "sim-lifts":
                return tuple(self.lifts.report(world.lifts[id], at_ms) for id in sorted(world.lifts))
            case "sim-tube":
                return tuple(self.tubes.report(world.tubes[id], at_ms) for id in sorted(world.tubes))

    def fates(self, world: World, agent: Agent) -> tuple[CommandFate, ...]:
        """Commands of an agent that it has accepted and not answered; the world remembers, so none is unknown."""
        numbers = sorted(order.command.number for order in world.orders.values() if order.agent == agent)
        return tuple(CommandFate(number=number, fate="running") for number in numbers)

    def _let_pass(self, world: World, now_ms: int) -> tuple[World, list[Said]]:
        said: list[Said] = []
        if _due(self.robots.next_due(world.robots), now_ms):
            robots, reports = self.robots.advance(world.robots, now_ms)
            world, answered = self._settle(replace(world, robots=robots), "sim-robots", reports)
            said += answered
        if _due(self.lifts.next_due(world.lifts), now_ms):
            lifts, reports = self.lifts.advance(world.lifts, now_ms)
            world, answered = self._settle(replace(world, lifts=lifts), "sim-lifts", reports)
            said += answered
        if _due(self.porters.next_due(world.porters), now_ms):
            porters, reports = self.porters.advance(world.porters, now_ms)
            world, answered = self._settle(replace(world, porters=porters), "sim-porters", reports)
            said += answered
        if _due(self.tubes.next_due(world.tubes), now_ms):
            tubes, reports = self.tubes.advance(world.tubes, now_ms)
            world, answered = self._settle(replace(world, tubes=tubes), "sim-tube", reports)
            said += answered
        return replace(world, now_ms=max(now_ms, world.now_ms)), said

    def _break_down(self, world: World, breakdown: Breakdown) -> tuple[World, list[Said]]:
        robot = world.robots.get(breakdown.carrier)
        if robot is None:
            return world, []
        aboard = robot.loads
        robots, reports = self.robots.break_down(world.robots, robot.id, breakdown.at_ms, breakdown.until_ms)
        world, said = self._settle(replace(world, robots=robots), "sim-robots", reports)
        off = {
            leg: replace(world.loads[leg], place=f"@{robots[robot.id].node}", at_ms=breakdown.at_ms)
            for leg in aboard
            if leg in world.loads
        }
        return replace(world, loads={**world.loads, **off}), said

    def _settle(self, world: World, agent: Agent, reports: Iterable[Report]) -> tuple[World, list[Said]]:
        """Close answered orders, and let their effects be: where loads are, on which floor a robot in a lift is."""
        said: list[Said] = []
        closed: set[str] = set()
        moved: dict[str, LoadPlace] = {}
        for report in reports:
            said.append(Said(agent, report))
            if isinstance(report, Ack | Passed):
                continue
            key = _key(agent, report.command)
            order = world.orders.get(key)
            closed.add(key)
            if order is None or isinstance(report, Failed):
                continue
            if isinstance(order.command, Lift):
                world = _ridden(world, order.command)
            elif isinstance(order.command, Pick | Drop | SendCapsule):
                legs = order.command.legs if isinstance(order.command, SendCapsule) else (order.command.leg,)
                for leg in legs:
                    known = moved.get(leg) or world.loads.get(leg) or LoadPlace(leg, "", report.at_ms)
                    moved[leg] = _after(known, order.command, report)
        if closed:
            world = replace(world, orders={key: order for key, order in world.orders.items() if key not in closed})
        if moved:
            world = replace(world, loads=_pruned({**world.loads, **moved}))
        return world, said


def _key(agent: Agent, number: int) -> str:
    return f"{agent}#{number}"


def _due(due_ms: int | None, now_ms: int) -> bool:
    return due_ms is not None and due_ms <= now_ms


def _after(known: LoadPlace, command: Pick | Drop | SendCapsule, report: Done) -> LoadPlace:
    if isinstance(command, Pick):
        return replace(known, place=command.carrier, at_ms=report.at_ms, picks=known.picks + 1)
    station = command.station if isinstance(command, Drop) else command.destination
    picks = known.picks + isinstance(command, SendCapsule)
    return replace(known, place=f"st:{station}", at_ms=report.at_ms, picks=picks, drops=known.drops + 1)


def _pruned(loads: dict[str, LoadPlace]) -> dict[str, LoadPlace]:
    """Forget loads that were set down long ago."""
    if len(loads) <= _LOADS_MOST:
        return loads
    lying = sorted((each for each in loads.values() if each.drops), key=lambda each: (each.at_ms, each.leg))
    gone = {each.leg for each in lying[: len(loads) - _LOADS_KEPT]}
    return {leg: each for leg, each in loads.items() if leg not in gone}


def _ridden(world: World, command: Lift) -> World:
    """A robot that stands in the cabin has come along."""
    robot = world.robots.get(command.rider)
    inside = f"lift:{command.carrier}@"
    if command.act != "enter" or robot is None or robot.task is not None or not robot.node.startswith(inside):
        return world
    ridden = replace(robot, node=f"{inside}{command.floor}", floor=command.floor)
    return replace(world, robots={**world.robots, robot.id: ridden})
