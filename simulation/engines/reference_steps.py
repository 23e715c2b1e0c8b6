"""The steps of a plan as SimPy generators: each step is prepared once for a run, then done by every token that comes.

The rules and their numbers are those of "How both engines run a plan" in `docs/simulation.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from enum import Enum, auto
from typing import Any, NamedTuple

from simpy import Event, Process, Timeout

from simulation.engines.from_log import steps_of
from simulation.engines.pool import Pool, Request, Service, TickEnvironment, Token, Write, ask, give_up
from simulation.engines.reference_lookups import Lookups
from simulation.engines.replication import Kind
from simulation.flow import plan as flow

REQUEST = int(Kind.REQUEST)
DELAY = int(Kind.DELAY)
MARK = int(Kind.MARK)
BATCH = int(Kind.BATCH)
BATCHED = int(Kind.BATCHED)
FORK = int(Kind.FORK)
JOINED = int(Kind.JOINED)
AGAIN = int(Kind.AGAIN)
LEAVE = int(Kind.LEAVE)


class Manner(Enum):
    """How a prepared step is done."""

    NOW = auto()  # a function that returns nothing: needs no time
    WAIT = auto()  # a function that returns the event to wait for
    TRY = auto()  # the same; the event may bring `Instead`
    CHOOSE = auto()  # a function that returns the steps that follow
    WALK = auto()  # a generator that returns how it ended
    END = auto()  # a function that returns how the way ended


class Ended(Enum):
    """Why a way through the steps ended before its last step."""

    LEFT = auto()
    AGAIN = auto()


Way = Generator[Event, Any, Ended | None]
Do = Callable[[Token], Any]


class Prepared(NamedTuple):
    """A step, ready to be done (call `do` with the token, in its manner), and what follows it."""

    manner: Manner
    do: Do
    then: Steps


Steps = Prepared | None
"""The first of some steps, each of which knows the next."""


class Instead(NamedTuple):
    """What follows in place of what would."""

    steps: Steps


NOW, WAIT, TRY, CHOOSE, WALK, END = Manner


def walk(token: Token, steps: Steps) -> Way:
    """Take a token through steps, one after the other."""
    while steps is not None:
        manner, do, steps = steps
        if manner is WAIT:
            yield do(token)
        elif manner is NOW:
            do(token)
        elif manner is CHOOSE:
            steps = do(token)
        elif manner is TRY:
            instead: Instead | None = yield do(token)
            if instead is not None:
                steps = instead.steps
        elif manner is END:
            ended: Ended = do(token)
            return ended
        else:
            early: Ended | None = yield from do(token)
            if early is not None:
                return early
    return None


class Join(Event):
    """Happens when the last arm has ended."""

    def __init__(self, env: TickEnvironment, arms: int) -> None:
        super().__init__(env)
        self.missing = arms

    def arm(self, token: Token, steps: Steps) -> Way:
        """One of the arms, from beginning to end."""
        yield from walk(token, steps)
        self.missing -= 1
        if not self.missing:
            self.succeed()
        return None


class Preparation:
    """Makes the steps of a plan's pathways ready for one run."""

    def __init__(self, env: TickEnvironment, plan: flow.Plan, pools: list[Pool], write: Write) -> None:
        self._env = env
        self._pools = pools
        self._write = write
        self._names = plan.steps
        self._look_up = Lookups(env, plan, pools)
        self._loops_so_far = 0
        self._gathered: list[list[Event]] = [[] for _ in range(plan.batches)]
        self._ways: dict[type, Callable[[Any], tuple[Manner, Do]]] = {
            flow.Release: self._release,
            flow.Delay: self._delay,
            flow.Until: self._until,
            flow.SetPriority: self._set_priority,
            flow.SetDeadline: self._set_deadline,
            flow.Mark: self._mark,
            flow.Batch: self._batch,
            flow.Together: self._together,
            flow.Aside: self._aside,
            flow.Repeat: self._repeat,
            flow.Again: self._again,
            flow.Leave: self._leave,
        }

    def pathway(self, steps: tuple[flow.Step, ...]) -> tuple[Steps, int]:
        """The steps of a pathway, and how many loops there are in them."""
        self._loops_so_far = 0
        return self._steps(steps), self._loops_so_far

    def _steps(self, steps: tuple[flow.Step, ...], then: Steps = None) -> Steps:
        """Steps and what follows them; the arms of a branch lead to what follows the branch."""
        for step in reversed(steps):
            match step:
                case flow.Seize():
                    manner, do = self._seize(step, then)
                case flow.Branch():
                    manner, do = self._branch(step, then)
                case _:
                    manner, do = self._ways[type(step)](step)
            then = Prepared(manner, do, then)
        return then

    # --- waiting for units -----------------------------------------------------------------------------------------

    def _seize(self, step: flow.Seize, then: Steps) -> tuple[Manner, Do]:
        env, write, at, hold, units = self._env, self._write, step.at, step.hold, step.units
        pools = tuple(self._pools[choice] for choice in step.choices)
        priority = None if step.priority is None else self._look_up.perhaps(step.priority)
        otherwise = Instead(self._steps(step.otherwise, then))
        preempt = step.preempt

        def request(token: Token) -> Request:
            own = None if priority is None else priority(token)
            asked = Request(env, token, at, hold, units, token.urgency.priority if own is None else own)
            write((env.now, token.patient, at, REQUEST, asked.priority))
            ask(asked, pools, preempt=preempt)
            return asked

        if step.patience is None:
            return WAIT, request
        patience = self._look_up.patience(step.patience)

        def request_with_patience(token: Token) -> Request:
            asked = request(token)
            span = None if asked.triggered else patience(token)
            if span is not None:
                let_it_end(Timeout(env, span, value=otherwise), asked)
            return asked

        def let_it_end(patience_ends: Timeout, asked: Request) -> None:
            def end(ending: Event) -> None:
                if not asked.triggered:
                    give_up(asked, pools, write)
                    for go_on in asked.callbacks:  # the token's activation is the end of its patience
                        go_on(ending)

            patience_ends.callbacks.append(end)

        return TRY, request_with_patience

    def _release(self, step: flow.Release) -> tuple[Manner, Do]:
        at, hold, name = step.at, step.hold, self._names[step.at]

        def release(token: Token) -> None:
            held = token.held[hold]
            if held is None:
                raise RuntimeError(f"{name}: patient {token.patient} releases what is not held")
            token.held[hold] = None
            held.pool.release(held, at)

        return NOW, release

    # --- time passes -----------------------------------------------------------------------------------------------

    def _delay(self, step: flow.Delay) -> tuple[Manner, Do]:
        env, write, at, place = self._env, self._write, step.at, step.preemptible
        name, span = self._names[at], self._look_up.span(step.span)

        def delay(token: Token) -> Timeout:
            write((env.now, token.patient, at, DELAY, 0))
            return Timeout(env, span(token))

        def serve(token: Token) -> Way:
            left: int | None = span(token)
            while left is not None:  # a delay that was cut short is granted what was left of it
                write((env.now, token.patient, at, DELAY, 0))
                held = token.held[place] if place is not None else None
                if held is None:
                    raise RuntimeError(f"{name}: patient {token.patient} is served without holding the unit")
                service = Service(env, left, held, at)
                services = held.pool.services if held.units == 1 else []
                services.append(service)
                left = yield service
            services.remove(service)
            return None

        return (WAIT, delay) if place is None else (WALK, serve)

    def _until(self, step: flow.Until) -> tuple[Manner, Do]:
        env, write, at, span = self._env, self._write, step.at, self._look_up.until_next(step.clock, now_counts=True)

        def until(token: Token) -> Way:
            wait = span(token)
            if wait:
                write((env.now, token.patient, at, DELAY, 0))
                yield Timeout(env, wait)
            return None

        return WALK, until

    # --- which way -------------------------------------------------------------------------------------------------

    def _branch(self, step: flow.Branch, then: Steps) -> tuple[Manner, Do]:
        arms = tuple(self._steps(arm, then) for arm in step.arms)
        if step.choice is not None:
            number = self._look_up.perhaps(step.choice)

            def chosen(token: Token) -> Steps:
                arm = number(token)
                return arms[-1 if arm is None else arm]

            return CHOOSE, chosen
        conditions = tuple(self._look_up.condition(condition) for condition in step.conditions)

        def first_true(token: Token) -> Steps:
            for condition, arm in zip(conditions, arms, strict=False):
                if condition(token):
                    return arm
            return arms[-1]

        return CHOOSE, first_true

    def _repeat(self, step: flow.Repeat) -> tuple[Manner, Do]:
        loop, at_most = self._loops_so_far, step.at_most
        self._loops_so_far += 1
        self._look_up.loops.append((loop, step))
        steps = self._steps(step.steps)
        self._look_up.loops.pop()
        exhausted = self._steps(step.exhausted)

        def repeat(token: Token) -> Way:
            for number in range(at_most):
                token.rounds[loop] = number
                ended = yield from walk(token, steps)
                if ended is not Ended.AGAIN:
                    return ended
            return (yield from walk(token, exhausted))

        return WALK, repeat

    def _again(self, step: flow.Again) -> tuple[Manner, Do]:
        env, write, at, (loop, _) = self._env, self._write, step.at, self._look_up.loops[-1]

        def again(token: Token) -> Ended:
            write((env.now, token.patient, at, AGAIN, token.rounds[loop] + 1))
            return Ended.AGAIN

        return END, again

    def _leave(self, step: flow.Leave) -> tuple[Manner, Do]:
        env, write, at, outcome = self._env, self._write, step.at, step.outcome

        def leave(token: Token) -> Ended:
            write((env.now, token.patient, at, LEAVE, outcome))
            return Ended.LEFT

        return END, leave

    # --- notes -----------------------------------------------------------------------------------------------------

    def _set_priority(self, step: flow.SetPriority) -> tuple[Manner, Do]:
        priority = self._look_up.perhaps(step.priority)

        def set_priority(token: Token) -> None:
            now = priority(token)
            if now is not None:
                token.urgency.priority = now

        return NOW, set_priority

    def _set_deadline(self, step: flow.SetDeadline) -> tuple[Manner, Do]:
        env, span = self._env, self._look_up.perhaps(step.span)

        def set_deadline(token: Token) -> None:
            within = span(token)
            if within is not None:
                token.urgency.deadline = env.now + within

        return NOW, set_deadline

    def _mark(self, step: flow.Mark) -> tuple[Manner, Do]:
        env, write, at, mark = self._env, self._write, step.at, step.mark
        return NOW, lambda token: write((env.now, token.patient, at, MARK, mark))

    # --- several tokens --------------------------------------------------------------------------------------------

    def _batch(self, step: flow.Batch) -> tuple[Manner, Do]:
        env, write, at, size, gathered = self._env, self._write, step.at, step.size, self._gathered[step.batch]

        def go_on(there: list[Event]) -> None:
            for waiting in there:
                waiting.succeed()
            gathered.clear()

        def batch(token: Token) -> Way:
            own = Event(env)
            gathered.append(own)
            write((env.now, token.patient, at, BATCH, len(gathered)))
            if len(gathered) == size:
                go_on(gathered)
            elif len(gathered) == 1 and step.at_most is not None:
                timer = Timeout(env, step.at_most.value)
                timer.callbacks.append(lambda _: None if own.triggered else go_on(gathered))
            yield own
            write((env.now, token.patient, at, BATCHED, 0))
            return None

        return WALK, batch

    def _together(self, step: flow.Together) -> tuple[Manner, Do]:
        env, write, at, arms = self._env, self._write, step.at, tuple(self._steps(arm) for arm in step.arms)

        def together(token: Token) -> Way:
            write((env.now, token.patient, at, FORK, len(arms)))
            join = Join(env, len(arms))
            for arm in arms:
                Process(env, join.arm(token, arm))
            yield join
            write((env.now, token.patient, at, JOINED, 0))
            return None

        return WALK, together

    def _aside(self, step: flow.Aside) -> tuple[Manner, Do]:
        env, write, at, steps = self._env, self._write, step.at, self._steps(step.steps)
        takes = {inner.hold for inner in steps_of(step.steps) if isinstance(inner, flow.Release)}

        def aside(token: Token) -> None:
            write((env.now, token.patient, at, FORK, 1))
            Process(env, walk(token.aside(takes), steps))

        return NOW, aside
