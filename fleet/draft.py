"""The fleet's state: a table a kind of entity, as a draft over what was last committed."""

from __future__ import annotations

from typing import Any

from fleet.driving import TRAFFIC, CellOrder, RobotDrive, TrafficMeta
from fleet.model import (
    Agent,
    Carrier,
    Closure,
    Cursor,
    Job,
    Leg,
    LiftState,
    Meta,
    OpenCommand,
    PendingJob,
    Slots,
    Timer,
    Withdrawal,
)
from fleet.tubes import Flight, TubeFigures, TubeStock
from ledger.draft import Draft, Rows, Table

__all__ = ["META", "Rows", "State", "Table"]

META = "fleet"


class State(Draft[Timer]):
    """The whole state of the fleet."""

    def __init__(self, rows: Rows | None = None) -> None:
        rows = rows or {}
        self.jobs = Table.of(Job, rows)
        self.legs = Table.of(Leg, rows)
        self.carriers = Table.of(Carrier, rows)
        self.lifts = Table.of(LiftState, rows)
        self.slots = Table.of(Slots, rows)
        self.agents = Table.of(Agent, rows)
        self.commands = Table.of(OpenCommand, rows)
        self.timers = Table.of(Timer, rows)
        self.closures = Table.of(Closure, rows)
        self.pending = Table.of(PendingJob, rows)
        self.cursors = Table.of(Cursor, rows)
        self.withdrawals = Table.of(Withdrawal, rows)
        self.drives = Table.of(RobotDrive, rows)
        self.cell_orders = Table.of(CellOrder, rows)
        self.traffics = Table.of(TrafficMeta, rows)
        self.metas = Table.of(Meta, rows)
        self.flights = Table.of(Flight, rows)
        self.stocks = Table.of(TubeStock, rows)
        self.tube_figures = Table.of(TubeFigures, rows)
        tables: dict[str, Table[Any]] = {
            Job.kind: self.jobs,
            Leg.kind: self.legs,
            Carrier.kind: self.carriers,
            LiftState.kind: self.lifts,
            Slots.kind: self.slots,
            Agent.kind: self.agents,
            OpenCommand.kind: self.commands,
            Timer.kind: self.timers,
            Closure.kind: self.closures,
            PendingJob.kind: self.pending,
            Cursor.kind: self.cursors,
            Withdrawal.kind: self.withdrawals,
            RobotDrive.kind: self.drives,
            CellOrder.kind: self.cell_orders,
            TrafficMeta.kind: self.traffics,
            Meta.kind: self.metas,
            Flight.kind: self.flights,
            TubeStock.kind: self.stocks,
            TubeFigures.kind: self.tube_figures,
        }
        self.for_tube = self.legs.select(_waits_for_tube)
        super().__init__(tables, self.timers)

    @property
    def meta(self) -> Meta:
        """The fleet's single facts."""
        return self.metas.get(META) or Meta(id=META)

    @property
    def traffic(self) -> TrafficMeta:
        """What traffic knows beside drives and orders."""
        return self.traffics.get(TRAFFIC) or TrafficMeta(id=TRAFFIC)


def _waits_for_tube(leg: Leg) -> bool:
    """Whether a tube has the leg and has not sent it."""
    return leg.tube is not None and leg.state == "planned" and bool(leg.carriers)
