"""The process itself, on a real bus: it works, survives kill -9 without forgetting or repeating, and ends when told."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bus.address import KEYS_FOLDER, write_address
from bus.broker import Broker
from bus.keys import ensure_keys
from bus.messages import (
    Ack,
    Clock,
    Command,
    Drop,
    Failed,
    Heartbeat,
    Hello,
    Move,
    Pick,
    Progress,
    Report,
    SendCapsule,
    Waypoint,
)
from site_models.expand import expand
from site_models.load import load_site

START_MS = 1_800_000_000_000
FACTOR = 100.0
SITE = load_site("clinic_small")
LAYOUT = expand(SITE)
PLACE = {node.id: node for node in LAYOUT.nodes}


class Dispatcher:
    """Sends commands until they are acknowledged or answered, takes each report once, forgets everything else."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._keys = ensure_keys(data / KEYS_FOLDER)
        self._epoch = 0
        self.processed: Counter[str] = Counter()
        self.open: dict[tuple[str, int], Command] = {}
        self.acked: set[tuple[str, int]] = set()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.failed: list[Failed] = []
        self.hellos: list[Hello] = []
        self.progress: list[Progress] = []
        self.beats = 0
        self._begun_s = time.monotonic()
        self._clock_s = 0.0
        self.start()

    def start(self) -> None:
        """Listen, in a higher epoch, on new ports."""
        self._epoch += 1
        self.broker = Broker(self._keys, epoch=self._epoch)
        write_address(self._data, self.broker.address)

    def order(self, agent: str, make: Callable[[int], Command]) -> int:
        """Number a command, keep it, send it."""
        number = 1 + max((number for peer, number in [*self.open, *self.answers] if peer == agent), default=0)
        self.open[agent, number] = make(number)
        self._send(agent, number)
        return number

    def turn(self) -> None:
        """One round: hear, confirm, and once a second tell the time."""
        for received in self.broker.poll(10):
            message = received.message
            if isinstance(message, Hello):
                self.hellos.append(message)
                self._tell_time(received.peer)
                for agent, number in sorted(self.open):
                    if agent == received.peer and (agent, number) not in self.acked:
                        self._send(agent, number)
            elif isinstance(message, Report):
                self._hear(received.peer, message)
            elif isinstance(message, Progress):
                self.progress.append(message)
            elif isinstance(message, Heartbeat):
                self.beats += 1
        if time.monotonic() - self._clock_s > 0.5:
            self._clock_s = time.monotonic()
            for agent in {hello.agent for hello in self.hellos}:
                self._tell_time(agent)

    def until(self, condition: Callable[[], object]) -> None:
        """Turn until it is so."""
        end_s = time.monotonic() + 180
        while not condition():
            assert time.monotonic() < end_s, "waited in vain"
            self.turn()

    def _send(self, agent: str, number: int) -> None:
        command = self.open[agent, number]
        self.broker.send(
            agent,
            type(command)(**{**{f: getattr(command, f) for f in command.__struct_fields__}, "epoch": self._epoch}),
        )

    def _tell_time(self, agent: str) -> None:
        site_ms = START_MS + int((time.monotonic() - self._begun_s) * 1000 * FACTOR)
        clock = Clock(epoch=self._epoch, site_ms=site_ms, factor=FACTOR, processed=self.processed[agent])
        self.broker.send(agent, clock)

    def _hear(self, agent: str, report: Report) -> None:
        if report.number != self.processed[agent] + 1:
            return
        self.processed[agent] = report.number
        if isinstance(report, Ack):
            self.acked.add((agent, report.command))
            return
        self.answers[agent, report.command] += 1
        self.open.pop((agent, report.command), None)
        if isinstance(report, Failed):
            self.failed.append(report)


