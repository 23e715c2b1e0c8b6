"""Capsules to send in and baskets to send to, as one waiting capsule after the other takes of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from heapq import heapify, heappop, heappush

from fleet.orchestrator.turn import Turn
from fleet.tube_forecast import AHEAD_MS
from fleet.tubes import TubeStock
from fleet.views import Reason

SOURCES = 6
"""So many of the stations with most capsules to spare are compared."""
UNKNOWN_MS = 10 * 60_000
"""Nobody knows when there will be a capsule: what a person is told until somebody does."""


class Rooms:
    """By station, when its capsules can be filled, and when the places of its basket are free.

    Instants are in milliseconds; what can be used now has one that is not later than now.
    """

    def __init__(self, turn: Turn, system: str) -> None:
        self._now_ms = turn.now_ms
        self._baskets = turn.hospital.tube_baskets[system]
        self._homes = turn.hospital.tube_homes[system]
        self._needs = turn.hospital.tube_forecast.needs(turn.now_ms)
        self._emptying_ms = round(turn.hospital.tubes[system].emptying_s * 1000)
        self._stocks = {stock.id: stock for stock in turn.state.stocks.unordered()}
        self._coming: dict[str, list[int]] = {}
        for flight in turn.state.flights.unordered():
            if flight.state in ("sent", "away"):
                self._coming.setdefault(flight.destination, []).append(flight.arrive_ms + self._emptying_ms)
        baskets = ((at_ms, stock.id) for stock in self._stocks.values() for at_ms in stock.basket)
        coming = ((at_ms, station) for station, times in self._coming.items() for at_ms in times)
        self._emptied = [*baskets, *coming]
        heapify(self._emptied)
        self._capsules: dict[str, list[int]] = {}
        self._places: dict[str, list[int]] = {}
        self._used: dict[str, int] = {}
        self._below: list[tuple[int, str]] = []

    def take(self, origin: str, destination: str) -> tuple[int, Reason | None]:
        """From when there is a capsule and room for it, and what is missing if that is later than now.

        Then `bring` must tell when the capsule will be there.
        """
        now_ms = self._now_ms
        capsules, places = self._capsules_of(origin), self._places_of(destination)
        capsule_ms = heappop(capsules) if capsules else now_ms + UNKNOWN_MS
        place_ms = heappop(places)
        if capsule_ms > now_ms:
            return max(capsule_ms, place_ms), Reason("waiting_for_capsule", {"station": origin})
        self._use(origin)
        if place_ms > now_ms:
            return place_ms, Reason("waiting_for_basket", {"station": destination})
        return now_ms, None

    def bring(self, destination: str, arrive_ms: int) -> None:
        """The capsule that was taken will be there then; somebody empties it, and its place is free again."""
        heappush(self._capsules_of(destination), arrive_ms + self._emptying_ms)
        heappush(self._places_of(destination), arrive_ms + self._emptying_ms)
        heappush(self._emptied, (arrive_ms + self._emptying_ms, destination))

    def lacks(self, station: str) -> bool:
        """Whether no capsule is left at a station, and none comes that nobody waits for."""
        return not self._capsules_of(station)

    def capsule_ms(self, station: str) -> int:
        """When the next load of a station would have a capsule."""
        capsules = self._capsules_of(station)
        return max(self._now_ms, capsules[0]) if capsules else self._now_ms + UNKNOWN_MS

    def room(self, station: str) -> bool:
        """Whether a capsule may be sent to a station now."""
        return self._places_of(station)[0] <= self._now_ms

    def free(self, station: str) -> int:
        """Empty capsules at a station that nobody waits for."""
        return self._stock(station).capsules - self._used.get(station, 0)

    def there(self, station: str) -> int:
        """Capsules that a station has and will have when all that waits has been sent."""
        known = self._capsules.get(station)
        if known is not None:
            return len(known)
        stock = self._stock(station)
        return stock.capsules + len(stock.basket) + len(self._coming.get(station, ()))

    def needs(self, station: str) -> int:
        """How many capsules a station should have: what is expected of it, and one more than it has sent lately."""
        sent = self._stock(station).sent_ms
        return max(self._needs[station], len(sent) - bisect_right(sent, self._now_ms - AHEAD_MS) + 1)

    def spare(self, station: str) -> list[str]:
        """The few other stations with most empty capsules above what they need themselves."""
        if not self._below:
            self._below = sorted((self.needs(id) - self.free(id), id) for id in self._homes)
        return [id for more, id in self._below[:SOURCES] if more < 0 and id != station]

    def spare_later(self, station: str) -> list[str]:
        """The other station that will first have emptied a capsule above what it needs itself; none if none will."""
        while self._emptied:
            _, id = heappop(self._emptied)
            if id != station and id in self._homes and self.there(id) > self.needs(id):
                return [id]
        return []

    def _use(self, station: str) -> None:
        if self._below:
            less = self.needs(station) - self.free(station)
            del self._below[bisect_left(self._below, (less, station))]
            insort(self._below, (less + 1, station))
        self._used[station] = self._used.get(station, 0) + 1

    def _stock(self, station: str) -> TubeStock:
        return self._stocks.get(station) or TubeStock(id=station, capsules=1)

    def _capsules_of(self, station: str) -> list[int]:
        found = self._capsules.get(station)
        if found is None:
            stock = self._stock(station)
            found = [self._now_ms] * stock.capsules + [*stock.basket, *self._coming.get(station, ())]
            heapify(found)
            self._capsules[station] = found
        return found

    def _places_of(self, station: str) -> list[int]:
        found = self._places.get(station)
        if found is None:
            used = sorted((*self._stock(station).basket, *self._coming.get(station, ())))
            found = ([self._now_ms] * self._baskets[station] + used)[-self._baskets[station] :]
            heapify(found)
            self._places[station] = found
        return found
