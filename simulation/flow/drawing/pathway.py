"""Turns the steps of a pathway into blocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from simulation.flow.declared import Declared
from simulation.flow.drawing.blocks import (
    LETTER_PX,
    NODE_PX,
    SMALL_LETTER_PX,
    STRONG_LETTER_PX,
    Block,
    bands,
    beside,
    columns,
    cut,
    dot,
    framed,
    n,
    series,
    title,
)
from simulation.flow.drawing.words import Words
from simulation.flow.names import named_steps
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.durations import Clock
from simulation.flow.schema.steps import Pathway, Step
from site_models.positions import Path

TIGHTNESS = (1.0, 0.85, 0.7, 0.55, 0.4)
"""Shares of the width that arms are given, tried in turn until the whole is no wider than it may be."""
TALL_PX = 44.0
LOW_PX = 26.0
OUT_PX = NODE_PX / 2 + 42
"""What a band beside the way takes of the width."""
TEXT_PX = NODE_PX - 26


class Drawn:
    """The blocks of one pathway within a width."""

    def __init__(self, declared: Declared, words: Words, pathway: Pathway, width: float) -> None:
        self._declared = declared
        self._words = words
        self._pathway = pathway
        self._width = width
        self._names: Mapping[Path, str] = {named.path: named.name for named in named_steps(pathway)}

    def block(self, beginning: Block) -> Block:
        """The whole pathway below its beginning."""
        for tightness in TIGHTNESS:
            inner = self._steps(self._pathway.steps, ("steps",), self._width * tightness)
            if inner.width <= self._width:
                break
        return series([beginning, inner, dot()] if inner.through else [beginning, inner])

    def _steps(self, steps: Sequence[Step], path: Path, room: float) -> Block:
        return series([self._step(step, (*path, k), room) for k, step in enumerate(steps)])

    def _step(self, step: Step, path: Path, room: float) -> Block:
        match step:
            case kinds.Hold() | kinds.Seize():
                return self._request(step, path, room)
            case kinds.Branch():
                return self._branch(step, path, room)
            case kinds.Together():
                arms = [("", (*path, "together", k), arm) for k, arm in enumerate(step.together)]
                return self._arms(self._small(step, path, self._words.say("together"), "plain"), arms, room, bar=True)
            case kinds.Aside():
                inner = self._steps(step.aside, (*path, "aside"), room - 80)
                return beside(inner, self._titled(step, self._words.say("aside")))
            case kinds.Repeat():
                return self._repeat(step, path, room)
        return self._simple(step, path)

    # --- steps that hold others ----------------------------------------------------------------------------------

    def _request(self, step: kinds.Hold | kinds.Seize, path: Path, room: float) -> Block:
        words = self._words
        wanted = step.hold if isinstance(step, kinds.Hold) else step.seize
        thing = words.choice(wanted)
        units = f" × {step.units}" if step.units > 1 else ""
        about = words.duration(step.for_) if isinstance(step, kinds.Hold) else words.say("takes")
        named = step.name is not None
        first = words.text(step.name, "") if named else thing + units
        second = f"{thing}{units} · {about}" if named else about
        node = self._node(path, first, second, self._kind(wanted))
        if step.patience is None:
            return node
        if isinstance(step.patience, Clock):
            label = words.say("gives_up_until", times=words.clock(step.patience))
        else:
            label = words.say("gives_up", value=words.duration(step.patience))
        arm = self._steps(step.otherwise, (*path, "otherwise"), room - OUT_PX)
        return bands(node, [(label, arm)], goes_on=True)

    def _branch(self, step: kinds.Branch, path: Path, room: float) -> Block:
        words = self._words
        if step.by is not None:
            question = f"{words.attribute(step.by)}?"
        else:
            question = words.say("state" if step.branch[0].when is not None else "chance")
        head = self._small(step, path, self._titled(step, question), "ask")
        arms = [(words.arm(arm), (*path, "branch", k, "steps"), arm.steps) for k, arm in enumerate(step.branch)]
        return self._arms(head, arms, room)

    def _arms(
        self, head: Block, arms: Sequence[tuple[str, Path, Sequence[Step]]], room: float, *, bar: bool = False
    ) -> Block:
        """Side by side where there is room, in bands where not."""
        each = room / len(arms)
        beside_each_other = columns(
            head, [(label, self._steps(steps, path, each)) for label, path, steps in arms], bar=bar
        )
        if beside_each_other.width <= room:
            return beside_each_other
        inner = [(label, self._steps(steps, path, room - 40)) for label, path, steps in arms]
        return bands(head, inner, goes_on=False, bar=bar)

    def _repeat(self, step: kinds.Repeat, path: Path, room: float) -> Block:
        words = self._words
        inner = self._steps(step.repeat, (*path, "repeat"), room - 30)
        loop = framed(inner, "↺ " + self._titled(step, words.say("repeat", count=step.at_most)), "loop")
        if not step.exhausted:
            return loop
        out = self._steps(step.exhausted, (*path, "exhausted"), room - OUT_PX)
        return bands(loop, [(words.say("exhausted"), out)], goes_on=loop.through)

    # --- steps that stand alone ----------------------------------------------------------------------------------

    def _simple(self, step: Step, path: Path) -> Block:
        words = self._words
        match step:
            case kinds.Release():
                names = (step.release,) if isinstance(step.release, str) else step.release
                things = ", ".join(words.kept(name) for name in names)
                return self._small(step, path, self._titled(step, words.say("release", thing=things)), "plain")
            case kinds.Delay():
                first = words.text(step.name, step.id or words.say("delay"))
                return self._node(path, first, words.duration(step.delay), "none")
            case kinds.Wait():
                said = words.say("until", times=words.clock(step.wait))
                return self._node(path, self._titled(step, said), said if step.name else "", "none")
            case kinds.Batch():
                most = words.say("at_most", value=words.span(step.at_most)) if step.at_most is not None else ""
                return self._node(path, self._titled(step, words.say("batch", count=step.batch)), most, "none")
        return self._marker(step, path)

    def _marker(self, step: Any, path: Path) -> Block:
        words = self._words
        match step:
            case kinds.Mark():
                return self._small(step, path, "⚑ " + words.text(step.name, step.mark), "plain")
            case kinds.SetPriority():
                said = words.say("priority", value=words.priority(step.priority))
                return self._small(step, path, self._titled(step, said), "plain")
            case kinds.SetDeadline():
                said = words.say("deadline", value=words.duration(step.deadline))
                return self._small(step, path, self._titled(step, said), "plain")
            case kinds.Run():
                pathway = self._declared.pathways[step.run]
                said = words.text(pathway.name, pathway.id)
                through = goes_on(pathway.steps, self._declared)
                return self._small(step, path, "→ " + self._titled(step, said), "run", through=through)
            case kinds.Again():
                return self._small(step, path, "↺ " + self._titled(step, words.say("again")), "again", through=False)
        return self._small(step, path, words.text(step.name, step.leave), "end", through=False)

    def _titled(self, step: kinds.StepBase, said: str) -> str:
        """The step's own name for people, or what is said of it."""
        return self._words.text(step.name, said) if step.name is not None else said

    def _kind(self, wanted: str | kinds.Several) -> str:
        """The kind of what is asked for; of several, the first's."""
        if isinstance(wanted, str):
            names: Sequence[str] = (wanted,)
        elif wanted.any is not None:
            names = wanted.any
        else:
            names = [one.id for one in self._declared.sections.resources if wanted.skill in one.skills]
        return self._declared.resources[names[0]].kind

    def _node(self, path: Path, first: str, second: str, kind: str) -> Block:
        """A box of two lines with the colour of a kind of resource."""
        shown = [escape(cut(first, TEXT_PX, STRONG_LETTER_PX)), escape(cut(second, TEXT_PX, SMALL_LETTER_PX))]
        group = f'<g class="step {kind}" id="{self._id(path)}">{title(self._whole(path, first, second))}'

        def draw(x: float, y: float) -> list[str]:
            left = x - NODE_PX / 2
            middle = y + (18 if second else 26)
            lower = f'<text class="small" x="{n(left + 16)}" y="{n(y + 34)}">{shown[1]}</text>' if second else ""
            return [
                (
                    f'{group}<rect class="box" x="{n(left)}" y="{n(y)}" width="{n(NODE_PX)}" height="{n(TALL_PX)}" '
                    f'rx="6"/>'
                    f'<rect class="kind" x="{n(left)}" y="{n(y)}" width="6" height="{n(TALL_PX)}" rx="3"/>'
                    f'<text class="strong" x="{n(left + 16)}" y="{n(middle)}">{shown[0]}</text>{lower}</g>'
                )
            ]

        return Block(NODE_PX / 2, NODE_PX / 2, TALL_PX, True, draw)

    def _small(self, step: kinds.StepBase, path: Path, said: str, kind: str, *, through: bool = True) -> Block:
        """A box of one line."""
        group = f'<g class="step {kind}" id="{self._id(path)}">{title(self._whole(path, said, ""))}'
        return small(group, said, square=isinstance(step, kinds.Run | kinds.Branch), through=through)

    def _id(self, path: Path) -> str:
        return f"step-{self._pathway.id}-{self._names[path]}"

    def _whole(self, path: Path, first: str, second: str) -> str:
        said = f"{first} · {second}" if second else first
        return f"{said} ({self._pathway.id}/{self._names[path]})"