@pytest.fixture
def dispatcher(tmp_path: Path) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(tmp_path)
    yield dispatcher
    dispatcher.broker.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the process; whatever runs at the end of the story is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "fleet.simulated", "--data", str(tmp_path), "--site", "clinic_small"]
        started.append(subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def drive(robot: str, station: str) -> Callable[[int], Command]:
    """Straight to a station: the simulated robot goes where it is told."""
    node = PLACE[LAYOUT.station_node[station]]
    point = Waypoint(node.id, node.x_m, node.y_m, node.floor, 1.0)
    return lambda number: Move(number, 0, robot, nodes=(point,), released_to=0)


def test_four_agents_say_hello_with_everything_that_the_site_has(
    dispatcher: Dispatcher, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Robots in their bays, a porter for every head of every shift, lifts, the tube."""
    start()
    dispatcher.until(lambda: len({hello.agent for hello in dispatcher.hellos}) == 4)
    carriers = {hello.agent: {each.carrier: each.node for each in hello.carriers} for hello in dispatcher.hellos}
    assert carriers["sim-robots"] == {robot.id: LAYOUT.bay_node[robot.bay] for robot in LAYOUT.robots}
    assert sorted(carriers["sim-lifts"]) == sorted(lift.id for lift in SITE.lifts)
    assert sorted(carriers["sim-tube"]) == [system.id for system in SITE.tubes]
    assert len(carriers["sim-porters"]) == sum(shift.count for shift in SITE.porters.shifts)
    assert carriers["sim-porters"]["day-01"] == "st:porters-lodge"
    dispatcher.until(lambda: dispatcher.beats >= 8)


def test_a_robot_is_seen_moving(dispatcher: Dispatcher, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    """Between bay and station it reports places that are neither, and only of those that moved."""
    start()
    robot = LAYOUT.robots[0]
    bay = PLACE[LAYOUT.bay_node[robot.bay]]
    dispatcher.until(lambda: len(dispatcher.hellos) == 4)
    slow = Waypoint(bay.id, bay.x_m + 100, bay.y_m, bay.floor, 0.2)
    dispatcher.order("sim-robots", lambda number: Move(number, 0, robot.id, nodes=(slow,), released_to=0))
    places: set[float] = set()

    def seen() -> bool:
        for progress in dispatcher.progress:
            places.update(each.x_m for each in progress.carriers if each.carrier == robot.id)
        return any(bay.x_m < x_m < bay.x_m + 100 for x_m in places)

    dispatcher.until(seen)


@pytest.mark.slow
def test_killed_again_and_again_every_command_is_answered_once(
    dispatcher: Dispatcher, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """Agents die three times, the dispatcher twice, with commands and reports anywhere: each is answered once."""
    process = start()
    dispatcher.until(lambda: len(dispatcher.hellos) >= 4)
    robots = [robot.id for robot in LAYOUT.robots]
    stations = [station.id for station in LAYOUT.stations.values() if "robot" in station.kinds]
    tube = SITE.tubes[0]
    stops = [stop.station for line in tube.lines for stop in line.stations]
    ordered = 0
    for turn in range(6):
        for index, robot in enumerate(robots):
            station = stations[(turn + index) % len(stations)]
            leg = f"j{turn}.{index}"
            a, b = (stops[(turn + index + step) % len(stops)] for step in (0, 1))
            dispatcher.order("sim-robots", drive(robot, station))
            dispatcher.order("sim-robots", lambda n, r=robot, s=station, leg=leg: Pick(n, 0, r, leg, s, 20))  # type: ignore[misc]  # lambda with defaults
            dispatcher.order("sim-robots", lambda n, r=robot, s=station, leg=leg: Drop(n, 0, r, leg, s, 20))  # type: ignore[misc]  # lambda with defaults
            dispatcher.order(
                "sim-tube",
                lambda n, leg=leg, a=a, b=b: SendCapsule(n, 0, tube.id, f"t{leg}", a, b, 100, 0),  # type: ignore[misc]  # lambda with defaults
            )
            ordered += 4
        enough = ordered - 2 * len(robots)
        dispatcher.until(lambda enough=enough: sum(dispatcher.answers.values()) >= enough)  # type: ignore[misc]  # lambda with defaults
        if turn % 2 == 0:
            process.kill()
            process.wait()
            process = start()
        elif turn < 5:
            dispatcher.broker.close()
            dispatcher.start()
    dispatcher.until(lambda: not dispatcher.open)
    assert set(dispatcher.answers.values()) == {1}
    assert len(dispatcher.answers) == ordered
    assert dispatcher.failed == []


def test_it_ends_on_sigterm(dispatcher: Dispatcher, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    """Without a complaint, and at once."""
    process = start()
    dispatcher.until(lambda: len(dispatcher.hellos) == 4)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_it_ends_with_its_parent(dispatcher: Dispatcher, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    """The pipe from the parent closes, however the parent ended."""
    process = start()
    dispatcher.until(lambda: len(dispatcher.hellos) == 4)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(10) == 0


def test_an_unknown_site_is_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    """No traceback."""
    command = [sys.executable, "-m", "fleet.simulated", "--data", str(tmp_path), "--site", "atlantis"]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "atlantis" in ended.stderr
    assert "Traceback" not in ended.stderr
