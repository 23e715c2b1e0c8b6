"""The plan of a flow: every name resolved and every default filled in, ready to be sampled and run by an engine.

Resources, attributes, marks, outcomes, waiting points and steps are numbered by their place in the plan's tuples.
What the steps mean, to the order of events within one instant, is written in `docs/simulation.md`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from simulation.distributions import Distribution

PRIORITIES = 10
"""Priorities are 0 (first) to 9 (last)."""
ORDINARY = 5
"""The priority of a patient to whom none was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that patients wait for: a pool of equal units.

    `capacity` lists (tick, units) from tick 0 on, strictly increasing in time, over the whole horizon; a fall takes
    nobody's unit away, it is felt when units come back. `most` is the greatest capacity. `by_deadline` queues by
    the patient's deadline within a priority; otherwise first come, first served.
    """

    id: str
    capacity: tuple[tuple[int, int], ...]
    most: int
    by_deadline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A property of a patient with a few named values, drawn on arrival and never changed."""

    id: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One random quantity of a patient on a pathway, drawn before the run from the stream of its name.

    A `duration` has one distribution (seconds) for each value of `attribute`, or a single one when that is None.
    A `choice` has cumulative shares, a row for each value of `attribute`, or a single row; it is drawn as a number.
    In a loop of at most k rounds a slot is drawn k times, each round from a stream of its own (`rounds`).
    """

    name: str
    attribute: int | None = None
    durations: tuple[Distribution, ...] = ()
    cumulative: tuple[tuple[float, ...], ...] = ()
    rounds: int = 1


# --- what steps refer to -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fixed:
    """A quantity that is the same for everybody (ticks, or a number)."""

    value: int


@dataclass(frozen=True, slots=True)
class ByAttribute:
    """A quantity (ticks, or a number) looked up by the patient's value of an attribute; None: there is none."""

    attribute: int
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A quantity of the patient's sample: a slot of the pathway."""

    slot: int


@dataclass(frozen=True, slots=True)
class Clock:
    """Times of the week: ticks after Monday midnight, increasing, at least one."""

    of_week: tuple[int, ...]


Span = Fixed | Drawn | ByAttribute
"""How long something takes, in ticks."""
Patience = Fixed | Drawn | ByAttribute | Clock
"""How long somebody waits before giving up; a clock: until its next time."""


@dataclass(frozen=True, slots=True)
class InWindow:
    """True while the time of the week, in ticks after Monday midnight, lies in one of the half-open (begin, end)."""

    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Free:
    """True while at least `units` of a resource are free (capacity less units in use)."""

    resource: int
    units: int


@dataclass(frozen=True, slots=True)
class Queue:
    """True while at least `waiting` requests queue for a resource."""

    resource: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Holds:
    """True while the patient's place `hold` holds units of a resource (which of several was granted)."""

    hold: int
    resource: int


Condition = InWindow | Free | Queue | Holds


# --- the steps ---------------------------------------------------------------------------------------------------
# `at` is the step's number in the plan (`Plan.steps` holds its name); it stands in the event log.


