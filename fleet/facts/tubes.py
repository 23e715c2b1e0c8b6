"""Facts about capsules: sent, arrived, stuck, found; and what follows for the stock of the stations."""

from __future__ import annotations

from typing import ClassVar

from msgspec.structs import replace

from fleet.draft import State
from fleet.facts.base import Fact, Note
from fleet.model import Job
from fleet.tubes import ALL, Flight, TubeFigures, TubeStock
from fleet.views import Reason

HOUR_MS = 3_600_000
FIGURES_KEPT = 500
"""Median and 95th percentile are those of so many latest sends of the day."""


class CapsuleFact(Fact, frozen=True):
    """A fact whose subject is a capsule under way."""

    flight: str

    @property
    def subject(self) -> str:
        return self.flight


class CapsuleSent(CapsuleFact, frozen=True):
    """A capsule is sent: with these legs, or empty, out of the stock of its station."""

    type: ClassVar[str] = "capsule.sent"
    sent: Flight

    def apply(self, state: State) -> None:
        state.flights.put(self.sent)
        stock = state.stocks.get(self.sent.origin)
        if stock is None:
            return
        recent = stock.sent_ms
        if self.sent.legs:
            recent = (*(at for at in recent if at > self.sent.start_ms - HOUR_MS), self.sent.start_ms)
        state.stocks.put(replace(stock, capsules=stock.capsules - 1, sent_ms=recent))


class CapsuleArrived(CapsuleFact, frozen=True):
    """The capsule lies in the basket of a station, where it will have been emptied at `empty_ms`."""

    type: ClassVar[str] = "capsule.arrived"
    station: str
    at_ms: int
    empty_ms: int

    def apply(self, state: State) -> None:
        state.flights.remove(self.flight)
        stock = state.stocks.get(self.station)
        if stock is not None:
            state.stocks.put(replace(stock, basket=tuple(sorted((*stock.basket, self.empty_ms)))))


class CapsuleReturned(CapsuleFact, frozen=True):
    """The capsule never left: it is at its station as before."""

    type: ClassVar[str] = "capsule.returned"
    station: str

    def apply(self, state: State) -> None:
        state.flights.remove(self.flight)
        stock = state.stocks.get(self.station)
        if stock is not None:
            state.stocks.put(replace(stock, capsules=stock.capsules + 1))


class CapsuleStuck(CapsuleFact, frozen=True):
    """The capsule is stuck in a line or transfer unit, which nothing passes until a person has found the capsule."""

    type: ClassVar[str] = "capsule.stuck"
    place: str

    def apply(self, state: State) -> None:
        state.flights.put(replace(state.flights[self.flight], state="stuck", place=self.place))


class CapsuleMissing(CapsuleFact, frozen=True):
    """The capsule should have been there for minutes: nothing passes the line in which it is thought to be."""

    type: ClassVar[str] = "capsule.missing"
    place: str

    def apply(self, state: State) -> None:
        state.flights.put(replace(state.flights[self.flight], state="missing", place=self.place))


class CapsuleDoubted(CapsuleFact, frozen=True):
    """Nobody knows whether the capsule was sent, or where it is."""

    type: ClassVar[str] = "capsule.doubted"

    def apply(self, state: State) -> None:
        state.flights.put(replace(state.flights[self.flight], state="doubt"))


# --- state only ------------------------------------------------------------------------------------------------------


class StockKnown(Note, frozen=True):
    """The capsules that a station begins with."""

    type: ClassVar[str] = "stock.known"
    stock: TubeStock

    def apply(self, state: State) -> None:
        state.stocks.put(self.stock)


class BasketEmptied(Note, frozen=True):
    """Somebody has emptied the capsules that lay in a station's basket long enough."""

    type: ClassVar[str] = "basket.emptied"
    station: str
    until_ms: int

    def apply(self, state: State) -> None:
        stock = state.stocks[self.station]
        left = tuple(at for at in stock.basket if at > self.until_ms)
        emptied = len(stock.basket) - len(left)
        state.stocks.put(replace(stock, capsules=stock.capsules + emptied, basket=left))


class CapsuleAway(Note, frozen=True):
    """The tube has the capsule; it left as much later than planned as its word came."""

    type: ClassVar[str] = "capsule.away"
    flight: str
    late_ms: int

    def apply(self, state: State) -> None:
        flight = state.flights[self.flight]
        state.flights.put(
            replace(
                flight, state="away", start_ms=flight.start_ms + self.late_ms, arrive_ms=flight.arrive_ms + self.late_ms
            )
        )


class SendHeld(Note, frozen=True):
    """Why a leg that is ready is not sent yet; None when nothing holds it any more."""

    type: ClassVar[str] = "send.held"
    leg: str
    reason: Reason | None

    def apply(self, state: State) -> None:
        state.legs.put(replace(state.legs[self.leg], waiting=self.reason))


def note_door_to_door(state: State, job: Job, at_ms: int) -> None:
    """Count a delivered send in the figures of all, of its specimen (or load) and of its priority."""
    what = f"specimen:{job.specimen}" if job.specimen else f"load:{job.load}"
    for group in (ALL, what, f"priority:{job.priority}"):
        figures = state.tube_figures.get(group) or TubeFigures(id=group)
        state.tube_figures.put(
            replace(
                figures,
                sends=figures.sends + 1,
                on_time=figures.on_time + int(at_ms <= job.due_ms),
                door_s=(*figures.door_s, (at_ms - job.ready_ms) // 1000)[-FIGURES_KEPT:],
            )
        )


def forget_figures(state: State) -> None:
    """A new day begins."""
    for figures in list(state.tube_figures.values()):
        state.tube_figures.remove(figures.id)
