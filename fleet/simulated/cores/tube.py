"""A simulated pneumatic tube: capsules leave one behind the other and arrive by length, transfers and speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from bus.messages import Ack, Cancel, CarrierReport, Done, Failed, Report, SendCapsule


class Capsule(msgspec.Struct, frozen=True):
    """A capsule from its command to its arrival; away from `away_ms` on, then nothing can stop it."""

    command: SendCapsule
    away_ms: int
    arrive_ms: int


class Tube(msgspec.Struct, frozen=True, kw_only=True):
    """A tube system: when each line can next take a capsule, and the capsules under way in order of command."""

    id: str
    line_free_ms: dict[str, int] = {}
    capsules: tuple[Capsule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TubeKind:
    """A system's figures; `line_of` the line of each station. Times in seconds, speeds in metres a second."""

    speed_m_s: float
    slow_m_s: float
    headway_s: float
    loading_s: float
    transfer_s: float
    line_of: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tubes:
    """The tubes' rules; `kinds` by system id."""

    kinds: Mapping[str, TubeKind]

    def accept(
        self, state: Mapping[str, Tube], command: SendCapsule | Cancel, now_ms: int
    ) -> tuple[dict[str, Tube], tuple[Report, ...]]:
        """Take a send or a cancel in; every command is answered by one `Done` or `Failed`, now or from `advance`."""
        tube = state.get(command.carrier)
        if tube is None:
            return dict(state), (_failed(command.number, now_ms, "refused"),)
        tube, reports = _arrived(tube, now_ms)
        if isinstance(command, Cancel):
            tube, said = _cancel(tube, command, now_ms)
        else:
            tube, said = self._send(tube, command, now_ms)
        return {**state, tube.id: tube}, (*reports, *said)

    def advance(self, state: Mapping[str, Tube], now_ms: int) -> tuple[dict[str, Tube], tuple[Report, ...]]:
        """Let time pass until `now_ms`; reports come in order of arrival."""
        changed = dict(state)
        reports: list[Report] = []
        for id in sorted(id for id, tube in state.items() if self.is_due(tube, now_ms)):
            changed[id], said = _arrived(state[id], now_ms)
            reports.extend(said)
        return changed, tuple(sorted(reports, key=lambda report: report.at_ms))

    def next_due(self, state: Mapping[str, Tube]) -> int | None:
        """When the next capsule arrives; None when none is under way."""
        return min((each.arrive_ms for tube in state.values() for each in tube.capsules), default=None)

    def is_due(self, tube: Tube, now_ms: int) -> bool:
        """Whether a capsule has arrived by then."""
        return any(capsule.arrive_ms <= now_ms for capsule in tube.capsules)

    def report(self, tube: Tube, _at_ms: int) -> CarrierReport:
        """A tube stands where it stands; it names what is in it."""
        return CarrierReport(carrier=tube.id, node="", loads=tuple(each.command.leg for each in tube.capsules))

    def _send(self, tube: Tube, command: SendCapsule, now_ms: int) -> tuple[Tube, list[Report]]:
        kind = self.kinds[tube.id]
        line = kind.line_of.get(command.origin)
        if line is None or command.destination not in kind.line_of:
            return tube, [_failed(command.number, now_ms, "refused")]
        away_ms = max(now_ms + round(kind.loading_s * 1000), tube.line_free_ms.get(line, 0))
        speed_m_s = kind.slow_m_s if command.slow else kind.speed_m_s
        under_way_s = command.path_m / speed_m_s + command.transfers * kind.transfer_s
        capsule = Capsule(command, away_ms, away_ms + round(under_way_s * 1000))
        free_ms = {**tube.line_free_ms, line: away_ms + round(kind.headway_s * 1000)}
        tube = replace(tube, capsules=(*tube.capsules, capsule), line_free_ms=free_ms)
        return tube, [Ack(number=0, command=command.number, at_ms=now_ms)]


def _cancel(tube: Tube, cancel: Cancel, now_ms: int) -> tuple[Tube, list[Report]]:
    reports: list[Report] = [Ack(number=0, command=cancel.number, at_ms=now_ms)]
    meant = next((each for each in tube.capsules if each.command.number == cancel.command), None)
    if meant is not None and meant.away_ms <= now_ms:
        return tube, [*reports, _failed(cancel.number, now_ms, "refused")]
    if meant is not None:
        # Its turn on the line passes unused: the capsules behind it have their times already.
        tube = replace(tube, capsules=tuple(each for each in tube.capsules if each is not meant))
        reports.append(_failed(cancel.command, now_ms, "cancelled"))
    return tube, [*reports, Done(number=0, command=cancel.number, at_ms=now_ms)]


def _arrived(tube: Tube, now_ms: int) -> tuple[Tube, list[Report]]:
    there = [each for each in tube.capsules if each.arrive_ms <= now_ms]
    if not there:
        return tube, []
    there.sort(key=lambda each: (each.arrive_ms, each.command.number))
    tube = replace(tube, capsules=tuple(each for each in tube.capsules if each.arrive_ms > now_ms))
    return tube, [Done(number=0, command=each.command.number, at_ms=each.arrive_ms) for each in there]


def _failed(command: int, at_ms: int, reason: str) -> Failed:
    return Failed(number=0, command=command, at_ms=at_ms, reason=reason)
