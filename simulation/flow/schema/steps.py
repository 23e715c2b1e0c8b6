"""The steps of a pathway; the word that comes first in the mapping says which kind of step it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from simulation.flow.schema.durations import Clock, Duration, Patience, PositiveSeconds, one_or_several
from site_models.schema.base import EVERY_DAY, Id, Model, Share, Sourced, Text, TimeWindow, Weekday

PriorityNumber = Annotated[int, Field(ge=0, le=9)]


def _by(value: object) -> str:
    return "<by>" if isinstance(value, dict) else "<one>"


class ByPriority(Model):
    """A priority by the patient's value of an attribute; without `else`, the other values keep theirs."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PriorityNumber] = Field(init=False)

    by: Id
    else_: PriorityNumber | None = Field(default=None, alias="else")

    @property
    def rows(self) -> dict[str, int]:
        """What is said for each value by name."""
        return self.__pydantic_extra__


class ByShare(Model):
    """A share by the patient's value of an attribute."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Share] = Field(init=False)

    by: Id
    else_: Share | None = Field(default=None, alias="else")

    @property
    def rows(self) -> dict[str, float]:
        """What is said for each value by name."""
        return self.__pydantic_extra__


Priority = Annotated[Annotated[PriorityNumber, Tag("<one>")] | Annotated[ByPriority, Tag("<by>")], Discriminator(_by)]
ArmShare = Annotated[Annotated[Share, Tag("<one>")] | Annotated[ByShare, Tag("<by>")], Discriminator(_by)]
Ids = Annotated[
    Annotated[Id, Tag("<one>")] | Annotated[tuple[Id, ...], Tag("<several>"), Field(min_length=1)],
    Discriminator(one_or_several),
]


class Several(Model):
    """Any of some resources, in order of preference; or any with a skill, in the order they are declared."""

    any: tuple[Id, ...] | None = Field(default=None, min_length=1)
    skill: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> Several:
        if (self.any is None) == (self.skill is None):
            raise ValueError("say either `any` with a list of resources, or `skill`")
        return self


Choice = Annotated[Annotated[Id, Tag("<one>")] | Annotated[Several, Tag("<by>")], Discriminator(_by)]
"""Which resource, or which of several."""


class StepBase(Model):
    """What every step may say: an `id` for its name in the plan, a `name` for people, the source of its figures."""

    id: Id | None = None
    name: Text | None = None
    source: str | None = Field(default=None, min_length=3)


class Request(StepBase):
    """What may be said wherever a unit is asked for."""

    units: int = Field(default=1, ge=1, le=10_000)
    priority: Priority | None = None
    patience: Patience | None = None
    otherwise: tuple[Step, ...] = ()
    preempt: bool = False


class Hold(Request):
    """Take a unit, keep it for a time, give it back."""

    hold: Choice
    for_: Duration = Field(alias="for")
    preemptible: bool = False

    @model_validator(mode="after")
    def _one_unit_may_be_taken(self) -> Hold:
        if self.preemptible and self.units != 1:
            raise ValueError("a preemptible hold has one unit; remove `units`")
        return self


class Seize(Request):
    """Take units and keep them under a name."""

    seize: Choice
    as_: Id | None = Field(default=None, alias="as")


class Release(StepBase):
    """Give back what is kept under these names."""

    release: Ids


class Delay(StepBase):
    """Time passes."""

    delay: Duration


class Wait(StepBase):
    """To the next such time."""

    wait: Clock


class When(Model):
    """A state of now: a time of the week, free units, or a queue."""

    during: TimeWindow | None = None
    days: tuple[Weekday, ...] = Field(default=EVERY_DAY, min_length=1)
    free: Id | None = None
    units: int = Field(default=1, ge=1, le=10_000)
    queue: Id | None = None
    at_least: int = Field(default=1, ge=1, le=1_000_000)

    @model_validator(mode="after")
    def _one(self) -> When:
        kinds = {"during": {"days"}, "free": {"units"}, "queue": {"at_least"}}
        said = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(said) != 1:
            raise ValueError("say exactly one of `during`, `free` and `queue`")
        spare = self.model_fields_set - {said[0]} - kinds[said[0]]
        if spare:
            raise ValueError(f"`{min(spare)}` does not go with `{said[0]}`; remove it")
        return self


class Arm(Model):
    """One way of a branch."""

    share: ArmShare | None = None
    is_: Ids | None = Field(default=None, alias="is")
    when: When | None = None
    else_: bool = Field(default=False, alias="else")
    name: Text | None = None
    steps: tuple[Step, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Arm:
        said = [self.share is not None, self.is_ is not None, self.when is not None, self.else_]
        if sum(said) != 1:
            raise ValueError("an arm says exactly one of `share`, `is`, `when` and `else: true`")
        return self


class Branch(StepBase):
    """One of several ways: by chance, by an attribute, or by the state of now."""

    branch: tuple[Arm, ...] = Field(min_length=1)
    by: Id | None = None

    @model_validator(mode="after")
    def _arms_of_one_kind(self) -> Branch:
        kind = "is" if self.by is not None else "when" if any(arm.when for arm in self.branch) else "share"
        for number, arm in enumerate(self.branch, 1):
            if arm.else_:
                if number < len(self.branch):
                    raise ValueError("`else: true` is for the last arm")
            elif getattr(arm, "is_" if kind == "is" else kind) is None:
                raise ValueError(f"arm {number} must say `{kind}`, as the others of this branch, or `else: true`")
        if kind != "share" and not self.branch[-1].else_ and kind == "when":
            raise ValueError("the last arm must say `else: true`, for when no condition holds")
        return self


class SetPriority(StepBase):
    """The patient's priority from now on: 0 is first, 9 last, 5 without a word."""

    priority: Priority


