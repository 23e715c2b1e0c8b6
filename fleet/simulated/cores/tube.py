"""A simulated pneumatic tube whose own interlock lets a capsule go only when its whole way will be free.

Whatever it is told, no two capsules are ever in one segment or transfer unit, and the air of a line moves one way at
one speed: a capsule that would meet another waits at its station. A jam stops what comes to it. A station that has no
capsule sends none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from bus.messages import NO_CAPSULE, Ack, Cancel, CarrierReport, Done, Failed, Report, SendCapsule
from fleet.simulated.cores.faults import Jam
from routing.tube.network import TubeNetwork, TubeRoute
from routing.tube.schedule import Hold, Timetable, holds


class Capsule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A capsule from its command to its end. Its way is free for it from `start_ms`, when it is loaded.

    Away from `away_ms` on, then nothing can stop it; at `end_ms` it arrives, or gets `stuck` in a line or unit.
    """

    command: SendCapsule
    lines: tuple[str, ...]
    units: tuple[str, ...]
    start_ms: int
    away_ms: int
    end_ms: int
    stuck: str = ""


class Tube(msgspec.Struct, frozen=True, kw_only=True):
    """A tube system: the capsules under way in order of command, and what those that are not any more still hold.

    `stock` is how many capsules lie at each station, empty, full or in its basket. A world of before they were counted
    has none: then they are counted when the next capsule is sent, each where it belongs, those under way taken off.
    """

    id: str
    capsules: tuple[Capsule, ...] = ()
    tails: tuple[Hold, ...] = ()
    stock: dict[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tubes:
    """The tubes' rules: their network, and the jams of the script."""

    network: TubeNetwork
    jams: tuple[Jam, ...] = ()

    def accept(
        self, state: Mapping[str, Tube], command: SendCapsule | Cancel, now_ms: int
    ) -> tuple[dict[str, Tube], tuple[Report, ...]]:
        """Take a send or a cancel in; every command is answered by one `Done` or `Failed`, now or from `advance`."""
        tube = state.get(command.carrier)
        if tube is None:
            return dict(state), (_failed(command.number, now_ms, "refused"),)
        tube, reports = self._ended(tube, now_ms)
        if isinstance(command, Cancel):
            tube, said = _cancel(tube, command, now_ms)
        else:
            tube, said = self._send(tube, command, now_ms)
        return {**state, tube.id: tube}, (*reports, *said)

    def advance(self, state: Mapping[str, Tube], now_ms: int) -> tuple[dict[str, Tube], tuple[Report, ...]]:
        """Let time pass until `now_ms`; reports come in order of their instants."""
        changed = dict(state)
        reports: list[Report] = []
        for id in sorted(id for id, tube in state.items() if self.is_due(tube, now_ms)):
            changed[id], said = self._ended(state[id], now_ms)
            reports.extend(said)
        return changed, tuple(sorted(reports, key=lambda report: report.at_ms))

    def next_due(self, state: Mapping[str, Tube]) -> int | None:
        """When the next capsule arrives or gets stuck; None when none is under way."""
        return min((each.end_ms for tube in state.values() for each in tube.capsules), default=None)

    def is_due(self, tube: Tube, now_ms: int) -> bool:
        """Whether a capsule has ended its way by then."""
        return any(capsule.end_ms <= now_ms for capsule in tube.capsules)

    def report(self, tube: Tube, _at_ms: int) -> CarrierReport:
        """A tube stands where it stands; it names what is in it."""
        loads = tuple(leg for each in tube.capsules for leg in each.command.legs)
        return CarrierReport(carrier=tube.id, node="", loads=loads)

    def _send(self, tube: Tube, command: SendCapsule, now_ms: int) -> tuple[Tube, list[Report]]:
        route = self._way(command)
        if route is None or route.system != tube.id:
            return tube, [_failed(command.number, now_ms, "refused")]
        stock = self._counted(tube)
        if stock[command.origin] < 1:
            return replace(tube, stock=stock), [_failed(command.number, now_ms, NO_CAPSULE)]
        passages = self.network.passages(route, command.slow)
        table = Timetable(tube.tails)
        for each in tube.capsules:
            table.add(self._holds(each))
        start_ms = table.earliest(passages, now_ms)
        took_ms = route.slow_duration_ms if command.slow else route.duration_ms
        capsule = Capsule(
            command=command,
            lines=route.lines,
            units=route.transfers,
            start_ms=start_ms,
            away_ms=start_ms + passages[0].leave_ms,
            end_ms=start_ms + took_ms,
        )
        capsule = self._jammed(capsule)
        tube = replace(tube, capsules=(*tube.capsules, capsule), stock=_moved(stock, command.origin, -1))
        return tube, [Ack(number=0, command=command.number, at_ms=now_ms)]

    def _counted(self, tube: Tube) -> dict[str, int]:
        """The capsules at each station."""
        if tube.stock is not None:
            return tube.stock
        stock = self.network.stock(tube.id)
        for each in tube.capsules:
            stock[each.command.origin] = max(0, stock[each.command.origin] - 1)
        return stock

    def _way(self, command: SendCapsule) -> TubeRoute | None:
        if command.lines:
            return self.network.along(command.origin, command.destination, command.lines, command.units)
        return self.network.route(command.origin, command.destination)

    def _holds(self, capsule: Capsule) -> tuple[Hold, ...]:
        """What a capsule holds: its way, and where it is stuck everything behind it until that is cleared."""
        command = capsule.command
        route = self.network.along(command.origin, command.destination, capsule.lines, capsule.units)
        if route is None:
            return ()
        return holds(self.network.passages(route, command.slow), capsule.start_ms)

    def _jammed(self, capsule: Capsule) -> Capsule:
        """The capsule as it ends at the first jam on its way, if there is one."""
        stops = [
            (max(hold.from_ms, jam.at_ms), jam.place)
            for hold in self._holds(capsule)
            for jam in self.jams
            if hold.resource == jam.place and hold.from_ms < jam.until_ms and jam.at_ms < hold.until_ms
        ]
        if not stops or min(stops)[0] >= capsule.end_ms:
            return capsule
        at_ms, place = min(stops)
        return replace(capsule, end_ms=at_ms, stuck=place)

    def _ended(self, tube: Tube, now_ms: int) -> tuple[Tube, list[Report]]:
        ended = [each for each in tube.capsules if each.end_ms <= now_ms]
        if not ended:
            return tube, []
        ended.sort(key=lambda each: (each.end_ms, each.command.number))
        tails = [hold for hold in tube.tails if hold.until_ms > now_ms]
        for each in ended:
            tails += [hold for hold in self._holds(each) if hold.until_ms > now_ms and not each.stuck]
            tails += [
                Hold(jam.place, each.end_ms, jam.until_ms)
                for jam in self.jams
                if jam.place == each.stuck and jam.at_ms <= each.end_ms < jam.until_ms
            ]
        stock = self._counted(tube)
        for each in ended:  # one that got stuck is taken out and brought to where it was sent
            stock = _moved(stock, each.command.destination, 1)
        under_way = tuple(each for each in tube.capsules if each.end_ms > now_ms)
        return replace(tube, capsules=under_way, tails=tuple(tails), stock=stock), [_said(each) for each in ended]


def _moved(stock: Mapping[str, int], station: str, change: int) -> dict[str, int]:
    return {**stock, station: stock.get(station, 0) + change}


def _said(capsule: Capsule) -> Report:
    number = capsule.command.number
    if capsule.stuck:
        return Failed(number=0, command=number, at_ms=capsule.end_ms, reason="stuck", node=capsule.stuck)
    return Done(number=0, command=number, at_ms=capsule.end_ms)


def _cancel(tube: Tube, cancel: Cancel, now_ms: int) -> tuple[Tube, list[Report]]:
    reports: list[Report] = [Ack(number=0, command=cancel.number, at_ms=now_ms)]
    meant = next((each for each in tube.capsules if each.command.number == cancel.command), None)
    if meant is not None and meant.away_ms <= now_ms:
        return tube, [*reports, _failed(cancel.number, now_ms, "refused")]
    if meant is not None:
        # Its turn passes unused: the capsules behind it have their times already.
        stock = None if tube.stock is None else _moved(tube.stock, meant.command.origin, 1)
        tube = replace(tube, capsules=tuple(each for each in tube.capsules if each is not meant), stock=stock)
        reports.append(_failed(cancel.command, now_ms, "cancelled"))
    return tube, [*reports, Done(number=0, command=cancel.number, at_ms=now_ms)]


def _failed(command: int, at_ms: int, reason: str) -> Failed:
    return Failed(number=0, command=command, at_ms=at_ms, reason=reason)
