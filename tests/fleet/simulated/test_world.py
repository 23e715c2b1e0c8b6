"""The world as a whole: whoever looks, and however often, the same happens at the same time, and no load is lost."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bus.messages import Ack, Cancel, CommandFate, Done, Drop, Failed, Lift, Move, Pick, Release, SendCapsule
from fleet.simulated.cores.faults import Breakdown, Faults
from fleet.simulated.cores.world import Agent, Order, Said, World, WorldRules
from tests.fleet.simulated.small_world import move, rules, world

HOUR_MS = 3_600_000
NODES = st.sampled_from(["st:a", "st:b", "st:c", "bay:B"])
STATIONS = st.sampled_from(["a", "b", "c"])
INDEX = st.integers(0, 2)
LEGS = st.sampled_from(["j1.1", "j2.1", "j3.1", "j4.1"])

Step = tuple[int, Agent, Order]


@st.composite
def orders(draw: st.DrawFn) -> list[Step]:
    """Up to 25 commands to all agents, sensible and not, at rising instants."""
    steps: list[Step] = []
    numbers: Counter[Agent] = Counter()
    now_ms = HOUR_MS
    for _ in range(draw(st.integers(1, 25))):
        now_ms += draw(st.integers(0, 40_000))
        agent: Agent = draw(st.sampled_from(["sim-robots", "sim-robots", "sim-porters", "sim-lifts", "sim-tube"]))
        numbers[agent] += 1
        steps.append((now_ms, agent, draw(order(agent, numbers[agent]))))
    return steps


@st.composite
def order(draw: st.DrawFn, agent: Agent, number: int) -> Order:
    """One command for an agent; one in six is a cancel of an earlier one, and one in six releases more of it."""
    carriers = {"sim-robots": ["R01", "R02"], "sim-porters": ["day-01", "day-02"]}
    carrier = draw(st.sampled_from(carriers.get(agent, ["L1" if agent == "sim-lifts" else "tube"])))
    if number > 1 and draw(st.integers(1, 6)) == 6:
        return Cancel(number, 1, carrier, command=draw(st.integers(1, number - 1)))
    if agent == "sim-robots" and number > 1 and draw(st.integers(1, 5)) == 5:
        return draw(release_of(number, carrier))
    if agent == "sim-lifts":
        act = draw(st.sampled_from(["call", "enter", "exit"]))
        return Lift(
            number, 1, carrier, act=act, rider=draw(st.sampled_from(["R01", "R02"])), floor=draw(st.sampled_from("012"))
        )
    if agent == "sim-tube":
        return SendCapsule(
            number, 1, carrier, leg=f"t{number}", origin="ward-1", destination="lab", path_m=100, transfers=1
        )
    return draw(work(agent, number, carrier))


@st.composite
def release_of(draw: st.DrawFn, number: int, carrier: str) -> Release:
    """More of an earlier command, sensible or not, now and then with another way on or none."""
    onward = None if draw(st.booleans()) else move(number, draw(NODES)).nodes[: draw(st.integers(0, 1))]
    earlier, to = draw(st.integers(1, number - 1)), draw(st.integers(0, 3))
    return Release(number, 1, carrier, move=earlier, released_to=to, report_at=(draw(INDEX),), onward=onward)


@st.composite
def work(draw: st.DrawFn, agent: Agent, number: int, carrier: str) -> Order:
    """A move or a hand-over; of a robot's move sometimes only the base's first point is released."""
    kind = draw(st.sampled_from(["move", "move", "pick", "drop"]))
    if kind == "move":
        whole = move(number, draw(NODES), draw(NODES), carrier=carrier, leg=draw(st.sampled_from(["", "j1.1", "j2.1"])))
        if agent == "sim-porters":
            return whole
        return replace(whole, released_to=draw(st.sampled_from([0, 1, 1, 1])), report_at=(draw(INDEX),))
    act = Pick if kind == "pick" else Drop
    return act(number, 1, carrier, leg=draw(LEGS), station=draw(STATIONS), duration_s=20)


def play(rule: WorldRules, steps: list[Step], looks: list[int]) -> tuple[World, list[Said]]:
    """Carry the commands out, looking at the world at other instants as well, then let all end."""
    here = rule.wake(world(), HOUR_MS)
    said: list[Said] = []
    plan: list[tuple[int, int, Step | None]] = [(step[0], index, step) for index, step in enumerate(steps)]
    plan += [(HOUR_MS + look, -1, None) for look in looks]
    for at_ms, _, step in sorted(plan, key=lambda each: each[:2]):
        here, more = rule.advance(here, at_ms) if step is None else rule.accept(here, step[1], step[2], at_ms)
        said += more
    while (due_ms := rule.next_due(here)) is not None and due_ms < 100 * HOUR_MS:
        here, more = rule.advance(here, due_ms)
        said += more
    return end(rule, here, said)


def end(rule: WorldRules, here: World, said: list[Said]) -> tuple[World, list[Said]]:
    """Whoever waits at the end of a base for more of it is released from the drive."""
    number = 1000
    while waiting := [order.command for order in here.orders.values() if isinstance(order.command, Move)]:
        for command in waiting:
            number += 1
            last = Release(number, 1, command.carrier, move=command.number, released_to=0, onward=())
            here, more = rule.accept(here, "sim-robots", last, 100 * HOUR_MS)
            said += [each for each in more if each.report.command != number]
        while (due_ms := rule.next_due(here)) is not None and due_ms < 200 * HOUR_MS:
            here, more = rule.advance(here, due_ms)
            said += more
    return here, said


def by_command(said: list[Said]) -> list[tuple[str, int, str, int, str]]:
    return sorted(
        (agent, report.command, type(report).__name__, report.at_ms, getattr(report, "reason", ""))
        for agent, report in said
    )


@settings(max_examples=60)
@given(orders(), st.lists(st.integers(0, 2_000_000), max_size=12))
def test_however_often_anybody_looks_the_same_is_done_at_the_same_time(steps: list[Step], looks: list[int]) -> None:
    """Played with and without looking in between: every report with the same instant and outcome, the same world."""
    faults = Faults(script=(Breakdown(at_ms=HOUR_MS + 60_000, carrier="R02", until_ms=HOUR_MS + 120_000),))
    rule = rules(faults, not_ready=0.2)
    without, reports = play(rule, steps, [])
    looked, reports_looked = play(rule, steps, looks)
    assert by_command(reports_looked) == by_command(reports)
    assert looked.loads == without.loads
    assert [robot.loads for robot in looked.robots.values()] == [robot.loads for robot in without.robots.values()]


@settings(max_examples=60)
@given(orders())
def test_every_command_is_answered_exactly_once(steps: list[Step]) -> None:
    """One `Done` or `Failed` each, at most one acknowledgement, never after the answer; nothing stays open."""
    here, said = play(rules(), steps, [])
    answers = Counter((agent, report.command) for agent, report in said if isinstance(report, Done | Failed))
    assert answers == Counter((agent, command.number) for _, agent, command in steps)
    acks = {(agent, report.command): report.at_ms for agent, report in said if isinstance(report, Ack)}
    assert len(acks) == sum(isinstance(report, Ack) for _, report in said)
    for agent, report in said:
        if isinstance(report, Done | Failed):
            assert acks.get((agent, report.command), report.at_ms) <= report.at_ms
    assert here.orders == {}


@settings(max_examples=60)
@given(orders())
def test_loads_are_conserved(steps: list[Step]) -> None:
    """What was picked is aboard or was dropped, once for each; a carrier says aboard what the world says."""
    rule = rules()
    here, said = play(rule, steps, [])
    done = {(agent, report.command) for agent, report in said if isinstance(report, Done)}
    picks: Counter[str] = Counter()
    drops: Counter[str] = Counter()
    for _, agent, command in steps:
        if (agent, command.number) in done:
            picks.update([command.leg] if isinstance(command, Pick) else [])
            drops.update([command.leg] if isinstance(command, Drop) else [])
    aboard = Counter(leg for each in (*here.robots.values(), *here.porters.values()) for leg in each.loads)
    assert picks == drops + aboard
    for leg, place in here.loads.items():
        if not leg.startswith("t"):
            assert (place.picks, place.drops) == (picks[leg], drops[leg])


def test_a_robot_goes_with_the_lift_that_it_stands_in() -> None:
    """In the cabin on floor 0, taken to 2: now it stands in the cabin on floor 2."""
    rule, here = rules(), rules().wake(world(), 0)
    cabin = Move(1, 1, "R01", nodes=move(1, "st:a").nodes, released_to=0)
    into = tuple(type(point)("lift:L1@0", 5.0, 0.0, "0", 1.0) for point in cabin.nodes)
    here, _ = rule.accept(here, "sim-robots", Move(1, 1, "R01", nodes=into, released_to=0), 0)
    here, _ = rule.accept(here, "sim-lifts", Lift(1, 1, "L1", act="call", rider="R01", floor="0"), 0)
    here, _ = rule.accept(here, "sim-lifts", Lift(2, 1, "L1", act="enter", rider="R01", floor="2"), 10_000)
    here, _ = rule.advance(here, 60_000)
    assert (here.robots["R01"].node, here.robots["R01"].floor) == ("lift:L1@2", "2")


def test_an_agent_knows_what_it_has_not_answered() -> None:
    """For its hello: both moves are running, in order; the finished one is no longer named."""
    rule, here = rules(), rules().wake(world(), 0)
    here, _ = rule.accept(here, "sim-robots", move(1, "st:a"), 0)
    here, _ = rule.accept(here, "sim-robots", move(2, "st:c", carrier="R02"), 0)
    assert rule.fates(here, "sim-robots") == (CommandFate(1, "running"), CommandFate(2, "running"))
    here, _ = rule.advance(here, 10_000)
    assert rule.fates(here, "sim-robots") == (CommandFate(2, "running"),)


def test_a_command_for_the_wrong_agent_is_refused() -> None:
    """A lift drives nowhere."""
    here, said = rules().accept(world(), "sim-lifts", move(1, "st:a"), 5)
    assert said == [Said("sim-lifts", Failed(number=0, command=1, at_ms=5, reason="refused"))]
    assert here.orders == {}


def test_what_was_aboard_a_broken_robot_lies_where_it_broke() -> None:
    """Picked at a; broken down 4 s after leaving: at a still, for a porter to fetch."""
    faults = Faults(script=(Breakdown(at_ms=104_000, carrier="R01", until_ms=200_000),))
    rule, here = rules(faults), rules().wake(world(), 0)
    here, _ = rule.accept(here, "sim-robots", move(1, "st:a"), 0)
    here, _ = rule.accept(here, "sim-robots", Pick(2, 1, "R01", leg="j1.1", station="a", duration_s=10), 50_000)
    here, _ = rule.accept(here, "sim-robots", move(3, "st:b"), 100_000)
    here, said = rule.advance(here, 150_000)
    assert [report.reason for _, report in said if isinstance(report, Failed)] == ["fault"]
    assert here.loads["j1.1"].place == "@st:a"
    fetch = Pick(1, 1, "day-01", leg="j1.2", station="@st:a", duration_s=10)
    here, _ = rule.accept(here, "sim-porters", fetch, 150_000)
    here, said = rule.advance(here, HOUR_MS)
    assert isinstance(said[-1].report, Done)


def test_loads_that_lie_long_delivered_are_forgotten() -> None:
    """After 6,500 sends the world still knows the newest thousands, and never more than 6,000."""
    rule, here = rules(), rules().wake(world(), 0)
    for number in range(1, 6501):
        origin, destination = ("lab", "ward-1") if number % 2 else ("ward-1", "lab")
        command = SendCapsule(
            number, 1, "tube", leg=f"t{number}", origin=origin, destination=destination, path_m=4, transfers=0
        )
        here, _ = rule.accept(here, "sim-tube", command, number * 100_000)
    here, _ = rule.advance(here, 10**9)
    assert 4000 <= len(here.loads) <= 6000
    assert "t6500" in here.loads
    assert "t1" not in here.loads


def test_idle_robots_lose_nothing_while_the_simulation_is_off() -> None:
    """Off for a hundred hours: as full as before."""
    rule = rules()
    here = rule.wake(world(), HOUR_MS)
    here = rule.wake(here, 101 * HOUR_MS)
    assert rule.positions(here, "sim-robots", 101 * HOUR_MS)[0].battery == 1.0


@given(st.integers(0, 50), st.lists(st.integers(0, 30 * 24 * HOUR_MS), min_size=2, max_size=6))
def test_drawn_breakdowns_do_not_depend_on_when_one_asks(seed: int, cuts: list[int]) -> None:
    """Asked in pieces or at once: the same breakdowns, each once."""
    faults = Faults(seed=seed, per_day=2.0)
    cuts = sorted(cuts)
    whole = faults.between(["R01", "R02"], cuts[0], cuts[-1])
    pieces = [each for start, end in pairwise(cuts) for each in faults.between(["R01", "R02"], start, end)]
    assert sorted(pieces) == whole


def test_breakdowns_come_about_as_often_as_asked() -> None:
    """Two a day and robot over 30 days and 2 robots: about 120."""
    assert 90 < len(Faults(seed=3, per_day=2.0).between(["R01", "R02"], 0, 30 * 24 * HOUR_MS)) < 150
