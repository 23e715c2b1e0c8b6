"""Follows what a patient holds along every way through the steps.

The patients who come to a step are told apart by what they hold and by the values of their attributes, so two
branches by the same attribute go together. Arms of `together` share what the patient holds; `aside` takes over what it
releases. A loop is followed until nothing new comes to its begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from simulation.flow.check.arms import all_done, by_chance, by_value, touched_by
from simulation.flow.check.states import Held, State, merged
from simulation.flow.check.survey import EVERYBODY, Survey, every_step, kept_as
from simulation.flow.schema import steps as kinds
from simulation.flow.schema.steps import Step
from site_models.checks.report import Report
from site_models.positions import Path

MOST_ROUNDS = 20
"""A loop's begin is known after two rounds in practice; more than so many are not followed."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A request, what the patient holds meanwhile, and whether the patient gives up some time.

    Those who give up are noted where a bed is cleaned by somebody: once a staffed bed is granted nobody gives up.
    """

    entry: str
    path: Path
    name: str
    resources: tuple[str, ...]
    units: int
    holds: tuple[tuple[str, Held], ...]
    gives_up: bool = False

    def holding_also(self, kept: dict[str, Held]) -> Wait:
        """The same request while these things are held too."""
        return replace(self, holds=tuple(sorted({**kept, **dict(self.holds)}.items())))


class Holding:
    """A walk through all ways; afterwards `visited` are the steps reached and `waits` the requests met.

    `uncertain` are the pathways that run one which cannot be read: nobody knows who comes out of that, and with what.
    """

    def __init__(self, survey: Survey, report: Report) -> None:
        self.visited: set[Path] = set()
        self.waits: list[Wait] = []
        self.uncertain: set[str] = set()
        self._survey = survey
        self._report = report
        self._said: set[tuple[str, Path, str]] = set()
        self._entry = ""
        self._unused = False
        self._running: list[str] = []
        self._prefix: list[str] = []
        self._beside: list[Path] = []
        self._rounds: list[list[State] | None] = []
        self._handed_over: dict[str, Path] = {}
        self._handlers: dict[type[Step], Callable[[Any, Path, list[State]], list[State]]] = {
            kinds.Seize: self._request,
            kinds.Hold: self._request,
            kinds.Release: self._release,
            kinds.Branch: self._branch,
            kinds.Together: self._together,
            kinds.Aside: self._aside,
            kinds.Repeat: self._repeat,
            kinds.Again: self._again,
            kinds.Run: self._run,
            kinds.Leave: self._leave,
            kinds.Batch: self._batch,
        }

    def follow(self, pathway: str) -> None:
        """Follow a pathway that patients begin in; at its end nobody may be left.

        What no arrivals and no other pathway lead to may be meant for either: those who run it may bring what it
        releases, and go on after it.
        """
        self._entry, self._handed_over = pathway, {}
        self._unused = pathway in self._survey.unused
        path, declared = self._survey.pathways[pathway]
        self._running, self._prefix = [pathway], [pathway]
        left = self._steps(declared.steps, (*path, "steps"), [State()])
        if left and not self._unused:
            message = f"Not every way through `{pathway}` ends in `leave`{self._by(left[0])}; end it with one."
            self._say("missing_leave", (*path, "steps", len(declared.steps) - 1), "", message)

    # --- steps in order ------------------------------------------------------------------------------------------

    def _steps(self, steps: Iterable[Step], path: Path, states: list[State]) -> list[State]:
        for k, step in enumerate(steps):
            if not states:
                break
            self.visited.add((*path, k))
            handler = self._handlers.get(type(step))
            states = merged(handler(step, (*path, k), states)) if handler else states
        return states

    def _run(self, step: kinds.Run, path: Path, states: list[State]) -> list[State]:
        if step.run in self._running:
            ring = " → ".join([*self._running[self._running.index(step.run) :], step.run])
            self._say("endless_run", path, "", f"`{step.run}` runs itself ({ring}); use `repeat` for another round.")
            self.uncertain.add(self._entry)
            return []
        if step.run not in self._survey.pathways:
            self.uncertain.add(self._entry)
            return []
        inner, pathway = self._survey.pathways[step.run]
        self._running.append(step.run)
        self._prefix.append(self._survey.names[path])
        ended = self._steps(pathway.steps, (*inner, "steps"), states)
        self._prefix.pop()
        self._running.pop()
        return ended

    def _branch(self, step: kinds.Branch, path: Path, states: list[State]) -> list[State]:
        ended: list[State] = []
        for n, arm in enumerate(step.branch):
            who = by_value(self._survey, step, n) if step.by else by_chance(step, n, self._survey)
            place = (*path, "branch", n)
            coming = [found for state in states if (found := state.narrowed(who, place))]
            ended += self._steps(arm.steps, (*place, "steps"), merged(coming))
        return ended

    def _leave(self, _step: kinds.Leave, path: Path, states: list[State]) -> list[State]:
        if self._beside:
            where = self._report.place(self._beside[-1])
            message = f"Nobody leaves within `together` or `aside` ({where}); let the patient leave after it."
            self._say("leave_within", path, "", message)
            return states
        for state in states:
            for name, held in state.holds:
                message = (
                    f"Who leaves here still holds `{name}`, seized in {self._report.place(held.path)}"
                    f"{self._by(state)}; release it before."
                )
                self._say("held_at_leave", path, name, message)
        return []

    # --- requests and releases -----------------------------------------------------------------------------------

    def _request(self, step: kinds.Seize | kinds.Hold, path: Path, states: list[State]) -> list[State]:
        gives_up, waits = self._survey.patience(step.patience)
        resources = self._survey.choices(step)
        if isinstance(step, kinds.Hold) and step.preemptible and self._survey.preempted & {*resources}:
            waits = EVERYBODY
        cleaned = any(self._survey.resources[name].cleaner is not None for name in resources)
        ended, gave_up = [], []
        for state in states:
            for_ever = state.narrowed(waits) is not None
            twice = isinstance(step, kinds.Seize) and kept_as(step) in state.held()
            if resources and (for_ever or cleaned) and not twice:
                name = "/".join([*self._prefix, self._survey.names[path]])
                self.waits.append(Wait(self._entry, path, name, resources, step.units, state.holds, not for_ever))
            if (impatient := state.narrowed(gives_up, (*path, "otherwise"))) is not None:
                gave_up.append(impatient)
            ended.append(self._seized(step, path, state, resources) if isinstance(step, kinds.Seize) else state)
        return ended + self._steps(step.otherwise, (*path, "otherwise"), merged(gave_up))

    def _seized(self, step: kinds.Seize, path: Path, state: State, resources: tuple[str, ...]) -> State:
        name, holds = kept_as(step), state.held()
        if name is None:
            self._say(
                "hold_without_name", path, "", "Several resources are named; say `as` under which name one is kept."
            )
            return state
        if name in holds:
            message = (
                f"`{name}` is held already, since {self._report.place(holds[name].path)}{self._by(state)}; "
                "release it first, or keep this one under another name with `as`."
            )
            self._say("seized_twice", path, name, message)
        return state.holding({**holds, name: Held(resources, step.units, path)})

    def _release(self, step: kinds.Release, path: Path, states: list[State]) -> list[State]:
        names = (step.release,) if isinstance(step.release, str) else step.release
        for n, name in enumerate(names):
            place = (*path, "release") if isinstance(step.release, str) else (*path, "release", n)
            having = [state for state in states if name in state.held()]
            lacking = [state for state in states if name not in state.held()]
            if lacking and (having or not self._unused):
                self._say("release_without_seize", place, name, self._not_held(name, lacking[0], some=bool(having)))
            states = [state.holding({key: held for key, held in state.holds if key != name}) for state in states]
        return states

    def _not_held(self, name: str, lacking: State, *, some: bool) -> str:
        if name in self._handed_over:
            where = self._report.place(self._handed_over[name])
            return f"`{name}` is released by the `aside` in {where}, which takes it over; remove one of the releases."
        if some:
            return f"Not every way here seizes `{name}`{self._by(lacking)}; seize it there too, or move this release."
        other = next((key for key, held in lacking.holds if name in held.resources), None)
        hint = f"it is kept under the name `{other}`: release that" if other else "seize it before, or remove this"
        return f"`{name}` is released but nobody holds it here; {hint}."

    def _batch(self, step: kinds.Batch, path: Path, states: list[State]) -> list[State]:
        for name, held in (pair for state in states for pair in state.holds if step.at_most is None):
            units = sum(self._survey.most(resource) for resource in held.resources)
            if held.resources and units < step.batch * held.units:
                message = (
                    f"{step.batch} are to gather here, each holding `{name}`, but there are at most {units}; "
                    "release it before, or say `at_most`."
                )
                self._say("capacity_too_small", path, name, message)
        return states

    # --- several at once -----------------------------------------------------------------------------------------

    def _together(self, step: kinds.Together, path: Path, states: list[State]) -> list[State]:
        places = [(*path, "together", n) for n in range(len(step.together))]
        touched = [touched_by(self._survey, arm, place) for arm, place in zip(step.together, places, strict=True)]
        clashing = self._clashing(touched)
        ended: list[State] = []
        for state in states:
            before, ends = state.held(), []
            first_wait = [len(self.waits)]
            for n, arm in enumerate(step.together):
                others = {name for m, names in enumerate(touched) if m != n for name in names} - clashing
                own = state.holding({name: held for name, held in before.items() if name not in others})
                ends.append(self._beside_the_patient(arm, places[n], [own]))
                first_wait.append(len(self.waits))
            for n in range(len(step.together)):
                kept = {
                    name: held
                    for m, found in enumerate(ends)
                    for end in found
                    for name, held in end.holds
                    if m != n and name in touched[m]
                }
                for w in range(first_wait[n], first_wait[n + 1]):
                    self.waits[w] = self.waits[w].holding_also(kept)
            untouched = {name: held for name, held in before.items() if not any(name in names for names in touched)}
            ended += all_done(state, untouched, ends, touched)
        return ended

    def _aside(self, step: kinds.Aside, path: Path, states: list[State]) -> list[State]:
        place = (*path, "aside")
        touched = touched_by(self._survey, step.aside, place)
        ended = []
        for state in states:
            before = state.held()
            own = state.holding({name: held for name, held in before.items() if name in touched})
            for end in self._beside_the_patient(step.aside, place, [own]):
                for name, held in end.holds:
                    message = (
                        f"`{name}`, seized in {self._report.place(held.path)}, is still held when these steps end"
                        f"{self._by(end)}; release it within them."
                    )
                    self._say("held_at_end", path, name, message)
            self._handed_over.update({name: path for name in touched if name in before})
            ended.append(state.holding({name: held for name, held in before.items() if name not in touched}))
        return ended

    def _beside_the_patient(self, steps: tuple[Step, ...], path: Path, states: list[State]) -> list[State]:
        self._beside.append(path)
        self._rounds.append(None)
        ended = self._steps(steps, path, states)
        self._rounds.pop()
        self._beside.pop()
        return ended

    def _clashing(self, touched: list[dict[str, Path]]) -> set[str]:
        """Names that several arms touch, each noted."""
        clashing: set[str] = set()
        first: dict[str, tuple[int, Path]] = {}
        for n, names in enumerate(touched):
            for name, place in names.items():
                if name in first and first[name][0] != n:
                    message = (
                        f"`{name}` is seized or released in two arms that run at once, here and in "
                        f"{self._report.place(first[name][1])}; use two names, or do it before or after `together`."
                    )
                    self._say("arms_share_a_name", place, name, message)
                    clashing.add(name)
                first.setdefault(name, (n, place))
        return clashing

    # --- loops ---------------------------------------------------------------------------------------------------

    def _repeat(self, step: kinds.Repeat, path: Path, states: list[State]) -> list[State]:
        begins, ended, anew = list(states), [], []
        coming = states
        for _ in range(MOST_ROUNDS):
            again: list[State] = []
            self._rounds.append(again)
            ended += self._steps(step.repeat, (*path, "repeat"), coming)
            self._rounds.pop()
            anew += again
            self._compare_rounds(again, begins)
            known = {(state.who, state.holds) for state in begins}
            coming = [state for state in merged(again) if (state.who, state.holds) not in known]
            begins = merged([*begins, *coming])
            if not coming:
                break
        if not any(isinstance(inner, kinds.Again) for _, inner in self._own_steps(step.repeat, (*path, "repeat"))):
            message = "Nothing in this `repeat` says `again: true`; add it, or write the steps without `repeat`."
            self._say("repeat_without_again", path, "", message)
        return ended + self._steps(step.exhausted, (*path, "exhausted"), merged(anew))

    def _own_steps(self, steps: tuple[Step, ...], path: Path) -> Iterable[tuple[Path, Step]]:
        for place, step in every_step(steps, path):
            yield place, step
            if isinstance(step, kinds.Run) and step.run in self._survey.pathways and step.run not in self._running:
                inner, pathway = self._survey.pathways[step.run]
                self._running.append(step.run)
                yield from self._own_steps(pathway.steps, (*inner, "steps"))
                self._running.pop()

    def _compare_rounds(self, again: list[State], begins: list[State]) -> None:
        """Only who holds what somebody holds at the begin of the loop may begin another round."""
        for state in again:
            alike = [begin for begin in begins if begin.with_patients_of(state) is not None]
            if any(begin.held().keys() == state.held().keys() for begin in alike):
                continue
            expected = alike[0].held() if alike else {}
            more = sorted(state.held().keys() - expected.keys())
            fewer = sorted(expected.keys() - state.held().keys())
            names = ", ".join(f"`{name}`" for name in more or fewer)
            message = (
                f"Unlike the first round, another begins with {names} {'still' if more else 'no longer'} held"
                f"{self._by(state, skip_last=True)}; {'release' if more else 'seize'} {names} before `again`."
            )
            self._say("again_holds", state.way[-1], ",".join(more or fewer), message)

    def _again(self, _step: kinds.Again, path: Path, states: list[State]) -> list[State]:
        innermost = self._rounds[-1] if self._rounds else None
        if innermost is None:
            where = "within `together` or `aside` it cannot begin a round of the patient's" if self._rounds else "here"
            message = f"`again` begins the next round of a `repeat`, and there is none {where}; remove it."
            self._say("again_without_repeat", path, "", message)
            return states if self._beside else []
        innermost += [found for state in states if (found := state.narrowed(EVERYBODY, path))]
        return []

    # --- words ---------------------------------------------------------------------------------------------------

    def _say(self, rule: str, path: Path, about: str, message: str) -> None:
        if (rule, path, about) not in self._said:
            self._said.add((rule, path, about))
            self._report.add(rule, path, message)

    def _by(self, state: State, *, skip_last: bool = False) -> str:
        way = state.way[:-1] if skip_last else state.way
        if not way:
            return ""
        return f" (on the way through {' and '.join(self._report.place(arm) for arm in way[-2:])})"
