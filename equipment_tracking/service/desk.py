"""The desk: everything that is asked of equipment tracking is answered here, and every change is committed here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from equipment_tracking.formats import FORMATS
from equipment_tracking.pool.core import handle
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.events import Asked, Event
from equipment_tracking.pool.facts.base import Fact
from equipment_tracking.pool.requests import AnyRequest, PoolRequest, Register
from equipment_tracking.pool.rules import Rules
from equipment_tracking.pool.turn import Decision
from equipment_tracking.queries import Export, Heard, Import, Query, Together
from equipment_tracking.register.answers import Accepted, Refusal, Violation
from equipment_tracking.register.lists import ImportPlan, export_list, plan_import
from equipment_tracking.service.building import Building
from equipment_tracking.service.cursor import Cursor
from equipment_tracking.service.questions import Questions
from equipment_tracking.service.sightings import Sightings
from equipment_tracking.service.statuses import status_of
from equipment_tracking.store.records import Answered, changes, digest, entries
from equipment_tracking.store.writer import EquipmentWriter
from equipment_tracking.views import Answer, Answers, Done, Exported, LocatorView, Refused, Taken
from equipment_tracking.views import ImportPlan as PlanView
from ledger.errors import Conflict, DatabaseBusy, DiskFull

log = logging.getLogger(__name__)

Told = Callable[[Sequence[Fact]], None]


class Ear(Protocol):
    """The locator as the desk knows it."""

    def hear(self, asked: Heard) -> Taken:
        """Take what a gateway sent."""
        ...

    def view(self) -> LocatorView:
        """How locating goes."""
        ...


class Desk:
    """Owns the pool's state and its writer."""

    def __init__(
        self,
        *,
        building: Building,
        rules: Rules,
        state: State,
        writer: EquipmentWriter,
        ear: Ear,
    ) -> None:
        self.building = building
        self.rules = rules
        self.state = state
        self.sightings = Sightings(building, state)
        self._writer = writer
        self._ear = ear
        self._told: Told = lambda _: None
        self._questions = Questions(building, rules, state, self.sightings)

    def tell(self, told: Told) -> None:
        """From now on `told` hears the facts of every commit."""
        self._told = told

    def answer(self, body: AnyRequest | Query, *, actor: str, key: str, now_ms: int) -> tuple[int, msgspec.Struct]:
        """Answer a question or carry out a request, once for each key: status (as in HTTP) and view."""
        if isinstance(body, PoolRequest):
            return self._carry_out(body, actor, key, now_ms)
        if isinstance(body, Import):
            return self._import(body, actor, key, now_ms)
        if isinstance(body, Together):
            return self._together(body, actor, now_ms)
        if isinstance(body, Export):
            return 200, Exported(export_list(self.state.assets.values()))
        if isinstance(body, Heard):
            return (202, self._ear.hear(body)) if body.format in FORMATS else (404, Refused((UNKNOWN_FORMAT,)))
        return self._questions.answer(body, self._ear, now_ms)

    def settle(self, events: Sequence[Event], now_ms: int, cursor: Cursor | None = None) -> None:
        """What was observed, timers and the fleet's answers, decided one by one and committed together.

        An event that breaks the core is dropped and logged; the others hold. Nothing is changed when the store is away.
        """
        decisions = []
        for event in events:
            try:
                decisions.append(handle(self.state, event, now_ms, self.rules))
            except Exception:
                log.exception("event dropped: %r", event)
                self.state.rollback()
                return self.settle([other for other in events if other is not event], now_ms, cursor)
        return self._commit(decisions, now_ms, cursor=cursor)

    def _carry_out(self, request: AnyRequest, actor: str, key: str, now_ms: int) -> tuple[int, msgspec.Struct]:
        asked = Asked(request, actor)
        if key and (before := self._writer.answer_to(key)) is not None:
            if before.request != digest(asked):
                return 422, Refused((KEY_REUSED,))
            return 200, self._done(before.answer, now_ms, repeated=True)
        decision = handle(self.state, asked, now_ms, self.rules)
        if not isinstance(decision.answer, Accepted):
            self.state.rollback()
            return self._refused(decision.answer, now_ms)
        answers = [Answered(key, now_ms, digest(asked), decision.answer)] if key else []
        try:
            self._commit([decision], now_ms, answers)
        except (DiskFull, DatabaseBusy, Conflict) as away:
            return _away(away)
        return 200, self._done(decision.answer, now_ms)

    def _together(self, asked: Together, actor: str, now_ms: int) -> tuple[int, msgspec.Struct]:
        """A refused request leaves no fact, so the others hold."""
        decisions = [handle(self.state, Asked(request, actor), now_ms, self.rules) for request in asked.requests]
        try:
            self._commit(decisions, now_ms)
        except (DiskFull, DatabaseBusy) as away:
            return _away(away)
        return 200, Answers(tuple(self._answer(decision) for decision in decisions))

    def _answer(self, decision: Decision) -> Answer:
        if not isinstance(decision.answer, Accepted):
            violations = () if decision.answer is None else decision.answer.violations
            return Answer(status_of(violations), tuple(violation.rule for violation in violations))
        item = self.state.items.get(self._about(decision.answer.id))
        return Answer(200) if item is None else Answer(200, state=item.state, since_ms=item.since_ms)

    def _import(self, asked: Import, actor: str, key: str, now_ms: int) -> tuple[int, msgspec.Struct]:
        existing = {asset.id: asset for asset in self.state.assets.unordered()}
        plan = plan_import(asked.text.encode(), existing, self.rules.known)
        if plan.faults:
            return (200 if asked.dry_run else 422), _plan_view(plan, applied=False)
        if asked.dry_run or not plan.assets:
            return 200, _plan_view(plan, applied=not asked.dry_run)
        status, answer = self._carry_out(Register(plan.assets), actor, key, now_ms)
        return (status, _plan_view(plan, applied=True)) if isinstance(answer, Done) else (status, answer)

    def _commit(
        self,
        decisions: Sequence[Decision],
        now_ms: int,
        answers: Sequence[Answered] = (),
        cursor: Cursor | None = None,
    ) -> None:
        """One transaction; then the draft is the state. On an error the draft never was."""
        rows = [entry for decision in decisions for entry in entries(decision, now_ms)]
        written = [*changes(self.state), *(cursor.rows() if cursor is not None else ())]
        if rows or written or answers:
            try:
                self._writer.commit(rows, written, answers)
            except BaseException:
                self.state.rollback()
                raise
        touched = {*self.state.items.changes, *self.state.assets.changes}
        self.state.commit()
        if touched:
            self.sightings.renew(sorted(touched))
        facts = [fact for decision in decisions for _, fact in decision.facts]
        if facts:
            self._told(facts)

    def _done(self, accepted: Accepted, now_ms: int, *, repeated: bool = False) -> Done:
        item = self.state.items.get(self._about(accepted.id))
        view = None if item is None else self._questions.projection(now_ms).asset(item)
        return Done(id=accepted.id, repeated=repeated or accepted.repeated, asset=view)

    def _about(self, id: str) -> str:
        """The asset that a loan, a reservation or a transport is of; an asset itself."""
        state = self.state
        made = state.loans.get(id) or state.reservations.get(id) or state.transports.get(id)
        return made.asset if made is not None else id

    def _refused(self, refusal: Refusal | None, now_ms: int) -> tuple[int, Refused]:
        if refusal is None:
            return 500, Refused((BROKEN,))
        projection = self._questions.projection(now_ms)
        offers = projection.assets(self.state.items[id] for id in refusal.offers)
        return status_of(refusal.violations), Refused(refusal.violations, offers)


