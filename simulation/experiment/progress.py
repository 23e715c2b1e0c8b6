"""How far an experiment is, for whoever waits: rewritten as a whole a few times a second."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["waiting", "running", "stopped", "done", "failed"]


class Progress(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The state of an experiment.

    Attributes
    ----------
    state
        `waiting`: prepared, nobody works on it. `stopped`: somebody stopped it; what is done is kept.
    done, wanted
        Replications of all scenarios that are there, and that will be there at the end by what is known now.
    left_s
        Estimated seconds until then; None until the first replications have been timed.
    doing
        What the replications are for just now: the id of a scenario, or a point of a search.
    reached
        Half-width now for each output of the request's precision.
    problem
        Why it failed: one sentence a line, with places where the model is wrong.
    at_ms, spent_s
        When this was written (wall clock), and how long the work has taken in all, over all starts.
    """

    state: State
    done: int = 0
    wanted: int = 0
    left_s: float | None = None
    doing: str = ""
    reached: dict[str, float | None] = {}
    problem: str = ""
    at_ms: int = 0
    spent_s: float = 0.0
