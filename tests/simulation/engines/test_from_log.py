"""The figures computed from a log are what an hourglass and a tally would say."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given

from simulation.distributions import Exponential
from simulation.engines.from_log import steps_of
from simulation.engines.reference import run_reference
from simulation.engines.replication import Kind, Replication, levels
from simulation.flow.plan import Plan, Release, Seize, Stream
from simulation.sampling import draw_sample
from simulation.ticks import HOUR, MINUTE
from tests.simulation.engines.generated import stories
from tests.simulation.engines.plans import STORIES, Builder, Come, Story, sample_of


@pytest.fixture(params=STORIES, ids=lambda story: story.__name__)
def story(request: pytest.FixtureRequest) -> Story:
    made: Story = request.param()
    return made


def tally(plan: Plan, replication: Replication) -> dict[str, list[object]]:
    """The figures of the resources, by walking the log row by row."""
    assert replication.log is not None
    steps = {step.at: step for pathway in plan.pathways for step in steps_of(pathway.steps)}
    count = len(plan.resources)
    used, waiting, capacity = [0] * count, [0] * count, [resource.capacity[0][1] for resource in plan.resources]
    level = np.zeros((count, levels(plan)), np.int64)
    sums = np.zeros((3, count), np.int64)
    held: defaultdict[tuple[int, int, int], list[int]] = defaultdict(list)
    before = 0
    hourly: list[list[list[int]]] = []
    log = replication.log
    rows = list(zip(*(column.tolist() for column in (log.at, log.patient, log.step, log.kind, log.value)), strict=True))
    for at, patient, number, kind, value in [*rows, (plan.horizon, -1, -1, -1, -1)]:
        while len(hourly) * HOUR <= at and len(hourly) * HOUR < plan.horizon:
            hourly.append([used.copy(), waiting.copy(), capacity.copy()])
        span = max(at, plan.warm_up) - max(before, plan.warm_up)
        before = at
        for resource in range(count):
            level[resource, used[resource]] += span
            over = max(used[resource] - capacity[resource], 0)
            sums[:, resource] += span * np.array([over, waiting[resource], capacity[resource]])
        step = steps.get(number)
        if kind in {Kind.REQUEST, Kind.GRANT, Kind.GIVE_UP}:
            assert isinstance(step, Seize)
            for choice in step.choices:
                waiting[choice] += 1 if kind == Kind.REQUEST else -1
            if kind == Kind.GRANT:
                used[value] += step.units
                held[patient, step.hold, value].append(step.units)
        elif kind == Kind.RELEASE:
            assert isinstance(step, Release)
            used[value] -= held[patient, step.hold, value].pop(0)
        elif kind in {Kind.PREEMPTED, Kind.RESUMED}:
            used[value] += 1 if kind == Kind.RESUMED else -1
            waiting[value] += -1 if kind == Kind.RESUMED else 1
        elif kind == Kind.CAPACITY:
            capacity[number] = value
    by_hour = np.array(hourly, np.int64)
    return {
        "level": level.tolist(),
        "over": sums[0].tolist(),
        "queued": sums[1].tolist(),
        "offered": sums[2].tolist(),
        "hourly_used": by_hour[:, 0].tolist(),
        "hourly_queue": by_hour[:, 1].tolist(),
        "hourly_capacity": by_hour[:, 2].tolist(),
    }


def test_the_figures_of_resources_are_those_of_a_walk_through_the_log(story: Story) -> None:
    """Levels, overtime, queues, capacity and their hourly values, for every story."""
    plan, sample = story
    result = run_reference(plan, sample, log=True)
    for name, expected in tally(plan, result).items():
        assert getattr(result, name).tolist() == expected, name


@given(story=stories())
def test_the_figures_of_flows_made_at_random_are_those_of_the_walk(story: Story) -> None:
    """The same for flows of all kinds of steps, put together at random."""
    plan, sample = story
    result = run_reference(plan, sample, log=True)
    for name, expected in tally(plan, result).items():
        assert getattr(result, name).tolist() == expected, name


def test_nobody_is_lost(story: Story) -> None:
    """Each request is granted, given up or still waiting; time in use and the figures of patients fit the log."""
    plan, sample = story
    result = run_reference(plan, sample, log=True)
    assert result.log is not None
    kinds = Counter(result.log.kind.tolist())
    assert kinds[Kind.ARRIVE] == len(sample.arrival)
    assert kinds[Kind.LEAVE] == np.count_nonzero(result.left_at >= 0) == np.count_nonzero(result.outcome >= 0)
    assert result.level.sum(axis=1).tolist() == [plan.horizon - plan.warm_up] * len(plan.resources)
    assert np.all(np.diff(result.log.at) >= 0)
    if not plan.warm_up:
        assert kinds[Kind.REQUEST] == result.asked.sum()
        assert kinds[Kind.GRANT] == result.granted.sum()
        assert kinds[Kind.GIVE_UP] == result.gave_up.sum()


def test_without_asking_the_log_is_not_kept(story: Story) -> None:
    """The figures are the same with and without the log."""
    plan, sample = story
    assert run_reference(plan, sample).log is None


def test_only_counted_time_counts() -> None:
    """With a warm-up of 10: requests from then on, levels and queues of the time from then on."""
    b = Builder(horizon=40, warm_up=10)
    bed = b.resource("bed", 1)
    b.source(*b.hold(bed, 12), b.mark("done"), b.leave())
    plan = b.plan()
    result = run_reference(plan, sample_of(plan, [Come(0), Come(5), Come(10), Come(30)]))
    # 0-12, 12-24 (came at 5), 24-36 (came at 10, waited 14), 36-48 (came at 30, waited 6)
    assert result.asked.tolist() == result.granted.tolist() == [2]
    assert result.waited.tolist() == [14 + 6]
    assert result.level.tolist() == [[0, 30]]
    assert result.queued.tolist() == [(12 - 10) + (24 - 10) + (36 - 30)]
    assert result.marked.tolist() == [[12, 24, 36, -1]]


def test_the_hour_strikes_before_what_happens_then() -> None:
    """An hourly value is as it stood just before the events of that instant; at tick 0 all is empty."""
    b = Builder(horizon=3 * HOUR + MINUTE)
    bed = b.resource("bed", [(0, 1), (HOUR, 2)])
    b.source(*b.hold(bed, HOUR), b.leave())
    plan = b.plan()
    result = run_reference(plan, sample_of(plan, [Come(0), Come(0), Come(0), Come(2 * HOUR)]))
    # Of the three who come at 0 the first is in the bed until 1 h, the others from 1 h (two beds then) to 2 h.
    assert result.hourly_used.ravel().tolist() == [0, 1, 2, 1]
    assert result.hourly_queue.ravel().tolist() == [0, 2, 0, 0]
    assert result.hourly_capacity.ravel().tolist() == [1, 1, 2, 2]


def test_a_busy_day_fits_as_well() -> None:
    """A drawn day of a clinic with a queue, counted in both ways."""
    b = Builder(horizon=24 * HOUR, warm_up=2 * HOUR)
    nurse, room = b.resource("nurse", [(0, 2), (8 * HOUR, 3), (16 * HOUR, 1)]), b.resource("room", 4)
    b.source(
        b.seize(room),
        *b.hold(
            nurse, b.drawn(Exponential(900)), hold=1, patience=20 * MINUTE, otherwise=(b.release(), b.leave("gone"))
        ),
        b.delay(b.drawn(Exponential(1200))),
        b.release(),
        b.leave(),
        arrivals=Stream(hourly=(9.0,) * 24),
    )
    plan = b.plan()
    result = run_reference(plan, draw_sample(plan, 1, 0), log=True)
    assert len(result.left_at) > 150
    assert result.gave_up[1] > 0
    for name, expected in tally(plan, result).items():
        assert getattr(result, name).tolist() == expected, name
