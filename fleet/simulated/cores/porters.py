"""Simulated porters: a person sees the task on the phone, takes it, walks, and may find the patient not ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from bus.messages import Done, Drop, Move, Pick
from fleet.simulated.cores.carriers import Carrier, CarrierRules
from fleet.simulated.cores.draws import lognormal, uniform
from fleet.simulated.cores.work import Task, Work

ACCEPT_MEDIAN_S = 20.0
ACCEPT_SIGMA = 0.6
"""Half of the tasks are taken within 20 s, nine of ten within 43 s (assumed)."""
_REMEMBERED = 16


class Porter(Carrier, frozen=True, kw_only=True):
    """A porter; `taken` are the legs already taken, whose further commands need no answer of a person."""

    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Porters(CarrierRules[Porter]):
    """The porters' rules; `not_ready_share` of the patient moves fail at the pick."""

    not_ready_share: float

    def ack_ms(self, worker: Porter, command: Work, now_ms: int) -> int:
        """The first command of a leg is taken by a person after a while; those that follow go without saying.

        A command never overtakes one of its own leg.
        """
        leg = _leg(command)
        if not leg or leg in worker.taken:
            return now_ms
        before = [item.ack_ms for item in worker.waiting if _leg(item.command) == leg]
        if before:
            return max(now_ms, before[-1])
        return now_ms + round(1000 * lognormal(ACCEPT_MEDIAN_S, ACCEPT_SIGMA, self.seed, worker.id, command.number))

    def begin(self, worker: Porter, command: Work, at_ms: int) -> tuple[Porter, Task]:
        """Remember the leg as taken."""
        leg = _leg(command)
        if leg and leg not in worker.taken:
            worker = replace(worker, taken=(*worker.taken, leg)[-_REMEMBERED:])
        return CarrierRules.begin(self, worker, command, at_ms)

    def finish(self, worker: Porter, task: Task) -> Porter:
        """After the drop the leg is over; a leg that failed at the pick would be offered anew."""
        over = isinstance(task.command, Drop) or (isinstance(task.command, Pick) and not isinstance(task.result, Done))
        if over:
            worker = replace(worker, taken=tuple(leg for leg in worker.taken if leg != _leg(task.command)))
        return CarrierRules.finish(self, worker, task)

    def outcome(self, carrier: Porter, command: Pick | Drop) -> str:
        """A patient may not be ready."""
        if isinstance(command, Pick) and command.person:
            draw = uniform(self.seed, carrier.id, command.number, "not_ready")
            return "not_ready" if draw < self.not_ready_share else ""
        return ""

    def evidence(self) -> Literal["person"]:
        """The porter taps the phone."""
        return "person"


def _leg(command: Work) -> str:
    return command.leg if isinstance(command, Move | Pick | Drop) else ""
