"""The steps that the pages offer for one asset: who may take each, in which states, and the request that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from api.access import Actor
from api.equipment import pages_words as words
from api.texts import N_
from equipment_tracking.pool import requests as ask
from equipment_tracking.pool.steps import STEPS as CORE
from equipment_tracking.pool.steps import StepName
from equipment_tracking.views import AssetView
from site_models.schema.site import Role

FIELD: tuple[Role, ...] = ("dispatcher", "clinician", "porter")
CLEANING: tuple[Role, ...] = ("dispatcher", "clinician", "porter", "technician")
SERVICE: tuple[Role, ...] = ("technician",)
HOUR_MS = 3_600_000
LOANS_H = (4, 24, 72, 168)
"""For how many hours one may lend with one press."""

Values = Mapping[str, str]
Ask = Literal["", "ward", "method", "checks", "fault", "reason", "work", "loan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that can be done with an asset; `asks` is what its form must ask first."""

    id: str
    title: str
    done: str
    roles: tuple[Role, ...]
    build: Callable[[AssetView, Values], ask.PoolRequest]
    core: StepName | None = None
    when: Callable[[AssetView], bool] = field(default=lambda _: True)
    asks: Ask = ""
    danger: bool = False
    fixed: tuple[tuple[str, str], ...] = ()

    def possible(self, asset: AssetView) -> bool:
        """Whether the state of the asset allows it."""
        return (self.core is None or asset.state in CORE[self.core].before) and self.when(asset)

    def allowed(self, actor: Actor | None) -> bool:
        """Whether this person may; somebody unnamed is shown what the wards do, and is asked for a name."""
        return actor.role in self.roles if actor else "clinician" in self.roles


def _free(asset: AssetView) -> bool:
    return not asset.overdue and not asset.emergency and asset.transport is None


def candidates(values: Values) -> tuple[str, ...]:
    """The other assets that were offered, the best first."""
    return tuple(id for id in values.get("candidates", "").split("|") if id)[:20]


def _take(asset: AssetView, values: Values) -> ask.PoolRequest:
    return ask.Take(asset.id, values.get("ward", ""), values.get("emergency") == "true", candidates(values))


def _lend(asset: AssetView, values: Values) -> ask.PoolRequest:
    hours = int(values["hours"]) if values.get("hours") in {str(choice) for choice in LOANS_H} else LOANS_H[1]
    due_ms = int(values["now_ms"]) + hours * HOUR_MS
    return ask.Lend(values["made"], asset.id, values.get("ward", ""), due_ms)


def _confirm(asset: AssetView, values: Values) -> ask.PoolRequest:
    return ask.Confirm(asset.id, tuple(check for check in words.CHECKS if values.get(check) == "true"))


def _wiped(values: Values) -> bool:
    return values.get("wiped") == "true"