def small(group: str, said: str, *, square: bool = False, through: bool = True, most: float = NODE_PX) -> Block:
    """A box of one line in a group that is open; square corners for what leads on, round ones for the rest.

    It is as wide as its text where that needs more than a box and less than `most` pixels.
    """
    width = min(max(NODE_PX, len(said) * LETTER_PX + 24), most)
    shown, radius = escape(cut(said, width - 20, LETTER_PX)), 4 if square else LOW_PX / 2
    size = f'width="{n(width)}" height="{n(LOW_PX)}" rx="{n(radius)}"'

    def draw(x: float, y: float) -> list[str]:
        box = f'<rect class="box" x="{n(x - width / 2)}" y="{n(y)}" {size}/>'
        return [f'{group}{box}<text x="{n(x)}" y="{n(y + 17.5)}" text-anchor="middle">{shown}</text></g>']

    return Block(width / 2, width / 2, LOW_PX, through, draw)


def goes_on(steps: Sequence[Step], declared: Declared) -> bool:
    """Whether anybody comes to the end of these steps."""
    return all(_passes(step, declared) for step in steps)


def _passes(step: Step, declared: Declared) -> bool:
    match step:
        case kinds.Leave() | kinds.Again():
            return False
        case kinds.Branch():
            return any(goes_on(arm.steps, declared) for arm in step.branch)
        case kinds.Repeat():
            return goes_on(step.repeat, declared) or goes_on(step.exhausted, declared)
        case kinds.Run():
            return goes_on(declared.pathways[step.run].steps, declared)
    return True
