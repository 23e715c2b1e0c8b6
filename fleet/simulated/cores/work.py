"""One command after the other: how a simulated carrier or lift acknowledges, works, is cancelled and reports.

A task's end and outcome are fixed when it begins, so *when* somebody looks changes nothing: reports carry the instant
at which they became true.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from bus.messages import Ack, Cancel, Charge, Done, Drop, Failed, Lift, Move, Pick, Report
from fleet.simulated.cores.drives import Passage

Work = Move | Pick | Drop | Charge | Lift
Outcome = Done | Failed

MAX_WAITING = 16
"""Commands that may wait behind the one at work; what comes on top is refused."""


class Task(msgspec.Struct, frozen=True):
    """The command at work and what will come of it. `cancels` are answered when it ends."""

    command: Work
    start_ms: int
    end_ms: int
    result: Outcome
    drive: tuple[Passage, ...] = ()
    cancels: tuple[int, ...] = ()


class Waiting(msgspec.Struct, frozen=True):
    """A command that waits for its turn, acknowledged from `ack_ms` on."""

    command: Work
    ack_ms: int
    acked: bool = False


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever carries out commands one after the other; idle since `free_ms` when there is no task."""

    id: str
    free_ms: int = 0
    task: Task | None = None
    waiting: tuple[Waiting, ...] = ()


W = TypeVar("W", bound=Worker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules(ABC, Generic[W]):
    """What a kind of worker does with its commands. State goes in and comes out; nothing is kept here."""

    @abstractmethod
    def begin(self, worker: W, command: Work, at_ms: int) -> tuple[W, Task]:
        """Start a command: the worker now, and the task with its end and outcome."""

    @abstractmethod
    def finish(self, worker: W, task: Task) -> W:
        """The worker after the effect of a task that has ended."""

    @abstractmethod
    def cut(self, worker: W, task: Task, at_ms: int) -> Task | None:
        """The task as it ends when cancelled at an instant; None when it can no longer be stopped."""

    def admits(self, worker: W, command: Work) -> bool:
        """Whether the command is taken at all; refused at once otherwise."""
        return len(worker.waiting) < MAX_WAITING and bool(command.carrier)

    def ack_ms(self, _worker: W, _command: Work, now_ms: int) -> int:
        """When the command is acknowledged."""
        return now_ms

    def make_way(self, worker: W, _now_ms: int) -> W:
        """The worker when another command arrives (a charge ends for it)."""
        return worker

    def accept(
        self, state: Mapping[str, W], command: Work | Cancel, now_ms: int
    ) -> tuple[dict[str, W], tuple[Report, ...]]:
        """Take a command in. Every command is answered by one `Done` or `Failed`, now or from `advance`."""
        worker = state.get(command.carrier)
        if worker is None:
            return dict(state), (_failed(command.number, now_ms, "refused"),)
        worker, reports = self._run(worker, now_ms)
        if isinstance(command, Cancel):
            worker, said = self._cancel(worker, command, now_ms)
        elif self.admits(worker, command):
            worker = self.make_way(worker, now_ms)
            item = Waiting(command, self.ack_ms(worker, command, now_ms))
            worker = replace(worker, waiting=(*worker.waiting, item))
            said = []
        else:
            said = [_failed(command.number, now_ms, "refused")]
        worker, later = self._run(worker, now_ms)
        return {**state, worker.id: worker}, (*reports, *said, *later)

    def advance(self, state: Mapping[str, W], now_ms: int) -> tuple[dict[str, W], tuple[Report, ...]]:
        """Let time pass until `now_ms`; reports come in the order in which they became true."""
        changed = dict(state)
        reports: list[Report] = []
        for id in sorted(id for id, worker in state.items() if self.is_due(worker, now_ms)):
            changed[id], said = self._run(state[id], now_ms)
            reports.extend(said)
        return changed, tuple(sorted(reports, key=lambda report: report.at_ms))

    def next_due(self, state: Mapping[str, W]) -> int | None:
        """When something happens next if nobody says anything; None if nothing will."""
        return min((due for worker in state.values() if (due := _next(worker)[0]) is not None), default=None)

    def is_due(self, worker: W, now_ms: int) -> bool:
        """Whether something has happened to this worker by then."""
        due_ms = _next(worker)[0]
        return due_ms is not None and due_ms <= now_ms

    def _run(self, worker: W, now_ms: int) -> tuple[W, list[Report]]:
        reports: list[Report] = []
        while True:
            due_ms, unacked = _next(worker)
            if due_ms is None or due_ms > now_ms:
                return worker, reports
            if unacked is not None:
                item = worker.waiting[unacked]
                acked = (*worker.waiting[:unacked], replace(item, acked=True), *worker.waiting[unacked + 1 :])
                worker = replace(worker, waiting=acked)
                reports.append(Ack(number=0, command=item.command.number, at_ms=due_ms))
            elif worker.task is None:
                command = worker.waiting[0].command
                worker, task = self.begin(replace(worker, waiting=worker.waiting[1:]), command, due_ms)
                worker = replace(worker, task=task)
            else:
                task = worker.task
                worker = replace(self.finish(worker, task), task=None, free_ms=task.end_ms)
                reports.append(task.result)
                reports.extend(_done(number, task.end_ms, task.result.node) for number in task.cancels)

    def _cancel(self, worker: W, cancel: Cancel, now_ms: int) -> tuple[W, list[Report]]:
        reports: list[Report] = [Ack(number=0, command=cancel.number, at_ms=now_ms)]
        task = worker.task
        if task is not None and task.command.number == cancel.command:
            ended = self.cut(worker, task, now_ms)
            if ended is None:
                return worker, [*reports, _failed(cancel.number, now_ms, "refused")]
            return replace(worker, task=replace(ended, cancels=(*ended.cancels, cancel.number))), reports
        kept = tuple(item for item in worker.waiting if item.command.number != cancel.command)
        if len(kept) < len(worker.waiting):
            reports.append(_failed(cancel.command, now_ms, "cancelled"))
        reports.append(_done(cancel.number, now_ms))
        return replace(worker, waiting=kept), reports


def end_with(task: Task, end_ms: int, reason: str, node: str = "") -> Task:
    """The task failed, ending at an instant."""
    failed = Failed(number=0, command=task.command.number, at_ms=end_ms, reason=reason, node=node)
    return replace(task, end_ms=end_ms, result=failed)


def refuse(command: Work, at_ms: int, reason: str = "refused", node: str = "") -> Task:
    """A task that ends as it begins."""
    failed = Failed(number=0, command=command.number, at_ms=at_ms, reason=reason, node=node)
    return Task(command=command, start_ms=at_ms, end_ms=at_ms, result=failed)


def _next(worker: Worker) -> tuple[int | None, int | None]:
    """The next instant for a worker, and the place in its queue if that is an acknowledgement."""
    due_ms: int | None = None
    if worker.task is not None:
        due_ms = worker.task.end_ms
    elif worker.waiting:
        due_ms = max(worker.waiting[0].ack_ms, worker.free_ms)
    place: int | None = None
    for index, item in enumerate(worker.waiting):
        if not item.acked and (due_ms is None or item.ack_ms <= due_ms):
            due_ms, place = item.ack_ms, index
            if index == 0:
                break
    return due_ms, place


def _failed(command: int, at_ms: int, reason: str) -> Failed:
    return Failed(number=0, command=command, at_ms=at_ms, reason=reason)


def _done(command: int, at_ms: int, node: str = "") -> Done:
    return Done(number=0, command=command, at_ms=at_ms, node=node)