def _away(error: Exception) -> tuple[int, Refused]:
    """The store did not take it: nothing has changed."""
    if isinstance(error, DiskFull):
        return 507, Refused((DISK_FULL,), retry_s=5)
    return 503, Refused((STORE_AWAY,), retry_s=5)


def _plan_view(plan: ImportPlan, *, applied: bool) -> PlanView:
    return PlanView(
        added=tuple(asset.id for asset in plan.added),
        changed=tuple(change.after.id for change in plan.changed),
        unchanged=len(plan.unchanged),
        violations=tuple(
            Violation(
                fault.violation.rule,
                f"{fault.line}:{fault.column}" + (f":{fault.violation.field}" if fault.violation.field else ""),
                f"Linje {fault.line}: {fault.violation.da}",
                f"Line {fault.line}: {fault.violation.en}",
            )
            for fault in plan.faults
        ),
        applied=applied and not plan.faults,
    )


KEY_REUSED = Violation(
    "key_reused",
    "Idempotency-Key",
    "Nøglen er allerede brugt til noget andet. Brug en ny nøgle for hver handling.",
    "The key has been used for something else. Use a new key for each action.",
)
UNKNOWN_FORMAT = Violation(
    "unknown_format",
    "format",
    f"Formatet kendes ikke. Kendte formater: {', '.join(FORMATS)}.",
    f"There is no such format. Known formats: {', '.join(FORMATS)}.",
)
BROKEN = Violation(
    "internal",
    "",
    "Intern fejl; intet er ændret. Prøv igen, eller ring til it-vagten.",
    "Internal error; nothing has changed. Try again, or call IT.",
)
DISK_FULL = Violation(
    "disk_full",
    "",
    "Disken er fuld; intet er ændret. Ring til it-vagten, og prøv igen, når der er plads.",
    "The disk is full; nothing has changed. Call IT, and try again when there is room.",
)
STORE_AWAY = Violation(
    "store_away",
    "",
    "Databasen svarer ikke lige nu; intet er ændret. Prøv igen om lidt.",
    "The database does not answer just now; nothing has changed. Try again shortly.",
)
