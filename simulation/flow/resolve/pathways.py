"""The steps of a pathway as a plan has them: short forms unfolded, other pathways written in, names as numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from simulation.flow import plan
from simulation.flow.declared import Declared
from simulation.flow.names import named_steps
from simulation.flow.resolve.calendars import clock, in_window, ticks
from simulation.flow.resolve.quantities import Slots
from simulation.flow.resolve.reach import choices_of
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.durations import Duration
from simulation.flow.schema.resources import Resource
from simulation.flow.schema.steps import Step

PHYSICAL = ".physical"


@dataclass(slots=True)
class Numbers:
    """Names that get numbers as they come: steps, waiting points, marks, outcomes, batches."""

    steps: list[str] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    batches: int = 0

    def step(self, name: str) -> int:
        """The number of a new step."""
        self.steps.append(name)
        return len(self.steps) - 1

    def wait(self, step: int) -> int:
        """The number of a new waiting point."""
        self.waits.append(step)
        return len(self.waits) - 1

    def batch(self) -> int:
        """The number of a new place where patients gather."""
        self.batches += 1
        return self.batches - 1


def resolve_pathway(
    declared: Declared, pathway_id: str, numbers: Numbers, resources: dict[str, int], slots: Slots
) -> plan.Pathway:
    """A pathway with all that it runs."""
    writer = _Writer(declared, numbers, resources, slots)
    writer.learn(pathway_id)
    steps = writer.pathway(pathway_id, pathway_id)
    return plan.Pathway(id=pathway_id, steps=steps, slots=tuple(slots.rows), holds=len(writer.places))


class _Writer:
    """Writes the steps of one pathway of the plan."""

    def __init__(self, declared: Declared, numbers: Numbers, resources: dict[str, int], slots: Slots) -> None:
        self.declared, self.numbers, self.resources, self.slots = declared, numbers, resources, slots
        self.known: dict[str, Resource] = declared.resources
        self.places: dict[str, int] = {}
        self.taken: dict[str, tuple[str, ...]] = {}
        self.names: dict[int, str] = {}

    def learn(self, pathway_id: str) -> None:
        """Note which resources may be held under each name, here and in the pathways that are run."""
        for named in named_steps(self.declared.pathways[pathway_id]):
            if isinstance(named.step, kinds.Seize):
                name = self._kept_as(named.step)
                choices = choices_of(self.declared, named.step.seize)
                self.taken[name] = tuple(dict.fromkeys((*self.taken.get(name, ()), *choices)))
            elif isinstance(named.step, kinds.Run):
                self.learn(named.step.run)

    def pathway(self, pathway_id: str, prefix: str) -> tuple[plan.Step, ...]:
        """The steps of a pathway, named after the way to it."""
        pathway = self.declared.pathways[pathway_id]
        outer = self.names
        self.names = {id(named.step): f"{prefix}/{named.name}" for named in named_steps(pathway)}
        steps = self.block(pathway.steps)
        self.names = outer
        return steps

    def block(self, steps: Sequence[Step]) -> tuple[plan.Step, ...]:
        """A list of steps."""
        return tuple(resolved for step in steps for resolved in self.step(step))

    def step(self, step: Step) -> tuple[plan.Step, ...]:  # noqa: PLR0911 (one line a kind)
        """What a declared step becomes."""
        name = self.names[id(step)]
        match step:
            case kinds.Hold():
                return self._hold(step, name)
            case kinds.Seize():
                return self._seize(step, name)
            case kinds.Release():
                held = (step.release,) if isinstance(step.release, str) else step.release
                several = len(held) > 1
                return sum((self._release(name, one, f"{name}.{one}" if several else name) for one in held), ())
            case kinds.Branch():
                return (self._branch(step, name),)
            case kinds.Repeat():
                return (self._repeat(step, name),)
            case kinds.Run():
                return self.pathway(step.run, name)
        return (self._plain(step, name),)

    def _plain(self, step: Step, name: str) -> plan.Step:  # noqa: PLR0911 (one line a kind)
        """The step of the plan that means the same."""
        at = self.numbers.step(name)
        match step:
            case kinds.Delay():
                return plan.Delay(at=at, span=self.slots.span(step.delay, name))
            case kinds.Wait():
                return plan.Until(at=at, clock=clock(step.wait))
            case kinds.SetPriority():
                priority = self.slots.priority(step.priority)
                return plan.SetPriority(at=at, priority=priority or plan.Fixed(plan.ORDINARY))
            case kinds.SetDeadline():
                return plan.SetDeadline(at=at, span=self.slots.span(step.deadline, name))
            case kinds.Mark():
                return plan.Mark(at=at, mark=self.numbers.marks.setdefault(step.mark, len(self.numbers.marks)))
            case kinds.Batch():
                at_most = None if step.at_most is None else plan.Fixed(ticks(step.at_most))
                return plan.Batch(at=at, batch=self.numbers.batch(), size=step.batch, at_most=at_most)
            case kinds.Together():
                return plan.Together(at=at, arms=tuple(self.block(arm) for arm in step.together))
            case kinds.Aside():
                return plan.Aside(at=at, steps=self.block(step.aside))
            case kinds.Again():
                return plan.Again(at=at)
            case kinds.Leave():
                outcomes = self.numbers.outcomes
                return plan.Leave(at=at, outcome=outcomes.setdefault(step.leave, len(outcomes)))
        raise TypeError(f"no plan has a step for {type(step).__name__}")

    def _branch(self, step: kinds.Branch, name: str) -> plan.Branch:
        at = self.numbers.step(name)
        choice: plan.Drawn | plan.ByAttribute | None = None
        conditions: tuple[plan.Condition, ...] = ()
        if step.by is not None:
            numbers = [_arm_of(step.branch, value) for value in self.slots.values(step.by)]
            choice = plan.ByAttribute(self.slots.numbers[step.by], tuple(numbers))
        elif any(arm.when for arm in step.branch):
            conditions = tuple(self._condition(arm.when) for arm in step.branch if arm.when is not None)
        else:
            choice = self.slots.choice(step.branch, name)
        return plan.Branch(
            at=at, arms=tuple(self.block(arm.steps) for arm in step.branch), choice=choice, conditions=conditions
        )

    def _condition(self, when: kinds.When) -> plan.Condition:
        if when.during is not None:
            return in_window(when.during, when.days)
        if when.free is not None:
            return plan.Free(self.resources[when.free], when.units)
        return plan.Queue(self.resources[str(when.queue)], when.at_least)

    def _repeat(self, step: kinds.Repeat, name: str) -> plan.Repeat:
        """A loop: the slots of its steps stand once for each round, the rounds one after the other."""
        at, rows = self.numbers.step(name), self.slots.rows
        first = len(rows)
        steps = self.block(step.repeat)
        count = len(rows) - first
        rows[first:] = [replace(slot, rounds=slot.rounds * step.at_most) for slot in rows[first:]] * step.at_most
        exhausted = self.block(step.exhausted)
        return plan.Repeat(at=at, steps=steps, at_most=step.at_most, exhausted=exhausted, first_slot=first, slots=count)

    def _hold(self, step: kinds.Hold, name: str) -> tuple[plan.Step, ...]:
        """Seize, delay, release; the place is the step's own."""
        self.taken[name] = choices_of(self.declared, step.hold)
        request, physical = self._request(step, step.hold, name, name)
        at = self.numbers.step(f"{name}.for")
        preemptible = request.hold if step.preemptible else None
        delay = plan.Delay(at=at, span=self.slots.span(step.for_, name), preemptible=preemptible)
        return (
            request,
            *self._if_granted(name, request, (*physical, delay, *self._release(name, name, f"{name}.release"))),
        )

    def _seize(self, step: kinds.Seize, name: str) -> tuple[plan.Step, ...]:
        request, physical = self._request(step, step.seize, name, self._kept_as(step))
        return (request, *self._if_granted(name, request, physical))

    def _request(
        self, step: kinds.Request, choice: kinds.Choice, name: str, held: str
    ) -> tuple[plan.Seize, tuple[plan.Step, ...]]:
        """A request, and what follows its grant: of a bed, the request for the physical one of the same resource."""
        at = self.numbers.step(name)
        wait = self.numbers.wait(at)
        choices = choices_of(self.declared, choice)
        request = plan.Seize(
            at=at,
            choices=tuple(self.resources[one] for one in choices),
            hold=self._place(held),
            wait=wait,
            units=step.units,
            priority=self.slots.priority(step.priority),
            patience=self.slots.patience(step.patience, f"{name}.patience"),
            otherwise=self.block(step.otherwise),
            preempt=step.preempt,
        )
        if not self._beds(choices):
            return request, ()
        return request, self._by_granted(name, held, choices, lambda bed: self._physical(step, bed, name, held))

    def _if_granted(self, name: str, request: plan.Seize, rest: tuple[plan.Step, ...]) -> tuple[plan.Step, ...]:
        """The rest of a step, for those who did not give up."""
        if not rest or request.patience is None or _ends(request.otherwise):
            return rest
        at = self.numbers.step(f"{name}.waited")
        conditions = tuple(plan.Holds(request.hold, choice) for choice in request.choices)
        return (plan.Branch(at=at, arms=(*(rest for _ in conditions), ()), conditions=conditions),)

    def _physical(self, step: kinds.Request, bed: str, name: str, held: str) -> tuple[plan.Step, ...]:
        if self.known[bed].kind != "bed":
            return ()
        at = self.numbers.step(f"{name}{PHYSICAL}")
        request = plan.Seize(
            at=at,
            choices=(self.resources[bed + PHYSICAL],),
            hold=self._place(held + PHYSICAL),
            wait=self.numbers.wait(at),
            units=step.units,
            priority=self.slots.priority(step.priority),
        )
        return (request,)

    def _release(self, step_name: str, held: str, name: str) -> tuple[plan.Step, ...]:
        """Give back; a bed's physical part goes back by itself, after its cleaning."""
        return self._by_granted(
            name, held, self.taken.get(held, ()), lambda resource: self._give_back(step_name, resource, held, name)
        )

    def _give_back(self, step_name: str, resource: str, held: str, name: str) -> tuple[plan.Step, ...]:
        freed = plan.Release(at=self.numbers.step(name), hold=self._place(held))
        bed = self.known[resource]
        if bed.kind != "bed":
            return (freed,)
        free = plan.Release(at=self.numbers.step(f"{name}{PHYSICAL}"), hold=self._place(held + PHYSICAL))
        if bed.cleaning is None:
            return (freed, free)
        aside = self.numbers.step(f"{name}.aside")
        cleaned = self._cleaned(bed, f"{step_name}.{resource}.cleaning", bed.cleaning)
        return (freed, plan.Aside(at=aside, steps=(*cleaned, free)))

    def _cleaned(self, bed: Resource, name: str, cleaning: Duration) -> tuple[plan.Step, ...]:
        if bed.cleaner is None:
            return (plan.Delay(at=self.numbers.step(name), span=self.slots.span(cleaning, name)),)
        at = self.numbers.step(f"{name}.{bed.cleaner}")
        place = self._place(f"{name}.{bed.cleaner}")
        asked = plan.Seize(at=at, choices=(self.resources[bed.cleaner],), hold=place, wait=self.numbers.wait(at))
        delay = plan.Delay(at=self.numbers.step(name), span=self.slots.span(cleaning, name))
        return (asked, delay, plan.Release(at=self.numbers.step(f"{name}.{bed.cleaner}.release"), hold=place))

    def _by_granted(
        self, name: str, held: str, resources: Sequence[str], write: Callable[[str], tuple[plan.Step, ...]]
    ) -> tuple[plan.Step, ...]:
        """What depends on the resource that was granted: a way for each bed, and one for all others."""
        beds = self._beds(resources)
        others = [resource for resource in resources if resource not in beds]
        ways = [*beds, *others[:1]]
        if len(ways) == 1:
            return write(ways[0])
        at, place = self.numbers.step(f"{name}.granted"), self._place(held)
        conditions = tuple(plan.Holds(place, self.resources[bed]) for bed in ways[:-1])
        return (plan.Branch(at=at, arms=tuple(write(way) for way in ways), conditions=conditions),)

    def _beds(self, resources: Sequence[str]) -> list[str]:
        return [resource for resource in resources if self.known[resource].kind == "bed"]

    def _place(self, held: str) -> int:
        return self.places.setdefault(held, len(self.places))

    def _kept_as(self, step: kinds.Seize) -> str:
        """The name under which a unit is kept."""
        if step.as_ is not None:
            return step.as_
        return step.seize if isinstance(step.seize, str) else choices_of(self.declared, step.seize)[0]


def _arm_of(arms: Sequence[kinds.Arm], value: str) -> int | None:
    """The arm for a value of an attribute; None is the last one's."""
    for number, arm in enumerate(arms):
        if arm.is_ is not None and (arm.is_ == value if isinstance(arm.is_, str) else value in arm.is_):
            return number
    return None


def _ends(steps: Sequence[plan.Step]) -> bool:
    """Whether nobody goes on after these steps."""
    return any(
        isinstance(step, plan.Leave | plan.Again)
        or (isinstance(step, plan.Branch) and all(_ends(arm) for arm in step.arms))
        for step in steps
    )
