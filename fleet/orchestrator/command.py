"""Command: number an instruction, keep it until it is finished, send it after the commit."""

from __future__ import annotations

from collections.abc import Callable

from fleet.facts.carriers import CommandOpened
from fleet.model import OpenCommand, OrderMessage
from fleet.orchestrator.turn import Turn


def open_command(turn: Turn, agent: str, carrier: str, make: Callable[[int], OrderMessage]) -> str:
    """Open a command to an agent on behalf of a carrier and return its id. The shell stamps the epoch when sending."""
    number = turn.state.agents[agent].last_command + 1
    message = make(number)
    id = f"{agent}#{number}"
    turn.emit(CommandOpened(OpenCommand(id=id, agent=agent, number=number, carrier=carrier, message=message)))
    turn.sends.append((agent, message))
    return id
