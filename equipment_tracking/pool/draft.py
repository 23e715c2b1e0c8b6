"""The pool's state: a table a kind of entity, as a draft over what was last committed."""

from __future__ import annotations

from typing import Any

from equipment_tracking.pool.model import Alarm, Item, Level, Loan, Recall, Reservation, Timer, Transport
from equipment_tracking.pool.stock import Stock
from equipment_tracking.register.assets import Asset
from ledger.draft import Draft, Rows, Table

__all__ = ["Rows", "State", "Table"]


class State(Draft[Timer]):
    """The whole state of the pool."""

    def __init__(self, rows: Rows | None = None) -> None:
        rows = rows or {}
        self.assets = Table.of(Asset, rows)
        self.items = Table.of(Item, rows)
        self.loans = Table.of(Loan, rows)
        self.reservations = Table.of(Reservation, rows)
        self.levels = Table.of(Level, rows)
        self.recalls = Table.of(Recall, rows)
        self.transports = Table.of(Transport, rows)
        self.alarms = Table.of(Alarm, rows)
        self.timers = Table.of(Timer, rows)
        tables: dict[str, Table[Any]] = {
            Asset.kind: self.assets,
            Item.kind: self.items,
            Loan.kind: self.loans,
            Reservation.kind: self.reservations,
            Level.kind: self.levels,
            Recall.kind: self.recalls,
            Transport.kind: self.transports,
            Alarm.kind: self.alarms,
            Timer.kind: self.timers,
        }
        super().__init__(tables, self.timers)
        self._stock = Stock()
        self._stale = {*self.items.base, *self.assets.base}

    @property
    def stock(self) -> Stock:
        """The pool as columns, as the draft is now; only rows that have changed since are written."""
        drafted = {*self.items.changes, *self.assets.changes}
        self._stock.renew(self._stale | drafted, self.items, self.assets)
        self._stale = drafted  # they may change again, or never be
        return self._stock

    def commit(self) -> None:
        """The transaction holds: the draft becomes the state."""
        self._stale |= {*self.items.changes, *self.assets.changes}
        super().commit()
