"""What is asked of an experiment, as a value whose address is its content: the same question has the same address."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal["run", "compare", "sensitivity", "select", "size", "warm_up"]
Engine = Literal["auto", "compiled", "reference"]
Change = Any
"""A value, `{"times": x}` or `{"plus": x}`, as scenarios are declared (`docs/simulation.md`)."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a request; what has its default value is left out when it is written."""


class Scenario(Part, frozen=True):
    """A flow with named changes. `name` is for people, by language; without changes it is the flow as declared."""

    id: str
    changes: dict[str, Change] = {}
    name: dict[str, str] = {}


class Swing(Part, frozen=True):
    """A quantity of the model that a sensitivity analysis moves to either side, all else as in the basis."""

    path: str
    low: Change
    high: Change


class Selection(Part, frozen=True):
    """Which scenario is best in one output.

    `kn` (Kim and Nelson) finds, with probability at least 1 - alpha, a scenario whose mean is the best whenever the
    others are at least `indifference` (in the unit of the output) worse. `ocba` spends `budget` replications where
    they tell most about which is best.
    """

    output: str
    best: Literal["least", "greatest"] = "least"
    procedure: Literal["kn", "ocba"] = "kn"
    indifference: float = 0.0
    alpha: float = 0.05
    budget: int = 0


class Dial(Part, frozen=True):
    """A capacity that is to be sized: whole numbers from `least` to `most`, each unit at `cost`.

    `as_change` says how a number is written to the path: `value` as it is, `plus` as so many more than declared.
    """

    path: str
    least: int
    most: int
    cost: float = 1.0
    as_change: Literal["value", "plus"] = "value"


class Target(Part, frozen=True):
    """What an output must be, in its unit; one of the two is given, or both."""

    at_most: float | None = None
    at_least: float | None = None


class Sizing(Part, frozen=True):
    """The cheapest capacities at which every target is met.

    `targets` by output; those declared in the flow if there are none. `probes` points that were excluded because a
    larger one failed are run all the same, to verify that more capacity does not make things worse.
    """

    dials: tuple[Dial, ...]
    targets: dict[str, Target] = {}
    probes: int = 4


class Request(Part, frozen=True, kw_only=True):
    """An experiment.

    Attributes
    ----------
    kind
        `run`: each scenario by itself. `compare`: all others against the first, by common random numbers.
        `sensitivity`, `select`, `size`: see their parts. `warm_up`: how long the flow's warm-up should be.
    flow
        Id of the flow.
    site
        Where the model was read from: a folder, or the name of a site.
    model
        The declared tree (`Declared.tree`). Empty: it is read from `site` when the experiment is prepared.
    scenarios
        The first is the basis; none: the flow as declared.
    seed
        Seed of all random streams. Replication r of every scenario uses the same random numbers.
    least, most
        Replications of a scenario at least (the size of the first batch) and at most.
    precision
        Half-width asked for by output, in its unit; replications are added until all are reached (`run`: of the
        means, `compare` and `sensitivity`: of the paired differences).
    level
        Confidence of every interval stated.
    joint
        Whether the stop rule holds for all outputs of `precision` together (Bonferroni) rather than for each.
    warm_up_d, runs_d
        Days, in place of what the flow says.
    """

    kind: Kind
    flow: str
    site: str = ""
    model: dict[str, Any] = {}
    scenarios: tuple[Scenario, ...] = ()
    seed: int = 1
    engine: Engine = "auto"
    least: int = 10
    most: int = 1000
    precision: dict[str, float] = {}
    level: float = 0.95
    joint: bool = False
    warm_up_d: int | None = None
    runs_d: int | None = None
    sensitivity: tuple[Swing, ...] = ()
    selection: Selection | None = None
    sizing: Sizing | None = None