class SetDeadline(StepBase):
    """The patient's deadline, from now."""

    deadline: Duration


class Mark(StepBase):
    """Note the time."""

    mark: Id


class Batch(StepBase):
    """Go on together with others, or when the first has waited so long."""

    batch: int = Field(ge=2, le=10_000)
    at_most: PositiveSeconds | None = None


class Together(StepBase):
    """Several things at once; go on when all are done."""

    together: tuple[tuple[Step, ...], ...] = Field(min_length=2)


class Aside(StepBase):
    """Something that goes on by itself beside the patient."""

    aside: tuple[Step, ...] = Field(min_length=1)


class Repeat(StepBase):
    """Steps that may begin anew, so often at most; `exhausted` instead of one round more."""

    repeat: tuple[Step, ...] = Field(min_length=1)
    at_most: int = Field(ge=1, le=100)
    exhausted: tuple[Step, ...] = ()


class Again(StepBase):
    """The next round of the innermost `repeat`."""

    again: bool

    @model_validator(mode="after")
    def _true(self) -> Again:
        if not self.again:
            raise ValueError("`again: false` does nothing; remove the step")
        return self


class Run(StepBase):
    """The steps of another pathway, written here."""

    run: Id


class Leave(StepBase):
    """The end, with an outcome."""

    leave: Id


KINDS: dict[str, type[StepBase]] = {
    "hold": Hold,
    "seize": Seize,
    "release": Release,
    "delay": Delay,
    "wait": Wait,
    "branch": Branch,
    "deadline": SetDeadline,
    "mark": Mark,
    "batch": Batch,
    "together": Together,
    "aside": Aside,
    "repeat": Repeat,
    "again": Again,
    "run": Run,
    "leave": Leave,
    "priority": SetPriority,
}
"""Kinds of steps by their word; `priority` is last, since a request may say it too."""


def _kind(value: object) -> str:
    """The tag of a step as written: its kind, or the first word that is none."""
    if isinstance(value, StepBase):
        return next(f"<{kind}>" for kind, model in KINDS.items() if type(value) is model)
    if not isinstance(value, dict) or not value:
        return "<>"
    known = next((kind for kind in KINDS if kind in value), None)
    return f"<{known or next((key for key in value if key not in StepBase.model_fields), '')}>"


Step = Annotated[
    Annotated[Hold, Tag("<hold>")]
    | Annotated[Seize, Tag("<seize>")]
    | Annotated[Release, Tag("<release>")]
    | Annotated[Delay, Tag("<delay>")]
    | Annotated[Wait, Tag("<wait>")]
    | Annotated[Branch, Tag("<branch>")]
    | Annotated[SetPriority, Tag("<priority>")]
    | Annotated[SetDeadline, Tag("<deadline>")]
    | Annotated[Mark, Tag("<mark>")]
    | Annotated[Batch, Tag("<batch>")]
    | Annotated[Together, Tag("<together>")]
    | Annotated[Aside, Tag("<aside>")]
    | Annotated[Repeat, Tag("<repeat>")]
    | Annotated[Again, Tag("<again>")]
    | Annotated[Run, Tag("<run>")]
    | Annotated[Leave, Tag("<leave>")],
    Discriminator(_kind),
]


class Pathway(Sourced):
    """What patients go through; the source of all figures of its steps that name none of their own."""

    id: Id
    name: Text
    steps: tuple[Step, ...] = Field(min_length=1)


for _model in (Request, Hold, Seize, Arm, Branch, Together, Aside, Repeat, Pathway):
    _model.model_rebuild()
