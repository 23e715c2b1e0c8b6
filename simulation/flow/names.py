"""Names of steps: by these they stand in plans, event logs and streams of random numbers, and scenarios find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulation.flow.schema import steps as kinds
from simulation.flow.schema.steps import Pathway, Step
from site_models.positions import Path


@dataclass(frozen=True, slots=True)
class NamedStep:
    """A step of a pathway, nested ones included; `path` leads to it from the pathway as in YAML."""

    name: str
    step: Step
    path: Path


def default_name(step: Step) -> str:  # noqa: PLR0911 (one line a kind)
    """The name of a step that has no `id`: that of the thing it is about, or else of its kind."""
    match step:
        case kinds.Hold():
            return _first(step.hold)
        case kinds.Seize():
            return _first(step.seize)
        case kinds.Release():
            return f"release_{step.release if isinstance(step.release, str) else step.release[0]}"
        case kinds.Mark():
            return f"mark_{step.mark}"
        case kinds.Leave():
            return f"leave_{step.leave}"
        case kinds.Run():
            return step.run
    return next(word for word, kind in kinds.KINDS.items() if type(step) is kind)


def named_steps(pathway: Pathway) -> tuple[NamedStep, ...]:
    """All steps of a pathway as they stand in YAML, outer before inner, each with a name of its own.

    A name that is taken gets a number: `mark_seen`, `mark_seen-2`. The check of flows asks for an `id` where a step
    that draws or waits would get one, since its random numbers would change with steps before it.
    """
    found = list(_walk(pathway.steps, ("steps",)))
    taken = {step.id for _, step in found if step.id is not None}
    named = []
    for path, step in found:
        name = step.id or _free(default_name(step), taken)
        taken.add(name)
        named.append(NamedStep(name, step, path))
    return tuple(named)


def blocks(step: Step) -> Iterator[tuple[Path, tuple[Step, ...]]]:
    """The lists of steps within a step, each with its path from the step as in YAML."""
    match step:
        case kinds.Hold() | kinds.Seize():
            yield ("otherwise",), step.otherwise
        case kinds.Branch():
            for number, arm in enumerate(step.branch):
                yield ("branch", number, "steps"), arm.steps
        case kinds.Together():
            for number, steps in enumerate(step.together):
                yield ("together", number), steps
        case kinds.Aside():
            yield ("aside",), step.aside
        case kinds.Repeat():
            yield ("repeat",), step.repeat
            yield ("exhausted",), step.exhausted


def _walk(steps: tuple[Step, ...], path: Path) -> Iterator[tuple[Path, Step]]:
    for number, step in enumerate(steps):
        here = (*path, number)
        yield here, step
        for below, inner in blocks(step):
            yield from _walk(inner, (*here, *below))


def _first(choice: str | kinds.Several) -> str:
    if isinstance(choice, str):
        return choice
    return choice.any[0] if choice.any else str(choice.skill)


def _free(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
