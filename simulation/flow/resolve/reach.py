"""What a flow reaches: the pathways of its arrivals and all that their steps name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulation.flow.declared import Declared
from simulation.flow.names import blocks
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.arrivals import Arrivals
from simulation.flow.schema.durations import ByDuration, ByPatience
from simulation.flow.schema.outputs import Flow, OutcomeOutput, TimeOutput
from simulation.flow.schema.steps import Step


def arrivals_of(declared: Declared, flow: Flow) -> tuple[Arrivals, ...]:
    """The arrivals of a flow that are switched on, in its order."""
    known = declared.arrivals
    return tuple(known[name] for name in flow.arrivals if known[name].enabled)


def pathways_of(declared: Declared, begun: Iterable[str]) -> tuple[str, ...]:
    """Pathways and all that they run, in the order in which they are declared."""
    known, seen, waiting = declared.pathways, set[str](), list(begun)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += [step.run for step in _walk(known[name].steps) if isinstance(step, kinds.Run)]
    return tuple(name for name in known if name in seen)


def steps_of(declared: Declared, begun: Iterable[str]) -> Iterator[Step]:
    """All steps of pathways and of those that they run, each once."""
    for name in pathways_of(declared, begun):
        yield from _walk(declared.pathways[name].steps)


def choices_of(declared: Declared, choice: kinds.Choice) -> tuple[str, ...]:
    """The resources that a request may be granted, in order of preference."""
    if isinstance(choice, str):
        return (choice,)
    if choice.any is not None:
        return choice.any
    return tuple(resource.id for resource in declared.sections.resources if choice.skill in resource.skills)


def resources_of(declared: Declared, steps: Iterable[Step]) -> tuple[str, ...]:
    """The resources that steps ask for or look at, and the cleaners of beds among them, in the order declared."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, kinds.Hold | kinds.Seize):
            found.update(choices_of(declared, step.hold if isinstance(step, kinds.Hold) else step.seize))
        elif isinstance(step, kinds.Branch):
            found.update(name for arm in step.branch if arm.when for name in (arm.when.free, arm.when.queue) if name)
    resources = declared.resources
    found.update([cleaner for name in sorted(found) if (cleaner := resources[name].cleaner) is not None])
    return tuple(name for name in resources if name in found)


def attributes_of(declared: Declared, flow: Flow, steps: Iterable[Step]) -> tuple[str, ...]:
    """The attributes that steps, arrivals and outputs of a flow look at, and those these depend on."""
    found: set[str] = set()
    for step in steps:
        found.update(_asked(declared, step))
    for source in arrivals_of(declared, flow):
        found.update(source.attributes)
    outputs = declared.outputs
    for output in (outputs[name] for name in flow.outputs):
        if isinstance(output, TimeOutput | OutcomeOutput):
            found.update(name for name in output.where if name != "arrivals")
    attributes = declared.attributes
    for attribute in reversed(declared.sections.attributes):
        if attribute.id in found and attribute.by is not None:
            found.add(attribute.by)
    return tuple(name for name in attributes if name in found)


def _walk(steps: Iterable[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        for _, inner in blocks(step):
            yield from _walk(inner)


def _asked(declared: Declared, step: Step) -> Iterator[str]:
    """The attributes that a step itself looks at."""
    written: list[object] = []
    if isinstance(step, kinds.Branch):
        if step.by is not None:
            yield step.by
        written += [arm.share for arm in step.branch]
    elif isinstance(step, kinds.Hold | kinds.Seize):
        choice = step.hold if isinstance(step, kinds.Hold) else step.seize
        written += [step.priority, step.patience, step.for_ if isinstance(step, kinds.Hold) else None]
        written += [declared.resources[name].cleaning for name in choices_of(declared, choice)]
    elif isinstance(step, kinds.SetPriority):
        written.append(step.priority)
    elif isinstance(step, kinds.Delay):
        written.append(step.delay)
    elif isinstance(step, kinds.SetDeadline):
        written.append(step.deadline)
    for thing in written:
        if isinstance(thing, ByDuration | ByPatience | kinds.ByPriority | kinds.ByShare):
            yield thing.by
