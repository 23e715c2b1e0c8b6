"""Which telemetry matters to decisions: of many battery readings only those that say something new."""

from __future__ import annotations

from bus.messages import CarrierReport
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
