"""One command after the other: how a simulated carrier or lift acknowledges, works, is cancelled and reports.

A task's end and outcome are fixed when it begins or is told more, so *when* somebody looks changes nothing: reports
carry the instant at which they became true.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
from msgspec.structs import replace

from bus.messages import Ack, Cancel, Charge, Done, Drop, Failed, Lift, Move, Passed, Pick, Release, Report, Waypoint
from fleet.simulated.cores.drives import Passage

Work = Move | Pick | Drop | Charge | Lift
Outcome = Done | Failed

MAX_WAITING = 16
"""Commands that may wait behind the one at work; what comes on top is refused."""


class Task(msgspec.Struct, frozen=True):
    """The command at work and what will come of it. `cancels` are answered when it ends.

    A move has its base as `drive`, behind where it began; with a `horizon` it does not end before that is released.
    `report_at` are indices of waypoints whose reaching is still to be told, rising.
    """

    command: Work
    start_ms: int
    end_ms: int
    result: Outcome
    drive: tuple[Passage, ...] = ()
    cancels: tuple[int, ...] = ()
    horizon: tuple[Waypoint, ...] = ()
    report_at: tuple[int, ...] = ()

    @property
    def passing(self) -> Passage | None:
        """The next waypoint that is to be told of, if the base leads there."""
        index = self.report_at[0] + 1 if self.report_at else len(self.drive)
        return self.drive[index] if index < len(self.drive) else None

    @property
    def due_ms(self) -> int | None:
        """When it next has something to say, if it is told nothing more."""
        passing = self.passing
        if passing is not None:
            return passing.arrive_ms
        return None if self.horizon else self.end_ms


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

    def extend(self, _worker: W, _task: Task, _release: Release, _at_ms: int) -> Task | None:
        """The task as it is with more of it released; None when there is nothing to release."""
        return None

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
        self, state: Mapping[str, W], command: Work | Cancel | Release, now_ms: int
    ) -> tuple[dict[str, W], tuple[Report, ...]]:
        """Take a command in. Every command is answered by one `Done` or `Failed`, now or from `advance`."""
        worker = state.get(command.carrier)
        if worker is None:
            return dict(state), (_failed(command.number, now_ms, "refused"),)
        worker, reports = self._run(worker, now_ms)
        if isinstance(command, Cancel):
            worker, said = self._cancel(worker, command, now_ms)
        elif isinstance(command, Release):
            worker, said = self._release(worker, command, now_ms)
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
            task = worker.task
            if unacked is not None:
                item = worker.waiting[unacked]
                acked = (*worker.waiting[:unacked], replace(item, acked=True), *worker.waiting[unacked + 1 :])
                worker = replace(worker, waiting=acked)
                reports.append(Ack(number=0, command=item.command.number, at_ms=due_ms))
            elif task is None:
                command = worker.waiting[0].command
                worker, task = self.begin(replace(worker, waiting=worker.waiting[1:]), command, due_ms)
                worker = replace(worker, task=task)
            elif (passing := task.passing) is not None:
                worker, said = _pass(worker, task, passing)
                reports.append(said)
            else:
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

    def _release(self, worker: W, release: Release, now_ms: int) -> tuple[W, list[Report]]:
        """More of the move at work, or of one that waits for its turn; refused when it is over."""
        task = worker.task
        if task is not None and task.command.number == release.move:
            task = self.extend(worker, task, release, now_ms)
            if task is None:
                return worker, [_failed(release.number, now_ms, "refused")]
            return replace(worker, task=task), _at_once(release.number, now_ms)
        for place, item in enumerate(worker.waiting):
            if isinstance(item.command, Move) and item.command.number == release.move:
                later = replace(item, command=released(item.command, release))
                waiting = (*worker.waiting[:place], later, *worker.waiting[place + 1 :])
                return replace(worker, waiting=waiting), _at_once(release.number, now_ms)
        return worker, [_failed(release.number, now_ms, "refused")]


def released(move: Move, release: Release) -> Move:
    """A move as it stands after a release."""
    base = move.nodes[: move.released_to + 1]
    return replace(
        move,
        nodes=move.nodes if release.onward is None else base + release.onward,
        released_to=max(move.released_to, release.released_to),
        report_at=(*move.report_at, *release.report_at),
    )


def _pass(worker: W, task: Task, passing: Passage) -> tuple[W, Passed]:
    said = Passed(
        number=0,
        command=task.command.number,
        at_ms=passing.arrive_ms,
        index=task.report_at[0],
        node=passing.node,
    )
    return replace(worker, task=replace(task, report_at=task.report_at[1:])), said


def end_with(task: Task, end_ms: int, reason: str, node: str = "") -> Task:
    """The task failed, ending at an instant; what was not released or reached by then never is."""
    failed = Failed(number=0, command=task.command.number, at_ms=end_ms, reason=reason, node=node)
    return replace(task, end_ms=end_ms, result=failed, horizon=(), report_at=())


def refuse(command: Work, at_ms: int, reason: str = "refused", node: str = "") -> Task:
    """A task that ends as it begins."""
    failed = Failed(number=0, command=command.number, at_ms=at_ms, reason=reason, node=node)
    return Task(command=command, start_ms=at_ms, end_ms=at_ms, result=failed)


def _next(worker: Worker) -> tuple[int | None, int | None]:
    """The next instant for a worker, and the place in its queue if that is an acknowledgement."""
    if not worker.waiting:
        return (None if worker.task is None else worker.task.due_ms), None
    due_ms = worker.task.due_ms if worker.task is not None else max(worker.waiting[0].ack_ms, worker.free_ms)
    place: int | None = None
    for index, item in enumerate(worker.waiting):
        if not item.acked and (due_ms is None or item.ack_ms <= due_ms):
            due_ms, place = item.ack_ms, index
            if index == 0:
                break
    return due_ms, place


def _failed(command: int, at_ms: int, reason: str) -> Failed:
    return Failed(number=0, command=command, at_ms=at_ms, reason=reason)


def _at_once(command: int, at_ms: int) -> list[Report]:
    return [Ack(number=0, command=command, at_ms=at_ms), _done(command, at_ms)]


def _done(command: int, at_ms: int, node: str = "") -> Done:
    return Done(number=0, command=command, at_ms=at_ms, node=node)