@dataclass(frozen=True, slots=True, kw_only=True)
class Seize:
    """Take units of the first of `choices` that grants; hold them in the patient's place `hold`.

    `priority` is that of this request only; None: the patient's own. Who runs out of patience does `otherwise` and
    goes on after the step. `preempt`: may take the unit of somebody of lower priority within a preemptible `Hold`.
    `wait` numbers this waiting point (`Plan.waits`).
    """

    at: int
    choices: tuple[int, ...]
    hold: int
    wait: int
    units: int = 1
    priority: Fixed | ByAttribute | None = None
    patience: Patience | None = None
    otherwise: tuple[Step, ...] = ()
    preempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Give back what the patient holds in the place `hold`."""

    at: int
    hold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Time passes.

    With `preemptible`, the unit held in that place may be taken meanwhile; what is left of the time is then served
    after the unit has been granted again.
    """

    at: int
    span: Span
    preemptible: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Wait for the next time of the clock; at such a time itself there is no wait."""

    at: int
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Go one of several ways and on after the step.

    A drawn choice or an attribute is the number of the arm (`arm_of` maps values of the attribute to arms); otherwise
    `conditions` belong to the first arms, the first that is true is taken, and the last arm if none is.
    """

    at: int
    arms: tuple[tuple[Step, ...], ...]
    choice: Drawn | ByAttribute | None = None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """From now on the patient has this priority; where an attribute gives None it stays as it was."""

    at: int
    priority: Fixed | ByAttribute


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDeadline:
    """The patient's deadline is now plus this span."""

    at: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Note the time under the mark; a later one replaces it."""

    at: int
    mark: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Wait until `size` have gathered at this step, or until the first has waited `at_most`; all then go on."""

    at: int
    batch: int
    size: int
    at_most: Fixed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """All arms begin at once; go on when the last of them has ended."""

    at: int
    arms: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Steps that go on by themselves while the patient goes on (cleaning, a transport back)."""

    at: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Do `steps`; an `Again` within begins the next round, at most `at_most` rounds in all.

    An `Again` in the last round does `exhausted` and goes on after the step. Slots first to first+count-1 are drawn
    for each round: in round r (from 0) slot s means row s + r·count of that pathway's draws.
    """

    at: int
    steps: tuple[Step, ...]
    at_most: int
    exhausted: tuple[Step, ...] = ()
    first_slot: int = 0
    slots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """Begin the next round of the innermost `Repeat`."""

    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """The patient leaves the hospital with an outcome."""

    at: int
    outcome: int


Step = (
    Seize
    | Release
    | Delay
    | Until
    | Branch
    | SetPriority
    | SetDeadline
    | Mark
    | Batch
    | Together
    | Aside
    | Repeat
    | Again
    | Leave
)


# --- the whole ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """The steps that patients of one or several sources go through.

    `slots` lists the draws in the order of their rows; a slot within a loop stands there once for each round, the
    rounds one after the other (see `Repeat`). `holds` is the number of places for what a patient holds. Every way
    through the steps ends in a `Leave`, except in the arms of `Together` and `Aside`.
    """

    id: str
    steps: tuple[Step, ...]
    slots: tuple[Slot, ...]
    holds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Arrivals at random: a Poisson process whose rate (arrivals an hour) is constant within each hour of the run."""

    hourly: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Arrivals at given ticks (a schedule, a surge, a log), not decreasing; each is moved by `lateness` seconds."""

    ticks: tuple[int, ...]
    lateness: Distribution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where patients come from: arrivals, the cumulative shares of each attribute's values, and their pathway.

    `mixes` has one row for each attribute of the plan: a single row of cumulative shares, or several, one for each
    value of the earlier attribute `given[attribute]`.
    """

    id: str
    arrivals: Stream | Listed
    pathway: int
    mixes: tuple[tuple[tuple[float, ...], ...], ...]
    given: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A flow, resolved. Times are ticks from midnight of `begins`; figures count from `warm_up` to `horizon`.

    `steps` are the names of the steps (`<pathway>/<step>`), `waits` the numbers of the steps at which patients wait
    for a resource, `sources` are in the order in which arrivals of the same instant come.
    """

    flow: str
    begins: dt.date
    warm_up: int
    horizon: int
    resources: tuple[Resource, ...]
    attributes: tuple[Attribute, ...]
    marks: tuple[str, ...]
    outcomes: tuple[str, ...]
    waits: tuple[int, ...]
    steps: tuple[str, ...]
    batches: int
    pathways: tuple[Pathway, ...]
    sources: tuple[Source, ...]

    @property
    def first_weekday(self) -> int:
        """The weekday of tick 0: 0 is Monday."""
        return self.begins.weekday()
