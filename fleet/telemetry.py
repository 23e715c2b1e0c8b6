"""Which telemetry matters to decisions: of many readings of batteries and places those that say something new."""

from __future__ import annotations

from bus.messages import CarrierReport, Charge
from fleet.battery import BATTERY_STEP
from fleet.draft import State
from fleet.planner import CHARGED


def battery_news(state: State, report: CarrierReport) -> bool:
    """Whether a battery was never read, moved by a step, or crossed the share from which a robot is charged."""
    carrier = state.carriers.get(report.carrier)
    if carrier is None or report.battery is None:
        return False
    known = carrier.battery
    if known is None or abs(known - report.battery) >= BATTERY_STEP:
        return True
    return (known < CHARGED) != (report.battery < CHARGED)


def place_news(state: State, report: CarrierReport) -> bool:
    """Whether a robot that nobody has told to drive is elsewhere than it was left: people have moved it."""
    carrier = state.carriers.get(report.carrier)
    if carrier is None or carrier.mode != "robot" or not report.node or report.node == carrier.node:
        return False
    mine = (command.message for command in state.commands.values() if command.carrier == carrier.id)
    return not carrier.steps and all(isinstance(message, Charge) for message in mine)