WAYS: tuple[Step, ...] = (
    Step(
        id="take",
        title=N_("I take it"),
        done=N_("It is yours: {name} is in use at {ward}."),
        roles=FIELD,
        build=_take,
        core="take",
        when=lambda asset: _free(asset) or bool(asset.reservation),
        asks="ward",
    ),
    Step(
        id="take-emergency",
        title=N_("Take it in an emergency"),
        done=N_("It is yours: {name} is in use at {ward}."),
        roles=FIELD,
        build=_take,
        core="take",
        when=lambda asset: asset.emergency,
        asks="ward",
        danger=True,
        fixed=(("emergency", "true"),),
    ),
    Step(
        id="reserve",
        title=N_("Keep it for 20 minutes"),
        done=N_("{name} is kept for {ward}."),
        roles=FIELD,
        build=lambda asset, values: ask.Reserve(
            values["made"], asset.id, values.get("ward", ""), candidates=candidates(values)
        ),
        core="take",
        when=lambda asset: _free(asset) and asset.reservation is None,
        asks="ward",
    ),
    Step(
        id="unreserve",
        title=N_("Let it go again"),
        done=N_("{name} is no longer kept."),
        roles=FIELD,
        build=lambda asset, _: ask.CancelReservation(asset.reservation.id if asset.reservation else ""),
        when=lambda asset: asset.reservation is not None and asset.transport is None,
    ),
    Step(
        id="lend",
        title=N_("Lend it"),
        done=N_("{name} is lent to {ward}."),
        roles=FIELD,
        build=_lend,
        core="lend",
        when=lambda asset: _free(asset) and asset.reservation is None,
        asks="loan",
    ),
    Step(
        id="give-back",
        title=N_("Give it back, wiped"),
        done=N_("{name} is given back."),
        roles=FIELD,
        build=lambda asset, values: ask.GiveBack(asset.loan.id if asset.loan else "", _wiped(values)),
        when=lambda asset: asset.loan is not None,
        fixed=(("wiped", "true"),),
    ),
    Step(
        id="give-back-soiled",
        title=N_("Give it back, not wiped"),
        done=N_("{name} is given back."),
        roles=FIELD,
        build=lambda asset, values: ask.GiveBack(asset.loan.id if asset.loan else "", _wiped(values)),
        when=lambda asset: asset.loan is not None,
    ),
    Step(
        id="put-down",
        title=N_("Finished, and wiped"),
        done=N_("{name} is no longer in use."),
        roles=FIELD,
        build=lambda asset, values: ask.PutDown(asset.id, _wiped(values)),
        when=lambda asset: asset.state == "in_use" and asset.loan is None,
        fixed=(("wiped", "true"),),
    ),
    Step(
        id="put-down-soiled",
        title=N_("Finished, not wiped"),
        done=N_("{name} is no longer in use."),
        roles=FIELD,
        build=lambda asset, values: ask.PutDown(asset.id, _wiped(values)),
        when=lambda asset: asset.state == "in_use" and asset.loan is None,
    ),
    Step(
        id="to-cleaning",
        title=N_("I take it to cleaning"),
        done=N_("{name} is on its way to cleaning."),
        roles=FIELD,
        build=lambda asset, _: ask.SendToCleaning(asset.id),
        core="send_to_cleaning",
        when=lambda asset: asset.state in ("in_use", "used"),
    ),
    Step(
        id="cleaned",
        title=N_("Cleaned"),
        done=N_("{name} is cleaned. Now check that it is in order."),
        roles=CLEANING,
        build=lambda asset, values: ask.MarkCleaned(asset.id, values.get("method", "")),
        core="clean",
        asks="method",
    ),
    Step(
        id="confirm",
        title=N_("Confirm"),
        done=N_("Noted. {name}: {state}."),
        roles=CLEANING,
        build=_confirm,
        core="confirm",
        asks="checks",
    ),
    Step(
        id="received",
        title=N_("Received at technical service"),
        done=N_("{name} is received."),
        roles=SERVICE,
        build=lambda asset, _: ask.Receive(asset.id),
        core="receive",
    ),
    Step(
        id="repaired",
        title=N_("Repaired"),
        done=N_("{name} is repaired. It has to be tested before it is released."),
        roles=SERVICE,
        build=lambda asset, values: ask.Repair(asset.id, values.get("work", "")),
        core="repair",
        asks="work",
    ),
    Step(
        id="test-passed",
        title=N_("Safety test passed"),
        done=N_("{name} has passed its safety test."),
        roles=SERVICE,
        build=lambda asset, _: ask.TestSafety(asset.id, True),
        core="pass_test",
    ),
    Step(
        id="test-failed",
        title=N_("Safety test failed"),
        done=N_("{name} has failed its safety test."),
        roles=SERVICE,
        build=lambda asset, _: ask.TestSafety(asset.id, False),
        core="fail_test",
        danger=True,
    ),
    Step(
        id="release",
        title=N_("Release it in my name"),
        done=N_("{name} is released. It is cleaned before it is ready."),
        roles=SERVICE,
        build=lambda asset, _: ask.Release(asset.id),
        core="release",
    ),
    Step(
        id="lift-quarantine",
        title=N_("Lift the quarantine in my name"),
        done=N_("{name} is out of quarantine. It is cleaned before it is ready."),
        roles=SERVICE,
        build=lambda asset, _: ask.LiftQuarantine(asset.id),
        core="lift_quarantine",
    ),
    Step(
        id="found",
        title=N_("It is found"),
        done=N_("{name} is found. It is cleaned before it is ready."),
        roles=CLEANING,
        build=lambda asset, _: ask.ReportFound(asset.id),
        core="report_found",
    ),
    Step(
        id="withdraw",
        title=N_("Cancel the transport"),
        done=N_("The transport of {name} is cancelled."),
        roles=FIELD,
        build=lambda asset, _: ask.WithdrawTransport(asset.transport.key if asset.transport else "", "not_needed"),
        when=lambda asset: asset.transport is not None,
        danger=True,
    ),
    Step(
        id="not-clean",
        title=N_("Not clean after all"),
        done=N_("{name} has to be cleaned again."),
        roles=CLEANING,
        build=lambda asset, _: ask.PutDown(asset.id),
        when=lambda asset: asset.state in ("cleaned", "ready"),
        danger=True,
    ),
    Step(
        id="defect",
        title=N_("Report a fault"),
        done=N_("The fault is reported. Technical service sees {name} in its list."),
        roles=CLEANING,
        build=lambda asset, values: ask.ReportDefect(asset.id, values.get("fault", "")),
        core="report_defect",
        asks="fault",
        danger=True,
    ),
    Step(
        id="quarantine",
        title=N_("Put it in quarantine"),
        done=N_("{name} is in quarantine."),
        roles=CLEANING,
        build=lambda asset, values: ask.Quarantine(asset.id, values.get("reason", "")),
        core="quarantine",
        asks="reason",
        danger=True,
    ),
    Step(
        id="lost",
        title=N_("Report it as lost"),
        done=N_("{name} is reported as lost."),
        roles=CLEANING,
        build=lambda asset, _: ask.ReportLost(asset.id),
        core="report_lost",
        danger=True,
    ),
    Step(
        id="confirm-suggestion",
        title=N_("Yes, that is so"),
        done=N_("Noted. {name}: {state}."),
        roles=CLEANING,
        build=lambda asset, _: ask.ConfirmSuggestion(asset.id),
        when=lambda asset: asset.suggestion is not None,
    ),
    Step(
        id="dismiss-suggestion",
        title=N_("No"),
        done=N_("Noted. {name}: {state}."),
        roles=CLEANING,
        build=lambda asset, _: ask.DismissSuggestion(asset.id),
        when=lambda asset: asset.suggestion is not None,
    ),
)
ELSEWHERE = ("confirm-suggestion", "dismiss-suggestion")
"""Steps that stand beside the suggestion and not among the buttons."""

BY_ID: dict[str, Step] = {step.id: step for step in WAYS}


def steps_of(asset: AssetView, actor: Actor | None) -> tuple[list[Step], list[Step]]:
    """What this person can do with the asset now: the next steps, and those that take it out of use."""
    found = [step for step in WAYS if step.id not in ELSEWHERE and step.possible(asset) and step.allowed(actor)]
    return [step for step in found if not step.danger], [step for step in found if step.danger]
