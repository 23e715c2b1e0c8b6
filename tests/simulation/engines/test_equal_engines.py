"""The two engines give the same replication, event for event and bit for bit, whatever the flow."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from simulation.distributions import Exponential, LogNormal
from simulation.engines.replication import Kind
from simulation.flow.plan import Stream
from simulation.sampling import draw_sample
from simulation.ticks import DAY, HOUR
from tests.simulation.engines.equality import assert_engines_agree
from tests.simulation.engines.generated import Maker, stories
from tests.simulation.engines.plans import STORIES, Builder, Story


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_each_step_by_hand(story: object) -> None:
    """Each hand-built flow leaves the same log and figures in both engines."""
    assert callable(story)
    assert_engines_agree(*story())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(stories())
def test_generated_flows_with_ties(story: Story) -> None:
    """Flows of all kinds of steps, in which most things happen at the same minutes, run alike in both engines."""
    assert_engines_agree(*story)


def test_generated_flows_contain_every_kind_of_event() -> None:
    """What the generated flows compare is everything that can happen."""
    seen: set[int] = set()
    random = Random(1)  # noqa: S311  (nothing secret: flows made at random)
    for _ in range(120):
        replication = assert_engines_agree(*Maker(random).story())
        assert replication.log is not None
        seen.update(replication.log.kind.tolist())
    assert {Kind(kind) for kind in seen} == set(Kind)


def test_a_crowded_fortnight() -> None:
    """Drawn arrivals and durations at staff by shift, with priorities, patience and boarding: 14 days run alike."""
    b = Builder(horizon=14 * DAY, warm_up=3 * DAY)
    shifts = [(day * DAY + hour * HOUR, units) for day in range(14) for hour, units in ((0, 1), (7, 3), (15, 2))]
    doctor, bed = b.resource("doctor", shifts), b.resource("bed", 12)
    triage = b.attribute("triage", "red", "yellow", "green")
    seen, stay, patience = (
        b.drawn(LogNormal(mean_s=1500.0, sd_s=900.0)),
        b.drawn(LogNormal(mean_s=90_000.0, sd_s=60_000.0)),
        b.drawn(Exponential(mean_s=10_000.0)),
    )
    b.source(
        b.priority(b.by(triage, 1, 5, 8)),
        b.seize(doctor, patience=patience, preempt=True, otherwise=(b.leave("unseen"),)),
        b.delay(seen, preemptible=0),
        b.release(),
        b.branch(
            (),
            (b.seize(bed, hold=1), b.delay(stay), b.release(1)),
            choice=b.choice(0.9, 0.1),
        ),
        b.leave(),
        arrivals=Stream(hourly=(5.0,) * 24 * 14),
    )
    plan = b.plan()
    replication = assert_engines_agree(plan, draw_sample(plan, 1, 0))
    assert replication.gave_up[0] > 0
    assert replication.queued[1] > 0
